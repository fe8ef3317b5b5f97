"""Segments of yes/no answers by what customers have in common: Jaccard distance, a set of yes as centre.

k-means counts a shared no as much as a shared yes. Where a yes says something and a no little (brands bought, features
used), the Jaccard distance leaves the shared noes out: 1 − what both said yes to, of all that either did. Restarts,
weights and what the summary tells are those of `kmeans`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segkit.segmentation.partition import medians
from segkit.segmentation.partition.preparation import Prepared, prepare
from segkit.segmentation.result import Segmentation

__all__ = ["METHOD", "segment"]

METHOD = "jaccard"


def segment(X: pd.DataFrame, k: int, weights: ArrayLike | None = None, n_starts: int | None = None,
            random_state: int | None = None) -> Segmentation:
    """Segment customers by their yes/no answers (Jaccard distance, many greedy k-means++ starts).

    Parameters
    ----------
    X : DataFrame, a row per customer and a column of 0 and 1 (or no and yes as booleans) per segmentation variable.
    k, weights, random_state : as in `kmeans.segment`.
    n_starts : most starts to make; 4,000 by default, fewer on many rows. Starts come in rounds of 40, until 40 are
        within 0.01 % of the best.

    Returns
    -------
    Segmentation. Segments are numbered 1..k by size, ties by centre. `segments` holds the share of yes to each
    variable; the rule has each segment's centre. `summary` is that of `kmeans.segment`, with `criterion` the weighted
    sum of Jaccard distances (each 0 … 1) to the segment's centre.

    Raises
    ------
    DataError
        As `kmeans.segment`; values other than 0 and 1.

    Notes
    -----
    The centre is the set of yes with the least sum of distances: no mean is ever better, because in each variable the
    sum of 1 − Σmin/Σmax is concave and so least at 0 or 1. It is sought by changing one answer at a time; finding the
    very best set is hard in general. A customer without any yes is at distance 0 from the empty set and at distance 1
    from all others: many of them form a segment of their own, a few go, like everyone with nothing in common with any
    centre, to the first segment.

    References
    ----------
    Jaccard (1912), doi:10.1111/j.1469-8137.1912.tb05611.x. Leisch (2006), doi:10.1016/j.csda.2005.10.006 (flexclust's
    family `jaccard`; its `ejaccard` takes means). Chierichetti and others (2010), Finding the Jaccard median,
    doi:10.1137/1.9781611973075.25.

    Examples
    --------
    >>> X = pd.DataFrame({"bread": [1, 1, 1, 0, 0], "milk": [1, 1, 0, 0, 0], "wine": [0, 0, 0, 1, 1]})
    >>> s = segment(X, k=2, random_state=1)
    >>> s.labels.to_list()
    [1, 1, 1, 2, 2]
    >>> s.rule["centroids"]
    [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    prepared = prepared_for(X, k, weights, n_starts)
    return medians.formed(METHOD, X, prepared, k, n_starts, random_state, {"kind": "jaccard"})


def prepared_for(X: pd.DataFrame, k: int, weights: ArrayLike | None, n_starts: int | None) -> Prepared:
    """The customers as distinct rows of 0 and 1."""
    prepared = prepare(X, k, weights, "none", n_starts, METHOD, yes_no=True)
    return prepared._replace(mean=np.zeros_like(prepared.mean))
