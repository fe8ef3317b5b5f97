"""Recency, frequency and monetary value: features, scores and named segments (model M7; S2, S4).

Features and scores are Ibis expressions, so they are computed where the purchases live: DuckDB, Spark, a
warehouse. Money is summed as integer cents: a sum of floats differs between runs of a parallel engine and
would move customers across score borders.
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

from segkit.data import occasions
from segkit.data import open as sources
from segkit.data.contract import days, money
from segkit.segmentation import rules
from segkit.segmentation.result import Segmentation
from segkit.segmentation.rulebook import conditions
from segkit.segmentation.rulebook import spec as specs
from segkit.words import language
from segkit.words.errors import DataError, Fault, SegkitError, check_columns, did_you_mean
from segkit.words.language import S_

SCORES = {"r": "recency_days", "f": "frequency", "m": "monetary"}
"""The score of each feature."""
BY_RANK = {"About to lapse": S_("Seldom, a while ago"), "Cannot lose them": S_("Most often, long ago"),
           "At risk": S_("Often, long ago"), "Hibernating": S_("Seldom, long ago")}
"""Customary names that speak of drifting away → names that tell the ranks alone."""
_LAST_IS_BEST = ("recency_days",)
"""Features whose smaller values are better."""


def features(transactions: ir.Table, as_of: str | dt.date | None = None, customer_id: str = "customer_id",
             date: str = "date", amount: str = "amount", product_id: str | None = None) -> ir.Table:
    """Recency, frequency, monetary value and tenure of each customer, as an Ibis expression.

    Parameters
    ----------
    transactions : Ibis table, one row per purchase or line (see `segkit.data.occasions`).
    as_of : day the study looks back from; the last day of the data by default.
    customer_id, date, amount : names of the columns in those roles.
    product_id : name of the column of the product, to count how many different ones a customer bought.

    Returns
    -------
    Ibis table: `customer_id`, `recency_days` (days from `as_of` to the last purchase), `frequency` (purchase
    occasions: baskets where there is a `basket_id`, else time stamps, else days), `monetary` (sum of amounts, money
    given back taken off), `tenure_days` (days from the first purchase to `as_of`), `average_basket`, and
    `distinct_products` (in lines of 0 or more) where `product_id` is named. A missing amount counts as 0, a missing
    product is no product. An occasion that comes to less than 0 is no purchase; who has no other is not in the table.

    Raises
    ------
    DataError
        When a column is missing, or a purchase is after `as_of`.
    """
    check_columns([customer_id, date, amount, *([product_id] if product_id else [])], transactions.columns)
    today = ibis.date(str(_last_day(transactions, customer_id, date, as_of)))
    bought = occasions.gathered(transactions, customer_id, date, amount)
    customers = bought.group_by(customer_id).aggregate(
        last=bought["last"].max(where=bought.is_purchase), first=bought["first"].min(where=bought.is_purchase),
        cents=money.whole(bought.cents.sum()), frequency=bought.is_purchase.sum().cast("int64"))
    customers = customers.filter(customers.frequency > 0)
    customers = customers.mutate(
        recency_days=today.delta(customers["last"].date(), unit="day").cast("int64"),
        tenure_days=today.delta(customers["first"].date(), unit="day").cast("int64"),
        monetary=customers.cents.cast("float64") / 100.0,
        average_basket=customers.cents.cast("float64") / customers.frequency / 100.0)  # alike where all paid alike
    columns = [customer_id, "recency_days", "frequency", "monetary", "tenure_days", "average_basket"]
    if product_id:
        lines = money.with_cents(transactions, amount)
        lines = lines.filter(lines.cents >= 0, days.moments(transactions, date).notnull())
        pairs = lines.select(customer_id, product_id).distinct()
        products = pairs.group_by(customer_id).aggregate(distinct_products=pairs[product_id].count())
        customers, columns = customers.join(products, customer_id), [*columns, "distinct_products"]
    return customers.select(*columns).order_by(customer_id)


def _last_day(transactions: ir.Table, customer_id: str, date: str, as_of: str | dt.date | None) -> dt.date:
    """`as_of`, or the last day with a row of a customer."""
    t = transactions.select(customer=transactions[customer_id], moment=days.moments(transactions, date))
    t = t.filter(t.customer.notnull())
    last = t.moment.max().to_pyarrow().as_py()
    if last is None:
        raise DataError([Fault("the purchases", "have no row with a customer and a date", "check the file")])
    try:
        day = pd.Timestamp(as_of or last).normalize()
    except (TypeError, ValueError):
        raise DataError([Fault("`as_of`", f"is {as_of!r}, not a day", "write it as 2024-12-31")]) from None
    if pd.Timestamp(last).normalize() > day:
        after = t.filter(t.moment.date() > ibis.date(str(day.date()))).count().to_pyarrow().as_py()
        raise DataError([Fault(f"column {date!r}", f"{after:,} purchases are after `as_of` {day.date()} "
                               f"(the last on {pd.Timestamp(last).date()})", "set `as_of` to a later day")])
    return day.date()


def scores(transactions: Any, as_of: str | dt.date | None = None, n_bins: int = 5, customer_id: str = "customer_id",
           date: str = "date", amount: str = "amount", product_id: str | None = None,
           cuts: Mapping[str, Sequence[float]] | None = None) -> pd.DataFrame:
    """Recency, frequency and monetary scores, one row per customer.

    Parameters
    ----------
    transactions : purchases: an Ibis table, a DataFrame or any source of `segkit.data.open.table`.
    as_of : day the study looks back from; the last day of the data by default, never today.
    n_bins : scores run from 1 (worst) to `n_bins` (best).
    customer_id, date, amount, product_id : names of the columns in those roles.
    cuts : limits of your own for `recency_days`, `frequency` or `monetary`, smallest first: four limits make five
        scores. A value at a limit belongs to the band above it. Features without limits are scored by rank.

    Returns
    -------
    DataFrame indexed by customer: `features`' columns, then `r`, `f`, `m` (int, 1..n_bins). Recent is good.

    Raises
    ------
    DataError
        Missing column, or a purchase after `as_of`.
    SegkitError
        When `n_bins` is below 2, or `cuts` are at fault.

    Notes
    -----
    score = ceil(n_bins · average rank / n). Ties share a score, so a score may be held by nobody; no
    customer is ranked by id. R's ``rfm`` breaks ties by quantile bounds instead; its counts differ.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": list("aabcd"), "amount": [20.0, 30.0, 80.0, 10.0, 10.0],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-03-01", "2024-03-20", "2024-01-02", "2024-02-10"])})
    >>> scores(sales, as_of="2024-04-01", n_bins=2).loc["a", ["recency_days", "frequency", "monetary", "r"]].to_list()
    [31.0, 2.0, 50.0, 2.0]
    >>> scores(sales, cuts={"monetary": [20, 60]})["m"].to_dict()
    {'a': 2, 'b': 3, 'c': 1, 'd': 1}
    """
    limits = _limits(n_bins, cuts)
    customers = features(sources.table(transactions), as_of, customer_id, date, amount, product_id)
    table = customers.to_pyarrow().to_pandas().set_index(customer_id)
    for name, column in SCORES.items():
        if column in limits:
            table[name] = _cut_score(table[column], limits[column], column in _LAST_IS_BEST)
        else:
            table[name] = score(-table[column] if column in _LAST_IS_BEST else table[column], n_bins)
    return table


def scored(customers: ir.Table, n_bins: int = 5, cuts: Mapping[str, Sequence[float]] | None = None) -> ir.Table:
    """What `scores` gives, as an Ibis expression: for customers too many to bring to pandas.

    Parameters
    ----------
    customers : what `features` gave, or any Ibis table with `recency_days`, `frequency`, `monetary`.
    n_bins, cuts : as in `scores`.

    Returns
    -------
    Ibis table: the customers with `r`, `f`, `m`.

    Examples
    --------
    >>> customers = ibis.memtable({"recency_days": [3, 9], "frequency": [5, 1], "monetary": [9.0, 9.0]})
    >>> scored(customers).order_by("recency_days").execute()[["r", "f", "m"]].values.tolist()
    [[5, 5, 4], [3, 3, 4]]
    """
    limits = _limits(n_bins, cuts)
    check_columns(SCORES.values(), customers.columns)
    columns = {}
    for name, column in SCORES.items():
        value = customers[column]
        last = column in _LAST_IS_BEST
        if column in limits:
            steps = [ibis.ifelse(value < c if last else value >= c, 1, 0) for c in limits[column]]
            columns[name] = sum(steps, ibis.literal(1)).cast("int64")
        else:
            better = ibis.rank().over(order_by=value.desc() if last else value)
            twice_rank = 2 * better + value.count().over(group_by=value) + 1
            twice_n = 2 * value.count().over(ibis.window())
            columns[name] = ((n_bins * twice_rank + twice_n - 1) // twice_n).cast("int64")
    return customers.mutate(**columns)


def _limits(n_bins: int, cuts: Mapping[str, Sequence[float]] | None) -> dict[str, list[float]]:
    """The limits of each feature that has some."""
    faults = []
    if not isinstance(n_bins, int) or n_bins < 2:
        faults.append(Fault("`n_bins`", f"must be a whole number of at least 2, got {n_bins}", "take 5"))
    for name, limits in (cuts or {}).items():
        where = f"`cuts`, {name!r}"
        if name not in SCORES.values():
            faults.append(Fault(where, "has no score", f"give limits for {', '.join(SCORES.values())}"))
        elif not isinstance(limits, Sequence) or not limits or not all(isinstance(c, int | float) for c in limits):
            faults.append(Fault(where, f"is {limits!r}", "list the limits as numbers: [30, 90, 180, 365]"))
        elif list(limits) != sorted(set(limits)):
            faults.append(Fault(where, f"is {list(limits)}", "list the limits once each, smallest first"))
    if faults:
        raise SegkitError(faults, "RFM scores")
    return {name: list(limits) for name, limits in (cuts or {}).items()}


def _cut_score(values: pd.Series, limits: list[float], last_is_best: bool) -> np.ndarray:
    band = np.searchsorted(limits, values.to_numpy(), side="right")
    return (len(limits) + 1 - band if last_is_best else band + 1).astype("int64")


def score(values: pd.Series, n_bins: int) -> pd.Series:
    """Scores 1..n_bins of values, bigger is better; ties share a score.

    Examples
    --------
    >>> score(pd.Series([1, 1, 1, 9]), 4).to_list()
    [2, 2, 2, 4]
    """
    rank = values.rank(method="average")
    return np.ceil(n_bins * rank / len(values)).astype("int64")


def segment_rules(n_bins: int = 5, cuts: Mapping[str, Sequence[float]] | None = None,
                  bands: Sequence[Mapping[str, Any]] = ()) -> Mapping[str, Any]:
    """The rule table of named RFM segments: ``specs/rfm.yaml`` (on r, f and frequency), or one of your own.

    Parameters
    ----------
    n_bins, cuts : as in `scores`: they say how many scores there are.
    bands : names of your own, the first that fits decides: ``{"name": …, "when": {"r": {"at_least": 3}}}``, on the
        scores `r`, `f`, `m`, and on `frequency` to tell who bought once (1) from the others (2 stands for them).

    Raises
    ------
    SegkitError
        When the names of the kit do not fit the number of scores, or names of your own are at fault.

    Examples
    --------
    >>> own = [{"name": "Recent", "when": {"r": 2}}, {"name": "Away", "when": {"r": 1}}]
    >>> segment_rules(2, bands=own)["domain"]["r"]
    [1, 2]
    """
    n_scores = _n_scores(n_bins, cuts)
    if not bands:
        if n_scores["r"] != 5 or n_scores["f"] != 5:
            raise SegkitError([Fault("`bands`", f"has no names for {n_scores['r']} scores of recency and "
                                     f"{n_scores['f']} of frequency: those of the kit are for five of each",
                                     "take `n_bins: 5`, and four limits for each feature in `cuts`; or write names "
                                     "of your own: `bands: [{name: Recent, when: {r: {at_least: 3}}}, …]`")])
        return rules.template("rfm")
    known = {**{name: list(range(1, n + 1)) for name, n in n_scores.items()}, "frequency": [1, 2]}
    spec: dict[str, Any] = {"model": "value-based", "segments": list(bands)}
    faults = specs.check(spec)
    if not faults:
        used = [(band["name"], str(v)) for band in bands for v in sorted(conditions.variables(band["when"]))]
        faults = [Fault(f"`bands`, {name!r}", f"names {variable!r}", did_you_mean(variable, known))
                  for name, variable in used if variable not in known]
        spec["domain"] = {variable: known.get(variable, []) for _, variable in used}
    faults = faults or _band_faults(spec)
    if faults:
        raise SegkitError([Fault(f.where.replace("rule spec", "`bands`"), f.found, f.fix) for f in faults])
    return spec


def _n_scores(n_bins: int, cuts: Mapping[str, Sequence[float]] | None) -> dict[str, int]:
    limits = _limits(n_bins, cuts)
    return {name: len(limits[column]) + 1 if column in limits else n_bins for name, column in SCORES.items()}


def _band_faults(spec: Mapping[str, Any]) -> list[Fault]:
    """Gaps, and segments that nobody can reach."""
    problems = rules.lint(spec)
    return [Fault(f"segment {row.segment!r}" if row.segment else "rule spec",
                  {"gap": f"leaves {row.n} combination{'s' if row.n > 1 else ''} of scores without a segment",
                   "unreachable": f"can never be reached: {row.other} come first"}.get(row.problem, row.other),
                  {"gap": "add a last one for the rest, such as {name: Others, when: {r: {at_least: 1}}}",
                   "unreachable": "put it before them, or narrow their conditions"}.get(row.problem, ""))
            for row in problems[problems["problem"].isin(["form", "unreachable", "gap"])].itertuples()]


class Ranked(NamedTuple):
    """A rule table whose names claim no more than the customers' own rhythm bears out: `spec`, and the customary names
    `withheld`, in their order."""

    spec: Mapping[str, Any]
    withheld: tuple[str, ...] = ()

    def told(self) -> dict[str, str]:
        """The names withheld as a reader of each language expects them."""
        return {code: ", ".join(f"“{language.segment(name, code)}”" for name in self.withheld)
                for code in language.LANGUAGES}


def ranked(scored: pd.DataFrame, spec: Mapping[str, Any], late: pd.Series, at_least: float = 0.5) -> Ranked:
    """A rule table in which customary names of drifting away stand only where enough of the customers are late.

    A score ranks customers: where everybody buys on a schedule of their own, somebody is ranked last all the same. A
    name of `BY_RANK` whose customers are late less often than `at_least` is replaced by one that tells the ranks. Names
    of a study's own are left as they are.

    Parameters
    ----------
    scored : what `scores` gave.
    spec : the rule table, of `segment_rules`.
    late : boolean by customer, whether they are away longer than their own rhythm leads to expect
        (`lifecycle.stages`); who is missing is not late.
    at_least : share of a segment's customers, from 0 to 1.

    Examples
    --------
    >>> table = pd.DataFrame({"r": [5, 1, 1], "f": [5, 1, 1], "frequency": [9, 2, 2]}, index=list("abc"))
    >>> ranked(table, segment_rules(), pd.Series([False, True, True], index=list("abc"))).withheld
    ()
    >>> made = ranked(table, segment_rules(), pd.Series(False, index=list("abc")))
    >>> made.withheld, segment(table, made.spec).labels.to_list()
    (('Hibernating',), ['Champions', 'Seldom, long ago', 'Seldom, long ago'])
    """
    if spec != rules.template("rfm"):
        return Ranked(spec)
    labels = segment(scored, spec).labels
    shares = late.reindex(labels.index, fill_value=False).astype(float).groupby(labels).mean()
    withheld = tuple(name for name in BY_RANK if shares.get(name, 1.0) < at_least)
    segments = [{**part, "name": BY_RANK[part["name"]] if part["name"] in withheld else part["name"]}
                for part in spec["segments"]]
    return Ranked({**spec, "segments": segments}, withheld)


def segment(scored: pd.DataFrame, spec: Mapping[str, Any] | None = None) -> Segmentation:
    """Named segments of scored customers.

    Parameters
    ----------
    scored : what `scores` gave, with `n_bins=5` for the default rules.
    spec : a rule spec on the columns of `scored`; `segment_rules` by default.

    Raises
    ------
    SegkitError
        When the spec's domain leaves a gap, or a segment that nobody can reach; when a score is not in the domain.

    Examples
    --------
    >>> scored = pd.DataFrame({"r": [5, 1], "f": [5, 1], "frequency": [9, 1]}, index=["a", "b"])
    >>> segment(scored).labels.to_list()
    ['Champions', 'Hibernating']
    """
    spec = spec or segment_rules()
    if "domain" in spec and (faults := _band_faults(spec)):
        raise SegkitError(faults, "RFM segments")
    name = scored.index.name or "customer_id"
    variables = sorted({v for p in spec["segments"] for v in conditions.variables(p["when"])})
    check_columns(variables, scored.columns, "the scored customers")
    outside = {v: sorted(set(scored[v]) - set(spec["domain"][v])) for v in variables
               if v in SCORES and v in spec.get("domain", {})}
    if any(outside.values()):
        raise SegkitError([Fault(f"score {v!r}", f"has values the rules do not know: {', '.join(map(str, values[:5]))}",
                                 "score with as many bands as the rules' `domain` has")
                           for v, values in outside.items() if values], "RFM segments")
    segmentation = rules.segment(scored[variables].rename_axis(name).reset_index(), spec, customer_id=name)
    return replace(segmentation, rule={**segmentation.rule, "behind": {v: SCORES[v] for v in variables if v in SCORES}})
