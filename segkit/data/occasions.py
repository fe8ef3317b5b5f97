"""Purchase occasions: the one rule for what counts as having bought, wherever purchases are counted.

An occasion is a basket (an order, a receipt) where the row has a `basket_id`; else all that a customer bought at one
time stamp; else, where days alone are recorded, on one day. Its money is the sum of its lines. An occasion that comes
to less than 0 gives money back: it lowers revenue, but it is no purchase, and who has nothing else is no buyer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from segkit.data.contract import days, money
from segkit.data.readers import materialized
from segkit.words.errors import check_columns
from segkit.words.language import N_

BASKET = N_("one order or receipt")
STAMP = N_("all that a customer bought at one time stamp")
DAY = N_("all that a customer bought on one day")
BASKET_OR_STAMP = N_("one order or receipt; of rows without one, all that a customer bought at one time stamp")
BASKET_OR_DAY = N_("one order or receipt; of rows without one, all that a customer bought on one day")


def gathered(transactions: ir.Table, customer_id: str = "customer_id", date: str = "date", amount: str = "amount",
             by: Sequence[str] = (), kept: Mapping[str, ibis.Deferred] | None = None) -> ir.Table:
    """A row per customer and occasion, as an Ibis expression; of a large table of this process, computed and held.

    Parameters
    ----------
    transactions : Ibis table, one row per purchase or line; rows without a customer or a date are left out.
    customer_id, date, amount : names of the columns in those roles. A missing amount counts as 0.
    by : columns that divide an occasion further, such as the brand; rows without one are left out, and each part
        is judged by its own money.
    kept : name → what else to compute of an occasion's lines, such as ``ibis._.n_products.sum()``. The lines have
        whole `cents` and the `moment` beside their own columns.

    Returns
    -------
    Ibis table: the customer; `basket_id` (where the table has it) and `moment` (where the row has no basket), which
    tell a customer's occasions apart; `by`; `first` and `last` (moment of its first and last line of 0 or more;
    missing where it has none), `begun` (of its first line, where there are baskets), `cents` (int), `is_purchase`
    (whether it comes to 0 or more), and `kept`.

    Raises
    ------
    DataError
        When a column is missing, or holds no money or no days.

    Examples
    --------
    >>> sales = ibis.memtable({"customer_id": [1, 1, 1], "amount": [20.0, 5, -8], "date": [
    ...     "2024-01-31 09:00", "2024-01-31 09:00", "2024-02-05 10:00"]})
    >>> gathered(sales).order_by("moment").select("cents", "is_purchase").to_pyarrow().to_pylist()
    [{'cents': 2500, 'is_purchase': True}, {'cents': -800, 'is_purchase': False}]
    """
    t = lines(transactions, customer_id, date, amount, by, None if kept else ())
    return materialized.table(added(t, customer_id, by, kept), t) if kept or by else counted(t, customer_id)


def counted(lines: ir.Table, customer_id: str = "customer_id") -> ir.Table:
    """What `gathered` gives, of what `lines` gave; of a large table of this process, computed and held."""
    return materialized.table(added(lines, customer_id), lines)


def lines(transactions: ir.Table, customer_id: str = "customer_id", date: str = "date", amount: str | None = "amount",
          by: Sequence[str] = (), others: Sequence[str] | None = ()) -> ir.Table:
    """The rows that count, with whole `cents` and their `moment`, as an Ibis expression.

    Takes what `gathered` takes; every amount is 0 where `amount` is None.

    Parameters
    ----------
    others : more columns to keep beside the customer, `basket_id` and `by`; all where it is None.

    Raises
    ------
    DataError
        When a column is missing, or holds no money or no days.

    Examples
    --------
    >>> sales = ibis.memtable({"customer_id": [1, None], "amount": [20.0, 5], "date": ["2024-01-31", "2024-01-31"]})
    >>> lines(sales).select("cents").to_pyarrow().to_pylist()
    [{'cents': 2000}]
    """
    check_columns([c for c in (customer_id, date, amount, *by) if c is not None], transactions.columns)
    t = transactions.mutate(cents=ibis.literal(0)) if amount is None else money.with_cents(transactions, amount)
    t = t.mutate(moment=days.moments(transactions, date))
    t = t.filter(*[t[c].notnull() for c in dict.fromkeys((customer_id, "moment", *by))])
    baskets = [c for c in ("basket_id",) if c in t.columns]
    return t if others is None else t.select(*dict.fromkeys((customer_id, "moment", "cents", *baskets, *by, *others)))


def added(lines: ir.Table, customer_id: str = "customer_id", by: Sequence[str] = (),
          kept: Mapping[str, ibis.Deferred] | None = None) -> ir.Table:
    """What `gathered` gives, of lines that have a customer, whole `cents` and a `moment` already.

    Examples
    --------
    >>> lines = ibis.memtable({"customer_id": [1, 1], "cents": [2000, -8000], "moment": [
    ...     "2024-01-31 09:00", "2024-01-31 18:00"]}).cast({"moment": "timestamp"})
    >>> added(lines).order_by("moment").select("cents", "is_purchase").to_pyarrow().to_pylist()
    [{'cents': 2000, 'is_purchase': True}, {'cents': -8000, 'is_purchase': False}]
    """
    t, more = lines, {name: value.resolve(lines) for name, value in (kept or {}).items()}
    if "basket_id" in t.columns:
        keys = {"basket_id": t.basket_id, "moment": ibis.ifelse(t.basket_id.isnull(), t.moment, ibis.null("timestamp"))}
        grouped = t.group_by(t[customer_id], *[t[c] for c in by], **keys).aggregate(
            begun=t.moment.min(),
            first=t.moment.min(where=t.cents >= 0), last=t.moment.max(where=t.cents >= 0), cents=t.cents.sum(), **more)
        return grouped.mutate(is_purchase=grouped.cents >= 0)
    grouped = t.group_by(t[customer_id], *[t[c] for c in by], t.moment).aggregate(
        most=t.cents.max(), cents=t.cents.sum(), **more)
    first = ibis.ifelse(grouped.most >= 0, grouped.moment, ibis.null("timestamp"))  # all lines have the one moment
    return grouped.select(customer_id, *by, "moment", first=first, last=first, cents=grouped.cents,
                          **{name: grouped[name] for name in more}, is_purchase=grouped.cents >= 0)


def rule(transactions: ir.Table, date: str = "date") -> str:
    """What one purchase is in a table, as a message to translate: `BASKET`, `STAMP`, `DAY`, or a basket and else those.

    Parameters
    ----------
    transactions : Ibis table, one row per purchase or line; its column `basket_id`, if any, is the order or receipt.
        Rows without a day are not looked at.
    date : name of the column of days or time stamps. One row without a basket and later than midnight is enough for
        time stamps to be told apart.

    Returns
    -------
    str, a message id: `BASKET` where every row has a basket; `BASKET_OR_STAMP` or `BASKET_OR_DAY` where some have;
    `STAMP` or `DAY` where none has. `DAY` without rows.

    Raises
    ------
    DataError
        When the column holds no days.

    Examples
    --------
    >>> rule(ibis.memtable({"date": ["2024-01-31", "2024-02-05"]}))
    'all that a customer bought on one day'
    >>> rule(ibis.memtable({"date": ["2024-01-31 00:00", "2024-02-05 10:00"]}))
    'all that a customer bought at one time stamp'
    """
    t = transactions.select(moment=days.moments(transactions, date), has_basket=(
        transactions.basket_id.notnull() if "basket_id" in transactions.columns else ibis.literal(False)))
    t = t.filter(t.moment.notnull())
    counts = t.aggregate(n=t.count(), baskets=t.has_basket.sum(), timed=(
        ~t.has_basket & (t.moment != t.moment.truncate("D"))).any()).to_pyarrow().to_pylist()[0]
    if counts["n"] and counts["baskets"] == counts["n"]:
        return BASKET
    if counts["baskets"]:
        return BASKET_OR_STAMP if counts["timed"] else BASKET_OR_DAY
    return STAMP if counts["timed"] else DAY
