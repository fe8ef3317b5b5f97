"""The journey as a map: stages from left to right, and what people do, think and feel in each (S12).

Measured rows come from the events; editorial rows are what people of the firm wrote, told as such. A field that nobody
filled says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from segkit.lifecycle import journey as journeys
from segkit.lifecycle import touchpoints
from segkit.words import labels
from segkit.words.errors import Fault, did_you_mean
from segkit.words.formats import fill, format_value
from segkit.words.language import LANGUAGES, N_

EDITORIAL = {"thinking": N_("Thinking (editorial)"), "feeling": N_("Feeling (editorial)"),
             "opportunities": N_("Opportunities (editorial)"), "actions": N_("What we do (editorial)")}
MEASURED = {"reached": N_("Reached (measured)"), "doing": N_("Doing (measured)"),
            "touchpoints": N_("Touchpoints (measured)"), "onward": N_("On to the next stage (measured)")}
UNKNOWN = N_("unknown: nobody wrote it")
NOT_MEASURED = N_("no data")
_REACHED = N_("{n:count} people, {share:percent} of all")
_ONWARD = N_("{share:percent} come on; days until half of all have: {days:count}")
_ONWARD_SAME_DAY = N_("{share:percent} come on, half of all on the same day")
_ONWARD_FEW = N_("{share:percent} come on; fewer than half so far")
_END = N_("the last stage")
_TOP = 3


def check(notes: Mapping[str, Any], stages: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Faults of what people wrote of the stages: stage → ``{thinking, feeling, opportunities, actions}``.

    Examples
    --------
    >>> print(check({"Visit": {"thinks": "Where is it?"}}, [{"stage": "Visit", "events": ["visit"]}])[0])
    `journey_notes`, 'Visit': has an unknown key `thinks`
      → did you mean `thinking`? there are: thinking, feeling, opportunities, actions
    """
    names = [journeys.word(s["stage"]) for s in stages]
    faults = []
    for stage, note in notes.items():
        where = f"`journey_notes`, {stage!r}"
        if stage not in names:
            faults.append(Fault(where, "is no stage", did_you_mean(str(stage), names)))
        elif not isinstance(note, Mapping):
            faults.append(Fault(where, f"is {note!r}", "write `{thinking: …, feeling: …, opportunities: …}`"))
        else:
            faults += [Fault(where, f"has an unknown key `{key}`", did_you_mean(str(key), EDITORIAL)) for key in note
                       if key not in EDITORIAL]
    return faults


def table(journey: journeys.Journey, events: pd.DataFrame, stages: Sequence[Mapping[str, Any]],
          notes: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """The map: a row per question, a column per stage, each cell a text by language.

    Parameters
    ----------
    journey : what `journey.follow` gives of the events. events, stages : as given there; a column `channel` tells the
        touchpoints.
    notes : stage → ``{thinking, feeling, opportunities, actions}``, each a text or texts by language.

    Returns
    -------
    DataFrame indexed by `map_row`: measured rows (reached, doing, touchpoints, on to the next stage), then editorial
    ones. Its columns are the stages; ``columns.name`` is "stage".

    Raises
    ------
    DataError
        When `notes` has faults.

    Examples
    --------
    >>> events = pd.DataFrame({"customer_id": [1, 1, 2], "event": ["visit", "buy", "visit"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-02"])})
    >>> stages = [{"stage": "Visit", "events": ["visit"]}, {"stage": "Buy", "events": ["buy"]}]
    >>> table(journeys.follow(events, stages), events, stages)["Buy"]["Reached (measured)"]["en"]
    '1 people, 50% of all'
    """
    from segkit.words.errors import DataError

    notes = notes or {}
    if faults := check(notes, stages):
        raise DataError(faults)
    columns = list(journey.reached.columns)
    steps = journeys.steps(journey)
    share_of = touchpoints.mix(events, stages) if "channel" in events else None
    rows: dict[str, list[dict[str, str]]] = {text: [] for text in (*MEASURED.values(), *EDITORIAL.values())}
    for i, (name, spec) in enumerate(zip(columns, stages, strict=True)):
        n = int(journey.reached[name].notna().sum())
        rows[MEASURED["reached"]].append(_said(_REACHED, n=n, share=n / max(1, len(journey.reached))))
        own = events[events["event"].astype(str).isin([str(e) for e in spec["events"]])]
        rows[MEASURED["doing"]].append(_listed(own["event"].value_counts(normalize=True)))
        mix = pd.Series(dtype=float) if share_of is None else share_of.loc[name].astype(float)
        rows[MEASURED["touchpoints"]].append(_listed(mix.sort_values(ascending=False, kind="stable")))
        rows[MEASURED["onward"]].append(_onward(steps, i, len(columns)))
        for key, text in EDITORIAL.items():
            note = (notes.get(name) or {}).get(key, "")
            rows[text].append(_texts(note) if note else _said(UNKNOWN))
    map_table = pd.DataFrame.from_dict(rows, orient="index", columns=pd.Index(columns, name="stage"), dtype=object)
    return map_table.rename_axis("map_row")


def _onward(steps: pd.DataFrame, i: int, k: int) -> dict[str, str]:
    if i == k - 1:
        return _said(_END)
    if i >= len(steps):
        return _said(NOT_MEASURED)
    row = steps.iloc[i]
    if pd.isna(row["median_days"]):
        return _said(_ONWARD_FEW, share=row["converted_share"])
    if row["median_days"] < 1:
        return _said(_ONWARD_SAME_DAY, share=row["converted_share"])
    return _said(_ONWARD, share=row["converted_share"], days=row["median_days"])


def _listed(shares: pd.Series) -> dict[str, str]:
    top = shares[shares > 0].head(_TOP)
    if top.empty:
        return _said(NOT_MEASURED)
    return {code: ", ".join(f"{labels.of(str(name), code)} {format_value(float(v), 'percent', code)}"
                            for name, v in top.items()) for code in LANGUAGES}


def _said(message: str, **values: Any) -> dict[str, str]:
    return {code: fill(message, values, code) for code in LANGUAGES}


def _texts(given: str | Mapping[str, str]) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, given) if isinstance(given, str) else {
        code: str(given.get(code, given.get("en", ""))) for code in LANGUAGES}
