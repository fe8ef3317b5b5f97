"""What purchases show of how people buy (S14): whether brands come in runs, in turns, or as if drawn by lot.

Involvement and perceived differences are in the buyer's mind; purchases tell only what they leave behind, and each
measure says here what it can tell and what it cannot. Habit is not loyalty, and both come in runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from segkit.data import tables
from segkit.words.errors import check_columns
from segkit.words.language import N_

CHANCE = 0.05
REPEATS, KINDS, SPREAD, GAP = (N_("next purchase of the same brand"), N_("brands per buyer"),
                               N_("spread of the price paid"), N_("days between purchases"))
TELLS = {
    REPEATS: (N_("beside its value by lot: whether brands are bought in runs or in turns"),
              N_("why: runs may be habit, loyalty, a promotion or a shop with one brand")),
    KINDS: (N_("how many brands a buyer takes"), N_("whether they differ in the buyer's eyes, or were at hand")),
    SPREAD: (N_("whether there is a choice of price (coefficient of variation over brands)"),
             N_("whether buyers see the difference the price stands for")),
    GAP: (N_("how often the purchase comes about: what is bought weekly is seldom thought over"),
          N_("involvement: nobody is asked")),
}
RUNS, TURNS, NEITHER = (N_("in runs: as habit and loyalty both do"), N_("in turns: as the search for variety does"),
                        N_("as if drawn by lot from each buyer's brands"))


def purchases(data: Any, columns: Mapping[str, str] | None = None, read: Mapping[str, Any] | None = None
              ) -> pd.DataFrame:
    """The purchases of a panel as `of_purchases` takes them, from any source.

    Parameters
    ----------
    data : a row per purchase; "" for none, which gives an empty table.
    columns : role → column: `customer_id`, `date`, `brand`, `amount`, `quantity`.
    read : how to read a text file.

    Returns
    -------
    DataFrame of purchases with an amount above 0: `customer_id`, `date`, `brand`, and `price` (amount by quantity)
    where there are quantities.
    """
    if isinstance(data, str) and not data:
        return pd.DataFrame(columns=["customer_id", "date", "brand"])
    table = tables.load(data, "brands", columns, read=read)
    column_names = [c for c in ("customer_id", "date", "brand", "amount", "quantity") if c in table.columns]
    rows = table.select(*column_names).execute()
    rows = rows[(rows["amount"] > 0) & rows["customer_id"].notna()]
    if "quantity" in rows:
        rows = rows.assign(price=(rows["amount"] / rows["quantity"]).where(rows["quantity"] > 0))
    return rows.drop(columns=["amount", "quantity"], errors="ignore").reset_index(drop=True)


def of_purchases(purchases: pd.DataFrame, n_draws: int = 199, random_state: int | None = None) -> pd.DataFrame:
    """What purchases show of buying behaviour, and what they cannot.

    The brands of each buyer are put in another order by lot: buyers keep their brands and how often they take each, and
    only the order goes. Purchases that repeat a brand more often than that come in runs, less often in turns.

    Parameters
    ----------
    purchases : a row per purchase: `customer_id`, `date`, `brand`, and `price` per unit where it is known. What a
        customer buys of a brand on a day is one purchase; a day with several brands is left out of the order, as nobody
        knows which came first.
    n_draws : orders by lot.
    random_state : seed of the orders.

    Returns
    -------
    DataFrame indexed by `measure`: `measured`, `by_lot` (the mean of the orders; only for repeats), `lot_p` (two-sided
    share of orders as far from it), `tells`, `cannot_tell`. ``attrs["order"]`` says in words which of runs, turns and
    neither it is; neither where there is no customer with two purchases and two brands.

    Raises
    ------
    DataError
        When a column is missing.

    References
    ----------
    Bawa (1990), Marketing Science 9(3), 263–278, doi:10.1287/mksc.9.3.263, on inertia and variety seeking.

    Examples
    --------
    >>> day = pd.date_range("2026-01-01", periods=8)
    >>> told = pd.concat([pd.DataFrame({"customer_id": c, "date": day, "brand": list("ABABABAB")}) for c in range(9)])
    >>> found = of_purchases(told, random_state=1)
    >>> found.loc[REPEATS, ["measured", "by_lot"]].round(2).to_list(), found.attrs["order"]
    ([0.0, 0.42], 'in turns: as the search for variety does')
    """
    check_columns(["customer_id", "date", "brand"], purchases.columns, "the purchases")
    if purchases.empty:
        columns = ["measured", "by_lot", "lot_p", "tells", "cannot_tell"]
        return pd.DataFrame(columns=columns, index=pd.Index([], name="measure"))
    p = purchases.assign(date=pd.to_datetime(purchases["date"]).dt.normalize())
    days = p.drop_duplicates(["customer_id", "date", "brand"]).sort_values(["customer_id", "date"], kind="stable")
    ordered = days[~days.duplicated(["customer_id", "date"], keep=False)]
    customer, brand = pd.factorize(ordered["customer_id"])[0], pd.factorize(ordered["brand"])[0]
    pairs = customer[1:] == customer[:-1]
    observed, lots = _repeats(brand, pairs), np.full(n_draws, np.nan)
    rng = np.random.default_rng(random_state)
    for i in range(n_draws):
        lots[i] = _repeats(brand[np.lexsort((rng.random(len(brand)), customer))], pairs)
    by_lot = float(lots.mean()) if pairs.any() and n_draws else np.nan
    as_extreme = np.abs(lots - by_lot) >= abs(observed - by_lot) - 1e-12
    lot_p = float((1 + as_extreme.sum()) / (1 + n_draws)) if np.isfinite(by_lot) else np.nan
    values = {REPEATS: observed, KINDS: float(p.groupby("customer_id")["brand"].nunique().mean())}
    if "price" in p:
        price = p.groupby("brand")["price"].mean().dropna()
        values[SPREAD] = float(price.std(ddof=0) / price.mean()) if len(price) > 1 and price.mean() else np.nan
    gap = days.drop_duplicates(["customer_id", "date"]).groupby("customer_id")["date"].diff().dt.days
    values[GAP] = float(gap.median())
    rows = [(name, value, by_lot if name == REPEATS else np.nan, lot_p if name == REPEATS else np.nan, *TELLS[name])
            for name, value in values.items()]
    table = pd.DataFrame(rows, columns=["measure", "measured", "by_lot", "lot_p", "tells", "cannot_tell"])
    table = table.set_index("measure")
    significant = lot_p <= CHANCE
    table.attrs["order"] = (RUNS if observed > by_lot else TURNS) if significant else NEITHER
    return table


def _repeats(brand: np.ndarray, pairs: np.ndarray) -> float:
    """Share of next purchases of the same brand."""
    return float((brand[1:] == brand[:-1])[pairs].mean()) if pairs.any() else np.nan
