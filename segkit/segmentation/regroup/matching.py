"""Segments of today held against those of the last build: which is which, and how far they agree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from segkit.segmentation.partition import nearest
from segkit.segmentation.regroup import regrouping
from segkit.segmentation.result import Segmentation


def old_labels(segmentation: Segmentation, X: pd.DataFrame | None, before: Segmentation) -> pd.Series | None:
    """The segment of the last build, as its method formed it, that each customer of today is in: by its rule, where
    that knows all variables, or as it was; None where neither can be told."""
    if X is not None and set(before.variables) <= set(X.columns):
        return nearest.labels(X[list(before.variables)], regrouping.formed(before))
    if "formed" in before.rule:
        return None
    old = before.labels.reindex(segmentation.assignments.index)
    return old if old.notna().any() else None


def aligned(segmentation: Segmentation, before: Segmentation, old: pd.Series, bound: set[Any]) -> Segmentation:
    """The segmentation numbered as the last one was, so that most customers keep their number.

    Where there are fewer segments than then, some would keep a number beyond the last: those that nobody has `bound` a
    name, merge or split to get the free numbers from 1 on instead.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 1, 1, 5, 5, 9.0]})
    >>> three = kmeans.segment(X, 3, random_state=1)
    >>> two = kmeans.segment(X.iloc[[0, 1, 2, 5]], 2, random_state=1)
    >>> aligned(two, three, three.labels, set()).segments.index.to_list()
    [1, 2]
    """
    known = old.dropna().astype("int64").rename("segment").to_frame()
    then = regrouping.formed(before)
    renumbered = replace(then, assignments=known).align(segmentation)
    labels = renumbered.segments.index.tolist()
    free = [n for n in range(1, renumbered.k + 1) if n not in labels and n not in bound]
    odd = [n for n in labels if n > renumbered.k and n not in bound]
    new_numbers = dict(zip(odd, free, strict=False))
    return renumbered.relabel({n: new_numbers.get(n, n) for n in labels}) if new_numbers else renumbered


def jaccard(now: pd.Series, old: pd.Series) -> pd.Series:
    """Agreement of each segment with the old one of its number (Jaccard index), over the customers whose old one is
    known."""
    now, old = now[old.notna()], old.dropna()
    agreement = {label: ((now == label) & (old == label)).sum() / max(1, ((now == label) | (old == label)).sum())
                 for label in sorted(now.dropna().unique())}
    return pd.Series(agreement, name="jaccard", dtype=float).rename_axis("segment")
