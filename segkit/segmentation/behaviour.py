"""Behaviour of each customer beyond RFM: when and where they buy, how large their baskets are (model M5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.data import occasions
from segkit.data.contract import money
from segkit.segmentation import rfm
from segkit.words.errors import DataError, Fault, check_columns

EVENING_HOUR = 18
ONLINE = ("online", "web", "website", "app", "mobile", "e-commerce", "ecommerce", "trực tuyến")
"""Values of `channel` that count as online, however they are capitalised."""


def features(transactions: ir.Table, as_of: str | dt.date | None = None) -> ir.Table:
    """Behavioural features of each customer, as an Ibis expression.

    Parameters
    ----------
    transactions : purchases with the roles `customer_id`, `date`, `amount`; `store_id`, `n_products` and `channel`
        are used where they are there.
    as_of : day the study looks back from; the last day of the data by default.

    Returns
    -------
    Ibis table: `segmentation.rfm.features`' columns, `weekend_share` (purchase occasions on Saturday or
    Sunday), `evening_share` (from 18:00; where times are recorded), `n_stores`, `products_per_basket`, `online_share`
    (purchase occasions whose `channel` is one of `ONLINE`; a missing channel is left out).

    Examples
    --------
    >>> from segkit.data import tables
    >>> sales = tables.load("cdnow.transactions", "transactions")
    >>> features(sales).columns[-1]
    'weekend_share'
    """
    columns, kept = transactions.columns, {}
    if "n_products" in columns:
        kept["n_products"] = ibis._.n_products.sum()
    if "channel" in columns:
        kept["channel"] = ibis._.channel.min()
    t = occasions.gathered(transactions, kept=kept)
    t = t.filter(t.is_purchase)
    aggregates = {"weekend_share": (t["first"].day_of_week.index() >= 5).cast("float64").mean()}
    hours = t["first"].hour()
    if (hours.max() > 0).execute():
        aggregates["evening_share"] = (hours >= EVENING_HOUR).cast("float64").mean()
    if "n_products" in columns:
        aggregates["products_per_basket"] = t.n_products.cast("float64").mean()
    if "channel" in columns:
        aggregates["online_share"] = t.channel.cast("string").lower().isin(ONLINE).cast("float64").mean()
    joined = rfm.features(transactions, as_of).join(t.group_by("customer_id").aggregate(**aggregates), "customer_id")
    if "store_id" in columns:
        lines = money.with_cents(transactions)
        lines = lines.filter(lines.customer_id.notnull(), lines.date.notnull(), lines.cents >= 0)
        stores = lines.group_by("customer_id").aggregate(n_stores=lines.store_id.nunique().cast("float64"))
        joined = joined.join(stores, "customer_id")
    return joined.order_by("customer_id")


def variables(customers: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The segmentation variables among the features of the customers, less those that are the same for everybody.

    Parameters
    ----------
    customers : a row per customer, a column per feature, such as what `features` gives.
    names : the columns to take, in this order.

    Returns
    -------
    DataFrame indexed as `customers`, with those columns as they are. Missing counts as a value: a column that holds one
    number and is missing for some customers stays.

    Raises
    ------
    DataError
        When a name is not that of a feature (it tells which there are), or all of them are the same for everybody.

    Examples
    --------
    >>> variables(pd.DataFrame({"frequency": [1, 2], "monetary": [3, 4]}), ["monetary"])["monetary"].to_list()
    [3, 4]
    """
    check_columns(names, customers.columns, "the features of the customers")
    varying = [name for name in names if customers[name].nunique(dropna=False) > 1]
    if names and not varying:
        raise DataError([Fault("`variables`", f"are the same for every customer: {', '.join(names)}",
                               "name other features: " + ", ".join(map(str, customers.columns)))])
    return customers[varying]
