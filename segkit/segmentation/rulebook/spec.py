"""The form of a rule spec: what may stand in it, and the named segments it stands for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from segkit.segmentation.rulebook import conditions, derived
from segkit.words.errors import Fault, SegkitError, check_columns, did_you_mean

MODELS = {
    "demographic": "M1", "geographic": "M2", "psychographic": "M3", "technographic": "M4",
    "behavioural": "M5", "needs-based": "M6", "value-based": "M7",
}
"""Segmentation models by name, with their FACTS id."""
KEYS = ("title", "about", "model", "columns", "by", "cuts", "shares", "names", "segments", "otherwise", "domain",
        "unit")
MOST_VALUES = 100


def check(spec: Mapping[str, Any]) -> list[Fault]:
    """Faults of a spec's form; empty when it can be used."""
    if not isinstance(spec, Mapping):
        return [Fault("rule spec", f"is {spec!r}", "write `{model: …, by: …}`")]
    faults = [Fault(f"rule spec, `{key}`", "is not a key of a rule spec", did_you_mean(str(key), KEYS))
              for key in spec if key not in KEYS]
    models = spec.get("model")
    for model in models if isinstance(models, list | tuple) and models else [models]:
        if model not in MODELS:
            faults.append(Fault("rule spec, `model`", f"is {model!r}", did_you_mean(str(model), MODELS)))
    if ("by" in spec) == ("segments" in spec):
        faults.append(Fault("rule spec", "needs either `by` or `segments`", "give one of the two"))
    if "columns" in spec:
        faults += derived.check(spec["columns"])
    return [*faults, *_band_faults(spec), *_segment_faults(spec)]


def _band_faults(spec: Mapping[str, Any]) -> Iterator[Fault]:
    cuts, shares, names = spec.get("cuts", [0]), spec.get("shares", [0.5]), spec.get("names")
    if not _numbers(cuts):
        yield Fault("rule spec, `cuts`", f"is {cuts!r}", "list the limits as numbers: [100, 500]")
    elif list(cuts) != sorted(set(cuts)):
        yield Fault("rule spec, `cuts`", f"is {cuts}", "list the limits once each, smallest first")
    if not _numbers(shares) or min(shares) <= 0 or sum(shares) >= 1:
        yield Fault("rule spec, `shares`", f"is {shares!r}",
                    "list the shares of customers, the best first; the rest is the last: [0.2, 0.3]")
    if "cuts" in spec and "shares" in spec:
        yield Fault("rule spec", "has `cuts` and `shares`", "give one of the two")
    n = len(spec.get("cuts") or spec.get("shares") or ()) + 1 if _numbers(cuts) and _numbers(shares) else None
    if names is not None and (not isinstance(names, list | tuple) or len(names) != n or len(set(map(str, names))) != n
                              or not all(isinstance(name, str) and name for name in names)):
        yield Fault("rule spec, `names`", f"is {names!r}", f"name each of the {n or ''} bands, in their order")


def _numbers(values: Any) -> bool:
    return isinstance(values, list | tuple) and bool(values) and all(isinstance(v, int | float) for v in values)


def _segment_faults(spec: Mapping[str, Any]) -> Iterator[Fault]:
    parts = spec.get("segments", [None])
    if not isinstance(parts, list | tuple) or not parts:
        yield Fault("rule spec, `segments`", f"is {parts!r}", "list at least one `{name: …, when: {…}}`")
        return
    names: set[str] = {spec["otherwise"]} if isinstance(spec.get("otherwise"), str) else set()
    for i, part in enumerate(parts if "segments" in spec else [], 1):
        where = f"rule spec, segment {i}"
        if not isinstance(part, Mapping) or set(part) != {"name", "when"}:
            yield Fault(where, f"is {part!r}", "write `name: …` and `when: {…}`")
            continue
        if not isinstance(part["name"], str) or not part["name"]:
            yield Fault(where, f"has the name {part['name']!r}", "give a text; put numbers between quotes")
            continue
        if part["name"] in names:
            yield Fault(where, f"has the name {part['name']!r} of an earlier segment", "give it its own name")
        names.add(part["name"])
        yield from conditions.check(part["when"], f"{where} ({part['name']})")


def parts(spec: Mapping[str, Any], table: ir.Table | None = None) -> list[dict[str, Any]]:
    """The named segments of a spec, as ``{name: …, when: …}``; values and shares are looked up in the table.

    Raises
    ------
    SegkitError
        When the spec needs a table and there is none, or the column has no values or too many.

    Examples
    --------
    >>> [p["name"] for p in parts({"model": "demographic", "by": "age", "cuts": [18, 65], "unit": "years"})]
    ['< 18 years', '18 – 65 years', '≥ 65 years']
    """
    if "segments" in spec:
        return [dict(p) for p in spec["segments"]]
    by = spec["by"]
    if "cuts" in spec:
        return _bands(by, list(spec["cuts"]), spec.get("unit", ""), spec.get("names"))
    if table is None:
        raise SegkitError([Fault("rule spec", f"takes its segments from the values of {by!r}", "give a table too")])
    check_columns([by], table.columns)
    if "shares" in spec:
        return _tiers(table, by, spec["shares"], spec.get("names"))
    values = table.filter(table[by].notnull()).select(by).distinct().order_by(by).limit(MOST_VALUES + 1)
    distinct = values.execute()[by].tolist()
    if len(distinct) > MOST_VALUES:
        raise SegkitError([Fault(f"column {by!r}", f"has more than {MOST_VALUES} values",
                                 "give `cuts`, or name the segments")])
    if not distinct:
        raise SegkitError([Fault(f"column {by!r}", "has no value among these customers",
                                 "tell the segments apart by another column")])
    return [{"name": str(value), "when": {by: value}} for value in distinct]


def _bands(by: str, cuts: list[float], unit: str, names: Sequence[str] | None) -> list[dict[str, Any]]:
    unit = f" {unit}" if unit else ""
    formatted = [f"{c:,.0f}" if float(c).is_integer() else f"{c:,}" for c in cuts]
    names = names or [f"< {formatted[0]}{unit}", *(f"{a} – {b}{unit}" for a, b in itertools.pairwise(formatted)),
                      f"≥ {formatted[-1]}{unit}"]
    limits = [{"below": cuts[0]}, *({"at_least": low, "below": high} for low, high in itertools.pairwise(cuts)),
              {"at_least": cuts[-1]}]
    return [{"name": name, "when": {by: limit}} for name, limit in zip(names, limits, strict=True)]


def _tiers(table: ir.Table, by: str, shares: Sequence[float], names: Sequence[str] | None) -> list[dict[str, Any]]:
    """Bands that hold these shares of the customers, the best first; equal values stay together."""
    known = table.filter(table[by].notnull()).select(value=table[by].cast("float64"))
    known = known.filter(~known.value.isnan())
    n = known.count().to_pyarrow().as_py()
    if not n:
        raise SegkitError([Fault(f"column {by!r}", "has no value", "check the customers")])
    cut_places = [max(1, round(share * n)) - 1 for share in itertools.accumulate(shares)]
    ranked = known.mutate(place=ibis.row_number().over(order_by=known.value.desc()))
    value_at = ranked.filter(ranked.place.isin(cut_places)).execute().set_index("place")["value"]
    cut_values = [float(value_at[place]) for place in cut_places]
    names = list(names or _share_names(shares))
    limits = [{"at_least": cut_values[0]},
              *({"at_least": low, "below": high} for high, low in itertools.pairwise(cut_values)),
              {"below": cut_values[-1]}]
    empty = {i + 1 for i, (high, low) in enumerate(itertools.pairwise(cut_values)) if high == low}
    return [{"name": name, "when": {by: limit}} for i, (name, limit) in enumerate(zip(names, limits, strict=True))
            if i not in empty]


def _share_names(shares: Sequence[float]) -> list[str]:
    ends = [0.0, *itertools.accumulate(shares), 1.0]
    return [f"{low:.0%} – {high:.0%}" for low, high in itertools.pairwise(ends)]


def variables(spec: Mapping[str, Any], listed: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns of a table that the segments read, behind derived columns too."""
    behind = dict(derived.variables(spec.get("columns", {})))
    columns = dict.fromkeys(v for p in listed for v in conditions.variables(p["when"]))
    return tuple(dict.fromkeys(c for v in columns for c in behind.get(v, (v,))))
