"""A saved segmentation is read back as it was, labels others as it did, and is the same bytes each time."""

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import hierarchical, jaccard, kmeans, kmedians, latent_class, rules, saved
from segkit.segmentation.partition import coded_answers, nearest
from segkit.words.errors import DataError

NAMES = {"1": {"en": "Regulars", "vi": "Khách quen"}, "3": {"en": "+Away", "vi": "Vắng lâu"}}


@pytest.fixture(scope="module")
def X():
    rng = np.random.default_rng(4)
    centres = np.repeat([[1.0, 9.0], [6.0, 2.0], [12.0, 12.0]], [90, 60, 30], axis=0)
    return pd.DataFrame(centres + rng.normal(0, 0.8, centres.shape), columns=["visits", "spend"],
                        index=pd.Index([f"K{i:03d}" for i in rng.permutation(180)], name="customer_id")).abs()


def kept(tmp_path, content, name="shop"):
    (tmp_path / f"{name}.parquet").write_bytes(content)
    return saved.read(tmp_path / f"{name}.parquet")


@pytest.mark.parametrize("scale", ["none", "standard", "log"])
def test_it_is_read_back_as_it_was(tmp_path, X, scale):
    s = kmeans.segment(X, 3, scale=scale, random_state=1)
    content = saved.pack(s, NAMES, X)
    assert content == saved.pack(s, NAMES, X)
    held = kept(tmp_path, content)
    assert held.segmentation.rule == s.rule
    assert held.segmentation.variables == s.variables
    pd.testing.assert_series_equal(held.segmentation.labels, s.labels.sort_index())
    pd.testing.assert_frame_equal(held.segmentation.segments, s.segments)
    pd.testing.assert_frame_equal(held.segmentation.summary, s.summary)
    assert [held.name(n) for n in (1, 2, 3)] == ["Regulars", "2", "+Away"]
    assert held.named.segments.index.to_list() == ["Regulars", "2", "+Away"]
    assert (held.named.labels == s.labels.sort_index().map({1: "Regulars", 2: "2", 3: "+Away"})).all()
    assert (nearest.labels(X, held.segmentation) == s.labels).all()


def test_rows_in_another_order_give_the_same_bytes(X):
    s = kmeans.segment(X, 3, random_state=1)
    other = saved.named(s, {})
    shuffled = other.__class__(**{**other.__dict__, "assignments": s.assignments.sample(frac=1, random_state=3)})
    assert saved.pack(s, NAMES) == saved.pack(shuffled, NAMES)


def test_numbers_stay_numbers_and_texts_texts(tmp_path, X):
    numbered = X.set_axis(pd.Index(range(100, 280), name="household_id"))
    held = kept(tmp_path, saved.pack(kmeans.segment(numbered, 2, random_state=1), {}, numbered))
    assert held.segmentation.labels.index.dtype == "int64"
    assert held.segmentation.labels.index.name == "household_id"
    assert kept(tmp_path, saved.pack(kmeans.segment(X, 2, random_state=1), {}, X)).segmentation.labels.index[0] == "K000"


def test_rules_are_kept_by_their_names_and_the_unassigned_without_one(tmp_path):
    people = pd.DataFrame({"customer_id": list("abcd"), "age": [20, 40, 60, None]})
    s = rules.segment(people, {"model": "demographic", "by": "age", "cuts": [35], "names": ["Young", "Older"]})
    held = kept(tmp_path, saved.pack(s))
    assert held.segmentation.labels.to_dict() | {"d": None} == {"a": "Young", "b": "Older", "c": "Older", "d": None}
    assert pd.isna(held.segmentation.labels["d"])
    assert held.named.segments.index.to_list() == ["Young", "Older"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"{}", b"\x00" * 200])
def test_what_is_no_saved_segmentation_is_a_fault(tmp_path, content):
    (tmp_path / "shop.parquet").write_bytes(content)
    with pytest.raises(DataError, match="has no saved segmentation that this version can read"):
        saved.read(tmp_path / "shop.parquet")


def test_a_table_of_somebody_else_and_no_file_are_faults(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "shop.parquet")
    with pytest.raises(DataError, match="that this version can read"):
        saved.read(tmp_path / "shop.parquet")
    with pytest.raises(DataError, match=r"never built(.|\n)*make report S=gone"):
        saved.read(tmp_path / "gone.parquet")


def test_cut_short_it_is_a_fault_at_every_length(tmp_path, X):
    whole = saved.pack(kmeans.segment(X, 2, random_state=1), NAMES, X)
    for length in range(0, len(whole), 97):
        with pytest.raises(DataError):
            saved.unpack(whole[:length], "shop")


@pytest.mark.parametrize("method", ["k-means", "k-medians", "jaccard", "medoids"])
def test_the_nearest_two_are_those_of_a_loop(X, method):
    rng = np.random.default_rng(2)
    if method == "jaccard":
        X = pd.DataFrame((rng.random((80, 5)) < np.repeat([[0.9, 0.9, 0.1, 0.1, 0.2], [0.1, 0.2, 0.9, 0.8, 0.9]], 40, axis=0)).astype(float),
                         columns=list("abcde"))
        s = jaccard.segment(X, 2, random_state=1)
    else:
        make = {"k-means": lambda: kmeans.segment(X, 3, scale="standard", random_state=1),
                "k-medians": lambda: kmedians.segment(X, 3, random_state=1),
                "medoids": lambda: hierarchical.segment(X, 3, distance="gower")}
        s = make[method]()
    told = nearest.table(X, s)
    assert (told["segment"] == s.labels).all()
    assert (told["distance"] <= told["second_distance"] + 1e-9).all()
    if method in ("k-means", "k-medians"):
        C = np.array(s.rule["centroids"])
        labels = s.rule["labels"]
        mean, scale = (np.array(s.rule.get(key, of)) for key, of in (("mean", 0.0), ("scale", 1.0)))
        for i, x in enumerate((X.to_numpy() - mean) / scale):
            apart = {labels[j]: np.sqrt(((x - c) ** 2).sum()) if method == "k-means" else np.abs(x - c).sum() for j, c in enumerate(C)}
            own = s.labels.iloc[i]
            second = min((d, label) for label, d in apart.items() if label != own)
            assert told["distance"].iloc[i] == pytest.approx(apart[own])
            assert told["second_distance"].iloc[i] == pytest.approx(second[0])
            assert told["second_segment"].iloc[i] == second[1]


def test_classes_have_their_certainty_and_a_single_segment_no_second():
    rng = np.random.default_rng(3)
    X = pd.DataFrame((rng.random((90, 4)) < np.repeat([[0.9] * 4, [0.1] * 4], 45, axis=0)).astype(int), columns=list("abcd"))
    s = latent_class.segment(X, 2, random_state=1)
    told = nearest.table(X, s)
    posterior = s.assignments[["posterior_1", "posterior_2"]].to_numpy()
    np.testing.assert_allclose(told["certainty"], posterior.max(axis=1))
    assert (told["second_segment"] == 3 - s.labels).all()
    one = nearest.table(X.astype(float), kmeans.segment(X.astype(float), 1, random_state=1))
    assert list(one.columns) == ["segment", "distance"]


def test_answers_are_coded_in_a_table_as_they_were_in_the_study():
    rng = np.random.default_rng(5)
    n = 400
    people = pd.DataFrame({
        "wifi": rng.choice(["Yes", "no "], n), "member": rng.random(n) < 0.4, "code": rng.choice([1.0, 2.0], n),
        "town": rng.choice(["Huế", "Đà Nẵng", "hue"], n), "size": rng.integers(1, 6, n), "spent": rng.lognormal(3, 2, n),
        "income": rng.normal(50, 9, n)})
    people.loc[::17, "wifi"] = None
    import ibis

    from segkit.segmentation.partition import coding

    made = coded_answers.coded(people, list(people.columns))
    assert "spent" in made.logged
    table = coding.added(ibis.memtable(people.reset_index()), made.coding).order_by("index").execute().set_index("index")
    np.testing.assert_allclose(table.loc[made.X.index, made.X.columns].astype(float), made.X, atol=1e-12)
    assert table.loc[::17, "wifi"].isna().all()


def test_unknown_answers_missing_columns_and_texts_for_numbers_are_listed_together():
    import ibis

    from segkit.segmentation.partition import coding

    people = pd.DataFrame({"wifi": ["yes", "no"] * 9, "town": list("ab") * 9, "spent": np.arange(18) * 1.5})
    how = coded_answers.coded(people, list(people.columns)).coding
    with pytest.raises(DataError) as told:
        coding.added(ibis.memtable({"wifi": ["yes", "maybe"], "town": ["a", "z"], "spent": ["1", "x"]}), how)
    assert {f.where for f in told.value.faults} == {"column 'wifi'", "column 'town'", "column 'spent'"}
    assert "'maybe' (1)" in str(told.value)
    assert "'z' (1)" in str(told.value)
    with pytest.raises(DataError, match="'spent'"):
        coding.added(ibis.memtable({"wifi": ["yes"], "town": ["a"]}), how)


@pytest.mark.parametrize("method", ["latent-class", "ward-gower", "k-means", "k-medians"])
def test_the_saved_rule_of_every_method_labels_the_answers_as_they_stand_in_a_file(method):
    import ibis

    from segkit.segmentation import methods, prediction
    from segkit.segmentation.partition import coding

    rng = np.random.default_rng(1)
    kind = rng.integers(0, 3, 400)
    people = pd.DataFrame({
        "wifi": np.where(rng.random(400) < np.array([0.9, 0.1, 0.5])[kind], "Yes", "no"),
        "town": np.where(rng.random(400) < 0.8, np.array(["Huế", "Đà Nẵng", "Hà Nội"])[kind], "Huế"),
        "size": np.clip(np.round(rng.normal(np.array([1.5, 3, 4.5])[kind], 0.7)), 1, 5).astype(int),
        "spent": rng.lognormal(np.array([2, 3, 4])[kind], 0.5)}, index=pd.Index(np.arange(400) + 1000, name="respondent_id"))
    how, coded = methods.prepared(people, list(people.columns), method)
    table = how.method.table(coded)
    s = how.method.fitted(coded, [3], None, 1)[0]
    held = saved.unpack(saved.pack(s, NAMES, table, how.method.coding(coded)), "guests")
    file = ibis.memtable(people.assign(wifi=lambda t: t["wifi"].str.upper() + " ").reset_index())
    told = held.segmentation.assign(coding.added(file, held.coding)).execute().set_index("respondent_id")["segment"]
    assert (told.reindex(people.index) == prediction.labels(s, table)).all()
    with pytest.raises(DataError, match=r"'wifi'(.|\n)*'maybe' \(1\)"):
        coding.added(ibis.memtable(people.assign(wifi=["maybe", *people["wifi"][1:]]).reset_index()), held.coding)


def test_answers_that_say_nothing_are_missing_for_new_people_too():
    import ibis

    from segkit.segmentation.partition import coding

    how = [{"variable": "wifi", "column": "wifi", "yes": ["yes"], "known": ["no", "yes"]},
           {"variable": "stars", "column": "stars", "log": False, "low": 1.0, "width": 4.0}]
    people = ibis.memtable({"wifi": ["Yes", "Don't know", "no"], "stars": [5.0, 99.0, 3.0]})
    with pytest.raises(DataError, match="Don't know"):
        coding.added(people, how)
    made = coding.added(people, how, ["don't know", 99, 3]).execute()
    assert made["wifi"].fillna(-1).to_list() == [1, -1, 0]
    assert made["stars"].fillna(-1).to_list() == [1, -1, 0.5]  # 3 is a step of the scale
