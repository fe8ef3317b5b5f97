"""Purchases of customers who differ by degree only: null data made the way the data were made.

How often each customer bought, and when first, is kept. When, how much and what they bought is drawn anew: each
customer has a level of their own (of money, of weekends, of silence at the end), levels have one peak, and chance
does the rest. Few purchases then look as lumpy as they do in the data, and nobody belongs to a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import beta, rankdata

from segkit.segmentation.evidence.continuum import one_peak
from segkit.segmentation.history import SHARES, History

ROUNDS = 5
"""Rounds in which the relations of the levels are brought near those of the data."""
_FEWEST = 30
"""Customers with two occasions or more, from which on levels are told from chance."""


@dataclass(frozen=True)
class Degrees:
    """A population of customers who differ by degree.

    `history`: the purchases it is like; `levels`: name → (mean, standard deviation of the customers' level), of money
    and products as logarithms, of marks as shares; `noise`: name → single occasions as ratios of the level; `silence`:
    the quantiles of how early customers bought last; `relation`: latent correlations of frequency, silence and the
    levels, in their order.
    """

    history: History
    levels: dict[str, tuple[float, float]]
    noise: dict[str, np.ndarray]
    silence: np.ndarray
    relation: np.ndarray

    def draw(self, rng: np.random.Generator) -> History:
        """Purchases of the same customers, as often, drawn anew."""
        h, count = self.history, self.history.n_occasions
        often = _scores(count)
        expected = self.relation[1:, 0][:, None] * often
        spread = self.relation[1:, 1:] - np.outer(self.relation[1:, 0], self.relation[1:, 0])
        size, direction = np.linalg.eigh(spread)
        z = expected + direction * np.sqrt(np.clip(size, 0, None)) @ rng.standard_normal((len(size), len(count)))
        latent = dict(zip(("silence", *self.levels), z, strict=True))
        day = _days(h, count, self._silence(latent["silence"]), rng)
        marks, changed = dict(h.marks), {}
        for name, (mean, sd) in self.levels.items():
            if name in marks:
                share = _share_at(latent[name], mean, sd)[h.customer]
                drawn = (rng.random(len(share)) < share).astype(float)
                marks[name] = np.where(np.isnan(h.marks[name]), np.nan, drawn)
            else:
                noise = self.noise[name]
                value = np.exp(mean + sd * latent[name])[h.customer] * noise[
                    rng.integers(0, len(noise), len(h.customer))]
                changed[name] = np.rint(value).astype(np.int64) if name == "cents" else np.maximum(1, np.rint(value))
        if h.store is not None:
            changed["store"] = rng.permutation(h.store)
        return replace(h, day=day, marks=marks, **changed)

    def _silence(self, z: np.ndarray) -> np.ndarray:
        return np.interp(ndtr(z), np.linspace(0, 1, len(self.silence)), self.silence)


def fit(history: History, names: Sequence[str]) -> Degrees:
    """The population of customers who differ by degree that is closest to a history.

    Parameters
    ----------
    history : the purchases.
    names : the features that will be computed of what is drawn.

    Notes
    -----
    Levels by analysis of variance: the scatter of customers' means beyond that of their occasions. The level of a
    share is a beta distribution with one peak at most; a flatter one is not taken. Silence, how early within the time
    left a customer bought last, has the closest distribution with one peak. Latent correlations are found by drawing.

    References
    ----------
    Searle, Casella & McCulloch (1992), Variance Components, doi:10.1002/9780470316856. Skellam (1948), the
    beta-binomial distribution, doi:10.1111/j.2517-6161.1948.tb00014.x.
    """
    features = set(map(str, names))
    levels, noise = {}, {}
    if features & {"monetary", "average_basket"}:
        levels["cents"], noise["cents"] = _level(history, history.cents.astype(float))
    if "products_per_basket" in features and history.products is not None:
        levels["products"], noise["products"] = _level(history, np.nan_to_num(history.products, nan=1.0))
    for feature, mark in SHARES.items():
        if feature in features:
            levels[mark] = _share_level(history, history.marks[mark])
    silent, repeat_buyers = _silent(history)
    quantiles = (one_peak(silent[repeat_buyers]) if repeat_buyers.sum() >= _FEWEST and np.ptp(silent[repeat_buyers]) > 0
                 else np.linspace(0, 1, 2001))
    grid = np.linspace(0, 1, 2001)
    nodes = np.interp(grid, ndtr(np.linspace(-5, 5, 2001)), quantiles) if len(quantiles) == 2001 else grid
    degrees = Degrees(history, levels, noise, np.sort(nodes), np.eye(2 + len(levels)))
    return _related(degrees)


def _related(found: Degrees) -> Degrees:
    """With latent correlations that give the levels seen the correlations of the data."""
    target, rng = _seen(found.history, found.levels), np.random.default_rng(0)
    relation = np.eye(len(target))
    for _ in range(ROUNDS):
        correlations = _seen(replace(found, relation=relation).draw(rng), found.levels)
        relation = relation + (target - correlations)
        np.fill_diagonal(relation, 1.0)
        relation = _near(np.clip(relation, -0.95, 0.95))
    return replace(found, relation=relation)


def _near(relation: np.ndarray) -> np.ndarray:
    """The correlations, made those of a distribution."""
    np.fill_diagonal(relation, 1.0)
    size, direction = np.linalg.eigh(relation)
    root = direction * np.sqrt(np.clip(size, 1e-6, None))
    root /= np.linalg.norm(root, axis=1, keepdims=True)
    return root @ root.T


def _seen(h: History, levels: dict[str, tuple[float, float]]) -> np.ndarray:
    """Correlations of frequency, silence and the levels as they are seen, of customers of two occasions or more."""
    silent, repeat_buyers = _silent(h)
    columns = [_scores(h.n_occasions), np.where(repeat_buyers, silent, np.nan)]
    for name in levels:
        values = np.nan_to_num(h.marks[name] if name in h.marks else getattr(h, name))
        mean = np.bincount(h.customer, values, len(h.ids)) / np.maximum(h.n_occasions, 1)
        columns.append(mean if name in h.marks else np.log(np.maximum(mean, 1e-9)))
    table = np.stack(columns)[:, repeat_buyers]
    if table.shape[1] < _FEWEST:
        return np.eye(len(columns))
    table = table - table.mean(axis=1, keepdims=True)
    length = np.linalg.norm(table, axis=1)
    table = table / np.where(length > 0, length, 1.0)[:, None]
    relation = table @ table.T
    np.fill_diagonal(relation, 1.0)
    return relation


def _scores(count: np.ndarray) -> np.ndarray:
    return ndtri((rankdata(count) - 0.5) / len(count))


def _silent(h: History) -> tuple[np.ndarray, np.ndarray]:
    """How early each customer bought last (n,), uniform on 0 … 1 for one who goes on buying at random days; and of
    whom it can be told."""
    first, last, count = h._edge(last=False), h._edge(last=True), h.n_occasions
    repeat_buyers = count >= 2
    part = np.where(repeat_buyers, (last - first + 0.5) / (h.end - first + 1.0), 0.5)
    return np.clip(part, 0, 1) ** np.maximum(count - 1, 1), repeat_buyers


def _days(h: History, count: np.ndarray, silence: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Days (m,): the first kept, the last from the silence, those between at random."""
    first = h._edge(last=False)
    span = (h.end - first + 1.0) * np.clip(silence, 1e-12, 1) ** (1 / np.maximum(count - 1, 1))
    begin = np.cumsum(count) - count
    part = rng.random(len(h.customer))
    has, last = count > 0, begin + count - 1
    part[last[has]] = 1.0
    part[begin[has]] = 0.0
    day = first[h.customer] + np.floor(part * span[h.customer])
    return np.minimum(day, h.end).astype(np.int64)


def _level(h: History, values: np.ndarray) -> tuple[tuple[float, float], np.ndarray]:
    """Mean and standard deviation of the logarithm of the customers' mean, and the ratios of occasions to it."""
    n, count = len(h.ids), h.n_occasions
    mean = np.bincount(h.customer, values, n) / np.maximum(count, 1)
    least = max(1e-9, np.quantile(values[values > 0], 0.001) if (values > 0).any() else 1.0)
    log = np.log(np.maximum(mean, least))
    often = count[h.customer] >= 2
    if often.sum() < 2 * _FEWEST:
        grand = max(values.mean(), least)
        return (float(np.log(grand)), 0.0), np.maximum(values / grand, 0)
    ratio = (values / np.maximum(mean, least)[h.customer])[often]
    noise = 1 + (ratio - 1) / np.sqrt(1 - 1 / count[h.customer][often])
    weight = np.minimum(count, np.median(count[count > 0])) * (count > 0)
    grand = np.average(log, weights=weight)
    chance = noise.var() * np.average(1 / np.maximum(count, 1), weights=weight)
    variance = max(0.0, np.average((log - grand) ** 2, weights=weight) - chance)
    return (float(grand), float(np.sqrt(variance))), np.maximum(noise, 0)


def _share_level(h: History, mark: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the customers' share, no flatter than a distribution with one peak."""
    mean, variance, _ = share_variances(h, mark)
    most = mean * (1 - mean) / (1 / max(mean, 1 - mean) + 1)
    return mean, float(np.sqrt(min(variance, most)))


def share_variances(h: History, mark: np.ndarray) -> tuple[float, float, float]:
    """Mean of the customers' shares of marked occasions, the variance of their own level, and that of chance."""
    known = ~np.isnan(mark)
    customer, n = h.customer[known], len(h.ids)
    count = np.bincount(customer, minlength=n)
    has = count > 0
    share = np.bincount(customer, mark[known], n)[has] / count[has]
    count = count[has]
    grand = (count * share).sum() / count.sum()
    between = (count * (share - grand) ** 2).sum() / max(1, len(count) - 1)
    within = (count * share * (1 - share)).sum() / max(1, count.sum() - len(count))
    mean_count = (count.sum() - (count**2).sum() / count.sum()) / max(1, len(count) - 1)
    variance = max(0.0, (between - within) / max(mean_count, 1e-9))
    return float(share.mean()), float(variance), float((within / count).mean())


def _share_at(z: np.ndarray, mean: float, sd: float) -> np.ndarray:
    """The share of a customer at the place z of a beta distribution."""
    if sd < 1e-6 or not 0 < mean < 1:
        return np.full(len(z), mean)
    size = mean * (1 - mean) / sd**2 - 1
    nodes = np.linspace(-5, 5, 401)
    return np.interp(z, nodes, beta.ppf(ndtr(nodes), mean * size, (1 - mean) * size))
