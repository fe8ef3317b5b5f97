"""A user's columns and values are shown as they stand, or by the label that came with their data; never as kit words."""

import numpy as np
import pandas as pd
import pytest

from segkit.plots import segmentation as draw_segments
from segkit.plots import theme
from segkit.report import figure, finding, render, table
from segkit.segmentation import profile
from segkit.segmentation.result import Segmentation
from segkit.words import catalogue, labels, language, terms
from segkit.words.errors import DataError

OWN_COLUMNS = sorted(terms.TERMS)
SENTENCES = sorted({m for m, _ in catalogue.messages() if isinstance(m, str) and "\n" not in m and "{" not in m})


@pytest.fixture(autouse=True)
def no_labels(monkeypatch):
    monkeypatch.setattr(labels, "_given", {})


def html(display, code):
    return str(render.html(display.payload, code, "", 1)).replace("<wbr>", "")


def segmented(n):
    label = pd.DataFrame({"segment": np.arange(n) % 2 + 1})
    return Segmentation("given", ("formed",), label, pd.DataFrame({"size": [n / 2] * 2}, index=pd.Index([1, 2], name="segment")),
                        pd.DataFrame([{"k": 2}]), {})


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_a_descriptor_named_like_a_result_column_keeps_its_name(code):
    n = 40
    known = pd.DataFrame({name: np.where(np.arange(n) % 4 < 2, "a", "b") for name in OWN_COLUMNS})
    described = profile.describe(known, segmented(n), OWN_COLUMNS)
    page = html(table("Descriptors", described, columns=["n"], max_rows=len(OWN_COLUMNS)), code)
    for name in OWN_COLUMNS:
        assert f">{name}</th>" in page, name
    picture = figure("Descriptors", draw_segments.effect_sizes, described.head(40)).payload["svg"][code]
    for name in described.head(40).index:
        assert f">{name}</text>" in picture or f">{name[:8]}" in picture, name


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_brands_named_like_sentences_of_the_kit_keep_their_names(code):
    brands = pd.DataFrame({"penetration": 0.5}, index=pd.Index(SENTENCES, name="brand"))
    page = html(table("Brands", brands, max_rows=len(SENTENCES)), code)
    wide = html(table("Brands", brands.T), code)
    for name in SENTENCES:
        assert f">{render.safe(name)}</th>" in page, name
        assert f">{render.safe(name)}</th>" in wide, name
        assert theme.value(name) == name
        assert render.said(finding("{brand:value} leads.", brand=name).payload, code).startswith(name)


def test_brands_of_the_vietnamese_page_are_those_of_the_data():
    said = finding("{brand:value} leads with {value:percent} of the money spent.", brand="Source", value=0.4)
    assert "Source" in render.said(said.payload, "vi")
    assert "Nguồn" not in render.said(said.payload, "vi")


def test_names_of_segments_of_the_kit_are_translated_and_others_are_not():
    named = pd.DataFrame({"size": [3, 2]}, index=pd.Index(["Champions", "Rows"], name="segment"))
    page = html(table("Segments", named), "vi")
    assert "Khách hàng vàng" in page
    assert ">Rows</th>" in page


def test_labels_of_a_study_are_shown_in_each_language():
    labels.give({"vi": {"stage": "Bậc thẻ", "gold": "Vàng"}, "en": {"stage": "Card"}})
    assert [theme.name("stage"), theme.value("gold")] == ["Card", "gold"]
    told = table("Shares", pd.DataFrame({"within_share": [0.5]}, index=pd.Index(["stage"], name="descriptor")))
    labels._given.clear()  # a page is written elsewhere
    assert ">Bậc thẻ</th>" in html(told, "vi")
    assert ">Card</th>" in html(told, "en")


@pytest.mark.parametrize(("given", "said"), [
    ([], "not labels by language"), ({"fr": {}}, "the language 'fr'"), ({"vi": "Tuổi"}, "`vi`"),
    ({"vi": {"age": ""}}, "'age'"), ({"vi": {"age": 3}}, "is 3, not a text")])
def test_labels_that_are_none_are_refused(given, said):
    with pytest.raises(DataError, match=said):
        labels.give(given)
