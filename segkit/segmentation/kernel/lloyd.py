"""Weighted k-means: Lloyd's iterations of several starts in one pass over the data.

Sums follow the rows that changed segment, so late iterations cost the search for the nearest centroid alone.
An iteration that changes no row ends the start. A segment that loses all its rows keeps its centroid.
"""

from __future__ import annotations

import math

import numpy as np

from segkit.segmentation.kernel.blocks import BLOCK, distances, lowest, nearest
from segkit.segmentation.kernel.compiled import inner, kernel, summing
from segkit.segmentation.kernel.stream import uniform

MAX_ITERATIONS = 300
SAMPLE_BLOCKS = 128
_ONE = np.uint64(1)


@summing
def _nearer(gap, distance, mass, former, new, b):
    """Squared distance of the rows of block b to the nearest chosen row, into gap[new]; their weighted sum."""
    total = 0.0
    for i in range(BLOCK):
        least = min(distance[i], gap[former, b, i])
        gap[new, b, i] = least
        total += least * mass[b * BLOCK + i]
    return total


@inner
def _drawn(gap, mass, sums, total, state):
    """A row (block, lane), drawn in proportion to gap × mass; `sums` are those of the blocks."""
    left = uniform(state) * total
    b = 0
    while b < len(sums) - 1 and left >= sums[b]:
        left -= sums[b]
        b += 1
    while b > 0 and sums[b] <= 0.0:
        b -= 1
    found = 0
    for i in range(BLOCK):
        share = gap[b, i] * mass[b * BLOCK + i]
        if share > 0.0:
            found = i
            left -= share
            if left < 0.0:
                break
    return b, found


@inner
def plus_plus(blocks, mass, state, C, gap, sums):
    """Starting centroids into C (k, d): greedy k-means++, the best of 2 + log k candidates each.

    Scratch: gap (n_candidates + 1, n_blocks, 64), sums (n_candidates + 1, n_blocks).
    """
    k, d = C.shape
    n_blocks = len(blocks)
    n_candidates = len(gap) - 1
    distance, row = np.empty(BLOCK), np.empty(d)
    total = 0.0
    for b in range(n_blocks):
        sums[0, b] = 0.0
        for i in range(BLOCK):
            gap[0, b, i] = 1.0
            sums[0, b] += mass[b * BLOCK + i]
        total += sums[0, b]
    now = 0
    for j in range(k):
        least, best = np.inf, -1
        for candidate in range(n_candidates if j else 1):
            b, i = _drawn(gap[now], mass, sums[now], total, state)
            for q in range(d):
                row[q] = blocks[b, q, i]
            new = candidate if candidate < now else candidate + 1
            reached = 0.0
            for b in range(n_blocks):
                distances(blocks, b, row, distance)
                if j == 0:
                    for i in range(BLOCK):
                        gap[now, b, i] = np.inf
                sums[new, b] = _nearer(gap, distance, mass, now, new, b)
                reached += sums[new, b]
            if reached < least:
                least, best = reached, new
                for q in range(d):
                    C[j, q] = row[q]
        now, total = best, least


@inner
def iterate(blocks, mass, energy, C, label, sse, enough):
    """Lloyd's iterations of every start: C (s, k, d) in place, label (s, n_blocks × 64), sse (s,).

    A start ends when `enough` rows or fewer change segment. The criterion is told from `energy`, the weighted sum
    of squares of the rows.
    """
    n_starts, k, d = C.shape
    sums, filled = np.zeros((n_starts, k, d + 1)), np.zeros((n_starts, k), dtype=np.int64)
    minus, half = np.empty((n_starts, k, d)), np.empty((n_starts, k))
    found, changed = np.empty(BLOCK, dtype=np.int64), np.zeros(n_starts, dtype=np.int64)
    running, n_running = np.arange(n_starts), n_starts
    label[:] = -1
    for _ in range(MAX_ITERATIONS):
        for a in range(n_running):
            prepare(C[running[a]], minus[running[a]], half[running[a]])
        changed[:] = 0
        for b in range(len(blocks)):
            for a in range(n_running):
                s = running[a]
                bits = nearest(blocks, b, minus[s], half[s], label[s], b, found)
                if bits:
                    changed[s] += _move(blocks, b, bits, mass, found, label[s], sums[s], filled[s])
        left = 0
        for a in range(n_running):
            s = running[a]
            if changed[s]:
                _means(sums[s], filled[s], C[s])
            if changed[s] > enough:
                running[left] = s
                left += 1
        n_running = left
        if left == 0:
            break
    for s in range(n_starts):
        sse[s] = energy
        for j in range(k):
            if filled[s, j]:
                for q in range(d):
                    sse[s] -= sums[s, j, q] * (sums[s, j, q] / sums[s, j, d])
        sse[s] = max(sse[s], 0.0)


@inner
def prepare(C, minus, half):
    for j in range(len(C)):
        half[j] = 0.0
        for q in range(C.shape[1]):
            minus[j, q] = -C[j, q]
            half[j] += 0.5 * C[j, q] * C[j, q]


@inner
def _move(blocks, b, bits, mass, found, label, sums, filled):
    """Bring labels and sums of block b in step with `found` for the rows told by `bits`; their number."""
    d = blocks.shape[1]
    changed = 0
    while bits:
        i = lowest(bits)
        bits &= bits - _ONE
        changed += 1
        row = b * BLOCK + i
        new, old, weight = found[i], np.int64(label[row]), mass[row]
        label[row] = new
        if weight == 0.0:
            continue
        filled[new] += 1
        sums[new, d] += weight
        if old < 0:
            for q in range(d):
                sums[new, q] += weight * blocks[b, q, i]
            continue
        filled[old] -= 1
        sums[old, d] -= weight
        for q in range(d):
            moved = weight * blocks[b, q, i]
            sums[new, q] += moved
            sums[old, q] -= moved
    return changed


@inner
def _means(sums, filled, C):
    d = C.shape[1]
    for j in range(len(C)):
        if filled[j] == 0:
            sums[j] = 0.0
        else:
            for q in range(d):
                C[j, q] = sums[j, q] / sums[j, d]


@inner
def candidates(k):
    """Candidates of each centroid in greedy k-means++."""
    return 2 + int(math.log(k))


@summing
def energy_of(blocks, mass):
    """The weighted sum of squares of the rows."""
    total = 0.0
    for b in range(len(blocks)):
        for q in range(blocks.shape[1]):
            for i in range(BLOCK):
                total += mass[b * BLOCK + i] * blocks[b, q, i] * blocks[b, q, i]
    return total


@inner
def sample(blocks, mass, energy, part, part_mass):
    """Rows that stand for all rows, with masses, into part (n_part, d, 64): a light coreset.

    Drawn evenly along the data, half in proportion to mass and half to mass × squared length, so that a few far
    rows are not missed (Bachem, Lucic & Krause 2018, doi:10.1145/3219819.3219973).
    """
    d = blocks.shape[1]
    n_part = len(part) * BLOCK
    total = 0.0
    for i in range(len(mass)):
        total += mass[i]
    origin, lengths = np.zeros(d), np.empty(BLOCK)
    reached, taken = 0.0, 0
    for b in range(len(blocks)):
        distances(blocks, b, origin, lengths)
        for i in range(BLOCK):
            weight = mass[b * BLOCK + i]
            if weight == 0.0:
                continue
            share = weight * (0.5 / total + 0.5 * lengths[i] / energy)
            reached += share * n_part
            while taken < n_part and taken + 0.5 < reached:
                for q in range(d):
                    part[taken // BLOCK, q, taken % BLOCK] = blocks[b, q, i]
                part_mass[taken] = weight / (share * n_part)
                taken += 1
    part_mass[taken:] = 0.0


@inner
def starts(blocks, mass, seeds, C, sse, label, enough):
    """Starts from seeds (s,): centroids C (s, k, d), criteria sse (s,), label (s, n_blocks × 64).

    On many rows a start first runs on a sample, so that few iterations are left for all rows.
    """
    k, d = C.shape[1:]
    energy = energy_of(blocks, mass)
    state = np.empty(1, dtype=np.uint64)
    n_part = min(len(blocks), max(SAMPLE_BLOCKS, 4 * k))
    few = n_part == len(blocks)
    part, part_mass = blocks, mass
    if not few:
        part, part_mass = np.zeros((n_part, d, BLOCK)), np.empty(n_part * BLOCK)
        sample(blocks, mass, energy, part, part_mass)
    gap, sums = np.empty((candidates(k) + 1, n_part, BLOCK)), np.empty((candidates(k) + 1, n_part))
    part_label, part_sse = np.empty((1, 0 if few else n_part * BLOCK), dtype=np.int16), np.empty(1)
    for s in range(len(seeds)):
        state[0] = seeds[s]
        plus_plus(part, part_mass, state, C[s], gap, sums)
        if not few:
            iterate(part, part_mass, energy, C[s:s + 1], part_label, part_sse, enough)
    iterate(blocks, mass, energy, C, label, sse, enough)


@kernel("void(f8[:,:,::1], f8[::1], u8[::1], f8[:,:,::1], f8[::1], i2[:,::1], i8)")
def fit(blocks, mass, seeds, C, sse, label, enough):
    """Starts from seeds (s,), or from the centroids given in C where there are no seeds.

    Written: centroids C (s, k, d), criteria sse (s,), label (s, n_blocks × 64). A start ends when `enough` rows or
    fewer change segment.
    """
    if len(seeds):
        starts(blocks, mass, seeds, C, sse, label, enough)
    else:
        iterate(blocks, mass, energy_of(blocks, mass), C, label, sse, enough)
