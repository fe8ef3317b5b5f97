import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import kmeans, latent_class, three_step
from segkit.words.errors import DataError, SegkitError

AGE, RICH = np.array([30.0, 40.0, 55.0]), np.array([0.2, 0.5, 0.9])


def simulated(seed, n=1500, level=0.78):
    """Poorly separated classes, an age and an income that depend on the true class, a coin that does not."""
    rng = np.random.default_rng(seed)
    of = rng.choice(3, n, p=[0.45, 0.35, 0.2])
    profile = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
    X = pd.DataFrame(rng.random((n, 6)) < np.where(profile[of] == 1, level, 1 - level), columns=list("abcdef"))
    descriptors = pd.DataFrame({"age": rng.normal(AGE[of], 8), "income": np.where(rng.random(n) < RICH[of], "high", "low"),
                                "coin": rng.choice(["heads", "tails"], n), "noise": rng.normal(size=n)})
    return X, descriptors, of


@pytest.fixture(scope="module")
def runs():
    """Estimates of 25 samples, classes in the order of the truth, corrected and as assigned."""
    found = {"bch": [], "none": []}
    for seed in range(25):
        X, table, _ = simulated(seed)
        s = latent_class.segment(X, 3, n_starts=128, random_state=1)
        order = [latent_class.items(s)["probability"].xs(True, level="answer").xs(j, level="segment").sum() for j in (1, 2, 3)]
        s = s.relabel(dict(zip(np.argsort(order)[::-1] + 1, (1, 2, 3), strict=True)))
        for correction, rows in found.items():
            rows.append((three_step.estimates(table, s, list(table), correction), three_step.describe(table, s, list(table), correction)))
    return found


def mean_of(rows, *key):
    return np.mean([e["estimate"].xs(key, level=("descriptor", "value")).to_numpy() for e, _ in rows], axis=0)


def test_assigned_means_are_drawn_together_and_corrected_ones_are_not(runs):
    naive, corrected = mean_of(runs["none"], "age", ""), mean_of(runs["bch"], "age", "")
    assert np.ptp(naive) < 0.85 * np.ptp(AGE)
    assert corrected == pytest.approx(AGE, abs=1.2)


def test_assigned_shares_are_drawn_together_and_corrected_ones_are_not(runs):
    naive, corrected = mean_of(runs["none"], "income", "high"), mean_of(runs["bch"], "income", "high")
    assert np.ptp(naive) < 0.85 * np.ptp(RICH)
    assert corrected == pytest.approx(RICH, abs=0.05)


def test_standard_errors_are_the_spread_of_the_estimates(runs):
    drawn = np.array([e.xs("age")["estimate"].to_numpy() for e, _ in runs["bch"]])
    told = np.array([e.xs("age")["standard_error"].to_numpy() for e, _ in runs["bch"]])
    assert (told.mean(axis=0) / drawn.std(axis=0, ddof=1)).tolist() == pytest.approx([1, 1, 1], abs=0.5)


def test_wald_finds_the_differences_that_are_there(runs):
    p = pd.DataFrame([d["p_value"] for _, d in runs["bch"]])
    assert (p[["age", "income"]] < 1e-6).all(axis=None)
    assert (p[["coin", "noise"]] < 0.05).mean().max() < 0.25
    assert runs["bch"][0][1]["df"].to_dict() == {"age": 2, "income": 2, "coin": 2, "noise": 2}


def test_certain_classes_need_no_correction_and_give_plain_means():
    X = pd.DataFrame({c: list("yyyyyynnnn") for c in "abcdef"})
    table = pd.DataFrame({"age": np.arange(10.0)})
    s = latent_class.segment(X, 2, random_state=1)
    one, two = (three_step.estimates(table, s, ["age"], c) for c in three_step.CORRECTIONS)
    np.testing.assert_allclose(one["estimate"], [2.5, 7.5], atol=1e-6)
    np.testing.assert_allclose(two["estimate"], [2.5, 7.5])
    assert three_step.classification(s).to_numpy() == pytest.approx(np.eye(2), abs=1e-6)


def test_uncorrected_wald_equals_the_formula():
    X, table, _ = simulated(3, 300)
    s = latent_class.segment(X, 2, random_state=1)
    found = three_step.describe(table, s, ["age"], "none").iloc[0]
    parts = [table.loc[s.labels == j, "age"] for j in (1, 2)]
    variance = sum(p.var(ddof=0) / len(p) for p in parts) * 300 / 298
    assert found["statistic"] == pytest.approx((parts[0].mean() - parts[1].mean()) ** 2 / variance)


def test_weights_are_equal_rows():
    X, table, _ = simulated(4, 200)
    w = np.random.default_rng(1).integers(1, 4, 200)
    weighted = latent_class.segment(X, 2, weights=w, random_state=1)
    X2, table2 = (t.loc[t.index.repeat(w)].reset_index(drop=True) for t in (X, table))
    whole = latent_class.segment(X2, 2, random_state=1)
    one = three_step.estimates(table, weighted, ["age", "income"], weights=w)["estimate"]
    np.testing.assert_allclose(one, three_step.estimates(table2, whole, ["age", "income"])["estimate"], atol=1e-8)


def test_missing_values_are_left_out_and_variables_of_the_segments_not_tested():
    X, table, _ = simulated(5, 300)
    table.loc[:99, "age"] = np.nan
    table.loc[100, "age"] = np.inf
    s = latent_class.segment(X, 2, random_state=1)
    found = three_step.describe(table.assign(a=X["a"], same="x"), s, ["age", "a", "same"])
    assert found["n"].to_list() == [199, 300, 300]
    assert found["note"].to_list() == ["", "formed the segments: no test", "too few values to compare"]
    assert found["p_value"].isna().to_list() == [False, True, True]


def test_faults_are_explained():
    X, table, _ = simulated(6, 200)
    s = latent_class.segment(X, 2, random_state=1)
    with pytest.raises(DataError, match="column 'agee'"):
        three_step.describe(table, s, ["agee"])
    with pytest.raises(SegkitError, match="`correction`"):
        three_step.describe(table, s, ["age"], "ml")
    with pytest.raises(DataError, match="`weights`"):
        three_step.describe(table, s, ["age"], weights=[1, 2])
    with pytest.raises(DataError, match="is by k-means"):
        three_step.describe(table, kmeans.segment(X.astype(float), 2, random_state=1), ["age"])
