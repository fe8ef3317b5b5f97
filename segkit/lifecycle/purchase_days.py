"""Purchase days: what each customer spent on each day, the ground of stages and cohorts.

Rhythms are counted in days, so all purchases of one day are one purchase day. What a purchase is, tells
`segkit.data.occasions`: a basket, or what was bought at one time stamp, or on one day where days alone are recorded.
One that comes to less than 0 is money back: it counts as money, but a day with nothing else is no purchase day, and a
customer without any has never bought.
"""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.data import materialized, money, occasions
from segkit.data.days import moments
from segkit.words.errors import DataError, Fault, SegkitError, check_columns


def lines(transactions: ir.Table, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
          date: str = "date", amount: str | None = "amount") -> ir.Table:
    """Each line that counts: its customer, its day and its whole cents, as an Ibis expression.

    Parameters
    ----------
    transactions : Ibis table, one row per purchase or line; rows without a customer or a date are left out.
    as_of : last day that counts; later rows are left out, as if this were that day.
    customer_id, date, amount : names of the columns in those roles. A missing amount counts as 0,
        and so does every one where `amount` is None.

    Returns
    -------
    Ibis table: `customer_id`, `moment`, `day`, `cents` (int), and `basket_id` where the table has it.

    Raises
    ------
    DataError
        When a column is missing or holds no money, or `as_of` is not a day.
    """
    check_columns([c for c in (customer_id, date, amount) if c is not None], transactions.columns)
    t = transactions.mutate(cents=ibis.literal(0)) if amount is None else money.with_cents(transactions, amount)
    t = t.filter(t[customer_id].notnull() & t[date].notnull())
    baskets = {"basket_id": t.basket_id} if "basket_id" in t.columns else {}
    made = t.select(customer_id=t[customer_id], moment=moments(t, date), cents=t.cents, **baskets)
    made = made.mutate(day=made.moment.date())
    return made if as_of is None else made.filter(made.day <= ibis.date(str(day(as_of))))


def by_customer(lines: ir.Table) -> ir.Table:
    """Whole cents of each customer and day, as an Ibis expression; of a large table of this process, computed and held.

    Parameters
    ----------
    lines : what `lines` gave.

    Returns
    -------
    Ibis table: `customer_id`, `day`, `cents` (int, all money of the day), `spent` (cents of its purchases alone),
    `is_purchase` (whether it has a purchase). A basket of several days counts on that of its first line of 0 or more.

    Examples
    --------
    >>> sales = ibis.memtable({"customer_id": [1, 1, 1], "amount": [2.5, 1.0, -1.0],
    ...     "date": pd.to_datetime(["2024-03-01 09:00", "2024-03-04 18:00", "2024-03-01 10:00"])})
    >>> by_customer(lines(sales)).order_by("day").drop("customer_id", "day").to_pyarrow().to_pylist()
    [{'cents': 150, 'spent': 250, 'is_purchase': True}, {'cents': 100, 'spent': 100, 'is_purchase': True}]
    """
    made = occasions.added(lines, kept={"begun": ibis._.moment.min()})
    made = made.mutate(day=ibis.coalesce(made["first"], made.begun).date())
    made = made.group_by("customer_id", "day").aggregate(
        cents=made.cents.sum(), spent=made.cents.sum(where=made.is_purchase).fill_null(0),
        is_purchase=made.is_purchase.any())
    return materialized.table(made, lines)


def last(lines: ir.Table, as_of: str | dt.date | None = None) -> dt.date:
    """`as_of` as a day, or the last day of the data.

    Raises
    ------
    DataError
        When there is no purchase, or none up to `as_of`.
    """
    found, largest = lines.aggregate(day=lines.day.max(), cents=lines.cents.max()).to_pyarrow().to_pylist()[0].values()
    if largest is None or largest < 0 or first(lines) is None:
        until = f" up to {day(as_of)}" if as_of is not None else ""
        what = ("row with a customer, a date and an amount of 0 or more" if largest is None or largest < 0 else
                "purchase on which a customer spent more than came back")
        raise DataError([Fault("the purchases", f"have no {what}{until}",
                               "check the file" + (", or take a later day" if until else ""))])
    return day(as_of if as_of is not None else found)


def first(lines: ir.Table) -> dt.date | None:
    """The first purchase day of all; None without one."""
    least, begun = lines.aggregate(cents=lines.cents.min(), day=lines.day.min()).to_pyarrow().to_pylist()[0].values()
    if least is None or least >= 0:  # nothing came back: every row is a purchase
        return begun
    bought = by_customer(lines)
    return bought.filter(bought.is_purchase).day.min().to_pyarrow().as_py()


def earlier(transactions: ir.Table, days: int, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
            date: str = "date", amount: str = "amount") -> dt.date:
    """The day that lies `days` before `as_of`, or before the last day of the data.

    Raises
    ------
    DataError
        When nobody has bought by then.

    Examples
    --------
    >>> from segkit.data import tables
    >>> earlier(tables.load("cdnow.transactions", "transactions"), 90)
    datetime.date(1998, 4, 1)
    """
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        raise SegkitError([Fault("`days`", f"is {days!r}", "give a whole number of days, at least 1")])
    counted = lines(transactions, as_of, customer_id, date, amount)
    found = last(counted, as_of) - dt.timedelta(days)
    begun = first(counted)
    if begun is None or found < begun:
        end = found + dt.timedelta(days)
        later = "" if as_of is None else ", or a later day as `as_of`"
        if begun is None or begun >= end:
            raise DataError([Fault("the purchases", f"are all of one day, {end}, and there is no earlier day to "
                                   "compare with", f"take data that begin before {end}{later}")])
        raise DataError([Fault("the purchases", f"begin on {begun}, less than {days} days before the last day, {end}",
                               f"take at most {(end - begun).days} days, or data of a longer time{later}")])
    return found


def part(transactions: ir.Table, share: float, at_most: int, as_of: str | dt.date | None = None,
         customer_id: str = "customer_id", date: str = "date", amount: str = "amount") -> int:
    """Days that are a share of the time the data hold, to look back by: at least 1, at most `at_most`.

    Examples
    --------
    >>> sales = ibis.memtable({"customer_id": [1, 2], "amount": [2.5, 1.0],
    ...     "date": pd.to_datetime(["2024-03-01", "2024-04-10"])})
    >>> part(sales, 1 / 4, 90), part(sales, 1 / 4, 7)
    (10, 7)
    """
    counted = lines(transactions, as_of, customer_id, date, amount)
    end, begun = last(counted, as_of), first(counted)
    return max(1, min(at_most, int(share * (end - (begun or end)).days)))


def day(value: str | dt.date, name: str = "as_of") -> dt.date:
    """A day written as text or date; `name` is what it is given as.

    Raises
    ------
    DataError
        When it is none.

    Examples
    --------
    >>> day("2024-02-29")
    datetime.date(2024, 2, 29)
    """
    try:
        stamp = pd.Timestamp(value)
    except (TypeError, ValueError):
        stamp = pd.NaT
    if stamp is pd.NaT:
        raise DataError([Fault(f"`{name}`", f"is {value!r}, not a day of the calendar", "write it as 2024-12-31")])
    return stamp.date()
