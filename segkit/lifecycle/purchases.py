"""What each customer bought, as models of repeat buying see it: repeat purchases and the times between them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.data import open as sources
from segkit.data.contract import money
from segkit.lifecycle import purchase_days
from segkit.words.errors import DataError, Fault

Day = str | dt.date | None


def features(transactions: ir.Table, as_of: Day = None, calibration_end: Day = None, customer_id: str = "customer_id",
             date: str = "date", amount: str | None = "amount", unit_days: float = 7) -> ir.Table:
    """`summarise` as an Ibis expression, so that it is computed where the purchases live."""
    bought = days(transactions, customer_id, date, amount)
    last, end = bounds(transactions, as_of, calibration_end, customer_id, date)
    until, split = ibis.date(str(last)), ibis.date(str(end))
    bought = bought.filter(bought.first_date <= split, bought.day <= until)
    before, repeat = bought.day <= split, bought.day > bought.first_date
    again = before & repeat

    def units(later: ir.DateValue, earlier: ir.DateValue) -> ir.FloatingValue:
        return later.delta(earlier, unit="day").cast("float64") / float(unit_days)

    kept = {"cents": money.whole(bought.cents.sum(where=again))} if amount is not None else {}
    if calibration_end is not None:
        kept["holdout_frequency"] = (~before).sum().cast("int64")
        if amount is not None:
            kept["holdout_cents"] = money.whole(bought.cents.sum(where=~before))
    customers = bought.group_by(customer_id, "first_date").aggregate(
        last_date=bought.day.max(where=before), repeat_frequency=again.sum().cast("int64"), **kept)
    customers = customers.mutate(last_purchase_age=units(customers.last_date, customers.first_date),
                                 customer_age=units(split, customers.first_date))
    columns = [customer_id, "first_date", "repeat_frequency", "last_purchase_age", "customer_age"]
    if amount is not None:
        mean = customers.cents / 100.0 / customers.repeat_frequency.nullif(0)
        customers = customers.mutate(repeat_monetary=mean.fill_null(0.0))
        columns.append("repeat_monetary")
    if calibration_end is not None:
        customers = customers.mutate(holdout_age=ibis.literal((last - end).days / unit_days))
        columns += ["holdout_frequency", "holdout_age"]
        if amount is not None:
            customers = customers.mutate(holdout_monetary=customers.holdout_cents.fill_null(0) / 100.0)
            columns.append("holdout_monetary")
    return customers.select(*columns).order_by(customer_id)


def summarise(transactions: Any, as_of: Day = None, calibration_end: Day = None, customer_id: str = "customer_id",
              date: str = "date", amount: str | None = "amount", unit_days: float = 7) -> pd.DataFrame:
    """Repeat purchases, their times and their value, one row per customer.

    Parameters
    ----------
    transactions : purchases: an Ibis table, a DataFrame or any source of `segkit.data.open.table`.
    as_of : last day looked at; the last day of the data by default, never today.
    calibration_end : last day the models may know; `as_of` by default. Customers who first bought later are
        left out, and what the others bought later is in the holdout columns.
    customer_id, date, amount : names of the columns in those roles; None for `amount` where there is no money.
    unit_days : days of one unit of time, 7 for weeks.

    Returns
    -------
    DataFrame indexed by customer: `first_date`, `repeat_frequency` (distinct days with a purchase after the
    first), `last_purchase_age` and `customer_age` (units from the first purchase to the last one and to the end
    of calibration), `repeat_monetary` (mean amount of a repeat day, 0 where there is none); with a
    `calibration_end` also `holdout_frequency` (days with a purchase after it), `holdout_age` (its length in
    units), `holdout_monetary` (amount spent in it). They are the `frequency`, `recency`, `age` and `monetary`
    of `fit`.

    Raises
    ------
    DataError
        Missing column, unreadable or unordered days, purchases after `as_of`, `unit_days` not above 0.

    Notes
    -----
    All purchases of one day are one. What comes to less than 0 is money back (see `segkit.data.occasions`): it is no
    purchase, and its amount is not counted. A missing amount counts as 0.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": list("aaabb"), "amount": [20.0, 30.0, 40.0, 10.0, 10.0],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-08", "2024-02-05", "2024-01-02", "2024-01-02"])})
    >>> columns = ["repeat_frequency", "last_purchase_age", "customer_age", "repeat_monetary"]
    >>> summarise(sales, as_of="2024-02-12").loc["a", columns].to_list()
    [2.0, 5.0, 6.0, 35.0]
    """
    check_unit(unit_days)
    table = features(sources.table(transactions), as_of, calibration_end, customer_id, date, amount, unit_days)
    return table.execute().set_index(customer_id)


def days(transactions: ir.Table, customer_id: str, date: str, amount: str | None) -> ir.Table:
    """A row per customer and day with a purchase: `day`, `cents` of its purchases (0 without amounts), `first_date`."""
    rows = purchase_days.by_customer(transactions, None, customer_id, date, amount)
    rows = rows.filter(rows.is_purchase)
    return rows.select(**{customer_id: rows.customer_id}, day=rows.day, cents=rows.spent, first_date=rows.first_day)


def bounds(transactions: ir.Table, as_of: Day, calibration_end: Day, customer_id: str,
           date: str) -> tuple[dt.date, dt.date]:
    """The last day looked at and the last day of calibration, checked against the purchases."""
    known = transactions.filter(transactions[customer_id].notnull())
    ends = known.aggregate(first=known[date].min(), latest=known[date].max()).to_pyarrow().to_pylist()[0]
    if ends["latest"] is None:
        raise DataError([Fault("the purchases", "have no row with a customer and a date", "check the file")])
    first, latest = (pd.Timestamp(ends[name]).date() for name in ("first", "latest"))
    last = latest if as_of is None else purchase_days.day(as_of)
    end = last if calibration_end is None else purchase_days.day(calibration_end, "calibration_end")
    faults = []
    if latest > last:
        faults.append(Fault("`as_of`", f"is {last}, but the purchases go on to {latest}",
                            "set `as_of` to a later day, or leave later purchases out"))
    if calibration_end is not None and not first <= end < last:
        faults.append(Fault("`calibration_end`", f"is {end}, not between the first purchase ({first}) and the last day "
                            f"looked at ({last})", "take a day in between, at about two thirds of the time"))
    if faults:
        raise DataError(faults)
    return last, end


def check_unit(unit_days: float) -> None:
    """Raise when a unit of time is no number of days."""
    if not isinstance(unit_days, int | float) or not 0 < unit_days < float("inf"):
        raise DataError([Fault("`unit_days`", f"must be a number of days above 0, got {unit_days!r}",
                               "take 7 for weeks")])
