"""What a brand's file must hold: its claims and the published figures beside them, each with its source."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from segkit.words import yamltext
from segkit.words.errors import DataError, Fault, did_you_mean

Topic = Literal["age", "income", "geography", "gender", "campaign"]
Verdict = Literal["supported", "partly", "cannot_tell", "contradicted"]
Unit = Literal["percent", "usd_million", "people_million", "usd", "count"]
CHARTS, OF = 2, 3
"""A case draws two charts, of a series with three figures or more each."""
_LARGEST = 1_000_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _filled(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("should be a text")
    return text


def _finite(value: float) -> float:
    if not math.isfinite(value) or isinstance(value, bool):
        raise ValueError("should be a number")
    return value


Text = Annotated[str, AfterValidator(_filled)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]


class Words(_Part):
    """A text in each language."""

    en: Text
    vi: Text


class Claim(_Part):
    """What is said of a brand, and the ids of the figures that bear on it."""

    id: Name
    topic: Topic
    fact: Text
    claim: Words
    figures: list[Name]
    reading: Words | None = None
    verdict: Verdict | None = None


class Figure(_Part):
    """A published figure."""

    id: Name
    series: Name
    title: Words
    label: Words
    value: Annotated[float, AfterValidator(_finite)]
    unit: Unit
    date: str | int | dt.date
    source: Words
    confidence: Literal["high", "medium", "low"]
    note: Words | None = None


class Brand(_Part):
    """A brand's file."""

    brand: Text
    claims: list[Claim] = Field(min_length=1)
    figures: list[Figure] = Field(min_length=1)


def read(path: Path) -> dict[str, Any]:
    """The content of a brand's file, checked.

    Raises
    ------
    DataError
        With every fault of the file, and its line where it is no YAML.
    """
    where = path.name
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError([Fault(where, f"is larger than {_LARGEST // 1000:,} kB", "keep one brand in it")])
        content = yamltext.load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError([Fault(where, f"cannot be read: {error.strerror or error}", "see that it is there")]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DataError([Fault(f"{where}:{line}", f"is not valid YAML: {error.problem}",
                               "check the indentation, the colons and the quotes")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DataError([Fault(where, f"cannot be read: {str(error)[:200]}", "save it as YAML in UTF-8")]) from None
    if faults := faults_of(content, where):
        raise DataError(faults, where)
    return content


def faults_of(content: Any, where: str) -> list[Fault]:
    """Everything that is wrong with the content of a brand's file.

    Examples
    --------
    >>> print(faults_of({"brand": "Pepsi", "claims": [], "figures": 5}, "pepsi.yaml")[0])
    pepsi.yaml, claims: is []: should have at least 1 item
      → see data/brands/pepsi.yaml
    """
    if not isinstance(content, dict):
        return [Fault(where, "holds no brand", "begin with `brand: …`, `claims:` and `figures:`")]
    try:
        brand = Brand.model_validate(content)
    except ValidationError as error:
        return [_fault(content, e, where) for e in error.errors()]
    faults, known = [], [f.id for f in brand.figures]
    for kind, ids in (("claim", [c.id for c in brand.claims]), ("figure", known)):
        faults += [Fault(f"{where}, {kind} {name!r}", "stands twice", "give each an id of its own")
                   for name in sorted({i for i in ids if ids.count(i) > 1})]
    for claim in brand.claims:
        here = f"{where}, claim {claim.id!r}"
        faults += [Fault(here, f"names the figure {name!r}, which does not exist", did_you_mean(name, known))
                   for name in claim.figures if name not in known]
        if claim.figures and (claim.verdict is None or claim.reading is None):
            faults.append(Fault(here, "has figures, but no `verdict` or no `reading`", "say what the figures show"))
        if not claim.figures and claim.verdict is not None:
            faults.append(Fault(here, f"has the verdict {claim.verdict!r} without a figure", "name the figures, or "
                                "leave the verdict out"))
        if len(set(claim.figures)) < len(claim.figures):
            faults.append(Fault(here, "names a figure twice", "name it once"))
    units: dict[str, set[str]] = {}
    for figure in brand.figures:
        units.setdefault(figure.series, set()).add(figure.unit)
    faults += [Fault(f"{where}, series {name!r}", f"has several units: {', '.join(sorted(kinds))}",
                     "make a series of each") for name, kinds in units.items() if len(kinds) > 1]
    series = [f.series for f in brand.figures]
    charted = [name for name in units if series.count(name) >= OF]
    if len(charted) < CHARTS:
        faults.append(Fault(where, f"has {len(charted)} series of {OF} figures or more, and {CHARTS} are drawn",
                            "add figures to its series"))
    return faults


def _fault(content: Any, error: Any, where: str) -> Fault:
    part, at = content, []
    for step in error["loc"]:
        if isinstance(part, dict) and step in part:
            part, name = part[step], str(step)
        elif isinstance(part, list) and isinstance(step, int):
            part = part[step]
            told = part.get("id") if isinstance(part, dict) else None
            name = repr(told) if isinstance(told, str) else f"number {step + 1}"
        else:
            name = str(step)
        at.append(name)
    place = ", ".join([where, *at])
    if error["type"] == "missing":
        return Fault(place, "is missing", "add it")
    if error["type"] == "extra_forbidden":
        return Fault(place, "is no key here", "take it out, or correct its name")
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("List ")
    return Fault(place, f"is {str(part)[:60]}: {said.removesuffix(' after validation, not 0')}",
                 "see data/brands/pepsi.yaml")
