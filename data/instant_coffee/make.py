"""Make the Parquet file of this folder: a simulated panel of households that buy instant coffee in one chain of shops.

    python make.py [folder]

Everything is drawn from the seed below with NumPy; no household and no brand in the data exists. Each week each brand
has a price, the same in all shops of the chain; one week in six it is reduced by 10 to 30 per cent, and reduced weeks
have a display or a place in the leaflet more often than others. A household of one of three types comes to buy a number
of times in two years and takes the brand with the highest utility: the appeal of the brand, a liking of the household's
own (`LIKING`), so much for the price, the display and the leaflet (`WEIGHTS`), and a rest that is Gumbel distributed. A
brand is sold out one time in twenty.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent
N, WEEKS, SEED, SOLD_OUT, LIKING = 360, 104, 2026, 0.05, 0.7
BRANDS = ("Avina", "Bazan", "Cota", "Shop label")
PRICE = (62.0, 58.0, 55.0, 42.0)
"""Price without a reduction, thousand VND for 200 g."""
APPEAL = (0.9, 0.6, 0.2, 0.0)
TYPES = ("students", "family", "older couple")
SHARES = (0.25, 0.5, 0.25)
WEIGHTS = {"price": (-0.11, -0.075, -0.045), "display": (0.5, 0.6, 0.3), "feature": (0.5, 0.4, 0.3)}
"""What a thousand VND, a display and the leaflet add to the utility, by type of household."""
PURCHASES = 11.0


def shelf(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Weeks × brands: price, display, feature."""
    shape = (WEEKS, len(BRANDS))
    regular = np.array(PRICE) * (1 + 0.03 * rng.standard_normal(shape)) * np.linspace(1, 1.06, WEEKS)[:, None]
    reduced = rng.random(shape) < 1 / 6
    price = np.where(reduced, regular * (1 - rng.uniform(0.1, 0.3, shape)), regular).round(1)
    shown = np.where(reduced, 0.5, 0.08)
    return {"price": price, "display": (rng.random(shape) < shown).astype(int),
            "feature": (rng.random(shape) < shown).astype(int)}


def choices() -> pd.DataFrame:
    """The panel: a row per purchase occasion and brand on the shelf."""
    rng = np.random.default_rng(SEED)
    weekly, rows, occasion = shelf(rng), [], 0
    kind = rng.choice(len(TYPES), N, p=SHARES)
    for household in range(N):
        liking = np.array(APPEAL) + LIKING * rng.standard_normal(len(BRANDS))
        visits = np.sort(rng.choice(WEEKS, 1 + rng.poisson(PURCHASES - 1), replace=False))
        for week in visits:
            occasion += 1
            utility = liking + sum(weights[kind[household]] * weekly[name][week] for name, weights in WEIGHTS.items())
            utility = utility + rng.gumbel(size=len(BRANDS))
            there = rng.random(len(BRANDS)) >= SOLD_OUT
            there[rng.integers(len(BRANDS))] = True
            best = np.where(there, utility, -np.inf).argmax()
            rows += [(f"H{household + 1:03d}", TYPES[kind[household]], occasion, week + 1, brand,
                      *(weekly[name][week, b] for name in WEIGHTS), int(b == best))
                     for b, brand in enumerate(BRANDS) if there[b]]
    return pd.DataFrame(rows, columns=["household", "household_type", "occasion", "week", "brand", *WEIGHTS, "chosen"])


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    table = choices().astype(dict.fromkeys(("occasion", "week", "display", "feature", "chosen"), "int32"))
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), folder / "choices.parquet", compression="zstd")
