"""What stands on a panel: lines, bars, dots, areas and texts, each with what it tells under the pointer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from segkit.plots.canvas import colours, svg, tooltip
from segkit.plots.canvas.axis import Frame

_MANY = 150
_FLAT = 0.1
_OFF = 5
"""Points from a place to where the line to its name starts."""


@dataclass
class Mark:
    """Something drawn; `order` is what lies behind what, as matplotlib's zorder."""

    order: float = 2
    label: str = ""
    words: Sequence[str] | None = field(default=None, kw_only=True)
    """What each part tells under the pointer, where that is more than its place."""

    def draw(self, panel: Frame) -> Iterator[str]:
        """Its SVG elements."""
        raise NotImplementedError

    def sample(self, x: float, y: float) -> str:
        """Itself in a legend: 20 points wide from (x, y), the middle of the line."""
        raise NotImplementedError


@dataclass
class Line(Mark):
    """A line through points, with a marker on each where a shape is named."""

    x: Sequence[float] = ()
    y: Sequence[float] = ()
    colour: str = colours.INK
    width: float = 1.5
    dash: str = "-"
    alpha: float = 1
    cap: str = ""
    shape: str = ""
    size: float = 6
    face: str = ""

    def draw(self, panel: Frame) -> Iterator[str]:
        points = [(panel.x.place(x), panel.y.place(y)) if math.isfinite(x) and math.isfinite(y) else None
                  for x, y in zip(self.x, self.y, strict=True)]
        if self.dash and len(points) > 1:
            for part in _runs(points):
                yield svg.line(_thinned(part), self._style())
        tells = (self.shape or self.label or tooltip.is_alone(panel, self)) and len(points) <= _MANY and self.alpha == 1
        known = sorted(p[0] for p in points if p)
        reach = min([5.0, *(max(1.0, (b - a) / 2) for a, b in pairwise(known) if b > a)])
        for i, (point, x, y) in enumerate(zip(points, self.x, self.y, strict=True)):
            if point is None or not (self.shape or tells):
                continue
            words = (self.words[i] if self.words else tooltip.at(panel, x, y, self)) if tells else ""
            if self.shape:
                yield svg.marker(self.shape, *point, self.size, self._face(), words)
            else:
                yield svg.element("circle", "fill:transparent", words, cx=point[0], cy=point[1], r=reach)

    def sample(self, x: float, y: float) -> str:
        line = svg.line([(x, y), (x + 20, y)], self._style()) if self.dash else ""
        return line + (svg.marker(self.shape, x + 10, y, self.size, self._face()) if self.shape else "")

    def _style(self) -> str:
        return svg.stroked(self.colour, self.width, self.dash, self.alpha, self.cap)

    def _face(self) -> str:
        hollow = self.face == "none"
        return svg.filled("transparent" if hollow else self.colour, self.alpha, self.colour if hollow else "none", 1.2)


@dataclass
class Dots(Mark):
    """Dots with an area (in square points), a colour and an edge each."""

    x: Sequence[float] = ()
    y: Sequence[float] = ()
    sizes: Sequence[float] = ()
    faces: Sequence[str] = ()
    edges: Sequence[str] = ()
    alphas: Sequence[float] = ()
    shape: str = "o"

    def draw(self, panel: Frame) -> Iterator[str]:
        parts = zip(self.x, self.y, self.sizes, self.faces, self.edges, self.alphas, strict=False)
        for i, (x, y, size, face, edge, alpha) in enumerate(parts):  # without dots there is a colour for the legend
            if math.isfinite(x) and math.isfinite(y):
                words = self.words[i] if self.words else tooltip.of(panel, x, y, self.label)
                yield svg.marker(self.shape, panel.x.place(x), panel.y.place(y), math.sqrt(size),
                                 svg.filled(face, alpha, edge, 1), words)

    def sample(self, x: float, y: float) -> str:
        return svg.marker(self.shape, x + 10, y, 9, svg.filled(self.faces[0] if self.faces else self.edges[0], 1,
                                                               self.edges[0] if self.edges else "none", 1))


@dataclass
class Segments(Mark):
    """Straight pieces in the units of the axes: from x and y to x and y."""

    pieces: Sequence[Sequence[float]] = ()
    colour: str = colours.INK
    width: float = 1.5
    dash: str = "-"

    def draw(self, panel: Frame) -> Iterator[str]:
        parts = [svg.path([(panel.x.place(a), panel.y.place(b)), (panel.x.place(c), panel.y.place(d))])
                 for a, b, c, d in self.pieces if all(map(math.isfinite, (a, b, c, d)))]
        if parts:
            yield svg.element("path", svg.stroked(self.colour, self.width, self.dash), d="".join(parts))


@dataclass
class Rule(Mark):
    """A line across the whole panel at a value of one axis."""

    at: float = 0
    upright: bool = False
    colour: str = colours.INK
    width: float = 1.5
    dash: str = "-"

    def draw(self, panel: Frame) -> Iterator[str]:
        left, top, right, bottom = panel.box
        if not math.isfinite(self.at):
            return
        if self.upright:
            x = panel.x.place(self.at)
            points = [(x, bottom), (x, top)]
        else:
            y = panel.y.place(self.at)
            points = [(left, y), (right, y)]
        yield svg.line(points, svg.stroked(self.colour, self.width, self.dash))


@dataclass
class Words(Mark):
    """A text at a place: in units of the axes, or in shares of the panel where an axis is named in `of_panel`."""

    text: str = ""
    x: float = 0
    y: float = 0
    away: tuple[float, float] = (0, 0)
    of_panel: str = ""
    colour: str = colours.INK
    size: float = 9.5
    ha: str = "left"
    va: str = "baseline"
    bold: bool = False
    in_layout: bool = True
    order: float = 3
    led: bool = False
    """Whether a thin line leads from the place to the text, which is `away` from it."""

    def where(self, panel: Frame) -> tuple[float, float]:
        """Its place in the picture, in points."""
        left, top, right, bottom = panel.box
        x = left + self.x * (right - left) if "x" in self.of_panel else panel.x.place(self.x)
        y = bottom + self.y * (top - bottom) if "y" in self.of_panel else panel.y.place(self.y)
        return x + self.away[0], y - self.away[1]

    def bounds(self, panel: Frame) -> Sequence[float]:
        """Left, top, right and bottom in the picture."""
        return svg.text_box(self.text, *self.where(panel), self.size, self.ha, self.va, self.bold)

    def draw(self, panel: Frame) -> Iterator[str]:
        x, y = self.where(panel)
        if self.led:
            far = math.hypot(*self.away)
            across, down = self.away[0] / far, -self.away[1] / far
            start = (x - (far - _OFF) * across, y - (far - _OFF) * down)
            yield svg.line([start, (x - across, y - down)], svg.stroked(colours.MUTED, 0.7))
        yield svg.text(self.text, x, y, self.size, self.colour, self.ha, self.va, self.bold)


def _runs(points: Sequence[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    """The parts of a line between missing points."""
    part: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            part.append(point)
        elif part:
            yield part
            part = []


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A line through fewer points that is nowhere a tenth of a point away (Douglas and Peucker)."""
    if len(points) <= _MANY:
        return points
    keep, open_parts = {0, len(points) - 1}, [(0, len(points) - 1)]
    while open_parts:
        start, end = open_parts.pop()
        (x, y), (to_x, to_y) = points[start], points[end]
        length = math.hypot(to_x - x, to_y - y) or 1.0
        far, at = 0.0, start
        for i in range(start + 1, end):
            off = abs((to_x - x) * (y - points[i][1]) - (x - points[i][0]) * (to_y - y)) / length
            if off > far:
                far, at = off, i
        if far > _FLAT:
            keep.add(at)
            open_parts += [(start, at), (at, end)]
    return [points[i] for i in sorted(keep)]
