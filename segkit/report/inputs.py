"""The tables a study names: one shape for each, `tables: {purchases: {data: …, columns: …, read: …, rows: …}}`.

A notebook's metadata say which tables there are, and of what kind: ``{"segkit": {"tables": {"customers": {"parameter":
"customer_data", "contract": "customers"}}}}``. In the notebook each part of a table is a parameter of its own, so that
it can be read and changed there: `customer_data`, `customer_columns`, `customer_read`. A study that names its tables
reads these and no others, where one that names none runs on the bundled data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segkit.report import notebook
from segkit.report.notebook import Parameter
from segkit.words.errors import Fault, StudyError, did_you_mean

PARTS = ("data", "columns", "read", "rows")
"""What a study may say of a table: its source, role → column, how to read it, rules for its rows."""
_EMPTY: dict[str, Any] = {"data": "", "columns": {}, "read": {}, "rows": {}}


@dataclass(frozen=True)
class Input:
    """A table that studies of a notebook may name.

    Attributes
    ----------
    name : as a study calls it, such as purchases or customers.
    parameter : the notebook's parameter that holds its source.
    contract : its kind, a key of `segkit.data.contract.contracts.CONTRACTS`; "" where its rows are counted alone.
    parts : those of `PARTS` that the notebook takes.
    optional : whether a study may do without it though it is the notebook's first table.
    own : parameters whose default is of the bundled table → their value beside a table of one's own.
    """

    name: str
    parameter: str
    contract: str
    parts: tuple[str, ...]
    optional: bool = False
    own: Mapping[str, Any] = field(default_factory=dict)

    def parameter_of(self, part: str) -> str:
        """The notebook's parameter that holds a part of this table."""
        return self.parameter.removesuffix("data") + part

    def given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What a study says of this table, by part; None for parts that the notebook does not take."""
        return {part: values.get(self.parameter_of(part)) for part in PARTS}


def inputs(path: Path) -> tuple[Input, ...]:
    """The tables of a notebook.

    Raises
    ------
    StudyError
        When the notebook cannot be read, or its metadata name a parameter that it does not have.
    """
    names = {p.name for p in notebook.parameters(path)}
    tables = tuple(_input(name, spec, names) for name, spec in notebook.metadata(path).get("tables", {}).items())
    if astray := [table for table in tables if "data" not in table.parts]:
        raise StudyError([Fault(f"{path.name}, metadata, `tables`", f"`{table.name}` names the parameter "
                                f"`{table.parameter}`", did_you_mean(table.parameter, names)) for table in astray])
    return tables


def _input(name: str, told: Mapping[str, Any], names: Iterable[str]) -> Input:
    table = Input(name, told["parameter"], told.get("contract", ""), (), told.get("optional", False),
                  told.get("own", {}))
    return replace(table, parts=tuple(part for part in PARTS if table.parameter_of(part) in names))


def parameters(given: Mapping[str, Any], known: Iterable[Input], defaults: Mapping[str, Parameter]) -> dict[str, Any]:
    """The notebook's parameters that a study's tables stand for.

    Tables that the study does not name are not read. `columns` are the notebook's own where the source is, too.

    Parameters
    ----------
    given : the tables of a study, by name; see `faults` for what they may be.
    known : the tables of its notebook.
    defaults : the parameters of its notebook, by name.
    """
    values: dict[str, Any] = {}
    for table in known if given else ():
        spec = _spec(given.get(table.name))
        has_own_data = spec.get("data") != defaults[table.parameter].default
        for part in table.parts:
            parameter = table.parameter_of(part)
            usual = _EMPTY[part] if has_own_data or part != "columns" else defaults[parameter].default
            values[parameter] = usual if spec.get(part) is None else spec[part]
        values |= table.own if has_own_data else {}
    return values


def _spec(given: Any) -> dict[str, Any]:
    """A table as a mapping; its source alone will do."""
    if given is None:
        return {}
    return given if isinstance(given, dict) else {"data": given}


def faults(given: Mapping[str, Any], known: Iterable[Input], flat: Iterable[str],
           defaults: Mapping[str, Parameter]) -> Iterator[tuple[tuple[str, ...], Fault]]:
    """What is wrong with the tables of a study, each with its place in the file; the fault's own place is left open.

    Parameters
    ----------
    given : the tables of a study, by name.
    known : the tables of its notebook.
    flat : the parameters that the study sets itself.
    defaults : the parameters of its notebook, by name.
    """
    tables = {table.name: table for table in known}
    for name, value in given.items():
        if name not in tables:
            yield (name,), Fault("", f"`{name}` is not a table of this notebook", did_you_mean(name, tables))
            continue
        table, spec = tables[name], _spec(value)
        for part in spec:
            if part not in table.parts:
                yield (name, part), Fault("", f"`{part}` cannot be said of the table `{name}`",
                                          did_you_mean(str(part), table.parts))
        twice = [p for part in table.parts if (p := table.parameter_of(part)) in flat]
        if twice:
            yield (name,), Fault("", f"the table `{name}` is given twice: here, and as `{'`, `'.join(twice)}` under "
                                 "`parameters`", "keep it here, and take it out of `parameters`")
        for part in table.parts:
            if spec.get(part) is not None:
                wrong = defaults[table.parameter_of(part)].faults(spec[part], "")
                yield from (((name, part), _in_words(fault, [table])) for fault in wrong)
        if not spec.get("data") and (set(spec) - {"data"} or value is None):
            yield (name,), Fault("", f"the table `{name}` has no `data`",
                                 f"write it as `{name}: {{data: file.csv, columns: {{…}}}}`, or take it out")
    first = next(iter(tables.values()), None)
    if given and first is not None and first.parameter == "data" and not first.optional and first.name not in given:
        yield (), Fault("", f"names no table `{first.name}`", f"add `{first.name}: {{data: …}}`")


def in_words(told: Iterable[Fault], known: Iterable[Input]) -> list[Fault]:
    """Faults that name parts of tables as a study writes them: "`columns` of `customers`", not `customer_columns`.

    Examples
    --------
    >>> table = Input("customers", "customer_data", "customers", PARTS)
    >>> print(in_words([Fault("`customer_data`", "is empty", "map its id under `customer_columns`")], [table])[0])
    `data` of `customers`: is empty
      → map its id under `columns` of `customers`
    """
    known = list(known)
    return [_in_words(fault, known) for fault in told]


def _in_words(fault: Fault, known: Iterable[Input]) -> Fault:
    for table in known:
        for part in table.parts if table.parameter != "data" else ():
            pattern = re.compile(rf"`{table.parameter_of(part)}(:[^`]*)?`")
            as_written = rf"`{part}\1` of `{table.name}`"
            fault = replace(fault, where=pattern.sub(as_written, fault.where),
                            found=pattern.sub(as_written, fault.found), fix=pattern.sub(as_written, fault.fix))
    return fault


def rewritten(given: Mapping[str, Any], known: Iterable[Input]) -> dict[str, dict[str, Any]]:
    """The tables that a study's parameters name, in the shape of `tables`; parameters of tables must not stay.

    Examples
    --------
    >>> table = Input("customers", "customer_data", "customers", PARTS)
    >>> rewritten({"customer_data": "people.csv", "customer_columns": {"customer_id": "no"}}, [table])
    {'customers': {'data': 'people.csv', 'columns': {'customer_id': 'no'}}}
    """
    specs = {table.name: {part: value for part, value in table.given(given).items() if value} for table in known}
    return {name: spec for name, spec in specs.items() if spec}
