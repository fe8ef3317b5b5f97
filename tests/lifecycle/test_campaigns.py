"""Campaigns on a page: shares by hand, the truth of the simulated shop, overlaps, few people, and strange tables."""

import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.data import tables
from segkit.lifecycle import campaigns, uplift
from segkit.words.errors import DataError

DAY = pd.Timestamp("2024-06-10")


def sales(buyers=range(40), days=(5,), last="2024-12-31"):
    """Purchases: everybody in January, `buyers` some days after the campaign, one customer on the last day."""
    rows = [(f"C{i}", pd.Timestamp("2024-01-15"), 10.0) for i in range(100)]
    rows += [(f"C{i}", DAY + pd.Timedelta(days=d), 10.0) for i in buyers for d in days]
    return ibis.memtable(pd.DataFrame([*rows, ("C99", pd.Timestamp(last), 1.0)], columns=["customer_id", "date", "amount"]))


def sent(n=100, control=50, name="mail", day=DAY, start=0):
    return pd.DataFrame({"customer_id": [f"C{start + i}" for i in range(n)], "campaign": name, "date": day,
                         "treated": ["yes"] * (n - control) + ["no"] * control})


def test_answers_from_purchases_by_hand():
    made = campaigns.read(sent(), {}, sales([*range(20), *range(50, 55)]), 30)
    row = made.table.loc["mail"]
    assert row[["n_treated", "n_control", "treated_share", "control_share"]].tolist() == [50, 50, 0.4, 0.1]
    assert row["uplift"] == pytest.approx(0.3)
    assert made.said[0] == campaigns.BROUGHT
    assert made.said[1]["uplift"] == pytest.approx(0.3)


@pytest.mark.parametrize(("days", "counted"), [((0,), 0), ((1,), 1), ((30,), 1), ((31,), 0), ((-3, 31), 0)])
def test_answers_count_on_the_days_after_the_campaign_alone(days, counted):
    made = campaigns.read(sent(), {}, sales(range(50), days), 30)
    assert made.table.loc["mail", "treated_share"] == counted


def test_the_simulated_shop_gives_what_was_put_into_it():
    bought = tables.load("vietnamese_shop.purchases", "transactions", {"customer_id": "account"})
    roles = {"customer_id": "account", "treated": "invited", "responded": "came"}
    known = tables.load("vietnamese_shop.contacts", "customers", {"customer_id": "account"}).execute().set_index("customer_id")
    age = pd.Series(np.where(known["age"].ge(45).fillna(False), "from 45", "others"), known.index)
    made = campaigns.read("vietnamese_shop.campaigns", roles, bought, 14, age)
    assert made.name == "tasting"
    for group, truth in (("from 45", 0.12), ("others", 0.04)):
        row = made.by_group.loc[group]
        assert row["uplift_low"] <= truth <= row["uplift_high"], group
    assert made.table.loc["letter", "uplift_low"] <= 0 <= made.table.loc["letter", "uplift_high"]
    assert made.table.loc["pilot", "n_control"] == 3
    assert made.table.loc["pilot", "uplift_verdict"] == uplift.VERDICTS["few"]
    assert made.table.loc["pilot", ["uplift", "control_share"]].isna().all()  # no share of three people


def test_overlapping_windows_are_told():
    two = pd.concat([sent(), sent(40, 20, "letter", DAY + pd.Timedelta(days=10))])
    made = campaigns.read(two, {}, sales(), 30)
    assert made.table["overlap_share"].to_dict() == {"mail": 20 / 50, "letter": 1.0}
    assert campaigns.read(two, {}, sales(), 5).table["overlap_share"].to_dict() == {"mail": 0.0, "letter": 0.0}


def test_without_a_control_group_nothing_is_claimed():
    made = campaigns.read(sent(control=0), {}, sales(), 30)
    assert made.table.loc["mail", "uplift_verdict"] == campaigns.NO_CONTROL
    assert made.said == (campaigns.NOTHING_KNOWN, {})
    assert made.by_group.attrs["left_out"] == campaigns.NOTHING_KNOWN
    alone = campaigns.read(sent(control=100), {}, sales(), 30)
    assert alone.table.loc["mail", ["n_treated", "n_control"]].tolist() == [0, 100]
    assert campaigns.read("", {}, sales()).table.attrs["left_out"]


def test_groups_are_those_of_the_day_before():
    made = campaigns.read(sent(), {}, sales(range(50)), 30)
    assert set(made.by_group.index) == {uplift.ALL, "New"}  # who bought once, whoever answered later
    first = campaigns.read(sent(day=pd.Timestamp("2024-01-10")), {}, sales(), 30)
    assert list(first.by_group.index) == [uplift.ALL]  # nobody had bought by then


@pytest.mark.parametrize(("table", "words"), [
    (sent().assign(treated="maybe"), "neither yes nor no"), (pd.concat([sent(), sent()]), "twice in one campaign in 100 rows"),
    (sent(day=pd.Timestamp("2024-12-20")), "less than 30 days before the last purchase"), (sent().drop(columns="date"), "date")])
def test_strange_tables(table, words):
    with pytest.raises(DataError, match=words):
        campaigns.read(table, {}, sales(), 30)


def test_strange_days():
    with pytest.raises(DataError, match="whole number of days"):
        campaigns.read(sent(), {}, sales(), 0)
