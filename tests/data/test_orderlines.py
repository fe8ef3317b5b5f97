"""Order lines: amounts from unit price and quantity, totals held against them, cancelled and repeated rows."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from segkit.data import open as sources
from segkit.data import summary, tables
from segkit.data.contract import orderlines, roles
from segkit.positioning import brands
from segkit.segmentation import rfm
from segkit.words.errors import DataError

ROLES = {"customer_id": "CustomerID", "date": "InvoiceDate", "quantity": "Quantity", "unit_price": "UnitPrice",
         "basket_id": "InvoiceNo"}


def retail(n=400, seed=3):
    """Lines as a shop's till writes them: invoices, some cancelled ('C…', negative quantity), some without a customer."""
    rng = np.random.default_rng(seed)
    invoice = np.sort(rng.integers(536365, 536365 + n // 4, n))
    day = pd.Timestamp("2010-12-01 08:26") + pd.to_timedelta((invoice - 536365) * 97, unit="min")
    customer = 12346 + invoice % 41
    table = pd.DataFrame({
        "InvoiceNo": invoice.astype(str), "StockCode": rng.integers(10000, 99999, n).astype(str),
        "Quantity": rng.integers(1, 30, n), "InvoiceDate": day.strftime("%Y-%m-%d %H:%M:%S"),
        "UnitPrice": (rng.integers(21, 2000, n) / 100), "CustomerID": customer.astype(float)})
    table.loc[table.index % 17 == 0, "CustomerID"] = np.nan
    back = table.iloc[::23].assign(InvoiceNo=lambda t: "C" + t["InvoiceNo"], Quantity=lambda t: -t["Quantity"])
    return pd.concat([table, back], ignore_index=True)


def revenue_by_hand(table):
    """Σ quantity × price in exact decimals, of the rows with a customer."""
    known = table.dropna(subset="CustomerID")
    return sum(int(q) * Decimal(str(p)) for q, p in zip(known["Quantity"], known["UnitPrice"], strict=True))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_till_of_a_shop_is_read_as_order_lines(tmp_path, kind):
    table = retail()
    path = tmp_path / f"retail.{kind}"
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    guessed = roles.guess(sources.table(path), "transactions")
    assert {r: c for r, c in guessed.items() if r in ROLES} == ROLES
    assert "amount" not in guessed
    made = tables.account(path, "transactions", guessed, rules={"no_customer": "set_aside"})
    assert made.n_rows == len(table) == made.n_used + sum(made.set_aside.values())
    assert made.notes[0].text == orderlines.PRICED
    overview = summary.overview(made.table).iloc[0]
    assert overview["revenue"] == float(revenue_by_hand(table))
    assert overview["revenue"] != pytest.approx(table["UnitPrice"].sum())
    known = table.dropna(subset="CustomerID")
    assert overview["n_purchases"] == known.loc[known["Quantity"] > 0, "InvoiceNo"].nunique()
    scored = rfm.scores(made.table)
    expected = known[known["Quantity"] > 0].groupby("CustomerID")["InvoiceNo"].nunique()
    assert scored["frequency"].to_dict() == expected.to_dict()
    assert set(map(str, scored.index)) == set(expected.index.astype(int).astype(str))  # 17908.0 is 17908 again
    assert round(scored["monetary"].sum(), 2) == float(revenue_by_hand(table))


def lines(**columns):
    base = {"customer_id": ["a", "a", "b"], "date": ["2024-01-01", "2024-02-01", "2024-01-05"], "unit_price": [2.0, 2, 1],
            "quantity": [10, -10, 3]}
    return pd.DataFrame({k: v for k, v in (base | columns).items() if v is not None})


def test_what_was_bought_and_sent_back_comes_to_nothing():
    made = tables.load(lines(), "transactions")
    assert rfm.scores(made)[["frequency", "monetary"]].to_dict("index") == {
        "a": {"frequency": 1, "monetary": 0}, "b": {"frequency": 1, "monetary": 3}}
    totals = tables.account(lines(amount=[20.0, 20, 3]), "transactions")  # the total of the return has no sign
    assert rfm.scores(totals.table)["monetary"].to_dict() == {"a": 0, "b": 3}
    assert [(n.text, n.values) for n in totals.notes] == [(orderlines.TURNED, {"n": 1, "all": 3})]


def test_fractions_of_a_cent_are_rounded_after_adding():
    fuel = pd.DataFrame({"customer_id": ["a"] * 1000 + ["b"], "date": "2024-01-01", "unit_price": 0.0049, "quantity": 1})
    assert summary.overview(tables.load(fuel, "transactions"))["revenue"].to_list() == [4.90]


@pytest.mark.parametrize(("more", "expected"), [
    ({"discount": [5.0, 5, 0]}, [15, -15, 3]), ({"discount": [-5.0, None, 1]}, [15, -20, 2]),
    ({"discount_share": [0.25, 0.25, 0]}, [15, -15, 3]),
])
def test_a_discount_is_taken_off(more, expected):
    made = tables.account(lines(**more), "transactions")
    assert made.table.execute().sort_values(["customer_id", "date"])["amount"].astype(float).to_list() == expected
    assert made.notes[0].text == orderlines.REDUCED


def test_a_total_is_not_multiplied_and_is_held_against_its_parts():
    table = lines(unit_price=[2.0, 2, 1], quantity=[10, 4, 3], Sales=[20.0, 9.5, 3.01])
    made = tables.account(table, "transactions", {"amount": "Sales", "unit_price": "unit_price"})
    assert summary.overview(made.table)["revenue"].to_list() == [32.51]
    assert [(n.text, n.values) for n in made.notes] == [(orderlines.DIFFERENT, {"n": 1, "all": 3})]  # 3.01: a rounded price


def test_a_line_without_a_quantity_is_asked_about():
    with pytest.raises(DataError, match=r"(?s)'quantity'.*1 row has no value"):
        tables.load(lines(quantity=[10.0, None, 3]), "transactions")
    with pytest.raises(DataError, match=r"(?s)'amount'.*or map `unit_price` and `quantity`"):
        tables.load(lines(quantity=None), "transactions")


def test_parts_that_nobody_named_do_not_disturb_an_amount():
    made = tables.account(lines(amount=[1.0, 2, 3], quantity=None, discount="10 %"), "transactions")
    assert (made.n_used, made.notes) == (3, ())


def test_cancelled_orders_are_set_aside_and_money_back_stays():
    table = lines(quantity=[10, 4, -3], order_status=["Completed", "Cancelled", "Returned"])
    made = tables.account(table, "transactions")
    assert (made.n_used, made.set_aside) == (2, {"of cancelled orders": 1})
    assert summary.overview(made.table)["revenue"].to_list() == [17]
    assert tables.account(table, "transactions", rules={"cancelled": "keep"}).n_used == 3


def pasted(table):
    return pd.concat([table, table], ignore_index=True)


def shop():
    rng = np.random.default_rng(1)
    n = 300
    return pd.DataFrame({"customer_id": np.arange(n), "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(
        rng.integers(0, 300, n), unit="D"), "amount": rng.integers(100, 9000, n) / 100})


def test_an_export_pasted_after_itself_is_told():
    made = tables.account(pasted(shop()), "transactions")
    assert (made.n_rows, made.n_used, made.n_repeated, made.repeated_share) == (600, 600, 300, 0.5)
    assert [(n.text, n.values) for n in made.notes] == [(orderlines.REPEATED, {"n": 300})]
    once = tables.account(pasted(shop()), "transactions", rules={"duplicates": "set_aside"})
    assert (once.n_used, once.set_aside, once.n_repeated) == (300, {"repeated lines": 300}, 0)
    assert tables.account(shop(), "transactions").notes == ()


@pytest.mark.parametrize("at_once", [7, 299, 600, 10**6])
def test_repeated_rows_are_counted_in_parts_as_at_once(monkeypatch, at_once):
    monkeypatch.setattr(orderlines, "_AT_ONCE", at_once)
    assert tables.account(pasted(shop()), "transactions").n_repeated == 300


def test_an_order_number_proves_the_repeat():
    table = shop().assign(basket_id=np.arange(300) // 2)
    made = tables.account(pasted(table), "transactions")
    assert (made.n_rows, made.n_used, made.set_aside, made.n_repeated) == (600, 300, {"repeated lines": 300}, 0)
    assert summary.overview(made.table)["revenue"].iloc[0] == round(shop()["amount"].sum(), 2)
    assert tables.account(pasted(table), "transactions", rules={"duplicates": "keep"}).n_used == 600
    some = pasted(table.astype({"basket_id": "Int64"}).assign(basket_id=lambda t: t["basket_id"].where(t["basket_id"] < 100)))
    made = tables.account(some, "transactions")
    assert (made.n_used, made.n_repeated) == (400, 100)


def test_brands_are_bought_at_unit_prices_too():
    made = tables.account(lines(brand=["A", "A", "B"], quantity=[10, 5, 30]), "brands")
    assert brands.performance(made.table)["value_share"].to_dict() == {"A": 0.5, "B": 0.5}


def test_columns_may_be_called_like_ours():
    table = pasted(shop()).assign(segkit_aside=1, segkit_again="x", segkit_row=2)
    made = tables.account(table, "transactions", rules={"duplicates": "set_aside"})
    assert made.n_used == 300
    assert set(made.table.columns) == set(table.columns)
    assert made.table.segkit_aside.sum().execute() == 300
