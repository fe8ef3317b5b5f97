"""Moves from one purchase occasion to the next. `o` is the table of `brands.Occasions` throughout."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.positioning import draws
from segkit.segmentation import jackknife

COLUMNS = ("brand", "next_brand", "n_occasions", "switching_share", "switching_low", "switching_high")


def steps(o: pd.DataFrame) -> pd.DataFrame:
    """A row per purchase occasion that had a next one: `customer`, `brand`, `next_brand`.

    An occasion counts for the brand with the largest spend in it; ties for the first by name.
    """
    o = o.assign(place=(o[["customer", "occasion"]] != o[["customer", "occasion"]].shift()).any(axis=1).cumsum())
    main = o.sort_values(["place", "cents", "brand"], ascending=[True, False, True], kind="stable")
    main = main.drop_duplicates(["customer", "occasion"])
    made = main[["customer", "brand"]].assign(next_brand=main.groupby("customer")["brand"].shift(-1))
    return made[made["next_brand"].notna()]


def table(o: pd.DataFrame, random_state: int | None) -> pd.DataFrame:
    """What `brands.moves` gives."""
    made = steps(o)
    n = made.groupby(["brand", "next_brand"]).size()
    parts = []
    for name, by_bag in draws.moves_by_bag(o, made, random_state):
        counted, left = n.loc[name].loc[by_bag.columns], by_bag.sum().to_numpy() - by_bag.to_numpy()
        told = np.full(len(counted), (by_bag.sum(axis=1) > 0).sum())
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = jackknife.shares((counted / counted.sum()).to_numpy(), left / left.sum(axis=1, keepdims=True),
                                         told)
        parts.append(pd.DataFrame({
            "brand": name, "next_brand": by_bag.columns, "n_occasions": counted.to_numpy(),
            "switching_share": (counted / counted.sum()).to_numpy(), "switching_low": low, "switching_high": high}))
    listed = pd.concat(parts) if parts else pd.DataFrame(columns=list(COLUMNS))
    often = made["brand"].value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    place = {name: i for i, name in enumerate(often.index)}
    at = [[place.get(name, len(place)) for name in listed[column]] for column in ("next_brand", "brand")]
    return listed.iloc[np.lexsort(at)].set_index(["brand", "next_brand"])
