import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest

from segkit.data.samples import PROJECT
from segkit.segmentation import rfm, rules
from segkit.words.errors import SegkitError

DOCUMENTED = PROJECT / "tests" / "reference" / "rfm_package_segments.csv"
CUSTOMERS = pd.DataFrame({"customer_id": [1, 2, 3, 4], "age": ["a", "b", None, "b"], "spend": [1.0, 5, None, 20]})


def named(*conditions, **more):
    """A spec with the segments s1, s2, …."""
    parts = [{"name": f"s{i}", "when": when} for i, when in enumerate(conditions, 1)]
    return {"model": "value-based", "segments": parts, **more}


def problems(found):
    return found[["problem", "segment", "other", "n"]].values.tolist()


@pytest.fixture(scope="module")
def documented():
    """The segment table of the R package rfm, as a rule spec."""
    table = pd.read_csv(DOCUMENTED)
    segments = [{"name": row["segment"], "when": {
        s: {"at_least": int(row[f"{s}_low"]), "at_most": int(row[f"{s}_high"])} for s in "rfm"}}
        for _, row in table.iterrows()]
    return {"model": "value-based", "domain": {s: [1, 2, 3, 4, 5] for s in "rfm"}, "segments": segments}


def test_lint_finds_the_unreachable_segments_of_the_rfm_package(documented):
    found = rules.lint(documented)
    unreachable = found[found["problem"] == "unreachable"].set_index("segment")["other"]
    assert unreachable.to_dict() == {"New Customers": "Potential Loyalist", "Promising": "Potential Loyalist, New Customers",
                                     "Can't Lose Them": "At Risk"}


def test_lint_counts_equal_a_loop_over_all_scores(documented):
    bounds = [(p["name"], [(p["when"][s]["at_least"], p["when"][s]["at_most"]) for s in "rfm"])
              for p in documented["segments"]]
    expected, gap = {}, 0
    for scores in itertools.product(range(1, 6), repeat=3):
        met = [n for n, limits in bounds if all(lo <= v <= hi for v, (lo, hi) in zip(scores, limits, strict=True))]
        gap += not met
        for first, second in itertools.combinations(met, 2):
            expected[second, first] = expected.get((second, first), 0) + 1
    found = rules.lint(documented)
    overlaps = found[found["problem"] == "overlap"]
    assert {(r.segment, r.other): r.n for r in overlaps.itertuples()} == expected
    assert found.loc[found["problem"] == "gap", "n"].to_list() == [gap]


def test_our_own_rfm_segments_have_no_gap_and_none_unreachable():
    assert set(rules.lint(rfm.segment_rules())["problem"]) == {"overlap"}


@pytest.mark.parametrize(("spec", "expected"), [
    (named({"r": 1}, {"r": {"at_least": 2}}, domain={"r": [1, 2, 3]}), []),
    (named({"r": 1}, domain={"r": [1, 2, 3]}), [["gap", "", "", 2]]),
    (named({"r": 1}, domain={"r": [1, 2, 3]}, otherwise="rest"), []),
    (named({"r": [1, 2]}, {"r": [2, 3]}, domain={"r": [1, 2, 3]}), [["overlap", "s2", "s1", 1]]),
    (named({"r": [1, 2, 3]}, {"r": 9}, domain={"r": [1, 2, 3]}), [["unreachable", "s2", "", 0]]),
    (named({"r": [1, 2]}, {"r": [2, 3]}, {"r": [1, 3]}, domain={"r": [1, 2, 3]}),
     [["overlap", "s2", "s1", 1], ["overlap", "s3", "s1", 1], ["overlap", "s3", "s2", 1],
      ["unreachable", "s3", "s1, s2", 2]]),
])
def test_lint_over_a_domain(spec, expected):
    assert problems(rules.lint(spec)) == expected


def test_lint_on_customers_finds_gaps_overlaps_and_tiny_segments():
    customers = pd.DataFrame({"customer_id": range(500), "spend": [*range(499), None]})
    spec = named({"spend": {"below": 4}}, {"spend": {"below": 400}})
    assert problems(rules.lint(spec, customers)) == [
        ["overlap", "s2", "s1", 4], ["gap", "", "", 100], ["tiny", "s1", "", 4]]


@pytest.mark.parametrize(("spec", "expected"), [
    (named({"r": {"at_most": 3}}, {"r": {"at_least": 4}}), []),
    (named({"spend": {"below": 2.5}}, {"spend": {"above": 2.5}}), ["gap"]),
    (named({"spend": {"below": 2.5}}, {"spend": {"at_least": 2.5}}), []),
    (named({"spend": {"at_most": 2.5}}, {"spend": {"above": 2, "below": 2.4}}), ["overlap", "unreachable", "gap"]),
    (named({"town": "a"}, {"town": ["b", "c"]}), ["gap"]),
    (named({"town": "a"}, {"not": {"town": "a"}}), []),
    (named({"member": True}, {"member": False}), []),
    (named({"day": {"below": dt.date(2024, 1, 1)}}, {"day": {"at_least": dt.date(2024, 1, 2)}}), ["gap"]),
    (named({"town": "a", "spend": {"at_least": 5}}, {"any": [{"not": {"town": "a"}}, {"spend": {"below": 5}}]}), []),
    ({"model": "value-based", "by": "spend", "cuts": [1, 2.5]}, []),
])
def test_lint_without_customers_tries_the_values_the_rules_name_and_those_beside_them(spec, expected):
    assert rules.lint(spec)["problem"].to_list() == expected


def test_lint_without_a_domain_finds_the_same_unreachable_segments(documented):
    found = rules.lint({key: value for key, value in documented.items() if key != "domain"})
    assert found.loc[found["problem"] == "unreachable", "segment"].to_list() == ["New Customers", "Promising", "Can't Lose Them"]


def test_lint_says_when_it_needs_customers_or_a_domain():
    with pytest.raises(SegkitError, match=r"'age'.*\n.*give a table"):
        rules.lint({"model": "demographic", "by": "age"})
    many = named({f"v{i}": {"at_least": j} for i in range(12) for j in (1,)}, {f"v{i}": 7 for i in range(12)})
    with pytest.raises(SegkitError, match="combinations of values"):
        rules.lint(many)


def test_lint_reports_faults_of_form_instead_of_failing():
    found = rules.lint({"model": "value", "segmnts": []})
    assert set(found["problem"]) == {"form"}
    assert found["other"].str.contains("did you mean `segments`").any()


def test_bands_cover_every_value_once():
    rng = np.random.default_rng(0)
    customers = pd.DataFrame({"customer_id": range(300), "spend": [*rng.normal(100, 80, 297), 50.0, 100.0, 200.0]})
    found = rules.segment(customers, {"model": "value-based", "by": "spend", "cuts": [50, 100, 200]})
    expected = pd.cut(customers["spend"], [-np.inf, 50, 100, 200, np.inf], right=False,
                      labels=["< 50", "50 – 100", "100 – 200", "≥ 200"])
    assert found.labels.to_list() == expected.astype(object).to_list()
    assert found.segments.index.to_list() == ["< 50", "50 – 100", "100 – 200", "≥ 200"]


@pytest.mark.parametrize("cuts", [[1_500_000, 2_500_000], [1_234_567, 1_234_568, 1_234_569]])
def test_bands_of_large_amounts_are_written_in_full(cuts):
    customers = pd.DataFrame({"customer_id": [1, 2], "spend": [1.0, 3e6]})
    names = rules.segment(customers, {"model": "value-based", "by": "spend", "cuts": cuts}).segments.index
    assert names.is_unique
    assert names[0] == f"< {cuts[0]:,}"


def test_a_segment_that_nobody_fits_stays_with_size_0():
    found = rules.segment(CUSTOMERS, named({"spend": {"above": 99}}, {"age": "b"}))
    assert found.segments["size"].to_dict() == {"s1": 0, "s2": 2}
    assert found.summary["unassigned_share"].iloc[0] == 0.5


def test_unused_categories_make_no_segment():
    customers = CUSTOMERS.assign(age=pd.Categorical(CUSTOMERS["age"], ["b", "a", "c"]))
    assert rules.segment(customers, {"model": "demographic", "by": "age"}).segments["size"].to_dict() == {"a": 1, "b": 2}


@pytest.mark.parametrize(("when", "met"), [
    ({"r": {"at_least": 2}}, [2, 3]), ({"r": {"above": 2}}, [3]), ({"r": {"at_most": 2}}, [1, 2]), ({"r": {"below": 2}}, [1]),
    ({"r": {"above": 1, "below": 3}}, [2]), ({"r": 2}, [2]), ({"r": [1, 3]}, [1, 3]), ({"not": {"r": [1, 3]}}, [2]),
    ({"any": [{"r": 1}, {"r": 3}]}, [1, 3]), ({"all": [{"r": {"above": 1}}, {"r": {"below": 3}}]}, [2])])
def test_a_condition_is_met_by(when, met):
    customers = pd.DataFrame({"customer_id": [1, 2, 3], "r": [1, 2, 3]})
    labels = rules.segment(customers, named(when)).labels
    assert labels.dropna().index.to_list() == met


def test_a_missing_value_meets_no_condition_nor_its_opposite():
    for when in ({"age": "a"}, {"not": {"age": "a"}}, {"spend": {"below": 9}}, {"not": {"spend": {"below": 9}}}):
        found = rules.segment(CUSTOMERS, named(when, {"customer_id": {"above": 0}}))
        assert found.labels[3] == "s2", when


@pytest.mark.parametrize(("spec", "words"), [
    ({"model": "value", "by": "age"}, ["`model`", "'value'", "value-based"]),
    ({"by": "age"}, ["`model`", "None"]),
    ({"model": "demographic"}, ["either `by` or `segments`", "one of the two"]),
    ({"model": "demographic", "by": "age", **named({"age": "a"})}, ["either `by` or `segments`"]),
    ({"model": "demographic", "bye": "age", "by": "age"}, ["`bye`", "did you mean `by`"]),
    ({"model": "demographic", "by": "agee"}, ["column 'agee'", "did you mean `age`"]),
    ({"model": "value-based", "by": "spend", "cuts": [5, 1]}, ["`cuts`", "[5, 1]", "smallest first"]),
    ({"model": "value-based", "by": "spend", "cuts": [5, 5]}, ["`cuts`", "once each"]),
    (named({"spend": {"at_lest": 5}}), ["segment 1 (s1)", "'spend'", "`at_lest`", "did you mean `at_least`"]),
    (named({"spnd": 5}), ["column 'spnd'", "did you mean `spend`"]),
    (named({"any": {"spend": 5}}), ["`any`", "list of conditions"]),
    (named({"all": []}), ["`all`", "list of conditions"]),
    (named({"not": 5}), ["is 5, not a condition", "at_least"]),
    (named({}), ["{}, not a condition"]),
    (named({"spend": 99}), ["no customer fits any rule", "values the rules name"]),
    ({"model": "value-based", "segments": [{"name": "x"}]}, ["segment 1", "`name: …` and `when: {…}`"]),
    ({"model": "value-based", "segments": [{"name": "x", "when": {"age": "a"}}] * 2}, ["segment 2", "earlier segment"]),
    ({"model": "value-based", "segments": []}, ["`segments`"]),
    ({"model": "value-based", "by": "spend", "cuts": []}, ["`cuts`"]),
    ({"model": "value-based", "by": "spend", "cuts": 5}, ["`cuts`"]),
    ({"model": "value-based", "by": "spend", "cuts": ["a", "b"]}, ["`cuts`"]),
    (named({"spend": {}}), ["'spend'"]),
    (named({"age": {"at_least": 5}}), ["'age'"]),
    (named({"age": "a"}, otherwise="s1"), ["segment 1", "'s1'", "its own name"]),
    *[(named(when), ["segment 1 (s1)", "'age'", "missing value"])
      for when in ({"age": None}, {"age": ["a", None]}, {"not": {"age": None}})],
    ({"model": "value-based", "segments": [{"name": 1, "when": {"age": "a"}}]}, ["segment 1", "name"]),
    (None, ["rule spec"]),
])
def test_a_faulty_spec_is_explained(spec, words):
    with pytest.raises(SegkitError) as error:
        rules.segment(CUSTOMERS, spec)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_all_faults_of_a_spec_come_at_once():
    with pytest.raises(SegkitError) as error:
        rules.segment(CUSTOMERS, {**named({"age": {"atleast": 1}}, {"any": 3}), "model": "x", "cut": 1})
    assert len(error.value.faults) == 4


def test_a_by_column_with_too_many_values_is_refused():
    customers = pd.DataFrame({"customer_id": range(101), "spend": range(101)})
    with pytest.raises(SegkitError, match=r"more than 100 values\n.*`cuts`"):
        rules.segment(customers, {"model": "value-based", "by": "spend"})


def test_a_customer_who_stands_twice_is_explained():
    with pytest.raises(SegkitError, match=r"column 'customer_id': has 4 rows without an id of their own"):
        rules.segment(pd.concat([CUSTOMERS, CUSTOMERS]), {"model": "demographic", "by": "age"})


def test_a_column_without_a_value_makes_no_segments():
    empty = CUSTOMERS.assign(age=pd.Series([None] * 4, dtype=object))
    with pytest.raises(SegkitError, match="column 'age': has no value among these customers"):
        rules.segment(empty, {"model": "demographic", "by": "age"})
