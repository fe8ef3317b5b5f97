"""Surveys through their pages: the numbers of published analyses, from a study to the words a reader sees."""

import html
import re

import pandas as pd
import pytest
import yaml

from segkit.data.samples import PROJECT

MCDONALDS = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
CARCINOMA = PROJECT / "tests" / "reference" / "carcinoma.csv"


def words(page: str) -> str:
    """What a reader sees of the story, pictures and folded code aside."""
    story = page.split("<article>")[1].split("</article>")[0]
    story = re.sub(r"<svg.*?</svg>|<pre.*?</pre>", "", story, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", story)))


def built(project, name: str, **parameters) -> str:
    project.study(name, yaml.safe_dump({"notebook": "07-survey", "title": name, "languages": ["en", "vi"],
                                        "parameters": {"columns": {}, **parameters}}))
    told = project.segkit("build", name)
    assert told.returncode == 0, told.stdout + told.stderr
    return words((project.pages / f"{name}.en.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def carcinoma(project):
    """Seven pathologists' verdicts on 118 slides; Agresti's table, and poLCA's classes."""
    counts = pd.read_csv(CARCINOMA)
    slides = counts.loc[counts.index.repeat(counts["n"])].drop(columns="n").replace({0: "no", 1: "yes"})
    slides.assign(side=["left", "right"] * 59).to_csv(project.path / "slides.csv", index=False)
    return built(project, "slides", data="slides.csv", method="latent-class", k_values=[2, 3, 4], covariates=["side"],
                 n_boot=5)


def test_latent_classes_of_carcinoma_are_those_of_polca(carcinoma):
    row = re.search(r" 3 -293\.7\d* 23 (?P<aic>[\d.]+) (?P<bic>[\d.]+) ", carcinoma.replace("−", "-"))
    assert float(row["bic"]) == pytest.approx(697.136, abs=0.1)
    assert "3 classes" in carcinoma
    assert [share for share in ("44.5%", "37.4%", "18.2%") if share not in carcinoma] == []


def test_a_page_of_classes_tells_answers_certainty_tests_and_covariates(carcinoma):
    for said in ("How likely each answer is in each class", "Who is below is between classes", "Likelihood-ratio tests",
                 "without the error of assignment", "What foretells the class", "Odds of each class",
                 "How often the first questions tell the segment", "Proposed for these variables: k-means"):
        assert said in carcinoma, said
    for other in ("Made-up data without segments with as empty a border", "Not checked", "No finding here",
                  "How well the items of each scale", "codes for “don't know”"):
        assert other not in carcinoma.split("How sure we can be")[0] or other.startswith("Made-up"), other
    assert "Customers at the fullest border" not in carcinoma


def test_a_questionnaire_as_it_comes_gets_a_page(project):
    """Several answers in a cell, ratings with 9 for no answer, an item turned round, open answers."""
    rows = 150
    rating = [1 + (i * 7) % 5 for i in range(rows)]
    table = pd.DataFrame({
        "why": [("wifi;cakes", "cakes", "wifi", "tea;wifi", None)[i % 5] for i in range(rows)],
        "fast": [9 if i % 25 == 0 else r for i, r in enumerate(rating)], "quick": [min(5, max(1, r + i % 3 - 1))
                                                                                  for i, r in enumerate(rating)],
        "slow": [6 - min(5, max(1, r + i % 2)) for i, r in enumerate(rating)], "age": [20 + (i * 13) % 47 + i / 200 for i in range(rows)]})
    table.to_csv(project.path / "asked.csv", index=False)
    page = built(project, "asked", data="asked.csv", k_values=[2, 3], dont_know=[9], scales={"speed": ["fast", "quick", "slow"]},
                 reversed_items=["slow"], descriptors=["age"])
    assert "several answers in one cell: a yes or no for each" in page
    assert "codes named as “don't know”: missing" in page
    assert "why: wifi" in page
    alpha = re.search(r"speed \d+ 3 ([\d.]+)", page)
    assert float(alpha[1]) > 0.7
    assert "Method: latent classes" in page
    assert "slow" in page.split("Ratings that go against the others")[1][:200]


@pytest.mark.skipif(not MCDONALDS.exists(), reason="the textbook's survey is not beside the project")
def test_the_textbooks_survey_through_its_page(project):
    """Best sizes of k-means at k = 4 and shares of yes; BIC of the latent classes (the numbers of reference)."""
    page = built(project, "textbook", data=str(MCDONALDS), k=4)
    sizes = re.search(r"The segments: size and mean of each segmentation variable (.{0,900})", page)[1]
    assert [n for n in ("580", "318", "315", "240") if f" {n} " not in sizes] == []
    assert "29.94%" in page or "29.9%" in page  # the first direction
    classes = built(project, "textbook-classes", data=str(MCDONALDS), method="latent-class")
    for bic in (15389.14, 14877.80, 14564.44, 14451.94, 14429.02, 14404.63):
        shown = f"{bic:,.0f}", f"{bic:,.1f}"
        assert any(s in classes for s in shown), bic
