"""City-block distance to centres, and the Jaccard distance of yes/no answers: in NumPy and as Ibis expressions.

Between two answers of nothing but no the Jaccard distance is 0; from one of them to anyone who said yes to something
it is 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from segkit.segmentation.partition.membership import double

TIE = 1e-9
"""Distances that differ by less, as a share, are a tie: rounding alone tells them apart."""


def distances(Z: np.ndarray, C: np.ndarray, jaccard: bool = False) -> np.ndarray:
    """Distance (n, k) of rows (n, d) to centres (k, d), added up variable by variable.

    Examples
    --------
    >>> Z, C = np.array([[1.0, 1, 0], [0, 0, 0]]), np.array([[1.0, 0, 0], [0, 0, 0]])
    >>> distances(Z, C).tolist()
    [[1.0, 2.0], [1.0, 0.0]]
    >>> distances(Z, C, jaccard=True).tolist()
    [[0.5, 1.0], [1.0, 0.0]]
    """
    if jaccard:
        common = Z @ C.T
        union = Z.sum(axis=1)[:, None] + C.sum(axis=1) - common
        return np.where(union > 0, 1 - common / np.maximum(union, 1), 0.0)
    apart = np.zeros((len(Z), len(C)))
    for z, c in zip(Z.T, C.T, strict=True):
        apart += np.abs(z[:, None] - c)
    return apart


def first_least(apart: np.ndarray) -> np.ndarray:
    """Place of the least distance of each row (n, k); a tie goes to the first."""
    return (apart <= apart.min(axis=1, keepdims=True) * (1 + TIE)).argmax(axis=1)


def expressions(values: Sequence[ir.NumericValue], rule: Mapping[str, Any]) -> list[ir.NumericValue]:
    """Distance of a table's rows to each centre of a rule; null where a value is missing."""
    if rule["kind"] == "medians":
        return [_added([(x - double(c)).abs() for x, c in zip(values, centre, strict=True)])
                for centre in rule["centroids"]]
    answers = [ibis.ifelse((x == 0) | (x == 1), x, ibis.null("float64")) for x in values]
    centre_distances = []
    for centre in rule["centroids"]:
        common = _added([x for x, c in zip(answers, centre, strict=True) if c])
        union = _added([x for x, c in zip(answers, centre, strict=True) if not c]) + double(sum(centre))
        centre_distances.append(ibis.cases((union > 0, double(1) - common / union.nullif(double(0))),
                                           (union <= 0, double(0))))
    every = _added(answers)
    return [ibis.ifelse(every.isnull(), ibis.null("float64"), distance) for distance in centre_distances]


def _added(values: list[ir.NumericValue]) -> ir.NumericValue:
    total = double(0)
    for value in values:
        total = total + value
    return total
