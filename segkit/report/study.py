"""Studies: a YAML file that names a notebook and its parameters, checked before anything runs.

The notebook's one cell tagged ``parameters`` is the contract: typed, commented defaults. A study may set
those names and no others; papermill would let an unknown name pass.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from segkit.data.samples import PROJECT
from segkit.report import goal as goals
from segkit.report import inherited, judgement, yamlfile
from segkit.report import inputs as study_inputs
from segkit.report.goal import Goal
from segkit.report.inputs import Input
from segkit.report.judgement import Threshold
from segkit.report.notebook import LARGEST, Parameter, checks, parameters
from segkit.words.errors import Fault, StudyError, did_you_mean, without_secrets
from segkit.words.language import LANGUAGES

REPORTS = PROJECT / "reports"
NOTEBOOKS = PROJECT / "notebooks"
EXPORTS = ("csv", "xlsx", "parquet", "sav", "sql", "json", "form", "figures")
_EXPORT = re.compile(rf"(?:{'|'.join(EXPORTS)})|sql:[a-z]+")
_MAX_NAME = 100
_NAME = re.compile(r"[^\W_][\w .+-]*")
"""Names of pages, of links and in commands: nothing that an address, a file system or a shell takes for its own."""


class _File(BaseModel):
    """The keys of a study file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    notebook: str
    title: dict[str, str] | str
    summary: dict[str, str] | str = ""
    languages: list[Literal["en", "vi"]] = Field(["en"], min_length=1)
    audience: Literal["student", "marketer", "researcher"] = "student"
    show_people: bool = False
    goal: Goal | None = None
    checks: dict[str, Threshold] = {}
    export: list[str] = []
    tables: dict[str, Any] | None = None
    parameters: dict[str, Any] | None = None


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
    parameters : the values it sets, those of its tables among them.
    defaults : all parameters of the notebook.
    audience : who reads its pages: a student (Learn boxes and exercises), a marketer (neither) or a researcher
        (Learn boxes, no exercises, no help with reading figures).
    goal : what its segments are for, by what that is judged and who decides; see `segkit.report.goal`.
    export : what it writes beside its pages, of `EXPORTS`; "sql:postgres" names a dialect.
    show_people : whether its pages show ids as they are and groups of a few people; see `segkit.report.people`.
    checks : thresholds of its own by name of the check; see `segkit.report.judgement`.
    inputs : the tables its notebook takes; see `segkit.report.inputs`.
    names_tables : whether it names its tables under `tables`, and not by parameters of the notebook.
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
    show_people: bool = False
    checks: Mapping[str, Threshold] = field(default_factory=dict)
    export: tuple[str, ...] = ()
    goal: Goal | None = None
    inputs: tuple[Input, ...] = field(repr=False, default=())
    names_tables: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """Every parameter with the value this study runs with."""
        return {p.name: self.parameters.get(p.name, p.default) for p in self.defaults}

    def in_words(self, faults: Iterable[Fault]) -> list[Fault]:
        """Faults that name a part of a table as this study writes it."""
        return study_inputs.in_words(faults, self.inputs) if self.names_tables else list(faults)

    def note(self) -> Fault | None:
        """How to name the tables of a study that sets parameters of tables in the way of earlier releases; or None."""
        flat = {table.parameter_of(part) for table in self.inputs for part in table.parts}
        if self.names_tables or not flat & set(self.parameters):
            return None
        tables = yaml.safe_dump(study_inputs.rewritten(self.values, self.inputs), default_flow_style=True,
                                allow_unicode=True, sort_keys=False, width=math.inf).strip()
        return Fault("`parameters`", "name tables in a way that the next release does not read",
                     f"take them out, and write `tables: {tables}` beside `parameters`")


def names() -> list[str]:
    """All studies of the project."""
    return sorted(p.stem for p in REPORTS.glob("*.yaml"))


def templates() -> list[str]:
    """All notebooks of the project."""
    return sorted(p.stem for p in NOTEBOOKS.glob("*.ipynb"))


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
    if not _NAME.fullmatch(unicodedata.normalize("NFC", path.stem)) or path.stem != path.stem.strip(" ."):
        raise StudyError([Fault(f"the name {path.name!r}", "holds characters that a page's address cannot have",
                                "rename the file: letters, digits, blanks and - _ . +, a letter or digit first")])
    lines, raw = yamlfile.read(path)
    faults: list[Fault] = []
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise StudyError([_key_fault(path, lines, e) for e in error.errors()], path.name) from None
    texts = {key: _texts(getattr(file, key), key, file.languages, path, lines, faults) for key in ("title", "summary")}
    notebook = NOTEBOOKS / f"{file.notebook}.ipynb"
    if file.notebook not in templates():  # a name, never a path: a study runs no notebook from elsewhere
        faults.append(Fault(_where(path, lines, ("notebook",)), f"there is no notebook {file.notebook!r}",
                            did_you_mean(file.notebook, templates())))
        raise StudyError(faults, path.name)
    faults += [Fault(_where(path, lines, ("export",)), f"`export` has {kind!r}", did_you_mean(kind, EXPORTS))
               for kind in file.export if not _EXPORT.fullmatch(kind)]
    defaults = parameters(notebook)
    values = {key: _plain(value) for key, value in (file.parameters or {}).items()}
    known = {p.name: p for p in defaults}
    for key, value in values.items():
        where = _where(path, lines, ("parameters", key))
        if key not in known:
            faults.append(Fault(where, f"`{key}` is not a parameter of {file.notebook}",
                                _of_rules(key, known) or did_you_mean(key, known)))
        else:
            faults += (_unfit(key, value, where, f"it takes {known[key].annotation}: {known[key].comment}")
                       or known[key].faults(value, where) or _sources(key, value, where))
    tables, table_inputs = _plain(file.tables or {}), study_inputs.inputs(notebook)
    reading: dict[str, Any] = {}
    if not tables and not {table.parameter_of(part) for table in table_inputs for part in table.parts} & set(values):
        tables, reading = inherited.tables(str(values.get("segments") or ""), table_inputs, REPORTS, NOTEBOOKS)
    unfit = [fault for name, value in tables.items()
             for fault in _unfit(name, value, _where(path, lines, ("tables", name)), "it takes text and mappings")]
    faults += unfit
    if not unfit:
        faults += [replace(fault, where=_where(path, lines, ("tables", *at)))
                   for at, fault in study_inputs.faults(tables, table_inputs, values, known)]
    faults += [replace(fault, where=_where(path, lines, ("checks", key)))
               for key, fault in judgement.faults(file.checks, checks(notebook) if file.checks else set())]
    if file.goal:
        faults += [Fault(_where(path, lines, ("goal", *at)), found, fix)
                   for at, found, fix in goals.faults(file.goal, file.languages, checks(notebook))]
    if faults:
        raise StudyError(faults, path.name)
    values = {**study_inputs.parameters(tables, table_inputs, known),
              **{key: value for key, value in reading.items() if key in known}, **values}
    return Study(path.stem, path, notebook, texts["title"], texts["summary"], tuple(dict.fromkeys(file.languages)),
                 values, defaults, file.audience, file.show_people, file.checks, tuple(dict.fromkeys(file.export)),
                 file.goal, table_inputs, bool(tables))


def _unfit(key: str, value: Any, where: str, fix: str) -> list[Fault]:
    """What no parameter may hold: a password, a number that is none, a value of no plain kind."""
    if secret := next((s for s in _texts_in(value) if without_secrets(s) != s), None):
        return [Fault(where, f"`{key}` holds a password, {secret}", "take it out; put it into ~/.pgpass, a service "
                      "file, or the variable PGPASSWORD")]
    if odd := next(_odd(value), None):
        return [Fault(where, f"`{key}` holds {odd}", fix)]
    return []


def _of_rules(key: str, known: Mapping[str, Parameter]) -> str:
    """What to do instead of merging, splitting or naming segments that rules make; "" for other parameters."""
    rules = next((name for name in ("bands", "rules") if name in known), "")
    if key not in ("merge", "split", "names") or not rules:
        return ""
    example = {"bands": "`bands: [{name: Good, when: {any: [{r: 5}, {f: 5}]}}, …]`",
               "rules": "`rules: {model: value-based, segments: [{name: Good, when: {any: [{frequency: {at_least: 9}}, "
                        "{monetary: {at_least: 500}}]}}, …]}`"}[rules]
    alternative = "; or merge and split in a study of 02-segmentation, and take its segments: `segments: STUDY`"
    return (f"segments made by rules are merged, split and named in the rules: {example}" if rules == "bands" or
            "criteria" in known else "stages of the lifecycle are told by `rules` and have names of their own"
            ) + alternative * ("segments" in known)


def _path(name: str | Path) -> Path:
    if len(str(name)) > _MAX_NAME and not str(name).endswith((".yaml", ".yml")):
        raise StudyError([Fault(f"study {str(name)[:40]!r}…", "is too long a name", f"at most {_MAX_NAME} letters")])
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        if not is_file(path):
            raise StudyError([Fault(f"`{name}`", "there is no such study file", did_you_mean(path.stem, names()))])
        return path.resolve()
    study_file = REPORTS / f"{name}.yaml"
    if not is_file(study_file):
        raise StudyError([Fault(f"study {str(name)!r}", "does not exist", did_you_mean(str(name), names()))])
    return study_file


def is_file(path: Path) -> bool:
    """Whether a path is a file's; too long a name, or one with a zero byte, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


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
        model, kind = (Goal, "goal") if at[:1] == ("goal",) else (_File, "study")
        return Fault(where, f"`{key}` is not a key of a {kind}", did_you_mean(at[-1], model.model_fields))
    if error["type"] == "missing":
        key = ".".join(map(str, error["loc"]))
        return Fault(where, f"`{key}` is missing", f"add `{error['loc'][-1]}: …`")
    return Fault(where, f"`{key}` is {error['input']!r}: {error['msg'].removeprefix('Input ')}")


def _texts(given: dict[str, str] | str, key: str, languages: Sequence[str], path: Path, lines: dict,
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
        if isinstance(value, dict):
            yield from (f"{name}={part}" for name, part in value.items() if isinstance(part, str) and part)
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(part)


def _odd(value: Any) -> Iterator[str]:
    """What stands in a value, however deep, that no parameter takes."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _odd(part)
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{value}, not a number"
    elif isinstance(value, int | float) and abs(value) > LARGEST:
        yield "too large a number"
    elif not isinstance(value, str | int | float | None):
        yield f"a value of the kind {type(value).__name__}"


def _sources(key: str, value: Any, where: str) -> list[Fault]:
    """What is wrong with several tables: each is its data alone, or `data` with `columns` and `read`."""
    faults = []
    for name, source in value.items() if key == "sources" and isinstance(value, dict) else ():
        spec = {"data": source} if isinstance(source, str) else source
        if not isinstance(spec, dict) or not isinstance(spec.get("data"), str) or not spec["data"]:
            faults.append(Fault(where, f"the source {name!r} has no `data`",
                                f"write it as `{name}: {{data: people.csv, columns: {{customer_id: …}}}}`"))
            continue
        faults += [Fault(where, f"`{part}` of the source {name!r} is {spec[part]!r}, not a mapping",
                         f"write it as `{part}: {{…}}`, or leave it out")
                   for part in ("columns", "read", "rows") if not isinstance(spec.get(part, {}), dict | None)]
    return faults


def _plain(value: Any) -> Any:
    """YAML values as a notebook takes them: days are text."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value
