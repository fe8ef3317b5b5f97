"""The story of a page: evidence of findings, boxes for students, definitions, mathematics."""

import re

import nbformat
import pandas as pd
import pytest

from segkit.plots import customers
from segkit.report import crossref, figure, finding, glossary, page, source, story, table
from segkit.words import terms
from segkit.words.errors import SegkitError
from tests.report.test_page import ATTACK, cell, study, written


def markdown(text, *tags):
    return nbformat.v4.new_markdown_cell(text, metadata={"tags": list(tags)})


LEARN = markdown("### Learn: means\n\nThe mean is $\\bar{x} = \\frac{1}{n}\\sum x_i$.", "learn")
EXERCISE = markdown("### Exercise: try it\n\nSet `k` to 3.", "exercise")
ANSWER = markdown("The segments join.", "answer")
CURVE = pd.DataFrame({"customer_share": [0, 0.2, 1], "revenue_share": [0, 0.6, 1.0]})


def test_a_finding_leads_to_the_table_or_figure_before_it():
    sales = table("Sales", pd.DataFrame({"revenue": [1.0]}))
    text = written(cell(sales), cell(finding("first")), cell(figure("Curve", customers.concentration, CURVE)),
                   cell(finding("second")))
    top = text[text.index('id="findings"'):text.index("<article>")]
    assert 'first <a class="see" href="#table-1">Table 1</a>' in top
    assert 'second <a class="see" href="#figure-1">Figure 1</a>' in top
    assert text.count('href="#table-1"') == 2


def test_a_finding_without_evidence_leads_to_its_own_place():
    assert '<a class="see" href="#finding-1">' in written(cell(finding("alone")))


def test_a_finding_before_all_evidence_leads_to_the_first():
    shown = [{"kind": "finding"}, {"kind": "figure"}, {"kind": "table"}]
    assert story.evidence(shown) == [("figure", 1)]


@pytest.mark.parametrize(("audience", "learn", "exercise", "help_text"), [
    ("student", True, True, True), ("marketer", False, False, True), ("researcher", True, False, False)])
def test_each_audience_gets_its_boxes(monkeypatch, audience, learn, exercise, help_text):
    monkeypatch.setattr(customers.concentration, "how_to_read", "Read it so.", raising=False)
    notebook = nbformat.v4.new_notebook(cells=[LEARN, EXERCISE, ANSWER,
                                               cell(figure("Curve", customers.concentration, CURVE))])
    made = page.Provenance("", {"segkit": "0"})
    reader = study()
    object.__setattr__(reader, "audience", audience)
    text = page.write(reader, notebook, "en", made)
    assert ("Learn: means" in text) == learn
    assert ("Exercise: try it" in text) == exercise == ("The segments join." in text)
    assert ("Read it so." in text) == help_text


def test_a_marketers_evidence_is_folded_by_chapter_but_for_what_to_do():
    actions = table("Do", pd.DataFrame({"size": [12], "trial": ["ask"]}, index=pd.Index(["a"], name="segment")))
    cells = [markdown("Before."), markdown("## One\n\nText."), markdown("More."), markdown("## Two"), cell(actions)]
    reader = study()
    object.__setattr__(reader, "audience", "marketer")
    made = page.Provenance("", {"segkit": "0"})
    text = page.write(reader, nbformat.v4.new_notebook(cells=cells), "en", made)
    assert '<details class="chapter"><summary><h2 id="s1">One</h2></summary>' in text
    assert '<details class="chapter" open><summary><h2 id="s2">Two</h2></summary>' in text
    assert text.index("Before.") < text.index('id="s1"') < text.index("More.") < text.index('id="s2"')
    folds = re.findall(r"<(/?)details", text)
    assert folds.count("") == folds.count("/")
    student = written(*cells)
    assert '<details class="chapter' not in student
    for shown in ("Before.", "Text.", "More.", "ask", "Parameters and provenance"):
        assert text.count(shown) == student.count(shown) > 0, shown


def test_an_answer_is_folded_and_says_so():
    text = written(EXERCISE, ANSWER)
    assert '<details class="box answer"><summary>Answer</summary>' in text
    assert "<details open" not in text


def test_mathematics_is_mathml():
    text = written(LEARN)
    assert "<math" in text
    assert "<mfrac>" in text
    assert "$" not in text[text.index("<article>"):text.index("</article>")]


def test_a_price_is_not_mathematics():
    text = written(markdown("From $5 to $10 each, or $ 3 and 4$."))
    assert "<math" not in text
    assert "From $5 to $10 each" in text


def test_the_first_use_of_a_concept_is_defined(monkeypatch):
    term = terms.Term("marker", "odd thing", "điều lạ", "text", "", "A <b> definition.", "Định nghĩa.",
                      also_en=("odd things",))
    monkeypatch.setattr(terms, "CONCEPTS", {"marker": term})
    glossary._words.cache_clear()
    try:
        text = written(markdown("## Odd thing\n\nOdd things differ. An odd thing is [an odd thing](#x)."))
    finally:
        glossary._words.cache_clear()
    assert text.count('href="#term-marker"') == 1
    assert '<a class="term" href="#term-marker">Odd things</a> differ' in text
    assert '<div id="term-marker"><dt>odd thing</dt><dd>A &lt;b&gt; definition.</dd>' in text


def test_heads_of_tables_are_defined_and_listed_in_order():
    frame = pd.DataFrame({"near_best_share": [0.5], "explained_share": [0.2], "mine": [1]})
    text = written(cell(table("Shares", frame)))
    listed = text[text.index('id="glossary"'):]
    assert listed.index('id="term-explained_share"') < listed.index('id="term-near_best_share"')
    assert 'id="term-mine"' not in text
    assert re.search('<th scope="col" class="num"[^>]*><a class="term" href="#term-near_best_share">', text)


def test_every_row_is_accounted_for():
    shown = source("cdnow.transactions", 69_000, {"no customer": 600, "after the last day": 59, "nothing": 0})
    text = written(cell(shown))
    assert "69,659 = 69,000 used + 600 no customer + 59 after the last day" in text
    assert "nothing" not in text


def test_rows_that_are_not_accounted_for_are_told():
    with pytest.raises(SegkitError, match="69,659 rows, but 69,000 are accounted for"):
        source("cdnow.transactions", 69_000)


def test_a_source_without_a_count_says_nothing_of_rows():
    assert "used" not in written(cell(source("https://example.com/x")))[2000:].split("<article>")[1].split("</article>")[0]


def test_words_of_the_data_are_text_in_boxes_too():
    assert "<script>window" not in written(markdown(f"### {ATTACK}\n\n{ATTACK}", "learn"))


def test_pages_written_at_once_have_the_same_links():
    import sys
    from concurrent.futures import ThreadPoolExecutor

    from mdurl import _encode

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(20):
            _encode.encode_cache.clear()
            with ThreadPoolExecutor(4) as pool:
                made = set(pool.map(lambda _: story.Story("en", "", "student", []).prose("[a](https://doi.org/10.1/x.y)"), range(8)))
            assert made == {'<p><a href="https://doi.org/10.1/x.y">a</a></p>\n'}
    finally:
        sys.setswitchinterval(before)


def test_tables_of_a_folded_cell_stand_under_the_caption_of_the_first():
    shown = table("Ends of the intervals", pd.DataFrame({"size": [3]}))
    text = written(cell(shown, tags=["fold"]))
    assert '<details class="box more"><summary>Ends of the intervals</summary>' in text
    assert text.index('class="box more"') < text.index('id="table-1"') < text.index("</details>", text.index('id="table-1"'))
    assert 'class="box more"' not in written(cell(shown))
    assert 'class="box more"' not in written(cell(tags=["fold"]))


def test_a_finding_leads_to_the_exhibit_it_names():
    table = {"kind": "table", "text": "First", "columns": ["share"], "units": {"share": "percent"}, "rows": [[0.25]]}
    figure = {"kind": "figure", "text": "A picture"}
    said = {"kind": "finding", "text": "{share:percent} are new.", "values": {"share": 0.25}}
    shown = [table, figure, {**table, "text": "Second"}, said, {**said, "shown_in": "First"},
             {**said, "shown_in": "A picture"}, {**said, "shown_in": "not on this page"}]
    references = crossref.find(shown)
    assert story.evidence(shown, references) == [("table", 2), ("table", 1), ("figure", 1), ("table", 2)]
    assert [places.get("share") and places["share"].table for places in references.of[3:]] == [2, 1, None, 2]
