"""Guessing roles from headers in English and Vietnamese."""

import ibis
import pytest

from segkit.data import open as sources
from segkit.data.contract import roles


def guess(header, row, kind="transactions"):
    return roles.guess(ibis.memtable(dict(zip(header.split(","), ([v] for v in row), strict=True))), kind)


@pytest.mark.parametrize(("header", "names"), [
    ("mã khách,ngày,số tiền", ("mã khách", "ngày", "số tiền")),
    ("Mã KH,Ngày mua,Thành tiền", ("Mã KH", "Ngày mua", "Thành tiền")),
    ("KHÁCH HÀNG,NGÀY ĐẶT,TỔNG TIỀN", ("KHÁCH HÀNG", "NGÀY ĐẶT", "TỔNG TIỀN")),
    ("ID khách hàng,Thời gian,Doanh thu", ("ID khách hàng", "Thời gian", "Doanh thu")),
    ("CustomerID,OrderDate,Total", ("CustomerID", "OrderDate", "Total")),
    ("household_id,transaction_timestamp,sales_value", ("household_id", "transaction_timestamp", "sales_value")),
    ("Customer Id,Invoice Date,Order Total ($)", ("Customer Id", "Invoice Date", "Order Total ($)")),
    ("client,when,revenue", ("client", "when", "revenue")),
])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_headers_of_purchases(header, names, order):
    cells = ("K1", "31/01/2024", 5.5)
    shuffled = ",".join(header.split(",")[i] for i in order)
    assert guess(shuffled, [cells[i] for i in order]) == dict(zip(("customer_id", "date", "amount"), names, strict=True))


@pytest.mark.parametrize(("header", "row"), [
    ("customer_id,order_id,order_date,ship_date,total,price", ("K1", "D1", "2024-01-31", "2024-02-02", 5.0, 1.0)),
    ("customer,customer_name,date,time,value,sales_value", ("K1", "An", "2024-01-31", "2024-01-31", 5.0, 5.0)),
    ("a,b,c", ("x", "y", "z")),
    ("id,id2,id3", (1, 2, 3)),
])
@pytest.mark.parametrize("kind", ["transactions", "brands", "events", "customers", "survey"])
def test_no_column_plays_two_roles(header, row, kind):
    guessed = guess(header, row, kind)
    assert len(set(guessed.values())) == len(guessed)
    assert set(guessed.values()) <= set(header.split(","))


def test_the_better_name_wins():
    guessed = guess("customer_name,customer_id,birth_date,order_date,unit_price,total",
                    ("An", "K1", "1990-01-31", "2024-01-31", 1.0, 5.0))
    assert guessed == {"customer_id": "customer_id", "date": "order_date", "amount": "total"}


def test_a_role_needs_values_of_its_kind():
    assert "amount" not in guess("customer_id,date,total", ("K1", "2024-01-31", "many"))
    assert "date" not in guess("customer_id,date,total", ("K1", "soon", 5.0))


def test_ambiguous_amounts_and_days_are_still_told_by_name():
    assert guess("mã khách,ngày,số tiền", ("K1", "03/04/2024", "150.000")) == {
        "customer_id": "mã khách", "date": "ngày", "amount": "số tiền"}


def test_ids_of_digits_in_a_file(save):
    path = save("CustomerID,OrderDate,Total\n1001,2024-01-31,5.5\n1002,2024-02-01,6\n")
    assert roles.guess(sources.table(path), "transactions")["customer_id"] == "CustomerID"


def test_a_phone_number_is_no_quantity():
    assert "quantity" not in guess("customer_id,date,amount,phone_number", ("K1", "2024-01-31", 5.0, 912345678))


def test_a_product_is_no_brand():
    guessed = guess("Khách hàng,Ngày,Mặt hàng,Thành tiền", ("K1", "2024-01-31", "Trà", 5.0), "brands")
    assert guessed.get("brand") is None
    assert guessed["product_id"] == "Mặt hàng"


def told(n=30, kind="transactions", **columns):
    """The roles guessed of columns of thirty rows; a list is repeated, a value stands in every row."""
    return roles.guess(ibis.memtable({c: [v[i % len(v)] for i in range(n)] if isinstance(v, list) else [v] * n
                                      for c, v in columns.items()}), kind)


PEOPLE = [f"c{i}" for i in range(15)]


@pytest.mark.parametrize(("columns", "expected"), [
    ({"ID": list(range(15)), "Dt_Customer": "2012-09-04", "Date": "2024-01-01", "Total": 5.0},
     {"customer_id": "ID", "date": "Date", "amount": "Total"}),
    ({"Customer type": ["Member", "Normal"], "Date": "2019-01-05", "Unit price": 2.5, "Quantity": 3, "Total": 7.5},
     {"date": "Date", "amount": "Total", "quantity": "Quantity", "unit_price": "Unit price"}),
    ({"Customer": ["new", "old"], "Date": "2019-01-05", "Total": 7.5}, {"date": "Date", "amount": "Total"}),
    ({"client": PEOPLE, "day": "2019-01-05", "price": 7.5}, {"customer_id": "client", "date": "day", "amount": "price"}),
    ({"client": PEOPLE, "day": "2019-01-05", "price": 7.5, "qty": 2, "Discount": [0.0, 0.2]},
     {"customer_id": "client", "date": "day", "quantity": "qty", "unit_price": "price", "discount_share": "Discount"}),
    ({"client": PEOPLE, "day": "2019-01-05", "price": 7.5, "qty": 2, "discount": [0.0, 5.0], "status": ["ok", "Cancelled"]},
     {"customer_id": "client", "date": "day", "quantity": "qty", "unit_price": "price", "discount": "discount",
      "order_status": "status"}),
    ({"client": PEOPLE, "day": "2019-01-05", "Sales": 7.5, "qty": 2, "discount": 0.2, "status": "ok"},
     {"customer_id": "client", "date": "day", "amount": "Sales", "quantity": "qty"}),
    ({"mã khách": PEOPLE, "ngày": "2019-01-05", "đơn giá": 7.5, "số lượng": 2, "thành tiền": 15.0},
     {"customer_id": "mã khách", "date": "ngày", "amount": "thành tiền", "quantity": "số lượng", "unit_price": "đơn giá"}),
    ({"mã khách": PEOPLE, "ngày": "2019-01-05", "đơn giá": 7.5, "số lượng": 2},
     {"customer_id": "mã khách", "date": "ngày", "quantity": "số lượng", "unit_price": "đơn giá"}),
    ({"client": PEOPLE, "day": "2019-01-05", "price": 7.5, "qty": 2, "Total Tax": 1.0},
     {"customer_id": "client", "date": "day", "quantity": "qty", "unit_price": "price"}),
])
def test_roles_are_told_by_names_and_values(columns, expected):
    assert told(**columns) == expected


def test_an_id_of_a_row_is_no_customer():
    assert "customer_id" not in told(id=list(range(30)), day="2019-01-05", total=5.0)
    assert told(kind="customers", id=list(range(30)))["customer_id"] == "id"


@pytest.mark.parametrize(("name", "plain"), [
    ("Mã khách (ID)", "ma_khach_id"), ("ĐƠN_HÀNG", "don_hang"), ("orderDate", "order_date"), ("  số   tiền ", "so_tien"),
    ("😀", ""), ("", ""), ("'); DROP TABLE t; --", "drop_table_t"),
])
def test_plain_names(name, plain):
    assert roles.plain(name) == plain


@pytest.mark.parametrize("name", ["RESPID", "resp", "Case ID", "caseno", "serial"])
def test_the_number_of_an_interview_is_its_respondent(name):
    assert guess(f"{name},wifi,age", ("R1", "yes", 20), "survey") == {"respondent_id": name}
