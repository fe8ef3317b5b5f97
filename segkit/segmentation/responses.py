"""Answers before they are coded: several in one cell, an option per column, codes that say nothing, scales.

A question with several answers (a multiple-response set) becomes a yes/no for each option. A code such as 9 or 99 among
ratings is told, and made missing where it is named as "don't know".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.data import worded
from segkit.segmentation import scales as scale_scores
from segkit.segmentation.respondents import MOST_CATEGORIES, RATING, YES_NO, columns
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

SEVERAL = N_("several answers in one cell: a yes or no for each")
OPTIONS = N_("an option per column: named is yes, empty is no; empty in all of them is open")
APART = N_("answers that are no step of the scale (“no answer”, stray codes): missing")
NOTHING = N_("codes named as “don't know”: missing")
NOWHERE = N_("named as “don’t know” and found in no column: where the file has labels, name the label")
SPELLED = N_("answers that differ by capitals or blanks alone: taken as one")
SCALE = N_("scale: the mean of its items, of those who answered them all")
SEPARATORS = (";", "|", ",")
MOST_OPTIONS = 40
TWICE = 0.5
"""Share of the options that at least two people name, so that a column holds options and not sentences."""
CODES = (-999, -99, -98, -9, -8, -1, 7, 8, 9, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 9999, 99999)
"""Numbers that questionnaires give to "don't know" and "refused"."""
TAIL = 0.02
"""Share of the highest number, from 0 on, below which numbers are counts, whose highest lie apart by nature."""
MOST_WORDS = 12
"""Different answers, a code among them, up to which words are those of a question and not free text."""
OPPOSITE = -0.2
"""Correlation with the rest of its scale below which an item looks turned round."""


class Tidied(NamedTuple):
    """The people with their answers as single columns, and what became of which: a row per `item` and `became`, with
    the number `n` of answers."""

    table: pd.DataFrame
    told: pd.DataFrame


def tidied(table: pd.DataFrame, dont_know: Sequence[Any] = (), scales: Mapping[str, Sequence[str]] | None = None,
           reversed_items: Sequence[str] = ()) -> Tidied:
    """Single answers from those of a questionnaire.

    Parameters
    ----------
    table : a row per person.
    dont_know : answers that say nothing. Numbers count where they lie outside the ratings or the yes and no of a
        column, or among words; among amounts where they lie below 0 and the others do not, or above the highest by
        more than all others span, so an age of 99 stays and one of 999 goes. Words count everywhere.
    scales : name of a scale → its items; the scale becomes a column.
    reversed_items : items of scales that are worded the other way round.

    Returns
    -------
    Tidied. A cell "wifi; cakes" becomes a yes in the columns "q: wifi" and "q: cakes", where a separator (";", "|" or
    ",") gives at most 40 options, half of which two people name. Columns that hold one value or nothing, and whose
    names begin alike ("q5_1", "q5_2"), are the options of one question. A column of numbers with few words in it (up to
    5% of its answers, and those named as saying nothing) is one of numbers; the words are missing.

    Raises
    ------
    DataError
        When a scale has the name of a column; as `scales.reliability`.

    Examples
    --------
    >>> made = tidied(pd.DataFrame({"why": ["wifi; cakes", "cakes", "wifi", None] * 2, "fast": [1, 5, 9, 3] * 2}), [9])
    >>> made.table["why: wifi"].to_list()[:4], made.table["fast"].to_list()[:3]
    ([True, False, True, None], [1.0, 5.0, nan])
    """
    tidy, said = numbered(table, dont_know)
    changes = list(said.itertuples(name=None))
    for name in table.columns:
        if options := _options(tidy[name]):
            separator, words = options
            tidy = _replaced(tidy, name, _split(tidy[name], separator, words, name))
            changes.append((name, SEVERAL, len(words)))
    for names in _sets(tidy):
        ticked = tidy[names].notna()
        answered = ticked.any(axis=1)
        for name in names:
            tidy[name] = ticked[name].astype(object).where(answered, None)
            changes.append((name, OPTIONS, int(ticked[name].sum())))
    for name, items in (scales or {}).items():
        if name in tidy:
            raise DataError([Fault(f"`scales`, {name!r}", "is the name of a column",
                                   "give the scale a name of its own")])
        tidy[name] = _score(tidy, items, reversed_items)
        changes.append((name, SCALE, len(items)))
    return Tidied(tidy, worded.became(changes))


def numbered(table: pd.DataFrame, dont_know: Sequence[Any] = ()) -> Tidied:
    """Columns of numbers with a few words among them as numbers, and answers that say nothing as missing ones.

    Parameters
    ----------
    table, dont_know : as in `tidied`.

    Returns
    -------
    Tidied, with the columns of `table`. A code of `dont_know` that is nowhere is told with a number of 0. Answers that
    differ by capitals and blanks alone ("Hue", "hue ") are one: the commonest of them, the first of equally common
    ones.

    Examples
    --------
    >>> made = numbered(pd.DataFrame({"income": [*map(str, range(20, 40)), "n/a"]}))
    >>> made.table["income"].tail(2).to_list(), made.told["n"].to_dict()
    ([39.0, nan], {'income': 1})
    """
    tidy, changes = table.copy(deep=False), [(name, APART, n) for name, n in table.attrs.get("apart", {}).items()]
    tidy.attrs = dict(table.attrs)
    for name in table.columns:
        gone = _says_nothing(tidy[name], dont_know)
        if gone.any():
            tidy[name] = tidy[name].where(~gone)
            changes.append((name, NOTHING, int(gone.sum())))
        if worded.holds_words(table[name]) and (numbers := worded.numbers(tidy[name])) is not None:
            if n_words := int((tidy[name].notna() & numbers.isna()).sum()):
                changes.append((name, worded.WORDS, n_words))
            tidy[name] = numbers
        elif (spelled := _spelled(tidy[name])) is not None:
            changes.append((name, SPELLED, int((spelled != tidy[name]).sum() - tidy[name].isna().sum())))
            tidy[name] = spelled
    changes += [(str(value), NOWHERE, 0) for value in dont_know
                if not any(_says_nothing(table[name], [value]).any() for name in table.columns)]
    return Tidied(tidy, worded.became(changes))


def _spelled(column: pd.Series) -> pd.Series | None:
    """Answers that differ by capitals and blanks alone, as the commonest of them; None where there are none such, and
    where the answers are no category."""
    if not (pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)):
        return None
    counts = column.value_counts()
    if not 1 < len(counts) <= 2 * MOST_CATEGORIES or not all(isinstance(v, str) for v in counts.index):
        return None
    plain = pd.Series([" ".join(v.split()).casefold() for v in counts.index], counts.index)
    commonest = plain.map({p: v for v, p in reversed(list(plain.items()))})
    return column.map(commonest.to_dict(), na_action="ignore") if plain.duplicated().any() else None


def suspects(table: pd.DataFrame) -> pd.DataFrame:
    """Codes that look like "don't know": they lie apart from the ratings, the yes and no or the words of a column.

    Returns
    -------
    DataFrame indexed by `item`: `code`, `n`. A code is one of those that questionnaires use (9, 99, −1 …), below 0 or
    two steps or more above the highest rating, and what is left is a rating of 3 to 10 points or yes and no (0 and 1,
    1 and 2); or the only number among at most 11 different words; or it lies as far from other numbers as `tidied`
    asks, also where these are counts: from 0 on, the highest rarer than 2%.

    Examples
    --------
    >>> suspects(pd.DataFrame({"fast": [1, 2, 3, 4, 5, 99], "age": [18, 35, 99, 44, 60, 27]}))["code"].to_dict()
    {'fast': 99}
    """
    codes = [(name, int(code), int((table[name].map(worded.number) == code).sum()))
             for name in table.columns for code in _apart(table[name])]
    return pd.DataFrame(codes, columns=["item", "code", "n"]).set_index("item")


def reliability(table: pd.DataFrame, scales: Mapping[str, Sequence[str]],
                reversed_items: Sequence[str] = ()) -> pd.DataFrame:
    """How well the items of each scale go together (`scales.reliability`); the ends of a scale are those of its items.

    Empty without scales.

    Parameters
    ----------
    table : a row per person, with the items as numbers.
    scales : name of each scale → its items, at least two, all of them columns of `table`.
    reversed_items : items that are worded the other way round, of any of the scales.

    Returns
    -------
    DataFrame indexed by `scale`, with the columns of `scales.reliability`: `n` (who answered all items), `n_items`,
    `alpha`, `omega`, `item_correlation`, `weakest_item`, `weakest_correlation`, `alpha_without`.

    Raises
    ------
    DataError
        As `scales.reliability`: fewer than two items, an item named twice or with one answer only, too few respondents.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5] * 4, "b": [5, 4, 3, 1, 2] * 4})
    >>> reliability(answers, {"novelty": ["a", "b"]}, ["b"])["alpha"].round(3).to_list()
    [0.947]
    """
    tables = [scale_scores.reliability(table, {name: items}, [i for i in reversed_items if i in items],
                                       (table[list(items)].min().min(), table[list(items)].max().max()))
              for name, items in scales.items()]
    return pd.concat(tables) if tables else pd.DataFrame()


def turned(X: pd.DataFrame, items: Sequence[str]) -> pd.DataFrame:
    """Items that go against the others: worded the other way round, or of another subject.

    Parameters
    ----------
    X : numbers, a row per person.
    items : ratings of one scale or block, three or more.

    Returns
    -------
    DataFrame indexed by `item`: `rest_correlation` with the sum of the others, where it is below −0.2, once the items
    are turned so that most go together.

    Examples
    --------
    >>> X = pd.DataFrame({"a": [1, 2, 3, 4, 5.0], "b": [1, 3, 3, 4, 4.0], "c": [5, 4, 3, 2, 2.0]})
    >>> turned(X, ["a", "b", "c"]).index.to_list()
    ['c']
    """
    complete = X[list(items)].dropna().astype(float)
    complete = complete.loc[:, complete.nunique() > 1]
    if complete.shape[1] < 3 or len(complete) < 3:
        return pd.DataFrame(columns=["rest_correlation"], index=pd.Index([], name="item"))
    first = np.linalg.eigh(complete.corr().to_numpy())[1][:, -1]
    sign = np.where(first < 0, -1.0, 1.0)
    sign = sign if sign.sum() >= 0 else -sign
    straight = (complete - complete.mean()) / complete.std() * sign
    rest_correlations = {name: float(sign[i] * straight[name].corr(straight.drop(columns=name).sum(axis=1)))
                         for i, name in enumerate(complete)}
    correlations = pd.Series(rest_correlations, name="rest_correlation").rename_axis("item")
    return correlations[correlations < OPPOSITE].to_frame()


def against(X: pd.DataFrame, ratings: Sequence[str], answers: pd.DataFrame,
            scales: Mapping[str, Sequence[str]] | None = None, reversed_items: Sequence[str] = ()) -> pd.DataFrame:
    """Items that go against the others (`turned`), among the ratings that form segments and within each scale, whose
    items named as worded the other way round are turned first.

    Parameters
    ----------
    X : numbers, a row per person, with the ratings that form segments.
    ratings : columns of X, such as `methods.ratings` gives.
    answers : a row per person, with the items of the scales as numbers, such as the table of `tidied`.
    scales : name of each scale → its items.
    reversed_items : items that are worded the other way round.

    Returns
    -------
    DataFrame indexed by `item`: `rest_correlation`, as `turned` gives it. An item found twice has the first one. Fewer
    than three ratings, or items of a scale, tell nothing.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5.0], "b": [1, 3, 3, 4, 4.0], "c": [5, 4, 3, 2, 2.0]})
    >>> against(answers, [], answers, {"taste": ["a", "b", "c"]}).index.to_list()
    ['c']
    >>> against(answers, [], answers, {"taste": ["a", "b", "c"]}, ["c"]).empty
    True
    """
    tables = [turned(X, ratings), *(turned(_straight(answers, items, reversed_items), items)
                                    for items in (scales or {}).values())]
    turned_items = pd.concat([table for table in tables if len(table)] or tables[:1])
    return turned_items[~turned_items.index.duplicated()]


def _apart(column: pd.Series) -> list[float]:
    """Codes of a column that lie apart from its ratings."""
    if pd.api.types.is_bool_dtype(column):
        return []
    if not pd.api.types.is_numeric_dtype(column):
        return _among_words(column)
    values = np.sort(column.dropna().unique().astype(float))
    codes = [v for v in values if v in CODES]
    ratings = values[~np.isin(values, codes)]
    while codes and codes[0] > 0 and len(ratings) and codes[0] <= ratings.max() + 1:  # 7 of a scale of 7 points
        ratings = np.append(ratings, codes.pop(0))
    if len(ratings) < 2:
        return []
    if (ratings != np.round(ratings)).any() or ratings.min() not in (0, 1) or np.ptp(ratings) > 10:
        return [v for v in codes if len(ratings) > MOST_WORDS and _is_far(v, ratings)]
    if ratings.min() == 0 and (column == ratings.max()).sum() < TAIL * column.count():  # counts: few have many
        return [v for v in codes if _is_far(v, ratings)]
    return codes if len(ratings) > 2 or np.ptp(ratings) == 1 else []


def _is_far(number: Any, others: Any) -> Any:
    """Whether a number, or each of several, lies below 0 and others do not, or above them by more than they span."""
    return ((number < 0) & (others.min() >= 0)) | (number > others.max() + (others.max() - others.min()))


def _among_words(column: pd.Series) -> list[float]:
    """The one number among the words of a column, where questionnaires give it to "don't know"."""
    values = column.dropna().unique()
    if len(values) > MOST_WORDS or not all(isinstance(v, str) for v in values):
        return []
    numbers = [n for n in map(worded.number, values) if n == n]
    return numbers if len(values) > 2 and len(numbers) == 1 and numbers[0] in CODES else []


def _says_nothing(column: pd.Series, dont_know: Sequence[Any]) -> pd.Series:
    words = {str(v).strip().casefold() for v in dont_know if isinstance(v, str)}
    numbers = [float(v) for v in dont_know if isinstance(v, int | float) and not isinstance(v, bool)]
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        gone = column.isin(numbers)
        answered = column[~gone].dropna()
        if not gone.any() or answered.empty:
            return gone & False
        kind = columns(answered.to_frame("x"))["kind"].iloc[0]
        is_step = kind in (YES_NO, RATING)
        return gone & ((column < answered.min()) | (column > answered.max()) if is_step else _is_far(column, answered))
    answers = column.astype(object).map(lambda v: str(v).strip().casefold(), na_action="ignore")
    lone = _among_words(column)  # 9 beside yes and no; a column of numbers as text holds codes of its own
    return answers.isin(words) | answers.map(worded.number).isin([n for n in numbers if n in lone])


def _options(column: pd.Series) -> tuple[str, list[str]] | None:
    """The separator of a column's answers and its options, or None where cells hold one answer each."""
    if not (pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)):
        return None
    known = column.dropna().astype(str)
    for separator in SEPARATORS:
        if not known.str.contains(separator, regex=False).any():
            continue
        counts = known.str.split(separator).explode().str.strip().loc[lambda s: s != ""].value_counts()
        if 2 <= len(counts) <= MOST_OPTIONS and (counts >= 2).mean() >= TWICE:
            return separator, sorted(counts.index)
    return None


def _split(column: pd.Series, separator: str, words: Sequence[str], name: str) -> pd.DataFrame:
    answers = column.map(lambda v: {part.strip() for part in str(v).split(separator)}, na_action="ignore")
    return pd.DataFrame({f"{name}: {word}": answers.map(lambda s, w=word: w in s, na_action="ignore").astype(object)
                         .where(column.notna(), None) for word in words}, index=column.index)


def _replaced(table: pd.DataFrame, name: str, by: pd.DataFrame) -> pd.DataFrame:
    place = table.columns.get_loc(name)
    replaced = pd.concat([table.iloc[:, :place], by, table.iloc[:, place + 1:]], axis=1)
    replaced.attrs = table.attrs
    return replaced


def _sets(table: pd.DataFrame) -> Iterator[list[str]]:
    """Columns of one value or nothing whose names begin alike and differ in a number or word after a mark."""
    by_stem: dict[str, list[str]] = {}
    for name in table.columns:
        known = table[name].dropna()
        stem = re.match(r"(.+?)\s*[_.:\[(-]\s*\S.*$|(.*?\D)\d+$", str(name))
        if stem and known.nunique() == 1 and 0 < len(known) < len(table):
            by_stem.setdefault(stem[1] or stem[2], []).append(name)
    yield from (names for names in by_stem.values() if len(names) > 1)


def _score(table: pd.DataFrame, items: Sequence[str], reversed_items: Sequence[str]) -> pd.Series:
    scale_scores.reliability(table, {"scale": items})  # tells what is wrong with the items
    return _straight(table, items, reversed_items).mean(axis=1, skipna=False)


def _straight(table: pd.DataFrame, items: Sequence[str], reversed_items: Sequence[str]) -> pd.DataFrame:
    """The items of a scale as numbers, those worded the other way round turned."""
    values = table[list(items)].astype(float)
    low, high = values.min().min(), values.max().max()
    for name in set(reversed_items) & set(items):
        values[name] = low + high - values[name]
    return values


