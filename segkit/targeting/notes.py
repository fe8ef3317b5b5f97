"""What departments say of segments, as data: each note beside what became of the segment between two runs (P1 step 4).

A note is what somebody saw at work, with department and day. It is shown as it was written and no number is taken from
it; the numbers beside it are of the review.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segkit.words.errors import DataError, Fault, did_you_mean
from segkit.words.language import LANGUAGES, N_

KEYS = ("segment", "department", "note", "day")
NONE = N_("The study holds no notes of departments (`notes`).")


def check(notes: Any, segments: Sequence[Any]) -> list[Fault]:
    """Faults of the notes of a study.

    Examples
    --------
    >>> print(check([{"segment": "Regular", "note": "they ask for larger packs"}], ["Regulars"])[0])
    `notes`, number 1: names the segment 'Regular', which there is not
      → did you mean `Regulars`? there is: Regulars
    """
    if not isinstance(notes, Sequence) or isinstance(notes, str):
        return [Fault("`notes`", f"is {notes!r}", "write a list of `{segment, department, note, day}`")]
    faults: list[Fault] = []
    known = list(map(str, segments))
    for i, note in enumerate(notes, 1):
        where = f"`notes`, number {i}"
        if not isinstance(note, Mapping):
            faults.append(Fault(where, f"is {note!r}", "write `{segment: …, department: …, note: …, day: …}`"))
            continue
        faults += [Fault(where, f"has an unknown key `{key}`", did_you_mean(str(key), KEYS)) for key in note
                   if key not in KEYS]
        if str(note.get("segment")) not in known:
            faults.append(Fault(where, f"names the segment {note.get('segment')!r}, which there is not",
                                did_you_mean(str(note.get("segment")), known)))
        faults += [Fault(where, f"has no `{key}`", f"write `{key}: …`") for key in ("department", "note")
                   if not note.get(key)]
    return faults


def beside(notes: Sequence[Mapping[str, Any]], growth: pd.DataFrame) -> pd.DataFrame:
    """Notes beside the change of their segment, in the order of the segments, then as the study has them.

    Parameters
    ----------
    notes : ``{segment, department, note, day}``; department and note may be texts by language, `day` is when
        it was written.
    growth : of `review.compare`, or a table indexed by `segment` with its columns.

    Returns
    -------
    DataFrame indexed by `segment`: `department`, `note`, `noted_on`, `share_change`, `change_verdict`; empty, with the
    reason, without notes.

    Raises
    ------
    DataError
        With the faults of `check`.

    Examples
    --------
    >>> growth = pd.DataFrame({"share_change": [0.1], "change_verdict": ["more than before"]}, index=["Regulars"])
    >>> given = [{"segment": "Regulars", "department": "Sales", "note": "ask for packs"}]
    >>> beside(given, growth)["share_change"].tolist()
    [0.1]
    """
    if faults := check(notes, list(growth.index)):
        raise DataError(faults)
    if not notes:
        empty = pd.DataFrame()
        empty.attrs["left_out"] = NONE
        return empty
    order = {str(s): i for i, s in enumerate(growth.index)}
    ordered = sorted(notes, key=lambda n: order[str(n["segment"])])
    rows = pd.DataFrame({"department": [_said(n["department"]) for n in ordered],
                         "note": [_said(n["note"]) for n in ordered],
                         "noted_on": [str(n.get("day") or "") for n in ordered]},
                        index=pd.Index([str(n["segment"]) for n in ordered], name="segment"), dtype=object)
    changes = growth[["share_change", "change_verdict"]].set_axis(growth.index.map(str))
    return rows.join(changes.rename_axis("segment"))


def _said(text: str | Mapping[str, str]) -> dict[str, str]:
    return dict(text) if isinstance(text, Mapping) else dict.fromkeys(LANGUAGES, str(text))
