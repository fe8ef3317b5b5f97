"""The repeat ladder against a loop over the customers, and CDNOW's known figures."""

import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.data import tables
from segkit.lifecycle import ladder


def test_ladder_equals_a_loop():
    rng = np.random.default_rng(4)
    sales = pd.DataFrame({"customer_id": rng.integers(0, 60, 220), "amount": 5.0,
                          "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 120, 220), unit="D")})
    found = ladder.steps(ibis.memtable(sales), most=4)
    days = {c: sorted(set(own)) for c, own in sales.groupby("customer_id")["date"]}
    for k, row in found.iterrows():
        reached = [d for d in days.values() if len(d) >= k]
        more = [(d[k] - d[k - 1]).days for d in reached if len(d) > k]
        assert row["n_customers"] == len(reached)
        assert row["again_share"] == pytest.approx(len(more) / len(reached))
        assert row["again_days"] == pytest.approx(np.median(more))
        assert row["again_low"] < row["again_share"] < row["again_high"]
    assert list(found.index) == [1, 2, 3, 4]


def test_cdnow_half_never_return_and_later_rungs_are_higher():
    found = ladder.steps(tables.load("cdnow.transactions", "transactions"), most=5)
    assert found["again_share"].round(3).to_list() == [0.489, 0.649, 0.705, 0.728, 0.742]
    assert found.loc[1, "again_days"] == 57
    sentence, values = ladder.said(found)
    assert sentence == ladder.FIRST_LOSES
    assert values["high"] < values["next_low"]


def test_the_day_it_is_cuts_the_ladder_and_money_back_is_no_rung():
    sales = pd.DataFrame({"customer_id": [*range(12), *range(12)], "amount": [5.0] * 12 + [-1.0] * 6 + [2.0] * 6,
                          "date": pd.to_datetime(["2024-01-01"] * 12 + ["2024-02-01"] * 12)})
    found = ladder.steps(ibis.memtable(sales))
    assert found["again_share"].to_list() == [0.5]  # the second rung has six customers
    assert found.loc[1, "again_days"] == 31
    assert not ladder.is_told(found)
    early = ladder.steps(ibis.memtable(sales), as_of="2024-01-15")
    assert early["again_share"].to_list() == [0.0]
    assert np.isnan(early.loc[1, "again_days"])


def test_chance_makes_no_step_that_loses_most():
    told = pd.DataFrame({"n_customers": [40, 20], "again_share": [0.5, 0.6], "again_low": [0.35, 0.39], "again_high": [0.65, 0.78],
                         "again_days": [9.0, 8.0]}, index=pd.Index([1, 2], name="purchase_day_number"))
    assert ladder.said(told)[0] == ladder.NO_STEP
    assert ladder.said(told.iloc[:1])[1]["again"] is None
