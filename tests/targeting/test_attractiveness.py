import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segkit.targeting import attractiveness
from segkit.words.errors import SegkitError

SEGMENTS = pd.DataFrame({"size": [10.0, 30, 5, 20], "spend": [9.0, 3, 20, 9], "cost": [1.0, 2, 2, 5]}, index=list("abcd"))
CRITERIA = [{"column": "size", "weight": 3, "better": "higher"}, {"column": "spend", "weight": 2},
            {"column": "cost", "better": "lower"}]


def looped(segments, criteria, total=None):
    weights = sum(c.get("weight", 1) for c in criteria)
    scores = dict.fromkeys(segments.index, 0.0)
    for c in criteria:
        column = segments[c["column"]]
        of_all = (total or {}).get(c["column"], sum(column) / len(column))
        for name in segments.index:
            index = 100 * (column[name] - of_all) / abs(of_all)
            scores[name] += c.get("weight", 1) / weights * (100 - index if c.get("better") == "lower" else 100 + index)
    return scores


@pytest.mark.parametrize("criteria", [CRITERIA, CRITERIA[:1], CRITERIA[1:], [{"column": "cost"}]])
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_scores_and_ranks_equal_a_loop(criteria, seed):
    segments = SEGMENTS if seed is None else pd.DataFrame(
        np.random.default_rng(seed).normal(size=(6, 3)), columns=SEGMENTS.columns, index=list("uvwxyz"))
    found = attractiveness.evaluate(segments, criteria, random_state=1)
    expected = looped(segments, criteria)
    assert found["attractiveness_score"].to_dict() == pytest.approx(expected)
    assert found["attractiveness_score"].is_monotonic_decreasing
    assert found["segment_rank"].to_dict() == {
        name: 1 + sum(other > score + 1e-9 for other in expected.values()) for name, score in expected.items()}
    assert found["first_share"].sum() == pytest.approx(1)
    assert found["first_share"].between(0, 1).all()


def test_knocked_out_segments_are_last_without_score_and_do_not_stretch_the_scale():
    found = attractiveness.evaluate(SEGMENTS, CRITERIA, {"size": 10, "cost": 2}, random_state=1)
    assert found["knocked_out_by"].to_dict() == {"a": "cost", "b": "", "c": "size", "d": ""}
    assert found.index[:2].to_list() == sorted("bd", key=lambda s: -found.loc[s, "attractiveness_score"])
    assert found.loc[["a", "c"], ["attractiveness_score", "segment_rank", "first_share"]].isna().all(axis=None)
    kept = found.loc[["b", "d"], "attractiveness_score"].to_dict()
    of_all = SEGMENTS.mean().to_dict()
    assert kept == pytest.approx(looped(SEGMENTS.loc[["b", "d"]], CRITERIA, of_all))


def test_the_points_of_a_segment_do_not_depend_on_who_is_knocked_out():
    everyone = attractiveness.evaluate(SEGMENTS, CRITERIA, random_state=1)["attractiveness_score"]
    fewer = attractiveness.evaluate(SEGMENTS, CRITERIA, {"size": 10}, random_state=1)["attractiveness_score"]
    pd.testing.assert_series_equal(fewer.dropna(), everyone[fewer.dropna().index])


def test_a_hundred_points_are_the_value_of_all_customers():
    found = attractiveness.evaluate(SEGMENTS, [{"column": "spend"}], total={"spend": 10.0}, random_state=1)
    assert found["attractiveness_score"].to_dict() == pytest.approx({"a": 90, "b": 30, "c": 200, "d": 90})
    losses = attractiveness.evaluate(SEGMENTS, [{"column": "spend"}], total={"spend": -10.0}, random_state=1)
    assert losses["attractiveness_score"].to_dict() == pytest.approx({"a": 290, "b": 230, "c": 400, "d": 290})
    nothing = attractiveness.evaluate(SEGMENTS, [{"column": "spend"}], total={"spend": 0}, random_state=1)
    assert (nothing["attractiveness_score"] == 100).all()


@pytest.mark.parametrize(("points", "expected"), [
    ({"A": (1, 0), "B": (0, 1), "C": (0.6, 0.6)}, {"A": 0.4, "B": 0.4, "C": 0.2}),
    ({"A": (1, 0, 0), "B": (0, 1, 0), "C": (0, 0, 1), "D": (0.5, 0.5, 0.5)}, dict.fromkeys("ABCD", 0.25)),
])
def test_first_places_under_all_weightings_equal_the_acceptabilities_of_smaa(points, expected):
    """Lahdelma, Hokkanen & Salminen (1998): areas of the simplex of weights, by hand."""
    segments = pd.DataFrame(points).T
    criteria = [{"column": c} for c in segments.columns]
    found = attractiveness.evaluate(segments, criteria, concentration=1, random_state=1)["first_share"]
    assert found.to_dict() == pytest.approx(expected, abs=0.04)  # 2,000 weightings: standard error 0.011


def test_a_segment_without_customers_is_out():
    segments = SEGMENTS.assign(size=[10.0, 30, 0, 20], spend=[9.0, 3, np.nan, 9])
    found = attractiveness.evaluate(segments, CRITERIA, random_state=1)
    assert found["knocked_out_by"].to_dict() == {"a": "", "b": "", "c": "size", "d": ""}
    assert found.loc["c", ["attractiveness_score", "first_share"]].isna().all()


def test_a_missing_value_fails_a_knock_out():
    found = attractiveness.evaluate(SEGMENTS.assign(reach=[np.nan, 1, 1, 1]), CRITERIA, {"reach": 0}, random_state=1)
    assert found.loc["a", "knocked_out_by"] == "reach"


def test_one_segment_left_always_comes_first():
    found = attractiveness.evaluate(SEGMENTS, CRITERIA, {"size": 30}, random_state=1).loc["b"]
    assert found[["segment_rank", "first_share"]].to_list() == [1, 1]


@pytest.mark.parametrize("weight", [1, 2, 5])
def test_first_share_equals_the_beta_distribution(weight):
    """With two criteria that rank two segments in opposite ways, the first weight is beta distributed."""
    segments = pd.DataFrame({"size": [2, 1], "spend": [1, 2]}, index=["big", "rich"])
    criteria = [{"column": "size", "weight": weight}, {"column": "spend", "weight": 1}]
    share = weight / (weight + 1)
    expected = stats.beta(20 * share, 20 * (1 - share)).sf(0.5)
    found = attractiveness.evaluate(segments, criteria, random_state=3)
    assert found.loc["big", "first_share"] == pytest.approx(expected, abs=0.035)


def test_weights_vary_by_about_seven_points():
    draws = np.random.default_rng(0).dirichlet([10] * 4, attractiveness.N_DRAWS)
    assert draws.std(axis=0).mean() == pytest.approx(0.07, abs=0.005)


@pytest.mark.parametrize("change", [
    lambda s, c: (s.sample(frac=1, random_state=2), c),
    lambda s, c: (s * [1000, 0.5, 1], c),
    lambda s, c: (s, [{**x, "weight": 4 * x.get("weight", 1)} for x in c]),
    lambda s, c: (s.assign(cost=-s["cost"]), [*c[:2], {**c[2], "better": "higher"}]),
], ids=["order", "units", "weights", "direction"])
def test_what_does_not_matter(change):
    before = SEGMENTS.copy(deep=True)
    expected = attractiveness.evaluate(SEGMENTS, CRITERIA, random_state=1)
    found = attractiveness.evaluate(*change(SEGMENTS, CRITERIA), random_state=1)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    pd.testing.assert_frame_equal(SEGMENTS, before)


def test_the_seed_decides():
    results = [attractiveness.evaluate(SEGMENTS, CRITERIA, random_state=seed)["first_share"] for seed in (1, 1, 2)]
    assert results[0].equals(results[1])
    assert not results[0].equals(results[2])


def test_equal_segments_come_first_equally_often():
    segments = pd.DataFrame({"size": [3, 3, 1]}, index=list("abc"))
    found = attractiveness.evaluate(segments, [{"column": "size"}], random_state=1)
    assert found.loc["a", "first_share"] == found.loc["b", "first_share"]


@pytest.mark.parametrize(("segments", "criteria", "knock_out", "words"), [
    (SEGMENTS, [], None, ["`criteria`", "is empty", "at least one"]),
    (SEGMENTS, [{"column": "sise"}], None, ["column 'sise'", "the segments", "did you mean `size`"]),
    (SEGMENTS, [{"column": "size", "better": "highr"}], None, ["`better`", "higher, lower", "'highr'"]),
    (SEGMENTS, [{"column": "size", "weight": 0}], None, ["'size'", "weight 0", "above 0"]),
    (SEGMENTS, [{"column": "size", "weight": -1}, {"column": "cost", "weight": float("nan")}], None,
     ["2 faults", "'size'", "'cost'", "weight nan"]),
    (SEGMENTS, CRITERIA, {"sise": 3}, ["column 'sise'", "did you mean `size`"]),
    (SEGMENTS, CRITERIA, {"size": 99}, ["knock-out", "leave no segment", "lower a limit"]),
    (SEGMENTS.assign(size=[1, np.nan, 2, 3]), CRITERIA, None, ["'size'", "missing values"]),
    (SEGMENTS, [{"column": "size", "wieght": 5}], None, ["`wieght`", "did you mean `weight`"]),
    (SEGMENTS, [{"weight": 5}], None, ["criterion 1", "{column: "]),
    (SEGMENTS, [{"column": "size", "weight": "much"}], None, ["'size'", "much"]),
    (SEGMENTS, [{"column": "size", "weight": np.inf}, {"column": "cost"}], None, ["'size'", "weight"]),
    (SEGMENTS.assign(size=[1, np.inf, 2, 3]), CRITERIA, None, ["'size'", "not finite numbers"]),
    (SEGMENTS.assign(size=list("wxyz")), CRITERIA, None, ["'size'", "not finite numbers"]),
])
def test_bad_input_is_explained(segments, criteria, knock_out, words):
    with pytest.raises(SegkitError) as error:
        attractiveness.evaluate(segments, criteria, knock_out, random_state=1)
    assert all(word in str(error.value) for word in words), str(error.value)
