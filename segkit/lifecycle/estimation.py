"""Maximum likelihood of positive parameters: equal rows as one with a weight, several starts, Newton's last steps.

Everything is done on the logarithm of the parameters, which keeps them positive and makes their sampling
distribution closer to normal than on their own scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""Parameters → log-likelihood and its gradient."""

REACH = 14.0
"""Parameters are looked for within a factor of e to this power of their scale, up and down."""
FLAT_GRADIENT = 1e-6
"""A maximum is taken for reached where the gradient per customer, on log parameters, is below this."""
FLAT_ERROR = 5.0
"""A standard error of a log parameter above this tells nothing: the interval would span twenty powers of e."""
DIGITS = 6
"""Decimals of the log parameters at the end, about significant digits of the parameters."""
NEAR_BEST = 0.1
"""Starts within this of the best log-likelihood count as having reached it."""


@dataclass(frozen=True)
class Rows:
    """Distinct rows with their weight: `columns` in the order given, `row` the distinct row of each row."""

    columns: tuple[np.ndarray, ...]
    weight: np.ndarray
    row: np.ndarray

    def counted(self, column: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Distinct values of a column, their weight, and the place of each row's value among them."""
        place, values = pd.factorize(self.columns[column])
        return values, np.bincount(place, self.weight, len(values)), place


@dataclass(frozen=True)
class Optimum:
    """Where the log-likelihood is largest; `covariance` is of the log parameters, missing where undetermined."""

    parameters: np.ndarray
    log_likelihood: float
    covariance: np.ndarray
    gradient_norm: float
    n_starts: int
    near_best_share: float
    undetermined: np.ndarray


def collapse(columns: Sequence[np.ndarray], weights: np.ndarray) -> Rows:
    """Equal rows as one, with their weights added up.

    Examples
    --------
    >>> rows = collapse([np.array([1.0, 2, 1]), np.array([5.0, 6, 5])], np.ones(3))
    >>> rows.columns[0].tolist(), rows.weight.tolist(), rows.row.tolist()
    ([1.0, 2.0], [2.0, 1.0], [0, 1, 0])
    """
    code = np.zeros(len(weights), dtype="int64")
    for column in columns:
        place, values = pd.factorize(column)
        code, _ = pd.factorize(code * len(values) + place)
    n = int(code.max()) + 1 if len(code) else 0
    first = np.empty(n, dtype="int64")
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    return Rows(tuple(c[first] for c in columns), np.bincount(code, weights, n), code)


def thinned(rows: Rows, step: int) -> Rows:
    """Every `step`-th distinct row, in no order of the customers; what is learned of it is a place to begin at.

    Examples
    --------
    >>> thinned(collapse([np.array([1.0, 2, 3, 4])], np.ones(4)), 2).columns[0].tolist()
    [1.0, 3.0]
    """
    return Rows(tuple(c[::step] for c in rows.columns), rows.weight[::step], np.arange(len(rows.weight[::step])))


def total(weight: np.ndarray, values: np.ndarray) -> float:
    """Sum of products, in one order however many threads there are; BLAS would wake them all for it.

    Examples
    --------
    >>> float(total(np.array([1.0, 2.0]), np.array([3.0, 4.0])))
    11.0
    """
    return np.einsum("i,i->", weight, values)


def maximise(objective: Objective, starts: Sequence[Sequence[float]], scale: Sequence[float], n: float,
             n_starts: int = 2, inverse: np.ndarray | None = None) -> Optimum:
    """The parameters at which the log-likelihood is largest.

    Parameters
    ----------
    objective : positive parameters → log-likelihood and its gradient, by the parameters.
    starts : where to begin; the `n_starts` with the largest log-likelihood are followed to the end.
    scale : usual size of each parameter: `REACH` is counted from it.
    n : number of customers, by weight.
    inverse : about what the inverse of the Hessian is at the starts, of minus the mean log-likelihood by log
        parameters, where it is known.

    Notes
    -----
    Each start goes by BFGS, written here because SciPy's spends most of its time on waking threads; the best
    then takes Newton steps with a Hessian of central differences of the gradient. A parameter is undetermined
    where it ends near a bound, or where the likelihood is so flat that the standard error of its logarithm is
    above `FLAT_ERROR`. The end is rounded to `DIGITS`: what stands behind them depends on the processor and on the
    order of the customers, and is far below any standard error.
    """
    usual = np.log(np.asarray(scale, dtype=float))

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        parameters = np.exp(logs)
        value, gradient = objective(parameters)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return np.inf, np.zeros_like(logs)  # out of what numbers can hold: never the place to go
        return -value / n, -gradient * parameters / n

    begun = sorted((np.log(np.asarray(s, dtype=float)) for s in starts), key=lambda logs: loss(logs)[0])[:n_starts]
    ended = [_descend(loss, logs, usual, inverse) for logs in begun]
    values = np.array([-loss(logs)[0] * n for logs in ended])
    logs, gradient = _newton(loss, ended[int(values.argmax())], usual)
    logs = np.round(logs, DIGITS)
    value, hessian = -loss(logs)[0] * n, np.round(_hessian(loss, logs), 10)
    near = np.abs(logs - usual) > REACH - 1
    covariance = _covariance(hessian * n, near)
    at_bound = (np.abs(logs - scale) > REACH - 1e-6) & (gradient * (logs - scale) < 0)  # the bound is in the way
    gradient = np.where(at_bound, 0.0, gradient)
    return Optimum(np.exp(logs), value, covariance, float(np.abs(gradient).max()), len(ended),
                   float(np.mean(value - values <= NEAR_BEST)), np.isnan(np.diag(covariance)))


def _descend(loss: Objective, logs: np.ndarray, scale: np.ndarray, inverse: np.ndarray | None = None) -> np.ndarray:
    """Where BFGS with backtracking ends, inside the bounds."""
    value, gradient = loss(logs)
    fresh = inverse is None
    inverse = np.eye(len(logs)) if inverse is None else inverse
    for _ in range(300):
        pushed = (np.abs(logs - scale) >= REACH) & (gradient * (logs - scale) < 0)
        free = np.where(pushed, 0.0, gradient)
        if not np.abs(free).max() > FLAT_GRADIENT:
            break
        if fresh:
            inverse = np.eye(len(logs)) / np.linalg.norm(free)
        way = np.where(pushed, 0.0, -inverse @ free)
        way *= min(1.0, 2.0 / np.abs(way).max())
        step = 1.0
        while step > 1e-9:
            tried = np.clip(logs + step * way, scale - REACH, scale + REACH)
            new, slope = loss(tried)
            if new <= value + 1e-4 * step * (free @ way):
                break
            step *= 0.4
        else:
            if fresh:
                break
            fresh = True
            continue
        moved, turned = tried - logs, slope - gradient
        bend = moved @ turned
        if bend > 1e-14:
            if fresh:
                inverse = np.eye(len(logs)) * bend / (turned @ turned)
            side = np.eye(len(logs)) - np.outer(moved, turned) / bend
            inverse, fresh = side @ inverse @ side.T + np.outer(moved, moved) / bend, False
        logs, value, gradient = tried, new, slope
    return logs


def _newton(loss: Objective, logs: np.ndarray, scale: np.ndarray,
            steps: int = 6) -> tuple[np.ndarray, np.ndarray]:
    value, gradient = loss(logs)
    hessian = _hessian(loss, logs)
    for _ in range(steps):
        if np.abs(gradient).max() < 1e-10 or not np.isfinite(hessian).all():
            break
        step = _step(hessian, gradient)
        step *= min(1.0, 1.0 / max(np.abs(step).max(), 1e-300))
        tried = np.clip(logs - step, scale - REACH, scale + REACH)
        new, slope = loss(tried)
        if not new <= value or np.abs(slope).max() > np.abs(gradient).max():
            break
        moved, logs, value, gradient = np.abs(tried - logs).max(), tried, new, slope
        if moved > 1e-4:  # below, the curvature is the same
            hessian = _hessian(loss, logs)
    for _ in range(2):  # so near the top its height tells no more, the slope does: along a ridge it is a long way yet
        step = _step(hessian, gradient) if np.isfinite(hessian).all() else np.full_like(logs, np.inf)
        tried = np.clip(logs - step, scale - REACH, scale + REACH)
        if not np.abs(step).max() < 1e-4 or not np.abs(slope := loss(tried)[1]).max() < np.abs(gradient).max():
            break
        logs, gradient = tried, slope
    return logs, gradient


def _step(hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    size, axes = np.linalg.eigh(hessian)
    return axes @ ((axes.T @ gradient) / np.maximum(np.abs(size), 1e-10))


def _hessian(loss: Objective, logs: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """Central differences of the gradient."""
    sides = step * np.eye(len(logs))
    rows = np.array([loss(logs + side)[1] - loss(logs - side)[1] for side in sides]) / (2 * step)
    return (rows + rows.T) / 2


def _covariance(information: np.ndarray, near: np.ndarray) -> np.ndarray:
    """The inverse of the information; missing for parameters near a bound or along which it is flat.

    Flat directions are left out before inverting, so that what one pair of parameters leaves open, only their
    ratio being known, does not hide how sure the others are.
    """
    none = np.full_like(information, np.nan)
    if not np.isfinite(information).all():
        return none
    size, axes = np.linalg.eigh(information)
    flat = size < FLAT_ERROR**-2
    covariance = (axes[:, ~flat] / size[~flat]) @ axes[:, ~flat].T
    lost = near | (np.abs(axes[:, flat]) > 0.1).any(axis=1)
    covariance[lost], covariance[:, lost] = np.nan, np.nan
    return covariance
