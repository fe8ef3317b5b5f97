"""How many segments by one criterion: the silhouette of distances, or the BIC of latent classes.

For methods whose border between segments has no place in space, so that the evidence of `how_many` cannot be had. The
number that the criterion favours is then held against new samples (`replicates`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from segkit.segmentation import how_many
from segkit.segmentation.evidence.replicates import Judged
from segkit.segmentation.how_many import SMALLEST, Recommendation
from segkit.segmentation.result import Segmentation
from segkit.segmentation.structure import CONSTRUCTIVE, REPRODUCIBLE
from segkit.words.language import N_

Distances = Callable[[np.ndarray], np.ndarray]
"""Distances (m, m) between some of the rows, by their places."""
_INFORMATION = ["log_likelihood", "n_parameters", "aic", "bic", "icl", "entropy", "near_best_share"]
_DISTANCE = ["criterion", "explained_share", "near_best_share"]
_BY_SILHOUETTE = {
    REPRODUCIBLE: N_("{k:count} segments are recommended: of the numbers compared they have the largest mean "
                     "silhouette ({silhouette:number}), and they come back in new samples (agreement "
                     "{global_stability:number}). Whether they are separate groups is not tested with this method."),
    CONSTRUCTIVE: N_("{k:count} segments have the largest mean silhouette ({silhouette:number}), but they do not come "
                     "back in new samples, or no better than those of variables that have nothing to do with each "
                     "other (agreement {global_stability:number}): one segment, the whole market, is all the data "
                     "support."),
}
_BY_BIC = {
    REPRODUCIBLE: N_("{k:count} classes are recommended: with them the BIC is least ({bic:decimal}), and who is in "
                     "which comes back in new samples (agreement {global_stability:number}). Whether classes are "
                     "separate groups is not tested with this method."),
    CONSTRUCTIVE: N_("With {k:count} classes the BIC is least ({bic:decimal}), but who is in which does not come back "
                     "in new samples, or no better than by chance (agreement {global_stability:number}): take the "
                     "classes for a description of the answers, not for lists of people."),
}
_ONE_CLASS = N_("The BIC is least with one class ({bic:decimal}): that the answers depend on each other is too little "
                "for a division. The whole market is all the data support.")


def of_distances(found: Sequence[Segmentation], distances: Distances, weights: Sequence[float] | None = None,
                 random_state: int | None = None) -> pd.DataFrame:
    """Fit, size and silhouette of each number of segments.

    Parameters
    ----------
    found : segmentations of the same customers.
    distances : of the method, see `Distances`.
    weights : case weights; the silhouette is of at most 1,000 customers drawn by them.
    random_state : seed.

    Returns
    -------
    DataFrame indexed by `k`: `criterion`, `explained_share`, `near_best_share` (missing where there are no starts),
    `smallest_share`, `silhouette` (mean, −1 … 1).

    References
    ----------
    Rousseeuw (1987), Silhouettes, doi:10.1016/0377-0427(87)90125-7.

    Examples
    --------
    >>> from segkit.segmentation import kmedians
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> apart = np.abs(np.subtract.outer(X["visits"].to_numpy(), X["visits"].to_numpy()))
    >>> found = [kmedians.segment(X, k, random_state=1) for k in (2, 3)]
    >>> of_distances(found, lambda rows: apart[np.ix_(rows, rows)])["silhouette"].idxmax()
    2
    """
    weight = np.ones(len(found[0].labels)) if weights is None else np.asarray(weights, dtype=float)
    rows = how_many.drawn(weight, how_many.SILHOUETTE_ROWS, random_state)
    apart = distances(rows)
    table = pd.concat([s.summary.assign(smallest_share=s.segments["segment_share"].min()) for s in found])
    table = table.set_index("k").reindex(columns=[*_DISTANCE, "smallest_share"])
    table["silhouette"] = [how_many.silhouette(apart, s.labels.iloc[rows].to_numpy()) for s in found]
    return table


def of_classes(found: Sequence[Segmentation]) -> pd.DataFrame:
    """What latent classes tell of each number of them: the columns of their summary, and `smallest_share`.

    Parameters
    ----------
    found : segmentations by latent classes of the same customers.
    """
    table = pd.concat([s.summary.assign(smallest_share=s.segments["class_share"].min()) for s in found])
    return table.set_index("k")[[*_INFORMATION, "smallest_share"]]


def best_silhouette(table: pd.DataFrame) -> int:
    """The number of segments with the largest silhouette, of those whose smallest segment has a share of 0.05."""
    fit = table[table["smallest_share"] >= SMALLEST]
    fit = fit if fit["silhouette"].notna().any() else table
    return int(fit["silhouette"].idxmax()) if fit["silhouette"].notna().any() else int(table.index.min())


def best_bic(table: pd.DataFrame) -> int:
    """The number of classes, 2 or more, with the least BIC."""
    several = table[table.index > 1]
    return int(several["bic"].idxmin())


def by_silhouette(table: pd.DataFrame, shown: int, judged: Judged) -> Recommendation:
    """The recommendation of `best_silhouette`, with what new samples say of it."""
    k = shown if judged.verdict == REPRODUCIBLE else 1
    values = {"k": shown, "silhouette": float(table.loc[shown, "silhouette"]),
              "global_stability": judged.global_stability}
    return Recommendation(k, shown, judged.verdict, _BY_SILHOUETTE[judged.verdict], values)


def by_bic(table: pd.DataFrame, shown: int, judged: Judged) -> Recommendation:
    """The recommendation of `best_bic`, or of one class, with what new samples say of it."""
    least = int(table["bic"].idxmin())
    if least == 1:
        return Recommendation(1, shown, CONSTRUCTIVE, _ONE_CLASS, {"bic": float(table.loc[1, "bic"])})
    values = {"k": shown, "bic": float(table.loc[shown, "bic"]), "global_stability": judged.global_stability}
    return Recommendation(shown, shown, judged.verdict, _BY_BIC[judged.verdict], values)
