"""k-means that is honest about its restarts.

One start of k-means rarely finds the best solution (on survey data often in one run of five, or of a
hundred), so the default is many starts, and the result says how many of them came close: the
near-best share. Equal rows are collapsed to one row with a weight before anything is computed; the starts
run in a compiled kernel, which is loaded at the first fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.segmentation import rows
from segkit.segmentation.kernel import STILL
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, check_option

SCALES = ("none", "standard", "log")
MAX_STARTS = 4000
ENOUGH_BEST = 40
STARTS_PER_ROUND = 40
MAX_ITERATIONS = 300
NEAR_BEST = 0.001
SAME_BEST = 1e-4
TIE = 1e-10
_RESERVED = ("size", "segment_share", "segment")
WORK = 1.5e9  # starts × rows × segments × variables made when the number of starts is not given
FEWEST_STARTS = 20
_BATCH = 4_000_000  # labels held at once
_CHUNK = 50_000  # rows whose distances are held at once


class Prepared(NamedTuple):
    """Distinct rows (m, d), centred and scaled, with their mass (m,) and each customer's row and weight (n,)."""

    Z: np.ndarray
    mass: np.ndarray
    row: np.ndarray
    weight: np.ndarray
    mean: np.ndarray
    scaling: np.ndarray


def segment(X: pd.DataFrame, k: int, weights: Sequence[float] | None = None,
            n_starts: int | None = None, scale: str = "none", random_state: int | None = None) -> Segmentation:
    """Segment customers by k-means (Lloyd's iterations from many greedy k-means++ starts).

    Parameters
    ----------
    X : DataFrame, a row per customer and a numeric column per segmentation variable.
    k : number of segments, 1 or more.
    weights : case weight of each row, > 0, in the order of the rows; all equal by default.
    n_starts : most starts to make; 4,000 by default, fewer on many rows, so that a fit takes seconds. Starts come in
        rounds of 40, until 40 are within 0.01 % of the best.
    scale : "none"; "standard" to give each variable mean 0 and standard deviation 1 first; "log" to take
        log(1 + value) before that, for skewed amounts and counts.
    random_state : seed; the same seed gives the same segmentation.

    Returns
    -------
    Segmentation. Segments are numbered 1..k by size, ties by centroid. `segments` holds each variable's
    mean in its own unit. `summary`: `criterion` (weighted sum of squared distances, of the scaled variables), `k`,
    `n_starts` (made), `near_best_share` (starts within 0.1 % of the best), `label_agreement` (mean adjusted Rand
    index of the other near-best starts with the best; 1 where there is no other), `median_excess` (of the median
    start over the best, as a share), `explained_share` (of the total sum of squares).

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
    Z, mass, row, w, mean, scaling = prepare(X, k, weights, scale, n_starts)
    C, criteria = _starts(Z, mass, k, most_starts(Z, k) if n_starts is None else n_starts, random_state)
    label, centroids = _settled(Z, mass, C[criteria.argmin()])
    best = min(criteria.min(), _sum_of_squares(Z, mass, centroids, label))
    total = float(np.einsum("n,nd,nd->", mass, Z, Z))
    close = criteria <= best * (1 + NEAR_BEST) + 1e-12 * total
    labels = list(range(1, k + 1))
    assignments = pd.DataFrame({"segment": label[row] + 1}, index=X.index)
    size = np.bincount(label[row], minlength=k)
    share = np.bincount(label, weights=mass, minlength=k)
    segments = pd.DataFrame({"size": size, "segment_share": share / mass.sum()}, index=pd.Index(labels, name="segment"))
    for i, name in enumerate(X.columns):
        values = X.iloc[:, i].to_numpy(dtype=float)
        segments[name] = np.bincount(label[row], weights=w * values, minlength=k) / share
    summary = pd.DataFrame({
        "method": ["k-means"], "k": [k], "criterion": [float(best)], "n_starts": [len(criteria)],
        "near_best_share": [float(close.mean())],
        "label_agreement": [_agreement(Z, mass * len(X) / w.sum(), label, C[close], criteria[close])],
        "median_excess": [float(np.median(criteria) / best - 1) if best > 0 else 0.0],
        "explained_share": [1 - float(best) / total if total > 0 else 1.0],
    })
    rule = {"kind": "centroids", "labels": labels, "centroids": centroids.tolist(), "mean": mean.tolist(),
            "scale": scaling.tolist(), "log": scale == "log"}
    return Segmentation("k-means", tuple(map(str, X.columns)), assignments, segments, summary, rule)


def compare(X: pd.DataFrame, k_values: Sequence[int], n_starts: int | None = None, random_state: int | None = None,
            **arguments: Any) -> pd.DataFrame:
    """The summary of one segmentation per number of segments, indexed by `k`.

    Takes `segment`'s arguments. `smallest_share` is the share of the smallest segment.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> compare(X, [2, 3], random_state=1)["smallest_share"].round(2).to_list()
    [0.5, 0.17]
    """
    found = [segment(X, k, n_starts=n_starts, random_state=random_state, **arguments) for k in k_values]
    summaries = [f.summary.assign(smallest_share=f.segments["segment_share"].min()) for f in found]
    return pd.concat(summaries, ignore_index=True).drop(columns="method").set_index("k")


def prepare(X: pd.DataFrame, k: int, weights: Sequence[float] | None, scale: str, n_starts: int | None) -> Prepared:
    """The customers as distinct rows, checked and scaled as `segment` says."""
    check_option("scale", scale, SCALES)
    values, w = _checked(X, k, weights, scale, n_starts)
    Z, row = rows.distinct(values)
    if len(Z) < k:
        raise DataError([Fault("`k`", f"is {k}, but there are only {len(Z)} distinct rows",
                               f"ask for at most {len(Z)} segments")])
    mass = np.bincount(row, weights=w)
    mean = np.average(Z, axis=0, weights=mass) if len(Z) <= _CHUNK else mass @ Z / mass.sum()
    Z -= mean
    scaling = np.ones(len(mean))
    if scale != "none":
        scaling = np.sqrt(np.einsum("n,nd,nd->d", mass, Z, Z) / mass.sum())
        Z /= scaling
    return Prepared(Z, mass, row, w, mean, scaling)


def _checked(X: pd.DataFrame, k: int, weights: Any, scale: str, n_starts: int | None) -> tuple[np.ndarray, np.ndarray]:
    faults = []
    if X.shape[1] == 0:
        faults.append(Fault("segmentation variables", "there are none", "name at least one numeric column"))
    if X.index.has_duplicates:
        faults.append(Fault("customers", f"{X.index.duplicated().sum():,} rows have the id of an earlier row",
                            "give one row per customer"))
    faults += [Fault(f"segmentation variable {c!r}", "has a name of the results", "rename it") for c in X.columns
               if c in _RESERVED]
    if n_starts is not None and (not isinstance(n_starts, int | np.integer) or isinstance(n_starts, bool)
                                 or n_starts < 1):
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
            first = tuple(map(str, X.index[~finite][:5]))
            faults.append(Fault(f"segmentation variable {name!r}", f"{(~finite).sum():,} values are missing or infinite"
                                f" (first: {', '.join(first)})", "drop these customers, or fill the values"))
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


def most_starts(Z: np.ndarray, k: int) -> int:
    """Starts to make at most where the user does not say: as many as take seconds."""
    return int(np.clip(WORK / (Z.size * k), FEWEST_STARTS, MAX_STARTS))


def best_of(Z: np.ndarray, mass: np.ndarray, k: int, n_starts: int,
            random_state: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Centroids (k, d) of the best start, and the criterion of every start made.

    A start depends on its own stream alone: neither the size of the rounds nor the number of threads nor the
    memory at hand changes it.
    """
    C, criteria = _starts(Z, mass, k, n_starts, random_state)
    return C[criteria.argmin()], criteria


def _starts(Z: np.ndarray, mass: np.ndarray, k: int, n_starts: int,
            random_state: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Centroids (s, k, d) and criterion (s,) of every start made."""
    from segkit.segmentation.kernel import lloyd as kernel
    from segkit.segmentation.kernel.blocks import blocked, padded
    from segkit.segmentation.kernel.compiled import threads
    from segkit.segmentation.kernel.stream import seeds

    blocks, streams = blocked(Z), seeds(random_state, n_starts)
    mass = padded(mass, len(blocks))
    C, criteria = np.empty((n_starts, k, Z.shape[1])), np.empty(n_starts)
    n_threads = threads() if blocks.size * k > 200_000 else 1
    at_once = max(1, min(_BATCH // len(mass), -(-STARTS_PER_ROUND // n_threads)))

    def work(first: int) -> None:
        own = slice(first, min(first + at_once, last))
        label = np.empty((own.stop - first, len(mass)), dtype=np.int16)
        kernel.fit(blocks, mass, streams[own], C[own], criteria[own], label, len(mass) // STILL)

    with ThreadPoolExecutor(n_threads) as pool:
        for begin in range(0, n_starts, STARTS_PER_ROUND):
            last = min(begin + STARTS_PER_ROUND, n_starts)
            list(map(work, range(begin, last, at_once)) if n_threads == 1 else
                 pool.map(work, range(begin, last, at_once)))
            if (criteria[:last] <= criteria[:last].min() * (1 + SAME_BEST)).sum() >= ENOUGH_BEST:
                break
    return C[:last], criteria[:last]


def lloyd(Z: np.ndarray, mass: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lloyd's iterations from given centroids (s, k, d) → converged centroids and criteria (s,).

    A segment that loses all its customers keeps its centroid.
    """
    C, criteria, _ = _iterated(Z, mass, C, 0)
    return C, criteria


def _iterated(Z: np.ndarray, mass: np.ndarray, C: np.ndarray, enough: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lloyd's iterations until `enough` rows or fewer change: centroids, criteria (s,), labels (s, n)."""
    from segkit.segmentation.kernel import lloyd as kernel
    from segkit.segmentation.kernel.blocks import blocked, padded

    blocks, C = blocked(Z), np.array(C, dtype=float)
    mass, criteria = padded(mass, len(blocks)), np.empty(len(C))
    label = np.empty((len(C), len(mass)), dtype=np.int16)
    kernel.fit(blocks, mass, np.empty(0, dtype=np.uint64), C, criteria, label, enough)
    return C, criteria, label[:, :len(Z)]


def _agreement(Z: np.ndarray, mass: np.ndarray, label: np.ndarray, C: np.ndarray, criteria: np.ndarray) -> float:
    """Mean adjusted Rand index of near-best starts but one, the best, with the labels (n,) of the best."""
    from segkit.segmentation.kernel.bootstrap import adjusted_rand

    if len(C) < 2:
        return 1.0
    _, first, times = np.unique(np.round(criteria / criteria.min(), 10) if criteria.min() > 0 else criteria,
                                return_index=True, return_counts=True)
    times[0] -= 1  # the best itself
    rand = [adjusted_rand(_iterated(Z, mass, C[i][None], len(Z))[2][0], label, mass) if n else 1.0
            for i, n in zip(first, times, strict=True)]
    return float(np.average(rand, weights=times))


def _sum_of_squares(Z: np.ndarray, mass: np.ndarray, C: np.ndarray, label: np.ndarray) -> float:
    chunks = (slice(i, i + _CHUNK) for i in range(0, len(Z), _CHUNK))
    return sum(float(mass[c] @ ((Z[c] - C[label[c]]) ** 2).sum(axis=1)) for c in chunks)


def nearest(Z: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Index of the nearest centroid (k, d) of each row (n, d); a tie goes to the first."""
    chunks = (Z[i:i + _CHUNK] for i in range(0, len(Z), _CHUNK))
    return np.concatenate([_first_least((C**2).sum(axis=1) - 2 * z @ C.T, (z**2).sum(axis=1)) for z in chunks])


def _first_least(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Place of each row's least score |c|² − 2z·c on the last axis, for rows of squared length `lengths`.

    Scores that differ by rounding alone are a tie, won by the first.
    """
    least = scores.min(axis=-1)
    margin = TIE * (lengths + np.abs(least))
    return (scores <= (least + margin)[..., None]).argmax(axis=-1)


def _settled(Z: np.ndarray, mass: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Segments in canonical order whose customers are nearest to their own centroid, ties going to the first.

    Ends a start that the kernel brought near its end; here scores that differ by rounding alone are a tie. Of many
    rows the few that changed last are not followed further.
    """
    label = nearest(Z, C)
    for _ in range(MAX_ITERATIONS if len(Z) < STILL else 0):
        label, C = _canonical(label, _means(Z, mass, label, C), mass)
        former, label = label, nearest(Z, C)
        if (label == former).all():
            break
    return _canonical(label, C, mass)


def _means(Z: np.ndarray, mass: np.ndarray, label: np.ndarray, C: np.ndarray) -> np.ndarray:
    filled = np.bincount(label, weights=mass, minlength=len(C))
    sums = np.stack([np.bincount(label, weights=mass * z, minlength=len(C)) for z in Z.T], axis=1)
    return np.where(filled[:, None] > 0, sums / np.where(filled > 0, filled, 1)[:, None], C)


def _canonical(label: np.ndarray, C: np.ndarray, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Segments by size, largest first; ties by centroid."""
    size = np.bincount(label, weights=mass, minlength=len(C))
    order = sorted(range(len(C)), key=lambda j: (-size[j], tuple(C[j])))
    new = np.empty(len(C), dtype=int)
    new[order] = np.arange(len(C))
    return new[label], C[order]
