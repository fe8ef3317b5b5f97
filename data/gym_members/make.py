"""Make the Parquet file of this folder: a simulated table of the members of a fitness club, as its front desk keeps it.

    python make.py [folder]

Everything is drawn from the seed below with NumPy; nobody in the data exists. Each member leans to one of four ways of
using the club (`WAYS`), which has its own mean of visits, of classes and of hours with a trainer, and its own shares of
main activities, hours and kinds of payment (`COUNTS`, `KINDS`). One member in ten leans to none: every column of
theirs is drawn from the way of another member, so there is no clear border between the groups. Age leans with the way;
household leans with age; gender, branch and months as a member do not lean at all. Money spent at the bar follows from
the visits. The front desk does not know the main activity of one member in fourteen, nor the age of one in twenty.
Who pays by the year pays less.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent
N, SEED, NO_WAY = 1000, 2029, 0.1
WAYS = ("iron", "classes", "family", "sleeping")
SHARES = (0.25, 0.28, 0.17, 0.3)
COUNTS = {
    "visits_a_month": (14.0, 9.0, 5.0, 1.2),
    "classes_a_month": (0.4, 6.0, 0.8, 0.2),
    "trainer_hours": (1.6, 0.5, 0.3, 0.05),
    "guests_a_year": (1.0, 2.5, 6.0, 0.3),
}
"""Mean of each count in each way, in the order of `WAYS`. Counts are Poisson, with means that vary by gamma."""
SPREAD = 5.0
KINDS = {
    "main_activity": {"weights": (0.8, 0.05, 0.05, 0.45), "classes": (0.02, 0.8, 0.05, 0.25),
                      "pool": (0.08, 0.1, 0.8, 0.2), "courts": (0.1, 0.05, 0.1, 0.1)},
    "usual_hour": {"morning": (0.35, 0.15, 0.1, 0.2), "midday": (0.15, 0.05, 0.05, 0.2),
                   "evening": (0.45, 0.75, 0.1, 0.45), "weekend": (0.05, 0.05, 0.75, 0.15)},
    "payment": {"by the month": (0.55, 0.6, 0.15, 0.2), "by the year": (0.4, 0.3, 0.2, 0.75),
                "family plan": (0.05, 0.1, 0.65, 0.05)},
}
"""Share of each kind in each way, in the order of `WAYS`."""
FEES = {"by the month": 650, "by the year": 450, "family plan": 1100}  # thousand đồng a month
AGES = ((28, 7), (33, 8), (40, 6), (35, 9))
BRANCHES = {"Cầu Giấy": 0.4, "Hà Đông": 0.35, "Long Biên": 0.25}
ACTIVITY_UNKNOWN, AGE_UNKNOWN = 1 / 14, 1 / 20


def members() -> pd.DataFrame:
    """The table: a row per member."""
    rng = np.random.default_rng(SEED)
    way = rng.choice(len(WAYS), N, p=SHARES)
    none = rng.random(N) < NO_WAY

    def leaning() -> np.ndarray:
        return np.where(none, rng.choice(len(WAYS), N, p=SHARES), way)

    table = pd.DataFrame({"member": [f"M{i:04d}" for i in range(1, N + 1)]})
    for name, means in COUNTS.items():
        table[name] = rng.poisson(np.take(means, leaning()) * rng.gamma(SPREAD, 1 / SPREAD, N))
    each_a_visit = ["visits_a_month", "classes_a_month", "trainer_hours"]
    table["visits_a_month"] = table[each_a_visit].max(axis=1)
    for name, kinds in KINDS.items():
        chances = np.array(list(kinds.values())).T
        drawn = [rng.choice(list(kinds), p=chances[w]) for w in leaning()]
        table[name] = pd.Series(drawn, dtype=object)
    table.loc[rng.random(N) < ACTIVITY_UNKNOWN, "main_activity"] = None
    a_visit = rng.gamma(2.0, 9.0, N)
    table["bar_spend"] = (table["visits_a_month"] * a_visit * (rng.random(N) < 0.8)).round().astype(int)
    table["monthly_fee"] = table["payment"].map(FEES)
    means, spreads = np.array(AGES).T
    age = np.clip(np.rint(rng.normal(means[way], spreads[way])), 16, 75).astype(int)
    table["age"] = pd.Series(age, dtype="Int64").mask(rng.random(N) < AGE_UNKNOWN)
    table["gender"] = rng.choice(["woman", "man"], N)
    settled = rng.random(N) < np.clip((age - 22) / 20, 0.05, 0.85)
    table["household"] = np.where(settled, "with children", np.where(rng.random(N) < 0.5, "couple", "single"))
    table["branch"] = rng.choice(list(BRANCHES), N, p=list(BRANCHES.values()))
    table["months_a_member"] = 1 + rng.geometric(1 / 20, N)
    return table


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    made = pa.Table.from_pandas(members(), preserve_index=False)
    pq.write_table(made, folder / "members.parquet", compression="zstd")
