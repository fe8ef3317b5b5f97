"""What a page tells of people: no phone, mail or personal number, and no group of a few.

An id that looks like a phone, a mail address or a personal number is masked wherever a page shows it. A group of
fewer than `FEWEST` people is left out of tables and figures, and so are the rows, findings and sentences that name it
elsewhere on the page; how many were left out is told. A study with ``show_people: true`` shows everything, and its
pages say that they contain personal data. Names, addresses and birthdays are not told apart from other words: a
notebook shows none.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from segkit.report import MIME
from segkit.words.formats import FEWEST
from segkit.words.language import N_

GROUPS = ("segment", "tier", "stage", "cohort", "group", "age", "label", "audience", "list")
"""Names of an index whose rows are groups of people, where their number stands in `n_customers`; a column `size` is
always the number of people of a row."""
HIDDEN = N_("Not shown: it tells of a group of fewer than 10 people.")
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]*@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\w.,+-])(?:\+?\d(?:[ .()-]{0,2}\d){7,14}|\(\d{2,4}\)(?:[ .-]?\d){6,10})(?!\w|[.,]\d)")
_PERSONAL = re.compile(r"\d{3}-\d{2}-\d{4}|\d{6,8}-\d{4}")
_ONE_DAY = r"(?:(?:19|20)\d\d[-./ ]?[01]\d[-./ ]?[0-3]\d|[0-3]?\d[-./ ][01]?\d[-./ ](?:19|20)\d\d)"
_PLAIN = re.compile(rf"{_ONE_DAY}(?: {{0,2}}-? ?{_ONE_DAY})*|\d*\.\d+")
"""Days, and a number with decimals."""
_BETWEEN_TAGS = re.compile(r"(?<=>)[^<>]+(?=<)")


def masked(text: str) -> str:
    """Text whose phone numbers, mail addresses and personal numbers cannot be read: of each, an end is left.

    A run of 9 to 12 digits counts as one, and one of 8 to 15 that is written as phones are (+, 0 or brackets first).

    Examples
    --------
    >>> masked("0912 345 678, an.tran@example.vn and 079201001234; household 2373 since 2024-01-31")
    '…78, a…@… and …34; household 2373 since 2024-01-31'
    """
    return _NUMBER.sub(_number, _MAIL.sub(r"\1…@…", text)) if any(c.isdigit() or c == "@" for c in text) else text


def _number(found: re.Match[str]) -> str:
    text = found[0]
    digits = re.sub(r"\D", "", text)
    if _PLAIN.fullmatch(text):
        return text
    written = len(digits) < len(text)
    as_phone = text[0] in "+(0" and 8 <= len(digits) <= 15
    as_number = _PERSONAL.fullmatch(text) or (not written and 9 <= len(digits) <= 12)
    return f"…{digits[-2:]}" if as_phone or as_number else text


def small(frame: pd.DataFrame) -> pd.Series:
    """Which rows of a table are groups of fewer people than may be shown; all False where it counts no people.

    Examples
    --------
    >>> small(pd.DataFrame({"size": [40, 3, 0]}, index=["a", "b", "c"])).tolist()
    [False, True, False]
    """
    column = "size" if "size" in frame.columns else "n_customers" if (
        "n_customers" in frame.columns and set(frame.index.names) & set(GROUPS)) else None
    if column is None or isinstance(frame[column], pd.DataFrame) or not pd.api.types.is_numeric_dtype(frame[column]):
        return pd.Series(False, index=frame.index)
    return (frame[column] > 0) & (frame[column] < FEWEST)


def named(tables: Iterable[Any]) -> list[list[str]]:
    """The groups that tables name, in an index or a column called as one of `GROUPS`: pairs of that name and a label.
    A table that counts the people of its groups is judged by itself, see `small`.

    Examples
    --------
    >>> named([pd.DataFrame({"segment": ["a", "a", "b"], "index_100": [90, 110, 100]})])
    [['segment', 'a'], ['segment', 'b']]
    """
    pairs: dict[tuple[str, str], None] = {}
    for table in (t for t in tables if isinstance(t, pd.DataFrame) and not {"size", "n_customers"} & set(t.columns)):
        columns = {n: table.index.get_level_values(n) for n in GROUPS if n in table.index.names}
        columns |= {n: table[n] for n in GROUPS if n in table.columns and isinstance(table[n], pd.Series)}
        pairs |= {(name, label): None for name, values in columns.items() for label in dict.fromkeys(map(str, values))}
    return [list(pair) for pair in pairs]


def guarded(notebook: Any) -> Any:
    """An executed notebook as a page may show it: a copy, masked, without groups of a few."""
    page_copy = copy.deepcopy(notebook)
    payloads = [o["data"][MIME] for c in page_copy["cells"] for o in c.get("outputs", []) if MIME in o.get("data", {})]
    small_groups = {pair for p in payloads if p["kind"] == "table" for pair in _few(p)}
    for cell in page_copy["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if MIME in data:
                data[MIME] = _guarded(data[MIME], small_groups)
            for place, key in ((output, "text"), (data, "text/plain")):
                if isinstance(place.get(key), str):
                    place[key] = masked(place[key])
    return page_copy


def _few(table: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """(name of the index, label) of each group of a table that is too small."""
    if table["n_index"] == 1:
        for row, hide in zip(table["rows"], table.get("small") or [], strict=False):
            if hide:
                yield table["columns"][0], _word(row[0])


def _guarded(payload: Mapping[str, Any], few: set[tuple[str, str]]) -> dict[str, Any]:
    result = dict(payload)
    if result["kind"] == "source":
        return result
    labels = {label for _, label in few}
    is_sentence = result["kind"] in ("finding", "text", "decision")
    if is_sentence and any(_word(v) in labels for v in result["values"].values() if isinstance(v, str | Mapping)):
        hidden = {"text": HIDDEN, "values": {}}
        return result | hidden if result["kind"] == "decision" else {"kind": "text", **hidden}
    result["values"] = _each(result["values"])
    if result["kind"] == "persona":
        hide = result["size"] < FEWEST or _names_one(result, labels)
        return {"kind": "text", "text": HIDDEN, "values": {}} if hide else _deep(result)
    if result["kind"] == "cards":
        cards = [c for c in result["cards"] if c["size"] >= FEWEST and not _names_one(c, labels)]
        return {**result, "cards": [_deep(c) for c in cards], "hidden": len(result["cards"]) - len(cards)}
    if result["kind"] == "table":
        return _table(result, few)
    if result["kind"] == "figure":
        private = result.pop("private", {})
        result |= private
        if not result["svg"] or any(tuple(pair) in few for pair in result.pop("groups", [])):
            return {"kind": "text", "text": HIDDEN, "values": {}}
        result["svg"] = {code: _BETWEEN_TAGS.sub(lambda t: masked(t[0]), svg) for code, svg in result["svg"].items()}
        result["alt"] = _each(result["alt"])
    return result


def _table(made: dict[str, Any], few: set[tuple[str, str]]) -> dict[str, Any]:
    n, names = made["n_index"], made["columns"]
    hide = made.pop("small", None) or [False] * len(made["rows"])
    hide = [h or any((name, _word(value)) in few for name, value in zip(names[:n], row, strict=False))
            for h, row in zip(hide, made["rows"], strict=True)]
    rows = [row for row, h in zip(made["rows"], hide, strict=True) if not h]
    made["rows"] = [[_cell(value, names[i], i < n) for i, value in enumerate(row)] for row in rows]
    if hidden := sum(hide):
        made |= {"n_rows": made["n_rows"] - hidden, "hidden": hidden}
    return made


def _cell(value: Any, name: str, is_index: bool) -> Any:
    """A cell masked; a number is an id in the index or in a column of ids."""
    is_id = is_index or name.endswith("_id") or name == "id"
    if isinstance(value, int) and is_id and 10**8 <= abs(value) < 10**12:
        return masked(str(value))
    return _each(value)


def _word(value: Any) -> str:
    """A label as it stands in the data: one that came in several languages stands by its English one."""
    return str(value.get("en", value)) if isinstance(value, Mapping) else str(value)


def _names_one(card: Mapping[str, Any], labels: set[str]) -> bool:
    return _word(card["segment"]) in labels


def _deep(value: Any) -> Any:
    """Plain data with every text masked."""
    if isinstance(value, list):
        return [_deep(v) for v in value]
    return {k: _deep(v) for k, v in value.items()} if isinstance(value, Mapping) else _each(value)


def _each(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _each(v) for k, v in value.items()}
    return masked(value) if isinstance(value, str) else value
