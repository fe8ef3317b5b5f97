"""The repeat ladder: how many customers come back after each purchase day, and how soon."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from segkit.lifecycle import purchase_days
from segkit.segmentation import resampling
from segkit.words.formats import FEWEST
from segkit.words.language import N_

ALL = 0.95
"""Share of customers who come back from which on there is no ladder to tell of."""
COLUMNS = ["n_customers", "again_share", "again_low", "again_high", "again_days"]
FIRST_LOSES = N_("{again:percent} of customers came back after their first purchase day so far ({low:percent} to "
                 "{high:percent}), half of those within {days:days} days; after the second, {next:percent} did "
                 "({next_low:percent} to {next_high:percent}). The first return is the step that loses most.")
NO_STEP = N_("{again:percent} of customers came back after their first purchase day so far ({low:percent} to "
             "{high:percent}), half of those within {days:days} days; after the second, {next:percent} did "
             "({next_low:percent} to {next_high:percent}). Which step loses most cannot be told.")


def steps(transactions: ir.Table, as_of: str | dt.date | None = None, most: int = 6, customer_id: str = "customer_id",
          date: str = "date", amount: str | None = "amount") -> pd.DataFrame:
    """Of the customers with so many purchase days, the share with one more, and after how many days.

    Parameters
    ----------
    transactions, as_of, customer_id, date, amount : as for `purchase_days.by_customer`.
    most : rungs of the ladder, at least 2.

    Returns
    -------
    DataFrame indexed by `purchase_day_number` from 1: `n_customers` who have that many purchase days or more,
    `again_share` of them with one more so far, with its 95 % interval (Wilson) `again_low`, `again_high`, and
    `again_days`, the median days until then of those who came (missing where nobody did). Rungs of fewer than 10
    customers are left out. Who bought last week has had no time to come back, so shares are too low rather than too
    high; they rise from rung to rung because frequent customers are left, not because buying makes loyal.

    Examples
    --------
    >>> from segkit.data import tables
    >>> ladder = steps(tables.load("cdnow.transactions", "transactions"))
    >>> ladder.loc[1, "again_share"].round(2), int(ladder.loc[1, "n_customers"])
    (np.float64(0.49), 23570)
    """
    days = purchase_days.by_customer(transactions, as_of, customer_id, date, amount)
    days = days.filter(days.is_purchase & (days.n_before < most))
    days = days.mutate(waited=days.day_after.delta(days.day, unit="day"))
    counted = days.group_by("n_before").aggregate(
        n_customers=days.count(), n_again=days.waited.count(), again_days=days.waited.median())
    ladder = counted.order_by("n_before").to_pandas().set_index("n_before")
    ladder.index = pd.Index(ladder.index + 1, name="purchase_day_number")
    ladder = ladder[ladder["n_customers"] >= FEWEST]
    ladder["again_share"] = ladder["n_again"] / ladder["n_customers"]
    ends = [resampling.wilson(int(a), int(n)) for a, n in zip(ladder["n_again"], ladder["n_customers"], strict=True)]
    ladder[["again_low", "again_high"]] = pd.DataFrame(ends, index=ladder.index, columns=["low", "high"]).to_numpy()
    return ladder[COLUMNS]


def is_told(ladder: pd.DataFrame) -> bool:
    """Whether there is a ladder to tell of: two rungs or more, and not everybody comes back."""
    return len(ladder) > 1 and bool(ladder["again_share"].iloc[0] < ALL)


def ends(ladder: pd.DataFrame) -> dict[str, Any]:
    """The shares of the first and the last rung, and the number of the last (`k`); missing without rungs."""
    if ladder.empty:
        return dict.fromkeys(("first", "last", "k"))
    shares = ladder["again_share"]
    return {"first": shares.iloc[0], "last": shares.iloc[-1], "k": int(ladder.index[-1])}


def said(ladder: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    """The ladder in words: whether its first step loses more than any other, beyond chance (the intervals of the first
    and of every other step lie apart).

    Returns
    -------
    (message id, values); values are missing where there are no two rungs.
    """
    if len(ladder) < 2:
        return FIRST_LOSES, dict.fromkeys(("again", "low", "high", "days", "next", "next_low", "next_high"))
    first, second = ladder.iloc[0], ladder.iloc[1]
    values = {"again": first["again_share"], "low": first["again_low"], "high": first["again_high"],
              "days": first["again_days"], "next": second["again_share"], "next_low": second["again_low"],
              "next_high": second["again_high"]}
    return FIRST_LOSES if first["again_high"] < ladder["again_low"].iloc[1:].min() else NO_STEP, values
