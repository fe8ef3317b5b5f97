"""A-priori segmentation: rules over known characteristics (models M1–M7 of FACTS, S2).

A spec is plain data, usually YAML. Four forms:

``{model: demographic, by: age}``
    one segment per value;
``{model: value-based, by: monetary, cuts: [100, 500]}``
    bands: below 100, from 100 to below 500, from 500;
``{model: value-based, by: monetary, shares: [0.2, 0.3], names: [Top, Middle, Base]}``
    bands that hold these shares of the customers, the best first;
``{model: behavioural, segments: [{name: …, when: {…}}, …], otherwise: …}``
    named segments; the first condition that a row meets decides.

``columns: {…}`` derives columns first (`segkit.segmentation.rulebook.derived`): the distance from a place, the score
of a scale.
Ready specs of all seven models: `templates`, `template`; ``{template: radius, near_km: 3}`` names one in a study.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from segkit.data import open as sources
from segkit.segmentation.result import Segmentation
from segkit.segmentation.rulebook import conditions, derived
from segkit.segmentation.rulebook import spec as specs
from segkit.segmentation.rulebook.linter import TINY_SHARE, lint
from segkit.segmentation.rulebook.spec import MODELS, check
from segkit.segmentation.rulebook.templates import resolve, template, templates
from segkit.words.errors import Fault, SegkitError, check_columns

__all__ = ["MODELS", "TINY_SHARE", "check", "combine", "conditions", "lint", "segment", "template", "templates"]


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
    spec = resolve(spec)
    faults = check(spec)
    if faults:
        raise SegkitError(faults, "rule spec")
    opened = sources.table(table)
    _check_ids(opened, customer_id)
    columns = spec.get("columns", {})
    check_columns([c for _, used in derived.variables(columns) for c in used], opened.columns)
    parts = specs.parts(spec, derived.add(opened, columns))
    otherwise = spec.get("otherwise")
    variables = specs.variables(spec, parts)
    check_columns([customer_id, *variables], opened.columns)
    segmented = conditions.label(opened, parts, otherwise, columns)
    assignments = segmented.select(customer_id, "segment").order_by(customer_id).execute().set_index(customer_id)
    order = [p["name"] for p in parts] + ([otherwise] if otherwise is not None else [])
    sizes = assignments["segment"].value_counts().reindex(order, fill_value=0)
    if sizes.sum() == 0:
        raise SegkitError([Fault("rule spec", "no customer fits any rule", "check the values the rules name")])
    segments = pd.DataFrame({
        "size": sizes, "segment_share": sizes / len(assignments),
        "rule": [conditions.words(p["when"]) for p in parts] + (["otherwise"] if otherwise is not None else []),
    }).rename_axis("segment")
    model = spec["model"] if isinstance(spec["model"], str) else " × ".join(spec["model"])
    summary = pd.DataFrame({"method": ["rules"], "model": [model], "k": [len(order)],
                            "unassigned_share": [1 - sizes.sum() / len(assignments)]})
    rule = {"kind": "rules", "segments": parts, "otherwise": otherwise,
            "types": {v: str(opened[v].type()) for v in variables}}
    if columns:
        rule["columns"] = dict(columns)
    return Segmentation("rules", variables, assignments, segments, summary, rule)


def _check_ids(opened: ir.Table, customer_id: str) -> None:
    check_columns([customer_id], opened.columns)
    n_rows, n_ids = opened.count().execute(), opened[customer_id].nunique().execute()
    if n_ids < n_rows:
        raise SegkitError([Fault(f"column {customer_id!r}", f"has {n_rows - n_ids:,} rows without an id of their own",
                                 "give one row per customer")])


def combine(*given: Mapping[str, Any], table: Any = None) -> dict[str, Any]:
    """One spec out of several: a segment for each combination of theirs, named ``A · B``.

    Parameters
    ----------
    given : specs, of the same or different models.
    table : customers, where a spec takes its segments from values or shares.

    Returns
    -------
    A spec. Whoever has no segment in one of the specs has none here.

    Raises
    ------
    SegkitError
        When a spec has faults, or needs a table and there is none.

    Examples
    --------
    >>> age = {"model": "demographic", "by": "age", "cuts": [35], "names": ["Young", "Older"]}
    >>> value = {"model": "value-based", "by": "monetary", "cuts": [100], "names": ["Small", "Large"]}
    >>> [s["name"] for s in combine(age, value)["segments"]]
    ['Young · Small', 'Young · Large', 'Older · Small', 'Older · Large']
    """
    given = tuple(resolve(spec) for spec in given)
    faults = [fault for spec in given for fault in check(spec)]
    derived_names = [name for spec in given for name in spec.get("columns", {})]
    faults += [Fault(f"column {name!r}", "is derived in two specs", "give one of them another name")
               for name in sorted({n for n in derived_names if derived_names.count(n) > 1})]
    if faults or not given:
        raise SegkitError(faults or [Fault("`combine`", "got no spec", "give at least two")], "rule specs")
    columns = {name: how for spec in given for name, how in spec.get("columns", {}).items()}
    opened = None if table is None else derived.add(sources.table(table), columns)
    choices = []
    for spec in given:
        parts = specs.parts(spec, opened)
        if spec.get("otherwise") is not None:
            parts = [*parts, {"name": spec["otherwise"], "when": {"not": {"any": [p["when"] for p in parts]}}}]
        choices.append(parts)
    models = [m for spec in given for m in ([spec["model"]] if isinstance(spec["model"], str) else spec["model"])]
    combined = {"model": list(dict.fromkeys(models)), "segments": [
        {"name": " · ".join(p["name"] for p in chosen), "when": {"all": [p["when"] for p in chosen]}}
        for chosen in itertools.product(*choices)]}
    return combined | ({"columns": columns} if columns else {})
