"""How often the structure test says "natural", and how often the number of segments is right.

Data without segments: at most 5 % natural at any number of segments from 2 to 8. Separated groups: the true number
natural in at least 95 %, a small far group in 80 %. Every data set has its own seed. Purchases are those of customers
who are alike but for degree, and the variables are segkit's own features of them.

    .venv/bin/python benchmarks/structure.py [data sets of each kind] [customers] [kind …] [--natural]

prints, per kind, how often the strongest verdict was which, in how many the number of segments recommended was the
true one, and the seconds. 200 sets of all kinds take some two hours of processor time at 2,000 customers. With
--natural only "natural" is told, of data without segments: samples are drawn only where the borders alone leave it
possible, which gives the same answer sooner.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple
from unittest import mock

import numpy as np
import pandas as pd

from segkit.segmentation import how_many
from segkit.segmentation import structure as structures
from segkit.segmentation.history import History
from segkit.segmentation.structure import NATURAL, VERDICTS, structure

ITEM_MEANS = (0.55, 0.91, 0.09, 0.87, 0.53, 0.90, 0.60, 0.64, 0.36, 0.20, 0.24)
"""Shares of "yes" to the eleven items of the fast-food survey of Dolnicar, Grün & Leisch (2018), to two decimals."""



class Made(NamedTuple):
    """A data set: its variables or its purchases, how they are scaled, and how many segments there are."""

    values: np.ndarray | None = None
    purchases: History | None = None
    names: tuple[str, ...] = ()
    scale: str = "none"
    k: int = 1


DEFAULT = ("recency_days", "frequency", "average_basket", "weekend_share")
"""The variables of the notebook."""
DAYS = 365


def shop(rng: np.random.Generator, n: int, mean: float, names: tuple[str, ...] = DEFAULT, level: float = 0.0,
         weekend: np.ndarray | float = 2 / 7, leaning: float = 0.0, leaving: float = 0.0, fewest: int = 1,
         k: int = 1) -> Made:
    """Purchases of a year: gamma-Poisson, log-normal baskets, any day equally likely.

    `level`: standard deviation of the customers' own level of money; `leaning`: of their weekend share; `leaving`: how
    many times a year they leave; `weekend`: share of purchases at the weekend; `fewest`: purchases of each at least.
    """
    stay = np.minimum(rng.exponential(1 / leaving, 3 * n) if leaving else np.ones(3 * n), 1.0)
    count = rng.poisson(rng.gamma(1.5, mean / 1.5, 3 * n) * stay) + (fewest if fewest > 1 else 0)
    kept = np.flatnonzero(count >= fewest)[:n]
    count, stay = count[kept], stay[kept]
    n = len(count)
    customer = np.repeat(np.arange(n), count)
    day = (rng.random(len(customer)) * stay[customer] * DAYS).astype(np.int64)
    own = np.clip(np.broadcast_to(weekend, n) + leaning * rng.standard_normal(n), 0.02, 0.98)
    money = np.exp(3 + level * rng.standard_normal(n)[customer] + 0.7 * rng.standard_normal(len(customer)))
    order = np.lexsort((day, customer))
    return Made(None, History(pd.RangeIndex(n), customer, day[order], DAYS - 1, (100 * money).astype(np.int64), {
        "weekend": (rng.random(len(customer)) < own[customer]).astype(float)}), names, "log", k)


def rare_purchases(rng: np.random.Generator, n: int) -> Made:
    return shop(rng, n, 3)


def frequent_purchases(rng: np.random.Generator, n: int) -> Made:
    return shop(rng, n, 12)


def no_weekends(rng: np.random.Generator, n: int) -> Made:
    return shop(rng, n, 4, ("recency_days", "frequency", "average_basket"))


def with_tenure(rng: np.random.Generator, n: int) -> Made:
    return shop(rng, n, 4, ("recency_days", "frequency", "monetary", "tenure_days"))


def leanings_by_degree(rng: np.random.Generator, n: int) -> Made:
    return shop(rng, n, rng.uniform(4, 20), level=0.6, leaning=0.12, leaving=0.7)


def three_shares(rng: np.random.Generator, n: int) -> Made:
    return Made(rng.dirichlet(rng.uniform(0.8, 4, 3), n))


def rankings_of_four(rng: np.random.Generator, n: int) -> Made:
    liking = rng.normal(0, rng.uniform(0, 1), 4)
    return Made((liking + rng.standard_normal((n, 4))).argsort(axis=1).argsort(axis=1) + 1.0)


def curved(rng: np.random.Generator, n: int) -> Made:
    t, d = rng.standard_normal(n), rng.integers(2, 5)
    bent = np.stack([t, t**2, t**3 / 3, np.abs(t)])[:d].T
    return Made(bent + rng.uniform(0.2, 0.5) * rng.standard_normal((n, d)), scale="standard")


def counted_without_purchases(rng: np.random.Generator, n: int) -> Made:
    made = shop(rng, n, 4)
    return Made(made.purchases.features(("recency_days", "frequency", "monetary", "tenure_days")).to_numpy(),
                scale="log")


def weekend_people(rng: np.random.Generator, n: int) -> Made:
    habit = rng.random(n) < 0.25
    names = ("average_basket", "weekend_share")
    return shop(rng, n, 8, names, level=0.3, weekend=np.where(habit, 0.85, 0.12), fewest=8, k=2)


def weekend_people_among_all(rng: np.random.Generator, n: int) -> Made:
    return weekend_people(rng, n)._replace(names=DEFAULT)


def small_far_group(rng: np.random.Generator, n: int) -> Made:
    values = rng.standard_normal((n, 3))
    values[: n // 20] += 6 / np.sqrt(3)
    return Made(values, k=2)


def four_on_a_line(rng: np.random.Generator, n: int) -> Made:
    values = rng.standard_normal((n, 2))
    values[:, 0] += 5.0 * rng.integers(0, 4, n)
    return Made(values, k=4)


def two_pairs(rng: np.random.Generator, n: int) -> Made:
    centres = np.array([[0, 0], [5, 0], [20, 0], [25, 0]])
    return Made(centres[rng.integers(0, 4, n)] + rng.standard_normal((n, 2)), k=4)


def three_random_centres(rng: np.random.Generator, n: int) -> Made:
    gap = 0.0
    while gap < 5:
        centres = 5 * rng.standard_normal((3, 3))
        gap = min(np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i])
    return Made(centres[rng.integers(0, 3, n)] + rng.standard_normal((n, 3)), k=3)


def independent_binaries(rng: np.random.Generator, n: int) -> Made:
    return Made((rng.random((n, len(ITEM_MEANS))) < ITEM_MEANS).astype(float))


def normal(rng: np.random.Generator, n: int) -> Made:
    d = rng.integers(2, 7)
    return Made(rng.standard_normal((n, d)) @ rng.standard_normal((d, d)))


def general_factor(rng: np.random.Generator, n: int) -> Made:
    d = rng.integers(6, 13)
    loading, easy = rng.uniform(0.5, 0.9, d), rng.uniform(-1, 1, d)
    answer = loading * rng.standard_normal((n, 1)) + np.sqrt(1 - loading**2) * rng.standard_normal((n, d))
    return Made(np.clip(np.round(3 + easy + 1.1 * answer), 1, 5))


def skewed(rng: np.random.Generator, n: int) -> Made:
    z = normal(rng, n).values
    return Made(np.exp(0.8 * z / z.std(axis=0)))


def separated_normals(rng: np.random.Generator, n: int) -> Made:
    k, d = rng.integers(2, 6), rng.integers(2, 6)
    gap = 0.0
    while gap < 6:  # in standard deviations of a segment
        centres = 6 * rng.standard_normal((k, d))
        gap = min(np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i])
    return Made(centres[rng.integers(0, k, n)] + rng.standard_normal((n, d)), k=k)


def separated_binaries(rng: np.random.Generator, n: int) -> Made:
    k = rng.integers(3, 6)
    yes = np.full((k, 12), 0.1)
    for segment, items in enumerate(np.array_split(np.arange(12), k)):
        yes[segment, items] = 0.9
    return Made((rng.random((n, 12)) < yes[rng.integers(0, k, n)]).astype(float), k=k)


def separated_scales(rng: np.random.Generator, n: int) -> Made:
    k = rng.integers(3, 5)
    centres = np.full((k, 10), 2.0)
    for segment, items in enumerate(np.array_split(np.arange(10), k)):
        centres[segment, items] = 4.5
    return Made(np.clip(np.round(centres[rng.integers(0, k, n)] + 0.7 * rng.standard_normal((n, 10))), 1, 5), k=k)


WITHOUT = (rare_purchases, frequent_purchases, no_weekends, with_tenure, leanings_by_degree, three_shares,
           rankings_of_four, curved, counted_without_purchases, independent_binaries, normal, general_factor, skewed)
WITH = (weekend_people, weekend_people_among_all, small_far_group, four_on_a_line, two_pairs, three_random_centres,
        separated_normals, separated_binaries, separated_scales)
KINDS = {make.__name__: make for make in WITHOUT + WITH}


def borders_allow(asked: dict) -> bool:
    """Whether any number of segments is natural where every division is held to be stable: what is refused here,
    stability could not give back."""
    with mock.patch.object(structures, "_stability", lambda sets, k_values, n_pairs, *rest: np.ones(
            (len(sets), len(k_values), n_pairs))):
        return bool((structure(**asked)["verdict"] == NATURAL).any())


def verdict(task: tuple[str, int, int, bool]) -> tuple[str, str, bool]:
    """The strongest verdict over k = 2…8, that at the true k, and whether that k is recommended."""
    kind, n, number, only_natural = task
    made = KINDS[kind](np.random.default_rng([n, number, list(KINDS).index(kind)]), n)
    X = made.purchases.features(made.names) if made.purchases else pd.DataFrame(made.values).add_prefix("v")
    if KINDS[kind] in WITHOUT:
        asked = {"X": X, "k_values": range(2, 9), "scale": made.scale, "purchases": made.purchases,
                 "random_state": number}
        if only_natural and not borders_allow(asked):
            return "not natural", "", False
        told = structure(**asked)["verdict"]
        strongest = min(told, key=VERDICTS.index)
        return "not natural" if only_natural and strongest != NATURAL else strongest, "", False
    found = how_many.solutions(X, range(2, 9), made.scale, random_state=number)
    table = how_many.evidence(X, found, made.scale, purchases=made.purchases, random_state=number)
    strongest = min(table["verdict"], key=VERDICTS.index)
    return strongest, table["verdict"].get(made.k, ""), how_many.recommend(table).k == made.k


def main() -> None:
    only_natural = "--natural" in sys.argv
    given = [a for a in sys.argv[1:] if a != "--natural"]
    n_sets, n = (int(a) for a in given[:2] + ["200", "2000"][len(given[:2]):])
    print(f"{'data':26} {'natural':>8} {'reproducible':>13} {'constructive':>13} {'at true k':>10} {'k right':>8}   "
          f"({n_sets} data sets of {n:,} customers each)")
    with ProcessPoolExecutor(2) as pool:
        for kind in given[2:] or ([make.__name__ for make in WITHOUT] if only_natural else KINDS):
            began = time.perf_counter()
            found = list(pool.map(verdict, [(kind, n, number, only_natural) for number in range(n_sets)]))
            said = Counter(strongest for strongest, *_ in found)
            shares = [f"{said[v] / n_sets:.1%}" for v in ("natural", "reproducible", "constructive")]
            true = f"{sum(at == 'natural' for _, at, _ in found) / n_sets:.1%}" if KINDS[kind] in WITH else "–"
            right = f"{sum(is_right for *_, is_right in found) / n_sets:.1%}" if KINDS[kind] in WITH else "–"
            print(f"{kind:26} {shares[0]:>8} {shares[1]:>13} {shares[2]:>13} {true:>10} {right:>8}   "
                  f"{time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
