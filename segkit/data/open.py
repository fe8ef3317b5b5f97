"""Open any source as an Ibis table.

Paths are looked for from the working folder, then from the project's folder, so that a notebook
finds the same file by hand and in a build.
"""

from __future__ import annotations

import datetime as dt
import functools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.util import gen_name

from segkit.data import samples, textfile, values
from segkit.words.errors import DataError, Fault, SegkitError, check_columns, check_option, did_you_mean

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm")
SUFFIXES = (*TEXT_SUFFIXES, *EXCEL_SUFFIXES, ".parquet")
READ_OPTIONS = ("encoding", "delimiter", "decimal", "dates", "sheet")


_UNFIT = (pd.IntervalDtype, pd.PeriodDtype, pd.SparseDtype)


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
    read : how to read text, where it does not say so itself: `encoding`, `delimiter`, `decimal`
        ("." or ","), `dates` ("day-first", "month-first", "year-first"), `sheet` (Excel: name or number from 0).

    Returns
    -------
    Ibis table. Text of a CSV or Excel sheet that is a number or a date in every row is typed; anything
    ambiguous stays text. Parquet files, DataFrames and Ibis tables keep their types.

    Raises
    ------
    SegkitError
        When the source is not there, cannot be read, or lacks a named column, or `read` is at fault.

    Examples
    --------
    >>> int(table("cdnow.transactions").count().execute())
    69659
    """
    opened = raw(source, read)
    if not is_typed(source):
        texts = [c for c in opened.columns if opened[c].type().is_string()]
        opened = values.cast(opened, values.readings(opened, texts, (read or {}).get("decimal"),
                                                     (read or {}).get("dates")))
    return rename(opened, columns, name_of(source)) if columns else opened


def raw(source: Any, read: Mapping[str, Any] | None = None) -> ir.Table:
    """The source as it is: text stays text, columns keep their names. Takes what `table` takes."""
    options = dict(read or {})
    _check_read(options)
    if isinstance(source, ir.Table):
        return source
    if isinstance(source, pd.DataFrame):
        return _from_pandas(source)
    if not isinstance(source, str | Path):
        raise DataError([Fault("`source`", f"is a {type(source).__name__}",
                               "give a path, a bundled name, a DataFrame or an Ibis table")])
    path = locate(source)
    if path is None:
        raise DataError([Fault(f"`{source}`", "there is no such file or bundled table", _what_there_is(str(source)))])
    stat = path.stat()
    try:
        return _open(path, stat.st_mtime_ns, stat.st_size, tuple(sorted(options.items())))
    except PermissionError:
        raise DataError([Fault(f"`{source}`", "may not be read by you",
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
    try:
        found = [p for p in (Path(text), samples.PROJECT / text) if p.is_file()]
    except (OSError, ValueError):
        return None
    return found[0].resolve() if found else None


def name_of(source: Any) -> str:
    """How reports call a source."""
    return str(source) if isinstance(source, str | Path) else "the table"


def is_typed(source: Any) -> bool:
    """Whether a source has types of its own: a Parquet file, a DataFrame, an Ibis table."""
    if isinstance(source, str | Path):
        return str(locate(source) or "").lower().endswith(".parquet")
    return isinstance(source, ir.Table | pd.DataFrame)


def _check_read(options: dict[str, Any]) -> None:
    kinds = {"encoding": str, "delimiter": str, "decimal": str, "dates": str, "sheet": (str, int)}
    for option, value in options.items():
        check_option("read", option, READ_OPTIONS)
        bad = not isinstance(value, kinds[option]) or isinstance(value, bool)
        if bad or (option == "delimiter" and (len(value) != 1 or value in '"\r\n')):
            wanted = {"delimiter": "one character", "sheet": "a name, or a number from 0"}.get(option, "text")
            raise SegkitError([Fault(f"`read`, `{option}`", f"is {value!r}", f"give {wanted}")])
    for option, allowed in (("decimal", values.DECIMAL_MARKS), ("dates", values.DATE_ORDERS)):
        if option in options:
            check_option(option, options[option], allowed)


@functools.lru_cache(maxsize=16)
def _open(path: Path, changed: int, size: int, options: tuple[tuple[str, Any], ...]) -> ir.Table:
    """A file as a table; opened once as long as it does not change."""
    read = dict(options)
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet(path)
    if suffix in EXCEL_SUFFIXES:
        return _excel(path, read.get("sheet", 0))
    if suffix in TEXT_SUFFIXES:
        return textfile.read(path, connection(), read.get("encoding"), read.get("delimiter"))
    raise DataError([Fault(f"`{path.name}`", f"files ending in {path.suffix!r} cannot be opened",
                           f"save it as one of {', '.join(SUFFIXES)}")])


def _what_there_is(source: str) -> str:
    folder = Path(source[:1000]).parent
    try:
        folder = folder if folder.is_dir() else samples.PROJECT
    except (OSError, ValueError):
        folder = samples.PROJECT
    files = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    bundled = did_you_mean(source[:100], samples.names())
    return f"in {folder}: {', '.join(files[:20]) or 'no data file'}; bundled: {bundled}"


def _parquet(path: Path) -> ir.Table:
    try:
        return connection().read_parquet(textfile.literal(path), hive_partitioning=False)
    except duckdb.Error as error:
        raise DataError([Fault(path.name, f"is not a readable Parquet file ({str(error).splitlines()[0]})",
                               "write it again, or export it as CSV")]) from None


def _excel(path: Path, sheet: str | int) -> ir.Table:
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            known = [str(s) for s in book.sheet_names]
            if sheet not in (*known, *range(len(known))):
                raise DataError([Fault(path.name, f"has no sheet {sheet!r}",
                                       f"name one under `read: {{sheet: …}}`; there are: {', '.join(known)}")])
            cells = pd.read_excel(book, sheet_name=sheet, header=None, dtype=object, keep_default_na=False,
                                  na_values=[""])
    except (zipfile.BadZipFile, KeyError, ValueError, InvalidFileException, OSError):
        raise DataError([Fault(path.name, "is not an Excel workbook that can be opened (it may be locked or of an old "
                               "format)", "save it as .xlsx without a password, or as CSV")]) from None
    filled = cells.notna().any(axis=1).to_numpy().nonzero()[0]
    cells = cells.iloc[filled[0]:filled[-1] + 1] if len(filled) else cells
    if len(cells) < 2:
        raise DataError([Fault(path.name, "the sheet has no rows", "save the table with a header and rows")])
    header = [None if pd.isna(h) else h for h in cells.iloc[0]]
    frame = cells.iloc[1:].set_axis(textfile.column_names(header, path.name), axis=1).infer_objects()
    return _from_pandas(frame)


def _from_pandas(frame: pd.DataFrame) -> ir.Table:
    names = textfile.column_names(list(frame.columns), "the table")
    if not names:
        raise DataError([Fault("the table", "has no columns", "check how it was made")])
    plain = frame.set_axis(names, axis=1)
    for name in names:
        column = plain[name]
        if isinstance(column.dtype, _UNFIT) or pd.api.types.is_complex_dtype(column):
            raise DataError([Fault(f"column {name!r}", f"holds {column.dtype}, which cannot be taken",
                                   "turn it into text, numbers or dates")])
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            plain[name] = column.dt.tz_localize(None)  # the clock of the shop counts
        elif column.dtype == object:
            plain[name] = column.map(_text, na_action="ignore").astype("str")
    try:
        arrow = pa.Table.from_pandas(plain, preserve_index=False)
        return connection().create_table(gen_name("frame"), arrow, temp=True)
    except (pa.ArrowException, TypeError, ValueError, KeyError, NotImplementedError, ibis.IbisError,
            duckdb.Error) as error:
        raise DataError([Fault("the table", f"has a column that cannot be taken: {str(error).splitlines()[0][:200]}",
                               "turn it into text, numbers or dates")]) from None


def _text(value: Any) -> str:
    """A cell of a mixed column as text that can be read in one way only: a number says that it is one."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value!r}".replace("e", "E") + (
            "" if "e" in repr(value) else "E0")
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    return str(value)
