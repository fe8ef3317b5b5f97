"""A map of brands by their ratings: principal components, with attributes and what segments prefer as directions (S9).

Any table of means gives a map, also one of chance: so the brands of each respondent are first dealt their ratings by
lot, and where they differ as much then, there is no map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.positioning.maps import CHANCE
from segkit.positioning.needs import EVERYBODY
from segkit.words.errors import check_columns
from segkit.words.language import N_

BRAND, ATTRIBUTE, SEGMENT = N_("brand"), N_("attribute"), N_("preference of a segment")
TOO_SMALL = N_("Not shown: {caption:message}. A map needs at least three brands and two attributes on which their mean "
               "ratings differ.")
BY_CHANCE = N_("Not shown: {caption:message}. Brands differ no more than they do where the ratings of each respondent "
               "are dealt to the brands by lot, so a map would show chance.")


ALONG = N_("Brands differ most along “{high:value}” ({share:percent} of all differences lie in this direction of the "
           "map); “{low:value}” goes the other way. {brand:value} lies nearest to {near:value} (in {sure:percent} of "
           "samples of other respondents).")


class AttributeMap(NamedTuple):
    """`coordinates` by `point`: `kind`, `dim_1`, `dim_2`, `quality`; `inertia` by dimension, both empty where there is
    no map; `lot_p` of the test of all brands; `preferences` by segment, also those that are not on the map."""

    coordinates: pd.DataFrame
    inertia: pd.DataFrame
    lot_p: float
    preferences: pd.DataFrame


def of_ratings(ratings: pd.DataFrame, preferred: str = "", but: Sequence[str] = (), segment: pd.Series | None = None,
               n_lots: int = 499, random_state: int | None = 0) -> AttributeMap:
    """Brands in two dimensions by their mean ratings, with attributes and preferences as directions.

    Parameters
    ----------
    ratings : what `opinions.load` gives: `respondent_id`, `brand`, `attribute`, `rating`, `weight`.
    preferred : the attribute that says how much a brand is liked; "" for none.
    but : attributes that are no traits of a brand.
    segment : group of each respondent, indexed by respondent.
    n_lots : times the ratings of each respondent are dealt to the brands by lot.
    random_state : seed of the lots.

    Returns
    -------
    AttributeMap. Means are those of ratings less the respondent's own mean of the attribute, so that who rated which
    brands does not matter; they are not scaled, as ratings share a scale. Brands are in principal coordinates. An
    attribute is a direction: the rating rises along it. `quality` is the share of a point's variation that both
    dimensions show. On each dimension the attribute farthest from 0 is positive.

    `preferences` is indexed by `segment` (everybody first): `n_respondents`, `dim_1`, `dim_2`: the direction in
    which liking rises, of least squares over all respondents, brands and what they lie on; `quality`: the share of the
    variation of the segment's mean liking between brands that it tells; `lot_p`: how often lots tell as much variation.
    Those of at most 0.05 stand on the map.

    Raises
    ------
    DataError
        When `preferred` or one of `but` is no attribute.

    References
    ----------
    Gabriel (1971), Biometrika 58, 453–467, doi:10.1093/biomet/58.3.453, on the biplot; Carroll (1972) on vectors of
    preference; Good (2005), doi:10.1007/b138696, on the permutation.
    """
    traits, wide = _traits(ratings, preferred, but)
    trait_names = list(traits.columns)
    if traits.index.get_level_values("brand").nunique() < 3 or len(trait_names) < 2:
        return _without(TOO_SMALL, np.nan)
    trait_ratings = Held(traits, _weight(ratings))
    mean = trait_ratings.means(trait_ratings.own)
    if (np.abs(mean).max(axis=0) > 1e-12).sum() < 2:
        return _without(TOO_SMALL, np.nan)
    rng = np.random.default_rng(random_state)
    orders = [trait_ratings.dealt(rng) for _ in range(n_lots)]
    spread = trait_ratings.spread(mean)
    p = float((1 + sum(trait_ratings.spread(trait_ratings.means(trait_ratings.own[o])) >= spread - 1e-12
                       for o in orders)) / (1 + n_lots))
    if p > CHANCE:
        return _without(BY_CHANCE, p)
    centred = mean - np.average(mean, axis=0, weights=trait_ratings.held)
    U, d, Vt = np.linalg.svd(centred, full_matrices=False)
    sign = np.where(Vt[np.arange(len(d)), np.abs(Vt).argmax(axis=1)] < 0, -1.0, 1.0)
    F, G = U * d * sign, (Vt * sign[:, None]).T * d / np.sqrt(len(U))
    points = pd.DataFrame(np.vstack([F[:, :2], G[:, :2]]), columns=["dim_1", "dim_2"],
                          index=pd.Index([*trait_ratings.brands, *trait_names], name="point"))
    points.insert(0, "kind", [BRAND] * len(F) + [ATTRIBUTE] * len(G))
    points["quality"] = np.concatenate([_shown(F), _shown(G)])
    inertia = pd.DataFrame({"inertia": d**2 / len(U), "inertia_share": d**2 / (d**2).sum()},
                           index=pd.RangeIndex(1, len(d) + 1, name="dimension"))
    preferences = _preferences(
        trait_ratings, wide[preferred], F[:, :2], segment, orders) if preferred else _no_preferences()
    significant = preferences[preferences["lot_p"] <= CHANCE]
    tips = significant[["dim_1", "dim_2"]].assign(kind=SEGMENT, quality=significant["quality"]).rename_axis("point")
    return AttributeMap(pd.concat([points, tips[["kind", "dim_1", "dim_2", "quality"]]]), inertia, p, preferences)


def held(ratings: pd.DataFrame, preferred: str = "", but: Sequence[str] = ()) -> Held:
    """The ratings that a map is made of; takes what `of_ratings` takes."""
    return Held(_traits(ratings, preferred, but)[0], _weight(ratings))


def _traits(ratings: pd.DataFrame, preferred: str, but: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Whole ratings of traits by respondent and brand, of respondents who rated several; and all ratings."""
    attributes = sorted(ratings["attribute"].unique())
    check_columns([name for name in (preferred, *but) if name], attributes, "the attributes of the ratings")
    trait_names = [a for a in attributes if a not in {preferred, *but}]
    wide = ratings.pivot_table(index=["respondent_id", "brand"], columns="attribute", values="rating", aggfunc="mean")
    wide = wide.reindex(columns=[*trait_names, preferred] if preferred else trait_names)
    traits = wide[trait_names].dropna()
    return (traits[traits.groupby("respondent_id")[trait_names[:1]].transform("size") > 1]
            if trait_names else traits), wide


def _weight(ratings: pd.DataFrame) -> pd.Series:
    return ratings.groupby("respondent_id")["weight"].first()


def read(mapped: AttributeMap, brand: str, drawn: np.ndarray | None = None) -> tuple[str, dict[str, Any]]:
    """The map in words, as a sentence and its values; they are missing where there is no map or the brand is not on it.

    Names are those of the attributes farthest out on either side of the first dimension, and of the brand nearest on
    the map, with the share of samples (`ellipses.Ellipses.drawn`) in which it is.

    Parameters
    ----------
    mapped : what `of_ratings` gave.
    brand : the brand whose place is read.
    drawn : places in samples of other respondents, samples × brands × 2, with the brands in the order of the map,
        missing where a brand was not drawn; None where they are not known.

    Returns
    -------
    The message id `ALONG` and its values: `high` and `low` (attributes), `share` (of the inertia, in the first
    dimension), `brand`, `near` (ties: the first on the map), `sure`. `sure` is of the samples that hold the
    brand and another; missing without `drawn`.

    Examples
    --------
    >>> places = pd.DataFrame({"kind": [BRAND] * 3 + [ATTRIBUTE] * 2, "dim_1": [0.9, 0.5, -1.4, 1, -1], "dim_2": 0.0},
    ...     index=["X", "Y", "Z", "fresh", "cheap"])
    >>> mapped = AttributeMap(places, pd.DataFrame({"inertia_share": [0.8, 0.2]}), 0.01, pd.DataFrame())
    >>> said, values = read(mapped, "X")
    >>> values["high"], values["low"], values["near"], values["sure"]
    ('fresh', 'cheap', 'Y', None)
    """
    points = mapped.coordinates
    values = dict.fromkeys(("high", "share", "low", "brand", "near", "sure"))
    if points.empty or brand not in points.index[points["kind"] == BRAND]:
        return ALONG, values
    along = points.loc[points["kind"] == ATTRIBUTE, "dim_1"]
    places = points.loc[points["kind"] == BRAND, ["dim_1", "dim_2"]]
    distances = np.hypot(*(places.drop(brand) - places.loc[brand]).to_numpy().T)
    position = list(places.index).index(brand)
    gaps = np.empty((0, 0)) if drawn is None else np.delete(
        np.hypot(*(drawn - drawn[:, [position]]).T), position, axis=0)
    gaps = gaps[:, np.isfinite(gaps).any(axis=0)] if gaps.size else gaps
    near_share = float(
        (np.nan_to_num(gaps, nan=np.inf).argmin(axis=0) == distances.argmin()).mean()) if gaps.size else None
    return ALONG, {"high": along.idxmax(), "low": along.idxmin(), "share": mapped.inertia["inertia_share"].iloc[0],
                   "brand": brand, "near": places.drop(brand).index[distances.argmin()], "sure": near_share}


class Held:
    """Ratings of respondents and brands, and the mean of each brand under any order of the rows."""

    def __init__(self, traits: pd.DataFrame, weight: pd.Series) -> None:
        self.index = traits.index
        self.who, self.people = pd.factorize(traits.index.get_level_values("respondent_id"))
        self.brand, names = pd.factorize(traits.index.get_level_values("brand"), sort=True)
        self.brands = [str(b) for b in names]
        self.weight = weight.reindex(self.people).to_numpy(float)[self.who]
        self.own = self.centred(traits.to_numpy(float))
        self.held = np.bincount(self.brand, self.weight)

    def centred(self, values: np.ndarray) -> np.ndarray:
        """Values less the mean of the respondent."""
        n = np.bincount(self.who)
        means = np.stack([np.bincount(self.who, column) for column in values.T], axis=1) / n[:, None]
        return values - means[self.who]

    def means(self, values: np.ndarray) -> np.ndarray:
        return np.stack([np.bincount(self.brand, self.weight * v) for v in values.T], axis=1) / self.held[:, None]

    def spread(self, mean: np.ndarray) -> float:
        return float((self.held[:, None] * mean**2).sum())

    def dealt(self, rng: np.random.Generator) -> np.ndarray:
        """An order of the rows in which each respondent's ratings go to another of the brands rated."""
        order = np.empty(len(self.who), dtype=int)
        order[np.argsort(self.who, kind="stable")] = np.lexsort((rng.random(len(self.who)), self.who))
        return order


def _preferences(made: Held, liking: pd.Series, F: np.ndarray, segment: pd.Series | None, orders: list[np.ndarray]
                 ) -> pd.DataFrame:
    likes = liking.reindex(made.index).to_numpy(float)
    is_rated = np.isfinite(likes)
    label = np.full(len(made.people), "", dtype=object) if segment is None else (
        pd.Series(made.people).map(segment).fillna("").astype(str).to_numpy())
    rows = []
    for name in [EVERYBODY, *sorted(set(label) - {""})]:
        part = is_rated & ((label[made.who] == name) | (name == EVERYBODY))
        n = len(np.unique(made.who[part]))
        if n < 2:
            continue
        directions = [_direction(made, likes[o] if o is not None else likes, F, part) for o in (None, *orders)]
        b, quality, explained = directions[0]
        p = (1 + sum(t >= explained - 1e-12 for _b, _s, t in directions[1:])) / (1 + len(orders))
        rows.append((name, n, *b, quality, p))
    columns = ["segment", "n_respondents", "dim_1", "dim_2", "quality", "lot_p"]
    return pd.DataFrame(rows, columns=columns).set_index("segment")


def _direction(made: Held, likes: np.ndarray, F: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Least squares of liking, less the respondent's mean, on the places of the brands, less theirs: the direction, its
    share of the variation of mean liking between brands, and that variation as it tells it."""
    respondent = pd.factorize(made.who[part])[0]
    n, w = np.bincount(respondent), made.weight[part]

    def centred(v: np.ndarray) -> np.ndarray:
        return v - (np.bincount(respondent, v) / n)[respondent]

    x, y = np.stack([centred(F[made.brand[part], i]) for i in range(2)], axis=1), centred(likes[part])
    b = np.linalg.lstsq(x * np.sqrt(w)[:, None], y * np.sqrt(w), rcond=None)[0]
    brand_weight = np.bincount(made.brand[part], w, len(F))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, fit = (np.bincount(made.brand[part], w * v, len(F)) / brand_weight for v in (y, x @ b))
    is_rated = brand_weight > 0
    total = float((brand_weight[is_rated] * mean[is_rated] ** 2).sum())
    residual = float((brand_weight[is_rated] * (mean - fit)[is_rated] ** 2).sum())
    explained = float((brand_weight[is_rated] * fit[is_rated] ** 2).sum())
    return b, max(0.0, 1 - residual / total) if total > 0 else 0.0, explained


def _shown(X: np.ndarray) -> np.ndarray:
    total = (X**2).sum(axis=1)
    return np.divide((X[:, :2] ** 2).sum(axis=1), total, out=np.ones(len(X)), where=total > 1e-24)


def _no_preferences() -> pd.DataFrame:
    return pd.DataFrame(columns=["n_respondents", "dim_1", "dim_2", "quality", "lot_p"], dtype=float,
                        index=pd.Index([], name="segment"))


def _without(why: str, p: float) -> AttributeMap:
    tables = pd.DataFrame(), pd.DataFrame(columns=["inertia", "inertia_share"], dtype=float)
    for table in tables:
        table.attrs["left_out"] = why
    return AttributeMap(*tables, p, _no_preferences())
