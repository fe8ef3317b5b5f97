"""Tables that several questions are asked of, computed once: purchase occasions, purchase days.

An expression is computed again by every question that is asked of it. Of a few thousand rows nobody notices; of ten
million rows every question takes seconds. DuckDB of this process then holds the table, and spills it to disk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

import ibis
import ibis.common.exceptions as ibis_errors
import ibis.expr.types as ir

from segkit.data import engines

LARGE = 1_000_000
"""Rows from which what is made of a table is held."""
_HELD = 3
_ANSWERS = 30
_held: OrderedDict[object, ir.Table] = OrderedDict()
_answers: OrderedDict[object, Any] = OrderedDict()
Answer = TypeVar("Answer")


def table(made: ir.Table, of: ir.Table) -> ir.Table:
    """What was made of a large table of the embedded DuckDB, computed and held; any other as the expression it is.

    Parameters
    ----------
    made : Ibis table.
    of : the table it was made of, whose rows are counted.

    Returns
    -------
    Ibis table with the same rows. The last few are held for whoever asks for them again; one that is used in another
    expression stays as long as that does.

    Examples
    --------
    >>> import ibis
    >>> t = ibis.memtable({"a": [1, 1, 2]})
    >>> few = t.distinct()
    >>> table(few, t) is few
    True
    """
    key = made.op()
    if not _is_ours(made):
        return made
    if key not in _held:
        if not _is_large(of):
            return made
        _held[key] = _narrow(made).cache()
        while len(_held) > _HELD:
            _held.popitem(last=False)
    _held.move_to_end(key)
    return _held[key]


def is_held(made: ir.Table) -> bool:
    """Whether a table is one that `table` holds."""
    return any(made is held for held in _held.values())


def remembered(table: ir.Table, question: Callable[[ir.Table], Answer]) -> Answer:
    """The answer to a question about a table, asked once where the table is large and of the embedded DuckDB.

    Examples
    --------
    >>> remembered(ibis.memtable({"a": [1, 2]}), lambda t: int(t.a.max().execute()))
    2
    """
    key = table.op(), question
    if key in _answers:
        return _answers[key]
    answer = question(table)
    if _is_ours(table) and _is_large(table):
        _answers[key] = answer
        while len(_answers) > _ANSWERS:
            _answers.popitem(last=False)
    return answer


def _is_ours(table: ir.Table) -> bool:
    try:
        return table.get_backend() is engines.embedded()
    except ibis_errors.IbisError:  # it belongs to no engine, or to several
        return False


def _is_large(table: ir.Table) -> bool:
    return int(table.count().to_pyarrow().as_py()) >= LARGE


def _narrow(made: ir.Table) -> ir.Table:
    """The same rows in the types they are said to have: DuckDB's sums of whole numbers take twice the room."""
    kinds = ", ".join(f'CAST("{name}" AS BIGINT) AS "{name}"' for name, kind in made.schema().items()
                      if kind.is_int64())
    if not kinds:
        return made
    return engines.embedded().sql(f"SELECT * REPLACE ({kinds}) FROM ({ibis.to_sql(made, dialect='duckdb')})")
