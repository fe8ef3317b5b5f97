"""What every fitted model of repeat buying or spending can tell: parameters, their errors, and predictions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import stats

from segkit.lifecycle.estimation import FLAT_GRADIENT, Objective, Optimum, Rows, maximise
from segkit.words.errors import DataError, Fault

TIME_STRETCH = 8.0
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(12)
TIME_NODES, TIME_WEIGHTS = (_POINTS + 1) / 2, _WEIGHTS / 2


@dataclass(frozen=True)
class FittedModel:
    """A model with its maximum likelihood estimates.

    Attributes
    ----------
    model : name of the model, as `segkit.lifecycle.value.fit` takes it.
    params : Series, the estimates by the names the field gives them.
    log_likelihood : log-likelihood at the estimates.
    log_covariance : DataFrame, sampling covariance of the logarithms of the parameters, from the Hessian;
        missing where the data leave a parameter undetermined.
    n_customers : customers the model was fitted to (total weight).
    gradient_norm : largest slope of the mean log-likelihood by a log parameter, 0 at a perfect maximum.
    n_starts, near_best_share : starts followed, and the share within 0.1 of the best log-likelihood.
    undetermined : parameters at a bound, or for which the likelihood is flat.
    digits : how exactly expected purchases are known, where they take a quadrature.
    """

    model: str
    params: pd.Series
    log_likelihood: float
    log_covariance: pd.DataFrame
    n_customers: float
    gradient_norm: float
    n_starts: int
    near_best_share: float
    undetermined: tuple[str, ...]
    digits: int = 10

    NAMES: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def objective(cls, rows: Rows) -> Objective:
        """Log-likelihood and gradient of the distinct rows."""
        raise NotImplementedError

    @classmethod
    def starts(cls, rows: Rows) -> list[list[float]]:
        """Where to begin."""
        raise NotImplementedError

    @classmethod
    def scales(cls, rows: Rows) -> list[float]:
        """Usual size of each parameter."""
        raise NotImplementedError

    @classmethod
    def estimate(cls, model: str, rows: Rows) -> Self:
        """The model of the family that makes the rows likeliest."""
        n = float(rows.weight.sum())
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found: Optimum = maximise(cls.objective(rows), cls.starts(rows), cls.scales(rows), n)
        names = pd.Index(cls.NAMES, name="parameter")
        lost = tuple(name for name, is_lost in zip(cls.NAMES, found.undetermined, strict=True) if is_lost)
        return cls(model, pd.Series(found.parameters, names, name="estimate"), found.log_likelihood,
                   pd.DataFrame(found.covariance, names, names), n, found.gradient_norm, found.n_starts,
                   found.near_best_share, lost)

    @property
    def values(self) -> np.ndarray:
        """The estimates in the order of the model's names."""
        return self.params.to_numpy()

    @property
    def converged(self) -> bool:
        """Whether the fit ended where the log-likelihood is flat in every direction."""
        return bool(self.gradient_norm < FLAT_GRADIENT)

    @property
    def standard_errors(self) -> pd.Series:
        """Standard error of each parameter on its own scale, by the delta method."""
        errors = self.params * np.sqrt(np.diag(self.log_covariance))
        return errors.rename("standard_error")

    def parameters(self, level: float = 0.95) -> pd.DataFrame:
        """Estimate, standard error and interval of each parameter, a row each.

        The interval is symmetric on the logarithm, so that it never reaches below 0.
        """
        reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(np.diag(self.log_covariance))
        return pd.DataFrame({"estimate": self.params, "standard_error": self.standard_errors,
                             "low": self.params * np.exp(-reach), "high": self.params * np.exp(reach)})

    @property
    def summary(self) -> pd.DataFrame:
        """The fit in one row.

        `purchase_model`, `log_likelihood`, `n_parameters`, `aic`, `bic`, `n_customers`, `is_converged`,
        `gradient_norm`, `undetermined` (names, "" when none), `n_starts`, `near_best_share`.
        """
        k = len(self.params)
        return pd.DataFrame({
            "purchase_model": [self.model], "log_likelihood": [self.log_likelihood], "n_parameters": [k],
            "aic": [2 * k - 2 * self.log_likelihood],
            "bic": [k * np.log(self.n_customers) - 2 * self.log_likelihood],
            "n_customers": [self.n_customers], "is_converged": [self.converged],
            "gradient_norm": [self.gradient_norm], "undetermined": [", ".join(self.undetermined)],
            "n_starts": [self.n_starts], "near_best_share": [self.near_best_share]})

    def at(self, values: np.ndarray, digits: int = 10) -> Self:
        """The same model with other parameters, as a draw from their sampling distribution has them."""
        return replace(self, params=pd.Series(values, self.params.index, name="estimate"), digits=digits)

    def draws(self, n_draws: int, random_state: int | np.random.SeedSequence | None = None) -> np.ndarray:
        """Parameters drawn from the sampling distribution of the estimates, n_draws × parameters.

        Raises
        ------
        DataError
            When the data leave a parameter undetermined, so that its distribution is not known.
        """
        if self.log_covariance.isna().any(axis=None):
            raise DataError([Fault(f"model {self.model!r}", "leaves undetermined how sure its parameters are: "
                                   f"{', '.join(self.undetermined)}",
                                   "take more customers, another model, or no interval (`n_draws=0`)")])
        rng = np.random.default_rng(random_state)
        drawn = rng.multivariate_normal(np.log(self.values), self.log_covariance.to_numpy(), n_draws, method="eigh")
        return np.exp(drawn)


class PurchaseModel(FittedModel):
    """A model of how often customers buy and whether they still do.

    Frequency is the number of repeat purchases, recency the time from the first purchase to the last, age
    the time from the first purchase to the end of the observation; all in the units of the fit.
    """

    IS_SMOOTH: ClassVar[bool] = True
    """Whether frequency and age may lie between whole numbers."""

    def probability_alive(self, frequency: Any, recency: Any, age: Any) -> Any:
        """Probability in [0, 1] that a customer will still buy; a Series where `frequency` is one."""
        columns = numbers(frequency=frequency, recency=recency, age=age)
        return like(frequency, self._alive(*columns), "probability_alive")

    def expected_purchases(self, duration: Any, frequency: Any, recency: Any, age: Any) -> Any:
        """Purchases expected of a customer in the next `duration` units, from what the customer did so far."""
        time, x, recent, old = numbers(duration=duration, frequency=frequency, recency=recency, age=age)
        return like(frequency, self._alive(x, recent, old) * self._bought_if_alive(time, x, old),
                     "expected_purchases")

    def expected_total(self, duration: Any) -> Any:
        """Repeat purchases expected of a new customer in the first `duration` units."""
        (time,) = numbers(duration=duration)
        return like(duration, self._bought(time), "expected_purchases")

    def discounted_if_alive(self, horizon: float, rate: float, frequency: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Purchases expected of somebody alive within `horizon`, one at time t counted as e^(−rate·t).

        By parts, so that only expected purchases are asked for: at the horizon, and on the nodes of a
        Gauss–Legendre quadrature over the logarithm of time.
        """
        if rate == 0:
            return self._bought_if_alive(np.asarray(horizon), frequency, age)
        reach = np.log1p(TIME_STRETCH)
        time = horizon / TIME_STRETCH * np.expm1(reach * TIME_NODES)
        weight = TIME_WEIGHTS * reach * (horizon / TIME_STRETCH + time) * rate * np.exp(-rate * time)
        bought = self._bought_if_alive(np.append(time, horizon)[:, None], frequency[None], age[None])
        return (np.append(weight, np.exp(-rate * horizon))[:, None] * bought).sum(axis=0)

    def _alive(self, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _bought_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _bought(self, duration: np.ndarray) -> np.ndarray:
        raise NotImplementedError


def numbers(**columns: Any) -> list[np.ndarray]:
    """The columns as arrays of one shape, or one report of what is missing, negative or out of step."""
    arrays = {name: np.asarray(values, dtype=float) for name, values in columns.items()}
    faults = [Fault(f"`{name}`", f"{int(bad.sum()):,} values are missing, infinite or negative", "correct these rows")
              for name, values in arrays.items() if (bad := ~np.isfinite(values) | (values < 0)).any()]
    if faults:
        raise DataError(faults, "prediction")
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"`{name}` {values.shape}" for name, values in arrays.items())
        raise DataError([Fault("prediction", f"the columns differ in length: {shapes}")]) from None


def like(given: Any, values: np.ndarray, name: str) -> Any:
    """A Series for a Series, a number for a number, otherwise an array."""
    if isinstance(given, pd.Series):
        return pd.Series(values, given.index, name=name)
    return float(values) if np.ndim(values) == 0 else values
