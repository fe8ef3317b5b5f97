"""Brand measures of households drawn anew: their intervals, and how sure a leader is.

What one household buys hangs together, so whole households are drawn, with all they bought (bootstrap). `o` is the
table of `brands.Occasions` throughout.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import sparse

from segkit.segmentation import lots

MEASURES = ("penetration", "purchase_frequency", "value_share", "share_of_category_requirements", "sole_loyalty_share",
            "spend_per_buyer")


def of_brands(o: pd.DataFrame, random_state: int | None) -> dict[str, pd.DataFrame]:
    """Measure → draws × brands (in order of name); missing where no buyer of the brand was drawn."""
    place, weights = households(o, random_state)
    brands = np.sort(o["brand"].unique())
    bought = o.groupby(["brand", "customer"]).agg(n=("cents", "size"), cents=("net", "sum")).reset_index()
    occasions = o.drop_duplicates(["customer", "occasion"]).groupby("customer").size()
    bought["category"] = bought["customer"].map(occasions)
    bought["sole"] = bought["customer"].map(bought.groupby("customer").size()) == 1
    row, column = place.loc[bought["customer"]].to_numpy(), np.searchsorted(brands, bought["brand"])
    shape = weights.shape[1], len(brands)

    def drawn(amounts: np.ndarray) -> np.ndarray:
        return weights @ sparse.csr_matrix((np.asarray(amounts, dtype=float), (row, column)), shape)

    buyers, cents, n = drawn(np.ones(len(bought))), drawn(bought["cents"]), drawn(bought["n"])
    n_households = weights @ np.bincount(place, minlength=weights.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        made = {
            "penetration": buyers / n_households[:, None], "purchase_frequency": n / buyers,
            "value_share": cents / cents.sum(axis=1, keepdims=True),
            "share_of_category_requirements": n / drawn(bought["category"]),
            "sole_loyalty_share": drawn(bought["sole"]) / buyers, "spend_per_buyer": cents / 100 / buyers,
        }
    return {name: pd.DataFrame(values, columns=brands) for name, values in made.items()}


def purchases(o: pd.DataFrame) -> pd.DataFrame:
    """Customers × brands (both in order of name): occasions on which each bought each."""
    return o.groupby(["customer", "brand"]).size().unstack(fill_value=0).sort_index(axis=1).sort_index()


def of_moves(o: pd.DataFrame, moves: pd.DataFrame, random_state: int | None) -> Iterator[tuple[object, pd.DataFrame]]:
    """Each brand with draws × next brands: the share of its purchases that each next one follows.

    `moves` has a row per purchase with a next one: `customer`, `brand`, `next_brand`.
    """
    place, weights = households(o, random_state)
    for brand, part in moves.groupby("brand"):
        following = np.sort(part["next_brand"].unique())
        at = place.loc[part["customer"]].to_numpy(), np.searchsorted(following, part["next_brand"])
        counted = sparse.csr_matrix((np.ones(len(part)), at), (weights.shape[1], len(following)))
        drawn = weights @ counted
        with np.errstate(divide="ignore", invalid="ignore"):
            yield brand, pd.DataFrame(drawn / drawn.sum(axis=1, keepdims=True), columns=following)


def buyers_by_lot(o: pd.DataFrame, segment: pd.Series, random_state: int | None) -> np.ndarray:
    """Draws × segments × brands (both in order of name): buyers in groups of the same sizes drawn by lot from the
    customers who bought; `segment` is the group of each of them."""
    pairs = o[["customer", "brand"]].drop_duplicates()
    customers, brands = np.sort(segment.index), np.sort(o["brand"].unique())
    at = np.searchsorted(customers, pairs["customer"]), np.searchsorted(brands, pairs["brand"])
    held = sparse.csr_matrix((np.ones(len(pairs)), at), (len(customers), len(brands)))
    return lots.by_lot(held, segment.value_counts().sort_index().to_numpy(), random_state=random_state)


def adjusted_p(n_buyers: np.ndarray, by_lot: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """How often groups by lot have a cell, any cell, at least as far from what all customers are (segments × brands).

    Distances are in standard deviations of a group by lot, so small groups need larger differences; the largest of all
    cells is what a reader's eye picks (Westfall & Young 1993, single-step maximum).
    """
    n = sizes.sum()
    share = n_buyers.sum(axis=0) / n
    spread = np.sqrt(share * (1 - share) * (n - sizes[:, None]) / (sizes[:, None] * max(n - 1, 1)))
    scale = np.where(spread > 0, spread * sizes[:, None], np.inf)
    far = np.abs(n_buyers - share * sizes[:, None]) / scale
    largest = np.sort((np.abs(by_lot - share * sizes[:, None]) / scale).max(axis=(1, 2)))
    return (1 + len(largest) - np.searchsorted(largest, far - 1e-9)) / (1 + len(largest))


def farthest_p(found: np.ndarray, drawn: np.ndarray, null: float = 0.0) -> np.ndarray:
    """How often, in samples (rows of `drawn`), any value is as far from where it was found as each is from `null`.

    Distances are in standard deviations of each, so that the largest of all is what a reader's eye picks (Westfall &
    Young 1993, single-step maximum). Missing where a value is, in a sample too, or never varies.
    """
    p = np.full(len(found), np.nan)
    known = np.isfinite(found) & np.isfinite(drawn).all(axis=0)
    spread = np.where(known, np.where(known, drawn, 0.0).std(axis=0), 0.0)
    known &= spread > 0
    if known.any():
        largest = np.sort((np.abs(drawn[:, known] - found[known]) / spread[known]).max(axis=1))
        far = np.abs(found[known] - null) / spread[known]
        p[known] = (1 + len(largest) - np.searchsorted(largest, far - 1e-9)) / (1 + len(largest))
    return p


def households(o: pd.DataFrame, random_state: int | None) -> tuple[pd.Series, np.ndarray]:
    """The bag of each household, and draws × bags."""
    customers = np.sort(o["customer"].unique())
    place = pd.Series(lots.bags(len(customers), random_state), index=customers)
    return place, lots.counts(int(place.max()) + 1, random_state=random_state)
