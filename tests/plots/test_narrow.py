import re
from itertools import pairwise

import pandas as pd
import pytest

from segkit.plots import segmentation
from segkit.plots.canvas import Picture, narrow
from segkit.report import figure, render


def bars(names, height=3.0):
    ax = Picture((4.9, height)).add_subplot()
    ax.barh(range(len(names)), [i + 1 for i in range(len(names))], color="#0072B2", label="Share")
    ax.set_yticks(range(len(names)), names)
    return ax


def test_letters_keep_their_size_in_a_narrow_picture():
    wide = bars(["a", "b"]).figure
    slim = narrow.svg(wide, wide.svg())
    assert set(re.findall(r'font-size="([\d.]+)"', slim)) == set(re.findall(r'font-size="([\d.]+)"', wide.svg()))
    width, letters = float(re.search(r'width="([\d.]+)pt"', slim)[1]), 9.5
    assert width * narrow.LETTERS / letters == pytest.approx(narrow.PIXELS, abs=1)
    assert wide.width == pytest.approx(4.9 * 72)


def test_long_names_go_on_in_the_next_line():
    made = narrow.narrowed(bars(["A name that is very long for a phone", "b"]).figure, 240)
    assert made.panels[0].y.words[0].count("\n") >= 1
    left, _top, right, _bottom = made.panels[0].box
    assert right - left >= narrow.LEAST * 240


def test_names_of_several_lines_stand_one_below_the_other():
    wide = bars([f"A name of bar {i} that takes three lines of it" for i in range(14)]).figure
    made = narrow.narrowed(wide, 240)
    boxes = sorted((box for box in narrow._ticks(made.panels[0]) if box[2] < made.panels[0].box[0]), key=lambda box: box[1])
    assert len(boxes) == 14
    assert all(upper[3] <= lower[1] for upper, lower in pairwise(boxes))
    assert made.height > wide.height


def test_texts_that_would_lie_over_each_other_keep_the_picture_wide():
    ax = Picture((4.9, 3)).add_subplot()
    ax.bar(range(6), range(6), color="#0072B2")
    ax.set_xticks(range(6), ["Saturday"] * 6)
    assert narrow.narrowed(ax.figure, 240) is None


def test_panels_of_two_columns_stand_in_one_each_as_high_as_before():
    index = pd.MultiIndex.from_product([["spend", "visits"], [1, 2, 3]], names=["variable", "segment"])
    table = pd.DataFrame({"mean": 3.0, "total_mean": 2.0, "index_100": 150.0, "is_marker": True}, index=index)
    wide = segmentation.profile.panel(table).figure
    wide.settle()
    made = narrow.narrowed(wide, 240)
    assert [p.row for p in made.panels] == [0, 1, 2]
    assert [p.x.shows_words for p in made.panels] == [False, False, True]
    assert [bool(p.x.label) for p in made.panels] == [False, False, True]
    high = [bottom - top for _left, top, _right, bottom in (p.box for p in (wide.panels[0], made.panels[0]))]
    assert high[1] == pytest.approx(high[0], rel=0.35)
    assert len(wide.panels) == 4


def test_a_page_holds_both_and_shows_what_fits_the_screen():
    table = pd.DataFrame({"customer_share": [0, 0.2, 1], "revenue_share": [0, 0.6, 1.0]})
    from segkit.plots import customers

    page = str(render.html(figure("Concentrated", customers.concentration, table).payload, "vi", "", 1))
    assert page.count("<svg ") == 2
    assert page.index('class="wide"') < page.index('class="slim"')
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
