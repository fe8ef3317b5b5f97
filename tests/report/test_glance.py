"""Cards of segments: the numbers of the tables, no group of a few, every word escaped."""

import re

import numpy as np
import pandas as pd
import pytest

from segkit import report
from segkit.report import MIME, chain, people, render
from segkit.segmentation import cards, kmeans, profile, saved
from segkit.words import labels

NAMES = {"1": {"en": "Often <b>", "vi": "Thường xuyên"}, "2": {"en": "Few", "vi": "Ít"}}


@pytest.fixture(autouse=True)
def own_labels(monkeypatch):
    monkeypatch.setattr(labels, "_given", {})


def shown(sizes=(40, 30), names=NAMES):
    rng = np.random.default_rng(1)
    X = pd.DataFrame({"frequency": np.repeat([20.0, 2.0], sizes) + rng.random(sum(sizes)),
                      "average_basket": np.repeat([5.0, 50.0], sizes) + rng.random(sum(sizes))})
    known = pd.DataFrame({"town": np.repeat(["Huế", "Vinh"], sizes), "age": np.repeat([30.0, 50.0], sizes)})
    s = saved.named(kmeans.segment(X, 2, random_state=1), names)
    within = pd.DataFrame({"segment": np.repeat(s.segments.index, 3), "jaccard": [0.9, 0.95, 0.99, 0.4, 0.45, 0.6]})
    worth = pd.DataFrame({"revenue_share": [0.7, 0.3], "revenue_share_low": [0.6, 0.2], "revenue_share_high": [0.8, 0.4]}, index=s.segments.index)
    return X, known, s, profile.segments(X, s), within, worth


def page_of(display) -> dict:
    return {"cells": [{"outputs": [{"data": {MIME: display.payload}}]}]}


def test_a_card_holds_the_numbers_of_its_tables():
    X, known, s, found, within, worth = shown()
    text = str(render.html(report.cards(cards.table(s, found, within, worth, known, "town"), "town", "USD").payload, "en", "USD"))
    first, second = re.findall(r'<section class="card">.*?</section>', text)
    assert "Often &lt;b&gt;" in first
    assert "<b>" not in text
    assert "40 people, 57.1% of all." in first
    assert "70% of revenue (95% interval 60% to 80%)." in first
    mean, total = X.loc[s.labels == "Often <b>", "average_basket"].mean(), X["average_basket"].mean()
    assert f"Average basket: ${mean:.2f} (all: ${total:.2f})" in first
    assert "Who they are, of those known: town, Huế: 100% (all: 57.1%)." in first
    assert "Found again in new samples of the same people (Jaccard index 0.950)." in first
    assert "Dissolves in new samples of the same people (Jaccard index 0.450)." in second


def test_a_number_describes_by_its_means_and_only_unnamed_segments_get_a_proposal():
    _, known, s, found, within, worth = shown(names={"1": NAMES["1"]})
    text = str(render.html(report.cards(cards.table(s, found, within, worth, known, "age", {1: NAMES["1"]}), "age").payload, "en"))
    assert "age, 30.0 on average (all: 38.6)." in text
    assert text.count("Proposed name:") == 1
    assert "<h3>Segment 2</h3>" in text
    assert "Proposed name: large baskets, buy rarely" in text or "Proposed name: buy rarely, large baskets" in text


def test_both_languages_have_their_names():
    _, known, s, found, within, worth = shown()
    payload = report.cards(cards.table(s, found, within, worth, known, "town"), "town").payload
    assert "Thường xuyên" in str(render.html(payload, "vi"))
    assert "40 người" in str(render.html(payload, "vi"))


def test_a_card_of_a_few_people_is_left_out_and_told():
    _, known, s, found, within, worth = shown((40, 9))
    display = report.cards(cards.table(s, found, within, worth, known, "town"), "town")
    guarded = people.guarded(page_of(display))["cells"][0]["outputs"][0]["data"][MIME]
    text = str(render.html(guarded, "en"))
    assert "Few" not in text
    assert "not shown: 1." in text


def test_a_small_group_that_has_a_name_in_each_language_is_left_out_everywhere():
    _, _, s, _, _, _ = shown((40, 9))
    table = report.table("Sizes", s.segments)
    other = report.table("Means", pd.DataFrame({"mean": [1.0, 2.0]}, index=s.segments.index))
    said = report.finding("{segment:segment} is small.", segment="Few")
    large = report.finding("{segment:segment} is large.", segment="Often <b>")
    made = {"cells": [{"outputs": [{"data": {MIME: d.payload}} for d in (table, other, said, large)]}]}
    one, two, three, four = (o["data"][MIME] for o in people.guarded(made)["cells"][0]["outputs"])
    assert len(one["rows"]) == len(two["rows"]) == 1
    assert three["kind"] == "text"
    assert three["text"] == people.HIDDEN
    assert four["kind"] == "finding"


def test_by_hand_nothing_is_kept_and_in_a_build_it_is_taken_out(monkeypatch):
    X, _, s, *_ = shown(names={})
    monkeypatch.delenv("SEGKIT_STUDY", raising=False)
    assert not [kind for kind in report.keep(s, X)._repr_mimebundle_() if "segmentation" in kind]
    monkeypatch.setenv("SEGKIT_STUDY", "my-shop")
    display = report.keep(s, X)
    assert "“segments: my-shop”" in repr(display)
    notebook = {"cells": [{"outputs": [{"data": display._repr_mimebundle_()}]}, {}]}
    content = chain.take(notebook)
    assert saved.unpack(content, "my-shop").segmentation.labels.equals(s.labels)
    assert chain.take(notebook) == b""
