"""The change of revenue is that of its factors, to the cent; each equals the formula."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.positioning import brands, revenue_tree
from segkit.words.errors import DataError

DAYS = pd.date_range("2024-01-01", periods=10)
LINES = st.lists(st.tuples(st.integers(1, 6), st.sampled_from("ABC"), st.integers(0, 9), st.integers(-500, 3000)),
                 min_size=2, max_size=40)
EFFECTS = [f"{name}_effect" for name in revenue_tree.FACTORS]


def table(rows):
    return pd.DataFrame([(c, b, DAYS[d], a / 100) for c, b, d, a in rows],
                        columns=["customer_id", "brand", "date", "amount"])


@settings(max_examples=100, deadline=None)
@given(LINES)
def test_the_parts_add_up_to_the_change_to_the_cent(rows):
    """Any purchases, with money given back, more than was spent among it."""
    try:
        bought = brands.occasions(table(rows))
    except DataError:
        return
    found = revenue_tree.between(bought)
    for made in (found.table, found.category):
        if made.empty:
            assert made.attrs["left_out"] == revenue_tree.ONE_DAY
            continue
        cents = (100 * made[["spend_change", "spend_before", "spend_after", *EFFECTS]]).round().astype(int)
        assert cents[EFFECTS].sum(axis=1).to_list() == cents["spend_change"].to_list()
        assert (cents["spend_after"] - cents["spend_before"]).to_list() == cents["spend_change"].to_list()
    if len(found.table):
        assert found.table["spend_after"].sum() == pytest.approx(found.category["spend_after"].iloc[0])


def test_a_table_by_hand():
    """A: 1 buyer × 2 × 5.00 = 10.00, then 2 buyers × 1.5 × 8.00 = 24.00; B comes in the second period."""
    rows = [(1, "A", 0, 500), (1, "A", 1, 500), (1, "A", 6, 800), (1, "A", 7, 800), (2, "A", 8, 800), (3, "B", 9, 300)]
    found = revenue_tree.between(table(rows))
    row = found.table.loc["A"]
    assert row[["buyers_before", "frequency_before", "occasion_before", "spend_before"]].to_list() == [1, 2, 5, 10]
    assert row[["buyers_after", "frequency_after", "occasion_after", "spend_after"]].to_list() == [2, 1.5, 8, 24]
    mean = 14 / np.log(24 / 10)
    assert row[EFFECTS].to_list() == pytest.approx([mean * np.log(2), mean * np.log(0.75), mean * np.log(1.6)], abs=0.011)
    assert found.table.loc["B", ["spend_change", *EFFECTS]].to_list() == [3, 3, 0, 0]
    assert found.category["buyers_after"].iloc[0] == 3
    assert found.values["change"] == 17


def test_two_brands_on_one_occasion_are_one_occasion_of_the_category():
    rows = [(1, "A", 0, 100), (1, "B", 0, 100), (1, "A", 9, 100), (2, "B", 9, 100)]
    found = revenue_tree.between(table(rows)).category.iloc[0]
    assert found[["buyers_before", "frequency_before", "occasion_before"]].to_list() == [1, 1, 2]


def test_periods_without_purchases_have_no_tree():
    one_day = revenue_tree.between(table([(1, "A", 3, 100), (2, "B", 3, 100)]))
    assert one_day.table.attrs["left_out"] == revenue_tree.ONE_DAY
    assert one_day.values["change"] is None
    with pytest.raises(DataError, match="purchases are from"):
        revenue_tree.between(table([(1, "A", 3, 100), (1, "A", 5, 100)]), "2025-01-01")


def test_intervals_hold_the_change_that_buyers_make():
    """Each household buys in a half with a chance of .5, then .7: the truth is the tree of the expected sums."""
    n, held = 120, 0
    truth = revenue_tree.effects(np.array([[60.0], [180], [36000]]), np.array([[84.0], [252], [50400]]))[:, 0] / 100
    for seed in range(60):
        rng = np.random.default_rng(seed)
        rows = []
        for half, chance in ((0, 0.5), (5, 0.7)):
            for customer in np.flatnonzero(rng.random(n) < chance):
                for day in rng.choice(5, 1 + rng.binomial(4, 0.5), replace=False):
                    rows.append((customer, "A", half + day, int(rng.integers(100, 301))))
        found = revenue_tree.between(table([*rows, (0, "A", 0, 200), (0, "A", 9, 200)])).table.loc["A"]
        held += found["buyers_effect_low"] <= truth[0] <= found["buyers_effect_high"]
    assert held >= 53
