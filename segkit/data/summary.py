"""What a purchase table holds: rows, customers, period and revenue, and revenue by month."""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

from segkit.data import occasions
from segkit.data.contract import money
from segkit.words.errors import DataError, Fault


def overview(transactions: ir.Table) -> pd.DataFrame:
    """One row: `n_rows`, `n_purchases`, `n_customers`, `n_only_refunds`, `first_date`, `last_date`, `revenue`.

    Parameters
    ----------
    transactions : purchases with the roles `customer_id`, `date`, `amount`; purchases are counted as
        `segkit.data.occasions` says. Customers are those who bought; who only got money back is in `n_only_refunds`.
        Revenue is of all rows.

    Raises
    ------
    DataError
        When nobody has bought: there is no row, or every purchase gives money back.

    Examples
    --------
    >>> from segkit.data import tables
    >>> overview(tables.load("cdnow.transactions", "transactions"))["n_customers"].to_list()
    [23570]
    """
    t = money.with_cents(transactions)
    rows = t.aggregate(n_rows=t.count(), first_date=t.date.min(), last_date=t.date.max(),
                       revenue=money.whole(t.cents.sum()) / 100.0).execute()
    bought = occasions.gathered(transactions)
    people = bought.group_by("customer_id").aggregate(n=bought.is_purchase.sum())
    counts = people.aggregate(n_purchases=people.n.sum(), n_customers=(people.n > 0).sum(),
                              n_only_refunds=(people.n == 0).sum()).execute().fillna(0).astype("int64")
    if not counts["n_customers"].iloc[0]:
        raise DataError([Fault("the purchases", "have no row with a customer, a date and an amount of 0 or more"
                               if not counts["n_only_refunds"].iloc[0] else "give more money back than was spent, for "
                               "every customer each time: nobody has bought", "check the amount column and its signs")])
    return rows.join(counts)[["n_rows", *counts.columns, "first_date", "last_date", "revenue"]]


def by_month(transactions: ir.Table) -> pd.DataFrame:
    """Revenue and customers of each month from the first to the last, indexed by its first day (`month`).

    `n_customers` are those with a purchase in the month (see `segkit.data.occasions`). A month without purchases has
    0. `is_whole` is false where the data begin after the month's first day or end before its last.
    """
    t = money.with_cents(transactions.filter(transactions.date.notnull()))
    t = t.mutate(month=t.date.truncate("M"))
    monthly = t.group_by("month").aggregate(cents=money.whole(t.cents.sum()))
    bought = occasions.gathered(transactions)
    bought = bought.filter(bought.is_purchase)
    people = bought.group_by(month=bought["first"].truncate("M")).aggregate(n_customers=bought.customer_id.nunique())
    table = monthly.select("month", revenue=monthly.cents / 100.0).order_by("month").execute().set_index("month")
    table["n_customers"] = people.execute().set_index("month")["n_customers"].reindex(table.index, fill_value=0)
    table.index = pd.to_datetime(table.index)
    months = pd.date_range(table.index.min(), table.index.max(), freq="MS", name="month")
    table = table.reindex(months, fill_value=0)
    first, last = t.aggregate(first=t.date.min(), last=t.date.max()).to_pyarrow().to_pylist()[0].values()
    ends = table.index + pd.offsets.MonthEnd(0)
    begun, ended = table.index >= pd.Timestamp(first).normalize(), ends <= pd.Timestamp(last).normalize()
    table["is_whole"] = begun & ended
    return table
