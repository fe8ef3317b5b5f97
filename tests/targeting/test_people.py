"""People without purchases as candidates, and people who stand for several."""

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import case_weights, handover
from segkit.targeting import candidates, evaluation, people, personas, questions
from segkit.words.errors import DataError

N = 60
GUESTS = pd.DataFrame({
    "customer_id": [f"g{i}" for i in range(N)], "group": ["a", "b", "c"] * 20, "visits": np.arange(N) % 7,
    "town": ["x", "y"] * 30, "income": [*map(str, range(N - 1)), "n/a"], "stars": [*([1, 2, 3, 4, 5, 99] * 10)],
    "weight": np.arange(N) % 4,
})
CRITERIA = [{"column": "customer_share"}, {"column": "visits", "weight": 2}, {"column": "monetary"}]


def base(table, **given):
    at_hand = people.load("", {}, table, **given)
    joined = at_hand.known.join(at_hand.bought)
    return at_hand, joined, handover.of_groups(at_hand.known["group"], "groups")


def copied():
    """Everybody as often as the weight says."""
    rows = GUESTS.loc[GUESTS.index.repeat(GUESTS["weight"])].drop(columns="weight").reset_index(drop=True)
    return rows.assign(customer_id=[f"r{i}" for i in range(len(rows))])


def test_what_purchases_tell_is_missing_and_what_the_table_tells_is_there():
    at_hand, joined, _ = base(GUESTS.assign(frequency=3), dont_know=[99])
    assert joined["monetary"].isna().all()
    assert (joined["frequency"] == 3).all()
    assert at_hand.became["n"].to_dict() == {"income": 1, "stars": 10}
    assert (at_hand.doings, at_hand.account.n_used) == (["visits", "income", "stars"], N)
    pd.testing.assert_series_equal(at_hand.weights.sort_index(), GUESTS.set_index("customer_id")["weight"].sort_index(),
                                   check_names=False, check_dtype=False)
    assert at_hand.compared_by(joined, ["town", "visits"]) == ["town", "visits", "income", "stars"]


def test_rows_are_numbered_where_no_column_is_the_id():
    at_hand = people.load("", {}, GUESTS.drop(columns="customer_id"))
    assert set(at_hand.known.index) == set(range(1, N + 1))
    assert at_hand.known.index.name == "customer_id"


def test_neither_purchases_nor_people_is_a_fault():
    with pytest.raises(DataError, match="nobody to choose among"):
        people.load("", {}, "")


def test_weights_count_people_as_often_as_copies_of_them_would():
    _, joined, groups = base(GUESTS)
    weights = people.load("", {}, GUESTS).weights
    _, many, copies = base(copied())
    found = candidates.compare(joined, groups, CRITERIA, random_state=1, weights=weights)
    plain = candidates.compare(many, copies, CRITERIA, random_state=1)
    assert found.left_out == ["monetary"]
    scores = found.ranking["attractiveness_score"]
    pd.testing.assert_series_equal(scores, plain.ranking["attractiveness_score"].loc[scores.index])
    shares = evaluation.table(found, joined, groups, CRITERIA[:1], 1, weights)["customer_share"]
    expected = copied()["group"].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx(expected[shares.index].to_dict())
    assert found.ranking["attractiveness_low"].lt(scores).all()


EVIDENCE = {"enough": {"measure": "segment_share", "at_least": 0.1},
            "benefit": {"measure": "mean", "column": "visits", "at_least": 1},
            "reach": {"measure": "positive_share", "column": "visits", "at_least": 0.5},
            "afford": {"measure": "mean_index", "column": "visits", "at_least": 90}}


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_answers_weigh_people_and_intervals_count_what_the_weights_are_worth(evidence):
    _, joined, groups = base(GUESTS)
    weights = people.load("", {}, GUESTS).weights
    row = questions.QUESTIONS[evidence]
    one = questions.answer(joined, groups, "b", EVIDENCE, weights=weights).loc[row]
    _, many, copies = base(copied())
    plain = questions.answer(many, copies, "b", EVIDENCE).loc[row]
    assert one[["value", "all_customers"]].to_list() == pytest.approx(plain[["value", "all_customers"]].to_list())
    assert one["high"] - one["low"] > plain["high"] - plain["low"]
    alike = questions.answer(joined, groups, "b", EVIDENCE, weights=weights * 0 + 3).loc[row]
    unweighted = questions.answer(joined, groups, "b", EVIDENCE).loc[row]
    assert alike[["value", "low", "high"]].to_list() == pytest.approx(unweighted[["value", "low", "high"]].to_list())


def test_a_persona_weighs_its_people():
    _, joined, groups = base(GUESTS)
    weights = people.load("", {}, GUESTS).weights
    found = personas.build(joined, groups, "b", ["town"], ["visits"], weights=weights).statements.set_index("column")
    plain = personas.build(*base(copied())[1:], "b", ["town"], ["visits"]).statements.set_index("column")
    assert found[["value", "others_value", "difference"]].astype(float).to_numpy() == pytest.approx(
        plain[["value", "others_value", "difference"]].astype(float).to_numpy())


def test_a_sample_is_as_large_as_its_weights_are_worth():
    values, w = pd.Series([1.0, 2.0, 4.0, np.nan]), pd.Series([1.0, 1.0, 2.0, 5.0])
    sample = case_weights.sample(values, w)
    assert (sample.mean, sample.nobs) == pytest.approx((11 / 4, 16 / 6))
    assert case_weights.sample(values, w * 0 + 1).tconfint_mean() == pytest.approx(
        case_weights.sample(values[:3], w[:3] * 0 + 7).tconfint_mean())


def test_answers_count_as_numbers_where_people_are_compared():
    at_hand, joined, _ = base(GUESTS.assign(wifi=["Yes", "no", None] * 20, stars=["good", "bad", None] * 20))
    in_order = pd.Categorical(joined["stars"], ["bad", "good"], ordered=True)
    numbers = at_hand.numbers(joined.assign(stars=in_order))
    by_id = numbers.loc[["g0", "g1", "g2"]]
    assert by_id["wifi"].fillna(-1).to_list() == [1, 0, -1]
    assert by_id["stars"].fillna(-1).to_list() == [2, 1, -1]
    assert numbers["town"].equals(joined["town"])


def test_size_and_what_formed_the_groups_test_nothing_by_lots():
    _, joined, groups = base(GUESTS)
    alone = candidates.compare(joined, groups, [{"column": "customer_share"}], random_state=1)
    assert np.isnan(alone.lot_p)
    assert evaluation.change(alone).sentence == evaluation.ONE
    beside = candidates.compare(joined, groups, [{"column": "customer_share"}, {"column": "visits"}], random_state=1)
    assert 0 < beside.lot_p <= 1


def test_a_mean_of_a_persona_is_rounded_whatever_its_column_is_called():
    _, joined, groups = base(GUESTS)
    text = personas.build(joined, groups, "b", [], ["income"]).statements["statement"][0]["en"]
    assert max(map(len, "".join(c if c.isdigit() or c == "." else " " for c in text).split())) <= 5


def test_scores_of_people_are_told_as_such():
    _, joined, groups = base(GUESTS)
    scored = [{"name": "Fit", "scores": {"a": 5, "b": 1, "c": 1}, "source": "a meeting"}]
    found = candidates.compare(joined, groups, scored, random_state=1)
    assert np.isnan(found.lot_p)
    assert found.sentence in (candidates.BY_PEOPLE, candidates.CLOSE)
