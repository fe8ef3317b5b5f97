"""Columns that a rule spec derives before its conditions look at them: distance from a place, score of a scale.

``columns: {distance_km: {distance: {to: [21.0278, 105.8342], latitude: latitude, longitude: longitude}}}``
``columns: {novelty_score: {mean: {of: [new_1, new_2, new_3], reversed: [new_3], scale: [1, 5]}}}``

Each is an Ibis expression, so a spec labels customers wherever their table lives.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping, Sequence
from math import pi
from typing import Any

import ibis
import ibis.expr.types as ir

from segkit.words.errors import Fault, did_you_mean

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""
KINDS = {"distance": ("to", "latitude", "longitude"), "mean": ("of", "reversed", "scale")}


def add(table: ir.Table, columns: Mapping[str, Any]) -> ir.Table:
    """The table with the derived columns.

    Examples
    --------
    >>> t = ibis.memtable({"lat": [21.0278, 10.7769], "lon": [105.8342, 106.7009]})
    >>> hanoi = {"distance": {"to": [21.0278, 105.8342], "latitude": "lat", "longitude": "lon"}}
    >>> add(t, {"distance_km": hanoi}).execute()["distance_km"].round().to_list()
    [0.0, 1144.0]
    """
    expressions = {}
    for name, how in columns.items():
        (kind, arguments), = how.items()
        expressions[name] = (distance_km(table[arguments["latitude"]], table[arguments["longitude"]], *arguments["to"])
                             if kind == "distance"
                             else mean(table, arguments["of"], arguments.get("reversed", ()), arguments.get("scale")))
    return table.mutate(**expressions)


def distance_km(latitude: ir.NumericValue, longitude: ir.NumericValue, to_latitude: float, to_longitude: float,
                ) -> ir.FloatingValue:
    """Great-circle distance in kilometres (haversine) between points in degrees; null where one is missing.

    References
    ----------
    Sinnott (1984), Virtues of the haversine, Sky and Telescope 68, 159.
    """
    phi, towards = _radians(latitude), float(to_latitude) * pi / 180
    half = (_radians(latitude) - towards) / 2
    across = (_radians(longitude) - float(to_longitude) * pi / 180) / 2
    h = half.sin() * half.sin() + phi.cos() * ibis.literal(towards).cos() * across.sin() * across.sin()
    return ibis.ifelse(h > 1, 1.0, h).sqrt().asin() * (2 * EARTH_KM)  # opposite points: rounding can pass 1


def mean(table: ir.Table, items: Sequence[str], flipped: Sequence[str] = (), scale: Sequence[float] | None = None,
         ) -> ir.FloatingValue:
    """Mean of the answered items of a scale, items of the opposite wording turned round; null without an answer.

    Examples
    --------
    >>> t = ibis.memtable({"a": [5, 1, None], "b": [1, None, None]})
    >>> mean(t, ["a", "b"], ["b"], [1, 5]).execute().to_list()
    [5.0, 1.0, nan]
    """
    answers = []
    for item in items:
        value = table[item].cast("float64")
        value = ibis.ifelse(value.isnan(), ibis.null("float64"), value)
        answers.append(float(scale[0] + scale[1]) - value if item in flipped and scale else value)
    total = functools.reduce(operator.add, [a.fill_null(0.0) for a in answers])
    known = functools.reduce(operator.add, [a.notnull().cast("int64") for a in answers])
    return ibis.ifelse(known > 0, total / known.nullif(0), ibis.null("float64"))


def variables(columns: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each derived column with the columns it reads."""
    for name, how in columns.items():
        (kind, arguments), = how.items()
        yield name, (arguments["latitude"], arguments["longitude"]) if kind == "distance" else tuple(arguments["of"])


def check(columns: Any) -> list[Fault]:
    """Faults of the form of `columns`."""
    if not isinstance(columns, Mapping):
        return [Fault("rule spec, `columns`", f"is {columns!r}", "write `name: {mean: {of: [item, item]}}`")]
    faults = []
    for name, how in columns.items():
        where = f"rule spec, `columns`, {name!r}"
        if not isinstance(how, Mapping) or len(how) != 1 or next(iter(how)) not in KINDS:
            faults.append(Fault(where, f"is {how!r}", f"write one of {', '.join(f'`{k}: {{…}}`' for k in KINDS)}"))
            continue
        (kind, arguments), = how.items()
        if not isinstance(arguments, Mapping):
            faults.append(Fault(where, f"has {kind}: {arguments!r}", f"give {', '.join(KINDS[kind])}"))
            continue
        faults += [Fault(where, f"has an unknown key `{key}`", did_you_mean(str(key), KINDS[kind]))
                   for key in arguments if key not in KINDS[kind]]
        faults += _distance_faults(arguments, where) if kind == "distance" else _mean_faults(arguments, where)
    return faults


def _distance_faults(given: Mapping[str, Any], where: str) -> list[Fault]:
    to = given.get("to")
    faults = [Fault(where, f"has {key}: {given.get(key)!r}", "name the column")
              for key in ("latitude", "longitude") if not isinstance(given.get(key), str)]
    if to is None or not _numbers(to, 2) or not (-90 <= to[0] <= 90 and -180 <= to[1] <= 180):
        faults.append(Fault(where, f"has to: {to!r}", "give latitude and longitude in degrees: [21.03, 105.85]"))
    return faults


def _mean_faults(given: Mapping[str, Any], where: str) -> list[Fault]:
    items, flipped, scale = given.get("of"), given.get("reversed", []), given.get("scale")
    if not isinstance(items, list | tuple) or not items or not all(isinstance(i, str) for i in items):
        return [Fault(where, f"has of: {items!r}", "list the columns of the items")]
    faults = [Fault(where, f"turns round {item!r}, which is not one of its items", did_you_mean(str(item), items))
              for item in flipped if item not in items]
    if flipped and scale is None:
        faults.append(Fault(where, "turns items round without a `scale`", "give the ends of the scale: [1, 5]"))
    if scale is not None and (not _numbers(scale, 2) or not scale[0] < scale[1]):
        faults.append(Fault(where, f"has scale: {scale!r}", "give the ends of the scale: [1, 5]"))
    return faults


def _numbers(value: Any, n: int) -> bool:
    return (isinstance(value, list | tuple) and len(value) == n
            and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value))


def _radians(degrees: ir.NumericValue) -> ir.FloatingValue:
    return degrees.cast("float64") * (pi / 180)
