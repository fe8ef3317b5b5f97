"""Criteria that no data answer: scores that people give to segments, told apart from what is computed.

A score runs from 1 to 5 against the other segments: 3 is as the others, and each step is worth a fifth, as 120 points
of a computed criterion are a fifth better than all customers. It says where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.words.errors import Fault, did_you_mean
from segkit.words.formats import format_value
from segkit.words.language import LANGUAGES, N_

SCALE = (1, 2, 3, 4, 5)
STEP = 20.0
"""Points of a step of the scale."""
KEYS = ("name", "weight", "scores", "source")
BASES = {"computed": N_("computed from the data"), "editorial": N_("editorial: a judgement"),
         "none": N_("no data: left out")}


def split(criteria: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The criteria that are computed, and those that people score.

    Examples
    --------
    >>> split([{"column": "monetary"}, {"name": "Rivals", "scores": {"a": 2}}])[1]
    [{'name': 'Rivals', 'scores': {'a': 2}}]
    """
    parts: tuple[list[Any], list[Any]] = ([], [])
    for spec in criteria:
        parts[isinstance(spec, Mapping) and "column" not in spec and "name" in spec].append(spec)
    return parts


def faults(criteria: Sequence[Mapping[str, Any]], segments: Sequence[Any]) -> list[Fault]:
    """What is wrong with editorial criteria: keys, weights, scores off the scale, of unknown segments or missing.

    Examples
    --------
    >>> print(faults([{"name": "Rivals", "scores": {"a": 6}, "source": "sales"}], ["a"])[0])
    criterion 'Rivals': has the score 6 for 'a'
      → give a whole number from 1 (far below the others) to 5 (far above)
    """
    problems = []
    names = [str(s) for s in segments]
    for spec in criteria:
        where = f"criterion {told(spec)['en']!r}"
        problems += [Fault(where, f"has an unknown key `{key}`", did_you_mean(str(key), KEYS)) for key in spec
                     if key not in KEYS]
        weight, scores = spec.get("weight", 1), spec.get("scores") or {}
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < np.inf:
            problems.append(Fault(where, f"has the weight {weight!r}", "give a number above 0, or leave it out"))
        if not isinstance(scores, Mapping):
            problems.append(Fault(where, f"has the scores {scores!r}", "write `scores: {segment: 1 to 5}`"))
            continue
        for segment, score in scores.items():
            if str(segment) not in names:
                problems.append(Fault(where, f"scores the segment {segment!r}, which there is not",
                                      did_you_mean(str(segment), names)))
            elif score not in SCALE or isinstance(score, bool):
                problems.append(Fault(where, f"has the score {score!r} for {segment!r}",
                                      "give a whole number from 1 (far below the others) to 5 (far above)"))
        if scores and (without := [s for s in names if s not in {str(k) for k in scores}]):
            problems.append(Fault(where, f"has no score for {', '.join(without)}",
                                  "score every segment, 3 where it is as the others"))
        if scores and not spec.get("source"):
            problems.append(Fault(where, "has no `source`", "say who scored it, when and on what grounds"))
    return problems


def points(criteria: Sequence[Mapping[str, Any]], segments: Sequence[Any]) -> np.ndarray:
    """Points of each segment (s, c) on editorial criteria: 100 for a 3, 20 more or less a step.

    Examples
    --------
    >>> points([{"name": "Rivals", "scores": {"a": 2, "b": 5}}], ["a", "b"]).tolist()
    [[80.0], [140.0]]
    """
    segment_points = np.full((len(segments), len(criteria)), np.nan)
    for j, spec in enumerate(criteria):
        scores = {str(s): v for s, v in (spec.get("scores") or {}).items()}
        segment_points[:, j] = [100.0 + STEP * (scores[str(s)] - 3) if str(s) in scores else np.nan for s in segments]
    return segment_points


def told(spec: Mapping[str, Any]) -> dict[str, str]:
    """What a criterion is called, by language: its own name, or the label of its column.

    Examples
    --------
    >>> told({"name": "Rivals"})["vi"], told({"column": "monetary"})["en"]
    ('Rivals', 'Monetary value')
    """
    name = spec.get("name")
    if isinstance(name, Mapping):
        return {code: str(name.get(code, name.get("en", ""))) for code in LANGUAGES}
    if name is not None:
        return dict.fromkeys(LANGUAGES, str(name))
    return {code: format_value(str(spec["column"]), "column", code) for code in LANGUAGES}


PARTS = N_("attractiveness"), N_("relative competitiveness")


def table(attractiveness: Sequence[Mapping[str, Any]], competitiveness: Sequence[Mapping[str, Any]] = (),
          left_out: Sequence[str] = ()) -> pd.DataFrame:
    """The criteria of a study: given weight, share of all weights, and what each rests on.

    Parameters
    ----------
    attractiveness, competitiveness : the criteria of the two parts.
    left_out : columns without data, whose criteria count for nothing.

    Returns
    -------
    DataFrame, a row per criterion: `weighed_criterion` (by language), `weighed_for` (its part), `given_weight`,
    `criterion_weight` (of those of its part that count; missing for one left out), `weighed_by`, `basis_source` (of an
    editorial one).

    Examples
    --------
    >>> table([{"column": "size", "weight": 3}, {"column": "age"}], left_out=["age"])["given_weight"].tolist()
    [3.0, 1.0]
    """
    rows = []
    for part, criteria in zip(PARTS, (attractiveness, competitiveness), strict=True):
        counts = [_basis(spec, left_out) != "none" for spec in criteria]
        total = sum(float(s.get("weight", 1)) for s, c in zip(criteria, counts, strict=True) if c)
        for spec, count in zip(criteria, counts, strict=True):
            source, weight = spec.get("source", ""), float(spec.get("weight", 1))
            rows.append({"weighed_criterion": told(spec), "weighed_for": part, "given_weight": weight,
                         "criterion_weight": weight / total if count else np.nan,
                         "weighed_by": BASES[_basis(spec, left_out)],
                         "basis_source": source if isinstance(source, Mapping) else dict.fromkeys(LANGUAGES, source)})
    columns = ["weighed_criterion", "weighed_for", "given_weight", "criterion_weight", "weighed_by", "basis_source"]
    return pd.DataFrame(rows, columns=columns)


def _basis(spec: Mapping[str, Any], left_out: Sequence[str]) -> str:
    if "column" in spec:
        return "none" if spec["column"] in left_out else "computed"
    return "editorial" if spec.get("scores") else "none"
