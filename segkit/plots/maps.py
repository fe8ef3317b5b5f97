"""Plots of maps by ratings and dissimilarities, and of importance beside performance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.words.formats import _, format_value
from segkit.words.language import N_

_REACH = 0.95
"""How far the longest arrow of a kind reaches, of the farthest brand."""


@theme.plot(N_("Brands close together are rated alike. A line from the centre is an attribute: brands far out in "
               "its direction are rated high on it, those on the other side low. A dashed line with a triangle is "
               "the direction in which a segment's liking rises; only directions count for lines, not their ends, "
               "and faint points are badly shown. An oval around a brand, where there is one, holds where 95 of 100 "
               "samples of other respondents would place it; brands whose ovals overlap need not differ."))
def attribute_map(coordinates: pd.DataFrame, inertia: pd.DataFrame, ellipses: pd.DataFrame | None = None) -> Panel:
    """Brands as dots, attributes and preferences of segments as lines from the centre; faint points are badly shown.
    `ellipses` has the radii and direction of each brand's oval.

    Parameters
    ----------
    coordinates : DataFrame indexed by name: `kind` ("brand", "attribute"; any other is a segment), `dim_1`, `dim_2`,
        `quality` (0..1), as `attribute_map.of_ratings` gives it.
    inertia : a row per dimension, two at least, with `inertia_share`; from there too.
    ellipses : the table of `ellipses.of_map`: `dim_1`, `dim_2`, `long_radius`, `short_radius` and `direction` (degrees
        from the first dimension); a brand without radii has no oval.
    """
    ax = theme.panel(height=4.8)
    theme.ovals(ax, ellipses)
    brands = coordinates[coordinates["kind"] == "brand"]
    radius = float(np.sqrt((brands[["dim_1", "dim_2"]] ** 2).sum(axis=1)).max())
    places, weights = [], []
    for kind, part in coordinates.groupby("kind", sort=False):
        xy = part[["dim_1", "dim_2"]].to_numpy(float)
        alpha = part["quality"].clip(0.4, 1).to_numpy()
        if kind != "brand":
            xy = xy * (_REACH * radius / max(1e-12, float(np.sqrt((xy**2).sum(axis=1)).max())))
            for (x, y), faint in zip(xy, alpha, strict=True):
                ax.plot([0, x], [0, y], linewidth=1, alpha=float(faint),
                        color=theme.PALETTE[5 if kind == "attribute" else 2],
                        linestyle="-" if kind == "attribute" else "--")
        if kind != "attribute":
            dots = ax.scatter(xy[:, 0], xy[:, 1], s=60, zorder=3, alpha=alpha, marker="o" if kind == "brand" else "^",
                              color=theme.PALETTE[0] if kind == "brand" else theme.PALETTE[2])
            theme.tell(dots, [f"{_name(n, kind)}\n{theme.label('quality')}: {format_value(float(q), 'percent')}"
                              for n, q in part["quality"].items()])
        places += [(float(x), float(y)) for x, y in xy]
        weights += ["bold" if kind == "brand" else "normal"] * len(part)
    ax.axhline(0, color=theme.MUTED, linewidth=0.8)
    ax.axvline(0, color=theme.MUTED, linewidth=0.8)
    ax.margins(0.18)
    shares = inertia["inertia_share"].to_numpy()
    ax.set_xlabel(_("Dimension 1 ({share:percent} of differences)", share=float(shares[0])))
    ax.set_ylabel(_("Dimension 2 ({share:percent} of differences)", share=float(shares[1])))
    ax.set_aspect("equal")
    ax.name_points([x for x, _y in places], [y for _x, y in places],
                   [_name(n, k) for n, k in coordinates["kind"].items()], weights)
    top = (brands["dim_1"] ** 2 + brands["dim_2"] ** 2).idxmax()
    theme.set_alt_text(ax, N_("A map of {n:count} brands with {attributes:count} attributes showing {share:percent} of "
                              "the differences. {far} lies farthest from the centre."), n=len(brands),
                       far=theme.value(top), attributes=int((coordinates["kind"] == "attribute").sum()),
                       share=float(shares[:2].sum()))
    return ax


def _name(name: str, kind: str) -> str:
    return theme.segment(name) if kind not in ("brand", "attribute") else theme.value(name)


@theme.plot(N_("Brands close together are alike. Only distances count: the map may be turned or mirrored, and its "
               "axes have no meaning."))
def similarity_map(coordinates: pd.DataFrame) -> Panel:
    """Brands placed by their dissimilarities alone."""
    ax = theme.panel(height=4.0)
    x, y = coordinates["dim_1"].astype(float), coordinates["dim_2"].astype(float)
    names = [theme.value(n) for n in coordinates.index]
    theme.tell(ax.scatter(x, y, s=60, color=theme.PALETTE[0], zorder=3), names)
    ax.margins(0.2)
    ax.set_aspect("equal")
    ax.name_points(x.tolist(), y.tolist(), names)
    D = np.hypot(x.to_numpy()[:, None] - x.to_numpy(), y.to_numpy()[:, None] - y.to_numpy())
    D[np.diag_indices(len(D))] = np.inf
    i, j = np.unravel_index(D.argmin(), D.shape)
    theme.set_alt_text(ax, N_("A map of {n:count} brands by how alike they are. {one} and {other} lie nearest to each "
                              "other."), n=len(names), one=names[min(i, j)], other=names[max(i, j)])
    return ax


@theme.plot(N_("Up is what more people of the segment want, right is where the brand is rated above the others. "
               "Upper left: wanted, and the others do it better, so improve this first. Upper right: keep it up. "
               "The lines through a dot are intervals; a hollow dot crosses a border with one of them, so its field "
               "is not sure."))
def importance_performance(table: pd.DataFrame) -> Panel:
    """What a segment wants against how the brand is rated beside the others."""
    table = table.dropna(subset=["want_share", "rating_difference"])
    ax = theme.panel(height=4.2)
    x, y = table["rating_difference"].astype(float), table["want_share"].astype(float)
    ax.axhline(0.5, color=theme.INK, linewidth=0.8, linestyle="--")
    ax.axvline(0, color=theme.INK, linewidth=0.8, linestyle="--")
    ax.hlines(y, table["difference_low"].astype(float), table["difference_high"].astype(float), color=theme.MUTED,
              linewidth=1)
    ax.vlines(x, table["want_low"].astype(float), table["want_high"].astype(float), color=theme.MUTED, linewidth=1)
    sure = ((table["difference_low"] > 0) | (table["difference_high"] < 0)) & (
        (table["want_low"] > 0.5) | (table["want_high"] < 0.5))
    names = [theme.value(n) for n in table.index]
    dots = ax.scatter(x, y, s=60, zorder=3, c=[theme.PALETTE[0] if s else theme.PAPER for s in sure],
                      edgecolors=theme.PALETTE[0])
    theme.tell(dots, [_("{name}: wanted by {share:percent}, {by} against the others", name=n, share=float(b),
                        by=format_value(float(a), "decimal")) for n, a, b in zip(names, x, y, strict=True)])
    ends = [*table["difference_low"].dropna().astype(float), *table["difference_high"].dropna().astype(float), *x, 0.0]
    room = 0.12 * (max(ends) - min(ends)) or 1.0
    ax.set_xlim(min(ends) - room, max(ends) + room)
    ax.set_ylim(0, 1)
    theme.format_axis(ax.yaxis, "percent")
    theme.name_axes(ax, "rating_difference", "want_share")
    theme.legend_of_hollow(ax, list(sure), _("surely in its field"), _("an interval crosses a border"))
    ax.name_points(x.tolist(), y.tolist(), names)
    wanted = table[y > 0.5]
    worst = wanted["rating_difference"].astype(float).idxmin() if len(wanted) else table.index[0]
    theme.set_alt_text(ax, N_("Dots for {n:count} attributes, of which more than half want {wanted:count}. Of these "
                              "{worst} is rated lowest beside the others."), n=len(table), wanted=len(wanted),
                       worst=theme.value(worst))
    return ax
