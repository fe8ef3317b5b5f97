"""How often 95 % intervals of brand measures hold the truth, how often chance is a finding, and how long it takes.

Panels are drawn from an NBD-Dirichlet population: purchases of a household are Poisson at a gamma rate, its brands
multinomial with Dirichlet chances, and money log-normal. The truth of each measure is that of 200,000 households of the
same kind. Lines print figures; seeds are fixed.

    .venv/bin/python benchmarks/brands.py coverage [panels, 200 by default] [households, 400] [0: without the norm]
    .venv/bin/python benchmarks/brands.py findings [panels] [households]
    .venv/bin/python benchmarks/brands.py gaps [panels] [households]
    .venv/bin/python benchmarks/brands.py speed [lines, 1,000,000 by default]
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from segkit.positioning import brands, dirichlet, draws, gain_loss, gaps, independence, norm, volume

M, K, S = 9.0, 0.9, 1.8
SHARES = np.array([0.35, 0.3, 0.2, 0.15])
NAMES = np.array(list("ABCD"))
LOSS = 0.3
"""Share of the purchases of A that go to B in the second half."""


def panel(rng: np.random.Generator, n: int, loss: float = LOSS) -> pd.DataFrame:
    """Purchases of `n` households in 100 days, one at each of their moments."""
    often = rng.poisson(rng.gamma(K, M / K, n))
    taste = rng.dirichlet(S * SHARES, n)
    customer = np.repeat(np.arange(n), often)
    brand = (rng.random(len(customer))[:, None] > taste[customer].cumsum(axis=1)).sum(axis=1).clip(max=3)
    second = rng.integers(0, 100 * 86_400, len(customer))
    brand = np.where((brand == 0) & (second >= 50 * 86_400) & (rng.random(len(brand)) < loss), 1, brand)
    return pd.DataFrame({"customer_id": customer, "brand": NAMES[brand],
                         "amount": np.exp(0.5 * rng.standard_normal(len(customer))).round(2),
                         "quantity": rng.integers(1, 5, len(customer)),
                         "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(second, unit="s")})


def measured(table: pd.DataFrame, seed: int = 0, with_norm: int = 1) -> dict[str, pd.DataFrame]:
    """Measure → brand: value, low, high."""
    bought = brands.occasions(table)
    made = {}
    shown = brands.performance(bought, random_state=seed)
    for name in ("value_share", "penetration", "purchase_frequency", "share_of_category_requirements",
                 "sole_loyalty_share", "spend_per_buyer"):
        made[name] = shown[[name, f"{name}_low", f"{name}_high"]]
    repeated = brands.repeats(bought, random_state=seed)
    made["repeat_share"] = repeated
    moved = gain_loss.between(bought, random_state=seed).table
    made["share_change"] = moved[["share_change", "share_change_low", "share_change_high"]]
    n = bought.table["customer"].nunique()
    made["switched_net per household"] = moved[["switched_net", "switched_net_low", "switched_net_high"]] / n
    shown = volume.table(bought, random_state=seed)
    for name in ("volume_share", "price_index", "heavy_buyer_share"):
        made[name] = shown[[name, f"{name}_low", f"{name}_high"]]
    beside = norm.against(bought, random_state=seed).table if with_norm else None
    for name in ("frequency_index", "repeat_buyer_share") if with_norm else ():
        made[name] = beside[[name, f"{name}_low", f"{name}_high"]]
    return {name: part.set_axis(["value", "low", "high"], axis=1).sort_index() for name, part in made.items()}


def coverage(n_panels: int, n: int, with_norm: int = 1) -> None:
    truth = measured(panel(np.random.default_rng(99), 200_000), with_norm=with_norm)
    held: dict[str, list[float]] = {name: [] for name in truth}
    began = time.process_time()
    for seed in range(n_panels):
        found = measured(panel(np.random.default_rng([1, seed]), n), seed, with_norm)
        for name, part in found.items():
            real = truth[name].loc[part.index, "value"]
            held[name] += list((part["low"] <= real) & (real <= part["high"]))
    print(f"{n_panels} panels of {n} households, 4 brands: {time.process_time() - began:.0f} s of processor time")
    for name, hits in held.items():
        print(f"  {name:34s} {np.mean(hits):6.1%}")


def findings(n_panels: int, n: int) -> None:
    said: dict[str, list[bool]] = {}
    began = time.process_time()
    for seed in range(n_panels):
        rng = np.random.default_rng([2, seed])
        bought = brands.occasions(panel(rng, n, loss=0.0))
        groups = pd.Series(rng.choice(list("uvwxyz"), n, p=[.15, .25, .2, .2, .1, .1]), index=range(n))
        reached = brands.by_segment(bought, groups, random_state=seed)
        beside = norm.against(bought, random_state=seed)
        told = {
            "a brand off the norm": beside.frequency.sentence != norm.NONE,
            "the largest brand repeated beyond habit": beside.habit("A").sentence != norm.HABIT,
            "any adjusted p of the norm of at most .05": beside.table["adjusted_p"].min() <= 0.05,
            "a brand that gained or lost share":
                gain_loss.between(bought, random_state=seed).sentence != gain_loss.LEVEL,
            "a pair of brands": independence.duplication(bought, random_state=seed).sentence != independence.EVEN,
            "any switch against independence": independence.switches(bought, random_state=seed)["adjusted_p"].min()
                                               <= 0.05,
            "an underserved segment": gaps.find(bought, groups, reached, random_state=seed).is_open}
        for name, claimed in told.items():
            said.setdefault(name, []).append(claimed)
    print(f"nothing but chance, {n_panels} panels of {n} households: {time.process_time() - began:.0f} s")
    for name, claimed in said.items():
        print(f"  {name:44s} claimed in {np.mean(claimed):6.1%}")


def underserved(n_panels: int, n: int) -> None:
    """How often a segment is called underserved where groups are by lot: panels and groups of `findings`."""
    found = 0
    for seed in range(n_panels):
        rng = np.random.default_rng([2, seed])
        bought = brands.occasions(panel(rng, n, loss=0.0))
        groups = pd.Series(rng.choice(list("uvwxyz"), n, p=[.15, .25, .2, .2, .1, .1]), index=range(n))
        reached = brands.by_segment(bought, groups, random_state=seed)
        found += gaps.find(bought, groups, reached, random_state=seed).is_open
    low, high = proportion_confint(found, n_panels, method="wilson")
    print(f"an underserved segment in {found} of {n_panels} panels of {n} households: {found / n_panels:.1%} "
          f"({low:.1%} to {high:.1%})")


def speed(n_lines: int) -> None:
    """20 brands, 6 segments, 500 samples of households, lines as they come; the first steps are brand performance."""
    rng = np.random.default_rng(3)
    n = n_lines // 20
    table = pd.DataFrame({
        "customer_id": rng.integers(0, n, n_lines), "amount": rng.integers(1, 900, n_lines) / 100,
        "brand": np.array([f"brand {i:02d}" for i in range(20)])[np.minimum(19, rng.geometric(0.15, n_lines) - 1)],
        "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, n_lines), unit="D")})
    groups = pd.Series(rng.choice(list("uvwxyz"), n), index=range(n))
    steps = [("occasions", lambda _: brands.occasions(table)), ("performance", brands.performance),
             ("500 samples", lambda b: draws.of_brands(b.households, 0, 500)),
             ("by segment", lambda b: brands.by_segment(b, groups)), ("duplication", independence.duplication),
             ("repeat and switching", brands.moves), ("gains and losses", gain_loss.between), ("norm", norm.against)]
    bought, total = None, 0.0
    for name, step in steps:
        began = time.process_time()
        made = step(bought)
        bought = made if bought is None else bought
        took = time.process_time() - began
        total += took
        print(f"  {name:22s} {took:6.1f} s of processor time, {total:6.1f} s so far", flush=True)
    print(f"{n_lines:,} lines, 20 brands, 6 segments: {total:.1f} s in all")
    shares = pd.Series(np.full(30, 1 / 30), [f"b{i}" for i in range(30)])
    began = time.process_time()
    fitted = dirichlet.fit(shares, 0.1 * shares / shares, 0.8, 20.0)
    fitted.norm(), fitted.duplication()
    print(f"Dirichlet of 30 brands, fitted, its table and duplication: {time.process_time() - began:.2f} s")


if __name__ == "__main__":
    what, *rest = sys.argv[1:] or ["coverage"]
    numbers = [int(x) for x in rest]
    if what == "speed":
        speed(*numbers or [1_000_000])
    else:
        {"coverage": coverage, "findings": findings, "gaps": underserved}[what](*[*numbers, *(200, 400)[len(numbers):]])
