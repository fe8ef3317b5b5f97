"""Customer value over time: models of repeat buying and spending, lifetime value, and how well they foresee (S4).

`summarise` makes the table the models are fitted to and `fit` fits one (`attempt` where that may not be possible,
`rivals` several); `lifetime` puts purchases and spending together; `tracking`, `holdout`, `by_tenth` and `spending`
hold a model against what customers did, `compare` and `choose` several models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from segkit.lifecycle import estimation
from segkit.lifecycle.calibration import by_tenth, calibration_error, model_error, spending
from segkit.lifecycle.holdout import grid, holdout, holdout_errors, rules_of_thumb, tracking
from segkit.lifecycle.lifetime import lifetime, lifetime_total, tenths
from segkit.lifecycle.models.beta_geometric import BetaGeometric, ModifiedBetaGeometric
from segkit.lifecycle.models.bg_bb import BetaBernoulli
from segkit.lifecycle.models.fitted import FittedModel, plain
from segkit.lifecycle.models.gamma_gamma import GammaGamma
from segkit.lifecycle.models.pareto_nbd import ParetoNBD
from segkit.lifecycle.null_model import NO_MEAN, NOT_FOUND, Unfitted, told
from segkit.lifecycle.outlook import CLOSE, GOOD, ROUGH, WIDE, buyers, outlook
from segkit.lifecycle.purchases import features, summarise
from segkit.lifecycle.selection import NAMES, choose, compare, foreseen
from segkit.words.errors import DataError, Fault, check_option

__all__ = ["CLOSE", "FEWEST_REPEAT_BUYERS", "GOOD", "MODELS", "ROUGH", "WIDE", "TooFewError", "attempt", "buyers",
           "by_tenth", "calibration_error", "choose", "compare", "features", "fit", "foreseen", "grid", "holdout",
           "holdout_errors", "lifetime", "lifetime_total", "model_error", "outlook", "rank_correlation", "rivals",
           "rules_of_thumb", "spending", "summarise", "tenths", "told", "tracking"]

MODELS: dict[str, type[FittedModel]] = {
    "bg_nbd": BetaGeometric, "mbg_nbd": ModifiedBetaGeometric, "pareto_nbd": ParetoNBD, "bg_bb": BetaBernoulli,
    "gamma_gamma": GammaGamma}
"""The models by name."""
FEWEST_REPEAT_BUYERS = 10
"""With fewer customers who bought again nothing is fitted."""


class TooFewError(DataError):
    """Too few customers bought again; nothing else is wrong with the columns."""


def fit(model: str, frequency: Any, recency: Any = None, age: Any = None, monetary: Any = None,
        weights: Any = None, near: FittedModel | None = None) -> FittedModel:
    """Fit a model of repeat buying or of spending by maximum likelihood.

    Parameters
    ----------
    model : "bg_nbd", "mbg_nbd", "pareto_nbd" (purchases at any time), "bg_bb" (purchases at set
        opportunities), "gamma_gamma" (spending per purchase).
    frequency : repeat purchases of each customer, 0 or more; for "bg_bb" opportunities used.
    recency : time from the first purchase to the last, 0 where nobody bought again; for "bg_bb" the last
        opportunity used. Not for "gamma_gamma".
    age : time from the first purchase to the end of the data, in the same unit; for "bg_bb" the number of
        opportunities. Not for "gamma_gamma".
    monetary : mean amount of the repeat purchases, for "gamma_gamma" alone. Customers without repeat purchases,
        or whose mean is 0, are left out of that model.
    weights : how many customers each row stands for, > 0; one each by default.
    near : the same model fitted to much the same customers, such as to an earlier part of their purchases: a place to
        begin at, in place of several.

    Returns
    -------
    A fitted model: `params`, `standard_errors`, `parameters()` (with intervals), `log_likelihood`, `summary`
    (one row; `is_converged`, `undetermined`), and its predictions: `probability_alive`, `expected_purchases`,
    `expected_total`, or `expected_monetary`.

    Raises
    ------
    DataError
        Days in place of numbers, missing or negative values, recency beyond age, repeat purchases without recency
        or the other way round, columns of different length, too few repeat buyers; all of them at once.

    References
    ----------
    Fader, Hardie & Lee (2005), doi:10.1287/mksc.1040.0098 and doi:10.1509/jmkr.2005.42.4.415. Batislam, Denizel &
    Filiztekin (2007), doi:10.1016/j.ijresmar.2006.12.005. Schmittlein, Morrison & Colombo (1987),
    doi:10.1287/mnsc.33.1.1. Fader, Hardie & Shang (2010), doi:10.1287/mksc.1100.0580.

    Examples
    --------
    >>> x, recency, age = [0, 1, 2, 5, 9, 0, 1], [0, 3, 20, 25, 30, 0, 14], [30, 28, 35, 39, 30, 33, 29]
    >>> fitted = fit("bg_nbd", x, recency, age, weights=[60, 12, 6, 4, 2, 40, 9])
    >>> fitted.converged, round(fitted.log_likelihood, 2)
    (True, -314.03)
    >>> round(fitted.probability_alive(9, recency=30, age=30), 2)
    0.98
    """
    check_option("model", model, MODELS)
    if model == "gamma_gamma":
        columns, weight = _checked(model, {"frequency": frequency, "monetary": monetary}, weights)
        kept = (columns[0] > 0) & (columns[1] > 0)
        columns, weight = [c[kept] for c in columns], weight[kept]
    else:
        columns, weight = _checked(model, {"frequency": frequency, "recency": recency, "age": age}, weights)
    return MODELS[model].estimate(model, estimation.collapse(columns, weight), near)


def attempt(model: str, frequency: Any, recency: Any = None, age: Any = None, monetary: Any = None,
            near: FittedModel | None = None) -> FittedModel:
    """`fit`, or a model that knows nothing where none can be fitted.

    That is so where fewer than `FEWEST_REPEAT_BUYERS` customers bought again, where no maximum is found, and where
    spending is so uneven that its mean over customers does not exist (Gamma-Gamma with q of at most 1). What a
    report says from such a model is left out.

    Parameters
    ----------
    model : "bg_nbd", "mbg_nbd", "pareto_nbd", "bg_bb" (repeat buying), "gamma_gamma" (spending).
    frequency, recency, age : of each customer, as for `fit`: `repeat_frequency`, `last_purchase_age` and `customer_age`
        of `summarise`. The last two are not for "gamma_gamma".
    monetary : mean amount of the repeat purchases (`repeat_monetary`), for "gamma_gamma" alone.
    near : as for `fit`, a model to begin at.

    Returns
    -------
    A fitted model, as of `fit`. The predictions of one that was not fitted are missing, its `parameters()` have no
    rows, all its parameters are `undetermined`, and `told` says why.

    Raises
    ------
    DataError
        As `fit` does, but for too few repeat buyers.
    SegkitError
        When there is no model of that name.

    Examples
    --------
    >>> fitted = attempt("mbg_nbd", [0, 2], [0, 5], [9, 9])
    >>> fitted.probability_alive([0, 2], [0, 5], [9, 9]), fitted.undetermined
    (array([nan, nan]), ('r', 'alpha', 'a', 'b'))
    """
    try:
        fitted = fit(model, frequency, recency, age, monetary, near=near)
    except TooFewError:
        return Unfitted.of(model, MODELS[model], float(len(frequency)))
    if not (np.isfinite(fitted.values).all() and np.isfinite(fitted.log_likelihood)):
        return Unfitted.of(model, MODELS[model], fitted.n_customers, NOT_FOUND)
    if isinstance(fitted, GammaGamma) and not np.isfinite(fitted.population_mean):
        return Unfitted.of(model, MODELS[model], fitted.n_customers, NO_MEAN)
    return fitted


def rivals(summary: pd.DataFrame, near: Mapping[str, FittedModel] | None = None) -> dict[str, FittedModel]:
    """BG/NBD, MBG/NBD and Pareto/NBD of the same customers (`attempt`), by name.

    Parameters
    ----------
    summary : `summarise`'s table.
    near : the same models fitted to an earlier part of these purchases, to begin at.

    Examples
    --------
    >>> list(rivals(pd.DataFrame({"repeat_frequency": [0], "last_purchase_age": [0], "customer_age": [9]})))
    ['bg_nbd', 'mbg_nbd', 'pareto_nbd']
    """
    x, recency, age = (summary[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age"))
    return {name: attempt(name, x, recency, age, near=(near or {}).get(name)) for name in NAMES}


def rank_correlation(summary: pd.DataFrame) -> float:
    """Correlation of the ranks (Spearman) of how often and how much a time customers buy again, in [-1, 1].

    Over those who bought again. Ranks, because a few large spenders hide any relation from the correlation of the
    amounts. Missing where one of the two does not vary.

    Examples
    --------
    >>> rank_correlation(pd.DataFrame({"repeat_frequency": [0, 1, 2, 3], "repeat_monetary": [0, 5, 6, 900]}))
    1.0
    """
    again = summary[summary["repeat_frequency"] > 0]
    x, mean = again["repeat_frequency"].rank(), again["repeat_monetary"].rank()
    return float(x.corr(mean)) if x.nunique() > 1 and mean.nunique() > 1 else float("nan")


def _checked(model: str, given: dict[str, Any], weights: Any) -> tuple[list[np.ndarray], np.ndarray]:
    """The columns as arrays and the weights, or one report of their faults."""
    about = f"model {model!r}"
    if absent := [name for name, values in given.items() if values is None]:
        raise DataError([Fault(f"`{name}`", "is not given", f"{about} needs {', '.join(given)}") for name in absent])
    try:
        columns = {name: plain(name, values) for name, values in given.items()}
        weight = np.ones(columns["frequency"].shape) if weights is None else plain("weights", weights)
    except (TypeError, ValueError):
        raise DataError([Fault(about, "is given values that are not numbers", "check the columns")]) from None
    lengths = {name: c.shape for name, c in {**columns, "weights": weight}.items()}
    if len(set(lengths.values())) > 1 or weight.ndim != 1:
        listed = ", ".join(f"`{name}` {shape}" for name, shape in lengths.items())
        raise DataError([Fault(about, f"needs columns of one length, got {listed}")])
    faults = [fault for name, c in columns.items() for fault in _values(name, c)]
    if (bad := ~np.isfinite(weight) | (weight <= 0)).any():
        faults.append(_fault("weights", bad, "are missing, infinite or not above 0", "correct or leave out these rows"))
    faults += _together(model, columns)
    x = columns["frequency"]
    bought = (x > 0) & (columns["monetary"] > 0) if "monetary" in columns else x > 0
    repeat_buyers = float(weight[bought].sum())
    if faults:
        raise DataError(faults, about)
    if repeat_buyers < FEWEST_REPEAT_BUYERS:
        raise TooFewError([Fault(about, f"has {repeat_buyers:,.0f} customers who bought again, too few to learn from",
                                 f"take more customers or a longer time: at least {FEWEST_REPEAT_BUYERS}")], about)
    return list(columns.values()), weight


def _values(name: str, column: np.ndarray) -> list[Fault]:
    faults = []
    if (bad := ~np.isfinite(column)).any():
        faults.append(_fault(name, bad, "are missing or infinite", "correct or leave out these rows"))
    if (bad := column < 0).any():
        faults.append(_fault(name, bad, "are below 0", "take returns out first (`summarise` does)"))
    if name == "frequency" and (bad := np.isfinite(column) & (column != np.round(column))).any():
        faults.append(_fault(name, bad, "are not whole numbers", "count repeat purchases"))
    return faults


def _together(model: str, columns: dict[str, np.ndarray]) -> list[Fault]:
    if "recency" not in columns:
        return []
    x, recency, age = columns.values()
    faults = []
    if (bad := recency > age).any():
        faults.append(_fault("recency", bad, "are above `age`", "recency is the time from the first purchase to the "
                             "last, not from the last purchase to today"))
    if (bad := (x > 0) & (recency == 0)).any():
        faults.append(_fault("recency", bad, "are 0 where `frequency` is above 0", "count a day's purchases as one"))
    if (bad := (x == 0) & (recency > 0)).any():
        faults.append(_fault("recency", bad, "are above 0 where `frequency` is 0",
                             "`frequency` counts repeat purchases, without the first"))
    if model == "bg_bb":
        for name in ("recency", "age"):
            if (bad := np.isfinite(columns[name]) & (columns[name] != np.round(columns[name]))).any():
                faults.append(_fault(name, bad, "are not whole numbers", "count opportunities"))
        if (bad := x > recency).any():
            faults.append(_fault("frequency", bad, "are above `recency`",
                                 "at most one purchase at each opportunity up to the last one used"))
    return faults


def _fault(name: str, bad: np.ndarray, found: str, fix: str) -> Fault:
    """A fault with its count and first rows, counted from 1."""
    n, rows = int(bad.sum()), tuple(int(i) + 1 for i in np.flatnonzero(bad)[:5])
    return Fault(f"`{name}`", f"{n:,} values {found}", fix, rows)
