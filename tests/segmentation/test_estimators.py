import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from segkit.data import open as sources
from segkit.segmentation import kmeans, latent_class, prediction, rules
from segkit.segmentation.estimators import InputError, KMeansSegments, LatentClassSegments
from segkit.words.errors import DataError

NUMBERED = {"check_clustering": "asks for labels from 0; segments are numbered from 1, as in every table of segkit"}


def kmeans_few(**arguments):
    return KMeansSegments(**{"n_starts": 8, "random_state": 0, **arguments})


def classes_few(**arguments):
    return LatentClassSegments(**{"n_segments": 2, "n_starts": 8, "continuous": True, "random_state": 0, **arguments})


@parametrize_with_checks([kmeans_few(), classes_few()], expected_failed_checks=lambda estimator: NUMBERED)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


class KMeansFromZero(KMeansSegments):
    def fit(self, X, y=None, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.labels_ = self.labels_ - 1
        return self

    def predict(self, X):
        return super().predict(X) - 1


def test_numbering_is_the_only_reason_for_the_check_that_fails():
    for readonly in (False, True):
        estimator_checks.check_clustering("KMeansFromZero", KMeansFromZero(3, random_state=0), readonly)


@pytest.fixture
def answers():
    rng = np.random.default_rng(1)
    of = rng.integers(0, 2, 200)
    X = pd.DataFrame(rng.random((200, 5)) < np.where(of == 1, 0.85, 0.15)[:, None], columns=list("abcde"))
    X = X.replace({True: "yes", False: "no"}).mask(rng.random(X.shape) < 0.1)
    X.index = [f"c{i}" for i in range(200)]
    return X.assign(spend=rng.normal(10 + 5 * of, 2).round(2)).drop("c7")


def test_kmeans_is_that_of_segment(three_groups):
    found = KMeansSegments(3, random_state=1).fit(three_groups)
    expected = kmeans.segment(three_groups, 3, random_state=1)
    pd.testing.assert_series_equal(found.labels_, expected.labels)
    pd.testing.assert_frame_equal(found.segmentation_.summary, expected.summary)
    pd.testing.assert_frame_equal(found.cluster_centers_, three_groups.groupby(expected.labels).mean())
    assert found.inertia_ == expected.summary["criterion"].iloc[0]
    assert found.feature_names_in_.tolist() == ["visits", "spend", "items"]
    assert found.fit_predict(three_groups).equals(expected.labels)


def test_latent_classes_are_those_of_segment(answers):
    found = LatentClassSegments(2, n_starts=16, continuous=["spend"], random_state=1).fit(answers)
    expected = latent_class.segment(answers, 2, n_starts=16, continuous=["spend"], random_state=1)
    pd.testing.assert_series_equal(found.labels_, expected.labels)
    pd.testing.assert_frame_equal(found.class_profiles_, latent_class.items(expected))
    pd.testing.assert_frame_equal(found.predict_proba(answers), expected.assignments[["posterior_1", "posterior_2"]])


def test_a_pipeline_scales_first(three_groups):
    X = three_groups.assign(spend=three_groups["spend"] * 1000)
    pipeline = make_pipeline(StandardScaler().set_output(transform="pandas"), KMeansSegments(3, random_state=1))
    found = pipeline.fit(X)
    expected = kmeans.segment(X, 3, scale="standard", random_state=1)
    assert found[-1].labels_.equals(expected.labels)
    assert pipeline.predict(X).equals(expected.labels)
    assert cross_val_predict(pipeline, X, cv=3).shape == (len(X),)


def test_arrays_in_give_arrays_out(three_groups):
    found = kmeans_few(n_segments=3).fit(three_groups.to_numpy())
    assert isinstance(found.labels_, np.ndarray)
    assert isinstance(found.predict(three_groups.to_numpy()[:5]), np.ndarray)
    assert found.segmentation_.variables == ("x0", "x1", "x2")
    assert not hasattr(found, "feature_names_in_")


def test_settings_are_parameters_and_a_clone_is_unfitted(three_groups):
    found = kmeans_few().set_params(n_segments=3, scale="log").fit(three_groups - three_groups.min())
    other = clone(found)
    assert other.get_params() == {"n_segments": 3, "n_starts": 8, "scale": "log", "random_state": 0}
    assert not hasattr(other, "labels_")


def test_a_random_state_object_gives_a_new_seed_each_time(three_groups):
    found = kmeans_few(random_state=np.random.RandomState(1)).fit(three_groups)
    assert found.labels_.equals(kmeans_few(random_state=np.random.RandomState(1)).fit(three_groups).labels_)


def test_faults_are_value_errors_and_data_errors(three_groups):
    X = three_groups.assign(town="here", spend=np.nan)
    with pytest.raises(InputError, match=r"(?s)'spend': 90 values are missing.*'town'.*not numeric") as caught:
        KMeansSegments().fit(X)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, DataError)
    with pytest.raises(InputError, match="`k`: is 91, but there are only 90 distinct rows"):
        KMeansSegments(91).fit(three_groups)
    with pytest.raises(InputError, match="`sample_weight`: has the shape"):
        KMeansSegments().fit(three_groups, sample_weight=[1, 2])


def test_rows_without_a_segment_are_minus_one(answers):
    found = LatentClassSegments(2, n_starts=8, continuous=["spend"], random_state=1).fit(answers)
    new = answers.iloc[:3].copy()
    new.iloc[0, 0] = "maybe"
    new.iloc[1] = None
    assert found.predict(new).to_list() == [-1, -1, found.labels_.iloc[2]]
    assert found.predict_proba(new).isna().all(axis=1).to_list() == [True, True, False]


@pytest.mark.parametrize("scale", kmeans.SCALES)
def test_prediction_equals_assign_for_kmeans(scale, three_groups):
    X = three_groups - three_groups.min()
    found = kmeans.segment(X, 4, n_starts=40, scale=scale, random_state=1)
    new = pd.concat([X, pd.DataFrame({"visits": [np.nan, -2, 1], "spend": [1, 1, 99.0], "items": 2.0})])
    made = found.assign(sources.table(new)).execute()["segment"]
    assert prediction.labels(found, new).isna().to_list() == made.isna().to_list()
    assert prediction.labels(found, new).dropna().to_list() == made.dropna().to_list()
    assert prediction.labels(found, X).to_list() == found.labels.to_list()


def test_prediction_equals_assign_for_latent_classes(answers):
    found = latent_class.segment(answers, 3, n_starts=16, continuous=["spend"], random_state=1)
    new = pd.concat([answers, answers.iloc[:4].assign(a="maybe"), answers.iloc[:2].assign(spend=np.nan)])
    new = new.reset_index(drop=True)
    made = found.assign(sources.table(new)).execute()["segment"]
    predicted = prediction.labels(found, new)
    assert predicted.isna().sum() == 4
    assert predicted.fillna(0).to_list() == made.fillna(0).to_list()


def test_prediction_of_rules_points_to_assign():
    s = rules.segment(pd.DataFrame({"customer_id": [1, 2], "town": ["a", "b"]}), {"model": "geographic", "by": "town"})
    with pytest.raises(DataError, match="label with"):
        prediction.labels(s, pd.DataFrame({"town": ["a"]}))


@pytest.mark.parametrize("estimator", [kmeans_few(n_segments=3), classes_few(n_segments=3)])
def test_weight_zero_is_absence_and_weights_are_equal_rows(estimator, three_groups):
    w = np.random.default_rng(2).integers(0, 4, len(three_groups))
    whole = three_groups.loc[three_groups.index.repeat(w)]
    whole.index = range(len(whole))
    weighted, repeated = clone(estimator).fit(three_groups, sample_weight=w), clone(estimator).fit(whole)
    assert weighted.predict(three_groups).equals(repeated.predict(three_groups))


def test_an_answer_of_weight_zero_is_not_counted():
    X = pd.DataFrame({"a": list("yyynnn?"), "b": list("ynynnnn"), "c": list("yyynnyn")})
    w = [1, 1, 1, 1, 1, 1, 0]
    found = latent_class.segment(X, 2, weights=w, n_starts=16, random_state=1)
    expected = latent_class.segment(X.iloc[:6], 2, n_starts=16, random_state=1)
    pd.testing.assert_frame_equal(found.summary, expected.summary)
    assert found.labels.iloc[:6].to_list() == expected.labels.to_list()
