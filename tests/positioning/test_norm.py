"""Brands beside the norm: what is counted equals loops, chance is no finding, and a brand of its own is one."""

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import brands, draws, norm
from segkit.segmentation import lots
from tests.positioning.test_dirichlet import shop, simulated


def loyal(seed=0):
    """The same category, where half of the customers of brand C keep to it more than the rest keep to theirs."""
    table = simulated(8.0, 0.8, 2.0, [0.5, 0.3, 0.2], n=900, seed=seed)
    keeps = table.groupby("customer_id")["brand"].transform(lambda b: (b == "C").mean() > 0.4)
    return table.assign(brand=np.where(keeps, "C", np.where(table["brand"] == "C", "B", table["brand"])))


def test_what_is_counted_equals_loops():
    table = simulated(5.0, 0.8, 1.5, [0.5, 0.3, 0.2], n=200)
    found = norm.against(table).table
    middle = table["date"].min() + (table["date"].max() - table["date"].min()) / 2
    for brand, row in found.iterrows():
        mine = [part for _, part in table.groupby("customer_id") if brand in set(part["brand"])]
        assert row["n_buyers"] == len(mine)
        assert row["penetration"] == pytest.approx(len(mine) / table["customer_id"].nunique())
        assert row["purchase_frequency"] == pytest.approx(sum((p["brand"] == brand).sum() for p in mine) / len(mine))
        assert row["category_purchases"] == pytest.approx(sum(map(len, mine)) / len(mine))
        assert row["sole_loyalty_share"] == pytest.approx(sum(p["brand"].nunique() == 1 for p in mine) / len(mine))
        early = [p for p in mine if brand in set(p.loc[p["date"] < middle, "brand"])]
        again = [p for p in early if brand in set(p.loc[p["date"] >= middle, "brand"])]
        assert row["repeat_buyer_share"] == pytest.approx(len(again) / len(early))
    assert found["purchase_share"].sum() == pytest.approx(1)
    assert found["norm_penetration"].sum() == pytest.approx(found["penetration"].sum())


def test_the_norm_counts_buyers_of_the_category_and_its_share_of_purchases():
    found = norm.against(simulated(5.0, 0.8, 1.5, [0.5, 0.3, 0.2], n=500))
    made = found.model.norm()
    reached = found.parameters["category_penetration"].iloc[0]
    assert list(made.index) == ["A", "B", "C"]
    pd.testing.assert_series_equal(found.table["norm_penetration"].sort_index(), made["penetration"] / reached,
                                   check_names=False)
    for name in ("purchase_frequency", "category_purchases", "sole_loyalty_share"):
        pd.testing.assert_series_equal(found.table[f"norm_{name}"].sort_index(), made[name], check_names=False)
    assert found.misfit < 0.1


def test_a_sample_of_households_equals_purchases_copied_as_often():
    table = simulated(5.0, 0.8, 1.5, [0.5, 0.3, 0.2], n=120)
    o = brands.occasions(table).table
    counts = draws.purchases(o)
    weight = lots.counts(len(counts), random_state=3)[4]
    sums = norm._Sums(o, counts, np.arange(len(counts)))
    model, found = sums.of(weight)
    copies = pd.concat([table[table["customer_id"] == c].assign(customer_id=f"{c}-{i}")
                        for c, n in zip(counts.index, weight, strict=True) for i in range(int(n))])
    expected = norm.against(copies)
    assert model.s == pytest.approx(expected.model.s, rel=1e-4)
    for name in ("penetration", "frequency_index", "category_purchases"):
        assert dict(zip("ABC", found[name], strict=True)) == pytest.approx(expected.table[name].to_dict(), rel=1e-4)


def test_brands_of_the_model_are_told_to_be_usual_and_their_repeat_habit():
    found = norm.against(simulated(8.0, 0.8, 2.0, [0.5, 0.3, 0.2], n=900, seed=1), random_state=1)
    assert found.frequency.sentence == norm.NONE
    assert found.habit("A").sentence == norm.HABIT
    assert found.table["frequency_index"].to_list() == pytest.approx([100] * 3, abs=6)


def test_a_brand_with_buyers_of_its_own_is_told():
    found = norm.against(loyal(), random_state=1)
    told = found.frequency
    assert told.values["above"] == "C"
    assert told.values["above_low"] > 110
    assert found.table.loc["C", "adjusted_p"] <= 0.05
    assert found.habit("C").sentence == norm.MORE


def test_small_departures_are_not_told_however_sure():
    found = norm.against(simulated(8.0, 0.8, 2.0, [0.5, 0.3, 0.2], n=900, seed=1))
    table = found.table.assign(frequency_index=[105.0, 109.0, 92.0], adjusted_p=0.001)
    assert found._replace(table=table).frequency.sentence == norm.NONE
    assert found._replace(table=table.assign(frequency_index=[105.0, 111.0, 92.0])).frequency.sentence == norm.ABOVE
    assert found._replace(table=table.assign(frequency_index=[105.0, 109.0, 89.0])).frequency.sentence == norm.BELOW
    assert found._replace(table=table.assign(frequency_index=[115.0, 109.0, 89.0])).frequency.sentence == norm.BOTH


def test_a_norm_that_all_brands_miss_tells_no_habit():
    found = norm.against(simulated(8.0, 0.8, 2.0, [0.5, 0.3, 0.2], n=900, seed=1))
    for index, sentence in (([82.0, 88.0, 94.0], norm.ALL_BELOW), ([106.0, 118.0, 112.0], norm.ALL_ABOVE),
                            ([82.0, 88.0, 103.0], norm.LESS)):
        table = found.table.assign(repeat_index=index, repeat_p=0.002)
        assert found._replace(table=table).habit("A").sentence == sentence
    unsure = found.table.assign(repeat_index=[82.0, 88.0, 94.0], repeat_p=[0.002, 0.002, 0.3])
    assert found._replace(table=unsure).habit("A").sentence == norm.LESS
    together = unsure.assign(others_repeat_low=82.0, others_repeat_high=92.0)
    for brand in "ABC":
        assert found._replace(table=together).habit(brand).sentence == norm.ALL_BELOW
    one_above = together.assign(repeat_index=[82.0, 88.0, 104.0])
    assert found._replace(table=one_above).habit("A").sentence == norm.LESS


def test_where_tastes_change_no_brand_is_said_to_have_habit():
    """A part of the customers leave their brands at half time: all miss the norm, some of them not surely."""
    table = simulated(8.0, 0.8, 2.0, [0.5, 0.3, 0.2], n=200, seed=2)
    middle = table["date"].min() + (table["date"].max() - table["date"].min()) / 2
    other = table["customer_id"].where(table["date"] < middle, (table["customer_id"] + 40) % 200)
    found = norm.against(table.assign(customer_id=table["customer_id"].where(table["customer_id"] % 3 > 0, other)))
    assert (found.table["repeat_p"] > 0.05).any()
    assert (found.table["others_repeat_high"] < 100).all()
    assert {found.habit(b).sentence for b in found.table.index} == {norm.ALL_BELOW}


def test_the_other_brands_together_by_hand():
    table = simulated(8.0, 0.8, 2.0, [0.5, 0.3, 0.2], n=900, seed=1)
    found = norm.against(table).table
    middle = table["date"].min() + (table["date"].max() - table["date"].min()) / 2
    early = table[table["date"] < middle].drop_duplicates(["customer_id", "brand"])
    late = table[table["date"] >= middle].drop_duplicates(["customer_id", "brand"])
    early = early[early["brand"] != "A"]
    again = len(early.merge(late, on=["customer_id", "brand"]))
    row = found.loc["A"]
    assert row["others_repeat_index"] == pytest.approx(
        100 * again / early["brand"].map(found["norm_repeat_buyer_share"]).sum())
    assert row["others_repeat_low"] < 100 < row["others_repeat_high"]


def test_a_brand_with_few_buyers_is_not_judged():
    table = simulated(5.0, 0.8, 1.5, [0.5, 0.3, 0.2], n=300)
    one = pd.DataFrame({"customer_id": [1] * 6, "brand": "Z", "amount": 1.0, "date": pd.date_range("2024-01-01", periods=6)})
    found = norm.against(pd.concat([table, one]))
    assert found.table.loc["Z", ["adjusted_p", "repeat_p", "frequency_index_low"]].isna().all()
    assert found.table.loc["A", "adjusted_p"] > 0
    assert found.habit("Z").sentence == norm.NOT_JUDGED
    assert "Z" not in found.frequency.values.values()


@pytest.mark.parametrize("bought", [lambda c: ["A"] * 3, lambda c: ["AB"[c % 2]]], ids=["one brand", "bought once"])
def test_without_a_model_a_sentence_says_why(bought):
    found = norm.against(shop(bought))
    assert found.frequency.sentence == norm.NOT_JUDGED
    assert found.frequency.values["why"] == found.model.note != ""
    assert found.table["norm_penetration"].isna().all()


@pytest.mark.parametrize("table", [shop(lambda c: ["A", "B", "A"], n=1), shop(lambda c: ["A", "B", "C"]),
                                   shop(lambda c: ["A", "BC"[c % 2], "A"], n=60)],
                         ids=["one household", "alike", "a brand bought by all"])
def test_odd_categories_give_a_table_and_a_sentence(table):
    found = norm.against(table)
    assert found.table["penetration"].between(0, 1).all()
    assert found.frequency.sentence in (norm.NOT_JUDGED, norm.NONE, norm.ABOVE, norm.BELOW, norm.BOTH)
    assert found.table["n_buyers"].is_monotonic_decreasing
