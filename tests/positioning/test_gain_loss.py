"""Gains less losses are the change of each brand, to the cent; each part equals a loop over customers."""

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.positioning import brands, gain_loss
from segkit.words.errors import DataError

DAYS = pd.date_range("2024-01-01", periods=10)


def table(rows):
    return pd.DataFrame([(c, b, DAYS[d], a / 100) for c, b, d, a in rows],
                        columns=["customer_id", "brand", "date", "amount"])


LINES = st.lists(st.tuples(st.integers(1, 6), st.sampled_from("ABCD"), st.integers(0, 9), st.integers(-500, 3000)),
                 min_size=2, max_size=40)


def looped(purchases):
    """Brand → part → cents, as fractions: the matched money in proportion, not rounded."""
    spent = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    o = brands.occasions(purchases).table
    middle = o["time"].min() + (o["time"].max() - o["time"].min()) / 2
    was = [set(o.loc[o["time"] < middle, "customer"]), set(o.loc[o["time"] >= middle, "customer"])]
    for row in o.itertuples():
        spent[row.customer][row.brand][int(row.time >= middle)] += int(row.net)
    made = defaultdict(lambda: defaultdict(Fraction))
    for customer, by_brand in spent.items():
        change = {b: y - x for b, (x, y) in by_brand.items()}
        up, down = sum(max(c, 0) for c in change.values()), sum(max(-c, 0) for c in change.values())
        for b, (x, y) in by_brand.items():
            if customer not in was[0]:
                made[b]["new_gain"] += y
            elif customer not in was[1]:
                made[b]["lost_loss"] += x
            else:
                gain, loss, matched = max(change[b], 0), max(-change[b], 0), min(up, down)
                made[b]["switched_gain"] += Fraction(gain * matched, max(up, 1))
                made[b]["switched_loss"] += Fraction(loss * matched, max(down, 1))
                made[b]["more_gain"] += gain - Fraction(gain * matched, max(up, 1))
                made[b]["less_loss"] += loss - Fraction(loss * matched, max(down, 1))
    return made


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_gains_less_losses_are_the_change_to_the_cent(rows):
    """Any purchases, with money given back, more than was spent among it."""
    try:
        bought = brands.occasions(table(rows))
    except DataError:
        return
    found = gain_loss.between(bought).table
    if bought.table["time"].nunique() == 1:
        assert found.attrs["left_out"] == gain_loss.ONE_DAY
        return
    cents = (100 * found[[*gain_loss.PARTS, "spend_before", "spend_after", "spend_change"]]).round().astype(int)
    np.testing.assert_allclose(cents / 100, found[cents.columns], atol=1e-12)
    change = (cents["new_gain"] - cents["lost_loss"] + cents["more_gain"] - cents["less_loss"]
              + cents["switched_gain"] - cents["switched_loss"])
    assert change.to_list() == cents["spend_change"].to_list()
    assert (cents["spend_after"] - cents["spend_before"]).to_list() == cents["spend_change"].to_list()
    assert cents["switched_gain"].sum() == cents["switched_loss"].sum()
    assert cents["spend_before"].sum() + cents["spend_after"].sum() == bought.table["net"].sum()


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_each_part_equals_a_loop_over_customers(rows):
    try:
        expected = looped(table(rows))
    except DataError:
        return
    found = gain_loss.between(table(rows))
    for brand, row in found.table.iterrows():
        for part in gain_loss.PARTS:
            assert abs(100 * row[part] - float(expected[brand][part])) <= 6  # a cent of each of six customers
    if len(found.flows):
        for brand in found.flows:
            assert found.flows[brand].sum() == pytest.approx(found.table.loc[brand, "switched_gain"])
            assert found.flows.loc[brand].sum() == pytest.approx(found.table.loc[brand, "switched_loss"])
            assert found.flows.loc[brand, brand] == 0


def test_a_table_by_hand():
    """One who switches from A to B and buys more, one who comes, one who goes."""
    found = gain_loss.between(table([(1, "A", 0, 1000), (1, "B", 9, 1500), (2, "A", 8, 300), (3, "B", 1, 200)])).table
    assert found.loc["A", list(gain_loss.PARTS)].to_list() == [3, 0, 0, 0, 0, 10]
    assert found.loc["B", list(gain_loss.PARTS)].to_list() == [0, 2, 5, 0, 10, 0]
    assert found.loc["B", ["spend_before", "spend_after", "spend_change", "switched_net"]].to_list() == [2, 15, 13, 10]
    assert found["share_before"].to_dict() == pytest.approx({"A": 10 / 12, "B": 2 / 12})
    assert found["share_change"].sum() == pytest.approx(0)


def test_customers_are_worked_on_in_parts(monkeypatch):
    rng = np.random.default_rng(0)
    rows = list(zip(rng.integers(1, 50, 400), rng.choice(list("ABC"), 400), rng.integers(0, 10, 400),
                    rng.integers(1, 900, 400), strict=True))
    whole = gain_loss.between(table(rows))
    monkeypatch.setattr(gain_loss, "CUSTOMERS", 7)
    parts = gain_loss.between(table(rows))
    pd.testing.assert_frame_equal(whole.table, parts.table)
    pd.testing.assert_frame_equal(whole.flows, parts.flows)


def panel(seed, shift=0.0, n=300):
    """Households whose taste stays, or moves from A to B in the second half."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        taste = rng.dirichlet([1.0, 0.8, 0.6])
        for day in np.sort(rng.integers(0, 10, 1 + rng.poisson(6))):
            chance = taste - np.array([shift, -shift, 0]) * (day >= 5) * taste[0]
            rows.append((customer, rng.choice(list("ABC"), p=chance / chance.sum()), day, int(rng.integers(50, 500))))
    return table(rows)


def test_a_shift_is_told_and_chance_is_level():
    moved = gain_loss.between(panel(0, shift=0.5))
    assert moved.sentence in (gain_loss.WON, gain_loss.LOST)
    assert moved.values["brand"] in ("A", "B")
    assert moved.table.loc["B", "switched_net_low"] > 0
    assert moved.table.loc["A", "share_change_high"] < 0
    level = [gain_loss.between(panel(seed), random_state=seed).sentence == gain_loss.LEVEL for seed in range(1, 13)]
    assert sum(level) >= 10


def test_intervals_equal_samples_of_copied_households():
    purchases = panel(3, n=60)
    found = gain_loss.between(purchases).table
    spent = purchases.assign(late=purchases["date"] >= DAYS[4] + pd.Timedelta(hours=12)).pivot_table(
        index="customer_id", columns=["late", "brand"], values="amount", aggfunc="sum", fill_value=0)
    rng, drawn = np.random.default_rng(5), []
    for _ in range(3000):
        sums = spent.to_numpy()[rng.integers(0, len(spent), len(spent))].sum(axis=0)
        drawn.append(sums[3:] / sums[3:].sum() - sums[:3] / sums[:3].sum())
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    order = [list("ABC").index(b) for b in found.index]
    width = (high - low)[order]
    np.testing.assert_array_less(np.abs(found["share_change_low"] - low[order]), 0.15 * width)
    np.testing.assert_array_less(np.abs(found["share_change_high"] - high[order]), 0.15 * width)


@pytest.mark.parametrize(("day", "told"), [("2024-02-01", "purchases are from"), ("May", "not a day"),
                                           ("2024-01-03", "fewer days before it")])
def test_periods_that_cannot_be_are_told(day, told):
    with pytest.raises(DataError, match=told):
        gain_loss.between(panel(0, n=30), day)


def test_a_second_period_of_its_own_is_compared_with_as_many_days_before():
    rows = [(1, "A", 1, 100), (1, "A", 4, 200), (1, "A", 7, 400), (1, "A", 9, 800)]
    found = gain_loss.between(table(rows), "2024-01-08").table
    assert found.loc["A", ["spend_before", "spend_after"]].to_list() == [2, 12]
