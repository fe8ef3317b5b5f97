"""Attractiveness against relative competitiveness: is the segment right for us, and are we right for the segment?

The first choice of a ranking is worth little where others serve it better. Both are scored by criteria of their own;
the textbook's evaluation plot shows them together. And what would change the choice is told in one sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from segkit.segmentation.result import Segmentation
from segkit.targeting import acceptability, candidates
from segkit.words.errors import SegkitError
from segkit.words.language import N_

EVEN = 100.0
"""Points of a segment that is as all customers are."""
_NO_FIT = N_("Not drawn: the study states no criteria of how well we can serve each segment (`fit`).")
BOTH = N_("{segment:segment} is attractive ({score:index} points) and suits what we can do ({fit:index} points; 100 = "
          "as "
          "for all customers).")
ATTRACTIVE_ONLY = N_("{segment:segment} is attractive ({score:index} points), but others may serve it better: "
                     "{fit:index} points for how well we can serve it, 100 being as for all customers.")
UNSURE_FIT = N_("{segment:segment} has {score:index} points of attractiveness; whether we can serve it better than "
                "other segments is too close to tell: {fit:index} points, interval {low:index} to {high:index}.")
NEAR = N_("{other:segment} comes first instead of {segment:segment} once “{criterion:message}” weighs "
          "{weight:percent} in "
          "place of {now:percent}: a change so small that the choice hangs on the weights.")
FAR = N_("{other:segment} comes first instead of {segment:segment} once “{criterion:message}” weighs {weight:percent} "
         "in "
         "place of {now:percent}; no smaller change of one weight does it.")
ONE = N_("One criterion decides alone, “{criterion:message}”: another one may put another candidate first.")
FIRM = N_("No change of one weight alone puts another candidate before {segment:segment}.")


class Said(NamedTuple):
    """A sentence chosen by what was found, with its values."""

    sentence: str
    values: dict[str, Any]


def table(compared: candidates.Comparison, customers: pd.DataFrame, segmentation: Segmentation,
          fit: Sequence[Mapping[str, Any]], random_state: int | None = None,
          weights: pd.Series | None = None) -> pd.DataFrame:
    """Both scores of each considered candidate.

    Parameters
    ----------
    compared : what `candidates.compare` found of attractiveness. customers, segmentation : as given there.
    fit : criteria of relative competitiveness, as those of attractiveness; [] for none.
    random_state : seed of the customers drawn anew.
    weights : as given to `candidates.compare`.

    Returns
    -------
    DataFrame indexed by segment, best first: `customer_share`, `attractiveness_score` and `competitiveness_score`,
    each with its 95 % interval (`…_low`, `…_high`). Empty without `fit`, with the reason in ``attrs["left_out"]``.

    Raises
    ------
    SegkitError
        As `candidates.compare`, for the criteria of `fit`.

    References
    ----------
    Dolnicar, Grün & Leisch (2018), step 8, the segment evaluation plot, doi:10.1007/978-981-10-8818-6.

    Examples
    --------
    >>> from segkit.segmentation import rules
    >>> customers = pd.DataFrame({"town": ["a", "b"] * 20, "monetary": [1.0, 3.0] * 20, "n": [4.0, 2.0] * 20})
    >>> towns = rules.segment(customers.rename_axis("customer_id").reset_index(), {"model": "geographic", "by": "town"})
    >>> found = candidates.compare(customers, towns, [{"column": "monetary"}], random_state=1)
    >>> table(found, customers, towns, [{"column": "n"}], 1)["competitiveness_score"].round(1).to_dict()
    {'b': 66.7, 'a': 133.3}
    """
    if not fit:
        empty = pd.DataFrame()
        empty.attrs["left_out"] = _NO_FIT
        return empty
    scores = compared.ranking[["attractiveness_score", "attractiveness_low", "attractiveness_high"]].dropna(how="all")
    try:
        fit_ranking = candidates.compare(customers, segmentation, fit, random_state=random_state,
                                         weights=weights).ranking
    except SegkitError as error:
        raise SegkitError(error.faults, "fit") from None
    ends = {f"attractiveness_{end}": f"competitiveness_{end}" for end in ("score", "low", "high")}
    both_scores = scores.join(fit_ranking[list(ends)].rename(columns=ends))
    sizes = candidates.measure(customers, segmentation, ["customer_share"], weights)
    both_scores.insert(0, "customer_share", sizes["customer_share"].reindex(both_scores.index))
    return both_scores.rename_axis("segment")


def served(evaluated: pd.DataFrame, segment: Any) -> Said | None:
    """Whether the segment is one that we can serve better than others; None without criteria of fit.

    Parameters
    ----------
    evaluated : what `table` gave.
    segment : one of its index.

    Returns
    -------
    Said: `UNSURE_FIT` where 100 points lie inside the 95 % interval of `competitiveness_score`, else `BOTH` from 100
    points on, and `ATTRACTIVE_ONLY` below; its values are `segment`, `score` and `fit` (points), and for the first
    `low` and `high`. None also where the segment is not in the table, since it was knocked out.

    Examples
    --------
    >>> evaluated = pd.DataFrame({"attractiveness_score": [120.0], "competitiveness_score": [90.0],
    ...                           "competitiveness_low": [80.0], "competitiveness_high": [97.0]}, index=["a"])
    >>> served(evaluated, "a").sentence == ATTRACTIVE_ONLY
    True
    """
    if evaluated.empty or segment not in evaluated.index:
        return None
    row = evaluated.loc[segment]
    values = {"segment": segment, "score": row["attractiveness_score"], "fit": row["competitiveness_score"]}
    low, high = row["competitiveness_low"], row["competitiveness_high"]
    if low < EVEN < high:
        return Said(UNSURE_FIT, {**values, "low": low, "high": high})
    return Said(BOTH if row["competitiveness_score"] >= EVEN else ATTRACTIVE_ONLY, values)


def change(compared: candidates.Comparison) -> Said:
    """What would change the choice: the nearest weight of one criterion at which another candidate comes first.

    Examples
    --------
    >>> from segkit.segmentation import rules
    >>> customers = pd.DataFrame({"town": ["a", "b"] * 20, "monetary": [1.0, 3.0] * 20, "n": [4.0, 2.0] * 20})
    >>> towns = rules.segment(customers.rename_axis("customer_id").reset_index(), {"model": "geographic", "by": "town"})
    >>> criteria = [{"column": "monetary", "weight": 3}, {"column": "n"}]
    >>> found = candidates.compare(customers, towns, criteria, random_state=1)
    >>> round(float(change(found).values["weight"]), 2)
    0.4
    """
    first = compared.flips.iloc[0]
    segment = compared.ranking.index[0]
    if len(compared.flips) == 1:
        return Said(ONE, {"criterion": first["weighed_criterion"]})
    if pd.isna(first["flip_change"]):
        return Said(FIRM, {"segment": segment})
    values = {"segment": segment, "other": first["flips_to"], "criterion": first["weighed_criterion"],
              "weight": first["flip_weight"], "now": first["criterion_weight"]}
    return Said(NEAR if first["flip_change"] <= acceptability.SMALL else FAR, values)
