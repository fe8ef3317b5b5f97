"""Figures that seaborn, pandas or matplotlib draw, as pictures of a page.

Each is drawn on Axes of its own, in the look of the kit, with a fixed stream of random numbers, and closed; what marks
stand for is told under the pointer, and colours follow the page, light or dark.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.words import labels, language, terms
from segkit.words.errors import Fault, SegkitError
from segkit.words.formats import _, format_value
from segkit.words.language import N_

HEIGHT = 3.4
STATISTICS = (N_("Count"), N_("Density"), N_("Percent"), N_("Proportion"), N_("Probability"), N_("Frequency"))
"""What seaborn and pandas write on the axis of a distribution."""
_PREAMBLE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>|\s*<style type=\"text/css\">.*?</style>", re.DOTALL)
_TOLD = re.compile(r'<g id="told-(\d+)">')
_TAG_IDS = re.compile(r'(<g) id="[^"]*"')
_COLOUR = re.compile(r"#([0-9a-f]{2})\1\1\b")
_OURS = {theme.INK: "ink", theme.GRID: "grid", theme.MUTED: "muted", theme.PAPER: "paper"}


def svg(plot: Callable[..., Any], tables: Sequence[Any], arguments: Mapping[str, Any], code: str) -> tuple[str, str]:
    """A figure as SVG in a language, the same bytes every time, and what its function says it shows.

    Parameters
    ----------
    plot : a function that draws on the current Axes, as those of `seaborn` and `matplotlib.pyplot` do, or on a figure
        of its own, or gives a `seaborn.objects.Plot`.
    tables, arguments : what it takes. Axes are named by the labels of the tables' columns.
    code : language.

    Raises
    ------
    SegkitError
        When the function fails, or draws nothing.

    Examples
    --------
    >>> import seaborn as sns
    >>> spent = pd.DataFrame({"segment": ["a", "b"], "revenue": [1.0, 3.0]})
    >>> "<title>a: 1.00</title>" in svg(sns.barplot, [spent], {"x": "segment", "y": "revenue"}, "en")[0]
    True
    """
    name = getattr(plot, "__name__", "the function")
    if "seed" in inspect.signature(plot).parameters:  # of seaborn's bootstrap, which has a stream of its own
        arguments = {"seed": 0, **arguments}
    with _alone() as current, theme.style(), language.use(code):
        try:
            figure = _figure(plot(*tables, **arguments), current)
        except SegkitError:
            raise
        except Exception as error:
            raise SegkitError([Fault(f"`{name}`", f"cannot draw: {type(error).__name__}: {str(error)[:200]}",
                                     "look at the columns and arguments it is given")]) from error
        if not any(ax.has_data() for ax in figure.axes):
            raise SegkitError([Fault(f"`{name}`", "draws nothing", "look at the table it is given")])
        _name(figure, [t for t in tables if isinstance(t, pd.DataFrame)])
        return _written(figure), next(filter(None, map(theme.alt_text, figure.axes)), "")


@contextlib.contextmanager
def _alone() -> Iterator[Any]:
    """An empty current figure; figures made inside are closed, and the stream of random numbers is put back."""
    import matplotlib.pyplot as plt

    others, stream = set(plt.get_fignums()), np.random.get_state()
    np.random.seed(0)
    try:
        with theme.style():
            yield plt.figure(figsize=(theme.WIDTH, HEIGHT), layout="constrained")
    finally:
        np.random.set_state(stream)
        for number in set(plt.get_fignums()) - others:
            plt.close(number)


def _figure(made: Any, current: Any) -> Any:
    """The figure that a function drew on, whatever it gives back."""
    import matplotlib.pyplot as plt

    if hasattr(made, "on") and hasattr(made, "plot"):
        made.on(current).plot()
        return current
    first = made.flat[0] if isinstance(made, np.ndarray) and made.size else made
    return getattr(first, "figure", None) or plt.gcf()


def _name(figure: Any, tables: Sequence[pd.DataFrame]) -> None:
    """Name axes, titles, legends and categories by the labels of columns and values, and numbers by the language."""
    from matplotlib.ticker import ScalarFormatter

    own_data = {str(c): t.attrs.get("own", False) for t in tables for c in [*t.columns, *t.index.names]}
    for table in tables:  # a column `variable` holds names of columns
        if "variable" in table:
            own_data |= {str(c): table.attrs.get("own", False) for c in table["variable"].unique()}

    def label(text: str) -> str:
        if text not in own_data:
            return _(text) if text in STATISTICS else text
        wording = labels.of(text)
        return terms.label(text) if wording == text and not own_data[text] else wording

    for ax in figure.axes:
        legend = ax.get_legend()
        for text in (ax.xaxis.label, ax.yaxis.label, ax.title, *([legend.get_title()] if legend else [])):
            text.set_text(label(text.get_text()))
        for text in legend.get_texts() if legend else ():
            text.set_text(theme.value(text.get_text()))
        for axis in (ax.xaxis, ax.yaxis):
            if isinstance(axis.get_major_formatter(), ScalarFormatter):
                theme.format_axis(axis, "decimal")
                continue
            ticks = axis.get_ticklabels()
            words = [tick.get_text() for tick in ticks]
            if any(labels.has(word) or word in own_data for word in words):
                axis.set_ticks(axis.get_ticklocs(), [label(word) if word in own_data and not labels.has(word) else
                                                     theme.value(word) for word in words],
                               rotation=ticks[0].get_rotation())


def _written(figure: Any) -> str:
    """The figure as SVG; ink, grid and paper follow the page's colours."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    words = list(_told(figure))
    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    markup = _METADATA.sub("", _PREAMBLE.sub("", buffer.getvalue()))
    markup = _TOLD.sub(lambda m: f"<g><title>{escape(words[int(m[1])])}</title>", markup)
    markup = _TAG_IDS.sub(r"\1", markup)
    for colour, name in _OURS.items():
        markup = markup.replace(colour.lower(), f"var(--{name})")
    return _COLOUR.sub(lambda m: f"var(--{'ink' if m[1] < '70' else 'paper'})" if m[1] < "70" or m[1] >= "f0" else m[0],
                       markup)


def _told(figure: Any) -> Iterator[str]:
    """What each bar, and each line and cloud with a label, stands for; marks are numbered in this order."""
    number = 0
    for ax in figure.axes:
        labelled = [(line, line.get_label()) for line in [*ax.lines, *ax.collections]]
        bars = [(bar, _bar(ax, box, bar)) for box in ax.containers if hasattr(box, "orientation")
                for bar in box.patches]
        for mark, words in [*labelled, *bars]:
            if words and not words.startswith("_"):
                mark.set_gid(f"told-{number}")
                yield words
                number += 1


def _bar(ax: Any, box: Any, bar: Any) -> str:
    """A bar in words: its place, its group, and how long it is."""
    upright = box.orientation != "horizontal"
    axis = ax.xaxis if upright else ax.yaxis
    start, length = (bar.get_x(), bar.get_width()) if upright else (bar.get_y(), bar.get_height())
    value = bar.get_height() if upright else bar.get_width()
    if not np.isfinite(value):
        return ""
    places = {round(float(place)): text.get_text() for place, text in zip(axis.get_ticklocs(), axis.get_ticklabels(),
                                                                          strict=False)}
    if hasattr(axis, "units") and axis.units is not None:
        where = places.get(round(start + length / 2), "")
    else:
        where = f"{format_value(float(start), 'number')} – {format_value(float(start + length), 'number')}"
    group = box.get_label() if not str(box.get_label()).startswith("_") else ""
    return f"{', '.join(filter(None, (where, group)))}: {format_value(float(value), 'number')}"
