"""Volume and price of brands, where quantities are known, and how much of a brand hangs on the heaviest buyers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from segkit.positioning import brands, draws
from segkit.segmentation import lots

HEAVY = 0.2
"""Part of the category's buyers, those who spend most on it, who are its heavy buyers."""


def table(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
          amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """Heavy buyers, volume and price of each brand.

    Parameters
    ----------
    transactions : as `brands.performance`; units are those of a column `quantity`, on occasions of purchase.
    random_state : seed of the households drawn anew, 400 samples.

    Returns
    -------
    DataFrame indexed by `brand`, largest value first: `heavy_buyer_share`, the part of its money that comes from the
    fifth of category buyers who spend most on the category (ties: in order of their ids); and where quantities are
    known `volume_share` (of units), `price_paid` (money per unit) and `price_index` (100: as all units of the category
    cost). Each with the ends of its 95 % interval; who is a heavy buyer is not told anew in the samples.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 2, 3], "brand": ["A", "B", "A"], "amount": [6.0, 2, 2],
    ...     "quantity": [3, 2, 1], "date": pd.Timestamp("2024-01-01")})
    >>> table(sales)[["heavy_buyer_share", "volume_share", "price_paid", "price_index"]].round(2).values.tolist()
    [[0.75, 0.67, 2.0, 120.0], [0.0, 0.33, 1.0, 60.0]]
    """
    return brands.as_occasions(transactions, customer_id, brand, date, amount).keep(_table, random_state).copy()


def _table(o: pd.DataFrame, random_state: int | None) -> pd.DataFrame:
    place, weights = draws.households(o, random_state)
    names = np.sort(o["brand"].unique())
    at = place.loc[o["customer"]].to_numpy(), np.searchsorted(names, o["brand"])
    spend = o.groupby("customer")["net"].sum().sort_values(ascending=False, kind="stable")
    heavy = o["customer"].isin(spend.index[:int(np.ceil(HEAVY * len(spend)))])

    def summed(amounts: Any) -> np.ndarray:
        made = sparse.csr_matrix((np.asarray(amounts, dtype=float), at), (weights.shape[1], len(names)))
        return np.vstack([np.asarray(made.sum(axis=0)), weights @ made])  # all households first, then the samples

    money, of_heavy = summed(o["net"]), summed(o["net"].where(heavy, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        measures = {"heavy_buyer_share": of_heavy / money}
        if "units" in o:
            units, paid = summed(o["units"].fillna(0)), summed(o["cents"].where(o["units"].notna(), 0))
            measures |= {"volume_share": units / units.sum(axis=1, keepdims=True), "price_paid": paid / 100 / units,
                         "price_index": 100 * paid / units / (paid.sum(axis=1) / units.sum(axis=1))[:, None]}
    made = pd.DataFrame(index=pd.Index(names, name="brand"))
    for name, values in measures.items():
        made[name] = np.where(np.isfinite(values[0]), values[0], np.nan)
        made[f"{name}_low"], made[f"{name}_high"] = lots.interval(values[1:])
    return made.iloc[np.argsort(-money[0], kind="stable")]
