"""Where a source lies: its files, or the engine that answers at an address, and the sheet or table in it.

Nothing is opened here, and no engine is loaded: a build asks this of every study.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from segkit.data import samples

_ADDRESS = re.compile(r"(?i)^(?:(postgres|postgresql|spark|sqlite|duckdb):|([a-z][a-z0-9+.-]+)://)")
_PARQUET = ".parquet"
_DATABASES = (".sqlite", ".sqlite3", ".duckdb", ".ddb", ".db")
_LOGS = ("-wal", "-journal", ".wal")
THREADS = "SEGKIT_THREADS"
"""Environment variable with the number of DuckDB's threads; a build of several studies shares the processors out."""


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
    if found := _paths(text, folder):
        return Place(found)
    head, mark, part = text.rpartition("#")
    return Place(found, part) if mark and (found := _paths(head, folder)) else None


def _at(text: str, kind: str, folder: Path | None) -> Place | None:
    before, _, part = text.partition("#")
    part = unquote(part)
    if kind in ("postgres", "postgresql"):
        return Place((), part, "postgres", before)
    if kind == "spark":
        rest = before.partition(":")[2]
        found = () if re.fullmatch(r"[\w.]*", part) and part not in samples.names() else find(part, folder)
        master = before if rest.startswith("//") else rest or "local"
        return Place(found.files, "", "spark", master) if found else Place((), part, "spark", master)
    if kind in ("sqlite", "duckdb"):
        path = unquote(re.sub(r"^//", "", before.partition(":")[2]))
        found = _paths(path, folder) or _paths(path.lstrip("/"), folder)
        return Place(found, part) if found else None
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
            if path.is_dir():
                found = parquet_files(path)
            else:
                found = sorted(Path(p).resolve() for p in glob.glob(str(path), recursive=True)
                               if p.lower().endswith(_PARQUET)) if glob.has_magic(text) else []
            if found:
                return tuple(found)
    except (OSError, ValueError):  # too long a name, or one with a zero byte
        pass
    return ()


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
    """How reports call a source: an address without user and options."""
    if not isinstance(source, str | Path):
        return "the table"
    text = str(source)
    return shown(text) if _ADDRESS.match(text) and urlsplit(text).netloc else text


def shown(url: str) -> str:
    """An address as reports show it: without user, password and options.

    Examples
    --------
    >>> shown("postgres://an:secret@host/shop?sslmode=require#sales")
    'postgres://host/shop#sales'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", parts.fragment))


def unknown_kind(source: str) -> str:
    """The kind of an address that cannot be opened, such as mysql; "" for anything else."""
    address = _ADDRESS.match(source)
    return (address[2] or "") if address else ""
