"""Definitions where a reader meets a term: the first use in a stretch of prose, and the heads of tables.

Each is a link to the glossary at the end of the page, which is there in print too; the page's script
shows the definition on hover, focus and tap.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from segkit.words import terms


class Marks:
    """Marks the first use of each concept in a Markdown cell.

    Parameters
    ----------
    code : language.
    used : takes the names of the concepts that were marked.
    """

    def __init__(self, code: str, used: set[str]) -> None:
        self.code, self.used = code, used
        self.off = 0
        """Above 0 nothing is marked: inside a heading or a link."""
        self.seen: set[str] = set()

    def marked(self, text: str) -> Markup:
        """Text, escaped, with concepts linked to their definition."""
        pattern, names = _words(self.code)
        if self.off or pattern is None:
            return escape(text)
        parts, last = [], 0
        for match in pattern.finditer(text):
            name = names[match[0].lower()]
            if name in self.seen:
                continue
            self.seen.add(name)
            self.used.add(name)
            parts += [escape(text[last:match.start()]), link(name, match[0])]
            last = match.end()
        return Markup("").join([*parts, escape(text[last:])])


def link(name: str, label: Any) -> Markup:
    """A label that leads to its definition."""
    return Markup('<a class="term" href="#term-{0}">{1}</a>').format(name, label)


@functools.cache
def _words(code: str) -> tuple[re.Pattern[str] | None, dict[str, str]]:
    """A pattern of every wording of every concept, the longest first, and which concept each is."""
    names = {word.lower(): name for name, term in terms.CONCEPTS.items() for word in term.wordings(code)}
    names |= {word.lower(): name for name, term in terms.TERMS.items() for word in term.wordings(code)[1:]}
    if not names:
        return None, names
    if code == "vi":  # a word of one syllable is a part of many others: "mẫu" of "biểu mẫu"
        names = {word: name for word, name in names.items() if " " in word or word.isascii()}
    words = sorted(names, key=lambda w: (-len(w), w))
    return re.compile(rf"(?<!\w)(?<!đặc )(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE), names


def entries(shown: Iterable[Mapping[str, Any]], marked: Iterable[str], code: str) -> list[tuple[str, str, str]]:
    """(name, label, definition) of every term of a page, in the order of its language.

    Parameters
    ----------
    shown : the display objects of the page; the columns of its tables are terms.
    marked : names of the concepts that its prose uses.
    code : language.
    """
    columns = {c for p in shown if p["kind"] == "table"
               for c, head in zip(p["columns"], p.get("heads", [""] * len(p["columns"])), strict=True) if not head}
    terms_by_name = {n: terms.CONCEPTS.get(n) or terms.TERMS[n] for n in {*marked, *(columns & terms.TERMS.keys())}}
    definitions = [(name, term.label(code), term.definition(code)) for name, term in terms_by_name.items()
                   if term.definition(code)]
    return sorted(definitions, key=lambda entry: (_alphabet(entry[1]), entry[0]))


def _alphabet(label: str) -> str:
    """A key that puts labels in the order of the alphabet, accents after the bare letter."""
    plain = unicodedata.normalize("NFD", label.lower().replace("đ", "d~"))
    return "".join(c for c in plain if not unicodedata.combining(c)) + "\0" + plain
