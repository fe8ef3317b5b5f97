"""Whom brands reach, and whether a group stands out. `held` are the households of `brands.Occasions` throughout."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from statsmodels.stats.proportion import proportion_confint

from segkit.positioning import draws
from segkit.positioning.households import Households, parts
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_
from segkit.words.terms import TERMS

COLUMNS = ("n_customers", "n_buyers", "penetration", "penetration_low", "penetration_high", "index_100", "value_share",
           "adjusted_p")
SURE = 0.05
"""Adjusted p up to which a group stands out."""
MISSED = N_("{brand:value} reaches fewer in the group {group:segment}: {share:percent} of them bought it "
            "({low:percent} to {high:percent}), an index of {index:index}. In only {p:percent} of deals by lot one "
            "of the "
            "{n:count} cells of brands and groups is as far off.")
WITHIN_CHANCE = N_("No group stands out as missed by {brand:value}: its lowest index is {index:index} "
                   "({group:segment}, {share:percent} of them bought it, {low:percent} to {high:percent}), but in "
                   "{p:percent} of deals by lot one of the {n:count} cells of brands and groups is as far off.")


class Missed(NamedTuple):
    """The group a brand misses, in words; `sentence` takes the `values`. `stands_out`: whether chance is ruled out."""

    stands_out: bool
    sentence: str
    values: dict[str, Any]


def apart(names: pd.Series) -> pd.Series:
    """Names from the data, those that are a column of the kit's tables in quotation marks: they become columns too.

    Examples
    --------
    >>> apart(pd.Series(["Aqua", "brand"])).to_list()
    ['Aqua', '“brand”']
    """
    alike = [name for name in names.unique() if isinstance(name, str) and name in TERMS]
    return names.replace({name: f"“{name}”" for name in alike}) if alike else names


def table(held: Households, segment: pd.Series, random_state: int | None) -> pd.DataFrame:
    """What `brands.by_segment` gives."""
    if segment.empty:
        grid = pd.MultiIndex.from_arrays([[], []], names=["brand", "segment"])
        return pd.DataFrame(columns=list(COLUMNS), index=grid, dtype=float)
    known, at, names = grouped(held, segment)
    bought, cents = held.bought[known], held.cents[known]
    is_bought = np.asarray(bought.sum(axis=0)).ravel() > 0
    bought, brands = bought[:, is_bought], held.brands[is_bought]
    member = sparse.csr_matrix((np.ones(len(at)), (at, np.arange(len(at)))))
    n_buyers, spend = ((member @ x).toarray() for x in (bought, cents[:, is_bought]))
    size = np.bincount(at)
    n = np.broadcast_to(size[:, None], n_buyers.shape)
    low, high = proportion_confint(n_buyers.ravel(), n.ravel(), method="wilson")
    p = draws.adjusted_p(n_buyers, draws.buyers_by_lot(bought, at, random_state), size)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = n_buyers / n
        values = {"n_customers": n, "n_buyers": n_buyers.astype(int), "penetration": shares,
                  "penetration_low": low.reshape(n.shape), "penetration_high": high.reshape(n.shape),
                  "index_100": 100 * shares / (n_buyers.sum(axis=0) / size.sum()),
                  "value_share": parts(spend), "adjusted_p": p}
    grid = pd.MultiIndex.from_product([brands, names], names=["brand", "segment"])
    return pd.DataFrame({name: x.T.ravel() for name, x in values.items()}, index=grid)


def by_lot(held: Households, segment: pd.Series, random_state: int | None) -> np.ndarray:
    """What `brands.buyers_by_lot` gives."""
    if segment.empty:
        return np.empty((0, 0, 0))
    known, at, _ = grouped(held, segment)
    bought = held.bought[known]
    is_bought = np.asarray(bought.sum(axis=0)).ravel() > 0
    return draws.buyers_by_lot(bought[:, is_bought], at, random_state).transpose(0, 2, 1)


def missed(reached: pd.DataFrame, brand: Any) -> Missed:
    """The group that a brand misses most clearly, or, where chance explains every group, its lowest index.

    Parameters
    ----------
    reached : what `brands.by_segment` gave.
    brand : one of its brands.

    Returns
    -------
    Missed. Among groups below 100 with an `adjusted_p` of at most 0.05 the one with the smallest p is named (ties: the
    lowest index). Without any groups its values are missing.

    Examples
    --------
    >>> cells = pd.DataFrame({"penetration": [0.5, 0.2], "penetration_low": [0.4, 0.1], "penetration_high": [0.6, 0.3],
    ...     "index_100": [140.0, 60.0], "adjusted_p": [0.2, 0.01]},
    ...     index=pd.MultiIndex.from_tuples([("A", "old"), ("A", "young")], names=["brand", "segment"]))
    >>> found = missed(cells, "A")
    >>> found.stands_out, found.values["group"]
    (True, 'young')
    """
    if reached.empty:
        names = ("brand", "group", "share", "low", "high", "index", "p", "n")
        return Missed(False, WITHIN_CHANCE, dict.fromkeys(names))
    part = reached.loc[brand]
    clear = part[(part["adjusted_p"] <= SURE) & (part["index_100"] < 100)]
    group = (clear if len(clear) else part.assign(adjusted_p=0.0)).sort_values(
        ["adjusted_p", "index_100"], kind="stable").index[0]
    row = part.loc[group]
    return Missed(len(clear) > 0, MISSED if len(clear) else WITHIN_CHANCE, {
        "brand": brand, "group": group, "share": row["penetration"], "low": row["penetration_low"],
        "high": row["penetration_high"], "index": row["index_100"], "p": row["adjusted_p"], "n": len(reached)})


def grouped(held: Households, segment: pd.Series) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    """Which households' group is known, the group of each of them, 0 …, and the names of the groups in order."""
    if segment.index.has_duplicates:
        raise DataError([Fault("`segment`", "names a customer twice", "give one row per customer")])
    mine = pd.Series(held.customers).map(segment)
    known = mine.notna().to_numpy()
    if not known.any():
        raise DataError([Fault("`segment`", "knows none of the customers who bought",
                               "check that both tables use the same customer ids")])
    at, names = pd.factorize(apart(mine[known]), sort=True)
    return np.flatnonzero(known), at, pd.Index(names)
