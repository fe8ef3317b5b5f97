"""Volume and price of brands, where quantities are known, and how much of a brand hangs on the heaviest buyers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from segkit.positioning import brands, draws
from segkit.segmentation import jackknife
from segkit.words.language import N_

HEAVY = 0.2
"""Part of the category's buyers, those who spend most on it, who are its heavy buyers."""
NO_DISCOUNTS = N_("What was sold at a discount is not known: the purchases have no column in the role “discount” or "
                  "“discount_share”.")


def table(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
          amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """Heavy buyers, volume and price of each brand.

    Parameters
    ----------
    transactions : as `brands.performance`; units are those of a column `quantity`, on occasions of purchase.
    random_state : seed of the bags that households are put in where they are more than 2,000.

    Returns
    -------
    DataFrame indexed by `brand`, largest value first: `heavy_buyer_share`, the part of its money that comes from the
    fifth of category buyers who spend most on the category (ties: in order of their ids); `promotion_share`, where
    discounts are known (`promotion`); and where quantities are
    known `volume_share` (of units), `price_paid` (money per unit) and `price_index` (100: as all units of the category
    cost). Each with the ends of its 95 % interval (`segkit.segmentation.jackknife`), in
    which who is a heavy buyer is not told anew.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 2, 3], "brand": ["A", "B", "A"], "amount": [6.0, 2, 2],
    ...     "quantity": [3, 2, 1], "date": pd.Timestamp("2024-01-01")})
    >>> table(sales)[["heavy_buyer_share", "volume_share", "price_paid", "price_index"]].round(2).values.tolist()
    [[0.75, 0.67, 2.0, 120.0], [0.0, 0.33, 1.0, 60.0]]
    """
    return brands.as_occasions(transactions, customer_id, brand, date, amount).keep(_table, random_state).copy()


def promotion(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
              amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """How much of each brand is sold at a discount, where discounts are known.

    Parameters
    ----------
    transactions : purchases of one category (an Ibis table, a DataFrame or any source), or their `brands.occasions`.
        Discounts are those of its numeric columns `discount` and `discount_share`.
    customer_id, brand, date, amount : names of the columns in those roles; not looked at where occasions are given.
    random_state : seed of the bags that households are put in where they are more than 2,000.

    Returns
    -------
    DataFrame indexed by `brand`, largest value first: `promotion_share` (of the money paid for the brand the part of
    lines that have a `discount`, or a `discount_share`, other than 0: a sign does not matter) with its 95 % interval,
    `promotion_share_low` and `promotion_share_high` (missing where one customer alone bought the brand). Empty where
    the purchases have neither column.

    Raises
    ------
    SegkitError
        As `brands.occasions`, and as `segkit.data.open.table` for the source.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 2, 3], "brand": ["A", "B", "A"], "amount": [6.0, 2, 2],
    ...     "discount": [1.5, 0, 0], "date": pd.Timestamp("2024-01-01")})
    >>> promotion(sales)["promotion_share"].to_dict()
    {'A': 0.75, 'B': 0.0}
    """
    shares = table(transactions, customer_id, brand, date, amount, random_state).filter(like="promotion_share")
    if shares.columns.empty:
        shares = pd.DataFrame(columns=["promotion_share"], dtype=float)
        shares.attrs["left_out"] = NO_DISCOUNTS
    return shares


def _table(o: pd.DataFrame, random_state: int | None) -> pd.DataFrame:
    place, _ = draws.households(o, random_state)
    names = np.sort(o["brand"].unique())
    at = place.loc[o["customer"]].to_numpy(), np.searchsorted(names, o["brand"])
    spend = o.groupby("customer")["net"].sum().sort_values(ascending=False, kind="stable")
    heavy = o["customer"].isin(spend.index[:int(np.ceil(HEAVY * len(spend)))])

    def summed(amounts: Any) -> np.ndarray:
        by_brand = sparse.csr_matrix((np.asarray(amounts, dtype=float), at), (int(place.max()) + 1, len(names)))
        by_brand = by_brand.toarray()
        # all households first, then each bag left out
        return np.vstack([by_brand.sum(axis=0), by_brand.sum(axis=0) - by_brand])

    money, of_heavy = summed(o["net"]), summed(o["net"].where(heavy, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        measures = {"heavy_buyer_share": np.where(money > 0, of_heavy / money, np.nan)}
        if "promoted" in o:
            measures["promotion_share"] = summed(o["promoted"]) / summed(o["cents"])
        if "units" in o:
            units, paid = summed(o["units"].fillna(0)), summed(o["cents"].where(o["units"].notna(), 0))
            measures |= {"volume_share": units / units.sum(axis=1, keepdims=True), "price_paid": paid / 100 / units,
                         "price_index": 100 * paid / units / (paid.sum(axis=1) / units.sum(axis=1))[:, None]}
    by_brand = pd.DataFrame(index=pd.Index(names, name="brand"))
    buying = (summed(np.ones(len(o)))[1:] < summed(np.ones(len(o)))[0]).sum(axis=0)
    for name, values in measures.items():
        by_brand[name] = np.where(np.isfinite(values[0]), values[0], np.nan)
        n = np.full(len(names), len(values) - 1) if name == "volume_share" else buying
        interval = jackknife.shares if name.endswith("share") else jackknife.ratios
        by_brand[f"{name}_low"], by_brand[f"{name}_high"] = interval(values[0], values[1:], n)
    return by_brand.iloc[np.argsort(-money[0], kind="stable")]
