"""k-means that is honest about its restarts.

One start of k-means rarely finds the best solution (on survey data often in one run of five, or of a
hundred), so the default is many starts, and the result says how many of them came close: the
near-best share. Equal rows are collapsed to one row with a weight before anything is computed; the starts
run in a compiled kernel, which is loaded at the first fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segkit.segmentation.kernel import STILL
from segkit.segmentation.partition import centroids, restarts
from segkit.segmentation.partition.preparation import SCALES, Prepared, check_k, prepare
from segkit.segmentation.result import Segmentation
from segkit.segmentation.variables import lint

__all__ = ["SCALES", "compare", "each", "lint", "segment"]

NEAR_BEST = 0.001
SETTLED = 12
"""Ends of starts, the best first, that are brought to the end of single moves; on many rows the best alone is ended."""
COMPARED = 100_000
"""Distinct rows on which the labels of starts are compared; of more, every second, third, … one."""


def segment(X: pd.DataFrame, k: int, weights: ArrayLike | None = None,
            n_starts: int | None = None, scale: str = "none", random_state: int | None = None) -> Segmentation:
    """Segment customers by k-means (Lloyd's iterations from many greedy k-means++ starts).

    Parameters
    ----------
    X : DataFrame, a row per customer and a numeric column per segmentation variable.
    k : number of segments, 1 or more.
    weights : case weight of each row, in the order of the rows; all equal by default. A row of weight 0 takes no part
        in the fit, but gets the segment it is nearest to.
    n_starts : most starts to make; 4,000 by default, fewer on many rows, so that a fit takes seconds. Starts come in
        rounds of 40, until 40 are within 0.01 % of the best.
    scale : "none"; "standard" to give each variable mean 0 and standard deviation 1 first; "log" to take
        log(1 + value) before that, for skewed amounts and counts.
    random_state : seed; the same seed gives the same segmentation.

    Returns
    -------
    Segmentation. Segments are numbered 1..k by size, ties by centroid. `segments` holds each variable's
    mean in its own unit. `summary`: `criterion` (weighted sum of squared distances, of the scaled variables), `k`,
    `n_starts` (made), `near_best_share` (starts within 0.1 % of the best), `label_agreement` (mean adjusted Rand
    index of the other near-best starts with the best; 1 where there is no other; of many rows, an even part of
    them), `median_excess` (of the median
    start over the best, as a share), `explained_share` (of the total sum of squares).

    Raises
    ------
    DataError
        Missing, infinite or non-numeric values (all columns listed), a constant variable when scaling,
        fewer distinct rows than `k`, weights that are negative, not numbers or all 0.

    References
    ----------
    Arthur & Vassilvitskii (2007), k-means++. Dolnicar, Grün & Leisch (2018), Market Segmentation
    Analysis, doi:10.1007/978-981-10-8818-6, on why restarts matter.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0], "spend": [5, 5, 6, 1, 1, 2.0]})
    >>> s = segment(X, k=2, random_state=1)
    >>> s.labels.to_list()
    [1, 1, 1, 2, 2, 2]
    >>> float(s.summary["near_best_share"].iloc[0])
    1.0
    """
    return next(each(X, [k], weights, n_starts, scale, random_state))


def each(X: pd.DataFrame, k_values: Sequence[int], weights: ArrayLike | None = None, n_starts: int | None = None,
         scale: str = "none", random_state: int | None = None) -> Iterator[Segmentation]:
    """`segment` for several numbers of segments; the customers are made ready once.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> [found.k for found in each(X, [2, 3], random_state=1)]
    [2, 3]
    """
    if not len(k_values):
        return
    prepared = prepare(X, k_values[0], weights, scale, n_starts)
    ready = restarts.ready(prepared)
    for k in k_values:
        check_k(prepared.mass, k)
        yield _segmented(X, k, prepared, ready, n_starts, random_state)


def _segmented(X: pd.DataFrame, k: int, prepared: Prepared, ready: restarts.Rows, n_starts: int | None,
               random_state: int | None) -> Segmentation:
    mass, row, w = prepared.mass, prepared.row, prepared.weight
    C, criteria = restarts.starts(ready, k, restarts.most(ready, k) if n_starts is None else n_starts, random_state)
    _, first = np.unique(criteria, return_index=True)
    ends = (centroids.settled(prepared, C[i]) for i in first[:SETTLED if len(mass) < STILL else 1])
    label, C_best, best = min(ends, key=lambda end: end[2])
    total = sum(float(np.einsum("n,nd,nd->", mass[part], Z, Z)) for part, Z in prepared.chunks())
    close = criteria <= best * (1 + NEAR_BEST) + 1e-12 * total
    step = slice(None, None, -(-len(mass) // COMPARED))
    sample = ready if step.step == 1 else restarts.ready_rows(prepared.part(step), mass[step])
    labels = list(range(1, k + 1))
    assignments = pd.DataFrame({"segment": label[row] + 1}, index=X.index)
    size = np.bincount(label[row], minlength=k)
    share = np.bincount(label, weights=mass, minlength=k)
    segments = pd.DataFrame({"size": size, "segment_share": share / mass.sum()}, index=pd.Index(labels, name="segment"))
    for i, name in enumerate(X.columns):
        values = X.iloc[:, i].to_numpy(dtype=float)
        segments[name] = np.bincount(label[row], weights=w * values, minlength=k) / share
    summary = pd.DataFrame({
        "method": ["k-means"], "k": [k], "criterion": [best], "n_starts": [len(criteria)],
        "near_best_share": [float(close.mean())],
        "label_agreement": [restarts.agreement(lambda c: restarts.iterated(sample, c[None], sample.n)[2][0],
                                               mass[step] * len(X) / w.sum(), label[step], C[close], criteria[close])],
        "median_excess": [max(0.0, float(np.median(criteria) / best - 1)) if best > 0 else 0.0],
        "explained_share": [1 - best / total if total > 0 else 1.0],
    })
    rule = {"kind": "centroids", "labels": labels, "centroids": C_best.tolist(), "mean": prepared.mean.tolist(),
            "scale": prepared.scaling.tolist(), "log": prepared.log}
    return Segmentation("k-means", tuple(map(str, X.columns)), assignments, segments, summary, rule)


def compare(X: pd.DataFrame, k_values: Sequence[int], n_starts: int | None = None, random_state: int | None = None,
            **arguments: Any) -> pd.DataFrame:
    """The summary of one segmentation per number of segments, indexed by `k`.

    Takes `segment`'s arguments. `smallest_share` is the share of the smallest segment.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> compare(X, [2, 3], random_state=1)["smallest_share"].round(2).to_list()
    [0.5, 0.17]
    """
    segmentations = [segment(X, k, n_starts=n_starts, random_state=random_state, **arguments) for k in k_values]
    summaries = [f.summary.assign(smallest_share=f.segments["segment_share"].min()) for f in segmentations]
    return pd.concat(summaries, ignore_index=True).drop(columns="method").set_index("k")
