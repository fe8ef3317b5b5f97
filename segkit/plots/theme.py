"""One look for all figures: colours that colour-blind readers can tell apart, labels by language."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from segkit.plots import layout
from segkit.words.formats import _, format_value
from segkit.words.terms import label

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#B8A900")
"""Okabe–Ito colours, reordered so that neighbours differ in lightness too."""
MUTED = "#9aa5b1"
INK = "#1f2933"
GRID = "#d9dee4"
ON_LIGHT = "#111111"
"""Text on a light bar: stays dark where the page is dark."""
WIDTH = 4.9
Plot = TypeVar("Plot", bound=Callable[..., Axes])

STYLE = {
    "font.family": ["DejaVu Sans"], "font.size": 9.5, "axes.titlesize": 10, "axes.labelsize": 9.5,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": GRID, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": GRID,
    "grid.linewidth": 0.7, "axes.axisbelow": True, "figure.facecolor": "none", "axes.facecolor": "none",
    "savefig.facecolor": "none", "legend.frameon": False, "svg.fonttype": "none", "svg.hashsalt": "segkit",
    "text.parse_math": False, "axes.prop_cycle": mpl.cycler(color=PALETTE),
}
"""Settings used inside `style`, never set globally."""


@contextmanager
def style() -> Iterator[None]:
    """Draw in segkit's look inside the block."""
    with mpl.rc_context(STYLE):
        yield


def axes(ax: Axes | None, height: float = 3.4, width: float = WIDTH) -> Axes:
    """The given Axes, or those of a new figure (no pyplot, so nothing stays open); numbers on them by language."""
    if ax is None:
        ax = figure(height, width).add_subplot()
        for axis in (ax.xaxis, ax.yaxis):
            format_axis(axis, "decimal")
    return ax


def figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure whose panels leave room for their labels."""
    return Figure(figsize=(width, height), layout=layout.OnePass())


def emptied(ax: Axes | None, height: float, width: float = WIDTH) -> Figure:
    """The figure of the given Axes without them, or a new one: for plots of several panels."""
    if ax is None:
        return figure(height, width)
    ax.figure.clear()
    return ax.figure


def name_axes(ax: Axes, x: str | None = None, y: str | None = None, currency: str = "") -> None:
    """Label the axes by result column, or by a sentence of the catalogues."""
    for setter, name in ((ax.set_xlabel, x), (ax.set_ylabel, y)):
        if name is not None:
            text = label(name) if label(name) != name else _(name)
            setter(f"{text} ({currency})" if currency and name in MONEY else text)


MONEY = ("monetary", "average_basket", "revenue", "spend_per_buyer", "lifetime_value", "total_lifetime_value")


def format_axis(axis: Any, unit: str) -> None:
    """Tick labels of an axis in a unit of the glossary, by the language in use when drawing."""
    axis.set_major_formatter(FuncFormatter(lambda value, position: format_value(value, unit)))


def legend_above(ax: Axes, columns: int = 4, reverse: bool = False) -> None:
    """The legend above the plot, where it covers nothing and is never cut."""
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="upper left", ncols=columns, fontsize=9,
                     reverse=reverse, borderaxespad=0)


def wrapped(text: str, width: int = 16) -> str:
    """A label on several lines."""
    return "\n".join(textwrap.wrap(text, width)) or text


_MANY_COLUMNS = 24


def heat(ax: Axes, values: pd.DataFrame, words: pd.DataFrame, rows: Sequence[str], columns: Sequence[str],
         cmap: str = "Blues", limits: tuple[float | None, float | None] = (None, None), size: float = 9) -> None:
    """Cells shaded by their number, the first row on top, with what is said in them and of rows and columns.

    A cell without a number stays empty; more columns than 24 have no words in their cells, and not all a label.
    """
    mesh = ax.pcolormesh(np.ma.masked_invalid(values.to_numpy(dtype=float)), cmap=cmap, vmin=limits[0], vmax=limits[1],
                         edgecolors="white", linewidth=1)
    many = len(columns) > _MANY_COLUMNS
    for (y, x), value in np.ndenumerate(np.full(values.shape, np.nan) if many else values.to_numpy(dtype=float)):
        if not np.isnan(value) and words.iat[y, x]:
            red, green, blue = mesh.cmap(mesh.norm(value))[:3]
            light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.18  # the higher contrast
            ax.text(x + 0.5, y + 0.5, words.iat[y, x], ha="center", va="center", fontsize=size,
                    color=ON_LIGHT if light else "white")
    step = -(-len(columns) // _MANY_COLUMNS)
    ax.set_xticks([x + 0.5 for x in range(0, len(columns), step)], columns[::step])
    ax.set_yticks([y + 0.5 for y in range(len(rows))], rows)
    ax.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    ax.tick_params(length=0)
    ax.grid(visible=False)


_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))


def label_points(ax: Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str],
                 weights: Sequence[str] | None = None) -> None:
    """Write a name beside each point, on the side where it covers least: not on points, names or the frame."""
    renderer = layout.settle(ax.figure)
    points = ax.transData.transform(list(zip(x, y, strict=True))).tolist()
    taken = [(px - 5, py - 5, px + 5, py + 5) for px, py in points]
    frame, pixels = ax.get_window_extent(renderer).extents.tolist(), ax.figure.dpi / 72
    for i, name in enumerate(names):
        text = ax.annotate(name, (x[i], y[i]), (0, 6), textcoords="offset points", fontsize=9,
                           weight=weights[i] if weights else None)
        text.set_in_layout(False)  # what was measured stays
        size = text.get_window_extent(renderer)
        places = []
        for far in (6, 13, 21):
            for side in _SIDES:
                box = _beside(points[i], side, far * pixels, size.width, size.height)
                covered = sum(_overlap(box, other) for n, other in enumerate(taken) if n != i)
                outside = size.width * size.height - _overlap(box, frame)
                places.append((round(covered + outside), len(places), side, far))
        _, _, side, far = min(places)
        text.xyann = (far * side[0], far * side[1])
        text.set(ha=("right", "center", "left")[side[0] + 1], va=("top", "center", "bottom")[side[1] + 1])
        taken.append(_beside(points[i], side, far * pixels, size.width, size.height))


_Box = Sequence[float]
"""Left, bottom, right and top, in pixels."""


def _beside(point: Sequence[float], side: tuple[int, int], far: float, width: float, height: float) -> _Box:
    """The box of a text on a side of a point, some pixels away."""
    left = point[0] + far * side[0] - width * (1 - side[0]) / 2
    bottom = point[1] + far * side[1] - height * (1 - side[1]) / 2
    return left, bottom, left + width, bottom + height


def _overlap(a: _Box, b: _Box) -> float:
    """The area that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def reading(how_to_read: str) -> Callable[[Plot], Plot]:
    """Tell, on a plot function, how its picture is read: marks, what to look for, a trap.

    The text is a message id; the function is returned unchanged, with the text as `how_to_read`.
    """
    def tell(plot: Plot) -> Plot:
        plot.how_to_read = how_to_read  # type: ignore[attr-defined]
        return plot

    return tell


def set_alt_text(ax: Axes, sentence: str, **values: Any) -> None:
    """Leave on the Axes what the picture shows, for those who cannot see it."""
    ax.segkit_alt_text = _(sentence, **values)


def alt_text(ax: Axes) -> str:
    """What the picture shows, "" when its function left nothing."""
    return getattr(ax, "segkit_alt_text", "")
