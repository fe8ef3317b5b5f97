"""How many purchases of a category its customers make: the negative binomial distribution (NBD).

Each customer buys at a rate of his own, the rates differ as a gamma distribution does, and purchases fall like those of
a Poisson process. `m` is the mean number of purchases per customer, `k` the exponent: the smaller, the more unequal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import optimize, special, stats

TAIL = 1e-13
"""Probability beyond the largest number of purchases that is summed."""
LEAST, MOST = 1e-3, 1e4
"""Ends of the search for `k`; at the upper one customers buy as unequally as chance alone makes them."""


class Nbd(NamedTuple):
    """Mean `m` per customer, buyers or not, and exponent `k` (infinite: a Poisson distribution)."""

    m: float
    k: float

    @property
    def penetration(self) -> float:
        """Share of customers who buy the category at all."""
        return -math.expm1(-self.m if math.isinf(self.k) else -self.k * math.log1p(self.m / self.k))

    def buyers(self, n_periods: float = 1.0) -> np.ndarray:
        """Share of the category's buyers who make 0, 1, 2, … purchases; the first is 0, the last beyond all doubt.

        Parameters
        ----------
        n_periods : length of the time looked at, in periods of the fit: 2 for two years, 0.5 for half a year.

        Examples
        --------
        >>> Nbd(1.0, 1.0).buyers()[:4].round(4).tolist()
        [0.0, 0.5, 0.25, 0.125]
        """
        m, k = self.m * n_periods, self.k
        tail = TAIL * Nbd(m, k).penetration
        most = stats.poisson.isf(tail, m) if math.isinf(k) else stats.nbinom.isf(tail, k, k / (k + m))
        bought = np.exp(_log_shares(np.arange(1, int(most) + 2), m, k))
        return np.concatenate([[0.0], bought / bought.sum()])


def of_penetration(penetration: float, purchases_per_buyer: float) -> Nbd:
    """The NBD with this category penetration and these purchases per buyer (the method of means and zeros).

    Where customers buy more equally than chance alone would have it, `k` is infinite.

    References
    ----------
    Ehrenberg (1988), Repeat-Buying, 2nd ed., chapter 4.

    Examples
    --------
    >>> found = of_penetration(0.56, 2.6)
    >>> round(found.m, 3), round(found.k, 4)
    (1.456, 0.7788)
    """
    m = penetration * purchases_per_buyer
    if m <= -math.log1p(-penetration) * (1 + 1e-9):
        return Nbd(m, math.inf)
    return Nbd(m, float(optimize.brentq(lambda k: Nbd(m, k).penetration - penetration, 1e-9, 1e12, xtol=1e-12)))


def of_buyers(purchases: np.ndarray, n_customers: np.ndarray, around: float | None = None) -> Nbd:
    """The NBD of which only buyers are seen, by maximum likelihood (zero-truncated).

    Parameters
    ----------
    purchases : different numbers of purchases, 1 or more. n_customers : how many buyers made each.
    around : a `k` near which to look, to save time.

    Returns
    -------
    Nbd; `m` counts those who do not buy in this period too. `m` is missing where everybody bought once.

    Examples
    --------
    >>> shares = Nbd(3.0, 0.8).buyers()
    >>> found = of_buyers(np.arange(1, len(shares)), shares[1:])
    >>> round(found.m, 2), round(found.k, 2)
    (3.0, 0.8)
    """
    mean = float(purchases @ n_customers / n_customers.sum())
    if mean <= 1 + 1e-12:
        return Nbd(math.nan, math.nan)
    weight = n_customers / n_customers.sum()

    def loss(log_k: float) -> float:
        k = math.exp(log_k)
        m = _with_mean(mean, k)
        return math.log(Nbd(m, k).penetration) - float(weight @ _log_shares(purchases, m, k))

    ends = (math.log(LEAST), math.log(MOST)) if around is None or math.isinf(around) else (
        math.log(around) - 0.7, math.log(around) + 0.7)
    best = optimize.minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-5})
    k = math.exp(best.x)
    if k > 0.9 * MOST:
        poisson = optimize.brentq(lambda m: m / -math.expm1(-m) - mean, 1e-12, mean)
        return Nbd(float(poisson), math.inf)
    return Nbd(_with_mean(mean, k), k)


def misfit(found: Nbd, purchases: np.ndarray, n_customers: np.ndarray) -> float:
    """Largest difference of the shares of buyers with up to 1, 2, 3, … purchases, fitted and counted (0 to 1)."""
    expected = found.buyers().cumsum()
    expected = np.append(expected, np.ones(max(0, int(purchases.max()) + 1 - len(expected))))
    observed = np.bincount(np.asarray(purchases, dtype=int), n_customers, minlength=len(expected)).cumsum()
    return float(np.abs(observed / n_customers.sum() - expected).max())


def _log_shares(n: np.ndarray, m: float, k: float) -> np.ndarray:
    """Logarithm of the share of customers with `n` purchases."""
    if math.isinf(k):
        return n * math.log(m) - m - special.gammaln(n + 1)
    return (special.gammaln(n + k) - special.gammaln(n + 1) - special.gammaln(k) - k * math.log1p(m / k)
            - n * math.log1p(k / m))


def _with_mean(mean: float, k: float) -> float:
    """The `m` at which buyers make `mean` purchases on average."""
    return float(optimize.brentq(lambda m: m / Nbd(m, k).penetration - mean, 1e-12, mean, xtol=1e-12))


def histogram(purchases: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Different numbers of purchases, and how many customers made each."""
    return np.unique(np.asarray(purchases), return_counts=True)
