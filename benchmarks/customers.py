"""RFM from Parquet and descriptions of segments, against a hand-written query, Polars, openretailscience and pandas.

Every side is a process of its own that is asked in turn, in rounds, on the same number of threads. "fresh" is the
first answer, with starting Python and loading packages; "warm" the least of the later rounds; processor seconds, with
seconds by the clock in brackets. Peers that segkit does not depend on come from an environment of their own:

    uv venv /tmp/peers && uv pip install --python /tmp/peers/bin/python polars openretailscience
    .venv/bin/python benchmarks/customers.py --peers /tmp/peers/bin/python [--lines 1000000 10000000] [--rounds 3]

The lines are made for the measurement (five a basket, customers and products of unequal weight) and deleted after it.
100,000,000 lines take 1.5 GB of disk and some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

LOOP = """
import json, resource, sys, time
def answer(work):
    clock = time.perf_counter()
    for line in sys.stdin:
        cpu = time.process_time() if line == "again\\n" else 0.0
        clock = time.perf_counter()
        found = work()
        print("\\nfound", json.dumps([time.process_time() - cpu, time.perf_counter() - clock,
                                   resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, found]), flush=True)
"""

SEGKIT = """
from segkit.data import open as sources
from segkit.segmentation import rfm
sources.connection().raw_sql(f"set threads={threads}")
def work():
    table = rfm.scores(path, product_id=PRODUCT)
    return [len(table), int(table[["r", "f", "m"]].sum().sum()), round(float(table["monetary"].sum()), 2),
            int(table["distinct_products"].sum()) if PRODUCT else 0]
answer(work)
"""

QUERY = """
import duckdb
connection = duckdb.connect()
connection.execute(f"set threads={threads}; set memory_limit='4GB'")
score = "ceil(5.0 * (rank() over (order by {0}) + (count(*) over (partition by {1}) - 1) / 2) / count(*) over ())"
query = f'''
with customers as (
    select customer_id, date_diff('day', max(date)::date, date '2024-12-31') as recency_days,
        count(distinct basket_id) as frequency, sum(round(amount * 100)::bigint) as cents, cents / 100 as monetary,
        date_diff('day', min(date)::date, date '2024-12-31') as tenure_days,
        cents / 100 / count(distinct basket_id) as average_basket, count(distinct product_id) as distinct_products
    from read_parquet('{path}') group by customer_id)
select *, {score.format("recency_days desc", "recency_days")}::int as r,
    {score.format("frequency", "frequency")}::int as f, {score.format("cents", "cents")}::int as m
from customers order by customer_id'''
def work():
    table = connection.execute(query).df()
    return [len(table), int(table[["r", "f", "m"]].sum().sum()), round(float(table["monetary"].sum()), 2),
            int(table["distinct_products"].sum())]
answer(work)
"""

POLARS = """
import polars as pl
def work():
    day, n = pl.lit("2024-12-31").str.to_date(), pl.len()
    table = (pl.scan_parquet(path).group_by("customer_id").agg(
        recency_days=(day - pl.col("date").max().dt.date()).dt.total_days(), frequency=pl.col("basket_id").n_unique(),
        cents=(pl.col("amount") * 100).round().cast(pl.Int64).sum(),
        tenure_days=(day - pl.col("date").min().dt.date()).dt.total_days(),
        distinct_products=pl.col("product_id").n_unique())
        .with_columns(monetary=pl.col("cents") / 100, average_basket=pl.col("cents") / 100 / pl.col("frequency"),
                      r=(5 * (-pl.col("recency_days")).rank("average") / n).ceil().cast(pl.Int64),
                      f=(5 * pl.col("frequency").rank("average") / n).ceil().cast(pl.Int64),
                      m=(5 * pl.col("cents").rank("average") / n).ceil().cast(pl.Int64))
        .sort("customer_id").collect(engine=ENGINE))
    return [len(table), int(table.select(pl.col("r", "f", "m").sum()).sum_horizontal()[0]),
            round(float(table["monetary"].sum()), 2), int(table["distinct_products"].sum())]
answer(work)
"""

RETAIL = """
import ibis, pandas as pd
from openretailscience.segmentation.rfm import RFMSegmentation
names = {"customer_id": "customer_id", "date": "transaction_date", "amount": "unit_spend",
         "basket_id": "transaction_id"}
ibis.options.interactive = False
def work():
    if FRAME:
        ibis.get_backend().raw_sql(f"set threads={threads}")
        lines = pd.read_parquet(path, columns=list(names)).rename(columns=names)
    else:
        connection = ibis.duckdb.connect(threads=threads, memory_limit="4GB")
        lines = connection.read_parquet(path).select(**{new: old for old, new in names.items()})
    table = RFMSegmentation(lines, "2024-12-31", 5, 5, 5).df
    return [len(table)]
answer(work)
"""

LINES = """
copy (
  with baskets as (
    select b as basket_id,
      1 + floor({customers} * pow(hash(b * 3 + 1) % 1000003 / 1000003.0, 2))::bigint as customer_id,
      timestamp '2023-01-01 08:00:00' + to_days((b * 1.0 / {baskets} * 730)::int)
        + to_seconds((hash(b * 5 + 2) % 43200)::bigint) as date,
      (hash(b * 7 + 3) % 40)::integer as store_id, if(hash(b * 11 + 4) % 3 = 0, 'online', 'shop') as channel,
      1 + (hash(b * 13 + 5) % 9)::integer as lines from range({baskets}) made(b))
  select basket_id, customer_id, date, store_id, channel,
    1 + floor(20000 * pow(hash(basket_id * 17 + i) % 1000003 / 1000003.0, 2))::integer as product_id,
    (1 + hash(basket_id * 19 + i) % 3)::integer as quantity,
    round(exp(1 + 2 * (hash(basket_id * 23 + i) % 1000003 / 1000003.0)), 2) as amount
  from baskets, unnest(range(lines)) each_line(i) where date < timestamp '2025-01-01'
) to '{path}' (format parquet)"""


class Side:
    """A process that does the work each time it is asked."""

    def __init__(self, name: str, python: str, work: str, target: str = "", comparable: bool = True, **names: object):
        given = "".join(f"{key} = {value!r}\n" for key, value in names.items())
        threads = str(names["threads"])
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), "POLARS_MAX_THREADS": threads,
                       "OMP_NUM_THREADS": threads}
        self.name, self.target, self.comparable, self.times, self.peak = name, target, comparable, [], 0.0
        self.began = time.perf_counter()
        self.process = subprocess.Popen([python, "-c", LOOP + given + work], stdin=subprocess.PIPE, env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.found = None

    def ask(self) -> None:
        self.process.stdin.write("again\n" if self.times else "first\n")
        self.process.stdin.flush()
        told = next((line[6:] for line in self.process.stdout if line.startswith("found ")), None)
        if told is None:
            raise SystemExit(f"{self.name} ended without an answer")
        cpu, clock, self.peak, self.found = json.loads(told)
        self.times.append((cpu, clock if self.times else time.perf_counter() - self.began))

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()

    @property
    def fresh(self) -> tuple[float, float]:
        return self.times[0]

    @property
    def warm(self) -> tuple[float, float]:
        return min(self.times[1:] or self.times)


def sides(path: Path, threads: int, peers: str | None, n_lines: int) -> list[tuple[str, str, str, str, bool, dict]]:
    own, given = sys.executable, {"path": str(path), "threads": threads}
    listed = [("segkit", own, SEGKIT, "", True, {**given, "PRODUCT": "product_id"}),
              ("DuckDB, query by hand", own, QUERY, "≤ 1.1", True, given),
              ("segkit without products", own, SEGKIT, "", False, {**given, "PRODUCT": None})]
    if peers:
        listed += [("Polars, streaming", peers, POLARS, "≤ 1.5", True, {**given, "ENGINE": "streaming"})]
        if n_lines <= 10_000_000:
            listed += [("Polars, in memory", peers, POLARS, "≤ 1.5", True, {**given, "ENGINE": "in-memory"}),
                       ("openretailscience, pandas", peers, RETAIL, "≤ 0.8", False, {**given, "FRAME": True})]
        listed += [("openretailscience, Ibis", peers, RETAIL, "≤ 0.8", False, {**given, "FRAME": False})]
    return listed


def measure(n_lines: int, rounds: int, threads: int, peers: str | None, folder: Path) -> None:
    import duckdb

    path = folder / f"{n_lines}.parquet"
    maker = duckdb.connect()
    maker.execute("set memory_limit='2GB'")
    maker.execute(LINES.format(baskets=n_lines // 5, customers=max(n_lines // 100, 10), path=path))
    maker.close()
    made = []
    try:
        if n_lines > 10_000_000:  # one at a time: memory is measured, and there is only so much of it
            for name, python, work, target, comparable, given in sides(path, threads, peers, n_lines):
                side = Side(name, python, work, target, comparable, **given)
                made.append(side)
                for _ in range(rounds):
                    side.ask()
                side.end()
        else:
            for name, python, work, target, comparable, given in sides(path, threads, peers, n_lines):
                made.append(Side(name, python, work, target, comparable, **given))
                made[-1].ask()  # a fresh process has the machine for itself
            for _ in range(rounds):
                for side in made:
                    side.ask()
    finally:
        path.unlink()
        for side in made:
            side.end()
    told = {tuple(side.found) for side in made if side.comparable}
    assert len(told) == 1, f"the tables differ: {told}"
    print(f"\nRFM of {n_lines:,} lines, {threads} thread(s)\n{'':<28}{'fresh':>16}{'warm':>16}{'peak GiB':>10}"
          f"{'segkit ×, fresh':>17}{'warm':>7}  target")
    for side in made:
        ratio = [made[0].fresh[0] / side.fresh[0], made[0].warm[0] / side.warm[0]]
        print(f"{side.name:<28}{side.fresh[0]:>8.2f} ({side.fresh[1]:>5.2f}){side.warm[0]:>8.2f} ({side.warm[1]:>5.2f})"
              f"{side.peak:>10.2f}{ratio[0]:>17.2f}{ratio[1]:>7.2f}  {side.target}", flush=True)


DESCRIBED = """
import numpy as np, pandas as pd
from scipy import stats
rng = np.random.default_rng(0)
n = 1_000_000
segment = rng.choice([f"segment {i}" for i in range(6)], n, p=[.3, .2, .2, .1, .1, .1])
sizes = rng.integers(2, 12, 50)
values = [np.array([f"value {j}" for j in range(k)]) for k in sizes]
table = pd.DataFrame({f"d{i}": known[rng.integers(0, len(known), n)] for i, known in enumerate(values)})
if CATEGORIES:
    table = table.astype("category")
if OURS:
    from segkit.segmentation import profile, rules
    people = pd.DataFrame({"customer_id": table.index, "group": segment})
    segmentation = rules.segment(people, {"model": "demographic", "by": "group"})
    def work():
        return profile.describe(table, segmentation, list(table))["statistic"].to_list()
else:
    segment = pd.Series(segment)
    def work():
        counts = [pd.crosstab(table[c], segment) for c in table]
        return [float(stats.chi2_contingency(one, correction=False).statistic) for one in counts]
import time
made = time.process_time()
first = work
def work():
    global made
    began, made = made, 0.0
    return [began, first()]
answer(work)
"""


def describe(rounds: int) -> None:
    """50 descriptors of 1,000,000 customers in 6 segments, one processor."""
    for categories in (False, True):
        both = [Side(name, sys.executable, DESCRIBED, threads=1, OURS=ours, CATEGORIES=categories)
                for name, ours in (("segkit", True), ("pandas.crosstab + SciPy", False))]
        first = []
        for side in both:
            side.ask()
            first.append(side.times[0][0] - side.found[0])
        for _ in range(rounds):
            for side in both:
                side.ask()
        for side in both:
            side.end()
        (_, ours), (_, theirs) = both[0].found, both[1].found
        assert max(abs(a / b - 1) for a, b in zip(ours, theirs, strict=True)) < 1e-9
        print(f"\n50 descriptors × 6 segments × 1,000,000 customers, {'categories' if categories else 'texts'} "
              f"(processor seconds; target 10 ×)")
        for name, own, other in (("first time in a process", *first), ("warm", both[0].warm[0], both[1].warm[0])):
            print(f"{name:<28}segkit {own:>7.2f}   pandas + SciPy {other:>7.2f}   {other / own:>6.1f} ×", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peers", help="Python of an environment with polars and openretailscience")
    chosen = parser.parse_args()
    describe(chosen.rounds)
    with tempfile.TemporaryDirectory(prefix="segkit-bench-") as folder:
        for n_lines in chosen.lines:
            measure(n_lines, chosen.rounds, chosen.threads, chosen.peers, Path(folder))


if __name__ == "__main__":
    main()
