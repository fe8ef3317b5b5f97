"""Hierarchical segmentation: near customers merge step by step, by numbers alone or with categories (Gower's distance).

The tree needs all distances between customers who differ, so it is for thousands of them, not for millions: those
beyond are labelled by `Segmentation.assign`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from segkit.segmentation import rows
from segkit.segmentation.latent import response_items
from segkit.segmentation.partition import agglomeration, centroids, gower, medoids
from segkit.segmentation.partition.agglomeration import LINKAGES, Tree
from segkit.segmentation.partition.preparation import prepare
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, check_option

DISTANCES = ("euclidean", "gower")
MAX_ROWS = 10_000
Blocks = Callable[[], Iterator[tuple[slice, np.ndarray]]]


class _Customers(NamedTuple):
    """Distinct customers (m,): their `mass` > 0, squared distances by `blocks`, the first customer of each."""

    mass: np.ndarray
    first: np.ndarray
    row: np.ndarray
    weight: np.ndarray
    blocks: Blocks
    near: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, dict[str, Any]]]
    variables: list[gower.Variable]


def segment(X: pd.DataFrame, k: int, linkage: str = "ward", distance: str = "euclidean",
            weights: ArrayLike | None = None, scale: str = "none",
            variable_weights: Mapping[str, float] | str | None = None) -> Segmentation:
    """Segment customers by cutting a tree of merges into k segments.

    Parameters
    ----------
    X : DataFrame, a row per customer and a column per segmentation variable: numeric for "euclidean"; for "gower"
        also text, categories (ordered ones count by rank) and yes/no, with missing answers.
    k : number of segments, 1 or more.
    linkage : which two segments merge: "ward", those whose union adds least to the sum of squared distances; "average",
        those whose customers are nearest on average; "complete", those whose farthest customers are nearest.
    distance : "euclidean", or "gower" for mixed variables: the mean, over the variables both customers have, of the gap
        as a share of the variable's range, or of 1 for another category. Ward's linkage takes its square root, which
        is a Euclidean distance where nothing is missing.
    weights : case weight of each row, 0 or more; all equal by default. A row of weight 0 is labelled, but forms no
        segment.
    scale : of "euclidean", as in `kmeans.segment`; Gower's distance has its own.
    variable_weights : of "gower": name → weight of the variable, 1 by default; or "commensurable", weights with which
        the mean distance in each variable is the same, so that a category does not rule the numbers beside it.

    Returns
    -------
    Segmentation. Segments are numbered 1..k by size, ties by their first row in the order of values. Where several
    merges are equally near, the first is made in the order of values, the columns taken by name: the order of rows and
    columns does not matter. `n_ties` of the `summary` counts these choices between equals, with the cut where the next
    merge is as near as the last: where there are many, as with few yes/no answers, other segments would be as good.
    `segments` holds the mean of each number and the most frequent value (by weight; ties: the first) of each category.
    `summary`: `criterion` (weighted sum of squared distances within the segments, as that of k-means; Gower's distance
    counts as squared), `explained_share` (of its total), `linkage`, `distance`,
    `merge_height` (at which the next two would merge), `cophenetic_correlation` (of the distances with the heights at
    which customers meet; pairs weighted, equal customers left out), `reassigned_share`. `assign` gives a customer to
    the segment with the nearest mean ("euclidean") or the nearest medoid ("gower"), which is not always the one in the
    tree: `reassigned_share` of these customers would move.

    Raises
    ------
    DataError
        Faults in the data as in `kmeans.segment`; more than 10,000 distinct rows (the distances of 10,000
        take 0.8 GB); pairs of customers without a common answer.

    References
    ----------
    Ward (1963), doi:10.1080/01621459.1963.10500845. Gower (1971), doi:10.2307/2528823. Murtagh & Legendre (2014),
    doi:10.1007/s00357-014-9161-z. Sokal & Rohlf (1962), cophenetic correlation, doi:10.2307/1217208. van de Velden,
    Iodice D'Enza, Markos & Cavicchia (2024), commensurable weights, doi:10.48550/arXiv.2411.00429.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0], "town": ["a", "a", None, "b", "b", "a"]})
    >>> s = segment(X, k=2, distance="gower")
    >>> s.labels.to_list()
    [1, 1, 1, 2, 2, 2]
    >>> s.segments["town"].to_list()
    ['a', 'b']
    """
    customers = _customers(X, k, linkage, distance, weights, scale, variable_weights)
    return _cut(X, customers, _tree(customers, linkage, distance), k, linkage, distance)


def compare(X: pd.DataFrame, k_values: Sequence[int], **arguments: Any) -> pd.DataFrame:
    """The summary of one cut per number of segments, indexed by `k`; the tree is grown once.

    Takes `segment`'s arguments. A jump of `merge_height` from k + 1 to k speaks for k + 1 segments; `smallest_share` is
    the share of the smallest.

    Examples
    --------
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> compare(X, [2, 3])["merge_height"].round(1).to_list()
    [12.7, 1.2]
    """
    segmentations = cuts(X, k_values, **arguments)
    summaries = [f.summary.assign(smallest_share=f.segments["segment_share"].min()) for f in segmentations]
    return pd.concat(summaries, ignore_index=True).drop(columns="method").set_index("k")


def cuts(X: pd.DataFrame, k_values: Sequence[int], **arguments: Any) -> list[Segmentation]:
    """One segmentation per number of segments, all cut from one tree; takes `segment`'s arguments.

    Examples
    --------
    >>> [s.k for s in cuts(pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]}), [2, 3])]
    [2, 3]
    """
    settings: dict[str, Any] = {"linkage": "ward", "distance": "euclidean", "weights": None, "scale": "none",
                                "variable_weights": None, **arguments}
    k_values = list(k_values)
    customers = _customers(X, max(k_values), **settings)
    tree = _tree(customers, settings["linkage"], settings["distance"])
    return [_cut(X, customers, tree, k, settings["linkage"], settings["distance"]) for k in k_values]


def _customers(X: pd.DataFrame, k: int, linkage: str, distance: str, weights: Any, scale: str,
               variable_weights: Mapping[str, float] | str | None) -> _Customers:
    check_option("linkage", linkage, LINKAGES)
    check_option("distance", distance, DISTANCES)
    if distance == "euclidean":
        if variable_weights:
            raise DataError([Fault("`variable_weights`", "are for distance=\"gower\"", "multiply the columns instead")])
        return _numeric(X, k, weights, scale)
    if scale != "none":
        raise DataError([Fault("`scale`", "is for distance=\"euclidean\"", "leave it out: Gower's distance is scaled")])
    return _mixed(X, k, weights, variable_weights)


def _numeric(X: pd.DataFrame, k: int, weights: Any, scale: str) -> _Customers:
    prepared = prepare(X, k, weights, scale, None)
    kept = np.flatnonzero(prepared.mass > 0)
    _check_size(len(kept))
    by_name = _by_name(X.columns)
    Z = prepared.Z
    kept = kept[np.lexsort(Z[kept][:, by_name[::-1]].T)]
    mass, ordered = prepared.mass[kept], Z[kept][:, by_name]

    def blocks() -> Iterator[tuple[slice, np.ndarray]]:
        for begin in range(0, len(kept), gower.BLOCK):
            part = slice(begin, min(begin + gower.BLOCK, len(kept)))
            yield part, cdist(ordered[part], ordered, "sqeuclidean")

    def near(label: np.ndarray, central: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
        size = np.bincount(label, weights=mass)
        C = np.stack([np.bincount(label, weights=mass * z) / size for z in Z[kept].T], axis=1)
        rule = {"kind": "centroids", "centroids": C.tolist(), "mean": prepared.mean.tolist(),
                "scale": prepared.scaling.tolist(), "log": scale == "log"}
        return centroids.nearest(Z, C), rule

    return _Customers(mass, kept, prepared.row, prepared.weight, blocks, near, [])


def _mixed(X: pd.DataFrame, k: int, weights: Any, variable_weights: Mapping[str, float] | str | None) -> _Customers:
    faults = response_items.shape_faults(X)
    w, weight_faults = response_items.case_weights(weights, len(X))
    variables, variable_faults = gower.read(X, np.ones(len(X)) if weight_faults else w, variable_weights)
    faults += weight_faults + variable_faults
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or k < 1:
        faults.append(Fault("`k`", f"must be a whole number of at least 1, got {k!r}"))
    if faults:
        raise DataError(faults, "hierarchical segments")
    empty = np.all([np.isnan(v.values) for v in variables], axis=0)
    if empty.any():
        raise DataError([Fault("customers", f"{empty.sum():,} rows have no answer at all (first: "
                               f"{', '.join(map(str, X.index[empty][:5]))})", "drop these customers")])
    first, row = rows.places([v.values for v in variables], len(X))
    mass = np.bincount(row, weights=w, minlength=len(first))
    kept = np.flatnonzero(mass > 0)
    if len(kept) < k:
        raise DataError([Fault("`k`", f"is {k}, but there are only {len(kept)} distinct rows",
                               f"ask for at most {len(kept)} segments")])
    _check_size(len(kept))
    ordered = [variables[i] for i in _by_name(X.columns)]
    kept = kept[np.lexsort([v.values[first[kept]] for v in ordered[::-1]])]

    def near(label: np.ndarray, central: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
        points = first[kept[central]]
        rule = medoids.rule(variables, points)
        return medoids.distances(X.iloc[first], rule).argmin(axis=1), rule

    return _Customers(mass[kept], kept, row, w, lambda: gower.blocks(ordered, first[kept]), near, variables)


def _by_name(columns: pd.Index) -> np.ndarray:
    """Places of the columns in the order of their names: what decides ties must not depend on how a table came."""
    return np.argsort([str(c) for c in columns], kind="stable")


def _check_size(m: int) -> None:
    if m > MAX_ROWS:
        raise DataError([Fault("customers", f"{m:,} distinct rows need {8e-9 * m * m:,.1f} GB of distances; at most "
                               f"{MAX_ROWS:,} are taken", "segment a sample (`X.sample(10_000, random_state=1)`) and "
                               "label everyone with `.assign(table)`; or take k-means, or latent classes for mixed "
                               "variables")], "hierarchical segments")


def _tree(customers: _Customers, linkage: str, distance: str) -> Tree:
    D = np.empty((len(customers.mass), len(customers.mass)))
    for part, squared in customers.blocks():
        D[part] = squared if linkage == "ward" or distance == "gower" else np.sqrt(squared)
    return agglomeration.grow(D, customers.mass, linkage)


def _cut(X: pd.DataFrame, customers: _Customers, tree: Tree, k: int, linkage: str, distance: str) -> Segmentation:
    mass, kept, w = customers.mass, customers.first, customers.weight
    cluster = tree.cut(k)
    size = np.bincount(cluster, weights=mass)
    order = np.lexsort((np.arange(k), -size.round(9)))
    label = np.argsort(order)[cluster]
    within, total, central, correlation = _measured(customers, tree, label, k, linkage, distance)
    nearest, rule = customers.near(label, central)
    of_row = nearest.copy()
    of_row[kept] = label
    segment_of, labels = of_row[customers.row], list(range(1, k + 1))
    share = np.bincount(label, weights=mass, minlength=k)
    segments = pd.DataFrame({"size": np.bincount(segment_of, minlength=k), "segment_share": share / share.sum()},
                            index=pd.Index(labels, name="segment"))
    for i, name in enumerate(X.columns):
        variable = customers.variables[i] if customers.variables else None
        segments[name] = _centre(X.iloc[:, i], variable, segment_of, w, k)
    summary = pd.DataFrame({
        "method": ["hierarchical"], "k": [k], "linkage": [linkage], "distance": [distance], "criterion": [within],
        "explained_share": [1 - within / total if total > 0 else 1.0],
        "merge_height": [float(tree.heights[-(k - 1)]) if k > 1 else np.nan],
        "n_ties": [tree.n_ties(k)], "cophenetic_correlation": [correlation],
        "reassigned_share": [float(mass @ (nearest[kept] != label) / mass.sum())],
    })
    return Segmentation("hierarchical", tuple(map(str, X.columns)),
                        pd.DataFrame({"segment": segment_of + 1}, index=X.index), segments, summary,
                        {**rule, "labels": labels})


def _centre(column: pd.Series, variable: gower.Variable | None, of: np.ndarray, w: np.ndarray,
            k: int) -> np.ndarray | list[Any]:
    """Mean of a number, most frequent value of a category, in each segment; missing where nobody answered."""
    if variable is not None and variable.categories:
        known = ~np.isnan(variable.values)
        counts = np.zeros((k, len(variable.categories)))
        np.add.at(counts, (of[known], variable.values[known].astype(int)), w[known])
        return [variable.categories[row.argmax()] if row.any() else None for row in counts]
    values = column.to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    n = np.bincount(of[known], weights=w[known], minlength=k)
    sums = np.bincount(of[known], weights=(w * values)[known], minlength=k)
    return np.divide(sums, n, out=np.full(k, np.nan), where=n > 0)


def _measured(customers: _Customers, tree: Tree, label: np.ndarray, k: int, linkage: str,
              distance: str) -> tuple[float, float, np.ndarray, float]:
    """Sum of squares within, in all, the medoid of each segment, and the cophenetic correlation."""
    mass, m = customers.mass, len(customers.mass)
    order, gap = tree.gaps() if m > 1 else (np.zeros(1, dtype=int), np.empty(0))
    place = np.argsort(order)
    member = np.zeros((m, k))
    member[np.arange(m), label] = mass
    to_segment, moments = np.empty((m, k)), np.zeros(6)
    for part, squared in customers.blocks():
        to_segment[part] = squared @ member
        apart = np.sqrt(squared) if distance == "euclidean" or linkage == "ward" else squared
        for i, d in zip(range(part.start, part.stop), apart, strict=True):
            p = place[i]
            height = np.zeros(m)
            height[p + 1:] = np.maximum.accumulate(gap[p:])
            height[:p] = np.maximum.accumulate(gap[:p][::-1])[::-1]
            h, pair = height[place], mass[i] * mass
            pair[i] = 0
            moments += [pair.sum(), pair @ d, pair @ h, pair @ (d * d), pair @ (h * h), pair @ (d * h)]
    within = float((mass * to_segment[np.arange(m), label]) @ (0.5 / member.sum(axis=0))[label])
    total = float(0.5 * mass @ to_segment.sum(axis=1) / mass.sum())
    own = to_segment[np.arange(m), label]
    central = np.array([members[own[members] <= own[members].min() * (1 + 1e-12)][0]
                        for members in (np.flatnonzero(label == j) for j in range(k))])
    return within, total, central, _correlation(*moments)


def _correlation(n: float, d: float, h: float, dd: float, hh: float, dh: float) -> float:
    if n <= 0:
        return np.nan
    spread = (dd / n - (d / n) ** 2) * (hh / n - (h / n) ** 2)
    return float((dh / n - d * h / n**2) / np.sqrt(spread)) if spread > 1e-24 else np.nan
