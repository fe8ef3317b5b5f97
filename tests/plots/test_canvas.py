"""A figure is data: what is written as SVG is held against the same figure drawn with matplotlib."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.ticker import MaxNLocator

from segkit.plots import customers, positioning, theme
from segkit.plots import stages as draw_stages
from segkit.plots.canvas import Panel, Picture, axis, colours, marks, metrics
from segkit.plots.choice import around_zero
from segkit.words import language

NAMES = ("customers.concentration", "customers.by_segment", "customers.dumbbell", "lifecycle.ladder", "targeting.points", "customers.treemap", "customers.heatmap",
         "customers.over_time", "segmentation.how_many", "segmentation.profile", "segmentation.boxes", "segmentation.effect_sizes",
         "segmentation.descriptor", "positioning.bars", "positioning.double_jeopardy", "positioning.perceptual_map",
         "positioning.reach", "choice.elasticities", "choice.around_zero", "maps.attribute_map", "maps.similarity_map", "maps.importance_performance", "targeting.ranking", "targeting.evaluation", "targeting.ranks", "targeting.gain", "lifecycle.tracking", "lifecycle.holdout", "lifecycle.alive_heatmap",
         "lifecycle.calibration", "lifecycle.lifetime_value", "stages.rhythms", "stages.by_stage", "stages.bought_again", "stages.cohorts",
         "stages.retention", "stages.cumulative", "stages.migration", "stability.how_many", "stability.within",
         "stability.flows", "stability.mosaic", "journey.stages", "journey.transitions", "journey.uplift", "review.growth", "review.drift")


def on_canvas(plot, *given, **named):
    panel = plot.panel(*given, **named)
    assert isinstance(panel, Panel)
    return panel


def elements(panel, kind):
    root = ET.fromstring(panel.figure.svg())
    return [e for e in root.iter() if e.tag.endswith(f"}}{kind}")]


def boxes_of_texts(svg):
    """Left, top, right and bottom of each text, for those that are not turned."""
    for e in ET.fromstring(svg).iter():
        if e.tag.endswith("}text") and "transform" not in e.attrib:
            wide = metrics.width(e.text, float(e.get("font-size")), e.get("font-weight") == "bold")
            left = float(e.get("x")) - wide * {None: 0, "middle": 0.5, "end": 1}[e.get("text-anchor")]
            y = float(e.get("y"))
            yield left, y - float(e.get("font-size")) * metrics.CAPITAL, left + wide, y, e.text


def test_every_public_plot_is_here(every_plot):
    assert set(every_plot) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_limits_words_and_description_are_those_of_matplotlib(every_plot, name):
    plot, *tables = every_plot[name]
    theirs, ours = plot(*tables), on_canvas(plot, *tables)
    assert isinstance(theirs, Axes)
    assert theme.alt_text(theirs) == theme.alt_text(ours)
    ours.figure.settle()
    theirs.figure.draw_without_rendering()
    shown = [p for p in ours.figure.panels if p.visible]
    panels = [ax for ax in theirs.figure.axes if ax.get_visible() and ax.get_label() != "<colorbar>"]
    for panel, ax in zip(shown, panels, strict=True):
        if name not in ("positioning.perceptual_map", "maps.attribute_map", "maps.similarity_map"):  # equal units, in panels of slightly other sizes
            assert _numbers(panel.get_xlim(), ax.xaxis) == pytest.approx(ax.get_xlim(), rel=1e-9, abs=1e-9)
            assert panel.get_ylim() == pytest.approx(ax.get_ylim(), rel=1e-9, abs=1e-9)
        assert (panel.x.label, panel.y.label, panel.title) == (ax.get_xlabel(), ax.get_ylabel(), ax.get_title("left"))
        assert sorted(t.text for t in panel.texts() if t.text) == sorted(t.get_text() for t in ax.texts if t.get_text())
        for side, words in ((panel.x, ax.get_xticklabels()), (panel.y, ax.get_yticklabels())):
            if side.words and side.shows_words:
                assert side.words == [w.get_text() for w in words]
    for legend, other in zip(ours.figure.legends, theirs.figure.legends, strict=True):
        assert sorted(w for _, w in legend.entries) == sorted(t.get_text() for t in other.get_texts())


def _numbers(limits, of):
    """Days since 1970, as matplotlib counts, where the axis has dates."""
    return [v - 719163 for v in limits] if min(limits) > 700_000 and of.get_view_interval()[0] < 100_000 else limits


@pytest.mark.parametrize("code", language.LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_word_is_cut_or_leaves_the_picture(every_plot, name, code):
    plot, *tables = every_plot[name]
    with language.use(code):
        picture = on_canvas(plot, *tables).figure
        svg = picture.svg()
    texts = list(boxes_of_texts(svg))
    assert texts
    for left, top, right, bottom, text in texts:
        assert -0.5 <= left <= right <= picture.width + 0.5, text
        assert -0.5 <= top <= bottom <= picture.height + 0.5, text
    with language.use(code):
        assert on_canvas(plot, *tables).figure.svg() == svg  # the same bytes


@pytest.mark.parametrize("length", [1, 8, 20])
def test_names_of_any_length_and_values_at_the_ends_of_bars_have_room(length):
    table = pd.DataFrame({"value": [3_000_000.0, 20_000.0]}, index=["M" * length, "W" * length])
    picture = on_canvas(positioning.bars, table, "value", unit="USD").figure
    for left, _, right, _, text in boxes_of_texts(picture.svg()):
        assert 0 <= left <= right <= picture.width, text


def test_names_of_points_do_not_cover_each_other():
    picture = Picture((4.9, 3))
    panel = picture.add_subplot()
    x, y = [0.0, 0.01, 0.02, 1.0], [0.0, 0.01, 0.0, 1.0]
    panel.scatter(x, y, color="#000")
    panel.set_aspect("equal")
    panel.name_points(x, y, ["the first", "the second", "the third", "far"])
    picture.settle()
    boxes = [text.bounds(panel) for text in panel.texts()]
    for i, a in enumerate(boxes):
        assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in boxes[:i])


def test_names_of_points_stand_off_lines_and_a_line_leads_to_one_far_off():
    picture = Picture((4.9, 3))
    panel = picture.add_subplot()
    panel.set(xlim=(0, 10), ylim=(0, 10))
    panel.plot([0, 10], [5.6, 5.6], color="#000")
    panel.name_points([5], [5], ["a name"])
    picture.settle()
    (name,) = panel.texts()
    _, top, _, bottom = name.bounds(panel)
    assert not top < panel.y.place(5.6) < bottom
    assert not name.led
    crowd = picture.panels[0]
    places = [2, 2.3, 1.7, 2, 2, 2.3, 1.7, 1.7], [2, 2, 2, 2.3, 1.7, 2.3, 1.7, 2.3]
    crowd.name_points(*places, [f"the name {i}" for i in range(8)])
    picture.settle()
    names = crowd.names[1]
    assert any(name.led for name in names)
    boxes = [name.bounds(crowd) for name in names]
    for i, a in enumerate(boxes):
        assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in boxes[:i])


def test_an_oval_has_the_colour_of_its_dot(plots):
    _, coordinates, inertia = plots["perceptual_map"]
    rows = coordinates[coordinates["kind"] == "row"]
    ovals = rows[["dim_1", "dim_2"]].assign(long_radius=0.1, short_radius=0.05, direction=30.0)
    panel = positioning.perceptual_map.panel(coordinates, inertia, ovals)
    lines, dots = list(panel.lines()), next(m for m in panel.marks if isinstance(m, marks.Dots))
    assert [line.colour for line in lines] == list(dots.faces)
    assert len({line.colour for line in lines}) == len(rows)


def test_what_colours_and_hollow_dots_mean_stands_above_the_panel(plots):
    assert ">marker variable</text>" in on_canvas(*plots["profile"]).figure.svg()
    ends = pd.DataFrame({"gain": [1.0, 0.1], "low": [0.5, -0.1], "high": [1.5, 0.3]}, index=["a", "b"])
    drawn = around_zero.panel(ends, "gain", "low", "high", "decimal").figure.svg()
    assert ">may be zero</text>" in drawn
    assert "may be zero" not in around_zero.panel(ends.head(1), "gain", "low", "high", "decimal").figure.svg()


def test_units_are_equal_where_they_should_be(plots):
    panel = on_canvas(*plots["perceptual_map"])
    panel.figure.svg()
    assert panel.x.place(1) - panel.x.place(0) == pytest.approx(panel.y.place(0) - panel.y.place(1))


def test_panels_of_a_grid_have_one_size_and_do_not_touch():
    picture = Picture((4.9, 4))
    grid = picture.subplots(2, 2)
    for i, panel in enumerate(grid.flat):
        panel.set(title=f"Panel {i}", xlabel="a label", ylabel="two\nlines", ylim=(0, 10.0 ** (2 * i)))
    picture.settle()
    (first, second), (third, _) = [[p.box for p in row] for row in grid]
    assert len({(round(p.box[2] - p.box[0], 6), round(p.box[3] - p.box[1], 6)) for p in grid.flat}) == 1
    assert first[2] < second[0] - metrics.height("two\nlines")
    assert first[3] < third[1] - 2 * metrics.height("1")


@pytest.mark.parametrize("seed", range(40))
def test_ticks_are_those_of_matplotlib(seed):
    rng = np.random.default_rng(seed)
    low = rng.normal() * 10.0 ** rng.integers(-3, 5)
    high = low + 10.0 ** rng.uniform(-2, 6)
    most, whole = int(rng.integers(2, 10)), bool(seed % 3 == 0 and high - low > 3)
    theirs = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], integer=whole, min_n_ticks=2).tick_values(low, high)
    theirs = [t for t in theirs if low <= t <= high]
    ours = axis._round_numbers(low, high, most, whole)
    if len(theirs) >= 2:
        assert ours == pytest.approx(theirs, abs=1e-9 * (high - low))
    assert len(ours) <= most + 1
    assert all(low <= t <= high for t in ours)


def test_counts_have_no_ticks_between_and_numbers_of_columns_do_not_touch():
    panel = Picture((3, 2)).add_subplot()
    theme.format_axis(panel.y, "count")
    panel.set_ylim(0, 1)
    panel.set_xlim(0, 90)
    panel.set_xticks([i + 0.5 for i in range(90)], [str(i) for i in range(90)])
    panel.figure.settle()
    assert [word for _, word in panel.y.ticks(100, False)] == ["0", "1"]
    shown = panel.x.ticks(180, True)
    assert shown[0][1] == "0"
    assert len({round(b[0] - a[0], 6) for a, b in pairwise(shown)}) == 1
    assert (shown[1][0] - shown[0][0]) * 180 / 90 > metrics.width("89")


def test_a_logarithmic_axis_keeps_the_ticks_that_have_room(stage_plots):
    plot, table = stage_plots["rhythms"]
    panel = on_canvas(plot, table.assign(gap_days=np.geomspace(3, 250, len(table))))
    panel.figure.settle()
    assert panel.x.words == ["5", "10", "20", "50", "100", "200"]
    assert [word for _, word in panel.x.ticks(panel.box[2] - panel.box[0], True)] == panel.x.words


def test_words_on_an_axis_do_not_touch():
    panel = Picture((2, 2)).add_subplot()
    panel.set_xlim(0, 9_000_000)
    panel.x.set_major_formatter(lambda v, _: f"{v:,.2f}")
    panel.figure.settle()
    ticks = panel.x.ticks(panel.box[2] - panel.box[0], True)
    ends = [(panel.x.place(v) - metrics.width(w) / 2, panel.x.place(v) + metrics.width(w) / 2) for v, w in ticks]
    assert all(a[1] < b[0] for a, b in pairwise(ends))


@pytest.mark.parametrize("text", ["Share of customers, best first", "Tỷ lệ khách hàng, từ tốt nhất trở xuống",
                                  "1.234,56 ₫ – 100%", "ƯỚC LƯỢNG Đặng Thuỳ", "Hello\nSecond line"])
@pytest.mark.parametrize("bold", [False, True])
def test_widths_are_those_of_the_font(text, bold):
    from matplotlib.figure import Figure

    fig = Figure(dpi=72)
    drawn = fig.text(0, 0, text, fontsize=20, family="DejaVu Sans", weight="bold" if bold else "normal")
    theirs = drawn.get_window_extent(RendererAgg(400, 400, 72)).width
    assert metrics.width(text, 20, bold) == pytest.approx(theirs, rel=0.08 if bold else 0.03)


def test_letters_beyond_the_table_have_a_width():
    assert metrics.width("é", 100) == metrics.width("e", 100)
    assert metrics.width("e\u0301", 100) == metrics.width("e", 100)
    assert metrics.width("Ứ", 100) == metrics.width("Ư", 100)
    assert metrics.width("中", 100) == 100
    assert metrics.width("😀", 100) > 0


HOSTILE = ["<script>alert(1)</script>", '"><img onerror=x>', "]]></svg>", "{{ 7*7 }}", "a\u202eb"]


def test_names_are_only_text():
    table = pd.DataFrame({"value_share": np.linspace(0.1, 0.5, len(HOSTILE))}, index=HOSTILE)
    panel = on_canvas(positioning.bars, table, "value_share")
    root = ET.fromstring(panel.figure.svg())
    assert {e.tag.split("}")[1] for e in root.iter()} <= {"svg", "path", "rect", "g", "text", "title", "clipPath"}
    assert set(HOSTILE) <= {e.text for e in root.iter() if e.tag.endswith("}text")}
    assert not any(name.startswith("on") for e in root.iter() for name in e.attrib)


def test_the_tiles_of_a_mosaic_are_judged_by_the_adjusted_residual(stability_plots):
    from statsmodels.stats.contingency_tables import Table

    plot, tiles = stability_plots["mosaic"]
    theirs = Table(tiles["n"].unstack("value").to_numpy()).standardized_resids
    ax = plot(tiles)
    blue = [round(p.get_height(), 6) for p in ax.patches if p.get_facecolor()[2] > 0.6 and p.get_facecolor()[0] < 0.2]
    expected = tiles["within_share"].unstack("value").to_numpy()[theirs > 2]
    assert sorted(blue) == pytest.approx(sorted(expected))
    assert len(blue) == 2


def test_a_long_line_is_thinned_by_less_than_a_tenth_of_a_point():
    x = np.linspace(0, 300, 5000)
    points = list(zip(x, 100 * np.sqrt(x / 300), strict=True))
    thin = marks._thinned(points)
    assert len(thin) < 200
    at, up = np.transpose(thin)
    slope = np.gradient(np.interp(x, at, up), x)
    off = np.abs(np.interp(x, at, up) - 100 * np.sqrt(x / 300)) / np.hypot(1, slope)  # across the line, not upwards
    assert off.max() < 0.11
    assert thin[0] == points[0]
    assert thin[-1] == points[-1]


def test_missing_points_interrupt_a_line():
    panel = Picture((3, 2)).add_subplot()
    panel.plot([0, 1, 2, 3, 4], [1, 2, float("nan"), 1, 2], color="#123456")
    drawn = [e.get("d") for e in elements(panel, "path") if "#123456" in e.get("style", "")]
    assert len(drawn) == 2
    assert "nan" not in panel.figure.svg()


def test_what_is_not_known_is_not_drawn():
    panel, nan = Picture((3, 2)).add_subplot(), float("nan")
    panel.bar_label(panel.barh([0, 1], [1, nan], color="#123456"), ["one", "none"])
    panel.bar([0], [nan], color="#123456")
    panel.scatter([nan, 1], [0, 1], color="#123456")
    panel.hlines([0, 1], [0, nan], [1, 1], color="#123456")
    panel.axvline(0.5, color="#123456")
    panel.axhline(nan, color="#123456")
    panel.annotate("nowhere", (nan, 1))
    panel.set_xlim(0, nan)
    svg = panel.figure.svg()
    assert "nan" not in svg
    assert "nowhere" not in svg
    assert svg.count("<rect") == 2  # one bar, and what clips
    empty = pd.DataFrame(np.full((2, 2), nan))
    ax = theme.panel()
    theme.heat(ax, empty, empty.map(lambda _: ""), ["a", "b"], ["x", "y"])
    assert "nan" not in ax.figure.svg()


@pytest.mark.parametrize("ramp", sorted(colours.RAMPS))
def test_every_text_on_a_shade_can_be_read(ramp):
    for share in np.linspace(0, 1, 101):
        text = theme.on_shade(ramp, share)
        light, dark = sorted((colours.luminance(colours.shade(ramp, share)), 1.0 if text == "white" else 0.0),
                             reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_shades_go_one_way():
    for ramp in ("blue", "dusk"):
        lightness = [colours.luminance(colours.shade(ramp, s)) for s in np.linspace(0, 1, 50)]
        assert lightness in (sorted(lightness), sorted(lightness, reverse=True))
    assert colours.shade("blue", -5) == colours.shade("blue", 0)
    assert colours.shade("blue", 7) == colours.shade("blue", 1)


def test_the_picture_of_many_cells_has_their_colours(plots):
    import base64
    import io

    from PIL import Image

    panel = on_canvas(*plots["alive_heatmap"])
    (image,) = elements(panel, "image")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.get("href").split(",")[1]))))
    values = [[0.2, 0.9], [0.5, 0.8]]  # the first row of the table is at the bottom
    expected = [[[round(255 * c) for c in colours.shade("dusk", v)] for v in row] for row in values]
    assert pixels.tolist() == expected


def test_ink_follows_the_page():
    svg = on_canvas(customers.by_segment, pd.DataFrame({"customer_share": [1.0], "revenue_share": [1.0]}, ["a"])).figure.svg()
    assert f"var(--grid,{colours.GRID})" in svg  # as it is where there is no page
    assert not re.search(rf"(?<!,)({colours.INK}|{colours.GRID}|{colours.MUTED}|{colours.PAPER})", svg)


def test_a_figure_too_small_for_its_words_is_still_written():
    picture = Picture((0.2, 0.2))
    picture.add_subplot().set(xlabel="a long label", ylabel="another")
    ET.fromstring(picture.svg())


def test_whole_numbers_have_no_ticks_between():
    table = pd.DataFrame({"activity_share": [0.5, 0.4, 0.3], "survival_share": [0.9, 0.7, 0.3]},
                         index=pd.Index([1, 2, 3], name="cohort_age"))
    cohort = pd.DataFrame({"n_customers": [40], "activity_share": [0.4]},
                          pd.MultiIndex.from_tuples([("a", 1)], names=["cohort", "cohort_age"]))
    panel = on_canvas(draw_stages.retention, cohort, table)
    panel.figure.settle()
    assert all(v == int(v) for v, _ in panel.x.ticks(300, True))
