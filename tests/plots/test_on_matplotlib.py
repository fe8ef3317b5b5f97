"""What matplotlib draws of a figure: nothing is cut, names find their place, the Axes of others stay theirs."""

import datetime as dt

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure

from segkit.plots import customers, on_matplotlib, positioning, theme
from segkit.plots.canvas import Picture
from segkit.words import language


def outside(fig):
    """By how many pixels anything stands outside the figure."""
    renderer = RendererAgg(1, 1, fig.dpi)
    fig.draw_without_rendering()
    boxes = [ax.get_tightbbox(renderer) for ax in fig.axes]
    boxes += [legend.get_window_extent(renderer) for legend in fig.legends]
    return max(max(-b.x0, -b.y0, b.x1 - fig.bbox.width, b.y1 - fig.bbox.height) for b in boxes)


def test_no_word_leaves_the_figure(every_plot):
    beyond = {name: outside(plot(*tables).figure) for name, (plot, *tables) in every_plot.items()}
    assert {name: cut for name, cut in beyond.items() if cut > 0.5} == {}


@pytest.mark.parametrize("length", [1, 8, 20])
def test_names_of_any_length_and_values_at_the_ends_of_bars_have_room(length):
    table = pd.DataFrame({"value": [3_000_000.0, 20_000.0]}, index=["M" * length, "W" * length])
    ax = positioning.bars(table, "value", unit="USD")
    assert outside(ax.figure) < 0.5


def test_panels_of_a_grid_have_one_size_and_do_not_touch():
    picture = Picture((4.9, 4))
    grid = picture.subplots(2, 2)
    for i, panel in enumerate(grid.flat):
        panel.set(title=f"Panel {i}", xlabel="a label", ylabel="two\nlines", ylim=(0, 10.0 ** (2 * i)))
    fig = on_matplotlib.draw(grid[0, 0]).figure
    assert outside(fig) < 0.5
    assert len({(round(ax.bbox.width, 3), round(ax.bbox.height, 3)) for ax in fig.axes}) == 1
    around = [ax.get_tightbbox(RendererAgg(1, 1, fig.dpi)) for ax in fig.axes]
    assert around[0].x1 <= around[1].x0
    assert around[0].y0 >= around[2].y1


@pytest.mark.parametrize("given", [True, False])
def test_the_legend_stands_above_the_panel(tiers, given):
    ax = customers.by_segment(tiers, ax=Figure().add_subplot() if given else None)
    ax.figure.draw_without_rendering()
    legend = ax.get_legend() if given else ax.figure.legends[0]
    assert legend.get_window_extent(RendererAgg(1, 1, ax.figure.dpi)).y0 >= ax.bbox.y1


@pytest.mark.parametrize("size", [(4.9, 3), (2.5, 2), (10, 8)])
def test_names_of_points_do_not_cover_each_other_on_axes_of_any_size(size):
    panel = Picture((4.9, 3)).add_subplot()
    x, y = [0.0, 0.01, 0.02, 1.0], [0.0, 0.01, 0.0, 1.0]
    panel.scatter(x, y, color="#000")
    panel.set_aspect("equal")
    panel.name_points(x, y, ["one", "two", "three", "far"])
    ax = on_matplotlib.draw(panel, Figure(size).add_subplot())
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent(RendererAgg(1, 1, ax.figure.dpi)).padded(-1) for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_numbers_on_axes_follow_the_language():
    with language.use("vi"):
        panel = theme.panel()
        panel.set_xlim(0, 0.3)
        ax = on_matplotlib.draw(panel)
        assert "0,05" in [ax.xaxis.get_major_formatter()(v, 0) for v in ax.get_xticks()]


def test_what_stands_on_the_axes_given_stays_and_so_does_their_look(tiers):
    ax = Figure().add_subplot()
    (line,) = ax.plot([0, 1], [0, -1])
    ax.spines["right"].set_color("red")
    assert customers.by_segment(tiers, ax=ax) is ax
    assert line in ax.lines
    assert ax.spines["right"].get_visible()


def test_days_are_those_of_matplotlib(months):
    ax = customers.over_time(months)
    (line, *_rest) = ax.get_lines()
    assert list(line.get_xdata()) == [(day.date() - dt.date(1970, 1, 1)).days for day in months.index[:2]]
    low, high = ax.get_xlim()
    assert low < line.get_xdata()[0] < line.get_xdata()[1] < high


def test_a_plot_function_tells_its_arguments_and_makes_the_figure_alone():
    import inspect

    assert list(inspect.signature(customers.concentration).parameters) == ["curve", "marked", "ax"]
    assert customers.concentration.__doc__.startswith("Share of revenue against share of customers")
    curve = pd.DataFrame({"customer_share": [0.0, 0.2, 1.0], "revenue_share": [0.0, 0.6, 1.0]})
    assert customers.concentration.panel(curve).figure.svg().startswith("<svg")
