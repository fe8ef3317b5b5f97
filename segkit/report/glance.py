"""The segments at a glance: a card for each, first on the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from segkit.report.findings import Display, filled
from segkit.words import labels
from segkit.words.formats import format_value, unit_of_numbers
from segkit.words.language import LANGUAGES, N_

CAPTION = N_("The segments at a glance")
_STABLE, _DISSOLVED = 0.75, 0.5
ENOUGH_KNOWN = 10
"""People of whom a descriptor is known, from which on a card says what it tells."""
_SURE = (N_("Found again in new samples of the same people (Jaccard index {jaccard:number})."),
         N_("Found again only in part in new samples of the same people (Jaccard index {jaccard:number})."),
         N_("Dissolves in new samples of the same people (Jaccard index {jaccard:number})."))


def cards(table: pd.DataFrame, descriptor: str = "", currency: str = "") -> Display:
    """The cards of the segments. A page shows them before its story.

    Parameters
    ----------
    table : what `segmentation.cards.table` gives.
    descriptor : the descriptor variable that its values are of.
    currency : ISO code of the money in it.
    """
    segment_cards = [_card(segment, row, descriptor, currency) for segment, row in table.iterrows()]
    return Display({"kind": "cards", **filled(CAPTION, {}), "cards": segment_cards})


def _card(segment: Any, row: pd.Series, descriptor: str, currency: str) -> dict[str, Any]:
    lines = [filled(N_("{size:count} people, {share:percent} of all."),
                      {"size": int(row["size"]), "share": row["segment_share"]})]
    if pd.notna(row.get("revenue_share")):
        lines.append(filled(N_("{share:percent} of revenue (95% interval {low:percent} to {high:percent})."), {
            "share": row["revenue_share"], "low": row["revenue_share_low"], "high": row["revenue_share_high"]}))
    details = []
    if descriptor:
        values = {"name": descriptor, "told": row["told"], "total": row["told_total"]}
        description = filled(N_("Who they are: nothing that is known of them sets them apart."), {})
        if row["n_described"] < ENOUGH_KNOWN:
            description = filled(N_("Who they are: known of too few of them to say ({n:count} of {size:count})."),
                                 {"n": int(row["n_described"]), "size": int(row["size"])})
        elif row["value"] is not None and pd.notna(row["told"]):
            description = filled(
                N_("Who they are, of those known: {name:name}, {value:value}: {told:percent} (all: {total:percent})."),
                {**values, "value": row["value"]})
        elif pd.notna(row["told"]):
            description = filled(
                N_("Who they are, of those known: {name:name}, {told:number} on average (all: {total:number})."),
                values)
        details.append(description)
    if pd.notna(row["jaccard"]):
        level = 0 if row["jaccard"] >= _STABLE else 1 if row["jaccard"] >= _DISSOLVED else 2
        details.append(filled(_SURE[level], {"jaccard": row["jaccard"]}))
    proposed = isinstance(row["proposed"], Mapping)
    return {"segment": labels.by_language(segment) if isinstance(segment, str) else segment, "size": int(row["size"]),
            "lines": lines, "more": details, "traits": [_trait(t, currency) for t in row["traits"]],
            **({"proposed": filled(N_("Proposed name: {name:message}"), {"name": row["proposed"]})}
               if proposed else {})}


def _trait(trait: Mapping[str, Any], currency: str) -> dict[str, Any]:
    name = trait["variable"]
    unit = "percent" if trait["is_share"] else unit_of_numbers(name)
    unit = "share" if unit == "percent" else unit
    names = {code: format_value(name, "column", code) for code in LANGUAGES}
    if not labels.has(name):  # the unit of a column of the user's own says what its number is
        names = {code: re.sub(r"\s*\([^()]*\)$", "", text) for code, text in names.items()}
    values = {"variable": names,
              **{part: {code: format_value(trait[part], unit, code, currency) for code in LANGUAGES}
                 for part in ("mean", "total")}}
    return filled(N_("{variable:message}: {mean:message} (all: {total:message})"), values)
