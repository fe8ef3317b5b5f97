"""What is wrong with rules before they are used: overlaps, gaps, segments nobody can reach or hardly anybody is in."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.data import open as sources
from segkit.segmentation.rulebook import conditions, derived
from segkit.segmentation.rulebook import spec as specs
from segkit.segmentation.rulebook.templates import resolve
from segkit.words.errors import Fault, SegkitError

TINY_SHARE = 0.01
MOST_COMBINATIONS = 2_000_000


def lint(spec: Mapping[str, Any], table: Any = None) -> pd.DataFrame:
    """Overlaps, gaps, unreachable and tiny segments of a spec, before it is used.

    Parameters
    ----------
    spec : rules with named `segments` or `cuts`. Its `domain` (column → all possible values) makes the check
        exhaustive, as for RFM scores of 1 to 5. Without one and without customers, the values that the rules
        name, and values beside and between them, stand for all.
    table : customers to check on, where there is no `domain`; also finds tiny segments (below 1 % of customers).

    Returns
    -------
    DataFrame, a row per finding: `problem` (form, unreachable, overlap, gap, tiny), `segment`, `other`,
    `n` (combinations of values, or customers).

    Raises
    ------
    SegkitError
        When the spec takes its segments from a table and there is none, or has too many combinations.

    Examples
    --------
    >>> spec = {"model": "value-based", "domain": {"r": [1, 2, 3]}, "segments": [
    ...     {"name": "warm", "when": {"r": {"at_least": 2}}}, {"name": "hot", "when": {"r": 3}}]}
    >>> lint(spec)[["problem", "segment", "other", "n"]].values.tolist()
    [['overlap', 'hot', 'warm', 1], ['unreachable', 'hot', 'warm', 1], ['gap', '', '', 1]]
    """
    spec = resolve(spec)
    faults = specs.check(spec)
    if faults:
        return pd.DataFrame([{"problem": "form", "segment": f.where, "other": str(f), "n": 1} for f in faults])
    opened = None if table is None else derived.add(sources.table(table), spec.get("columns", {}))
    parts = specs.parts(spec, opened)
    if "domain" in spec or opened is None:
        rows = _findings(_grid(spec.get("domain") or _domain(parts)), parts, spec.get("otherwise"))
    else:
        rows = _findings(opened, parts, spec.get("otherwise"))
    if opened is not None:
        rows += _tiny(opened, parts, spec.get("otherwise"))
    return pd.DataFrame(rows, columns=["problem", "segment", "other", "n"])


def _grid(domain: Mapping[str, Sequence[Any]]) -> ir.Table:
    n = math.prod(len(values) for values in domain.values())
    if n > MOST_COMBINATIONS:
        raise SegkitError([Fault("rule spec", f"has {n:,} combinations of values",
                                 "give a table to check on, or a `domain` with fewer values")])
    return ibis.memtable(pd.DataFrame(list(itertools.product(*domain.values())), columns=list(domain)))


def _domain(parts: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Values of each column that tell the conditions apart: those named, those beside them, and another one."""
    named: dict[str, set[Any]] = {}
    for part in parts:
        for column, value in _constants(part["when"]):
            named.setdefault(column, set()).add(value)
    return {column: _around(values) for column, values in named.items()}


def _constants(condition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in condition.items():
        if key in ("all", "any"):
            for item in value:
                yield from _constants(item)
        elif key == "not":
            yield from _constants(value)
        else:
            many = isinstance(value, Sequence) and not isinstance(value, str)
            listed = value.values() if isinstance(value, Mapping) else value if many else [value]
            yield from ((key, item) for item in listed)


def _around(values: set[Any]) -> list[Any]:
    if values <= {True, False} and all(isinstance(v, bool) for v in values):
        return [False, True]
    if all(isinstance(v, int | float) for v in values):
        ordered = sorted(values)
        if all(isinstance(v, int) for v in values):
            return sorted({v + step for v in ordered for step in (-1, 0, 1)})
        between = [(a + b) / 2 for a, b in itertools.pairwise(ordered)]
        return sorted({*map(float, ordered), *between, ordered[0] - 1.0, ordered[-1] + 1.0})
    if all(isinstance(v, dt.date) for v in values):
        return sorted({v + dt.timedelta(days=step) for v in values for step in (-1, 0, 1)})
    unseen = "another"
    while unseen in values:
        unseen += " one"
    return [*sorted(map(str, values)), unseen]


def _findings(table: ir.Table, parts: Sequence[Mapping[str, Any]], otherwise: str | None) -> list[dict[str, Any]]:
    met = table.select(**{f"s{i}": conditions.expression(table, p["when"]).fill_null(False)
                          for i, p in enumerate(parts)}).execute().to_numpy(dtype=bool)
    rows = []
    for j, part in enumerate(parts):
        for i in range(j):
            if n := int((met[:, i] & met[:, j]).sum()):
                rows.append({"problem": "overlap", "segment": part["name"], "other": parts[i]["name"], "n": n})
        won = met[:, j] & ~met[:, :j].any(axis=1)
        if not won.any():
            covering = [parts[i]["name"] for i in range(j) if (met[:, i] & met[:, j]).any()]
            rows.append({"problem": "unreachable", "segment": part["name"], "other": ", ".join(covering),
                         "n": int(met[:, j].sum())})
    gap = int((~met.any(axis=1)).sum())
    if gap and otherwise is None:
        rows.append({"problem": "gap", "segment": "", "other": "", "n": gap})
    return rows


def _tiny(table: ir.Table, parts: Sequence[Mapping[str, Any]], otherwise: str | None) -> list[dict[str, Any]]:
    segmented = table.mutate(segment=conditions.case(table, parts, otherwise))
    sizes = segmented.segment.value_counts(name="n").execute().set_index("segment")["n"]
    total = int(sizes.sum())
    return [{"problem": "tiny", "segment": p["name"], "other": "", "n": int(sizes.get(p["name"], 0))} for p in parts
            if 0 < sizes.get(p["name"], 0) < TINY_SHARE * total]
