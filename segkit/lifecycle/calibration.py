"""Calibration: whether what a model foresaw of customers came as often as it said, in a holdout.

A forecast of 30 % is right when of the customers who got it about 30 % buy. What a model says of the word "alive" can
never be seen; whether somebody bought in the weeks kept back can.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from segkit.lifecycle.holdout import NEEDED
from segkit.lifecycle.lifetime import Futures, tenths
from segkit.lifecycle.models.fitted import FittedModel, PurchaseModel
from segkit.lifecycle.models.gamma_gamma import GammaGamma
from segkit.lifecycle.null_model import Unfitted
from segkit.words.errors import DataError, Fault, check_columns


def by_tenth(model: FittedModel, summary: pd.DataFrame, purchases: bool = True) -> pd.DataFrame:
    """Customers in tenths by the forecast of whether they buy in the holdout, beside what they did.

    Parameters
    ----------
    model : a model of repeat buying, fitted to what was bought before the holdout.
    summary : `summarise`'s table with a `calibration_end`.
    purchases : whether to tell numbers of purchases, too.

    Returns
    -------
    DataFrame indexed by `tenth` (1 with the highest forecasts; equal forecasts share a tenth, so that there may be
    fewer): `n_customers`, `expected_buyer_share` (mean probability of a purchase in the holdout), `bought_share` with
    a 95 % Wilson interval `bought_low`, `bought_high`, and purchases of a customer on average, `expected_purchases`
    and `actual_purchases`. Without rows where the model was not fitted.

    Raises
    ------
    DataError
        No model of repeat buying, or no holdout in the table.
    """
    check_columns(NEEDED, summary.columns, "`summary` (made with a `calibration_end`)")
    if not isinstance(model, PurchaseModel):
        raise DataError([Fault("`model`", "is no fitted model of repeat buying", "take one that `fit` gave")])
    history = [summary[c].to_numpy(dtype=float) for c in NEEDED[:3]]
    ahead, actual = (summary[c].to_numpy(dtype=float) for c in ("holdout_age", "holdout_frequency"))
    foreseen = pd.DataFrame({"expected_buyer_share": model.probability_of_purchase(ahead, *history),
                             "bought_share": actual > 0}, summary.index)
    if purchases:
        foreseen["expected_purchases"] = model.expected_purchases(ahead, *history)
        foreseen["actual_purchases"] = actual
    if isinstance(model, Unfitted):
        grouped = foreseen.iloc[:0].groupby(pd.Series(dtype="int64", name="tenth"))
    else:
        grouped = foreseen.groupby(tenths(foreseen["expected_buyer_share"]))
    table, n = grouped.mean().astype(float), grouped.size()
    low, high = proportion_confint((table["bought_share"] * n).round(), n, method="wilson")
    table.insert(0, "n_customers", n)
    table.insert(3, "bought_low", low)
    table.insert(4, "bought_high", high)
    return table


def calibration_error(tenths: pd.DataFrame) -> float:
    """Mean distance between forecast and outcome over the tenths (`by_tenth`), in [0, 1]; missing without rows.

    Examples
    --------
    >>> table = pd.DataFrame({"n_customers": [10, 30], "expected_buyer_share": [0.5, 0.1], "bought_share": [0.7, 0.1]})
    >>> round(calibration_error(table), 3)
    0.05
    """
    if tenths.empty:
        return float("nan")
    off = (tenths["expected_buyer_share"] - tenths["bought_share"]).abs()
    return float(np.average(off, weights=tenths["n_customers"]))


def spending(purchases_model: PurchaseModel, spend_model: GammaGamma, summary: pd.DataFrame, level: float = 0.95,
             n_draws: int = 100, random_state: int | None = None) -> pd.DataFrame:
    """What all customers together spent in the holdout, and between which sums it should have come.

    Parameters
    ----------
    purchases_model, spend_model : models fitted to what was bought before the holdout.
    summary : `summarise`'s table with a `calibration_end` and amounts.
    level : probability the interval stands for.
    n_draws : futures drawn, at least 2.
    random_state : seed.

    Returns
    -------
    DataFrame of one row, `level` in its name: `foreseen_monetary` (the middle of the futures), `foreseen_low`,
    `foreseen_high`, `holdout_monetary` (what came), `total_error` (foreseen over what came, less 1), `model_error`.
    Without a row where a model was not fitted, or nothing was spent. A model that leaves a parameter undetermined has
    no futures: `foreseen_monetary` is then the expectation, without ends, and all of e is taken for `model_error`.

    Notes
    -----
    With e the logarithm of what came over what was foreseen, and s the standard deviation of the logarithm of the
    futures, e² is s² on average where the model fits. The rest, √(e² − s²) or 0, is `model_error`: by how much the
    model itself misses a total. It is one observation of an error that may go the other way next time; so it widens
    the intervals of totals in both directions (`lifetime_total`), and corrects no forecast.
    """
    needed = (*NEEDED[:3], "repeat_monetary", "holdout_age", "holdout_monetary")
    check_columns(needed, summary.columns, "`summary` (made with a `calibration_end`)")
    columns = ["foreseen_monetary", "foreseen_low", "foreseen_high", "holdout_monetary", "total_error", "model_error"]
    actual = float((100 * summary["holdout_monetary"]).round().sum() / 100)
    if isinstance(purchases_model, Unfitted) or isinstance(spend_model, Unfitted) or actual <= 0:
        return pd.DataFrame(columns=columns, dtype=float)
    if not isinstance(purchases_model, PurchaseModel) or not isinstance(spend_model, GammaGamma):
        raise DataError([Fault("the models", "are not one of repeat buying and a 'gamma_gamma'", "take two `fit` "
                                                                                                 "gave")])
    history = tuple(summary[c].to_numpy(dtype=float) for c in needed[:4])
    ahead = float(summary["holdout_age"].max())
    if purchases_model.undetermined or spend_model.undetermined:
        x, *_, mean = history
        middle = float((purchases_model.expected_purchases(ahead, *history[:3])
                        * spend_model.expected_monetary(x, mean)).sum())
        low = high = variance = np.nan
    else:
        futures = Futures(purchases_model, spend_model, history, ahead, 0.0, 1.0, n_draws, random_state)
        drawn = np.array([value.sum() for _, value in futures.draws()])
        middle, low, high = np.quantile(drawn, [0.5, (1 - level) / 2, (1 + level) / 2])
        variance = np.log(np.maximum(drawn, 0.01)).var(ddof=1)
    missed = np.log(actual / middle) if middle > 0 else np.nan
    beyond = float(np.sqrt(max(0.0, missed**2 - np.nan_to_num(variance))))
    return pd.DataFrame([[middle, low, high, actual, middle / actual - 1, beyond]], columns=columns)


def model_error(spent: pd.DataFrame) -> float:
    """The `model_error` of `spending`, 0 where nothing is known of it."""
    known = spent["model_error"].dropna()
    return float(known.iloc[0]) if len(known) else 0.0
