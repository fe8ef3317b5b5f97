"""Names keep to the segments they were given for, whatever the data do to their numbers."""

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import handover, kmeans, naming, plain_names, profile, saved
from segkit.segmentation.regroup import matching
from segkit.words.errors import DataError

CENTRES = {"small": (1.0, 1.0), "often": (8.0, 1.0), "large": (3.0, 9.0)}
NAMES = {1: "Small", 2: {"en": "Often", "vi": "Thường xuyên"}, 3: "Large"}


def people(seed, sizes, prefix="K"):
    """Three kinds of people, as many of each as asked for."""
    rng = np.random.default_rng(seed)
    rows = np.vstack([rng.normal(CENTRES[kind], 0.5, (n, 2)) for kind, n in sizes.items()])
    kinds = np.repeat(list(sizes), list(sizes.values()))
    index = pd.Index([f"{prefix}{i}" for i in range(len(rows))], name="customer_id")
    return pd.DataFrame(rows, columns=["visits", "spend"], index=index), pd.Series(kinds, index=index)


def built(X, names, before=None):
    """A build: the segments under their names, and what it keeps."""
    bound = naming.bound(kmeans.segment(X, 3, random_state=1), names, X, before)
    return bound, saved.unpack(saved.pack(bound.segmentation, bound.names, X), "shop")


def called(bound, kinds):
    """Which kind of people each name means."""
    return pd.crosstab(bound.named.labels, kinds).idxmax(axis=1).to_dict()


@pytest.mark.parametrize("sizes", [{"small": 60, "often": 90, "large": 120}, {"large": 150, "small": 80, "often": 79},
                                   {"often": 200, "large": 30, "small": 60}])
@pytest.mark.parametrize("prefix", ["K", "N"])
def test_a_rebuild_with_new_data_never_swaps_two_names(sizes, prefix):
    X, kinds = people(1, {"small": 120, "often": 90, "large": 60})
    first, kept = built(X, NAMES)
    meant = called(first, kinds)
    assert meant == {"Small": "small", "Often": "often", "Large": "large"}
    Y, now = people(2, sizes, prefix)
    assert kmeans.segment(Y, 3, random_state=1).labels.map({1: "small", 2: "often", 3: "large"}).ne(now).any()
    second, kept = built(Y, NAMES, kept)
    assert called(second, now) == meant
    assert second.agreement.min() > 0.98
    third, _ = built(X, NAMES, kept)  # and once more, from what that build kept
    assert called(third, kinds) == meant


def test_the_same_data_change_nothing_and_say_so():
    X, _ = people(1, {"small": 120, "often": 90, "large": 60})
    first, kept = built(X, NAMES)
    second, again = built(X, NAMES, kept)
    assert second.sentence == first.sentence
    assert second.values == first.values == {}
    pd.testing.assert_frame_equal(again.segmentation.assignments, kept.segmentation.assignments)


def test_a_segment_that_is_gone_is_refused_with_what_to_do():
    X, _ = people(1, {"small": 120, "often": 90, "large": 60})
    _, kept = built(X, NAMES)
    flat = pd.DataFrame(np.random.default_rng(3).normal(30, 5, (270, 2)), columns=["visits", "spend"], index=X.index)
    with pytest.raises(DataError, match=r"is no longer the segment that got this name(.|\n)*take `names` out, build, look"):
        built(flat, NAMES, kept)


def test_a_merged_segment_loses_its_name_where_it_is_no_longer_mostly_the_old_one():
    X, _ = people(1, {"small": 100, "often": 100, "large": 100})
    _, kept = built(X, {1: "Small", 2: "Often", 3: "Large"})
    two = kmeans.segment(X, 2, random_state=1)
    with pytest.raises(DataError) as told:
        naming.bound(two, {1: "Small", 2: "Often", 3: "Large"}, X, kept)
    assert "is no segment here" in str(told.value)


def test_other_variables_are_held_against_the_customers_of_both_builds():
    X, kinds = people(1, {"small": 120, "often": 90, "large": 60})
    _, kept = built(X, NAMES)
    renamed = X.set_axis(["a", "b"], axis=1)
    bound, _ = built(renamed, NAMES, kept)
    assert called(bound, kinds) == {"Small": "small", "Often": "often", "Large": "large"}
    strangers = renamed.set_axis([f"X{i}" for i in range(len(X))])
    with pytest.raises(DataError, match="cannot be held against"):
        built(strangers, NAMES, kept)


def test_a_swap_of_numbers_is_seen_where_half_the_customers_moved():
    X, _ = people(1, {"small": 100, "often": 100, "large": 100})
    bound, _ = built(X, NAMES)
    old = bound.segmentation.labels
    assert (matching.jaccard(bound.segmentation.labels, old) == 1).all()
    moved = old.copy()
    moved.iloc[:60] = old.iloc[150:210].to_numpy()
    found = matching.jaccard(bound.segmentation.labels, moved)
    for label in (1, 2, 3):
        both, either = ((old == label) & (moved == label)).sum(), ((old == label) | (moved == label)).sum()
        assert found[label] == both / either


@pytest.mark.parametrize(("names", "said"), [
    ({1: "A", 2: "a"}, "is the name 'a' of segment 1 too"), ({1: "A", 2: {"en": "B", "vi": "A"}}, "is the name 'a' of segment 1"),
    ({1: ""}, "is empty"), ({1: None}, "is empty"), ({1: {}}, "is empty"), ({1: "<script>"}, "a sign of HTML"),
    ({1: "a & b"}, "a sign of HTML"), ({1: "=1+1"}, "takes for a formula"), ({1: "+84"}, "takes for a formula"),
    ({1: "@x"}, "takes for a formula"), ({1: "x" * 41}, "longer than 40"), ({1: "a\tb"}, "a control character"),
    ({1: "a\u202eb"}, "a control character"), ({1: 5}, "could be taken for the number"), ({1: "2"}, "could be taken for the number"),
    ({"x": "A"}, "is no number of a segment"), ({0.5: "A"}, "is no number of a segment"), ({1: {"fr": "A"}}, "has the language 'fr'"),
    (["A"], "write `names"), ({9: "A"}, "is no segment here: there are 1, 2, 3"), ({1: ["A"]}, "could be taken")])
def test_names_that_cannot_be_are_refused(names, said):
    X, _ = people(1, {"small": 120, "often": 90, "large": 60})
    with pytest.raises(DataError) as told:
        naming.bound(kmeans.segment(X, 3, random_state=1), names, X)
    assert said in str(told.value)


def test_all_faults_of_names_come_at_once():
    assert len(naming.faults({1: "", 2: "<b>", 3: "=x", "y": "A"})) == 4
    assert naming.faults({1: "Khách quen", 2: {"en": "B", "vi": "C"}, "3": "Week-end bulk buyers"}) == []


def test_proposals_are_told_apart_and_come_from_the_markers():
    X, _ = people(1, {"small": 120, "often": 90, "large": 60})
    X = X.set_axis(["frequency", "average_basket"], axis=1)
    told = plain_names.proposed(profile.segments(X, kmeans.segment(X, 3, random_state=1)))
    assert {name["en"] for name in told.values()} == {"buy rarely, small baskets", "small baskets, buy often", "large baskets"}
    assert told[2]["vi"] == "giỏ hàng nhỏ, mua thường xuyên"


def test_of_answers_what_is_wanted_names_the_segment():
    X = pd.DataFrame({"quiet": [1, 1, 1, 0, 0, 0.0], "cheap": [0, 0, 0, 1, 1, 1.0]})
    told = plain_names.proposed(profile.segments(X, kmeans.segment(X, 2, random_state=1)))
    assert sorted(name["en"] for name in told.values()) == ["cheap, not quiet", "quiet, not cheap"]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    X, kinds = people(1, {"small": 120, "often": 90, "large": 60})
    _, kept = built(X, NAMES)
    (tmp_path / "shop.parquet").write_bytes(saved.pack(kept.segmentation, kept.names, X))
    monkeypatch.setenv("SEGKIT_STATE", str(tmp_path))
    return X, kinds


def test_another_study_takes_the_segments_under_their_names(shop):
    X, kinds = shop
    part = X.iloc[60:250].join(pd.Series(1, index=["K9999"], name="x"), how="outer")
    made = handover.taken("shop", part)
    assert made.labels.index.equals(part.index)
    assert pd.isna(made.labels["K9999"])
    expected = kinds.reindex(part.index).map({"small": "Small", "often": "Often", "large": "Large"})
    assert made.labels.dropna().eq(expected.dropna()).all()
    assert made.segments["size"].to_dict() == expected.value_counts().to_dict()
    assert made.segments["segment_share"].sum() == pytest.approx(190 / 191)
    assert handover.taken("", part) is None


def test_segments_of_other_customers_are_refused(shop):
    with pytest.raises(DataError, match=r"has segmented none of these customers: its ids are 'K0'"):
        handover.labels("shop", pd.Index([1, 2, 3]))
    with pytest.raises(DataError, match="never built"):
        handover.labels("gone", pd.Index([1]))


def test_segments_over_stages_add_up(shop):
    X, kinds = shop
    stages = pd.Series(np.where(np.arange(len(X)) % 3, "Active", "New"), index=X.index, name="stage")
    told = handover.crossed("shop", stages, ["New", "Active", "Lapsed"])
    assert told["size"].to_dict() == {"Small": 120, "Often": 90, "Large": 60}
    np.testing.assert_allclose(told[["New", "Active", "Lapsed"]].sum(axis=1), 1)
    assert told.loc["Small", "New"] == (stages[kinds == "small"] == "New").mean()
    assert handover.crossed("", stages, ["New"]).empty
