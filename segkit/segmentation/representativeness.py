"""Customers with known characteristics against the others: is the part that is described like the whole?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation import resampling
from segkit.segmentation.result import Segmentation
from segkit.words.language import N_

COLUMNS = ("monetary", "frequency", "average_basket", "recency_days")
"""What the two are compared on, where the customers have it."""
LIKE = N_("The {known:count} customers with known characteristics spent {ratio:decimal} times what the others did (95% "
          "interval {low:decimal} to {high:decimal}), and on nothing in the table are they unlike the others by more "
          "than chance could make.")
UNLIKE = N_("The {known:count} customers with known characteristics spent {ratio:decimal} times what the others did "
            "(95% interval {low:decimal} to {high:decimal}). They are unlike the others: what is said of them need not "
            "hold for the {unknown:count} others.")
ALL = N_("Of every customer at least one characteristic is known.")
NOBODY = N_("Characteristics are known of no customer.")


def compare(customers: pd.DataFrame, known: pd.Index, random_state: Any = 0) -> pd.DataFrame:
    """Means of customers whose characteristics are known and of those whose are not, and their ratio.

    Parameters
    ----------
    customers : DataFrame indexed by customer, with some of `monetary`, `frequency`, `average_basket`, `recency_days`.
    known : the customers whose characteristics are known.

    Returns
    -------
    DataFrame indexed by `variable`: `known_mean`, `unknown_mean`, `ratio` (of the first to the second), `ratio_low`,
    `ratio_high` (by bootstrap over customers; the intervals hold the truth in all rows together in 95 %), `n_known`,
    `n_unknown`. No rows where either is empty.

    Examples
    --------
    >>> customers = pd.DataFrame({"monetary": [90.0, 110, 10, 30]}, index=list("abcd"))
    >>> compare(customers, pd.Index(["a", "b"]))[["known_mean", "unknown_mean", "ratio"]].values.tolist()
    [[100.0, 20.0, 5.0]]
    """
    names = [c for c in COLUMNS if c in customers]
    is_known = customers.index.isin(known)
    columns = ["known_mean", "unknown_mean", "ratio", "ratio_low", "ratio_high", "n_known", "n_unknown"]
    if not names or is_known.all() or not is_known.any():
        return pd.DataFrame(columns=columns, index=pd.Index([], name="variable"), dtype=float)
    values = np.column_stack([customers[names].to_numpy(dtype=float, na_value=np.nan), is_known])
    values = values[np.lexsort(values.T)]  # so that the order of the rows does not matter

    def means(part: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
        figures, inside = np.nan_to_num(part[:, :-1]), part[:, -1]
        present = ~np.isnan(part[:, :-1])
        return [(weights * side) @ figures / ((weights * side) @ present) for side in (inside, 1 - inside)]

    of_known, of_unknown = (statistics[0] for statistics in means(values, np.ones((1, len(values)))))
    low, high = resampling.interval(resampling.draws(
        values, lambda part, weights: np.divide(*means(part, weights)), 1_000, random_state), 1 - 0.05 / len(names))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = [of_known, of_unknown, of_known / of_unknown, low, high]
    table = pd.DataFrame(dict(zip(columns, statistics, strict=False)), pd.Index(names, name="variable"))
    return table.assign(n_known=int(is_known.sum()), n_unknown=int((~is_known).sum()))


def said(comparison: pd.DataFrame, known_share: float) -> tuple[str, dict[str, Any]]:
    """What the comparison says: a message id and its values. Unlike is who differs in anything: the interval of a ratio
    leaves out 1.

    Parameters
    ----------
    comparison : what `compare` gives.
    known_share : share of the customers whose characteristics are known, 0..1. Where the comparison is empty, it tells
        whether they are known of everybody or of nobody.

    Returns
    -------
    The message id, and its values: `known` and `unknown` (customers), `ratio`, `low` and `high` of the first row, which
    is `monetary` where the customers have it; none where the comparison is empty.

    Examples
    --------
    >>> customers = pd.DataFrame({"monetary": [90.0, 110, 95, 10, 30, 20]}, index=list("abcdef"))
    >>> sentence, values = said(compare(customers, pd.Index(["a", "b", "c"])), 0.5)
    >>> sentence == UNLIKE, values["known"], round(float(values["ratio"]), 2)
    (True, 3, 4.92)
    """
    if comparison.empty:
        return (ALL if known_share > 0 else NOBODY), {}
    apart = (comparison["ratio_low"] > 1) | (comparison["ratio_high"] < 1)
    row = comparison.iloc[0]
    return (UNLIKE if apart.any() else LIKE), {
        "known": int(row["n_known"]), "unknown": int(row["n_unknown"]), "ratio": row["ratio"], "low": row["ratio_low"],
        "high": row["ratio_high"]}


def by_segment(segmentation: Segmentation, known: pd.Index) -> pd.DataFrame:
    """How many customers of each segment have known characteristics.

    Returns
    -------
    DataFrame indexed by segment: `size`, `n_known`, `known_share`.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 9, 8.0]}, index=list("abcd"))
    >>> by_segment(kmeans.segment(X, 2, random_state=1), pd.Index(["a", "c", "d"]))["known_share"].to_list()
    [0.5, 1.0]
    """
    label = segmentation.labels.dropna()
    order = segmentation.segments.index
    size = label.value_counts().reindex(order, fill_value=0)
    n_known = label[label.index.isin(known)].value_counts().reindex(order, fill_value=0)
    share = (n_known / size).where(size > 0)
    return pd.DataFrame({"size": size, "n_known": n_known, "known_share": share}).rename_axis("segment")
