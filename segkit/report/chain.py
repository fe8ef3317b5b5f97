"""Which study starts from the segments of which (`segments`, `compare_with`), and the order of a build that follows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from segkit.data import samples
from segkit.data.readers import place
from segkit.report import KEPT, LISTS
from segkit.report import study as studies
from segkit.report.study import Study
from segkit.words.errors import Fault, SegkitError, StudyError, did_you_mean

PARAMETER, EARLIER = "segments", "compare_with"
_FILE = ".parquet"


def source(study: Study) -> str:
    """The study whose segments this one starts from; "" where it makes its own."""
    value = study.values.get(PARAMETER)
    return value if isinstance(value, str) else ""


def sources(study: Study) -> dict[str, str]:
    """The studies whose segments this one starts from or compares with, by parameter; files of kept runs are none."""
    values = {parameter: study.values.get(parameter) for parameter in (PARAMETER, EARLIER)}
    return {parameter: name for parameter, name in values.items()
            if isinstance(name, str) and name and not name.endswith(_FILE)}


def files(study: Study, state: Path = place.PAGES / place.BUILD) -> list[Path]:
    """The saved segmentations that a study reads: those of studies in the folder of what builds keep, and files."""
    values = [study.values.get(parameter) for parameter in (PARAMETER, EARLIER)]
    return [state / f"{name}{_FILE}" for name in sources(study).values()] + [
        samples.PROJECT / name for name in values if isinstance(name, str) and name.endswith(_FILE)]


def take(notebook: Any) -> bytes:
    """Take the saved segmentation out of an executed notebook; b"" where it keeps none. The last one counts."""
    content: Any = ""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            content = output.get("data", {}).pop(KEPT, "") or content
    return base64.b64decode("".join(content))


def take_lists(notebook: Any) -> list[dict[str, Any]]:
    """Take the lists of people out of an executed notebook, so that none reaches a page; [] where it hands none on."""
    content: Any = ""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            content = output.get("data", {}).pop(LISTS, "") or content
    return json.loads(base64.b64decode("".join(content))) if content else []


def keeps(study: Study) -> bool:
    """Whether a study's notebook keeps segments: for other studies, for new people and for lists."""
    return "report.keep(" in study.notebook.read_text(encoding="utf-8")


def faults(study: Study) -> list[Fault]:
    """What is wrong with the studies that this one starts from: not there, or the two, or more, start from each other.
    """
    return [f for parameter in sources(study) for f in _astray(study, parameter)][:1]


def _astray(study: Study, parameter: str, way: tuple[str, ...] = ()) -> list[Fault]:
    """Faults along the studies that one parameter of a study leads to; `way` has been gone already."""
    first, name = way or (study.name,), sources(study)[parameter]
    where = f"{first[0]}.yaml, `{parameter}`" if not way else f"{first[0]}.yaml, `{PARAMETER}`"
    if name not in studies.names():
        return [Fault(where, f"there is no study {name!r}", did_you_mean(name, studies.names()))]
    if name in first:
        return [Fault(where, f"goes round in a circle: {' → '.join([*first, name])}",
                      "one of them has to make its own segments")]
    try:
        source_study = studies.load(name)
    except SegkitError:  # told where that study is built
        return []
    if not keeps(source_study):
        return [Fault(where, f"the study {name!r} keeps no segments: {source_study.notebook.stem} forms none",
                      "name a study that forms segments")]
    return [f for further in sources(source_study) for f in _astray(source_study, further, (*first, name))]


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
            source_names = [s for s in sources(study).values() if s in studies.names() and s not in (*way, name)]
            depth[name] = 1 + max((place_of(before, (*way, name)) for before in source_names), default=-1)
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
    if source_faults := faults(study):
        raise StudyError(source_faults)
    for parameter, name in sources(study).items():
        where = f"{study.path.name}, `{parameter}`"
        if name in failed:
            raise StudyError([Fault(where, f"the study {name!r} was not built", "mend that study first")])
        if not (state / f"{name}{_FILE}").is_file():
            was_built = (state / f"{name}.json").is_file()
            raise StudyError([Fault(where, f"the study {name!r} "
                                    f"{'keeps no segments' if was_built else 'was never built'}",
                                    "name a study that forms segments" if was_built
                                    else f"build it: make report S={name}")])
    for path in files(study, state):
        if not path.is_file():
            raise StudyError([Fault(f"{study.path.name}, `{EARLIER}`", f"there is no file {path.name}",
                                    "name the file that a build kept, from the folder of the project")])
