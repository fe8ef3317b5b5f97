"""Is there structure? Stability held against data without segments, and one verdict per number of segments.

*natural*: the segments are there in the data: stable, with fewer customers between segments than in them and than
between those of customers who differ by degree only, and people stay in them. *reproducible*: no separate groups,
but the same division comes back in new samples. *constructive*: the division is made by the method and would come out
otherwise next time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation import persistence, rows
from segkit.segmentation.evidence import null_data, separation
from segkit.segmentation.history import History
from segkit.segmentation.partition import restarts
from segkit.segmentation.partition.preparation import prepare
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

NATURAL, REPRODUCIBLE, CONSTRUCTIVE = VERDICTS = (N_("natural"), N_("reproducible"), N_("constructive"))
GOOD, MODERATE = 0.8, 0.65
"""Agreement from which a division is stable, and from which it comes back (Steinley 2004)."""
GAP = 0.5
"""Customers at a border, as a share of those around the thinner centre, from which on there is no gap."""
STAYS = 0.4
"""Agreement between halves of the purchases below which people do not stay in their segments."""
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
              scale: str = "none", weights: Sequence[float] | None = None, purchases: History | None = None,
              random_state: int | None = None) -> pd.DataFrame:
    """How stable each number of segments is, beside data without segments, with a verdict.

    Parameters
    ----------
    X, scale, weights : as `segkit.segmentation.kmeans.segment` takes them. Stability is told of at most 5,000
        customers, drawn by weight; at most 1,500 of them are compared with the references, which are as many.
    k_values : numbers of segments, 2 or more.
    n_pairs : pairs of bootstrap samples of the data; 10 of each reference data set, 20 of the customers compared.
    n_starts : starts of each segmentation, of the data and of the references alike.
    purchases : what the variables were computed from, indexed by the same customers (`segkit.segmentation.history`).
        The references are then features of purchases made up, and whether people stay is told of halves of the
        purchases. Without equal weights, or where a variable is none of its features, they are not used.
    random_state : seed.

    Returns
    -------
    DataFrame indexed by `k`: `global_stability` (median adjusted Rand index of the pairs), `stability_low` and
    `stability_high` (its quartiles), `independent_stability` and `continuum_stability` (medians of the references),
    `independent_p` (share of unrelated references that are as stable), `border_density` (of the fullest border between
    two segments, see `separation.border`), `border_reached` (continua with as empty a fullest border at any k, of
    `n_references`) and `border_p` (their share), with `purchases` the columns of `persistence.agreement`, `verdict`.

    Notes
    -----
    "natural": stability ≥ 0.8, border_density ≤ 0.5, border_p ≤ 0.05 and, where purchases are given, halves_agreement
    ≥ 0.4 and above that of every reference. A border is held against the reference at the k where its fullest border
    is emptiest, so that looking at several k does not find gaps by itself. "reproducible": independent_p ≤ 0.1 and
    stability ≥ 0.65. The limits of the border and of the halves are segkit's own; `benchmarks/structure.py` tells how
    often curved continua, shares, rankings and purchases of customers who are alike are called natural.

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
    data, test, stay, *chance = np.random.SeedSequence(random_state).spawn(5)
    rng, equal = np.random.default_rng(data), np.ptp(prepared.weight) == 0
    chosen, values = np.arange(len(X)), prepared.Z[prepared.row]
    if len(values) > MOST_ROWS or not equal:
        share = prepared.weight / prepared.weight.sum()
        chosen = rng.choice(len(values), min(len(values), MOST_ROWS), replace=not equal, p=share)
    agreements = _stability([values[chosen]], k_values, n_pairs, n_starts, test)[0]
    table = pd.DataFrame({"global_stability": np.median(agreements, axis=1),
                          "stability_low": np.quantile(agreements, 0.25, axis=1),
                          "stability_high": np.quantile(agreements, 0.75, axis=1)}, index=pd.Index(k_values, name="k"))
    history = purchases if purchases is not None and equal and purchases.knows(X.columns) else None
    if history is not None:
        chosen = chosen[np.isin(chosen, X.index.get_indexer(history.ids))]
    if len(chosen) > COMPARED_ROWS:
        chosen = rng.choice(chosen, COMPARED_ROWS, replace=False)
    if len(chosen) < len(values):
        agreements = _stability([values[chosen]], k_values, COMPARED_PAIRS, n_starts, test)[0]
    raw = np.stack([column[chosen] for column in prepared.columns], axis=1).astype(float)
    units = null_data.Units(prepared.log, prepared.mean, prepared.scaling)
    if history is not None:
        history = history.of(X.index[chosen])
        table = table.join(persistence.agreement(history, X.columns, k_values, scale,
                                                 random_state=int(stay.generate_state(1)[0])))
    near = null_data.near(raw, units, list(map(str, X.columns)), history)
    stable, values = np.median(agreements, axis=1), values[chosen]
    for kind, source, seed in zip(null_data.KINDS, (near.independent(), near), chance, strict=True):
        sets = (source.draw(len(values), np.random.default_rng(child)) for child in seed.spawn(sum(ROUNDS)))
        if kind == "independent":
            compared = _compared_alone(values, stable, table["global_stability"].to_numpy(), sets, k_values, n_starts,
                                       test)
        else:
            compared = _compared_borders(values, table["global_stability"].to_numpy(), sets, k_values, n_starts, test)
        for name, column in compared.items():
            table[name] = column
    is_bought = isinstance(near, null_data.Bought)
    table["stays"] = _stays(table, near, k_values, scale, chance[1]) if is_bought else True  # type: ignore[arg-type]
    table["verdict"] = [_verdict(row) for row in table.itertuples()]
    return table.drop(columns="stays")


def _compared_alone(values: np.ndarray, stable: np.ndarray, told: np.ndarray, sets: Iterator[np.ndarray],
                    k_values: list[int], n_starts: int, test: np.random.SeedSequence) -> dict[str, np.ndarray]:
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
    return {"independent_stability": np.nanmedian(medians, axis=0),
            "independent_p": (1 + reached) / (1 + (~np.isnan(medians)).sum(axis=0))}


def _compared_borders(values: np.ndarray, told: np.ndarray, sets: Iterator[np.ndarray], k_values: list[int],
                      n_starts: int, test: np.random.SeedSequence) -> dict[str, np.ndarray]:
    """Median stability of the first continua, and the fullest border of the data beside the emptiest of theirs at any
    k."""
    first = list(islice(sets, ROUNDS[0]))
    stable = np.median(_stability(first, k_values, REFERENCE_PAIRS, n_starts, test), axis=2)
    density = _borders([values], k_values, n_starts)[0]
    emptiest = _borders(first, k_values, n_starts).min(axis=1)
    if ((told >= GOOD) & (density <= np.minimum(GAP, emptiest.min()))).any():
        emptiest = np.append(emptiest, _borders(list(islice(sets, ROUNDS[1])), k_values, n_starts).min(axis=1))
    reached = (emptiest[:, None] <= density).sum(axis=0)
    return {"continuum_stability": np.median(stable, axis=0), "border_density": density, "border_reached": reached,
            "n_references": np.full(len(density), len(emptiest)), "border_p": (1 + reached) / (1 + len(emptiest))}


def _borders(sets: list[np.ndarray], k_values: Sequence[int], n_starts: int) -> np.ndarray:
    """Density of the fullest border of each set and k."""
    densities = np.empty((len(sets), len(k_values)))
    for i, values in enumerate(sets):
        Z, place = rows.distinct(values - values.mean(axis=0))
        ready = restarts.ready_rows(Z, np.bincount(place).astype(float))
        for j, k in enumerate(k_values):
            C, criteria = restarts.starts(ready, min(k, len(Z)), n_starts, 0)
            best = C[criteria.argmin()]
            label = ((best**2).sum(axis=1) - 2 * Z @ best.T).argmin(axis=1)
            densities[i, j] = separation.border(Z[place], label[place], best)
    return densities


def _stays(table: pd.DataFrame, near: null_data.Bought, k_values: list[int], scale: str,
           seed: np.random.SeedSequence) -> np.ndarray:
    """Where people stay in their segments, and more so than people who differ by degree; asked where it matters."""
    asked = np.flatnonzero((table["global_stability"] >= GOOD) & (table["border_density"] <= GAP)
                           & (table["border_p"] <= LEVEL["continuum"]) & (table["halves_agreement"] >= STAYS))
    stays = np.zeros(len(table), dtype=bool)
    if len(asked):
        k_asked = [k_values[i] for i in asked]
        tables = [persistence.agreement(near.degrees.draw(np.random.default_rng(child)), near.names, k_asked, scale,
                                        1, 0) for child in seed.spawn(sum(ROUNDS))]
        most = np.max([t["halves_agreement"].fillna(1.0) for t in tables], axis=0)
        stays[asked] = table["halves_agreement"].to_numpy()[asked] > most
    return stays


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


def _verdict(row: Any) -> str:
    apart = row.border_density <= GAP and row.border_p <= LEVEL["continuum"]
    if row.global_stability >= GOOD and apart and row.stays:
        return NATURAL
    if row.independent_p <= LEVEL["independent"] and row.global_stability >= MODERATE:
        return REPRODUCIBLE
    return CONSTRUCTIVE
