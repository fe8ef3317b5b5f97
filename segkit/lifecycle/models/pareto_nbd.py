"""Pareto/NBD: purchases come at random, and a customer may be gone for good at any moment.

The moment itself is never seen: `dropout` integrates over it.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from segkit.lifecycle.estimation import Objective, Rows, total
from segkit.lifecycle.models.dropout import DEPTH, NODE_WEIGHTS, NODES, Dropout
from segkit.lifecycle.models.fitted import PurchaseModel, mean_discount


class ParetoNBD(PurchaseModel):
    """Pareto/NBD: purchase rates are gamma (r, alpha), dropout rates gamma (s, beta).

    References
    ----------
    Schmittlein, Morrison & Colombo (1987), doi:10.1287/mnsc.33.1.1.
    """

    NAMES = ("r", "alpha", "s", "beta")

    @classmethod
    def objective(cls, rows: Rows) -> Objective:
        """Log-likelihood and gradient of distinct (frequency, recency, age)."""
        order = np.lexsort(rows.columns[::-1])  # so that neighbours look at the same places
        x, recency, age = (c[order] for c in rows.columns)
        weight, n = rows.weight[order], rows.weight.sum()
        values, counts, _ = rows.counted(0)
        history = Dropout(x, recency, age)

        def log_likelihood(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            r, alpha, s, beta = parameters
            known = special.gammaln(r + values) - special.gammaln(r)
            log_age, log_lost = np.log(alpha + age), np.log(beta + age)
            alive = -(r + x) * log_age - s * log_lost
            lost, slopes = history.logarithm(parameters, with_slopes=True)
            dead = special.expit(lost - alive)
            waiting, staying = weight * dead, weight * (1 - dead)
            value = (total(counts, known) + n * (r * np.log(alpha) + s * np.log(beta))
                     + total(weight, np.logaddexp(alive, lost)))
            gradient = np.array([
                total(counts, special.digamma(r + values) - special.digamma(r)) + n * np.log(alpha)
                - total(staying, log_age),
                n * r / alpha - total(staying * (r + x), 1 / (alpha + age)),
                n * np.log(beta) - total(staying, log_lost),
                n * s / beta - s * total(staying, 1 / (beta + age))]) + [total(waiting, slope) for slope in slopes]
            return float(value), gradient

        return log_likelihood

    @classmethod
    def starts(cls, rows: Rows) -> list[list[float]]:
        """Where to begin: rates around the mean of the customers, dropout rare to frequent."""
        x, _, age = rows.columns
        old = float(rows.weight @ age) / rows.weight.sum()
        mean = max(float(rows.weight @ x) / float(rows.weight @ age), 1e-12)
        return [[r, r / (mean * faster), s, s * old / gone] for r in (0.4, 1.0) for faster in (1.0, 2.5)
                for s in (0.5, 1.5) for gone in (0.5, 2.0)]

    @classmethod
    def scales(cls, rows: Rows) -> list[float]:
        """Usual size of each parameter."""
        old = float(rows.weight @ rows.columns[2] / rows.weight.sum())
        return [1.0, old, 1.0, old]

    def _alive(self, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self.values
        lost, _ = Dropout(x.ravel(), recency.ravel(), age.ravel()).logarithm(self.values)
        return special.expit(-(r + x) * np.log(alpha + age) - s * np.log(beta + age) - lost.reshape(x.shape))

    def _bought_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self.values
        return (r + x) / (alpha + age) * _time(duration, s, beta + age)

    def _buys_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self.values
        shape, wait = r + x, alpha + age
        end = np.minimum(np.log1p(duration / wait), DEPTH / shape)
        time = NODES.reshape(-1, *[1] * np.ndim(x)) * end  # the first purchase after wait·(e^time − 1), still alive
        share = np.exp(-shape * time - s * np.log1p(wait * np.expm1(time) / (beta + age)))
        return shape * end * np.einsum("n...,n->...", share, NODE_WEIGHTS)

    def _bought(self, duration: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self.values
        return r / alpha * _time(duration, s, np.asarray(beta))

    def future_if_alive(self, horizon: float, rate: float, frequency: np.ndarray, age: np.ndarray,
                        rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Purchases at random until the customer is gone, or to the horizon."""
        r, alpha, s, beta = self.values
        leaving = rng.gamma(s, size=len(age)) / (beta + age)
        time = np.minimum(rng.standard_exponential(len(age)) / np.maximum(leaving, 1e-300), horizon)
        return rng.poisson(time * rng.gamma(r + frequency) / (alpha + age)), mean_discount(rate, time)


def _time(duration: np.ndarray, s: float, beta: np.ndarray) -> np.ndarray:
    """Expected time before dropout within a duration: (1 − q^(s − 1))·beta / (s − 1), q = beta / (beta + duration)."""
    log_q = np.log1p(duration / beta)
    return beta * (log_q if abs(s - 1) < 1e-12 else -np.expm1(-(s - 1) * log_q) / (s - 1))
