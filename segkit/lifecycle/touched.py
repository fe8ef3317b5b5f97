"""Events of a study read once, and all that a page tells of the journey in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from segkit.data import tables
from segkit.lifecycle import journey, journey_map, touchpoints
from segkit.words import labels
from segkit.words.errors import DataError
from segkit.words.language import LANGUAGES, N_, translate

_NO_EVENTS = N_("The study names no events (`events_data`).")
_NO_CHANNEL = N_("The events have no column for the channel: map it under `events_columns`.")


class Touched(NamedTuple):
    """`map`, `steps`, `mix`, `transitions`, `effects`: tables of `journey_map`, `journey` and `touchpoints`; empty with
    the reason in ``attrs["left_out"]`` where there is nothing. `n_customers`, `n_events`, `n_out_of_order`,
    `n_one_stage`, `n_other_events`, `largest_drop`: what a page says of them; missing without events."""

    map: pd.DataFrame
    steps: pd.DataFrame
    mix: pd.DataFrame
    transitions: pd.DataFrame
    effects: pd.DataFrame
    n_customers: float
    n_events: float
    n_out_of_order: float
    n_one_stage: float
    n_other_events: float
    drop: tuple[str, dict[str, Any]]


DROP = N_("The largest drop-off of the journey: {step:message}. {left:percent} of the {n:count} who were there have "
          "not gone "
          "on (95% interval {low:percent} to {high:percent}).")


def read(events_data: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None,
         stages: Sequence[Mapping[str, Any]] = (), notes: Mapping[str, Any] | None = None,
         groups: pd.Series | None = None, as_of: str | dt.date | None = None) -> Touched:
    """All that a page tells of the journey.

    Parameters
    ----------
    events_data : a source with the roles `customer_id`, `date`, `event` and, where known, `channel`; "" for none.
    columns, read : role → column, and how to read a file.
    stages : ``{stage, events}`` in order; those of `journey.STAGES` where empty. The last one is the goal.
    notes : what people wrote of the stages, see `journey_map.table`.
    groups : segment of each customer. as_of : last day; the last day of the events when None.

    Raises
    ------
    DataError
        With the faults of the events, of the stages or of the notes.

    Examples
    --------
    >>> read("").map.attrs["left_out"]
    'The study names no events (`events_data`).'
    """
    if events_data is None or (isinstance(events_data, str) and not events_data):
        nothing = float("nan")
        empty = [_empty(_NO_EVENTS) for _ in range(5)]
        return Touched(empty[0], empty[1], empty[2], empty[3], empty[4], nothing, nothing, nothing, nothing, nothing,
                       (DROP, dict.fromkeys(("step", "left", "n", "low", "high"))))
    stages = list(stages) or [{**s, "stage": {code: translate(s["stage"], code) for code in LANGUAGES}}
                              for s in journey.STAGES]
    if faults := journey.check(stages):
        raise DataError(faults)
    stage_names = {journey.word(s["stage"]): s["stage"] for s in stages if isinstance(s.get("stage"), Mapping)}
    labels.give({code: {word: texts[code] for word, texts in stage_names.items() if texts.get(code, word) != word}
                 for code in LANGUAGES})
    loaded = tables.load(events_data, "events", columns, as_of, read)
    events = loaded.select([c for c in ("customer_id", "date", "event", "channel") if c in loaded.columns]).execute()
    followed = journey.follow(events, stages, as_of)
    events = events[pd.to_datetime(events["date"]) < followed.as_of + pd.Timedelta(days=1)]
    steps = journey.steps(followed, groups)
    walked = touchpoints.paths(events, stages[-1]["events"]) if "channel" in events else None
    channel_tables = [_empty(_NO_CHANNEL)] * 3
    if walked is not None:
        channel_tables = [touchpoints.mix(events, stages), _told(touchpoints.transitions(walked)),
                          touchpoints.removal_effects(walked)]
    mix, moves, effects = channel_tables
    return Touched(journey_map.table(followed, events, stages, notes), steps, mix, moves, effects,
                   len(followed.reached), len(events), followed.n_out_of_order, followed.n_one_stage,
                   followed.n_other_events, (DROP, _largest(steps)))


def _largest(steps: pd.DataFrame) -> dict[str, Any]:
    own = steps.loc[[journey.ALL]] if len(steps) else steps
    if own.empty:
        return dict.fromkeys(("step", "left", "n", "low", "high"))
    row = own.iloc[int(own["drop_off_share"].to_numpy().argmax())]
    return {"step": row["journey_step"], "left": row["drop_off_share"], "n": row["n_reached"],
            "low": 1 - row["converted_high"], "high": 1 - row["converted_low"]}


def _told(moves: pd.DataFrame) -> pd.DataFrame:
    """Moves with the ends of a path in each language; the touchpoints themselves are the user's words."""
    ends = {end: {code: translate(end, code) for code in LANGUAGES} for end in (
        touchpoints.START, touchpoints.CONVERTED, touchpoints.LOST)}
    columns = {c: moves[c].map(lambda v: ends.get(v, v)).astype(object) for c in ("touchpoint", "next_touchpoint")}
    return moves.assign(**columns)


def _empty(reason: str) -> pd.DataFrame:
    empty = pd.DataFrame()
    empty.attrs["left_out"] = reason
    return empty
