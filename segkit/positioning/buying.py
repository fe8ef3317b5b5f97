"""Buying roles and the four buying behaviours: who uses, decides and pays (S13), and how a purchase comes about (S14).

A behaviour is a place on two axes: how much the buyer cares (involvement), and how different the brands seem (Assael).
Both are in the buyer's mind, so a survey tells them; what purchases show of it is `segkit.positioning.inertia`'s.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from segkit.positioning import opinions
from segkit.segmentation.case_weights import kish
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

COMPLEX, REASSURED = N_("complex buying"), N_("dissonance-reducing buying")
HABIT, VARIETY = N_("habitual buying"), N_("variety-seeking buying")
UNDECIDED = N_("between two behaviours")
BEHAVIOURS = {(True, True): COMPLEX, (True, False): REASSURED, (False, False): HABIT, (False, True): VARIETY}
"""(high involvement, large perceived differences) → behaviour."""
MIDDLE, UNSURE = 0.5, 0.05
THRESHOLDS = {
    N_("middle of the scale"): (MIDDLE, N_(
        "segkit's own: the middle of the answer scale, so that “high” means agreeing more than not; set your own where "
        "a norm of the category is known")),
    N_("unsure on either side"): (UNSURE, N_(
        "segkit's own: within a twentieth of the scale of the middle one answer more or less would change the "
        "behaviour, so none is named")),
}
ASKS = {
    COMPLEX: (N_("Explain what sets the brand apart and help to compare: details, tests, advice, time to decide."),
              N_("expert content, advice in the shop or by phone")),
    REASSURED: (N_("Make buying easy and the price fair; after the purchase confirm that the choice was right: thanks, "
                   "instructions, service, reviews by other buyers."),
                N_("messages after the purchase, warranty, service")),
    HABIT: (N_("Be there and be seen: wide distribution, the same look, price offers and reminders. Habit is not "
               "loyalty: who does not find the brand takes the next."),
            N_("shelf, short repeated advertising, replenishment")),
    VARIETY: (N_("The leader keeps shelves full and adds flavours; the challenger gives reasons to try: samples, "
                 "coupons, novelty. A switch is no sign of displeasure."),
              N_("shelf space, samples, limited editions")),
}
"""What each behaviour asks of marketing, and by what means: an editorial entry."""
ROLES = {"uses": N_("user"), "decides": N_("decision maker"), "influences": N_("influencer"), "buys": N_("buyer")}


def thresholds() -> pd.DataFrame:
    """The thresholds with their reasons, indexed by `threshold`: `threshold_value`, `reason`."""
    rows = [(name, value, why) for name, (value, why) in THRESHOLDS.items()]
    return pd.DataFrame(rows, columns=["threshold", "threshold_value", "reason"]).set_index("threshold")


def asks() -> pd.DataFrame:
    """What each behaviour asks of marketing, indexed by `behaviour`: `involvement`, `brand_difference` (high or low),
    `action`, `means`."""
    words = {True: N_("high"), False: N_("low")}
    rows = [(name, words[care], words[differ], *ASKS[name]) for (care, differ), name in BEHAVIOURS.items()]
    columns = ["behaviour", "involvement", "brand_difference", "action", "means"]
    return pd.DataFrame(rows, columns=columns).set_index("behaviour")


def classify(ratings: pd.DataFrame, involvement: Sequence[str], difference: Sequence[str],
             scale: tuple[float, float] | None = None, middle: float = MIDDLE) -> pd.DataFrame:
    """The behaviour of each respondent, from items of a survey.

    Parameters
    ----------
    ratings : what `opinions.load` gives.
    involvement : items that say how much the respondent cares, such as "a wrong choice would annoy me".
    difference : items that say how different the brands seem. Without any item of either there is nobody to classify.
    scale : lowest and highest answer of the scale; those given to these items when None.
    middle : from here up, as a share of the scale, a score is high.

    Returns
    -------
    DataFrame indexed by respondent: `involvement_level`, `difference_level` (0..1, means of the items, each first
    averaged over brands), `behaviour`, `weight`. Within `UNSURE` of the middle on either axis the behaviour is
    "between two behaviours"; a respondent without an answer on one of the axes is left out.

    Raises
    ------
    DataError
        When an item is not in the ratings, stands on both axes, or all answers are the same number.

    References
    ----------
    Assael (1987), Consumer Behavior and Marketing Action; S14.

    Examples
    --------
    >>> told = pd.DataFrame([("a", "care", 5), ("a", "differ", 1), ("b", "care", 1), ("b", "differ", 1)],
    ...     columns=["respondent_id", "attribute", "rating"]).assign(brand="X", weight=1.0)
    >>> classify(told, ["care"], ["differ"])["behaviour"].to_list()
    ['dissonance-reducing buying', 'habitual buying']
    """
    if not involvement and not difference:
        return pd.DataFrame(columns=["involvement_level", "difference_level", "behaviour", "weight"])
    attributes = sorted(ratings["attribute"].unique())
    check_columns([*involvement, *difference], attributes, "the attributes of the ratings")
    faults = [Fault("`buying`", f"names {item!r} for both involvement and difference", "name it for one")
              for item in involvement if item in difference]
    faults += [Fault("`buying`", f"names no item of {axis}", "name at least one attribute of the survey")
               for axis, items in (("involvement", involvement), ("difference", difference)) if not items]
    if faults:
        raise DataError(faults)
    part = ratings[ratings["attribute"].isin([*involvement, *difference])]
    low, high = scale or (float(part["rating"].min()), float(part["rating"].max()))
    if not high > low:
        raise DataError([Fault("the items of buying", f"have one answer alone, {low:g}", "ask on a scale")])
    items = part.pivot_table(index="respondent_id", columns="attribute", values="rating", aggfunc="mean")
    items = (items - low) / (high - low)
    levels = pd.DataFrame({"involvement_level": items.reindex(columns=list(involvement)).mean(axis=1),
                           "difference_level": items.reindex(columns=list(difference)).mean(axis=1)}).dropna()
    axes = levels.to_numpy()
    unsure = (np.abs(axes - middle) < UNSURE - 1e-9).any(axis=1)
    behaviours = [UNDECIDED if open_ else BEHAVIOURS[bool(care), bool(differ)]
                  for open_, (care, differ) in zip(unsure, axes >= middle, strict=True)]
    weight = part.groupby("respondent_id")["weight"].first()
    return levels.assign(behaviour=behaviours, weight=weight.loc[levels.index])


def shares(found: pd.DataFrame) -> pd.DataFrame:
    """How many buy in which way, indexed by `behaviour`: `size` (respondents), `behaviour_share` with `share_low` and
    `share_high` (Wilson's 95 % interval), `action`, `means`."""
    weight = found["weight"]
    n = kish(weight)
    rows = []
    for name in (*BEHAVIOURS.values(), UNDECIDED):
        mask = found["behaviour"] == name
        share = float(weight[mask].sum() / weight.sum()) if len(found) else np.nan
        rows.append((name, int(mask.sum()), share, *opinions.wilson(share, n), *ASKS.get(name, ("", ""))))
    columns = ["behaviour", "size", "behaviour_share", "share_low", "share_high", "action", "means"]
    return pd.DataFrame(rows, columns=columns).set_index("behaviour")


def roles(ratings: pd.DataFrame, items: Mapping[str, str], by: Sequence[str]) -> pd.DataFrame:
    """Who uses, decides, influences and buys: the make-up of each role by a column of the respondent.

    Parameters
    ----------
    ratings : what `opinions.load` gives.
    items : role (of `ROLES`) → the attribute that tells it; an answer above 0 is a yes.
    by : columns of the respondent, such as gender.

    Returns
    -------
    DataFrame with a row per brand, column, role and group: `brand`, `by`, `role`, `group`, `size` (respondents with
    that role for that brand), `role_share` of the group among them, `role_low`, `role_high` (Wilson's 95 % interval).
    Where the largest group of users is not that of buyers, two messages are needed.

    Raises
    ------
    DataError
        When there is no such role, attribute or column.
    """
    check_columns(list(items), list(ROLES), "the roles")
    columns = ["brand", "by", "role", "group", "size", "role_share", "role_low", "role_high"]
    if not items or not by:
        return pd.DataFrame(columns=columns)
    characteristics = ratings.columns.drop(["brand", "attribute", "rating", "weight", "respondent_id"])
    check_columns(list(by), characteristics, "what is known of respondents")
    check_columns(list(items.values()), sorted(ratings["attribute"].unique()), "the attributes of the ratings")
    yes, rows = ratings[ratings["rating"] > 0], []
    brands, role_names = sorted(ratings["brand"].unique()), [r for r in ROLES if r in items]
    for brand, column, role in itertools.product(brands, by, role_names):
        has = yes[(yes["brand"] == brand) & (yes["attribute"] == items[role])].groupby("respondent_id").first()
        groups = opinions.banded(has[column]).dropna()
        weight = has.loc[groups.index, "weight"]
        n = kish(weight)
        for group in opinions.ordered(groups):
            share = float(weight[groups == group].sum() / weight.sum())
            rows.append((brand, column, ROLES[role], group, len(groups), share, *opinions.wilson(share, n)))
    return pd.DataFrame(rows, columns=columns)
