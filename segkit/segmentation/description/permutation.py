"""p-values by permutation, where the usual distributions do not hold: few customers in a cell, skewed quantities.

Which segment a customer is in is drawn anew, again and again: if segments do not matter, what was seen is one draw of
many. A first round of few draws settles clear cases of chance (Besag & Clifford 1991); what is left open takes all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

FIRST, ALL_TABLES, ALL_VALUES = 199, 9_999, 1_999
"""Draws of the first round, and of both rounds together for counts and for quantities."""
ENOUGH = 20
"""Draws of the first round at least as extreme as what was seen that make a second one needless (p above 0.1)."""
PERMUTED = 20_000
"""Customers up to which they are permuted; beyond, segments are drawn from all customers with replacement."""
LIMIT = 2_000
"""Customers of a segment from which on its mean and variance are drawn from their normal limit."""
_CHUNK = 2_000_000


def of_table(counts: np.ndarray, rng: np.random.Generator) -> float:
    """p-value of chi-squared in a table of counts, both margins kept.

    Examples
    --------
    >>> of_table(np.array([[5, 0], [0, 5]]), np.random.default_rng(1)) < 0.02
    True
    """
    rows, columns = counts.sum(axis=1).astype(np.int64), counts.sum(axis=0).astype(np.int64)
    seen = (counts**2 / np.outer(rows, columns)).sum() * (1 - 1e-12)
    rows, columns = np.sort(rows), np.sort(columns)  # so that the order of values and segments does not matter
    margins, weight = stats.random_table(rows, columns), 1.0 / np.outer(rows, columns)

    def extreme(n: int) -> int:
        step = max(1, _CHUNK // counts.size)
        return sum(int(((margins.rvs(min(step, n - i), random_state=rng) ** 2 * weight).sum(axis=(1, 2)) >= seen).sum())
                   for i in range(0, n, step))

    return _p(extreme, ALL_TABLES)


def of_means(values: np.ndarray, size: np.ndarray, seen: float, rng: np.random.Generator) -> float:
    """p-value of Welch's statistic `seen` of `values` (n,), in any order, in groups of the sizes (k,).

    Beyond 20,000 customers each group is drawn from all of them with replacement.
    """
    start = np.append(0, np.cumsum(size)[:-1]).astype(np.int64)

    def permuted(n: int) -> int:
        shuffled = rng.permuted(np.broadcast_to(values, (n, len(values))), axis=1)
        mean = np.add.reduceat(shuffled, start, axis=1) / size
        square = np.add.reduceat(shuffled * shuffled, start, axis=1) / size
        return exceed(mean, (square - mean**2) * size / (size - 1))

    def drawn(n: int) -> int:
        pool = Pool(values)
        return exceed(*(np.stack(moments, axis=1) for moments in zip(*(pool.moments(int(m), n, rng) for m in size),
                                                                     strict=True)))

    def exceed(mean: np.ndarray, variance: np.ndarray) -> int:
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = welch(mean, variance, size)[0]
        return int((~(statistic < seen * (1 - 1e-12))).sum())  # a draw without spread in a group counts as extreme

    if len(values) > PERMUTED:
        return _p(drawn, ALL_VALUES)
    step = max(1, _CHUNK // len(values))
    return _p(lambda n: sum(permuted(min(step, n - i)) for i in range(0, n, step)), ALL_VALUES)


def _p(extreme: Callable[[int], int], n_all: int) -> float:
    n_extreme = extreme(FIRST)
    if n_extreme >= ENOUGH:
        return (n_extreme + 1) / (FIRST + 1)
    return (n_extreme + extreme(n_all - FIRST) + 1) / (n_all + 1)


def welch(mean: np.ndarray, variance: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Welch's statistic and its second degrees of freedom, of groups (…, k) with their means and variances."""
    k, precision = mean.shape[-1], n / variance
    share = precision / precision.sum(axis=-1, keepdims=True)
    middle = (share * mean).sum(axis=-1, keepdims=True)
    spare = ((1 - share) ** 2 / (n - 1)).sum(axis=-1) / (k**2 - 1)
    statistic = (precision * (mean - middle) ** 2).sum(axis=-1) / (k - 1) / (1 + 2 * (k - 2) * spare)
    return statistic, 1 / (3 * spare)


class Pool:
    """Values (n,) to draw samples from, with their moments; `weights` as masses of the values."""

    def __init__(self, values: np.ndarray, weights: np.ndarray | None = None) -> None:
        self.values, self.weights = values, weights
        self.mean = float(np.average(values, weights=weights))
        self.central = values - self.mean
        self.second, self.third, self.fourth = (float(np.average(self.central**p, weights=weights)) for p in (2, 3, 4))

    def moments(self, size: float, n_draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance (n - 1) of `n_draws` samples of `size` values; large ones from their normal limit."""
        if self.weights is None and size <= LIMIT:
            sample = self.central[rng.integers(0, len(self.central), (n_draws, int(size)))]
            mean = sample.mean(axis=1)
            return self.mean + mean, ((sample**2).mean(axis=1) - mean**2) * size / (size - 1)
        noise = rng.standard_normal((2, n_draws))
        spread = np.sqrt(max(self.fourth - self.second**2, 0.0) / size)
        together = self.third / np.sqrt(self.second * (self.fourth - self.second**2)) if spread > 0 else 0.0
        together = float(np.clip(together, -1, 1))
        mean = self.mean + np.sqrt(self.second / size) * noise[0]
        second = noise[0] * together + noise[1] * np.sqrt(1 - together**2)
        return mean, np.maximum(self.second + spread * second, 1e-3 * self.second)
