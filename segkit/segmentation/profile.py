"""Profile segments by the segmentation variables; describe them by descriptor variables.

The two are kept apart: a test of difference on a variable that formed the segments is circular, so it
gets no p-value (S5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from segkit.data.customers import lower_bounds
from segkit.segmentation.result import Segmentation
from segkit.words.errors import check_columns, check_option
from segkit.words.language import N_

MARKER_SHARE = 0.25
MARKER_RATIO = 0.5
ANOVA, CHI_SQUARED = N_("analysis of variance (Welch)"), N_("chi-squared")
CIRCULAR = N_("formed the segments: no test")
TOO_FEW = N_("too few values to compare")
NO_SPREAD = N_("all values equal within a segment: no test")
FEW_EXPECTED = N_("small counts: read with care")
_DESCRIPTION = ("n", "test", "statistic", "effect", "effect_size", "p_value", "adjusted_p", "note")
ADJUSTMENTS = {"holm": "holm", "bh": "fdr_bh", "none": None}


def segments(X: pd.DataFrame, segmentation: Segmentation) -> pd.DataFrame:
    """The profile: each segmentation variable's mean in each segment, against all customers.

    Parameters
    ----------
    X : DataFrame, a row per customer (index as in the segmentation), numeric columns.
    segmentation : how the customers are segmented.

    Returns
    -------
    DataFrame, a row per (variable, segment): `mean`, `total_mean`, `difference`, `index_100` (100 = as in
    the total; missing when the total mean is 0), `is_marker`. A variable marks a segment when its mean
    differs from the total by half the total mean; for shares of 0..1 also by 0.25.

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
    rows = []
    for name in X.columns:
        column = X[name].astype(float)
        total = column.mean()
        means = column.groupby(label).mean().reindex(segmentation.segments.index)
        is_share = bool(column.between(0, 1).all())
        gap = means - total
        marker = gap.abs() >= MARKER_RATIO * abs(total) if total else gap.abs() > 0
        if is_share:
            marker |= gap.abs() >= MARKER_SHARE
        rows.append(pd.DataFrame({"variable": str(name), "mean": means, "total_mean": total, "difference": gap,
                                  "index_100": 100 * means / total if total else np.nan, "is_marker": marker}))
    return pd.concat(rows).reset_index().set_index(["variable", "segment"])


def describe(table: pd.DataFrame, segmentation: Segmentation, descriptors: Sequence[str],
             adjust: str = "holm") -> pd.DataFrame:
    """How strongly each descriptor variable differs between segments: effect size first, then the test.

    Parameters
    ----------
    table : DataFrame indexed as the segmentation (a row per customer).
    segmentation : how the customers are segmented.
    descriptors : columns of `table`; numeric ones by analysis of variance (Welch), others by chi-squared.
    adjust : "holm", "bh" (Benjamini–Hochberg) or "none", over all tested descriptors.

    Returns
    -------
    DataFrame indexed by `descriptor`: `test`, `n` (customers compared), `statistic`,
    `effect` (its name: Cramér's V or eta²), `effect_size` (0..1), `p_value`, `adjusted_p`, `note`. A
    segmentation variable has no p-value: its test would be circular; nor has a variable without spread in
    a segment, which Welch's test needs. Missing and infinite values, and segments of one customer, are left out.

    Raises
    ------
    DataError
        When a descriptor is not in the table.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> town = X.assign(town=["a", "a", "a", "b", "b", "b"])
    >>> describe(town, kmeans.segment(X, 2, random_state=1), ["town", "visits"])["note"].to_list()
    ['small counts: read with care', 'formed the segments: no test']
    """
    check_option("adjust", adjust, ADJUSTMENTS)
    check_columns(descriptors, table.columns)
    label = segmentation.labels.reindex(table.index)
    rows = []
    for name in descriptors:
        used = table[name].notna() & label.notna()
        column, group = table.loc[used, name], label[used]
        numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        row = _numeric(column, group) if numeric else _categorical(column, group)
        if name in segmentation.variables:
            row |= {"p_value": np.nan, "note": CIRCULAR}
        rows.append({"descriptor": name, "n": int(used.sum()), **row})
    if not rows:
        return pd.DataFrame(columns=list(_DESCRIPTION), index=pd.Index([], name="descriptor"))
    result = pd.DataFrame(rows).set_index("descriptor")
    result.insert(result.columns.get_loc("p_value") + 1, "adjusted_p", _adjusted(result["p_value"], adjust))
    return result


def _adjusted(p: pd.Series, adjust: str) -> pd.Series:
    adjusted = p.copy()
    tested = p.notna()
    method = ADJUSTMENTS[adjust]
    if tested.any() and method:
        adjusted[tested] = multipletests(p[tested], method=method)[1]
    return adjusted


def _numeric(column: pd.Series, group: pd.Series) -> dict[str, object]:
    column = column[np.isfinite(column.to_numpy(dtype=float))]
    parts = [part.astype(float).to_numpy() for _, part in column.groupby(group) if len(part) > 1]
    row = {"n": sum(map(len, parts)), "test": ANOVA, "statistic": np.nan, "effect": "eta²", "effect_size": np.nan,
           "p_value": np.nan, "note": TOO_FEW}
    if len(parts) < 2:
        return row
    pooled = np.concatenate(parts)
    between = sum(len(p) * (p.mean() - pooled.mean()) ** 2 for p in parts)
    total = ((pooled - pooled.mean()) ** 2).sum()
    if total > 0:
        row["effect_size"] = float(between / total)
    if any(p.var() == 0 for p in parts):
        return row | {"note": NO_SPREAD}
    found = stats.f_oneway(*parts, equal_var=False)
    return row | {"statistic": float(found.statistic), "p_value": float(found.pvalue), "note": ""}


def _categorical(column: pd.Series, group: pd.Series) -> dict[str, object]:
    counts = pd.crosstab(column.astype(str), group)
    if min(counts.shape) < 2:
        return {"test": CHI_SQUARED, "statistic": np.nan, "effect": "Cramér's V", "effect_size": np.nan,
                "p_value": np.nan, "note": TOO_FEW}
    found = stats.chi2_contingency(counts, correction=False)
    v = np.sqrt(found.statistic / (counts.to_numpy().sum() * (min(counts.shape) - 1)))
    few = (found.expected_freq < 5).mean() > 0.2
    return {"test": CHI_SQUARED, "statistic": float(found.statistic), "effect": "Cramér's V", "effect_size": float(v),
            "p_value": float(found.pvalue), "note": FEW_EXPECTED if few else ""}


def shares(table: pd.DataFrame, segmentation: Segmentation, descriptor: str) -> pd.DataFrame:
    """Share of each value of a descriptor within each segment, and the index against all customers.

    Returns
    -------
    DataFrame, a row per (segment, value): `n`, `within_share` (of the segment), `total_share`,
    `index_100`. Customers without a value or a segment are left out. Empty when `descriptor` is "".
    """
    if not descriptor:
        return pd.DataFrame(columns=["n", "within_share", "total_share", "index_100"])
    check_columns([descriptor], table.columns)
    label = segmentation.labels.reindex(table.index)
    counts = pd.crosstab(label, table[descriptor].astype(object)).reindex(segmentation.segments.index, fill_value=0)
    counts = counts[_ordered(counts.columns)]
    within = counts.div(counts.sum(axis=1), axis=0)
    total = counts.sum() / counts.to_numpy().sum()
    long = pd.DataFrame({"n": counts.stack(), "within_share": within.stack()})
    long.index.names = ["segment", "value"]
    long["total_share"] = long.index.get_level_values("value").map(total)
    long["index_100"] = 100 * long["within_share"] / long["total_share"]
    return long


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
    """The descriptor with the largest effect size, "" when there is none."""
    known = description["effect_size"].dropna() if len(description) else pd.Series(dtype=float)
    return str(known.idxmax()) if len(known) else ""
