"""Would another method find the same customers together? Other methods on the same variables, as many segments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from segkit.segmentation import hierarchical, how_many, kmeans, kmedians, latent_class
from segkit.segmentation.latent.response_items import case_weights
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError
from segkit.words.language import N_

WARD, CLASSES, MEDIANS, MEANS = METHODS = (N_("Ward's tree"), N_("latent classes"), N_("k-medians"),
                                           N_("k-means"))
MOST_ROWS = 1000
"""Customers whom the other methods segment, drawn by weight where there are more."""
CLASS_STARTS, MEDIAN_STARTS = 16, 80


def others(X: pd.DataFrame, segmentation: Segmentation, scale: str = "none", weights: Sequence[float] | None = None,
           random_state: int | None = None, answers: pd.DataFrame | None = None,
           quantities: Sequence[str] = ()) -> pd.DataFrame:
    """How far other methods, of Ward's tree, latent classes, k-medians and k-means, agree with a segmentation.

    Parameters
    ----------
    X, scale, weights : as the segmentation was made from. A missing value counts as the median of its variable.
    segmentation : of the customers of X, by numbers. Its own method is left out, so are customers without a segment.
    random_state : seed of the starts, and of the customers drawn where there are more than 1,000.
    answers : the variables as latent classes take them, a row per row of X, with `quantities` among them; X by default.

    Returns
    -------
    DataFrame indexed by `method`: `adjusted_rand` (1 = the same segments, 0 = as by chance), `n_moved` (customers, of
    the `n` compared, who are in another segment once the segments are matched, so that fewest are), `moved_share`.
    Latent classes are those of `answers`, or of X where its variables are a few whole numbers and `scale="none"`; else
    of the scaled quantities, with a variance common to all classes. They begin at random and not, as those of the BIC
    in `how_many.evidence`, from the segments, which would make them agree too well.

    Raises
    ------
    DataError
        As `kmeans.segment`; when the segmentation is of other customers than X.

    References
    ----------
    Milligan & Cooper (1986), doi:10.1207/s15327906mbr2104_5, for the adjusted Rand index between methods. Dolnicar,
    Grün & Leisch (2018), doi:10.1007/978-981-10-8818-6, step 5.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 2, 9, 8, 9.5], "spend": [5, 5.5, 6, 5, 1, 1, 2.0]})
    >>> others(X, kmeans.segment(X, 2, random_state=1), random_state=1)["n_moved"].to_dict()
    {"Ward's tree": 0, 'latent classes': 0, 'k-medians': 0}
    """
    segmentation.check_of(X, "other methods")
    w, faults = case_weights(weights, len(X))
    if faults:
        raise DataError(faults, "other methods")
    X = X.fillna(X.median())
    w = np.where(segmentation.labels.notna().to_numpy(), w, 0.0)
    drawn = how_many.drawn(w, MOST_ROWS, random_state)
    few = len(drawn) == (w > 0).sum()
    part, labels, w = X.iloc[drawn], segmentation.labels.iloc[drawn], w[drawn] if few else np.ones(len(drawn))
    k = segmentation.k
    ways: dict[str, Callable[[], Segmentation]] = {
        WARD: lambda: hierarchical.segment(part, k, scale=scale, weights=w),
        CLASSES: lambda: (_classes(part, k, scale, w, random_state) if answers is None else
                          _classes_of(answers.iloc[drawn], k, w, random_state, quantities)),
        MEDIANS: lambda: kmedians.segment(part, k, w, MEDIAN_STARTS, scale, random_state),
        MEANS: lambda: kmeans.segment(part, k, w, MEDIAN_STARTS, scale, random_state),
    }
    segmentations = {name: way() for name, way in ways.items() if name != _OWN.get(segmentation.method)}
    codes = segmentation.segments.index.get_indexer(labels)
    return pd.DataFrame([_compared(codes, other, w) for other in segmentations.values()],
                        index=pd.Index(list(segmentations), name="method"))


_OWN = {"hierarchical": WARD, "latent class": CLASSES, "k-medians": MEDIANS, "k-means": MEANS}


def _classes(part: pd.DataFrame, k: int, scale: str, w: np.ndarray, random_state: int | None) -> Segmentation:
    """Latent classes of answers, or of quantities scaled as for the segmentation."""
    if scale == "none" and all(how_many.is_coded(part[c]) for c in part.columns):
        return latent_class.segment(part, k, w, CLASS_STARTS, random_state=random_state)
    part = np.log1p(part.astype(float)) if scale == "log" else part.astype(float)
    return _classes_of(part, k, w, random_state, list(part.columns))


def _classes_of(part: pd.DataFrame, k: int, w: np.ndarray, random_state: int | None,
                quantities: Sequence[str]) -> Segmentation:
    varying = part.loc[:, part.nunique() > 1]
    numbers = [c for c in quantities if c in varying]
    return latent_class.segment(varying, k, w, CLASS_STARTS, numbers, "common", random_state)


def _compared(mine: np.ndarray, other: Segmentation, w: np.ndarray) -> dict[str, float]:
    """Agreement of segments (n,) from 0 on (-1: none) with another segmentation, its segments matched by weight."""
    from segkit.segmentation.kernel.bootstrap import adjusted_rand

    known = mine >= 0
    mine, other_codes, mass = mine[known], other.segments.index.get_indexer(other.labels)[known], w[known]
    k = int(max(mine.max(), other_codes.max())) + 1
    together = np.bincount(other_codes * k + mine, weights=mass, minlength=k * k).reshape(k, k)
    matched = linear_sum_assignment(-together)[1]
    moved = matched[other_codes] != mine
    return {"adjusted_rand": adjusted_rand(mine, other_codes, mass * len(mine) / mass.sum()),
            "n_moved": int(moved.sum()), "n": len(mine), "moved_share": float(mass @ moved / mass.sum())}
