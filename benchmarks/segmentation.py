"""k-means and global stability against scikit-learn, how long the kernels take to come up, and memory.

Both sides run in turn on one thread, in rounds; processor seconds, the least of the rounds. scikit-learn's side of
global stability is a few pairs (resample, KMeans(n_init=10), predict, adjusted_rand_score), as seconds per pair.

    .venv/bin/python benchmarks/segmentation.py [rounds]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from segkit.data.samples import PROJECT
from segkit.segmentation.kernel import bootstrap, compiled
from segkit.segmentation.kernel.stream import seeds
from segkit.segmentation.partition import restarts
from segkit.segmentation.partition.preparation import prepare

MCDONALDS = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
START = """
import time, numpy as np, pandas as pd
from segkit.segmentation import kmeans, stability
clock = time.process_time()
import numba
loaded = time.process_time() - clock
X = pd.DataFrame(np.random.default_rng(0).integers(0, 2, (300, 6)), columns=list("abcdef"))
kmeans.segment(X, 3, n_starts=40, random_state=0)
stability.global_stability(X, [3], n_pairs=2, random_state=0)
print(loaded, time.process_time() - clock - loaded)
"""


MEMORY = """
import numpy as np, pandas as pd
from segkit.segmentation import kmeans
def told(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1]) * 1024 / 1e6
X = pd.DataFrame(np.random.default_rng(0).normal(size=(1_000_000, 10))).add_prefix("v")
kmeans.segment(X.head(500), 4, n_starts=2, random_state=1)
open("/proc/self/clear_refs", "w").write("5")
before = told("VmRSS")
kmeans.segment(X, 4, n_starts=4, random_state=1)
print(told("VmHWM") - before, X.memory_usage(index=False).sum() / 1e6)
"""


def data() -> dict[str, np.ndarray]:
    """What is measured on, by name."""
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.03, 0.97, (4, 11))
    answers = np.unique((rng.random((3000, 11)) < chance[rng.integers(0, 4, 3000)]).astype(float), axis=0)[:264]
    share = rng.dirichlet(np.full(264, 0.6))
    centres = rng.normal(3, 0.8, (5, 20))
    likert = np.clip(np.round(centres[rng.integers(0, 5, 1000)] + rng.normal(0, 1, (1000, 20))), 1, 5)
    groups = [rng.normal(size=(g, 10)) * 1.5 for g in (4, 8)]
    made = {"survey 1453 × 11": answers[np.r_[:264, rng.choice(264, 1453 - 264, p=share)]], "Likert 1000 × 20": likert}
    for centre in groups:
        made[f"{len(centre)} groups 100k × 10"] = (rng.normal(size=(100_000, 10))
                                                   + centre[rng.integers(0, len(centre), 100_000)])
    if MCDONALDS.exists():
        made["McDonald's 1453 × 11"] = (pd.read_csv(MCDONALDS).iloc[:, :11] == "Yes").to_numpy(float)
    return made


def cpu(action: Callable[[], object]) -> float:
    began = time.process_time()
    action()
    return time.process_time() - began


def compared(name: str, ours: Callable[[], object], theirs: Callable[[], object], per: tuple[int, int],
             target: float | None, rounds: int) -> None:
    goal = f"target {target:g} ×" if target else "no target set"
    ours()
    times = [(cpu(ours) / per[0], cpu(theirs) / per[1]) for _ in range(rounds)]
    own, other = (min(t) for t in zip(*times, strict=True))
    print(f"{name:<52}{own * 1e3:>10.3f} ms{other * 1e3:>12.2f} ms{other / own:>8.1f} ×   {goal}",
          flush=True)


def one_fit(X: np.ndarray, k: int, n_starts: int, rounds: int, name: str, target: float | None) -> None:
    prepared = prepare(pd.DataFrame(X), k, None, "none", n_starts)
    found = []
    restarts.ENOUGH_BEST, former = n_starts + 1, restarts.ENOUGH_BEST  # every start is made
    compared(f"k-means, {name}, k = {k}, {n_starts} starts",
             lambda: found.append(restarts.starts(restarts.ready(prepared), k, n_starts, 0)[1].min()),
             lambda: found.append(KMeans(k, n_init=n_starts, random_state=0).fit(X).inertia_), (1, 1), target, rounds)
    restarts.ENOUGH_BEST = former
    print(f"{'':>4}criterion {found[0]:.4f} against {found[-1]:.4f}")


def pairs(X: np.ndarray, k_values: range | list[int], n_pairs: int, n_theirs: int, rounds: int, name: str,
          target: float) -> None:
    rng = np.random.default_rng(1)
    prepared = prepare(pd.DataFrame(X), 2, None, "none", 1)
    stack = bootstrap.stack([(prepared.Z, prepared.mass, len(X))])
    k = np.repeat(k_values, n_pairs)
    streams = np.tile(seeds(0, n_pairs), len(k_values))

    def theirs() -> None:
        for one in k_values:
            for _ in range(n_theirs):
                fits = [KMeans(one, n_init=10, random_state=int(rng.integers(2**31))).fit(
                    X[rng.integers(0, len(X), len(X))]) for _ in range(2)]
                adjusted_rand_score(*[fit.predict(X) for fit in fits])

    compared(f"stability, {name}, k = {k_values[0]}…{k_values[-1]}, a pair",
             lambda: bootstrap.pairs(stack, 0, k, streams, 10, n_threads=1), theirs,
             (len(k), n_theirs * len(k_values)), target, rounds)


def memory() -> None:
    """Peak memory beyond the data of one fit of a million rows × 10, in a fresh process (Linux)."""
    told = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    extra, size = map(float, told.stdout.split())
    print(f"k-means, 1,000,000 × 10: {extra:.0f} MB beyond the {size:.0f} MB of the data   target {2 * size:.0f} MB",
          flush=True)


def starting() -> None:
    """Processor seconds to import Numba and for the first fits beyond, without and with kept code."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("compiled", "from kept code"):
            told = subprocess.run([sys.executable, "-c", START], env={**os.environ, "NUMBA_CACHE_DIR": folder},
                                  capture_output=True, text=True, check=True, cwd=Path(folder))
            loaded, beyond = map(float, told.stdout.split())
            print(f"first fits, {name}: {beyond:.2f} s beyond `import numba` ({loaded:.2f} s)", flush=True)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    compiled.threads = lambda: 1
    starting()
    if os.path.exists("/proc/self/clear_refs"):
        memory()
    print(f"{'':<52}{'segkit':>13}{'scikit-learn':>15}")
    sets = data()
    for name, X in sets.items():
        if len(X) < 100_000:
            for k in (4, 8):
                one_fit(X, k, 200, rounds, name, 30 if X.shape[1] == 11 else None)
            pairs(X, range(2, 9), 20, 1, rounds, name, 100 if X.shape[1] == 11 else 30)
        elif name.startswith("8"):
            one_fit(X, 8, 10, rounds, name, 2.5)
            pairs(X, [4], 3, 1, rounds, name, 6)
        else:
            pairs(X, [4], 3, 1, rounds, name, 6)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
