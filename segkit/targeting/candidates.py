"""Candidates compared from their customers: what each brings, and whether its lead would hold.

Three things can make a candidate first that is not: the weights, the customers who happened to be there, and chance
alone, since one of several groups always comes first. Weights and customers are drawn anew together; groups of the same
sizes drawn by lot from all customers say how far a leader would stand out if the groups meant nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.segmentation import case_weights, circularity, lots
from segkit.segmentation.result import Segmentation
from segkit.targeting import acceptability, attractiveness, editorial
from segkit.words.errors import DataError, Fault, check_columns, did_you_mean
from segkit.words.language import N_

SURE = 0.95
"""Share of draws in which a clear leader comes first."""
CHANCE = 0.05
"""Share of lots in which the leader may stand out as far as a clear one."""
SIZE = ("size", "customer_share")
MONEY = ("revenue", "revenue_share")
WHOLES = ("customer_share", "revenue_share")
"""Shares of one whole: 100 points are an equal part."""
CLEAR = N_("{segment:segment} comes first with {score:index} points (100 = as all customers are), and in "
           "{share:percent} "
           "of draws of other customers and weights; the first of groups drawn by lot stands out as far in "
           "{lot_p:percent} of lots.")
CLOSE = N_("Too close to call: {segment:segment} has {score:index} points (100 = as all customers are), "
           "{second:segment} "
           "{other:index}, and {segment:segment} comes first in only {share:percent} of draws of other customers and "
           "weights. Decide by how well each can be served, or agree on the weights first.")
BY_LOT = N_("{segment:segment} comes first with {score:index} points (100 = as all customers are), but does not stand "
            "out: the first of groups of the same sizes drawn by lot is as far ahead in {lot_p:percent} of lots.")
BY_RULE = N_("{segment:segment} comes first with {score:index} points (100 = as all customers are), but every "
             "criterion is "
             "of what formed the candidates: the rule makes the difference, so nothing is tested.")
BY_PEOPLE = N_("{segment:segment} comes first with {score:index} points (100 = as all customers are), by scores that "
               "people gave: chance is not tested on them.")
BY_SIZE = N_("{segment:segment} comes first with {score:index} points (100 = as all customers are): it is the largest, "
             "and no other criterion says what a candidate is worth.")
BY_SIZE_OR_RULE = N_("{segment:segment} comes first with {score:index} points (100 = as all customers are), but the "
                     "criteria are its size and what formed the candidates: the rule makes the difference, so nothing "
                     "is tested.")
ALONE = N_("{segment:segment} is the only candidate left by the knock-out criteria: there is nothing to compare it "
           "with.")


def examined(ranking: pd.DataFrame, target: str = "") -> Any:
    """The candidate to examine: the one that the study names, else the first.

    Parameters
    ----------
    ranking : a row per candidate, the first on top.
    target : name of a candidate, or its number; "" for the first.

    Raises
    ------
    DataError
        When there is no such candidate.

    Examples
    --------
    >>> examined(pd.DataFrame(index=["Regulars", "Others"])), examined(pd.DataFrame(index=[2, 1]), "1")
    ('Regulars', 1)
    """
    by_name = {str(candidate): candidate for candidate in ranking.index}
    if not target:
        return ranking.index[0]
    if str(target) not in by_name:
        raise DataError([Fault("`target`", f"is {target!r}, which is no candidate", did_you_mean(target, by_name))])
    return by_name[str(target)]


class Comparison(NamedTuple):
    """`ranking`: a row per candidate. `first_share`: of the first one, in draws of customers and weights. `lot_p`: how
    often the first of groups drawn by lot stands out as far; both are missing where only one candidate is left.
    `sentence`, `values`: the verdict in words. `left_out`: criteria without data. `acceptability`: a row per candidate,
    a column per rank, the share of all weightings, crossed with customers drawn anew, in which it takes that rank.
    `flips`: a row per criterion, the nearest weight at which another candidate comes first. `points`: a row per
    candidate (in the order of the ranking) and criterion (`weighed_criterion`, its `criterion_weight`):
    `criterion_points`, 100 as all customers are, with the 95 % interval over customers drawn anew, `points_low` and
    `points_high`, missing where people gave them."""

    ranking: pd.DataFrame
    first_share: float
    lot_p: float
    is_clear: bool
    sentence: str
    values: dict[str, Any]
    left_out: list[str]
    acceptability: pd.DataFrame
    flips: pd.DataFrame
    points: pd.DataFrame


def measure(customers: pd.DataFrame, segmentation: Segmentation, columns: Sequence[str],
            weights: pd.Series | None = None) -> pd.DataFrame:
    """What each segment has and brings, by the customers who have a segment.

    Parameters
    ----------
    customers : DataFrame indexed by customer as the segmentation, numeric columns.
    segmentation : how the customers are segmented.
    columns : `size`, `customer_share`, `revenue` and `revenue_share` (of `monetary`), `average_basket` (money per
        purchase, where there are `monetary` and `frequency`), or columns of `customers`, whose mean is taken,
        missing values left out.
    weights : how many people each customer stands for; all alike by default.

    Returns
    -------
    DataFrame, a row per segment, a column each; missing where no customer has a value.

    Examples
    --------
    >>> from segkit.segmentation import rules
    >>> customers = pd.DataFrame({"town": list("aab"), "monetary": [1.0, 3.0, 6.0]}, index=[1, 2, 3])
    >>> towns = rules.segment(customers.rename_axis("customer_id").reset_index(), {"model": "geographic", "by": "town"})
    >>> measure(customers, towns, ["size", "monetary", "revenue_share"]).values.tolist()
    [[2.0, 2.0, 0.4], [1.0, 6.0, 0.6]]
    """
    at = _Sums(customers, segmentation, columns, weights)
    return pd.DataFrame(at.measured(at.of_all())[0][0], columns=list(columns), index=segmentation.segments.index)


def compare(customers: pd.DataFrame, segmentation: Segmentation, criteria: Sequence[Mapping[str, Any]],
            knock_out: Mapping[str, float] | None = None, random_state: int | None = None,
            weights: pd.Series | None = None) -> Comparison:
    """Rank the segments by weighted criteria, and say whether the first one is clearly first.

    Parameters
    ----------
    customers, segmentation : as in `measure`.
    criteria, knock_out : as in `attractiveness.evaluate`, on what `measure` knows. Who is knocked out does not change
        from draw to draw.
    random_state : seed of weights, customers and lots.
    weights : as in `measure`.

    Returns
    -------
    Comparison. Its `ranking` has the columns of `attractiveness.evaluate`, best first, with `attractiveness_low` and
    `attractiveness_high` (95 % interval over customers drawn anew, at the given weights); `first_share` counts draws
    in which customers and weights vary together. `lot_p` compares how far the leader stands above what groups of its
    size drawn by lot score on average, in their standard deviations, with the same number of the leader of each lot;
    so it is right however large the groups are. Criteria on what formed the segments (`circular`) are left out of it;
    it is missing where there are no others, or none but size, which groups drawn by lot have alike. The leader is clear
    where it comes first in at least 95 % of draws
    and `lot_p` is at most 0.05.

    Raises
    ------
    SegkitError
        As `attractiveness.evaluate`.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, doi:10.1201/9780429246593. Lahdelma & Salminen (2001),
    SMAA-2, doi:10.1287/opre.49.3.444.11220, for random weights and measurements together.

    Examples
    --------
    >>> from segkit.segmentation import rules
    >>> customers = pd.DataFrame({"town": ["a"] * 30 + ["b"] * 30, "monetary": [1.0, 3.0] * 15 + [9.0, 7.0] * 15})
    >>> towns = rules.segment(customers.rename_axis("customer_id").reset_index(), {"model": "geographic", "by": "town"})
    >>> found = compare(customers, towns, [{"column": "monetary"}], random_state=1)
    >>> found.ranking["attractiveness_score"].to_dict(), found.is_clear
    ({'b': 160.0, 'a': 40.0}, True)
    """
    all_criteria = criteria
    named = [str(s["column"]) for s in criteria if isinstance(s, Mapping) and "column" in s]
    wanted = list(dict.fromkeys([*named, *(knock_out or {})]))
    table = measure(customers, segmentation, list(dict.fromkeys(["size", *wanted])), weights)
    criteria = attractiveness.usable(table, criteria, knock_out)
    computed, by_people = editorial.split(criteria)
    columns, lower = [spec["column"] for spec in computed], attractiveness.directions(computed)
    importance = attractiveness.given_weights(criteria)
    failed = attractiveness.knocked_out(table, knock_out)
    kept = attractiveness.considered(table, columns, failed)
    at = table.index.get_indexer(kept)
    sums = _Sums(customers, segmentation, columns, weights)
    judged = editorial.points(by_people, kept)

    def scored(drawn: np.ndarray) -> np.ndarray:
        values, total = sums.measured(drawn)
        known = np.where(np.isnan(values), total[:, None, :], values)
        computed_points = attractiveness.points(known, total, lower)[:, at]
        return np.concatenate([computed_points, np.broadcast_to(judged, (len(computed_points), *judged.shape))], axis=2)

    draw_weights, draw_customers, draw_lots, draw_any = np.random.default_rng(random_state).spawn(4)
    points = scored(sums.of_all())[0]
    now = points @ importance
    again = scored(sums.resampled(draw_customers))
    random_weights = draw_weights.dirichlet(attractiveness.CONCENTRATION * len(importance) * importance, len(again))
    first = attractiveness.first_shares(np.einsum("dsc,dc->ds", again, random_weights))
    ranking = attractiveness.ranked(table.index, kept, now, first, failed)
    low, high = lots.interval(again @ importance)
    ranking.insert(1, "attractiveness_low", pd.Series(low, index=kept))
    ranking.insert(2, "attractiveness_high", pd.Series(high, index=kept))
    by_rule = circular(segmentation, computed, customers)
    tested = importance * [*(c not in by_rule for c in columns), *(False for _ in by_people)]
    lot_p = _lot_p(int(now.argmax()), points @ tested, scored(sums.by_lot(draw_lots)) @ tested)
    is_size = [c in SIZE for c in columns]
    lot_p = lot_p if (tested[:len(columns)] * ~np.array(is_size, dtype=bool)).any() else float("nan")
    untested = BY_PEOPLE if by_people else BY_SIZE if all(is_size) else BY_SIZE_OR_RULE if any(is_size) else BY_RULE
    first_share, lot_p_told = (float(ranking["first_share"].iloc[0]), lot_p) if len(kept) > 1 else (float("nan"),) * 2
    is_clear, verdict, values = _verdict(ranking, lot_p, untested)
    return Comparison(ranking, first_share, lot_p_told, is_clear, verdict, values,
                      attractiveness.without_data(table, all_criteria),
                      _acceptability(acceptability.ranks(again, random_state=draw_any), ranking, kept),
                      _flips(acceptability.flips(points, importance), criteria, kept),
                      _points(points, lots.interval(again[:, :, : len(columns)]), importance, criteria, kept, ranking))


def _acceptability(shares: np.ndarray, ranking: pd.DataFrame, kept: pd.Index) -> pd.DataFrame:
    """Rank acceptabilities in the order of the ranking; the columns are ranks."""
    table = pd.DataFrame(shares, index=kept, columns=pd.Index(range(1, len(kept) + 1), name="segment_rank"))
    return table.reindex(ranking.index[ranking["attractiveness_score"].notna()])


def _points(points: np.ndarray, ends: tuple[np.ndarray, np.ndarray], weights: np.ndarray,
            criteria: Sequence[Mapping[str, Any]], kept: pd.Index, ranking: pd.DataFrame) -> pd.DataFrame:
    """The points of each candidate by criterion, with their intervals where they were computed."""
    low, high = (np.pad(end, ((0, 0), (0, points.shape[1] - end.shape[1])), constant_values=np.nan) for end in ends)
    rows = [(kept[s], editorial.told(spec), weights[c], points[s, c], low[s, c], high[s, c])
            for s in kept.get_indexer([s for s in ranking.index if s in kept]) for c, spec in enumerate(criteria)]
    columns = ["segment", "weighed_criterion", "criterion_weight", "criterion_points", "points_low", "points_high"]
    table = pd.DataFrame(rows, columns=columns)
    return table.set_index("segment")


def _flips(found: pd.DataFrame, criteria: Sequence[Mapping[str, Any]], kept: pd.Index) -> pd.DataFrame:
    """The flips with the names of criteria and candidates, the nearest first."""
    found.insert(0, "weighed_criterion", [editorial.told(spec) for spec in criteria])
    found["flips_to"] = [kept[i] if i >= 0 else None for i in found["flips_to"]]
    return found.sort_values("flip_change", kind="stable", na_position="last", ignore_index=True)


def _lot_p(leader: int, now: np.ndarray, lots: np.ndarray) -> float:
    """How often the leader of a lot stands as far above what its size gives, in standard deviations, as the leader."""
    mean, spread = lots.mean(axis=0), lots.std(axis=0)
    even = spread <= 1e-9 * np.maximum(1.0, np.abs(mean))
    spread = np.where(even, 1.0, spread)
    above = np.where(even, 0.0, (lots - mean) / spread)
    leaders = lots.argmax(axis=1)
    mine = 0.0 if even[leader] else (now[leader] - mean[leader]) / spread[leader]
    as_far = above[np.arange(len(lots)), leaders] >= mine - 1e-9
    return float((1 + as_far.sum()) / (1 + len(lots)))


def _verdict(ranking: pd.DataFrame, lot_p: float, untested: str) -> tuple[bool, str, dict[str, Any]]:
    scored = ranking[ranking["attractiveness_score"].notna()]
    top = scored.iloc[0]
    values = {"segment": scored.index[0], "score": top["attractiveness_score"], "share": top["first_share"], "lot_p":
    lot_p}
    if len(scored) == 1:
        return False, ALONE, {"segment": scored.index[0]}
    if top["first_share"] < SURE:
        second = scored.index[1]
        return False, CLOSE, {**values, "second": second, "other": scored.loc[second, "attractiveness_score"]}
    if np.isnan(lot_p):
        return False, untested, values
    return (True, CLEAR, values) if lot_p <= CHANCE else (False, BY_LOT, values)


def overlap(customers: pd.DataFrame, criteria: Sequence[Mapping[str, Any]], at_least: float = 0.0) -> pd.DataFrame:
    """Which criteria count the same thing: the rank correlation of each two over the customers.

    Parameters
    ----------
    customers : DataFrame indexed by customer.
    criteria : as in `compare`. `revenue` and `revenue_share` stand for `monetary`; `size` and `customer_share` are the
        same for every customer and stand for themselves.
    at_least : smallest correlation, of either sign, of a pair that is given.

    Returns
    -------
    DataFrame, a row per pair, the closest first: `first_criterion`, `second_criterion`, `rank_correlation` (Spearman;
    1 where both are made of the same column), `joint_weight` (of both together, 0..1). Pairs without a correlation (a
    criterion without spread) are left out.

    Examples
    --------
    >>> customers = pd.DataFrame({"monetary": [1.0, 5, 9, 2], "frequency": [1, 2, 3, 4]})
    >>> found = overlap(customers, [{"column": "revenue_share"}, {"column": "monetary"}, {"column": "frequency"}])
    >>> found.values.tolist()[0][:3], len(found)
    (['revenue_share', 'monetary', 1.0], 3)
    """
    weights = attractiveness.given_weights(criteria)
    weights = weights[[i for i, spec in enumerate(criteria) if "column" in spec]]
    columns = [str(spec["column"]) for spec in criteria if "column" in spec]
    seen = {c: _behind(customers, c) for c in columns}
    rows = []
    for i, second in enumerate(columns):
        for j, first in enumerate(columns[:i]):
            r = 1.0 if second in SIZE and first in SIZE else _correlation(seen[first], seen[second])
            if abs(r) >= at_least:
                rows.append({"first_criterion": first, "second_criterion": second, "rank_correlation": r,
                             "joint_weight": float(weights[i] + weights[j])})
    table = pd.DataFrame(rows, columns=["first_criterion", "second_criterion", "rank_correlation", "joint_weight"])
    return table.sort_values("rank_correlation", key=abs, ascending=False, kind="stable", ignore_index=True)


def _behind(customers: pd.DataFrame, column: str) -> pd.Series | None:
    """What a criterion is of each customer; None where it is the same for all."""
    if column in SIZE:
        return None
    if column == "average_basket" and column not in customers:
        return customers["monetary"] / customers["frequency"]
    return pd.to_numeric(customers["monetary" if column in MONEY else column], errors="coerce")


def _correlation(one: pd.Series | None, other: pd.Series | None) -> float:
    if one is None or other is None:
        return float("nan")
    both = pd.DataFrame({"one": one, "other": other}).dropna().rank()
    return float(both["one"].corr(both["other"])) if both.nunique().min() > 1 else float("nan")


def circular(segmentation: Segmentation, criteria: Sequence[Mapping[str, Any]],
             customers: pd.DataFrame | None = None) -> list[str]:
    """The criteria on what formed the segments, or follows from it: these differ by the rule, whoever people are.

    Parameters
    ----------
    segmentation : how the customers are segmented.
    criteria : as in `compare`; those that people score are not looked at.
    customers : as in `compare`. With them a quantity counts that follows from the segmentation variables among their
        columns (`circularity.follows`), as money does from frequency and average basket.

    Returns
    -------
    list of `column`s, in the order of the criteria, each once. `revenue` and `revenue_share` stand for `monetary`; the
    variables r, f and m of RFM stand for `recency_days`, `frequency` and `monetary`.

    Examples
    --------
    >>> from segkit.segmentation import rules
    >>> customers = pd.DataFrame({"customer_id": [1, 2], "monetary": [1.0, 9.0]})
    >>> made = rules.segment(customers, {"model": "value-based", "by": "monetary", "cuts": [5]})
    >>> circular(made, [{"column": "revenue_share"}, {"column": "frequency"}])
    ['revenue_share']
    """
    scores = {"r": "recency_days", "f": "frequency", "m": "monetary"}
    formed = {*segmentation.variables, *(scores.get(v, v) for v in segmentation.variables),
              *segmentation.rule.get("behind", {}).values(), *segmentation.rule.get("columns", {})}
    names = [str(spec["column"]) for spec in criteria if "column" in spec]
    columns = {c: "monetary" if c in MONEY else c for c in names}
    known = pd.DataFrame() if customers is None else customers
    if {"monetary", "frequency"} <= set(known) and "average_basket" not in known:
        known = known.assign(average_basket=known["monetary"] / known["frequency"])
    return [c for c, column in columns.items() if column in formed or (
        column in known and circularity.follows(known, segmentation, column))]


class _Sums:
    """Sums of each segment, from which every measure follows; of the customers as they are, drawn anew, or by lot.

    The quantities are a count of customers, and of each column the sum and the count of its known values.
    """

    def __init__(self, customers: pd.DataFrame, segmentation: Segmentation, columns: Sequence[str],
                 weights: pd.Series | None = None) -> None:
        label = segmentation.labels.reindex(customers.index)
        rows = label.notna().to_numpy()
        self.k = len(segmentation.segments)
        self.place = segmentation.segments.index.get_indexer(label[rows])
        self.columns = list(columns)
        self.ratio = "average_basket" in columns and {"monetary", "frequency"} <= set(customers.columns)
        behind = ["monetary" if c in MONEY else c for c in self.columns if c not in SIZE]
        if self.ratio:
            behind = [c for c in behind if c != "average_basket"] + ["monetary", "frequency"]
        self.of = list(dict.fromkeys(behind))
        check_columns(self.of, customers.columns, "the customers")
        values = customers.loc[rows, self.of].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
        known = np.isfinite(values)
        worth = case_weights.of(customers.index[rows], weights).to_numpy()[:, None]
        self.values = worth * np.column_stack([np.ones(len(values)), np.where(known, values, 0.0), known])

    def of_all(self) -> np.ndarray:
        """Segments × quantities, as a single draw."""
        return np.stack([np.bincount(self.place, c, self.k) for c in self.values.T], axis=1)[None]

    def resampled(self, rng: np.random.Generator) -> np.ndarray:
        """Draws × segments × quantities, of customers drawn with replacement."""
        bag = lots.bags(len(self.values), rng)
        n_bags = int(bag.max()) + 1
        cell = bag * self.k + self.place
        sums = np.column_stack([np.bincount(cell, c, n_bags * self.k) for c in self.values.T])
        drawn = lots.counts(n_bags, 1000, int(rng.integers(2**32))) @ sums.reshape(n_bags, -1)
        return drawn.reshape(len(drawn), self.k, -1)

    def by_lot(self, rng: np.random.Generator) -> np.ndarray:
        """Draws × segments × quantities, of groups of the same sizes drawn by lot."""
        return lots.by_lot(self.values, np.bincount(self.place, minlength=self.k), random_state=rng)

    def measured(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Draws × segments × columns, and the same of all customers, draws × columns: what has 100 points."""
        m = len(self.of)
        parts, whole = sums, sums.sum(axis=1, keepdims=True)

        def get(part: np.ndarray, column: str) -> np.ndarray:
            at = {c: i + 1 for i, c in enumerate(self.of)}
            with np.errstate(divide="ignore", invalid="ignore"):
                if column in SIZE:
                    n = part[..., 0]
                    return n / whole[..., 0] if column == "customer_share" else n
                if column in MONEY:
                    money = part[..., at["monetary"]]
                    return money / whole[..., at["monetary"]] if column == "revenue_share" else money
                if column == "average_basket" and self.ratio:
                    return part[..., at["monetary"]] / part[..., at["frequency"]]
                return part[..., at[column]] / part[..., m + at[column]]

        if not self.columns:
            return np.empty((*parts.shape[:2], 0)), np.empty((len(parts), 0))
        values = np.stack([get(parts, c) for c in self.columns], axis=-1)
        total = np.stack([get(whole, c)[:, 0] / (self.k if c in SIZE + MONEY else 1) for c in self.columns], axis=-1)
        return values, total
