import numpy as np
import pandas as pd
import pytest

from segkit.data.samples import PROJECT
from segkit.segmentation import rules, scales
from segkit.words.errors import SegkitError

REFERENCE = PROJECT / "tests" / "reference"


@pytest.fixture(scope="module")
def attitude():
    return pd.read_csv(REFERENCE / "attitude.csv")


@pytest.fixture(scope="module")
def of_r():
    return pd.read_csv(REFERENCE / "scales.csv", index_col=0)["value"]


@pytest.fixture
def survey():
    """300 answers to two attitudes of three and four items, the last of each of the opposite wording."""
    rng = np.random.default_rng(3)
    made = {}
    for name, k in (("price", 3), ("novelty", 4)):
        attitude = rng.normal(size=300)
        for i in range(1, k + 1):
            answer = np.clip(np.round(3 + 1.1 * attitude + rng.normal(0, 0.8, 300)), 1, 5)
            made[f"{name}_{i}"] = 6 - answer if i == k else answer
    return pd.DataFrame(made).mask(rng.random((300, 7)) < 0.02)


SCALES = {"price": ["price_1", "price_2", "price_3"], "novelty": [f"novelty_{i}" for i in range(1, 5)]}
TURNED = ["price_3", "novelty_4"]


def test_reliability_equals_r(attitude, of_r):
    found = scales.reliability(attitude, {"staff": list(attitude)}).loc["staff"]
    for name in ("alpha", "item_correlation"):
        assert found[name] == pytest.approx(of_r[name], rel=1e-9)
    assert found["omega"] == pytest.approx(of_r["omega"], abs=1e-6)
    assert found["weakest_item"] == "critical"
    assert found["weakest_correlation"] == pytest.approx(of_r["critical"], rel=1e-9)
    assert found["weakest_correlation"] == pytest.approx(of_r[list(attitude)].min(), rel=1e-9)
    without = scales.reliability(attitude.drop(columns="critical"), {"staff": list(attitude.columns.drop("critical"))})
    assert found["alpha_without"] == pytest.approx(without.loc["staff", "alpha"], rel=1e-12)


def test_factors_and_scores_equal_r(attitude, of_r):
    loadings, scores = scales.factors(attitude, list(attitude), 2)
    for item in attitude:
        assert loadings.loc[item, "uniqueness"] == pytest.approx(of_r[f"uniqueness_{item}"], abs=2e-5)
        for j in (1, 2):
            assert loadings.loc[item, f"factor_{j}"] == pytest.approx(of_r[f"loading_{j}_{item}"], abs=1e-4)
    for j in (1, 2):
        expected = [of_r[f"score_{j}_{i}"] for i in range(1, 6)]
        assert scores[f"factor_{j}"].head(5).to_list() == pytest.approx(expected, abs=5e-4)


def test_scores_have_the_variance_that_the_items_tell_of_the_factor(attitude):
    """Regression scores: the variance is the squared multiple correlation of factor and items, below 1."""
    loadings, scores = scales.factors(attitude, list(attitude), 2, "none")
    L = loadings[["factor_1", "factor_2"]].to_numpy()
    told = np.diag(L.T @ np.linalg.solve(L @ L.T + np.diag(loadings["uniqueness"]), L))
    np.testing.assert_allclose(scores.mean(), 0, atol=1e-9)
    np.testing.assert_allclose(scores.var(), told, rtol=0.01)
    assert (scores.std() < 0.999).all()


def test_factors_are_the_same_each_time(survey):
    once, again = (scales.factors(survey, list(survey), 2, "oblimin") for _ in range(2))
    for one, other in zip(once, again, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_items_that_follow_from_each_other_are_explained(survey):
    doubled = survey.assign(copy=survey["price_1"])
    with pytest.raises(SegkitError, match="copy"):
        scales.factors(doubled, list(doubled), 2)
    with pytest.raises(SegkitError, match="copy"):
        scales.reliability(doubled, {"x": ["price_1", "price_2", "copy"]})


def test_alpha_of_parallel_items_is_spearman_browns():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=20000)
    answers = pd.DataFrame({c: truth + rng.normal(size=20000) for c in "abcd"})
    found = scales.reliability(answers, {"four": list("abcd")}).loc["four"]
    assert found["alpha"] == pytest.approx(4 * 0.5 / (1 + 3 * 0.5), abs=0.01)
    assert found["omega"] == pytest.approx(found["alpha"], abs=0.005)


def test_items_of_the_opposite_wording_are_turned_round(survey):
    found = scales.reliability(survey, SCALES, TURNED, (1, 5))
    assert (found["alpha"] > 0.7).all()
    assert found["n"].to_list() == [len(survey[listed].dropna()) for listed in SCALES.values()]
    straight = scales.reliability(survey, SCALES)
    assert straight["weakest_item"].to_list() == TURNED
    assert (straight["weakest_correlation"] < 0).all()
    turned = survey.assign(**{item: 6 - survey[item] for item in TURNED})
    pd.testing.assert_frame_equal(scales.reliability(turned, SCALES), found)


def test_oblique_factors_explain_the_correlations_as_well(attitude):
    straight, _ = scales.factors(attitude, list(attitude), 2, "none")
    oblique, scores = scales.factors(attitude, list(attitude), 2, "oblimin")
    np.testing.assert_allclose(oblique["uniqueness"], straight["uniqueness"], atol=1e-5)
    assert scores.std().max() <= 1 + 1e-9
    assert scores.corr().iloc[0, 1] > 0
    L = oblique[["factor_1", "factor_2"]].to_numpy()
    M = straight[["factor_1", "factor_2"]].to_numpy()
    T = np.linalg.lstsq(M, L, rcond=None)[0]
    np.testing.assert_allclose(M @ T, L, atol=1e-5)


def test_scores_find_the_attitudes_and_leave_incomplete_answers_out(survey):
    loadings, scores = scales.factors(survey, list(survey), 2, reversed_items=TURNED, scale=(1, 5))
    assert set(loadings["factor_1"].nlargest(4).index) == set(SCALES["novelty"])
    assert set(loadings["factor_2"].nlargest(3).index) == set(SCALES["price"])
    assert scores.index.equals(survey.index)
    assert scores.notna().all(axis=1).to_list() == survey.notna().all(axis=1).to_list()


def test_scales_feed_the_psychographic_template(survey):
    spec = rules.template("psychographic", novelty_items=SCALES["novelty"], novelty_reversed=["novelty_4"])
    found = rules.segment(survey.reset_index(names="customer_id"), spec)
    assert (found.segments["size"] > 20).all()
    _, scores = scales.factors(survey, list(survey), 2, reversed_items=TURNED, scale=(1, 5))
    novel = found.labels.isin(["Bargain explorers", "Trend seekers"])
    assert scores.loc[novel.to_numpy(), "factor_1"].mean() > scores.loc[~novel.to_numpy(), "factor_1"].mean() + 1


@pytest.mark.parametrize(("call", "words"), [
    (lambda s: scales.reliability(s, {"x": ["price_1", "price_9"]}), ["price_9"]),
    (lambda s: scales.reliability(s, {"x": ["price_1"]}), ["scale 'x'", "at least two"]),
    (lambda s: scales.reliability(s, {"x": ["price_1", "price_1"]}), ["scale 'x'", "once each"]),
    (lambda s: scales.reliability(s, SCALES, TURNED), ["`scale`", "(1, 5)"]),
    (lambda s: scales.reliability(s.head(5), SCALES), ["scale 'price'", "it takes 10"]),
    (lambda s: scales.reliability(s.assign(price_1=3.0), SCALES), ["one answer only: price_1"]),
    (lambda s: scales.reliability(s.assign(price_1="a"), SCALES), ["item 'price_1'", "not numbers"]),
    (lambda s: scales.factors(s, list(s), 3), ["`n_factors`", "1 to 2"]),
    (lambda s: scales.factors(s, list(s), 2, "quartimax"), ["rotation", "varimax"]),
    (lambda s: scales.factors(s.head(6), list(s), 2), ["answered all 7 items"]),
    (lambda s: scales.factors(s.assign(price_1=3.0), list(s), 2), ["item 'price_1'", "one answer only"]),
])
def test_faulty_questions_are_explained(survey, call, words):
    with pytest.raises(SegkitError) as error:
        call(survey)
    assert all(word in str(error.value) for word in words), str(error.value)
