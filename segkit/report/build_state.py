"""The folder of the pages, and beside them, in `.build`, what is known of each study's last build.

``<study>.json`` tells what stands on the pages, ``<study>.failed`` that the last build failed,
``<study>.log`` why, ``<study>.cells`` the seconds of each cell. A file is there whole, old or new, whatever
happens: it is written under another name, put on the disk, and renamed. A page counts only while it is
the one its study's state tells of.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from segkit.data.readers import place
from segkit.words.errors import Fault, SegkitError
from segkit.words.language import LANGUAGES
from segkit.words.secrets import printable

STATE = place.BUILD
_OF_A_STUDY = (".json", ".failed", ".log", ".cells", ".parquet")
_DIGESTS = "digests"
_PLAIN_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*(\.[a-z]+)+")
"""Names of exports, lists of departments among them; no path."""
_SHAPES = {"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title",
           "desc", "defs", "clipPath", "use", "image", "pattern", "linearGradient", "stop", "marker", "style"}
_LEADS = re.compile(r"(?i)url\((?!['\"]?#)|@import|javascript:")


class FolderError(SegkitError):
    """The folder of the pages cannot be written to."""


def _cannot(folder: Path, error: OSError) -> FolderError:
    room, fix = "", "change its permissions, or name another: --to FOLDER"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        fix = "make room, or name another: --to FOLDER"
        with suppress(OSError):
            room = f"; {shutil.disk_usage(folder).free / 1e6:,.1f} MB are free"
    return FolderError([Fault(f"the folder {folder}", f"cannot be written to: {error.strerror or error}{room}", fix)])


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files so that each is there whole, old or new, also after a crash or a loss of power.

    Raises
    ------
    FolderError
        When the folder cannot be written to, or the disk is full. Nothing of the old is lost then.
    """
    partials = {name: folder / f".{name}.{os.getpid()}-{threading.get_ident()}.partial" for name in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with partials[name].open("wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
                file.flush()
                os.fsync(file.fileno())
        for name, partial in partials.items():
            partial.replace(folder / name)
        _sync(folder)
    except OSError as error:
        raise _cannot(folder, error) from None
    finally:
        for partial in partials.values():
            with suppress(OSError):
                partial.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Put the folder's entries on the disk, where a folder can be opened (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


@contextmanager
def held(output: Path) -> Iterator[None]:
    """The folder for this build alone: another waits until it has ended, in whatever way."""
    try:
        (output / STATE).mkdir(parents=True, exist_ok=True)
        lock = (output / STATE / "lock").open("a")
    except OSError as error:
        raise _cannot(output, error) from None
    with lock:
        try:
            import fcntl
        except ImportError:  # Windows: each build writes under names of its own, and the last one counts
            yield
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another build is writing to {output}; this one waits for it", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        for folder in (output, output / STATE):
            for partial in folder.glob(".*.partial"):  # of a build that was killed
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
        for state_file in (output / STATE).glob("*.json"):
            if not is_state(_read(state_file), state_file.stem):
                print(printable(f"{state_file} is not the state of a study as this version writes it; it is ignored"),
                      file=sys.stderr, flush=True)
        yield


def digest(text: str | bytes) -> str:
    """SHA-256 of a page."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def state(output: Path, name: str) -> dict[str, Any]:
    """What the last good build of a study left, {} when there is none or a page is not the one it wrote."""
    record = _read(output / STATE / f"{name}.json")
    if not is_state(record, name):
        return {}
    try:
        is_whole = all(digest((output / page).read_bytes()) == expected for page, expected in {
            **record["pages"], **_beside(name, record)}.items())
    except OSError:
        return {}
    return record if is_whole else {}


def is_state(left: Any, name: str) -> bool:
    """Whether what a file holds is the state of a study of this name: its pages are its own, its picture a drawing."""
    try:
        codes = left["languages"]
        return (left["name"] == name and all(isinstance(left[key], str) for key in ("key", "notebook"))
                and isinstance(codes, list) and bool(codes) and set(codes) <= set(LANGUAGES)
                and set(left["pages"]) <= set(_pages(name)) and isinstance(left["pages"], dict)
                and all(isinstance(left["title"][c], str) for c in codes)
                and all(isinstance(text, str) for c in codes for text in left["findings"][c])
                and all(isinstance(left["findings"][c], list) for c in codes)
                and isinstance(left["statuses"], list) and set(left["statuses"]) <= {"PASS", "REVIEW", "FAIL"}
                and isinstance(left.get("kept", ""), str)
                and all(isinstance(text, str) for text in left.get("decision", {}).values())
                and all(_PLAIN_NAME.fullmatch(file) and isinstance(left["files"][file], str)
                        for file in left.get("files", {}))
                and isinstance(left.get("picture", {}), dict)
                and all(is_drawing(svg) for svg in left.get("picture", {}).values()))
    except (KeyError, TypeError, AttributeError):
        return False


def is_drawing(svg: Any) -> bool:
    """Whether a text is a picture of shapes and words alone: it runs nothing and leads nowhere.

    Examples
    --------
    >>> is_drawing("<svg><path d='M0 0'/></svg>"), is_drawing("<svg><script>alert(1)</script></svg>")
    (True, False)
    """
    try:
        if "<!" in svg or _LEADS.search(svg):
            return False
        parts = list(ElementTree.fromstring(svg).iter())
    except (ElementTree.ParseError, TypeError, ValueError, RecursionError):
        return False
    return all(part.tag.rpartition("}")[2] in _SHAPES and not any(
        name.lower().startswith("on") or (name.rpartition("}")[2].lower() == "href" and not value.startswith(
            ("#", "data:image/png;"))) for name, value in part.attrib.items()) for part in parts)


def _beside(name: str, left: Mapping[str, Any]) -> dict[str, str]:
    """The files of a study besides its pages, in the folder of the pages, each with its digest."""
    segmentation = {f"{STATE}/{name}.parquet": left["kept"]} if left.get("kept") else {}
    return {**segmentation, **{f"{folder(name)}/{file}": expected for file, expected in left.get("files", {}).items()}}


def folder(name: str) -> str:
    """The folder beside a study's pages with what it exports."""
    return f"{name}.files"


def _pages(name: str) -> list[str]:
    return [f"{name}.{code}.html" for code in LANGUAGES]


def keep(output: Path, name: str, pages: Mapping[str, str], left: Mapping[str, Any], cells: list[float],
         kept: bytes = b"", files: Mapping[str, bytes] | None = None) -> None:
    """Put a study's pages and state in the folder, what it exports and the pages first.

    `kept` is its saved segmentation, `files` what it exports; those of its last build that are no longer made go.
    """
    files, before = files or {}, _read(output / STATE / f"{name}.json")
    if files:
        write(output / folder(name), files)
    write(output, pages)
    record = {**left, "pages": {page: digest(text) for page, text in sorted(pages.items())},
              **({"kept": digest(kept)} if kept else {}),
              **({"files": {file: digest(content) for file, content in sorted(files.items())}} if files else {})}
    write(output / STATE, {**({f"{name}.parquet": kept} if kept else {}),
                           f"{name}.json": json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True),
                           f"{name}.cells": json.dumps([round(s, 2) for s in cells])})
    if not kept:
        (output / STATE / f"{name}.parquet").unlink(missing_ok=True)
    _forget(output, name, set(before.get("files", {})) - set(files) if is_state(before, name) else set())
    succeeded(output, name)


def _forget(output: Path, name: str, files: Iterable[str]) -> None:
    """Take away exports that a study no longer makes, and their folder when nothing else is in it."""
    for file in files:
        (output / folder(name) / file).unlink(missing_ok=True)
    with suppress(OSError):
        (output / folder(name)).rmdir()


def failed(output: Path, name: str, record: Mapping[str, Any], traceback: str = "") -> Path | None:
    """Note that a study failed; gives the log's path when there is a traceback."""
    log = output / STATE / f"{name}.log"
    log.unlink(missing_ok=True)
    write(output / STATE, {f"{name}.failed": json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True),
                           **({log.name: traceback} if traceback else {})})
    return log if traceback else None


def succeeded(output: Path, name: str) -> None:
    """Forget a failure."""
    for ending in (".failed", ".log"):
        (output / STATE / f"{name}{ending}").unlink(missing_ok=True)


def entries(output: Path) -> list[dict[str, Any]]:
    """The state of each study that has pages, and whether its last build `failed`, in the order of the index."""
    states = [state(output, p.stem) for p in (output / STATE).glob("*.json")]
    return sorted(({**e, "failed": (output / STATE / f"{e['name']}.failed").is_file()} for e in states if e),
                  key=lambda e: (e["notebook"], e["name"]))


def cells(output: Path, name: str) -> list[float]:
    """Seconds of each cell of a study's last run, [] when it never ran."""
    read = _read(output / STATE / f"{name}.cells")
    return read if isinstance(read, list) and all(isinstance(s, int | float) and 0 <= s < 1e6 for s in read) else []


def known_digests(output: Path) -> Any:
    """What `keep_digests` kept."""
    return _read(output / STATE / _DIGESTS)


def keep_digests(output: Path, known: Any) -> None:
    """Keep the digests of files for the next build."""
    write(output / STATE, {_DIGESTS: json.dumps(known)})


def sweep(output: Path, names: list[str]) -> None:
    """Take away the pages of studies that are gone."""
    for file in (output / STATE).iterdir():
        if file.suffix in _OF_A_STUDY and file.stem not in names:
            if file.suffix == ".json":
                record = _read(file)
                _forget(output, file.stem, record.get("files", {}) if is_state(record, file.stem) else ())
                for page in _pages(file.stem):
                    (output / page).unlink(missing_ok=True)
            file.unlink(missing_ok=True)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
