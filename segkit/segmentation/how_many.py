"""How many segments? All evidence side by side, and a recommendation with its reason.

No single number decides (FACTS S3): fit always grows with k, stability often favours two segments, and
criteria disagree. The recommendation follows a stated rule; who sets `k` overrules it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from segkit.segmentation import kmeans, stability
from segkit.segmentation.answers import MAX_TABLE
from segkit.segmentation.preparation import prepare
from segkit.segmentation.result import Segmentation
from segkit.segmentation.structure import CONSTRUCTIVE, NATURAL, REPRODUCIBLE
from segkit.segmentation.structureless import FEW_VALUES
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

SMALLEST = 0.05
"""Share of customers that a segment needs to be served on its own."""
LOSS = 0.05
"""Agreement given up for more segments."""
COMPARED_STARTS = 400
SILHOUETTE_ROWS = 1000
PROFILE_ROWS, PROFILE_STARTS = 500, 2
"""Customers drawn and starts made, one of them from the segments, for latent classes of quantities, which have no
distinct rows to gain from."""
NO_BIC = N_("no BIC: fewer different customers than classes")
_COLUMNS = ["criterion", "explained_share", "near_best_share", "smallest_share"]
_REASONS = {
    NATURAL: N_("{k:count} segments are recommended. They are natural: more stable (agreement "
                "{global_stability:number}) than a division of customers who differ only by degree "
                "({continuum_stability:number})."),
    REPRODUCIBLE: N_("{k:count} segments are recommended. They come back in new samples (agreement "
                     "{global_stability:number}), but they are cuts through a continuum, not separate groups."),
    CONSTRUCTIVE: N_("{k:count} segments are the most compact, but no division comes back in new samples (agreement "
                     "{global_stability:number}): it is made by the method. Choose by what you can serve."),
}


@dataclass(frozen=True)
class Recommendation:
    """A number of segments with its reason: `sentence` (message id) and its `values`."""

    k: int
    verdict: str
    sentence: str
    values: Mapping[str, Any]


def solutions(X: pd.DataFrame, k_values: Sequence[int], scale: str = "none", weights: Sequence[float] | None = None,
              n_starts: int = COMPARED_STARTS, random_state: int | None = None) -> list[Segmentation]:
    """One k-means segmentation per number of segments, smallest first; takes what `kmeans.segment` takes.

    At most 400 starts each by default, fewer than `kmeans.segment` makes.
    """
    try:
        return [kmeans.segment(X, k, weights=weights, n_starts=n_starts, scale=scale, random_state=random_state)
                for k in sorted(set(k_values))]
    except DataError as error:
        raise DataError([replace(f, where="`k_values`") if f.where == "`k`" else f for f in error.faults],
                        error.about) from None


def evidence(X: pd.DataFrame, found: Sequence[Segmentation], scale: str = "none",
             weights: Sequence[float] | None = None, n_pairs: int = 100,
             random_state: int | None = None) -> pd.DataFrame:
    """Fit, size, silhouette, BIC, stability and verdict of each number of segments.

    Parameters
    ----------
    X, scale, weights : as the segmentations were made from.
    found : what `solutions` gives, two segments or more each.
    n_pairs : pairs of bootstrap samples (see `stability.structure`).
    random_state : seed.

    Returns
    -------
    DataFrame indexed by `k`: `criterion`, `explained_share`, `near_best_share`, `smallest_share`, `silhouette` (mean,
    −1 … 1, of at most 1,000 customers drawn by weight), `bic` (of latent classes of the same variables, smaller is
    better; quantities: with a common variance, of at most 500 customers drawn by weight; missing where fewer of them
    differ than there are classes, as the `note` then says) and the columns of `stability.structure`.

    References
    ----------
    Rousseeuw (1987), Silhouettes, doi:10.1016/0377-0427(87)90125-7. Dolnicar, Grün & Leisch (2018), step 5.
    """
    judged = stability.structure(X, [s.k for s in found], n_pairs=n_pairs, scale=scale, weights=weights,
                                 random_state=random_state)
    table = pd.concat([s.summary.assign(smallest_share=s.segments["segment_share"].min()) for s in found])
    table = table.set_index("k")[_COLUMNS]
    table["silhouette"] = _silhouettes(X, found, scale, weights, random_state)
    table["bic"] = _bic(X, found, scale, weights, random_state)
    table["note"] = np.where(table["bic"].isna(), NO_BIC, "")
    return table.join(judged)


def recommend(table: pd.DataFrame, smallest: float = SMALLEST) -> Recommendation:
    """The number of segments to begin with.

    Of those whose smallest segment has at least the share `smallest` (of all, where none has): of the natural ones
    that lose at most 0.05 of the best agreement, the one with the best silhouette; else, of the reproducible ones,
    the most segments that lose at most 0.05; else the one with the best silhouette.

    Parameters
    ----------
    table : what `evidence` gives.

    Examples
    --------
    >>> table = pd.DataFrame({"smallest_share": [0.4, 0.2, 0.1], "silhouette": [0.5, 0.4, 0.3],
    ...                       "global_stability": [0.95, 0.93, 0.7], "continuum_stability": [0.94, 0.9, 0.7],
    ...                       "verdict": ["reproducible", "reproducible", "reproducible"]}, index=[2, 3, 4])
    >>> recommend(table).k
    3
    """
    fit = table[table["smallest_share"] >= smallest]
    fit = fit if len(fit) else table
    natural = fit[fit["verdict"] == NATURAL]
    reproducible = fit[fit["verdict"] == REPRODUCIBLE]
    if len(natural):
        best = natural["global_stability"].max()
        k = natural[natural["global_stability"] >= best - LOSS]["silhouette"].idxmax()
    elif len(reproducible):
        best = reproducible["global_stability"].max()
        k = reproducible.index[reproducible["global_stability"] >= best - LOSS].max()
    else:
        k = fit["silhouette"].idxmax()
    row = table.loc[k]
    values = {"k": int(k), "global_stability": float(row["global_stability"]),
              "continuum_stability": float(row["continuum_stability"])}
    return Recommendation(int(k), str(row["verdict"]), _REASONS[row["verdict"]], values)


def _silhouettes(X: pd.DataFrame, found: Sequence[Segmentation], scale: str, weights: Sequence[float] | None,
                 random_state: int | None) -> list[float]:
    prepared = prepare(X, 1, weights, scale, None)
    chosen = drawn(prepared.weight, SILHOUETTE_ROWS, random_state)
    Z = prepared.Z[prepared.row[chosen]]
    apart = cdist(Z, Z)
    return [_silhouette(apart, s.labels.to_numpy()[chosen]) for s in found]


def _silhouette(apart: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette from distances (n, n): 0 for a customer alone in a segment; missing where all are, or in one."""
    names, own, size = np.unique(labels, return_inverse=True, return_counts=True)
    if not 1 < len(names) < len(labels):
        return np.nan
    total = apart @ np.eye(len(names))[own]
    here = np.arange(len(own)), own
    within = total[here] / np.maximum(size[own] - 1, 1)
    others = total / size
    others[here] = np.inf
    beyond = others.min(axis=1)
    gap = (beyond - within) / np.maximum(np.maximum(beyond, within), 1e-300)
    return float(np.where(size[own] > 1, gap, 0.0).mean())


def _bic(X: pd.DataFrame, found: Sequence[Segmentation], scale: str, weights: Sequence[float] | None,
         random_state: int | None) -> list[float]:
    from segkit.segmentation import latent_class

    weight = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
    k_values = [s.k for s in found]
    counted = weight > 0
    few = np.log10(X.nunique()).sum() <= np.log10(MAX_TABLE)
    if scale == "none" and few and all(is_coded(X[c]) for c in X.columns):
        compared = latent_class.compare(X[counted], k_values, weights=weight[counted], random_state=random_state)
        return compared["bic"].reindex(k_values).tolist()
    chosen = drawn(weight, PROFILE_ROWS, random_state)
    part = X.iloc[chosen].astype(float)
    part = np.log1p(part) if scale == "log" else part
    part = part.loc[:, part.nunique() > 1]
    return [_bic_of_quantities(part, s.segments.index.get_indexer(s.labels.iloc[chosen]), s.k, random_state)
            for s in found]


def _bic_of_quantities(part: pd.DataFrame, own: np.ndarray, k: int, random_state: int | None) -> float:
    """BIC of k classes of quantities with a common variance, the first start from the segments (n,) of the rows.

    Missing where fewer than k rows differ.
    """
    from segkit.segmentation import mixture
    from segkit.segmentation.answers import patterns, read

    if len(part.drop_duplicates()) < k:
        return np.nan
    answers, faults = read(part, tuple(part.columns), None)
    if faults:
        raise DataError(faults, "how many")
    rows = patterns(answers.codes, answers.values, answers.weights)
    size = np.maximum(np.bincount(own, minlength=k), 1)
    means = np.stack([np.bincount(own, weights=x, minlength=k) / size for x in answers.values.T])
    spread = ((answers.values.T - means[:, own]) ** 2).mean(axis=1)
    first = np.vstack([size / size.sum(), means, np.repeat(np.maximum(spread, mixture.VARIANCE_FLOOR)[:, None], k, 1)])
    best = mixture.fit(answers, rows, k, PROFILE_STARTS, True, random_state, first_start=first)
    return -2 * best.log_likelihood + answers.n_parameters(k, True) * float(np.log(len(part)))


def is_coded(column: pd.Series) -> bool:
    """Whether a variable holds answers: a few whole numbers."""
    return column.nunique() <= FEW_VALUES and bool((column == column.round()).all())


def drawn(weight: np.ndarray, most: int, random_state: int | None) -> np.ndarray:
    """Places of the customers, or of `most` of them drawn by weight."""
    counted = np.flatnonzero(weight > 0)
    if len(counted) <= most:
        return counted
    return np.random.default_rng(random_state).choice(len(weight), most, replace=False, p=weight / weight.sum())


def choose(found: Sequence[Segmentation], k: int) -> Segmentation:
    """The segmentation with k segments.

    Raises
    ------
    DataError
        When there is none.
    """
    at = {s.k: s for s in found}
    if k not in at:
        raise DataError([Fault("`k`", f"is {k}, which was not compared", f"add it to `k_values`: {sorted(at)}")])
    return at[k]
