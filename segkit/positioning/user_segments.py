"""Who uses which brand in which segment of a survey, by more than chance, and what to do about it (S7)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.positioning import users
from segkit.positioning.leaders import Leader
from segkit.positioning.reach import SURE
from segkit.positioning.usage import Usage
from segkit.segmentation import lots
from segkit.segmentation.case_weights import kish
from segkit.words.language import N_

LEAST = 10
"""Users of a brand in a segment below which nothing is said of what they use beside it."""
MORE = N_("{brand:value} is used more in {segment:segment}: by {share:percent} ({low:percent} to {high:percent}), an "
          "index of {index:index}. Chance alone puts one of the {n:count} cells of brands and segments as far off in "
          "{p:percent} of deals by lot.")
FEWER = N_("{brand:value} is used less in {segment:segment}: by {share:percent} ({low:percent} to {high:percent}), an "
           "index of {index:index}. Chance alone puts one of the {n:count} cells of brands and segments as far off in "
           "{p:percent} of deals by lot.")
NOWHERE = N_("No brand is used more or less in any segment than chance explains: the farthest off is {brand:value} in "
             "{segment:segment} with {share:percent} ({low:percent} to {high:percent}), but in {p:percent} of deals by "
             "lot one of the {n:count} cells of brands and segments is as far off.")
FIRST_WHERE = N_("Measure a brand against {brand:value}, which has most users. Look first at {segment:segment}: there "
                 "{other:value} stands at an index of {index:index} (100 = as among all users), by more than chance.")
FIRST_NOWHERE = N_("Measure a brand against {brand:value}, which has most users. Plan for all segments alike: no brand "
                   "is used more or less in any of them than chance explains.")
FIRST = N_("Measure a brand against {brand:value}, which has most users.")
LEVEL_WHERE = N_("Call no brand the first: {brand:value} and {second:value} are too close. Look first "
                 "at {segment:segment}: there {other:value} stands at an index of {index:index} (100 = as among all "
                 "users), by more than chance.")
LEVEL_NOWHERE = N_("Call no brand the first: {brand:value} and {second:value} are too close, and no brand is used more "
                   "or less in any segment than chance explains.")
LEVEL = N_("Call no brand the first: {brand:value} and {second:value} are too close.")


class Told(NamedTuple):
    """What to say; `sentence` takes the `values`. `is_clear`: whether chance is ruled out."""

    is_clear: bool
    sentence: str
    values: dict[str, Any]


def by_segment(used: Usage, segment: pd.Series, random_state: int | None = 0) -> pd.DataFrame:
    """Users of each brand in each segment.

    Parameters
    ----------
    segment : group of each respondent, indexed by respondent (`usage.grouped`); without any the table is empty.
    random_state : seed of the deals by lot.

    Returns
    -------
    DataFrame by (`brand`, `segment`): `n_respondents` of the segment who use any brand, `user_share` with `user_low`
    and `user_high` (Wilson, Kish), `index_100` (100 as among all whose segment is known), `adjusted_p` (how often any
    cell is as far off where respondents, with their weights, are dealt into segments of the same sizes by lot, 1,000
    deals; Westfall & Young's single-step maximum), and `requirement_share` with its interval where it was asked how
    often: missing where fewer than ten users of the brand are in the segment.
    """
    columns = ["n_respondents", "user_share", "user_low", "user_high", "index_100", "adjusted_p"]
    if not len(segment):
        return pd.DataFrame(columns=columns, dtype=float, index=pd.MultiIndex.from_arrays(
            [[], []], names=["brand", "segment"]))
    often = used.often.loc[segment.index]
    uses, weight = (often > 0).to_numpy(float), used.weight.loc[segment.index].to_numpy()
    at, names = pd.factorize(segment, sort=True)
    member = (np.arange(len(names))[:, None] == at).astype(float)
    people, sizes = member @ weight, member.sum(axis=1)
    share, overall = (member * weight) @ uses / people[:, None], weight @ uses / weight.sum()
    dealt = lots.by_lot(np.column_stack([uses * weight[:, None], weight]), sizes.astype(int), random_state=random_state)
    chance = dealt[:, :, :-1] / dealt[:, :, -1:] - overall
    spread = np.where(chance.std(axis=0) > 1e-12, chance.std(axis=0), np.inf)
    largest = np.sort((np.abs(chance) / spread).max(axis=(1, 2)))
    p = (1 + len(largest) - np.searchsorted(largest, np.abs(share - overall) / spread - 1e-9)) / (1 + len(largest))
    n_effective = np.array([kish(weight[at == g]) for g in range(len(names))])
    low, high = np.swapaxes([users.wilson(share[g], np.full(len(overall), n)) for g, n in enumerate(n_effective)], 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        index = 100 * share / overall
    grid = pd.MultiIndex.from_product([often.columns, names], names=["brand", "segment"])
    values = np.broadcast_to(sizes[:, None], share.shape), share, low, high, index, p
    table = pd.DataFrame({c: np.asarray(v).T.ravel() for c, v in zip(columns, values, strict=True)}, index=grid)
    return table.astype({"n_respondents": int}).join(_requirements(used, segment)) if used.is_counted else table


def stands_out(reached: pd.DataFrame) -> Told:
    """The brand and segment that are farthest off, by what `by_segment` gave; missing values without any segment."""
    names = ("brand", "segment", "share", "low", "high", "index", "p", "n")
    if reached.index.get_level_values(1).nunique() < 2:
        return Told(False, NOWHERE, dict.fromkeys(names))
    clear = reached[reached["adjusted_p"] <= SURE]
    deviations = (reached["index_100"] - 100).abs() if clear.empty else (clear["index_100"] - 100).abs()
    part = reached.loc[deviations.index]
    brand, segment = part.assign(far=-deviations).sort_values(["adjusted_p", "far"], kind="stable").index[0]
    row = reached.loc[(brand, segment)]
    words = NOWHERE if clear.empty else MORE if row["index_100"] > 100 else FEWER
    return Told(len(clear) > 0, words, {
        "brand": brand, "segment": segment, "share": row["user_share"], "low": row["user_low"],
        "high": row["user_high"], "index": row["index_100"], "p": row["adjusted_p"], "n": len(reached)})


def decide(lead: Leader, told: Told) -> tuple[str, dict[str, Any]]:
    """What to do, as a sentence and its values; they are missing where there is only one brand.

    Parameters
    ----------
    lead : what `users.leader` gave.
    told : what `stands_out` gave.
    """
    values = {name: lead.values[name] for name in (("brand",) if lead.is_clear else ("brand", "second"))}
    words = (FIRST_WHERE, FIRST_NOWHERE, FIRST) if lead.is_clear else (LEVEL_WHERE, LEVEL_NOWHERE, LEVEL)
    if told.values["brand"] is None:
        return words[2], values
    if not told.is_clear:
        return words[1], values
    return words[0], values | {"other": told.values["brand"], "segment": told.values["segment"],
                               "index": told.values["index"]}


def _requirements(used: Usage, segment: pd.Series) -> pd.DataFrame:
    parts = {}
    for name in np.sort(segment.unique()):
        respondents = segment.index[segment == name]
        segment_usage = used._replace(often=used.often.loc[respondents], weight=used.weight.loc[respondents])
        table = users.performance(segment_usage)[
            ["requirement_share", "requirement_share_low", "requirement_share_high"]]
        parts[name] = table[(segment_usage.often > 0).sum() >= LEAST].reindex(table.index)
    return pd.concat(parts, names=["segment", "brand"]).swaplevel()
