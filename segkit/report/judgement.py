"""What the checks ask for and what findings rest on, kept as data beside the notebooks.

``notebooks/checks.yaml`` holds each check (sentence, unit, threshold, the weaker one to be reviewed, advice, source),
``notebooks/sentences.yaml`` each sentence, with the checks that a finding rests on, ``notebooks/decisions.yaml`` the
decision that each notebook supports, ``notebooks/actions.yaml`` what to do with which group.

A study may set thresholds of its own; its page is judged by them when it is written, and says so.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from segkit.data.samples import PROJECT
from segkit.report import MIME
from segkit.words import yamltext
from segkit.words.errors import Fault, StudyError, check_option, did_you_mean
from segkit.words.language import N_

FILES = tuple(PROJECT / "notebooks" / f"{name}.yaml" for name in ("checks", "sentences", "decisions", "actions"))
CHECKS, SENTENCES, DECISIONS, ACTIONS = FILES
STATUSES = ("PASS", "REVIEW", "FAIL")
WITHHELD = N_("No finding here, as a check that it rests on fails: {what:message}")
UNDECIDED = N_("No recommendation, as a check that it rests on fails: {what:message}")


class Check(BaseModel):
    """What a check asks for. Exactly one of `at_least` and `at_most` is the threshold to pass; between it and `review`
    it is to be reviewed, beyond `review` it fails; without `review`, whatever does not pass is to be reviewed. `hits`
    says which part of a decision is unsure where it does not pass."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    sentence: str
    hits: str = ""
    unit: str = "number"
    at_least: float | None = None
    at_most: float | None = None
    review: float | None = None
    advice: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Check:
        from segkit.words import formats  # a build that has nothing to do needs none of it

        check_option("unit", self.unit, formats.FORMATS)
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give one of `at_least` and `at_most`")
        if any(n is not None and not math.isfinite(n) for n in (self.at_least, self.at_most, self.review)):
            raise ValueError("a threshold is a finite number")
        if self.review is not None and self._sign * self.review > self._sign * self.threshold:
            raise ValueError(f"`review` ({self.review:g}) asks for more than the threshold to pass "
                             f"({self.threshold:g})")
        return self

    @property
    def _sign(self) -> int:
        return 1 if self.at_most is None else -1

    @property
    def direction(self) -> Literal["≥", "≤"]:
        """Of what a number has to be to pass, beside its threshold."""
        return "≥" if self.at_most is None else "≤"

    @property
    def threshold(self) -> float:
        """The threshold to pass."""
        return float(self.at_least if self.at_most is None else self.at_most)  # type: ignore[arg-type]

    def status(self, number: float) -> str:
        """PASS, REVIEW or FAIL.

        Examples
        --------
        >>> [Check(sentence="Size", at_least=50, review=20).status(n) for n in (50, 20, 19)]
        ['PASS', 'REVIEW', 'FAIL']
        """
        if self._sign * number >= self._sign * self.threshold:
            return "PASS"
        return "REVIEW" if self.review is None or self._sign * number >= self._sign * self.review else "FAIL"


class Sentence(BaseModel):
    """A sentence with named values; `rests_on` names the checks that it stands or falls with, and `derived` says, by
    the name of a number, how it is derived where it stands in no table. `text` is empty where a function of the
    package chooses the words. Findings with a `place` stand first on a page, in its order; one leads to the table or
    figure with the caption `shown_in`, where that is not the table in which its numbers are found."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    text: str = ""
    plural: str = ""
    rests_on: tuple[str, ...] = ()
    derived: dict[str, str] = {}
    place: int | None = None
    shown_in: str = ""


class Decision(Sentence):
    """The decision a page supports: the question, the recommendation (`text`), what would change it, and the caption
    of the figure that shows it. Where one of the checks of `partly_rests_on` does not pass, the recommendation stands
    and the page says that a part of it rests on that."""

    question: str
    partly_rests_on: tuple[str, ...] = ()
    changes: str
    figure: str = ""


class Threshold(BaseModel):
    """What a study sets in place of a check's own thresholds, and why."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    at_least: float | None = None
    at_most: float | None = None
    review: float | None = None
    why: dict[str, str] | str = ""


def checks() -> dict[str, Check]:
    """All checks by name."""
    return {name: Check.model_validate(entry) for name, entry in _read(CHECKS).items()}


def sentences() -> dict[str, Sentence]:
    """All sentences by name."""
    return {name: Sentence.model_validate({"text": entry} if isinstance(entry, str) else _frozen(entry))
            for name, entry in _read(SENTENCES).items()}


def decisions() -> dict[str, Decision]:
    """All decisions by name."""
    return {name: Decision.model_validate(_frozen(entry)) for name, entry in _read(DECISIONS).items()}


def actions(name: str) -> dict[str, dict[str, str]]:
    """What to do with each group: `action`, `channel`, `owner` and `trial` by group.

    Raises
    ------
    StudyError
        When there are no actions of this name.
    """
    return _named(name, _read(ACTIONS), ACTIONS)


def _frozen(given: Mapping[str, Any]) -> dict[str, Any]:
    tuples = {key: tuple(given[key]) for key in ("rests_on", "partly_rests_on") if key in given}
    return {**given, **tuples}


def check(name: str) -> Check:
    """A check by its name.

    Raises
    ------
    StudyError
        When there is none.
    """
    return _named(name, checks(), CHECKS)


def sentence(name: str) -> Sentence:
    """A sentence by its name.

    Raises
    ------
    StudyError
        When there is none.
    """
    return _named(name, sentences(), SENTENCES)


def decision(name: str) -> Decision:
    """A decision by its name.

    Raises
    ------
    StudyError
        When there is none.
    """
    return _named(name, decisions(), DECISIONS)


def is_name(text: str) -> bool:
    """Whether a text is the name of a check or sentence, and not a sentence itself: names hold an underscore.

    Examples
    --------
    >>> is_name("repeated_rows"), is_name("Rows that repeat another")
    (True, False)
    """
    return "_" in text and text.isidentifier() and text.islower()


def faults(given: Mapping[str, Threshold], used: set[str]) -> Iterator[tuple[str, Fault]]:
    """What is wrong with the thresholds of a study whose notebook uses some checks, each with the check's name; the
    place is left to the caller."""
    known = checks()
    for name, threshold in given.items():
        if name not in used:
            yield name, Fault("", f"the notebook has no check {name!r}", did_you_mean(name, used))
            continue
        rule = known[name]
        key, other_key = ("at_least", "at_most") if rule.at_most is None else ("at_most", "at_least")
        if getattr(threshold, other_key) is not None:
            yield name, Fault("", f"`{name}` has no `{other_key}`", f"give `{key}`; segkit's is {rule.threshold:g}")
        elif getattr(threshold, key) is None and threshold.review is None:
            yield name, Fault("", f"`{name}` sets no threshold", f"give `{key}`, `review` or both")
        else:
            try:
                _set(rule, threshold)
            except ValidationError as error:
                yield name, Fault("", f"`{name}`: {error.errors()[0]['msg'].removeprefix('Value error, ')}",
                                  f"segkit's own are `{key}: {rule.threshold:g}`"
                                  + (f" and `review: {rule.review:g}`" if rule.review is not None else ""))


def applied(notebook: Any, given: Mapping[str, Threshold]) -> Any:
    """An executed notebook judged by a study's thresholds: a copy.

    Checks get their status; a finding that rests on one to be reviewed names it, and one that rests on a failed one
    gives way to a sentence that says so.
    """
    judged = copy.deepcopy(notebook)
    bundles = [output["data"] for cell in judged["cells"] for output in cell.get("outputs", [])
               if MIME in output.get("data", {})]
    worst_checks: dict[str, dict[str, Any]] = {}
    for data in bundles:
        payload = data[MIME]
        if payload["kind"] == "check" and payload.get("name"):
            if threshold := given.get(payload["name"]):
                payload |= _judged(payload, threshold)
            former = worst_checks.get(payload["name"])
            if former is None or STATUSES.index(payload["status"]) > STATUSES.index(former["status"]):
                worst_checks[payload["name"]] = payload
    for data in bundles:
        payload = data[MIME]
        if payload["kind"] in ("finding", "decision"):
            doubts = [worst_checks[name] for name in payload.get("rests_on", ()) if name in worst_checks
                      and worst_checks[name]["status"] != "PASS"]
            failed = next((p for p in doubts if p["status"] == "FAIL"), None)
            if failed and payload["kind"] == "decision":
                payload |= {"text": UNDECIDED, "values": {"what": failed["text"]}, "see": failed["name"]}
            elif failed:
                data[MIME] = {"kind": "text", "text": WITHHELD, "values": {"what": failed["text"]},
                              "see": failed["name"]}
            elif doubts:
                payload["doubts"] = [{"name": p["name"], "text": p["text"], "values": {}} for p in doubts]
    return judged


def _judged(payload: Mapping[str, Any], own: Threshold) -> dict[str, Any]:
    rule = Check(sentence=payload["text"], unit=payload["unit"], review=payload["review"],
                 **{"at_least" if payload["direction"] == "≥" else "at_most": payload["threshold"]})
    new = _set(rule, own)
    return {"status": new.status(payload["value"]), "threshold": new.threshold, "review": new.review,
            "usual": {"threshold": rule.threshold, "why": own.why}}


def _set(rule: Check, own: Threshold) -> Check:
    return Check.model_validate(rule.model_dump() | own.model_dump(exclude={"why"}, exclude_none=True))


def _named(name: str, known: Mapping[str, Any], path: Path) -> Any:
    if name not in known:
        raise StudyError([Fault(f"`{name}`", f"is not in notebooks/{path.name}",
                                f"{did_you_mean(name, known)}; or write the sentence itself")])
    return known[name]


def _read(path: Path) -> dict[str, Any]:
    return _parsed(path, path.stat().st_mtime_ns) if path.is_file() else {}


@functools.lru_cache(maxsize=8)
def _parsed(path: Path, changed: int) -> dict[str, Any]:
    return yamltext.load(path.read_text(encoding="utf-8")) or {}
