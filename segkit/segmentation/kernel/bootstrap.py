"""Pairs of bootstrap samples, each segmented, and how far the two segmentations agree on the original rows.

Many data sets, numbers of segments and pairs are one list of tasks. A task depends on its own seed alone, so
neither the order of tasks nor the number of threads changes a result. Tasks of the same seed share the two samples
and the starting centroids: those of fewer segments are the first of those of more. Rows are float32: a task compares
centroids of samples, whose error is thousands of times larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from segkit.segmentation.kernel import STILL
from segkit.segmentation.kernel.blocks import BLOCK, blocked, middle, padded, width
from segkit.segmentation.kernel.compiled import inner, kernel, threads
from segkit.segmentation.kernel.lloyd import prepare, solved
from segkit.segmentation.kernel.seeding import SAMPLE_BLOCKS, energy_of, sampled, seeded
from segkit.segmentation.kernel.stream import following, uniform
from segkit.segmentation.kernel.vectors import nearest

CELLS = 4


class Stack(NamedTuple):
    """Data sets of the same variables, one after the other in blocks.

    `first` (m + 1,) is each set's first block, `n_rows` (m,) its distinct rows, `n_draws` (m,) the size of its
    bootstrap samples, `origin` (m, d) what was taken from its rows, `unit` (m,) what they were divided by, `spread`
    (m, d) how far they then lie apart. A value per row of the blocks: `mass`, `reach`, the masses up to the row added
    up; `guide` has four, the rows at which the search for a draw begins.
    """

    blocks: np.ndarray
    mass: np.ndarray
    first: np.ndarray
    n_rows: np.ndarray
    n_draws: np.ndarray
    origin: np.ndarray
    spread: np.ndarray
    unit: np.ndarray
    reach: np.ndarray
    guide: np.ndarray


class Pairs(NamedTuple):
    """What each task gave: adjusted Rand index (t,); labels (t, 2, most distinct rows) of the distinct rows, −1
    beyond a set's rows; centroids (t, 2, largest k, d). The last two are None unless asked for."""

    adjusted_rand: np.ndarray
    labels: np.ndarray | None
    centroids: np.ndarray | None


def stack(sets: Sequence[tuple[np.ndarray, np.ndarray, int]]) -> Stack:
    """Data sets (Z (n, d) distinct rows, mass (n,) > 0, size of a bootstrap sample) made ready for `pairs`."""
    origin, spread, unit = (np.stack(arrays) for arrays in zip(*[middle(Z) for Z, _, _ in sets], strict=True))
    parts = [blocked((Z - o) / u) for (Z, _, _), o, u in zip(sets, origin, unit, strict=True)]
    first = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    mass = np.concatenate([padded(m, len(part)) for (_, m, _), part in zip(sets, parts, strict=True)])
    reach, guide = np.zeros(len(mass)), np.zeros(len(mass) * CELLS, dtype=np.int64)
    for start, (Z, m, _) in zip(first * BLOCK, sets, strict=False):
        own = slice(start, start + len(Z))
        reach[own] = np.cumsum(m)
        cells = np.arange(len(Z) * CELLS) / (len(Z) * CELLS) * reach[own][-1]
        guide[start * CELLS:(start + len(Z)) * CELLS] = np.searchsorted(reach[own], cells, side="right")
    return Stack(np.concatenate(parts) if len(parts) > 1 else parts[0], mass, first,
                 np.array([len(Z) for Z, _, _ in sets]), np.array([n for _, _, n in sets]), origin,
                 spread / unit[:, None], unit, reach, guide)


def pairs(stack: Stack, which: np.ndarray, k: np.ndarray, seeds: np.ndarray, n_starts: int, labels: bool = False,
          centroids: bool = False, n_threads: int | None = None) -> Pairs:
    """A pair of bootstrap samples per task, segmented by the best of `n_starts`.

    Parameters
    ----------
    which : (t,) data set of each task. k : (t,) its number of segments.
    seeds : (t,) its stream: the same seed draws the same two samples, whatever k.
    n_threads : all processors by default.
    """
    n_tasks = len(seeds)
    which, k = (np.array(np.broadcast_to(x, n_tasks), dtype=np.int64) for x in (which, k))
    seeds = np.array(seeds, dtype=np.uint64)
    n_threads = n_threads or threads()
    rand = np.empty(n_tasks)
    kind = np.int8 if k.max(initial=0) <= 127 else np.int16
    label = np.full((n_tasks if labels else 0, 2, stack.n_rows.max()), -1, dtype=np.int16)
    C = np.full((n_tasks if centroids else 0, 2, k.max(initial=1), stack.blocks.shape[1]), np.nan)
    order, group = _groups(which, k, seeds)

    def work(groups):
        run(*stack, which, k, seeds, order, group, groups, n_starts, rand, label, C)

    # dear and cheap groups alternate, so that threads end together
    parts = [np.arange(first, len(group) - 1, n_threads) for first in range(min(n_threads, len(group) - 1))]
    if len(parts) <= 1:
        for groups in parts:
            work(groups)
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(work, parts))
    return Pairs(rand, label.astype(kind) if labels else None, C if centroids else None)


def _groups(which: np.ndarray, k: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tasks ordered by data set, seed and k, and where in that order those that share their samples begin.

    Many segments want a larger sample of many rows to start on, and share nothing.
    """
    keys = (which, seeds, np.maximum(4 * k, SAMPLE_BLOCKS))
    order = np.lexsort((k, *keys[::-1]))
    new = np.any([np.diff(key[order]) != 0 for key in keys], axis=0)
    return order, np.concatenate([[0], np.flatnonzero(new) + 1, [len(k)] if len(k) else []]).astype(np.int64)


@inner
def _resample(blocks, first, n_rows, n_draws, spread, reach, guide, state, times, part, part_mass, away):
    """A bootstrap sample as distinct rows with counts, less `away` (d,), into `part`; the number of its blocks.

    Coded answers are often exactly as near to two centroids. Moved by chance, each sample rounds in its own way, so
    that such ties do not fall alike in both samples of a pair, which would make them agree too well.
    """
    d = blocks.shape[1]
    start = first * BLOCK
    for i in range(n_rows):
        times[i] = 0
    for _ in range(n_draws):
        u = uniform(state)
        i = guide[start * CELLS + int(u * (n_rows * CELLS))]
        while i < n_rows - 1 and reach[start + i] <= u * reach[start + n_rows - 1]:
            i += 1
        times[i] += 1
    for q in range(d):
        away[q] = spread[q] * (uniform(state) - 0.5)
    n = 0
    for i in range(n_rows):
        if times[i] > 0:
            for q in range(d):
                part[n // BLOCK, q, n % BLOCK] = blocks[first + i // BLOCK, q, i % BLOCK] - np.float32(away[q])
            part_mass[n] = times[i]
            n += 1
    n_blocks = (n + BLOCK - 1) // BLOCK
    for i in range(n, n_blocks * BLOCK):
        for q in range(d):
            part[n_blocks - 1, q, i % BLOCK] = part[(n - 1) // BLOCK, q, (n - 1) % BLOCK]
        part_mass[i] = 0.0
    return n_blocks


@inner
def rand_index(table, rows, columns):
    """Adjusted Rand index from a table (k, k) of masses; rows, columns (k,) are scratch.

    Pairs of customers are counted, x (x − 1) / 2 of x. 1 when both are the same trivial partition.
    """
    k = len(table)
    together, total = 0.0, 0.0
    for j in range(k):
        rows[j] = columns[j] = 0.0
    for i in range(k):
        for j in range(k):
            x = table[i, j]
            rows[i] += x
            columns[j] += x
            total += x
            together += x * (x - 1) / 2
    first, second = 0.0, 0.0
    for j in range(k):
        first += rows[j] * (rows[j] - 1) / 2
        second += columns[j] * (columns[j] - 1) / 2
    chance = first * second / (total * (total - 1) / 2) if total > 1.0 else 0.0
    most = (first + second) / 2
    return 1.0 if most == chance else (together - chance) / (most - chance)


@kernel("void(f4[:,:,::1], f4[::1], i8[::1], i8[::1], i8[::1], f8[:,::1], f8[:,::1], f8[::1], f8[::1], i8[::1],"
        "i8[::1], i8[::1], u8[::1], i8[::1], i8[::1], i8[::1], i8, f8[::1], i2[:,:,::1], f8[:,:,:,::1])")
def run(blocks, mass, first, n_rows, n_draws, origin, spread, unit, reach, guide, which, k_values, seeds, order,
        group, groups, n_starts, rand, labels, centroids):
    """The groups of tasks numbered in `groups`; results go to their places in rand, labels and centroids.

    Tasks of a group, `order[group[g]:group[g + 1]]`, have the same data and seed, and ascending k (see `pairs`).
    """
    d, most = blocks.shape[1], 0
    for g in groups:
        most = max(most, n_rows[which[order[group[g]]]])
    room, wide = (most + BLOCK - 1) // BLOCK, width(d)
    part, part_mass = np.empty((room, d, BLOCK), np.float32), np.empty(room * BLOCK, np.float32)
    times, away = np.empty(most, dtype=np.int64), np.empty(d)
    part_label, former = np.empty((n_starts, room * BLOCK), dtype=np.int16), np.empty(BLOCK, dtype=np.int16)
    state, stream = np.empty(1, dtype=np.uint64), np.empty(n_starts, dtype=np.uint64)
    sse = np.empty(n_starts)
    for g in groups:
        begin, end = group[g], group[g + 1]
        w, largest = which[order[begin]], k_values[order[end - 1]]
        start, n, n_blocks = first[w] * BLOCK, n_rows[w], first[w + 1] - first[w]
        chosen = np.empty((n_starts, largest, wide))
        chosen[:] = 0.0
        pair_label = np.empty((end - begin, 2, n_blocks * BLOCK), dtype=np.int16)
        state[0] = seeds[order[begin]]
        for side in range(2):
            n_part = _resample(blocks, first[w], n, n_draws[w], spread[w], reach, guide, state, times, part,
                               part_mass, away)
            for s in range(n_starts):
                stream[s] = following(state)
            own, own_mass = part[:n_part], part_mass[:n_part * BLOCK]
            energy = energy_of(own, own_mass)
            on, on_rows, on_mass = sampled(own, own_mass, energy, largest)
            seeded(on, on_mass, stream, chosen)
            for a in range(begin, end):
                t = order[a]
                k = k_values[t]
                C = np.empty((n_starts, k, wide))
                for s in range(n_starts):
                    for j in range(k):
                        for q in range(wide):
                            C[s, j, q] = chosen[s, j, q]
                solved(own, own_mass, energy, on, on_rows, on_mass, C, part_label, sse, n_part * BLOCK // STILL)
                best = 0
                for s in range(1, n_starts):
                    if sse[s] < sse[best]:
                        best = s
                for j in range(k):
                    for q in range(d):
                        C[best, j, q] += np.float32(away[q])
                even = k + k % 2
                minus, half = np.empty((n_starts, even, wide), np.float32), np.empty((n_starts, even), np.float32)
                prepare(C, best, d, minus, half)
                for b in range(n_blocks):
                    place = ((a - begin) * 2 + side) * n_blocks + b
                    nearest(blocks.ctypes.data + (first[w] + b) * d * BLOCK * 4,
                            minus.ctypes.data + best * even * wide * 4, half.ctypes.data + best * even * 4,
                            former.ctypes.data, pair_label.ctypes.data + place * BLOCK * 2, even, d, wide)
                if len(centroids):
                    for j in range(k):
                        for q in range(d):
                            centroids[t, side, j, q] = C[best, j, q] * unit[w] + origin[w, q]
                if len(labels):
                    for i in range(n):
                        labels[t, side, i] = pair_label[a - begin, side, i]
        for a in range(begin, end):
            t = order[a]
            k = k_values[t]
            table, row_sums, column_sums = np.empty((k, k)), np.empty(k), np.empty(k)
            table[:] = 0.0
            for i in range(n):
                table[pair_label[a - begin, 0, i], pair_label[a - begin, 1, i]] += mass[start + i]
            rand[t] = rand_index(table, row_sums, column_sums)


def adjusted_rand(a: np.ndarray, b: np.ndarray, mass: np.ndarray) -> float:
    """Adjusted Rand index of two labellings (n,) from 0 on, of rows that stand for `mass` (n,) customers each."""
    k = int(max(a.max(), b.max())) + 1
    table = np.bincount(a.astype(np.int64) * k + b, weights=mass, minlength=k * k).reshape(k, k)
    return float(rand_index.py_func(table, np.empty(k), np.empty(k)))
