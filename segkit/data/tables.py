"""Contracts: what each kind of table must hold. All faults come back in one report.

One aggregate query counts the faults of every rule and the rows set aside; only a rule that fails costs a
second query, for its first rows. Rows are numbered as a spreadsheet shows them: the header is row 1. PostgreSQL
and Spark keep no order of rows: there the first faulty row is shown instead of its number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from segkit.data import clock, engines, money, reading, rows, values
from segkit.data import open as sources
from segkit.data.contracts import CONTRACTS, Contract, Role
from segkit.data.rows import Account, Rules
from segkit.words.errors import DataError, Fault, SegkitError, check_option, did_you_mean

ROW = "segkit_row"
FIRST_ROWS = 5


def check(table: Any, kind: str, columns: Mapping[str, str] | None = None, as_of: str | dt.date | None = None,
          read: Mapping[str, Any] | None = None, rules: Mapping[str, Any] | None = None) -> list[Fault]:
    """All faults of a table, as a contract sees it; an empty list means it is good.

    Parameters
    ----------
    table : anything `segkit.data.open.table` takes.
    kind : one of `CONTRACTS`.
    columns : role → column name, where they differ.
    as_of : last day the table may hold.
    read : how to read it (see `segkit.data.reading`).
    rules : what becomes of returns, repeated lines, test accounts and such (see `segkit.data.rows.Rules`); rows
        set aside are not at fault.

    Returns
    -------
    list of Fault, in the order of the contract.

    Raises
    ------
    SegkitError
        When `kind` is not a kind of table.

    Examples
    --------
    >>> import pandas as pd
    >>> sales = pd.DataFrame({"customer_id": ["a", "b"], "date": ["2024-01-02", "2024-01-03"], "amount": ["5", "x"]})
    >>> print(check(sales, "transactions")[0])
    column 'amount': 1 value is not a number, such as 'x' (rows 3)
      → correct or remove these rows
    """
    check_option("kind", kind, CONTRACTS)
    return _judge(table, kind, columns, as_of, read, rules)[0]


def load(source: Any, kind: str, columns: Mapping[str, str] | None = None, as_of: str | dt.date | None = None,
         read: Mapping[str, Any] | None = None, rules: Mapping[str, Any] | None = None) -> ir.Table:
    """The table, its roles named and typed, or one report of all that is wrong with it.

    Takes what `check` takes. Ids come back as they stand in the source, text without blanks around it,
    whole numbers as numbers (0123 and +84… are text); dates as timestamps; amounts as numbers, in the study's
    currency where `rules` has rates. Rows that the rules set aside are not in it; `account` counts them.

    Raises
    ------
    DataError
        With all faults of the table.

    Examples
    --------
    >>> sorted(load("cdnow.transactions", "transactions").columns)
    ['amount', 'customer_id', 'date', 'quantity']
    """
    return account(source, kind, columns, as_of, read, rules).table


def account(source: Any, kind: str, columns: Mapping[str, str] | None = None, as_of: str | dt.date | None = None,
            read: Mapping[str, Any] | None = None, rules: Mapping[str, Any] | None = None) -> Account:
    """The table of `load` with the account of its source's rows: used, or set aside for a reason.

    Raises
    ------
    DataError
        With all faults of the table.

    Examples
    --------
    >>> import pandas as pd
    >>> sales = pd.DataFrame({"customer_id": ["a", "b", "a"], "amount": [5, 6, -5],
    ...                       "date": pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])})
    >>> made = account(sales, "transactions", rules={"returns": "set_aside"})
    >>> made.n_rows, made.n_used, made.set_aside
    (3, 2, {'returns and corrections': 1})
    """
    check_option("kind", kind, CONTRACTS)
    faults, made = _judge(source, kind, columns, as_of, read, rules)
    if faults or made is None:
        raise DataError(faults, f"{sources.name_of(source)} ({kind})")
    return made


@dataclass(frozen=True)
class _Case:
    """A table on its way: its roles named, not yet typed, and how it is to be read."""

    table: ir.Table
    kind: str
    contract: Contract
    names: Mapping[str, str]  # role → the user's own column name
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
        return ROW + "_" * max((len(c) for c in self.table.columns if c.startswith(ROW)), default=0)

    def where(self, role: Role | str) -> str:
        name = role if isinstance(role, str) else role.name
        return f"column {self.names.get(name, name)!r}"


def _judge(source: Any, kind: str, columns: Mapping[str, str] | None, as_of: Any, read: Mapping[str, Any] | None,
           rules: Mapping[str, Any] | None) -> tuple[list[Fault], Account | None]:
    contract, columns = CONTRACTS[kind], dict(columns or {})
    try:
        _check_roles(columns)
        last, told, options = _day(as_of), rows.rules(rules), reading.checked(read)
        mapped = _mapped(sources.raw(source, options), kind, columns, sources.name_of(source))
        needed = [r.name for r in contract.roles if r.required and r.kind != "text"]
        is_total = None if _is_database(source) else rows.is_total(mapped, needed)
        data = mapped if is_total is None else mapped.filter(~is_total)
        texts = [c for c in mapped.columns if mapped[c].type().is_string() and (
            contract.role(c) is not None or not sources.is_typed(source))]
        found = values.readings(data, texts, options.get("decimal"), options.get("dates"))
        names = {role: columns.get(role, role) for role in mapped.columns}
        return _faults(_Case(mapped, kind, contract, names, last, told, found, is_total, sources.is_typed(source)))
    except SegkitError as error:
        return error.faults, None


def _is_database(source: Any) -> bool:
    return not isinstance(source, ir.Table) and isinstance(source, str) and sources.files(source) is None


def _check_roles(columns: dict[str, Any]) -> None:
    bad = {role: column for role, column in columns.items() if not isinstance(column, str) or not column}
    if bad:
        raise DataError([Fault(f"`columns`, `{role}`", f"is {column!r}, not the name of a column",
                               "write the column's name, or take the line away") for role, column in bad.items()])


def _day(as_of: Any) -> dt.date | None:
    """The last day of a study, as a date."""
    if as_of is None or isinstance(as_of, dt.date):
        return as_of.date() if isinstance(as_of, dt.datetime) else as_of
    try:
        return dt.datetime.fromisoformat(str(as_of)).date()
    except ValueError:
        raise DataError([Fault("`as_of`", f"is {as_of!r}, not a day of the calendar",
                               "write it as 2024-12-31")]) from None


def _mapped(opened: ir.Table, kind: str, columns: dict[str, str], name: str) -> ir.Table:
    contract = CONTRACTS[kind]
    faults = []
    for role, column in columns.items():
        if column not in opened.columns:
            faults.append(Fault(f"column {column!r}", f"is not in {name} (mapped to `{role}`)",
                                did_you_mean(column, opened.columns)))
    for role in contract.roles:
        if role.required and role.name not in columns and role.name not in opened.columns:
            faults.append(Fault(f"column '{role.name}'", f"is missing from {name}; a table of {kind} needs it",
                                f"map it: `columns: {{{role.name}: <its name>}}`; "
                                + did_you_mean(role.name, opened.columns)))
        elif role.required and role.name not in columns and role.name in columns.values():
            taken = ", ".join(r for r, column in columns.items() if column == role.name)
            faults.append(Fault(f"column '{role.name}'", f"is mapped to `{taken}`, but is needed as `{role.name}` too",
                                f"give `{taken}` a column of its own"))
    if faults:
        raise DataError(faults)
    return sources.rename(opened, columns, name)


def _faults(case: _Case) -> tuple[list[Fault], Account | None]:
    rules, faults = [], []
    typed = {r.name: _typed(case, r, rules, faults) for r in case.present}
    typed |= _converted(case, typed, faults)
    reasons = _reasons(case, typed)
    table, ordered = case.table, engines.name(case.table) == "duckdb"
    if "duplicates" in reasons:
        again = ibis.row_number().over(group_by=list(table.columns), order_by=table.columns[0])
        table = table.mutate(segkit_again=again > 0)
        reasons["duplicates"] = table.segkit_again
    aside = ibis.cases(*[(broken.fill_null(False), name) for name, broken in reasons.items()], else_="") if reasons else None
    kept = aside == "" if reasons else ibis.literal(True)
    counted = _stripped(case.table[case.contract.counted])
    counts = table.aggregate(
        segkit_rows=table.count(), segkit_counted=(ibis.ifelse(kept, counted, None) if reasons else counted).nunique(),
        **{f"aside_{name}": (aside == name).sum() for name in reasons},
        **{f"rule_{i}": (rule.broken & kept if reasons else rule.broken).sum() for i, rule in enumerate(rules)},
    ).to_pyarrow().to_pylist()[0]
    n = {key: int(value or 0) for key, value in counts.items()}
    if n["segkit_rows"] == 0:
        return [Fault("the table", "has no rows", "check the file, or the filter it was saved with")], None
    set_aside = {rows.REASONS[name]: n[f"aside_{name}"] for name in reasons if n[f"aside_{name}"]}
    n_used = n["segkit_rows"] - sum(set_aside.values())
    if n_used == 0:
        told = ", ".join(f"{count:,} {reason}" for reason, count in set_aside.items())
        return [Fault("the table", f"has no rows left: {told}", "change `rows`, or `as_of`")], None
    numbered = table.mutate(**{case.row: ibis.row_number() + 2}) if ordered else table
    for i, rule in enumerate(rules):
        if n[f"rule_{i}"]:
            broken = numbered.filter(rule.broken & kept if reasons else rule.broken)
            faults.append(rule.fault(broken, n[f"rule_{i}"], case))
    faults += _key_faults(numbered.filter(kept) if reasons else numbered, case)
    n_counted = n["segkit_counted"]
    if n_counted < case.contract.at_least and not faults:
        faults.append(Fault(case.where(case.contract.counted), f"has {n_counted} distinct value; "
                            f"an analysis needs at least {case.contract.at_least}",
                            "check that this is the right column"))
    if faults:
        return faults, None
    used = table.mutate(**typed, **_other_columns(case, typed))
    if reasons:  # judged by the values as they were read
        used = table.mutate(**typed, **_other_columns(case, typed), segkit_aside=aside)
        used = used.filter(used.segkit_aside == "").drop("segkit_aside")
    return [], Account(used.select(*case.table.columns), n["segkit_rows"], n_used, set_aside)


def _other_columns(case: _Case, typed: Mapping[str, ir.Value]) -> dict[str, ir.Value]:
    """Columns without a role: text of a file that is a number or a date in every row is typed."""
    if case.typed_source:
        return {}
    return {c: values.READERS[r.kind](case.table[c], r.convention) for c, r in case.found.items()
            if c not in typed and r.kind in values.READERS}


def _reasons(case: _Case, typed: Mapping[str, ir.Value]) -> dict[str, ir.BooleanColumn]:
    """Which rows are set aside, by reason, in the order of `rows.REASONS`."""
    rules, table, found = case.rules, case.table, {}
    customer = table["customer_id"] if "customer_id" in table.columns else None
    if case.is_total is not None and rules.totals == "set_aside":
        found["totals"] = case.is_total
    if customer is not None and rules.no_customer == "set_aside":
        found["no_customer"] = rows.is_empty(customer)
    if customer is not None and (tests := rows.is_test_account(customer, rules.test_accounts)) is not None:
        found["test_accounts"] = tests
    if rules.duplicates == "set_aside":
        found["duplicates"] = ibis.literal(False)
    if case.as_of is not None and rules.after_as_of == "set_aside" and "date" in typed:
        found["after_as_of"] = typed["date"].cast("date") > ibis.date(case.as_of.isoformat())
    signed = [typed[name] for name in ("amount", "quantity") if name in typed and typed[name].type().is_numeric()]
    if signed and rules.returns == "set_aside":
        found["returns"] = ibis.or_(*[(v < 0).fill_null(False) for v in signed])
    left_out = [code for code, rate in rules.currencies.items() if rate is None]
    if "currency" in table.columns and left_out:
        found["currencies"] = _code(table["currency"]).isin(left_out)
    return found


def _code(currency: ir.Column) -> ir.StringColumn:
    return currency.cast("string").strip().upper()


def _converted(case: _Case, typed: Mapping[str, ir.Value], faults: list[Fault]) -> dict[str, ir.Value]:
    """Amounts in the study's currency, where the table says each row's and the rules have rates."""
    if "currency" not in case.table.columns or "amount" not in typed:
        return {}
    codes = case.table.mutate(segkit_code=_code(case.table["currency"]))
    there = codes.group_by("segkit_code").aggregate(n=codes.count()).order_by("segkit_code").to_pyarrow().to_pylist()
    found = {r["segkit_code"] or "": r["n"] for r in there}
    rates = case.rules.currencies
    unknown = {code: n for code, n in found.items() if code not in rates}
    if not rates and len(found) <= 1:
        return {}
    if unknown:
        shown = ", ".join(f"{code or 'none'} ({n:,} rows)" for code, n in (unknown if rates else found).items())
        example = ", ".join(f"{code or 'USD'}: …" for code in list(found)[:3])
        faults.append(Fault(case.where("currency"), f"holds {'currencies without a rate' if rates else 'several'}: {shown}",
                            f"say what one unit is worth: `rows: {{currencies: {{{example}}}}}`, null to leave it out"))
        return {}
    if not typed["amount"].type().is_numeric():
        return {}
    rate = ibis.cases(*[(_code(case.table["currency"]) == code, float(r)) for code, r in rates.items() if r is not None],
                      else_=None) if any(r is not None for r in rates.values()) else ibis.null("float64")
    if all(r in (None, 1) for r in rates.values()):
        return {}
    return {"amount": typed["amount"].cast("float64") * rate}


def _stripped(column: ir.Column) -> ir.Column:
    return column.strip().nullif("") if column.type().is_string() else column


@dataclass(frozen=True)
class _Rule:
    where: str
    broken: ir.BooleanColumn
    one: str
    many: str
    fix: str
    shown: str = ""

    def fault(self, broken: ir.Table, n: int, case: _Case) -> Fault:
        ordered = case.row in broken.columns
        first = (broken.order_by(case.row) if ordered else broken).limit(FIRST_ROWS).to_pyarrow().to_pylist()
        example = f", such as {str(first[0][self.shown])!r}" if self.shown and first else ""
        if not ordered and first:
            example += " in the row " + ", ".join(f"{r.name} {str(first[0][r.name])!r}" for r in case.present[:4])
        found = (self.one if n == 1 else self.many).format(n=f"{n:,}") + example
        return Fault(self.where, found, self.fix, tuple(int(r[case.row]) for r in first) if ordered else ())


def _typed(case: _Case, role: Role, rules: list[_Rule], faults: list[Fault]) -> ir.Value:
    """A role's column as its kind needs it; the rules it has to keep go to `rules`."""
    column, where = case.table[role.name], case.where(role)
    if role.required:
        fix = "fill these rows or remove them"
        if role.name == "customer_id" and case.kind != "customers":
            fix += "; or leave them out of the study: `rows: {no_customer: set_aside}`"
        rules.append(_Rule(where, rows.is_empty(column), "{n} row has no value", "{n} rows have no value", fix))
    if role.kind == "text":
        if not column.type().is_string():
            return column
        whole = case.found[role.name].kind == "integer"  # so that 100 of a CSV is 100 of an Excel sheet
        return values.to_integer(column) if whole else _stripped(column)
    value = column
    if column.type().is_string():
        told = case.found[role.name]
        if told.problem and told.looks_like == role.kind:
            faults.append(_ask(case, role, told))
            return column
        value = _read(column, role, told, case.rules.time_zone)
        filled = column.notnull() & (column.strip() != "")
        rules.append(_Rule(where, filled & value.isnull(), f"{{n}} value is not a {role.kind}",
                           f"{{n}} values are not {role.kind}s", _MEND[role.kind], role.name))
    return _number(value, role, where, rules, faults) if role.kind == "number" else _date(
        value, role, where, case, rules, faults)


def _number(column: ir.Value, role: Role, where: str, rules: list[_Rule], faults: list[Fault]) -> ir.Value:
    if not column.type().is_numeric() or column.type().is_boolean():
        faults.append(Fault(where, f"holds {column.type()}, not numbers", "map another column"))
        return column
    if column.type().is_floating():
        rules.append(_Rule(where, column.isnan() | column.isinf(), "{n} value is not finite",
                           "{n} values are not finite", "correct or remove these rows", role.name))
        rules.append(_Rule(where, money.unusable(column) & ~column.isinf() & ~column.isnan(), "{n} value is too large",
                           "{n} values are too large", "correct or remove these rows", role.name))
    for limit, beyond, word in ((role.at_least, "__lt__", "below"), (role.at_most, "__gt__", "above")):
        if limit is not None:
            rules.append(_Rule(where, getattr(column, beyond)(limit), f"{{n}} value is {word} {limit:g}",
                               f"{{n}} values are {word} {limit:g}", "correct or remove these rows", role.name))
    return column


def _date(column: ir.Value, role: Role, where: str, case: _Case, rules: list[_Rule], faults: list[Fault]) -> ir.Value:
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
    if role.at_least is not None:
        outside = (day < ibis.date(role.at_least.isoformat())) | (day > ibis.date(role.at_most.isoformat()))
        rules.append(_Rule(where, outside, f"{{n}} day is before {role.at_least.year} or after {role.at_most.year}",
                           f"{{n}} days are before {role.at_least.year} or after {role.at_most.year}",
                           "correct these rows, or leave the day empty where it is not known", role.name))
    if case.as_of is not None:
        rules.append(_Rule(where, day > ibis.date(case.as_of.isoformat()), f"{{n}} day is after `as_of` {case.as_of}",
                           f"{{n}} days are after `as_of` {case.as_of}", "set `as_of` to a later day; or use the rows up "
                           "to that day: `rows: {after_as_of: set_aside}`", role.name))
    return column.cast("timestamp")


def _read(column: ir.StringColumn, role: Role, told: values.Reading, time_zone: str) -> ir.Value:
    """A text column read as its role needs it; what cannot be read is null."""
    if role.kind == "date":
        order = told.convention if told.looks_like == "date" and told.convention else "year-first"
        return values.to_date(column, order, time_zone)
    return values.to_number(column, told.convention or ".")


_MEND = {"date": "write dates as 2024-12-31, or correct these rows", "number": "correct or remove these rows"}
_ASK = {
    ("date", "ambiguous"): ("could be day/month or month/day in every row",
                            "say which: `read: {dates: day-first}` or `read: {dates: month-first}`"),
    ("date", "mixed"): ("mixes ways of writing a date", "write all dates alike, best as 2024-12-31"),
    ("number", "ambiguous"): ("could use . or , as its decimal mark in every row",
                              "say which: where 1.500 is fifteen hundred write `read: {decimal: comma}`, where 1,500 "
                              "is, `read: {decimal: point}`"),
    ("number", "mixed"): ("mixes . and , as decimal marks", "write all numbers alike"),
    ("number", "currencies"): ("holds several currencies", "turn all amounts into one currency, or put the currency "
                               "into a column of its own and give rates: `rows: {currencies: …}`"),
}


def _ask(case: _Case, role: Role, told: values.Reading) -> Fault:
    said, fix = _ASK[role.kind, told.problem]
    table = case.table if case.is_total is None else case.table.filter(~case.is_total)
    values_there = table.select(shown=_stripped(table[role.name])).filter(lambda t: t.shown.notnull())
    shown = values_there.limit(1).to_pyarrow().to_pylist()
    return Fault(case.where(role), f"{said}, such as {str(shown[0]['shown'])!r}", fix)


def _key_faults(table: ir.Table, case: _Case) -> list[Fault]:
    keys = [((r.name,), case.where(r)) for r in case.present if r.key]
    if case.contract.key and set(case.contract.key) <= set(table.columns):
        keys.append((case.contract.key, "the columns " + ", ".join(repr(case.names.get(c, c)) for c in case.contract.key)))
    faults = []
    for columns, where in keys:
        known = table.mutate(**{c: table[c].cast("string").strip().nullif("") for c in columns})
        known = known.filter(*[known[c].notnull() for c in columns])
        last = known[case.row].max() if case.row in table.columns else known.count()
        repeated = known.group_by(*columns).aggregate(segkit_n=known.count(), segkit_last=last)
        repeated = repeated.filter(repeated.segkit_n > 1)
        n = int(repeated.count().to_pyarrow().as_py())
        if n:
            first = repeated.order_by("segkit_last", *columns).limit(FIRST_ROWS).to_pyarrow().to_pylist()
            shown = ", ".join(" ".join(str(r[c]) for c in columns) for r in first[:3]) + (", …" if n > 3 else "")
            what = "ids stand" if len(columns) == 1 else "combinations stand"
            faults.append(Fault(where, f"{n} {what} in more than one row: {shown}", "keep one row per "
                                + ("id" if len(columns) == 1 else "combination"),
                                tuple(int(r["segkit_last"]) for r in first) if case.row in table.columns else ()))
    return faults
