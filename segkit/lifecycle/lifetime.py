"""Lifetime value: what customers are expected to spend from now on, discounted, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from segkit.lifecycle import estimation
from segkit.lifecycle.interpolation import Grid
from segkit.lifecycle.models.fitted import FittedModel, PurchaseModel
from segkit.lifecycle.models.gamma_gamma import GammaGamma
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

NEEDED = ("repeat_frequency", "last_purchase_age", "customer_age", "repeat_monetary")
YEAR_DAYS = 365.25
DIGITS = 6
"""How exactly a draw is followed: what the interval is read from varies by far more."""
BLOCK = 1 << 15
"""Customers whose draws are held at a time."""


def lifetime(purchases_model: FittedModel, spend_model: FittedModel, summary: pd.DataFrame, horizon: float,
             discount_rate: float = 0.1, margin: float = 1.0, unit_days: float = 7, level: float = 0.95,
             n_draws: int = 200, random_state: int | None = None) -> pd.DataFrame:
    """Expected discounted spending of each customer within a horizon, with an interval.

    Parameters
    ----------
    purchases_model : a fitted model of repeat buying.
    spend_model : a fitted "gamma_gamma".
    summary : `summarise`'s table (`repeat_frequency`, `last_purchase_age`, `customer_age`, `repeat_monetary`).
    horizon : how far to look ahead, in the unit of the models.
    discount_rate : yearly rate, 0.1 = 10 %.
    margin : part of the amount that is kept as profit, in (0, 1]; 1 gives the value of the revenue.
    unit_days : days of one unit of the models.
    level : probability the interval stands for.
    n_draws : draws of the parameters; 0 gives no interval.
    random_state : seed; the same seed gives the same interval.

    Returns
    -------
    DataFrame indexed as `summary`: `probability_alive`, `expected_purchases` (within the horizon, undiscounted),
    `expected_monetary`, `lifetime_value`, `lifetime_value_low`, `lifetime_value_high`.

    Raises
    ------
    DataError
        Models of the wrong kind or with undetermined parameters, missing columns or values, rates and
        horizons that make no sense; all at once.

    Notes
    -----
    The interval covers how sure the parameters of the two models are, drawn from the normal distribution of
    their logarithms, the two models independently. It does not cover chance in what one customer will do,
    which is far larger, nor a model that does not fit: see `holdout`. Spending is taken to be independent of
    how often somebody buys.

    References
    ----------
    Fader, Hardie & Lee (2005), doi:10.1509/jmkr.2005.42.4.415.
    """
    task = _Task(purchases_model, spend_model, summary, horizon, discount_rate, margin, unit_days, n_draws)
    x, recency, age, mean = task.columns
    made = pd.DataFrame({
        "probability_alive": purchases_model.probability_alive(x, recency, age),
        "expected_purchases": purchases_model.expected_purchases(float(horizon), x, recency, age),
        "expected_monetary": spend_model.expected_monetary(x, mean), "lifetime_value": task.values()}, summary.index)
    low, high = np.full(len(x), np.nan), np.full(len(x), np.nan)
    if n_draws:
        tail = (1 - _checked_level(level)) / 2
        for part, drawn in task.drawn(random_state):
            low[part], high[part] = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return made.assign(lifetime_value_low=low, lifetime_value_high=high)


def lifetime_total(purchases_model: FittedModel, spend_model: FittedModel, summary: pd.DataFrame, horizon: float,
                   discount_rate: float = 0.1, margin: float = 1.0, unit_days: float = 7, level: float = 0.95,
                   by: Any = None, n_draws: int = 200, margins: bool = False,
                   random_state: int | None = None) -> pd.DataFrame:
    """Lifetime value of all customers together, or of each segment, with an interval.

    Takes `lifetime`'s arguments.

    Parameters
    ----------
    by : segment of each customer, a Series indexed as `summary`; all customers together by default.
    margins : add a last row with all customers, from the same draws.

    Returns
    -------
    DataFrame, a row per segment (or one, "all customers"), largest first, its index named as `by`:
    `n_customers`, `total_lifetime_value`, `total_lifetime_value_low`, `total_lifetime_value_high`,
    `lifetime_share` (of all customers' value), `lifetime_value` (mean of a customer).

    Notes
    -----
    The interval covers how sure the parameters are. Chance in what customers do evens out over many, so it
    misses less here than for one customer; segments count as given.
    """
    task = _Task(purchases_model, spend_model, summary, horizon, discount_rate, margin, unit_days, n_draws)
    groups = pd.Series(N_("all customers"), summary.index) if by is None else pd.Series(by).reindex(summary.index)
    place, names = pd.factorize(groups)
    if (place < 0).any():
        raise DataError([Fault("`by`", f"has no segment for {int((place < 0).sum()):,} customers",
                               "give a Series indexed as `summary`")])
    tail = (1 - _checked_level(level)) / 2
    sizes = np.bincount(place)
    total = np.bincount(place, task.values(), len(names))
    drawn = np.full((2, len(names)), np.nan)
    if n_draws:
        drawn = np.zeros((n_draws, len(names)))
        for part, values in task.drawn(random_state):
            drawn += [np.bincount(place[part], row, len(names)) for row in values]
    if margins:
        names, sizes = [*names, N_("all customers")], np.append(sizes, sizes.sum())
        drawn, total = np.column_stack([drawn, drawn.sum(axis=1)]), np.append(total, total.sum())
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    made = pd.DataFrame({"n_customers": sizes, "total_lifetime_value": total, "total_lifetime_value_low": low,
                         "total_lifetime_value_high": high, "lifetime_share": total / task.values().sum(),
                         "lifetime_value": total / sizes}, pd.Index(names, name=groups.name or "segment"))
    ordered = made.iloc[:len(made) - margins].sort_values("total_lifetime_value", ascending=False, kind="stable")
    return pd.concat([ordered, made.iloc[len(made) - margins:]]) if margins else ordered


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
    """Lifetime values at the estimates, and at parameters drawn around them.

    Customers with the same frequency, recency and age share their probability of being alive; those with the
    same frequency and age share their discounted purchases.
    """

    def __init__(self, purchases: FittedModel, spend: FittedModel, summary: pd.DataFrame, horizon: float,
                 discount_rate: float, margin: float, unit_days: float, n_draws: int) -> None:
        _check(purchases, spend, horizon, discount_rate, margin, unit_days, n_draws)
        check_columns(NEEDED, summary.columns, "`summary`")
        self.columns = [summary[c].to_numpy(dtype=float) for c in NEEDED]
        self.purchases, self.spend, self.horizon, self.margin = purchases, spend, float(horizon), margin
        self.rate, self.n_draws = np.log1p(discount_rate) * unit_days / YEAR_DAYS, n_draws
        x, recency, age, _ = self.columns
        purchases.probability_alive(x, recency, age)  # raises for what is missing
        self.alive_rows = estimation.collapse([x, recency, age], np.ones(len(x)))
        self.pairs = estimation.collapse([x, age], np.ones(len(x)))
        self.estimated = self._alive(purchases), self._bought(purchases, *self.pairs.columns)

    def values(self) -> np.ndarray:
        """Lifetime value of each customer at the estimates."""
        alive, bought = self.estimated
        return self.margin * alive[self.alive_rows.row] * bought[self.pairs.row] * self._spend(self.spend, slice(None))

    def drawn(self, random_state: int | None) -> Iterator[tuple[slice, np.ndarray]]:
        """Blocks of customers with their lifetime values, draws × customers."""
        of_purchases, of_spend = np.random.SeedSequence(random_state).spawn(2)
        models = [self.purchases.at(values, DIGITS) for values in self.purchases.draws(self.n_draws, of_purchases)]
        spends = [self.spend.at(values) for values in self.spend.draws(self.n_draws, of_spend)]
        x, age = self.pairs.columns
        grid = None
        if self.purchases.IS_SMOOTH:
            rise = float(self.purchases.params["alpha"])
            grid = Grid.fitting(x, age, self.estimated[1], partial(self._bought, self.purchases), rise)
        bought = [self._bought(m, x, age) if grid is None else grid.read(self._bought(m, grid.frequency, grid.age))
                  for m in models]
        found = list(zip(map(self._alive, models), bought, strict=True))
        n = len(self.columns[0])
        for at in range(0, n, BLOCK):
            part = slice(at, min(at + BLOCK, n))
            yield part, np.array([
                self.margin * alive[self.alive_rows.row[part]] * bought[self.pairs.row[part]] * self._spend(spend, part)
                for (alive, bought), spend in zip(found, spends, strict=True)])

    def _alive(self, model: PurchaseModel) -> np.ndarray:
        return model.probability_alive(*self.alive_rows.columns)

    def _bought(self, model: PurchaseModel, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        return model.discounted_if_alive(self.horizon, self.rate, x, age)

    def _spend(self, model: GammaGamma, part: slice) -> np.ndarray:
        """Amount per purchase; infinite for customers whose mean does not exist at a draw."""
        x, mean = self.columns[0][part], self.columns[3][part]
        p, q, v = model.values
        over = p * x + q - 1
        return np.where(over <= 0, np.inf, p * (v + x * mean) / np.where(over <= 0, 1.0, over))


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
            ("discount_rate", discount_rate, lambda v: 0 <= v < 10, "a yearly rate such as 0.1"),
            ("margin", margin, lambda v: 0 < v <= 1, "above 0 and at most 1"),
            ("unit_days", unit_days, lambda v: 0 < v < float("inf"), "above 0"),
            ("n_draws", n_draws, lambda v: v >= 0 and v == int(v) and v != 1, "a whole number, 0 or at least 2")):
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not good(value):
            faults.append(Fault(f"`{name}`", f"must be {rule}, got {value!r}"))
    if faults:
        raise DataError(faults, "lifetime value")
