import datetime as dt
import itertools
import json
import warnings

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sqlglot

from segkit.data import open as sources
from segkit.segmentation import kmeans, latent_class, rules
from segkit.segmentation.result import FORMAT, Segmentation
from segkit.words.errors import DataError, SegkitError

CUSTOMERS = pd.DataFrame({
    "customer_id": range(1, 9), "town": ["Huế", "Huế", "Đà Lạt", None, "Vinh", "Vinh", "Vinh", "O'Neill"],
    "age": [18, 25, 34, 40, None, 64, 65, 90], "spend": [0.0, 10.5, 99.99, 100, 100.01, 500, None, 1e6]})

SPECS = {
    "by": {"model": "geographic", "by": "town"},
    "cuts": {"model": "value-based", "by": "spend", "cuts": [100, 500], "unit": "USD"},
    "bounds": {"model": "demographic", "otherwise": "elsewhere", "segments": [
        {"name": "young", "when": {"age": {"at_most": 25}}},
        {"name": "working", "when": {"age": {"above": 25, "below": 65}}}]},
    "combined": {"model": "behavioural", "segments": [
        {"name": "a", "when": {"any": [{"town": ["Huế", "O'Neill"]}, {"spend": {"at_least": 500}}]}},
        {"name": "b", "when": {"not": {"town": "Vinh"}}},
        {"name": "c", "when": {"all": [{"age": 65}, {"town": "Vinh"}]}}]},
}


def looped(spec, row):
    """The segment of one customer, rule by rule; a missing value meets no condition."""
    def known(value):
        return value is not None and value == value

    town, age, spend = (v if known(v) else None for v in (row.town, row.age, row.spend))
    if spec == "by":
        return town
    if spec == "cuts":
        return None if spend is None else "< 100 USD" if spend < 100 else "100 – 500 USD" if spend < 500 else "≥ 500 USD"
    if spec == "bounds":
        return "young" if age is not None and age <= 25 else "working" if age is not None and 25 < age < 65 else "elsewhere"
    if town in ("Huế", "O'Neill") or (spend is not None and spend >= 500):
        return "a"
    if town is not None and town != "Vinh":
        return "b"
    return "c" if age == 65 and town == "Vinh" else None


def solution(scale="none", seed=0, k=4, n=300):
    X = pd.DataFrame(np.random.default_rng(seed).lognormal(1, 1, (n, 3)), columns=["visits", "spend", "items"])
    X.index = [f"c{i}" for i in range(n)]
    return X, kmeans.segment(X, k, scale=scale, n_starts=20, random_state=seed)


def labels(table):
    return [None if pd.isna(v) else v for v in table.execute()["segment"]]


def assert_same(one, two):
    assert (one.method, one.variables, dict(one.rule)) == (two.method, two.variables, dict(two.rule))
    for name in ("assignments", "segments", "summary"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("scale", kmeans.SCALES)
def test_assign_equals_the_assignments(scale, k):
    X, found = solution(scale, k=k)
    assert labels(found.assign(sources.table(X))) == found.labels.to_list()


def test_assign_equals_the_assignments_on_yes_no_answers():
    X = pd.DataFrame(np.random.default_rng(1).integers(0, 2, (400, 8)), columns=list("abcdefgh"))
    found = kmeans.segment(X, 4, random_state=1)
    assert labels(found.assign(ibis.memtable(X))) == found.labels.to_list()


def test_assign_is_the_nearest_centroid_of_new_customers():
    X, found = solution("standard")
    new = pd.DataFrame(np.random.default_rng(9).lognormal(1, 1, (200, 3)), columns=X.columns)
    Z = (new.to_numpy() - X.to_numpy().mean(axis=0)) / X.to_numpy().std(axis=0)
    centroids = (found.segments[X.columns].to_numpy() - X.to_numpy().mean(axis=0)) / X.to_numpy().std(axis=0)
    expected = ((Z[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1) + 1
    assert labels(found.assign(ibis.memtable(new))) == expected.tolist()


def test_assign_keeps_the_other_columns_and_gives_null_for_a_missing_variable():
    X, found = solution()
    table = found.assign(sources.table(X.head(3).assign(name=["x", "y", "z"], items=[1.0, None, 2.0])))
    assert table.columns == ("visits", "spend", "items", "name", "segment")
    assert [label is None for label in labels(table)] == [False, True, False]


def test_assign_gives_a_tie_to_the_first_segment():
    found = kmeans.segment(pd.DataFrame({"x": [0.0, 0, 4, 4]}), 2, random_state=1)
    assert labels(found.assign(ibis.memtable({"x": [2.0, 1.9, 2.1]}))) == [1, 1, 2]


def test_assign_names_the_missing_variable():
    _, found = solution()
    with pytest.raises(DataError, match=r"column 'items': is not in the table"):
        found.assign(ibis.memtable({"visits": [1.0], "spend": [1.0], "item": [1.0]}))


@pytest.mark.parametrize("name", SPECS)
def test_rules_equal_a_loop_over_customers(name):
    found = rules.segment(CUSTOMERS, SPECS[name])
    expected = [looped(name, row) for row in CUSTOMERS.itertuples()]
    assert [None if pd.isna(v) else v for v in found.labels] == expected
    assert found.segments["size"].to_dict() == {s: expected.count(s) for s in found.segments.index}
    assert found.segments["segment_share"].to_list() == pytest.approx([expected.count(s) / 8 for s in found.segments.index])
    assert found.summary["unassigned_share"].iloc[0] == pytest.approx(expected.count(None) / 8)
    assert labels(found.assign(sources.table(CUSTOMERS))) == expected


def run_sql(found, frame):
    connection = duckdb.connect()
    connection.register("customers", frame)
    return connection.sql(found.to_sql("duckdb")).df()


@pytest.mark.parametrize("scale", kmeans.SCALES)
def test_sql_of_centroids_runs_and_gives_the_same_segments(scale):
    X, found = solution(scale)
    made = run_sql(found, X).sort_values("visits")
    assert made["segment"].to_list() == found.labels[X.sort_values("visits").index].to_list()


@pytest.mark.parametrize("name", SPECS)
def test_sql_of_rules_runs_and_gives_the_same_segments(name):
    found = rules.segment(CUSTOMERS, SPECS[name])
    expected = [looped(name, row) or "-" for row in CUSTOMERS.itertuples()]
    made = run_sql(found, CUSTOMERS[list(found.variables)])
    assert sorted(made["segment"].fillna("-")) == sorted(expected)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "bigquery", "snowflake"])
@pytest.mark.parametrize("found", [solution("log")[1], *(rules.segment(CUSTOMERS, s) for s in SPECS.values())],
                         ids=["centroids", *SPECS])
def test_sql_renders_for_warehouses(found, dialect):
    query = sqlglot.parse_one(found.to_sql(dialect, "shop_customers"), read=dialect)
    assert query.named_selects[-1].lower() == "segment"
    assert "shop_customers" in {t.name.lower() for t in query.find_all(sqlglot.exp.Table)}


@pytest.mark.parametrize("found", [solution("standard")[1], *(rules.segment(CUSTOMERS, s) for s in SPECS.values())],
                         ids=["centroids", *SPECS])
def test_a_saved_segmentation_comes_back_whole(tmp_path, found):
    loaded = Segmentation.load(found.save(tmp_path / "found.json"))
    assert_same(loaded, found)
    assert list(tmp_path.iterdir()) == [tmp_path / "found.json"]
    assert loaded.to_sql() == found.to_sql()


@pytest.mark.parametrize("content", [
    b"", b"{", b"[1]", b"null", b"\xff\xfe\x00", json.dumps({"format": "other/1"}).encode(),
    json.dumps({"format": FORMAT}).encode(),
    json.dumps({"format": FORMAT, "method": "x", "variables": [], "rule": {}, "assignments": {}, "segments": {},
                "summary": {}}).encode(),
])
def test_a_broken_file_is_explained(tmp_path, content):
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(SegkitError, match=r"broken.json: is not a saved segmentation\n.*\.save\(path\)"):
        Segmentation.load(path)


def test_a_missing_file_is_explained(tmp_path):
    with pytest.raises(SegkitError, match=r"missing\.json"):
        Segmentation.load(tmp_path / "missing.json")


@pytest.mark.parametrize("spec", [
    {"by": "joined"}, {"segments": [{"name": "late", "when": {"joined": {"at_least": dt.date(2024, 1, 15)}}}]},
    {"segments": [{"name": "early", "when": {"joined": [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]}}]}])
def test_rules_over_days_are_saved_as_text_and_give_the_same_segments(tmp_path, spec):
    customers = pd.DataFrame({"customer_id": [1, 2], "joined": pd.to_datetime(["2024-01-01", "2024-02-01"])})
    found = rules.segment(customers, {"model": "behavioural", **spec})
    loaded = Segmentation.load(found.save(tmp_path / "found.json"))
    pd.testing.assert_frame_equal(loaded.assignments, found.assignments)
    assert labels(loaded.assign(sources.table(customers))) == labels(found.assign(sources.table(customers)))
    assert sorted(run_sql(loaded, customers)["segment"].fillna("")) == sorted(found.labels.fillna(""))


@pytest.mark.parametrize("order", [[2, 3, 4, 1], [4, 3, 2, 1], [1, 3, 2, 4]])
def test_align_puts_a_permuted_copy_back(order):
    _, found = solution()
    other = found.relabel(dict(zip([1, 2, 3, 4], order, strict=True)))
    assert not other.labels.equals(found.labels)
    back = found.align(other)
    pd.testing.assert_frame_equal(back.assignments, found.assignments)
    pd.testing.assert_frame_equal(back.segments, found.segments)


def test_align_keeps_most_customers_in_their_segment():
    X, found = solution(seed=1)
    other = kmeans.segment(X.sample(frac=0.8, random_state=1), 4, n_starts=20, random_state=2)
    aligned = found.align(other)
    shared = other.labels.index

    def agreement(labels):
        return (labels == found.labels[shared]).sum()

    assert agreement(aligned.labels) >= agreement(other.labels)
    assert agreement(aligned.labels) == max(
        agreement(other.relabel(dict(zip([1, 2, 3, 4], order, strict=True))).labels)
        for order in itertools.permutations([1, 2, 3, 4]))


@pytest.mark.parametrize("k", [2, 6])
def test_align_of_another_number_of_segments_numbers_each_once(k):
    X, found = solution()
    other = kmeans.segment(X, k, n_starts=20, random_state=1)
    aligned = found.align(other)
    assert aligned.k == k
    assert aligned.segments.index.is_unique
    assert set(aligned.segments.index) >= {1, 2, 3, 4} if k > 4 else set(aligned.segments.index) <= {1, 2, 3, 4}
    assert aligned.segments["size"].to_dict() == aligned.labels.value_counts().to_dict()


@pytest.mark.parametrize("use", ["save", "assign"])
def test_an_aligned_segmentation_is_as_good_as_any(tmp_path, use):
    X, found = solution()
    back = found.align(found.relabel({1: 2, 2: 1, 3: 4, 4: 3}))
    if use == "save":
        assert_same(Segmentation.load(back.save(tmp_path / "found.json")), back)
    else:
        assert labels(back.assign(sources.table(X))) == found.labels.to_list()


def test_align_gives_no_warning():
    _, found = solution()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found.align(found).labels.equals(found.labels)


def test_relabel_renames_assignments_segments_and_rule():
    X, found = solution()
    names = {1: "small", 2: "mid", 3: "large", 4: "giant"}
    named = found.relabel(names)
    assert named.labels.to_list() == [names[label] for label in found.labels]
    assert labels(named.assign(sources.table(X))) == named.labels.to_list()
    assert {names[i]: n for i, n in found.segments["size"].items()} == named.segments["size"].to_dict()


def test_relabel_of_rules_keeps_the_order_in_which_they_decide():
    found = rules.segment(CUSTOMERS, SPECS["combined"]).relabel({"a": "z", "b": "y", "c": "x"})
    expected = [{"a": "z", "b": "y", "c": "x"}.get(looped("combined", row)) for row in CUSTOMERS.itertuples()]
    assert labels(found.assign(sources.table(CUSTOMERS))) == expected


@pytest.mark.parametrize("mapping", [{1: 1}, {1: 1, 2: 2, 3: 3, 4: 3}, {1: 1, 2: 2, 3: 3, 5: 4}, {}])
def test_relabel_needs_one_new_label_for_each_segment(mapping):
    _, found = solution()
    with pytest.raises(SegkitError, match=r"`mapping`: must give each segment one new label\n.*1, 2, 3, 4"):
        found.relabel(mapping)


def test_not_a_number_is_a_missing_value():
    _, found = solution()
    table = ibis.memtable(pa.table({v: pa.array([1.0, float("nan")]) for v in found.variables}))
    assert labels(found.assign(table))[1] is None


@pytest.mark.parametrize("value", [-1.0, -20.0])
def test_a_value_without_a_logarithm_has_no_segment(value):
    X, found = solution("log")
    new = pd.concat([X.head(2), X.head(1).assign(spend=value)])
    assert labels(found.assign(ibis.memtable(new))) == [*found.labels.head(2), None]


def test_an_unknown_dialect_is_explained():
    with pytest.raises(SegkitError, match="dialect"):
        solution()[1].to_sql("postgre")


@pytest.mark.parametrize("scale", kmeans.SCALES)
def test_centroids_on_spark_give_the_fitted_segments_and_those_of_duckdb(on_spark, scale):
    X, found = solution(scale)
    new = pd.DataFrame(np.random.default_rng(12).lognormal(1, 1, (300, 3)), columns=X.columns)
    new.iloc[::17, 1] = np.nan
    everyone = pd.concat([X, new], ignore_index=True).reset_index(names="row")
    here, there = (labels(found.assign(t).order_by("row")) for t in (sources.table(everyone), on_spark(everyone)))
    assert there[:300] == found.labels.to_list()
    assert there == here
    assert there[300] is None


@pytest.mark.parametrize("name", SPECS)
def test_rules_on_spark_equal_a_loop_over_customers(on_spark, name):
    found = rules.segment(CUSTOMERS, SPECS[name])
    told = found.assign(on_spark(CUSTOMERS)).order_by("customer_id").execute()["segment"]
    assert [None if pd.isna(v) else v for v in told] == [looped(name, row) for row in CUSTOMERS.itertuples()]


def test_latent_classes_on_spark_are_the_most_probable_ones(on_spark):
    rng = np.random.default_rng(13)
    known = pd.DataFrame(np.where(rng.random((400, 5)) < 0.3 + 0.4 * rng.integers(0, 2, (400, 1)), "yes", "no"),
                         columns=list("abcde"))
    known["spend"] = rng.normal(5, 2, 400)
    known = known.mask(rng.random(known.shape) < 0.05).dropna(how="all")
    found = latent_class.segment(known, 2, continuous=["spend"], n_starts=20, random_state=1)
    told = found.assign(on_spark(known.reset_index(names="row"))).order_by("row").execute()["segment"]
    probabilities = found.assignments[["posterior_1", "posterior_2"]].to_numpy()
    assert told.to_list() == (probabilities.argmax(axis=1) + 1).tolist() == found.labels.to_list()


def test_a_dialect_without_words_for_a_rule_is_told():
    made = kmeans.segment(pd.DataFrame({"f": [1, 2, 1, 9, 8, 9.0]}), 2, random_state=1)
    with pytest.raises(SegkitError, match=r"`dialect` .sqlite.: has no words for this rule: .*IsNan"):
        made.to_sql("sqlite")
