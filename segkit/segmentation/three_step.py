"""Latent classes described by other variables without the error of assignment (three-step, BCH).

Putting each customer into the likeliest class and averaging mixes the classes, so differences come out too
small. The correction weights customers by the inverse of the table of classification errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, check_columns, check_option
from segkit.words.language import N_

CORRECTIONS = ("bch", "none")
Z95 = 1.959963984540054
CIRCULAR = N_("formed the segments: no test")
TOO_FEW = N_("too few values to compare")


def describe(table: pd.DataFrame, segmentation: Segmentation, descriptors: Sequence[str], correction: str = "bch",
             weights: ArrayLike | None = None) -> pd.DataFrame:
    """Wald tests of no difference between latent classes, one per descriptor.

    Parameters
    ----------
    table : DataFrame indexed as the segmentation (a row per customer).
    segmentation : made by `latent_class.segment`.
    descriptors : columns of `table`; numeric ones are compared by means, others by the shares of their values.
    correction : "bch", for classification error; "none", customers as they are assigned.
    weights : case weight of each row, as in the segmentation.

    Returns
    -------
    DataFrame indexed by `descriptor`: `n` (customers with a value), `statistic` (Wald), `df`, `p_value`, `note`. A
    segmentation variable has no p-value: its test would be circular. The covariances are robust; the classes count as
    known, so p-values are a little small where they are poorly separated.

    Raises
    ------
    DataError
        When a descriptor is not in the table, the segmentation is of another method, or a class has no customers.

    References
    ----------
    Bolck, Croon & Hagenaars (2004), doi:10.1093/pan/mph001. Vermunt (2010), doi:10.1093/pan/mpq025. Bakk, Tekle &
    Vermunt (2013), doi:10.1177/0081175012470644.

    Examples
    --------
    >>> from segkit.segmentation import latent_class
    >>> X = pd.DataFrame({c: list("yyyyynnnnn") for c in "abc"})
    >>> table = X.assign(age=[20, 22, 21, 25, 23, 40, 44, 41, 46, 42])
    >>> bool(describe(table, latent_class.segment(X, 2, random_state=1), ["age"])["p_value"].iloc[0] < 0.001)
    True
    """
    rows = []
    for name, fitted in _fitted(table, segmentation, descriptors, correction, weights):
        row: dict[str, Any] = {"descriptor": name, "n": fitted["n"], "statistic": np.nan, "df": 0, "p_value": np.nan,
                               "note": TOO_FEW}
        if fitted["testable"]:
            row |= _wald(fitted["estimate"], fitted["covariance"]) | {"note": ""}
        if name in segmentation.variables:
            row |= {"p_value": np.nan, "note": CIRCULAR}
        rows.append(row)
    columns = ["descriptor", "n", "statistic", "df", "p_value", "note"]
    return pd.DataFrame(rows, columns=columns).set_index("descriptor")


def estimates(table: pd.DataFrame, segmentation: Segmentation, descriptors: Sequence[str], correction: str = "bch",
              weights: ArrayLike | None = None) -> pd.DataFrame:
    """Mean of each numeric descriptor, share of each value of the others, in each latent class.

    Takes `describe`'s arguments.

    Returns
    -------
    DataFrame, a row per (descriptor, value, segment): `estimate`, its robust `standard_error`, `low` and `high` (95 %).
    `value` is "" for a mean. A corrected share of a rare value can lie a little outside 0..1.
    """
    rows = []
    for name, fitted in _fitted(table, segmentation, descriptors, correction, weights):
        error = np.sqrt(np.maximum(np.diag(fitted["covariance"]), 0)).reshape(fitted["estimate"].shape)
        for j, value in enumerate(fitted["values"]):
            for label, mean, e in zip(segmentation.segments.index, fitted["estimate"][:, j], error[:, j], strict=True):
                rows.append({"descriptor": name, "value": value, "segment": label, "estimate": mean,
                             "standard_error": e, "low": mean - Z95 * e, "high": mean + Z95 * e})
    columns = ["descriptor", "value", "segment", "estimate", "standard_error", "low", "high"]
    return pd.DataFrame(rows, columns=columns).set_index(["descriptor", "value", "segment"])


def classification(segmentation: Segmentation, weights: ArrayLike | None = None) -> pd.DataFrame:
    """Table of classification: share of each class's customers (row) whom each segment (column) takes.

    The diagonal is the share assigned rightly. Rows add up to 1.
    """
    posterior = _posterior(segmentation)
    w = np.ones(len(posterior)) if weights is None else np.asarray(weights, dtype=float)
    labels = segmentation.segments.index
    assigned = (segmentation.labels.to_numpy()[:, None] == labels.to_numpy()) * w[:, None]
    counts = posterior.T @ assigned
    return pd.DataFrame(counts / counts.sum(axis=1, keepdims=True), index=labels.rename("class"), columns=labels)


def checked(segmentation: Segmentation, weights: ArrayLike | None) -> np.ndarray:
    """Case weights of latent classes that all have customers.

    Raises
    ------
    DataError
        When the segmentation is of another method, a class has no customers, or the weights are not positive.
    """
    _posterior(segmentation)
    empty = segmentation.segments.index[segmentation.segments["size"] == 0]
    if len(empty):
        raise DataError([Fault(f"segment {label}", "has no customers, so its classification error is unknown",
                               "ask for fewer classes") for label in empty])
    w = np.ones(len(segmentation.labels)) if weights is None else np.asarray(weights, dtype=float)
    if w.shape != (len(segmentation.labels),) or not (np.isfinite(w) & (w >= 0)).all() or not w.any():
        raise DataError([Fault("`weights`", "must be one number of at least 0 per customer of the segmentation, and "
                               "not all 0")])
    return w


def _posterior(segmentation: Segmentation) -> np.ndarray:
    names = [f"posterior_{label}" for label in segmentation.segments.index]
    if not set(names) <= set(segmentation.assignments):
        raise DataError([Fault("`segmentation`", f"is by {segmentation.method}", "make one with latent_class.segment")])
    return segmentation.assignments[names].to_numpy(dtype=float)


def _fitted(table: pd.DataFrame, segmentation: Segmentation, descriptors: Sequence[str], correction: str,
            weights: ArrayLike | None) -> list[tuple[str, dict[str, Any]]]:
    """Estimates (class, value), their covariance (flat), and the values, of every descriptor."""
    check_option("correction", correction, CORRECTIONS)
    check_columns(descriptors, table.columns)
    w = checked(segmentation, weights)
    assigned = (segmentation.labels.to_numpy()[:, None] == segmentation.segments.index.to_numpy()).astype(float)
    if correction == "bch":
        assigned = assigned @ np.linalg.inv(classification(segmentation, w).to_numpy())
    member = pd.DataFrame(assigned * w[:, None], index=segmentation.labels.index).reindex(table.index).to_numpy()
    fitted = []
    for name in descriptors:
        column = table[name]
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        if numeric:
            column = column.astype(float).replace([np.inf, -np.inf], np.nan)
        used = column.notna().to_numpy() & ~np.isnan(member).any(axis=1)
        if numeric:
            values, Y = [""], column[used].to_numpy(dtype=float)[:, None]
        else:
            text = column[used].astype(str)
            values = sorted(text.unique())
            Y = (text.to_numpy()[:, None] == np.array(values, dtype=object)).astype(float)
        fitted.append((name, {"n": int(used.sum()), "values": values, **_means(Y, member[used])}))
    return fitted


def _means(Y: np.ndarray, member: np.ndarray) -> dict[str, Any]:
    """Weighted means (class, column) and their sandwich covariance, weights of either sign."""
    mass = member.sum(axis=0)
    k, n_columns = member.shape[1], Y.shape[1]
    if not len(Y) or (mass <= 0).any():
        nothing = np.full((k, n_columns), np.nan)
        return {"estimate": nothing, "covariance": np.full((nothing.size, nothing.size), np.nan), "testable": False}
    estimate = member.T @ Y / mass[:, None]
    influence = (member[:, :, None] * (Y[:, None, :] - estimate) / mass[:, None]).reshape(len(Y), -1)
    covariance = influence.T @ influence * len(Y) / max(len(Y) - k, 1)
    return {"estimate": estimate, "covariance": covariance, "testable": k > 1 and bool((Y.std(axis=0) > 0).all())}


def _wald(estimate: np.ndarray, covariance: np.ndarray) -> dict[str, float]:
    """All classes have the estimates of the first; one of several shares follows from the others."""
    k, n_columns = estimate.shape
    free = n_columns - 1 if n_columns > 1 else 1
    contrast = np.zeros(((k - 1) * free, k * n_columns))
    for j in range(1, k):
        for c in range(free):
            contrast[(j - 1) * free + c, [c, j * n_columns + c]] = -1, 1
    gap, spread = contrast @ estimate.ravel(), contrast @ covariance @ contrast.T
    inverse = np.linalg.pinv(spread, rcond=1e-12, hermitian=True)
    df = int(np.linalg.matrix_rank(spread, hermitian=True))
    statistic = float(gap @ inverse @ gap)
    return {"statistic": statistic, "df": df, "p_value": float(stats.chi2.sf(statistic, df)) if df else np.nan}
