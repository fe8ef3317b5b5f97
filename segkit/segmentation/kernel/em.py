"""Expectation–maximisation of latent classes for many starts at a time (compiled).

A start is a lane: arrays end in one number per start, so every step is the same arithmetic on neighbours,
and a start gives the same bits in whichever lane, batch or thread it runs. A lane whose start has
converged takes the next one. Items are read in groups: the probability of the answers to a group stands in
a table with a row per combination that occurs, so that a pattern costs one row per group, not one per item.

Rows of a parameter array (row, class): class shares; the answers of each item; means of the continuous
columns; their variances.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LEAST = 1e-15  # the least probability of an answer or a class: small, but a way back
BLOCK = 32  # patterns whose logarithms are taken together
SHRINK = 0.05  # an extrapolated probability keeps at least this part of the last step's
_FLAGS = {"cache": True, "nogil": True, "error_model": "numpy"}


@njit(**_FLAGS)
def _fill(a, value):
    for i in range(a.size):
        a[i] = value


@njit(**_FLAGS)
def _add(a, b):
    for i in range(a.size):
        a[i] += b[i]


@njit(**_FLAGS)
def _multiply(a, b):
    for i in range(a.size):
        a[i] *= b[i]


@njit(**_FLAGS)
def logarithms(x, bits, out):
    """Natural logarithms of positive normal numbers; `bits` is x read as int64, and is spent."""
    for i in range(x.size):
        b = bits[i]
        bits[i] = (b & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000
        out[i] = (b >> 52) - 1023
    for i in range(x.size):
        m, e = x[i], out[i]
        high = m > 1.4142135623730951
        m = m * 0.5 if high else m
        e = e + 1.0 if high else e
        f = (m - 1.0) / (m + 1.0)
        g = f * f
        s = 1 / 17 + g * (1 / 19 + g * (1 / 21 + g * (1 / 23)))
        s = 1 / 9 + g * (1 / 11 + g * (1 / 13 + g * (1 / 15 + g * s)))
        s = 1.0 + g * (1 / 3 + g * (1 / 5 + g * (1 / 7 + g * s)))
        out[i] = e * 0.6931471805599453 + 2.0 * f * s


@njit(**_FLAGS)
def exponentials(x, out, bits, scale):
    """Exponentials of numbers that are not positive; below -700 as at -700. `scale` is `bits` read as floats."""
    for i in range(x.size):
        v = x[i] if x[i] > -700.0 else -700.0
        whole = np.floor(v * 1.4426950408889634 + 0.5)
        r = (v - whole * 0.6931471803691238) - whole * 1.9082149292705877e-10
        s = 1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600)))
        s = 1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r * s)))
        out[i] = 1.0 + r * (1.0 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * s))))
        bits[i] = (np.int64(whole) + 1023) << 52
    _multiply(out, scale)


@njit(**_FLAGS)
def _tables(P, T, n_first, cells, scale):
    """The probability of each combination of answers of each group; the first group's holds the shares."""
    for c in range(cells.shape[0]):
        row = T[c]
        _fill(row, scale[c])
        if c < n_first:
            _multiply(row, P[0])
        for m in range(cells.shape[1]):
            if cells[c, m] >= 0:
                _multiply(row, P[cells[c, m]])


@njit(**_FLAGS)
def _densities(x, P, mean, log_variance, p, top, scratch, by_class, bits, powers):
    """Densities of one row's continuous values into p, over the largest of the classes, whose log is `top`."""
    D = x.size
    _fill(scratch, 0.0)
    for d in range(D):
        v = x[d]
        if v == v:
            mu, variance, log_v = P[mean + d], P[mean + D + d], log_variance[d]
            for i in range(mu.size):
                gap = v - mu[i]
                scratch[i] -= 0.5 * (gap * gap / variance[i] + log_v[i] + 1.8378770664093453)
    _fill(top, -np.inf)
    for k in range(by_class.shape[0]):
        log_p = by_class[k]
        for s in range(top.size):
            top[s] = max(top[s], log_p[s])
    for k in range(by_class.shape[0]):
        log_p = by_class[k]
        for s in range(top.size):
            log_p[s] -= top[s]
    exponentials(scratch, p, bits, powers)


@njit(**_FLAGS)
def _spread(x, P, Q, mean, r, mass):
    """Adds one row's weighted gaps from the means, and their squares, to the sums of the continuous columns."""
    D = x.size
    for d in range(D):
        v = x[d]
        if v == v:
            mu, gaps, squares, n = P[mean + d], Q[mean + d], Q[mean + D + d], mass[d]
            for i in range(mu.size):
                gap = v - mu[i]
                n[i] += r[i]
                gaps[i] += r[i] * gap
                squares[i] += r[i] * gap * gap


@njit(**_FLAGS)
def _normalise(Q, P, first, common, floor, mass, mean, K, lanes):
    """Sums of the E-step become shares, probabilities, means and variances; a class without members keeps its own."""
    D = mass.shape[0]
    for s in range(K * lanes):
        Q[0, s] = max(Q[0, s], LEAST)
    for j in range(first.size - 1):
        for i in range(K * lanes):
            n = 0.0
            for a in range(first[j], first[j + 1]):
                n += Q[a, i]
            for a in range(first[j], first[j + 1]):
                Q[a, i] = max(Q[a, i] / n, LEAST) if n > 1e-12 else P[a, i]
    for d in range(D):
        for i in range(K * lanes):
            if mass[d, i] > 1e-12:
                gap = Q[mean + d, i] / mass[d, i]
                Q[mean + D + d, i] -= gap * Q[mean + d, i]
                Q[mean + d, i] = P[mean + d, i] + gap
            else:
                Q[mean + d, i] = P[mean + d, i]
        for s in range(lanes):
            squares = n = 0.0
            for k in range(K):
                squares += Q[mean + D + d, k * lanes + s]
                n += mass[d, k * lanes + s]
            for k in range(K):
                i = k * lanes + s
                if common:
                    Q[mean + D + d, i] = max(squares / n, floor)
                elif mass[d, i] > 1e-12:
                    Q[mean + D + d, i] = max(Q[mean + D + d, i] / mass[d, i], floor)
                else:
                    Q[mean + D + d, i] = P[mean + D + d, i]
    for s in range(lanes):
        n = 0.0
        for k in range(K):
            n += Q[0, k * lanes + s]
        for k in range(K):
            Q[0, k * lanes + s] /= n


@njit(**_FLAGS)
def _step(P, Q, data, first, common, floor, work, lanes, ll):
    """One EM step from P to Q, both (row, class × lane); the log-likelihood of P in each lane into ll."""
    cells, scale, n_first, code, weight, x = data
    (T, N, mass, log_variance, p, by_class, base, gathered, scratch, scratch_by_class, bits, powers, totals, all_totals,
     total_bits, logs, all_logs, inverse, top) = work
    G, U = code.shape
    K, D, mean = P.shape[1] // lanes, x.shape[1], first[-1]
    _fill(ll, 0.0)
    for a in range(Q.shape[0]):
        _fill(Q[a], 0.0)
    for c in range(N.shape[0]):
        _fill(N[c], 0.0)
    for d in range(D):
        _fill(mass[d], 0.0)
        _fill(powers, 1.0)
        _multiply(powers, P[mean + D + d])
        logarithms(powers, bits, log_variance[d])
    _tables(P, T, n_first, cells, scale)
    for u in range(U):
        w = weight[u]
        fresh = u == 0
        for g in range(G - 1):
            fresh = fresh or code[g, u] != code[g, u - 1]
        if fresh:  # all groups but the last change seldom: patterns are sorted
            for g in range(G - 1):
                if u > 0:
                    _add(N[code[g, u - 1]], gathered)
            _fill(gathered, 0.0)
            _fill(base, 1.0)
            for g in range(G - 1):
                _multiply(base, T[code[g, u]])
        row = T[code[G - 1, u]]
        if D:
            _densities(x[u], P, mean, log_variance, p, top, scratch, scratch_by_class, bits, powers)
            _multiply(p, base)
            _multiply(p, row)
            for s in range(lanes):
                ll[s] += w * top[s]
        else:
            for i in range(p.size):
                p[i] = base[i] * row[i]
        total = totals[u % BLOCK]
        _fill(total, 1e-300)
        for k in range(K):
            _add(total, by_class[k])
        for s in range(lanes):
            inverse[s] = w / total[s]
        for k in range(K):
            _multiply(by_class[k], inverse)
        _add(N[code[G - 1, u]], p)
        _add(gathered, p)
        if D:
            _spread(x[u], P, Q, mean, p, mass)
        if u % BLOCK == BLOCK - 1 or u == U - 1:
            logarithms(all_totals, total_bits, all_logs)
            for b in range(u % BLOCK + 1):
                w, row = weight[u - u % BLOCK + b], logs[b]
                for s in range(lanes):
                    ll[s] += w * row[s]
    for g in range(G - 1):
        _add(N[code[g, U - 1]], gathered)
    for c in range(cells.shape[0]):
        if c < n_first:
            _add(Q[0], N[c])
        for m in range(cells.shape[1]):
            if cells[c, m] >= 0:
                _add(Q[cells[c, m]], N[c])
    _normalise(Q, P, first, common, floor, mass, mean, K, lanes)


@njit(**_FLAGS)
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


@njit(**_FLAGS)
def _take(found, m, P, s, lanes):
    for a in range(found.shape[1]):
        for k in range(found.shape[2]):
            P[a, k * lanes + s] = found[m, a, k]


@njit(**_FLAGS)
def _give(found, m, P, s, lanes):
    for a in range(found.shape[1]):
        for k in range(found.shape[2]):
            found[m, a, k] = P[a, k * lanes + s]


@njit(**_FLAGS)
def _run(found, state, data, work, P, ll, start, first, common, floor, max_cycles, tolerance, lanes):
    """Cycles of the starts, until all are done or the last ones leave half of the lanes empty.

    P holds the parameters before and after each of a cycle's three EM steps. A start that was stopped goes on
    as if it had not been.
    """
    value, cycles, still, done = state
    M, A, K = found.shape
    given = running = 0
    for s in range(lanes):
        start[s] = -1
        _take(found, 0, P[0], s, lanes)
        if given < M and cycles[given] >= 0:
            start[s] = given
            _take(found, given, P[0], s, lanes)
            given += 1
            running += 1
    while running > 0 or given < M:
        for phase in range(3):
            if phase == 2:
                _leap(P[0], P[1], P[2], first, floor, K, lanes)
            _step(P[0 if phase == 2 else phase], P[phase + 1], data, first, common, floor, work, lanes, ll[phase])
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
                if start[s] < 0 and given < M:  # the next start enters at the second step, without this cycle's leap
                    start[s] = given
                    _take(found, given, P[1], s, lanes)
                    given += 1
                    running += 1
        for s in range(lanes):
            leapt = ll[2, s] >= ll[1, s] and start[s] >= 0 and cycles[start[s]] >= 0
            if start[s] >= 0:
                cycles[start[s]] += 1
            for a in range(A):
                for k in range(K):
                    i = k * lanes + s
                    P[0, a, i] = P[3, a, i] if leapt else P[2, a, i]
        if given == M and lanes > 4 and 2 * running <= lanes:
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
    found, M = starts.copy(), len(starts)
    value, cycles, still, done = np.full(M, -np.inf), np.full(M, -1), np.zeros(M, dtype=np.int64), np.zeros(M, np.int64)
    data = (cells, scale, n_first, code, weight, x)
    left = np.arange(M)
    while len(left):
        part = found[left]
        state = tuple(a[left] for a in (value, cycles, still, done))
        _run(part, state, data, *_memory(part, cells, x, lanes), first, common, floor, max_cycles, tolerance, lanes)
        found[left] = part
        for whole, own in zip((value, cycles, still, done), state, strict=True):
            whole[left] = own
        left = np.flatnonzero(done == 0)
        lanes = next((n for n in (4, 8, 16) if n >= len(left)), lanes)
    return found, value, 3 * cycles + 2, still >= 2


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
