"""How strongly a variable differs between segments: effect size, its interval, and the test of one descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from segkit.segmentation.case_weights import kish
from segkit.segmentation.description import contingency, effects, permutation
from segkit.segmentation.description.effects import Seen
from segkit.words.language import N_

ANOVA, CHI_SQUARED = N_("analysis of variance (Welch)"), N_("chi-squared")
ANOVA_EQUAL = N_("analysis of variance")
ANOVA_PERMUTED, CHI_PERMUTED = N_("analysis of variance (Welch), by permutation"), N_("chi-squared, by permutation")
TOO_FEW = N_("too few values to compare")
NO_SPREAD = N_("all values equal within a segment: no test")
FEW_EXPECTED = N_("small counts: p by permutation")
SKEWED = N_("skewed values: p by permutation")
FEW_WEIGHTED, SKEWED_WEIGHTED = N_("small counts: read with care"), N_("skewed values: read with care")
V, OMEGA = N_("Cramér's V"), N_("omega²")

Found = tuple[dict[str, Any], Seen | None]
_NOTHING = {"statistic": np.nan, "effect": "", "effect_size": np.nan, "effect_low": np.nan, "effect_high": np.nan,
            "p_value": np.nan, "note": TOO_FEW}


@dataclass(frozen=True)
class Segmented:
    """Where each customer stands: `place` of the segment among k (-1 none), case `weights`, and the `seed` of draws."""

    place: np.ndarray
    k: int
    weights: np.ndarray | None
    seed: int

    def draws(self) -> np.random.Generator:
        """The same for every descriptor, so that none depends on which others are described."""
        return np.random.default_rng(self.seed)


def numeric(column: pd.Series, segmented: Segmented, equal: bool, tested: bool = True) -> Found:
    """Analysis of variance of a column between segments, Welch's unless `equal`; by permutation where it is skewed.

    A mean of n values with skewness G is near enough to normal where n is above 25 G² (Cochran 1977, Sampling
    Techniques, 2.15; see Sugden, Smith & Jones 2000, doi:10.1111/1467-9868.00264); where the smallest segment is
    smaller, the p-value comes from permutation. Not `tested`: the effect size alone.
    """
    values = column.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(values) & (segmented.place >= 0)
    known &= np.append(np.bincount(segmented.place[known], minlength=segmented.k) > 1, False)[segmented.place]
    values = values[known]
    w = None if segmented.weights is None else segmented.weights[known]
    present, first, group = np.unique(segmented.place[known], return_index=True, return_inverse=True)
    row = {"n": len(values), "test": ANOVA_EQUAL if equal else ANOVA, **_NOTHING, "effect": OMEGA}
    if len(present) < 2:
        return row, None
    order = np.lexsort((values, group))  # so that the order of the rows does not matter
    cut = np.cumsum(np.bincount(group))[:-1]
    origin = values[first]  # values that are all equal become exactly 0
    parts = np.split(values[order], cut)
    masses = [None] * len(parts) if w is None else np.split(w[order], cut)
    pools = [permutation.Pool(part - start, mass) for part, start, mass in zip(parts, origin, masses, strict=True)]
    for pool, start in zip(pools, origin, strict=True):
        pool.mean += start
    mass: np.ndarray = np.bincount(group, w)
    n = np.bincount(group).astype(float) if w is None else mass**2 / np.bincount(group, w**2)
    mean, second = np.array([[pool.mean, pool.second] for pool in pools]).T
    by_content = np.lexsort((second, mean, n))  # so that the names of the segments do not matter
    mass, n, mean, second = (array[by_content] for array in (mass, n, mean, second))
    pools, share = [pools[i] for i in by_content], mass / mass.sum()
    df, df_within = len(present) - 1, n.sum() - len(present)
    pooled = (share @ second) * n.sum() / df_within if df_within > 0 else np.nan
    variance = np.full(len(present), pooled) if equal else second * n / (n - 1)
    size = effects.omega_squared(mean, variance, n, share)
    row["effect_size"] = size
    if (second == 0).any():
        return row | {"note": NO_SPREAD}, None
    if equal:
        classical = n.sum() * (share @ (mean - share @ mean) ** 2) / df / pooled
        return row | {"statistic": float(classical), "p_value": float(stats.f.sf(classical, df, df_within)),
                      "note": ""}, Seen(classical, df, df_within, n.sum())
    low, high = effects.interval(pools, n, share, segmented.draws())
    row |= {"effect_low": min(low, size), "effect_high": max(high, size), "note": ""}
    statistic, spare = permutation.welch(mean, variance, n)
    row |= {"statistic": float(statistic), "p_value": float(stats.f.sf(statistic, df, spare))}
    if n.min() > 25 * _skewness(pools) ** 2:
        return row, None
    if w is not None:
        return row | {"note": SKEWED_WEIGHTED}, None
    centred = np.sort(values - share @ mean)
    p = permutation.of_means(centred, n, float(statistic), segmented.draws()) if tested else np.nan
    return row | {"test": ANOVA_PERMUTED, "p_value": p, "note": SKEWED}, None


def _skewness(pools: list[permutation.Pool]) -> float:
    """The largest skewness within a segment, in absolute value."""
    return max(abs(pool.third) / pool.second**1.5 for pool in pools)


def categorical(column: pd.Series, segmented: Segmented, tested: bool = True) -> Found:
    """Chi-squared test of a column's values between segments; by permutation where a fifth of the cells expect fewer
    than five customers, or one fewer than one (Cochran 1954, doi:10.2307/3001616)."""
    place, k, weights = segmented.place, segmented.k, segmented.weights
    code, values = contingency.codes(column)
    counts = contingency.merged(contingency.counts(code, len(values), place, k), values)
    row = {"n": int(counts.sum()), "test": CHI_SQUARED, **_NOTHING, "effect": V}
    if weights is not None and row["n"]:
        w = weights[(code >= 0) & (place >= 0)]
        counts = contingency.merged(contingency.counts(code, len(values), place, k, weights), values)
        counts = counts * (kish(w) / w.sum())
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    if min(counts.shape) < 2:
        return row, None
    test = stats.chi2_contingency(counts, correction=False)
    n = counts.sum()
    row |= {"statistic": float(test.statistic), "p_value": float(test.pvalue), "note": "",
            "effect_size": effects.cramers_v(test.statistic, counts.shape, n)}
    if (test.expected_freq < 5).mean() > 0.2 or test.expected_freq.min() < 1:
        if weights is not None:
            row |= {"note": FEW_WEIGHTED}
        else:
            p = permutation.of_table(counts, segmented.draws()) if tested else np.nan
            row |= {"test": CHI_PERMUTED, "p_value": p, "note": FEW_EXPECTED}
    return row, Seen(test.statistic, test.dof, np.inf, n * (min(counts.shape) - 1))


def with_intervals(found: list[Found]) -> list[dict[str, Any]]:
    """The rows with the 95 % intervals of their effect sizes, all of a kind solved together; each holds its size."""
    rows = [dict(row) for row, _ in found]
    for is_chi in (True, False):
        asked = {i: s for i, (_, s) in enumerate(found)
                 if s and np.isinf(s.rest) == is_chi and np.isfinite(s.statistic)}
        if asked:
            for i, (low, high) in zip(asked, effects.noncentral(list(asked.values())), strict=True):
                size = rows[i]["effect_size"]
                rows[i] |= {"effect_low": float(min(low, size)), "effect_high": float(max(high, size))}
    return rows
