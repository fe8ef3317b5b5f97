"""Which customers bring the revenue, and why: concentration, value tiers, drivers (M7; S4, P4.1).

All shares have one base: a customer who sent back more than they bought counts as 0, everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation import resampling, rules
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, SegkitError, check_columns, did_you_mean
from segkit.words.language import N_, S_

TIERS = (S_("Top customers"), S_("Middle customers"), S_("Base customers"))


def base(monetary: pd.Series) -> pd.Series:
    """What the shares rest on: `n_customers`, `revenue` (of those above 0), `n_below` 0, and `returned`, what these
    sent back beyond what they bought.

    Examples
    --------
    >>> base(pd.Series([70.0, 30.0, -5.0])).to_dict()
    {'n_customers': 3.0, 'revenue': 100.0, 'n_below': 1.0, 'returned': 5.0}
    """
    known = monetary.fillna(0)
    return pd.Series({"n_customers": float(len(known)), "revenue": known.clip(lower=0).sum(),
                      "n_below": float((known < 0).sum()), "returned": -known.clip(upper=0).sum() + 0.0})


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
    customer_shares = np.linspace(0, 1, n_points)
    shares = np.interp(customer_shares, np.linspace(0, 1, len(share)), share)
    return pd.DataFrame({"customer_share": customer_shares, "revenue_share": shares.clip(0, 1)})


def revenue_share(monetary: pd.Series, customer_share: float) -> float:
    """Share of revenue that the best `customer_share` of customers bring.

    Parameters
    ----------
    monetary : revenue of each customer; missing and below 0 count as 0.
    customer_share : 0..1; the customer on its border counts in part.

    Returns
    -------
    float, 0..1.

    Raises
    ------
    SegkitError
        When `customer_share` is not between 0 and 1.
    DataError
        When no customer brings more than 0.

    Examples
    --------
    >>> revenue_share(pd.Series([70.0, 20.0, 10.0, 0.0]), 0.25)
    0.7
    """
    if not 0 <= customer_share <= 1:
        raise SegkitError([Fault("`customer_share`", f"is {customer_share}", "give a share between 0 and 1")])
    lorenz_curve = curve(monetary, len(monetary) + 1)
    return float(np.interp(customer_share, lorenz_curve["customer_share"], lorenz_curve["revenue_share"]))


def revenue_share_interval(monetary: pd.Series, customer_share: float, random_state: Any = 0) -> tuple[float, float]:
    """The 95 % interval of `revenue_share`, by bootstrap over customers: who the best are is settled anew in each draw.

    Parameters
    ----------
    monetary : revenue of each customer; missing and below 0 count as 0.
    customer_share : 0..1; the customer on its border counts in part.
    random_state : seed of the draws.

    Returns
    -------
    The lower and the upper end, 0..1; both missing where no customer brings more than 0.

    Examples
    --------
    >>> spend = pd.Series(np.arange(200.0))
    >>> [round(end, 2) for end in revenue_share_interval(spend, 0.2)]
    [0.34, 0.38]
    """
    values = np.sort(monetary.fillna(0).clip(lower=0).to_numpy(dtype=float))[::-1]
    low, high = resampling.interval(resampling.draws(values, lambda x, w: _brought(x, w, np.array([customer_share])),
                                                     random_state=random_state))
    return float(low[0]), float(high[0])


def _brought(best_first: np.ndarray, weights: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Share of revenue (b, len(at)) that the best `at` of weighted customers bring, one on the border in part."""
    customers, revenue = np.cumsum(weights, axis=1), np.cumsum(weights * best_first, axis=1)
    return np.stack([np.interp(at * c[-1], np.append(0.0, c), np.append(0.0, r)) / r[-1]
                     for c, r in zip(customers, revenue, strict=True)])


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
    limits = [values.iloc[max(1, round(s * len(values))) - 1] for s in (shares[0], sum(shares))]
    bounds = [{"at_least": float(limits[0])}, {"at_least": float(limits[1])}, {"below": float(limits[1])}]
    kept = [0, 2] if limits[0] == limits[1] else [0, 1, 2]
    spec = {"model": "value-based", "segments": [{"name": TIERS[i], "when": {column: bounds[i]}} for i in kept]}
    name = customers.index.name or "customer_id"
    return rules.segment(customers[[column]].rename_axis(name).reset_index(), spec, customer_id=name)


def by_segment(customers: pd.DataFrame, segmentation: Segmentation, column: str = "monetary",
               random_state: Any = 0) -> pd.DataFrame:
    """What each segment brings and why: share of revenue, frequency, basket. Shares are of all segmented customers; one
    who sent back more than they bought counts as 0, as in `curve`.

    Parameters
    ----------
    customers : DataFrame indexed by customer with `frequency` and the value `column`.

    Returns
    -------
    DataFrame indexed by segment: `size`, `customer_share`, `revenue_share`, `revenue_share_low`, `revenue_share_high`
    (its 95 % interval by bootstrap over customers; the segments' borders stay, but those of tiers, which are shares of
    customers, are settled anew in each draw), `revenue` (of the segment), and means per customer: `monetary`,
    `frequency`, `average_basket` (revenue per purchase occasion), `recency_days` if there. Empty where the value is
    known of nobody, with the reason in ``attrs["left_out"]``.
    """
    if customers[column].isna().all():
        empty = pd.DataFrame()
        empty.attrs["left_out"] = _NO_VALUE
        return empty
    label = segmentation.labels.reindex(customers.index)
    customers = customers.assign(**{column: customers[column].clip(lower=0)})
    grouped = customers.groupby(label)
    order = segmentation.segments.index
    revenue = grouped[column].sum().reindex(order, fill_value=0.0)
    table = pd.DataFrame({"size": label.value_counts().reindex(order, fill_value=0), "revenue": revenue})
    table["customer_share"] = table["size"] / table["size"].sum()
    table["revenue_share"] = revenue / revenue.sum()
    drawn = revenue_shares(customers, segmentation, column, random_state)
    table["revenue_share_low"], table["revenue_share_high"] = resampling.interval(drawn)
    table["monetary"] = grouped[column].mean().reindex(order)
    table["frequency"] = grouped["frequency"].mean().reindex(order)
    table["average_basket"] = revenue / grouped["frequency"].sum().reindex(order)
    if "recency_days" in customers:
        table["recency_days"] = grouped["recency_days"].mean().reindex(order)
    return table.rename_axis("segment")


def revenue_shares(customers: pd.DataFrame, segmentation: Segmentation, column: str = "monetary",
                   random_state: Any = 0) -> np.ndarray:
    """Share of revenue of each segment in bootstrap samples of customers, (500, k); see `by_segment`."""
    label, order = segmentation.labels.reindex(customers.index), segmentation.segments.index
    place = order.get_indexer(label)
    value = customers[column].fillna(0).clip(lower=0).to_numpy(dtype=float)
    best_first = np.lexsort((place, -value))
    place, value = place[best_first], value[best_first]
    place, value = place[place >= 0], value[place >= 0]
    size = np.bincount(place, minlength=len(order))
    if segmentation.variables == (column,) and (np.diff(place) >= 0).all():
        ends = np.cumsum(size)[:-1] / max(1, len(value))

        def shares(best: np.ndarray, weights: np.ndarray) -> np.ndarray:
            return np.diff(_brought(best, weights, ends), axis=1, prepend=0, append=1)

        return resampling.draws(value, shares, random_state=random_state)
    member = np.zeros((len(value), len(order)))
    member[np.arange(len(value)), place] = value

    def shares_of_segments(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
        sums = weights @ part
        return sums / sums.sum(axis=1, keepdims=True)

    return resampling.draws(member, shares_of_segments, random_state=random_state)


def part(customers: pd.DataFrame, chosen: pd.Series, column: str = "monetary", random_state: Any = 0) -> pd.Series:
    """What a part of the customers is and brings.

    Parameters
    ----------
    customers : DataFrame indexed by customer with the value `column`; one below 0 counts as 0.
    chosen : boolean, True for who belongs to the part, by customer.

    Returns
    -------
    Series: `size`, `customer_share`, `revenue_share`, `revenue_share_low`, `revenue_share_high` (its 95 % interval by
    bootstrap over customers).

    Examples
    --------
    >>> table = pd.DataFrame({"monetary": [30.0, 10.0, 10.0]}, index=list("abc"))
    >>> part(table, pd.Series([True, False, False], index=list("abc")))[["size", "revenue_share"]].to_list()
    [1.0, 0.6]
    """
    value = customers[column].fillna(0).clip(lower=0).to_numpy(dtype=float)
    inside = chosen.reindex(customers.index, fill_value=False).to_numpy(dtype=bool)

    def share(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        brought, all_ = (weights @ rows).T
        return (brought / all_)[:, None]

    low, high = resampling.interval(resampling.draws(np.column_stack([value * inside, value]), share,
                                                     random_state=random_state))
    return pd.Series({"size": inside.sum(), "customer_share": inside.mean(),
                      "revenue_share": value[inside].sum() / value.sum(), "revenue_share_low": low[0],
                      "revenue_share_high": high[0]})


_NO_VALUE = N_("Not drawn: what the customers spent is not known, so nor is what a segment brings.")
LEADS = N_("“{leader:segment}” brings the largest share of revenue, {share:percent}.")
LEVEL = N_("“{leader:segment}” ({share:percent}) and “{second:segment}” ({other:percent}) are too close to call as to "
           "who brings most: another sample of such customers could turn them round.")


def leading(customers: pd.DataFrame, segmentation: Segmentation, column: str = "monetary",
            random_state: Any = 0) -> pd.Series:
    """Which segment brings most, and whether that is too close to call (see `resampling.leader`).

    Parameters
    ----------
    customers : DataFrame indexed by customer with `frequency` and the value `column`; a value below 0 counts as 0.
    segmentation : how the customers are segmented.
    column : the value that is summed up.
    random_state : seed of the bootstrap samples.

    Returns
    -------
    Series: `leader`, `second`, `share` and `other`, their shares of revenue, `lead_share` (of the bootstrap samples, in
    which the leader is ahead), `is_level` (below 0.95), `sentence`, which says so (message id).
    With one segment `second` is "" and `other` is missing.

    Examples
    --------
    >>> customers = pd.DataFrame({"monetary": [90.0, 50, 40, 10, 5, 4, 3, 2, 1, 1] * 9, "frequency": 2})
    >>> leading(customers, tiers(customers))[["leader", "is_level"]].to_list()
    ['Top customers', False]
    """
    table = by_segment(customers, segmentation, column, random_state)
    names = list(table.index)
    top_two = resampling.leader(revenue_shares(customers, segmentation, column, random_state), names)
    share = table["revenue_share"]
    return pd.Series({**top_two.to_dict(), "share": share[top_two["leader"]],
                      "other": share.get(top_two["second"], np.nan),
                      "sentence": LEVEL if top_two["is_level"] else LEADS})


def drivers(customers: pd.DataFrame, segmentation: Segmentation, segment: str = TIERS[0],
            random_state: Any = 0) -> pd.DataFrame:
    """Why a segment brings more than an average customer: how often it buys times how much at a time.

    Whoever sent back more than they bought counts as 0.

    Parameters
    ----------
    customers : DataFrame indexed by customer with `monetary` (missing counts as 0) and `frequency` (purchase
        occasions).
    segmentation : how the customers are segmented; who has no segment counts among all customers.
    segment : label of the segment.
    random_state : seed of the bootstrap samples.

    Returns
    -------
    DataFrame indexed by `variable` (monetary, frequency, average_basket): `mean` in the segment, `total_mean`
    over all customers, `index_100`, `index_low`, `index_high` (its 95 % interval by bootstrap over customers; of the
    first segment by `monetary` alone, such as the top customers, who is in it is settled anew in each draw). The index
    of monetary is the product of the other two, divided by 100.

    Raises
    ------
    SegkitError
        When there is no such segment.

    Examples
    --------
    >>> customers = pd.DataFrame({"monetary": [90.0, 50, 40, 10, 5, 4, 3, 2, 1, 1], "frequency": [9, 5] + [1] * 8})
    >>> drivers(customers, tiers(customers))["index_100"].round().to_list()
    [340.0, 318.0, 107.0]
    """
    if segment not in segmentation.segments.index:
        raise SegkitError([Fault("`segment`", f"{segment!r} is not a segment",
                                 did_you_mean(str(segment), map(str, segmentation.segments.index)))])
    inside = (segmentation.labels.reindex(customers.index) == segment).to_numpy()
    values = np.column_stack([customers["monetary"].clip(lower=0), customers["frequency"], inside]).astype(float)
    values = values[np.lexsort(values.T)]
    top_share = float(inside.mean()) if (
        segmentation.variables == ("monetary",) and segment == segmentation.segments.index[0]) else None
    values = values[::-1] if top_share is None else values[np.argsort(-values[:, 0], kind="stable")]

    def indices(part: np.ndarray, weights: np.ndarray) -> np.ndarray:
        mean, total = _means(part, weights, top_share)
        return 100 * mean / total

    low, high = resampling.interval(resampling.draws(values, indices, random_state=random_state))
    mean, total = (means[0] for means in _means(values, np.ones((1, len(values))), None))
    table = pd.DataFrame({"mean": mean, "total_mean": total},
                         pd.Index(["monetary", "frequency", "average_basket"], name="variable"))
    return table.assign(index_100=100 * table["mean"] / table["total_mean"], index_low=low, index_high=high)


def _means(values: np.ndarray, weights: np.ndarray, top: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Money, frequency and basket (b, 3) of a segment and of all; of the `top` share of customers, best first."""
    inside = values[:, 2] > 0 if top is None else (
        np.cumsum(weights, axis=1) <= top * weights.sum(axis=1, keepdims=True) + 0.5)
    means = []
    for w in (weights * inside, weights):
        n, money, times = w.sum(axis=1), w @ np.nan_to_num(values[:, 0]), w @ values[:, 1]
        means.append(np.stack([money / n, times / n, money / times], axis=1))
    return means[0], means[1]


def factors(drivers: pd.DataFrame) -> dict[str, float]:
    """How many times as often and as much, with their intervals, from what `drivers` gives: `often`, `often_low`,
    `often_high`, `much`, `much_low`, `much_high`."""
    ends = {"": "index_100", "_low": "index_low", "_high": "index_high"}
    rows = {"often": "frequency", "much": "average_basket"}
    return {name + end: drivers.loc[row, column] / 100 for name, row in rows.items() for end, column in ends.items()}
