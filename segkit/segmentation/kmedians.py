"""k-medians: segments around medians, where k-means has means.

Distances are added up as they are and not squared, so a few far customers move a segment little, and the centre of
answers in steps is an answer. Restarts, weights and what the summary tells are those of `kmeans`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segkit.segmentation.partition import medians
from segkit.segmentation.partition.preparation import SCALES, Prepared, prepare
from segkit.segmentation.result import Segmentation

__all__ = ["METHOD", "SCALES", "segment"]

METHOD = "k-medians"


def segment(X: pd.DataFrame, k: int, weights: ArrayLike | None = None, n_starts: int | None = None,
            scale: str = "none", random_state: int | None = None) -> Segmentation:
    """Segment customers by k-medians (city-block distance, many greedy k-means++ starts).

    Parameters
    ----------
    X, k, weights, scale, random_state : as in `kmeans.segment`.
    n_starts : most starts to make; 4,000 by default, fewer on many rows. Starts come in rounds of 40, until 40 are
        within 0.01 % of the best.

    Returns
    -------
    Segmentation. Segments are numbered 1..k by size, ties by centre. `segments` holds each variable's weighted median
    in its own unit, halfway between two values that both are one. `summary` is that of `kmeans.segment`, with
    `criterion` the weighted sum of city-block distances to the segment's median, of the scaled variables.
    A customer as near to two medians belongs to the first segment: common with answers in steps, so small segments
    of yes/no answers depend on it.

    Raises
    ------
    DataError
        As `kmeans.segment`.

    References
    ----------
    Bradley, Mangasarian & Street (1996), Clustering via concave minimization, NIPS 9, 368–374. Leisch (2006), A toolbox
    for K-centroids cluster analysis, doi:10.1016/j.csda.2005.10.006 (flexclust's family `kmedians`).

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 90.0], "spend": [5, 5, 6, 1, 1, 2.0]})
    >>> s = segment(X, k=2, random_state=1)
    >>> s.labels.to_list()
    [1, 1, 1, 1, 1, 2]
    >>> s.segments["visits"].to_list()
    [2.0, 90.0]
    """
    prepared = prepared_for(X, k, weights, scale, n_starts)
    rule = {"kind": "medians", "mean": prepared.mean.tolist(), "scale": prepared.scaling.tolist(),
            "log": scale == "log"}
    return medians.formed(METHOD, X, prepared, k, n_starts, random_state, rule)


def prepared_for(X: pd.DataFrame, k: int, weights: ArrayLike | None, scale: str,
                 n_starts: int | None) -> Prepared:
    """The customers as distinct rows; those that are not scaled keep their values."""
    prepared = prepare(X, k, weights, scale, n_starts, METHOD)
    return prepared._replace(mean=np.zeros_like(prepared.mean)) if scale == "none" else prepared
