"""Make the Parquet files of this folder: a simulated survey of café guests, their needs and their marks.

    python make.py [folder]

Everything is drawn from the seed below with NumPy; nobody in the data exists. Each guest belongs to one of four groups,
which say yes to each of eleven needs with a probability of their own (`YES`); age, occupation and visits lean with the
group, gender and town do not. One answer in a hundred is missing. Guests of the smaller towns were asked more often
than there are of them; `weight` makes up for it.

Four hundred of the guests rate four of seven café chains each, on eight of the needs and on how much they like the
chain, from 1 to 7. A rating is what the chain offers (`OFFERS`), a leaning of the guest to high or low marks, and a
rest; liking follows from the ratings of what the guest's group wants. No chain offers much to those who look for taste.

All guests say how often they were at each chain in four weeks. The number of visits is `visits_a_month`; each guest
has tastes of his own (Dirichlet) around what the group's are: the larger the chain (`SIZES`) and the more it offers of
what the group wants, the more often. Part of the visits are to other cafés. Avo and Elo are after the same guests.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent
N, SEED, MISSING = 1200, 2026, 0.01
GROUPS = ("work", "meet", "quick", "taste")
SHARES = (0.3, 0.3, 0.25, 0.15)
YES = {
    "quiet": (0.9, 0.15, 0.1, 0.5),
    "wifi": (0.95, 0.5, 0.1, 0.3),
    "late_hours": (0.8, 0.6, 0.05, 0.15),
    "photo_corner": (0.1, 0.85, 0.05, 0.2),
    "large_tables": (0.45, 0.9, 0.05, 0.1),
    "sweet_drinks": (0.3, 0.8, 0.3, 0.05),
    "fast": (0.15, 0.1, 0.95, 0.15),
    "near_work": (0.35, 0.1, 0.9, 0.2),
    "low_price": (0.5, 0.45, 0.85, 0.05),
    "origin_coffee": (0.15, 0.05, 0.1, 0.95),
    "barista": (0.1, 0.1, 0.1, 0.9),
}
"""Probability of a yes to each need in each group, in the order of `GROUPS`."""
AGES = ("18-24", "25-34", "35-44", "45+")
AGE = ((0.5, 0.35, 0.1, 0.05), (0.6, 0.3, 0.07, 0.03), (0.1, 0.4, 0.35, 0.15), (0.1, 0.35, 0.35, 0.2))
WORK = ("student", "office", "own business", "other")
OCCUPATION = ((0.5, 0.2, 0.25, 0.05), (0.55, 0.3, 0.1, 0.05), (0.05, 0.7, 0.15, 0.1), (0.1, 0.45, 0.35, 0.1))
VISITS = (8.0, 3.0, 14.0, 6.0)
TOWNS = {"Hà Nội": (0.3, 1.4), "TP. Hồ Chí Minh": (0.3, 1.5), "Đà Nẵng": (0.2, 0.5), "Cần Thơ": (0.2, 0.4)}
"""Share of the guests asked in each town, and the weight of each of them."""


RATERS, RATED, RATING_SEED = 400, 4, 2027
RATED_NEEDS = ("quiet", "wifi", "photo_corner", "large_tables", "fast", "low_price", "origin_coffee", "barista")
OFFERS = {
    "Avo": (5.3, 5.7, 3.1, 4.0, 3.5, 3.9, 2.6, 2.4),
    "Bemo": (2.8, 4.6, 5.9, 5.6, 3.3, 3.8, 2.1, 2.2),
    "Cado": (2.7, 2.8, 2.5, 2.8, 6.0, 5.9, 1.8, 1.7),
    "Dinu": (3.2, 4.1, 3.2, 3.4, 5.2, 5.1, 2.0, 1.9),
    "Elo": (4.5, 5.5, 4.3, 4.6, 3.8, 3.2, 2.4, 2.3),
    "Fina": (3.4, 3.9, 5.2, 4.6, 3.6, 4.4, 2.1, 2.2),
    "Gopa": (4.8, 4.4, 3.3, 3.6, 3.4, 3.6, 2.8, 2.5),
}
"""What each chain offers of each need, from 1 to 7. No such chain exists."""


VISIT_SEED, EVENNESS, FIT, OTHER, TWINS = 2028, 1.6, 0.35, 0.3, 0.25
SIZES = {"Avo": 1.5, "Bemo": 1.7, "Cado": 2.2, "Dinu": 1.2, "Elo": 1.0, "Fina": 0.7, "Gopa": 0.45}
"""How large each chain would be if guests looked for nothing."""


def visits(people: pd.DataFrame) -> pd.DataFrame:
    """The chains used: a row per guest and chain; a guest who was at none of them has a row without a chain."""
    rng = np.random.default_rng(VISIT_SEED)
    chains, size = list(SIZES), np.array(list(SIZES.values()))
    offers = np.array([OFFERS[chain] for chain in chains])
    wants = np.array([[YES[need][g] for need in RATED_NEEDS] for g in range(len(GROUPS))])
    fit = (wants / wants.sum(axis=1, keepdims=True)) @ (offers - 4).T
    group = np.random.default_rng(SEED).choice(len(GROUPS), N, p=SHARES)  # as `guests` draws it
    twins = [chains.index("Avo"), chains.index("Elo")]
    rows = []
    for who in range(N):
        pull = size * np.exp(FIT * fit[group[who]])
        taste = (1 - OTHER) * pull / pull.sum()
        chance = rng.dirichlet(EVENNESS * np.append(taste, OTHER))
        together = chance[twins].sum() * taste[twins] / taste[twins].sum()
        chance[twins] = (1 - TWINS) * chance[twins] + TWINS * together
        times = rng.multinomial(people["visits_a_month"][who], chance)[:-1]
        told = [(chain, int(n)) for chain, n in zip(chains, times, strict=True) if n] or [(None, None)]
        rows += [(people["guest"][who], chain, n, people["age"][who], people["weight"][who]) for chain, n in told]
    made = pd.DataFrame(rows, columns=["guest", "chain", "times", "age", "weight"])
    return made.astype({"times": "Int64"})


def ratings(people: pd.DataFrame) -> pd.DataFrame:
    """The marks: a row per guest, chain and attribute."""
    rng = np.random.default_rng(RATING_SEED)
    chains, offers = list(OFFERS), np.array(list(OFFERS.values()))
    wants = np.array([[YES[need][g] for need in RATED_NEEDS] for g in range(len(GROUPS))])
    group = np.random.default_rng(SEED).choice(len(GROUPS), N, p=SHARES)  # as `guests` draws it
    rows = []
    for who in np.sort(rng.choice(N, RATERS, replace=False)):
        leaning = 0.6 * rng.standard_normal()
        for chain in np.sort(rng.choice(len(chains), RATED, replace=False)):
            marks = np.clip(np.rint(offers[chain] + leaning + 1.1 * rng.standard_normal(len(RATED_NEEDS))), 1, 7)
            weight = wants[group[who]] / wants[group[who]].sum()
            like = 4 + 1.5 * (weight * (marks - 4)).sum() + 0.8 * rng.standard_normal()
            told = [*zip(RATED_NEEDS, marks, strict=True), ("like", np.clip(np.rint(like), 1, 7))]
            rows += [(people["guest"][who], chains[chain], name, int(mark), people["weight"][who])
                     for name, mark in told]
    return pd.DataFrame(rows, columns=["guest", "chain", "attribute", "rating", "weight"])


def guests() -> pd.DataFrame:
    """The survey: a row per guest."""
    rng = np.random.default_rng(SEED)
    group = rng.choice(len(GROUPS), N, p=SHARES)
    table = pd.DataFrame({"guest": [f"G{i:04d}" for i in range(1, N + 1)]})
    for need, chance in YES.items():
        answer = np.where(rng.random(N) < np.take(chance, group), "yes", "no").astype(object)
        answer[rng.random(N) < MISSING] = None
        table[need] = answer
    table["age"] = [rng.choice(AGES, p=AGE[g]) for g in group]
    table["occupation"] = [rng.choice(WORK, p=OCCUPATION[g]) for g in group]
    table["gender"] = rng.choice(["woman", "man"], N)
    town = rng.choice(len(TOWNS), N, p=[share for share, _ in TOWNS.values()])
    table["town"] = np.array(list(TOWNS))[town]
    table["visits_a_month"] = 1 + rng.poisson(np.take(VISITS, group) * rng.gamma(4, 0.25, N))
    table["weight"] = np.array([w for _, w in TOWNS.values()])[town]
    return table


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    people = guests()
    for name, table in (("guests", people), ("ratings", ratings(people)), ("visits", visits(people))):
        made = pa.Table.from_pandas(table, preserve_index=False)
        pq.write_table(made, folder / f"{name}.parquet", compression="zstd")
