"""Pairs of bootstrap samples segmented by k-means or its kin: what stability is told from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segkit.segmentation import jaccard, kmedians
from segkit.segmentation.partition import medians
from segkit.segmentation.partition.preparation import Prepared, prepare
from segkit.words.errors import DataError, Fault, check_option

METHODS = ("k-means", kmedians.METHOD, jaccard.METHOD)


class Replicas(NamedTuple):
    """The `prepared` customers, the adjusted Rand index (t,) of each pair, and the labels (t, 2, m) that the distinct
    rows have in both of its segmentations, None unless asked for."""

    prepared: Prepared
    adjusted_rand: np.ndarray
    labels: np.ndarray | None


def pairs(X: pd.DataFrame, k: Sequence[int] | np.ndarray, streams: np.ndarray, n_starts: int, weights: ArrayLike | None,
          scale: str, method: str, labels: bool = False) -> Replicas:
    """A pair of bootstrap samples per stream (t,), segmented into k (t,) segments by the best of `n_starts`.

    The same stream draws the same samples, whatever k.
    """
    from segkit.segmentation.kernel import bootstrap

    check_option("method", method, METHODS)
    counts = np.asarray(k)
    most = int(counts.max())
    if method == "k-means":
        prepared = prepare(X, most, weights, scale, n_starts)
        customers = prepared.mass * len(X) / prepared.weight.sum()
        stack = bootstrap.stack([(prepared.Z, customers, len(X))])
        fitted = bootstrap.pairs(stack, np.array(0), counts, streams, n_starts, labels)
        return Replicas(prepared, fitted.adjusted_rand, fitted.labels)
    if method == kmedians.METHOD:
        prepared = kmedians.prepared_for(X, most, weights, scale, n_starts)
    elif scale == "none":
        prepared = jaccard.prepared_for(X, most, weights, n_starts)
    else:
        raise DataError([Fault("`scale`", f"is {scale!r}, but yes/no answers are not scaled", "leave it out")], method)
    customers = prepared.mass * len(X) / prepared.weight.sum()
    kernel_rows = medians.rows(prepared, method == jaccard.METHOD)
    pair_labels = np.empty((len(counts), 2, len(customers)), dtype=np.int16)
    for task, (n_segments, stream) in enumerate(zip(counts, streams, strict=True)):
        rng = np.random.default_rng(int(stream))
        for side in range(2):
            drawn = np.zeros(len(kernel_rows.ready.mass), dtype=np.float32)
            drawn[:len(customers)] = rng.multinomial(len(X), customers / customers.sum())
            C, criteria = medians.starts(kernel_rows, int(n_segments), n_starts, [int(stream), side], drawn)
            pair_labels[task, side] = medians.settled(prepared, C[criteria.argmin()], kernel_rows.jaccard,
                                                      follow=False)[0]
    rand = np.array([bootstrap.adjusted_rand(a, b, customers) for a, b in pair_labels])
    return Replicas(prepared, rand, pair_labels if labels else None)
