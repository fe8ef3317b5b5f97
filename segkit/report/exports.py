"""What a study writes beside its pages on request: who is in which segment, the rule, and the tables of the page.

`export: [csv, xlsx, parquet, sav, sql, json, form, figures]` in a study. The same study and data give the same bytes.
Lists of people hold ids as the data have them: whoever asks for them keeps them to themselves.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segkit.report import figure_files, shortform
from segkit.report.sheets import MOST_ROWS, workbook
from segkit.report.study import Study
from segkit.words.errors import Fault, StudyError
from segkit.words.language import N_

if TYPE_CHECKING:
    import pandas as pd

    from segkit.segmentation.saved import Saved

TOLD = {
    "segments.csv": N_("who is in which segment"), "segments.xlsx": N_("who is in which segment"),
    "segments.parquet": N_("who is in which segment"), "segments.sav": N_("who is in which segment"),
    "rule.sql": N_("the rule as SQL"), "rule.json": N_("the rule as JSON"),
    "tables.xlsx": N_("the tables of this page"), "form.json": N_("the short form as JSON"),
    "form.html": N_("the short form to fill in, without a network"),
}
"""What each file holds."""
_LISTS = {"list-": N_("a list for a department, with its task"), "control-": N_("who is kept apart from a list")}
_AT_ONCE = 10_000
_NUMBER = re.compile(r"[+-][\d ().-]*")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SAV_DATE = slice(92, 109)
"""Where an SPSS file says when it was written: nine letters of the day, eight of the time."""


def files(study: Study, notebook: Any, kept: bytes, lists: Sequence[Mapping[str, Any]] = ()) -> dict[str, bytes]:
    """The files that a study exports, by name; {} where it asks for none.

    Parameters
    ----------
    study : the study, whose `export` says what.
    notebook : its executed notebook, as its pages show it.
    kept : its saved segmentation, b"" where the notebook keeps none.
    lists : its lists of people for departments, see `list_files`.

    Raises
    ------
    StudyError
        When it asks for a list or a rule, and the notebook forms no segments; when the list has more rows than a
        sheet, or the rule has no words in that dialect.
    """
    if not study.export:
        return {}
    contents: dict[str, bytes] = {}
    kinds = set(study.export)
    if not kept and (segment_kinds := of_segments(study)):
        raise StudyError([without(study, segment_kinds)])
    if kept:
        if sys.modules.get("pyarrow.fs", "") is None:  # which `runner.prepare` keeps out, and reading Parquet takes
            del sys.modules["pyarrow.fs"]
        from segkit.segmentation import saved

        held = saved.unpack(kept, study.name)
        people = table(held, study.languages[0])
        if "csv" in kinds:
            contents["segments.csv"] = csv(people)
        if "xlsx" in kinds:
            contents["segments.xlsx"] = people_book(people, study, "segments")
        if "parquet" in kinds:
            contents["segments.parquet"] = parquet(people)
        if "sav" in kinds:
            contents["segments.sav"] = sav(people, held)
        dialect = next((kind.partition(":")[2] or "duckdb" for kind in study.export if kind.startswith("sql")), "")
        if dialect:
            contents["rule.sql"] = sql(held, dialect).encode()
        if "json" in kinds:
            contents["rule.json"] = rule(held).encode()
    if "form" in kinds:
        contents |= shortform.files(study, held.form if kept else {})
    if "figures" in kinds:
        contents |= figure_files.files(study, notebook)
    if "xlsx" in kinds:
        contents["tables.xlsx"] = workbook(_sheets(notebook, study))
    if lists:
        from segkit.report import list_files

        contents |= list_files.files(study, lists)
    return contents


def of_segments(study: Study) -> list[str]:
    """What a study exports that needs segments."""
    return sorted({kind for kind in study.export if kind not in ("xlsx", "figures")})


def without(study: Study, rest: Sequence[str]) -> Fault:
    """That a study exports what needs segments, and its notebook keeps none."""
    return Fault(study.path.name, f"`export` asks for {', '.join(rest)}, but {study.notebook.stem} keeps no segments",
                 "take it out; xlsx has the tables")


def told(name: str) -> str:
    """What a file holds (message id).

    Examples
    --------
    >>> told("list-mail.csv")
    'a list for a department, with its task'
    """
    if name.startswith("figure-"):
        return N_("a figure of this page")
    return TOLD.get(name) or next((words for begin, words in _LISTS.items() if name.startswith(begin)), "")


def table(held: Saved, code: str = "en") -> pd.DataFrame:
    """Who is in which segment: the id, `segment`, `name` where it has one, and what `nearest.table` says."""
    people = held.segmentation.assignments.copy()
    people.insert(1, "name", [None if s is None or s != s else held.name(s, code) for s in people["segment"]])
    return people.reset_index()


def csv(people: pd.DataFrame) -> bytes:
    """A list as CSV with a byte-order mark, which Excel takes for UTF-8; texts that look like formulas are quoted.

    Examples
    --------
    >>> import pandas as pd
    >>> csv(pd.DataFrame({"id": ["=1+1", "+84 912 345 678", "An"]})).decode("utf-8-sig").split()[1:3]
    ["'=1+1", '+84']
    """
    texts = [c for c in people if people[c].dtype == object or str(people[c].dtype).startswith("str")]
    safe = people.assign(**{c: _safe(people[c]) for c in texts})
    safe.columns = [plain(str(c)) for c in safe.columns]
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _safe(texts: pd.Series) -> pd.Series:
    """Texts that no spreadsheet takes for formulas, see `plain`."""
    strings = texts.map(lambda t: t if isinstance(t, str) else None).astype(
        "string") if texts.dtype == object else texts
    is_formula = strings.str.startswith(_FORMULA).fillna(False).astype(bool)
    if is_formula.any():  # of a million phone numbers each begins so, and is none
        is_formula[is_formula] = ~strings[is_formula].str.fullmatch(_NUMBER.pattern).astype(bool)
    return texts.mask(is_formula, texts[is_formula].map(plain)) if is_formula.any() else texts


def plain(text: Any) -> Any:
    """A text that no spreadsheet takes for a formula: one that looks like it gets an apostrophe; a phone number stays.

    Examples
    --------
    >>> plain("=HYPERLINK(1)"), plain("+84912345678"), plain("-2+3"), plain("@x"), plain("An")
    ("'=HYPERLINK(1)", '+84912345678', "'-2+3", "'@x", 'An')
    """
    if isinstance(text, str) and text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def people_book(people: pd.DataFrame, study: Study, sheet: str, before: Mapping[str, Any] | None = None) -> bytes:
    """A workbook with a sheet of people, after the sheets of `before`.

    Raises
    ------
    StudyError
        When there are more people than rows in a sheet.
    """
    if len(people) > MOST_ROWS:
        raise StudyError([Fault(study.path.name, f"`export` asks for xlsx, but a sheet holds {MOST_ROWS:,} people and "
                                f"here are {len(people):,}", "take csv or parquet")])
    return workbook({**(before or {}), sheet: _rows(people)})


def _rows(people: pd.DataFrame) -> Iterator[list[Any]]:
    """The head and a row for each person, some thousands at a time."""
    yield [str(c) for c in people]
    for start in range(0, len(people), _AT_ONCE):
        part = people.iloc[start:start + _AT_ONCE].astype(object)
        yield from part.where(part.notna(), None).to_numpy().tolist()


def parquet(people: pd.DataFrame) -> bytes:
    """A list as Parquet."""
    buffer = io.BytesIO()
    people.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def sav(people: pd.DataFrame, held: Saved) -> bytes:
    """A list as an SPSS file: the segment is a number with its name for label; those of rules count in order."""
    import pyreadstat

    order = held.segmentation.segments.index.tolist()
    numbered = all(isinstance(s, int) for s in order)
    number = dict(zip(order, order if numbered else range(1, len(order) + 1), strict=True))
    names = {float(number[s]): held.name(s) for s in order}
    frame = people.drop(columns="name")
    places = [c for c in ("segment", "second_segment") if c in frame]
    frame = frame.assign(**{c: frame[c].map(number).astype(float) for c in places})
    frame.columns = [f"v_{c}" if not str(c)[:1].isalpha() else re.sub(r"\W", "_", str(c)) for c in frame.columns]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segments.sav"
        pyreadstat.write_sav(frame, path, variable_value_labels=dict.fromkeys(places, names))
        content = bytearray(path.read_bytes())
    content[_SAV_DATE] = b"01 Jan 8000:00:00"
    return bytes(content)


def sql(held: Saved, dialect: str = "duckdb") -> str:
    """The rule as a query on a table `customers` of the segmentation variables, with the names of the segments."""
    bound = held.named
    head = [f"-- Labels the rows of a table `customers`. It needs the columns: {', '.join(bound.variables)}."]
    if held.coding:
        head.append("-- They are made of the answers as rule.json says under `coding`.")
    return "\n".join([*head, bound.to_sql(dialect), ""])


def rule(held: Saved) -> str:
    """The rule, the sizes and the names as JSON: what `segkit assign` uses, without the people."""
    from segkit.segmentation.result import plain as unusual
    from segkit.segmentation.result import to_plain

    s = held.segmentation
    content = {"method": s.method, "variables": list(s.variables), "rule": dict(s.rule), "names": dict(held.names),
               "coding": list(held.coding), "segments": to_plain(s.segments), "summary": to_plain(s.summary)}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=unusual) + "\n"


def _sheets(notebook: Any, study: Study) -> dict[str, list[list[Any]]]:
    """A sheet for each table of the page, and one that lists them, in the first language of the study."""
    from segkit.report import render, story
    from segkit.words import formats, terms

    code, currency = study.languages[0], str(study.values.get("currency") or "")
    contents: list[list[Any]] = []
    sheets: dict[str, list[list[Any]]] = {"0": contents}
    for n, p in enumerate((p for p in story.payloads(notebook) if p["kind"] == "table"), 1):
        contents.append([n, render.said(p, code, currency)])
        heads = p.get("heads") or [""] * len(p["columns"])
        head = [formats.format_value(o, p.get("heads_unit", ""), code) if o else terms.label(name, code)
                for name, o in zip(p["columns"], heads, strict=True)]
        sheets[str(n)] = [head, *([_shown(v, p["units"][name], code) for name, v in zip(p["columns"], row, strict=True)]
                                  for row in p["rows"])]
    return sheets


def _shown(value: Any, unit: str, code: str) -> Any:
    """A cell: numbers as numbers, words in the language of the page."""
    from segkit.words import formats

    if isinstance(value, Mapping) and "unit" in value:
        value, unit = value["value"], value["unit"]
    if value is None or isinstance(value, int | float):
        return value
    shown_unit = unit if unit in (*formats.OWN, "message", "text") else "segment"
    return formats.format_value(value, shown_unit, code)
