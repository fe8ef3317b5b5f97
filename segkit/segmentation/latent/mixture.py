"""Mixtures of independent answers: the likeliest classes found from many starts, and rows drawn from them."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from segkit.segmentation.latent.response_items import Answers, Patterns, tables

STARTS_PER_ROUND = 128
ENOUGH_BEST = 40
NEAR_BEST = 0.1  # log-likelihood
LANES = 32
POLISHED = 4  # starts of a round taken to the last digit
MAX_CYCLES = 3000
FIRST_TOLERANCE, TOLERANCE = 1e-8, 1e-12
VARIANCE_FLOOR = 1e-3  # of the column's variance over all customers


@dataclass(frozen=True)
class Mixture:
    """The best of many starts.

    `parameters` (row, class) are laid out as in `kernel.em_step`; `log_likelihoods` has a value per start made;
    `converged` says whether the best start did.
    """

    parameters: np.ndarray
    log_likelihood: float
    log_likelihoods: np.ndarray
    converged: bool

    @property
    def near_best_share(self) -> float:
        """Share of the starts that ended within 0.1 of the best log-likelihood."""
        return float((self.log_likelihoods >= self.log_likelihood - NEAR_BEST).mean())


def fit(answers: Answers, rows: Patterns, k: int, n_starts: int, common: bool, random_state: int | None,
        first_start: np.ndarray | None = None, tolerance: float = TOLERANCE) -> Mixture:
    """The likeliest k classes: starts in rounds until 40 ended within 0.1 of the best log-likelihood.

    `first_start`, parameters (row, class), takes the place of the first start. `tolerance`: gain of a cycle, as a share
    of the log-likelihood, at which the best starts end.
    """
    first = answers.first
    cells, scale, n_first, code = tables(rows.codes, first)
    # scale in the kernel keeps products of many probabilities in range; taken out of the log-likelihood here
    n_answers = np.where(rows.codes >= 0, np.diff(first), 1)
    constant = float(rows.weight @ np.log(n_answers).sum(axis=1)) + float(
        rows.weight @ (~np.isnan(rows.values) @ np.log(answers.scale)))
    data = (cells, scale, n_first, code, rows.weight, rows.values, first, common, VARIANCE_FLOOR)
    if k == 1:
        n_starts = 1
    words = np.random.SeedSequence(random_state).generate_state(n_starts, np.uint64)
    best, most, values, settled = np.empty(0), -np.inf, np.empty(0), False
    with ThreadPoolExecutor(_workers()) as pool:
        for begin in range(0, n_starts, STARTS_PER_ROUND):
            starts = _starts(answers, rows, k, words[begin:begin + STARTS_PER_ROUND])
            if begin == 0 and first_start is not None:
                starts[0] = first_start
            parameters, value, _ = _run(pool, starts, data, max(FIRST_TOLERANCE, tolerance))
            values = np.append(values, value)
            good = np.flatnonzero(value >= values.max() - 10 * NEAR_BEST)
            good = good[np.argsort(-value[good], kind="stable")][:POLISHED]
            if len(good):
                parameters, value, converged = _run(pool, parameters[good], data, tolerance)
                if value.max() > most:
                    j = int(value.argmax())
                    best, most, settled = parameters[j], float(value[j]), bool(converged[j])
            if (values >= most - NEAR_BEST).sum() >= ENOUGH_BEST:
                break
    return Mixture(best, most - constant, values - constant, settled)


def _workers() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(pool: ThreadPoolExecutor, starts: np.ndarray, data: tuple, tolerance: float) -> tuple[np.ndarray, ...]:
    from segkit.segmentation.kernel import em  # compiled on first use, then kept

    lanes = next((n for n in (4, 8, 16) if n >= len(starts)), LANES)
    parts = np.array_split(starts, min(_workers(), -(-len(starts) // lanes)))
    done = pool.map(lambda part: em.run(part, *data, MAX_CYCLES, tolerance, lanes), parts)  # type: ignore[call-arg]
    parameters, value, _, converged = (np.concatenate(part) for part in zip(*done, strict=True))
    return parameters, value, converged


def _uniform(words: np.ndarray, n: int) -> np.ndarray:
    """n numbers in (0, 1) of each stream (SplitMix64 from its word): row j is the same whatever the others are."""
    with np.errstate(over="ignore"):
        z = words[:, None] + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(11)).astype(float) + 0.5) / 2.0**53


def _starts(answers: Answers, rows: Patterns, k: int, words: np.ndarray) -> np.ndarray:
    """Random probabilities of the answers, equal shares; means at values of random rows, variances of the whole."""
    first, n_continuous = answers.first, len(answers.continuous)
    n_cells = first[-1]
    starts = np.empty((len(words), n_cells + 2 * n_continuous, k))
    drawn = _uniform(words, n_cells * k + k)
    starts[:, :n_cells] = drawn[:, :n_cells * k].reshape(-1, n_cells, k)
    starts[:, 0] = 1 / k
    for a, b in itertools.pairwise(first):
        starts[:, a:b] /= starts[:, a:b].sum(axis=1, keepdims=True)
    if n_continuous:
        reach = np.cumsum(rows.weight)
        chosen = np.searchsorted(reach, drawn[:, n_cells * k:] * reach[-1])
        starts[:, n_cells:n_cells + n_continuous] = np.nan_to_num(rows.values[chosen]).transpose(0, 2, 1)
        starts[:, n_cells + n_continuous:] = 1.0
    return starts


def scores(answers: Answers, codes: np.ndarray, values: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Log of class share times density of each row and class, added in the order of the columns."""
    logs = np.log(np.maximum(parameters[:answers.first[-1]], 1e-300))
    total = np.tile(logs[0], (len(codes), 1))
    for j, a in enumerate(answers.first[:-1]):
        total += np.where(codes[:, j, None] >= 0, logs[a + np.maximum(codes[:, j], 0)], 0.0)
    n = len(answers.continuous)
    for d in range(n):
        mean = parameters[answers.first[-1] + d] * answers.scale[d] + answers.mean[d]
        variance = parameters[answers.first[-1] + n + d] * answers.scale[d] ** 2
        raw = values[:, d, None] * answers.scale[d] + answers.mean[d]
        density = -0.5 * np.log(2 * np.pi * variance) - (raw - mean) ** 2 / (2 * variance)
        total += np.where(np.isnan(raw), 0.0, density)
    return total


def posteriors(total: np.ndarray) -> np.ndarray:
    """Membership probabilities from `scores`."""
    p = np.exp(total - total.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def draw(answers: Answers, parameters: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Codes and values of as many rows as there are, drawn from the classes; what was missing is missing again."""
    n, n_continuous, first = len(answers.codes), len(answers.continuous), answers.first
    classes = rng.choice(parameters.shape[1], n, p=parameters[0] / parameters[0].sum())
    codes = np.empty_like(answers.codes)
    for j, (a, b) in enumerate(itertools.pairwise(first)):
        reach = np.cumsum(parameters[a:b], axis=0)
        reach /= reach[-1]
        codes[:, j] = (rng.random(n)[:, None] > reach.T[classes]).sum(axis=1)
    values = np.empty_like(answers.values)
    for d in range(n_continuous):
        mean, variance = parameters[first[-1] + d], parameters[first[-1] + n_continuous + d]
        values[:, d] = mean[classes] + np.sqrt(variance[classes]) * rng.standard_normal(n)
    return np.where(answers.codes >= 0, codes, -1), np.where(np.isnan(answers.values), np.nan, values)
