"""Room for labels: the axes of a figure, made small enough that nothing is cut, in one pass.

matplotlib's constrained layout measures every text twice and makes a renderer for each figure; half the time
of drawing went there. Here each panel is measured once, with one renderer for all figures.
"""

from __future__ import annotations

import functools
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine

PAD = 3.0
"""Points left free at the edges of the figure, and on both sides between panels."""

_TRIES = 6


@functools.cache
def measuring(dpi: float) -> RendererAgg:
    """What measures texts; it draws nothing."""
    return RendererAgg(1, 1, dpi)


def settle(fig: Figure) -> None:
    """Lay a figure out now, so that places on it can be measured."""
    engine = fig.get_layout_engine()
    for ax in fig.axes:
        ax.autoscale_view()
    if engine is not None:
        engine.execute(fig)
    for ax in fig.axes:
        ax.apply_aspect()


class OnePass(LayoutEngine):
    """Sets the margins by what stands around the panels of one grid, and the figure's legends above them."""

    _adjust_compatible = True
    _colorbar_gridspec = True

    def execute(self, fig: Figure) -> None:
        """Fit the panels of `fig` between its edges; panels of one grid get the same size."""
        panels = [(ax, spec) for ax in fig.axes if (spec := ax.get_subplotspec()) is not None]
        if not panels:
            return
        renderer, pad = measuring(fig.dpi), PAD * fig.dpi / 72
        width, height = fig.bbox.width, fig.bbox.height
        head = sum(legend.get_window_extent(renderer).height + pad for legend in fig.legends)
        rows, columns = panels[0][1].get_gridspec().get_geometry()
        edge = dict.fromkeys(("left", "right", "bottom", "top"), 0.0)
        between = dict.fromkeys(edge, 0.0)
        for ax, spec in panels:
            box, around = ax.bbox, ax.get_tightbbox(renderer, for_layout_only=True) or ax.bbox
            for side, room, outer in (("left", box.x0 - around.x0, spec.colspan.start == 0),
                                      ("right", around.x1 - box.x1, spec.colspan.stop == columns),
                                      ("bottom", box.y0 - around.y0, spec.rowspan.stop == rows),
                                      ("top", around.y1 - box.y1, spec.rowspan.start == 0)):
                kind = edge if outer else between
                kind[side] = max(kind[side], room)
        edge = {side: room + pad for side, room in edge.items()}
        edge["top"] += head
        across = between["left"] + between["right"] + 2 * pad
        down = between["top"] + between["bottom"] + 2 * pad
        for _ in range(_TRIES):
            panel_width = (width - edge["left"] - edge["right"] - across * (columns - 1)) / columns
            panel_height = (height - edge["bottom"] - edge["top"] - down * (rows - 1)) / rows
            if panel_width <= 0 or panel_height <= 0:
                return
            fig.subplots_adjust(left=edge["left"] / width, right=1 - edge["right"] / width,
                                bottom=edge["bottom"] / height, top=1 - edge["top"] / height,
                                wspace=across / panel_width, hspace=down / panel_height)
            beyond = self._rightmost(panels, renderer) - (width - pad)
            if beyond < 0.5:
                break
            edge["right"] += beyond  # a text at a bar's end moved with the bar
        self._place_legends(fig, renderer, pad)

    def _rightmost(self, panels: list[Any], renderer: RendererAgg) -> float:
        """Where the texts inside the panels end, in pixels."""
        return max((text.get_window_extent(renderer).x1 for ax, _ in panels for text in ax.texts
                    if text.get_in_layout() and text.get_visible()), default=0.0)

    def _place_legends(self, fig: Figure, renderer: Any, pad: float) -> None:
        """The figure's legends at its upper left, one below the other."""
        used = 0.0
        for legend in fig.legends:
            legend.set_bbox_to_anchor((pad / fig.bbox.width, 1 - (pad + used) / fig.bbox.height),
                                      transform=fig.transFigure)
            used += legend.get_window_extent(renderer).height
