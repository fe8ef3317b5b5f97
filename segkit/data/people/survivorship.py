"""Survivorship: which of several values of one person is kept, column by column; the rule is data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.words.errors import Fault, SegkitError, did_you_mean

RULES = ("most recent", "most complete", "most frequent", "first source")
"""The latest value, the one of most whole words (with marks, if any), the one in most rows, that of the first source
in `priority`."""

DEFAULT = {"name": ["most complete", "most frequent", "most recent"], "phone": ["most recent", "most frequent"],
           "birth_date": ["most frequent", "first source"], "gender": ["most frequent", "first source"]}
"""Rules of the usual columns, each deciding where those before it leave a tie."""
OTHERWISE = ["most recent", "most frequent"]


def check(spec: Mapping[str, Any], columns: Sequence[str]) -> list[Fault]:
    """The faults of a rule spec: column → rule, or a list of rules.

    Examples
    --------
    >>> print(check({"name": "most recnt"}, ["name"])[0].fix)
    did you mean `most recent`? there are: most recent, most complete, most frequent, first source
    """
    faults = [Fault(f"`survivorship`, {column!r}", "is not a column of the sources", did_you_mean(column, columns))
              for column in spec if column not in columns]
    for column, rules in spec.items():
        for rule in [rules] if isinstance(rules, str) else rules if isinstance(rules, list) else [repr(rules)]:
            if rule not in RULES:
                faults.append(Fault(f"`survivorship`, {column!r}", f"has no rule {rule!r}",
                                    did_you_mean(str(rule), RULES)))
    return faults


def keep(values: pd.DataFrame, compared: pd.DataFrame, person: pd.Series, rank: pd.Series, updated: pd.Series,
         spec: Mapping[str, Any] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One value per person and column, and where the rows disagreed.

    Parameters
    ----------
    values : a row per record; missing values never win.
    compared : the same cells in the form in which they are the same or not ("+84 912…" and "0912…" are).
    person : whom each record is of.
    rank : position of the record's source in the order of priority.
    updated : when each record was last changed; NaT where nobody knows.
    spec : column → rule or rules, in place of `DEFAULT`. A tie that the rules leave goes to the value that more rows
        hold, then to the first source, then to the first value in the order of its letters.

    Returns
    -------
    A row per person, and a row per person and column with more than one value: `variable`, `kept`, `others`,
    `n_values`, `kept_by`.

    Raises
    ------
    SegkitError
        When the spec names a column or a rule that is not there.

    Examples
    --------
    >>> rows = pd.DataFrame({"city": ["Huế", "Hà Nội", "Hà Nội"]})
    >>> kept, told = keep(rows, rows, pd.Series([1, 1, 1]), pd.Series([0, 1, 1]), pd.Series(pd.NaT, range(3)),
    ...                   {"city": "first source"})
    >>> kept["city"].to_list(), told["others"].to_list()
    (['Huế'], ['Hà Nội'])
    """
    spec = dict(spec or {})
    if faults := check(spec, list(values.columns)):
        raise SegkitError(faults)
    people = pd.Index(np.sort(person.unique()), name=person.name)
    kept, conflicts = pd.DataFrame(index=people), []
    for column in values.columns:
        rules = spec.get(column, DEFAULT.get(column, OTHERWISE))
        rules = [rules] if isinstance(rules, str) else list(rules)
        rows = pd.DataFrame({"person": person, "value": values[column], "same": compared[column], "rank": rank,
                             "updated": updated})[values[column].notna() & compared[column].notna()]
        rows = _ordered(rows, rules)
        kept[column] = rows.drop_duplicates("person").set_index("person")["value"].reindex(people)
        distinct = rows.drop_duplicates(["person", "same"])
        several = distinct[distinct["person"].duplicated(keep=False)]
        if len(several):
            groups = several.groupby("person", sort=True)["value"]
            conflicts.append(pd.DataFrame({"variable": column, "kept": groups.first(),
                                           "others": groups.agg(lambda v: " | ".join(map(str, v.iloc[1:]))),
                                           "n_values": groups.size(), "kept_by": ", ".join(rules)}))
    empty = pd.DataFrame(columns=["variable", "kept", "others", "n_values", "kept_by"], index=people[:0])
    return kept, (pd.concat(conflicts) if conflicts else empty).rename_axis(person.name)


def _ordered(rows: pd.DataFrame, rules: Sequence[str]) -> pd.DataFrame:
    """The rows of each person, the one that is kept first."""
    text = rows["value"].astype(str)
    complete = 2 * text.str.count(r"[^\W_]{2,}") + (text.str.count("[^\x00-\x7f]") > 0)
    often = rows.groupby(["person", "same"], sort=False)["value"].transform("size") if len(rows) else rows["rank"]
    keys = {"most recent": -rows["updated"].astype("int64").where(rows["updated"].notna(), np.iinfo("int64").max),
            "most complete": -complete, "most frequent": -often, "first source": rows["rank"]}
    order = [keys[r] for r in dict.fromkeys([*rules, "most frequent", "first source"])]
    frame = pd.concat([rows["person"], *order, text], axis=1)
    frame.columns = range(frame.shape[1])
    return rows.loc[frame.sort_values(list(frame.columns), kind="stable").index]
