"""Lifetime value: what customers are expected to spend from now on, discounted, and what may come of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segkit.lifecycle import estimation
from segkit.lifecycle.futures import Futures, interval
from segkit.lifecycle.models.fitted import PurchaseModel
from segkit.lifecycle.models.gamma_gamma import GammaGamma
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import S_

NEEDED = ("repeat_frequency", "last_purchase_age", "customer_age", "repeat_monetary")
YEAR_DAYS = 365.25
BLOCK = 1 << 15
"""Customers whose futures are held at a time."""


def lifetime(purchases_model: PurchaseModel, spend_model: GammaGamma, summary: pd.DataFrame, horizon: float,
             discount_rate: float = 0.1, margin: float = 1.0, unit_days: float = 7, level: float = 0.95,
             n_draws: int = 400, random_state: int | None = None) -> pd.DataFrame:
    """Expected discounted spending of each customer within a horizon, and between which amounts it may come.

    Parameters
    ----------
    purchases_model : a fitted model of repeat buying.
    spend_model : a fitted "gamma_gamma".
    summary : `summarise`'s table (`repeat_frequency`, `last_purchase_age`, `customer_age`, `repeat_monetary`).
    horizon : how far to look ahead, in the unit of the models.
    discount_rate : yearly rate in [0, 1), 0.1 = 10 %.
    margin : part of the amount that is kept as profit, in (0, 1]; 1 gives the value of the revenue.
    unit_days : days of one unit of the models.
    level : probability the interval stands for.
    n_draws : futures drawn; 0 gives no interval.
    random_state : seed; the same seed gives the same interval.

    Returns
    -------
    DataFrame indexed as `summary`: `probability_alive`, `expected_purchases` (within the horizon, undiscounted),
    `expected_monetary`, `lifetime_value` (expected), and `lifetime_value_low`, `lifetime_value_high`: what the
    customer will bring lies between them in a part `level` of the futures.

    Raises
    ------
    DataError
        Models of the wrong kind or with undetermined parameters, missing columns or values, rates and
        horizons that make no sense; all at once.

    Notes
    -----
    The interval is predictive: it covers how sure the parameters are, chance in whether and how often the customer
    buys, and chance in the amounts. One customer's is wide, and begins at 0 wherever buying nothing is likely.
    It does not cover a model that does not fit: see `model_error`. Spending is taken to be independent of how
    often somebody buys.

    References
    ----------
    Fader, Hardie & Lee (2005), doi:10.1509/jmkr.2005.42.4.415.
    """
    task = _Task(purchases_model, spend_model, summary, horizon, discount_rate, margin, unit_days, n_draws)
    x, recency, age, mean = task.columns
    table = pd.DataFrame({
        "probability_alive": purchases_model.probability_alive(x, recency, age),
        "expected_purchases": purchases_model.expected_purchases(float(horizon), x, recency, age),
        "expected_monetary": spend_model.expected_monetary(x, mean), "lifetime_value": task.values()}, summary.index)
    low, high = np.full(len(x), np.nan), np.full(len(x), np.nan)
    if n_draws:
        drawn = task.futures(random_state)
        for at in range(0, len(x), BLOCK):
            part = slice(at, at + BLOCK)
            low[part], high[part] = interval(drawn.table(part), _checked_level(level))
    return table.assign(lifetime_value_low=low, lifetime_value_high=high)


def lifetime_total(purchases_model: PurchaseModel, spend_model: GammaGamma, summary: pd.DataFrame, horizon: float,
                   discount_rate: float = 0.1, margin: float = 1.0, unit_days: float = 7, level: float = 0.95,
                   by: Any = None, model_error: float = 0.0, n_draws: int = 400, margins: bool = False,
                   random_state: int | None = None) -> pd.DataFrame:
    """Lifetime value of all customers together, or of each segment, and between which sums it may come.

    Takes `lifetime`'s arguments.

    Parameters
    ----------
    by : segment of each customer, a Series indexed as `summary`; all customers together by default.
    model_error : standard deviation of the logarithm by which the model misses totals, beyond chance; see
        `segkit.lifecycle.calibration.model_error`. It widens the interval.
    margins : add a last row with all customers, from the same draws.

    Returns
    -------
    DataFrame, a row per segment (or one, "all customers"), largest first, its index named as `by`:
    `n_customers`, `total_lifetime_value` (expected), `total_lifetime_value_low`, `total_lifetime_value_high` (what
    comes lies between them in a part `level` of the futures), `lifetime_share` (of all customers' value),
    `lifetime_value` (mean of a customer).

    Notes
    -----
    The interval is predictive, as that of `lifetime`. Chance evens out over many customers, so that an error of the
    model soon counts for more; without one (`model_error` = 0) it is taken to fit. Segments count as given.
    """
    task = _Task(purchases_model, spend_model, summary, horizon, discount_rate, margin, unit_days, n_draws)
    if isinstance(model_error, bool) or not isinstance(model_error, int | float) or not 0 <= model_error < float("inf"):
        raise DataError([Fault("`model_error`", f"must be 0 or above, got {model_error!r}", "take `model_error`'s")])
    groups = pd.Series(S_("all customers"), summary.index) if by is None else pd.Series(by).reindex(summary.index)
    place, names = pd.factorize(groups)
    if (place < 0).any():
        raise DataError([Fault("`by`", f"has no segment for {int((place < 0).sum()):,} customers",
                               "give a Series indexed as `summary`")])
    tail = (1 - _checked_level(level)) / 2
    sizes, values = np.bincount(place), task.values()
    total = np.bincount(place, values, len(names))
    drawn = np.full((2, len(names)), np.nan)
    if n_draws:
        drawn = np.array([np.bincount(place[who], value, len(names))
                          for who, value in task.futures(random_state).draws()])
        missed = np.random.default_rng([0 if random_state is None else random_state, n_draws])
        drawn *= np.exp(model_error * missed.standard_normal(n_draws))[:, None]
    if margins:
        names, sizes = [*names, S_("all customers")], np.append(sizes, sizes.sum())
        drawn, total = np.column_stack([drawn, drawn.sum(axis=1)]), np.append(total, total.sum())
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    table = pd.DataFrame({"n_customers": sizes, "total_lifetime_value": total, "total_lifetime_value_low": low,
                          "total_lifetime_value_high": high, "lifetime_share": total / values.sum(),
                          "lifetime_value": total / sizes}, pd.Index(names, name=groups.name or "segment"))
    ordered = table.iloc[:len(table) - margins].sort_values("total_lifetime_value", ascending=False, kind="stable")
    return pd.concat([ordered, table.iloc[len(table) - margins:]]) if margins else ordered


def yearly(discount_rate: float, unit_days: float) -> float:
    """A yearly discount as a rate per unit of time: money at time t counts e^(−rate·t)."""
    return float(np.log1p(discount_rate) * unit_days / YEAR_DAYS)


def tenths(values: pd.Series) -> pd.Series:
    """The tenth of the customers each belongs to by a value, 1 the most valuable; equal values share a tenth.

    Examples
    --------
    >>> tenths(pd.Series([5.0, 1.0, 1.0, 80.0])).to_list()
    [5, 9, 9, 3]
    """
    rank = values.rank(method="average", ascending=False)
    return np.ceil(10 * rank / len(values)).astype("int64").rename("tenth")


class _Task:
    """Lifetime values at the estimates, and futures drawn around them.

    Customers with the same frequency, recency and age share their probability of being alive; those with the
    same frequency and age share their discounted purchases.
    """

    def __init__(self, purchases: PurchaseModel, spend: GammaGamma, summary: pd.DataFrame, horizon: float,
                 discount_rate: float, margin: float, unit_days: float, n_draws: int) -> None:
        _check(purchases, spend, horizon, discount_rate, margin, unit_days, n_draws)
        check_columns(NEEDED, summary.columns, "`summary`")
        self.columns = tuple(summary[c].to_numpy(dtype=float) for c in NEEDED)
        self.purchases, self.spend, self.horizon, self.margin = purchases, spend, float(horizon), margin
        self.rate, self.n_draws = yearly(discount_rate, unit_days), n_draws

    def values(self) -> np.ndarray:
        """Lifetime value of each customer at the estimates."""
        x, recency, age, mean = self.columns
        alive = estimation.collapse([x, recency, age], np.ones(len(x)))
        pairs = estimation.collapse([x, age], np.ones(len(x)))
        bought = self.purchases.discounted_if_alive(self.horizon, self.rate, *pairs.columns)[pairs.row]
        alive = self.purchases.probability_alive(*alive.columns)[alive.row]
        return self.margin * alive * bought * self.spend.expected_monetary(x, mean)

    def futures(self, random_state: int | None) -> Futures:
        """Futures of these customers."""
        return Futures(self.purchases, self.spend, self.columns, self.horizon, self.rate, self.margin, self.n_draws,
                       random_state)


def _checked_level(level: float) -> float:
    if not isinstance(level, float) or not 0 < level < 1:
        raise DataError([Fault("`level`", f"must lie between 0 and 1, got {level!r}", "take 0.95")])
    return level


def _check(purchases: Any, spend: Any, horizon: Any, discount_rate: Any, margin: Any, unit_days: Any,
           n_draws: Any) -> None:
    faults = []
    if not isinstance(purchases, PurchaseModel):
        faults.append(Fault("`purchases_model`", "is no fitted model of repeat buying", "take one that `fit` gave"))
    if not isinstance(spend, GammaGamma):
        faults.append(Fault("`spend_model`", "is no fitted 'gamma_gamma'", "take `fit(\"gamma_gamma\", …)`"))
    for name, value, good, rule in (
            ("horizon", horizon, lambda v: 0 < v < float("inf"), "above 0"),
            ("discount_rate", discount_rate, lambda v: 0 <= v < 1, "from 0 to below 1, such as 0.1 for 10 %"),
            ("margin", margin, lambda v: 0 < v <= 1, "above 0 and at most 1"),
            ("unit_days", unit_days, lambda v: 0 < v < float("inf"), "above 0"),
            ("n_draws", n_draws, lambda v: v >= 0 and v == int(v) and v != 1, "a whole number, 0 or at least 2")):
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not good(value):
            faults.append(Fault(f"`{name}`", f"must be {rule}, got {value!r}"))
    if faults:
        raise DataError(faults, "lifetime value")
