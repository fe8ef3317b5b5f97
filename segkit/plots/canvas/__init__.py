"""Figures as data, and their writer of SVG: what every plot function makes.

A `Panel` takes marks by methods named as those of matplotlib's Axes; marks tell their values under the pointer.
Pages are written by `Picture.svg`, and `segkit.plots.on_matplotlib` draws the same figure on matplotlib's Axes.
"""

from segkit.plots.canvas.marks import Mark
from segkit.plots.canvas.panel import Panel
from segkit.plots.canvas.picture import Picture

__all__ = ["Mark", "Panel", "Picture"]
