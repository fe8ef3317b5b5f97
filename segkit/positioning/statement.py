"""A positioning statement as a form: its blanks are filled from the evidence, or stay open (S9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from segkit.positioning import points
from segkit.positioning.brandfile import Words
from segkit.positioning.needs import EVERYBODY, MIDDLE
from segkit.words import formats, labels
from segkit.words.errors import DataError, Fault, did_you_mean
from segkit.words.language import LANGUAGES, N_, translate

BLANKS = {"target": N_("for whom"), "need": N_("who look for"), "category": N_("the brand is the"),
          "benefit": N_("that stands for"), "rival": N_("unlike"), "reason": N_("because")}
"""The blanks of the form, in the order of the sentence."""
OPEN, GIVEN = N_("[open]"), N_("given in the study")
PEOPLE = N_("{n:count} respondents of the segment rated the brand beside another")
WANTED = N_("wanted by {share:percent} of the segment ({low:percent} to {high:percent})")
NO_NEED = N_("open: nothing is surely wanted by more than half of the segment, or nobody was asked")
AHEAD = N_("wanted by {share:percent}, and rated {by:decimal} points above the average of the others ({low:decimal} "
           "to {high:decimal})")
NO_BENEFIT = N_("open: nothing is both surely wanted by more than half and surely rated above the average of the "
                "others")
HELD = N_("given in the study; by the ratings a point of difference")
NOT_HELD = N_("given in the study, but the ratings do not bear it out: {verdict:message}")
NOT_RATED = N_("given in the study; not an attribute of the ratings")
LIKED = N_("the other brand that the segment likes best, {mean:decimal} on average")
NO_RIVAL = N_("open: the ratings do not say how much brands are liked")
NOT_DATA = N_("open: no data say this; write it in the study")
CLAIM = N_("Among “{segment:segment}”, stand for “{benefit:message}”: {share:percent} of them want it, and they rate "
           "{brand:value} above the average of the other brands.")
MEND = N_("Improve “{benefit:message}” before claiming anything with “{segment:segment}”: {share:percent} of them want "
          "it, and they rate {brand:value} below the average of the other brands.")
NOTHING = N_("Claim no difference of {brand:value} with “{segment:segment}” yet: nothing they surely want is surely "
             "rated above the average of the other brands.")


class Statement(NamedTuple):
    """`form`: a row per `blank` with its `filling` and `backed_by`; `filled` by blank (texts by language); `n_open`
    blanks; and what to do (`sentence` takes the `values`)."""

    form: pd.DataFrame
    filled: dict[str, Any]
    n_open: int
    sentence: str
    values: dict[str, Any]


def fill(given: Mapping[str, Any], brand: str, rated: pd.DataFrame, liked: pd.Series, segment: str = "") -> Statement:
    """The statement of a brand for a segment.

    Parameters
    ----------
    given : blank → text, or texts by language, for those of `BLANKS` that the study fills itself; a `benefit` or `need`
        that names an attribute is held against the ratings.
    brand : as the ratings name it.
    rated : what `points.of` gives for the segment, with the columns of `points.beside_needs`.
    liked : mean liking of each brand in the segment; empty where it is not known.
    segment : "" for everybody.

    Returns
    -------
    Statement. What is not given is filled: the need that most surely want (of those that surely more than half do), the
    benefit among those surely wanted on which the brand differs most, and the rival that is liked best. A
    category and a reason to believe are never made up.

    Raises
    ------
    DataError
        When `given` names a blank that there is not, or holds no text.

    Examples
    --------
    >>> rated = pd.DataFrame({"n_respondents": 50, "verdict": points.AHEAD, "rating_difference": 1.2,
    ...     "difference_low": 0.8, "difference_high": 1.6, "want_share": 0.8, "want_low": 0.7, "want_high": 0.9,
    ...     "todo": points.KEEP}, index=pd.Index(["quiet"], name="attribute"))
    >>> made = fill({"category": "café"}, "Avo", rated, pd.Series({"Avo": 5.0, "Bemo": 4.0}))
    >>> made.filled["benefit"], made.n_open
    ('quiet', 1)
    """
    texts = _checked(given)
    wanted = rated[rated["want_low"] > MIDDLE].sort_values("want_low", ascending=False, kind="stable")
    ahead = wanted[wanted["verdict"] == points.AHEAD].sort_values("rating_difference", ascending=False, kind="stable")
    others = liked.drop(brand, errors="ignore").dropna()
    entries: dict[str, tuple[Any, Any]] = {
        "target": (_own(segment or EVERYBODY), _said(PEOPLE, n=int(rated["n_respondents"].max()) if len(rated) else 0)),
        "need": (None, _kit(NO_NEED)), "category": (None, _kit(NOT_DATA)), "benefit": (None, _kit(NO_BENEFIT)),
        "rival": (None, _kit(NO_RIVAL)), "reason": (None, _kit(NOT_DATA))}
    if len(wanted):
        row = wanted.iloc[0]
        entries["need"] = wanted.index[0], _said(WANTED, share=row["want_share"], low=row["want_low"],
                                                 high=row["want_high"])
    if len(ahead):
        row = ahead.iloc[0]
        entries["benefit"] = ahead.index[0], _said(AHEAD, share=row["want_share"], by=row["rating_difference"],
                                                   low=row["difference_low"], high=row["difference_high"])
    if len(others):
        entries["rival"] = others.idxmax(), _said(LIKED, mean=float(others.max()))
    for blank, words in texts.items():
        entries[blank] = words, _kit(GIVEN) if blank != "benefit" else _held(words, rated)
    filled = {blank: _kit(OPEN) if filling is None else
              labels.by_language(filling) if isinstance(filling, str) else filling
              for blank, (filling, _) in entries.items()}
    form = pd.DataFrame({"filling": filled, "backed_by": {b: basis for b, (_, basis) in entries.items()}})
    form = form.rename(index=BLANKS).rename_axis("blank")
    n_open = sum(filling is None for filling, _ in entries.values())
    return Statement(form, filled, n_open, *_todo(brand, segment or EVERYBODY, rated, ahead))


def _todo(brand: str, segment: str, rated: pd.DataFrame, ahead: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    mend = rated[rated["todo"] == points.IMPROVE].sort_values("want_share", ascending=False, kind="stable")
    for sentence, part in ((CLAIM, ahead), (MEND, mend)):
        if len(part):
            return sentence, {"benefit": labels.by_language(part.index[0]), "segment": segment, "brand": brand,
                              "share": part["want_share"].iloc[0]}
    return NOTHING, {"brand": brand, "segment": segment}


def _held(words: Any, rated: pd.DataFrame) -> dict[str, str]:
    name = next((w for w in (words if isinstance(words, str) else words.values()) if w in rated.index), None) if (
        not isinstance(words, str)) else words if words in rated.index else None
    if name is None:
        return _kit(NOT_RATED)
    verdict = rated.loc[name, "verdict"]
    return _kit(HELD) if verdict == points.AHEAD else _said(NOT_HELD, verdict=verdict)


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    faults, texts = [], {}
    for blank, words in given.items():
        if blank not in BLANKS:
            faults.append(Fault("`statement`", f"names the blank {blank!r}", did_you_mean(blank, BLANKS)))
            continue
        try:
            by_language = TypeAdapter(Words).validate_python(words).model_dump()
            texts[blank] = words if isinstance(words, str) else by_language
        except ValidationError:
            faults.append(Fault(f"`statement`, `{blank}`", f"is {words!r}", "write a text, or {en: …, vi: …}"))
    if faults:
        raise DataError(faults, "positioning statement")
    return texts


def _own(segment: str) -> dict[str, str]:
    return {code: formats.format_value(segment, "segment", code) for code in LANGUAGES}


def _kit(message: str) -> dict[str, str]:
    return {code: translate(message, code) for code in LANGUAGES}


def _said(message: str, **values: Any) -> dict[str, str]:
    return {code: formats.fill(message, values, code) for code in LANGUAGES}
