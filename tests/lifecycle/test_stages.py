import datetime as dt
import math
import statistics

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from segkit.data import open as sources
from segkit.lifecycle import cohorts, purchase_days, stages, value
from segkit.segmentation import rfm
from segkit.words.errors import DataError, SegkitError


def cents(amount):
    return 0 if math.isnan(amount) else int(math.copysign(math.floor(abs(amount * 100) + 0.5), amount))


def looped(sales, as_of=None, lapsing_at=2.0, lapsed_at=4.0, won_back_for=4.0, new_days=1, prior_gaps=2.0,
           usual_gap=None):
    """Stages by loops over customers and their days; what a customer bought at one time stamp is one purchase."""
    lines = [(r.customer_id, r.date, cents(r.amount)) for r in sales.itertuples()
             if not pd.isna(r.date) and not pd.isna(r.customer_id)]
    today = as_of or max(d.date() for _, d, _ in lines)
    lines = [line for line in lines if line[1].date() <= today]
    days, spent = {}, {}
    for customer, moment, c in lines:
        spent[customer, moment] = spent.get((customer, moment), 0) + c
    for (customer, moment), c in spent.items():
        if c >= 0:
            days.setdefault(customer, set()).add(moment.date())
    days = {c: sorted(d) for c, d in days.items()}
    if usual_gap is None:
        means = [(d[-1] - d[0]).days / (len(d) - 1) for d in days.values() if len(d) > 1]
        usual_gap = statistics.median(means) if means else max(1, (today - min(d[0] for d in days.values())).days)
    prior = round(prior_gaps * usual_gap, 6)
    rows = {}
    for customer, bought in sorted(days.items()):
        back = None
        for k in range(1, len(bought)):
            known = ((bought[k - 1] - bought[0]).days + prior) / (k - 1 + prior_gaps)
            if (bought[k] - bought[k - 1]).days > lapsed_at * known:
                back = bought[k]
        gap = ((bought[-1] - bought[0]).days + prior) / (len(bought) - 1 + prior_gaps)
        away = (today - bought[-1]).days
        if away / gap > lapsed_at:
            stage = "Lapsed"
        elif away / gap > lapsing_at:
            stage = "Lapsing"
        elif len(bought) <= new_days:
            stage = "New"
        else:
            stage = "Won back" if back and (today - back).days <= won_back_for * gap else "Active"
        own = [(d.date(), c) for who, d, c in lines if who == customer]
        rows[customer] = {
            "stage": stage, "n_days_bought": len(bought), "first_date": bought[0], "last_date": bought[-1],
            "gap_days": gap, "recency_days": away, "recency_gaps": away / gap, "won_back_date": back,
            "monetary": sum(c for _, c in own) / 100,
            "yearly_spend": sum(c for d, c in own if (bought[-1] - d).days < 365) / 100}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("customer_id")
    for column in ("first_date", "last_date", "won_back_date"):
        table[column] = pd.to_datetime(table[column])
    return table


def assert_same(found, expected):
    """Exactly the same numbers; types may differ in width."""
    assert list(found.columns) == list(expected.columns)
    assert found.index.to_list() == expected.index.to_list()
    for column in found:
        a, b = found[column], expected[column]
        same = (a.to_numpy() == b.to_numpy()) | (a.isna().to_numpy() & b.isna().to_numpy())
        assert same.all(), (column, a[~same].head(), b[~same].head())


@pytest.mark.parametrize("as_of", [None, dt.date(2024, 3, 1)])
@pytest.mark.parametrize("rules", [{}, {"lapsing_at": 1, "lapsed_at": 1.5, "won_back_for": 2, "prior_gaps": 0.5},
                                   {"usual_gap": 20, "new_days": 3}])
def test_stages_equal_a_loop_over_purchases(purchases, as_of, rules):
    found = stages.assign(purchases, as_of, rules)
    assert_same(found, looped(purchases, as_of, **rules))
    assert found["stage"].nunique() >= 4


LINES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40), st.sampled_from([-2.5, 0.0, 0.004, 1.0, 9.99])),
                 min_size=1, max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, last=st.integers(20, 60))
def test_stages_of_any_purchases_equal_a_loop(lines, last):
    sales = pd.DataFrame(lines, columns=["customer_id", "date", "amount"])
    sales["date"] = pd.Timestamp("2024-01-30") + pd.to_timedelta(sales["date"], unit="D")
    as_of = dt.date(2024, 1, 30) + dt.timedelta(last)
    known = sales[sales["date"].dt.date <= as_of]
    if not (known.assign(cents=known["amount"].map(cents)).groupby(["customer_id", "date"])["cents"].sum() >= 0).any():
        with pytest.raises(DataError, match=r"have no (row|purchase)"):
            stages.assign(sales, as_of)
        return
    rules = {"lapsing_at": 1.5, "lapsed_at": 2.0, "won_back_for": 3.0}
    assert_same(stages.assign(sales, as_of, rules), looped(sales, as_of, **rules))


def test_spark_gives_the_same_table_exactly(purchases, on_spark):
    here = stages.assign(purchases)
    there = stages.features(on_spark(purchases)).execute().set_index("customer_id")
    for column in ("first_date", "last_date", "won_back_date"):
        there[column] = pd.to_datetime(there[column])
    assert_same(there, here)


def by_hand(*days, amount=1.0, **rules):
    """The row of a customer who bought on these days of 2024, at their last, in a shop whose usual gap is 10 days."""
    *bought, today = days
    sales = pd.DataFrame({"customer_id": 1, "amount": amount, "date": pd.Timestamp("2023-12-31") + pd.to_timedelta(
        bought, unit="D")})
    day = dt.date(2023, 12, 31) + dt.timedelta(today)
    return stages.assign(sales, day, {"usual_gap": 10, "prior_gaps": 1, **rules}).loc[1]


@pytest.mark.parametrize(("days", "stage"), [
    ((1, 1), "New"), ((1, 21), "New"), ((1, 22), "Lapsing"), ((1, 41), "Lapsing"), ((1, 42), "Lapsed"),
    ((1, 11, 11), "Active"), ((1, 11, 31), "Active"), ((1, 11, 32), "Lapsing"), ((1, 11, 52), "Lapsed"),
    ((1, 41, 41), "Active"), ((1, 42, 42), "Won back"),  # 40 days are 4 gaps of 10, 41 are more
    ((1, 42, 93), "Won back"), ((1, 42, 94), "Lapsing"), ((1, 42, 144), "Lapsing"), ((1, 42, 145), "Lapsed"),
    ((1, 42, 52, 62, 72, 82, 92, 99), "Won back"),  # the own gap is 14.4 days, so for 57.7 days after the return
    ((1, 42, 52, 62, 72, 82, 92, 100), "Active"),
])
def test_stage_by_hand(days, stage):
    assert by_hand(*days)["stage"] == stage


def test_rhythm_is_drawn_to_the_usual_gap_where_purchases_are_few():
    gaps = [by_hand(*range(1, 4 * n, 4), 4 * n)["gap_days"] for n in (1, 2, 5, 40)]
    assert gaps[0] == 10
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == pytest.approx(4, abs=0.2)


def test_usual_gap_is_the_median_over_customers_who_came_back(purchases):
    days = purchase_days.by_customer(sources.table(purchases)).execute()
    days = days[days["is_purchase"]]
    own = pd.to_datetime(days["day"]).groupby(days["customer_id"]).agg(["min", "max", "count"])
    means = ((own["max"] - own["min"]).dt.days / (own["count"] - 1))[own["count"] > 1]
    single = stages.assign(purchases, rules={"prior_gaps": 1e12})["gap_days"]
    assert single.iloc[0] == pytest.approx(means.median())


def test_who_bought_once_only_is_new_or_lapsed_by_the_length_of_the_data():
    sales = pd.DataFrame({"customer_id": [1, 2, 3], "amount": 1.0, "date": pd.to_datetime(
        ["2024-01-01", "2024-01-31", "2024-02-01"])})
    found = stages.assign(sales)
    assert found["gap_days"].to_list() == [31, 31, 31]
    assert set(found["stage"]) == {"New"}
    assert stages.by_stage(found).loc["New", ["size", "customer_share"]].to_list() == [3, 1]
    alone = stages.assign(sales.head(1))
    assert alone["gap_days"].to_list() == [1]


def test_no_purchase_is_explained(purchases):
    for table in (purchases.head(0), purchases.assign(amount=-1.0), purchases.assign(customer_id=None)):
        with pytest.raises(DataError, match="no row with a customer, a date and an amount"):
            stages.assign(table)
    with pytest.raises(DataError, match="up to 2020-01-01"):
        stages.assign(purchases, "2020-01-01")


def test_money_back_counts_as_money_but_not_as_a_purchase():
    sales = pd.DataFrame({"customer_id": [1, 1, 1, 2], "amount": [10.0, 20.0, -5.0, -7.0], "date": pd.to_datetime(
        ["2024-01-01", "2024-01-11", "2024-01-21", "2024-01-02"])})
    found = stages.assign(sales)
    assert found.index.to_list() == [1]
    assert found.loc[1, ["n_days_bought", "monetary", "recency_days"]].to_list() == [2, 25.0, 10]
    assert found.loc[1, "last_date"] == pd.Timestamp("2024-01-11")


def test_spend_of_the_last_year_begins_365_days_back():
    sales = pd.DataFrame({"customer_id": 1, "amount": [100.0, 10.0, 1.0], "date": pd.to_datetime(
        ["2023-01-01", "2023-01-02", "2024-01-01"])})
    assert stages.assign(sales)["yearly_spend"].to_list() == [11.0]


def test_order_of_rows_and_names_of_customers_change_nothing(purchases):
    found = stages.assign(purchases)
    shuffled = stages.assign(purchases.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found, shuffled)
    renamed = stages.assign(purchases.assign(customer_id=purchases["customer_id"].map(lambda c: f"client {c}")))
    pd.testing.assert_frame_equal(found.set_axis(renamed.index), renamed)


def test_a_second_shop_with_the_same_customers_under_other_names_changes_no_stage(purchases):
    twice = pd.concat([purchases, purchases.assign(customer_id=purchases["customer_id"] + 1000)])
    found = stages.assign(twice)
    pd.testing.assert_frame_equal(found.loc[found.index < 1000], stages.assign(purchases))


def test_lines_of_one_day_are_one_purchase_day(purchases):
    split = purchases.assign(amount=purchases["amount"].fillna(0).round())
    halves = pd.concat([split.assign(amount=0.0), split])
    found, expected = stages.assign(halves[halves["amount"] >= 0]), stages.assign(split[split["amount"] >= 0])
    columns = ["n_days_bought", "gap_days", "recency_days"]
    together = expected.index.intersection(found.index)
    assert len(together) == len(expected)
    later = found.loc[together, columns]
    assert (later["n_days_bought"] >= expected["n_days_bought"]).all()
    whole = stages.assign(pd.concat([split, split]))
    pd.testing.assert_frame_equal(whole[[*columns, "stage"]], stages.assign(split)[[*columns, "stage"]])


def test_the_future_is_not_looked_at(purchases):
    early = stages.assign(purchases[purchases["date"] < "2024-03-02"], "2024-03-01")
    pd.testing.assert_frame_equal(stages.assign(purchases, "2024-03-01"), early)


def test_other_column_names_and_any_ibis_table(purchases):
    named = purchases.rename(columns={"customer_id": "client", "date": "day", "amount": "paid"})
    made = stages.features(ibis.memtable(named), customer_id="client", date="day", amount="paid")
    assert made.columns[0] == "client"
    found = stages.assign(named, customer_id="client", date="day", amount="paid")
    assert found.index.name == "client"
    pd.testing.assert_frame_equal(found.rename_axis("customer_id"), stages.assign(purchases))


def test_by_stage_adds_up(purchases):
    customers = stages.assign(purchases)
    table = stages.by_stage(customers)
    assert list(table.index) == list(stages.STAGES)
    assert table["size"].sum() == len(customers)
    for name, column in (("revenue", "monetary"), ("yearly_spend", "yearly_spend")):
        for stage, part in customers.groupby("stage"):
            assert table.loc[stage, name] == sum(round(100 * v) for v in part[column]) / 100
    assert table["customer_share"].sum() == pytest.approx(1)
    assert table["yearly_share"].sum() == pytest.approx(1)


def test_stage_nobody_is_in_has_zeros_and_no_rhythm():
    customers = pd.DataFrame({"stage": ["Active"], "monetary": [0.0], "yearly_spend": [0.0], "gap_days": [7.0],
                              "recency_days": [3]})
    table = stages.by_stage(customers)
    assert table["size"].to_list() == [0, 1, 0, 0, 0]
    assert table["revenue_share"].isna().all()
    assert table["gap_days"].isna().to_list() == [True, False, True, True, True]


def test_who_bought_again_equals_a_loop(purchases):
    start = dt.date(2024, 3, 1)
    found = stages.bought_again(purchases, start, 60)
    known = stages.assign(purchases, start)
    pd.testing.assert_frame_equal(stages.bought_again(purchases, start, 60, before=known), found)
    stage = looped(purchases, start)["stage"]
    for name in stages.STAGES:
        group = set(stage[stage == name].index)
        spent = {}
        for r in purchases.itertuples():
            if r.customer_id in group and start < r.date.date() <= start + dt.timedelta(60):
                spent[r.customer_id, r.date] = spent.get((r.customer_id, r.date), 0) + cents(r.amount)
        buyers = {customer for (customer, _), c in spent.items() if c >= 0}
        assert found.loc[name, ["size", "n_buyers"]].to_list() == [len(group), len(buyers)]
        if group:
            low, high = proportion_confint(len(buyers), len(group), method="wilson")
            assert found.loc[name, ["bought_share", "bought_low", "bought_high"]].to_list() == pytest.approx(
                [len(buyers) / len(group), low, high])
        else:
            assert np.isnan(found.loc[name, "bought_share"])


def test_data_may_be_known_to_be_whole_beyond_their_last_purchase():
    """A study of 31 March whose last purchase is of the 25th: who had bought by 1 March can be followed for 30 days."""
    sales = pd.DataFrame({"customer_id": list("aabbc"), "amount": 5.0, "date": pd.to_datetime(
        ["2024-01-05", "2024-03-25", "2024-01-10", "2024-02-10", "2024-02-20"])})
    found = stages.bought_again(sales, "2024-03-01", 30, known_until="2024-03-31")
    assert (found["size"].sum(), found["n_buyers"].sum()) == (3, 1)
    pd.testing.assert_frame_equal(found, stages.bought_again(sales, "2024-03-01", 24))
    with pytest.raises(DataError, match="the data end on 2024-03-25, less than 30 days later"):
        stages.bought_again(sales, "2024-03-01", 30)
    with pytest.raises(DataError, match="the data end on 2024-03-25"):
        stages.bought_again(sales, "2024-03-01", 30, known_until="2024-03-20")


def test_days_that_followed_end_with_the_data_by_default(purchases):
    last = purchases["date"].max().date()
    pd.testing.assert_frame_equal(stages.bought_again(purchases, days=30),
                                  stages.bought_again(purchases, last - dt.timedelta(30), 30))
    with pytest.raises(DataError, match="less than 30 days later"):
        stages.bought_again(purchases, last, 30)
    with pytest.raises(SegkitError, match="whole number of days"):
        stages.bought_again(purchases, days=0)
    with pytest.raises(DataError, match="take at most 199 days"):
        stages.bought_again(purchases, days=900)


@pytest.mark.parametrize(("rules", "words"), [
    ({"lapsd_at": 3}, "did you mean `lapsed_at`"), ({"lapsing_at": 4}, "has to be smaller"),
    ({"prior_gaps": 0}, "above 0"), ({"won_back_for": "4"}, "above 0"), ({"usual_gap": float("nan")}, "above 0"),
    ({"new_days": True}, "above 0"),
])
def test_rules_that_cannot_hold_are_explained(purchases, rules, words):
    with pytest.raises(SegkitError) as error:
        stages.assign(purchases, rules=rules)
    assert words in str(error.value)


def test_as_of_that_is_no_day_is_explained(purchases):
    with pytest.raises(DataError, match="not a day of the calendar"):
        stages.assign(purchases, "2024-13-01")


def test_definitions_hold_the_numbers_of_the_rules():
    said = stages.definitions({"lapsing_at": 1.5, "lapsed_at": 3.25})["rule"]
    assert list(said.index) == list(stages.STAGES)
    assert "3.25" in said["Lapsed"]["en"]
    assert "1,5" in said["Lapsing"]["vi"]
    assert all(rule["en"] != rule["vi"] for rule in said)


def test_a_day_on_which_more_came_back_than_was_spent_is_no_purchase_day():
    """+15 and -80 on one day; who has no other day has never bought, and a file of such customers has no purchase."""
    sales = pd.DataFrame({"customer_id": [1, 1, 1, 2, 2], "amount": [100.0, 15.0, -80.0, 15.0, -80.0],
                          "date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-02-01", "2024-02-01", "2024-02-01"])})
    found = stages.assign(sales, "2024-03-01")
    assert found.index.to_list() == [1]
    assert found.loc[1, ["n_days_bought", "monetary"]].to_list() == [1, 35.0]
    assert purchase_days.part(ibis.memtable(sales), 1 / 2, 90) == 15
    with pytest.raises(DataError, match="no purchase on which a customer spent more than came back"):
        stages.assign(sales[sales["customer_id"] == 2])


@pytest.mark.parametrize("change", [{"date": ["2024-01-01 10:00", "2024-02-01 09:00", "2024-02-01 18:00"]},
                                    {"basket_id": [1, 2, 3]}])
def test_a_purchase_and_money_back_of_one_day_are_told_apart_by_their_times_or_baskets(change):
    """+20 and -80 are two occasions: the day is a purchase day of 20, and 100 + 20 - 80 are left in all."""
    sales = pd.DataFrame({"customer_id": 1, "amount": [100.0, 20.0, -80.0],
                          "date": ["2024-01-01", "2024-02-01", "2024-02-01"]}).assign(**change)
    sales["date"] = pd.to_datetime(sales["date"])
    found = stages.assign(sales, "2024-03-01").loc[1]
    assert found[["n_days_bought", "recency_days", "monetary", "yearly_spend"]].to_list() == [2, 29, 40.0, 40.0]
    repeat = value.summarise(sales, "2024-03-01").loc[1, ["repeat_frequency", "repeat_monetary"]]
    assert repeat.to_list() == [1, 20.0]
    bought = cohorts.table(sales, as_of="2024-02-29").loc["2024-01-01"]
    assert bought["n_buyers"].to_list() == [1, 1]
    assert bought["revenue"].to_list() == [100.0, -60.0]
    assert rfm.features(ibis.memtable(sales)).execute()["frequency"].to_list() == [2]  # as everywhere


def test_a_basket_over_midnight_is_one_purchase_day():
    sales = pd.DataFrame({"customer_id": 1, "basket_id": [1, 1, 2], "amount": [10.0, 5.0, 7.0], "date": pd.to_datetime(
        ["2024-01-01 23:59", "2024-01-02 00:01", "2024-01-09 12:00"])})
    found = stages.assign(sales).loc[1]
    assert found[["n_days_bought", "monetary"]].to_list() == [2, 22.0]
    assert [str(d.date()) for d in found[["first_date", "last_date"]]] == ["2024-01-01", "2024-01-09"]


def test_one_day_of_purchases_asks_for_what_can_be_done():
    sales = ibis.memtable({"customer_id": [1, 2], "amount": [5.0, 6.0], "date": ["2024-05-04", "2024-05-04"]})
    with pytest.raises(DataError, match=r"(?s)all of one day, 2024-05-04, .* begin before 2024-05-04$") as told:
        purchase_days.earlier(sales, purchase_days.part(sales, 1 / 4, 90))
    assert "fewer" not in str(told.value)
    with pytest.raises(DataError, match=r"take at most 6 days, .*, or a later day as `as_of`"):
        purchase_days.earlier(sales, 7, "2024-05-10")
    assert purchase_days.earlier(sales, 6, "2024-05-10") == dt.date(2024, 5, 4)


def test_observed_gaps_are_drawn_towards_nothing(purchases):
    customers = stages.assign(purchases)
    observed = stages.observed_gaps(customers)
    expected = {c: (max(d) - min(d)).days / (len(d) - 1) if len(d) > 1 else np.nan for c, d in {
        c: set(g.loc[g["amount"].fillna(0).map(cents).groupby(g["date"]).transform("sum") >= 0, "date"].dt.date)
        for c, g in purchases.groupby("customer_id")}.items() if d}
    assert observed.to_dict() == pytest.approx(expected, nan_ok=True)
    spread = observed.quantile(0.75) - observed.quantile(0.25)
    shrunken = customers["gap_days"].where(customers["n_days_bought"] > 1)
    assert shrunken.quantile(0.75) - shrunken.quantile(0.25) < spread


def on_a_schedule(gone: int = 0, n: int = 200) -> pd.DataFrame:
    """Customers who buy every 2, 7, 14, 30 or 60 days through a year; of each kind `gone` of 40 stop after half of it."""
    rows = []
    for c in range(n):
        every, last = (2, 7, 14, 30, 60)[c % 5], 180 if c // 5 < gone else 360
        rows += [(c, day, 10.0) for day in range(c % every, last, every)]
    made = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    return made.assign(date=pd.Timestamp("2024-01-01") + pd.to_timedelta(made["day"], unit="D"))


@pytest.mark.parametrize(("gone", "withheld"), [(0, ["About to lapse", "At risk", "Cannot lose them", "Hibernating"]), (30, [])])
def test_a_name_of_drifting_away_is_used_where_the_rhythm_bears_it_out(gone, withheld):
    sales = on_a_schedule(gone)
    scored, now = rfm.scores(sales), stages.assign(sales)
    late = now["stage"].isin(stages.AT_RISK)
    assert late.groupby(late.index // 5 < gone).mean().to_dict() == ({False: 0} if not gone else {False: 0, True: 1})
    before = rfm.segment(scored)
    ranked = rfm.ranked(scored, rfm.segment_rules(), late)
    after = rfm.segment(scored, ranked.spec)
    drifting = [name for name in rfm.BY_RANK if name in set(before.labels)]
    assert drifting
    assert set(ranked.withheld) == set(withheld) & set(drifting)
    assert after.labels.replace({old: new for new, old in rfm.BY_RANK.items()}).equals(
        before.labels.replace({old: new for new, old in rfm.BY_RANK.items()}))  # the same people in each
    for name in drifting:
        share = late.reindex(before.labels.index)[before.labels == name].mean()
        assert (name in set(after.labels)) == (share >= 0.5)


def test_names_of_a_study_are_left_as_they_are():
    sales = on_a_schedule()
    own = [{"name": "At risk", "when": {"r": [1, 2]}}, {"name": "Others", "when": {"r": {"at_least": 3}}}]
    scored = rfm.scores(sales)
    assert rfm.ranked(scored, rfm.segment_rules(bands=own), pd.Series(False, index=scored.index)).withheld == ()
