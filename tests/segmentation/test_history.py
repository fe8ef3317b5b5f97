"""Purchases as arrays: the features of behaviour again, halves, made-up purchases, and whether people stay."""

import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import behaviour, history, persistence
from segkit.segmentation.evidence import null_purchases
from segkit.segmentation.history import History

NAMES = ["recency_days", "frequency", "monetary", "tenure_days", "average_basket", "weekend_share"]


def shop(n: int, seed: int, level: float = 0.0, weekend: float | np.ndarray = 2 / 7, mean: float = 6) -> History:
    rng = np.random.default_rng(seed)
    count = 1 + rng.poisson(rng.gamma(1.5, mean / 1.5, n))
    customer = np.repeat(np.arange(n), count)
    day = rng.integers(0, 365, len(customer))
    order = np.lexsort((day, customer))
    cents = np.exp(7 + level * rng.standard_normal(n)[customer] + 0.5 * rng.standard_normal(len(customer)))
    marked = rng.random(len(customer)) < np.broadcast_to(weekend, n)[customer]
    return History(pd.RangeIndex(n), customer, day[order], 364, cents.astype(np.int64), {"weekend": marked.astype(float)})


@pytest.fixture(scope="module")
def purchases():
    rng = np.random.default_rng(5)
    n = 400
    return pd.DataFrame({
        "customer_id": rng.integers(0, 60, n).astype(str),
        "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 200 * 24, n), unit="h"),
        "amount": rng.integers(-900, 9000, n) / 100, "store_id": rng.choice(["a", "b", "c"], n),
        "channel": rng.choice(["online", "till", None], n), "n_products": rng.integers(1, 9, n)})


def test_features_are_those_of_behaviour(purchases):
    table = ibis.memtable(purchases)
    theirs = behaviour.features(table).execute().set_index("customer_id")
    mine = history.read(table).features(theirs.columns)
    pd.testing.assert_frame_equal(mine, theirs.astype(float), check_names=False, check_index_type=False)


def test_customers_are_drawn_where_there_are_many(purchases):
    few = history.read(ibis.memtable(purchases), most=10, random_state=1)
    whole = history.read(ibis.memtable(purchases))
    assert len(few.ids) == 10
    pd.testing.assert_frame_equal(few.features(NAMES), whole.of(few.ids).features(NAMES))


def test_halves_share_out_every_occasion_of_those_in_both():
    bought = shop(300, 1)
    one, other = bought.halves(np.random.default_rng(2))
    assert one.ids.equals(other.ids)
    assert (one.n_occasions + other.n_occasions == bought.of(one.ids).n_occasions).all()
    assert one.n_occasions.min() == other.n_occasions.min() == 1
    spent = one.features(["monetary"]) + other.features(["monetary"])
    assert np.allclose(spent, bought.of(one.ids).features(["monetary"]))


def test_halves_of_random_buyers_agree_no_more_than_their_rates():
    """Customers of one rate: dealing occasions out evenly would make frequencies agree by themselves."""
    rng = np.random.default_rng(3)
    count = rng.poisson(10, 2000)
    customer = np.repeat(np.arange(2000), count)
    bought = History(pd.RangeIndex(2000), customer, np.zeros(len(customer), int), 0, np.ones(len(customer), int), {})
    one, other = (h.features(["frequency"])["frequency"] for h in bought.halves(rng))
    assert abs(one.corr(other)) < 0.08


def test_periods_are_cut_at_the_middle_of_the_time():
    bought = History(pd.Index(["a", "b"]), np.array([0, 0, 0, 1]), np.array([0, 4, 10, 3]), 10, np.full(4, 100), {})
    early, late = bought.periods()
    assert early.ids.to_list() == ["a"]
    assert early.features(["recency_days", "frequency"]).values.tolist() == [[1, 2]]
    assert late.features(["recency_days", "frequency"]).values.tolist() == [[0, 1]]


def test_made_up_purchases_keep_who_buys_how_often_and_since_when():
    bought = shop(800, 4, level=0.6)
    made = null_purchases.fit(bought, NAMES).draw(np.random.default_rng(1))
    assert (made.n_occasions == bought.n_occasions).all()
    one, other = bought.features(NAMES), made.features(NAMES)
    assert (one["tenure_days"] == other["tenure_days"]).all()
    assert (other["recency_days"] <= other["tenure_days"]).all()
    for name in ("recency_days", "average_basket", "weekend_share"):
        assert other[name].mean() == pytest.approx(one[name].mean(), rel=0.08)
        assert other[name].std() == pytest.approx(one[name].std(), rel=0.12)
    assert np.allclose(np.log1p(other).corr(), np.log1p(one).corr(), atol=0.12)


def test_levels_are_told_from_chance():
    alike, different = (null_purchases.fit(shop(1500, 6, level, own), ["average_basket", "weekend_share"]).levels
                        for level, own in ((0.0, 0.3), (0.7, np.random.default_rng(1).beta(3, 7, 1500))))
    assert alike["cents"][1] < 0.1
    assert alike["weekend"][1] < 0.05
    assert different["cents"][1] == pytest.approx(0.7, abs=0.07)
    assert different["weekend"][1] == pytest.approx(np.sqrt(0.3 * 0.7 / 11), abs=0.02)


def test_two_kinds_of_people_are_no_level_of_one_peak():
    own = np.where(np.random.default_rng(2).random(1500) < 0.5, 0.98, 0.02)
    mean, sd = null_purchases.fit(shop(1500, 7, weekend=own), ["weekend_share"]).levels["weekend"]
    assert sd < 0.3 < np.sqrt(mean * (1 - mean))  # a uniform distribution at most


def test_reliability_is_the_share_that_is_not_chance():
    own = np.random.default_rng(1).beta(3, 7, 1500)
    count = shop(1500, 8, weekend=own).n_occasions
    found = persistence.reliability(shop(1500, 8, weekend=own), ["weekend_share", "frequency"], random_state=1)
    expected = own.var() / (own.var() + (own * (1 - own) / count).mean())
    assert found.loc["weekend_share", "reliability"] == pytest.approx(expected, abs=0.06)
    alike = persistence.reliability(shop(1500, 8), ["weekend_share"], random_state=1)
    assert alike.loc["weekend_share", "reliability"] < 0.15


def test_people_with_habits_stay_and_the_rest_are_told_again_by_lot():
    habit = np.random.default_rng(1).random(600) < 0.3
    stay = persistence.agreement(shop(600, 9, weekend=np.where(habit, 0.97, 0.03), mean=16), ["weekend_share"], [2],
                                 random_state=1)
    lot = persistence.agreement(shop(600, 9, mean=16), ["weekend_share"], [2], random_state=1)
    assert stay.loc[2, "halves_agreement"] > 0.8
    assert stay.loc[2, "halves_moved_share"] < 0.05
    assert abs(lot.loc[2, "halves_agreement"]) < 0.05
    assert lot.loc[2, "halves_moved_share"] > 0.25


def test_nothing_is_said_of_a_handful_of_customers():
    found = persistence.agreement(shop(20, 1), NAMES, [2, 3], random_state=1)
    assert found["halves_agreement"].isna().all()
    assert persistence.reliability(shop(20, 1), ["weekend_share"], random_state=1)["reliability"].isna().all()
