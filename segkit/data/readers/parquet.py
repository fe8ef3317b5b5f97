"""Parquet: one file, or many of one shape. A shape that changes half-way is told with the names of the files."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from segkit.data import engines
from segkit.data.readers import textfile
from segkit.words.errors import DataError, Fault

SUFFIX = ".parquet"
_SHOWN = 3
_TOLD = 8


def read(files: Sequence[Path], union: bool = False) -> ir.Table:
    """Files of one shape as one table, in the order of their names; columns come by name.

    Parameters
    ----------
    files : the files.
    union : a column that some files lack is missing in their rows, instead of a fault.

    Raises
    ------
    DataError
        When a file is not Parquet, or the files differ in columns or types; numbers may differ in width.
    """
    if faults := differences(files, union):
        raise DataError(faults)
    try:
        parted = len(files) > 1 and all("=" in f.parent.name for f in files)
        by_folder = {"hive_partitioning": parted, **({"hive_types_autocast": 0} if parted else {})}
        return engines.embedded().read_parquet([textfile.literal(f) for f in files], union_by_name=len(files) > 1,
                                               **by_folder)
    except duckdb.Error as error:
        raise DataError([Fault(files[0].name, f"is not a readable Parquet file ({str(error).splitlines()[0]})",
                               "write it again, or export it as CSV")]) from None


def differences(files: Sequence[Path], union: bool = False) -> list[Fault]:
    """Where files differ from the first; an empty list means they have one shape."""
    faults, schemas = [], {}
    for file in files:
        try:
            stat = file.stat()
            schemas[_name(file, files)] = _schema(file, stat.st_mtime_ns, stat.st_size)
        except PermissionError:
            faults.append(Fault(file.name, "may not be read by you", "change its permissions, or copy it"))
        except (pa.ArrowException, OSError, ValueError) as error:
            faults.append(Fault(file.name, f"is not a readable Parquet file ({str(error).splitlines()[0][:120]})",
                                "write it again, or export it as CSV"))
    if faults or len(files) < 2:
        return faults
    for column in dict.fromkeys(c for schema in schemas.values() for c in schema.names):
        there = {name: _kind(s.field(column).type) for name, s in schemas.items() if column in s.names}
        absent = [name for name in schemas if name not in there]
        if absent and not union:
            faults.append(Fault(f"column {column!r}", f"is in {_some(list(there))}, but not in {_some(absent)}",
                                "write all files alike, or let it be missing there: `read: {schema: union}`"))
        by_kind = {kind: [n for n, k in there.items() if k == kind] for kind in dict.fromkeys(there.values())}
        if len(by_kind) > 1:
            listed = ", ".join(f"{kind} in {_some(names)}" for kind, names in by_kind.items())
            faults.append(Fault(f"column {column!r}", f"changes its type: {listed}", "write all files alike"))
    if len(faults) > _TOLD:
        rest = Fault("the files", f"differ in {len(faults) - _TOLD} more ways", "give only files of one table")
        return [*faults[:_TOLD], rest]
    return faults


@functools.lru_cache(maxsize=4096)
def _schema(file: Path, changed: int, size: int) -> pa.Schema:
    return pq.read_schema(file)


def _name(file: Path, files: Sequence[Path]) -> str:
    """A file's name, with its folder where another file has the same."""
    alike = sum(other.name == file.name for other in files) > 1
    return f"{file.parent.name}/{file.name}" if alike else file.name


def _kind(kind: pa.DataType) -> str:
    """A type as far as it matters here: numbers of any width are one kind."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_timestamp(kind):
        return "timestamp" if kind.tz is None else "timestamp with a time zone"
    return "string" if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else str(kind)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
