"""Figures of seaborn and matplotlib on a page: alone, seeded, with words for marks, in both languages and schemes."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
import seaborn.objects as so

from segkit.report import figure
from segkit.words import labels
from segkit.words.errors import SegkitError

SPENT = pd.DataFrame({"segment": ["a", "b", "c"], "revenue": [1.0, 2, 1234.5]})
NOISE = pd.DataFrame({"frequency": np.arange(60) % 7, "monetary": np.arange(60.0) ** 1.1, "f": list("ab") * 30})


def drawn(plot, *tables, code="en", **arguments):
    return figure("A figure", plot, *tables, alt="What it shows", **arguments).payload["svg"][code]


@pytest.mark.parametrize(("plot", "frame", "arguments"), [
    (sns.barplot, SPENT, {"x": "segment", "y": "revenue"}),
    (sns.barplot, NOISE, {"x": "f", "y": "monetary"}),  # its bars have bootstrapped intervals
    (sns.stripplot, NOISE, {"x": "f", "y": "monetary"}),  # its dots are scattered by chance
    (sns.histplot, NOISE, {"x": "monetary"}), (sns.scatterplot, NOISE, {"x": "frequency", "y": "monetary", "hue": "f"}),
    (sns.boxplot, NOISE, {"x": "f", "y": "monetary"}), (sns.ecdfplot, NOISE, {"x": "monetary", "hue": "f"}),
    (sns.heatmap, NOISE[["frequency", "monetary"]].corr(), {}), (sns.pairplot, NOISE, {}),
    (sns.relplot, NOISE, {"x": "frequency", "y": "monetary", "col": "f"})], ids=lambda v: getattr(v, "__name__", ""))
def test_a_figure_stands_alone_and_is_the_same_bytes_twice(plot, frame, arguments):
    plt.figure(), plt.bar([0, 1], [1, 2])  # a figure of the reader's own
    mine, stream = plt.get_fignums(), np.random.get_state()[1].tolist()
    try:
        first = drawn(plot, frame, **arguments)
        drawn(sns.barplot, SPENT, x="segment", y="revenue")
        assert drawn(plot, frame, **arguments) == first
        assert plt.get_fignums() == mine
        assert np.random.get_state()[1].tolist() == stream
    finally:
        plt.close("all")


def test_functions_of_pyplot_pandas_and_objects_draw_too():
    assert "<svg" in drawn(plt.plot, [1, 2], [3, 4])
    assert "<svg" in drawn(SPENT.plot.bar, x="segment", y="revenue")
    assert "<svg" in drawn(lambda t: so.Plot(t, x="segment", y="revenue").add(so.Bar()), SPENT)


def test_bars_lines_and_clouds_say_what_they_stand_for():
    bars = drawn(sns.barplot, SPENT, x="segment", y="revenue")
    assert re.findall("<title>(.+?)</title>", bars) == ["a: 1.00", "b: 2.00", "c: 1,234"]
    assert "<title>c: 1.234</title>" in drawn(sns.barplot, SPENT, x="segment", y="revenue", code="vi")
    across = drawn(sns.barplot, SPENT, y="segment", x="revenue")
    assert "<title>c: 1,234</title>" in across
    heights = re.findall("<title>.+ – .+: (.+?)</title>", drawn(sns.histplot, NOISE, x="monetary", bins=4))
    assert [float(h) for h in heights] == np.histogram(NOISE["monetary"], 4)[0].tolist()


def test_axes_are_named_in_both_languages_but_a_users_columns_keep_their_names(monkeypatch):
    monkeypatch.setattr(labels, "_given", {})
    kit = [drawn(sns.scatterplot, NOISE, x="frequency", y="monetary", code=code) for code in ("en", "vi")]
    assert [">Frequency<" in kit[0], ">Tần suất<" in kit[1]] == [True, True]
    mine = NOISE.copy()
    mine.attrs["own"] = True
    assert ">frequency<" in drawn(sns.scatterplot, mine, x="frequency", y="monetary", code="vi")
    labels.give({"vi": {"frequency": "Số lần"}})
    assert ">Số lần<" in drawn(sns.scatterplot, mine, x="frequency", y="monetary", code="vi")


def test_ink_and_paper_follow_the_page():
    picture = drawn(sns.boxplot, NOISE, x="f", y="monetary") + drawn(sns.scatterplot, NOISE, x="frequency", y="monetary")
    greys = re.findall(r"#([0-9a-f]{2})\1\1\b", picture)
    assert not [g for g in greys if g < "70" or g >= "f0"]
    assert "var(--ink)" in picture
    assert "var(--paper)" in picture


def fails(*_args, **_kwargs):
    raise ValueError("no such column")


@pytest.mark.parametrize(("plot", "alt", "said"), [
    (sns.barplot, "", "say in `alt` what the picture shows"), (fails, "x", "`fails`: cannot draw: ValueError"),
    (lambda *_a, **_k: None, "x", "draws nothing")])
def test_a_figure_that_is_none_is_told_in_plain_words(plot, alt, said):
    with pytest.raises(SegkitError, match=re.escape(said)):
        figure("A figure", plot, SPENT, alt=alt, **({"x": "segment", "y": "revenue"} if plot is sns.barplot else {}))
    assert not plt.get_fignums()


def test_categories_and_legends_have_the_labels_of_the_data(monkeypatch):
    monkeypatch.setattr(labels, "_given", {})
    labels.give({"vi": {"a": "Nhóm A", "frequency": "Số lần"}})
    bars = drawn(sns.barplot, SPENT, x="segment", y="revenue", code="vi")
    assert ">Nhóm A<" in bars
    assert "<title>Nhóm A: 1,00</title>" in bars
    assert ">Nhóm A<" in drawn(sns.scatterplot, NOISE, x="frequency", y="monetary", hue="f", code="vi")
    assert ">Số lần<" in drawn(sns.heatmap, NOISE[["frequency", "monetary"]].corr(), code="vi")


def test_the_axis_of_a_distribution_is_in_the_language_of_the_page():
    made = figure("Who", sns.histplot, pd.DataFrame({"x": [1.0, 2.0, 2.5, 4.0]}), x="x", alt="Bars.").payload["svg"]
    english, vietnamese = made["en"], made["vi"]
    assert "Count" in english
    assert "Count" not in vietnamese
    assert "Số lượng" in vietnamese
