"""Ids that became floating-point numbers, and ids that a spreadsheet shortened."""

import sqlite3

import ibis
import pandas as pd
import pytest
from openpyxl import Workbook

from segkit.data import tables
from segkit.data.contract import identifiers, rows

DAYS = ["2024-01-02", "2024-01-03", "2024-02-04", "2024-02-05"]
NO_CUSTOMER = {"no_customer": "set_aside"}


def written(folder, kind, ids):
    """Purchases of customers 17908, 5 and again 17908, and a row without one, as people's tools save them."""
    frame = pd.DataFrame({"customer_id": ids, "date": DAYS, "amount": [1.5, 2.5, 3.5, 4.5]})
    path = folder / f"sales.{kind}"
    if kind == "csv":
        frame.to_csv(path, index=False)
    elif kind == "parquet":
        frame.astype({"date": "datetime64[us]"}).to_parquet(path)
    elif kind == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    elif kind == "sqlite":
        with sqlite3.connect(path) as database:
            frame.to_sql("sales", database, index=False)
    else:
        book = Workbook()
        for row in [list(frame), *frame.astype(object).where(frame.notna(), None).to_numpy().tolist()]:
            book.active.append(row)
        book.save(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl", "sqlite", "xlsx"])
def test_ids_are_whole_numbers_again_in_every_format(tmp_path, kind):
    made = tables.account(written(tmp_path, kind, [17908.0, 5.0, 17908.0, None]), "transactions", rules=NO_CUSTOMER)
    assert made.table.customer_id.type() == ibis.expr.datatypes.int64
    assert made.table.execute().groupby("customer_id")["amount"].sum().to_dict() == {5: 2.5, 17908: 5.0}
    assert made.set_aside == {"without a customer": 1}


def test_ids_of_a_data_frame_are_those_of_a_file():
    sales = pd.DataFrame({"customer_id": [17908.0, float("nan"), 5.0], "date": DAYS[:3], "amount": [1, 2, 3]})
    made = tables.account(sales, "transactions", rules=NO_CUSTOMER)
    assert sorted(made.table.execute()["customer_id"].to_list()) == [5, 17908]


@pytest.mark.parametrize(("ids", "kept"), [(["007", "12.0"], ["007", "12.0"]), (["1.5", "2.0"], ["1.5", "2.0"]),
                                           (["A-1.0", "3.0"], ["3.0", "A-1.0"]), (["12", "13.0"], [12, 13])])
def test_only_columns_of_whole_numbers_change(save, ids, kept):
    path = save(f"customer_id,date,amount\n{ids[0]},2024-01-02,5\n{ids[1]},2024-01-03,6\n")
    assert sorted(tables.load(path, "transactions").execute()["customer_id"].to_list()) == kept


@pytest.mark.parametrize("values", [[1.5, 2.0], [2.0**60, 1.0], [float("inf"), 1.0]])
def test_numbers_that_are_no_ids_stay(values):
    t = ibis.memtable({"id": values})
    assert identifiers.whole(t, ["id"]).id.execute().to_list() == values


@pytest.mark.parametrize("word", ["8.49E+11", "8,49E+11"])
def test_an_id_that_a_spreadsheet_shortened_is_nobody_s(save, word):
    lines = [f'"{word}",2024-01-02,5', f'"{word}",2024-01-03,6', "849000000001,2024-01-04,7", "849000000002,2024-01-05,8"]
    path = save("\n".join(["customer_id,date,amount", *lines, ""]))
    told = [str(f) for f in tables.check(path, "transactions")]
    assert len(told) == 1
    assert f"2 ids were shortened by a spreadsheet, such as '{word}' (rows 2, 3)" in told[0]
    made = tables.account(path, "transactions", rules=NO_CUSTOMER)
    assert made.set_aside == {rows.REASONS["damaged_ids"]: 2}  # told apart from rows that have no id
    assert made.n_used == 2


def test_ids_with_an_e_in_them_are_ids(save):
    path = save("customer_id,date,amount\n5E3,2024-01-02,5\nE+11,2024-01-03,6\n")
    assert tables.check(path, "transactions") == []
