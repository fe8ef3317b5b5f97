"""Contingency tables: how many customers have each value of a descriptor in each segment.

A column is turned into whole numbers once, and the cells are counted from them; that is several times faster than
sorting or grouping the values.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

MANY_ROWS = 50_000
"""From here on columns are counted side by side."""
One = TypeVar("One")
Made = TypeVar("Made")


def codes(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The code of each row (-1 missing), and the value behind each code (as objects; a value may lack rows).

    Examples
    --------
    >>> code, values = codes(pd.Series(["b", None, "a", "b"]))
    >>> values[code[code >= 0]].tolist()
    ['b', 'a', 'b']
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories.to_numpy(dtype=object)
    if column.dtype == bool:
        return column.to_numpy().view(np.int8), np.array([False, True], dtype=object)
    if _is_arrow_text(column):
        coded = _arrow(column).dictionary_encode()
        return coded.indices.fill_null(-1).to_numpy(), coded.dictionary.to_numpy(zero_copy_only=False)
    try:
        code, values = pd.factorize(column)
    except TypeError:  # values that have no hash, such as lists
        code, values = pd.factorize(column.astype(str).where(column.notna()))
    return code, np.asarray(values, dtype=object)


def _is_arrow_text(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow"


def _arrow(column: pd.Series) -> pa.Array:
    array = pa.array(column)
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
    return array


def counts(code: np.ndarray, n_values: int, group: np.ndarray, n_groups: int,
           weights: np.ndarray | None = None) -> np.ndarray:
    """The table (n_values, n_groups) of numbers of rows, or of their weights; rows without either code are left out.

    Examples
    --------
    >>> counts(np.array([0, 1, 1, -1]), 2, np.array([0, 0, 1, 1]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    cell = np.multiply(code, n_groups + 1, dtype=np.int64)
    cell += group if group.dtype == np.int64 else group.astype(np.int64)
    cell += n_groups + 2
    return np.bincount(cell, weights, (n_values + 1) * (n_groups + 1)).reshape(n_values + 1, n_groups + 1)[1:, 1:]


def table(column: pd.Series, group: pd.Series) -> pd.DataFrame:
    """Number of rows of each value (index) in each group (columns); values and groups as they come.

    Examples
    --------
    >>> table(pd.Series(["b", "a", "b"]), pd.Series([1, 1, 2])).to_dict("list")
    {1: [1, 1], 2: [1, 0]}
    """
    code, values = codes(column)
    place, groups = codes(group)
    crosstab = pd.DataFrame(counts(code, len(values), place, len(groups)), values, groups)
    return crosstab.loc[(crosstab > 0).any(axis=1)]


def side_by_side(work: Callable[[One], Made], items: Iterable[One], n_rows: int) -> list[Made]:
    """The work done on each item, in their order; on several processors where the rows are many."""
    if n_rows < MANY_ROWS:
        return [work(item) for item in items]
    with ThreadPoolExecutor(processors()) as pool:
        return list(pool.map(work, items))


def processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def merged(found: np.ndarray, values: Iterable[Any]) -> np.ndarray:
    """Rows of a table whose values read alike, added up; rows and columns without anybody left out."""
    names = pd.Index([str(v) for v in values])
    if names.has_duplicates:
        found = pd.DataFrame(found).groupby(names.to_numpy(), sort=False).sum().to_numpy()
    return found[found.any(axis=1)][:, found.any(axis=0)]
