"""A survey of the brands that people use: who uses which, and how often where that was asked (S7).

In long form a row is a respondent and a brand used, with `times` where it was asked; a respondent without a brand uses
none. In wide form a row is a respondent and a column a brand: yes or no, or how many times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.data import spellings, tables
from segkit.data.contract.orderlines import Note
from segkit.positioning.largest import MOST, OTHERS
from segkit.words import labels
from segkit.words.errors import DataError, Fault, SegkitError, check_columns
from segkit.words.language import LANGUAGES, N_, translate

YES, NO = {"yes", "y", "true", "có", "co", "x"}, {"no", "n", "false", "không", "khong"}
UNWEIGHTED, UNTOLD = N_("respondents without a weight"), N_("rows of a brand without how often it is used")
NONE_USED = N_("{n:count} respondents use none of the brands: shares are of those who use at least one.")
NEVER = N_("Brands that nobody uses are left out: {names:text}.")
GATHERED = N_("The {most:count} brands with most users are told apart. The other {n:count} count together as "
              "“{name:value}”.")


class Usage(NamedTuple):
    """Who uses what.

    Attributes
    ----------
    often : respondents × brands, most users first: how many times each brand is used, 0 for not at all. Only those who
        use at least one.
    is_counted : whether it was asked how often; otherwise `often` is 1 for each brand used.
    weight : of each respondent. group : of each, where a column tells it.
    n_asked : respondents, those who use none of the brands among them.
    n_rows, set_aside, notes : rows of the source used, reason → rows not used, and what else to know.
    brands : the brands as they are written, to look at their spellings.
    """

    often: pd.DataFrame
    is_counted: bool
    weight: pd.Series
    group: pd.Series
    n_asked: int
    n_rows: int
    set_aside: dict[str, int]
    notes: tuple[Note, ...]
    brands: pd.DataFrame


def load(data: Any, brands: Sequence[str] = (), columns: Mapping[str, str] | None = None,
         read: Mapping[str, Any] | None = None, groups: str = "", merge: Mapping[str, Any] | None = None) -> Usage:
    """A survey of brands used, from any source.

    Parameters
    ----------
    data : a row per respondent and brand, or a row per respondent with a column per brand.
    brands : the columns of the brands, in wide form; none in long form.
    columns : role → column: `respondent_id`, `brand` (long form), `times` (0 or more: a number of times in a period,
        not a code), `weight`.
    read : how to read a text file.
    groups : column with the group of a respondent; "" for none.
    merge : spellings to make one (`segkit.data.spellings`).

    Returns
    -------
    Usage. A blank is no use. Of more than 24 brands those with most users are told apart.

    Raises
    ------
    DataError
        With all faults of the table; where answers are no numbers and neither yes nor no, where 1 and 2 alone may mean
        yes and no, where nobody uses any brand, and where all use all of several brands, as codes without a 0 say.

    Examples
    --------
    >>> told = pd.DataFrame({"respondent_id": ["a", "a", "b", "c"], "brand": ["X", "Y", "X", None]})
    >>> found = load(told)
    >>> found.often.to_numpy().tolist(), found.n_asked
    ([[1.0, 1.0], [1.0, 0.0]], 3)
    >>> wide = pd.DataFrame({"respondent_id": ["a", "b"], "X": ["yes", "yes"], "Y": ["yes", "no"]})
    >>> load(wide, ["X", "Y"]).often.to_numpy().tolist()
    [[1.0, 1.0], [1.0, 0.0]]
    """
    table = spellings.merged(tables.load(data, "usage", columns, read=read), merge).execute()
    if groups:
        check_columns([groups], table.columns, "the survey")
    n_rows, aside = len(table), dict[str, int]()
    if "weight" in table:
        is_weighted = table["weight"].astype(float) > 0
        aside |= {UNWEIGHTED: int((~is_weighted).sum())} if (~is_weighted).any() else {}
        table = table[is_weighted]
    if brands:
        often, is_counted = _wide(table, list(brands))
    else:
        untold = table["times"].isna() & table["brand"].notna() if {"times", "brand"} <= {*table} else None
        if untold is not None and untold.any():
            aside |= {UNTOLD: int(untold.sum())}
            table = table[~untold]
        often, is_counted = _long(table)
    by_respondent = table.groupby("respondent_id", sort=True)
    weight = by_respondent["weight"].first().astype(float) if "weight" in table else pd.Series(1.0, index=often.index)
    group = by_respondent[groups].first().dropna() if groups else pd.Series(dtype=object)
    _alike(by_respondent, [c for c in ("weight", groups) if c and c in table])
    if (brands or "times" in table) and min(often.shape) > 1 and (often > 0).to_numpy().all():
        raise DataError([Fault("the survey", "has everybody use all of its brands: no answer is 0, no or empty",
                               "if the answers are codes, such as 5 for never, write never as 0 and the others as a "
                               "number of times, the more the larger")])
    return _kept(often, is_counted, weight, group, n_rows - sum(aside.values()), aside,
                 table[["brand"]] if "brand" in table and not brands else pd.DataFrame({"brand": list(brands)}))


def check(data: Any, brands: Sequence[str] = (), columns: Mapping[str, str] | None = None,
          read: Mapping[str, Any] | None = None, groups: str = "", merge: Mapping[str, Any] | None = None
          ) -> list[Fault]:
    """The faults that `load` would raise; none when the survey is good."""
    try:
        load(data, brands, columns, read, groups, merge)
    except SegkitError as error:
        return error.faults
    return []


def grouped(used: Usage, segment: pd.Series | None = None) -> pd.Series:
    """The group of each respondent: the segments of another study where there are any, else the survey's own.

    Parameters
    ----------
    used : what `load` gives.
    segment : segment of each respondent, indexed by respondent, without missing values, as
        `segkit.segmentation.handover.respondents` gives it; None or empty for the groups of the survey.

    Returns
    -------
    Series of text indexed by respondent, of those who use at least one of the brands and have a group; empty where
    there are no groups.

    Examples
    --------
    >>> told = pd.DataFrame({"respondent_id": list("aabc"), "brand": ["X", "Y", "X", None], "age": [20, 20, 30, 40]})
    >>> used = load(told, groups="age")
    >>> grouped(used).to_dict(), grouped(used, pd.Series({"b": "s", "c": "t"})).to_dict()
    ({'a': '20', 'b': '30'}, {'b': 's'})
    """
    groups = segment if segment is not None and len(segment) else used.group
    return groups[groups.index.isin(used.often.index)].dropna().map(str)


def overview(used: Usage) -> pd.DataFrame:
    """One row: `n_asked`, `n_category_users` (who use at least one), `n_brands`, `brands_used` (mean of users)."""
    mean = float(np.average((used.often > 0).sum(axis=1), weights=used.weight))
    return pd.DataFrame([{"n_asked": used.n_asked, "n_category_users": len(used.often),
                          "n_brands": used.often.shape[1], "brands_used": mean}])


def _wide(table: pd.DataFrame, brands: list[str]) -> tuple[pd.DataFrame, bool]:
    check_columns(brands, table.columns, "the survey")
    if table["respondent_id"].duplicated().any():
        raise DataError([Fault("column 'respondent_id'", "names a respondent in several rows, though `brands` names a "
                               "column per brand", "keep one row per respondent, or leave `brands` empty and map "
                               "`brand`")])
    answers = table.set_index("respondent_id")[brands].sort_index()
    by_brand, faults = {}, []
    for name in brands:
        times = _times(answers[name])
        if times is None:
            faults.append(Fault(f"column {name!r}", "holds answers that are neither yes and no nor a number of times, "
                                f"such as {str(answers[name].dropna().iloc[0])[:40]!r}",
                                "code it yes and no, or as how many times, with 0 for never"))
        elif (times < 0).any():
            faults.append(Fault(f"column {name!r}", f"holds {int((times < 0).sum())} answers below 0, such as "
                                f"{times.min():g}", "leave an answer that is not known empty"))
        by_brand[name] = times
    if faults:
        raise DataError(faults, "brands used")
    often = pd.DataFrame(by_brand, index=answers.index)
    distinct = set(np.unique(often.to_numpy()[often.notna().to_numpy()]))
    if distinct == {1.0, 2.0}:
        raise DataError([Fault("the columns of `brands`", "hold 1 and 2 alone: is 2 a no, or two times?",
                               "write no as 0, or yes and no as words")])
    return often.fillna(0.0), bool(distinct - {0.0, 1.0})


def _times(answers: pd.Series) -> pd.Series | None:
    if pd.api.types.is_bool_dtype(answers) or pd.api.types.is_numeric_dtype(answers):
        return answers.astype(float)
    words = answers.dropna().astype(str).str.strip().str.casefold()
    words = words[words != ""]
    times = words.map(lambda w: 1.0 if w in YES else 0.0 if w in NO else np.nan)
    times = times.fillna(pd.to_numeric(words, errors="coerce"))
    return times.reindex(answers.index).astype(float) if times.notna().all() else None


def _long(table: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    if "brand" not in table:
        raise DataError([Fault("column 'brand'", "is missing from the survey", "map it: `columns: {brand: <its name>}`"
                               "; or, where each brand has a column of its own, name these under `brands`")])
    is_counted = "times" in table and not set(table["times"].dropna().unique()) <= {0, 1}
    uses = table[table["brand"].notna()]
    times = uses["times"].astype(float) if "times" in uses else pd.Series(1.0, index=uses.index)
    often = times.groupby([uses["respondent_id"], uses["brand"].astype(str)]).sum().unstack(fill_value=0.0)
    everybody = pd.Index(np.sort(table["respondent_id"].unique()), name="respondent_id")
    often = often.reindex(everybody, fill_value=0.0)
    return (often if is_counted else (often > 0).astype(float)), is_counted


def _alike(who: Any, columns: list[str]) -> None:
    faults = []
    for name in columns:
        several = who[name].nunique()
        if (several > 1).any():
            faults.append(Fault(f"column {name!r}", f"differs between rows of one respondent, such as "
                                f"{several.index[several > 1][0]!r}", "give each respondent one value"))
    if faults:
        raise DataError(faults, "brands used")


def _kept(often: pd.DataFrame, counted: bool, weight: pd.Series, group: pd.Series, n_rows: int, aside: dict[str, int],
          written: pd.DataFrame) -> Usage:
    uses, n_asked, notes = often > 0, len(often), []
    if not uses.to_numpy().any():
        raise DataError([Fault("the survey", "has nobody who uses a brand", "see that uses are coded as yes, or as a "
                               "number above 0")])
    never = [str(name) for name in often.columns[~uses.any()]]
    is_user = uses.any(axis=1)
    if never:
        notes.append(Note(NEVER, {"names": ", ".join(never)}))
    if not is_user.all():
        notes.append(Note(NONE_USED, {"n": int((~is_user).sum())}))
    often = often.loc[is_user, uses.any()]
    order = (often > 0).mul(weight.loc[often.index], axis=0).sum().sort_values(ascending=False, kind="stable").index
    often = often[order]
    if len(order) > MOST:
        labels.give({code: {OTHERS: translate(OTHERS, code)} for code in LANGUAGES})
        other_uses = often[order[MOST:]].sum(axis=1)
        notes.append(Note(GATHERED, {"most": MOST, "n": len(order) - MOST, "name": OTHERS}))
        often = often[order[:MOST]].assign(**{OTHERS: other_uses if counted else (other_uses > 0).astype(float)})
    often = often.rename_axis(columns="brand")
    return Usage(often, counted, weight.loc[often.index], group, n_asked, n_rows, aside, tuple(notes), written)

