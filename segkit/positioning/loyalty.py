"""How often the buyers of each brand buy it in each group, and what part of their category purchases it gets (S7)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segkit.positioning import brands, draws, reach
from segkit.positioning.households import Households
from segkit.words.language import N_

LEAST = 30
"""Buyers of a brand in a group below which nothing is said of them: segkit's own, as for the norm."""
COLUMNS = ("n_buyers", "purchase_frequency", "purchase_frequency_low", "purchase_frequency_high",
           *(f"share_of_category_requirements{end}" for end in ("", "_low", "_high")))
NO_GROUPS = N_("Not shown: {caption:message}. No groups of customers are known.")
TOO_FEW = N_("Not shown: {caption:message}. No brand has 30 buyers in any group.")


def by_segment(transactions: Any, segment: pd.Series, customer_id: str = "customer_id", brand: str = "brand",
               date: str = "date", amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """Purchase frequency and share of category requirements of each brand among its buyers in each group.

    Parameters
    ----------
    transactions : as `brands.performance`.
    segment : group of each customer, indexed by customer; customers without a group are left out.
    random_state : seed of the bags that households are put in where a group has more than 2,000.

    Returns
    -------
    DataFrame by (`brand`, `segment`): `n_buyers`, `purchase_frequency` and `share_of_category_requirements`, each with
    its 95 % interval over the households of the group (`segkit.segmentation.jackknife`). Cells with fewer than 30
    buyers are left out; where none is left the table is empty and says why. In order of names.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [*range(40), *range(40)], "brand": ["A"] * 60 + ["B"] * 20, "amount": 1.0,
    ...     "date": [pd.Timestamp("2024-01-01")] * 40 + [pd.Timestamp("2024-01-02")] * 40})
    >>> by_segment(sales, pd.Series("x", index=range(40)))["purchase_frequency"].to_dict()
    {('A', 'x'): 1.5}
    """
    bought = brands.as_occasions(transactions, customer_id, brand, date, amount)
    if segment.empty:
        return _none(NO_GROUPS)
    known, at, names = reach.grouped(bought.households, segment)
    parts = {name: _of(bought.households, known[at == g], random_state) for g, name in enumerate(names)}
    table = pd.concat(parts, names=["segment", "brand"]).swaplevel().sort_index(kind="stable")
    return table if len(table) else _none(TOO_FEW)


def _of(held: Households, rows: np.ndarray, random_state: int | None) -> pd.DataFrame:
    often = held.often[rows]
    enough = np.flatnonzero(np.diff(often.tocsc().indptr) >= LEAST)
    if not len(enough):
        return pd.DataFrame(columns=list(COLUMNS), index=pd.Index([], name="brand"), dtype=float)
    some = np.flatnonzero(np.diff(often.tocsc().indptr) > 0)
    part = Households(held.customers[rows], held.brands[some], often[:, some], held.cents[rows][:, some],
                      held.occasions[rows], np.zeros(len(some)))
    return draws.of_performance(part, random_state).loc[held.brands[enough], list(COLUMNS)]


def _none(why: str) -> pd.DataFrame:
    table = pd.DataFrame(columns=list(COLUMNS), dtype=float,
                         index=pd.MultiIndex.from_arrays([[], []], names=["brand", "segment"]))
    table.attrs["left_out"] = why
    return table
