import itertools
import subprocess
import sys

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.data import open as sources
from segkit.data.samples import PROJECT
from segkit.segmentation import kmeans, latent_class
from segkit.segmentation.kernel import em
from segkit.segmentation.latent import mixture
from segkit.segmentation.latent.response_items import patterns, read, tables
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, SegkitError

REFERENCE = PROJECT / "tests" / "reference"
MCDONALDS = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
BEST_KNOWN = {2: (-7610.8361, 15389.14), 3: (-7311.4778, 14877.80), 4: (-7111.1081, 14564.44), 5: (-7011.1675, 14451.94),
              6: (-6956.0192, 14429.02), 7: (-6900.1364, 14404.63), 8: (-6864.0905, 14419.91)}


@pytest.fixture(scope="module")
def mcdonalds():
    """The yes/no items of the survey in Dolnicar, Grün & Leisch (2018), appendix A."""
    if not MCDONALDS.exists():
        pytest.skip(f"{MCDONALDS.name} is not beside the project")
    return pd.read_csv(MCDONALDS).iloc[:, :11]


def published(name):
    table = pd.read_csv(REFERENCE / f"{name}.csv")
    return table.drop(columns="n"), table["n"].to_numpy()


def survey(seed=0, n=600, missing=0.0, text=True):
    """Three classes, six items with two to four answers; the true class of each row."""
    rng = np.random.default_rng(seed)
    of = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    columns = {}
    for j, n_answers in enumerate([2, 2, 3, 3, 4, 2]):
        chances = np.full((3, n_answers), 0.12 / (n_answers - 1))
        chances[np.arange(3), (np.arange(3) + j) % n_answers] = 0.88
        answer = (rng.random(n)[:, None] > chances.cumsum(axis=1)[of]).sum(axis=1).clip(max=n_answers - 1)
        column = np.array(list("abcd"))[answer].astype(object) if text else answer.astype(float)
        column[rng.random(n) < missing] = None if text else np.nan
        columns[f"q{j}"] = column
    return pd.DataFrame(columns, index=[f"c{i}" for i in range(n)]), of


def row(found):
    return found.summary.iloc[0]


def labels(table):
    return [None if pd.isna(v) else v for v in table.execute()["segment"]]


def plain_em(codes, first, values, weight, P, common, floor, steps):
    """EM one formula at a time; returns the parameters after each step and the log-likelihood before it."""
    path = []
    n_continuous = values.shape[1]
    for _ in range(steps):
        log_p = np.tile(np.log(P[0]), (len(codes), 1))
        for i, j in itertools.product(range(len(codes)), range(codes.shape[1])):
            if codes[i, j] >= 0:
                log_p[i] += np.log(P[first[j] + codes[i, j]])
        mean, variance = P[first[-1]:first[-1] + n_continuous], P[first[-1] + n_continuous:]
        for i, d in itertools.product(range(len(codes)), range(n_continuous)):
            if not np.isnan(values[i, d]):
                log_p[i] += -0.5 * np.log(2 * np.pi * variance[d]) - (values[i, d] - mean[d]) ** 2 / (2 * variance[d])
        top = log_p.max(axis=1, keepdims=True)
        density = np.exp(log_p - top)
        value = float(weight @ (np.log(density.sum(axis=1)) + top[:, 0]))
        r = weight[:, None] * density / density.sum(axis=1, keepdims=True)
        Q = P.copy()
        Q[0] = r.sum(axis=0) / weight.sum()
        for j in range(codes.shape[1]):
            observed = r[codes[:, j] >= 0].sum(axis=0)
            for a in range(first[j + 1] - first[j]):
                Q[first[j] + a] = r[codes[:, j] == a].sum(axis=0) / observed
        for d in range(n_continuous):
            known = ~np.isnan(values[:, d])
            n = r[known].sum(axis=0)
            Q[first[-1] + d] = r[known].T @ values[known, d] / n
            squares = (r[known] * (values[known, d, None] - Q[first[-1] + d]) ** 2).sum(axis=0)
            Q[first[-1] + n_continuous + d] = np.maximum(squares.sum() / n.sum() if common else squares / n, floor)
        path.append((Q, value))
        P = Q
    return path


@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", ["items", "missing", "class", "common", "continuous alone"])
def test_a_step_of_the_kernel_equals_a_plain_float64_loop(kind, k):
    X, of = survey(1, 90, missing=0.2 if kind == "missing" else 0)
    continuous = ()
    if kind in ("class", "common", "continuous alone"):
        rng = np.random.default_rng(2)
        X["spend"] = np.where(rng.random(90) < 0.2, np.nan, rng.normal(3 * of, 1))
        X["visits"] = rng.normal(of, 2)
        continuous = ("spend", "visits")
    if kind == "continuous alone":
        X = X[list(continuous)]
    answers, faults = read(X, continuous, np.random.default_rng(3).integers(1, 4, 90))
    assert not faults
    rows = patterns(answers.codes, answers.values, answers.weights)
    cells, scale, n_first, code = tables(rows.codes, answers.first)
    starts = mixture._starts(answers, rows, k, np.arange(5, dtype=np.uint64))
    common = kind == "common"
    # one cycle without a leap: the start's own step, then the step that follows it
    found, value, _, _ = em.run(starts, cells, scale, n_first, code, rows.weight, rows.values, answers.first, common,
                                1e-3, 0, 0.0, 8)
    constant = rows.weight @ np.log(np.where(rows.codes >= 0, np.diff(answers.first), 1)).sum(axis=1)
    for start, after, log_likelihood in zip(starts, found, value, strict=True):
        path = plain_em(rows.codes, answers.first, rows.values, rows.weight, start, common, 1e-3, 2)
        np.testing.assert_allclose(after, path[0][0], atol=1e-10)
        assert log_likelihood - constant == pytest.approx(path[1][1], rel=1e-12)


def test_the_maximum_is_where_a_plain_loop_ends():
    X, _ = survey(2, 150)
    found = latent_class.segment(X, 3, random_state=1)
    answers, _ = read(X, (), None)
    rows = patterns(answers.codes, answers.values, answers.weights)
    start = mixture.fit(answers, rows, 3, 128, False, 1).parameters
    path = plain_em(rows.codes, answers.first, rows.values, rows.weight, np.maximum(start, 1e-12), False, 0, 30)
    assert path[-1][1] == pytest.approx(row(found)["log_likelihood"], abs=1e-6)


@pytest.mark.parametrize("cycles", range(8))
def test_the_log_likelihood_never_falls(cycles):
    X, _ = survey(3, 200, missing=0.1)
    answers, _ = read(X, (), None)
    rows = patterns(answers.codes, answers.values, answers.weights)
    starts = mixture._starts(answers, rows, 4, np.arange(40, dtype=np.uint64))
    data = (*tables(rows.codes, answers.first), rows.weight, rows.values, answers.first, False, 1e-3)
    value = [em.run(starts, *data, c, 0.0, 32)[1] for c in (cycles, cycles + 1)]
    assert (value[1] >= value[0] - 1e-9).all()


def test_a_start_is_the_same_in_any_lane_batch_or_order():
    X, _ = survey(3, 200)
    answers, _ = read(X, (), None)
    rows = patterns(answers.codes, answers.values, answers.weights)
    starts = mixture._starts(answers, rows, 3, np.arange(70, dtype=np.uint64))
    data = (*tables(rows.codes, answers.first), rows.weight, rows.values, answers.first, False, 1e-3, 500, 1e-8)
    whole = em.run(starts, *data, 32)
    for lanes, part in ((8, slice(0, 70)), (16, slice(5, 9)), (32, slice(69, None, -1))):
        for one, other in zip(whole, em.run(starts[part].copy(), *data, lanes), strict=True):
            np.testing.assert_array_equal(one[part], other)


def test_more_starts_begin_with_the_same_starts(monkeypatch):
    X, _ = survey(4, 200)
    monkeypatch.setattr(mixture, "ENOUGH_BEST", 10**9)
    answers, _ = read(X, (), None)
    rows = patterns(answers.codes, answers.values, answers.weights)
    few, many = (mixture.fit(answers, rows, 3, n, False, 7).log_likelihoods for n in (50, 200))
    np.testing.assert_array_equal(few, many[:50])
    monkeypatch.setattr(mixture, "_workers", lambda: 5)
    np.testing.assert_array_equal(mixture.fit(answers, rows, 3, 200, False, 7).log_likelihoods, many)


CARCINOMA = {1: (-524.4648, 476.781, 1082.324, [1.0]), 2: (-317.2568, 62.365, 706.074, [0.501, 0.499]),
             3: (-293.7050, 15.262, 697.136, [0.445, 0.374, 0.182]), 4: (-289.2858, 6.423, 726.463, [0.375, 0.343, 0.188, 0.094])}
VALUES = {1: (-543.6498, 81.084, 1108.801, [1.0]), 2: (-504.4677, 2.720, 1057.313, [0.721, 0.279])}


@pytest.mark.parametrize(("name", "k", "expected"), [("carcinoma", k, e) for k, e in CARCINOMA.items()]
                         + [("values", k, e) for k, e in VALUES.items()])
def test_published_tables(name, k, expected):
    X, n = published(name)
    found = latent_class.segment(X, k, weights=n, random_state=1)
    log_likelihood, g_squared, bic, shares = expected
    assert row(found)["log_likelihood"] == pytest.approx(log_likelihood, abs=1e-4)
    assert row(found)["g_squared"] == pytest.approx(g_squared, abs=1e-3)
    assert row(found)["bic"] == pytest.approx(bic, abs=1e-3)
    assert sorted(found.segments["class_share"], reverse=True) == pytest.approx(shares, abs=1e-3)
    assert row(found)["df"] == {"carcinoma": 118, "values": 15}[name] - row(found)["n_parameters"]


@pytest.mark.parametrize("k", BEST_KNOWN)
def test_mcdonalds_survey_reaches_the_converged_maxima(mcdonalds, k):
    found = row(latent_class.segment(mcdonalds, k, random_state=k))
    log_likelihood, bic = BEST_KNOWN[k]
    assert found["log_likelihood"] == pytest.approx(log_likelihood, abs=0.01 if k <= 5 else 0.1)
    assert found["bic"] == pytest.approx(bic, abs=0.02 if k <= 5 else 0.2)


def test_mcdonalds_survey_four_classes(mcdonalds):
    found = latent_class.segment(mcdonalds, 4, random_state=1)
    assert row(found)["aic"] == pytest.approx(14316.216, abs=0.01)
    assert row(found)["icl"] == pytest.approx(14831.622, abs=0.05)
    assert found.segments["size"].to_list() == [592, 379, 281, 201]
    assert found.segments["class_share"].to_list() == pytest.approx([0.3828, 0.2661, 0.2097, 0.1414], abs=1e-4)
    assert latent_class.items(found).xs(("yummy", "Yes"))["probability"].to_list() == pytest.approx(
        [0.8793, 0.7926, 0.0243, 0.0], abs=1e-3)


def test_criteria_follow_their_formulas():
    X, _ = survey(5, 300)
    found = latent_class.segment(X, 3, random_state=1)
    s, n, p = row(found), 300, 2 + 3 * (1 + 1 + 2 + 2 + 3 + 1)
    posterior = found.assignments.filter(like="posterior_").to_numpy()
    assert s["n_parameters"] == p
    assert s["aic"] == pytest.approx(-2 * s["log_likelihood"] + 2 * p)
    assert s["bic"] == pytest.approx(-2 * s["log_likelihood"] + p * np.log(n))
    assert s["sabic"] == pytest.approx(-2 * s["log_likelihood"] + p * np.log((n + 2) / 24))
    assert s["caic"] == pytest.approx(-2 * s["log_likelihood"] + p * (np.log(n) + 1))
    assert s["icl"] == pytest.approx(s["bic"] - 2 * np.log(posterior.max(axis=1)).sum())
    assert s["entropy"] == pytest.approx(1 + (posterior * np.log(np.maximum(posterior, 1e-300))).sum() / (n * np.log(3)))
    assert posterior.sum(axis=1) == pytest.approx(np.ones(n))
    assert (found.assignments["membership_share"] == posterior.max(axis=1)).all()
    assert (found.labels == posterior.argmax(axis=1) + 1).all()
    assert found.segments["class_share"].to_list() == pytest.approx(posterior.mean(axis=0), abs=1e-5)


def test_equal_rows_are_weights():
    X, _ = survey(6, 120, missing=0.1)
    weights = np.random.default_rng(1).integers(1, 5, len(X))
    weighted = latent_class.segment(X, 3, weights=weights, random_state=1)
    whole = latent_class.segment(X.loc[X.index.repeat(weights)].reset_index(drop=True), 3, random_state=1)
    pd.testing.assert_frame_equal(weighted.summary, whole.summary)
    assert weighted.labels.repeat(weights).to_list() == whole.labels.to_list()
    pd.testing.assert_series_equal(weighted.segments["segment_share"], whole.segments["segment_share"])


def test_the_order_of_rows_does_not_matter():
    X, _ = survey(7, 200)
    found = latent_class.segment(X, 3, random_state=1)
    mixed = latent_class.segment(X.sample(frac=1, random_state=2), 3, random_state=1)
    pd.testing.assert_frame_equal(mixed.summary, found.summary)
    pd.testing.assert_frame_equal(mixed.assignments.loc[X.index], found.assignments)


def test_names_and_order_of_answers_do_not_matter():
    X, _ = survey(8, 300)
    found = latent_class.segment(X, 3, random_state=1)
    other = latent_class.segment(X.replace({"a": "z"}), 3, random_state=5)
    assert row(other)["log_likelihood"] == pytest.approx(row(found)["log_likelihood"], abs=1e-6)
    assert found.align(other).labels.equals(found.labels)


def test_input_is_unchanged_and_the_seed_decides():
    X, _ = survey(9, 150, missing=0.1)
    before = X.copy()
    one, two = (latent_class.segment(X, 3, random_state=4) for _ in range(2))
    pd.testing.assert_frame_equal(X, before)
    pd.testing.assert_frame_equal(one.assignments, two.assignments)
    assert one.rule == two.rule


def test_answers_missing_at_random_leave_the_classes_as_they_are():
    full, of = survey(10, 3000)
    holed, _ = survey(10, 3000)
    rng = np.random.default_rng(1)
    for c in holed:
        holed.loc[rng.random(3000) < 0.25, c] = None
    # seen more often where q0 is "a": missing at random, not completely at random
    holed.loc[(full["q0"] == "b") & (rng.random(3000) < 0.5), "q4"] = None
    holed = holed[holed.notna().any(axis=1)]
    one, two = latent_class.segment(full, 3, random_state=1), latent_class.segment(holed, 3, random_state=1)
    gap = latent_class.items(one)["probability"] - latent_class.items(two)["probability"]
    assert gap.abs().max() < 0.06
    assert np.isnan(row(two)["g_squared"])
    truth = pd.Series(of, index=full.index)
    assert (pd.crosstab(truth, one.labels).max(axis=1).sum() / 3000) > 0.9


@pytest.mark.parametrize("variance", latent_class.VARIANCES)
def test_continuous_columns_are_normal_within_a_class(variance):
    rng = np.random.default_rng(1)
    of = rng.choice(2, 2000, p=[0.7, 0.3])
    X = pd.DataFrame({"spend": rng.normal(np.array([100, 300])[of], np.array([20, 60 if variance == "class" else 20])[of]),
                      "likes": np.where(rng.random(2000) < np.array([0.2, 0.8])[of], "yes", "no")})
    X.loc[::7, "spend"] = np.nan
    found = latent_class.segment(X, 2, continuous=["spend"], variance=variance, random_state=1)
    assert found.segments["spend"].to_list() == pytest.approx([100, 300], rel=0.03)
    assert found.rule["continuous"][0]["variances"] == pytest.approx([400, 3600 if variance == "class" else 400], rel=0.15)
    assert found.segments["class_share"].to_list() == pytest.approx([0.7, 0.3], abs=0.03)
    assert row(found)["n_parameters"] == 1 + 2 * 1 + 2 * 2 - (variance == "common")
    assert labels(found.assign(sources.table(X))) == found.labels.to_list()


def test_normal_columns_reach_the_log_likelihood_of_scikit_learn():
    from sklearn.mixture import GaussianMixture
    rng = np.random.default_rng(5)
    values = np.r_[rng.normal(0, 1, (150, 2)), rng.normal(4, 2, (100, 2))]
    X = pd.DataFrame(values, columns=["a", "b"])
    theirs = GaussianMixture(2, covariance_type="diag", n_init=20, tol=1e-10, max_iter=5000, random_state=1).fit(values)
    found = latent_class.segment(X, 2, continuous=["a", "b"], random_state=1)
    assert row(found)["log_likelihood"] == pytest.approx(theirs.score(values) * 250, abs=0.01)
    assert np.isnan(row(found)["df"])


def test_a_class_does_not_close_around_one_value():
    X = pd.DataFrame({"spend": [5.0] * 30 + list(np.random.default_rng(1).normal(50, 10, 70))})
    found = latent_class.segment(X, 3, continuous="spend", random_state=1)
    assert min(found.rule["continuous"][0]["variances"]) >= 0.999e-3 * X["spend"].var(ddof=0)
    assert np.isfinite(row(found)["log_likelihood"])


def test_separated_answers_give_certain_customers_and_no_nan():
    X = pd.DataFrame({c: list("yyyyynnn") for c in "abcdef"})
    found = latent_class.segment(X, 2, random_state=1)
    assert found.segments["size"].to_list() == [5, 3]
    assert row(found)["entropy"] == pytest.approx(1, abs=1e-6)
    for table in (found.summary, found.segments, found.assignments, latent_class.items(found)):
        assert not table.isna().any(axis=None)
    assert labels(found.assign(ibis.memtable(X))) == found.labels.to_list()


def test_one_class_is_the_margins():
    X, _ = survey(11, 200)
    found = latent_class.segment(X, 1, random_state=1)
    assert latent_class.items(found).loc[("q2", "a", 1), "probability"] == pytest.approx((X["q2"] == "a").mean())
    assert (row(found)["n_starts"], row(found)["entropy"], row(found)["near_best_share"]) == (1, 1.0, 1.0)


def test_an_item_with_one_answer_changes_nothing():
    X, _ = survey(12, 200)
    one, two = latent_class.segment(X, 2, random_state=1), latent_class.segment(X.assign(same="x"), 2, random_state=1)
    assert row(one)["log_likelihood"] == pytest.approx(row(two)["log_likelihood"], abs=1e-6)
    assert row(one)["n_parameters"] == row(two)["n_parameters"]


def test_classes_without_customers_are_kept():
    X = pd.DataFrame({"a": list("yyyn") * 20, "b": list("ynyn") * 20})
    found = latent_class.segment(X, 3, random_state=1)
    assert found.k == 3
    assert found.segments["size"].sum() == 80


def test_many_items_stay_in_range():
    rng = np.random.default_rng(1)
    of = rng.integers(0, 2, 80)
    X = pd.DataFrame((rng.random((80, 400)) < np.where(of, 0.8, 0.2)[:, None]).astype(int),
                     columns=[f"q{j}" for j in range(400)])
    found = latent_class.segment(X, 2, n_starts=16, random_state=1)
    assert np.isfinite(row(found)["log_likelihood"])
    assert max((found.labels - 1 == of).mean(), (found.labels - 1 != of).mean()) == 1


BAD = {
    "infinite": (pd.DataFrame({"a": [1.0, np.inf, 0], "b": [0, 1, 1]}), {}, r"item 'a': has infinite values"),
    "quantity": (pd.DataFrame({"a": np.linspace(0, 1, 30)}), {}, r"item 'a': has 30 different numbers\n.*`continuous`"),
    "id": (pd.DataFrame({"a": [f"c{i}" for i in range(30)]}), {}, r"item 'a': has 30 different answers in 30 rows, as an id"),
    "number id": (pd.DataFrame({"a": range(30)}), {}, r"if it is an id, leave it out"),
    "mixed": (pd.DataFrame({"a": ["x", 1, "y"]}), {}, r"item 'a': has answers of type int, str"),
    "days": (pd.DataFrame({"a": pd.to_datetime(["2024-01-01"] * 3)}), {}, r"item 'a': has answers of type Timestamp"),
    "nothing": (pd.DataFrame({"a": [None] * 3, "b": [0, 1, 1]}), {}, r"item 'a': has no answer"),
    "empty row": (pd.DataFrame({"a": [None, 1, 0], "b": [None, 1, 1]}), {}, r"1 rows have no answer at all \(first: 0\)"),
    "no column": (pd.DataFrame(index=range(3)), {}, r"there are none"),
    "no row": (pd.DataFrame({"a": pd.Series(dtype=object)}), {}, r"there are no rows"),
    "twice": (pd.DataFrame([[0, 1], [1, 0]], columns=["a", "a"]), {}, r"the same name twice: a"),
    "reserved": (pd.DataFrame({"segment": [0, 1]}), {}, r"'segment': has a name of the results"),
    "index": (pd.DataFrame({"a": [0, 1]}, index=[1, 1]), {}, r"1 rows have the id of an earlier row"),
    "k": (pd.DataFrame({"a": [0, 1, 1]}), {"k": 0}, r"`k`: must be a whole number of at least 1, got 0"),
    "k true": (pd.DataFrame({"a": [0, 1, 1]}), {"k": True}, r"`k`: must be a whole number"),
    "many k": (pd.DataFrame({"a": [0, 1, 1]}), {"k": 3}, r"`k`: is 3, but there are only 2 distinct rows"),
    "starts": (pd.DataFrame({"a": [0, 1, 1]}), {"n_starts": 0}, r"`n_starts`: must be"),
    "weights": (pd.DataFrame({"a": [0, 1, 1]}), {"weights": [1, 0, -1]}, r"`weights`: 1 values are negative"),
    "weights that are all zero": (pd.DataFrame({"a": [0, 1, 1]}), {"weights": [0, 0, 0]}, r"`weights`: are all 0"),
    "few weights": (pd.DataFrame({"a": [0, 1, 1]}), {"weights": [1]}, r"`weights`: has 1 values for 3 rows"),
    "unknown": (pd.DataFrame({"age": [0, 1, 1]}), {"continuous": ["agee"]}, r"`continuous` 'agee': is not a column.*\n.*`age`"),
    "text": (pd.DataFrame({"a": list("xyz")}), {"continuous": ["a"]}, r"continuous column 'a': is .*, not numeric"),
    "constant": (pd.DataFrame({"a": [2.0, 2, 2], "b": [0, 1, 0]}), {"continuous": ["a"]}, r"has fewer than two values"),
}


@pytest.mark.parametrize("name", BAD)
def test_faults_are_explained(name):
    X, arguments, message = BAD[name]
    with pytest.raises(DataError, match=message):
        latent_class.segment(X, **{"k": 2, **arguments})


def test_all_faults_come_at_once():
    X = pd.DataFrame({"a": [np.inf, 1], "b": [None, None]})
    with pytest.raises(DataError, match="latent classes: 4 faults"):
        latent_class.segment(X, 0, weights=[1])


def test_an_unknown_variance_is_explained():
    with pytest.raises(SegkitError, match="`variance`"):
        latent_class.segment(pd.DataFrame({"a": [0, 1]}), 2, variance="clas")


TYPES = {
    "text": lambda X: X,
    "categories": lambda X: X.astype("category"),
    "yes/no": lambda X: X[["q0", "q1", "q5"]] == "a",
    "whole numbers": lambda X: X.apply(lambda c: c.map(dict(zip("abcd", range(4), strict=True)))),
    "numbers with holes": lambda X: X.apply(lambda c: c.map(dict(zip("abcd", range(4), strict=True)))).astype(float).mask(
        np.random.default_rng(1).random(X.shape) < 0.1),
    "text with holes": lambda X: X.mask(np.random.default_rng(1).random(X.shape) < 0.1),
    "nullable": lambda X: X.apply(lambda c: c.map(dict(zip("abcd", range(4), strict=True)))).astype("Int64").mask(
        np.random.default_rng(1).random(X.shape) < 0.1),
}


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("kind", TYPES)
def test_assign_equals_the_assignments(kind, k):
    X = TYPES[kind](survey(13, 300)[0])
    found = latent_class.segment(X, k, random_state=1)
    assert labels(found.assign(sources.table(X))) == found.labels.to_list()
    connection = duckdb.connect()
    connection.register("customers", X.astype(object).where(X.notna(), None) if kind == "categories" else X)
    made = connection.sql(found.to_sql("duckdb")).df()
    assert made["segment"].value_counts().to_dict() == found.labels.value_counts().to_dict()


def test_assign_leaves_missing_answers_out_and_unknown_ones_without_a_segment():
    X, _ = survey(14, 300)
    found = latent_class.segment(X, 2, random_state=1)
    new = pd.DataFrame([X.iloc[0], X.iloc[0], X.iloc[0], X.iloc[0]])
    new.iloc[1, 1:4] = None
    new.iloc[2, 0] = "never seen"
    new.iloc[3, :] = None
    made = labels(found.assign(sources.table(new.reset_index(drop=True))))
    assert made[0] == found.labels.iloc[0]
    assert made[1] in (1, 2)
    assert made[2:] == [None, None]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "bigquery", "snowflake"])
def test_sql_renders_for_warehouses(dialect):
    X = survey(15, 100)[0].assign(spend=np.random.default_rng(1).normal(size=100))
    query = latent_class.segment(X, 2, n_starts=16, continuous=["spend"], random_state=1).to_sql(dialect, "shop")
    assert "shop" in query
    assert "segment" in query


def test_saved_classes_come_back_whole(tmp_path):
    X = survey(16, 200, missing=0.1)[0].assign(spend=np.random.default_rng(1).normal(size=200), member=[True, False] * 100)
    found = latent_class.segment(X, 3, continuous=["spend"], random_state=1)
    loaded = Segmentation.load(found.save(tmp_path / "found.json"))
    assert dict(loaded.rule) == dict(found.rule)
    for name in ("assignments", "segments", "summary"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(found, name))
    pd.testing.assert_frame_equal(latent_class.items(loaded), latent_class.items(found))
    assert labels(loaded.assign(sources.table(X))) == found.labels.to_list()


def test_relabelled_classes_keep_their_posteriors():
    X, _ = survey(17, 200)
    found = latent_class.segment(X, 3, random_state=1)
    other = found.relabel({1: 3, 2: 1, 3: 2})
    assert other.assignments["posterior_3"].equals(found.assignments["posterior_1"].rename("posterior_3"))
    assert list(other.assignments) == list(found.assignments)
    assert labels(other.assign(ibis.memtable(X))) == other.labels.to_list()
    back = latent_class.items(other).xs(3, level="segment")["probability"]
    pd.testing.assert_series_equal(back, latent_class.items(found).xs(1, level="segment")["probability"])
    pd.testing.assert_frame_equal(found.align(other).assignments, found.assignments)


def test_items_need_latent_classes():
    found = kmeans.segment(pd.DataFrame({"a": [0.0, 1]}), 2, random_state=1)
    with pytest.raises(DataError, match="is by k-means"):
        latent_class.items(found)


def test_probabilities_of_an_item_add_up():
    X, _ = survey(18, 300, missing=0.1)
    table = latent_class.items(latent_class.segment(X, 3, random_state=1))
    assert table.groupby(["item", "segment"])["probability"].sum().to_numpy() == pytest.approx(np.ones(18))
    whole = latent_class.items(latent_class.segment(X.dropna(), 3, random_state=1))
    assert whole.loc[("q2", "b", 1), "total_share"] == pytest.approx((X.dropna()["q2"] == "b").mean(), abs=1e-6)


def test_compare_finds_the_number_of_classes():
    X, _ = survey(19, 1500)
    table = latent_class.compare(X, range(1, 6), random_state=1)
    assert table["bic"].idxmin() == 3
    assert (table["log_likelihood"].diff().dropna() > 0).all()
    assert {"icl", "entropy", "near_best_share", "smallest_share"} <= set(table)


def test_likelihood_ratio_rejects_too_few_classes_only():
    X, _ = survey(20, 500)
    few = latent_class.likelihood_ratio(X, 2, n_boot=19, random_state=1).iloc[0]
    enough = latent_class.likelihood_ratio(X, 3, n_boot=19, random_state=1).iloc[0]
    assert few["p_value"] == pytest.approx(1 / 20)
    assert few["statistic"] > few["critical_value"]
    assert enough["p_value"] > 0.05
    again = latent_class.likelihood_ratio(X, 3, n_boot=19, random_state=1).iloc[0]
    assert again.equals(enough)


@pytest.mark.sweep
def test_likelihood_ratio_of_true_classes_is_rejected_about_as_often_as_the_level_says():
    p_values = [latent_class.likelihood_ratio(survey(seed, 200)[0][["q0", "q1", "q2"]].sample(frac=1, random_state=1).apply(
        lambda c, s=seed: c.sample(frac=1, random_state=s + int(c.name[1])).to_numpy()), 1, n_boot=19,
        random_state=seed)["p_value"].iloc[0] for seed in range(24)]
    assert 0.25 < np.mean(p_values) < 0.75
    assert np.mean(np.array(p_values) <= 0.2) < 0.45


@pytest.mark.parametrize("n_boot", [0, 1.5, True])
def test_likelihood_ratio_explains_its_faults(n_boot):
    with pytest.raises(DataError, match="`n_boot`: must be a whole number"):
        latent_class.likelihood_ratio(pd.DataFrame({"a": [0, 1]}), 1, n_boot=n_boot)


def test_numba_is_not_imported_before_a_fit():
    code = "import sys; from segkit.segmentation import latent_class; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
