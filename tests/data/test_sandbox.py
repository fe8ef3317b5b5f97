"""Databases from strangers: their views reach no other file, load nothing, and end."""

import sqlite3

import duckdb
import pytest

from segkit.data import engines
from segkit.data import open as sources
from segkit.data.readers import sandbox
from segkit.words.errors import DataError

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t"


@pytest.fixture
def hostile(tmp_path):
    """A DuckDB file with a table, a view of it, and views that reach out or do not end."""
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret", encoding="utf-8")
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE SCHEMA crm")
        made.execute("CREATE TABLE orders AS SELECT 1 AS customer_id, 2.5 AS amount")
        made.execute("CREATE VIEW crm.doubled AS SELECT customer_id, 2 * amount AS amount FROM orders")
        for name, function in (("reads", "read_text"), ("blob", "read_blob"), ("csv", "read_csv"), ("listed", "glob")):
            made.execute(f"CREATE VIEW {name} AS SELECT * FROM {function}('{secret}')")
        made.execute("CREATE VIEW endless AS SELECT count(*) AS n FROM range(1000000000000) a(x), range(1000000000) b(y) "
                     "WHERE x * y % 7 = 3")
        made.execute("CREATE VIEW huge AS SELECT string_agg(repeat('x', 1000000), '') AS s FROM range(100000)")
        made.execute("CREATE VIEW settings AS SELECT * FROM duckdb_secrets()")
    return path


@pytest.mark.parametrize("view", ["reads", "blob", "csv", "listed"])
def test_a_view_reads_no_other_file(hostile, view):
    with pytest.raises(DataError) as raised:
        sources.table(f"{hostile}#{view}").execute()
    assert "shop.duckdb: has a view" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_tables_and_views_of_them_are_read(hostile):
    assert sources.table(f"{hostile}#orders").execute().to_dict("list") == {"customer_id": [1], "amount": [2.5]}
    assert sources.table(f"{hostile}#crm.doubled").execute().to_dict("list") == {"customer_id": [1], "amount": [5.0]}


@pytest.mark.parametrize("view", ["endless", "huge"])
def test_a_view_that_does_not_end_is_ended(hostile, view, within, monkeypatch):
    monkeypatch.setattr(sandbox, "SECONDS", 0.5)
    with within(40), pytest.raises(DataError, match=r"shop\.duckdb: has a view"):
        sources.table(f"{hostile}#{view}").execute()


def test_a_view_of_sqlite_that_does_not_end_is_ended(tmp_path, within, monkeypatch):
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE orders (customer_id, amount)")
        made.execute("INSERT INTO orders VALUES (1, 2.5)")
        made.execute(f"CREATE VIEW endless AS {ENDLESS}")
    made.close()
    monkeypatch.setattr(sandbox, "SECONDS", 0.5)
    with within(40), pytest.raises(DataError, match="does not end within"):
        sources.table(f"{path}#endless")
    assert sources.table(f"{path}#orders").execute().to_dict("list") == {"customer_id": [1], "amount": [2.5]}


def test_no_engine_fetches_or_loads_extensions():
    asked = "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%known_extensions'"
    assert dict(engines.embedded().con.execute(asked).fetchall()) == dict.fromkeys(
        ("autoinstall_known_extensions", "autoload_known_extensions"), "false")


@pytest.mark.parametrize("address", ["postgres://[::1/db#t", "postgres://h:99999/db", "postgres://h:x/db", "postgres://an:pw@[::1/db"])
def test_an_address_that_is_none_is_told(address):
    with pytest.raises(DataError) as raised:
        sources.table(address)
    assert "is no address" in str(raised.value)
    assert "pw" not in str(raised.value)
