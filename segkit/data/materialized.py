"""Tables that several questions are asked of, computed once: purchase occasions, purchase days.

An expression is computed again by every question that is asked of it. Of a few thousand rows nobody notices; of ten
million rows every question takes seconds. DuckDB of this process then holds the table, and spills it to disk.
"""

from __future__ import annotations

from collections import OrderedDict

import ibis.common.exceptions as ibis_errors
import ibis.expr.types as ir

from segkit.data import engines

LARGE = 1_000_000
"""Rows from which what is made of a table is held."""
_HELD = 3
_held: OrderedDict[object, ir.Table] = OrderedDict()


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
    try:
        if made.get_backend() is not engines.embedded():
            return made
    except ibis_errors.IbisError:  # it belongs to no engine, or to several
        return made
    key = made.op()
    if key not in _held:
        if int(of.count().to_pyarrow().as_py()) < LARGE:
            return made
        _held[key] = made.cache()
        while len(_held) > _HELD:
            _held.popitem(last=False)
    _held.move_to_end(key)
    return _held[key]
