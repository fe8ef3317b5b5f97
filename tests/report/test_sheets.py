"""Workbooks: what a spreadsheet reads is what was written, in memory that does not grow with the rows."""

import datetime as dt
import io
import tracemalloc
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from segkit.report import exports, sheets
from segkit.words.errors import StudyError

STUDY = SimpleNamespace(path=Path("x.yaml"), languages=("en",))
TEXTS = ["=1+1", '=cmd|" /C calc"!A0', "+84 912 345 678", "@x", 'O"Brien & <Söhne>', " two  spaces ", "Trần\nLan", "a\tb", "0123", "x" * 32767]


def cells(made, sheet="s"):
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(made))[sheet].iter_rows()]


def test_texts_come_back_as_they_were_and_are_no_formulas():
    made = sheets.workbook({"s": [["text"], *([t] for t in TEXTS)]})
    assert [row[0] for row in cells(made)[1:]] == TEXTS
    assert {c.data_type for row in openpyxl.load_workbook(io.BytesIO(made))["s"].iter_rows() for c in row} == {"s"}
    assert [row[0] for row in CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_name("s").to_python()[1:]] == TEXTS


def test_characters_that_no_sheet_holds_are_left_out_and_longer_texts_are_cut():
    assert cells(sheets.workbook({"s": [["h"], ["a\x07b\ud800c\x1f"], ["é" * 40000]]}))[1:] == [["abc"], ["é" * 32767]]


def test_days_moments_numbers_and_missing_values():
    moment = pd.Timestamp("2024-02-29 13:45", tz="Asia/Ho_Chi_Minh")
    row = [dt.date(2024, 1, 31), pd.Timestamp("2024-01-31"), moment, dt.date(1899, 12, 30), 3, 2.5, np.int64(4), Decimal("1.25"), True, np.bool_(False),
           float("inf"), None]
    made = sheets.workbook({"s": [[f"c{i}" for i in range(len(row))], row]})
    read = openpyxl.load_workbook(io.BytesIO(made))["s"][2]
    day = dt.datetime(2024, 1, 31)
    assert [c.value for c in read] == [day, day, dt.datetime(2024, 2, 29, 13, 45), "1899-12-30", 3, 2.5, 4, 1.25, True, False, "inf", None]
    assert [c.number_format for c in read][:4] == ["yyyy-mm-dd", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "General"]
    people = pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": [1.5, float("nan")], "c": ["x", None], "d": pd.to_datetime(["2024-01-31", None]), "e": 1})
    assert cells(exports.people_book(people, STUDY, "s"))[1:] == [[1, 1.5, "x", day, 1], [None, None, None, None, 1]]


def test_the_head_is_bold_and_stays_in_sight_and_columns_are_as_wide_as_their_words():
    sheet = openpyxl.load_workbook(io.BytesIO(sheets.workbook({"s": [["id", "Address"], [1, "y" * 30], [2, "z" * 99]]})))["s"]
    assert [c.font.bold for c in sheet[1]] == [True, True]
    assert not sheet["B2"].font.bold
    assert sheet.freeze_panes == "A2"
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == (10, 48)


def test_memory_does_not_grow_with_the_rows():
    def peak(n):
        tracemalloc.start()
        sheets.workbook({"s": ([i, "a person with a name", "+84912345678"] for i in range(n))})
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return held

    peak(10)  # what is imported
    few, many = peak(6000), peak(48000)
    assert many < few + 2_500_000, "the file itself is 10 to 20 bytes a cell"


def test_more_people_than_a_sheet_holds_are_refused_with_a_way_out(monkeypatch):
    assert exports.MOST_ROWS == 1_048_575
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    assert len(cells(exports.people_book(pd.DataFrame({"a": [1, 2, 3]}), STUDY, "s"))) == 4
    with pytest.raises(StudyError, match=r"(?s)a sheet holds 3 people and here are 4.*take csv or parquet"):
        exports.people_book(pd.DataFrame({"a": [1, 2, 3, 4]}), STUDY, "s")
