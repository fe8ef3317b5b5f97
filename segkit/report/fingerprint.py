"""What a study's pages depend on, as one digest: its key.

The key holds the study file, its notebook, the files they name, the package's own files, the locked and the
installed versions. Where two studies differ in any of these, their keys differ.

A database may change at any time, and asking it for every row costs what the study costs: a study that reads one
is never held to be unchanged.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sysconfig
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from segkit.data import samples
from segkit.data.readers import place
from segkit.report import chain, judgement, notebook
from segkit.report.study import Study, is_file
from segkit.words.errors import Fault, StudyError, did_you_mean

LOCK = samples.PROJECT / "uv.lock"
_NOT_CODE = (".mo",)
_SETTLED = 3 * 10**9
"""Nanoseconds after which a file's times tell a further change on any file system (FAT counts by two seconds)."""


class Digests:
    """SHA-256 of files, remembered while size, times and place of a file are the same.

    A file that changed only just now is read again next time: within the grain of the file system's clock a
    second change would leave its times as they are. A tool that sets the time of change back does not go
    unseen either: the time of the file's entry (ctime) is compared too.
    """

    def __init__(self, known: Any = None) -> None:
        self.known: dict[str, list[Any]] = known if isinstance(known, dict) else {}

    def of(self, path: Path) -> str:
        stat = path.stat()
        seen = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        entry = self.known.get(str(path))
        if isinstance(entry, list) and len(entry) == 5 and entry[:-1] == seen and isinstance(entry[-1], str):
            return entry[-1]
        began = time.time_ns()
        digest = samples.sha256(path)
        if began - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED:
            self.known[str(path)] = [*seen, digest]
        else:
            self.known.pop(str(path), None)
        return digest


def dependencies(study: Study, state: Path = place.PAGES / place.BUILD) -> list[Path]:
    """The files a study's pages depend on, besides the package and the versions.

    `state` is the folder of what builds keep: a study that starts from the segments of another depends on these.

    Each table of a study names a source, as does each entry of `sources`: a file, with or without a sheet or table
    in it, a folder or pattern of Parquet files. The notebook's metadata may name further
    files: ``{"segkit": {"files": ["data/brands/{brand}.yaml"]}}``. A database has none; see `reads_database`.

    Raises
    ------
    StudyError
        When the metadata name a file by a parameter the notebook does not have.
    DataError
        When a bundled table is not installed.
    """
    metadata = notebook.metadata(study.notebook)
    paths = [study.path, study.notebook, *judgement.FILES, samples.DATA / "datapackage.json"]
    for source in _sources(study):
        paths += place.files(source, samples.PROJECT) or []
    for pattern in metadata.get("files", []):
        try:
            paths.append(samples.PROJECT / pattern.format(**study.values))
        except (KeyError, IndexError, ValueError) as error:
            raise StudyError([Fault(f"{study.notebook.name}, metadata, `files`",
                                    f"{pattern!r} cannot be filled: {error}",
                                    did_you_mean(str(error.args[0]), study.values))]) from None
    paths += chain.files(study, state)
    return [p for p in paths if is_file(p)]


def _sources(study: Study) -> list[str]:
    """The sources a study names, as its notebook finds them: it runs in the project's folder."""
    sources = [v for table in study.inputs if (v := study.values.get(table.parameter))]
    unified = study.values.get("sources")
    if isinstance(unified, dict):
        sources += [s.get("data") if isinstance(s, dict) else s for s in unified.values()]
    return [str(v) for value in sources for v in (value if isinstance(value, list) else [value])]


def reads_database(study: Study) -> bool:
    """Whether a study reads a source that may have changed without leaving a trace."""
    return any(place.files(source, samples.PROJECT) is None for source in _sources(study))


def shown(path: Path) -> str:
    """A path within the project, or the bare name: a page tells nothing of the machine it was made on."""
    if path.parent.name == place.BUILD:  # the segments of another study, wherever the pages are
        return path.name
    return str(path.relative_to(samples.PROJECT)) if path.is_relative_to(samples.PROJECT) else path.name


def code(digests: Digests) -> str:
    """Digest of the package's own files, the locked versions, and what is in truth installed."""
    package = Path(__file__).parent.parent
    files = sorted(p for p in package.rglob("*") if p.is_file() and p.suffix not in _NOT_CODE
                   and "__pycache__" not in p.parts)
    lock = [LOCK] if LOCK.is_file() else []
    installed = {p.name for kind in ("purelib", "platlib") for p in Path(sysconfig.get_path(kind)).glob("*.dist-info")}
    return combine([platform.python_version(), sorted(installed),
                    [(str(p.relative_to(samples.PROJECT)), digests.of(p)) for p in [*files, *lock]]])


def combine(parts: Iterable[Any]) -> str:
    """Digest of plain data."""
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()


def files(study: Study, digests: Digests, state: Path = place.PAGES / place.BUILD) -> tuple[tuple[str, str], ...]:
    """The files a study's pages depend on, each with its SHA-256."""
    return tuple((shown(p), digests.of(p)) for p in dependencies(study, state))


def key(study: Study, code: str, digests: Digests, state: Path = place.PAGES / place.BUILD) -> str:
    """Digest of everything the study's pages depend on; never the same twice for one that reads a database."""
    return combine([code, study.name, files(study, digests, state), uuid.uuid4().hex if reads_database(study) else ""])
