"""Formats beside CSV: many Parquet files, sheets, SPSS and Stata, JSON lines, SQLite and DuckDB files; bad ones of each."""

import json
import os
import sqlite3
import struct

import duckdb
import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook

from segkit.data import open as sources
from segkit.data import tables
from segkit.data.readers import labelled
from segkit.words.errors import DataError

SALES = pd.DataFrame({"customer_id": ["a", "b", "a"], "date": ["2024-01-31", "2024-02-01", "2024-02-03"],
                      "amount": [5.25, 6.0, 7.0]})


def refused(source, read=None):
    with pytest.raises(DataError) as raised:
        sources.table(source, read=read)
    return str(raised.value)


@pytest.fixture
def parts(tmp_path):
    """Write frames as Parquet files of a folder and give the folder."""
    def write(**frames):
        folder = tmp_path / "lines"
        folder.mkdir()
        for name, frame in frames.items():
            frame.to_parquet(folder / f"{name}.parquet")
        return folder

    return write


@pytest.fixture
def workbook(tmp_path):
    """Write sheets (name → rows) as a workbook, with merged cells, and give its path."""
    def write(merge=(), **sheets):
        book = Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
            for cells in merge:
                sheet.merge_cells(cells)
        path = tmp_path / "customers.xlsx"
        book.save(path)
        return path

    return write


# Parquet ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("how", ["folder", "pattern"])
def test_many_parquet_files_are_one_table(parts, how):
    folder = parts(p2=SALES.iloc[2:], p1=SALES.iloc[:2])
    (folder / "_SUCCESS").touch()
    opened = sources.table(folder if how == "folder" else str(folder / "p*.parquet"))
    pd.testing.assert_frame_equal(opened.execute(), SALES, check_dtype=False)


def test_folders_named_by_a_value_become_a_column(tmp_path):
    for month, rows in (("2024-01", SALES.iloc[:1]), ("2024-02", SALES.iloc[1:])):
        (tmp_path / "lines" / f"month={month}").mkdir(parents=True)
        rows.to_parquet(tmp_path / "lines" / f"month={month}" / "part.parquet")
    assert sources.table(tmp_path / "lines").execute()["month"].to_list() == ["2024-01", "2024-02", "2024-02"]


def test_a_type_that_changes_half_way_names_the_files(parts):
    folder = parts(jan=SALES, feb=SALES, mar=SALES.assign(amount=["5,25", "6", "7"]))
    said = refused(folder)
    assert "column 'amount': changes its type: number in feb.parquet, jan.parquet, string in mar.parquet" in said


def test_a_column_that_comes_half_way_names_the_files_and_the_way_out(parts):
    folder = parts(jan=SALES, feb=SALES.assign(brand="X"))
    assert "column 'brand': is in feb.parquet, but not in jan.parquet" in refused(folder)
    opened = sources.table(folder, read={"schema": "union"})
    assert opened.execute()["brand"].isna().sum() == len(SALES)


def test_numbers_of_another_width_and_columns_in_another_order_are_no_change(parts):
    folder = parts(a=SALES, b=SALES[["amount", "date", "customer_id"]].astype({"amount": "float32"}))
    assert sources.table(folder).execute()["amount"].to_list() == [5.25, 6, 7] * 2


def test_one_bad_file_among_good_ones_is_named(parts):
    folder = parts(jan=SALES)
    (folder / "feb.parquet").write_bytes(b"PAR1 cut off")
    assert refused(folder).startswith("feb.parquet: is not a readable Parquet file")


# Excel -----------------------------------------------------------------------------------------------------------

def test_a_sheet_after_the_file_name(workbook):
    path = workbook(orders=[["a"], [1]], Khách=[["customer_id"], ["k1"]])
    assert sources.table(f"{path}#Khách").columns == ("customer_id",)
    assert "has no sheet 'Khach'" in refused(f"{path}#Khach")


def test_a_file_with_a_hash_in_its_name_is_that_file(save):
    assert sources.table(save("a\n1\n", "orders #2.csv")).columns == ("a",)


def test_a_merged_title_is_told_with_the_row_of_the_names(workbook):
    rows = [["Doanh thu 2024"], ["customer_id", "date", "amount"], ["a", "2024-01-31", 5], ["b", "2024-02-01", 6]]
    path = workbook(("A1:C1",), Sheet1=rows)
    said = refused(path)
    assert "row 1: has merged cells where the column names should be: A1:C1" in said
    assert "read: {header: 2}" in said
    assert tables.load(path, "transactions", read={"header": 2}).count().execute() == 2


def test_names_merged_over_two_rows_are_told(workbook):
    rows = [["customer_id", "January", None], [None, "amount", "units"], ["a", 5, 1]]
    assert "B1:C1" in refused(workbook(("B1:C1",), Sheet1=rows))


def test_merged_cells_below_the_header_are_no_matter(workbook):
    path = workbook(("A3:B3",), Sheet1=[["a", "b"], [1, 2], ["note", None]])
    assert sources.table(path).count().execute() == 2


def test_an_id_merged_down_its_column_holds_for_all_of_its_rows(workbook):
    rows = [["customer_id", "date", "amount"], ["k1", "2024-01-31", 5], [None, "2024-02-01", 7], [None, None, 8], ["k2", "2024-02-03", 9]]
    made = tables.account(workbook(("A2:A4", "B3:B4"), Sheet1=rows), "transactions")
    assert made.table.execute().groupby("customer_id")["amount"].sum().to_dict() == {"k1": 20, "k2": 9}
    assert made.n_used == 4
    numbered = tables.load(workbook(("A2:A3",), Sheet1=[rows[0], [17, "2024-01-31", 5], [None, "2024-02-01", 7], [18, "2024-02-03", 9]]), "transactions")
    assert numbered.execute()["customer_id"].to_list() == [17, 17, 18]


def test_an_amount_merged_down_its_column_is_not_counted_twice(workbook):
    rows = [["customer_id", "date", "amount"], ["k1", "2024-01-31", 5], ["k1", "2024-02-01", None], ["k2", "2024-02-03", 9]]
    said = [str(f) for f in tables.check(workbook(("C2:C3",), Sheet1=rows), "transactions")]
    assert len(said) == 1
    assert "column 'amount': 1 row has no value" in said[0]


def test_a_header_merged_over_two_rows_is_no_value(workbook):
    rows = [["customer_id", "date", "amount"], [None, None, 5], ["a", "2024-01-31", 5], ["b", "2024-02-01", 6]]
    assert sources.table(workbook(("A1:A2",), Sheet1=rows)).execute()["customer_id"].isna().sum() == 1


def test_a_title_above_the_header_is_told_with_the_row_of_the_names(workbook):
    path = workbook(Sheet1=[["Doanh thu 2024"], ["customer_id", "date", "amount"], ["a", "2024-01-31", 5], ["b", "2024-02-01", 6]])
    said = refused(path)
    assert "row 1: has one cell, 'Doanh thu 2024', where the column names should be" in said
    assert "read: {header: 2}" in said
    assert tables.load(path, "transactions", read={"header": 2}).count().execute() == 2


def test_a_header_row_that_is_empty(workbook):
    assert "row 2 of customers.xlsx is empty" in refused(workbook(Sheet1=[["a"], [], ["b"], [1]]), {"header": 2})


# SPSS and Stata --------------------------------------------------------------------------------------------------

SURVEY = pd.DataFrame({"respondent_id": [1.0, 2, 3, 4], "sex": [1.0, 2, 9, None], "liking": [1.0, 4, 7, 99],
                       "tv": [1.0, 0, 1, 0], "web": [0.0, 1, 1, 0], "town": ["Huế", "Đà Nẵng", "", "Hà Nội"]})
LABELS = {"sex": {1: "Female", 2: "Male", 9: "Refused"}, "liking": {1: "not at all", 7: "very much", 99: "don't know"}}


@pytest.fixture
def sav(tmp_path):
    """A survey with labels, user-missing codes and a multiple-response set, as SPSS saves it."""
    path = tmp_path / "survey.sav"
    pyreadstat.write_sav(SURVEY, path, column_labels={"sex": "Your sex"}, variable_value_labels=LABELS,
                         missing_ranges={"sex": [9], "liking": [{"lo": 97, "hi": 99}]})
    # SPSS' record 7, subtype 7, which no writer at hand makes: $media = tv, web where 1 is counted
    text = b"$media=D1 1 10 Media used tv web\n"
    body, end = path.read_bytes(), struct.pack("<ii", 999, 0)
    path.write_bytes(body.replace(end, struct.pack("<iiii", 7, 7, 1, len(text)) + text + end, 1))
    return path


def test_spss_labels_and_user_missing_codes(sav):
    frame = sources.table(sav).execute()
    assert frame["sex"].to_list()[:2] == ["Female", "Male"]
    assert frame["sex"].isna().to_list() == [False, False, True, True]
    assert frame["liking"].to_list()[:3] == [1, 4, 7]  # a scale with named ends keeps its numbers
    assert frame["liking"].isna().to_list() == [False, False, False, True]
    assert frame["town"].to_list()[:2] == ["Huế", "Đà Nẵng"]
    assert frame["town"].isna().sum() == 1


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_a_stray_code_leaves_the_labels(tmp_path, ending):
    """One code of 300 has no label: the others keep theirs, and it stands as its number. A scale keeps its numbers."""
    frame = pd.DataFrame({"sex": [1, 2] * 149 + [1, 3], "scale": [1, 2, 3, 4, 5] * 60, "few": [1, 2, 3] * 100})
    labels = {"sex": {1: "Female", 2: "Male"}, "scale": {1: "low", 5: "high"}, "few": {1: "a", 2: "b"}}
    path = tmp_path / f"s.{ending}"
    (pyreadstat.write_sav if ending == "sav" else pyreadstat.write_dta)(frame, path, variable_value_labels=labels)
    read = sources.table(path).execute()
    assert read["sex"].value_counts().to_dict() == {"Female": 150, "Male": 149, "3": 1}
    assert read["scale"].sum() == 900
    assert read["few"].sum() == 600  # a third of the answers is no error of coding


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_a_column_without_any_value_is_read(tmp_path, ending):
    frame = pd.DataFrame({"customer_id": ["a", "b"], "empty": [None, None], "amount": [1.0, 2.0], "date": ["2024-01-31", "2024-02-01"]})
    path = tmp_path / f"s.{ending}"
    (pyreadstat.write_sav if ending == "sav" else pyreadstat.write_dta)(frame.astype({"empty": object}), path)
    read = sources.table(path).execute()
    assert read["amount"].sum() == 3
    assert read["empty"].isna().all() or set(read["empty"]) == {""}


def test_a_column_without_any_value_among_rows_of_python(tmp_path):
    import pyarrow as pa

    from segkit.data.readers import frames

    assert str(frames.create(pa.table({"a": [1, 2], "none": pa.nulls(2)})).schema()["none"]) == "string"


def test_two_codes_of_one_label_are_two(tmp_path):
    path = tmp_path / "s.sav"
    pyreadstat.write_sav(pd.DataFrame({"q": [1.0, 2, 2, 3]}), path, variable_value_labels={"q": {1: "Yes", 2: "Yes", 3: "No", 4: "No"}})
    assert sources.table(path).execute()["q"].to_list() == ["Yes (1)", "Yes (2)", "Yes (2)", "No"]


def test_spss_codes_where_they_are_wanted(sav):
    assert sources.table(sav, read={"codes": True}).execute()["sex"].to_list()[:2] == [1, 2]


def test_spss_metadata(sav):
    told = labelled.metadata(sav)
    assert told.labels == {"sex": "Your sex"}
    assert told.missing == {"sex": ("9",), "liking": ("97–99",)}
    assert told.n_missing == {"sex": {"9 Refused": 1}, "liking": {"99 don't know": 1}}
    assert told.sets["media"] == labelled.ResponseSet("Media used", ("tv", "web"), "1")


def test_spss_survey_keeps_the_contract(sav):
    assert tables.check(sav, "survey") == []


def test_stata_labels_and_user_missing_codes(tmp_path):
    path = tmp_path / "survey.dta"
    frame = SURVEY.assign(sex=pd.Series([1, 2, "a", None], dtype=object)).drop(columns="town")
    pyreadstat.write_dta(frame, path, variable_value_labels={"sex": {1: "Female", 2: "Male", "a": "Refused"}},
                         missing_user_values={"sex": ["a"]})
    found = sources.table(path).execute()
    assert found["sex"].to_list()[:2] == ["Female", "Male"]
    assert found["sex"].isna().to_list() == [False, False, True, True]
    assert labelled.metadata(path).n_missing == {"sex": {"a Refused": 1}}


def test_a_stata_file_of_another_writer_is_read_as_that_one_reads_it(tmp_path):
    path = tmp_path / "survey.dta"
    frame = pd.DataFrame({"respondent_id": [1, 2, 3], "sex": pd.Categorical(["Female", None, "Male"]), "weight": [0.5, 1.25, None],
                          "day": pd.to_datetime(["2024-01-31", "2024-02-01", "2024-02-29"]), "town": ["Huế", "Vinh", "Hà Nội"]})
    frame.to_stata(path, write_index=False, version=118, convert_dates={"day": "td"})
    expected = pd.read_stata(path)
    found = sources.table(path).execute()
    for column in ("respondent_id", "weight", "town"):
        pd.testing.assert_series_equal(found[column], expected[column], check_dtype=False)
    assert found["sex"].fillna("").to_list() == expected["sex"].astype(object).fillna("").to_list()
    assert pd.to_datetime(found["day"]).to_list() == expected["day"].to_list()


@pytest.mark.parametrize(("name", "kind"), [("s.sav", "SPSS"), ("s.zsav", "SPSS"), ("s.dta", "Stata")])
@pytest.mark.parametrize("content", [b"", b"customer,amount\na,1\n", b"$FL2" + b"\0" * 300])
def test_what_is_no_spss_or_stata_file(save, name, kind, content):
    assert f"{name}: is not a readable {kind} file" in refused(save(content, name))


# JSON lines, SQLite, DuckDB --------------------------------------------------------------------------------------

def test_json_lines(save):
    rows = [{"customer_id": "007", "date": "31/01/2024", "amount": 5.25, "note": None},
            {"customer_id": "008", "date": "05/02/2024", "amount": 6, "đơn": "x"}]
    path = save("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), "lines.jsonl")
    frame = tables.load(path, "transactions").execute()
    assert frame["customer_id"].to_list() == ["007", "008"]
    assert frame["date"].to_list() == [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 5)]
    assert frame["amount"].to_list() == [5.25, 6]
    assert frame["đơn"].to_list()[1] == "x"


def test_days_in_json_are_not_guessed(save):
    path = save('{"customer_id": "a", "date": "03-04-2024", "amount": 1}\n'
                '{"customer_id": "b", "date": "05-06-2024", "amount": 2}\n', "lines.jsonl")
    assert "could be day/month or month/day" in str(tables.check(path, "transactions")[0])


@pytest.mark.parametrize(("content", "words"), [
    ("", "the file is empty"), ('{"a": 1}\n{"a": ', "cannot be read as JSON"), ('{"a": {"b": 1}}\n', "holds objects or lists in a"),
    ('{"a": [1, 2]}\n', "holds objects or lists in a"), ("customer,amount\na,1\n", "cannot be read as JSON"), ("[1, 2]\n", "not made of objects"),
])
def test_json_that_is_no_table(save, content, words):
    assert words in refused(save(content, "lines.jsonl"))


@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_text_like_a_list_is_text_in_json(save, ending):
    rows = [{"a": "[1]", "b c": "{x", "n": 1}, {"a": "y", "b c": None, "n": 2}]
    write = json.dumps if ending == "json" else lambda rows: "\n".join(map(json.dumps, rows))
    assert sources.table(save(write(rows), f"lines.{ending}")).execute()["a"].to_list() == ["[1]", "y"]
    nested = write([*rows, {"a": "z", "b c": {"x": 1}}])
    assert "holds objects or lists in b c\n" in refused(save(nested, f"nested.{ending}"))


@pytest.fixture
def shop(tmp_path):
    """A SQLite file with two tables; dates and mixed amounts as text, as SQLite has them."""
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE orders (customer_id TEXT, date DATETIME, amount, units INTEGER)")
        con.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)",
                        [("a", "2024-01-31 09:30:00", 5.25, 1), ("b", "2024-02-01", "6", None), ("007", "2024-02-03", 7, 2)])
        con.execute('CREATE TABLE "lạ; DROP TABLE orders" (x)')
    con.close()
    return path


@pytest.mark.parametrize("source", ["{}#orders", "sqlite://{}#orders", "sqlite:{}#orders"])
def test_sqlite(shop, source):
    frame = tables.load(source.format(shop), "transactions").execute()
    assert frame["amount"].to_list() == [5.25, 6, 7]
    assert frame["date"].to_list()[0] == pd.Timestamp(2024, 1, 31, 9, 30)
    assert frame["units"].isna().to_list() == [False, True, False]
    assert frame["customer_id"].to_list() == ["a", "b", "007"]


def test_sqlite_lists_its_tables(shop):
    assert "has 2 tables\n  → name one after a #" in refused(shop)
    assert "did you mean `orders`?" in refused(f"{shop}#order")
    assert sources.table(f"{shop}#lạ; DROP TABLE orders").columns == ("x",)


def test_a_duckdb_file_is_read_where_it_lies(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(path) as con:
        con.execute("CREATE TABLE orders AS SELECT 'a' AS customer_id, DATE '2024-01-31' AS date, 5.25 AS amount "
                    "UNION ALL SELECT 'b', DATE '2024-02-01', 6")
        con.execute("CREATE SCHEMA crm; CREATE TABLE crm.people AS SELECT 1 AS x")
    before = path.read_bytes()
    assert tables.check(f"{path}#orders", "transactions") == []
    assert sources.table(f"duckdb://{path}#crm.people").columns == ("x",)
    assert "crm.people, orders" in refused(f"{path}#people")
    assert path.read_bytes() == before


def test_a_duckdb_file_another_program_writes(tmp_path):
    import subprocess
    import sys

    path = tmp_path / "busy.duckdb"
    writer = subprocess.Popen([sys.executable, "-c", f"import duckdb; c = duckdb.connect({str(path)!r}); c.execute('CREATE TABLE a (x int)'); "
                               "print('ready', flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        writer.stdout.readline()
        assert "is being written by another program\n  → close it there" in refused(f"{path}#a")
    finally:
        writer.communicate(b"\n")


@pytest.mark.parametrize("name", ["shop.sqlite", "shop.db", "shop.duckdb"])
def test_what_is_no_database_file(save, name):
    assert "is neither a SQLite nor a DuckDB file" in refused(save("customer,amount\n", name))
    assert "the file is empty" in refused(save("", name))


def test_a_damaged_sqlite_file(shop):
    shop.write_bytes(shop.read_bytes()[:3000])
    assert "cannot be read by SQLite" in refused(f"{shop}#orders")


# any format ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("magic", "what"), [(b"PAR1....", "a Parquet file"), (b"PK\x03\x04..", "an Excel workbook"), (b"$FL2@(#)", "an SPSS file"),
                                             (b"SQLite format 3\0", "a SQLite file"), (b"\x1f\x8b\x08\0", "a compressed file")])
@pytest.mark.parametrize("name", ["sales.csv", "sales.jsonl"])
def test_a_file_with_the_wrong_ending_says_what_it_is(save, magic, what, name):
    assert f"{name}: is {what}" in refused(save(magic + b"\0" * 50, name))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["s.csv", "s.xlsx", "s.parquet", "s.sav", "s.jsonl", "s.sqlite"])
def test_a_file_one_may_not_read(save, name):
    path = save("customer,amount\na,1\n", name)
    path.chmod(0)
    assert "may not be read by you" in refused(path)


@pytest.mark.parametrize("name", ["s.csv", "s.xlsx", "s.parquet", "s.sav", "s.jsonl", "s.sqlite"])
def test_a_file_the_system_refuses(save, name, monkeypatch):
    path = save("customer,amount\na,1\n", name)
    for place in ("pathlib.Path.open", "io.open", "builtins.open", "pyarrow.parquet.read_schema"):
        monkeypatch.setattr(place, lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    assert "may not be read by you" in refused(path)


def test_labels_that_are_steps_of_a_scale_are_ordered_answers(tmp_path):
    """Ordinal by its author, or three columns with the same labels; nominal ones and single columns are categories."""
    import pyreadstat

    from segkit.data import surveys
    from segkit.data.readers import labelled
    from segkit.segmentation import respondents
    from segkit.segmentation.partition import coded_answers

    steps, towns = {1: "terrible", 2: "bad", 3: "fair", 4: "good", 9: "refused"}, {1: "Hue", 2: "Vinh", 3: "Hanoi"}
    rows = 12
    table = pd.DataFrame({**{f"q{j}": [float(1 + (i + j) % 4) for i in range(rows)] for j in range(3)},
                          "ease": [1.0, 2, 3] * 4, "town": [1.0, 2, 3] * 4, "shop": [3.0, 1, 2] * 4})
    table.loc[0, "q0"] = 9.0
    labels = {f"q{j}": steps for j in range(3)} | {"ease": {1: "low", 2: "middle", 3: "high"}, "town": towns, "shop": towns}
    measures = {"ease": "ordinal", "town": "nominal", "shop": "nominal"} | {f"q{j}": "unknown" for j in range(3)}
    file = tmp_path / "s.sav"
    pyreadstat.write_sav(table, file, variable_value_labels=labels, variable_measure=measures,
                         missing_ranges={f"q{j}": [9] for j in range(3)})
    assert labelled.orders(file) == {"ease": ["low", "middle", "high"],
                                     **{f"q{j}": ["terrible", "bad", "fair", "good"] for j in range(3)}}
    people = surveys.people(surveys.account(str(file)), str(file))
    held = respondents.columns(people)
    assert held["kind"].to_dict() == {"q0": "rating", "q1": "rating", "q2": "rating", "ease": "rating",
                                      "town": "category", "shop": "category"}
    assert held.index[held["use"] == "forms segments"].to_list() == ["q0", "q1", "q2"]
    people = people.sort_index(key=lambda i: i.astype(int))
    coded = coded_answers.coded(people, ["q1", "ease"])
    assert coded.X["q1"].to_numpy() == pytest.approx((table["q1"] - 1) / 3)
    assert coded.given["q1"].to_list() == table["q1"].to_list()
    assert people["q0"].isna().to_list() == [True] + [False] * (rows - 1)
