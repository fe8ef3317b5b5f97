"""Segments of customers in memory: the rule of a segmentation computed in NumPy, as `Segmentation.assign` computes
it where a table lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation.latent.mixture import posteriors
from segkit.segmentation.latent.response_items import place_of
from segkit.segmentation.partition import centroids, cityblock, medoids
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, check_columns


def labels(segmentation: Segmentation, X: pd.DataFrame) -> pd.Series:
    """Segment of each row, indexed as X.

    Parameters
    ----------
    segmentation : of k-means, k-medians, Jaccard segments, latent classes or a tree.
    X : DataFrame with the segmentation variables.

    Returns
    -------
    Series of numbers, missing for a row that gets no segment (see `Segmentation.assign`). A tie goes to the first
    segment; distances that differ by rounding alone are a tie.

    Raises
    ------
    DataError
        When X lacks a segmentation variable, or the segments are defined by rules or were split.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> s = kmeans.segment(pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]}), k=2, random_state=1)
    >>> labels(s, pd.DataFrame({"visits": [0.0, 10.0, np.nan]})).to_list()
    [1, 2, <NA>]
    """
    check_columns(segmentation.variables, X.columns)
    rule = segmentation.rule
    if rule.get("splits"):
        raise DataError([Fault("`segmentation`", "has segments that were split", "label with `.assign(table)`")])
    if rule["kind"] in ("centroids", "medians", "jaccard"):
        place, known = _nearest(rule, segmentation.variables, X)
    elif rule["kind"] == "classes":
        total = scores(rule, X)
        known = ~np.isnan(total).any(axis=1)
        place = np.nan_to_num(total, nan=-np.inf).argmax(axis=1)
    elif rule["kind"] == "medoids":
        total = medoids.distances(X, rule)
        known = ~np.isnan(total).any(axis=1)
        place = np.nan_to_num(total).argmin(axis=1)
    else:
        raise DataError([Fault("`segmentation`", f"is by {segmentation.method}", "label with `.assign(table)`")])
    segments = pd.Series(np.asarray(rule["labels"])[place], index=X.index, name="segment")
    return segments if known.all() else segments.astype("Int64").where(known)


def everyone(segmentation: Segmentation, X: pd.DataFrame, weights: Sequence[float] | None = None) -> Segmentation:
    """A segmentation that was learned from some rows, of all of them: everyone labelled by its rule.

    Parameters
    ----------
    segmentation : as `labels` takes it.
    X : DataFrame with the segmentation variables, a row per customer.
    weights : case weight of each row.

    Returns
    -------
    Segmentation of the rows of X: `assignments`, `size` and `segment_share` are theirs, with the membership of latent
    classes; all else is as it was learned. An answer that was not there to learn from counts as missing.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> everyone(kmeans.segment(X.iloc[1:], k=2, random_state=1), X).segments["size"].to_list()
    [3, 3]
    """
    rule = segmentation.rule
    unknown = {item["name"]: ~X[item["name"]].isin(item["answers"]) for item in rule.get("items", [])}
    X = X.assign(**{name: X[name].astype(object).where(~strange) for name, strange in unknown.items()
                    if (strange & X[name].notna()).any()})
    assignments = pd.DataFrame({"segment": labels(segmentation, X)})
    if rule["kind"] == "classes":
        p = posteriors(scores(rule, X))
        assignments["membership_share"] = p.max(axis=1)
        assignments[[f"posterior_{label}" for label in rule["labels"]]] = p
    w = pd.Series(1.0 if weights is None else np.asarray(weights, dtype=float), X.index)
    size = assignments["segment"].value_counts().reindex(segmentation.segments.index, fill_value=0)
    share = w.groupby(assignments["segment"]).sum().reindex(segmentation.segments.index, fill_value=0.0)
    segments = segmentation.segments.assign(size=size.astype(int), segment_share=share / share.sum())
    return replace(segmentation, assignments=assignments, segments=segments)


def _nearest(rule: Mapping[str, Any], variables: tuple[str, ...], X: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Place of the nearest centroid, and whether all variables are known."""
    values = np.column_stack([X[v].to_numpy(dtype=float, na_value=np.nan) for v in variables])
    if rule.get("log"):
        values = np.log1p(np.where(values > -1, values, np.nan))
    known = np.isfinite(values).all(axis=1)
    C = np.asarray(rule["centroids"], dtype=float)
    if rule["kind"] == "jaccard":
        known &= ((values == 0) | (values == 1)).all(axis=1)
        return cityblock.first_least(cityblock.distances(np.where(known[:, None], values, 0.0), C, True)), known
    Z = (np.where(known[:, None], values, 0.0) - np.asarray(rule["mean"])) / np.asarray(rule["scale"])
    if rule["kind"] == "medians":
        return cityblock.first_least(cityblock.distances(Z, C)), known
    return centroids.nearest(Z, C), known


def scores(rule: Mapping[str, Any], X: pd.DataFrame) -> np.ndarray:
    """Log of share times density of each row and latent class (n, k); NaN where a row has no answer at all, or one
    that was not there to learn from."""
    total = np.tile(np.log(np.maximum(rule["shares"], 1e-300)), (len(X), 1))
    observed, strange = np.zeros((2, len(X)), dtype=bool)
    for item in rule["items"]:
        logs = np.log(np.maximum(np.asarray(item["probabilities"], dtype=float), 1e-300))
        code, missing = place_of(X[item["name"]], item["answers"])
        total += np.where(missing[:, None], 0.0, logs[code])
        observed |= ~missing
        strange |= ~missing & (code < 0)
    for column in rule["continuous"]:
        value = X[column["name"]].to_numpy(dtype=float, na_value=np.nan)[:, None]
        variance = np.asarray(column["variances"])
        density = -0.5 * np.log(2 * np.pi * variance) - (value - np.asarray(column["means"])) ** 2 / (2 * variance)
        total += np.where(np.isnan(value), 0.0, density)
        observed |= ~np.isnan(value[:, 0])
    total[~observed | strange] = np.nan
    return total

