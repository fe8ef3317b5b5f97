"""Contracts: what each kind of table must hold. All faults come back in one report.

One aggregate query counts the faults of every rule and the rows set aside; only a rule that fails costs a
second query, for its first rows. Rows are numbered as a spreadsheet shows them: the header is row 1. PostgreSQL
and Spark keep no order of rows: there the first faulty row is shown instead of its number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from segkit.data import engines
from segkit.data import open as sources
from segkit.data.contract import identifiers, orderlines, rows, values
from segkit.data.contract.contracts import CONTRACTS
from segkit.data.contract.exclusions import converted, reasons_of
from segkit.data.contract.faults import Case, Rule, key_faults, stripped, totals_rule, typed_role
from segkit.data.contract.orderlines import Note
from segkit.data.contract.rows import Account
from segkit.data.readers import kept, reading
from segkit.words.errors import DataError, Fault, SegkitError, check_option, did_you_mean

KEPT = 1_000_000
"""Rows up to which a table that was read and typed is kept by the embedded DuckDB, so that it is not read again."""


def check(table: Any, kind: str, columns: Mapping[str, str] | None = None, as_of: str | dt.date | None = None,
          read: Mapping[str, Any] | None = None, rules: Mapping[str, Any] | None = None) -> list[Fault]:
    """All faults of a table, as a contract sees it; an empty list means it is good.

    Parameters
    ----------
    table : anything `segkit.data.open.table` takes.
    kind : one of `CONTRACTS`.
    columns : role → column name, where they differ.
    as_of : last day the table may hold.
    read : how to read it (see `segkit.data.readers.reading`).
    rules : what becomes of returns, repeated lines, test accounts and such (see `segkit.data.contract.rows.Rules`);
        rows set aside are not at fault.

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

    Parameters
    ----------
    source : anything `segkit.data.open.table` takes.
    kind : one of `CONTRACTS`, such as "transactions", "brands" or "events".
    columns : role → column name, where they differ.
    as_of : last day the table may hold, as a date or text such as 2024-12-31.
    read : how to read it (see `segkit.data.readers.reading`).
    rules : what becomes of returns, repeated lines, test accounts and such (see `segkit.data.contract.rows.Rules`).

    Returns
    -------
    Ibis table. Ids come back as they stand in the source, text without blanks around it, whole numbers as numbers
    (0123 and +84… are text); dates as timestamps; amounts as numbers, in the study's currency where `rules` has rates.
    Rows that the rules set aside are not in it; `account` counts them.

    Raises
    ------
    DataError
        With all faults of the table, or of `columns`, `as_of`, `read` and `rules`.
    SegkitError
        When `kind` is not a kind of table.

    Examples
    --------
    >>> sorted(load("cdnow.transactions", "transactions").columns)
    ['amount', 'customer_id', 'date', 'quantity']
    """
    return account(source, kind, columns, as_of, read, rules).table


def account(source: Any, kind: str, columns: Mapping[str, str] | None = None, as_of: str | dt.date | None = None,
            read: Mapping[str, Any] | None = None, rules: Mapping[str, Any] | None = None) -> Account:
    """The table of `load` with the account of its source's rows: used, or set aside for a reason.

    Parameters
    ----------
    source, kind, columns, as_of, read, rules : as `load` takes them.

    Returns
    -------
    Account: `table` (what `load` gives), `n_rows` (of the source), `n_used` (of the table), `set_aside` (reason →
    rows; with `n_used` they are `n_rows`), `notes` (what to know of the rows used though nothing is wrong).

    Raises
    ------
    DataError
        With all faults of the table, or of `columns`, `as_of`, `read` and `rules`.
    SegkitError
        When `kind` is not a kind of table.

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
    faults, opened = _judge(source, kind, columns, as_of, read, rules)
    if faults or opened is None:
        raise DataError(faults, f"{sources.name_of(source)} ({kind})")
    return opened


def _judge(source: Any, kind: str, columns: Mapping[str, str] | None, as_of: Any, read: Mapping[str, Any] | None,
           rules: Mapping[str, Any] | None) -> tuple[list[Fault], Account | None]:
    contract, columns = CONTRACTS[kind], dict(columns or {})
    try:
        _check_roles(columns)
        last, row_rules, options = _day(as_of), rows.rules(rules), reading.checked(read)
        file = sources.large(source)
        asked = {"kind": kind, "columns": columns, "as_of": last, "read": options, "rules": row_rules}
        if file and (there := sources.find(source)):
            asked["part"] = there.part
        name = kept.key(file, asked) if file else ""
        if name and (known := kept.find(name)):
            return [], known
        mapped = _mapped(sources.raw(source, options), kind, columns, sources.name_of(source))
        contract = orderlines.contract(contract, columns, mapped.columns)
        mapped = identifiers.whole(mapped, [r.name for r in contract.roles
                                            if r.kind == "text" and r.name in mapped.columns])
        needed = [r.name for r in contract.roles if r.required and r.kind != "text"]
        is_total = None if _is_database(source) or row_rules.totals == "keep" else rows.totals(mapped, needed)
        data = mapped if is_total is None else mapped.filter(~is_total)
        texts = [c for c in mapped.columns if mapped[c].type().is_string() and (
            contract.role(c) is not None or not sources.is_typed(source))]
        readings = values.readings(data, texts, options.get("decimal"), options.get("dates"))
        names = {role: columns.get(role, role) for role in mapped.columns}
        faults, opened = _faults(Case(mapped, kind, contract, names, last, row_rules, readings, is_total,
                                      sources.is_typed(source)))
        if opened is not None and file is not None and kept.key(file, asked) == name:
            opened = kept.keep(name, opened)  # it did not change meanwhile
        return faults, opened
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
    faults, there = [], {*columns, *opened.columns} - (set(columns.values()) - set(columns))
    priced = contract.role("amount") is not None and orderlines.is_priced(there)
    for mapped, column in columns.items():
        if column not in opened.columns:
            faults.append(Fault(f"column {column!r}", f"is not in {name} (mapped to `{mapped}`)",
                                did_you_mean(column, opened.columns)))
    for role in contract.roles:
        if priced and role.name == "amount":
            continue
        if role.required and role.name not in columns and role.name not in opened.columns:
            faults.append(Fault(f"column '{role.name}'", f"is missing from {name}; a table of {kind} needs it",
                                f"map it: `columns: {{{role.name}: <its name>}}`; "
                                + ("or map `unit_price` and `quantity`, which make one; " * (role.name == "amount"))
                                + did_you_mean(role.name, opened.columns)))
        elif role.required and role.name not in columns and role.name in columns.values():
            taken = ", ".join(r for r, column in columns.items() if column == role.name)
            faults.append(Fault(f"column '{role.name}'", f"is mapped to `{taken}`, but is needed as `{role.name}` too",
                                f"give `{taken}` a column of its own"))
    if faults:
        raise DataError(faults)
    return sources.rename(opened, columns, name)


def _faults(case: Case) -> tuple[list[Fault], Account | None]:
    rules: list[Rule] = []
    faults: list[Fault] = []
    typed = {r.name: typed_role(case, r, rules, faults) for r in case.present}
    odd = orderlines.questionable(typed)
    typed |= orderlines.amounts(typed)
    typed |= converted(case, typed, faults)
    reasons = reasons_of(case, typed)
    table, ordered = case.table, engines.name(case.table) == "duckdb"
    if case.is_total is not None and case.rules.totals == "fault":
        rules.append(totals_rule(case))
    if "duplicates" in reasons:
        again = ibis.row_number().over(group_by=list(table.columns), order_by=table.columns[0]) > 0
        if case.rules.duplicates == "proven":
            again = again & ~rows.is_empty(table[case.proof])
        table = table.mutate(**{case.own("again"): again})
        reasons["duplicates"] = table[case.own("again")]
    aside, kept = None, ibis.literal(True)
    if reasons:
        aside = ibis.cases(*[(broken.fill_null(False), name) for name, broken in reasons.items()], else_="")
        kept = aside == ""
    counted = stripped(case.table[case.contract.counted])
    # each row's values first, then their counts: an engine would work out a case within a case again for every count
    each = table.select(segkit_counted=counted, segkit_aside=ibis.literal("") if aside is None else aside,
                        **{f"rule_{i}": rule.broken for i, rule in enumerate(rules)},
                        **{f"odd_{i}": condition for i, condition in enumerate(odd.values())})
    is_kept = each.segkit_aside == ""
    counts = each.aggregate(
        segkit_rows=each.count(),
        **_different(each.segkit_counted, case.contract.at_least, is_kept if reasons else None),
        **{f"aside_{name}": (each.segkit_aside == name).sum() for name in reasons},
        **{name: (each[name] & is_kept if reasons else each[name]).sum() for name in
           (*(f"rule_{i}" for i in range(len(rules))), *(f"odd_{i}" for i in range(len(odd))))},
    ).to_pyarrow().to_pylist()[0]
    if "segkit_low" in counts:  # different values up to two, which is as many as are asked for
        low, high = counts.pop("segkit_low"), counts.pop("segkit_high")
        counts["segkit_counted"] = 0 if low is None else 1 if low == high else 2
    n = {key: int(value or 0) for key, value in counts.items()}
    if n["segkit_rows"] == 0:
        return [Fault("the table", "has no rows", "check the file, or the filter it was saved with")], None
    set_aside = {rows.REASONS[name]: n[f"aside_{name}"] for name in reasons if n[f"aside_{name}"]}
    n_used = n["segkit_rows"] - sum(set_aside.values())
    if n_used == 0:
        listed = ", ".join(f"{count:,} {reason}" for reason, count in set_aside.items())
        return [Fault("the table", f"has no rows left: {listed}", "change `rows`, or `as_of`")], None
    numbered = table.mutate(**{case.row: ibis.row_number() + 2}) if ordered else table
    for i, rule in enumerate(rules):
        if n[f"rule_{i}"]:
            broken = numbered.filter(rule.broken & kept if reasons else rule.broken)
            faults.append(rule.fault(broken, n[f"rule_{i}"], case))
    faults += key_faults(numbered.filter(kept) if reasons else numbered, case)
    n_counted = n["segkit_counted"]
    if n_counted < case.contract.at_least and not faults:
        faults.append(Fault(case.where(case.contract.counted), f"has {n_counted} distinct value; "
                            f"an analysis needs at least {case.contract.at_least}",
                            "check that this is the right column"))
    if faults:
        return faults, None
    typed = {**_other_columns(case, typed), **typed}
    used = table.mutate(**typed)
    if set_aside:  # judged by the values as they were read
        used = table.mutate(**typed, **{case.own("aside"): aside})
        used = used.filter(used[case.own("aside")] == "")
    used = used.select(*case.table.columns, *[c for c in typed if c not in case.table.columns])
    if not set_aside and n_used <= KEPT and used.get_backend() is engines.embedded():
        used = used.cache()  # in the order of the source, which setting rows aside may lose
    notes = [Note(text, {"n": n[f"odd_{i}"], "all": n_used}) for i, text in enumerate(odd) if n[f"odd_{i}"]]
    if "amount" in typed and "amount" not in case.table.columns:
        reduced = {"discount", "discount_share"} & set(case.table.columns)
        notes.insert(0, Note(orderlines.REDUCED if reduced else orderlines.PRICED, {}))
    return [], Account(used, n["segkit_rows"], n_used, set_aside, tuple(notes))


def _different(value: ir.Column, at_least: int, where: ir.BooleanValue | None) -> dict[str, ir.Value]:
    """How many different values there are; the least and the largest tell, where no more than two are asked for."""
    if at_least > 2:
        return {"segkit_counted": value.nunique(where=where)}
    return {"segkit_low": value.min(where=where), "segkit_high": value.max(where=where)}


def _other_columns(case: Case, typed: Mapping[str, ir.Value]) -> dict[str, ir.Value]:
    """Columns without a role: text without blanks around it; text of a file that is a number or a date is typed."""
    readings = {} if case.typed_source else {c: r for c, r in case.found.items()
                                             if c not in typed and r.kind in values.READERS}
    texts = {c: stripped(case.table[c]) for c in case.table.columns
             if c not in typed and c not in readings and case.table[c].type().is_string()}
    return texts | {c: values.read(case.table[c], r) for c, r in readings.items()}
