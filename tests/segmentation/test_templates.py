"""Every ready rule spec runs on generated customers, equals a loop over them, and speaks both languages."""

import math

import numpy as np
import pandas as pd
import pytest

from segkit.data import open as sources
from segkit.segmentation import rfm, rules
from segkit.segmentation.result import Segmentation
from segkit.words.errors import SegkitError
from segkit.words.language import segment, translate

N = 2000


@pytest.fixture(scope="module")
def people():
    """Customers with every column the templates read; each twentieth value is missing."""
    rng = np.random.default_rng(21)
    table = pd.DataFrame({
        "customer_id": range(N), "age": rng.integers(5, 80, N), "children": rng.poisson(0.5, N),
        "marital_status": rng.choice(["married", "single", "divorced"], N), "income": rng.lognormal(10, 0.5, N).round(-2),
        "employees": rng.integers(1, 400, N), "country": rng.choice(["VN", "VN", "VN", "TH"], N),
        "region": rng.choice(["Đồng bằng sông Hồng", "Đông Nam Bộ"], N), "city": rng.choice(["Hà Nội", "Hải Phòng"], N),
        "latitude": 21.0278 + rng.normal(0, 0.15, N), "longitude": 105.8342 + rng.normal(0, 0.15, N),
        "mobile": rng.random(N) < 0.8, "desktop": rng.random(N) < 0.4, "laptop": rng.random(N) < 0.5,
        "frequency": rng.poisson(8, N), "n_stores": rng.integers(1, 4, N), "products_per_basket": rng.gamma(4, 2, N),
        "weekend_share": rng.random(N), "evening_share": rng.random(N), "online_share": rng.beta(1, 3, N),
        "monetary": rng.lognormal(5, 1, N).round(), "lifetime_value": rng.lognormal(4, 1, N),
        "r": rng.integers(1, 6, N), "f": rng.integers(1, 6, N)})
    for item in (*(f"{a}_{i}" for a in ("price", "novelty") for i in (1, 2, 3)), "need_quality", "need_price", "need_speed"):
        table[item] = rng.integers(1, 6, N)
    table = table.astype({c: "Int64" for c in table if table[c].dtype.kind == "i"} | dict.fromkeys(
        ("mobile", "desktop", "laptop"), "boolean"))
    known = pd.Series(True, table.columns)
    known["customer_id"] = False
    return table.mask((rng.random(table.shape) < 0.05) & known.to_numpy())


def far(one, other):
    """Kilometres between two points by the chord through the Earth, another way than by haversines."""
    def point(latitude, longitude):
        a, b = math.radians(latitude), math.radians(longitude)
        return np.array([math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)])
    return 6371.0088 * 2 * math.asin(np.linalg.norm(point(*one) - point(*other)) / 2)


def holds(row, when):
    """True, False, or None where a missing value leaves it open, as in SQL."""
    told = []
    for key, value in when.items():
        if key in ("all", "any"):
            parts = [holds(row, part) for part in value]
            told.append((False if False in parts else None if None in parts else True) if key == "all"
                        else (True if True in parts else None if None in parts else False))
        elif key == "not":
            met = holds(row, value)
            told.append(None if met is None else not met)
        elif row[key] is None:
            told.append(None)
        elif isinstance(value, dict):
            signs = {"at_least": lambda a, b: a >= b, "above": lambda a, b: a > b, "at_most": lambda a, b: a <= b,
                     "below": lambda a, b: a < b}
            told.append(all(signs[sign](row[key], limit) for sign, limit in value.items()))
        else:
            told.append(row[key] in value if isinstance(value, list) else row[key] == value)
    return False if False in told else None if None in told else True


def looped(people, spec):
    labels = []
    for row in people.astype(object).where(people.notna(), None).to_dict("records"):
        for name, how in spec.get("columns", {}).items():
            (kind, given), = how.items()
            if kind == "distance":
                at = row[given["latitude"]], row[given["longitude"]]
                row[name] = None if None in at else far(at, given["to"])
            else:
                low, high = given["scale"]
                answers = [low + high - row[i] if i in given["reversed"] else row[i] for i in given["of"] if row[i] is not None]
                row[name] = sum(answers) / len(answers) if answers else None
        if "by" in spec:
            values = people[spec["by"]].dropna().sort_values(ascending=False).to_list()
            ends = [values[round(s * len(values)) - 1] for s in np.cumsum(spec["shares"])]
            value = row[spec["by"]]
            place = None if value is None else next((i for i, end in enumerate(ends) if value >= end), len(ends))
            labels.append(None if place is None else spec["names"][place])
        else:
            met = [p["name"] for p in spec["segments"] if holds(row, p["when"]) is True]
            labels.append(met[0] if met else spec.get("otherwise"))
    return labels


def plain(labels):
    return [None if pd.isna(v) else v for v in labels]


@pytest.mark.parametrize("name", rules.templates().index)
def test_a_template_equals_a_loop_over_customers(people, name):
    spec = rules.template(name)
    assert rules.check(spec) == []
    found = rules.segment(people, spec)
    expected = looped(people, spec)
    assert plain(found.labels) == expected
    assert (found.segments["size"] > 0).all()
    assert plain(found.assign(sources.table(people)).order_by("customer_id").execute()["segment"]) == expected


@pytest.mark.parametrize("name", rules.templates().index)
def test_no_template_has_a_gap_or_a_segment_nobody_can_reach(people, name):
    spec = rules.template(name)
    found = rules.lint(spec, people.dropna() if "by" in spec else None)
    assert not set(found["problem"]) & {"form", "gap", "unreachable"}, found


@pytest.mark.parametrize("name", rules.templates().index)
def test_a_template_speaks_both_languages(people, name):
    spec = rules.template(name)
    assert all(translate(message, "vi") != message for message in (spec["title"], spec["about"]))
    for name in rules.segment(people, spec).segments.index:
        assert segment(name, "vi") != name


def test_all_seven_models_have_a_template():
    assert set(rules.templates()["model"]) == set(rules.MODELS)


@pytest.mark.parametrize("name", ["radius", "psychographic", "technographic", "demographic", "value-based"])
def test_a_template_on_spark_equals_a_loop(people, on_spark, name):
    part = people.head(300)
    spec = rules.template(name)
    found = rules.segment(part, spec)
    there = found.assign(on_spark(part)).order_by("customer_id").execute()["segment"]
    assert plain(there) == looped(part, spec) == plain(rules.segment(on_spark(part), spec).labels)


def test_derived_columns_are_saved_and_written_as_sql(people, tmp_path):
    found = rules.segment(people, rules.template("radius"))
    assert found.variables == ("latitude", "longitude")
    loaded = Segmentation.load(found.save(tmp_path / "found.json"))
    assert plain(loaded.assign(sources.table(people)).order_by("customer_id").execute()["segment"]) == plain(found.labels)
    assert "asin" in found.to_sql("postgres").lower()
    with pytest.raises(SegkitError, match="derive one of that name"):
        found.assign(sources.table(people.assign(distance_km=1.0)))


def test_settings_and_columns_of_a_template_are_ones_own(people):
    renamed = people.rename(columns={"latitude": "vĩ độ", "longitude": "lon", "price_1": "p1", "monetary": "chi tiêu"})
    own = {"columns": {"latitude": "vĩ độ", "longitude": "lon"}}
    spec = rules.template("radius", **own, place=[10.7769, 106.7009], near_km=900)
    assert rules.segment(renamed, spec).segments["size"].to_dict()["Nearby"] == 0
    spec = rules.template("psychographic", {"price_1": "p1"}, high=4)
    assert plain(rules.segment(renamed, spec).labels) == looped(renamed, spec)
    assert rules.template("psychographic") == rules.template("psychographic", high=3.5)
    spec = rules.template("value-based", {"monetary": "chi tiêu"}, shares=[0.1, 0.1])
    assert plain(rules.segment(renamed, spec).labels) == looped(renamed, spec)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"name": "radios"}, ["template", "radius"]),
    ({"name": "radius", "near": 3}, ["no setting `near`", "did you mean `near_km`"]),
    ({"name": "age", "near": 3}, ["no setting `near`"]),
    ({"name": "radius", "columns": {"latitud": "x"}}, ["reads no column 'latitud'", "did you mean `latitude`"]),
])
def test_a_wrong_use_of_a_template_is_explained(arguments, words):
    with pytest.raises(SegkitError) as error:
        rules.template(**arguments)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_a_study_names_a_template_in_its_rules(people):
    named = {"template": "radius", "columns": {"latitude": "lat"}, "near_km": 3}
    renamed = people.rename(columns={"latitude": "lat"})
    spec = rules.template("radius", {"latitude": "lat"}, near_km=3)
    assert rules.segment(renamed, named).labels.equals(rules.segment(renamed, spec).labels)
    assert rules.lint(named).equals(rules.lint(spec))
    assert rules.combine(named, {"template": "age"}) == rules.combine(spec, rules.template("age"))
    for wrong in ({"template": "radios"}, {"template": "age", "near": 1}, {"template": "age", "columns": 3},
                  {"template": "age", "name": "x"}):
        with pytest.raises(SegkitError):
            rules.segment(people, wrong)


def test_a_template_may_be_changed_without_changing_the_next(people):
    rules.template("rfm")["segments"].clear()
    assert rules.template("rfm") == rfm.segment_rules()
    assert rules.template("rfm")["segments"]


def test_combined_specs_equal_all_of_them_at_once(people):
    age, value, habits = (rules.template(n) for n in ("age", "value-based", "behavioural"))
    both = rules.combine(age, value, habits, table=people)
    rows = people.astype(object).where(people.notna(), None).to_dict("records")
    third = [next((p["name"] for p in habits["segments"] if holds(row, p["when"])),
                  None if any(holds(row, p["when"]) is None for p in habits["segments"]) else habits["otherwise"])
             for row in rows]
    expected = [None if None in names else " · ".join(names)
                for names in zip(looped(people, age), looped(people, value), third, strict=True)]
    found = rules.segment(people, both)
    assert plain(found.labels) == expected
    assert both["model"] == ["demographic", "value-based", "behavioural"]
    assert found.summary["model"].iloc[0] == "demographic × value-based × behavioural"


@pytest.mark.parametrize(("columns", "words"), [
    ({"d": {"distance": {"to": [95, 0], "latitude": "latitude", "longitude": "longitude"}}}, ["'d'", "[95, 0]", "degrees"]),
    ({"d": {"distance": {"to": [21, 105], "latitude": "latitude"}}}, ["longitude", "name the column"]),
    ({"d": {"distanse": {}}}, ["'d'", "`distance: {…}`"]),
    ({"d": {"mean": {"of": []}}}, ["list the columns"]),
    ({"d": {"mean": {"of": ["price_1"], "reversed": ["price_1"]}}}, ["without a `scale`"]),
    ({"d": {"mean": {"of": ["price_1"], "reversed": ["price_2"], "scale": [1, 5]}}}, ["'price_2'", "not one of its items"]),
    ({"d": {"mean": {"of": ["price_1"], "scale": [5, 1]}}}, ["scale", "[1, 5]"]),
    ({"d": {"mean": {"of": ["price_9"]}}}, ["price_9"]),
    ({"d": {"mean": {"of": ["price_1"], "scal": [1, 5]}}}, ["`scal`", "did you mean `scale`"]),
    ([], ["`columns`"]),
])
def test_faulty_derived_columns_are_explained(people, columns, words):
    spec = {"model": "psychographic", "columns": columns, "segments": [{"name": "x", "when": {"d": {"at_least": 1}}}]}
    with pytest.raises(SegkitError) as error:
        rules.segment(people, spec)
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize(("spec", "words"), [
    ({"by": "monetary", "shares": [0.5, 0.6]}, ["`shares`", "best first"]),
    ({"by": "monetary", "shares": [0.5], "cuts": [1]}, ["`cuts` and `shares`"]),
    ({"by": "monetary", "cuts": [1], "names": ["one"]}, ["`names`", "2 bands"]),
    ({"by": "monetary", "cuts": [1], "names": ["one", "one"]}, ["`names`"]),
])
def test_faulty_bands_are_explained(people, spec, words):
    with pytest.raises(SegkitError) as error:
        rules.segment(people, {"model": "value-based", **spec})
    assert all(word in str(error.value) for word in words), str(error.value)
