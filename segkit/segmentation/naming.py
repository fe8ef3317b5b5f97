"""Names of segments: given by a study, and bound to the segments they were given for.

Segments are numbered by size, so new data may number them otherwise. Names therefore do not go by the number alone: a
rebuild is first numbered as the saved segmentation of the last build was, and a name whose segment is no longer there
is refused, with what to do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from segkit.segmentation import saved
from segkit.segmentation.regroup import matching, regrouping
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault
from segkit.words.language import LANGUAGES, N_

LONGEST = 40
"""Letters of a name, so that it fits beside a bar."""
SAME = 0.5
"""Jaccard index above which a segment is the one it was: no two segments can both have it with the same one."""
_WHERE = "`names`"
_UNNAMED = N_("The segments have numbers, the largest is 1. The cards of the segments propose a name for each, from "
              "what sets it apart; give better ones in the study under `names`.")
_GIVEN = N_("The names of the segments are given by the study.")
_HELD = N_("The names of the segments are given by the study and were held against the segments of the build "
           "before: the one that changed most, {name:message}, has {jaccard:percent} of its customers in common with "
           "what got that name (Jaccard index).")


class Bound(NamedTuple):
    """A segmentation numbered as that of the last build, its names by language, the agreement of each named segment
    with that build (Jaccard index, empty where there is none to hold it against), and the segmentation as the method
    formed it, which is the same where the study merges and splits nothing."""

    segmentation: Segmentation
    names: dict[str, dict[str, str]]
    agreement: pd.Series
    formed: Segmentation

    @property
    def sentence(self) -> str:
        """What a page says of the names (message id), with `values`."""
        if not self.names:
            return _UNNAMED
        return _HELD if len(self.agreement) and self.agreement.min() < 1 else _GIVEN

    @property
    def values(self) -> dict[str, Any]:
        """The values of `sentence`."""
        if self.sentence != _HELD:
            return {}
        return {"jaccard": float(self.agreement.min()), "name": self.names[str(self.agreement.idxmin())]}

    @property
    def named(self) -> Segmentation:
        """The segmentation with its names for labels."""
        return saved.named(self.segmentation, self.names)

    @property
    def as_formed(self) -> Segmentation:
        """The segments as the method formed them, under the names of those that nobody merged or split."""
        if not self.names:
            return self.formed
        changed = set(map(str, regrouping.touched(self.segmentation)))
        names = {str(s): {} if str(s) in changed else self.names.get(str(s), {}) for s in self.formed.segments.index}
        return saved.named(self.formed, names)

    @property
    def changes(self) -> pd.DataFrame:
        """What the study merged and split, see `regrouping.changes`, under the names of the segments."""
        return regrouping.changes(self.segmentation).rename(
            index=lambda s: self.names.get(str(s), {}).get("en", str(s)) if self.names else s)

    def found_again(self, within: pd.DataFrame) -> pd.DataFrame:
        """How often each segment comes back (`stability.within` of `as_formed`), without those merged or split."""
        changed = set(map(str, regrouping.touched(self.segmentation)))
        return within[~within["segment"].map(str).isin(changed)]  # as_formed shows these by their numbers


def faults(names: Any) -> list[Fault]:
    """What is wrong with names as a study gives them: a number of a segment → a name, or a name by language.

    Examples
    --------
    >>> [fault.found for fault in faults({1: "Regulars", 2: "regulars", 3: "<b>", 4: " "})]
    ["is the name 'regulars' of segment 1 too", "is '<b>', which holds a sign of HTML", 'is empty']
    """
    if not isinstance(names, Mapping):
        return [Fault(_WHERE, f"is {names!r}", "write `names: {1: Regulars, 2: Bulk buyers}`")]
    all_faults: list[Fault] = []
    label_of: dict[tuple[str, str], str] = {}
    for label, name in names.items():
        where = f"{_WHERE}, segment {label}"
        if not str(label).isdecimal():
            all_faults.append(Fault(f"{_WHERE}, {label!r}", "is no number of a segment", "write `1: Regulars`"))
            continue
        by_language: Mapping[str, Any] = name if isinstance(name, Mapping) else dict.fromkeys(LANGUAGES, name)
        all_faults += [Fault(where, f"has the language {code!r}", f"segkit writes {', '.join(LANGUAGES)}")
                       for code in by_language if code not in LANGUAGES]
        if isinstance(name, Mapping) and not any(code in LANGUAGES for code in by_language):
            all_faults.append(Fault(where, "is empty", "give a name, or take the line out"))
        wrong = next((w for text in by_language.values() if (w := _wrong(text))), None)
        if wrong:
            all_faults.append(Fault(where, wrong, f"take letters, digits and blanks, at most {LONGEST}"))
            continue
        for code, text in by_language.items():
            plain = unicodedata.normalize("NFC", " ".join(text.split())).casefold()
            if (other := label_of.setdefault((code, plain), str(label))) != str(label):
                all_faults.append(Fault(where, f"is the name {plain!r} of segment {other} too",
                                        "give each a name of its own"))
                break
    return all_faults


def _wrong(text: Any) -> str:
    """What is wrong with one name; "" for nothing."""
    if text is None or not str(text).strip():
        return "is empty"
    if not isinstance(text, str) or text.strip().isdecimal():
        return f"is {text!r}, which could be taken for the number of a segment"
    if len(text.strip()) > LONGEST:
        return f"is longer than {LONGEST} letters"
    if re.search(r"[<>&]|[^\S ]|[\x00-\x1f\u202a-\u202e\u2066-\u2069]", text.strip()):
        return f"is {text!r}, which holds a sign of HTML" if re.search("[<>&]", text) else "holds a control character"
    if text.lstrip()[0] in "=+-@":
        return f"is {text!r}, which a spreadsheet takes for a formula"
    return ""


def bound(segmentation: Segmentation, names: Mapping[Any, Any] | None = None, X: pd.DataFrame | None = None,
          before: saved.Saved | None = None, merge: Mapping[Any, Any] | None = None,
          split: Mapping[Any, Any] | None = None, weights: Sequence[float] | None = None,
          random_state: int | None = None) -> Bound:
    """A segmentation with the names of a study, merged and split as it says, numbered as in the last build.

    Parameters
    ----------
    segmentation : with numbered segments.
    names : number of a segment → its name, or its name by language. Where nothing is named, merged or split, nothing
        is renumbered.
    X : the segmentation variables of its customers.
    before : what the last build kept; that of the build that runs now by default.
    merge, split : see `regrouping`; names are those of the segments as they are then.
    weights : case weights.
    random_state : seed of segments that are split by their method.

    Returns
    -------
    Bound. The segments of the last build and of this one, as the method formed them, are matched so that most customers
    are in the same (Hungarian); where the saved rule knows all variables it labels these customers, else the customers
    in both count. Where there are fewer segments than then, those that the study does not mention get the free numbers
    from 1 on.

    Raises
    ------
    DataError
        With all faults of the names, merges and splits: of their form, a number that is no segment, and a segment that
        agrees with the one of the last build by no more than a Jaccard index of 0.5, or cannot be held against it; as
        `regrouping.regrouped`.

    References
    ----------
    Hennig (2007), doi:10.1016/j.csda.2006.11.025: a segment with a Jaccard index of 0.5 or less has dissolved.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> bound(kmeans.segment(X, 2, random_state=1), {1: "Rare", 2: "Regulars"}, X).named.segments.index.to_list()
    ['Rare', 'Regulars']
    """
    names = names or {}
    if all_faults := faults(names) + regrouping.faults(merge, split, names):
        raise DataError(all_faults)
    together, apart = regrouping.read(merge, split)
    mentioned = {where: {int(s) for s in numbers} for where, numbers in (
        ("`names`", names), ("`merge`", {s: 0 for k, v in together.items() for s in (k, *v)}), ("`split`", apart))}
    none = pd.Series(dtype=float, name="jaccard")
    if not any(mentioned.values()):
        return Bound(segmentation, {}, none, segmentation)
    first, *others = [where for where, numbers in mentioned.items() if numbers]
    again = (f"take {', '.join([first, *others])} out, build, look at the segments, and "
             + ("name them anew" if first == _WHERE and not others else "write it anew"))
    try:
        before = before or saved.before()
    except DataError:
        raise DataError([Fault(first, "cannot be held against the segments of the last build: what it kept cannot be "
                               "read", again)]) from None
    old = None
    if before is not None:
        old = matching.old_labels(segmentation, X, before.segmentation)
        if old is None:
            raise DataError([Fault(first, "cannot be held against the segments they were given for: other variables, "
                                   "and none of the same customers", again)])
        segmentation = matching.aligned(segmentation, before.segmentation, old, set().union(*mentioned.values()))
    if all_faults := regrouping.missing(segmentation.segments.index.tolist(), together, apart):
        raise DataError(all_faults)
    if old is not None:
        _check_bound(mentioned, ("`merge`", "`split`"), matching.jaccard(segmentation.labels, old), again)
    regrouped, agreement = segmentation, none
    if together or apart:
        if X is None:
            raise DataError([Fault("`X`", "is needed to merge and split", "give the segmentation variables")])
        regrouped = regrouping.regrouped(segmentation, X, together, apart, weights,
                                         before.segmentation if before else None, random_state)
    labels = set(regrouped.segments.index)
    if all_faults := [Fault(f"{_WHERE}, segment {label}", "is no segment here: there are " + ", ".join(
            map(str, sorted(labels))), again) for label in names if int(label) not in labels]:
        raise DataError(all_faults)
    if old is not None:
        if X is not None and regrouped is not segmentation and before is not None:
            old = regrouping.relabelled(old, X, regrouped.rule, before.segmentation.rule)
        agreement = matching.jaccard(regrouped.labels, old)
        _check_bound(mentioned, (_WHERE,), agreement, again)
    by_language = {str(label): {code: " ".join((name if isinstance(name, str) else name.get(code) or next(
        iter(name.values()))).split()) for code in LANGUAGES} for label, name in names.items()}
    return Bound(regrouped, by_language, agreement[agreement.index.isin([int(label) for label in names])], segmentation)


def _check_bound(mentioned: Mapping[str, set[int]], parts: Sequence[str], agreement: pd.Series, again: str) -> None:
    """Raise where a segment that a study mentions is no longer the one of the last build."""
    all_faults = [Fault(f"{where}, segment {label}", "is no longer the segment that got this name"
                        if where == _WHERE else "is no longer the segment of that number", again) for where in parts
                  for label in sorted(mentioned[where]) if not agreement.get(label, 0.0) > SAME]
    if all_faults:
        raise DataError([replace(f, found=f"{f.found}: they have {agreement.get(int(f.where.split()[-1]), 0.0):.0%} of "
                                 f"their customers in common (Jaccard index; more than {SAME:.0%} are needed)")
                         for f in all_faults])


def in_place(solutions: list[Segmentation], segmentation: Segmentation) -> list[Segmentation]:
    """The solutions with one of them numbered anew.

    Parameters
    ----------
    solutions : segmentations of the same customers, one per number of segments.
    segmentation : one of them with other numbers, such as `Bound.formed`.

    Returns
    -------
    A new list in the same order, in which it stands for the solution with as many segments.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> solutions = [kmeans.segment(X, k, random_state=1) for k in (2, 3)]
    >>> in_place(solutions, solutions[0].relabel({1: 2, 2: 1}))[0].labels.to_list()
    [2, 2, 2, 1, 1, 1]
    """
    return [segmentation if s.k == segmentation.k else s for s in solutions]
