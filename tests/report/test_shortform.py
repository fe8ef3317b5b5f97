"""The short form: what it tells in a browser is what the rule tells in Python; all words are only text."""

import copy
import html
import itertools
import json
import os
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from segkit.report import shortform
from segkit.segmentation import kmeans, typing_tool
from segkit.segmentation.partition import coded_answers
from segkit.words import labels
from segkit.words.errors import StudyError

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
ATTACK = "</script><script>window.hit=1</script><img src=x onerror=window.hit=1>&\u2028\"'"
STUDY = SimpleNamespace(title={"en": ATTACK, "vi": "Khách"}, languages=("en", "vi"), path=SimpleNamespace(name="guests.yaml"),
                        notebook=SimpleNamespace(stem="02-segmentation"))
STEPS = ["never", "now and then", "often"]


@pytest.fixture(scope="module")
def survey():
    """Yes and no, a category with a hostile value, a rating in words, one in numbers, an amount and a skewed amount."""
    rng = np.random.default_rng(1)
    group = rng.integers(0, 3, 400)
    return pd.DataFrame({
        "wifi": np.where(rng.random(400) < np.array([0.1, 0.6, 0.9])[group], "có", "không"),
        "town": np.where(rng.random(400) < 0.8, np.array(["Huế", ATTACK, "Hà Nội"])[group], "Huế"),
        "reads": pd.Categorical.from_codes(np.clip(group + rng.integers(-1, 2, 400), 0, 2), STEPS, ordered=True),
        "fast": np.clip(1 + 2 * (group == 1) + rng.integers(0, 3, 400), 1, 5),
        "spent": np.exp(group + rng.normal(0, 0.9, 400)), "age": rng.normal(30 + 9 * group, 5).round(1)})


@pytest.fixture(scope="module")
def made(survey):
    before = copy.deepcopy(labels._given)
    labels.give({"vi": {"wifi": "mạng", "never": "chưa bao giờ"}})
    coded = coded_answers.coded(survey, list(survey))
    found = kmeans.segment(coded.X, 3, random_state=1).relabel({1: ATTACK, 2: "2", 3: "Quen"})
    tool = typing_tool.make(coded, found, most=6, random_state=1)
    tool = tool._replace(questions=tuple(tool.steps["question_added"]),
                         rule=typing_tool._rule(coded, *rule_of(coded, found, tool)))
    names = {"1": {"en": ATTACK, "vi": "Một"}, "3": {"en": "Quen", "vi": "Khách quen"}}
    told = shortform.plain(tool, names)
    labels._given.clear()  # a shared fixture leaves no labels for other tests
    labels._given.update(before)
    return coded, tool, told


def rule_of(coded, found, tool):
    return coded.X, found.labels.to_numpy(dtype=str), np.ones(len(coded.X)), list(tool.steps["question_added"]), coded.parts


def as_given(form, table):
    """Answers of a table as the form takes them: numbers, or the place among those listed."""
    rows = []
    for _, row in table.iterrows():
        said = []
        for one in form["questions"]:
            value = row[one["question"]]
            if "words" in one:
                said.append(one["words"].index(value) + 1)
            else:
                said.append(float(value) if "slope" in one else one["answers"].index(value))
        rows.append(said)
    return rows


def in_python(form, table):
    coded = table.assign(**{one["question"]: table[one["question"]].map(lambda w, s=one["words"]: s.index(w) + 1).astype(int)
                            for one in form["questions"] if "words" in one})
    return typing_tool.told(form, coded).to_list()


def test_the_rule_in_python_is_the_logit(made, survey):
    from sklearn.linear_model import LogisticRegression

    coded, tool, form = made
    label = np.array(in_python(form, survey))
    own = [c for name in tool.questions for c in coded.parts[name]]
    found = kmeans.segment(coded.X, 3, random_state=1).labels.map({1: ATTACK, 2: "2", 3: "Quen"}).to_numpy()
    assert (LogisticRegression(max_iter=1000).fit(coded.X[own], found).predict(coded.X[own]) == label).all()
    odd = survey.head(3).astype(object)
    odd.loc[0, "town"], odd.loc[1, "age"], odd.loc[2, "spent"] = "Vinh", None, -2.0
    assert in_python(form, odd.assign(reads=STEPS[0])) == [None, None, None]


def test_it_has_the_words_of_the_user_and_the_accuracy(made):
    _, tool, form = made
    assert {one["question"] for one in form["questions"]} == {"wifi", "town", "reads", "fast", "spent", "age"}
    reads = next(one for one in form["questions"] if one["question"] == "reads")
    assert reads["answers_said"] == {"en": STEPS, "vi": ["chưa bao giờ", *STEPS[1:]]}
    assert next(one for one in form["questions"] if one["question"] == "wifi")["said"] == {"en": "wifi", "vi": "mạng"}
    assert form["segments_said"]["vi"] == [{ATTACK: "Một", "Quen": "Khách quen"}.get(s, s) for s in form["segments"]]
    text = shortform.page(STUDY, form)
    share = f"{tool.accuracy:.1%}".replace(".0%", "%")
    assert f"the form tells {share} rightly (cross-validation, 400 people)" in text
    assert "does not make them real" in text
    told = shortform.files(STUDY, form)
    assert told == shortform.files(STUDY, json.loads(told["form.json"]))  # the same bytes, also from the JSON


def test_every_word_is_only_text(made):
    text = shortform.page(STUDY, made[2])
    assert text.count("<script") == 2
    assert "<img" not in text
    assert "\u2028" not in text.partition('id="data"')[2]
    assert not re.search(r"<[^>]*(src|href|action)=|url\(|@import|https?:", text)
    assert "default-src 'none'" in html.unescape(text)


def test_a_study_without_a_form_is_refused():
    with pytest.raises(StudyError, match="02-segmentation makes no short form"):
        shortform.files(STUDY, {})


@pytest.mark.sweep
@pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium on this machine")
def test_a_browser_tells_what_the_rule_tells_of_everybody_and_of_all_combinations(made, survey, tmp_path):
    from playwright.sync_api import sync_playwright

    form = made[2]
    every = pd.DataFrame(itertools.product(["có", "không"], ["Huế", ATTACK, "Hà Nội"], STEPS, [1, 2, 3, 4, 5], [0.0, 4.5, 60.0],
                                           [18.5, 33.0, 70.0]), columns=list(survey))
    (tmp_path / "form.html").write_text(shortform.page(STUDY, form), encoding="utf-8")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab, said = running.new_context(viewport={"width": 390, "height": 900}, offline=True).new_page(), []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: said.append(request.url) if "form.html" not in request.url else None)
        tab.goto((tmp_path / "form.html").as_uri())
        for table in (survey, every):
            told = tab.evaluate("rows => rows.map(row => rule.segments[ranked(points(row))[0]])", as_given(form, table))
            assert told == in_python(form, table)
        assert len(every) == 810
        tab.click("text=Tell the segment")
        assert "Still open: " in tab.inner_text("#result")
        for i, row in every.sample(12, random_state=1).iterrows():
            for j, (one, given) in enumerate(zip(form["questions"], as_given(form, every.loc[[i]])[0], strict=True)):
                if not one["answers"]:
                    tab.fill(f"#q{j}", str(given))
                    continue
                place = given - 1 if "slope" in one else given
                tab.check(f"input[name=q{j}] >> nth={int(place)}")
            tab.click("text=Tell the segment")
            first = in_python(form, every.loc[[i]])[0]
            assert tab.inner_text("#result .first") == f"Segment: {first}".replace("\u2028", tab.evaluate("'\u2028'")), row
        tab.click("text=Tiếng Việt")
        assert tab.evaluate("document.documentElement.lang") == "vi"
        assert tab.locator("input:checked").count() == 4  # the answers stay
        tab.click("text=Xác định phân khúc")
        assert tab.inner_text("#result .first").startswith("Phân khúc: ")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert tab.evaluate("window.hit") is None
        unnamed = "[...document.querySelectorAll('input')].filter(i => !i.labels.length || !i.labels[0].textContent.trim()).length"
        assert tab.evaluate(unnamed) == 0
        assert said == []
        running.close()
