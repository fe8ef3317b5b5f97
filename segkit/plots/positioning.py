"""Plots of brands: shares, double jeopardy, switching, perceptual maps, published figures."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.words.formats import _, format_value, with_unit
from segkit.words.language import N_


@theme.plot(N_("One bar per entry; all begin at zero, so lengths can be compared. A thin line across the end of "
               "a bar, where there is one, is the interval the true value may lie in. Where two such intervals "
               "overlap a good deal, the order of the two is not sure."))
def bars(table: pd.DataFrame, column: str, unit: str = "percent",
         low: str | None = None, high: str | None = None) -> Panel:
    """One bar per brand, with intervals where their columns are named; none where the value is not known.

    Parameters
    ----------
    table : a row per entry, named by the column `label` where there is one, else by the index: `brands.performance`,
        `users.performance`, `opinions.preference` by `brand`, or the figures of `evidence.chart`.
    column : the column of the values, 0 or more.
    unit : "percent" (of shares, 0..1), "count" or "number", else the unit in which a figure was published, such as "%"
        or "million USD" (message id).
    low, high : the columns of the ends of the intervals, both or none; without them the bars bear their values.
    """
    ax = theme.panel(height=0.8 + 0.42 * len(table))
    names = [theme.value(n) for n in table.get("label", table.index)]
    values = table[column].astype(float)
    lengths = values.fillna(0.0)
    drawn = ax.barh(range(len(table)), lengths, color=theme.PALETTE[0], height=0.65)
    theme.tell(drawn, [f"{name}: {_value(v, unit)}" if low is None or high is None else _(
        "{name}: {value}, interval {low} to {high}", name=name, value=_value(v, unit), low=_value(a, unit),
        high=_value(b, unit)) for name, v, a, b in zip(names, values, table[low or column], table[high or column],
                                                       strict=True)])
    if low is not None and high is not None:
        places = np.arange(len(table))
        ax.hlines(places, table[low], table[high], color=theme.INK, linewidth=1.2)
        for end in (low, high):
            ax.vlines(table[end], places - 0.12, places + 0.12, color=theme.INK, linewidth=1.2)
    else:
        ax.bar_label(drawn, [_value(v, unit) for v in values], padding=3, fontsize=9)
    ax.set_yticks(range(len(table)), names)
    ax.invert_yaxis()
    ax.set_xlim(0, max(1.16 * float(lengths.max()), 1.02 * float(table[high].max()) if high else 0.0) or 1)
    if unit in ("percent", "count", "number"):
        theme.format_axis(ax.xaxis, unit)
    theme.name_axes(ax, column if unit in ("percent", "number") and column != "value" else unit)
    ax.grid(axis="y", visible=False)
    theme.set_alt_text(ax, N_("Bars for {n:count} entries, from {top} with {most} to {bottom} with {least}."),
                       n=len(table), top=names[int(lengths.argmax())], most=_value(values.max(), unit),
                       bottom=names[int(lengths.argmin())], least=_value(values.min(), unit))
    return ax


def _value(value: float, unit: str) -> str:
    return format_value(float(value), unit) if unit in ("percent", "count", "number") else with_unit(value, unit)


@theme.plot(N_("Further right means more buyers, further up means that each buyer buys more often; as a rule the "
               "dots rise from lower left to upper right. The line with small triangles, where there is one, is "
               "the norm: what is usual for brands of these sizes. A brand above it is bought more often than "
               "its size explains, one below it less often. With a handful of brands the rule can only be seen "
               "roughly."))
def double_jeopardy(table: pd.DataFrame) -> Panel:
    """Purchase frequency against penetration: small brands have fewer buyers, who also buy a little less often.

    With `norm_penetration` and `norm_purchase_frequency` in the table a line joins what is usual for each brand's size.
    """
    ax = theme.panel()
    known = {"norm_penetration", "norm_purchase_frequency"} <= set(table)
    norm = table.dropna(subset=["norm_penetration", "norm_purchase_frequency"]).sort_values(
        ["norm_penetration", "norm_purchase_frequency"]) if known else table.iloc[:0]
    if len(norm):
        ax.plot(norm["norm_penetration"], norm["norm_purchase_frequency"], color=theme.PALETTE[5], linewidth=1.2)
        usual = ax.scatter(norm["norm_penetration"], norm["norm_purchase_frequency"], s=24, color=theme.PALETTE[5],
                           marker="^", zorder=2)
        theme.tell(usual, [_("{name}, usual for its size: {penetration:percent}, {often:number} times",
                             name=theme.value(name), penetration=float(row["norm_penetration"]),
                             often=float(row["norm_purchase_frequency"])) for name, row in norm.iterrows()])
    if {"penetration_low", "purchase_frequency_low"} <= set(table):
        ax.hlines(table["purchase_frequency"], table["penetration_low"], table["penetration_high"], color=theme.MUTED,
                  linewidth=1)
        ax.vlines(table["penetration"], table["purchase_frequency_low"], table["purchase_frequency_high"],
                  color=theme.MUTED, linewidth=1)
    dots = ax.scatter(table["penetration"], table["purchase_frequency"], s=70, color=theme.PALETTE[0], zorder=3)
    columns = ("penetration", "percent"), ("purchase_frequency", "number")
    theme.tell(dots, ["\n".join([theme.value(name), *(f"{theme.label(c)}: {format_value(float(row[c]), unit)}"
                                                for c, unit in columns)]) for name, row in table.iterrows()])
    theme.format_axis(ax.xaxis, "percent")
    reached = [*table["penetration"], *(norm["norm_penetration"] if len(norm) else ())]
    span = max(reached) - min(reached)
    ax.set_xlim(min(reached) - 0.2 * span - 0.01, max(reached) + 0.2 * span + 0.01)
    often = [*table.get("purchase_frequency_high", table["purchase_frequency"]),
             *(norm["norm_purchase_frequency"] if len(norm) else ())]
    ax.set_ylim(0, 1.2 * float(np.nanmax(often)))
    theme.name_axes(ax, "penetration", "purchase_frequency")
    ax.name_points(table["penetration"].tolist(), table["purchase_frequency"].tolist(),
                   [theme.value(name) for name in table.index])
    top, bottom = table["penetration"].idxmax(), table["penetration"].idxmin()
    values = {"n": len(table), "top": theme.value(top), "high": float(table.loc[top, "penetration"]),
              "often": float(table.loc[top, "purchase_frequency"]), "bottom": theme.value(bottom),
              "low": float(table.loc[bottom, "penetration"]), "seldom": float(table.loc[bottom, "purchase_frequency"])}
    if not len(norm):
        theme.set_alt_text(ax, N_("Dots for {n:count} brands. {top}: {high:percent} penetration, bought "
                                  "{often:number} times; {bottom}: {low:percent}, {seldom:number} times."), **values)
        return ax
    deviation = norm["purchase_frequency"] / norm["norm_purchase_frequency"]
    farthest = (deviation - 1).abs().idxmax()
    theme.set_alt_text(ax, N_("Dots for {n:count} brands and a line, the norm for their sizes. {top}: "
                              "{high:percent} penetration, bought {often:number} times; {bottom}: {low:percent}, "
                              "{seldom:number} times. Farthest from the norm: {far}, with an index of "
                              "{index:index}."), **values,
                       far=theme.value(farthest), index=100 * float(deviation[farthest]))
    return ax


_OF_OVALS = tuple(theme.PALETTE[i] for i in (0, 2, 3, 1, 4, 6, 7))
"""Colours of dots with an oval each, so that it can be seen which oval is whose; that of the triangles is not one."""


@theme.plot(N_("Dots close together have the same kind of customers, and so do triangles close together; the "
               "centre is the average. Between a dot and a triangle only the direction from the centre counts: "
               "the same direction means more of that group than usual, never the distance. The map shows "
               "differences in make-up, not size, and faint points are badly shown. An oval around a dot, where "
               "there is one, holds where 95 of 100 samples of other customers would place it; brands whose ovals "
               "overlap need not differ."))
def perceptual_map(coordinates: pd.DataFrame, inertia: pd.DataFrame, ellipses: pd.DataFrame | None = None) -> Panel:
    """Rows and columns of a correspondence analysis in two dimensions; faint points are badly shown. `ellipses` has the
    radii and direction of the oval of each row, where there is one.

    Parameters
    ----------
    coordinates : DataFrame indexed by name: `kind` ("row" or "column"), `dim_1`, `dim_2`, `quality` (0..1), as
        `maps.correspondence` and `maps.of_groups` give it.
    inertia : a row per dimension, two at least, with `inertia_share`; from there too.
    ellipses : what `ellipses.of_groups` gives: `dim_1`, `dim_2`, `long_radius`, `short_radius` and `direction` (degrees
        from the first dimension); a row without radii has no oval.
    """
    ax = theme.panel(height=4.6)
    brands = coordinates.index[coordinates["kind"] == "row"]
    faces = dict(zip(brands, itertools.cycle(_OF_OVALS), strict=False)) if ellipses is not None else {}
    theme.ovals(ax, ellipses, faces)
    for kind, colour, marker in (("row", theme.PALETTE[0], "o"), ("column", theme.PALETTE[5], "^")):
        part = coordinates[coordinates["kind"] == kind]
        dots = ax.scatter(part["dim_1"], part["dim_2"], marker=marker, s=55, zorder=3,
                          c=[faces.get(name, colour) if kind == "row" else colour for name in part.index],
                          alpha=part["quality"].clip(0.4, 1).to_numpy())
        theme.tell(dots, [f"{theme.value(name)}\n{theme.label('quality')}: {format_value(float(q), 'percent')}"
                          for name, q in part["quality"].items()])
    ax.axhline(0, color=theme.MUTED, linewidth=0.8)
    ax.axvline(0, color=theme.MUTED, linewidth=0.8)
    ax.margins(0.18)
    shares = inertia["inertia_share"].to_numpy()
    ax.set_xlabel(_("Dimension 1 ({share:percent} of inertia)", share=float(shares[0])))
    ax.set_ylabel(_("Dimension 2 ({share:percent} of inertia)", share=float(shares[1])))
    ax.set_aspect("equal")
    ax.name_points(coordinates["dim_1"].tolist(), coordinates["dim_2"].tolist(),
                   [theme.value(name) for name in coordinates.index],
                   ["bold" if kind == "row" else "normal" for kind in coordinates["kind"]])
    farthest = (coordinates["dim_1"] ** 2 + coordinates["dim_2"] ** 2).idxmax()
    theme.set_alt_text(ax, N_("A map of {n:count} points showing {share:percent} of the differences. {far} lies "
                              "farthest from the centre."), n=len(coordinates), share=float(shares[:2].sum()),
                       far=theme.value(farthest))
    return ax


@theme.plot(N_("Each cell compares the brand's penetration in a group with its penetration among all: "
               "100 is the same, orange is more, violet is less. Read along a row to see whom a brand misses, "
               "and down a column to see a group that many brands miss. Only a cell with a star is farther off "
               "100 than chance explains, with so many cells to pick from."))
def reach(table: pd.DataFrame) -> Panel:
    """Index of each brand's penetration in each segment, as a heat map around 100."""
    wide = table["index_100"].unstack("segment")
    ax = theme.panel(height=1.0 + 0.5 * len(wide))
    words = wide.map(lambda v: format_value(float(v), "index"))
    if "adjusted_p" in table:
        words += (table["adjusted_p"].unstack("segment") <= 0.05).map(lambda sure: "*" if sure else "")
    theme.heat(ax, wide, words, [theme.value(b) for b in wide.index],
               [theme.wrapped(theme.segment(s), max(7, 42 // len(wide.columns))) for s in wide.columns], ramp="around",
               limits=(60, 140))
    theme.name_axes(ax, "segment", "brand")
    sure = table["index_100"] < 100 if "adjusted_p" not in table else (
        (table["index_100"] < 100) & (table["adjusted_p"] <= 0.05))
    if not sure.any():
        theme.set_alt_text(ax, N_("A heat map of indices. None is farther below 100 than chance explains."))
        return ax
    brand, segment = table["index_100"].where(sure).idxmin()
    theme.set_alt_text(ax, N_("A heat map of indices. The lowest is {brand} in {segment}: {value:index}."),
                       brand=theme.value(brand), segment=theme.segment(segment),
                       value=float(table.loc[(brand, segment), "index_100"]))
    return ax
