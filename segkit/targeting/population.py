"""Everybody an audience may hold: buyers and people known beside them, with what is known and what was computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from segkit.targeting import membership
from segkit.targeting.funnels import GROUP
from segkit.words import labels, language, terms

COUNTS = ("n_days_bought",)
"""Computed columns that are 0 for people who never bought."""


def people(known: pd.DataFrame, *computed: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """A row per person: what is known of them, and what was computed of those who bought.

    Parameters
    ----------
    known : customer table, by customer; may be empty.
    computed : tables by customer, such as lifecycle stages, RFM scores or segments of another study. Of a column that
        two of them have the first stays; one of `known` with the name of a computed column becomes `given_…`.

    Returns
    -------
    DataFrame indexed by `customer_id`, sorted: everybody in any of the tables. Who never bought has 0 purchase days
    and no stage.

    Examples
    --------
    >>> known = pd.DataFrame({"age": [20, 30]}, index=["a", "x"])
    >>> people(known, pd.DataFrame({"n_days_bought": [2]}, index=["a"]))["n_days_bought"].to_list()
    [2, 0]
    """
    tables = [t.to_frame() if isinstance(t, pd.Series) else t for t in computed]
    own = [c for t in tables for c in t]
    labels.give({code: {c: terms.label(c, code) for c in own} for code in language.LANGUAGES})
    stages = [s for t in tables if "stage" in t for s in t["stage"].dropna().unique()]
    labels.give({code: {s: language.segment(s, code) for s in stages} for code in language.LANGUAGES})
    index = known.index
    for table in tables:
        index = index.union(table.index)
    index = index.sort_values().rename("customer_id")
    names = {c for t in tables for c in t}
    joined = known.rename(columns={c: f"given_{c}" for c in known if c in names}).reindex(index)
    for table in tables:
        joined = joined.join(table[[c for c in table if c not in joined]].reindex(index))
    for name in (c for c in COUNTS if c in joined and c in names):
        joined[name] = joined[name].fillna(0).astype("int64")
    joined.attrs.clear()
    return joined


def tables(customers: pd.DataFrame, purchases: ir.Table, events: Any = None,
           before: pd.DataFrame | None = None) -> dict[str, ir.Table]:
    """The tables that rules look at: `customers`, `purchases`, `events` where there are any, `memberships` (of the
    last build, a row each with the day they began).

    Parameters
    ----------
    customers : what `people` gave. A column without any value comes back as text.
    purchases : Ibis table with `customer_id` and `date`, a row per purchase or line.
    events : Ibis table with `customer_id`, `date` and `event`; None for none.
    before : what `earlier` gave; None where the last build kept no audiences.

    Returns
    -------
    dict, name → Ibis table, as `audiences.members` takes it. `memberships` has `customer_id`, `date` (the day the
    customer was first seen in the audience) and `audience`; no rows without `before`.

    Examples
    --------
    >>> customers = people(pd.DataFrame({"age": [20]}, index=["a"]))
    >>> sorted(tables(customers, ibis.memtable({"customer_id": ["a"], "date": ["2024-01-31"]})))
    ['customers', 'memberships', 'purchases']
    """
    by_name = {"customers": ibis.memtable(_plain(customers).reset_index()), "purchases": purchases}
    if events is not None:
        by_name["events"] = events
    return by_name | {"memberships": ibis.memtable(membership.rows(before), schema={
        "customer_id": by_name["customers"].schema()["customer_id"], "date": "timestamp", "audience": "string"})}


def _plain(customers: pd.DataFrame) -> pd.DataFrame:
    """Columns that hold nothing but missing values as text: an engine has no other type for them."""
    return customers.astype({c: "string" for c in customers if customers[c].isna().all()})


def behaviour(customers: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """How the members of each audience buy, beside all customers.

    Parameters
    ----------
    customers : what `people` gave, with `n_days_bought`, `monetary` and `recency_days`.
    told : customers × audiences, True for members.

    Returns
    -------
    DataFrame indexed by `audience`: `size`, `customer_share`, `revenue_share` (of what all spent; missing where that is
    nothing), means of `n_days_bought`, `bought_again_share` (of those who bought, on two days or more), median
    `recency_days`.

    Examples
    --------
    >>> made = pd.DataFrame({"n_days_bought": [1, 3, 0], "monetary": [10.0, 30, None], "recency_days": [5, 9, None]})
    >>> told = behaviour(made, pd.DataFrame({"a": [True, True, False]}))
    >>> told[["revenue_share", "bought_again_share"]].values.tolist()
    [[1.0, 0.5]]
    """
    cents = (100 * customers["monetary"].astype(float)).round().fillna(0).astype("int64")
    whole, rows = int(cents.sum()), {}
    for name in told:
        inside = told[name].astype(bool).to_numpy()
        own, bought = customers[inside], customers["n_days_bought"][inside]
        buyers = bought[bought > 0]
        rows[name] = {
            "size": int(inside.sum()), "customer_share": inside.mean() if len(inside) else float("nan"),
            "revenue_share": int(cents[inside].sum()) / whole if whole > 0 else float("nan"),
            "n_days_bought": bought.mean(), "bought_again_share": (buyers > 1).mean() if len(buyers) else float("nan"),
            "recency_days": own["recency_days"].astype(float).median()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(GROUP)


def flags(told: ir.Table, names: Mapping[str, Any]) -> pd.DataFrame:
    """Who is in which audience as a DataFrame by customer, sorted.

    Parameters
    ----------
    told : what `audiences.members` gave: `customer_id` and a column per audience.
    names : the audiences wanted by name, such as the rules of the study.

    Returns
    -------
    DataFrame indexed by `customer_id`, in order of id: a boolean column per audience, in the order of `names`.

    Examples
    --------
    >>> told = ibis.memtable({"customer_id": ["b", "a"], "vip": [True, False]})
    >>> flags(told, {"vip": {"who": {"age": 20}}})["vip"].to_dict()
    {'a': False, 'b': True}
    """
    members = told.to_pandas().set_index("customer_id").sort_index()
    return members[list(names)].astype(bool)


def events(rows: ir.Table | None) -> pd.DataFrame:
    """How many rows and people each event has, by `event`: `n_rows`, `n_customers`, the most frequent first; empty
    without a table.

    Examples
    --------
    >>> events(ibis.memtable({"event": ["visit", "visit"], "customer_id": [1, 1]})).loc["visit"].to_list()
    [2, 1]
    """
    if rows is None:
        return pd.DataFrame(columns=["n_rows", "n_customers"]).rename_axis("event")
    counts = rows.group_by("event").aggregate(n_rows=rows.count(), n_customers=rows.customer_id.nunique())
    return counts.order_by(ibis.desc("n_rows"), "event").to_pandas().set_index("event")


def earlier(kept: Any) -> pd.DataFrame | None:
    """Since when each member was in each audience by the last build; None where it kept none.

    Parameters
    ----------
    kept : what `segkit.segmentation.saved.before` gave.
    """
    if kept is None or kept.segmentation.method != "audiences":
        return None
    return kept.segmentation.assignments.drop(columns=["segment"])


def reach(told: pd.DataFrame) -> dict[str, Any]:
    """How many people are in any audience, and how many in several; missing without people.

    Examples
    --------
    >>> reach(pd.DataFrame({"a": [True, True, False], "b": [True, False, False]}))["several"]
    0.5
    """
    n = told.sum(axis=1)
    inside = int((n > 0).sum())
    return {"k": told.shape[1], "n": inside, "share": inside / len(told) if len(told) else None,
            "several": int((n > 1).sum()) / inside if inside else None}
