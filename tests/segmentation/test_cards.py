"""Cards of segments in the units of the answers, with names that tell them apart."""

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import cards, how_many, kmeans, plain_names, profile, stability
from segkit.segmentation.partition import coded_answers

BACK = how_many.BASIS["reproducible"]
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


@pytest.fixture(scope="module")
def club():
    """Three groups told by a category; a second one of the same words; an amount."""
    rng = np.random.default_rng(4)
    group = rng.integers(0, 3, 300)
    table = pd.DataFrame({"sport": np.array(["pool", "weights", "courts"])[group], "visits": group + rng.normal(9, 0.1, 300),
                          "member": np.array(["yes", "no", "lapsed"])[(group + (rng.random(300) < 0.1)) % 3]})
    coded = coded_answers.coded(table, list(table), with_open=True)
    return table, coded, kmeans.segment(coded.X, 3, random_state=1)


def test_values_of_a_category_name_a_segment_by_what_it_is_and_not_by_what_it_is_not(club):
    table, coded, segments = club
    found = cards.means(coded.X, segments, coded.coding).profile(profile.segments(coded.X, segments))
    made = cards.table(segments, found, means=cards.means(coded.X, segments, coded.coding))
    for segment, row in made.iterrows():
        sport = table["sport"][segments.labels == segment].mode()[0]
        assert sport in row["proposed"]["en"].split(", ")
        assert "not" not in row["proposed"]["en"]
        assert all(trait["mean"] > trait["total"] for trait in row["traits"] if trait["is_share"])
    assert not profile.portraits(found)["below_average"].map(lambda words: "sport" in words["en"]).any()


def test_a_value_that_says_nothing_alone_keeps_its_column():
    index = pd.MultiIndex.from_product([["member: yes", "member: no", "sport: pool"], [1]], names=["variable", "segment"])
    found = pd.DataFrame({"mean": [0.9, 0.1, 0.6], "total_mean": [0.4, 0.6, 0.3], "difference": [0.5, -0.5, 0.3],
                          "is_marker": True, "category": ["member", "member", "sport"], "standardized": 1.0}, index=index)
    assert plain_names.proposed(found, ["member: yes", "member: no", "sport: pool"])[1]["en"] == "member: yes, pool"


def test_a_number_describes_only_the_segments_that_differ_in_it_by_more_than_chance(club):
    table, _, segments = club
    rng = np.random.default_rng(8)
    pool = segments.labels[table["sport"] == "pool"].mode()[0]
    known = pd.DataFrame({"age": np.where(segments.labels == pool, 50.0, 35.0) + rng.normal(0, 5, 300),
                          "shoe": rng.normal(40, 2, 300)}, index=table.index)
    found = profile.segments(club[1].X, segments)
    by_age = cards.table(segments, found, known=known, descriptor="age")
    assert by_age.loc[pool, "told"] == pytest.approx(known["age"][segments.labels == pool].mean())
    assert cards.table(segments, found, known=known, descriptor="shoe")["told"].isna().all()
    weights = pd.Series(rng.integers(1, 4, 300).astype(float), index=table.index)
    weighted = cards.table(segments, found, known=known, descriptor="age", weights=weights)
    part = segments.labels == pool
    assert weighted.loc[pool, "told"] == pytest.approx(np.average(known["age"][part], weights=weights[part]))


def test_the_first_offer_is_for_the_largest_segment_that_comes_back():
    made = pd.DataFrame({"size": [50, 30, 20], "segment_share": [0.5, 0.3, 0.2], "jaccard": [0.7, 0.8, 0.95]}, index=[1, 2, 3])
    sentence, values = cards.first_offer(made, BACK)
    assert (sentence, values["segment"], values["n"], values["sure"], values["k"]) == (cards.LEVEL, "2", 30, 2, 3)
    tenfold = made.assign(size=10 * made["size"])
    assert cards.first_offer(tenfold, BACK)[0] == cards.FIRST_OFFER
    level = tenfold.assign(segment_share=[0.5, 0.26, 0.24])
    sentence, values = cards.first_offer(level, BACK)
    assert (sentence, values["segment"], values["second"], values["other"]) == (cards.LEVEL, "2", "3", 0.24)
    assert cards.first_offer(tenfold, BACK, "", pd.Series(np.r_[np.full(50, 20.0), np.full(950, 0.01)]))[0] == cards.LEVEL
    sentence, values = cards.first_offer(made.assign(jaccard=[0.7, np.nan, 0.74]), BACK)
    assert (sentence, values["segment"], values["sure"]) == (cards.NONE_SURE, "1", 0)
    for basis in (how_many.BASIS["constructive"], "not tested"):
        sentence, values = cards.first_offer(made, basis)
        assert (sentence, values["segment"], values["share"]) == (cards.WORKING, "1", 0.5)
