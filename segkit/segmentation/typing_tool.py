"""The typing tool: which few questions tell the segment of a person who was not asked them all.

Questions are added one by one, each time the one that sets the segments apart most beside those already taken (stepwise
discriminant analysis), and a multinomial logit tells the segment from the answers. How often it is right is told of
people who took no part in choosing the questions or in the logit. Being easy to tell makes no segment real: a
cut through a continuum can be told as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.segmentation.case_weights import kish
from segkit.segmentation.how_many import drawn
from segkit.segmentation.partition.coded_answers import Coded
from segkit.segmentation.respondents import RATING, YES_NO
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault

MOST_QUESTIONS, FEWEST_QUESTIONS = 8, 3
MOST_ROWS = 5000
"""People the tool is made from, drawn by weight where there are more."""
FOLDS = 5
Z95 = 1.959963984540054
_RIDGE = 1e-9


class Tool(NamedTuple):
    """A typing tool.

    `steps`: a row per `n_questions`: `question_added`, `accuracy` by cross-validation, its 95 % interval
    `accuracy_low` and `accuracy_high`, `largest_share` (right without any question: the largest segment). `questions`:
    those of the tool, in order. `rule`: plain data that tells the segment, see `plain`. `n`: people it was made from.
    """

    steps: pd.DataFrame
    questions: tuple[str, ...]
    rule: dict[str, Any]
    n: int

    @property
    def accuracy(self) -> float:
        """Of the questions of the tool, by cross-validation."""
        return float(self.steps.loc[len(self.questions), "accuracy"])

    @property
    def largest_share(self) -> float:
        """Share of the largest segment: how often the same answer for everybody is right."""
        return float(self.steps["largest_share"].iloc[0])


def make(coded: Coded, segmentation: Segmentation, weights: Sequence[float] | None = None,
         most: int = MOST_QUESTIONS, random_state: int | None = None) -> Tool:
    """The few questions that tell the segments, and how often they are right.

    Parameters
    ----------
    coded : the segmentation variables of the people.
    segmentation : of the same people, by any method, two segments or more.
    weights : case weight of each person; accuracy and the largest share count by them.
    most : most questions.
    random_state : of the folds, and of the people drawn where there are more than 5,000.

    Returns
    -------
    Tool, of the people who answered everything. It has the fewest questions, three or more, whose accuracy is within
    one standard error of the best (Breiman and others 1984). Accuracy is by five-fold cross-validation, questions and
    logit (scikit-learn's, with its default penalty) found anew without each fold; a segment of fewer than five people
    makes the folds fewer.

    Raises
    ------
    DataError
        When there is one segment, or nobody answered everything.

    References
    ----------
    Rao (1948), Wilks' lambda, doi:10.1111/j.2517-6161.1948.tb00008.x. Breiman, Friedman, Olshen & Stone (1984),
    Classification and Regression Trees, for the rule of one standard error. Ambroise & McLachlan (2002), for selection
    within the folds, doi:10.1073/pnas.102102699.

    Examples
    --------
    >>> from segkit.segmentation import kmeans
    >>> from segkit.segmentation.partition import coded_answers
    >>> table = pd.DataFrame({"a": ["yes", "no"] * 20, "b": ["yes", "no", "yes", "yes"] * 10, "c": [1, 2, 3, 4, 5] * 8})
    >>> both = coded_answers.coded(table, ["a", "b", "c"])
    >>> tool = make(both, kmeans.segment(both.X, 2, random_state=1), random_state=1)
    >>> tool.questions[0], tool.accuracy
    ('a', 1.0)
    """
    X, label, w, parts = _people(coded, segmentation, weights, random_state)
    predictions = predicted(X, label, parts, w, most, random_state)
    share = pd.Series(w).groupby(label).sum().max() / w.sum()
    order = _selected(X, label, [[X.columns.get_loc(c) for c in part] for part in parts.values()], w,
                      predictions.shape[1])
    names = [list(parts)[i] for i in order]
    right = predictions == label[:, None]
    accuracy = np.average(right, axis=0, weights=w)
    low, high = _wilson(accuracy, kish(w))
    steps = pd.DataFrame({"question_added": names, "accuracy": accuracy, "accuracy_low": low, "accuracy_high": high,
                          "largest_share": share}, index=pd.RangeIndex(1, len(names) + 1, name="n_questions"))
    best = accuracy.max()
    enough = best - np.sqrt(best * (1 - best) * (w**2).sum()) / w.sum()
    n = max(min(FEWEST_QUESTIONS, len(names)), int(np.flatnonzero(accuracy >= enough - 1e-12)[0]) + 1)
    return Tool(steps, tuple(names[:n]), _rule(coded, X, label, w, names[:n], parts), len(X))


def predicted(X: pd.DataFrame, label: np.ndarray, parts: dict[str, Sequence[str]],
              weights: np.ndarray | None = None, most: int = MOST_QUESTIONS,
              random_state: int | None = None) -> np.ndarray:
    """The segment (n, questions) that 1, 2, … questions tell of each person, made without the fold of the person.

    Parameters
    ----------
    X : numbers of everybody, no answer missing.
    label : segment (n,).
    parts : question → its columns of X.
    weights : case weights (n,).
    most : most questions.
    random_state : of the folds.
    """
    w = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
    columns = [[X.columns.get_loc(c) for c in part] for part in parts.values()]
    values = X.to_numpy(dtype=float)
    predictions = np.empty((len(X), min(most, len(columns))), dtype=label.dtype)
    for train, test in folds(label, random_state):
        order = _selected(X.iloc[train], label[train], columns, w[train], predictions.shape[1])
        for n in range(1, predictions.shape[1] + 1):
            asked = [c for i in order[:n] for c in columns[i]]
            if len(np.unique(label[train])) < 2:  # whoever is alone in a segment is never told
                predictions[test] = label[train[0]]
                continue
            fitted = _logit(values[np.ix_(train, asked)], label[train], w[train])
            predictions[test, n - 1] = fitted.predict(values[np.ix_(test, asked)])
    return predictions


def folds(label: np.ndarray, random_state: int | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
    """Places of those who teach and of those who are told, five times, each segment spread evenly."""
    from sklearn.model_selection import KFold, StratifiedKFold

    fewest = int(pd.Series(label).value_counts().min())
    kind = StratifiedKFold if fewest > 1 else KFold
    splits = min(FOLDS, fewest) if fewest > 1 else min(FOLDS, len(label))
    return list(kind(splits, shuffle=True, random_state=random_state).split(np.zeros(len(label)), label))


def plain(tool: Tool) -> dict[str, Any]:
    """The tool as plain data for JSON: questions with their answers, segments, and how to add up.

    A segment's points are its `constant` and, for each question, the points of the answer; of a number, `slope` times
    the number (its logarithm, `log(1 + x)`, where `log`). The segment with most points is told.
    """
    return {"format": "segkit.typing-tool/1", "accuracy": tool.accuracy, "largest_share": tool.largest_share,
            "n": tool.n, **tool.rule}


def told(rule: Mapping[str, Any], answers: pd.DataFrame) -> pd.Series:
    """The segment that a tool tells of each row of answers.

    Parameters
    ----------
    rule : what `plain` gives.
    answers : a column per question; numbers, and of ratings the place of the answer, from 1 on; else the words as the
        rule lists them.

    Returns
    -------
    Series of segments, missing where an answer is missing or not one the rule knows. A tie goes to the first segment.

    Examples
    --------
    >>> rule = {"segments": [1, 2], "constants": [0.0, -1.0], "questions": [
    ...     {"question": "wifi", "answers": ["no", "yes"], "points": [[0.0, 0.0], [0.0, 3.0]]}]}
    >>> told(rule, pd.DataFrame({"wifi": ["yes", "no", None]})).to_list()
    [2, 1, <NA>]
    """
    total = np.tile(np.asarray(rule["constants"], dtype=float), (len(answers), 1))
    for question in rule["questions"]:
        column = answers[question["question"]]
        if "slope" in question:
            value = column.to_numpy(dtype=float, na_value=np.nan)
            value = np.log1p(np.where(value > -1, value, np.nan)) if question["log"] else value
            total += value[:, None] * np.asarray(question["slope"])
        else:
            place = pd.Index(list(map(str, question["answers"]))).get_indexer(column.map(str, na_action="ignore"))
            total += np.where(place[:, None] >= 0, np.asarray(question["points"], dtype=float)[place], np.nan)
    known = ~np.isnan(total).any(axis=1)
    segments = pd.Series(np.asarray(rule["segments"])[np.where(known[:, None], total, 0).argmax(axis=1)], answers.index,
                         name="segment")
    if pd.api.types.is_numeric_dtype(segments):
        return segments.astype("Int64").where(known)
    return segments.astype(object).where(known, None)


def _people(coded: Coded, segmentation: Segmentation, weights: Sequence[float] | None,
            random_state: int | None) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, dict[str, Any]]:
    """Numbers, segments and weights of people who answered everything and have a segment; questions that vary."""
    segmentation.check_of(coded.X, "typing tool")
    w = np.ones(len(coded.X)) if weights is None else np.asarray(weights, dtype=float)
    complete = coded.X.notna().all(axis=1).to_numpy() & segmentation.labels.notna().to_numpy()
    rows = drawn(np.where(complete, w, 0.0), MOST_ROWS, random_state)
    label = segmentation.labels.to_numpy()[rows]
    label = label.astype(int) if pd.api.types.is_numeric_dtype(segmentation.labels) else label.astype(str)
    if len(np.unique(label)) < 2:
        raise DataError([Fault("the segments", "fewer than two hold people who answered everything",
                               "ask for two segments or more, or leave out the questions with most open answers")],
                        "typing tool")
    sampled = len(rows) < (complete & (w > 0)).sum()
    X = coded.X.iloc[rows]
    parts = {name: part for name, part in coded.parts.items() if X[list(part)].nunique().max() > 1}
    return X, label, np.ones(len(rows)) if sampled else w[rows], parts


def _logit(values: np.ndarray, label: np.ndarray, w: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(solver="newton-cholesky", max_iter=1000).fit(values, label, sample_weight=w)


def _selected(X: pd.DataFrame, label: np.ndarray, columns: list[list[int]], w: np.ndarray, most: int) -> list[int]:
    """Places of the questions, each the one with the least Wilks' lambda beside those before; ties: the first."""
    values = X.to_numpy(dtype=float)
    values = values - np.average(values, axis=0, weights=w)
    total = values.T @ (w[:, None] * values)
    within = total.copy()
    for segment in np.unique(label):
        mass = w * (label == segment)
        within -= np.outer(mass @ values, mass @ values) / mass.sum()
    ridge = _RIDGE * max(np.trace(total) / len(total), 1e-300) * np.eye(len(total))
    total, within = total + ridge, within + ridge
    selected: list[int] = []
    while len(selected) < most:
        candidates = [i for i in range(len(columns)) if i not in selected]
        sets = [[c for j in [*selected, i] for c in columns[j]] for i in candidates]
        wilks = [np.linalg.slogdet(within[np.ix_(c, c)])[1] - np.linalg.slogdet(total[np.ix_(c, c)])[1] for c in sets]
        selected.append(candidates[int(np.argmin(np.round(wilks, 9)))])
    return selected




def _wilson(share: np.ndarray, n: float) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a share (Wilson 1927)."""
    middle = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * np.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n)) / (1 + Z95**2 / n)
    return middle - half, middle + half


def _rule(coded: Coded, X: pd.DataFrame, label: np.ndarray, w: np.ndarray, names: list[str],
          parts: dict[str, Sequence[str]]) -> dict[str, Any]:
    """The logit in the units of the answers."""
    columns = [c for name in names for c in parts[name]]
    fitted = _logit(X[columns].to_numpy(dtype=float), label, w)
    slopes, constants = fitted.coef_, fitted.intercept_
    if len(fitted.classes_) == 2:  # scikit-learn gives the second against the first
        slopes, constants = np.vstack([0 * slopes, slopes]), np.append(0.0, constants)
    constants, place, questions = constants.astype(float), 0, []
    for name in names:
        part, kind = parts[name], coded.kinds[name]
        points = slopes[:, place:place + len(part)]
        place += len(part)
        if name in coded.ranges:
            low, width = coded.ranges[name]
            constants = constants - points[:, 0] * low / width
            is_rating = kind == RATING
            answers = list(range(round(low), round(low + width) + 1)) if is_rating else []
            steps: list[Any] = next((o["steps"] for o in coded.coding if o["variable"] == name and "steps" in o), [])
            questions.append({"question": name, "answers": answers, "log": name in coded.logged,
                              "slope": (points[:, 0] / width).tolist(),
                              **({"words": [steps[n - 1] for n in answers]} if steps and answers else {})})
            continue
        column = coded.given.loc[X.index, name]
        chosen = _first_of(column, X[list(part)]) if kind == YES_NO else [c.removeprefix(f"{name}: ") for c in part]
        listed = [[0.0] * len(points), points[:, 0].tolist()] if kind == YES_NO else points.T.tolist()
        questions.append({"question": name, "answers": chosen, "points": listed})
    return {"segments": fitted.classes_.tolist(), "constants": constants.tolist(), "questions": questions}


def _first_of(given: pd.Series, X: pd.DataFrame) -> list[str]:
    """The words for no and for yes."""
    coded = X.iloc[:, 0]
    return [str(given[coded == value].mode().iloc[0]) for value in (0.0, 1.0)]
