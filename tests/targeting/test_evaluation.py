"""Scores given by people beside computed ones, the evaluation of fit, and what would change a choice."""

import numpy as np
import pytest

from segkit.targeting import candidates, editorial, evaluation
from segkit.words.errors import SegkitError
from tests.targeting.test_candidates import by_town, shop

RIVALS = {"name": {"en": "Rivals", "vi": "Đối thủ"}, "weight": 1, "scores": {"a": 5, "b": 3, "c": 1}, "source": "sales"}


def test_an_editorial_score_adds_its_points_by_its_weight():
    customers = shop()
    made = by_town(customers)
    alone = candidates.compare(customers, made, [{"column": "monetary"}], random_state=1).ranking
    both = candidates.compare(customers, made, [{"column": "monetary", "weight": 3}, RIVALS], random_state=1).ranking
    for town, points in {"a": 140, "b": 100, "c": 60}.items():
        assert both.loc[town, "attractiveness_score"] == pytest.approx(
            0.75 * alone.loc[town, "attractiveness_score"] + 0.25 * points)


def test_scores_by_people_alone_are_not_tested_by_chance():
    customers = shop()
    found = candidates.compare(customers, by_town(customers), [RIVALS], random_state=1)
    assert found.ranking.index.tolist() == ["a", "b", "c"]
    assert found.first_share == 1
    assert np.isnan(found.lot_p)
    assert not found.is_clear


@pytest.mark.parametrize(("spec", "words"), [
    ({**RIVALS, "scores": {"a": 7, "b": 3, "c": 1}}, "has the score 7 for 'a'"),
    ({**RIVALS, "scores": {"a": 3, "b": 3, "z": 1}}, "scores the segment 'z'"),
    ({**RIVALS, "scores": {"a": 3, "b": 3}}, "has no score for c"),
    ({**RIVALS, "source": ""}, "has no `source`"),
    ({**RIVALS, "weight": 0}, "has the weight 0"),
    ({**RIVALS, "better": "lower"}, "has an unknown key `better`"),
])
def test_faults_of_editorial_criteria_are_told(spec, words):
    customers = shop()
    with pytest.raises(SegkitError, match=words.replace("'", ".")):
        candidates.compare(customers, by_town(customers), [{"column": "monetary"}, spec], random_state=1)


def test_a_criterion_that_nobody_scored_is_left_out_and_told():
    customers = shop()
    made = by_town(customers)
    given = [{"column": "monetary"}, {"name": "Rivals", "weight": 9, "scores": {}}]
    found = candidates.compare(customers, made, given, random_state=1)
    alone = candidates.compare(customers, made, given[:1], random_state=1)
    assert found.left_out == ["Rivals"]
    assert found.ranking["attractiveness_score"].equals(alone.ranking["attractiveness_score"])
    told = editorial.table(given, left_out=found.left_out)
    assert told["criterion_weight"].fillna(-1).tolist() == [1, -1]
    assert told["weighed_by"].tolist() == [editorial.BASES["computed"], editorial.BASES["none"]]


def test_weights_that_do_not_sum_are_normalised():
    told = editorial.table([{"column": "monetary", "weight": 30}, {"column": "frequency", "weight": 90}], [RIVALS])
    assert told["criterion_weight"].tolist() == [0.25, 0.75, 1.0]
    assert told["given_weight"].tolist() == [30, 90, 1]


def test_fit_is_the_score_of_its_own_criteria():
    customers = shop(means=(0.5, 0, 0))
    made = by_town(customers)
    found = candidates.compare(customers, made, [{"column": "monetary"}], random_state=1)
    table = evaluation.table(found, customers, made, [{"column": "frequency"}], 1)
    share = customers.groupby("town").size() / len(customers)
    for town, row in table.iterrows():
        index = 100 * customers[customers["town"] == town]["frequency"].mean() / customers["frequency"].mean()
        assert row["competitiveness_score"] == pytest.approx(index)
        assert row["competitiveness_low"] < index < row["competitiveness_high"]
        assert row["customer_share"] == pytest.approx(share[town])
    assert evaluation.table(found, customers, made, []).attrs["left_out"]
    assert evaluation.served(evaluation.table(found, customers, made, []), "a") is None


@pytest.mark.parametrize(("scores", "sentence"), [({"a": 5, "b": 3, "c": 1}, evaluation.BOTH),
                                                  ({"a": 1, "b": 3, "c": 5}, evaluation.ATTRACTIVE_ONLY)])
def test_what_is_said_of_the_fit(scores, sentence):
    customers = shop()
    made = by_town(customers)
    found = candidates.compare(customers, made, [{"column": "monetary"}], random_state=1)
    table = evaluation.table(found, customers, made, [{**RIVALS, "scores": scores}], 1)
    assert evaluation.served(table, "a").sentence == sentence


def test_a_choice_that_hangs_on_the_weights_is_told_with_the_weight_that_flips_it():
    customers = shop()
    made = by_town(customers)
    rivals = {**RIVALS, "scores": {"a": 1, "b": 3, "c": 5}}
    for weight in np.linspace(0.5, 30, 60):
        given = [{"column": "customer_share", "weight": float(weight)}, {**rivals, "weight": 10}]
        found = candidates.compare(customers, made, given, random_state=1)
        said = evaluation.change(found)
        first, now = found.ranking.index[0], said.values.get("now")
        near = said.sentence == evaluation.NEAR
        assert near == (now is not None and abs(said.values["weight"] - now) <= 0.05)
        if near:
            moved = said.values["weight"] + np.sign(said.values["weight"] - now) * 1e-4
            other = [{**given[0], "weight": moved}, {**given[1], "weight": 1 - moved}]
            if said.values["criterion"]["en"] == "Rivals":
                other = [{**given[0], "weight": 1 - moved}, {**given[1], "weight": moved}]
            again = candidates.compare(customers, made, other, random_state=1).ranking.index[0]
            assert (again, first) == (said.values["other"], said.values["segment"])
            return
    pytest.fail("no weighting near a flip was met")
