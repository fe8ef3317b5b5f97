"""Segments from their centroids, in float64: who is nearest to which, and the end of a start that came near it."""

from __future__ import annotations

import numpy as np

from segkit.segmentation.kernel import STILL
from segkit.segmentation.partition.preparation import CHUNK, Prepared

MAX_ITERATIONS = 300
MAX_MOVES = 300
TIE = 1e-10


def nearest(Z: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Index of the nearest centroid (k, d) of each row (n, d); a tie goes to the first."""
    chunks = (Z[i:i + CHUNK] for i in range(0, len(Z), CHUNK))
    return np.concatenate([_first_least((C**2).sum(axis=1) - 2 * z @ C.T, (z**2).sum(axis=1)) for z in chunks])


def _first_least(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Place of each row's least score |c|² − 2z·c on the last axis, for rows of squared length `lengths`.

    Scores that differ by rounding alone are a tie, won by the first.
    """
    least = scores.min(axis=-1)
    margin = TIE * (lengths + np.abs(least))
    return (scores <= (least + margin)[..., None]).argmax(axis=-1)


def settled(prepared: Prepared, C: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Segments in canonical order whose customers are nearest to their own centroid, ties going to the first.

    Ends a start that the kernel brought near its end; here scores that differ by rounding alone are a tie. Then single
    distinct rows move as long as that makes the sum of squares smaller with the centroids moving along (Hartigan's
    rule; where it ends everyone is nearest to their own centroid, too). Of many rows the few that changed last are not
    followed further, and none moves alone. A segment without customers takes the one who lies worst.
    Labels (m,), centroids (k, d), sum of squares.
    """
    mass = prepared.mass
    Z = prepared.Z if len(mass) < STILL else None
    label = _label(prepared, Z, C)
    for _ in range(MAX_ITERATIONS):
        empty = np.bincount(label, weights=mass, minlength=len(C)) <= 0
        if empty.any():
            C = _refilled(prepared.Z if Z is None else Z, mass, label, C, int(empty.argmax()))
        elif Z is not None:
            label, C = _canonical(label, _means(Z, mass, label, C), mass)
        else:
            break
        former, label = label, _label(prepared, Z, C)
        if (label == former).all() and not empty.any() and (Z is None or not _moved(Z, mass, label, C)):
            break
    label, C = _canonical(label, C, mass)
    return label, C, sum(float(mass[part] @ ((Z - C[label[part]]) ** 2).sum(axis=1)) for part, Z in prepared.chunks())


def _label(prepared: Prepared, Z: np.ndarray | None, C: np.ndarray) -> np.ndarray:
    return np.concatenate([nearest(part, C) for _, part in prepared.chunks()]) if Z is None else nearest(Z, C)


def _moved(Z: np.ndarray, mass: np.ndarray, label: np.ndarray, C: np.ndarray) -> bool:
    """Whether a row went over to another segment, in `label`: each time the one that gains most.

    A row of mass m that leaves a segment of mass a for one of mass b changes the sum of squares by
    m·b / (b + m) times its squared distance to the new centroid less m·a / (a - m) times that to its own.
    """
    if len(C) == 1:
        return False
    C, any_moved, columns = C.copy(), False, np.ascontiguousarray(Z.T)
    size = np.bincount(label, weights=mass, minlength=len(C))
    total, all_rows = float(mass @ (Z**2).sum(axis=1)), np.arange(len(Z))
    apart, to_join = np.empty((len(C), len(Z))), np.empty((len(C), len(Z)))
    changed = range(len(C))
    for _ in range(MAX_MOVES):
        for j in changed:
            apart[j] = ((columns - C[j][:, None]) ** 2).sum(axis=0)
            to_join[j] = size[j] / (size[j] + mass) * apart[j]
        rest = size[label] - mass
        leaving = np.where(rest > 0, size[label] / np.where(rest > 0, rest, 1) * apart[label, all_rows], 0.0)
        joining = to_join.copy()
        joining[label, all_rows] = np.inf
        gain = mass * (leaving - joining.min(axis=0))
        i = int(gain.argmax())
        if gain[i] <= TIE * total:
            break
        old, new, m, any_moved = label[i], int(joining[:, i].argmin()), mass[i], True
        C[old] -= m / (size[old] - m) * (Z[i] - C[old])
        C[new] += m / (size[new] + m) * (Z[i] - C[new])
        size[old], size[new], label[i] = size[old] - m, size[new] + m, new
        changed = old, new  # type: ignore[assignment]
    return any_moved


def _refilled(Z: np.ndarray, mass: np.ndarray, label: np.ndarray, C: np.ndarray, empty: int) -> np.ndarray:
    """The centroids, the empty segment's on the row that adds most to the sum of squares."""
    C = C.copy()
    C[empty] = Z[(mass * ((Z - C[label]) ** 2).sum(axis=1)).argmax()]
    return C


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
