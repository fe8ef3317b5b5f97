"""How many segments? All evidence side by side, and a recommendation with its reason.

No single number decides (FACTS S3): fit always grows with k, stability often favours two segments, and
criteria disagree. The recommendation follows a stated rule; who sets `k` overrules it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from segkit.segmentation import kmeans, stability
from segkit.segmentation.evidence.continuum import FEW_VALUES
from segkit.segmentation.history import History
from segkit.segmentation.latent.response_items import MAX_TABLE
from segkit.segmentation.partition.preparation import prepare
from segkit.segmentation.result import Segmentation
from segkit.segmentation.structure import CONSTRUCTIVE, MODERATE, NATURAL, REPRODUCIBLE
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

SMALLEST = 0.05
"""Share of customers that a segment needs to be served on its own."""
LOSS = 0.05
"""Agreement given up for more segments."""
COMPARED_STARTS = 400
SILHOUETTE_ROWS = 1000
ANSWER_STARTS = 48
"""Starts of latent classes of answers, the first from the segments. Ten times as many gave the same BIC on the surveys
looked at, but for numbers of classes beyond the best one, where it was lower by up to two ten-thousandths."""
PROFILE_ROWS, PROFILE_STARTS = 500, 2
"""Customers drawn and starts made, one of them from the segments, for latent classes of quantities, which have no
distinct rows to gain from."""
NO_BIC = N_("no BIC: fewer different customers than classes")
_COLUMNS = ["criterion", "explained_share", "near_best_share", "smallest_share"]
_REASONS = {
    NATURAL: N_("{k:count} segments are recommended. They are natural: they come back in new samples "
                "(agreement {global_stability:number}), and there is a gap between any two of them, which customers "
                "who differ only by degree do not have."),
    REPRODUCIBLE: N_("{k:count} segments are recommended. They come back in new samples (agreement "
                     "{global_stability:number}), but they are cuts through a continuum, not separate groups."),
    CONSTRUCTIVE: N_("No division comes back in new samples of these customers (agreement "
                     "{global_stability:number} at best): one segment, the whole market, is all the data support."),
    "chance": N_("At least one division comes back in new samples (agreement {global_stability:number}), but variables "
                 "that have nothing to do with each other would do as well (agreement {independent_stability:number}): "
                 "one segment, the whole market, is all the data support."),
}
BASIS = {
    NATURAL: N_("The segments are separate groups that come back."),
    REPRODUCIBLE: N_("The division comes back, but the borders between segments are a convention."),
    CONSTRUCTIVE: N_("The data support no division: take everybody as one market, or use the segments as a working "
                     "division, which the method made."),
}
"""What a verdict means for who wants to build on the segments."""
_NOT_SEPARATE = N_("The division comes back; whether the groups are separate was not tested.")
_NOT_TESTED = N_("Whether the division comes back in new samples was not tested.")
_GOES_ON = N_("The report goes on with {k:count} segments, the most compact division, as a working division: it is "
              "made by the method. Set `k` by what you can serve.")
_TAKEN = N_("The report goes on with the recommended number.")
_SET = N_("The study sets {k:count} segments. Its reason: {why:message}")
_UNSAID = N_("The study sets {k:count} segments and gives no reason; `why_k` is the place for it.")
SUPPORTED = (BASIS[NATURAL], BASIS[REPRODUCIBLE], _NOT_SEPARATE)
"""What is said of a division that comes back, and not of unrelated variables alone."""


def basis(evidence: pd.DataFrame, k: int) -> str:
    """What the verdict on a number of segments means for who wants to build on them (message id).

    A method that does not look at the borders between segments cannot say that they are a convention.

    Parameters
    ----------
    evidence : DataFrame indexed by number of segments, with `verdict` and, where borders were looked at,
        `border_density`: what `evidence` or `methods.found` gives.
    k : the number of segments.

    Returns
    -------
    str, the entry of `BASIS` for the verdict, less the borders where `border_density` is missing; without a verdict,
    that it was not tested.

    Examples
    --------
    >>> table = pd.DataFrame({"verdict": ["reproducible", None]}, index=[2, 3])
    >>> basis(table, 2)
    'The division comes back; whether the groups are separate was not tested.'
    """
    verdict = evidence.loc[k, "verdict"]
    if verdict not in BASIS:
        return _NOT_TESTED
    looked = "border_density" in evidence and pd.notna(evidence.loc[k, "border_density"])
    return _NOT_SEPARATE if verdict == REPRODUCIBLE and not looked else BASIS[verdict]


@dataclass(frozen=True)
class Recommendation:
    """A number of segments with its reason: `sentence` (message id) and its `values`.

    `k` is 1 where no division holds; `shown` is then the division to go on with all the same, else `k`.
    """

    k: int
    shown: int
    verdict: str
    sentence: str
    values: Mapping[str, Any]


def solutions(X: pd.DataFrame, k_values: Sequence[int], scale: str = "none", weights: Sequence[float] | None = None,
              n_starts: int = COMPARED_STARTS, random_state: int | None = None) -> list[Segmentation]:
    """One k-means segmentation per number of segments, smallest first; takes what `kmeans.segment` takes.

    At most 400 starts each by default, fewer than `kmeans.segment` makes.
    """
    try:
        return list(kmeans.each(X, sorted(set(k_values)), weights, n_starts, scale, random_state))
    except DataError as error:
        raise DataError([replace(f, where="`k_values`") if f.where == "`k`" else f for f in error.faults],
                        error.about) from None


def evidence(X: pd.DataFrame, found: Sequence[Segmentation], scale: str = "none",
             weights: Sequence[float] | None = None, n_pairs: int = 100, purchases: History | None = None,
             random_state: int | None = None) -> pd.DataFrame:
    """Fit, size, silhouette, BIC, stability and verdict of each number of segments.

    Parameters
    ----------
    X, scale, weights : as the segmentations were made from.
    found : what `solutions` gives, two segments or more each.
    n_pairs, purchases : pairs of bootstrap samples, what the variables were computed from (see `stability.structure`).
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
                                 purchases=purchases, random_state=random_state)
    table = pd.concat([s.summary.assign(smallest_share=s.segments["segment_share"].min()) for s in found])
    table = table.set_index("k")[_COLUMNS]
    table["silhouette"] = _silhouettes(X, found, scale, weights, random_state)
    table["bic"] = _bic(X, found, scale, weights, random_state)
    table["note"] = np.where(table["bic"].isna(), NO_BIC, "")
    return table.join(judged)


def recommend(table: pd.DataFrame, smallest: float = SMALLEST) -> Recommendation:
    """The number of segments to begin with.

    Of those whose smallest segment has at least the share `smallest` (of all, where none has): the most natural ones;
    else, of the reproducible ones, the most segments that lose at most 0.05 of the best agreement; else one segment,
    and to go on with, the one with the best silhouette.

    Parameters
    ----------
    table : what `evidence` gives.

    Notes
    -----
    The most, because each border of a natural segmentation is a gap: fewer segments would join groups that a gap
    divides, and a group cut in two would have no gap.

    Examples
    --------
    >>> table = pd.DataFrame({"smallest_share": [0.4, 0.2, 0.1], "silhouette": [0.5, 0.4, 0.3],
    ...                       "global_stability": [0.95, 0.93, 0.7], "continuum_stability": [0.94, 0.9, 0.7],
    ...                       "independent_stability": [0.5, 0.5, 0.5],
    ...                       "verdict": ["reproducible", "reproducible", "reproducible"]}, index=[2, 3, 4])
    >>> recommend(table).k
    3
    >>> recommend(table.assign(verdict="constructive")).k
    1
    """
    fit = table[table["smallest_share"] >= smallest]
    fit = fit if len(fit) else table
    natural = fit[fit["verdict"] == NATURAL]
    reproducible = fit[fit["verdict"] == REPRODUCIBLE]
    k = shown = 1
    if len(natural):
        k = shown = natural.index.max()
    elif len(reproducible):
        best = reproducible["global_stability"].max()
        k = shown = reproducible.index[reproducible["global_stability"] >= best - LOSS].max()
    else:
        shown = fit["silhouette"].idxmax() if fit["silhouette"].notna().any() else fit.index.min()
    row = table.loc[shown] if k > 1 else fit.loc[fit["global_stability"].idxmax()]
    verdict = str(table.loc[shown, "verdict"]) if k > 1 else CONSTRUCTIVE
    reason = "chance" if k == 1 and row["global_stability"] >= MODERATE else verdict
    values = {"k": int(k), **{name: float(row[name]) for name in
                              ("global_stability", "continuum_stability", "independent_stability")}}
    used = {name: value for name, value in values.items() if f"{{{name}:" in _REASONS[reason]}
    return Recommendation(int(k), int(shown), verdict, _REASONS[reason], used)


class Reason(NamedTuple):
    """Why a report goes on with a number of segments: `sentence` (message id) and its `values`."""

    sentence: str
    values: dict[str, Any]


def reason(recommended: Recommendation, k: int | None, why: Mapping[str, str]) -> Reason:
    """Why a report goes on with its number of segments: the study's reason where it sets `k`, else the rule's.

    Parameters
    ----------
    recommended : what `recommend` gives.
    k : the number that the study sets, None where it sets none.
    why : the study's reason by language, empty where it gives none.

    Examples
    --------
    >>> reason(Recommendation(1, 3, "constructive", "", {}), 4, {}).sentence
    'The study sets {k:count} segments and gives no reason; `why_k` is the place for it.'
    """
    if k is None:
        return Reason(_TAKEN, {}) if recommended.k > 1 else Reason(_GOES_ON, {"k": recommended.shown})
    return Reason(_SET, {"k": k, "why": dict(why)}) if why else Reason(_UNSAID, {"k": k})


def _silhouettes(X: pd.DataFrame, found: Sequence[Segmentation], scale: str, weights: Sequence[float] | None,
                 random_state: int | None) -> list[float]:
    prepared = prepare(X, 1, weights, scale, None)
    chosen = drawn(prepared.weight, SILHOUETTE_ROWS, random_state)
    Z = prepared.Z[prepared.row[chosen]]
    apart = cdist(Z, Z)
    return [silhouette(apart, s.labels.to_numpy()[chosen]) for s in found]


def silhouette(apart: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette from distances (n, n): 0 for a customer alone in a segment; missing where all are, or in one."""
    names, codes, size = np.unique(labels, return_inverse=True, return_counts=True)
    if not 1 < len(names) < len(labels):
        return np.nan
    total = apart @ np.eye(len(names))[codes]
    own_cells = np.arange(len(codes)), codes
    within = total[own_cells] / np.maximum(size[codes] - 1, 1)
    others = total / size
    others[own_cells] = np.inf
    beyond = others.min(axis=1)
    gap = (beyond - within) / np.maximum(np.maximum(beyond, within), 1e-300)
    return float(np.where(size[codes] > 1, gap, 0.0).mean())


def _bic(X: pd.DataFrame, found: Sequence[Segmentation], scale: str, weights: Sequence[float] | None,
         random_state: int | None) -> list[float]:
    weight = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
    counted = weight > 0
    few = np.log10(X.nunique()).sum() <= np.log10(MAX_TABLE)
    if scale == "none" and few and all(is_coded(X[c]) for c in X.columns):
        return [_bic_of_answers(X[counted], weight[counted], s.segments.index.get_indexer(s.labels[counted]), s.k,
                                random_state) for s in found]
    chosen = drawn(weight, PROFILE_ROWS, random_state)
    part = X.iloc[chosen].astype(float)
    part = np.log1p(part) if scale == "log" else part
    part = part.loc[:, part.nunique() > 1]
    return [_bic_of_quantities(part, s.segments.index.get_indexer(s.labels.iloc[chosen]), s.k, random_state)
            for s in found]


def _bic_of_answers(X: pd.DataFrame, weight: np.ndarray, own: np.ndarray, k: int, random_state: int | None) -> float:
    """BIC of k classes of answers, the first start from the segments (n,) of the rows."""
    from segkit.segmentation.latent import mixture, response_items

    answers = response_items.answers(X, (), weight, "how many")
    rows = response_items.patterns(answers.codes, answers.values, answers.weights)
    first = np.zeros((answers.first[-1], k))
    first[0] = np.bincount(own, weights=weight, minlength=k) / weight.sum()
    for item, (a, b) in enumerate(pairwise(answers.first)):
        n = b - a
        counts = np.bincount(answers.codes[:, item] * k + own, weights=weight, minlength=n * k).reshape(n, k) + 0.5
        first[a:b] = counts / counts.sum(axis=0)
    best = mixture.fit(answers, rows, k, ANSWER_STARTS, False, random_state, first_start=first)
    return -2 * best.log_likelihood + answers.n_parameters(k, False) * float(np.log(weight.sum()))


def _bic_of_quantities(part: pd.DataFrame, own: np.ndarray, k: int, random_state: int | None) -> float:
    """BIC of k classes of quantities with a common variance, the first start from the segments (n,) of the rows.

    Missing where fewer than k rows differ.
    """
    from segkit.segmentation.latent import mixture, response_items

    if len(part.drop_duplicates()) < k:
        return np.nan
    answers = response_items.answers(part, tuple(part.columns), None, "how many")
    rows = response_items.patterns(answers.codes, answers.values, answers.weights)
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


def faults(k: Any, k_values: Any) -> list[Fault]:
    """What is wrong with the numbers of segments of a study: those to compare, and the one it sets.

    Examples
    --------
    >>> [fault.found for fault in faults(5, [2, 3]) + faults(None, [2, "3"])]
    ['is 5, which is not compared', "has '3'"]
    """
    wrong = [n for n in k_values if isinstance(n, bool) or not isinstance(n, int) or n < 2]
    if wrong or not k_values:
        return [Fault("`k_values`", f"has {wrong[0]!r}" if wrong else "is empty",
                      "give whole numbers of at least 2, such as [2, 3, 4]")]
    return [] if k is None or k in k_values else [
        Fault("`k`", f"is {k}, which is not compared", f"add it to `k_values`: {sorted({*k_values, k})}")]


def choose(found: Sequence[Segmentation], k: int) -> Segmentation:
    """The segmentation with k segments.

    Raises
    ------
    DataError
        When there is none.
    """
    by_k = {s.k: s for s in found}
    if k not in by_k:
        raise DataError([Fault("`k`", f"is {k}, which was not compared", f"add it to `k_values`: {sorted(by_k)}")])
    return by_k[k]
