import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import kmeans, variables
from segkit.words.errors import DataError


@pytest.fixture
def good():
    rng = np.random.default_rng(1)
    return pd.DataFrame({"visits": rng.poisson(6, 200), "spend": rng.normal(20, 5, 200), "share": rng.normal(0.4, 0.8, 200)})


def problems(X, **arguments):
    found = variables.lint(X, **arguments)
    return [tuple(row) for row in found[["variable", "problem", "other"]].itertuples(index=False)]


def test_variables_that_are_fit_have_no_problem(good):
    assert variables.lint(good).empty
    assert variables.lint(good).columns.to_list() == ["variable", "problem", "other", "extent"]


@pytest.mark.parametrize("ids", [np.arange(200), 5000 + 7 * np.random.default_rng(2).permutation(200)])
def test_whole_numbers_that_never_repeat_look_like_ids(good, ids):
    assert problems(good.assign(member=ids)) == [("member", "looks like an id", "")]
    assert variables.lint(good.assign(member=ids))["extent"].to_list() == [200]


def test_a_name_and_few_customers_are_enough_for_an_id(good):
    X = good.head(30).assign(amount=np.arange(30) * 1_000_003, card_no=np.arange(30) * 1_000_003)
    assert ("card_no", "looks like an id", "") in problems(X, scale="standard")
    assert ("amount", "looks like an id", "") not in problems(X, scale="standard")


def test_amounts_and_repeated_counts_are_no_ids(good):
    X = good.assign(cents=np.random.default_rng(3).permutation(10**6)[:200], paid=np.arange(200) + 0.5)
    assert not [p for p in problems(X, scale="standard") if "id" in p[1]]


def test_one_value_is_told_and_not_refused(good):
    assert problems(good.assign(always=3), scale="standard") == [("always", "one value only", "")]
    assert problems(pd.DataFrame({"always": [1, 1, 1]})) == [("always", "one value only", "")]


def test_mixed_units_are_told_with_their_ratio_unless_scaled(good):
    X = good.assign(spend=good["spend"] * 1000)
    found = variables.lint(X)
    assert found[["variable", "problem", "other"]].to_numpy().tolist() == [["spend", "mixed units", "share"]]
    assert found["extent"].iloc[0] == pytest.approx(X["spend"].std() / X["share"].std())
    assert variables.lint(X, scale="standard").empty


def test_a_few_far_customers_and_a_repeated_variable_are_told(good):
    X = good.assign(spend=np.r_[np.full(3, 4000.0), good["spend"][3:]], again=-2 * good["visits"] + 1)
    assert problems(X, scale="standard") == [("spend", "a few far customers", ""), ("again", "repeats another variable", "visits")]
    assert variables.lint(X, scale="standard")["extent"].to_list()[1] == pytest.approx(-1)


def test_weights_count(good):
    X = good.assign(spend=np.r_[np.full(3, 4000.0), good["spend"][3:]])
    assert variables.lint(X, scale="standard", weights=np.r_[np.zeros(3), np.ones(197)]).empty


def test_what_k_means_refuses_is_refused(good):
    with pytest.raises(DataError, match="missing"):
        variables.lint(good.assign(spend=np.nan))


def test_the_input_is_not_changed_and_the_order_of_customers_does_not_matter(good):
    X = good.assign(member=np.arange(200), spend=good["spend"] * 1000)
    before = X.copy()
    pd.testing.assert_frame_equal(variables.lint(X), variables.lint(X.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(X, before)
    assert kmeans.segment(X.drop(columns="member"), 2, n_starts=5, random_state=1).k == 2
