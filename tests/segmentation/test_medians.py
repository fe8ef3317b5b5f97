"""k-medians and Jaccard segments against plain loops and all partitions."""

import itertools

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segkit.data import open as sources
from segkit.segmentation import jaccard, kmedians, prediction, stability
from segkit.segmentation.partition import medians
from segkit.segmentation.partition.preparation import prepare
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, SegkitError

KINDS = {"k-medians": False, "jaccard": True}


def frame(values):
    return pd.DataFrame(values, columns=[f"v{j}" for j in range(np.shape(values)[1])])


def numbers(seed, n=120, d=3):
    """Groups of whole numbers with ties."""
    rng = np.random.default_rng(seed)
    return np.round(rng.normal(size=(n, d)) * 2 + rng.integers(0, 3, (n, 1)) * 5)


def yes_no(seed, n=120, d=6):
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.05, 0.9, (3, d))
    return (rng.random((n, d)) < chance[rng.integers(0, 3, n)]).astype(float)


MAKE = {"k-medians": numbers, "jaccard": yes_no}
FORM = {"k-medians": kmedians.segment, "jaccard": jaccard.segment}


def apart(x, c, is_jaccard):
    """Distance of two rows, term by term."""
    if not is_jaccard:
        return float(sum(abs(a - b) for a, b in zip(x, c, strict=True)))
    both = sum(min(a, b) for a, b in zip(x, c, strict=True))
    either = sum(max(a, b) for a, b in zip(x, c, strict=True))
    return 1 - both / either if either else 0.0


def looped_median(column, weights):
    """The middle of the interval on which the weights to either side balance."""
    values = sorted(set(column))
    cost = [sum(w * abs(x - v) for x, w in zip(column, weights, strict=True)) for v in values]
    least = [v for v, c in zip(values, cost, strict=True) if c <= min(cost) + 1e-9 * sum(weights)]
    return (least[0] + least[-1]) / 2


def looped_set(part, weights, centre):
    """The set from which no single change helps, the best change first."""
    def cost(c):
        return sum(w * apart(x, c, True) for x, w in zip(part, weights, strict=True))

    while True:
        turned = [[1 - v if i == j else v for i, v in enumerate(centre)] for j in range(len(centre))]
        best = min(turned, key=cost)
        if cost(best) >= cost(centre) - 1e-7 * sum(weights):
            return centre
        centre = best


def plain(X, mass, C, is_jaccard):
    """Iterations from centres C in Python's floats."""
    C, label = [list(map(float, c)) for c in C], [-1] * len(X)
    while True:
        changed, total = False, 0.0
        for i, x in enumerate(X):
            gaps = [apart(x, c, is_jaccard) for c in C]
            if label[i] < 0 or min(gaps) < gaps[label[i]] * (1 - 1e-6):
                label[i], changed = gaps.index(min(gaps)), True
            total += mass[i] * gaps[label[i]]
        if not changed:
            return C, total
        for j in range(len(C)):
            own = [i for i in range(len(X)) if label[i] == j and mass[i] > 0]
            if not own:
                continue
            part, weights = [X[i] for i in own], [mass[i] for i in own]
            C[j] = (looped_set(part, weights, C[j]) if is_jaccard
                    else [looped_median(column, weights) for column in zip(*part, strict=True)])


def criterion(found):
    return float(found.summary["criterion"].iloc[0])


def best_of(part, is_jaccard):
    """The least sum of distances of rows to one centre: the median, or the best of all sets."""
    if not len(part):
        return 0.0
    centres = itertools.product((0.0, 1.0), repeat=part.shape[1]) if is_jaccard else [np.median(part, axis=0)]
    return min(sum(apart(x, c, is_jaccard) for x in part) for c in centres)


@pytest.mark.parametrize("method", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_iterations_equal_a_plain_loop(method, seed):
    from segkit.segmentation.kernel import medians as kernel

    rng = np.random.default_rng(seed)
    X, k = MAKE[method](seed, n=int(rng.integers(5, 150)), d=int(rng.integers(1, 8))), int(rng.integers(1, 6))
    weights = rng.integers(0, 4, len(X)).astype(float)
    weights[:k] += 1
    prepared = prepare(frame(X), 1, weights, "none", None)._replace(mean=np.zeros(X.shape[1]))
    given = medians.rows(prepared, KINDS[method])
    Z, ready = prepared.Z, given.ready
    first = Z[rng.integers(0, len(Z), (4, k))]
    C, criteria = (first - ready.origin) / ready.unit, np.empty(4)
    kernel.fit(ready.blocks, ready.mass, given.order, np.empty(0, np.uint64), C, criteria, KINDS[method])
    for s in range(4):
        expected, total = plain(Z.tolist(), prepared.mass.tolist(), first[s].tolist(), KINDS[method])
        np.testing.assert_allclose(C[s] * ready.unit + ready.origin, expected, atol=1e-12)
        assert criteria[s] * ready.unit == pytest.approx(total, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("method", KINDS)
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("k", [2, 3])
def test_criterion_is_the_least_of_all_partitions(method, seed, k):
    X = MAKE[method](seed, n=7, d=4 if KINDS[method] else 2)
    X = np.unique(X, axis=0)
    if len(X) < k:
        pytest.skip("fewer distinct rows than segments")
    least = min(sum(best_of(X[np.array(labels) == j], KINDS[method]) for j in range(k))
                for labels in itertools.product(range(k), repeat=len(X)))
    assert criterion(FORM[method](frame(X), k, random_state=seed)) == pytest.approx(least, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_best_set_is_found_and_no_other_centre_is_better(seed):
    X = yes_no(seed, n=40, d=7)
    found = jaccard.segment(frame(X), 1, random_state=1)
    assert criterion(found) == pytest.approx(best_of(X, True), rel=1e-12)
    rng = np.random.default_rng(seed)
    for c in [X.mean(axis=0), *rng.random((300, 7))]:
        assert sum(apart(x, c, True) for x in X) >= criterion(found) - 1e-9


@pytest.mark.parametrize("method", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_everyone_is_nearest_to_their_own_centre_and_a_tie_goes_to_the_first(method, seed):
    X = MAKE[method](seed)
    found = FORM[method](frame(X), 4, n_starts=40, random_state=seed)
    gaps = np.array([[apart(x, c, KINDS[method]) for c in found.rule["centroids"]] for x in X])
    assert (np.argmin(gaps.round(9), axis=1) + 1 == found.labels.to_numpy()).all()
    assert criterion(found) == pytest.approx(gaps.min(axis=1).sum(), rel=1e-12)
    assert found.segments["size"].is_monotonic_decreasing
    whole = best_of(X, KINDS[method])
    assert found.summary["explained_share"].iloc[0] == pytest.approx(1 - criterion(found) / whole)
    for j in range(4):  # the centre is one of the best of its own customers
        own = X[found.labels.to_numpy() == j + 1]
        assert gaps[found.labels.to_numpy() == j + 1, j].sum() == pytest.approx(best_of(own, KINDS[method]), rel=1e-9)


def test_segments_hold_medians_and_shares():
    X, answers = frame(numbers(1) + 20), frame(yes_no(1))
    for scale in kmedians.SCALES:
        found = kmedians.segment(X, 3, scale=scale, n_starts=40, random_state=1)
        pd.testing.assert_frame_equal(found.segments[X.columns], X.groupby(found.labels).median(), check_names=False)
    found = jaccard.segment(answers, 3, n_starts=40, random_state=1)
    np.testing.assert_allclose(found.segments[answers.columns], answers.groupby(found.labels).mean())


@pytest.mark.parametrize(("values", "weights"), [
    ([1, 2, 3, 4], [1, 1, 1, 1]), ([1, 2, 3], [0.1, 0.1, 0.2]), ([5], [2]), ([1, 1, 7, 9], [1, 2, 2, 1]),
    ([3, 1, 2], [0, 1, 1]), ([1, 2, 4, 8], [0.3, 0.3, 0.3, 0.3])])
def test_a_weighted_median_is_the_middle_of_the_best_values(values, weights):
    known = [(v, w) for v, w in zip(values, weights, strict=True) if w]
    expected = looped_median(*map(list, zip(*known, strict=True)))
    assert medians.median(np.array(values, float)[:, None], np.array(weights, float)).tolist() == [expected]


@pytest.mark.parametrize("method", KINDS)
def test_starts_do_not_depend_on_how_many_run_together_or_on_threads(monkeypatch, method):
    X = frame(MAKE[method](3, n=3000))
    prepared = prepare(X, 1, None, "none", None)._replace(mean=np.zeros(X.shape[1]))
    given = medians.rows(prepared, KINDS[method])
    expected = medians.starts(given, 8, 50, 3)[1]
    assert len(expected) == 50
    assert (medians.starts(given, 8, 80, 3)[1][:50] == expected).all()
    monkeypatch.setattr("segkit.segmentation.kernel.compiled.threads", lambda: 3)
    assert (medians.starts(given, 8, 50, 3)[1] == expected).all()


def test_restarts_are_told_of():
    found = kmedians.segment(frame(numbers(2)), 5, n_starts=80, random_state=1)
    told = found.summary.iloc[0]
    given = medians.rows(prepare(frame(numbers(2)), 1, None, "none", None)._replace(mean=np.zeros(3)), False)
    criteria = medians.starts(given, 5, 80, 1)[1]
    assert told["n_starts"] == 80
    assert told["near_best_share"] == pytest.approx((criteria <= criteria.min() * 1.001).mean())
    assert told["median_excess"] == pytest.approx(np.median(criteria) / criteria.min() - 1)


def test_solutions_that_are_equally_good_but_different_lower_the_label_agreement():
    """Two pairs of corners of a square can be joined in two ways."""
    X = frame(np.repeat([[0.0, 0], [0, 4], [4, 0], [4, 4]], 5, axis=0))
    found = kmedians.segment(X, 2, n_starts=80, random_state=1).summary.iloc[0]
    assert found["near_best_share"] > 0.5
    assert found["label_agreement"] < 0.9


def test_far_customers_move_a_median_little():
    X = frame(np.r_[np.arange(50), np.arange(1000, 1050), 9000][:, None].astype(float))
    assert kmedians.segment(X, 2, random_state=1).segments["size"].to_list() == [51, 50]


def test_a_shared_no_counts_for_nothing():
    """Two groups that each said yes to one of twenty; to k-means and k-medians the third, who said yes to three of
    theirs, is nearer to the other group's yes than to none."""
    yes = np.zeros((5, 20))
    yes[:2, 0] = yes[2:4, 1] = 1
    yes[4, [0, 2, 3, 4]] = 1
    assert jaccard.segment(frame(yes), 2, random_state=1).labels.to_list() == [1, 1, 2, 2, 1]


def test_customers_without_any_yes_are_a_segment_where_they_are_many_and_else_in_the_first():
    some, rest = [[1.0, 1, 0, 0]] * 9 + [[0.0, 0, 1, 1]] * 7, [[0.0] * 4]
    found = jaccard.segment(frame(np.array(some + rest)), 2, random_state=1)
    assert found.labels.to_list() == [1] * 9 + [2] * 7 + [1]
    found = jaccard.segment(frame(np.array(some + rest * 5)), 3, random_state=1)
    assert found.labels.to_list() == [1] * 9 + [2] * 7 + [3] * 5
    assert found.rule["centroids"][2] == [0.0] * 4
    assert criterion(found) == 0


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("method", KINDS)
def test_no_segment_is_empty_even_with_one_start_and_as_many_segments_as_rows(method, seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 12))
    X = frame(rng.integers(0, 2 if KINDS[method] else 4, (n, 3)).astype(float))
    w = np.r_[1.0, rng.integers(0, 3, n - 1)]
    n_rows = len(X[w > 0].drop_duplicates())
    for k in {1, (n_rows + 1) // 2, n_rows}:
        found = FORM[method](X, k, weights=w, n_starts=1, random_state=seed)
        assert (found.segments["segment_share"] > 0).all()
        assert found.segments.notna().all(axis=None)
        assert found.segments["segment_share"].is_monotonic_decreasing
    assert criterion(found) == pytest.approx(0, abs=1e-9) or k != n_rows


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_one_unit_for_all_variables_does_not_matter(unit):
    X = frame(numbers(4))
    first, second = (kmedians.segment(x, 3, random_state=1) for x in (X, X * unit))
    assert first.labels.equals(second.labels)
    assert criterion(second) == pytest.approx(criterion(first) * unit)


def test_many_rows_are_segmented_in_bounded_time():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 20_000)
    X = frame(rng.normal(size=(20_000, 4)) + 6 * np.eye(4)[truth])
    found = kmedians.segment(X, 3, n_starts=4, random_state=1)
    assert adjusted_rand_score(truth, found.labels) > 0.98
    gaps = np.abs(X.to_numpy()[:, None] - np.array(found.rule["centroids"])).sum(axis=2)
    assert (gaps.argmin(axis=1) + 1 == found.labels).all()
    np.testing.assert_allclose(found.rule["centroids"], X.groupby(found.labels).median(), atol=0.01)


NEW = {"k-medians": numbers(9, 200), "jaccard": yes_no(9, 200)}


@pytest.mark.parametrize(("method", "scale"), [("k-medians", s) for s in kmedians.SCALES] + [("jaccard", None)])
def test_new_customers_get_the_first_of_the_nearest_centres_here_and_in_sql(tmp_path, method, scale):
    arguments = {"scale": scale} if scale else {}
    shift = 20 if scale == "log" else 0
    X, new = frame(MAKE[method](5) + shift), frame(NEW[method] + shift)
    found = FORM[method](X, 4, n_starts=40, random_state=1, **arguments)
    here = prediction.labels(found, new)
    values = np.log1p(new) if scale == "log" else new
    Z = (values - np.asarray(found.rule.get("mean", 0))) / np.asarray(found.rule.get("scale", 1))
    gaps = np.array([[apart(x, c, KINDS[method]) for c in found.rule["centroids"]] for x in Z.to_numpy()])
    assert here.to_list() == (gaps.round(9).argmin(axis=1) + 1).tolist()
    assert found.assign(ibis.memtable(new)).execute()["segment"].to_list() == here.to_list()
    loaded = Segmentation.load(found.save(tmp_path / "s.json"))
    assert prediction.labels(loaded, new).equals(here)
    pd.testing.assert_frame_equal(loaded.segments, found.segments)
    connection = ibis.duckdb.connect()
    connection.create_table("customers", new)
    assert connection.sql(found.to_sql("duckdb")).execute()["segment"].to_list() == here.to_list()


@pytest.mark.parametrize("method", KINDS)
def test_spark_gives_the_same_segments(method, on_spark):
    X = frame(MAKE[method](5))
    found = FORM[method](X, 3, n_starts=40, random_state=1)
    table = on_spark(X.assign(customer=np.arange(len(X)), v1=X["v1"].where(X.index != 3)))
    there = found.assign(table).execute().set_index("customer")["segment"].sort_index()
    assert pd.isna(there[3])
    assert there.drop(3).tolist() == found.labels.drop(3).tolist()


def test_a_missing_answer_or_one_that_is_neither_yes_nor_no_gets_no_segment():
    found = jaccard.segment(frame(yes_no(1)), 2, random_state=1)
    new = frame(yes_no(2, 4)).assign(v0=[1, np.nan, 2, 0])
    assert prediction.labels(found, new).isna().tolist() == [False, True, True, False]
    there = found.assign(ibis.memtable(new)).execute()["segment"]
    assert there.isna().tolist() == [False, True, True, False]


def test_booleans_are_yes_and_no():
    X = frame(yes_no(1))
    expected, found = (jaccard.segment(x, 3, random_state=1) for x in (X, X.astype(bool)))
    assert found.labels.equals(expected.labels)
    assert found.assign(ibis.memtable(X.astype(bool))).execute()["segment"].to_list() == found.labels.to_list()


def test_aligning_with_another_solution_keeps_the_rule_in_step():
    X = frame(numbers(6))
    one, two = (kmedians.segment(X, k, n_starts=40, random_state=1) for k in (3, 4))
    aligned = one.align(two)
    assert prediction.labels(aligned, X).tolist() == aligned.labels.tolist()


@pytest.mark.parametrize("method", KINDS)
def test_stability_repeats_the_method_itself(method):
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 50)
    X = frame(np.eye(3)[group].repeat(3, axis=1) * 1.0)
    noise = rng.random(X.shape) < 0.06
    X = X.where(~noise, 1 - X)
    table = stability.global_stability(X, [3, 5], n_pairs=8, method=method, random_state=1)
    mean = table.groupby("k")["adjusted_rand"].mean()
    assert mean[3] > 0.9
    assert mean[5] < mean[3]
    again = stability.global_stability(X.sample(frac=1, random_state=2), [3], n_pairs=8, method=method, random_state=1)
    assert again["adjusted_rand"].tolist() == table.query("k == 3")["adjusted_rand"].tolist()
    found = FORM[method](X, 3, random_state=1)
    told = stability.within(X, found, n_samples=6, random_state=1)
    assert told["jaccard"].between(0.8, 1).all()
    pd.testing.assert_frame_equal(told, stability.within(X, found, n_samples=6, method=method, random_state=1))


@pytest.mark.parametrize("method", KINDS)
def test_stability_is_that_of_samples_drawn_and_segmented_by_hand(method):
    X = frame(MAKE[method](8, n=60, d=4))
    rng = np.random.default_rng(5)
    rand = []
    for seed in range(60):
        both = [FORM[method](X.iloc[rng.integers(0, 60, 60)].reset_index(drop=True), 3, n_starts=10, random_state=seed)
                for _ in range(2)]
        rand.append(adjusted_rand_score(*[prediction.labels(one, X) for one in both]))
    ours = stability.global_stability(X, [3], n_pairs=120, n_starts=10, method=method, random_state=1)["adjusted_rand"]
    error = np.sqrt(np.var(rand) / 60 + ours.var() / 120)
    assert abs(np.mean(rand) - ours.mean()) < 3.5 * error


GOOD = pd.DataFrame({"visits": [1.0, 0, 1, 0], "spend": [0.0, 1, 1, 1]}, index=list("abcd"))


@pytest.mark.parametrize("method", KINDS)
@pytest.mark.parametrize(("X", "arguments", "words"), [
    (GOOD.assign(spend=[1, np.nan, np.nan, 1]), {"k": 2}, ["'spend'", "2 values are missing or infinite", "first: b, c"]),
    (GOOD.assign(spend=[1, np.inf, 1, 1]), {"k": 2}, ["'spend'", "missing or infinite", "first: b"]),
    (GOOD.assign(spend=list("wxyz")), {"k": 2}, ["'spend'", "not numeric"]),
    (GOOD.assign(spend=list("wxyz"), visits=np.nan), {"k": 0}, ["3 faults", "`k`", "'visits'", "'spend'"]),
    (GOOD.set_axis(["visits", "visits"], axis=1), {"k": 2}, ["same name twice"]),
    (GOOD.iloc[[0, 0, 1, 1]].reset_index(drop=True), {"k": 3}, ["only 2 distinct rows"]),
    (GOOD, {"k": 5}, ["`k`", "is 5", "only 3 distinct rows"]),
    (GOOD, {"k": 2.0}, ["`k`", "got 2.0"]),
    (GOOD, {"k": True}, ["`k`", "got True"]),
    (GOOD, {"k": 2, "weights": [1.0, 1]}, ["`weights`", "2 values for 4 rows"]),
    (GOOD, {"k": 2, "weights": [1.0, 0, -1, np.nan]}, ["`weights`", "negative or not numbers"]),
    (GOOD, {"k": 2, "weights": [0.0] * 4}, ["`weights`", "are all 0"]),
    (GOOD, {"k": 3, "weights": [1.0, 0, 0, 1]}, ["only 2 distinct rows"]),
    (GOOD, {"k": 2, "n_starts": 0}, ["`n_starts`", "at least 1"]),
    (GOOD[[]], {"k": 1}, ["segmentation variables"]),
    (GOOD.set_index(pd.Index([1, 1, 2, 3])), {"k": 2}, ["1 rows have the id of an earlier row"]),
    (GOOD.rename(columns={"spend": "segment"}), {"k": 2}, ["has a name of the results"]),
])
def test_bad_input_is_explained(method, X, arguments, words):
    with pytest.raises(SegkitError) as error:
        FORM[method](X, **{"random_state": 1, **arguments})
    assert all(word in str(error.value) for word in words), str(error.value)


def test_what_is_not_yes_or_no_is_told_with_the_other_faults():
    with pytest.raises(DataError) as error:
        jaccard.segment(GOOD.assign(visits=[1, 2, 0.5, 0], spend=np.nan), 2)
    assert all(word in str(error.value) for word in ("'visits'", "2 values other than 0 and 1", "first: 2", "k-medians",
                                                     "'spend'", "jaccard")), str(error.value)
    with pytest.raises(SegkitError, match="not scaled"):
        stability.global_stability(GOOD, [2], n_pairs=1, scale="standard", method="jaccard")
    with pytest.raises(SegkitError, match="k-means, k-medians, jaccard"):
        stability.global_stability(GOOD, [2], n_pairs=1, method="medians")


def test_k_medians_takes_the_scales_of_k_means_and_refuses_others():
    with pytest.raises(SegkitError, match="none, standard, log"):
        kmedians.segment(GOOD, 2, scale="z")
    with pytest.raises(DataError, match="one value only"):
        kmedians.segment(GOOD.assign(spend=5.0), 2, scale="standard")
    X = frame(numbers(7) + 30)
    assert kmedians.segment(X, 3, scale="standard", random_state=1).labels.equals(
        kmedians.segment(X.assign(v1=X["v1"] * 1000), 3, scale="standard", random_state=1).labels)
    table = sources.table(X.assign(v0=X["v0"].where(X.index > 0)))
    assert pd.isna(kmedians.segment(X, 2, scale="log", random_state=1).assign(table).execute()["segment"].iloc[0])
