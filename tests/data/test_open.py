"""Sources: DataFrames, Ibis tables, Excel, Parquet, names of bundled tables, and what is not there."""

import datetime as dt
import decimal
import re
import zipfile

import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.data import open as sources
from segkit.data import tables
from segkit.words.errors import DataError, SegkitError

SALES = {"customer_id": ["a", "b"], "date": ["2024-01-02", "2024-01-03"], "amount": [5.0, 6.0]}


def bug(reason):
    return pytest.mark.xfail(strict=True, reason=reason)


def sales(**columns):
    return pd.DataFrame({**SALES, **columns})


def said(faults):
    return "\n".join(map(str, faults))


@pytest.fixture
def excel(tmp_path):
    """Write rows (the header first) as a workbook and give its path."""
    def write(rows, name="purchases.xlsx", sheet="Sheet1"):
        from openpyxl import Workbook

        book = Workbook()
        book.active.title = sheet
        for row in rows:
            book.active.append(row)
        path = tmp_path / name
        book.save(path)
        return path

    return write


def test_a_missing_file_lists_what_there_is(save):
    there = save("a,b\n1,2\n", "orders 2024.csv")
    with pytest.raises(DataError) as raised:
        sources.table(there.with_name("order.csv"))
    assert "no such file" in str(raised.value)
    assert "orders 2024.csv" in str(raised.value)
    assert "cdnow.transactions" in str(raised.value)


@pytest.mark.parametrize("source", ["cdnow.transaction", "", "a\0b.csv", "no/such/folder/x.csv", "x" * 300 + ".csv"])
def test_a_name_that_is_no_table_is_reported(source):
    with pytest.raises(DataError, match="no such file or bundled table"):
        sources.table(source)


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "sales.csv").mkdir()
    with pytest.raises(DataError, match=r"sales\.csv`: is a folder without Parquet files"):
        sources.table(tmp_path / "sales.csv")


@pytest.mark.parametrize("source", [None, 5, ["a"], {"a": [1]}, b"x.csv"])
def test_other_kinds_of_source_are_refused(source):
    with pytest.raises(DataError, match="give a path, a bundled name, a DataFrame or an Ibis table"):
        sources.table(source)


@pytest.mark.parametrize("name", ["sales.xml", "sales.xls", "sales", "sales.csv.gz"])
def test_other_endings_say_what_to_save(save, name):
    with pytest.raises(DataError, match=r"(?s)cannot be opened.*save it as one of \.csv"):
        sources.table(save("x", name))


@pytest.mark.parametrize("content", ["", "customer,amount\na,1\n", "PAR1" + "x" * 50 + "PAR1"])
def test_a_file_that_is_not_parquet_is_reported(save, content):
    with pytest.raises(DataError, match=r"sales\.parquet: is not a readable Parquet file"):
        sources.table(save(content, "sales.parquet"))


@pytest.mark.parametrize("name", ["mua hàng.parquet", "part[1].parquet", "region=north/part.parquet"])
def test_the_parquet_file_named_is_the_one_read(tmp_path, name):
    pd.DataFrame({"a": [9]}).to_parquet(tmp_path / "part1.parquet")
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    pd.DataFrame({"a": [1]}).to_parquet(path)
    assert sources.table(path).execute().to_dict("list") == {"a": [1]}


def test_inputs_are_never_changed():
    frame = sales(amount=pd.Series([5, "6,5"], dtype=object))
    before = frame.copy(deep=True)
    sources.table(frame, {"paid": "amount"})
    pd.testing.assert_frame_equal(frame, before)


def test_an_ibis_table_passes_through():
    t = ibis.memtable(SALES)
    assert sources.table(t) is t
    assert sources.table(t, {"paid": "amount"}).columns == ("customer_id", "date", "paid")


@pytest.mark.parametrize(("amount", "expected"), [
    (pd.Series([5, "6"], dtype=object), [5, 6]),
    (pd.Series([5, "6,5"], dtype=object), [5, 6.5]),
    (pd.Series(["1.500.000 ₫", 25], dtype=object), [1500000, 25]),
    ([decimal.Decimal("1.125"), decimal.Decimal("2.5")], [1.125, 2.5]),
    (np.array([5, 6], dtype="int8"), [5, 6]),
    (pd.array([5, 6], dtype="Int64"), [5, 6]),
    (pd.Series([1.125, 2.375], dtype=object), [1.125, 2.375]),
    (pd.Series([1e-05, "6"], dtype=object), [1e-05, 6]),
    (["12,50", "3,00"], [12.5, 3]),
    (["1.500.000 ₫", "25.000"], [1500000, 25000]),
])
def test_amounts_of_a_data_frame(amount, expected):
    assert tables.load(sales(amount=amount), "transactions").execute()["amount"].to_list() == expected


@pytest.mark.parametrize(("column", "cells", "rows"), [
    ("amount", [np.nan, 5], "(rows 2)"), ("amount", pd.array([5, pd.NA], dtype="Int64"), "(rows 3)"),
    ("amount", pd.Series([pd.NA, "5"], dtype=object), "(rows 2)"), ("amount", pd.Series([None, 5], dtype=object), "(rows 2)"),
    ("date", pd.to_datetime(["2024-01-01", None]), "(rows 3)"),
    ("date", pd.Series([pd.NaT, dt.date(2024, 1, 2)], dtype=object), "(rows 2)"),
    ("customer_id", ["a", None], "(rows 3)"), ("customer_id", ["a", "  "], "(rows 3)"), ("customer_id", [np.nan, 1.0], "(rows 2)"),
])
def test_missing_values_of_every_kind_are_rows_without_a_value(column, cells, rows):
    report = said(tables.check(sales(**{column: cells}), "transactions"))
    assert f"column '{column}': 1 row has no value {rows}" in report


@pytest.mark.parametrize(("column", "cells", "words"), [
    ("amount", [np.inf, 5], "1 value is not finite"), ("amount", [True, False], "holds boolean, not numbers"),
    ("date", [20240102, 20240103], "holds int64, not dates"), ("date", [45322.0, 45323.5], "holds float64, not dates"),
    ("amount", pd.to_timedelta([1, 2], unit="D"), "not numbers"),
])
def test_columns_of_the_wrong_kind_are_reported(column, cells, words):
    assert words in said(tables.check(sales(**{column: cells}), "transactions"))


@pytest.mark.parametrize(("column", "cells"), [
    ("amount", pd.arrays.SparseArray([5.0, 6.0])), ("amount", [1j, 2]),
    pytest.param("amount", pd.interval_range(0, 2)),
    pytest.param("date", pd.PeriodIndex(["2024-01", "2024-02"], freq="M")),
])
def test_columns_of_a_kind_that_cannot_be_taken_are_named(column, cells):
    (fault,) = tables.check(sales(**{column: cells}), "transactions")
    assert "cannot be taken" in fault.found
    assert fault.where == f"column {column!r}"


@pytest.mark.parametrize(("frame", "words"), [
    pytest.param(pd.DataFrame([[1, 2]], columns=["a", "a"]), "same name", id="twice"),
    pytest.param(pd.DataFrame([[1, 2]], columns=[1, "1"]), "same name", id="number and text"),
    pytest.param(pd.DataFrame([[1, 2]], columns=["a", "A"]), "same name", id="case"),
    pytest.param(pd.DataFrame(), "no column", id="no columns"),
])
def test_columns_of_a_data_frame_that_cannot_be_told_apart(frame, words):
    with pytest.raises(DataError, match=words):
        sources.table(frame)


def test_odd_column_names_of_a_data_frame():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=['a"b', "x'); DROP TABLE t; --", "😀`", " "])
    opened = sources.table(frame, {"amount": 'a"b', "date": "x'); DROP TABLE t; --"})
    assert opened.execute().to_dict("list") == {"amount": [1], "date": [2], "😀`": [3], "column_4": [4]}


def test_a_day_with_a_time_zone_stays_that_day():
    dates = pd.to_datetime(["2024-01-01 00:30", "2024-02-01 00:30"]).tz_localize("Asia/Ho_Chi_Minh")
    found = tables.load(sales(date=dates), "transactions").execute()["date"]
    assert found.dt.strftime("%Y-%m-%d").to_list() == ["2024-01-01", "2024-02-01"]


def test_excel_keeps_dates_codes_and_numbers(excel):
    path = excel([["customer_id", "date", "amount", "zip"], ["a", dt.datetime(2024, 1, 2), 5.125, "00700"],
                  ["b", dt.datetime(2024, 1, 3), None, "00800"]])
    frame = sources.table(path).execute()
    assert frame["date"].to_list() == [pd.Timestamp(2024, 1, 2), pd.Timestamp(2024, 1, 3)]
    assert frame["zip"].to_list() == ["00700", "00800"]
    assert frame["amount"].iloc[0] == 5.125
    assert pd.isna(frame["amount"].iloc[1])


@pytest.mark.parametrize(("cells", "expected"), [
    ([5, "6,5"], [5, 6.5]), (["12,5", "3,5"], [12.5, 3.5]), ([1.125, "1.500,50"], [1.125, 1500.5])])
def test_numbers_as_text_in_excel(excel, cells, expected):
    rows = [[who, dt.datetime(2024, 1, 2), cell] for who, cell in zip("ab", cells, strict=True)]
    path = excel([["customer_id", "date", "amount"], *rows])
    assert tables.load(path, "transactions").execute()["amount"].to_list() == expected


@pytest.mark.parametrize("kind", ["excel", "parquet", "frame", "ibis"])
def test_days_as_text_are_read_in_every_source(tmp_path, kind):
    frame = sales(date=["31/01/2024", "05/02/2024"])
    source = {"frame": frame, "ibis": ibis.memtable(frame)}.get(kind)
    if kind == "excel":
        frame.to_excel(source := tmp_path / "t.xlsx", index=False)
    elif kind == "parquet":
        frame.to_parquet(source := tmp_path / "t.parquet")
    found = tables.load(source, "transactions").execute()["date"]
    assert found.to_list() == [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 5)]


@pytest.mark.parametrize("kind", ["excel", "parquet", "frame"])
def test_the_order_asked_for_is_used_in_every_source(tmp_path, kind):
    source = frame = sales(date=["03/04/2024", "05/06/2024"])
    if kind == "excel":
        frame.to_excel(source := tmp_path / "t.xlsx", index=False)
    elif kind == "parquet":
        frame.to_parquet(source := tmp_path / "t.parquet")
    assert tables.check(source, "transactions", read={"dates": "day-first"}) == []


def test_dates_and_text_dates_in_one_excel_column_are_not_guessed(excel):
    path = excel([["customer_id", "date", "amount"], ["a", dt.datetime(2024, 1, 2), 5], ["b", "31/01/2024", 6]])
    assert "mixes ways of writing a date" in said(tables.check(path, "transactions"))


def test_blank_rows_of_excel_stay_rows_and_are_reported(excel):
    path = excel([["customer_id", "date", "amount"], ["a", "2024-01-02", 5], [], ["b", "2024-01-03", "x"]])
    report = said(tables.check(path, "transactions"))
    assert report.count("1 row has no value (rows 3)") == 3
    assert "such as 'x' (rows 4)" in report


def test_a_formula_without_a_value_is_no_value(excel):
    path = excel([["customer_id", "date", "amount"], ["a", "2024-01-02", "=1+2"], ["b", "2024-01-03", 5]])
    assert "1 row has no value (rows 2)" in said(tables.check(path, "transactions"))


def test_a_customer_called_na_is_a_customer(excel):
    path = excel([["customer_id"], ["NA"], ["None"]])
    assert sources.table(path).execute()["customer_id"].to_list() == ["NA", "None"]


def test_names_twice_in_an_excel_header(excel):
    with pytest.raises(DataError, match="same name: paid"):
        sources.table(excel([["id", "paid", "paid"], [1, 2, 3]]))


@pytest.mark.parametrize("rows", [[], [["customer_id", "date"]]], ids=["empty", "header only"])
def test_an_empty_sheet_is_reported(excel, rows):
    with pytest.raises(DataError, match="the sheet has no rows"):
        sources.table(excel(rows))


@pytest.mark.parametrize("sheet", ["orders", 5, -1, ""])
def test_an_unknown_sheet_is_reported(excel, sheet):
    with pytest.raises(DataError, match=r"read: {sheet: …}"):
        sources.table(excel([["a"], [1]], sheet="Sales"), read={"sheet": sheet})


def test_an_unknown_sheet_lists_the_sheets(excel):
    with pytest.raises(DataError, match="Sales"):
        sources.table(excel([["a"], [1]], sheet="Sales"), read={"sheet": "sale"})


def test_a_sheet_by_name(excel):
    assert sources.table(excel([["a"], [1]], sheet="Bán hàng"), read={"sheet": "Bán hàng"}).columns == ("a",)


@pytest.mark.parametrize("content", [
    pytest.param(b"customer,amount\na,1\n", id="csv"), pytest.param(b"", id="empty"),
    pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, id="old or locked workbook"),
    pytest.param(None, id="zip"),
])
def test_a_file_that_is_not_excel_is_reported(save, tmp_path, content):
    path = tmp_path / "purchases.xlsx"
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "b")
    else:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"purchases\.xlsx: is not an Excel workbook"):
        sources.table(path)


@pytest.mark.parametrize("read", [
    {"delimitr": ";"}, {"dates": "dayfirst"}, {"decimal": "period"}, {"header": 0}, {"codes": 1}, {"schema": "merge"}, {"encoding": "klingon"},
    {"delimiter": ";;"}, {"delimiter": 5}, {"encoding": 8}, {"delimiter": "\n"}, {"sheet": None}, {"sheet": ["Sales"]},
])
def test_reading_options_that_cannot_be(save, read):
    option = next(iter(read))
    with pytest.raises(SegkitError, match=rf"(?s){option}.*→"):
        sources.table(save("a,b\n1,2\n3,4\n"), read=read)


def test_roles_take_the_place_of_columns_with_their_names(save):
    path = save("customer_id,amount,total\na,x,5\nb,y,6\n")
    opened = sources.table(path, {"amount": "total"})
    assert opened.columns == ("customer_id", "amount")
    assert opened.execute()["amount"].to_list() == [5, 6]


def test_two_columns_may_change_roles(save):
    path = save("amount,customer_id\na,5\nb,6\n")
    frame = sources.table(path, {"amount": "customer_id", "customer_id": "amount"}).execute()
    assert frame["amount"].to_list() == [5, 6]
    assert frame["customer_id"].to_list() == ["a", "b"]


def test_a_missing_column_names_the_nearest(save):
    with pytest.raises(DataError, match=r"(?s)'amout'.*did you mean `amount`"):
        sources.table(save("id,amount\na,5\n"), {"amount": "amout"})


def test_one_column_cannot_play_two_roles(save):
    with pytest.raises(DataError, match="total"):
        sources.table(save("id,total\na,5\nb,6\n"), {"customer_id": "id", "amount": "total", "quantity": "total"})


@pytest.mark.parametrize("column", [None, 2024, ["total"]])
def test_a_column_name_that_is_no_text(save, column):
    path = save("id,total\na,5\nb,6\n")
    with pytest.raises(DataError, match=re.escape(f"column {column!r}: is not in")):
        sources.table(path, {"amount": column})
    (fault,) = tables.check(path, "transactions", {"amount": column})
    assert (fault.where, fault.found) == ("`columns`, `amount`", f"is {column!r}, not the name of a column")


@pytest.mark.parametrize("kind", [
    "file", pytest.param("frame", marks=bug("every reading of a DataFrame leaves a copy in memory for good"))])
def test_reading_twice_keeps_no_more_tables(save, kind):
    source = save("id,total\na,5\nb,6\n") if kind == "file" else sales()
    kept = []
    for _ in range(2):
        assert sources.table(source).count().execute() == 2
        kept.append(len(sources.connection().list_tables()))
    assert kept[0] == kept[1]


@pytest.mark.parametrize("pattern", ["/**/*.parquet", "/*/*/*.parquet", "/**"])
def test_a_pattern_does_not_walk_the_disk(pattern, within):
    with within(10), pytest.raises(DataError, match="looks through the whole disk"):
        sources.table(pattern)


def test_a_pattern_looks_within_bounds(tmp_path, monkeypatch):
    from segkit.data.readers import place

    for n in range(30):
        (tmp_path / f"{n}" / "deep").mkdir(parents=True)
    (tmp_path / "7" / "deep" / "a.parquet").touch()
    assert [p.name for p in place.find(str(tmp_path / "**" / "*.parquet")).files] == ["a.parquet"]
    monkeypatch.setattr(place, "MOST_FILES", 20)
    with pytest.raises(DataError, match="has more to look through than 20 names"):
        place.find(str(tmp_path / "**" / "*.parquet"))


@pytest.mark.parametrize(("source", "shown"), [
    ("/home/an/purchases.csv", "purchases.csv"), ("../../home/an/x.csv", "x.csv"), (r"C:\Users\an\x.csv", "x.csv"), ("~/x.csv#Sheet1", "x.csv#Sheet1"),
    ("sqlite:////home/an/shop.sqlite#t", "sqlite:///shop.sqlite#t"), ("duckdb:/home/an/x.duckdb#t", "duckdb:x.duckdb#t"),
    ("/home/an/lines", "lines"), ("/home/an/lines/**/*.parquet", "*.parquet"), ("~an/lines/", "lines"), ("own/../../an/x.csv", "x.csv"),
    ("sqlite:///home/an/shop.sqlite", "sqlite:///shop.sqlite"), ("spark://m:7077#/home/an/lines", "spark://m:7077#lines"),
    ("spark:local#shop.lines", "spark:local#shop.lines"), ("lines/**/*.parquet", "lines/**/*.parquet"), ("sqlite:shop.sqlite#t", "sqlite:shop.sqlite#t"),
    ("spark:local#/home/an/lines/", "spark:local#lines"), ("postgres://alice@db.corp/shop?options=-c%20x#t", "postgres://db.corp/shop#t"),
    ("data/x.csv", "data/x.csv"), ("cdnow.transactions", "cdnow.transactions"), ("postgres://[::1/db?a=b#t", "postgres://[::1/db#t"),
])
def test_a_page_tells_of_no_user_and_no_folder(source, shown):
    from segkit.data.readers import place

    assert place.public(source) == shown
    assert place.public(f"{place.samples.PROJECT}/data/x.csv") == "data/x.csv"
