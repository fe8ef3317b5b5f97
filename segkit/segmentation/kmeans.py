"""k-means that is honest about its restarts.

One start of k-means rarely finds the best solution (on survey data often in one run of five, or of a
hundred), so the default is many starts, and the result says how many of them came close: the
near-best share. Equal rows are collapsed to one row with a weight before anything is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, check_option

SCALES = ("none", "standard", "log")
MAX_STARTS = 400
COMPARED_STARTS = 120
ENOUGH_BEST = 40
STARTS_PER_ROUND = 40
MAX_ITERATIONS = 300
NEAR_BEST = 0.001
SAME_BEST = 1e-4
TIE = 1e-10
_RESERVED = ("size", "segment_share", "segment")
_BATCH = 4_000_000  # distances held at once


def segment(X: pd.DataFrame, k: int, weights: Sequence[float] | None = None, n_starts: int = MAX_STARTS,
            scale: str = "none", random_state: int | None = None) -> Segmentation:
    """Segment customers by k-means (Lloyd's iterations from many greedy k-means++ starts).

    Parameters
    ----------
    X : DataFrame, a row per customer and a numeric column per segmentation variable.
    k : number of segments, 1 or more.
    weights : case weight of each row, > 0, in the order of the rows; all equal by default.
    n_starts : most starts to make. Starts come in rounds of 40, until 40 are within 0.01 % of the best.
    scale : "none"; "standard" to give each variable mean 0 and standard deviation 1 first; "log" to take
        log(1 + value) before that, for skewed amounts and counts.
    random_state : seed; the same seed gives the same segmentation.

    Returns
    -------
    Segmentation. Segments are numbered 1..k by size, ties by centroid. `segments` holds each variable's
    mean in its own unit. `summary`: `criterion` (weighted sum of squared distances, of the scaled variables), `k`,
    `n_starts` (made), `near_best_share` (starts within 0.1 % of the best), `median_excess` (of the median start
    over the best, as a share), `explained_share` (of the total sum of squares).

    Raises
    ------
    DataError
        Missing, infinite or non-numeric values (all columns listed), a constant variable when scaling,
        fewer distinct rows than `k`, weights that are not positive.

    References
    ----------
    Arthur & Vassilvitskii (2007), k-means++. Dolnicar, Grün & Leisch (2018), Market Segmentation
    Analysis, doi:10.1007/978-981-10-8818-6, on why restarts matter.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0], "spend": [5, 5, 6, 1, 1, 2.0]})
    >>> s = segment(X, k=2, random_state=1)
    >>> s.labels.to_list()
    [1, 1, 1, 2, 2, 2]
    >>> float(s.summary["near_best_share"].iloc[0])
    1.0
    """
    check_option("scale", scale, SCALES)
    values, w = _checked(X, k, weights, scale, n_starts)
    distinct, inverse = np.unique(values, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    mass = np.bincount(inverse, weights=w)
    if len(distinct) < k:
        raise DataError([Fault("`k`", f"is {k}, but there are only {len(distinct)} distinct rows",
                               f"ask for at most {len(distinct)} segments")])
    mean = np.average(distinct, axis=0, weights=mass)
    spread = np.sqrt(np.average((distinct - mean) ** 2, axis=0, weights=mass))
    scaling = np.ones(len(mean)) if scale == "none" else spread
    Z = (distinct - mean) / scaling
    centroids, criteria = best_of(Z, mass, k, n_starts, random_state)
    label, centroids = _settled(Z, mass, centroids)
    best = min(criteria.min(), float(mass @ ((Z - centroids[label]) ** 2).sum(axis=1)))
    total = float((mass[:, None] * Z**2).sum())
    labels = list(range(1, k + 1))
    assignments = pd.DataFrame({"segment": label[inverse] + 1}, index=X.index)
    size = np.bincount(label[inverse], minlength=k)
    share = np.bincount(label, weights=mass, minlength=k) / mass.sum()
    segments = pd.DataFrame({"size": size, "segment_share": share}, index=pd.Index(labels, name="segment"))
    own = X.astype(float).mul(w, axis=0).groupby(assignments["segment"]).sum()
    segments = segments.join(own.div(pd.Series(w, index=X.index).groupby(assignments["segment"]).sum(), axis=0))
    close = criteria <= best * (1 + NEAR_BEST) + 1e-12 * total
    summary = pd.DataFrame({
        "method": ["k-means"], "k": [k], "criterion": [float(best)], "n_starts": [len(criteria)],
        "near_best_share": [float(close.mean())],
        "median_excess": [float(np.median(criteria) / best - 1) if best > 0 else 0.0],
        "explained_share": [1 - float(best) / total if total > 0 else 1.0],
    })
    rule = {"kind": "centroids", "labels": labels, "centroids": centroids.tolist(), "mean": mean.tolist(),
            "scale": scaling.tolist(), "log": scale == "log"}
    return Segmentation("k-means", tuple(map(str, X.columns)), assignments, segments, summary, rule)


def compare(X: pd.DataFrame, k_values: Sequence[int], n_starts: int = COMPARED_STARTS, random_state: int | None = None,
            **arguments: Any) -> pd.DataFrame:
    """The summary of one segmentation per number of segments, indexed by `k`.

    Takes `segment`'s arguments, with fewer starts by default: enough to compare. `smallest_share` is the
    share of the smallest segment.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> compare(X, [2, 3], random_state=1)["smallest_share"].round(2).to_list()
    [0.5, 0.17]
    """
    rows = []
    for k in k_values:
        found = segment(X, k, n_starts=n_starts, random_state=random_state, **arguments)
        rows.append(found.summary.assign(smallest_share=found.segments["segment_share"].min()))
    return pd.concat(rows, ignore_index=True).drop(columns="method").set_index("k")


def _checked(X: pd.DataFrame, k: int, weights: Any, scale: str, n_starts: int) -> tuple[np.ndarray, np.ndarray]:
    faults = []
    if X.shape[1] == 0:
        faults.append(Fault("segmentation variables", "there are none", "name at least one numeric column"))
    if X.index.has_duplicates:
        faults.append(Fault("customers", f"{X.index.duplicated().sum():,} rows have the id of an earlier row",
                            "give one row per customer"))
    faults += [Fault(f"segmentation variable {c!r}", "has a name of the results", "rename it") for c in X.columns
               if c in _RESERVED]
    if not isinstance(n_starts, int | np.integer) or isinstance(n_starts, bool) or n_starts < 1:
        faults.append(Fault("`n_starts`", f"must be a whole number of at least 1, got {n_starts!r}"))
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or k < 1:
        faults.append(Fault("`k`", f"must be a whole number of at least 1, got {k!r}"))
    for i, name in enumerate(X.columns):
        column = X.iloc[:, i]
        if not pd.api.types.is_numeric_dtype(column):
            faults.append(Fault(f"segmentation variable {name!r}", f"is {column.dtype}, not numeric",
                                "leave it out, or code it as numbers"))
            continue
        finite = np.isfinite(column.to_numpy(dtype=float, na_value=np.nan))
        if not finite.all():
            rows = tuple(map(str, X.index[~finite][:5]))
            faults.append(Fault(f"segmentation variable {name!r}", f"{(~finite).sum():,} values are missing or infinite"
                                f" (first: {', '.join(rows)})", "drop these customers, or fill the values"))
        elif scale == "log" and (column < 0).any():
            faults.append(Fault(f"segmentation variable {name!r}", f"{(column < 0).sum():,} values are negative; they "
                                "have no logarithm", "use scale=\"standard\", or remove returns first"))
        elif scale != "none" and column.nunique() < 2:
            faults.append(Fault(f"segmentation variable {name!r}", "has one value only; it cannot be scaled",
                                "leave it out"))
    repeated = sorted({str(c) for c in X.columns if (X.columns == c).sum() > 1})
    if repeated:
        faults.append(Fault("segmentation variables", f"the same name twice: {', '.join(repeated)}", "rename one"))
    w = np.ones(len(X)) if weights is None else pd.to_numeric(np.asarray(weights), errors="coerce").astype(float)
    if w.shape != (len(X),):
        faults.append(Fault("`weights`", f"has {w.size} values for {len(X)} rows",
                            "give one weight per row"))
    elif not (np.isfinite(w) & (w > 0)).all():
        faults.append(Fault("`weights`", f"{(~(np.isfinite(w) & (w > 0))).sum():,} values are not positive numbers",
                            "drop these rows, or correct the weights"))
    if faults:
        raise DataError(faults, "k-means")
    values = X.to_numpy(dtype=float)
    return np.log1p(values) if scale == "log" else values, w


def best_of(Z: np.ndarray, mass: np.ndarray, k: int, n_starts: int,
            random_state: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Centroids (k, d) of the best start, and the criterion of every start made.

    Starts run together in one array, each from its own stream, so that neither the size of the rounds nor
    the memory at hand changes them.
    """
    streams = np.random.SeedSequence(random_state).spawn(n_starts)
    at_once = max(1, _BATCH // (len(Z) * k))
    best, least, criteria = None, np.inf, np.empty(0)
    for first in range(0, n_starts, STARTS_PER_ROUND):
        last = min(first + STARTS_PER_ROUND, n_starts)
        for start in range(first, last, at_once):
            C = np.stack([plus_plus(Z, mass, k, np.random.default_rng(s))
                          for s in streams[start:min(start + at_once, last)]])
            C, sse = lloyd(Z, mass, C)
            criteria = np.append(criteria, sse)
            if sse.min() < least:
                best, least = C[sse.argmin()], sse.min()
        if (criteria <= least * (1 + SAME_BEST)).sum() >= ENOUGH_BEST:
            break
    return best, criteria


def plus_plus(Z: np.ndarray, mass: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """k starting centroids (k, d), far apart by chance (greedy k-means++: the best of a few candidates each)."""
    n_candidates = 2 + int(np.log(k))
    chosen = [int(rng.choice(len(Z), p=mass / mass.sum()))]
    gap = ((Z - Z[chosen[0]]) ** 2).sum(axis=1)
    for _ in range(1, k):
        reach = np.cumsum(gap * mass)
        drawn = rng.random(n_candidates) * reach[-1]
        candidates = np.minimum(np.searchsorted(reach, drawn), len(Z) - 1)
        gaps = np.minimum(gap, ((Z[None] - Z[candidates, None]) ** 2).sum(axis=2))
        best = (gaps @ mass).argmin()
        chosen.append(int(candidates[best]))
        gap = gaps[best]
    return Z[chosen]


def lloyd(Z: np.ndarray, mass: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lloyd's iterations of all starts at once: centroids (s, k, d) → converged centroids and criteria (s,).

    A segment that loses all its customers keeps its centroid.
    """
    C = C.copy()
    n_starts, k, d = C.shape
    sse = np.full(n_starts, np.inf)
    weighted = np.column_stack([mass[:, None] * Z, mass])
    energy = float((mass[:, None] * Z**2).sum())
    lengths = (Z**2).sum(axis=1)
    running = np.arange(n_starts)
    last = np.full((n_starts, len(Z)), -1, dtype=np.int32)
    for _ in range(MAX_ITERATIONS):
        active = C[running]
        scores = np.einsum("nd,skd->snk", Z, active, optimize=True)
        scores *= -2
        scores += (active**2).sum(axis=2)[:, None, :]
        label = _first_least(scores, lengths).astype(np.int32)
        sse[running] = energy + np.take_along_axis(scores, label[:, :, None], axis=2)[:, :, 0] @ mass
        moved = (label != last[running]).any(axis=1)
        last[running] = label
        if not moved.any():
            break
        running, label = running[moved], label[moved]
        flat = (label + np.arange(len(running))[:, None] * k).ravel()
        sums = np.stack([np.bincount(flat, weights=np.tile(weighted[:, j], len(running)), minlength=len(running) * k)
                         for j in range(d + 1)], axis=1).reshape(len(running), k, d + 1)
        filled = sums[:, :, d] > 0
        means = sums[:, :, :d] / np.where(filled, sums[:, :, d], 1)[:, :, None]
        C[running] = np.where(filled[:, :, None], means, C[running])
    return C, np.maximum(sse, 0)


def nearest(Z: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Index of the nearest centroid (k, d) of each row (n, d); a tie goes to the first."""
    return _first_least((C**2).sum(axis=1) - 2 * Z @ C.T, (Z**2).sum(axis=1))


def _first_least(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Place of each row's least score |c|² − 2z·c on the last axis, for rows of squared length `lengths`.

    Scores that differ by rounding alone are a tie, won by the first.
    """
    least = scores.min(axis=-1)
    margin = TIE * (lengths + np.abs(least))
    return (scores <= (least + margin)[..., None]).argmax(axis=-1)


def _settled(Z: np.ndarray, mass: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Segments in canonical order whose customers are nearest to their own centroid, ties going to the first."""
    for _ in range(MAX_ITERATIONS):
        label, C = _canonical(nearest(Z, C), C, mass)
        if (nearest(Z, C) == label).all():
            break
        C = lloyd(Z, mass, C[None])[0][0]
    return label, C


def _canonical(label: np.ndarray, C: np.ndarray, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Segments by size, largest first; ties by centroid."""
    size = np.bincount(label, weights=mass, minlength=len(C))
    order = sorted(range(len(C)), key=lambda j: (-size[j], tuple(C[j])))
    new = np.empty(len(C), dtype=int)
    new[order] = np.arange(len(C))
    return new[label], C[order]
