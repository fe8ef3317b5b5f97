"""Two runs of one study compared: who moved, which segments grew, whose profile drifted, and whether to segment again.

The customers of both runs are drawn anew together, so that one who stands in both counts as one person; what lies
within the interval is no change. Segments keep their labels from run to run (`Segmentation.align`, names of a study).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.segmentation import lots
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

MOVED = 0.3
"""Share of the returning customers in another segment from which on segments should be made anew; ours: by then nearly
one in three gets what was meant for somebody else."""
GROWN = 0.05
"""Change of a segment's share, in points, that counts beside being beyond chance; ours."""
DRIFTED = 0.5
"""Change of a segment's mean, in standard deviations of all customers of the first run; Cohen's medium effect."""
N_DRAWS = 1000
NOBODY = N_("Segment again? It cannot be told: nobody stands in both runs.")
KEEP = N_("Keep the segments: {moved:percent} of {n:count} returning customers have moved, and no segment has grown, "
          "shrunk or changed its profile noticeably and by more than chance.")
KEEP_UNSTEADY = N_("Do not segment again for it: {moved:percent} of {n:count} returning customers are in another "
                   "segment, and chance alone would move {chance:percent}. The purchases of one window are too few to "
                   "hold people in a segment: use the segments for today.")
AGAIN_BEYOND = N_("Segment again, by the same rule at least: {moved:percent} of {n:count} returning customers are in "
                  "another segment (our limit is {limit:percent}), and chance alone would move {chance:percent}. "
                  "Lists of the first run are out of date.")
RENEW = N_("Keep the segments, renew the lists: {moved:percent} of {n:count} returning customers are in another "
           "segment, where chance alone would move {chance:percent}. No segment has changed in size or profile "
           "noticeably and by more than chance.")
AGAIN_MOVED = N_("Segment again: {moved:percent} of {n:count} returning customers are in another segment (our limit "
                 "is {limit:percent}).")
AGAIN_GROWN = N_("Look at the segments again: “{segment:segment}” was {before:percent} of the customers and is "
                 "{after:percent}, more than chance explains.")
AGAIN_DRIFTED = N_("Segment again: in “{segment:segment}” the mean of {name:column} went from {before:number} to "
                   "{after:number}, {size:decimal} standard deviations and more than chance explains.")


CHANGES = {(False, False): N_("within chance"), (False, True): N_("within chance"),
           (True, True): N_("more than before"), (True, False): N_("less than before")}
"""By (beyond chance, upwards)."""
GROWTH = ["n_before_run", "n_after_run", "share_before", "share_after", "share_change", "change_low", "change_high",
          "change_verdict"]
DRIFT = ["mean_before", "mean_after", "drift_size", "drift_low", "drift_high", "change_verdict"]
"""Columns of the two tables that a page shows."""


class Review(NamedTuple):
    """`moves`: segments before × after, counts of returning customers. `growth`: a row per segment. `drift`: a row per
    (segment, variable), the largest first. `moved_share` of the `n` returning customers. `again`: whether to segment
    again, or look. `sentence`, `values`: the verdict with its reason."""

    moves: pd.DataFrame
    growth: pd.DataFrame
    drift: pd.DataFrame
    moved_share: float
    n: int
    again: bool
    sentence: str
    values: dict[str, Any]


def compare(before: pd.Series, after: pd.Series, measures_before: pd.DataFrame | None = None,
            measures_after: pd.DataFrame | None = None, moved_by_chance: Sequence[float] = (),
            random_state: int | None = None) -> Review:
    """Compare two runs.

    Parameters
    ----------
    before, after : segment of each customer in the first and the second run, indexed by customer, the same labels for
        the same segments. Customers without a segment are left out.
    measures_before, measures_after : numeric columns of the customers in each run, the same ones; None for no profile.
    moved_by_chance : shares of the returning customers that chance alone would move, one per draw (`runs.two`); none
        where it is not known. Moves that are no more than in 97.5 of 100 draws are no reason to segment again.
    random_state : seed of the customers drawn anew.

    Returns
    -------
    Review. `growth` has `n_before_run`, `n_after_run`, `share_before`, `share_after`, `share_change` with its interval
    (`change_low`, `change_high`), `is_change` and, in words, `change_verdict`; `drift` has `mean_before`,
    `mean_after`, `drift_size` (in standard deviations of all customers of the first run) with its interval
    (`drift_low`, `drift_high`), `is_drift` and `change_verdict`. The intervals of a table hold together in 95 of 100
    pairs of runs (Bonferroni). A segment that is in one run only has no drift.

    Raises
    ------
    DataError
        When a customer stands twice in a run, a run is empty, or the measures differ.

    Examples
    --------
    >>> before, after = pd.Series({1: "a", 2: "a", 3: "b"}), pd.Series({1: "a", 2: "b", 4: "b"})
    >>> made = compare(before, after, random_state=1)
    >>> made.moved_share, made.growth["share_after"].round(2).tolist()
    (0.5, [0.33, 0.67])
    """
    faults = []
    for name, labels in (("before", before), ("after", after)):
        if labels.index.has_duplicates:
            faults.append(Fault(f"`{name}`", "names a customer twice", "give one row each"))
        if labels.notna().sum() == 0:
            faults.append(Fault(f"`{name}`", "has no customer with a segment", "build that study again"))
    if (measures_before is None) != (measures_after is None):
        faults.append(Fault("the measures", "are given of one run only", "give those of both runs, or of none"))
    if faults:
        raise DataError(faults)
    before, after = before.dropna(), after.dropna()
    names: Sequence[Any] = [] if measures_before is None else list(measures_before.columns)
    if measures_after is not None:
        check_columns(names, measures_after.columns, "the measures of the second run")
    segments = list(dict.fromkeys([*sorted(before.unique(), key=str), *sorted(after.unique(), key=str)]))
    everybody = before.index.union(after.index)
    blocks = [_sums(everybody, run, table, segments, names) for run, table in (
        (before, measures_before), (after, measures_after))]
    drawn = _drawn(np.concatenate(blocks, axis=1), random_state)
    now, again = drawn[:1], drawn[1:]
    growth = _growth(now, again, segments)
    drift = _drift(now, again, segments, names, measures_before)
    both = before.index.intersection(after.index)
    moves = pd.crosstab(before[both], after[both]).reindex(index=segments, columns=segments, fill_value=0)
    moved = float((before[both] != after[both]).mean()) if len(both) else float("nan")
    moves = moves.rename_axis(index="segment_before", columns="segment")
    return Review(moves, growth, drift, moved, len(both), *_verdict(moved, len(both), growth, drift, moved_by_chance))


def by_chance(moved: Sequence[float]) -> float:
    """The share that chance alone moves, the mean of its draws; missing without draws.

    Examples
    --------
    >>> by_chance([0.25, 0.75])
    0.5
    """
    return float(np.mean(moved)) if len(moved) else float("nan")


def changed(made: Review) -> dict[str, int]:
    """How many segments changed their share beyond chance (`n`) of `all`, and how many means drifted beyond it
    (`drifted`) of `means`."""
    return {"n": int(made.growth["is_change"].sum()), "all": len(made.growth),
            "drifted": int(made.drift["is_drift"].sum()) if len(made.drift) else 0, "means": len(made.drift)}


def _sums(everybody: pd.Index, run: pd.Series, table: pd.DataFrame | None, segments: Sequence[Any],
          names: Sequence[Any]) -> np.ndarray:
    """Of each customer (n), for each segment: whether in it, and of each measure its value and whether it is known."""
    place = pd.Index(segments).get_indexer(run.reindex(everybody))
    inside = np.zeros((len(everybody), len(segments)))
    inside[np.flatnonzero(place >= 0), place[place >= 0]] = 1.0
    parts = [inside]
    measures = pd.DataFrame(index=everybody) if table is None else table
    for name in names:
        values = pd.to_numeric(measures[name], errors="coerce").reindex(everybody).to_numpy(dtype=float)
        known = np.isfinite(values)
        parts += [inside * np.where(known, values, 0.0)[:, None], inside * known[:, None]]
    return np.concatenate(parts, axis=1)


def _drawn(values: np.ndarray, random_state: int | None) -> np.ndarray:
    """Sums of the columns: of all customers first, then of draws with replacement."""
    rng = np.random.default_rng(random_state)
    bag = lots.bags(len(values), rng)
    n_bags = int(bag.max()) + 1
    sums = np.stack([np.bincount(bag, column, n_bags) for column in values.T], axis=1)
    counts = lots.counts(n_bags, N_DRAWS, int(rng.integers(2**32)))
    return np.concatenate([values.sum(axis=0, keepdims=True), counts @ sums])


def _ends(draws: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Normal intervals of a table of `n` numbers that hold together, around 0, from the spread of the draws."""
    from scipy.stats import norm

    known = np.isfinite(draws).sum(axis=0) > 1
    spread = np.nanstd(np.where(np.isfinite(draws) & known, draws, np.where(known, np.nan, 0.0)), axis=0)
    spread = np.where(known, spread, np.inf)
    reach = norm.ppf(1 - 0.025 / max(1, n)) * spread
    return -reach, reach


def _growth(now: np.ndarray, again: np.ndarray, segments: Sequence[Any]) -> pd.DataFrame:
    k, half = len(segments), now.shape[1] // 2

    def shares(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        earlier, later = part[:, :k], part[:, half:half + k]
        with np.errstate(divide="ignore", invalid="ignore"):  # a draw may hold nobody of a run
            return earlier / earlier.sum(axis=1, keepdims=True), later / later.sum(axis=1, keepdims=True)

    (first, second), (drawn_first, drawn_second) = shares(now), shares(again)
    change = (second - first)[0]
    low, high = _ends(drawn_second - drawn_first, k)
    table = pd.DataFrame({"n_before_run": now[0, :k].astype(int), "n_after_run": now[0, half:half + k].astype(int),
                          "share_before": first[0], "share_after": second[0], "share_change": change,
                          "change_low": change + low, "change_high": change + high},
                         index=pd.Index(segments, name="segment"))
    table["is_change"] = (table["change_low"] > 0) | (table["change_high"] < 0)
    return _told(table, "share_change", "is_change")


def _told(made: pd.DataFrame, size: str, beyond: str) -> pd.DataFrame:
    verdict = [CHANGES[bool(b), bool(s > 0)] for s, b in zip(made[size], made[beyond], strict=True)]
    return made.assign(change_verdict=pd.Series(verdict, index=made.index, dtype=object))


def _drift(now: np.ndarray, again: np.ndarray, segments: Sequence[Any], names: Sequence[Any],
           table: pd.DataFrame | None) -> pd.DataFrame:
    k, half, rows = len(segments), now.shape[1] // 2, []
    for j, name in enumerate(names):
        at = k + 2 * j * k
        scale = float(pd.to_numeric(table[name], errors="coerce").std())  # type: ignore[index]
        if not scale > 0:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = ((part[:, o + at:o + at + k] / part[:, o + at + k:o + at + 2 * k]) for part in (now,)
                             for o in (0, half))
            drawn = again[:, half + at:half + at + k] / again[:, half + at + k:half + at + 2 * k] - (
                again[:, at:at + k] / again[:, at + k:at + 2 * k])
        for i, segment in enumerate(segments):
            if np.isfinite(first[0, i]) and np.isfinite(second[0, i]):
                size = (second - first)[0, i] / scale
                rows.append((segment, name, first[0, i], second[0, i], size, drawn[:, i] / scale))
    columns = ["segment", "variable", "mean_before", "mean_after", "drift_size"]
    drift = pd.DataFrame([r[:5] for r in rows], columns=columns)
    ends = [_ends(r[5], len(rows)) for r in rows]
    drift["drift_low"] = drift["drift_size"] + [float(low) for low, _ in ends]
    drift["drift_high"] = drift["drift_size"] + [float(high) for _, high in ends]
    drift["is_drift"] = (drift["drift_low"] > 0) | (drift["drift_high"] < 0)
    drift = _told(drift, "drift_size", "is_drift").sort_values("drift_size", key=abs, ascending=False, kind="stable")
    return drift.set_index(["segment", "variable"])


def _verdict(moved: float, n: int, growth: pd.DataFrame, drift: pd.DataFrame,
             dealt: Sequence[float]) -> tuple[bool, str, dict[str, Any]]:
    if n == 0:
        return True, NOBODY, {}
    chance = by_chance(dealt)
    steady = moved <= MOVED or (len(dealt) > 0 and moved <= np.quantile(dealt, 0.975))
    far = drift[drift["is_drift"] & (drift["drift_size"].abs() >= DRIFTED)]
    grown = growth[growth["is_change"] & (growth["share_change"].abs() >= GROWN)]
    if not steady and len(dealt) and far.empty and grown.empty:
        return False, RENEW, {"moved": moved, "n": n, "chance": chance}
    if not steady and len(dealt):
        return True, AGAIN_BEYOND, {"moved": moved, "n": n, "limit": MOVED, "chance": chance}
    if not steady:
        return True, AGAIN_MOVED, {"moved": moved, "n": n, "limit": MOVED}
    if len(far):
        (segment, name), row = far.index[0], far.iloc[0]
        return True, AGAIN_DRIFTED, {"segment": segment, "name": name, "before": row["mean_before"],
                                     "after": row["mean_after"], "size": abs(row["drift_size"])}
    if len(grown):
        segment = grown["share_change"].abs().idxmax()
        return True, AGAIN_GROWN, {"segment": segment, "before": growth.loc[segment, "share_before"],
                                   "after": growth.loc[segment, "share_after"]}
    if moved > MOVED:
        return False, KEEP_UNSTEADY, {"moved": moved, "n": n, "chance": chance}
    return False, KEEP, {"moved": moved, "n": n}
