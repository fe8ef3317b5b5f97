"""What if a brand's price changed: who gains, who loses, what it takes in, and what to do (S7)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.positioning import choice, elasticity
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

LOWER = N_("At a price {by:given} lower {brand:value} would go from {before:percent} to {after:percent} of choices "
           "(95% interval of the change: {low:points} to {high:points}). From whom "
           "they would come the model cannot tell: it takes from each other brand in proportion to its share.")
HIGHER = N_("At a price {by:given} higher {brand:value} would go from {before:percent} to {after:percent} of choices "
            "(95% interval of the change: {low:points} to {high:points}). To whom "
            "they would go the model cannot tell: it gives to each other brand in proportion to its share.")
EARNS_BELOW = N_("A price {by:given} lower would bring {brand:value} {more:percent} more revenue ({low:percent} to "
                 "{high:percent}). It earns more only if a unit costs less than {cost:percent} of today's price "
                 "({cost_low:percent} to {cost_high:percent}): hold your own cost against that, then try it in some of "
                 "the shops.")
CUT_LOSES = N_("Leave the price of {brand:value}: {by:given} lower, it would take in less than today, whatever a "
               "unit costs (change of revenue {low:percent} to {high:percent}).")
RISE_EARNS = N_("Try a price {by:given} higher for {brand:value} in some of the shops: it would take in "
                "{more:percent} more ({low:percent} to {high:percent}) with fewer units, so it earns more whatever a "
                "unit costs.")
EARNS_ABOVE = N_("A price {by:given} higher would cost {brand:value} revenue (change {low:percent} to "
                 "{high:percent}). It earns more only if a unit costs more than {cost:percent} of today's price "
                 "({cost_low:percent} to {cost_high:percent}).")
NOT_SURE = N_("Leave the price of {brand:value} for now: whether it takes in more or less at another price is not sure "
              "(change of revenue {low:percent} to {high:percent}).")


class PriceChange(NamedTuple):
    """`table` by brand; `outside_share`, of the changed prices that nobody has seen; what to say of it (`sentence`
    takes the `values`) and what to do (`advice`, likewise)."""

    table: pd.DataFrame
    outside_share: float
    sentence: str
    values: dict[str, Any]
    advice: tuple[str, dict[str, Any]]


def simulate(model: choice.Model, choices: pd.DataFrame, price: str, by: float, brand: str = "") -> PriceChange:
    """Shares and revenue of all brands after one brand's price changes, all else as it was.

    Parameters
    ----------
    model : what `choice.fit` gave.
    choices : the occasions, as it took them, with columns `brand` and `chosen`.
    price : its variable that is a price.
    by : the change, −0.1 for a tenth lower.
    brand : whose price changes; "" for the one chosen most.

    Returns
    -------
    PriceChange. Its `table` has the columns of `elasticity.simulate` and `elasticity.revenue`, largest change first.
    `outside_share` is the part of the changed prices that lie below the lowest or above the highest price of the brand
    in the data: there the model says what no household was seen to do.

    Raises
    ------
    DataError
        When there is no such brand or price, or the change is 0, −1 or less, or no number.
    """
    if not np.isfinite(by) or by <= -1 or by == 0:
        raise DataError([Fault("`change`", f"is {by}", "write −0.1 for a tenth lower, 0.1 for a tenth higher")])
    check_columns([price], model.variables, "the variables that can be told apart")
    n_choices = choices.groupby("brand")["chosen"].sum()
    name = brand or str(n_choices.idxmax())
    check_columns([name], model.brands, "the brands of the panel")
    changes = {name: {price: 1 + by}}
    table = elasticity.simulate(model, choices, changes).join(elasticity.revenue(model, choices, changes, price))
    seen = choices.loc[choices["brand"] == name, price].to_numpy(float)
    new = seen * (1 + by)
    outside = float(((new < seen.min() - 1e-9) | (new > seen.max() + 1e-9)).mean())
    row = table.loc[name]
    values = {"by": abs(by), "brand": name, "before": row["share_before"], "after": row["share_after"],
              "low": row["change_low"], "high": row["change_high"]}
    order = table["share_change"].abs().sort_values(ascending=False, kind="stable").index
    return PriceChange(table.loc[order], outside, LOWER if by < 0 else HIGHER, values, _advice(row, name, by))


def _advice(row: pd.Series, name: str, by: float) -> tuple[str, dict[str, Any]]:
    values = {"brand": name, "low": row["revenue_change_low"], "high": row["revenue_change_high"]}
    units = row["change_low"] > 0 if by < 0 else row["change_high"] < 0
    if not units or values["low"] <= 0 <= values["high"]:
        return NOT_SURE, values
    values |= {"by": abs(by)}
    gains = values["low"] > 0
    if gains != (by < 0):
        return (CUT_LOSES, values) if by < 0 else (RISE_EARNS, {**values, "more": row["revenue_change"]})
    values |= {"cost": row["break_even_share"], "cost_low": row["break_even_share_low"],
               "cost_high": row["break_even_share_high"]}
    return (EARNS_BELOW, {**values, "more": row["revenue_change"]}) if by < 0 else (EARNS_ABOVE, values)
