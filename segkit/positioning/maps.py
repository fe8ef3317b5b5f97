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
    shown_distance = (both[:, :n_dims] ** 2).sum(axis=1)
    coordinates = pd.DataFrame(both[:, :n_dims], columns=[f"dim_{i}" for i in range(1, n_dims + 1)],
                               index=pd.Index([*map(str, counts.index), *map(str, counts.columns)], name="point"))
    coordinates.insert(0, "kind", [N_("row")] * len(F) + [N_("column")] * len(G))
    coordinates["mass"] = np.concatenate([r, c])
    coordinates["quality"] = np.divide(shown_distance, distance, out=np.ones_like(shown_distance), where=distance > 0)
    inertia = pd.DataFrame({"inertia": d**2, "inertia_share": d**2 / (d**2).sum() if d.any() else d},
                           index=pd.RangeIndex(1, n_all + 1, name="dimension"))
    return PerceptualMap(coordinates, inertia)


CHANCE = 0.05
"""Share of lots that may differ as much as groups that are mapped."""
TOO_SMALL = N_("Not shown: {caption:message}. A map needs at least three brands and three groups.")
BY_CHANCE = N_("Not shown: {caption:message}. The groups differ no more than groups drawn by lot do, so a map would "
               "show "
               "chance.")


class GroupMap(NamedTuple):
    """`coordinates` and `inertia` as in `PerceptualMap`, empty where there is nothing to map; `total_inertia` of the
    table, `lot_inertia` (mean of groups drawn by lot) and `lot_p` (how often they have at least as much)."""

    coordinates: pd.DataFrame
    inertia: pd.DataFrame
    total_inertia: float
    lot_inertia: float
    lot_p: float


def of_groups(counts: pd.DataFrame, by_lot: np.ndarray | None = None) -> GroupMap:
    """The map of brands and groups in two dimensions, where the groups differ more than groups drawn by lot.

    Parameters
    ----------
    counts : DataFrame of buyers, a row per brand, a column per group. Rows and columns without a count are left out.
    by_lot : the same counts of groups drawn by lot, draws × brands × groups (`brands.buyers_by_lot`). Without them
        nothing is tested.

    Returns
    -------
    GroupMap. Its tables are empty, with the reason in ``attrs["left_out"]``, where the table is smaller than 3 × 3 or
    more than 5 % of the lots have as large a total inertia. A cell's buyers may be in several rows, so χ² is no test.

    Examples
    --------
    >>> table = pd.DataFrame([[42, 12, 9], [15, 40, 22], [11, 14, 38]], index=list("ABC"), columns=list("xyz"))
    >>> found = of_groups(table)
    >>> len(found.coordinates), round(found.total_inertia, 3), found.lot_p
    (6, 0.322, nan)
    """
    counts = counts.fillna(0)
    rows, columns = (counts.sum(axis=1) > 0).to_numpy(), (counts.sum() > 0).to_numpy()
    if min(rows.sum(), columns.sum()) < 3:
        return GroupMap(*_left_out(TOO_SMALL), float("nan"), float("nan"), float("nan"))
    counts = counts.loc[rows, columns]
    perceptual_map = correspondence(counts)
    total = float(perceptual_map.inertia["inertia"].sum())
    if by_lot is None:
        return GroupMap(*perceptual_map, total, float("nan"), float("nan"))
    lots = _inertia(by_lot[:, rows][:, :, columns].astype(float))
    p = float((1 + (lots >= total - _NOTHING).sum()) / (1 + len(lots)))
    return GroupMap(*(perceptual_map if p <= CHANCE else _left_out(BY_CHANCE)), total, float(lots.mean()), p)


def _left_out(why: str) -> PerceptualMap:
    tables = pd.DataFrame(), pd.DataFrame(columns=["inertia", "inertia_share"], dtype=float)
    for table in tables:
        table.attrs["left_out"] = why
    return PerceptualMap(*tables)


def _inertia(counts: np.ndarray) -> np.ndarray:
    """Total inertia of each table of draws × rows × columns: χ² over the number of counts."""
    n = counts.sum(axis=(1, 2), keepdims=True)
    expected = counts.sum(axis=2, keepdims=True) * counts.sum(axis=1, keepdims=True) / n
    part = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(counts), where=expected > 0)
    return part.sum(axis=(1, 2)) / n[:, 0, 0]


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
