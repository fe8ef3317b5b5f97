import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from segkit.data.samples import PROJECT
from segkit.segmentation import stability
from segkit.words.errors import DataError

MCDONALDS = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
FLEXCLUST = {2: 0.962, 3: 0.909, 4: 0.763, 5: 0.660, 6: 0.635, 7: 0.622, 8: 0.637}


def answers(seed=0, n=250):
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.15, 0.85, (3, 7))
    values = (rng.random((n, 7)) < chance[rng.integers(0, 3, n)]).astype(float)
    return pd.DataFrame(values, columns=[f"q{j}" for j in range(7)], index=[f"p{i}" for i in range(n)])


def scikit_learn(X, k, n_pairs, rng):
    found = []
    for _ in range(n_pairs):
        fits = [KMeans(k, n_init=10, random_state=int(rng.integers(2**31))).fit(X[rng.integers(0, len(X), len(X))])
                for _ in range(2)]
        found.append(adjusted_rand_score(*[fit.predict(X) for fit in fits]))
    return np.array(found)


@pytest.mark.parametrize("k", [3, 6])
def test_the_index_is_distributed_as_with_scikit_learn(k):
    X = answers()
    ours = stability.global_stability(X, [k], n_pairs=1000, random_state=1)["adjusted_rand"].to_numpy()
    theirs = scikit_learn(X.to_numpy(), k, 60, np.random.default_rng(2))
    error = np.hypot(ours.std() / 1000**0.5, theirs.std() / 60**0.5)
    assert abs(ours.mean() - theirs.mean()) < 3.5 * error
    assert ks_2samp(ours, theirs).pvalue > 0.001


def test_a_row_per_k_and_pair():
    found = stability.global_stability(answers(), [4, 2], n_pairs=5, random_state=1)
    assert found.columns.to_list() == ["k", "pair", "adjusted_rand"]
    assert found["k"].to_list() == [4] * 5 + [2] * 5
    assert found["pair"].to_list() == [1, 2, 3, 4, 5] * 2
    assert (found["adjusted_rand"] <= 1).all()
    alone = stability.global_stability(answers(), [2], n_pairs=3, random_state=1)
    assert alone["adjusted_rand"].to_list() == found.query("k == 2")["adjusted_rand"].to_list()[:3]


def test_the_order_of_customers_does_not_matter():
    X = answers()
    first, second = (stability.global_stability(x, [3, 5], n_pairs=6, random_state=2) for x in
                     (X, X.sample(frac=1, random_state=3)))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_weights_only_count_relative_to_each_other():
    X = answers()
    first, second = (stability.global_stability(X, [3], n_pairs=6, weights=w, random_state=2) for w in
                     (None, [4.0] * len(X)))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_one_segment_always_agrees_and_clear_groups_do(three_groups):
    found = stability.global_stability(three_groups, [1, 3], n_pairs=20, random_state=1)
    assert (found.query("k == 1")["adjusted_rand"] == 1).all()
    assert found.query("k == 3")["adjusted_rand"].median() > 0.95
    assert stability.global_stability(three_groups, [6], n_pairs=20, random_state=1)["adjusted_rand"].median() < 0.9


def test_no_structure_gives_low_agreement():
    X = pd.DataFrame(np.random.default_rng(1).normal(size=(200, 6)), columns=list("abcdef"))
    assert stability.global_stability(X, [5], n_pairs=30, random_state=1)["adjusted_rand"].median() < 0.5


def test_the_survey_is_as_stable_as_flexclust_says():
    """At 4 and 5 segments flexclust's ten starts are too few and its index has two peaks: at least as high there."""
    if not MCDONALDS.exists():
        pytest.skip(f"{MCDONALDS.name} is not beside the project")
    X = (pd.read_csv(MCDONALDS).iloc[:, :11] == "Yes").astype(float)
    median = stability.global_stability(X, list(FLEXCLUST), n_pairs=400, random_state=1).groupby("k")["adjusted_rand"].median()
    for k in (2, 3, 8):
        assert median[k] == pytest.approx(FLEXCLUST[k], abs=0.05)
    assert all(median[k] >= FLEXCLUST[k] - 0.03 for k in FLEXCLUST)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"k_values": []}, ["`k_values`", "is empty"]),
    ({"k_values": [2, 0, "3"]}, ["2 faults", "got 0", "got '3'"]),
    ({"k_values": [2], "n_pairs": 0}, ["`n_pairs`", "at least 1"]),
    ({"k_values": [2], "n_starts": 0}, ["`n_starts`", "at least 1"]),
    ({"k_values": [2, 999]}, ["`k`", "is 999", "distinct rows"]),
])
def test_bad_input_is_explained(arguments, words):
    with pytest.raises(DataError) as error:
        stability.global_stability(answers(), **arguments)
    assert all(word in str(error.value) for word in words), str(error.value)
