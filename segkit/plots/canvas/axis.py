"""An axis of a panel: its limits, ticks and labels, and where a value lies."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Protocol

from segkit.plots.canvas import metrics
from segkit.words.formats import format_value

_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
SIZE = 9.5


class Scale:
    """What panels that share an axis have in common: limits, direction, and whether it is logarithmic."""

    def __init__(self) -> None:
        self.low: float | None = None
        self.high: float | None = None
        self.inverted = self.log = False
        self.margin = 0.05
        self.axes: list[Axis] = []

    def limits(self) -> tuple[float, float]:
        """The lowest and highest value shown: as set, otherwise what the marks need and a margin."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        values = [v for axis in self.axes for v in axis.values]
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        stuck = {v for axis in self.axes for v in axis.sticky}
        if low == high:
            low, high = low - 0.05 * (abs(low) or 1), high + 0.05 * (abs(high) or 1)
        forward, back = (math.log10, lambda v: 10**v) if self.log else (float, float)
        room = (forward(high) - forward(low)) * self.margin
        low = low if low in stuck else back(forward(low) - room)
        high = high if high in stuck else back(forward(high) + room)
        return low if self.low is None else self.low, high if self.high is None else self.high


class Frame(Protocol):
    """What marks know of the panel they stand on."""

    x: Axis
    y: Axis
    box: Sequence[float]
    title: str

    def lines(self) -> Iterator[Any]:
        """The lines on the panel."""


class Axis:
    """One side of a panel; the methods are those of matplotlib's axes."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        scale.axes.append(self)
        self.values: list[float] = []
        self.sticky: set[float] = set()
        self.places: list[float] | None = None
        self.words: list[str] | None = None
        self.size = SIZE
        self.label = ""
        self.shows_grid = self.shows_words = True
        self.whole = self.dates = False
        self.most: int | None = None
        self.start = self.end = 0.0
        self.first, self.last = 0.0, 1.0
        self.widened: tuple[float, float] | None = None
        self.unit = "decimal"
        self.format: Callable[[float, int], str] = lambda value, _position: format_value(value, self.unit)

    def set_major_formatter(self, formatter: Callable[[float, int], str]) -> None:
        """Write numbers by a function of the value and the position of the tick."""
        self.format = formatter

    def written(self, value: float) -> str:
        """A value as its tick would say it, with a digit more: its own label where it has one."""
        if self.dates:
            day = dt.date.fromordinal(int(value))
            return f"{day.month:02d}/{day.year}"
        for place, word in zip(self.places or (), self.words or (), strict=False):
            if abs(place - value) < 1e-9:
                return word.replace("\n", " ")
        if self.unit != "decimal":
            return self.format(value, 0)
        return format_value(value, "count" if float(value).is_integer() else "number")

    def limits(self) -> tuple[float, float]:
        """The values at the start (left or bottom) and the end."""
        low, high = self.widened or self.scale.limits()
        return (high, low) if self.scale.inverted else (low, high)

    def span(self, start: float, end: float) -> None:
        """Lie between two places of the picture, in points."""
        self.start, self.end, self.widened = start, end, None
        self.first, self.last = self.limits()

    def widen(self, size: float) -> None:
        """Show so many units around the middle."""
        middle = (self.first + self.last) / 2
        self.widened = (middle - size / 2, middle + size / 2)
        self.first, self.last = self.limits()

    def place(self, value: float) -> float:
        """Where a value lies in the picture, in points."""
        return self.start + self.share(value) * (self.end - self.start)

    def share(self, value: float) -> float:
        """How far along the axis a value is, from 0 to 1."""
        first, last = self.first, self.last
        if self.scale.log:
            first, last, value = math.log10(first), math.log10(last), math.log10(value)
        return (value - first) / (last - first)

    def ticks(self, length: float, across: bool) -> list[tuple[float, str]]:
        """Values with their words, as set or at round numbers.

        Parameters
        ----------
        length : points the axis is long.
        across : whether it is horizontal: then words stand side by side and must not touch.
        """
        if self.places is not None:
            words = self.words if self.words is not None else [self.format(p, i) for i, p in enumerate(self.places)]
            low, high = sorted(self.limits())
            slack = 1e-9 * (high - low)
            visible = [(p, w) for p, w in zip(self.places, words, strict=True) if low - slack <= p <= high + slack]
            return self._apart(visible, length) if across and all(w.isdigit() for w in words) else visible
        low, high = sorted(self.limits())
        most = self.most or min(9, max(1, int(length / (self.size * (3 if across else 2)))))
        while True:
            values = _round_numbers(low, high, most, self.whole or self.unit == "count")
            ticks = [(v, self.format(v, i)) for i, v in enumerate(values)]
            widest = max((metrics.width(word, self.size) for _, word in ticks), default=0.0)
            if not across or most <= 2 or len(ticks) < 2 or widest + 6 <= (
                    length * (ticks[1][0] - ticks[0][0]) / (high - low)):
                return ticks
            most -= 1

    def _apart(self, ticks: list[tuple[float, str]], length: float) -> list[tuple[float, str]]:
        """Every so many of the ticks that their words do not touch on an axis so many points long."""
        widest = max((metrics.width(word, self.size) for _, word in ticks), default=0.0)
        gap = min((abs(self.share(b) - self.share(a)) for (a, _), (b, _) in pairwise(ticks)), default=math.inf) * length
        return ticks[::max(1, math.ceil((widest + 2) / gap))] if gap > 0 else ticks


def _round_numbers(low: float, high: float, most: int, whole: bool) -> list[float]:
    """At least two multiples of a round step within the limits, where there are two; about `most` of them."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    steps = [s * power / 10 for s in _NICE] + [s * power for s in _NICE] + [20 * power]
    steps = [s for s in dict.fromkeys(steps) if not whole or s == int(s)] or [1.0]
    at = next((i for i, step in enumerate(steps) if step >= raw * (1 - 1e-10)), len(steps) - 1)
    for step in steps[at::-1]:
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first >= 1:
            break
    return [round(i * step, 12) for i in range(first, last + 1)]


def numbers(values: Any) -> list[float]:
    """Positions as floats; dates are days."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        values = [values]
    return [_number(v) for v in values]


def _number(value: Any) -> float:
    if hasattr(value, "toordinal"):
        return float(value.toordinal())
    return math.nan if value is None else float(value)


def spread(value: Any, n: int) -> list[Any]:
    """One value for each of `n` marks."""
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return [value] * n
    return list(value)
