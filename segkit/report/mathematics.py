"""LaTeX as MathML, which a browser shows without a script: elements of mathematics and escaped text, nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from markupsafe import Markup, escape

LONGEST = 2_000
"""Characters of a formula; a longer one is shown as it was written."""
_ELEMENTS = frozenset([
    "math", "mrow", "mi", "mn", "mo", "mtext", "ms", "mspace", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot",
    "mover", "munder", "munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd", "mpadded",
    "mphantom", "mstyle", "menclose"])
_ATTRIBUTES = frozenset([
    "display", "displaystyle", "scriptlevel", "stretchy", "fence", "form", "separator", "largeop", "movablelimits",
    "symmetric", "minsize", "maxsize", "lspace", "rspace", "width", "height", "depth", "voffset", "linethickness",
    "accent", "accentunder", "mathvariant", "mathcolor", "columnalign", "rowalign", "columnlines", "rowlines",
    "columnspacing", "rowspacing", "notation"])
_VALUE = re.compile(r"#?[\w.%+-]{1,30}(?: [\w.%+-]{1,30}){0,19}")


def mathml(latex: str, block: bool = False) -> Markup:
    """A formula as MathML; as code where it is none.

    Parameters
    ----------
    latex : the formula, without dollars.
    block : whether it stands on a line of its own.

    Examples
    --------
    >>> print(mathml(r"\\text{<b>}"))
    <math display="inline"><mrow><mtext>&lt;b&gt;</mtext></mrow></math>
    >>> print(mathml("x_{"))
    <code>x_{</code>
    """
    from latex2mathml.converter import convert_to_element

    try:
        if len(latex) > LONGEST:
            raise ValueError
        return Markup("").join(_written(convert_to_element(latex, display="block" if block else "inline")))
    except Exception:  # the library has a class for each kind of fault, and more come from its own code
        return Markup("<code>{}</code>").format(latex)


def _written(element: Any) -> Iterator[Markup]:
    name = element.tag if element.tag in _ELEMENTS else "mrow"
    yield Markup("<" + name)
    for key, value in element.attrib.items():
        if key in _ATTRIBUTES and _VALUE.fullmatch(str(value)):
            yield Markup(f' {key}="{{}}"').format(value)
    yield Markup(">")
    yield _text(element.text)
    for child in element:
        yield from _written(child)
        yield _text(child.tail)
    yield Markup(f"</{name}>")


def _text(text: str | None) -> Markup:
    """Text of a formula: the library writes characters as entities."""
    return escape(html.unescape(text or ""))
