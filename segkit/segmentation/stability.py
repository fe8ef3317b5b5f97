"""Global stability: would another sample of the same customers give the same segments?

For each number of segments, pairs of bootstrap samples are segmented, all customers are assigned to both
segmentations, and the adjusted Rand index says how far the two agree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segkit.segmentation.evidence import bootstrap_pairs
from segkit.segmentation.evidence.segment_stability import across, flows, found_again, within
from segkit.segmentation.structure import structure
from segkit.words.errors import DataError, Fault

__all__ = ["across", "flows", "found_again", "global_stability", "structure", "within"]


def global_stability(X: pd.DataFrame, k_values: Sequence[int], n_pairs: int = 100, n_starts: int = 10,
                     weights: Sequence[float] | None = None, scale: str = "none", method: str = "k-means",
                     random_state: int | None = None) -> pd.DataFrame:
    """Agreement of a method on pairs of bootstrap samples, for each number of segments.

    Parameters
    ----------
    X : DataFrame, a row per customer and a numeric column per segmentation variable.
    k_values : numbers of segments, 1 or more.
    n_pairs : pairs of samples for each k; the same samples for every k.
    n_starts : starts per sample, of which the best is kept.
    weights : case weight of each row, 0 or more: customers are drawn in proportion to it, and count as much in the
        index. All equal by default.
    scale : as in `kmeans.segment`, from all customers.
    method : "k-means", "k-medians" or "jaccard" (yes/no answers).
    random_state : seed; the result does not depend on the number of processors or the order of customers.

    Returns
    -------
    DataFrame, a row per k and pair: `k`, `pair` (from 1), `adjusted_rand` (1 = the same segments, 0 = as by chance;
    it can be negative).

    Raises
    ------
    DataError
        As `kmeans.segment`.

    References
    ----------
    Dolnicar & Leisch (2010), Evaluation of structure and reproducibility of cluster solutions using the
    bootstrap, doi:10.1007/s11002-009-9083-4. Hubert & Arabie (1985), doi:10.1007/BF01908075.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0] * 5, "spend": [5, 5, 6, 1, 1, 2.0] * 5})
    >>> global_stability(X, [2], n_pairs=3, random_state=1)["adjusted_rand"].to_list()
    [1.0, 1.0, 1.0]
    """
    from segkit.segmentation.kernel.stream import seeds

    k_values = list(k_values)
    faults = [Fault("`k_values`", f"must be whole numbers of at least 1, got {k!r}") for k in k_values if not _whole(k)]
    if not k_values:
        faults.append(Fault("`k_values`", "is empty", "give numbers of segments, for example range(2, 9)"))
    if not _whole(n_pairs):
        faults.append(Fault("`n_pairs`", f"must be a whole number of at least 1, got {n_pairs!r}"))
    if faults:
        raise DataError(faults, "stability")
    pairs = pd.DataFrame({"k": np.repeat(k_values, n_pairs), "pair": np.tile(np.arange(1, n_pairs + 1), len(k_values))})
    streams = np.tile(seeds(random_state, n_pairs), len(k_values))
    replicas = bootstrap_pairs.pairs(X, pairs["k"], streams, n_starts, weights, scale, method)
    return pairs.assign(adjusted_rand=replicas.adjusted_rand)


def _whole(number: object) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool) and int(number) >= 1
