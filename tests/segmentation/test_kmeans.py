import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, load_wine, make_blobs
from sklearn.metrics import adjusted_rand_score

from segkit.data.samples import PROJECT
from segkit.segmentation import kmeans, stability
from segkit.segmentation.partition import centroids, restarts
from segkit.words.errors import DataError, SegkitError

MCDONALDS = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
BEST_KNOWN = {2: 2145.5037, 3: 1818.7006, 4: 1602.8995, 5: 1434.6012}


@pytest.fixture(scope="module")
def mcdonalds():
    """The yes/no items of the survey in Dolnicar, Grün & Leisch (2018), appendix A."""
    if not MCDONALDS.exists():
        pytest.skip(f"{MCDONALDS.name} is not beside the project")
    return (pd.read_csv(MCDONALDS).iloc[:, :11] == "Yes").astype(float)


def yes_no(seed=0, n=300):
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.1, 0.9, (3, 8))
    return (rng.random((n, 8)) < chance[rng.integers(0, 3, n)]).astype(float)


DATA = {
    "blobs": make_blobs(200, 4, centers=6, cluster_std=2.0, random_state=1)[0],
    "iris": load_iris().data,
    "wine": load_wine().data,
    "yes_no": yes_no(),
    "skewed": np.random.default_rng(2).lognormal(2, 1.2, (250, 3)),
    "one_column": np.random.default_rng(3).normal(size=(120, 1)),
    "far_from_zero": 1e6 + np.random.default_rng(4).normal(size=(100, 2)),
}


def frame(values):
    return pd.DataFrame(values, columns=[f"v{j}" for j in range(values.shape[1])])


def criterion(segmentation):
    return float(segmentation.summary["criterion"].iloc[0])


def sum_of_squares(values, labels, weights=None):
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    total = 0.0
    for label in np.unique(labels):
        part, w = values[labels == label], weights[labels == label]
        total += float((w[:, None] * (part - np.average(part, axis=0, weights=w)) ** 2).sum())
    return total


def starts_of(Z, mass, k, n_starts, random_state):
    """The criteria of all starts made."""
    return restarts.starts(restarts.ready_rows(Z, mass), k, n_starts, random_state)[1]


def test_iterations_leave_an_empty_segment_where_it_is_and_their_input_unchanged():
    Z = np.array([[0.0], [1], [2]])
    starts = np.array([[[0.5], [99.0]]])
    C, sse, _ = restarts.iterated(restarts.ready_rows(Z, np.ones(3)), starts)
    assert C.ravel().tolist() == [1.0, 99.0]
    assert sse.tolist() == pytest.approx([2.0])
    assert starts.ravel().tolist() == [0.5, 99.0]


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("name", DATA)
def test_criterion_is_never_worse_than_scikit_learn(name, k):
    X = frame(DATA[name])
    theirs = KMeans(k, n_init=20, random_state=0).fit(X.to_numpy())
    ours = kmeans.segment(X, k, random_state=1)
    assert criterion(ours) <= theirs.inertia_ * (1 + 1e-7)
    assert criterion(ours) == pytest.approx(sum_of_squares(X.to_numpy(), ours.labels.to_numpy()), rel=1e-7)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("k", [2, 3])
def test_criterion_is_the_least_of_all_partitions(seed, k):
    values = np.random.default_rng(seed).normal(size=(8, 2))
    least = min(sum_of_squares(values, np.array(labels)) for labels in itertools.product(range(k), repeat=8)
                if len(set(labels)) == k)
    assert criterion(kmeans.segment(frame(values), k, random_state=seed)) == pytest.approx(least, rel=1e-10)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_one_variable_equals_the_exact_dynamic_programme(k):
    x = np.sort(DATA["one_column"].ravel())
    cost = np.array([[((x[i:j] - x[i:j].mean()) ** 2).sum() if j > i else 0 for j in range(121)] for i in range(121)])
    least = cost[0]
    for _ in range(k - 1):
        least = np.array([min(least[i] + cost[i, j] for i in range(j + 1)) for j in range(121)])
    assert criterion(kmeans.segment(frame(x[:, None]), k, random_state=1)) == pytest.approx(least[-1], rel=1e-10)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("k", BEST_KNOWN)
def test_mcdonalds_survey_reaches_the_best_known_criterion(mcdonalds, k, seed):
    assert criterion(kmeans.segment(mcdonalds, k, random_state=seed)) <= BEST_KNOWN[k] + 6e-5  # as it is printed


@pytest.mark.parametrize("seed", range(4))
def test_no_single_row_could_move_to_a_better_segment(seed):
    rng = np.random.default_rng(seed)
    values, k = rng.integers(0, 3, (60, 4)).astype(float), 4
    found = kmeans.segment(frame(values), k, n_starts=1, random_state=seed)
    labels, best = found.labels.to_numpy() - 1, criterion(found)
    assert sum_of_squares(values, labels) == pytest.approx(best, rel=1e-9)
    for row in np.unique(values, axis=0):
        alike = (values == row).all(axis=1)
        for other in range(k):
            moved = np.where(alike, other, labels)
            assert len(set(moved)) < k or sum_of_squares(values, moved) >= best * (1 - 1e-9)


def test_mcdonalds_survey_three_segments_have_the_known_sizes(mcdonalds):
    sizes = kmeans.segment(mcdonalds, 3, random_state=1).segments["size"].to_list()
    assert sizes == pytest.approx([615, 499, 339], abs=2)


def test_one_start_on_the_survey_is_reported_as_rarely_near_the_best(mcdonalds):
    """One start in about four comes within 0.1 % of the best at k=4, one in twelve at k=5."""
    compared = kmeans.compare(mcdonalds, [4, 5], random_state=1, n_starts=600)
    assert compared.loc[4, "near_best_share"] == pytest.approx(0.27, abs=0.08)
    assert compared.loc[5, "near_best_share"] == pytest.approx(0.09, abs=0.05)


@pytest.mark.parametrize("scale", kmeans.SCALES)
def test_equal_rows_are_weights(scale):
    rng = np.random.default_rng(5)
    X = frame(rng.lognormal(1, 1, (60, 3)))
    weights = rng.integers(1, 6, 60)
    repeated = X.loc[X.index.repeat(weights)]
    weighted = kmeans.segment(X, 3, weights=weights, scale=scale, random_state=1)
    whole = kmeans.segment(repeated.reset_index(drop=True), 3, scale=scale, random_state=1)
    assert criterion(weighted) == pytest.approx(criterion(whole), rel=1e-10)
    assert weighted.labels.repeat(weights).to_list() == whole.labels.to_list()
    assert weighted.segments["segment_share"].to_list() == pytest.approx(whole.segments["segment_share"].to_list())
    np.testing.assert_allclose(weighted.segments[X.columns], whole.segments[X.columns])


def test_weights_only_count_relative_to_each_other(three_groups):
    plain = kmeans.segment(three_groups, 3, random_state=1)
    tripled = kmeans.segment(three_groups, 3, weights=[3.0] * 90, random_state=1)
    assert plain.labels.equals(tripled.labels)
    assert criterion(tripled) == pytest.approx(3 * criterion(plain))


@pytest.mark.parametrize("scale", kmeans.SCALES)
def test_means_criterion_and_explained_share_are_in_their_units(three_groups, scale):
    X = (three_groups - three_groups.min()).round()
    assert X.duplicated().any()
    found = kmeans.segment(X, 3, scale=scale, random_state=1)
    means = X.groupby(found.labels).mean()
    np.testing.assert_allclose(found.segments[X.columns], means)
    scaled = np.log1p(X) if scale == "log" else X
    if scale != "none":
        scaled = (scaled - scaled.mean()) / scaled.std(ddof=0)
    within = sum_of_squares(scaled.to_numpy(), found.labels.to_numpy())
    total = ((scaled - scaled.mean()) ** 2).to_numpy().sum()
    assert criterion(found) == pytest.approx(within)
    assert found.summary["explained_share"].iloc[0] == pytest.approx(1 - within / total)


@pytest.mark.parametrize("unit", [1e-25, 1e-6, 3.0, 1e25])
def test_one_unit_for_all_variables_does_not_matter(three_groups, unit):
    first, second = (kmeans.segment(X, 3, random_state=1) for X in (three_groups, three_groups * unit))
    assert first.labels.equals(second.labels)
    assert criterion(second) == pytest.approx(criterion(first) * unit**2)
    same = [stability.global_stability(X, [3], n_pairs=5, random_state=1)["adjusted_rand"].mean()
            for X in (three_groups, three_groups * unit)]
    assert same[1] == pytest.approx(same[0], abs=0.02)


@pytest.mark.parametrize("unit", [0.001, 1000.0])
def test_units_do_not_matter_once_scaled(three_groups, unit):
    changed = three_groups.assign(spend=three_groups["spend"] * unit)
    first, second = (kmeans.segment(X, 3, scale="standard", random_state=1) for X in (three_groups, changed))
    assert first.labels.equals(second.labels)


@pytest.mark.parametrize("name", ["blobs", "skewed"])
@pytest.mark.parametrize("batch", [1, 3_000, 10**9])
def test_the_size_of_a_batch_does_not_change_any_start(monkeypatch, name, batch):
    Z, mass = DATA[name], np.ones(len(DATA[name]))
    expected = starts_of(Z, mass, 6, 90, random_state=1)
    assert len(expected) == 90
    monkeypatch.setattr(restarts, "_BATCH", batch)
    np.testing.assert_allclose(starts_of(Z, mass, 6, 90, random_state=1), expected, rtol=1e-9)


@pytest.mark.parametrize(("name", "k", "n_starts"), [("iris", 3, 400), ("iris", 3, 15), ("blobs", 6, 400), ("blobs", 8, 100)])
def test_starts_come_in_rounds_until_enough_are_as_good_as_the_best(name, k, n_starts):
    criteria = starts_of(DATA[name] - DATA[name].mean(axis=0), np.ones(len(DATA[name])), k, n_starts, 0)
    rounds = [criteria[:n] for n in range(restarts.STARTS_PER_ROUND, len(criteria) + 1, restarts.STARTS_PER_ROUND)]
    enough = [(c <= c.min() * (1 + restarts.SAME_BEST)).sum() >= restarts.ENOUGH_BEST for c in rounds]
    assert not any(enough[:-1])
    assert len(criteria) == n_starts or enough[-1]


def test_the_size_of_a_batch_does_not_change_the_segments_of_tied_answers(monkeypatch):
    answers = [frame(yes_no(seed)) for seed in range(4)]
    expected = [kmeans.segment(X, 3, random_state=1).labels for X in answers]
    monkeypatch.setattr(restarts, "_BATCH", 1)
    for X, labels in zip(answers, expected, strict=True):
        assert kmeans.segment(X, 3, random_state=1).labels.equals(labels)


def test_a_tie_goes_to_the_first_centroid():
    rng = np.random.default_rng(0)
    answers, mean = rng.integers(0, 2, (400, 9)), rng.uniform(0, 1, 9)
    pairs = zip(answers[:30], answers[30:60], strict=True)
    for first, second in [(one, two) for one, two in pairs if (one != two).sum() % 2 == 0]:
        tied = answers[(answers != first).sum(axis=1) == (answers != second).sum(axis=1)]
        nearest = centroids.nearest(tied - mean, np.stack([first, second]) - mean)
        assert (nearest == 0).all()


def test_near_best_share_and_median_excess_come_from_all_starts():
    X = frame(DATA["blobs"])
    found = kmeans.segment(X, 6, n_starts=50, random_state=1).summary.iloc[0]
    criteria = starts_of((X - X.mean()).to_numpy()[np.lexsort(X.to_numpy().T[::-1])], np.ones(len(X)), 6, 50, 1)
    assert found["n_starts"] == 50
    assert 0 < found["near_best_share"] < 1
    assert found["near_best_share"] == pytest.approx((criteria <= criteria.min() * 1.001).mean())
    assert found["median_excess"] == pytest.approx(np.median(criteria) / criteria.min() - 1, rel=1e-5)


def test_as_many_segments_as_distinct_rows_leave_nothing_unexplained():
    found = kmeans.segment(frame(DATA["blobs"][:7]), 7, random_state=1)
    assert found.segments["size"].to_list() == [1] * 7
    assert criterion(found) == pytest.approx(0, abs=1e-9)
    assert found.summary["explained_share"].iloc[0] == pytest.approx(1)


def test_ties_in_size_go_by_centroid():
    X = frame(np.array([[9.0], [9.5], [1.0], [1.5], [5.0], [5.5]]))
    assert kmeans.segment(X, 3, random_state=4).labels.to_list() == [3, 3, 1, 1, 2, 2]


def test_compare_is_one_summary_per_k(three_groups):
    compared = kmeans.compare(three_groups, [2, 3, 4], random_state=1)
    assert compared.index.to_list() == [2, 3, 4]
    assert compared["criterion"].is_monotonic_decreasing
    for k in compared.index:
        single = kmeans.segment(three_groups, k, random_state=1)
        assert compared.loc[k, "criterion"] == criterion(single)
        assert compared.loc[k, "smallest_share"] == single.segments["segment_share"].min()


def test_the_groups_that_were_put_in_come_out(three_groups):
    truth = [int(name[1:]) // 10 for name in three_groups.index]
    truth = [0 if t < 4 else 1 if t < 7 else 2 for t in truth]
    found = kmeans.segment(three_groups, 3, random_state=1)
    assert adjusted_rand_score(truth, found.labels) == 1
    assert found.segments["size"].to_list() == [40, 30, 20]


def test_a_row_of_weight_zero_takes_no_part_but_has_a_segment(three_groups):
    far = pd.DataFrame({"visits": [60.0, 5.2], "spend": [-40.0, 5.1], "items": [0.0, 4.9]}, index=["far", "near"])
    both = pd.concat([far, three_groups])
    for scale in ("none", "standard"):
        found = kmeans.segment(both, 3, weights=[0.0, 0.0] + [1.0] * 90, scale=scale, random_state=1)
        alone = kmeans.segment(three_groups, 3, scale=scale, random_state=1)
        assert found.labels.iloc[2:].equals(alone.labels)
        assert found.labels["near"] == found.labels[three_groups.index[(three_groups["visits"] - 5).abs().argmin()]]
        assert criterion(found) == pytest.approx(criterion(alone), rel=1e-12)
        assert found.segments["segment_share"].to_list() == pytest.approx(alone.segments["segment_share"].to_list())
        assert found.segments["size"].sum() == 92
    repeated = stability.global_stability(both, [3], n_pairs=4, weights=[0.0, 0.0] + [1.0] * 90, random_state=1)
    assert (repeated["adjusted_rand"] > 0.9).all()


@pytest.mark.parametrize("seed", range(60))
def test_no_segment_is_empty_even_with_one_start_and_as_many_segments_as_rows(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 12))
    X, w = frame(rng.integers(0, 4, (n, 2)).astype(float)), np.r_[1.0, rng.integers(0, 3, n - 1)]
    n_rows = len(X[w > 0].drop_duplicates())
    for k in {1, (n_rows + 1) // 2, n_rows}:
        found = kmeans.segment(X, k, weights=w, n_starts=1, random_state=seed)
        assert (found.segments["segment_share"] > 0).all()
        assert found.segments.notna().all(axis=None)
    assert criterion(found) == pytest.approx(0, abs=1e-9) or k != n_rows


GOOD = pd.DataFrame({"visits": [1.0, 2, 3, 4], "spend": [5.0, 5, 7, 9]}, index=list("abcd"))


@pytest.mark.parametrize(("X", "arguments", "words"), [
    (GOOD.assign(spend=[5, np.nan, np.nan, 1]), {"k": 2},
     ["'spend'", "2 values are missing or infinite", "first: b, c", "fill the values"]),
    (GOOD.assign(spend=[5, np.inf, 1, 1]), {"k": 2}, ["'spend'", "1 values are missing or infinite", "first: b"]),
    (GOOD.assign(spend=pd.array([5, None, 1, 1], dtype="Int64")), {"k": 2}, ["'spend'", "missing", "first: b"]),
    (GOOD.assign(spend=list("wxyz")), {"k": 2}, ["'spend'", "not numeric", "code it as numbers"]),
    (GOOD.assign(spend=["w", "x", "y", "z"], visits=np.nan), {"k": 0},
     ["3 faults", "`k`", "'visits'", "'spend'"]),
    (GOOD.set_axis(["visits", "visits"], axis=1), {"k": 2}, ["same name twice", "visits", "rename"]),
    (GOOD.iloc[[0, 0, 1, 1]].reset_index(drop=True), {"k": 3}, ["`k`", "is 3", "only 2 distinct rows", "at most 2"]),
    (GOOD.head(0), {"k": 1}, ["only 0 distinct rows"]),
    (GOOD, {"k": 0}, ["`k`", "whole number of at least 1", "got 0"]),
    (GOOD, {"k": True}, ["`k`", "got True"]),
    (GOOD, {"k": 2.0}, ["`k`", "got 2.0"]),
    (GOOD, {"k": "2"}, ["`k`", "got '2'"]),
    (GOOD, {"k": 2, "weights": [1.0, 1]}, ["`weights`", "2 values for 4 rows"]),
    (GOOD, {"k": 2, "weights": [1.0, 0, -1, np.nan]}, ["`weights`", "2 values are negative or not numbers"]),
    (GOOD, {"k": 2, "weights": [0.0, 0, 0, 0]}, ["`weights`", "are all 0", "positive weight"]),
    (GOOD, {"k": 3, "weights": [1.0, 0, 0, 1]}, ["`k`", "is 3", "only 2 distinct rows"]),
    (GOOD, {"k": 5}, ["`k`", "is 5", "only 4 distinct rows", "at most 4"]),
    (GOOD, {"k": 2, "scale": "z"}, ["`scale`", "none, standard, log", "got 'z'"]),
    (GOOD.assign(spend=5.0), {"k": 2, "scale": "standard"}, ["'spend'", "one value only", "leave it out"]),
    (GOOD.assign(spend=[-1.0, 2, 3, 4]), {"k": 2, "scale": "log"}, ["'spend'", "negative", "logarithm", "standard"]),
    (GOOD, {"k": 2, "weights": ["x", 1, 1, 1]}, ["`weights`"]),
    (GOOD, {"k": 2, "n_starts": 0}, ["`n_starts`", "at least 1"]),
    (GOOD[[]], {"k": 1}, ["segmentation variables"]),
    (GOOD.set_index(pd.Index([1, 1, 2, 3])), {"k": 2}, ["customers", "1 rows have the id of an earlier row"]),
    *[(GOOD.rename(columns={"spend": name}), {"k": 2}, [f"'{name}'", "has a name of the results", "rename"])
      for name in ("size", "segment_share", "segment")],
])
def test_bad_input_is_explained(X, arguments, words):
    with pytest.raises(SegkitError) as error:
        kmeans.segment(X, **{"random_state": 1, **arguments})
    assert all(word in str(error.value) for word in words), str(error.value)


def test_faults_in_the_data_are_data_errors():
    with pytest.raises(DataError):
        kmeans.segment(GOOD.assign(spend=np.nan), 2)


def test_a_constant_variable_needs_no_scaling_when_left_as_it_is():
    found = kmeans.segment(GOOD.assign(spend=5.0), 2, random_state=1)
    assert found.labels.to_list() == [1, 1, 2, 2]


@pytest.mark.parametrize("seed", [23, 27])
def test_a_tie_goes_to_the_first_segment_among_the_segmented_customers(seed):
    """2 is as near to the centroid of 0 and 2 as to 3, and the segment of 3 is larger."""
    X = frame(np.array([[0.0], [2], [3], [3], [3]]))
    found = kmeans.segment(X, 2, n_starts=1, random_state=seed)
    assert found.labels.to_list() == [2, 1, 1, 1, 1]


def test_one_far_customer_leaves_the_others_their_segments():
    X = frame(np.r_[np.arange(50), np.arange(1000, 1050), 1e9][:, None])
    assert kmeans.segment(X, 3, random_state=1).segments["size"].to_list() == [50, 50, 1]
