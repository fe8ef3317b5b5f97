import math

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import concentration, rfm, rules
from segkit.words.errors import DataError, SegkitError

TOP, MIDDLE, BASE = concentration.TIERS


def customers(seed=0, n=237):
    rng = np.random.default_rng(seed)
    frequency = rng.geometric(0.3, n)
    return pd.DataFrame({"monetary": (rng.lognormal(3, 1.2, n) * frequency).round(2), "frequency": frequency,
                         "recency_days": rng.integers(0, 300, n)}, index=pd.Index(range(n), name="customer_id"))


def looped_share(values, share):
    """Revenue share of the best customers; the one on the border counts in part."""
    values = sorted(values, reverse=True)
    whole = math.floor(share * len(values) + 1e-9)
    rest = share * len(values) - whole
    return (sum(values[:whole]) + (rest * values[whole] if whole < len(values) else 0)) / sum(values)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("n", [1, 3, 10, 237, 1500])
def test_curve_and_revenue_share_equal_a_loop(n, share):
    monetary = customers(n=n)["monetary"]
    curve = concentration.curve(monetary, 21).set_index("customer_share")["revenue_share"]
    assert np.interp(share, curve.index, curve) == pytest.approx(looped_share(monetary, share), abs=1e-9)
    assert concentration.revenue_share(monetary, share) == pytest.approx(looped_share(monetary, share), abs=1e-9)


def test_curve_rises_from_0_to_1_ever_slower():
    steps = concentration.curve(customers()["monetary"])["revenue_share"].diff().dropna()
    assert (steps >= 0).all()
    assert (steps.diff().dropna() <= 1e-12).all()


@pytest.mark.parametrize("share", [0.0005, 0.0015])
def test_revenue_share_of_few_customers_among_many(share):
    """The best ten of 20,000 customers bring 23 %, not 14 %."""
    monetary = pd.Series(np.random.default_rng(0).pareto(1.1, 20000))
    assert concentration.revenue_share(monetary, share) == pytest.approx(looped_share(monetary, share), rel=1e-6)


def test_the_curve_stays_within_0_and_1_with_returns():
    found = concentration.curve(pd.Series([10.0, 5.0, -5.0]), 4)
    assert found["revenue_share"].to_list() == pytest.approx([0, 2 / 3, 1, 1])


@pytest.mark.parametrize("amounts", [[0.0, 0.0], [], [np.nan], [0.0, -9.0]])
def test_a_curve_without_revenue_is_explained(amounts):
    with pytest.raises(DataError, match=r"the amounts: add up to 0 or less\n.*amount column"):
        concentration.curve(pd.Series(amounts, dtype=float))


@pytest.mark.parametrize("shares", [(0.2, 0.3), (0.1, 0.1), (0.5, 0.4)])
@pytest.mark.parametrize("n", [3, 10, 237])
def test_tiers_equal_a_loop(n, shares):
    table = customers(n=n)
    ordered = sorted(table["monetary"], reverse=True)
    first, second = (ordered[max(1, round(s * n)) - 1] for s in (shares[0], sum(shares)))
    expected = [TOP if v >= first else MIDDLE if v >= second else BASE for v in table["monetary"]]
    assert concentration.tiers(table, shares).labels.to_list() == expected


def test_customers_with_the_same_value_share_a_tier_and_missing_ones_have_none():
    table = pd.DataFrame({"monetary": [9.0, 9, 9, 5, 5, 1, np.nan]}, index=pd.Index(list("abcdefg"), name="customer_id"))
    labels = concentration.tiers(table, (0.2, 0.5)).labels
    assert labels.head(6).to_list() == [TOP] * 3 + [MIDDLE] * 2 + [BASE]
    assert labels.isna().to_list() == [False] * 6 + [True]


def test_tiers_where_one_value_is_common_have_no_middle():
    table = pd.DataFrame({"monetary": [9.0, 9, 9, 9, 9, 1]})
    assert concentration.tiers(table).segments["size"].to_dict() == {TOP: 5, BASE: 1}


def test_by_segment_equals_a_loop():
    table = customers()
    tiers = concentration.tiers(table)
    found = concentration.by_segment(table, tiers)
    assert found.index.to_list() == [TOP, MIDDLE, BASE]
    for name, row in found.iterrows():
        part = table[tiers.labels == name]
        assert row["size"] == len(part)
        expected = [len(part) / len(table), part["monetary"].sum() / table["monetary"].sum(), part["monetary"].sum(),
                    part["monetary"].sum() / len(part), part["frequency"].sum() / len(part),
                    part["monetary"].sum() / part["frequency"].sum(), part["recency_days"].sum() / len(part)]
        columns = ["customer_share", "revenue_share", "revenue", "monetary", "frequency", "average_basket", "recency_days"]
        assert row[columns].to_list() == pytest.approx(expected)


def test_a_segment_that_nobody_fits_brings_nothing():
    table = customers()
    named = rfm.segment(pd.DataFrame({"r": 5, "f": 5, "frequency": 9}, index=table.index))
    found = concentration.by_segment(table, named)
    assert found.loc["Champions", ["size", "customer_share", "revenue_share"]].to_list() == pytest.approx([237, 1, 1])
    assert (found.drop(index="Champions")[["size", "revenue", "revenue_share"]] == 0).all(axis=None)


def test_shares_of_customers_and_revenue_have_the_same_base():
    table = customers().assign(monetary=10.0)
    spec = {"model": "value-based", "segments": [{"name": "recent", "when": {"recency_days": {"below": 100}}},
                                                 {"name": "middle", "when": {"recency_days": {"below": 200}}}]}
    found = concentration.by_segment(table, rules.segment(table.reset_index(), spec))
    np.testing.assert_allclose(found["customer_share"], found["revenue_share"])


def test_drivers_equal_a_loop_and_multiply():
    table = customers()
    tiers = concentration.tiers(table)
    found = concentration.drivers(table, tiers)
    part = table[tiers.labels == TOP]
    assert found["mean"].to_list() == pytest.approx(
        [part["monetary"].mean(), part["frequency"].mean(), part["monetary"].sum() / part["frequency"].sum()])
    assert found["total_mean"].to_list() == pytest.approx(
        [table["monetary"].mean(), table["frequency"].mean(), table["monetary"].sum() / table["frequency"].sum()])
    index = found["index_100"]
    assert index["monetary"] == pytest.approx(index["frequency"] * index["average_basket"] / 100)


def test_drivers_of_an_unknown_segment_are_explained():
    with pytest.raises(SegkitError, match="Tip customers"):
        concentration.drivers(customers(), concentration.tiers(customers()), "Tip customers")


@pytest.mark.parametrize("shares", [(0.2,), (0, 0.5), (0.6, 0.4), (-0.1, 0.5), (0.2, 0.3, 0.1)])
def test_bad_shares_of_tiers_are_explained(shares):
    with pytest.raises(SegkitError, match=r"`shares`: must be two shares above 0 that add up to less than 1, got"):
        concentration.tiers(customers(), shares)


@pytest.mark.parametrize(("table", "words"), [
    (customers().rename(columns={"monetary": "monetry"}), "did you mean"), (customers().head(0), "'monetary': has no value")])
def test_tiers_without_values_are_explained(table, words):
    with pytest.raises(SegkitError, match=words):
        concentration.tiers(table)


def test_the_share_of_the_best_has_the_interval_of_a_plain_bootstrap():
    monetary = customers(n=400)["monetary"]
    rng = np.random.default_rng(8)
    plain = [looped_share(rng.choice(monetary, 400), 0.2) for _ in range(400)]
    low, high = concentration.revenue_share_interval(monetary, 0.2)
    assert [low, high] == pytest.approx(np.quantile(plain, [0.025, 0.975]).tolist(), abs=0.02)
    assert low < concentration.revenue_share(monetary, 0.2) < high
    assert (low, high) == concentration.revenue_share_interval(monetary.sample(frac=1, random_state=1), 0.2)


def test_the_interval_holds_the_share_of_all_customers():
    """Exponential spend: the best fifth bring 0.2 (1 - ln 0.2) = 52.2 %."""
    held = 0
    for seed in range(60):
        spend = pd.Series(np.random.default_rng(seed).exponential(size=300))
        low, high = concentration.revenue_share_interval(spend, 0.2)
        held += low <= 0.2 * (1 - np.log(0.2)) <= high
    assert held >= 53  # fewer in 1 of 60 times at 95 %


def test_tiers_share_revenue_as_the_best_do():
    table = customers(n=500)
    found = concentration.by_segment(table, concentration.tiers(table)).loc[TOP]
    assert [found["revenue_share_low"], found["revenue_share_high"]] == pytest.approx(
        concentration.revenue_share_interval(table["monetary"], 0.2), abs=1e-9)


def test_segments_have_the_intervals_of_a_plain_bootstrap():
    table = customers(n=300)
    found = rfm.segment(rfm_scored(table))
    drawn = []
    for seed in range(300):
        part = table.sample(frac=1, replace=True, random_state=seed)
        spent = part["monetary"].groupby(found.labels.reindex(part.index)).sum()
        drawn.append(spent.reindex(found.segments.index, fill_value=0) / spent.sum())
    ends = pd.DataFrame(drawn).quantile([0.025, 0.975])
    told = concentration.by_segment(table, found)
    np.testing.assert_allclose(told["revenue_share_low"], ends.iloc[0], atol=0.03)
    np.testing.assert_allclose(told["revenue_share_high"], ends.iloc[1], atol=0.03)
    both = concentration.part(table, found.labels.isin(["Champions", "Hibernating"]))
    assert both["revenue_share"] == pytest.approx(told.loc[["Champions", "Hibernating"], "revenue_share"].sum())
    assert both["revenue_share_low"] < both["revenue_share"] < both["revenue_share_high"]


def rfm_scored(table):
    return table.assign(r=rfm.score(-table["recency_days"], 5), f=rfm.score(table["frequency"], 5))


def test_all_shares_have_one_base_where_customers_sent_back_more_than_they_bought():
    """60 customers with refunds only: curve, tiers and drivers count them as 0."""
    table = customers(n=240)
    table.loc[:59, "monetary"] = -table.loc[:59, "monetary"]
    tiers = concentration.tiers(table)
    found = concentration.by_segment(table, tiers)
    assert found.loc[TOP, "revenue_share"] == pytest.approx(concentration.revenue_share(table["monetary"], 0.2))
    assert found["revenue_share"].between(0, 1).all()
    drivers = concentration.drivers(table, tiers)
    assert drivers.loc["monetary", "index_100"] / 100 * 0.2 == pytest.approx(found.loc[TOP, "revenue_share"])
    rests = concentration.base(table["monetary"])
    assert rests[["n_customers", "n_below"]].to_list() == [240, 60]
    assert rests["revenue"] == pytest.approx(found["revenue"].sum())
    assert rests["returned"] == pytest.approx(-table["monetary"].head(60).sum())


def test_drivers_have_intervals_that_hold_them_and_shrink():
    widths = []
    for n in (200, 5000):
        table = customers(n=n)
        found = concentration.drivers(table, concentration.tiers(table))
        assert (found["index_low"] < found["index_100"]).all()
        assert (found["index_100"] < found["index_high"]).all()
        widths.append(found.loc["frequency", "index_high"] - found.loc["frequency", "index_low"])
    assert widths[0] / widths[1] == pytest.approx(5, rel=0.35)


def test_a_leader_level_with_the_second_is_too_close_to_call():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"monetary": rng.lognormal(3, 1, 400), "frequency": 1, "recency_days": rng.integers(0, 300, 400)},
                         index=pd.Index(range(400), name="customer_id"))
    halves = {"model": "value-based", "segments": [{"name": "recent", "when": {"recency_days": {"below": 150}}},
                                                   {"name": "past", "when": {"recency_days": {"at_least": 150}}}]}
    found = concentration.leading(table, rules.segment(table.reset_index(), halves))
    assert found["is_level"]
    assert found["sentence"] == concentration.LEVEL
    assert 0.5 < found["lead_share"] < 0.95
    few = {**halves, "segments": [{"name": "recent", "when": {"recency_days": {"below": 250}}},
                                  {"name": "past", "when": {"recency_days": {"at_least": 250}}}]}
    found = concentration.leading(table, rules.segment(table.reset_index(), few))
    assert found[["leader", "second", "is_level"]].to_list() == ["recent", "past", False]
    assert found["share"] + found["other"] == pytest.approx(1)
