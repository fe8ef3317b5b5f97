"""Pictures written as SVG without matplotlib: what reports are drawn on.

A `Panel` takes the methods of matplotlib's Axes that `segkit.plots` uses, by the same names and with the same
meaning, so that every plot function draws on either. Marks tell their values under the pointer.
"""

from segkit.plots.canvas.marks import Mark
from segkit.plots.canvas.panel import Panel
from segkit.plots.canvas.picture import Picture

__all__ = ["Mark", "Panel", "Picture"]
