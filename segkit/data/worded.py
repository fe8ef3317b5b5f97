"""Columns of numbers that hold a few words, such as "n/a": numbers, with the words missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segkit.words.language import N_

WORDS = N_("words among numbers: missing")
REPEATED = N_("rows that repeat another in every column: set aside")
FEW_WORDS = 0.05
"""Share of the answers of a column of numbers that may be words, which are missing then."""


def number(value: Any) -> float:
    """An answer as a number; not a number where it is a word."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def holds_words(column: pd.Series) -> bool:
    """Whether an answer is a text that is no number."""
    return not pd.api.types.is_numeric_dtype(column) and any(
        isinstance(v, str) and v.strip() and np.isnan(number(v)) for v in column.dropna().unique())


def numbers(column: pd.Series) -> pd.Series | None:
    """A column of texts as numbers, where nearly all of them are (95% and more than two); None elsewhere, and for codes
    such as 007.

    Examples
    --------
    >>> numbers(pd.Series([*map(str, range(20, 40)), "n/a"])).tail(2).to_list()
    [39.0, nan]
    >>> numbers(pd.Series(["Hue", "12"])) is None
    True
    """
    known = column.dropna().astype(str).str.strip()
    read = pd.to_numeric(column, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
    is_code = known.str.match(r"0\d").any()
    enough = len(known) and read.notna().sum() >= (1 - FEW_WORDS) * len(known) and read.nunique() > 2
    return read if enough and not is_code else None


def became(changes: list[tuple[Any, ...]]) -> pd.DataFrame:
    """A table of what became of answers: indexed by `item`, `became` (message id), `n`."""
    return pd.DataFrame(changes, columns=["item", "became", "n"]).set_index("item")
