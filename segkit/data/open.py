"""Open any source as an Ibis table.

Paths are looked for from the working folder, then from the project's folder, so that a notebook
finds the same file by hand and in a build.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.util import gen_name

from segkit.data import samples, textfile, values
from segkit.words.errors import DataError, Fault, check_columns, check_option, did_you_mean

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm")
SUFFIXES = (*TEXT_SUFFIXES, *EXCEL_SUFFIXES, ".parquet")
READ_OPTIONS = ("encoding", "delimiter", "decimal", "dates", "sheet")


@functools.cache
def connection() -> ibis.BaseBackend:
    """The embedded DuckDB of this process."""
    return ibis.duckdb.connect()


def table(source: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None) -> ir.Table:
    """Any source as an Ibis table.

    Parameters
    ----------
    source : path of a CSV, TSV, Excel or Parquet file, a bundled name such as
        ``"complete_journey.soft_drinks"``, a DataFrame, or an Ibis table.
    columns : role → name in the source. The named columns come back under their role names; the
        others keep their own.
    read : how to read a text file, where it does not say so itself: `encoding`, `delimiter`,
        `decimal` ("." or ","), `dates` ("day-first", "month-first", "year-first"), `sheet` (Excel).

    Returns
    -------
    Ibis table. Text that is a number or a date in every row is typed; anything ambiguous stays text.

    Raises
    ------
    DataError
        When the source is not there, cannot be read, or lacks a named column.

    Examples
    --------
    >>> int(table("cdnow.transactions").count().execute())
    69659
    """
    for option in read or {}:
        check_option("read", option, READ_OPTIONS)
    opened = _open(source, dict(read or {}))
    if columns:
        opened = rename(opened, columns, _name(source))
    return opened


def rename(opened: ir.Table, columns: Mapping[str, str], name: str = "the table") -> ir.Table:
    """The table with the columns of each role under the role's name."""
    check_columns(columns.values(), opened.columns, name)
    taken = set(columns) - set(columns.values())
    keep = opened.drop(*[c for c in opened.columns if c in taken])
    return keep.rename({role: column for role, column in columns.items() if role != column})


def locate(source: str | Path) -> Path | None:
    """The file behind a source: a bundled name or a path; None when there is no such file.

    Examples
    --------
    >>> locate("cdnow.transactions").name
    'transactions.parquet'
    """
    text = str(source)
    if text in samples.names() or text.startswith(samples.FULL + "."):
        return samples.path(text)
    found = [p for p in (Path(text), samples.PROJECT / text) if p.is_file()]
    return found[0].resolve() if found else None


def _name(source: Any) -> str:
    return str(source) if isinstance(source, str | Path) else "the table"


def _open(source: Any, read: dict[str, Any]) -> ir.Table:
    if isinstance(source, ir.Table):
        return source
    if isinstance(source, pd.DataFrame):
        return _from_pandas(source, read)
    if not isinstance(source, str | Path):
        raise DataError([Fault("`source`", f"is a {type(source).__name__}",
                               "give a path, a bundled name, a DataFrame or an Ibis table")])
    path = locate(source)
    if path is None:
        raise DataError([Fault(f"`{source}`", "there is no such file or bundled table", _what_there_is(str(source)))])
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    if path.suffix.lower() in EXCEL_SUFFIXES:
        return _excel(path, read)
    if path.suffix.lower() in TEXT_SUFFIXES:
        raw = textfile.read(path, connection(), read.get("encoding"), read.get("delimiter"))
        return _typed(raw, read)
    raise DataError([Fault(f"`{source}`", f"files ending in {path.suffix!r} cannot be opened",
                           f"save it as one of {', '.join(SUFFIXES)}")])


def _what_there_is(source: str) -> str:
    folder = Path(source).parent
    folder = folder if folder.is_dir() else samples.PROJECT
    files = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    bundled = did_you_mean(source, samples.names())
    return f"in {folder}: {', '.join(files[:20]) or 'no data file'}; bundled: {bundled}"


def _parquet(path: Path) -> ir.Table:
    import duckdb

    try:
        return connection().read_parquet(str(path))
    except duckdb.Error as error:
        raise DataError([Fault(path.name, f"is not a readable Parquet file ({str(error).splitlines()[0]})",
                               "write it again, or export it as CSV")]) from None


def _excel(path: Path, read: dict[str, Any]) -> ir.Table:
    try:
        frame = pd.read_excel(path, sheet_name=read.get("sheet", 0), dtype=object)
    except ValueError as error:
        raise DataError([Fault(path.name, str(error), "name an existing sheet under `read: {sheet: …}`")]) from None
    if frame.empty:
        raise DataError([Fault(path.name, "the sheet has no rows", "save the table with a header and rows")])
    return _from_pandas(frame.infer_objects(), read)


def _from_pandas(frame: pd.DataFrame, read: dict[str, Any]) -> ir.Table:
    plain = frame.copy(deep=False)
    plain.columns = [str(c) for c in plain.columns]
    mixed = [c for c in plain if plain[c].dtype == object]
    for column in mixed:
        plain[column] = plain[column].map(str, na_action="ignore").astype("str")
    arrow = pa.Table.from_pandas(plain, preserve_index=False)
    opened = connection().create_table(gen_name("frame"), arrow, temp=True)
    return _typed(opened, read, mixed)


def _typed(raw: ir.Table, read: dict[str, Any], columns: list[str] | None = None) -> ir.Table:
    found = values.readings(raw, list(raw.columns) if columns is None else columns,
                            read.get("decimal"), read.get("dates"))
    return values.cast(raw, found)
