"""Recency, frequency and monetary value: features, scores and named segments (model M7; S2, S4).

Features are Ibis expressions, so they are computed where the purchases live. Money is summed as
integer cents: a sum of floats differs between runs of a parallel engine and would move customers
across score borders.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.data import money
from segkit.data import open as sources
from segkit.segmentation import rules
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, SegkitError, check_columns


def features(transactions: ir.Table, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
             date: str = "date", amount: str = "amount") -> ir.Table:
    """Recency, frequency, monetary value and tenure of each customer, as an Ibis expression.

    Parameters
    ----------
    transactions : Ibis table, one row per purchase (or per line with a `basket_id`).
    as_of : day the study looks back from; the last day of the data by default.
    customer_id, date, amount : names of the columns in those roles.

    Returns
    -------
    Ibis table: `customer_id`, `recency_days` (days from `as_of` to the last purchase), `frequency`
    (distinct baskets where there is a `basket_id`, else rows), `monetary` (sum of amounts),
    `tenure_days` (days from the first purchase to `as_of`), `average_basket`. A missing amount counts as 0.

    Raises
    ------
    DataError
        When a column is missing, or a purchase is after `as_of`.
    """
    check_columns([customer_id, date, amount], transactions.columns)
    t = money.with_cents(transactions, amount)
    t = t.filter(t[customer_id].notnull() & t[date].notnull())
    last = t[date].max().to_pyarrow().as_py()
    if last is None:
        raise DataError([Fault("the purchases", "have no row with a customer and a date", "check the file")])
    try:
        day = pd.Timestamp(as_of or last).normalize()
    except (TypeError, ValueError):
        raise DataError([Fault("`as_of`", f"is {as_of!r}, not a day", "write it as 2024-12-31")]) from None
    if pd.Timestamp(last).normalize() > day:
        after = t.filter(t[date].date() > ibis.date(str(day.date()))).count().execute()
        raise DataError([Fault(f"column {date!r}", f"{after:,} purchases are after `as_of` {day.date()} "
                               f"(the last on {pd.Timestamp(last).date()})", "set `as_of` to a later day")])
    today = ibis.date(str(day.date()))
    occasions = t.count()
    if "basket_id" in t.columns:  # a row without a basket is an occasion of its own
        occasions = t["basket_id"].nunique() + t["basket_id"].isnull().sum()
    made = t.group_by(customer_id).aggregate(
        recency_days=today.delta(t[date].date().max(), unit="day").cast("int64"),
        frequency=occasions.cast("int64"),
        cents=t.cents.sum(),
        tenure_days=today.delta(t[date].date().min(), unit="day").cast("int64"),
    )
    made = made.mutate(monetary=made.cents / 100.0, average_basket=made.cents / 100.0 / made.frequency)
    columns = [customer_id, "recency_days", "frequency", "monetary", "tenure_days", "average_basket"]
    return made.select(*columns).order_by(customer_id)


def scores(transactions: Any, as_of: str | dt.date | None = None, n_bins: int = 5, customer_id: str = "customer_id",
           date: str = "date", amount: str = "amount") -> pd.DataFrame:
    """Recency, frequency and monetary scores, one row per customer.

    Parameters
    ----------
    transactions : purchases: an Ibis table, a DataFrame or any source of `segkit.data.open.table`.
    as_of : day the study looks back from; the last day of the data by default, never today.
    n_bins : scores run from 1 (worst) to `n_bins` (best).
    customer_id, date, amount : names of the columns in those roles.

    Returns
    -------
    DataFrame indexed by customer: `features`' columns, then `r`, `f`, `m` (int, 1..n_bins). Recent is good.

    Raises
    ------
    DataError
        Missing column, or a purchase after `as_of`.
    SegkitError
        When `n_bins` is below 2.

    Notes
    -----
    score = ceil(n_bins · average rank / n). Ties share a score, so a score may be held by nobody; no
    customer is ranked by id. R's ``rfm`` breaks ties by quantile bounds instead; its counts differ.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": list("aabcd"), "amount": [20.0, 30.0, 80.0, 10.0, 10.0],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-03-01", "2024-03-20", "2024-01-02", "2024-02-10"])})
    >>> scores(sales, as_of="2024-04-01", n_bins=2).loc["a", ["recency_days", "frequency", "monetary", "r"]].to_list()
    [31.0, 2.0, 50.0, 2.0]
    """
    if not isinstance(n_bins, int) or n_bins < 2:
        raise SegkitError([Fault("`n_bins`", f"must be a whole number of at least 2, got {n_bins}", "take 5")])
    opened = sources.table(transactions)
    table = features(opened, as_of, customer_id, date, amount).execute().set_index(customer_id)
    table["r"] = score(-table["recency_days"], n_bins)
    table["f"] = score(table["frequency"], n_bins)
    table["m"] = score(table["monetary"], n_bins)
    return table


def score(values: pd.Series, n_bins: int) -> pd.Series:
    """Scores 1..n_bins of values, bigger is better; ties share a score.

    Examples
    --------
    >>> score(pd.Series([1, 1, 1, 9]), 4).to_list()
    [2, 2, 2, 4]
    """
    rank = values.rank(method="average")
    return np.ceil(n_bins * rank / len(values)).astype("int64")


@functools.cache
def segment_rules() -> Mapping[str, Any]:
    """The editable rule table of named RFM segments, ``rfm_segments.yaml`` (on r, f and frequency)."""
    import yaml

    return yaml.safe_load(files("segkit.segmentation").joinpath("rfm_segments.yaml").read_text(encoding="utf-8"))


def segment(scored: pd.DataFrame, spec: Mapping[str, Any] | None = None) -> Segmentation:
    """Named segments of scored customers.

    Parameters
    ----------
    scored : what `scores` gave, with `n_bins=5` for the default rules.
    spec : a rule spec on the columns of `scored`; `segment_rules` by default.

    Raises
    ------
    SegkitError
        When the spec's domain leaves a gap, or a segment that nobody can reach.

    Examples
    --------
    >>> scored = pd.DataFrame({"r": [5, 1], "f": [5, 1], "frequency": [9, 1]}, index=["a", "b"])
    >>> segment(scored).labels.to_list()
    ['Champions', 'Hibernating']
    """
    spec = spec or segment_rules()
    found = rules.lint(spec) if "domain" in spec else None
    if found is not None:
        bad = found[found["problem"].isin(["form", "unreachable", "gap"])]
        if len(bad):
            raise SegkitError([Fault(f"segment {row.segment!r}" if row.segment else "rule spec",
                                     {"gap": f"leaves {row.n} score combinations without a segment",
                                      "unreachable": f"can never be reached: {row.other} come first"}.get(
                                          row.problem, row.other))
                               for row in bad.itertuples()], "RFM segments")
    name = scored.index.name or "customer_id"
    variables = sorted({v for p in spec["segments"] for v in rules.conditions.variables(p["when"])})
    return rules.segment(scored[variables].rename_axis(name).reset_index(), spec, customer_id=name)
