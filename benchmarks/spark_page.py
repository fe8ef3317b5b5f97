"""A page on local Spark beside the same page in DuckDB, of the same Parquet file.

    python benchmarks/spark_page.py [million lines]

Prints seconds by the clock of each, processor time and memory with all processes they start (sampled twice a second,
shared pages counted once), and whether both pages say the same but for the source, versions and checksums.
"""

import re
import subprocess
import sys
import tempfile
import time
from difflib import unified_diff
from pathlib import Path

import duckdb
import psutil
from large_csv import make

from segkit.report import study

STUDY = """notebook: 01-customers
title: {{en: Large}}
languages: [en]
parameters:
  data: "{data}"
  columns: {{customer_id: customer, date: day, amount: amount, product_id: product}}
  customer_data: ""
  customer_columns: {{}}
"""


def built(data: str, output: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor time and peak GiB of a build."""
    yaml = study.REPORTS / "bench-spark.yaml"
    yaml.write_text(STUDY.format(data=data), encoding="utf-8")
    began, used, most = time.monotonic(), dict[int, float](), 0
    process = psutil.Popen([sys.executable, "-m", "segkit.cli", "build", "bench-spark", "--to", str(output)],
                           stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            memory = 0
            for one in (process, *process.children(recursive=True)):
                try:
                    used[one.pid] = sum(one.cpu_times()[:2])
                    memory += one.memory_full_info().pss
                except psutil.Error:  # it ended meanwhile; what it used until then is known
                    continue
            most = max(most, memory)
            time.sleep(0.5)
    finally:
        yaml.unlink()
    if process.returncode:
        raise RuntimeError(f"the build of {data} failed")
    return time.monotonic() - began, sum(used.values()), most / 1024**3


def words(page: Path) -> list[str]:
    """What a page says, a line for each text."""
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [line.strip() for line in re.sub(r"<[^>]+>", "\n", text).splitlines() if line.strip()]


def main() -> None:
    """Make the file, build both pages, print the figures and the lines that differ."""
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "lines").mkdir()
        make(folder / "lines.csv", int(millions * 1e6))
        duckdb.sql(f"COPY (SELECT * FROM read_csv('{folder}/lines.csv', header = true, columns = {{customer: "
                   f"'VARCHAR', day: 'TIMESTAMP', amount: 'DOUBLE', product: 'VARCHAR', brand: 'VARCHAR'}})) "
                   f"TO '{folder}/lines/part.parquet' (FORMAT PARQUET)")
        (folder / "lines.csv").unlink()
        for engine, data in (("Spark", f"spark:local#{folder}/lines/"), ("DuckDB", f"{folder}/lines/part.parquet")):
            seconds, processor, memory = built(data, folder / engine)
            print(f"{engine:7} {seconds:7.0f} s {processor:7.0f} CPU s {memory:6.1f} GiB", flush=True)
        pages = [words(folder / engine / "bench-spark.en.html") for engine in ("Spark", "DuckDB")]
        print(*unified_diff(*pages, lineterm="", n=0), sep="\n")


if __name__ == "__main__":
    main()
