import numpy as np
import pandas as pd
import pytest

from segkit.positioning import brands, volume


def bought(seed=0, n=600):
    rng = np.random.default_rng(seed)
    units = rng.integers(1, 6, n)
    brand = rng.choice(list("ABC"), n, p=[0.5, 0.3, 0.2])
    price = pd.Series(brand).map({"A": 2.0, "B": 1.0, "C": 3.0}).to_numpy()
    return pd.DataFrame({"customer_id": rng.integers(0, 80, n), "brand": brand, "quantity": units,
                         "amount": (units * price).round(2), "basket_id": np.arange(n),
                         "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, n), unit="D")})


def test_volume_price_and_heavy_buyers_equal_loops():
    table = bought()
    made = volume.table(table)
    spend = table.groupby("customer_id")["amount"].sum().sort_values(ascending=False, kind="stable")
    heavy = set(spend.index[:int(np.ceil(0.2 * len(spend)))])
    average = table["amount"].sum() / table["quantity"].sum()
    for brand, row in made.iterrows():
        mine = table[table["brand"] == brand]
        assert row["volume_share"] == pytest.approx(mine["quantity"].sum() / table["quantity"].sum())
        assert row["price_paid"] == pytest.approx({"A": 2.0, "B": 1.0, "C": 3.0}[brand])
        assert row["price_index"] == pytest.approx(100 * row["price_paid"] / average)
        assert row["heavy_buyer_share"] == pytest.approx(
            mine.loc[mine["customer_id"].isin(heavy), "amount"].sum() / mine["amount"].sum())
        for name in ("volume_share", "price_index", "heavy_buyer_share"):
            assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]


def test_without_quantities_there_is_no_price():
    table = bought().drop(columns="quantity")
    assert volume.table(table).columns.to_list() == ["heavy_buyer_share", "heavy_buyer_share_low",
                                                     "heavy_buyer_share_high"]


def test_units_change_nothing_else():
    with_units, without = brands.performance(bought()), brands.performance(bought().drop(columns="quantity"))
    pd.testing.assert_frame_equal(with_units, without)


def test_what_is_sold_at_a_discount_equals_a_loop():
    rng = np.random.default_rng(2)
    table = bought().assign(discount=lambda t: np.where(rng.random(len(t)) < 0.3, 0.5, 0.0))
    table.loc[::7, "discount"] = np.nan
    made = volume.promotion(table)
    for brand, row in made.iterrows():
        mine = table[table["brand"] == brand]
        assert row["promotion_share"] == pytest.approx(mine.loc[mine["discount"] > 0, "amount"].sum() / mine["amount"].sum())
        assert 0 < row["promotion_share_low"] < row["promotion_share"] < row["promotion_share_high"] < 1
    as_share = table.assign(discount_share=table["discount"] / 10).drop(columns="discount")
    pd.testing.assert_frame_equal(volume.promotion(as_share), made)
    pd.testing.assert_frame_equal(brands.performance(table), brands.performance(bought()))


def test_without_a_discount_column_it_is_said_to_be_unknown():
    made = volume.promotion(bought())
    assert made.empty
    assert made.attrs["left_out"] == volume.NO_DISCOUNTS
    assert (volume.promotion(bought().assign(discount=0.0))["promotion_share"] == 0).all()
