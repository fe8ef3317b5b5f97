"""Numbers before any method: how they are distributed, and what that means for a segmentation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segkit.words import labels
from segkit.words.language import LANGUAGES, N_

SKEWED = 2.0
"""Skewness from which on a few large values rule distances; ours."""
CROWDED = 0.5
"""Share of people at the lowest or the highest value from which on a variable says little but yes or no; ours."""
FAR = 0.01
"""Share of values beyond Tukey's outer fences from which on they are told; ours."""
FENCES = 3.0
"""Interquartile ranges from the quartiles to the outer fences."""
MOST = 10_000
"""People of whom pictures are drawn; of more a sample."""
EVEN = N_("nothing that stands in the way")
NO_SPREAD = N_("one value only: it tells nobody apart")
AT_LOWEST = N_("half of them or more stand at the lowest value: it says little but whether somebody is above it")
AT_HIGHEST = N_("half of them or more stand at the highest value: it says little but whether somebody is below it")
SKEW = N_("skewed: a few large values would rule the distances, so logarithms are fairer")
FAR_OFF = N_("some values lie far off: see whether they are mistakes")


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """How each number is distributed, and what that means for a segmentation (step 4 of the textbook).

    Parameters
    ----------
    table : a row per person, numeric columns.

    Returns
    -------
    DataFrame indexed by `variable`: `n`, `missing_share`, `min`, `median`, `max`, `skewness`, `lowest_share` and
    `highest_share` (of the known values at the lowest and at the highest one; both 1 with one value only), `far_share`
    (beyond three interquartile ranges from the quartiles), `observation` (message id), the first that holds of: one
    value only; half at the lowest, or the highest value; skewness above 2; more than 1% far off; else nothing.

    References
    ----------
    Dolnicar, Grün & Leisch (2018), step 4, doi:10.1007/978-981-10-8818-6. Tukey (1977), Exploratory Data Analysis, for
    the fences.

    Examples
    --------
    >>> told = overview(pd.DataFrame({"visits": [1, 1, 1, 2, 3.0], "age": [20, 30, 40, 50, None]}))
    >>> told["lowest_share"].round(2).to_list(), float(told.loc["age", "missing_share"])
    ([0.6, 0.25], 0.2)
    """
    rows = {name: _held(pd.to_numeric(table[name], errors="coerce").astype(float)) for name in table.columns}
    columns = ["n", "missing_share", "min", "median", "max", "skewness", "lowest_share", "highest_share", "far_share",
               "observation"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("variable")


def _held(column: pd.Series) -> list[object]:
    known = column[np.isfinite(column)]
    if known.empty:
        return [0, 1.0, *(np.nan,) * 7, NO_SPREAD]
    low, high = known.min(), known.max()
    first, third = known.quantile([0.25, 0.75])
    reach = FENCES * (third - first)
    far = float(((known < first - reach) | (known > third + reach)).mean()) if reach > 0 else 0.0
    lowest, highest, skewness = float((known == low).mean()), float((known == high).mean()), float(known.skew())
    said = (NO_SPREAD if low == high else AT_LOWEST if lowest >= CROWDED else AT_HIGHEST if highest >= CROWDED else
            SKEW if skewness > SKEWED else FAR_OFF if far > FAR else EVEN)
    missing = (len(column) - len(known)) / len(column)
    return [len(known), missing, low, float(known.median()), high, skewness, lowest, highest, far, said]


def drawn(X: pd.DataFrame, random_state: int | None = None) -> pd.DataFrame:
    """Numbers one below the other, for a picture: a row per person and variable, of at most 10,000 people by lot, as
    logarithms between the smallest and the largest value.

    Parameters
    ----------
    X : numbers, a row per person.
    random_state : seed of the lots.

    Returns
    -------
    DataFrame with `variable` and `value`, 0..1, without the missing ones. A variable with values below 0 is no
    logarithm; one with a single value is 0.

    Examples
    --------
    >>> drawn(pd.DataFrame({"visits": [0.0, 1.0, 3.0]})).values.tolist()
    [['visits', 0.0], ['visits', 0.5], ['visits', 1.0]]
    """
    numbers = X.apply(pd.to_numeric, errors="coerce").astype(float)
    numbers = numbers.apply(lambda column: np.log1p(column) if column.min() >= 0 else column)
    spread = (numbers.max() - numbers.min()).replace(0, 1)
    scaled = (numbers - numbers.min()) / spread
    part = scaled if len(scaled) <= MOST else scaled.sample(MOST, random_state=random_state)
    return part.melt(var_name="variable", value_name="value").dropna(ignore_index=True)


def numeric(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The columns of numbers among some columns of a table: amounts and ratings, not what is true or false.

    Parameters
    ----------
    table : a row per person.
    names : columns to choose from; those that the table lacks are left out.

    Returns
    -------
    DataFrame: columns of `table` with three different numbers or more, in the order of `names`.

    Examples
    --------
    >>> list(numeric(pd.DataFrame({"age": [20, 30, 40], "town": list("abc")}), ["town", "age"]))
    ['age']
    """
    return table[[c for c in names if c in table and pd.api.types.is_numeric_dtype(table[c])
                  and not pd.api.types.is_bool_dtype(table[c]) and table[c].nunique() > 2]]


def left_open(table: pd.DataFrame, most: int = 6) -> pd.DataFrame:
    """Which answers are missing together: the commonest sets of them.

    Parameters
    ----------
    table : a row per person, missing where somebody left an answer open.
    most : number of sets.

    Returns
    -------
    DataFrame indexed by `left_open`, the names of the columns by language, the commonest set first (of equally common
    ones the first to come): `size`, people who left open these and no others; `customer_share` of all. Empty where all
    answered everything.

    Examples
    --------
    >>> told = left_open(pd.DataFrame({"wifi": [1, None, None, 1], "age": [1, None, None, None]}))
    >>> told["size"].to_list(), told.index[0]["en"]
    ([2, 1], 'wifi, age')
    """
    missing = table.isna()
    sets = missing[missing.any(axis=1)].groupby(list(table.columns), sort=False).size() if len(table.columns) else None
    if sets is None or sets.empty:
        return pd.DataFrame(columns=["size", "customer_share"]).rename_axis("left_open")
    sets = sets.sort_values(ascending=False, kind="stable").head(most)
    flags = [key if isinstance(key, tuple) else (key,) for key in sets.index]
    names = [[c for c, is_open in zip(table.columns, key, strict=True) if is_open] for key in flags]
    words = [{code: ", ".join(labels.of(c, code) for c in own) for code in LANGUAGES} for own in names]
    found = pd.DataFrame({"size": sets.to_numpy(), "customer_share": sets.to_numpy() / len(table)})
    return found.set_axis(pd.Index(words, name="left_open"))
