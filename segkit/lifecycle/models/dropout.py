"""The integral over the moment a customer was lost, of which the Pareto/NBD is made.

It is published with Gauss's hypergeometric function, which loses its digits for large arguments. The integral of a
positive, smooth function can be had to ten digits by Gauss–Legendre quadrature, its gradient with it: row by row, or,
where many customers share their number of purchases and the days they came on, for all of them between two days at
once, as the integrand is the same and only its ends differ.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(20)
NODES, NODE_WEIGHTS = (_POINTS + 1) / 2, _WEIGHTS / 2
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_STEP_NODES, _STEP_WEIGHTS = (_POINTS + 1) / 2, _WEIGHTS / 2
DEPTH = 30.0
"""The integrand is followed until it has fallen by a factor of e to this power."""
STEEP = 4.0
"""Between two times the integrand may fall by a factor of e to this power; eight nodes give twelve digits then."""
FEW = 80
"""A row on nodes of its own costs as much as so many nodes of a table."""
BLOCK = 1 << 15
"""Rows integrated at a time."""
CELLS = 1 << 18
"""Numbers of purchases by times integrated at a time."""


class Dropout:
    """Histories of customers, and the integral for any parameters.

    Parameters
    ----------
    x, recency, age : repeat purchases, time of the last one, and age of each customer.

    Examples
    --------
    >>> never = Dropout(np.array([0.0]), np.array([0.0]), np.array([1.0]))
    >>> value, _ = never.logarithm(np.array([1.0, 1.0, 1.0, 1.0]))  # the integral of (1 + u)^−3 from 0 to 1 is 3 / 8
    >>> round(float(np.exp(value[0])), 12)
    0.375
    """

    def __init__(self, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> None:
        self.history = x, recency, age
        place, values = pd.factorize(x)
        times, self.times = pd.factorize(np.concatenate([recency, age]), sort=True)
        shared = np.bincount(place, minlength=len(values)) * FEW > len(_STEP_NODES) * len(self.times)
        self.shared = np.flatnonzero(shared[place])  # customers of these numbers of purchases are worth a table
        self.own = np.flatnonzero(~shared[place])
        self.values = values[shared]
        self.number = (np.cumsum(shared) - 1)[place[self.shared]]
        self.start, self.end = times[:len(x)][self.shared], times[len(x):][self.shared]
        self.first = np.full(len(self.values), len(self.times))
        np.minimum.at(self.first, self.number, self.start)

    def logarithm(self, parameters: np.ndarray, with_slopes: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Logarithm of s ∫ (alpha + u)^−(r+x) (beta + u)^−(s+1) du from recency to age, and its gradient (4 × rows)."""
        x, recency, age = self.history
        value, slopes = np.empty(len(x)), np.empty((4, len(x) if with_slopes else 0))
        rows = self.own
        if len(self.values):
            at, smooth = self._shared(parameters, with_slopes, value, slopes)
            rows = np.concatenate([rows, self.shared[~smooth]]) if at else np.arange(len(x))
        for at in range(0, len(rows), BLOCK):
            part = rows[at:at + BLOCK]
            value[part], slopes[:, part if with_slopes else part[:0]] = _by_row(
                x[part], recency[part], age[part], parameters, with_slopes)
        return value, slopes

    def _shared(self, parameters: np.ndarray, with_slopes: bool, value: np.ndarray,
                slopes: np.ndarray) -> tuple[int, np.ndarray]:
        """Fill in the rows that share a table; how many, and which of `shared` they are.

        With f the integrand and T(t) = ∫ f(u) du / f(t) from t to the last time, built up from the last time back, the
        integral is f(recency) T(recency) − f(age) T(age): f itself, which may be too small to be held, is not needed.
        """
        r, alpha, s, beta = parameters
        times, begin, step = self.times, *_between(self.times, parameters)
        log_alpha, log_beta = np.log(alpha + times), np.log(beta + times)
        n_kept = 5 if with_slopes else 1
        smooth = np.zeros(len(self.values), dtype=bool)
        upto = np.empty((len(times), len(self.values), n_kept))
        each = max(1, CELLS // len(times))
        for at in range(0, len(self.values), each):
            part = slice(at, at + each)
            power = r + self.values[part]
            fall = np.diff(log_alpha)[:, None] * power + (np.diff(log_beta) * (s + 1))[:, None]
            needed = np.arange(len(fall))[:, None] >= self.first[part]
            smooth[part] = ((fall <= STEEP) | ~needed).all(axis=0)
            share = np.exp(-begin[0][:, None] * power[:, None] - (begin[1] * (s + 1))[:, None])
            mass = np.matmul(share, step[:, :, :n_kept])
            decay, kept = np.exp(-fall)[:, :, None], upto[:, part]
            kept[-1] = 0
            for i in range(len(times) - 2, -1, -1):
                np.multiply(decay[i], kept[i + 1], out=kept[i])
                kept[i] += mass[i]
        known = smooth[self.number]
        rows, number, start, end = self.shared, self.number, self.start, self.end
        if not known.all():
            rows, number, start, end = rows[known], number[known], start[known], end[known]
        x = self.history[0][rows]
        upto = np.ascontiguousarray(upto.transpose(2, 1, 0)).reshape(n_kept, -1)  # type: ignore[assignment]
        power, nowhere = -(r + x), start == end
        begun = power * log_alpha[start] - (s + 1) * log_beta[start]
        decay = np.exp(power * log_alpha[end] - (s + 1) * log_beta[end] - begun)
        mass, *means = upto.take(number * len(times) + start, axis=1) - decay * upto.take(
            number * len(times) + end, axis=1)
        mass[nowhere] = 1.0
        value[rows] = np.where(nowhere, -np.inf, np.log(s * mass) + begun)
        if with_slopes:
            for slope, mean, of in zip(slopes, means, (-1, power, -1, -(s + 1)), strict=True):
                slope[rows] = of * mean / mass
            slopes[2, rows] += 1 / s
        return len(rows), known


def _between(times: np.ndarray, parameters: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """For the nodes between each two times: how far the logarithms of alpha + u and beta + u have risen, and the weight
    of a node in the integral, alone and by what the gradient needs."""
    _, alpha, _, beta = parameters
    near = min(alpha, beta) + times[:-1, None]
    reach = np.log1p(np.diff(times)[:, None] / near)
    u = times[:-1, None] + near * np.expm1(reach * _STEP_NODES)
    weight = reach * _STEP_WEIGHTS * (min(alpha, beta) + u)
    logs = np.log(alpha + u), np.log(beta + u)
    rises = logs[0] - np.log(alpha + times[:-1, None]), logs[1] - np.log(beta + times[:-1, None])
    step = np.stack([weight, weight * logs[0], weight / (alpha + u), weight * logs[1], weight / (beta + u)], axis=2)
    return rises, step


def _by_row(x: np.ndarray, recency: np.ndarray, age: np.ndarray, parameters: np.ndarray,
            with_slopes: bool) -> tuple[np.ndarray, np.ndarray]:
    """The integral of each row on nodes of its own.

    With u = recency + (c + recency)(e^l − 1) the integrand is smooth in l; c is alpha or beta, whichever
    keeps the other's singularity away. The range ends where the integrand has fallen by `DEPTH`.
    """
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
