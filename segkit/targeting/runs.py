"""Two runs of one study: the same segments on two days, from windows of one length or as two builds kept them.

What chance alone moves is told too: each purchase of the two windows is dealt to the first or the second by a coin,
and the segments are told from what each got. People who did not change would move as far.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.data.contract import days
from segkit.segmentation import behaviour, history, kmeans, plain_names, prediction, profile, saved
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault
from segkit.words.language import LANGUAGES, N_

N_DEALS = 40
KEPT = N_("Two builds are compared: the segments that {earlier:value} kept, and those that {later:value} keeps. What "
          "customers did is looked at in the {days:count} days up to {since:date}, and in as many up to "
          "{as_of:date}.")
SAME_RULE = N_("The segments are formed from the {days:count} days up to {since:date}, and told by the same rule from "
               "as many up to {as_of:date}.")


class Runs(NamedTuple):
    """`before`, `after`: the segment of each customer; `measures_before`, `measures_after`: what they did in the two
    windows; `order`: the segments. `moved_by_chance`: shares of returning customers whom chance alone would move, one
    per deal; empty where it cannot be told. `sentence`, `values`: what is compared."""

    before: pd.Series
    after: pd.Series
    measures_before: pd.DataFrame
    measures_after: pd.DataFrame
    order: list[str]
    moved_by_chance: np.ndarray
    sentence: str
    values: dict[str, Any]


class Windows(NamedTuple):
    """The last days of two windows and the length of both in days."""

    since: dt.date
    as_of: dt.date
    n_days: int


def windows(purchases: ir.Table, since: str | dt.date | None = None, as_of: str | dt.date | None = None,
            window_days: int | None = None) -> Windows:
    """Two windows of one length: up to the day of the earlier run, and up to that of the later one.

    Parameters
    ----------
    since : last day of the first window; the middle of the data by default.
    as_of : last day of the second one; the last day of the data by default.
    window_days : length of both; by default as long as they can be without an overlap.

    Raises
    ------
    DataError
        When the days are in the wrong order, or a window begins before the data.

    Examples
    --------
    >>> from segkit.data import tables
    >>> windows(tables.load("cdnow.transactions", "transactions"), "1997-09-30").n_days
    273
    """
    day = days.moments(purchases).date()
    ends = purchases.aggregate(first=day.min(), last=day.max()).to_pyarrow().to_pylist()[0]
    if ends["first"] is None:
        raise DataError([Fault("the purchases", "have no row with a day", "give data with days")])
    end = ends["last"] if as_of is None else _day(as_of, "`as_of`")
    middle = ends["first"] + (end - ends["first"]) // 2 if since is None else _day(since, "`since`")
    if not ends["first"] <= middle < end:
        raise DataError([Fault("`since`", f"is {middle}, which is not between the first day of the data, "
                               f"{ends['first']}, and the day of the later run, {end}", "give a day between the two")])
    most = (middle - ends["first"]).days + 1
    if window_days is None:
        return Windows(middle, end, min(most, (end - middle).days))
    if isinstance(window_days, bool) or not isinstance(window_days, int) or not 1 <= window_days <= most:
        raise DataError([Fault("`window_days`", f"is {window_days!r}; the data begin {most} days before `since`",
                               f"give a whole number of days from 1 to {most}, or a later `since`")])
    return Windows(middle, end, window_days)


def measured(purchases: ir.Table, day: dt.date, n_days: int) -> pd.DataFrame:
    """What customers did in the days up to one: `behaviour.features`, indexed by customer."""
    part = _within(purchases, day, n_days)
    if not part.filter(part.customer_id.notnull()).limit(1).to_pyarrow().num_rows:
        raise DataError([Fault("the purchases", f"have none in the {n_days} days up to {day}",
                               "give another day as `since`, or a longer `window_days`")])
    return behaviour.features(part, day).execute().set_index("customer_id")


def two(purchases: ir.Table, variables: Sequence[str], segments: str = "", compare_with: str = "", k: int = 4,
        names: Mapping[Any, Any] | None = None, since: str | dt.date | None = None, as_of: str | dt.date | None = None,
        window_days: int | None = None, random_state: int | None = None) -> Runs:
    """The two runs.

    Parameters
    ----------
    purchases : with the roles `customer_id`, `date`, `amount`.
    variables : features of `behaviour.features`: they form the segments where no study is named, and are compared.
    segments, compare_with : studies that keep segments, the later and the earlier run, or files that builds kept; ""
        for both: segments are formed from the first window (k-means) and told by the same rule in the second.
    k, names : number of segments and their names, where they are formed here; names by marker variables without.
    since, as_of, window_days : see `windows`; `since` is needed where studies are named.
    random_state : seed of the segments and of chance.

    Raises
    ------
    DataError
        When one of the two studies is named alone, or none of their customers is among the purchases.

    Examples
    --------
    >>> from segkit.data import tables
    >>> sales = tables.load("cdnow.transactions", "transactions")
    >>> made = two(sales, ["frequency", "average_basket"], k=2, random_state=1)
    >>> made.values["days"], len(made.order)
    (273, 2)
    """
    if bool(segments) != bool(compare_with):
        raise DataError([Fault("`segments` and `compare_with`", "name one of the two runs only",
                               "name the study of the later run as `segments` and the earlier one as `compare_with`")])
    if compare_with and since is None:
        raise DataError([Fault("`since`", "is missing: a kept run does not tell its day",
                               f"give the last day of the data that {compare_with!r} was built from")])
    days_of = windows(purchases, since, as_of, window_days)
    first, second = (behaviour.variables(measured(purchases, day, days_of.n_days), variables)
                     for day in (days_of.since, days_of.as_of))
    both = [v for v in first if v in second]
    first, second = first[both], second[both]
    values = {"days": days_of.n_days, "since": str(days_of.since), "as_of": str(days_of.as_of)}
    if segments:
        before, after, order = _kept(compare_with, segments)
        for study, labels, there in ((compare_with, before, first), (segments, after, second)):
            if not labels.index.isin(there.index).any():
                raise DataError([Fault(f"the run {study!r}", "has segmented none of the customers who bought then",
                                       "map `customer_id` to the ids of that study")])
        values |= {"earlier": _stem(compare_with), "later": _stem(segments)}
        return Runs(before, after, first, second, order, np.array([]), KEPT, values)
    formed = kmeans.segment(first, k, scale="log", random_state=random_state)
    called = {str(s): name if isinstance(name, Mapping) else dict.fromkeys(LANGUAGES, str(name))
              for s, name in (names or plain_names.proposed(profile.segments(first, formed))).items()}
    named = saved.named(formed, called)
    words = {label: called.get(str(label), {}).get("en", str(label)) for label in formed.segments.index}
    chance = _by_chance(purchases, days_of, formed, random_state)
    return Runs(formed.labels.map(words), prediction.labels(formed, second).map(words), first, second,
                [str(s) for s in named.segments.index], chance, SAME_RULE, values)


def _day(given: str | dt.date, where: str) -> dt.date:
    try:
        return pd.Timestamp(given).date()
    except ValueError:
        raise DataError([Fault(where, f"is {given!r}", "write the day as 2024-12-31")]) from None


def _within(purchases: ir.Table, day: dt.date, n_days: int) -> ir.Table:
    moment = days.moments(purchases).date()
    return purchases.filter(moment <= ibis.date(str(day)), moment > ibis.date(str(day - dt.timedelta(n_days))))


def _stem(study: str) -> str:
    return str(study).rsplit("/", 1)[-1].removesuffix(".parquet")


def _kept(earlier: str, later: str) -> tuple[pd.Series, pd.Series, list[str]]:
    """The segments of both kept runs under the same labels: their names, else numbers aligned over those in both."""
    first_run, second_run = saved.of_study(earlier), saved.of_study(later)
    first, second = first_run.named, second_run.named
    numbered = not (first_run.names or second_run.names) and all(
        isinstance(label, int) for run in (first, second) for label in run.segments.index)
    if numbered and first.labels.index.isin(second.labels.index).any():
        second = first.align(second)
    order = dict.fromkeys([*map(str, first.segments.index), *map(str, second.segments.index)])
    return (*(run.labels.map(str, na_action="ignore") for run in (first, second)), list(order))


def _by_chance(purchases: ir.Table, of: Windows, formed: Segmentation, random_state: int | None) -> np.ndarray:
    """Of the customers with purchases in both windows, the share that moves where each purchase is dealt by a coin."""
    rng = np.random.default_rng(random_state)
    parts = [history.read(_within(purchases, day, of.n_days), day, random_state=int(rng.integers(2**32)))
             for day in (of.since, of.as_of)]
    names = [str(v) for v in formed.variables]
    pooled = _pooled(*parts)
    if not pooled.knows(names):
        return np.array([])
    moved = []
    for _ in range(N_DEALS):
        labels = [prediction.labels(formed, half.features(names)) for half in pooled.halves(rng)]
        if len(labels[0]):
            moved.append(float((labels[0].to_numpy() != labels[1].to_numpy()).mean()))
    return np.array(moved)


def _pooled(one: history.History, other: history.History) -> history.History:
    """The occasions of both windows in one, each as many days before its end as it was, of the customers in both."""
    ids = one.ids[one.ids.isin(other.ids)]
    one, other = one.of(ids), other.of(ids)
    customer = np.concatenate([one.customer, other.customer])
    day = np.concatenate([one.day, other.day + (one.end - other.end)])
    order = np.lexsort((day, customer))

    def joined(first: np.ndarray | None, second: np.ndarray | None) -> np.ndarray | None:
        return None if first is None or second is None else np.concatenate([first, second])[order]

    return replace(one, customer=customer[order], day=day[order], store=None,
                   cents=np.concatenate([one.cents, other.cents])[order],
                   products=joined(one.products, other.products),
                   marks={name: np.concatenate([one.marks[name], other.marks[name]])[order]
                          for name in one.marks if name in other.marks})
