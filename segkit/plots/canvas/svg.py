"""Elements of SVG: numbers with two decimals at most, texts that are only text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from segkit.plots.canvas import metrics
from segkit.plots.canvas.colours import GRID, INK, MUTED, PAPER

_IN_CSS = {"white": "#fff", **{colour: f"var(--{name},{colour})" for name, colour in (
    ("ink", INK), ("grid", GRID), ("muted", MUTED), ("paper", PAPER))}}


def number(value: float) -> str:
    """Two decimals at most.

    Examples
    --------
    >>> number(1.5), number(-0.001), number(12.0)
    ('1.5', '0', '12')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, style: str, words: str = "", **where: float | str) -> str:
    """An element with its place and its style; `words` are told under the pointer."""
    places = "".join(f' {k}="{v if isinstance(v, str) else number(v)}"' for k, v in where.items())
    styled = f' style="{style}"' if style else ""
    return f"<{name}{places}{styled}><title>{escape(words)}</title></{name}>" if words else f"<{name}{places}{styled}/>"


def filled(colour: str, alpha: float = 1, edge: str = "none", edge_width: float = 0) -> str:
    """The style of an area."""
    style = f"fill:{_IN_CSS.get(colour, colour)}"
    if alpha < 1:
        style += f";opacity:{number(alpha)}"
    if edge != "none" and edge_width:
        style += f";stroke:{_IN_CSS.get(edge, edge)};stroke-width:{number(edge_width)}"
    return style


def stroked(colour: str, width: float, dash: str = "-", alpha: float = 1, cap: str = "") -> str:
    """The style of a line."""
    style = f"fill:none;stroke:{_IN_CSS.get(colour, colour)};stroke-width:{number(width)}"
    pattern = {"--": (3.7, 1.6), ":": (1, 1.65)}.get(dash)
    if pattern:
        style += ";stroke-dasharray:" + ",".join(number(p * width) for p in pattern)
    if alpha < 1:
        style += f";opacity:{number(alpha)}"
    return style + (f";stroke-linecap:{cap}" if cap else "")


def line(points: Iterable[tuple[float, float]], style: str) -> str:
    """A line through points."""
    return element("path", style, d=path(points))


def path(points: Iterable[tuple[float, float]]) -> str:
    """From point to point, as `d` of a path."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


_SHAPES = {
    "s": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)), "D": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    "^": ((0, -1), (1, 1), (-1, 1)),
    "X": ((-1, -0.5), (-0.5, -1), (0, -0.5), (0.5, -1), (1, -0.5), (0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5), (-0.5, 1),
          (-1, 0.5), (-0.5, 0)),
}


def marker(shape: str, x: float, y: float, size: float, style: str, words: str = "") -> str:
    """A mark of a size in points, by the letters of matplotlib: o, s, D, ^ and X."""
    if shape == "o":
        return element("circle", style, words, cx=x, cy=y, r=size / 2)
    corners = [(x + dx * size / 2, y + dy * size / 2) for dx, dy in _SHAPES[shape]]
    return element("path", style, words, d=path(corners) + "Z")


def text(words: str, x: float, y: float, size: float, colour: str, ha: str = "left", va: str = "baseline",
         bold: bool = False, turned: bool = False) -> str:
    """A text, a line an element, by the alignments of matplotlib; turned texts are read from bottom to top."""
    lines = words.split("\n")
    step, high = metrics.LINE * size, metrics.CAPITAL * size
    below = step * (len(lines) - 1)
    down = {"top": high, "center": (high - below) / 2, "baseline": -below, "bottom": -below - 0.24 * size}[va]
    anchor = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}[ha]
    style = "" if colour == INK else f' style="fill:{_IN_CSS.get(colour, colour)}"'
    if turned:
        anchor += f' transform="rotate(-90 {number(x)} {number(y)})"'
    weight = ' font-weight="bold"' if bold else ""
    return "".join(f'<text x="{number(x)}" y="{number(y + down + i * step)}" font-size="{number(size)}"{anchor}{weight}'
                   f'{style}>{escape(part)}</text>' for i, part in enumerate(lines) if part.strip())


def text_box(words: str, x: float, y: float, size: float, ha: str = "left", va: str = "baseline",
             bold: bool = False) -> Sequence[float]:
    """Left, top, right and bottom of a text."""
    wide, high = metrics.width(words, size, bold), metrics.height(words, size)
    left = x - wide * {"left": 0, "center": 0.5, "right": 1}[ha]
    top = y - {"top": 0, "center": high / 2 - 0.12 * size, "baseline": high - 0.24 * size, "bottom": high}[va]
    return left, top, left + wide, top + high
