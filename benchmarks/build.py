"""How long all reports take: segkit build against papermill and nbconvert from the shell, run in turn.

Both sides run the same notebooks with the same parameters on the same data, two at a time, one BLAS
thread each. Prints wall and processor seconds of each round and the median ratios.

    .venv/bin/python benchmarks/build.py [rounds]
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from segkit.report import runner, study

BIN = Path(sys.executable).parent
THREADS = {k: "1" for k in runner.environment() if k.endswith("_NUM_THREADS")}


def measured(command: list[str], cwd: Path) -> tuple[float, float]:
    """Wall and processor seconds of a command and all it starts."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    told = subprocess.run(command, cwd=cwd, env={**os.environ, **THREADS}, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if told.returncode:
        sys.exit(told.stdout + told.stderr)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def makefile(folder: Path) -> Path:
    """A Makefile that runs every study through papermill and nbconvert."""
    rules = []
    for name in study.names():
        found = study.load(name)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(found.parameters, allow_unicode=True), encoding="utf-8")
        rules.append(f"{name}.html: {name}.ipynb\n\t{BIN}/jupyter nbconvert --log-level ERROR --to html $<\n"
                     f"{name}.ipynb:\n\t{BIN}/papermill --no-progress-bar --log-level ERROR --cwd {study.PROJECT} "
                     f"-f {name}.yaml {found.notebook} $@\n")
    path = folder / "Makefile"
    path.write_text(f"all: {' '.join(f'{n}.html' for n in study.names())}\n" + "".join(rules), encoding="utf-8")
    return path


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ratios = []
    for n in range(1, rounds + 1):
        with tempfile.TemporaryDirectory() as shell, tempfile.TemporaryDirectory() as ours:
            makefile(Path(shell))
            theirs = measured(["make", "-s", "-j2"], Path(shell))
            own = measured([str(BIN / "segkit"), "build", "--force", "--jobs", "2", "--to", ours], study.PROJECT)
        ratios.append((theirs[0] / own[0], theirs[1] / own[1]))
        print(f"round {n}: shell {theirs[0]:.1f} s wall, {theirs[1]:.1f} s CPU; segkit {own[0]:.1f} s wall, "
              f"{own[1]:.1f} s CPU; ratios {ratios[-1][0]:.1f} and {ratios[-1][1]:.1f}", flush=True)
    wall, cpu = (statistics.median(r) for r in zip(*ratios, strict=True))
    print(f"median: segkit build takes 1/{wall:.1f} of the wall time and 1/{cpu:.1f} of the CPU time, in two languages")


if __name__ == "__main__":
    main()
