"""Brand performance, duplication of purchase and switching, from purchases (S7).

A *purchase occasion* is a basket where the row has a `basket_id`, else a customer's time stamp or day (see
`segkit.data.occasions`); each brand in it is judged by its own money. Money given back lowers a brand's value and is
no purchase. Buyers of the category are all customers with a purchase. Rows without a customer, brand or date are left
out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from segkit.data import money
from segkit.data import occasions as purchase_occasions
from segkit.data import open as sources
from segkit.words.errors import DataError, Fault, check_columns


@dataclass(frozen=True)
class Occasions:
    """Purchase occasions of a category: what every measure here is computed from (`occasions` makes it once).

    Attributes
    ----------
    table : a row per customer, occasion and brand bought: its time and cents, in order of time.
    refunds : a row per customer and brand with money given back on occasions of its own: cents, below 0.
    """

    table: pd.DataFrame
    refunds: pd.DataFrame


def occasions(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
              amount: str = "amount") -> Occasions:
    """Gather purchases into occasions, to give to the other functions in place of the purchases.

    Parameters
    ----------
    transactions : purchases of one category; an Ibis table, a DataFrame or any source.
    customer_id, brand, date, amount : names of the columns in those roles.

    Returns
    -------
    Occasions; its `table` has a row per customer, occasion and brand: time of the occasion and cents spent, in
    order of time.

    Raises
    ------
    DataError
        A column is missing, no row has a customer, a brand and a date, or all of them give money back.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2], "brand": ["A", "B", "A"], "amount": [2.0, 1, 2],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01"])})
    >>> bought = occasions(sales)
    >>> len(bought.table), duplication(bought).loc["B", "A"]
    (3, np.float64(1.0))
    """
    t: ir.Table = sources.table(transactions)
    check_columns([customer_id, brand, date, amount], t.columns)
    roles = {"customer": t[customer_id], "brand": t[brand], "date": t[date], "amount": t[amount]}
    t = t.select(**roles, **({"basket_id": t["basket_id"]} if "basket_id" in t.columns else {}))
    made = purchase_occasions.gathered(t, "customer", by=["brand"])
    moment = made.moment.cast("string")
    basket = made.basket_id if "basket_id" in made.columns else ibis.null("int64")
    occasion = basket.cast("string").fill_null(moment) if "basket_id" in made.columns else moment
    made = made.select("customer", "brand", "is_purchase", cents=money.fractional(made.cents), occasion=occasion,
                       time=made["first"], basket=basket)
    bought = made.filter(made.is_purchase).drop("is_purchase")
    bought = bought.mutate(time=bought.time.min().over(group_by=["customer", "occasion"]))
    table = bought.order_by("customer", "time", "basket", "occasion", "brand").execute()
    if table.empty:
        raise DataError([Fault("the purchases", "have no row with a customer, a brand and a date, or every one of them "
                               "gives money back", "check the file")])
    back = made.filter(~made.is_purchase)
    back = back.group_by("customer", "brand").aggregate(cents=back.cents.sum()).order_by("customer", "brand")
    return Occasions(table, back.execute())


def _occasions(transactions: Any, *roles: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The purchases, and what was given back."""
    found = transactions if isinstance(transactions, Occasions) else occasions(transactions, *roles)
    return found.table.copy(), found.refunds.copy()


def performance(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
                amount: str = "amount") -> pd.DataFrame:
    """Brand performance measures, one row per brand.

    Parameters
    ----------
    transactions : purchases of one category (an Ibis table, a DataFrame or any source), or their `occasions`.
    customer_id, brand, date, amount : names of the columns in those roles.

    Returns
    -------
    DataFrame indexed by `brand`, largest value share first: `n_buyers`, `penetration` (of the category's
    buyers) with a 95 % Wilson interval, `purchase_frequency` (occasions per buyer), `value_share`,
    `share_of_category_requirements` (the brand's part of its buyers' category occasions),
    `sole_loyalty_share` (buyers of nothing else), `spend_per_buyer`.

    References
    ----------
    Ehrenberg, Uncles & Goodhardt (2004), doi:10.1016/j.jbusres.2002.11.001.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "brand": ["A", "B", "A", "B"], "amount": [2.0, 1, 2, 1],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"])})
    >>> performance(sales)[["n_buyers", "value_share", "sole_loyalty_share"]].round(2).values.tolist()
    [[2.0, 0.67, 0.5], [2.0, 0.33, 0.5]]
    """
    o, back = _occasions(transactions, customer_id, brand, date, amount)
    n_category = o["customer"].nunique()
    category = o.drop_duplicates(["customer", "occasion"]).groupby("customer").size()
    repertoire = o.groupby("customer")["brand"].nunique()
    bought = o.groupby(["brand", "customer"]).size().rename("n").reset_index()
    bought["category"] = bought["customer"].map(category)
    bought["sole"] = bought["customer"].map(repertoire) == 1
    by_brand = bought.groupby("brand")
    cents = o.groupby("brand")["cents"].sum()
    cents += back.groupby("brand")["cents"].sum().reindex(cents.index, fill_value=0)
    n = by_brand["customer"].size()
    low, high = proportion_confint(n, n_category, method="wilson")
    table = pd.DataFrame({
        "n_buyers": n, "penetration": n / n_category, "penetration_low": low, "penetration_high": high,
        "purchase_frequency": by_brand["n"].sum() / n, "value_share": cents / cents.sum(),
        "share_of_category_requirements": by_brand["n"].sum() / by_brand["category"].sum(),
        "sole_loyalty_share": by_brand["sole"].mean(), "spend_per_buyer": cents / 100 / n,
    })
    return table.sort_values("value_share", ascending=False, kind="stable")


def duplication(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
                amount: str = "amount") -> pd.DataFrame:
    """Duplication of purchase: the share of each brand's buyers who also bought each other brand.

    Returns
    -------
    DataFrame, row and column per brand (largest penetration first), the diagonal missing. Read it by
    columns: under the duplication of purchase law a column is about a constant times the column brand's
    penetration.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "brand": ["A", "B", "A", "B"], "amount": [2.0, 1, 2, 1],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"])})
    >>> duplication(sales).loc["A", "B"]
    np.float64(0.5)
    """
    o, _ = _occasions(transactions, customer_id, brand, date, amount)
    bought = pd.crosstab(o["customer"], o["brand"]).gt(0).astype(int)
    both = bought.T @ bought
    buyers = pd.Series(np.diag(both), index=both.index)
    order = buyers.sort_values(ascending=False, kind="stable").index
    shares = both.div(buyers, axis=0).loc[order, order].astype(float)
    shares = shares.mask(np.eye(len(shares), dtype=bool))
    return shares.rename_axis(index="brand", columns=None)


def switching(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
              amount: str = "amount") -> pd.DataFrame:
    """Where buyers of each brand go on their next purchase occasion; the diagonal is repeat buying.

    Each occasion counts for the brand with the largest spend in it (ties: the first by name).

    Returns
    -------
    DataFrame, row per brand bought, column per brand bought next, plus `n_occasions` (occasions that had
    a next one). Shares of a row sum to 1; a brand never followed by another occasion has missing shares.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 1], "brand": ["A", "A", "B"], "amount": [2.0, 1, 2],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])})
    >>> switching(sales).loc["A", ["A", "B"]].to_list()
    [0.5, 0.5]
    """
    o, _ = _occasions(transactions, customer_id, brand, date, amount)
    o["place"] = (o[["customer", "occasion"]] != o[["customer", "occasion"]].shift()).any(axis=1).cumsum()
    main = o.sort_values(["place", "cents", "brand"], ascending=[True, False, True], kind="stable")
    main = main.drop_duplicates(["customer", "occasion"])
    following = main.groupby("customer")["brand"].shift(-1)
    brands = sorted(o["brand"].unique())
    counts = pd.crosstab(main["brand"], following).reindex(index=brands, columns=brands, fill_value=0)
    n = counts.sum(axis=1)
    order = n.sort_values(ascending=False, kind="stable").index
    shares = counts.div(n.where(n > 0), axis=0).loc[order, order]
    shares.insert(0, "n_occasions", n[order])
    return shares.rename_axis(index="brand", columns=None)


_REACH = ("n_customers", "n_buyers", "penetration", "penetration_low", "penetration_high", "index_100", "value_share")


def weakest(reached: pd.DataFrame, brand: Any) -> dict[str, Any]:
    """The segment that a brand reaches least (what `by_segment` gave), with its numbers; missing without segments."""
    if reached.empty:
        return {"segment": None, **dict.fromkeys(_REACH)}
    part = reached.loc[brand]
    return {"segment": part["index_100"].idxmin(), **part.loc[part["index_100"].idxmin()].to_dict()}


def by_segment(transactions: Any, segment: pd.Series, customer_id: str = "customer_id", brand: str = "brand",
               date: str = "date", amount: str = "amount") -> pd.DataFrame:
    """Whom each brand reaches: penetration of each brand in each group of customers (S7).

    Parameters
    ----------
    segment : group of each customer, indexed by customer; customers without a group are left out. Without any
        group the table is empty.

    Returns
    -------
    DataFrame, row per (brand, segment): `n_customers` (category buyers in the group), `n_buyers`,
    `penetration`, `penetration_low`, `penetration_high`, `index_100` (100 = as among all customers whose
    group is known),
    `value_share` (of the group's category spend).
    """
    o, back = _occasions(transactions, customer_id, brand, date, amount)
    if segment.empty:
        grid = pd.MultiIndex.from_arrays([[], []], names=["brand", "segment"])
        return pd.DataFrame(columns=list(_REACH), index=grid, dtype=float)
    if segment.index.has_duplicates:
        raise DataError([Fault("`segment`", "names a customer twice", "give one row per customer")])
    o["segment"] = o["customer"].map(segment)
    o = o[o["segment"].notna()]
    if o.empty:
        raise DataError([Fault("`segment`", "knows none of the customers who bought",
                               "check that both tables use the same customer ids")])
    size = o.groupby("segment")["customer"].nunique()
    made = o.groupby(["brand", "segment"]).agg(n_buyers=("customer", "nunique"), cents=("cents", "sum"))
    grid = pd.MultiIndex.from_product([sorted(o["brand"].unique()), size.index], names=["brand", "segment"])
    made = made.reindex(grid, fill_value=0)
    back = back.assign(segment=back["customer"].map(segment)).groupby(["brand", "segment"])["cents"].sum()
    made["cents"] += back.reindex(grid, fill_value=0)
    n = made.index.get_level_values("segment").map(size).to_numpy()
    overall = o.groupby("brand")["customer"].nunique() / size.sum()
    spend = made.groupby("segment")["cents"].transform("sum")
    low, high = proportion_confint(made["n_buyers"], n, method="wilson")
    return pd.DataFrame({
        "n_customers": n, "n_buyers": made["n_buyers"], "penetration": made["n_buyers"] / n,
        "penetration_low": low, "penetration_high": high,
        "index_100": 100 * made["n_buyers"] / n / made.index.get_level_values("brand").map(overall).to_numpy(),
        "value_share": made["cents"] / spend,
    })
