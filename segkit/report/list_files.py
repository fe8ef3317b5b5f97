"""The files of lists that departments act on: people, control groups, and the task on a sheet of its own."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from segkit.report import exports
from segkit.report.study import Study
from segkit.words import formats, terms
from segkit.words.errors import Fault, StudyError

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("csv", "xlsx", "parquet")
_TASK = ("department", "aim", "task", "n_listed", "n_control")


def files(study: Study, lists: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Files of the lists of a study, by name; in each kind that it exports, {} without lists.

    Parameters
    ----------
    study : its `export` says which kinds of files.
    lists : what `segkit.report.handed.hand_over` held.

    Raises
    ------
    StudyError
        When two lists have names that give one file, or a list has more rows than a sheet.
    """
    import pandas as pd

    contents: dict[str, bytes] = {}
    for entry in lists:
        stem = file_name(entry["name"])
        for part, content in (("list", entry["people"]), ("control", entry["control"])):
            if not content:
                continue
            people = pd.read_parquet(io.BytesIO(base64.b64decode(content)))
            read = shown(people, entry["heads"], entry["words"], study.languages[0])
            for kind in (k for k in KINDS if k in study.export):
                name = f"{part}-{stem}.{kind}"
                if name in contents:
                    raise StudyError([Fault(study.path.name, f"two lists would be written to {name}",
                                            "give one of them another name")])
                summary = entry["told"] if part == "list" else {}
                contents[name] = _written(study, kind, people if kind == "parquet" else read, summary)
    return contents


def shown(people: pd.DataFrame, heads: Mapping[str, Mapping[str, str]], words: Mapping[str, Mapping[str, Any]],
          code: str) -> pd.DataFrame:
    """A list as people read it: columns and values by their labels in a language; two columns never get one head.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"sdt": ["0912"], "via": ["sms"]})
    >>> shown(people, {"sdt": {"en": "Phone"}}, {"via": {"sms": {"en": "text"}}}, "en")
      Phone   via
    0  0912  text
    """
    names = [heads.get(c, {}).get(code, c) for c in people]
    frame = people.assign(**{c: people[c].map(lambda v, value_labels=value_labels: value_labels.get(v, {}).get(code, v))
                             for c, value_labels in words.items() if c in people})
    frame.columns = [t if names.count(t) == 1 else c for c, t in zip(people, names, strict=True)]
    return frame


def file_name(name: str) -> str:
    """A list's name as part of a file name: plain letters, digits and hyphens.

    Examples
    --------
    >>> file_name("Gọi lại: khách quý")
    'goi-lai-khach-quy'
    """
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-") or "list"


def _written(study: Study, kind: str, people: pd.DataFrame, told: Mapping[str, Any]) -> bytes:
    if kind == "csv":
        return exports.csv(people)
    if kind == "parquet":
        return exports.parquet(people)
    return exports.people_book(people, study, "people", {"task": list(_task(study, told))} if told else {})


def _task(study: Study, told: Mapping[str, Any]) -> Iterator[list[Any]]:
    """What the department does with the list, in the first language of the study."""
    code = study.languages[0]
    for key in _TASK:
        value = told.get(key)
        words = key in ("department", "aim", "task")
        yield [terms.label(key, code), formats.format_value(value, "message", code) if words and value else value]
