"""DataFrames, and rows of Python values, brought into the embedded DuckDB."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.util import gen_name

from segkit.data import engines
from segkit.data.readers import textfile
from segkit.words.errors import DataError, Fault

_UNFIT = (pd.IntervalDtype, pd.PeriodDtype, pd.SparseDtype)


def table(frame: pd.DataFrame, name: str = "the table") -> ir.Table:
    """A DataFrame as an Ibis table; mixed columns become text that says which of its values are numbers.

    Raises
    ------
    DataError
        When it has no columns, two of one name, or one of a kind that cannot be taken.
    """
    names = textfile.column_names(list(frame.columns), name)
    if not names:
        raise DataError([Fault(name, "has no columns", "check how it was made")])
    plain = frame.set_axis(names, axis=1)
    for column in names:
        values = plain[column]
        if isinstance(values.dtype, _UNFIT) or pd.api.types.is_complex_dtype(values):
            raise DataError([Fault(f"column {column!r}", f"holds {values.dtype}, which cannot be taken",
                                   "turn it into text, numbers or dates")])
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            plain[column] = values.dt.tz_localize(None)  # the clock of the shop counts
        elif values.dtype == object:
            plain[column] = values.map(text, na_action="ignore").astype("str")
    try:
        return create(pa.Table.from_pandas(plain, preserve_index=False))
    except (pa.ArrowException, TypeError, ValueError, KeyError, NotImplementedError, ibis.IbisError,
            duckdb.Error) as error:
        raise DataError([Fault(name, f"has a column that cannot be taken: {str(error).splitlines()[0][:200]}",
                               "turn it into text, numbers or dates")]) from None


def create(arrow: pa.Table) -> ir.Table:
    """An Arrow table as a table of the embedded DuckDB; a column without any value holds text."""
    fields = [f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in arrow.schema]
    arrow = arrow.cast(pa.schema(fields))
    return engines.embedded().create_table(gen_name("frame"), arrow, temp=True)


def text(value: Any) -> str:
    """A cell of a mixed column as text that can be read in one way only: a number says that it is one.

    Examples
    --------
    >>> text(5.0), text(1.125), text(dt.date(2024, 1, 31))
    ('5', '1.125E0', '2024-01-31')
    """
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value!r}".replace("e", "E") + (
            "" if "e" in repr(value) else "E0")
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    return str(value)
