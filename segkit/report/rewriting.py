"""Parameters that were changed in a working copy go back into the study's YAML, where its comments stay.

Only the values that differ are written, each in its place; the difference is shown before.
"""

from __future__ import annotations

import difflib
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from segkit.report import notebook as notebooks
from segkit.report import study as studies
from segkit.report.study import Study
from segkit.words.errors import Fault, StudyError


def changed(file: Path) -> tuple[Study, dict[str, Any]]:
    """The study of a working copy, and the parameters whose values differ there.

    Raises
    ------
    StudyError
        When the file is no working copy, its study is gone or has a fault, or a value is none that a study could hold.
    """
    if not studies.is_file(file):
        raise StudyError([Fault(str(file), "there is no such file", "write one: segkit lab STUDY")])
    name = notebooks.metadata(file).get("study")
    if not isinstance(name, str):
        raise StudyError([Fault(str(file), "is no working copy of a study", "write one: segkit lab STUDY")])
    study = studies.load(name)
    values = {p.name: p.default for p in notebooks.parameters(file)}
    parameters = {p.name: p for p in study.defaults}
    faults = [Fault(f"{file.name}, `{n}`", f"is not a parameter of {study.notebook.stem}", "take the line out")
              for n in values if n not in parameters]
    faults += [fault for n, value in values.items() if n in parameters
               for fault in parameters[n].faults(value, f"{file.name}, parameters")]
    if faults:
        raise StudyError(faults, file.name)
    return study, {n: v for n, v in values.items() if v != study.values[n]}


def rewritten(study: Study, values: Mapping[str, Any]) -> str:
    """The text of a study with other values of some parameters; comments elsewhere stay.

    Raises
    ------
    StudyError
        When the text would not give these values: a study that is written in an unusual way is changed by hand.
    """
    text = study.path.read_text(encoding="utf-8")
    for name, value in values.items():
        text = _with(text, _place(study, name), value)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / study.path.name
        trial.write_text(text, encoding="utf-8")
        try:
            read_back = studies.load(trial).values
        except StudyError:
            read_back = {}
    if read_back != {**study.values, **values}:
        raise StudyError([Fault(study.path.name, "is written in a way that cannot be changed here",
                                "change it by hand: " + ", ".join(f"`{n}: {_flow(v)}`" for n, v in values.items()))])
    return text


def difference(study: Study, text: str) -> str:
    """What a new text changes in a study, line by line; "" for nothing."""
    name = study.path.name
    return "".join(difflib.unified_diff(study.path.read_text(encoding="utf-8").splitlines(True), text.splitlines(True),
                                        name, f"{name}, changed", n=1))


def _place(study: Study, name: str) -> tuple[str, ...]:
    """Where a parameter stands in the study's file."""
    if study.names_tables:
        for table in study.inputs:
            for part in table.parts:
                if table.parameter_of(part) == name:
                    return "tables", table.name, part
    return "parameters", name


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False,
                          width=math.inf).removesuffix("...\n").strip()


def _with(text: str, at: tuple[str, ...], value: Any) -> str:
    """The text with a value at a place; what is missing on the way there is added."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for depth, key in enumerate(at):
        pair = next(((k, v) for k, v in node.value if k.value == key), None)
        if pair is None:
            return _added(text, node, at[depth:], value, depth)
        key_node, node = pair[0], pair[1]
        if depth < len(at) - 1 and not isinstance(node, yaml.MappingNode):  # nothing yet, or a table's source alone
            source = {"data": node.value} if node.value and depth == 1 else {}
            return _replaced(text, key_node, node, {**source, **_nested(at[depth + 1:], value)})
    return _replaced(text, key_node, node, value)


def _nested(at: tuple[str, ...], value: Any) -> Any:
    return {at[0]: _nested(at[1:], value)} if at else value


def _replaced(text: str, key: yaml.Node, node: yaml.Node, value: Any) -> str:
    """The text with another value of a key."""
    after = key.end_mark.index
    return f"{text[:after]}: {_flow(value)}{text[max(_end(node), after + 1):]}"


def _added(text: str, node: yaml.MappingNode, at: tuple[str, ...], value: Any, depth: int) -> str:
    """The text with one more key at the end of a mapping."""
    inner, end = _nested(at[1:], value), _end(node)
    if node.flow_style:
        return f"{text[:end - 1]}{', ' if node.value else ''}{at[0]}: {_flow(inner)}{text[end - 1:]}"
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    pad = " " * (node.value[0][0].start_mark.column if node.value else 2 * depth)
    return f"{text[:line_end]}\n{pad}{at[0]}: {_flow(inner)}{text[line_end:]}"


def _end(node: yaml.Node) -> int:
    """Where the text of a node ends: of a block, where its last part does."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return node.end_mark.index
