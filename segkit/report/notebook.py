"""The notebook behind a study, read as plain data: nothing in it runs here, and no annotation is evaluated.

Its one cell tagged ``parameters`` is the contract: typed, commented defaults, a line each. What its metadata say
under ``segkit`` tells which parameters name tables and which files it reads.
"""

from __future__ import annotations

import ast
import io
import json
import math
import re
import threading
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from segkit.words.errors import Fault, StudyError

_PARSING = threading.Lock()
_CHECK = re.compile(r"""report\.check\(\s*["'](\w+)["']""")
_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict, "None": None}
_LEAST = {"seed": 0, "k": 2}
"""The smallest value of parameters of these names; of lengths in days or weeks it is 1."""
LARGEST = 2**53
"""Beyond this a whole number is no longer one in JSON, in JavaScript or as a fraction."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a notebook: what its parameters cell says."""

    name: str
    annotation: str
    default: Any
    comment: str

    def faults(self, value: Any, where: str) -> list[Fault]:
        """What is wrong with a value for this parameter."""
        if isinstance(value, float) and not math.isfinite(value):
            return [Fault(where, f"`{self.name}` is {value}, not a number", f"it takes {self.annotation}")]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and abs(value) > LARGEST:
            return [Fault(where, f"`{self.name}` is too large a number", f"at most {LARGEST:,}")]
        if self.name.endswith("_share") and number and not 0 < value < 1:
            example = f"; {value} percent are {value / 100:g}" if 1 < value <= 100 else ""
            return [Fault(where, f"`{self.name}` is {value}, but a share lies between 0 and 1",
                          f"write it as {self.default!r}{example}")]
        if number and (wrong := _part_fault(self.name, value)):
            example = f"; {value:g} percent are {value / 100:g}" if 1 < value <= 100 else ""
            return [Fault(where, f"`{self.name}` is {value}, but {wrong}", f"write it as {self.default!r}{example}")]
        least = 1 if self.name.endswith(("_days", "_weeks")) else _LEAST.get(self.name)
        if number and least is not None and value < least:
            return [Fault(where, f"`{self.name}` is {value}, less than {least}",
                          f"it takes {self.annotation}, at least {least}: {self.comment}")]
        expected_type = kind(self.annotation)
        try:
            TypeAdapter(expected_type).validate_python(value, strict=not _is_number(expected_type, value))
        except ValidationError as error:
            reasons = "; ".join(e["msg"].removeprefix("Input ") for e in error.errors()[:3])
            example = "" if self.default is None else f", such as {self.default!r}"
            return [Fault(where, f"`{self.name}` is {value!r}: {reasons}",
                          f"it takes {self.annotation}{example}: {self.comment}")]
        return []


def _part_fault(name: str, value: float) -> str:
    """What is wrong with a rate or a margin; "" where nothing is, or it is another parameter."""
    if name.endswith("_rate") and not 0 <= value < 1:
        return "a yearly rate lies between 0 and 1"
    if name == "margin" and not 0 < value <= 1:
        return "it is a part of the revenue, above 0 and at most 1"
    return ""


def _is_number(wanted: Any, value: Any) -> bool:
    return wanted in (float, float | None) and isinstance(value, int) and not isinstance(value, bool)


def kind(annotation: str) -> Any:
    """The type that an annotation names, read from its text alone.

    Parameters
    ----------
    annotation : one of str, int, float, bool, list, dict, None, ``Literal[…]`` of plain values, or several of these
        joined by ``|``.

    Raises
    ------
    ValueError
        When it is anything else.

    Examples
    --------
    >>> kind("int | None") == (int | None), kind("Literal['a', 2]")
    (True, typing.Literal['a', 2])
    """
    try:
        return _kind(parsed(annotation, "eval").body)
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"{annotation[:80]!r} is no type of a parameter") from None


def _kind(node: ast.expr) -> Any:
    if isinstance(node, ast.Name) and node.id in _TYPES:
        return _TYPES[node.id]
    if isinstance(node, ast.Constant) and node.value is None:
        return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = _kind(node.left), _kind(node.right)
        return left if left is right else left | right if left is not None else right | None
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        values = tuple(p.value if isinstance(p, ast.Constant) else ... for p in parts)
        if values and all(isinstance(v, str | int | bool) for v in values):
            return Literal[values]
    raise ValueError(f"{ast.unparse(node)[:80]!r} is no type of a parameter; there are "
                     f"{', '.join(_TYPES)} and Literal[…], joined by |")


def read(path: Path) -> dict[str, Any]:
    """A notebook's cells and metadata, their shape checked.

    Raises
    ------
    StudyError
        When the file is not there, no notebook, or not whole, with its line: a merge conflict, for example.
    """
    where = path.name
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except OSError as error:
        raise StudyError([Fault(where, f"cannot be read: {error.strerror or error}", "see that it is there")]) from None
    except UnicodeDecodeError:
        raise StudyError([Fault(where, "is not UTF-8 text", "take it from the repository again")]) from None
    except json.JSONDecodeError as error:
        line = text[:error.pos].count("\n") + 1
        marks = text.splitlines()[line - 1:line]
        conflict = bool(marks) and marks[0].lstrip().startswith(("<<<<<<<", "=======", ">>>>>>>"))
        reason = "holds a merge conflict" if conflict else f"is not valid JSON: {error.msg}"
        raise StudyError([Fault(f"{where}:{line}", reason, "resolve the conflict" if conflict else
                                "save it again from JupyterLab, or take it from the repository again")]) from None
    except (ValueError, RecursionError) as error:
        raise StudyError([Fault(where, f"cannot be read: {error}", "take it from the repository again")]) from None
    if problem := _problem(content):
        raise StudyError([Fault(where, f"is not a notebook: {problem}", "save it again from JupyterLab, or take it "
                                "from the repository again")])
    return content


def _problem(content: Any) -> str:
    """What keeps JSON from being a notebook that can be built from; "" for nothing."""
    if not isinstance(content, dict):
        return "the file holds no object"
    cells, metadata = content.get("cells"), content.get("metadata")
    if content.get("nbformat", 4) != 4:
        return f"`nbformat` is {content['nbformat']!r}, not 4"
    if not isinstance(cells, list) or not isinstance(metadata, dict):
        return "`cells` or `metadata` is missing"
    for n, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
            return f"cell {n} is neither code nor text"
        source, cell_metadata = cell.get("source"), cell.get("metadata")
        lines: list[Any] = source if isinstance(source, list) else [source]
        if not all(isinstance(line, str) for line in lines):
            return f"cell {n} has no source"
        if not isinstance(cell_metadata, dict) or not _texts(cell_metadata.get("tags", [])):
            return f"cell {n} has metadata that cannot be read"
        try:
            "".join(lines).encode()
        except UnicodeEncodeError:
            return f"cell {n} holds half a character"
    kit_metadata = metadata.get("segkit", {})
    if not isinstance(kit_metadata, dict) or not _texts(kit_metadata.get("files", [])) or not isinstance(
            kit_metadata.get("needs", {}), dict):
        return "its metadata `segkit` cannot be read"
    tables = kit_metadata.get("tables", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) and isinstance(t.get("parameter"), str)
                                               and t["parameter"].endswith("data") for t in tables.values()):
        return "its metadata `segkit.tables` name no parameter that ends in `data`"
    return ""


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def metadata(path: Path) -> dict[str, Any]:
    """What a notebook says of itself: which kind of table each parameter names, and which files it reads."""
    return read(path)["metadata"].get("segkit", {})


def is_used(tag: str, values: Mapping[str, Any]) -> bool:
    """Whether a study of these values sets what a cell with a tag `when-…` is about, or leaves empty what one with
    `unless-…` is; other tags say nothing of it.

    Examples
    --------
    >>> is_used("when-names-or-merge", {"names": {}, "merge": {3: [4]}}), is_used("when-names", {"names": {}})
    (True, False)
    >>> is_used("unless-data", {"data": ""}), is_used("unless-data", {"data": "sales.csv"})
    (True, False)
    """
    condition, _, named = tag.partition("-")
    if condition not in ("when", "unless"):
        return True
    is_set = any(values.get(n) not in (None, "", [], {}) for n in named.split("-or-"))
    return is_set == (condition == "when")


def checks(path: Path) -> set[str]:
    """Names of the checks that a notebook makes."""
    code = ("".join(c["source"]) for c in read(path)["cells"] if c["cell_type"] == "code")
    return {name for source in code for name in _CHECK.findall(source)}


def parameters(path: Path) -> tuple[Parameter, ...]:
    """The parameters of a notebook, from its one cell tagged ``parameters``.

    Raises
    ------
    StudyError
        When the notebook cannot be read, there is no such cell, or a line of it is not
        ``name: type = default  # comment``.
    """
    tagged = [c for c in read(path)["cells"] if "parameters" in c["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise StudyError([Fault(path.name, f"has {len(tagged)} cells tagged `parameters`", "tag exactly one")])
    try:
        return tuple(_parameters("".join(tagged[0]["source"]), path.name))
    except (SyntaxError, ValueError, TypeError, tokenize.TokenError, RecursionError, MemoryError) as error:
        raise StudyError([Fault(f"{path.name}, parameters cell", f"cannot be read: {error}",
                                "write each line as `name: type = default  # comment`")]) from None


def parsed(code: str, mode: str = "exec") -> Any:
    """The syntax tree of a text, one at a time: Python 3.11 loses count of its depth where two threads make one."""
    with _PARSING:
        return ast.parse(code, mode=mode)


def _parameters(text: str, notebook: str) -> Iterator[Parameter]:
    comments = {t.start[0]: t.string.lstrip("# ") for t in tokenize.generate_tokens(io.StringIO(text).readline)
                if t.type == tokenize.COMMENT}
    for node in parsed(text).body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            raise StudyError([Fault(f"{notebook}, parameters cell, line {node.lineno}",
                                    "is not `name: type = default  # comment`")])
        annotation = ast.unparse(node.annotation)
        kind(annotation)
        yield Parameter(node.target.id, annotation, ast.literal_eval(node.value),
                        comments.get(node.end_lineno or node.lineno, ""))
