"""The decision on rivals: which brand to watch, and whether a segment is open."""

from __future__ import annotations

from typing import Any

from segkit.positioning.gain_loss import GainLoss
from segkit.positioning.gaps import Gaps
from segkit.positioning.reach import SURE
from segkit.words.language import N_

WATCH_OPEN = N_("Watch {brand:value}, which went from {before:percent} to {after:percent} of the money spent, and "
                "ask {segment:segment} whether they miss something: they take {gap:count}% fewer brands than the "
                "average, and no brand stands out there.")
WATCH_CLOSED = N_("Watch {brand:value}, which went from {before:percent} to {after:percent} of the money spent. "
                  "Plan for no niche: no group is underserved by more than chance.")
WATCH = N_("Watch {brand:value}, which went from {before:percent} to {after:percent} of the money spent.")
LEVEL_OPEN = N_("No brand gains on the others by more than chance explains. Ask {segment:segment} whether they miss "
                "something: they take {gap:count}% fewer brands than the average, and no brand stands out there.")
LEVEL_CLOSED = N_("Change nothing on the strength of this period: no brand gains on the others by more than chance "
                  "explains, the largest change being that of {brand:value}, and no group is underserved.")
LEVEL = N_("Change nothing on the strength of this period: no brand gains on the others by more than chance "
           "explains, the largest change being that of {brand:value}.")


def decide(moved: GainLoss, found: Gaps) -> tuple[str, dict[str, Any]]:
    """What to do, as a sentence and its values; they are missing where nothing can be compared.

    Parameters
    ----------
    moved : what `gain_loss.between` gave. The brand to watch is the one that gained most share, if the change has an
        `adjusted_p` of at most 0.05.
    found : what `gaps.find` gave.
    """
    gained = moved.table[(moved.table["adjusted_p"] <= SURE) & (moved.table["share_change"] > 0)] if (
        len(moved.table)) else moved.table
    gap = {name: found.values[name] for name in ("segment", "gap")} if found.is_open else {}
    words = (WATCH_OPEN, WATCH_CLOSED, WATCH) if len(gained) else (LEVEL_OPEN, LEVEL_CLOSED, LEVEL)
    sentence = words[0] if gap else words[1] if len(found.table) else words[2]
    if not len(gained):
        return sentence, gap or {"brand": moved.values["brand"]}
    name = gained["share_change"].idxmax()
    row = gained.loc[name]
    return sentence, {"brand": name, "before": row["share_before"], "after": row["share_after"], **gap}
