"""Rules in words, in each language: what a page says beside the number of customers that a condition keeps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from segkit.targeting import audience_rules
from segkit.targeting.audience_rules import BOUNDS, MEASURES, named, plain
from segkit.words import formats, labels, language
from segkit.words.formats import _
from segkit.words.language import N_

_SIGNS = dict(zip(BOUNDS, ("≥", ">", "≤", "<"), strict=True))
_MEASURED = {
    "count": N_("{of:text}: how many {bounds:text}"), "sum": N_("{of:text}: sum of {column:text} {bounds:text}"),
    "days_since": N_("{of:text}: days since the last {bounds:text}"),
    "first": N_("{of:text}: the first with {so:text}"), "last": N_("{of:text}: the last with {so:text}"),
}
_DISTINCT = N_("{of:text}: different values of {column:text} {bounds:text}")
_SINCE_FIRST = N_("{of:text}: days since the first {bounds:text}")
_SEQUENCE = N_("{steps:text}, one after the other")
_SEQUENCE_DAYS = N_("{steps:text}, one after the other, at most {days:count} days apart")
_WINDOWS = {"within_days": N_("last {value:count} days"), "before_days": N_("more than {value:count} days back"),
            "from": N_("from {value:date}"), "to": N_("until {value:date}")}
_AUDIENCE, _NOT = N_("in the audience {names:text}"), N_("not ({part:text})")
_AND, _OR, _CONTAINS = N_("and"), N_("or"), N_("contains")
EXCEPT = N_("left out: {part:text}")


def by_language(condition: Mapping[str, Any], pattern: str = "{part:text}") -> dict[str, str]:
    """A condition in words: language → text; the columns, values and tables by their labels where they have any.

    Parameters
    ----------
    condition : see `segkit.targeting.audience_rules`.
    pattern : a sentence (message id) to put the words into, as ``{part:text}``.

    Examples
    --------
    >>> by_language({"count": {"of": "purchases", "where": {"kind": "milk"}, "within_days": 90, "at_least": 2}})["en"]
    'purchases (kind milk, last 90 days): how many ≥ 2'
    """
    return {code: _(pattern, code, part=said(plain(condition), code)) for code in language.LANGUAGES}


def said(condition: Mapping[str, Any], code: str) -> str:
    """A condition in words of one language."""
    return f" {_(_AND, code)} ".join(_part(key, value, code) for key, value in condition.items())


def _part(key: str, value: Any, code: str) -> str:
    if key in ("all", "any"):
        inner = f" {_(_AND if key == 'all' else _OR, code)} ".join(said(part, code) for part in value)
        return f"({inner})" if len(value) > 1 else inner
    if key == "not":
        return _(_NOT, code, part=said(value, code))
    if key == "audience":
        return _(_AUDIENCE, code, names=f" {_(_OR, code)} ".join(f"“{labels.of(n, code)}”" for n in named(value)))
    if key == "sequence":
        steps = " → ".join(_rows(step, code) for step in value["steps"])
        days = value.get("within_days")
        return _(_SEQUENCE, code, steps=steps) if days is None else _(_SEQUENCE_DAYS, code, steps=steps, days=days)
    if key in MEASURES:
        return _measured(key, value, code)
    if key == "customer":
        return said(value, code) if isinstance(value, Mapping) else str(value)
    return f"{labels.of(key, code)} {_value(value, code)}"


def _measured(kind: str, given: Mapping[str, Any], code: str) -> str:
    pattern = _MEASURED[kind]
    if kind == "count" and "distinct" in given:
        pattern = _DISTINCT
    if kind == "days_since" and given.get("which") == "first":
        pattern = _SINCE_FIRST
    column = given.get("distinct", given.get("column", ""))
    return _(pattern, code, of=_rows(given, code), column=labels.of(column, code), so=said(given.get("is", {}), code),
             bounds=_value({b: given[b] for b in BOUNDS if b in given}, code))


def _rows(given: Mapping[str, Any], code: str) -> str:
    """The rows that are meant: their table, condition and window."""
    inside = [said(given["where"], code)] if "where" in given else []
    for key in audience_rules.WINDOW:
        if key in given:
            value = given[key]
            inside.append(_(_WINDOWS[key], code, value=value.isoformat() if isinstance(value, dt.date) else value))
    table = labels.of(given["of"], code)
    return f"{table} ({', '.join(inside)})" if inside else table


def _value(value: Any, code: str) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_SIGNS.get(b) or _(_CONTAINS, code)} {_value(limit, code)}" for b, limit in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " / ".join(_value(v, code) for v in value)
    if isinstance(value, dt.date):
        return formats.format_value(value.isoformat(), "date", code)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return labels.of(value, code)
    return formats.format_value(value, "decimal", code)
