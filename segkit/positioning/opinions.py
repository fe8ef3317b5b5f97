"""What respondents say of brands: whom they prefer, what they drink how often, how brands differ in their eyes (S9).

Ratings are a long table, a row per respondent, brand and attribute. A respondent is one observation: intervals are of
people, not of answers, and weights count as survey weights.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from segkit.data import tables
from segkit.segmentation.case_weights import kish
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

BANDS = (0, 15, 25, 35, 45, 55, np.inf)
"""Borders of the age groups: from each up to the next."""
_BAND_NAMES = [f"< {high}" if low == 0 else f"≥ {low}" if np.isinf(high) else f"{low}–{high - 1}"
               for low, high in itertools.pairwise(BANDS)]
PARITY_SHARE = 0.1
"""How far brands may differ, as a share of the range of ratings, and still be on a par: segkit's own, half a point on a
scale of 1 to 6 or 7."""
TURNED = -0.3
"""Correlation from which on an attribute goes against another: segkit's own, a moderate one."""
FEWEST = 10
"""Respondents who rated both brands, for a verdict."""
DIFFERENCE, PARITY, OPEN = N_("point of difference"), N_("point of parity"), N_("not certain")


def load(data: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """The ratings of a survey: CSV, SPSS or any other source.

    Parameters
    ----------
    data : a row per respondent, brand and attribute; "" for no survey, which gives an empty table.
    columns : role → column: `respondent_id`, `brand`, `attribute`, `rating`, `weight`. Other columns, such as age and
        gender, describe the respondent.
    read : how to read a text file.

    Returns
    -------
    DataFrame with these roles (`weight` 1 where there is none) and the other columns; ratings that are missing are
    left out.

    Raises
    ------
    DataError
        With all faults of the table, or when no rating is left.
    """
    if isinstance(data, str) and not data:
        return pd.DataFrame(columns=["respondent_id", "brand", "attribute", "rating", "weight"])
    table = tables.load(data, "ratings", columns, read=read).execute()
    table = table.assign(weight=table["weight"].astype(float) if "weight" in table else 1.0)
    table = table[table["rating"].notna() & (table["weight"] > 0)].reset_index(drop=True)
    if table.empty:
        raise DataError([Fault("the ratings", "hold no rating of a respondent with a weight", "see column `rating`")])
    return table.assign(brand=table["brand"].astype(str), attribute=table["attribute"].astype(str))


def preference(ratings: pd.DataFrame, attribute: str, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Share of respondents who like each brand best, by group.

    Parameters
    ----------
    ratings : what `load` gives.
    attribute : the one whose highest rating is the preferred brand. Ties share a respondent equally. "" for none, which
        gives an empty table.
    by : a column of the respondent, or several, one after the other; numbers are ages, in `BANDS`. All respondents when
        None.

    Returns
    -------
    DataFrame with a row per group and brand: `by` where there are several columns, `group`, `brand`, `size`
    (respondents of the group who rated the brand),
    `preference_share`, `preference_low`, `preference_high` (95 % interval: Wilson's, with Kish's effective number of
    respondents where there are weights).

    Raises
    ------
    DataError
        When there is no such attribute or column.

    Examples
    --------
    >>> told = pd.DataFrame({"respondent_id": list("aabbcc"), "brand": ["X", "Y"] * 3, "attribute": "best",
    ...     "rating": [5, 1, 4, 2, 3, 3], "weight": 1.0})
    >>> preference(told, "best").set_index("brand")["preference_share"].round(3).to_dict()
    {'X': 0.833, 'Y': 0.167}
    """
    if by is not None and not isinstance(by, str):
        return _one_by_one(preference, ratings, attribute, by)
    if not attribute:
        return _shares(pd.DataFrame(), pd.DataFrame(columns=["group", "weight"]), "preference")
    wide, respondents = _wide(ratings, attribute, by)
    best = wide.eq(wide.max(axis=1), axis=0).astype(float)
    return _shares(best.div(best.sum(axis=1), axis=0), respondents, "preference")


def usage(ratings: pd.DataFrame, attribute: str, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Who uses what how often, by group: an answer above 0 is a user.

    Parameters
    ----------
    ratings : what `load` gives.
    attribute : the one whose ratings say how often, 0 for not at all. "" for none, which gives an empty table.
    by : a column of the respondent, or several, one after the other; numbers are ages, in `BANDS`. All respondents when
        None. Who has no value there is left out.

    Returns
    -------
    DataFrame with a row per group and brand: `by` where there are several columns, `group`, `brand`, `size`
    (respondents of the group who answered for the brand), `user_share` with `user_low` and `user_high` (95 % interval:
    Wilson's, with Kish's effective number of respondents where there are weights), `often`, the mean answer of users in
    the unit of the answers, with `often_low` and `often_high` (95 % t interval; missing with fewer than two users).

    Raises
    ------
    DataError
        When there is no such attribute or column.

    Examples
    --------
    >>> told = pd.DataFrame({"respondent_id": list("aabb"), "brand": ["X", "Y"] * 2, "attribute": "a week",
    ...     "rating": [5, 0, 3, 1], "weight": 1.0})
    >>> usage(told, "a week").set_index("brand")[["user_share", "often"]].to_numpy().tolist()
    [[1.0, 4.0], [0.5, 1.0]]
    """
    if by is not None and not isinstance(by, str):
        return _one_by_one(usage, ratings, attribute, by)
    if not attribute:
        empty = _shares(pd.DataFrame(), pd.DataFrame(columns=["group", "weight"]), "user")
        return empty.assign(often=np.nan, often_low=np.nan, often_high=np.nan)
    wide, respondents = _wide(ratings, attribute, by)
    shares = _shares((wide > 0).astype(float).where(wide.notna()), respondents, "user")
    means = [mean_interval(wide.loc[respondents.index[respondents["group"] == group], brand].where(lambda v: v > 0),
                           respondents["weight"])
             for group, brand in zip(shares["group"], shares["brand"], strict=True)]
    return shares.assign(**dict(zip(("often", "often_low", "often_high"), np.array(means).T, strict=True)))


def image(ratings: pd.DataFrame, attributes: Sequence[str] | None = None) -> pd.DataFrame:
    """Mean rating of each brand on each attribute.

    Returns
    -------
    DataFrame with a row per attribute and brand: `attribute`, `brand`, `size`, `rating_mean`, `rating_low`,
    `rating_high` (95 % t interval over respondents).
    """
    rows = []
    for attribute in attributes or sorted(ratings["attribute"].unique()):
        wide, respondents = _wide(ratings, attribute, None)
        rows += [(attribute, brand, wide[brand].count(), *mean_interval(wide[brand], respondents["weight"]))
                 for brand in wide]
    return pd.DataFrame(rows, columns=["attribute", "brand", "size", "rating_mean", "rating_low", "rating_high"])


def liking(ratings: pd.DataFrame, attribute: str, segment: pd.Series | None = None, name: str = "") -> pd.Series:
    """Mean rating of each brand on an attribute, among all respondents or those of a segment; empty without one.

    Parameters
    ----------
    ratings : what `load` gives.
    attribute : the one that says how much a brand is liked; "" for none. One that nobody rated gives an empty series
        too.
    segment : group of each respondent, indexed by respondent.
    name : the group whose respondents count; "" for all respondents, as without `segment`.

    Returns
    -------
    Series indexed by `brand`, in order of name: means weighted by `weight`, in points of the ratings. A brand that none
    of these respondents rated is not in it.

    Examples
    --------
    >>> told = pd.DataFrame({"respondent_id": list("aabb"), "brand": ["X", "Y"] * 2, "attribute": "like",
    ...     "rating": [5, 2, 3, 1], "weight": 1.0})
    >>> liking(told, "like", pd.Series({"a": "s", "b": "t"}), "s").to_dict()
    {'X': 5.0, 'Y': 2.0}
    """
    if not attribute:
        return pd.Series(dtype=float)
    part = ratings[ratings["attribute"] == attribute]
    if name and segment is not None:
        part = part[part["respondent_id"].map(segment) == name]
    weighted = part["rating"] * part["weight"]
    return weighted.groupby(part["brand"]).sum() / part.groupby("brand")["weight"].sum()


def differences(ratings: pd.DataFrame, brand: str, beside: str, but: Sequence[str] = ()) -> pd.DataFrame:
    """Points of difference and of parity between two brands, from respondents who rated both.

    Parameters
    ----------
    ratings : what `load` gives.
    brand, beside : the two brands, as the ratings name them.
    but : attributes that are left out, as they are no traits of a brand.

    Returns
    -------
    DataFrame indexed by `attribute`: `size`, `rating_difference` (brand − beside), `difference_low`,
    `difference_high` (t intervals of paired differences that hold for all attributes at once: Bonferroni), `verdict`:
    a point of difference where the interval leaves 0 out, of parity where it lies within ± a tenth of the range of the
    ratings, else, and with fewer than ten respondents, not certain.

    Raises
    ------
    DataError
        When a brand or attribute is not in the ratings.

    References
    ----------
    Keller, Sternthal & Tybout (2002), Harvard Business Review 80(9), on points of parity and of difference.

    Examples
    --------
    >>> told = pd.DataFrame([(r, b, "fresh", 4 + (b == "X") + r % 2, 1.0) for r in range(20) for b in "XY"],
    ...     columns=["respondent_id", "brand", "attribute", "rating", "weight"])
    >>> differences(told, "X", "Y")["verdict"].to_dict()
    {'fresh': 'point of difference'}
    """
    if ratings.empty or brand == beside:
        columns = ["size", "rating_difference", "difference_low", "difference_high", "verdict"]
        return pd.DataFrame(columns=columns, index=pd.Index([], name="attribute"))
    check_columns([brand, beside], sorted(ratings["brand"].unique()), "the brands of the ratings")
    attributes = sorted(set(ratings["attribute"]) - set(but))
    rows = []
    for attribute in attributes:
        wide, respondents = _wide(ratings, attribute, None)
        missing = pd.Series(np.nan, index=wide.index)
        gap = wide.get(brand, missing) - wide.get(beside, missing)
        mean, low, high = mean_interval(gap, respondents["weight"], 0.05 / len(attributes))
        margin = PARITY_SHARE * (np.nanmax(wide.to_numpy()) - np.nanmin(wide.to_numpy()))
        sure = np.isfinite(low) and gap.count() >= FEWEST
        rows.append({"attribute": attribute, "size": gap.count(), "rating_difference": mean, "difference_low": low,
                     "difference_high": high,
                     "verdict": DIFFERENCE if sure and (low > 0 or high < 0) else PARITY if (
                         sure and margin > 0 and max(-low, high) <= margin) else OPEN})
    columns = ["attribute", "size", "rating_difference", "difference_low", "difference_high", "verdict"]
    return pd.DataFrame(rows, columns=columns).set_index("attribute")


def named(*given: str | Sequence[Any] | Mapping[str, Any]) -> list[str]:
    """All attributes that several parameters name, however deep.

    Examples
    --------
    >>> named("like", "", {"involvement": ["care", "risk"], "uses": "uses"})
    ['like', 'care', 'risk', 'uses']
    """
    names = []
    for part in given:
        within = part.values() if isinstance(part, Mapping) else part
        names += [part] * bool(part) if isinstance(part, str) else named(*within)
    return names


def turned(ratings: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """Attributes whose ratings go down where those of another go up: a code that may be reversed, or a bad trait.

    Parameters
    ----------
    ratings : what `load` gives.
    attribute : what respondents like best, with high ratings for liked brands.

    Returns
    -------
    DataFrame indexed by `attribute`, of those whose correlation with it over respondents and brands is at most
    `TURNED`, and below 0 with 95 % certainty (Fisher's z, a respondent counted once): `correlation`, `size`
    (respondents who rated both).
    """
    if not attribute:
        return pd.DataFrame(columns=["correlation", "size"], index=pd.Index([], name="attribute"))
    wide = ratings.pivot_table(index=["respondent_id", "brand"], columns="attribute", values="rating", aggfunc="mean")
    check_columns([attribute], wide.columns, "the attributes of the ratings")
    rows = []
    for other_attribute in wide.columns.drop(attribute):
        pairs = wide[[attribute, other_attribute]].dropna()
        if len(pairs) > 3 and pairs.nunique().min() > 1:
            r = float(np.clip(pairs.corr().iloc[0, 1], -1 + 1e-12, 1 - 1e-12))
            n = pairs.index.get_level_values("respondent_id").nunique()
            if n > 3 and r <= TURNED and np.arctanh(r) + 1.96 / np.sqrt(n - 3) < 0:
                rows.append({"attribute": other_attribute, "correlation": r, "size": n})
    return pd.DataFrame(rows, columns=["attribute", "correlation", "size"]).set_index("attribute")


def _one_by_one(measure: Callable[..., pd.DataFrame], ratings: pd.DataFrame, attribute: str, by: Sequence[str]
                ) -> pd.DataFrame:
    parts = [measure(ratings, attribute, column).assign(by=column) for column in by]
    table = pd.concat(parts, ignore_index=True) if parts else measure(ratings, "").assign(by="")
    return table[["by", *table.columns.drop("by")]]


def _wide(ratings: pd.DataFrame, attribute: str, by: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Respondents × brands of one attribute, and each respondent's `group` and `weight`."""
    check_columns([attribute], sorted(ratings["attribute"].unique()), "the attributes of the ratings")
    part = ratings[ratings["attribute"] == attribute]
    wide = part.pivot_table(index="respondent_id", columns="brand", values="rating", aggfunc="mean")
    first = part.groupby("respondent_id").first()
    if by is not None:
        check_columns([by], first.columns.drop(["brand", "attribute", "rating"]), "what is known of respondents")
    groups = banded(first[by]) if by is not None else pd.Series(N_("all"), index=first.index)
    respondents = pd.DataFrame({"group": groups, "weight": first["weight"]}).dropna()
    return wide.loc[respondents.index], respondents


def banded(values: pd.Series) -> pd.Series:
    """Ages in `BANDS`; other values as they are.

    Examples
    --------
    >>> banded(pd.Series([14, 15, 60])).to_list(), banded(pd.Series(["m", None])).to_list()
    (['< 15', '15–24', '≥ 55'], ['m', None])
    """
    if not pd.api.types.is_numeric_dtype(values):
        return pd.Series([None if pd.isna(v) else str(v) for v in values], index=values.index, dtype=object)
    return pd.cut(values, list(BANDS), right=False, labels=_BAND_NAMES).astype(object)


def ordered(groups: pd.Series) -> list[str]:
    """The groups there are, ages by age and others by name."""
    return sorted(groups.unique(), key=lambda g: (_BAND_NAMES.index(g) if g in _BAND_NAMES else len(_BAND_NAMES), g))


def _shares(part: pd.DataFrame, who: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = []
    for group in ordered(who["group"]):
        group_rows = part[who["group"] == group]
        for brand in part:
            answers = group_rows[brand].dropna()
            weight = who.loc[answers.index, "weight"]
            share = float(np.average(answers, weights=weight)) if len(answers) else np.nan
            low, high = wilson(share, kish(weight))
            rows.append((group, brand, len(answers), share, low, high))
    return pd.DataFrame(rows, columns=["group", "brand", "size", f"{name}_share", f"{name}_low", f"{name}_high"])


def wilson(share: float, n: float, alpha: float = 0.05) -> tuple[float, float]:
    """Wilson's interval of a share of `n` people, 1 − `alpha` (95 %); missing where there is nobody.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(0.0, 10)]
    [0.0, 0.2775]
    """
    if not n > 0 or np.isnan(share):
        return np.nan, np.nan
    z = float(stats.norm.ppf(1 - alpha / 2))
    middle, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float(max(0.0, (middle - half) / (1 + z * z / n))), float(min(1.0, (middle + half) / (1 + z * z / n)))


def mean_interval(values: pd.Series, weights: pd.Series, alpha: float = 0.05) -> tuple[float, float, float]:
    """Weighted mean with its t interval, 1 − `alpha` (95 %); no interval for fewer than two people."""
    x = values.dropna()
    if x.empty:
        return np.nan, np.nan, np.nan
    w = weights.loc[x.index]
    mean = float(np.average(x, weights=w))
    n = len(x)
    if n < 2:
        return mean, np.nan, np.nan
    error = np.sqrt(n / (n - 1) * float((w**2 * (x - mean) ** 2).sum())) / float(w.sum())
    half = float(stats.t.ppf(1 - alpha / 2, n - 1)) * error
    return mean, mean - half, mean + half
