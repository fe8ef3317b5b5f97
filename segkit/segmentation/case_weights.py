"""Case weights: how many people each row stands for, and how many rows they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from statsmodels.stats.weightstats import DescrStatsW


def kish(weight: np.ndarray) -> float:
    """How many people case weights are worth: (Σw)² / Σw², Kish's effective number; 0 where nobody has any.

    References
    ----------
    Kish (1965), Survey Sampling.

    Examples
    --------
    >>> kish(np.array([1.0, 1.0])), kish(np.array([3.0, 1.0])), kish(np.array([]))
    (2.0, 1.6, 0.0)
    """
    squares = float((weight**2).sum())
    return float(weight.sum() ** 2 / squares) if squares else 0.0


def of(index: pd.Index, weights: pd.Series | None) -> pd.Series:
    """The weights of some people, 1 of each where there are none; a missing weight is 0.

    Parameters
    ----------
    index : the people.
    weights : case weights by person, or None.

    Returns
    -------
    Series of floats indexed by `index`.

    Examples
    --------
    >>> of(pd.Index(["a", "b"]), pd.Series({"a": 2.0})).to_list(), of(pd.Index(["a"]), None).to_list()
    ([2.0, 0.0], [1.0])
    """
    if weights is None:
        return pd.Series(1.0, index=index)
    return weights.reindex(index).astype(float).fillna(0.0)


def sample(values: pd.Series, weights: pd.Series) -> DescrStatsW:
    """The known values as a weighted sample that is as large as its weights are worth.

    Parameters
    ----------
    values : numbers by person; missing ones, and those without weight, are left out.
    weights : case weights, indexed as `values`.

    Returns
    -------
    DescrStatsW: its `mean`, `var` (of a sample), `nobs` (`kish` of the weights) and `tconfint_mean()` are those of the
    plain sample where all weights are alike.

    Examples
    --------
    >>> people = sample(pd.Series([1.0, 3.0, None]), pd.Series([2.0, 2.0, 9.0]))
    >>> float(people.mean), float(people.var), float(people.nobs)
    (2.0, 2.0, 2.0)
    """
    from statsmodels.stats.weightstats import DescrStatsW  # slow to import, and few pages need it

    is_used = values.notna() & (weights > 0)
    w = weights[is_used].to_numpy(dtype=float)
    return DescrStatsW(values[is_used].to_numpy(dtype=float), w * (kish(w) / w.sum()) if len(w) else w, ddof=1)
