"""Customers drawn anew, and groups drawn by lot: what a second sample, or chance alone, would give.

Both work on sums over *bags*. With up to `MAX_BAGS` customers each has a bag of its own; more are dealt at random into
that many bags of equal size, whose sums vary as those of single customers do: a bag is a sample of customers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from scipy import sparse

N_SAMPLES = 400
"""Bootstrap samples of customers."""
N_LOTS = 1000
"""Times that groups are drawn by lot."""
MAX_BAGS = 2000
LEVELS = 0.025, 0.975
"""Ends of a 95 % interval."""


def bags(n: int, random_state: np.random.Generator | int | None = None) -> np.ndarray:
    """The bag of each of `n` customers, 0 … `MAX_BAGS` − 1; each customer its own bag where there are no more.

    Examples
    --------
    >>> bags(3).tolist()
    [0, 1, 2]
    """
    if n <= MAX_BAGS:
        return np.arange(n)
    return np.random.default_rng(random_state).permutation(n) % MAX_BAGS


@functools.lru_cache(maxsize=2)
def counts(n_bags: int, n_samples: int = N_SAMPLES, random_state: int | None = None) -> np.ndarray:
    """How often each bag is in each bootstrap sample: a row per sample, which adds up to `n_bags`.

    The last results are kept, as several measures are taken from the same samples: do not write into them.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, doi:10.1201/9780429246593.

    Examples
    --------
    >>> counts(4, 3, random_state=1).sum(axis=1).tolist()
    [4.0, 4.0, 4.0]
    """
    rng = np.random.default_rng(random_state)
    drawn = rng.integers(0, n_bags, (n_samples, n_bags), dtype=np.int32)
    cell = drawn + n_bags * np.arange(n_samples, dtype=np.int32)[:, None]
    bag_counts = np.bincount(cell.ravel(), minlength=n_samples * n_bags).reshape(n_samples, n_bags).astype(float)
    bag_counts.flags.writeable = False
    return bag_counts


def by_lot(values: np.ndarray | sparse.csr_matrix, sizes: Sequence[int] | np.ndarray, n_lots: int = N_LOTS,
           random_state: np.random.Generator | int | None = None) -> np.ndarray:
    """Sums over groups of the given sizes that are drawn by lot: what the groups would have if they meant nothing.

    Parameters
    ----------
    values : customers × quantities, of all customers who have a group.
    sizes : customers in each group; they add up to the rows of `values`.

    Returns
    -------
    Array, draws × groups × quantities. With more than `MAX_BAGS` customers whole bags are drawn, at least one for
    each group that has customers, and their sums are scaled to the group's size.

    Examples
    --------
    >>> by_lot(np.ones((5, 1)), [2, 3], n_lots=1)[0, :, 0].tolist()
    [2.0, 3.0]
    """
    rng = np.random.default_rng(random_state)
    sizes = np.asarray(sizes)
    n = values.shape[0]
    place = bags(n, rng)
    n_bags = int(place.max()) + 1
    sums = sparse.csr_matrix((np.ones(n), (place, np.arange(n)))) @ values
    sums = sums.toarray() if sparse.issparse(sums) else sums
    bags_per_group = np.where(sizes > 0, np.maximum(1, np.round(sizes * n_bags / n)), 0).astype(int)
    bags_per_group[bags_per_group.argmax()] += n_bags - bags_per_group.sum()
    ends = np.cumsum(bags_per_group)
    order = rng.permuted(np.broadcast_to(np.arange(n_bags), (n_lots, n_bags)), axis=1)
    lot_sums = np.zeros((n_lots, len(sizes), values.shape[1]))
    bag_sizes = np.bincount(place, minlength=n_bags).astype(float)
    for g, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        in_lot = np.zeros((n_lots, n_bags))
        np.put_along_axis(in_lot, order[:, start:end], 1.0, axis=1)
        scale = sizes[g] / np.maximum(in_lot @ bag_sizes, 1.0)
        lot_sums[:, g] = in_lot @ sums * scale[:, None]
    return lot_sums


def interval(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the 95 % percentile interval over the first axis, missing and infinite draws left out; missing where all
    are."""
    known = np.isfinite(draws)
    draws = draws if known.all() else np.where(known, draws, np.nan)
    filled = np.where(known.any(axis=0), draws, 0.0)
    low, high = (np.quantile if known.all() else np.nanquantile)(filled, LEVELS, axis=0)
    return np.where(known.any(axis=0), low, np.nan), np.where(known.any(axis=0), high, np.nan)
