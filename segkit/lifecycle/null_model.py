"""What stands for a model where too few customers bought again to fit one: it knows nothing, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segkit.lifecycle.models.fitted import FittedModel, PurchaseModel, like, numbers
from segkit.lifecycle.models.gamma_gamma import GammaGamma
from segkit.words.language import N_

TOO_FEW = N_("Too few customers bought again to fit a model; what would rest on one is left out.")
NO_MEAN = N_("The amounts are so uneven that the model of spending has no mean: a few of them decide everything. What "
             "would rest on it is left out; look at the largest amounts.")
NOT_FOUND = N_("A model could not be fitted to these purchases; what would rest on it is left out.")
FITTED = N_("A model of repeat buying and one of spending could be fitted.")


@dataclass(frozen=True)
class Unfitted(FittedModel):
    """A model without estimates: every prediction is missing, every parameter undetermined; `reason` tells why."""

    reason: str = TOO_FEW

    @classmethod
    def of(cls, model: str, family: type[FittedModel], n: float, reason: str = TOO_FEW) -> FittedModel:
        """What stands for a model of the family, for `n` customers."""
        kind = UnfittedSpend if issubclass(family, GammaGamma) else UnfittedPurchases
        names, missing = pd.Index(family.NAMES, name="parameter"), float("nan")
        return kind(model, pd.Series(missing, names, name="estimate"), missing,
                    pd.DataFrame(missing, names, names), n, missing, 0, missing, tuple(names), reason)

    def parameters(self, level: float = 0.95) -> pd.DataFrame:
        """The columns of a fitted model's table, without a row."""
        return super().parameters(level).iloc[:0]


class UnfittedPurchases(Unfitted, PurchaseModel):
    """A model of repeat buying that was not fitted."""

    def _alive(self, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
        return _missing(x, recency, age)

    def _bought_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        return _missing(duration, x, age)

    def _buys_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        return _missing(duration, x, age)

    def _bought(self, duration: np.ndarray) -> np.ndarray:
        return _missing(duration)


class UnfittedSpend(Unfitted, GammaGamma):
    """A model of spending that was not fitted."""

    def expected_monetary(self, frequency: Any, monetary: Any) -> Any:
        """Missing for every customer."""
        return like(frequency, _missing(*numbers(frequency=frequency, monetary=monetary)), "expected_monetary")


def told(*models: FittedModel) -> str:
    """Whether all of these models were fitted, or why not, as a message id."""
    reasons = [m.reason for m in models if isinstance(m, Unfitted)]
    return reasons[0] if reasons else FITTED


def _missing(*columns: np.ndarray) -> np.ndarray:
    return np.full(np.broadcast_shapes(*(np.shape(c) for c in columns)), np.nan)
