"""Scales of a survey: do their items belong together, and what score does each respondent get (model M3; S11).

A scale is a list of items that ask for the same attitude, value or lifestyle in several ways.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.words.errors import DataError, Fault, SegkitError, check_columns, check_option

FEWEST_RESPONDENTS = 10
ROTATIONS = ("varimax", "oblimin", "none")


def reliability(answers: pd.DataFrame, scales: Mapping[str, Sequence[str]], reversed_items: Sequence[str] = (),
                scale: Sequence[float] | None = None) -> pd.DataFrame:
    """How well the items of each scale measure one thing.

    Parameters
    ----------
    answers : DataFrame, a row per respondent, numeric items.
    scales : name of each scale → its items, at least two.
    reversed_items : items of the opposite wording, which are turned round.
    scale : ends of the answer scale, such as (1, 5); needed where items are turned round.

    Returns
    -------
    DataFrame indexed by `scale`: `n` (respondents who answered all items), `n_items`, `alpha` (Cronbach),
    `omega` (McDonald's omega total of a model with one factor, from three items on), `item_correlation` (mean between
    items), `weakest_item` (of the lowest correlation with the rest of its scale), `weakest_correlation`,
    `alpha_without` (alpha of the scale without it, from three items on). Alpha takes the items to measure the same
    with equal strength, omega does not. Below 0.7 a scale is too loose to segment by. A negative correlation of the
    weakest item mostly means that it should be turned round.

    Raises
    ------
    DataError
        With all faults of the items: missing, not numeric, without variation, too few respondents.

    References
    ----------
    Cronbach (1951), doi:10.1007/BF02310555. McDonald (1999), Test Theory, doi:10.4324/9781410601087.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5] * 4, "b": [1, 2, 3, 5, 4] * 4})
    >>> reliability(answers, {"novelty": ["a", "b"]})["alpha"].round(3).to_list()
    [0.947]
    """
    items = [item for listed in scales.values() for item in listed]
    turned = _turned(answers, items, reversed_items, scale)
    rows, faults = {}, []
    for name, listed in scales.items():
        known = turned[list(listed)].dropna()
        if len(set(listed)) < 2 or len(set(listed)) < len(listed):
            faults.append(Fault(f"scale {name!r}", f"has the items {', '.join(listed)}",
                                "give at least two, once each"))
        elif len(known) < FEWEST_RESPONDENTS:
            faults.append(Fault(f"scale {name!r}", f"was answered in full by {len(known)} respondents",
                                f"it takes {FEWEST_RESPONDENTS}"))
        elif constant := [c for c in known if known[c].nunique() < 2]:
            faults.append(Fault(f"scale {name!r}", f"has items with one answer only: {', '.join(constant)}",
                                "leave them out"))
        else:
            rows[name] = _of_one_scale(known)
    if faults:
        raise DataError(faults)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scale")


def _of_one_scale(known: pd.DataFrame) -> dict[str, object]:
    correlation = known.corr().to_numpy()
    rest_correlations = {c: float(known[c].corr(known.drop(columns=c).sum(axis=1))) for c in known}
    weakest = min(rest_correlations, key=lambda c: rest_correlations[c])
    several = known.shape[1] > 2
    return {"n": len(known), "n_items": known.shape[1], "alpha": _alpha(known),
            "omega": _omega(correlation, known.std(ddof=1).to_numpy(), list(known)) if several else np.nan,
            "item_correlation": float(correlation[np.triu_indices_from(correlation, 1)].mean()),
            "weakest_item": weakest, "weakest_correlation": rest_correlations[weakest],
            "alpha_without": _alpha(known.drop(columns=weakest)) if several else np.nan}


def _alpha(known: pd.DataFrame) -> float:
    covariance = known.cov().to_numpy()
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum()))


def _omega(correlation: np.ndarray, spread: np.ndarray, items: Sequence[str]) -> float:
    """(Σ loadings)² / variance of the sum, of one factor by maximum likelihood, in the items' own units."""
    loading = _fitted(correlation, 1, items).loadings[:, 0] * spread
    unique = spread**2 - loading**2
    common = loading.sum() ** 2
    return float(common / (common + unique.sum()))


def factors(answers: pd.DataFrame, items: Sequence[str], n_factors: int, rotation: str = "varimax",
            reversed_items: Sequence[str] = (), scale: Sequence[float] | None = None,
            ) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Factors behind the items, and each respondent's scores.

    Parameters
    ----------
    answers : DataFrame, a row per respondent.
    items : numeric columns, at least three a factor.
    n_factors : how many attitudes are taken to lie behind the items.
    rotation : "varimax" (factors independent of each other), "oblimin" (may go together) or "none".
    reversed_items, scale : as in `reliability`.

    Returns
    -------
    (loadings, scores). Loadings have a row per item: `factor_1`, …, and `uniqueness` (the item's variance that the
    factors leave, 0..1); each factor points to where most of its weight is positive, the strongest first. Scores have
    a row per respondent (index as in `answers`), by regression (Thurstone): mean 0, and a variance equal to the share
    of the factor's variance that the items tell, so below 1 (as R's ``factanal``); missing where an answer is missing.

    Raises
    ------
    DataError
        When items are missing or not numeric, or respondents too few.
    SegkitError
        When there are too many factors for the items.

    Notes
    -----
    Maximum likelihood on the correlations of complete answers, by statsmodels; rotation without Kaiser's normalisation
    (R's ``factanal`` normalises).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> taste = rng.normal(size=200)
    >>> answers = pd.DataFrame({c: taste + rng.normal(size=200) for c in "abcd"})
    >>> loadings, scores = factors(answers, list("abcd"), 1)
    >>> bool(scores["factor_1"].corr(pd.Series(taste)) > 0.85)
    True
    """
    check_option("rotation", rotation, ROTATIONS)
    turned = _turned(answers, items, reversed_items, scale)
    if not isinstance(n_factors, int) or n_factors < 1 or len(items) < 3 * n_factors:
        raise SegkitError([Fault("`n_factors`", f"is {n_factors!r} for {len(items)} items",
                                 f"take 1 to {max(1, len(items) // 3)}: a factor needs three items")])
    known = turned.dropna()
    if len(known) < max(FEWEST_RESPONDENTS, len(items) + 1):
        raise DataError([Fault("answers", f"{len(known)} respondents answered all {len(items)} items",
                               f"it takes {max(FEWEST_RESPONDENTS, len(items) + 1)}")])
    if constant := [c for c in known if known[c].nunique() < 2]:
        raise DataError([Fault(f"item {c!r}", "has one answer only", "leave it out") for c in constant])
    Z = ((known - known.mean()) / known.std(ddof=1)).to_numpy()
    correlation = np.corrcoef(Z, rowvar=False)
    fitted = _fitted(correlation, n_factors, items)
    if rotation != "none" and n_factors > 1:
        fitted.rotate(rotation)
    loading = np.asarray(fitted.loadings)
    structure = loading if getattr(fitted, "rotation_matrix", None) is None or rotation != "oblimin" else (
        loading @ _between(fitted))
    order = np.argsort(-(loading**2).sum(axis=0), kind="stable")
    sign = np.where(loading.sum(axis=0) < 0, -1.0, 1.0)
    names = [f"factor_{j}" for j in range(1, n_factors + 1)]
    scores = (Z @ np.linalg.solve(correlation, structure) * sign)[:, order]
    loadings = pd.DataFrame((loading * sign)[:, order], pd.Index(list(items), name="item"), names)
    loadings["uniqueness"] = np.asarray(fitted.uniqueness)
    return loadings, pd.DataFrame(scores, known.index, names).reindex(answers.index)


def _fitted(correlation: np.ndarray, n_factors: int, items: Sequence[str]) -> Any:
    from statsmodels.multivariate.factor import Factor

    if np.linalg.matrix_rank(correlation, tol=1e-8) < len(correlation):
        raise DataError([Fault("items", f"follow from each other, one of {', '.join(map(str, items))}",
                               "leave out the one that is said by the others")])
    unique = 1 / np.diag(np.linalg.inv(correlation))  # starts from principal factors, as its own start is random
    values, vectors = np.linalg.eigh(correlation - np.diag(unique))
    start = vectors[:, -n_factors:] * np.sqrt(np.maximum(values[-n_factors:], 1e-3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns when an item is explained in full: its uniqueness tells
        fitted = Factor(corr=correlation, n_factor=n_factors, method="ml").fit(start=(start, unique))
    if not np.isfinite(fitted.loadings).all():
        raise DataError([Fault("items", f"have no solution with {n_factors} factors", "take fewer factors")])
    return fitted


def _between(fitted: Any) -> np.ndarray:
    """Correlations between rotated factors."""
    return fitted.rotation_matrix.T @ fitted.rotation_matrix


def _turned(answers: pd.DataFrame, items: Sequence[str], reversed_items: Sequence[str],
            scale: Sequence[float] | None) -> pd.DataFrame:
    check_columns([*items, *reversed_items], answers.columns, "the answers")
    faults = [Fault(f"item {c!r}", f"holds {answers[c].dtype}, not numbers", "code the answers as numbers first")
              for c in dict.fromkeys(items) if not pd.api.types.is_numeric_dtype(answers[c])]
    if len(reversed_items) and scale is None:
        faults.append(Fault("`scale`", "is missing, and items are turned round", "give its ends: (1, 5)"))
    if faults:
        raise DataError(faults)
    turned = answers[list(dict.fromkeys(items))].astype(float)
    low, high = scale or (np.nan, np.nan)
    for item in reversed_items:
        turned[item] = low + high - turned[item]
    return turned
