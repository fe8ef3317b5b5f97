"""BG/NBD and MBG/NBD: purchases come at random, and after any purchase the customer may be gone for good.

The two differ in one thing: in the MBG/NBD a customer can already be gone after the first purchase. Both
are written once, with `drops`, the chances to drop out that a customer has lived through: the repeat
purchases in the BG/NBD, one more in the MBG/NBD.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from segkit.lifecycle.estimation import Objective, Rows, total
from segkit.lifecycle.models.fitted import PurchaseModel, mean_discount

BLOCK = 1 << 14
"""Rows integrated at a time."""
DIGITS = 10
"""How exactly expected purchases are known."""


class BetaGeometric(PurchaseModel):
    """BG/NBD: purchase rates are gamma (r, alpha), dropout probabilities beta (a, b).

    References
    ----------
    Fader, Hardie & Lee (2005), doi:10.1287/mksc.1040.0098.
    """

    NAMES = ("r", "alpha", "a", "b")
    FIRST = 0
    """Chances to drop out at the first purchase."""

    @classmethod
    def objective(cls, rows: Rows) -> Objective:
        """Log-likelihood and gradient of distinct (frequency, recency, age)."""
        x, recency, age = rows.columns
        weight, n = rows.weight, rows.weight.sum()
        values, counts, place = rows.counted(0)
        drops = values + cls.FIRST
        may_be_gone = drops > 0
        ever = may_be_gone[place]

        def log_likelihood(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            r, alpha, a, b = parameters
            known = (special.gammaln(r + values) - special.gammaln(r) + special.gammaln(a + b)
                     + special.gammaln(b + drops) - special.gammaln(b) - special.gammaln(a + b + drops))
            log_age, log_recency = np.log(alpha + age), np.log(alpha + recency)
            shape = r + x
            gone = np.where(may_be_gone, np.log(a) - np.log(np.where(may_be_gone, b + drops - 1, 1.0)), -np.inf)[place]
            gone = gone + shape * (log_age - log_recency)
            dead = special.expit(gone)
            value = total(counts, known) + n * r * np.log(alpha) + total(
                weight, np.maximum(gone, 0) + np.log1p(np.exp(-np.abs(gone))) - shape * log_age)
            both, after = special.digamma(a + b), special.digamma(a + b + drops)
            later, sooner = 1 / (alpha + age), 1 / (alpha + recency)
            waiting = weight * dead
            gradient = np.array([
                total(counts, special.digamma(r + values) - special.digamma(r)) + n * np.log(alpha)
                - total(weight, log_age) + total(waiting, log_age - log_recency),
                n * r / alpha - total(weight * shape, later) + total(waiting * shape, later - sooner),
                total(counts, both - after) + waiting.sum() / a,
                total(counts, both + special.digamma(b + drops) - special.digamma(b) - after)
                - total(waiting[ever], (1 / (b + drops - 1))[place[ever]])])
            return float(value), gradient

        return log_likelihood

    @classmethod
    def starts(cls, rows: Rows) -> list[list[float]]:
        """Where to begin: rates around the mean of the customers, dropout rare to frequent."""
        x, _, age = rows.columns
        mean = max(float(rows.weight @ x) / float(rows.weight @ age), 1e-12)
        return [[r, r / (mean * faster), a, b] for r in (0.25, 1.0) for faster in (1.0, 3.0)
                for a, b in ((0.5, 0.8), (0.8, 2.5), (1.0, 8.0))]

    @classmethod
    def scales(cls, rows: Rows) -> list[float]:
        """Usual size of each parameter."""
        return [1.0, float(rows.weight @ rows.columns[2] / rows.weight.sum()), 1.0, 1.0]

    def _alive(self, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
        r, alpha, a, b = self.values
        drops = x + self.FIRST
        ever = drops > 0
        gone = np.where(ever, np.log(a) - np.log(np.where(ever, b + drops - 1, 1.0)), -np.inf)
        return special.expit(-gone - (r + x) * np.log((alpha + age) / (alpha + recency)))

    def _bought_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        r, alpha, a, b = self.values
        return _purchases(duration, r + x, alpha + age, a, b + x + self.FIRST)

    def _buys_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        r, alpha, _, _ = self.values
        return -np.expm1(-(r + x) * np.log1p(duration / (alpha + age)))  # nobody leaves before the next purchase

    def _bought(self, duration: np.ndarray) -> np.ndarray:
        r, alpha, a, b = self.values
        start = b / (a + b) if self.FIRST else 1.0
        return start * _purchases(duration, np.asarray(r), np.asarray(alpha), a, np.asarray(b + self.FIRST))


    def future_if_alive(self, horizon: float, rate: float, frequency: np.ndarray, age: np.ndarray,
                        rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Purchases that would come, cut off at the one after which the customer is gone."""
        r, alpha, a, b = self.values
        wanted = rng.poisson(horizon * rng.gamma(r + frequency) / (alpha + age))
        n, discount = wanted.copy(), np.full(len(wanted), mean_discount(rate, np.asarray(horizon)))
        some = np.flatnonzero(wanted)
        leaving = np.maximum(rng.beta(a, b + frequency[some] + self.FIRST), 1e-12)
        last = np.minimum(rng.geometric(leaving), wanted[some] + 1)  # the purchase after which the customer is gone
        gone = last < wanted[some]
        cut, kept = some[gone], last[gone]
        end = horizon * rng.beta(kept, wanted[cut] - kept + 1)  # when it comes: an order statistic of even times
        n[cut] = kept
        discount[cut] = ((kept - 1) * mean_discount(rate, end) + np.exp(-rate * end)) / kept
        return n, discount


class ModifiedBetaGeometric(BetaGeometric):
    """MBG/NBD: as the BG/NBD, with a first chance to drop out right after the first purchase.

    References
    ----------
    Batislam, Denizel & Filiztekin (2007), doi:10.1016/j.ijresmar.2006.12.005.
    """

    FIRST = 1


def _purchases(duration: np.ndarray, shape: np.ndarray, rate: np.ndarray, a: float, b: np.ndarray) -> np.ndarray:
    """Expected purchases of somebody alive, with rate gamma (shape, rate) and dropout beta (a, b).

    The mean of (1 − (1 + p·duration / rate)^−shape) / p over the dropout p. The papers write it with Gauss's
    hypergeometric function, which double precision gets wrong by any factor once b is near 100; here it is a
    Gauss–Jacobi quadrature, with as many nodes as it takes. Values of b up to twice another share its nodes.
    """
    duration, shape, rate, b = np.broadcast_arrays(duration, shape, rate, b)
    expected, ratio, shape = np.empty(b.size), (duration / rate).ravel(), shape.ravel()
    kinds, place = np.unique(b.ravel(), return_inverse=True)
    nodes, node_weights, base = _shared(a, kinds, ratio, shape, place)
    for at in range(0, b.size, BLOCK):
        part = slice(at, at + BLOCK)
        p = nodes[base[place[part]]]
        bought = -np.expm1(-shape[part, None] * np.log1p(p * ratio[part, None])) / p
        expected[part] = np.einsum("cn,cn->c", bought, node_weights[place[part]])
    return expected.reshape(duration.shape)


def _shared(a: float, kinds: np.ndarray, ratio: np.ndarray, shape: np.ndarray,
            place: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes of the lowest b of each octave, weights of every b on them, and the octave of every b.

    The mean over beta (a, b) is the mean over beta (a, base) of the integrand times (1 − p)^(b − base): where the
    numbers of purchases are whole, a polynomial.
    """
    octave = np.floor(np.log2(kinds / kinds.min(initial=np.inf))).astype(int)
    _, first, octave = np.unique(octave, return_index=True, return_inverse=True)
    base = kinds[first]
    nodes, weights = _dropouts(a, base, _n_nodes(ratio, shape, a, base[octave][place]) + _FURTHER * DIGITS)
    scale = np.exp(special.betaln(a, base[octave]) - special.betaln(a, kinds))
    below = np.log1p(-nodes)
    return nodes, weights[octave] * np.exp((kinds - base[octave])[:, None] * below[octave]) * scale[:, None], octave


_FURTHER = 2
"""Nodes more per digit than b itself needs, for the factor (1 − p) to the power by which a value is above the base."""


def _n_nodes(ratio: np.ndarray, shape: np.ndarray, a: float, b: np.ndarray) -> int:
    """Nodes for `DIGITS` digits, by how near the integrand's singularity (or steep rise) is to where p lies."""
    reach = np.minimum(1.0, (a + 40) / (a + b))
    near = np.minimum(1.0, 14 / shape) / np.maximum(ratio, 1e-12) / reach
    z = 1 + 2 * near
    needed = DIGITS * np.where(shape > 14, 2.1, 1.4) / np.log(z + np.sqrt(z * z - 1))
    return int(np.clip(np.ceil(needed.max(initial=0)), 8, 240))


def _dropouts(a: float, b: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights, a row for each b, for means over beta (a, b): Golub and Welsch's eigenvalues."""
    k, b = np.arange(1, n), np.asarray(b, dtype=float)[:, None]
    both = a + b - 2
    matrix = np.zeros((len(b), n, n))
    matrix[:, 0, 0] = a / (a + b[:, 0])
    middle = (a - 1) ** 2 - (b - 1) ** 2
    matrix[:, k, k] = (1 + middle / ((2 * k + both) * (2 * k + both + 2))) / 2
    beside = np.where(k == 1, 1.0, (k + both) / (2 * k + both - 1))  # one at k = 1, also where it would be 0 / 0
    beside = beside * k * (k + b - 1) * (k + a - 1) / ((2 * k + both) ** 2 * (2 * k + both + 1))
    matrix[:, k, k - 1] = np.sqrt(beside)
    values, vectors = np.linalg.eigh(matrix)
    return np.maximum(values, 1e-18), vectors[:, 0, :] ** 2
