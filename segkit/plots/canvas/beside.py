"""Names beside points: each on the side where it covers least, once the panel has its place."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.plots.canvas.axis import Frame
from segkit.plots.canvas.marks import Words

_Box = Sequence[float]
"""Left, bottom, right and top, with up as up."""
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
_FAR = (6, 13, 21)
_DOT = 5


def place(panel: Frame, names: Sequence[Words]) -> None:
    """Move names beside their points: not onto points, other names or the frame."""
    left, top, right, bottom = panel.box
    frame = (left, -bottom, right, -top)
    points = [(panel.x.place(name.x), -panel.y.place(name.y)) for name in names]
    boxes: list[_Box] = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in points]
    for i, (name, point) in enumerate(zip(names, points, strict=True)):
        x0, y0, x1, y1 = name.bounds(panel)
        size = (x1 - x0, y1 - y0)
        tried: list[tuple[int, int, tuple[int, int], int]] = []
        for far in _FAR:
            for side in _SIDES:
                box = _beside(point, side, far, *size)
                covered = sum(_overlap(box, other) for n, other in enumerate(boxes) if n != i)
                outside = size[0] * size[1] - _overlap(box, frame)
                tried.append((round(covered + outside), len(tried), side, far))
        _, _, side, far = min(tried)
        name.away = (far * side[0], far * side[1])
        name.ha, name.va = ("right", "center", "left")[side[0] + 1], ("top", "center", "bottom")[side[1] + 1]
        boxes.append(_beside(point, side, far, *size))


def _beside(point: Sequence[float], side: tuple[int, int], far: float, width: float, height: float) -> _Box:
    """The box of a text on a side of a point, some points away."""
    left = point[0] + far * side[0] - width * (1 - side[0]) / 2
    bottom = point[1] + far * side[1] - height * (1 - side[1]) / 2
    return left, bottom, left + width, bottom + height


def _overlap(a: _Box, b: _Box) -> float:
    """The area that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
