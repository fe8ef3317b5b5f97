"""Plots are tested by what is on the Axes: heights, labels, order, and the sentence that describes them."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from segkit.plots import customers, lifecycle, positioning, rectangles, segmentation, targeting, theme
from segkit.words import language
from segkit.words.language import translate


@pytest.fixture
def tiers():
    return pd.DataFrame({"customer_share": [0.2, 0.8], "revenue_share": [0.6, 0.4]},
                        index=pd.Index(["Top customers", "Base customers"], name="segment"))


@pytest.fixture
def months():
    index = pd.DatetimeIndex(["2024-01-01", "2024-02-01", "2024-03-01"], name="month")
    return pd.DataFrame({"revenue": [100.0, 150.0, 20.0], "is_whole": [True, True, False]}, index=index)


@pytest.fixture
def profiled():
    index = pd.MultiIndex.from_product([["visits", "spend"], [1, 2]], names=["variable", "segment"])
    return pd.DataFrame({"index_100": [50.0, 150.0, 90.0, 110.0], "is_marker": [True, True, False, False]}, index=index)


@pytest.fixture
def shares():
    index = pd.MultiIndex.from_product([[1, 2], ["rent", "own"]], names=["segment", "value"])
    return pd.DataFrame({"n": [3, 7, 6, 4], "within_share": [0.3, 0.7, 0.6, 0.4], "total_share": [0.45, 0.55, 0.45, 0.55],
                         "index_100": [67.0, 127.0, 133.0, 73.0]}, index=index)


@pytest.fixture
def brand_table():
    return pd.DataFrame({"penetration": [0.5, 0.25], "purchase_frequency": [3.0, 2.0], "value_share": [0.7, 0.3],
                         "low": [0.6, 0.2], "high": [0.8, 0.4]}, index=pd.Index(["A", "B"], name="brand"))


def drawn(tiers, months, profiled, shares, brand_table) -> dict:
    curve = pd.DataFrame({"customer_share": [0.0, 0.2, 1.0], "revenue_share": [0.0, 0.6, 1.0]})
    many = pd.DataFrame({"explained_share": [0.3, 0.4], "near_best_share": [1.0, 0.5], "smallest_share": [0.4, 0.2]},
                        index=pd.Index([2, 3], name="k"))
    told = pd.DataFrame({"effect_size": [0.1, 0.4], "adjusted_p": [0.2, 0.001]}, index=["age", "income"])
    grid = pd.DataFrame([[1, 2], [3, 4]], index=pd.Index([2, 1], name="r"), columns=pd.Index([1, 2], name="f"))
    points = pd.DataFrame({"kind": ["row", "row", "column"], "dim_1": [0.1, -0.2, 0.3], "dim_2": [0.0, 0.1, -0.1],
                           "quality": [0.9, 0.1, 1.0]}, index=["A", "B", "young"])
    inertia = pd.DataFrame({"inertia_share": [0.7, 0.3]})
    reach = pd.DataFrame({"index_100": [80.0, 120.0, 100.0, 95.0]},
                         index=pd.MultiIndex.from_product([["A", "B"], ["young", "old"]], names=["brand", "segment"]))
    ranking = pd.DataFrame({"attractiveness_score": [80.0, 20.0, None], "first_share": [0.9, 0.1, None]},
                           index=["A", "B", "C"])
    return {
        "concentration": (customers.concentration, curve), "by_segment": (customers.by_segment, tiers),
        "treemap": (customers.treemap, tiers.assign(monetary=[30.0, 5.0])), "heatmap": (customers.heatmap, grid), "over_time": (customers.over_time, months),
        "how_many": (segmentation.how_many, many), "profile": (segmentation.profile, profiled),
        "effect_sizes": (segmentation.effect_sizes, told), "descriptor": (segmentation.descriptor, shares),
        "bars": (positioning.bars, brand_table, "value_share"),
        "double_jeopardy": (positioning.double_jeopardy, brand_table),
        "perceptual_map": (positioning.perceptual_map, points, inertia), "reach": (positioning.reach, reach),
        "ranking": (targeting.ranking, ranking), **lifecycle_drawn(),
    }


def lifecycle_drawn() -> dict:
    weeks = pd.DataFrame({"phase": ["calibration", "calibration", "holdout"], "actual_purchases": [2, 4, 3],
                          "expected_purchases": [2.5, 3.0, 3.0], "cumulative_actual": [2, 6, 9],
                          "cumulative_expected": [2.5, 5.5, 8.5]}, index=pd.RangeIndex(1, 4, name="period"))
    groups = pd.DataFrame({"n_customers": [9, 4], "actual_purchases": [0.2, 1.1], "expected_purchases": [0.3, 1.0],
                           "status_quo_purchases": [0.0, 2.0]}, index=pd.Index(["0", "1+"], name="calibration_purchases"))
    cells = pd.MultiIndex.from_product([[1, 2], [10.0, 20.0]], names=["repeat_frequency", "last_purchase_age"])
    alive = pd.DataFrame({"probability_alive": [0.5, 0.8, 0.2, 0.9], "expected_purchases": [1.0, 2.0, 0.5, 4.0]}, cells)
    totals = pd.DataFrame({"n_customers": [10, 90], "total_lifetime_value": [600.0, 400.0], "lifetime_share": [0.6, 0.4],
                           "total_lifetime_value_low": [500.0, 300.0], "total_lifetime_value_high": [700.0, 550.0],
                           "lifetime_value": [60.0, 4.44]}, index=pd.Index([1, 2], name="segment"))
    return {"tracking": (lifecycle.tracking, weeks), "holdout": (lifecycle.holdout, groups),
            "alive_heatmap": (lifecycle.alive_heatmap, alive), "lifetime_value": (lifecycle.lifetime_value, totals)}


NAMES = ("concentration", "by_segment", "treemap", "heatmap", "over_time", "how_many", "profile", "effect_sizes", "descriptor",
         "bars", "double_jeopardy", "perceptual_map", "reach", "ranking", "tracking", "holdout", "alive_heatmap",
         "lifetime_value")


@pytest.fixture
def plots(tiers, months, profiled, shares, brand_table):
    return drawn(tiers, months, profiled, shares, brand_table)


@pytest.mark.parametrize("name", NAMES)
def test_plot_gives_axes_with_a_description_that_holds_a_number(plots, name):
    plot, *tables = plots[name]
    before = [t.copy() for t in tables if isinstance(t, pd.DataFrame)]
    ax = plot(*tables)
    assert any(c.isdigit() for c in theme.alt_text(ax))
    for kept, table in zip(before, (t for t in tables if isinstance(t, pd.DataFrame)), strict=True):
        pd.testing.assert_frame_equal(kept, table)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "profile"])
def test_plot_draws_on_the_axes_given(plots, name):
    plot, *tables = plots[name]
    ax = Figure().add_subplot()
    assert plot(*tables, ax=ax) is ax
    assert ax.has_data()


def test_every_public_plot_is_in_the_registry(plots):
    public = {name for module in (customers, lifecycle, positioning, segmentation, targeting) for name, f in vars(module).items()
              if callable(f) and getattr(f, "__module__", "") == module.__name__ and not name.startswith("_")}
    assert public == set(plots)


def test_every_public_plot_tells_how_to_read_it(plots):
    for name, (plot, *_) in plots.items():
        text = plot.how_to_read
        assert 2 <= text.count(". ") + 1 <= 4, name
        assert translate(text, "vi") != text, name
        assert plot.__name__ == name


def test_bars_have_the_heights_of_the_table(tiers):
    ax = customers.by_segment(tiers)
    assert sorted(p.get_width() for p in ax.patches) == [0.2, 0.4, 0.6, 0.8]


def test_month_that_is_not_whole_is_not_on_the_line(months):
    line, part = customers.over_time(months).get_lines()
    assert list(line.get_ydata()) == [100.0, 150.0]
    assert list(part.get_ydata()) == [20.0]


def test_marker_variables_stand_out(profiled):
    ax = segmentation.profile(profiled)
    marked, plain = (p.get_facecolor() for p in ax.patches[:2])
    assert marked != plain


def test_uncertain_effects_are_hollow(plots):
    plot, told = plots["effect_sizes"]
    faces = plot(told).collections[-1].get_facecolors()
    assert tuple(faces[0][:3]) == (1, 1, 1)
    assert tuple(faces[1][:3]) != (1, 1, 1)


def test_more_than_six_values_become_a_heat_map():
    index = pd.MultiIndex.from_product([[1, 2], [f"v{i}" for i in range(8)]], names=["segment", "value"])
    table = pd.DataFrame({"n": 1, "within_share": 0.125, "index_100": 100.0}, index=index)
    ax = segmentation.descriptor(table)
    assert [t.get_text() for t in ax.get_yticklabels()] == [f"v{i}" for i in range(8)]


def test_knocked_out_segments_are_not_drawn(plots):
    plot, ranking = plots["ranking"]
    assert [t.get_text() for t in plot(ranking).get_yticklabels()] == ["A", "B"]


def test_labels_follow_the_language(brand_table):
    with language.use("vi"):
        assert positioning.double_jeopardy(brand_table).get_xlabel() == "Tỷ lệ thâm nhập"
    assert positioning.double_jeopardy(brand_table).get_xlabel() == "Penetration"


def test_mathematics_in_a_name_is_text():
    table = pd.DataFrame({"value_share": [0.6, 0.4]}, index=["$x^2$", "<b>"])
    with theme.style():
        ax = positioning.bars(table, "value_share")
        ax.figure.canvas.draw()
    assert ax.get_yticklabels()[0].get_text() == "$x^2$"


def test_style_is_not_global():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with theme.style():
        pass
    assert dict(mpl.rcParams) == before


def test_tracking_tells_what_the_model_has_seen():
    _, weeks = lifecycle_drawn()["tracking"]
    ax = lifecycle.tracking(weeks)
    dots, line, border = ax.get_lines()
    assert list(dots.get_ydata()) == [2, 6, 9]
    assert list(line.get_ydata()) == [2.5, 5.5, 8.5]
    assert list(border.get_xdata()) == [2.5, 2.5]
    assert list(lifecycle.tracking(weeks, cumulative=False).get_lines()[0].get_ydata()) == [2, 4, 3]


def test_heatmap_has_often_bought_customers_at_the_top():
    _, alive = lifecycle_drawn()["alive_heatmap"]
    image = lifecycle.alive_heatmap(alive).get_images()[0]
    assert image.get_array().tolist() == [[0.5, 0.8], [0.2, 0.9]]
    assert image.origin == "lower"


def test_interval_without_an_upper_end_is_drawn_to_the_bar():
    _, totals = lifecycle_drawn()["lifetime_value"]
    endless = totals.assign(total_lifetime_value_high=[float("inf"), 550.0])
    ax = lifecycle.lifetime_value(endless)
    assert ax.get_xlim()[1] == pytest.approx(1.18 * 600)
    assert [p.get_width() for p in ax.patches] == [600.0, 400.0]


def test_segments_without_anybody_have_no_bar_and_no_rectangle(tiers):
    wider = pd.concat([tiers, pd.DataFrame(0.0, pd.Index(["New customers"], name="segment"), tiers.columns)])
    assert [t.get_text() for t in customers.by_segment(wider).get_yticklabels()] == list(tiers.index)
    ax = customers.treemap(wider.assign(monetary=[30.0, 5.0, float("nan")]))
    assert len(ax.patches) == 2
    assert "New customers" not in "".join(t.get_text() for t in ax.texts)


def test_rectangles_of_a_treemap_have_the_areas_and_fill_the_square():
    areas = [0.4, 0.25, 0.15, 0.1, 0.06, 0.03, 0.01]
    boxes = rectangles.squares(areas)
    assert [w * h for _, _, w, h in boxes] == pytest.approx(areas)
    for i, (x, y, w, h) in enumerate(boxes):
        assert min(x, y) >= 0
        assert max(x + w, y + h) <= 1 + 1e-12
        assert max(w / h, h / w) < 4
        for a, b, c, d in boxes[:i]:
            assert min(x + w, a + c) - max(x, a) < 1e-12 or min(y + h, b + d) - max(y, b) < 1e-12


def test_the_shade_of_a_rectangle_is_what_a_customer_brings(tiers):
    ax = customers.treemap(tiers.assign(monetary=[30.0, 5.0]))
    shade = {round(p.get_width() * p.get_height(), 3): sum(p.get_facecolor()[:3]) for p in ax.patches}
    assert shade[0.2] < shade[0.8]


def test_bars_of_unknown_values_are_empty_and_say_so():
    table = pd.DataFrame({"value_share": [0.4, None]}, index=["A", "B"])
    ax = positioning.bars(table, "value_share")
    assert [bar.get_width() for bar in ax.patches] == [0.4, 0]
    assert [t.get_text() for t in ax.texts] == ["40%", "–"]
    assert positioning.bars(table.iloc[1:], "value_share").get_xlim() == (0, 1)
