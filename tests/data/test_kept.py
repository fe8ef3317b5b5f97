"""Large tables: judged by their different values as by all rows, kept once typed, and read again when anything changes."""

import os
import time

import duckdb
import pytest

from segkit.data import open as sources
from segkit.data import tables
from segkit.data.contract import evidence, values
from segkit.data.readers import kept, textfile
from segkit.words.errors import DataError

COLUMNS = {"iso": ["2024-01-31", "2024-02-30", ""], "clock": ["2024-01-31 08:05", "2024-02-01 23:59:59", "2024-03-01"],
           "vn": ["31/01/2024", "5/6/2024", "7/8/2024"], "us": ["01-31-2024", "05-06-2024", ""],
           "two marks": ["31/01/2024", "05-06-2024", "7.8.2024"], "unclear": ["03/04/2024", "05/06/2024", ""],
           "zone": ["2024-01-31T23:30:00+07:00", "2024-02-01", ""], "plain": ["12.50", "3", "-4.25"],
           "comma": ["12,50", "3", "-4,25"], "thousands": ["1,234.50", "12.5", "3"], "dong": ["560.000 ₫", "25.000 ₫", ""],
           "euro": ["EUR 5", "€3.50", "7"], "code": ["00123", "00456", "7"], "whole": ["1", "-7", ""], "blanks": [" 1", "2 ", ""],
           "words": ["An", "Bi", "5"], "vodka": ["Vodka", "Eggs", "Gin"], "nothing": ["", "", ""],
           "mostly": ["12.5", "7.25", "x"], "e": ["1.2E+05", "6", "7"], "zeros": ["05/06/0000", "31/01/2024", ""]}


@pytest.fixture
def lines(save):
    head = ";".join(COLUMNS) + "\n"
    rows = [";".join(given[i % 3] for given in COLUMNS.values()) for i in range(60)]
    return save(head + "\n".join(rows) + "\n")


@pytest.mark.parametrize("decimal", [None, ",", "."])
def test_different_values_tell_what_all_rows_tell(lines, monkeypatch, decimal):
    table = sources.raw(lines)
    wanted = values.readings(table, list(table.columns), decimal)
    frame = values.cast(table, wanted).to_pyarrow()
    monkeypatch.setattr(evidence, "MANY", 1)
    monkeypatch.setattr(values, "_known", {})
    found = values.readings(table, list(table.columns), decimal)
    assert found == wanted
    forms = {"iso": "cast", "clock": "cast", "vn": "%d/%m/%Y", "us": "%m-%d-%Y", "plain": "cast", "comma": "comma"}
    assert {name: found[name].form for name in forms} == {
        **forms, **({"plain": ""} if decimal == "," else {}), **({"comma": ""} if decimal == "." else {})}
    assert not any(found[name].form for name in ("zone", "thousands", "zeros"))
    assert values.cast(table, found).to_pyarrow().equals(frame)


@pytest.mark.parametrize(("texts", "kind"), [
    ([str(i) for i in range(1000)], "integer"), ([f"{i:04d}" for i in range(1000)], "text"),
    ([f"2024-01-{1 + i % 28:02d} {i // 60:02d}:{i % 60:02d}:07" for i in range(1000)], "date"),
    ([f"January {1 + i % 28}, 2019 {i // 60}:{i % 60:02d}" for i in range(1000)], "date"),
    ([f"{1 + i % 28}-Jan-2024" for i in range(1000)], "date"), ([f"May {i}" for i in range(1000)], "text"),
    ([f"March {1 + i % 28}, 2019" for i in range(1000)], "date"), ([f"({i}.5)" for i in range(999)] + ["1"], "number"),
    ([f"K{i}" for i in range(1000)], "text"), ([f"{i / 8}" for i in range(1000)], "number")])
def test_values_that_are_all_different_are_told_alike(save, monkeypatch, texts, kind):
    table = sources.raw(save("a,b\n" + "".join(f'"{t}",x\n' for t in texts)))
    wanted = values.readings(table, ["a"])
    frame = values.cast(table, wanted).execute()
    monkeypatch.setattr(evidence, "MANY", 1)
    monkeypatch.setattr(values, "_known", {})
    found = values.readings(table, ["a"])
    assert found == wanted
    assert found["a"].kind == kind
    assert values.cast(table, found).execute().equals(frame)


@pytest.fixture
def shop(save, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "typed")
    monkeypatch.setattr(kept, "LARGE", 1)
    return save("customer_id,date,amount\nA,2024-01-02,5\nB,2024-01-03,7.5\ntest,2024-01-03,1\nA,2024-02-01,-2\n")


def entries():
    return sorted(kept.FOLDER.glob("*.parquet"))


def test_a_table_is_judged_once(shop, monkeypatch):
    first = tables.account(shop, "transactions")
    monkeypatch.setattr(sources, "raw", None)  # is not asked again
    again = tables.account(shop, "transactions")
    assert (again.n_rows, again.n_used, again.set_aside) == (4, 3, {"of test accounts": 1})
    assert (first.n_rows, first.n_used, first.set_aside) == (4, 3, {"of test accounts": 1})
    assert again.table.execute().equals(first.table.execute())
    assert again.table.schema() == first.table.schema()
    assert tables.check(shop, "transactions") == []


@pytest.mark.parametrize("asked", [
    {"rules": {"returns": "set_aside"}}, {"as_of": "2024-03-01"}, {"read": {"decimal": "point"}},
    {"columns": {"customer_id": "customer_id", "basket_id": "amount"}}])
def test_another_question_is_another_entry(shop, asked):
    tables.account(shop, "transactions")
    if "columns" in asked:
        assert tables.check(shop, "transactions", **asked)
        assert len(entries()) == 1  # what is at fault is not kept
        return
    made = tables.account(shop, "transactions", **asked)
    assert made.n_used == (2 if "rules" in asked else 3)
    assert len(entries()) == 2


def test_another_content_is_read_again(shop):
    assert tables.account(shop, "transactions").n_used == 3
    stat = shop.stat()
    text = shop.read_text().replace("7.5", "9.5")
    shop.write_text(text)
    os.utime(shop, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # the same size and time of change
    assert tables.account(shop, "transactions").table.amount.sum().execute() == 12.5


def test_a_damaged_entry_is_made_again(shop):
    tables.account(shop, "transactions")
    entries()[0].write_bytes(b"PAR1 half a file")
    assert tables.account(shop, "transactions").n_used == 3
    assert len(entries()) == 1


def test_a_folder_that_cannot_be_written_to_changes_nothing(shop, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "file" / "typed")
    assert tables.account(shop, "transactions").n_used == 3


def test_the_oldest_gives_way(shop, monkeypatch):
    tables.account(shop, "transactions")
    old = entries()[0]
    os.utime(old, (time.time() - 7200,) * 2)
    monkeypatch.setattr(kept, "LIMIT", 1)
    tables.account(shop, "transactions", as_of="2024-03-01")
    assert not old.exists()
    assert len(entries()) == 1  # the new one is in use


def test_rows_keep_their_order(shop, save):
    path = save("customer_id,date,amount\n" + "".join(f"K{i % 97},2024-01-02,{i}\n" for i in range(300_000)), "long.csv")
    assert tables.account(path, "transactions").table.limit(5).execute()["amount"].to_list() == [0, 1, 2, 3, 4]
    there = duckdb.sql(f"SELECT amount FROM '{entries()[0]}'").fetchnumpy()["amount"]
    assert (there == range(300_000)).all()


@pytest.mark.parametrize(("content", "clean"), [
    (b"a,b\n1,2\n", True), (b"a,b\r\n1,2\r\n", True), (b"a,b\n1,2", True), (b"\xef\xbb\xbfa,b\n1,2\n", True),
    (b"a,b\n\n1,2\n", False), (b"a,b\n \t\n1,2\n", False), (b"a,b\r\n\r\n1,2\r\n", False), (b"\na,b\n1,2\n", False),
    (b"a,b\n1,2\n  ", False), (b"a,b\n 1,2\n", True), (b"a,b\r1,2\r", False), (b"a,b\r\n1,2\n", False),
    (b"a,b\n1,2\r\n", False), ("a,b\n1,e\u0302\n".encode(), False), ("a,b\n1,ê\n".encode(), True)])
@pytest.mark.parametrize("chunk", [4, 1 << 20])
def test_what_the_engine_can_take_as_it_is(save, monkeypatch, content, clean, chunk):
    monkeypatch.setattr(textfile, "_CHUNK", chunk)
    assert textfile._is_clean(save(content)) is clean


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:40])])
def test_a_copy_removed_in_use_is_not_told_as_a_damaged_file(shop, harm):
    made = tables.account(shop, "transactions")
    harm(*entries())
    with pytest.raises(DataError, match=r"that copy was removed or changed while it was in use\n?.*run the same command"):
        made.table.execute()
    assert tables.account(shop, "transactions").table.count().execute() == 3
