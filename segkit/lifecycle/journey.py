"""The customer journey from an events table: who reaches which stage, how fast, and where they drop off (S12).

Stages are an editable list, each with the events that belong to it. A customer is in a stage from its first event on or
after the day the stage before was reached; who has not come to the next stage by the last day may still come, so times
are Kaplan–Meier's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from statsmodels.duration.survfunc import SurvfuncRight, survdiff
from statsmodels.stats.proportion import proportion_confint

from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import LANGUAGES, N_, S_

STAGES: tuple[Mapping[str, Any], ...] = (
    {"stage": N_("Awareness"), "events": ["visit", "message"]},
    {"stage": N_("Consideration"), "events": ["search", "view"]},
    {"stage": N_("Intent"), "events": ["cart"]},
    {"stage": N_("Purchase"), "events": ["purchase", "order"]},
)
"""The stages of a shop on the web, ours: the source's list is lost. A study writes its own under `stages`."""
ALL = S_("all customers")
FEW = 10


def word(name: Any) -> str:
    """The name of a stage as it stands in tables: its English one where it has several."""
    return str(name.get("en", next(iter(name.values()), ""))) if isinstance(name, Mapping) else str(name)


class Journey(NamedTuple):
    """`reached`: a row per customer, a column per stage, the day it was reached. `stages`: their names in order.
    `n_out_of_order`: customers with an event of a later stage that came before the earlier one or without it.
    `n_other_events`: events of no stage. `n_one_stage`: customers with events of one stage only. `as_of`: the last
    day."""

    reached: pd.DataFrame
    stages: list[Any]
    n_out_of_order: int
    n_other_events: int
    n_one_stage: int
    as_of: pd.Timestamp


def check(stages: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Faults of a list of stages.

    Examples
    --------
    >>> print(check([{"stage": "A", "events": ["x"]}, {"stage": "B", "events": ["x"]}])[0])
    `stages`, 'B': has the event 'x', which belongs to 'A' already
      → an event belongs to one stage
    """
    faults, seen = [], dict[str, Any]()
    if len(stages) < 2:
        faults.append(Fault("`stages`", f"has {len(stages)} stages", "name at least two, the first one first"))
    for i, spec in enumerate(stages, 1):
        if not isinstance(spec, Mapping) or not spec.get("stage") or not isinstance(spec.get("events"), list):
            faults.append(Fault(f"`stages`, number {i}", f"is {spec!r}", "write `{stage: name, events: [event, …]}`"))
            continue
        name = word(spec["stage"])
        if name in seen.values():
            faults.append(Fault(f"`stages`, {name!r}", "stands twice", "give each stage a name of its own"))
        for event in map(str, spec["events"]):
            if event in seen:
                faults.append(Fault(f"`stages`, {name!r}", f"has the event {event!r}, which belongs to {seen[event]!r} "
                                    "already", "an event belongs to one stage"))
            seen.setdefault(event, name)
    return faults


def follow(events: pd.DataFrame, stages: Sequence[Mapping[str, Any]] = STAGES,
           as_of: str | dt.date | None = None) -> Journey:
    """When each customer reached each stage.

    Parameters
    ----------
    events : a row per event, with `customer_id`, `date` and `event`; rows without a customer or a day are left out.
    stages : ``{stage, events}`` in order; the name of a stage may be a text by language.
    as_of : last day; the last day of the events by default. Later events are left out.

    Raises
    ------
    DataError
        When a column is missing, the list has faults, or no event is of any stage.

    Examples
    --------
    >>> events = pd.DataFrame({"customer_id": [1, 1, 2], "event": ["visit", "purchase", "visit"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-02"])})
    >>> made = follow(events, [{"stage": "Visit", "events": ["visit"]}, {"stage": "Buy", "events": ["purchase"]}])
    >>> made.reached["Buy"].notna().tolist(), made.n_one_stage
    ([True, False], 1)
    """
    check_columns(["customer_id", "date", "event"], events.columns, "the events")
    if faults := check(stages):
        raise DataError(faults)
    known = events[["customer_id", "date", "event"]].dropna()
    known = known.assign(date=pd.to_datetime(known["date"]), event=known["event"].astype(str))
    end = known["date"].max() if as_of is None else pd.Timestamp(as_of) + pd.Timedelta(days=1, microseconds=-1)
    known = known[known["date"] <= end]
    place = {str(e): i for i, spec in enumerate(stages) for e in spec["events"]}
    known = known.assign(place=known["event"].map(place))
    ours = known.dropna(subset="place")
    if ours.empty:
        raise DataError([Fault("`stages`", "no event of the data belongs to any of them",
                               f"the events are: {', '.join(sorted(known['event'].unique())[:20]) or 'none'}")])
    names = [word(spec["stage"]) for spec in stages]
    reached = pd.DataFrame(index=pd.Index(sorted(known["customer_id"].unique()), name="customer_id"))
    before: pd.Series | None = None
    for i, name in enumerate(names):
        own = ours[ours["place"] == i]
        if before is not None:
            own = own[own["date"] >= own["customer_id"].map(before)]
        before = own.groupby("customer_id")["date"].min().reindex(reached.index)
        reached[name] = before
    counted = pd.crosstab(ours["customer_id"], ours["place"])
    any_of = counted.reindex(index=reached.index, columns=range(len(names)), fill_value=0) > 0
    astray = (any_of.to_numpy() & reached.isna().to_numpy()).any(axis=1)
    return Journey(reached, [spec["stage"] for spec in stages], int(astray.sum()), int(len(known) - len(ours)),
                   int((any_of.sum(axis=1) == 1).sum()), pd.Timestamp(end).normalize())


def steps(journey: Journey, groups: pd.Series | None = None) -> pd.DataFrame:
    """Each step from a stage to the next: how many come through, how many drop off, and after how many days.

    Parameters
    ----------
    journey : what `follow` gives.
    groups : the segment of each customer; the steps of all customers alone without it. Groups of fewer than 10 in a
        stage have no row.

    Returns
    -------
    DataFrame indexed by (`segment`, `journey_step`): `n_reached`, `n_converted`, `converted_share` with its 95 %
    Wilson interval (`converted_low`, `converted_high`), `drop_off_share` (who has not come through so far),
    `median_days` (Kaplan–Meier's; missing where fewer than half come through) with its 95 % interval (`median_low`,
    `median_high`, missing where it has no end), `step_p` (log-rank test between the groups, in the rows of all).

    References
    ----------
    Kaplan & Meier (1958), doi:10.1080/01621459.1958.10501452. Brookmeyer & Crowley (1982), doi:10.2307/2530286.

    Examples
    --------
    >>> events = pd.DataFrame({"customer_id": [1, 1, 2], "event": ["visit", "purchase", "visit"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-02"])})
    >>> made = follow(events, [{"stage": "Visit", "events": ["visit"]}, {"stage": "Buy", "events": ["purchase"]}])
    >>> steps(made)["converted_share"].tolist()
    [0.5]
    """
    reached, rows = journey.reached, {}
    label = None if groups is None else groups.reindex(reached.index)
    for i, stage in enumerate(reached.columns[:-1]):
        entered = reached[reached[stage].notna()]
        if entered.empty:
            continue
        days, done = durations(journey, i)
        name = _step(journey.stages[i], journey.stages[i + 1])
        rows[(ALL, i)] = {"journey_step": name, **_step_row(days, done), "step_p": float("nan")}
        if label is None:
            continue
        own = label[entered.index]
        sizes = own.value_counts()
        large = [g for g in sorted(sizes.index, key=str) if sizes[g] >= FEW]
        for group in large:
            mine = (own == group).fillna(False).to_numpy(dtype=bool)
            rows[(group, i)] = {"journey_step": name, **_step_row(days[mine], done[mine]), "step_p": float("nan")}
        rows[(ALL, i)]["step_p"] = _log_rank(days, done, own, large)
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(table.index, names=["segment", "place"])
    order = {g: n for n, g in enumerate(dict.fromkeys(table.index.get_level_values("segment")))}
    table = table.iloc[np.lexsort((table.index.get_level_values("place"), [order[g] for g, _ in table.index]))]
    return table.reset_index("place", drop=True)


def durations(journey: Journey, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Days from a stage to the next of those who reached it, and whether they came; of the others to the last day."""
    reached, reached_next = journey.reached.iloc[:, step], journey.reached.iloc[:, step + 1]
    start = reached[reached.notna()]
    end = reached_next[start.index]
    days = (end.fillna(journey.as_of).dt.normalize() - start.dt.normalize()).dt.days.clip(lower=0)
    return days.to_numpy(dtype=float), end.notna().to_numpy()


def median(days: np.ndarray, done: np.ndarray) -> tuple[float, float, float]:
    """Kaplan–Meier's median and its 95 % interval; missing where there is none.

    Examples
    --------
    >>> median(np.array([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]), np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]))[0]
    31.0
    """
    if not np.any(done):
        return float("nan"), float("nan"), float("nan")
    survival = SurvfuncRight(np.asarray(days, dtype=float) + _INSTANT, np.asarray(done, dtype=int))
    with np.errstate(divide="ignore", invalid="ignore"):  # where all have come, the curve ends at 0
        low, high = survival.quantile_ci(0.5)
    ends = survival.quantile(0.5), low, high
    half, low, high = (float(v) - _INSTANT if np.isfinite(v) else float("nan") for v in ends)
    return half, low, high


_INSTANT = 1e-6
"""Added to every time: a step on the same day takes no time, and the library leaves times of 0 out."""


def _step_row(days: np.ndarray, done: np.ndarray) -> dict[str, Any]:
    n, k = len(done), int(done.sum())
    low, high = proportion_confint(k, n, method="wilson")
    middle, first, last = median(days, done)
    return {"n_reached": n, "n_converted": k, "converted_share": k / n, "converted_low": float(low),
            "converted_high": float(high), "drop_off_share": 1 - k / n, "median_days": middle, "median_low": first,
            "median_high": last}


def _log_rank(days: np.ndarray, done: np.ndarray, own: pd.Series, large: Sequence[Any]) -> float:
    """The p-value of the log-rank test between the large groups; missing with one, or where nobody came."""
    inside = own.isin(large).to_numpy(dtype=bool)
    if len(large) < 2 or not done[inside].any():
        return float("nan")
    codes = pd.Categorical(own[inside].astype(str)).codes
    return float(survdiff(days[inside] + _INSTANT, done[inside].astype(int), codes)[1])


def _step(one: Any, other: Any) -> dict[str, str]:
    """The name of a step by language."""
    from segkit.words.formats import _

    def said(name: Any, code: str) -> str:
        return str(name.get(code, name.get("en", ""))) if isinstance(name, Mapping) else _(str(name), code)

    return {code: f"{said(one, code)} → {said(other, code)}" for code in LANGUAGES}
