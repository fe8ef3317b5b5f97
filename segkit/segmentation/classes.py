"""What is told of latent classes and of no other segments: answers, certainty, tests, descriptions without the error
of assignment. Of other segments each table is empty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segkit.segmentation import covariates, latent_class, three_step
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault

SURE = 0.9
"""Probability of the likeliest class from which on a person counts as sure."""
MOST_TESTED = 2000


def applies(segmentation: Segmentation) -> bool:
    """Whether the segments are latent classes."""
    return segmentation.rule["kind"] == "classes"


def answers(segmentation: Segmentation) -> pd.DataFrame:
    """How likely each answer is in each class.

    Returns
    -------
    DataFrame, a row per (item, answer), a column per segment.

    Examples
    --------
    >>> X = pd.DataFrame({"cheap": list("yyynnnyn"), "fast": list("yyynnnyn"), "tasty": list("yyynnynn")})
    >>> answers(latent_class.segment(X, k=2, random_state=1)).loc[("cheap", "y")].round(2).to_list()
    [0.0, 1.0]
    """
    if not applies(segmentation):
        return pd.DataFrame()
    return latent_class.items(segmentation)["probability"].unstack("segment", sort=False)


def certainty(segmentation: Segmentation) -> pd.DataFrame:
    """How sure it is who is in which class: a row per person with `membership_share`."""
    return segmentation.assignments[["membership_share"]] if applies(segmentation) else pd.DataFrame()


def sure_share(segmentation: Segmentation, weights: Sequence[float] | None = None) -> float:
    """Share of the people whose likeliest class has a probability of at least 0.9; missing without classes.

    Parameters
    ----------
    segmentation : by any method.
    weights : case weight of each person, in the order of the assignments; all equal by default.

    Returns
    -------
    float, 0..1. Who has no probability counts as not sure.

    Examples
    --------
    >>> X = pd.DataFrame({"cheap": list("yyynnnyn"), "fast": list("yyynnnyn"), "tasty": list("yyynnynn")})
    >>> sure_share(latent_class.segment(X, k=2, random_state=1))
    1.0
    """
    if not applies(segmentation):
        return float("nan")
    return float(np.average(segmentation.assignments["membership_share"] >= SURE, weights=weights))


def likelihood_ratios(table: pd.DataFrame, segmentation: Segmentation, n_boot: int | None,
                      quantities: Sequence[str] = (), weights: Sequence[float] | None = None,
                      random_state: int | None = None) -> pd.DataFrame:
    """Bootstrap likelihood-ratio tests of one class less against the classes, and of these against one more.

    Parameters
    ----------
    table : the answers that the classes were formed from.
    segmentation : the classes.
    n_boot : bootstrap samples of each test; no test when None.
    quantities : columns that are normal within a class.
    weights : case weights.
    random_state : seed; of more than 2,000 people as many are drawn.

    Returns
    -------
    DataFrame indexed by `k` and `alternative_k`: `statistic`, `critical_value`, `n_boot`, `p_value`.
    """
    if not applies(segmentation) or not n_boot:
        return pd.DataFrame()
    w = np.ones(len(table)) if weights is None else np.asarray(weights, dtype=float)
    if len(table) > MOST_TESTED:
        rows = np.random.default_rng(random_state).choice(len(table), MOST_TESTED, replace=False, p=w / w.sum())
        table, w = table.iloc[rows], np.ones(MOST_TESTED)
    tests = [latent_class.likelihood_ratio(table, k, n_boot, w, continuous=quantities, random_state=random_state)
             for k in (segmentation.k - 1, segmentation.k)]
    return pd.concat(tests).set_index(["k", "alternative_k"])


def described(table: pd.DataFrame, segmentation: Segmentation, descriptors: Sequence[str],
              weights: Sequence[float] | None = None) -> pd.DataFrame:
    """Wald tests of the descriptors without the error of assignment (`three_step.describe`).

    Parameters
    ----------
    table : DataFrame indexed as the segmentation, a row per person.
    segmentation : by any method.
    descriptors : columns of `table`; numeric ones are compared by means, others by the shares of their values.
    weights : case weight of each row, as in the segmentation; all equal by default.

    Returns
    -------
    DataFrame indexed by `descriptor`: `n` (people with a value), `statistic` (Wald), `df`, `p_value`, `note` (why there
    is no p-value, or ""). Empty where the segments are no latent classes, there are no descriptors, or a class has
    nobody.

    Raises
    ------
    DataError
        When a descriptor is not in the table.

    Examples
    --------
    >>> X = pd.DataFrame({c: list("yyyyynnnnn") for c in "abc"})
    >>> table = X.assign(age=[20, 22, 21, 25, 23, 40, 44, 41, 46, 42])
    >>> bool(described(table, latent_class.segment(X, 2, random_state=1), ["age"]).loc["age", "p_value"] < 0.001)
    True
    """
    if not applies(segmentation) or not len(descriptors) or (segmentation.segments["size"] == 0).any():
        return pd.DataFrame()
    return three_step.describe(table, segmentation, descriptors, weights=weights)


def foretold(table: pd.DataFrame, segmentation: Segmentation, covariates_: Sequence[str],
             weights: Sequence[float] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What foretells the class (`covariates.fit`): tests, and odds ratios; both empty without covariates.

    Parameters
    ----------
    table : DataFrame indexed as the segmentation, a row per person.
    segmentation : latent classes, two or more.
    covariates_ : columns of `table`; numbers as they are, others by their values against the commonest. Rows with a
        missing or infinite covariate are left out.
    weights : case weight of each row, as in the segmentation; all equal by default.

    Returns
    -------
    The tests, a row per covariate and one for all together: `statistic` (Wald), `df`, `p_value`. The odds ratios, a row
    per (covariate, value, segment) against the first segment, without the intercept: `odds_ratio`, `odds_ratio_low`,
    `odds_ratio_high` (95 %), `p_value`; `value` is "" for a number, whose ratio is that of one unit more.

    Raises
    ------
    DataError
        When there are covariates and the segments are no latent classes; as `covariates.fit`.
    """
    if not len(covariates_):
        return pd.DataFrame(), pd.DataFrame()
    if not applies(segmentation):
        raise DataError([Fault("`covariates`", f"are for latent classes, and the segments are by {segmentation.method}",
                               "set `method: latent-class`, or take `covariates` out")])
    model = covariates.fit(table, segmentation, covariates_, weights=weights)
    ratios = ["odds_ratio", "odds_ratio_low", "odds_ratio_high", "p_value"]
    return model.tests, model.coefficients[ratios].drop(index=covariates.INTERCEPT, level=0, errors="ignore")
