"""Market size from stated inputs: total, serviceable and target market (TAM, SAM, SOM), with their ranges.

Nothing here is measured: each input is a number with a range and a source that the study states. The ranges are carried
through, and the page says which input makes the result unsure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation import lots
from segkit.words.errors import Fault, SegkitError, did_you_mean
from segkit.words.language import LANGUAGES, N_

INPUTS = {
    "total": N_("all who could buy in this category (people or households)"),
    "serviceable_share": N_("of them, within reach of what we sell and where"),
    "obtainable_share": N_("of these, whom we can win in the time planned"),
    "spend": N_("spent on the category by each, a year"),
}
LEVELS = {"tam": N_("total market (TAM)"), "sam": N_("serviceable market (SAM)"), "som": N_("target market (SOM)")}
N_DRAWS = 20_000
_KEYS = ("value", "low", "high", "source")
_NONE = N_("No market size: the study states no inputs (`market`).")


def check(market: Mapping[str, Any]) -> list[Fault]:
    """Faults of stated inputs; empty when they can be used.

    Examples
    --------
    >>> print(check({"total": {"value": 10, "low": 12, "source": "census"}})[0])
    `market`, `total`: has the range 12 to 10 around 10
      → give `low` ≤ `value` ≤ `high`
    """
    faults = [Fault("`market`", f"has an unknown input {name!r}", did_you_mean(str(name), INPUTS)) for name in market
              if name not in INPUTS]
    if "total" not in market:
        faults.append(Fault("`market`", "has no `total`", "say how many people or households the whole market has"))
    for name, spec in market.items():
        where = f"`market`, `{name}`"
        if name not in INPUTS:
            continue
        if not isinstance(spec, Mapping):
            faults.append(Fault(where, f"is {spec!r}", "write `{value: …, low: …, high: …, source: …}`"))
            continue
        faults += [Fault(where, f"has an unknown key `{key}`", did_you_mean(str(key), _KEYS)) for key in spec
                   if key not in _KEYS]
        numbers = [spec.get(key, spec.get("value")) for key in ("low", "value", "high")]
        if not all(isinstance(n, int | float) and not isinstance(n, bool) and np.isfinite(n) for n in numbers):
            faults.append(Fault(where, f"has the numbers {numbers}", "give `value`, and `low` and `high` where known"))
            continue
        low, value, high = numbers
        if not low <= value <= high:
            faults.append(Fault(where, f"has the range {low:g} to {high:g} around {value:g}",
                                "give `low` ≤ `value` ≤ `high`"))
        elif low < 0 or (name.endswith("_share") and high > 1):
            wanted = "a share between 0 and 1" if name.endswith("_share") else "numbers of at least 0"
            faults.append(Fault(where, f"runs from {low:g} to {high:g}", f"give {wanted}"))
        if not spec.get("source"):
            faults.append(Fault(where, "has no `source`", "say where the number comes from, or that it is your guess"))
    return faults


def size(market: Mapping[str, Mapping[str, Any]], random_state: int | None = None) -> pd.DataFrame:
    """Total, serviceable and target market, as far as the inputs reach.

    Parameters
    ----------
    market : input → ``{value, low, high, source}``; inputs are `total`, `serviceable_share`, `obtainable_share` (each
        of the one before) and `spend` (money a year). Without `low` and `high` a number is taken as exact.
    random_state : seed of the draws.

    Returns
    -------
    DataFrame indexed by `market_level`: `market_people`, and `market_money` where `spend` is stated, each with the
    95 % interval over the ranges (`…_low`, `…_high`), `widest_input` (whose range alone makes the interval of people
    widest; "" where none has one). A level whose input is missing is left out. Empty without inputs, with
    the reason in ``attrs["left_out"]``.

    Raises
    ------
    SegkitError
        With all faults of the inputs.

    Notes
    -----
    Each number is drawn from a triangular distribution with its lowest, likeliest and highest value, independently.

    Examples
    --------
    >>> size({"total": {"value": 1000, "source": "census"},
    ...       "serviceable_share": {"value": 0.2, "source": "own"}})["market_people"].tolist()
    [1000.0, 200.0]
    """
    if not market:
        empty = pd.DataFrame()
        empty.attrs["left_out"] = _NONE
        return empty
    if faults := check(market):
        raise SegkitError(faults)
    rng = np.random.default_rng(random_state)
    value = {name: float(market[name]["value"]) for name in INPUTS if name in market}
    drawn = {name: _drawn(market[name], rng) for name in INPUTS if name in market}
    rows, used = {}, []
    for level, name in zip(LEVELS, ("total", "serviceable_share", "obtainable_share"), strict=True):
        if name not in market:
            break
        used.append(name)
        rows[LEVELS[level]] = _level(value, drawn, used)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("market_level")


def inputs(market: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The stated inputs as a table: `market_input`, `stated`, `stated_low`, `stated_high`, `unit`, `stated_source`."""
    rows = []
    for name in (n for n in INPUTS if n in market):
        spec = market[name]
        source = spec.get("source", "")
        rows.append({"market_input": INPUTS[name], "stated": float(spec["value"]),
                     "stated_low": float(spec.get("low", spec["value"])),
                     "stated_high": float(spec.get("high", spec["value"])),
                     "unit": "percent" if name.endswith("_share") else "money" if name == "spend" else "count",
                     "stated_source": source if isinstance(source, Mapping) else dict.fromkeys(LANGUAGES, source)})
    table = pd.DataFrame(rows, columns=["market_input", "stated", "stated_low", "stated_high", "unit", "stated_source"])
    if table.empty:
        table.attrs["left_out"] = _NONE
    return table


def _drawn(spec: Mapping[str, Any], rng: np.random.Generator) -> np.ndarray:
    value = float(spec["value"])
    low, high = float(spec.get("low", value)), float(spec.get("high", value))
    return rng.triangular(low, value, high, N_DRAWS) if high > low else np.full(N_DRAWS, value)


def _level(value: Mapping[str, float], drawn: Mapping[str, np.ndarray], used: list[str]) -> dict[str, Any]:
    people = np.prod([drawn[name] for name in used], axis=0)
    low, high = lots.interval(people)
    alone = {name: float(np.ptp(lots.interval(drawn[name]))) / (value[name] or 1.0) for name in used}
    widest = max(alone, key=lambda name: alone[name])
    stated = float(np.prod([value[name] for name in used]))
    row = {"market_people": stated, "market_people_low": float(low), "market_people_high": float(high),
           "widest_input": INPUTS[widest] if alone[widest] > 0 else ""}
    if "spend" in value:
        ends = lots.interval(people * drawn["spend"])
        row |= {"market_money": stated * value["spend"], "market_money_low": float(ends[0]),
                "market_money_high": float(ends[1])}
    return row
