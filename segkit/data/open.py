"""Open any source as an Ibis table.

Paths are looked for from the working folder, then from the project's folder, so that a notebook
finds the same file by hand and in a build.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.data import engines, samples
from segkit.data.contract import values
from segkit.data.readers import frames, kept, labelled, parquet, reading, records, textfile, workbook
from segkit.data.readers.place import Place, files, find, is_address, locate, logs, name_of, unknown_kind
from segkit.data.readers.reading import READ_OPTIONS
from segkit.words import labels
from segkit.words.errors import DataError, Fault, check_columns, did_you_mean

__all__ = ["READ_OPTIONS", "SUFFIXES", "Place", "connection", "files", "find", "is_address", "is_typed", "locate",
           "name_of", "raw", "rename", "table"]

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
SUFFIXES = (*TEXT_SUFFIXES, *workbook.SUFFIXES, parquet.SUFFIX, *labelled.SUFFIXES, *records.JSON_SUFFIXES,
            *records.FILE_SUFFIXES)
_UNTYPED = (*TEXT_SUFFIXES, *workbook.SUFFIXES, *records.JSON_SUFFIXES)
_MAGIC = {b"PAR1": "a Parquet file", b"PK\x03\x04": "an Excel workbook or another archive", b"$FL": "an SPSS file",
          b"SQLite format 3": "a SQLite file", b"\x1f\x8b": "a compressed file"}

connection = engines.embedded


def table(source: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None) -> ir.Table:
    """Any source as an Ibis table.

    Parameters
    ----------
    source : one of

        - a path: CSV, TSV, Excel, Parquet, JSON lines, SPSS, Stata, SQLite, DuckDB; a sheet or table after a ``#``:
          ``customers.xlsx#Sheet2``, ``shop.sqlite#orders``; for Parquet also a folder, or a pattern with ``*``;
        - an address: ``postgres://user@host/database#table``, ``spark:local#table`` (a table of its catalogue, or
          Parquet by path), ``spark://host:7077#table``, ``sqlite:///path#table``, ``duckdb:///path#table``;
        - a bundled name such as ``"complete_journey.soft_drinks"``;
        - a DataFrame, an Ibis table, or an Ibis connection with one table.
    columns : role → name in the source. The named columns come back under their role names; the
        others keep their own.
    read : how to read it, where it does not say so itself; see `segkit.data.readers.reading`.

    Returns
    -------
    Ibis table. Text of a CSV, Excel sheet, JSON or SQLite file that is a number or a date in every row is typed;
    anything ambiguous stays text. All other sources keep their types. PostgreSQL and Spark keep the table where it
    is: what is asked of it runs there.

    Raises
    ------
    SegkitError
        When the source is not there, cannot be read, or lacks a named column, or `read` is at fault; when an
        address holds a password.

    Examples
    --------
    >>> int(table("cdnow.transactions").count().execute())
    69659
    """
    options = reading.checked(read)
    opened = raw(source, options)
    if not is_typed(source):
        texts = [c for c in opened.columns if opened[c].type().is_string()]
        opened = values.cast(opened, values.readings(opened, texts, options.get("decimal"), options.get("dates")))
    return rename(opened, columns, name_of(source)) if columns else opened


def raw(source: Any, read: Mapping[str, Any] | None = None) -> ir.Table:
    """The source as it is: text stays text, columns keep their names. Takes what `table` takes."""
    options = reading.checked(read)
    if isinstance(source, ir.Table):
        return source
    if isinstance(source, pd.DataFrame):
        return frames.table(source)
    if isinstance(source, ibis.BaseBackend):
        return engines.table_of(source, "", "the connection")
    if not isinstance(source, str | Path):
        raise DataError([Fault("`source`", f"is a {type(source).__name__}",
                               "give a path, a bundled name, a DataFrame or an Ibis table")])
    place = find(source)
    if place is None:
        raise DataError([Fault(f"`{name_of(source)}`", *_not_there(str(source)))])
    labels.give((samples.describe(str(source)) or {}).get("labels", {}))
    if place.engine == "postgres":
        return engines.table_of(engines.postgres(place.address), place.part, name_of(source))
    if place.engine == "spark":
        return _spark(place, name_of(source), options)
    try:
        stats = tuple((s.st_mtime_ns, s.st_size, s.st_ctime_ns, s.st_ino)
                      for s in (f.stat() for f in (*place.files, *logs(place.files))))
        return _open(place, stats, tuple(sorted(options.items())))
    except PermissionError:
        raise DataError([Fault(f"`{name_of(source)}`", "may not be read by you",
                               "change its permissions, or copy it")]) from None


def rename(opened: ir.Table, columns: Mapping[str, str], name: str = "the table") -> ir.Table:
    """The table with the columns of each role under the role's name.

    Raises
    ------
    DataError
        When a column is missing, or plays two roles.
    """
    check_columns(columns.values(), opened.columns, name)
    twice = sorted({c for c in columns.values() if list(columns.values()).count(c) > 1})
    if twice:
        raise DataError([Fault(f"column {c!r}", "is mapped to two roles: "
                               + ", ".join(r for r, column in columns.items() if column == c),
                               "give each role a column of its own") for c in twice])
    taken = set(columns) - set(columns.values())
    keep = opened.drop(*[c for c in opened.columns if c in taken])
    return keep.rename({role: column for role, column in columns.items() if role != column})


def is_typed(source: Any) -> bool:
    """Whether a source has types of its own, as a Parquet file, a database or a DataFrame has."""
    if not isinstance(source, str | Path):
        return isinstance(source, ir.Table | pd.DataFrame | ibis.BaseBackend)
    place = find(source)
    if place is None or not place.files:
        return place is not None
    suffix = place.files[0].suffix.lower()
    return suffix not in _UNTYPED and not (suffix in records.FILE_SUFFIXES and records.is_sqlite(place.files[0]))


def large(source: Any) -> Path | None:
    """The file of a source that takes long to read: text, or a workbook, of some size; None for any other source."""
    if not isinstance(source, str | Path) or is_typed(source):
        return None
    place = find(source)
    if place is None or len(place.files) != 1 or place.engine != "duckdb":
        return None
    with contextlib.suppress(OSError):
        return place.files[0] if place.files[0].stat().st_size >= kept.LARGE else None
    return None


@functools.lru_cache(maxsize=16)
def _open(place: Place, changed: tuple[tuple[int, ...], ...], options: tuple[tuple[str, Any], ...]) -> ir.Table:
    """Files as a table; opened once as long as none changes."""
    read, path = dict(options), place.files[0]
    suffix = path.suffix.lower()
    if suffix == parquet.SUFFIX:
        return parquet.read(place.files, read.get("schema") == "union")
    if suffix in workbook.SUFFIXES:
        return workbook.read(path, place.part or read.get("sheet", 0), read.get("header"))
    if suffix in records.FILE_SUFFIXES:
        return records.database(path, place.part)
    if suffix in labelled.SUFFIXES:
        return labelled.read(path, read.get("encoding"), read.get("codes", False))
    if suffix in (*TEXT_SUFFIXES, *records.JSON_SUFFIXES):
        _check_text(path)
        if suffix in records.JSON_SUFFIXES:
            return records.json_lines(path)
        return textfile.read(path, connection(), read.get("encoding"), read.get("delimiter"))
    raise DataError([Fault(f"`{path.name}`", f"files ending in {path.suffix!r} cannot be opened",
                           f"save it as one of {', '.join(SUFFIXES)}")])


def _check_text(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(16)
    file_kind = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if file_kind:
        raise DataError([Fault(path.name, f"is {file_kind}, not text", "rename it to end as what it is")])


def _spark(place: Place, name: str, options: Mapping[str, Any]) -> ir.Table:
    if faults := parquet.differences(place.files, options.get("schema") == "union"):
        raise DataError(faults)
    spark = engines.spark(place.address)
    if not place.files:
        return engines.table_of(spark, place.part, name)
    paths = [re.sub(r"([\\\[\]{}*?])", r"\\\1", str(f)) for f in place.files]
    return spark.read_parquet(paths if len(paths) > 1 else paths[0], mergeSchema="true")


def _not_there(source: str) -> tuple[str, str]:
    """What is wrong with a path that leads nowhere, and what there is instead."""
    if kind := unknown_kind(source):
        return (f"addresses of the kind {kind}:// cannot be opened", "take postgres://, spark://, sqlite:// or "
                "duckdb://; or open it with Ibis, and give the table")
    folder = Path(source[:1000])
    try:
        is_folder = bool(source) and any(p.is_dir() for p in (folder, samples.PROJECT / folder))
        folder = folder if is_folder else folder.parent
        folder = folder if folder.is_dir() else samples.PROJECT
    except (OSError, ValueError):
        is_folder, folder = False, samples.PROJECT
    there = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    fault = samples.fault()
    bundled = (f"cannot be listed ({fault.where} {fault.found})" if fault
               else did_you_mean(source[:100], samples.names()))
    problem = "is a folder without Parquet files" if is_folder else "there is no such file or bundled table"
    return problem, f"in {folder}: {', '.join(there[:20]) or 'no data file'}; bundled: {bundled}"
