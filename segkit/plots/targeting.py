"""Plots of target-segment choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from segkit.plots import theme
from segkit.words.formats import _, format_value
from segkit.words.language import N_

if TYPE_CHECKING:
    from matplotlib.axes import Axes


CONTENDER = 0.05
"""Share of draws from which on a segment may be the first choice."""


@theme.reading(N_(
    "The length of a bar is the weighted score: 100, the dashed line, is as all customers are, 120 a fifth better. A "
    "thin line is the interval of the score over other customers of the same kind. The words say how often the segment "
    "comes first where customers and weights are drawn anew; blue bars do so in at least 5% of draws. Below 95% no "
    "candidate is clearly first, whatever the bars look like."))
def ranking(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Attractiveness score of each considered segment, with its interval and how often it comes first."""
    table = table[table["attractiveness_score"].notna()]
    ax = theme.axes(ax, height=0.9 + 0.45 * len(table))
    names = [theme.segment(s) for s in table.index]
    scores, places = table["attractiveness_score"].astype(float), range(len(table))
    low, high = (table.get(f"attractiveness_{end}", scores).astype(float) for end in ("low", "high"))
    bars = ax.barh(places, scores, height=0.65,
                   color=[theme.PALETTE[0] if s >= CONTENDER else theme.MUTED for s in table["first_share"]])
    theme.tell(bars, [_("{name}: {value}, interval {low} to {high}", name=n, value=format_value(v, "index"),
                        low=format_value(a, "index"), high=format_value(b, "index"))
                      for n, v, a, b in zip(names, scores, low, high, strict=True)])
    ax.hlines(places, low, high, color=theme.INK, linewidth=1.2)
    ax.axvline(100, color=theme.INK, linewidth=0.8, linestyle="--")
    widest = max(100.0, float(high.max()))
    for i, share in enumerate(table["first_share"]):
        ax.text(1.03 * max(float(high.iloc[i]), 100.0), i, _("first in {share:percent} of draws", share=float(share)),
                va="center", fontsize=9)
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.set_xlim(min(0.0, float(low.min())), 1.75 * widest)
    ax.set_xticks([x for x in (0, 25, 50, 75, 100, 150, 200, 300) if x <= widest])
    theme.name_axes(ax, "attractiveness_score")
    ax.grid(axis="y", visible=False)
    theme.set_alt_text(ax, N_("Bars for {n:count} segments. {top} has most points, {score}, with 100 for all, and "
                              "comes first in {share:percent} of draws of customers and weights."), n=len(table),
                       top=names[0], score=format_value(float(scores.iloc[0]), "index"),
                       share=float(table["first_share"].iloc[0]))
    return ax
