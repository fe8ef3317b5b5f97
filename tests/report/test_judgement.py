"""Thresholds and sentences stand beside the notebooks; a study may set thresholds, and findings obey their checks."""

import json
import re

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from segkit.lifecycle import stages, value
from segkit.report import MIME, actions, check, decision, finding, judgement, render, table
from segkit.report import study as studies
from segkit.report.advice import ENTRIES
from segkit.report.judgement import Threshold
from segkit.segmentation import rfm
from segkit.words.catalogue import PACKAGE
from segkit.words.errors import SegkitError, StudyError

NOTEBOOKS = sorted(studies.NOTEBOOKS.glob("*.ipynb"))


def notebook(*displays):
    return {"cells": [{"cell_type": "code", "outputs": [{"output_type": "display_data", "data": {MIME: d.payload}}]}
                      for d in displays]}


def shown(made):
    return [cell["outputs"][0]["data"][MIME] for cell in made["cells"]]


def code(path):
    return "\n".join("".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"]
                     if c["cell_type"] == "code")


def test_every_name_is_known_and_every_entry_is_used():
    text = "\n".join(map(code, NOTEBOOKS))
    assert set(re.findall(r'report\.check\(\s*"([^"]+)"', text)) == set(judgement.checks())
    named = {n for n in re.findall(r'report\.(?:finding|text|table|figure)\(\s*"([^"]+)"|alt="([^"]+)"', text)
             for n in n if n and judgement.is_name(n)}
    assert named == set(judgement.sentences())


def test_findings_rest_on_checks_of_a_notebook_that_makes_them():
    made, said = {}, {}
    for path in NOTEBOOKS:
        made[path] = set(re.findall(r'report\.check\(\s*"([^"]+)"', code(path)))
        for name in re.findall(r'report\.finding\(\s*"(\w+)"', code(path)):
            said.setdefault(name, []).append(path)
    assert set(said) >= {name for name, sentence in judgement.sentences().items() if sentence.rests_on}
    for name, paths in said.items():
        asked = set(judgement.sentence(name).rests_on)
        assert asked <= set().union(*(made[path] for path in paths)), name


@pytest.mark.parametrize("name", sorted(judgement.checks()))
def test_every_threshold_says_where_it_comes_from(name):
    rule = judgement.check(name)
    assert len(rule.source) > 20
    assert len(rule.advice) > 20


def test_thresholds_of_the_forecast_are_those_that_choose_its_words():
    assert (judgement.check("calibration_error").at_most, judgement.check("calibration_error").review) == (value.CLOSE, value.WIDE)
    assert (judgement.check("total_error").at_most, judgement.check("total_error").review) == (value.GOOD, value.ROUGH)


def test_a_finding_names_the_check_that_it_rests_on_and_gives_way_to_one_that_fails():
    said = finding("leading_segment", segment="2", customers=0.1, revenue=0.4, low=0.3, high=0.5, traits="often (150)")
    for stability, kind in ((0.9, "finding"), (0.7, "finding"), (0.3, "text")):
        at, *_ = shown(judgement.applied(notebook(said, check("agreement_between_samples", stability)), {}))
        assert at["kind"] == kind
        assert [d["name"] for d in at.get("doubts", [])] == (["agreement_between_samples"] if stability == 0.7 else [])
    assert at["see"] == "agreement_between_samples"
    assert "40%" not in render.plain(at, "en")
    assert 'href="#check-agreement_between_samples"' in render.html(at, "en")


def test_thresholds_of_a_study_judge_its_page_and_are_told():
    own = {"agreement_between_samples": Threshold(at_least=0.6, review=0.5, why={"en": "a pilot", "vi": "thử nghiệm"})}
    made = notebook(check("agreement_between_samples", 0.62), finding("largest_segment", segment="1", share=0.5, traits="–", weighted=""))
    before, after = judgement.applied(made, {}), judgement.applied(made, own)
    assert [p["status"] for p in shown(before) if p["kind"] == "check"] == ["FAIL"]
    assert [p["kind"] for p in shown(before)] == ["check", "text"]
    assert [p.get("status") for p in shown(after)] == ["PASS", None]
    text = str(render.html(shown(after)[0], "vi"))
    assert all(said in text for said in ("0,8", "0,6", "thử nghiệm"))
    assert "No reason is given." in render.html(shown(judgement.applied(
        made, {"agreement_between_samples": Threshold(at_least=0.6, review=0.5)}))[0], "en")


@pytest.mark.parametrize(("given", "said"), [
    ({"agreement_betwen_samples": {"at_least": 0.5}}, "no check 'agreement_betwen_samples'"),
    ({"lapsing_customers": {"at_least": 0.5}}, "no check 'lapsing_customers'"),
    ({"total_error": {"at_most": 0.2}}, "no check 'total_error'"),
    ({"agreement_between_samples": {"at_most": 0.5}}, "has no `at_most`"),
    ({"agreement_between_samples": {"why": "so"}}, "sets no threshold"),
    ({"agreement_between_samples": {"at_least": 0.5}}, "asks for more than the threshold"),
    ({"agreement_between_samples": {"at_least": float("nan")}}, "finite"),
    ({"agreement_between_samples": {"least": 0.5}}, "checks.agreement_between_samples.least"),
    ({"agreement_between_samples": 0.5}, "checks.agreement_between_samples"),
])
def test_a_threshold_that_cannot_be_is_refused_with_its_line(project_study, given, said):
    path = project_study(yaml.safe_dump({"notebook": "02-segmentation", "title": "T", "checks": given}))
    with pytest.raises(StudyError) as caught:
        studies.load(path)
    assert said in str(caught.value)
    assert re.search(r"s\.yaml:\d+", str(caught.value))


@pytest.fixture
def project_study(tmp_path):
    def write(text):
        path = tmp_path / "s.yaml"
        path.write_text(text, encoding="utf-8")
        return path
    return write


def test_a_good_threshold_reaches_the_study(project_study):
    study = studies.load(project_study(yaml.safe_dump(
        {"notebook": "02-segmentation", "title": "T", "checks": {"agreement_between_samples": {"at_least": 0.7, "review": 0.6}}})))
    assert study.checks["agreement_between_samples"].at_least == 0.7


@pytest.mark.parametrize("rule", [{}, {"at_least": 1, "at_most": 2}, {"at_least": 1, "review": 2}, {"at_most": 1, "review": 0}])
def test_a_check_has_one_threshold_and_a_weaker_one(rule):
    with pytest.raises(ValidationError):
        judgement.Check(sentence="Size", **rule)


def test_an_unknown_name_is_told_with_the_nearest():
    for call in (lambda: check("agreement_betwen_samples", 1), lambda: finding("explained_shar", explained=1),
                 lambda: table("over_representd_", pd.DataFrame())):
        with pytest.raises(StudyError, match="did you mean"):
            call()


def test_every_notebook_has_a_decision_whose_figure_and_checks_it_makes():
    named = []
    for path in NOTEBOOKS:
        text = code(path)
        (name,) = re.findall(r'report\.decision\(\s*"(\w+)"', text)
        rule = judgement.decision(name)
        assert not rule.figure or f'report.figure("{rule.figure}"' in text, name
        assert set(rule.rests_on) <= set(re.findall(r'report\.check\(\s*"([^"]+)"', text)), name
        named.append(name)
    assert set(named) == set(judgement.decisions())


def test_a_decision_gives_way_where_its_check_fails():
    said = decision("customers_to_remind", n=20, spend=500.0, share=0.1)
    for gaps, sentence in ((20, "Write to the 20 lapsing"), (6, "Write to the 20 lapsing"), (2, "No recommendation")):
        made = judgement.applied(notebook(check("length_in_gaps", gaps), check("own_rhythm", 0.9), said), {})
        told = render.decided(shown(made)[2], shown(made)[:2], "en", "")
        assert told["recommendation"].startswith(sentence)
        assert ("The recommendation rests on it." in "".join(told["unsure"])) == (gaps < 10)
    assert told["sure"] == "Checks passed: 1 of 2. What is not sure:"
    assert "No recommendation, for want of data." in render.plain(
        decision("customers_to_remind", n=20, spend=None, share=0.1).payload, "en")


def test_a_part_of_a_recommendation_can_rest_on_a_check_and_stands_where_it_fails():
    said = decision("customers_to_remind", n=20, spend=500.0, share=0.1)
    made = judgement.applied(notebook(check("length_in_gaps", 20), check("own_rhythm", 0.9),
                                      check("lapsed_who_returned", 0.9), said), {})
    told = render.decided(shown(made)[3], shown(made)[:3], "en", "")
    assert told["recommendation"].startswith("Write to the 20 lapsing")
    assert "A part of the recommendation rests on it." in told["unsure"][0]
    assert "does not rest on the others" not in told["sure"]


def test_the_first_screen_says_what_a_check_that_does_not_pass_makes_unsure():
    said = decision("customers_to_remind", n=20, spend=500.0, share=0.1)
    others = [check("total_error", 0.3), check("known_customers", 0.1), check("known_in_least_known_segment", 0.2)]
    made = judgement.applied(notebook(*others, check("own_rhythm", 0.9), said), {})
    told = render.decided(shown(made)[4], shown(made)[:4], "vi", "")
    assert told["sure"].startswith("Số mục kiểm tra đạt: 1 trong 4.")
    lines = [re.sub(r"<[^>]+>", "", line) for line in told["unsure"]]
    assert len(lines) == 2  # one part for two checks
    assert any("Khách hàng là ai:" in line and line.count(";") == 1 for line in lines)
    assert not any("Khuyến nghị dựa vào" in line for line in lines)


def test_every_check_says_what_it_hits_in_few_words():
    parts = {c.hits for c in judgement.checks().values()}
    assert "" not in parts
    assert all(": " in hit and len(hit) <= 90 for hit in parts)


def test_actions_hold_computed_and_editorial_columns_and_the_words_of_the_study():
    groups = pd.DataFrame({"size": [40, 30, 0], "yearly_spend": [900.0, 100.0, 0.0]},
                          index=pd.Index(["Active", "Lapsing", "Lapsed"], name="stage"))
    made = actions("What to do", "by_stage", groups, ["size", "yearly_spend"], given={"Active": {"owner": "Sales"}})
    assert [row[0] for row in made.payload["rows"]] == ["Active", "Lapsing"]
    page = str(render.html(made.payload, "vi"))
    assert "Gửi lời nhắc ngay" in page
    assert ">Sales<" in page  # the study's own word is not translated
    assert ">Bán hàng<" not in page
    with pytest.raises(SegkitError, match=r"(?s)'Activ'.*has no entry 'who'"):
        actions("What to do", "by_stage", groups, ["size"], given={"Activ": {"owner": "me"}, "Active": {"who": "me"}})


@pytest.mark.parametrize("name", ["by_stage", "by_recency_and_frequency"])
def test_every_group_has_every_entry(name):
    groups = stages.STAGES if name == "by_stage" else [s["name"] for s in yaml.safe_load(
        (PACKAGE / "segmentation" / "specs" / "rfm.yaml").read_text(encoding="utf-8"))["segments"]]
    ranks = [] if name == "by_stage" else list(rfm.BY_RANK.values())  # where customary names claim too much
    assert set(judgement.actions(name)) == {*groups, *ranks}
    assert all(set(entries) == set(ENTRIES) and all(entries.values()) for entries in judgement.actions(name).values())


def test_a_threshold_of_none_is_said_in_words():
    none, some = (str(render.html(check("Faults", 0, "count", at_most=limit).payload, "vi")) for limit in (0, 2))
    assert "(yêu cầu: không có)" in none
    assert "(yêu cầu: ≤ 2)" in some
