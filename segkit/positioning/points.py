"""Points of parity and of difference of a brand in each segment, beside what the segment wants (S9)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segkit.positioning import opinions
from segkit.positioning.needs import EVERYBODY, MIDDLE
from segkit.words.errors import check_columns
from segkit.words.language import N_

AHEAD, BEHIND, PARITY, OPEN = opinions.DIFFERENCE, N_("behind the others"), opinions.PARITY, opinions.OPEN
KEEP, IMPROVE, SPARE, LEAVE, UNSURE = (N_("keep it up"), N_("improve this first"), N_("more than is asked for"),
                                       N_("leave it as it is"), N_("not certain"))
NO_RATINGS = N_("Not shown: {caption:message}. Nobody of the segment rated the brand beside another.")


def by_segment(ratings: pd.DataFrame, brand: str, but: Sequence[str] = (), segment: pd.Series | None = None
               ) -> pd.DataFrame:
    """How a brand is rated beside the others, by the same respondents, on each attribute and in each segment.

    Parameters
    ----------
    ratings : what `opinions.load` gives.
    brand : as the ratings name it.
    but : attributes that are no traits of a brand.
    segment : group of each respondent, indexed by respondent.

    Returns
    -------
    DataFrame indexed by `segment` (everybody first) and `attribute`: `n_respondents` (who rated the brand and
    another), `rating_mean` of the brand, `rating_difference` to the mean of the other brands that the respondent rated,
    `difference_low`, `difference_high` (t intervals that hold for all attributes of a segment at once: Bonferroni),
    `verdict`: a point of difference where the interval lies above 0, behind the others where it lies below, a point of
    parity where it lies within ± a tenth of the range of the ratings, else, and with fewer than ten respondents, not
    certain.

    Raises
    ------
    DataError
        When the brand or one of `but` is not in the ratings.

    References
    ----------
    Keller, Sternthal & Tybout (2002), Harvard Business Review 80(9), on points of parity and of difference.

    Examples
    --------
    >>> told = pd.DataFrame([(r, b, "fresh", 4 + (b == "X") + r % 2, 1.0) for r in range(20) for b in "XYZ"],
    ...     columns=["respondent_id", "brand", "attribute", "rating", "weight"])
    >>> by_segment(told, "X").loc[("everybody", "fresh"), ["rating_difference", "verdict"]].to_list()
    [np.float64(1.0), 'point of difference']
    """
    check_columns([brand], sorted(ratings["brand"].unique()), "the brands of the ratings")
    check_columns([n for n in but if n], sorted(ratings["attribute"].unique()), "the attributes of the ratings")
    rated = ratings[~ratings["attribute"].isin(list(but))]
    wide = rated.pivot_table(index=["attribute", "respondent_id"], columns="brand", values="rating", aggfunc="mean")
    gap = pd.DataFrame({"own": wide[brand], "gap": wide[brand] - wide.drop(columns=brand).mean(axis=1)}).dropna()
    ends = rated.groupby("attribute")["rating"].agg(["min", "max"])
    weight = ratings.groupby("respondent_id")["weight"].first()
    label = pd.Series(dtype=str) if segment is None else weight.index.to_series().map(segment).dropna().astype(str)
    names, rows = list(ends.index), []
    for name in [EVERYBODY, *sorted(label.unique())]:
        people = weight.index if name == EVERYBODY else label.index[label == name]
        for attribute in names:
            answers = gap.loc[attribute] if attribute in gap.index.get_level_values(0) else gap.iloc[:0].droplevel(0)
            answers = answers[answers.index.isin(people)]
            mean, low, high = opinions.mean_interval(answers["gap"], weight, 0.05 / len(names))
            margin = opinions.PARITY_SHARE * float(ends.loc[attribute, "max"] - ends.loc[attribute, "min"])
            rows.append((name, attribute, len(answers), opinions.mean_interval(answers["own"], weight)[0], mean, low,
                         high, _verdict(low, high, len(answers), margin)))
    columns = ["segment", "attribute", "n_respondents", "rating_mean", "rating_difference", "difference_low",
               "difference_high", "verdict"]
    return pd.DataFrame(rows, columns=columns).set_index(["segment", "attribute"])


def _verdict(low: float, high: float, n: int, margin: float) -> str:
    if not np.isfinite(low) or n < opinions.FEWEST:
        return OPEN
    if low > 0 or high < 0:
        return AHEAD if low > 0 else BEHIND
    return PARITY if margin > 0 and max(-low, high) <= margin else OPEN


def beside_needs(points: pd.DataFrame, importance: pd.DataFrame) -> pd.DataFrame:
    """Importance × performance: what a segment wants beside how the brand is rated there.

    Parameters
    ----------
    points : what `by_segment` gives.
    importance : what `needs.importance` gives, for the same names of attributes and segments.

    Returns
    -------
    The points with `want_share`, `want_low`, `want_high` (missing where nobody was asked) and `todo`: improve this
    first (surely wanted by more than half, surely behind), keep it up (wanted, ahead or on a par), more than is asked
    for (surely wanted by less than half, ahead), leave it as it is (not wanted, behind or on a par), else not certain.

    References
    ----------
    Martilla & James (1977), Importance-Performance Analysis, Journal of Marketing 41(1), 77–79,
    doi:10.1177/002224297704100112.

    Examples
    --------
    >>> at = pd.MultiIndex.from_tuples([("s", "quiet")], names=["segment", "attribute"])
    >>> rated = pd.DataFrame({"verdict": [BEHIND]}, index=at)
    >>> asked = pd.DataFrame({"want_share": 0.8, "want_low": 0.7, "want_high": 0.9}, index=at)
    >>> beside_needs(rated, asked)["todo"].iloc[0]
    'improve this first'
    """
    columns = ["want_share", "want_low", "want_high"]
    table = points.join(importance.reindex(columns=columns).astype(float))
    wanted, unwanted = table["want_low"] > MIDDLE, table["want_high"] < MIDDLE
    level = table["verdict"].isin([AHEAD, PARITY])
    table["todo"] = np.select(
        [wanted & level, wanted & (table["verdict"] == BEHIND), unwanted & (table["verdict"] == AHEAD),
         unwanted & table["verdict"].isin([BEHIND, PARITY])], [KEEP, IMPROVE, SPARE, LEAVE], UNSURE)
    return table


def of(points: pd.DataFrame, segment: str = "") -> pd.DataFrame:
    """The points of one segment, "" for everybody, indexed by `attribute`, the largest difference first.

    Parameters
    ----------
    points : what `by_segment` or `beside_needs` gives.
    segment : its name.

    Returns
    -------
    DataFrame with the columns of `points`; differences that are missing stand last. Empty where all are, as nobody of
    the segment rated the brand beside another.

    Raises
    ------
    DataError
        When there is no such segment.

    Examples
    --------
    >>> at = pd.MultiIndex.from_product([["everybody", "young"], ["fresh", "cheap"]], names=["segment", "attribute"])
    >>> of(pd.DataFrame({"rating_difference": [0.2, 0.1, -0.5, 1.0]}, index=at), "young").index.to_list()
    ['cheap', 'fresh']
    """
    name = segment or EVERYBODY
    check_columns([name], list(points.index.unique("segment")), "the segments of the ratings")
    part = points.xs(name, level="segment").sort_values("rating_difference", ascending=False, kind="stable")
    if part["rating_difference"].isna().all():
        part = part.iloc[:0]
        part.attrs["left_out"] = NO_RATINGS
    return part


def sizes(points: pd.DataFrame) -> pd.DataFrame:
    """Respondents of each segment who rated the brand beside another, on the attribute with the fewest."""
    by = points.groupby("segment", sort=False)["n_respondents"]
    return by.min().to_frame()
