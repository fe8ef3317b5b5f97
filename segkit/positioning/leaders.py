"""Which brand leads, and whether the lead would hold among other households."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.positioning import brands, draws, moved
from segkit.words.errors import check_option
from segkit.words.language import N_

SURE = 0.975
"""Share of samples of households in which a leader is first: of two level ones either is called so in one of 40."""
LEADS = {
    "value_share": N_("{brand:value} leads with {value:percent} of the money spent ({low:percent} to "
    "{high:percent}); "
                      "it is first in {share:percent} of samples of other households."),
    "sole_loyalty_share": N_("{brand:value} has the largest part of buyers of one brand only: {value:percent} of its "
                             "buyers ({low:percent} to {high:percent}); it is first in {share:percent} of samples of "
                             "other households."),
    "repeat_share": N_("{brand:value} is repeated most: {value:percent} of its purchases ({low:percent} to "
                       "{high:percent}) are followed by the same brand; it is first in {share:percent} of samples of "
                       "other households."),
}
LEVEL = {
    "value_share": N_("Too close to call: {brand:value} has {value:percent} of the money spent ({low:percent} to "
                      "{high:percent}), {second:value} {other:percent}; {brand:value} is first in only "
                      "{share:percent} of samples of other households."),
    "sole_loyalty_share": N_("Too close to call: {value:percent} of the buyers of {brand:value} buy nothing else "
                             "({low:percent} to {high:percent}), {other:percent} of those of {second:value}; "
                             "{brand:value} is first in only {share:percent} of samples of other households."),
    "repeat_share": N_("Too close to call: {value:percent} of the purchases of {brand:value} are followed by the "
    "same "
                       "brand ({low:percent} to {high:percent}), {other:percent} of those of {second:value}; "
                       "{brand:value} is first in only {share:percent} of samples of other households."),
}


class Leader(NamedTuple):
    """`brand` has the largest value; `first_share` of samples have it first. `sentence` takes the `values`."""

    brand: Any
    first_share: float
    is_clear: bool
    sentence: str
    values: dict[str, Any]


def first(transactions: Any, measure: str, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
          amount: str = "amount", random_state: int | None = 0) -> Leader:
    """The brand with the largest value of a measure, and how often it is first where households are drawn anew.

    Parameters
    ----------
    transactions : as `brands.performance`.
    measure : `value_share`, `sole_loyalty_share` or `repeat_share` (purchases followed by the same brand).
    random_state : seed of the households drawn anew, 400 samples.

    Returns
    -------
    Leader. It is clear where it is first, of all brands, in at least 97.5 % of samples (ties: none is). Its values are
    missing where no brand has a value, and where there is only one brand.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "brand": ["A", "B", "A", "B"], "amount": [2.0, 1, 2, 1],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"])})
    >>> found = first(sales, "value_share")
    >>> found.brand, found.is_clear
    ('A', False)
    """
    check_option("measure", measure, LEADS)
    bought = transactions if isinstance(transactions, brands.Occasions) else brands.occasions(
        transactions, customer_id, brand, date, amount)
    if measure == "repeat_share":
        return told(brands.repeats(bought, random_state=random_state), bought.keep(_repeats, random_state), measure)
    table = brands.performance(bought, random_state=random_state)
    return told(table, bought.keep(draws.of_brands, random_state, of="households")[measure], measure)


def told(table: pd.DataFrame, drawn: pd.DataFrame, measure: str, leads: str = "", level: str = "") -> Leader:
    """The leader of a `table` of brands by the values in samples, `drawn` (draws × brands), in the words of the measure
    or those given."""
    leads, level = leads or LEADS[measure], level or LEVEL[measure]
    order = table[measure].dropna().sort_values(ascending=False, kind="stable")
    names = ("brand", "value", "low", "high", "second", "other", "share")
    if len(order) < 2:
        return Leader(order.index[0] if len(order) else None, float("nan"), False, leads, dict.fromkeys(names))
    top, second = order.index[:2]
    values = drawn.fillna(-np.inf)
    others = values.drop(columns=top).max(axis=1)
    share = float((values[top] > others).mean())
    sentence_values = {"brand": top, "value": order.iloc[0], "low": table.loc[top, f"{measure}_low"],
                       "high": table.loc[top, f"{measure}_high"], "second": second, "other": order.iloc[1],
                       "share": share}
    clear = share >= SURE
    return Leader(top, share, clear, leads if clear else level, sentence_values)


def _repeats(o: pd.DataFrame, random_state: int | None) -> pd.DataFrame:
    """Draws × brands: the share of a brand's purchases that it follows itself."""
    moves = moved.steps(o)
    return pd.DataFrame({name: drawn[name] for name, drawn in draws.of_moves(o, moves, random_state) if name in drawn})
