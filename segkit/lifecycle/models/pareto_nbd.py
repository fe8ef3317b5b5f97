"""Pareto/NBD: purchases come at random, and a customer may be gone for good at any moment.

The likelihood is published with Gauss's hypergeometric function, which loses its digits for large
arguments. It stands there for an integral over the moment a customer was lost, and the integral of a
positive, smooth function can be had to ten digits by Gauss–Legendre quadrature, its gradient with it.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from segkit.lifecycle.estimation import Objective, Rows, total
from segkit.lifecycle.models.fitted import PurchaseModel, mean_discount

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(20)
NODES, NODE_WEIGHTS = (_POINTS + 1) / 2, _WEIGHTS / 2
DEPTH = 30.0
"""The integrand is followed until it has fallen by a factor of e to this power."""
BLOCK = 1 << 15
"""Rows integrated at a time."""


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
        x, recency, age = rows.columns
        weight, n = rows.weight, rows.weight.sum()
        values, counts, _ = rows.counted(0)

        def log_likelihood(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            r, alpha, s, beta = parameters
            known = special.gammaln(r + values) - special.gammaln(r)
            log_age, log_lost = np.log(alpha + age), np.log(beta + age)
            alive = -(r + x) * log_age - s * log_lost
            lost, slopes = _lost(x, recency, age, parameters, True)
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
        lost, _ = _lost(x.ravel(), recency.ravel(), age.ravel(), self.values, False)
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


def _lost(x: np.ndarray, recency: np.ndarray, age: np.ndarray, parameters: np.ndarray,
          with_slopes: bool) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of s ∫ (alpha + u)^−(r+x) (beta + u)^−(s+1) du from recency to age, and its gradient (4 × rows).

    With u = recency + (c + recency)(e^l − 1) the integrand is smooth in l; c is alpha or beta, whichever
    keeps the other's singularity away. The range ends where the integrand has fallen by `DEPTH`.
    """
    log_value, slopes = np.empty(len(x)), np.empty((4, len(x) if with_slopes else 0))
    for at in range(0, len(x), BLOCK):
        part = slice(at, at + BLOCK)
        log_value[part], slopes[:, part] = _integrated(x[part], recency[part], age[part], parameters, with_slopes)
    return log_value, slopes


def _integrated(x: np.ndarray, recency: np.ndarray, age: np.ndarray, parameters: np.ndarray,
                with_slopes: bool) -> tuple[np.ndarray, np.ndarray]:
    r, alpha, s, beta = parameters
    by_alpha = (alpha <= beta) | (beta + recency > 0.3 * (alpha + recency))
    near, far = np.where(by_alpha, alpha, beta) + recency, np.where(by_alpha, beta, alpha) + recency
    near_power = np.where(by_alpha, r + x, s + 1) - 1  # less one for du = near·e^l dl
    far_power = np.where(by_alpha, s + 1, r + x)
    ratio = near / far
    end = _end(np.log1p((age - recency) / near), near_power, far_power, ratio)
    log_near = NODES[:, None] * end
    grown = np.expm1(log_near)
    log_far = np.log1p(ratio * grown)
    share = np.exp(-near_power * log_near - far_power * log_far)
    share *= NODE_WEIGHTS[:, None]
    mass = share.sum(axis=0)
    with np.errstate(divide="ignore"):  # nobody is lost in no time: minus infinity
        log_value = np.log(s * end * mass)
    log_value += np.log(near) - (r + x) * np.log(alpha + recency) - (s + 1) * np.log(beta + recency)
    if not with_slopes:
        return log_value, np.empty((4, 0))
    mean_near, mean_far = (share * log_near).sum(axis=0) / mass, (share * log_far).sum(axis=0) / mass
    over_near = (share / (1 + grown)).sum(axis=0) / mass / near
    over_far = (share / (1 + ratio * grown)).sum(axis=0) / mass / far
    return log_value, np.array([
        -np.log(alpha + recency) - np.where(by_alpha, mean_near, mean_far),
        -(r + x) * np.where(by_alpha, over_near, over_far),
        1 / s - np.log(beta + recency) - np.where(by_alpha, mean_far, mean_near),
        -(s + 1) * np.where(by_alpha, over_far, over_near)])


def _end(longest: np.ndarray, near_power: np.ndarray, far_power: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Where the integrand has fallen by `DEPTH`, or the whole range; Newton's steps from the right, never too short.

    For ratio ≤ 1 the fall is convex in l, so that the steps stop at or beyond the place; otherwise it is at
    least that of the largest power, which bounds the range at once.
    """
    power = near_power + far_power
    end = np.where(ratio > 1, np.minimum(longest, DEPTH / power), longest)
    for _ in range(5):
        grown = ratio * np.expm1(end)
        fall = near_power * end + far_power * np.log1p(grown)
        slope = near_power + far_power * (grown + ratio) / (1 + grown)
        end = np.where((ratio <= 1) & (fall > DEPTH), end - (fall - DEPTH) / slope, end)
    return end
