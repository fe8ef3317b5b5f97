"""Tables with a row per person: a survey, or what is known of customers without their purchases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from segkit.data import open as sources
from segkit.data import tables
from segkit.data.contract.orderlines import Note
from segkit.data.contract.rows import Account
from segkit.data.readers import labelled
from segkit.words import labels
from segkit.words.errors import DataError, Fault, SegkitError
from segkit.words.language import LANGUAGES, N_, translate

ID, WEIGHT, CUSTOMER = "respondent_id", "weight", "customer_id"
NUMBERED = N_("No column was named as id: people are known by the number of their row.")


def account(source: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None) -> Account:
    """The table with the account of its rows; where no column is mapped to `respondent_id`, rows are numbered from 1.

    Parameters
    ----------
    source : any source of `segkit.data.open.table`.
    columns : role → column: `respondent_id`, `weight` (how many people a row stands for).
    read : how to read a text file.

    Raises
    ------
    DataError
        With all faults of the table: an id that stands twice, a weight below 0.

    Examples
    --------
    >>> account(pd.DataFrame({"wifi": ["yes", "no", "no"]})).table.execute()["respondent_id"].to_list()
    [1, 2, 3]
    """
    columns = dict(columns or {})
    if ID in columns:
        return tables.account(source, "survey", columns, read=read)
    opened = sources.table(source, read=read)
    if ID in opened.columns:
        return tables.account(source, "survey", columns, read=read)
    numbered = opened.mutate(**{ID: (ibis.row_number() + 1).cast("string")})
    survey = tables.account(numbered, "survey", columns)
    return replace(survey, told=(Note(NUMBERED, {}), *survey.told))


def account_customers(source: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None
                      ) -> Account:
    """A customer table that stands alone, as `account` takes a survey: its `customer_id` is that of the people.

    Parameters
    ----------
    source, read : as in `account`.
    columns : role → column: `customer_id`, `weight`.

    Raises
    ------
    DataError
        As `account`.

    Examples
    --------
    >>> known = account_customers(pd.DataFrame({"no": [7, 9], "age": [20, 30]}), {"customer_id": "no"})
    >>> known.table.execute()["respondent_id"].to_list()
    [7, 9]
    """
    return account(source, _as_survey(source, columns, read), read)


def check_customers(source: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None
                    ) -> list[Fault]:
    """The faults of a customer table that stands alone; none when it is good."""
    try:
        account_customers(source, columns, read)
    except SegkitError as error:
        return error.faults
    return []


def _as_survey(source: Any, columns: Mapping[str, str] | None, read: Mapping[str, Any] | None) -> dict[str, str]:
    mapping = {ID if role == CUSTOMER else role: column for role, column in (columns or {}).items()}
    is_there = ID not in mapping and CUSTOMER in sources.table(source, read=read).columns
    return {**mapping, ID: CUSTOMER} if is_there else mapping


def check(source: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None) -> list[Fault]:
    """The faults of the table; none when it is good."""
    try:
        account(source, columns, read)
    except SegkitError as error:
        return error.faults
    return []


def people(opened: Account, source: Any = None, read: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """The people of an opened table, by id; their columns are the user's own words, whatever they are called.

    Parameters
    ----------
    opened : what `account` gives.
    source, read : as `account` took them. Of an SPSS or Stata file, labels that are steps of a scale are ordered
        answers (`labelled.orders`); an answer that is none of the steps is missing, and their number by column stands
        in the table's `attrs` under `apart`.
    """
    known, apart = opened.table.execute().set_index(ID).sort_index(kind="stable"), dict[str, int]()
    file = sources.locate(source) if isinstance(source, str | Path) else None
    if file is not None and file.suffix.lower() in labelled.SUFFIXES:
        for name, steps in labelled.orders(file, (read or {}).get("encoding")).items():
            if name in known and not pd.api.types.is_numeric_dtype(known[name]):
                on_scale = known[name].where(known[name].isin(steps))
                aside = int(known[name].notna().sum() - on_scale.notna().sum())
                known[name] = pd.Categorical(on_scale, steps, ordered=True)
                apart |= {name: aside} if aside else {}
    known.attrs.update(own=True, apart=apart)
    own = {str(c): str(c) for c in known.columns}
    labels.give({code: {c: labels.of(c, code) for c in own} for code in LANGUAGES})
    return known


def answers(known: pd.DataFrame) -> pd.DataFrame:
    """The columns that say something of the people, without their weight."""
    return known.drop(columns=WEIGHT, errors="ignore")


def weighting(weights: pd.Series | None) -> dict[str, str]:
    """What is said beside a share of people where they count by weights, by language; no words where all count alike.

    Examples
    --------
    >>> weighting(pd.Series([2.0, 1.0]))["en"], weighting(None)["en"]
    (', weighted', '')
    """
    return {code: "" if weights is None else translate(N_(", weighted"), code) for code in LANGUAGES}


def weights(known: pd.DataFrame, of: pd.Index | None = None) -> pd.Series | None:
    """How many people each row stands for, of some of the people; None where all count alike.

    Parameters
    ----------
    known : a row per person, as `people` gives; `weight` is its column of weights, if it has one.
    of : ids of the people wanted, all of them in `known`; everybody by default.

    Returns
    -------
    Series of floats, indexed as `of`, in its order; a missing weight stays missing. None where there is no column of
    weights.

    Raises
    ------
    DataError
        When no weight of these people is above 0.

    Examples
    --------
    >>> weights(pd.DataFrame({"weight": [2.0, 1.0]}, index=["a", "b"]), pd.Index(["b"])).to_list()
    [1.0]
    """
    if WEIGHT not in known:
        return None
    row_weights = (known[WEIGHT] if of is None else known.loc[of, WEIGHT]).astype(float)
    if not row_weights.sum() > 0:
        raise DataError([Fault("column `weight`", "is 0 for everybody",
                               "correct it, or take `weight` out of `columns`")])
    return row_weights
