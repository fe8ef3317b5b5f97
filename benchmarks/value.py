"""How long models of repeat buying take to fit: segkit against the Python package lifetimes 0.11.3, in turn.

Customers are the published CDNOW sample and simulated cohorts of 100,000 and 1,000,000 (BG/NBD with CDNOW's
parameters, first purchases over 26 weeks, 52 weeks in all, whole days). Every measurement is a process of its
own with one thread per library; it fits once to warm up and reports the CPU seconds of the best of the next
fits, input columns to parameters. lifetimes breaks on pandas 3 and has an environment of its own; where that
is absent only segkit is timed:

    uv venv --python 3.11 /tmp/lifetimes
    uv pip install --python /tmp/lifetimes/bin/python lifetimes==0.11.3 "pandas<3" "numpy<2" "scipy<1.15" "pyarrow<22"
    LIFETIMES_PYTHON=/tmp/lifetimes/bin/python .venv/bin/python benchmarks/value.py [rounds] [largest]

`largest` leaves out larger cohorts (1000000 by default). Beyond 10,000 customers lifetimes fits once, warmed
up on a few.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from segkit.data import open as sources
from segkit.lifecycle import value

PROJECT = Path(__file__).resolve().parent.parent
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
TARGET = 5
MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd", "gamma_gamma")
TIMED = """
def measured(fit, n):
    best = float("inf")
    for _ in range(n):
        began = time.process_time()
        found = fit()
        best = min(best, time.process_time() - began)
    return found, best
"""
OURS = """
import json, sys, time
import pandas as pd
from segkit.lifecycle import value
""" + TIMED + """
table, name, n = pd.read_csv(sys.argv[1]), sys.argv[2], int(sys.argv[3])
columns = [table[c] for c in ("frequency", "recency", "age")]
def fit():
    if name == "gamma_gamma":
        return value.fit(name, table["frequency"], monetary=table["monetary"])
    return value.fit(name, *columns)
fit()
found, best = measured(fit, max(n, 2))
print(json.dumps({"cpu": best, "params": list(found.params), "log_likelihood": found.log_likelihood}))
"""
THEIRS = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
""" + TIMED + """
table, name, n = pd.read_csv(sys.argv[1]), sys.argv[2], int(sys.argv[3])
kinds = {"bg_nbd": BetaGeoFitter, "mbg_nbd": ModifiedBetaGeoFitter, "pareto_nbd": ParetoNBDFitter,
         "gamma_gamma": GammaGammaFitter}
def fit(table=table):
    model = kinds[name]()
    if name == "gamma_gamma":
        kept = table[(table["frequency"] > 0) & (table["monetary"] > 0)]
        return model.fit(kept["frequency"], kept["monetary"])
    return model.fit(table["frequency"], table["recency"], table["age"])
fit(table.head(2357))
found, best = measured(fit, n)
print(json.dumps({"cpu": best, "params": list(found.params_.values)}))
"""


def published() -> pd.DataFrame:
    sample = sources.table("cdnow.transactions").semi_join(sources.table("cdnow.sample"), "customer_id")
    made = value.summarise(sample, calibration_end="1997-09-30")
    names = {"repeat_frequency": "frequency", "last_purchase_age": "recency", "customer_age": "age",
             "repeat_monetary": "monetary"}
    return made[list(names)].rename(columns=names)


def cohort(n: int, seed: int = 1) -> pd.DataFrame:
    """Customers simulated by a BG/NBD in whole days, with Gamma-Gamma amounts."""
    rng = np.random.default_rng(seed)
    age = rng.integers(26 * 7, 52 * 7, n) / 7
    rate, leaving = rng.gamma(0.243, 1 / 4.414, n), rng.beta(0.793, 2.426, n)
    x, recency, now, going = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    while going.any():
        now = now + rng.exponential(1 / np.maximum(rate, 1e-12))
        going &= now <= age
        day = np.ceil(now * 7) / 7
        new = going & (day > recency) & (day <= age)  # a day's purchases are one
        x, recency = x + new, np.where(new, day, recency)
        going &= rng.random(n) >= leaving
    bought = np.maximum(x, 1)
    spent = rng.gamma(6.25 * bought, 1 / (rng.gamma(3.74, 1 / 15.44, n) * bought)).round(2)
    return pd.DataFrame({"frequency": x, "recency": recency, "age": age, "monetary": np.where(x > 0, spent, 0)})


def run(python: str, code: str, *arguments: object) -> dict:
    told = subprocess.run([python, "-c", code, *map(str, arguments)], cwd=PROJECT, capture_output=True, text=True,
                          env={**os.environ, **THREADS, "PYTHONDONTWRITEBYTECODE": ""})
    if told.returncode:
        return {"error": (told.stderr.strip().splitlines() or ["ended without a word"])[-1]}
    return json.loads(told.stdout.splitlines()[-1])


def log_likelihood(name: str, table: pd.DataFrame, params: list[float]) -> float:
    """Their parameters judged by our likelihood: which fit is the better one?"""
    from segkit.lifecycle import estimation
    kept = table[(table["frequency"] > 0) & (table["monetary"] > 0)] if name == "gamma_gamma" else table
    columns = ("frequency", "monetary") if name == "gamma_gamma" else ("frequency", "recency", "age")
    rows = estimation.collapse([kept[c].to_numpy(dtype=float) for c in columns], np.ones(len(kept)))
    return value.MODELS[name].objective(rows)(np.array(params))[0]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    largest = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    theirs = os.environ.get("LIFETIMES_PYTHON", "")
    has = bool(theirs) and subprocess.run([theirs, "-c", "import lifetimes"], capture_output=True).returncode == 0
    if not has:
        print("skipped: lifetimes; set LIFETIMES_PYTHON, see the head of this file")
    tables = {"CDNOW, 2,357": published()}
    tables |= {f"simulated, {n:,}": cohort(n) for n in (100_000, 1_000_000) if n <= largest}
    with tempfile.TemporaryDirectory() as folder:
        for label, table in tables.items():
            table.to_csv(f"{folder}/table.csv", index=False)
            small = len(table) < 10_000
            for name in MODELS:
                ratios, told = [], ""
                for _ in range(rounds if small else 1):
                    own = run(sys.executable, OURS, f"{folder}/table.csv", name, 7 if small else 2)
                    if "error" in own:
                        sys.exit(own["error"])
                    told = f"segkit {own['cpu']:.4f} s CPU, log-likelihood {own['log_likelihood']:.4f}"
                    if not has:
                        continue
                    other = run(theirs, THEIRS, f"{folder}/table.csv", name, 3 if small else 1)
                    if "error" in other:
                        told += f"; lifetimes: {other['error']}"
                        continue
                    ratios.append(other["cpu"] / own["cpu"])
                    reached = log_likelihood(name, table, other["params"])
                    told += f"; lifetimes {other['cpu']:.3f} s CPU, log-likelihood {reached:.4f}"
                ratio = f": {statistics.median(ratios):.1f} times less CPU (target {TARGET})" if ratios else ""
                print(f"{label}, {name}{ratio}; {told}", flush=True)


if __name__ == "__main__":
    main()
