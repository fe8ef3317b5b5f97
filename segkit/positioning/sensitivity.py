"""How segments answer to a price: a model for each, and whether they differ by more than chance (S7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from segkit.positioning import elasticity, panel
from segkit.words.errors import DataError, check_columns
from segkit.words.language import N_

SURE = 0.05
TOLD, NOT_TOLD = N_("own model"), N_("no model: too few choices, or a price that cannot be told apart")
DIFFER = N_("Segments answer to a price differently, by more than chance: “{most:segment}” most (one percent more on a "
            "price costs a brand {high:decimal}% of its choices there, on average), “{least:segment}” least "
            "({low:decimal}%).")
ALIKE = N_("Segments cannot be told apart by how they answer to a price: with as many households, segments that are "
           "alike differ as much in {p:percent} of cases.")
NONE = N_("No segments are known, or fewer than two have a model of their own.")


class Sensitivity(NamedTuple):
    """`table` by segment, `own` elasticities by segment and brand, the test (`statistic`, `df`, `p_value`), and what
    to say: `sentence` takes the `values`."""

    table: pd.DataFrame
    own: pd.DataFrame
    statistic: float
    df: int
    p_value: float
    sentence: str
    values: dict[str, Any]


def by_segment(choices: pd.DataFrame, variables: Sequence[str], price: str, segment: pd.Series) -> Sensitivity:
    """A logit for each segment, and a test of whether the coefficients of a price are all the same.

    Parameters
    ----------
    choices : as `panel.load` gives them.
    variables : of the models.
    price : the one whose coefficients are compared.
    segment : group of each customer, indexed by customer; customers without one are left out.

    Returns
    -------
    Sensitivity. Its `table` is indexed by `segment`, the most sensitive first and those without a model last:
    `n_customers`, `n_choices`, `coefficient` of the price with its 95 % interval, `elasticity`, `elasticity_low` and
    `elasticity_high` (own elasticity, mean over brands by their expected choices, delta method), `verdict`. `own` holds
    the own elasticity of each brand in each segment: `segment`, `brand`, `elasticity` and its ends. The test is
    Cochran's: Σ (b − b̄)² / se², χ² with one degree of freedom less than there are segments; segments have no household
    in common, so their estimates are independent.

    Raises
    ------
    DataError
        When the price is no variable.

    References
    ----------
    Cochran (1954), Biometrics 10(1), 101–129, doi:10.2307/3001666.
    """
    check_columns([price], variables, "the variables")
    choices = choices.assign(segment=choices["customer_id"].map(segment))
    rows, own_elasticities = [], []
    for name, part in choices.dropna(subset="segment").groupby("segment", sort=True):
        part = part[part.groupby("brand")["chosen"].transform("sum") > 0]
        part = part[(part.groupby("occasion")["chosen"].transform("sum") == 1)
                    & (part.groupby("occasion")["brand"].transform("size") > 1)]
        row = {"segment": name, "n_customers": part["customer_id"].nunique(), "n_choices": part["occasion"].nunique(),
               "verdict": NOT_TOLD}
        fitted = _fitted(part, variables)
        if fitted is not None and fitted.told.loc[price, "verdict"] == panel.TOLD:
            coefficient = fitted.model.coefficients.loc[price]
            e = elasticity.elasticities(fitted.model, part, price)
            e = e[e["changed_brand"] == e["brand"]].assign(segment=name)
            own_elasticities.append(e[["segment", "brand", "elasticity", "elasticity_low", "elasticity_high"]])
            mean = elasticity.mean_own(fitted.model, part, price)
            row |= {c: coefficient[c] for c in ("coefficient", "coefficient_low", "coefficient_high", "standard_error")}
            row |= dict(zip(("elasticity", "elasticity_low", "elasticity_high"), mean, strict=True), verdict=TOLD)
        rows.append(row)
    columns = ["segment", "n_customers", "n_choices", "coefficient", "coefficient_low", "coefficient_high",
               "standard_error", "elasticity", "elasticity_low", "elasticity_high", "verdict"]
    table = pd.DataFrame(rows, columns=columns).set_index("segment").sort_values("coefficient", kind="stable")
    elasticities = pd.concat(own_elasticities, ignore_index=True) if own_elasticities else pd.DataFrame(
        columns=["segment", "brand", "elasticity", "elasticity_low", "elasticity_high"])
    return Sensitivity(table.drop(columns="standard_error"), elasticities, *_tested(table.dropna(subset="coefficient")))


def _fitted(part: pd.DataFrame, variables: Sequence[str]) -> panel.Fitted | None:
    try:
        return panel.fit(part, variables) if len(part) else None
    except DataError:
        return None


def _tested(table: pd.DataFrame) -> tuple[float, int, float, str, dict[str, Any]]:
    if len(table) < 2:
        return np.nan, 0, np.nan, NONE, {}
    b, weight = table["coefficient"].to_numpy(float), table["standard_error"].to_numpy(float) ** -2.0
    statistic = float((weight * (b - np.average(b, weights=weight)) ** 2).sum())
    p = float(stats.chi2.sf(statistic, len(b) - 1))
    if p > SURE:
        return statistic, len(b) - 1, p, ALIKE, {"p": p}
    by = table["elasticity"]
    return statistic, len(b) - 1, p, DIFFER, {"most": str(by.idxmin()), "high": -float(by.min()),
                                              "least": str(by.idxmax()), "low": -float(by.max())}
