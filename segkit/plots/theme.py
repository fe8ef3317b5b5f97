"""One look for all figures: colours that colour-blind readers can tell apart, labels by language."""

from __future__ import annotations

import contextlib
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from segkit.plots.canvas import Mark, Panel, Picture, colours
from segkit.plots.canvas.colours import GRID, INK, MUTED, PAPER
from segkit.words.formats import _, format_value
from segkit.words.language import N_

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GRID", "INK", "MUTED", "ON_LIGHT", "PALE", "PALETTE", "PAPER", "alt_text", "format_axis", "heat", "label",
           "legend_above", "name", "name_axes", "panel", "picture", "plot", "segment", "set_alt_text", "style", "tell",
           "value", "wrapped"]
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#B8A900")
"""Okabe–Ito colours, reordered so that neighbours differ in lightness too."""
PALE = "#d3d9e0"
"""An area that says nothing; it stays pale where the page is dark."""
ON_LIGHT = "#000"
"""Text on a light bar: stays dark where the page is dark."""
WIDTH = 4.9

STYLE = {
    "font.family": ["DejaVu Sans"], "font.size": 9.5, "axes.titlesize": 10, "axes.labelsize": 9.5,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": GRID, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": GRID,
    "grid.linewidth": 0.7, "axes.axisbelow": True, "figure.facecolor": "none", "axes.facecolor": "none",
    "savefig.facecolor": "none", "legend.frameon": False, "svg.fonttype": "none", "svg.hashsalt": "segkit",
    "text.parse_math": False,
}
"""Settings used inside `style`, never set globally."""


@contextlib.contextmanager
def style() -> Iterator[None]:
    """Draw with matplotlib in segkit's look inside the block."""
    import matplotlib as mpl
    from matplotlib.rcsetup import cycler

    look: Any = {**STYLE, "axes.prop_cycle": cycler(color=PALETTE)}
    with mpl.rc_context(look):
        yield


def plot(how_to_read: str) -> Callable[[Callable[..., Panel]], Any]:
    """Make a plot function of one that gives a panel.

    The plot function draws with matplotlib: on the Axes given as `ax`, otherwise on those of a new figure, which it
    gives back (`segkit.plots.on_matplotlib`). Its attribute `panel` is the function that gives the panel, which pages
    write as SVG; `how_to_read` says how the figure is read: marks, what to look for, a trap (message id).
    """
    def made(panel: Callable[..., Panel]) -> Any:
        @functools.wraps(panel)
        def drawn(*tables: Any, ax: Axes | None = None, **arguments: Any) -> Axes:
            from segkit.plots import on_matplotlib

            return on_matplotlib.draw(panel(*tables, **arguments), ax)

        signature = inspect.signature(panel)
        ax = inspect.Parameter("ax", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="Axes | None")
        drawn.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*signature.parameters.values(), ax], return_annotation="Axes")
        drawn.panel, drawn.how_to_read = panel, how_to_read  # type: ignore[attr-defined]
        return drawn

    return made


def panel(height: float = 3.4, width: float = WIDTH) -> Panel:
    """The only panel of a new figure, in inches; numbers on its axes are written by language."""
    return picture(height, width).add_subplot()


def picture(height: float, width: float = WIDTH) -> Picture:
    """A new figure, in inches, whose panels leave room for their labels."""
    return Picture((width, height))


def name_axes(ax: Panel, x: str | None = None, y: str | None = None, currency: str = "") -> None:
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
    title = segment(word)
    return _("Segment {segment}", segment=title) if title.isdecimal() else title


def format_axis(axis: Any, unit: str) -> None:
    """Tick labels of an axis in a unit of the glossary, by the language in use when drawing; of points the numbers
    alone, as `name_axes`, called after it, says the unit."""
    scale, written = (100, "decimal") if unit == "points" else (1, unit)
    axis.set_major_formatter(lambda value, position: format_value(scale * value, written))
    axis.unit = unit


def legend_above(ax: Panel, columns: int = 4, reverse: bool = False) -> None:
    """The legend above the plot, where it covers nothing and is never cut."""
    ax.figure.legend(*ax.get_legend_handles_labels(), ncols=columns, fontsize=9, reverse=reverse)


def legend_of_colours(ax: Panel, entries: Sequence[tuple[str, str, str]], columns: int = 3) -> None:
    """What colours mean, above the plot: (colour, "s" for an area or "o" for a dot, words); a dot in the colour of the
    paper is hollow."""
    handles = [ax.scatter([], [], color=colour, marker=shape, edgecolors=PALETTE[0] if colour == PAPER else "none")
               for colour, shape, _words in entries]
    ax.figure.legend(handles, [words for *_, words in entries], ncols=columns, fontsize=9)


def legend_of_hollow(ax: Panel, sure: Sequence[bool], filled: str, hollow: str) -> None:
    """What filled and hollow dots mean, above the plot, where there are hollow ones."""
    if not all(sure):
        legend_of_colours(ax, [(PALETTE[0], "o", filled), (PAPER, "o", hollow)])


def wrapped(text: str, width: int = 16) -> str:
    """A label on several lines."""
    return "\n".join(textwrap.wrap(text, width)) or text


_MANY_COLUMNS = 24


def heat(ax: Panel, values: pd.DataFrame, words: pd.DataFrame, rows: Sequence[str], columns: Sequence[str],
         ramp: str = "blue", limits: tuple[float | None, float | None] = (None, None), size: float = 9,
         told: pd.DataFrame | None = None) -> None:
    """Cells shaded by their number, the first row on top, with what is said in them and of rows and columns.

    `told` is said under the pointer, what stands in the cells by default. A cell without a number stays empty; more
    columns than 24 have no words in their cells, and not all a label.
    """
    numbers = values.to_numpy(dtype=float)
    known = numbers[np.isfinite(numbers)] if np.isfinite(numbers).any() else np.zeros(1)
    low, high = (end if limit is None else limit for limit, end in zip(limits, (known.min(), known.max()), strict=True))
    cells = ax.pcolormesh(numbers, ramp=ramp, vmin=low, vmax=high, edgecolors=PAPER, linewidth=1)
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
    ax.grid(visible=False)


def on_shade(ramp: str, share: float) -> str:
    """The colour of text on a shade of a ramp: of dark and white, the one with the higher contrast."""
    return ON_LIGHT if colours.luminance(colours.shade(ramp, share)) > 0.179 else "white"


def tell(marks: Mark | Sequence[Mark], words: Sequence[str]) -> None:
    """What marks say under the pointer, where that is more than their place."""
    for mark in [marks] if isinstance(marks, Mark) else marks:
        mark.words = list(words)


def ovals(ax: Panel, table: pd.DataFrame | None, faces: Mapping[Any, str] | None = None, n_points: int = 60) -> None:
    """Draw the ellipse of each row: `dim_1`, `dim_2`, its radii and direction; rows without radii have none.

    `faces` are the colours of the rows, all blue by default.
    """
    if table is None or table.empty:
        return
    t = np.linspace(0, 2 * np.pi, n_points + 1)
    for row in table.dropna(subset=["long_radius", "short_radius"]).itertuples():
        turn = np.deg2rad(row.direction)
        x, y = row.long_radius * np.cos(t), row.short_radius * np.sin(t)
        ax.plot(row.dim_1 + x * np.cos(turn) - y * np.sin(turn), row.dim_2 + x * np.sin(turn) + y * np.cos(turn),
                linewidth=0.8, alpha=0.7, color=(faces or {}).get(row.Index, PALETTE[0]))


def set_alt_text(ax: Any, sentence: str, **values: Any) -> None:
    """Leave on the Axes what the picture shows, for those who cannot see it."""
    ax.segkit_alt_text = _(sentence, **values)


def alt_text(ax: Any) -> str:
    """What the picture shows, "" when its function left nothing."""
    return getattr(ax, "segkit_alt_text", "")
