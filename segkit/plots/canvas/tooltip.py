"""What the marks of a panel tell under the pointer: their values, with the words of the axes."""

from __future__ import annotations

import math
from typing import Any

from segkit.plots.canvas.axis import Axis, Frame


def of(panel: Frame, x: float, y: float, label: str = "") -> str:
    """The values of a mark; a category is told by its word alone, and first."""
    x_word, y_word = _category(panel.x, x), _category(panel.y, y)
    if y_word and not x_word:
        return _lines(y_word, _value(panel, panel.x, x, label))
    return _lines(x_word or _value(panel, panel.x, x), _value(panel, panel.y, y, label))


def at(panel: Frame, x: float, y: float, line: Any) -> str:
    """The values of all named lines at one place, so that it does not matter which of them is pointed at."""
    lines = [m for m in panel.lines() if m.words is None and (m.label or m is line)]
    points = [(m.label, m.y[m.x.index(x)]) for m in lines if x in m.x] if len(lines) > 1 else []
    points = [(label, value) for label, value in points if math.isfinite(value)]
    if len(points) < 2 or _category(panel.y, y):
        return of(panel, x, y, line.label)
    values = (f"{label}: {panel.y.written(v)}" if label else panel.y.written(v) for label, v in points)
    return _lines(_category(panel.x, x) or _value(panel, panel.x, x), _named(panel, panel.y), *values)


def cell(panel: Frame, x: float, y: float, words: str) -> str:
    """The row, the column and what a cell holds."""
    lines = [f"{axis.label.replace(chr(10), ' ')}: {word}" if axis.label else word for axis, word in (
        (panel.y, _category(panel.y, y)), (panel.x, _category(panel.x, x))) if word]
    return _lines(*lines, ", ".join(words.split("\n"))) if words else ""


def is_alone(panel: Frame, line: Any) -> bool:
    """Whether a line is the panel's first, and none has a name."""
    return not any(m.dash and m.label for m in panel.lines()) and line is next(panel.lines())


def _lines(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def _value(panel: Frame, axis: Axis, value: float, label: str = "") -> str:
    """A value with what it is: the names of the axis and of the series; "" on an axis without any tick."""
    if axis.places == []:
        return ""
    name = ", ".join(dict.fromkeys(filter(None, (_named(panel, axis), label))))
    return f"{name}: {axis.written(value)}" if name else axis.written(value)


def _named(panel: Frame, axis: Axis) -> str:
    """What an axis is: by its own name, that of the panels it is shared with, or the panel's."""
    label = next((other.label for other in (axis, *axis.scale.axes) if other.label), "")
    return (label or (panel.title if axis is panel.y else "")).replace("\n", " ")


def _category(axis: Axis, value: float) -> str:
    """The word of the nearest tick, where the ticks are one apart and have words of their own."""
    if not axis.words or not axis.places or axis.dates or any(
            abs((p - axis.places[0]) - round(p - axis.places[0])) > 1e-9 for p in axis.places):
        return ""
    place, word = min(zip(axis.places, axis.words, strict=True), key=lambda tick: abs(tick[0] - value))
    return word.replace("\n", " ") if abs(place - value) < 0.5 else ""
