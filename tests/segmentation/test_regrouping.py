"""Merged and split segments: who is in them, what labels others, and names that keep to them."""

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import (
    handover,
    hierarchical,
    jaccard,
    kmeans,
    kmedians,
    latent_class,
    naming,
    prediction,
    saved,
)
from segkit.segmentation.partition import nearest
from segkit.segmentation.regroup import regrouping
from segkit.words.errors import DataError

CENTRES = np.array([[1.0, 1.0], [9.0, 1.0], [1.0, 9.0], [9.0, 9.0], [20.0, 20.0]])


def people(seed=1, sizes=(90, 70, 50, 40, 30), prefix="K"):
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(5), sizes)
    values = np.abs(CENTRES[kind] + rng.normal(0, 0.7, (len(kind), 2)))
    values[kind == 4, 0] += np.where(np.arange((kind == 4).sum()) % 3, 0, 4)  # the last kind is of two sorts
    X = pd.DataFrame(values, columns=["visits", "spend"], index=pd.Index([f"{prefix}{i}" for i in range(len(kind))], name="customer_id"))
    return X, pd.Series(kind + 1, X.index)


METHODS = {
    "k-means": lambda X: kmeans.segment(X, 5, scale="log", random_state=1),
    "k-medians": lambda X: kmedians.segment(X, 5, random_state=1),
    "medoids": lambda X: hierarchical.segment(X, 5, distance="gower"),
    "classes": lambda X: latent_class.segment(X, 5, n_starts=20, continuous=["visits", "spend"], random_state=1),
}


@pytest.mark.parametrize("method", list(METHODS))
def test_the_rule_labels_everybody_as_they_were_merged_and_split(method):
    X, kind = people()
    found = METHODS[method](X)
    assert (found.labels == kind).all()
    made = regrouping.regrouped(found, X, {1: [3], 2: [5]}, {2: {"visits": {"above": 15}}, 4: 2}, random_state=1)
    expected = kind.map({1: 1, 2: 2, 3: 1, 4: 4, 5: 6}).where(lambda s: s != 4, made.labels)
    assert (made.labels == expected).all()
    assert set(made.labels[kind == 4]) == {4, 7}
    assert (made.labels == 4).sum() >= (made.labels == 7).sum()
    assert made.segments.index.to_list() == [1, 2, 4, 6, 7]
    assert made.segments["size"].to_dict() == made.labels.value_counts().to_dict()
    told = made.assign(ibis.memtable(X.reset_index())).execute().set_index("customer_id")["segment"]
    assert (told.reindex(X.index) == made.labels).all()
    connection = duckdb.connect()
    connection.register("customers", X.reset_index(drop=True).assign(n=np.arange(len(X))))
    sql = made.to_sql("duckdb").rstrip(";")
    assert connection.sql(f"select segment, count(*) from ({sql}) group by 1").df().set_index("segment").iloc[:, 0].to_dict() == \
        made.segments["size"].to_dict()


@pytest.mark.parametrize("method", list(METHODS))
def test_they_are_kept_under_their_names_and_taken_by_the_next_study(method, tmp_path, monkeypatch):
    X, kind = people()
    bound = naming.bound(METHODS[method](X), {1: "Near", 6: {"en": "Far", "vi": "Xa"}}, X, merge={"1": [3]},
                         split={"2": {"spend": {"at_least": 1}}}, random_state=1)
    (tmp_path / "shop.parquet").write_bytes(saved.pack(bound.segmentation, bound.names, X))
    held = saved.read(tmp_path / "shop.parquet")
    assert held.segmentation.rule == bound.segmentation.rule
    named = held.named
    assert named.segments.index.to_list() == ["Near", "2", "4", "5", "Far"]
    told = named.assign(ibis.memtable(X.reset_index())).execute().set_index("customer_id")["segment"].reindex(X.index)
    expected = kind.astype(str).replace({"1": "Near", "3": "Near"}).mask((kind == 2) & (X["spend"] >= 1), "Far")
    assert (told == expected).all()
    monkeypatch.setenv("SEGKIT_STATE", str(tmp_path))
    taken = handover.taken("shop", X)
    assert (taken.labels == expected).all()
    assert taken.segments["size"].to_dict() == expected.value_counts().to_dict()


def test_means_shares_and_distances_are_those_of_the_parts_together():
    X, kind = people()
    w = np.random.default_rng(3).uniform(0.5, 2, len(X))
    found = kmeans.segment(X, 5, weights=w, random_state=1)
    made = regrouping.regrouped(found, X, {2: [1, 4]}, {}, w)
    own = kind.isin([1, 2, 4]).to_numpy()
    number = int(made.labels[own].iloc[0])
    assert made.segments.loc[number, "segment_share"] == pytest.approx(w[own].sum() / w.sum())
    assert made.segments.loc[number, "visits"] == pytest.approx(np.average(X["visits"][own], weights=w[own]))
    near = nearest.table(X, made)
    C = np.array(found.rule["centroids"])
    into = dict(zip(found.rule["labels"], made.rule["labels"], strict=True))
    for i, x in enumerate((X.to_numpy() - found.rule["mean"]) / found.rule["scale"]):
        apart = {}
        for label, c in zip(found.rule["labels"], C, strict=True):
            apart[into[label]] = min(apart.get(into[label], np.inf), np.sqrt(((x - c) ** 2).sum()))
        mine = made.labels.iloc[i]
        second = min((d, s) for s, d in apart.items() if s != mine)
        assert near["distance"].iloc[i] == pytest.approx(apart[mine])
        assert (near["second_segment"].iloc[i], near["second_distance"].iloc[i]) == (second[1], pytest.approx(second[0]))
    assert list(nearest.table(X, regrouping.regrouped(found, X, {}, {1: 2}, w))) == ["segment"]


def test_merged_classes_add_their_probabilities():
    rng = np.random.default_rng(5)
    kind = np.repeat([0, 1, 2], 60)
    likely = np.array([[0.9, 0.9, 0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.9, 0.9, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1, 0.9, 0.9]])
    X = pd.DataFrame((rng.random((180, 6)) < likely[kind]).astype(int), columns=list("abcdef"))
    found = latent_class.segment(X, 3, random_state=1)
    made = regrouping.regrouped(found, X, {1: [3]}, {})
    p = found.assignments[["posterior_1", "posterior_2", "posterior_3"]].to_numpy()
    np.testing.assert_allclose(made.assignments["posterior_1"], p[:, 0] + p[:, 2])
    certain = np.where(made.labels == 1, p[:, 0] + p[:, 2], p[:, 1])
    np.testing.assert_allclose(made.assignments["membership_share"], certain)
    np.testing.assert_allclose(nearest.table(X, made)["certainty"], certain)
    assert (nearest.table(X, made)["second_segment"] == made.labels.map({1: 2, 2: 1})).all()


def test_jaccard_segments_and_people_who_gave_the_same_answer_can_be_split():
    rng = np.random.default_rng(2)
    likely = np.array([[0.9, 0.9, 0.9, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.9, 0.9, 0.9]])
    Y = pd.DataFrame((rng.random((160, 6)) < likely[np.repeat([0, 1], [100, 60])]).astype(float), columns=list("abcdef"))
    made = regrouping.regrouped(jaccard.segment(Y, 2, random_state=1), Y, {}, {1: 3}, random_state=1)
    assert made.segments.index.to_list() == [1, 2, 3, 4]
    assert (nearest.labels(Y, made) == made.labels).all()
    X = pd.DataFrame({"wifi": ["yes", "no"] * 40, "town": list("hhdn") * 20, "x": list("ab") * 40})
    found = latent_class.segment(X, 2, random_state=1)  # in a class everybody says the same of wifi
    made = regrouping.regrouped(found, X, {}, {1: 2}, random_state=1)
    assert (nearest.labels(X, made) == made.labels).all()
    same = X.drop(columns="town")
    found = latent_class.segment(same, 2, random_state=1)
    with pytest.raises(DataError, match=r"`split`, segment 2(.|\n)*cannot be split in 2"):
        regrouping.regrouped(found, same, {}, {2: 2})


@pytest.mark.parametrize(("merge", "split", "said"), [
    ({3: [9]}, {}, "is no segment here: there are 1, 2, 3, 4, 5"), ({9: [1]}, {}, "`merge`, segment 9: is no segment here"),
    ({}, {7: 2}, "`split`, segment 7: is no segment here"), ({1: [2, 3, 4, 5]}, {}, "leaves one segment"),
    ({3: [4], 4: [3]}, {}, "takes in 4, which takes in others"), ({3: [3]}, {}, "takes in itself"),
    ({1: [3], 2: [3]}, {}, "which segment 1 takes in too"), ({1: [3]}, {3: 2}, "is merged into segment 1"),
    ({"a": [3]}, {}, "takes in"), ({1: "x"}, {}, "takes in 'x'"), ([1], {}, "write `merge"), ({}, [1], "write `split"),
    ({1: []}, {}, "takes in []"), ({1: [True]}, {}, "takes in [True]"), ({}, {1: 1}, "is 1"), ({}, {1: 99}, "is 99"),
    ({}, {1: None}, "is None"), ({}, {1: {}}, "not a condition"), ({}, {1: {"visits": {"over": 3}}}, "unknown bound"),
    ({}, {1: {"age": 30}}, "asks for 'age', which did not form the segments"), ({}, {"b": 2}, "is no number of a segment"),
    ({}, {1: {"visits": {"above": 99}}}, "nobody of its 90 customers meets"), ({}, {1: {"visits": {"above": -1}}}, "all of its 90"),
    ({}, {1: {"visits": "many"}}, "cannot be compared")])
def test_what_cannot_be_merged_or_split_is_refused(merge, split, said):
    X, _ = people()
    with pytest.raises(DataError) as told:
        naming.bound(METHODS["k-means"](X), {}, X, merge=merge, split=split)
    assert said in str(told.value)


def test_names_of_merged_segments_are_refused_and_of_new_ones_taken():
    X, _ = people()
    with pytest.raises(DataError, match=r"`names`, segment 4(.|\n)*is merged into segment 3(.|\n)*name segment 3"):
        naming.bound(METHODS["k-means"](X), {4: "A"}, X, merge={3: [4]})
    with pytest.raises(DataError, match=r"`names`, segment 9(.|\n)*there are 1, 2, 3, 4, 5, 6"):
        naming.bound(METHODS["k-means"](X), {9: "A"}, X, split={3: 2})
    assert "A" in naming.bound(METHODS["k-means"](X), {6: "A"}, X, split={3: 2}, random_state=1).named.segments.index


def built(X, before=None, k=5, names=None, **changes):
    bound = naming.bound(kmeans.segment(X, k, random_state=1), names, X, before, random_state=1, **changes)
    return bound, saved.unpack(saved.pack(bound.segmentation, bound.names, X), "shop")


NAMES = {1: "Quiet", 2: "Often", 3: "Spend", 6: "Young", 7: "Old"}


@pytest.mark.parametrize("sizes", [(90, 70, 50, 40, 30), (30, 40, 50, 70, 90), (50, 30, 90, 70, 41)])
def test_a_rebuild_with_new_data_merges_splits_and_names_the_same_people(sizes):
    X, _ = people()
    changes = {"merge": {3: [4]}, "split": {2: {"visits": {"above": 9}}, 5: 2}}
    _, kept = built(X, names=NAMES, **changes)
    Y, kind = people(2, sizes, "N")
    second, again = built(Y, kept, names=NAMES, **changes)
    told = pd.crosstab(second.segmentation.labels, kind)
    assert {s: list(told.columns[told.loc[s] > 0]) for s in told.index} == {1: [1], 2: [2], 3: [3, 4], 5: [5], 6: [2], 7: [5]}
    assert (second.named.labels[(kind == 2) & (Y["visits"] > 9)] == "Young").all()
    old = nearest.labels(Y, kept.segmentation)
    assert (second.segmentation.labels == old).mean() > 0.9  # the parts of 5 are not swapped
    third, _ = built(Y, again, names=NAMES, **changes)
    pd.testing.assert_frame_equal(third.segmentation.assignments, second.segmentation.assignments)


def test_a_merge_is_written_after_the_first_build_and_can_be_taken_back():
    X, kind = people()
    _, kept = built(X, names={1: "Quiet"})
    merged, kept = built(X, kept, names={1: "Quiet", 3: "Both"}, merge={3: [4, 5]})
    assert merged.agreement.to_dict() == {1: 1.0, 3: 1.0}
    back, _ = built(X, kept, names={1: "Quiet", 3: "One"})
    assert (back.segmentation.labels == kind).all()
    assert back.segmentation.k == 5


def test_a_merge_of_segments_that_are_gone_is_refused_with_what_to_do():
    X, _ = people()
    _, kept = built(X)
    flat = pd.DataFrame(np.random.default_rng(3).normal(30, 5, X.shape), columns=X.columns, index=X.index)
    with pytest.raises(DataError, match=r"`merge`, segment 4(.|\n)*is no longer the segment of that number(.|\n)*take `merge` out"):
        built(flat, kept, merge={3: [4]})


def test_what_was_changed_is_told_in_both_languages():
    X, _ = people()
    bound, _ = built(X, names={3: "Both", 6: "Part"}, merge={3: [4, 1]}, split={2: {"visits": {"above": 9}}, 5: 2})
    told = bound.changes["changed"]
    assert told["Both"]["en"] == "also holds the customers formed as segment 1, 4"
    assert told["Part"]["en"] == "split off from segment 2: visits > 9"
    assert "5" in told["7"]["vi"]
    assert told["7"]["vi"] != told["7"]["en"]
    assert bound.changes["size"].to_dict() == bound.named.segments.loc[["Both", "Part", "7"], "size"].to_dict()
    assert bound.as_formed.k == 5
    assert set(bound.as_formed.segments.index) == {"1", "2", "3", "4", "5"}  # names of changed segments are not theirs
    plain, _ = built(X)
    assert plain.changes.empty


@pytest.mark.parametrize(("names", "numbers"), [({}, [1, 2]), ({5: "Far"}, [2, 5]), ({2: "Often"}, [1, 2])])
def test_fewer_segments_than_in_the_last_build_are_numbered_from_one(names, numbers):
    X, kind = people()
    _, kept = built(X)
    some = X[kind.isin([2, 5])]
    bound, _ = built(some, kept, k=2, names=names)
    assert bound.segmentation.segments.index.to_list() == numbers
    if 5 in names:
        assert (bound.segmentation.labels[kind[some.index] == 5] == 5).all()


def test_a_split_cannot_be_told_by_the_method_alone():
    X, _ = people()
    with pytest.raises(DataError, match="were split"):
        prediction.labels(regrouping.regrouped(METHODS["k-means"](X), X, {}, {1: 2}), X)
