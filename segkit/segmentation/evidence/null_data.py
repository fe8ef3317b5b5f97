"""Null data: made the way the data were made, but without anything that groups customers.

Where the variables come from purchases, purchases are made up. What ties variables by construction (shares of a whole,
rankings, a part and its whole) ties them here too, and whole numbers stay whole. All other variables come from the
closest continuum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from segkit.segmentation.evidence import constraints, continuum, null_purchases
from segkit.segmentation.evidence.constraints import Tie
from segkit.segmentation.evidence.continuum import FEW_VALUES, Continuum
from segkit.segmentation.history import History

KINDS = ("independent", "continuum")


class Units(NamedTuple):
    """How variables (d,) are scaled: less `mean`, by `scaling`, of log(1 + value) where `log`."""

    log: bool
    mean: np.ndarray
    scaling: np.ndarray

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Values (n, d) in their own units, as they form segments."""
        return ((np.log1p(np.maximum(values, 0)) if self.log else values) - self.mean) / self.scaling


@dataclass(frozen=True)
class Free:
    """Data without segments of variables that nothing but counting ties."""

    near: Continuum
    units: Units
    tie: Tie | None
    whole: np.ndarray
    """Variables (of the free terms) that are whole numbers."""

    def independent(self) -> Free:
        """The same without relations but those of the tie."""
        return replace(self, near=continuum.independent(self.near))

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """A sample (n, d), scaled."""
        sample = continuum.drawn(self.near, n, rng)
        sample[:, self.whole] = np.rint(sample[:, self.whole])
        if self.tie:
            free = sample.shape[1] - sum(i not in self.tie.columns for i in range(len(self.units.mean)))
            bound = self.tie.tied(sample[:, :free])
            table = np.empty((n, len(self.units.mean)))
            table[:, list(self.tie.columns)] = bound
            table[:, [i for i in range(table.shape[1]) if i not in self.tie.columns]] = sample[:, free:]
            sample = table
        return self.units.scaled(sample)


@dataclass(frozen=True)
class Rankings:
    """Rankings by normal leanings; `root` (d, d), with the mean ranks and covariances of the data."""

    mean: np.ndarray
    root: np.ndarray
    units: Units

    def independent(self) -> Rankings:
        """Leanings without relations."""
        return replace(self, root=np.diag(np.linalg.norm(self.root, axis=1)))

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """A sample (n, d), scaled."""
        leaning = self.mean + rng.standard_normal((n, len(self.mean))) @ self.root.T
        return self.units.scaled(leaning.argsort(axis=1).argsort(axis=1) + 1.0)


@dataclass(frozen=True)
class Bought:
    """Features of purchases made up."""

    degrees: null_purchases.Degrees
    names: tuple[str, ...]
    units: Units

    def independent(self) -> Bought:
        """Levels without relations."""
        return replace(self, degrees=replace(self.degrees, relation=np.eye(len(self.degrees.relation))))

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Features (n, d) of as many customers as the history has, scaled; a missing one is the mean."""
        values = self.degrees.draw(rng).features(self.names).to_numpy()
        return np.nan_to_num(self.units.scaled(values))


def near(values: np.ndarray, units: Units, names: Sequence[str] = (),
         history: History | None = None) -> Free | Rankings | Bought:
    """The data without segments that are closest to values (n, d) in their own units.

    Parameters
    ----------
    values, units : the variables and how they are scaled.
    names, history : names of the variables and the purchases they were computed from, where there are any.
    """
    if history is not None:
        return Bought(null_purchases.fit(history, names), tuple(names), units)
    tie = constraints.find(values)
    if tie and tie.kind == "ranking":
        return Rankings(*constraints.ranking_leanings(values, np.random.default_rng(0)), units)
    if tie:
        others = [i for i in range(values.shape[1]) if i not in tie.columns]
        values = np.concatenate([tie.free(values[:, list(tie.columns)]), values[:, others]], axis=1)
    is_integer = np.array([len(np.unique(v)) > FEW_VALUES and bool((v == np.rint(v)).all()) for v in values.T])
    spread = values + np.where(is_integer, np.random.default_rng(0).uniform(-0.5, 0.5, values.shape), 0.0)
    return Free(continuum.continuum(spread), units, tie, is_integer)
