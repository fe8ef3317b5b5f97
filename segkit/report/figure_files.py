"""The figures of a page as files: `export: [figures]` writes each as SVG and as PNG in each language of the study.

A file has its own colours, background and words for those who cannot see it, so that it stands in slides and documents
as it stands on the page; the same study and data give the same bytes. Pictures of dots are drawn by resvg with the
letters of DejaVu Sans that matplotlib brings along, whatever fonts the computer has.
"""

from __future__ import annotations

import functools
import re
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segkit.plots import theme

if TYPE_CHECKING:
    from segkit.report.study import Study

_COLOURS = {"ink": theme.INK, "grid": theme.GRID, "muted": theme.MUTED, "paper": theme.PAPER}
_VARIABLE = re.compile(r"var\(--(\w+)(?:,\s*#\w+)?\)")
_HEAD = re.compile(r"<svg[^>]*>")
DOTS_PER_INCH = 192
"""Of a PNG: twice those of a usual screen."""
_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf")


def files(study: Study, notebook: Any) -> dict[str, bytes]:
    """The figures of an executed notebook, as its pages show them, numbered as there: `figure-1.en.svg` and
    `figure-1.en.png`, ….

    Examples
    --------
    >>> figure = {"kind": "figure", "svg": {"en": "<svg><path/></svg>"}, "alt": {"en": "A line."}, "text": "Rise",
    ...           "values": {}}
    >>> standalone(figure, "en")[:40]
    '<svg role="img"><title>Rise</title><desc'
    """
    from segkit.report import story

    figures = [p for p in story.payloads(notebook) if p["kind"] == "figure"]
    svgs = {f"figure-{n}.{code}": standalone(p, code, str(study.values.get("currency") or ""))
            for n, p in enumerate(figures, 1) for code in study.languages}
    return {f"{name}.{kind}": content for name, svg in svgs.items()
            for kind, content in (("svg", svg.encode()), ("png", png(svg)))}


def standalone(figure: dict[str, Any], code: str, currency: str = "") -> str:
    """A figure of a page as an SVG file that needs no page: colours in place of the page's, a background, and its
    caption and words inside."""
    from segkit.report import render

    svg = _VARIABLE.sub(lambda name: _COLOURS.get(name[1], theme.INK), figure["svg"][code])
    caption, words = render.said(figure, code, currency), figure["alt"][code]
    head = _HEAD.search(svg)
    if head is None:
        return svg
    elements = (f"<title>{escape(caption)}</title><desc>{escape(words)}</desc>"
                f"<style>text {{ fill: {theme.INK} }}</style>"
                f'<rect width="100%" height="100%" fill="{theme.PAPER}"/>')
    return svg[:head.end() - 1] + ' role="img">' + elements + svg[head.end():]


def png(svg: str) -> bytes:
    """An SVG file that needs no page as PNG, of 192 dots an inch.

    Examples
    --------
    >>> png('<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="3pt"><rect width="9" height="3"/></svg>')[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    from resvg_py import svg_to_bytes

    return bytes(svg_to_bytes(svg_string=svg, dpi=DOTS_PER_INCH, skip_system_fonts=True, font_files=list(_fonts()),
                              font_family="DejaVu Sans", sans_serif_family="DejaVu Sans"))


@functools.cache
def _fonts() -> tuple[str, ...]:
    """The files of the letters, found without loading matplotlib."""
    spec = find_spec("matplotlib")
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" if spec and spec.origin else Path()
    return tuple(str(folder / name) for name in _FONTS)
