"""Null data keep what ties variables; a gap between segments is told from a full border."""

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import stability, variables
from segkit.segmentation.evidence import constraints, null_data, separation

RNG = np.random.default_rng(11)
K = range(2, 6)


def made(values, independent=False):
    units = null_data.Units(False, values.mean(axis=0), values.std(axis=0))
    near = null_data.near(values, units)
    drawn = (near.independent() if independent else near).draw(3000, np.random.default_rng(1))
    return drawn * units.scaling + units.mean


@pytest.mark.parametrize("independent", [False, True])
def test_shares_of_a_whole_stay_shares(independent):
    shares = RNG.dirichlet([2, 3, 4], 500)
    other = np.column_stack([shares[:, 0], RNG.normal(size=500), shares[:, 1:]])
    drawn = made(other, independent)
    assert np.allclose(drawn[:, [0, 2, 3]].sum(axis=1), 1)
    assert (drawn[:, [0, 2, 3]] >= 0).all()
    if not independent:
        assert drawn.mean(axis=0) == pytest.approx(other.mean(axis=0), abs=0.06)


@pytest.mark.parametrize("independent", [False, True])
def test_rankings_stay_rankings(independent):
    ranks = (RNG.normal(size=(600, 4)) + np.arange(4) / 2).argsort(axis=1).argsort(axis=1) + 1.0
    drawn = made(ranks, independent).round(9)
    assert (np.sort(drawn, axis=1) == [1, 2, 3, 4]).all()
    assert drawn.mean(axis=0) == pytest.approx(ranks.mean(axis=0), abs=0.12)


def test_a_part_stays_below_its_whole_and_counts_stay_whole():
    whole = RNG.integers(30, 700, 800).astype(float)
    values = np.column_stack([np.floor(whole * RNG.random(800)), whole])
    drawn = made(values)
    assert (drawn[:, 0] <= drawn[:, 1] + 1e-9).all()
    assert np.allclose(drawn[:, 1], drawn[:, 1].round())
    assert constraints.find(values).kind == "part"


def test_unrelated_variables_are_not_tied():
    assert constraints.find(RNG.random((200, 3))) is None
    assert constraints.summing(RNG.random((200, 3))) == ()
    assert constraints.find(np.column_stack([RNG.random(200), 50 + RNG.random(200)])) is None


def test_the_fullest_border_by_hand():
    at = np.repeat([0, 3, 4, 5, 6, 7, 10.0], [40, 1, 3, 5, 4, 2, 60])
    label = (at > 5).astype(int)
    counts = [int((np.abs(at / 10 - place) <= 0.125).sum()) for place in separation.PLACES]
    assert min(counts) == 4
    assert separation.fullest(at[:, None], label, np.array([[0.0], [10.0]])) == 4 / 40


def test_a_third_segment_cut_from_one_group_has_a_full_border():
    values = np.concatenate([RNG.normal(0, 1, 600), RNG.normal(12, 1, 600)])[:, None]
    assert separation.fullest(values, (values[:, 0] > 6).astype(int), np.array([[0.0], [12.0]])) < 0.05
    assert separation.fullest(values, np.digitize(values[:, 0], [0, 6]), np.array([[-0.8], [0.8], [12.0]])) > 0.5
    assert separation.fullest(values, np.zeros(1200, int), np.array([[6.0], [6.0]])) == 1


@pytest.mark.parametrize("kind", ["shares", "rankings", "curved", "counts"])
def test_what_is_tied_or_bent_or_counted_is_not_natural(kind):
    rng = np.random.default_rng(3)
    bent = rng.normal(size=500)
    values = {"shares": rng.dirichlet([1.5, 2, 3], 500), "rankings": rng.random((500, 4)).argsort(axis=1) + 1.0,
              "curved": np.column_stack([bent, bent**2]) + 0.3 * rng.normal(size=(500, 2)),
              "counts": rng.poisson(rng.gamma(1.5, 3, (500, 1)) * [1, 1.5])}[kind]
    found = stability.structure(pd.DataFrame(values).add_prefix("v"), K, n_pairs=20, random_state=1)
    assert "natural" not in set(found["verdict"])


def test_lint_tells_what_adds_up_or_follows():
    shares = pd.DataFrame(RNG.dirichlet([2, 3, 4], 200)).add_prefix("s")
    assert variables.lint(shares)[["variable", "problem", "other"]].values.tolist() == [
        ["s2", "adds up to a constant with others", "s0, s1"]]
    often, much = RNG.integers(1, 40, 200), RNG.gamma(2, 20, 200)
    bought = pd.DataFrame({"frequency": often, "average_basket": much, "monetary": often * much})
    found = variables.lint(bought, "log")
    assert found["problem"].to_list() == ["follows from others"]
    assert found.loc[0, "other"] == "frequency, average_basket"
    assert variables.lint(bought[["frequency", "average_basket"]], "log").empty
    rare = pd.DataFrame({"reliability": {"frequency": 0.9, "average_basket": 0.3}})
    assert variables.lint(bought[["frequency", "average_basket"]], "log", reliability=rare).values.tolist()[0][:2] == [
        "average_basket", "mostly chance"]
