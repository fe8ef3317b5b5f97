import numpy as np
import pytest
from scipy import sparse

from segkit.segmentation import lots, resampling

BIG = 12_000
VALUES = np.random.default_rng(0).lognormal(size=(BIG, 2))


@pytest.mark.parametrize("n", [1, 7, lots.MAX_BAGS, lots.MAX_BAGS + 1, BIG])
def test_bags_are_of_equal_size(n):
    sizes = np.bincount(lots.bags(n, 1))
    assert len(sizes) == min(n, lots.MAX_BAGS)
    assert sizes.max() - sizes.min() <= 1


def test_samples_have_the_size_of_the_original_and_the_variance_of_a_bootstrap():
    counted = lots.counts(50, 4000, 1)
    assert (counted.sum(axis=1) == 50).all()
    assert counted.var(axis=0).mean() == pytest.approx(1 - 1 / 50, rel=0.03)


def test_bags_of_many_customers_vary_as_single_customers_do():
    bag = lots.bags(BIG, 1)
    sums = np.bincount(bag, VALUES[:, 0])
    totals = lots.counts(len(sums), 4000, 1) @ sums
    assert totals.std() == pytest.approx(VALUES[:, 0].std() * np.sqrt(BIG), rel=0.08)


@pytest.mark.parametrize("n", [300, BIG])
@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_lots_have_the_mean_and_the_spread_of_a_finite_population(n, make):
    values, sizes = VALUES[:n], np.array([n // 2, n // 3, n - n // 2 - n // 3])
    drawn = lots.by_lot(make(values), sizes, 3000, 1) / sizes[None, :, None]
    expected = values.std(axis=0) * np.sqrt((1 / sizes[:, None] - 1 / n) * n / (n - 1))
    np.testing.assert_allclose(drawn.mean(axis=0), np.tile(values.mean(axis=0), (3, 1)), rtol=0.02)
    np.testing.assert_allclose(drawn.std(axis=0), expected, rtol=0.12)


def test_lots_of_few_customers_have_exact_sizes_and_an_empty_group_nothing():
    drawn = lots.by_lot(np.ones((10, 1)), [7, 0, 3], 5, 1)
    assert drawn[:, :, 0].tolist() == [[7, 0, 3]] * 5


def test_the_seed_decides():
    drawn = [lots.by_lot(VALUES[:40], [20, 20], 3, seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_ends_of_intervals_leave_missing_draws_out():
    low, high = lots.interval(np.column_stack([np.r_[np.arange(101.0), np.nan], np.full(102, np.nan)]))
    assert (low[0], high[0]) == (2.5, 97.5)
    assert np.isnan([low[1], high[1]]).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("interval", [lots.interval, resampling.interval])
def test_ends_of_intervals_leave_infinite_draws_out(interval):
    """A ratio to nothing is infinite in a draw in which nobody of a group was drawn."""
    low, high = interval(np.column_stack([np.r_[np.arange(101.0), np.inf, -np.inf, np.inf], np.full(104, np.inf)]))
    assert (low[0], high[0]) == pytest.approx((2.5, 97.5), abs=1e-9)
    assert np.isnan([low[1], high[1]]).all()
