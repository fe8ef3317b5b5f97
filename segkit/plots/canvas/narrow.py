"""A picture for a phone: panels below each other, long names on several lines; none where that could not be read."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from segkit.plots.canvas import metrics
from segkit.plots.canvas.panel import Panel
from segkit.plots.canvas.picture import GAP, PAD, Picture, fitted

NAMES = 0.38
"""Share of the width that names beside a panel take at most: longer ones go on in the next line."""
LEAST = 0.35
"""Share of the width that a panel needs, or the picture is not made narrow."""
PIXELS, LETTERS = 312, 12
"""Pixels that a figure has at the top of a page on a phone, and of its smallest letters."""
LONGEST = 60_000
"""Letters of a picture from which on a page does not hold it twice."""
_SIZES = re.compile(r'font-size="([\d.]+)"')
_TOUCH = 1.5
"""Points by which texts may lie over each other in both directions."""


def key(code: str) -> str:
    """Where the narrow picture of a language stands among the pictures of a figure."""
    return f"{code}-narrow"


def svg(picture: Picture, wide: str) -> str:
    """A picture for a phone whose smallest letters can be read without scrolling; "" where there is none.

    Parameters
    ----------
    picture : a picture; it is not changed.
    wide : the same as SVG.
    """
    letters = [float(size) for size in _SIZES.findall(wide)]
    if not letters or len(wide) > LONGEST:
        return ""
    made = narrowed(picture, PIXELS * min(letters) / LETTERS)
    return made.svg() if made else ""


def narrowed(picture: Picture, width: float) -> Picture | None:
    """A picture that is so many points wide; None where panels would be too small, or texts lie over each other.

    Letters keep their size. Panels in two columns stand in one, each as high as it was.

    Examples
    --------
    >>> wide = Picture((4.9, 2))
    >>> _ = wide.add_subplot().plot([0, 1], [2, 3])
    >>> narrowed(wide, 230).width, wide.width
    (230, 352.8)
    """
    if width >= picture.width:
        return None
    picture.settle()
    former = _covered(picture)
    made = copy.deepcopy(picture)
    made.width = width
    for legend in made.legends:
        legend.arrange(width - 2 * PAD)
    _below_each_other(made)
    visible = [p for p in made.panels if p.visible]
    for panel in visible:
        if panel.y.words and panel.y.shows_words:
            panel.y.words = [fitted(word, NAMES * width) for word in panel.y.words]
        if panel.equal and len(visible) == 1:
            made.height = min(made.height, 1.1 * width)
    made.settle()
    if lacking := sum(map(_lacking, visible)):
        made.height += lacking
        made.settle()
    legends = [legend.width for legend in made.legends] + [
        PAD + GAP + metrics.width(word, p.legend_size) + 26 for p in visible if p.legend_size
        for word in p.get_legend_handles_labels()[1]]
    inside = all(box[0] >= -_TOUCH and box[2] <= width + _TOUCH for box in _texts(made))
    large = all(p.box[2] - p.box[0] >= LEAST * width for p in visible)
    return made if large and inside and max(legends, default=0.0) <= width and _covered(made) <= former else None


def _below_each_other(picture: Picture) -> None:
    """Put the panels of several columns into one; an axis that all share keeps its words at the bottom alone."""
    rows, columns = picture.grid
    visible = [p for p in picture.panels if p.visible]
    if columns == 1 or not visible:
        return
    head = sum(legend.height + PAD for legend in picture.legends)
    picture.height = head + (picture.height - head) * len(visible) / rows
    shares_x = any(not p.x.shows_words for p in visible) or len({id(p.x.scale) for p in visible}) == 1
    first = {p.row: p for p in reversed(visible)}
    for n, panel in enumerate(visible):
        left = first[panel.row]
        if not panel.y.shows_words:
            panel.y.shows_words, panel.y.size, panel.y.format = True, left.y.size, left.y.format
            panel.y.places, panel.y.words, panel.y.unit = left.y.places, left.y.words, left.y.unit
            panel.y.label = panel.y.label or left.y.label
        if shares_x:
            is_last = n == len(visible) - 1
            panel.x.shows_words = is_last
            panel.x.label = panel.x.label if is_last else ""
    for n, panel in enumerate(visible):
        panel.row, panel.column = n, 0
    picture.panels, picture.grid = visible, (len(visible), 1)


def _lacking(panel: Panel) -> float:
    """By how many points a panel is too low for names of several lines to stand one below the other."""
    if not panel.y.shows_words or not any("\n" in str(word) for word in panel.y.words or ()):
        return 0.0
    high = panel.box[3] - panel.box[1]
    ticks = sorted((panel.y.place(value), metrics.height(word, panel.y.size))
                   for value, word in panel.y.ticks(high, False))
    room = [(b - a) / ((upper + lower) / 2 + 3 * _TOUCH) for (a, upper), (b, lower) in pairwise(ticks) if b > a]
    return high * max(1 / min(room, default=1.0) - 1, 0.0)


def _covered(picture: Picture) -> int:
    """How many pairs of texts lie over each other."""
    boxes = sorted(map(tuple, _texts(picture)))
    n = 0
    for i, a in enumerate(boxes):
        for b in boxes[i + 1:]:
            if b[0] >= a[2] - _TOUCH:
                break
            n += min(a[3], b[3]) - max(a[1], b[1]) > _TOUCH
    return n


def _texts(picture: Picture) -> Iterator[Sequence[float]]:
    """Left, top, right and bottom of the texts on panels and of the words of their ticks."""
    for panel in (p for p in picture.panels if p.visible):
        yield from (text.bounds(panel) for text in panel.texts() if text.text)
        yield from _ticks(panel)
        if panel.title:
            left, top = panel.box[:2]
            yield left, top - GAP - metrics.height(panel.title, 10), left + metrics.width(panel.title, 10), top - GAP


def _ticks(panel: Panel) -> Iterator[Sequence[float]]:
    left, top, right, bottom = panel.box
    for axis, length, across in ((panel.x, right - left, True), (panel.y, bottom - top, False)):
        if not axis.shows_words:
            continue
        for value, word in axis.ticks(length, across):
            at, wide, high = axis.place(value), metrics.width(word, axis.size), metrics.height(word, axis.size)
            if across:
                yield at - wide / 2, bottom + GAP, at + wide / 2, bottom + GAP + high
            else:
                yield left - GAP - wide, at - high / 2, left - GAP, at + high / 2
