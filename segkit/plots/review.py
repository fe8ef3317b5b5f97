"""Plots of two runs of one study side by side."""

from __future__ import annotations

import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.words.formats import _, format_value
from segkit.words.language import N_

_MOST = 12


@theme.plot(N_(
    "Each dot is how much larger or smaller the share of a segment is in the second run than in the first; the line "
    "is its interval, and all lines hold together. A line that crosses zero tells of no change: another sample of the "
    "same customers would differ as much. A segment that shrinks need not lose people, as shares add up to one."))
def growth(table: pd.DataFrame) -> Panel:
    """Change of the share of each segment, with intervals (`review.compare(…).growth`)."""
    ax = theme.panel(height=1.0 + 0.4 * len(table))
    names = [theme.segment(s) for s in table.index]
    words = [_("{name}: {before:percent}, then {after:percent}", name=n, before=float(b), after=float(a))
             for n, b, a in zip(names, table["share_before"], table["share_after"], strict=True)]
    _changes(ax, table, ("share_change", "change_low", "change_high"), "is_change", words)
    for y, change in enumerate(table["share_change"].astype(float)):
        ax.annotate(format_value(change, "points"), (change, y), (0, 8), ha="center",
                    fontsize=9)
    ax.set_yticks(range(len(table)), [theme.wrapped(n, 24) for n in names])
    theme.format_axis(ax.xaxis, "points")
    theme.name_axes(ax, "share_change")
    most = table["share_change"].abs().idxmax()
    theme.set_alt_text(ax, N_("A dot per segment. The share of {name} changed most, from {before:percent} to "
                              "{after:percent}; beyond chance: {n:count} of {all:count} segments."),
                       name=theme.segment(most), before=float(table.loc[most, "share_before"]),
                       after=float(table.loc[most, "share_after"]), n=int(table["is_change"].sum()), all=len(table))
    return ax


@theme.plot(N_(
    "Each dot is how far the mean of a segment has drifted from the first run to the second, in standard deviations of "
    "all customers; the line is its interval, and all lines hold together. Lines that cross zero are no drift. Half a "
    "standard deviation is where a segment has become another one; less is seen by numbers alone."))
def drift(table: pd.DataFrame) -> Panel:
    """Drift of the means of the segments, the largest first (`review.compare(…).drift`)."""
    table = table.head(_MOST)
    ax = theme.panel(height=1.0 + 0.4 * len(table))
    names = [_("{segment}: {variable}", segment=theme.segment(s), variable=theme.label(v)) for s, v in table.index]
    words = [_("{name}: {before}, then {after}", name=n, before=format_value(float(b), "number"),
               after=format_value(float(a), "number"))
             for n, b, a in zip(names, table["mean_before"], table["mean_after"], strict=True)]
    _changes(ax, table, ("drift_size", "drift_low", "drift_high"), "is_drift", words)
    ax.set_yticks(range(len(table)), [theme.wrapped(n, 30) for n in names])
    theme.format_axis(ax.xaxis, "decimal")
    theme.name_axes(ax, "drift_size")
    theme.set_alt_text(ax, N_("A dot per segment and measure, the largest drift first: {name}, {size} standard "
                              "deviations; beyond chance: {n:count} of {all:count}."), name=names[0],
                       size=format_value(float(table["drift_size"].iloc[0]), "decimal"),
                       n=int(table["is_drift"].sum()), all=len(table))
    return ax


def _changes(ax: Panel, table: pd.DataFrame, columns: tuple[str, str, str], beyond: str, words: list[str]) -> None:
    """A dot and its interval per row, from the top, blue where it is beyond chance."""
    middle, low, high = (table[c].astype(float) for c in columns)
    for y, sure in enumerate(table[beyond]):
        colour = theme.PALETTE[0] if sure else theme.MUTED
        ax.hlines([y], [low.iloc[y]], [high.iloc[y]], color=colour, linewidth=2)
        theme.tell(ax.plot([middle.iloc[y]], [y], "o", color=colour, markersize=7), [words[y]])
    ax.axvline(0, color=theme.INK, linewidth=0.8, linestyle="--")
    ax.set_ylim(len(table) - 0.5, -0.7)
    ax.grid(axis="y", visible=False)
