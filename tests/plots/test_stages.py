"""Plots of the lifecycle are tested by what is on the Axes, and by the sentence that describes them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from segkit.lifecycle import migration, stages
from segkit.plots import on_matplotlib, theme
from segkit.plots import stages as draw
from segkit.words import language
from segkit.words.language import translate

NAMES = ("rhythms", "by_stage", "bought_again", "cohorts", "retention", "cumulative", "migration")


@pytest.mark.parametrize("name", NAMES)
def test_plot_describes_itself_and_leaves_its_tables_alone(stage_plots, name):
    plot, *tables = stage_plots[name]
    before = [t.copy() for t in tables]
    ax = Figure().add_subplot()
    assert plot(*tables, ax=ax) is ax
    assert ax.has_data()
    said = {}
    for code in ("en", "vi"):
        with language.use(code):
            said[code] = theme.alt_text(plot(*tables))
        assert any(c.isdigit() for c in said[code])
    assert said["en"] != said["vi"]
    for kept, table in zip(before, tables, strict=True):
        pd.testing.assert_frame_equal(kept, table)


def test_every_public_plot_is_tested_and_tells_how_to_read_it(stage_plots):
    public = {name for name, f in vars(draw).items() if callable(f) and getattr(f, "__module__", "") == draw.__name__
              and not name.startswith("_")}
    assert public == set(stage_plots)
    for name, (plot, *_) in stage_plots.items():
        assert 2 <= plot.how_to_read.count(". ") + 1 <= 5, name
        assert translate(plot.how_to_read, "vi") != plot.how_to_read, name


def test_customers_without_a_gap_of_their_own_are_not_in_the_bars(stage_plots):
    plot, table = stage_plots["rhythms"]
    single = table.assign(n_days_bought=[1] * 10 + [5] * (len(table) - 10))
    assert sum(p.get_height() for p in plot(single).patches) == len(table) - 10


def test_stages_nobody_is_in_have_no_dot(stage_plots):
    plot, table = stage_plots["bought_again"]
    shown = [t.get_text() for t in plot(table).get_yticklabels()]
    assert len(shown) == (table["size"] > 0).sum() < len(table)


def test_cells_of_the_heat_map_are_percentages(stage_plots):
    plot, table = stage_plots["cohorts"]
    texts = [t.get_text() for t in plot(table).texts if t.get_text()]
    assert texts == [str(round(100 * v)) for v in table["activity_share"]]


def test_migration_shows_every_customer_once(stage_plots):
    plot, table = stage_plots["migration"]
    counts = [int(t.get_text().split("\n")[1].replace(",", "")) for t in plot(table).texts if t.get_text()]
    assert sum(counts) == table["n"].sum()


def test_a_single_label_can_be_drawn():
    one = pd.Series({1: "a", 2: "a"})
    assert "2" in theme.alt_text(draw.migration(migration.table(one, one)))


def test_shades_lie_behind_the_stages_at_risk_also_where_one_is_empty(sales):
    table = stages.by_stage(stages.assign(sales))
    table.loc["New", ["size", "customer_share", "yearly_share"]] = 0
    ax = draw.by_stage(table)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert "New" not in names
    where = dict(zip(names, ax.get_yticks(), strict=True))
    shaded = sorted(patch.get_y() + patch.get_height() / 2 for patch in ax.patches if patch.get_width() > 0.99)
    assert shaded == pytest.approx(sorted(where[name] for name in ("Lapsing", "Lapsed")))


def test_a_heat_map_leaves_unknown_cells_empty_and_says_nothing_in_very_many():
    values = pd.DataFrame([[0.0, np.nan], [1.0, 0.5]])
    panel = theme.panel()
    theme.heat(panel, values, values.map(str), ["a", "b"], ["x", "y"])
    ax = on_matplotlib.draw(panel)
    assert [t.get_text() for t in ax.texts] == ["0.0", "1.0", "0.5"]
    light, dark, _ = (t.get_color() for t in ax.texts)
    assert (light, dark) == (theme.ON_LIGHT, "white")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_ylim() == (2, 0)  # the first row is on top
    wide, panel = pd.DataFrame(np.ones((1, 60))), theme.panel()
    theme.heat(panel, wide, wide.map(str), ["a"], [str(i) for i in range(60)])
    ax = on_matplotlib.draw(panel)
    assert len(ax.texts) == 0
    assert [t.get_text() for t in ax.get_xticklabels()] == [str(i) for i in range(0, 60, 3)]


@pytest.mark.parametrize(("period", "said"), [("month", "Months since"), ("quarter", "Quarters since"), ("", "Periods")])
def test_the_axis_of_cohorts_says_what_a_period_is(stage_plots, period, said):
    plot, table = stage_plots["cohorts"]
    assert plot(table, period=period).get_xlabel().startswith(said)


def test_stages_without_any_money_are_drawn():
    free = pd.DataFrame({"customer_id": list("aabbc"), "amount": 0.0,
                         "date": pd.to_datetime(["2024-01-01", "2024-01-09", "2024-01-02", "2024-03-01", "2024-01-04"])})
    ax = draw.by_stage(stages.by_stage(stages.assign(free)))
    assert ax.get_xlim()[1] > 0
    assert "0%" in theme.alt_text(ax)
