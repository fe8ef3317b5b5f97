"""How ready a business is to work with segments: five questions that it answers about itself (S19).

The list that the practice refers to is not known to us; these five questions on its subject are our own, and pages say
so. An answer is a judgement, kept as data with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from segkit.words.errors import DataError, Fault, did_you_mean
from segkit.words.language import N_

QUESTIONS = {
    "customers_known": (N_("Do you know who your customers are, beyond what they bought?"),
                        N_("Collect one characteristic at the next contact, such as the age or the place")),
    "one_platform": (N_("Do all departments see one record of each customer?"),
                     N_("Bring the records of all systems together before the next campaign")),
    "segments_used": (N_("Do marketing, sales and service act on the same segments?"),
                      N_("Give each department the list and one task for one segment")),
    "lifecycle_messages": (N_("Does a message depend on where in their life with you a customer is?"),
                           N_("Write two messages first: to new customers, and to those who stopped buying")),
    "experience_measured": (N_("Do you measure what customers experience, and does somebody act on it?"),
                            N_("Ask one question after each purchase, and name who reads the answers")),
}
"""The questions, and what to do next where the answer is not yes."""
ANSWERS = {"yes": N_("yes"), "partly": N_("partly"), "no": N_("no")}
_OPEN = N_("open")


class Answer(BaseModel):
    """An answer and its reason, in one language or several."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answer: Literal["yes", "partly", "no"]
    because: str | dict[str, str] = ""


def assess(given: Mapping[str, Any]) -> pd.DataFrame:
    """The five questions with the answers of a study.

    Parameters
    ----------
    given : name of a question → ``{answer: yes, partly or no, because: …}``, or the answer alone; those left out stay
        open.

    Returns
    -------
    DataFrame, a row per question: `readiness_question`, `readiness_answer` ("open" where there is none),
    `readiness_reason`, `next_step` ("" where the answer is yes).

    Raises
    ------
    DataError
        With every fault: an unknown question, or another answer.

    Examples
    --------
    >>> made = assess({"one_platform": "partly"})
    >>> made["readiness_answer"].value_counts().to_dict()
    {'open': 4, 'partly': 1}
    """
    faults, answers = [], {}
    for name, value in given.items():
        where = f"`readiness`, {str(name)!r}"
        if name not in QUESTIONS:
            faults.append(Fault(where, "is none of the five questions", did_you_mean(str(name), QUESTIONS)))
            continue
        value = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        try:
            spec = value if isinstance(value, Mapping) else {"answer": value}
            if isinstance(spec.get("answer"), bool):  # what YAML makes of yes and no
                spec = {**spec, "answer": "yes" if spec["answer"] else "no"}
            answers[name] = Answer.model_validate(spec)
        except ValidationError as error:
            faults.append(Fault(where, error.errors()[0]["msg"], "write {answer: yes, partly or no, because: …}"))
    if faults:
        raise DataError(faults)
    rows = []
    for name, (question, action) in QUESTIONS.items():
        answer = answers.get(name)
        rows.append({"readiness_question": question, "readiness_answer": ANSWERS[answer.answer] if answer else _OPEN,
                     "readiness_reason": answer.because if answer else "",
                     "next_step": "" if answer and answer.answer == "yes" else action})
    return pd.DataFrame(rows)
