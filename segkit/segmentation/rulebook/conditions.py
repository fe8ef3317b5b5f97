"""Conditions of rules as plain data, turned into Ibis expressions.

``{age: ["19-24", "25-34"], income: {at_least: 50}}`` means both; ``any: […]``, ``all: […]`` and ``not: {…}`` combine
conditions. ``{term: {contains: milk}}`` looks for a part of a text, whatever its capitals. A missing value meets no
condition, nor its opposite.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.common.annotations import SignatureValidationError
from ibis.common.exceptions import IbisTypeError

from segkit.segmentation.rulebook import derived
from segkit.words.errors import Fault, SegkitError, did_you_mean

BOUNDS = ("at_least", "above", "at_most", "below", "contains")
_LIMITS = (int, float, dt.date)


def variables(condition: Mapping[str, Any]) -> Iterator[str]:
    """The columns a condition reads.

    Examples
    --------
    >>> list(variables({"any": [{"r": 5}, {"not": {"f": {"at_most": 2}}}]}))
    ['r', 'f']
    """
    for key, value in condition.items():
        if key in ("all", "any"):
            for part in value:
                yield from variables(part)
        elif key == "not":
            yield from variables(value)
        else:
            yield key


def check(condition: Any, where: str) -> list[Fault]:
    """Faults of a condition's form."""
    if not isinstance(condition, Mapping) or not condition:
        return [Fault(where, f"is {condition!r}, not a condition", "write `column: value`, or `column: {at_least: 5}`")]
    faults = []
    for key, value in condition.items():
        if key in ("all", "any"):
            if not isinstance(value, Sequence) or isinstance(value, str) or not value:
                faults.append(Fault(f"{where}, `{key}`", "needs a list of conditions"))
                continue
            for part in value:
                faults += check(part, where)
        elif key == "not":
            faults += check(value, where)
        elif isinstance(value, Mapping):
            faults += [Fault(f"{where}, {key!r}", f"has an unknown bound `{b}`", did_you_mean(str(b), BOUNDS))
                       for b in value if b not in BOUNDS]
            faults += [Fault(f"{where}, {key!r}", f"has the bound {b}: {limit!r}", "give a number or a day")
                       for b, limit in value.items() if b in BOUNDS[:4] and not isinstance(limit, _LIMITS)]
            faults += [Fault(f"{where}, {key!r}", f"has `contains: {value['contains']!r}`", "give a part of a text")
                       ] if not isinstance(value.get("contains", "-"), str) or not value.get("contains", "-") else []
            if not value:
                faults.append(Fault(f"{where}, {key!r}", "has no bound", f"give one of {', '.join(BOUNDS)}"))
        elif value is None or (isinstance(value, Sequence) and not isinstance(value, str) and None in value):
            faults.append(Fault(f"{where}, {key!r}", "asks for a missing value, which meets no condition",
                                "give the missing values a name in the data first"))
    return faults


def expression(table: ir.Table, condition: Mapping[str, Any]) -> ir.BooleanValue:
    """The condition on a table's rows.

    Examples
    --------
    >>> t = ibis.memtable({"age": [18, 30, 64]})
    >>> expression(t, {"age": {"at_least": 19, "below": 64}}).execute().to_list()
    [False, True, False]
    """
    parts = []
    for key, value in condition.items():
        if key == "all":
            parts.append(ibis.and_(*[expression(table, part) for part in value]))
        elif key == "any":
            parts.append(ibis.or_(*[expression(table, part) for part in value]))
        elif key == "not":
            parts.append(~expression(table, value))
        else:
            parts.append(_column(table, key, value))
    return ibis.and_(*parts)


def _column(table: ir.Table, name: str, value: Any) -> ir.BooleanValue:
    if name not in table.columns:
        raise SegkitError([Fault(f"column {name!r}", "is used in a rule but is not in the table",
                                 did_you_mean(name, table.columns))])
    column = table[name]
    try:
        return _compared(column, value)
    except (IbisTypeError, SignatureValidationError):
        raise SegkitError([Fault(f"column {name!r}", f"holds {column.type()} and cannot be compared with {value!r}",
                                 "give the limit in the column's kind, or turn the column into numbers")]) from None


def _compared(column: ir.Column, value: Any) -> ir.BooleanValue:
    if isinstance(value, Mapping):
        compare = {"at_least": column.__ge__, "above": column.__gt__, "at_most": column.__le__, "below": column.__lt__,
                   "contains": lambda part: column.cast("string").lower().contains(part.lower())}
        return ibis.and_(*[compare[bound](limit) for bound, limit in value.items()])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return column.isin(list(value))
    return column == value


def case(table: ir.Table, segments: Sequence[Mapping[str, Any]], otherwise: str | None) -> ir.StringValue:
    """The name of the first segment whose condition a row meets, `otherwise` for the rest."""
    branches = [(expression(table, s["when"]), s["name"]) for s in segments]
    return ibis.cases(*branches, else_=ibis.null("string") if otherwise is None else otherwise)


def label(table: ir.Table, segments: Sequence[Mapping[str, Any]], otherwise: str | None,
          columns: Mapping[str, Any] | None = None) -> ir.Table:
    """The table with a column `segment`; derived `columns` are computed for the conditions and left out again.

    Raises
    ------
    SegkitError
        When a derived column has the name of one of the table.
    """
    columns = columns or {}
    repeated = [name for name in columns if name in table.columns]
    if repeated:
        raise SegkitError([Fault(f"column {name!r}", "is in the table, and the rules derive one of that name",
                                 "rename one of them") for name in repeated])
    wider = derived.add(table, columns)
    return wider.mutate(segment=case(wider, segments, otherwise)).drop(*columns)


def words(condition: Mapping[str, Any]) -> str:
    """A condition as a reader sees it.

    Examples
    --------
    >>> words({"r": {"at_least": 4}, "f": [1, 2]})
    'r ≥ 4, f 1 / 2'
    """
    signs = {"at_least": "≥", "above": ">", "at_most": "≤", "below": "<", "contains": "∋"}
    parts = []
    for key, value in condition.items():
        if key in ("all", "any"):
            parts.append("(" + (" & " if key == "all" else " | ").join(words(p) for p in value) + ")")
        elif key == "not":
            parts.append(f"¬({words(value)})")
        elif isinstance(value, Mapping):
            parts.append(" & ".join(f"{key} {signs[b]} {limit}" for b, limit in value.items()))
        elif isinstance(value, Sequence) and not isinstance(value, str):
            parts.append(f"{key} " + " / ".join(map(str, value)))
        else:
            parts.append(f"{key} {value}")
    return ", ".join(parts)
