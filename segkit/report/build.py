"""Build the reports: only what depends on a change runs, and every page on disk is whole.

A study's pages depend on its file, its notebook, its data, the package and the versions. The digest of all
of these stands beside the pages; when it is the same, nothing runs.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
import traceback
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segkit.data import samples
from segkit.report import build_state, chain, fingerprint, notebook
from segkit.report import study as studies
from segkit.report.build_state import state
from segkit.report.study import Study
from segkit.words.errors import Fault, SegkitError, StudyError

__all__ = ["OUTPUT", "Failure", "Outcome", "build", "commit", "state"]

OUTPUT = studies.REPORTS / "html"
_START, _CELL, _PAGES = 0.5, 0.1, 0.2
"""Seconds of a study that never ran, to start with: its kernel, each cell, its pages."""


@dataclass
class Failure:
    """Why a study was not built: the readable report, the cell it stopped at, the file with the traceback."""

    report: str
    cell: int | None = None
    log: Path | None = None

    def __str__(self) -> str:
        return f"{self.report}\n  the traceback is in {self.log}" if self.log else self.report


@dataclass
class Outcome:
    """What a build did; `seconds` of each study that ran."""

    built: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: dict[str, Failure] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    index: Path | None = None
    changed: dict[str, list[str]] = field(default_factory=dict)
    """Studies that were built while some of their files changed, and which files."""


class Watcher:
    """Is told how a build goes; this one keeps quiet."""

    def started(self, expected: dict[str, list[float]], jobs: int) -> None:
        """The studies that will run, each with the seconds its steps took last time: kernel, cells, pages."""

    def step(self, name: str, number: int, seconds: float) -> None:
        """A step of a study is done."""

    def done(self, name: str, seconds: float, failure: Failure | None) -> None:
        """A study is built, or failed."""

    def tell(self, event: str, **said: Any) -> None:
        """Something happened that programs are told of."""


def commit() -> str:
    """The project's commit, with "+" when the tree differs from it; "" outside git."""
    try:
        process = subprocess.run(["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--match="],
                                 cwd=samples.PROJECT, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return process.stdout.strip()


def build(names: list[str] | None = None, output: Path = OUTPUT, force: bool = False, jobs: int | None = None,
          watcher: Watcher | None = None) -> Outcome:
    """Build studies and the index.

    Parameters
    ----------
    names : studies to build; all by default.
    output : folder of the pages.
    force : run even what has not changed.
    jobs : studies run at once; as many as there are processors by default.
    watcher : is told how it goes.

    Returns
    -------
    Outcome. A study that fails leaves its former pages as they were; the others go on.

    Raises
    ------
    FolderError
        When the folder cannot be written to.
    """
    with build_state.held(output):
        return _build(names, output, force, jobs or os.cpu_count() or 1, watcher or Watcher())


def _build(names: list[str] | None, output: Path, force: bool, jobs: int, watcher: Watcher) -> Outcome:
    outcome = Outcome()
    digests = fingerprint.Digests(build_state.known_digests(output))
    code, taken = fingerprint.code(digests), dict[str, Path]()
    wanted = studies.names() if names is None else list(map(str, names))
    for wave in chain.waves(wanted):
        _build_wave(wave, output, wanted if force else [], jobs, watcher, outcome, digests, code, taken)
    if names is None:
        build_state.sweep(output, studies.names())
    outcome.index = _index(output)
    return outcome


def _build_wave(names: list[str], output: Path, forced: list[str], jobs: int, watcher: Watcher, outcome: Outcome,
                digests: fingerprint.Digests, code: str, taken: dict[str, Path]) -> None:
    """Build studies that start from the segments of none of each other."""
    wanted: dict[str, tuple[Study, str]] = {}
    for name in names:
        try:
            study = studies.load(name)
            _check_name(study, taken)
        except SegkitError as error:
            outcome.failed[str(name)] = _refused(error, name, output)
            continue
        try:
            chain.check_source(study, output / build_state.STATE, outcome.failed)
            key = fingerprint.key(study, code, digests, output / build_state.STATE)
        except (SegkitError, OSError) as error:
            outcome.failed[study.name] = _failure(error, study.name, output)
            continue
        if name not in forced and state(output, study.name).get("key") == key:
            build_state.succeeded(output, study.name)  # a change that failed was taken back
            if study.name not in outcome.unchanged:
                outcome.unchanged.append(study.name)
        else:
            wanted[study.name] = study, key
    build_state.keep_digests(output, digests.known)
    if wanted:
        _run(wanted, output, min(jobs, len(wanted)), watcher, outcome, digests)


def _check_name(study: Study, taken: dict[str, Path]) -> None:
    """Pages have the names of their studies: no study may write over another's pages, or over the index."""
    if _folded(study.name) == "index":
        raise StudyError([Fault(study.path.name, "has the name of the index page", "rename the file")])
    owners = {_folded(name): studies.REPORTS / f"{name}.yaml" for name in reversed(studies.names())}
    owner = owners.get(_folded(study.name)) or taken.setdefault(_folded(study.name), study.path)
    if owner.resolve() != study.path.resolve():
        raise StudyError([Fault(str(study.path), f"would write the pages of {owner}: their names are the same but for "
                                "upper and lower case", "rename one of the two files")])


def _folded(name: str) -> str:
    """A name as the most forgiving file system takes it."""
    return unicodedata.normalize("NFC", name).casefold()


class _Turn:
    """A study's turn to run cells, of as many as run at once; `waited` are the seconds until it came."""

    def __init__(self, places: threading.Semaphore) -> None:
        self.places, self.waited = places, 0.0

    def __enter__(self) -> None:
        began = time.monotonic()
        self.places.acquire()
        self.waited = time.monotonic() - began

    def __exit__(self, *_: object) -> None:
        self.places.release()


def _run(wanted: dict[str, tuple[Study, str]], output: Path, jobs: int, watcher: Watcher, outcome: Outcome,
         digests: fingerprint.Digests) -> None:
    from segkit.report import runner

    runner.prepare(jobs, several=len(wanted) > 1)
    expected = {name: _expected(study, build_state.cells(output, name)) for name, (study, _) in wanted.items()}
    watcher.started(expected, jobs)
    from segkit.report import page

    commit_id = commit()
    runner.ready()
    pool = ThreadPoolExecutor(max_workers=jobs + 1)  # one more starts its kernel and waits
    places = threading.Semaphore(jobs)
    began: dict[str, float] = {}
    turns: dict[str, _Turn] = {}

    def one(study: Study, now: str) -> None:
        began[study.name] = time.monotonic()
        turns[study.name] = turn = _Turn(places)
        provenance = page.Provenance(commit_id, {}, fingerprint.files(study, digests, output / build_state.STATE))
        changed = _one(study, now, output, provenance, turn, digests,
                       lambda number, seconds: watcher.step(study.name, number, seconds))
        if changed:
            outcome.changed[study.name] = changed

    try:  # the longest first: no core waits at the end
        order = sorted(wanted, key=lambda name: -sum(expected[name]))
        running = {pool.submit(one, *wanted[name]): name for name in order}
        for future in as_completed(running):
            name = running[future]
            try:
                future.result()
            except Exception as error:
                outcome.failed[name] = _failure(error, name, output)
            else:
                outcome.built.append(name)
            outcome.seconds[name] = round(time.monotonic() - began[name] - turns[name].waited, 2)
            watcher.done(name, outcome.seconds[name], outcome.failed.get(name))
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        runner.stop()
        _index(output)
        raise
    pool.shutdown()


def _expected(study: Study, before: list[float]) -> list[float]:
    """Seconds of each step of a study: those of its last run, spread evenly when the notebook has changed."""
    cells = len(notebook.read(study.notebook)["cells"]) + bool(study.parameters)
    if len(before) == cells + 2:
        return before
    return [sum(before) / (cells + 2)] * (cells + 2) if before else [_START, *[_CELL] * cells, _PAGES]


def _one(study: Study, now: str, output: Path, made: Any, turn: _Turn, digests: fingerprint.Digests,
         step: Callable[[int, float], None]) -> list[str]:
    """Build a study; gives the files that changed meanwhile. Its pages then say so, and are built again next time."""
    from segkit.report import exports, judgement, packages, page, people, runner
    from segkit.words import language

    began = time.monotonic()
    steps: list[float] = []

    def told(number: int, seconds: float) -> None:
        if number == 0:  # also when the notebook runs once more
            steps.clear()
        if not steps:
            steps.append(max(0.0, time.monotonic() - began - turn.waited - seconds))
            step(0, steps[0])
        steps.append(seconds)
        step(number + 1, seconds)

    if faults := [f for f in map(language.fault, study.languages) if f]:
        raise StudyError(faults, study.name)
    executed = runner.run(study, told, turn, output / build_state.STATE)
    kept, lists = chain.take(executed), chain.take_lists(executed)
    made = replace(made, versions=packages.versions(study.notebook, executed))
    executed = judgement.applied(executed, study.checks)
    if not study.show_people:
        executed = people.guarded(executed)
    ended = time.monotonic()
    after = fingerprint.files(study, digests, output / build_state.STATE)
    changed = sorted({name for name, _ in set(made.files) ^ set(after)})
    if changed:
        made = replace(made, files=tuple((name, "" if name in changed else digest) for name, digest in after))
    files = exports.files(study, executed, kept, lists)
    pages = {page.file_name(study.name, code): page.write(study, executed, code, made, list(files))
             for code in study.languages}
    currency = str(study.values.get("currency") or "")
    study_state = {"key": "" if changed else now, "name": study.name, "notebook": study.notebook.stem,
                   "title": study.title, "languages": list(study.languages), "statuses": page.statuses(executed),
                   "picture": page.thumbnails(executed),
                   "decision": {code: page.recommendation(executed, code, currency) for code in study.languages},
                   "findings": {code: page.findings(executed, code, currency) for code in study.languages}}
    build_state.keep(output, study.name, pages, study_state, [*steps, time.monotonic() - ended], kept, files)
    return changed


def _refused(error: SegkitError, name: str, output: Path) -> Failure:
    """The failure of a study whose file is at fault; noted where there are pages from before."""
    has_pages = name in studies.names() and (output / build_state.STATE / f"{name}.json").is_file()
    return _failure(error, name, output) if has_pages else Failure(str(error))


def _failure(error: Exception, name: str, output: Path) -> Failure:
    """The failure of a study, noted beside its pages."""
    trace = getattr(error, "traceback", "")
    if not isinstance(error, SegkitError):
        trace = "".join(traceback.format_exception(error))
        reason = f"{error.strerror or error}" if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        error = SegkitError([Fault(name, f"could not be built: {reason}", "see the traceback")])
    failure = Failure(str(error), getattr(error, "cell", None))
    try:
        record = {"name": name, "cell": failure.cell, "report": failure.report}
        failure.log = build_state.failed(output, name, record, trace)
    except SegkitError as also:
        if str(also) != failure.report:
            failure.report += f"\n{also}"
    return failure


def _index(output: Path) -> Path:
    """Write the index of all built studies, where it changed."""
    from segkit.words.language import LANGUAGES

    entries = build_state.entries(output)
    index_file, stamp_file = output / "index.html", output / build_state.STATE / "index.stamp"
    stamp = fingerprint.combine([entries, [p.read_text(encoding="utf-8") for p in sorted(
        (Path(__file__).parent / "template").iterdir())]])
    if stamp_file.is_file() and stamp_file.read_bytes() == stamp.encode() and index_file.is_file():
        return index_file
    from segkit.report import page

    codes = [c for c in LANGUAGES if c == "en" or any(c in e["languages"] for e in entries)]
    build_state.write(output, {page.index_name(code): page.write_index(entries, code, codes) for code in codes})
    build_state.write(output / build_state.STATE, {stamp_file.name: stamp})
    return index_file
