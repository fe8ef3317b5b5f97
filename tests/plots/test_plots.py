"""Plots are tested by what is on the Axes: heights, labels, order, and the sentence that describes them."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from segkit.plots import (
    choice,
    customers,
    lifecycle,
    maps,
    positioning,
    rectangles,
    segmentation,
    stability,
    targeting,
    theme,
)
from segkit.words import language
from segkit.words.language import translate

NAMES = ("concentration", "by_segment", "treemap", "heatmap", "over_time", "how_many", "profile", "boxes", "effect_sizes", "descriptor",
         "bars", "double_jeopardy", "perceptual_map", "reach", "ranking", "points", "dumbbell", "ladder", "tracking", "holdout", "alive_heatmap",
         "lifetime_value")


@pytest.mark.parametrize("name", NAMES)
def test_plot_gives_axes_with_a_description_that_holds_a_number(plots, name):
    plot, *tables = plots[name]
    before = [t.copy() for t in tables if isinstance(t, pd.DataFrame)]
    ax = plot(*tables)
    assert any(c.isdigit() for c in theme.alt_text(ax))
    for kept, table in zip(before, (t for t in tables if isinstance(t, pd.DataFrame)), strict=True):
        pd.testing.assert_frame_equal(kept, table)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("profile", "boxes")])
def test_plot_draws_on_the_axes_given(plots, name):
    plot, *tables = plots[name]
    ax = Figure().add_subplot()
    assert plot(*tables, ax=ax) is ax
    assert ax.has_data()


def test_every_public_plot_is_in_the_registry(plots):
    public = {name for module in (choice, customers, lifecycle, maps, positioning, segmentation, targeting) for name, f in vars(module).items()
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


def test_a_pair_of_dots_per_segment_is_hollow_where_the_gap_may_be_chance(tiers):
    ax = customers.dumbbell(tiers.assign(revenue_share_low=[0.5, 0.3], revenue_share_high=[0.7, 0.85]))
    dots = [line for line in ax.get_lines() if len(line.get_xdata())]
    assert sorted(float(line.get_xdata()[0]) for line in dots) == [0.2, 0.4, 0.6, 0.8]
    hollow = {float(d.get_xdata()[0]) for d in dots if d.get_markerfacecolor() == "none"}
    assert hollow == {0.4}  # 0.8 lies within 0.3 to 0.85
    assert "Top customers brings most beyond its size: 60% of revenue from 20%" in theme.alt_text(ax)
    assert "None brings more" in theme.alt_text(customers.dumbbell(tiers.assign(revenue_share_low=0.1, revenue_share_high=0.9)))


def test_points_have_a_star_where_their_interval_leaves_100(plots):
    _, pointed = plots["points"]
    ax = targeting.points(pointed)
    assert [t.get_text() for t in ax.texts] == ["140*", "90", "70*", "110"]
    assert "A on Size: 140" in theme.alt_text(ax)
    calm = pointed.assign(points_low=80.0, points_high=120.0)
    assert "None is farther" in theme.alt_text(targeting.points(calm))


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
    assert min(faces[0][:3]) > 0.99
    assert min(faces[1][:3]) < 0.5


def test_more_than_six_values_become_a_heat_map():
    index = pd.MultiIndex.from_product([[1, 2], [f"v{i}" for i in range(8)]], names=["segment", "value"])
    table = pd.DataFrame({"n": 1, "within_share": 0.125, "index_100": 100.0, "adjusted_p": 1.0}, index=index)
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


def test_tracking_tells_what_the_model_has_seen(plots):
    _, weeks = plots["tracking"]
    ax = lifecycle.tracking(weeks)
    dots, line, border = ax.get_lines()
    assert list(dots.get_ydata()) == [2, 6, 9]
    assert list(line.get_ydata()) == [2.5, 5.5, 8.5]
    assert list(border.get_xdata()) == [2.5, 2.5]
    assert list(lifecycle.tracking(weeks, cumulative=False).get_lines()[0].get_ydata()) == [2, 4, 3]


def test_heatmap_has_often_bought_customers_at_the_top(plots):
    _, alive = plots["alive_heatmap"]
    image = lifecycle.alive_heatmap(alive).get_images()[0]
    assert image.get_array().tolist() == [[0.5, 0.8], [0.2, 0.9]]
    assert image.origin == "lower"


def test_calibration_puts_what_came_over_what_was_expected(plots):
    _, tenths = plots["calibration"]
    ax = lifecycle.calibration(tenths)
    diagonal, dots = ax.get_lines()
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    assert (list(dots.get_xdata()), list(dots.get_ydata())) == ([0.8, 0.4, 0.05], [0.7, 0.42, 0.1])
    assert "80% were expected to buy and 70% did" in theme.alt_text(ax)


def test_interval_without_an_upper_end_is_drawn_to_the_bar(plots):
    _, totals = plots["lifetime_value"]
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


def test_no_interval_and_no_month_of_refunds_leaves_the_picture(brand_table, months):
    wide = brand_table.assign(high=[1.4, 0.5])
    assert positioning.bars(wide, "value_share", low="low", high="high").get_xlim()[1] >= 1.4
    refunded = months.assign(revenue=[100.0, -40.0, 20.0])
    assert customers.over_time(refunded).get_ylim()[0] <= -40
    assert customers.over_time(months).get_ylim()[0] == 0


def test_long_names_of_segments_stand_on_lines_of_their_own(stability_plots, profiled):
    _, tiles = stability_plots["mosaic"]
    long = tiles.rename(index={1: "Seldom, mostly weekends", 2: "Frequent large baskets"}, level="segment")
    assert [t.get_text() for t in stability.mosaic(long).get_xticklabels()] == ["Seldom, mostly\nweekends", "Frequent large\nbaskets"]
    titles = profiled.rename(index={1: "Seldom, mostly weekends"}, level="segment")
    assert segmentation.profile(titles).get_title("left") == "Seldom,\nmostly\nweekends"
