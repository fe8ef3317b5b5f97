"""The form of audience rules as plain data: what may stand in them, and what is wrong with it.

A rule is ``{who: condition, except: condition}``; a study names its rules, so that one can build on another. A
condition is a mapping; all that stands in it has to hold:

``{city: [Hà Nội, Huế], age: {at_least: 30, below: 50}}``
    columns of the customers, as in `segkit.segmentation.rulebook.conditions`; ``customer: {count: 3}`` where a column
    has the name of one of the forms below;
``all: […]``, ``any: […]``, ``not: {…}``
    conditions combined;
``count: {of: purchases, where: {…}, within_days: 90, at_least: 2}``
    rows of a table that meet a condition within a window; ``distinct: product_id`` counts different values;
``sum: {of: purchases, column: amount, above: 100}``
    what a column adds up to in these rows;
``days_since: {of: purchases, which: first, at_most: 30}``
    days from the first or last of these rows to `as_of`;
``first: {of: purchases, is: {channel: online}}``, ``last: {…}``
    what the first or last of these rows is like;
``sequence: {steps: [{of: events, where: {event: search}}, {of: events, where: {event: order}}], within_days: 7}``
    each step at a later time than the one before, by at most so many days;
``audience: lapsing``
    who is in another audience, or in one of a list.

A window is ``within_days: n`` (the last n days, `as_of` the last of them), ``before_days: n`` (all but these),
``from:`` and ``to:`` (days, both included), or several together.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segkit.segmentation.rulebook import conditions
from segkit.words.errors import Fault, did_you_mean

BOUNDS = ("at_least", "above", "at_most", "below")
WINDOW = ("within_days", "before_days", "from", "to")
MEASURES = {"count": ("distinct",), "sum": ("column",), "days_since": ("which",), "first": ("is",), "last": ("is",)}
"""Forms that look at rows of a table, with the key of each that no other has."""
FORMS = ("all", "any", "not", "customer", *MEASURES, "sequence", "audience")
RULE = ("name", "who", "except")
DEEPEST = 40
"""Conditions within conditions; deeper ones are no rule of a person."""


def plain(value: Any) -> Any:
    """Conditions with days written as text (2024-12-31) as days.

    Examples
    --------
    >>> plain({"since": {"at_least": "2024-01-31"}})
    {'since': {'at_least': datetime.date(2024, 1, 31)}}
    """
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return _day(value) or value if isinstance(value, str) and len(value) == 10 else value


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def check(audiences: Any) -> list[Fault]:
    """Faults of the form of named rules, circular references among them; empty when all can be used.

    Examples
    --------
    >>> faults = check({"a": {"who": {"audience": "b"}}, "b": {"who": {"not": {"audience": "a"}}}})
    >>> print(faults[0])
    audience 'a': goes round in a circle: a → b → a
      → one of them has to do without the others
    """
    if not isinstance(audiences, Mapping) or not audiences:
        return [Fault("`audiences`", f"is {audiences!r}", "write `name: {who: {…}}`, one for each audience")]
    faults: list[Fault] = []
    for name, rule in audiences.items():
        where = f"audience {str(name)!r}"
        if not isinstance(rule, Mapping) or "who" not in rule:
            faults.append(Fault(where, f"is {rule!r}" if not isinstance(rule, Mapping) else "has no `who`",
                                "write `who: {…}`, the condition that its members meet"))
            continue
        faults += [Fault(f"{where}, `{key}`", "is not a key of an audience", did_you_mean(str(key), RULE))
                   for key in rule if key not in RULE]
        faults += _label_faults(rule.get("name", ""), where)
        for key in ("who", "except"):
            if key in rule:
                faults += _condition(plain(rule[key]), f"{where}, `{key}`")
    return list(dict.fromkeys(faults)) or [*_reference_faults(audiences)]


def _label_faults(name: Any, where: str) -> list[Fault]:
    texts = name.values() if isinstance(name, Mapping) else [name]
    return [] if all(isinstance(t, str) for t in texts) else [
        Fault(f"{where}, `name`", f"is {name!r}", "write a text, or {en: …, vi: …}")]


def _condition(given: Any, where: str, depth: int = 0) -> Iterator[Fault]:
    if not isinstance(given, Mapping) or not given:
        yield Fault(where, f"is {given!r}, not a condition", "write `column: value`, or one of: " + ", ".join(FORMS))
        return
    if depth > DEEPEST:
        yield Fault(where, f"holds conditions {DEEPEST} deep", "name a part as an audience of its own")
        return
    for key, value in given.items():
        at = f"{where}, `{key}`"
        if key in ("all", "any"):
            if not isinstance(value, list | tuple) or not value:
                yield Fault(at, f"is {value!r}", "list conditions: [{…}, {…}]")
                continue
            for i, part in enumerate(value, 1):
                yield from _condition(part, f"{at} {i}", depth + 1)
        elif key == "not":
            yield from _condition(value, at, depth + 1)
        elif key == "audience":
            if not all(isinstance(n, str) for n in named(value)) or not named(value):
                yield Fault(at, f"is {value!r}", "give the name of an audience, or a list of names")
        elif key == "sequence":
            yield from _sequence(value, at)
        elif key in MEASURES:
            yield from _measure(key, value, at)
        elif key == "customer":
            yield from conditions.check(value, at)
        else:
            yield from conditions.check({key: value}, where)


def named(value: Any) -> list[Any]:
    """The audiences that a condition names."""
    return list(value) if isinstance(value, list | tuple) else [value]


def _measure(kind: str, given: Any, at: str) -> Iterator[Fault]:
    bounded = kind in ("count", "sum", "days_since")
    keys = ("of", "where", *WINDOW, *MEASURES[kind], *(BOUNDS if bounded else ()))
    if not isinstance(given, Mapping):
        yield Fault(at, f"is {given!r}", f"write {{of: purchases, …}} with some of: {', '.join(keys)}")
        return
    yield from _rows(given, at, keys)
    if bounded and not any(b in given for b in BOUNDS):
        yield Fault(at, "has no bound", f"give one of {', '.join(BOUNDS)}")
    for bound in (b for b in BOUNDS if b in given and bounded):
        whole = kind != "sum"
        if isinstance(given[bound], bool) or not isinstance(given[bound], int if whole else int | float):
            yield Fault(f"{at}, `{bound}`", f"is {given[bound]!r}", f"give a {'whole ' if whole else ''}number")
    if bounded and (problem := _holds_always(kind, given)):
        yield Fault(at, problem, "change its bounds, or take the condition out")
    if kind == "sum" and not isinstance(given.get("column"), str):
        yield Fault(at, "has no `column`", "name the column to add up")
    if kind == "count" and not isinstance(given.get("distinct", ""), str):
        yield Fault(f"{at}, `distinct`", f"is {given['distinct']!r}", "name the column whose values are counted")
    if kind == "days_since" and given.get("which", "last") not in ("first", "last"):
        yield Fault(f"{at}, `which`", f"is {given['which']!r}", did_you_mean(str(given["which"]), ("first", "last")))
    if kind in ("first", "last"):
        if "is" not in given:
            yield Fault(at, "has no `is`", "write the condition that this row meets: `is: {column: value}`")
        else:
            yield from conditions.check(given["is"], f"{at}, `is`")


def _holds_always(kind: str, given: Mapping[str, Any]) -> str:
    """Why a bounded condition holds for nobody or for everybody whatever the data; "" where it need not."""
    numbers = {b: given[b] for b in BOUNDS if isinstance(given.get(b), int | float)}
    if kind == "sum":
        low = max((numbers[b] for b in ("at_least", "above") if b in numbers), default=-math.inf)
        high = min((numbers[b] for b in ("at_most", "below") if b in numbers), default=math.inf)
        empty = low > high or (low == high and {"above", "below"} & set(numbers))
        return "can hold for nobody" if empty else ""
    low = max(numbers.get("at_least", 0), numbers.get("above", -1) + 1, 0)
    high = min(numbers.get("at_most", float("inf")), numbers.get("below", float("inf")) - 1)
    if low > high:
        return "can hold for nobody"
    if kind == "count" and low == 0 and high == float("inf"):
        return "holds for everybody: no count is below 0"
    return ""


def _rows(given: Mapping[str, Any], at: str, keys: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with the rows that a condition looks at."""
    for key in given:
        if key not in keys:
            yield Fault(f"{at}, `{key}`", "is not a key of this condition", did_you_mean(str(key), keys))
    if not isinstance(given.get("of"), str):
        yield Fault(at, "has no `of`", "name the table whose rows are meant: `of: purchases`")
    if "where" in given:
        yield from conditions.check(given["where"], f"{at}, `where`")
    for key in ("within_days", "before_days"):
        if key in given and (isinstance(given[key], bool) or not isinstance(given[key], int) or given[key] < 1):
            yield Fault(f"{at}, `{key}`", f"is {given[key]!r}", "give a whole number of days, at least 1")
    for key in ("from", "to"):
        if key in given and not isinstance(given[key], dt.date):
            yield Fault(f"{at}, `{key}`", f"is {given[key]!r}", "give a day: 2024-12-31")
    a, b = given.get("within_days"), given.get("before_days")
    if isinstance(a, int) and isinstance(b, int) and b >= a:
        yield Fault(at, f"looks at the last {a} days but not at the last {b}", "`before_days` has to be smaller")
    a, b = given.get("from"), given.get("to")
    if isinstance(a, dt.date) and isinstance(b, dt.date) and a > b:
        yield Fault(at, f"begins on {a}, after its end on {b}", "change the two days")


def _sequence(given: Any, at: str) -> Iterator[Fault]:
    if not isinstance(given, Mapping) or not isinstance(given.get("steps"), list | tuple) or len(given["steps"]) < 2:
        yield Fault(at, f"is {given!r}", "write {steps: [{of: events, where: {…}}, {of: …}], within_days: 7}")
        return
    keys = ("steps", "within_days")
    for key in given:
        if key not in keys:
            yield Fault(f"{at}, `{key}`", "is not a key of a sequence", did_you_mean(str(key), keys))
    days = given.get("within_days", 1)
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        yield Fault(f"{at}, `within_days`", f"is {days!r}", "give a whole number of days, at least 1")
    for i, step in enumerate(given["steps"], 1):
        if not isinstance(step, Mapping):
            yield Fault(f"{at}, step {i}", f"is {step!r}", "write {of: events, where: {…}}")
        else:
            yield from _rows(step, f"{at}, step {i}", ("of", "where", *WINDOW))


def references(condition: Any) -> Iterator[str]:
    """Names of the audiences that a condition builds on.

    Examples
    --------
    >>> list(references({"any": [{"audience": ["a", "b"]}, {"not": {"audience": "c"}}]}))
    ['a', 'b', 'c']
    """
    for key, value in condition.items():
        if key in ("all", "any"):
            for part in value:
                yield from references(part)
        elif key == "not":
            yield from references(value)
        elif key == "audience":
            yield from named(value)


def _of(rule: Mapping[str, Any]) -> list[str]:
    return [name for key in ("who", "except") if key in rule for name in references(rule[key])]


def _reference_faults(audiences: Mapping[str, Any]) -> Iterator[Fault]:
    for name, rule in audiences.items():
        for other in dict.fromkeys(_of(rule)):
            if other not in audiences:
                yield Fault(f"audience {name!r}", f"builds on {other!r}, which there is not",
                            did_you_mean(other, audiences))
    reported: set[str] = set()
    for name in audiences:
        way = _circle(name, audiences, ())
        if way and not reported & set(way):
            reported |= set(way)
            yield Fault(f"audience {name!r}", f"goes round in a circle: {' → '.join(way)}",
                        "one of them has to do without the others")


def _circle(name: str, audiences: Mapping[str, Any], way: tuple[str, ...]) -> tuple[str, ...]:
    if name in way:
        return (*way[way.index(name):], name)
    if name not in audiences or len(way) > len(audiences):
        return ()
    return next((circle for other in _of(audiences[name]) if (circle := _circle(other, audiences, (*way, name)))), ())
