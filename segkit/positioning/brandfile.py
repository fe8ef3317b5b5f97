"""What a brand's file must hold: its claims, and the figures and documents beside them, each with its source."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from segkit.words import yamltext
from segkit.words.errors import DataError, Fault, did_you_mean

Topic = Literal["age", "income", "geography", "gender", "role", "campaign"]
Verdict = Literal["supported", "partly", "contradicted", "cannot_tell"]
Unit = Literal["percent", "usd_million", "people_million", "usd", "count"]
Confidence = Literal["high", "medium", "low"]
_LARGEST = 1_000_000
_SHOWS = ("supports", "contradicts", "unclear")


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


def _linked(text: str) -> str:
    if text and (not text.startswith(("https://", "http://")) or not text.isprintable() or " " in text):
        raise ValueError("should be an address that begins with https://")
    return text


Text = Annotated[str, AfterValidator(_filled)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
Link = Annotated[str, AfterValidator(_linked)]
Day = str | int | dt.date


class _Words(_Part):
    """A text in each language."""

    en: Text
    vi: Text


Words = Annotated[_Words, BeforeValidator(lambda v: {"en": v, "vi": v} if isinstance(v, str) else v)]
"""A text in each language; one text alone is that of both."""


class Evidence(_Part):
    """Ids of the figures and documents that bear on a claim, by what they show of it."""

    supports: list[Name] = []
    contradicts: list[Name] = []
    unclear: list[Name] = []


class Claim(_Part):
    """What is said of a brand, and the evidence that bears on it."""

    id: Name
    topic: Topic
    claim: Words
    fact: str = ""
    evidence: Evidence = Evidence()
    reading: Words | None = None
    verdict: Verdict | None = None


class _Source(_Part):
    id: Name
    source: Words
    confidence: Confidence
    date: Day | None
    link: Link = ""
    retrieved: Day | None = None
    note: Words | None = None


class Document(_Source):
    """A text that bears on a claim: who says it, when, where it stands, and what it says in our own words."""

    title: Words
    says: Words


class Figure(_Source):
    """A published figure."""

    series: Name
    title: Words
    label: Words
    value: Annotated[float, AfterValidator(_finite)]
    unit: Unit


class Targets(_Part):
    """Whom the brand targets as the claims have it, in a few words for each topic."""

    age: Words | None = None
    income: Words | None = None
    geography: Words | None = None
    gender: Words | None = None
    role: Words | None = None
    campaign: Words | None = None


class Role(_Part):
    """Somebody's part in a purchase, and the message to them."""

    role: Literal["user", "decider", "influencer", "buyer"]
    who: Words
    message: Words


class Chain(_Part):
    """Feature → function → benefit → who gains. `wanted` and `delivered` name attributes of a survey; `group` is whom
    it is for among its respondents, as one column and its value."""

    feature: Words
    function: Words
    benefit: Words
    who: Words
    wanted: str = ""
    delivered: str = ""
    group: Annotated[dict[str, str], Field(max_length=1)] = {}


class Brand(_Part):
    """A brand's file. `said_by` is who makes the claims."""

    brand: Text
    said_by: Words
    targets: Targets = Targets()
    roles: list[Role] = []
    benefits: list[Chain] = []
    claims: list[Claim] = Field(min_length=1)
    documents: list[Document] = []
    figures: list[Figure] = []


def read(path: Path) -> dict[str, Any]:
    """The content of a brand's file, checked.

    Raises
    ------
    DataError
        With every fault of the file and its line.
    """
    where = path.name
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError([Fault(where, f"is larger than {_LARGEST // 1000:,} kB", "keep one brand in it")])
        text = path.read_text(encoding="utf-8")
        lines, content = yamltext.lines(text), yamltext.load(text)
    except OSError as error:
        raise DataError([Fault(where, f"cannot be read: {error.strerror or error}", "see that it is there")]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DataError([Fault(f"{where}:{line}", f"is not valid YAML: {error.problem}",
                               "check the indentation, the colons and the quotes")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DataError([Fault(where, f"cannot be read: {str(error)[:200]}", "save it as YAML in UTF-8")]) from None
    if faults := faults_of(content, where, lines):
        raise DataError(faults, where)
    return Brand.model_validate(content).model_dump()


def faults_of(content: Any, where: str, lines: dict[tuple[str | int, ...], int] | None = None) -> list[Fault]:
    """Everything that is wrong with the content of a brand's file.

    A verdict has to follow from its evidence: *supported* needs some that supports and none that contradicts,
    *contradicted* some that contradicts, *partly* some that supports, *cannot tell* some of any kind. *Supported* and
    *contradicted* do not rest on evidence of low confidence alone. A claim without evidence has no verdict.

    Parameters
    ----------
    content : the content of the file.
    where : its name.
    lines : the line of each value (`yamltext.lines`).

    Examples
    --------
    >>> print(faults_of({"brand": "Pepsi", "said_by": "An article", "claims": []}, "pepsi.yaml", {("claims",): 3})[0])
    pepsi.yaml:3, claims: is []: should have at least 1 item
      → see data/brands/pepsi.yaml
    """
    lines = lines or {}
    if not isinstance(content, dict):
        return [Fault(where, "holds no brand", "begin with `brand: …`, `said_by: …` and `claims:`")]
    try:
        brand = Brand.model_validate(content)
    except ValidationError as error:
        return [_fault(content, e, where, lines) for e in error.errors()]
    confidence_of: dict[str, str] = {e.id: e.confidence for e in (*brand.figures, *brand.documents)}
    faults = []
    for kind, ids in (("claims", [c.id for c in brand.claims]),
                      ("figures or documents", [e.id for e in (*brand.figures, *brand.documents)])):
        faults += [Fault(f"{where}, {kind} {name!r}", "stands twice", "give each an id of its own")
                   for name in sorted({i for i in ids if ids.count(i) > 1})]
    for i, claim in enumerate(brand.claims):
        here = f"{_at(where, lines, ('claims', i, 'evidence'))}, claim {claim.id!r}"
        faults += [Fault(here, found, fix) for found, fix in _unfounded(claim, confidence_of)]
    units: dict[str, set[str]] = {}
    for figure in brand.figures:
        units.setdefault(figure.series, set()).add(figure.unit)
    return faults + [Fault(f"{where}, series {name!r}", f"has several units: {', '.join(sorted(kinds))}",
                           "make a series of each") for name, kinds in units.items() if len(kinds) > 1]


def _unfounded(claim: Claim, known: dict[str, str]) -> list[tuple[str, str]]:
    """What is wrong between a claim's evidence and its verdict."""
    evidence_ids = {shows: getattr(claim.evidence, shows) for shows in _SHOWS}
    all_ids = [name for names in evidence_ids.values() for name in names]
    faults = [(f"names {name!r}, which is no figure or document", did_you_mean(name, known))
              for name in all_ids if name not in known]
    if len(set(all_ids)) < len(all_ids):
        faults.append(("names evidence twice", "name it once, under what it shows"))
    if all_ids and (claim.verdict is None or claim.reading is None):
        faults.append(("has evidence, but no `verdict` or no `reading`", "say what the evidence shows"))
    if not all_ids and claim.verdict is not None:
        faults.append((f"has the verdict {claim.verdict!r} without evidence", "name the figures or documents, or leave "
                       "the verdict out"))
    if faults or not all_ids:
        return faults
    needed = {"supported": "supports", "partly": "supports", "contradicted": "contradicts"}.get(claim.verdict or "")
    if needed and not evidence_ids[needed]:
        return [(f"has the verdict {claim.verdict!r}, but no evidence under `{needed}`", "say `cannot_tell`, or move "
                 "the evidence under what it shows")]
    if claim.verdict == "supported" and evidence_ids["contradicts"]:
        return [("is 'supported' although evidence contradicts it", "say `partly`, and show the conflict")]
    if claim.verdict in ("supported", "contradicted") and all(known[n] == "low" for n in evidence_ids[needed or ""]):
        return [(f"is {claim.verdict!r} by evidence of low confidence alone", "say `partly` or `cannot_tell`")]
    return []


def _at(where: str, lines: dict[tuple[str | int, ...], int], at: tuple[str | int, ...]) -> str:
    line = next((lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in lines), None)
    return where if line is None else f"{where}:{line}"


def _fault(content: Any, error: Any, where: str, lines: dict[tuple[str | int, ...], int]) -> Fault:
    part, at, keys = content, [], []
    for step in error["loc"]:
        if isinstance(part, dict) and step in part:
            part, name = part[step], str(step)
        elif isinstance(part, list) and isinstance(step, int):
            part = part[step]
            part_id = part.get("id") if isinstance(part, dict) else None
            name = repr(part_id) if isinstance(part_id, str) else f"number {step + 1}"
        else:
            name = str(step)
        at.append(name)
        keys.append(step)
    place = ", ".join([_at(where, lines, tuple(keys)), *at])
    if error["type"] == "missing":
        return Fault(place, "is missing", "add it")
    if error["type"] == "extra_forbidden":
        return Fault(place, "is no key here", "take it out, or correct its name")
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("List ")
    return Fault(place, f"is {str(part)[:60]}: {message.removesuffix(' after validation, not 0')}",
                 "see data/brands/pepsi.yaml")
