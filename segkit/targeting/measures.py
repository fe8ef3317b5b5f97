"""What rules ask of rows: counts, sums, days, first and last rows, sequences, as columns of one row per customer.

All that is asked of a table is answered in one pass over it; the same question asked twice is answered once. Only a
sequence takes a pass of its own.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.expr.operations import UnboundTable

from segkit.data.contract import days, money
from segkit.segmentation.rulebook import conditions

Asked = Callable[[ir.Table], ir.BooleanValue]
"""A condition on the table of customers beside what was measured of them."""
_DAY, _MOMENT = "_day", "_moment"


def dated(table: ir.Table, as_of: dt.date) -> ir.Table:
    """Rows of a customer with a day up to `as_of`, with their `_day` and `_moment`."""
    column = table["date"]
    moment = column if column.type().is_date() else days.moments(table)
    rows = table.mutate(**{_MOMENT: moment, _DAY: moment if column.type().is_date() else moment.date()})
    return rows.filter(rows.customer_id.notnull(), rows[_DAY] <= ibis.date(as_of.isoformat()))


def span(given: Mapping[str, Any], as_of: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """First and last day of a window, None where it is open.

    Examples
    --------
    >>> [d.isoformat() for d in span({"within_days": 30, "before_days": 10}, dt.date(2024, 12, 31))]
    ['2024-12-02', '2024-12-21']
    """
    starts = [given["from"]] if "from" in given else []
    ends = [given["to"]] if "to" in given else []
    if "within_days" in given:
        starts.append(as_of - dt.timedelta(given["within_days"] - 1))
    if "before_days" in given:
        ends.append(as_of - dt.timedelta(given["before_days"]))
    return max(starts, default=None), min(ends, default=None)


class Seen:
    """A table as a condition sees it: a moment as its day, and some columns by other values."""

    def __init__(self, table: ir.Table, values: Mapping[str, ir.Value] | None = None) -> None:
        self.table, self.values = table, dict(values or {})
        self.columns = (*table.columns, *self.values)

    def __getitem__(self, name: str) -> ir.Value:
        column = self.values[name] if name in self.values else self.table[name]
        return column.date() if column.type().is_timestamp() else column


def holds(table: ir.Table, condition: Mapping[str, Any],
          values: Mapping[str, ir.Value] | None = None) -> ir.BooleanValue:
    """A condition of `segkit.segmentation.rulebook.conditions` on a table whose days meet days: a moment is taken as
    its day, a text that is compared with a day as text."""
    seen: Any = Seen(table, values)
    return conditions.expression(seen, _texts(table, condition))


def _texts(table: ir.Table, condition: Mapping[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = {}
    for key, value in condition.items():
        if key in ("all", "any"):
            converted[key] = [_texts(table, part) for part in value]
        elif key == "not":
            converted[key] = _texts(table, value)
        else:
            is_text = key in table.columns and table[key].type().is_string()
            converted[key] = _as_text(value) if is_text else value
    return converted


def _as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {bound: _as_text(limit) for bound, limit in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_as_text(v) for v in value]
    return value.isoformat() if isinstance(value, dt.date) else value


@dataclass
class Measured:
    """What is asked of each table, gathered while conditions are read.

    `tables`: rows by name, with `customer_id` and `date`; `as_of`: the day looked back from.
    """

    tables: Mapping[str, ir.Table]
    as_of: dt.date
    rows: dict[str, ir.Table] = field(default_factory=dict)
    asked: dict[str, dict[str, tuple[str, ir.Value]]] = field(default_factory=dict)
    windows: dict[str, list[tuple[dt.date | None, dt.date | None]]] = field(default_factory=dict)
    sequences: dict[str, tuple[str, ir.Table]] = field(default_factory=dict)

    def condition(self, kind: str, given: Mapping[str, Any]) -> Asked:
        """A form of `audience_rules.MEASURES` as a condition."""
        met = self._met(given)
        self.windows.setdefault(given["of"], []).append(span(given, self.as_of))
        if kind == "count":
            distinct = given.get("distinct")
            counted = (lambda t: t[distinct].nunique(where=met(t))) if distinct else lambda t: t.count(where=met(t))
            return self._bounded(given, counted, "count", 1)
        if kind == "sum":
            if not isinstance(self.tables[given["of"]].op(), UnboundTable):  # of which nothing can be asked
                money.checked(self.rows[given["of"]], given["column"])
            return self._bounded(given, lambda t: money.whole(money.cents(t[given["column"]]).sum(where=met(t))), "sum",
                                 100)
        if kind == "days_since":
            return self._since(given, met)
        end = "min" if kind == "first" else "max"
        when = _DAY if self.tables[given["of"]]["date"].type().is_date() else _MOMENT
        name = self._column(given, f"{end} {when}", lambda t: getattr(t[when], end)(where=met(t)))
        so = self._column(given, f"{end} {when} is", lambda t: getattr(t[when], end)(
            where=_both(met(t), holds(t, given["is"]))), given["is"])
        return lambda t: (t[name] == t[so]).fill_null(False)

    def _met(self, given: Mapping[str, Any]) -> Callable[[ir.Table], ir.BooleanValue | None]:
        """Which rows of a table are meant: None for all."""
        if given["of"] not in self.rows:
            self.rows[given["of"]] = dated(self.tables[given["of"]], self.as_of)
        start, end = span(given, self.as_of)
        parts: list[Asked] = []
        if start is not None:
            parts.append(lambda t: t[_DAY] >= ibis.date(start.isoformat()))
        if end is not None and end < self.as_of:
            parts.append(lambda t: t[_DAY] <= ibis.date(end.isoformat()))
        if "where" in given:
            parts.append(lambda t: holds(t, given["where"]))
        return lambda t: ibis.and_(*[part(t) for part in parts]) if parts else None

    def _column(self, given: Mapping[str, Any], kind: str, value: Callable[[ir.Table], ir.Value],
                more: Any = None) -> str:
        """The name of a measured column; the same question has one name."""
        question = {k: v for k, v in given.items() if k in ("where", "within_days", "before_days", "from", "to",
                                                            "distinct", "column")}
        key = json.dumps([kind, question, more], default=str, sort_keys=True)
        asked = self.asked.setdefault(given["of"], {})
        taken = sum(map(len, self.asked.values()))
        return asked.setdefault(key, (f"_m{taken}", value))[0]

    def _bounded(self, given: Mapping[str, Any], value: Callable[[ir.Table], ir.Value], kind: str, scale: int) -> Asked:
        name = self._column(given, kind, value)
        limits = {b: round(given[b] * scale, 6) for b in conditions.BOUNDS[:4] if b in given}
        return lambda t: holds(t, {name: limits}, {name: t[name].fill_null(0)})

    def _since(self, given: Mapping[str, Any], met: Callable[[ir.Table], ir.BooleanValue | None]) -> Asked:
        end = "min" if given.get("which", "last") == "first" else "max"
        name = self._column(given, f"{end} {_DAY}", lambda t: getattr(t[_DAY], end)(where=met(t)))
        turned = {"at_least": "at_most", "above": "below", "at_most": "at_least", "below": "above"}
        limits = {turned[b]: self.as_of - dt.timedelta(given[b]) for b in turned if b in given}
        return lambda t: holds(t, {name: limits})

    def sequence(self, given: Mapping[str, Any]) -> Asked:
        """A sequence of steps as a condition, by one pass over the moments of each customer."""
        key = json.dumps(given, default=str, sort_keys=True)
        if key not in self.sequences:
            self.sequences[key] = f"_s{len(self.sequences)}", self._followed(given)
        name = self.sequences[key][0]
        return lambda t: t[name].fill_null(False)

    def _followed(self, given: Mapping[str, Any]) -> ir.Table:
        """Customers whose rows follow each other as the steps say: `customer_id` and True."""
        parts = []
        for i, step in enumerate(given["steps"]):
            met = self._met(step)
            rows = self.rows[step["of"]]
            rows = rows.filter(_both(met(rows), ibis.literal(True)))
            flags = {f"_a{j}": ibis.literal(int(i == j)) for j in range(len(given["steps"]))}
            parts.append(rows.select("customer_id", **{_MOMENT: rows[_MOMENT].cast("timestamp")}, **flags))
        t = parts[0]
        for part in parts[1:]:
            t = t.union(part)
        steps = [f"_a{i}" for i in range(len(parts))]
        t = t.group_by("customer_id", _MOMENT).aggregate(**{s: t[s].max() for s in steps})
        nothing = ibis.null("timestamp")
        t = t.mutate(_at=(t[steps[0]] == 1).ifelse(t[_MOMENT], nothing))
        for step in steps[1:]:
            before = ibis.window(group_by=t.customer_id, order_by=t[_MOMENT], preceding=(None, 1))
            t = t.mutate(_prior=t["_at"].max().over(before))
            reached = (t[step] == 1) & t["_prior"].notnull()
            if "within_days" in given:
                reached &= t[_MOMENT] <= t["_prior"] + ibis.interval(days=given["within_days"])
            t = t.mutate(_at=reached.ifelse(t[_MOMENT], nothing))
        return t.filter(t["_at"].notnull()).select("customer_id").distinct()

    def beside(self, population: ir.Table, only: str = "") -> ir.Table:
        """The customers with all that was asked of them in columns `_m0`, `_m1`, … and `_s0`, …

        `only` names the table whose customers are everybody, where there is no other: it is read once, and whole.
        """
        customers = population
        for name, asked in self.asked.items():
            rows = self.rows[name] if name == only else self._narrowed(name)
            per_customer = rows.group_by("customer_id").aggregate(
                **{column: value(rows) for column, value in asked.values()})
            customers = per_customer if name == only else _joined(customers, per_customer)
        for name, per_customer in self.sequences.values():
            customers = _joined(customers, per_customer.mutate(**{name: ibis.literal(True)}))
        return customers

    def _narrowed(self, name: str) -> ir.Table:
        """The rows of a table that any of the windows asked for may hold."""
        rows, windows = self.rows[name], self.windows.get(name, [])
        starts = [start for start, _ in windows if start is not None]
        if not starts or len(starts) < len(windows):
            return rows
        return rows.filter(rows[_DAY] >= ibis.date(min(starts).isoformat()))


def _both(one: ir.BooleanValue | None, other: ir.BooleanValue) -> ir.BooleanValue:
    return other if one is None else one & other


def _joined(population: ir.Table, found: ir.Table) -> ir.Table:
    return population.left_join(found, "customer_id").drop("customer_id_right")
