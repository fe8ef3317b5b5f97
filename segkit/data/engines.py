"""The engines that hold tables: DuckDB in this process, PostgreSQL and Spark by address.

Their failures come in plain words, whenever they happen: when a table is opened, or while a notebook reads
it. No message holds a password.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import duckdb
import ibis
import ibis.common.exceptions as ibis_errors
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend as _DuckDBBackend

from segkit.data.readers import scratch
from segkit.data.readers.place import THREADS, shown
from segkit.words.errors import DataError, Fault, did_you_mean

MEMORY = "SEGKIT_MEMORY"
"""Environment variable with DuckDB's memory limit, such as 8GB."""
_MOST = 2_500_000_000
_TYPED = r"/typed/[0-9a-f]{40}\.parquet"
"""A typed copy of a large text file, as `segkit.data.readers.kept` names it."""
_DATA_FILE = r'(?i)file "([^"]+\.(?:parquet|duckdb|ddb|db))"'
CONNECT_SECONDS = 10


def name(value: ir.Expr) -> str:
    """The engine of an expression: duckdb, postgres, pyspark, …; duckdb for one without a table of its own.

    Examples
    --------
    >>> name(ibis.memtable({"a": [1]}))
    'duckdb'
    """
    op = value.op()
    relations = (op,) if isinstance(value, ir.Table) else tuple(op.relations)
    return _name(relations[0]) if relations else "duckdb"


@functools.lru_cache(maxsize=4)
def _name(relation: Any) -> str:
    try:
        return relation.to_expr().get_backend().name
    except ibis_errors.IbisError:
        return "duckdb"


def trimmed(text: ir.StringValue) -> ir.StringValue:
    """Text without blanks around it, no-break spaces among them. Ibis' `strip` on Spark takes away the letters v and f.

    Examples
    --------
    >>> trimmed(ibis.memtable({"a": [" vf "]}).a).execute()[0]
    'vf'
    """
    if name(text) == "pyspark":
        return text.re_replace(rf"^[\s{_NO_BREAK}]+|[\s{_NO_BREAK}]+$", "")
    return _trim(text, f" \t\n\r\v\f{_NO_BREAK}")


_NO_BREAK = "\u00a0\u202f\u2007\ufeff"


@ibis.udf.scalar.builtin(name="ltrim", signature=((dt.string, dt.string), dt.string))
def _from_left(text, characters):  # DuckDB, PostgreSQL
    ...


@ibis.udf.scalar.builtin(name="rtrim", signature=((dt.string, dt.string), dt.string))
def _from_right(text, characters):
    ...


def _trim(text: ir.StringValue, characters: str) -> ir.StringValue:
    return _from_right(_from_left(text, characters), characters)


def tries(value: ir.Expr) -> bool:
    """Whether an engine has a cast that gives null for what it cannot read; elsewhere patterns have to be enough."""
    return name(value) in ("duckdb", "pyspark")


def tried(text: ir.StringValue, kind: str) -> ir.Value:
    """Text cast to a kind; what cannot be cast is null, where the engine knows how to try."""
    return text.try_cast(kind) if tries(text) else text.cast(kind)


def is_instant(table: ir.Table, column: str) -> bool:
    """Whether a timestamp of a table is a point in time: its type has a zone, or it is Spark's TIMESTAMP (in UTC)."""
    if table[column].type().timezone:
        return True
    return name(table) == "pyspark" and dict(table.get_backend()._session.sql(
        ibis.to_sql(table, dialect="pyspark")).dtypes)[column] == "timestamp"


def needs(extra: str, error: ImportError) -> DataError:
    """The error for a package that is not installed: it names the extra that has it."""
    return DataError([Fault(f"the package {error.name or extra!r}", "is not installed",
                            f"pip install 'segkit[{extra}]'")])


class _Plainly:
    """A backend whose failures are told in plain words, by `_told`."""

    def _told(self, error: Exception) -> Fault | None:
        """The fault behind a failure; None for one that is not the engine's."""
        raise NotImplementedError

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            fault = self._told(error)
            if fault is None:
                raise
            raise DataError([fault]) from None

    def execute(self, *given: Any, **named: Any) -> Any:
        with self._plainly():
            return super().execute(*given, **named)

    def to_pyarrow(self, *given: Any, **named: Any) -> Any:
        with self._plainly():
            return super().to_pyarrow(*given, **named)

    def raw_sql(self, *given: Any, **named: Any) -> Any:
        with self._plainly():
            return super().raw_sql(*given, **named)

    def create_table(self, *given: Any, **named: Any) -> Any:
        with self._plainly():
            return super().create_table(*given, **named)

    def table(self, *given: Any, **named: Any) -> Any:
        with self._plainly():
            return super().table(*given, **named)


class DuckDB(_Plainly, _DuckDBBackend):
    """DuckDB: what does not fit into its memory goes to the scratch folder."""

    def _told(self, error: Exception) -> Fault | None:
        if isinstance(error, duckdb.Error) and re.search(_TYPED, str(error)):
            return Fault("a data file", "was typed and kept under reports/html/.build, and that copy was removed or "
                         "changed while it was in use", "run the same command again: the copy is made anew")
        match = re.search(_DATA_FILE, str(error)) if isinstance(error, duckdb.Error) else None
        if match or type(error) is duckdb.Error:  # of a damaged page, now with its file's name and now without
            name = match[1].rpartition("/")[2] if match else "the Parquet file"
            return Fault(name, f"cannot be read to its end: {str(error).splitlines()[0][:200]}",
                         "write it again, or export it as CSV")
        full = isinstance(error, duckdb.IOException) and "No space left" in str(error)
        if not full and isinstance(error, duckdb.IOException | duckdb.SerializationException):
            return Fault("a data file", f"is damaged: {str(error).splitlines()[0][:200]}",
                         "write it again, or export it as CSV")
        if not full and not isinstance(error, duckdb.OutOfMemoryException):
            return None
        settings = dict(self.con.execute("SELECT name, value FROM duckdb_settings() WHERE name IN ('memory_limit', "
                                         "'max_temp_directory_size')").fetchall())
        return Fault("the data", f"need more room than there is: DuckDB may use {settings['memory_limit']} of memory "
                     f"and {settings['max_temp_directory_size']} of {tempfile.gettempdir()}",
                     f"free disk space, name a larger disk in TMPDIR, or allow more memory: {MEMORY}=8GB")


def _memory_limit() -> str:
    """Half of the machine's memory, at most 2.5 GB: studies are built side by side, and a page needs as much again."""
    if limit := os.environ.get(MEMORY):
        return limit
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        there = _MOST
    return f"{min(_MOST, there // 2) >> 20}MiB"


def threads() -> dict[str, Any]:
    """DuckDB's setting of threads, where the environment names a number; none otherwise: all processors."""
    setting = os.environ.get(THREADS, "")
    if not setting:
        return {}
    if not setting.isdecimal() or int(setting) < 1:
        raise DataError([Fault(f"the variable {THREADS}", f"is {setting!r}, not a number of threads", "write it as 2")])
    return {"threads": int(setting)}


@functools.cache
def embedded() -> DuckDB:
    """The embedded DuckDB of this process: in memory, spilling to the scratch folder.

    Raises
    ------
    DataError
        When the environment names a memory limit or a number of threads that is none.
    """
    database = DuckDB()
    try:
        database.do_connect(memory_limit=_memory_limit(), temp_directory=str(scratch.folder() / "spilled"),
                            autoinstall_known_extensions=False, autoload_known_extensions=False, **threads())
    except duckdb.Error:
        raise DataError([Fault(f"the variable {MEMORY}", f"is {os.environ.get(MEMORY)!r}, not an amount of memory",
                               "write it as 8GB")]) from None
    database.con.execute("SET TimeZone = 'UTC'")
    database.con.execute("PRAGMA disable_progress_bar")  # `SET` would want ipywidgets in Jupyter
    return database


_open: dict[str, Any] = {}


def postgres(url: str) -> Any:
    """The connection of a PostgreSQL address; libpq finds the password where it always does.

    Parameters
    ----------
    url : ``postgres://user@host:5432/database``; what it leaves out comes from PGHOST, PGUSER, a service file …

    Raises
    ------
    DataError
        When the package is missing, the address holds a password, or nobody answers.
    """
    try:
        import psycopg
        from ibis.backends.postgres import Backend
    except ImportError as error:
        raise needs("postgres", error) from None

    class Postgres(_Plainly, Backend):
        """PostgreSQL: a connection that breaks is told in plain words."""

        def _told(self, error: Exception) -> Fault | None:
            if not isinstance(error, psycopg.Error):
                return None
            message = (str(error).strip().splitlines() or [type(error).__name__])[0]
            if self.con.closed:
                return Fault(shown(url), f"went away while it was read: {message}",
                             "see whether the database is up, and build again")
            return Fault(shown(url), f"says: {message}", "ask whoever runs the database, or correct the study")

    known = _open.get(url)
    if known is not None and not known.con.closed:
        return known
    _refuse_password(url)
    parts = _parts(url)
    address = urlunsplit(("postgresql", parts.netloc, parts.path, parts.query, ""))
    try:
        opened = psycopg.connect(address, autocommit=True, application_name="segkit", connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        raise DataError([Fault(shown(url), f"cannot be reached: {' '.join(str(error).split())}",
                               "see that host, database and user are right and the server runs; the password belongs "
                               "into ~/.pgpass or PGPASSWORD")]) from None
    _open[url] = Postgres.from_connection(opened)
    return _open[url]


def _parts(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise DataError([Fault(shown(url), f"is no address: {error}", "write it as postgres://user@host:5432/database")
                         ]) from None
    return parts


def _refuse_password(url: str) -> None:
    parts = _parts(url)
    user = parts.netloc.rpartition("@")[0]
    if ":" in user or any(p.partition("=")[0].lower().endswith(("password", "passwd")) for p in parts.query.split("&")):
        raise DataError([Fault(shown(url), "holds a password, which a study file must not",
                               "take it out of the address; put it into ~/.pgpass, a service file, or PGPASSWORD")])


def spark(master: str) -> Any:
    """The connection of a Spark: ``local``, ``local[4]`` or ``spark://host:7077``; a session there is, is used.

    Raises
    ------
    DataError
        When the package or Java is missing, or the cluster does not answer.
    """
    try:
        from ibis.backends.pyspark import Backend
        from py4j.protocol import Py4JError, Py4JNetworkError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise needs("spark", error) from None

    class Spark(_Plainly, Backend):
        """Spark: what Java throws is told in plain words."""

        @contextlib.contextmanager
        def _plainly(self) -> Iterator[None]:
            with super()._plainly(), warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # PySpark's own, of pandas
                yield

        def _told(self, error: Exception) -> Fault | None:
            if isinstance(error, Py4JNetworkError | ConnectionError):
                return Fault("Spark", "went away while it was read", "see whether it is up, and build again")
            if isinstance(error, PySparkException | Py4JError):
                message = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
                return Fault("Spark", f"says: {message.strip()[:300]}", "correct the study, or ask whoever runs it")
            return None

    session = SparkSession.getActiveSession()
    if session is None:
        if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
            raise DataError([Fault("Spark", "needs Java, which is not installed", "install Java 17")])
        session = _start(SparkSession, master)
    if _open.get("spark") is None or _open["spark"]._session is not session:
        _open["spark"] = Spark()
        _open["spark"].do_connect(session)
        _open["spark"].register_options()  # `ibis.pyspark` does; without it no floating-point column can be read
    return _open["spark"]


def _start(kind: Any, master: str) -> Any:
    local = master.startswith("local")
    settings = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR",
                "spark.sql.session.timeZone": "UTC",
                "spark.sql.warehouse.dir": str(scratch.folder() / "spark")}
    if local:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings |= {"spark.ui.enabled": "false", "spark.local.dir": str(scratch.folder())}
    builder = kind.builder.master("local[*]" if master == "local" else master).appName("segkit").config(map=settings)
    with _quietly() as noise:
        try:
            return builder.getOrCreate()
        except Exception as error:
            noise.seek(0)
            lines = [line for line in (*noise.read().splitlines(), str(error)) if line.strip()]
            raise DataError([Fault(f"Spark at {master}", f"does not start: {lines[-1].strip()[:300]}",
                                   "see that the address is right and Java 17 is installed")]) from None


@contextlib.contextmanager
def _quietly() -> Iterator[Any]:
    """What Java says while it starts does not go onto a page."""
    with tempfile.TemporaryFile("w+", errors="replace") as noise:
        kept = os.dup(2)
        os.dup2(noise.fileno(), 2)
        try:
            yield noise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def table_of(connection: Any, wanted: str, where: str) -> ir.Table:
    """A table of a connection by name, ``schema.name`` where it is not in the default schema.

    Parameters
    ----------
    connection : an Ibis connection.
    wanted : its name; "" when there is only one.
    where : what the connection is called in a report.

    Raises
    ------
    DataError
        When there is no such table, or several and no name.
    """
    names = sorted(n for n in connection.list_tables() if not n.startswith("ibis_"))
    if not wanted and len(names) == 1:
        wanted = names[0]
    if not wanted:
        raise DataError([Fault(where, f"has {len(names)} tables", "name one after a #; " + did_you_mean("", names))])
    schema, _, bare = wanted.rpartition(".")
    tries = [(wanted, None), *([(bare, schema)] if schema else [])]
    for table, database in tries:
        with contextlib.suppress(ibis_errors.TableNotFound, ibis_errors.IbisError):
            return connection.table(table, database=database)
    raise DataError([Fault(where, f"has no table {wanted!r}", did_you_mean(wanted, names))])
