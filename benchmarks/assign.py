"""`segkit assign` on a Parquet file of people, against a hand-written CASE in DuckDB, on the same threads.

    .venv/bin/python benchmarks/assign.py [--rows 10000000] [--rounds 3]

The rows are drawn for the measurement (four skewed features) and deleted after it. Both sides read Parquet and write
Parquet in this process, in turn, in rounds; the least processor seconds of the
rounds count. Both must give the same segments.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd

from segkit.report import newcomers
from segkit.segmentation import kmeans, saved

FEATURES = ["recency_days", "frequency", "average_basket", "weekend_share"]


def case(rule: dict) -> str:
    """The rule as somebody would write it: four distances, and the smallest."""
    value = [f"(ln({v} + 1) - {m!r}) / {s!r}" for v, m, s in zip(FEATURES, rule["mean"], rule["scale"], strict=True)]
    inner = ", ".join(f"{x} as z{i}" for i, x in enumerate(value))
    far = ", ".join(" + ".join(f"(z{i} - {c!r}) * (z{i} - {c!r})" for i, c in enumerate(centre)) + f" as d{j}"
                    for j, centre in enumerate(rule["centroids"]))
    least = f"least({', '.join(f'd{j}' for j in range(len(rule['centroids'])))})"
    when = " ".join(f"when d{j} = {least} then {label}" for j, label in enumerate(rule["labels"]))
    name = " ".join(f"when {label} then 'Segment {label}'" for label in rule["labels"])
    return (f"select customer_id, segment, case segment {name} end as name from "
            f"(select customer_id, case {when} end as segment from "
            f"(select customer_id, {far} from (select customer_id, {inner} from 'people.parquet')))")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        people = pd.DataFrame({"customer_id": np.arange(asked.rows),
                               "recency_days": rng.exponential(40, asked.rows).round(),
                               "frequency": rng.negative_binomial(1, 0.05, asked.rows) + 1.0,
                               "average_basket": rng.gamma(2, 20, asked.rows).round(2),
                               "weekend_share": rng.beta(2, 5, asked.rows).round(4)})
        people.to_parquet(folder / "people.parquet", index=False)
        found = kmeans.segment(people[FEATURES].head(20_000), 4, scale="log", random_state=1)
        names = {str(n): {"en": f"Segment {n}"} for n in (1, 2, 3, 4)}
        held = saved.Saved(found, names)
        study = SimpleNamespace(values={}, inputs=(), notebook=Path("notebooks/02-segmentation.ipynb"),
                                path=Path("x.yaml"))
        query = case(found.rule).replace("people.parquet", str(folder / "people.parquet"))
        ours, theirs = [], []
        for n in range(asked.rounds):
            began = time.process_time()
            told = newcomers.people(held, study, str(folder / "people.parquet"))
            newcomers._write(told, folder / f"{n}.parquet", ".parquet")
            counted = newcomers._counted(folder / f"{n}.parquet", ".parquet")
            ours.append(time.process_time() - began)
            began = time.process_time()
            duckdb.sql(f"copy ({query}) to '{folder / 'sql.parquet'}' (format parquet, compression zstd)")
            theirs.append(time.process_time() - began)
        first, second = (f"'{folder / name}.parquet'" for name in ("0", "sql"))
        same = duckdb.sql("select count(*) filter (a.segment = b.segment and a.name = b.name) "
                          f"from {first} a join {second} b using (customer_id)").fetchone()[0]
    print(f"rows {counted.n:,}, alike {same:,}; segkit {min(ours):.2f} s, hand-written {min(theirs):.2f} s, "
          f"speed {min(theirs) / min(ours):.2f} of it")


if __name__ == "__main__":
    main()
