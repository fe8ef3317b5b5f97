"""Customers who stand for a segment of mixed variables, and who is nearest to which by Gower's distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.segmentation.latent.response_items import place_of
from segkit.segmentation.partition.gower import Variable, gaps
from segkit.segmentation.partition.membership import double, value_of

_TYPES = {str: "string", bool: "boolean"}


def rule(variables: list[Variable], points: np.ndarray) -> dict[str, Any]:
    """What labels new customers by the nearest of the points: plain data."""
    listed = []
    for v in variables:
        medoids = v.values[points]
        values = [None if np.isnan(x) else v.categories[int(x)] if v.categories else float(x) for x in medoids]
        listed.append({"name": v.name, "weight": v.weight, "width": v.width, "categories": list(v.categories),
                       "medoids": values})
    types = {v.name: _TYPES.get(type(v.categories[0]), "float64") if v.categories else "float64" for v in variables}
    return {"kind": "medoids", "variables": listed, "types": types}


def expressions(table: ir.Table, rule: Mapping[str, Any]) -> list[ir.NumericValue]:
    """Distance of a table's rows to each medoid, at most 1 per variable; null where no variable is known."""
    n = len(rule["variables"][0]["medoids"])
    apart, common = [double(0.0)] * n, [double(0.0)] * n
    observed = ibis.literal(False)
    for variable in rule["variables"]:
        text = bool(variable["categories"]) and isinstance(variable["categories"][0], str)
        value = value_of(table[variable["name"]], text)
        weight, width, categories = double(variable["weight"]), variable["width"], variable["categories"]
        if width and categories:
            value = ibis.cases(*[(value == _plain(c), double(i)) for i, c in enumerate(categories)],
                               else_=ibis.null("float64"))
        known = value.notnull()
        observed = observed | known
        for j, medoid in enumerate(variable["medoids"]):
            if medoid is None:
                continue
            if width:
                gap = (value - double(categories.index(medoid) if categories else medoid)).abs() / double(width)
                gap = ibis.ifelse(gap > 1, double(1.0), gap)
            else:
                gap = ibis.ifelse(value == _plain(medoid), double(0.0), double(1.0))
            apart[j] = apart[j] + ibis.ifelse(known, weight * gap, double(0.0))
            common[j] = common[j] + ibis.ifelse(known, weight, double(0.0))
    far = double(2.0)
    nothing = ibis.null("float64")
    return [ibis.ifelse(observed, ibis.ifelse(c > 0, a / c, far), nothing)
            for a, c in zip(apart, common, strict=True)]


def distances(X: pd.DataFrame, rule: Mapping[str, Any]) -> np.ndarray:
    """Distance of each row to each medoid, as `expressions` computes it; NaN where no variable is known."""
    n, k = len(X), len(rule["variables"][0]["medoids"])
    apart, common, observed = np.zeros((n, k)), np.zeros((n, k)), np.zeros(n, dtype=bool)
    for variable in rule["variables"]:
        categories = variable["categories"]
        if categories:
            code, missing = place_of(X[variable["name"]], categories)
            values = np.where(missing | ((code < 0) & bool(variable["width"])), np.nan, code)
            medoids = np.array([np.nan if v is None else categories.index(v) for v in variable["medoids"]], dtype=float)
        else:
            values = X[variable["name"]].to_numpy(dtype=float, na_value=np.nan)
            medoids = np.array([np.nan if v is None else v for v in variable["medoids"]], dtype=float)
        column = Variable(variable["name"], values, variable["weight"], variable["width"], tuple(categories))
        both = ~np.isnan(values)[:, None] & ~np.isnan(medoids)
        gap = np.minimum(gaps(column, values[:, None], medoids), 1.0)
        apart += np.where(both, column.weight * gap, 0.0)
        common += column.weight * both
        observed |= ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        distance = np.where(common > 0, apart / common, 2.0)
    return np.where(observed[:, None], distance, np.nan)


def _plain(answer: Any) -> Any:
    return answer if isinstance(answer, str) else float(answer)
