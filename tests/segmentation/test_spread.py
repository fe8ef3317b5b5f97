"""Boxes by segment: quartiles and whiskers by hand, weights as copies, the variables that differ most."""

import numpy as np
import pandas as pd
import pytest

from segkit.plots import segmentation as draw
from segkit.plots import theme
from segkit.segmentation import kmeans, spread


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(1)
    kind = np.repeat([0, 1, 2], [50, 40, 30])
    X = pd.DataFrame({f"v{j}": kind * j + rng.normal(0, 1, 120) for j in range(15)})
    X["yes"] = (kind == 1).astype(float)
    X.loc[::9, "v3"] = np.nan
    return X, kmeans.segment(X[["v14"]], 3, random_state=1)


def test_quartiles_and_whiskers_are_those_of_matplotlib(made):
    import matplotlib.cbook as cbook

    X, found = made
    told = spread.boxes(X, found)
    for (variable, segment), row in told.iterrows():
        values = X[variable][found.labels == segment].dropna()
        theirs = cbook.boxplot_stats(values)[0]
        expected = [len(values), theirs["whislo"], theirs["q1"], theirs["med"], theirs["q3"], theirs["whishi"]]
        np.testing.assert_allclose(row.to_numpy(dtype=float), expected)


def test_variables_that_differ_most_are_kept_and_yes_or_no_has_no_box(made):
    told = spread.boxes(*made)
    assert list(told.index.unique("variable")) == [f"v{j}" for j in range(3, 15)]
    assert spread.boxes(made[0][["yes"]], made[1]).empty


def test_weights_count_as_copies(made):
    X, found = made
    w = np.tile([1.0, 3.0], 60)
    told = spread.boxes(X[["v5"]], found, w)
    copies = X.loc[X.index.repeat(w.astype(int)), "v5"]
    for (_, segment), row in told.iterrows():
        own = np.sort(copies[found.labels.reindex(copies.index) == segment])
        quartiles = [own[int(np.ceil(q * len(own))) - 1] for q in (0.25, 0.5, 0.75)]
        np.testing.assert_allclose(row[["first_quartile", "median", "third_quartile"]].to_numpy(dtype=float), quartiles)


def test_the_picture_has_a_panel_per_variable_and_says_what_it_shows(made):
    X, found = made
    told = spread.boxes(X[["v5", "v9", "v14"]], found)
    axes = draw.boxes.panel(told)
    svg = axes.figure.svg()
    assert svg.count("<title>") == 9
    assert all(name in svg for name in ("v5", "v9", "v14"))
    low, high = told.loc["v5", "median"].min(), told.loc["v5", "median"].max()
    assert f"{low:.3f}" in theme.alt_text(axes)
    assert f"{high:.3f}" in theme.alt_text(axes)
