"""Which customers bring the revenue, and why: concentration, value tiers, drivers (M7; S4, P4.1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segkit.segmentation import rules
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, SegkitError, check_columns, did_you_mean
from segkit.words.language import N_

TIERS = (N_("Top customers"), N_("Middle customers"), N_("Base customers"))


def curve(monetary: pd.Series, n_points: int = 101) -> pd.DataFrame:
    """The concentration curve: cumulative share of revenue by share of customers, best customers first.

    Parameters
    ----------
    monetary : revenue of each customer; missing counts as 0, and so does a customer who returned more than bought.
    n_points : points of the curve, from 0 to 1.

    Returns
    -------
    DataFrame: `customer_share`, `revenue_share`.

    Raises
    ------
    DataError
        When no customer brings more than 0.

    Examples
    --------
    >>> curve(pd.Series([70.0, 20.0, 10.0, 0.0]), 5)["revenue_share"].to_list()
    [0.0, 0.7, 0.9, 1.0, 1.0]
    """
    values = np.sort(monetary.fillna(0).clip(lower=0).to_numpy(dtype=float))[::-1]
    if not values.sum() > 0:
        raise DataError([Fault("the amounts", "add up to 0 or less", "check the amount column and its signs")])
    share = np.concatenate([[0.0], np.cumsum(values) / values.sum()])
    at = np.linspace(0, 1, n_points)
    shares = np.interp(at, np.linspace(0, 1, len(share)), share)
    return pd.DataFrame({"customer_share": at, "revenue_share": shares.clip(0, 1)})


def revenue_share(monetary: pd.Series, customer_share: float) -> float:
    """Share of revenue that the best `customer_share` of customers bring.

    Raises
    ------
    SegkitError
        When `customer_share` is not between 0 and 1.

    Examples
    --------
    >>> revenue_share(pd.Series([70.0, 20.0, 10.0, 0.0]), 0.25)
    0.7
    """
    if not 0 <= customer_share <= 1:
        raise SegkitError([Fault("`customer_share`", f"is {customer_share}", "give a share between 0 and 1")])
    found = curve(monetary, len(monetary) + 1)
    return float(np.interp(customer_share, found["customer_share"], found["revenue_share"]))


def tiers(customers: pd.DataFrame, shares: Sequence[float] = (0.2, 0.3), column: str = "monetary") -> Segmentation:
    """Value tiers: top, middle and base customers by what they spend.

    Parameters
    ----------
    customers : DataFrame indexed by customer.
    shares : share of customers in the top and middle tiers; the rest are the base.
    column : the value.

    Returns
    -------
    Segmentation by rules. Customers with the same value are in the same tier, so sizes can differ; where
    that leaves the middle tier empty, there are only two.

    Raises
    ------
    SegkitError
        When the shares are not between 0 and 1.

    Examples
    --------
    >>> customers = pd.DataFrame({"monetary": [90.0, 50, 40, 10, 5, 4, 3, 2, 1, 1]})
    >>> tiers(customers).segments["size"].to_list()
    [2, 3, 5]
    """
    if len(shares) != 2 or min(shares) <= 0 or sum(shares) >= 1:
        raise SegkitError([Fault("`shares`", f"must be two shares above 0 that add up to less than 1, got {shares}")])
    check_columns([column], customers.columns, "the customers")
    if customers[column].notna().sum() == 0:
        raise DataError([Fault(f"column {column!r}", "has no value", "check the customers")])
    values = customers[column].dropna().sort_values(ascending=False)
    at = [values.iloc[max(1, round(s * len(values))) - 1] for s in (shares[0], sum(shares))]
    bounds = [{"at_least": float(at[0])}, {"at_least": float(at[1])}, {"below": float(at[1])}]
    kept = [0, 2] if at[0] == at[1] else [0, 1, 2]
    spec = {"model": "value-based", "segments": [{"name": TIERS[i], "when": {column: bounds[i]}} for i in kept]}
    name = customers.index.name or "customer_id"
    return rules.segment(customers[[column]].rename_axis(name).reset_index(), spec, customer_id=name)


def by_segment(customers: pd.DataFrame, segmentation: Segmentation, column: str = "monetary") -> pd.DataFrame:
    """What each segment brings and why: share of revenue, frequency, basket. Shares are of all segmented customers;
    returns count against a segment's revenue.

    Parameters
    ----------
    customers : DataFrame indexed by customer with `frequency` and the value `column`.

    Returns
    -------
    DataFrame indexed by segment: `size`, `customer_share`, `revenue_share`, `revenue` (of the segment), and means
    per customer: `monetary`, `frequency`, `average_basket` (revenue per purchase occasion), `recency_days` if there.
    """
    label = segmentation.labels.reindex(customers.index)
    grouped = customers.groupby(label)
    order = segmentation.segments.index
    revenue = grouped[column].sum().reindex(order, fill_value=0.0)
    table = pd.DataFrame({"size": label.value_counts().reindex(order, fill_value=0), "revenue": revenue})
    table["customer_share"] = table["size"] / table["size"].sum()
    table["revenue_share"] = revenue / revenue.sum()
    table["monetary"] = grouped[column].mean().reindex(order)
    table["frequency"] = grouped["frequency"].mean().reindex(order)
    table["average_basket"] = revenue / grouped["frequency"].sum().reindex(order)
    if "recency_days" in customers:
        table["recency_days"] = grouped["recency_days"].mean().reindex(order)
    return table.rename_axis("segment")


def drivers(customers: pd.DataFrame, segmentation: Segmentation, segment: str = TIERS[0]) -> pd.DataFrame:
    """Why a segment brings more than an average customer: how often it buys times how much at a time.

    Returns
    -------
    DataFrame indexed by `variable` (monetary, frequency, average_basket): `mean` in the segment, `total_mean`
    over all customers, `index_100`. The index of monetary is the product of the other two, divided by 100.

    Examples
    --------
    >>> customers = pd.DataFrame({"monetary": [90.0, 50, 40, 10, 5, 4, 3, 2, 1, 1], "frequency": [9, 5] + [1] * 8})
    >>> drivers(customers, tiers(customers))["index_100"].round().to_list()
    [340.0, 318.0, 107.0]
    """
    if segment not in segmentation.segments.index:
        raise SegkitError([Fault("`segment`", f"{segment!r} is not a segment",
                                 did_you_mean(str(segment), map(str, segmentation.segments.index)))])
    inside = segmentation.labels.reindex(customers.index) == segment
    rows = {}
    for name, part in (("mean", customers[inside]), ("total_mean", customers)):
        rows[name] = {"monetary": part["monetary"].mean(), "frequency": part["frequency"].mean(),
                      "average_basket": part["monetary"].sum() / part["frequency"].sum()}
    table = pd.DataFrame(rows).rename_axis("variable")
    return table.assign(index_100=100 * table["mean"] / table["total_mean"])
