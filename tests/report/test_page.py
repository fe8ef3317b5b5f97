"""A page is one file that loads nothing, and shows what comes from data as text."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from segkit.report import check, finding, page, table
from segkit.report.findings import MIME
from segkit.report.study import Parameter, Study

ATTACK = "<script>window.hit=1</script><img src=x onerror=window.hit=1>"


def cell(*outputs, source="report.finding(...)", tags=()):
    made = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    made["outputs"] = [nbformat.v4.new_output("display_data", {MIME: o.payload}) for o in outputs]
    return made


def study(**parameters) -> Study:
    defaults = tuple(Parameter(name, "str", value, "meaning") for name, value in parameters.items())
    return Study("shop", Path("shop.yaml"), Path("01-customers.ipynb"), {"en": ATTACK, "vi": "Cửa hàng"}, {"en": ""},
                 ("en", "vi"), parameters, defaults)


def written(*cells, code="en", **parameters) -> str:
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    made = page.Provenance("abc123", {"segkit": "0.1.0"}, (("data/x.parquet", "f" * 64),))
    return page.write(study(**parameters), notebook, code, made)


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.seen, self.open, self.unclosed = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_findings_and_checks_come_before_the_story():
    text = written(nbformat.v4.new_markdown_cell("## The story"), cell(finding("{n:count} rows", n=5)),
                   cell(check("Enough rows", 5, at_least=1)))
    assert text.index('id="findings"') < text.index('id="checks"') < text.index("The story</h2>")
    assert text.count("5 rows") == 2


def test_six_findings_stand_open_in_the_order_of_their_places(monkeypatch):
    from segkit.report import judgement

    placed = {"first_in_repeat": 2, "bought_again": 1}
    monkeypatch.setattr(judgement, "sentence", lambda name: judgement.Sentence(text=f"It is {name}.", place=placed.get(name)))
    names = ["one_base", "shared_buyers", "first_in_repeat", "habit_or_loyalty", "bought_again", "bought_together",
             "names_are_ranks", "names_withheld"]
    text = written(*(cell(finding(name)) for name in names))
    top = text[text.index('id="findings"'):text.index("<article>")]
    order = ["bought_again", "first_in_repeat", *(n for n in names if n not in placed)]
    assert [name for _, name in sorted((top.index(f"It is {name}."), name) for name in names)] == order
    folded = top[top.index("<details"):]
    assert [name for name in names if f"It is {name}." in folded] == order[6:]
    assert page.findings(nbformat.v4.new_notebook(cells=[cell(finding(n)) for n in names]), "en", "") == [
        f"It is {name}." for name in order]
    assert "<details" not in (t := written(*(cell(finding(n)) for n in names[:6])))[t.index('id="findings"'):t.index("<article>")]


def test_page_loads_nothing():
    text = written(cell(finding("ok")))
    for tag, attributes in Tags(text).seen:
        assert tag not in ("link", "iframe", "object", "embed")
        assert not attributes.get("src", "data:").startswith("http")
        assert not any(name.startswith("on") for name in attributes)
    assert "default-src 'none'" in html.unescape(text)


@pytest.mark.parametrize("code", ["en", "vi"])
def test_page_says_its_language_and_links_the_other(code):
    text = written(cell(finding("ok")), code=code)
    assert f'<html lang="{code}">' in text
    assert f'href="shop.{"vi" if code == "en" else "en"}.html"' in text


def test_what_comes_from_data_is_text():
    import pandas as pd

    shown = table("Names", pd.DataFrame({ATTACK: [ATTACK]}))
    text = written(cell(shown), cell(finding("{who:text}", who=ATTACK), source=f"x = '{ATTACK}'"), data=ATTACK)
    assert "<script>window" not in text
    assert "<img" not in text


def test_raw_html_of_a_notebook_is_not_rendered():
    made = nbformat.v4.new_code_cell("frame")
    made["outputs"] = [nbformat.v4.new_output("execute_result", {"text/html": ATTACK, "text/plain": "a frame"})]
    text = written(nbformat.v4.new_markdown_cell(f"Prose {ATTACK} ![x](http://example.com/x.png)"), made)
    assert "<script>window" not in text
    assert "<img" not in text
    assert "a frame" in text


def test_warnings_of_programs_are_not_for_a_reader():
    made = cell(finding("One."))
    made["outputs"] += [nbformat.v4.new_output("stream", name=name, text=f"told on {name}") for name in ("stdout", "stderr")]
    page = written(made)
    assert "told on stdout" in page
    assert "told on stderr" not in page


def test_headings_of_the_story_are_in_the_contents():
    text = written(nbformat.v4.new_markdown_cell("# Notebook\n\n## First\n\nText.\n\n## Second"))
    assert re.findall(r'<li><a href="#(s\d)">(\w+)</a>', text) == [("s1", "First"), ("s2", "Second")]
    assert "<h1>Notebook" not in text


def test_parameters_cells_are_provenance_not_story():
    text = written(cell(source="secret = 1", tags=["parameters"]), cell(source="injected = 1", tags=["injected-parameters"]),
                   currency="USD")
    assert "secret = 1" not in text
    assert "injected = 1" not in text
    assert "<code>currency</code>" in text


def test_provenance_names_files_versions_and_command():
    text = written(cell(finding("ok")))
    for expected in ("data/x.parquet", "f" * 64, "abc123", "segkit 0.1.0", "make report S=shop"):
        assert expected in text


def test_same_notebook_same_bytes():
    cells = [cell(finding("{n:count}", n=5))]
    assert written(*cells) == written(*cells)


def test_index_has_a_card_per_study_and_an_empty_state():
    entry = {"name": "shop", "notebook": "01-customers", "title": {"en": ATTACK}, "languages": ["en"],
             "findings": {"en": ["20% bring half"]}, "statuses": ["PASS", "FAIL"]}
    text = page.write_index([entry], "en", ["en"])
    assert 'href="shop.en.html"' in text
    assert "20% bring half" in text
    assert "1 fail" in text
    assert "<script>window" not in text
    assert "No report has been built yet." in page.write_index([], "en", ["en"])


def test_a_report_is_cited_without_what_others_would_run():
    from segkit.report import citation

    told = [{"title": "", "name": "<b>x</b>}\\input{y}.csv"}]
    html = citation.sentence("A {title} & more.", "1.0", "", told, "en")
    assert str(html) == ("A {title} &amp; more. Report made with segkit 1.0. Data: &lt;b&gt;x&lt;/b&gt;}\\input{y}.csv.")
    entry = citation.bibtex("shop", "A {title} & 100%", "1.0", "", told, "en")
    assert "title = {A title \\& 100\\%}" in entry
    assert "\\input" not in entry
    assert entry.count("{") == entry.count("}")
    own = citation.bibtex("quan", "Quán", "1.0", "", told, "vi")
    assert "Báo cáo lập bằng segkit 1.0" in own
    assert "Dữ liệu: " in own
    assert "language = {vietnamese}" in own
