"""Brand choice on price, display and feature: a multinomial logit (S7, S9).

An occasion is one choice among the brands that were there. The likelihood is our own, with analytic gradient and
Hessian over all occasions at once: statsmodels' ConditionalLogit gives the same estimates (tests compare them), but
walks through the occasions one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from segkit.positioning import identification
from segkit.words.errors import DataError, Fault, SegkitError, check_columns

CONSTANT = "constant: "
_TOLERANCE, _MOST_STEPS, _FAR, _FLAT = 1e-9, 60, 15.0, 1e-4
"""Gradient per occasion at the maximum; Newton's steps; half of where a coefficient of a variable with standard
deviation 1 is given up; and how flat, beside the start, a likelihood is looked at for separation."""


@dataclass(frozen=True)
class Model:
    """A fitted logit.

    Attributes
    ----------
    coefficients : DataFrame indexed by `term` (variables, then "constant: brand" of all brands but the first by name):
        `coefficient`, `standard_error`, `coefficient_low`, `coefficient_high` (95 %), `p_value`.
    covariance : of the coefficients, in their order.
    log_likelihood, null_log_likelihood : at the estimate, and where all brands are alike.
    n_occasions : choices used.
    clustered : whether the errors allow for several choices of one household.
    """

    coefficients: pd.DataFrame
    covariance: np.ndarray = field(repr=False)
    log_likelihood: float
    null_log_likelihood: float
    n_occasions: int
    clustered: bool
    variables: tuple[str, ...]
    brands: tuple[str, ...]
    roles: Mapping[str, str] = field(repr=False)

    @property
    def explained_share(self) -> float:
        """McFadden's 1 − log-likelihood / that of brands that are all alike."""
        return 1 - self.log_likelihood / self.null_log_likelihood


def fit(choices: pd.DataFrame, variables: Sequence[str], occasion: str = "occasion", brand: str = "brand",
        chosen: str = "chosen", customer_id: str | None = None, constants: bool = True) -> Model:
    """Multinomial logit of brand choice.

    Parameters
    ----------
    choices : a row per occasion and brand that was there; the brands may differ between occasions.
    variables : numeric columns, such as price, display and feature.
    occasion, brand, chosen : columns; `chosen` is 1 in one row of each occasion and 0 in the others.
    customer_id : the household of an occasion. With it the standard errors allow for what its choices have in common
        (sandwich, G / (G − 1)); without, they are those of the inverse Hessian.
    constants : whether each brand has a constant of its own, against the first by name.

    Returns
    -------
    Model. Occasions with one brand alone say nothing and are left out.

    Raises
    ------
    DataError
        Missing or infinite values, an occasion without or with several choices, a brand twice in one occasion, one
        brand only, a brand that was never chosen; a variable that is the same for all brands of every occasion, or
        follows from the others (not identified); choices that some mixture of the variables foretells without fail
        (separation: no finite estimate exists). All that can be told is told at once.

    References
    ----------
    McFadden (1974), Conditional logit analysis of qualitative choice behavior; Train (2009), Discrete Choice Methods
    with Simulation, doi:10.1017/CBO9780511805271; Albert & Anderson (1984), doi:10.1093/biomet/71.1.1, on separation.

    Examples
    --------
    >>> told = pd.DataFrame({"occasion": np.repeat(range(6), 2), "brand": ["A", "B"] * 6,
    ...     "price": [1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 1], "chosen": [1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1]})
    >>> round(fit(told, ["price"], constants=False).coefficients.loc["price", "coefficient"], 4)  # log(2 / 4)
    np.float64(-0.6931)
    """
    roles = {"occasion": occasion, "brand": brand, "chosen": chosen}
    table = _checked(choices, list(variables), roles, customer_id)
    brands = tuple(sorted(table[brand].astype(str).unique()))
    X, terms = design(table, variables, brands, brand, constants)
    start = np.flatnonzero(np.r_[True, np.diff(pd.factorize(table[occasion])[0]) != 0])
    y = table[chosen].to_numpy(float)
    order = np.argsort([not t.startswith(CONSTANT) for t in terms], kind="stable")  # a variable follows from constants
    if unidentified_terms := identification.unidentified(X[:, order], [terms[i] for i in order], start):
        raise identification.NotIdentified(unidentified_terms)
    beta, p = _maximum(X, y, start, terms)
    information = _information(X, p, start)
    covariance = np.linalg.inv(information)
    if customer_id is not None:
        score = (y - p)[:, None] * X
        code, households = pd.factorize(table[customer_id])
        total = np.stack([np.bincount(code, score[:, i], minlength=len(households)) for i in range(X.shape[1])], axis=1)
        if len(households) < 2:
            raise DataError([Fault(f"column {customer_id!r}", "holds one household", "leave `customer_id` out")])
        covariance = covariance @ (total.T @ total * len(households) / (len(households) - 1)) @ covariance
    error = np.sqrt(np.diag(covariance))
    z = float(stats.norm.ppf(0.975))
    coefficients = pd.DataFrame({
        "coefficient": beta, "standard_error": error, "coefficient_low": beta - z * error,
        "coefficient_high": beta + z * error, "p_value": 2 * stats.norm.sf(np.abs(beta / error))},
        index=pd.Index(terms, name="term"))
    sizes = np.diff(np.r_[start, len(X)])
    return Model(coefficients, covariance, float(np.log(np.maximum(p[y == 1], 1e-300)).sum()),
                 float(-np.log(sizes).sum()), len(start), customer_id is not None, tuple(variables), brands, roles)


def _checked(choices: pd.DataFrame, variables: list[str], roles: Mapping[str, str], customer_id: str | None
             ) -> pd.DataFrame:
    columns = [*roles.values(), *variables, *([customer_id] if customer_id is not None else [])]
    check_columns(columns, choices.columns, "the choices")
    faults = [Fault(f"column {c!r}", "is not numeric", "give numbers") for c in [*variables, roles["chosen"]]
              if not pd.api.types.is_numeric_dtype(choices[c])]
    if faults:
        raise DataError(faults, "brand choice")
    table = choices[list(dict.fromkeys(columns))]
    bad = [c for c in columns if table[c].isna().any() or (
        c in variables and not np.isfinite(table[c].astype(float)).all())]
    faults = [Fault(f"column {c!r}", "has missing or infinite values", "leave these occasions out") for c in bad]
    if not table[roles["chosen"]].isin([0, 1]).all():
        faults.append(Fault(f"column {roles['chosen']!r}", "holds other values than 0 and 1", "1 for the brand chosen"))
    if faults:
        raise DataError(faults, "brand choice")
    table = table.sort_values(roles["occasion"], kind="stable")
    per_occasion = table.groupby(roles["occasion"])[roles["chosen"]].agg(["sum", "size"])
    if n := int((per_occasion["sum"] != 1).sum()):
        faults.append(Fault(f"column {roles['chosen']!r}", f"{n:,} occasions have not exactly one brand chosen, such "
                            f"as {per_occasion.index[per_occasion['sum'] != 1][0]!r}",
                            "keep occasions with one choice"))
    if n := int(table.duplicated([roles["occasion"], roles["brand"]]).sum()):
        faults.append(Fault(f"column {roles['brand']!r}", f"{n:,} rows repeat a brand within an occasion",
                            "keep one row of each"))
    table = table[table[roles["occasion"]].map(per_occasion["size"]) > 1]
    if table[roles["brand"]].nunique() < 2:
        faults.append(Fault(f"column {roles['brand']!r}", "holds fewer than two brands to choose from",
                            "give the rivals of each occasion too"))
    else:
        bought = table.groupby(table[roles["brand"]].astype(str))[roles["chosen"]].sum()
        faults += [Fault(f"brand {name!r}", "was never chosen", "leave its rows out: its appeal has no lower end")
                   for name in bought.index[bought == 0]]
    if faults:
        raise DataError(faults, "brand choice")
    return table.reset_index(drop=True)


def design(table: pd.DataFrame, variables: Sequence[str], brands: Sequence[str], brand: str, constants: bool
           ) -> tuple[np.ndarray, list[str]]:
    """Rows × terms, and the names of the terms."""
    columns = [table[v].to_numpy(float) for v in variables]
    terms = [*variables]
    if constants:
        columns += [(table[brand].astype(str) == b).to_numpy(float) for b in brands[1:]]
        terms += [f"{CONSTANT}{b}" for b in brands[1:]]
    if not columns:
        raise SegkitError([Fault("`variables`", "is empty, and there are no constants", "name at least one variable")])
    return np.stack(columns, axis=1), terms


def sums(values: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Sums within occasions, each of which begins at a place of `start`."""
    return np.add.reduceat(values, start, axis=0)


def probabilities(X: np.ndarray, beta: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The chance of each row to be chosen in its occasion."""
    sizes = np.diff(np.r_[start, len(X)])
    u = X @ beta
    e = np.exp(u - np.repeat(np.maximum.reduceat(u, start), sizes))
    return e / np.repeat(sums(e, start), sizes)


def _information(X: np.ndarray, p: np.ndarray, start: np.ndarray) -> np.ndarray:
    mean = sums(p[:, None] * X, start)
    return X.T @ (p[:, None] * X) - mean.T @ mean


def _maximum(X: np.ndarray, y: np.ndarray, start: np.ndarray, terms: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method with halved steps; the log-likelihood is concave."""
    scale = X.std(axis=0)
    Z = X / scale
    beta, p = np.zeros(Z.shape[1]), probabilities(Z, np.zeros(Z.shape[1]), start)
    value, first = np.log(p[y == 1]).sum(), _least(Z, p, start)
    for _ in range(_MOST_STEPS):
        gradient = Z.T @ (y - p)
        if np.abs(gradient).max() <= _TOLERANCE * len(start):
            if _least(Z, p, start) > _FLAT * first or identification.separating(Z, y, start) is None:
                return beta / scale, p
            break
        if np.abs(beta).max() >= 2 * _FAR:
            break
        step = np.linalg.lstsq(_information(Z, p, start), gradient, rcond=None)[0]
        for _half in range(30):
            tried = probabilities(Z, beta + step, start)
            new = np.log(np.maximum(tried[y == 1], 1e-300)).sum()
            if new >= value - 1e-12 * abs(value):
                break
            step = step / 2
        beta, p, value = beta + step, tried, new
    separated = identification.separating(Z, y, start)
    if separated is None:
        raise DataError([Fault("the choices", "lead to no finite estimate within reach", "leave variables out, or give "
                               "more choices")], "brand choice")
    needed = [i for i in range(len(terms)) if identification.separating(np.delete(Z, i, axis=1), y, start) is None]
    separated_terms = [terms[i] for i in needed or np.flatnonzero(np.abs(separated) > 1e-6)]
    raise identification.Separated(separated_terms)


def _least(Z: np.ndarray, p: np.ndarray, start: np.ndarray) -> float:
    """The smallest eigenvalue of the information: how curved the likelihood is where it is flattest."""
    return float(np.linalg.eigvalsh(_information(Z, p, start))[0])
