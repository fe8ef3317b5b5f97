"""Databases from strangers: a file's tables are read, its programs are held.

A view is a program that whoever made the file wrote. One of a DuckDB file runs in a process of its own that reaches
no other file and no network, loads nothing, changes nothing, and is ended when it takes too long or too much memory;
only its rows come out. One of a SQLite file can reach nothing, and is ended when it takes too long.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from segkit.words.errors import DataError, Fault

SECONDS = 60
"""How long the rows of a view may take, and a second more for each megabyte of its file."""
MEMORY = 1 << 30
"""Bytes that DuckDB may use for a view; its process may have three times as many."""
_ALONE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
          "allow_community_extensions": "false", "allow_unsigned_extensions": "false"}
_STEPS = 100_000


def seconds(path: Path) -> float:
    """How long a file's view may take."""
    return SECONDS + path.stat().st_size / 1e6


def _endless(path: Path) -> DataError:
    return DataError([Fault(path.name, f"has a view that does not end within {seconds(path):.0f} s",
                            "name a table in it, or export the view as Parquet")])


def _quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, 2 * mark) + mark


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB that knows this file alone."""
    with duckdb.connect(config={**_ALONE, "memory_limit": f"{MEMORY >> 20}MiB", "threads": "2"}) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"ATTACH {_quoted(str(path), chr(39))} AS held (READ_ONLY)")
        con.execute("USE held")
        con.execute("SET max_temp_directory_size = '0KiB'")
        con.execute("SET enable_external_access = false")
        con.execute("SET lock_configuration = true")
        yield con


def tables(path: Path) -> dict[tuple[str, str], bool]:
    """(schema, name) of each table and view of a DuckDB file, and whether it is a view.

    Raises
    ------
    duckdb.Error
        When the file cannot be opened.
    """
    with _opened(path) as con:
        there = con.execute("SELECT table_schema, table_name, table_type <> 'BASE TABLE' FROM "
                            "information_schema.tables WHERE table_catalog = 'held'").fetchall()
    return {(schema, name): is_view for schema, name, is_view in sorted(there)}


def copy(path: Path, schema: str, name: str, to: Path) -> None:
    """Write the rows of a view of a DuckDB file to a Parquet file.

    Raises
    ------
    DataError
        When the view does not end, needs too much memory, or wants what is outside its file.
    """
    command = [sys.executable, "-P", "-m", __name__, str(path), schema, name, str(to), str(MEMORY)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=seconds(path),
                              env=environment, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise _endless(path) from None
    if done.returncode == 0:
        return
    lines = done.stdout.strip().splitlines()
    message = json.loads(lines[-1]) if lines and lines[-1].startswith('"') else "it needs more memory than it may have"
    problem = "reads outside its file, which is not done" if "disabled by configuration" in message else (
        f"cannot be read: {message[:200]}")
    raise DataError([Fault(path.name, f"has a view {name!r} that {problem}", "export the view as Parquet")])


def _copy(path: str, schema: str, name: str, to: str, memory: str) -> None:
    """What the process of a view does."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (3 * int(memory), 3 * int(memory)))
    import pyarrow.parquet as pq

    try:
        with _opened(Path(path)) as con:
            reader = con.execute(f"SELECT * FROM held.{_quoted(schema)}.{_quoted(name)}").to_arrow_reader(100_000)
            with pq.ParquetWriter(to, reader.schema) as file:
                for batch in reader:
                    file.write_batch(batch)
    except (Exception, MemoryError) as error:
        print(json.dumps((str(error).strip().splitlines() or [type(error).__name__])[0]), flush=True)
        os._exit(1)


@contextlib.contextmanager
def sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file, read only; what does not end is ended.

    Raises
    ------
    DataError
        When what is asked of it does not end in time.
    """
    deadline, over = time.monotonic() + seconds(path), threading.Event()

    def late() -> bool:
        if time.monotonic() > deadline:
            over.set()
        return over.is_set()

    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False)) as opened:
        opened.execute("PRAGMA trusted_schema = OFF")
        opened.set_progress_handler(late, _STEPS)
        try:
            yield opened
        except Exception:
            if over.is_set():
                raise _endless(path) from None
            raise


if __name__ == "__main__":
    _copy(*sys.argv[1:])
