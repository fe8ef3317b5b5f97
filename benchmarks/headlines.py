"""How often a headline is claimed of nothing, and of something: candidates, missed groups, maps, leading brands.

Data without differences are made by lot: customers like those of a shop, groups drawn for nothing. Real differences are
of a known size. Each line prints how often the claim is made, the first three also for what the kit said before
(points from weakest to strongest, weights alone; the lowest index; two dimensions that show 70 % of the differences).

    .venv/bin/python benchmarks/headlines.py [data sets of each kind, 200 by default]
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from segkit.positioning import brands, draws, leaders, maps, reach
from segkit.segmentation import rules
from segkit.targeting import candidates

CRITERIA = [{"column": "customer_share", "weight": 3}, {"column": "monetary", "weight": 3},
            {"column": "frequency", "weight": 2}, {"column": "n_responses", "weight": 2}]
SHARES = np.array([0.35, 0.3, 0.2, 0.15])


def shop(rng: np.random.Generator, n: int, lift: float = 0.0) -> tuple[pd.DataFrame, object]:
    """Customers with gamma–Poisson purchases and log-normal baskets in four groups; the last spends `lift` more."""
    group = rng.choice(list("abcd"), n, p=[0.3, 0.3, 0.2, 0.2])
    frequency = 1 + rng.poisson(rng.gamma(1, 10, n))
    spend = frequency * np.exp(3 + 0.6 * rng.standard_normal(n)) * np.where(group == "d", 1 + lift, 1)
    table = pd.DataFrame({"group": group, "frequency": frequency, "monetary": spend,
                          "n_responses": rng.poisson(rng.gamma(0.5, 4, n))}, index=pd.RangeIndex(n, name="customer_id"))
    return table, rules.segment(table.reset_index(), {"model": "demographic", "by": "group"})


def formerly_clear(customers: pd.DataFrame, made: object, rng: np.random.Generator) -> bool:
    """First in 80 % of weightings, of points from 0 for the weakest to 100 for the strongest candidate."""
    x = candidates.measure(customers, made, [c["column"] for c in CRITERIA]).to_numpy()
    span = np.ptp(x, axis=0)
    points = (x - x.min(axis=0)) / np.where(span > 0, span, 1)
    weights = rng.dirichlet(10 * 4 * np.array([0.3, 0.3, 0.2, 0.2]), 2000)
    return np.bincount((points @ weights.T).argmax(axis=0), minlength=4).max() >= 0.8 * 2000


def panel(rng: np.random.Generator, n: int, effect: float = 0.0) -> tuple[pd.DataFrame, pd.Series]:
    """Households of six groups and four brands; repertoires of their own (Dirichlet), gamma–Poisson occasions. The
    first brand loses the share `effect` of its weight in the first group."""
    group = rng.choice(list("uvwxyz"), n, p=[0.15, 0.25, 0.2, 0.2, 0.1, 0.1])
    weight = np.tile(1.2 * SHARES, (n, 1))
    weight[group == "u", 0] *= 1 - effect
    taste = rng.gamma(np.maximum(weight, 1e-9))
    taste /= taste.sum(axis=1, keepdims=True)
    often = 1 + rng.poisson(rng.gamma(1, 5, n))
    customer = np.repeat(np.arange(n), often)
    brand = (rng.random(len(customer))[:, None] > taste[customer].cumsum(axis=1)).sum(axis=1).clip(max=3)
    day = rng.integers(0, 365, len(customer))
    table = pd.DataFrame({"customer_id": customer, "brand": np.array(list("ABCD"))[brand],
                          "amount": np.exp(0.5 * rng.standard_normal(len(customer))).round(2),
                          "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")})
    return table, pd.Series(group, index=range(n))


def formerly_quality(counts: pd.DataFrame) -> float:
    return float(maps.correspondence(counts).inertia["inertia_share"].iloc[:2].sum())


def of_candidates(seed: int, n: int, lift: float) -> dict[str, float]:
    rng = np.random.default_rng([1, seed, n])
    customers, made = shop(rng, n, lift)
    found = candidates.compare(customers, made, CRITERIA, random_state=seed)
    return {"clear leader": found.is_clear, "and it is the real one": found.is_clear and found.ranking.index[0] == "d",
            "first_share ≥ .95 alone": found.first_share >= 0.95, "lot_p ≤ .05 alone": found.lot_p <= 0.05,
            "formerly: first in 80 % of weightings": formerly_clear(customers, made, rng)}


def of_groups(seed: int, n: int, effect: float) -> dict[str, float]:
    rng = np.random.default_rng([2, seed, n])
    table, group = panel(rng, n, effect)
    bought = brands.occasions(table)
    reached = brands.by_segment(bought, group, random_state=seed)
    counts = reached["n_buyers"].unstack("segment")
    mapped = maps.of_groups(counts, brands.buyers_by_lot(bought, group, random_state=seed))
    missed = reach.missed(reached, "A")
    return {"brand A misses a group": missed.stands_out,
            "and it is the real one": missed.stands_out and missed.values["group"] == "u",
            "any cell with a star": (reached["adjusted_p"] <= 0.05).any(),
            "a map is drawn": len(mapped.coordinates) > 0,
            "formerly: index of the weakest below 90": reached.loc["A", "index_100"].min() < 90,
            "formerly: quality of the map ≥ 70 %": formerly_quality(counts) >= 0.7}


TRUE = 20_000
"""Households of the panel that stands for the truth."""


@functools.cache
def truth() -> dict[str, pd.DataFrame]:
    table, _ = panel(np.random.default_rng(99), TRUE)
    bought = brands.occasions(table)
    return {"performance": brands.performance(bought), "repeats": brands.repeats(bought)}


def of_intervals(seed: int, n: int, true: dict[str, pd.DataFrame]) -> dict[str, float]:
    rng = np.random.default_rng([3, seed, n])
    bought = brands.occasions(panel(rng, n)[0])
    made = {"performance": brands.performance(bought, random_state=seed),
            "repeats": brands.repeats(bought, random_state=seed)}
    held = {}
    for name, measures in (("performance", draws.MEASURES), ("repeats", ["repeat_share"])):
        for measure in measures:
            table, value = made[name], true[name][measure].reindex(made[name].index)
            held[measure] = float(value.between(table[f"{measure}_low"], table[f"{measure}_high"]).mean())
    return held


def of_level_brands(seed: int, n: int, shares: tuple[float, ...]) -> dict[str, float]:
    """Brands that have the same share in truth; a leader of value is claimed."""
    rng = np.random.default_rng([4, seed, n])
    taste = rng.dirichlet(1.2 * np.array(shares), n)
    often = 1 + rng.poisson(rng.gamma(1, 5, n))
    customer = np.repeat(np.arange(n), often)
    brand = (rng.random(len(customer))[:, None] > taste[customer].cumsum(axis=1)).sum(axis=1).clip(max=len(shares) - 1)
    day = pd.to_timedelta(rng.integers(0, 365, len(customer)), unit="D")
    table = pd.DataFrame({"customer_id": customer, "brand": np.array(list("ABCDEFGH"))[brand], "amount": 1.0,
                          "date": pd.Timestamp("2024-01-01") + day})
    found = leaders.first(table, "value_share", random_state=seed)
    return {"a leader is claimed": found.is_clear, "and it is the real one": found.is_clear and found.brand == "A"}


def told(title: str, one: Callable[..., dict[str, float]], n_sets: int, *arguments: object) -> None:
    begun = time.process_time()
    found = pd.DataFrame([one(seed, *arguments) for seed in range(n_sets)]).astype(float).mean()
    print(f"{title} ({n_sets} sets, {time.process_time() - begun:.0f} s)")
    for name, share in found.items():
        print(f"    {name:45} {share:.1%}", flush=True)


def main() -> None:
    n_sets = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for n in (200, 800):
        told(f"candidates by lot, {n} customers", of_candidates, n_sets, n, 0.0)
    told("one group of a fifth spends 120 % more, 800 customers", of_candidates, n_sets, 800, 1.2)
    told("one group of a fifth spends 200 % more, 800 customers", of_candidates, n_sets, 800, 2.0)
    for n in (300, 800):
        told(f"groups by lot, {n} households", of_groups, n_sets, n, 0.0)
    told("brand A loses half of its appeal to one group, 800 households", of_groups, n_sets, 800, 0.5)
    told("brand A loses 80 % of its appeal to one group, 800 households", of_groups, n_sets, 800, 0.8)
    for n in (100, 400):
        told(f"95 % intervals of brand measures hold the truth, {n} households", of_intervals, n_sets, n, truth())
    told("two level brands of four, 400 households", of_level_brands, n_sets, 400, (0.3, 0.3, 0.2, 0.2))
    told("six level brands, 400 households", of_level_brands, n_sets, 400, (1 / 6,) * 6)
    told("brand A has 40, B 25 of a hundred, 400 households", of_level_brands, n_sets, 400, (0.4, 0.25, 0.2, 0.15))


if __name__ == "__main__":
    main()
