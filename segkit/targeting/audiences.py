"""Audiences: who meets a rule, told where the data live (S17, S18).

Rules are plain data (`segkit.targeting.audience_rules`), compiled to one Ibis query: DuckDB, Spark or a warehouse
answers it, and `to_sql` prints it. What is unknown of a customer meets no condition, nor its opposite; whoever has no
rows has counts and sums of 0, and neither a first nor a last day.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.util import backend_entry_points

from segkit.data import open as sources
from segkit.data.contract import days
from segkit.segmentation.rulebook import conditions
from segkit.targeting import audience_rules, measures
from segkit.targeting.audience_rules import MEASURES, named, plain
from segkit.targeting.measures import Asked, Measured, dated
from segkit.words.errors import DataError, Fault, SegkitError, check_option, did_you_mean

CUSTOMERS = "customers"
ONE = "rule"


def select(tables: Any, rule: Mapping[str, Any] | str, audiences: Mapping[str, Any] | None = None,
           as_of: str | dt.date | None = None) -> ir.Table:
    """The customers whom a rule selects.

    Parameters
    ----------
    tables : name → table (anything `segkit.data.open.table` takes), each with `customer_id`; those with rows of
        customers (purchases, events) with `date` too. `customers` has a row per customer and says who there is;
        without it these are all customers of the other tables. A single table is `purchases` where it has a `date`,
        else `customers`.
    rule : ``{who: …, except: …}``, a condition alone, or the name of one of `audiences`.
    audiences : rules by name, which this one may build on.
    as_of : the day windows look back from; the last day of all tables by default. Later rows are left out.

    Returns
    -------
    Ibis table: the rows of `customers` (their `customer_id` alone without such a table) that the rule selects.
    Whom `except` holds for is left out; who lacks what it asks stays.

    Raises
    ------
    SegkitError
        With all faults of the rules, and of columns and tables they name.

    Examples
    --------
    >>> sales = ibis.memtable({"customer_id": ["a", "a", "b"], "date": [dt.date(2024, 1, d) for d in (1, 9, 2)],
    ...                        "amount": [5.0, 7.0, 90.0]})
    >>> select(sales, {"count": {"of": "purchases", "within_days": 8, "at_least": 2}}).execute()["customer_id"].tolist()
    []
    >>> select(sales, {"sum": {"of": "purchases", "column": "amount", "above": 12}}).execute()["customer_id"].tolist()
    ['b']
    """
    rules = dict(audiences or {})
    name = rule if isinstance(rule, str) else ONE
    if not isinstance(rule, str):
        rules[ONE] = rule if isinstance(rule, Mapping) and "who" in rule else {"who": rule}
    opened = opened_tables(tables)
    memberships = members(opened, rules, as_of, [name])
    selected = memberships.filter(memberships[name]).select("customer_id")
    return opened[CUSTOMERS].semi_join(selected, "customer_id") if CUSTOMERS in opened else selected


def members(tables: Any, audiences: Mapping[str, Any], as_of: str | dt.date | None = None,
            names: list[str] | None = None) -> ir.Table:
    """Who is in which audience, told in one query.

    Parameters
    ----------
    tables, audiences, as_of : as for `select`.
    names : the audiences wanted; all by default.

    Returns
    -------
    Ibis table, a row per customer: `customer_id` and a boolean column for each audience, False where it is unknown.

    Raises
    ------
    SegkitError
        As `select`.
    """
    return holding(tables, audiences, {name: {"audience": name} for name in names or audiences}, as_of)


def holding(tables: Any, audiences: Mapping[str, Any], wanted: Mapping[str, Any],
            as_of: str | dt.date | None = None) -> ir.Table:
    """For whom conditions hold, which may build on audiences: `customer_id` and a boolean column for each."""
    opened = opened_tables(tables)
    if faults := [*audience_rules.check(audiences), *_unknown_names(audiences, wanted)]:
        raise SegkitError(faults, "audiences")
    if faults := faults_in(opened, audiences):
        raise SegkitError(faults, "audiences")
    reader = _Reader(opened, audiences, last_day(opened, as_of))
    asked = {name: reader.condition(plain(condition)) for name, condition in wanted.items()}
    only = next(iter(opened)) if reader.people is None and len(opened) == 1 else ""
    beside = reader.measured.beside(reader.population(), only)
    return beside.select("customer_id", **{name: holds(beside).fill_null(False) for name, holds in asked.items()})


def to_sql(tables: Any, rule: Mapping[str, Any] | str, dialect: str = "duckdb",
           audiences: Mapping[str, Any] | None = None, as_of: str | dt.date | None = None) -> str:
    """The query of `select` in a dialect of SQL, on tables called as they are named here.

    Examples
    --------
    >>> people = {"customers": ibis.memtable({"customer_id": [1, 2], "age": [20, 30]})}
    >>> print(to_sql(people, {"age": {"below": 25}}).splitlines()[0])
    SELECT
    """
    opened = opened_tables(tables)
    day = last_day(opened, as_of) if len(opened) > (CUSTOMERS in opened) else as_of
    check_option("dialect", dialect, sorted(entry.name for entry in backend_entry_points()))
    with contextlib.suppress(ImportError):  # a dialect whose engine is not installed has no options of its own
        getattr(ibis, dialect)
    bare = {name: ibis.table(table.schema(), name=name) for name, table in opened.items()}
    return str(ibis.to_sql(select(bare, rule, audiences, day), dialect=dialect))


def opened_tables(tables: Any) -> dict[str, ir.Table]:
    """Tables by name, opened and with a `customer_id` each."""
    if not isinstance(tables, Mapping):
        single = sources.table(tables)
        tables = {"purchases" if "date" in single.columns else CUSTOMERS: single}
    opened = {name: sources.table(table) for name, table in tables.items()}
    faults = [Fault(f"table {name!r}", f"has no column {column!r}", "rename or map one of its columns: "
                    + did_you_mean(column, table.columns)) for name, table in opened.items()
              for column in ("customer_id", *(["date"] if name != CUSTOMERS else []))
              if column not in table.columns]
    if faults:
        raise DataError(faults)
    return opened


def last_day(tables: Mapping[str, ir.Table], as_of: str | dt.date | None = None) -> dt.date:
    """The day looked back from: `as_of`, or the last day of all tables with a `date`.

    Parameters
    ----------
    tables : name → Ibis table, as `opened_tables` gives; `customers` is not looked at, all others have a `date`.
    as_of : a date, or text such as 2024-12-31; None or "" for the last day of the tables.

    Returns
    -------
    datetime.date; 1970-01-01 where neither `as_of` nor a table tells a day.

    Raises
    ------
    DataError
        When `as_of` is no day, or a column `date` holds none.

    Examples
    --------
    >>> last_day({"purchases": ibis.memtable({"customer_id": ["a"], "date": [dt.date(2024, 1, 9)]})})
    datetime.date(2024, 1, 9)
    """
    if isinstance(as_of, dt.date):
        return as_of.date() if isinstance(as_of, dt.datetime) else as_of
    if as_of:
        try:
            return dt.date.fromisoformat(as_of)
        except (TypeError, ValueError):
            raise DataError([Fault("`as_of`", f"is {as_of!r}", "write a day such as 2024-12-31")]) from None
    ends = [days.moments(t).max().to_pyarrow().as_py() for name, t in tables.items() if name != CUSTOMERS]
    return max((e.date() for e in ends if e is not None), default=dt.date(1970, 1, 1))


def _unknown_names(audiences: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Fault]:
    return [Fault(f"audience {name!r}", "is not there", did_you_mean(name, audiences)) for condition in wanted.values()
            for name in audience_rules.references(condition) if name not in audiences]


def faults_in(tables: Mapping[str, ir.Table], audiences: Mapping[str, Any]) -> list[Fault]:
    """Tables and columns that rules name and there are not, with the nearest name."""
    faults = []
    for name, rule in audiences.items():
        for key in ("who", "except"):
            if key in rule:
                faults += _faults(tables, plain(rule[key]), f"audience {name!r}, `{key}`")
    return list(dict.fromkeys(faults))


def _faults(tables: Mapping[str, ir.Table], given: Mapping[str, Any], where: str) -> list[Fault]:
    faults: list[Fault] = []
    for key, value in given.items():
        at = f"{where}, `{key}`"
        if key in ("all", "any"):
            faults += [fault for i, part in enumerate(value, 1) for fault in _faults(tables, part, f"{at} {i}")]
        elif key == "not":
            faults += _faults(tables, value, at)
        elif key == "sequence":
            faults += [f for i, step in enumerate(value["steps"], 1) for f in _row_faults(tables, step, f"{at} {i}")]
        elif key in MEASURES:
            faults += _row_faults(tables, value, at)
        elif key != "audience":
            condition = value if key == "customer" else {key: value}
            columns = tables[CUSTOMERS].columns if CUSTOMERS in tables else ("customer_id",)
            faults += [Fault(where, f"asks for the column {c!r}, which the customers have not", _column_fix(c, columns))
                       for c in conditions.variables(condition) if c not in columns]
    return faults


def _column_fix(name: str, columns: Any) -> str:
    forms = did_you_mean(name, audience_rules.FORMS)
    return forms.split("? ")[0] + "?" if forms.startswith("did you mean") else did_you_mean(name, columns)


def _row_faults(tables: Mapping[str, ir.Table], given: Mapping[str, Any], at: str) -> list[Fault]:
    rows = {name: table for name, table in tables.items() if name != CUSTOMERS}
    if given["of"] not in rows:
        return [Fault(at, f"looks at the table {given['of']!r}, which there is not", did_you_mean(given["of"], rows))]
    table = rows[given["of"]]
    used = [*(c for part in ("where", "is") if part in given for c in conditions.variables(given[part])),
            *(given[key] for key in ("column", "distinct") if key in given)]
    faults = [Fault(at, f"asks for the column {c!r}, which {given['of']} have not", did_you_mean(c, table.columns))
              for c in dict.fromkeys(used) if c not in table.columns]
    column = given.get("column")
    if column is not None and column in table.columns and not table[column].type().is_numeric():
        faults.append(Fault(f"{at}, `column`", f"{column!r} holds {table[column].type()}, not numbers",
                            did_you_mean(column, [c for c in table.columns if table[c].type().is_numeric()])))
    return faults


class _Reader:
    """Reads conditions into Ibis: each gives a function of the table of customers and their measures."""

    def __init__(self, tables: Mapping[str, ir.Table], audiences: Mapping[str, Any], as_of: dt.date) -> None:
        self.tables, self.audiences, self.as_of = tables, audiences, as_of
        self.measured = Measured(tables, as_of)
        self.read: dict[str, Asked] = {}
        self.people: ir.Table | None = tables.get(CUSTOMERS)

    def population(self) -> ir.Table:
        """Everybody there is, once: the customers, or all who have rows."""
        if self.people is not None:
            return self.people.filter(self.people.customer_id.notnull())
        ids = [dated(t, self.as_of).select("customer_id") for t in self.tables.values()]
        everyone = ids[0]
        for other in ids[1:]:
            everyone = everyone.union(other)
        return everyone.distinct()

    def condition(self, given: Mapping[str, Any]) -> Asked:
        parts = [self._part(key, value) for key, value in given.items()]
        return lambda t: ibis.and_(*[part(t) for part in parts])

    def _part(self, key: str, value: Any) -> Asked:
        if key in ("all", "any"):
            parts = [self.condition(part) for part in value]
            join = ibis.and_ if key == "all" else ibis.or_
            return lambda t: join(*[part(t) for part in parts])
        if key == "not":
            part = self.condition(value)
            return lambda t: ~part(t)
        if key == "audience":
            among = [self.audience(name) for name in named(value)]
            return lambda t: ibis.or_(*[is_member(t) for is_member in among])
        if key == "sequence":
            return self.measured.sequence(value)
        if key in MEASURES:
            return self.measured.condition(key, value)
        return self._customer(value if key == "customer" else {key: value})

    def _customer(self, condition: Mapping[str, Any]) -> Asked:
        return lambda t: measures.holds(t, condition)

    def audience(self, name: str) -> Asked:
        """Who is in an audience: known of everybody."""
        if name not in self.read:
            rule = self.audiences[name]
            who = self.condition(plain(rule["who"]))
            out = self.condition(plain(rule["except"])) if "except" in rule else None
            self.read[name] = (lambda t: who(t).fill_null(False)) if out is None else (
                lambda t: who(t).fill_null(False) & ~out(t).fill_null(False))
        return self.read[name]
