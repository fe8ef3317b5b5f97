"""Weighted k-medians and its kin for yes/no answers: starts on sums of absolute differences.

With L = Σ|x − c| and S = Σx + Σc the Jaccard distance 1 − Σmin / Σmax is 2L / (S + L), so one loop serves both. A row
leaves its segment only for one that is nearer by more than rounding, and a centre moves only where that brings its rows
nearer: every step lessens the criterion, and the iterations end. A segment that loses all its rows keeps its centre.
"""

from __future__ import annotations

import numpy as np

from segkit.segmentation.kernel.blocks import BLOCK
from segkit.segmentation.kernel.compiled import inner, kernel
from segkit.segmentation.kernel.seeding import candidates
from segkit.segmentation.kernel.stream import uniform

MAX_ITERATIONS = 300
_LESS = 1.0 - 1e-6
"""Distances that differ by less are told apart by the rounding of float32."""
_EVEN = 1e-9


@inner
def _distances(blocks, b, c, j, jaccard, sizes, apart):
    """Distance (64,) of the rows of block b to centre c[j]; `sizes` (n_rows,) are the sums of the rows."""
    own = np.float32(0.0)
    for i in range(BLOCK):
        apart[i] = np.float32(0.0)
    for q in range(blocks.shape[1]):
        value = np.float32(c[j, q])
        own += value
        for i in range(BLOCK):
            apart[i] += abs(blocks[b, q, i] - value)
    if jaccard:
        for i in range(BLOCK):
            total = sizes[b * BLOCK + i] + own + apart[i]
            apart[i] = np.float32(2.0) * apart[i] / total if total > np.float32(0.0) else np.float32(0.0)


@inner
def _seeded(blocks, mass, sizes, jaccard, state, c, gap, new, best, former, apart):
    """Greedy k-means++ by distance: centres into c (k, d), the best of a few rows each."""
    n_blocks, d = blocks.shape[:2]
    n = n_blocks * BLOCK
    total = 0.0
    for i in range(n):
        gap[i] = np.float32(1.0)
        total += mass[i]
    for j in range(len(c)):
        least = np.inf
        for _ in range(candidates(j)):
            remaining, row = uniform(state) * total, 0
            for i in range(n):
                share = np.float64(gap[i]) * mass[i]
                if share > 0.0:
                    row = i
                    remaining -= share
                    if remaining < 0.0:
                        break
            for q in range(d):
                former[q] = c[j, q]
                c[j, q] = blocks[row // BLOCK, q, row % BLOCK]
            reached = 0.0
            for b in range(n_blocks):
                _distances(blocks, b, c, j, jaccard, sizes, apart)
                for i in range(BLOCK):
                    r = b * BLOCK + i
                    new[r] = apart[i] if j == 0 or apart[i] < gap[r] else gap[r]
                    reached += np.float64(new[r]) * mass[r]
            if reached < least:
                least = reached
                for i in range(n):
                    best[i] = new[i]
            else:
                for q in range(d):
                    c[j, q] = former[q]
        total = least
        for i in range(n):
            gap[i] = best[i]


@inner
def _labelled(blocks, mass, c, jaccard, sizes, label, apart, least, own, found):
    """Each row to its nearest centre, the first of equals; one that has a segment stays unless another is nearer.

    Returns how many rows changed segment, and the weighted sum of the distances.
    """
    changed, total = 0, 0.0
    for b in range(len(blocks)):
        for i in range(BLOCK):
            least[i] = np.float32(np.inf)
            own[i] = np.float32(np.inf)
        for j in range(len(c)):
            _distances(blocks, b, c, j, jaccard, sizes, apart)
            for i in range(BLOCK):
                if apart[i] < least[i]:
                    least[i], found[i] = apart[i], j
                if label[b * BLOCK + i] == j:
                    own[i] = apart[i]
        for i in range(BLOCK):
            if label[b * BLOCK + i] < 0 or least[i] < own[i] * np.float32(_LESS):
                label[b * BLOCK + i], own[i] = found[i], least[i]
                changed += 1
            total += np.float64(own[i]) * mass[b * BLOCK + i]
    return changed, total


@inner
def _medians(blocks, mass, order, label, c, share, reached, low):
    """Weighted medians of the segments into c; halfway between two values that both are."""
    k, n = len(c), order.shape[1]
    for q in range(len(order)):
        for j in range(k):
            reached[j] = 0.0
        for place in range(n):
            i = order[q, place]
            j = np.int64(label[i])
            if mass[i] == np.float32(0.0) or reached[j] < 0.0:
                continue
            value, half = np.float64(blocks[i // BLOCK, q, i % BLOCK]), 0.5 * share[j]
            if reached[j] >= half * (1.0 - _EVEN):
                c[j, q], reached[j] = 0.5 * (low[j] + value), -1.0
                continue
            reached[j] += mass[i]
            low[j] = value
            if reached[j] > half * (1.0 + _EVEN):
                c[j, q], reached[j] = value, -1.0


@inner
def _alike(common, union):
    return common / union if union > 0 else 1.0


@inner
def _flipped(blocks, mass, label, c, share, gain):
    """Turn answers of yes/no centres c where that brings their rows nearer, the best answer first."""
    k, d = c.shape
    while True:
        for j in range(k):
            for q in range(d):
                gain[j, q] = 0.0
        for i in range(len(mass)):
            if mass[i] == np.float32(0.0):
                continue
            b, lane, j = i // BLOCK, i % BLOCK, np.int64(label[i])
            common, union = 0, 0
            for q in range(d):
                yes, centre = blocks[b, q, lane] > 0.5, c[j, q] > 0.5
                common += yes and centre
                union += yes or centre
            now = _alike(common, union)
            for q in range(d):
                yes, step = blocks[b, q, lane] > 0.5, -1 if c[j, q] > 0.5 else 1
                then = _alike(common + step, union) if yes else _alike(common, union + step)
                gain[j, q] += mass[i] * (then - now)
        turned = False
        for j in range(k):
            best = 0
            for q in range(d):
                if gain[j, q] > gain[j, best]:
                    best = q
            if gain[j, best] > _EVEN * share[j]:
                c[j, best] = 1.0 - c[j, best]
                turned = True
        if not turned:
            break


@kernel("void(f4[:,:,::1], f4[::1], i4[:,::1], u8[::1], f8[:,:,::1], f8[::1], b1)")
def fit(blocks, mass, order, seeds, centres, criteria, jaccard):
    """Starts from seeds (s,), or from the centres given where there are none, to their ends.

    `order` (d, n) are the rows in the order of each variable; of yes/no answers (`jaccard`), as they are, (d, 0).
    Written: centres (s, k, d), criteria (s,).
    """
    n_blocks, d = blocks.shape[:2]
    n, k = n_blocks * BLOCK, centres.shape[1]
    gap, new, best = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    apart, least, own = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    label, block_label, sizes = np.empty(n, np.int16), np.empty(BLOCK, np.int16), np.empty(n, np.float32)
    share, reached, low, gain, former = np.empty(k), np.empty(k), np.empty(k), np.empty((k, d)), np.empty(d)
    state = np.empty(1, dtype=np.uint64)
    for i in range(n):
        sizes[i] = np.float32(0.0)
        for q in range(d):
            sizes[i] += blocks[i // BLOCK, q, i % BLOCK]
    for s in range(len(centres)):
        c = centres[s]
        if len(seeds):
            state[0] = seeds[s]
            _seeded(blocks, mass, sizes, jaccard, state, c, gap, new, best, former, apart)
        for i in range(n):
            label[i] = -1
        for _ in range(MAX_ITERATIONS):
            changed, criteria[s] = _labelled(blocks, mass, c, jaccard, sizes, label, apart, least, own, block_label)
            if changed == 0:
                break
            for j in range(k):
                share[j] = 0.0
            for i in range(n):
                share[label[i]] += mass[i]
            if jaccard:
                _flipped(blocks, mass, label, c, share, gain)
            else:
                _medians(blocks, mass, order, label, c, share, reached, low)
