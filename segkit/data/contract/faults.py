"""The faults of a table: what its contract asks of each role, counted and shown with their first rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from segkit.data import engines
from segkit.data.contract import clock, dates, identifiers, money, rows, values
from segkit.data.contract.contracts import Contract, Role
from segkit.data.contract.rows import Rules
from segkit.words.errors import Fault

ROW = "segkit_row"
FIRST_ROWS = 5
IDS = ("customer_id", "respondent_id", "basket_id")
"""Roles whose values tell one from another, so that two that became one are a fault."""


@dataclass(frozen=True)
class Case:
    """A table on its way: its roles named, not yet typed, and how it is to be read.

    Attributes
    ----------
    table, kind, contract : the table and what it must hold.
    names : role → the user's own column name.
    as_of : last day of the study.
    rules : what becomes of rows.
    found : text column → how it is to be read.
    is_total : where a row is a total, if the source may have such.
    typed_source : whether the source has types of its own.
    """

    table: ir.Table
    kind: str
    contract: Contract
    names: Mapping[str, str]
    as_of: dt.date | None
    rules: Rules
    found: Mapping[str, values.Reading]
    is_total: ir.BooleanColumn | None
    typed_source: bool

    @property
    def present(self) -> list[Role]:
        return [r for r in self.contract.roles if r.name in self.table.columns]

    @property
    def row(self) -> str:
        """A name for the row numbers that no column has."""
        return self.own("row")

    @property
    def proof(self) -> str:
        """The role that proves that a row which repeats another in every column is the same one again: the order's id,
        or that of the one person the row is about; "" where there is none."""
        roles = ["basket_id"] if self.contract.role("basket_id") else []
        roles += [r.name for r in self.contract.roles if r.key] if self.kind in ("customers", "survey") else []
        return next((name for name in roles if name in self.table.columns), "")

    def own(self, name: str) -> str:
        """A name for a column of ours that no column of the table has."""
        name = f"segkit_{name}"
        return name + "_" * max((len(c) for c in self.table.columns if c.startswith(name)), default=0)

    def where(self, role: Role | str) -> str:
        name = role if isinstance(role, str) else role.name
        return f"column {self.names.get(name, name)!r}"


def stripped(column: ir.Column) -> ir.Column:
    """Text without blanks around it; blank text is missing."""
    if not column.type().is_string():
        return column
    plain = engines.trimmed(column).nullif("")
    if engines.name(column) == "duckdb":
        odd = (column < "!") | (column > "~") | (column.right(1) < "!") | (column.right(1) > "~")
        return ibis.ifelse(odd, plain, column)  # few have a blank, or a letter beyond ASCII, at an end
    return plain


@dataclass(frozen=True)
class Rule:
    """What a column's values must keep: where they break it, and how that is said of one row and of many."""

    where: str
    broken: ir.BooleanColumn
    one: str
    many: str
    fix: str
    shown: str = ""

    def fault(self, broken: ir.Table, n: int, case: Case) -> Fault:
        """The fault, with the first of the broken rows."""
        ordered = case.row in broken.columns
        times = [c for c in broken.columns if broken[c].type().is_temporal()]
        broken = broken.mutate(**{c: broken[c].cast("string") for c in times})  # Python knows no year 300000
        first = (broken.order_by(case.row) if ordered else broken).limit(FIRST_ROWS).to_pyarrow().to_pylist()
        example = f", such as {str(first[0][self.shown])!r}" if self.shown and first else ""
        if not ordered and first:
            example += " in the row " + ", ".join(f"{r.name} {str(first[0][r.name])!r}" for r in case.present[:4])
        message = (self.one if n == 1 else self.many).format(n=f"{n:,}") + example
        return Fault(self.where, message, self.fix, tuple(int(r[case.row]) for r in first) if ordered else ())


def typed_role(case: Case, role: Role, rules: list[Rule], faults: list[Fault]) -> ir.Value:
    """A role's column as its kind needs it; the rules it has to keep go to `rules`."""
    column, where = case.table[role.name], case.where(role)
    if role.required:
        fix = "fill these rows or remove them"
        if role.name == "customer_id" and case.kind != "customers":
            fix += "; or leave them out of the study: `rows: {no_customer: set_aside}`"
        rules.append(Rule(where, rows.is_empty(column), "{n} row has no value", "{n} rows have no value", fix))
    elif role.name == "weight":
        rules.append(Rule(where, rows.is_empty(column), "{n} row has no value", "{n} rows have no value",
                          "fill them (0 leaves somebody out of every count), or take `weight` out of `columns`"))
    if role.kind == "text":
        if not column.type().is_string():
            return column
        reading = case.found[role.name]
        if reading.kind == "integer" or (reading.kind == "number" and identifiers.are_whole(column)):
            return values.to_integer(identifiers.text(column))  # so that 100 of a CSV is 100 of an Excel sheet
        if role.name in IDS:
            rules.append(_damaged(column, role, where, case.kind))
        return stripped(column)
    value = column
    if column.type().is_string():
        reading = case.found[role.name]
        if reading.problem and reading.looks_like == role.kind:
            faults.append(_ask(case, role, reading))
            return column
        value = _read(column, role, reading, case.rules.time_zone)
        filled = ~rows.is_empty(column)
        rules.append(Rule(where, filled & value.isnull(), f"{{n}} value is not a {role.kind}",
                           f"{{n}} values are not {role.kind}s", _MEND[role.kind], role.name))
    return _number(value, role, where, rules, faults) if role.kind == "number" else _date(
        value, role, where, case, rules, faults)


def totals_rule(case: Case) -> Rule:
    """No row says that it is the total of others, where a study asks to be told."""
    return Rule("the table", case.is_total, "{n} row says that it is a total", "{n} rows say that they are totals",
                "remove these rows, or leave them out of the study: `rows: {totals: set_aside}`")


def _damaged(column: ir.StringColumn, role: Role, where: str, kind: str) -> Rule:
    """No id is a number that a spreadsheet shortened: 8.49E+11 may have been any of many."""
    fix = "in the spreadsheet, give the column the number format 0 and save the file again: the digits are not in it"
    if role.name == "customer_id" and kind != "customers":
        fix += "; or leave these rows out of the study: `rows: {no_customer: set_aside}`"
    return Rule(where, identifiers.is_damaged(column), "{n} id was shortened by a spreadsheet",
                "{n} ids were shortened by a spreadsheet", fix, role.name)


def _number(column: ir.Value, role: Role, where: str, rules: list[Rule], faults: list[Fault]) -> ir.Value:
    if not column.type().is_numeric() or column.type().is_boolean():
        faults.append(Fault(where, f"holds {column.type()}, not numbers", "map another column"))
        return column
    if column.type().is_floating():
        rules.append(Rule(where, column.isnan() | column.isinf(), "{n} value is not finite",
                           "{n} values are not finite", "correct or remove these rows", role.name))
        rules.append(Rule(where, money.unusable(column) & ~column.isinf() & ~column.isnan(), "{n} value is too large",
                           "{n} values are too large", "correct or remove these rows", role.name))
    for limit, beyond, word in ((role.at_least, "__lt__", "below"), (role.at_most, "__gt__", "above")):
        if limit is not None:
            rules.append(Rule(where, getattr(column, beyond)(limit), f"{{n}} value is {word} {limit:g}",
                               f"{{n}} values are {word} {limit:g}", "correct or remove these rows", role.name))
    return column


def _date(column: ir.Value, role: Role, where: str, case: Case, rules: list[Rule], faults: list[Fault]) -> ir.Value:
    kind = column.type()
    if not (kind.is_date() or kind.is_timestamp()):
        faults.append(Fault(where, f"holds {kind}, not dates", "map another column, or write it as 2024-12-31"))
        return column
    zone = case.rules.time_zone
    if kind.is_timestamp() and not case.table[role.name].type().is_string() and (kind.timezone or (
            zone and engines.is_instant(case.table, role.name))):
        if not zone:
            faults.append(Fault(where, "holds instants, whose day depends on the clock that is looked at",
                                "say whose clock counts: `rows: {time_zone: Asia/Ho_Chi_Minh}`, or UTC"))
            return column
        column = clock.local(column, zone)
    day = column if column.type().is_date() else column.date()
    if isinstance(role.at_least, dt.date) and isinstance(role.at_most, dt.date):
        outside = (day < ibis.date(role.at_least.isoformat())) | (day > ibis.date(role.at_most.isoformat()))
        rules.append(Rule(where, outside, f"{{n}} day is before {role.at_least.year} or after {role.at_most.year}",
                           f"{{n}} days are before {role.at_least.year} or after {role.at_most.year}",
                           "correct these rows, or leave the day empty where it is not known", role.name))
    if case.as_of is not None:
        rules.append(Rule(where, day > ibis.date(case.as_of.isoformat()), f"{{n}} day is after `as_of` {case.as_of}",
                           f"{{n}} days are after `as_of` {case.as_of}", "set `as_of` to a later day; or use the rows "
                           "up to that day: `rows: {after_as_of: set_aside}`", role.name))
    return column.cast("timestamp")


def _read(column: ir.StringColumn, role: Role, told: values.Reading, time_zone: str) -> ir.Value:
    """A text column read as its role needs it; what cannot be read is null."""
    if role.kind == "date":
        if told.kind == "date" and told.form:
            return values.read(column, told)
        order = told.convention if told.looks_like == "date" and told.convention else "year-first"
        return dates.read(column, order, time_zone)
    return values.read(column, told) if told.kind == "number" else values.to_number(column, told.convention or ".")


_MEND = {"date": "write dates as 2024-12-31, or correct these rows", "number": "correct or remove these rows"}
_ASK = {
    ("date", "ambiguous"): ("could be day/month or month/day in every row",
                            "say which: `read: {dates: day-first}` or `read: {dates: month-first}`"),
    ("date", "short"): ("has years of two digits, and day, month and year could stand in several orders",
                        "say which: `read: {dates: day-first}`, `month-first` or `year-first`; 00 to 68 are then 2000 "
                        "to 2068, 69 to 99 are 1969 to 1999"),
    ("date", "mixed"): ("mixes ways of writing a date", "write all dates alike, best as 2024-12-31"),
    ("number", "ambiguous"): ("could use . or , as its decimal mark in every row",
                              "say which: where 1.500 is fifteen hundred write `read: {decimal: comma}`, where 1,500 "
                              "is, `read: {decimal: point}`"),
    ("number", "mixed"): ("mixes . and , as decimal marks", "write all numbers alike"),
    ("number", "currencies"): ("holds several currencies", "turn all amounts into one currency, or put the currency "
                               "into a column of its own and give rates: `rows: {currencies: …}`"),
}


def _ask(case: Case, role: Role, told: values.Reading) -> Fault:
    problem, fix = _ASK[role.kind, told.problem]
    table = case.table if case.is_total is None else case.table.filter(~case.is_total)
    values_there = table.select(shown=stripped(table[role.name])).filter(lambda t: t.shown.notnull())
    first = values_there.limit(1).to_pyarrow().to_pylist()
    return Fault(case.where(role), f"{problem}, such as {str(first[0]['shown'])!r}", fix)


def key_faults(table: ir.Table, case: Case) -> list[Fault]:
    """Keys that stand in more than one row."""
    keys: list[tuple[tuple[str, ...], str]] = [((r.name,), case.where(r)) for r in case.present if r.key]
    if case.contract.key and set(case.contract.key) <= set(table.columns):
        listed = ", ".join(repr(case.names.get(c, c)) for c in case.contract.key)
        keys.append((case.contract.key, f"the columns {listed}"))
    faults = []
    for columns, where in keys:
        known = table.mutate(**{c: stripped(table[c].cast("string")) for c in columns})
        known = known.filter(*[known[c].notnull() for c in columns])
        last = known[case.row].max() if case.row in table.columns else known.count()
        repeated = known.group_by(*columns).aggregate(segkit_n=known.count(), segkit_last=last)
        repeated = repeated.filter(repeated.segkit_n > 1)
        n = int(repeated.count().to_pyarrow().as_py())
        if n:
            first = repeated.order_by("segkit_last", *columns).limit(FIRST_ROWS).to_pyarrow().to_pylist()
            examples = ", ".join(" ".join(str(r[c]) for c in columns) for r in first[:3]) + (", …" if n > 3 else "")
            subject = "ids stand" if len(columns) == 1 else "combinations stand"
            faults.append(Fault(where, f"{n} {subject} in more than one row: {examples}", "keep one row per "
                                + ("id" if len(columns) == 1 else "combination"),
                                tuple(int(r["segkit_last"]) for r in first) if case.row in table.columns else ()))
    return faults
