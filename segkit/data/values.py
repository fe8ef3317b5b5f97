"""How text is to be read: numbers, dates, or words. Nothing ambiguous is guessed.

Every text column of a file is judged by all its values in one query. A column is a number or a date
only when *every* value can be read in one and the same convention. ``03/04/2024`` alone could be two
days and ``1.500`` two numbers: such a column stays text, and the contract asks for the convention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from segkit.data import clock, engines, evidence
from segkit.words.errors import check_option

DATE_ORDERS = ("year-first", "day-first", "month-first")
DECIMAL_MARKS = (".", ",")

_CURRENCIES = {"dong": "vn[dđDĐ]|[₫đĐ]", "dollar": r"usd|\$", "euro": "eur|€", "pound": "gbp|£"}
_SIGN = "(?:" + "|".join(_CURRENCIES.values()) + ")"
_SPACE = "[ \u00a0\u202f]"
_MACHINE = r"[-+]?[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]+"
_NUMBER = {
    "dot": r"^[-+]?([0-9]+\.[0-9]+|[0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,})$",
    "comma": r"^[-+]?([0-9]+,[0-9]+|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[0-9]{1,3}(\.[0-9]{3}){2,})$",
    "either_dot": r"^[-+]?[1-9][0-9]{0,2}\.[0-9]{3}$",
    "either_comma": r"^[-+]?[1-9][0-9]{0,2},[0-9]{3}$",
}
_READABLE = {
    ".": rf"^([-+]?([0-9]+|[0-9]{{1,3}}(,[0-9]{{3}})+)(\.[0-9]+)?|{_MACHINE})$",
    ",": rf"^([-+]?([0-9]+|[0-9]{{1,3}}(\.[0-9]{{3}})+)(,[0-9]+)?|{_MACHINE})$",
}
_INTEGER = r"^-?(0|[1-9][0-9]{0,17})$"
_CODE = r"^(0[0-9]+|\+[0-9]{7,}|[-+]?[0-9]{19,})$"
_MAYBE_NUMBER = rf"(?i)^[-+]?({_SIGN}{_SPACE}*)?[-+]?[0-9][0-9.,{_SPACE[1:-1]}]*(e[-+]?[0-9]+)?{_SPACE}*({_SIGN})?$"
_TIME = r"([ T]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
_YEAR_FIRST = r"^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})" + _TIME
_YEAR_LAST = r"^([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})" + _TIME
_OFFSET = r"([+-])([0-9]{2}):?([0-9]{2})$"
_COLUMNS_PER_QUERY = 16
_CLOCK = "( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?"
_FORMS = {
    ("date", "year-first"): {"cast": rf"^[1-9][0-9]{{3}}-[0-9]{{2}}-[0-9]{{2}}{_CLOCK}$"},
    **{("date", order): {f"%{a}{mark}%{b}{mark}%Y": rf"^[0-9]{{1,2}}[{mark}][0-9]{{1,2}}[{mark}][1-9][0-9]{{3}}$"
                         for mark in "/.-"} for order, a, b in (("day-first", "d", "m"), ("month-first", "m", "d"))},
    ("number", "."): {"cast": r"^[-+]?[0-9]+(\.[0-9]+)?$"},
    ("number", ","): {"comma": r"^[-+]?[0-9]+(,[0-9]+)?$"},
}
"""How every value has to be written so that the engine's own reader can be given the column."""
_TRYING = ("duckdb", "pyspark")
"""Engines with a cast that gives null for what it cannot read; elsewhere the pattern has to be enough."""


@dataclass(frozen=True)
class Reading:
    """How one text column is to be read.

    Attributes
    ----------
    kind : "number", "integer", "date", "text" or "empty".
    convention : decimal mark of a number, order of a date, "" otherwise.
    problem : "", or "ambiguous", "mixed", "currencies": it looks like `looks_like`, but the values do not say how,
        or say it in several ways.
    looks_like : "number", "date" or "text", by most of the values.
    form : how every value is written where the engine's own reader takes them all: "cast", "comma", or the form of
        a day such as "%d/%m/%Y"; "" where each value is looked at. It changes how long reading takes, nothing else.
    """

    kind: str
    convention: str = ""
    problem: str = ""
    looks_like: str = "text"
    form: str = field(default="", repr=False, compare=False)


def readings(table: ir.Table, columns: list[str], decimal: str | None = None,
             dates: str | None = None) -> dict[str, Reading]:
    """How to read each text column, judged by all its values.

    Parameters
    ----------
    table : Ibis table.
    columns : its text columns to judge.
    decimal : "." or "," when the user says so.
    dates : one of `DATE_ORDERS` when the user says so. Days written year first need no saying.

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
    found = evidence.of(table, columns)
    asked = {name: e for name, e in found.items() if not e.settled}
    first = _counts(asked, dict.fromkeys(asked, _look))
    kinds = {name: _kind(n) for name, n in first.items()}
    second = _counts(asked, {name: _WEIGHED[kind] for name, kind in kinds.items() if kind in _WEIGHED})
    judged = {name: _SETTLED.get(e.settled) or _judge(kinds[name], first[name] | second.get(name, {}), decimal, dates)
              for name, e in found.items()}
    forms = {name: _FORMS[r.kind, r.convention] for name, r in judged.items()
             if name in asked and asked[name].weight and (r.kind, r.convention) in _FORMS}
    misses = _counts({name: asked[name] for name in forms}, {
        name: lambda column, f=f: {form: (column != "") & ~column.re_search(p) for form, p in f.items()}
        for name, f in forms.items()})
    for name, n in misses.items():
        judged[name] = replace(judged[name], form=next((form for form, missed in n.items() if not missed), ""))
    evidence.drop(found)
    return judged


def _counts(found: Mapping[str, evidence.Evidence], wanted: Mapping[str, Callable[[ir.StringColumn], dict[
        str, ir.BooleanValue]]]) -> dict[str, dict[str, int]]:
    """In how many rows what is wanted of each column holds, in as few queries as an engine takes well."""
    told: dict[str, dict[str, int]] = {}
    tables: dict[ir.Table, list[str]] = {}
    for name in wanted:
        tables.setdefault(found[name].table, []).append(name)
    for table, names in tables.items():
        for at in range(0, len(names), _COLUMNS_PER_QUERY):
            part = names[at:at + _COLUMNS_PER_QUERY]
            weight = found[part[0]].weight
            held = {(name, key): value for name in part for key, value in wanted[name](table[name]).items()}
            counts = {f"{i}": (value.sum() if weight is None else ibis.ifelse(value, table[weight], 0).sum())
                      for i, value in enumerate(held.values())}
            row = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
            for i, (name, key) in enumerate(held):
                told.setdefault(name, {})[key] = int(row[f"{i}"] or 0)
    return told


def _look(column: ir.StringColumn) -> dict[str, ir.BooleanValue]:
    """What tells words from what may be a date or a number: most columns are words."""
    text = engines.trimmed(column).nullif("")
    return {"n": text.notnull(), "integer": text.re_search(_INTEGER),
            "dated": text.re_search("^[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}"),
            "numbered": text.re_search(_MAYBE_NUMBER)}


def _kind(n: dict[str, int]) -> str:
    if n["integer"] == n["n"]:
        return "integer" if n["n"] else "empty"
    dated, numbered = n["dated"] > n["n"] / 2, n["numbered"] > n["n"] / 2
    return "both" if dated and numbered else "date" if dated else "number" if numbered else "text"


def _weigh_dates(column: ir.StringColumn) -> dict[str, ir.BooleanValue]:
    """How a column's dates are written."""
    text = engines.trimmed(column).nullif("")
    first = text.re_extract(_YEAR_LAST, 1).nullif("").cast("int64")
    second = text.re_extract(_YEAR_LAST, 2).nullif("").cast("int64")
    return {"year_first": text.re_search(_YEAR_FIRST), "year_last": text.re_search(_YEAR_LAST),
            "day_first": (first > 12) & (second <= 12), "month_first": (second > 12) & (first <= 12),
            "same": first == second}


def _weigh_numbers(column: ir.StringColumn) -> dict[str, ir.BooleanValue]:
    """How a column's numbers are written."""
    text = engines.trimmed(column).nullif("")
    number = _bare(text)
    told = {key: number.re_search(pattern) for key, pattern in _NUMBER.items()}
    told |= {key: text.re_search(f"(?i)(^[-+]?({sign})|({sign})$)") for key, sign in _CURRENCIES.items()}
    return told | {"code": number.re_search(_CODE), "dotted": number.re_search(_READABLE["."]),
                   "commaed": number.re_search(_READABLE[","])}


_WEIGHED = {"date": _weigh_dates, "number": _weigh_numbers,
            "both": lambda column: _weigh_dates(column) | _weigh_numbers(column)}


_SETTLED = {"words": Reading("text"), "integer": Reading("integer", looks_like="number", form="cast"),
            "day": Reading("date", "year-first", looks_like="date", form="cast"),
            "time": Reading("date", "year-first", looks_like="date", form="cast")}
"""What the evidence settles before any value is looked at."""


def currencies(table: ir.Table, column: str) -> list[str]:
    """The currencies whose signs stand beside a text column's values: dong, dollar, euro, pound."""
    table = table.select(column).distinct()
    text = engines.trimmed(table[column])
    counts = {key: text.re_search(f"(?i)(^[-+]?({sign})|({sign})$)").sum() for key, sign in _CURRENCIES.items()}
    row = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    return [key for key, n in row.items() if n]


def names_currency(name: str, currency: str) -> bool:
    """Whether a column's name names a currency: "Amount (VND)", "tien_usd", "€".

    Examples
    --------
    >>> names_currency("Số tiền (đ)", "dong"), names_currency("đơn giá", "dong")
    (True, False)
    """
    return bool(re.search(rf"(?i)(^|[\W_])({_CURRENCIES[currency]})($|[\W_])", name))


def _bare(text: ir.StringValue) -> ir.StringValue:
    """A number without a currency sign at its ends, and without blanks between its thousands."""
    bare = text.re_replace(f"(?i)^([-+]?){_SPACE}*{_SIGN}{_SPACE}*", r"\1").re_replace(f"(?i){_SPACE}*{_SIGN}$", "")
    end = r"\y" if engines.name(text) == "postgres" else r"\b"
    return bare.re_replace(rf"{_SPACE}([0-9]{{3}}){end}", r"\1")


def _tried(text: ir.StringValue, kind: str) -> ir.Value:
    """Text cast to a kind; what cannot be cast is null, where the engine knows how to try."""
    return text.cast(kind) if engines.name(text) not in _TRYING else text.try_cast(kind)


def _judge(kind: str, n: dict[str, int], decimal: str | None, dates: str | None) -> Reading:
    total = n["n"]
    if kind in ("empty", "integer"):
        return Reading(kind, looks_like="text" if kind == "empty" else "number")
    if kind in ("date", "both") and n["year_first"] + n["year_last"] > total / 2:
        return _judge_date(n, total, dates)
    if kind in ("number", "both") and max(n["dotted"], n["commaed"]) > total / 2:
        return _judge_number(n, total, decimal)
    return Reading("text")


def _judge_date(n: dict[str, int], total: int, dates: str | None) -> Reading:
    mixed = Reading("text", problem="mixed", looks_like="date")
    if n["year_last"] == 0:
        return Reading("date" if n["year_first"] == total else "text", "year-first", looks_like="date")
    if n["year_first"] or (n["day_first"] and n["month_first"]):
        return mixed
    order = "day-first" if n["day_first"] else "month-first" if n["month_first"] else None
    if dates is not None and dates != (order or dates):
        return mixed
    order = order or dates or ("day-first" if n["same"] == n["year_last"] else None)  # 05/05: both are one day
    if order is None:
        return Reading("text", problem="ambiguous", looks_like="date")
    if order == "year-first":
        return mixed
    return Reading("date" if n["year_last"] == total else "text", order, looks_like="date")


def _judge_number(n: dict[str, int], total: int, decimal: str | None) -> Reading:
    if sum(n[sign] > 0 for sign in _CURRENCIES) > 1:
        return Reading("text", problem="currencies", looks_like="number")
    sure = {".": n["dot"] - n["either_dot"], ",": n["comma"] - n["either_comma"]}
    told = decimal or next((mark for mark in DECIMAL_MARKS if sure[mark]), None)
    if told is None and n["dong"]:  # a dong has no smaller unit: 560.000 ₫ is 560 thousand
        told = "," if n["either_dot"] and not n["either_comma"] else "." if not n["either_dot"] else None
    if (sure["."] and sure[","]) or (told and sure[{".": ",", ",": "."}[told]]):
        return Reading("text", problem="mixed", looks_like="number")
    if told is None and n["either_dot"] + n["either_comma"]:
        return Reading("text", problem="ambiguous", looks_like="number")
    mark = told or "."
    readable = n["dotted"] if mark == "." else n["commaed"]
    # 0123, +84… or 19 digits and more is a code: the column stays text, unless its role says that it is an amount
    return Reading("number" if readable == total and not n["code"] else "text", mark, looks_like="number")


def to_number(column: ir.StringColumn, decimal: str) -> ir.FloatingColumn:
    """The column as numbers; what cannot be read is null."""
    text = _bare(engines.trimmed(column))
    group = "," if decimal == "." else "."
    plain = ibis.ifelse(text.re_search(f"^{_MACHINE}$"), text, text.replace(group, "").replace(decimal, "."))
    return _tried(ibis.ifelse(text.re_search(_READABLE[decimal]), plain, ibis.null("string")), "float64")


def to_integer(column: ir.StringColumn, convention: str = "") -> ir.IntegerColumn:
    """The column as whole numbers; what cannot be read is null."""
    text = engines.trimmed(column).nullif("")
    sure = text if engines.name(column) in _TRYING else ibis.ifelse(text.re_search(_INTEGER), text, ibis.null("string"))
    return _tried(sure, "int64")


def to_date(column: ir.StringColumn, order: str, time_zone: str = "") -> ir.TimestampColumn:
    """The column as timestamps; what cannot be read, or is no day of the calendar, is null.

    Parameters
    ----------
    column : text.
    order : one of `DATE_ORDERS`.
    time_zone : whose clock tells the time of values with a zone (Z, +07:00); "" takes the clock as it is written.
    """
    text = engines.trimmed(column)
    pattern, (y, m, d) = {
        "year-first": (_YEAR_FIRST, (1, 2, 3)),
        "day-first": (_YEAR_LAST, (3, 2, 1)),
        "month-first": (_YEAR_LAST, (3, 1, 2)),
    }[order]
    clock_text = text.re_extract(r"([0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)", 1).fill_null("")
    iso = (text.re_extract(pattern, y) + "-" + text.re_extract(pattern, m).lpad(2, "0") + "-"
           + text.re_extract(pattern, d).lpad(2, "0"))
    iso = ibis.ifelse(clock_text == "", iso, iso + " " + clock_text)
    good = text.re_search(pattern)
    if engines.name(column) not in _TRYING:
        good = good & _is_moment(iso)
    read = _tried(ibis.ifelse(good, iso, ibis.null("string")), "timestamp")
    if not time_zone:
        return read
    zoned = text.re_search(r"[0-9]:[0-9]{2}.*(Z|[+-][0-9]{2}:?[0-9]{2})$")
    ahead = [_tried(text.re_extract(_OFFSET, i).nullif(""), "int64").fill_null(0) for i in (2, 3)]
    minutes = ibis.ifelse(text.re_extract(_OFFSET, 1) == "-", -1, 1) * (ahead[0] * 60 + ahead[1])
    return ibis.ifelse(zoned, clock.local(read - minutes.as_interval("m"), time_zone), read)


def _is_moment(iso: ir.StringValue) -> ir.BooleanValue:
    """Whether text of the shape 2024-01-31 23:59:59 is a day of the calendar and a time of the day."""
    year, month, day = (iso.substr(*at).cast("int64") for at in ((0, 4), (5, 2), (8, 2)))
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    days = ibis.cases((month == 2, ibis.ifelse(leap, 29, 28)), (month.isin([4, 6, 9, 11]), 30), else_=31)
    hours = iso.re_search("^.{10}( ([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?$")
    return iso.re_search("^[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}").ifelse((day >= 1) & (day <= days) & hours, False)


@ibis.udf.scalar.builtin(name="try_strptime", signature=((dt.string, dt.string), dt.Timestamp()))
def _by_form(text, form):  # DuckDB
    ...


READERS = {"number": to_number, "integer": to_integer, "date": to_date}
"""The function that reads each kind of column, given its convention."""


def read(column: ir.StringColumn, reading: Reading) -> ir.Value:
    """A column that is a number, a whole number or a date in every row, as that; what cannot be read is null."""
    if reading.kind == "date" and reading.form:
        return column.try_cast("timestamp") if reading.form == "cast" else _by_form(column, ibis.literal(reading.form))
    if reading.kind == "number" and reading.form:
        return (column.replace(",", ".") if reading.form == "comma" else column).try_cast("float64")
    return READERS[reading.kind](column, reading.convention)


def cast(table: ir.Table, found: dict[str, Reading]) -> ir.Table:
    """The table with every number and date column read as its reading says."""
    typed = {name: read(table[name], r) for name, r in found.items() if r.kind in READERS}
    return table.mutate(**typed) if typed else table
