"""How text is to be read: numbers, dates, or words. Nothing ambiguous is guessed.

Every text column of a file is judged by all its values in one query. A column is a number or a date
only when *every* value can be read in one and the same convention. ``03/04/2024`` alone could be two
days and ``1.500`` two numbers: such a column stays text, and the contract asks for the convention.
How dates are written is in `segkit.data.contract.dates`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from segkit.data import engines
from segkit.data.contract import dates as written
from segkit.data.contract import evidence
from segkit.words.errors import check_option

DATE_ORDERS = written.ORDERS
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
_MAYBE_NUMBER = (rf"(?i)^[-+]?({_SIGN}{_SPACE}*)?[-+(]?{_SPACE}*({_SIGN}{_SPACE}*)?[0-9][0-9.,{_SPACE[1:-1]}]*"
                 rf"(e[-+]?[0-9]+)?{_SPACE}*({_SIGN})?\)?{_SPACE}*({_SIGN})?$")
_BRACKETS = rf"(?i)^({_SIGN})?{_SPACE}*\({_SPACE}*([^()+-]*[^()+ -]){_SPACE}*\){_SPACE}*({_SIGN})?$"
_COLUMNS_PER_QUERY = 16
_FORMS = {
    **{("date", convention): forms for convention, forms in written.FORMS.items()},
    ("number", "."): {"cast": r"^[-+]?[0-9]+(\.[0-9]+)?$"},
    ("number", ","): {"comma": r"^[-+]?[0-9]+(,[0-9]+)?$"},
}
"""How every value has to be written so that the engine's own reader can be given the column."""
Question = Callable[[ir.StringColumn], dict[str, ir.BooleanValue]]
"""What is asked of every value of a column."""


@dataclass(frozen=True)
class Reading:
    """How one text column is to be read.

    Attributes
    ----------
    kind : "number", "integer", "date", "text" or "empty".
    convention : decimal mark of a number, order of a date (see `segkit.data.contract.dates`), "" otherwise.
    problem : "", or "ambiguous", "mixed", "currencies", "short" (years of two digits): it looks like `looks_like`,
        but the values do not say how, or say it in several ways.
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
    places = {name: (*evidence.place(table, name), decimal, dates) for name in columns}
    judged = {name: _known[place] for name, place in places.items() if place in _known}
    newly_judged = _judged(table, [name for name in columns if name not in judged], decimal, dates)
    for name, reading in newly_judged.items():
        if evidence.is_text_read(places[name][0]):
            _known[places[name]] = reading
    while len(_known) > _MOST_KNOWN:
        del _known[next(iter(_known))]
    return {name: (judged | newly_judged)[name] for name in columns}


_known: dict[tuple[Any, ...], Reading] = {}
_MOST_KNOWN = 5000
"""How columns of files that were opened are read: `new`, for one, asks three times."""


def _judged(table: ir.Table, columns: list[str], decimal: str | None, dates: str | None) -> dict[str, Reading]:
    column_evidence = evidence.of(table, columns)
    asked = {name: e for name, e in column_evidence.items() if not e.settled}
    first = _counts(asked, dict.fromkeys(asked, _look))
    kinds = {name: _kind(n) for name, n in first.items()}
    second = _counts(asked, {name: _WEIGHED[kind] for name, kind in kinds.items() if kind in _WEIGHED})
    judged = {name: _SETTLED.get(e.settled) or _judge(kinds[name], first[name] | second.get(name, {}), decimal, dates)
              for name, e in column_evidence.items()}
    forms = [name for name, r in judged.items()
             if name in asked and asked[name].weight and (r.kind, r.convention) in _FORMS]
    misses = _counts(asked, {name: _missed(r.kind, r.convention) for name, r in judged.items() if name in forms})
    for name, n in misses.items():
        judged[name] = replace(judged[name], form=next((form for form, missed in n.items() if not missed), ""))
    evidence.drop(column_evidence)
    return judged


@functools.cache
def _missed(kind: str, convention: str) -> Question:
    """How many values are not written in a form."""
    return lambda column: {form: (column != "") & ~column.re_search(pattern)
                           for form, pattern in _FORMS[kind, convention].items()}


def _counts(found: Mapping[str, evidence.Evidence], wanted: Mapping[str, Question]) -> dict[str, dict[str, int]]:
    """In how many rows what is wanted of each column holds, in as few queries as an engine takes well."""
    counts: dict[str, dict[str, int]] = {}
    tables: dict[tuple[ir.Table, Question | None], list[str]] = {}
    for name, question in wanted.items():
        in_one = evidence.NAME in found[name].table.columns
        tables.setdefault((found[name].table, question if in_one else None), []).append(name)
    for (table, shared), names in tables.items():
        if shared is not None:
            counts |= _counts_in_one(found[names[0]], names, shared)
            continue
        for at in range(0, len(names), _COLUMNS_PER_QUERY):
            part = names[at:at + _COLUMNS_PER_QUERY]
            conditions = {(name, key): value for name in part for key, value in wanted[name](table[name]).items()}
            row = _summed(table, conditions.values(), found[part[0]].weight).to_pyarrow().to_pylist()[0]
            for i, (name, key) in enumerate(conditions):
                counts.setdefault(name, {})[key] = int(row[f"{i}"] or 0)
    return counts


def _counts_in_one(values: evidence.Evidence, names: list[str], question: Question) -> dict[str, dict[str, int]]:
    conditions = question(values.table[values.column])
    rows = _summed(values.table.filter(values.table[evidence.NAME].isin(names)).group_by(evidence.NAME),
                   conditions.values(), values.weight).to_pyarrow().to_pylist()
    by_name = {row[evidence.NAME]: row for row in rows}
    return {name: {key: int(by_name.get(name, {}).get(f"{i}") or 0) for i, key in enumerate(conditions)}
            for name in names}


def _summed(table: Any, held: Iterable[ir.BooleanValue], weight: str | None) -> ir.Table:
    """In how many rows each of these holds."""
    return table.aggregate(**{f"{i}": value.sum() if weight is None else ibis.ifelse(value, ibis._[weight], 0).sum()
                              for i, value in enumerate(held)})


def _look(column: ir.StringColumn) -> dict[str, ir.BooleanValue]:
    """What tells words from what may be a date or a number: most columns are words."""
    text = engines.trimmed(column).nullif("")
    return {"n": text.notnull(), "integer": text.re_search(_INTEGER),
            "dated": written.begins(text),
            "numbered": text.re_search(_MAYBE_NUMBER)}


def _kind(n: dict[str, int]) -> str:
    if n["integer"] == n["n"]:
        return "integer" if n["n"] else "empty"
    dated, numbered = n["dated"] > n["n"] / 2, n["numbered"] > n["n"] / 2
    return "both" if dated and numbered else "date" if dated else "number" if numbered else "text"


def _weigh_dates(column: ir.StringColumn) -> dict[str, ir.BooleanValue]:
    """How a column's dates are written."""
    return written.weigh(engines.trimmed(column).nullif(""))


def _weigh_numbers(column: ir.StringColumn) -> dict[str, ir.BooleanValue]:
    """How a column's numbers are written."""
    text = engines.trimmed(column).nullif("")
    number = _bare(text)
    conditions = {key: number.re_search(pattern) for key, pattern in _NUMBER.items()}
    conditions |= {key: text.re_search(_signed(sign)) for key, sign in _CURRENCIES.items()}
    return conditions | {"code": number.re_search(_CODE), "bracketed": text.contains("("),
                         "dotted": number.re_search(_READABLE["."]),
                         "commaed": number.re_search(_READABLE[","])}


_WEIGHED = {"date": _weigh_dates, "number": _weigh_numbers,
            "both": lambda column: _weigh_dates(column) | _weigh_numbers(column)}


_SETTLED = {"words": Reading("text"), "integer": Reading("integer", looks_like="number", form="cast"),
            "day": Reading("date", "year-first", looks_like="date", form="cast"),
            "time": Reading("date", "year-first", looks_like="date", form="cast")}
"""What the evidence settles before any value is looked at."""


def _signed(sign: str) -> str:
    return rf"(?i)(^[-+(]*({sign})|({sign})\)?$)"


def currencies(table: ir.Table, column: str) -> list[str]:
    """The currencies whose signs stand beside a text column's values: dong, dollar, euro, pound."""
    table = table.select(column).distinct()
    text = engines.trimmed(table[column])
    counts = {key: text.re_search(_signed(sign)).sum() for key, sign in _CURRENCIES.items()}
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
    """A number without a currency sign at its ends, and without blanks between its thousands; (5) is -5."""
    group = "$" if engines.name(text) == "pyspark" else "\\"  # how a part of what was found is called
    bare = text.re_replace(_BRACKETS, f"-{group}1{group}2{group}3")
    bare = bare.re_replace(f"(?i)^([-+]?){_SPACE}*{_SIGN}{_SPACE}*", f"{group}1")
    bare = bare.re_replace(f"(?i){_SPACE}*{_SIGN}$", "")
    end = r"\y" if engines.name(text) == "postgres" else r"\b"
    return bare.re_replace(rf"{_SPACE}([0-9]{{3}}){end}", f"{group}1")


def _judge(kind: str, n: dict[str, int], decimal: str | None, dates: str | None) -> Reading:
    total = n["n"]
    if kind in ("empty", "integer"):
        return Reading(kind, looks_like="text" if kind == "empty" else "number")
    if kind in ("date", "both") and sum(n[w] for w in ("year_first", "year_last", "named", "short")) > total / 2:
        return _judge_date(n, total, dates)
    if kind in ("number", "both") and max(n["dotted"], n["commaed"]) > total / 2:
        return _judge_number(n, total, decimal)
    return Reading("text")


def _judge_date(n: dict[str, int], total: int, dates: str | None) -> Reading:
    mixed = Reading("text", problem="mixed", looks_like="date")
    years = n["year_first"] + n["year_last"]
    if n["named"] > max(years, n["short"]):
        return Reading("date" if n["named"] == total else "text", written.NAMED, looks_like="date")
    if n["short"] > years:
        return _judge_short(n, total, dates)
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


def _judge_short(n: dict[str, int], total: int, dates: str | None) -> Reading:
    """How dates with a year of two digits are read: as the study says, else the one order that fits them all.

    Between slashes alone: 10.12.31 and 10-12-31 may be versions and codes.
    """
    fitting = [order for order in DATE_ORDERS if n[f"short_{order.replace('-', '_')}"] == n["short"]]
    order = dates or (fitting[0] if len(fitting) == 1 and n["slashed"] >= n["short"] else None)
    if order is None:
        return Reading("text", problem="short" if fitting else "mixed", looks_like="date")
    return Reading("date" if n["short"] == total and order in fitting else "text", written.SHORT[order],
                   looks_like="date")


def _judge_number(n: dict[str, int], total: int, decimal: str | None) -> Reading:
    if sum(n[sign] > 0 for sign in _CURRENCIES) > 1:
        return Reading("text", problem="currencies", looks_like="number")
    sure = {".": n["dot"] - n["either_dot"], ",": n["comma"] - n["either_comma"]}
    decimal_mark = decimal or next((mark for mark in DECIMAL_MARKS if sure[mark]), None)
    if decimal_mark is None and n["dong"]:  # a dong has no smaller unit: 560.000 ₫ is 560 thousand
        decimal_mark = "," if n["either_dot"] and not n["either_comma"] else "." if not n["either_dot"] else None
    if (sure["."] and sure[","]) or (decimal_mark and sure[{".": ",", ",": "."}[decimal_mark]]):
        return Reading("text", problem="mixed", looks_like="number")
    if decimal_mark is None and n["either_dot"] + n["either_comma"]:
        return Reading("text", problem="ambiguous", looks_like="number")
    mark = decimal_mark or "."
    readable = n["dotted"] if mark == "." else n["commaed"]
    # 0123, +84… or 19 digits and more is a code: the column stays text, unless its role says that it is an amount
    plain = readable == total and not n["code"] and n["bracketed"] < total  # (1), (2), (3) are labels
    return Reading("number" if plain else "text", mark, looks_like="number")


def to_number(column: ir.StringColumn, decimal: str) -> ir.FloatingColumn:
    """The column as numbers; what cannot be read is null."""
    text = _bare(engines.trimmed(column))
    group = "," if decimal == "." else "."
    plain = ibis.ifelse(text.re_search(f"^{_MACHINE}$"), text, text.replace(group, "").replace(decimal, "."))
    return engines.tried(ibis.ifelse(text.re_search(_READABLE[decimal]), plain, ibis.null("string")), "float64")


def to_integer(column: ir.StringColumn, convention: str = "") -> ir.IntegerColumn:
    """The column as whole numbers; what cannot be read is null."""
    text = engines.trimmed(column).nullif("")
    sure = text if engines.tries(column) else ibis.ifelse(text.re_search(_INTEGER), text, ibis.null("string"))
    return engines.tried(sure, "int64")


@ibis.udf.scalar.builtin(name="try_strptime", signature=((dt.string, dt.string), dt.Timestamp()))
def _by_form(text, form):  # DuckDB
    ...


READERS: dict[str, Callable[..., ir.Value]] = {"number": to_number, "integer": to_integer, "date": written.read}
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
