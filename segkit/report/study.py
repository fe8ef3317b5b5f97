"""Studies: a YAML file that names a notebook and its parameters, checked before anything runs.

The notebook's one cell tagged ``parameters`` is the contract: typed, commented defaults. A study may set
those names and no others; papermill would let an unknown name pass.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import json
import math
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from segkit.data.samples import PROJECT
from segkit.report import yamlfile
from segkit.words.errors import Fault, StudyError, did_you_mean, without_secrets
from segkit.words.language import LANGUAGES

REPORTS = PROJECT / "reports"
NOTEBOOKS = PROJECT / "notebooks"
_MAX_NAME = 100
_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict, "None": None,
          "Literal": Literal}
_LEAST = {"seed": 0, "k": 2}
"""The smallest value of parameters of these names; of lengths in days or weeks it is 1."""


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
        kind = eval(self.annotation, {"__builtins__": {}}, _TYPES)  # our own notebook's annotation, names as above
        try:
            TypeAdapter(kind).validate_python(value, strict=not _is_number(kind, value))
        except ValidationError as error:
            said = "; ".join(e["msg"].removeprefix("Input ") for e in error.errors()[:3])
            example = "" if self.default is None else f", such as {self.default!r}"
            return [Fault(where, f"`{self.name}` is {value!r}: {said}",
                          f"it takes {self.annotation}{example}: {self.comment}")]
        return []


def _part_fault(name: str, value: float) -> str:
    """What is wrong with a rate or a margin; "" where nothing is, or it is another parameter."""
    if name.endswith("_rate") and not 0 <= value < 1:
        return "a yearly rate lies between 0 and 1"
    if name == "margin" and not 0 < value <= 1:
        return "it is a part of the revenue, above 0 and at most 1"
    return ""


def _is_number(kind: Any, value: Any) -> bool:
    return kind in (float, float | None) and isinstance(value, int) and not isinstance(value, bool)


class _File(BaseModel):
    """The keys of a study file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    notebook: str
    title: dict[str, str] | str
    summary: dict[str, str] | str = ""
    languages: list[Literal["en", "vi"]] = Field(["en"], min_length=1)
    audience: Literal["student", "marketer", "researcher"] = "student"
    parameters: dict[str, Any] = {}


@dataclass(frozen=True)
class Study:
    """A checked study.

    Attributes
    ----------
    name : the file's name without its ending; also the name of its pages.
    path : the YAML file.
    notebook : the template it runs.
    title, summary : text by language.
    languages : languages of its pages.
    parameters : the values it sets.
    defaults : all parameters of the notebook.
    audience : who reads its pages: a student (Learn boxes and exercises), a marketer (neither) or a researcher
        (Learn boxes, no exercises, no help with reading figures).
    """

    name: str
    path: Path
    notebook: Path
    title: dict[str, str]
    summary: dict[str, str]
    languages: tuple[str, ...]
    parameters: dict[str, Any]
    defaults: tuple[Parameter, ...] = field(repr=False, default=())
    audience: str = "student"

    @property
    def values(self) -> dict[str, Any]:
        """Every parameter with the value this study runs with."""
        return {p.name: self.parameters.get(p.name, p.default) for p in self.defaults}


def names() -> list[str]:
    """All studies of the project."""
    return sorted(p.stem for p in REPORTS.glob("*.yaml"))


def templates() -> list[str]:
    """All notebooks of the project."""
    return sorted(p.stem for p in NOTEBOOKS.glob("*.ipynb"))


def parameters(notebook: Path) -> tuple[Parameter, ...]:
    """The parameters of a notebook, from its one cell tagged ``parameters``.

    Raises
    ------
    StudyError
        When there is no such cell, or a line of it is not ``name: type = default  # comment``.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [c for c in cells if "parameters" in c["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise StudyError([Fault(notebook.name, f"has {len(tagged)} cells tagged `parameters`", "tag exactly one")])
    text = "".join(tagged[0]["source"])
    try:
        return tuple(_parameters(text, notebook.name))
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        raise StudyError([Fault(f"{notebook.name}, parameters cell", f"cannot be read: {error}",
                                "write each line as `name: type = default  # comment`")]) from None


def _parameters(text: str, notebook: str) -> Iterator[Parameter]:
    comments = {t.start[0]: t.string.lstrip("# ") for t in tokenize.generate_tokens(io.StringIO(text).readline)
                if t.type == tokenize.COMMENT}
    for node in ast.parse(text).body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            raise StudyError([Fault(f"{notebook}, parameters cell, line {node.lineno}",
                                    "is not `name: type = default  # comment`")])
        yield Parameter(node.target.id, ast.unparse(node.annotation), ast.literal_eval(node.value),
                        comments.get(node.end_lineno or node.lineno, ""))


def load(name: str | Path) -> Study:
    """Read and check a study.

    Parameters
    ----------
    name : name of a study in ``reports/``, or the path of a study file.

    Raises
    ------
    StudyError
        With every fault: file, line, what was found, and the nearest name.
    """
    path = _path(name)
    lines, raw = yamlfile.read(path)
    faults = []
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise StudyError([_key_fault(path, lines, e) for e in error.errors()], path.name) from None
    texts = {key: _texts(getattr(file, key), key, file.languages, path, lines, faults) for key in ("title", "summary")}
    notebook = NOTEBOOKS / f"{file.notebook}.ipynb"
    if not notebook.is_file():
        faults.append(Fault(_where(path, lines, ("notebook",)), f"there is no notebook {file.notebook!r}",
                            did_you_mean(file.notebook, templates())))
        raise StudyError(faults, path.name)
    defaults = parameters(notebook)
    given = {key: _plain(value) for key, value in file.parameters.items()}
    known = {p.name: p for p in defaults}
    for key, value in given.items():
        where = _where(path, lines, ("parameters", key))
        if key not in known:
            faults.append(Fault(where, f"`{key}` is not a parameter of {file.notebook}", did_you_mean(key, known)))
        elif secret := next((v for v in _texts_in(value) if without_secrets(v) != v), None):
            faults.append(Fault(where, f"`{key}` holds a password: {secret}", "take it out; put it into ~/.pgpass, a "
                                "service file, or the variable PGPASSWORD"))
        else:
            faults += known[key].faults(value, where)
    if faults:
        raise StudyError(faults, path.name)
    return Study(path.stem, path, notebook, texts["title"], texts["summary"], tuple(dict.fromkeys(file.languages)),
                 given, defaults, file.audience)


def _path(name: str | Path) -> Path:
    if len(str(name)) > _MAX_NAME and not str(name).endswith((".yaml", ".yml")):
        raise StudyError([Fault(f"study {str(name)[:40]!r}…", "is too long a name", f"at most {_MAX_NAME} letters")])
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise StudyError([Fault(f"`{name}`", "there is no such study file", did_you_mean(path.stem, names()))])
        return path.resolve()
    found = REPORTS / f"{name}.yaml"
    if not found.is_file():
        raise StudyError([Fault(f"study {str(name)!r}", "does not exist", did_you_mean(str(name), names()))])
    return found


def _where(path: Path, lines: dict[tuple[str, ...], int], at: tuple[Any, ...]) -> str:
    for n in range(len(at), 0, -1):
        if line := lines.get(tuple(map(str, at[:n]))):
            return f"{path.name}:{line}"
    return path.name


def _key_fault(path: Path, lines: dict, error: Any) -> Fault:
    at: tuple[str, ...] = ()
    for part in map(str, error["loc"]):  # the rest of the location names pydantic's own types
        if not at or (*at, part) in lines:
            at = (*at, part)
    where, key = _where(path, lines, at), ".".join(at)
    if error["type"] == "extra_forbidden":
        return Fault(where, f"`{key}` is not a key of a study", did_you_mean(key, _File.model_fields))
    if error["type"] == "missing":
        return Fault(path.name, f"`{key}` is missing", f"add `{key}: …`")
    return Fault(where, f"`{key}` is {error['input']!r}: {error['msg'].removeprefix('Input ')}")


def _texts(given: dict[str, str] | str, key: str, languages: list[str], path: Path, lines: dict,
           faults: list[Fault]) -> dict[str, str]:
    texts = dict.fromkeys(languages, given) if isinstance(given, str) else dict(given)
    for code in languages:
        if code not in texts:
            faults.append(Fault(_where(path, lines, (key,)), f"`{key}` has no text in {code!r}",
                                f"add `{code}: …`, or take {code!r} out of `languages`"))
    faults += [Fault(_where(path, lines, (key, code)), f"{code!r} is not a language", did_you_mean(code, LANGUAGES))
               for code in texts if code not in LANGUAGES]
    return texts


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(part)


def _plain(value: Any) -> Any:
    """YAML values as a notebook takes them: days are text."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value
