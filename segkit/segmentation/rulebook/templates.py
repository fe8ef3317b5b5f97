"""Ready rule specs of the seven segmentation models (M1–M7), one YAML file each in ``specs/``."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pandas as pd

from segkit.segmentation.rulebook import spec as specs
from segkit.words import yamltext
from segkit.words.errors import Fault, SegkitError, check_option, did_you_mean

FOLDER = files("segkit.segmentation").joinpath("specs")


def names() -> list[str]:
    """Names of the templates, in the order of the models.

    Examples
    --------
    >>> "radius" in names()
    True
    """
    return list(_read())


@functools.cache
def _read() -> Mapping[str, Mapping[str, Any]]:
    by_name = {path.name.removesuffix(".yaml"): yamltext.load(path.read_text(encoding="utf-8"))
               for path in FOLDER.iterdir() if path.name.endswith(".yaml")}
    order = list(specs.MODELS)
    return dict(sorted(by_name.items(), key=lambda item: (order.index(item[1]["model"]), item[0])))


def template(name: str, columns: Mapping[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    """A ready rule spec by name, to use as it is or to edit.

    Parameters
    ----------
    name : one of `templates()`.
    columns : column of the template → column of your table, where the names differ.
    settings : values that the template leaves to you, such as `place` and `near_km` of "radius".

    Returns
    -------
    A spec for `segment` and `lint`; changing it changes nothing else.

    Raises
    ------
    SegkitError
        When there is no such template, setting or column in it.

    Examples
    --------
    >>> spec = template("radius", {"latitude": "lat"}, place=[10.7769, 106.7009])
    >>> spec["columns"]["distance_km"]["distance"]
    {'to': [10.7769, 106.7009], 'latitude': 'lat', 'longitude': 'longitude'}
    """
    check_option("template", name, names())
    spec = copy.deepcopy(dict(_read()[name]))
    defaults = spec.pop("settings", {})
    unknown = [s for s in settings if s not in defaults]
    if unknown:
        raise SegkitError([Fault(f"template {name!r}", f"has no setting `{s}`",
                                 did_you_mean(s, defaults) if defaults else "it has none") for s in unknown])
    spec = _filled(spec, {**defaults, **settings})
    used = reads(spec)
    if unknown := [c for c in columns or {} if c not in used]:
        raise SegkitError([Fault(f"template {name!r}", f"reads no column {c!r}", did_you_mean(c, used))
                           for c in unknown])
    return _renamed(spec, columns or {})


def resolve(spec: Any) -> Any:
    """The spec, or the template it names: ``{template: radius, columns: {latitude: lat}, near_km: 3}``.

    Examples
    --------
    >>> resolve({"template": "income", "shares": [0.1, 0.2]})["shares"]
    [0.1, 0.2]
    """
    if not isinstance(spec, Mapping) or "template" not in spec:
        return spec
    columns, settings = spec.get("columns"), {k: v for k, v in spec.items() if k not in ("template", "columns")}
    if columns is not None and not isinstance(columns, Mapping):
        raise SegkitError([Fault("rule spec, `columns`", f"is {columns!r}", "write `column of the template: yours`")])
    if "name" in settings:
        raise SegkitError([Fault("rule spec, `name`", "is not a setting", "settings: see `rules.templates()`")])
    return template(spec["template"], columns, **{str(k): v for k, v in settings.items()})


def templates() -> pd.DataFrame:
    """The templates there are.

    Returns
    -------
    DataFrame indexed by `template`: `model`, `title`, `about`, `reads` (columns), `settings`.

    Examples
    --------
    >>> templates().loc["company", "reads"]
    'employees'
    """
    rows = []
    for name, spec in _read().items():
        settings = spec.get("settings", {})
        filled = _filled({k: v for k, v in spec.items() if k != "settings"}, settings)
        rows.append({"template": name, "model": spec["model"], "title": spec["title"], "about": spec["about"],
                     "reads": ", ".join(reads(filled)),
                     "settings": ", ".join(f"{key}: {value}" for key, value in settings.items())})
    return pd.DataFrame(rows).set_index("template")


def reads(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a table that a spec reads."""
    if "by" in spec:
        return specs.variables(spec, [{"when": {spec["by"]: None}}])
    return specs.variables(spec, spec["segments"])


def _filled(value: Any, settings: Mapping[str, Any]) -> Any:
    """The value with each ``$setting`` replaced."""
    if isinstance(value, Mapping):
        return {key: _filled(item, settings) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, settings) for item in value]
    if isinstance(value, str) and value.startswith("$"):
        return copy.deepcopy(settings[value[1:]])
    return value


def _renamed(spec: dict[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The spec on a table whose columns have other names."""
    def name(column: str) -> str:
        return columns.get(column, column)

    def condition(when: Mapping[str, Any]) -> dict[str, Any]:
        renamed: dict[str, Any] = {}
        for key, value in when.items():
            if key in ("all", "any"):
                renamed[key] = [condition(part) for part in value]
            elif key == "not":
                renamed[key] = condition(value)
            else:
                renamed[name(key)] = value
        return renamed

    def source(given: Mapping[str, Any]) -> dict[str, Any]:
        renamed = {key: name(value) if isinstance(value, str) else value for key, value in given.items()}
        return renamed | {key: [name(item) for item in renamed[key]] for key in ("of", "reversed") if key in renamed}

    renamed = dict(spec)
    if "by" in renamed:
        renamed["by"] = name(renamed["by"])
    if "columns" in renamed:
        renamed["columns"] = {new: {kind: source(given) for kind, given in how.items()}
                              for new, how in renamed["columns"].items()}
    if "segments" in renamed:
        renamed["segments"] = [{**part, "when": condition(part["when"])} for part in renamed["segments"]]
    if "domain" in renamed:
        renamed["domain"] = {name(column): values for column, values in renamed["domain"].items()}
    return renamed
