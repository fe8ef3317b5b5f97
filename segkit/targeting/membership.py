"""Who entered and left audiences since the last build, and since when members are in."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from segkit.targeting.funnels import GROUP
from segkit.words.language import N_

_FIRST = N_("Who entered and left is told from the second build on: this is the first one that kept the audiences.")


def since(told: pd.DataFrame, as_of: dt.date, before: pd.DataFrame | None = None) -> pd.DataFrame:
    """The day from which each member was seen in each audience, as text; missing for who is not in it.

    Parameters
    ----------
    told : customers × audiences, True for members.
    as_of : the day of this build: whoever is new in an audience entered then, at the latest.
    before : what the last build kept, in this form; None for none.

    Examples
    --------
    >>> now = pd.DataFrame({"a": [True, True, False]}, index=["x", "y", "z"])
    >>> earlier = pd.DataFrame({"a": ["2024-01-31", None, "2024-01-31"]}, index=["x", "y", "z"])
    >>> since(now, dt.date(2024, 2, 29), earlier)["a"].to_list()
    ['2024-01-31', '2024-02-29', None]
    """
    first_days = pd.DataFrame(index=told.index)
    for name in told:
        entered = pd.Series(as_of.isoformat(), index=told.index, dtype=object)
        if before is not None and name in before:
            known = before[name].reindex(told.index)
            entered = known.astype(object).where(known.notna(), entered)
        first_days[name] = entered.where(told[name].astype(bool), None)
    return first_days


def rows(before: pd.DataFrame | None, index_name: str = "customer_id") -> pd.DataFrame:
    """Earlier memberships as rows that rules can look at: `customer_id`, `date` (entered), `audience`.

    Examples
    --------
    >>> earlier = pd.DataFrame({"a": ["2024-01-31", None]}, index=pd.Index(["x", "y"], name="customer_id"))
    >>> rows(earlier)[["customer_id", "audience"]].values.tolist()
    [['x', 'a']]
    """
    empty = pd.DataFrame({"customer_id": pd.Series(dtype=object), "date": pd.Series(dtype="datetime64[us]"),
                          "audience": pd.Series(dtype=object)})
    if before is None or before.empty or not len(before.columns):
        return empty
    long = before.rename_axis(index_name).reset_index().melt(index_name, var_name="audience", value_name="date")
    long = long[long["date"].notna()].rename(columns={index_name: "customer_id"})
    return long.assign(date=pd.to_datetime(long["date"]).astype("datetime64[us]"))[list(empty.columns)]


def changes(told: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    """Each audience beside the last build: who stayed, entered and left.

    Parameters
    ----------
    told : customers × audiences, True for members.
    before : what the last build kept (`since`); None for none.

    Returns
    -------
    DataFrame indexed by `audience`: `size`, `size_before`, `n_entered`, `n_left` and `size_change` (new size over the
    former one, less 1; missing where that was 0). Audiences that the last build did not have are left out; without
    one the table is empty and says why.

    Examples
    --------
    >>> now = pd.DataFrame({"a": [True, True, False]}, index=["x", "y", "z"])
    >>> earlier = pd.DataFrame({"a": ["2024-01-31", None, "2024-01-31"]}, index=["x", "y", "z"])
    >>> changes(now, earlier).loc["a"].to_list()
    [2.0, 2.0, 1.0, 1.0, 0.0]
    """
    names = [] if before is None else [n for n in told if n in before]
    columns = ["size", "size_before", "n_entered", "n_left", "size_change"]
    if not names or before is None:
        empty = pd.DataFrame(columns=columns).rename_axis(GROUP)
        empty.attrs["left_out"] = _FIRST
        return empty
    counts = {}
    for name in names:
        now, then = set(told.index[told[name].astype(bool)]), set(before.index[before[name].notna()])
        change = len(now) / len(then) - 1 if then else float("nan")
        counts[name] = [len(now), len(then), len(now - then), len(then - now), change]
    return pd.DataFrame.from_dict(counts, orient="index", columns=columns).rename_axis(GROUP)


def largest_change(table: pd.DataFrame) -> float:
    """The largest relative change of a size, up or down; missing without an earlier build.

    Examples
    --------
    >>> largest_change(pd.DataFrame({"size_change": [0.1, -0.4, float("nan")]}))
    0.4
    """
    return float(table["size_change"].abs().max()) if len(table) else float("nan")
