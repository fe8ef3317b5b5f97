"""The tables of a study that names none and starts from the segments of another: those of that study.

The segments are of its people, so no other table would do. What says how their answers are read goes with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from segkit.report import inputs, notebook, yamlfile
from segkit.report.inputs import Input
from segkit.words.errors import SegkitError

_READING = ("dont_know", "labels")
"""Parameters that say how the answers of a table are read, or what its columns are called."""
_AS_CUSTOMERS = {"respondent_id": "customer_id"}


def tables(name: str, wanted: Iterable[Input], reports: Path, notebooks: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tables of a study as another one names them, and its parameters that say how they are read.

    Parameters
    ----------
    name : the study whose segments are taken.
    wanted : the tables of the notebook that takes them. A table goes to the one of its kind; that of a survey is the
        table of customers, its respondents the customers.
    reports, notebooks : the folders of studies and of notebooks.

    Returns
    -------
    Two mappings, both empty where that study cannot be read, which is told where it is built, or names no tables of a
    kind wanted. A study that itself names none hands on those it takes.
    """
    specs = _named(name, reports, notebooks, ())
    if specs is None:
        return {}, {}
    by_kind, reading = specs
    found = {table.name: _fitted(by_kind[kind], table, kind) for table in wanted if table.contract
             for kind in (table.contract, "survey" if table.contract == "customers" else "") if kind in by_kind}
    return found, {key: value for key, value in reading.items() if found}


def _named(name: str, reports: Path, notebooks: Path, way: tuple[str, ...]
           ) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Kind → table of a study, and how its answers are read."""
    path = reports / f"{name}.yaml"
    try:
        raw = yamlfile.read(path)[1] if name not in way and path.is_file() else {}
        template = notebooks / f"{raw.get('notebook')}.ipynb"
        known = inputs.inputs(template) if template.is_file() else ()
        parameters = {p.name for p in notebook.parameters(template)} if known else set()
    except SegkitError:
        return None
    given, values = raw.get("tables") or {}, raw.get("parameters") or {}
    if not isinstance(given, Mapping) or not isinstance(values, Mapping):
        return None
    if not given and isinstance(values.get("segments"), str) and values["segments"]:
        return _named(values["segments"], reports, notebooks, (*way, name))
    kinds = {table.contract: given[table.name] for table in known if table.contract and given.get(table.name)}
    return kinds, {key: values[key] for key in _READING if key in parameters and values.get(key)}


def _fitted(spec: Any, table: Input, kind: str) -> dict[str, Any]:
    """A table as another notebook takes it: the parts that it has, and a survey's roles as those of customers."""
    parts = spec if isinstance(spec, Mapping) else {"data": spec}
    columns = parts.get("columns")
    if kind == "survey" and isinstance(columns, Mapping):
        parts = {**parts, "columns": {_AS_CUSTOMERS.get(role, role): column for role, column in columns.items()}}
    return {part: value for part, value in parts.items() if part in table.parts}
