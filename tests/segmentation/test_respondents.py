"""A row per person: what columns hold, how answers become numbers, and the notebook on the files people have."""

import json

import numpy as np
import pandas as pd
import pytest

from segkit import report
from segkit.data import surveys
from segkit.report import study
from segkit.segmentation import respondents
from segkit.segmentation.partition import coded_answers
from segkit.words.errors import DataError, SegkitError

CELLS = ["".join(c["source"]) for c in json.loads((study.NOTEBOOKS / "07-survey.ipynb").read_text(encoding="utf-8"))["cells"]
         if c["cell_type"] == "code"]


def survey(n=90, items=6):
    """Two groups: one says yes to the even questions, the other to the odd ones."""
    rng = np.random.default_rng(3)
    group = np.arange(n) % 2
    answers = {f"q{j}": np.where(rng.random(n) < np.where(group == j % 2, 0.95, 0.05), "yes", "no") for j in range(items)}
    return pd.DataFrame({"id": [f"p{i}" for i in range(n)], **answers, "town": rng.choice(list("abc"), n)})


class Shown:
    """What the notebook shows; a table in memory has no file to tell of."""

    def __getattr__(self, name):
        return (lambda *_, **__: None) if name == "source" else getattr(report, name)


def told(table, **parameters):
    """The notebook's names after its cells have run on a table."""
    space: dict = {}
    for i, cell in enumerate(CELLS):
        exec(cell, space)  # the notebook itself, cell by cell
        if i == 0:
            columns = {role: c for role, c in (("respondent_id", "id"), ("weight", "weight")) if c in table}
            space.update(data=table, columns=columns, k_values=[2, 3], **parameters)
        if i == 1:
            space["report"] = Shown()
    return space


def test_what_columns_hold():
    n = 40
    table = pd.DataFrame({
        "yes": ["yes", "no"] * 20, "number": [0, 1] * 20, "likert": [1, 2, 3, 4, 5] * 8, "spend": np.arange(n) * 1.5,
        "id": np.arange(n) + 1000, "town": list("abcd") * 10, "said": [f"text {i}" for i in range(n)], "same": 1,
        "some": [True, None] * 20})
    held = respondents.columns(table)
    assert held["kind"].to_dict() == {
        "yes": "yes or no", "number": "yes or no", "likert": "rating", "spend": "amount", "id": "free text or id",
        "town": "category", "said": "free text or id", "same": "one answer only", "some": "one answer only"}
    assert held.loc["some", "missing_share"] == 0.5
    assert held.index[held["use"] == "forms segments"].to_list() == ["likert", "spend"]


def test_a_block_of_questions_forms_the_segments_and_the_rest_describes():
    held = respondents.columns(survey())
    assert respondents.chosen(held, []) == [f"q{j}" for j in range(6)]
    assert respondents.chosen(held, [], respondents.DESCRIBES) == ["town"]


def test_answers_become_numbers_from_0_to_1():
    table = pd.DataFrame({"a": ["Có", "không", "Có", None], "b": [1, 3, 5, 3], "c": ["x", "y", "x", "y"],
                          "size": [0.0, 10, 5, 2]})
    made = coded_answers.coded(table, ["a", "b", "c", "size"])
    assert made.X.to_dict("list") == {"a": [1, 0, 1], "b": [0, 0.5, 1], "c: x": [1, 0, 1], "c: y": [0, 1, 0],
                                      "given_size": [0, 1, 0.5]}
    assert (made.n_incomplete, made.logged, made.spread) == (1, (), ("c",))
    skewed = pd.DataFrame({"spend": np.exp(np.arange(30.0))})
    made = coded_answers.coded(skewed, ["spend"])
    expected = np.log1p(np.exp(np.arange(30.0)))
    assert made.logged == ("spend",)
    assert made.X["spend"].to_numpy() == pytest.approx((expected - expected[0]) / (expected[-1] - expected[0]))


def test_directions_are_those_of_the_covariances():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(50, 4)), columns=list("abcd"))
    w = rng.random(50)
    places, told = respondents.components(X, w)
    size, axes = np.linalg.eigh(np.cov(X.T.to_numpy(), aweights=w, ddof=0))
    assert told["explained_share"].to_numpy() == pytest.approx((size / size.sum())[::-1][:2])
    centred = X.to_numpy() - np.average(X, axis=0, weights=w)
    assert np.abs(places.to_numpy()) == pytest.approx(np.abs(centred @ axes[:, ::-1][:, :2]))


def test_two_groups_of_a_survey_are_found_and_names_of_the_kit_stay_the_users_own():
    table = survey(400).rename(columns={"q0": "frequency", "q1": "segment", "town": "stage"})
    found = told(table)
    assert found["chosen"].k == 2
    assert found["evidence"].loc[2, "verdict"] == "natural"
    groups = pd.Series(np.arange(400) % 2, [f"p{i}" for i in range(400)])
    assert pd.crosstab(found["chosen"].labels, groups.reindex(found["chosen"].labels.index)).to_numpy().min() <= 4
    assert found["describing"] == ["stage"]


def test_weights_count_people():
    table = survey(400).assign(weight=np.where(np.arange(400) % 2 == 0, 3.0, 1.0))
    sizes = told(table, k=2)["chosen"].segments["segment_share"].sort_values().to_list()
    assert sizes == pytest.approx([0.25, 0.75], abs=0.04)


@pytest.mark.parametrize(("change", "parameters", "words"), [
    (lambda t: t.assign(q1="yes"), {"variables": ["q0", "q1"]}, "'q1': is one answer only"),
    (lambda t: t, {"variables": ["q0", "nope"]}, "column 'nope': is not in the table"),
    (lambda t: t, {"variables": ["q0", "q0"]}, "'q0': is named twice"),
    (lambda t: t.assign(id="x"), {}, "keep one row per id"),
    (lambda t: t.assign(weight=-1.0), {}, "90 values are below 0"),
    (lambda t: t.assign(weight=0.0), {}, "is 0 for everybody"),
    (lambda t: t.head(1), {}, "an analysis needs at least 2"),
    (lambda t: t.head(2).assign(q0="yes"), {}, "distinct rows"),
    (lambda t: t[["id", "town"]], {}, "no column of the table looks as if it could form segments"),
    (lambda t: t.assign(q0=None, q1=t["q1"].where(t.index < 40), q2=t["q2"].where(t.index >= 40)),
     {"variables": ["q1", "q2"]}, "are never all answered by one person"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_tables_that_cannot_be_segmented_are_refused_in_plain_words(change, parameters, words):
    with pytest.raises(SegkitError) as refused:
        told(change(survey()), **parameters)
    assert words in str(refused.value)


@pytest.mark.parametrize("change", [
    lambda t: t.drop(columns="id"), lambda t: t.assign(q0=None), lambda t: t.assign(said=[f"text {i}" for i in range(90)]),
    lambda t: t.assign(q0=t["q0"].where(t.index % 9 > 0)), lambda t: t.head(8)], ids=["no id", "empty", "text", "open", "few"])
def test_ordinary_oddities_end_in_segments(change):
    assert told(change(survey()))["chosen"].k in (2, 3)


def test_rows_without_an_id_are_numbered_and_the_page_says_so():
    opened = surveys.account(survey().drop(columns="id"))
    assert opened.notes[0].text == surveys.NUMBERED
    assert sorted(surveys.people(opened).index, key=int)[:2] == [1, 2]


def test_the_check_before_a_run_tells_the_same_faults():
    assert surveys.check(survey(), {"respondent_id": "id"}) == []
    assert "keep one row per id" in str(surveys.check(survey().assign(id="x"), {"respondent_id": "id"})[0])
    with pytest.raises(DataError):
        surveys.account(survey().assign(id="x"), {"respondent_id": "id"})


def test_how_answers_became_numbers_is_plain_data():
    table = pd.DataFrame({"a": ["Có", "không", None], "b": [1, 3, 5], "c": ["x", "Y", "x"]})
    made = coded_answers.coded(table, ["a", "b", "c"], with_open=True)
    assert json.loads(json.dumps(made.coding)) == [
        {"variable": "a", "column": "a", "yes": ["có"], "known": ["có", "không"]},
        {"variable": "b", "column": "b", "log": False, "low": 1.0, "width": 4.0},
        {"variable": "c: Y", "column": "c", "yes": ["y"], "known": ["x", "y"]},
        {"variable": "c: x", "column": "c", "yes": ["x"], "known": ["x", "y"]}]
