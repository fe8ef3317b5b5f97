"""Smooth functions of frequency and age, read for many customers from a few points.

What a model expects of a customer changes smoothly with how often and for how long the customer bought. Where it is
needed for many customers and hundreds of drawn parameters, it is computed on a Chebyshev grid and read between its
points by barycentric interpolation (Berrut & Trefethen 2004, doi:10.1137/S0036144502417715).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np

ACCURACY = 1e-5
"""Largest relative error of a grid where the function is known."""
_SIZES = ((8, 6), (14, 10), (14, 14), (20, 20))
_WORTH = 0.5
"""Points of a grid per customer, above which the grid saves nothing."""


class Grid:
    """A grid over the customers' frequencies and ages.

    Parameters
    ----------
    frequency, age : of each customer, ≥ 0.
    n_frequency, n_age : points along each.
    rise : age within which the function changes most, > 0: the points lie close there.

    Attributes
    ----------
    frequency, age : of each point of the grid, 1-d.
    """

    def __init__(self, frequency: np.ndarray, age: np.ndarray, n_frequency: int, n_age: int, rise: float) -> None:
        points, self._of_frequency = _axis(frequency, 1.0, n_frequency)
        ages, self._of_age = _axis(age, rise, n_age)
        self.frequency, self.age = (g.ravel() for g in np.meshgrid(points, ages, indexing="ij"))

    @classmethod
    def fitting(cls, frequency: np.ndarray, age: np.ndarray, values: np.ndarray,
                function: Callable[[np.ndarray, np.ndarray], np.ndarray], rise: float) -> Self | None:
        """The smallest grid from which `values`, the function's for each customer, can be read; None if none pays.

        Parameters
        ----------
        frequency, age, values : of each customer; values are above 0.
        function : (frequency, age) → value.
        rise : as in `Grid`.
        """
        for n_frequency, n_age in _SIZES:
            if n_frequency * n_age > _WORTH * len(values):
                break
            grid = cls(frequency, age, n_frequency, n_age, rise)
            if np.max(np.abs(grid.read(function(grid.frequency, grid.age)) / values - 1)) < ACCURACY:
                return grid
        return None

    def read(self, values: np.ndarray) -> np.ndarray:
        """The function for each customer, from its values at the points of the grid."""
        table = values.reshape(self._of_frequency.shape[1], self._of_age.shape[1])
        return ((self._of_frequency @ table) * self._of_age).sum(axis=1)


def _axis(at: np.ndarray, shift: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Chebyshev points on a logarithmic scale, and the weight of each for each place."""
    place = np.log(at + shift)
    low, high = place.min(), place.max()
    if high - low < 1e-12:
        return at[:1], np.ones((len(at), 1))
    angle = (np.arange(n) + 0.5) * np.pi / n
    points = (low + high) / 2 + (high - low) / 2 * np.cos(angle)
    away = place[:, None] - points
    met = np.abs(away) < 1e-12 * (high - low)
    weights = (-1.0) ** np.arange(n) * np.sin(angle) / np.where(met, 1.0, away)
    weights = np.where(met.any(axis=1)[:, None], met, weights)
    return np.exp(points) - shift, weights / weights.sum(axis=1)[:, None]
