"""A panel of a figure: marks, scales and words as data, until a writer makes a picture of them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Any

from segkit.plots.canvas import areas, beside, colours, marks
from segkit.plots.canvas.axis import Axis, Scale, numbers, spread


class Panel:
    """Takes marks by methods that have the names and the meaning they have on matplotlib's Axes.

    Parameters
    ----------
    figure : the picture it is part of.
    row, column : its place in the picture's grid.
    x, y : scales, shared with other panels or its own.
    """

    def __init__(self, figure: Any, row: int, column: int, x: Scale, y: Scale) -> None:
        self.figure = figure
        self.row, self.column = row, column
        self.x = self.xaxis = Axis(x)
        self.y = self.yaxis = Axis(y)
        self.marks: list[marks.Mark] = []
        self.title = ""
        self.visible = self.framed = True
        self.equal = False
        self.legend_size = 0.0
        self.colour_bar: ColourBar | None = None
        self.box: Sequence[float] = (0, 0, 1, 1)
        self.spines = _Spines(self)
        self.names: list[list[marks.Words]] = []
        self.segkit_alt_text = ""

    # Marks

    def plot(self, x: Any, y: Any, shape: str = "", *, color: str = colours.INK, linewidth: float = 1.5,
             linestyle: str = "-", marker: str = "", markersize: float = 6, markerfacecolor: str = "", alpha: float = 1,
             solid_capstyle: str = "", label: str | None = None, zorder: float = 2) -> list[marks.Line]:
        """A line, or only markers where a shape is the third argument."""
        line = marks.Line(zorder, label or "", self._along(self.x, x), self._along(self.y, y), color, linewidth,
                          "" if shape or linestyle == "none" else linestyle, alpha, solid_capstyle, shape or marker,
                          markersize, markerfacecolor)
        return [self._added(line)]

    def scatter(self, x: Any, y: Any, s: Any = 36, c: Any = None, *, color: Any = None, marker: str = "o",
                alpha: Any = 1, edgecolors: Any = "none", zorder: float = 1, label: str | None = None) -> marks.Dots:
        """Dots of areas `s`, in square points."""
        across, up = self._along(self.x, x), self._along(self.y, y)
        n = len(across)
        faces = spread(color if color is not None else c, n) if n else [color]
        edges = spread(edgecolors, n) if n else [edgecolors]
        return self._added(marks.Dots(zorder, label or "", across, up, spread(s, n), faces, edges, spread(alpha, n),
                                      marker))

    def bar(self, x: Any, height: Any, width: Any = 0.8, bottom: Any = 0, *, align: str = "center",
            **style: Any) -> areas.Bars:
        """Upright bars."""
        positions, heights = numbers(x), numbers(height)
        n = len(positions)
        widths, bottoms = (numbers(spread(v, n)) for v in (width, bottom))
        back = 0.5 if align == "center" else 0
        boxes = [(a - w * back, b, a - w * back + w, b + h)
                 for a, w, b, h in zip(positions, widths, bottoms, heights, strict=True)]
        self.y.sticky.update(bottoms)
        return self._bars(boxes, across=False, **style)

    def barh(self, y: Any, width: Any, height: Any = 0.8, left: Any = 0, **style: Any) -> areas.Bars:
        """Bars from left to right."""
        up, widths = numbers(y), numbers(width)
        n = len(up)
        heights, lefts = (numbers(spread(v, n)) for v in (height, left))
        boxes = [(a, b - h / 2, a + w, b + h / 2) for a, w, b, h in zip(lefts, widths, up, heights, strict=True)]
        self.x.sticky.update(lefts)
        return self._bars(boxes, across=True, **style)

    def _bars(self, boxes: list[Any], *, across: bool, color: Any, edgecolor: str = "none", linewidth: float = 1,
              alpha: float = 1, label: str | None = None, zorder: float = 1) -> areas.Bars:
        for left, bottom, right, top in boxes:
            self.x.values += [v for v in (left, right) if math.isfinite(v)]
            self.y.values += [v for v in (bottom, top) if math.isfinite(v)]
        faces = spread(color, len(boxes))
        return self._added(areas.Bars(zorder, label or "", boxes, faces, edgecolor, linewidth, alpha, across))

    def bar_label(self, bars: areas.Bars, labels: Sequence[str], *, label_type: str = "edge", padding: float = 0,
                  fontsize: float = 9.5, color: str = colours.INK) -> None:
        """A text at the end of each bar, or in its middle."""
        inside = label_type == "center"
        for (x, y), text in zip(bars.middles() if inside else bars.ends(), labels, strict=True):
            ha, va = ("left", "center") if bars.across and not inside else ("center", "center" if inside else "bottom")
            away = (0.0, 0.0) if inside else (padding, 0.0) if bars.across else (0.0, padding)
            self._added(marks.Words(text=text, x=x, y=y, away=away, size=fontsize, colour=color, ha=ha, va=va))

    def hlines(self, y: Any, xmin: Any, xmax: Any, *, color: str, linewidth: float = 1.5, linestyle: str = "-",
               zorder: float = 2) -> None:
        """Level pieces of line."""
        up = self._along(self.y, y)
        low, high = (self._along(self.x, spread(v, len(up))) for v in (xmin, xmax))
        pieces = [(a, v, b, v) for v, a, b in zip(up, low, high, strict=True)]
        self._added(marks.Segments(zorder, "", pieces, color, linewidth, linestyle))

    def vlines(self, x: Any, ymin: Any, ymax: Any, *, color: str, linewidth: float = 1.5, linestyle: str = "-",
               zorder: float = 2) -> None:
        """Upright pieces of line."""
        positions = self._along(self.x, x)
        low, high = (self._along(self.y, spread(v, len(positions))) for v in (ymin, ymax))
        pieces = [(v, a, v, b) for v, a, b in zip(positions, low, high, strict=True)]
        self._added(marks.Segments(zorder, "", pieces, color, linewidth, linestyle))

    def axhline(self, y: float, *, color: str, linewidth: float = 1.5, linestyle: str = "-", zorder: float = 2) -> None:
        """A line across the panel."""
        self._along(self.y, y)
        self._added(marks.Rule(zorder, "", float(y), False, color, linewidth, linestyle))

    def axvline(self, x: float, *, color: str, linewidth: float = 1.5, linestyle: str = "-", zorder: float = 2) -> None:
        """A line up the panel."""
        self._along(self.x, x)
        self._added(marks.Rule(zorder, "", float(x), True, color, linewidth, linestyle))

    def axhspan(self, ymin: float, ymax: float, *, color: str, alpha: float = 1, zorder: float = 1) -> None:
        """A stripe across the panel."""
        self._along(self.y, [ymin, ymax])
        self._added(areas.Stripe(zorder, "", ymin, ymax, color, alpha))

    def fill_between(self, x: Any, low: Any, high: Any, *, color: str, alpha: float = 1) -> None:
        """The area between two lines."""
        lower, upper = (self._along(self.y, edge) for edge in (low, high))
        self._added(areas.Band(1, "", self._along(self.x, x), lower, upper, color, alpha))

    def pcolormesh(self, values: Any, *, ramp: str, vmin: float | None = None, vmax: float | None = None,
                   edgecolors: str = "none", linewidth: float = 1) -> areas.Cells:
        """Cells from (0, 0), one wide and one high each, in the shades of a ramp (`colours.RAMPS`)."""
        return self._cells(values, (0, 0, len(values[0]), len(values)), ramp, vmin, vmax, edgecolors, linewidth, False)

    def imshow(self, values: Any, *, ramp: str, vmin: float, vmax: float, extent: Sequence[float]) -> areas.Cells:
        """Cells without edges, the first row at the bottom, in an extent of left, right, bottom and top."""
        left, right, bottom, top = extent
        return self._cells(values, (left, bottom, right, top), ramp, vmin, vmax, "none", 0, True)

    def _cells(self, values: Any, box: Sequence[float], ramp: str, low: float | None, high: float | None, edge: str,
               edge_width: float, as_picture: bool) -> areas.Cells:
        rows = [[float(v) for v in row] for row in getattr(values, "to_numpy", lambda: values)()]
        known = [v for row in rows for v in row if math.isfinite(v)] or [0.0, 1.0]
        limits = (min(known) if low is None else low, max(known) if high is None else high)
        for axis, ends in ((self.x, (box[0], box[2])), (self.y, (box[1], box[3]))):
            axis.values += ends
            axis.sticky.update(ends)
        return self._added(areas.Cells(1, "", rows, ramp, limits, box, edge, edge_width, None, as_picture))

    def text(self, x: float, y: float, text: str, *, of_panel: str = "", fontsize: float = 9.5,
             color: str = colours.INK, ha: str = "left", va: str = "baseline") -> marks.Words:
        """A text at a place: values of the axes, or shares of the panel on those named ("xy" is both)."""
        return self.annotate(text, (x, y), of_panel=of_panel, fontsize=fontsize, color=color, ha=ha, va=va)

    def annotate(self, text: str, xy: tuple[float, float], xytext: tuple[float, float] = (0, 0), *,
                 of_panel: str = "", fontsize: float = 9.5, color: str = colours.INK, ha: str = "left",
                 va: str = "baseline", weight: str | None = None, zorder: float = 3) -> marks.Words:
        """A text `xytext` points away from a place."""
        return self._added(marks.Words(text=text, x=float(xy[0]), y=float(xy[1]), away=xytext, of_panel=of_panel,
                                       colour=color, size=fontsize, ha=ha, va=va, bold=weight == "bold", order=zorder))

    def name_points(self, x: Sequence[float], y: Sequence[float], names: Sequence[str],
                    weights: Sequence[str] | None = None) -> None:
        """A name beside each point, on the side where it covers least (`canvas.beside`)."""
        self.names.append([marks.Words(text=name, x=x[i], y=y[i], size=9, in_layout=False,
                                       bold=weights is not None and weights[i] == "bold")
                           for i, name in enumerate(names)])
        self.marks += self.names[-1]

    def colorbar(self, cells: areas.Cells, label: str) -> ColourBar:
        """A scale of the cells' colours at the right."""
        self.colour_bar = ColourBar(cells, label)
        return self.colour_bar

    # Axes

    def set_xlim(self, left: Any = None, right: Any = None) -> None:
        """The values at the left and the right."""
        _limit(self.x.scale, left, right)

    def set_ylim(self, bottom: Any = None, top: Any = None) -> None:
        """The values at the bottom and the top."""
        _limit(self.y.scale, bottom, top)

    def get_xlim(self) -> tuple[float, float]:
        """The values at the left and the right."""
        return self.x.limits()

    def get_ylim(self) -> tuple[float, float]:
        """The values at the bottom and the top."""
        return self.y.limits()

    def set_xticks(self, ticks: Any, labels: Sequence[str] | None = None, *,
                   fontsize: float | None = None) -> None:
        """Where the ticks are and what they say."""
        self._ticks(self.x, ticks, labels, fontsize)

    def set_yticks(self, ticks: Any, labels: Sequence[str] | None = None, *,
                   fontsize: float | None = None) -> None:
        """Where the ticks are and what they say."""
        self._ticks(self.y, ticks, labels, fontsize)

    def _ticks(self, axis: Axis, ticks: Any, labels: Sequence[str] | None, size: float | None) -> None:
        axis.places, axis.words = numbers(ticks), None if labels is None else [str(w) for w in labels]
        axis.values += axis.places
        axis.size = size or axis.size

    def set_xlabel(self, text: str) -> None:
        """What the horizontal axis is."""
        self.x.label = text

    def set_ylabel(self, text: str) -> None:
        """What the upright axis is."""
        self.y.label = text

    def get_xlabel(self) -> str:
        """What the horizontal axis is."""
        return self.x.label

    def set_title(self, text: str) -> None:
        """What stands above the panel, at its left."""
        self.title = text

    def set(self, **settings: Any) -> None:
        """Several settings at once: ``xlim=(0, 1)`` is ``set_xlim(0, 1)``."""
        for name, value in settings.items():
            setter = getattr(self, f"set_{name}")
            setter(*value) if name in ("xlim", "ylim") else setter(value)

    def set_xscale(self, kind: str) -> None:
        """Linear, or "log"."""
        self.x.scale.log = kind == "log"

    def invert_yaxis(self) -> None:
        """From the top to the bottom."""
        self.y.scale.inverted = not self.y.scale.inverted

    def margins(self, x: float, y: float | None = None) -> None:
        """Room around the marks, in shares of what they take."""
        self.x.scale.margin, self.y.scale.margin = x, x if y is None else y

    def locator_params(self, axis: str, nbins: int | None = None, integer: bool = False) -> None:
        """At most so many ticks; only whole numbers."""
        side = self.x if axis == "x" else self.y
        side.most, side.whole = nbins or side.most, integer or side.whole

    def grid(self, *, visible: bool, axis: str = "both") -> None:
        """Whether lines stand behind the marks."""
        for name, side in (("x", self.x), ("y", self.y)):
            if axis in (name, "both"):
                side.shows_grid = visible

    def set_aspect(self, aspect: str) -> None:
        """A unit takes as much room on both axes ("equal"); the limits give way."""
        self.equal = aspect == "equal"

    def set_visible(self, visible: bool) -> None:
        """Whether anything of the panel is drawn."""
        self.visible = visible

    def legend(self, *, fontsize: float = 9.5) -> None:
        """A legend in the lower left corner."""
        self.legend_size = fontsize

    def get_legend_handles_labels(self) -> tuple[list[marks.Mark], list[str]]:
        """The marks that have a label, with it."""
        labelled = [m for m in self.marks if m.label]
        return labelled, [m.label for m in labelled]

    # Its place in the picture

    def lie(self, left: float, top: float, right: float, bottom: float) -> None:
        """Take a place, in points; where units are equal the limits of one axis give way."""
        self.box = (left, top, right, bottom)
        self.x.span(left, right)
        self.y.span(bottom, top)
        if self.equal:
            sides = ((self.x, right - left), (self.y, bottom - top))
            unit = max(abs(axis.last - axis.first) / room for axis, room in sides)
            for axis, room in sides:
                axis.widen(unit * room)

    def place_names(self) -> None:
        """Move the names of points to where they cover least."""
        for names in self.names:
            beside.place(self, names)

    def _along(self, axis: Axis, values: Any) -> list[float]:
        """Positions on an axis, which makes room for them."""
        first = next(iter(values), None) if hasattr(values, "__iter__") else values
        axis.dates = axis.dates or isinstance(first, dt.date)
        positions = numbers(values)
        axis.values += [v for v in positions if math.isfinite(v)]
        return positions

    def _added(self, mark: Any) -> Any:
        self.marks.append(mark)
        return mark

    def lines(self) -> Iterator[marks.Line]:
        """The lines on the panel."""
        return (m for m in self.marks if isinstance(m, marks.Line))

    def texts(self) -> Iterator[marks.Words]:
        """The texts on the panel, but for those whose place is not known."""
        return (m for m in self.marks if isinstance(m, marks.Words) and math.isfinite(m.x) and math.isfinite(m.y))


class ColourBar:
    """A scale of colours at the right of a panel."""

    def __init__(self, cells: areas.Cells, label: str) -> None:
        self.cells = cells
        self.yaxis = Axis(Scale())
        self.yaxis.scale.low, self.yaxis.scale.high = cells.limits
        self.yaxis.label = label


class _Spines:
    """The frame of a panel, all sides at once: ``ax.spines[:].set_visible(False)``."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel

    def __getitem__(self, _sides: Any) -> _Spines:
        return self

    def set_visible(self, visible: bool) -> None:
        self.panel.framed = visible


def _limit(scale: Scale, start: Any, end: Any) -> None:
    if isinstance(start, tuple | list):
        start, end = start
    low, high = (None if v is None or not math.isfinite(v) else float(v) for v in (start, end))
    if low is not None and high is not None and low > high:
        low, high, scale.inverted = high, low, True
    scale.low = scale.low if low is None else low
    scale.high = scale.high if high is None else high
