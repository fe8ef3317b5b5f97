"""Structure, segment-level stability and how many: what separated segments, a continuum and noise must give."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score

from segkit.data.samples import PROJECT
from segkit.segmentation import how_many, kmeans, stability
from segkit.segmentation.evidence import continuum
from segkit.words.errors import DataError

SURVEY = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
K = [2, 3, 4]


def frame(values) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(values, dtype=float)).add_prefix("v")


@pytest.fixture(scope="module")
def separated():
    rng = np.random.default_rng(1)
    return frame(np.repeat([[0, 0], [9, 0], [0, 9]], 80, axis=0) + rng.normal(size=(240, 2)))


@pytest.fixture(scope="module")
def elongated():
    rng = np.random.default_rng(2)
    return frame(rng.normal(size=(400, 1)) + 0.4 * rng.normal(size=(400, 4)))


@pytest.fixture(scope="module")
def noise():
    return frame(np.random.default_rng(3).random((500, 8)) < [0.5, 0.3, 0.2, 0.6, 0.5, 0.4, 0.3, 0.55])


def test_separated_segments_are_natural_at_their_number(separated):
    found = stability.structure(separated, K, n_pairs=30, random_state=1)
    assert found.loc[3, "verdict"] == "natural"
    assert found.loc[3, "global_stability"] > 0.95
    assert found.loc[3, "border_p"] == 0.05
    assert found.loc[3, "border_density"] < 0.1


def test_a_continuum_is_reproducible_and_not_natural(elongated):
    found = stability.structure(elongated, K, n_pairs=30, random_state=1)
    assert "natural" not in set(found["verdict"])
    assert found.loc[2, "verdict"] == "reproducible"


def test_noise_is_constructive(noise):
    found = stability.structure(noise, K, n_pairs=30, random_state=1)
    assert set(found["verdict"]) == {"constructive"}


def test_structure_depends_on_neither_row_order_nor_equal_weights(separated):
    one = stability.structure(separated, K, n_pairs=10, random_state=1)
    turned = stability.structure(separated.iloc[::-1], K, n_pairs=10, random_state=1)
    assert (one["verdict"] == turned["verdict"]).all()
    weighted = stability.structure(separated, K, n_pairs=10, weights=np.full(len(separated), 3.0), random_state=1)
    pd.testing.assert_frame_equal(one, weighted)


def test_one_segment_has_no_structure_to_test(separated):
    with pytest.raises(DataError, match="2 or more"):
        stability.structure(separated, [1, 2])


def test_a_constant_variable_is_no_obstacle(separated):
    found = stability.structure(separated.assign(always=1.0), [3], n_pairs=10, random_state=1)
    assert found.loc[3, "verdict"] == "natural"


def test_the_continuum_keeps_categories_and_correlations():
    rng = np.random.default_rng(4)
    factor = rng.normal(size=(4000, 1))
    values = np.clip(np.round(3 + factor + 0.8 * rng.normal(size=(4000, 5))), 1, 5)
    made = continuum.drawn(continuum.continuum(values), 40_000, rng)
    assert set(np.unique(made)) == {1, 2, 3, 4, 5}
    for answer in range(1, 6):
        assert np.abs((made == answer).mean(axis=0) - (values == answer).mean(axis=0)).max() < 0.01
    assert np.abs(np.corrcoef(made, rowvar=False) - np.corrcoef(values, rowvar=False)).max() < 0.02
    alone = continuum.drawn(continuum.independent(continuum.continuum(values)), 40_000, rng)
    assert np.abs(np.corrcoef(alone, rowvar=False) - np.eye(5)).max() < 0.02


def test_one_peak_is_left_where_there_were_two():
    rng = np.random.default_rng(5)
    two = np.where(rng.random(5000) < 0.5, -4, 4) + rng.normal(size=5000)
    near = continuum.continuum(np.column_stack([two, rng.gamma(2, size=5000)]))
    made = continuum.drawn(near, 200_000, rng)
    counts = np.histogram(made[:, 0], bins=20)[0]
    peak = counts.argmax()
    noise = 4 * np.sqrt(counts.max())
    assert (np.diff(counts[:peak + 1]) > -noise).all()
    assert (np.diff(counts[peak:]) < noise).all()
    assert abs(np.median(made[:, 1]) - 1.68) < 0.1  # a skewed variable keeps its shape


def test_segments_that_come_back_have_a_jaccard_index_of_one(separated):
    found = kmeans.segment(separated, 3, random_state=1)
    table = stability.within(separated, found, n_samples=21, random_state=1)
    assert len(table) == 63
    assert table["jaccard"].min() > 0.95
    other = found.relabel({1: 3, 2: 1, 3: 2})
    renamed = stability.within(separated, other, n_samples=21, random_state=1)
    assert renamed.groupby("segment")["jaccard"].mean()[3] == table.groupby("segment")["jaccard"].mean()[1]


def test_within_wants_the_customers_of_the_segmentation(separated):
    found = kmeans.segment(separated, 3, random_state=1)
    with pytest.raises(DataError, match="not of the customers"):
        stability.within(separated.iloc[1:], found)


@pytest.mark.skipif(not SURVEY.is_file(), reason="the survey is not beside the project")
def test_within_agrees_with_flexclust_on_the_textbook_labels():
    X = pd.read_csv(SURVEY).iloc[:, :11].eq("Yes").astype(float)
    labels = pd.read_csv(SURVEY.parent.parent / "reference" / "md_k4_labels_Rounding.csv").iloc[:, -1].to_numpy()
    theirs = replace(kmeans.segment(X, 4, random_state=1), assignments=pd.DataFrame({"segment": labels}, index=X.index))
    median = stability.within(X, theirs, random_state=1).groupby("segment")["jaccard"].median()
    assert np.abs(median.to_numpy() - [0.571, 0.868, 0.854, 0.688]).max() < 0.08


def test_across_is_one_minus_the_relative_entropy_of_origin():
    X = frame([[i] for i in range(8)])
    former, later = (kmeans.segment(X, k, random_state=1) for k in (2, 4))
    former = replace(former, assignments=pd.DataFrame({"segment": [1, 1, 1, 1, 2, 2, 2, 2]}, index=X.index))
    later = replace(later, assignments=pd.DataFrame({"segment": [1, 1, 2, 3, 3, 3, 4, 3]}, index=X.index))
    table = stability.across([former, later])
    assert table.loc[(4, 1), "slsa"] == 1
    share = np.array([0.25, 0.75])
    assert table.loc[(4, 3), "source_entropy"] == pytest.approx(-(share * np.log2(share)).sum())
    links = stability.flows([former, later])
    assert links["n"].sum() == 8
    assert links.groupby("segment")["share"].sum().round(9).eq(1).all()


def test_evidence_stands_side_by_side_and_the_recommendation_can_be_overruled(separated):
    found = how_many.solutions(separated, [4, 2, 3], random_state=1)
    table = how_many.evidence(separated, found, n_pairs=20, random_state=1)
    assert table.index.tolist() == [2, 3, 4]
    assert table["bic"].notna().all()
    assert table["silhouette"].idxmax() == 3
    recommended = how_many.recommend(table)
    assert (recommended.k, recommended.verdict) == (3, "natural")
    assert how_many.choose(found, 2).k == 2
    with pytest.raises(DataError, match="not compared"):
        how_many.choose(found, 7)


def test_silhouettes_are_those_of_scikit_learn(separated):
    X = pd.concat([separated, frame([[40, 40]]).rename(index=lambda _: 999)])
    found = how_many.solutions(X, [2, 4, 5], n_starts=40, random_state=1)
    table = how_many.evidence(X, found, n_pairs=2, random_state=1)
    assert 1 in found[1].segments["size"].to_list()
    assert table["silhouette"].to_list() == pytest.approx([silhouette_score(X, s.labels) for s in found])


def test_a_reference_that_does_as_well_is_enough_to_stop(noise, separated):
    """p-values beyond their level are told of the first round, those that reach it of all references."""
    stopped = stability.structure(noise, [3], n_pairs=10, random_state=1)
    assert stopped.loc[3, "n_references"] == 5
    assert float(stopped.loc[3, "border_p"] * 6).is_integer()
    assert stability.structure(separated, [3], n_pairs=10, random_state=1).loc[3, "independent_p"] == 0.05


@pytest.mark.parametrize(("verdicts", "stable", "silhouette", "expected"), [
    (["natural", "natural", "reproducible"], [0.88, 0.95, 0.99], [0.4, 0.3, 0.3], (3, 3)),
    (["natural", "natural", "reproducible"], [0.99, 0.97, 0.99], [0.4, 0.3, 0.5], (3, 3)),
    (["natural", "constructive", "reproducible"], [0.99, 0.97, 0.99], [0.4, 0.3, 0.5], (2, 2)),
    (["reproducible", "reproducible", "constructive"], [0.9, 0.86, 0.5], [0.5, 0.3, 0.3], (3, 3)),
    (["reproducible", "reproducible", "constructive"], [0.9, 0.7, 0.5], [0.5, 0.3, 0.3], (2, 2)),
    (["constructive"] * 3, [0.5, 0.4, 0.3], [0.1, 0.2, 0.4], (1, 4))])
def test_recommendation_follows_its_rule(verdicts, stable, silhouette, expected):
    table = pd.DataFrame({"smallest_share": 0.2, "silhouette": silhouette, "global_stability": stable,
                          "continuum_stability": 0.5, "independent_stability": 0.6, "verdict": verdicts}, index=K)
    for asked in (table, table.assign(smallest_share=0.01)):
        assert (how_many.recommend(asked).k, how_many.recommend(asked).shown) == expected


def test_no_division_and_divisions_that_chance_makes_are_two_sentences():
    table = pd.DataFrame({"smallest_share": 0.2, "silhouette": 0.3, "global_stability": [0.5, 0.4],
                          "continuum_stability": 0.5, "independent_stability": 0.93, "verdict": "constructive"}, index=[2, 3])
    assert how_many.recommend(table).sentence.startswith("No division comes back")
    chance = how_many.recommend(table.assign(global_stability=[0.94, 0.4]))
    assert chance.values == {"global_stability": 0.94, "independent_stability": 0.93}
    assert "nothing to do with each other" in chance.sentence


def test_the_reason_of_a_number_is_the_studys_or_missing():
    one = how_many.Recommendation(1, 3, "constructive", "", {})
    assert how_many.reason(one, None, {}).values == {"k": 3}
    assert "gives no reason" in how_many.reason(one, 4, {}).sentence
    assert how_many.reason(one, 4, {"en": "four shops"}).values == {"k": 4, "why": {"en": "four shops"}}


@pytest.mark.parametrize("centres", [[[0, 0], [5, 0], [10, 0], [15, 0]], [[0, 0], [5, 0], [20, 0], [25, 0]]])
def test_groups_on_a_line_are_not_joined(centres):
    rng = np.random.default_rng(4)
    X = frame(np.repeat(centres, 120, axis=0) + rng.normal(size=(480, 2)))
    solutions = how_many.solutions(X, range(2, 7), random_state=1)
    assert how_many.recommend(how_many.evidence(X, solutions, n_pairs=30, random_state=1)).k == 4


def test_more_segments_than_customers_who_differ_are_told_by_the_name_of_the_parameter():
    X = pd.DataFrame({"visits": [1.0, 2.0, 3.0] * 4})
    with pytest.raises(DataError, match="`k_values`: is 4, but there are only 3 distinct rows"):
        how_many.solutions(X, [2, 3, 4, 5])


def test_a_splinter_of_a_grid_is_no_group():
    """Between two patterns of yes/no answers nobody can stand: that gap makes no group of those who deviate."""
    rng = np.random.default_rng(3)
    group = np.arange(400) % 2
    X = pd.DataFrame({f"q{j}": (rng.random(400) < np.where(group == j % 2, 0.95, 0.05)).astype(float) for j in range(6)})
    assert stability.structure(X, [2, 3, 4, 5], random_state=7)["verdict"].to_list() == ["natural"] + ["reproducible"] * 3


@pytest.mark.parametrize("weighted", [False, True])
def test_bic_from_the_segments_is_that_of_many_starts(weighted):
    from segkit.segmentation import latent_class

    rng = np.random.default_rng(7)
    kind = rng.choice(4, 700, p=[0.35, 0.3, 0.2, 0.15])
    X = pd.DataFrame(rng.random((700, 8)) < rng.uniform(0.05, 0.95, (4, 8))[kind]).astype(float).rename(columns=str)
    w = rng.uniform(0.5, 2, 700) if weighted else None
    found = how_many.solutions(X, [2, 3, 4, 5], weights=w, n_starts=60, random_state=1)
    told = how_many._bic(X, found, "none", w, 1)
    expected = latent_class.compare(X, [2, 3, 4, 5], weights=w, random_state=1)["bic"]
    assert told == pytest.approx(expected.to_list(), rel=5e-4)
    assert told[:2] == pytest.approx(expected.to_list()[:2], abs=0.05)
    assert np.argmin(told) == expected.argmin()
