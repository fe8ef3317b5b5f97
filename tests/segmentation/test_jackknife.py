"""Intervals by leaving out: they hold the truth of skewed customers, and their edges."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from segkit.segmentation import jackknife


def without(values):
    return values.sum(axis=0) - values


def test_of_equal_amounts_a_share_is_wilsons_with_students_quantile():
    yes = np.r_[np.ones(13), np.zeros(27)][:, None]
    n = np.array([40.0])
    found = jackknife.shares(yes.mean(axis=0), without(yes) / 39, n)
    spread = yes.std(ddof=1) / np.sqrt(40)
    peak = ((yes - yes.mean()) ** 4).mean() / yes.var() ** 2
    freedom = min(39, 80 / (peak - 1 + 2 / 39))
    z, trials = stats.t.ppf(0.975, freedom), 13 / 40 * 27 / 40 / spread**2
    low, high = proportion_confint(13 / 40 * trials, trials, alpha=2 * stats.norm.sf(z), method="wilson")
    assert (found.low[0], found.high[0]) == pytest.approx((low, high))


def test_a_mean_has_the_interval_of_student_where_no_one_stands_out():
    x = np.tile([1.0, -1, 2, -2], 20)[:, None]
    found = jackknife.differences(x.mean(axis=0), without(x) / 79, np.array([80]))
    peak = (x**4).mean() / (x**2).mean() ** 2
    half = stats.t.ppf(0.975, min(79, 160 / (peak - 1 + 2 / 79))) * x.std(ddof=1) / np.sqrt(80)
    assert (found.low[0], found.high[0]) == pytest.approx((-half, half))


def test_shares_of_none_and_of_all_are_wilsons_by_those_who_tell():
    held = np.tile([0.0, 1.0], (25, 1))
    found = jackknife.shares(held.mean(axis=0), without(held) / 24, np.array([25, 25]))
    low, high = proportion_confint([0, 25], 25, alpha=2 * stats.norm.sf(stats.t.ppf(0.975, 24)), method="wilson")
    np.testing.assert_allclose(found.low, low, atol=1e-12)
    np.testing.assert_allclose(found.high, high, atol=1e-12)


@pytest.mark.parametrize("make", [jackknife.shares, jackknife.ratios, jackknife.differences])
def test_one_customer_tells_nothing_of_others(make):
    found = make(np.array([0.5, 0.4]), np.array([[np.nan, 0.3], [0.5, 0.5]]), np.array([1, 2]))
    assert np.isnan([found.low[0], found.high[0]]).all()
    assert found.low[1] < 0.4 < found.high[1]


def test_money_given_back_takes_shares_and_ratios_beyond_their_scale():
    money = np.array([[5.0, 3], [-9, 4], [1, 8], [2, 2]])
    total, left = money.sum(axis=0), without(money)
    shares = jackknife.shares(total / total.sum(), left / left.sum(axis=1, keepdims=True), np.array([4, 4]))
    ratios = jackknife.ratios(total / 4, left / 3, np.array([4, 4]))
    assert np.isfinite([*shares, *ratios]).all()
    assert (shares.low < total / total.sum()).all()
    assert ratios.low[0] < -0.25 < ratios.high[0]


@pytest.mark.parametrize(("make", "truth"), [(jackknife.shares, 0.3), (jackknife.ratios, 2.0)])
def test_intervals_hold_the_truth_of_customers_who_differ_widely(make, truth):
    """Of 1,000 samples of 60 customers, whose amounts are exponential, 93 to 97 % of the intervals."""
    rng, held = np.random.default_rng(4), 0
    for _ in range(1000):
        x = rng.gamma(0.9, 1, (60, 1))
        y = x * rng.beta(0.9, 2.1, (60, 1)) if truth < 1 else x * rng.exponential(2, (60, 1))
        low, high = make(y.sum(axis=0) / x.sum(axis=0), without(y) / without(x), np.array([60]))
        held += low[0] <= truth <= high[0]
    assert 930 <= held <= 970
