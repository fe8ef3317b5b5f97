"""Methods for the features of customers, which are computed from their purchases: k-means or k-medians of logarithms.

Both take all of the features as they are, so that a saved rule labels new customers in the engine that holds their
purchases. The other methods of `methods` are for answers and categories, of which features have none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from segkit.segmentation import how_many, kmedians, persistence
from segkit.segmentation.evidence import criteria, learners, replicates, segment_stability
from segkit.segmentation.history import History
from segkit.segmentation.methods import METHODS as OF_ANSWERS
from segkit.segmentation.methods import Found
from segkit.segmentation.partition.preparation import prepare
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, did_you_mean
from segkit.words.language import N_

SCALE = "log"
_STAYS = ["n_halves", "halves_agreement", "halves_moved_share", "n_periods", "periods_agreement",
          "periods_moved_share"]
_BORDERS = ["border_density", "border_reached"]


class Way(NamedTuple):
    """A method for features: its `name`, the `sentence` (message id) that says which and why, whether it is asked if
    segments are separate groups, the columns of its evidence to show, and its steps: `found` and `within`."""

    name: str
    sentence: str
    has_borders: bool
    shown: list[str]
    found: Callable[[pd.DataFrame, Sequence[int], int | None, History | None, int | None], Found]
    within: Callable[[pd.DataFrame, Segmentation, int | None], pd.DataFrame]


def way(method: str = "") -> Way:
    """The method of a study, k-means where it sets none.

    Raises
    ------
    DataError
        When there is no such method, or it is none for features.

    Examples
    --------
    >>> way().name, way("k-medians").has_borders
    ('k-means', False)
    """
    if all_faults := faults(method):
        raise DataError(all_faults)
    return METHODS[method or "k-means"]


def faults(method: str) -> list[Fault]:
    """What is wrong with the method of a study of features; nothing with "".

    Examples
    --------
    >>> [fault.found for fault in faults("jaccard")]
    ['is for answers and categories; the features of customers are amounts']
    """
    if not method or method in METHODS:
        return []
    if method in OF_ANSWERS:
        return [Fault(f"`method` {method!r}", "is for answers and categories; the features of customers are amounts",
                      f"take {' or '.join(METHODS)}; for {method} give the notebook 07-survey a table with a row per "
                      "customer")]
    return [Fault(f"`method` {method!r}", "is no method for the features of customers", did_you_mean(method, METHODS))]


def _means(X: pd.DataFrame, k_values: Sequence[int], k: int | None, bought: History | None,
           random_state: int | None) -> Found:
    solutions = how_many.solutions(X, k_values, SCALE, random_state=random_state)
    evidence = _whole(how_many.evidence(X, solutions, SCALE, purchases=bought, random_state=random_state))
    recommended = how_many.recommend(evidence)
    return Found(solutions, evidence, recommended, how_many.choose(solutions, k or recommended.shown))


def _medians(X: pd.DataFrame, k_values: Sequence[int], k: int | None, bought: History | None,
             random_state: int | None) -> Found:
    solutions = [kmedians.segment(X, n, None, how_many.COMPARED_STARTS, SCALE, random_state)
                 for n in sorted(set(k_values))]
    Z = _scaled(X)
    evidence = criteria.of_distances(solutions, lambda rows: cdist(Z.to_numpy()[rows], Z.to_numpy()[rows], "cityblock"),
                                     None, random_state)
    shown = criteria.best_silhouette(evidence)
    judged_k = sorted({shown, k or shown} & set(evidence.index))
    judged = {n: replicates.judged(learners.by_medians, Z, n, [[c] for c in Z], random_state=random_state)
              for n in judged_k}
    evidence = evidence.join(pd.DataFrame.from_dict(judged, orient="index", columns=replicates.Judged._fields))
    if bought is not None and bought.knows(X.columns):
        evidence = evidence.join(persistence.agreement(bought, list(X.columns), judged_k, SCALE,
                                                       random_state=random_state, segments=_in_medians))
    recommended = criteria.by_silhouette(evidence, shown, judged[shown])
    return Found(solutions, _whole(evidence), recommended, how_many.choose(solutions, k or recommended.shown))


def _in_medians(Z: np.ndarray, k: int) -> np.ndarray:
    """The segment (n,) of each customer by k-medians of scaled values (n, d)."""
    return learners.by_medians(pd.DataFrame(Z))(np.ones(len(Z)), k, 0)


def _scaled(X: pd.DataFrame) -> pd.DataFrame:
    """The logarithms of the features, each with mean 0 and standard deviation 1."""
    prepared = prepare(X, 1, None, SCALE, None)
    return pd.DataFrame(prepared.Z[prepared.row], X.index, X.columns)


def _whole(evidence: pd.DataFrame) -> pd.DataFrame:
    """The evidence with the columns that it lacks, empty."""
    return evidence.reindex(columns=[*evidence, *(c for c in (*_STAYS, *_BORDERS) if c not in evidence)])


def _within_means(X: pd.DataFrame, segmentation: Segmentation, random_state: int | None) -> pd.DataFrame:
    return segment_stability.within(X, segmentation, scale=SCALE, random_state=random_state)


def _within_medians(X: pd.DataFrame, segmentation: Segmentation, random_state: int | None) -> pd.DataFrame:
    return replicates.within(learners.by_medians, _scaled(X), segmentation, random_state=random_state)


METHODS: dict[str, Any] = {w.name: w for w in (
    Way("k-means", N_("Method: k-means of the logarithms, the method that is used where a study sets none: amounts and "
                      "counts are told apart by how many times larger they are, and every number of segments can be "
                      "held against made-up purchases of customers who differ by degree only."), True,
        ["explained_share", "smallest_share", "near_best_share", "global_stability", "independent_stability",
         "border_density", "border_reached", "n_references", "verdict"], _means, _within_means),
    Way("k-medians", N_("Method: k-medians of the logarithms, as the study sets it: segments lie around medians, and "
                        "distances count once and not squared, so a few far customers move them less than those of "
                        "k-means. New samples are asked for only of the number of segments with the largest "
                        "silhouette, and of the number that the study sets; they are held against the same variables "
                        "without relations between them, not against made-up purchases. Whether the segments are "
                        "separate groups is not tested."), False,
        ["explained_share", "smallest_share", "near_best_share", "silhouette", "global_stability",
         "independent_stability", "independent_p", "verdict"], _medians, _within_medians))}
