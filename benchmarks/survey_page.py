"""The page of a survey: processor seconds and wall seconds of a build, simulated answers.

    .venv/bin/python benchmarks/survey_page.py [--rows 1453] [--mixed]

A survey of eleven yes/no items with age, gender and visits, four groups; or with `--mixed` twenty variables, numbers,
ratings and categories, some left open, by latent classes. Seeds are fixed; the file and the pages are deleted after it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from segkit.report import study


def survey(n: int) -> pd.DataFrame:
    """Eleven items, three descriptors."""
    rng = np.random.default_rng(7)
    kind = rng.choice(4, n, p=[0.35, 0.3, 0.2, 0.15])
    yes = rng.random((n, 11)) < rng.uniform(0.1, 0.9, (4, 11))[kind]
    made = pd.DataFrame(np.where(yes, "yes", "no"), columns=[f"item{j}" for j in range(1, 12)])
    return made.assign(age=np.clip(np.round(rng.normal(40 + 5 * kind, 12)), 18, 80).astype(int),
                       gender=np.where(rng.random(n) < 0.4 + 0.1 * kind, "f", "m"),
                       visits=rng.choice(["never", "monthly", "weekly"], n))


def mixed(n: int) -> pd.DataFrame:
    """Eight categories, six ratings and six amounts, each left open by 2 % of the people."""
    rng = np.random.default_rng(8)
    kind = rng.integers(0, 4, n)
    made = {f"kind{j}": np.array(list("abcd"))[(kind * (rng.random(n) < 0.6) + rng.integers(0, 2, n)) % 4]
            for j in range(8)}
    made |= {f"rating{j}": np.clip(np.round(rng.normal(1.5 + (kind + j) % 4, 1, n)), 1, 5) for j in range(6)}
    made |= {f"amount{j}": np.round(rng.lognormal(2 + 0.5 * ((kind * (j + 1)) % 4), 0.5, n), 2) for j in range(6)}
    table = pd.DataFrame(made)
    return table.mask(pd.DataFrame(rng.random(table.shape) < 0.02, columns=table.columns))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1453)
    parser.add_argument("--mixed", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        table = (mixed if asked.mixed else survey)(asked.rows)
        table.insert(0, "person", np.arange(len(table)) + 1)
        table.to_csv(folder / "survey.csv", index=False)
        forming = [c for c in table if c not in ("person", "age", "gender", "visits")]
        path = study.REPORTS / f"benchmark-{os.getpid()}.yaml"
        path.write_text(yaml.safe_dump({
            "notebook": "07-survey", "title": "Benchmark", "languages": ["en", "vi"], "parameters": {
                "data": str(folder / "survey.csv"), "columns": {"respondent_id": "person"}, "variables": forming,
                **({"method": "latent-class"} if asked.mixed else {})}}), encoding="utf-8")
        try:
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "segkit.cli", "build", path.stem, "--to", str(folder / "pages")],
                           check=True, stdout=subprocess.DEVNULL)
            wall = time.perf_counter() - began
        finally:
            path.unlink()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{asked.rows:,} rows: {wall:.1f} s wall, {used.ru_utime + used.ru_stime:.1f} s of processor, "
          f"{used.ru_maxrss / 1024:.0f} MiB at most in one process")


if __name__ == "__main__":
    main()
