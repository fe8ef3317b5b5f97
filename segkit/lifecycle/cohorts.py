"""Cohorts: customers by the month or quarter of their first purchase, and how many of them are still there.

Two things are called retention and are not the same. *Activity*: the share of a cohort that buys in a period; who
pauses is missing in it and may come back. *Survival*: the share that buys in that period or later; it can only
fall, and near the end of the data it is too low, as purchases still to come are not seen.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from segkit.data import open as sources
from segkit.data.contract import money
from segkit.lifecycle import purchase_days
from segkit.words.errors import check_option
from segkit.words.language import N_

PERIODS = {"month": 1, "quarter": 3}
"""Lengths of a period, in months."""
PLURALS = {"month": N_("months"), "quarter": N_("quarters")}
"""How a sentence calls several of them."""


def table(transactions: Any, period: str = "month", as_of: str | dt.date | None = None,
          customer_id: str = "customer_id", date: str = "date", amount: str = "amount") -> pd.DataFrame:
    """What became of each cohort, period by period.

    Parameters
    ----------
    transactions : purchases: an Ibis table, a DataFrame or any source of `segkit.data.open.table`.
    period : "month" or "quarter", of cohorts and of the periods they are followed in.
    as_of : last day that counts; the last day of the data by default.
    customer_id, date, amount : names of the columns in those roles.

    Returns
    -------
    DataFrame, a row per (`cohort`, `cohort_age`): the first day of the period of the first purchase, and the number of
    periods since (0 = that of the first purchase); every period to the end of the data, also those without a
    purchase. `n_customers` (of the cohort), `n_buyers`, `activity_share` with a 95 % Wilson interval
    `activity_low`, `activity_high`, `survival_share` (buy in this period or later), `revenue`,
    `revenue_per_customer`, `cumulative_per_customer` (both per member of the cohort), `is_whole`: whether the data
    hold the whole period. Cohorts are never compared on a period that is not whole.

    Raises
    ------
    DataError
        When a column is missing, or there is no purchase.
    SegkitError
        When `period` is neither.

    Notes
    -----
    Who has only returned goods is in no cohort; money given back before the first purchase counts in period 0.
    The first cohorts hold customers who had bought before the data began.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "amount": [5.0, 7.0, 3.0, 4.0],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-03-31", "2024-01-09", "2024-02-01"])})
    >>> table(sales).loc["2024-01-01", ["activity_share", "survival_share"]].values.tolist()
    [[1.0, 1.0], [0.0, 0.5], [0.5, 0.5]]
    """
    check_option("period", period, PERIODS)
    transactions, columns = sources.table(transactions), (customer_id, date, amount)
    end, start = purchase_days.last(transactions, as_of, *columns), purchase_days.begin(transactions, as_of, *columns)
    counts = _counts(purchase_days.by_customer(transactions, as_of, *columns), PERIODS[period]).execute()
    counts = counts.set_index(["cohort", "cohort_age"])[["n_buyers", "n_last", "cents"]].astype("int64")
    now = _number(end, PERIODS[period])
    grid = pd.MultiIndex.from_tuples([(int(c), t) for c in counts.index.unique("cohort").sort_values()
                                      for t in range(now - int(c) + 1)], names=["cohort", "cohort_age"])
    counts = counts.reindex(grid, fill_value=0)
    by_cohort = counts.groupby(level="cohort", sort=False)
    n = by_cohort["n_last"].transform("sum")
    gone = by_cohort["n_last"].cumsum() - counts["n_last"]
    low, high = proportion_confint(counts["n_buyers"], n, method="wilson")
    result = pd.DataFrame({
        "n_customers": n, "n_buyers": counts["n_buyers"], "activity_share": counts["n_buyers"] / n, "activity_low": low,
        "activity_high": high, "survival_share": (n - gone) / n, "revenue": counts["cents"] / 100,
        "revenue_per_customer": counts["cents"] / 100 / n,
        "cumulative_per_customer": by_cohort["cents"].cumsum() / 100 / n,
        "is_whole": [_first_day(c + t, PERIODS[period]) >= start and
                     _first_day(c + t + 1, PERIODS[period]) <= end + dt.timedelta(1) for c, t in grid]})
    first = pd.DatetimeIndex([_first_day(c, PERIODS[period]) for c in grid.get_level_values("cohort")])
    return result.set_axis(pd.MultiIndex.from_arrays([first, grid.get_level_values("cohort_age")], names=grid.names))


def _counts(days: ir.Table, months: int) -> ir.Table:
    """Buyers, those seen for the last time, and cents of each cohort and period.

    Who bought in a period is counted by the first purchase day in it, who was seen for the last time by the last of
    all; money back before the first purchase belongs to the period of the first.
    """
    def number(day: ir.DateValue) -> ir.IntegerValue:
        return ((day.year().cast("int64") * 12 + day.month().cast("int64") - 1) // months).cast("int64")

    t = days.mutate(number=number(days.day))
    t = t.mutate(cohort=t.is_purchase.ifelse(t.number, ibis.null("int64")).min().over(group_by="customer_id"))
    is_first = t.day_before.isnull() | (number(t.day_before) < t.number)
    t = t.filter(t.cohort.notnull()).mutate(
        cohort_age=ibis.greatest(t.number - t.cohort, ibis.literal(0, "int64")),
        bought=(t.is_purchase & is_first).cast("int64"), final=(t.is_purchase & t.day_after.isnull()).cast("int64"))
    return t.group_by("cohort", "cohort_age").aggregate(
        n_buyers=t.bought.sum(), n_last=t.final.sum(), cents=money.whole(t.cents.sum())
    ).order_by("cohort", "cohort_age")


def _number(day: dt.date, months: int) -> int:
    return (day.year * 12 + day.month - 1) // months


def _first_day(number: int, months: int) -> dt.date:
    return dt.date(number * months // 12, number * months % 12 + 1, 1)


def sizes(cohorts: pd.DataFrame) -> pd.Series:
    """Customers of each cohort (`table`), by its first day."""
    return cohorts["n_customers"].groupby(level="cohort").first()


def average(cohorts: pd.DataFrame) -> pd.DataFrame:
    """All cohorts together, by the number of periods since the first purchase; only whole periods count.

    Returns
    -------
    DataFrame indexed by `cohort_age`: `n_cohorts` and `n_customers` that were followed so far, `activity_share`,
    `survival_share`, `revenue_per_customer`, weighted by customers. Later periods rest on older cohorts only, so
    survival need not fall from one to the next.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "amount": [5.0, 7.0, 3.0, 4.0],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-03-31", "2024-01-09", "2024-02-01"])})
    >>> average(table(sales))[["n_cohorts", "n_customers"]].values.tolist()
    [[2, 3], [2, 3], [1, 2]]
    """
    whole = cohorts[cohorts["is_whole"]]
    weight = whole["n_customers"]
    weighted = pd.DataFrame({"n_cohorts": 1, "n_customers": weight, "activity_share": whole["n_buyers"],
                             "survival_share": whole["survival_share"] * weight,
                             "revenue_per_customer": whole["revenue"]}, index=whole.index)
    summed = weighted.groupby(level="cohort_age").sum()
    shares = ["activity_share", "survival_share", "revenue_per_customer"]
    return summed.assign(**summed[shares].div(summed["n_customers"], axis=0))


def middle(average: pd.DataFrame) -> dict[str, float | None]:
    """The period half-way through what was followed (`average`): `cohort_age`, `activity_share`, `survival_share`.

    All are None where no period was followed in full, as in data of a month.

    Examples
    --------
    >>> middle(pd.DataFrame({"activity_share": [1, 0.5], "survival_share": [1, 0.75]}))
    {'cohort_age': 1, 'activity_share': 0.5, 'survival_share': 0.75}
    """
    shares = ("activity_share", "survival_share")
    if average.empty:
        return dict.fromkeys(("cohort_age", *shares))
    at = average.index[len(average) // 2]
    return {"cohort_age": int(at), **{c: float(average.loc[at, c]) for c in shares}}


def comparable(cohorts: pd.DataFrame) -> pd.DataFrame:
    """The rows in which cohorts can be compared: whole periods after that of the first purchase."""
    return cohorts[cohorts["is_whole"] & (cohorts.index.get_level_values("cohort_age") > 0)]


def grid(cohorts: pd.DataFrame, column: str = "activity_share") -> pd.DataFrame:
    """One measure as a table with a row per cohort and a column per period; missing where a period is not whole."""
    return cohorts[column].where(cohorts["is_whole"]).unstack("cohort_age")
