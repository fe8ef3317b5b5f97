"""Large text files, judged and typed once: what was accepted is kept as Parquet, and read from there afterwards.

The folder is a part of what builds keep; `make clean` removes it. An entry is found by the digest of the file, how it
was read, which columns it gave to which roles, the rules for its rows, and the package's code that judges them; when
one of these differs, the file is read again. Entries that were not used for the longest time give way to new ones.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from segkit.data import engines, samples
from segkit.data.contract.orderlines import Note
from segkit.data.contract.rows import Account
from segkit.data.readers import textfile
from segkit.words.errors import SegkitError

FOLDER = samples.PROJECT / "reports" / "html" / ".build" / "typed"
LARGE = 8 << 20
"""Bytes from which a file is large enough to be kept."""
LIMIT = 8 << 30
"""Bytes that all entries together may have."""
_DICTIONARY = 10_000
"""Different values of a column in a part of the file, up to which each is written once; ids have more."""
_IN_USE = 3600
_SETTLED = 3 * 10**9


def key(file: Path, asked: Mapping[str, Any]) -> str:
    """What an entry is found by: the file's digest, what was asked of it, and the code that answers."""
    parts = [_digest(file), _code(), dict(asked)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:40]


def find(key: str) -> Account | None:
    """The account kept under a key; None where there is none, or it cannot be read."""
    path = FOLDER / f"{key}.parquet"
    try:
        metadata = json.loads(pq.read_metadata(path).metadata[b"segkit"])
        os.utime(path)
        table = engines.embedded().read_parquet(textfile.literal(path))
        notes = tuple(Note(text, values) for text, values in metadata["told"])
        return Account(table, metadata["n_rows"], metadata["n_used"], metadata["set_aside"], notes)
    except (OSError, KeyError, TypeError, ValueError, duckdb.Error):
        return None


def keep(key: str, made: Account) -> Account:
    """The account, its table kept and read from there; as it is where it cannot be kept."""
    path = FOLDER / f"{key}.parquet"
    partial = path.with_name(f".{key}.{os.getpid()}.partial")
    metadata = json.dumps({"n_rows": made.n_rows, "n_used": made.n_used, "set_aside": dict(made.set_aside),
                           "told": [[note.text, dict(note.values)] for note in made.told]})
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        _make_room(shutil.disk_usage(FOLDER).free)
        engines.embedded().raw_sql(
            f"COPY ({made.table.compile()}) TO '{str(partial).replace(chr(39), chr(39) * 2)}' "
            f"(FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT {_DICTIONARY}, "
            f"KV_METADATA {{segkit: '{metadata.replace(chr(39), chr(39) * 2)}'}})")
        partial.replace(path)
    except (OSError, duckdb.Error, SegkitError):  # such as a full disk
        return made
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    _make_room(shutil.disk_usage(FOLDER).free)
    return find(key) or made


def _make_room(free: int) -> None:
    """Remove the entries that were not used for the longest time, until the rest keeps the limit.

    One that was used within the last hour stays: a notebook may still read it.
    """
    entries = sorted(((p.stat().st_mtime, p.stat().st_size, p) for p in FOLDER.glob("*.parquet")), reverse=True)
    limit, size = min(LIMIT, (free + sum(e[1] for e in entries)) // 2), 0
    for used, n_bytes, path in entries:
        size += n_bytes
        if size > limit and time.time() - used > _IN_USE:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    for partial in FOLDER.glob(".*.partial"):  # of a process that was killed
        if time.time() - partial.stat().st_mtime > _IN_USE:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)


@functools.cache
def _code() -> str:
    """Digest of the modules that judge and type a table."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _digest(file: Path) -> str:
    """SHA-256 of a file, remembered while its size, times and place stay the same.

    A file that changed only just now is read again next time, as in `segkit.report.fingerprint`.
    """
    stat = file.stat()
    seen = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    note = FOLDER / f"{hashlib.sha256(str(file).encode()).hexdigest()[:40]}.digest"
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(note.read_text(encoding="utf-8"))
        if known[:-1] == seen:
            return known[-1]
    began = time.time_ns()
    digest = samples.sha256(file)
    if began - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED:
        with contextlib.suppress(OSError):
            FOLDER.mkdir(parents=True, exist_ok=True)
            partial = note.with_name(f".{note.name}.{os.getpid()}.partial")
            partial.write_text(json.dumps([*seen, digest]), encoding="utf-8")
            partial.replace(note)
    return digest
