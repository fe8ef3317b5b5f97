"""A-priori segmentation: rules over known characteristics (models M1–M7 of FACTS, S2).

A spec is plain data, usually YAML. Three forms:

``{model: demographic, by: age}``
    one segment per value;
``{model: value, by: monetary, cuts: [100, 500]}``
    bands: below 100, from 100 to below 500, from 500;
``{model: behavioural, segments: [{name: …, when: {…}}, …], otherwise: …}``
    named segments; the first condition that a row meets decides.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.data import open as sources
from segkit.segmentation import conditions
from segkit.segmentation.result import Segmentation
from segkit.words.errors import Fault, SegkitError, check_columns, did_you_mean

MODELS = {
    "demographic": "M1", "geographic": "M2", "psychographic": "M3", "technographic": "M4",
    "behavioural": "M5", "needs-based": "M6", "value-based": "M7",
}
"""Segmentation models by name, with their FACTS id."""

_KEYS = ("model", "by", "cuts", "segments", "otherwise", "domain", "unit")
TINY_SHARE = 0.01


def check(spec: Mapping[str, Any]) -> list[Fault]:
    """Faults of a spec's form; empty when it can be used."""
    if not isinstance(spec, Mapping):
        return [Fault("rule spec", f"is {spec!r}", "write `{model: …, by: …}`")]
    faults = [Fault(f"rule spec, `{key}`", "is not a key of a rule spec", did_you_mean(key, _KEYS))
              for key in spec if key not in _KEYS]
    if spec.get("model") not in MODELS:
        faults.append(Fault("rule spec, `model`", f"is {spec.get('model')!r}",
                            did_you_mean(str(spec.get("model")), MODELS)))
    if ("by" in spec) == ("segments" in spec):
        faults.append(Fault("rule spec", "needs either `by` or `segments`", "give one of the two"))
    cuts = spec.get("cuts", [0])
    if not isinstance(cuts, list | tuple) or not cuts or not all(isinstance(c, int | float) for c in cuts):
        faults.append(Fault("rule spec, `cuts`", f"is {cuts!r}", "list the limits as numbers: [100, 500]"))
    elif list(cuts) != sorted(set(cuts)):
        faults.append(Fault("rule spec, `cuts`", f"is {cuts}", "list the limits once each, smallest first"))
    parts = spec.get("segments", [None])
    if not isinstance(parts, list | tuple) or not parts:
        faults.append(Fault("rule spec, `segments`", f"is {parts!r}", "list at least one `{name: …, when: {…}}`"))
        parts = []
    seen: set[str] = {spec["otherwise"]} if isinstance(spec.get("otherwise"), str) else set()
    for i, part in enumerate(parts if "segments" in spec else [], 1):
        where = f"rule spec, segment {i}"
        if not isinstance(part, Mapping) or set(part) != {"name", "when"}:
            faults.append(Fault(where, f"is {part!r}", "write `name: …` and `when: {…}`"))
            continue
        if not isinstance(part["name"], str) or not part["name"]:
            faults.append(Fault(where, f"has the name {part['name']!r}", "give a text; put numbers between quotes"))
            continue
        if part["name"] in seen:
            faults.append(Fault(where, f"has the name {part['name']!r} of an earlier segment", "give it its own name"))
        seen.add(part["name"])
        faults += conditions.check(part["when"], f"{where} ({part['name']})")
    return faults


def segment(table: Any, spec: Mapping[str, Any], customer_id: str = "customer_id") -> Segmentation:
    """Form segments by the rules of a spec.

    Parameters
    ----------
    table : customers (Ibis table, DataFrame or source), one row each.
    spec : the rules, see the module's text.
    customer_id : column that names the customer.

    Returns
    -------
    Segmentation with the rule of each segment. Segments stand in the order of the spec (`by`: in the
    order of the values). Customers who fit no rule, or lack a value, have no segment; `summary` has
    their share as `unassigned_share`.

    Raises
    ------
    SegkitError
        When the spec has faults, a column is missing, or no customer fits any rule.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": [1, 2, 3], "age": ["19-24", "65+", "65+"]})
    >>> segment(customers, {"model": "demographic", "by": "age"}).segments["size"].to_dict()
    {'19-24': 1, '65+': 2}
    """
    faults = check(spec)
    if faults:
        raise SegkitError(faults, "rule spec")
    opened = sources.table(table)
    check_columns([customer_id], opened.columns)
    n_rows, n_ids = opened.count().execute(), opened[customer_id].nunique().execute()
    if n_ids < n_rows:
        raise SegkitError([Fault(f"column {customer_id!r}", f"has {n_rows - n_ids:,} rows without an id of their own",
                                 "give one row per customer")])
    parts = _segments(opened, spec)
    otherwise = spec.get("otherwise")
    variables = tuple(dict.fromkeys(v for p in parts for v in conditions.variables(p["when"])))
    check_columns([customer_id, *variables], opened.columns)
    named = opened.mutate(segment=conditions.case(opened, parts, otherwise))
    assignments = named.select(customer_id, "segment").order_by(customer_id).execute().set_index(customer_id)
    order = [p["name"] for p in parts] + ([otherwise] if otherwise is not None else [])
    sizes = assignments["segment"].value_counts().reindex(order, fill_value=0)
    if sizes.sum() == 0:
        raise SegkitError([Fault("rule spec", "no customer fits any rule", "check the values the rules name")])
    segments = pd.DataFrame({
        "size": sizes, "segment_share": sizes / len(assignments),
        "rule": [conditions.words(p["when"]) for p in parts] + (["otherwise"] if otherwise is not None else []),
    }).rename_axis("segment")
    summary = pd.DataFrame({"method": ["rules"], "model": [spec["model"]], "k": [len(order)],
                            "unassigned_share": [1 - sizes.sum() / len(assignments)]})
    rule = {"kind": "rules", "segments": parts, "otherwise": otherwise,
            "types": {v: str(opened[v].type()) for v in variables}}
    return Segmentation("rules", variables, assignments, segments, summary, rule)


def _segments(table: ir.Table, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "segments" in spec:
        return [dict(p) for p in spec["segments"]]
    by = spec["by"]
    check_columns([by], table.columns)
    if "cuts" in spec:
        return _bands(by, list(spec["cuts"]), spec.get("unit", ""))
    distinct = table.filter(table[by].notnull()).select(by).distinct().order_by(by).limit(101).execute()[by].tolist()
    if len(distinct) > 100:
        raise SegkitError([Fault(f"column {by!r}", "has more than 100 values", "give `cuts`, or name the segments")])
    return [{"name": str(value), "when": {by: value}} for value in distinct]


def _bands(by: str, cuts: list[float], unit: str) -> list[dict[str, Any]]:
    unit = f" {unit}" if unit else ""
    said = [f"{c:,.0f}" if float(c).is_integer() else f"{c:,}" for c in cuts]
    bands = [{"name": f"< {said[0]}{unit}", "when": {by: {"below": cuts[0]}}}]
    bands += [{"name": f"{a} – {b}{unit}", "when": {by: {"at_least": low, "below": high}}}
              for (a, b), (low, high) in zip(itertools.pairwise(said), itertools.pairwise(cuts), strict=True)]
    return [*bands, {"name": f"≥ {said[-1]}{unit}", "when": {by: {"at_least": cuts[-1]}}}]


def lint(spec: Mapping[str, Any], table: Any = None) -> pd.DataFrame:
    """Overlaps, gaps, unreachable and tiny segments of a spec, before it is used.

    Parameters
    ----------
    spec : rules with named `segments`. Its `domain` (column → all possible values) makes the check
        exhaustive, as for RFM scores of 1 to 5.
    table : customers to check on, where there is no `domain`; also finds tiny segments.

    Returns
    -------
    DataFrame, a row per finding: `problem` (form, unreachable, overlap, gap, tiny), `segment`, `other`,
    `n` (combinations of the domain, or customers).

    Raises
    ------
    SegkitError
        When there is neither a `domain` nor a `table`.

    Examples
    --------
    >>> spec = {"model": "value-based", "domain": {"r": [1, 2, 3]}, "segments": [
    ...     {"name": "warm", "when": {"r": {"at_least": 2}}}, {"name": "hot", "when": {"r": 3}}]}
    >>> lint(spec)[["problem", "segment", "other", "n"]].values.tolist()
    [['overlap', 'hot', 'warm', 1], ['unreachable', 'hot', 'warm', 1], ['gap', '', '', 1]]
    """
    faults = check(spec)
    if faults:
        return pd.DataFrame([{"problem": "form", "segment": f.where, "other": str(f), "n": 1} for f in faults])
    if "domain" in spec:
        names = list(spec["domain"])
        grid = pd.DataFrame(list(itertools.product(*spec["domain"].values())), columns=names)
        rows = _findings(ibis.memtable(grid), spec)
    elif table is None:
        raise SegkitError([Fault("`table`", "is missing, and the spec has no `domain`", "give one of the two")])
    else:
        rows = _findings(sources.table(table), spec)
    if table is not None:
        rows += _tiny(sources.table(table), spec)
    return pd.DataFrame(rows, columns=["problem", "segment", "other", "n"])


def _findings(table: ir.Table, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = _segments(table, spec)
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
    if gap and spec.get("otherwise") is None:
        rows.append({"problem": "gap", "segment": "", "other": "", "n": gap})
    return rows


def _tiny(table: ir.Table, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = _segments(table, spec)
    named = table.mutate(segment=conditions.case(table, parts, spec.get("otherwise")))
    sizes = named.segment.value_counts(name="n").execute().set_index("segment")["n"]
    total = int(sizes.sum())
    return [{"problem": "tiny", "segment": p["name"], "other": "", "n": int(sizes.get(p["name"], 0))} for p in parts
            if 0 < sizes.get(p["name"], 0) < TINY_SHARE * total]
