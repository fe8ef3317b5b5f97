"""What every fitted model of repeat buying or spending can tell: parameters, their errors, and predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from scipy import stats

from segkit.lifecycle.estimation import FLAT_GRADIENT, Objective, Optimum, Rows, collapse, maximise, thinned
from segkit.words.errors import DataError, Fault

PILOT = 4_000
"""Where there are more distinct rows, the starts are followed on about so many of them, and their best on all."""
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
    n_starts, near_best_share : starts followed on all rows, and the share within 0.1 of the best log-likelihood.
    undetermined : parameters at a bound, or for which the likelihood is flat.
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
    def estimate(cls, model: str, rows: Rows, near: FittedModel | None = None) -> Self:
        """The model of the family that makes the rows likeliest, looked for from `near` where that is sure."""
        n = float(rows.weight.sum())
        if near is None and len(rows.weight) > PILOT:
            near = cls.estimate(model, thinned(rows, len(rows.weight) // PILOT + 1))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            starts, inverse = cls.starts(rows), None
            if near is not None and not near.undetermined and np.diag(near.log_covariance).max() < 1:
                starts, inverse = [list(near.values)], near.log_covariance.to_numpy() * near.n_customers
            optimum: Optimum = maximise(cls.objective(rows), starts, cls.scales(rows), n, inverse=inverse)
        names = pd.Index(cls.NAMES, name="parameter")
        lost = tuple(name for name, is_lost in zip(cls.NAMES, optimum.undetermined, strict=True) if is_lost)
        return cls(model, pd.Series(optimum.parameters, names, name="estimate"), optimum.log_likelihood,
                   pd.DataFrame(optimum.covariance, names, names), n, optimum.gradient_norm, optimum.n_starts,
                   optimum.near_best_share, lost)

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

    def at(self, values: np.ndarray) -> Self:
        """The same model with other parameters, as a draw from their sampling distribution has them."""
        return replace(self, params=pd.Series(values, self.params.index, name="estimate"))

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

    def probability_alive(self, frequency: Any, recency: Any, age: Any) -> Any:
        """Probability in [0, 1] that a customer will still buy; a Series where `frequency` is one."""
        columns = numbers(frequency=frequency, recency=recency, age=age)
        return like(frequency, self._alive(*columns), "probability_alive")

    def expected_purchases(self, duration: Any, frequency: Any, recency: Any, age: Any) -> Any:
        """Purchases expected of a customer in the next `duration` units, from what the customer did so far."""
        time, x, recent, old = numbers(duration=duration, frequency=frequency, recency=recency, age=age)
        return like(frequency, self._alive(x, recent, old) * _once_each(self._bought_if_alive, time, x, old),
                    "expected_purchases")

    def probability_of_purchase(self, duration: Any, frequency: Any, recency: Any, age: Any) -> Any:
        """Probability in [0, 1] that a customer buys at least once in the next `duration` units.

        It is what "alive" is not: a thing that can be seen to happen or not, so that it can be held against a holdout.
        """
        time, x, recent, old = numbers(duration=duration, frequency=frequency, recency=recency, age=age)
        return like(frequency, self._alive(x, recent, old) * _once_each(self._buys_if_alive, time, x, old),
                    "probability_of_purchase")

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

    def _buys_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _bought(self, duration: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def future_if_alive(self, horizon: float, rate: float, frequency: np.ndarray, age: np.ndarray,
                        rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """One future drawn for each of these customers, all of them alive.

        Returns
        -------
        Purchases within `horizon`, and what a purchase counts for on average when one at time t counts e^(−rate·t).
        """
        raise NotImplementedError


def _once_each(told: Callable[..., np.ndarray], *columns: np.ndarray) -> np.ndarray:
    """What is told of each row, asked once of those that are the same."""
    if columns[0].size <= PILOT or columns[0].ndim != 1:
        return told(*columns)
    rows = collapse(columns, np.ones(columns[0].shape))
    return told(*rows.columns)[rows.row]


def mean_discount(rate: float, time: np.ndarray) -> np.ndarray:
    """Mean of e^(−rate·t) over t from 0 to `time`.

    Examples
    --------
    >>> mean_discount(0.1, np.array([0.0, 10.0])).round(4).tolist()
    [1.0, 0.6321]
    """
    passed = rate * time
    return np.where(passed > 0, -np.expm1(-passed) / np.where(passed > 0, passed, 1.0), 1.0)


def numbers(**columns: Any) -> list[np.ndarray]:
    """The columns as arrays of one shape, or one report of what is missing, negative or out of step."""
    arrays = {name: plain(name, values) for name, values in columns.items()}
    faults = [Fault(f"`{name}`", f"{int(bad.sum()):,} values are missing, infinite or negative", "correct these rows")
              for name, values in arrays.items() if (bad := ~np.isfinite(values) | (values < 0)).any()]
    if faults:
        raise DataError(faults, "prediction")
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"`{name}` {values.shape}" for name, values in arrays.items())
        raise DataError([Fault("prediction", f"the columns differ in length: {shapes}")]) from None


def plain(name: str, values: Any) -> np.ndarray:
    """A column as floats.

    Raises
    ------
    DataError
        When it holds days or lengths of time, which NumPy would count in nanoseconds.
    TypeError, ValueError
        When it holds anything else that is no number.
    """
    kind = getattr(values, "dtype", None)
    if kind is None:
        kind = np.asarray(values).dtype
    if pd.api.types.is_datetime64_any_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        raise DataError([Fault(f"`{name}`", f"holds days or lengths of time ({kind}), not numbers",
                               "give counts, and times in one unit such as weeks (`summarise` does)")])
    return np.asarray(values, dtype=float)


def like(given: Any, values: np.ndarray, name: str) -> Any:
    """A Series for a Series, a number for a number, otherwise an array."""
    if isinstance(given, pd.Series):
        return pd.Series(values, given.index, name=name)
    return float(values) if np.ndim(values) == 0 else values
