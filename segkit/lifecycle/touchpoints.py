"""Touchpoints of the journey: which channels serve which stage, how people go from one to the next, and what would be
lost without one.

The removal effect describes the paths that were walked. It is no effect of a channel: who would have come another way
is not known without an experiment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from segkit.lifecycle.journey import word
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

START, CONVERTED, LOST = N_("start"), N_("reached the goal"), N_("left")


def mix(events: pd.DataFrame, stages: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Share of each channel in the events of each stage.

    Parameters
    ----------
    events : a row per event, with `event` and `channel`; events of no stage, or without a channel, are left out.
    stages : ``{stage, events}`` in order.

    Returns
    -------
    DataFrame, a row per stage in order, a column per channel, the largest first: shares that add up to 1; missing in a
    stage without events.

    Examples
    --------
    >>> events = pd.DataFrame({"event": ["visit", "visit", "buy"], "channel": ["web", "app", "web"]})
    >>> mix(events, [{"stage": "Visit", "events": ["visit"]}, {"stage": "Buy", "events": ["buy"]}])["web"].tolist()
    [0.5, 1.0]
    """
    check_columns(["event", "channel"], events.columns, "the events")
    place = {str(e): word(s["stage"]) for s in stages for e in s["events"]}
    stage = events["event"].astype(str).map(place)
    counts = pd.crosstab(stage, events["channel"]).reindex([word(s["stage"]) for s in stages], fill_value=0)
    counts = counts[counts.sum().sort_values(ascending=False, kind="stable").index]
    return counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0).rename_axis(index="stage", columns="touchpoint")


def paths(events: pd.DataFrame, goal: Sequence[str], by: str = "channel") -> pd.Series:
    """The path of each customer: touchpoints in the order of time up to the first event of the goal, or to the end.

    Parameters
    ----------
    events : a row per event, with `customer_id`, `date`, `event` and the column `by`, the touchpoint. Events of one
        time stay in the order of the table; touchpoints that repeat at once count once.
    goal : events that reach the goal; they are no touchpoints of their own.

    Returns
    -------
    Series by customer of tuples: start, touchpoints, and whether the goal was reached or the customer left.

    Examples
    --------
    >>> events = pd.DataFrame({"customer_id": [1, 1, 1, 2], "date": [1, 2, 3, 1], "channel": ["a", "b", "b", "a"],
    ...                        "event": ["visit", "visit", "buy", "visit"]})
    >>> paths(events, ["buy"])[1]
    ('start', 'a', 'b', 'reached the goal')
    """
    check_columns(["customer_id", "date", "event", by], events.columns, "the events")
    known = events[["customer_id", "date", "event", by]].dropna().sort_values(["customer_id", "date"], kind="stable")
    if known.empty:
        raise DataError([Fault("the events", f"have no row with a customer, a day, an event and `{by}`",
                               "give these columns")])
    at_goal = known["event"].astype(str).isin([str(g) for g in goal])
    after = at_goal.groupby(known["customer_id"]).cumsum() - at_goal
    known, at_goal = known[after == 0], at_goal[after == 0]
    by_customer = {}
    for customer, part in known.assign(goal=at_goal).groupby("customer_id", sort=True):
        touched = [str(v) for v in part.loc[~part["goal"], by]]
        touched = [v for i, v in enumerate(touched) if i == 0 or v != touched[i - 1]]
        by_customer[customer] = (START, *touched, CONVERTED if part["goal"].any() else LOST)
    return pd.Series(by_customer, dtype=object).rename_axis("customer_id")


def transitions(walked: pd.Series) -> pd.DataFrame:
    """How often people go from one touchpoint to the next.

    Returns
    -------
    DataFrame, a row per pair that occurs, the most frequent first: `touchpoint`, `next_touchpoint`, `n`,
    `transition_share` (of all that leave the touchpoint).

    Examples
    --------
    >>> walked = pd.Series([("start", "a", "left"), ("start", "a", "reached the goal")])
    >>> transitions(walked)["transition_share"].tolist()
    [1.0, 0.5, 0.5]
    """
    pairs = pd.DataFrame([(a, b) for path in walked for a, b in pairwise(path)],
                         columns=["touchpoint", "next_touchpoint"])
    steps = pairs.value_counts(sort=False).rename("n").reset_index()
    steps = steps.sort_values(["n", "touchpoint", "next_touchpoint"], ascending=[False, True, True], ignore_index=True)
    return steps.assign(transition_share=steps["n"] / steps.groupby("touchpoint")["n"].transform("sum"))


def removal_effects(walked: pd.Series) -> pd.DataFrame:
    """Of all that reached the goal, the share that would not by the graph of transitions without a touchpoint.

    Parameters
    ----------
    walked : what `paths` gives.

    Returns
    -------
    DataFrame indexed by `touchpoint`, the largest effect first: `n` (customers who passed it), `removal_effect` (in
    0..1), `attributed_share` (the effects scaled to add up to 1). Empty where nobody reached the goal.

    Notes
    -----
    A first-order Markov chain that ends in the goal or in leaving; who would go to the removed touchpoint leaves.

    References
    ----------
    Anderl, Becker, von Wangenheim & Schumann (2016), doi:10.1016/j.ijresmar.2016.03.001.

    Examples
    --------
    >>> goal = "reached the goal"
    >>> walked = pd.Series([("start", "a", "b", "c", goal), ("start", "a", "left"), ("start", "b", "c", "left")])
    >>> removal_effects(walked)["removal_effect"].round(3).to_dict()
    {'b': 1.0, 'c': 1.0, 'a': 0.5}
    """
    steps = transitions(walked)
    names = sorted({v for path in walked for v in path[1:-1]})
    columns = ["n", "removal_effect", "attributed_share"]
    reached = _absorbed(steps, names, None)
    if reached <= 0:
        empty = pd.DataFrame(columns=columns, index=pd.Index([], name="touchpoint"))
        empty.attrs["left_out"] = N_("Nobody reached the goal, so there is nothing to lose.")
        return empty
    effects = {name: 1 - _absorbed(steps, names, name) / reached for name in names}
    passed = pd.Series([v for path in walked for v in set(path[1:-1])], dtype=object).value_counts()
    table = pd.DataFrame({"n": passed.reindex(names), "removal_effect": pd.Series(effects)}, index=names)
    table["attributed_share"] = table["removal_effect"] / table["removal_effect"].sum()
    return table.sort_values("removal_effect", ascending=False, kind="stable").rename_axis("touchpoint")


def _absorbed(steps: pd.DataFrame, names: Sequence[str], without: str | None) -> float:
    """Probability of the goal from the start, where `without` leads out."""
    states = [START, *(n for n in names if n != without)]
    at = {name: i for i, name in enumerate(states)}
    inner, goal = np.zeros((len(states), len(states))), np.zeros(len(states))
    for row in steps.itertuples():
        if row.touchpoint not in at:
            continue
        if row.next_touchpoint == CONVERTED:
            goal[at[row.touchpoint]] += row.transition_share
        elif row.next_touchpoint in at:
            inner[at[row.touchpoint], at[row.next_touchpoint]] += row.transition_share
    return float(np.linalg.solve(np.eye(len(states)) - inner, goal)[0])
