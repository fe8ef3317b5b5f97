"""What tells how the text columns of a large table are to be read, without looking at every row again and again.

A column of many rows has few different values as a rule: 700 days, some thousand prices. They are looked at once each,
with the number of their rows, so that what is counted is the same as if every row had been looked at. Columns of
words are told by the first letter of their values, and numbers and days that are all different by whether the
engine writes them as they stand. The different values of a small table stand in one table with the name of their
column, so that a thousand columns are asked one question. DuckDB alone; elsewhere every row is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.util import gen_name

from segkit.data import engines
from segkit.data.contract import dates

MANY = 200_000
"""Rows from which a table is large."""
_DIFFERENT = 2_000_000
_FIRST = 1000
_CELLS = 5_000_000
"""Cells up to which the columns of a small table stand in one."""
_WEIGHT, NAME, _VALUE = "segkit_n", "segkit_column", "segkit_value"
_NO_NUMBER = ((":", "E"), ("H", "U"), ("W", "e"), ("h", "u"), ("w", "\x7f"))
"""Ranges of text whose first letter begins no number, date or currency sign (EUR, GBP, USD, VND, and beyond ASCII)."""


@dataclass(frozen=True)
class Evidence:
    """The values of one column that tell how it is read.

    Attributes
    ----------
    table : Ibis table with the values.
    column : the column's name in it; `NAME` beside it tells whose value it is, where several columns stand in one.
    weight : the column with the number of rows of each value; None where a row is a row.
    settled : "words", "integer", "day" or "time" where that much is certain already: `table` is not looked at.
    """

    table: ir.Table
    column: str
    weight: str | None = None
    settled: str = ""


def of(table: ir.Table, columns: list[str]) -> dict[str, Evidence]:
    """The evidence of each text column of a table.

    Examples
    --------
    >>> of(ibis.memtable({"a": ["x"]}), ["a"])["a"].weight is None
    True
    """
    every = {name: Evidence(table, name) for name in columns}
    if not columns or engines.name(table) != "duckdb" or table.get_backend() is not engines.embedded():
        return every
    n_rows = int(table.count().to_pyarrow().as_py())
    if n_rows < MANY:
        return dict.fromkeys(columns, _in_one(table, columns)) if n_rows * len(columns) <= _CELLS else every
    some = table.limit(_FIRST)
    first = _row(some, {f"{i}": _words(some[name]).sum() for i, name in enumerate(columns)})
    counts = _row(table, {f"{i}:{key}": value for i, name in enumerate(columns) if first[f"{i}"] for key, value in
                          (("n", table[name].count()), ("words", _words(table[name]).sum()))})
    open_ = []
    for i, name in enumerate(columns):
        if (counts.get(f"{i}:words") or 0) * 2 > counts.get(f"{i}:n", 0) and not _begin_as_dates(table, name):
            every[name] = Evidence(table, name, settled="words")
        else:
            open_.append(name)
    if not open_:
        return every
    counts = _row(table, {f"{i}:{key}": value for i, name in enumerate(open_) for key, value in
                          (("n", table[name].count()), ("different", table[name].approx_nunique()))})
    for i, name in enumerate(open_):
        n, different = counts[f"{i}:n"], counts[f"{i}:different"]
        if different <= min(_DIFFERENT, n / 4):
            values = table.group_by(name).aggregate(**{_WEIGHT: table.count()})
            value_counts = engines.embedded().create_table(gen_name("values"), values, temp=True)
            every[name] = Evidence(value_counts, name, _WEIGHT)
        elif n:
            every[name] = Evidence(table, name, settled=_as_written(table, name, n))
    return every


def _in_one(table: ir.Table, columns: list[str]) -> Evidence:
    """The different values of all columns, one below the other; a column without values has none."""
    con, view, values_name = engines.embedded(), gen_name("wide"), gen_name("values")
    con.create_view(view, table.select(columns))
    try:
        con.raw_sql(f"CREATE TEMP TABLE {values_name} AS SELECT {NAME}, {_VALUE}, count(*) AS {_WEIGHT} FROM "
                    f"(UNPIVOT {view} ON COLUMNS(*) INTO NAME {NAME} VALUE {_VALUE}) GROUP BY ALL")
    finally:
        con.drop_view(view)
    return Evidence(con.table(values_name), _VALUE, _WEIGHT)


def place(table: ir.Table, column: str) -> tuple[ops.Relation, str]:
    """The table that a column comes from, and its name there: a column that was only renamed is the same one.

    Examples
    --------
    >>> t = ibis.memtable({"a": ["x"], "b": ["y"]})
    >>> place(t.rename(c="a").select("c"), "c") == (t.op(), "a")
    True
    """
    relation = table.op()
    while isinstance(relation, ops.DropColumns) or (
            isinstance(relation, ops.Project) and isinstance(relation.values[column], ops.Field)):
        if isinstance(relation, ops.Project):
            relation, column = relation.values[column].rel, relation.values[column].name
        else:
            relation = relation.parent
    return relation, column


def is_text_read(relation: ops.Relation) -> bool:
    """Whether a table is one of the embedded DuckDB that a file was read into, and so never changes."""
    return (isinstance(relation, ops.DatabaseTable) and relation.name.startswith("ibis_")
            and relation.source is engines.embedded())


def drop(found: dict[str, Evidence]) -> None:
    """Drop the tables of different values that `of` made."""
    for name in {evidence.table.get_name() for evidence in found.values() if evidence.weight}:
        engines.embedded().drop_table(name, force=True)


def _row(table: ir.Table, wanted: dict[str, ir.Scalar]) -> dict[str, int]:
    row: dict[str, int] = {}
    names = list(wanted)
    for first in range(0, len(names), 64):
        part = {name: wanted[name] for name in names[first:first + 64]}
        row |= table.aggregate(**part).to_pyarrow().to_pylist()[0]
    return row


def _words(text: ir.StringValue) -> ir.BooleanValue:
    return ibis.or_(*[(text >= low) & (text < high) for low, high in _NO_NUMBER])


def _begin_as_dates(table: ir.Table, name: str) -> bool:
    """Whether most of the first words begin as dates do: January 5, 2024."""
    some = table.filter(_words(table[name])).limit(_FIRST)
    n = some.aggregate(n=dates.begins(some[name]).sum(), all=some.count()).to_pyarrow().to_pylist()[0]
    return (n["n"] or 0) * 2 > n["all"]


def _as_written(table: ir.Table, name: str, n: int) -> str:
    """What all values are: written by the engine from its own type as they stand, or ""."""
    text = table[name]
    counts = _row(table, {
        "integer": ((text.try_cast("int64").cast("string") == text) & (text.length() <= 18)).sum(),
        "day": ((text.try_cast("date").cast("string") == text) & (text.length() == 10)).sum(),
        "time": ((text.try_cast("timestamp").cast("string") == text) & (text.length() == 19)).sum()})
    return next((kind for kind, count in counts.items() if count == n), "")
