"""Answers whose steps are not in order: a code turned round, such as 1 love, 2 hate, 3 like (S9)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from segkit.words.errors import check_columns

_FEWEST = 5


def not_rising(ratings: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """Pairs of steps of a scale that lie the wrong way round, held against all other ratings.

    Whoever answers a higher step of how much a brand is liked should rate it higher on the whole. Where the respondents
    of a higher step surely give lower ratings than those of a lower one, the codes may be out of order.

    Parameters
    ----------
    ratings : what `opinions.load` gives.
    attribute : the one whose steps are looked at; "" for none.

    Returns
    -------
    DataFrame with a row per pair of steps that is surely the wrong way round: `step`, `higher_step`, `n_answers` (of
    both), `rating_difference` (mean of the other ratings at the higher step less that at the lower one),
    `difference_high`, the upper end of its interval, below 0 for all pairs at once with 95 % (Bonferroni). The other
    ratings are averaged per respondent and brand, each attribute less its mean; steps with fewer than five answers are
    left out. Empty is good.

    Raises
    ------
    DataError
        When there is no such attribute.

    Examples
    --------
    >>> rows = [(i, "X", a, v, 1.0) for i in range(60) for a, v in (
    ...     ("like", i % 3 + 1), ("good", [1, 5, 3][i % 3] + i % 2))]
    >>> told = pd.DataFrame(rows, columns=["respondent_id", "brand", "attribute", "rating", "weight"])
    >>> not_rising(told, "like")[["step", "higher_step"]].to_numpy().tolist()
    [[2.0, 3.0]]
    """
    columns = ["step", "higher_step", "n_answers", "rating_difference", "difference_high"]
    if not attribute:
        return pd.DataFrame(columns=columns)
    check_columns([attribute], sorted(ratings["attribute"].unique()), "the attributes of the ratings")
    wide = ratings.pivot_table(index=["respondent_id", "brand"], columns="attribute", values="rating", aggfunc="mean")
    other_ratings = wide.drop(columns=attribute)
    answers = pd.DataFrame({"step": wide[attribute],
                            "other": (other_ratings - other_ratings.mean()).mean(axis=1)}).dropna()
    by = answers.groupby("step")["other"].agg(["mean", "var", "size"])
    by = by[by["size"] >= _FEWEST]
    pairs = [(a, b) for i, a in enumerate(by.index) for b in by.index[i + 1:]]
    rows = []
    for low, high in pairs:
        a, b = by.loc[low], by.loc[high]
        gap = b["mean"] - a["mean"]
        error = float(np.sqrt(a["var"] / a["size"] + b["var"] / b["size"]))
        end = gap + float(stats.norm.ppf(1 - 0.025 / len(pairs))) * error
        if end < 0:
            rows.append((low, high, int(a["size"] + b["size"]), gap, end))
    return pd.DataFrame(rows, columns=columns)
