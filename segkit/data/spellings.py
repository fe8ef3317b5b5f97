"""Values that differ in their spelling only: Coca-Cola, coca-cola, COCA-COLA."""

from __future__ import annotations

import re
import unicodedata

import ibis.expr.types as ir
import pandas as pd


def alike(table: ir.Table, column: str = "brand") -> pd.DataFrame:
    """Values of a column that differ by capitals, kinds of blanks or hyphens, or the composition of letters only.

    Parameters
    ----------
    table : Ibis table; its column should have few different values, which are brought here.
    column : name of a column of text.

    Returns
    -------
    DataFrame indexed by the spelling most rows have: `spellings` (all of them, most rows first), `n_spellings` and
    `n_rows` (of all spellings); most rows first. Ties stand in the order of the alphabet. It is empty where each value
    has one spelling, or the column is no text.

    Examples
    --------
    >>> import ibis
    >>> t = ibis.memtable({"brand": ["Coca-Cola", "Coca-Cola", "coca cola", "Pepsi"]})
    >>> alike(t).reset_index().values.tolist()
    [['Coca-Cola', 'Coca-Cola · coca cola', 2, 3]]
    """
    columns = ["spellings", "n_spellings", "n_rows"]
    if not table[column].type().is_string():
        return pd.DataFrame(columns=columns, index=pd.Index([], name=column))
    counted = table.group_by(written=table[column]).aggregate(n_rows=table.count())
    found = counted.filter(counted.written.notnull()).execute()
    found = found.sort_values(["n_rows", "written"], ascending=[False, True], kind="stable")
    found["plain"] = found["written"].map(_plain)
    made = found.groupby("plain", sort=False).agg(
        **{column: ("written", "first")}, spellings=("written", " · ".join), n_spellings=("written", "size"),
        n_rows=("n_rows", "sum"))
    made = made[made["n_spellings"] > 1].set_index(column)[columns]
    return made.sort_values("n_rows", ascending=False, kind="stable")


def _plain(text: str) -> str:
    return re.sub(r"[\s\-\u2010-\u2015_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
