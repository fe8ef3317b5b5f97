"""How often the structure test says "natural": data without segments at most 5 %, separated ones at least 95 %.

A data set counts as natural when any number of segments from 2 to 8 is called so. Every data set has its own size,
number of variables and dependence, drawn by chance. Takes about a quarter of an hour of processor time for 200 of each
kind.

    .venv/bin/python benchmarks/structure.py [data sets of each kind]
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from segkit.segmentation.stability import structure

ITEM_MEANS = (0.55, 0.91, 0.09, 0.87, 0.53, 0.90, 0.60, 0.64, 0.36, 0.20, 0.24)
"""Shares of "yes" to the eleven items of the fast-food survey of Dolnicar, Grün & Leisch (2018), to two decimals."""


def independent_binaries(rng: np.random.Generator) -> np.ndarray:
    return (rng.random((rng.integers(500, 1500), len(ITEM_MEANS))) < ITEM_MEANS).astype(float)


def normal(rng: np.random.Generator) -> np.ndarray:
    d = rng.integers(2, 7)
    return rng.standard_normal((rng.integers(200, 1000), d)) @ rng.standard_normal((d, d))


def general_factor(rng: np.random.Generator) -> np.ndarray:
    n, d = rng.integers(300, 1200), rng.integers(6, 13)
    loading, easy = rng.uniform(0.5, 0.9, d), rng.uniform(-1, 1, d)
    answer = loading * rng.standard_normal((n, 1)) + np.sqrt(1 - loading**2) * rng.standard_normal((n, d))
    return np.clip(np.round(3 + easy + 1.1 * answer), 1, 5)


def skewed(rng: np.random.Generator) -> np.ndarray:
    z = normal(rng)
    return np.exp(0.8 * z / z.std(axis=0))


def separated_normals(rng: np.random.Generator) -> np.ndarray:
    k, d = rng.integers(2, 6), rng.integers(2, 6)
    gap = 0.0
    while gap < 6:  # in standard deviations of a segment
        centres = 6 * rng.standard_normal((k, d))
        gap = min(np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i])
    segment = rng.integers(0, k, rng.integers(300, 1000))
    return centres[segment] + rng.standard_normal((len(segment), d))


def separated_binaries(rng: np.random.Generator) -> np.ndarray:
    k, n = rng.integers(3, 6), rng.integers(500, 1500)
    yes = np.full((k, 12), 0.1)
    for segment, items in enumerate(np.array_split(np.arange(12), k)):
        yes[segment, items] = 0.9
    return (rng.random((n, 12)) < yes[rng.integers(0, k, n)]).astype(float)


def separated_scales(rng: np.random.Generator) -> np.ndarray:
    k, n = rng.integers(3, 5), rng.integers(300, 1200)
    centres = np.full((k, 10), 2.0)
    for segment, items in enumerate(np.array_split(np.arange(10), k)):
        centres[segment, items] = 4.5
    return np.clip(np.round(centres[rng.integers(0, k, n)] + 0.7 * rng.standard_normal((n, 10))), 1, 5)


WITHOUT = (independent_binaries, normal, general_factor, skewed)
SEPARATED = (separated_normals, separated_binaries, separated_scales)


def verdict(task: tuple[int, int]) -> str:
    """The strongest verdict over k = 2…8 on one data set."""
    kind, number = task
    values = (WITHOUT + SEPARATED)[kind](np.random.default_rng([kind, number]))
    found = structure(pd.DataFrame(values).add_prefix("v"), range(2, 9), random_state=number)["verdict"].tolist()
    return min(found, key=["natural", "reproducible", "constructive"].index)


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{'data':24} {'natural':>8} {'reproducible':>13} {'constructive':>13}   ({n} data sets each)")
    with ProcessPoolExecutor(2) as pool:
        for kind, make in enumerate(WITHOUT + SEPARATED):
            began = time.perf_counter()
            said = Counter(pool.map(verdict, [(kind, number) for number in range(n)]))
            shares = [f"{said[v] / n:.1%}" for v in ("natural", "reproducible", "constructive")]
            print(f"{make.__name__:24} {shares[0]:>8} {shares[1]:>13} {shares[2]:>13}   "
                  f"{'at most 5 %' if make in WITHOUT else 'at least 95 %'}, {time.perf_counter() - began:.0f} s",
                  flush=True)


if __name__ == "__main__":
    main()
