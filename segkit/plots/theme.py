"""One look for all figures: colours that colour-blind readers can tell apart, labels by language."""

from __future__ import annotations

import contextlib
import contextvars
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import pandas as pd

from segkit.plots import canvas
from segkit.plots.canvas import colours
from segkit.plots.canvas.colours import GRID, INK, MUTED, PAPER
from segkit.words.formats import _, format_value
from segkit.words.language import N_

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["GRID", "INK", "MUTED", "ON_LIGHT", "PALE", "PALETTE", "PAPER", "alt_text", "as_svg", "axes", "emptied",
           "figure", "format_axis", "heat", "label", "label_points", "legend_above", "name", "name_axes", "reading",
           "segment", "set_alt_text", "style", "tell", "value", "wrapped"]
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#B8A900")
"""Okabe–Ito colours, reordered so that neighbours differ in lightness too."""
PALE = "#d3d9e0"
"""An area that says nothing; it stays pale where the page is dark."""
ON_LIGHT = "#000"
"""Text on a light bar: stays dark where the page is dark."""
WIDTH = 4.9
Plot = TypeVar("Plot", bound=Callable[..., Any])

STYLE = {
    "font.family": ["DejaVu Sans"], "font.size": 9.5, "axes.titlesize": 10, "axes.labelsize": 9.5,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": GRID, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": GRID,
    "grid.linewidth": 0.7, "axes.axisbelow": True, "figure.facecolor": "none", "axes.facecolor": "none",
    "savefig.facecolor": "none", "legend.frameon": False, "svg.fonttype": "none", "svg.hashsalt": "segkit",
    "text.parse_math": False,
}
"""Settings used inside `style`, never set globally."""


_ON_CANVAS: contextvars.ContextVar[bool] = contextvars.ContextVar("on_canvas", default=False)


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Draw with matplotlib in segkit's look inside the block."""
    import matplotlib as mpl
    from matplotlib.rcsetup import cycler

    look: Any = {**STYLE, "axes.prop_cycle": cycler(color=PALETTE)}
    with mpl.rc_context(look):
        yield


@contextlib.contextmanager
def as_svg() -> Iterator[None]:
    """Inside the block new figures are segkit's own (`segkit.plots.canvas`), written many times faster."""
    token = _ON_CANVAS.set(True)
    try:
        yield
    finally:
        _ON_CANVAS.reset(token)


def axes(ax: Axes | None, height: float = 3.4, width: float = WIDTH) -> Axes:
    """The given Axes, or those of a new figure (no pyplot, so nothing stays open); numbers on them by language."""
    if ax is None:
        ax = figure(height, width).add_subplot()
        for axis in (ax.xaxis, ax.yaxis):
            format_axis(axis, "decimal")
    return ax


def figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure whose panels leave room for their labels."""
    if _ON_CANVAS.get():
        return canvas.Picture((width, height))  # type: ignore[return-value]
    from matplotlib.figure import Figure

    from segkit.plots import layout

    return Figure(figsize=(width, height), layout=layout.OnePass())


def emptied(ax: Axes | None, height: float, width: float = WIDTH) -> Figure:
    """The figure of the given Axes without them, or a new one: for plots of several panels."""
    if ax is None:
        return figure(height, width)
    ax.figure.clear()
    return cast("Figure", ax.figure)


def name_axes(ax: Axes, x: str | None = None, y: str | None = None, currency: str = "") -> None:
    """Label the axes by result column, or by a sentence of the catalogues."""
    for setter, axis, name in ((ax.set_xlabel, ax.xaxis, x), (ax.set_ylabel, ax.yaxis, y)):
        if name is not None:
            text = label(name) if label(name) != name else _(name)
            unit = currency if name in MONEY else _(_POINTS) if getattr(axis, "unit", "") == "points" else ""
            setter(f"{text} ({unit})" if unit else text)


_POINTS = N_("points")
MONEY = ("monetary", "average_basket", "revenue", "spend_per_buyer", "lifetime_value", "total_lifetime_value")


def label(column: Any) -> str:
    """A result column, or one of the user's whose label came with the data, in the language in use."""
    return format_value(column, "column")


def name(column: Any) -> str:
    """A column of the user's data, by the label that came with the data."""
    return format_value(column, "name")


def value(word: Any) -> str:
    """A value of the user's data, by the label that came with the data."""
    return format_value(word, "value")


def segment(word: Any) -> str:
    """The name of a segment: a user's own stays, one of the kit's is translated."""
    return format_value(word, "segment")


def titled(word: Any) -> str:
    """What a segment is called where it stands alone: its name, or "Segment 3" where it has a number."""
    said = segment(word)
    return _("Segment {segment}", segment=said) if said.isdecimal() else said


def format_axis(axis: Any, unit: str) -> None:
    """Tick labels of an axis in a unit of the glossary, by the language in use when drawing; of points the numbers
    alone, as `name_axes`, called after it, says the unit."""
    scale, written = (100, "decimal") if unit == "points" else (1, unit)
    axis.set_major_formatter(lambda value, position: format_value(scale * value, written))
    axis.unit = unit


def legend_above(ax: Axes, columns: int = 4, reverse: bool = False) -> None:
    """The legend above the plot, where it covers nothing and is never cut."""
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="upper left", ncols=columns, fontsize=9,
                     reverse=reverse, borderaxespad=0)


def wrapped(text: str, width: int = 16) -> str:
    """A label on several lines."""
    return "\n".join(textwrap.wrap(text, width)) or text


_MANY_COLUMNS = 24


def heat(ax: Axes, values: pd.DataFrame, words: pd.DataFrame, rows: Sequence[str], columns: Sequence[str],
         ramp: str = "blue", limits: tuple[float | None, float | None] = (None, None), size: float = 9,
         told: pd.DataFrame | None = None) -> None:
    """Cells shaded by their number, the first row on top, with what is said in them and of rows and columns.

    `told` is said under the pointer, what stands in the cells by default. A cell without a number stays empty; more
    columns than 24 have no words in their cells, and not all a label.
    """
    numbers = values.to_numpy(dtype=float)
    known = numbers[np.isfinite(numbers)] if np.isfinite(numbers).any() else np.zeros(1)
    low, high = (end if given is None else given for given, end in zip(limits, (known.min(), known.max()), strict=True))
    cells = ax.pcolormesh(numbers, cmap=cmap(ax, ramp), vmin=low, vmax=high, edgecolors=PAPER,
                          linewidth=1)
    if isinstance(ax, canvas.Panel):
        cells.cells = (words if told is None else told).to_numpy()
    many = len(columns) > _MANY_COLUMNS
    for (y, x), value in np.ndenumerate(np.full(values.shape, np.nan) if many else numbers):
        if not np.isnan(value) and words.iat[y, x]:
            ax.text(x + 0.5, y + 0.5, words.iat[y, x], ha="center", va="center", fontsize=size,
                    color=on_shade(ramp, (value - low) / (high - low) if high > low else 0.0))
    step = -(-len(columns) // _MANY_COLUMNS)
    ax.set_xticks([x + 0.5 for x in range(0, len(columns), step)], columns[::step])
    ax.set_yticks([y + 0.5 for y in range(len(rows))], rows)
    ax.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    ax.tick_params(length=0)
    ax.grid(visible=False)


def cmap(ax: Axes, ramp: str) -> Any:
    """A ramp of colours (`canvas.colours.RAMPS`) as the Axes take it."""
    if isinstance(ax, canvas.Panel):
        return ramp
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(ramp, colours.RAMPS[ramp])


def on_shade(ramp: str, share: float) -> str:
    """The colour of text on a shade of a ramp: of dark and white, the one with the higher contrast."""
    return ON_LIGHT if colours.luminance(colours.shade(ramp, share)) > 0.179 else "white"


_Box = Sequence[float]
"""Left, bottom, right and top."""
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))


def label_points(ax: Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str],
                 weights: Sequence[str] | None = None) -> None:
    """Write a name beside each point, on the side where it covers least: not on points, names or the frame."""
    places, frame, pixels = _laid_out(ax, x, y)
    taken: list[_Box] = [(px - 5, py - 5, px + 5, py + 5) for px, py in places]
    for i, name in enumerate(names):
        text = ax.annotate(name, (x[i], y[i]), (0, 6), textcoords="offset points", fontsize=9,
                           weight=weights[i] if weights else None)
        size = _measured(ax, text)
        tried: list[tuple[int, int, tuple[int, int], int]] = []
        for far in (6, 13, 21):
            for side in _SIDES:
                box = _beside(places[i], side, far * pixels, *size)
                covered = sum(_overlap(box, other) for n, other in enumerate(taken) if n != i)
                outside = size[0] * size[1] - _overlap(box, frame)
                tried.append((round(covered + outside), len(tried), side, far))
        _, _, side, far = min(tried)
        away = (far * side[0], far * side[1])
        ha, va = ("right", "center", "left")[side[0] + 1], ("top", "center", "bottom")[side[1] + 1]
        if isinstance(ax, canvas.Panel):
            text.away, text.ha, text.va = away, ha, va
        else:
            text.xyann = away
            text.set(ha=ha, va=va)
        taken.append(_beside(places[i], side, far * pixels, *size))


def _laid_out(ax: Axes, x: Sequence[float], y: Sequence[float]) -> tuple[list[Sequence[float]], _Box, float]:
    """Where points lie once the figure is laid out, and the panel, with up as up; and how many units a point has."""
    if isinstance(ax, canvas.Panel):
        ax.figure.settle()
        left, top, right, bottom = ax.box
        return [(ax.x.place(a), -ax.y.place(b)) for a, b in zip(x, y, strict=True)], (left, -bottom, right, -top), 1.0
    from segkit.plots import layout

    layout.settle(cast("Figure", ax.figure))
    places = ax.transData.transform(list(zip(x, y, strict=True))).tolist()
    return places, tuple(map(float, ax.get_window_extent().extents)), ax.figure.dpi / 72


def _measured(ax: Axes, text: Any) -> tuple[float, float]:
    """Width and height of a text, which the layout no longer heeds: what was measured stays."""
    if isinstance(ax, canvas.Panel):
        text.in_layout = False
        left, top, right, bottom = text.bounds(ax)
        return right - left, bottom - top
    from segkit.plots import layout

    text.set_in_layout(False)
    box = text.get_window_extent(layout.measuring(ax.figure.dpi))
    return box.width, box.height


def _beside(point: Sequence[float], side: tuple[int, int], far: float, width: float, height: float) -> _Box:
    """The box of a text on a side of a point, some pixels away."""
    left = point[0] + far * side[0] - width * (1 - side[0]) / 2
    bottom = point[1] + far * side[1] - height * (1 - side[1]) / 2
    return left, bottom, left + width, bottom + height


def _overlap(a: _Box, b: _Box) -> float:
    """The area that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def tell(marks: Any, words: Sequence[str]) -> None:
    """What marks say under the pointer, where that is more than their place; matplotlib's marks say nothing."""
    for mark in marks if isinstance(marks, list) else [marks]:
        if isinstance(mark, canvas.Mark):
            mark.words = list(words)


def reading(how_to_read: str) -> Callable[[Plot], Plot]:
    """Tell, on a plot function, how its picture is read: marks, what to look for, a trap.

    The text is a message id; the function is returned unchanged, with the text as `how_to_read`.
    """
    def tell(plot: Plot) -> Plot:
        plot.how_to_read = how_to_read  # type: ignore[attr-defined]
        return plot

    return tell


def ovals(ax: Axes, table: pd.DataFrame | None, n_points: int = 60) -> None:
    """Draw the ellipse of each row: `dim_1`, `dim_2`, its radii and direction; rows without radii have none."""
    if table is None or table.empty:
        return
    t = np.linspace(0, 2 * np.pi, n_points + 1)
    for row in table.dropna(subset=["long_radius", "short_radius"]).itertuples():
        turn = np.deg2rad(row.direction)
        x, y = row.long_radius * np.cos(t), row.short_radius * np.sin(t)
        ax.plot(row.dim_1 + x * np.cos(turn) - y * np.sin(turn), row.dim_2 + x * np.sin(turn) + y * np.cos(turn),
                linewidth=0.8, alpha=0.7, color=PALETTE[0])


def set_alt_text(ax: Axes, sentence: str, **values: Any) -> None:
    """Leave on the Axes what the picture shows, for those who cannot see it."""
    ax.segkit_alt_text = _(sentence, **values)  # type: ignore[attr-defined]


def alt_text(ax: Axes) -> str:
    """What the picture shows, "" when its function left nothing."""
    return getattr(ax, "segkit_alt_text", "")
