import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import rules
from segkit.targeting import questions
from segkit.words.errors import SegkitError

CUSTOMERS = pd.DataFrame({
    "group": ["a"] * 4 + ["b"] * 5 + [None], "income": [10.0, 20, np.nan, 30, 40, 50, 60, np.nan, 70, 80],
    "n_contacts": [0, 1, 2, np.nan, 0, 0, 3, 4, 5, 0], "empty": [np.nan] * 4 + [1.0] * 6, "zero": 0.0,
}, index=pd.Index(range(1, 11), name="customer_id"))
MEASURED = {"enough": {"measure": "segment_share", "at_least": 0.4}}


@pytest.fixture(scope="module")
def segmentation():
    return rules.segment(CUSTOMERS.reset_index(), {"model": "demographic", "by": "group"})


def ask(segmentation, target, **spec):
    return questions.answer(CUSTOMERS, segmentation, target, {"afford": spec}).loc[questions.QUESTIONS["afford"]]


@pytest.mark.parametrize(("target", "measure", "column", "value", "everyone", "n"), [
    ("a", "mean", "income", 20, 45, 3),
    ("b", "mean", "income", 55, 45, 4),
    ("a", "mean_index", "income", 100 * 20 / 45, 100, 3),
    ("a", "positive_share", "n_contacts", 2 / 3, 5 / 9, 3),
    ("b", "positive_share", "n_contacts", 3 / 5, 5 / 9, 5),
    ("a", "mean", "zero", 0, 0, 4),
])
def test_answers_equal_a_sum_by_hand(segmentation, target, measure, column, value, everyone, n):
    found = ask(segmentation, target, measure=measure, column=column, at_least=1e9)
    assert found[["value", "all_customers", "n"]].to_list() == pytest.approx([value, everyone, n])
    assert found["answer"] == "no"


@pytest.mark.parametrize(("at_least", "answer"), [(0.16, "yes"), (0.17, "close"), (0.4, "close"), (0.68, "close"),
                                                  (0.69, "no")])
def test_a_limit_inside_the_interval_is_too_close_to_tell(segmentation, at_least, answer):
    found = questions.answer(CUSTOMERS, segmentation, "a", {"enough": {"measure": "segment_share", "at_least": at_least}})
    assert found["value"].iloc[0] == pytest.approx(0.4)
    assert found[["low", "high"]].iloc[0].to_list() == pytest.approx([0.1682, 0.6873], abs=1e-4)  # prop.test of R
    assert found["answer"].iloc[0] == questions.ANSWERS[answer]


@pytest.mark.parametrize(("column", "target", "ends"), [  # t.test of R
    ("income", "a", (-4.841377, 44.841377)), ("income", "b", (34.457397, 75.542603)), ("zero", "a", (0, 0))])
def test_intervals_of_means_are_students(segmentation, column, target, ends):
    found = ask(segmentation, target, measure="mean", column=column, at_least=1e9)
    assert found[["low", "high"]].to_list() == pytest.approx(ends, abs=1e-5)


def test_one_customer_cannot_tell(segmentation):
    one = CUSTOMERS.assign(income=CUSTOMERS["income"].where(CUSTOMERS.index != 4).where(CUSTOMERS.index != 2))
    found = questions.answer(one, segmentation, "a", {"afford": {"measure": "mean_index", "column": "income", "at_least": 1}})
    assert found.loc[questions.QUESTIONS["afford"], "answer"] == questions.ANSWERS["close"]


@pytest.mark.parametrize("spec", [
    {"measure": "mean", "column": "empty", "at_least": 0}, {"measure": "mean_index", "column": "zero", "at_least": 0}])
def test_absent_evidence_stays_unanswered(segmentation, spec):
    found = ask(segmentation, "a", **spec)
    assert found["answer"] == questions.ANSWERS["unanswered"]
    assert np.isnan(found["value"])


def test_there_are_always_five_rows_in_the_same_order(segmentation):
    before = CUSTOMERS.copy(deep=True)
    found = questions.answer(CUSTOMERS, segmentation, "b", MEASURED)
    assert found.index.to_list() == list(questions.QUESTIONS.values())
    assert (found["answer"] == questions.ANSWERS["unanswered"]).to_list() == [False, True, True, True, True]
    pd.testing.assert_frame_equal(CUSTOMERS, before)


def test_the_order_of_customers_does_not_matter(segmentation):
    evidence = {**MEASURED, "afford": {"measure": "mean", "column": "income", "at_least": 50}}
    pd.testing.assert_frame_equal(questions.answer(CUSTOMERS.iloc[::-1], segmentation, "b", evidence),
                                  questions.answer(CUSTOMERS, segmentation, "b", evidence))


@pytest.mark.parametrize(("target", "evidence", "words"), [
    ("c", MEASURED, ["`target`", "'c' is not a segment", "a, b"]),
    ("a", {"enogh": {"measure": "segment_share", "at_least": 1}}, ["`enogh`", "five questions", "did you mean `enough`"]),
    ("a", {"enough": {"measure": "share", "at_least": 1}}, ["`enough`", "'share'", "segment_share"]),
    ("a", {"enough": {"at_least": 1}}, ["`enough`", "the measure None"]),
    ("a", {"afford": {"measure": "mean", "at_least": 1}}, ["`afford`", "no `column`", "name the column"]),
    ("a", {"afford": {"measure": "mean", "column": "income"}}, ["`afford`", "no `at_least`", "how much is enough"]),
    ("a", {"afford": {"measure": "mean", "colum": "income", "at_least": 1}}, ["`colum`", "did you mean `column`"]),
    ("a", {"afford": {"measure": "mean", "column": "incom", "at_least": 1}}, ["'incom'", "did you mean `income`"]),
    ("z", {"enogh": {}, "afford": {}}, ["4 faults", "`enogh`", "`afford`", "`target`"]),
    ("a", {"afford": {"measure": "mean", "column": "group", "at_least": 1}}, ["'group'", "not numeric"]),
    ("a", {"enough": {"measure": "segment_share", "at_least": "much"}}, ["`enough`", "`at_least`"]),
    ("a", {"enough": 5}, ["`enough`"]),
])
def test_bad_evidence_is_explained(segmentation, target, evidence, words):
    with pytest.raises(SegkitError) as error:
        questions.answer(CUSTOMERS, segmentation, target, evidence)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_each_answer_has_a_status_a_table_and_advice(segmentation):
    evidence = {"enough": {"measure": "segment_share", "at_least": 0.16},
                "benefit": {"measure": "mean", "column": "income", "at_least": 1e9, "advice": "Ask"},
                "afford": {"measure": "mean", "column": "income", "at_least": 20, "table": "census.csv"},
                "reach": {"measure": "positive_share", "column": "n_contacts", "at_least": 0.3}}
    found = questions.answer(CUSTOMERS, segmentation, "a", evidence, {"": "shop.csv", "n_contacts": "/home/an/mail.csv"})
    assert found["question_status"].tolist() == ["PASS", "FAIL", "NO DATA", "REVIEW", "REVIEW"]
    assert found["source_table"].tolist() == ["shop.csv", "shop.csv", "", "census.csv", "mail.csv"]
    assert found["advice"].tolist() == ["", "Ask", *(questions.ADVICE[q] for q in ("motives", "afford", "reach"))]
