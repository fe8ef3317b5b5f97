"""Pairs of brands against independence: by loops, by expected counts that keep their totals, and found where planted."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import brands, independence


def panel(seed=0, pair=0.0, n=500):
    """Households that take each of four brands by chance; with `pair` those who take A take B too so often."""
    rng = np.random.default_rng(seed)
    held = rng.random((n, 4)) < [0.5, 0.45, 0.4, 0.35]
    held[:, 1] |= held[:, 0] & (rng.random(n) < pair)
    rows, columns = np.nonzero(held)
    times = rng.integers(1, 4, len(rows))
    rows, columns = np.repeat(rows, times), np.repeat(columns, times)
    return pd.DataFrame({"customer_id": rows, "brand": np.array(list("ABCD"))[columns], "amount": 1.0,
                         "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.permutation(len(rows)), unit="min")})


def test_duplication_equals_a_loop():
    table = panel()
    made = independence.duplication(table)
    buyers = {b: set(table.loc[table["brand"] == b, "customer_id"]) for b in "ABCD"}
    n = table["customer_id"].nunique()
    product = {(x, y): len(buyers[x]) * len(buyers[y]) / n for x, y in combinations("ABCD", 2)}
    both = {(x, y): len(buyers[x] & buyers[y]) for x, y in combinations("ABCD", 2)}
    assert made.coefficient == pytest.approx(sum(both.values()) / sum(product.values()))
    for pair, row in made.table.iterrows():
        assert row["n_both"] == both[pair]
        assert row["expected_both"] == pytest.approx(made.coefficient * product[pair])
        assert row["duplication_index"] == pytest.approx(100 * both[pair] / made.coefficient / product[pair])
        assert row["duplication_index_low"] < row["duplication_index"] < row["duplication_index_high"]


def test_a_pair_that_goes_together_is_named_and_chance_is_not():
    close = independence.duplication(panel(pair=0.8))
    assert close.sentence == independence.CLOSE
    assert (close.values["brand"], close.values["other"]) == ("A", "B")
    assert sum(independence.duplication(panel(seed), random_state=seed).sentence != independence.EVEN
               for seed in range(15)) <= 2


def test_switches_keep_their_totals_and_equal_what_was_counted():
    table = panel()
    made = independence.switches(table)
    counted = brands.moves(table)["n_occasions"]
    assert made["n_occasions"].to_dict() == {p: counted.get(p, 0) for p in made.index}
    for level in (0, 1):
        totals = made.groupby(level=level)[["n_occasions", "expected_occasions"]].sum()
        assert totals["expected_occasions"].to_list() == pytest.approx(totals["n_occasions"].to_list(), rel=1e-6)
    assert sum(independence.switches(panel(seed), random_state=seed)["adjusted_p"].min() <= 0.05
               for seed in range(12)) <= 2


def test_expected_switches_are_a_product_off_the_diagonal():
    counts = np.random.default_rng(2).integers(5, 60, (3, 5, 5)).astype(float)
    made = independence.quasi(counts)
    assert (np.diagonal(made, axis1=1, axis2=2) == 0).all()
    for x in made:  # odds ratios off the diagonal are 1
        assert x[0, 1] * x[2, 3] / (x[0, 3] * x[2, 1]) == pytest.approx(1)
        assert x[1, 0] * x[3, 4] / (x[1, 4] * x[3, 0]) == pytest.approx(1)


@pytest.mark.parametrize("brands_", [["A"], ["A", "B"]])
def test_two_brands_make_no_pairs_to_compare(brands_):
    table = panel()
    table = table[table["brand"].isin(brands_)]
    made = independence.duplication(table)
    assert made.table.empty
    assert made.table.attrs["left_out"] == independence.FEW
    assert independence.switches(table).empty


def test_pairs_of_few_buyers_are_not_judged():
    table = panel()
    rare = pd.DataFrame({"customer_id": [1, 2], "brand": "Z", "amount": 1.0, "date": pd.Timestamp("2024-01-01")})
    made = independence.duplication(pd.concat([table, rare])).table
    assert made.loc[[p for p in made.index if "Z" in p], "adjusted_p"].isna().all()
    assert made.loc[("A", "B"), "adjusted_p"] > 0


def test_what_is_bought_together_equals_a_loop_over_baskets():
    rng = np.random.default_rng(8)
    table = pd.DataFrame({"customer_id": rng.integers(0, 90, 900), "brand": rng.choice(list("ABCD"), 900), "amount": 1.0,
                          "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 6, 900), unit="D")})
    made = independence.baskets(table)
    baskets = table.groupby(["customer_id", "date"])["brand"].agg(set)
    pairs = list(combinations("ABCD", 2))
    size = {b: sum(b in x for x in baskets) for b in "ABCD"}
    both = {p: sum(set(p) <= x for x in baskets) for p in pairs}
    alone = {(a, b): size[a] * size[b] / len(baskets) for a, b in pairs}
    times = sum(both.values()) / sum(alone.values())
    assert made.coefficient == pytest.approx(times)
    for pair, row in made.table.iterrows():
        assert row["n_together"] == both[pair]
        assert row["expected_together"] == pytest.approx(times * alone[pair])
        assert row["together_index"] == pytest.approx(100 * both[pair] / times / alone[pair])
        assert row["together_index_low"] < row["together_index"] < row["together_index_high"]


def test_brands_put_in_one_basket_are_named_and_chance_is_not():
    rng = np.random.default_rng(9)
    n = 1500
    table = pd.DataFrame({"customer_id": rng.integers(0, 200, n), "basket_id": np.arange(n) // 2, "amount": 1.0,
                          "brand": rng.choice(list("ABCD"), n), "date": pd.Timestamp("2024-01-01")})
    table["customer_id"] = table.groupby("basket_id")["customer_id"].transform("first")
    assert independence.baskets(table).sentence == independence.ALIKE
    with_a = table[(table["brand"] == "A") & (rng.random(n) < 0.6)].assign(brand="B")
    made = independence.baskets(pd.concat([table, with_a]))
    assert made.sentence == independence.TOGETHER
    assert (made.values["brand"], made.values["other"]) == ("A", "B")
