"""Damaged files, and small ones that would fill the machine: a plain fault each, no traceback."""

import re
import zipfile

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segkit.data import tables
from segkit.words.errors import DataError

SALES = pd.DataFrame({"customer_id": [f"K{i % 9}" for i in range(300)], "amount": [float(i) for i in range(300)],
                      "date": pd.date_range("2024-01-01", periods=300, freq="h")})


def refused(path):
    with pytest.raises(DataError) as told:
        tables.account(path, "transactions").table.execute()
    return str(told.value)


@pytest.mark.parametrize(("compression", "found", "put"), [
    ("snappy", None, b"\x55" * 300), ("uncompressed", b"K7", b"\xff\xfe")], ids=["page", "utf-8"])
def test_parquet(tmp_path, compression, found, put):
    path = tmp_path / "sales.parquet"
    duckdb.sql(f"COPY (SELECT * FROM SALES) TO '{path}' (FORMAT parquet, COMPRESSION {compression})")
    content = bytearray(path.read_bytes())
    at = content.find(found) if found else 60
    content[at:at + len(put)] = put
    path.write_bytes(content)
    assert re.search(r"(sales\.parquet|the Parquet file): cannot be read to its end", refused(path))


def test_days_beyond_the_calendar(tmp_path):
    path = tmp_path / "sales.parquet"
    pq.write_table(pa.table({"customer_id": ["a", "b"], "amount": [1.0, 2.0],
                             "date": pa.array([2**62, -2**62], pa.timestamp("us"))}), path)
    assert "2 days are before 1950 or after 2100, such as '148108-07-06" in refused(path)


@pytest.mark.parametrize("mark", [b"PK\x01\x02", b"PK\x05\x06"])
def test_the_directory_of_a_workbook(tmp_path, mark):
    SALES.to_excel(path := tmp_path / "bad.xlsx", index=False)
    content = bytearray(path.read_bytes())
    content[content.index(mark)] = 0
    path.write_bytes(content)
    assert "is not an Excel workbook that can be opened" in refused(path)


SHEET = "xl/worksheets/sheet1.xml"
FAR = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'


@pytest.mark.parametrize(("change", "said"), [
    (lambda xml: xml[:len(xml) // 2], "is damaged"), (lambda xml: None, "is damaged"),
    (lambda xml: re.sub(rb"<v>7</v>", b"<v>1e99999</v>", xml), "1 value is not finite, such as 'inf' (rows 9)"),
    (lambda xml: xml.replace(b"</sheetData>", FAR), "reaches to row 1,048,576 and column XFD"),
    (lambda xml: xml.replace(b"</sheetData>", b"<row/>" * 1_048_577 + b"</sheetData>"), "more than 1,048,576 rows"),
], ids=["half", "missing", "infinite", "far", "empty rows"])
def test_workbook(tmp_path, change, said):
    SALES.to_excel(tmp_path / "good.xlsx", index=False)
    with zipfile.ZipFile(tmp_path / "good.xlsx") as good, zipfile.ZipFile(tmp_path / "bad.xlsx", "w", 8) as bad:
        for name in good.namelist():
            content = change(good.read(name)) if name == SHEET else good.read(name)
            if content is not None:
                bad.writestr(name, content)
    assert said in refused(tmp_path / "bad.xlsx")


def test_a_damaged_database_is_not_said_to_be_in_use(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(path) as made:
        made.execute("CREATE TABLE sales AS SELECT * FROM SALES")
    content = bytearray(path.read_bytes())
    content[4096:4200] = b"\x55" * 104
    path.write_bytes(content)
    assert "cannot be opened by this DuckDB" in refused(path)


@pytest.mark.parametrize("name", ["deep.jsonl", "deep.json"])
def test_a_hundred_thousand_brackets(save, name):
    assert "cannot be read as JSON" in refused(save("[" * 100_000, name))
