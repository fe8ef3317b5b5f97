"""The figures of a page as files: `export: [figures]` writes each as SVG in each language of the study.

A file has its own colours, background and words for those who cannot see it, so that it stands in slides and documents
as it stands on the page; the same study and data give the same bytes.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from segkit.plots import theme

if TYPE_CHECKING:
    from segkit.report.study import Study

_COLOURS = {"ink": theme.INK, "grid": theme.GRID, "muted": theme.MUTED, "paper": theme.PAPER}
_VARIABLE = re.compile(r"var\(--(\w+)(?:,\s*#\w+)?\)")
_HEAD = re.compile(r"<svg[^>]*>")


def files(study: Study, notebook: Any) -> dict[str, bytes]:
    """The figures of an executed notebook, as its pages show them, numbered as there: `figure-1.en.svg`, ….

    Examples
    --------
    >>> figure = {"kind": "figure", "svg": {"en": "<svg><path/></svg>"}, "alt": {"en": "A line."}, "text": "Rise",
    ...           "values": {}}
    >>> standalone(figure, "en")[:40]
    '<svg role="img"><title>Rise</title><desc'
    """
    from segkit.report import story

    shown = [p for p in story.payloads(notebook) if p["kind"] == "figure"]
    return {f"figure-{n}.{code}.svg": standalone(p, code, str(study.values.get("currency") or "")).encode()
            for n, p in enumerate(shown, 1) for code in study.languages}


def standalone(figure: dict[str, Any], code: str, currency: str = "") -> str:
    """A figure of a page as an SVG file that needs no page: colours in place of the page's, a background, and its
    caption and words inside."""
    from segkit.report import render

    svg = _VARIABLE.sub(lambda name: _COLOURS.get(name[1], theme.INK), figure["svg"][code])
    caption, words = render.said(figure, code, currency), figure["alt"][code]
    head = _HEAD.search(svg)
    if head is None:
        return svg
    told = (f"<title>{escape(caption)}</title><desc>{escape(words)}</desc><style>text {{ fill: {theme.INK} }}</style>"
            f'<rect width="100%" height="100%" fill="{theme.PAPER}"/>')
    return svg[:head.end() - 1] + ' role="img">' + told + svg[head.end():]
