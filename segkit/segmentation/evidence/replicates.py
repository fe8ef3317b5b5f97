"""Does a division come back, whatever the method? Samples of the same people, and of people whose answers are shuffled.

What `structure` does for k-means with a gap between segments as a third question, this does for methods that only give
labels: pairs of bootstrap samples are segmented, everyone is labelled by both, and the same is done where each
variable is shuffled by itself. Whether segments are separate groups is not asked, so no division is called natural.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from segkit.segmentation.evidence.learners import Learned
from segkit.segmentation.how_many import drawn
from segkit.segmentation.result import Segmentation
from segkit.segmentation.structure import CONSTRUCTIVE, LEVEL, MODERATE, REPRODUCIBLE

Learner = Callable[[pd.DataFrame], Learned]
"""Makes a method ready for samples of the rows of a table, see `learners`."""
PAIRS, REFERENCES, REFERENCE_PAIRS = 20, 9, 4
"""Pairs of samples of the people; shuffled tables, nine of which let a p-value reach 0.1, and pairs of each."""
SAMPLES = 40
"""Samples in which each segment is looked for."""


class Judged(NamedTuple):
    """How far pairs of samples agree: the median adjusted Rand index and its quartiles, the median of shuffled tables,
    the share of them that agree as well, and the verdict."""

    global_stability: float
    stability_low: float
    stability_high: float
    independent_stability: float
    independent_p: float
    verdict: str


def judged(learn: Learner, table: pd.DataFrame, k: int, parts: Sequence[Sequence[str]],
           weights: Sequence[float] | None = None, most_rows: int = 1000, random_state: int | None = None) -> Judged:
    """Whether k segments come back in new samples, and more so than those of shuffled variables.

    Parameters
    ----------
    learn : how samples are segmented.
    table : the segmentation variables, a row per person; missing answers stay where they are when shuffled.
    k : number of segments.
    parts : columns that are shuffled together, such as the yes/no answers a category was spread over.
    weights : case weights; people are drawn by them.
    most_rows : people that take part, drawn where there are more.
    random_state : seed.

    Returns
    -------
    Judged. "reproducible": agreement of at least 0.65 (Steinley 2004), and at most 10 % of the shuffled tables agree
    as well, the limits of `stability.structure`; else "constructive".

    References
    ----------
    Dolnicar & Leisch (2010), doi:10.1007/s11002-009-9083-4. Steinley (2004), doi:10.1037/1082-989X.9.3.386.

    Examples
    --------
    >>> from segkit.segmentation.evidence import learners
    >>> X = pd.DataFrame({c: [0.0, 0.1, 0.9, 1.0] * 15 for c in "ab"})
    >>> judged(learners.by_medians, X, 2, [["a"], ["b"]], random_state=1).verdict
    'reproducible'
    """
    data, *others = np.random.SeedSequence(random_state).spawn(1 + REFERENCES)
    chosen, mass = _people(len(table), weights, most_rows, data)
    table = table.iloc[chosen]
    agreements = _pairs(learn(table), k, mass, PAIRS, data)
    alone = [np.median(_pairs(learn(_shuffled(table, parts, seed)), k, mass, REFERENCE_PAIRS, seed)) for seed in others]
    stable = float(np.median(agreements))
    p = (1 + sum(a >= stable for a in alone)) / (1 + REFERENCES)
    verdict = REPRODUCIBLE if stable >= MODERATE and p <= LEVEL["independent"] + 1e-9 else CONSTRUCTIVE
    low, high = np.quantile(agreements, [0.25, 0.75]).tolist()
    return Judged(stable, low, high, float(np.median(alone)), p, verdict)


def within(learn: Learner, table: pd.DataFrame, segmentation: Segmentation, weights: Sequence[float] | None = None,
           most_rows: int = 1000, random_state: int | None = None) -> pd.DataFrame:
    """Does each segment come back in new samples? `stability.within` for any method.

    Returns
    -------
    DataFrame, a row per segment and sample: `segment`, `bootstrap_sample`, `jaccard`.
    """
    seed = np.random.SeedSequence(random_state)
    chosen, mass = _people(len(table), weights, most_rows, seed)
    codes = segmentation.segments.index.get_indexer(segmentation.labels.iloc[chosen])
    known, k = codes >= 0, segmentation.k
    rows = []
    for sample, labels in enumerate(_samples(learn(table.iloc[chosen]), k, mass, SAMPLES, seed), 1):
        common = np.zeros((k, k))
        np.add.at(common, (codes[known], labels[known]), mass[known])
        union = common.sum(axis=1)[:, None] + common.sum(axis=0) - common
        rows.append(pd.DataFrame({"segment": segmentation.segments.index, "bootstrap_sample": sample,
                                  "jaccard": (common / np.maximum(union, 1e-300)).max(axis=1)}))
    return pd.concat(rows, ignore_index=True).sort_values(["segment", "bootstrap_sample"], ignore_index=True)


def _people(n: int, weights: Sequence[float] | None, most: int, seed: np.random.SeedSequence) -> tuple[np.ndarray,
                                                                                                       np.ndarray]:
    """Places of the people who take part, and their mass."""
    weight = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    chosen = drawn(weight, most, int(seed.generate_state(1)[0]))
    return chosen, weight[chosen] if (weight > 0).sum() <= most else np.ones(len(chosen))


def _pairs(learned: Learned, k: int, mass: np.ndarray, n: int,
           seed: np.random.SeedSequence) -> np.ndarray:
    """Adjusted Rand index (n,) of pairs of samples."""
    from segkit.segmentation.kernel.bootstrap import adjusted_rand

    labels = _samples(learned, k, mass, 2 * n, seed)
    size = mass * len(mass) / mass.sum()
    return np.array([adjusted_rand(a, b, size) for a, b in zip(labels[::2], labels[1::2], strict=True)])


def _samples(learned: Learned, k: int, mass: np.ndarray, n: int, seed: np.random.SeedSequence) -> list[np.ndarray]:
    """Labels of everyone from n bootstrap samples."""
    labels = []
    for child in seed.spawn(n):
        rng = np.random.default_rng(child)
        counts = rng.multinomial(len(mass), mass / mass.sum()).astype(float)
        labels.append(learned(counts, k, int(rng.integers(2**31))).astype(np.int64))
    return labels


def _shuffled(table: pd.DataFrame, parts: Sequence[Sequence[str]], seed: np.random.SeedSequence) -> pd.DataFrame:
    """The table with each variable shuffled by itself, among the people who answered it."""
    rng, shuffled = np.random.default_rng(seed), table.copy()
    for part in parts:
        known = np.flatnonzero(table[part[0]].notna())
        permuted = rng.permutation(known)
        for name in part:
            values = table[name].to_numpy(copy=True)
            values[known] = values[permuted]
            shuffled[name] = values
    return shuffled
