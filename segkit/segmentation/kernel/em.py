"""Expectation–maximisation of latent classes from many starts: steps, leaps and when a start has come to its end.

A lane whose start has converged takes the next one. The layout of parameters and data is that of `em_step`.
"""

from __future__ import annotations

import numpy as np

from segkit.segmentation.kernel.compiled import exact
from segkit.segmentation.kernel.em_step import BLOCK, LEAST, step

SHRINK = 0.05
"""An extrapolated probability keeps at least this part of the last step's."""


@exact
def _leap(P0, P1, P2, first, floor, K, lanes):
    """SQUAREM's extrapolation of two EM steps, into P0, kept inside the bounds."""
    mean = first[-1]
    variance = mean + (P0.shape[0] - mean) // 2
    rr, vv = np.zeros(lanes), np.full(lanes, 1e-300)
    for a in range(P0.shape[0]):
        for k in range(K):
            for s in range(lanes):
                i = k * lanes + s
                r = P1[a, i] - P0[a, i]
                v = P2[a, i] - P1[a, i] - r
                rr[s] += r * r
                vv[s] += v * v
    for s in range(lanes):
        rr[s] = max(np.sqrt(rr[s] / vv[s]), 1.0)
    for a in range(P0.shape[0]):
        bounded = a < mean or a >= variance
        least = LEAST if a < mean else floor
        for k in range(K):
            for s in range(lanes):
                i = k * lanes + s
                r = P1[a, i] - P0[a, i]
                v = P2[a, i] - P1[a, i] - r
                far = P0[a, i] + rr[s] * (2.0 * r + rr[s] * v)
                P0[a, i] = max(far, SHRINK * P2[a, i], least) if bounded else far
    for j in range(first.size - 1):
        for i in range(K * lanes):
            n = 0.0
            for a in range(first[j], first[j + 1]):
                n += P0[a, i]
            for a in range(first[j], first[j + 1]):
                P0[a, i] /= n
    for s in range(lanes):
        n = 0.0
        for k in range(K):
            n += P0[0, k * lanes + s]
        for k in range(K):
            P0[0, k * lanes + s] /= n


@exact
def _take(found, m, P, s, lanes):
    for a in range(found.shape[1]):
        for k in range(found.shape[2]):
            P[a, k * lanes + s] = found[m, a, k]


@exact
def _give(found, m, P, s, lanes):
    for a in range(found.shape[1]):
        for k in range(found.shape[2]):
            found[m, a, k] = P[a, k * lanes + s]


@exact
def _run(found, state, data, work, P, ll, start, first, common, floor, max_cycles, tolerance, lanes):
    """Cycles of the starts, until all are done or the last ones leave half of the lanes empty.

    P holds the parameters before and after each of a cycle's three EM steps. A start that was stopped goes on
    as if it had not been.
    """
    value, cycles, still, done = state
    M, A, K = found.shape
    next_start = running = 0
    for s in range(lanes):
        start[s] = -1
        _take(found, 0, P[0], s, lanes)
        if next_start < M and cycles[next_start] >= 0:
            start[s] = next_start
            _take(found, next_start, P[0], s, lanes)
            next_start += 1
            running += 1
    while running > 0 or next_start < M:
        for phase in range(3):
            if phase == 2:
                _leap(P[0], P[1], P[2], first, floor, K, lanes)
            step(P[0 if phase == 2 else phase], P[phase + 1], data, first, common, floor, work, lanes, ll[phase])
            if phase > 0:
                continue
            for s in range(lanes):
                m = start[s]
                if m >= 0:
                    still[m] = still[m] + 1 if ll[0, s] - value[m] <= tolerance * abs(ll[0, s]) else 0
                    value[m] = ll[0, s]
                    if still[m] >= 2 or cycles[m] >= max_cycles:
                        _give(found, m, P[0], s, lanes)
                        done[m] = 1
                        start[s] = -1
                        running -= 1
                # the next start enters at the second step, without this cycle's leap
                if start[s] < 0 and next_start < M:
                    start[s] = next_start
                    _take(found, next_start, P[1], s, lanes)
                    next_start += 1
                    running += 1
        for s in range(lanes):
            leapt = ll[2, s] >= ll[1, s] and start[s] >= 0 and cycles[start[s]] >= 0
            if start[s] >= 0:
                cycles[start[s]] += 1
            for a in range(A):
                for k in range(K):
                    i = k * lanes + s
                    P[0, a, i] = P[3, a, i] if leapt else P[2, a, i]
        if next_start == M and lanes > 4 and 2 * running <= lanes:
            for s in range(lanes):
                if start[s] >= 0:
                    _give(found, start[s], P[0], s, lanes)
            return


def run(starts, cells, scale, n_first, code, weight, x, first, common, floor, max_cycles, tolerance, lanes):
    """SQUAREM cycles of every start, until the log-likelihood grows by less than `tolerance` of itself twice.

    Parameters
    ----------
    starts : (start, row, class) parameters; the answers of item j are rows first[j] to first[j + 1].
    cells : (combination, item) rows of the answers of a combination, -1 for none; `scale` multiplies its table.
    n_first : combinations of the first group.
    code : (group, pattern) the combination of each pattern. `weight`: of each pattern. `x`: (pattern, column).
    floor : least variance. `common`: one variance for all classes.

    Returns
    -------
    Parameters (start, row, class), log-likelihood, EM steps made, whether converged. A leap that lowers the
    log-likelihood is undone, so it never falls.
    """
    parameters, M = starts.copy(), len(starts)
    value, cycles, still, done = np.full(M, -np.inf), np.full(M, -1), np.zeros(M, dtype=np.int64), np.zeros(M, np.int64)
    data = (cells, scale, n_first, code, weight, x)
    running = np.arange(M)
    while len(running):
        part = parameters[running]
        state = tuple(a[running] for a in (value, cycles, still, done))
        _run(part, state, data, *_memory(part, cells, x, lanes), first, common, floor, max_cycles, tolerance, lanes)
        parameters[running] = part
        for full, own in zip((value, cycles, still, done), state, strict=True):
            full[running] = own
        running = np.flatnonzero(done == 0)
        lanes = next((n for n in (4, 8, 16) if n >= len(running)), lanes)
    return parameters, value, 3 * cycles + 2, still >= 2


def _memory(starts, cells, x, lanes):
    """Working arrays of `_step`, parameters of a cycle, log-likelihoods of its steps, the start in each lane."""
    _, A, K = starts.shape
    width, D = K * lanes, x.shape[1]
    p, base, gathered, scratch = np.empty((4, width))
    bits, totals, logs = np.empty(width, dtype=np.int64), np.ones((BLOCK, lanes)), np.empty((BLOCK, lanes))
    work = (np.empty((len(cells), width)), np.empty((len(cells), width)), np.empty((D, width)), np.empty((D, width)),
            p, p.reshape(K, lanes), base, gathered, scratch, scratch.reshape(K, lanes), bits, bits.view(np.float64),
            totals, totals.ravel(), totals.ravel().view(np.int64), logs, logs.ravel(), np.empty(lanes), np.empty(lanes))
    return work, np.empty((4, A, width)), np.empty((3, lanes)), np.empty(lanes, dtype=np.int64)
