"""Benefit chains: feature → function → benefit → who gains from it, joined to what respondents want and get (S8).

The chains are typed data in the file of a brand (`benefits`). A chain that names an attribute of the survey is held
against it; one without says "no data".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.positioning import cases, opinions
from segkit.segmentation.case_weights import kish
from segkit.words.errors import DataError, Fault, check_columns, did_you_mean
from segkit.words.language import N_

ASKED, PART, NO_DATA = N_("asked in the survey"), N_("asked in part"), N_("no data")
MIDDLE = 0.5
"""From here up, as a share of the attribute's scale, a benefit is wanted, or delivered: segkit's own, as agreeing more
than not."""


def chains(brand: str | Sequence[str]) -> pd.DataFrame:
    """The benefit chains of a brand's file.

    Returns
    -------
    DataFrame with a row per chain: `brand`, `product_feature`, `function`, `good_for` (the benefit), `who` (texts by
    language), `wanted` and `delivered` (attributes of a survey, "" for none), `by` and `group` (whom among the
    respondents it is for, "" for all).

    Examples
    --------
    >>> chains("coca-cola").loc[0, "good_for"]["en"]
    'A cola that does not add weight'
    """
    rows = [{"brand": cases.name(key), "product_feature": c["feature"], "function": c["function"],
             "good_for": c["benefit"], "who": c["who"], "wanted": c["wanted"], "delivered": c["delivered"],
             "by": next(iter(c["group"]), ""),
             "group": next(iter(c["group"].values()), "")}
            for key in cases.listed(brand) for c in cases.facts(key)["benefits"]]
    columns = ["brand", "product_feature", "function", "good_for", "who", "wanted", "delivered", "by", "group"]
    return pd.DataFrame(rows, columns=columns)


def beneficiaries(told: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Who gains from each benefit, how many they are, and who wants it and gets it from no brand.

    Parameters
    ----------
    told : what `chains` gives.
    ratings : what `opinions.load` gives; an empty table where there is no survey.

    Returns
    -------
    DataFrame with a row per chain: `product_feature`, `function`, `good_for` (the benefit), `who`, `size` (respondents
    it is for who said how much they want it), `want_share` of them with `want_low` and `want_high`,
    `others_want_share` (of all the others,
    missing where it is for all), `unserved_share`: of those who want it, the part that rates no brand as delivering
    it, with `unserved_low` and `unserved_high`; `n_brands` that are rated on it; `backing`: asked in the survey, in
    part, or no data. Intervals are Wilson's and hold for all chains at once with 95 % (Bonferroni), so that the largest
    may be picked. An attribute rated for several brands is averaged over them where it is wanted; delivered is what the
    best brand delivers. Both are yes from the middle of the attribute's own range of answers.

    Raises
    ------
    DataError
        When a chain names an attribute, column or group that the survey does not have, all at once.

    Examples
    --------
    >>> beneficiaries(chains("coca-cola"), opinions.load(""))["backing"].unique().tolist()
    ['no data']
    """
    faults = [] if ratings.empty else [fault for i, chain in told.iterrows() for fault in _faults(i, chain, ratings)]
    if faults:
        raise DataError(faults, "benefits")
    alpha = 0.05 / max(1, int((told["wanted"] != "").sum()))
    rows = [{**chain[["product_feature", "function", "good_for", "who"]], **_asked(chain, ratings, alpha)}
            for _, chain in told.iterrows()]
    columns = ["product_feature", "function", "good_for", "who", "size", "want_share", "want_low", "want_high",
               "others_want_share", "unserved_share", "unserved_low", "unserved_high", "n_brands", "backing"]
    return pd.DataFrame(rows, columns=columns)


def unserved(table: pd.DataFrame) -> pd.DataFrame:
    """The benefits that most respondents want in vain, first the one where most surely do: rows of `beneficiaries`
    whose `unserved_low` is above 0, by the lower end of the share that wants and does not get (both ends multiplied).

    None may be left: then nobody was found who wants in vain.
    """
    sure = table[table["unserved_low"].astype(float) > 0]
    surely = sure["want_low"].astype(float) * sure["unserved_low"].astype(float)
    return sure.loc[surely.sort_values(ascending=False, kind="stable").index]


def _faults(i: Any, chain: pd.Series, ratings: pd.DataFrame) -> list[Fault]:
    attributes = sorted(ratings["attribute"].unique())
    where = f"benefit {i + 1} of {chain['brand']}"
    faults = [Fault(where, f"names the attribute {chain[part]!r} under `{part}`, which the survey does not have",
                    did_you_mean(chain[part], attributes)) for part in ("wanted", "delivered")
              if chain[part] and chain[part] not in attributes]
    if not chain["by"]:
        return faults
    columns = ratings.columns.drop(["respondent_id", "brand", "attribute", "rating", "weight"])
    if chain["by"] not in columns:
        return [*faults, Fault(where, f"names the column {chain['by']!r}", did_you_mean(chain["by"], columns))]
    groups = opinions.banded(ratings[chain["by"]]).dropna().unique()
    return faults if chain["group"] in groups else [*faults, Fault(
        where, f"names the group {chain['group']!r} of {chain['by']!r}", did_you_mean(chain["group"], groups))]


def _asked(chain: pd.Series, ratings: pd.DataFrame, alpha: float) -> dict[str, Any]:
    """What the survey says of one chain."""
    if ratings.empty or not chain["wanted"]:
        return {"backing": NO_DATA}
    wants = _yes(ratings, chain["wanted"]).mean(axis=1) >= MIDDLE
    first = ratings.groupby("respondent_id").first().loc[wants.index]
    weight = first["weight"]
    is_member = opinions.banded(first[chain["by"]]) == chain["group"] if chain["by"] else pd.Series(
        True, index=wants.index)
    share, low, high = _share(wants[is_member], weight, alpha)
    row = {"size": int(is_member.sum()), "want_share": share, "want_low": low, "want_high": high,
           "others_want_share": _share(wants[~is_member], weight, alpha)[0], "backing": PART}
    if not chain["delivered"]:
        return row
    gets = _yes(ratings, chain["delivered"])
    rated = gets.max(axis=1).reindex(wants.index[is_member & wants]).dropna()
    share, low, high = _share(rated < MIDDLE, weight, alpha)
    return {**row, "unserved_share": share, "unserved_low": low, "unserved_high": high, "n_brands": gets.shape[1],
            "backing": ASKED}


def _yes(ratings: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """Respondents × brands of one attribute, from 0 to 1 over the range of its answers."""
    check_columns([attribute], sorted(ratings["attribute"].unique()), "the attributes of the ratings")
    part = ratings[ratings["attribute"] == attribute]
    wide = part.pivot_table(index="respondent_id", columns="brand", values="rating", aggfunc="mean")
    low, high = float(part["rating"].min()), float(part["rating"].max())
    if not high > low:
        raise DataError([Fault(f"the attribute {attribute!r}", f"has one answer alone, {low:g}", "ask on a scale")])
    return (wide - low) / (high - low)


def _share(yes: pd.Series, weights: pd.Series, alpha: float) -> tuple[float, float, float]:
    w = weights.loc[yes.index]
    if yes.empty:
        return np.nan, np.nan, np.nan
    share = float(np.average(yes, weights=w))
    return share, *opinions.wilson(share, kish(w), alpha)
