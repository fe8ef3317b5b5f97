"""Uplift against Newcombe's published examples, coverage in a simulation, and groups too small to tell."""

import numpy as np
import pandas as pd
import pytest

from segkit.lifecycle import uplift
from segkit.words.errors import DataError


def people(k, n, c, m, **columns):
    table = pd.DataFrame({"got": [1] * n + [0] * m, "did": [1] * k + [0] * (n - k) + [1] * c + [0] * (m - c)})
    return table.assign(**columns)


@pytest.mark.parametrize(("counts", "low", "high"), [  # Newcombe 1998, table II, method 10
    ((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((10, 10, 0, 20), 0.6791, 1.0)])
def test_intervals_are_those_published(counts, low, high):
    row = uplift.of_campaign(people(*counts), "got", "did").iloc[0]
    assert row[["uplift_low", "uplift_high"]].tolist() == pytest.approx([low, high], abs=1e-4)


def test_numbers_by_hand():
    row = uplift.of_campaign(people(30, 100, 10, 50), "got", "did").iloc[0]
    assert row[["n_treated", "n_control", "treated_share", "control_share", "uplift", "extra_responses"]].tolist() == [
        100, 50, 0.3, 0.2, pytest.approx(0.1), pytest.approx(10)]
    assert row["uplift_verdict"] == uplift.VERDICTS["open"]


def test_segments_are_told_apart_and_hold_together():
    table = pd.concat([people(60, 100, 10, 100, town="a"), people(10, 100, 10, 100, town="b")], ignore_index=True)
    found = uplift.of_campaign(table, "got", "did", "town")
    assert found.index.tolist() == [uplift.ALL, "a", "b"]
    assert found.loc["a", "uplift_verdict"] == uplift.VERDICTS["more"]
    assert found.loc["b", "uplift_verdict"] == uplift.VERDICTS["open"]
    assert found.attrs["differs_p"] < 1e-6
    alone = uplift.of_campaign(people(60, 100, 10, 100), "got", "did").iloc[0]
    assert found.loc["a", "uplift_low"] < alone["uplift_low"]


def test_a_control_group_of_three_tells_nothing():
    row = uplift.of_campaign(people(50, 100, 0, 3), "got", "did").iloc[0]
    assert np.isnan(row["uplift"])
    assert row["uplift_verdict"] == uplift.VERDICTS["few"]


@pytest.mark.parametrize(("table", "words"), [
    (people(1, 20, 0, 0), "draw a control group"), (people(1, 20, 1, 20).assign(did="yes"), "other values than"),
    (people(1, 20, 1, 20).drop(columns="got"), "is not in the people"),
])
def test_faults(table, words):
    with pytest.raises(DataError, match=words):
        uplift.of_campaign(table, "got", "did")


def test_campaigns_that_overlap_are_told():
    contacts = pd.DataFrame({"customer_id": [1, 2, 3, 1, 3], "campaign": list("aaabb"), "date": pd.to_datetime(
        ["2024-01-01", "2024-01-01", "2024-01-01", "2024-01-10", "2024-03-01"])})
    assert uplift.overlapping(contacts, "a", 14) == pytest.approx(1 / 3)
    assert uplift.overlapping(contacts, "a", 90) == pytest.approx(2 / 3)
    with pytest.raises(DataError, match="reached nobody"):
        uplift.overlapping(contacts, "z", 14)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(600):
        k, c = rng.binomial(300, 0.12), rng.binomial(150, 0.08)
        row = uplift.of_campaign(people(k, 300, c, 150), "got", "did").iloc[0]
        held += row["uplift_low"] <= 0.04 <= row["uplift_high"]
    assert 0.93 <= held / 600 <= 0.975
