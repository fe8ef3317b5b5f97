"""Intervals by leaving out one customer at a time: shares, ratios and differences of what customers have in sum.

Customers differ widely in how much they buy, so with a few hundred of them percentiles of samples drawn anew are too
narrow. Here the spread is the jackknife's; the scale is one on which such measures vary evenly, so that no share goes
below 0 or above 1; and the quantile is Student's, with the fewer degrees of freedom the more a few customers make up
the spread (Satterthwaite, from the fourth moment). `benchmarks/brands.py coverage` says how often they hold the truth.
With more customers than `lots.MAX_BAGS` whole bags are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

LEVEL = 0.975
"""Upper level of a 95 % interval."""


class Ends(NamedTuple):
    """Lower and upper ends of 95 % intervals; missing where fewer than two customers tell of a value."""

    low: np.ndarray
    high: np.ndarray


def shares(found: np.ndarray, without: np.ndarray, n: np.ndarray) -> Ends:
    """Intervals of shares of a sum: Wilson's, with as many trials as would give the jackknife's spread.

    Parameters
    ----------
    found : the shares.
    without : customers (or bags) × shares: each share where the one is left out.
    n : customers who tell of each share, those without whom it could be another. They are the trials where it is 0 or
        1 whoever is left out.

    Returns
    -------
    Ends. A share outside of 0 to 1, as money given back makes it, has the interval of a difference.

    References
    ----------
    Franco, Little, Louis & Slud (2019), doi:10.1093/jssam/smy019, for Wilson's interval with effective trials.
    Satterthwaite (1946), doi:10.2307/3002019. Efron & Tibshirani (1993), An Introduction to the Bootstrap,
    doi:10.1201/9780429246593, for the jackknife.

    Examples
    --------
    >>> bought = np.array([[3.0, 1], [0, 2], [2, 2], [4, 0]])
    >>> left = bought.sum(axis=0) - bought
    >>> found = shares(bought.sum(axis=0) / bought.sum(), left / left.sum(axis=1, keepdims=True), np.array([4, 4]))
    >>> found.low.round(2).tolist(), found.high.round(2).tolist()
    ([0.2, 0.07], [0.93, 0.8])
    """
    spread, t = _spread(without, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        trials = np.where(spread > 0, found * (1 - found) / spread**2, n)
        middle = (found + t**2 / 2 / trials) / (1 + t**2 / trials)
        half = t / (1 + t**2 / trials) * np.sqrt(found * (1 - found) / trials + t**2 / 4 / trials**2)
    fits = (found >= 0) & (found <= 1) & (trials > 0)
    return Ends(np.where(fits, middle - half, found - t * spread), np.where(fits, middle + half, found + t * spread))


def ratios(found: np.ndarray, without: np.ndarray, n: np.ndarray) -> Ends:
    """Intervals of ratios of two sums, such as money by buyer, even on the scale of logarithms; takes what `shares`
    takes. One that is not above 0, with all customers or without one of them, has the interval of a difference.

    Examples
    --------
    >>> money, times = np.array([30.0, 5, 12, 8]), np.array([3.0, 1, 2, 1])
    >>> left = (money.sum() - money) / (times.sum() - times)
    >>> found = ratios(np.array([money.sum() / times.sum()]), left[:, None], np.array([4]))
    >>> found.low.round(1).tolist(), found.high.round(1).tolist()
    ([3.9], [15.6])
    """
    fits = (found > 0) & (without > 0).all(axis=0)
    value, left_out = np.where(fits, found, 1.0), np.where(fits, without, 1.0)
    spread, t = _spread(np.log(left_out), n)
    low, high = differences(found, without, n)
    return Ends(np.where(fits, value * np.exp(-t * spread), low), np.where(fits, value * np.exp(t * spread), high))


def differences(found: np.ndarray, without: np.ndarray, n: np.ndarray) -> Ends:
    """Intervals of values that may be above or below 0; takes what `shares` takes.

    Examples
    --------
    >>> change = np.array([3.0, -1, 2, 0, 1])
    >>> found = differences(np.array([5.0]), 5.0 - change[:, None] * 5 / 4 + 5 / 4, np.array([5]))
    >>> found.low.round(1).tolist(), found.high.round(1).tolist()
    ([-4.8], [14.8])
    """
    spread, t = _spread(without, n)
    return Ends(found - t * spread, found + t * spread)


def _spread(without: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard errors, and Student's quantiles; missing where fewer than two tell."""
    n = np.asarray(n, dtype=float)
    known = (n > 1) & np.isfinite(without).all(axis=0)
    off = np.where(known, without - np.where(known, without, 0.0).mean(axis=0), 0.0) ** 2
    squares = off.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        peak = n * (off**2).sum(axis=0) / squares**2
        freedom = np.where(squares > 0, np.minimum(n - 1, 2 * n / (peak - 1 + 2 / (n - 1))), n - 1)
        spread, t = np.sqrt(squares * (n - 1) / n), stats.t.ppf(LEVEL, np.where(known, np.maximum(freedom, 1), np.nan))
    return np.where(known, spread, np.nan), t
