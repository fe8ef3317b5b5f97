"""Many starts of k-means on rows made ready for the kernel, which is loaded at the first fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from segkit.segmentation.kernel import STILL
from segkit.segmentation.partition.preparation import Prepared

MAX_STARTS = 4000
ENOUGH_BEST = 40
STARTS_PER_ROUND = 40
SAME_BEST = 1e-4
WORK = 1.5e9  # starts × rows × segments × variables made when the number of starts is not given
FEWEST_STARTS = 20
_BATCH = 4_000_000  # labels held at once


class Rows(NamedTuple):
    """Distinct rows as the kernel takes them: float32 blocks of (row − `origin` (d,)) / `unit`, masses; `n` rows."""

    blocks: np.ndarray
    mass: np.ndarray
    origin: np.ndarray
    unit: float
    n: int


def ready(prepared: Prepared) -> Rows:
    """Prepared customers for the kernel."""
    sample = prepared.part(slice(None, None, max(1, len(prepared.first) // 1000)))
    return _rows((Z for _, Z in prepared.chunks()), sample, prepared.mass)


def ready_rows(Z: np.ndarray, mass: np.ndarray) -> Rows:
    """Distinct rows (m, d) with their mass (m,) for the kernel."""
    return _rows([Z], Z, mass)


def _rows(chunks: Iterable[np.ndarray], some: np.ndarray, mass: np.ndarray) -> Rows:
    from segkit.segmentation.kernel.blocks import BLOCK, blocked, middle, padded

    origin, _, unit = middle(some)
    blocks = np.empty((-(-len(mass) // BLOCK), len(origin), BLOCK), dtype=np.float32)
    done = 0
    for Z in chunks:
        part = blocked((Z - origin) / unit)
        blocks[done:done + len(part)] = part
        done += len(part)
    return Rows(blocks, padded(mass, len(blocks)), origin, unit, len(mass))


def most(rows: Rows, k: int) -> int:
    """Starts to make at most where the user does not say: as many as take seconds."""
    return int(np.clip(WORK / (rows.n * len(rows.origin) * k), FEWEST_STARTS, MAX_STARTS))


def starts(rows: Rows, k: int, n_starts: int, random_state: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Centroids (s, k, d) and criterion (s,) of every start made, in rounds until enough are as good as the best.

    A start depends on its own stream alone: neither the size of the rounds nor the number of threads nor the
    memory at hand changes it.
    """
    from segkit.segmentation.kernel import lloyd as kernel
    from segkit.segmentation.kernel.compiled import threads
    from segkit.segmentation.kernel.stream import seeds

    streams, n_labels = seeds(random_state, n_starts), len(rows.mass)
    C, criteria = _wide(np.zeros((n_starts, k, len(rows.origin)))), np.empty(n_starts)
    n_threads = threads() if rows.blocks.size * k > 200_000 else 1
    at_once = max(1, min(_BATCH // n_labels, -(-STARTS_PER_ROUND // n_threads)))

    def work(own: slice) -> None:
        label = np.empty((own.stop - own.start, n_labels), dtype=np.int16)
        kernel.fit(rows.blocks, rows.mass, streams[own], C[own], criteria[own], label, n_labels // STILL)

    last = in_rounds(work, criteria, at_once, n_threads)
    return C[:last, :, :len(rows.origin)] * rows.unit + rows.origin, criteria[:last] * rows.unit**2


def in_rounds(work: Callable[[slice], None], criteria: np.ndarray, at_once: int, n_threads: int) -> int:
    """Starts by `work`, which writes their part of `criteria` (s,), until enough are as good as the best; how many."""
    last = 0
    with ThreadPoolExecutor(n_threads) as pool:
        for begin in range(0, len(criteria), STARTS_PER_ROUND):
            last = min(begin + STARTS_PER_ROUND, len(criteria))
            parts = [slice(first, min(first + at_once, last)) for first in range(begin, last, at_once)]
            list(map(work, parts) if n_threads == 1 else pool.map(work, parts))
            if (criteria[:last] <= criteria[:last].min() * (1 + SAME_BEST)).sum() >= ENOUGH_BEST:
                break
    return last


def iterated(rows: Rows, C: np.ndarray, enough: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lloyd's iterations from centroids C (s, k, d) until `enough` rows or fewer change.

    Returns centroids, criteria (s,) and labels (s, n). A segment that loses all its customers keeps its centroid.
    """
    from segkit.segmentation.kernel import lloyd as kernel

    C, criteria = _wide((C - rows.origin) / rows.unit), np.empty(len(C))
    label = np.empty((len(C), len(rows.mass)), dtype=np.int16)
    kernel.fit(rows.blocks, rows.mass, np.empty(0, dtype=np.uint64), C, criteria, label, enough)
    return C[:, :, :len(rows.origin)] * rows.unit + rows.origin, criteria * rows.unit**2, label[:, :rows.n]


def _wide(C: np.ndarray) -> np.ndarray:
    """Centroids with the room that the kernel wants for a row."""
    from segkit.segmentation.kernel.blocks import width

    return np.pad(C, ((0, 0), (0, 0), (0, width.py_func(C.shape[2]) - C.shape[2])))


def agreement(labelled: Callable[[np.ndarray], np.ndarray], mass: np.ndarray, label: np.ndarray, C: np.ndarray,
              criteria: np.ndarray, alike: np.ndarray | None = None) -> float:
    """Mean adjusted Rand index of near-best starts but one, the best, with the labels (n,) of the best.

    `labelled` gives the labels (n,) that centroids (k, d) end at. `mass` (n,): as many customers as there are, by
    weight. `alike` (s,): starts with one number are one solution; by default those of one criterion.
    """
    from segkit.segmentation.kernel.bootstrap import adjusted_rand

    if len(C) < 2:
        return 1.0
    if alike is None:
        alike = np.round(criteria / criteria.min(), 10) if criteria.min() > 0 else criteria
    _, first, place, times = np.unique(alike, return_index=True, return_inverse=True, return_counts=True)
    times[place[criteria.argmin()]] -= 1  # the best itself
    rand = [adjusted_rand(labelled(C[i]), label, mass) if n else 1.0 for i, n in zip(first, times, strict=True)]
    return float(np.average(rand, weights=times))
