"""Circularity: what formed the segments cannot describe them, nor can what follows from it, such as a product."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.segmentation.result import Segmentation
from segkit.words.language import N_

FORMED = N_("formed the segments: no test")
FOLLOWS = N_("follows from what formed the segments: no test")
EXPLAINED = 0.99
"""Share of a variable's variation (of its logarithm, or of itself) that makes it follow from others; ours."""
PER_VARIABLE = 10
"""Customers for each segmentation variable that such a share takes at least: with few, anything follows; ours."""


def formed(segmentation: Segmentation) -> set[str]:
    """Names of the segmentation variables, and of what their scores or distances were made of."""
    return {*segmentation.variables, *segmentation.rule.get("behind", {}).values(),
            *segmentation.rule.get("columns", {})}


def explained(table: pd.DataFrame, segmentation: Segmentation, column: str) -> float:
    """How far a quantity follows from the segmentation variables: the adjusted R² of logarithms, or of plain values.

    Money spent is frequency times average basket: its logarithm is a sum of theirs, R² = 1.

    Parameters
    ----------
    table : DataFrame, a row per customer, with `column` and the segmentation variables it has; others are left out.
    segmentation : how the customers are segmented.
    column : the quantity.

    Returns
    -------
    float, the larger of both R², 0..1; 1 for a segmentation variable; missing where `column` is no number, the table
    has no numeric segmentation variable, or fewer than ten customers for each of them. Logarithms take the customers
    with nothing at or below 0, where they are half of all at least.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"frequency": rng.integers(1, 30, 200), "average_basket": rng.gamma(2, 20, 200)})
    >>> table = X.assign(monetary=X["frequency"] * X["average_basket"], age=rng.integers(18, 80, 200))
    >>> found = kmeans.segment(X, 2, random_state=1)
    >>> [bool(explained(table, found, name) >= EXPLAINED) for name in ("monetary", "age")]
    [True, False]
    """
    if column in formed(segmentation):
        return 1.0
    names = [c for c in table.columns if c in formed(segmentation) and _is_quantity(table[c])]
    if not names or not _is_quantity(table[column]):
        return float("nan")
    values = table[[column, *names]].to_numpy(dtype=float, na_value=np.nan)
    values = values[np.isfinite(values).all(axis=1)]
    positive = values[(values > 0).all(axis=1)]
    r_squared = [_r_squared(values)]
    if 2 * len(positive) >= len(values):
        r_squared.append(_r_squared(np.log(positive)))
    return float(np.nanmax(r_squared)) if not np.isnan(r_squared).all() else float("nan")


def follows(table: pd.DataFrame, segmentation: Segmentation, column: str) -> bool:
    """Whether a quantity formed the segments, or follows from what did (`explained` of at least 0.99)."""
    return bool(explained(table, segmentation, column) >= EXPLAINED)


def told(table: pd.DataFrame, segmentation: Segmentation, column: str) -> str:
    """In words, what a difference between segments in a quantity says, as a message id.

    Parameters
    ----------
    table : DataFrame, a row per customer, with `column` and the segmentation variables it has.
    segmentation : how the customers are segmented.
    column : the quantity. Where `explained` is missing, it counts as one that took no part.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> told(X.assign(age=[30, 41, 28, 35, 52, 44]), kmeans.segment(X, 2, random_state=1), "age")
    'It took no part in forming the segments.'
    """
    if follows(table, segmentation, column):
        return N_("It follows from the variables that formed the segments, so that they differ in it is how they were "
                  "made and no finding about customers.")
    return N_("It took no part in forming the segments.")


def _is_quantity(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _r_squared(values: np.ndarray) -> float:
    """Adjusted R² of the first column on the others; missing where it does not vary or customers are few."""
    n, p = len(values), values.shape[1] - 1
    if n < max(PER_VARIABLE * p, p + 2):
        return float("nan")
    centred = values - values.mean(axis=0)
    total = float((centred[:, 0] ** 2).sum())
    if total <= 1e-12 * float((values[:, 0] ** 2).sum()):
        return float("nan")
    residuals = centred[:, 0] - centred[:, 1:] @ np.linalg.lstsq(centred[:, 1:], centred[:, 0], rcond=None)[0]
    return max(0.0, 1 - float((residuals**2).sum()) / total * (n - 1) / (n - p - 1))
