"""Purchase days: what each customer spent on each day, the ground of stages and cohorts.

Rhythms are counted in days, so all purchases of one day are one purchase day. What a purchase is, tells
`segkit.data.occasions`: a basket, or what was bought at one time stamp, or on one day where days alone are recorded.
One that comes to less than 0 is money back: it counts as money, but a day with nothing else is no purchase day, and a
customer without any has never bought.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.data import occasions
from segkit.data.readers import materialized
from segkit.words.errors import DataError, Fault, SegkitError


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
    rows = _by_role(occasions.lines(transactions, customer_id, date, amount), customer_id)
    rows = rows.mutate(day=rows.moment.date())
    return rows if as_of is None else rows.filter(rows.day <= ibis.date(str(day(as_of))))


def by_customer(transactions: ir.Table, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
                date: str = "date", amount: str | None = "amount") -> ir.Table:
    """Whole cents of each customer and day, and the purchase days before and after it, as an Ibis expression.

    Of a large table of this process it is computed and held.

    Parameters
    ----------
    transactions, as_of, customer_id, date, amount : as for `lines`.

    Returns
    -------
    Ibis table: `customer_id`, `day`, `cents` (int, all money of the day), `spent` (cents of its purchases alone),
    `is_purchase` (whether it has a purchase), and where it has one `day_before` and `day_after`, the customer's
    purchase days beside it (missing at the ends), `n_before` (how many came before), `first_day` (the first of them).
    A basket of several days counts on that of its first line of 0 or more.

    Examples
    --------
    >>> sales = ibis.memtable({"customer_id": [1, 1, 1], "amount": [2.5, 1.0, -1.0],
    ...     "date": pd.to_datetime(["2024-03-01 09:00", "2024-03-04 18:00", "2024-03-01 10:00"])})
    >>> by_customer(sales).order_by("day").select("cents", "spent", "n_before").to_pyarrow().to_pylist()
    [{'cents': 150, 'spent': 250, 'n_before': 0}, {'cents': 100, 'spent': 100, 'n_before': 1}]
    """
    bought = occasions.lines(transactions, customer_id, date, amount)
    until = None if as_of is None else ibis.date(str(day(as_of)))
    if until is not None and "basket_id" in bought.columns:  # what comes later may change a basket, but no day
        bought, until = bought.filter(bought.moment.date() <= until), None
    rows = occasions.counted(bought, customer_id)
    is_by_day = "basket_id" not in rows.columns and materialized.is_held(rows) and materialized.remembered(
        rows, _is_by_day)
    rows = materialized.table(_in_order(_days(_by_role(rows, customer_id), is_by_day)), bought)
    if until is None:
        return rows
    rows = rows.filter(rows.day <= until)
    return rows.mutate(day_after=ibis.ifelse(rows.day_after <= until, rows.day_after, ibis.null("date")))


def _by_role(table: ir.Table, customer_id: str) -> ir.Table:
    return table if customer_id == "customer_id" else table.rename(customer_id=customer_id)


def _days(bought: ir.Table, is_by_day: bool) -> ir.Table:
    """Customer, day, cents, spent and is_purchase of what `occasions.counted` gave."""
    begun = ibis.coalesce(bought["first"], bought.begun) if "basket_id" in bought.columns else bought.moment
    rows = bought.mutate(day=begun.date(), spent=ibis.ifelse(bought.is_purchase, bought.cents, 0))
    if is_by_day:  # a row per customer and day already
        return rows.select("customer_id", "day", "cents", "spent", "is_purchase")
    return rows.group_by("customer_id", "day").aggregate(
        cents=rows.cents.sum(), spent=rows.spent.sum(), is_purchase=rows.is_purchase.any())


def _is_by_day(bought: ir.Table) -> bool:
    """Whether occasions have no time of the day."""
    return not bought.aggregate(timed=(bought.moment != bought.moment.truncate("D")).any()).to_pyarrow()[0][0].as_py()


def _in_order(days: ir.Table) -> ir.Table:
    """The days with the purchase days before and after each."""
    same = ibis.window(group_by=["customer_id", "is_purchase"], order_by="day")
    return days.mutate(first_day=days.day.first().over(same), day_before=days.day.lag().over(same),
                       day_after=days.day.lead().over(same), n_before=ibis.row_number().over(same))


def last(transactions: ir.Table, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
         date: str = "date", amount: str | None = "amount") -> dt.date:
    """`as_of` as a day, or the last day of the data.

    Raises
    ------
    DataError
        When there is no purchase, or none up to `as_of`.
    """
    ends = materialized.remembered(lines(transactions, as_of, customer_id, date, amount), _ends)
    largest = ends["most"]
    if largest is None or largest < 0 or first(transactions, as_of, customer_id, date, amount) is None:
        until = f" up to {day(as_of)}" if as_of is not None else ""
        needed = ("row with a customer, a date and an amount of 0 or more" if largest is None or largest < 0 else
                  "purchase on which a customer spent more than came back")
        raise DataError([Fault("the purchases", f"have no {needed}{until}",
                               "check the file" + (", or take a later day" if until else ""))])
    return day(as_of if as_of is not None else ends["latest"])


def first(transactions: ir.Table, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
          date: str = "date", amount: str | None = "amount") -> dt.date | None:
    """The first purchase day of all up to `as_of`; None without one."""
    ends = materialized.remembered(lines(transactions, as_of, customer_id, date, amount), _ends)
    if ends["least"] is None or ends["least"] >= 0:  # nothing came back: every row is a purchase
        return ends["begun"]
    bought = by_customer(transactions, as_of, customer_id, date, amount)
    return bought.filter(bought.is_purchase).day.min().to_pyarrow().as_py()


def begin(transactions: ir.Table, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
          date: str = "date", amount: str | None = "amount") -> dt.date:
    """The first day of the data, whether somebody bought on it or money came back."""
    return materialized.remembered(lines(transactions, as_of, customer_id, date, amount), _ends)["begun"]


def _ends(lines: ir.Table) -> dict[str, Any]:
    """First and last day of the lines, and their smallest and largest amount in cents."""
    return lines.aggregate(begun=lines.day.min(), latest=lines.day.max(), least=lines.cents.min(),
                           most=lines.cents.max()).to_pyarrow().to_pylist()[0]


def earlier(transactions: ir.Table, days: int, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
            date: str = "date", amount: str = "amount") -> dt.date:
    """The day that lies `days` before `as_of`, or before the last day of the data.

    Parameters
    ----------
    transactions : Ibis table, one row per purchase or line.
    days : how many days to go back, a whole number from 1 on.
    as_of : the day to go back from; the last day of the data by default.
    customer_id, date, amount : names of the columns in those roles.

    Returns
    -------
    datetime.date, the first purchase day of all or a later day.

    Raises
    ------
    DataError
        When nobody has bought by then, `as_of` is not a day, or there is no purchase up to it.
    SegkitError
        When `days` is no such number.

    Examples
    --------
    >>> from segkit.data import tables
    >>> earlier(tables.load("cdnow.transactions", "transactions"), 90)
    datetime.date(1998, 4, 1)
    """
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        raise SegkitError([Fault("`days`", f"is {days!r}", "give a whole number of days, at least 1")])
    start = last(transactions, as_of, customer_id, date, amount) - dt.timedelta(days)
    begun = first(transactions, as_of, customer_id, date, amount)
    if begun is None or start < begun:
        end = start + dt.timedelta(days)
        later = "" if as_of is None else ", or a later day as `as_of`"
        if begun is None or begun >= end:
            raise DataError([Fault("the purchases", f"are all of one day, {end}, and there is no earlier day to "
                                   "compare with", f"take data that begin before {end}{later}")])
        raise DataError([Fault("the purchases", f"begin on {begun}, less than {days} days before the last day, {end}",
                               f"take at most {(end - begun).days} days, or data of a longer time{later}")])
    return start


def part(transactions: ir.Table, share: float, at_most: int, as_of: str | dt.date | None = None,
         customer_id: str = "customer_id", date: str = "date", amount: str = "amount") -> int:
    """Days that are a share of the time the data hold, to look back by: at least 1, at most `at_most`.

    Parameters
    ----------
    transactions : Ibis table, one row per purchase or line.
    share : part of the days from the first purchase day to the end that is wanted, 0 to 1.
    at_most : the most days there may be.
    as_of : the end; the last day of the data by default.
    customer_id, date, amount : names of the columns in those roles.

    Returns
    -------
    int, rounded down to whole days.

    Raises
    ------
    DataError
        When there is no purchase, or none up to `as_of`, or that is not a day.

    Examples
    --------
    >>> sales = ibis.memtable({"customer_id": [1, 2], "amount": [2.5, 1.0],
    ...     "date": pd.to_datetime(["2024-03-01", "2024-04-10"])})
    >>> part(sales, 1 / 4, 90), part(sales, 1 / 4, 7)
    (10, 7)
    """
    end = last(transactions, as_of, customer_id, date, amount)
    begun = first(transactions, as_of, customer_id, date, amount)
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
