"""Brand measures of households drawn anew, or left out one by one: their intervals, and how sure a leader is.

What one household buys hangs together, so whole households are drawn, with all they bought (bootstrap). `o` is the
table of `brands.Occasions` throughout, `held` its households.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import sparse
from statsmodels.stats.proportion import proportion_confint

from segkit.positioning.households import Households, parts
from segkit.segmentation import jackknife, lots

MEASURES = ("penetration", "purchase_frequency", "value_share", "share_of_category_requirements", "sole_loyalty_share",
            "spend_per_buyer")


def of_brands(held: Households, random_state: int | None, n_samples: int = lots.N_SAMPLES) -> dict[str, pd.DataFrame]:
    """Measure → draws × brands (in order of name); missing where no buyer of the brand was drawn."""
    sums = held.sums(random_state)
    weights = lots.counts(len(sums["people"]), n_samples, random_state=random_state)
    drawn = _measures({name: weights @ values for name, values in sums.items()}, held.refunds)
    return {name: pd.DataFrame(values, columns=held.brands.to_numpy()) for name, values in drawn.items()}


def of_performance(held: Households, random_state: int | None) -> pd.DataFrame:
    """What `brands.performance` gives, in order of name."""
    sums = held.sums(random_state)
    total = {name: values.sum(axis=0) for name, values in sums.items()}
    measures = _measures(total, held.refunds)
    without = _measures({name: total[name] - values for name, values in sums.items()}, held.refunds)
    buying = (sums["buyers"] > 0).sum(axis=0)
    bags = np.full(len(buying), len(sums["people"]))
    n, people = total["buyers"], total["people"]
    ends = {"penetration": proportion_confint(n, people, method="wilson"),
            "sole_loyalty_share": proportion_confint(total["sole"], n, method="wilson"),
            "value_share": jackknife.shares(measures["value_share"], without["value_share"], bags)}
    for name, interval in (("purchase_frequency", jackknife.ratios), ("spend_per_buyer", jackknife.ratios),
                           ("share_of_category_requirements", jackknife.shares)):
        ends[name] = interval(measures[name], without[name], buying)
    table = pd.DataFrame({"n_buyers": n.astype(int)}, index=held.brands)
    for name in MEASURES:
        table[name] = measures[name]
        table[f"{name}_low"], table[f"{name}_high"] = ends[name]
    return table


def _measures(sums: dict[str, np.ndarray], refunds: np.ndarray) -> dict[str, np.ndarray]:
    """Measure → … × brands, of sums over households."""
    buyers, n, cents = sums["buyers"], sums["n"], sums["cents"] + refunds
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"penetration": buyers / sums["people"], "purchase_frequency": n / buyers,
                "value_share": parts(cents),
                "share_of_category_requirements": n / sums["category"], "sole_loyalty_share": sums["sole"] / buyers,
                "spend_per_buyer": cents / 100 / buyers}


def purchases(o: pd.DataFrame) -> pd.DataFrame:
    """Customers × brands (both in order of name): occasions on which each bought each."""
    return o.groupby(["customer", "brand"]).size().unstack(fill_value=0).sort_index(axis=1).sort_index()


def of_moves(o: pd.DataFrame, moves: pd.DataFrame, random_state: int | None) -> Iterator[tuple[object, pd.DataFrame]]:
    """Each brand with draws × next brands: the share of its purchases that each next one follows.

    `moves` has a row per purchase with a next one: `customer`, `brand`, `next_brand`.
    """
    for brand, counts in moves_by_bag(o, moves, random_state):
        drawn = lots.counts(len(counts), random_state=random_state) @ counts.to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            yield brand, pd.DataFrame(drawn / drawn.sum(axis=1, keepdims=True), columns=counts.columns)


def moves_by_bag(o: pd.DataFrame, moves: pd.DataFrame, random_state: int | None
                 ) -> Iterator[tuple[object, pd.DataFrame]]:
    """Each brand with bags × next brands: how often each followed it."""
    place, _ = households(o, random_state)
    for brand, part in moves.groupby("brand"):
        following = np.sort(part["next_brand"].unique())
        at = place.loc[part["customer"]].to_numpy(), np.searchsorted(following, part["next_brand"])
        counts = sparse.csr_matrix((np.ones(len(part)), at), (int(place.max()) + 1, len(following)))
        yield brand, pd.DataFrame(counts.toarray(), columns=following)


def buyers_by_lot(bought: sparse.csr_matrix, segment: np.ndarray, random_state: int | None) -> np.ndarray:
    """Draws × segments × brands: buyers in groups of the same sizes drawn by lot from the customers (rows of `bought`,
    customers × brands), whose groups, 0 …, `segment` has."""
    return lots.by_lot(bought, np.bincount(segment), random_state=random_state)


def adjusted_p(n_buyers: np.ndarray, by_lot: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """How often groups by lot have a cell, any cell, at least as far from what all customers are (segments × brands).

    Distances are in standard deviations of a group by lot, so small groups need larger differences; the largest of all
    cells is what a reader's eye picks (Westfall & Young 1993, single-step maximum).
    """
    n = sizes.sum()
    share = n_buyers.sum(axis=0) / n
    spread = np.sqrt(share * (1 - share) * (n - sizes[:, None]) / (sizes[:, None] * max(n - 1, 1)))
    scale = np.where(spread > 0, spread * sizes[:, None], np.inf)
    distances = np.abs(n_buyers - share * sizes[:, None]) / scale
    largest = np.sort((np.abs(by_lot - share * sizes[:, None]) / scale).max(axis=(1, 2)))
    return (1 + len(largest) - np.searchsorted(largest, distances - 1e-9)) / (1 + len(largest))


def farthest_p(found: np.ndarray, drawn: np.ndarray, null: float = 0.0) -> np.ndarray:
    """How often, in samples (rows of `drawn`), any value is as far from where it was found as each is from `null`.

    Distances are in standard deviations of each, so that the largest of all is what a reader's eye picks (Westfall &
    Young 1993, single-step maximum). Missing where a value is, in a sample too, or does not
    vary (one household, drawn again and again).
    """
    p = np.full(len(found), np.nan)
    usable = np.isfinite(found) & np.isfinite(drawn).all(axis=0)
    spread = np.where(usable, np.where(usable, drawn, 0.0).std(axis=0), 0.0)
    usable &= spread > 1e-12 * np.maximum(1, np.abs(np.where(usable, found, 0.0)))
    if usable.any():
        largest = np.sort((np.abs(drawn[:, usable] - found[usable]) / spread[usable]).max(axis=1))
        distances = np.abs(found[usable] - null) / spread[usable]
        p[usable] = (1 + len(largest) - np.searchsorted(largest, distances - 1e-9)) / (1 + len(largest))
    return p


def households(o: pd.DataFrame, random_state: int | None) -> tuple[pd.Series, np.ndarray]:
    """The bag of each household, and draws × bags."""
    customers = np.sort(o["customer"].unique())
    place = pd.Series(lots.bags(len(customers), random_state), index=customers)
    return place, lots.counts(int(place.max()) + 1, random_state=random_state)
