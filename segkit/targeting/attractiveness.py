"""Which segments to serve first: knock-out criteria, then weighted comparison (S6, P3, P4.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.words.errors import Fault, SegkitError, check_columns, check_option, did_you_mean
from segkit.words.language import N_

DIRECTIONS = ("higher", "lower")
N_DRAWS = 2000
_KEYS = ("column", "weight", "better")
_TIE = 1e-9
NONE = N_("none")


def evaluate(segments: pd.DataFrame, criteria: Sequence[Mapping[str, Any]],
             knock_out: Mapping[str, float] | None = None, random_state: int | None = None) -> pd.DataFrame:
    """Rank segments by weighted criteria, after the knock-out criteria.

    Parameters
    ----------
    segments : DataFrame, a row per segment and a numeric column per criterion.
    criteria : list of ``{column, weight, better: higher | lower}``; weights are shares of their sum. A criterion
        without any value (see `without_data`) is left out.
    knock_out : column → smallest value a segment may have to be considered at all.
    random_state : seed of the weight perturbation.

    Returns
    -------
    DataFrame, a row per segment, best first: `attractiveness_score` (0..100; each criterion is scaled so
    that the weakest considered segment has 0 and the strongest 100; a criterion equal in all has 50),
    `segment_rank`, `first_share` (share of 2,000 random weightings around the given ones in which the segment
    comes first; equal segments share it), `knocked_out_by` (columns, "" for a considered segment).
    Knocked-out segments have no score.

    Raises
    ------
    SegkitError
        Missing column or value, weight not positive, unknown direction, or no segment left.

    Notes
    -----
    Weights are drawn from a Dirichlet distribution with the given weights as mean and a concentration of
    10 per criterion: a weight of 25 % among four varies by about 7 points (one standard deviation).

    References
    ----------
    McDonald & Dunbar (2012), Market Segmentation; Dolnicar, Grün & Leisch (2018), steps 2 and 8.

    Examples
    --------
    >>> table = pd.DataFrame({"size": [10, 30, 5], "spend": [9.0, 3.0, 20.0]}, index=["a", "b", "c"])
    >>> found = evaluate(table, [{"column": "size", "weight": 2, "better": "higher"},
    ...     {"column": "spend", "weight": 1, "better": "higher"}], knock_out={"size": 8}, random_state=1)
    >>> found["attractiveness_score"].round(1).to_dict()
    {'b': 66.7, 'a': 33.3, 'c': nan}
    """
    faults = []
    for i, spec in enumerate(criteria, 1):
        if not isinstance(spec, Mapping) or "column" not in spec:
            faults.append(Fault(f"criterion {i}", f"is {spec!r}", "write `{column: …, weight: …, better: higher}`"))
            continue
        where = f"criterion {spec['column']!r}"
        faults += [Fault(where, f"has an unknown key `{key}`", did_you_mean(str(key), _KEYS)) for key in spec
                   if key not in _KEYS]
        check_option("better", spec.get("better", "higher"), DIRECTIONS)
        weight = spec.get("weight", 1)
        if not isinstance(weight, int | float) or not 0 < weight < np.inf:
            faults.append(Fault(where, f"has the weight {weight!r}", "give a number above 0, or leave it out"))
    if not criteria:
        faults.append(Fault("`criteria`", "is empty", "name at least one criterion"))
    if faults:
        raise SegkitError(faults, "criteria")
    check_columns([*(spec["column"] for spec in criteria), *(knock_out or {})], segments.columns, "the segments")
    criteria = [spec for spec in criteria if spec["column"] not in without_data(segments, criteria)]
    if not criteria:
        raise SegkitError([Fault("`criteria`", "none of them has data", "name a column that has values")])
    columns = [spec["column"] for spec in criteria]
    failed = pd.Series([", ".join(c for c, least in (knock_out or {}).items() if not row[c] >= least)
                        for _, row in segments.iterrows()], index=segments.index)
    kept = segments.index[failed == ""]
    if len(kept) == 0:
        raise SegkitError([Fault("knock-out criteria", "leave no segment", "lower a limit")])
    values = segments.loc[kept, columns].apply(pd.to_numeric, errors="coerce").astype(float)
    values = values.where(np.isfinite(values))
    if values.isna().to_numpy().any():
        raise SegkitError([Fault(f"criterion {c!r}", "has missing values, or values that are not finite numbers",
                                 "leave it out of the criteria, or give the data it needs")
                           for c in columns if values[c].isna().any()])
    scaled = _scaled(values, [spec.get("better", "higher") for spec in criteria])
    weights = np.array([float(spec.get("weight", 1)) for spec in criteria])
    weights /= weights.sum()
    draws = np.random.default_rng(random_state).dirichlet(10 * len(weights) * weights, N_DRAWS)
    drawn = scaled @ draws.T
    leading = drawn >= drawn.max(axis=0) - _TIE
    first = (leading / leading.sum(axis=0)).mean(axis=1)
    table = pd.DataFrame({"attractiveness_score": pd.Series(scaled @ weights, index=kept),
                          "first_share": pd.Series(first, index=kept), "knocked_out_by": failed},
                         index=segments.index)
    table = table.sort_values("attractiveness_score", ascending=False, kind="stable", na_position="last")
    table.insert(1, "segment_rank", table["attractiveness_score"].rank(ascending=False, method="min"))
    return table


def without_data(segments: pd.DataFrame, criteria: Sequence[Mapping[str, Any]]) -> list[str]:
    """The criteria that no segment has a value for; a report writes `NONE` where there are none."""
    return [c for c in dict.fromkeys(spec["column"] for spec in criteria) if segments[c].isna().all()]


def _scaled(values: pd.DataFrame, better: Sequence[str]) -> np.ndarray:
    low, span = values.min(), values.max() - values.min()
    scaled = (100 * (values - low) / span.where(span > 0)).fillna(50.0).to_numpy(copy=True)
    flip = np.array([b == "lower" for b in better])
    scaled[:, flip] = 100 - scaled[:, flip]
    return scaled
