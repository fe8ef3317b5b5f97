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

        estimate, low, high = interval(model, values)
        is_defined = np.isfinite(estimate) & (x[inside] != 0).any(axis=0)[:, None]
        rows += [(name, changed, other_brand,
                  *(np.where(is_defined[j, k], v[j, k], np.nan) for v in (estimate, low, high)))
                 for j, changed in enumerate(model.brands) for k, other_brand in enumerate(model.brands)]
    columns = ["segment", "changed_brand", "brand", "elasticity", "elasticity_low", "elasticity_high"]
    elasticity_table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[3:], float))
    return elasticity_table if segment is not None else elasticity_table.drop(columns="segment")


def mean_own(model: Model, choices: pd.DataFrame, variable: str) -> tuple[float, float, float]:
    """Own elasticity, the mean over all brands by their expected choices, with its 95 % interval (delta method).

    Parameters
    ----------
    model, choices, variable : as `elasticities`.
    """
    check_columns([variable], model.variables, "the variables of the model")
    table, X, occasion, _brand = _applied(model, choices, None)
    x, start = table[variable].to_numpy(float), _starts(occasion)
    place = list(model.coefficients.index).index(variable)

    def value(beta: np.ndarray) -> np.ndarray:
        p = probabilities(X, beta, start)
        return np.array([beta[place] * (p * (1 - p) * x).sum() / p.sum()])

    estimate, low, high = interval(model, value)
    return float(estimate[0]), float(low[0]), float(high[0])


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
    X, after, occasion, brand = _changed(model, choices, changes)
    start = _starts(occasion)

    def shares(beta: np.ndarray) -> np.ndarray:
        return np.array([np.bincount(brand, probabilities(M, beta, start), len(model.brands)) / len(start)
                         for M in (X, after)])

    brand_shares = shares(model.coefficients["coefficient"].to_numpy())
    change, low, high = interval(model, lambda beta: np.subtract(*shares(beta)[::-1]))
    return pd.DataFrame({"share_before": brand_shares[0], "share_after": brand_shares[1], "share_change": change,
                         "change_low": low, "change_high": high}, index=pd.Index(model.brands, name="brand"))


def revenue(model: Model, choices: pd.DataFrame, changes: Mapping[str, Mapping[str, float]], price: str
            ) -> pd.DataFrame:
    """What each brand takes in before and after the variables of some brands change, one unit a choice.

    Parameters
    ----------
    model, choices, changes : as `simulate`.
    price : the variable of the model that is the price of a unit.

    Returns
    -------
    DataFrame indexed by brand: `revenue_change`, of what the brand took in before (−0.1 is a tenth less),
    `revenue_change_low`, `revenue_change_high` (95 %, delta method), and for the brands whose price changes
    `break_even_share` with its ends: the cost of a unit, as a share of the mean price before, at which the brand earns
    as much as before; a lower price earns more below it, a higher price above it. Units beyond one a choice are not in
    it.

    Raises
    ------
    DataError
        As `simulate`, or when the model has no such price.

    Examples
    --------
    >>> told = pd.DataFrame({"occasion": np.repeat(range(6), 2), "brand": ["A", "B"] * 6,
    ...     "price": [1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 1], "chosen": [1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1]})
    >>> from segkit.positioning import choice
    >>> model = choice.fit(told, ["price"], constants=False)
    >>> revenue(model, told, {"A": {"price": 0.5}}, "price")["revenue_change"].round(2).to_dict()
    {'A': -0.35, 'B': -0.23}
    """
    check_columns([price], model.variables, "the variables of the model")
    X, after, occasion, brand = _changed(model, choices, changes)
    start, at = _starts(occasion), list(model.coefficients.index).index(price)

    def change(beta: np.ndarray) -> np.ndarray:
        chances = [probabilities(M, beta, start) for M in (X, after)]
        units, money = ([np.bincount(brand, p * x, len(model.brands)) for p, x in zip(chances, worth, strict=True)]
                        for worth in ((1.0, 1.0), (X[:, at], after[:, at])))
        with np.errstate(invalid="ignore", divide="ignore"):
            revenue_change = money[1] / money[0] - 1
            return np.array([revenue_change, revenue_change / (units[1] / units[0] - 1)])

    estimate, low, high = interval(model, change)
    table = pd.DataFrame({f"{name}{end}": values[i] for i, name in enumerate(("revenue_change", "break_even_share"))
                          for end, values in (("", estimate), ("_low", low), ("_high", high))},
                         index=pd.Index(model.brands, name="brand"))
    repriced = [name for name, change in changes.items() if change.get(price, 1.0) != 1.0]
    return table.assign(**{c: table[c].where(table.index.isin(repriced)) for c in table.filter(like="break_even")})


def _changed(model: Model, choices: pd.DataFrame, changes: Mapping[str, Mapping[str, float]]
             ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The design before and after, and the codes of occasion and brand."""
    check_columns(list(changes), model.brands, "the brands of the model")
    for change in changes.values():
        check_columns(list(change), model.variables, "the variables of the model")
    if not np.isfinite([f for change in changes.values() for f in change.values()]).all():
        raise DataError([Fault("`changes`", "holds a factor that is no number", "0.9 is a tenth less")])
    _table, X, occasion, brand = _applied(model, choices, None)
    after, terms = X.copy(), list(model.coefficients.index)
    for name, change in changes.items():
        for variable, factor in change.items():
            after[brand == model.brands.index(name), terms.index(variable)] *= factor
    return X, after, occasion, brand


def interval(model: Model, values: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values at the estimate with their 95 % interval: gradient by central differences, then the delta method.

    `values` gives an array of any shape from the coefficients.
    """
    beta = model.coefficients["coefficient"].to_numpy()
    step = _STEP * np.maximum(model.coefficients["standard_error"].to_numpy(), 1e-8)
    G = np.stack([(values(beta + d) - values(beta - d)) / (2 * s) for d, s in zip(np.diag(step), step, strict=True)])
    estimate = values(beta)
    half = stats.norm.ppf(0.975) * np.sqrt(np.maximum(np.einsum("i...,ij,j...->...", G, model.covariance, G), 0))
    return estimate, estimate - half, estimate + half


def _applied(model: Model, choices: pd.DataFrame, segment: str | None
             ) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """The rows in order of occasion, their design, and the codes of their occasion and brand."""
    columns = [model.roles["occasion"], model.roles["brand"], *model.variables, *([segment] if segment else [])]
    check_columns(columns, choices.columns, "the choices")
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
    dense = np.zeros((int(occasion.max()) + 1, n_brands))
    dense[occasion, brand] = values
    return dense
