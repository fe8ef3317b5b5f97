"""Gower's distance: how unlike customers are in numbers and categories together, also with missing answers.

Per variable the distance is 0 … 1: of numbers and ordered categories the gap as a share of the range, of
other categories 0 when equal and 1 when not. The distance of two customers is the mean over the variables that both
have, weighted if wanted. Unweighted, a category that two customers seldom share moves the distance far more than a
number, most of whose gaps are a small part of its range: so weights that make the mean distance in each variable the
same are at hand ("commensurable").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd

from segkit.segmentation.latent import response_items
from segkit.words.errors import DataError, Fault, did_you_mean

BLOCK = 256
"""Customers whose distances to all are held at once."""
COMMENSURABLE = "commensurable"


@dataclass(frozen=True)
class Variable:
    """A variable as the distance takes it: `values` (n,) are numbers, ranks or places of categories, NaN missing.

    `categories` are those of a category variable, in order; `width` is the range of a number or of ranks, 0 for
    categories that are equal or not.
    """

    name: str
    values: np.ndarray
    weight: float
    width: float
    categories: tuple[Any, ...] = ()


def read(X: pd.DataFrame, w: np.ndarray, variable_weights: Mapping[str, float] | str | None) -> tuple[
        list[Variable], list[Fault]]:
    """The variables, and what is wrong with them.

    Parameters
    ----------
    X : DataFrame (n, v).
    w : (n,) weight of each customer, 0 or more, or whether the customer counts.
    variable_weights : name → weight, 1 by default; or "commensurable", see `commensurable`.
    """
    alike = variable_weights == COMMENSURABLE
    if isinstance(variable_weights, str) and not alike:
        return [], [Fault("`variable_weights`", f"must be a mapping or {COMMENSURABLE!r}, got {variable_weights!r}")]
    weights = {} if alike or not variable_weights else dict(cast("Mapping[str, float]", variable_weights))
    faults = [Fault(f"`variable_weights` {name!r}", "is not a column of X", did_you_mean(name, map(str, X.columns)))
              for name in weights if name not in X.columns]
    faults += [Fault(f"`variable_weights` {name!r}", f"must be a positive number, got {weight!r}")
               for name, weight in weights.items() if not (np.isreal(weight) and np.isfinite(weight) and weight > 0)]
    variables = []
    for i, name in enumerate(X.columns):
        variable, fault = _variable(str(name), X.iloc[:, i], w > 0, weights.get(name, 1.0))
        faults += [Fault(f"segmentation variable {name!r}", *fault)] if fault else []
        variables += [variable] if variable else []
    return commensurable(variables, np.asarray(w, dtype=float)) if alike else variables, faults


def commensurable(variables: list[Variable], w: np.ndarray) -> list[Variable]:
    """The variables with weights that give each the same mean distance, over all pairs of customers who have it.

    Parameters
    ----------
    variables : what `read` gives, with values (n,).
    w : (n,) weight of each customer, 0 or more.

    Returns
    -------
    The variables; their weights have a mean of 1.

    References
    ----------
    van de Velden, Iodice D'Enza, Markos & Cavicchia (2024), doi:10.48550/arXiv.2411.00429.
    """
    if not variables:
        return []
    weight = 1 / np.array([_mean_gap(v, w) for v in variables])
    return [replace(v, weight=float(each)) for v, each in zip(variables, weight / weight.mean(), strict=True)]


def _mean_gap(variable: Variable, w: np.ndarray) -> float:
    """Mean distance of two customers drawn by weight, in one variable."""
    known = ~np.isnan(variable.values) & (w > 0)
    x, weight = variable.values[known], w[known] / w[known].sum()
    if not variable.width:
        return float(1 - (np.bincount(x.astype(int), weights=weight) ** 2).sum())
    order = np.argsort(x, kind="stable")
    x, below = x[order], np.cumsum(weight[order])
    return float(2 * (np.diff(x) * below[:-1] * (1 - below[:-1])).sum() / variable.width)


def _variable(name: str, column: pd.Series, counted: np.ndarray, weight: float) -> tuple[
        Variable | None, tuple[str, str] | None]:
    constant = ("has one value only", "leave it out")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values, categories = column.to_numpy(dtype=float, na_value=np.nan), ()
        if np.isinf(values).any():
            return None, (f"{np.isinf(values).sum():,} values are infinite", "correct them, or leave them missing")
    else:
        listed, code, fault = response_items.item(column)
        if fault:
            return None, fault
        values, categories = np.where(code >= 0, code, np.nan), tuple(listed)
    known = values[counted & ~np.isnan(values)]
    if not len(known) or known.min() == known.max():
        return None, constant
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered
    width = float(np.ptp(known)) if ordered or not categories else 0.0
    return Variable(name, values, float(weight), width, categories), None


def blocks(variables: list[Variable], rows: np.ndarray,
           nothing: float | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """Distances of the rows to all of them, a block (b, m) at a time.

    Parameters
    ----------
    variables : what `read` gives.
    rows : places of the rows.
    nothing : distance of two rows that have no variable in common; they are refused by default.

    Raises
    ------
    DataError
        Where two rows have no variable in common.
    """
    values = [v.values[rows] for v in variables]
    m = len(rows)
    known = [~np.isnan(v) for v in values]
    complete = all(k.all() for k in known)
    total = sum(v.weight for v in variables)
    for begin in range(0, m, BLOCK):
        part = slice(begin, min(begin + BLOCK, m))
        apart, common = np.zeros((part.stop - begin, m)), np.zeros((part.stop - begin, m))
        for variable, x, k in zip(variables, values, known, strict=True):
            gap = gaps(variable, x[part, None], x)
            if complete:
                apart += variable.weight * gap
            else:
                both = k[part, None] & k
                apart += np.where(both, variable.weight * gap, 0.0)
                common += variable.weight * both
        if not complete and not common.all():
            if nothing is not None:
                apart, common = np.where(common > 0, apart, nothing), np.where(common > 0, common, 1.0)
                yield part, apart / common
                continue
            raise DataError([Fault("customers", f"{int((common == 0).sum()):,} pairs have no answered variable in "
                                   "common", "drop the customers with the fewest answers")], "Gower's distance")
        yield part, apart / (total if complete else common)


def gaps(variable: Variable, x: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distances in one variable."""
    return np.abs(x - other) / variable.width if variable.width else (x != other).astype(float)
