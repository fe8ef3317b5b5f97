"""Plots of target-segment choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from segkit.plots import theme
from segkit.words.formats import _, format_value
from segkit.words.language import N_

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@theme.reading(N_(
    "The length of a bar is the weighted score from 0 to 100; the words beside it say how often the "
    "segment still comes first when the weights vary at random. A clear leader stays first in nearly "
    "all weightings. The points compare these candidates with each other only: 100 would be the best "
    "of them on every criterion, not good in itself."))
def ranking(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Attractiveness score of each considered segment, with the share of weightings in which it comes first."""
    table = table[table["attractiveness_score"].notna()]
    ax = theme.axes(ax, height=0.9 + 0.45 * len(table))
    names = [_(str(s)) for s in table.index]
    bars = ax.barh(range(len(table)), table["attractiveness_score"], height=0.65,
                   color=[theme.PALETTE[0] if i == 0 else theme.MUTED for i in range(len(table))])
    ax.bar_label(bars, [_("first in {share:percent} of weightings", share=float(s)) for s in table["first_share"]],
                 padding=4, fontsize=9)
    ax.set_yticks(range(len(table)), names)
    ax.invert_yaxis()
    ax.set_xlim(0, 190)
    ax.set_xticks([0, 25, 50, 75, 100])
    theme.name_axes(ax, "attractiveness_score")
    ax.grid(axis="y", visible=False)
    theme.set_alt_text(ax, N_("Bars for {n:count} segments. {top} leads with {score} of 100 points and comes first in "
                              "{share:percent} of random weightings."), n=len(table), top=names[0],
                       score=format_value(float(table["attractiveness_score"].iloc[0]), "index"),
                       share=float(table["first_share"].iloc[0]))
    return ax
