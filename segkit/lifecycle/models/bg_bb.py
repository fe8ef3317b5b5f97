"""BG/BB: at each of a row of opportunities a customer buys or not, and before each one may be gone for good.

For purchases at set times: a yearly donation, a conference, a season's order. Frequency is the number of
opportunities used, recency the last one used (0 when none), age the number of opportunities there were;
the purchase that made somebody a customer is not among them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from segkit.lifecycle.estimation import Objective, Rows, total
from segkit.lifecycle.models.fitted import PurchaseModel
from segkit.words.errors import DataError, Fault


class BetaBernoulli(PurchaseModel):
    """BG/BB: purchase probabilities are beta (alpha, beta), dropout probabilities beta (gamma, delta).

    The probability of being alive is that of being there at the next opportunity, as in the paper.

    References
    ----------
    Fader, Hardie & Shang (2010), doi:10.1287/mksc.1100.0580.
    """

    NAMES = ("alpha", "beta", "gamma", "delta")

    @classmethod
    def objective(cls, rows: Rows) -> Objective:
        """Log-likelihood and gradient of distinct (frequency, recency, age)."""
        x, recency, age = (c.astype("int64") for c in rows.columns)
        paths = _Paths(x, recency, age)
        weight = rows.weight

        def log_likelihood(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            logs = paths.logs(parameters)
            per_row = paths.summed(logs)
            chance = np.exp(logs - per_row[paths.row])
            chance *= weight[paths.row]
            return float(total(weight, per_row)), np.array([total(chance, s) for s in paths.slopes(parameters)])

        return log_likelihood

    @classmethod
    def starts(cls, rows: Rows) -> list[list[float]]:
        """Where to begin: purchase probabilities around the mean of the customers, dropout rare to frequent."""
        x, _, age = rows.columns
        mean = min(max(float(rows.weight @ x) / max(float(rows.weight @ age), 1.0), 1e-3), 0.9)
        return [[size * more, size * (1 - more), lost, staying] for more in (mean, (1 + mean) / 2)
                for size in (1.0, 4.0) for lost, staying in ((0.5, 1.0), (0.6, 3.0), (1.0, 10.0))]

    @classmethod
    def scales(cls, rows: Rows) -> list[float]:
        """Usual size of each parameter."""
        return [1.0, 1.0, 1.0, 1.0]

    def discounted_if_alive(self, horizon: float, rate: float, frequency: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Purchases expected of somebody alive within `horizon`, the one at opportunity j counted as e^(−rate·j)."""
        alpha, beta, gamma, delta = self.values
        chance = (alpha + frequency) / (alpha + beta + age)
        return chance * _stays(np.asarray(float(horizon)), gamma, delta + age + 1, rate)

    def future_if_alive(self, horizon: float, rate: float, frequency: np.ndarray, age: np.ndarray,
                        rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Purchases at the opportunities the customer is still there for."""
        alpha, beta, gamma, delta = self.values
        leaving = np.maximum(rng.beta(gamma, delta + age + 1), 1e-12)
        there = np.minimum(rng.geometric(leaving), int(horizon))
        counted = np.concatenate([[1.0], np.cumsum(np.exp(-rate * np.arange(1, int(horizon) + 1)))
                                  / np.arange(1, int(horizon) + 1)])
        return rng.binomial(there, rng.beta(alpha + frequency, beta + age - frequency)), counted[there]

    def _alive(self, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> np.ndarray:
        alpha, beta, gamma, delta = self.values
        _check_whole(frequency=x, recency=recency, age=age)
        unique, place = np.unique(np.column_stack([c.ravel() for c in (x, recency, age)]), axis=0, return_inverse=True)
        paths = _Paths(*unique.astype("int64").T)
        x_, _, n = unique.T
        there = (special.betaln(alpha + x_, beta + n - x_) - special.betaln(alpha, beta)
                 + special.betaln(gamma, delta + n + 1) - special.betaln(gamma, delta))
        return np.exp(there - paths.summed(paths.logs(self.values)))[place.ravel()].reshape(x.shape)

    def _bought_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        alpha, beta, gamma, delta = self.values
        return (alpha + x) / (alpha + beta + age) * _stays(duration, gamma, delta + age + 1)

    def _buys_if_alive(self, duration: np.ndarray, x: np.ndarray, age: np.ndarray) -> np.ndarray:
        alpha, beta, gamma, delta = self.values
        _check_whole(duration=duration)
        duration, x, age = np.broadcast_arrays(duration, x, age)
        chance, here = np.zeros(x.shape), (alpha + x) / (alpha + beta + age)
        for j in range(int(duration.max(initial=0))):  # the first purchase is at opportunity j + 1, still there
            chance = chance + np.where(j < duration, here, 0.0)
            here = here * (beta + age - x + j) / (alpha + beta + age + j + 1) * (delta + age + 1 + j) / (
                gamma + delta + age + 1 + j)
        return chance

    def _bought(self, duration: np.ndarray) -> np.ndarray:
        alpha, beta, gamma, delta = self.values
        return alpha / (alpha + beta) * delta / (gamma + delta) * _stays(duration, gamma, np.asarray(delta + 1))


class _Paths:
    """The ways each row can have come about: still there, or gone after the last purchase at each later time."""

    def __init__(self, x: np.ndarray, recency: np.ndarray, age: np.ndarray) -> None:
        ways = age - recency + 1
        self.row = np.repeat(np.arange(len(x)), ways)
        self.first = np.cumsum(ways) - ways
        later = np.arange(len(self.row)) - self.first[self.row]
        self.lived = recency[self.row] + later
        self.gone = (self.lived < age[self.row]).astype("int64")
        self.x = x[self.row]

    def logs(self, parameters: np.ndarray) -> np.ndarray:
        """Logarithm of the chance of each way."""
        alpha, beta, gamma, delta = parameters
        top = int(self.lived.max(initial=0)) + 2
        steps = np.arange(top)
        bought, missed, either, stayed, ended = (special.gammaln(p + steps) for p in (
            alpha, beta, alpha + beta, delta, gamma + delta))
        dropped_out = np.log(gamma) * self.gone
        return (bought[self.x] - bought[0] + missed[self.lived - self.x] - missed[0] - either[self.lived] + either[0]
                + dropped_out + stayed[self.lived] - stayed[0] - ended[self.lived + self.gone] + ended[0])

    def slopes(self, parameters: np.ndarray) -> np.ndarray:
        """Slope of `logs` by each parameter, 4 × ways."""
        alpha, beta, gamma, delta = parameters
        steps = np.arange(int(self.lived.max(initial=0)) + 2)
        bought, missed, either, stayed, ended = (special.digamma(p + steps) - special.digamma(p) for p in (
            alpha, beta, alpha + beta, delta, gamma + delta))
        over = ended[self.lived + self.gone]
        return np.array([bought[self.x] - either[self.lived], missed[self.lived - self.x] - either[self.lived],
                         self.gone / gamma - over, stayed[self.lived] - over])

    def summed(self, logs: np.ndarray) -> np.ndarray:
        """Logarithm of the sum over each row's ways."""
        most = np.maximum.reduceat(logs, self.first)
        return most + np.log(np.add.reduceat(np.exp(logs - most[self.row]), self.first))


def _stays(duration: np.ndarray, gamma: float, delta: np.ndarray, rate: float = 0.0) -> np.ndarray:
    """Opportunities, of the next `duration`, at which somebody there at the first is expected to be there.

    The sum over j < duration of the mean of (1 − dropout)^j, with dropout beta (gamma, delta), discounted.
    """
    _check_whole(duration=duration)
    duration, delta = np.broadcast_arrays(duration, delta)
    sums, here = np.zeros(delta.shape), np.ones(delta.shape)
    for j in range(int(duration.max(initial=0))):
        sums = sums + np.where(j < duration, here * np.exp(-rate * (j + 1)), 0.0)
        here = here * (delta + j) / (gamma + delta + j)
    return sums


def _check_whole(**columns: Any) -> None:
    faults = [Fault(f"`{name}`", "has values that are not whole numbers of opportunities", "count opportunities")
              for name, values in columns.items() if (values != np.round(values)).any()]
    if faults:
        raise DataError(faults, "model 'bg_bb'")
