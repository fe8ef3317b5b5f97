"""Effect sizes without what chance alone adds, and their 95 % intervals.

A share of variation explained is never below 0, so chance alone makes it positive: with twelve values and a few hundred
customers more than many a true difference. The estimates take that away, as their intervals do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import elementwise

from segkit.segmentation.description.permutation import Pool

CONFIDENCE = 0.95
LOW, HIGH = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
N_DRAWS = 1_000
LEAST = 0.05
"""Smallest variance of a resampled segment, as a share of the segment's, that its mean is divided by."""


@dataclass(frozen=True)
class Seen:
    """What the interval of an effect size needs: the statistic, its degrees of freedom (`rest` is infinite for
    chi-squared), and what turns a noncentrality into an effect size."""

    statistic: float
    df: float
    rest: float
    scale: float


def cramers_v(chi_squared: float, shape: tuple[int, int], n: float) -> float:
    """Bias-corrected Cramér's V, 0..1, of a table with `shape` values and segments and `n` customers.

    References
    ----------
    Bergsma (2013), doi:10.1016/j.jkss.2012.10.002.

    Examples
    --------
    >>> round(cramers_v(138.29, (4, 4), 592), 4), cramers_v(9, (4, 4), 592)
    (0.2705, 0.0)
    """
    if n <= 1:
        return float("nan")
    above = max(0.0, chi_squared / n - (shape[0] - 1) * (shape[1] - 1) / (n - 1))
    fewest = min(m - (m - 1) ** 2 / (n - 1) for m in shape) - 1
    return min(1.0, float(np.sqrt(above / fewest))) if fewest > 0 else float("nan")


def omega_squared(mean: np.ndarray, variance: np.ndarray, n: np.ndarray, share: np.ndarray) -> float:
    """Share of all variation that lies between segments, 0..1, less what chance adds; each segment has its own
    `variance` (n - 1). With equal variances it is Hays' omega².

    Examples
    --------
    >>> size = np.array([10, 10])
    >>> round(omega_squared(np.array([1.0, 2.0]), np.array([1.0, 1.0]), size, size / 20), 4)
    0.1667
    """
    between = share @ (mean - share @ mean) ** 2 - (share * (1 - share)) @ (variance / n)
    inside = share @ variance
    return float(max(0.0, between) / (max(0.0, between) + inside)) if max(between, inside) > 0 else float("nan")


def interval(pools: list[Pool], n: np.ndarray, share: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """The 95 % interval of omega², each segment with a spread of its own.

    The segments' means are drawn closer together or apart until, in resampled segments (stratified bootstrap, means
    studentised), a share of variation as large as the one seen is just as rare as the level allows. For the upper end
    the segment of the largest spread is moved by itself too, as the difference may hide in its noise; the larger holds.
    """
    mean = np.array([pool.mean for pool in pools])
    inside = np.array([pool.second for pool in pools]) * n / (n - 1)
    away, within = mean - share @ mean, share @ inside
    seen = share @ away**2 / within
    if not seen > 0:
        return 0.0, 0.0
    drawn_mean, drawn_variance = (np.stack(moments, axis=1) for moments in zip(
        *(pool.moments(size, N_DRAWS, rng) for pool, size in zip(pools, n, strict=True)), strict=True))
    shift = (drawn_mean - mean) * np.sqrt(inside / np.maximum(drawn_variance, LEAST * inside))
    shift -= (shift @ share)[:, None]
    spare = shift**2 @ share - seen * (drawn_variance * (n / (n - 1)) @ share)
    noisiest = np.eye(len(n))[inside.argmax()] * np.where(away[inside.argmax()] < 0, -1, 1)
    noisiest -= share @ noisiest

    def larger(means: np.ndarray) -> float:
        """How often resampled segments of such means differ more than those seen."""
        return float((share @ means**2 + 2 * shift @ (share * means) + spare >= 0).mean())

    def end(start: np.ndarray, way: np.ndarray, level: float) -> float:
        """Share of variation where the means, moved from a start along a way, are at the level."""
        low, high = 0.0, 1.0
        if larger(start) >= level:
            high = 0.0
        while high and larger(start + high * way) < level and high < 1e9:
            low, high = high, 2 * high
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (low, middle) if larger(start + middle * way) >= level else (middle, high)
        between = share @ (start + high * way) ** 2
        return float(between / (between + within))

    none = np.zeros(len(n))
    low, high = end(none, away, LOW), end(none, away, HIGH)
    return low, max(high, end(away, noisiest * np.sqrt(within), HIGH)) if high > 0 else 0.0


def noncentral(seen: list[Seen]) -> np.ndarray:
    """The 95 % intervals (m, 2) of Cramér's V, or of omega² with equal spreads, of statistics of one kind.

    References
    ----------
    Smithson (2003), Confidence Intervals, doi:10.4135/9781412983761.
    """
    x, df, rest, scale = np.array([[s.statistic, s.df, s.rest, s.scale] for s in seen]).T
    ends = []
    for level in (HIGH, LOW):
        if np.isinf(rest).all():
            nc = _noncentrality(lambda nc, x, df: stats.ncx2.cdf(x, df, nc), level, x, df)
            ends.append(np.minimum(1.0, np.sqrt(nc / scale)))
        else:
            nc = _noncentrality(lambda nc, x, df, rest: stats.ncf.cdf(x, df, rest, nc), level, x, df, rest)
            ends.append(nc / (nc + scale))
    return np.stack(ends, axis=1)


def _noncentrality(below: Callable[..., np.ndarray], level: float, *seen: np.ndarray) -> np.ndarray:
    """Where a statistic is seen or exceeded just as often as the level allows; 0 where it never is that rare."""
    top = np.maximum(1.0, 2 * seen[0] * (seen[1] if len(seen) > 2 else 1))
    while (far := below(top, *seen) > level).any():
        top = np.where(far, 2 * top, top)
    root = elementwise.find_root(lambda nc, *seen: below(nc, *seen) - level, (np.zeros_like(top), top), args=seen)
    return np.where(below(np.zeros_like(top), *seen) <= level, 0.0, root.x)
