"""Whether other methods find the same customers together."""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from segkit.segmentation import agreement, kmeans, kmedians, latent_class
from segkit.words.errors import DataError


def frame(values):
    return pd.DataFrame(values, columns=[f"v{j}" for j in range(values.shape[1])])


@pytest.fixture
def cloud():
    return frame(np.random.default_rng(1).normal(size=(300, 3)) * [1, 2, 1.5])


def fewest_moved(one, two, k):
    return min(sum(a != names[b - 1] for a, b in zip(one, two, strict=True))
               for names in itertools.permutations(range(1, k + 1)))


def test_each_method_is_compared_with_the_segments(cloud):
    found = kmeans.segment(cloud, 3, random_state=1)
    table = agreement.others(cloud, found, random_state=1)
    tree = AgglomerativeClustering(3, linkage="ward").fit_predict(cloud) + 1
    lines = kmedians.segment(cloud, 3, n_starts=agreement.MEDIAN_STARTS, random_state=1).labels
    classes = latent_class.segment(cloud, 3, n_starts=agreement.CLASS_STARTS, continuous=list(cloud), variance="common",
                                   random_state=1).labels
    for method, labels in zip(agreement.METHODS[:3], (tree, classes, lines), strict=True):
        assert table.loc[method, "adjusted_rand"] == pytest.approx(adjusted_rand_score(found.labels, labels))
        assert table.loc[method, "n_moved"] == fewest_moved(found.labels, labels, 3)
    assert (table["n"] == 300).all()
    assert table["moved_share"].tolist() == (table["n_moved"] / 300).tolist()


@pytest.mark.parametrize("scale", ["none", "standard", "log"])
def test_separate_groups_are_found_by_every_method_and_a_cloud_is_not(three_groups, cloud, scale):
    groups, cloud = three_groups + 5, cloud - cloud.min()
    table = agreement.others(groups, kmeans.segment(groups, 3, scale=scale, random_state=1), scale, random_state=1)
    assert (table["adjusted_rand"] > 0.9).all()
    table = agreement.others(cloud, kmeans.segment(cloud, 5, scale=scale, random_state=1), scale, random_state=1)
    assert table["adjusted_rand"].median() < 0.7


def test_answers_are_compared_with_classes_of_answers():
    rng = np.random.default_rng(0)
    yes = frame((rng.random((400, 8)) < np.where(rng.integers(0, 2, (400, 1)), 0.9, 0.1)).astype(int))
    found = kmeans.segment(yes, 2, random_state=1)
    classes = latent_class.segment(yes, 2, n_starts=agreement.CLASS_STARTS, random_state=1)
    table = agreement.others(yes, found, random_state=1)
    assert table.loc[agreement.CLASSES, "adjusted_rand"] == adjusted_rand_score(found.labels, classes.labels)


def test_of_many_customers_some_are_compared_and_weights_count_as_equal_customers(cloud, monkeypatch):
    times = np.random.default_rng(2).integers(0, 4, 300)
    many = cloud.loc[cloud.index.repeat(times)].reset_index(drop=True)
    weighted = agreement.others(cloud, kmeans.segment(cloud, 3, times, random_state=1), weights=times, random_state=1)
    whole = agreement.others(many, kmeans.segment(many, 3, random_state=1), random_state=1)
    methods = [agreement.WARD, agreement.MEDIANS]  # starts of latent classes begin at rows
    np.testing.assert_allclose(weighted.loc[methods, "moved_share"], whole.loc[methods, "moved_share"])
    np.testing.assert_allclose(weighted.loc[methods, "adjusted_rand"], whole.loc[methods, "adjusted_rand"],
                               atol=0.01)  # pairs are counted among as many customers as there are rows
    monkeypatch.setattr(agreement, "MOST_ROWS", 100)
    table = agreement.others(cloud, kmeans.segment(cloud, 3, random_state=1), random_state=1)
    assert (table["n"] == 100).all()
    assert table["n_moved"].between(0, 99).all()


def test_other_customers_are_refused(cloud):
    found = kmeans.segment(cloud, 3, random_state=1)
    with pytest.raises(DataError, match="not of the customers of X"):
        agreement.others(cloud.iloc[::-1], found)
    with pytest.raises(DataError, match="`weights`"):
        agreement.others(cloud, found, weights=[-1.0] * 300)


def test_its_own_method_is_left_out_and_an_open_answer_counts_as_the_median():
    rng = np.random.default_rng(1)
    X = pd.DataFrame((rng.random((120, 5)) < np.where(np.arange(120) % 2, 0.9, 0.1)[:, None]).astype(float), columns=list("abcde"))
    classes = latent_class.segment(X, 2, n_starts=16, random_state=1)
    told = agreement.others(X, classes, random_state=1)
    assert told.index.to_list() == [agreement.WARD, agreement.MEDIANS, agreement.MEANS]
    X.iloc[::7, 0] = np.nan
    filled = agreement.others(X.fillna({"a": X["a"].median()}), classes, random_state=1)
    pd.testing.assert_frame_equal(agreement.others(X, classes, random_state=1), filled)
