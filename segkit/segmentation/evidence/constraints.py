"""What ties variables together by construction: shares of a whole, rankings, a part and its whole.

Customers who differ by degree are bound by the same ties, so data without segments are made in terms that keep
them: shares as log-ratios, rankings as the order of leanings, a part as its ratio to the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

SAME = 1e-6
VIOLATED = 0.05
"""Share of rows in which a part would exceed its whole, were the two unrelated; below it nothing ties them."""
LEANINGS = 6


@dataclass(frozen=True)
class Tie:
    """How tied variables are told in free terms.

    `kind`: "shares", "ranking" or "part"; `columns`: the variables it ties; `free` turns values (n, c) into free terms,
    `tied` back.
    """

    kind: str
    columns: tuple[int, ...]
    free: Callable[[np.ndarray], np.ndarray]
    tied: Callable[[np.ndarray], np.ndarray]


def find(values: np.ndarray) -> Tie | None:
    """The tie of variables (n, d) in their own units, or None.

    Examples
    --------
    >>> shares = np.random.default_rng(1).dirichlet([2, 3, 4], 50)
    >>> find(shares).kind
    'shares'
    >>> find(np.random.default_rng(1).random((50, 3))) is None
    True
    """
    d = values.shape[1]
    if d >= 3 and _is_ranking(values):
        return Tie("ranking", tuple(range(d)), lambda v: v, lambda v: rankdata(v, axis=1))
    summing_columns = summing(values)
    if summing_columns:
        total = float(values[0, list(summing_columns)].sum())
        if (values[:, list(summing_columns)] >= 0).all() and total > 0:
            return Tie("shares", summing_columns, _log_ratios, lambda v: total * _closed(v))
    for part in range(d):
        for other in range(d):
            if part != other and _is_part(values[:, part], values[:, other]):
                return Tie("part", (part, other), _ratio, _product)
    return None


def summing(values: np.ndarray) -> tuple[int, ...]:
    """The variables that add up to one number in every row, () where there are none."""
    spread = values.std(axis=0)
    varying = np.flatnonzero(spread > 0)
    if len(varying) < 2 or len(values) <= len(varying):
        return ()
    centred = values[:, varying] - values[:, varying].mean(axis=0)
    _, size, directions = np.linalg.svd(centred, full_matrices=False)
    for weight in directions[size <= SAME * size[0]]:
        weight = weight / weight[np.abs(weight).argmax()]
        inside = np.abs(weight) > SAME
        if inside.sum() >= 2 and np.allclose(weight[inside], 1, atol=1e-4):
            return tuple(int(i) for i in varying[inside])
    return ()


def ranking_leanings(values: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,) and root (d, d) of normal leanings whose order has the mean ranks and covariances of rankings."""
    mean, spread = values.mean(axis=0), np.cov(values, rowvar=False)
    means, covariance = mean.copy(), spread.copy()
    z = rng.standard_normal((4000, values.shape[1]))
    for _ in range(LEANINGS):
        root = _root(covariance)
        ranks = rankdata(means + z @ root.T, axis=1)
        means = means + (mean - ranks.mean(axis=0))
        covariance = covariance + (spread - np.cov(ranks, rowvar=False))
    return means, _root(covariance)


def _root(covariance: np.ndarray) -> np.ndarray:
    size, direction = np.linalg.eigh(covariance)
    return direction * np.sqrt(np.clip(size, 1e-9, None))


def _is_ranking(values: np.ndarray) -> bool:
    return bool((np.sort(values, axis=1) == np.arange(1, values.shape[1] + 1)).all())


def _is_part(part: np.ndarray, whole: np.ndarray) -> bool:
    if (part < 0).any() or (part > whole).any() or np.ptp(part) == 0 or np.ptp(whole) == 0:
        return False
    ahead = np.searchsorted(np.sort(whole), part, side="left") / len(whole)  # wholes below this part
    return bool(ahead.mean() >= VIOLATED)


def _log_ratios(shares: np.ndarray) -> np.ndarray:
    """Isometric log-ratios (n, c − 1); a share of nothing counts as half the smallest of its column."""
    least = np.array([column[column > 0].min() if (column > 0).any() else 1.0 for column in shares.T]) / 2
    log = np.log(np.maximum(shares, least))
    return (log - log.mean(axis=1, keepdims=True)) @ _basis(shares.shape[1]).T


def _closed(ratios: np.ndarray) -> np.ndarray:
    log = ratios @ _basis(ratios.shape[1] + 1)
    raised = np.exp(log - log.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _basis(d: int) -> np.ndarray:
    """Orthonormal directions (d − 1, d) without the one in which all grow alike."""
    basis: Any = np.zeros((d - 1, d))
    for i in range(1, d):
        basis[i - 1, :i], basis[i - 1, i] = 1 / i, -1
        basis[i - 1] *= np.sqrt(i / (i + 1))
    return basis


def _ratio(values: np.ndarray) -> np.ndarray:
    part, whole = values.T
    return np.stack([np.where(whole > 0, part / np.where(whole > 0, whole, 1), 0), whole], axis=1)


def _product(values: np.ndarray) -> np.ndarray:
    ratio, whole = values.T
    return np.stack([np.clip(ratio, 0, 1) * whole, whole], axis=1)
