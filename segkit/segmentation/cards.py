"""A card for each segment: how large, what it brings, what sets it apart, who they are, how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segkit.segmentation import plain_names, profile
from segkit.segmentation.result import Segmentation

TRAITS = 3
SURE = 0.05
_NOTHING = (None, float("nan"), float("nan"))


def table(segmentation: Segmentation, found: pd.DataFrame, within: pd.DataFrame | None = None,
          worth: pd.DataFrame | None = None, known: pd.DataFrame | None = None, descriptor: str = "",
          names: Mapping[str, Any] | None = None, coding: Sequence[Mapping[str, Any]] = ()) -> pd.DataFrame:
    """What each segment is, in a row.

    Parameters
    ----------
    segmentation : the segments, under the names of the study where it has some.
    found : what `profile.segments` gives of it. within : what `stability.within` gives.
    worth : what `concentration.by_segment` gives, where money is known.
    known : what is known of each customer. descriptor : the column of it that describes best; "" for none.
    names : those that the study gave; a segment without one gets a proposal.
    coding : how answers became the variables: the means of yes/no answers are shares.

    Returns
    -------
    DataFrame indexed by `segment`: `size`, `segment_share`; `revenue_share` and its ends, where known; `traits`, the up
    to three marker variables farthest from all, each a mapping of `variable`, `mean`, `total`, `is_share`; `value`, of
    a category the one that stands out most among those that chance does not explain (adjusted p below 0.05), with
    `told`, its share of the segment, and `told_total`, its share of all, or of numbers the two means; all three empty
    where nothing stands out; `jaccard`, the median over samples; `proposed`, a name by language, or None.

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
    answers = {str(entry["variable"]) for entry in coding if "known" in entry}
    cards["traits"] = pd.Series({s: _traits(found.xs(s, level="segment"), answers) for s in cards.index}, dtype=object)
    descriptions = _described(segmentation, known, descriptor)
    cards["value"] = pd.Series({s: descriptions[s][0] for s in cards.index}, dtype=object)
    cards["told"], cards["told_total"] = (
        pd.Series({s: descriptions[s][i] for s in cards.index}, dtype=float) for i in (1, 2))
    cards["jaccard"] = float("nan") if within is None else within.groupby("segment")["jaccard"].median()
    study_names = {str(n.get("en", "")) if isinstance(n, Mapping) else str(n) for n in (names or {}).values()}
    offered = plain_names.proposed(found)
    cards["proposed"] = pd.Series({s: None if str(s) in study_names else offered[s] for s in cards.index}, dtype=object)
    return cards.rename_axis("segment")


def _traits(part: pd.DataFrame, answers: set[str]) -> list[dict[str, Any]]:
    return [{"variable": str(v), "mean": float(row["mean"]), "total": float(row["total_mean"]),
             "is_share": str(v) in answers} for v, row in plain_names.strongest(part).head(TRAITS).iterrows()]


def _described(segmentation: Segmentation, known: pd.DataFrame | None, descriptor: str) -> dict[Any, tuple]:
    """For each segment the value of a descriptor that stands out, and its share there and of all; of numbers means."""
    if known is None or not descriptor:
        return dict.fromkeys(segmentation.segments.index, _NOTHING)
    column = known[descriptor]
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        label = segmentation.labels.reindex(known.index)
        means = column.astype(float).groupby(label).mean().reindex(segmentation.segments.index)
        total = float(column[label.notna()].mean())
        return {s: (None, m, total) if pd.notna(m) else _NOTHING for s, m in means.items()}
    shares = profile.shares(known, segmentation, descriptor)
    return {s: _standing_out(shares, s) for s in segmentation.segments.index}


def _standing_out(shares: pd.DataFrame, segment: Any) -> tuple[Any, float, float]:
    part = shares.xs(segment, level="segment")
    part = part[(part["adjusted_p"] < SURE) & (part["index_100"] > 100)]
    if part.empty:
        return _NOTHING
    best = part["index_100"].idxmax()
    return best, float(part.loc[best, "within_share"]), float(part.loc[best, "total_share"])
