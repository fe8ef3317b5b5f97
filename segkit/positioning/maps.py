"""Perceptual maps by correspondence analysis (S9)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

_NOTHING = 1e-12


class PerceptualMap(NamedTuple):
    """`coordinates`: a row per brand and attribute; `inertia`: a row per dimension."""

    coordinates: pd.DataFrame
    inertia: pd.DataFrame


def correspondence(counts: pd.DataFrame, n_dims: int = 2) -> PerceptualMap:
    """Correspondence analysis of a table of counts, brands in rows, attributes in columns.

    Parameters
    ----------
    counts : DataFrame of counts ≥ 0, no empty row or column, at least 2 × 2.
    n_dims : dimensions to report, at most min(rows, columns) − 1.

    Returns
    -------
    PerceptualMap. `coordinates` is indexed by name: `kind` (row, column), `dim_1` … (principal
    coordinates), `mass`, `quality` (share of the point's inertia that the reported dimensions show,
    0..1). `inertia` is indexed by dimension: `inertia`, `inertia_share`. Distances among rows and among
    columns have a meaning, distances between a row and a column do not: read directions. The sign is
    fixed: on each dimension the column farthest from 0 is positive.

    Raises
    ------
    DataError
        Negative or missing counts, an empty row or column, or a table too small.

    References
    ----------
    Greenacre (2017), Correspondence Analysis in Practice, doi:10.1201/9781315369983.

    Examples
    --------
    >>> table = pd.DataFrame([[42, 12, 9, 20], [15, 40, 22, 8], [11, 14, 38, 25], [20, 18, 12, 31]],
    ...     index=["Aqua", "Bolt", "Cano", "Dune"], columns=["fresh", "cheap", "premium", "local"])
    >>> found = correspondence(table)
    >>> found.inertia["inertia_share"].round(2).to_list()
    [0.56, 0.34, 0.1]
    >>> found.coordinates.loc["Dune", "quality"].round(2)
    np.float64(0.35)
    """
    N = _checked(counts, n_dims)
    P = N / N.sum()
    r, c = P.sum(axis=1), P.sum(axis=0)
    U, d, Vt = np.linalg.svd((P - np.outer(r, c)) / np.sqrt(np.outer(r, c)), full_matrices=False)
    n_all = min(N.shape) - 1
    U, d, V = U[:, :n_all], np.where(d[:n_all] > _NOTHING, d[:n_all], 0.0), Vt[:n_all].T
    G = V / np.sqrt(c)[:, None] * d
    sign = np.where(G[np.abs(G).argmax(axis=0), np.arange(n_all)] < 0, -1.0, 1.0)
    F, G = U / np.sqrt(r)[:, None] * d * sign, G * sign
    both = np.vstack([F, G])
    distance = (both**2).sum(axis=1)
    shown = (both[:, :n_dims] ** 2).sum(axis=1)
    coordinates = pd.DataFrame(both[:, :n_dims], columns=[f"dim_{i}" for i in range(1, n_dims + 1)],
                               index=pd.Index([*map(str, counts.index), *map(str, counts.columns)], name="point"))
    coordinates.insert(0, "kind", [N_("row")] * len(F) + [N_("column")] * len(G))
    coordinates["mass"] = np.concatenate([r, c])
    coordinates["quality"] = np.divide(shown, distance, out=np.ones_like(shown), where=distance > 0)
    inertia = pd.DataFrame({"inertia": d**2, "inertia_share": d**2 / (d**2).sum() if d.any() else d},
                           index=pd.RangeIndex(1, n_all + 1, name="dimension"))
    return PerceptualMap(coordinates, inertia)


def of_groups(counts: pd.DataFrame) -> PerceptualMap:
    """The map of a table in two dimensions; an empty one where the table is too small to have two.

    Rows and columns without a count are left out.
    """
    if not counts.empty:
        counts = counts.loc[counts.sum(axis=1) > 0, counts.sum() > 0]
    if min(counts.shape) < 3:
        return PerceptualMap(pd.DataFrame(), pd.DataFrame(columns=["inertia", "inertia_share"], dtype=float))
    return correspondence(counts)


def _checked(counts: pd.DataFrame, n_dims: int) -> np.ndarray:
    try:
        N = counts.to_numpy(dtype=float)
    except (TypeError, ValueError):
        raise DataError([Fault("the counts", "hold text", "give numbers of 0 or more")]) from None
    faults = []
    if min(N.shape, default=0) < 2:
        raise DataError([Fault("the counts", f"are a table of {N.shape[0]} × {N.shape[1]}", "give at least 2 × 2")])
    if not np.isfinite(N).all() or (N < 0).any():
        faults.append(Fault("the counts", "have negative or missing values", "give counts of 0 or more"))
    else:
        empty = [*counts.index[N.sum(axis=1) == 0], *counts.columns[N.sum(axis=0) == 0]]
        faults += [Fault(f"{name!r}", "has no count at all", "leave it out") for name in empty]
    if not 1 <= n_dims <= min(N.shape) - 1:
        faults.append(Fault("`n_dims`", f"is {n_dims}; this table has {min(N.shape) - 1} dimensions",
                            "ask for fewer dimensions, or give more rows and columns"))
    if faults:
        raise DataError(faults, "correspondence analysis")
    return N
