"""Mangled files through the checks: no traceback, and rows in the source = rows used + rows set aside.

    python benchmarks/fuzz.py [inputs] [seconds]

A small table of purchases is written in each of eight formats, and bytes of it are changed, removed or repeated at
random. Each input has its own seed, so that one that fails can be made again by its number.
"""

import contextlib
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyreadstat

from segkit.data import tables
from segkit.words.errors import SegkitError

FORMATS = ("csv", "xlsx", "parquet", "jsonl", "sav", "dta", "sqlite", "duckdb")


def purchases() -> pd.DataFrame:
    """60 purchases, a refund and a test account among them."""
    n = 60
    return pd.DataFrame({"customer_id": [f"K{i % 9}" if i else "test" for i in range(n)],
                         "date": [f"2024-01-{1 + i % 28:02d}" for i in range(n)],
                         "amount": [5.25 * i - 20 for i in range(n)]})


def write(sales: pd.DataFrame, path: Path) -> None:
    """Purchases as a file; what a typed format cannot hold in one column is text in it."""
    if path.suffix in (".parquet", ".sav", ".dta", ".sqlite", ".duckdb"):
        for column in sales.columns[[t.kind == "O" for t in sales.dtypes]]:
            kinds = {
                type(v)
                for v in sales[column]
                if not (v is None or v is pd.NA or (isinstance(v, float) and np.isnan(v)))
            }
            if len(kinds) != 1 or path.suffix in (".sav", ".dta"):
                empty = "" if path.suffix in (".sav", ".dta") else None
                sales = sales.assign(**{column: [empty if pd.isna(v) else str(v) for v in sales[column]]})
            else:
                sales = sales.assign(**{column: sales[column].infer_objects()})
    match path.suffix:
        case ".csv":
            sales.to_csv(path, index=False)
        case ".xlsx":
            sales.to_excel(path, index=False)
        case ".parquet":
            sales.to_parquet(path, index=False)
        case ".jsonl":
            sales.to_json(path, orient="records", lines=True)
        case ".sav":
            pyreadstat.write_sav(sales, str(path))
        case ".dta":
            pyreadstat.write_dta(sales, str(path))
        case ".sqlite":
            with contextlib.closing(sqlite3.connect(path)) as made:
                sales.to_sql("sales", made, index=False)
        case ".duckdb":
            with duckdb.connect(path) as made:
                made.register("given", sales)
                made.execute("CREATE TABLE sales AS SELECT * FROM given")


def mangled(content: bytes, rng: np.random.Generator) -> bytes:
    """The bytes with a few changed, a part removed, or a part repeated."""
    made = bytearray(content)
    start, length = int(rng.integers(len(made))), int(rng.integers(1, 40))
    match rng.integers(4):
        case 0:
            del made[start:start + length]
        case 1:
            made[start:start] = made[start:start + length]
        case 2:
            del made[start:]
        case _:
            for at in rng.integers(len(made), size=length // 4 + 1):
                made[at] = int(rng.integers(256))
    return bytes(made)


def main() -> None:
    """Try the inputs, and count what became of them."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    until = time.monotonic() + (float(sys.argv[2]) if len(sys.argv) > 2 else float("inf"))
    told: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        good = {}
        for kind in FORMATS:
            path = Path(folder) / f"good.{kind}"
            write(purchases(), path)
            good[kind] = path.read_bytes()
        for number in range(wanted):
            if time.monotonic() > until:
                break
            rng = np.random.default_rng(number)
            kind = FORMATS[number % len(FORMATS)]
            path = Path(folder) / f"input-{number}.{kind}"
            path.write_bytes(mangled(good[kind], rng))
            try:
                made = tables.account(path, "transactions")
                there = int(made.table.count().execute())
                whole = made.n_rows == made.n_used + sum(made.set_aside.values()) and there == made.n_used
                told["used" if whole else "ROWS LOST"] += 1
                if not whole:
                    print(f"input {number} ({kind}): {made.n_rows} rows, {there} used, {made.set_aside}")
            except SegkitError:
                told["refused"] += 1
            except Exception:
                told["TRACEBACK"] += 1
                print(f"input {number} ({kind}): {traceback.format_exc().splitlines()[-1][:200]}")
            path.unlink(missing_ok=True)
    print(", ".join(f"{n} {what}" for what, n in sorted(told.items())), f"of {sum(told.values())}")


if __name__ == "__main__":
    main()
