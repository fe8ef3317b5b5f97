"""What a change of price does to the choice of brands: own and cross elasticities, and shares after a change (S7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from segkit.positioning.choice import CONSTANT, Model, design, probabilities
from segkit.words.errors import DataError, Fault, check_columns

_STEP = 1e-5


def elasticities(model: Model, choices: pd.DataFrame, variable: str, segment: str | None = None) -> pd.DataFrame:
    """Percent more or fewer choices of a brand for one percent more of a variable of a brand, itself or another.

    Parameters
    ----------
    model : what `choice.fit` gives.
    choices : the occasions they are for, as `choice.fit` takes them.
    variable : one of the model's, such as price.
    segment : a column with the segment of an occasion; all occasions together without it.

    Returns
    -------
    DataFrame with a row per segment, changed brand and brand: `segment` where it is asked for, `changed_brand`,
    `brand`, `elasticity` of the segment's expected choices, `elasticity_low`, `elasticity_high` (95 %, delta method;
    missing for a brand that is not there in the segment).

    Raises
    ------
    DataError
        When the model has no such variable, or a column is missing.

    Notes
    -----
    The logit spreads what a brand loses over the others by their shares in each occasion (independence of irrelevant
    alternatives), whatever is truly a near substitute: read cross elasticities with that in mind.

    References
    ----------
    Train (2009), Discrete Choice Methods with Simulation, chapter 3, doi:10.1017/CBO9780511805271.
    """
    check_columns([variable], model.variables, "the variables of the model")
    table, X, occasion, brand = _applied(model, choices, segment)
    x = _dense(table[variable].to_numpy(float), occasion, brand, len(model.brands))
    place = list(model.coefficients.index).index(variable)
    start = _starts(occasion)
    label = pd.Series("", index=table.index) if segment is None else table[segment]
    label = label.iloc[start].reset_index(drop=True)
    rows = []
    for name in sorted(label.dropna().unique()):
        inside = (label == name).to_numpy()

        def values(beta: np.ndarray, inside: np.ndarray = inside) -> np.ndarray:
            P = _dense(probabilities(X, beta, start), occasion, brand, len(model.brands))[inside]
            pull = x[inside] * P
            with np.errstate(invalid="ignore", divide="ignore"):
                return beta[place] * (np.diag(pull.sum(axis=0)) - pull.T @ P) / P.sum(axis=0)

        told, low, high = _interval(model, values)
        there = np.isfinite(told) & (x[inside] != 0).any(axis=0)[:, None]
        rows += [(name, changed, other, *(np.where(there[j, k], v[j, k], np.nan) for v in (told, low, high)))
                 for j, changed in enumerate(model.brands) for k, other in enumerate(model.brands)]
    columns = ["segment", "changed_brand", "brand", "elasticity", "elasticity_low", "elasticity_high"]
    made = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[3:], float))
    return made if segment is not None else made.drop(columns="segment")


def simulate(model: Model, choices: pd.DataFrame, changes: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Shares of choices before and after the variables of some brands change, all else as it was.

    Parameters
    ----------
    model : what `choice.fit` gives.
    choices : the occasions, as `choice.fit` takes them.
    changes : brand → variable → factor: ``{"A": {"price": 0.9}}`` is a tenth off.

    Returns
    -------
    DataFrame indexed by brand: `share_before`, `share_after`, `share_change`, `change_low`, `change_high` (95 %, delta
    method). Competitors do not react, and nobody buys more or less of the category.

    Raises
    ------
    DataError
        When the model has no such brand or variable, or a factor is not a number.
    """
    check_columns(list(changes), model.brands, "the brands of the model")
    for change in changes.values():
        check_columns(list(change), model.variables, "the variables of the model")
    if not np.isfinite([f for change in changes.values() for f in change.values()]).all():
        raise DataError([Fault("`changes`", "holds a factor that is no number", "0.9 is a tenth less")])
    _table, X, occasion, brand = _applied(model, choices, None)
    start, after, terms = _starts(occasion), X.copy(), list(model.coefficients.index)
    for name, change in changes.items():
        for variable, factor in change.items():
            after[brand == model.brands.index(name), terms.index(variable)] *= factor

    def shares(beta: np.ndarray) -> np.ndarray:
        return np.array([np.bincount(brand, probabilities(M, beta, start), len(model.brands)) / len(start)
                         for M in (X, after)])

    both = shares(model.coefficients["coefficient"].to_numpy())
    change, low, high = _interval(model, lambda beta: np.subtract(*shares(beta)[::-1]))
    return pd.DataFrame({"share_before": both[0], "share_after": both[1], "share_change": change, "change_low": low,
                         "change_high": high}, index=pd.Index(model.brands, name="brand"))


def _interval(model: Model, values: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values at the estimate with their 95 % interval: gradient by central differences, then the delta method."""
    beta = model.coefficients["coefficient"].to_numpy()
    step = _STEP * np.maximum(model.coefficients["standard_error"].to_numpy(), 1e-8)
    G = np.stack([(values(beta + d) - values(beta - d)) / (2 * s) for d, s in zip(np.diag(step), step, strict=True)])
    told = values(beta)
    half = stats.norm.ppf(0.975) * np.sqrt(np.maximum(np.einsum("i...,ij,j...->...", G, model.covariance, G), 0))
    return told, told - half, told + half


def _applied(model: Model, choices: pd.DataFrame, segment: str | None
             ) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """The rows in order of occasion, their design, and the codes of their occasion and brand."""
    named = [model.roles["occasion"], model.roles["brand"], *model.variables, *([segment] if segment else [])]
    check_columns(named, choices.columns, "the choices")
    table = choices.sort_values(model.roles["occasion"], kind="stable").reset_index(drop=True)
    brand = table[model.roles["brand"]].astype(str)
    check_columns(sorted(brand.unique()), model.brands, "the brands of the model")
    constants = any(t.startswith(CONSTANT) for t in model.coefficients.index)
    X, _ = design(table, model.variables, model.brands, model.roles["brand"], constants)
    occasion = pd.factorize(table[model.roles["occasion"]])[0]
    return table, X, occasion, np.array(pd.Categorical(brand, model.brands).codes)


def _starts(occasion: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.r_[True, np.diff(occasion) != 0])


def _dense(values: np.ndarray, occasion: np.ndarray, brand: np.ndarray, n_brands: int) -> np.ndarray:
    """Occasions × brands, 0 where a brand is not there."""
    made = np.zeros((int(occasion.max()) + 1, n_brands))
    made[occasion, brand] = values
    return made
