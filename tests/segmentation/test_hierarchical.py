from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score

from segkit.data import open as sources
from segkit.segmentation import hierarchical, kmeans, prediction
from segkit.segmentation.partition import agglomeration, gower
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, SegkitError

REFERENCE = Path(__file__).resolve().parent.parent / "reference"
LEVELS = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
FROM_R = pd.read_csv(REFERENCE / "hierarchical.csv")
MIXED = ["spend", "visits", "age", "town", "card", "level"]


@pytest.fixture(scope="module")
def customers():
    return pd.read_csv(REFERENCE / "mixed_customers.csv", index_col="customer_id").astype({"level": LEVELS})


def grown(customers, row):
    """The tree, and a cut into four, of a row of the reference."""
    mixed = row["distance"] == "gower"
    weights = customers["weight"] if row["weights"] == "weight" else None
    X = customers[MIXED] if mixed else customers[["visits", "age"]]
    arguments = {"linkage": row["linkage"], "distance": row["distance"], "weights": weights,
                 "variable_weights": {"spend": 2} if mixed else None}
    return X, arguments, hierarchical.compare(X, range(2, len(X) + 1), **arguments)


@pytest.mark.parametrize("place", FROM_R.index, ids=lambda i: " ".join(FROM_R.loc[i, ["distance", "linkage", "weights"]]))
def test_heights_cut_and_cophenetic_correlation_are_those_of_r(customers, place):
    row = FROM_R.loc[place]
    X, arguments, compared = grown(customers, row)
    heights = np.array(row["heights"].split(), dtype=float)
    np.testing.assert_allclose(compared["merge_height"], heights[::-1], rtol=1e-9)
    found = hierarchical.segment(X, 4, **arguments)
    assert adjusted_rand_score(found.labels, row["cut4"].split()) == 1
    if row["weights"] == "1":
        assert found.summary["cophenetic_correlation"].iloc[0] == pytest.approx(float(row["cophenetic"]), abs=1e-9)


def test_gowers_distance_is_that_of_daisy(customers):
    variables, faults = gower.read(customers[MIXED], np.ones(40, dtype=bool), {"spend": 2})
    assert not faults
    D = np.concatenate([part for _, part in gower.blocks(variables, np.arange(40))])
    expected = pd.read_csv(REFERENCE / "gower.csv")["distance"]
    np.testing.assert_allclose(D[np.triu_indices(40, 1)], squareform(expected.to_numpy())[np.triu_indices(40, 1)], atol=1e-12)


@pytest.mark.parametrize("w", [np.ones(40), np.arange(40) % 4 + 0.5])
def test_commensurable_weights_give_each_variable_the_same_mean_distance(customers, w):
    variables, faults = gower.read(customers[MIXED], w, "commensurable")
    assert not faults
    shares = []
    for variable in variables:
        gaps = pairs = 0.0
        for i, one in enumerate(variable.values):
            for j, other in enumerate(variable.values):
                if not np.isnan(one + other):
                    gap = abs(one - other) / variable.width if variable.width else float(one != other)
                    gaps, pairs = gaps + w[i] * w[j] * gap, pairs + w[i] * w[j]
        shares.append(variable.weight * gaps / pairs)
    np.testing.assert_allclose(shares, shares[0])
    assert np.mean([v.weight for v in variables]) == pytest.approx(1)


def test_a_category_of_chance_does_not_rule_the_numbers_beside_it():
    rng = np.random.default_rng(3)
    group = rng.integers(0, 3, 300)
    X = pd.DataFrame({f"n{j}": 4.0 * (group == j) + rng.normal(size=300) for j in range(3)})
    X["town"] = np.array(list("abc"))[rng.integers(0, 3, 300)]
    plain = hierarchical.segment(X, 3, distance="gower")
    found = hierarchical.segment(X, 3, distance="gower", variable_weights="commensurable")
    assert adjusted_rand_score(X["town"], plain.labels) == pytest.approx(1)
    assert adjusted_rand_score(group, found.labels) > 0.8


def test_gowers_distance_is_the_loop(customers):
    variables, _ = gower.read(customers[MIXED], np.ones(40, dtype=bool), None)
    D = np.concatenate([part for _, part in gower.blocks(variables, np.arange(40))])
    spread = {c: np.ptp(customers[c].dropna()) for c in ("spend", "visits", "age")}
    for i, one in enumerate(customers[MIXED].itertuples(index=False)):
        for j, other in enumerate(customers[MIXED].itertuples(index=False)):
            apart = []
            for name, a, b in zip(MIXED, one, other, strict=True):
                if pd.isna(a) or pd.isna(b):
                    continue
                if name == "level":
                    apart.append(abs(LEVELS.categories.get_loc(a) - LEVELS.categories.get_loc(b)) / 2)
                else:
                    apart.append(abs(a - b) / spread[name] if name in spread else float(a != b))
            assert D[i, j] == pytest.approx(np.mean(apart), abs=1e-12)


@pytest.mark.parametrize("linkage", hierarchical.LINKAGES)
def test_the_tree_is_that_of_scipy(linkage):
    points = np.random.default_rng(3).normal(size=(120, 4))
    expected = hierarchy.linkage(pdist(points), linkage)
    D = squareform(pdist(points))
    tree = agglomeration.grow(D**2 if linkage == "ward" else D.copy(), np.ones(120), linkage)
    np.testing.assert_allclose(tree.linkage(), expected, rtol=1e-9)
    order, gap = tree.gaps()
    together = squareform(hierarchy.cophenet(expected))[order][:, order]
    assert all(together[i, j] == pytest.approx(gap[i:j].max()) for i in range(0, 120, 7) for j in range(i + 1, 120, 11))
    for k in (1, 2, 7, 119, 120):
        assert adjusted_rand_score(tree.cut(k), hierarchy.cut_tree(expected, k).ravel()) == 1


def test_a_mass_is_as_many_equal_rows():
    rng = np.random.default_rng(4)
    points, mass = rng.normal(size=(30, 2)), rng.integers(1, 5, 30)
    for linkage in hierarchical.LINKAGES:
        D, R = (squareform(pdist(p)) for p in (points, points.repeat(mass, axis=0)))
        trees = [agglomeration.grow(d**2 if linkage == "ward" else d, m, linkage) for d, m in ((D, mass), (R, np.ones(len(R))))]
        np.testing.assert_allclose(trees[0].heights, trees[1].heights[-29:], rtol=1e-9)


def test_ward_finds_the_groups_and_its_criterion_is_that_of_kmeans(three_groups):
    found = hierarchical.segment(three_groups, 3)
    by_kmeans = kmeans.segment(three_groups, 3, random_state=1)
    assert found.labels.equals(by_kmeans.labels)
    assert found.segments["size"].to_list() == [40, 30, 20]
    for column in ("criterion", "explained_share"):
        assert found.summary[column].iloc[0] == pytest.approx(by_kmeans.summary[column].iloc[0], rel=1e-9)
    pd.testing.assert_frame_equal(found.segments, by_kmeans.segments)


def test_profiles_are_means_and_most_frequent_values(customers):
    found = hierarchical.segment(customers[MIXED], 3, distance="gower", weights=customers["weight"])
    for label, part in customers.groupby(found.labels):
        known = part.dropna(subset="spend")
        assert found.segments.loc[label, "spend"] == pytest.approx(np.average(known["spend"], weights=known["weight"]))
        assert found.segments.loc[label, "town"] == part.groupby("town")["weight"].sum().idxmax()
        assert found.segments.loc[label, "segment_share"] == pytest.approx(part["weight"].sum() / customers["weight"].sum())


def test_scale_is_that_of_kmeans(three_groups):
    X = three_groups.assign(spend=three_groups["spend"] * 1000)
    plain = hierarchical.segment((X - X.mean()) / X.std(ddof=0), 3)
    assert hierarchical.segment(X, 3, scale="standard").labels.equals(plain.labels)


@pytest.fixture(params=["customers", "three_groups"])
def labelled(request, customers):
    """A segmentation and customers to label."""
    if request.param == "customers":
        X = customers[MIXED]
        return hierarchical.segment(X, 4, distance="gower", variable_weights={"spend": 2}), X
    X = request.getfixturevalue("three_groups")
    return hierarchical.segment(X, 5, linkage="average"), X


def test_reassigned_share_is_what_assign_changes(labelled):
    found, X = labelled
    table = sources.table(X.astype({"level": str}) if "level" in X else X)
    made = found.assign(table).execute()["segment"]
    assert made.to_list() == prediction.labels(found, X).to_list()
    assert found.summary["reassigned_share"].iloc[0] == pytest.approx(np.mean(made.to_numpy() != found.labels.to_numpy()))
    assert "CASE" in found.to_sql("postgres")


def test_new_customers_get_the_nearest_medoid(customers):
    found = hierarchical.segment(customers[MIXED], 4, distance="gower")
    new = pd.DataFrame({"spend": [20.0, np.nan, 9999, np.nan], "visits": [3.0, np.nan, 4, np.nan],
                        "age": [30.0, np.nan, 60, np.nan], "town": ["Hue", None, "Paris", None],
                        "card": ["no", "yes", "no", None], "level": ["low", None, "unheard", None]})
    predicted = prediction.labels(found, new)
    made = found.assign(sources.table(new)).execute()["segment"]
    assert predicted.fillna(0).to_list() == made.fillna(0).to_list()
    assert predicted.isna().to_list() == [False, False, False, True]


def test_a_saved_and_relabelled_tree_labels_alike(customers, tmp_path):
    X = customers[MIXED]
    found = hierarchical.segment(X, 3, distance="gower")
    again = Segmentation.load(found.save(tmp_path / "tree.json"))
    assert prediction.labels(again, X).equals(prediction.labels(found, X))
    moved = found.relabel({1: 3, 2: 1, 3: 2})
    assert prediction.labels(moved, X).equals(prediction.labels(found, X).map({1: 3, 2: 1, 3: 2}).rename("segment"))


def test_yes_no_and_coded_categories_are_categories():
    X = pd.DataFrame({"paid": [True, True, False, False], "spend": [1.0, 2, 8, 9],
                      "store": pd.Categorical([10, 10, 20, 30])})
    found = hierarchical.segment(X, 2, distance="gower")
    assert found.labels.to_list() == [2, 2, 1, 1]
    assert found.segments["paid"].to_list() == [False, True]
    assert found.assign(sources.table(X.astype({"store": int}))).execute()["segment"].to_list() == [2, 2, 1, 1]


@pytest.mark.parametrize(("distance", "linkage"), [("euclidean", "ward"), ("euclidean", "average"), ("gower", "complete")])
def test_weight_zero_is_absence_and_equal_weights_are_none(three_groups, distance, linkage):
    w = np.r_[np.ones(80), np.zeros(10)]
    arguments = {"linkage": linkage, "distance": distance}
    weighted = hierarchical.segment(three_groups, 3, weights=w, **arguments)
    fewer = hierarchical.segment(three_groups.iloc[:80], 3, weights=np.full(80, 0.25), **arguments)
    assert weighted.labels.iloc[:80].equals(fewer.labels)
    assert weighted.labels.iloc[80:].to_list() == prediction.labels(fewer, three_groups.iloc[80:]).to_list()
    pd.testing.assert_series_equal(weighted.segments["segment_share"], fewer.segments["segment_share"])


def test_as_many_segments_as_distinct_rows_and_one(three_groups):
    every = hierarchical.segment(three_groups, 90)
    assert every.summary["criterion"].iloc[0] == pytest.approx(0)
    one = hierarchical.segment(three_groups, 1).summary.iloc[0]
    assert one["explained_share"] == pytest.approx(0)
    assert np.isnan(one["merge_height"])
    same = hierarchical.segment(pd.DataFrame({"a": [1.0, 1, 1]}), 1)
    assert same.labels.to_list() == [1, 1, 1]


GOOD = pd.DataFrame({"spend": [1.0, 2, 3, 4], "town": list("abab")})
BAD = {
    "infinite": (GOOD.assign(spend=[1, np.inf, 2, 3]), {}, r"'spend': 1 values are infinite"),
    "constant": (GOOD.assign(spend=5.0, town="a"), {}, r"(?s)'spend': has one value only.*'town': has one value only"),
    "id": (pd.DataFrame({"spend": range(30), "id": [f"c{i}" for i in range(30)]}), {}, r"'id': has 30 different .* as an id"),
    "empty row": (GOOD.mask(GOOD["spend"] == 2), {}, r"1 rows have no answer at all \(first: 1\)"),
    "no common answer": (pd.DataFrame({"a": [1, 2, None], "b": [None, 1, 2]}), {}, r"2 pairs have no answered variable"),
    "no column": (GOOD[[]], {}, r"there are none"),
    "twice": (GOOD[["spend", "spend"]], {}, r"the same name twice: spend"),
    "reserved": (GOOD.rename(columns={"town": "size"}), {}, r"'size': has a name of the results"),
    "index": (GOOD.set_axis([1, 1, 2, 3]), {}, r"1 rows have the id of an earlier row"),
    "k": (GOOD, {"k": 0}, r"`k`: must be a whole number"),
    "many k": (GOOD, {"k": 5}, r"`k`: is 5, but there are only 4 distinct rows"),
    "few distinct": (GOOD.assign(spend=[1, 1, 2, 2], town=list("aabb")), {"k": 3}, r"only 2 distinct rows"),
    "weights": (GOOD, {"weights": [1, -1, 1, 1]}, r"`weights`: 1 values are negative"),
    "no weight": (GOOD, {"weights": [0, 0, 0, 0]}, r"`weights`: are all 0"),
    "days": (GOOD.assign(town=pd.Timestamp("2024-01-01")), {}, r"'town': has answers of type Timestamp"),
    "variable weights": (GOOD, {"variable_weights": {"spent": 2, "town": -1}}, r"(?s)'spent'.*did you mean `spend`.*'town'.*positive"),
    "scale": (GOOD, {"scale": "standard"}, r"`scale`: is for distance=\"euclidean\""),
    "text": (GOOD, {"distance": "euclidean"}, r"'town': is .*, not numeric"),
    "missing": (GOOD[["spend"]].mask(GOOD["spend"] == 2), {"distance": "euclidean"}, r"'spend': 1 values are missing"),
    "euclidean weights": (GOOD[["spend"]], {"distance": "euclidean", "variable_weights": {"spend": 2}}, r"are for distance"),
    "linkage": (GOOD, {"linkage": "single"}, r"`linkage`: must be one of ward, average, complete"),
    "distance": (GOOD, {"distance": "cosine"}, r"`distance`: must be one of euclidean, gower"),
    "kind of weights": (GOOD, {"variable_weights": "fair"}, r"`variable_weights`: must be a mapping or 'commensurable'"),
}


@pytest.mark.parametrize("name", BAD)
def test_faults_are_explained(name):
    X, arguments, message = BAD[name]
    with pytest.raises(SegkitError, match=message):
        hierarchical.segment(X, **{"k": 2, "distance": "gower", **arguments})


@pytest.mark.parametrize("distance", hierarchical.DISTANCES)
def test_too_many_rows_are_told_before_they_fill_the_memory(distance):
    X = pd.DataFrame({"spend": np.arange(10_001.0)})
    with pytest.raises(DataError, match=r"10,001 distinct rows need 0.8 GB.*\n.*label everyone with"):
        hierarchical.segment(X, 2, distance=distance)


@pytest.fixture(scope="module")
def ties():
    """300 answers to eight yes/no questions: hardly two distances are alone."""
    rng = np.random.default_rng(5)
    return pd.DataFrame((rng.random((300, 8)) < 0.4).astype(float), columns=list("hbgdfcea"))


@pytest.mark.parametrize(("distance", "linkage", "scale"), [
    ("euclidean", "ward", "none"), ("euclidean", "ward", "standard"), ("euclidean", "complete", "none"),
    ("gower", "average", "none")])
def test_neither_the_order_of_columns_nor_that_of_rows_decides_ties(ties, distance, linkage, scale):
    arguments = {"linkage": linkage, "distance": distance, "scale": scale}
    found = hierarchical.segment(ties, 5, **arguments)
    assert found.summary["n_ties"].iloc[0] > (0 if scale == "standard" else 50)
    for seed in range(4):
        rng = np.random.default_rng(seed)
        mixed = ties.iloc[rng.permutation(300), rng.permutation(8)]
        again = hierarchical.segment(mixed, 5, **arguments)
        assert again.labels.loc[ties.index].equals(found.labels)
        pd.testing.assert_frame_equal(again.segments[found.segments.columns], found.segments)


def test_ties_are_counted():
    tree = agglomeration.grow(squareform(pdist([[0.0], [1], [2], [10]])), np.ones(4), "complete")
    assert [tree.n_ties(k) for k in (1, 2, 3, 4)] == [1, 1, 1, 0]  # 1 may go to 0 or to 2
    pairs = agglomeration.grow(squareform(pdist([[0.0], [1], [10], [11]])), np.ones(4), "complete")
    assert [pairs.n_ties(k) for k in (1, 2, 3)] == [0, 0, 1]  # of two equal pairs one merges before the other
    rng = np.random.default_rng(0)
    assert agglomeration.grow(squareform(pdist(rng.normal(size=(60, 3)))), np.ones(60), "average").n_ties(2) == 0
