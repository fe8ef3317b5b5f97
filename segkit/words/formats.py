"""Values and sentences as a reader of each language expects them.

Sentences hold named values with a format: ``"{share:percent} of {n:count} customers"``. The formats are
the units of the glossary (`FORMATS`), written by the rules of the language.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import string
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from segkit.words import labels, rounding, terms
from segkit.words.language import N_, current, segment, translate, translate_plural


def _(message: str, language: str | None = None, **values: Any) -> str:
    """The sentence in a language (the one in use by default), its values filled in.

    Examples
    --------
    >>> _("{share:percent} of {n:count} customers", share=0.125, n=23570)
    '12.5% of 23,570 customers'
    """
    language = language or current()
    text = translate(message, language)
    return _Sentence(language).vformat(text, (), values) if values else text


def fill(message: str, values: Mapping[str, Any], language: str, currency: str = "", plural: str = "",
         around: Mapping[str, tuple[str, str]] | None = None,
         columns: Mapping[str, tuple[str, Iterable[float]]] | None = None) -> str:
    """The sentence in a language, its values filled in, its money in a currency.

    Where there is a `plural`, the first count of the sentence decides which of the two is said. `around` gives, by the
    name of a value, what is written before and after it; `columns` the unit and the numbers of the column in which it
    stands, as which it is written. Numbers of one unit have the same decimals, those of the coarsest of them.

    Examples
    --------
    >>> fill("{spent:money} in all", {"spent": 12}, "en", "USD")
    '$12.00 in all'
    >>> fill("{first:segment} leads {second:segment} here.", {"first": 2, "second": "Regulars"}, "en")
    'Segment 2 leads “Regulars” here.'
    >>> [fill("{n:count} question", {"n": n}, "en", plural="{n:count} questions") for n in (1, 2)]
    ['1 question', '2 questions']
    """
    text = translate(message, language)
    if plural:
        counted = next(name or "" for _, name, unit, _ in string.Formatter().parse(plural) if unit == "count")
        text = translate_plural(message, plural, int(values[counted]), language)
    text = _with_word(text, values, language)
    return _Sentence(language, currency, around, columns).vformat(text, (), values)


_SEGMENT = N_("segment")
_PLACE = re.compile(r"\{(\w+):segment\}")
_INTRODUCED = re.compile(r"(?i)(segments?|groups?|phân khúc|nhóm)\s+$|[“\"]$")
_QUOTED = ("“", '"')


def _with_word(text: str, values: Mapping[str, Any], language: str) -> str:
    """The sentence with "segment" before the bare number of one, "Segment 2 comes first" and not "2 comes first", and
    with a name in quotes: “Regulars” comes first."""
    def put(place: re.Match[str]) -> str:
        before, value = text[:place.start()], values.get(place[1])
        if not str(value).isdigit():
            return place[0] if before.endswith(_QUOTED) or value is None else f"“{place[0]}”"
        if _INTRODUCED.search(before):
            return place[0]
        word = translate(_SEGMENT, language)
        is_first = not before.strip() or before.rstrip()[-1] in ".!?"
        return f"{word.capitalize() if is_first else word} {place[0]}"

    return _PLACE.sub(put, text)


def unit_of_numbers(name: str) -> str:
    """The unit of a column of numbers: plain ones where it is the user's own, also where the glossary has words for it.

    Examples
    --------
    >>> unit_of_numbers("monetary"), unit_of_numbers("income"), unit_of_numbers("stars")
    ('money', 'number', 'number')
    """
    unit = "number" if labels.has(name) else terms.unit(name, "number")
    return "number" if unit == "text" else unit


def format_value(value: Any, unit: str, language: str | None = None, currency: str = "",
                 rounded: rounding.Rounding | None = None) -> str:
    """A value as a reader of the language expects it; missing values are an en dash.

    Parameters
    ----------
    value : number, text, date or None.
    unit : one of `FORMATS`.
    language : language code; the one in use by default.
    currency : ISO code for money, "" for a bare number.
    rounded : the rounding of the numbers beside it; without one it is rounded by itself.

    Examples
    --------
    >>> format_value(0.2501, "percent"), format_value(12.5, "number", "vi")
    ('25%', '12,5')
    >>> format_value(0.9996, "share"), format_value(12.5, "number", rounded=rounding.Rounding(2))
    ('> 99.9%', '12.50')
    >>> format_value(0.039, "points"), format_value(-0.01, "points", "vi")
    ('3.9 points', '-1 điểm phần trăm')
    >>> format_value(1234.5, "money", currency="USD"), format_value(0.00001, "p_value")
    ('$1,234.50', '< 0.001')
    """
    language = language or current()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if unit not in FORMATS:
        raise KeyError(f"unit {unit!r} is not one of {', '.join(FORMATS)}")
    if rounded and isinstance(value, int | float):
        return _money(value, language, currency, rounded) if unit == "money" else _number(value, language,
                                                                                          rounded.pattern)
    return FORMATS[unit](value, language, currency)


def _by_language(value: Any, language: str) -> str:
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or "")
    return translate(str(value), language)


def _own(value: Any, language: str, currency: str = "") -> str:
    """A user's column or value, by its label where the data have one."""
    return _by_language(value, language) if isinstance(value, Mapping) else labels.of(value, language)


def _segment(value: Any, language: str, currency: str = "") -> str:
    if isinstance(value, Mapping):
        return _by_language(value, language)
    label = labels.of(value, language)
    return label if label != str(value) else segment(label, language)


def _number(value: Any, language: str, pattern: str) -> str:
    return _written(round(float(value), 10) + 0.0, language, pattern)  # no number is -0


@functools.lru_cache(maxsize=10_000)
def _written(value: float, language: str, pattern: str) -> str:
    """A number by a pattern; the same ones are asked for again and again, by axes most of all."""
    from babel.numbers import format_decimal, format_percent

    write = format_percent if pattern.endswith("%") else format_decimal
    text = write(value, format=pattern, locale=language)
    return text if value >= 0 or any(c in "123456789" for c in text) else write(-value, format=pattern, locale=language)


def _significant(value: Any, language: str, currency: str = "") -> str:
    if isinstance(value, int):
        return _number(value, language, "#,##0")
    return _number(value, language, rounding.Rounding(rounding.needed(abs(float(value)))).pattern)


def _column(value: Any, language: str, currency: str = "") -> str:
    if isinstance(value, Mapping):
        return _by_language(value, language)
    return labels.of(value, language) if labels.has(value) else terms.label(str(value), language)


def _money(value: Any, language: str, currency: str = "", rounded: rounding.Rounding | None = None) -> str:
    from babel.numbers import format_currency

    value = float(value)
    rounded = rounded or rounding.of("money", [value], language, currency) or rounding.Rounding(2)
    value = value if abs(value) >= 0.5 * rounded.size / 10**rounded.decimals else 0.0  # no -0.00
    if not currency or rounded.word:
        number = _number(value / rounded.size, language, rounded.pattern)
        return f"{number}\xa0{rounded.word} đồng" if currency and rounded.word else number
    if language == "vi" and currency != "VND":  # told by its code, as Vietnamese texts do
        return f"{_number(value, language, rounded.pattern)}\xa0{currency}"
    pattern = {"en": "¤#,##0", "vi": "#,##0\xa0¤"}[language] if rounded.decimals == 0 else None
    return format_currency(value, currency, format=pattern, locale=language, currency_digits=pattern is None)


def _share(value: Any, language: str, currency: str = "") -> str:
    """One decimal; none for what is exactly nothing or all, so that 0.0% and 100.0% never stand for something else."""
    value = float(value)
    for whole, beside, sign in ((0.0, 0.001, "<"), (1.0, 0.999, ">"), (0.0, -0.001, ">")):
        if abs(value - whole) < 1e-9:
            return _number(whole, language, "#,##0%")
        if abs(value - whole) < 0.0005 and (value > whole) == (beside > whole):
            return f"{sign} {_number(beside, language, '#,##0.0%')}"
    return _number(value, language, "#,##0.0%")


_POINT, _SEVERAL_POINTS = N_("{n} point"), N_("{n} points")


def _points(value: Any, language: str, currency: str = "") -> str:
    number = round(100 * float(value), 1) + 0.0
    text = _POINT if abs(number) == 1 else _SEVERAL_POINTS
    return translate(text, language).replace("{n}", _number(number, language, "#,##0.#"))


def _date(value: Any, language: str, currency: str = "") -> str:
    from babel.dates import format_date

    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    return format_date(value, format="d MMM y" if language == "en" else "dd/MM/y", locale=language)


def _p_value(value: Any, language: str, currency: str = "") -> str:
    small = float(value) < 0.001
    return "< " + _number(0.001, language, "0.000") if small else _number(value, language, "0.000")


FORMATS = {
    "count": lambda v, lang, cur: _number(v, lang, "#,##0"),
    "number": _significant,
    "decimal": lambda v, lang, cur: _number(v, lang, "#,##0.##"),
    "given": lambda v, lang, cur: _number(v, lang, "#,##0.#%"),
    "percent": lambda v, lang, cur: _number(v, lang, "#,##0.#%"),
    "share": _share,
    "points": _points,
    "column": _column,
    "money": _money,
    "days": lambda v, lang, cur: _number(v, lang, "#,##0"),
    "index": lambda v, lang, cur: _number(v, lang, "#,##0"),
    "p_value": _p_value,
    "date": _date,
    "name": _own,
    "value": _own,
    "segment": _segment,
    "text": lambda v, lang, cur: str(v),
    "link": lambda v, lang, cur: urlsplit(str(v)).netloc.removeprefix("www.") or str(v),
    "message": lambda v, lang, cur: _by_language(v, lang),
}
"""Units of the glossary. "decimal" has at most two decimals, for axes and thresholds; "share" is a percentage with one
fixed decimal, for columns of tables, less than a tenth of a percent told as such; "percent" one of a sentence, where
all have one decimal unless all are whole; "given" a percentage that was set, not measured; "points" the difference of
two percentages, 0.04 as 4 points; "column" the name of a result column, shown as its label, or of one whose label came
with the data; "name" and "value" a column and a value of the user's data, by the label that came with them; "segment"
the name of a segment, translated where the kit gave it;
"text" is the user's own words, "link" an address, shown by its site, "message" the kit's: translated, or given as
``{"en": …, "vi": …}``."""

FEWEST = 10
"""People that a group has at least, to be shown or ranked among others."""
OWN = ("column", "name", "value", "segment")
"""Units of what may be the user's word."""


def with_unit(value: float, unit: str, language: str | None = None) -> str:
    """A published number with its own unit, a message id: at most two decimals, "%" close to the number.

    Examples
    --------
    >>> with_unit(30.0, "%"), with_unit(8.34, "%", "vi"), with_unit(4891, "million USD")
    ('30%', '8,34%', '4,891 million USD')
    """
    number = format_value(float(value), "decimal", language)
    return number + ("%" if unit == "%" else f" {_(unit, language)}".rstrip())


class _Sentence(string.Formatter):
    """Fill a sentence; the part after the colon is a unit of `FORMATS`."""

    def __init__(self, language: str, currency: str = "", around: Mapping[str, tuple[str, str]] | None = None,
                 columns: Mapping[str, tuple[str, Iterable[float]]] | None = None) -> None:
        self.language = language
        self.currency = currency
        self.around = around or {}
        self.columns = columns or {}
        self.rounded: dict[str, rounding.Rounding] = {}
        self.units: dict[str, str] = {}
        self._name = ""

    def vformat(self, text: str, args: Any, kwargs: Any) -> str:
        units = {name: self.columns.get(name, (unit,))[0] for _text, name, unit, _ in self.parse(text)
                 if name and isinstance(kwargs.get(name), int | float)}
        numbers = {name: (unit or "", float(kwargs[name])) for name, unit in units.items()}
        beside = {name: list(own) for name, (_unit, own) in self.columns.items() if name in numbers}
        self.rounded = rounding.together(numbers, beside, self.language, self.currency)
        shares = {name for name, unit in units.items() if unit in ("percent", "share")}
        whole = not shares & set(self.columns) and rounding.all_whole(100 * float(kwargs[name]) for name in shares)
        self.units = {**{name: unit or "" for name, unit in units.items()},
                      **{name: "share" for name in shares if not whole}}
        return super().vformat(text, args, kwargs)

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        self._name = field_name  # of the value that `format_field` writes next
        return super().get_field(field_name, args, kwargs)

    def format_field(self, value: Any, unit: str) -> str:
        before, after = self.around.get(self._name, ("", ""))
        unit = self.units.get(self._name, unit) or "text"
        return before + format_value(value, unit, self.language, self.currency, self.rounded.get(self._name)) + after

    def get_value(self, key: int | str, args: Any, values: Mapping[str, Any]) -> Any:
        if key not in values:
            raise KeyError(f"the sentence needs a value for {{{key}}}; given: {', '.join(values) or 'none'}")
        return values[str(key)]
