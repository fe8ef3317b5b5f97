"""What fills a part of a panel: bars, stripes, bands and cells."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from segkit.plots.canvas import colours, svg, tooltip
from segkit.plots.canvas.axis import Frame
from segkit.plots.canvas.marks import Mark


@dataclass
class Bars(Mark):
    """Rectangles in the units of the axes: left, bottom, right, top."""

    boxes: Sequence[Sequence[float]] = ()
    faces: Sequence[str] = ()
    edge: str = "none"
    edge_width: float = 1
    alpha: float = 1
    across: bool = False

    def draw(self, panel: Frame) -> Iterator[str]:
        for i, (box, face) in enumerate(zip(self.boxes, self.faces, strict=True)):
            left, bottom, right, top = box
            if not all(map(math.isfinite, box)):
                continue
            point = (right - left, (bottom + top) / 2) if self.across else ((left + right) / 2, top - bottom)
            words = self.words[i] if self.words else tooltip.of(panel, *point, self.label)
            yield svg.element("rect", svg.filled(face, self.alpha, self.edge, self.edge_width), words,
                              **_rectangle(panel, box))

    def ends(self) -> list[tuple[float, float]]:
        """Where the bars end, for labels."""
        return [(b[2], (b[1] + b[3]) / 2) if self.across else ((b[0] + b[2]) / 2, b[3]) for b in self.boxes]

    def middles(self) -> list[tuple[float, float]]:
        """Where the middles of the bars are."""
        return [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in self.boxes]

    def sample(self, x: float, y: float) -> str:
        return svg.element("rect", svg.filled(self.faces[0], self.alpha), x=x, y=y - 3.5, width=20, height=7)


@dataclass
class Stripe(Mark):
    """A stripe across the whole panel between two heights."""

    low: float = 0
    high: float = 1
    colour: str = colours.GRID
    alpha: float = 1

    def draw(self, panel: Frame) -> Iterator[str]:
        left, _, right, _ = panel.box
        y = sorted((panel.y.place(self.low), panel.y.place(self.high)))
        yield svg.element("rect", svg.filled(self.colour, self.alpha), x=left, y=y[0], width=right - left,
                          height=y[1] - y[0])


@dataclass
class Band(Mark):
    """The area between two lines."""

    x: Sequence[float] = ()
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    colour: str = colours.INK
    alpha: float = 1

    def draw(self, panel: Frame) -> Iterator[str]:
        known = [(x, a, b) for x, a, b in zip(self.x, self.low, self.high, strict=True)
                 if math.isfinite(a) and math.isfinite(b)]
        around = [(x, b) for x, _, b in known] + [(x, a) for x, a, _ in reversed(known)]
        if around:
            yield svg.line([(panel.x.place(x), panel.y.place(y)) for x, y in around],
                           svg.filled(self.colour, self.alpha))


@dataclass
class Cells(Mark):
    """A table of numbers as shaded cells from `left`, `bottom` to `right`, `top`; what is not a number stays empty."""

    values: Any = None
    ramp: str = "blue"
    limits: tuple[float, float] = (0, 1)
    box: Sequence[float] = (0, 0, 1, 1)
    edge: str = "none"
    edge_width: float = 1
    cells: Any = None
    """What is told of each cell, as the values."""
    as_picture: bool = False

    def share(self, value: float) -> float:
        """How far along the ramp a value is."""
        low, high = self.limits
        return (value - low) / (high - low) if high > low else 0.0

    def draw(self, panel: Frame) -> Iterator[str]:
        if self.as_picture:
            where = _rectangle(panel, self.box)
            rows = [[colours.shade(self.ramp, self.share(v)) for v in row] for row in self.values[::-1]]
            yield (f'<image x="{svg.number(where["x"])}" y="{svg.number(where["y"])}" '
                   f'width="{svg.number(where["width"])}" height="{svg.number(where["height"])}" '
                   f'preserveAspectRatio="none" style="image-rendering:pixelated" href="{_png(rows)}"/>')
            return
        left, bottom, right, top = self.box
        wide, high = (right - left) / len(self.values[0]), (top - bottom) / len(self.values)
        for i, row in enumerate(self.values):
            for j, value in enumerate(row):
                if not math.isfinite(value):
                    continue
                x, y = left + j * wide, bottom + i * high
                middle = x + wide / 2, y + high / 2
                words = tooltip.cell(panel, *middle, self.cells[i][j]) if self.cells is not None else ""
                face = colours.hex_of(colours.shade(self.ramp, self.share(value)))
                yield svg.element("rect", svg.filled(face, 1, self.edge, self.edge_width), words,
                                  **_rectangle(panel, (x, y, x + wide, y + high)))


def _rectangle(panel: Frame, box: Sequence[float]) -> dict[str, float]:
    x = sorted((panel.x.place(box[0]), panel.x.place(box[2])))
    y = sorted((panel.y.place(box[1]), panel.y.place(box[3])))
    return {"x": x[0], "y": y[0], "width": x[1] - x[0], "height": y[1] - y[0]}


def _png(rows: Sequence[Sequence[tuple[float, float, float]]]) -> str:
    """Pixels as a picture that stands in the page."""
    raw = b"".join(b"\0" + bytes(round(255 * c) for pixel in row for c in pixel) for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b"")):
        png += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return "data:image/png;base64," + base64.b64encode(png).decode()
