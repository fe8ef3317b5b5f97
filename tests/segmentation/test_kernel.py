"""The compiled kernels against plain loops, and what must not change a result."""

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segkit.segmentation import kmeans, rows
from segkit.segmentation.kernel import bootstrap
from segkit.segmentation.kernel.stream import seeds
from segkit.segmentation.partition import restarts


def plain(Z, mass, C):
    """Lloyd's iterations in NumPy float64, one start."""
    C, label = C.copy(), None
    while True:
        former, label = label, (((Z[:, None] - C[None]) ** 2).sum(axis=2)).argmin(axis=1)
        if former is not None and (label == former).all():
            return C, float(mass @ ((Z - C[label]) ** 2).sum(axis=1)), label
        for j in range(len(C)):
            if (label == j).any():
                C[j] = np.average(Z[label == j], axis=0, weights=mass[label == j])


def iterated(Z, mass, C):
    return restarts.iterated(restarts.ready_rows(Z, mass), C)


def best_of(Z, mass, k, n_starts, random_state):
    """Centroids of the best start, and all criteria."""
    C, criteria = restarts.starts(restarts.ready_rows(Z, mass), k, n_starts, random_state)
    return C[criteria.argmin()], criteria


def exact(values):
    """Numbers that a float32 holds, also less their median."""
    return np.round(values * 2**12) / 2**12


@pytest.mark.parametrize(("n", "d", "k"), [(1, 1, 1), (63, 1, 2), (64, 3, 5), (65, 7, 3), (500, 11, 8), (300, 200, 4),
                                           (1000, 20, 17), (130, 2, 130)])
def test_lloyd_equals_plain_numpy(n, d, k):
    rng = np.random.default_rng(n)
    Z, mass = exact(rng.normal(size=(n, d))), exact(rng.uniform(0.5, 4, n))
    starts = np.stack([Z[rng.choice(n, k, replace=False)] for _ in range(6)])
    C, sse, label = iterated(Z, mass, starts)
    for s in range(6):
        expected, least, labels = plain(Z, mass, starts[s])
        np.testing.assert_allclose(C[s], expected, atol=1e-10)
        assert sse[s] == pytest.approx(least, rel=1e-9, abs=1e-9)
        assert (label[s] == labels).all()


def test_a_tie_goes_to_the_lowest_index():
    Z = np.array([[-1.0], [0], [1]])
    assert iterated(Z, np.ones(3), np.array([[[-1.0], [1], [1]]]))[2].tolist() == [[0, 0, 1]]


def test_constant_columns_change_nothing():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(200, 3))
    wide = np.column_stack([Z[:, 0], np.zeros(200), Z[:, 1:], np.zeros((200, 2))])
    first, second = (best_of(x, np.ones(200), 4, 40, 1)[1] for x in (Z, wide))
    np.testing.assert_allclose(first, second, rtol=1e-9)


def test_one_segment_is_the_mean():
    Z = exact(np.random.default_rng(0).normal(size=(150, 4)))
    C, criteria = best_of(Z, np.ones(150), 1, 40, 1)
    np.testing.assert_allclose(C[0], Z.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(criteria, ((Z - Z.mean(axis=0)) ** 2).sum())


def test_starts_do_not_depend_on_how_many_run_together_or_on_threads(monkeypatch):
    Z = np.random.default_rng(1).normal(size=(3000, 10))
    expected = best_of(Z, np.ones(3000), 8, 50, 3)[1]
    assert (best_of(Z, np.ones(3000), 8, 80, 3)[1][:50] == expected).all()
    monkeypatch.setattr("segkit.segmentation.kernel.compiled.threads", lambda: 3)
    assert (best_of(Z, np.ones(3000), 8, 50, 3)[1] == expected).all()
    monkeypatch.setattr(restarts, "_BATCH", 1)
    assert (best_of(Z, np.ones(3000), 8, 50, 3)[1] == expected).all()


def test_starts_on_a_sample_find_the_groups_of_many_rows_and_a_few_far_ones():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 6, 40_000)
    X = pd.DataFrame(rng.normal(size=(40_000, 4)) + rng.normal(0, 8, (6, 4))[truth])
    X.iloc[:20] += 200
    truth[:20] = 6
    found = kmeans.segment(X.set_axis(list("abcd"), axis=1), 7, n_starts=20, random_state=1)
    assert adjusted_rand_score(truth, found.labels) > 0.98
    assert found.segments["size"].iloc[-1] == 20


@pytest.mark.parametrize("seed", range(5))
def test_adjusted_rand_equals_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 4, 300)
    b = np.where(rng.random(300) < 0.5, a, rng.integers(0, 6, 300))
    mass = rng.integers(1, 5, 300)
    expected = adjusted_rand_score(np.repeat(a, mass), np.repeat(b, mass))
    assert bootstrap.adjusted_rand(a, b, mass) == pytest.approx(expected, rel=1e-12)
    assert bootstrap.adjusted_rand(b, a, mass) == pytest.approx(expected, rel=1e-12)
    assert bootstrap.adjusted_rand((a + 1) % 4, b, mass) == pytest.approx(expected, rel=1e-12)


def test_adjusted_rand_of_trivial_labels():
    nothing, each = np.zeros(5, dtype=int), np.arange(5)
    assert bootstrap.adjusted_rand(nothing, nothing, np.ones(5)) == 1
    assert bootstrap.adjusted_rand(each, each, np.ones(5)) == 1
    assert bootstrap.adjusted_rand(nothing, each, np.ones(5)) == adjusted_rand_score(nothing, each) == 0


def test_distinct_rows_are_those_of_numpy():
    rng = np.random.default_rng(3)
    for values in (rng.integers(0, 2, (400, 9)).astype(float), rng.normal(size=(50, 3)), rng.integers(-3, 3, (500, 40)) / 2,
                   np.zeros((4, 2)), np.empty((0, 3)), rng.normal(size=(1, 1))):
        expected, place = np.unique(values, axis=0, return_inverse=True)
        found, where = rows.distinct(values)
        assert (found == expected).all()
        assert (where == place.reshape(-1)).all()


def small_sets():
    rng = np.random.default_rng(4)
    made = []
    for n in (40, 100, 300):
        Z = rng.normal(size=(n, 3)) + rng.integers(0, 2, (n, 1)) * 3
        made.append((Z, rng.integers(1, 4, n).astype(float), 2 * n))
    return made


def test_pairs_depend_on_their_own_seed_alone():
    sets = small_sets()
    which, k = np.repeat([0, 1, 2], 8), np.tile([2, 3, 4, 5], 6)
    streams = seeds(7, 24)
    whole = bootstrap.pairs(bootstrap.stack(sets), which, k, streams, 4, labels=True, centroids=True, n_threads=3)
    for t in (0, 9, 23):
        one = bootstrap.pairs(bootstrap.stack([sets[which[t]]]), [0], [k[t]], streams[[t]], 4, labels=True, centroids=True)
        n = len(sets[which[t]][0])
        assert one.adjusted_rand[0] == whole.adjusted_rand[t]
        assert (one.labels[0] == whole.labels[t, :, :n]).all()
        assert (whole.labels[t, :, n:] == -1).all()
        np.testing.assert_array_equal(one.centroids[0], whole.centroids[t, :, :k[t]])


def test_pairs_labels_are_the_nearest_centroids_and_give_the_index():
    sets = small_sets()
    made = bootstrap.pairs(bootstrap.stack(sets), np.arange(3), [2, 4, 6], seeds(1, 3), 5, labels=True, centroids=True)
    assert made.labels.dtype == np.int8
    for t, (Z, mass, _) in enumerate(sets):
        own = [made.labels[t, side, :len(Z)] for side in (0, 1)]
        for side in (0, 1):
            C = made.centroids[t, side, :2 * t + 2]
            assert (own[side] == ((Z[:, None] - C) ** 2).sum(axis=2).argmin(axis=1)).all()
        assert made.adjusted_rand[t] == pytest.approx(bootstrap.adjusted_rand(*own, mass), rel=1e-12)


def test_a_bootstrap_sample_with_fewer_distinct_rows_than_segments_still_gives_an_index():
    Z = np.arange(4.0)[:, None]
    made = bootstrap.pairs(bootstrap.stack([(Z, np.ones(4), 4)]), 0, np.full(50, 4), seeds(0, 50), 3)
    assert np.isfinite(made.adjusted_rand).all()


def test_rows_are_drawn_in_proportion_to_mass():
    mass = np.array([1.0, 2, 0.5, 6.5])
    counts = np.zeros(4)
    for seed in seeds(3, 400):  # k = 1: the centroid is the mean of the sample, here the shares of the rows
        counts += bootstrap.pairs(bootstrap.stack([(np.eye(4), mass, 50)]), 0, [1], [seed], 1,
                                  centroids=True).centroids[0, :, 0].mean(axis=0) / 400
    np.testing.assert_allclose(counts, mass / 10, atol=0.01)


def test_a_million_distinct_rows():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(1_000_000, 10)), columns=[f"v{j}" for j in range(10)])
    kmeans.segment(X.head(1000), 4, n_starts=2, random_state=1)
    began = time.process_time()
    found = kmeans.segment(X + 4.0 * (X.index.to_numpy() % 3)[:, None], 3, n_starts=1, random_state=1)
    assert time.process_time() - began < 9  # about 2; room for slow machines
    assert found.segments["size"].between(333_000, 334_000).all()


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="the peak of memory is asked of Linux")
def test_a_fit_needs_no_more_memory_than_twice_its_input():
    code = """
import numpy as np, pandas as pd
from segkit.segmentation import kmeans
def told(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1]) / 1024
X = pd.DataFrame(np.random.default_rng(0).normal(size=(500_000, 10))).add_prefix("v")
kmeans.segment(X.head(500), 3, n_starts=2, random_state=1)
open("/proc/self/clear_refs", "w").write("5")
before = told("VmRSS")
kmeans.segment(X, 3, n_starts=2, random_state=1)
print((told("VmHWM") - before) / (X.memory_usage(index=False).sum() / 2**20))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(told.stdout) < 2


def test_numba_is_loaded_at_the_first_fit_only():
    code = "import sys; from segkit.segmentation import kmeans, stability; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_code_is_kept_in_the_users_cache_where_the_package_cannot_be_written(tmp_path, monkeypatch):
    from segkit.segmentation.kernel import compiled

    monkeypatch.setattr(compiled, "HERE", tmp_path / "nowhere")
    (tmp_path / "nowhere").write_text("a file, so that no folder can be made in it")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(compiled.config, "CACHE_DIR", "")
    compiled._folder.cache_clear()
    try:
        assert os.fspath(compiled._folder()).startswith(str(tmp_path / "cache" / "segkit"))
    finally:
        compiled._folder.cache_clear()


def test_many_large_sets_in_one_stack_give_the_same_on_any_number_of_threads():
    rng = np.random.default_rng(8)
    stack = bootstrap.stack([(rng.normal(size=(1500, 4)), np.ones(1500), 1500) for _ in range(39)])
    seeds = np.arange(78, dtype=np.uint64)
    one, two = (bootstrap.pairs(stack, np.repeat(np.arange(39), 2), np.full(78, 3), seeds, 1, n_threads=n).adjusted_rand
                for n in (1, 2))
    assert np.array_equal(one, two)
