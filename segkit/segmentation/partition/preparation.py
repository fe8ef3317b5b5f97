"""Customers as k-means and its kin take them: checked, scaled, and equal rows made one row with a mass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segkit.segmentation import rows
from segkit.segmentation.latent.response_items import case_weights
from segkit.words.errors import DataError, Fault, check_option

SCALES = ("none", "standard", "log")
CHUNK = 49_920
"""Rows that are held at once in float64, a multiple of 64."""
RESERVED = ("size", "segment_share", "segment")
"""Names of the results, which no segmentation variable may have."""


class Prepared(NamedTuple):
    """Customers as distinct rows: scaled when they are asked for, so that many are not copied.

    `columns`: the variables (n,) as given; `first` (m,): the first customer of each distinct row; `mass` (m,): the
    weights of its customers; `row`, `weight` (n,): each customer's row and weight; `mean`, `scaling` (d,).
    """

    columns: tuple[np.ndarray, ...]
    log: bool
    first: np.ndarray
    mass: np.ndarray
    row: np.ndarray
    weight: np.ndarray
    mean: np.ndarray
    scaling: np.ndarray

    @property
    def Z(self) -> np.ndarray:
        """All distinct rows (m, d), less their mean and scaled."""
        return self.part(slice(None))

    def part(self, which: slice) -> np.ndarray:
        """Some of the distinct rows, scaled."""
        first = self.first[which]
        Z = np.stack([column[first] for column in self.columns], axis=1).astype(float, copy=False)
        if self.log:
            np.log1p(Z, out=Z)
        Z -= self.mean
        Z /= self.scaling
        return Z

    def chunks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """The distinct rows, a part at a time."""
        for begin in range(0, len(self.first), CHUNK):
            part = slice(begin, begin + CHUNK)
            yield part, self.part(part)


def prepare(X: pd.DataFrame, k: int, weights: ArrayLike | None, scale: str, n_starts: int | None,
            about: str = "k-means", yes_no: bool = False) -> Prepared:
    """The customers as distinct rows, checked and scaled as `kmeans.segment` says; faults are told of as `about`.

    `yes_no`: nothing but 0 and 1 is taken.
    """
    check_option("scale", scale, SCALES)
    columns, w = _checked(X, k, weights, scale, n_starts, about, yes_no)
    first, row = rows.places(columns, len(X))
    mass = np.bincount(row, weights=w, minlength=len(first))
    check_k(mass, k)
    share, mean, scaling = mass / mass.sum(), np.zeros(len(columns)), np.ones(len(columns))
    for i, column in enumerate(columns):
        values = column[first].astype(float)
        values = np.log1p(values) if scale == "log" else values
        mean[i] = (share * values).sum()
        if scale != "none":
            values -= mean[i]
            scaling[i] = np.sqrt((share * values * values).sum())
    return Prepared(columns, scale == "log", first, mass, row, w, mean, scaling)


def check_k(mass: np.ndarray, k: int) -> None:
    """Raise `DataError` where `k` is no number of segments, or more than there are distinct rows, of masses (m,)."""
    if not _is_number(k):
        raise DataError([_no_number("k", k)])
    if (mass > 0).sum() < k:
        raise DataError([Fault("`k`", f"is {k}, but there are only {(mass > 0).sum()} distinct rows",
                               f"ask for at most {(mass > 0).sum()} segments")])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 1


def _no_number(name: str, value: Any) -> Fault:
    return Fault(f"`{name}`", f"must be a whole number of at least 1, got {value!r}")


def _checked(X: pd.DataFrame, k: int, weights: Any, scale: str, n_starts: int | None,
             about: str, yes_no: bool) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    faults = []
    if X.shape[1] == 0:
        faults.append(Fault("segmentation variables", "there are none", "name at least one numeric column"))
    if X.index.has_duplicates:
        faults.append(Fault("customers", f"{X.index.duplicated().sum():,} rows have the id of an earlier row",
                            "give one row per customer"))
    faults += [Fault(f"segmentation variable {c!r}", "has a name of the results", "rename it") for c in X.columns
               if c in RESERVED]
    numbers = {"n_starts": 1 if n_starts is None else n_starts, "k": k}
    faults += [_no_number(name, number) for name, number in numbers.items() if not _is_number(number)]
    w, weight_faults = case_weights(weights, len(X))
    faults += weight_faults
    columns = []
    for i, name in enumerate(X.columns):
        column = X.iloc[:, i]
        if not pd.api.types.is_numeric_dtype(column):
            faults.append(Fault(f"segmentation variable {name!r}", f"is {column.dtype}, not numeric",
                                "leave it out, or code it as numbers"))
            continue
        values = column.to_numpy() if isinstance(column.dtype, np.dtype) else column.to_numpy(float, na_value=np.nan)
        columns.append(values)
        faults += _faults_of(values, name, X.index, w if not weight_faults else np.ones(len(X)), scale, yes_no)
    repeated = sorted({str(c) for c in X.columns if (X.columns == c).sum() > 1})
    if repeated:
        faults.append(Fault("segmentation variables", f"the same name twice: {', '.join(repeated)}", "rename one"))
    if faults:
        raise DataError(faults, about)
    return tuple(columns), w


def _faults_of(values: np.ndarray, name: Any, index: pd.Index, w: np.ndarray, scale: str, yes_no: bool) -> list[Fault]:
    finite = np.isfinite(values)
    if not finite.all():
        first = tuple(map(str, index[~finite][:5]))
        return [Fault(f"segmentation variable {name!r}", f"{(~finite).sum():,} values are missing or infinite"
                      f" (first: {', '.join(first)})", "drop these customers, or fill the values")]
    not_binary = values[(values != 0) & (values != 1)] if yes_no else values[:0]
    if len(not_binary):
        return [Fault(f"segmentation variable {name!r}", f"has {len(not_binary):,} values other than 0 and 1 (first: "
                      f"{not_binary[0]:g})", "code yes as 1 and no as 0, or use k-medians for numbers")]
    if scale == "log" and (values < 0).any():
        return [Fault(f"segmentation variable {name!r}", f"{(values < 0).sum():,} values are negative; they "
                      "have no logarithm", "set returns aside (in a study `rows: {returns: set_aside}` beside the "
                      "`data` of the purchases), or use scale=\"standard\"")]
    counted = values[w > 0]
    if scale != "none" and len(counted) and counted.min() == counted.max():
        return [Fault(f"segmentation variable {name!r}", "has one value only; it cannot be scaled",
                      "leave it out of the variables")]
    return []
