"""Which method meets these variables, and one way through all of them: solutions, evidence, recommendation, labels.

A method is a row of `METHODS`: when it is proposed and why, which answers it takes, how it segments and what tells how
many segments. Rules stand elsewhere (`rules`): they form no segments from answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from segkit.segmentation import (
    agreement,
    hierarchical,
    how_many,
    jaccard,
    kmeans,
    kmedians,
    latent_class,
    prediction,
    variables,
)
from segkit.segmentation.evidence import criteria, learners, replicates, segment_stability
from segkit.segmentation.evidence.replicates import Judged, Learner
from segkit.segmentation.how_many import Recommendation
from segkit.segmentation.partition import coded_answers, gower
from segkit.segmentation.partition.coded_answers import Coded
from segkit.segmentation.respondents import AMOUNT, CATEGORY, RATING, YES_NO
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, check_option
from segkit.words.language import N_

OPEN = 0.05
"""Share of people with an open answer from which on they are not left out."""
RARE = 0.2
"""Mean share of yes below which a shared no says little."""
FAR = 6.0
"""Distance from the quartiles, in quartile ranges, from which on an amount is far."""
MOST_LEARNED = 1500
"""People whom a tree or latent classes are learned from, drawn by weight where there are more."""
_WORK = 30_000
"""Rows × starts of latent classes compared."""
_PROPOSED = N_("Method: {method:message}. {why:message}")
_SET = N_("Method: {method:message}, as the study sets it. Proposed for these variables: {proposed:message}.")
_BORDERS = ["border_density", "border_reached", "near_best_share"]
_SAMPLED = {
    _PROPOSED: N_("Method: {method:message}. {why:message} It learns from {n:count} people drawn by lot, and everybody "
                  "is given to a segment by its rule."),
    _SET: N_("Method: {method:message}, as the study sets it. Proposed for these variables: {proposed:message}. It "
             "learns from {n:count} people drawn by lot, and everybody is given to a segment by its rule."),
}


class Facts(NamedTuple):
    """What the choice of a method rests on: kinds of the variables, share of people with an open answer among those
    who answered anything, mean share of yes, whether an amount lies far from the others."""

    kinds: frozenset[str]
    open_share: float
    yes_share: float
    far: bool


class Method(NamedTuple):
    """A method: how it is called, when it is proposed and why, and its steps.

    `with_open`: people who left answers open take part. `table`: what it segments, of the coded answers. `fitted`:
    segmentations for numbers of segments. `told`: evidence by number of segments. `learner`: see `replicates`; None
    where the evidence already has new samples. `most_rows`: people in these samples.
    """

    name: str
    label: str
    suits: Callable[[Facts], bool]
    why: str
    kinds: frozenset[str] | None
    with_open: bool
    table: Callable[[Coded], pd.DataFrame]
    fitted: Callable[[Coded, Sequence[int], Sequence[float] | None, int | None], list[Segmentation]]
    told: Callable[[Coded, list[Segmentation], Sequence[float] | None, int | None], pd.DataFrame]
    best: Callable[[pd.DataFrame], int] | None = None
    recommended: Callable[[pd.DataFrame, int, Judged], Recommendation] | None = None
    learner: Callable[[Coded], Learner] | None = None
    most_rows: int = 1000

    @property
    def shown(self) -> list[str]:
        """Columns of the evidence to show."""
        return _SHOWN[self.name]

    def coding(self, coded: Coded) -> tuple[dict[str, Any], ...]:
        """How the answers became what it segments, as plain data."""
        return coded.as_given if self.table is _given else coded.coding

    @property
    def has_borders(self) -> bool:
        """Whether it is asked if segments are separate groups, with a gap between any two."""
        return self.learner is None

    @property
    def has_starts(self) -> bool:
        """Whether it begins by lot, so that some starts may miss the best solution."""
        return self.name != "ward-gower"


class Choice(NamedTuple):
    """A method for these variables; `sentence` (message id) and its `values` say why."""

    method: Method
    sentence: str
    values: dict[str, Any]


class Found(NamedTuple):
    """What a method found: a segmentation per number of segments, the evidence for each (the columns differ by
    method), the recommendation, and the segmentation to go on with."""

    solutions: list[Segmentation]
    evidence: pd.DataFrame
    recommended: Recommendation
    chosen: Segmentation


def prepared(table: pd.DataFrame, forming: Sequence[str], method: str = "") -> tuple[Choice, Coded]:
    """The method for some columns of a table, and their answers coded as it takes them.

    Parameters
    ----------
    table : a row per person.
    forming : columns that form the segments.
    method : as `choose` takes it.

    Examples
    --------
    >>> choice, coded = prepared(pd.DataFrame({"wifi": ["yes", "no", None] * 4, "tea": ["yes", "no", "no"] * 4}),
    ...                          ["wifi", "tea"])
    >>> choice.method.name, len(coded.X), coded.n_open
    ('latent-class', 12, 4)
    """
    coded = coded_answers.coded(table, forming, with_open=True)
    choice = choose(coded, method)
    return choice, coded if choice.method.with_open or not coded.n_open else coded_answers.coded(table, forming)


def facts(both: Coded) -> Facts:
    """What the variables are, of coded answers `with_open`."""
    yes = [both.X[part[0]].mean() for name, part in both.parts.items() if both.kinds[name] == YES_NO]
    amounts = both.X[[name for name in both.parts if both.kinds[name] == AMOUNT]]
    low, high = amounts.quantile(0.25), amounts.quantile(0.75)
    beyond = np.maximum(low - amounts.min(), amounts.max() - high)
    return Facts(frozenset(both.kinds), both.n_open / len(both.X), float(np.mean(yes)) if yes else np.nan,
                 bool((beyond > FAR * (high - low))[high > low].any()))


def choose(both: Coded, method: str = "") -> Choice:
    """The method for some variables.

    Parameters
    ----------
    both : the answers coded `with_open`, as everybody gave them.
    method : name of a method of `METHODS`; by what the variables are when empty.

    Returns
    -------
    Choice, with the reason, and with how many people a tree or latent classes are learned from where there are more
    than 1,500. Categories beside amounts, or amounts that more than 5 % of people left open: Ward's tree
    of Gower's distances. Other categories or open answers: latent classes. Yes/no answers to which yes is rare (below
    20 % on average): Jaccard segments. Amounts with a few very far values: k-medians. All else: k-means. The limits
    are segkit's own.

    Raises
    ------
    SegkitError
        When there is no such method.
    DataError
        When the method does not take a variable of this kind.

    Examples
    --------
    >>> from segkit.segmentation.partition import coded_answers
    >>> table = pd.DataFrame({"wifi": ["yes", "no"] * 6, "town": list("hdd") * 4, "age": np.arange(12) * 1.5})
    >>> choose(coded_answers.coded(table, ["wifi", "town"], True)).method.name
    'latent-class'
    >>> choose(coded_answers.coded(table, ["town", "age"], True)).method.name
    'ward-gower'
    """
    known = facts(both)
    proposed = next(m for m in METHODS.values() if m.suits(known))
    if not method:
        return _said(both, proposed, _PROPOSED, {"method": proposed.label, "why": proposed.why})
    check_option("method", method, METHODS)
    chosen = METHODS[method]
    if chosen.kinds is not None and (others := [n for n, kind in both.kinds.items() if kind not in chosen.kinds]):
        raise DataError([Fault(f"`method` {method!r}", f"does not take {name!r}: it is {both.kinds[name]}",
                               f"take it out of `variables`, or take another method, {proposed.name!r} for example")
                         for name in others])
    return _said(both, chosen, _SET, {"method": chosen.label, "proposed": proposed.label})


def _said(both: Coded, method: Method, sentence: str, values: dict[str, Any]) -> Choice:
    """The choice in words; where it learns from some of the people, with how many."""
    if method.with_open and len(both.X) > MOST_LEARNED:
        sentence, values = _SAMPLED[sentence], {**values, "n": MOST_LEARNED}
    return Choice(method, sentence, values)


def found(choice: Choice, coded: Coded, k_values: Sequence[int], k: int | None = None,
          weights: Sequence[float] | None = None, random_state: int | None = None) -> Found:
    """Segmentations for all numbers of segments, with the evidence and the recommendation.

    Parameters
    ----------
    choice : what `choose` gives.
    coded : the answers, coded `with_open` where the method takes open answers.
    k_values : numbers of segments to compare, 2 or more.
    k : number of segments to go on with; the recommended one when None.
    weights : case weights.
    random_state : seed.

    Returns
    -------
    Found. The evidence of k-means is that of `how_many.evidence`; of the others that of `criteria`, with the columns of
    `replicates.Judged` for the recommended number of segments and for `k`.

    Raises
    ------
    DataError
        As the method.
    """
    method = choice.method
    solutions = method.fitted(coded, sorted(set(k_values)), weights, random_state)
    evidence = method.told(coded, solutions, weights, random_state)
    if method.learner is None or method.best is None or method.recommended is None:
        recommended = how_many.recommend(evidence)
    else:
        shown, learn = method.best(evidence), method.learner(coded)
        parts = list(coded.parts.values()) if method.table is _numbers else [[c] for c in coded.given]
        judged = {n: replicates.judged(learn, method.table(coded), n, parts, weights, method.most_rows, random_state)
                  for n in sorted({shown, k or shown} & {s.k for s in solutions})}
        evidence = evidence.join(pd.DataFrame.from_dict(judged, orient="index", columns=Judged._fields))
        recommended = method.recommended(evidence, shown, judged[shown])
    evidence = evidence.join(pd.DataFrame(np.nan, evidence.index, [c for c in _BORDERS if c not in evidence]))
    return Found(solutions, evidence, recommended, how_many.choose(solutions, k or recommended.shown))


def within(choice: Choice, coded: Coded, segmentation: Segmentation, weights: Sequence[float] | None = None,
           random_state: int | None = None) -> pd.DataFrame:
    """Does each segment come back in new samples? What `stability.within` gives, by the method of the choice.

    Parameters
    ----------
    choice, coded : what `prepared` gives.
    segmentation : of these people, in their order; who has no segment does not count.
    weights : case weights. By a method other than k-means people are drawn by them where there are more than 1,000
        (Ward's tree: 500).
    random_state : seed.

    Returns
    -------
    DataFrame, a row per segment and sample: `segment`, `bootstrap_sample` (from 1; 100 of k-means, 40 of the others),
    `jaccard` (0 … 1, 1 = the same people).

    Raises
    ------
    DataError
        By k-means, when the segmentation is of other people than those of `coded`.
    """
    method = choice.method
    if method.learner is None:
        return segment_stability.within(coded.X, segmentation, weights=weights, random_state=random_state)
    return replicates.within(method.learner(coded), method.table(coded), segmentation, weights, method.most_rows,
                             random_state)


def _numbers(coded: Coded) -> pd.DataFrame:
    return coded.X


def _given(coded: Coded) -> pd.DataFrame:
    return coded.given


def quantities(coded: Coded) -> tuple[str, ...]:
    return tuple(name for name in coded.given if coded.kinds[name] == AMOUNT)


def _learned(coded: Coded, weights: Any, random_state: int | None,
             fit: Callable[[pd.DataFrame, Any], list[Segmentation]]) -> list[Segmentation]:
    """Segmentations of everybody, learned from at most `MOST_LEARNED` people."""
    weight = np.ones(len(coded.given)) if weights is None else np.asarray(weights, dtype=float)
    if (weight > 0).sum() <= MOST_LEARNED:
        return fit(coded.given, weights)
    fitted = fit(coded.given.iloc[how_many.drawn(weight, MOST_LEARNED, random_state)], None)
    return [prediction.everyone(s, coded.given, weights) for s in fitted]


def ratings(coded: Coded) -> list[str]:
    """The ratings among the variables."""
    return [name for name in coded.given if coded.kinds[name] == RATING]


def _classes(coded: Coded, k_values: Sequence[int], weights: Any, random_state: int | None) -> list[Segmentation]:
    n_starts = int(np.clip(_WORK / len(coded.given.drop_duplicates()), 16, latent_class.COMPARED_STARTS))

    def fit(table: pd.DataFrame, w: Any) -> list[Segmentation]:
        return [latent_class.segment(table, k, w, n_starts, quantities(coded), random_state=random_state)
                for k in k_values]

    return _learned(coded, weights, random_state, fit)


def _of_classes(coded: Coded, found: list[Segmentation], weights: Any, random_state: int | None) -> pd.DataFrame:
    return criteria.of_classes([*_classes(coded, [1], weights, random_state), *found])


def _trees(coded: Coded, k_values: Sequence[int], weights: Any, random_state: int | None) -> list[Segmentation]:
    return _learned(coded, weights, random_state,
                    lambda table, w: hierarchical.cuts(table, k_values, distance="gower", weights=w,
                                                       variable_weights=gower.COMMENSURABLE))


def _gower(coded: Coded, rows: np.ndarray, weights: Any) -> np.ndarray:
    w = np.ones(len(coded.given)) if weights is None else np.asarray(weights, dtype=float)
    variables, _ = gower.read(coded.given, w, gower.COMMENSURABLE)
    return np.concatenate([apart for _, apart in gower.blocks(variables, rows, 1.0)])


def _by_distance(apart: Callable[[Coded, np.ndarray, Any], np.ndarray]) -> Callable[..., pd.DataFrame]:
    def told(coded: Coded, found: list[Segmentation], weights: Any, random_state: int | None) -> pd.DataFrame:
        return criteria.of_distances(found, lambda rows: apart(coded, rows, weights), weights, random_state)

    return told


def _around(segment: Callable[..., Segmentation]) -> Callable[..., list[Segmentation]]:
    def fitted(coded: Coded, k_values: Sequence[int], weights: Any, random_state: int | None) -> list[Segmentation]:
        return [segment(coded.X, k, weights=weights, n_starts=how_many.COMPARED_STARTS, random_state=random_state)
                for k in k_values]

    return fitted


def _between(metric: str) -> Callable[[Coded, np.ndarray, Any], np.ndarray]:
    def apart(coded: Coded, rows: np.ndarray, _: Any) -> np.ndarray:
        values = coded.X.to_numpy()[rows]
        values = values > 0 if metric == "jaccard" else values
        return cdist(values, values, metric)

    return apart


def problems(coded: Coded, weights: Sequence[float] | None = None) -> pd.DataFrame:
    """Problems of the segmentation variables (`kmeans.lint`); an open answer counts as the median.

    The values of a category are no variables of their own: that they add up to one, and that one of them is rare, is
    no problem.

    Parameters
    ----------
    coded : the coded answers, what `prepared` gives.
    weights : case weight of each person of `coded`; all equal by default.

    Returns
    -------
    DataFrame, a row per finding, empty when there is none: `variable` (a column of the coded answers), `problem`,
    `other` (a second variable) and `extent`.

    Raises
    ------
    DataError
        As `kmeans.lint`.

    Examples
    --------
    >>> answers = pd.DataFrame({"wifi": ["yes", "no"] * 6, "web": ["yes", "no"] * 6, "tea": list("yyn") * 4})
    >>> problems(prepared(answers, ["wifi", "web", "tea"])[1])[["variable", "problem", "other"]].values.tolist()
    [['web', 'repeats another variable', 'wifi']]
    """
    values = {c: name for name in coded.spread for c in coded.parts[name]}
    found = kmeans.lint(coded.X.fillna(coded.X.median()), weights=weights)
    by_nature = [row.variable in values and (row.problem == variables.SKEWED or (row.problem == variables.WHOLE and all(
        values.get(other) == values[row.variable] for other in row.other.split(", ")))) for row in found.itertuples()]
    return found[~np.array(by_nature, dtype=bool)]


def others(choice: Choice, coded: Coded, segmentation: Segmentation, weights: Sequence[float] | None = None,
           random_state: int | None = None) -> pd.DataFrame:
    """Would another method find the same people together? What `agreement.others` gives.

    Parameters
    ----------
    choice, coded : what `prepared` gives.
    segmentation : of these people, in their order.
    weights : case weight of each person; all equal by default.
    random_state : seed.

    Returns
    -------
    DataFrame, as `agreement.others`. Where the method takes categories as they are, the values of a category together
    vary as much for the other methods as any number does, and latent classes take the answers as they were given.

    Raises
    ------
    DataError
        As `agreement.others`.

    Examples
    --------
    >>> answers = pd.DataFrame({"town": list("aaabbb") * 2, "age": [20, 21, 22, 60, 61.5, 62] * 2})
    >>> choice, coded = prepared(answers, ["town", "age"], "ward-gower")
    >>> others(choice, coded, found(choice, coded, [2]).chosen)["n_moved"].to_list()
    [0, 0, 0]
    """
    if choice.method.table is _numbers or not coded.spread:
        return agreement.others(coded.X, segmentation, "none", weights, random_state)
    X = coded.X.copy()
    for part in map(list, coded.parts.values()):
        X[part] /= np.sqrt(X[part].var(ddof=0).sum())
    return agreement.others(X, segmentation, "none", weights, random_state, coded.given, quantities(coded))


_NEW_SAMPLES = ["global_stability", "independent_stability", "independent_p", "verdict"]
_DISTANCES = ["explained_share", "smallest_share", "near_best_share", "silhouette", *_NEW_SAMPLES]
_SHOWN = {
    "ward-gower": [c for c in _DISTANCES if c != "near_best_share"], "jaccard": _DISTANCES, "k-medians": _DISTANCES,
    "latent-class": ["log_likelihood", "n_parameters", "aic", "bic", "icl", "entropy", "smallest_share",
                     "near_best_share", *_NEW_SAMPLES],
    "k-means": ["explained_share", "smallest_share", "near_best_share", "global_stability", "independent_stability",
                "border_density", "border_reached", "n_references", "verdict"],
}
_SILHOUETTE: dict[str, Any] = {"best": criteria.best_silhouette, "recommended": criteria.by_silhouette}
METHODS = {m.name: m for m in (
    Method("ward-gower", N_("Ward's tree of Gower's distances"),
           lambda f: AMOUNT in f.kinds and (CATEGORY in f.kinds or f.open_share > OPEN),
           N_("Amounts stand beside categories, or were left open by some: Gower's distance takes each variable in its "
              "own way, with weights that give each the same say, and leaves out what is missing."),
           None, True, _given, _trees, _by_distance(_gower), learner=lambda coded: learners.by_tree, most_rows=500,
           **_SILHOUETTE),
    Method("latent-class", N_("latent classes"), lambda f: CATEGORY in f.kinds or f.open_share > OPEN,
           N_("There are categories, which have no distances, or open answers: latent classes take each answer for "
              "itself, and who left some open takes part with the others (full information likelihood)."),
           None, True, _given, _classes, _of_classes, criteria.best_bic, criteria.by_bic,
           lambda coded: lambda table: learners.by_classes(table, quantities(coded))),
    Method("jaccard", N_("Jaccard segments"), lambda f: f.kinds == {YES_NO} and f.yes_share < RARE,
           N_("The answers are yes or no, and yes is rare: what two people both say yes to tells more than what both "
              "say no to, so shared noes do not count."),
           frozenset({YES_NO, CATEGORY}), False, _numbers, _around(jaccard.segment), _by_distance(_between("jaccard")),
           learner=lambda coded: learners.by_jaccard, **_SILHOUETTE),
    Method("k-medians", N_("k-medians"), lambda f: f.far,
           N_("A few people lie very far from the others on an amount: medians and simple distances are moved less by "
              "them than means and squares."),
           None, False, _numbers, _around(kmedians.segment), _by_distance(_between("cityblock")),
           learner=lambda coded: learners.by_medians, **_SILHOUETTE),
    Method("k-means", N_("k-means"), lambda f: True,
           N_("The variables are numbers, yes as 1 and no as 0, the steps of a rating equally far, and nearly "
              "everybody answered all of them."),
           None, False, _numbers,
           lambda coded, k_values, w, seed: how_many.solutions(coded.X, k_values, weights=w, random_state=seed),
           lambda coded, found, w, seed: how_many.evidence(coded.X, found, weights=w, random_state=seed)),
)}
