"""Personas: every sentence is its row, every row a sum by hand, and nothing is invented or tells of one person."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segkit.report import faces, people, render, table
from segkit.segmentation import rules
from segkit.targeting import personas
from segkit.words.errors import SegkitError

SPEC = {"name": {"en": "An", "vi": "An"}, "message": "Hello", "offer": "Less", "rests_on": ["monetary"]}


@pytest.fixture
def shop():
    rng = np.random.default_rng(5)
    n = 300
    town = rng.choice(["a", "b"], n, p=[0.4, 0.6])
    age = np.where(rng.random(n) < np.where(town == "a", 0.7, 0.3), "young", "old")
    return pd.DataFrame({"town": town, "age": age, "home": rng.choice(["rent", "own"], n), "few": [None] * (n - 8) + ["x"] * 8,
                         "monetary": np.exp(3 + 0.5 * (town == "a") + 0.4 * rng.standard_normal(n)),
                         "frequency": rng.poisson(5, n)}, index=pd.RangeIndex(n, name="customer_id"))


@pytest.fixture
def towns(shop):
    return rules.segment(shop.reset_index(), {"model": "geographic", "by": "town"})


def build(shop, towns, **named):
    return personas.build(shop, towns, "a", ["age", "home"], ["monetary", "frequency"], **named)


def test_rows_equal_sums_by_hand(shop, towns):
    rows = build(shop, towns).statements.set_index("column")
    mine, others = shop[shop["town"] == "a"], shop[shop["town"] == "b"]
    assert rows.loc["age", "modal_value"] == mine["age"].mode()[0] == "young"
    assert rows.loc["age", "value"] == pytest.approx((mine["age"] == "young").mean())
    assert rows.loc["age", "others_value"] == pytest.approx((others["age"] == "young").mean())
    for column in ("monetary", "frequency"):
        welch = stats.ttest_ind(mine[column], others[column], equal_var=False).confidence_interval(1 - 0.05 / 4)
        assert rows.loc[column, "value"] == pytest.approx(mine[column].mean())
        assert rows.loc[column, ["difference_low", "difference_high"]].tolist() == pytest.approx([welch.low, welch.high])
        ends = stats.t.interval(0.95, len(mine) - 1, mine[column].mean(), stats.sem(mine[column]))
        assert rows.loc[column, ["low", "high"]].tolist() == pytest.approx(ends)
    assert rows["n"].tolist() == [len(mine)] * 4


def test_difference_of_shares_is_newcombes(shop, towns):
    row = build(shop, towns).statements.set_index("column").loc["age"]
    mine, others = shop[shop["town"] == "a"]["age"] == "young", shop[shop["town"] == "b"]["age"] == "young"
    z = stats.norm.ppf(1 - 0.05 / 8)

    def wilson(k, n):
        centre, half = (k + z**2 / 2) / (n + z**2), z * np.sqrt(k * (n - k) / n + z**2 / 4) / (n + z**2)
        return centre - half, centre + half

    (l1, u1), (l2, u2) = wilson(mine.sum(), len(mine)), wilson(others.sum(), len(others))
    p1, p2 = mine.mean(), others.mean()
    low, high = p1 - p2 - np.hypot(p1 - l1, u2 - p2), p1 - p2 + np.hypot(u1 - p1, p2 - l2)
    assert row[["difference_low", "difference_high"]].tolist() == pytest.approx([low, high])


def test_what_sets_apart_is_what_an_interval_says(shop, towns):
    made = build(shop, towns).statements
    apart = (made["difference_low"] > 0) | (made["difference_high"] < 0)
    assert apart.any()
    assert not apart.all()
    assert ((made["persona_kind"] == personas.KINDS["apart"]) == apart).all()


def test_groups_drawn_by_lot_are_seldom_set_apart(shop):
    """With four sentences a persona of a group by lot, at most one in twenty has one that sets it apart."""
    told = 0
    for seed in range(200):
        lot = shop.assign(town=np.random.default_rng(seed).permutation(shop["town"].to_numpy()))
        made = build(lot, rules.segment(lot.reset_index(), {"model": "geographic", "by": "town"}))
        told += (made.statements["persona_kind"] == personas.KINDS["apart"]).any()
    assert told / 200 <= 0.08  # 5 % and two standard errors


def test_what_formed_the_segment_is_said_to(shop, towns):
    made = personas.build(shop, towns, "a", ["town", "age"]).statements
    assert made["persona_kind"].tolist() == [personas.KINDS["formed"], personas.KINDS["apart"]]


def test_the_typical_member_is_a_modal_profile_and_says_how_many_are_so(shop, towns):
    made = build(shop, towns)
    mine = shop[shop["town"] == "a"]
    modal = [mine[c].mode()[0] for c in ("age", "home")]
    assert made.typical == personas.TYPICAL
    assert made.typical_values["share"] == pytest.approx((mine[["age", "home"]] == modal).all(axis=1).mean())
    rng = np.random.default_rng(1)
    many = shop.assign(**{f"c{i}": rng.choice(list("xyz"), len(shop)) for i in range(5)})
    rare = personas.build(many, towns, "a", [f"c{i}" for i in range(5)])
    assert rare.typical == personas.TYPICAL_RARE
    assert "share" not in rare.typical_values


def test_a_column_known_of_few_says_nothing_and_the_unknown_is_named(shop, towns):
    made = personas.build(shop, towns, "a", ["few"], channel="few")
    assert made.statements.empty
    assert made.typical == personas.TYPICAL_NONE
    assert made.unknown == list(personas.ASKED)
    told = personas.build(shop, towns, "a", ["age"], channel="home", spec={"motives": "They say so"})
    assert told.unknown == ["needs", "style"]


@pytest.mark.parametrize(("spec", "words"), [
    ({"nmae": "An"}, "did you mean `name`"), ({"message": "Hello"}, "rests on nothing"),
    ({"offer": "x", "rests_on": ["income"]}, "of which nothing is measured"), ({"name": 5}, "is 5, not a text"),
    ({"rests_on": "age"}, "write a list"),
])
def test_faults_of_a_persona(shop, towns, spec, words):
    with pytest.raises(SegkitError) as error:
        build(shop, towns, spec=spec)
    assert words in str(error.value)


@pytest.mark.parametrize("code", ["en", "vi"])
def test_every_sentence_leads_to_its_row_and_every_invention_is_labelled(shop, towns, code):
    made = build(shop, towns, spec={**SPEC, "quote": "<b>Oh</b>"})
    card = render.html(faces.persona(made).payload, code)
    rows = render.html(table("x", made.statements, columns=personas.SHOWN, units=personas.UNITS, anchors="persona").payload, code)
    for n in range(1, len(made.statements) + 1):
        assert f'href="#persona-{n}"' in card
        assert f'<tr id="persona-{n}">' in rows
        assert render.safe(made.statements["statement"][n - 1][code]) in card
    assert card.count('class="editorial"') == 4
    assert "&lt;b&gt;Oh" in card
    assert card.split("Hello")[1].split("</p>")[0].count('href="#persona-3"') == 1


def test_a_segment_of_a_few_has_no_card(shop, towns):
    made = build(shop, towns)._replace(size=9)
    shown = people._guarded(faces.persona(made).payload, set())
    assert shown == {"kind": "text", "text": people.HIDDEN, "values": {}}


def test_a_message_that_rests_on_what_all_have_is_doubted(shop, towns):
    for column, doubted in (("frequency", True), ("monetary", False)):
        made = build(shop, towns, spec={**SPEC, "rests_on": [column]})
        assert ("doubt" in faces.persona(made).payload) == doubted
        assert (faces.DOUBT in render.html(faces.persona(made).payload, "en")) == doubted
