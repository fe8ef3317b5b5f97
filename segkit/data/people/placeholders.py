"""Values that tell nobody from anybody: 0, N/A, the phone of the shop, "walk-in customer"."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from segkit.words.language import N_

REASONS = (N_("a word or number that stands for no value"), N_("more different people have it than share such a thing"),
           N_("too many people have this day"), N_("shortened by a spreadsheet"))
"""Why a value is taken for none."""

SHARED_BY = 8
"""Different people that a phone, an e-mail or an id may have: a household seldom has more, and an id stands for one.

segkit's own: in sources with a row for each customer, a number that more than eight names, birth dates, phones or
e-mails stand beside is one that somebody typed to get past the field.
"""
FREQUENT_DAY, FREQUENT_ROWS = 0.01, 30
"""Share and number of rows from which a birth date is taken for a placeholder; some one in 20,000 have a true one."""

NOBODY = ("^((anh|chi|ong|ba) )?(khach|khach (hang|le|vang lai|moi)|customer|walk ?in( customer)?|guest|anonymous|"
          "unknown|no name|khong (ten|ro|co)|n a|none|null|test)( [0-9]+)?$")
"""Names, folded, that are no name."""
_NOTHING = (r"[^\w]*|0+(\.0+)?|9{4,}|1{4,}|x{2,}|\W*(n\W?a|none|nil|null|nan|unknown|undefined|empty|không( có| rõ)?|"
            r"khong( co| ro)?|chưa( có)?|chua( co)?|trống|test)\W*")
_DAMAGED = r"-?[0-9]([.,][0-9]+)?E[+][0-9]{2,}"
_DERIVED = {"phone": ["phone_head", "phone_tail"], "email": ["mailbox", "mail_digits"], "birth_date": ["birth_year"]}
_PEOPLE = ("letters", "birth_date", "phone", "email")


def take_out(records: pd.DataFrame, shared_ids: Sequence[str] = ()) -> pd.DataFrame:
    """Make missing, in place, the values that are no key; tells which.

    An id is none when it is a word or number for nothing, or when a spreadsheet shortened it. A phone, an e-mail or an
    id is none when more than `SHARED_BY` people have it: different names, birth dates, phones, e-mails or other ids,
    whichever are most; records of which nothing of these is known count each for one. A birth date is none when more
    than `FREQUENT_DAY` of the rows have it.

    Parameters
    ----------
    records : a row per record, as `segkit.data.people.persons.prepare` compares them.
    shared_ids : columns of ids that several sources carry.

    Returns
    -------
    DataFrame with a row per value: `variable`, `found`, `reason`, `n_rows`.

    Examples
    --------
    >>> rows = pd.DataFrame({"letters": list("abc"), "phone": None, "email": None, "birth_date": None,
    ...                      "card": ["N/A", "A7", "8.49E+11"]})
    >>> take_out(rows, ["card"])["found"].to_list(), int(rows["card"].notna().sum())
    (['N/A', '8.49E+11'], 1)
    """
    placeholders = []
    for column in shared_ids:
        values = pd.Series(records[column].dropna().unique(), dtype=object).astype(str)
        for pattern, reason in ((f"(?i:{_NOTHING})", REASONS[0]), (_DAMAGED, REASONS[3])):
            placeholders += [(column, value, reason) for value in sorted(values[values.str.fullmatch(pattern)])]
    known = {(column, value) for column, value, _ in placeholders}
    for column in ("phone", "email", *shared_ids):
        others = [c for c in (*_PEOPLE, *shared_ids) if c != column]
        placeholders += [(column, value, REASONS[1]) for value in _crowded(records, column, others)
                         if (column, value) not in known]
    days = records["birth_date"].value_counts()
    frequent = days.index[(days >= FREQUENT_ROWS) & (days > FREQUENT_DAY * days.sum())]
    placeholders += [("birth_date", day, REASONS[2]) for day in sorted(frequent)]
    rows = []
    for column, value, reason in placeholders:
        has_value = records[column] == value
        rows.append((column, value, reason, int(has_value.sum())))
        records.loc[has_value, [column, *(c for c in _DERIVED.get(column, ()) if c in records)]] = None
    return pd.DataFrame(rows, columns=["variable", "found", "reason", "n_rows"])


def _crowded(records: pd.DataFrame, column: str, others: Sequence[str]) -> list[str]:
    """Values of a column that more than `SHARED_BY` different people have."""
    n = records[column].value_counts()
    many = records[records[column].isin(n.index[n > SHARED_BY])]
    if many.empty:
        return []
    groups = many.groupby(column)
    people = groups[list(others)].nunique().max(axis=1)
    nothing = many[list(others)].isna().all(axis=1).groupby(many[column]).sum()
    return sorted(people.index[(people > SHARED_BY) | (nothing > SHARED_BY)])
