"""Which model of repeat buying: several are fitted and held against the holdout, and the rest of a report uses one.

Models that fit the same data equally well say different things of what comes. None is right by itself: the one is
taken that came closest in days it had not seen, and what the others say is shown as a range.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from segkit.lifecycle import calibration
from segkit.lifecycle.holdout import holdout_errors
from segkit.lifecycle.models.fitted import PurchaseModel
from segkit.words.errors import check_option
from segkit.words.language import N_

NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}
"""The models that are compared, and how they are written."""
LEVEL = 1.01
"""Errors up to this multiple of the smallest one are level with it."""


class Choice(NamedTuple):
    """The model taken, and why in a sentence with its values."""

    model: str
    sentence: str
    values: dict[str, Any]


def compare(models: Mapping[str, PurchaseModel], summary: pd.DataFrame) -> pd.DataFrame:
    """Models of repeat buying held against the same holdout.

    Parameters
    ----------
    models : models by name, each fitted to what was bought before the holdout.
    summary : `summarise`'s table with a `calibration_end`.

    Returns
    -------
    DataFrame indexed by `purchase_model`: `total_error`, `mean_absolute_error`, `root_mean_squared_error`, `hit_share`
    (as in `holdout_errors`), `calibration_error` (`calibration.calibration_error` of tenths) and `undetermined`.
    Missing for a model that was not fitted.
    """
    rows = {}
    for name, model in models.items():
        off = holdout_errors(model, summary).loc["model"]
        shares = calibration.by_tenth(model, summary, purchases=False)
        rows[name] = {**off[["total_error", "mean_absolute_error", "root_mean_squared_error", "hit_share"]],
                      "calibration_error": calibration.calibration_error(shares),
                      "undetermined": ", ".join(model.undetermined)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("purchase_model")


def choose(compared: pd.DataFrame, wanted: str | None = None) -> Choice:
    """The model to go on with: the one asked for, or the one with the smallest holdout error.

    Parameters
    ----------
    compared : `compare`'s table.
    wanted : name of a model that a study sets.

    Returns
    -------
    Choice: `model`, and `sentence` with `values`, which tell why. The error is the root mean squared error of the
    purchases of each customer: it is smallest in the mean for who foresees the mean, while the mean absolute error
    favours forecasts of nothing. Models whose error is at most 1 % larger are named beside it. A model that leaves a
    parameter undetermined is taken only when all do. Of equals the first is taken.

    Raises
    ------
    SegkitError
        When the model asked for is none of `NAMES`.

    Examples
    --------
    >>> compared = pd.DataFrame({"root_mean_squared_error": [1.2, 1.1, 1.0], "undetermined": ["", "", "s, beta"]},
    ...                         ["bg_nbd", "mbg_nbd", "pareto_nbd"])
    >>> choose(compared).model, choose(compared, "bg_nbd").model
    ('mbg_nbd', 'bg_nbd')
    """
    errors = compared["root_mean_squared_error"].dropna()
    sure = errors[compared.loc[errors.index, "undetermined"] == ""]
    best = str((errors if sure.empty else sure).idxmin()) if len(errors) else str(compared.index[0])
    taken = wanted or best
    check_option("model", taken, NAMES)
    values = {"taken": NAMES[taken], "best": NAMES[best]}
    if errors.empty:
        return Choice(taken, N_("No model could be held against the last part of the data."), {})
    if wanted and wanted != best:
        return Choice(taken, N_("The study sets the model {taken}. In the weeks kept back {best} came closest to what "
                                "each customer bought."), values)
    if len(errors) > len(sure) > 0:
        return Choice(taken, N_("{taken} is taken: of the models whose parameters the data determine, it came closest "
                                "to what each customer bought in the weeks kept back."), values)
    level = [NAMES[m] for m, error in errors.items() if m != best and error <= LEVEL * errors[best]]
    if level:
        return Choice(taken, N_("{taken} is taken: it came closest to what each customer bought in the weeks kept "
                                "back, though hardly closer than {others}."), {**values, "others": ", ".join(level)})
    return Choice(taken, N_("{taken} is taken: it came closest to what each customer bought in the weeks kept back."),
                  values)


def foreseen(models: Mapping[str, PurchaseModel], summary: pd.DataFrame, duration: float) -> pd.DataFrame:
    """What each model says of the customers of today: the range of an answer that no data settle.

    Parameters
    ----------
    models : models by name, fitted to all that was bought.
    summary : `summarise`'s table.
    duration : how far ahead, in the unit of the models.

    Returns
    -------
    DataFrame indexed by `purchase_model`: `expected_buyers` (of how many customers a purchase within `duration` is
    expected), `expected_buyer_share`, `expected_purchases` (of all customers), `probability_alive` (mean). Without a
    row for a model that was not fitted.
    """
    history = [summary[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]
    rows = {}
    for name, model in models.items():
        buys = model.probability_of_purchase(duration, *history)
        rows[name] = {"expected_buyers": buys.sum(min_count=1), "expected_buyer_share": buys.mean(),
                      "expected_purchases": model.expected_purchases(duration, *history).sum(min_count=1),
                      "probability_alive": model.probability_alive(*history).mean()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("purchase_model").dropna(how="all")
