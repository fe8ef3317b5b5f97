"""What may come: whole futures of customers, drawn from the fitted models.

A forecast is unsure for three reasons: the parameters are estimates, whether and how often a customer buys is chance,
and so is what is spent. Each future draws all three: parameters from the sampling distribution of the estimates,
whether a customer is still there, the customer's own rate and dropout from what was seen of the customer, purchases
from these, and amounts from the customer's own level of spending.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segkit.lifecycle import estimation
from segkit.lifecycle.models.fitted import PurchaseModel
from segkit.lifecycle.models.gamma_gamma import GammaGamma

MANY, PER_DRAW = 5_000, 8
"""From so many customers on so many futures share a draw of the parameters: those are then known well."""
MOST_DRAWS = 200
"""Draws of the parameters that any number of futures may ask for."""


@dataclass(frozen=True)
class Futures:
    """Futures of customers within a horizon.

    Attributes
    ----------
    purchases, spend : fitted models of repeat buying and of spending.
    history : repeat purchases, time of the last one, age and mean amount of each customer.
    horizon : how far to look, in the unit of the models.
    rate : what money at time t counts: e^(−rate·t).
    margin : part of the amount that is kept.
    n_draws : number of futures.
    random_state : seed.
    """

    purchases: PurchaseModel
    spend: GammaGamma
    history: tuple[np.ndarray, ...]
    horizon: float
    rate: float
    margin: float
    n_draws: int
    random_state: int | None = None

    def draws(self, part: slice = slice(None)) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Future by future, who of these customers buys, as places in `part`, and the value of what they buy.

        The same seed draws the same parameters whatever the part, and other chances for another part.
        """
        x, recency, age, mean = (c[part] for c in self.history)
        of_purchases, of_spend, chance = np.random.SeedSequence(self.random_state).spawn(3)
        shared = max(PER_DRAW if len(self.history[0]) >= MANY else 1, -(-self.n_draws // MOST_DRAWS))
        n = -(-self.n_draws // shared)
        drawn = zip(self.purchases.draws(n, of_purchases), self.spend.draws(n, of_spend), strict=True)
        rng = np.random.default_rng([*chance.generate_state(4), part.start or 0])
        rows = estimation.collapse([x, recency, age], np.ones(len(x)))
        for at, (purchases, spend) in enumerate((self.purchases.at(a), self.spend.at(b)) for a, b in drawn):
            alive = purchases.probability_alive(*rows.columns)[rows.row]
            for _ in range(min(shared, self.n_draws - at * shared)):
                there = np.flatnonzero(rng.random(len(x)) < alive)
                n_bought, discount = purchases.future_if_alive(self.horizon, self.rate, x[there], age[there], rng)
                some = np.flatnonzero(n_bought)
                who = there[some]
                amount = spend.future(n_bought[some], x[who], mean[who], rng)
                yield who, self.margin * discount[some] * amount

    def table(self, part: slice = slice(None)) -> np.ndarray:
        """The futures of these customers, draws × customers."""
        futures = np.zeros((self.n_draws, len(self.history[0][part])))
        for row, (who, value) in zip(futures, self.draws(part), strict=True):
            row[who] = value
        return futures


def interval(drawn: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends between which a part `level` of the draws of each column lies.

    Where buying nothing is likelier than half of the rest, the interval begins at 0 and all of the rest lies above it;
    otherwise half of the rest lies on either side.

    Examples
    --------
    >>> low, high = interval(np.array([[0.0, 1.0], [0.0, 2.0], [9.0, 3.0], [9.5, 4.0]]), 0.5)
    >>> low.tolist(), high.tolist()
    ([0.0, 1.75], [4.5, 3.25])
    """
    tail = (1 - level) / 2
    both = np.quantile(drawn, [tail, 1 - tail, level], axis=0)
    nothing = (drawn <= 0).mean(axis=0) >= tail
    return np.where(nothing, 0.0, both[0]), np.where(nothing, both[2], both[1])
