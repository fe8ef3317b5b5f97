"""Vietnamese names brought to one form, as Ibis expressions: they run in DuckDB and in Spark alike.

A full name is family, middle and given name: *Nguyễn Thị Minh Anh*. Files hold it without marks
(*NGUYEN THI MINH ANH*), in the Western order (*Minh Anh Nguyen*), with letters composed or decomposed, and with
the tone mark on either vowel (*Hoà*, *Hòa*).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

FAMILIES = [
    "nguyen", "tran", "le", "pham", "hoang", "huynh", "vu", "vo", "phan", "truong", "bui", "dang", "do", "ngo", "ho",
    "duong", "dinh", "doan", "lam", "luong", "trinh", "mai", "dao", "ly", "ha", "cao", "to", "thai", "luu", "chu", "ta",
    "la", "quach", "trieu", "kieu", "phung", "tang", "nghiem", "vuong", "chau", "giang", "tong", "khuong",
]
"""Common family names without marks; where one stands last and none stands first, the order is Western."""

_TITLES = "^(mr|mrs|ms|miss|ong|ba) [a-z]+ [a-z]"
_TONES = {"1": "\u0300", "2": "\u0301", "3": "\u0303", "4": "\u0309", "5": "\u0323"}
_SHAPES = {"^": "\u0302", "(": "\u0306", "*": "\u031b"}
_NO_LETTERS = "[^a-z\u00df-\u024f\u0300-\u036f\u1ea0-\u1ef9]+"  # without a backslash, which engines read differently
_LETTERS = [chr(c) for c in (*range(0xE0, 0x1B1), *range(0x1EA0, 0x1EFA)) if chr(c) == chr(c).lower()]


def _class(mark: str) -> str:
    """A pattern of a combining mark and all Vietnamese letters composed with it; of a base letter, those without it."""
    letters = [x for x in _LETTERS if mark in unicodedata.normalize("NFD", x)]
    return "[" + "".join([mark, *letters] if unicodedata.combining(mark) else letters) + "]"


_BASES = {**{_class(base): base for base in "aeiouy"}, "[đð]": "d", "[\u0300-\u036f]": ""}


def _replaced(text: ir.StringValue, patterns: Mapping[str, str]) -> ir.StringValue:
    for pattern, new in patterns.items():
        text = text.re_replace(pattern, new)
    return text


def trimmed(text: ir.StringValue) -> ir.StringValue:
    """The text without blanks at its ends; `strip` would take the letters v and f away in Spark, too."""
    return text.re_replace("^ +| +$", "")


def folded(text: ir.StringValue) -> ir.StringValue:
    """Small letters and digits without marks, one blank between words; null where nothing is left.

    Examples
    --------
    >>> folded(ibis.literal("  ĐẶNG  Thị-Hòa ")).execute()
    'dang thi hoa'
    """
    plain = _replaced(text.lower(), _BASES).re_replace("[^a-z0-9]+", " ")
    return trimmed(plain).nullif("")


def _first(plain: ir.StringValue) -> ir.StringValue:
    return plain.re_extract("^([a-z0-9]+)", 1)


def _last(plain: ir.StringValue) -> ir.StringValue:
    return plain.re_extract("([a-z0-9]+)$", 1)


def ordered(table: ir.Table) -> ir.Table:
    """The table with its `name` in small letters with marks, without a title, the family name first; and `plain`.

    The order is turned where the last word is a common family name and the first is none. `plain` is the name folded.

    Examples
    --------
    >>> turned = ordered(ibis.memtable({"name": ["Minh Anh Nguyễn", "Ông LÊ VĂN BA"]})).execute()
    >>> turned["name"].to_list(), turned["plain"].to_list()
    (['nguyễn minh anh', 'lê văn ba'], ['nguyen minh anh', 'le van ba'])
    """
    # each stage is computed once: expressions within expressions would be written out again and again
    t = table.mutate(name=trimmed(table.name.lower().re_replace(_NO_LETTERS, " ")).nullif(""))
    t = t.mutate(plain=folded(t.name)).cache()
    titled = t.plain.re_search(_TITLES)
    t = t.mutate(name=ibis.ifelse(titled, t.name.re_replace("^[^ ]+ ", ""), t.name),
                 plain=ibis.ifelse(titled, t.plain.re_replace("^[^ ]+ ", ""), t.plain)).cache()
    turned = ~_first(t.plain).isin(FAMILIES) & _last(t.plain).isin(FAMILIES)

    def turn(text: ir.StringValue) -> ir.StringValue:
        return ibis.ifelse(turned, text.re_extract("([^ ]+)$", 1) + " " + text.re_replace(" [^ ]+$", ""), text)

    return t.mutate(name=turn(t.name), plain=turn(t.plain)).cache()


def add(table: ir.Table) -> ir.Table:
    """The table with its `name` and `plain` as `ordered` gives them, and the columns that names are compared by.

    Parameters
    ----------
    table : Ibis table with a text column `name`.

    Returns
    -------
    The table with `letters`: the words without marks, sorted; `family` and `given`: the first and the last word;
    `middle`: the words between, with a blank on either side; `anagram`: all letters, sorted; `initials`: the first
    letters, sorted; `n_words`; `short`: whether a word is a single letter; `marks`: tones and shapes in their order,
    wherever in the syllable they stand, null for a name without any.

    Examples
    --------
    >>> read = add(ibis.memtable({"name": ["Nguyễn Thị Hoà", "Hòa Nguyen Thi"]})).execute()
    >>> read.astype(object).loc[0].to_list()[2:]
    ['hoa nguyen thi', 'nguyen', 'hoa', ' thi ', 'aeghhinnotuy', 'h n t', 3, False, '3 5 1^']
    """
    t = ordered(table)
    t = t.mutate(letters=t.plain.split(" ").sort().join(" ")).cache()
    tones = _replaced(t.name, {_class(mark): tone for tone, mark in _TONES.items()}).re_replace("[^1-5 ]", "")
    shapes = _replaced(t.name, {_class(mark): shape for shape, mark in _SHAPES.items()} | {"đ": "-"})
    inner = t.plain.re_extract("^[^ ]+ (.*) [^ ]+$", 1)
    return t.mutate(family=_first(t.plain), given=_last(t.plain), middle=(" " + inner + " ").replace("  ", " "),
                    anagram=t.plain.replace(" ", "").split("").sort().join(""),
                    initials=t.letters.split(" ").map(lambda word: word.substr(0, 1)).join(" "),
                    n_words=t.letters.length() - t.letters.replace(" ", "").length() + 1,
                    short=t.letters.re_search("(^| )[a-z]( |$)"),
                    marks=(tones + shapes.re_replace("[^(^*-]", "")).re_replace("^ +$", "").nullif(""))
