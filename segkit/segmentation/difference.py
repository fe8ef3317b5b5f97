"""How strongly a variable differs between segments: effect size, its interval, and the test of one descriptor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import elementwise

from segkit.segmentation import contingency
from segkit.words.language import N_

ANOVA, CHI_SQUARED = N_("analysis of variance (Welch)"), N_("chi-squared")
ANOVA_EQUAL = N_("analysis of variance")
TOO_FEW = N_("too few values to compare")
NO_SPREAD = N_("all values equal within a segment: no test")
FEW_EXPECTED = N_("small counts: read with care")
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Seen:
    """What the interval of an effect size needs: the statistic, its degrees of freedom (`rest` is infinite for
    chi-squared), and what turns a noncentrality into an effect size."""

    statistic: float
    df: float
    rest: float
    scale: float


Found = tuple[dict[str, Any], Seen | None]
_NOTHING = {"statistic": np.nan, "effect": "", "effect_size": np.nan, "effect_low": np.nan, "effect_high": np.nan,
            "p_value": np.nan, "note": TOO_FEW}


def numeric(column: pd.Series, place: np.ndarray, k: int, weights: np.ndarray | None, equal: bool) -> Found:
    """Analysis of variance of a column between k segments (`place` of each row, -1 none), Welch's unless `equal`."""
    values = column.to_numpy(dtype=float, na_value=np.nan)
    known = np.isfinite(values) & (place >= 0)
    several = np.bincount(place[known], minlength=k) > 1
    known &= np.append(several, False)[place]
    values, w = values[known], np.ones(int(known.sum())) if weights is None else weights[known]
    present, first, group = np.unique(place[known], return_index=True, return_inverse=True)
    row = {"n": len(values), "test": ANOVA_EQUAL if equal else ANOVA, **_NOTHING, "effect": "eta²"}
    if len(present) < 2:
        return row, None
    from_first = values - values[first][group]  # values that are all equal become exactly 0
    mass = np.bincount(group, w)
    n = mass**2 / np.bincount(group, w**2)
    shift = np.bincount(group, w * from_first) / mass
    squares = np.bincount(group, w * (from_first - shift[group]) ** 2) / mass
    mean = values[first] + shift
    centre = np.average(mean, weights=mass)
    between, inside = mass @ (mean - centre) ** 2, mass @ squares
    df, rest = len(present) - 1, n.sum() - len(present)
    if between + inside > 0:
        row["effect_size"] = float(between / (between + inside))
    if (squares == 0).any():
        return row | {"note": NO_SPREAD}, None
    classical = (between / df) / (inside / rest)
    seen = Seen(classical, df, rest, n.sum())
    if equal:
        return row | {"statistic": float(classical), "p_value": float(stats.f.sf(classical, df, rest)),
                      "note": ""}, seen
    own = n / (squares * n / (n - 1))
    middle = np.average(mean, weights=own)
    spare = (((1 - own / own.sum()) ** 2) / (n - 1)).sum() / (len(present) ** 2 - 1)
    statistic = (own @ (mean - middle) ** 2 / df) / (1 + 2 * (len(present) - 2) * spare)
    return row | {"statistic": float(statistic), "p_value": float(stats.f.sf(statistic, df, 1 / (3 * spare))),
                  "note": ""}, seen


def categorical(column: pd.Series, place: np.ndarray, k: int, weights: np.ndarray | None, many: bool,
                ) -> Found:
    """Chi-squared test of a column's values between k segments (`place` of each row, -1 none)."""
    counts = contingency.of_texts(column, place, k) if many and weights is None else None
    if counts is None:
        code, values = contingency.codes(column)
        counts = contingency.merged(contingency.counts(code, len(values), place, k), values)
    row = {"n": int(counts.sum()), "test": CHI_SQUARED, **_NOTHING, "effect": "Cramér's V"}
    if weights is not None and row["n"]:
        w = weights[(code >= 0) & (place >= 0)]
        counts = contingency.merged(contingency.counts(code, len(values), place, k, weights), values)
        counts = counts * (_worth(w) / w.sum())
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    if min(counts.shape) < 2:
        return row, None
    tested = stats.chi2_contingency(counts, correction=False)
    scale = counts.sum() * (min(counts.shape) - 1)
    few = (tested.expected_freq < 5).mean() > 0.2
    return row | {"statistic": float(tested.statistic), "effect_size": float(np.sqrt(tested.statistic / scale)),
                  "p_value": float(tested.pvalue), "note": FEW_EXPECTED if few else ""}, Seen(
                      tested.statistic, tested.dof, np.inf, scale)


def with_intervals(found: list[Found]) -> list[dict[str, Any]]:
    """The rows with the 95 % intervals of their effect sizes, all of a kind solved together."""
    rows = [dict(row) for row, _ in found]
    for is_chi in (True, False):
        at = [i for i, (_, s) in enumerate(found) if s and np.isinf(s.rest) == is_chi and np.isfinite(s.statistic)]
        if not at:
            continue
        x, df, rest, scale = np.array([[s.statistic, s.df, s.rest, s.scale] for s in (found[i][1] for i in at)]).T
        for end, level in (("effect_low", (1 + CONFIDENCE) / 2), ("effect_high", (1 - CONFIDENCE) / 2)):
            if is_chi:
                nc = _noncentrality(lambda nc, x, df: stats.ncx2.cdf(x, df, nc), level, x, df)
                effect = np.minimum(1.0, np.sqrt(nc / scale))
            else:
                nc = _noncentrality(lambda nc, x, df, rest: stats.ncf.cdf(x, df, rest, nc), level, x, df, rest)
                effect = nc / (nc + scale)
            for i, value in zip(at, effect, strict=True):
                rows[i][end] = float(value)
    return rows


def _noncentrality(below: Callable[..., np.ndarray], level: float, *seen: np.ndarray) -> np.ndarray:
    """Where a statistic is seen or exceeded just as often as the level allows; 0 where it never is that rare."""
    top = np.maximum(1.0, 2 * seen[0] * (seen[1] if len(seen) > 2 else 1))
    while (far := below(top, *seen) > level).any():
        top = np.where(far, 2 * top, top)
    found = elementwise.find_root(lambda nc, *seen: below(nc, *seen) - level, (np.zeros_like(top), top),
                                           args=seen)
    return np.where(below(np.zeros_like(top), *seen) <= level, 0.0, found.x)


def _worth(w: np.ndarray) -> float:
    """How many customers weights are worth."""
    return float(w.sum() ** 2 / (w**2).sum())
