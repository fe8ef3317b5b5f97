"""Where each number of a sentence stands: the cell of a table on the same page, a parameter of the study, or a rule
that says how it is derived.

A number is found by its value, to twelve digits, never by how it is written. Where several cells hold it, the one
counts whose row names what the sentence names, or whose column is called as the number is; a small whole number, which
stands in many places, is looked for only in a column of its name. What is found nowhere has no link.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from segkit.words import rounding

SMALL = 100
"""Whole numbers below this say too little by themselves."""
_FAMILY = {"percent": "share", "given": "share", "share": "share", "points": "share", "p_value": "share",
           "money": "money"}
"""Units of one kind; all others are numbers."""
_WORDS = {"message", "text", "name", "value", "segment", "column", "link", "date"}


@dataclass(frozen=True)
class Place:
    """A cell: the number of its table on the page, its row and its column, all from 1; or the name of a parameter; or a
    rule (message id) with its number on the page. `unit` is that of a cell, `marks` numbers of its column, which have
    its rounding (`segkit.words.rounding.marks`)."""

    table: int = 0
    row: int = 0
    column: int = 0
    parameter: str = ""
    rule: str = ""
    number: int = 0
    unit: str = field(default="", compare=False)
    marks: tuple[float, ...] = field(default=(), compare=False)

    @property
    def anchor(self) -> str:
        """Its id on the page.

        Examples
        --------
        >>> Place(2, 1, 4).anchor, Place(parameter="weeks").anchor
        ('table-2-1-4', 'parameter-weeks')
        """
        if self.rule:
            return f"rule-{self.number}"
        return f"parameter-{self.parameter}" if self.parameter else f"table-{self.table}-{self.row}-{self.column}"


@dataclass
class Crossreferences:
    """The places of a page's numbers.

    Attributes
    ----------
    of : for each display of the page, in order, the name of a number → its place.
    cells : table → its cells that a number leads to, as (row, column).
    parameters : names of parameters that a number leads to.
    rules : rules that a number leads to (message ids), numbered from 1.
    """

    of: list[dict[str, Place]] = field(default_factory=list)
    cells: dict[int, set[tuple[int, int]]] = field(default_factory=dict)
    parameters: set[str] = field(default_factory=set)
    rules: list[str] = field(default_factory=list)


def numbers(payload: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """The numbers of a sentence: name, unit and value.

    Examples
    --------
    >>> list(numbers({"text": "{who:segment} has {share:percent}", "values": {"who": "A", "share": 0.25}}))
    [('share', 'percent', 0.25)]
    """
    for _text, name, unit, _conversion in string.Formatter().parse(payload["text"]):
        value = payload["values"].get(name) if name else None
        if name and value is not None and _is_number(value):
            yield name, unit or "text", float(value)


def columns(payload: Mapping[str, Any], places: Mapping[str, Place]) -> dict[str, tuple[str, tuple[float, ...]]]:
    """The columns that numbers of a sentence stand in, as whose cells they are written: name → unit and numbers."""
    return {name: (place.unit, place.marks) for name, unit, _value in numbers(payload)
            if (place := places.get(name)) and place.table and unit not in _WORDS
            and (unit == place.unit or "p_value" not in (unit, place.unit))}


def cells(table: Mapping[str, Any], at: int) -> Iterator[tuple[Any, str]]:
    """The cells of a column of a table, each with its unit, which may be that of its row."""
    unit = table["units"][table["columns"][at]]
    for row in table["rows"]:
        cell = row[at]
        yield (cell["value"], cell["unit"]) if isinstance(cell, Mapping) and "unit" in cell else (cell, unit)


def find(shown: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any] | None = None) -> Crossreferences:
    """Find the numbers of findings and decisions in the tables of the page and among the study's parameters.

    Parameters
    ----------
    shown : payloads of the page, in order; its tables are numbered from 1.
    parameters : name → value.

    Examples
    --------
    >>> table = {"kind": "table", "columns": ["stage", "share"], "units": {"stage": "text", "share": "percent"},
    ...          "rows": [["Active", 0.8], ["Lapsing", 0.125]]}
    >>> said = {"kind": "finding", "text": "{share:percent} are lapsing.", "values": {"share": 0.125}}
    >>> find([table, said]).of[1]["share"].anchor
    'table-1-2-2'
    """
    tables = [(at, p) for at, p in enumerate(shown) if p["kind"] == "table"]
    references = Crossreferences()
    for at, payload in enumerate(shown):
        places = {}
        if payload["kind"] in ("finding", "decision"):
            near = sorted(enumerate(tables, 1), key=lambda entry: abs(entry[1][0] - at) + 0.5 * (entry[1][0] > at))
            if exhibit := [p for p in shown if p.get("text") == payload.get("shown_in", 0)]:
                near = [] if exhibit[0]["kind"] == "figure" else sorted(near, key=lambda e: e[1][1] not in exhibit)
            words = {word for value in payload["values"].values() for word in _words(value)}
            for name, unit, value in numbers(payload):
                place = _cell(name, unit, value, [(n, t) for n, (_at, t) in near], words) or _parameter(
                    name, value, parameters or {})
                if not place and (rule := payload.get("derived", {}).get(name)):
                    if rule not in references.rules:
                        references.rules.append(rule)
                    place = Place(rule=rule, number=references.rules.index(rule) + 1)
                if place:
                    places[name] = place
        references.of.append(places)
        for place in places.values():
            if place.parameter:
                references.parameters.add(place.parameter)
            elif place.table:
                references.cells.setdefault(place.table, set()).add((place.row, place.column))
    return references


def _cell(name: str, unit: str, value: float, tables: Sequence[tuple[int, Mapping[str, Any]]],
          words: set[str]) -> Place | None:
    for number, table in tables:
        places = []
        for r, row in enumerate(table["rows"], 1):
            for c, (column, cell) in enumerate(zip(table["columns"], row, strict=True), 1):
                kind = table["units"][column]
                if isinstance(cell, Mapping) and "unit" in cell:
                    cell, kind = cell["value"], cell["unit"]
                if _is_number(cell) and _same(float(cell), value) and kind not in _WORDS and (
                        _FAMILY.get(unit) == _FAMILY.get(kind)):
                    is_named = column == name or column.endswith(f"_{name}")
                    shares_words = bool(words & {word for row_cell in row for word in _words(row_cell)})
                    places.append((Place(number, r, c, unit=kind), is_named, shares_words))
        if value == int(value) and value < SMALL:
            places = [p for p in places if p[1]]
        by_name, by_row = [p for p in places if p[1]], [p for p in places if p[2]]
        best = [p for p in by_name if p[2]] or by_row or by_name or places
        if best and (len(best) == 1 or best[0][1] or best[0][2]):
            place = best[0][0]
            return replace(place, marks=rounding.marks(
                v for v, cell_unit in cells(table, place.column - 1) if cell_unit == place.unit and _is_number(v)))
    return None


def _parameter(name: str, value: float, parameters: Mapping[str, Any]) -> Place | None:
    matching = [p for p in parameters if name in p.split("_")]  # the only one of its kind: days may be those of another
    setting = parameters[matching[0]] if len(matching) == 1 else None
    is_it = setting is not None and _is_number(setting) and _same(float(setting), value)
    return Place(parameter=matching[0]) if is_it else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(a: float, b: float) -> bool:
    return a == b or f"{a:.12g}" == f"{b:.12g}"


def _words(value: Any) -> Iterator[str]:
    """A word of the user's data, or in each language; no number and nothing empty."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _words(part)
    elif isinstance(value, str) and value:
        yield value
