"""How sure the places of brands on a map are: people drawn anew, and which brands are told apart (S9).

Each sample of respondents gives a map of ratings of its own. Maps may be turned or mirrored at will, so each is laid
upon that of all respondents (Procrustes: turned and mirrored, not stretched) before its places are compared with it. On
a map of brands and groups each sample of customers is placed on the dimensions of all customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse, stats

from segkit.positioning import attribute_map, brands, maps, reach
from segkit.segmentation import lots
from segkit.words.language import N_

SURE = 0.05
TOLD, NOT_TOLD = N_("told apart"), N_("not told apart")
SOME = N_("{n:count} of the {all:count} pairs of brands cannot be told apart on the map: chance alone could set them "
          "so far apart. The nearest of them are {brand:value} and {other:value}.")
NONE = N_("All {all:count} pairs of brands can be told apart on the map, even the nearest, {brand:value} and "
          "{other:value}.")


class Ellipses(NamedTuple):
    """`table` by brand, `pairs` of brands, `drawn` (samples × brands × 2, missing where a brand was not drawn), and
    what to say: `sentence` takes the `values`."""

    table: pd.DataFrame
    pairs: pd.DataFrame
    drawn: np.ndarray
    sentence: str
    values: dict[str, Any]


def of_map(mapped: attribute_map.AttributeMap, ratings: pd.DataFrame, preferred: str = "", but: Sequence[str] = (),
           n_samples: int = lots.N_SAMPLES, random_state: int | None = 0) -> Ellipses:
    """Ellipses around the brands of a map of ratings, and which pairs of brands it tells apart.

    Parameters
    ----------
    mapped : what `attribute_map.of_ratings` gave. ratings, preferred, but : as it took them.
    n_samples : samples of respondents, drawn with replacement; of more than 2,000 respondents, of bags of them.
    random_state : seed of the samples.

    Returns
    -------
    Ellipses. Its `table` is indexed by `brand`: `dim_1`, `dim_2`, `long_radius`, `short_radius` and `direction` of the
    95 % ellipse (degrees of the long one against the first dimension). `pairs`, nearest first, is indexed by `brand`
    and `other_brand`: `map_distance`, `adjusted_p` (Hotelling's test of the difference with the covariance of the
    samples, times the number of pairs) and `verdict`: told apart where it is at most 0.05. Both are empty
    where there is no map.

    References
    ----------
    Gower (1975), Psychometrika 40, 33–51, doi:10.1007/BF02291478, on Procrustes; Efron & Tibshirani (1993),
    doi:10.1201/9780429246593.
    """
    points = mapped.coordinates
    if points.empty:
        empty = pd.DataFrame()
        empty.attrs.update(points.attrs)
        return Ellipses(empty, empty, np.empty((0, 0, 2)), NONE, dict.fromkeys(("n", "all", "brand", "other")))
    trait_ratings = attribute_map.held(ratings, preferred, but)
    place = points.loc[points["kind"] == attribute_map.BRAND, ["dim_1", "dim_2"]]
    drawn = _drawn(trait_ratings, place.to_numpy(float), n_samples, random_state)
    n = len(trait_ratings.people)
    size = 2 * (n - 1) / (n - 2) * stats.f.ppf(1 - SURE, 2, n - 2) if n > 2 else np.nan
    rows = [_ellipse(drawn[:, i], size) for i in range(len(place))]
    table = place.assign(**dict(zip(("long_radius", "short_radius", "direction"), np.array(rows).T, strict=True)))
    pairs = _pairs(place, drawn, n)
    return Ellipses(table.rename_axis("brand"), pairs, drawn, *_told(pairs))


def of_groups(mapped: maps.GroupMap, transactions: Any, segment: pd.Series, n_samples: int = lots.N_SAMPLES,
              random_state: int | None = 0) -> pd.DataFrame:
    """Ellipses around the brands of a map of brands and groups: where other customers would place them.

    Parameters
    ----------
    mapped : what `maps.of_groups` gave.
    transactions, segment : the purchases and the group of each customer that its counts came from, as
        `brands.by_segment` takes them.
    n_samples : samples of customers, drawn with replacement; of more than 2,000 customers, of bags of them.
    random_state : seed of the samples.

    Returns
    -------
    DataFrame indexed by `brand`, with the columns of `Ellipses.table`; empty where there is no map. A brand that too
    few samples hold has no ellipse (missing). The dimensions are those of all customers, and the shares of groups of
    each sample are placed on them: how sure the dimensions are the ellipses do not tell.

    References
    ----------
    Greenacre (2017), Correspondence Analysis in Practice, ch. 29, doi:10.1201/9781315369983: the partial bootstrap.
    """
    if mapped.coordinates.empty:
        empty = pd.DataFrame()
        empty.attrs.update(mapped.coordinates.attrs)
        return empty
    households = brands.as_occasions(transactions, "customer_id", "brand", "date", "amount").households
    known, group, names = reach.grouped(households, segment)
    points = mapped.coordinates
    columns = points[points["kind"] == "column"]
    order = pd.Index(map(str, names)).get_indexer(columns.index)
    bag = lots.bags(len(group), random_state)
    counts = lots.counts(int(bag.max()) + 1, n_samples, random_state)
    place = sparse.csr_matrix((np.ones(len(group)), (bag * len(names) + group, np.arange(len(group)))),
                              (counts.shape[1] * len(names), len(group)))
    cells = (place @ households.bought[known]).toarray().reshape(counts.shape[1], len(names), -1)
    buyers = np.tensordot(counts, cells, axes=(1, 0))[:, order]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = buyers / buyers.sum(axis=1, keepdims=True)
        size = np.sqrt(mapped.inertia["inertia"].to_numpy()[:2])
        axes = np.where(size > 0, columns[["dim_1", "dim_2"]].to_numpy(float) / size, 0.0)
    drawn = np.einsum("skb,kd->sbd", shares, axes)
    coordinates = points.loc[points["kind"] == "row", ["dim_1", "dim_2"]]
    at = pd.Index(map(str, households.brands)).get_indexer(coordinates.index)
    n = len(group)
    ellipse_size = 2 * (n - 1) / (n - 2) * stats.f.ppf(1 - SURE, 2, n - 2) if n > 2 else np.nan
    rows = np.array([_ellipse(drawn[:, i], ellipse_size) for i in at])
    return coordinates.assign(**dict(zip(
        ("long_radius", "short_radius", "direction"), rows.T, strict=True))).rename_axis("brand")


def _drawn(made: attribute_map.Held, place: np.ndarray, n_samples: int, random_state: int | None) -> np.ndarray:
    """Samples × brands × 2: where each sample places each brand, its map laid upon that of all."""
    bag = lots.bags(len(made.people), random_state)
    counts = lots.counts(int(bag.max()) + 1, n_samples, random_state)
    k = len(made.brands)
    cell = bag[made.who] * k + made.brand
    n_cells = counts.shape[1] * k
    weights = counts @ np.bincount(cell, made.weight, n_cells).reshape(-1, k)
    sums = np.stack([counts @ np.bincount(cell, made.weight * v, n_cells).reshape(-1, k) for v in made.own.T], axis=2)
    drawn = np.full((n_samples, k, 2), np.nan)
    for s in range(n_samples):
        there = weights[s] > 0
        mean = sums[s, there] / weights[s, there, None]
        centred = mean - np.average(mean, axis=0, weights=weights[s, there])
        U, d, _ = np.linalg.svd(centred, full_matrices=False)
        X = (U * d)[:, :2]
        left, _, right = np.linalg.svd(X.T @ place[there])
        drawn[s, there] = X @ left @ right
    return drawn


def _ellipse(drawn: np.ndarray, size: float) -> tuple[float, float, float]:
    finite = drawn[np.isfinite(drawn).all(axis=1)]
    if len(finite) < 3:
        return np.nan, np.nan, np.nan
    values, vectors = np.linalg.eigh(np.cov(finite.T))
    long = vectors[:, 1] * (1 if vectors[0, 1] >= 0 else -1)
    short_radius, long_radius = np.sqrt(size * np.maximum(values, 0))
    return float(long_radius), float(short_radius), float(np.rad2deg(np.arctan2(long[1], long[0])))


def _pairs(place: pd.DataFrame, drawn: np.ndarray, n: int) -> pd.DataFrame:
    pairs = list(combinations(range(len(place)), 2))
    rows = []
    for i, j in pairs:
        gap = (place.iloc[i] - place.iloc[j]).to_numpy(float)
        apart = drawn[:, i] - drawn[:, j]
        apart = apart[np.isfinite(apart).all(axis=1)]
        p = np.nan
        if len(apart) > 2 and n > 2:
            statistic = float(gap @ np.linalg.pinv(np.cov(apart.T)) @ gap)
            p = min(1.0, len(pairs) * float(stats.f.sf(statistic * (n - 2) / (2 * (n - 1)), 2, n - 2)))
        rows.append((place.index[i], place.index[j], float(np.hypot(*gap)), p, TOLD if p <= SURE else NOT_TOLD))
    table = pd.DataFrame(rows, columns=["brand", "other_brand", "map_distance", "adjusted_p", "verdict"])
    return table.sort_values("map_distance", kind="stable").set_index(["brand", "other_brand"])


def _told(pairs: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    near = pairs[pairs["verdict"] == NOT_TOLD]
    brand, other_brand = (near if len(near) else pairs).index[0]
    return SOME if len(near) else NONE, {"n": len(near), "all": len(pairs), "brand": brand, "other": other_brand}
