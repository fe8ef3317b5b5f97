import numpy as np
import pandas as pd
import pytest

from segkit.positioning import brands, leaders
from segkit.words.errors import SegkitError


def shop(shares, n_customers=200, seed=0, habit=0.0):
    """Ten purchases of each customer, of brands A, B, … with the given shares."""
    rng = np.random.default_rng(seed)
    names = np.array(list("ABCDEFGH")[:len(shares)])
    brand = rng.choice(names, (n_customers, 10), p=shares)
    brand = np.where(rng.random((n_customers, 10)) < habit, brand[:, :1], brand)
    return pd.DataFrame({"customer_id": np.repeat(np.arange(n_customers), 10), "brand": brand.ravel(), "amount": 1.0,
                         "date": np.tile(pd.date_range("2024-01-01", periods=10), n_customers)})


def test_the_share_of_samples_equals_a_loop_over_copied_households():
    table = shop([0.36, 0.34, 0.3], n_customers=60)
    found = leaders.first(table, "value_share", random_state=1)
    spent = table.groupby(["customer_id", "brand"])["amount"].sum().unstack(fill_value=0).to_numpy()
    rng = np.random.default_rng(9)
    first = [(spent[rng.integers(0, 60, 60)].sum(axis=0).argmax() == "ABC".index(found.brand)) for _ in range(4000)]
    assert found.first_share == pytest.approx(np.mean(first), abs=0.08)  # 400 samples: a standard error of 0.025


@pytest.mark.parametrize("measure", leaders.LEADS)
def test_a_brand_far_ahead_leads_and_level_ones_do_not(measure):
    ahead = leaders.first(shop([0.6, 0.25, 0.15], habit=0.4), measure)
    assert (ahead.brand, ahead.is_clear, ahead.sentence) == ("A", True, leaders.LEADS[measure])
    assert ahead.values["low"] < ahead.values["value"] < ahead.values["high"]
    level = leaders.first(shop([0.34, 0.33, 0.33], seed=2, habit=0.4), measure)
    assert not level.is_clear
    assert level.sentence == leaders.LEVEL[measure]
    assert level.values["other"] <= level.values["value"]


def test_brands_that_are_alike_to_the_last_cent_share_no_first_place():
    table = shop([1.0]).assign(brand=lambda t: np.where(t["date"].dt.day % 2, "A", "B"))
    assert leaders.first(table, "value_share").first_share == 0


def test_one_brand_alone_leads_nobody():
    found = leaders.first(shop([1.0]), "value_share")
    assert not found.is_clear
    assert set(found.values.values()) == {None}


def test_occasions_give_what_purchases_give():
    table = shop([0.5, 0.3, 0.2])
    assert leaders.first(brands.occasions(table), "value_share") == leaders.first(table, "value_share")


def test_unknown_measures_are_explained():
    with pytest.raises(SegkitError, match="value_share"):
        leaders.first(shop([0.5, 0.5]), "size")
