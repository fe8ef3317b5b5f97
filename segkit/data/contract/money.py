"""Money as cents that add up: a sum of floats differs between runs of a parallel engine, a sum of integers does not.

Amounts are whole cents. Those turned into another currency are decimals, whose cents keep six places, so that they are
rounded after they are added: a thousand lines of 100 dong are 3.94 dollars, though each is less than half a cent.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from segkit.words.errors import DataError, Fault

LARGEST = 9e13
"""Amounts beyond this are no money, and would not fit whole cents once they are summed."""
_NAN = ibis.literal(float("nan"))  # one for all: no other is the same as it, nor are two expressions that hold one
_AMOUNT, _CENTS = "decimal(28, 8)", "decimal(28, 6)"


def unusable(amount: ir.NumericColumn) -> ir.BooleanColumn:
    """Where an amount is infinite, or too large to be counted in cents."""
    value = amount.cast("float64")
    return value.isinf() | ((value.abs() > LARGEST) & ~value.isnan())  # Spark holds NaN for larger than any number


def with_cents(table: ir.Table, amount: str = "amount") -> ir.Table:
    """The table with a column `cents`; a missing amount counts as 0.

    Raises
    ------
    DataError
        As `checked` does.

    Examples
    --------
    >>> import ibis
    >>> with_cents(ibis.memtable({"amount": [1.25, None]})).execute()["cents"].to_list()
    [125, 0]
    """
    return table.mutate(cents=cents(checked(table, amount)).fill_null(0))


def checked(table: ir.Table, amount: str = "amount") -> ir.NumericColumn:
    """The column of amounts, which can be counted in cents.

    Raises
    ------
    DataError
        When the column is not numeric, or holds an infinite or impossibly large amount.
    """
    column = table[amount]
    where = f"column {amount!r}"
    if not column.type().is_numeric():
        raise DataError([Fault(where, f"holds {column.type()}, not numbers",
                               "open the file with `segkit.data.tables.load`, which reads it or says what is wrong")])
    if column.type().is_floating() and (bad := _count_unusable(table, column)):
        raise DataError([Fault(where, f"has {bad:,} amounts that are infinite or above {LARGEST:,.0f}",
                               "correct or remove these rows")])
    return column


def cents(amount: ir.NumericColumn) -> ir.NumericColumn:
    """Amounts as cents; missing where the amount is. Whole ones, but for decimals of more than two places.

    Examples
    --------
    >>> import ibis
    >>> cents(ibis.memtable({"amount": [0.29, float("nan")]}).amount).sum().execute()
    29
    """
    value = amount.cast("float64")
    if amount.type().is_floating():
        value = value.nullif(_NAN)  # engines hold NaN for equal to itself
    if amount.type().is_decimal() and (amount.type().scale or 0) > 2:
        return (value * 100).cast(_CENTS)
    return (value * 100).round().cast("int64")


def whole(added: ir.NumericValue) -> ir.NumericValue:
    """A sum of cents in whole cents: it is here that what is less than a cent is rounded.

    Examples
    --------
    >>> import ibis
    >>> t = ibis.memtable({"dong": [100.0] * 1000})
    >>> whole(cents(exact(t.dong / 25400)).sum()).execute()
    394
    """
    return added.round().cast("int64") if added.type().is_decimal() else added


def fractional(added: ir.NumericValue) -> ir.NumericValue:
    """A sum of cents that is added up further outside the engine: what is less than a cent is kept, as a float."""
    return added.cast("float64") if added.type().is_decimal() else added


def exact(amount: ir.NumericValue) -> ir.DecimalValue:
    """Amounts with all that is less than a cent, which counts when they are added.

    Examples
    --------
    >>> import ibis
    >>> exact(ibis.memtable({"dong": [100.0]}).dong / 25400).execute().to_list()
    [Decimal('0.00393701')]
    """
    return amount.cast(_AMOUNT)


def _count_unusable(table: ir.Table, amount: ir.NumericColumn) -> int:
    """How many amounts are no money; the extremes are asked for first, as files often know them."""
    ends = table.aggregate(low=amount.min(), high=amount.max()).to_pyarrow().to_pylist()[0].values()
    if all(end is None or abs(end) <= LARGEST for end in ends):
        return 0
    return int(table.filter(unusable(amount)).count().to_pyarrow().as_py())
