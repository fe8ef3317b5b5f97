"""An audience of ten nested conditions over purchase lines, against a query written by hand for DuckDB; and the export.

    .venv/bin/python benchmarks/audiences.py [--lines 10000000] [--rounds 3] [--memory 4GB] [--listed 1000000]

The lines are drawn for the measurement, twenty to a customer, and deleted after it. Both sides read the same Parquet
file in DuckDB and write the ids of the audience to a table, in turn, in rounds; the median of the ratios of processor
seconds counts, and both must give the same ids. The export writes a list of people as CSV, XLSX and Parquet.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd

from segkit.report import exports, list_files
from segkit.targeting import audiences

AS_OF = "2024-12-31"
RULE = {"who": {"all": [
    {"count": {"of": "purchases", "within_days": 180, "at_least": 3}},
    {"any": [
        {"sum": {"of": "purchases", "column": "amount", "where": {"product_type": ["p1", "p2"]}, "at_least": 60}},
        {"all": [{"count": {"of": "purchases", "where": {"product_type": "p3", "price": {"below": 20}}, "at_least": 2}},
                 {"days_since": {"of": "purchases", "where": {"product_type": "p3"}, "at_most": 200}}]}]},
    {"not": {"all": [{"first": {"of": "purchases", "is": {"channel": "store"}}},
                     {"count": {"of": "purchases", "where": {"channel": "online"}, "within_days": 365,
                                "at_most": 1}}]}},
    {"any": [{"days_since": {"of": "purchases", "which": "first", "at_least": 300}},
             {"sum": {"of": "purchases", "column": "amount", "from": "2024-06-01", "to": "2024-09-30", "above": 100}}]},
    {"last": {"of": "purchases", "is": {"price": {"at_least": 5}}}}]},
    "except": {"count": {"of": "purchases", "distinct": "product_type", "within_days": 90, "at_least": 7}}}
HAND = """
create or replace table hand as select customer_id from (
  select customer_id,
    count(*) filter (date >= date '2024-07-05') as a,
    coalesce(sum(round(amount * 100)::bigint) filter (product_type in ('p1', 'p2')), 0) as b,
    count(*) filter (product_type = 'p3' and price < 20) as c,
    max(date) filter (product_type = 'p3') as d,
    min(date) as e, min(date) filter (channel = 'store') as e_store,
    count(*) filter (channel = 'online' and date >= date '2024-01-02') as f,
    coalesce(sum(round(amount * 100)::bigint) filter (date between date '2024-06-01' and date '2024-09-30'), 0) as g,
    max(date) as h, max(date) filter (price >= 5) as h_price,
    count(distinct product_type) filter (date >= date '2024-10-03') as i
  from purchases where date <= date '2024-12-31' group by customer_id)
where a >= 3 and (b >= 6000 or (c >= 2 and d >= date '2024-12-31' - 200))
  and not (coalesce(e = e_store, false) and f <= 1) and (e <= date '2024-12-31' - 300 or g > 10000)
  and coalesce(h = h_price, false) and not i >= 7
"""


def lines(engine: ibis.BaseBackend, n: int, path: Path) -> None:
    """Purchase lines of n / 20 customers over two years, the same each time."""
    engine.raw_sql(f"""
        copy (select (hash(i) % {max(1, n // 20)})::integer as customer_id,
                     date '2023-01-01' + (hash(i + 1) % 731)::integer as date,
                     ((hash(i + 2) % 6000) / 100.0)::double as amount, (hash(i + 3) % 40 + 1)::integer as price,
                     'p' || (hash(i + 4) % 10) as product_type,
                     case when hash(i + 5) % 3 = 0 then 'online' else 'store' end as channel
              from range({n}) t(i)) to '{path}' (format parquet)""")


def measured(work) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="4GB", help="what DuckDB may hold")
    parser.add_argument("--listed", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.lines:
            compare(asked.lines, asked.rounds, asked.memory, Path(folder) / "lines.parquet")
    if asked.listed:
        export(asked.listed)


def compare(n: int, rounds: int, memory: str, path: Path) -> None:
    engine = ibis.duckdb.connect()
    engine.raw_sql(f"set threads = 2; set memory_limit = '{memory}'; set temp_directory = '{path.parent}'")
    lines(engine, n, path)
    purchases = engine.read_parquet(path, table_name="purchases")

    def kit() -> None:
        engine.create_table("kit", audiences.select({"purchases": purchases}, RULE, as_of=AS_OF), overwrite=True)

    ratios, of_cpu = [], []
    for _ in range(rounds):
        (own, own_cpu), (hand, hand_cpu) = measured(kit), measured(lambda: engine.raw_sql(HAND))
        ratios.append(own / hand)
        of_cpu.append(own_cpu / hand_cpu)
        print(f"{n:,} lines: segkit {own:.2f} s ({own_cpu:.2f} s of processor), "
              f"by hand {hand:.2f} s ({hand_cpu:.2f} s)")
    sizes = engine.raw_sql("select count(*), (select count(*) from hand) from kit semi join hand using (customer_id)"
                           ).fetchone()
    total = engine.raw_sql("select count(*) from kit").fetchone()[0]
    assert sizes == (total, total), (sizes, total)
    print(f"audience {total:,}; ratio of wall {statistics.median(ratios):.2f}, "
          f"of processor {statistics.median(of_cpu):.2f}")


def export(n: int) -> None:
    """Seconds to write a list of n people in each kind of file."""
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"customer_id": np.arange(n), "name": rng.choice(["Trần Lan", "=1+1", 'O"Brien', "An"], n),
                           "phone": [f"+849{i:08d}" for i in rng.integers(0, 10**8, n)],
                           "email": [f"person{i}@example.com" for i in range(n)]})
    study = SimpleNamespace(path=Path("x.yaml"), languages=("en",))
    for kind in list_files.KINDS:
        wall, cpu = measured(lambda kind=kind: list_files._written(study, kind, people, {}))
        print(f"{kind}: {n:,} people in {wall:.1f} s ({cpu:.1f} s of processor)")
    assert exports.csv(people.head(2))


if __name__ == "__main__":
    main()
