"""No text of a figure is cut, whatever its labels are."""

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure

from segkit.plots import layout, positioning, theme


def outside(fig):
    """By how many pixels anything stands outside the figure."""
    renderer = RendererAgg(1, 1, fig.dpi)
    fig.draw_without_rendering()
    boxes = [ax.get_tightbbox(renderer) for ax in fig.axes]
    boxes += [legend.get_window_extent(renderer) for legend in fig.legends]
    return max(max(-b.x0, -b.y0, b.x1 - fig.bbox.width, b.y1 - fig.bbox.height) for b in boxes)


@pytest.mark.parametrize("length", [1, 8, 20])
@pytest.mark.parametrize("dpi", [72, 100])
def test_names_of_any_length_and_values_at_the_ends_of_bars_have_room(length, dpi):
    table = pd.DataFrame({"value": [3_000_000.0, 20_000.0]}, index=["M" * length, "W" * length])
    ax = positioning.bars(table, "value", unit="USD")
    ax.figure.dpi = dpi
    assert outside(ax.figure) < 1


def test_panels_of_a_grid_have_one_size_and_do_not_touch():
    fig = theme.figure(height=4)
    grid = fig.subplots(2, 2)
    for i, ax in enumerate(grid.flat):
        ax.set(title=f"Panel {i}", xlabel="a label", ylabel="two\nlines", ylim=(0, 10.0 ** (2 * i)))
    assert outside(fig) < 1
    sizes = {(round(ax.bbox.width, 3), round(ax.bbox.height, 3)) for ax in grid.flat}
    assert len(sizes) == 1
    around = [ax.get_tightbbox(RendererAgg(1, 1, fig.dpi)) for ax in grid.flat]
    assert around[0].x1 <= around[1].x0
    assert around[0].y0 >= around[2].y1


def test_legend_stands_above_the_panel():
    fig = theme.figure(height=3)
    ax = fig.add_subplot()
    ax.plot([0, 1], label="first")
    ax.plot([1, 0], label="second")
    theme.legend_above(ax)
    assert outside(fig) < 1
    assert fig.legends[0].get_window_extent(RendererAgg(1, 1, fig.dpi)).y0 >= ax.bbox.y1


def test_names_of_points_do_not_cover_each_other():
    fig = theme.figure(height=3)
    ax = fig.add_subplot()
    x, y = [0.0, 0.01, 0.02, 1.0], [0.0, 0.01, 0.0, 1.0]
    ax.scatter(x, y)
    ax.set_aspect("equal", adjustable="datalim")
    theme.label_points(ax, x, y, ["the first", "the second", "the third", "far"])
    fig.draw_without_rendering()
    boxes = [text.get_window_extent(RendererAgg(1, 1, fig.dpi)) for text in ax.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_a_figure_without_panels_or_room_is_left_as_it_is():
    layout.OnePass().execute(Figure(figsize=(1, 1)))
    fig = theme.figure(height=0.2, width=0.2)
    before = fig.add_subplot().get_position().bounds
    layout.OnePass().execute(fig)
    assert fig.axes[0].get_position().bounds == before


def test_numbers_on_axes_follow_the_language():
    from segkit.words import language

    with language.use("vi"):
        ax = theme.axes(None)
        ax.set_xlim(0, 0.3)
        assert "0,05" in [ax.xaxis.get_major_formatter()(v, 0) for v in ax.get_xticks()]
