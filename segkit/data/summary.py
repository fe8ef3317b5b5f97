"""What a purchase table holds: rows, customers, period and revenue, and revenue by month."""

from __future__ import annotations

import ibis.expr.types as ir
import pandas as pd

from segkit.data import money


def overview(transactions: ir.Table) -> pd.DataFrame:
    """One row: `n_rows`, `n_customers`, `first_date`, `last_date`, `revenue`.

    Parameters
    ----------
    transactions : purchases with the roles `customer_id`, `date`, `amount`.

    Examples
    --------
    >>> from segkit.data import tables
    >>> overview(tables.load("cdnow.transactions", "transactions"))["n_customers"].to_list()
    [23570]
    """
    t = money.with_cents(transactions)
    return t.aggregate(n_rows=t.count(), n_customers=t.customer_id.nunique(), first_date=t.date.min(),
                       last_date=t.date.max(), revenue=money.whole(t.cents.sum()) / 100.0).execute()


def by_month(transactions: ir.Table) -> pd.DataFrame:
    """Revenue and customers of each month from the first to the last, indexed by its first day (`month`).

    A month without purchases has 0. `is_whole` is false where the data begin after the month's
    first day or end before its last.
    """
    t = money.with_cents(transactions.filter(transactions.date.notnull()))
    t = t.mutate(month=t.date.truncate("M"))
    made = t.group_by("month").aggregate(cents=money.whole(t.cents.sum()), n_customers=t.customer_id.nunique())
    made = made.mutate(revenue=made.cents / 100.0).select("month", "revenue", "n_customers")
    table = made.order_by("month").execute()
    table = table.assign(month=pd.to_datetime(table["month"])).set_index("month")
    months = pd.date_range(table.index.min(), table.index.max(), freq="MS", name="month")
    table = table.reindex(months, fill_value=0)
    first, last = t.aggregate(first=t.date.min(), last=t.date.max()).to_pyarrow().to_pylist()[0].values()
    ends = table.index + pd.offsets.MonthEnd(0)
    begun, ended = table.index >= pd.Timestamp(first).normalize(), ends <= pd.Timestamp(last).normalize()
    table["is_whole"] = begun & ended
    return table
