"""The progress of a build on a terminal; a line per study where there is none (CI, a log file)."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Lines:
    """A line per study, for logs."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def started(self, names: list[str]) -> None:
        if names:
            print(f"building {len(names)}: {', '.join(names)}", flush=True)

    def progress(self, name: str, n: int, total: int) -> None:
        pass

    def done(self, name: str, report: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {name}  {'FAILED' if report else 'built'}", flush=True)


class Bars:
    """A bar for the whole build and one for each running study."""

    def __init__(self, display: Any) -> None:
        self.display = display
        self.total: Any = None
        self.tasks: dict[str, Any] = {}
        self.lock = threading.Lock()

    def started(self, names: list[str]) -> None:
        if names:
            self.total = self.display.add_task("all studies", total=len(names))

    def progress(self, name: str, n: int, total: int) -> None:
        with self.lock:
            if name not in self.tasks:
                self.tasks[name] = self.display.add_task(f"  {name}", total=total)
            self.display.update(self.tasks[name], completed=n)

    def done(self, name: str, report: str) -> None:
        with self.lock:
            if name in self.tasks:
                self.display.remove_task(self.tasks.pop(name))
        self.display.console.print(f"{'failed' if report else 'built ':6} {name}", highlight=False)
        self.display.advance(self.total)


@contextmanager
def shown() -> Iterator[Lines | Bars]:
    """Bars on a terminal, lines elsewhere."""
    if not sys.stdout.isatty():
        yield Lines()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  TimeRemainingColumn(), transient=True) as display:
        yield Bars(display)
