"""The outlook of a report: what all customers may bring, by the forecast that stood the test of the holdout.

A sum is worth what its check is worth. Where the model missed the total of the days kept back, the sum is told with
that error, comes from a simple rule that did better, or is not told.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from segkit.lifecycle.calibration import calibration_error
from segkit.lifecycle.holdout import rules_of_thumb
from segkit.lifecycle.lifetime import yearly
from segkit.lifecycle.models.fitted import mean_discount
from segkit.lifecycle.models.gamma_gamma import GammaGamma
from segkit.words.language import N_

GOOD, ROUGH = 0.10, 0.25
"""Errors of the total up to which a sum is told as it is, and up to which it is told with its error."""
CLOSE, WIDE = 0.05, 0.10
"""Errors of calibration up to which a share of buyers is told as it is, and up to which it is told with its error."""


class Outlook(NamedTuple):
    """Forecasts of the total side by side, and what a report says of them: a sentence and its values."""

    table: pd.DataFrame
    sentence: str
    values: dict[str, Any]


def outlook(total: pd.Series, spend: GammaGamma, summary: pd.DataFrame, errors: pd.DataFrame, horizon: float,
            discount_rate: float = 0.1, margin: float = 1.0, unit_days: float = 7) -> Outlook:
    """What all customers may bring within the horizon, by the model and by two rules of thumb.

    Parameters
    ----------
    total : the row of all customers of `lifetime_total`.
    spend : the fitted "gamma_gamma": rules of thumb foresee purchases, it says what one is worth.
    summary : `summarise`'s table of all purchases.
    errors : `holdout_errors` of the model fitted before the holdout.
    horizon, discount_rate, margin, unit_days : as for `lifetime_total`.

    Returns
    -------
    Outlook. Its `table` is indexed by `predictor`: `total_error`, `hit_share` (in the holdout),
    `total_lifetime_value`, `total_lifetime_value_low`, `total_lifetime_value_high`. A rule's interval takes its own
    error of the holdout for the standard deviation of its next one. A rule is preferred to the model when its error of
    the total is smaller and it judges as many customers rightly. Up to an error of `GOOD` the sum is told, up to
    `ROUGH` with its error, beyond it no sum is.
    """
    rate, level = yearly(discount_rate, unit_days), stats.norm.ppf(0.975)
    each = margin * spend.expected_monetary(summary["repeat_frequency"], summary["repeat_monetary"])
    counts = float(mean_discount(rate, np.asarray(float(horizon))))
    rows = {"model": total[["total_lifetime_value", "total_lifetime_value_low", "total_lifetime_value_high"]].to_list()}
    for name, column in (("status quo", "status_quo_purchases"), ("hiatus rule", "hiatus_purchases")):
        value = counts * float((rules_of_thumb(summary, horizon)[column] * each).sum(min_count=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.exp(level * abs(np.log1p(errors.loc[name, "total_error"])))
        rows[name] = [value, value / reach, value * reach]
    columns = ["total_lifetime_value", "total_lifetime_value_low", "total_lifetime_value_high"]
    table = errors[["total_error", "hit_share"]].join(pd.DataFrame.from_dict(rows, orient="index", columns=columns))
    table = table.rename_axis("predictor")
    return Outlook(table, *_told(table, horizon))


def _told(table: pd.DataFrame, horizon: float) -> tuple[str, dict[str, Any]]:
    model, off = table.loc["model"], table["total_error"].abs()
    rules = table.drop(index="model")
    rules = rules[(off[rules.index] < off["model"]) & (rules["hit_share"] >= model["hit_share"])]
    used = str(off[rules.index].idxmin()) if len(rules) else "model"
    row = table.loc[used]
    values = {"low": row["total_lifetime_value_low"], "high": row["total_lifetime_value_high"], "weeks": int(horizon),
              "error": off[used]}
    if np.isnan(model["total_lifetime_value"]) or np.isnan(off[used]):
        return N_("No sum of what customers will bring is given: there is no forecast that could be tested."), {}
    if off[used] > ROUGH or (np.isnan(values["low"]) and off[used] > GOOD):
        return (N_("No sum of what customers will bring is given: in the days kept back the best forecast missed the "
                   "purchases by {error:percent}. What stands is the order of customers."), {"error": off[used]})
    if used != "model":
        return (N_("The {rule:message} missed the purchases of the days kept back by {error:percent}, the model by "
                   "{missed:percent}: by that rule the customers of today bring {low:money} to {high:money} within "
                   "{weeks:count} weeks."), {**values, "rule": used, "missed": off["model"]})
    if off[used] > GOOD:
        return (N_("The customers of today may bring {low:money} to {high:money} within {weeks:count} weeks: that "
                   "wide, as the model missed the purchases of the days kept back by {error:percent}."), values)
    if np.isnan(values["low"]):
        return (N_("The customers of today are expected to bring {value:money} within {weeks:count} weeks; how far off "
                   "that may be cannot be told."), {"value": row["total_lifetime_value"], "weeks": int(horizon)})
    del values["error"]
    return (N_("The customers of today are expected to bring {value:money} within {weeks:count} weeks; what comes may "
               "lie between {low:money} and {high:money}."), {**values, "value": row["total_lifetime_value"]})


def buyers(answers: pd.DataFrame, model: str, tenths: pd.DataFrame, n_customers: int,
           weeks: float) -> tuple[str, dict[str, Any]]:
    """What a report says of how many customers are expected to buy: a sentence and its values.

    Parameters
    ----------
    answers : what each model says (`selection.foreseen`).
    model : the model taken.
    tenths : its forecasts in the holdout beside what came (`calibration.by_tenth`).
    n_customers : customers of today.
    weeks : how far ahead.

    Returns
    -------
    The sentence holds the range over the models, from an error of `CLOSE` on the error too, and whether all tenths were
    off to the same side; beyond `WIDE` it gives no number of buyers.

    Examples
    --------
    >>> answers = pd.DataFrame({"expected_buyers": [20.0], "expected_buyer_share": [0.2]}, index=["bg_nbd"])
    >>> held = pd.DataFrame({"n_customers": [50, 50], "expected_buyer_share": [0.1, 0.4], "bought_share": [0.02, 0.34]})
    >>> "too high in every tenth" in buyers(answers, "bg_nbd", held, 100, 12)[0]
    True
    """
    off, error = tenths["expected_buyer_share"] - tenths["bought_share"], calibration_error(tenths)
    row, share = answers.reindex([model]).iloc[0], answers["expected_buyer_share"]
    values = {"n": row["expected_buyers"], "all": n_customers, "share": row["expected_buyer_share"],
              "weeks": int(weeks), "low": share.min(), "high": share.max()}
    if np.isnan(error) or np.isnan(row["expected_buyers"]):
        return N_("How many customers will buy again is not told: there is no forecast that could be tested."), {}
    if error > WIDE:
        return (N_("How many customers will buy again is not told: in the weeks kept back such forecasts were off by "
                   "{error:percent} of the customers, on average over tenths."), {"error": error})
    if error > CLOSE and ((off > 0).all() or (off < 0).all()):
        return (N_("About {n:count} of {all:count} customers ({share:percent}) are expected to buy within "
                   "{weeks:count} weeks; the models say {low:percent} to {high:percent}. In the weeks kept back such "
                   "forecasts were too high in every tenth of the customers, by {error:percent} of them on average: "
                   "count on fewer.") if (off > 0).all() else N_(
                    "About {n:count} of {all:count} customers ({share:percent}) are expected to buy within "
                    "{weeks:count} weeks; the models say {low:percent} to {high:percent}. In the weeks kept back such "
                    "forecasts were too low in every tenth of the customers, by {error:percent} of them on average: "
                    "more may come."), {**values, "error": error})
    if error > CLOSE:
        return (N_("About {n:count} of {all:count} customers ({share:percent}) are expected to buy within "
                   "{weeks:count} weeks; the models say {low:percent} to {high:percent}, and in the weeks kept back "
                   "such forecasts were off by {error:percent} of the customers, on average over tenths."),
                {**values, "error": error})
    return (N_("About {n:count} of {all:count} customers ({share:percent}) are expected to buy within {weeks:count} "
               "weeks; the models say {low:percent} to {high:percent}. These are chances: they do not say who."),
            values)
