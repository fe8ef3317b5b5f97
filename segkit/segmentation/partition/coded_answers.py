"""How answers enter a method: as numbers from 0 to 1, or as they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.segmentation.latent import response_items
from segkit.segmentation.partition import coding, preparation
from segkit.segmentation.respondents import AMOUNT, CATEGORY, RATING, YES_NO, columns
from segkit.words import labels
from segkit.words.errors import DataError, Fault
from segkit.words.language import LANGUAGES

SKEWED = 2.0
"""Skewness of an amount from which on its logarithm is taken."""
YES = {"yes", "y", "true", "có", "1"}
_RESERVED = (*preparation.RESERVED, "class_share", "membership_share")


class Coded(NamedTuple):
    """The segmentation variables of the people who take part.

    `X` (n, d): numbers from 0 to 1, missing where an answer is. `given` (n, v): a column per variable, yes/no answers
    and categories as they were given, ratings as whole numbers, amounts as in X. `kinds`: kind of each variable.
    `parts`: its columns of X. `ranges`: the lowest value of a number and its width, as logarithms where taken.
    `n_incomplete`: people who left an answer open and take no part. `n_open`: people who left one open and take part.
    `logged`: variables taken as logarithms. `spread`: categories, one yes/no for each value. `coding`: how each column
    of X was made, as plain data: its `variable`, the `column` it is from, and `yes` and `known` answers (in small
    letters), or `low`, `width`, `log` and, of answers that are words in an order, their `steps`. `as_given`: the same
    of each column of `given`; where answers are words, `words` has each as it was given by how it is written in small
    letters.
    """

    X: pd.DataFrame
    given: pd.DataFrame
    kinds: pd.Series
    parts: dict[str, tuple[str, ...]]
    ranges: dict[str, tuple[float, float]]
    n_incomplete: int
    n_open: int
    logged: tuple[str, ...]
    spread: tuple[str, ...]
    coding: tuple[dict[str, Any], ...] = ()
    as_given: tuple[dict[str, Any], ...] = ()


def coded(table: pd.DataFrame, names: Sequence[str], with_open: bool = False) -> Coded:
    """The segmentation variables as numbers from 0 to 1, and as they were given.

    Parameters
    ----------
    table : a row per person.
    names : columns that form the segments.
    with_open : people who left answers open take part, unless they answered nothing.

    Returns
    -------
    Coded. Yes is 1 and no 0; a rating or an amount lies between its smallest and its largest value, an amount whose
    skewness is above 2 and that is never negative as its logarithm; each value of a category is a yes/no of its own,
    named "column: value". A column with a name of the results, such as `size`, becomes `given_size`, and is shown by
    its own name. People with a missing answer are left out, unless `with_open`.

    Raises
    ------
    DataError
        When nobody answered all (with `with_open`: two of them).

    References
    ----------
    Milligan & Cooper (1988), A study of standardization of variables in cluster analysis, doi:10.1007/BF01897163: of
    seven ways, division by the range brings out groups best.

    Examples
    --------
    >>> table = pd.DataFrame({"wifi": ["yes", "no", None], "town": ["h", "d", "d"]})
    >>> made = coded(table, ["wifi", "town"])
    >>> made.X.to_dict("list"), made.n_incomplete
    ({'wifi': [1.0, 0.0], 'town: d': [0.0, 1.0], 'town: h': [1.0, 0.0]}, 1)
    >>> coded(table, ["wifi", "town"], with_open=True).given["wifi"].isna().sum()
    np.int64(1)
    """
    kinds = columns(table[list(names)])["kind"]
    part = table[list(names)]
    answered = part[part.notna().any(axis=1)] if with_open else part.dropna()
    if answered.empty or answered.notna().sum(axis=1).max() < min(2, len(names)):
        raise DataError([Fault("the segmentation variables", "are never all answered by one person",
                               "leave out those with the most missing answers")])
    new_names = {name: f"given_{name}" for name in names if name in _RESERVED}
    numbers: dict[str, pd.Series] = {}
    answers: dict[str, pd.Series] = {}
    parts: dict[str, tuple[str, ...]] = {}
    ranges: dict[str, tuple[float, float]] = {}
    logged, how = list[str](), list[dict[str, Any]]()
    as_given = list[dict[str, Any]]()
    for name in names:
        column = answered[name]
        if kinds[name] in (YES_NO, CATEGORY) or not _is_number(column):
            answers[name] = _words(column)
            own = _spread(column, name, kinds[name])
            _label(own, name)
            how += _known(column, name, kinds[name])
            as_given.append(_said(answers[name], name))
        else:
            values = _numbers(column)
            if kinds[name] == AMOUNT and values.min() >= 0 and values.skew() > SKEWED:
                values = np.log1p(values)
                logged.append(name)
            low, width = ranges[name] = float(values.min()), float(np.ptp(values.dropna())) or 1.0
            own = {name: (values - low) / width}
            how.append({"variable": name, "column": name, "log": name in logged, "low": low, "width": width,
                        **_steps(column)})
            answers[name] = _numbers(column) if kinds[name] == RATING else own[name]
            as_given.append({**how[-1], **({"low": 0.0, "width": 1.0} if kinds[name] == RATING else {})})
        parts[name] = tuple(own)
        numbers |= own
    labels.give({code: {new: labels.of(c, code) for c, new in new_names.items()} for code in LANGUAGES})
    X = pd.DataFrame(numbers, index=answered.index).rename(columns=new_names)
    parts = {new_names.get(name, name): tuple(new_names.get(c, c) for c in own) for name, own in parts.items()}
    ranges = {new_names.get(name, name): own for name, own in ranges.items()}
    how, as_given = ([{**entry, "variable": new_names.get(entry["variable"], entry["variable"])} for entry in entries]
                     for entries in (how, as_given))
    spread = tuple(name for name, own in parts.items() if len(own) > 1)
    known = pd.DataFrame(answers, index=answered.index).rename(columns=new_names)
    return Coded(X, known, kinds.rename(index=new_names), parts, ranges, len(table) - len(answered),
                 int(answered.isna().any(axis=1).sum()), tuple(logged), spread, tuple(how), tuple(as_given))


def _label(own: Mapping[str, Any], name: str) -> None:
    """Labels of the values of a category: that of the column, and that of the value."""
    values = {variable: variable.removeprefix(f"{name}: ") for variable in own if variable != name}
    labels.give({code: {variable: f"{labels.of(name, code)}: {labels.of(value, code)}"
                        for variable, value in values.items() if labels.has(name) or labels.has(value)}
                 for code in LANGUAGES})


def _known(column: pd.Series, name: str, kind: str) -> list[dict[str, Any]]:
    """How a yes/no answer or a category became 0 and 1, as plain data."""
    values = {value: coding.answer(value) for value in sorted(column.dropna().unique(), key=str)}
    known = sorted(set(values.values()))
    if kind == YES_NO:
        return [{"variable": name, "column": name, "yes": [a for a in known if a in YES], "known": known}]
    return [{"variable": f"{name}: {value}", "column": name, "yes": [answer], "known": known}
            for value, answer in values.items()]


def _said(given: pd.Series, name: str) -> dict[str, Any]:
    """How an answer that is equal to another or not enters as it was given; of two that differ by capitals alone the
    more frequent one is meant."""
    if pd.api.types.is_numeric_dtype(given):
        return {"variable": name, "column": name, "log": False, "low": 0.0, "width": 1.0}
    words = {coding.answer(value): value for value in given.value_counts().index[::-1]}
    return {"variable": name, "column": name, "known": sorted(words), "words": dict(sorted(words.items()))}


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) or (isinstance(column.dtype, pd.CategoricalDtype)
                                                     and bool(column.dtype.ordered))


def _steps(column: pd.Series) -> dict[str, list[str]]:
    """The words of ordered answers, in their order."""
    ordered = isinstance(column.dtype, pd.CategoricalDtype)
    return {"steps": list(map(str, column.cat.categories))} if ordered else {}


def _numbers(column: pd.Series) -> pd.Series:
    """Numbers as they are, ordered answers by their place from 1 on."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.astype(float).where(column.notna()) + 1
    return column.astype(float)


def _words(column: pd.Series) -> pd.Series:
    """Answers that are equal or not: text, or the numbers of an item."""
    few = pd.api.types.is_numeric_dtype(column) and column.nunique() <= response_items.MAX_NUMBERS
    return column if few else column.astype(object).where(column.notna()).map(str, na_action="ignore")


def _spread(column: pd.Series, name: str, kind: str) -> dict[str, pd.Series]:
    """A yes/no answer as 0 and 1, each value of a category as a yes/no of its own."""
    known = column.notna()
    if kind == YES_NO:
        is_yes = column.map(lambda v: float(coding.answer(v) in YES), na_action="ignore")
        return {name: is_yes.astype(float)}
    return {f"{name}: {value}": (column == value).astype(float).where(known)
            for value in sorted(column[known].unique(), key=str)}
