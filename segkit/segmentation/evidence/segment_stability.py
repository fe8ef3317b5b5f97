"""Segment-level stability: how sure each single segment is, within one solution and across numbers of segments."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation.evidence import bootstrap_pairs
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

FOUND_AGAIN = N_("In new samples of the same customers, segment {worst:segment} is found again least well of the "
                 "{k:count} (Jaccard index {low:number}) and segment {best:segment} best ({high:number}).")
ALL_ALIKE = N_("In new samples of the same customers, the {k:count} segments are found again equally well (Jaccard "
               "index {low:number}).")
ALIKE = 0.005
"""Difference of two Jaccard indices that the page would not show."""


def within(X: pd.DataFrame, segmentation: Segmentation, n_samples: int = 100, n_starts: int = 10,
           weights: Sequence[float] | None = None, scale: str = "none", method: str | None = None,
           random_state: int | None = None) -> pd.DataFrame:
    """Segment-level stability within a solution (SLSW): does each segment come back in new samples?

    Every bootstrap sample is segmented into as many segments, all customers are assigned, and each segment of
    `segmentation` gets the Jaccard index with the segment most like it.

    Parameters
    ----------
    X, weights, scale : as `segkit.segmentation.kmeans.segment` took them.
    segmentation : the segmentation of these customers, by any method.
    n_samples : bootstrap samples. n_starts : starts of each.
    method : how samples are segmented: "k-means", "k-medians" or "jaccard"; that of `segmentation` by default where it
        is one of these, else k-means.
    random_state : seed.

    Returns
    -------
    DataFrame, a row per segment and sample: `segment`, `bootstrap_sample` (from 1), `jaccard` (0 … 1, 1 = the same
    customers).

    Raises
    ------
    DataError
        As `kmeans.segment`; when the segmentation is of other customers than X.

    References
    ----------
    Dolnicar & Leisch (2017), Using segment level stability to select target segments in data-driven market
    segmentation studies, doi:10.1007/s11002-017-9423-8. Hennig (2007), doi:10.1016/j.csda.2006.11.025.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0] * 5, "spend": [5, 5, 6, 1, 1, 2.0] * 5})
    >>> found = kmeans.segment(X, 2, random_state=1)
    >>> within(X, found, n_samples=4, random_state=1).groupby("segment")["jaccard"].min().to_list()
    [1.0, 1.0]
    """
    from segkit.segmentation.kernel.stream import seeds

    segmentation.check_of(X, "stability within")
    k, n_pairs = segmentation.k, -(-n_samples // 2)
    if method is None:
        method = segmentation.method if segmentation.method in bootstrap_pairs.METHODS else "k-means"
    replicas = bootstrap_pairs.pairs(X, np.full(n_pairs, k), seeds(random_state, n_pairs), n_starts, weights, scale,
                                     method, labels=True)
    place, mass = replicas.prepared.row, replicas.prepared.weight
    sample_labels = np.asarray(replicas.labels).reshape(2 * n_pairs, -1)[:n_samples]
    weight = None if (mass == 1).all() else mass  # whole numbers are counted faster
    codes = segmentation.segments.index.get_indexer(segmentation.labels)
    known = codes >= 0
    part = None if weight is None else weight[known]
    size = np.bincount(codes[known], weights=part, minlength=k)
    rows = []
    for sample, labels in enumerate(sample_labels, 1):
        sample_codes = labels[place]
        common = np.bincount(codes[known] * k + sample_codes[known], weights=part, minlength=k * k).reshape(k, k)
        union = size[:, None] + np.bincount(sample_codes, weights=weight, minlength=k) - common
        rows.append(pd.DataFrame({"segment": segmentation.segments.index, "bootstrap_sample": sample,
                                  "jaccard": (common / union).max(axis=1)}))
    place_of = {s: i for i, s in enumerate(segmentation.segments.index)}
    return pd.concat(rows, ignore_index=True).sort_values(
        ["segment", "bootstrap_sample"], key=lambda c: c.map(place_of) if c.name == "segment" else c, ignore_index=True)


def flows(segmentations: Sequence[Segmentation]) -> pd.DataFrame:
    """How customers move from each solution to the next: the links of the SLSA plot.

    Parameters
    ----------
    segmentations : of the same customers, in the order of their number of segments.

    Returns
    -------
    DataFrame, a row per pair of segments that share customers: `from_k`, `from_segment`, `k`, `segment`, `n`, `share`
    (of the later segment's customers).
    """
    parts = []
    for former, later in pairwise(segmentations):
        if not former.assignments.index.equals(later.assignments.index):
            raise DataError([Fault("`segmentations`", "are not of the same customers, in the same order",
                                   "segment the same table each time")], "stability across")
        counts = pd.crosstab(former.labels.rename("from_segment"), later.labels.rename("segment"))
        counts = counts.stack().rename("n").reset_index().query("n > 0")
        parts.append(counts.assign(from_k=former.k, k=later.k, share=counts["n"] / counts.groupby("segment")[
            "n"].transform("sum")))
    columns = ["from_k", "from_segment", "k", "segment", "n", "share"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def across(segmentations: Sequence[Segmentation]) -> pd.DataFrame:
    """Segment-level stability across solutions (SLSA): does each segment come from one segment of the solution before?

    Takes what `flows` takes.

    Returns
    -------
    DataFrame indexed by `k` and `segment`: `source_entropy` (in bits, of the segments that its customers come from) and
    `slsa`, 1 − entropy / log2(segments before): 1 when all come from one segment, 0 when equally from all.

    References
    ----------
    Dolnicar & Leisch (2017), doi:10.1007/s11002-017-9423-8.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0] * 5, "spend": [5, 5, 6, 1, 1, 2.0] * 5})
    >>> across([kmeans.segment(X, k, random_state=1) for k in (2, 3)])["slsa"].to_list()
    [1.0, 1.0, 1.0]
    """
    links = flows(segmentations)
    surprise = -links["share"].astype(float) * np.log2(links["share"].astype(float))
    entropy = surprise.groupby([links["k"], links["segment"]]).sum().rename("entropy").abs()
    before = links.groupby(["k", "segment"])["from_k"].first()
    slsa = 1 - entropy / np.log2(before.clip(lower=2).astype(float))
    return pd.DataFrame({"source_entropy": entropy, "slsa": slsa})


def found_again(within: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    """In words, which segment is found again best in new samples, and which least well.

    Parameters
    ----------
    within : what `within` gives.

    Returns
    -------
    The sentence, a message id, and its values: `k`, the number of segments, `low` and `high`, the lowest and the
    highest median of the Jaccard index, and the segments that have them, the first of those level; no best and worst
    where all medians are alike.

    Examples
    --------
    >>> samples = pd.DataFrame({"segment": [1, 2, 1, 2], "jaccard": [0.9, 0.6, 0.9, 0.8]})
    >>> found_again(samples)[1]["worst"], round(found_again(samples)[1]["low"], 3)
    ('2', 0.7)
    """
    medians = within.groupby("segment")["jaccard"].median()
    low, high = float(medians.min()), float(medians.max())
    if high - low < ALIKE:
        return ALL_ALIKE, {"k": len(medians), "low": low}
    return FOUND_AGAIN, {"best": str(medians.idxmax()), "high": high, "worst": str(medians.idxmin()), "low": low,
                         "k": len(medians)}
