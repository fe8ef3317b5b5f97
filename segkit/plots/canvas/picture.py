"""A figure as data: panels in a grid, legends above them, room for every label; written as SVG.

`segkit.plots.on_matplotlib` is the other writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from segkit.plots.canvas import colours, marks, metrics, svg
from segkit.plots.canvas.axis import SIZE, Scale
from segkit.plots.canvas.panel import Panel

PAD = 3.0
"""Points left free at the edges, and on both sides between panels."""
GAP = 5.0
_TITLE = 10.0
BAR = 11.0
_OVER = 4.0
_TRIES = 6


class Picture:
    """Panels, and legends above them.

    Parameters
    ----------
    figsize : width and height in inches.
    """

    def __init__(self, figsize: tuple[float, float]) -> None:
        self.width, self.height = (72 * side for side in figsize)
        self.panels: list[Panel] = []
        self.legends: list[_Legend] = []
        self.grid = (1, 1)

    def add_subplot(self) -> Panel:
        """The only panel."""
        return self.subplots(1, 1)[0, 0]

    def subplots(self, rows: int, columns: int, *, sharex: bool = False, sharey: bool = False) -> Any:
        """Panels in a grid; where an axis is shared only the outer panels have its words."""
        self.grid = (rows, columns)
        x, y = Scale(), Scale()
        panels = np.empty((rows, columns), dtype=object)
        for row in range(rows):
            for column in range(columns):
                panel = Panel(self, row, column, x if sharex else Scale(), y if sharey else Scale())
                panel.x.shows_words = not sharex or row == rows - 1
                panel.y.shows_words = not sharey or column == 0
                panels[row, column] = panel
                self.panels.append(panel)
        return panels

    def legend(self, handles: Sequence[marks.Mark], labels: Sequence[str] = (), *, ncols: int = 4, fontsize: float = 9,
               reverse: bool = False) -> None:
        """What marks mean, above the panels: as many side by side as are wished and have room."""
        entries = list(zip(handles, labels or [h.label for h in handles], strict=True))
        if entries:
            self.legends.append(_Legend(entries[::-1] if reverse else entries, ncols, fontsize, self.width - 2 * PAD))

    def settle(self) -> None:
        """Give every panel its place; its labels, texts and the legends then lie within the picture."""
        visible = [p for p in self.panels if p.visible]
        rows, columns = self.grid
        head = sum(legend.height + PAD for legend in self.legends)
        beyond = 0.0
        for panel in visible:
            panel.box = (40, head, self.width / columns, self.height / rows)
            panel.x.span(0, 1)
        for _ in range(_TRIES):
            edge, between = self._rooms(visible)
            across, down = between["left"] + between["right"] + 2 * PAD, between["bottom"] + between["top"] + 2 * PAD
            left, right = edge["left"] + PAD, max(edge["right"], beyond) + PAD
            top, bottom = edge["top"] + PAD + head, edge["bottom"] + PAD
            wide = max(1.0, (self.width - left - right - across * (columns - 1)) / columns)
            high = max(1.0, (self.height - top - bottom - down * (rows - 1)) / rows)
            former = [p.box for p in visible]
            for panel in visible:
                x, y = left + panel.column * (wide + across), top + panel.row * (high + down)
                panel.lie(x, y, x + wide, y + high)
            over = max((text.bounds(p)[2] for p in visible for text in p.texts() if text.in_layout and text.text),
                       default=0.0) - (self.width - PAD)
            if over > 0.5:
                beyond = right - PAD + over
            elif all(abs(a - b) < 0.5 for p, old in zip(visible, former, strict=True)
                     for a, b in zip(p.box, old, strict=True)):
                break
        for panel in visible:
            panel.place_names()

    def _rooms(self, shown: Sequence[Panel]) -> tuple[dict[str, float], dict[str, float]]:
        """What stands around the panels: at the edges of the picture, and between them."""
        rows, columns = self.grid
        edge = dict.fromkeys(("left", "right", "bottom", "top"), 0.0)
        between = dict.fromkeys(edge, 0.0)
        for panel in shown:
            outermost = (panel.column == 0, panel.column == columns - 1, panel.row == rows - 1, panel.row == 0)
            for side, room, outer in zip(edge, self._around(panel), outermost, strict=True):
                kind = edge if outer else between
                kind[side] = max(kind[side], room)
        return edge, between

    def _around(self, panel: Panel) -> tuple[float, float, float, float]:
        """Points that labels take at the left, right, bottom and top of a panel."""
        left, top, right, bottom = panel.box
        wide, high = right - left, bottom - top
        x_ticks, y_ticks = panel.x.ticks(wide, True), panel.y.ticks(high, False)
        side, low, before, after = 0.0, 0.0, 0.0, 0.0
        if panel.y.shows_words and y_ticks:
            side = max(metrics.width(w, panel.y.size) for _, w in y_ticks) + GAP
        if panel.x.shows_words and x_ticks:
            low = max(metrics.height(w, panel.x.size) for _, w in x_ticks) + GAP
            for value, word in x_ticks:
                half, share = metrics.width(word, panel.x.size) / 2, panel.x.share(value)
                before, after = max(before, half - share * wide), max(after, half - (1 - share) * wide)
        if panel.y.label:
            side += metrics.height(fitted(panel.y.label, self.height - 2 * PAD)) + GAP
        if panel.x.label:
            low += metrics.height(fitted(panel.x.label, self.width - 2 * PAD)) + GAP
        if panel.colour_bar:
            marked = panel.colour_bar.yaxis.ticks(high, False)
            after = max(after, 2 * GAP + BAR + max(metrics.width(w) for _, w in marked) + GAP)
            after += metrics.height(panel.colour_bar.yaxis.label) + GAP if panel.colour_bar.yaxis.label else 0
        return max(side, before), after, low, (metrics.height(panel.title, _TITLE) + GAP if panel.title else GAP)

    def svg(self) -> str:
        """The picture, the same bytes for the same marks."""
        self.settle()
        parts = [part for i, panel in enumerate(self.panels) if panel.visible for part in self._panel(panel, f"c{i}")]
        top = PAD
        for legend in self.legends:
            parts += legend.draw(PAD, top)
            top += legend.height + PAD
        size = f'width="{svg.number(self.width)}pt" height="{svg.number(self.height)}pt"'
        return (f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {svg.number(self.width)} '
                f'{svg.number(self.height)}" font-family="DejaVu Sans, Verdana, sans-serif">\n' + "\n".join(
                    p for p in parts if p) + "\n</svg>\n")

    def _panel(self, panel: Panel, name: str) -> Iterator[str]:
        left, top, right, bottom = panel.box
        x_ticks, y_ticks = panel.x.ticks(right - left, True), panel.y.ticks(bottom - top, False)
        across = [panel.x.place(v) for v, _ in x_ticks] if panel.x.shows_grid else []
        up = [panel.y.place(v) for v, _ in y_ticks] if panel.y.shows_grid else []
        lines = [[(at, bottom), (at, top)] for at in across] + [[(left, at), (right, at)] for at in up]
        if lines:
            yield svg.element("path", svg.stroked(colours.GRID, 0.7), d="".join(map(svg.path, lines)))
        if panel.framed:
            yield svg.line([(left, top), (left, bottom), (right, bottom)], svg.stroked(colours.GRID, 0.8))
        yield (f'<clipPath id="{name}"><rect x="{svg.number(left - _OVER)}" y="{svg.number(top - _OVER)}" '
               f'width="{svg.number(right - left + 2 * _OVER)}" height="{svg.number(bottom - top + 2 * _OVER)}"/>'
               f'</clipPath>')
        behind = sorted(panel.marks, key=lambda m: m.order)
        drawn = [part for m in behind if not isinstance(m, marks.Words) for part in m.draw(panel)]
        yield f'<g clip-path="url(#{name})">' + "\n".join(drawn) + "</g>"
        for text in sorted(panel.texts(), key=lambda m: m.order):
            if text.text:
                yield from text.draw(panel)
        yield from self._words(panel, x_ticks, y_ticks)
        if panel.legend_size:
            legend = _Legend(list(zip(*panel.get_legend_handles_labels(), strict=True)), 1, panel.legend_size,
                             right - left)
            yield from legend.draw(left + GAP, bottom - legend.height - GAP)
        if panel.colour_bar:
            yield from self._bar(panel)

    def _words(self, panel: Panel, x_ticks: Sequence[tuple[float, str]],
               y_ticks: Sequence[tuple[float, str]]) -> Iterator[str]:
        """What is written around a panel."""
        left, top, right, bottom = panel.box
        ink = colours.INK
        low, side = bottom, left
        if panel.x.shows_words and x_ticks:
            for value, word in x_ticks:
                yield svg.text(word, panel.x.place(value), bottom + GAP, panel.x.size, ink, "center", "top")
            low += max(metrics.height(w, panel.x.size) for _, w in x_ticks) + GAP
        if panel.y.shows_words and y_ticks:
            for value, word in y_ticks:
                yield svg.text(word, left - GAP, panel.y.place(value), panel.y.size, ink, "right", "center")
            side -= max(metrics.width(w, panel.y.size) for _, w in y_ticks) + GAP
        if panel.x.label:
            label = fitted(panel.x.label, self.width - 2 * PAD)
            half = metrics.width(label) / 2
            middle = min(max((left + right) / 2, PAD + half), self.width - PAD - half)
            yield svg.text(label, middle, low + GAP, SIZE, ink, "center", "top")
        if panel.y.label:
            label = fitted(panel.y.label, self.height - 2 * PAD)
            half = metrics.width(label) / 2
            middle = min(max((top + bottom) / 2, PAD + half), max(self.height - PAD - half, PAD + half))
            yield svg.text(label, side - GAP, middle, SIZE, ink, "center", "bottom", turned=True)
        if panel.title:
            yield svg.text(panel.title, left, top - GAP, _TITLE, ink)

    def _bar(self, panel: Panel) -> Iterator[str]:
        _, top, right, bottom = panel.box
        bar, x = panel.colour_bar, right + 2 * GAP
        assert bar is not None
        steps = 48
        for i in range(steps):
            face = colours.hex_of(colours.shade(bar.cells.ramp, (i + 0.5) / steps))
            high = (bottom - top) / steps
            yield svg.element("rect", svg.filled(face), x=x, y=bottom - (i + 1) * high, width=BAR, height=high + 0.3)
        bar.yaxis.span(bottom, top)
        ticks = bar.yaxis.ticks(bottom - top, False)
        for value, word in ticks:
            yield svg.text(word, x + BAR + GAP, bar.yaxis.place(value), SIZE, colours.INK, "left", "center")
        if bar.yaxis.label:
            end = x + BAR + GAP + max(metrics.width(w) for _, w in ticks) + GAP
            yield svg.text(bar.yaxis.label, end, (top + bottom) / 2, SIZE, colours.INK, "center", "top", turned=True)


class _Legend:
    """Samples of marks with their words, in rows of as many as have room."""

    _SAMPLE, _APART = 26.0, 14.0

    def __init__(self, entries: Sequence[tuple[marks.Mark, str]], columns: int, size: float, room: float) -> None:
        self.entries, self.wished, self.size = entries, columns, size
        self.line = 1.5 * size
        self.arrange(room)

    def arrange(self, room: float) -> None:
        """Take as many columns as are wished and have so many points of room."""
        widths = [self._SAMPLE + metrics.width(word, self.size) for _, word in self.entries]
        for n in range(min(self.wished, len(self.entries)), 0, -1):
            self.columns = [max(widths[i::n]) for i in range(n)]
            self.width = sum(self.columns) + self._APART * (n - 1)
            if self.width <= room:
                break
        self.height = self.line * -(-len(self.entries) // len(self.columns))

    def draw(self, left: float, top: float) -> Iterator[str]:
        """Its elements, from its upper left."""
        for i, (mark, word) in enumerate(self.entries):
            row, column = divmod(i, len(self.columns))
            x, y = left + sum(self.columns[:column]) + self._APART * column, top + self.line * (row + 0.5)
            yield mark.sample(x, y)
            yield svg.text(word, x + self._SAMPLE, y, self.size, colours.INK, "left", "center")


def fitted(text: str, room: float) -> str:
    """A label on as many lines as it needs to fit, broken between words."""
    lines: list[str] = []
    for line in text.split("\n"):
        start, *words = line.split(" ")
        lines.append(start)
        for word in words:
            if metrics.width(f"{lines[-1]} {word}") <= room:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
    return "\n".join(lines)
