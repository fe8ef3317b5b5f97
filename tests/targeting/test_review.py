"""Two runs compared: sums by hand, nothing claimed of two samples of the same customers, and each reason to segment again."""

import numpy as np
import pandas as pd
import pytest

from segkit.targeting import review
from segkit.words.errors import DataError


def runs(n=400, seed=0, move=0.05, shift=0.0, grow=0.0):
    """The same customers twice: a share `move` changes segment by lot, money of segment b shifts, segment a grows."""
    rng = np.random.default_rng(seed)
    ids = pd.RangeIndex(n)
    before = pd.Series(rng.choice(list("abc"), n, p=[0.5, 0.3, 0.2]), ids)
    after = before.copy()
    after[rng.random(n) < move] = "a" if grow else None
    after = after.fillna(pd.Series(rng.permutation(before.to_numpy()), ids))
    if grow:
        after[(before != "a") & (rng.random(n) < grow)] = "a"
    money = pd.DataFrame({"monetary": rng.normal(100, 20, n)}, ids)
    later = money + rng.normal(0, 20, (n, 1))
    later[after == "b"] += shift
    return before, after, money, later


def test_numbers_by_hand():
    before, after, money, later = runs()
    found = review.compare(before, after, money, later, random_state=1)
    assert found.moved_share == pytest.approx((before != after).mean())
    pd.testing.assert_frame_equal(found.moves, pd.crosstab(before, after), check_names=False)
    for segment in "abc":
        assert found.growth.loc[segment, "share_change"] == pytest.approx((after == segment).mean() - (before == segment).mean())
        row = found.drift.loc[(segment, "monetary")]
        assert row["mean_after"] == pytest.approx(later["monetary"][after == segment].mean())
        gap = later["monetary"][after == segment].mean() - money["monetary"][before == segment].mean()
        assert row["drift_size"] == pytest.approx(gap / money["monetary"].std())


def test_runs_that_differ_by_chance_alone_are_seldom_called_changed():
    changed = 0
    for seed in range(100):
        found = review.compare(*runs(seed=seed, move=0.1), random_state=1)
        changed += bool(found.growth["is_change"].any() or found.drift["is_drift"].any())
        assert found.sentence == review.KEEP
    assert changed <= 17  # each of two tables errs in one of twenty: 10 %, and two standard errors


def test_the_interval_holds_the_change_of_two_samples():
    held = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        one, two = (pd.Series(rng.choice(["a", "b"], 300, p=p), [f"{s}{i}" for i in range(300)]) for s, p in (
            ("x", [0.5, 0.5]), ("y", [0.4, 0.6])))
        row = review.compare(one, two, random_state=seed).growth.loc["a"]
        held += row["change_low"] <= -0.1 <= row["change_high"]
    assert held / 120 >= 0.93


@pytest.mark.parametrize(("change", "sentence"), [
    ({"move": 0.6}, review.AGAIN_MOVED), ({"shift": 30}, review.AGAIN_DRIFTED), ({"grow": 0.2}, review.AGAIN_GROWN),
    ({}, review.KEEP)])
def test_each_reason_to_segment_again(change, sentence):
    found = review.compare(*runs(**change), random_state=1)
    assert found.sentence == sentence
    assert found.again == (sentence != review.KEEP)


@pytest.mark.parametrize(("chance", "again", "sentence"), [
    ([0.5] * 40, False, review.KEEP_UNSTEADY), ([0.1] * 40, False, review.RENEW), ((), True, review.AGAIN_MOVED)])
def test_moves_that_chance_would_make_too_are_no_reason(chance, again, sentence):
    before, after, *_ = runs(move=0.6)
    found = review.compare(before, after, moved_by_chance=chance, random_state=1)
    assert 0.3 < found.moved_share < 0.5
    assert (found.again, found.sentence) == (again, sentence)
    assert ("chance" in found.values) == (len(chance) > 0)


def test_moves_beyond_chance_with_a_profile_that_drifted_are_a_reason():
    before, after, *profiles = runs(move=0.6, shift=30)
    found = review.compare(before, after, *profiles, moved_by_chance=[0.1] * 40, random_state=1)
    assert (found.again, found.sentence) == (True, review.AGAIN_BEYOND)


def test_changes_are_told_in_words():
    found = review.compare(*runs(grow=0.2), random_state=1)
    for table, size, beyond in ((found.growth, "share_change", "is_change"), (found.drift, "drift_size", "is_drift")):
        told = ["within chance" if not b else "more than before" if v > 0 else "less than before" for v, b in zip(table[size], table[beyond], strict=True)]
        assert table["change_verdict"].tolist() == told
    assert found.growth.loc["a", "change_verdict"] == "more than before"
    assert review.changed(found)["n"] == found.growth["is_change"].sum() > 0


def test_nobody_in_both_runs_and_faults():
    one, two = pd.Series({1: "a"}), pd.Series({2: "a"})
    assert review.compare(one, two, random_state=1).sentence == review.NOBODY
    table = pd.DataFrame({"m": [1.0]}, index=[1])
    for given, words in (((pd.Series(["a", "b"], [1, 1]), two), "twice"), ((pd.Series({1: None}), two), "no customer"),
                         ((one, two, table), "one run only"), ((one, two, table, table.rename(columns={"m": "x"})), "is not in")):
        with pytest.raises(DataError, match=words):
            review.compare(*given)
