"""Colours of numbers: ramps from light to dark, and around a middle."""

from __future__ import annotations

import functools

INK = "#1f2933"
MUTED = "#7f8b98"
GRID = "#d9dee4"
PAPER = "#fefefe"
"""These four follow the colours of the page, light or dark."""

RAMPS = {
    "blue": ("#f4f8fc", "#cfe1f1", "#9cc6e3", "#5ba3d0", "#2079b8", "#0a5291", "#08306b"),
    "around": ("#4b2d83", "#8073ac", "#c4bfdd", "#f6f6f6", "#fbcd8e", "#dd8420", "#7f3b08"),
    "dusk": ("#0a2351", "#31446b", "#575c6d", "#7c7b78", "#a69d75", "#d3c164", "#fdea45"),
}
"""Colours at equal steps from 0 to 1: the more, the darker; violet below and orange above the middle; the more, the
lighter. All keep their order for colour-blind readers."""


def shade(ramp: str, share: float) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 1 at a share of the way along a ramp, which is kept within 0 and 1.

    Examples
    --------
    >>> tuple(round(c, 2) for c in shade("blue", 1)), hex_of(shade("blue", 0))
    ((0.03, 0.19, 0.42), '#f4f8fc')
    """
    colours = _anchors(ramp)
    place = min(max(share, 0.0), 1.0) * (len(colours) - 1)
    at = min(int(place), len(colours) - 2)
    (red, green, blue), (to_red, to_green, to_blue), fraction = colours[at], colours[at + 1], place - at
    return red + (to_red - red) * fraction, green + (to_green - green) * fraction, blue + (to_blue - blue) * fraction


@functools.cache
def _anchors(ramp: str) -> list[tuple[float, ...]]:
    return [tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)) for colour in RAMPS[ramp]]


def luminance(rgb: tuple[float, float, float]) -> float:
    """How light a colour is, from 0 to 1, as WCAG 2 reckons contrast; black and white read alike well on 0.179."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def hex_of(rgb: tuple[float, float, float]) -> str:
    """A colour as CSS writes it."""
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb)
