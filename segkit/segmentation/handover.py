"""The segments of one study as the start of the next: candidates of a target market, groups of competitors, and who is
in which stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis.expr.types as ir
import pandas as pd

from segkit.data import customers
from segkit.segmentation import saved
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

GROUP = "segment"
_WHERE = "`segments`"
_NO_STUDY = N_("The study names none whose segments to compare with: `segments` is the place for it.")


def taken(study: str, base: pd.DataFrame) -> Segmentation | None:
    """The saved segments of a study, under their names, for the customers of this one; None without a study.

    Parameters
    ----------
    study : name of a study that keeps its segments.
    base : a row per customer; those who were not segmented have no segment here either.

    Returns
    -------
    Segmentation with the sizes that its segments have here; in the order of that study.

    Raises
    ------
    DataError
        When that study was never built, or none of its customers is here.
    """
    if not study:
        return None
    segmentation = saved.of_study(study).named
    own_labels = labels(study, base.index)
    size = own_labels.value_counts().reindex(segmentation.segments.index, fill_value=0)
    segments = segmentation.segments.assign(size=size, segment_share=size / max(1, len(own_labels)))
    assignments = segmentation.assignments.reindex(base.index).assign(segment=own_labels)
    return replace(segmentation, assignments=assignments, segments=segments.loc[size[size > 0].index])


def labels(study: str, ids: pd.Index) -> pd.Series:
    """The name of the segment of each of these customers, empty where they have none; raises as `taken`.

    Parameters
    ----------
    study : name of a study that keeps its segments, or path of the file it keeps them in.
    ids : the customers, by the ids that the study knows them by.

    Returns
    -------
    Series `segment` indexed by `ids`, missing for who is unknown to the study or has no segment there.

    Raises
    ------
    DataError
        When that study was never built, or none of these customers has a segment there.
    """
    saved_labels = saved.of_study(study).named.labels
    segment_names = saved_labels.reindex(ids).map(_whole, na_action="ignore")
    if segment_names.isna().all() and len(ids):
        raise DataError([Fault(_WHERE, f"the study {study!r} has segmented none of these customers: its ids are "
                               f"{', '.join(map(repr, saved_labels.index[:3].tolist()))}, …; those here are "
                               f"{', '.join(map(repr, ids[:3].tolist()))}, …",
                               "name a study of the same customers, or map `customer_id` to the same ids in both")])
    return segment_names.rename(GROUP)


def _whole(label: object) -> object:
    """A number of a segment without the ".0" that it gets where others are missing."""
    return int(label) if isinstance(label, float) and label.is_integer() else label


def grouping(study: str, known: pd.DataFrame, name: str, purchases: ir.Table) -> pd.Series:
    """The group of each customer: the segments of a study, else a column of the customer table.

    Parameters
    ----------
    study : a study that keeps its segments; "" to take a column.
    known : the customer table. name : its column.
    purchases : what was bought, with `customer_id`.

    Raises
    ------
    DataError
        As `taken`, and when the table lacks the column.

    Examples
    --------
    >>> grouping("", pd.DataFrame({"age": ["19-24", None]}, index=[1, 2]), "age", None).to_dict()
    {1: '19-24'}
    """
    if study:
        ids = purchases.select("customer_id").filter(purchases.customer_id.notnull()).distinct().order_by("customer_id")
        return labels(study, ids.execute().set_index("customer_id").index).dropna().map(str)
    return customers.column(known, name)


def respondents(study: str, *ids: pd.Index | pd.Series) -> pd.Series:
    """The segment of each respondent of one survey or several, indexed by respondent, without those that have none;
    empty without a study.

    Parameters
    ----------
    study : name of a study that keeps its segments; "" for none.
    ids : the respondents of each survey; who is in several counts once.

    Returns
    -------
    Series `segment` of texts, indexed by `respondent_id`.

    Raises
    ------
    DataError
        As `taken`.

    Examples
    --------
    >>> respondents("", pd.Series(["a", "b"])).empty
    True
    """
    if not study:
        return pd.Series(dtype=object, name=GROUP)
    every = pd.Index(pd.concat([pd.Series(i) for i in ids]).unique(), name="respondent_id")
    return labels(study, every).dropna().map(str)


def crossed(study: str, groups: pd.Series, order: Sequence[str]) -> pd.DataFrame:
    """How the customers of each segment of a study spread over groups, such as stages, in their `order`: the `size` of
    the segment among them, and shares of it; empty without a study.

    Parameters
    ----------
    study : name of a study that keeps its segments; "" for none.
    groups : the group of each customer, indexed by customer; missing where it is not known.
    order : the groups, in the order of the columns; customers of any other do not count.

    Returns
    -------
    DataFrame indexed by `segment`, in the order of that study: `size`, then for each group the share of the segment's
    customers in it, 0..1. Empty without a study, with the reason in ``attrs["left_out"]``.

    Raises
    ------
    DataError
        As `taken`.

    Examples
    --------
    >>> crossed("", pd.Series(["New", "Active"], index=["a", "b"]), ["New", "Active"]).empty
    True
    """
    if not study:
        empty = pd.DataFrame()
        empty.attrs["left_out"] = _NO_STUDY
        return empty
    return spread(labels(study, groups.index), groups, order, list(saved.of_study(study).named.segments.index))


def spread(labels: pd.Series, groups: pd.Series, order: Sequence[str], segments: Sequence[str] = ()) -> pd.DataFrame:
    """How the customers of each segment spread over groups, in their `order`: the `size` of the segment among those
    whose group is known, and shares of it. The rows are the `segments` that hold such customers, all by name when none
    are given.

    Parameters
    ----------
    labels : the segment of each customer, indexed by customer. groups : the group of each, likewise.
    order : the groups, in the order of the columns; customers of any other do not count.
    segments : the segments, in the order of the rows.

    Returns
    -------
    DataFrame indexed by `segment`: `size`, then for each group the share of the segment's customers in it, 0..1.
    Customers without a segment or a group are left out.

    Examples
    --------
    >>> segments, stages = (pd.Series(list(s), index=list("abcd")) for s in ("xxxy", "nnan"))
    >>> spread(segments, stages, ["n", "a"]).to_dict("list")
    {'size': [3, 1], 'n': [0.6666666666666666, 1.0], 'a': [0.3333333333333333, 0.0]}
    """
    counts = pd.crosstab(labels, groups).reindex(columns=list(order), fill_value=0)
    shares = counts.div(counts.sum(axis=1), axis=0).rename_axis(index=GROUP, columns=None)
    shares.insert(0, "size", counts.sum(axis=1))
    return shares.loc[[s for s in segments or shares.index if s in shares.index]]


def of_groups(groups: pd.Series, method: str, beside: pd.DataFrame | None = None) -> Segmentation:
    """Groups that a study has told, such as stages, as a segmentation without a rule: who is where, and no more than
    the columns `beside`.

    Parameters
    ----------
    groups : the name of each customer's group, indexed by customer; missing where there is none.
    method : what told the groups.
    beside : further columns of the assignments, indexed by customer.

    Returns
    -------
    Segmentation without variables. Its segments are the groups that hold customers: categories in their order, else as
    they first come; `segment_share` is of the customers who have a group. Its rule has the kind "groups", and its
    `assign` raises, as nobody else can be labelled by it.

    Examples
    --------
    >>> of_groups(pd.Series(["Active", "New", "Active"], index=list("abc")), "stages").segments["size"].to_dict()
    {'Active': 2, 'New': 1}
    """
    size = groups.value_counts(sort=False).rename_axis(GROUP)
    size.index = size.index.map(str)
    segments = pd.DataFrame({"size": size, "segment_share": size / size.sum()})
    assignments = groups.astype(object).where(groups.notna()).to_frame("segment")
    assignments = assignments if beside is None else assignments.join(beside)
    return Segmentation(method, (), assignments, segments[segments["size"] > 0],
                        pd.DataFrame({"method": [method], "k": [int((size > 0).sum())]}), {"kind": "groups"})
