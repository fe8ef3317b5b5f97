"""Gamma-Gamma: what a customer spends per purchase, drawn towards the mean of all where purchases are few."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from segkit.lifecycle.estimation import Objective, Rows, total
from segkit.lifecycle.models.fitted import FittedModel, like, numbers
from segkit.words.errors import DataError, Fault


class GammaGamma(FittedModel):
    """Gamma-Gamma: amounts are gamma (p, ν) around the customer's mean, ν is gamma (q, v) over customers.

    References
    ----------
    Fader, Hardie & Lee (2005), doi:10.1509/jmkr.2005.42.4.415. Fader & Hardie (2013), The Gamma-Gamma model of
    monetary value, http://www.brucehardie.com/notes/025/.
    """

    NAMES = ("p", "q", "v")

    @classmethod
    def objective(cls, rows: Rows) -> Objective:
        """Log-likelihood and gradient of distinct (number of purchases, mean amount)."""
        x, mean = rows.columns
        weight, n = rows.weight, rows.weight.sum()
        values, counts, _ = rows.counted(0)
        log_mean = total(weight, np.log(mean))
        spent, log_spent = x * mean, total(weight * x, np.log(x * mean))

        def log_likelihood(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            p, q, v = parameters
            all_, log_all = v + spent, np.log(v + spent)
            bought = weight * x
            known = special.gammaln(p * values + q) - special.gammaln(p * values) - special.gammaln(q)
            of_bought, of_all = total(bought, log_all), total(weight, log_all)
            value = total(counts, known) + n * q * np.log(v) + p * log_spent - log_mean - p * of_bought - q * of_all
            both = special.digamma(p * values + q)
            gradient = np.array([
                total(counts * values, both - special.digamma(p * values)) + log_spent - of_bought,
                total(counts, both) - n * special.digamma(q) + n * np.log(v) - of_all,
                n * q / v - total(p * bought + q * weight, 1 / all_)])
            return float(value), gradient

        return log_likelihood

    @classmethod
    def starts(cls, rows: Rows) -> list[list[float]]:
        """Where to begin: a population mean as observed, amounts that vary little to much."""
        mean = rows.columns[1]
        average = float(rows.weight @ mean) / rows.weight.sum()
        return [[p, q, average * (q - 1) / p] for p in (1.0, 6.0, 30.0) for q in (1.5, 4.0, 15.0)]

    @classmethod
    def scales(cls, rows: Rows) -> list[float]:
        """Usual size of each parameter."""
        return [1.0, 1.0, float(rows.weight @ rows.columns[1] / rows.weight.sum())]

    @property
    def population_mean(self) -> float:
        """Mean amount per purchase over all customers; infinite where q is at most 1."""
        p, q, v = self.values
        return float(p * v / (q - 1)) if q > 1 else float("inf")

    def expected_monetary(self, frequency: Any, monetary: Any) -> Any:
        """Amount expected per future purchase, between the customer's own mean and that of all.

        Parameters
        ----------
        frequency : number of purchases behind `monetary`; 0 gives the mean of all customers.
        monetary : mean amount of those purchases; not read where `frequency` is 0.

        Raises
        ------
        DataError
            Where q is at most 1 and a customer has so few purchases that the mean does not exist.
        """
        (x,) = numbers(frequency=frequency)
        x, mean = np.broadcast_arrays(x, np.asarray(monetary, dtype=float))
        mean = np.where(x > 0, mean, 0.0)
        numbers(monetary=mean)
        p, q, v = self.values
        if (p * x + q <= 1).any():
            raise DataError([Fault("model 'gamma_gamma'", f"has no mean where purchases are few (q is {q:.3g})",
                                   "ask only for customers with more purchases, or look for extreme amounts")])
        return like(frequency, p * (v + x * mean) / (p * x + q - 1), "expected_monetary")

    def future(self, n: np.ndarray, frequency: np.ndarray, monetary: np.ndarray,
               rng: np.random.Generator) -> np.ndarray:
        """Amount drawn for `n` future purchases of each customer, n above 0, from what the customer spent so far."""
        p, q, v = self.values
        rate = np.maximum(rng.gamma(q + p * frequency), 1e-12) / (v + frequency * monetary)
        return rng.gamma(p * n) / rate
