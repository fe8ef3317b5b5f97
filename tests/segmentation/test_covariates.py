import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from segkit.segmentation import covariates, kmeans, latent_class, three_step
from segkit.words.errors import DataError, SegkitError

SIMULATION = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "three_step.py"))
NAMES = ["age", "town", "noise"]


@pytest.fixture(scope="module")
def sample():
    X, table = SIMULATION["drawn"](1, 1500, 0.8)
    return X, table, SIMULATION["classes"](X)


@pytest.fixture(scope="module")
def runs():
    """20 samples of poorly separated classes, corrected and not."""
    return pd.concat([SIMULATION["estimated"](seed, 1500, 0.8) for seed in range(20)])


def test_known_coefficients_come_back_where_the_plain_logit_is_drawn_to_zero(runs):
    told = SIMULATION["summarised"](runs)
    corrected, naive = told.loc["ml"], told.loc["none"]
    off = (corrected["mean"] - corrected["truth"]).abs()
    assert (off < 4 * corrected["spread"] / 20**0.5 + 0.02).all()
    strong = naive["truth"].abs() >= 0.7
    assert (naive["mean"] / naive["truth"])[strong].max() < 0.85
    assert (corrected["mean"] / corrected["truth"])[strong].between(0.9, 1.1).all()


def test_intervals_hold_the_truth_and_the_wald_test_keeps_its_level(runs):
    slopes = SIMULATION["summarised"](runs).drop("intercept", level="coefficient")
    assert slopes.loc["ml", "coverage"].mean() > 0.88
    assert slopes.loc["none", "coverage"].drop("noise", level="coefficient").mean() < 0.6
    assert (slopes.loc["ml", "standard_error"] / slopes.loc["ml", "spread"]).between(0.6, 1.7).all()
    once = runs[runs["correction"] == "ml"].drop_duplicates("seed")
    assert (once["noise_p"] < 0.05).mean() <= 0.2


def test_uncorrected_coefficients_are_those_of_a_multinomial_logit(sample):
    _, table, found = sample
    model = covariates.fit(table, found, NAMES, correction="none")
    design = pd.DataFrame({"intercept": 1.0, "age": table["age"], "town": (table["town"] == "hue").astype(float),
                           "noise": table["noise"]})
    expected = sm.MNLogit(found.labels, design).fit(disp=0, cov_type="HC0", tol=1e-12)
    wide = model.coefficients["estimate"].unstack("segment").loc[["intercept", *NAMES]]
    np.testing.assert_allclose(wide, expected.params, atol=1e-6)
    errors = model.coefficients["standard_error"].unstack("segment").loc[["intercept", *NAMES]]
    np.testing.assert_allclose(errors, expected.bse, atol=1e-6)
    assert model.summary["log_likelihood"].iloc[0] == pytest.approx(expected.llf, abs=1e-6)
    np.testing.assert_allclose(model.shares(table), expected.predict(design), atol=1e-6)


def plain_log_likelihoods(beta, ages, segments, errors):
    """Row by row: the log of the sum over the classes of their probability times that of the segment taken."""
    values = []
    for age, segment in zip(ages, segments, strict=True):
        odds = np.array([1.0, *(np.exp(beta[j] + beta[2 + j] * age) for j in range(2))])
        values.append(np.log((odds / odds.sum()) @ errors[:, segment - 1]))
    return np.array(values)


def test_the_maximum_and_its_covariance_are_those_of_a_plain_loop(sample):
    X, table, _ = sample
    X, table = X.iloc[:400], table.iloc[:400]
    found = SIMULATION["classes"](X)
    model = covariates.fit(table, found, ["age"])
    best, step = model.coefficients["estimate"].to_numpy(), 1e-3
    data = (table["age"], found.labels, three_step.classification(found).to_numpy())
    assert model.summary["log_likelihood"].iloc[0] == pytest.approx(plain_log_likelihoods(best, *data).sum(), abs=1e-8)
    moves = step * np.eye(4)
    scores = np.stack([(plain_log_likelihoods(best + m, *data) - plain_log_likelihoods(best - m, *data)) / (2 * step)
                       for m in moves], axis=1)
    np.testing.assert_allclose(scores.sum(axis=0), 0, atol=1e-3)

    def value(shift):
        return plain_log_likelihoods(best + shift, *data).sum()

    bread = np.linalg.inv([[-(value(m + o) - value(m - o) - value(o - m) + value(-m - o)) / (4 * step**2) for o in moves]
                           for m in moves])
    np.testing.assert_allclose(model.covariance, bread @ (scores.T @ scores) @ bread, rtol=1e-3)


def test_wald_is_the_quadratic_form_of_the_coefficients(sample):
    _, table, found = sample
    model = covariates.fit(table, found, NAMES)
    flat = model.coefficients["estimate"].to_numpy()
    assert model.tests["df"].to_dict() == {"age": 2, "town": 2, "noise": 2, "all together": 6}
    of = model.coefficients.index.get_level_values("covariate") == "age"
    expected = flat[of] @ np.linalg.inv(model.covariance[np.ix_(of, of)]) @ flat[of]
    assert model.tests.loc["age", "statistic"] == pytest.approx(expected)
    assert model.tests.loc["age", "p_value"] == pytest.approx(stats.chi2.sf(expected, 2))


def test_the_reference_only_turns_the_coefficients(sample):
    _, table, found = sample
    one, three = (covariates.fit(table, found, NAMES, reference=r) for r in (1, 3))
    wide, other = (m.coefficients["estimate"].unstack("segment") for m in (one, three))
    np.testing.assert_allclose(other[1], -wide[3], atol=1e-6)
    np.testing.assert_allclose(other[2], wide[2] - wide[3], atol=1e-6)
    np.testing.assert_allclose(one.tests["statistic"], three.tests["statistic"], rtol=1e-5)
    pd.testing.assert_frame_equal(one.shares(table), three.shares(table), atol=1e-6)


def test_units_and_the_order_of_rows_do_not_matter(sample):
    _, table, found = sample
    plain = covariates.fit(table, found, NAMES)
    moved = covariates.fit(table.assign(age=table["age"] * 1000 + 5).sample(frac=1, random_state=1), found, NAMES)
    np.testing.assert_allclose(moved.coefficients["estimate"].loc["age"] * 1000, plain.coefficients["estimate"].loc["age"],
                               rtol=1e-5)
    np.testing.assert_allclose(moved.tests["statistic"], plain.tests["statistic"], rtol=1e-5)


def test_labels_of_the_segments_do_not_matter(sample):
    _, table, found = sample
    moved = covariates.fit(table, found.relabel({1: 3, 2: 1, 3: 2}), NAMES, reference=3)
    np.testing.assert_allclose(moved.coefficients["estimate"], covariates.fit(table, found, NAMES).coefficients["estimate"],
                               atol=1e-6)


def test_weights_count_as_rows_in_the_estimates_and_their_size_does_not_matter(sample):
    X, table, _ = sample
    w = np.random.default_rng(1).integers(0, 3, len(X))
    weighted = SIMULATION["classes"](X)
    table2 = table.loc[X.index.repeat(w)].reset_index(drop=True)
    assigned = weighted.assignments.loc[X.index.repeat(w)].reset_index(drop=True)
    repeated = type(weighted)(weighted.method, weighted.variables, assigned, weighted.segments, weighted.summary, weighted.rule)
    one, ten = (covariates.fit(table, weighted, NAMES, weights=w * c) for c in (1, 10))
    whole = covariates.fit(table2, repeated, NAMES)
    np.testing.assert_allclose(one.coefficients["estimate"], whole.coefficients["estimate"], atol=1e-6)
    assert one.summary["log_likelihood"].iloc[0] == pytest.approx(whole.summary["log_likelihood"].iloc[0])
    np.testing.assert_allclose(one.coefficients, ten.coefficients, rtol=1e-4, atol=1e-6)


def test_missing_covariates_are_left_out_and_get_no_shares(sample):
    _, table, found = sample
    gappy = table.copy()
    gappy.loc[:9, "age"], gappy.loc[10:19, "town"], gappy.loc[20, "noise"] = np.nan, None, np.inf
    model = covariates.fit(gappy, found, NAMES)
    assert model.summary["n"].iloc[0] == 1479
    new = table.iloc[:3].assign(town=["hue", "paris", None])
    assert model.shares(new).isna().all(axis=1).to_list() == [False, True, True]
    assert model.shares(table).sum(axis=1).to_numpy() == pytest.approx(1)


def bad(sample, **changes):
    X, table, found = sample
    return {"table": table.assign(same=1.0, double=2 * table["age"], a=X["a"], sure=found.labels.astype(str)),
            "segmentation": found, "covariates": ["age"], **changes}


BAD = {
    "unknown": ({"covariates": ["agee"]}, r"column 'agee'.*\n.*`age`"),
    "none": ({"covariates": []}, r"`covariates`: there are none"),
    "constant": ({"covariates": ["same"]}, r"'same': has one value"),
    "circular": ({"covariates": ["a"]}, r"'a': formed the segments"),
    "collinear": ({"covariates": ["age", "double"]}, r"one follows from the others"),
    "separated": ({"covariates": ["sure"], "correction": "none"}, r"no finite maximum"),
    "correction": ({"correction": "bch"}, r"`correction`: must be one of ml, none"),
    "reference": ({"reference": 7}, r"`reference`: must be one of 1, 2, 3"),
    "weights": ({"weights": [1, 2]}, r"`weights`"),
    "no weight": ({"weights": np.zeros(1500)}, r"`weights`"),
}


@pytest.mark.parametrize("name", BAD)
def test_faults_are_explained(name, sample):
    changes, message = BAD[name]
    with pytest.raises(SegkitError, match=message):
        covariates.fit(**bad(sample, **changes))


def test_other_methods_and_one_class_are_refused(sample):
    X, table, _ = sample
    with pytest.raises(DataError, match="is by k-means"):
        covariates.fit(table, kmeans.segment(X.astype(float), 2, n_starts=8, random_state=1), ["age"])
    with pytest.raises(DataError, match="has one class"):
        covariates.fit(table, latent_class.segment(X, 1), ["age"])


def test_rows_with_an_id_twice_are_refused(sample):
    _, table, found = sample
    with pytest.raises(DataError, match="1 rows have the id of an earlier row"):
        covariates.fit(pd.concat([table, table.iloc[[0]]]), found, ["age"])
