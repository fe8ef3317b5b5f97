"""Workbooks for spreadsheets, written row by row: a sheet of a million people takes no more memory than one of ten."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, islice
from numbers import Real
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

MOST_ROWS = (1 << 20) - 1
"""Rows of a sheet, less its head."""
LONGEST = 32767
"""Characters of a cell."""
_FIRST_YEAR = 1900
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_EMPTY = re.compile(rb"<sheetData\s*(?:/>|></sheetData>)")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_AT_ONCE, _LOOKED_AT = 5000, 200
_NARROWEST, _WIDEST = 8, 48


def workbook(sheets: Mapping[str, Iterable[Sequence[Any]]]) -> bytes:
    """A workbook of sheets, each with its rows, the head first; the same rows give the same bytes.

    The head is bold and stays in sight. Texts stay texts whatever they begin with, in whole up to `LONGEST`
    characters; days and moments (their time zone left out) are days and moments of the spreadsheet; a number that is
    none (infinite) is a text, a missing value an empty cell.

    Examples
    --------
    >>> import openpyxl
    >>> made = workbook({"a": [["name", "since"], ["=1+1", dt.date(2024, 1, 31)]]})
    >>> [cell.value for cell in openpyxl.load_workbook(io.BytesIO(made))["a"][2]]
    ['=1+1', datetime.datetime(2024, 1, 31, 0, 0)]
    """
    begun = {name: _begun(rows) for name, rows in sheets.items()}
    frame, styles = _frame({name: widths for name, (widths, _) in begun.items()})
    buffer = io.BytesIO()
    with zipfile.ZipFile(frame) as old, zipfile.ZipFile(buffer, "w") as new:
        parts = {f"xl/worksheets/sheet{i}.xml": rows for i, (_, rows) in enumerate(begun.values(), 1)}
        for part in old.namelist():
            content = old.read(part)
            if part == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", content)
            info = zipfile.ZipInfo(part, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            with new.open(info, "w", force_zip64=part in parts) as out:
                if part not in parts:
                    out.write(content)
                    continue
                before, after = _EMPTY.split(content)
                out.write(before + b"<sheetData>")
                for text in _written(parts[part], styles):
                    out.write(text)
                out.write(b"</sheetData>" + after)
    return buffer.getvalue()


def _begun(rows: Iterable[Sequence[Any]]) -> tuple[list[int], Iterator[Sequence[Any]]]:
    """How wide the columns are by their first rows, and all the rows."""
    remaining = iter(rows)
    first = list(islice(remaining, _LOOKED_AT))
    columns = max(map(len, first), default=0)
    column_lengths = [[_length(row[i]) for row in first if i < len(row)] for i in range(columns)]
    return [min(max(_NARROWEST, *lengths) + 2, _WIDEST) for lengths in column_lengths], chain(first, remaining)


def _length(value: Any) -> int:
    return 0 if value is None else max(map(len, str(value).split("\n")))


def _frame(widths: Mapping[str, Sequence[int]]) -> tuple[io.BytesIO, tuple[int, int, int]]:
    """A workbook of empty sheets with these widths of columns, and its styles: of a head, of a day, of a moment."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for name, wide in widths.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for i, width in enumerate(wide, 1):
            sheet.column_dimensions[get_column_letter(i)].width = width
    head, day, moment = (WriteOnlyCell(book.worksheets[0]) for _ in range(3))
    head.font = Font(name="Calibri", size=11, bold=True)
    day.number_format, moment.number_format = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
    styles = head.style_id, day.style_id, moment.style_id
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer, styles


def _written(rows: Iterable[Sequence[Any]], styles: tuple[int, int, int]) -> Iterator[bytes]:
    """The rows as the text of a sheet, some thousands at a time."""
    from openpyxl.utils import get_column_letter

    letters: list[str] = []
    chunk: list[str] = []
    for n, row in enumerate(rows, 1):
        if len(row) > len(letters):
            letters = [get_column_letter(i) for i in range(1, len(row) + 1)]
        cells = [_cell(value, f"{letter}{n}", styles, n == 1) for value, letter in zip(row, letters, strict=False)
                 if value is not None]
        chunk.append(f'<row r="{n}">{"".join(cells)}</row>')
        if len(chunk) >= _AT_ONCE:
            yield "".join(chunk).encode()
            chunk.clear()
    yield "".join(chunk).encode()


def _cell(value: Any, at: str, styles: tuple[int, int, int], is_head: bool) -> str:
    """One cell that is not missing."""
    if not isinstance(value, str):
        if isinstance(value, bool | np.bool_):
            return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, Real | Decimal) and math.isfinite(value):
            return f'<c r="{at}"><v>{value}</v></c>'
        if isinstance(value, dt.date) and value.year >= _FIRST_YEAR:
            return _day(value, at, styles)
        value = str(value)
    text = escape((value if value.isprintable() else _ODD.sub("", value))[:LONGEST])
    style = f' s="{styles[0]}"' if is_head else ""
    return f'<c r="{at}" t="inlineStr"{style}><is><t xml:space="preserve">{text}</t></is></c>'


def _day(value: dt.date, at: str, styles: tuple[int, int, int]) -> str:
    from openpyxl.utils.datetime import to_excel

    number = to_excel(value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value)
    return f'<c r="{at}" s="{styles[2 if number % 1 else 1]}"><v>{number}</v></c>'
