"""Figures as files stand alone: whole XML, no colours or styles of a page, words inside, the same bytes."""

from types import SimpleNamespace
from xml.etree import ElementTree

import pandas as pd
import pytest
import seaborn as sns

from segkit import report
from segkit.plots import customers, theme
from segkit.report import MIME, figure_files

STUDY = SimpleNamespace(languages=("en", "vi"), values={"currency": "VND"})
CURVE = pd.DataFrame({"customer_share": [0, 0.2, 1], "revenue_share": [0, 0.6, 1.0]})
BARS = pd.DataFrame({"segment": ["<b>&", "b"], "revenue": [1.0, 3.0]})


@pytest.fixture(scope="module")
def made():
    shown = [report.figure("Revenue is concentrated", customers.concentration, CURVE), report.text("Nothing."),
             report.figure("Where {who:text} is", sns.barplot, BARS, x="segment", y="revenue", alt="Two bars of <b>&", values={"who": "<b>&"})]
    outputs = [{"data": {MIME: one.payload}} for one in shown]
    return figure_files.files(STUDY, {"cells": [{"cell_type": "code", "outputs": outputs}]}), outputs


def test_each_figure_is_a_file_in_each_language(made):
    files, outputs = made
    assert list(files) == ["figure-1.en.svg", "figure-1.vi.svg", "figure-2.en.svg", "figure-2.vi.svg"]
    assert files == figure_files.files(STUDY, {"cells": [{"cell_type": "code", "outputs": outputs}]})


def test_it_needs_no_page(made):
    for name, content in made[0].items():
        text = content.decode()
        root = ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "var(" not in text
        assert "script" not in text
        assert theme.INK in text
        background = root.find("{http://www.w3.org/2000/svg}rect")
        assert background.attrib == {"width": "100%", "height": "100%", "fill": theme.PAPER}, name


def test_caption_and_words_are_inside_in_their_language(made):
    def inside(name, tag):
        return ElementTree.fromstring(made[0][name].decode()).find(f"{{http://www.w3.org/2000/svg}}{tag}").text

    assert inside("figure-2.en.svg", "title") == "Where <b>& is"
    assert inside("figure-2.en.svg", "desc") == "Two bars of <b>&"
    assert inside("figure-1.en.svg", "desc") == ("A curve above the diagonal of equal customers: the best 20% of customers bring 60% of "
                                                 "revenue.")
    assert inside("figure-1.vi.svg", "desc") != inside("figure-1.en.svg", "desc")
