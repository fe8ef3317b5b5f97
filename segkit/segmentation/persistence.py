"""Do people stay in their segment? Segments told from one half of each customer's purchases and from the other.

Bootstrap samples redraw customers and keep what each of them did. A second year redraws what they did. Halves of the
purchases at hand come as near to that as one file can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from segkit.segmentation import rows
from segkit.segmentation.evidence import null_purchases
from segkit.segmentation.history import SHARES, History
from segkit.segmentation.partition import restarts

N_SPLITS = 10
N_STARTS = 10
FEWEST = 30
"""Customers told twice, below which nothing is said."""


def agreement(history: History, names: Sequence[str], k_values: Sequence[int], scale: str = "log",
              n_splits: int = N_SPLITS, random_state: int | None = None,
              segments: Callable[[np.ndarray, int], np.ndarray] | None = None) -> pd.DataFrame:
    """Agreement of segments told from two halves of each customer's purchases, for each number of segments.

    Parameters
    ----------
    history : the purchases.
    names : the segmentation variables, features of `history`.
    k_values : numbers of segments.
    scale : as in `kmeans.segment`; each half is scaled and segmented by itself.
    n_splits : how often the purchases are split at random.
    random_state : seed.
    segments : the segment (n,) from 0 on of scaled values (n, d), for a number of segments; the best of a few starts of
        k-means by default.

    Returns
    -------
    DataFrame indexed by `k`: `halves_agreement` (adjusted Rand index of random halves, mean of the splits),
    `halves_moved_share` (customers in another segment in the second half, segments matched), `periods_agreement` and
    `periods_moved_share` (the same of the first and the second half of the time), `n_halves` and `n_periods`
    (customers that can be told twice). Missing where these are fewer than 30. Customers without a
    purchase in one of the halves are not compared.

    Examples
    --------
    >>> from segkit.data import tables
    >>> from segkit.segmentation import history
    >>> bought = history.read(tables.load("cdnow.transactions", "transactions"))
    >>> agreement(bought, ["frequency", "average_basket"], [2], n_splits=2, random_state=1).shape
    (1, 6)
    """
    rng = np.random.default_rng(random_state)
    splits = [history.halves(rng) for _ in range(n_splits)]
    halves = [_compared(*pair, names, k_values, scale, segments or _segments) for pair in splits]
    periods = [_compared(*history.periods(), names, k_values, scale, segments or _segments)]
    table = pd.DataFrame(index=pd.Index(list(k_values), name="k"))
    for name, comparisons in (("halves", halves), ("periods", periods)):
        mean = np.mean([values for values, _ in comparisons], axis=0)
        table[f"{name}_agreement"], table[f"{name}_moved_share"] = mean[:, 0], mean[:, 1]
        table[f"n_{name}"] = int(np.median([n for _, n in comparisons]))
    return table


def reliability(history: History, names: Sequence[str], scale: str = "log", n_splits: int = N_SPLITS,
                random_state: int | None = None) -> pd.DataFrame:
    """How much of each variable is the customer, and not chance in a handful of purchases.

    Parameters
    ----------
    history, names, scale, n_splits, random_state : as in `agreement`.

    Returns
    -------
    DataFrame indexed by `variable`, of those that `history` knows: `reliability` (0 … 1), missing with fewer than 30
    customers who are in both halves. Of a share of occasions: the variance of the customers' own shares over that of
    the shares seen, by analysis of variance. Of any other variable: the correlation of two random halves of the
    purchases, raised to their full number (Spearman–Brown).

    References
    ----------
    Spearman (1910), doi:10.1111/j.2044-8295.1910.tb00206.x; Brown (1910), doi:10.1111/j.2044-8295.1910.tb00207.x.

    Examples
    --------
    >>> from segkit.data import tables
    >>> from segkit.segmentation import history
    >>> bought = history.read(tables.load("cdnow.transactions", "transactions"))
    >>> reliability(bought, ["weekend_share"], random_state=1).index.to_list()
    ['weekend_share']
    """
    names = [name for name in map(str, names) if history.knows([name])]
    rng = np.random.default_rng(random_state)
    splits = [[h.features(names).clip(lower=0) for h in history.halves(rng)] for _ in range(n_splits)]
    reliabilities = {}
    for name in names:
        if len(splits[0][0]) < FEWEST:
            reliabilities[name] = np.nan
        elif name in SHARES:
            _, variance, chance = null_purchases.share_variances(history, history.marks[SHARES[name]])
            reliabilities[name] = variance / (variance + chance) if variance + chance > 0 else 0.0
        else:
            correlation = float(np.mean([_correlation(*(np.log1p(h[name]) if scale == "log" else h[name] for h in pair))
                                         for pair in splits]))
            reliabilities[name] = max(0.0, 2 * correlation / (1 + correlation))
    return pd.DataFrame({"reliability": reliabilities}).rename_axis("variable")


def _correlation(one: pd.Series, other: pd.Series) -> float:
    return 0.0 if one.nunique() < 2 or other.nunique() < 2 else float(one.corr(other))


def _compared(first: History, second: History, names: Sequence[str], k_values: Sequence[int], scale: str,
              segments: Callable[[np.ndarray, int], np.ndarray]) -> tuple[np.ndarray, int]:
    """Adjusted Rand index and share that moves (k, 2), and the customers compared."""
    from segkit.segmentation.kernel.bootstrap import adjusted_rand

    first_values, second_values = (h.features(names).to_numpy() for h in (first, second))
    known = np.isfinite(first_values).all(axis=1) & np.isfinite(second_values).all(axis=1)
    if scale == "log":
        known &= (first_values >= 0).all(axis=1) & (second_values >= 0).all(axis=1)
    n = int(known.sum())
    agreements = np.full((len(k_values), 2), np.nan)
    if n >= FEWEST:
        scaled = [_scaled(values[known], scale) for values in (first_values, second_values)]
        for i, k in enumerate(k_values):
            a, b = (segments(Z, k) for Z in scaled)
            together = np.bincount(a * k + b, minlength=k * k).reshape(k, k)
            stayed = together[linear_sum_assignment(-together)].sum()
            agreements[i] = adjusted_rand(a, b, np.ones(n)), 1 - stayed / n
    return agreements, n


def _scaled(values: np.ndarray, scale: str) -> np.ndarray:
    values = np.log1p(values) if scale == "log" else values
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / (np.where(spread > 0, spread, 1.0) if scale != "none" else 1.0)


def _segments(Z: np.ndarray, k: int) -> np.ndarray:
    """The segment (n,) of each customer, by the best of a few starts of k-means."""
    distinct, place = rows.distinct(Z)
    if len(distinct) <= k:
        return place
    ready = restarts.ready_rows(distinct, np.bincount(place).astype(float))
    C, criteria = restarts.starts(ready, k, N_STARTS, 0)
    best = C[criteria.argmin()]
    return (((distinct**2).sum(axis=1)[:, None] - 2 * distinct @ best.T) + (best**2).sum(axis=1)).argmin(axis=1)[place]
