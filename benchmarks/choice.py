"""Coverage of the intervals of elasticities, and the time of a fit.

    python benchmarks/choice.py [SETS]
    python benchmarks/choice.py groups [SETS]

Each set is a panel made by a logit of known coefficients (300 households with four choices each among four brands, a
price and a display). An interval of an elasticity covers when the elasticity of the same occasions at the true
coefficients lies in it. Beside them: households that differ in their taste for brands (standard deviation 1), which
the model does not know of, with and without errors that are clustered by household; there the truth is the elasticity
of the same model on 200,000 choices.

`groups`: three groups of 120 households with four choices each, who differ in taste (standard deviation 0.7), with
coefficients of the price of their own, or the same in all; the truth is again that of 200,000 choices,
beside that of the same occasions at the coefficients of the 200,000 choices.
"""

import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from segkit.positioning import choice, elasticity, sensitivity

BETA, APPEAL, SEED = {"price": -1.5, "display": 0.7}, np.array([0.0, 0.6, -0.3, 0.2]), 20


PRICES, TASTE = {"much": -2.0, "some": -1.5, "little": -1.0}, 0.7
"""Coefficients of the price by group, and how far tastes differ within each."""


def panel(households: int, each: int, rng: np.random.Generator, spread: float = 0.0,
          slope: float = BETA["price"]) -> pd.DataFrame:
    n, brands = households * each, len(APPEAL)
    t = pd.DataFrame({"occasion": np.repeat(np.arange(n), brands), "brand": np.tile(list("ABCD"), n),
                      "household": np.repeat(np.arange(households), each * brands)})
    t["price"], t["display"] = rng.uniform(1, 3, len(t)), rng.integers(0, 2, len(t)).astype(float)
    taste = np.repeat(APPEAL + spread * rng.normal(size=(households, brands)), each, axis=0).ravel()
    u = (slope * t["price"] + BETA["display"] * t["display"] + taste + rng.gumbel(size=len(t))).to_numpy()
    best = u.reshape(n, brands).argmax(axis=1)
    return t.assign(chosen=(np.arange(brands) == best[:, None]).astype(int).ravel())


def truth(model: choice.Model, t: pd.DataFrame) -> np.ndarray:
    known = model.coefficients.assign(coefficient=[*BETA.values(), *(APPEAL[1:] - APPEAL[0])])
    return elasticity.elasticities(replace(model, coefficients=known), t, "price")["elasticity"].to_numpy()


def grouped(households: int, rng: np.random.Generator, prices: dict[str, float]) -> tuple[pd.DataFrame, pd.Series]:
    """A panel of all groups, and the group of each household."""
    parts = []
    for i, (name, slope) in enumerate(prices.items()):
        t = panel(households, 4, rng, TASTE, slope)
        parts.append(t.assign(occasion=t["occasion"] + 4 * households * i, customer_id=t["household"] + households * i,
                              group=name))
    t = pd.concat(parts, ignore_index=True)
    return t, t.groupby("customer_id")["group"].first()


def groups(sets: int) -> None:
    rng = np.random.default_rng(SEED)
    many = grouped(50_000, rng, PRICES)
    truth = sensitivity.by_segment(*_arguments(*many))
    known = {name: choice.fit(part, list(BETA)).coefficients for name, part in many[0].groupby("group")}
    own, here, mean, differ = [], [], [], 0
    for _ in range(sets):
        t, segment = grouped(120, rng, PRICES)
        found = sensitivity.by_segment(*_arguments(t, segment))
        true = truth.own.set_index(["segment", "brand"])["elasticity"]
        told = found.own.set_index(["segment", "brand"])
        real = true.loc[told.index]
        own += list((told["elasticity_low"] <= real) & (real <= told["elasticity_high"]))
        at = {}
        for name, part in t.groupby("group"):
            model = replace(choice.fit(part, list(BETA)), coefficients=known[name])
            at[name] = elasticity.elasticities(model, part, "price")
        same = pd.concat({name: e[e["changed_brand"] == e["brand"]].set_index("brand")["elasticity"]
                          for name, e in at.items()}).loc[told.index]
        here += list((told["elasticity_low"] <= same) & (same <= told["elasticity_high"]))
        real = truth.table["elasticity"].loc[found.table.index]
        mean += list((found.table["elasticity_low"] <= real) & (real <= found.table["elasticity_high"]))
        differ += found.p_value <= sensitivity.SURE
    print(f"three groups of 120 households, {sets} panels: own elasticity of a brand in a group {np.mean(here):.1%} "
          f"(of the same occasions; {np.mean(own):.1%} of all), "
          f"of a group {np.mean(mean):.1%}; groups that differ are told apart in {differ / sets:.1%}")
    alike = sum(sensitivity.by_segment(*_arguments(*grouped(120, rng, dict.fromkeys(PRICES, -1.5)))).p_value
                <= sensitivity.SURE for _ in range(sets))
    print(f"groups that are alike are told apart in {alike / sets:.1%}")


def _arguments(t: pd.DataFrame, segment: pd.Series) -> tuple[pd.DataFrame, list[str], str, pd.Series]:
    return t, list(BETA), "price", segment


def main(sets: int) -> None:
    rng = np.random.default_rng(SEED)
    inside = []
    for _ in range(sets):
        t = panel(300, 4, rng)
        model = choice.fit(t, list(BETA))
        e = elasticity.elasticities(model, t, "price")
        inside.append(e["elasticity_low"].to_numpy() <= (true := truth(model, t)))
        inside[-1] &= true <= e["elasticity_high"].to_numpy()
    own = np.eye(4, dtype=bool).ravel()
    print(f"logit, {sets} sets: own elasticities {np.mean(inside, axis=0)[own].mean():.1%}, "
          f"cross {np.mean(inside, axis=0)[~own].mean():.1%}")
    large = panel(50_000, 4, rng, spread=1.0)
    true = elasticity.elasticities(choice.fit(large, list(BETA)), large, "price")["elasticity"].to_numpy()
    found = {None: [], "household": []}
    for _ in range(sets):
        t = panel(300, 4, rng, spread=1.0)
        for by, told in found.items():
            e = elasticity.elasticities(choice.fit(t, list(BETA), customer_id=by), t, "price")
            told.append((e["elasticity_low"].to_numpy() <= true) & (true <= e["elasticity_high"].to_numpy()))
    for by, told in found.items():
        print(f"households that differ, errors {'clustered' if by else 'not clustered'}: "
              f"own {np.mean(told, axis=0)[own].mean():.1%}, cross {np.mean(told, axis=0)[~own].mean():.1%}")
    t = panel(25_000, 4, rng)
    more = t[t["brand"].isin(["C", "D"])].assign(brand=lambda x: x["brand"].map({"C": "E", "D": "F"}), chosen=0,
                                                 price=lambda x: x["price"] + 1)
    t = pd.concat([t, more])
    swap = t["occasion"] % 40 == 0
    t.loc[swap, "chosen"] = (t.loc[swap, "brand"] == np.where(t.loc[swap, "occasion"] % 80 == 0, "E", "F")).astype(int)
    began = time.process_time()
    model = choice.fit(t, list(BETA))
    print(f"{model.n_occasions:,} choices among 6 brands: {time.process_time() - began:.2f} CPU s to fit", end=", ")
    began = time.process_time()
    elasticity.elasticities(model, t, "price")
    print(f"{time.process_time() - began:.2f} CPU s for elasticities")


if __name__ == "__main__":
    if sys.argv[1:2] == ["groups"]:
        groups(int(sys.argv[2]) if len(sys.argv) > 2 else 200)
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
