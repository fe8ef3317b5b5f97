"""How a choice between alternatives depends on the weights: rank acceptability, and the nearest weight that flips it.

Weights are judgement. Drawn uniformly over all weightings, they say in how large a part of them each alternative takes
each rank (SMAA); changed one at a time, they say how near the weighting is at which another one comes first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

N_DRAWS = 10_000
_TIE = 1e-9
SMALL = 0.05
"""A change of a weight by up to 5 percentage points is small: weights are seldom meant more exactly."""


def ranks(points: np.ndarray, n_draws: int = N_DRAWS, random_state: np.random.Generator | int | None = None
          ) -> np.ndarray:
    """Share of all weightings in which each alternative takes each rank.

    Parameters
    ----------
    points : (s, c) points of s alternatives on c criteria, larger is better; or (d, s, c), of d draws of the data,
        which are crossed with the weightings one by one.
    n_draws : weightings, where `points` are of a single draw.
    random_state : seed or generator of the weightings, uniform on the simplex.

    Returns
    -------
    Array (s, s): row an alternative, column a rank, the first one first; rows and columns add up to 1. Alternatives
    that are level share the ranks they take together.

    References
    ----------
    Lahdelma, Hokkanen & Salminen (1998), doi:10.1016/S0377-2217(97)00163-X; Lahdelma & Salminen (2001), SMAA-2,
    doi:10.1287/opre.49.3.444.11220.

    Examples
    --------
    >>> ranks(np.array([[1, 0], [0, 1], [0.6, 0.6]]), 200_000, random_state=1)[:, 0].round(2).tolist()
    [0.4, 0.4, 0.2]
    """
    points = np.asarray(points, dtype=float)
    points = np.broadcast_to(points, (n_draws, *points.shape)) if points.ndim == 2 else points
    d, s, c = points.shape
    weights = np.random.default_rng(random_state).dirichlet(np.ones(c), d)
    scores = np.einsum("dsc,dc->ds", points, weights)
    better = (scores[:, None, :] > scores[:, :, None] + _TIE).sum(axis=2)
    level = (np.abs(scores[:, None, :] - scores[:, :, None]) <= _TIE).sum(axis=2)
    shares = np.zeros((s, s))
    for rank in range(s):
        shares[:, rank] = (((better <= rank) & (rank < better + level)) / level).mean(axis=0)
    return shares


def flips(points: np.ndarray, weights: Sequence[float] | np.ndarray) -> pd.DataFrame:
    """Of each criterion, the nearest weight at which another alternative comes first, the other weights kept in
    proportion.

    Parameters
    ----------
    points : (s, c) points of alternatives on criteria. weights : (c,) shares that add up to 1.

    Returns
    -------
    DataFrame, a row per criterion in order: `criterion_weight`, `flip_weight` (in 0..1; missing where no weight of this
    criterion changes the leader), `flip_change` (its distance from the weight), `flips_to` (place of the alternative
    that then comes first; −1 for none).

    Notes
    -----
    With the others in proportion the score of an alternative is a straight line in the weight of one criterion, so the
    nearest crossing with the leader's line is exact. Where two are level already, the change is 0.

    Examples
    --------
    >>> flips(np.array([[120.0, 90.0], [100.0, 100.0]]), [0.5, 0.5]).values[0].round(4).tolist()
    [0.5, 0.3333, 0.1667, 1.0]
    """
    points, weight_vector = np.asarray(points, dtype=float), np.asarray(weights, dtype=float)
    leader = int((points @ weight_vector).argmax())
    rows = []
    for j, now in enumerate(weights):
        others = points @ weights - now * points[:, j]
        rest = others / (1 - now) if now < 1 else np.zeros(len(points))
        ahead = (points[leader, j] - points[:, j], rest[leader] - rest)  # at weight 1, at weight 0
        slope = ahead[0] - ahead[1]
        at = np.divide(-ahead[1], slope, out=np.full(len(points), np.nan), where=np.abs(slope) > _TIE)
        at[leader] = np.nan
        at[(at < -_TIE) | (at > 1 + _TIE) | (now >= 1)] = np.nan
        if np.isnan(at).all():
            rows.append((now, np.nan, np.nan, -1))
            continue
        to = int(np.nanargmin(np.abs(at - now)))
        rows.append((now, float(np.clip(at[to], 0, 1)), float(abs(at[to] - now)), to))
    return pd.DataFrame(rows, columns=["criterion_weight", "flip_weight", "flip_change", "flips_to"])
