"""A few questions tell the segment: how often, by scikit-learn's cross-validation, and what the tool adds up."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from segkit.segmentation import kmeans, latent_class, typing_tool
from segkit.segmentation.partition import coded_answers
from segkit.words.errors import DataError


def survey(n=300, seed=1):
    """Three groups, told by a town, two ratings and an amount; two questions that tell nothing."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    return pd.DataFrame({
        "noise": rng.choice(["yes", "no"], n), "town": np.where(rng.random(n) < 0.8, np.array(["hue", "vinh", "hanoi"])[group], "hue"),
        "fast": np.clip(1 + 2 * (group == 1) + rng.integers(0, 3, n), 1, 5), "wifi": np.where(
            rng.random(n) < np.array([0.1, 0.5, 0.9])[group], "có", "không"),
        "spend": np.exp(group + rng.normal(0, 0.5, n)), "more": rng.integers(1, 6, n)}), group


@pytest.fixture(scope="module")
def made():
    table, _ = survey()
    coded = coded_answers.coded(table, list(table))
    segmentation = kmeans.segment(coded.X[["fast", "wifi", "spend"]], 3, random_state=1)
    return coded, segmentation, typing_tool.make(coded, segmentation, random_state=1)


def wilks(X, label):
    """det(within) / det(total), from its definition."""
    gap = X - X.mean(axis=0)
    own = X - np.stack([X[label == g].mean(axis=0) for g in label])
    return np.linalg.det(own.T @ own) / np.linalg.det(gap.T @ gap)


def test_accuracy_is_that_of_scikit_learn_on_the_same_folds(made):
    coded, segmentation, tool = made
    label, columns = segmentation.labels.to_numpy(), {name: list(part) for name, part in coded.parts.items()}
    right = []
    for train, test in typing_tool.folds(label, 1):
        first = min(columns, key=lambda name: wilks(coded.X[columns[name][:2] if name == "town" else columns[name]].to_numpy()[train],
                                                    label[train]))  # of three towns two say all
        fitted = LogisticRegression(max_iter=1000).fit(coded.X[columns[first]].to_numpy()[train], label[train])
        right += (fitted.predict(coded.X[columns[first]].to_numpy()[test]) == label[test]).tolist()
    assert tool.steps.loc[1, "accuracy"] == pytest.approx(np.mean(right))


def test_all_questions_are_scikit_learns_cross_validation(made):
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    coded, segmentation, tool = made
    theirs = cross_val_score(LogisticRegression(max_iter=1000), coded.X[list(coded.X)], segmentation.labels,
                             cv=StratifiedKFold(5, shuffle=True, random_state=1))
    found = typing_tool.predicted(coded.X, segmentation.labels.to_numpy(), coded.parts, random_state=1)
    assert np.mean(found[:, -1] == segmentation.labels) == pytest.approx(np.mean(theirs), abs=0.005)
    assert tool.steps["accuracy"].iloc[-1] == pytest.approx(np.mean(theirs), abs=0.005)


def test_questions_that_tell_nothing_come_last_and_the_largest_segment_stands_beside(made):
    _, segmentation, tool = made
    assert {"noise", "more"}.isdisjoint(tool.steps["question_added"].head(2))
    assert tool.largest_share == pytest.approx(segmentation.segments["segment_share"].max())
    assert 3 <= len(tool.questions) <= 6
    assert (tool.steps["accuracy_low"] < tool.steps["accuracy"]).all()
    assert (tool.steps["accuracy"] <= tool.steps["accuracy_high"] + 1e-12).all()


def test_what_has_nothing_to_do_with_the_questions_is_told_no_better_than_by_chance():
    """Selection inside the folds: with 25 questions by lot, choosing on all people would look much better."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.normal(size=(90, 25)), columns=[f"q{j}" for j in range(25)])
    label = rng.integers(0, 3, 90)
    parts = {c: (c,) for c in X}
    honest = np.mean(typing_tool.predicted(X, label, parts, random_state=1)[:, -1] == label)
    assert honest < 0.45
    picked = [list(X)[i] for i in typing_tool._selected(X, label, [[j] for j in range(25)], np.ones(90), 8)]
    resubstituted = LogisticRegression(max_iter=1000).fit(X[picked], label).score(X[picked], label)
    assert resubstituted > honest + 0.15


def points(rule, answers):
    """What the plain rule adds up, by hand."""
    total = np.array(rule["constants"], dtype=float)
    for question in rule["questions"]:
        said = answers[question["question"]]
        if "slope" in question:
            total += np.array(question["slope"]) * (np.log1p(said) if question["log"] else said)
        else:
            total += np.array(question["points"][question["answers"].index(str(said))])
    return rule["segments"][int(total.argmax())]


@pytest.mark.parametrize("k", [2, 3])
def test_the_plain_rule_adds_up_to_what_the_logit_tells(k):
    table, _ = survey()
    coded = coded_answers.coded(table, list(table))
    segmentation = kmeans.segment(coded.X, k, random_state=1)
    tool = typing_tool.make(coded, segmentation, random_state=1)
    rule = json.loads(json.dumps(typing_tool.plain(tool)))
    own = [c for name in tool.questions for c in coded.parts[name]]
    fitted = LogisticRegression(max_iter=1000).fit(coded.X[own], segmentation.labels)
    assert [points(rule, row) for _, row in table.iterrows()] == fitted.predict(coded.X[own]).tolist()
    assert rule["accuracy"] == tool.accuracy
    kinds = {q["question"]: q.get("answers") for q in rule["questions"]}
    assert kinds.get("fast", [1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]
    assert kinds.get("wifi", ["không", "có"]) == ["không", "có"]


def test_weights_count_in_the_accuracy_and_in_the_largest_segment():
    table, _ = survey(120)
    coded = coded_answers.coded(table, list(table))
    segmentation = kmeans.segment(coded.X, 2, random_state=1)
    weight = np.where(segmentation.labels == 2, 9.0, 1.0)
    tool = typing_tool.make(coded, segmentation, weight, random_state=1)
    assert tool.largest_share == pytest.approx(weight[segmentation.labels == 2].sum() / weight.sum())


def test_people_with_open_answers_teach_nothing_and_one_segment_is_refused():
    table, _ = survey()
    table["town"] = table["town"].where(np.arange(len(table)) % 4 > 0)
    coded = coded_answers.coded(table, ["noise", "town", "fast", "wifi"], with_open=True)
    segmentation = latent_class.segment(coded.given, 2, random_state=1)
    assert typing_tool.make(coded, segmentation, random_state=1).n == 225
    with pytest.raises(DataError, match="fewer than two"):
        typing_tool.make(coded, latent_class.segment(coded.given, 1, random_state=1))


def test_a_segment_of_one_person_and_the_same_seed():
    X = pd.DataFrame({"a": [0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0, 1.0], "b": [0.0, 0, 0.2, 0, 0, 0.1, 0, 1.0]})
    coded = coded_answers.Coded(X, X, pd.Series({"a": "amount", "b": "amount"}), {"a": ("a",), "b": ("b",)},
                         {"a": (0.0, 1.0), "b": (0.0, 1.0)}, 0, 0, (), ())
    segmentation = kmeans.segment(X, 2, random_state=1)
    first, second = (typing_tool.make(coded, segmentation, random_state=1) for _ in range(2))
    assert first.steps.equals(second.steps)
    assert first.questions == ("a", "b") or first.questions == ("b", "a")
