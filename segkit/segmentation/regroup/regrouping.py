"""Segments that a study merges or splits: what a method formed, grouped anew by those who know the customers.

`merge: {3: [4, 5]}` gives the customers of segments 4 and 5 to segment 3. `split: {2: {visits: {at_least: 6}}}` gives
those of segment 2 who meet the condition a segment of their own, `split: {2: 3}` has the method that formed segment 2
cut it in three. Segments are merged first; whatever stays keeps its number, and new segments get the numbers after the
last. A method found none of this, so the evidence on a page is of the segments as the method formed them.

In the rule, `formed` are the labels as they were formed, `labels` what became of them, and `splits` the segments that
were split, each with its `segment`, what it was split `by`, its `labels` and a `rule` of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from segkit.segmentation.regroup import parts
from segkit.segmentation.result import Segmentation
from segkit.segmentation.rulebook import conditions
from segkit.words.errors import DataError, Fault
from segkit.words.formats import _, format_value
from segkit.words.language import LANGUAGES, N_

MOST_PARTS = 6
MERGED, BY_RULE, BY_METHOD = CHANGES = (
    N_("also holds the customers formed as segment {others:message}"),
    N_("split off from segment {others:message}: {rule:text}"),
    N_("split off from segment {others:message} by the method that formed it"))
_MERGE = "write `merge: {3: [4, 5]}`: segment 3 takes in 4 and 5"
_SPLIT = "write `split: {2: {visits: {at_least: 6}}}`, or `split: {2: 3}` for three parts"


def read(merge: Any, split: Any) -> tuple[dict[int, list[int]], dict[int, Any]]:
    """Merges and splits of a study, the numbers of segments as numbers; raises all faults of their form."""
    if all_faults := faults(merge, split):
        raise DataError(all_faults)
    return ({int(into): [int(number) for number in _listed(merged)] for into, merged in (merge or {}).items()},
            {int(segment): by for segment, by in (split or {}).items()})


def faults(merge: Any, split: Any, names: Any = None) -> list[Fault]:
    """What is wrong with merges and splits as a study gives them, and with names of segments that a merge takes away.

    Examples
    --------
    >>> [fault.found for fault in faults({3: [4, 3], 4: [5]}, {5: 1})]
    ['takes in 4, which takes in others', 'takes in itself', 'is merged into segment 4', 'is 1']
    """
    all_faults: list[Fault] = []
    owner: dict[int, int] = {}
    if not isinstance(merge or {}, Mapping):
        return [Fault("`merge`", f"is {merge!r}", _MERGE)]
    if not isinstance(split or {}, Mapping):
        return [Fault("`split`", f"is {split!r}", _SPLIT)]
    for into, merged in (merge or {}).items():
        where = f"`merge`, segment {into}"
        listed = _listed(merged)
        if not _is_number(into) or not listed or not all(map(_is_number, listed)):
            all_faults.append(Fault(where, f"takes in {merged!r}", _MERGE))
            continue
        for number in map(int, listed):
            if number == int(into):
                all_faults.append(Fault(where, "takes in itself", "name the other segments only"))
            elif str(number) in map(str, merge):
                all_faults.append(Fault(where, f"takes in {number}, which takes in others",
                                        f"give them all to one: `merge: {{{into}: […]}}`"))
            elif number in owner:
                all_faults.append(Fault(where, f"takes in {number}, which segment {owner[number]} takes in too",
                                        "give it to one of them"))
            else:
                owner[number] = int(into)
    for segment, by in (split or {}).items():
        where = f"`split`, segment {segment}"
        if not _is_number(segment):
            all_faults.append(Fault(where, "is no number of a segment", _SPLIT))
            continue
        if str(segment) in {str(number) for merged in (merge or {}).values() for number in _listed(merged)}:
            into = next(k for k, merged in merge.items() if str(segment) in map(str, _listed(merged)))
            all_faults.append(Fault(where, f"is merged into segment {into}",
                                    "split that one, or do not merge this one"))
        if isinstance(by, Mapping):
            all_faults += conditions.check(by, where)
        elif not _is_number(by) or not 2 <= int(by) <= MOST_PARTS:
            all_faults.append(Fault(where, f"is {by!r}", f"{_SPLIT}, from 2 to {MOST_PARTS}"))
    return all_faults + [Fault(f"`names`, segment {label}", f"is merged into segment {owner[int(label)]}, so nobody "
                               "bears its name", f"name segment {owner[int(label)]}, or take the line out")
                         for label in names or {} if _is_number(label) and int(label) in owner]


def _listed(those: Any) -> list[Any]:
    return list(those) if isinstance(those, Sequence) and not isinstance(those, str) else [those]


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | str) and str(value).isdecimal()


def missing(labels: Sequence[int], merge: Mapping[int, Sequence[int]], split: Mapping[int, Any]) -> list[Fault]:
    """Segments that merges and splits name and that are not among the labels, and a merge that leaves one segment."""
    existing = ", ".join(map(str, sorted(labels)))
    again = "take `merge`, `split` and `names` out, build, look at the segments, and write them anew"
    mentioned = [("`merge`", n) for into, merged in merge.items() for n in (into, *merged)] + [
        ("`split`", n) for n in split]
    all_faults = [Fault(f"{where}, segment {n}", f"is no segment here: there are {existing}", again)
                  for where, n in mentioned if n not in labels]
    if not all_faults and len(labels) - sum(map(len, merge.values())) < 2:
        all_faults.append(Fault("`merge`", "leaves one segment, which is everybody", "leave two segments or more"))
    return all_faults


def formed(segmentation: Segmentation) -> Segmentation:
    """The rule of a segmentation before it was merged or split; without its customers where it was."""
    if "formed" not in segmentation.rule:
        return segmentation
    rule = {k: v for k, v in segmentation.rule.items() if k not in ("formed", "splits")}
    labels = list(segmentation.rule["formed"])
    return replace(segmentation, rule={**rule, "labels": labels}, assignments=segmentation.assignments.iloc[:0],
                   segments=pd.DataFrame(index=pd.Index(sorted(labels), name="segment")))


def regrouped(segmentation: Segmentation, X: pd.DataFrame, merge: Mapping[int, Sequence[int]],
              split: Mapping[int, Any], weights: Sequence[float] | None = None, before: Segmentation | None = None,
              random_state: int | None = None) -> Segmentation:
    """A segmentation with segments merged and split.

    Parameters
    ----------
    segmentation : with numbered segments, by centroids, medians, Jaccard's index, latent classes or medoids.
    X : what was segmented, a row per customer: conditions are on its columns.
    merge : segment → segments that it takes in. split : segment → a condition, or a number of parts.
    weights : case weights.
    before : that of the last build; parts of a segment that was split in as many then are numbered as they were.
    random_state : seed of the parts.

    Returns
    -------
    Segmentation. `segments` has sizes, weighted shares and means (of text the most frequent) of the segments as they
    are now. The larger part of a segment split by number keeps its number; one split by a condition keeps those who do
    not meet it, or of whom it is not known. Latent classes that merge add their probabilities; of split segments there
    are none.

    Raises
    ------
    DataError
        When a segment is not there; one segment would be left; a condition is on no segmentation variable, or is met
        by nobody or everybody in the segment; a segment has too few different customers to be split.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9, 20.0]})
    >>> found = kmeans.segment(X, 3, random_state=1)
    >>> regrouped(found, X, {1: [3]}, {}).labels.to_list()
    [1, 1, 1, 2, 2, 2, 1]
    >>> regrouped(found, X, {}, {1: {"visits": {"at_least": 2}}}).labels.to_list()
    [1, 4, 1, 2, 2, 2, 3]
    """
    labels = segmentation.segments.index.tolist()
    if all_faults := missing(labels, merge, split):
        raise DataError(all_faults)
    if not merge and not split:
        return segmentation
    into = {number: to for to, merged in merge.items() for number in merged}
    rule = {**segmentation.rule, "formed": list(segmentation.rule["labels"]),
            "labels": [into.get(label, label) for label in segmentation.rule["labels"]]}
    current = segmentation.labels.map(lambda s: into.get(s, s), na_action="ignore").astype("Int64")
    splits, after = [], max(labels)
    for segment, by in split.items():
        n = by if isinstance(by, int) else 2 if isinstance(by, Mapping) else int(by)
        part = {"segment": segment, "by": by if isinstance(by, Mapping) else n,
                "labels": [segment, *range(after + 1, after + n)]}
        after += n - 1
        members = (current == segment).fillna(False).to_numpy()
        current[members], part["rule"] = parts.made(segmentation, X, members, part, weights, before, random_state)
        splits.append(part)
    if splits:
        rule["splits"] = splits
    assignments = pd.DataFrame({"segment": current if current.isna().any() else current.astype("int64")}, index=X.index)
    if not splits:
        assignments = assignments.join(_probabilities(segmentation, into, assignments["segment"]))
    segments = _told(segmentation, assignments["segment"], X, weights)
    return replace(segmentation, rule=rule, assignments=assignments, segments=segments,
                   summary=segmentation.summary.assign(k=len(segments)))


def changes(segmentation: Segmentation) -> pd.DataFrame:
    """What was merged and split: a row per segment that is not as it was formed, `size`, and what was `changed` (by
    language); no row where nothing was."""
    rule, rows = segmentation.rule, dict[Any, dict[str, str]]()
    if "formed" in rule:
        for into in dict.fromkeys(rule["labels"]):
            others = [str(f) for f, now in zip(rule["formed"], rule["labels"], strict=True) if now == into != f]
            if others:
                rows[into] = {code: _(MERGED, code, others=", ".join(others)) for code in LANGUAGES}
    for part in rule.get("splits", []):
        by_rule = isinstance(part["by"], Mapping)
        for label in part["labels"][1:]:
            rows[label] = {code: _(BY_RULE if by_rule else BY_METHOD, code, others=str(part["segment"]), **(
                {"rule": conditions.words(_in_words(part["by"], code))} if by_rule else {})) for code in LANGUAGES}
    table = segmentation.segments.loc[list(rows), ["size"]]
    return table.assign(changed=pd.Series(rows, dtype=object)).rename_axis("segment")


def _in_words(condition: Mapping[str, Any], code: str) -> dict[str, Any]:
    """A condition whose variables are called as a page calls them."""
    return {key if key in ("all", "any", "not") else format_value(key, "column", code):
            [_in_words(part, code) for part in by] if key in ("all", "any") else
            _in_words(by, code) if key == "not" else by for key, by in condition.items()}


def touched(segmentation: Segmentation) -> set[Any]:
    """The segments that are not as they were formed."""
    rule = segmentation.rule
    merged = {now for f, now in zip(rule.get("formed", []), rule.get("labels", []), strict=False) if f != now}
    return merged | {label for part in rule.get("splits", []) for label in part["labels"]}


def relabelled(labels: pd.Series, X: pd.DataFrame, rule: Mapping[str, Any],
               rule_before: Mapping[str, Any] | None = None) -> pd.Series:
    """Labels as they were formed, merged and split by a rule; a segment that the rule of the
    last build split in the same way is split by that one."""
    into = dict(zip(rule.get("formed", []), rule.get("labels", []), strict=True))
    new_labels = labels.map(lambda s: into.get(s, s), na_action="ignore")
    for part in rule.get("splits", []):
        members = (new_labels == part["segment"]).fillna(False).to_numpy(dtype=bool)
        if members.any():
            used = parts.earlier(part, rule_before) or part
            new_labels[members] = parts.labelled(X[members], used)
    return new_labels


def _probabilities(segmentation: Segmentation, into: Mapping[Any, Any], own: pd.Series) -> pd.DataFrame:
    """Membership probabilities of merged latent classes; no column for other methods."""
    labels = segmentation.segments.index
    assignments = segmentation.assignments
    if not {f"posterior_{label}" for label in labels} <= set(assignments):
        return pd.DataFrame(index=assignments.index)
    now = sorted(set(labels) - set(into))
    probabilities = pd.DataFrame({
        f"posterior_{to}": assignments[[f"posterior_{s}" for s in labels if into.get(s, s) == to]].sum(axis=1)
        for to in now})
    place = np.array([now.index(s) if pd.notna(s) else 0 for s in own])
    probabilities.insert(0, "membership_share", probabilities.to_numpy()[np.arange(len(probabilities)), place])
    return probabilities.where(own.notna())


def _told(segmentation: Segmentation, own: pd.Series, X: pd.DataFrame, weights: Sequence[float] | None) -> pd.DataFrame:
    """Size, share and mean of each variable that the segmentation told of, for the segments as they are."""
    w = pd.Series(1.0 if weights is None else np.asarray(weights, dtype=float), X.index)
    mass = w.groupby(own).sum()
    segments = pd.DataFrame({"size": own.value_counts().sort_index().astype(int), "segment_share": mass / mass.sum()})
    for name in [c for c in segmentation.segments.columns if c in X.columns]:
        column = X[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            known = w.where(column.notna(), 0.0)
            segments[name] = (column.fillna(0) * known).groupby(own).sum() / known.groupby(own).sum()
        else:
            segments[name] = column.groupby(own).agg(lambda c: c.mode().iloc[0] if c.notna().any() else None)
    segments.index = segments.index.astype("int64")
    return segments.rename_axis("segment")
