"""Is there structure? Stability held against data without segments, and one verdict per number of segments.

*natural*: the segments are there in the data: stable, and more stable than customers who only differ by
degree would give. *reproducible*: no separate groups, but the same division comes back in new samples.
*constructive*: the division is made by the method and would come out otherwise next time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation import restarts, rows, structureless
from segkit.segmentation.preparation import prepare
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

NATURAL, REPRODUCIBLE, CONSTRUCTIVE = VERDICTS = (N_("natural"), N_("reproducible"), N_("constructive"))
GOOD, MODERATE = 0.8, 0.65
"""Agreement from which a division is stable, and from which it comes back (Steinley 2004)."""
LEVEL = {"continuum": 0.05, "independent": 0.1}
ROUNDS = (5, 14)
"""Reference data sets of each kind, made in rounds: all of them let a p-value reach 0.05."""
MOST_REACHED = {kind: int(level * (1 + sum(ROUNDS)) + 1e-9) - 1 for kind, level in LEVEL.items()}
"""References that may do as well as the data without refusing it."""
REFERENCE_PAIRS = 10
COMPARED_PAIRS = 20
"""Pairs of bootstrap samples of a reference, and of the data where they are reduced to be compared."""
MOST_ROWS, COMPARED_ROWS = 5000, 1500
"""Customers that stability is told of, and customers that are compared with the references."""


def structure(X: pd.DataFrame, k_values: Sequence[int], n_pairs: int = 100, n_starts: int = 5,
              scale: str = "none", weights: Sequence[float] | None = None,
              random_state: int | None = None) -> pd.DataFrame:
    """How stable each number of segments is, beside data without segments, with a verdict.

    Parameters
    ----------
    X, scale, weights : as `segkit.segmentation.kmeans.segment` takes them. Stability is told of at most 5,000
        customers, drawn by weight; at most 1,500 of them are compared with the references, which are as many.
    k_values : numbers of segments, 2 or more.
    n_pairs : pairs of bootstrap samples of the data; 10 of each reference data set, 20 of the customers compared.
    n_starts : starts of each segmentation, of the data and of the references alike.
    random_state : seed.

    Returns
    -------
    DataFrame indexed by `k`: `global_stability` (median adjusted Rand index of the pairs), `stability_low` and
    `stability_high` (its quartiles), `independent_stability` and `continuum_stability` (medians of the references),
    `independent_p` (share of reference data sets that are as stable) and `continuum_p` (that stand out as much at any
    k), `verdict`.

    Notes
    -----
    `continuum_p` holds stability and compactness (sum of squares within segments) of the data at a k against the
    reference at the k where it stands out most, so that looking at several k does not find segments by itself.
    "natural": continuum_p ≤ 0.05 and stability ≥ 0.8. "reproducible": independent_p ≤ 0.1 and stability ≥ 0.65.

    References come in two rounds, 5 and 14 of each kind, the second only where a verdict still depends on it: the level
    allows no continuum, and one unrelated set, to do as well as the data, so one more settles the matter. Stopping
    there can refuse a verdict but not give one (as in Besag & Clifford's sequential Monte Carlo test); a p-value
    beyond its level is then told of fewer references.

    Raises
    ------
    DataError
        As `segkit.segmentation.kmeans.segment`.

    References
    ----------
    Dolnicar & Leisch (2010), Evaluation of structure and reproducibility of cluster solutions using the bootstrap,
    doi:10.1007/s11002-009-9083-4. Steinley (2004), doi:10.1037/1082-989X.9.3.386, for 0.65 and 0.8. Besag & Clifford
    (1991), Sequential Monte Carlo p-values, doi:10.1093/biomet/78.2.301.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> centres = np.repeat([[0, 0], [9, 0], [0, 9]], 60, axis=0)
    >>> X = pd.DataFrame(centres + rng.normal(size=(180, 2)), columns=["visits", "spend"])
    >>> structure(X, [2, 3, 4], n_pairs=20, random_state=1)["verdict"].loc[3]
    'natural'
    """
    k_values = list(k_values)
    if not k_values or min(k_values) < 2:
        raise DataError([Fault("`k_values`", "must hold numbers of segments of 2 or more", "for example range(2, 9)")])
    prepared = prepare(X, max(k_values), weights, scale, n_starts)
    data, test, *chance = np.random.SeedSequence(random_state).spawn(4)
    rng = np.random.default_rng(data)
    values = prepared.Z[prepared.row]
    if len(values) > MOST_ROWS or np.ptp(prepared.weight) > 0:
        share = prepared.weight / prepared.weight.sum()
        values = values[rng.choice(len(values), min(len(values), MOST_ROWS), replace=np.ptp(share) > 0, p=share)]
    found = _stability([values], k_values, n_pairs, n_starts, test)[0]
    table = pd.DataFrame({"global_stability": np.median(found, axis=1),
                          "stability_low": np.quantile(found, 0.25, axis=1),
                          "stability_high": np.quantile(found, 0.75, axis=1)}, index=pd.Index(k_values, name="k"))
    if len(values) > COMPARED_ROWS:
        values = values[rng.choice(len(values), COMPARED_ROWS, replace=False)]
        found = _stability([values], k_values, COMPARED_PAIRS, n_starts, test)[0]
    stable, near = np.median(found, axis=1), structureless.continuum(values)
    for kind, source, seed in zip(structureless.KINDS, (structureless.independent(near), near), chance, strict=True):
        sets = (structureless.drawn(source, len(values), np.random.default_rng(own))
                for own in seed.spawn(sum(ROUNDS)))
        compared = _compared_alone if kind == "independent" else _compared_at_best
        table[f"{kind}_stability"], table[f"{kind}_p"] = compared(values, stable, table["global_stability"].to_numpy(),
                                                                  sets, k_values, n_starts, test)
    table["verdict"] = [_verdict(row) for row in table.itertuples()]
    return table


def _compared_alone(values: np.ndarray, stable: np.ndarray, told: np.ndarray, sets: Iterator[np.ndarray],
                    k_values: list[int], n_starts: int, test: np.random.SeedSequence) -> tuple[np.ndarray, np.ndarray]:
    """Median stability of unrelated references, and the share of them that are as stable at the same k."""
    medians = np.full((0, len(k_values)), np.nan)
    at = np.arange(len(k_values))
    for n in ROUNDS:
        part = list(islice(sets, n))
        more = np.full((n, len(k_values)), np.nan)
        more[:, at] = np.median(_stability(part, [k_values[i] for i in at], REFERENCE_PAIRS, n_starts, test,
                                           len(medians)), axis=2)
        medians = np.vstack([medians, more])
        reached = (medians >= stable).sum(axis=0)
        at = np.flatnonzero((told >= MODERATE) & (reached <= MOST_REACHED["independent"]))
        if not len(at):
            break
    return np.nanmedian(medians, axis=0), (1 + reached) / (1 + (~np.isnan(medians)).sum(axis=0))


def _compared_at_best(values: np.ndarray, stable: np.ndarray, told: np.ndarray, sets: Iterator[np.ndarray],
                      k_values: list[int], n_starts: int,
                      test: np.random.SeedSequence) -> tuple[np.ndarray, np.ndarray]:
    """Median stability of continua, and the share of them that stand out at any k as much as the data at each."""
    medians, spread = np.empty((0, len(k_values))), _spread([values], k_values, n_starts)
    for n in ROUNDS:
        part = list(islice(sets, n))
        found = _stability(part, k_values, REFERENCE_PAIRS, n_starts, test, len(medians))
        medians = np.vstack([medians, np.median(found, axis=2)])
        spread = np.vstack([spread, _spread(part, k_values, n_starts)])
        seen, most = _standing_out(np.vstack([stable, medians]), spread)
        reached = (most >= seen).sum(axis=0)
        if not ((told >= GOOD) & (reached <= MOST_REACHED["continuum"])).any():
            break
    return np.median(medians, axis=0), (1 + reached) / (1 + len(medians))


def _spread(sets: list[np.ndarray], k_values: Sequence[int], n_starts: int) -> np.ndarray:
    """Sum of squares within the segments, as a share of all, of each set and k."""
    shares = []
    for values in sets:
        Z, place = rows.distinct(values - values.mean(axis=0))
        mass = np.bincount(place).astype(float)
        total = float(mass @ (Z**2).sum(axis=1))
        ready = restarts.ready_rows(Z, mass)
        shares.append([restarts.starts(ready, min(k, len(Z)), n_starts, 0)[1].min() / total for k in k_values])
    return np.array(shares)


def _stability(sets: list[np.ndarray], k_values: Sequence[int], n_pairs: int, n_starts: int,
               seed: np.random.SeedSequence, former: int = 0) -> np.ndarray:
    """Adjusted Rand indices (set, k, pair); `former` sets have used the first streams of the seed."""
    from segkit.segmentation.kernel import bootstrap

    k = np.asarray(k_values)
    parts = [rows.distinct(values) for values in sets]
    stack = bootstrap.stack([(Z, np.bincount(place).astype(float), len(place)) for Z, place in parts])
    which, at, pair = (part.ravel() for part in np.indices((len(sets), len(k), n_pairs)))
    few = np.array([len(Z) for Z, _ in parts])[which] < k[at]
    seeds = seed.generate_state((former + len(sets)) * n_pairs, np.uint64)[(former + which) * n_pairs + pair]
    rand = np.zeros(len(which))
    rand[~few] = bootstrap.pairs(stack, which[~few], k[at][~few], seeds[~few], n_starts).adjusted_rand
    return rand.reshape(len(sets), len(k), n_pairs)


def _standing_out(stability: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the data, the first row of (set, k), stand out per k, and each reference at its best k (set, 1).

    Stability and compactness count alike, each standardised per k over the data and the references together, so that
    without segments no set is set apart. Stability is stretched towards 1, where most of it lies.
    """
    out = sum((x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9) for x in (-np.log(1.001 - stability),
                                                                      -np.log(spread + 1e-9)))
    return out[0], out[1:].max(axis=1, keepdims=True)


def _verdict(row: Any) -> str:
    if row.continuum_p <= LEVEL["continuum"] and row.global_stability >= GOOD:
        return NATURAL
    if row.independent_p <= LEVEL["independent"] and row.global_stability >= MODERATE:
        return REPRODUCIBLE
    return CONSTRUCTIVE
