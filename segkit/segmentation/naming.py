"""Names of segments: given by a study, bound to the segments they were given for, or proposed in plain words.

Segments are numbered by size, so new data may number them otherwise. Names therefore do not go by the number alone: a
rebuild is first numbered as the saved segmentation of the last build was, and a name whose segment is no longer there
is refused, with what to do.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from segkit.segmentation import nearest, saved
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault
from segkit.words.formats import _, format_value
from segkit.words.language import LANGUAGES, N_

LONGEST = 40
"""Letters of a name, so that it fits beside a bar."""
SAME = 0.5
"""Jaccard index above which a segment is the one it was: no two segments can both have it with the same one."""
TRAITS = 2
_WHERE = "`names`"
_WORDS = {
    "recency_days": (N_("not seen for long"), N_("here lately")),
    "frequency": (N_("buy often"), N_("buy rarely")),
    "monetary": (N_("spend much"), N_("spend little")),
    "average_basket": (N_("large baskets"), N_("small baskets")),
    "weekend_share": (N_("at the weekend"), N_("on weekdays")),
    "evening_share": (N_("in the evening"), N_("in the daytime")),
    "online_share": (N_("online"), N_("in the shop")),
    "n_stores": (N_("many stores"), N_("few stores")),
    "products_per_basket": (N_("many products at a time"), N_("few products at a time")),
}
"""What more and less of a variable is in plain words."""
_UNNAMED = N_("The segments have numbers, the largest is 1. The cards of the segments propose a name for each, from "
              "what sets it apart; give better ones in the study under `names`.")
_GIVEN = N_("The names of the segments are given by the study.")
_HELD = N_("The names of the segments are given by the study and were held against the segments of the build "
           "before: the one that changed most, {name:message}, has {jaccard:percent} of its customers in common with "
           "what got that name (Jaccard index).")
_MORE, _LESS, _AVERAGE = N_("more {variable:text}"), N_("less {variable:text}"), N_("close to the average")
_NO = N_("not {variable:text}")


class Bound(NamedTuple):
    """A segmentation numbered as that of the last build, its names by language, and the agreement of each named
    segment with that build (Jaccard index, empty where there is none to hold it against)."""

    segmentation: Segmentation
    names: dict[str, dict[str, str]]
    agreement: pd.Series

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


def faults(names: Any) -> list[Fault]:
    """What is wrong with names as a study gives them: a number of a segment → a name, or a name by language.

    Examples
    --------
    >>> [fault.found for fault in faults({1: "Regulars", 2: "regulars", 3: "<b>", 4: " "})]
    ["is the name 'regulars' of segment 1 too", "is '<b>', which holds a sign of HTML", 'is empty']
    """
    if not isinstance(names, Mapping):
        return [Fault(_WHERE, f"is {names!r}", "write `names: {1: Regulars, 2: Bulk buyers}`")]
    found: list[Fault] = []
    taken: dict[tuple[str, str], str] = {}
    for label, given in names.items():
        where = f"{_WHERE}, segment {label}"
        if not str(label).isdecimal():
            found.append(Fault(f"{_WHERE}, {label!r}", "is no number of a segment", "write `1: Regulars`"))
            continue
        said = given if isinstance(given, Mapping) else dict.fromkeys(LANGUAGES, given)
        found += [Fault(where, f"has the language {code!r}", f"segkit writes {', '.join(LANGUAGES)}")
                  for code in said if code not in LANGUAGES]
        if isinstance(given, Mapping) and not any(code in LANGUAGES for code in said):
            found.append(Fault(where, "is empty", "give a name, or take the line out"))
        wrong = next((w for text in said.values() if (w := _wrong(text))), None)
        if wrong:
            found.append(Fault(where, wrong, f"take letters, digits and blanks, at most {LONGEST}"))
            continue
        for code, text in said.items():
            plain = unicodedata.normalize("NFC", " ".join(text.split())).casefold()
            if (other := taken.setdefault((code, plain), str(label))) != str(label):
                found.append(Fault(where, f"is the name {plain!r} of segment {other} too",
                                   "give each a name of its own"))
                break
    return found


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
          before: saved.Saved | None = None) -> Bound:
    """A segmentation with the names of a study, numbered as in the last build.

    Parameters
    ----------
    segmentation : with numbered segments.
    names : number of a segment → its name, or its name by language. Without names nothing is renumbered.
    X : the segmentation variables of its customers.
    before : what the last build kept; that of the build that runs now by default.

    Returns
    -------
    Bound. The segments of the last build and of this one are matched so that most customers are in the same
    (Hungarian); where the saved rule knows all variables it labels these customers, else the customers in both count.

    Raises
    ------
    DataError
        With all faults of the names: of their form, a number that is no segment, and a name whose segment agrees with
        the one of the last build by no more than a Jaccard index of 0.5, or cannot be held against it.

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
    if told := faults(names):
        raise DataError(told)
    none = pd.Series(dtype=float, name="jaccard")
    if not names:
        return Bound(segmentation, {}, none)
    again = "take `names` out, build, look at the segments, and name them anew"
    try:
        before = before or saved.before()
    except DataError:
        raise DataError([Fault(_WHERE, "cannot be held against the segments of the last build: what it kept cannot be "
                               "read", again)]) from None
    agreement = none
    if before is not None:
        old = _old_labels(segmentation, X, before)
        if old is None:
            raise DataError([Fault(_WHERE, "cannot be held against the segments they were given for: other variables, "
                                   "and none of the same customers", again)])
        segmentation = _aligned(segmentation, before.segmentation, old)
        agreement = _jaccard(segmentation, old)
    there = {str(label) for label in segmentation.segments.index}
    told = [Fault(f"{_WHERE}, segment {label}", "is no segment here: there are " + ", ".join(sorted(there, key=int)),
                  again) for label in names if str(label) not in there]
    told += [Fault(f"{_WHERE}, segment {label}", "is no longer the segment that got this name: they have "
                   f"{agreement.get(int(label), 0.0):.0%} of their customers in common (Jaccard index; more than "
                   f"{SAME:.0%} are needed)", again)
             for label in names if before is not None and str(label) in there
             and not agreement.get(int(label), 0.0) > SAME]
    if told:
        raise DataError(told)
    said = {str(label): {code: " ".join((given if isinstance(given, str) else given.get(code) or next(
        iter(given.values()))).split()) for code in LANGUAGES} for label, given in names.items()}
    return Bound(segmentation, said, agreement[agreement.index.isin([int(label) for label in names])])


def _old_labels(segmentation: Segmentation, X: pd.DataFrame | None, before: saved.Saved) -> pd.Series | None:
    """The segment of the last build that each customer of today is in: by its rule, or as it was."""
    if X is not None and set(before.segmentation.variables) <= set(X.columns):
        return nearest.labels(X[list(before.segmentation.variables)], before.segmentation)
    old = before.segmentation.labels.reindex(segmentation.assignments.index)
    return old if old.notna().any() else None


def _aligned(segmentation: Segmentation, before: Segmentation, old: pd.Series) -> Segmentation:
    known = old.dropna().astype("int64").rename("segment").to_frame()
    return replace(before, assignments=known).align(segmentation)


def _jaccard(segmentation: Segmentation, old: pd.Series) -> pd.Series:
    """Agreement of each segment with the old one of its number, over the customers whose old one is known."""
    now, old = segmentation.labels[old.notna()], old.dropna()
    found = {label: ((now == label) & (old == label)).sum() / max(1, ((now == label) | (old == label)).sum())
             for label in segmentation.segments.index}
    return pd.Series(found, name="jaccard", dtype=float).rename_axis("segment")


def in_place(solutions: list[Segmentation], segmentation: Segmentation) -> list[Segmentation]:
    """The solutions with one of them numbered anew."""
    return [segmentation if s.k == segmentation.k else s for s in solutions]


def proposed(profile: pd.DataFrame) -> dict[Any, dict[str, str]]:
    """A name for each segment from its marker variables, in plain words, by language; a starting point, no more.

    Parameters
    ----------
    profile : what `profile.segments` gives.

    Examples
    --------
    >>> from segkit.segmentation import kmeans, profile
    >>> X = pd.DataFrame({"frequency": [1, 2, 1, 9, 8, 9.0], "average_basket": [50, 50, 60, 10, 11, 10.0]})
    >>> told = proposed(profile.segments(X, kmeans.segment(X, 2, random_state=1)))
    >>> told[2]["en"], told[2]["vi"]
    ('small baskets, buy often', 'giỏ hàng nhỏ, mua thường xuyên')
    """
    made: dict[Any, dict[str, str]] = {}
    for segment in profile.index.unique("segment"):
        marked = strongest(profile.xs(segment, level="segment"))
        if _are_shares(marked):  # what people want names them better than what they do not want
            marked = pd.concat([marked[marked["difference"] > 0], marked[marked["difference"] <= 0]])
        for n in range(TRAITS, max(TRAITS, len(marked)) + 1):  # more words where two segments would be called the same
            made[segment] = {code: _words(marked.head(n), code) for code in LANGUAGES}
            if made[segment] not in [name for other, name in made.items() if other != segment]:
                break
    return made


def strongest(part: pd.DataFrame) -> pd.DataFrame:
    """The marker variables of one segment's profile, the farthest from all first: by the ratio of the means, and by
    their difference where all variables are shares."""
    marked = part[part["is_marker"]]
    if _are_shares(part):
        return marked.loc[marked["difference"].abs().sort_values(ascending=False, kind="stable").index]
    ratio = (marked["mean"].abs().clip(lower=1e-3) / marked["total_mean"].abs().clip(lower=1e-3)).map(math.log).abs()
    return marked.loc[ratio.sort_values(ascending=False, kind="stable").index]


def _are_shares(part: pd.DataFrame) -> bool:
    return bool(part[["mean", "total_mean"]].map(lambda m: 0 <= m <= 1).to_numpy().all())


def _words(marked: pd.DataFrame, code: str) -> str:
    parts, shares = [], _are_shares(marked)
    for variable, row in marked.iterrows():
        more = bool(row["difference"] > 0)
        plain = _WORDS.get(str(variable))
        label = re.sub(r"\s*\([^()]*\)$", "", format_value(variable, "column", code))
        other = (None if more else _NO) if shares else _MORE if more else _LESS
        parts.append(_(plain[0 if more else 1], code) if plain else
                     _(other, code, variable=label) if other else label)
    return ", ".join(parts) or _(_AVERAGE, code)
