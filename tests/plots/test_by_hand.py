"""Under each figure stand lines of seaborn; they run on what the figure was drawn from, and draw something."""

import inspect

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
import seaborn as sns

from segkit import report
from segkit.plots import by_hand, customers
from segkit.report import render


def marks(figure):
    return sum(len(ax.patches) + len(ax.collections) + len(ax.lines) + len(ax.images) for ax in figure.axes)


def test_every_public_plot_has_lines_and_every_line_a_plot(every_plot):
    assert set(every_plot) == set(by_hand.LINES)


@pytest.mark.parametrize("name", sorted(by_hand.LINES))
def test_lines_draw_what_the_figure_was_given(every_plot, name):
    plot, *tables = every_plot[name]
    bound = inspect.signature(plot).bind(*[t.copy() if isinstance(t, pd.DataFrame) else t for t in tables])
    bound.apply_defaults()
    code = by_hand.lines(plot)
    assert len(code.splitlines()) <= 3
    assert max(map(len, code.splitlines())) <= 120
    with matplotlib.rc_context({"backend": "agg"}):
        plt.close("all")
        exec(code, {"sns": sns, "pd": pd, **bound.arguments})
        assert plt.get_fignums()
        assert marks(plt.gcf()) > 0
        plt.close("all")


def test_a_page_shows_the_lines_under_how_to_read_this():
    curve = pd.DataFrame({"customer_share": [0.0, 0.2, 1.0], "revenue_share": [0.0, 0.6, 1.0]})
    page = render.html(report.figure("Revenue is concentrated", customers.concentration, curve).payload, "en")
    assert "sns.lineplot(curve, x=&#34;customer_share&#34;" in page
    assert "in seaborn" in page
