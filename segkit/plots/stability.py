"""Plots of evidence for a segmentation: how many segments, how stable each is, where its customers come from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.words.formats import FEWEST, _, format_value
from segkit.words.language import N_

_COLOURS = {"natural": theme.PALETTE[2], "reproducible": theme.PALETTE[0], "constructive": theme.PALETTE[5]}
_MARKS = {"natural": "D", "reproducible": "o", "constructive": "X"}


@theme.plot(N_("Answers to the same question, one panel each, for every number of segments. Sum of squares: "
               "look for the bend after which it falls slowly. Silhouette: higher is better. BIC: the lowest point "
               "is best. Stability: the mark is the agreement between new samples, the band its quartiles; the "
               "mark's shape is the verdict, and a mark on the dashed line is no better than a continuum. The "
               "panels seldom agree, and none of them knows what you can serve."))
def how_many(table: pd.DataFrame, chosen: int | None = None) -> Panel:
    """Criterion, silhouette, BIC and stability with its verdict by number of segments (`how_many.evidence`).

    Of methods with other evidence (`methods.found`) what there is: the criteria that tell how many, one panel each.

    Parameters
    ----------
    table : DataFrame indexed by number of segments, in rising order. With `continuum_stability`: `criterion`,
        `silhouette`, `bic`, `global_stability`, `stability_low`, `stability_high`, `verdict` and, where some BIC is
        missing, `note`. Without it: the first four that there are of `bic`, `icl`, `entropy`, `silhouette`,
        `criterion`, `smallest_share`.
    chosen : the number of segments that is marked by a band; None for none.
    """
    if "continuum_stability" not in table:
        return _criteria(table, chosen)
    figure = theme.picture(height=5.2)
    panels = figure.subplots(2, 2, sharex=True)
    for panel, column in zip(panels.flat, ("criterion", "silhouette", "bic", "global_stability"), strict=True):
        if chosen is not None:
            panel.axvline(chosen, color=theme.GRID, linewidth=7, zorder=0)
        panel.set_title(theme.label(column))
        panel.set_xticks(list(table.index))
        if column != "global_stability":
            panel.plot(table.index, table[column], marker="o", color=theme.PALETTE[0])
            theme.format_axis(panel.yaxis, "decimal")
    _note(table, panels[1, 0])
    _stability(table, panels[1, 1])
    for panel in panels[1]:
        theme.name_axes(panel, "k")
    best = table["global_stability"].idxmax()
    theme.set_alt_text(panels[0, 0], N_("Four panels for k = {first:count} to {last:count}. Stability is highest at "
                                        "k = {best:count} with {value:number}: {verdict:message}."),
                       first=int(table.index[0]), last=int(table.index[-1]), best=int(best),
                       value=float(table["global_stability"].max()), verdict=str(table.loc[best, "verdict"]))
    return panels[0, 0]


def _criteria(table: pd.DataFrame, chosen: int | None) -> Panel:
    """Panels of the columns that tell how many segments, and the best of the first by it."""
    columns = [c for c in ("bic", "icl", "entropy", "silhouette", "criterion", "smallest_share") if c in table][:4]
    figure = theme.picture(height=2.6 * ((len(columns) + 1) // 2))
    panels = figure.subplots((len(columns) + 1) // 2, 2, sharex=True)
    for panel, column in zip(panels.flat, columns, strict=False):
        if chosen is not None:
            panel.axvline(chosen, color=theme.GRID, linewidth=7, zorder=0)
        panel.set_title(theme.label(column))
        panel.set_xticks(list(table.index))
        panel.plot(table.index, table[column], marker="o", color=theme.PALETTE[0])
        theme.format_axis(panel.yaxis, "percent" if column == "smallest_share" else "decimal")
    for panel in list(panels.flat)[len(columns):]:
        panel.set_visible(False)
    for panel in panels[-1]:
        theme.name_axes(panel, "k")
    first = columns[0]
    best = table[first].idxmin() if first == "bic" else table[first].idxmax()
    theme.set_alt_text(panels[0, 0], N_("A panel for each criterion, for k = {first:count} to {last:count}. By the "
                                        "first, {criterion:column}, k = {best:count} is best."),
                       first=int(table.index[0]), last=int(table.index[-1]), criterion=first, best=int(best))
    return panels[0, 0]


def _note(table: pd.DataFrame, ax: Panel) -> None:
    """Why there is no BIC, where some is missing."""
    notes = [_(note) for note in dict.fromkeys(table["note"]) if note] if "note" in table else []
    text = "\n".join(theme.wrapped(note, 30) for note in notes)
    ax.text(0.5, 0.5, text, of_panel="xy", ha="center", fontsize=8)


def _stability(table: pd.DataFrame, ax: Panel) -> None:
    ax.fill_between(table.index, table["stability_low"], table["stability_high"], color=theme.PALETTE[4], alpha=0.3)
    ax.plot(table.index, table["global_stability"], color=theme.PALETTE[0], linewidth=1.2)
    ax.plot(table.index, table["continuum_stability"], color=theme.MUTED, linestyle="--", linewidth=1.4,
            label=_("a continuum"))
    for verdict, colour in _COLOURS.items():
        part = table[table["verdict"] == verdict]
        if len(part):
            dots = ax.plot(part.index, part["global_stability"], linestyle="none", marker=_MARKS[verdict], color=colour,
                           markersize=7, label=_(verdict))
            theme.tell(dots, [_("{k:count} segments: stability {value:number}, {verdict:message}", k=int(k),
                                value=float(v), verdict=verdict) for k, v in part["global_stability"].items()])
    ax.set_ylim(0, 1.05)
    theme.format_axis(ax.yaxis, "decimal")
    ax.legend(fontsize=8)


@theme.plot(N_("One box per segment: the middle line is the typical agreement with the most similar segment of a "
               "new sample, the box holds the middle half of the samples. To the right of the upper dashed line a "
               "segment is stable, to the left of the lower one it dissolves. A segmentation can hold one segment "
               "to build on among others that come and go."))
def within(table: pd.DataFrame) -> Panel:
    """Segment-level stability within the solution: a box per segment (`stability.within`)."""
    groups = {segment: part["jaccard"].to_numpy() for segment, part in table.groupby("segment", sort=False)}
    ax = theme.panel(height=0.9 + 0.42 * len(groups))
    places = np.arange(1, len(groups) + 1)
    low, first, middle, third, high = np.transpose([_box(values) for values in groups.values()])
    bars = ax.barh(places, third - first, height=0.55, left=first, color=theme.PALETTE[4], edgecolor=theme.INK)
    theme.tell(bars, [_("Segment {segment}: median {middle:number}, half of the samples {low:number} to {high:number}",
                        segment=theme.segment(s), middle=m, low=a, high=b)
                      for s, m, a, b in zip(groups, middle, first, third, strict=True)])
    for start, end in ((low, first), (third, high)):
        ax.hlines(places, start, end, color=theme.INK, linewidth=1)
    for where, half, colour in ((middle, 0.275, theme.ON_LIGHT), (low, 0.14, theme.INK), (high, 0.14, theme.INK)):
        ax.vlines(where, places - half, places + half, color=colour, linewidth=1)
    for bound in (0.5, 0.75):
        ax.axvline(bound, color=theme.MUTED, linestyle="--", linewidth=1)
    ax.set_yticks(places, [theme.titled(s) for s in groups])
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.grid(axis="y", visible=False)
    theme.format_axis(ax.xaxis, "decimal")
    theme.name_axes(ax, "jaccard")
    medians = table.groupby("segment", sort=False)["jaccard"].median()
    theme.set_alt_text(ax, N_("A box per segment. The most stable is {best:segment} with {high:number}, the least "
                              "{worst:segment} with {low:number}."), best=str(medians.idxmax()),
                       high=float(medians.max()), worst=str(medians.idxmin()), low=float(medians.min()))
    return ax


def _box(values: np.ndarray) -> tuple[float, ...]:
    """Tukey's box: the quartiles, and the farthest values within one and a half boxes of them."""
    first, middle, third = np.percentile(values, [25, 50, 75])
    within = values[np.abs(values - (first + third) / 2) <= 2 * (third - first)]
    return within.min(initial=first), first, middle, third, within.max(initial=third)


@theme.plot(N_("Each column is a number of segments, each dot a segment, its size the customers in it. A line shows "
               "customers who move on to a segment of the next column: the wider, the more. A segment that keeps "
               "one wide line through the columns exists whatever number you choose; one that is gathered from many "
               "is made by the choice of number."))
def flows(links: pd.DataFrame) -> Panel:
    """Where the customers of each segment come from as the number of segments grows (`stability.flows`)."""
    ax = theme.panel(height=3.9)
    places, sizes = _places(links)
    most = max(sizes.values())
    for link in links.sort_values("n").itertuples():
        start, end = places[link.from_k, link.from_segment], places[link.k, link.segment]
        if link.n >= 0.01 * sum(size for (k, _s), size in sizes.items() if k == link.k):
            ax.plot([link.from_k, link.k], [start, end], color=theme.PALETTE[4], alpha=0.55, solid_capstyle="round",
                    linewidth=max(0.6, 14 * link.n / most), zorder=1)
    for (k, segment), place in places.items():
        dot = ax.plot(k, place, "o", color=theme.PALETTE[0], markersize=9 + 10 * sizes[k, segment] / most, zorder=2)
        theme.tell(dot, [_("{k:count} segments, segment {segment}: {n:count} customers", k=k,
                           segment=theme.segment(segment), n=int(sizes[k, segment]))])
        ax.annotate(str(segment), (k, place), ha="center", va="center", color="white", fontsize=8.5, zorder=3)
    ax.set_xticks(sorted({k for k, _s in places}))
    ax.set_yticks([])
    ax.margins(0.08, 0.1)
    ax.grid(visible=False)
    theme.name_axes(ax, "k")
    largest_share = links.groupby(["k", "segment"])["share"].max()
    theme.set_alt_text(ax, N_("Segments of {first:count} to {last:count} joined by the customers they share. {n:count} "
                              "of {all:count} take at least nine tenths of their customers from one segment."),
                       first=int(links["from_k"].min()), last=int(links["k"].max()),
                       n=int((largest_share >= 0.9).sum()), all=len(largest_share))
    return ax


def _places(links: pd.DataFrame) -> tuple[dict[tuple[int, object], float], dict[tuple[int, object], float]]:
    """Height of each segment, near those its customers come from, and how many they are."""
    first = links[links["from_k"] == links["from_k"].min()]
    sizes = {(int(k), s): float(n) for (k, s), n in first.groupby(["from_k", "from_segment"])["n"].sum().items()}
    sizes |= {(int(k), s): float(n) for (k, s), n in links.groupby(["k", "segment"])["n"].sum().items()}
    places: dict[tuple[int, object], float] = {}
    for k in sorted({k for k, _s in sizes}):
        incoming = links[links["k"] == k]
        centres = {s: sum(link.share * places[link.from_k, link.from_segment] for link in
                          incoming[incoming["segment"] == s].itertuples())
                   for kk, s in sizes if kk == k} if len(incoming) else {
            s: -i for i, s in enumerate(s for kk, s in sizes if kk == k)}
        ordered = sorted(centres, key=lambda s: (-centres[s], str(s)))
        places |= {(k, s): (len(ordered) - 1) / 2 - i for i, s in enumerate(ordered)}
    return places, sizes


@theme.plot(N_("Each column is a segment, as wide as the customers of it whose value is known; each tile the "
               "customers of that segment with one value. Blue tiles hold more customers than if the characteristic "
               "had nothing to do with the segments, orange ones fewer; grey is within chance. A wide pale mosaic "
               "says that the segments cannot be told by this characteristic."))
def mosaic(table: pd.DataFrame) -> Panel:
    """Segments by values of a descriptor, tiles by count, colour by the adjusted residual (`profile.shares`).

    Haberman (1973), doi:10.2307/2529686: beyond 2 a tile holds more or fewer than chance explains. Tiles of fewer than
    `FEWEST` people have no colour, and their number is not told.
    """
    counts = table["n"].unstack("value").reindex(table.index.unique("segment"))
    counts = counts[list(dict.fromkeys(table.index.get_level_values("value")))]
    total = counts.to_numpy().sum()
    across, down = counts.sum(axis=1).to_numpy()[:, None] / total, counts.sum().to_numpy()[None] / total
    expected = total * across * down
    spread = np.sqrt(expected * (1 - across) * (1 - down))
    residual = (counts - expected) / np.where(spread > 0, spread, 1)
    ax = theme.panel(height=4.1)
    theme.legend_of_colours(ax, [(theme.PALETTE[0], "s", _("more than by chance")),
                                 (theme.PALETTE[1], "s", _("fewer than by chance")),
                                 (theme.PALE, "s", _("within chance"))])
    left, middles = 0.0, {}
    for segment, row in counts.iterrows():
        width, top = row.sum() / total, 1.0
        for value, n in row.items():
            height, r = n / max(row.sum(), 1), residual.loc[segment, value]
            if not n > 0:
                continue
            if n < FEWEST:
                r = 0.0
            colour = theme.PALETTE[0] if r > 2 else theme.PALETTE[1] if r < -2 else theme.PALE
            tile = ax.bar(left + width / 2, height, width * 0.97, bottom=top - height, color=colour,
                          alpha=1 if abs(r) > 4 or abs(r) <= 2 else 0.65, edgecolor=theme.PAPER, linewidth=0.8)
            tooltip = _("Segment {segment}, {value}: fewer than {n:count} customers", segment=theme.segment(segment),
                        value=theme.value(value), n=FEWEST) if n < FEWEST else _(
                "Segment {segment}, {value}: {share:percent}, {n:count} customers", segment=theme.segment(segment),
                value=theme.value(value), share=float(height), n=int(n))
            theme.tell(tile, [tooltip])
            if height > 0.06 and width > 0.08:
                ax.annotate(format_value(float(height), "percent"), (left + width / 2, top - height / 2), ha="center",
                            va="center", fontsize=8, color=theme.ON_LIGHT if abs(r) <= 2 or r < 0 else "white")
            top -= height
        if width > 0.03:  # narrower ones would write over each other
            middles[left + width / 2] = theme.wrapped(theme.segment(segment), max(6, int(40 * width)))
        left += width
    first = counts.iloc[0] / max(counts.iloc[0].sum(), 1)
    ends = 1 - first.cumsum()
    places, gap = [e + f / 2 for e, f in zip(ends, first, strict=True)], min(0.055, 1 / len(first))
    for i in range(len(places) - 1, -1, -1):  # names of low tiles do not lie over each other
        places[i] = max(places[i], places[i + 1] + gap if i + 1 < len(places) else gap / 2)
    for i in range(len(places)):
        places[i] = min(places[i], places[i - 1] - gap if i else 1 - gap / 2)
    ax.set_yticks(places, [theme.value(v) for v in counts.columns], fontsize=8.5)
    ax.set_xticks(list(middles), list(middles.values()))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    theme.name_axes(ax, "segment")
    ax.grid(visible=False)
    deviations = residual.where(counts >= FEWEST).stack().abs()
    if deviations.empty or deviations.max() <= 2:
        theme.set_alt_text(ax, N_("A mosaic of segments and values. No tile holds more or fewer than chance explains."))
        return ax
    strong = deviations.idxmax()
    theme.set_alt_text(ax, N_("A mosaic of segments and values. The tile farthest from chance is {value} in segment "
                              "{segment}, {share:percent} of it."), value=theme.value(strong[1]),
                       segment=theme.segment(strong[0]), share=float(table.loc[strong, "within_share"]))
    return ax
