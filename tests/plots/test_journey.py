"""Plots of the journey and of two runs: every one drawn, described in both languages, and true to its table."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from segkit.plots import journey, review, theme
from segkit.words import language
from segkit.words.language import translate

NAMES = ("stages", "transitions", "uplift", "growth", "drift")


@pytest.mark.parametrize("name", NAMES)
def test_plot_describes_itself_and_leaves_its_tables_alone(journey_plots, name):
    plot, table, *more = journey_plots[name]
    before = table.copy()
    ax = Figure().add_subplot()
    assert plot(table, *more, ax=ax) is ax
    said = {}
    for code in ("en", "vi"):
        with language.use(code):
            said[code] = theme.alt_text(plot(table, *more))
        assert any(c.isdigit() for c in said[code])
    assert said["en"] != said["vi"]
    assert translate(plot.how_to_read, "vi") != plot.how_to_read
    pd.testing.assert_frame_equal(before, table)


def test_every_public_plot_is_tested(journey_plots):
    public = {n for module in (journey, review) for n, f in vars(module).items()
              if callable(f) and getattr(f, "__module__", "") == module.__name__ and not n.startswith("_")}
    assert public == set(journey_plots)


def test_measured_rows_are_shaded_and_every_word_of_the_map_is_there(journey_plots):
    plot, table, measured = journey_plots["stages"]
    ax = plot(table, measured)
    shades = [c for c in ax.collections if hasattr(c, "get_paths") and c.get_alpha() == 0.6]
    assert len(shades) == measured
    words = " ".join(t.get_text().replace("\n", " ") for t in ax.texts)
    for said in ["Visit", "Purchase", *(cell["en"] for cell in table.to_numpy().ravel())]:
        assert said in words


def test_small_moves_are_not_drawn(journey_plots):
    plot, table = journey_plots["transitions"]
    dots = sum(line.get_marker() == "o" for line in plot(table).lines)
    assert dots == len(table)
    few = table.assign(transition_share=table["transition_share"].where(table["n"] > 1, 0.01))
    assert sum(line.get_marker() == "o" for line in plot(few).lines) == len(table) - 1


def test_what_is_beyond_chance_is_blue(journey_plots):
    for name, sure in (("uplift", [True, False]), ("growth", [True, False]), ("drift", [True, False])):
        plot, table = journey_plots[name]
        colours = [line.get_color() == theme.PALETTE[0] for line in plot(table).lines if line.get_marker() == "o"]
        assert colours == sure, name
