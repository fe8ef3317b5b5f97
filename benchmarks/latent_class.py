"""How long latent class analysis takes: segkit against StepMix, same data and number of starts, run in turn.

Every run is a process of its own with one thread per library. The time is of the fit, after one small fit
that warms both sides up; what the first fit costs (import, compiled code from the cache, and compiling it
without a cache) is told separately. StepMix is not needed by segkit; without it only segkit is timed:

    uv venv /tmp/stepmix && uv pip install --python /tmp/stepmix/bin/python stepmix
    .venv/bin/python benchmarks/latent_class.py [rounds] [/tmp/stepmix/bin/python]
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

PROJECT = Path(__file__).resolve().parent.parent
MCDONALDS = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
TARGET = 100
OURS = """
import json, sys, time
began, cpu = time.perf_counter(), time.process_time()
import numpy as np, pandas as pd
from segkit.segmentation import latent_class
imported = time.perf_counter()
small = pd.DataFrame({"a": [0, 1] * 9, "b": [0, 0, 1] * 6})
latent_class.segment(small, 2, n_starts=1, random_state=1)
first = time.perf_counter() - imported
X = np.load(sys.argv[1])
X = pd.DataFrame(X, columns=[f"q{j}" for j in range(X.shape[1])])
cpu, wall = time.process_time(), time.perf_counter()
found = latent_class.segment(X, int(sys.argv[2]), n_starts=int(sys.argv[3]), random_state=int(sys.argv[4]))
found = found.summary.iloc[0]
print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "first": first,
                  "log_likelihood": found["log_likelihood"], "n_starts": int(found["n_starts"])}))
"""
THEIRS = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from stepmix.stepmix import StepMix
def fit(X, k, n, seed):
    return StepMix(n_components=k, measurement="binary", n_init=n, max_iter=1000, random_state=seed, verbose=0,
                   progress_bar=0).fit(X)
fit(np.eye(6, dtype=int), 2, 1, 1)
X = np.load(sys.argv[1])
cpu, wall = time.process_time(), time.perf_counter()
found = fit(X, int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall,
                  "log_likelihood": found.score(X) * len(X)}))
"""


def data() -> dict[str, tuple[np.ndarray, int, int]]:
    """Yes/no answers, number of classes, starts."""
    rng = np.random.default_rng(1)
    chance = rng.uniform(0.1, 0.9, (5, 15))
    large = (rng.random((50_000, 15)) < chance[rng.integers(0, 5, 50_000)]).astype(int)
    if MCDONALDS.exists():
        small = (pd.read_csv(MCDONALDS).iloc[:, :11] == "Yes").astype(int).to_numpy()
    else:
        small = large[:1453, :11]
    return {"1453 × 11, k = 4, 20 starts": (small, 4, 20), "50,000 × 15, k = 5, 20 starts": (large, 5, 20)}


def run(python: str, code: str, *arguments: object, **environment: str) -> dict[str, float]:
    told = subprocess.run([python, "-c", code, *map(str, arguments)], cwd=PROJECT, capture_output=True, text=True,
                          env={**os.environ, **THREADS, "PYTHONDONTWRITEBYTECODE": "", **environment})
    if told.returncode:
        sys.exit(told.stderr)
    return json.loads(told.stdout.splitlines()[-1])


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    theirs = sys.argv[2] if len(sys.argv) > 2 else sys.executable
    has = subprocess.run([theirs, "-c", "import stepmix"], capture_output=True).returncode == 0
    if not has:
        print(f"StepMix is not installed for {theirs}; how to install it stands at the head of this file")
    for name, (X, k, n_starts) in data().items():
        with tempfile.TemporaryDirectory() as folder:
            np.save(f"{folder}/X.npy", X)
            measured = []
            for n in range(1, rounds + 1):
                own = run(sys.executable, OURS, f"{folder}/X.npy", k, n_starts, n)
                line = f"{name}, round {n}: segkit {own['cpu']:.3f} s CPU, {own['wall']:.3f} s wall"
                if has:
                    other = run(theirs, THEIRS, f"{folder}/X.npy", k, n_starts, n)
                    measured.append((other["cpu"] / own["cpu"], other["wall"] / own["wall"]))
                    line += (f"; StepMix {other['cpu']:.2f} s CPU, {other['wall']:.2f} s wall; log-likelihoods "
                             f"{own['log_likelihood']:.4f}, {other['log_likelihood']:.4f}")
                print(line, flush=True)
            if measured:
                cpu, wall = (statistics.median(m) for m in zip(*measured, strict=True))
                print(f"{name}: {cpu:.0f} times less CPU, {wall:.0f} times less wall (target {TARGET})")
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/X.npy", np.eye(6, dtype=int))
        cold, warm = (run(sys.executable, OURS, f"{folder}/X.npy", 2, 1, 1, NUMBA_CACHE_DIR=folder) for _ in range(2))
    print(f"first fit of a process: {warm['first']:.2f} s from the cache, {cold['first']:.2f} s where nothing is "
          "compiled yet, numba's import included")


if __name__ == "__main__":
    main()
