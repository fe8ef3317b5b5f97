"""How text is to be read: numbers, dates, or words. Nothing ambiguous is guessed.

Every text column of a file is judged by all its values in one query. A column is a number or a date
only when *every* value can be read in one and the same convention. ``03/04/2024`` alone could be two
days and ``1.500`` two numbers: such a column stays text, and the contract asks for the convention.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from segkit.words.errors import check_option

DATE_ORDERS = ("year-first", "day-first", "month-first")
DECIMAL_MARKS = (".", ",")

_CURRENCY = "(?i)(vn[dđ]|usd|eur|[₫đ$€£ \t\u00a0\u202f])"
_NUMBER = {
    "plain": r"^[-+]?[0-9]+$",
    "dot": r"^[-+]?([0-9]+\.[0-9]+|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,})$",
    "comma": r"^[-+]?([0-9]+,[0-9]+|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(\.[0-9]{3}){2,})$",
    "either": r"^[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}$",
    "code": r"^(0[0-9]+|[-+]?[0-9]{19,})$",
}
_READABLE = {
    ".": r"^[-+]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?$",
    ",": r"^[-+]?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+)(,[0-9]+)?$",
}
_TIME = r"([ T]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
_YEAR_FIRST = r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})" + _TIME
_YEAR_LAST = r"^([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})" + _TIME


@dataclass(frozen=True)
class Reading:
    """How one text column is to be read.

    Attributes
    ----------
    kind : "number", "integer", "date", "text" or "empty".
    convention : decimal mark of a number, order of a date, "" otherwise.
    problem : "" or "ambiguous" or "mixed": it looks like `looks_like`, but the values do not say how.
    looks_like : "number", "date" or "text", by most of the values.
    """

    kind: str
    convention: str = ""
    problem: str = ""
    looks_like: str = "text"


def readings(table: ir.Table, columns: list[str], decimal: str | None = None,
             dates: str | None = None) -> dict[str, Reading]:
    """How to read each text column, judged by all its values in one query.

    Parameters
    ----------
    table : Ibis table.
    columns : its text columns to judge.
    decimal : "." or "," when the user says so.
    dates : one of `DATE_ORDERS` when the user says so.

    Raises
    ------
    SegkitError
        When `decimal` or `dates` is not an option.

    Examples
    --------
    >>> t = ibis.memtable({"paid": ["12,50", "3,00"], "day": ["03/04/2024", "05/06/2024"]})
    >>> readings(t, ["paid", "day"])["paid"]
    Reading(kind='number', convention=',', problem='', looks_like='number')
    >>> readings(t, ["paid", "day"])["day"].problem
    'ambiguous'
    """
    if decimal is not None:
        check_option("decimal", decimal, DECIMAL_MARKS)
    if dates is not None:
        check_option("dates", dates, DATE_ORDERS)
    if not columns:
        return {}
    counts: dict[str, ir.Scalar] = {}
    for i, name in enumerate(columns):
        counts |= {f"{i}:{key}": value for key, value in _evidence(table[name]).items()}
    row = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    found = {name: {key: int(row[f"{i}:{key}"] or 0) for key in _evidence_keys} for i, name in enumerate(columns)}
    return {name: _judge(n, decimal, dates) for name, n in found.items()}


_evidence_keys = ("n", *_NUMBER, "year_first", "year_last", "day_first", "month_first", "same", "dotted", "commaed")


def _evidence(column: ir.StringColumn) -> dict[str, ir.Scalar]:
    text = column.strip().nullif("")
    number = text.re_replace(_CURRENCY, "")
    first = text.re_extract(_YEAR_LAST, 1).nullif("").cast("int64")
    second = text.re_extract(_YEAR_LAST, 2).nullif("").cast("int64")
    n = {key: number.re_search(pattern).sum() for key, pattern in _NUMBER.items()}
    return n | {
        "n": text.count(),
        "dotted": number.re_search(_READABLE["."]).sum(),
        "commaed": number.re_search(_READABLE[","]).sum(),
        "year_first": text.re_search(_YEAR_FIRST).sum(),
        "year_last": text.re_search(_YEAR_LAST).sum(),
        "day_first": ((first > 12) & (second <= 12)).sum(),
        "month_first": ((second > 12) & (first <= 12)).sum(),
        "same": (first == second).sum(),
    }


def _judge(n: dict[str, int], decimal: str | None, dates: str | None) -> Reading:
    total = n["n"]
    if total == 0:
        return Reading("empty")
    if n["year_first"] + n["year_last"] > total / 2:
        return _judge_date(n, total, dates)
    if max(n["dotted"], n["commaed"]) > total / 2:
        return _judge_number(n, total, decimal)
    return Reading("text")


def _judge_date(n: dict[str, int], total: int, dates: str | None) -> Reading:
    whole = n["year_first"] == total
    if whole:
        return Reading("date", "year-first", looks_like="date")
    if n["year_first"] and n["year_last"]:
        return Reading("text", problem="mixed", looks_like="date")
    if n["day_first"] and n["month_first"]:
        return Reading("text", problem="mixed", looks_like="date")
    order = "day-first" if n["day_first"] else "month-first" if n["month_first"] else dates
    if order is None and n["same"] == n["year_last"]:
        order = "day-first"  # both readings are the same day
    if order is None:
        return Reading("text", problem="ambiguous", looks_like="date")
    if dates in ("day-first", "month-first") and order != dates:
        return Reading("text", problem="mixed", looks_like="date")
    return Reading("date" if n["year_last"] == total else "text", order, looks_like="date")


def _judge_number(n: dict[str, int], total: int, decimal: str | None) -> Reading:
    if n["code"]:
        return Reading("text", looks_like="number")  # 0123, or 19 digits and more, is a code and not a number
    if n["plain"] == total:
        return Reading("integer", looks_like="number")
    dot, comma = n["dot"], n["comma"]
    # "1.500" and "1,500" match a decimal pattern too, but decide nothing
    only_either = n["either"] == dot + comma
    if decimal is None and n["either"] and only_either:
        return Reading("text", problem="ambiguous", looks_like="number")
    readable = {".": n["dotted"] == total, ",": n["commaed"] == total}
    if decimal is not None:
        return Reading("number" if readable[decimal] else "text", decimal, looks_like="number")
    if readable["."] and readable[","]:
        return Reading("number", ".", looks_like="number")
    for mark in DECIMAL_MARKS:
        if readable[mark]:
            return Reading("number", mark, looks_like="number")
    mixed = n["dotted"] + n["commaed"] - n["plain"] >= total and dot and comma
    mark = "." if n["dotted"] >= n["commaed"] else ","
    return Reading("text", "" if mixed else mark, "mixed" if mixed else "", "number")


def to_number(column: ir.StringColumn, decimal: str) -> ir.FloatingColumn:
    """The column as numbers; what cannot be read is null."""
    text = column.strip().re_replace(_CURRENCY, "")
    group, mark = (",", ".") if decimal == "." else (".", ",")
    plain = text.replace(group, "").replace(mark, ".")
    return ibis.ifelse(text.re_search(_READABLE[decimal]), plain, ibis.null("string")).try_cast("float64")


def to_integer(column: ir.StringColumn, convention: str = "") -> ir.IntegerColumn:
    """The column as whole numbers; what cannot be read is null."""
    return column.strip().re_replace(_CURRENCY, "").try_cast("int64")


def to_date(column: ir.StringColumn, order: str) -> ir.TimestampColumn:
    """The column as timestamps; what cannot be read, or is no day of the calendar, is null."""
    text = column.strip()
    pattern, (y, m, d) = {
        "year-first": (_YEAR_FIRST, (1, 2, 3)),
        "day-first": (_YEAR_LAST, (3, 2, 1)),
        "month-first": (_YEAR_LAST, (3, 1, 2)),
    }[order]
    clock = text.re_extract(r"([0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)", 1)
    iso = (text.re_extract(pattern, y) + "-" + text.re_extract(pattern, m).lpad(2, "0") + "-"
           + text.re_extract(pattern, d).lpad(2, "0"))
    iso = ibis.ifelse(clock == "", iso, iso + " " + clock)
    return ibis.ifelse(text.re_search(pattern), iso, ibis.null("string")).try_cast("timestamp")


def cast(table: ir.Table, found: dict[str, Reading]) -> ir.Table:
    """The table with every number and date column read as its reading says."""
    readers = {"number": to_number, "integer": to_integer, "date": to_date}
    return table.mutate(**{name: readers[r.kind](table[name], r.convention)
                           for name, r in found.items() if r.kind in readers})
