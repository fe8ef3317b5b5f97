"""Distributions before any method, against counts by hand."""

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import explore

N = 200
RNG = np.random.default_rng(3)
TABLE = pd.DataFrame({
    "even": np.linspace(0, 1, N), "floor": [0.0] * 120 + list(np.linspace(1, 2, 80)), "ceiling": [5.0] * 150 + [1.0, 2] * 25,
    "skewed": RNG.lognormal(0, 2, N), "far": [*RNG.normal(0, 1, N - 4), *[12.0, 12, -12, -12]], "same": 3.0,
    "open": [*np.linspace(0, 1, N // 2), *[np.nan] * (N // 2)]})
SAID = {"even": explore.EVEN, "floor": explore.AT_LOWEST, "ceiling": explore.AT_HIGHEST, "skewed": explore.SKEW,
        "far": explore.FAR_OFF, "same": explore.NO_SPREAD, "open": explore.EVEN}


@pytest.mark.parametrize("name", SAID)
def test_each_distribution_is_told_for_what_it_is(name):
    row = explore.overview(TABLE).loc[name]
    known = TABLE[name].dropna()
    assert row["observation"] == SAID[name]
    assert row[["n", "missing_share", "lowest_share", "highest_share"]].to_list() == pytest.approx(
        [len(known), 1 - len(known) / N, (known == known.min()).mean(), (known == known.max()).mean()])
    first, third = np.quantile(known, [0.25, 0.75])
    beyond = [v for v in known if third > first and (v < first - 3 * (third - first) or v > third + 3 * (third - first))]
    assert row["far_share"] == pytest.approx(len(beyond) / len(known))


def test_a_table_without_people_or_values_has_nothing_to_tell():
    assert explore.overview(pd.DataFrame({"a": [np.nan, np.nan]}))["observation"].to_list() == [explore.NO_SPREAD]
    assert explore.overview(pd.DataFrame(index=[1, 2])).empty


def test_a_picture_has_at_most_so_many_people_each_between_nought_and_one():
    many = pd.DataFrame({"a": np.arange(explore.MOST + 5.0), "b": -np.arange(explore.MOST + 5.0), "c": 1.0})
    told = explore.drawn(many, 1)
    assert told.groupby("variable").size().to_dict() == dict.fromkeys("abc", explore.MOST)
    assert told["value"].between(0, 1).all()
    pd.testing.assert_frame_equal(told, explore.drawn(many, 1))


def test_answers_left_open_together_are_counted_as_a_loop_does():
    table = pd.DataFrame(np.where(RNG.random((N, 3)) < 0.3, np.nan, 1.0), columns=["x", "y", "z"])
    counts = {}
    for row in table.isna().to_numpy():
        if row.any():
            names = ", ".join(c for c, is_open in zip("xyz", row, strict=True) if is_open)
            counts[names] = counts.get(names, 0) + 1
    told = explore.left_open(table, most=10)
    assert {words["en"]: n for words, n in told["size"].items()} == counts
    assert told["size"].is_monotonic_decreasing
    assert explore.left_open(table.dropna()).empty


def test_numbers_are_amounts_and_ratings():
    table = pd.DataFrame({"age": [1, 2, 3], "yes": [True, False, True], "two": [0, 1, 0], "town": list("abc")})
    assert list(explore.numeric(table, list(table))) == ["age"]
