"""Values that differ in their spelling only: Coca-Cola, coca-cola, COCA-COLA, Coca Cola, Coca-Colla.

They are proposed as one, and made one where a study says so: ``merge: {brand: {Coca-Cola: [coca-cola, COCA-COLA]}}``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import yaml

from segkit.words.errors import DataError, Fault, did_you_mean

COMPARED = 1_000
"""Different values up to which those that differ by one letter are looked for."""
WORD = 5
"""Letters of a word in which one letter may be another by mistake: Maker A and Maker B differ in a shorter one."""
RARER = 0.25
"""Rows of a value that differs by one letter, at most, as part of those of the other."""
COLUMNS = ("spellings", "n_spellings", "n_rows", "merge_line")


def alike(table: ir.Table, column: str = "brand") -> pd.DataFrame:
    """Values of a column that differ by capitals, accents, blanks, hyphens and other marks, or one letter only.

    Parameters
    ----------
    table : Ibis table; its column should have few different values, which are brought here.
    column : name of a column of text.

    Returns
    -------
    DataFrame indexed by the spelling most rows have: `spellings` (all of them, most rows first), `n_spellings`,
    `n_rows` (of all spellings) and `merge_line`, the line that makes them one under ``merge: {<column>: {…}}`` in a
    study; most rows first. Ties stand in the order of the alphabet. It is empty where each value has one spelling, or
    the column is no text. One letter may be changed, added, left out or swapped with the next in a word of at least
    five letters, of a value with at most a quarter of the other's rows; digits are never a mistake. It is a proposal:
    two names may differ by a letter and be two.

    Examples
    --------
    >>> t = ibis.memtable({"brand": ["Coca-Cola", "Coca-Cola", "coca cola", "Pepsi"]})
    >>> alike(t)["merge_line"].to_dict()
    {'Coca-Cola': 'Coca-Cola: [coca cola]'}
    """
    if column not in table.columns or not table[column].type().is_string():
        return pd.DataFrame(columns=list(COLUMNS), index=pd.Index([], name=column))
    counted = table.group_by(written=table[column]).aggregate(n_rows=table.count())
    values = counted.filter(counted.written.notnull()).execute()
    values = values.sort_values(["n_rows", "written"], ascending=[False, True], kind="stable")
    values["plain"] = values["written"].map(_plain)
    values["plain"] = values["plain"].replace(_mistaken(values.groupby("plain", sort=False).agg(
        n_rows=("n_rows", "sum"), written=("written", "first"))))
    groups = values.groupby("plain", sort=False).agg(
        **{column: ("written", "first")}, spellings=("written", " · ".join), n_spellings=("written", "size"),
        n_rows=("n_rows", "sum"), merge_line=("written", _line))
    groups = groups[groups["n_spellings"] > 1].set_index(column)[list(COLUMNS)]
    return groups.sort_values("n_rows", ascending=False, kind="stable")


def proposed(tables: Mapping[str, ir.Table | pd.DataFrame]) -> pd.DataFrame:
    """What `alike` gives of each column, with its name as `of_column`; column → the table that has it.

    Examples
    --------
    >>> people = pd.DataFrame({"age": ["19-24", "19–24", "25-34"]})
    >>> proposed({"age": people})[["of_column", "n_spellings"]].values.tolist()
    [['age', 2]]
    """
    parts = [pd.DataFrame(columns=["of_column", *COLUMNS], index=pd.Index([], name="spelling"))]
    for column, table in tables.items():
        if isinstance(table, pd.DataFrame):
            if column not in table or not len(table):
                continue
            table = ibis.memtable(table[[column]].reset_index(drop=True))
        proposals = alike(table, column).rename_axis("spelling")
        proposals.insert(0, "of_column", column)
        parts.append(proposals)
    return pd.concat(parts) if len(parts) > 1 else parts[0]


def merged(table: ir.Table | pd.DataFrame, merge: Mapping[str, Mapping[str, Any]] | None) -> Any:
    """The table with values written in one way: column → the way to write it → its other spellings.

    Columns that the table has not are those of another table, and left alone.

    Parameters
    ----------
    table : Ibis table or DataFrame; the columns to be written in one way hold text.
    merge : column → way → a spelling or a list of them, as `alike` proposes; None for none. The way itself need not be
        a value of the column.

    Returns
    -------
    The same kind of table as was given, with the same rows; a spelling that no line names stays as it is.

    Raises
    ------
    DataError
        When `merge` is written otherwise, a value is to be written in two ways, or the column has no such spelling.

    Examples
    --------
    >>> t = pd.DataFrame({"brand": ["Coca-Cola", "coca cola", "Pepsi"]})
    >>> merged(t, {"brand": {"Coca-Cola": ["coca cola"]}})["brand"].to_list()
    ['Coca-Cola', 'Coca-Cola', 'Pepsi']
    """
    for column, spellings in (merge or {}).items():
        if not isinstance(spellings, Mapping) or not all(isinstance(x, str | list) for x in spellings.values()):
            raise DataError([Fault(f"`merge`, {column!r}", f"is {spellings!r}",
                                   "write `merge: {brand: {Coca-Cola: [coca-cola, COCA-COLA]}}`")])
        if column not in table.columns:
            continue
        to = [(str(old), str(way)) for way, others in spellings.items()
              for old in ([others] if isinstance(others, str) else others)]
        values = (set(table[column].dropna().unique()) if isinstance(table, pd.DataFrame)
                  else set(table[[column]].distinct().execute()[column].dropna()))
        twice = [old for old, _ in to if sum(old == other for other, _ in to) > 1 or old in spellings]
        faults = [Fault(f"`merge`, {column!r}", f"writes {old!r} in two ways", "leave it in one line, once")
                  for old in dict.fromkeys(twice)]
        faults += [Fault(f"`merge`, {column!r}", f"names {old!r}, which the column has not",
                         did_you_mean(old, sorted(map(str, values)))) for old, _ in to if old not in values]
        if faults:
            raise DataError(faults)
        if isinstance(table, pd.DataFrame):
            table = table.assign(**{column: table[column].replace(dict(to))})
        elif to:
            table = table.mutate(**{column: table[column].substitute(dict(to))})
    return table


def _line(written: pd.Series) -> str:
    first, *others = written
    return yaml.safe_dump({first: others}, default_flow_style=True, allow_unicode=True, width=10**9).strip()[1:-1]


def _plain(text: str) -> str:
    """A value without capitals, accents, blanks and marks; of marks alone as it stands."""
    letters = unicodedata.normalize("NFKD", text.casefold()).replace("đ", "d")
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", plain) or text


def _mistaken(values: pd.DataFrame) -> dict[str, str]:
    """Plain value → the plain value with more rows that it differs from by one letter."""
    if len(values) > COMPARED:
        return {}
    corrections: dict[str, str] = {}
    ordered = values.sort_values("n_rows", ascending=False, kind="stable")
    words = {plain: _words(written) for plain, written in ordered["written"].items()}
    for i, plain in enumerate(ordered.index):
        for larger in ordered.index[:i]:
            if larger not in corrections and abs(len(larger) - len(plain)) <= 1 and (
                    ordered["n_rows"].iloc[i] <= RARER * ordered.at[larger, "n_rows"]) and (
                    _one_letter(words[plain], words[larger])):
                corrections[plain] = larger
                break
    return corrections


def _words(written: str) -> list[str]:
    return [_plain(word) for word in re.split(r"[\W_]+", written) if word]


def _one_letter(a: list[str], b: list[str]) -> bool:
    """Whether the words are the same but for one letter of one long word."""
    if len(a) != len(b):
        return False
    different = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    if len(different) != 1 or min(map(len, different[0])) < WORD:
        return False
    short, long = sorted(different[0], key=len)
    if len(short) < len(long):
        return any(long[:i] + long[i + 1:] == short and not long[i].isdigit() for i in range(len(long)))
    at = [i for i in range(len(long)) if short[i] != long[i]]
    if any(short[i].isdigit() or long[i].isdigit() for i in at):
        return False
    return len(at) == 1 or (len(at) == 2 and at[1] == at[0] + 1 and short[at[0]] == long[at[1]]
                            and short[at[1]] == long[at[0]])
