"""Brand performance, duplication of purchase and switching, from purchases (S7).

A *purchase occasion* is a basket where the row has a `basket_id`, else a customer's time stamp or day (see
`segkit.data.occasions`); each brand in it is judged by its own money. Money given back lowers a brand's value and is
no purchase. Buyers of the category are all customers with a purchase. Rows without a customer, brand or date are left
out.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from segkit.data import occasions as purchase_occasions
from segkit.data import open as sources
from segkit.data.contract import money
from segkit.positioning import draws, households, moved, reach
from segkit.positioning.households import Households
from segkit.words.errors import DataError, Fault, check_columns


@dataclass(frozen=True, eq=False)
class Occasions:
    """Purchase occasions of a category: what every measure here is computed from (`occasions` makes it once).

    Attributes
    ----------
    gathered : a row per customer, occasion and brand, bought or given back, in any order.
    households : how often each household bought each brand, and for how much.
    kept : what was computed of them before; it changes no result.
    """

    gathered: pa.Table = field(repr=False)
    households: Households
    kept: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def table(self) -> pd.DataFrame:
        """A row per customer, occasion and brand bought: its time, cents, and `net` cents, less what the customer gave
        back of the brand on occasions of its own; `units`, where the purchases have a `quantity`; `promoted`, cents of
        lines with a `discount` or `discount_share`, where they have one; in order of time."""
        return _table(self.gathered)

    def keep(self, make: Callable[..., Any], *arguments: Any, of: str = "table") -> Any:
        """What `make` gives of the table, or the `households`, computed once for the same arguments."""
        key = make.__module__, make.__qualname__, *arguments
        if key not in self.kept:
            self.kept[key] = make(getattr(self, of), *arguments)
        return self.kept[key]


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
    order of time. A brand that has the name of a column of the tables here, such as "brand", stands in quotation marks.

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
    units = {"quantity": t["quantity"]} if "quantity" in t.columns and t["quantity"].type().is_numeric() else {}
    offers = [t[c].abs() > 0 for c in ("discount", "discount_share") if c in t.columns and t[c].type().is_numeric()]
    offered = {"on_offer": functools.reduce(operator.or_, [x.fill_null(False) for x in offers])} if offers else {}
    t = t.select(**roles, **units, **offered, **({"basket_id": t["basket_id"]} if "basket_id" in t.columns else {}))
    lines = purchase_occasions.lines(t, "customer", by=["brand"], others=[*units, *offered])
    extra_sums = ({"units": ibis._.quantity.sum()} if units else {}) | (
        {"promoted": ibis._.cents.sum(where=ibis._.on_offer).fill_null(0).cast("float64")} if offered else {})
    rows = purchase_occasions.added(lines, "customer", ["brand"], extra_sums)
    extra_columns = [*(["basket_id", "first"] if "basket_id" in rows.columns else []), *extra_sums]
    gathered = rows.select("customer", "brand", "moment", "is_purchase", *extra_columns,
                           cents=money.fractional(rows.cents)).to_pyarrow()  # asked once
    held = households.of(gathered, reach.apart)
    if not len(held.customers):
        raise DataError([Fault("the purchases", "have no row with a customer, a brand and a date, or every one of them "
                               "gives money back", "check the file")])
    return Occasions(gathered, held)


def _table(gathered: pa.Table) -> pd.DataFrame:
    rows = ibis.memtable(gathered)
    has_basket = "basket_id" in rows.columns
    occasion = rows.basket_id.cast("string").fill_null(rows.moment.cast("string")) if has_basket else rows.moment
    basket, extra_columns = (["basket"] if has_basket else []), [c for c in ("units", "promoted") if c in rows.columns]
    time = {"time": rows["first"], "basket": rows.basket_id} if has_basket else {"time": rows.moment}
    rows = rows.mutate(occasion=occasion, **time)
    bought = rows.filter(rows.is_purchase)
    bought = bought.select("customer", "brand", "cents", "occasion", "time", *basket, *extra_columns)
    if has_basket:  # else all lines of an occasion have one moment
        bought = bought.mutate(time=bought.time.min().over(group_by=["customer", "occasion"]))
    table = bought.order_by("customer", "time", *basket, "occasion", "brand").execute()
    returns = rows.filter(~rows.is_purchase)
    returns = returns.group_by("customer", "brand").aggregate(cents=returns.cents.sum()).order_by(
        "customer", "brand").execute()
    table, returns = (part.assign(brand=reach.apart(part["brand"])) for part in (table, returns))
    net = table["cents"]
    if len(returns):
        refunds = returns.set_index(["customer", "brand"])["cents"]
        last = ~table.duplicated(["customer", "brand"], keep="last")
        refunds = refunds.reindex(pd.MultiIndex.from_frame(table[["customer", "brand"]])).fillna(0).to_numpy()
        net = net + np.where(last, refunds, 0)
    return table.assign(net=net)


def as_occasions(transactions: Any, *roles: str) -> Occasions:
    """The occasions of purchases, or the occasions themselves where those are given."""
    return transactions if isinstance(transactions, Occasions) else occasions(transactions, *roles)


def performance(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
                amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """Brand performance measures, one row per brand.

    Parameters
    ----------
    transactions : purchases of one category (an Ibis table, a DataFrame or any source), or their `occasions`.
    customer_id, brand, date, amount : names of the columns in those roles.
    random_state : seed of the bags that households are put in where they are more than 2,000.

    Returns
    -------
    DataFrame indexed by `brand`, largest value share first: `n_buyers`, `penetration` (of the category's
    buyers), `purchase_frequency` (occasions per buyer), `value_share`, `share_of_category_requirements` (the brand's
    part of its buyers' category occasions), `sole_loyalty_share` (buyers of nothing else), `spend_per_buyer`; each
    measure but the first with the ends of its 95 % interval, `…_low` and `…_high`: Wilson's for the shares of people
    (penetration, sole loyalty), those of `segkit.segmentation.jackknife` for the others. With one buyer alone these
    are missing.

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
    bought = as_occasions(transactions, customer_id, brand, date, amount)
    table = bought.keep(draws.of_performance, random_state, of="households")
    return table.sort_values("value_share", ascending=False, kind="stable")


def duplication(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
                amount: str = "amount") -> pd.DataFrame:
    """Duplication of purchase: the share of each brand's buyers who also bought each other brand.

    Parameters
    ----------
    transactions : purchases of one category (an Ibis table, a DataFrame or any source), or their `occasions`.
    customer_id, brand, date, amount : names of the columns in those roles; not looked at where occasions are given.

    Returns
    -------
    DataFrame, row (index `brand`) and column per brand (largest penetration first; ties: the first by name), the
    diagonal missing. Read it by columns: under the duplication of purchase law a column is about a constant times the
    column brand's penetration.

    Raises
    ------
    SegkitError
        As `occasions`, and as `segkit.data.open.table` for the source.

    References
    ----------
    Ehrenberg, Uncles & Goodhardt (2004), doi:10.1016/j.jbusres.2002.11.001.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "brand": ["A", "B", "A", "B"], "amount": [2.0, 1, 2, 1],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"])})
    >>> duplication(sales).loc["A", "B"]
    np.float64(0.5)
    """
    held = as_occasions(transactions, customer_id, brand, date, amount).households
    shared_buyers = pd.DataFrame((held.bought.T @ held.bought).toarray(), held.brands, held.brands)
    buyers = pd.Series(np.diag(shared_buyers), index=shared_buyers.index)
    order = buyers.sort_values(ascending=False, kind="stable").index
    shares = shared_buyers.div(buyers, axis=0).loc[order, order].astype(float)
    shares = shares.mask(np.eye(len(shares), dtype=bool))
    return shares.rename_axis(index="brand", columns=None)


def switching(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
              amount: str = "amount") -> pd.DataFrame:
    """Where buyers of each brand go on their next purchase occasion; the diagonal is repeat buying.

    Each occasion counts for the brand with the largest spend in it (ties: the first by name). Intervals: `moves`.

    Parameters
    ----------
    transactions : purchases of one category (an Ibis table, a DataFrame or any source), or their `occasions`.
    customer_id, brand, date, amount : names of the columns in those roles; not looked at where occasions are given.

    Returns
    -------
    DataFrame, row (index `brand`) per brand bought, column per brand bought next, after `n_occasions` (occasions that
    had a next one): most of these first, in rows and columns; ties: the first by name. Shares of a row sum to 1; a
    brand never followed by another occasion has missing shares.

    Raises
    ------
    SegkitError
        As `occasions`, and as `segkit.data.open.table` for the source.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 1], "brand": ["A", "A", "B"], "amount": [2.0, 1, 2],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])})
    >>> switching(sales).loc["A", ["A", "B"]].to_list()
    [0.5, 0.5]
    """
    purchases = as_occasions(transactions, customer_id, brand, date, amount)
    steps = purchases.keep(moved.steps)
    brands = list(purchases.households.brands)
    counts = pd.crosstab(steps["brand"], steps["next_brand"]).reindex(index=brands, columns=brands, fill_value=0)
    n = counts.sum(axis=1)
    order = n.sort_values(ascending=False, kind="stable").index
    shares = counts.div(n.where(n > 0), axis=0).loc[order, order].astype(float)
    shares.insert(0, "n_occasions", n[order])
    return shares.rename_axis(index="brand", columns=None)


def moves(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
          amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """Each move from one purchase occasion to the next, with its interval: `switching` as a list.

    Parameters
    ----------
    transactions : purchases of one category (an Ibis table, a DataFrame or any source), or their `occasions`.
    customer_id, brand, date, amount : names of the columns in those roles; not looked at where occasions are given.
    random_state : seed of the bags that households are put in where they are more than 2,000.

    Returns
    -------
    DataFrame indexed by `brand` and `next_brand`, in the order of `switching`: `n_occasions` (that moved so),
    `switching_share` (of the brand's occasions that had a next one), `switching_low`, `switching_high` (95 %,
    `segkit.segmentation.jackknife`; missing where one customer alone moved from the brand). Moves that nobody made are
    left out; the table is empty where no customer bought twice.

    Raises
    ------
    SegkitError
        As `occasions`, and as `segkit.data.open.table` for the source.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 1], "brand": ["A", "A", "B"], "amount": [2.0, 1, 2],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])})
    >>> moves(sales)["switching_share"].to_dict()
    {('A', 'A'): 0.5, ('A', 'B'): 0.5}
    """
    return as_occasions(transactions, customer_id, brand, date, amount).keep(moved.table, random_state).copy()


def repeats(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
            amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """How often the next purchase is of the same brand: the diagonal of `switching`, with its interval.

    Returns
    -------
    DataFrame indexed by `brand`, in the order of `moves`: `repeat_share`, `repeat_share_low`, `repeat_share_high`.
    Brands that were never repeated are left out.
    """
    transitions = moves(transactions, customer_id, brand, date, amount, random_state)
    same = transitions.index.get_level_values(0) == transitions.index.get_level_values(1)
    return transitions[same].droplevel(1).drop(columns="n_occasions").set_axis(
        ["repeat_share", "repeat_share_low", "repeat_share_high"], axis=1)


def by_segment(transactions: Any, segment: pd.Series, customer_id: str = "customer_id", brand: str = "brand",
               date: str = "date", amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """Whom each brand reaches: penetration of each brand in each group of customers (S7).

    Parameters
    ----------
    segment : group of each customer, indexed by customer; customers without a group are left out. Without any
        group the table is empty.
    random_state : seed of the groups drawn by lot.

    Returns
    -------
    DataFrame, row per (brand, segment): `n_customers` (category buyers in the group), `n_buyers`,
    `penetration`, `penetration_low`, `penetration_high` (Wilson), `index_100` (100 = as among all customers whose
    group is known), `value_share` (of the group's category spend, less what its buyers gave back), `adjusted_p`: how
    often groups of the same sizes drawn by lot have any cell, of all brands and groups, as far from 100 for its size
    (two-sided; 1,000 lots).

    References
    ----------
    Westfall & Young (1993), Resampling-Based Multiple Testing, for the adjustment to the number of cells.
    """
    bought = as_occasions(transactions, customer_id, brand, date, amount)
    return reach.table(bought.households, segment, random_state)


def buyers_by_lot(transactions: Any, segment: pd.Series, customer_id: str = "customer_id", brand: str = "brand",
                  date: str = "date", amount: str = "amount", random_state: int | None = 0) -> np.ndarray:
    """Buyers of each brand in groups drawn by lot: draws × brands × groups, in the order of `by_segment`.

    Customers keep what they bought and are dealt into groups of the same sizes, so that a brand's buyers and a
    customer's brands stay together.

    Parameters
    ----------
    transactions : purchases of one category (an Ibis table, a DataFrame or any source), or their `occasions`.
    customer_id, brand, date, amount : names of the columns in those roles; not looked at where occasions are given.
    segment : group of each customer, indexed by customer; customers without a group are left out.
    random_state : seed of the deals, 1,000 of them.

    Returns
    -------
    Array of counts, of the brands that customers with a group bought; empty where `segment` is. With more than 2,000
    customers whole bags of them are dealt and scaled to the sizes of the groups: counts need not be whole then.

    Raises
    ------
    SegkitError
        As `occasions`; when `segment` names a customer twice, or knows none of those who bought.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "brand": ["A", "B", "A", "B"], "amount": [2.0, 1, 2, 1],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"])})
    >>> by_lot = buyers_by_lot(sales, pd.Series({1: "old", 2: "old", 3: "young"}))
    >>> by_lot.shape, np.unique(by_lot.sum(axis=2)).tolist()
    ((1000, 2, 2), [2.0])
    """
    bought = as_occasions(transactions, customer_id, brand, date, amount)
    return reach.by_lot(bought.households, segment, random_state)
