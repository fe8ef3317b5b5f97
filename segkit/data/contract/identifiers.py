"""Ids that went through a spreadsheet or a data frame: 17908.0 is 17908 again, 8.49E+11 is nobody's id."""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from segkit.data import engines

_WHOLE = r"^-?(0|[1-9][0-9]{0,14})([.]0+)?$"
_DAMAGED = r"^ *-?[0-9]([.,][0-9]+)?E[+][0-9]{2,} *$"
_EXACT = 2.0**53
"""Whole numbers up to which a floating-point number tells each from the next."""


def whole(table: ir.Table, columns: Iterable[str]) -> ir.Table:
    """The table with its ids as whole numbers, where a floating-point column holds nothing else.

    A column of whole numbers becomes one of floating-point numbers as soon as a cell of it is empty. NaN is missing.

    Parameters
    ----------
    table : Ibis table.
    columns : names of columns with ids; those that are not floating-point are left as they are.

    Examples
    --------
    >>> str(whole(ibis.memtable({"id": [17908.0, None]}), ["id"]).id.type())
    'int64'
    """
    floating = {c: _known(table[c]) for c in columns if table[c].type().is_floating()}
    typed = {c: v.cast("int64") for c, v in floating.items() if _all(_is_whole(v))}
    return table.mutate(**typed) if typed else table


def are_whole(column: ir.StringColumn) -> bool:
    """Whether every text of a column is a whole number of at most fifteen digits, with or without ".0" after it.

    Examples
    --------
    >>> are_whole(ibis.memtable({"id": ["17908.0", "5", None]}).id), are_whole(ibis.memtable({"id": ["0123"]}).id)
    (True, False)
    """
    return _all(engines.trimmed(column).nullif("").re_search(_WHOLE))


def text(column: ir.Value) -> ir.StringValue:
    """Ids as text: whole numbers without ".0", whatever the type of the column.

    Examples
    --------
    >>> text(ibis.memtable({"id": [17908.0, 0.5]}).id).execute().to_list()
    ['17908', '0.5']
    >>> text(ibis.memtable({"id": ["17908.0", " A-1.0 "]}).id).execute().to_list()
    ['17908', 'A-1.0']
    """
    if column.type().is_floating():
        known = _known(column)
        return ibis.ifelse(_is_whole(known), known.cast("int64").cast("string"), known.cast("string"))
    plain = engines.trimmed(column.cast("string"))
    return ibis.ifelse(plain.re_search(_WHOLE), plain.re_replace("[.]0+$", ""), plain)


def is_damaged(column: ir.StringValue) -> ir.BooleanValue:
    """Where a spreadsheet wrote a long number as 8.49E+11: its digits are lost, and different ids have become one.

    Examples
    --------
    >>> is_damaged(ibis.memtable({"id": ["8.49E+11", "5E3", "A7"]}).id).execute().to_list()
    [True, False, False]
    """
    return column.contains("E+") & column.re_search(_DAMAGED)


def _known(column: ir.FloatingValue) -> ir.FloatingValue:
    return column.cast("float64").nullif(float("nan"))


def _is_whole(column: ir.FloatingValue) -> ir.BooleanValue:
    sized = ibis.ifelse(column.abs() >= _EXACT, 0.5, column)  # infinity cannot be cast
    return sized == sized.floor()


def _all(condition: ir.BooleanColumn) -> bool:
    """Whether a condition holds wherever it is known; an empty column keeps its type."""
    asked = condition.name("held").as_table()
    counts = asked.aggregate(n=asked.held.count(), bad=(~asked.held).sum()).to_pyarrow().to_pylist()[0]
    return bool(counts["n"]) and not counts["bad"]
