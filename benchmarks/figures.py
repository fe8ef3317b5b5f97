"""How long a figure takes as SVG: written for a page against drawn with matplotlib, in turn, in both languages.

    .venv/bin/python benchmarks/figures.py [rounds]

Prints the processor time of each plot on both and the ratio of the sums.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG

from segkit.plots import customers, lifecycle, positioning, segmentation, theme
from segkit.words import language


def tables() -> dict[Callable[..., Any], pd.DataFrame]:
    """Plots with tables of usual sizes."""
    rng = np.random.default_rng(1)
    share = np.linspace(0, 1, 2000)
    tiers = pd.DataFrame({"customer_share": [0.2, 0.5, 0.3], "revenue_share": [0.6, 0.3, 0.1]},
                         pd.Index(["Top customers", "Middle customers", "Base customers"], name="segment"))
    scores = pd.DataFrame(rng.integers(1, 900, (5, 5)), pd.Index([5, 4, 3, 2, 1], name="r_score"),
                          pd.Index([1, 2, 3, 4, 5], name="f_score"))
    both = pd.MultiIndex.from_product([list("abcdefgh"), [1, 2, 3, 4]], names=["variable", "segment"])
    profile = pd.DataFrame({"index_100": rng.uniform(20, 300, 32), "is_marker": rng.random(32) < 0.4}, both)
    weeks = pd.DataFrame({"phase": ["calibration"] * 40 + ["holdout"] * 40, "cumulative_actual": np.arange(80) ** 1.1,
                          "cumulative_expected": np.arange(80.0)}, pd.RangeIndex(1, 81, name="period"))
    brands = pd.DataFrame({"penetration": rng.uniform(0.1, 0.8, 6), "purchase_frequency": rng.uniform(2, 6, 6)},
                          pd.Index([f"Brand {c}" for c in "ABCDEF"], name="brand"))
    return {customers.concentration: pd.DataFrame({"customer_share": share, "revenue_share": share**0.4}),
            customers.by_segment: tiers, customers.heatmap: scores, segmentation.profile: profile,
            lifecycle.tracking: weeks, positioning.double_jeopardy: brands}


def on_canvas(plot: Any, table: pd.DataFrame) -> None:
    plot.panel(table).figure.svg()


def with_matplotlib(plot: Any, table: pd.DataFrame) -> None:
    with theme.style():
        FigureCanvasSVG(plot(table).figure).print_svg(io.StringIO())


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    plots = tables()
    spent: dict[tuple[Any, Any], list[float]] = {}
    for n in range(rounds + 1):  # the first fills caches
        for plot, table in plots.items():
            for draw in (on_canvas, with_matplotlib):
                began = time.process_time()
                for code in language.LANGUAGES:
                    with language.use(code):
                        draw(plot, table)
                if n:
                    spent.setdefault((plot, draw), []).append(time.process_time() - began)
    median = {pair: 1000 * statistics.median(times) for pair, times in spent.items()}
    for plot in plots:
        print(f"{plot.__name__}: {median[plot, on_canvas]:.1f} ms, matplotlib {median[plot, with_matplotlib]:.1f} ms")
    own, theirs = (sum(median[plot, draw] for plot in plots) for draw in (on_canvas, with_matplotlib))
    print(f"all: 1/{theirs / own:.0f} of matplotlib's time")


if __name__ == "__main__":
    main()
