"""Potential customers by both definitions; a propensity that is calibrated where there is something to learn."""

import numpy as np
import pandas as pd
import pytest

from segkit.targeting import potential
from segkit.words.errors import DataError, SegkitError


def people(n=1500, strength=1.0, seed=0):
    """Known people who buy by a logistic model of age and city; `strength` 0 makes both mean nothing."""
    rng = np.random.default_rng(seed)
    age, city = rng.uniform(18, 70, n), rng.choice(["a", "b", "c"], n)
    truth = 1 / (1 + np.exp(-(0.3 + strength * (0.04 * (age - 44) + 0.9 * (city == "a") - 0.4))))
    known = pd.DataFrame({"age": np.where(rng.random(n) < 0.1, np.nan, age), "city": city, "noise": rng.choice(list("xy"), n)},
                         index=pd.RangeIndex(n, name="customer_id"))
    return known, known.index[rng.random(n) < truth], truth


def test_both_definitions_by_hand():
    known = pd.DataFrame({"city": ["a", "a", "b", "b", None]}, index=list("vwxyz"))
    found = potential.counts(known, pd.Index(["v", "x", "elsewhere"]), {"city": ["a"]})
    assert found["n"].tolist() == [5, 2, 2, 3, 1]
    assert found["of_known_share"].tolist() == [1, 0.4, 0.4, 0.6, 0.2]
    assert potential.counts(known, pd.Index(["v"]))["n"].tolist() == [5, 5, 1, 4, 4]


@pytest.mark.parametrize(("target", "words"), [({"town": "a"}, "is not in the customer data"), ({"city": "aa"}, "nobody has the value")])
def test_faults_of_a_target(target, words):
    with pytest.raises(DataError, match=words):
        potential.counts(pd.DataFrame({"city": ["a"]}, index=[1]), pd.Index([1]), target)


@pytest.mark.parametrize("seed", range(3))
def test_a_propensity_of_something_is_calibrated_and_lifts_as_the_truth_does(seed):
    known, buyers, truth = people(seed=seed)
    found = potential.propensity(known, buyers, ["age", "city", "noise"], random_state=1)
    bought = known.index.isin(buyers)
    assert potential.SLOPE[0] <= found.slope <= potential.SLOPE[1]
    best = np.argsort(-truth)[:len(truth) // 5]
    assert 1 < found.lift <= bought[best].mean() / bought.mean() + 0.12
    assert found.low <= found.lift <= found.high
    assert found.sentence == potential.USEFUL
    assert not set(found.scores.index) & set(buyers)
    assert len(found.scores) == (~bought).sum()


def test_characteristics_that_mean_nothing_are_said_to():
    useful = 0
    for seed in range(6):
        known, buyers, _ = people(n=300, strength=0.0, seed=100 + seed)
        useful += potential.propensity(known, buyers, ["age", "city", "noise"], random_state=1).sentence != potential.USELESS
    assert useful <= 1  # one in forty


def test_gain_adds_up():
    known, buyers, _ = people()
    gain = potential.propensity(known, buyers, ["age", "city"], random_state=1).gain
    assert gain["n"].tolist() == [150] * 10
    assert gain["gain_share"].iloc[-1] == 1
    assert (gain["n"] * gain["buyer_share"]).sum() == len(buyers)
    assert gain["expected_share"].is_monotonic_decreasing


def test_lift_of_known_scores_by_hand():
    scores, bought = np.array([0.9] * 2 + [0.1] * 8), np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], dtype=bool)
    assert potential._lift(scores, bought, 1)[0] == pytest.approx(1 / 0.3)
    level = np.full(10, 0.5)  # the order of level scores says nothing
    assert potential._lift(level, bought, 1)[0] == pytest.approx(1)


@pytest.mark.parametrize("n_buyers", [20, 1500])
def test_too_few_of_either_make_no_propensity(n_buyers):
    known, _, _ = people()
    found = potential.propensity(known, known.index[:n_buyers], ["age"], random_state=1)
    assert found.scores.empty
    assert found.gain.attrs["left_out"]


def test_what_is_said_is_of_the_definition_of_the_study():
    known = pd.DataFrame({"city": ["a", "a", "b", "b"]}, index=list("vwxy"))
    table = potential.counts(known, pd.Index(["v"]), {"city": "a"})
    assert [potential.told(table, d)[1]["n"] for d in ("wide", "narrow")] == [3, 1]
    with pytest.raises(SegkitError, match="must be one of wide, narrow"):
        potential.told(table, "middle")
