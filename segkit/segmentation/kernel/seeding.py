"""Where starts of k-means begin: greedy k-means++, on a sample where there are many rows."""

from __future__ import annotations

import math

import numpy as np

from segkit.segmentation.kernel.blocks import BLOCK, row_of, width
from segkit.segmentation.kernel.compiled import inner, summing
from segkit.segmentation.kernel.stream import uniform
from segkit.segmentation.kernel.vectors import nearer

SAMPLE_BLOCKS = 128


@inner
def candidates(j):
    """Candidates for the centroid after j others in greedy k-means++."""
    return 2 + int(math.log(max(j + 1, 3))) if j else 1


@inner
def _drawn(gap, now, mass, sums, total, state):
    """A row (block, lane), drawn in proportion to gap × mass; `sums` are those of the blocks."""
    remaining = uniform(state) * total
    b = 0
    while b < sums.shape[1] - 1 and remaining >= sums[now, b]:
        remaining -= sums[now, b]
        b += 1
    while b > 0 and sums[now, b] <= 0.0:
        b -= 1
    lane = 0
    for i in range(BLOCK):
        share = gap[now, b, i] * mass[b * BLOCK + i]
        if share > 0.0:
            lane = i
            remaining -= share
            if remaining < 0.0:
                break
    return b, lane


@inner
def plus_plus(blocks, mass, state, chosen, gap, sums):
    """Starting centroids into `chosen` (k, width): greedy k-means++, the best of a few candidates each.

    The first centroids do not depend on k. Scratch: gap (most candidates + 1, n_blocks, 64), sums (most
    candidates + 1, n_blocks).
    """
    n_blocks, d = blocks.shape[:2]
    row = np.empty(d, np.float32)
    total = 0.0
    for b in range(n_blocks):
        sums[0, b] = 0.0
        for i in range(BLOCK):
            gap[0, b, i] = 1.0
            sums[0, b] += mass[b * BLOCK + i]
        total += sums[0, b]
    now = 0
    for j in range(len(chosen)):
        least, best = np.inf, -1
        for candidate in range(candidates(j)):
            b, i = _drawn(gap, now, mass, sums, total, state)
            row_of(blocks, b, i, row)
            if j == 0:
                gap[:] = np.inf
            new = candidate if candidate < now else candidate + 1
            reached = 0.0
            for b in range(n_blocks):
                sums[new, b] = nearer(blocks.ctypes.data + b * d * BLOCK * 4, row.ctypes.data,
                                      gap.ctypes.data + (now * n_blocks + b) * BLOCK * 4,
                                      gap.ctypes.data + (new * n_blocks + b) * BLOCK * 4,
                                      mass.ctypes.data + b * BLOCK * 4, d)
                reached += sums[new, b]
            if reached < least:
                least, best = reached, new
                for q in range(d):
                    chosen[j, q] = row[q]
        now, total = best, least


@summing
def energy_of(blocks, mass):
    """The weighted sum of squares of the rows."""
    total = 0.0
    for b in range(len(blocks)):
        for q in range(blocks.shape[1]):
            for i in range(BLOCK):
                value = np.float64(blocks[b, q, i])
                total += np.float64(mass[b * BLOCK + i]) * value * value
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
    lengths = np.empty(BLOCK)
    reached, n_taken = 0.0, 0
    for b in range(len(blocks)):
        lengths[:] = 0.0
        for q in range(d):
            for i in range(BLOCK):
                value = np.float64(blocks[b, q, i])
                lengths[i] += value * value
        for i in range(BLOCK):
            weight = np.float64(mass[b * BLOCK + i])
            if weight == 0.0:
                continue
            share = weight * (0.5 / total + 0.5 * lengths[i] / energy)
            reached += share * n_part
            while n_taken < n_part and n_taken + 0.5 < reached:
                for q in range(d):
                    part[n_taken // BLOCK, q, n_taken % BLOCK] = blocks[b, q, i]
                part_mass[n_taken] = weight / (share * n_part)
                n_taken += 1
    for i in range(n_taken, n_part):
        part_mass[i] = 0.0


@inner
def sampled(blocks, mass, energy, k):
    """Blocks on which starts begin, their rows in one piece and their masses: all rows, or some of many."""
    n_part = min(len(blocks), max(SAMPLE_BLOCKS, 4 * k))
    part, part_mass = blocks, mass
    if n_part < len(blocks):
        part, part_mass = np.empty((n_part, blocks.shape[1], BLOCK), np.float32), np.empty(n_part * BLOCK, np.float32)
        part[:] = 0.0
        sample(blocks, mass, energy, part, part_mass)
    rows = np.empty((n_part * BLOCK, width(blocks.shape[1])), np.float32)
    rows[:] = 0.0
    for i in range(len(rows)):
        rows[i, blocks.shape[1]] = 1.0
    for b in range(n_part):
        for q in range(blocks.shape[1]):
            for i in range(BLOCK):
                rows[b * BLOCK + i, q] = part[b, q, i]
    return part, rows, part_mass


@inner
def seeded(part, part_mass, seeds, chosen):
    """Starting centroids of every start from its seed, into `chosen` (s, k, width)."""
    n_candidates = candidates(chosen.shape[1] - 1)
    gap, sums = np.empty((n_candidates + 1, len(part), BLOCK), np.float32), np.empty((n_candidates + 1, len(part)))
    state = np.empty(1, dtype=np.uint64)
    for s in range(len(seeds)):
        state[0] = seeds[s]
        plus_plus(part, part_mass, state, chosen[s], gap, sums)
