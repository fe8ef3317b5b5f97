"""Names proposed for segments, in plain words, from what sets them apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

import pandas as pd

from segkit.segmentation.profile import are_shares, markers
from segkit.words import labels
from segkit.words.formats import _, format_value
from segkit.words.language import LANGUAGES, N_

TRAITS = 2
SHORTEST = 3
"""Letters from which on a value tells what it is without its column."""
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
_UNCLEAR = {"yes", "no", "true", "false", "none", "other", "others", "unknown", "không", "khác"}
_MORE, _LESS, _AVERAGE = N_("more {variable:text}"), N_("less {variable:text}"), N_("close to the average")
_NO, _HIGH, _LOW = N_("not {variable:text}"), N_("high {variable:text}"), N_("low {variable:text}")


def proposed(profile: pd.DataFrame, answers: Collection[str] | None = None) -> dict[Any, dict[str, str]]:
    """A name for each segment from its marker variables, in plain words, by language; a starting point, no more.

    Parameters
    ----------
    profile : what `profile.segments` gives, or `Means.profile` of the cards.
    answers : the variables that are yes or no, where others are ratings or amounts; by default all of them, where all
        lie from 0 to 1.

    Returns
    -------
    dict of segment → name by language, no two alike where the variables tell the segments apart: a segment without
    marker variables is close to the average, and where another one is, too, what it differs in most is added. A value
    of a category stands alone ("pool", not "sport: pool") where that is clear, one of each category first.

    Examples
    --------
    >>> from segkit.segmentation import kmeans, profile
    >>> X = pd.DataFrame({"frequency": [1, 2, 1, 9, 8, 9.0], "average_basket": [50, 50, 60, 10, 11, 10.0]})
    >>> told = proposed(profile.segments(X, kmeans.segment(X, 2, random_state=1)))
    >>> told[2]["en"], told[2]["vi"]
    ('small baskets, buy often', 'giỏ hàng nhỏ, mua thường xuyên')
    """
    names: dict[Any, dict[str, str]] = {}
    clear = _clear_values(profile)
    for segment in profile.index.unique("segment"):
        part = profile.xs(segment, level="segment")
        marked = markers(part)
        if are_shares(marked):  # what people want names them better than what they do not want
            marked = pd.concat([marked[marked["difference"] > 0], marked[marked["difference"] <= 0]])
        marked = _one_of_each(marked)
        rest = part.drop(index=marked.index)
        rest = rest.loc[rest["difference"].abs().sort_values(ascending=False, kind="stable").index]
        least = min(TRAITS, len(marked))
        for n in range(least, len(part) + 1):  # more words where two segments would be called the same
            told, beside = marked.head(n), rest.head(max(0, n - len(marked)))
            names[segment] = {code: ", ".join([_words(told, code, answers, clear),
                                               *([_words(beside, code, answers, clear)] if len(beside) else [])])
                              for code in LANGUAGES}
            if names[segment] not in [name for other, name in names.items() if other != segment]:
                break
    return names


def _one_of_each(marked: pd.DataFrame) -> pd.DataFrame:
    """The values of a category after its first one come last."""
    if "category" not in marked:
        return marked
    again = (marked["category"] != "") & marked["category"].duplicated()
    return pd.concat([marked[~again], marked[again]])


def _words(marked: pd.DataFrame, code: str, answers: Collection[str] | None, clear: dict[str, str]) -> str:
    parts, all_shares = [], are_shares(marked)
    for variable, row in marked.iterrows():
        more = bool(row["difference"] > 0)
        plain = _WORDS.get(str(variable))
        value = clear.get(str(variable))
        label = labels.of(value, code) if value else re.sub(r"\s*\([^()]*\)$", "",
                                                            format_value(variable, "column", code))
        is_answer = all_shares if answers is None else str(variable) in answers
        others = (_MORE, _LESS) if answers is None else (_HIGH, _LOW)
        wording = (None if more else _NO) if is_answer else others[0 if more else 1]
        parts.append(_(plain[0 if more else 1], code) if plain else
                     _(wording, code, variable=label) if wording else label)
    return ", ".join(parts) or _(_AVERAGE, code)


def _clear_values(profile: pd.DataFrame) -> dict[str, str]:
    """Values of categories that tell what they are without their column: a word of one category only, no "yes"."""
    if "category" not in profile:
        return {}
    column = profile["category"].groupby(level="variable").first()
    value = {str(v): str(v).removeprefix(f"{c}: ") for v, c in column.items() if c}
    times = Counter(value.values())
    return {v: word for v, word in value.items()
            if times[word] == 1 and len(word) >= SHORTEST and word[0].isalpha() and word.casefold() not in _UNCLEAR}
