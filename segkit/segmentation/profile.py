"""Profile segments by the segmentation variables; describe them by descriptor variables.

The two are kept apart: a test of difference on a variable that formed the segments is circular, so it
gets no p-value (S5).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.stats import hypergeom

from segkit.data.customers import lower_bounds
from segkit.segmentation import circularity
from segkit.segmentation.description import contingency, difference
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, check_columns, check_option
from segkit.words.formats import FEWEST, format_value
from segkit.words.language import LANGUAGES, N_

MARKER_SHARE = 0.25
MARKER_RATIO = 0.5
MANY = 6
"""Variables beyond which those that go together stand together in the profile."""
BANDS = 5
"""Bands of an amount, each of about as many people."""
CIRCULAR = circularity.FORMED
NO_INDEX = N_("mean of all customers at or below 0: no index")
SIGNIFICANT = 0.05
_DESCRIPTION = ("n", "test", "statistic", "effect", "effect_size", "effect_low", "effect_high", "p_value", "adjusted_p",
                "note")
ADJUSTMENTS = ("holm", "bh", "none")
_METHODS = {"holm": "holm", "bh": "fdr_bh"}


def segments(X: pd.DataFrame, segmentation: Segmentation, weights: Sequence[float] | None = None) -> pd.DataFrame:
    """The profile: each segmentation variable's mean in each segment, against all customers.

    Parameters
    ----------
    X : DataFrame, a row per customer (index as in the segmentation), numeric columns.
    segmentation : how the customers are segmented.
    weights : case weight of each row, in the order of the rows; all equal by default.

    Returns
    -------
    DataFrame, a row per (variable, segment): `mean`, `total_mean`, `difference`, `index_100` (100 = as in
    the total; missing when the total mean is 0 or less, where a ratio would have the wrong sign), `is_marker`, `note`
    (why there is no index, or ""). A variable marks a segment when its mean
    differs from the total by half the total mean; for shares of 0..1 also by 0.25. More than six variables are ordered
    by a tree of them (complete linkage of their correlations), so that those that go together stand together.

    References
    ----------
    Dolnicar, Grün & Leisch (2018), Market Segmentation Analysis, step 6, doi:10.1007/978-981-10-8818-6.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> segments(X, kmeans.segment(X, 2, random_state=1))["index_100"].round().to_list()
    [27.0, 173.0]
    """
    label = segmentation.labels.reindex(X.index)
    w = _weights(X, weights)
    rows = []
    for name in X.columns if X.shape[1] <= MANY else _together(X, w):
        column = X[name].astype(float)
        known = w.where(column.notna(), 0.0)
        weighted = column.fillna(0.0) * known
        total = weighted.sum() / known.sum()
        means = (weighted.groupby(label).sum() / known.groupby(label).sum()).reindex(segmentation.segments.index)
        is_share = bool(column.between(0, 1).all())
        gap = means - total
        marker = gap.abs() >= MARKER_RATIO * abs(total) if total else gap.abs() > 0
        if is_share:
            marker |= gap.abs() >= MARKER_SHARE
        rows.append(pd.DataFrame({"variable": str(name), "mean": means, "total_mean": total, "difference": gap,
                                  "index_100": 100 * means / total if total > 0 else np.nan, "is_marker": marker,
                                  "note": "" if total > 0 else NO_INDEX}))
    return pd.concat(rows).reset_index().set_index(["variable", "segment"])


TRAITS = 3
"""Marker variables that a sentence or a card names."""
NO_MARKER = N_("no marker variable")
_UNIT = re.compile(r"\s*\([^()]*\)$")


def portraits(profile: pd.DataFrame) -> pd.DataFrame:
    """What each segment is like, in words: its marker variables, the strongest first, with their index (S5).

    Parameters
    ----------
    profile : what `segments` gives.

    Returns
    -------
    DataFrame indexed by `segment`: `above_average` and `below_average`, each the labels of the variables with their
    index by language, or an en dash where there are none.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"frequency": [1, 2, 1, 9, 8, 9.0]})
    >>> portraits(segments(X, kmeans.segment(X, 2, random_state=1))).map(lambda words: words["en"]).values.tolist()
    [['–', 'Frequency 27'], ['Frequency 173', '–']]
    """
    rows = {}
    for segment in profile.index.unique("segment"):
        part = markers(profile.xs(segment, level="segment"))
        rows[segment] = {"above_average": _named(part[part["difference"] > 0]),
                         "below_average": _named(part[part["difference"] <= 0])}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("segment")


def traits(profile: pd.DataFrame, segment: Any) -> dict[str, str] | str:
    """The strongest marker variables of one segment in words, at most three, by language; "no marker variable" without.

    Parameters
    ----------
    profile : what `segments` gives.
    segment : label of the segment.

    Returns
    -------
    Language → the labels of the variables, without units, each with its index, in the order of `markers`. Without a
    marker variable a message id.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"frequency": [1, 2, 1, 9, 8, 9.0]})
    >>> traits(segments(X, kmeans.segment(X, 2, random_state=1)), 2)["en"]
    'Frequency 173'
    """
    part = markers(profile.xs(segment, level="segment"))
    return _named(part.head(TRAITS)) if len(part) else NO_MARKER


def markers(part: pd.DataFrame) -> pd.DataFrame:
    """The marker variables of one segment, the farthest from all first.

    A value of a category that is rarer than among all is left out where another value of it is more frequent, as the
    one follows from the other (who mainly swims does not mainly lift weights).

    Parameters
    ----------
    part : the rows of one segment of what `segments` gives, or `Means.profile` of the cards, with `category`, the
        column whose value a variable is, and `standardized`, the difference in standard deviations.

    Returns
    -------
    The rows of the marker variables, by the difference of the means where all variables are shares; by `standardized`
    where that is known; else by the ratio of the means. Ties: the first in the profile.

    Examples
    --------
    >>> part = pd.DataFrame({"is_marker": True, "difference": [0.6, -0.4, -0.2], "category": ["sport", "sport", ""],
    ...                      "mean": [0.9, 0.0, 0.2], "total_mean": [0.3, 0.4, 0.4]},
    ...                     index=["sport: pool", "sport: weights", "guests"])
    >>> list(markers(part).index)
    ['sport: pool', 'guests']
    """
    marked = part[part["is_marker"]]
    if "category" in marked:
        named = set(marked["category"][(marked["category"] != "") & (marked["difference"] > 0)])
        marked = marked[~(marked["category"].isin(named) & (marked["difference"] <= 0))]
    if are_shares(part):
        far = marked["difference"].abs()
    elif "standardized" in marked:
        far = marked["standardized"].abs()
    else:
        ratio = marked["mean"].abs().clip(lower=1e-3) / marked["total_mean"].abs().clip(lower=1e-3)
        far = ratio.map(math.log).abs()
    return marked.loc[far.sort_values(ascending=False, kind="stable").index]


def are_shares(part: pd.DataFrame) -> bool:
    """Whether all means lie from 0 to 1."""
    return bool(part[["mean", "total_mean"]].map(lambda m: 0 <= m <= 1).to_numpy().all())


def _named(marked: pd.DataFrame) -> dict[str, str]:
    """Labels of variables, without their unit, with their index, by language."""
    return {code: "; ".join(f"{_UNIT.sub('', format_value(name, 'column', code))} {format_value(index, 'index', code)}"
                            for name, index in marked["index_100"].items()) or "–" for code in LANGUAGES}


def _together(X: pd.DataFrame, w: pd.Series) -> list[Any]:
    """The variables in the order of a tree's leaves, like beside like; a missing value counts as the mean."""
    values = X.to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    mass = w.to_numpy()[:, None] * known
    mean = (mass * np.where(known, values, 0.0)).sum(axis=0) / mass.sum(axis=0)
    Z = np.where(known, values - mean, 0.0) * np.sqrt(w.to_numpy() / w.sum())[:, None]
    length = np.sqrt((Z**2).sum(axis=0))
    Z = Z / np.where(length > 0, length, 1.0)
    apart = np.sqrt(np.clip(2 - 2 * (Z.T @ Z), 0, None)).round(9)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "complete", optimal_ordering=True)
    return [X.columns[i] for i in leaves_list(tree)]


def describe(table: pd.DataFrame, segmentation: Segmentation, descriptors: Sequence[str], adjust: str = "holm",
             weights: Sequence[float] | None = None, variances: str = "welch", random_state: Any = 0) -> pd.DataFrame:
    """How strongly each descriptor variable differs between segments: effect size first, then the test.

    Parameters
    ----------
    table : DataFrame indexed as the segmentation (a row per customer).
    segmentation : how the customers are segmented.
    descriptors : columns of `table`, once each; numeric ones by analysis of variance (Welch), others by chi-squared.
    adjust : "holm", "bh" (Benjamini–Hochberg) or "none", over all tested descriptors.
    weights : case weight of each row, 0 or more; all equal by default. Tests count as many customers as the weights
        are worth: (Σw)² / Σw² (Kish).
    variances : "welch" lets each segment have its own spread, "equal" is the classical analysis of variance.
    random_state : of permutations and resampling; every descriptor takes the same stream, so that its figures do not
        depend on the others.

    Returns
    -------
    DataFrame indexed by `descriptor`: `test`, `n` (customers compared), `statistic`,
    `effect` (its name: Cramér's V or omega²), `effect_size` (0..1, less what chance alone adds), `effect_low`,
    `effect_high` (its 95 % interval, which holds it: of V from the noncentral chi-squared distribution, of omega² from
    a bootstrap within each segment; with equal variances from the noncentral F), `p_value`, `adjusted_p`, `note`.
    Small expected counts and skewed quantities of small segments have p-values by permutation (at least 0.0001 and
    0.0005); with case weights they are marked instead. A segmentation variable, what its scores were made of, or what
    follows from such (money = frequency × basket, see `circularity.explained`) has no p-value: its test would be
    circular; nor has a variable without spread in a segment, which Welch's test needs. Missing and infinite values,
    and segments of one customer, are left out.

    Raises
    ------
    DataError
        When a descriptor is not in the table, or named twice.

    References
    ----------
    Bergsma (2013), bias-corrected V, doi:10.1016/j.jkss.2012.10.002. Smithson (2003), Confidence Intervals,
    doi:10.4135/9781412983761. Janssen (1997), permuted Welch tests, doi:10.1016/S0167-7152(97)00043-6. Besag &
    Clifford (1991), doi:10.1093/biomet/78.2.301. Kish (1965), Survey Sampling.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> town = X.assign(town=["a", "a", "a", "b", "b", "b"])
    >>> describe(town, kmeans.segment(X, 2, random_state=1), ["town", "visits"])["note"].to_list()
    ['small counts: p by permutation', 'formed the segments: no test']
    """
    check_option("adjust", adjust, ADJUSTMENTS)
    check_option("variances", variances, ("welch", "equal"))
    check_columns(descriptors, table.columns)
    descriptors = list(descriptors)
    if twice := sorted({str(c) for c in descriptors if descriptors.count(c) > 1}):
        raise DataError([Fault(f"descriptor {c!r}", "is named twice", "name each descriptor once: every test makes the "
                               "others stricter") for c in twice])
    w = None
    if weights is not None:  # who counts for nobody takes no part in a test
        all_weights = _weights(table, weights).to_numpy()
        table, w = table[all_weights > 0], all_weights[all_weights > 0]
    place, groups = contingency.codes(segmentation.labels.reindex(table.index))
    w = None if w is None or (w == w[:1]).all() else w
    seed = int(np.random.default_rng(random_state).integers(2**63))
    segmented = difference.Segmented(place.astype(np.int64), len(groups), w, seed)
    formed = circularity.formed(segmentation)
    notes = {name: circularity.FORMED if name in formed else circularity.FOLLOWS for name in descriptors
             if circularity.follows(table, segmentation, name)}

    def found(name: str) -> difference.Found:
        column = table[name]
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        if numeric:
            return difference.numeric(column, segmented, variances == "equal", name not in notes)
        return difference.categorical(column, segmented, name not in notes)

    rows = difference.with_intervals(contingency.side_by_side(found, descriptors, len(table)))
    rows = [{"descriptor": name, **row, **({"p_value": np.nan, "note": notes[name]} if name in notes else {})}
            for name, row in zip(descriptors, rows, strict=True)]
    if not rows:
        return pd.DataFrame(columns=list(_DESCRIPTION), index=pd.Index([], name="descriptor"))
    result = pd.DataFrame(rows).set_index("descriptor")
    result.insert(result.columns.get_loc("p_value") + 1, "adjusted_p", adjusted(result["p_value"], adjust))
    return result


def adjusted(p: pd.Series, adjust: str) -> pd.Series:
    """Adjusted p-values; missing ones count for no test."""
    tested = p.dropna().astype(float)
    if adjust != "none" and len(tested):
        from statsmodels.stats.multitest import multipletests

        tested = pd.Series(multipletests(tested, method=_METHODS[adjust])[1], tested.index)
    return tested.reindex(p.index)


def _weights(table: pd.DataFrame, weights: Sequence[float] | None) -> pd.Series:
    w = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=float)
    if w.shape != (len(table),) or not (np.isfinite(w) & (w >= 0)).all() or not w.any():
        raise DataError([Fault("`weights`", f"must be {len(table)} numbers of at least 0, not all of them 0",
                               "give one per row")])
    return pd.Series(w, index=table.index)


def shares(table: pd.DataFrame, segmentation: Segmentation, descriptor: str) -> pd.DataFrame:
    """Share of each value of a descriptor within each segment, and the index against all customers.

    Parameters
    ----------
    table : DataFrame indexed by customer.
    segmentation : how the customers are segmented.
    descriptor : a column of `table`, "" for none.

    Returns
    -------
    DataFrame, a row per (segment, value), values in their natural order; numbers with more than six values stand in
    bands (`banded`): `n`, `within_share` (of the segment),
    `total_share`, `index_100`, `adjusted_p`: how often chance alone would put as many or as few customers into a cell
    (hypergeometric, both sides), by Holm's method over all cells, as the cell with the largest index is picked from all
    of them. Customers without a value or a segment are left out. Empty when `descriptor` is "".

    Raises
    ------
    DataError
        When the descriptor is not in the table.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> town = X.assign(town=["a", "a", "b", "b", "b", None])
    >>> shares(town, kmeans.segment(X, 2, random_state=1), "town")["within_share"].round(2).to_list()
    [0.67, 0.33, 0.0, 1.0]
    """
    if not descriptor:
        return pd.DataFrame(columns=["n", "within_share", "total_share", "index_100", "adjusted_p"])
    check_columns([descriptor], table.columns)
    label = segmentation.labels.reindex(table.index)
    values, order = banded(table[descriptor])
    counts = contingency.table(values, label).T.reindex(segmentation.segments.index, fill_value=0)
    counts = counts[[v for v in order if v in counts] or _ordered(counts.columns)].rename_axis(columns=descriptor)
    within = counts.div(counts.sum(axis=1), axis=0)
    total = counts.sum() / counts.to_numpy().sum()
    long = pd.DataFrame({"n": counts.stack(), "within_share": within.stack()})
    long.index.names = ["segment", "value"]
    long["total_share"] = long.index.get_level_values("value").map(total)
    long["index_100"] = 100 * long["within_share"] / long["total_share"]
    n, rows, columns = (np.asarray(part) for part in (counts, counts.sum(axis=1), counts.sum()))
    chance = hypergeom(n.sum(), np.broadcast_to(columns, n.shape), np.broadcast_to(rows[:, None], n.shape))
    p = pd.Series(np.minimum(1.0, 2 * np.minimum(chance.cdf(n), chance.sf(n - 1))).ravel(), long.index)
    long["adjusted_p"] = adjusted(p, "holm")
    return long


def banded(column: pd.Series) -> tuple[pd.Series, list[str]]:
    """An amount in bands of about as many people each, and the bands in their order; anything else as it is, and [].

    Numbers with more than six values are an amount. Limits are quantiles, rounded to as few digits as keep them apart;
    a value that is a limit belongs to the band above it.

    Examples
    --------
    >>> banded(pd.Series(range(18, 68)))[1]
    ['< 30', '30 – 40', '40 – 50', '50 – 60', '≥ 60']
    >>> banded(pd.Series([0] * 90 + [1500, 2500, 3500, 4500, 5500, 6500, 7500]))[1]
    ['< 2\\xa0000', '≥ 2\\xa0000']
    >>> banded(pd.Series([1, 2, 3]))[1]
    []
    """
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return column, []
    values = column.to_numpy(dtype=float, na_value=np.nan)
    known = np.sort(values[np.isfinite(values)])
    if len(np.unique(known)) <= MANY:
        return column, []
    wanted = np.quantile(known, np.arange(1, BANDS) / BANDS, method="higher")
    wanted = np.unique(wanted[wanted > known[0]])
    if not len(wanted):
        wanted = known[known > known[0]][:1]
    exact = np.diff(np.searchsorted(known, [-np.inf, *wanted, np.inf]))
    for digits in range(1, 18):
        cuts = [float(f"{cut:.{digits}g}") for cut in wanted]
        if (np.diff(np.searchsorted(known, [-np.inf, *cuts, np.inf])) >= 0.5 * exact).all():
            break
    words = [f"{cut:,.0f}" if cut.is_integer() else f"{cut:,}" for cut in cuts]
    words = [word.replace(",", "\u00a0") for word in words]
    names = [f"< {words[0]}", *(f"{a} – {b}" for a, b in pairwise(words)), f"≥ {words[-1]}"]
    bands = pd.cut(np.where(np.isfinite(values), values, np.nan), [-np.inf, *cuts, np.inf], right=False, labels=names)
    return pd.Series(bands, column.index).astype(object), names


def over_represented(shares: pd.DataFrame) -> pd.DataFrame:
    """The cells of `shares` by evidence: the smallest adjusted p first, of equal ones the largest index.

    Cells of fewer than `FEWEST` people are left out: an index of a few people is large by chance, and tells of them.
    Cells with an index of 100 or less are left out too.

    Examples
    --------
    >>> cells = pd.DataFrame({"n": [1, 40, 30], "index_100": [300.0, 120.0, 150.0], "adjusted_p": [1.0, 0.01, 0.2]},
    ...                      index=list("abc"))
    >>> list(over_represented(cells).index)
    ['b', 'c']
    """
    cells = shares[(shares["n"] >= FEWEST) & (shares["index_100"] > 100)]
    return cells.sort_values(["adjusted_p", "index_100"], ascending=[True, False], kind="stable")


def _ordered(values: Iterable[Any]) -> list[Any]:
    """Values in their natural order: bands such as "Under 15K", "15-24K", "250K+" by their numbers."""
    values = list(values)
    lower = lower_bounds(pd.Series(values, dtype=object))
    if lower.isna().any():
        return sorted(values, key=str)
    under = [not re.match(r"\s*\d", str(v)) for v in values]
    return [v for *_, v in sorted(zip(lower, [not u for u in under], map(str, values), values, strict=True))]


def means(customers: pd.DataFrame, segmentation: Segmentation, columns: Sequence[str]) -> pd.DataFrame:
    """Mean of numeric columns in each segment, missing values left out; a row per segment."""
    check_columns(columns, customers.columns)
    label = segmentation.labels.reindex(customers.index)
    return customers[list(columns)].astype(float).groupby(label).mean().reindex(segmentation.segments.index)


def strongest(description: pd.DataFrame) -> str:
    """The descriptor that differs most between the segments, of those that differ by more than chance.

    Parameters
    ----------
    description : what `describe` gives.

    Returns
    -------
    str, the descriptor with the largest lower end of its interval (V squared, so that both effects are shares of
    variation), among those with an adjusted p below 0.05; ties: the smaller p, then the first. "" when there is none.

    Examples
    --------
    >>> told = pd.DataFrame({"effect": "Cramér's V", "effect_low": [0.0, 0.2, 0.1], "effect_size": [0.5, 0.3, 0.4],
    ...                      "adjusted_p": [0.4, 0.001, 0.01]}, index=["noise", "age", "town"])
    >>> strongest(told), strongest(told.head(1))
    ('age', '')
    """
    sure = description[description["adjusted_p"].astype(float) < SIGNIFICANT]
    if sure.empty:
        return ""
    low, size = (sure[c].astype(float).fillna(0).where(sure["effect"] != difference.V, sure[c].astype(float) ** 2)
                 for c in ("effect_low", "effect_size"))
    order = pd.DataFrame({"low": -low, "p": sure["adjusted_p"].astype(float), "size": -size})
    return str(order.sort_values(["low", "p", "size"], kind="stable").index[0])


PICKED = N_("Characteristics that differ by more than chance could make (adjusted p below 0.05): {sure:count} of "
            "{all:count}. The strongest of them, by the lower end of its interval: {name:name}.")
NONE_PICKED = N_("Characteristics that differ by more than chance could make (adjusted p below 0.05): none of "
                 "{all:count}. So none is called the strongest.")
NOTHING_KNOWN = N_("No characteristic beside those that formed the segments could be tested, so nothing tells who "
                   "they are.")


def n_sure(description: pd.DataFrame) -> int:
    """How many descriptors differ by more than chance could make: an adjusted p below 0.05."""
    return int((description["adjusted_p"].astype(float) < SIGNIFICANT).sum())


def n_tested(description: pd.DataFrame) -> int:
    """How many descriptors were tested: one that formed the segments, or follows from what did, is not."""
    return int(description["adjusted_p"].notna().sum())


def pick(description: pd.DataFrame) -> str:
    """What is said of the pick of `strongest`, as a message id with `sure`, `all` and `name`."""
    if not n_tested(description):
        return NOTHING_KNOWN
    return PICKED if n_sure(description) else NONE_PICKED


def least_known(shares: pd.DataFrame, segmentation: Segmentation) -> float:
    """Share of customers whose value of a descriptor is known, in the segment with the fewest; missing without any.

    Parameters
    ----------
    shares : what `shares` gives for the descriptor.
    segmentation : how the customers are segmented.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 9, 8.0]})
    >>> town, found = X.assign(town=["a", None, "b", "b"]), kmeans.segment(X, 2, random_state=1)
    >>> least_known(shares(town, found, "town"), found)
    0.5
    """
    known = shares["n"].groupby(level=0).sum().reindex(segmentation.segments.index, fill_value=0)
    return float((known / segmentation.segments["size"]).min()) if len(shares) else float("nan")
