"""A figure drawn on matplotlib's Axes, for those who go on from there; pages are written by `Picture.svg`."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from segkit.plots import theme
from segkit.plots.canvas import Panel, areas, colours, marks
from segkit.plots.canvas.axis import Axis
from segkit.plots.canvas.picture import BAR, GAP, PAD

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INCH = 72
_DAYS = 719163
"""Days that `datetime.date.toordinal` counts before those of matplotlib."""


def draw(panel: Panel, ax: Axes | None = None) -> Axes:
    """Draw the figure of a panel.

    Parameters
    ----------
    panel : one of the figure's panels.
    ax : where to draw. A figure of several panels takes the place of all that stands on the figure of `ax`; without it
        a new figure is made, in the kit's look.

    Returns
    -------
    The Axes of the panel; others of its figure are in ``.figure.axes``.

    Examples
    --------
    >>> from segkit.plots.canvas import Picture
    >>> panel = Picture((4, 3)).add_subplot()
    >>> _ = panel.plot([0, 1], [2, 3])
    >>> draw(panel).get_lines()[0].get_ydata()
    array([2., 3.])
    """
    picture = panel.figure
    if ax is not None and len(picture.panels) == 1:
        room, point = ax.get_window_extent(), ax.figure.dpi / _INCH
        panel.lie(0, 0, room.width / point, room.height / point)
        panel.place_names()
        artists = _draw(panel, ax)
        for legend in picture.legends:
            _explain(legend, artists, ax, "lower left", (0, 1 + PAD / panel.box[3]))
        return ax
    picture.settle()
    wide, high = picture.width, picture.height
    drawn: dict[int, Axes] = {}
    artists = {}
    with theme.style():
        figure: Any = Figure(figsize=(wide / _INCH, high / _INCH)) if ax is None else ax.figure
        figure.clear()
        for shown in (p for p in picture.panels if p.visible):
            left, top, right, bottom = shown.box
            place = (left / wide, 1 - bottom / high, (right - left) / wide, (bottom - top) / high)
            drawn[id(shown)] = figure.add_axes(place)
            artists |= _draw(shown, drawn[id(shown)])
        down = PAD
        for legend in picture.legends:
            _explain(legend, artists, figure, "upper left", (PAD / wide, 1 - down / high))
            down += legend.height + PAD
        _bring_inside(figure)
    return drawn[id(panel)]


def _bring_inside(figure: Any) -> None:
    """Make the panels smaller until a point is left at the edges: letters are up to 3% wider here than in a page."""
    for _again in range(3):
        around = figure.get_tightbbox()
        for ax in figure.axes:
            place = ax.get_position()
            for x, low, high, size in (("x", around.x0, around.x1, figure.get_figwidth()),
                                       ("y", around.y0, around.y1, figure.get_figheight())):
                before, after = (max(0.0, over / size + 1 / _INCH / size) for over in (-low, high - size))
                for end in (f"{x}0", f"{x}1"):
                    setattr(place, end, before + getattr(place, end) * (1 - before - after))
            ax.set_position(place)


def _draw(panel: Panel, ax: Axes) -> dict[int, Any]:
    """Draw a panel, which has its place; the artist of each mark by the mark's id."""
    artists = {id(mark): _artist(_by_days(mark) if panel.x.dates else mark, ax) for mark in panel.marks}
    left, top, right, bottom = panel.box
    if panel.x.scale.log:
        ax.set_xscale("log")
        ax.xaxis.set_minor_locator(NullLocator())
    _ticks(panel.x, ax.xaxis, right - left, across=True)
    _ticks(panel.y, ax.yaxis, bottom - top, across=False)
    ax.tick_params(labelbottom=panel.x.shows_words, labelleft=panel.y.shows_words)
    ax.set_xlim(*(v - _DAYS * panel.x.dates for v in panel.x.limits()))
    ax.set_ylim(*panel.y.limits())
    ax.set_xlabel(panel.x.label)
    ax.set_ylabel(panel.y.label)
    ax.set_title(panel.title, loc="left")
    if panel.equal:
        ax.set_aspect("equal", adjustable="datalim")
    if not panel.framed:
        ax.spines[:].set_visible(False)
    if panel.legend_size:
        handles, words = panel.get_legend_handles_labels()
        ax.legend([artists[id(h)] for h in handles], words, loc="lower left", fontsize=panel.legend_size)
    if bar := panel.colour_bar:
        beside = ax.inset_axes((1 + 2 * GAP / (right - left), 0, BAR / (right - left), 1))
        ax.figure.colorbar(artists[id(bar.cells)], cax=beside, label=bar.yaxis.label)
        _ticks(bar.yaxis, beside.yaxis, bottom - top, across=False)
    theme.set_alt_text(ax, "{said}", said=theme.alt_text(panel))
    for text in ax.findobj(Text):  # a name with "$" is no formula
        text.set_parse_math(False)  # type: ignore[attr-defined]
    return artists


def _ticks(axis: Axis, side: Any, length: float, across: bool) -> None:
    """Ticks where the figure has them set, otherwise at round numbers of the limits there are."""
    if axis.places is not None:
        ticks = axis.ticks(length, across)
        side.set_ticks([value - _DAYS * axis.dates for value, _ in ticks], [word for _, word in ticks])
    else:
        side.set_major_formatter(FuncFormatter(axis.format))
        side.set_major_locator(MaxNLocator(axis.most or "auto", steps=[1, 2, 2.5, 5, 10], min_n_ticks=2,
                                           integer=axis.whole or axis.unit == "count"))
    side.set_tick_params(length=0, labelsize=axis.size)
    if not axis.shows_grid:
        side.grid(visible=False)


def _explain(legend: Any, artists: dict[int, Any], where: Any, corner: str, place: tuple[float, float]) -> None:
    """A legend with as many columns as the figure's has."""
    where.legend([artists[id(mark)] for mark, _ in legend.entries], [word for _, word in legend.entries], loc=corner,
                 bbox_to_anchor=place, ncols=len(legend.columns), fontsize=legend.size, borderaxespad=0, borderpad=0,
                 frameon=False)


def _by_days(mark: Any) -> Any:
    """A mark whose days along x are counted as matplotlib counts them."""
    counted = isinstance(mark, marks.Line | marks.Dots | areas.Band)
    return replace(mark, x=[x - _DAYS for x in mark.x]) if counted else mark


@singledispatch
def _artist(mark: Any, ax: Axes) -> Any:
    """What matplotlib draws for a mark."""
    raise NotImplementedError(type(mark).__name__)


@_artist.register
def _(mark: marks.Line, ax: Any) -> Any:
    style = {"solid_capstyle": mark.cap} if mark.cap else {}
    return ax.plot(mark.x, mark.y, color=mark.colour, linewidth=mark.width, linestyle=mark.dash or "none",
                   marker=mark.shape or None, markersize=mark.size, markerfacecolor=mark.face or mark.colour,
                   alpha=mark.alpha, label=mark.label or None, zorder=mark.order, **style)[0]


@_artist.register
def _(mark: marks.Dots, ax: Any) -> Any:
    edges = "none" if set(mark.edges) <= {"none"} else mark.edges
    style = {"c": mark.faces, "s": mark.sizes, "edgecolors": edges, "alpha": mark.alphas} if len(mark.x) else {
        "color": mark.faces[0]}
    return ax.scatter(mark.x, mark.y, marker=mark.shape, label=mark.label or None, zorder=mark.order, **style)


@_artist.register
def _(mark: marks.Segments, ax: Any) -> Any:
    pieces = [((a, b), (c, d)) for a, b, c, d in mark.pieces]
    return ax.add_collection(LineCollection(pieces, colors=mark.colour, linewidths=mark.width, linestyles=mark.dash,
                                            zorder=mark.order))


@_artist.register
def _(mark: marks.Rule, ax: Any) -> Any:
    line = ax.axvline if mark.upright else ax.axhline
    return line(mark.at, color=mark.colour, linewidth=mark.width, linestyle=mark.dash, zorder=mark.order)


@_artist.register
def _(mark: marks.Words, ax: Any) -> Any:
    coords = tuple("axes fraction" if axis in mark.of_panel else "data" for axis in "xy")
    led = {"arrowstyle": "-", "color": colours.MUTED, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 5}
    return ax.annotate(mark.text, (mark.x, mark.y), mark.away, xycoords=coords, textcoords="offset points", ha=mark.ha,
                       va=mark.va, fontsize=mark.size, color=mark.colour, weight="bold" if mark.bold else "normal",
                       arrowprops=led if mark.led else None, zorder=mark.order, annotation_clip=False)


@_artist.register
def _(mark: areas.Bars, ax: Any) -> Any:
    left, bottom, right, top = np.transpose(mark.boxes) if mark.boxes else np.empty((4, 0))
    style = {"color": mark.faces, "edgecolor": mark.edge, "linewidth": mark.edge_width, "alpha": mark.alpha,
             "label": mark.label or None, "zorder": mark.order, "align": "edge"}
    if mark.across:
        return ax.barh(bottom, right - left, top - bottom, left, **style)
    return ax.bar(left, top - bottom, right - left, bottom, **style)


@_artist.register
def _(mark: areas.Stripe, ax: Any) -> Any:
    return ax.axhspan(mark.low, mark.high, color=mark.colour, alpha=mark.alpha, zorder=mark.order, linewidth=0)


@_artist.register
def _(mark: areas.Band, ax: Any) -> Any:
    return ax.fill_between(mark.x, mark.low, mark.high, color=mark.colour, alpha=mark.alpha, zorder=mark.order,
                           linewidth=0)


@_artist.register
def _(mark: areas.Cells, ax: Any) -> Any:
    left, bottom, right, top = mark.box
    (low, high), values = mark.limits, np.array(mark.values)
    ramp = LinearSegmentedColormap.from_list(mark.ramp, colours.RAMPS[mark.ramp])
    if mark.as_picture:
        return ax.imshow(values, origin="lower", aspect="auto", cmap=ramp, vmin=low, vmax=high,
                         extent=(left, right, bottom, top))
    edges = (np.linspace(a, b, n + 1) for a, b, n in ((left, right, values.shape[1]), (bottom, top, values.shape[0])))
    return ax.pcolormesh(*edges, values, cmap=ramp, vmin=low, vmax=high, edgecolors=mark.edge,
                         linewidth=mark.edge_width, zorder=mark.order)
