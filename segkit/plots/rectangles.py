"""Rectangles of given areas that fill a square: the layout of a treemap."""

from __future__ import annotations

from collections.abc import Sequence


def squares(areas: Sequence[float]) -> list[tuple[float, float, float, float]]:
    """Rectangles (x, y, width, height) of these areas, largest first, that fill the unit square and are nearly square.

    References
    ----------
    Bruls, Huizing & van Wijk (2000), Squarified Treemaps, doi:10.1007/978-3-7091-6783-0_4.

    Examples
    --------
    >>> squares([2, 1, 1])
    [(0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5)]
    """
    remaining = [a / sum(areas) for a in areas]
    x, y, width, height, rectangles = 0.0, 0.0, 1.0, 1.0, []
    while remaining:
        side = min(width, height)
        n = 1
        while n < len(remaining) and _worst(remaining[: n + 1], side) <= _worst(remaining[:n], side):
            n += 1
        row, remaining = remaining[:n], remaining[n:]
        depth, along = sum(row) / side, 0.0
        for area in row:
            length = area / depth
            rectangles.append((x, y + along, depth, length) if width >= height else (x + along, y, length, depth))
            along += length
        if width >= height:
            x, width = x + depth, width - depth
        else:
            y, height = y + depth, height - depth
    return rectangles


def _worst(row: Sequence[float], side: float) -> float:
    """How far the longest rectangle of a row is from a square."""
    total = sum(row) ** 2
    return max(side**2 * max(row) / total, total / (side**2 * min(row)))
