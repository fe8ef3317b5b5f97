"""Tables of records: JSON lines, and the tables of SQLite and DuckDB files."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
from ibis.util import gen_name

from segkit.data import engines
from segkit.data.readers import frames, sandbox, scratch, textfile
from segkit.words.errors import DataError, Fault, did_you_mean

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
FILE_SUFFIXES = (".sqlite", ".sqlite3", ".duckdb", ".ddb", ".db")
_SQLITE, _DUCKDB = b"SQLite format 3\0", b"DUCK"
_BATCH = 100_000
_SURE = ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE", "BOOLEAN")


def json_lines(path: Path) -> ir.Table:
    """A file with a JSON object per line, or one JSON list of objects. Text stays text, dates among it.

    Raises
    ------
    DataError
        When the file is empty, no JSON, or an object holds another.
    """
    if path.stat().st_size == 0:
        raise DataError([Fault(path.name, "the file is empty", "save it again with its records")])
    con = engines.embedded()
    shape = "newline_delimited" if path.suffix.lower() != ".json" else "auto"
    parameters = [textfile.literal(path), shape]
    try:
        fields = con.con.execute("DESCRIBE SELECT * FROM read_json(?, format = ?, maximum_depth = 1, sample_size = -1, "
                                 "maximum_object_size = 67108864)", parameters).fetchall()
        names = textfile.column_names([f[0] for f in fields], path.name)
        if [f[0] for f in fields] == ["json"]:
            raise _not_flat(path, "is not made of objects")
        kinds = {f[0]: f[1] if f[1] in _SURE else "VARCHAR" for f in fields}
        listed = ", ".join(f"{_quoted(n, chr(39))}: {_quoted(k, chr(39))}" for n, k in kinds.items())
        renamed = ", ".join(f"{_quoted(old)} AS {_quoted(new)}" for old, new in zip(kinds, names, strict=True))
        name = gen_name("json")
        con.con.execute(f"CREATE TEMP TABLE {_quoted(name)} AS SELECT {renamed} FROM read_json(?, format = ?, "
                        f"columns = {{{listed}}}, maximum_object_size = 67108864)", parameters)
        nested = _nested(con, path, shape, name, {new: old for old, new in zip(kinds, names, strict=True)
                                                  if kinds[old] == "VARCHAR"})
        if nested:
            con.drop_table(name)
            raise _not_flat(path, f"holds objects or lists in {', '.join(nested[:5])}")
    except (duckdb.InvalidInputException, duckdb.BinderException, duckdb.ConversionException) as error:
        raise DataError([Fault(path.name, f"cannot be read as JSON: {str(error).splitlines()[0][:250]}",
                               "write one object per line")]) from None
    return con.table(name)


def _not_flat(path: Path, what: str) -> DataError:
    return DataError([Fault(path.name, what, "write a flat object per line: {\"customer_id\": …, \"date\": …}")])


def _nested(con: Any, path: Path, shape: str, table: str, columns: dict[str, str]) -> list[str]:
    """The columns of the file that hold objects or lists; one with text like them is read again: it may be text."""
    alike = ", ".join(f"bool_or({_quoted(new)}[1] IN ('{{', '['))" for new in columns) or "NULL"
    likely = con.con.execute(f"SELECT {alike} FROM {_quoted(table)}").fetchone()
    nested = []
    for old in (old for old, is_alike in zip(columns.values(), likely, strict=False) if is_alike):
        kinds = con.con.execute(f"SELECT DISTINCT json_type({_quoted(old)}) FROM read_json(?, format = ?, "
                                f"columns = {{{_quoted(old, chr(39))}: 'JSON'}}, maximum_object_size = 67108864)",
                                [textfile.literal(path), shape]).fetchall()
        nested += [old] if {k[0] for k in kinds} & {"OBJECT", "ARRAY"} else []
    return nested


def _quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, 2 * mark) + mark


def database(path: Path, wanted: str) -> ir.Table:
    """A table of a SQLite or DuckDB file; which of the two it is, the file tells.

    A SQLite table is copied into the embedded DuckDB, since SQLite gives every value a type of its own: a column
    with text in it is text. A DuckDB file is read where it lies, and never written to.

    Raises
    ------
    DataError
        When it is neither, has no such table, or another program holds it.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head == _SQLITE:
        return _sqlite(path, wanted)
    if head[8:12] == _DUCKDB:
        return _duckdb(path, wanted)
    raise DataError([Fault(path.name, "is neither a SQLite nor a DuckDB file" if head else "the file is empty",
                           "check the name, or export the table as Parquet or CSV")])


def is_sqlite(path: Path) -> bool:
    """Whether a file is SQLite's, by its first bytes."""
    with path.open("rb") as file:
        return file.read(16) == _SQLITE


def _duckdb(path: Path, wanted: str) -> ir.Table:
    con = engines.embedded()
    alias = "file_" + hashlib.sha256(str(path).encode()).hexdigest()[:12]
    try:
        there = sandbox.tables(path)
        known = {(n if s == "main" else f"{s}.{n}"): (s, n) for s, n in there}
        schema, name = known[_chosen(wanted, list(known), path.name)]
        if there[schema, name]:  # a view is a program: its rows are copied from where it can do no harm
            return _view(path, schema, name)
        con.con.execute(f"DETACH DATABASE IF EXISTS {alias}")
        con.con.execute(f"ATTACH {_quoted(str(path), chr(39))} AS {alias} (READ_ONLY)")
    except duckdb.Error as error:
        busy = "set lock" in str(error)  # a damaged file is told of its blocks
        raise DataError([Fault(path.name, "is being written by another program" if busy else
                               f"cannot be opened by this DuckDB: {str(error).splitlines()[0][:200]}",
                               "close it there" if busy else "export the table as Parquet")]) from None
    return con.table(name, database=(alias, schema))


def _view(path: Path, schema: str, name: str) -> ir.Table:
    con, table_name, rows = engines.embedded(), gen_name("view"), scratch.folder() / f"{gen_name('view')}.parquet"
    try:
        sandbox.copy(path, schema, name, rows)
        con.con.execute(f"CREATE TEMP TABLE {_quoted(table_name)} AS SELECT * FROM read_parquet(?)",
                        [textfile.literal(rows)])
    finally:
        rows.unlink(missing_ok=True)
    return con.table(table_name)


def _chosen(wanted: str, names: list[str], where: str) -> str:
    if wanted in names:
        return wanted
    if not wanted and len(names) == 1:
        return names[0]
    problem = f"has no table {wanted!r}" if wanted else f"has {len(names)} tables"
    example = f"name one after a #: {where}#{names[0]}; " if names else ""
    raise DataError([Fault(where, problem, example + did_you_mean(wanted, names))])


def _sqlite(path: Path, wanted: str) -> ir.Table:
    try:
        with sandbox.sqlite(path) as opened:
            names = [r[0] for r in opened.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                                                  "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name")]
            name = _chosen(wanted, names, path.name)
            return _copied(opened, name)
    except (sqlite3.Error, UnicodeError) as error:
        raise DataError([Fault(path.name, f"cannot be read by SQLite: {error}",
                               "see that it is whole and not locked by another program")]) from None


def _copied(opened: sqlite3.Connection, name: str) -> ir.Table:
    columns = [r[1] for r in opened.execute(f"PRAGMA table_xinfo({_quoted(name)})") if r[6] != 1]
    asked = ", ".join(f"sum(typeof({_quoted(c)}) = '{kind}')" for c in columns for kind in ("integer", "real", "null"))
    n, *counts = opened.execute(f"SELECT count(*), {asked} FROM {_quoted(name)}").fetchone()
    kinds = []
    for i in range(len(columns)):
        whole, real, null = (c or 0 for c in counts[3 * i:3 * i + 3])
        numeric = whole + real + null == n and whole + real > 0
        kinds.append(pa.string() if not numeric else pa.float64() if real else pa.int64())
    schema = pa.schema(list(zip(textfile.column_names(columns, name), kinds, strict=True)))
    listed = ", ".join(map(_quoted, columns))
    reader = pa.RecordBatchReader.from_batches(schema, _batches(opened.execute(f"SELECT {listed} FROM {_quoted(name)}"),
                                                                schema))
    con, table_name = engines.embedded(), gen_name("sqlite")
    con.con.register("segkit_incoming", reader)
    try:
        con.con.execute(f"CREATE TEMP TABLE {_quoted(table_name)} AS SELECT * FROM segkit_incoming")
    finally:
        con.con.unregister("segkit_incoming")
    return con.table(table_name)


def _batches(rows: sqlite3.Cursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while part := rows.fetchmany(_BATCH):
        arrays = []
        for column, kind in zip(zip(*part, strict=True), schema.types, strict=True):
            values: list[Any] = list(column)
            if kind == pa.string():
                values = [None if v is None else v.decode("utf-8", "replace") if isinstance(v, bytes)
                          else frames.text(v) for v in values]
            arrays.append(pa.array(values, kind))
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
