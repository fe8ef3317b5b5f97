"""Build the reports: only what depends on a change runs, and every page on disk is whole.

A study's pages depend on its file, its notebook, its data, the package and the locked versions. The
digest of all of these stands beside the pages; when it is the same, nothing runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segkit.data import samples
from segkit.report import study as studies
from segkit.report.study import Study
from segkit.words.errors import SegkitError

OUTPUT = studies.REPORTS / "html"
STATE = ".build"
LOCK = samples.PROJECT / "uv.lock"
_CODE = (".py", ".yaml", ".po", ".html", ".css", ".js")


@dataclass
class Outcome:
    """What a build did. `failed` maps a study to its readable report."""

    built: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    index: Path | None = None


class _Digests:
    """SHA-256 of files, remembered by size and time of change."""

    def __init__(self, store: Path) -> None:
        self.store = store
        try:
            self.known = json.loads(store.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.known = {}

    def of(self, path: Path) -> str:
        stat = path.stat()
        seen = [stat.st_size, stat.st_mtime_ns]
        entry = self.known.get(str(path))
        if entry is None or entry[:2] != seen:
            entry = self.known[str(path)] = [*seen, samples.sha256(path)]
        return entry[2]

    def save(self) -> None:
        _replace(self.store, json.dumps(self.known))


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is there whole, old or new, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def dependencies(study: Study) -> list[Path]:
    """The files a study's pages depend on, besides the package and the lock.

    Parameters called `data` or ending in `_data` name sources; the notebook's metadata may name further
    files: ``{"segkit": {"files": ["data/brands/{brand}.yaml"]}}``.
    """
    metadata = json.loads(study.notebook.read_text(encoding="utf-8"))["metadata"].get("segkit", {})
    found = [study.path, study.notebook, samples.DATA / "datapackage.json"]
    for name, value in study.values.items():
        if (name == "data" or name.endswith("_data")) and value:
            found += [p for p in [_locate(value)] if p is not None]
    found += [samples.PROJECT / name.format(**study.values) for name in metadata.get("files", [])]
    return [p for p in found if p.is_file()]


def _locate(source: Any) -> Path | None:
    text = str(source)
    entry = samples.describe(text)
    if entry:
        return samples.DATA / entry["path"]
    return next((p for p in (samples.PROJECT / text, Path(text)) if p.is_file()), None)


def code_digest(digests: _Digests) -> str:
    """Digest of the package's own files and the locked versions."""
    package = Path(__file__).parent.parent
    files = sorted(p for p in package.rglob("*") if p.suffix in _CODE)
    lock = [LOCK] if LOCK.is_file() else []
    return _combine((str(p.relative_to(samples.PROJECT)), digests.of(p)) for p in [*files, *lock])


def _combine(parts: Iterable[Any]) -> str:
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()


def key(study: Study, code: str, digests: _Digests) -> str:
    """Digest of everything the study's pages depend on."""
    files = [(_shown(p), digests.of(p)) for p in dependencies(study)]
    return _combine([code, files])


def commit() -> str:
    """The project's commit, with "+" when the tree differs from it; "" outside git."""
    try:
        told = subprocess.run(["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--match="],
                              cwd=samples.PROJECT, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()


def state(output: Path, name: str) -> dict[str, Any]:
    """What the last build of a study left, {} when there is none or a page is gone."""
    try:
        left = json.loads((output / STATE / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return left if all((output / page).is_file() for page in left["pages"]) else {}


def build(names: list[str] | None = None, output: Path = OUTPUT, force: bool = False, jobs: int | None = None,
          started: Callable[[list[str]], None] | None = None,
          progress: Callable[[str, int, int], None] | None = None,
          done: Callable[[str, str], None] | None = None) -> Outcome:
    """Build studies and the index.

    Parameters
    ----------
    names : studies to build; all by default.
    output : folder of the pages.
    force : run even what has not changed.
    jobs : studies run at once; as many as there are processors by default.
    started : called with the studies that will run.
    progress : called with (study, cells done, cells).
    done : called with (study, "" or its report of faults).

    Returns
    -------
    Outcome. A study that fails leaves its former pages as they were; the others go on.
    """
    outcome = Outcome()
    digests = _Digests(output / STATE / "digests.json")
    code = code_digest(digests)
    wanted: list[tuple[Study, str]] = []
    for name in names if names is not None else studies.names():
        try:
            study = studies.load(name)
            now = key(study, code, digests)
        except SegkitError as error:
            outcome.failed[Path(name).stem] = str(error)
            continue
        if not force and state(output, study.name).get("key") == now:
            outcome.unchanged.append(study.name)
        else:
            wanted.append((study, now))
    digests.save()
    if started:
        started([study.name for study, _ in wanted])
    if wanted:
        _run(wanted, output, jobs or os.cpu_count() or 1, progress, done, outcome)
    if names is None:
        _sweep(output, studies.names())
    outcome.index = _index(output)
    return outcome


def _run(wanted: list[tuple[Study, str]], output: Path, jobs: int, progress: Any, done: Any, outcome: Outcome) -> None:
    from segkit.report import page, runner

    runner.prepare()
    wanted = sorted(wanted, key=lambda w: -_seconds(output, w[0].name))  # the longest first: no core waits at the end
    made = page.Provenance(commit(), page.versions())
    pool = ThreadPoolExecutor(max_workers=min(jobs, len(wanted)))
    try:
        running = {pool.submit(_one, study, now, output, replace(made, files=_files(study)), progress): study.name
                   for study, now in wanted}
        for future in as_completed(running):
            name = running[future]
            try:
                future.result()
            except SegkitError as error:
                outcome.failed[name] = _logged(error, name, output)
            else:
                outcome.built.append(name)
            if done:
                done(name, outcome.failed.get(name, ""))
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        runner.stop()
        _index(output)
        raise
    pool.shutdown()


def _seconds(output: Path, name: str) -> float:
    """How long a study took last time; one never built might take longest."""
    try:
        return float((output / STATE / f"{name}.seconds").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return float("inf")


def _files(study: Study) -> tuple[tuple[str, str], ...]:
    return tuple((_shown(p), samples.sha256(p)) for p in dependencies(study))


def _shown(path: Path) -> str:
    """A path within the project, or the bare name: a page tells nothing of the machine it was made on."""
    return str(path.relative_to(samples.PROJECT)) if path.is_relative_to(samples.PROJECT) else path.name


def _logged(error: SegkitError, name: str, output: Path) -> str:
    traceback = getattr(error, "traceback", "")
    log = output / STATE / f"{name}.log"
    if not traceback:
        log.unlink(missing_ok=True)
        return str(error)
    _replace(log, traceback)
    return f"{error}\n  the traceback is in {log}"


def _one(study: Study, now: str, output: Path, made: Any, progress: Any) -> None:
    from segkit.report import page, runner

    began = time.monotonic()
    told = (lambda n, total: progress(study.name, n, total)) if progress else None
    notebook = runner.run(study, told)
    pages = {page.file_name(study.name, code): page.write(study, notebook, code, made) for code in study.languages}
    currency = str(study.values.get("currency") or "")
    left = {"key": now, "name": study.name, "notebook": study.notebook.stem, "title": study.title,
            "languages": list(study.languages), "pages": sorted(pages), "statuses": page.statuses(notebook),
            "picture": page.thumbnails(notebook),
            "findings": {code: page.findings(notebook, code, currency) for code in study.languages}}
    for name, html in pages.items():
        _replace(output / name, html)
    _replace(output / STATE / f"{study.name}.json", json.dumps(left, ensure_ascii=False, indent=1, sort_keys=True))
    _replace(output / STATE / f"{study.name}.seconds", f"{time.monotonic() - began:.1f}")
    (output / STATE / f"{study.name}.log").unlink(missing_ok=True)


def _sweep(output: Path, names: list[str]) -> None:
    """Take away the pages of studies that are gone, and what an interrupted build left."""
    for left in (output / STATE).glob("*.json"):
        if left.stem not in names and left.name != "digests.json":
            for name in json.loads(left.read_text(encoding="utf-8")).get("pages", []):
                (output / name).unlink(missing_ok=True)
            left.unlink()
    for partial in [*output.glob(".*.partial"), *(output / STATE).glob(".*.partial")]:
        owner = re.search(r"\.(\d+)\.partial$", partial.name)
        if owner is None or not Path(f"/proc/{owner[1]}").exists():
            partial.unlink(missing_ok=True)


def _index(output: Path) -> Path:
    """Write the index of all built studies, where it changed."""
    from segkit.words.language import LANGUAGES

    entries = sorted((e for e in (state(output, p.stem) for p in (output / STATE).glob("*.json")
                                  if p.name != "digests.json") if e), key=lambda e: (e["notebook"], e["name"]))
    first = output / "index.html"
    stamp = _combine([entries, [p.read_text(encoding="utf-8") for p in sorted(
        (Path(__file__).parent / "template").iterdir())]])
    noted = output / STATE / "index.stamp"
    if noted.is_file() and noted.read_text(encoding="utf-8") == stamp and first.is_file():
        return first
    from segkit.report import page

    codes = [c for c in LANGUAGES if c == "en" or any(c in e["languages"] for e in entries)]
    for code in codes:
        _replace(output / page.index_name(code), page.write_index(entries, code, codes))
    _replace(noted, stamp)
    return first
