"""Data without segments to hold real data against: the same margins, but nothing that groups customers.

Two kinds. *Continuum*: the variables go together as in the data, but each has one peak at most and their
dependence is that of a normal distribution, so customers differ by degree and not by kind. *Independent*:
the same variables, but none of them goes together with another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

FEW_VALUES = 10
"""A variable with at most so many values has categories; its margin is kept as it is."""
_NODES = np.linspace(-5, 5, 2001)
_TERMS = 30
_KNOTS = 400


class Continuum(NamedTuple):
    """A normal distribution of d latent variables, and what each of them is seen as.

    `root` (d, d) has latent correlation root·rootᵀ; `seen` (d, nodes) is the value at each of `_NODES`; `steps` says
    which variables jump from value to value.
    """

    root: np.ndarray
    seen: np.ndarray
    steps: np.ndarray


def continuum(values: np.ndarray) -> Continuum:
    """The continuum closest to values (n, d): one peak at most a variable, the same correlations.

    References
    ----------
    The single normal population as the hypothesis without clusters: Liu, Hayes, Nobel & Marron (2008), SigClust,
    doi:10.1198/016214508000000454. Latent correlations that give the seen ones: Cario & Nelson (1997), NORTA.
    """
    steps = np.array([len(np.unique(column)) <= FEW_VALUES for column in values.T])
    quantiles = np.stack([np.quantile(column, norm.cdf(_NODES), method="inverted_cdf") if few else one_peak(column)
                          for column, few in zip(values.T, steps, strict=True)])
    varying = values.std(axis=0) > 0
    latent = np.eye(values.shape[1])
    if varying.sum() > 1:
        latent[np.ix_(varying, varying)] = _latent(quantiles[varying], np.corrcoef(values[:, varying], rowvar=False))
    size, direction = np.linalg.eigh(latent)
    root = direction * np.sqrt(np.clip(size, 1e-9, None))
    return Continuum(root / np.linalg.norm(root, axis=1, keepdims=True), quantiles, steps)


def independent(near: Continuum) -> Continuum:
    """The same variables without their relations."""
    return near._replace(root=np.eye(len(near.root)))


def drawn(from_: Continuum, n: int, rng: np.random.Generator) -> np.ndarray:
    """A sample (n, d) of a continuum."""
    z = np.clip(rng.standard_normal((n, len(from_.root))) @ from_.root.T, _NODES[0], _NODES[-1])
    step = _NODES[1] - _NODES[0]
    place = (z - _NODES[0]) / step
    lower = np.minimum(place.astype(int), len(_NODES) - 2)
    columns = np.arange(z.shape[1])
    low, high = from_.seen[columns, lower], from_.seen[columns, lower + 1]
    nearest = np.where(place - lower < 0.5, low, high)
    return np.where(from_.steps, nearest, low + (high - low) * (place - lower))


def one_peak(column: np.ndarray) -> np.ndarray:
    """Quantiles at the nodes of the distribution with one peak that is closest to a column's (as in the dip test)."""
    knots = np.unique(np.quantile(column, np.linspace(0, 1, _KNOTS + 1)))
    level = np.searchsorted(np.sort(column), knots, side="right") / len(column)
    level[0] = 0.0
    width, mass = np.diff(knots), np.diff(level)
    best = min(_fits(width, mass), key=lambda fit: fit[0])[1]
    reached = np.concatenate([[0.0], np.cumsum(best)])
    return np.interp(norm.cdf(_NODES), reached / reached[-1], knots)


def _fits(width: np.ndarray, mass: np.ndarray) -> Iterator[tuple[float, np.ndarray]]:
    """For each place of the peak: how far the closest distribution is, and its mass between the knots."""
    from scipy.optimize import isotonic_regression

    density = mass / width
    for peak in np.unique(np.linspace(0, len(width), 41).astype(int)):
        rising = isotonic_regression(density[:peak], weights=width[:peak]).x if peak else density[:0]
        falling = (isotonic_regression(density[peak:], weights=width[peak:], increasing=False).x
                   if peak < len(width) else density[:0])
        fitted = np.concatenate([rising, falling]) * width
        yield float(np.abs(np.cumsum(fitted - mass)).max()), fitted


def _latent(seen: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Correlation of the latent variables that gives what is seen of them the wanted correlation."""
    weight = norm.pdf(_NODES)
    weight /= weight.sum()
    basis = [np.ones_like(_NODES), _NODES]
    for m in range(1, _TERMS):
        basis.append((_NODES * basis[m] - np.sqrt(m) * basis[m - 1]) / np.sqrt(m + 1))
    centred = seen - (seen @ weight)[:, None]
    part = (centred * weight) @ np.stack(basis[1:]).T / np.sqrt(centred**2 @ weight)[:, None]
    i, j = np.triu_indices(len(seen), 1)
    product, wanted = part[i] * part[j], correlation[i, j]
    low, high = np.full(len(i), -0.999), np.full(len(i), 0.999)
    powers = np.arange(1, _TERMS + 1)
    for _ in range(30):
        middle = (low + high) / 2
        under = (product * middle[:, None] ** powers).sum(axis=1) < wanted
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    latent = np.eye(len(seen))
    latent[i, j] = latent[j, i] = (low + high) / 2
    return latent
