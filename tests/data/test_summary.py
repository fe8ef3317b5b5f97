"""What a purchase table holds: exact money, whole months."""

from decimal import Decimal

import pandas as pd
import pytest

from segkit.data import summary, tables
from segkit.words.errors import SegkitError


def load(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return tables.load(frame.assign(date=pd.to_datetime(frame["date"], format="ISO8601")), "transactions")


def test_overview_of_a_small_table():
    made = summary.overview(load([("a", "2024-01-31 09:00", 0.1), ("a", "2024-02-01", 0.2), ("b", "2024-01-02", -0.05)]))
    assert made.to_dict("records") == [{
        "n_rows": 3, "n_purchases": 2, "n_customers": 1, "n_only_refunds": 1, "first_date": pd.Timestamp("2024-01-02"), "last_date": pd.Timestamp("2024-02-01"),
        "revenue": 0.25}]


@pytest.mark.parametrize("amount", ["0.10", "0.29", "1.15", "19.99", "123456789.01", "-7.77"])
def test_money_adds_up_to_the_cent(amount):
    rows = [("somebody", "2024-01-01", 0.0), *((f"c{i % 7}", "2024-01-01", float(amount)) for i in range(1000))]
    assert summary.overview(load(rows))["revenue"].iloc[0] == float(Decimal(amount) * 1000)


def test_overview_of_the_music_shop():
    made = summary.overview(tables.load("cdnow.transactions", "transactions")).iloc[0]
    assert (made["n_rows"], made["n_customers"]) == (69_659, 23_570)
    assert (made["first_date"], made["last_date"]) == (pd.Timestamp("1997-01-01"), pd.Timestamp("1998-06-30"))


def test_months_say_whether_they_are_whole():
    made = summary.by_month(load([("a", "2024-01-02", 5), ("b", "2024-02-10", 6), ("a", "2024-02-11", 1), ("b", "2024-03-31 23:00", 7)]))
    assert made.index.to_list() == [pd.Timestamp(2024, m, 1) for m in (1, 2, 3)]
    assert made["is_whole"].to_list() == [False, True, True]
    assert made["revenue"].to_list() == [5, 7, 7]
    assert made["n_customers"].to_list() == [1, 2, 1]


def test_a_month_counts_who_bought_in_it():
    """b sends back in February what was bought in January; c's lines of one minute are one purchase."""
    purchases = load([("b", "2024-01-02", 6), ("b", "2024-02-10", -6), ("c", "2024-02-11 10:00", 2), ("c", "2024-02-11 10:00", 3)])
    made = summary.by_month(purchases)
    assert made["n_customers"].to_list() == [1, 1]
    assert made["revenue"].to_list() == [6, -1]
    assert summary.overview(purchases).iloc[0][["n_purchases", "n_customers", "n_only_refunds"]].to_list() == [2, 2, 0]


def test_a_last_month_that_ends_early_is_not_whole():
    made = summary.by_month(load([("a", "2024-02-01", 5), ("b", "2024-02-28", 6)]))
    assert made["is_whole"].to_list() == [False]  # 2024 has a 29th of February


def test_months_add_up_to_the_overview():
    purchases = tables.load("cdnow.transactions", "transactions")
    by_month = summary.by_month(purchases)
    assert round(by_month["revenue"].sum(), 2) == summary.overview(purchases)["revenue"].iloc[0]
    assert len(by_month) == 18


def test_a_month_without_purchases_is_a_month_without_revenue():
    made = summary.by_month(load([("a", "2024-01-01", 5), ("b", "2024-03-31", 6)]))
    assert made["revenue"].to_list() == [5, 0, 6]


@pytest.mark.parametrize("made", [summary.overview, summary.by_month])
def test_amounts_too_large_for_cents_are_reported(made):
    with pytest.raises(SegkitError, match="amount"):
        made(load([("a", "2024-01-01", 1e18), ("b", "2024-01-02", 1)]))
