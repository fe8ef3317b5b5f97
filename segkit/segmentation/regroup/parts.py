"""The parts of a segment that a study splits: by a condition, or by the method that formed the segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation import hierarchical, how_many, jaccard, kmeans, kmedians, latent_class, prediction
from segkit.segmentation.partition import gower, nearest
from segkit.segmentation.result import Segmentation
from segkit.segmentation.rulebook import conditions
from segkit.words.errors import DataError, Fault, SegkitError, did_you_mean

MOST_LEARNED = 1500
"""People whom latent classes or a tree are learned from."""


def earlier(part: Mapping[str, Any], rule: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The split of the rule of the last build that has the same segment, reason and labels."""
    return next((p for p in (rule or {}).get("splits", []) if all(p[k] == part[k] for k in (
        "segment", "by", "labels"))), None)


def labelled(X: pd.DataFrame, part: Mapping[str, Any]) -> np.ndarray:
    """The part that each row of a split segment is in; its first where the rule cannot tell."""
    labels = nearest.labels(X, _ruled(part["rule"], X))
    return labels.fillna(part["segment"]).astype("int64").to_numpy()


def _ruled(rule: Mapping[str, Any], X: pd.DataFrame) -> Segmentation:
    """A rule that labels rows like those of X."""
    nobody = pd.DataFrame({"segment": []})
    return Segmentation("", tuple(map(str, X.columns)), nobody, nobody, nobody, rule)


def made(segmentation: Segmentation, X: pd.DataFrame, members: np.ndarray, part: Mapping[str, Any],
         weights: Sequence[float] | None, before: Segmentation | None,
         random_state: int | None) -> tuple[np.ndarray, dict[str, Any]]:
    """Labels of the members of a segment that is split, and the rule that gives them.

    Parameters
    ----------
    segmentation : as it was formed. X, weights, before, random_state : as `regrouping.regrouped` takes them.
    members : who of X is in the segment.
    part : `segment`, what it is split `by` (a condition, or a number of parts), and `labels` of the parts.

    Raises
    ------
    DataError
        As `regrouping.regrouped`.
    """
    where, customers = f"`split`, segment {part['segment']}", X[members]
    if isinstance(part["by"], Mapping):
        if unknown := [v for v in conditions.variables(part["by"]) if v not in customers.columns]:
            raise DataError([Fault(where, f"asks for {v!r}, which did not form the segments", did_you_mean(
                v, customers.columns) or "ask for a segmentation variable") for v in unknown])
        rule = {"kind": "rules", "segments": [{"name": part["labels"][1], "when": dict(part["by"])}],
                "otherwise": part["labels"][0]}
        try:
            labels = labelled(customers, {**part, "rule": rule})
        except SegkitError as error:
            raise DataError([replace(f, where=f"{where}, {f.where}") for f in error.faults]) from None
        if (n := int((labels == part["labels"][1]).sum())) in (0, len(labels)):
            raise DataError([Fault(where, f"nobody of its {len(labels):,} customers meets the condition" if not n else
                                   f"all of its {len(labels):,} customers meet the condition", "give another limit")])
        return labels, rule
    w = None if weights is None else np.asarray(weights, dtype=float)[members]
    try:
        cut = _learned(segmentation, customers, part["by"], w, random_state)
    except DataError as error:
        raise DataError([Fault(where, f"cannot be split in {part['by']}: {f.where} {f.found}",
                               "split it in fewer parts, or by a condition") for f in error.faults]) from None
    cut = cut.relabel(dict(zip(cut.segments.index, part["labels"], strict=True)))
    if before is not None and (old := earlier(part, before.rule)):
        then = pd.DataFrame({"segment": labelled(customers, old)}, index=customers.index)
        cut = replace(cut, assignments=then).align(cut)
    return cut.labels.to_numpy(), dict(cut.rule)


def _learned(segmentation: Segmentation, own: pd.DataFrame, n: int, weights: Any,
             random_state: int | None) -> Segmentation:
    """A segment cut in parts by the method that formed it, on the same scales; the parts numbered from 1 on."""
    rule = segmentation.rule
    around: dict[str, Callable[..., Segmentation]] = {
        "centroids": kmeans.segment, "medians": kmedians.segment, "jaccard": jaccard.segment}
    if rule["kind"] in around:
        values = np.log1p(own.astype(float)) if rule.get("log") else own.astype(float)
        mean, scale = (np.asarray(rule.get(key, default), dtype=float) for key, default in (("mean", 0), ("scale", 1)))
        cut = around[rule["kind"]]((values - mean) / scale, n, weights=weights, n_starts=how_many.COMPARED_STARTS,
                                   random_state=random_state)
        if "mean" in rule:  # both scalings in one
            own_mean, own_scale = (np.asarray(cut.rule[key]) for key in ("mean", "scale"))
            cut = replace(cut, rule={**cut.rule, "mean": (mean + scale * own_mean).tolist(),
                                     "scale": (scale * own_scale).tolist(), "log": bool(rule.get("log"))})
        return cut
    varying = own.loc[:, own.nunique() > 1]
    if varying.empty:
        raise DataError([Fault("the customers", "gave the same answers")])
    weight = np.ones(len(own)) if weights is None else weights
    few = (weight > 0).sum() <= MOST_LEARNED
    sample = varying if few else varying.iloc[how_many.drawn(weight, MOST_LEARNED, random_state)]
    sample = sample.loc[:, sample.nunique() > 1]
    if rule["kind"] == "medoids":
        cut = hierarchical.segment(sample, n, distance="gower", weights=weight if few else None,
                                   variable_weights=gower.COMMENSURABLE)
    else:
        quantities = [c["name"] for c in rule["continuous"] if c["name"] in sample]
        cut = latent_class.segment(sample, n, weight if few else None, latent_class.COMPARED_STARTS, quantities,
                                   random_state=random_state)
    return prediction.everyone(cut, varying[list(sample)], weights)
