"""The moment of each row, whatever type its column has: day, time stamp, instant, or text written year first."""

from __future__ import annotations

import ibis.expr.types as ir

from segkit.data import engines
from segkit.data.contract import clock, dates
from segkit.words.errors import DataError, Fault


def moments(table: ir.Table, date: str = "date") -> ir.TimestampColumn:
    """A column of days as time stamps without a zone; a day alone is its midnight, a missing one stays missing.

    Parameters
    ----------
    table : Ibis table.
    date : name of its column: DATE, TIMESTAMP, TIMESTAMP WITH TIME ZONE (looked at in UTC; `segkit.data.tables.load`
        takes the clock of a place), or text such as 2024-12-31 or 2024-12-31 18:30.

    Raises
    ------
    DataError
        When the column holds something else, or text that is no day of the calendar.

    Examples
    --------
    >>> import ibis
    >>> t = ibis.memtable({"date": ["2024-02-29", "2024-03-01 18:30"]})
    >>> t.select(day=moments(t)).order_by("day").to_pyarrow().to_pylist()[1]["day"].hour
    18
    """
    column, kind = table[date], table[date].type()
    if kind.is_date():
        return column.cast("timestamp")
    if kind.is_timestamp():
        return clock.local(column, "UTC") if kind.timezone else column
    if not kind.is_string():
        raise DataError([Fault(f"column {date!r}", f"holds {kind}, not days", "map another column")])
    read = dates.read(column, "year-first")
    unread = table.filter((engines.trimmed(column) != "") & read.isnull())
    n, example = unread.aggregate(n=unread.count(), example=unread[date].min()).to_pyarrow().to_pylist()[0].values()
    if n:
        raise DataError([Fault(f"column {date!r}", f"has {n:,} values that are no days, such as {example!r}",
                               "write days as 2024-12-31, or open the file with `segkit.data.tables.load`, which "
                               "reads other ways of writing them")])
    return read
