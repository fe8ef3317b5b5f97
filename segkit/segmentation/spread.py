"""How far the customers of each segment lie apart on each variable: the boxes behind the means of the profile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segkit.segmentation.result import Segmentation

MOST = 12
"""Variables told of: those on which the segments differ most."""


def boxes(X: pd.DataFrame, segmentation: Segmentation, weights: Sequence[float] | None = None) -> pd.DataFrame:
    """Tukey's box of each variable in each segment.

    Parameters
    ----------
    X : the segmentation variables, a row per customer, as numbers.
    segmentation : of these customers.
    weights : case weight of each row.

    Returns
    -------
    DataFrame, a row per (variable, segment): `size` (customers whose value is known), `first_quartile`, `median`,
    `third_quartile`, and `lower_whisker` and `upper_whisker`, the farthest values within one and a half boxes of them.
    Variables of more than two values only, at most 12, those that differ most between the segments by the share of
    their variance (ties: the first); empty without such variables. Weighted quartiles are values of customers (inverted
    distribution function); without weights they lie between two (linear).

    References
    ----------
    Tukey (1977), Exploratory Data Analysis. Dolnicar, Grün & Leisch (2018), step 7, doi:10.1007/978-981-10-8818-6.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 3, 9, 8, 7.0]})
    >>> boxes(X, kmeans.segment(X, 2, random_state=1))["median"].to_list()
    [2.0, 8.0]
    """
    w = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
    label = segmentation.labels.reindex(X.index)
    apart = {c: _between(X[c].to_numpy(dtype=float, na_value=np.nan), label, w) for c in X.columns
             if X[c].nunique() > 2}
    kept = set(sorted(apart, key=lambda c: -round(apart[c], 12))[:MOST])
    rows = {}
    for name in (c for c in X.columns if c in kept):
        for segment in segmentation.segments.index:
            members = ((label == segment) & X[name].notna()).fillna(False).to_numpy(dtype=bool) & (w > 0)
            if members.any():
                rows[str(name), segment] = {"size": int(members.sum()),
                                            **_box(X[name].to_numpy(dtype=float)[members], w[members])}
    if not rows:
        return pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=["variable", "segment"]))
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["variable", "segment"])


def _between(values: np.ndarray, label: pd.Series, w: np.ndarray) -> float:
    """Share of the variance of a variable that lies between the segments."""
    known = ~np.isnan(values) & label.notna().to_numpy() & (w > 0)
    values, mass, labels = values[known], w[known], label.to_numpy()[known]
    if not len(values):
        return 0.0
    total = np.average((values - np.average(values, weights=mass)) ** 2, weights=mass)
    means = pd.Series(values * mass).groupby(labels).sum() / pd.Series(mass).groupby(labels).sum()
    within = np.average((values - means.reindex(labels).to_numpy()) ** 2, weights=mass)
    return float(1 - within / total) if total > 0 else 0.0


def _box(values: np.ndarray, w: np.ndarray) -> dict[str, float]:
    if (w == w[0]).all():
        first, middle, third = np.quantile(values, [0.25, 0.5, 0.75])
    else:
        first, middle, third = np.quantile(values, [0.25, 0.5, 0.75], weights=w, method="inverted_cdf")
    reach = 1.5 * (third - first)
    inside = values[(values >= first - reach) & (values <= third + reach)]
    return {"lower_whisker": inside.min(initial=first), "first_quartile": first, "median": middle,
            "third_quartile": third, "upper_whisker": inside.max(initial=third)}
