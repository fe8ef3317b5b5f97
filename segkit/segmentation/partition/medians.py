"""Segments around medians, or around sets of yes: many compiled starts, and the end of the best one in float64.

What k-medians and the Jaccard segments have in common. No step makes the criterion, the weighted sum of the customers'
distances, larger, so the iterations end; `cityblock` has the distances.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from segkit.segmentation.kernel import STILL
from segkit.segmentation.partition import restarts
from segkit.segmentation.partition.cityblock import distances, first_least
from segkit.segmentation.partition.preparation import Prepared
from segkit.segmentation.result import Segmentation

NEAR_BEST = 0.001
WORK = 5e7
"""Starts × rows × segments × variables made when the number of starts is not given."""
MAX_ITERATIONS = 300
_LESS = 1 - 1e-12


class Rows(NamedTuple):
    """Distinct rows as the kernel takes them, and as they were prepared; `order` (d, n) sorts them by each variable."""

    ready: restarts.Rows
    order: np.ndarray
    jaccard: bool

    def most(self, k: int) -> int:
        """Starts to make at most where the user does not say."""
        work = self.ready.n * len(self.ready.origin) * k
        return int(np.clip(WORK / work, restarts.FEWEST_STARTS, restarts.MAX_STARTS))


def rows(prepared: Prepared, jaccard: bool) -> Rows:
    """Prepared customers for the kernel; yes/no answers stay 0 and 1."""
    from segkit.segmentation.kernel.blocks import blocked, padded

    if jaccard:
        blocks, d = blocked(prepared.Z), len(prepared.mean)
        ready = restarts.Rows(blocks, padded(prepared.mass, len(blocks)), np.zeros(d), 1.0, len(prepared.mass))
        return Rows(ready, np.empty((d, 0), dtype=np.int32), True)
    ready = restarts.ready(prepared)
    n_blocks, d, lanes = ready.blocks.shape
    order = np.empty((d, n_blocks * lanes), dtype=np.int32)
    for q in range(d):
        order[q] = np.argsort(ready.blocks[:, q].ravel(), kind="stable")
    return Rows(ready, order, False)


def starts(given: Rows, k: int, n_starts: int, random_state: int | Sequence[int] | None,
           mass: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Centres (s, k, d) and criterion (s,) of every start made, in rounds as those of `restarts.starts`.

    `mass` (padded to whole blocks): other masses of the rows than their own.
    """
    from segkit.segmentation.kernel import medians as kernel
    from segkit.segmentation.kernel.compiled import threads
    from segkit.segmentation.kernel.stream import seeds

    ready = given.ready
    streams, mass = seeds(random_state, n_starts), ready.mass if mass is None else mass
    C, criteria = np.zeros((n_starts, k, len(ready.origin))), np.empty(n_starts)
    n_threads = threads() if ready.blocks.size * k > 20_000 else 1

    def work(own: slice) -> None:
        kernel.fit(ready.blocks, mass, given.order, streams[own], C[own], criteria[own], given.jaccard)

    last = restarts.in_rounds(work, criteria, -(-restarts.STARTS_PER_ROUND // n_threads), n_threads)
    return C[:last] * ready.unit + ready.origin, criteria[:last] * ready.unit


def settled(prepared: Prepared, C: np.ndarray, jaccard: bool,
            follow: bool = True) -> tuple[np.ndarray, np.ndarray, float]:
    """Segments in canonical order whose customers are nearest to their own centre, ties going to the first.

    Labels (m,), centres (k, d), criterion. Of many rows those that changed last are not followed further. A segment
    without customers takes the one who lies worst. Where they are not to be followed, centres stay as they are.
    """
    mass = prepared.mass
    Z = prepared.Z if len(mass) < STILL else None
    for _ in range(MAX_ITERATIONS):
        label, apart = _nearest(prepared, Z, C, jaccard)
        criterion, size = float(mass @ apart), np.bincount(label, weights=mass, minlength=len(C))
        if follow and (size <= 0).any():
            C = C.copy()
            C[size.argmin()] = prepared.part(slice(worst := int((mass * apart).argmax()), worst + 1))
            continue
        if follow and Z is not None:
            new_centres = centres(Z, mass, label, C, jaccard)
            if float(mass @ _own(Z, new_centres, label, jaccard)) < criterion * _LESS:
                C = new_centres
                continue
        place = _out_of_order(C, size)
        if place is None:
            break
        C = C.copy()
        C[[place, place + 1]] = C[[place + 1, place]]
    return label, C, criterion


def _nearest(prepared: Prepared, Z: np.ndarray | None, C: np.ndarray, jaccard: bool) -> tuple[np.ndarray, np.ndarray]:
    """Label (m,) of each distinct row and its distance (m,)."""
    label, gap = np.empty((2, len(prepared.mass)))
    for part, chunk in prepared.chunks() if Z is None else [(slice(None), Z)]:
        apart = distances(chunk, C, jaccard)
        label[part], gap[part] = first_least(apart), apart.min(axis=1)
    return label.astype(int), gap


def _own(Z: np.ndarray, C: np.ndarray, label: np.ndarray, jaccard: bool) -> np.ndarray:
    return distances(Z, C, jaccard)[np.arange(len(Z)), label]


def _out_of_order(C: np.ndarray, size: np.ndarray) -> int | None:
    """The first segment that is smaller than the next, or as large and after it by centre.

    Two neighbours are changed at a time: the larger one then wins the ties of the two, which no other segment sees, so
    the sizes, read in order, only grow and the changes end.
    """
    for j in range(len(C) - 1):
        if (-size[j], *C[j]) > (-size[j + 1], *C[j + 1]):
            return j
    return None


def centres(Z: np.ndarray, mass: np.ndarray, label: np.ndarray, C: np.ndarray, jaccard: bool) -> np.ndarray:
    """Centres (k, d) of the segments of rows (m, d): medians, or sets of yes found from those in C."""
    return np.stack([_set(Z[label == j], mass[label == j], c) if jaccard else
                     median(Z[label == j], mass[label == j]) for j, c in enumerate(C)])


def median(values: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Weighted median (d,) of values (n, d); halfway between two values that both are.

    Examples
    --------
    >>> median(np.array([[1.0], [2], [9]]), np.array([1.0, 2, 1])).tolist()
    [2.0]
    >>> median(np.array([[1.0], [2], [9]]), np.array([3.0, 2, 1])).tolist()
    [1.5]
    """
    values, mass = values[mass > 0], mass[mass > 0]
    order = np.argsort(values, axis=0, kind="stable")
    reached = np.cumsum(mass[order], axis=0)
    half = reached[-1] / 2
    low, high = ((reached < half * bound).sum(axis=0) for bound in (1 - 1e-9, 1 + 1e-9))
    ordered = np.take_along_axis(values, order, axis=0)
    last, columns = len(values) - 1, np.arange(values.shape[1])
    return (ordered[np.minimum(low, last), columns] + ordered[np.minimum(high, last), columns]) / 2


def _set(values: np.ndarray, mass: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """The set of yes from which no single change brings the rows nearer, the best change first from `centre` on."""
    centre, everyone = centre.copy(), np.eye(len(centre))
    while True:
        now = float(mass @ distances(values, centre[None], True)[:, 0])
        turned = np.abs(centre - everyone)
        then = mass @ distances(values, turned, True)
        if then.min() >= now - 1e-9 * mass.sum():
            return centre
        centre = turned[then.argmin()]


def _alike(C: np.ndarray) -> np.ndarray:
    """A number (s,) for each set of centres (s, k, d): equal criteria are common and tell little."""
    ordered = np.array([c[np.lexsort(c.T)] for c in C]).reshape(len(C), C.shape[1] * C.shape[2]).round(9)
    return np.unique(ordered, axis=0, return_inverse=True)[1].ravel()


def formed(method: str, X: pd.DataFrame, prepared: Prepared, k: int, n_starts: int | None, random_state: int | None,
           rule: dict[str, object]) -> Segmentation:
    """The segmentation of the best of many starts; `rule` tells how to prepare whoever comes later."""
    jaccard = rule["kind"] == "jaccard"
    kernel_rows = rows(prepared, jaccard)
    start_centres, criteria = starts(kernel_rows, k, kernel_rows.most(k) if n_starts is None else n_starts,
                                     random_state)
    label, C, best = settled(prepared, start_centres[criteria.argmin()], jaccard)
    single = starts(kernel_rows, 1, restarts.STARTS_PER_ROUND, random_state)
    total = settled(prepared, single[0][single[1].argmin()], jaccard)[2]
    close = criteria <= best * (1 + NEAR_BEST) + 1e-9 * total
    place, labels = label[prepared.row], list(range(1, k + 1))
    share = np.bincount(label, weights=prepared.mass, minlength=k)
    segments = pd.DataFrame({"size": np.bincount(place, minlength=k), "segment_share": share / prepared.mass.sum()},
                            index=pd.Index(labels, name="segment"))
    values = np.column_stack([column.astype(float) for column in prepared.columns])
    for j in range(k):
        members, w = values[place == j], prepared.weight[place == j]
        segments.loc[j + 1, list(X.columns)] = np.average(members, axis=0, weights=w) if jaccard else median(members, w)
    customers = prepared.mass * len(X) / prepared.weight.sum()
    summary = pd.DataFrame({
        "method": [method], "k": [k], "criterion": [best], "n_starts": [len(criteria)],
        "near_best_share": [float(close.mean())],
        "label_agreement": [restarts.agreement(lambda c: settled(prepared, c, jaccard)[0], customers, label,
                                               start_centres[close], criteria[close], _alike(start_centres[close]))],
        "median_excess": [max(0.0, float(np.median(criteria) / best - 1)) if best > 0 else 0.0],
        "explained_share": [1 - best / total if total > 0 else 1.0],
    })
    return Segmentation(method, tuple(map(str, X.columns)), pd.DataFrame({"segment": place + 1}, index=X.index),
                        segments, summary, {**rule, "labels": labels, "centroids": C.tolist()})
