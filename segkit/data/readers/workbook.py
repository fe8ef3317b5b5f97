"""Sheets of Excel workbooks: the header wherever it stands, merged cells told."""

from __future__ import annotations

import functools
import re
import zipfile
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from segkit.data.readers import frames, textfile
from segkit.words.errors import DataError, Fault

SUFFIXES = (".xlsx", ".xlsm")
_LOOKED_AT = 20
_MOST_ROWS, _MOST_CELLS, _SPREAD = 1 << 20, 20_000_000, 10
"""Rows of a sheet; places for cells up to which a sheet is read anyway, and how many a filled one may stand for."""


def read(path: Path, sheet: str | int = 0, header: int | None = None) -> ir.Table:
    """A sheet as a table.

    Parameters
    ----------
    path : the workbook.
    sheet : name of the sheet, or its number from 0.
    header : row of the column names as the sheet numbers its rows; the first filled one when None.

    Raises
    ------
    DataError
        When there is no such sheet or row, nothing below the header, or cells of the header are merged.
    """
    try:
        sheets = _sheets(path)
        known = list(sheets)
        if sheet not in (*known, *range(len(known))):
            raise DataError([Fault(path.name, f"has no sheet {sheet!r}",
                                   f"name one under `read: {{sheet: …}}` or after a #: {path.name}#{known[0]}; "
                                   f"there are: {', '.join(known)}")])
        sheet = known[sheet] if isinstance(sheet, int) else sheet
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, sheets[sheet], path.name)
            merged, tall = _merged(archive, sheets[sheet])
        cells = pd.read_excel(path, engine="calamine", sheet_name=sheet, header=None, dtype=object,
                              keep_default_na=False, na_values=[""])
    except (PermissionError, DataError):
        raise
    except Exception as error:  # zipfile, zlib, the XML parser and both readers each have errors of their own
        if _is_workbook(path):
            raise DataError([Fault(path.name, "is damaged: a part of the workbook is missing or cannot be read",
                                   "open it in the spreadsheet program and save it again there, or save the sheet as "
                                   "CSV")]) from error
        raise DataError([Fault(path.name, "is not an Excel workbook that can be opened (it may be locked or of an old "
                               "format)", "save it as .xlsx without a password, or as CSV")]) from None
    return frames.table(_below_header(cells, merged, tall, header, path.name), path.name)


def _sheets(path: Path) -> dict[str, str]:
    """The sheets of a workbook and where each stands in its archive; no cell is read."""
    from openpyxl.reader.excel import ExcelReader

    book = ExcelReader(path, read_only=True)
    with book.archive:
        book.read_manifest()
        book.read_workbook()
        return {sheet.name: part.target.lstrip("/") for sheet, part in book.parser.find_sheets()
                if part.Type.endswith("/worksheet")}


def _is_workbook(path: Path) -> bool:
    """Whether a file is the archive of a workbook, whatever became of its parts."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except Exception:  # no archive, or one whose directory is damaged, for which zipfile has no error of its own
        return False


def _filled_down(cells: pd.DataFrame, tall: list[tuple[int, int, int]]) -> pd.DataFrame:
    """The cells with what was merged down a column in each of its rows: an id, a word or a day holds for all of them.

    A number stays where it stands, unless in the first column: an amount for several rows would be counted several
    times.
    """
    for column, first, last in tall:
        if column < cells.shape[1] and last <= len(cells):
            value = cells.iat[first - 1, column]
            if column == 0 or not isinstance(value, int | float):
                cells.iloc[first - 1:last, column] = value
    return cells


def _below_header(cells: pd.DataFrame, merged: list[tuple[int, str]], tall: list[tuple[int, int, int]],
                  header: int | None, name: str) -> pd.DataFrame:
    filled = cells.notna().any(axis=1).to_numpy().nonzero()[0]
    first = (filled[0] if len(filled) else 0) if header is None else header - 1
    if len(filled) == 0 or first >= filled[-1]:
        raise DataError([Fault(name, "the sheet has no rows", "save the table with a header and rows")])
    if header is not None and first not in filled:
        raise DataError([Fault("`read`, `header`", f"row {header} of {name} is empty",
                               f"the likeliest row of column names is {_likeliest(cells)}")])
    likeliest = _likeliest(cells)
    over = [cells_of for row, cells_of in merged if row == first + 1]
    if over:
        is_elsewhere = likeliest != first + 1
        fix = f"or say which row has the column names: `read: {{header: {likeliest}}}`" if is_elsewhere else ""
        raise DataError([Fault(f"{name}, row {first + 1}", f"has merged cells where the column names should be: "
                               f"{', '.join(over[:3])}", f"unmerge them, so that each column has one name in one row "
                               f"{fix}".strip())])
    if header is None and cells.iloc[first].notna().sum() == 1 < cells.iloc[likeliest - 1].notna().sum():
        title = str(cells.iloc[first].dropna().iloc[0])
        raise DataError([Fault(f"{name}, row {first + 1}", f"has one cell, {title!r}, where the column names should be",
                               f"say which row has them: `read: {{header: {likeliest}}}`")])
    cells = _filled_down(cells, [t for t in tall if t[1] > first + 1])
    width = cells.iloc[first:filled[-1] + 1].notna().any(axis=0).to_numpy().nonzero()[0]
    cells = cells.iloc[first:filled[-1] + 1, :width[-1] + 1]
    names = [None if pd.isna(h) else h for h in cells.iloc[0]]
    return cells.iloc[1:].set_axis(textfile.column_names(names, name), axis=1).infer_objects()


def _likeliest(cells: pd.DataFrame) -> int:
    """The row most like a header: as many words as any row, all different, the first such."""
    def words(row: Any) -> int:
        texts = [v for v in row if isinstance(v, str) and v.strip()]
        return len(set(texts))

    counts = [words(row) for row in cells.head(_LOOKED_AT).itertuples(index=False)]
    return counts.index(max(counts)) + 1


def _check_size(archive: zipfile.ZipFile, part: str, name: str) -> None:
    """Raise when a sheet would fill the machine: a lone cell far out, or more rows than a sheet can have.

    Raises
    ------
    DataError
        With the last row and column.
    """
    n_rows = n_cells = last = 0
    widest = b"A"
    with archive.open(part) as xml:
        rest = b""
        while block := xml.read(1 << 20):
            n_rows, n_cells = n_rows + block.count(b"<row"), n_cells + block.count(b"<c ")
            rest = rest[-60:] + block
            last = max([last, *map(int, re.findall(rb'<row [^>]{0,40}?\br="([0-9]{1,7})"', rest))])
            named = re.findall(rb'<c r="([A-Z]{2,3})[0-9]', rest)
            widest = max([widest, *named], key=lambda c: (len(c), c))
            if n_rows > _MOST_ROWS:
                raise DataError([Fault(name, f"has more than {_MOST_ROWS:,} rows", "delete the empty rows below the "
                                       "table, and save it again, or save the sheet as CSV")])
    width = functools.reduce(lambda n, letter: 26 * n + letter - 64, widest, 0)
    if last * width > max(_MOST_CELLS, _SPREAD * n_cells):
        raise DataError([Fault(name, f"reaches to row {last:,} and column {widest.decode()}, with {n_cells:,} cells in "
                               "it", "delete the cells that stand far from the table, and save it again")])


def _merged(archive: zipfile.ZipFile, part: str) -> tuple[list[tuple[int, str]], list[tuple[int, int, int]]]:
    """(row, cells) of what is merged across columns, and (column from 0, first row, last row) of what is merged down
    one, from the sheet's XML."""
    from openpyxl.utils import column_index_from_string

    with archive.open(part) as xml:
        rest, matches = b"", []
        while block := xml.read(1 << 20):
            rest = rest[-200:] + block
            matches += re.findall(rb'<mergeCell ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"', rest)
    ranges = dict.fromkeys((a.decode(), int(row), b.decode(), int(last)) for a, row, b, last in matches)
    across = [(row, f"{a}{row}:{b}{last}") for a, row, b, last in ranges if a != b]
    return across, [(column_index_from_string(a) - 1, row, last) for a, row, b, last in ranges if a == b]
