"""One method made ready for many samples of the same people: what `replicates` asks for.

What does not change from sample to sample (checks, distances, patterns of answers) is done once; each sample is a mass
of the rows, and everyone is labelled.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from segkit.segmentation import jaccard, kmedians
from segkit.segmentation.latent import mixture, response_items
from segkit.segmentation.partition import gower, medians
from segkit.segmentation.partition.preparation import Prepared
from segkit.words.errors import DataError

STARTS = 5
"""Starts of each sample, as in `stability.structure`."""
ROUGH = 1e-5
"""Tolerance of latent classes of a sample: labels hardly change after it."""
Learned = Callable[[np.ndarray, int, int], np.ndarray]
"""Labels (n,) from 0 on of all rows, from how often each was drawn (n,), the number of segments and a seed."""


def by_medians(X: pd.DataFrame) -> Learned:
    """k-medians of numbers (n, d).

    Examples
    --------
    >>> learned = by_medians(pd.DataFrame({"a": [0.0, 0.1, 0.9, 1.0]}))
    >>> learned(np.array([2.0, 1, 0, 1]), 2, 1).tolist()
    [0, 0, 1, 1]
    """
    return _centred(kmedians.prepared_for(X, 1, None, "none", STARTS), False)


def by_jaccard(X: pd.DataFrame) -> Learned:
    """Jaccard segments of yes/no answers as 0 and 1 (n, d)."""
    return _centred(jaccard.prepared_for(X, 1, None, STARTS), True)


def _centred(prepared: Prepared, is_jaccard: bool) -> Learned:
    kernel_rows = medians.rows(prepared, is_jaccard)
    m = len(prepared.mass)

    def learned(drawn: np.ndarray, k: int, seed: int) -> np.ndarray:
        mass = np.zeros(len(kernel_rows.ready.mass), dtype=np.float32)
        mass[:m] = np.bincount(prepared.row, weights=drawn, minlength=m)
        C, criteria = medians.starts(kernel_rows, k, STARTS, seed, mass)
        return medians.settled(prepared, C[criteria.argmin()], is_jaccard, follow=False)[0][prepared.row]

    return learned


def by_classes(table: pd.DataFrame, quantities: tuple[str, ...] = ()) -> Learned:
    """Latent classes of answers (n, v), `quantities` among them normal within a class."""
    answers = response_items.answers(table, quantities, None, "latent classes")
    patterns = response_items.patterns(answers.codes, answers.values, answers.weights)

    def learned(drawn: np.ndarray, k: int, seed: int) -> np.ndarray:
        mass = np.bincount(patterns.row, weights=drawn, minlength=len(patterns.weight))
        sample = type(patterns)(patterns.codes, patterns.values, mass, patterns.row)
        best = mixture.fit(answers, sample, k, STARTS, False, seed, tolerance=ROUGH)
        return mixture.scores(answers, patterns.codes, patterns.values, best.parameters).argmax(axis=1)[patterns.row]

    return learned


def by_tree(table: pd.DataFrame) -> Learned:
    """Ward's tree of Gower's distances (n, v), to which each variable adds the same; all go to the nearest medoid.

    Of rows that share no answer the distance is the largest, 1.
    """
    variables, faults = gower.read(table.loc[:, table.nunique() > 1], np.ones(len(table)), gower.COMMENSURABLE)
    if faults:
        raise DataError(faults, "Gower's distance")
    D = np.ones((len(table), len(table)))
    for part, apart in gower.blocks(variables, np.arange(len(table)), 1.0):
        D[part] = apart
    np.fill_diagonal(D, 0)

    def learned(drawn: np.ndarray, k: int, seed: int) -> np.ndarray:
        rows = np.repeat(np.arange(len(drawn)), drawn.astype(int))
        distances = D[np.ix_(rows, rows)]
        label = fcluster(linkage(squareform(np.sqrt(distances), checks=False), "ward"), k, "maxclust") - 1
        central = [rows[members[distances[np.ix_(members, members)].sum(axis=1).argmin()]]
                   for members in (np.flatnonzero(label == j) for j in range(label.max() + 1))]
        return D[:, central].argmin(axis=1)

    return learned
