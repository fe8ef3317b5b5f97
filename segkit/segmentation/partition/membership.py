"""Log-probabilities of latent classes as Ibis expressions, for tables wherever they live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np


def scores(table: ir.Table, rule: Mapping[str, Any]) -> list[ir.NumericValue]:
    """Log of share times density per class: missing answers add nothing; null after an answer not in the rule,
    and where a row has no answer at all."""
    totals = [double(np.log(max(share, 1e-300))) for share in rule["shares"]]
    observed = []
    for item in rule["items"]:
        value = value_of(table[item["name"]], isinstance(item["answers"][0], str))
        observed.append(value.notnull())
        logs = np.log(np.maximum(np.asarray(item["probabilities"], dtype=float), 1e-300))
        for j in range(len(totals)):
            branches = [(value == (a if isinstance(a, str) else float(a)), double(logs[i, j]))
                        for i, a in enumerate(item["answers"])]
            totals[j] = totals[j] + ibis.cases((value.isnull(), double(0)), *branches)
    for column in rule["continuous"]:
        value = value_of(table[column["name"]], False)
        observed.append(value.notnull())
        for j, (mean, variance) in enumerate(zip(column["means"], column["variances"], strict=True)):
            gap = value - double(mean)
            density = double(-0.5 * np.log(2 * np.pi * variance)) - gap * gap / double(2 * variance)
            totals[j] = totals[j] + ibis.ifelse(value.isnull(), double(0), density)
    anything = observed[0]
    for known in observed[1:]:
        anything = anything | known
    return [ibis.ifelse(anything, total, ibis.null("float64")) for total in totals]


def value_of(column: ir.Column, text: bool) -> ir.Value:
    if text:
        return column.cast("string")
    value = number_of(column)
    return ibis.ifelse(value.isnan(), ibis.null("float64"), value)


def number_of(column: ir.Column) -> ir.NumericValue:
    """A column as floating-point numbers; NaN stays NaN."""
    return (column.cast("int8") if column.type().is_boolean() else column).cast("float64")


def double(number: float) -> ir.Value:
    """A number that engines take as a double: some read a plain one as a decimal of few digits."""
    return ibis.literal(repr(float(number))).cast("float64")
