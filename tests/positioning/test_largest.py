"""Many brands: the largest are told apart, the others together, and no row or customer is lost."""

import ibis
import numpy as np
import pandas as pd

from segkit.positioning import brands, largest


def shop(n_brands, n=4000):
    rng = np.random.default_rng(1)
    weight = 1 / np.arange(1, n_brands + 1)
    return pd.DataFrame({"customer_id": rng.integers(0, 400, n), "amount": 1.0,
                         "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), "D"),
                         "brand": [f"B{i:04d}" for i in rng.choice(n_brands, n, p=weight / weight.sum())]})


def test_few_brands_stay_as_they_are():
    table = ibis.memtable(shop(24))
    made, notes = largest.gathered(table)
    assert made is table
    assert notes == ()


def test_the_brands_with_most_buyers_are_told_apart_and_nothing_is_lost():
    table = shop(300)
    made, (note,) = largest.gathered(ibis.memtable(table))
    buyers = table.groupby("brand")["customer_id"].nunique().rename("n").reset_index()
    first = set(buyers.sort_values(["n", "brand"], ascending=[False, True])["brand"].head(24))
    told = made.execute()
    assert len(told) == len(table)
    assert set(told["brand"]) == first | {"Other brands"}
    assert (told["brand"] == "Other brands").sum() == (~table["brand"].isin(first)).sum()
    assert note.values["n"] == buyers["brand"].nunique() - 24
    days = table.drop_duplicates(["customer_id", "date", "brand"]).groupby("brand").size()
    by_hand = days / buyers.set_index("brand")["n"]
    frequency = brands.performance(made)["purchase_frequency"].drop("Other brands")
    pd.testing.assert_series_equal(frequency.sort_index(), by_hand[sorted(first)], check_names=False)
    assert brands.performance(made)["penetration"].max() <= 1
