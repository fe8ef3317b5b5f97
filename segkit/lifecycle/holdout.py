"""How well a model foresees: purchases by week against the model, and against simple rules after calibration."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd

from segkit.data import open as sources
from segkit.lifecycle import purchases
from segkit.lifecycle.models.bg_bb import BetaBernoulli
from segkit.lifecycle.models.fitted import FittedModel, PurchaseModel
from segkit.lifecycle.null_model import Unfitted
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

NEEDED = ("repeat_frequency", "last_purchase_age", "customer_age", "holdout_frequency", "holdout_age")


def tracking(model: PurchaseModel, transactions: Any, calibration_end: purchases.Day, as_of: purchases.Day = None,
             customer_id: str = "customer_id", date: str = "date", unit_days: float = 7,
             amount: str | None = "amount") -> pd.DataFrame:
    """Repeat purchases by week, as they were and as the model expects them, in calibration and holdout.

    Parameters
    ----------
    model : a model fitted to what these customers bought up to `calibration_end`.
    transactions : their purchases, as for `summarise`.
    calibration_end : last day the model knew; customers who came later are left out.
    as_of : last day to follow; the last day of the data by default.
    customer_id, date, amount : names of the columns in those roles; None for `amount` where there is no money.
    unit_days : days of one unit of the model and of one row, a whole number.

    Returns
    -------
    DataFrame indexed by `period` (1, 2, … back from and on from `calibration_end`, whole units): `period_end` (its
    last day), `phase` ("calibration" or "holdout"), `actual_purchases`, `expected_purchases`, `cumulative_actual`,
    `cumulative_expected`. Expected is the sum, over all customers since their first purchase, of what the model
    expects of a new customer; nothing is learned along the way.

    Raises
    ------
    DataError
        Missing column, unordered days, or a model of set opportunities ("bg_bb").
    """
    _check_model(model)
    purchases.check_unit(unit_days)
    if unit_days != int(unit_days):
        raise DataError([Fault("`unit_days`", f"must be whole days to count purchases by, got {unit_days!r}")])
    opened = sources.table(transactions)
    bought = purchases.days(opened, customer_id, date, amount)
    last, end = purchases.bounds(opened, as_of, calibration_end, customer_id, date)
    bought = bought.filter(bought.first_date <= ibis.date(str(end)), bought.day <= ibis.date(str(last)))
    table = bought.mutate(is_first=bought.day == bought.first_date)
    counts = table.group_by("day", "is_first").aggregate(n=table.count()).execute()
    day = ((pd.to_datetime(counts["day"]) - pd.Timestamp(end)).dt.days).to_numpy()
    n, first = counts["n"].to_numpy(), counts["is_first"].to_numpy(dtype=bool)
    start = -int(np.ceil((1 - day.min()) / unit_days))  # the first day is inside the first unit
    edges = np.arange(start, (last - end).days // int(unit_days) + 1) * int(unit_days)
    cumulative = np.array([n[~first & (day <= edge)].sum() for edge in edges])
    since = np.maximum(edges[:, None] - day[first][None], 0) / unit_days
    expected = model.expected_total(since) @ n[first]
    table = pd.DataFrame({
        "period_end": pd.Timestamp(end) + pd.to_timedelta(edges[1:], unit="D"),
        "phase": np.where(edges[1:] <= 0, N_("calibration"), N_("holdout")),
        "actual_purchases": np.diff(cumulative), "expected_purchases": np.diff(expected),
        "cumulative_actual": cumulative[1:], "cumulative_expected": expected[1:],
    }, pd.RangeIndex(1, len(edges), name="period"))
    return _known(model, table)


def holdout(model: PurchaseModel, summary: pd.DataFrame, hiatus: float | None = None, most: int = 7) -> pd.DataFrame:
    """Purchases in the holdout by purchases before it: what came, what the model and two simple rules foresaw.

    Parameters
    ----------
    model : a fitted model of repeat buying.
    summary : `summarise`'s table with a `calibration_end`.
    hiatus : a customer who has not bought for longer is taken for gone by the hiatus rule; half of the longest
        time since a first purchase by default. In the unit of the model.
    most : customers with this many repeat purchases or more share a row.

    Returns
    -------
    DataFrame indexed by `calibration_purchases` ("0", "1", … "7+"): `n_customers`, and means per customer:
    `actual_purchases`, `expected_purchases`, `status_quo_purchases` (everyone goes on as before),
    `hiatus_purchases` (as before, and none after a hiatus).

    References
    ----------
    Wübben & Wangenheim (2008), Journal of Marketing 72(3), reprinted as doi:10.1093/acprof:oso/9780199744282.003.0036.
    """
    forecasts = _forecasts(model, summary, hiatus)
    x = summary["repeat_frequency"].to_numpy().clip(max=most)
    names = np.where(x >= most, f"{most}+", x.astype("int64").astype(str))
    grouped = forecasts.groupby(names)
    table = grouped.mean()
    table.insert(0, "n_customers", grouped.size())
    order = [str(i) for i in range(most)] + [f"{most}+"]
    table = table.reindex([name for name in order if name in table.index]).rename_axis("calibration_purchases")
    return _known(model, table)


def holdout_errors(model: PurchaseModel, summary: pd.DataFrame, hiatus: float | None = None) -> pd.DataFrame:
    """How far the model's forecasts for the holdout are off, beside those of two simple rules.

    Parameters
    ----------
    model : a fitted model of repeat buying, or what `attempt` gave in place of one.
    summary : `summarise`'s table with a `calibration_end`; each of its rows counts as one customer.
    hiatus : a customer who has not bought for longer is taken for gone by the hiatus rule; half of the longest
        time since a first purchase by default. In the unit of the model, > 0.

    Returns
    -------
    DataFrame indexed by `predictor` ("model", "status quo", "hiatus rule"): `foreseen_purchases` and
    `actual_purchases` (totals), `total_error` (foreseen over actual, less 1), `mean_absolute_error`,
    `root_mean_squared_error`, `correlation` (over customers; missing where a side does not vary), `hit_share`
    (customers of whom it was foreseen rightly whether they buy at all, at half a purchase or more). Of a model that was
    not fitted all but `actual_purchases` is missing; so is `total_error` where nobody bought in the holdout.

    Raises
    ------
    DataError
        When `model` is no model of purchases at any time, the table lacks a column of the holdout, or `hiatus` is not
        above 0.

    References
    ----------
    Wübben & Wangenheim (2008), Journal of Marketing 72(3), reprinted as doi:10.1093/acprof:oso/9780199744282.003.0036.

    Examples
    --------
    >>> from segkit.lifecycle import value
    >>> seen = pd.DataFrame({"repeat_frequency": [5, 2], "last_purchase_age": [10.0, 2.0], "customer_age": [10.0, 8.0],
    ...                      "holdout_frequency": [2, 0], "holdout_age": [4.0, 4.0]})
    >>> unfitted = value.attempt("bg_nbd", *(seen[c] for c in NEEDED[:3]))
    >>> holdout_errors(unfitted, seen)["foreseen_purchases"].to_dict()
    {'model': nan, 'status quo': 3.0, 'hiatus rule': 2.0}
    """
    forecasts = _forecasts(model, summary, hiatus)
    actual = forecasts.pop("actual_purchases").to_numpy()
    rows = {}
    for name, column in zip((N_("model"), N_("status quo"), N_("hiatus rule")), forecasts, strict=True):
        foreseen = forecasts[column].to_numpy()
        off = foreseen - actual
        varies = foreseen.std() > 0 and actual.std() > 0
        rows[name] = {
            "foreseen_purchases": foreseen.sum(), "actual_purchases": float(actual.sum()),
            "total_error": foreseen.sum() / actual.sum() - 1 if actual.sum() else np.nan,
            "mean_absolute_error": np.abs(off).mean(), "root_mean_squared_error": np.sqrt((off**2).mean()),
            "correlation": np.corrcoef(foreseen, actual)[0, 1] if varies else np.nan,
            "hit_share": np.mean((foreseen >= 0.5) == (actual > 0)) if not np.isnan(foreseen).any() else np.nan}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("predictor")


def grid(model: PurchaseModel, age: float, most: int = 10, duration: float = 52, steps: int = 20) -> pd.DataFrame:
    """What the model says of customers by how often and how lately they bought, all first seen `age` units ago.

    Parameters
    ----------
    model : a fitted model of repeat buying.
    age : time since the first purchase, in the unit of the model.
    most : repeat purchases go from 1 to this.
    duration : how far ahead purchases are expected.
    steps : the last purchase is put at the ends of this many equal parts of `age`.

    Returns
    -------
    DataFrame indexed by `repeat_frequency` and `last_purchase_age`: `probability_alive`, `probability_of_purchase`
    and `expected_purchases` within `duration`.
    """
    _check_model(model)
    for name, value in (("age", age), ("most", most), ("duration", duration), ("steps", steps)):
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not value > 0:
            raise DataError([Fault(f"`{name}`", f"must be above 0, got {value!r}")])
    age, last = float(age), float(age) * np.arange(1, int(steps) + 1) / int(steps)
    index = pd.MultiIndex.from_product([range(1, int(most) + 1), last], names=["repeat_frequency", "last_purchase_age"])
    x, recency = (index.get_level_values(i).to_numpy(dtype=float) for i in (0, 1))
    table = pd.DataFrame({"probability_alive": model.probability_alive(x, recency, age),
                          "probability_of_purchase": model.probability_of_purchase(float(duration), x, recency, age),
                          "expected_purchases": model.expected_purchases(float(duration), x, recency, age)}, index)
    return _known(model, table)


def _known(model: FittedModel, table: pd.DataFrame) -> pd.DataFrame:
    """The table; without rows where the model was not fitted."""
    return table.iloc[:0] if isinstance(model, Unfitted) else table


def _forecasts(model: PurchaseModel, summary: pd.DataFrame, hiatus: float | None) -> pd.DataFrame:
    _check_model(model)
    check_columns(NEEDED, summary.columns, "`summary` (made with a `calibration_end`)")
    x, recency, age, actual, ahead = (summary[c].to_numpy(dtype=float) for c in NEEDED)
    foreseen = pd.DataFrame({
        "actual_purchases": actual, "expected_purchases": model.expected_purchases(ahead, x, recency, age)},
        summary.index)
    return foreseen.join(rules_of_thumb(summary, float(ahead.max(initial=0)), hiatus))


def rules_of_thumb(summary: pd.DataFrame, duration: float, hiatus: float | None = None) -> pd.DataFrame:
    """What two rules that need no model foresee of each customer in the next `duration` units.

    Parameters
    ----------
    summary : `summarise`'s table.
    duration : how far ahead, in the unit of the table.
    hiatus : as in `holdout`.

    Returns
    -------
    DataFrame indexed as `summary`: `status_quo_purchases` (everyone goes on as before), `hiatus_purchases` (as before,
    and none after a hiatus).

    Examples
    --------
    >>> seen = pd.DataFrame({"repeat_frequency": [5, 2], "last_purchase_age": [10.0, 2.0], "customer_age": [10.0, 8.0]})
    >>> rules_of_thumb(seen, 4).to_numpy().tolist()
    [[2.0, 2.0], [1.0, 0.0]]
    """
    check_columns(NEEDED[:3], summary.columns, "`summary`")
    x, recency, age = (summary[c].to_numpy(dtype=float) for c in NEEDED[:3])
    if hiatus is not None and not (isinstance(hiatus, int | float) and hiatus > 0):
        raise DataError([Fault("`hiatus`", f"must be a time above 0, got {hiatus!r}", "take the longest usual pause")])
    hiatus = age.max(initial=0) / 2 if hiatus is None else hiatus
    before = np.divide(x, age, out=np.zeros_like(x), where=age > 0) * duration
    return pd.DataFrame({"status_quo_purchases": before,
                         "hiatus_purchases": np.where(age - recency <= hiatus, before, 0.0)}, summary.index)


def _check_model(model: Any) -> None:
    if not isinstance(model, PurchaseModel) or isinstance(model, BetaBernoulli):
        raise DataError([Fault("`model`", "is no fitted model of purchases at any time",
                               "take 'bg_nbd', 'mbg_nbd' or 'pareto_nbd'")])
