"""What foretells which latent class a customer belongs to (three-step maximum likelihood).

The customers' segments are a report of their classes with known errors. A multinomial logit of the class, with
the table of these errors held fixed, is fitted to the reports, so that the errors do not draw the coefficients
to zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from segkit.segmentation import three_step
from segkit.segmentation.result import Segmentation
from segkit.segmentation.three_step import CIRCULAR, Z95
from segkit.words.errors import DataError, Fault, check_columns, check_option
from segkit.words.language import N_

CORRECTIONS = ("ml", "none")
INTERCEPT = N_("intercept")
ALL = N_("all together")
FAR = 25.0
"""A coefficient of a standardised covariate that is taken for infinite."""


@dataclass(frozen=True)
class Model:
    """A fitted model of class membership.

    `coefficients` : a row per (covariate, value, segment), against the reference segment: `estimate` (log odds), its
    robust `standard_error`, `odds_ratio` with `odds_ratio_low` and `odds_ratio_high` (95 %), `p_value` (Wald).
    `value` is "" for a number (its odds ratio is that of one unit more), else the value that is set against
    the commonest.
    `tests` : a row per covariate and one for all together: `statistic` (Wald), `df`, `p_value`.
    `summary` : one row: `n`, `k`, `reference`, `log_likelihood`, `n_parameters`, `aic`, `bic`.
    `covariance` : of the estimates, in the order of `coefficients`.
    """

    coefficients: pd.DataFrame
    tests: pd.DataFrame
    summary: pd.DataFrame
    covariance: np.ndarray
    baselines: dict[str, str]

    def shares(self, table: pd.DataFrame) -> pd.DataFrame:
        """Probability of each class for customers with these covariates, indexed as the table; missing where a
        covariate is, or has a value that was not there to learn from."""
        check_columns([c for c in self.tests.index if c != ALL], table.columns)
        wide = self.coefficients["estimate"].unstack("segment")
        total = np.tile(wide.loc[(INTERCEPT, "")].to_numpy(), (len(table), 1))
        for name in (c for c in self.tests.index if c != ALL):
            part = wide.loc[[name]]
            values = part.index.get_level_values("value")
            if name in self.baselines:
                text = table[name].astype(object).where(table[name].notna()).map(str, na_action="ignore").to_numpy()
                design = (text[:, None] == values.to_numpy(dtype=object)).astype(float)
                design[~(design.any(axis=1) | (text == self.baselines[name]))] = np.nan
            else:
                design = table[name].to_numpy(dtype=float, na_value=np.nan)[:, None]
            total += design @ part.to_numpy()
        reference = self.summary["reference"].iloc[0]
        scores = pd.DataFrame(total, index=table.index, columns=wide.columns).assign(**{"_": 0.0})
        scores = scores.rename(columns={"_": reference}).sort_index(axis=1).rename_axis(columns="segment")
        odds = np.exp(scores.sub(scores.max(axis=1), axis=0))
        return odds.div(odds.sum(axis=1, skipna=False), axis=0)


def fit(table: pd.DataFrame, segmentation: Segmentation, covariates: Sequence[str], correction: str = "ml",
        weights: Sequence[float] | None = None, reference: int | None = None) -> Model:
    """Fit a multinomial logit of class membership on covariates, without the error of assignment.

    Parameters
    ----------
    table : DataFrame indexed as the segmentation (a row per customer).
    segmentation : made by `latent_class.segment`, two classes or more.
    covariates : columns of `table`; numbers as they are, others by their values against the commonest (ties: the
        first). Rows with a missing or infinite covariate are left out.
    correction : "ml"; or "none", a plain logit of the segments as assigned.
    weights : case weight of each row, as in the segmentation.
    reference : the segment that the others are set against; 1, the largest, by default.

    Returns
    -------
    Model. Its covariances are of the sandwich kind; the table of errors counts as known, so standard errors are a
    little small where classes are poorly separated.

    Raises
    ------
    DataError
        When a covariate is not in the table, formed the segments, has one value, or follows from the others; when the
        segmentation is of another method or a class has no customers; when coefficients have no finite maximum.

    References
    ----------
    Vermunt (2010), doi:10.1093/pan/mpq025. Bakk, Tekle & Vermunt (2013), doi:10.1177/0081175012470644. White (1982),
    doi:10.2307/1912526, the covariances.

    Examples
    --------
    >>> from segkit.segmentation import latent_class
    >>> rng = np.random.default_rng(1)
    >>> age = rng.normal(40, 10, 600)
    >>> young = rng.random(600) < 1 / (1 + np.exp((age - 40) / 5))
    >>> X = pd.DataFrame(rng.random((600, 6)) < np.where(young, 0.8, 0.2)[:, None], columns=list("abcdef"))
    >>> model = fit(pd.DataFrame({"age": age}), latent_class.segment(X, 2, random_state=1), ["age"])
    >>> bool(model.tests.loc["age", "p_value"] < 0.001)
    True
    """
    check_option("correction", correction, CORRECTIONS)
    check_columns(covariates, table.columns)
    w = three_step.checked(segmentation, weights)
    labels = segmentation.segments.index
    reference = labels[0] if reference is None else reference
    check_option("reference", reference, labels)
    if len(labels) < 2:
        raise DataError([Fault("`segmentation`", "has one class: there is nothing to foretell",
                               "ask for more classes")])
    errors = three_step.classification(segmentation, w).to_numpy() if correction == "ml" else np.eye(len(labels))
    order = [labels.get_loc(reference), *(j for j in range(len(labels)) if labels[j] != reference)]
    assigned = pd.Series(np.argsort(order)[labels.get_indexer(segmentation.labels)], index=segmentation.labels.index)
    design, rows, keys, baselines = _design(table, segmentation, covariates, pd.Series(w, index=assigned.index))
    customers = table.index[rows]
    chance = errors[order][:, order].T[assigned.loc[customers].to_numpy()]
    weight = pd.Series(w, index=assigned.index).loc[customers].to_numpy()
    beta, covariance, log_likelihood = _fitted(design, chance, weight, assigned.loc[customers].to_numpy())
    return _model(beta, covariance, keys, [labels[j] for j in order[1:]], baselines, {
        "n": [len(customers)], "k": [len(labels)], "reference": [reference], "log_likelihood": [log_likelihood],
        "n_parameters": [beta.size], "aic": [2 * beta.size - 2 * log_likelihood],
        "bic": [beta.size * np.log(weight.sum()) - 2 * log_likelihood]})


def _design(table: pd.DataFrame, segmentation: Segmentation, covariates: Sequence[str], weights: pd.Series) -> tuple[
        np.ndarray, np.ndarray, list[tuple[str, str]], dict[str, str]]:
    """Columns of the model (row, column), the rows used, (covariate, value) of each column, commonest values."""
    used = table.index.isin(weights.index[weights > 0])
    for name in covariates:
        used = used & table[name].notna().to_numpy()
        if _is_number(table[name]):
            used = used & np.isfinite(table[name].to_numpy(dtype=float, na_value=np.nan))
    columns, keys, baselines, faults = [np.ones(used.sum())], [(INTERCEPT, "")], {}, []
    w = weights.reindex(table.index[used]).to_numpy()
    if not covariates:
        faults.append(Fault("`covariates`", "there are none", "name at least one column"))
    if table.index.has_duplicates:
        faults.append(Fault("customers", f"{table.index.duplicated().sum():,} rows have the id of an earlier row",
                            "give one row per customer"))
    for name in dict.fromkeys(covariates):
        column = table.loc[used, name]
        if name in segmentation.variables:
            faults.append(Fault(f"covariate {name!r}", CIRCULAR, "choose variables that did not form the segments"))
        elif column.nunique() < 2:
            faults.append(Fault(f"covariate {name!r}", f"has one value in {used.sum():,} rows", "leave it out"))
        elif _is_number(column):
            columns.append(column.to_numpy(dtype=float))
            keys.append((name, ""))
        else:
            text = column.astype(str).to_numpy()
            values, code = np.unique(text, return_inverse=True)
            baselines[name] = str(values[np.bincount(code, weights=w).argmax()])
            others = [str(v) for v in values if v != baselines[name]]
            columns += [(text == v).astype(float) for v in others]
            keys += [(name, v) for v in others]
    if faults:
        raise DataError(faults, "class membership")
    design = np.column_stack(columns)
    scaled = design / np.sqrt((design**2).mean(axis=0))
    if np.linalg.matrix_rank(scaled, tol=1e-7 * np.sqrt(len(design))) < design.shape[1]:
        raise DataError([Fault("`covariates`", "one follows from the others, or there are more of them than customers",
                               "leave one out, or put values into groups")], "class membership")
    return design, used, keys, baselines


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _fitted(design: np.ndarray, chance: np.ndarray, weight: np.ndarray, taken: np.ndarray) -> tuple[
        np.ndarray, np.ndarray, float]:
    """Coefficients (column, class but the first), their sandwich covariance in that order, log-likelihood.

    chance (row, class) is how likely the row's segment is in each class.
    """
    centre, scale = np.average(design, axis=0, weights=weight), design.std(axis=0)
    centre[0], scale[0] = 0.0, 1.0
    Z, k = (design - centre) / scale, chance.shape[1]
    certain = np.eye(k)[taken]
    start = _maximum(np.zeros((Z.shape[1], k - 1)), Z, certain, weight)
    coefficients = max((_maximum(b, Z, chance, weight) for b in (start, np.zeros_like(start))),
                       key=lambda b: _likelihood(b, Z, chance, weight)[0])
    value, gradient, information, scores = _likelihood(coefficients, Z, chance, weight)
    flat = np.abs(gradient).max() <= 1e-5 * weight.sum()
    if not flat or np.abs(coefficients).max() > FAR or np.linalg.eigvalsh(information)[0] <= 1e-7 * weight.sum():
        raise DataError([Fault("`covariates`", "some coefficients have no finite maximum: a value of a covariate "
                               "occurs in some classes only, or a class is too small", "put values into groups, "
                               "leave covariates out, or ask for fewer classes")], "class membership")
    bread = np.linalg.inv(information)
    covariance = bread @ (scores.T @ scores) @ bread
    back = np.diag(1 / scale)
    back[0] -= centre / scale * (np.arange(len(scale)) > 0)
    turn = np.kron(back, np.eye(k - 1))
    return back @ coefficients, turn @ covariance @ turn.T, value


def _maximum(start: np.ndarray, Z: np.ndarray, chance: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = weight.sum()

    def parts(flat: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        value, gradient, information, _ = _likelihood(flat.reshape(start.shape), Z, chance, weight)
        return -value / total, -gradient / total, information / total

    memo: dict[bytes, tuple[float, np.ndarray, np.ndarray]] = {}

    def at(flat: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        key = flat.tobytes()
        if key not in memo:
            memo.clear()
            memo[key] = parts(flat)
        return memo[key]

    optimum = optimize.minimize(lambda b: at(b)[0], start.ravel(), jac=lambda b: at(b)[1], hess=lambda b: at(b)[2],
                                method="trust-exact", options={"gtol": 1e-9, "maxiter": 300})
    return optimum.x.reshape(start.shape)


def _likelihood(beta: np.ndarray, Z: np.ndarray, chance: np.ndarray, weight: np.ndarray) -> tuple[
        float, np.ndarray, np.ndarray, np.ndarray]:
    """Log-likelihood, its gradient, the information (column × class), the scores of the rows."""
    total = np.column_stack([np.zeros(len(Z)), Z @ beta])
    p = np.exp(total - total.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    joint = p * chance
    of_row = np.maximum(joint.sum(axis=1), 1e-300)
    r = joint / of_row[:, None]
    gap = weight[:, None] * (r - p)[:, 1:]
    q, k = Z.shape[1], p.shape[1] - 1
    scores = (Z[:, :, None] * gap[:, None, :]).reshape(len(Z), -1)
    information = np.empty((q, k, q, k))
    for t in range(k):
        for u in range(t, k):
            same = 1.0 if t == u else 0.0
            v = weight * (p[:, t + 1] * (same - p[:, u + 1]) - r[:, t + 1] * (same - r[:, u + 1]))
            information[:, t, :, u] = information[:, u, :, t] = (Z * v[:, None]).T @ Z
    return float(weight @ np.log(of_row)), scores.sum(axis=0), information.reshape(q * k, q * k), scores


def _model(beta: np.ndarray, covariance: np.ndarray, keys: list[tuple[str, str]], labels: list[Any],
           baselines: dict[str, str], summary: dict[str, list[Any]]) -> Model:
    error = np.sqrt(np.diag(covariance)).reshape(beta.shape)
    rows = [{"covariate": name, "value": value, "segment": label, "estimate": beta[i, j], "standard_error": error[i, j],
             "odds_ratio": np.exp(beta[i, j]), "odds_ratio_low": np.exp(beta[i, j] - Z95 * error[i, j]),
             "odds_ratio_high": np.exp(beta[i, j] + Z95 * error[i, j]),
             "p_value": 2 * stats.norm.sf(abs(beta[i, j] / error[i, j]))}
            for i, (name, value) in enumerate(keys) for j, label in enumerate(labels)]
    flat, width = beta.ravel(), beta.shape[1]
    tests = []
    for name in [*dict.fromkeys(name for name, _ in keys[1:]), ALL]:
        rows_of_name = [i for i, (covariate, _) in enumerate(keys) if i and name in (covariate, ALL)]
        places = np.concatenate([np.arange(i * width, (i + 1) * width) for i in rows_of_name])
        statistic = float(flat[places] @ np.linalg.solve(covariance[np.ix_(places, places)], flat[places]))
        tests.append({"covariate": name, "statistic": statistic, "df": len(places),
                      "p_value": float(stats.chi2.sf(statistic, len(places)))})
    return Model(pd.DataFrame(rows).set_index(["covariate", "value", "segment"]),
                 pd.DataFrame(tests).set_index("covariate"), pd.DataFrame(summary), covariance, baselines)
