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
    moves = main[["customer", "brand"]].assign(next_brand=main.groupby("customer")["brand"].shift(-1))
    return moves[moves["next_brand"].notna()]


def table(o: pd.DataFrame, random_state: int | None) -> pd.DataFrame:
    """What `brands.moves` gives."""
    moves = steps(o)
    n = moves.groupby(["brand", "next_brand"]).size()
    parts = []
    for name, by_bag in draws.moves_by_bag(o, moves, random_state):
        counts, left_out = n.loc[name].loc[by_bag.columns], by_bag.sum().to_numpy() - by_bag.to_numpy()
        n_bags = np.full(len(counts), (by_bag.sum(axis=1) > 0).sum())
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = jackknife.shares((counts / counts.sum()).to_numpy(),
                                         left_out / left_out.sum(axis=1, keepdims=True), n_bags)
        parts.append(pd.DataFrame({
            "brand": name, "next_brand": by_bag.columns, "n_occasions": counts.to_numpy(),
            "switching_share": (counts / counts.sum()).to_numpy(), "switching_low": low, "switching_high": high}))
    rows = pd.concat(parts) if parts else pd.DataFrame(columns=list(COLUMNS))
    sizes = moves["brand"].value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    place = {name: i for i, name in enumerate(sizes.index)}
    at = [[place.get(name, len(place)) for name in rows[column]] for column in ("next_brand", "brand")]
    return rows.iloc[np.lexsort(at)].set_index(["brand", "next_brand"])
