"""Shared by all tests: a copy of the project to work in, and small tables."""

import copy
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))  # before NumPy is there

import pandas as pd
import pytest

from segkit.words import labels

collect_ignore_glob = ["reference/*"]  # scripts that made the numbers, with software that is not installed here
PROJECT = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "html", ".*_cache", ".hypothesis")  # compiled code goes with it


STUDIES = ("cafe-brands-used", "cafe-guests", "cafe-positioning", "coffee-choice", "cdnow-customers", "cdnow-lifecycle",
           "coca-cola", "grocery-customers", "grocery-lifecycle", "grocery-segments", "grocery-audiences", "grocery-review",
           "grocery-target-market", "gym-members", "old-spice", "pepsi", "shop-audiences", "shop-lifecycle", "shop-target-market",
           "soft-drink-makers", "two-colas",
           "vietnamese-shop")
SWEEPS = ("test_browser.py", "test_chain.py", "test_crash.py", "test_unify.py", "test_invariants.py", "test_bad_tables.py",
          "test_bad_decisions.py", "test_audience_pages.py", "test_keys.py", "test_shortform.py")
"""What takes minutes: pages in Chromium, chains of studies, killed processes, odd files through to pages."""
BUILDING = ("test_cli.py", "test_chain.py", "test_survey_pages.py", "test_unify.py", "test_crash.py")


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


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A copy of the project without its own studies; the package in it is the one under test."""
    path = tmp_path_factory.mktemp("project") / "segkit"
    shutil.copytree(PROJECT, path, ignore=NOT_COPIED)
    for study in (path / "reports").glob("*.yaml"):
        if study.stem not in STUDIES:  # a reader's own
            study.unlink()
    kernel = path / "segkit" / "segmentation" / "kernel"
    named = "kernel_" + hashlib.sha1(str(kernel).encode()).hexdigest()  # as numba calls the folder of code kept for it
    for kept in (kernel / "__pycache__").glob("segkit-*/kernel_*"):
        kept.rename(kept.with_name(named))
    environment = path / ".venv"
    environment.mkdir()
    for part in Path(sys.prefix).iterdir():
        (environment / part.name).symlink_to(part)
    for stamp in (".ready", ".ready-dev"):  # the environment is there: make must not set it up again
        (environment / stamp).unlink(missing_ok=True)
        (environment / stamp).touch()
    return Project(path)


@pytest.fixture(autouse=True, scope="module")
def labels_of_the_module() -> None:
    """Labels that shared fixtures of one module give are not there for the next."""
    labels._given.clear()


@pytest.fixture(autouse=True)
def own_labels(monkeypatch) -> None:
    """Labels that one test gives are not there for the next."""
    monkeypatch.setattr(labels, "_given", copy.deepcopy(labels._given))


@pytest.fixture(scope="session")
def printed():
    """What reads the numbers of a page as they are printed: `tests/printed.py`."""
    found = spec_from_file_location("printed", PROJECT / "tests" / "printed.py")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


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


def _absent(why: str):
    """An engine is missing: a failure in continuous integration, where `.ci/run` installs it, a skip elsewhere."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """An Ibis connection to one local Spark of the whole test session (six seconds to start)."""
    import ibis

    if find_spec("pyspark") is None or shutil.which("java") is None:
        _absent("local Spark needs pip install 'segkit[spark]' and Java 17")
    from pyspark import sql

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR",
                "spark.sql.shuffle.partitions": "2", "spark.sql.session.timeZone": "UTC", "spark.driver.memory": "1g",
                "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC", "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark"))}
    session = sql.SparkSession.builder.master("local[1]").appName("segkit").config(map=settings).getOrCreate()
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.fixture(scope="session")
def postgres():
    """The URL of an empty PostgreSQL database of the whole test session, on this machine's own server."""
    installed = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")), shutil.which("initdb")]
    if installed[0] is None or find_spec("psycopg") is None:
        _absent("the tests of PostgreSQL need pip install 'segkit[postgres]' and its server: apt-get install postgresql")
    programs, root = Path(installed[0]).parent, getattr(os, "geteuid", lambda: 1)() == 0
    folder = Path(tempfile.mkdtemp(prefix="segkit-postgres-"))  # a socket's path must be short
    owner = {"user": _unprivileged(), "extra_groups": []} if root else {}  # it refuses to run as root
    if root:
        shutil.chown(folder, owner["user"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **owner}
    subprocess.run([programs / "initdb", "-D", folder / "db", "-U", "segkit", "--auth=trust", "--no-sync",
                    "--encoding=UTF8", "--locale=C"], check=True, **quiet)
    server = subprocess.Popen([programs / "postgres", "-D", folder / "db", "-k", folder, "-h", "127.0.0.1", "-p",
                               str(port), "-c", "fsync=off", "-c", "shared_buffers=16MB"], **quiet)
    url = f"postgres://segkit@127.0.0.1:{port}/postgres"
    try:
        _wait_for(url, server)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str:
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _wait_for(url: str, server: subprocess.Popen) -> None:
    import psycopg

    for _ in range(200):
        try:
            return psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert server.poll() is None, "PostgreSQL did not start"
            time.sleep(0.05)
    raise TimeoutError("PostgreSQL does not answer")


LONGEST = ("test_browser", "test_chain", "test_notebooks", "test_crash", "test_cli", "test_unify", "test_build", "test_bad_tables",
           "test_value_foresight", "test_invariants", "test_latent_class", "test_unify_spark", "test_runner", "test_keys",
           "test_databases", "test_stages", "test_profile", "test_docs", "test_medians")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """One more than there are processors: builds, browsers and databases are waited for."""
    return (os.cpu_count() or 1) + 1


class OwnLabels:
    """The example of a docstring starts without labels: not with those of a test's shared fixture or another example."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        if not isinstance(item, pytest.DoctestItem):
            return (yield)
        before = copy.deepcopy(labels._given)
        labels._given.clear()
        done = yield
        labels._given.clear()
        labels._given.update(before)
        return done


def pytest_configure(config: pytest.Config) -> None:
    """Hooks of a `conftest.py` are asked about tests below its folder; examples of docstrings lie beside it."""
    config.pluginmanager.register(OwnLabels())


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes long: Spark and `SWEEPS` as `sweep`, whatever builds pages or asks a server as `page`.

    The modules that take longest come first, so that no processor waits for the last one.
    """
    for item in items:
        needed = set(getattr(item, "fixturenames", ()))
        if "spark" in needed or item.path.name in SWEEPS:
            item.add_marker("sweep")
        if needed & {"project", "postgres", "by_hand"} or item.path.name in BUILDING:
            item.add_marker("page")
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
