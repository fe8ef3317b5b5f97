"""Lifecycle stages from each customer's own purchase rhythm: new, active, lapsing, lapsed, won back (S12, S17).

A customer's usual gap is the mean time between their purchase days, drawn towards the gap that is usual among
all customers where they have few. How long they have been away is told in such gaps, so two weeks are long for
one customer and short for another. All of it is one Ibis expression, computed where the purchases live.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.data import open as sources
from segkit.data.contract import money
from segkit.lifecycle import purchase_days
from segkit.words import formats, language
from segkit.words.errors import DataError, Fault, SegkitError, did_you_mean
from segkit.words.language import N_, S_

STAGES = (S_("New"), S_("Active"), S_("Won back"), S_("Lapsing"), S_("Lapsed"))
"""The stages, in the order of the tables."""
AT_RISK = (STAGES[3], STAGES[4])
YEAR = 365
_DECIMALS = 6
"""Decimals of the numbers that go into the expression, so that every engine reads them as the same float."""


@dataclass(frozen=True)
class Rules:
    """When a customer is in which stage; times are multiples of the customer's own usual gap.

    Attributes
    ----------
    lapsing_at : away for longer than this many gaps: lapsing.
    lapsed_at : away for longer than this many gaps: lapsed.
    won_back_for : won back, until this many gaps after the purchase that ended a lapse.
    new_days : new, with at most this many purchase days so far.
    prior_gaps : the gap usual among all customers counts as much as this many gaps of the customer's own.
    usual_gap : that gap in days; when None the median, over customers with two purchase days or more, of
        their mean gap.

    Raises
    ------
    SegkitError
        With every rule that cannot hold.
    """

    lapsing_at: float = 2.0
    lapsed_at: float = 4.0
    won_back_for: float = 4.0
    new_days: int = 1
    prior_gaps: float = 2.0
    usual_gap: float | None = None

    def __post_init__(self) -> None:
        faults = [Fault(f"rule `{f.name}`", f"is {getattr(self, f.name)!r}", "give a number above 0") for f in
                  fields(self) if not _is_positive(getattr(self, f.name), f.default is None)]
        if not faults and self.lapsing_at >= self.lapsed_at:
            faults = [Fault("rules `lapsing_at` and `lapsed_at`", f"are {self.lapsing_at:g} and {self.lapsed_at:g}",
                            "a customer lapses before being lapsed: the first has to be smaller")]
        if faults:
            raise SegkitError(faults)

    @classmethod
    def of(cls, given: Rules | Mapping[str, Any] | None) -> Rules:
        """The rules, from a mapping of some of them; an unknown name raises `SegkitError`.

        Examples
        --------
        >>> Rules.of({"lapsed_at": 6}).lapsed_at
        6
        """
        if isinstance(given, Rules):
            return given
        known = [f.name for f in fields(cls)]
        if unknown := [name for name in given or {} if name not in known]:
            raise SegkitError([Fault(f"rule {name!r}", "is not a rule of stages", did_you_mean(name, known))
                               for name in unknown])
        return cls(**(given or {}))


def _is_positive(value: Any, optional: bool) -> bool:
    if value is None:
        return optional
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def features(transactions: ir.Table, as_of: str | dt.date | None = None, rules: Rules | Mapping[str, Any] | None = None,
             customer_id: str = "customer_id", date: str = "date", amount: str = "amount") -> ir.Table:
    """Stage, own rhythm and spend of each customer who has bought by `as_of`, as an Ibis expression.

    Parameters
    ----------
    transactions : Ibis table, one row per purchase or line. Rows below 0 are money back, see `purchase_days`.
    as_of : the day looked back from; the last day of the data by default. Later rows are left out.
    rules : `Rules`, or a mapping of those that differ from the default.
    customer_id, date, amount : names of the columns in those roles.

    Returns
    -------
    Ibis table, a row per customer, in order of id: `customer_id`, `stage`, `n_days_bought`, `first_date`,
    `last_date`, `gap_days` (own usual gap), `recency_days`, `recency_gaps` (the same in own gaps), `won_back_date`
    (the last purchase that ended a lapse; missing without one), `monetary` (all spend), `yearly_spend` (spend in the
    365 days up to the last purchase).

    Raises
    ------
    DataError
        When a column is missing, `as_of` is not a day, or nobody has bought by then.
    SegkitError
        When a rule cannot hold.

    Notes
    -----
    With n purchase days, the first and last of them S days apart, G the usual gap of all customers and w
    `prior_gaps`, the own gap is (S + w·G) / (n - 1 + w): the posterior mean for exponential gaps whose mean varies
    between customers as an inverse gamma. Whether an earlier gap was a lapse is judged by what was known before
    it. Where nobody has bought twice, G is the days from the first purchase to `as_of`: it is at least that.
    All comparisons are "longer than", so a customer exactly at a border is still in the milder stage. Gaps are
    whole days, money whole cents, rules and w·G rounded to six decimals, so every engine gives the same table.

    References
    ----------
    S12, S17; the posterior mean: Gelman et al. (2013), Bayesian Data Analysis, section 2.6.
    """
    rules = Rules.of(rules)
    columns = customer_id, date, amount
    days, today = purchase_days.by_customer(transactions, as_of, *columns), purchase_days.last(
        transactions, as_of, *columns)
    lapsing, lapsed, back, w = (round(float(r), _DECIMALS) for r in (
        rules.lapsing_at, rules.lapsed_at, rules.won_back_for, rules.prior_gaps))
    prior = round(w * float(rules.usual_gap or _usual_gap(days, today)), _DECIMALS)
    t = days.mutate(bought=days.is_purchase.ifelse(days.day, ibis.null("date")))
    t = t.mutate(last=t.bought.max().over(group_by="customer_id"))
    before = (_days(t.first_day, t.day_before) + prior) / (t.n_before.cast("float64") - 1 + w)
    won_back = (_days(t.day_before, t.day) > lapsed * before).ifelse(t.bought, ibis.null("date"))
    recent = (_days(t.day, t.last) < YEAR).ifelse(t.cents, 0)
    own = t.mutate(won_back=won_back, recent=recent).group_by("customer_id").aggregate(
        n_days_bought=lambda t: t.bought.count().cast("int64"), first_date=lambda t: t.bought.min(),
        last_date=lambda t: t.bought.max(), won_back_date=lambda t: t.won_back.max(),
        cents=lambda t: money.whole(t.cents.sum()), recent=lambda t: money.whole(t.recent.sum()))
    now = ibis.date(str(today))
    own = own.filter(own.n_days_bought > 0)
    own = own.mutate(recency_days=_days(own.last_date, now).cast("int64"), monetary=own.cents.cast("float64") / 100,
                     yearly_spend=own.recent.cast("float64") / 100, gap_days=(
                         _days(own.first_date, own.last_date) + prior) / (own.n_days_bought.cast("float64") - 1 + w))
    own = own.mutate(recency_gaps=own.recency_days.cast("float64") / own.gap_days)
    is_back = (_days(own.won_back_date, now) <= back * own.gap_days).fill_null(False)
    own = own.mutate(stage=ibis.cases(
        (own.recency_gaps > lapsed, STAGES[4]), (own.recency_gaps > lapsing, STAGES[3]),
        (own.n_days_bought <= int(rules.new_days), STAGES[0]), (is_back, STAGES[2]), else_=STAGES[1]))
    return own.rename({customer_id: "customer_id"}).select(
        customer_id, "stage", "n_days_bought", "first_date", "last_date", "gap_days", "recency_days", "recency_gaps",
        "won_back_date", "monetary", "yearly_spend").order_by(customer_id)


def _days(start: ir.Value, end: ir.Value) -> ir.FloatingValue:
    """Whole days between two dates, as a float: some engines count in decimals otherwise."""
    return end.delta(start, unit="day").cast("float64")


def _usual_gap(days: ir.Table, today: dt.date) -> float:
    """Median of the mean gaps of customers who bought on two days or more."""
    bought = days.filter(days.is_purchase)
    own = bought.group_by("customer_id").aggregate(first=bought.day.min(), last=bought.day.max(), n=bought.count())
    own = own.mutate(span=_days(own.first, own.last), n_gaps=own.n - 1)
    alike = own.group_by("span", "n_gaps").aggregate(n=own.count(), first=own["first"].min()).to_pyarrow().to_pandas()
    repeat = alike[alike["n_gaps"] > 0]
    if repeat.empty:
        return float(max(1, (today - alike["first"].min()).days))
    gaps = (repeat["span"] / repeat["n_gaps"]).to_numpy(dtype=float)
    order = np.argsort(gaps)
    upto, n = np.cumsum(repeat["n"].to_numpy()[order]), int(repeat["n"].sum())
    middle = gaps[order][np.searchsorted(upto, [(n - 1) // 2, n // 2], side="right")]
    return float(middle.sum() / 2)


def assign(transactions: Any, as_of: str | dt.date | None = None, rules: Rules | Mapping[str, Any] | None = None,
           customer_id: str = "customer_id", date: str = "date", amount: str = "amount") -> pd.DataFrame:
    """The table of `features` as a DataFrame indexed by customer; takes any source of `segkit.data.open.table`.

    Parameters
    ----------
    transactions : any such source, one row per purchase or line; a row below 0 is money back.
    as_of : the day looked back from; the last day of the data by default. Later rows are left out.
    rules : `Rules`, or a mapping of those that differ from the default, in multiples of the customer's own usual gap.
    customer_id, date, amount : names of the columns in those roles.

    Returns
    -------
    DataFrame indexed by `customer_id`, in order of id: each customer with a purchase day, and the columns of
    `features`: `stage` and the rest, gaps and recency in days, the three dates as datetime64. A customer exactly at a
    border is still in the milder stage.

    Raises
    ------
    SegkitError
        As `features`: nobody has bought by `as_of`, a rule cannot hold; as `segkit.data.open.table` for the source.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": list("aaabbbc"), "amount": 10.0, "date": pd.to_datetime(
    ...     ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-01", "2024-02-01", "2024-03-01", "2024-03-04"])})
    >>> assign(sales, as_of="2024-03-05")["stage"].to_dict()
    {'a': 'Lapsing', 'b': 'Active', 'c': 'New'}
    """
    table = features(sources.table(transactions), as_of, rules, customer_id, date, amount).to_pyarrow()
    days = dict.fromkeys(("first_date", "last_date", "won_back_date"), "datetime64[s]")
    return table.to_pandas(date_as_object=False).astype(days).set_index(customer_id)


def observed_gaps(customers: pd.DataFrame) -> pd.Series:
    """Mean gap in days between each customer's own purchase days, as seen: drawn towards nothing.

    Parameters
    ----------
    customers : what `assign` gave.

    Returns
    -------
    Series indexed as `customers`; missing for who bought on one day only.

    Examples
    --------
    >>> seen = pd.DataFrame({"n_days_bought": [3, 1], "first_date": pd.to_datetime(["2024-01-01", "2024-01-05"]),
    ...                      "last_date": pd.to_datetime(["2024-01-21", "2024-01-05"])})
    >>> observed_gaps(seen).to_list()
    [10.0, nan]
    """
    gaps = (customers["n_days_bought"] - 1).where(customers["n_days_bought"] > 1)
    return ((customers["last_date"] - customers["first_date"]).dt.days / gaps).rename("observed_gap_days")


def by_stage(customers: pd.DataFrame) -> pd.DataFrame:
    """How many customers each stage has and what is at stake in it.

    Parameters
    ----------
    customers : what `assign` gave.

    Returns
    -------
    DataFrame indexed by `stage`, all five: `size`, `customer_share`, `revenue` and `revenue_share` (all spend so
    far), `yearly_spend` and `yearly_share` (what these customers spent in the year up to their last purchase: in
    the stages lapsing and lapsed, the value at risk and the value lost), medians of `gap_days` and
    `recency_days`. Shares are missing where the whole is 0 or less; sums are of whole cents.

    Examples
    --------
    >>> customers = pd.DataFrame({"stage": ["Active", "Lapsing"], "monetary": [30.0, 10.0],
    ...     "yearly_spend": [30.0, 10.0], "gap_days": [7.0, 9.0], "recency_days": [3, 20]})
    >>> by_stage(customers).loc[["Active", "Lapsing"], "revenue_share"].to_list()
    [0.75, 0.25]
    """
    stage = pd.Categorical(customers["stage"], STAGES)
    grouped = customers.groupby(stage, observed=False)
    table = pd.DataFrame({"size": grouped.size()})
    table["customer_share"] = _share(table["size"])
    for column, name, share in (("monetary", "revenue", "revenue_share"), ("yearly_spend", "yearly_spend",
                                                                            "yearly_share")):
        cents = (100 * customers[column]).round().astype("int64").groupby(stage, observed=False).sum()
        table[name], table[share] = cents / 100, _share(cents)
    table[["gap_days", "recency_days"]] = grouped[["gap_days", "recency_days"]].median()
    return table.set_axis(pd.Index(STAGES, name="stage"))


def _share(part: pd.Series) -> pd.Series:
    whole = part.sum()
    return part / whole if whole > 0 else pd.Series(float("nan"), index=part.index)


def bought_again(transactions: Any, as_of: str | dt.date | None = None, days: int = 90,
                 rules: Rules | Mapping[str, Any] | None = None, customer_id: str = "customer_id", date: str = "date",
                 amount: str = "amount", before: pd.DataFrame | None = None,
                 known_until: str | dt.date | None = None) -> pd.DataFrame:
    """How good the stages are: the share of each stage's customers who bought in the days that followed.

    Parameters
    ----------
    as_of : the day the stages are told on, from what was known by then; `days` before the last day of the data by
        default.
    days : length of the period that follows, in days.
    before : what `assign` gives for `as_of`, where it is known already: then the rules are not asked again.
    known_until : day up to which every purchase is in the data, where that is later than the last one.

    Returns
    -------
    DataFrame indexed by `stage`: `size`, `n_buyers` (of them, in the days 1 to `days` after `as_of`),
    `bought_share` with a 95 % Wilson interval `bought_low`, `bought_high`; missing for an empty stage.

    Raises
    ------
    DataError
        When the data end less than `days` after `as_of`, or begin after it.
    """
    from statsmodels.stats.proportion import proportion_confint

    table = sources.table(transactions)
    end = purchase_days.last(table, None, customer_id, date, amount)
    start = (purchase_days.earlier(table, days, None, customer_id, date, amount) if as_of is None
             else purchase_days.day(as_of))
    end = end if known_until is None else max(end, purchase_days.day(known_until))
    until = start + dt.timedelta(days)
    if until > end:
        raise DataError([Fault("`as_of`", f"is {start}, and the data end on {end}, less than {days} days later",
                               "take an earlier day, or fewer days")])
    stage = (assign(table, start, rules, customer_id, date, amount) if before is None else before)["stage"]
    rows = purchase_days.by_customer(table, None, customer_id, date, amount)
    later = rows.filter(rows.is_purchase, rows.day > ibis.date(str(start)), rows.day <= ibis.date(str(until)))
    buyers = later.select("customer_id").distinct().execute()["customer_id"]
    category = pd.Categorical(stage, STAGES)
    bought = pd.Series(stage.index.isin(buyers)).groupby(category, observed=False).agg(["size", "sum"])
    n, k = bought["size"].astype("int64"), bought["sum"].astype("int64")
    low, high = proportion_confint(k, n.where(n > 0), method="wilson")
    rows = pd.DataFrame({"size": n, "n_buyers": k, "bought_share": k / n.where(n > 0), "bought_low": low,
                         "bought_high": high})
    return rows.set_axis(pd.Index(STAGES, name="stage"))


_RULES = (
    N_("At most {new:count} purchase day so far, and away for at most {lapsing:decimal} usual gaps"),
    N_("Away for at most {lapsing:decimal} own gaps"),
    N_("As active, and came back at most {back:decimal} own gaps ago from an absence of more than {lapsed:decimal}"),
    N_("Away for more than {lapsing:decimal} own gaps, at most {lapsed:decimal}"),
    N_("Away for more than {lapsed:decimal} own gaps"),
)


def definitions(rules: Rules | Mapping[str, Any] | None = None) -> pd.DataFrame:
    """The rule of each stage in words of both languages: `rule` by `stage`, with its unit "message".

    Examples
    --------
    >>> definitions().loc["Lapsed", "rule"]["en"]
    'Away for more than 4 own gaps'
    """
    r = Rules.of(rules)
    values = {"new": r.new_days, "lapsing": r.lapsing_at, "lapsed": r.lapsed_at, "back": r.won_back_for}
    sentences = [{code: formats.fill(sentence, values, code) for code in language.LANGUAGES} for sentence in _RULES]
    return pd.DataFrame({"rule": sentences}, index=pd.Index(STAGES, name="stage"))
