"""What a build tells while it runs: bars on a terminal, a line per study in a log, JSON lines for programs.

The time left comes from the seconds each cell took in the study's last run, not from counting cells.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from segkit.report.build import Failure, Watcher
from segkit.words.secrets import printable


class Work:
    """The seconds of work that are left, from the seconds each step took last time."""

    def __init__(self, expected: dict[str, list[float]], jobs: int,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self.expected, self.jobs, self.clock = expected, jobs, clock
        self.steps = dict.fromkeys(expected, 0)
        self.since: dict[str, float] = {}
        self.finished: set[str] = set()

    def step(self, name: str, number: int) -> None:
        """A study's step has ended."""
        self.steps[name] = number + 1
        self.since[name] = self.clock()

    def share(self, name: str) -> float:
        """How much of a study's work is done, 0 to 1; the step it is at counts by its time so far."""
        if name in self.finished:
            return 1.0
        steps, n = self.expected[name], self.steps[name]
        seconds_done = sum(steps[:n])
        if n < len(steps) and name in self.since:
            seconds_done += min(steps[n], self.clock() - self.since[name])
        return seconds_done / (sum(steps) or 1.0)

    def left(self, name: str) -> float:
        """Seconds a study still takes once it runs."""
        return sum(self.expected[name]) * (1 - self.share(name))

    def all_left(self) -> float:
        """Seconds the build still takes: the work shared by the jobs, but no less than the longest study."""
        seconds_left = [self.left(name) for name in self.expected]
        return max(sum(seconds_left) / self.jobs, max(seconds_left, default=0.0))

    def all_share(self) -> float:
        """How much of all work is done, 0 to 1."""
        total = sum(map(sum, self.expected.values())) or 1.0
        return 1 - sum(self.left(name) for name in self.expected) / total


def _say(text: str, file: Any = None) -> None:
    """Print; what nobody reads any more (`| head`) is no reason to stop."""
    file = file or sys.stdout
    try:
        print(text, file=file, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())


class Lines(Watcher):
    """A line per study, for logs."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def started(self, expected: dict[str, list[float]], jobs: int) -> None:
        _say(printable(f"building {len(expected)}: {', '.join(expected)}"))

    def done(self, name: str, seconds: float, failure: Failure | None) -> None:
        _say(f"{time.monotonic() - self.began:6.1f} s  {name}  {'FAILED' if failure else 'built'} in {seconds:.1f} s")


class Events(Watcher):
    """A JSON object per line, for programs."""

    def __init__(self, file: Any) -> None:
        self.file, self.lock = file, threading.Lock()
        self.steps: dict[str, int] = {}

    def tell(self, event: str, **said: Any) -> None:
        """Write one line."""
        with self.lock:
            _say(json.dumps({"event": event, **said}), self.file)

    def started(self, expected: dict[str, list[float]], jobs: int) -> None:
        self.steps = {name: len(steps) - 2 for name, steps in expected.items()}
        self.tell("started", studies=list(expected), jobs=jobs,
                  seconds_expected=round(Work(expected, jobs).all_left(), 1))

    def step(self, name: str, number: int, seconds: float) -> None:
        if number:
            self.tell("cell", study=name, cell=number, cells=self.steps[name], seconds=round(seconds, 2))

    def done(self, name: str, seconds: float, failure: Failure | None) -> None:
        self.tell("failed" if failure else "built", study=name, seconds=seconds,
                  **(described(failure) if failure else {}))


def described(failure: Failure) -> dict[str, Any]:
    """A failure as plain data."""
    return {"report": failure.report, "cell": failure.cell, "log": str(failure.log) if failure.log else None}


class Bars(Watcher):
    """A bar for the whole build and one for each running study."""

    def __init__(self, display: Any) -> None:
        self.display, self.lock = display, threading.Lock()
        self.work = Work({}, 1)
        self.total: Any = None
        self.tasks: dict[str, Any] = {}

    def started(self, expected: dict[str, list[float]], jobs: int) -> None:
        with self.lock:
            self.work = Work(expected, jobs)
            width = max(len(name) for name in expected)
            if self.total is not None:  # studies that start from the segments of others come after these
                self.display.remove_task(self.total)
            self.total = self.display.add_task(f"{'all studies':{width}}", total=1.0, left="")
            self.width = width

    def step(self, name: str, number: int, seconds: float) -> None:
        with self.lock:
            self.work.step(name, number)
            if name not in self.tasks:
                self.tasks[name] = self.display.add_task(f"{name:{self.width}}", total=1.0, left="")

    def done(self, name: str, seconds: float, failure: Failure | None) -> None:
        with self.lock:
            self.work.finished.add(name)
            if name in self.tasks:
                self.display.remove_task(self.tasks.pop(name))
        self.display.console.print(f"{'FAILED' if failure else 'built ':6} {name}, {seconds:.1f} s", highlight=False,
                                   style="red" if failure else None)

    def refresh(self) -> None:
        """Move the bars to where the work is now."""
        with self.lock:
            if self.total is None:
                return
            time_left = _left(self.work.all_left()) if self.work.since else "starting"
            self.display.update(self.total, completed=self.work.all_share(), left=time_left)
            for name, task in self.tasks.items():
                self.display.update(task, completed=self.work.share(name), left=_left(self.work.left(name)))


def _left(seconds: float) -> str:
    rounded = round(seconds)
    if rounded < 1:
        return "nearly done"
    return f"{rounded} s left" if rounded < 90 else f"{round(seconds / 60)} min left"


@contextmanager
def shown(as_json: bool = False) -> Iterator[Watcher]:
    """JSON lines when asked for, bars on a terminal, lines elsewhere and in continuous integration."""
    if as_json:
        with _own_output() as file:
            yield Events(file)
    elif not sys.stdout.isatty() or os.environ.get("CI", "").lower() not in ("", "0", "false"):
        yield Lines()
    else:
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
                      TextColumn("{task.fields[left]}"), transient=True) as display:
            bars, over = Bars(display), threading.Event()

            def move() -> None:
                while not over.wait(0.2):
                    bars.refresh()

            mover = threading.Thread(target=move, daemon=True)
            mover.start()
            try:
                yield bars
            finally:
                over.set()
                mover.join()


@contextmanager
def _own_output() -> Iterator[Any]:
    """Standard output for the events alone: what else is printed, by a kernel's process too, goes to standard error."""
    sys.stdout.flush()
    try:
        number = sys.stdout.fileno()
        stdout_copy = os.dup(number)
    except (OSError, ValueError):  # not a file, as in some tests
        yield sys.stdout
        return
    os.dup2(sys.stderr.fileno(), number)
    try:
        with os.fdopen(stdout_copy, "w", encoding="utf-8", closefd=False) as file:
            yield file
    finally:
        os.dup2(stdout_copy, number)
        os.close(stdout_copy)
