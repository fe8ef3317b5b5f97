"""Dates as people write them: 2024-01-31, 31/01/2024, 5-Jan-24, January 5, 2019, with a time by either clock."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from segkit.data import engines
from segkit.data.contract import clock

ORDERS = ("year-first", "day-first", "month-first")
NAMED = "named"
"""The convention of dates whose month is a word: day and month cannot be taken for each other."""
SHORT = {order: f"{order}, two digits" for order in ORDERS}
"""The convention of dates whose year has two digits: 00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999 (as in
POSIX `strptime`)."""
_LAST_OF_2000 = "68"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = ("jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
          "|nov(?:ember)?|dec(?:ember)?")
_WEEKDAY = "(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[.,]* +)?"
_DAY = "([0-9]{1,2})(?:st|nd|rd|th)?"
_WORDED = rf"{_WEEKDAY}(?:{_DAY}[-/. ]*({_MONTH})|({_MONTH})[-/. ]*{_DAY})[-/., ]+"
_HALF = "[ \u00a0\u202f]?([AaPp][.]?[Mm][.]?|SA|CH)"
_TIME = rf"([ T,]+[0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}})?(\.[0-9]+)?({_HALF}|Z|[+-][0-9]{{2}}:?[0-9]{{2}})?)?$"
_YEAR_FIRST = r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})" + _TIME
_YEAR_LAST = r"^([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})" + _TIME
_SHORT = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{2})" + _TIME
_NAMED = rf"(?i)^{_WORDED}([0-9]{{4}}|[0-9]{{2}}){_TIME}"
_LOWER = _NAMED.removeprefix("(?i)").lower()  # PostgreSQL takes (?i) at the start alone, where Ibis puts a parenthesis
_OFFSET = r"([+-])([0-9]{2}):?([0-9]{2})$"
_PARTS = {"year-first": (_YEAR_FIRST, (1, 2, 3)), "day-first": (_YEAR_LAST, (3, 2, 1)),
          "month-first": (_YEAR_LAST, (3, 1, 2)), SHORT["year-first"]: (_SHORT, (1, 2, 3)),
          SHORT["day-first"]: (_SHORT, (3, 2, 1)), SHORT["month-first"]: (_SHORT, (3, 1, 2))}

_CLOCK = "( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?"
_LETTERS = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
FORMS = {
    "year-first": {"cast": rf"^[1-9][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK}$"},
    **{order: {f"%{a}{mark}%{b}{mark}%Y": rf"^[0-9]{{1,2}}[{mark}][0-9]{{1,2}}[{mark}][1-9][0-9]{{3}}$"
               for mark in "/.-"} for order, a, b in (("day-first", "d", "m"), ("month-first", "m", "d"))},
    NAMED: {f"%d{mark}%b{mark}%Y": rf"^[0-9]{{1,2}}{mark}{_LETTERS}{mark}[1-9][0-9]{{3}}$" for mark in "- "},
}
"""How every date of a convention has to be written so that DuckDB's own reader can be given the column."""


def begins(text: ir.StringValue) -> ir.BooleanValue:
    """Whether text begins as a date does."""
    return text.re_search(rf"(?i)^([0-9]{{1,4}}[-/. ][0-9]{{1,2}}[-/. ][0-9]{{1,4}}|{_WORDED}[0-9]{{2}})")


def weigh(text: ir.StringValue) -> dict[str, ir.BooleanValue]:
    """How dates are written: year first or last, the month as a word, the year in two digits, and which orders fit.

    Parameters
    ----------
    text : without blanks around it, empty text missing.
    """
    first, second = (_whole(text.re_extract(_YEAR_LAST, i)) for i in (1, 2))
    a, b, c = (_whole(text.re_extract(_SHORT, i)) for i in (1, 2, 3))
    return {"year_first": text.re_search(_YEAR_FIRST), "year_last": text.re_search(_YEAR_LAST),
            "day_first": (first > 12) & (second <= 12), "month_first": (second > 12) & (first <= 12),
            "same": first == second, "named": text.re_search(_NAMED), "short": text.re_search(_SHORT),
            "slashed": text.re_search("^[0-9]+/[0-9]+/"), "short_day_first": a.between(1, 31) & b.between(1, 12),
            "short_month_first": a.between(1, 12) & b.between(1, 31),
            "short_year_first": b.between(1, 12) & c.between(1, 31)}


def _whole(text: ir.StringValue) -> ir.IntegerValue:
    return text.nullif("").cast("int64")


def read(column: ir.StringColumn, convention: str, time_zone: str = "") -> ir.TimestampColumn:
    """The column as timestamps; what cannot be read, or is no day of the calendar, is null.

    Parameters
    ----------
    column : text.
    convention : one of `ORDERS`, of the values of `SHORT`, or `NAMED`.
    time_zone : whose clock tells the time of values with a zone (Z, +07:00); "" takes the clock as it is written.

    Examples
    --------
    >>> str(read(ibis.literal("Friday, January 5, 2024 3:04 PM"), NAMED).execute())
    '2024-01-05 15:04:00'
    >>> str(read(ibis.literal("12/31/99"), SHORT["month-first"]).execute())
    '1999-12-31 00:00:00'
    """
    text = engines.trimmed(column)
    pattern, (year, month, day) = _parts(text, convention)
    iso = year + "-" + month.lpad(2, "0") + "-" + day.lpad(2, "0")
    clock_text = text.re_extract(r"([0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)", 1).fill_null("")
    clock_text = ibis.ifelse(text.re_search(f"(?i)[0-9]{_HALF}$"), _of_24(clock_text, text), clock_text)
    iso = ibis.ifelse(clock_text == "", iso, iso + " " + clock_text)
    good = text.re_search(pattern)
    if not engines.tries(column):
        good = good & _is_moment(iso)
    read = engines.tried(ibis.ifelse(good, iso, ibis.null("string")), "timestamp")
    if not time_zone:
        return read
    zoned = text.re_search(r"[0-9]:[0-9]{2}.*(Z|[+-][0-9]{2}:?[0-9]{2})$")
    ahead = [engines.tried(text.re_extract(_OFFSET, i).nullif(""), "int64").fill_null(0) for i in (2, 3)]
    minutes = ibis.ifelse(text.re_extract(_OFFSET, 1) == "-", -1, 1) * (ahead[0] * 60 + ahead[1])
    return ibis.ifelse(zoned, clock.local(read - minutes.as_interval("m"), time_zone), read)


def _parts(text: ir.StringValue, convention: str) -> tuple[str, tuple[ir.StringValue, ...]]:
    """The pattern of a convention, and year, month and day of text that meets it."""
    if convention != NAMED:
        pattern, places = _PARTS[convention]
        year, month, day = (text.re_extract(pattern, i) for i in places)
        return pattern, (_of_four(year) if pattern == _SHORT else year, month, day)
    early, word, earlier, late, year = (text.lower().re_extract(_LOWER, i).fill_null("") for i in (1, 2, 3, 4, 5))
    letters = (word + earlier).substr(0, 3)
    numbers = [(letters == name, f"{i:02}") for i, name in enumerate(_MONTHS, 1)]
    return _NAMED, (_of_four(year), ibis.cases(*numbers, else_=""), early + late)


def _of_four(year: ir.StringValue) -> ir.StringValue:
    century = ibis.ifelse(year <= _LAST_OF_2000, "20", "19")
    return ibis.ifelse(year.length() == 2, century + year, year)


def _of_24(clock_text: ir.StringValue, text: ir.StringValue) -> ir.StringValue:
    """A time of the twelve-hour clock (AM, PM, sáng, chiều) as one of the other; null where its hour is above 12."""
    hour = _whole(clock_text.re_extract("^([0-9]{1,2})", 1))
    after = ibis.ifelse(text.re_search("(?i)(p[.]?m[.]?|ch)$"), 12, 0)
    return ibis.ifelse(hour <= 12, (hour % 12 + after).cast("string") + clock_text.re_extract("(:.*)$", 1),
                       ibis.null("string"))


def _is_moment(iso: ir.StringValue) -> ir.BooleanValue:
    """Whether text of the shape 2024-01-31 23:59:59 is a day of the calendar and a time of the day."""
    year, month, day = (iso.substr(*at).cast("int64") for at in ((0, 4), (5, 2), (8, 2)))
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    days = ibis.cases((month == 2, ibis.ifelse(leap, 29, 28)), (month.isin([4, 6, 9, 11]), 30), else_=31)
    hours = iso.re_search("^.{10}( ([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?$")
    return iso.re_search("^[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}").ifelse((day >= 1) & (day <= days) & hours, False)
