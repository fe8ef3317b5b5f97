"""What another sample of such customers would say: bootstrap over customers, intervals, and who really leads.

Each draw gives every customer a weight, Poisson with mean 1, in place of drawing them with replacement (the Poisson
bootstrap, as Hanley & MacGibbon 2006 describe it): a share is then a ratio of weighted sums.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

N_DRAWS = 500
MAX_CUSTOMERS = 20_000
"""Customers whose weights are drawn; of more, as many by lot, and what their draws differ by shrinks with the root of
the numbers."""
LEVEL = 0.95
"""How often the leader has to lead; below that it is too close to call."""
_CHUNK = 4_000_000

Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]


def draws(values: np.ndarray, statistic: Statistic, n_draws: int = N_DRAWS, random_state: Any = 0) -> np.ndarray:
    """A statistic of customers in bootstrap samples.

    Parameters
    ----------
    values : (n, …) what is known of each customer.
    statistic : of the values (m, …) of m customers and their weights (b, m), the figures (b, s).
    n_draws : bootstrap samples.

    Returns
    -------
    (n_draws, s).

    Examples
    --------
    >>> spend = np.arange(100.0)
    >>> made = draws(spend, lambda x, w: (w @ x / w.sum(axis=1))[:, None])
    >>> made.shape, bool(abs(made.std() - spend.std() / 10) < 0.3)
    ((500, 1), True)
    """
    rng = np.random.default_rng(random_state)
    n = len(values)
    part = values if n <= MAX_CUSTOMERS else values[np.sort(rng.choice(n, MAX_CUSTOMERS, replace=False))]
    step = max(1, _CHUNK // max(1, len(part)))
    with np.errstate(divide="ignore", invalid="ignore"):
        replicates = np.concatenate([
            statistic(part, rng.poisson(1.0, (min(step, n_draws - i), len(part))).astype(float))
            for i in range(0, n_draws, step)])
        if len(part) == n:
            return replicates
        of_all, of_part = (statistic(v, np.ones((1, len(v)))) for v in (values, part))
        return of_all + (replicates - of_part) * np.sqrt(len(part) / n)


def interval(drawn: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """The ends (s,) of the interval that holds the middle `level` of the draws (b, s), each figure by itself; draws
    that are missing or infinite, such as a ratio to 0, are left out.

    Examples
    --------
    >>> [end.round(2).tolist() for end in interval(np.linspace(0, 1, 201)[:, None])]
    [[0.03], [0.98]]
    """
    drawn = np.where(np.isfinite(drawn), drawn, np.nan)
    known = ~np.isnan(drawn).all(axis=0)
    ends = np.full((2, drawn.shape[1]), np.nan)
    ends[:, known] = np.nanquantile(drawn[:, known], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ends[0], ends[1]


def share_interval(is_one: pd.Series) -> tuple[float, float]:
    """The 95 % interval of the share of customers of whom something holds (Wilson's); missing without customers.

    Examples
    --------
    >>> [round(end, 3) for end in share_interval(pd.Series([True] * 30 + [False] * 70))]
    [0.219, 0.396]
    """
    return wilson(int(is_one.sum()), len(is_one))


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of the share of k in n (Wilson's); missing where n is 0.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(30, 100)]
    [0.219, 0.396]
    """
    if not n:
        return float("nan"), float("nan")
    bounds = stats.binomtest(k, n).proportion_ci(LEVEL, "wilson")
    return float(bounds.low), float(bounds.high)


def leader(drawn: np.ndarray, names: list[Any], highest: bool = True) -> pd.Series:
    """Who leads, who comes second, and how sure that is.

    Parameters
    ----------
    drawn : (b, s) figures of s rivals in the draws; missing ones never lead.
    names : of the rivals.
    highest : whether the largest figure leads, or the smallest.

    Returns
    -------
    Series: `leader` (first most often; ties: the first named), `second`, `lead_share` (of the draws in which the leader
    is ahead of everybody), `is_level`: whether that is below 0.95, so that it is too close to call.

    Examples
    --------
    >>> leader(np.array([[3.0, 1, 2], [1, 3, 2], [3, 2, 1]]), ["A", "B", "C"]).to_list()
    ['A', 'B', 0.6666666666666666, True]
    """
    figures = np.where(np.isnan(drawn), -np.inf, drawn if highest else -drawn)
    first = np.bincount(figures.argmax(axis=1), minlength=len(names))
    order = np.lexsort((-figures.mean(axis=0), -first))
    share = float(first[order[0]] / len(figures))
    second = names[order[1]] if len(names) > 1 else ""
    return pd.Series({"leader": names[order[0]], "second": second, "lead_share": share, "is_level": share < LEVEL})
