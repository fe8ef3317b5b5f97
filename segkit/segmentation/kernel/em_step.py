"""One step of expectation–maximisation of latent classes for many starts at a time (compiled).

A start is a lane: arrays end in one number per start, so every step is the same arithmetic on neighbours,
and a start gives the same bits in whichever lane, batch or thread it runs. Items are read in groups: the probability
of the answers to a group stands in a table with a row per combination that occurs, so that a pattern costs one row
per group, not one per item.

Rows of a parameter array (row, class): class shares; the answers of each item; means of the continuous
columns; their variances.
"""

from __future__ import annotations

import numpy as np

from segkit.segmentation.kernel.arithmetic import add, exponentials, fill, logarithms, multiply
from segkit.segmentation.kernel.compiled import exact

LEAST = 1e-15
"""The least probability of an answer or a class: small, but a way back."""
BLOCK = 32
"""Patterns whose logarithms are taken together."""


@exact
def _tables(P, T, n_first, cells, scale):
    """The probability of each combination of answers of each group; the first group's holds the shares."""
    for c in range(cells.shape[0]):
        row = T[c]
        fill(row, scale[c])
        if c < n_first:
            multiply(row, P[0])
        for m in range(cells.shape[1]):
            if cells[c, m] >= 0:
                multiply(row, P[cells[c, m]])


@exact
def _densities(x, P, mean, log_variance, p, top, scratch, by_class, bits, powers):
    """Densities of one row's continuous values into p, over the largest of the classes, whose log is `top`."""
    D = x.size
    fill(scratch, 0.0)
    for d in range(D):
        v = x[d]
        if v == v:
            mu, variance, log_v = P[mean + d], P[mean + D + d], log_variance[d]
            for i in range(mu.size):
                gap = v - mu[i]
                scratch[i] -= 0.5 * (gap * gap / variance[i] + log_v[i] + 1.8378770664093453)
    fill(top, -np.inf)
    for k in range(by_class.shape[0]):
        log_p = by_class[k]
        for s in range(top.size):
            top[s] = max(top[s], log_p[s])
    for k in range(by_class.shape[0]):
        log_p = by_class[k]
        for s in range(top.size):
            log_p[s] -= top[s]
    exponentials(scratch, p, bits, powers)


@exact
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


@exact
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


@exact
def step(P, Q, data, first, common, floor, work, lanes, ll):
    """One EM step from P to Q, both (row, class × lane); the log-likelihood of P in each lane into ll."""
    cells, scale, n_first, code, weight, x = data
    (T, N, mass, log_variance, p, by_class, base, gathered, scratch, scratch_by_class, bits, powers, totals, all_totals,
     total_bits, logs, all_logs, inverse, top) = work
    G, U = code.shape
    K, D, mean = P.shape[1] // lanes, x.shape[1], first[-1]
    fill(ll, 0.0)
    for a in range(Q.shape[0]):
        fill(Q[a], 0.0)
    for c in range(N.shape[0]):
        fill(N[c], 0.0)
    for d in range(D):
        fill(mass[d], 0.0)
        fill(powers, 1.0)
        multiply(powers, P[mean + D + d])
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
                    add(N[code[g, u - 1]], gathered)
            fill(gathered, 0.0)
            fill(base, 1.0)
            for g in range(G - 1):
                multiply(base, T[code[g, u]])
        row = T[code[G - 1, u]]
        if D:
            _densities(x[u], P, mean, log_variance, p, top, scratch, scratch_by_class, bits, powers)
            multiply(p, base)
            multiply(p, row)
            for s in range(lanes):
                ll[s] += w * top[s]
        else:
            for i in range(p.size):
                p[i] = base[i] * row[i]
        total = totals[u % BLOCK]
        fill(total, 1e-300)
        for k in range(K):
            add(total, by_class[k])
        for s in range(lanes):
            inverse[s] = w / total[s]
        for k in range(K):
            multiply(by_class[k], inverse)
        add(N[code[G - 1, u]], p)
        add(gathered, p)
        if D:
            _spread(x[u], P, Q, mean, p, mass)
        if u % BLOCK == BLOCK - 1 or u == U - 1:
            logarithms(all_totals, total_bits, all_logs)
            for b in range(u % BLOCK + 1):
                w, row = weight[u - u % BLOCK + b], logs[b]
                for s in range(lanes):
                    ll[s] += w * row[s]
    for g in range(G - 1):
        add(N[code[g, U - 1]], gathered)
    for c in range(cells.shape[0]):
        if c < n_first:
            add(Q[0], N[c])
        for m in range(cells.shape[1]):
            if cells[c, m] >= 0:
                add(Q[cells[c, m]], N[c])
    _normalise(Q, P, first, common, floor, mass, mean, K, lanes)
