"""Shared by all tests: a copy of the project to work in, and small tables."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

PROJECT = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "html", "__pycache__", ".*_cache", ".hypothesis")


STUDIES = ("cdnow-customers", "coca-cola", "grocery-customers", "grocery-segments", "grocery-target-market", "pepsi",
           "soft-drink-makers", "vietnamese-shop")


class Project:
    """A throw-away copy of the project, with the same environment."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess:
        """Run a command in the copy, on the copy's package."""
        env = {**os.environ, "PYTHONPATH": str(self.path), **environment}
        return subprocess.run(command, cwd=self.path, env=env, capture_output=True, text=True, timeout=300)

    def segkit(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run the command line on the copy."""
        return self.run(sys.executable, "-m", "segkit.cli", *arguments, **environment)

    def study(self, name: str, text: str) -> Path:
        """Write a study file."""
        path = self.path / "reports" / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    @property
    def pages(self) -> Path:
        return self.path / "reports" / "html"


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    """A copy of the project without its own studies; the package in it is the one under test."""
    path = tmp_path_factory.mktemp("project") / "segkit"
    shutil.copytree(PROJECT, path, ignore=NOT_COPIED)
    for study in (path / "reports").glob("*.yaml"):
        if study.stem not in STUDIES:  # a reader's own
            study.unlink()
    environment = path / ".venv"
    environment.mkdir()
    for part in Path(sys.prefix).iterdir():
        (environment / part.name).symlink_to(part)
    for stamp in (".ready", ".ready-dev"):  # the environment is there: make must not set it up again
        (environment / stamp).unlink(missing_ok=True)
        (environment / stamp).touch()
    return Project(path)


@pytest.fixture
def sales() -> pd.DataFrame:
    """Purchases of six customers over a year, three brands, with returns and a basket each."""
    rows = [(c, f"2024-{m:02d}-{5 + c:02d}", 10.0 * c + m, "ABC"[(c + m) % 3])
            for c in range(1, 7) for m in range(1, 13) if (c * m) % 4 != 1]
    table = pd.DataFrame(rows, columns=["customer_id", "date", "amount", "brand"])
    return table.assign(date=pd.to_datetime(table["date"]), basket_id=range(len(table)))


@pytest.fixture
def within():
    """A block that must end in a number of seconds."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("needs a POSIX timer")

    @contextmanager
    def limit(seconds):
        def stop(*_):
            raise TimeoutError(f"not done after {seconds} s")

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    return limit
