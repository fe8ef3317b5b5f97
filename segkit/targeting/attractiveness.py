"""Which segments to serve first: knock-out criteria, then weighted comparison (S6, P3, P4.6).

A segment's points on a criterion are an index: 100 where it is as all customers are, 120 where it is a fifth better. So
they do not change when another candidate is left out, and candidates that hardly differ have nearly the same points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.targeting import editorial
from segkit.words import labels
from segkit.words.errors import Fault, SegkitError, check_columns, did_you_mean
from segkit.words.language import LANGUAGES, N_, translate

DIRECTIONS = ("higher", "lower")
N_DRAWS = 2000
CONCENTRATION = 10.0
"""Of the Dirichlet distribution of weights, per criterion; 1 with equal weights draws all weightings alike."""
_KEYS = ("column", "weight", "better")
_TIE = 1e-9
NONE = N_("none")


def evaluate(segments: pd.DataFrame, criteria: Sequence[Mapping[str, Any]], knock_out: Mapping[str, float] | None =
None,
             total: Mapping[str, float] | None = None, concentration: float = CONCENTRATION,
             random_state: int | None = None) -> pd.DataFrame:
    """Rank segments by weighted criteria, after the knock-out criteria; only the weights vary.

    How the ranking holds where other customers are drawn, too: `segkit.targeting.candidates.compare`.

    Parameters
    ----------
    segments : DataFrame, a row per segment and a numeric column per criterion. A segment whose `size` is 0 is out.
    criteria : list of ``{column, weight, better: higher | lower}``, or of ``{name, weight, scores, source}`` where
        people score the segments (see `editorial`); weights are shares of their sum. A criterion without any value
        (see `without_data`) is left out.
    knock_out : column → smallest value a segment may have to be considered at all.
    total : column → its value that has 100 points; the mean of the segments by default (for shares of a whole, that of
        equal parts).
    concentration : how near the random weights are to the given ones; 1 with equal weights draws all weightings with
        the same chance.
    random_state : seed of the random weightings.

    Returns
    -------
    DataFrame, a row per segment, best first: `attractiveness_score` (weighted points; 100 = as all customers, see
    `points`), `segment_rank`, `first_share` (share of 2,000 random weightings around the given ones in which the
    segment comes first; equal segments share it), `knocked_out_by` (columns, "" for a considered segment).
    Knocked-out segments have no score.

    Raises
    ------
    SegkitError
        Missing column or value, weight not positive, unknown direction, or no segment left.

    Notes
    -----
    Weights are drawn from a Dirichlet distribution with the given weights as mean: with 10 per criterion a weight of
    25 % among four varies by about 7 points (one standard deviation).

    References
    ----------
    Dolnicar, Grün & Leisch (2018), Market Segmentation Analysis, steps 2 and 8, doi:10.1007/978-981-10-8818-6.
    Lahdelma, Hokkanen & Salminen (1998), SMAA, doi:10.1016/S0377-2217(97)00163-X, for ranks under random weights.

    Examples
    --------
    >>> table = pd.DataFrame({"size": [10, 30, 5], "spend": [9.0, 3.0, 12.0]}, index=["a", "b", "c"])
    >>> found = evaluate(table, [{"column": "size", "weight": 2, "better": "higher"},
    ...     {"column": "spend", "weight": 1, "better": "higher"}], knock_out={"size": 8}, random_state=1)
    >>> found["attractiveness_score"].round(1).to_dict()
    {'b': 145.8, 'a': 81.9, 'c': nan}
    """
    criteria = usable(segments, criteria, knock_out)
    computed, scored_by_people = editorial.split(criteria)
    columns, weights = [spec["column"] for spec in computed], given_weights(criteria)
    failed = knocked_out(segments, knock_out)
    kept = considered(segments, columns, failed)
    values = segments.loc[segments.index[~_empty(segments)], columns].astype(float)
    ends = np.array([(total or {}).get(c, values[c].mean()) for c in columns], dtype=float)
    scored = points(segments.loc[kept, columns].to_numpy(dtype=float), ends, directions(computed))
    scored = np.column_stack([scored, editorial.points(scored_by_people, kept)])
    drawn = np.random.default_rng(random_state).dirichlet(concentration * len(weights) * weights, N_DRAWS)
    return ranked(segments.index, kept, scored @ weights, first_shares(drawn @ scored.T), failed)


def form(criteria: Sequence[Any]) -> list[Fault]:
    """Faults of criteria that data answer, which can be told without the data: keys, directions, weights.

    Examples
    --------
    >>> print(form([{"column": "monetary", "weight": -2}])[0])
    criterion 'monetary': has the weight -2
      → give a number above 0, or leave it out
    """
    faults: list[Fault] = []
    for i, spec in enumerate(criteria, 1):
        if not isinstance(spec, Mapping) or "column" not in spec:
            faults.append(Fault(f"criterion {i}", f"is {spec!r}", "write `{column: …, weight: …, better: higher}`, or "
                                                                  "`{name: …, weight: …, "
                                "scores: {segment: 1 to 5}, source: …}`"))
            continue
        where = f"criterion {spec['column']!r}"
        faults += [Fault(where, f"has an unknown key `{key}`", did_you_mean(str(key), _KEYS)) for key in spec
                   if key not in _KEYS]
        if spec.get("better", "higher") not in DIRECTIONS:
            faults.append(Fault(f"{where}, `better`", f"is {spec['better']!r}",
                                did_you_mean(str(spec["better"]), DIRECTIONS)))
        weight = spec.get("weight", 1)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < np.inf:
            faults.append(Fault(where, f"has the weight {weight!r}", "give a number above 0, or leave it out"))
    return faults


def usable(segments: pd.DataFrame, criteria: Sequence[Mapping[str, Any]],
           knock_out: Mapping[str, float] | None = None) -> list[Mapping[str, Any]]:
    """The criteria that have data, after all faults of the spec are told; those that people score come last."""
    faults = []
    criteria, scored = editorial.split(criteria)
    faults += editorial.faults(scored, segments.index)
    faults += form(criteria)
    if not (criteria or scored):
        faults.append(Fault("`criteria`", "is empty", "name at least one criterion"))
    if faults:
        raise SegkitError(faults, "criteria")
    check_columns([*(spec["column"] for spec in criteria), *(knock_out or {})], segments.columns, "the segments")
    left_out = without_data(segments, criteria)
    criteria = [*(spec for spec in criteria if spec["column"] not in left_out),
                *(spec for spec in scored if spec.get("scores"))]
    if not criteria:
        raise SegkitError([Fault("`criteria`", "none of them has data", "name a column that has values")])
    return criteria


def knocked_out(segments: pd.DataFrame, knock_out: Mapping[str, float] | None) -> pd.Series:
    """The knock-out criteria that each segment fails, "" for none; a missing value fails, and so does a segment without
    customers (its `size` is 0)."""
    failed = {c: ~(segments[c] >= least) for c, least in (knock_out or {}).items()}
    if "size" not in failed:
        failed = {"size": _empty(segments), **failed}
    return pd.Series([", ".join(c for c in failed if failed[c].iloc[i]) for i in range(len(segments))],
                     index=segments.index)


def considered(segments: pd.DataFrame, columns: Sequence[str], failed: pd.Series) -> pd.Index:
    """The segments that pass; raises where there is none, or where one of them lacks a number."""
    kept = segments.index[failed == ""]
    if len(kept) == 0:
        raise SegkitError([Fault("knock-out criteria", "leave no segment", "lower a limit")])
    values = segments.loc[kept, list(columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    bad = [c for c in columns if not np.isfinite(values[c]).all()]
    if bad:
        raise SegkitError([Fault(f"criterion {c!r}", "has missing values, or values that are not finite numbers",
                                 "leave it out of the criteria, or give the data it needs") for c in bad])
    return kept


def points(values: np.ndarray, total: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Points of values against those of all customers: 100 where they are equal, 120 where a value is a fifth better.

    Parameters
    ----------
    values : … × segments × criteria.
    total : … × criteria, the value that has 100 points. Where it is 0 all have 100 points.
    lower : of each criterion, whether less is better.

    Examples
    --------
    >>> points(np.array([[12.0, 3.0], [8.0, 5.0]]), np.array([10.0, 4.0]), np.array([False, True])).tolist()
    [[120.0, 125.0], [80.0, 75.0]]
    """
    total = np.asarray(total, dtype=float)[..., None, :]
    scale = np.abs(total)
    better = np.divide(values - total, scale, out=np.zeros(np.broadcast(values, total).shape), where=scale > 0)
    return 100 + 100 * np.where(lower, -better, better)


def first_shares(scores: np.ndarray) -> np.ndarray:
    """How often each segment (column) has the highest of the scores of a draw (row); equal ones share it.

    Examples
    --------
    >>> first_shares(np.array([[1.0, 2.0], [3.0, 3.0]])).tolist()
    [0.25, 0.75]
    """
    leading = scores >= scores.max(axis=1, keepdims=True) - _TIE
    return (leading / leading.sum(axis=1, keepdims=True)).mean(axis=0)


def ranked(index: pd.Index, kept: pd.Index, scores: np.ndarray, first: np.ndarray, failed: pd.Series) -> pd.DataFrame:
    """The table of segments, best first."""
    table = pd.DataFrame({"attractiveness_score": pd.Series(scores, index=kept),
                          "first_share": pd.Series(first, index=kept), "knocked_out_by": failed}, index=index)
    table = table.sort_values("attractiveness_score", ascending=False, kind="stable", na_position="last")
    table.insert(1, "segment_rank", table["attractiveness_score"].round(9).rank(ascending=False, method="min"))
    return table


def given_weights(criteria: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """The weights, as shares of their sum."""
    weights = np.array([float(spec.get("weight", 1)) for spec in criteria])
    return weights / weights.sum()


def directions(criteria: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Of each criterion, whether less is better."""
    return np.array([spec.get("better", "higher") == "lower" for spec in criteria])


def without_data(segments: pd.DataFrame, criteria: Sequence[Mapping[str, Any]]) -> list[str]:
    """The criteria that no segment has a value for."""
    computed, scored = editorial.split(criteria)
    return [*(c for c in dict.fromkeys(spec["column"] for spec in computed) if segments[c].isna().all()),
            *(editorial.told(spec)["en"] for spec in scored if not spec.get("scores"))]


def listed(criteria: Sequence[str]) -> dict[str, str]:
    """Criteria in words, by language; "none" where there are none.

    Examples
    --------
    >>> listed(["monetary"])["vi"], listed([])["vi"]
    ('monetary', 'không có')
    """
    return {code: ", ".join(labels.of(c, code) for c in criteria) or translate(NONE, code) for code in LANGUAGES}


def _empty(segments: pd.DataFrame) -> pd.Series:
    return (segments["size"] == 0) if "size" in segments else pd.Series(False, index=segments.index)
