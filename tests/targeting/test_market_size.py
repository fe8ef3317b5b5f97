"""Market size: products by hand, intervals against the distribution of a product, and faults of stated inputs."""

import numpy as np
import pytest
from scipy.stats import triang

from segkit.targeting import market_size
from segkit.words.errors import SegkitError

MARKET = {"total": {"value": 1000, "low": 800, "high": 1200, "source": "census"},
          "serviceable_share": {"value": 0.3, "low": 0.1, "high": 0.5, "source": "guess"},
          "obtainable_share": {"value": 0.5, "source": "plan"}, "spend": {"value": 20, "source": "survey"}}


def test_levels_are_products_of_the_inputs():
    found = market_size.size(MARKET, random_state=1)
    assert found["market_people"].tolist() == [1000, 300, 150]
    assert found["market_money"].tolist() == [20_000, 6000, 3000]
    assert found["widest_input"].tolist() == [market_size.INPUTS["total"], *[market_size.INPUTS["serviceable_share"]] * 2]


def test_the_interval_of_one_input_is_that_of_its_triangle():
    found = market_size.size({"total": MARKET["total"]}, random_state=1).iloc[0]
    expected = triang.ppf([0.025, 0.975], 0.5, loc=800, scale=400)
    assert found[["market_people_low", "market_people_high"]].tolist() == pytest.approx(expected, rel=0.01)


def test_the_interval_of_a_product_holds_95_of_100_products():
    found = market_size.size(MARKET, random_state=1).iloc[1]
    rng = np.random.default_rng(9)
    products = rng.triangular(800, 1000, 1200, 200_000) * rng.triangular(0.1, 0.3, 0.5, 200_000)
    inside = (products >= found["market_people_low"]) & (products <= found["market_people_high"])
    assert inside.mean() == pytest.approx(0.95, abs=0.005)


def test_exact_inputs_have_no_width():
    found = market_size.size({"total": {"value": 7, "source": "count"}}).iloc[0]
    assert (found["market_people_low"], found["market_people_high"], found["widest_input"]) == (7, 7, "")


@pytest.mark.parametrize(("change", "words"), [
    ({"total": {"value": 10, "low": 12, "source": "x"}}, "range 12 to 10"),
    ({"serviceable_share": {"value": 30, "source": "x"}}, "share between 0 and 1"),
    ({"spend": {"value": -1, "source": "x"}}, "at least 0"),
    ({"spend": {"value": 5}}, "has no `source`"),
    ({"spend": {"value": "5", "source": "x"}}, "has the numbers"),
    ({"spend": 5}, "write `{value"),
    ({"spent": {"value": 5, "source": "x"}}, "did you mean `spend`"),
    ({"total": {"value": 5, "source": "x", "hight": 9}}, "unknown key `hight`"),
])
def test_faults_are_told(change, words):
    with pytest.raises(SegkitError) as error:
        market_size.size({**MARKET, **change})
    assert words in str(error.value)


def test_without_a_total_or_inputs():
    with pytest.raises(SegkitError, match="no `total`"):
        market_size.size({"spend": MARKET["spend"]})
    assert market_size.size({}).attrs["left_out"]
    assert len(market_size.size({"total": MARKET["total"], "obtainable_share": MARKET["obtainable_share"]})) == 1
