import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import concentration, kmeans, lots, profile, rules
from segkit.targeting import attractiveness, candidates
from segkit.words.errors import SegkitError

CRITERIA = [{"column": "customer_share", "weight": 2}, {"column": "monetary", "weight": 3}, {"column": "frequency"}]


def shop(n=300, seed=0, means=(0, 0, 0), sizes=(0.5, 0.3, 0.2)):
    """Customers of towns a, b, …; money is log-normal, its mean shifted by town."""
    rng = np.random.default_rng(seed)
    town = rng.choice(list("abcdef")[:len(sizes)], n, p=sizes)
    shift = pd.Series(town).map(dict(zip("abcdef", means, strict=False))).to_numpy()
    return pd.DataFrame({"town": town, "frequency": 1 + rng.poisson(4, n), "age": rng.choice([30.0, 50, np.nan], n),
                         "monetary": np.exp(3 + shift + rng.standard_normal(n))}, index=pd.RangeIndex(n, name="customer_id"))


def by_town(customers):
    return rules.segment(customers.reset_index(), {"model": "geographic", "by": "town"})


def test_measures_equal_the_tables_of_segments():
    customers = shop()
    made = by_town(customers)
    found = candidates.measure(customers, made, ["size", "customer_share", "revenue", "revenue_share", "monetary",
                                                 "frequency", "average_basket", "age"])
    expected = concentration.by_segment(customers, made).join(profile.means(customers, made, ["age"]))
    pd.testing.assert_frame_equal(found, expected[found.columns], check_dtype=False)


def test_samples_equal_customers_copied_as_often():
    customers = shop(80)
    sums = candidates._Sums(customers, by_town(customers), ["revenue_share", "monetary", "average_basket", "age"])
    rng = np.random.default_rng(4)
    values, total = sums.measured(sums.resampled(np.random.default_rng(4)))
    counted = lots.counts(80, 1000, int(rng.integers(2**32)))
    for i in (0, 11):
        copied = customers.loc[np.repeat(customers.index, counted[i].astype(int))].reset_index(drop=True)
        copied.index.name = "customer_id"
        expected = candidates.measure(copied, by_town(copied), ["revenue_share", "monetary", "average_basket", "age"])
        np.testing.assert_allclose(values[i], expected)
        np.testing.assert_allclose(total[i], [1 / 3, copied["monetary"].mean(),
                                              copied["monetary"].sum() / copied["frequency"].sum(), copied["age"].mean()])


def test_scores_equal_an_index_by_hand():
    customers = shop()
    found = candidates.compare(customers, by_town(customers), CRITERIA, random_state=1).ranking
    for town, part in customers.groupby("town"):
        share = 100 * (len(part) / len(customers)) / (1 / 3)
        index = [100 * part[c].mean() / customers[c].mean() for c in ("monetary", "frequency")]
        assert found.loc[town, "attractiveness_score"] == pytest.approx((2 * share + 3 * index[0] + index[1]) / 6)
        low, high = found.loc[town, ["attractiveness_low", "attractiveness_high"]]
        assert low < found.loc[town, "attractiveness_score"] < high


@pytest.mark.sweep
def test_groups_by_lot_seldom_have_a_clear_leader():
    clear = []
    for seed in range(60):
        customers = shop(200, seed)
        clear.append(candidates.compare(customers, by_town(customers), CRITERIA, random_state=seed))
    assert sum(c.is_clear for c in clear) <= 7  # of 60: 98 % of binomials with p = .05
    p = np.array([c.lot_p for c in clear])
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.2)


def test_a_real_leader_is_clear_and_level_ones_are_not():
    customers = shop(600, means=(0, 0, 1), sizes=(0.34, 0.33, 0.33))
    found = candidates.compare(customers, by_town(customers), CRITERIA, random_state=1)
    assert (found.is_clear, found.ranking.index[0], found.sentence) == (True, "c", candidates.CLEAR)
    customers = shop(600, means=(0, 1, 1), sizes=(0.34, 0.33, 0.33))
    found = candidates.compare(customers, by_town(customers), CRITERIA, random_state=1)
    assert (found.is_clear, found.sentence) == (False, candidates.CLOSE)
    assert {found.values["segment"], found.values["second"]} == {"b", "c"}
    assert found.lot_p <= 0.05


def test_a_group_that_is_only_large_stands_out_no_farther_than_by_lot():
    customers = shop(600, seed=3, sizes=(0.8, 0.1, 0.1))
    found = candidates.compare(customers, by_town(customers), CRITERIA, random_state=1)
    assert found.ranking.index[0] == "a"
    assert found.first_share > 0.95
    assert (found.is_clear, found.sentence) == (False, candidates.BY_LOT)


def test_sizes_alone_are_no_difference_from_lots():
    customers = shop()
    found = candidates.compare(customers, by_town(customers), [{"column": "size"}], random_state=1)
    assert np.isnan(found.lot_p)
    assert not found.is_clear
    assert not found.is_clear


def test_one_candidate_left_is_compared_with_nobody():
    customers = shop()
    found = candidates.compare(customers, by_town(customers), CRITERIA, {"customer_share": 0.4}, random_state=1)
    assert found.ranking["knocked_out_by"].to_dict() == {"a": "", "b": "customer_share", "c": "customer_share"}
    assert np.isnan([found.first_share, found.lot_p]).all()
    assert found.sentence == candidates.ALONE


def test_criteria_that_follow_from_what_formed_the_segments_are_circular():
    rng = np.random.default_rng(2)
    customers = pd.DataFrame({"frequency": rng.integers(1, 30, 300).astype(float), "age": rng.integers(18, 70, 300)})
    X = customers[["frequency"]].assign(average_basket=rng.gamma(3, 20, 300))
    customers["monetary"] = X["frequency"] * X["average_basket"]
    found = kmeans.segment(X, 3, random_state=1)
    criteria = [{"column": "revenue_share"}, {"column": "age"}, {"column": "customer_share"}, {"column": "average_basket"}]
    assert candidates.circular(found, criteria) == ["average_basket"]
    assert candidates.circular(found, criteria, customers) == ["revenue_share", "average_basket"]
    assert candidates.compare(customers, found, [{"column": "revenue_share"}], random_state=1).sentence == candidates.BY_RULE


def test_criteria_of_the_rule_itself_are_not_tested():
    customers = shop()
    spend = rules.segment(customers.reset_index(), {"model": "value-based", "by": "monetary", "cuts": [10, 30]})
    assert candidates.circular(spend, CRITERIA) == ["monetary"]
    found = candidates.compare(customers, spend, [{"column": "revenue_share"}], random_state=1)
    assert found.sentence == candidates.BY_RULE
    assert not found.is_clear
    other = candidates.compare(customers, spend, [{"column": "monetary"}, {"column": "frequency"}], random_state=1)
    assert other.lot_p > 0.05
    assert not other.is_clear


def test_criteria_without_data_are_told_and_an_empty_segment_is_out():
    customers = shop().assign(nothing=np.nan)
    made = rules.segment(customers.reset_index(), {"model": "demographic", "by": "monetary", "cuts": [1e9]})
    found = candidates.compare(customers, made, [*CRITERIA, {"column": "nothing"}], random_state=1)
    assert found.left_out == ["nothing"]
    assert found.ranking["knocked_out_by"].to_list() == ["", "size"]


def test_what_counts_twice_is_told():
    customers = shop()
    found = candidates.overlap(customers, [*CRITERIA, {"column": "revenue_share", "weight": 4}])
    assert found.iloc[0].to_list() == ["monetary", "revenue_share", 1.0, 0.7]
    pair = found.set_index(["first_criterion", "second_criterion"]).loc[("monetary", "frequency")]
    assert pair["rank_correlation"] == pytest.approx(customers["monetary"].corr(customers["frequency"], "spearman"))
    assert not (found[["first_criterion", "second_criterion"]] == "customer_share").any(axis=None)
    assert candidates.overlap(customers, [{"column": "size"}, {"column": "customer_share"}])["rank_correlation"].item() == 1
    assert candidates.overlap(customers, CRITERIA[:1]).empty


def test_the_order_of_customers_matters_no_more_than_the_seed_does():
    customers = shop()
    one = candidates.compare(customers, by_town(customers), CRITERIA, random_state=1)
    two = candidates.compare(customers.iloc[::-1], by_town(customers.iloc[::-1]), CRITERIA, random_state=1)
    pd.testing.assert_series_equal(one.ranking["attractiveness_score"], two.ranking["attractiveness_score"])
    assert one.first_share == pytest.approx(two.first_share, abs=0.06)
    again = candidates.compare(customers, by_town(customers), CRITERIA, random_state=1)
    pd.testing.assert_frame_equal(one.ranking, again.ranking)


@pytest.mark.parametrize(("criteria", "words"), [
    ([{"column": "sise"}], ["'sise'", "the customers"]),
    ([], ["`criteria`", "is empty"]),
    ([5], ["criterion 1", "{column: "]),
    ([{"column": "monetary", "weight": 0}], ["weight 0"]),
])
def test_bad_criteria_are_explained(criteria, words):
    customers = shop()
    with pytest.raises(SegkitError) as error:
        candidates.compare(customers, by_town(customers), criteria, random_state=1)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_the_leader_of_the_ranking_is_that_of_the_evaluated_table():
    customers = shop()
    made = by_town(customers)
    table = candidates.measure(customers, made, ["size", "monetary"])
    total = {"monetary": customers["monetary"].mean()}
    plain = attractiveness.evaluate(table, [{"column": "monetary"}, {"column": "size"}], total=total, random_state=1)
    full = candidates.compare(customers, made, [{"column": "monetary"}, {"column": "size"}], random_state=1)
    pd.testing.assert_series_equal(plain["attractiveness_score"], full.ranking["attractiveness_score"])


def test_points_by_criterion_add_up_to_the_score_and_have_intervals_of_their_own():
    customers = shop(means=(0, 6, -3))
    found = candidates.compare(customers, by_town(customers), CRITERIA, random_state=1)
    told = found.points
    assert list(dict.fromkeys(told.index)) == list(found.ranking.index)
    scores = (told["criterion_points"] * told["criterion_weight"]).groupby(level=0).sum()
    assert scores.to_dict() == pytest.approx(found.ranking["attractiveness_score"].to_dict())
    assert ((told["points_low"] <= told["criterion_points"]) & (told["criterion_points"] <= told["points_high"])).all()


def test_a_target_is_told_by_name_or_number_and_a_wrong_one_with_the_nearest():
    by_name, by_number = pd.DataFrame(index=["Regulars", "Others"]), pd.DataFrame(index=[2, 1])
    assert candidates.examined(by_name) == "Regulars"
    assert (candidates.examined(by_number, "1"), candidates.examined(by_number, 2)) == (1, 2)
    with pytest.raises(SegkitError, match=r"(?s)`target`.*'Regular'.*did you mean.*Regulars"):
        candidates.examined(by_name, "Regular")
