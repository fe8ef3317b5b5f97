"""Where a source lies: its files, or the engine that answers at an address, and the sheet or table in it.

Nothing is opened here, and no engine is loaded: a build asks this of every study.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from segkit.data import samples
from segkit.words.errors import DataError, Fault

_ADDRESS = re.compile(r"(?i)^(?:(postgres|postgresql|spark|sqlite|duckdb):|([a-z][a-z0-9+.-]+)://)")
_PARQUET = ".parquet"
_DATABASES = (".sqlite", ".sqlite3", ".duckdb", ".ddb", ".db")
_LOGS = ("-wal", "-journal", ".wal")
MOST_FILES, SECONDS = 100_000, 10
"""Bounds of looking for the files of a pattern: names, and seconds."""
THREADS = "SEGKIT_THREADS"
"""Environment variable with the number of DuckDB's threads; a build of several studies shares the processors out."""
PAGES, BUILD = samples.PROJECT / "reports" / "html", ".build"
"""The folder of the pages, and the one in it with what is known of each build."""
STATE, STUDY = "SEGKIT_STATE", "SEGKIT_STUDY"
"""Environment variables of a build's kernel: the folder of what builds keep, and the study that runs."""


@dataclass(frozen=True)
class Place:
    """Where a source lies: its files (none for a database that answers by address), and the sheet or table in it."""

    files: tuple[Path, ...]
    part: str = ""
    engine: str = "duckdb"
    address: str = ""


def find(source: str | Path, folder: Path | None = None) -> Place | None:
    """Where a source lies; None when there is no such file, folder or bundled table.

    Parameters
    ----------
    source : a path, an address or a bundled name.
    folder : where relative paths begin; the working folder, then the project's folder, when None.

    Examples
    --------
    >>> find("cdnow.transactions").files[0].name, find("postgres://host/shop#sales").part
    ('transactions.parquet', 'sales')
    """
    text = str(source)
    if text in samples.names() or text.startswith(samples.FULL + "."):
        return Place((samples.path(text),))
    if (address := _ADDRESS.match(text)) and not Path(text).exists():
        return _at(text, (address[1] or address[2]).lower(), folder)
    if paths := _paths(text, folder):
        return Place(paths)
    head, mark, part = text.rpartition("#")
    return Place(paths, part) if mark and (paths := _paths(head, folder)) else None


def _at(text: str, kind: str, folder: Path | None) -> Place | None:
    before, _, part = text.partition("#")
    part = unquote(part)
    if kind in ("postgres", "postgresql"):
        return Place((), part, "postgres", before)
    if kind == "spark":
        rest = before.partition(":")[2]
        place = () if re.fullmatch(r"[\w.]*", part) and part not in samples.names() else find(part, folder)
        master = before if rest.startswith("//") else rest or "local"
        return Place(place.files, "", "spark", master) if place else Place((), part, "spark", master)
    if kind in ("sqlite", "duckdb"):
        path = unquote(re.sub(r"^//", "", before.partition(":")[2]))
        files = _paths(path, folder) or _paths(path.lstrip("/"), folder)
        return Place(files, part) if files else None
    return None


def _paths(text: str, folder: Path | None) -> tuple[Path, ...]:
    """The files of a path: itself, the Parquet files of a folder, or those a pattern matches."""
    if not text:
        return ()
    try:
        for base in (Path(), samples.PROJECT) if folder is None else (folder,):
            path = base / text
            if path.is_file():
                return (path.resolve(),)
            paths = parquet_files(path) if path.is_dir() else _matching(path, text) if glob.has_magic(text) else []
            if paths:
                return tuple(paths)
    except (OSError, ValueError):  # too long a name, or one with a zero byte
        pass
    return ()


def _matching(path: Path, text: str) -> list[Path]:
    """The Parquet files of a pattern, looked for within bounds: no pattern walks a disk.

    Raises
    ------
    DataError
        When the pattern begins at the root of a disk, or there is too much to look at.
    """
    fixed = next(i for i, part in enumerate(path.parts) if glob.has_magic(part))
    if fixed <= 1 and path.is_absolute():
        raise DataError([Fault(f"`{text}`", "looks through the whole disk", "name the folder that holds the files")])
    deadline, paths = time.monotonic() + SECONDS, set()
    for n, file in enumerate(_below(Path(*path.parts[:fixed]), path.parts[fixed:])):
        if n >= MOST_FILES or time.monotonic() > deadline:
            raise DataError([Fault(f"`{text}`", f"has more to look through than {MOST_FILES:,} names, or {SECONDS} s",
                                   "name the folder that holds the files")])
        if file is not None and file.suffix.lower() == _PARQUET:
            paths.add(file.resolve())
    return sorted(paths)


def _below(folder: Path, parts: Sequence[str]) -> Iterator[Path | None]:
    """What matches the parts of a pattern, as `glob` has it, and None for each folder looked at."""
    yield None
    head, rest = parts[0], parts[1:]
    names = [] if not folder.is_dir() else sorted(n for n in os.listdir(folder)
                                                  if n[0] != "." or head[0] == ".")
    if head == "**":
        yield from _below(folder, rest or ("*",))
        for name in names:
            if (folder / name).is_dir() and not (folder / name).is_symlink():
                yield from _below(folder / name, parts)
        return
    for name in fnmatch.filter(names, head) if glob.has_magic(head) else [head]:
        yield from _below(folder / name, rest) if rest else [folder / name]


def files(source: str | Path, folder: Path | None = None) -> tuple[Path, ...] | None:
    """The files a source depends on; None for a database, whose rows may change at any time.

    Takes what `find` takes. A source that leads nowhere depends on none. Beside the file of a database lie the rows
    that were written last: they belong to it.
    """
    place = find(source, folder)
    if place is None:
        return ()
    return None if place.engine != "duckdb" and not place.files else (*place.files, *logs(place.files))


def logs(databases: Sequence[Path]) -> tuple[Path, ...]:
    """The files with what was written to a SQLite or DuckDB file and is not yet in it; empty ones do not count."""
    beside = [p.with_name(p.name + ending) for p in databases if p.suffix.lower() in _DATABASES for ending in _LOGS]
    return tuple(p for p in beside if p.is_file() and p.stat().st_size)


def is_address(source: Any) -> bool:
    """Whether a source is an address, such as postgres://…"""
    return isinstance(source, str) and _ADDRESS.match(source) is not None


def locate(source: str | Path) -> Path | None:
    """The one file behind a source: a bundled name or a path; None when there is none, or several.

    Examples
    --------
    >>> locate("cdnow.transactions").name
    'transactions.parquet'
    """
    place = find(source)
    return place.files[0] if place and len(place.files) == 1 else None


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files of a folder, and of its folders called ``column=value``, sorted by name."""
    entries = sorted(p for p in folder.iterdir() if p.name[0] not in "._")
    here = [p.resolve() for p in entries if p.suffix.lower() == _PARQUET and p.is_file()]
    return here + [p for part in entries if "=" in part.name and part.is_dir() for p in parquet_files(part)]


def name_of(source: Any) -> str:
    """How messages call a source: an address without user and options."""
    if not isinstance(source, str | Path):
        return "the table"
    text = str(source)
    return shown(text) if re.match(r"(?i)[a-z][a-z0-9+.-]+://[^/]", text) else text


def public(source: Any) -> str:
    """How pages call a source: as `name_of`, and a file by its place in the project, or by its name alone.

    Examples
    --------
    >>> public("/home/an/purchases.csv"), public("sqlite:////home/an/shop.sqlite#orders"), public("cdnow.transactions")
    ('purchases.csv', 'sqlite:///shop.sqlite#orders', 'cdnow.transactions')
    """
    text = name_of(source)
    head = re.match(r"(?i)(?:sqlite|duckdb|file):(?:///?)?|spark:[^#]*#", text)
    start, path = (head[0], text[head.end():]) if head else ("", text)
    project = str(samples.PROJECT)
    rooted = path if not start.endswith("//") or path.startswith("/") else f"/{path}"
    if rooted.startswith((f"{project}/", f"{project}\\")):
        return start + rooted[len(project) + 1:]
    apart = start.endswith("//") or re.match(r"[/\\~]|[A-Za-z]:[/\\]", path) or re.search(r"(^|[/\\])\.\.[/\\]", path)
    return start + re.split(r"[/\\](?=[^/\\])", path.rstrip("/\\"))[-1].lstrip("~") if apart else text


def shown(url: str) -> str:
    """An address as reports show it: without user, password and options.

    Examples
    --------
    >>> shown("postgres://an:secret@host/shop?sslmode=require#sales")
    'postgres://host/shop#sales'
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket without the other
        return re.sub(r"(?<=//).*@|\?[^#]*", "", url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", parts.fragment))


def unknown_kind(source: str) -> str:
    """The kind of an address that cannot be opened, such as mysql; "" for anything else."""
    address = _ADDRESS.match(source)
    return (address[2] or "") if address else ""
