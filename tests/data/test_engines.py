"""PostgreSQL and Spark, really used: the same tables as the embedded engine gives, and failures in plain words."""

import threading
import time

import ibis
import numpy as np
import pandas as pd
import psycopg
import pytest

from segkit.data import engines, samples, tables
from segkit.data import open as sources
from segkit.words.errors import DataError

LINES = pd.DataFrame({
    "khach": ["fa", "b ", "test1", "fa", "cv", None, "b"],
    "ngay": ["31/01/2024", "05/02/2024", "06/02/2024", "07/02/2024", "2/3/2024 23:30", "08/02/2024", "30/04/2024"],
    "tien": ["1.500,50", "7", "8", "-3,25", "1.000.000 ₫", "4", "0"],
    "sl": pd.array([1, 2, 1, -1, None, 1, 3], dtype="Int64")})
COLUMNS = {"customer_id": "khach", "date": "ngay", "amount": "tien", "quantity": "sl"}
RULES = {"no_customer": "set_aside", "after_as_of": "set_aside", "returns": "set_aside", "duplicates": "set_aside"}


def refused(source, **given):
    with pytest.raises(DataError) as raised:
        sources.table(source, **given).execute()
    return str(raised.value)


def fill(url, name, frame):
    """A table of text and whole numbers in PostgreSQL."""
    kinds = {"sl": "bigint"}
    with psycopg.connect(url, autocommit=True) as con:
        con.execute(f"DROP TABLE IF EXISTS {name}")
        listed = ", ".join(f"{c} {kinds.get(c, 'text')}" for c in frame)
        con.execute(f"CREATE TABLE {name} ({listed})")
        with con.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * frame.shape[1])})",
                               [tuple(None if pd.isna(v) else v for v in row) for row in frame.itertuples(index=False)])


@pytest.fixture(params=["duckdb", "postgres", "spark"])
def lines(request, tmp_path):
    """The same lines in each engine."""
    path = tmp_path / "lines.parquet"
    LINES.to_parquet(path)
    if request.param == "spark":
        request.getfixturevalue("spark")
        return f"spark:local#{path}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
        fill(url, "lines", LINES)
        return f"{url}#lines"
    return path


def test_every_engine_loads_the_same_table(lines):
    made = tables.account(lines, "transactions", COLUMNS, as_of="2024-03-31", rules=RULES)
    frame = made.table.execute().sort_values(["customer_id", "date"]).reset_index(drop=True)
    assert frame.to_dict("list") == {
        "customer_id": ["b", "cv", "fa"], "date": [pd.Timestamp(2024, 2, 5), pd.Timestamp(2024, 3, 2, 23, 30), pd.Timestamp(2024, 1, 31)],
        "amount": [7.0, 1000000.0, 1500.5], "quantity": pytest.approx([2, float("nan"), 1], nan_ok=True)}
    assert (made.n_rows, made.n_used) == (7, 3)
    assert made.set_aside == {"without a customer": 1, "of test accounts": 1, "after the last day of the study": 1, "returns and corrections": 1}


def test_every_engine_finds_the_same_faults(lines):
    found = [f"{f.where}: {f.found.partition(',')[0]}" for f in tables.check(lines, "transactions", COLUMNS, as_of="2024-03-31")]
    assert [f.split(" in the row")[0] for f in found] == ["column 'khach': 1 row has no value", "column 'ngay': 1 day is after `as_of` 2024-03-31"]


def test_a_fault_where_rows_have_no_number_shows_the_row(postgres):
    fill(postgres, "faulty", LINES.assign(tien="soon"))
    fault = next(f for f in tables.check(f"{postgres}#faulty", "transactions", COLUMNS, rules={"no_customer": "set_aside"}) if "tien" in f.where)
    assert "5 values are not numbers, such as 'soon' in the row customer_id" in fault.found
    assert fault.rows == ()


def test_days_that_are_none_in_every_engine(postgres, spark, tmp_path):
    days = ["31/02/2024", "29/02/2023", "31/04/2024 10:00", "28/02/2024 25:00", "29/02/2024", "31/12/2024 23:59:59"]
    frame = pd.DataFrame({"khach": list("abcdef"), "ngay": days, "tien": "5"})
    path = tmp_path / "lines.parquet"
    frame.to_parquet(path)
    fill(postgres, "days", frame)
    columns = {role: c for role, c in COLUMNS.items() if c in frame}
    for source in (path, f"spark:local#{path}", f"{postgres}#days"):
        found = tables.check(source, "transactions", columns)
        assert len(found) == 1, (source, found)
        (fault,) = found
        assert "4 values are not dates, such as '31/02/2024'" in fault.found, source


def test_named_months_and_accounts_in_every_engine(postgres, spark, tmp_path):
    days = ["5-Jan-24", "Feb 29, 2024 12:05 AM", "Friday, 1 March 2024 3:04 PM", "31-Dec-99", "30-Feb-24"]
    frame = pd.DataFrame({"khach": list("abcde"), "ngay": days, "tien": ["(12.50)", "6", "$7.25", "($1,000)", "5"]})
    path = tmp_path / "lines.parquet"
    frame.to_parquet(path)
    frame[:4].to_parquet(good := tmp_path / "good.parquet")
    fill(postgres, "worded", frame)
    fill(postgres, "worded_well", frame[:4])
    columns = {role: c for role, c in COLUMNS.items() if c in frame}
    for source, clean in ((path, good), (f"spark:local#{path}", f"spark:local#{good}"),
                          (f"{postgres}#worded", f"{postgres}#worded_well")):
        (fault,) = tables.check(source, "transactions", columns)
        assert "1 value is not a date, such as '30-Feb-24'" in fault.found, source
        made = tables.load(clean, "transactions", columns).execute().sort_values("customer_id")
        assert made["amount"].to_list() == [-12.5, 6, 7.25, -1000], source
        assert made["date"].to_list() == list(map(pd.Timestamp, ["2024-01-05", "2024-02-29 00:05", "2024-03-01 15:04", "1999-12-31"])), source


def test_instants_ask_for_a_clock_and_get_it(postgres, spark, tmp_path):
    frame = pd.DataFrame({"customer_id": ["a", "b"], "amount": [1.0, 2.0],
                          "date": pd.to_datetime(["2024-01-31T20:00Z", "2024-02-01T05:00Z"])})
    path = tmp_path / "lines.parquet"
    frame.to_parquet(path)
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("DROP TABLE IF EXISTS instants")
        con.execute("CREATE TABLE instants AS SELECT * FROM (VALUES ('a', 1.0, timestamptz '2024-02-01 03:00+07'), "
                    "('b', 2.0, timestamptz '2024-02-01 05:00Z')) AS t (customer_id, amount, date)")
    for source in (path, f"{postgres}#instants"):
        assert "say whose clock counts" in str(tables.check(source, "transactions")[0])
    for source in (path, f"{postgres}#instants", f"spark:local#{path}"):
        made = tables.load(source, "transactions", rules={"time_zone": "Asia/Ho_Chi_Minh"}).execute()
        assert sorted(made["date"]) == [pd.Timestamp(2024, 2, 1, 3), pd.Timestamp(2024, 2, 1, 12)], source


# PostgreSQL ------------------------------------------------------------------------------------------------------

def test_a_table_that_is_not_there_names_the_nearest(postgres):
    fill(postgres, "orders", LINES)
    assert "has no table 'order'\n  → did you mean `orders`?" in refused(f"{postgres}#order")
    assert "name one after a #" in refused(postgres)


def test_a_table_of_another_schema(postgres):
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("CREATE SCHEMA IF NOT EXISTS crm; DROP TABLE IF EXISTS crm.people; CREATE TABLE crm.people AS SELECT 1 AS x")
    assert sources.table(f"{postgres}#crm.people").execute()["x"].to_list() == [1]


def test_a_database_that_goes_away_while_it_is_read(postgres):
    fill(postgres, "orders", LINES)
    opened = sources.table(f"{postgres}#orders")
    assert opened.count().execute() == 7
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'segkit'")
    with pytest.raises(DataError, match=r"(?s)postgres://127.*went away while it was read: .*\n  → see whether the database is up"):
        opened.group_by("khach").aggregate(n=opened.count()).execute()
    assert sources.table(f"{postgres}#orders").count().execute() == 7  # the next build finds it again


def test_a_database_that_goes_away_in_the_middle_of_a_query(postgres):
    opened = sources.table(f"{postgres}#pg_catalog.pg_class")
    slow = opened.cross_join(opened.view()).cross_join(opened.view())
    ended = []

    def end():
        running = "FROM pg_stat_activity WHERE application_name = 'segkit' AND state = 'active'"
        with psycopg.connect(postgres, autocommit=True) as con:
            while not ended and (n := con.execute(f"SELECT count(pg_terminate_backend(pid)) {running}").fetchone()[0]) < 1:
                time.sleep(0.05)
            ended.append(n)

    killer = threading.Thread(target=end)
    killer.start()
    try:
        with pytest.raises(DataError, match="went away while it was read"):
            slow.select(n=slow.relname.length()).n.sum().execute()
    finally:
        ended.append(0)
        killer.join()
    assert ended[0] == 1  # it was at work when it was killed


def test_a_query_that_is_cut_off_half_way(postgres):
    opened = sources.table(f"{postgres}#pg_catalog.pg_class")
    opened.get_backend().con.execute("SET statement_timeout = '50ms'")
    slow = opened.cross_join(opened.view()).cross_join(opened.view())
    try:
        with pytest.raises(DataError, match="says: canceling statement due to statement timeout"):
            slow.select(n=slow.relname.length()).n.sum().execute()
    finally:
        opened.get_backend().con.execute("SET statement_timeout = 0")


def test_nobody_answers(postgres, monkeypatch):
    monkeypatch.setattr(engines, "CONNECT_SECONDS", 1)
    assert "cannot be reached" in refused("postgres://127.0.0.1:1/shop#orders")
    assert "cannot be reached" in refused(f"{postgres}-not-there#orders")


@pytest.mark.parametrize("url", ["postgres://an:s3cret@127.0.0.1:1/shop#orders", "postgres://127.0.0.1:1/shop?password=s3cret#orders",
                                 "postgresql://an:s3cret@127.0.0.1:1/shop"])
def test_a_password_in_an_address_is_refused_and_never_told(url):
    said = refused(url)
    assert "holds a password, which a study file must not" in said
    assert "PGPASSWORD" in said
    assert "s3cret" not in said
    assert "s3cret" not in str(tables.check(url, "transactions"))


def test_the_password_comes_from_the_environment_and_stays_there(postgres, monkeypatch):
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("DROP ROLE IF EXISTS guarded")
        con.execute("CREATE ROLE guarded LOGIN PASSWORD 's3cret'")
        con.execute("ALTER SYSTEM SET password_encryption = 'scram-sha-256'")
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    url = postgres.replace("segkit@", "guarded@")
    fill(postgres, "orders", LINES)
    assert "permission denied for table orders" in refused(f"{url}#orders")
    assert "s3cret" not in refused(f"{url}-gone#orders")


# Spark -----------------------------------------------------------------------------------------------------------

def test_spark_opens_bundled_tables_and_its_own(spark):
    opened = sources.table("spark:local#cdnow.transactions")
    assert opened.get_backend().name == "pyspark"
    assert opened.count().execute() == 69659
    spark._session.sql("CREATE OR REPLACE TEMP VIEW lines_of_spark AS SELECT 'a' AS customer_id")
    assert sources.table("spark:local#lines_of_spark").columns == ("customer_id",)
    assert "has no table 'lines_of_spar'\n  → did you mean `lines_of_spark`?" in refused("spark:local#lines_of_spar")


def test_spark_by_address_alone_reads_floating_point(spark, tmp_path, monkeypatch):
    pd.DataFrame({"customer_id": ["a", "b"], "amount": [2.5, np.nan]}).to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(ibis.options, "pyspark", None)  # as in a process that has not asked for `ibis.pyspark`
    monkeypatch.setattr(engines, "_open", {})
    opened = sources.table(f"spark:local#{tmp_path / 't.parquet'}")
    assert opened.amount.sum().execute() == 2.5


def test_spark_tells_a_shape_that_changes_half_way(spark, tmp_path):
    LINES.to_parquet(tmp_path / "jan.parquet")
    LINES.assign(sl="x").to_parquet(tmp_path / "feb.parquet")
    assert "column 'sl': changes its type: string in feb.parquet, number in jan.parquet" in refused(f"spark:local#{tmp_path}")


def test_spark_s_own_failures_are_told_in_plain_words(spark, tmp_path):
    LINES.to_parquet(tmp_path / "lines.parquet")
    opened = sources.table(f"spark:local#{tmp_path}/lines.parquet")
    (tmp_path / "lines.parquet").unlink()
    with pytest.raises(DataError, match=r"Spark: says: "):
        opened.count().execute()


def test_every_engine_has_the_same_cdnow(spark):
    def made(source):
        t = tables.load(source, "transactions")
        return t.group_by("customer_id").aggregate(n=t.count(), last=t.date.max(), units=t.quantity.sum()).order_by("customer_id").execute()

    pd.testing.assert_frame_equal(made("cdnow.transactions"), made("spark:local#cdnow.transactions"), check_dtype=False)


# packages and Java that are not there --------------------------------------------------------------------------------

@pytest.mark.parametrize(("source", "module", "extra"), [
    ("postgres://127.0.0.1/shop#orders", "psycopg", "postgres"), ("spark:local#orders", "pyspark.errors", "spark")])
def test_a_missing_package_names_the_extra(source, module, extra, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    monkeypatch.setattr(engines, "_open", {})
    assert f"pip install 'segkit[{extra}]'" in refused(source)


def test_addresses_of_other_kinds():
    assert "addresses of the kind mysql:// cannot be opened" in refused("mysql://an:s3cret@host/shop#orders")
    assert "s3cret" not in refused("mysql://an:s3cret@host/shop#orders")


def test_a_connection_with_one_table():
    import ibis

    connection = ibis.duckdb.connect()
    connection.create_table("people", pd.DataFrame({"x": [1]}))
    assert sources.table(connection).columns == ("x",)
    connection.create_table("more", pd.DataFrame({"x": [1]}))
    assert "the connection: has 2 tables" in refused(connection)


def test_files_behind_a_source():
    assert sources.files("cdnow.transactions") == (samples.path("cdnow.transactions"),)
    assert sources.files("spark:local#cdnow.transactions") == (samples.path("cdnow.transactions"),)
    assert sources.files("postgres://host/shop#orders") is None
    assert sources.files("spark:local#orders") is None
    assert sources.files("no/such.csv") == ()
