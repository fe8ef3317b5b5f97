"""A large CSV of purchases, from `segkit new` to the pages, beside a DuckDB script written by hand.

    python benchmarks/large_csv.py [million lines] [folder] [notebook …]

The file (customer, day, amount, product, brand; a customer to 20 lines) is made first, always the same, which is not
measured; it is removed afterwards, and so is every typed table. The script, which reads the file typed and groups it
to purchase occasions, customers and months, runs before each step, so that a busy machine slows both. For each step:
seconds, seconds of processor time, peak memory of its largest process, and seconds of processor time by those of the
script before it.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from segkit.data.readers import kept
from segkit.report import study

DAYS = 1096
NOTEBOOKS = ("01-customers", "02-segmentation", "06-lifecycle")
SCRIPT = """
import sys, duckdb
con = duckdb.connect()
con.execute("SET memory_limit = '4GiB'")
con.execute(f'''CREATE TABLE t AS SELECT * FROM read_csv('{sys.argv[1]}', header = true, columns = {{
    customer: 'VARCHAR', day: 'TIMESTAMP', amount: 'DOUBLE', product: 'VARCHAR', brand: 'VARCHAR'}})''')
con.execute('''CREATE TABLE occasion AS SELECT customer, day, sum(CAST(round(amount * 100) AS BIGINT)) AS cents
    FROM t GROUP BY ALL''')
people = con.execute('''SELECT customer, max(day), min(day), count(*), sum(cents) FROM occasion WHERE cents >= 0
    GROUP BY customer ORDER BY customer''').df()
months = con.execute('''SELECT date_trunc('month', day) AS month, sum(cents), count(*), count(DISTINCT customer)
    FROM occasion GROUP BY month ORDER BY month''').df()
print(len(people), len(months))
"""


def make(path: Path, n: int) -> None:
    """Write `n` purchases of three years by n / 20 customers, who come, buy at rates of their own, and are lost."""
    rng = np.random.default_rng(14)
    n_customers = max(n // 20, 10)
    first = rng.integers(0, DAYS - 30, n_customers)
    life = np.minimum(rng.exponential(300 / rng.gamma(2, 0.5, n_customers)), DAYS - first)
    often = np.cumsum(rng.gamma(0.7, size=n_customers) * life + 1e-3)
    often /= often[-1]
    options = pc.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write(b"customer,day,amount,product,brand\n")
        for at in range(0, n, 1_000_000):
            size = min(1_000_000, n - at)
            customer = np.minimum(np.searchsorted(often, rng.random(size)), n_customers - 1)
            day = first[customer] + (rng.random(size) * life[customer]).astype(int)
            pc.write_csv(pa.table({
                "customer": np.char.add("C", customer.astype("U8")),
                "day": np.datetime64("2022-01-01") + day.astype("timedelta64[D]"),
                "amount": np.round(np.exp(rng.normal(2.8, 0.8, size)), 2),
                "product": np.char.add("P", rng.integers(0, 5000, size).astype("U4")),
                "brand": np.array([f"B{i:02}" for i in range(12)])[np.minimum(rng.geometric(0.25, size), 12) - 1],
            }), file, options)


def measured(command: list[str]) -> tuple[float, float, float]:
    """Seconds, seconds of processor time and peak GiB of a command and all it starts.

    Raises
    ------
    RuntimeError
        When it fails.
    """
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command[:6])}: {said.read()[-2000:]}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024**2


def steps(path: Path, notebooks: list[str], output: Path) -> dict[str, tuple[list[str], str]]:
    """Step → its command and what is written to its study first."""
    segkit = [sys.executable, "-m", "segkit.cli"]
    found = {"new": ([*segkit, "new", "bench-large", "--data", str(path)], ""),
             "check after new": ([*segkit, "check", "bench-large"], ""),
             "check of a file not seen before": ([*segkit, "check", "bench-large"], "")}
    for notebook in notebooks:
        known = "" if notebook == "06-lifecycle" else '  customer_data: ""\n  customer_columns: {}\n'
        text = (f"notebook: {notebook}\ntitle: {{en: Large, vi: Lớn}}\nlanguages: [en, vi]\nparameters:\n"
                f"  data: {path}\n  columns: {{customer_id: customer, date: day, amount: amount, "
                f"product_id: product}}\n{known}")
        build_it = [*segkit, "build", "bench-large", "--to", str(output)]
        found[f"page {notebook}"] = (build_it, text)
        if notebook == "01-customers":
            found["page 01-customers, another top_share"] = (build_it, text + "  top_share: 0.1\n")
    return found


def main() -> None:
    """Make the file, go through the steps, print the table."""
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.gettempdir())
    path, yaml = folder / "segkit-large.csv", study.REPORTS / "bench-large.yaml"
    output = Path(tempfile.mkdtemp(dir=folder))
    began = time.process_time()
    sum(i for i in range(10**7))
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, "
          f"{time.strftime('%Y-%m-%d')}; a sum of ten million numbers in Python: {time.process_time() - began:.2f} s")
    try:
        make(path, int(millions * 1e6))
        print(f"{path.stat().st_size / 1e6:.0f} MB, {millions:g} million lines\n")
        print(f"{'step':38} {'seconds':>8} {'CPU s':>7} {'GiB':>5} {'script: s':>10} {'CPU s':>6} {'ratio':>6}")
        for name, (command, text) in steps(path, sys.argv[3:] or list(NOTEBOOKS), output).items():
            if name == "new" or "not seen" in name:
                shutil.rmtree(kept.FOLDER, ignore_errors=True)
            if text:
                yaml.write_text(text, encoding="utf-8")
            script = measured([sys.executable, "-c", SCRIPT, str(path)])
            step = measured(command)
            print(f"{name:38} {step[0]:8.1f} {step[1]:7.1f} {step[2]:5.2f} {script[0]:10.1f} {script[1]:6.1f} "
                  f"{step[1] / script[1]:6.1f}", flush=True)
    finally:
        for file in (path, yaml):
            file.unlink(missing_ok=True)
        for made in (output, kept.FOLDER):
            shutil.rmtree(made, ignore_errors=True)


if __name__ == "__main__":
    main()
