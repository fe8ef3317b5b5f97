"""Figures as files stand alone: whole XML, no colours or styles of a page, words inside, the same bytes."""

import io
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib
import matplotlib.image
import numpy as np
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
    assert list(files) == [f"figure-{n}.{code}.{kind}" for n in (1, 2) for code in ("en", "vi") for kind in ("svg", "png")]
    assert files == figure_files.files(STUDY, {"cells": [{"cell_type": "code", "outputs": outputs}]})


def test_it_needs_no_page(made):
    for name, content in ((n, c) for n, c in made[0].items() if n.endswith(".svg")):
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


def test_a_picture_of_dots_shows_what_the_drawing_shows(made):
    """Twice the size of a screen, the background of the page, and words in the picture: fonts of the kit's own."""
    for name, content in ((n, c) for n, c in made[0].items() if n.endswith(".png")):
        drawing = ElementTree.fromstring(made[0][name.replace(".png", ".svg")].decode())
        picture = matplotlib.image.imread(io.BytesIO(content))
        wide, high = (float(drawing.attrib[side].removesuffix("pt")) * 192 / 72 for side in ("width", "height"))
        assert picture.shape[:2] == (pytest.approx(high, abs=1), pytest.approx(wide, abs=1))
        assert matplotlib.colors.to_hex(picture[0, 0]) == theme.PAPER.lower()
        ink = np.array(matplotlib.colors.to_rgb(theme.INK))
        assert (np.abs(picture[:, :, :3] - ink).max(axis=2) < 0.05).sum() > 300  # letters, which nothing else is as dark as
    assert made[0]["figure-1.en.png"] != made[0]["figure-1.vi.png"]
