"""Coverage of the intervals of elasticities, and the time of a fit.

    python benchmarks/choice.py [SETS]

Each set is a panel made by a logit of known coefficients (300 households with four choices each among four brands, a
price and a display). An interval of an elasticity covers when the elasticity of the same occasions at the true
coefficients lies in it. Beside them: households that differ in their taste for brands (standard deviation 1), which
the model does not know of, with and without errors that are clustered by household; there the truth is the elasticity
of the same model on 200,000 choices.
"""

import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from segkit.positioning import choice, elasticity

BETA, APPEAL, SEED = {"price": -1.5, "display": 0.7}, np.array([0.0, 0.6, -0.3, 0.2]), 20


def panel(households: int, each: int, rng: np.random.Generator, spread: float = 0.0) -> pd.DataFrame:
    n, brands = households * each, len(APPEAL)
    t = pd.DataFrame({"occasion": np.repeat(np.arange(n), brands), "brand": np.tile(list("ABCD"), n),
                      "household": np.repeat(np.arange(households), each * brands)})
    t["price"], t["display"] = rng.uniform(1, 3, len(t)), rng.integers(0, 2, len(t)).astype(float)
    taste = np.repeat(APPEAL + spread * rng.normal(size=(households, brands)), each, axis=0).ravel()
    u = (BETA["price"] * t["price"] + BETA["display"] * t["display"] + taste + rng.gumbel(size=len(t))).to_numpy()
    best = u.reshape(n, brands).argmax(axis=1)
    return t.assign(chosen=(np.arange(brands) == best[:, None]).astype(int).ravel())


def truth(model: choice.Model, t: pd.DataFrame) -> np.ndarray:
    known = model.coefficients.assign(coefficient=[*BETA.values(), *(APPEAL[1:] - APPEAL[0])])
    return elasticity.elasticities(replace(model, coefficients=known), t, "price")["elasticity"].to_numpy()


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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
