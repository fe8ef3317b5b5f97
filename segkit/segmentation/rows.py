"""Distinct rows: what equal customers have in common is computed once and weighted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows (m, d) of values (n, d) in lexicographic order, and the place (n,) of each row among them.

    As `numpy.unique` over rows, by one whole number per row instead of comparing rows.

    Examples
    --------
    >>> rows, place = distinct(np.array([[2.0, 1], [1, 5], [2, 1]]))
    >>> rows.tolist(), place.tolist()
    ([[1.0, 5.0], [2.0, 1.0]], [1, 0, 1])
    """
    first, place = places(list(values.T), len(values))
    return values.take(first, axis=0), place


def places(columns: Sequence[np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each distinct row first stands (m,), in lexicographic order, and the place (n,) of each row among them."""
    key, size = np.zeros(n, dtype=np.int64), 1
    for column in columns:
        values, code = np.unique(column, return_inverse=True)
        code += key * len(values)
        key, size = code, size * len(values)
        if size > n:
            key = np.unique(key, return_inverse=True)[1]
            size = int(key.max(initial=-1)) + 1
            if size == n:
                break
    return np.unique(key, return_index=True, return_inverse=True)[1:]
