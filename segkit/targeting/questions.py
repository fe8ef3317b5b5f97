"""The five questions that test a choice of target segment (FACTS P5).

Each question is answered from a column of the customers, or marked unanswered: absent evidence is
never filled in. Which column answers a question, and what counts as enough, is typed judgement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from segkit.data.readers import place
from segkit.segmentation import case_weights
from segkit.segmentation.result import Segmentation
from segkit.words.errors import Fault, SegkitError, check_columns, did_you_mean
from segkit.words.formats import fill
from segkit.words.language import LANGUAGES, N_

QUESTIONS = {
    "enough": N_("Do enough people fit?"),
    "benefit": N_("Do they benefit, and do they see the need?"),
    "motives": N_("Are their motives understood?"),
    "afford": N_("Can they afford it?"),
    "reach": N_("Can they be reached?"),
}
MEASURES = {
    "segment_share": N_("share of the customers of all candidates"),
    "mean_index": N_("mean of {column:name}, index (100 = all customers)"),
    "mean": N_("mean of {column:name}"),
    "positive_share": N_("share of customers with {column:name} above 0"),
}
ANSWERS = {"yes": N_("yes"), "no": N_("no"), "close": N_("too close to tell"),
           "unanswered": N_("unanswered: no data")}
STATUSES = {"yes": N_("PASS"), "close": N_("REVIEW"), "no": N_("FAIL"), "unanswered": N_("NO DATA")}
"""What a page says of each answer."""
ADVICE = {
    "enough": N_("Too few for an offer of their own: join it with a like segment, or serve it by what the others get."),
    "benefit": N_("Ask these customers in a survey what the product is good for, before you build on their need."),
    "motives": N_("Ask them: what triggers the purchase, what they look for, whom they ask."),
    "afford": N_("Test the price with a part of them, or offer a smaller pack before you count on the full one."),
    "reach": N_("Find a channel that reaches them before you plan a message: contacts that do not arrive cost the "
                "same."),
}
"""What to do where a question is not passed; a study says otherwise under `advice`."""
_KEYS = ("measure", "column", "at_least", "because", "table", "advice")


def check(evidence: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    """Faults of an evidence spec; empty when it can be used."""
    faults = []
    for question, spec in evidence.items():
        where = f"evidence, `{question}`"
        if question not in QUESTIONS:
            faults.append(Fault(where, "is not one of the five questions", did_you_mean(question, QUESTIONS)))
            continue
        if not isinstance(spec, Mapping):
            faults.append(Fault(where, f"is {spec!r}", "write `{measure: …, column: …, at_least: …}`"))
            continue
        faults += [Fault(where, f"has an unknown key `{key}`", did_you_mean(key, _KEYS)) for key in spec
                   if key not in _KEYS]
        if spec.get("measure") not in MEASURES:
            faults.append(Fault(where, f"has the measure {spec.get('measure')!r}",
                                did_you_mean(str(spec.get("measure")), MEASURES)))
        elif spec["measure"] != "segment_share" and "column" not in spec:
            faults.append(Fault(where, "has no `column`", "name the column that answers it"))
        if not isinstance(spec.get("at_least", 0), int | float):
            faults.append(Fault(where, f"has `at_least` {spec['at_least']!r}", "give a number"))
        if "at_least" not in spec:
            faults.append(Fault(where, "has no `at_least`", "say how much is enough"))
    return faults


def answer(customers: pd.DataFrame, segmentation: Segmentation, target: Any,
           evidence: Mapping[str, Mapping[str, Any]], tables: Mapping[str, str] | None = None,
           weights: pd.Series | None = None) -> pd.DataFrame:
    """Answer the five questions for one target segment.

    Parameters
    ----------
    customers : DataFrame indexed by customer as the segmentation, with the evidence columns.
    segmentation : how the customers are segmented.
    target : the segment in question.
    evidence : question → ``{measure, column, at_least, because}``; questions are `enough`, `benefit`,
        `motives`, `afford`, `reach`; measures `segment_share`, `mean`, `mean_index`, `positive_share`.
        `because` says, in a sentence or by language, why the column speaks to the question, `table` where it comes
        from, `advice` what to do where it is not passed; without, `ADVICE` stands there.
    tables : column → name of the table it comes from, for questions that name none; "" stands for the other columns
        and for the share of customers.
    weights : how many people each customer stands for; all alike by default. Intervals count as many customers as the
        weights are worth (Kish).

    Returns
    -------
    DataFrame of five rows indexed by `question`: `measure` (text by language), `value` with its 95 % interval
    (`low`, `high`: Wilson's for shares, Student's for means, the customers taken as a sample of those to come;
    the mean of all customers, to which an index refers, as known), `all_customers` (the same measure over all),
    `at_least`, `n` (customers of the segment with a value), `unit` (of the numbers), `answer` (yes, no; too close to
    tell where `at_least` lies inside the interval; unanswered: no data), `because`, `question_status` (PASS, REVIEW
    where it is too close to tell, FAIL, NO DATA), `source_table`, and `advice`, "" for a PASS.
    A column whose values are all missing in the segment leaves the question unanswered.

    Raises
    ------
    SegkitError
        When `target` is not a segment or the evidence has faults.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    >>> found = answer(X, kmeans.segment(X, 2, random_state=1), 2,
    ...     {"enough": {"measure": "segment_share", "at_least": 0.1}})
    >>> found["answer"].to_list()[:2]
    ['yes', 'unanswered: no data']
    """
    faults = check(evidence)
    if target not in segmentation.segments.index:
        faults.append(Fault("`target`", f"{target!r} is not a segment",
                            did_you_mean(str(target), map(str, segmentation.segments.index))))
    if faults:
        raise SegkitError(faults, "the five questions")
    columns = [s["column"] for s in evidence.values() if "column" in s]
    check_columns(columns, customers.columns)
    text = [c for c in columns if not pd.api.types.is_numeric_dtype(customers[c])]
    if text:
        raise SegkitError([Fault(f"evidence column {c!r}", f"is {customers[c].dtype}, not numeric",
                                 "answer the question from a column of numbers") for c in text])
    label = segmentation.labels.reindex(customers.index)
    inside = label == target
    w = case_weights.of(customers.index, weights)
    rows = [_judged(name, evidence.get(name), _answer(name, evidence.get(name), customers, inside, w), tables or {})
            for name in QUESTIONS]
    return pd.DataFrame(rows).set_index("question")


def _judged(name: str, spec: Mapping[str, Any] | None, row: dict[str, Any], tables: Mapping[str, str]
            ) -> dict[str, Any]:
    """An answer with its status, the table it comes from and what to do where it is not passed."""
    answer_key = next(key for key, text in ANSWERS.items() if text == row["answer"])
    spec = spec or {}
    source = spec.get("table") or place.public(tables.get(spec.get("column", ""), "") or tables.get("", ""))
    source = "" if answer_key == "unanswered" else source
    advice = "" if answer_key == "yes" else spec.get("advice", ADVICE[name])
    return {**row, "question_status": STATUSES[answer_key], "source_table": source, "advice": advice}


def _answer(name: str, spec: Mapping[str, Any] | None, customers: pd.DataFrame, inside: pd.Series, weights: pd.Series
            ) -> dict[str, Any]:
    row = {"question": QUESTIONS[name], "measure": "", "value": np.nan, "low": np.nan, "high": np.nan,
           "all_customers": np.nan, "at_least": np.nan, "n": 0, "unit": "number",
           "answer": ANSWERS["unanswered"], "because": ""}
    if spec is None:
        return row
    measure = spec["measure"]
    if measure == "segment_share":
        everybody = case_weights.sample(inside.astype(float), weights)
        n, value, overall = int(inside.sum()), float(everybody.mean), 1.0
        low, high = _interval(everybody, is_share=True)
    else:
        column = customers[spec["column"]].astype(float)
        n = int(column[inside].notna().sum())
        if n == 0:
            return row
        seen = column.where(column.isna(), column > 0).astype(float) if measure == "positive_share" else column
        members = case_weights.sample(seen[inside], weights[inside])
        value, overall = float(members.mean), float(case_weights.sample(seen, weights).mean)
        low, high = _interval(members, is_share=measure == "positive_share")
        if measure == "mean_index":
            if overall == 0:
                return row
            low, high = sorted((100 * low / overall, 100 * high / overall))
            value, overall = 100 * value / overall, 100.0
    unit = {"mean": "number", "mean_index": "index"}.get(measure, "percent")
    answer_key = "close" if low < spec["at_least"] < high else "yes" if value >= spec["at_least"] else "no"
    said_measure = {code: fill(MEASURES[measure], {"column": spec.get("column", "")}, code) for code in LANGUAGES}
    return row | {"measure": said_measure, "value": value, "low": float(low), "high": float(high),
                  "all_customers": overall, "at_least": float(spec["at_least"]), "n": n, "unit": unit,
                  "answer": ANSWERS[answer_key], "because": spec.get("because", "")}


def _interval(people: DescrStatsW, is_share: bool) -> tuple[float, float]:
    """The 95 % interval of a mean; without bounds where a single value tells nothing of the spread."""
    if is_share:
        return proportion_confint(people.mean * people.nobs, people.nobs, method="wilson")
    return people.tconfint_mean() if people.nobs > 1 else (-np.inf, np.inf)
