"""What holds for every segmentation and every table of this room."""

import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.data import open as sources
from segkit.segmentation import (
    behaviour,
    concentration,
    hierarchical,
    jaccard,
    kmeans,
    kmedians,
    latent_class,
    profile,
    rfm,
    rules,
)

NAMED = {"model": "behavioural", "otherwise": "rest", "segments": [
    {"name": "often", "when": {"frequency": {"at_least": 12}}},
    {"name": "lately", "when": {"recency_days": {"below": 9}}}]}
BANDS = {"model": "value-based", "by": "monetary", "cuts": [50, 100]}

def answers(X):
    """Yes/no answers of the customers: more than most?"""
    return X.gt(X.median()).astype(int).add_prefix("high_")


SEGMENTATIONS = {
    "kmeans": lambda X: kmeans.segment(X, 3, n_starts=30, random_state=1),
    "kmeans, standard": lambda X: kmeans.segment(X, 4, n_starts=30, scale="standard", random_state=1),
    "kmeans, log": lambda X: kmeans.segment(X, 2, n_starts=30, scale="log", random_state=1),
    "kmedians": lambda X: kmedians.segment(X, 3, n_starts=40, random_state=1),
    "kmedians, standard": lambda X: kmedians.segment(X, 4, n_starts=40, scale="standard", random_state=1),
    "kmedians, log": lambda X: kmedians.segment(X.round(1), 2, n_starts=40, scale="log", random_state=1),
    "jaccard": lambda X: jaccard.segment(answers(X), 3, n_starts=40, random_state=1),
    "latent classes": lambda X: latent_class.segment(X, 2, n_starts=32, continuous=list(X.columns), random_state=1),
    "bands": lambda X: rules.segment(X.reset_index(), BANDS),
    "named rules": lambda X: rules.segment(X.reset_index(), NAMED),
    "tiers": concentration.tiers,
    "rfm": lambda X: rfm.segment(X.assign(r=rfm.score(-X["recency_days"], 5), f=rfm.score(X["frequency"], 5))),
}

def gappy(X):
    return X.mask((X % 7 < 1) & [True, True, False, False, False])


TREES = {
    "ward": lambda X: hierarchical.segment(X, 3),
    "average, standard": lambda X: hierarchical.segment(X, 4, "average", scale="standard"),
    "gower": lambda X: hierarchical.segment(X.assign(often=X["frequency"] > 12), 3, distance="gower"),
    "gower, complete": lambda X: hierarchical.segment(gappy(X), 4, "complete", "gower"),
}
"""Segments that are not each customer's nearest."""
FORMED = {name: make for name, make in SEGMENTATIONS.items() if name.startswith(("kme", "jaccard", "latent"))} | TREES
EVERY = SEGMENTATIONS | TREES

WEIGHTED = {
    "kmeans": lambda X, w: kmeans.segment(X, 3, w, n_starts=30, random_state=1),
    "kmedians": lambda X, w: kmedians.segment(X, 3, w, n_starts=40, random_state=1),
    "kmedians, standard": lambda X, w: kmedians.segment(X, 4, w, n_starts=40, scale="standard", random_state=1),
    "jaccard": lambda X, w: jaccard.segment((X > [9, 12, 50, 100, 9]).astype(int), 3, w, n_starts=40, random_state=1),
    "latent classes": lambda X, w: latent_class.segment(X, 2, w, n_starts=32, continuous=list(X), random_state=1),
    "ward": lambda X, w: hierarchical.segment(X, 3, weights=w),
}

FROM_PURCHASES = {
    "rfm scores": lambda sales: rfm.scores(sales),
    "behaviour": lambda sales: behaviour.features(sources.table(sales)).execute().set_index("customer_id"),
}

FROM_SEGMENTS = {
    "profile": lambda X, s: profile.segments(X, s),
    "describe": lambda X, s: profile.describe(X.assign(town=X.index % 3), s, ["average_basket", "town", "tenure_days"]),
    "shares": lambda X, s: profile.shares(X.assign(band=X["frequency"] // 5), s, "band"),
    "means": lambda X, s: profile.means(X, s, ["monetary", "tenure_days"]),
    "by segment": lambda X, s: concentration.by_segment(X, s),
    "drivers": lambda X, s: concentration.drivers(X, s, s.segments.index[0]),
    "curve": lambda X, s: concentration.curve(X["monetary"]),
}


@pytest.fixture
def X(sales):
    return rfm.scores(sales)[["recency_days", "frequency", "monetary", "tenure_days", "average_basket"]]


def shuffled(frame):
    return frame.sample(frac=1, random_state=5)


def assert_tables_equal(found, expected, **options):
    for name in ("assignments", "segments", "summary"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name), **options)


def assert_shares_in_bounds(table):
    shares = [c for c in table.columns if str(c).endswith("_share")]
    values = table[shares].to_numpy(dtype=float)
    assert ((values >= -1e-12) & (values <= 1 + 1e-12) | np.isnan(values)).all(), shares


@pytest.mark.parametrize("name", EVERY)
def test_a_segmentation_counts_every_customer_once(name, X):
    found = EVERY[name](X)
    assert set(found.assignments.index) == set(X.index)
    assert found.segments["size"].sum() == found.labels.notna().sum()
    assert found.segments["size"].to_dict() == {
        segment: int((found.labels == segment).sum()) for segment in found.segments.index}
    assert found.segments["segment_share"].sum() == pytest.approx(found.labels.notna().mean())
    assert len(found.summary) == 1
    assert found.summary["k"].iloc[0] == found.k == len(found.segments)
    assert_shares_in_bounds(found.segments)
    assert_shares_in_bounds(found.summary)


@pytest.mark.parametrize("name", FORMED)
def test_formed_segments_are_numbered_by_size(name, X):
    found = EVERY[name](X)
    assert found.segments.index.to_list() == list(range(1, found.k + 1))
    assert found.segments["size"].is_monotonic_decreasing


@pytest.mark.parametrize("name", EVERY)
def test_the_order_of_customers_does_not_matter(name, X):
    found, expected = EVERY[name](shuffled(X)), EVERY[name](X)
    assert found.labels.sort_index().equals(expected.labels.sort_index())
    pd.testing.assert_frame_equal(found.segments, expected.segments, rtol=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_the_input_is_not_changed_and_the_seed_decides(name, X):
    before = X.copy(deep=True)
    assert_tables_equal(EVERY[name](X), EVERY[name](X), check_exact=True)
    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_assigning_the_same_customers_gives_the_same_segments(name, X):
    found = SEGMENTATIONS[name](X)
    table = X.assign(r=rfm.score(-X["recency_days"], 5), f=rfm.score(X["frequency"], 5)).join(answers(X)).reset_index()
    made = found.assign(sources.table(table)).execute().set_index("customer_id")["segment"]
    assert made.to_dict() == found.labels.to_dict()


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_weight_counts_as_so_many_equal_customers_and_a_weight_of_zero_as_none(name, X):
    times = np.random.default_rng(4).integers(0, 4, len(X))
    many = X.loc[X.index.repeat(times)].reset_index(drop=True)
    whole, weighted = WEIGHTED[name](many, None), WEIGHTED[name](X, times.astype(float))
    assert weighted.labels.repeat(times).to_list() == whole.labels.to_list()
    columns = whole.segments.columns.drop("size")
    pd.testing.assert_frame_equal(weighted.segments[columns], whole.segments[columns], rtol=1e-7)
    assert weighted.labels.notna().all()
    kept = times > 0
    without = WEIGHTED[name](X[kept], times[kept].astype(float))
    assert weighted.labels[kept].equals(without.labels)


@pytest.mark.parametrize("name", TREES)
def test_assigning_moves_as_many_customers_as_the_tree_says(name, X):
    found = TREES[name](X)
    table = gappy(X) if "complete" in name else X.assign(often=X["frequency"] > 12)
    made = found.assign(sources.table(table.reset_index())).execute().set_index("customer_id")["segment"]
    moved = (made.reindex(X.index) != found.labels).mean()
    assert found.summary["reassigned_share"].iloc[0] == pytest.approx(moved)


@pytest.mark.parametrize("spec", [BANDS, NAMED])
def test_rules_take_a_frame_and_an_ibis_table_alike(spec, X):
    frame = X.reset_index()
    assert_tables_equal(rules.segment(ibis.memtable(frame), spec), rules.segment(frame, spec))


def test_scores_take_a_frame_and_an_ibis_table_alike(purchases):
    pd.testing.assert_frame_equal(rfm.scores(ibis.memtable(purchases)), rfm.scores(purchases))


@pytest.mark.parametrize("name", FROM_PURCHASES)
def test_tables_of_purchases_do_not_depend_on_the_order_of_rows(name, purchases):
    before = purchases.copy(deep=True)
    expected = FROM_PURCHASES[name](purchases)
    pd.testing.assert_frame_equal(FROM_PURCHASES[name](shuffled(purchases)), expected, rtol=1e-12)
    pd.testing.assert_frame_equal(purchases, before)
    assert expected.index.is_monotonic_increasing
    assert expected.index.is_unique
    assert_shares_in_bounds(expected)
    assert expected.notna().all(axis=None)


@pytest.mark.parametrize("name", FROM_SEGMENTS)
@pytest.mark.parametrize("method", ["kmeans", "kmedians", "jaccard", "tiers"])
def test_tables_of_segments_do_not_depend_on_the_order_of_customers(method, name, X):
    segmentation, make = SEGMENTATIONS[method](X), FROM_SEGMENTS[name]
    before = X.copy(deep=True)
    expected = make(X, segmentation)
    pd.testing.assert_frame_equal(make(shuffled(X), segmentation), expected, rtol=1e-9)
    pd.testing.assert_frame_equal(X, before)
    assert_shares_in_bounds(expected)


@pytest.mark.parametrize("name", [n for n in FROM_SEGMENTS if n not in ("curve", "drivers")])
@pytest.mark.parametrize("method", ["kmeans", "kmedians", "jaccard"])
def test_tables_of_segments_do_not_depend_on_their_labels(method, name, X):
    segmentation = SEGMENTATIONS[method](X)
    mapping = {1: 3, 2: 1, 3: 2}
    expected = FROM_SEGMENTS[name](X, segmentation)
    found = FROM_SEGMENTS[name](X, segmentation.relabel(mapping))
    if "segment" in expected.index.names:
        expected = expected.rename(index=mapping, level="segment")
    pd.testing.assert_frame_equal(found.sort_index(), expected.sort_index(), rtol=1e-9)
