"""The table at given parameters is held against published and summed numbers, the estimators apart from it."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from segkit.positioning import dirichlet, nbd
from segkit.words.errors import DataError

SHARES = pd.Series([0.25, 0.19, 0.10, 0.10, 0.09, 0.08, 0.03, 0.02], list("abcdefgh"))
REACHED = pd.Series([0.20, 0.17, 0.09, 0.08, 0.08, 0.07, 0.03, 0.02], list("abcdefgh"))
TOOTHPASTE = dirichlet.Dirichlet(1.456, 0.77880268, 1.2952796, SHARES)


@pytest.mark.parametrize(("brand", "expected"), [
    ("a", (0.1999467, 1.8204855, 3.1614493, 0.4522546)), ("b", (0.1568106, 1.7641663, 3.2163817, 0.4245488)),
    ("c", (0.0865889, 1.6815086, 3.3017870, 0.3861408)), ("h", (0.0180881, 1.6098997, 3.3807783, 0.3549217))])
def test_the_table_of_toothpaste_1973(brand, expected):
    """Exact sums, with which R's NBDdirichlet agrees for one period."""
    row = TOOTHPASTE.norm().loc[brand]
    found = row[["penetration", "purchase_frequency", "category_purchases", "sole_loyalty_share"]]
    assert found.to_list() == pytest.approx(expected, abs=6e-8)
    assert row["share_of_category_requirements"] == pytest.approx(expected[1] / expected[2])


def test_the_published_table_of_toothpaste_to_two_decimals():
    """Goodhardt, Ehrenberg & Chatfield (1984), by R's NBDdirichlet: M 1.456, K .78, S 1.30."""
    found = dirichlet.Dirichlet(1.456, 0.78, 1.30, SHARES).norm()
    assert found["penetration"].round(2).to_list() == [0.20, 0.16, 0.09, 0.09, 0.08, 0.07, 0.03, 0.02]
    assert found["purchase_frequency"].round(2).to_list() == [1.82, 1.76, 1.68, 1.68, 1.67, 1.66, 1.62, 1.61]


def test_buyers_shared_with_the_leader_of_toothpaste():
    assert TOOTHPASTE.duplication().loc["a"].iloc[1:].to_list() == pytest.approx(
        [0.18628, 0.10318, 0.10318, 0.09339, 0.08349, 0.03223, 0.02161], abs=5e-6)
    both = TOOTHPASTE.duplication().mul(TOOTHPASTE.norm()["penetration"], axis=0)
    np.testing.assert_allclose(both, both.T)


@pytest.mark.parametrize(("m", "k", "s", "n_periods"), [(1.5, 0.8, 1.3, 1), (4.0, 0.3, 0.2, 1), (12.0, 2.0, 6.0, 4)])
def test_the_table_equals_sums_of_beta_binomials(m, k, s, n_periods):
    """Heavy categories and several periods too: R stops at 50 purchases."""
    p = 0.3
    mean = m * n_periods
    n = np.arange(4000)
    share = stats.nbinom.pmf(n, k, k / (k + mean))
    assert 1 - share.sum() < 1e-12
    zero = stats.betabinom.pmf(0, n, s * p, s * (1 - p))
    every = stats.betabinom.pmf(n, n, s * p, s * (1 - p))
    reached = share @ (1 - zero)
    row = dirichlet.Dirichlet(m, k, s, pd.Series({"x": p})).norm(n_periods).iloc[0]
    assert row.to_list() == pytest.approx([
        reached, mean * p / reached, share @ (n * (1 - zero)) / reached, (share @ every - share[0]) / reached,
        mean * p / (share @ (n * (1 - zero)))], rel=1e-8)


def test_two_halves_and_the_whole():
    """Buyers of both halves are those of one and the other, less those of the whole."""
    half, whole = TOOTHPASTE.norm(0.5)["penetration"], TOOTHPASTE.norm()["penetration"]
    assert TOOTHPASTE.repeat_buyers().to_list() == pytest.approx(((2 * half - whole) / half).to_list())


def test_at_the_ends_of_s_brands_are_alike_or_apart():
    alike = dirichlet.Dirichlet(3.0, 0.7, math.inf, SHARES).norm()
    expected = [1 - (1 + 3.0 * p / 0.7) ** -0.7 for p in SHARES]  # thinned purchases are an NBD again
    assert alike["penetration"].to_list() == pytest.approx(expected)
    apart = dirichlet.Dirichlet(3.0, 0.7, 0.0, SHARES).norm()
    bought = 1 - (1 + 3.0 / 0.7) ** -0.7
    assert apart["penetration"].to_list() == pytest.approx((bought * SHARES).to_list())
    assert apart["sole_loyalty_share"].to_list() == pytest.approx([1] * 8)


def test_r_takes_a_value_per_brand_and_we_take_one_for_all():
    """R's NBDdirichlet: the values per brand of toothpaste, of which it reports 1.30 after dropping some."""
    found = dirichlet.fit(SHARES, REACHED, 0.56, 2.6)
    assert (found.m, found.k) == (pytest.approx(1.456), pytest.approx(0.7788, abs=5e-5))
    each = dirichlet.of_each(found, REACHED)
    assert each.to_list() == pytest.approx([1.298, 2.213, 1.603, 0.845, 1.449, 1.293, 2.220, 2.138], abs=5e-4)
    assert (each * SHARES).sum() / SHARES.sum() == pytest.approx(1.55, abs=5e-3)
    assert found.s == pytest.approx(1.4828, abs=5e-5)
    assert found.norm()["penetration"].sum() == pytest.approx(REACHED.sum())


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 20), st.floats(0.2, 3), st.floats(0.05, 20))
def test_fit_gives_back_the_parameters_of_a_table(m, k, s):
    made = dirichlet.Dirichlet(m, k, s, pd.Series({"x": 0.5, "y": 0.3, "z": 0.2}))
    bought = nbd.Nbd(m, k).penetration
    found = dirichlet.fit(made.shares, made.norm()["penetration"], bought, m / bought)
    assert (found.m, found.k, found.s) == (pytest.approx(m), pytest.approx(k, rel=1e-4), pytest.approx(s, rel=1e-3))
    assert found.note == ""


def simulated(m, k, s, shares, n=4000, seed=0):
    """Purchases of customers who buy as the model says, on days of their own."""
    rng = np.random.default_rng(seed)
    often = rng.poisson(rng.gamma(k, m / k, n))
    taste = rng.dirichlet(s * np.asarray(shares), n)
    counts = rng.multinomial(often, taste)
    customer, brand = np.nonzero(counts)
    customer, brand = (np.repeat(x, counts[counts > 0]) for x in (customer, brand))
    order = np.arange(len(customer))
    return pd.DataFrame({"customer_id": customer, "brand": np.array(list("ABCDEFGH"))[brand], "amount": 1.0,
                         "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.permutation(order), unit="min")})


@pytest.mark.parametrize(("m", "k", "s"), [(6.0, 0.8, 1.5), (20.0, 0.5, 4.0)])
def test_purchases_give_their_parameters_back(m, k, s):
    found = [dirichlet.of_purchases(simulated(m, k, s, [0.5, 0.3, 0.2], seed=seed)) for seed in range(4)]
    assert np.mean([f.m for f in found]) == pytest.approx(m, rel=0.06)
    assert np.mean([f.k for f in found]) == pytest.approx(k, rel=0.08)
    assert np.mean([f.s for f in found]) == pytest.approx(s, rel=0.06)
    assert found[0].shares.to_list() == pytest.approx([0.5, 0.3, 0.2], abs=0.02)


def test_buyers_alone_are_fitted_as_a_grid_finds():
    n = np.array([1, 2, 3, 5, 9])
    held = np.array([50, 20, 12, 8, 4])
    found = nbd.of_buyers(n, held)

    def likelihood(m, k):
        zero = stats.nbinom.pmf(0, k, k / (k + m))
        return held @ np.log(stats.nbinom.pmf(n, k, k / (k + m)) / (1 - zero))

    best = likelihood(found.m, found.k)
    grid = [likelihood(m, k) for m in found.m * np.linspace(0.8, 1.2, 21) for k in found.k * np.linspace(0.8, 1.2, 21)]
    assert best >= max(grid) - 1e-8
    assert best - min(grid) > 0.01


def test_misfit_is_the_largest_difference_of_shares():
    found = nbd.Nbd(2.0, 1.0)
    bought = stats.nbinom.pmf(np.arange(1, 4), 1.0, 1 / 3)
    bought /= stats.nbinom.sf(0, 1.0, 1 / 3)
    counted = np.array([0.7, 0.2, 0.1])
    expected = max(abs(counted.cumsum()[i] - bought.cumsum()[i]) for i in range(3))
    assert nbd.misfit(found, np.array([1, 2, 3]), 100 * counted) == pytest.approx(expected)


def test_customers_who_buy_equally_have_an_infinite_k():
    assert nbd.of_penetration(0.5, 1.2).k == math.inf
    shares = stats.poisson.pmf(np.arange(1, 15), 3.0)
    found = nbd.of_buyers(np.arange(1, 15), 1000 * shares)
    assert (found.k, found.m) == (math.inf, pytest.approx(3.0, rel=1e-3))
    assert found.penetration == pytest.approx(1 - math.exp(-3.0), rel=1e-3)


def shop(brands, n=40, times=3):
    """Customers who buy in turn what `brands` says of each."""
    rows = [(c, b, i) for c in range(n) for i, b in enumerate(brands(c)[:times])]
    made = pd.DataFrame(rows, columns=["customer_id", "brand", "day"])
    return made.assign(amount=1.0, date=pd.Timestamp("2024-01-01") + pd.to_timedelta(made["day"], unit="D"))


@pytest.mark.parametrize(("brands", "note", "s"), [
    (lambda c: ["A", "B", "C"], dirichlet.ALIKE, math.inf), (lambda c: ["AB"[c % 2]] * 3, dirichlet.APART, 0.0),
    (lambda c: ["A"] * 3, dirichlet.ONE_BRAND, math.nan), (lambda c: ["AB"[c % 2]], dirichlet.ONCE, math.nan)])
def test_where_there_is_no_s_a_sentence_says_why(brands, note, s):
    found = dirichlet.of_purchases(shop(brands))
    assert found.note == note
    assert found.s == pytest.approx(s, nan_ok=True)
    assert set(found.norm().index) == set(found.shares.index)
    assert found.norm()["penetration"].isna().all() == math.isnan(s)


@pytest.mark.parametrize(("change", "told"), [
    ({"shares": {"A": 0.8, "B": 0.4}}, "add up to 1.2"), ({"shares": {"A": 50.0, "B": 40.0}}, "40 percent are 0.4"), ({"penetrations": {"A": 0.7, "B": 0.2}}, "without buying the category"),
    ({"penetrations": {"A": 0.3, "C": 0.2}}, "for B, C"), ({"category_penetration": 1.0}, "of_purchases"),
    ({"category_purchases": 1.0}, "more than 1"), ({"shares": {"A": 0.5, "B": 0.0}}, "the smallest is 0")])
def test_figures_that_cannot_be_are_told(change, told):
    figures = {"shares": {"A": 0.5, "B": 0.4}, "penetrations": {"A": 0.35, "B": 0.3}, "category_penetration": 0.5,
               "category_purchases": 2.0} | change
    with pytest.raises(DataError, match=told):
        dirichlet.fit(**figures)
