"""Are these variables fit to form segments? What k-means would accept without a word, and a reader should know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation.evidence import constraints
from segkit.segmentation.partition.preparation import prepare
from segkit.words.language import N_

ID, CONSTANT, UNITS, SKEWED, TWICE, WHOLE, FOLLOWS, CHANCE = PROBLEMS = (
    N_("looks like an id"), N_("one value only"), N_("mixed units"), N_("a few far customers"),
    N_("repeats another variable"), N_("adds up to a constant with others"), N_("follows from others"),
    N_("mostly chance"))
FEWEST_NAMED, FEWEST = 20, 100
"""Customers from which on whole numbers that never repeat look like ids, by their name or without one."""
DENSE = 10
"""Ids lie in a range of at most so many numbers per customer; 100 counts in it would repeat 99 times of 100."""
UNIT_RATIO = 10.0
"""Largest standard deviation over the smallest beyond which the largest decides alone."""
SKEW = 3.0
SAME = 0.99
"""Correlation from which on two variables count as one, and share explained from which on one follows from others."""
RELIABLE = 0.5
"""Reliability below which a variable says more of chance than of the customer."""
_NAMED = re.compile(r"(^|[_\W])(id|ids|no|nr|code|key|number|zip|phone|ma)$", re.IGNORECASE)


def lint(X: pd.DataFrame, scale: str = "none", weights: Sequence[float] | None = None,
         reliability: pd.DataFrame | None = None) -> pd.DataFrame:
    """Segmentation variables that would form other segments than the reader thinks.

    Parameters
    ----------
    X, scale, weights : as `segkit.segmentation.kmeans.segment` takes them.
    reliability : what `persistence.reliability` gives, where the variables come from purchases.

    Returns
    -------
    DataFrame, a row per finding, empty when there is none: `variable`, `problem`, `other` (a second variable) and
    `extent`. Problems: "looks like an id" (whole numbers that never repeat; extent: customers), "one value only",
    "mixed units" (`scale="none"` and the largest standard deviation is more than 10 times the smallest, that of
    `other`; extent: the ratio), "a few far customers" (extent: skewness of 3 or more), "repeats another variable"
    (extent: correlation with `other`, 0.99 or more), "adds up to a constant with others" (extent: the constant; take
    the logarithms of their ratios instead), "follows from others" (a product or a sum of them; extent: share explained,
    0.99 or more; told of the last such variable), "mostly chance" (extent: reliability below 0.5).

    Raises
    ------
    DataError
        As `kmeans.segment`, but for variables of one value, which are told of here.

    Examples
    --------
    >>> X = pd.DataFrame({"customer_id": range(100, 140), "visits": [1, 2, 3, 4] * 10, "spend": [90, 7, 80, 1] * 10})
    >>> lint(X)[["variable", "problem", "other"]].values.tolist()
    [['customer_id', 'looks like an id', ''], ['spend', 'mixed units', 'visits']]
    >>> lint(X[["visits", "spend"]], scale="standard").empty
    True
    """
    varying = [i for i in range(X.shape[1]) if not _constant(X.iloc[:, i])]
    findings = [_finding(X.columns[i], CONSTANT) for i in range(X.shape[1]) if i not in varying]
    if varying:
        prepared = prepare(X.iloc[:, varying], 1, weights, scale, None)
        share = prepared.mass / prepared.mass.sum()
        Z, names = prepared.Z, X.columns[varying]
        ids = [_is_id(name, column) for name, column in zip(names, prepared.columns, strict=True)]
        findings += [_finding(name, ID, extent=len(X)) for name, is_id in zip(names, ids, strict=True) if is_id]
        spread = np.sqrt(share @ Z**2)
        usable = [i for i, is_id in enumerate(ids) if not is_id]
        findings += _units(names, spread, usable) if scale == "none" else []
        findings += _shapes(names, Z / spread, share, usable)
        findings += _ties(names, Z / spread, share, usable, X)
    if reliability is not None:
        unsure = reliability["reliability"][reliability["reliability"] < RELIABLE]
        findings += [_finding(name, CHANCE, extent=value) for name, value in unsure.items()]
    return pd.DataFrame(findings, columns=["variable", "problem", "other", "extent"]).astype({"extent": float})


def _finding(variable: Any, problem: str, other: Any = "", extent: float = np.nan) -> dict[str, Any]:
    return {"variable": str(variable), "problem": problem, "other": str(other), "extent": float(extent)}


def _constant(column: pd.Series) -> bool:
    return len(column) > 0 and bool(column.notna().all()) and column.nunique() == 1


def _is_id(name: Any, column: np.ndarray) -> bool:
    n = len(column)
    if n < FEWEST_NAMED or (column != np.round(column)).any() or len(np.unique(column)) < n:
        return False
    return bool(_NAMED.search(str(name))) or (n >= FEWEST and np.ptp(column) <= DENSE * n)


def _units(names: pd.Index, spread: np.ndarray, kept: list[int]) -> list[dict[str, Any]]:
    if len(kept) < 2:
        return []
    least, most = (kept[int(place)] for place in (spread[kept].argmin(), spread[kept].argmax()))
    ratio = spread[most] / spread[least]
    return [_finding(names[most], UNITS, names[least], ratio)] if ratio > UNIT_RATIO else []


def _shapes(names: pd.Index, Z: np.ndarray, share: np.ndarray, kept: list[int]) -> list[dict[str, Any]]:
    skewness = share @ Z**3
    alike = (Z * share[:, None]).T @ Z
    findings = [_finding(names[i], SKEWED, extent=skewness[i]) for i in kept if abs(skewness[i]) >= SKEW]
    return findings + [_finding(names[j], TWICE, names[i], alike[i, j]) for i in kept for j in kept
                       if i < j and abs(alike[i, j]) >= SAME]


def _ties(names: pd.Index, Z: np.ndarray, share: np.ndarray, kept: list[int], X: pd.DataFrame) -> list[dict[str, Any]]:
    """Variables that add up to a constant, or of which one follows from several others."""
    values = X[[names[i] for i in kept]].to_numpy(dtype=float)
    summing = constraints.summing(values) if len(kept) > 1 else ()
    if summing:
        others = ", ".join(str(names[kept[i]]) for i in summing[:-1])
        return [_finding(names[kept[summing[-1]]], WHOLE, others, values[0, list(summing)].sum())]
    if not 2 < len(kept) < len(Z):
        return []
    alike = (Z[:, kept] * share[:, None]).T @ Z[:, kept]
    pairs = np.abs(alike - np.eye(len(kept)))
    if (pairs >= SAME).any():
        return []  # told as a pair
    explained = 1 - 1 / np.maximum(np.diag(np.linalg.pinv(alike, hermitian=True)), 1.0)
    if np.linalg.matrix_rank(alike, tol=1e-8, hermitian=True) < len(kept):
        explained = np.where(np.abs(np.linalg.eigh(alike)[1][:, 0]) > 1e-4, 1.0, explained)
    last = np.flatnonzero(explained >= SAME)
    if not len(last):
        return []
    others = ", ".join(str(names[kept[i]]) for i in last[:-1])
    return [_finding(names[kept[last[-1]]], FOLLOWS, others, explained[last[-1]])]
