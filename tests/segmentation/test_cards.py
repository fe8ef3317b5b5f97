"""Cards of segments in the units of the answers, with names that tell them apart."""

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import cards, kmeans, plain_names, profile, stability
from segkit.segmentation.partition import coded_answers

N = 120
ANSWERS = pd.DataFrame({
    "income": [20.0, 100.0] * (N // 2) + np.tile(np.arange(N // 2), 2) / 10, "spent": np.r_[np.ones(N - 12), [5000.0] * 12],
    "wifi": ["yes", "no", "yes", "yes"] * (N // 4), "stars": [1, 5, 2, 4, 3, 3] * (N // 6)})


@pytest.fixture(scope="module")
def made():
    coded = coded_answers.coded(ANSWERS, list(ANSWERS))
    segments = kmeans.segment(coded.X, 2, random_state=1)
    return coded, segments


@pytest.mark.parametrize("weights", [None, pd.Series(np.arange(N) % 3 + 1.0)])
def test_means_are_those_of_the_answers(made, weights):
    coded, segments = made
    assert "spent" in coded.logged
    found = cards.means(coded.X, segments, coded.coding, weights)
    numbers = ANSWERS.assign(wifi=(ANSWERS["wifi"] == "yes").astype(float))
    w = pd.Series(1.0, range(N)) if weights is None else weights
    for name in ANSWERS:
        assert found.total[name] == pytest.approx(np.average(numbers[name], weights=w)), name
        for segment, part in numbers.groupby(segments.labels):
            assert found.by_segment.loc[segment, name] == pytest.approx(np.average(part[name], weights=w[part.index])), name
    assert found.answers == ("wifi",)
    assert found.beside(segments.segments)["income"].to_list() == found.by_segment["income"].to_list()


def test_cards_show_the_means_of_the_answers_and_names_of_amounts(made):
    coded, segments = made
    means = cards.means(coded.X, segments, coded.coding)
    table = cards.table(segments, profile.segments(coded.X, segments), means=means)
    traits = [trait for traits in table["traits"] for trait in traits]
    assert traits
    for trait in traits:
        assert trait["total"] == pytest.approx(means.total[trait["variable"]])
        assert trait["is_share"] == (trait["variable"] == "wifi")
    assert any(name["en"].startswith(("high", "low")) for name in table["proposed"])


def test_segments_without_marker_variables_get_names_that_differ():
    X = pd.DataFrame({"a": [0.45, 0.46, 0.5, 0.51, 0.55, 0.56], "b": [0.5, 0.52, 0.5, 0.52, 0.5, 0.52]})
    segments = kmeans.segment(X, 3, random_state=1)
    found = profile.segments(X, segments)
    assert not found["is_marker"].any()
    names = [name["en"] for name in plain_names.proposed(found, ()).values()]
    assert len(set(names)) == 3
    assert all(name.startswith("close to the average") for name in names)


def test_segments_that_are_found_again_alike_have_no_best():
    samples = pd.DataFrame({"segment": [1, 2] * 3, "jaccard": [0.9, 0.901] * 3})
    sentence, values = stability.found_again(samples)
    assert "equally well" in sentence
    assert values == {"k": 2, "low": 0.9}


def test_indices_are_those_of_the_answers_and_markers_those_of_the_scaled_variables(made):
    coded, segments = made
    means = cards.means(coded.X, segments, coded.coding)
    scaled = profile.segments(coded.X, segments)
    found = means.profile(scaled)
    assert (found["is_marker"] == scaled["is_marker"]).all()
    for (variable, segment), row in found.iterrows():
        assert row["index_100"] == pytest.approx(100 * means.by_segment.loc[segment, variable] / means.total[variable])
        assert row["mean"] == pytest.approx(means.by_segment.loc[segment, variable])
