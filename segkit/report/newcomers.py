"""New people get the segment that a study's saved rule gives them, in the engine that holds them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from segkit.data.readers import place
from segkit.report import study as studies
from segkit.report.study import Study
from segkit.words.errors import DataError, Fault, did_you_mean

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from segkit.segmentation.saved import Saved

SUFFIXES = (".csv", ".parquet", ".xlsx")
_ROLES = {"transactions": "customer_id", "survey": "respondent_id", "brands": "customer_id", "customers": "customer_id"}


class Labelled(NamedTuple):
    """What was written: how many rows, and how many of them have no segment."""

    n: int
    n_without: int


def assign(name: str, data: str, to: str | Path, state: Path = place.PAGES / place.BUILD) -> Labelled:
    """Label new people and write who they are: their id, `segment` (as the page numbers it) and `name`.

    Parameters
    ----------
    name : a study whose build keeps its segments.
    data : the new people, any source of `segkit.data.open.table`: a table like that of the study (its `columns` and
        `read` hold), or one that has the segmentation variables as columns. Purchases become features as in the study;
        days count back from the last day of the new data.
    to : the file to write, .csv, .parquet or .xlsx; it must not be there.
    state : folder of what builds keep.

    Raises
    ------
    DataError
        When the study was never built or keeps no rule, a column is missing, an answer is not one of those the rule
        knows, or the file is there, of another kind, or cannot be written.
    """
    from segkit.segmentation import saved

    target = Path(to)
    _check(target)
    study = studies.load(name)
    held = saved.read(state / f"{study.name}.parquet")
    labelled = people(held, study, data)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        suffix = target.suffix.lower()
        _write(labelled, partial, ".csv" if suffix == ".csv" else ".parquet")
        counts = _counted(partial, suffix)
        if suffix == ".xlsx":
            _as_book(partial, target, counts.n, study)
        _moved(partial, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as error:
        raise DataError([Fault(str(target), f"cannot be written: {error.strerror or error}",
                               "name another with --to")]) from None
    finally:
        partial.unlink(missing_ok=True)
    return counts


def _exists(target: Path) -> DataError:
    return DataError([Fault(str(target), "is there already", "name another with --to, or take it away first")])


def _moved(partial: Path, target: Path) -> None:
    """Put the whole file in its place, never over one that came meanwhile."""
    try:
        os.link(partial, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if target.exists():
            raise FileExistsError from None
        partial.replace(target)


def _check(target: Path) -> None:
    """Everything that can be said of the file to write before the work is done."""
    if target.suffix.lower() not in SUFFIXES:
        raise DataError([Fault(str(target), f"ends in {target.suffix!r}", f"take one of {', '.join(SUFFIXES)}")])
    if target.exists() or target.is_symlink():
        raise _exists(target)
    if not target.parent.is_dir():
        raise DataError([Fault(str(target), f"the folder {target.parent} is not there", "make it, or name another")])
    if not os.access(target.parent, os.W_OK):
        raise DataError([Fault(str(target), f"the folder {target.parent} may not be written to by you",
                               "change its permissions, or name another with --to")])


def people(held: Saved, study: Study, data: str) -> ir.Table:
    """The new people with their segment, as an expression where they live: `id`, `segment`, `name`."""
    import ibis

    kind = next((table.contract for table in study.inputs if table.parameter == "data"), "")
    role, opened = _ROLES.get(kind, "customer_id"), _opened(held, study, data, kind)
    if role not in opened.columns:
        raise DataError([Fault(f"`{data}`", f"has no column for `{role}`", f"map it in {study.path.name} under "
                               f"`columns`: {did_you_mean(role, opened.columns)}")])
    labelled = held.segmentation.assign(opened).select(role, "segment")  # told once, named after
    names = {label: held.name(label) for label in held.segmentation.segments.index}
    name = ibis.cases(*[(labelled.segment == label, segment_name) for label, segment_name in names.items()],
                      else_=ibis.null("string"))
    return labelled.select(role, "segment", name=name)


def _opened(held: Saved, study: Study, data: str, kind: str) -> ir.Table:
    """The table with the segmentation variables."""
    from segkit.data import open as sources
    from segkit.data import surveys, tables
    from segkit.segmentation import behaviour
    from segkit.segmentation.partition import coding

    values = study.values
    columns, read = values.get("columns") or {}, values.get("read")
    raw = sources.table(data, read=read)
    variables = held.segmentation.variables
    if held.coding:
        mapping = {role: c for role, c in columns.items() if c in raw.columns}
        return coding.added(surveys.account(data, mapping, read).table, held.coding, values.get("dont_know") or ())
    if kind != "transactions" or set(variables) <= set(raw.columns):
        roles = {**(values.get("customer_columns") or {}), **columns}
        mapping = {role: c for role, c in roles.items() if c in raw.columns and role not in raw.columns}
        return sources.rename(raw, mapping, data) if mapping else raw
    features = behaviour.features(tables.load(data, kind, columns, None, read, values.get("rows")))
    if missing := [v for v in variables if v not in features.columns]:
        raise DataError([Fault(f"`{data}`", f"lacks the segmentation variables {', '.join(missing)}, which cannot be "
                               "computed from its columns either", "give a table like that of the study")])
    return features


def _write(told: ir.Table, path: Path, suffix: str) -> None:
    """Write in DuckDB, and what comes from a server batch by batch."""
    if suffix == ".csv":
        told = told.mutate(**{c: _safe(told[c]) for c in told.columns if told[c].type().is_string()})
    if told.get_backend().name == "duckdb":
        told.to_csv(path) if suffix == ".csv" else told.to_parquet(path, compression="zstd")
        return
    from pyarrow import csv, parquet

    batches = told.to_pyarrow_batches()
    needed = csv.WriteOptions(quoting_style="needed")
    with (csv.CSVWriter(path, batches.schema, write_options=needed) if suffix == ".csv" else
          parquet.ParquetWriter(path, batches.schema, compression="zstd")) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _as_book(path: Path, target: Path, n: int, study: Study) -> None:
    """Put a workbook in the place of a Parquet file."""
    import pandas as pd

    from segkit.report import exports

    if n > exports.MOST_ROWS:
        raise DataError([Fault(str(target), f"a sheet holds {exports.MOST_ROWS:,} people, and here are {n:,}",
                               "take .csv or .parquet")])
    path.write_bytes(exports.people_book(pd.read_parquet(path, dtype_backend="numpy_nullable"), study, "segments"))


def _safe(column: ir.StringValue) -> ir.StringValue:
    """A text that no spreadsheet takes for a formula, as `exports.plain` has it."""
    import ibis

    formula = column.re_search(r"^[=+\-@\t\r]") & ~column.re_search(r"^[+-][0-9 ().-]*$")
    return ibis.ifelse(formula, ibis.literal("'") + column, column)


def _counted(path: Path, suffix: str) -> Labelled:
    import ibis

    engine = ibis.duckdb.connect()
    table = engine.read_csv(path, all_varchar=True, header=True) if suffix == ".csv" else engine.read_parquet(path)
    n, n_labelled = table.aggregate(n=table.count(), known=table.segment.count()).execute().iloc[0]
    return Labelled(int(n), int(n - n_labelled))
