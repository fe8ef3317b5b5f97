"""What can be said of a study of people before it runs: its answers, variables and method."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from segkit.words.errors import DataError, Fault, SegkitError, check_columns

if TYPE_CHECKING:
    from segkit.report.study import Study


def form(study: Study) -> list[Fault]:
    """The faults of a study's table of people, and of the parameters that name its columns or a method.

    They are what the notebook would say after its first steps: what becomes of the answers, which columns form the
    segments and which describe them, and whether the method takes them.
    """
    from segkit.data import surveys
    from segkit.segmentation import how_many, methods, respondents, responses

    values = study.values
    try:
        opened = surveys.account(values["data"], values["columns"], values["read"])
        people = surveys.people(opened, values["data"], values["read"])
        answers = responses.tidied(surveys.answers(people), values["dont_know"], values["scales"],
                                   values["reversed_items"]).table
        columns = respondents.columns(answers)
        forming = respondents.chosen(columns, values["variables"])
    except SegkitError as error:
        return error.faults
    def method() -> None:
        how, coded = methods.prepared(answers, forming, values["method"])
        surveys.weights(people, coded.X.index)
        if not how.method.with_open and not how_many.faults(values["k"], values["k_values"]):
            _check_enough(len(coded.X.drop_duplicates()), max(values["k_values"]))

    return [fault for step in (
        lambda: respondents.describing(columns, forming, values["descriptors"]),
        lambda: check_columns(values["covariates"], answers.columns, "the answers"), method) for fault in _faults(step)]


def _check_enough(n: int, most: int) -> None:
    """Raise where fewer people differ than there are segments to compare."""
    if n < most:
        raise DataError([Fault("`k_values`", f"go up to {most}, but only {n} people answered differently",
                               f"compare at most {n} segments" if n > 1 else "there is nothing to divide people by")])


def _faults(step: Callable[[], object]) -> list[Fault]:
    try:
        step()
    except SegkitError as error:
        return error.faults
    return []
