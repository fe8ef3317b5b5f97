"""The goal of a study: told first, asked again last, judged by its checks and nothing else."""

import dataclasses

import nbformat
import pytest

from segkit.report import check, goal, page, study
from segkit.report.goal import Goal
from segkit.words.errors import StudyError
from tests.report.test_page import cell
from tests.report.test_page import study as plain_study

FILE = "notebook: 03-target-market\ntitle: Shop\nlanguages: [en, vi]\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "REPORTS", tmp_path)

    def put(text):
        (tmp_path / "shop.yaml").write_text(FILE + text, encoding="utf-8")
        return study.load("shop")

    return put


def written(given, share, code="en"):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("## The story"),
                                               cell(check("first_in_draws", share))])
    made = page.Provenance("abc123", {"segkit": "0.1.0"})
    return page.write(dataclasses.replace(plain_study(), goal=given), notebook, code, made)


def test_a_goal_is_read_with_its_texts_by_language(load):
    found = load("goal: {what: {en: Pick one, vi: Chọn một}, measure: share, judged_by: [first_in_draws]}\n").goal
    assert found.what["vi"] == "Chọn một"
    assert goal.asked(found, [], "vi")["measure"] == "share"
    assert load("").goal is None


@pytest.mark.parametrize(("text", "line", "words"), [
    ("goal: {what: {en: Pick one}}\n", 4, "no text in 'vi'"),
    ("goal: {what: '', who_decides: me}\n", 4, "is empty"),
    ("goal:\n  what: Pick\n  judged_by: [first_in_draw]\n", 6, "did you mean `first_in_draws`"),
    ("goal:\n  what: Pick\n  why: because\n", 6, "`goal.why` is not a key of a goal"),
    ("goal: {measure: share}\n", 4, "`goal.what` is missing"),
])
def test_faults_of_a_goal_have_their_line(load, text, line, words):
    with pytest.raises(StudyError) as error:
        load(text)
    assert words in str(error.value)
    assert f"shop.yaml:{line}" in str(error.value)


@pytest.mark.parametrize(("share", "status"), [(0.99, "PASS"), (0.85, "REVIEW"), (0.5, "FAIL")])
def test_the_goal_stands_first_and_is_asked_again_last(share, status):
    given = Goal(what="Pick <one>", measure="how often first", who_decides="Marketing", judged_by=["first_in_draws"])
    text = written(given, share)
    assert goal.MET[status] in text
    assert text.index('id="goal"') < text.index('id="checks"') < text.index("The story</h2>")
    assert text.index("The story</h2>") < text.index('id="goal-again"') < text.index('id="provenance"')
    assert "Pick &lt;one&gt;" in text
    assert '<a href="#check-first_in_draws">' in text.split('id="goal-again"')[1]


def test_what_was_not_checked_does_not_meet_a_goal():
    assert goal.asked(Goal(what="x", judged_by=["a", "b"]), [{"name": "a", "status": "PASS"}], "en")["status"] == "OPEN"
    assert goal.asked(Goal(what="x", judged_by=["a", "b"]), [{"name": "a", "status": "FAIL"}], "en")["status"] == "FAIL"
    assert goal.asked(Goal(what="x"), [{"name": "a", "status": "PASS"}], "en")["status"] == "UNTIED"
    assert 'id="goal' not in written(None, 0.99)
