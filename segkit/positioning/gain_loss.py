"""Gains and losses of brands between two periods: who came, who went, who bought more or less, and who switched.

For each customer of the category the money of each brand in the first period is held against that in the second. What
one brand loses and another gains with the same customer is switching; the rest of his change is buying more, or less,
of the category. All of it is whole cents, so that for each brand gains less losses are its change, exactly.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.positioning import brands, draws, households
from segkit.positioning.reach import SURE
from segkit.segmentation import jackknife
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

CUSTOMERS = 100_000
"""Customers worked on at a time."""
PARTS = ("new_gain", "lost_loss", "more_gain", "less_loss", "switched_gain", "switched_loss")
WON = N_("{brand:value} moved from {before:percent} to {after:percent} of the money spent, from the first period to "
         "the second: by {low:decimal} to {high:decimal} points. It won {switched:money} from other brands, on "
         "balance.")
LOST = N_("{brand:value} moved from {before:percent} to {after:percent} of the money spent, from the first period "
          "to the second: by {low:decimal} to {high:decimal} points. It lost {switched:money} to other brands, on "
          "balance.")
MOVED = N_("{brand:value} moved from {before:percent} to {after:percent} of the money spent, from the first period "
           "to the second: by {low:decimal} to {high:decimal} points. Whether customers switched to or from it is "
           "not sure.")
LEVEL = N_("No brand's share of the money spent moved by more than chance explains from the first period to the "
           "second: the largest change is that of {brand:value}, from {before:percent} to {after:percent} "
           "({low:decimal} to {high:decimal} points).")
ONE_DAY = N_("Gains and losses need purchases of two periods; all of these fall at one moment.")


class GainLoss(NamedTuple):
    """`table` by brand, `flows` of money from brand (rows) to brand (columns), and what to say: `sentence` takes the
    `values`."""

    table: pd.DataFrame
    flows: pd.DataFrame
    sentence: str
    values: dict[str, Any]


def between(transactions: Any, second_period: str = "", customer_id: str = "customer_id", brand: str = "brand",
            date: str = "date", amount: str = "amount", random_state: int | None = 0) -> GainLoss:
    """What each brand gained and lost from one period to the next of the same length.

    Parameters
    ----------
    transactions : as `brands.performance`. Money given back counts where the brand was bought last; given back by
        customers who never bought the brand, it is left out.
    second_period : first day of the second period, which goes to the end of the data; the first is as long and ends
        there. "": the halves of the data.
    random_state : seed of the households drawn anew, 400 samples.

    Returns
    -------
    GainLoss. Its `table` is indexed by `brand`, largest second period first: `spend_before`, `spend_after`,
    `spend_change`, and its parts, `new_gain` (of customers who bought nothing of the category before), `lost_loss` (of
    those who buy nothing now), `more_gain` and `less_loss` (of customers who buy more or less of the category),
    `switched_gain` and `switched_loss` (from and to other brands): spend_change = new_gain − lost_loss + more_gain −
    less_loss + switched_gain − switched_loss, to the cent. `switched_net` is switched_gain − switched_loss with its
    95 % interval. `share_before`, `share_after`, `share_change` (with interval) are of the money spent on the category
    and `adjusted_p` how often chance moves any brand so far, for its spread (single-step maximum).

    Raises
    ------
    DataError
        When `second_period` is no day, or the data do not reach as far before it as after.

    Notes
    -----
    A customer's losses and gains are matched in proportion to their size, rounded to whole cents (largest remainder).

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2], "brand": ["A", "B", "A"], "amount": [3.0, 5, 2],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-04", "2024-01-03"])})
    >>> found = between(sales).table
    >>> found.loc["B", ["spend_change", "more_gain", "switched_gain"]].to_list()
    [5.0, 2.0, 3.0]
    """
    return brands.as_occasions(transactions, customer_id, brand, date, amount).keep(_between, second_period,
                                                                                      random_state)


def _between(o: pd.DataFrame, second_period: str, random_state: int | None) -> GainLoss:
    columns = ["spend_before", "spend_after", "spend_change", *PARTS, "switched_net", "switched_net_low",
               "switched_net_high", "share_before", "share_after", "share_change", "share_change_low",
               "share_change_high", "adjusted_p"]
    if o["time"].min() == o["time"].max():
        empty = pd.DataFrame(columns=columns, dtype=float)
        empty.attrs["left_out"] = ONE_DAY
        return GainLoss(empty, empty, LEVEL, dict.fromkeys(("brand", "before", "after", "low", "high")))
    begin, middle = periods(o, second_period)
    customers, names = np.sort(o["customer"].unique()), np.sort(o["brand"].unique())
    place, weights = draws.households(o, random_state)
    sums, flows = _sums(o, (o["time"] >= begin) & (o["time"] < middle), o["time"] >= middle, customers, names,
                        place.to_numpy(), weights.shape[1])
    before, after = sums["before"], sums["after"]
    switched = sums["switched_gain"] - sums["switched_loss"]
    samples_before, samples_after = weights @ before, weights @ after
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = households.parts(samples_after) - households.parts(samples_before)
        shares = [households.parts(x.sum(axis=0)) for x in (before, after)]
    table = pd.DataFrame({name: sums[name].sum(axis=0) / 100 for name in PARTS}, index=pd.Index(names, name="brand"))
    table = table.assign(spend_before=before.sum(axis=0) / 100, spend_after=after.sum(axis=0) / 100,
                         spend_change=(after.sum(axis=0) - before.sum(axis=0)) / 100, share_before=shares[0],
                         share_after=shares[1], share_change=shares[1] - shares[0],
                         switched_net=switched.sum(axis=0) / 100,
                         adjusted_p=draws.farthest_p(shares[1] - shares[0], moved))
    left_out = [x.sum(axis=0) - x for x in (before, after)]
    n = len(before)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares_before, shares_after = map(households.parts, left_out)
        switched_without = (switched.sum(axis=0) - switched) * n / max(n - 1, 1) / 100  # of as many households
    for name, without in (("switched_net", switched_without), ("share_change", shares_after - shares_before)):
        table[f"{name}_low"], table[f"{name}_high"] = jackknife.differences(
            table[name].to_numpy(), without, np.full(len(names), n))
    table = table[columns].sort_values("spend_after", ascending=False, kind="stable")
    flow_table = pd.DataFrame(flows / 100, index=table.index.sort_values(), columns=names)
    return GainLoss(table, flow_table.loc[table.index, list(table.index)], *_told(table))


def periods(o: pd.DataFrame, second_period: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First moment of the first and of the second period."""
    begin, end = o["time"].min(), o["time"].max()
    if not second_period:
        return begin, begin + (end - begin) / 2
    where = "`second_period`"
    try:
        middle = pd.Timestamp(dt.date.fromisoformat(second_period))
    except ValueError:
        raise DataError([Fault(where, f"is {second_period!r}, not a day of the calendar", "write it as 2024-07-01")]
                        ) from None
    days = (end.normalize() - middle).days + 1
    first = middle - pd.Timedelta(days=days)
    if not begin < middle <= end:
        raise DataError([Fault(where, f"is {middle:%Y-%m-%d}; purchases are from {begin:%Y-%m-%d} to {end:%Y-%m-%d}",
                               "give a day between them")])
    if first < begin.normalize():
        raise DataError([Fault(where, f"is {middle:%Y-%m-%d}, {days} days before the end; purchases begin "
                               f"{begin:%Y-%m-%d}, fewer days before it", "give a later day: both periods are equally "
                               "long")])
    return first, middle


def _sums(o: pd.DataFrame, early: pd.Series, late: pd.Series, customers: np.ndarray, names: np.ndarray,
          place: np.ndarray, n_bags: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Before, after and each part → bags of households × brands, in cents, and the flows between brands; of a number of
    customers at a time."""
    sums = {name: np.zeros((n_bags, len(names)), dtype=np.int64) for name in ("before", "after", *PARTS)}
    flows = np.zeros((len(names), len(names)))
    at = np.searchsorted(customers, o["customer"])
    for start in range(0, len(customers), CUSTOMERS):
        chunk = customers[start:start + CUSTOMERS]
        in_chunk = (at >= start) & (at < start + CUSTOMERS)
        halves = [o[in_chunk & half.to_numpy()] for half in (early, late)]
        before, after = (_cents(part, chunk, names) for part in halves)
        parts, moved = _parts(before, after, *(np.isin(chunk, part["customer"]) for part in halves))
        flows += moved
        for name, values in {"before": before, "after": after, **parts}.items():
            np.add.at(sums[name], place[start:start + CUSTOMERS], values)
    return sums, flows


def _cents(part: pd.DataFrame, customers: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Customers × brands: whole cents."""
    cents = np.zeros((len(customers), len(names)), dtype=np.int64)
    np.add.at(cents, (np.searchsorted(customers, part["customer"]), np.searchsorted(names, part["brand"])),
              part["net"].to_numpy(dtype=np.int64))
    return cents


def _parts(before: np.ndarray, after: np.ndarray, was: np.ndarray, now: np.ndarray
           ) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Part → customers × brands in cents, and brands × brands: cents that switched. `was` and `now`: who bought."""
    gain, loss = np.maximum(after - before, 0), np.maximum(before - after, 0)
    in_both = (was & now)[:, None]
    matched = np.where(in_both[:, 0], np.minimum(gain.sum(axis=1), loss.sum(axis=1)), 0)
    gained, given_up = (_shared(x, matched) for x in (gain, loss))
    new, lost = ~was & now, was & ~now
    parts = {"new_gain": np.where(new[:, None], after, 0), "lost_loss": np.where(lost[:, None], before, 0),
             "more_gain": np.where(in_both, gain - gained, 0), "less_loss": np.where(in_both, loss - given_up, 0),
             "switched_gain": gained, "switched_loss": given_up}
    is_matched = matched > 0
    return parts, (given_up[is_matched] / matched[is_matched, None]).T @ gained[is_matched]


def _shared(amounts: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to the amounts of each row, none above its own, that add up to its total."""
    of = amounts.sum(axis=1)
    shares = amounts * total[:, None] // np.maximum(of, 1)[:, None]
    remainder = amounts * total[:, None] % np.maximum(of, 1)[:, None]
    order = np.argsort(-remainder, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(order.shape[1]), order.shape).copy(), axis=1)
    return shares + (rank < (total - shares.sum(axis=1))[:, None])


def _told(table: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    change = table["share_change"].abs()
    clear = table["adjusted_p"] <= SURE
    if change.isna().all() or len(table) < 2:
        return LEVEL, dict.fromkeys(("brand", "before", "after", "low", "high"))
    name = change[clear].idxmax() if clear.any() else change.idxmax()
    row = table.loc[name]
    values = {"brand": name, "before": row["share_before"], "after": row["share_after"],
              "low": 100 * row["share_change_low"], "high": 100 * row["share_change_high"]}
    if not clear.any():
        return LEVEL, values
    if row["switched_net_low"] > 0 or row["switched_net_high"] < 0:
        return WON if row["switched_net"] > 0 else LOST, {**values, "switched": abs(row["switched_net"])}
    return MOVED, values
