"""Maps from dissimilarities alone: multidimensional scaling, classical and ordinal (S9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.data import open as sources
from segkit.positioning.maps import CHANCE
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

FEWEST = 4
TOO_FEW = N_("Not shown: {caption:message}. A map of dissimilarities needs at least four brands.")
BY_CHANCE = N_("Not shown: {caption:message}. The same dissimilarities dealt to other pairs by lot fit a map as well.")
NEAR_BEST = 0.01


class Scaled(NamedTuple):
    """`coordinates` by `point`: `dim_1`, `dim_2` … and `quality`; `goodness` of the fit, 0 to 1: the part of the
    dimensions shown of all, by absolute eigenvalues and by the positive ones alone."""

    coordinates: pd.DataFrame
    goodness: float
    goodness_positive: float


class Ordinal(NamedTuple):
    """`coordinates` by `point`, empty with the reason in ``attrs`` where there is no map; Kruskal's `stress` (0 is a
    perfect order) and `lot_stress`, its mean by lot; `lot_p`; `near_best_share` of the starts."""

    coordinates: pd.DataFrame
    stress: float
    lot_stress: float
    lot_p: float
    near_best_share: float


def given(data: Any, read: Mapping[str, Any] | None, ratings: pd.DataFrame, attributes: Sequence[str]) -> pd.DataFrame:
    """How unlike brands are: as people said, else by the distance of their mean ratings.

    Parameters
    ----------
    data : a row per pair with `brand`, `other_brand`, `dissimilarity` (larger is more unlike; several rows of a pair
        are averaged, in either order); "" to take the ratings.
    read : how to read a text file.
    ratings, attributes : what `opinions.load` gives, and which of its attributes count.

    Raises
    ------
    DataError
        When a column is missing or no number.

    Examples
    --------
    >>> told = pd.DataFrame({"brand": ["A", "B"], "other_brand": ["B", "A"], "dissimilarity": [2.0, 4.0]})
    >>> given(told, None, None, []).loc["A", "B"]
    np.float64(3.0)
    """
    if isinstance(data, str) and not data:
        part = ratings[ratings["attribute"].isin(list(attributes))]
        respondent_mean = part.groupby(["respondent_id", "attribute"])["rating"].transform("mean")
        part = part.assign(gap=(part["rating"] - respondent_mean) * part["weight"])
        by = part.groupby(["brand", "attribute"])
        return between((by["gap"].sum() / by["weight"].sum()).unstack("attribute").dropna(axis=1))
    table = sources.table(data, read=read).execute()
    check_columns(["brand", "other_brand", "dissimilarity"], table.columns, "the dissimilarities")
    if not pd.api.types.is_numeric_dtype(table["dissimilarity"]):
        raise DataError([Fault("column 'dissimilarity'", "is not numeric", "give numbers of 0 or more")])
    mirrored = table.rename(columns={"brand": "other_brand", "other_brand": "brand"})
    pairs = pd.concat([table, mirrored]).query("brand != other_brand")
    square = pairs.pivot_table(index="brand", columns="other_brand", values="dissimilarity", aggfunc="mean")
    values = square.to_numpy(float, copy=True)
    np.fill_diagonal(values, 0.0)
    return pd.DataFrame(values, index=square.index, columns=square.columns)


def between(means: pd.DataFrame) -> pd.DataFrame:
    """Euclidean distances between the rows of a table, such as brands by their mean ratings.

    Examples
    --------
    >>> between(pd.DataFrame([[0.0, 0], [3, 4]], index=["A", "B"])).loc["A", "B"]
    np.float64(5.0)
    """
    X = means.to_numpy(float)
    D = np.sqrt(((X[:, None, :] - X[None, :, :]) ** 2).sum(axis=2))
    return pd.DataFrame(D, index=means.index, columns=means.index)


def classical(dissimilarities: pd.DataFrame, n_dims: int = 2) -> Scaled:
    """Classical (metric) scaling: coordinates whose distances come nearest to the dissimilarities.

    Parameters
    ----------
    dissimilarities : a square table, the same names in rows and columns, symmetric, 0 on the diagonal, 0 or more.
    n_dims : dimensions to report.

    Returns
    -------
    Scaled. `quality` of a point is the share of its squared distance from the centre that the dimensions show (of the
    dimensions with a positive eigenvalue). On each dimension the point farthest from 0 is positive.

    Raises
    ------
    DataError
        When the table is no table of dissimilarities, or has fewer dimensions than are asked for.

    References
    ----------
    Torgerson (1952), Psychometrika 17, 401–419, doi:10.1007/BF02288916; as R's `cmdscale`.

    Examples
    --------
    >>> found = classical(pd.DataFrame([[0, 3, 4], [3, 0, 5], [4, 5, 0]], index=list("ABC"), columns=list("ABC")))
    >>> round(found.goodness, 6)
    1.0
    """
    D = _checked(dissimilarities)
    n = len(D)
    J = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * J @ D**2 @ J)
    values, vectors = values[::-1], vectors[:, ::-1]
    positive = values > 1e-9 * max(1e-300, values[0])
    if not 1 <= n_dims <= positive.sum():
        raise DataError([Fault("`n_dims`", f"is {n_dims}; these dissimilarities have {positive.sum()} dimensions",
                               "ask for fewer, or give more points")])
    X = vectors[:, positive] * np.sqrt(values[positive])
    X = X * np.where(X[np.abs(X).argmax(axis=0), np.arange(X.shape[1])] < 0, -1.0, 1.0)
    shown_distance, distance = (X[:, :n_dims] ** 2).sum(axis=1), (X**2).sum(axis=1)
    table = _points(X[:, :n_dims], dissimilarities.index)
    table["quality"] = np.divide(shown_distance, distance, out=np.ones(n), where=distance > 0)
    explained = values[:n_dims].sum()
    return Scaled(table, float(explained / np.abs(values).sum()), float(explained / values[values > 0].sum()))


def ordinal(dissimilarities: pd.DataFrame, n_starts: int = 20, n_lots: int = 19, random_state: int | None = 0
            ) -> Ordinal:
    """Ordinal (nonmetric) scaling in two dimensions: only the order of the dissimilarities counts.

    The best of many starts by scikit-learn's SMACOF, one of them the classical solution; turned to lie as near as can
    be to it (Procrustes), so that sign and orientation are fixed.

    Parameters
    ----------
    dissimilarities : as `classical`.
    n_starts : random starts beside the classical one.
    n_lots : times the dissimilarities are dealt to other pairs by lot; few points fit any order, so a low stress alone
        says nothing. 19 is the fewest for a p of 0.05.
    random_state : seed of starts and lots.

    Returns
    -------
    Ordinal. There is no map with fewer than four points, nor where the p of the stress by lot is above 0.05.

    References
    ----------
    Kruskal (1964), Psychometrika 29, 1–27, doi:10.1007/BF02289565.
    """
    D = _checked(dissimilarities)
    if len(D) < FEWEST:
        return Ordinal(_none(TOO_FEW), np.nan, np.nan, np.nan, np.nan)
    first_axis = classical(dissimilarities, 1).coordinates["dim_1"].to_numpy()[:, None]
    metric = classical(dissimilarities).coordinates.filter(like="dim_").to_numpy() if _dims(D) > 1 else np.hstack(
        [first_axis, np.zeros_like(first_axis)])
    rng = np.random.default_rng(random_state)
    best, stress, near = _best(D, metric, n_starts, rng)
    upper = np.triu_indices(len(D), 1)
    lots = np.empty(n_lots)
    for i in range(n_lots):
        dealt = np.zeros_like(D)
        dealt[upper] = rng.permutation(D[upper])
        lots[i] = _best(dealt + dealt.T, metric, 2, rng)[1]
    p = float((1 + (lots <= stress + 1e-12).sum()) / (1 + n_lots))
    if p > CHANCE:
        return Ordinal(_none(BY_CHANCE), stress, float(lots.mean()), p, near)
    return Ordinal(_points(_turned(best, metric), dissimilarities.index), stress, float(lots.mean()), p, near)


def _best(D: np.ndarray, metric: np.ndarray, n_starts: int, rng: np.random.Generator
          ) -> tuple[np.ndarray, float, float]:
    """The points of the lowest stress, the stress, and the share of starts that came near it."""
    from sklearn.manifold import smacof

    scale = np.sqrt((D**2).mean())
    starts = [metric / scale, *(rng.standard_normal((n_starts, len(D), 2)))]
    solutions = [smacof(D / scale, metric=False, n_components=2, init=start, n_init=1, max_iter=100, eps=1e-4,
                        normalized_stress=True) for start in starts]
    stresses = np.array([stress for _, stress in solutions])
    at = int(stresses.argmin())
    best, stress = smacof(D / scale, metric=False, n_components=2, init=solutions[at][0], n_init=1, max_iter=300,
                          eps=1e-6, normalized_stress=True)
    return best * scale, float(stress), float((stresses <= stresses[at] + NEAR_BEST).mean())


def _turned(X: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Points rotated, mirrored and scaled to lie near others, both around 0."""
    X, to = X - X.mean(axis=0), to - to.mean(axis=0)
    U, d, Vt = np.linalg.svd(X.T @ to)
    return X @ U @ Vt * (d.sum() / (X**2).sum())


def _dims(D: np.ndarray) -> int:
    J = np.eye(len(D)) - 1 / len(D)
    values = np.linalg.eigvalsh(-0.5 * J @ D**2 @ J)
    return int((values > 1e-9 * max(1e-300, values[-1])).sum())


def _points(X: np.ndarray, names: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(X, columns=[f"dim_{i + 1}" for i in range(X.shape[1])], index=names.astype(str).rename("point"))


def _none(why: str) -> pd.DataFrame:
    table = pd.DataFrame()
    table.attrs["left_out"] = why
    return table


def _checked(table: pd.DataFrame) -> np.ndarray:
    where = "the dissimilarities"
    if len(table) < 2 or list(table.index) != list(table.columns):
        raise DataError([Fault(where, f"are a table of {len(table)} × {table.shape[1]} whose rows and columns are not "
                               "the same names", "give a square table, with a row and a column for each brand")])
    try:
        D = table.to_numpy(float)
    except (TypeError, ValueError):
        raise DataError([Fault(where, "hold text", "give numbers of 0 or more")]) from None
    faults = []
    if not np.isfinite(D).all() or (D < 0).any():
        faults.append(Fault(where, "have negative or missing values", "give numbers of 0 or more for all pairs"))
    elif not np.allclose(D, D.T) or np.abs(np.diag(D)).max() > 0:
        faults.append(Fault(where, "are not symmetric with 0 on the diagonal", "average both directions; a brand is 0 "
                            "from itself"))
    elif not D.any():
        faults.append(Fault(where, "are all 0", "nothing tells these brands apart"))
    if faults:
        raise DataError(faults, "multidimensional scaling")
    return D
