"""Contracts: what each kind of table must hold. All faults come back in one report.

One aggregate query counts the faults of every rule; only a rule that fails costs a second query, for
its first rows. Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from segkit.data import money, values
from segkit.data import open as sources
from segkit.data.contracts import CONTRACTS, Contract, Role
from segkit.words.errors import DataError, Fault, SegkitError, check_option, did_you_mean

ROW = "segkit_row"
FIRST_ROWS = 5


def check(table: Any, kind: str, columns: Mapping[str, str] | None = None, as_of: str | dt.date | None = None,
          read: Mapping[str, Any] | None = None) -> list[Fault]:
    """All faults of a table, as a contract sees it; an empty list means it is good.

    Parameters
    ----------
    table : anything `segkit.data.open.table` takes.
    kind : one of `CONTRACTS`.
    columns : role → column name, where they differ.
    as_of : last day the table may hold.
    read : how to read a text file (see `segkit.data.open.table`).

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
    return _judged(table, kind, columns, as_of, read)[1]


def load(source: Any, kind: str, columns: Mapping[str, str] | None = None, as_of: str | dt.date | None = None,
         read: Mapping[str, Any] | None = None) -> ir.Table:
    """The table, its roles named and typed, or one report of all that is wrong with it.

    Takes what `check` takes. Ids come back as they stand in the source, text without blanks around it,
    whole numbers as numbers (0123 and +84… are text); dates as timestamps; amounts as numbers.

    Raises
    ------
    DataError
        With all faults of the table.

    Examples
    --------
    >>> sorted(load("cdnow.transactions", "transactions").columns)
    ['amount', 'customer_id', 'date', 'quantity']
    """
    check_option("kind", kind, CONTRACTS)
    mapped, faults, found = _judged(source, kind, columns, as_of, read)
    if faults or mapped is None:
        raise DataError(faults, f"{sources.name_of(source)} ({kind})")
    typed: dict[str, ir.Value] = {}
    for role in CONTRACTS[kind].roles:
        if role.name not in mapped.columns:
            continue
        column = mapped[role.name]
        if not column.type().is_string():
            typed[role.name] = column.cast("timestamp") if role.kind == "date" else column
        elif role.kind == "text":
            whole = found[role.name].kind == "integer"  # so that 100 of a CSV is 100 of an Excel sheet
            typed[role.name] = values.to_integer(column) if whole else _stripped(column)
        else:
            typed[role.name] = _read(column, role, found[role.name])
    rest = [c for c in mapped.columns if c not in typed and mapped[c].type().is_string()]
    if not sources.is_typed(source):
        options = read or {}
        mapped = values.cast(mapped, values.readings(mapped, rest, options.get("decimal"), options.get("dates")))
    return mapped.mutate(**typed)


def _judged(source: Any, kind: str, columns: Mapping[str, str] | None, as_of: Any,
            read: Mapping[str, Any] | None) -> tuple[ir.Table | None, list[Fault], dict[str, values.Reading]]:
    """The table with its roles named but not yet typed, its faults, and how its text roles are to be read."""
    contract, columns = CONTRACTS[kind], dict(columns or {})
    try:
        _check_roles(columns)
        last = _day(as_of)
        mapped = _mapped(sources.raw(source, read), kind, columns, sources.name_of(source))
    except SegkitError as error:
        return None, error.faults, {}
    texts = [r.name for r in contract.roles if r.name in mapped.columns and mapped[r.name].type().is_string()]
    found = values.readings(mapped, texts, (read or {}).get("decimal"), (read or {}).get("dates"))
    names = {role: columns.get(role, role) for role in mapped.columns}
    return mapped, _faults(mapped, contract, names, last, found), found


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


def _read(column: ir.StringColumn, role: Role, reading: values.Reading) -> ir.Value:
    """A text column read as its role needs it; what cannot be read is null."""
    if role.kind == "date":
        order = reading.convention if reading.looks_like == "date" and reading.convention else "year-first"
        return values.to_date(column, order)
    return values.to_number(column, reading.convention or ".")


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


def _faults(table: ir.Table, contract: Contract, names: dict[str, str], as_of: dt.date | None,
            found: dict[str, values.Reading]) -> list[Fault]:
    present = [r for r in contract.roles if r.name in table.columns]
    rules, faults = [], []
    for role in present:
        name = f"column {names[role.name]!r}"
        rules += _rules(table, role, name, found.get(role.name), as_of, faults)
    numbered = table.mutate(**{ROW: ibis.row_number() + 2})
    counts = table.aggregate(
        segkit_rows=table.count(), segkit_counted=_stripped(table[contract.counted]).nunique(),
        **{f"rule_{i}": rule.broken.sum() for i, rule in enumerate(rules)}).to_pyarrow().to_pylist()[0]
    if counts["segkit_rows"] == 0:
        return [Fault("the table", "has no rows", "check the file, or the filter it was saved with")]
    for i, rule in enumerate(rules):
        if n := counts[f"rule_{i}"]:
            faults.append(rule.fault(numbered, int(n)))
    faults += _key_faults(numbered, present, names)
    n_counted = counts["segkit_counted"]
    if n_counted < contract.at_least and not faults:
        faults.append(Fault(f"column {names[contract.counted]!r}", f"has {n_counted} distinct value; "
                            f"an analysis needs at least {contract.at_least}", "check that this is the right column"))
    return faults


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

    def fault(self, numbered: ir.Table, n: int) -> Fault:
        broken = numbered.filter(self.broken).order_by(ROW).limit(FIRST_ROWS).to_pyarrow().to_pylist()
        example = f", such as {str(broken[0][self.shown])!r}" if self.shown else ""
        found = (self.one if n == 1 else self.many).format(n=f"{n:,}") + example
        return Fault(self.where, found, self.fix, tuple(int(r[ROW]) for r in broken))


def _rules(table: ir.Table, role: Role, where: str, reading: values.Reading | None, as_of: dt.date | None,
           faults: list[Fault]) -> list[_Rule]:
    column = table[role.name]
    rules: list[_Rule] = []
    if role.required:
        empty = column.isnull()
        if column.type().is_string():
            empty = empty | (column.strip() == "")
        rules.append(_Rule(where, empty, "{n} row has no value", "{n} rows have no value",
                           "fill these rows or remove them"))
    if role.kind == "text":
        return rules
    if column.type().is_string():
        if reading.problem and reading.looks_like == role.kind:
            faults.append(_ask(column, role, where, reading))
            return rules
        filled = column.notnull() & (column.strip() != "")
        value = _read(column, role, reading)
        rules.append(_Rule(where, filled & value.isnull(), f"{{n}} value is not a {role.kind}",
                           f"{{n}} values are not {role.kind}s", _MEND[role.kind], role.name))
        column = value
    if role.kind == "number" and not column.type().is_numeric():
        faults.append(Fault(where, f"holds {column.type()}, not numbers", "map another column"))
    elif role.kind == "number" and column.type().is_floating():
        rules.append(_Rule(where, column.isnan() | column.isinf(), "{n} value is not finite",
                           "{n} values are not finite", "correct or remove these rows", role.name))
        rules.append(_Rule(where, money.unusable(column) & ~column.isinf(), "{n} value is too large",
                           "{n} values are too large", "correct or remove these rows", role.name))
    if role.kind == "date" and not (column.type().is_date() or column.type().is_timestamp()):
        faults.append(Fault(where, f"holds {column.type()}, not dates", "map another column, or write it as "
                            "2024-12-31"))
    elif role.kind == "date" and as_of is not None:
        rules.append(_Rule(where, column.date() > ibis.date(as_of.isoformat()), f"{{n}} day is after `as_of` {as_of}",
                           f"{{n}} days are after `as_of` {as_of}",
                           "set `as_of` to a later day, or remove these rows", role.name))
    return rules


_MEND = {"date": "write dates as 2024-12-31, or correct these rows", "number": "correct or remove these rows"}
_ASK = {
    ("date", "ambiguous"): ("could be day/month or month/day in every row",
                            "say which: `read: {dates: day-first}` or `read: {dates: month-first}`"),
    ("date", "mixed"): ("mixes ways of writing a date", "write all dates alike, best as 2024-12-31"),
    ("number", "ambiguous"): ("could use . or , as its decimal mark in every row",
                              "say which: where 1.500 is fifteen hundred write `read: {decimal: \",\"}`, where 1,500 "
              "is, `read: {decimal: \".\"}`"),
    ("number", "mixed"): ("mixes . and , as decimal marks", "write all numbers alike"),
    ("number", "currencies"): ("holds several currencies", "turn all amounts into one currency"),
}


def _ask(column: ir.StringColumn, role: Role, where: str, reading: values.Reading) -> Fault:
    said, fix = _ASK[role.kind, reading.problem]
    shown = column.strip().nullif("").first().to_pyarrow().as_py()
    return Fault(where, f"{said}, such as {str(shown)!r}", fix)


def _key_faults(numbered: ir.Table, roles: list[Role], names: dict[str, str]) -> list[Fault]:
    faults = []
    for role in (r for r in roles if r.key):
        key = numbered[role.name].cast("string").strip()
        known = numbered.mutate(**{role.name: key}).filter((key != "") & key.notnull())
        repeated = known.group_by(role.name).aggregate(n=known.count(), row=known[ROW].max())
        repeated = repeated.filter(repeated.n > 1).order_by("row").to_pyarrow().to_pylist()
        if repeated:
            shown = ", ".join(str(r[role.name]) for r in repeated[:3])
            more = ", …" if len(repeated) > 3 else ""
            faults.append(Fault(f"column {names[role.name]!r}",
                                f"{len(repeated)} ids stand in more than one row: {shown}{more}",
                                "keep one row per id", tuple(int(r["row"]) for r in repeated[:FIRST_ROWS])))
    return faults
