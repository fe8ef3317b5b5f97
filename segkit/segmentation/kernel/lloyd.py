"""Weighted k-means: Lloyd's iterations of several starts in one pass over the data.

Sums follow the rows that changed segment, so late iterations cost the search for the nearest centroid alone.
An iteration that changes no row ends the start. A segment that loses all its rows keeps its centroid. Rows and their
masses are float32; sums, centroids and criteria are float64.
"""

from __future__ import annotations

import numpy as np

from segkit.segmentation.kernel.blocks import BLOCK
from segkit.segmentation.kernel.compiled import inner, kernel
from segkit.segmentation.kernel.seeding import energy_of, sampled, seeded
from segkit.segmentation.kernel.vectors import add, centre, lowest, nearest

MAX_ITERATIONS = 300
LEAST = 1e-12
"""Part of the whole mass that a segment without rows may keep of rounding."""
_ONE = np.uint64(1)


@inner
def iterate(blocks, rows, mass, energy, C, label, sse, enough):
    """Lloyd's iterations of every start: C (s, k, width) in place, label (s, n_blocks × 64), sse (s,).

    A start ends when `enough` rows or fewer change segment. The criterion is told from `energy`, the weighted sum
    of squares of the rows. `rows` (n_blocks × 64, width) are the rows in one piece each, or none.
    """
    n_starts, k, wide = C.shape
    n_blocks, d = blocks.shape[:2]
    even = k + k % 2
    sums = np.empty((n_starts, k, wide))
    minus, half = np.empty((n_starts, even, wide), np.float32), np.empty((n_starts, even), np.float32)
    block_label, changed, running = (
        np.empty(BLOCK, np.int16), np.empty(n_starts, np.int64), np.empty(n_starts, np.int64))
    scratch = np.empty((BLOCK, wide), np.float32)
    n_running = n_starts
    sums[:], scratch[:], label[:] = 0.0, 0.0, -1
    for i in range(BLOCK):
        scratch[i, d] = 1.0
    total = 0.0
    for i in range(len(mass)):
        total += mass[i]
    for s in range(n_starts):
        running[s] = s
        prepare(C, s, d, minus, half)
    for _ in range(MAX_ITERATIONS):
        changed[:] = 0
        for b in range(n_blocks):
            known = np.uint64(0)
            for a in range(n_running):
                s = running[a]
                bits = nearest(blocks.ctypes.data + b * d * BLOCK * 4,
                               minus.ctypes.data + s * even * wide * 4, half.ctypes.data + s * even * 4,
                               label.ctypes.data + (s * label.shape[1] + b * BLOCK) * 2, block_label.ctypes.data, even,
                               d, wide)
                if not bits:
                    continue
                if len(rows):
                    first = rows.ctypes.data + b * BLOCK * wide * 4
                else:
                    first = scratch.ctypes.data
                    missing = bits & ~known
                    known |= bits
                    while missing:
                        i = lowest(missing)
                        missing &= missing - _ONE
                        for q in range(d):
                            scratch[i, q] = blocks[b, q, i]
                changed[s] += _move(first, b, bits, mass, block_label, label, s, sums)
        n_changing = 0
        for a in range(n_running):
            s = running[a]
            if changed[s]:
                _means(sums, LEAST * total, d, C, s, minus, half)
            if changed[s] > enough:
                running[n_changing] = s
                n_changing += 1
        n_running = n_changing
        if n_changing == 0:
            break
    for s in range(n_starts):
        sse[s] = energy
        for j in range(k):
            if sums[s, j, d] > LEAST * total:
                for q in range(d):
                    sse[s] -= sums[s, j, q] * (sums[s, j, q] / sums[s, j, d])
        sse[s] = max(sse[s], 0.0)


@inner
def prepare(C, s, d, minus, half):
    """What the search for the nearest needs of the centroids of start s; a centroid that is none is infinitely far."""
    k, wide = C.shape[1:]
    even = minus.shape[1]
    for j in range(k):
        C[s, j, d] = 1.0
        address = C.ctypes.data + (s * k + j) * wide * 8
        half[s, j] = centre(address, 1.0, address, minus.ctypes.data + (s * even + j) * wide * 4, wide) - 0.5
    for j in range(k, even):
        half[s, j] = np.inf
        for q in range(wide):
            minus[s, j, q] = 0.0


@inner
def _means(sums, least, d, C, s, minus, half):
    """Centroids of start s from its sums; a segment of mass `least` or less has lost its rows."""
    k, wide = C.shape[1:]
    even = minus.shape[1]
    for j in range(k):
        if sums[s, j, d] <= least:
            for q in range(wide):
                sums[s, j, q] = 0.0
        else:
            half[s, j] = centre(sums.ctypes.data + (s * k + j) * wide * 8, 1.0 / sums[s, j, d],
                                C.ctypes.data + (s * k + j) * wide * 8,
                                minus.ctypes.data + (s * even + j) * wide * 4, wide) - 0.5


@inner
def _move(first, b, bits, mass, found, label, s, sums):
    """Bring labels and sums of block b in step with `found` for the rows told by `bits`; their number.

    `first` is the address of the block's first row in one piece: its variables, then 1, which adds up to the mass.
    """
    k, wide = sums.shape[1:]
    address = sums.ctypes.data + s * k * wide * 8
    changed = 0
    while bits:
        i = lowest(bits)
        bits &= bits - _ONE
        changed += 1
        row = b * BLOCK + i
        new, old, weight = np.int64(found[i]), np.int64(label[s, row]), np.float64(mass[row])
        label[s, row] = new
        add(first + i * wide * 4, weight, address + new * wide * 8, wide)
        if old >= 0:
            add(first + i * wide * 4, -weight, address + old * wide * 8, wide)
    return changed


@inner
def solved(blocks, mass, energy, part, rows, part_mass, C, label, sse, enough):
    """Starts from centroids C (s, k, width) to their ends; of many rows on the sample first."""
    few = len(part) == len(blocks)
    part_label = np.empty((0 if few else len(C), len(part_mass)), np.int16)
    for last in range(few, 2):
        if last:
            on, on_rows, on_mass, on_label = blocks, rows if few else rows[:0], mass, label
        else:
            on, on_rows, on_mass, on_label = part, rows, part_mass, part_label
        iterate(on, on_rows, on_mass, energy, C, on_label, sse, enough)


@kernel("void(f4[:,:,::1], f4[::1], u8[::1], f8[:,:,::1], f8[::1], i2[:,::1], i8)")
def fit(blocks, mass, seeds, C, sse, label, enough):
    """Starts from seeds (s,), or from the centroids given in C where there are no seeds.

    Written: centroids C (s, k, width), criteria sse (s,), label (s, n_blocks × 64). A start ends when `enough` rows or
    fewer change segment.
    """
    energy = energy_of(blocks, mass)
    part, rows, part_mass = blocks, np.empty((0, C.shape[2]), np.float32), mass
    if len(seeds):
        part, rows, part_mass = sampled(blocks, mass, energy, C.shape[1])
        seeded(part, part_mass, seeds, C)
    solved(blocks, mass, energy, part, rows, part_mass, C, label, sse, enough)
