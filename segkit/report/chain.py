"""Which study starts from the segments of which: `segments: STUDY`, and the order of a build that follows from it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from segkit.data import place
from segkit.report import KEPT, LISTS
from segkit.report import study as studies
from segkit.report.study import Study
from segkit.words.errors import Fault, SegkitError, StudyError, did_you_mean

PARAMETER = "segments"


def source(study: Study) -> str:
    """The study whose segments this one starts from; "" where it makes its own."""
    value = study.values.get(PARAMETER)
    return value if isinstance(value, str) else ""


def file(study: Study, state: Path = place.PAGES / place.BUILD) -> Path | None:
    """The saved segmentation that a study starts from, in the folder of what builds keep; None where it makes its own.
    """
    return state / f"{source(study)}.parquet" if source(study) else None


def take(notebook: Any) -> bytes:
    """Take the saved segmentation out of an executed notebook; b"" where it keeps none. The last one counts."""
    found: Any = ""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            found = output.get("data", {}).pop(KEPT, "") or found
    return base64.b64decode("".join(found))


def take_lists(notebook: Any) -> list[dict[str, Any]]:
    """Take the lists of people out of an executed notebook, so that none reaches a page; [] where it hands none on."""
    found: Any = ""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            found = output.get("data", {}).pop(LISTS, "") or found
    return json.loads(base64.b64decode("".join(found))) if found else []


def faults(study: Study) -> list[Fault]:
    """What is wrong with the study that this one starts from: not there, or the two, or more, start from each other."""
    name, way, where = source(study), [study.name], f"{study.path.name}, `{PARAMETER}`"
    while name:
        if name not in studies.names():
            return [Fault(where, f"there is no study {name!r}", did_you_mean(name, studies.names()))]
        if name in way:
            return [Fault(where, f"goes round in a circle: {' → '.join([*way, name])}",
                          "one of them has to make its own segments")]
        way.append(name)
        try:
            name = source(studies.load(name))
        except SegkitError:  # told where that study is built
            return []
    return []


def waves(wanted: Iterable[str], load: Callable[[str], Study] = studies.load) -> list[list[str]]:
    """Studies to build, and those whose segments they start from, so that each wave needs only those before it.

    A study that cannot be loaded, or goes round in a circle, stands in the first wave, where it is refused.
    """
    depth: dict[str, int] = {}

    def place_of(name: str, way: tuple[str, ...]) -> int:
        if name not in depth:
            try:
                study = load(name)
            except SegkitError:
                return depth.setdefault(name, 0)
            before = source(study)
            known = before in studies.names() and before not in (*way, name)
            depth[name] = place_of(before, (*way, name)) + 1 if known else 0
        return depth[name]

    for name in wanted:
        place_of(str(name), ())
    return [[n for n, d in depth.items() if d == level] for level in range(max(depth.values(), default=-1) + 1)]


def check_source(study: Study, state: Path, failed: Iterable[str]) -> None:
    """Raise where the segments that a study starts from are not there to start from.

    Raises
    ------
    StudyError
        When that study does not exist, was not built, or keeps no segments.
    """
    if not (name := source(study)):
        return
    where = f"{study.path.name}, `{PARAMETER}`"
    if told := faults(study):
        raise StudyError(told)
    if name in failed:
        raise StudyError([Fault(where, f"the study {name!r} was not built", "mend that study first")])
    if not (state / f"{name}.parquet").is_file():
        known = (state / f"{name}.json").is_file()
        raise StudyError([Fault(where, f"the study {name!r} {'keeps no segments' if known else 'was never built'}",
                                "name a study that forms segments" if known else f"build it: make report S={name}")])
