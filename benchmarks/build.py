"""How long all reports take: segkit build against papermill and nbconvert from the shell, run in turn.

All sides run the same notebooks with the same parameters on the same data, two at a time. The shell is measured
as a user calls it, and with one BLAS thread a process, which segkit sets by itself. Prints wall and processor
seconds of each round and the median ratios.

    .venv/bin/python benchmarks/build.py [rounds]
    .venv/bin/python benchmarks/build.py one [studies …]

The second form times each study built alone, as it is done and with the warm process.
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


def measured(command: list[str], cwd: Path, threads: dict[str, str]) -> tuple[float, float]:
    """Wall and processor seconds of a command and all it starts."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    told = subprocess.run(command, cwd=cwd, env={**os.environ, **threads}, capture_output=True, text=True)
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


def alone(names: list[str]) -> None:
    """Wall and processor seconds of a study built alone, with plain and with warm kernels, in three rounds."""
    for name in names:
        for n in range(1, 4):
            for kind in ("plain", "warm"):
                with tempfile.TemporaryDirectory() as pages:
                    wall, cpu = measured([str(BIN / "segkit"), "build", "--force", name, "--to", pages], study.PROJECT,
                                         {"SEGKIT_KERNELS": kind})
                print(f"{name}, round {n}, {kind}: {wall:.1f} s wall, {cpu:.1f} s CPU", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["one"]:
        return alone(sys.argv[2:] or ["grocery-customers", "coca-cola"])
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ratios: dict[str, list[tuple[float, float]]] = {"as it is": [], "one thread": []}
    for n in range(1, rounds + 1):
        theirs = {}
        for how, threads in (("as it is", {}), ("one thread", THREADS)):
            with tempfile.TemporaryDirectory() as shell:
                makefile(Path(shell))
                theirs[how] = measured(["make", "-s", "-j2"], Path(shell), threads)
        with tempfile.TemporaryDirectory() as ours:
            own = measured([str(BIN / "segkit"), "build", "--force", "--jobs", "2", "--to", ours], study.PROJECT, {})
        print(f"round {n}: segkit {own[0]:.1f} s wall, {own[1]:.1f} s CPU", end="")
        for how, (wall, cpu) in theirs.items():
            ratios[how].append((wall / own[0], cpu / own[1]))
            print(f"; shell, {how}, {wall:.1f} s wall, {cpu:.1f} s CPU", end="")
        print(flush=True)
    for how, found in ratios.items():
        wall, cpu = (statistics.median(r) for r in zip(*found, strict=True))
        print(f"median against the shell, {how}: 1/{wall:.1f} of the wall time (target 1/6), "
              f"1/{cpu:.1f} of the CPU time (target 1/5), in two languages")


if __name__ == "__main__":
    main()
