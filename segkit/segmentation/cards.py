"""A card for each segment: how large, what it brings, what sets it apart, who they are, how sure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from segkit.segmentation import case_weights, how_many, plain_names, profile
from segkit.segmentation.result import Segmentation
from segkit.words.language import N_


class Means(NamedTuple):
    """Means in the units of the answers: `by_segment`, a row per segment and a column per variable; `total`, of all;
    `answers`, the variables that are yes or no, whose means are shares; `spread`, the standard deviation of each
    variable as it formed the segments; `categories`, of a variable that is a value of a category its column."""

    by_segment: pd.DataFrame
    total: pd.Series
    answers: tuple[str, ...]
    spread: pd.Series
    categories: dict[str, str]

    def beside(self, segments: pd.DataFrame) -> pd.DataFrame:
        """The table of segments with these means in place of those that it has."""
        return segments.assign(**{c: self.by_segment[c] for c in segments if c in self.by_segment})

    def profile(self, found: pd.DataFrame) -> pd.DataFrame:
        """What `profile.segments` gives, with means, differences and indices in the units of the answers: ratings and
        amounts are compared as they were given, marker variables are those of the scaled ones. Two columns are added:
        `standardized`, the difference of the scaled variables in standard deviations, and `category`, the column whose
        value a variable is, or ""."""
        variables = found.index.get_level_values("variable")
        found = found.assign(standardized=found["difference"] / self.spread.reindex(variables).to_numpy(),
                             category=[self.categories.get(str(v), "") for v in variables])
        for variable in self.by_segment:
            part = (str(variable), slice(None))
            total, at = float(self.total[variable]), found.loc[part, :].index.get_level_values("segment")
            mean = self.by_segment[variable].reindex(at).to_numpy()
            found.loc[part, "mean"], found.loc[part, "total_mean"] = mean, total
            found.loc[part, "difference"] = mean - total
            found.loc[part, "index_100"] = 100 * mean / total if total > 0 else np.nan
            found.loc[part, "note"] = "" if total > 0 else profile.NO_INDEX
        return found


FIRST_OFFER = N_("{basis:message} Begin with segment {segment:segment}: {n:count} people ({share:percent}"
                 "{weighted:message}), the largest of those found again in new samples ({sure:count} of {k:count}). "
                 "Make it an offer of its own, and try it beside the one that all get.")
LEVEL = N_("{basis:message} Found again in new samples: {sure:count} of {k:count} segments. The largest of them, "
           "segment {segment:segment} ({n:count} people, {share:percent}{weighted:message}) and segment "
           "{second:segment} ({other:percent}), are too close to call as to size: weigh in a target-market report "
           "which of them an offer of its own would pay for.")
NONE_SURE = N_("{basis:message} None of the {k:count} segments is found again surely in new samples, so plan no offer "
               "on one of them yet. The largest is segment {segment:segment}: {n:count} people ({share:percent}"
               "{weighted:message}).")
WORKING = N_("{basis:message} If you use them, segment {segment:segment} is the largest: {n:count} people "
             "({share:percent}{weighted:message}). Try an offer of its own before you count on it.")
STABLE = 0.75
"""Median Jaccard index from which on a segment counts as found again in new samples."""
SURE = 0.05
_NOTHING = (None, float("nan"), float("nan"))


def table(segmentation: Segmentation, found: pd.DataFrame, within: pd.DataFrame | None = None,
          worth: pd.DataFrame | None = None, known: pd.DataFrame | None = None, descriptor: str = "",
          names: Mapping[str, Any] | None = None, means: Means | None = None,
          weights: pd.Series | None = None) -> pd.DataFrame:
    """What each segment is, in a row.

    Parameters
    ----------
    segmentation : the segments, under the names of the study where it has some.
    found : what `profile.segments` gives of it. within : what `stability.within` gives.
    worth : what `concentration.by_segment` gives, where money is known.
    known : what is known of each customer. descriptor : the column of it that describes best; "" for none.
    names : those that the study gave; a segment without one gets a proposal.
    weights : case weight of each customer, for the means of a number that describes; all equal by default.
    means : in the units of the answers, where the variables of `found` are scaled; those of yes/no answers are shares.

    Returns
    -------
    DataFrame indexed by `segment`: `size`, `segment_share`; `revenue_share` and its ends, where known; `traits`, the up
    to three marker variables farthest from all, each a mapping of `variable`, `mean`, `total`, `is_share`; `value`, of
    a category the one that stands out most among those that chance does not explain (adjusted p below 0.05), with
    `told`, its share of the segment, and `told_total`, its share of all, or of numbers the two means, where that of the
    segment differs from that of all others by more than chance (adjusted p below 0.05); all three empty where nothing
    stands out; `n_described`, of how many the descriptor is known; `jaccard`, the median over samples; `proposed`, a
    name by language, or None.

    Examples
    --------
    >>> from segkit.segmentation import kmeans, profile
    >>> X = pd.DataFrame({"frequency": [1, 2, 1, 9, 8, 9.0]})
    >>> s = kmeans.segment(X, 2, random_state=1)
    >>> made = table(s, profile.segments(X, s))
    >>> made.loc[2, "proposed"]["en"], made.loc[2, "traits"][0]["variable"]
    ('buy often', 'frequency')
    """
    cards = segmentation.segments[["size", "segment_share"]].copy()
    if worth is not None:
        cards = cards.join(worth[["revenue_share", "revenue_share_low", "revenue_share_high"]])
    cards["traits"] = pd.Series({s: _traits(found.xs(s, level="segment"), s, means) for s in cards.index}, dtype=object)
    descriptions = _described(segmentation, known, descriptor, weights)
    cards["value"] = pd.Series({s: descriptions[s][0] for s in cards.index}, dtype=object)
    cards["told"], cards["told_total"] = (
        pd.Series({s: descriptions[s][i] for s in cards.index}, dtype=float) for i in (1, 2))
    cards["n_described"] = 0 if known is None or not descriptor else known[descriptor].notna().groupby(
        segmentation.labels.reindex(known.index)).sum().reindex(cards.index, fill_value=0)
    cards["jaccard"] = float("nan") if within is None else within.groupby("segment")["jaccard"].median()
    study_names = {str(n.get("en", "")) if isinstance(n, Mapping) else str(n) for n in (names or {}).values()}
    offered = plain_names.proposed(found, None if means is None else means.answers)
    cards["proposed"] = pd.Series({s: None if str(s) in study_names else offered[s] for s in cards.index}, dtype=object)
    return cards.rename_axis("segment")


def first_offer(cards: pd.DataFrame, basis: Any, weighted: Any = "",
                weights: pd.Series | None = None) -> tuple[str, dict[str, Any]]:
    """Which segment to make an offer for first, where nobody knows what the segments are worth, in words.

    Parameters
    ----------
    cards : what `table` gives, with `jaccard`.
    basis : what the division is worth, as `how_many.basis` gives it.
    weighted : what is said beside a share of people who count by weights. weights : these, of everybody.

    Returns
    -------
    The sentence, a message id, and its values. The largest of the segments that are found again in new samples (a
    median Jaccard index of 0.75 or more), and the second where other people of the same kind could have put it first
    (95 % interval of the difference of two shares); ties: the first. Where none is found again, the largest is told,
    and no offer proposed; so where the data do not support the division, as unrelated variables may give segments that
    come back, too.

    References
    ----------
    Hennig (2007), doi:10.1016/j.csda.2006.11.025, for 0.75.

    Examples
    --------
    >>> made = pd.DataFrame({"size": [60, 40], "segment_share": [0.6, 0.4], "jaccard": [0.6, 0.9]}, index=[1, 2])
    >>> back = how_many.SUPPORTED[0]
    >>> first_offer(made, back)[1]["segment"], first_offer(made.assign(jaccard=0.5), back)[0] == NONE_SURE
    ('2', True)
    """
    stable = cards[cards["jaccard"] >= STABLE]
    among = stable if len(stable) else cards
    share = among["segment_share"].astype(float).sort_values(ascending=False, kind="stable")
    segment = share.index[0]
    values = {"basis": basis, "segment": str(segment), "k": len(cards), "sure": len(stable), "weighted": weighted,
              "n": int(cards.loc[segment, "size"]), "share": float(share.iloc[0])}
    if basis not in how_many.SUPPORTED:
        segment = cards["segment_share"].astype(float).idxmax()
        return WORKING, {**values, "segment": str(segment), "n": int(cards.loc[segment, "size"]),
                         "share": float(cards.loc[segment, "segment_share"])}
    if len(stable) < 2:
        return FIRST_OFFER if len(stable) else NONE_SURE, values
    n = float(cards["size"].sum()) if weights is None else weights.sum() ** 2 / (weights**2).sum()
    first, second = share.iloc[:2]
    if first - second < norm.ppf(0.975) * math.sqrt((first + second - (first - second) ** 2) / n):
        return LEVEL, {**values, "second": str(share.index[1]), "other": float(second)}
    return FIRST_OFFER, values


def means(X: pd.DataFrame, segmentation: Segmentation, coding: Sequence[Mapping[str, Any]] = (),
          weights: pd.Series | None = None) -> Means:
    """The means of the segmentation variables in the units of the answers.

    Parameters
    ----------
    X : numbers from 0 to 1, a row per person.
    segmentation : how the people are segmented.
    coding : how each variable was made of answers, see `segkit.segmentation.partition.coding`: numbers lie between
        their lowest and their highest value, or are logarithms that do.
    weights : case weight of each row; all equal by default.

    Returns
    -------
    Means. Of a variable that is a logarithm the mean of the numbers themselves; of words in an order, the place in it.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"age": [0.0, 0.1, 0.9, 1.0]}, index=list("abcd"))
    >>> how = [{"variable": "age", "column": "age", "low": 20.0, "width": 40.0, "log": False}]
    >>> found = means(X, kmeans.segment(X, 2, random_state=1), how)
    >>> found.by_segment["age"].round(9).to_list(), float(found.total["age"])
    ([22.0, 58.0], 40.0)
    """
    numbers, w = X.astype(float), case_weights.of(X.index, weights)
    label = segmentation.labels.reindex(X.index)
    w = w.where(label.notna(), 0.0)
    known = numbers.notna().mul(w, axis=0)
    centred = numbers - numbers.fillna(0.0).mul(w, axis=0).sum() / known.sum()
    spread = np.sqrt((centred.fillna(0.0) ** 2).mul(w, axis=0).sum() / known.sum())
    for entry in coding:
        if "low" in entry and entry["variable"] in numbers:
            values = numbers[entry["variable"]] * entry["width"] + entry["low"]
            numbers[entry["variable"]] = np.expm1(values) if entry["log"] else values
    sums = numbers.fillna(0.0).mul(w, axis=0)
    by_segment = (sums.groupby(label).sum() / known.groupby(label).sum()).reindex(segmentation.segments.index)
    return Means(by_segment.rename_axis("segment"), sums.sum() / known.sum(),
                 tuple(str(entry["variable"]) for entry in coding if "known" in entry), spread,
                 {str(entry["variable"]): str(entry["column"]) for entry in coding
                  if "known" in entry and str(entry["variable"]).startswith(f"{entry['column']}: ")})


def _traits(part: pd.DataFrame, segment: Any, means: Means | None) -> list[dict[str, Any]]:
    marked = profile.markers(part).head(profile.TRAITS)
    if means is None:
        return [{"variable": str(v), "mean": float(row["mean"]), "total": float(row["total_mean"]), "is_share": False}
                for v, row in marked.iterrows()]
    return [{"variable": str(v), "mean": float(means.by_segment.loc[segment, v]), "total": float(means.total[v]),
             "is_share": str(v) in means.answers} for v in marked.index]


def _described(segmentation: Segmentation, known: pd.DataFrame | None, descriptor: str,
               weights: pd.Series | None) -> dict[Any, tuple]:
    """For each segment the value of a descriptor that stands out, and its share there and of all; of numbers means."""
    if known is None or not descriptor:
        return dict.fromkeys(segmentation.segments.index, _NOTHING)
    column = known[descriptor]
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        told = means(column.to_frame(), segmentation, weights=weights)
        p = _unlike_the_rest(column.astype(float), segmentation, case_weights.of(column.index, weights))
        return {s: (None, m, float(told.total.iloc[0])) if p[s] < SURE else _NOTHING
                for s, m in told.by_segment.iloc[:, 0].items()}
    shares = profile.shares(known, segmentation, descriptor)
    return {s: _standing_out(shares, s) for s in segmentation.segments.index}


def _unlike_the_rest(column: pd.Series, segmentation: Segmentation, w: pd.Series) -> pd.Series:
    """Adjusted p (Holm) of each segment's mean against that of all others, each with a spread of its own."""
    label = segmentation.labels.reindex(column.index)
    w = w.where(label.notna() & column.notna(), 0.0)
    p = {}
    for segment in segmentation.segments.index:
        (mean, error), (rest, rest_error) = (_mean_and_error(column[part].to_numpy(), w[part].to_numpy())
                                             for part in ((label == segment) & (w > 0), (label != segment) & (w > 0)))
        gap, spread = abs(mean - rest), math.hypot(error, rest_error)
        p[segment] = np.nan if np.isnan(gap) else 2 * norm.sf(gap / spread) if spread > 0 else float(gap == 0)
    return profile.adjusted(pd.Series(p, dtype=float), "holm")


def _mean_and_error(x: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """A weighted mean and its standard error, by the number of people the weights are worth (Kish)."""
    n = w.sum() ** 2 / (w**2).sum() if len(w) else 0.0
    if n <= 1:
        return np.nan, np.nan
    mean = float(np.average(x, weights=w))
    return mean, float(np.sqrt(np.average((x - mean) ** 2, weights=w) / (n - 1)))


def _standing_out(shares: pd.DataFrame, segment: Any) -> tuple[Any, float, float]:
    part = shares.xs(segment, level="segment")
    part = part[(part["adjusted_p"] < SURE) & (part["index_100"] > 100)]
    if part.empty:
        return _NOTHING
    best = part["index_100"].idxmax()
    return best, float(part.loc[best, "within_share"]), float(part.loc[best, "total_share"])
