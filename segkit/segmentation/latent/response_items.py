"""Answers of a survey as the latent class model reads them: codes per item, continuous columns, patterns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segkit.words.errors import DataError, Fault, did_you_mean

MAX_NUMBERS = 20
MAX_ANSWERS = 200
MAX_TABLE = 1e200  # product of the numbers of answers, which the probability of a row must stand
GROUP = 32


@dataclass(frozen=True)
class Answers:
    """Coded data: `items` (name → its answers in order), `codes` (row, item; -1 missing), `values` (row,
    continuous column; standardised, NaN missing) with their `mean` and `scale`, case `weights`."""

    items: dict[str, list[Any]]
    continuous: tuple[str, ...]
    codes: np.ndarray
    values: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Row of the first answer of each item among the parameters, and the row after the last."""
        return np.cumsum([1, *map(len, self.items.values())])

    def n_parameters(self, k: int, common: bool) -> int:
        """Free parameters of k classes."""
        n_continuous = len(self.continuous)
        per_class = sum(len(a) - 1 for a in self.items.values()) + n_continuous * (1 if common else 2)
        return k - 1 + k * per_class + (n_continuous if common else 0)


@dataclass(frozen=True)
class Patterns:
    """Distinct rows with the weight of their customers; `row` finds each customer's pattern."""

    codes: np.ndarray
    values: np.ndarray
    weight: np.ndarray
    row: np.ndarray


def read(X: pd.DataFrame, continuous: Sequence[str], weights: Any) -> tuple[Answers | None, list[Fault]]:
    """The coded answers, or None and what is wrong with them."""
    faults = [*shape_faults(X)]
    unknown = [c for c in continuous if c not in X.columns]
    faults += [Fault(f"`continuous` {c!r}", "is not a column of X", did_you_mean(c, X.columns)) for c in unknown]
    w, of_weights = case_weights(weights, len(X))
    faults += of_weights
    counted = np.ones(len(X), dtype=bool) if of_weights else w > 0
    items: dict[str, list[Any]] = {}
    coded, numbers = list[np.ndarray](), list[np.ndarray]()
    for i, name in enumerate(X.columns):
        column = X.iloc[:, i]
        if name in continuous:
            quantity, fault = _numbers(column, counted)
            numbers.append(quantity)
        else:
            answers, code, fault = item(column)
            if not counted.all():
                answers, code = _given(answers, code, counted)
            items[str(name)] = answers
            coded.append(code)
        if fault:
            problem, fix = fault
            kind = "continuous column" if name in continuous else "item"
            faults.append(Fault(f"{kind} {name!r}", problem, fix))
    if faults:
        return None, faults
    codes = np.column_stack(coded) if coded else np.empty((len(X), 0), dtype=np.int64)
    values = np.column_stack(numbers) if numbers else np.empty((len(X), 0))
    empty = (codes < 0).all(axis=1) & np.isnan(values).all(axis=1)
    if empty.any():
        faults.append(Fault("customers", f"{empty.sum():,} rows have no answer at all (first: "
                            f"{', '.join(map(str, X.index[empty][:5]))})", "drop these customers"))
    if np.log10([max(len(a), 1) for a in items.values()]).sum() > np.log10(MAX_TABLE):
        faults.append(Fault("items", f"{len(items):,} items have too many combinations of answers",
                            "choose fewer items"))
    if faults:
        return None, faults
    known = ~np.isnan(values) * w[:, None]
    mass = known.sum(axis=0)
    mean = (np.nan_to_num(values) * known).sum(axis=0) / mass
    scale = np.sqrt((np.nan_to_num(values - mean) ** 2 * known).sum(axis=0) / mass)
    return Answers(items, tuple(map(str, continuous)), codes, (values - mean) / scale, mean, scale, w), []


def answers(X: pd.DataFrame, continuous: Sequence[str], weights: Any, about: str) -> Answers:
    """The coded answers.

    Raises
    ------
    DataError
        With what is wrong with them, under the heading `about`.
    """
    coded, faults = read(X, continuous, weights)
    if coded is None:
        raise DataError(faults, about)
    return coded


def case_weights(weights: Any, n: int) -> tuple[np.ndarray, list[Fault]]:
    w = np.ones(n) if weights is None else pd.to_numeric(np.asarray(weights).ravel(), errors="coerce").astype(float)
    if w.shape != (n,):
        return w, [Fault("`weights`", f"has {w.size} values for {n} rows", "give one weight per row")]
    good = np.isfinite(w) & (w >= 0)
    if not good.all():
        return w, [Fault("`weights`", f"{(~good).sum():,} values are negative or not numbers",
                         "drop these rows, or correct the weights")]
    if n and not w.any():
        return w, [Fault("`weights`", "are all 0: nobody is left to segment", "give some rows a positive weight")]
    return w, []


def shape_faults(X: pd.DataFrame) -> list[Fault]:
    faults = []
    if X.shape[1] == 0 or len(X) == 0:
        faults.append(Fault("segmentation variables", "there are none" if X.shape[1] == 0 else "there are no rows",
                            "name at least one item" if X.shape[1] == 0 else ""))
    if X.index.has_duplicates:
        faults.append(Fault("customers", f"{X.index.duplicated().sum():,} rows have the id of an earlier row",
                            "give one row per customer"))
    repeated = sorted({str(c) for c in X.columns if (X.columns == c).sum() > 1})
    if repeated:
        faults.append(Fault("segmentation variables", f"the same name twice: {', '.join(repeated)}", "rename one"))
    reserved = ("size", "segment_share", "class_share", "membership_share", "segment")
    return faults + [Fault(f"segmentation variable {c!r}", "has a name of the results", "rename it")
                     for c in X.columns if c in reserved]


def _numbers(column: pd.Series, counted: np.ndarray) -> tuple[np.ndarray, tuple[str, str] | None]:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return np.full(len(column), np.nan), (f"is {column.dtype}, not numeric", "leave it out of `continuous`")
    values = column.to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        return values, (f"{np.isinf(values).sum():,} values are infinite", "correct them, or leave them missing")
    known = values[counted & ~np.isnan(values)]
    return values, None if len(known) and np.ptp(known) > 0 else ("has fewer than two values", "leave it out")


def item(column: pd.Series) -> tuple[list[Any], np.ndarray, tuple[str, str] | None]:
    """Answers in order, code of each row (-1 missing), and what is wrong."""
    code, answers = pd.factorize(column)
    nothing: tuple[list[Any], np.ndarray] = ([], np.full(len(column), -1))
    if not len(answers):
        return *nothing, ("has no answer", "leave it out")
    plain = [a.item() if isinstance(a, np.generic) else a for a in answers.tolist()]
    kinds = {bool if isinstance(a, bool) else float if isinstance(a, int | float) else type(a) for a in plain}
    if len(kinds) > 1 or not kinds <= {bool, float, str}:
        return *nothing, (f"has answers of type {', '.join(sorted({type(a).__name__ for a in plain}))}",
                          "make them text, or one kind of number")
    if kinds == {float}:
        if not all(np.isfinite(a) for a in plain):
            return *nothing, ("has infinite values", "correct them, or leave them missing")
        if len(plain) > MAX_NUMBERS or any(a != int(a) for a in plain):
            return *nothing, (f"has {len(plain):,} different numbers", "if it is a quantity, name it in `continuous`; "
                              "if it is an id, leave it out; else cut it into bands")
        plain = [int(a) for a in plain]
    n_known = int((code >= 0).sum())
    if kinds == {str} and (len(plain) > MAX_ANSWERS or (len(plain) > MAX_NUMBERS and 2 * len(plain) > n_known)):
        return *nothing, (f"has {len(plain):,} different answers in {n_known:,} rows, as an id has",
                          "leave it out, or put its answers into groups")
    listed = list(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else sorted(plain)
    place = {a: i for i, a in enumerate(listed)}
    order = sorted(range(len(plain)), key=lambda i: place[plain[i]])
    rank = np.empty(len(plain) + 1, dtype=np.int64)
    rank[order], rank[-1] = np.arange(len(plain)), -1
    return [plain[i] for i in order], rank[code], None


def _given(answers: list[Any], code: np.ndarray, counted: np.ndarray) -> tuple[list[Any], np.ndarray]:
    """The answers that rows with a weight give; others are missing."""
    known = np.bincount(code[counted & (code >= 0)], minlength=len(answers)) > 0
    new = np.append(np.where(known, np.cumsum(known) - 1, -1), -1)
    return [a for a, there in zip(answers, known, strict=True) if there], new[code]


def place_of(column: pd.Series, answers: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Place (n,) of each row's answer in the list, -1 where it is not, and whether it is missing."""
    missing = column.isna().to_numpy()
    if isinstance(answers[0], str):
        text = column.astype(object).where(~missing).map(str, na_action="ignore")
        return pd.Index(answers).get_indexer(text), missing
    values = column.to_numpy(dtype=float, na_value=np.nan)
    return pd.Index(np.asarray(answers, dtype=float)).get_indexer(values), missing


def patterns(codes: np.ndarray, values: np.ndarray, weights: np.ndarray) -> Patterns:
    """Distinct rows, in the order of their answers.

    Examples
    --------
    >>> patterns(np.array([[1, 0], [0, 1], [1, 0]]), np.empty((3, 0)), np.ones(3)).weight.tolist()
    [1.0, 2.0]
    """
    columns = [*codes.T, *(np.unique(v, return_inverse=True)[1] for v in values.T)]
    where, row = _distinct(*_key([np.asarray(c).reshape(-1) for c in columns]))
    return Patterns(codes[where], np.ascontiguousarray(values[where]), np.bincount(row, weights=weights), row)


def _key(columns: list[np.ndarray]) -> tuple[np.ndarray, int]:
    """A whole number below `size` per row that tells the combination of its codes (-1 and up) and sorts as they do."""
    key, size = np.zeros(len(columns[0]) if columns else 0, dtype=np.int64), 1
    for column in columns:
        key, size = _longer(key, size, column)
    return key, size


def _longer(key: np.ndarray, size: int, column: np.ndarray) -> tuple[np.ndarray, int]:
    n = int(column.max()) + 2
    if size * n > 2**62:
        where, key = _distinct(key, size)
        size = len(where)
    return key * n + column + 1, size * n


def _distinct(key: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A row of each distinct key, in order, and the place of every row's key among them."""
    if size > 4 * len(key) + 1000:
        _, where, row = np.unique(key, return_index=True, return_inverse=True)
        return where, row.reshape(-1).astype(np.int64)
    rank = np.cumsum(np.bincount(key, minlength=size) > 0)
    row = rank[key] - 1
    where = np.empty(rank[-1], dtype=np.int64)
    where[row[::-1]] = np.arange(len(key) - 1, -1, -1)
    return where, row


def tables(codes: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
    """Items in groups with few combinations: `cells`, `scale`, `n_first` and `code` of `kernel.em.run`."""
    n_patterns, n_items = codes.shape
    if n_items == 0:
        return np.full((1, 1), -1), np.ones(1), 1, np.zeros((1, n_patterns), dtype=np.int64)
    groups = _groups(codes, GROUP)
    for limit in (4, 8, 12, 16, 24):  # the smallest tables among as many groups
        if len(finer := _groups(codes, limit)) == len(groups):
            groups = finer
            break
    width = max(map(len, groups))
    n_answers = np.diff(first)
    cells, scale, code, n_first = list[np.ndarray](), list[np.ndarray](), list[np.ndarray](), 0
    for group in groups:
        where, row = _distinct(*_key(list(codes[:, group].T)))
        code.append(row + sum(map(len, cells)))
        combination = codes[np.ix_(where, np.asarray(group))]
        cell = np.where(combination >= 0, first[group] + combination, -1)
        cells.append(np.pad(cell, ((0, 0), (0, width - len(group))), constant_values=-1))
        scale.append(np.where(combination >= 0, n_answers[group], 1).prod(axis=1, dtype=float))
        n_first = n_first or len(where)
    return np.concatenate(cells), np.concatenate(scale), n_first, np.stack(code)


def _groups(codes: np.ndarray, limit: int) -> list[list[int]]:
    groups, current = list[list[int]](), list[int]()
    nothing = (np.zeros(len(codes), dtype=np.int64), 1)
    key = nothing
    for j, column in enumerate(codes.T):
        longer = _longer(*key, column)
        if current and len(_distinct(*longer)[0]) > limit:
            groups.append(current)
            current, longer = [], _longer(*nothing, column)
        current.append(j)
        key = longer
    return [*groups, current]
