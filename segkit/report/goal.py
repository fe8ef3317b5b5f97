"""The goal of a study: what the segments are for, by which number that is judged, who decides (FACTS P1, step 1).

A page names it on its first screen and asks at its end whether the evidence meets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from segkit.words.formats import _
from segkit.words.language import LANGUAGES, N_

MET = {
    "PASS": N_("The evidence of this page meets the goal."),
    "REVIEW": N_("The evidence meets the goal only in part: look at what is to be reviewed before you decide."),
    "FAIL": N_("The evidence of this page does not meet the goal."),
    "OPEN": N_("The data do not tell whether the goal is met: what it is judged by could not be measured here."),
    "UNTIED": N_("The study ties the goal to no check of this page: whether it is met is for those who decide."),
}
_ORDER = ("FAIL", "OPEN", "REVIEW", "PASS")


class Goal(BaseModel):
    """What a study says of its goal, each a text or texts by language.

    Attributes
    ----------
    what : what the segmentation is for.
    measure : the number by which it will be judged.
    who_decides : the person or department.
    judged_by : names of checks of the notebook that stand for the measure.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    what: dict[str, str] | str
    measure: dict[str, str] | str = ""
    who_decides: dict[str, str] | str = ""
    judged_by: list[str] = []


def faults(goal: Goal, languages: Sequence[str], used: set[str]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What is wrong with a goal: where in it, what was found, and how to mend it.

    Parameters
    ----------
    goal : the goal. languages : of the study's pages. used : names of the checks that its notebook makes.

    Examples
    --------
    >>> [found for _, found, _ in faults(Goal(what="", judged_by=["size"]), ["en"], {"enough"})]
    ['`what` is empty', 'the notebook has no check `size`']
    """
    from segkit.words.errors import did_you_mean

    for key in ("what", "measure", "who_decides"):
        value = getattr(goal, key)
        if key == "what" and not (value if isinstance(value, str) else "".join(value.values())).strip():
            yield (key,), "`what` is empty", "say in a sentence what the segmentation is for"
        if isinstance(value, dict):
            yield from (((key,), f"`{key}` has no text in {code!r}", f"add `{code}: …`") for code in languages
                        if code not in value)
            yield from (((key, code), f"{code!r} is not a language", did_you_mean(code, LANGUAGES)) for code in value
                        if code not in LANGUAGES)
    yield from ((("judged_by",), f"the notebook has no check `{name}`", did_you_mean(name, sorted(used)))
                for name in goal.judged_by if name not in used)


def asked(goal: Goal | None, checks: Sequence[Mapping[str, Any]], code: str) -> dict[str, Any] | None:
    """The goal in a language, and whether the checks that it is judged by meet it.

    Parameters
    ----------
    goal : the goal, or None for no goal.
    checks : payloads of the checks that the page shows. code : language of the page.

    Returns
    -------
    dict of `what`, `measure`, `who_decides`, `status` (the worst of its checks; OPEN where one was not made, UNTIED
    without any), `verdict` (a sentence) and `checks` (those payloads); None without a goal.

    Examples
    --------
    >>> made = asked(Goal(what="Pick one", judged_by=["size"]), [{"name": "size", "status": "REVIEW"}], "en")
    >>> made["status"], asked(Goal(what="Pick one", judged_by=["size"]), [], "en")["status"]
    ('REVIEW', 'OPEN')
    """
    if goal is None:
        return None
    goal_checks = [c for c in checks if c.get("name") in goal.judged_by]
    statuses = {c["status"] for c in goal_checks} | (
        {"OPEN"} if set(goal.judged_by) - {c["name"] for c in goal_checks} else set())
    status = next((s for s in _ORDER if s in statuses), "UNTIED")
    texts = {key: value if isinstance(value := getattr(goal, key), str) else value.get(code, value.get("en", ""))
             for key in ("what", "measure", "who_decides")}
    return {**texts, "status": status, "verdict": _(MET[status], code), "checks": goal_checks}
