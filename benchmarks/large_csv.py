"""A large CSV through the door: seconds of processor and wall time, peak memory, and what was spilled.

    python benchmarks/large_csv.py [gigabytes] [folder]

The file is made first (not measured), in Vietnamese, with days written day first and decimal commas, and removed
afterwards. `SEGKIT_MEMORY` limits DuckDB's memory.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from segkit.data import engines, tables

BYTES_PER_ROW = 42


def make(path: Path, gigabytes: float) -> None:
    """Write purchases of 1.5 million customers over three years."""
    n = int(gigabytes * 1e9 / BYTES_PER_ROW)
    duckdb.connect().execute(f"""
        COPY (SELECT 'KH' || (range * 7919 % 1500000) AS "mã khách",
                     strftime(DATE '2022-01-01' + CAST(range * 104729 % 1095 AS INTEGER), '%d/%m/%Y') AS "ngày",
                     (range * 31 % 900 + 10) || ',' || (range % 10) || '0' AS "số tiền",
                     'Cửa hàng ' || (range % 40) AS "nơi mua"
              FROM range({n})) TO '{path}' (HEADER, DELIMITER ';', QUOTE '')""")


def main() -> None:
    """Make the file, load it, count its customers."""
    gigabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.gettempdir())
    path = folder / f"segkit-large-{os.getpid()}.csv"
    try:
        make(path, gigabytes)
        size, cpu, wall = path.stat().st_size, time.process_time(), time.monotonic()
        columns = {"customer_id": "mã khách", "date": "ngày", "amount": "số tiền"}
        made = tables.account(path, "transactions", columns)
        opened = time.process_time() - cpu, time.monotonic() - wall
        n = made.table.customer_id.nunique().execute()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(f"{size / 1e9:.2f} GB, {made.n_rows:,} rows, {n:,} customers, {made.set_aside or 'none set aside'}")
        print(f"opened and checked in {opened[0]:.0f} s of processor time, {opened[1]:.0f} s; with the count "
              f"{time.process_time() - cpu:.0f} s, {time.monotonic() - wall:.0f} s")
        print(f"peak memory {peak:.2f} GiB; DuckDB's limit {engines._memory_limit()}")
    finally:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
