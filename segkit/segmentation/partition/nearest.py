"""How near each customer is to the own segment, and which segment comes second: who stands at a border."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from segkit.segmentation.partition import cityblock, medoids
from segkit.segmentation.result import Segmentation

COLUMNS = ("certainty", "distance", "second_segment", "second_distance")


def table(X: pd.DataFrame, segmentation: Segmentation) -> pd.DataFrame:
    """The nearest and the second-nearest segment of each customer, with how far they are.

    Parameters
    ----------
    X : the segmentation variables, a row per customer.
    segmentation : of these customers.

    Returns
    -------
    DataFrame indexed as X: `segment`; where the rule has centres or medoids `distance` to the own one and
    `second_distance` to the nearest other one, in the units of the rule (scaled variables); with latent classes
    `certainty`, the probability of the own class; `second_segment`, the nearest other one (a tie goes to the first).
    Rules have none of these, nor has a segmentation with segments that a study split; of merged segments the nearest
    part counts. A single segment has no second one.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]}, index=list("abcdef"))
    >>> table(X, kmeans.segment(X, 2, random_state=1)).loc["b"].round(2).to_dict()
    {'segment': 1.0, 'distance': 0.67, 'second_segment': 2.0, 'second_distance': 6.67}
    """
    customers = segmentation.assignments[["segment"]].reindex(X.index)
    if segmentation.rule.get("splits"):
        return customers
    labels = np.asarray(list(dict.fromkeys(segmentation.rule.get("labels", []))), dtype=object)
    codes = pd.Index(labels).get_indexer(customers["segment"]) if len(labels) else np.full(len(customers), -1)
    posterior = [f"posterior_{label}" for label in labels]
    if segmentation.rule["kind"] == "classes" and set(posterior) <= set(segmentation.assignments):
        near = 1 - segmentation.assignments[posterior].reindex(X.index).to_numpy(dtype=float)
    elif len(labels):
        near = _distances(X, segmentation)
    else:
        return customers
    if near.shape[1] > len(labels):  # segments that merged: their nearest part
        every = pd.Index(labels).get_indexer(segmentation.rule["labels"])
        near = np.stack([near[:, every == j].min(axis=1) for j in range(len(labels))], axis=1)
    known = codes >= 0
    rows = np.arange(len(X))
    own_distance = np.where(known, near[rows, codes], np.nan)
    if segmentation.rule["kind"] == "classes":
        customers["certainty"] = 1 - own_distance
    else:
        customers["distance"] = own_distance
    if len(labels) > 1:
        others = near.copy()
        others[rows[known], codes[known]] = np.inf
        second = np.where(np.isnan(others), np.inf, others).argmin(axis=1)
        second_label = pd.Series(labels[second], index=X.index).where(known)
        customers["second_segment"] = (
            second_label.astype("Int64") if all(isinstance(x, int) for x in labels) else second_label)
        if "distance" in customers:
            customers["second_distance"] = np.where(known, others[rows, second], np.nan)
    return customers


def labels(X: pd.DataFrame, segmentation: Segmentation) -> pd.Series:
    """The segment that the rule gives to each row of X, which need not be the customers it was made from.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> labels(pd.DataFrame({"visits": [10.0, 0]}, index=["x", "y"]), kmeans.segment(X, 2, random_state=1)).to_dict()
    {'x': 2, 'y': 1}
    """
    rows = X.reset_index(drop=True).rename_axis(None).assign(segkit_row=np.arange(len(X)))
    labelled = segmentation.assign(ibis.memtable(rows)).select("segkit_row", "segment").order_by("segkit_row").execute()
    return pd.Series(labelled["segment"].to_numpy(), index=X.index, name="segment")


def _distances(X: pd.DataFrame, segmentation: Segmentation) -> np.ndarray:
    """Distance (n, k) to each centre or medoid."""
    rule = segmentation.rule
    if rule["kind"] == "medoids":
        return medoids.distances(X, rule)
    C = np.asarray(rule["centroids"], dtype=float)
    Z = X[list(segmentation.variables)].to_numpy(dtype=float, na_value=np.nan)
    if rule.get("log"):
        Z = np.log1p(Z)
    Z = (Z - np.asarray(rule.get("mean", 0.0))) / np.asarray(rule.get("scale", 1.0))
    if rule["kind"] in ("medians", "jaccard"):
        return cityblock.distances(Z, C, jaccard=rule["kind"] == "jaccard")
    return np.sqrt(np.stack([((Z - c) ** 2).sum(axis=1) for c in C], axis=1))
