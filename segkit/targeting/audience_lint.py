"""What is wrong with audiences before use: nobody, everybody or a few in them, windows longer than the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from segkit.data.contract import days
from segkit.targeting import audience_rules, audiences
from segkit.targeting.audience_rules import MEASURES, plain
from segkit.targeting.audiences import CUSTOMERS
from segkit.targeting.measures import span
from segkit.words.formats import FEWEST
from segkit.words.language import N_

PROBLEMS = {"form": N_("a fault of the rule"), "nobody": N_("nobody is in it"), "everybody": N_("everybody is in it"),
            "few": N_("fewer than 10 are in it"), "window": N_("a window begins before the data"),
            "strangers": N_("rows of people who are not among the customers")}
"""Problems and what a page calls them."""


def lint(tables: Any, given: Mapping[str, Any], as_of: str | dt.date | None = None,
         told: pd.DataFrame | None = None) -> pd.DataFrame:
    """Problems of audiences: of their rules, and of what they find in the data.

    Parameters
    ----------
    tables, given, as_of : as for `audiences.members`.
    told : who is in which audience (customers × audiences), where it is known already.

    Returns
    -------
    DataFrame, a row per finding: `problem` (of `PROBLEMS`), `audience` (of "strangers" the table), `n`
    (members; days before the data; for strangers ids) and `found`, what was found and how to mend it. Where a rule has
    a fault there are only those rows.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2], "age": [20, 30]})
    >>> lint(people, {"old": {"who": {"age": {"above": 90}}}})[["problem", "n"]].values.tolist()
    [['nobody', 0]]
    """
    opened = audiences.opened_tables(tables)
    faults = audience_rules.check(given) or audiences.faults_in(opened, given)
    if faults:
        return _frame([("form", f.where.split("'")[1] if "'" in f.where else "", 1, str(f)) for f in faults])
    if told is None:
        told = audiences.members(opened, given, as_of).to_pandas().set_index("customer_id")
    rows = []
    for name in given:
        n, n_all = int(told[name].sum()), len(told)
        problem = "nobody" if n == 0 else "everybody" if n == n_all else "few" if n < FEWEST else ""
        if problem:
            rows.append((problem, name, n, "look at what each of its conditions keeps"))
    rows += _windows(opened, given, audiences.last_day(opened, as_of)) + _strangers(opened)
    return _frame(rows)


def _frame(rows: list[tuple[str, str, int, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["problem", "audience", "n", "found"])


def _windows(tables: Mapping[str, ir.Table], given: Mapping[str, Any], as_of: dt.date) -> list[tuple]:
    """Windows that begin before the first day of their table: what they count is not all there was."""
    first = {name: days.moments(t).min().to_pyarrow().as_py() for name, t in tables.items() if name != CUSTOMERS}
    rows = []
    for name, rule in given.items():
        worst: dict[str, int] = {}
        for rows_of in (r for key in ("who", "except") if key in rule for r in looked_at(plain(rule[key]))):
            start, begin = span(rows_of, as_of)[0], first[rows_of["of"]]
            if start is not None and begin is not None and start < begin.date():
                worst[rows_of["of"]] = max(worst.get(rows_of["of"], 0), (begin.date() - start).days)
        rows += [("window", name, n, f"{table} begin on {first[table].date()}, {n} days after the window: shorten it, "
                  "or say that it sees less") for table, n in worst.items()]
    return rows


def looked_at(condition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The rows of tables that a condition looks at."""
    for key, value in condition.items():
        if key in ("all", "any"):
            for part in value:
                yield from looked_at(part)
        elif key == "not":
            yield from looked_at(value)
        elif key == "sequence":
            yield from value["steps"]
        elif key in MEASURES:
            yield value


def _strangers(tables: Mapping[str, ir.Table]) -> list[tuple]:
    """Ids with rows that are not among the customers: no audience has them."""
    if CUSTOMERS not in tables:
        return []
    rows = []
    for name, table in tables.items():
        if name != CUSTOMERS:
            ids = table.filter(table.customer_id.notnull()).select("customer_id").distinct()
            n = int(ids.anti_join(tables[CUSTOMERS], "customer_id").count().to_pyarrow().as_py())
            fix = "add them to the customers, or map `customer_id` to the same ids"
            rows += [("strangers", name, n, fix)] if n else []
    return rows
