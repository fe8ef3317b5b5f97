"""Rank acceptability against published values and geometry, flips against a fine grid of weights."""

import numpy as np
import pytest

from segkit.targeting import acceptability


@pytest.mark.parametrize(("points", "first"), [
    ([[1, 0], [0, 1], [0.6, 0.6]], [0.4, 0.4, 0.2]),  # Lahdelma, Hokkanen & Salminen 1998
    ([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]], [0.25] * 4),
    ([[2, 2], [1, 1]], [1, 0]),
])
def test_first_places_are_the_exact_ones(points, first):
    found = acceptability.ranks(np.array(points, dtype=float), 200_000, random_state=3)
    assert found[:, 0] == pytest.approx(first, abs=0.005)
    np.testing.assert_allclose(found.sum(axis=0), 1)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_level_alternatives_share_their_ranks():
    found = acceptability.ranks(np.array([[1.0, 2], [1, 2], [0, 1]]), 100, random_state=1)
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]])


def test_draws_of_the_data_are_crossed_with_the_weights():
    points = np.zeros((4000, 2, 1))
    points[:1000, 0] = 1  # one draw in four puts the first one first
    points[1000:, 1] = 1
    assert acceptability.ranks(points, random_state=1)[:, 0].tolist() == [0.25, 0.75]


@pytest.mark.parametrize("seed", range(8))
def test_nearest_flip_equals_a_search_over_weights(seed):
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(100, 20, (4, 3)), rng.dirichlet(np.ones(3))
    leader = int((points @ weights).argmax())
    found = acceptability.flips(points, weights)
    grid = np.linspace(0, 1, 20_001)
    for j in range(3):
        others = np.delete(weights, j) / np.delete(weights, j).sum()
        scores = grid[:, None] * points[:, j] + (1 - grid)[:, None] * (np.delete(points, j, axis=1) @ others)
        changed = np.abs(grid - weights[j])[scores.argmax(axis=1) != leader]
        if len(changed):
            assert found["flip_change"][j] == pytest.approx(changed.min(), abs=1e-4)
            assert found["flips_to"][j] != leader
        else:
            assert np.isnan(found["flip_change"][j])
            assert found["flips_to"][j] == -1


def test_a_single_criterion_cannot_flip():
    assert acceptability.flips(np.array([[2.0], [1.0]]), [1.0])["flips_to"].tolist() == [-1]
