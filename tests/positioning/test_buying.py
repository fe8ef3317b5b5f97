"""Buying roles and behaviours: places on two axes by hand, and orders of purchases made to run, to turn and by lot."""

import itertools

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import buying, inertia
from segkit.words.errors import DataError


def asked(answers):
    """Respondent → (care, differ) on a scale of 1 to 5, for one brand."""
    rows = [(r, "X", item, value, 1.0) for r, values in answers.items() for item, value in zip(("care", "differ"), values, strict=True)]
    return pd.DataFrame(rows, columns=["respondent_id", "brand", "attribute", "rating", "weight"])


def test_the_four_behaviours_and_the_middle():
    told = asked({"car": (5, 5), "mower": (5, 1), "bread": (1, 1), "cream": (1, 5), "middle": (3, 5), "below": (2.9, 1), "above": (3.3, 1)})
    found = buying.classify(told, ["care"], ["differ"])["behaviour"]
    assert found.to_dict() == {"car": buying.COMPLEX, "mower": buying.REASSURED, "bread": buying.HABIT, "cream": buying.VARIETY,
                               "middle": buying.UNDECIDED, "below": buying.UNDECIDED, "above": buying.REASSURED}


def test_the_threshold_is_an_argument():
    told = asked({"a": (4, 4), "b": (1, 1), "c": (5, 5)})
    assert buying.classify(told, ["care"], ["differ"], middle=0.9)["behaviour"].to_dict() == {"a": buying.HABIT, "b": buying.HABIT, "c": buying.COMPLEX}
    assert buying.classify(told, ["care"], ["differ"], scale=(1, 15))["behaviour"].eq(buying.HABIT).all()


def test_shares_of_behaviours():
    told = asked({f"r{i}": (5, 1) if i < 30 else (1, 1) for i in range(40)})
    table = buying.shares(buying.classify(told, ["care"], ["differ"]))
    assert table.loc[buying.REASSURED, "behaviour_share"] == 0.75
    assert table["behaviour_share"].sum() == pytest.approx(1)
    assert table.loc[buying.REASSURED, ["share_low", "share_high"]].to_list() == pytest.approx([0.5981, 0.8581], abs=1e-4)  # Wilson, by hand
    assert "confirm" in table.loc[buying.REASSURED, "action"]
    assert set(buying.asks().index) == set(buying.BEHAVIOURS.values())
    assert buying.thresholds()["reason"].str.len().min() > 20


def test_a_respondent_without_an_axis_is_left_out():
    told = asked({"a": (4, 4), "b": (1, 1)})
    told = told[(told["respondent_id"] == "a") | (told["attribute"] == "care")]
    assert buying.classify(told, ["care"], ["differ"]).index.to_list() == ["a"]


@pytest.mark.parametrize(("items", "words"), [((["care"], ["care"]), "both"), ((["care"], []), "no item of difference"), ((["caring"], ["differ"]), "caring")])
def test_faults_of_items_are_told(items, words):
    with pytest.raises(DataError, match=words):
        buying.classify(asked({"a": (4, 4), "b": (1, 1)}), *items)
    with pytest.raises(DataError, match="one answer alone"):
        buying.classify(asked({"a": (4, 4), "b": (4, 4)}), ["care"], ["differ"])


def test_men_use_and_women_buy():
    rows = [(f"m{i}", "man", "uses", 1) for i in range(30)] + [(f"w{i}", "woman", "buys", 1) for i in range(40)]
    rows += [(f"m{i}", "man", "buys", int(i < 10)) for i in range(30)]
    told = pd.DataFrame(rows, columns=["respondent_id", "gender", "attribute", "rating"]).assign(brand="Spice", weight=1.0)
    table = buying.roles(told, {"uses": "uses", "buys": "buys"}, ["gender"]).set_index(["role", "group"])
    assert table.loc[("user", "man"), "role_share"] == 1
    assert table.loc[("buyer", "woman"), "role_share"] == 0.8
    assert table.loc[("buyer", "man"), "size"] == 50
    with pytest.raises(DataError, match="use"):
        buying.roles(told, {"use": "uses"}, ["gender"])
    assert buying.roles(told, {}, ["gender"]).empty
    assert buying.roles(told, {"uses": "uses"}, []).empty


def panel(kind, n=80, seed=0):
    rng = np.random.default_rng(seed)
    days, rows = pd.date_range("2026-01-01", periods=12, freq="7D"), []
    for c in range(n):
        p = rng.dirichlet([2, 2, 2])
        brand = rng.choice(3, p=p)
        for day in days:
            if kind == "lot" or rng.random() < 0.5:
                others = [b for b in range(3) if b != brand]
                brand = rng.choice(3, p=p) if kind == "lot" else brand if kind == "runs" else rng.choice(others)
            elif kind == "turns":
                brand = rng.choice(3, p=p)
            else:
                brand = rng.choice(3, p=p)
            rows.append((c, day, "ABC"[brand], 1 + brand))
    return pd.DataFrame(rows, columns=["customer_id", "date", "brand", "price"])


@pytest.mark.parametrize(("kind", "said"), [("runs", inertia.RUNS), ("turns", inertia.TURNS), ("lot", inertia.NEITHER)])
def test_runs_turns_and_lots_are_told_apart(kind, said):
    assert inertia.of_purchases(panel(kind, seed=2), random_state=1).attrs["order"] == said


def test_the_mean_by_lot_is_that_of_all_orders():
    """Two customers, every order written out: the mean share of repeats, by brute force."""
    told = pd.DataFrame({"customer_id": list("aaaabbb"), "date": pd.date_range("2026-01-01", periods=7), "brand": list("XXYYXYY")})
    repeats = [np.mean([x == y for part in (first, second) for x, y in itertools.pairwise(part)])
               for first in itertools.permutations("XXYY") for second in itertools.permutations("XYY")]
    found = inertia.of_purchases(told, n_draws=4000, random_state=0)
    assert found.loc[inertia.REPEATS, "by_lot"] == pytest.approx(np.mean(repeats), abs=0.01)
    assert found.loc[inertia.REPEATS, "measured"] == pytest.approx(3 / 5)
    assert found.loc[inertia.KINDS, "measured"] == 2
    assert found.loc[inertia.GAP, "measured"] == 1


def test_what_is_found_by_chance_is_found_seldom():
    said = [inertia.of_purchases(panel("lot", 30, seed), n_draws=99, random_state=seed).attrs["order"] for seed in range(60)]
    assert sum(s != inertia.NEITHER for s in said) <= 8  # 5 % of 60 are 3; 8 or fewer in 99.6 % of cases


def test_days_with_several_brands_tell_no_order():
    told = pd.DataFrame({"customer_id": list("aaa"), "date": ["2026-01-01", "2026-01-01", "2026-01-02"], "brand": list("XYX")})
    found = inertia.of_purchases(told, random_state=0)
    assert np.isnan(found.loc[inertia.REPEATS, "measured"])
    assert found.attrs["order"] == inertia.NEITHER
    assert inertia.of_purchases(told.iloc[:0]).empty
    assert inertia.purchases("").empty
    with pytest.raises(DataError, match="brand"):
        inertia.of_purchases(told.drop(columns="brand"))


def test_one_household_and_one_brand():
    told = pd.DataFrame({"customer_id": "a", "date": pd.date_range("2026-01-01", periods=5), "brand": "X", "price": 2.0})
    found = inertia.of_purchases(told, random_state=0)
    assert found.loc[inertia.REPEATS, ["measured", "by_lot", "lot_p"]].to_list() == [1, 1, 1]
    assert np.isnan(found.loc[inertia.SPREAD, "measured"])
