"""Plots of segmentations: how many segments, their sizes, their profile, their descriptors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.plots.customers import heatmap
from segkit.words.formats import _, format_value
from segkit.words.language import N_


@theme.plot(N_(
    "Each line follows one measure as the number of segments grows. The explained share always rises;"
    " look for where it stops rising fast while the near-best share is still high and the smallest "
    "segment still worth serving. There need not be one right number."))
def how_many(table: pd.DataFrame) -> Panel:
    """Explained share and near-best share by number of segments (what `kmeans.compare` gives)."""
    ax = theme.panel()
    for i, column in enumerate(("explained_share", "near_best_share", "smallest_share")):
        ax.plot(table.index, table[column], marker="o", color=theme.PALETTE[i], linestyle=("-", "--", ":")[i],
                label=theme.label(column))
    ax.set_xticks(list(table.index))
    ax.set_ylim(0, 1.02)
    theme.format_axis(ax.yaxis, "percent")
    theme.name_axes(ax, "k")
    theme.legend_above(ax)
    theme.set_alt_text(ax, N_("Three lines for k = {first:count} to {last:count}. The explained share goes from "
                              "{low:percent} to {high:percent}."), first=int(table.index[0]), last=int(table.index[-1]),
                       low=float(table["explained_share"].iloc[0]), high=float(table["explained_share"].iloc[-1]))
    return ax


@theme.plot(N_(
    "Each panel is a segment, each bar one variable; the vertical line at 100, or with shares "
    "the dot of each variable, is the average customer. Read the blue bars, the marker variables: they "
    "are what sets the segment apart. Bars are cut at an index of 400, and a large index of a rare "
    "behaviour can still be a small amount."))
def profile(table: pd.DataFrame) -> Panel:
    """The segment profile: each variable's index in each segment; marker variables stand out.

    `table` is what `segmentation.profile.segments` gives, indexed by variable and segment. Where every mean is a share
    (yes/no answers), bars are the shares in the segment and dots those of all customers.
    """
    means = table.reindex(columns=["mean", "total_mean"])
    shares = bool(((means >= 0) & (means <= 1)).all(axis=None))
    segments = list(dict.fromkeys(table.index.get_level_values("segment")))
    variables = list(dict.fromkeys(table.index.get_level_values("variable")))
    column, top = ("mean", 1.02) if shares else ("index_100", min(400.0, 1.08 * float(table["index_100"].max())))
    figure = theme.picture(height=1.15 + 0.27 * len(variables) * ((len(segments) + 1) // 2))
    grid = figure.subplots((len(segments) + 1) // 2, min(2, len(segments)), sharex=True, sharey=True)
    for panel, segment in zip(grid.flat, segments, strict=False):
        part = table.xs(segment, level="segment").reindex(variables)
        colours = [theme.PALETTE[0] if marked else theme.MUTED for marked in part["is_marker"]]
        panel.barh(range(len(variables)), part[column].clip(upper=top).fillna(0), color=colours, height=0.65)
        if shares:
            panel.plot(part["total_mean"], range(len(variables)), "o", color=theme.INK, markersize=4)
            panel.set_xlim(0, top)
            theme.format_axis(panel.xaxis, "percent")
        else:
            panel.axvline(100, color=theme.INK, linewidth=1)
            theme.format_axis(panel.xaxis, "index")
        panel.set_title(theme.wrapped(theme.titled(segment), 13))
        panel.set_yticks(range(len(variables)), [theme.label(v) for v in variables], fontsize=9)
        panel.grid(axis="y", visible=False)
    for panel in list(grid.flat)[len(segments):]:
        panel.set_visible(False)
    everybody = [(theme.INK, "o", _("everybody"))] if shares else []
    theme.legend_of_colours(grid.flat[0], [(theme.PALETTE[0], "s", _("marker variable")),
                                           (theme.MUTED, "s", _("other variable")), *everybody])
    grid.flat[0].invert_yaxis()
    for panel in grid[-1]:
        theme.name_axes(panel, "mean" if shares else "index_100")
    marked = table[table["is_marker"]]
    most = table.loc[(table["index_100"] - 100).abs().idxmax()]
    where = (table["index_100"] - 100).abs().idxmax()
    theme.set_alt_text(grid.flat[0], N_("Bars per variable and segment; {n:count} marker variables. The strongest: "
                                        "{variable} in segment {segment}, index {index:index}."), n=len(marked),
                       variable=theme.label(where[0]), segment=theme.segment(where[1]), index=float(most["index_100"]))
    return grid.flat[0]


@theme.plot(N_("A box holds the middle half of a segment, the line in it the customer in the middle; the whiskers "
               "reach to the last customer within one and a half boxes, and who lies beyond is not drawn. Look how "
               "far boxes overlap: where they do, many of one segment are like many of the other, however far apart "
               "the means are."))
def boxes(table: pd.DataFrame) -> Panel:
    """A box per segment for each variable, each on a scale of its own (`segmentation.spread.boxes`)."""
    segments = list(dict.fromkeys(table.index.get_level_values("segment")))
    variables = list(dict.fromkeys(table.index.get_level_values("variable")))
    across = min(2, len(variables))
    rows = -(-len(variables) // across)
    figure = theme.picture(height=0.5 + rows * (0.75 + 0.26 * len(segments)))
    grid = figure.subplots(rows, across, sharey=True)
    for panel, variable in zip(grid.flat, variables, strict=False):
        part = table.xs(variable, level="variable").reindex(segments)
        known = part["median"].notna()
        places, part = np.flatnonzero(known), part[known]
        bars = panel.barh(places, part["third_quartile"] - part["first_quartile"], height=0.55,
                          left=part["first_quartile"], color=theme.PALETTE[4], edgecolor=theme.INK)
        theme.tell(bars, [_("Segment {segment}: median {middle:number}, half of it {low:number} to {high:number}",
                            segment=theme.segment(s), middle=row["median"], low=row["first_quartile"],
                            high=row["third_quartile"]) for s, row in part.iterrows()])
        for start, end in (("lower_whisker", "first_quartile"), ("third_quartile", "upper_whisker")):
            panel.hlines(places, part[start], part[end], color=theme.INK, linewidth=1)
        for where, half, colour in (("median", 0.275, theme.ON_LIGHT), ("lower_whisker", 0.14, theme.INK),
                                    ("upper_whisker", 0.14, theme.INK)):
            panel.vlines(part[where], places - half, places + half, color=colour, linewidth=1)
        panel.set_title(theme.wrapped(theme.label(variable), 30))
        panel.set_yticks(range(len(segments)), [theme.wrapped(theme.titled(s), 22) for s in segments], fontsize=9)
        panel.grid(axis="y", visible=False)
        panel.locator_params(axis="x", nbins=4)
        theme.format_axis(panel.xaxis, "decimal")
    for panel in list(grid.flat)[len(variables):]:
        panel.set_visible(False)
    grid.flat[0].invert_yaxis()
    middle = table["median"].unstack("segment").loc[variables[0]]
    theme.set_alt_text(grid.flat[0], N_("A box per segment for each of {n:count} variables. The median of {variable} "
                                        "lies between {low:number} in segment {least:segment} and {high:number} in "
                                        "segment {most:segment}."), n=len(variables),
                       variable=theme.label(variables[0]), low=float(middle.min()), least=str(middle.idxmin()),
                       high=float(middle.max()), most=str(middle.idxmax()))
    return grid.flat[0]


@theme.plot(N_(
    "The further right a dot lies, the more strongly the variable goes with the segments, from 0 to "
    "1. A hollow dot is a difference that chance could have made. With many customers even a tiny "
    "difference fills the dot, so look at the position first; and a variable that goes with the "
    "segments need not be their cause."))
def effect_sizes(table: pd.DataFrame) -> Panel:
    """Effect size of each descriptor variable, largest first; hollow where the difference is not significant."""
    table = table[table["effect_size"].notna()].sort_values("effect_size")
    sure = table["adjusted_p"] < 0.05
    ax = theme.panel(height=0.9 + 0.36 * len(table) + (0 if sure.all() else 0.25))
    names = [theme.name(n) for n in table.index]
    theme.legend_of_hollow(ax, sure, _("beyond chance"), _("within chance"))
    ax.hlines(range(len(table)), 0, table["effect_size"], color=theme.MUTED, linewidth=1.5)
    ax.scatter(table["effect_size"], range(len(table)), s=52, zorder=3,
               c=[theme.PALETTE[0] if s else theme.PAPER for s in sure], edgecolors=theme.PALETTE[0])
    ax.set_yticks(range(len(table)), names)
    ax.set_xlim(0, max(0.3, 1.1 * float(table["effect_size"].max())))
    theme.name_axes(ax, "effect_size")
    ax.grid(axis="y", visible=False)
    theme.set_alt_text(ax, N_("Dots for {n:count} descriptor variables; {sure:count} differ significantly between "
                              "segments. The strongest is {top}, {value:number}."), n=len(table), sure=int(sure.sum()),
                       top=names[-1], value=float(table["effect_size"].iloc[-1]))
    return ax


@theme.plot(N_(
    "Each segment's customers add up to 100%, divided by the values of one characteristic. Compare "
    "the same value across segments, not the values within one. The number of customers beside each "
    "segment says how far to trust its shares."))
def descriptor(table: pd.DataFrame) -> Panel:
    """Shares of a descriptor's values within each segment (what `profile.shares` gives).

    Stacked bars; a heat map, a column per segment, where there are more than six values.
    """
    values = list(dict.fromkeys(table.index.get_level_values("value")))
    wide = table["within_share"].unstack("value")[values].reindex(table.index.unique("segment"))
    count = table["n"].groupby("segment").sum()
    rows = [f"{theme.segment(s)} (n\u00a0=\u00a0{format_value(int(count[s]), 'count')})" for s in wide.index]
    sure = table[(table["adjusted_p"] < 0.05) & (table["index_100"] > 100)]
    most = sure.sort_values(["adjusted_p", "index_100"], ascending=[True, False], kind="stable")
    segment, value = most.index[0] if len(most) else ("", "")
    alt = {"value": theme.value(value), "segment": theme.segment(segment),
           "index": float(most["index_100"].iloc[0])} if len(most) else {}
    if len(values) > 6:
        ax = heatmap.panel(wide.set_axis(rows).rename_axis(columns=None).T, unit="share")
        theme.set_alt_text(ax, N_("A heat map of shares per segment. Most surely over-represented: {value} in segment "
                                  "{segment}, index {index:index}.") if alt else N_(
            "A heat map of shares per segment. No value is over-represented by more than chance."), **alt)
        return ax
    ax = theme.panel(height=1.3 + 0.42 * len(wide))
    start = pd.Series(0.0, index=wide.index)
    for i, value in enumerate(wide.columns):
        bars = ax.barh(range(len(wide)), wide[value], left=start, height=0.7, label=theme.value(value),
                       color=theme.PALETTE[i % len(theme.PALETTE)], edgecolor=theme.PAPER, linewidth=0.8)
        texts = [format_value(v, "percent") if v >= 0.12 else "" for v in wide[value].round(2)]
        ax.bar_label(bars, texts, label_type="center", fontsize=8.5,
                     color=theme.ON_LIGHT if i in (1, 4, 7) else "white")
        start += wide[value]
    ax.set_yticks(range(len(wide)), rows)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    theme.format_axis(ax.xaxis, "percent")
    ax.grid(visible=False)
    theme.legend_above(ax, min(4, len(values)))
    theme.set_alt_text(ax, N_("Stacked bars per segment. Most surely over-represented: {value} in segment {segment}, "
                              "index {index:index}.") if alt else N_(
        "Stacked bars per segment. No value is over-represented by more than chance."), **alt)
    return ax
