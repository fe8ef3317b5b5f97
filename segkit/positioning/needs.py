"""What people want, from a survey with a row per respondent: how many in each segment want what (S8, S9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.data import tables
from segkit.positioning import opinions
from segkit.segmentation.case_weights import kish
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import S_

EVERYBODY = S_("everybody")
MIDDLE = 0.5
"""From here up, as a share of a question's scale, something is wanted: segkit's own, as agreeing more than not."""
_YES, _NO = {"yes", "y", "true", "1", "có", "co", "x"}, {"no", "n", "false", "0", "không", "khong"}


def load(data: Any, names: Sequence[str], columns: Mapping[str, str] | None = None,
         read: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Who wants what, from any source.

    Parameters
    ----------
    data : a row per respondent with a column per need; "" for none, which gives an empty table.
    names : its columns, of which those that it has are taken: yes and no, or a scale whose upper half is a yes.
    columns : role → column: `respondent_id`, `weight`.
    read : how to read a text file.

    Returns
    -------
    DataFrame indexed by respondent: 1, 0 or missing for each need there is, and `weight`.

    Raises
    ------
    DataError
        With all faults of the table, or where answers are neither.

    Examples
    --------
    >>> told = pd.DataFrame({"respondent_id": ["a", "b"], "quiet": ["yes", "no"], "fast": [1, 5]})
    >>> load(told, ["quiet", "fast"]).to_numpy().tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
    """
    if isinstance(data, str) and not data:
        return pd.DataFrame({name: [] for name in (*names, "weight")}, index=pd.Index([], name="respondent_id"))
    table = tables.load(data, "survey", columns, read=read).execute().set_index("respondent_id").sort_index()
    present = [name for name in names if name in table.columns]
    if not present:
        check_columns(list(names)[:1], table.columns, "the needs")
    wants, faults = {}, []
    for name in present:
        wants[name] = _wanted(table[name])
        if wants[name] is None:
            faults.append(Fault(f"column {name!r}", "holds answers that are neither yes and no nor a scale, such as "
                                f"{str(table[name].dropna().iloc[0])[:40]!r}", "code them yes and no, or as numbers"))
    if faults:
        raise DataError(faults, "needs")
    return pd.DataFrame(wants).assign(weight=table["weight"].astype(float) if "weight" in table else 1.0)


def _wanted(answers: pd.Series) -> pd.Series | None:
    if pd.api.types.is_bool_dtype(answers) or pd.api.types.is_numeric_dtype(answers):
        x = answers.astype(float)
        low, high = x.min(), x.max()
        return ((x - low) / (high - low) >= MIDDLE).astype(float).where(x.notna()) if high > low else None
    words = answers.dropna().astype(str).str.strip().str.casefold()
    if not set(words) <= _YES | _NO or words.empty:
        return None
    return words.isin(_YES).astype(float).reindex(answers.index)


def importance(needs: pd.DataFrame, segment: pd.Series | None = None) -> pd.DataFrame:
    """How many of each segment want each thing.

    Parameters
    ----------
    needs : what `load` gives.
    segment : group of each respondent, indexed by respondent.

    Returns
    -------
    DataFrame indexed by `segment` (everybody first) and `attribute`: `n_asked`, `want_share`, `want_low`, `want_high`:
    Wilson's intervals with Kish's effective number of respondents, which hold for all of a segment at once with 95 %
    (Bonferroni).

    Examples
    --------
    >>> told = load(pd.DataFrame({"respondent_id": range(4), "quiet": ["yes", "yes", "yes", "no"]}), ["quiet"])
    >>> importance(told).loc[("everybody", "quiet"), "want_share"]
    np.float64(0.75)
    """
    names = needs.columns.drop("weight")
    label = needs.index.to_series().map(segment).dropna().astype(str) if segment is not None else pd.Series(dtype=str)
    rows = []
    for name in [EVERYBODY, *sorted(label.unique())]:
        part = needs if name == EVERYBODY else needs.loc[label.index[label == name]]
        for attribute in names:
            answers = part[attribute].dropna()
            w = part.loc[answers.index, "weight"]
            share = float(np.average(answers, weights=w)) if len(answers) and w.sum() > 0 else np.nan
            n = kish(w)
            rows.append((name, attribute, len(answers), share, *opinions.wilson(share, n, 0.05 / len(names))))
    columns = ["segment", "attribute", "n_asked", "want_share", "want_low", "want_high"]
    return pd.DataFrame(rows, columns=columns).set_index(["segment", "attribute"])
