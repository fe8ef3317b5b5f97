"""Names beside points: each where it covers least, once the panel has its place; a thin line leads to one far off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from segkit.plots.canvas.axis import Frame
from segkit.plots.canvas.marks import Line, Words

_Box = Sequence[float]
"""Left, bottom, right and top, with up as up."""
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
_FAR = {6: 0, 13: 12, 21: 30, 32: 60}
"""Points that a name is away from its point, and what each counts, in square points that are covered."""
_DOT = 5
_STEP = 3.0
"""Points between the places of a line that a name should not lie on."""
_COVERED = 3
"""What a square point of a name or a point that is covered counts."""
_ON_LINE = 5
"""What such a place counts under a name."""
_NEARER = 120
"""What each other point counts that a name is nearer to, and each name that the line to it goes through."""
_ROUNDS = 6
LED = 13
"""Points from which on a line leads from the point to its name."""


def place(panel: Frame, names: Sequence[Words]) -> None:
    """Move names beside their points: not onto points, other names or the frame, and off lines where there is room.

    One after the other takes the place where it covers least, then all do so again, as the others stand now.
    """
    points = [(panel.x.place(name.x), -panel.y.place(name.y)) for name in names]
    dots: list[_Box] = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y in points]
    strokes = [at for line in panel.lines() if line.dash for at in _places(panel, line)]
    all_seats = [_seats(panel, name, points, i, dots, strokes) for i, name in enumerate(names)]
    taken: dict[int, _Seat] = {}
    for _ in range(_ROUNDS):
        former = dict(taken)
        for i, seats in enumerate(all_seats):
            others = [seat.box for n, seat in taken.items() if n != i]
            costs = [seat.cost + sum(_COVERED * _overlap(seat.box, box) + _NEARER * (
                seat.far >= LED and _apart(box, seat.middle) == 0) for box in others) for seat in seats]
            taken[i] = min(zip(map(round, costs), range(len(seats)), seats, strict=True))[2]
        if taken == former:
            break
    for i, seat in taken.items():
        (across, up), name = seat.side, names[i]
        name.away, name.led = (seat.far * across, seat.far * up), seat.far >= LED
        name.ha, name.va = ("right", "center", "left")[across + 1], ("top", "center", "bottom")[up + 1]


class _Seat(NamedTuple):
    """A place for a name: on which side and how far, what it counts whatever the other names do, and the middle of the
    line that leads there."""

    side: tuple[int, int]
    far: int
    box: _Box
    cost: float
    middle: tuple[float, float]


def _seats(panel: Frame, name: Words, points: Sequence[tuple[float, float]], own: int, dots: Sequence[_Box],
           strokes: Sequence[tuple[float, float]]) -> list[_Seat]:
    left, top, right, bottom = panel.box
    point, (x0, y0, x1, y1) = points[own], name.bounds(panel)
    size = (x1 - x0, y1 - y0)
    reach = max(_FAR) + max(size)
    near = [at for at in strokes if abs(at[0] - point[0]) <= reach and abs(at[1] - point[1]) <= reach]
    seats = []
    for far, cost in _FAR.items():
        for side in _SIDES:
            box = _beside(point, side, far, *size)
            covered = sum(_overlap(box, dot) for n, dot in enumerate(dots) if n != own)
            outside = size[0] * size[1] - _overlap(box, (left, -bottom, right, -top))
            crossed = sum(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y in near)
            away = _apart(box, point)
            nearer = sum(_apart(box, at) < away for n, at in enumerate(points) if n != own)
            middle = (point[0] + far * side[0] / 2, point[1] + far * side[1] / 2)
            counts = cost + outside + _COVERED * covered + _ON_LINE * crossed + _NEARER * nearer
            seats.append(_Seat(side, far, box, counts, middle))
    return seats


def _places(panel: Frame, line: Line) -> Iterator[tuple[float, float]]:
    """Places along a line, with up as up."""
    known = [(panel.x.place(x), -panel.y.place(y)) for x, y in zip(line.x, line.y, strict=True)
             if math.isfinite(x) and math.isfinite(y)]
    for (x, y), (to_x, to_y) in pairwise(known):
        n = max(1, math.ceil(math.hypot(to_x - x, to_y - y) / _STEP))
        yield from ((x + (to_x - x) * k / n, y + (to_y - y) * k / n) for k in range(n + 1))


def _beside(point: Sequence[float], side: tuple[int, int], far: float, width: float, height: float) -> _Box:
    """The box of a text on a side of a point, some points away."""
    left = point[0] + far * side[0] - width * (1 - side[0]) / 2
    bottom = point[1] + far * side[1] - height * (1 - side[1]) / 2
    return left, bottom, left + width, bottom + height


def _apart(box: _Box, point: Sequence[float]) -> float:
    """How far a point is from a box; 0 inside."""
    return math.hypot(max(box[0] - point[0], 0, point[0] - box[2]), max(box[1] - point[1], 0, point[1] - box[3]))


def _overlap(a: _Box, b: _Box) -> float:
    """The area that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
