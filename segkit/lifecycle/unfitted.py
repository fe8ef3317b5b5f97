"""What stands for a model where too few customers bought again to fit one: it knows nothing, and says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from segkit.lifecycle.models.fitted import FittedModel, PurchaseModel, like, numbers
from segkit.lifecycle.models.gamma_gamma import GammaGamma


class Unfitted(FittedModel):
    """A model without estimates: every prediction is missing, every parameter undetermined."""

    @classmethod
    def of(cls, model: str, family: type[FittedModel], n: float) -> FittedModel:
        """What stands for a model of the family, for `n` customers."""
        kind = UnfittedSpend if issubclass(family, GammaGamma) else UnfittedPurchases
        names, missing = pd.Index(family.NAMES, name="parameter"), float("nan")
        return kind(model, pd.Series(missing, names, name="estimate"), missing,
                    pd.DataFrame(missing, names, names), n, missing, 0, missing, tuple(names))

    def parameters(self, level: float = 0.95) -> pd.DataFrame:
        """The columns of a fitted model's table, without a row."""
        return super().parameters(level).iloc[:0]


class UnfittedPurchases(Unfitted, PurchaseModel):
    """A model of repeat buying that was not fitted."""

    def _alive(self, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
        return _missing(x, recency, age)

    def _bought_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        return _missing(duration, x, age)

    def _bought(self, duration: np.ndarray) -> np.ndarray:
        return _missing(duration)


class UnfittedSpend(Unfitted, GammaGamma):
    """A model of spending that was not fitted."""

    def expected_monetary(self, frequency: Any, monetary: Any) -> Any:
        """Missing for every customer."""
        return like(frequency, _missing(*numbers(frequency=frequency, monetary=monetary)), "expected_monetary")


def _missing(*columns: np.ndarray) -> np.ndarray:
    return np.full(np.broadcast_shapes(*(np.shape(c) for c in columns)), np.nan)
