import calendar
import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from segkit.lifecycle import cohorts, migration, stages
from segkit.words.errors import DataError, SegkitError


def cents(amount):
    return 0 if math.isnan(amount) else int(math.copysign(math.floor(abs(amount * 100) + 0.5), amount))


def period_of(day, months):
    return (day.year * 12 + day.month - 1) // months


def by_moment(lines):
    """Cents of each customer and time stamp."""
    moments = {}
    for customer, moment, c in lines:
        moments[customer, moment] = moments.get((customer, moment), 0) + c
    return moments


def looped(sales, months, as_of=None):
    """Cohorts by loops over customers and periods, as {(first day, period): row}."""
    lines = [(r.customer_id, r.date, cents(r.amount)) for r in sales.itertuples() if not pd.isna(r.date)]
    end = as_of or max(d.date() for _, d, _ in lines)
    lines = [line for line in lines if line[1].date() <= end]
    start = min(d.date() for _, d, _ in lines)
    bought, spent = {}, {}
    for (customer, day), c in by_moment(lines).items():
        if c >= 0:
            bought.setdefault(customer, set()).add(period_of(day, months))
    for customer, day, c in lines:
        spent.setdefault(customer, []).append((period_of(day, months), c))
    rows = {}
    for first in sorted({min(p) for p in bought.values()}):
        members = [c for c, p in bought.items() if min(p) == first]
        so_far = 0
        for t in range(period_of(end, months) - first + 1):
            buyers = sum(first + t in bought[c] for c in members)
            money = sum(c for m in members for p, c in spent[m] if max(p - first, 0) == t)
            so_far += money
            low, high = proportion_confint(buyers, len(members), method="wilson")
            begins = dt.date((first + t) * months // 12, (first + t) * months % 12 + 1, 1)
            month = begins.month + months - 1
            ends = dt.date(begins.year, month, calendar.monthrange(begins.year, month)[1])
            cohort = pd.Timestamp(first * months // 12, first * months % 12 + 1, 1)
            rows[cohort, t] = [
                len(members), buyers, buyers / len(members), low, high,
                sum(max(bought[c]) >= first + t for c in members) / len(members), money / 100,
                money / 100 / len(members), so_far / 100 / len(members), begins >= start and ends <= end]
    return rows


def assert_same(found, rows):
    assert found.index.to_list() == list(rows)
    for key, row in zip(rows, found.itertuples(index=False), strict=True):
        assert list(row) == pytest.approx(rows[key], rel=1e-12, abs=1e-12), key


@pytest.mark.parametrize("as_of", [None, dt.date(2024, 4, 30)])
@pytest.mark.parametrize("period", ["month", "quarter"])
def test_cohorts_equal_a_loop_over_customers(purchases, period, as_of):
    assert_same(cohorts.table(purchases, period, as_of), looped(purchases, cohorts.PERIODS[period], as_of))


LINES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 150), st.sampled_from([-2.5, 0.0, 1.0, 9.99])),
                 min_size=1, max_size=20)


@settings(max_examples=25, deadline=None)
@given(lines=LINES, period=st.sampled_from(["month", "quarter"]))
def test_cohorts_of_any_purchases_equal_a_loop(lines, period):
    sales = pd.DataFrame(lines, columns=["customer_id", "date", "amount"])
    sales["date"] = pd.Timestamp("2023-11-15") + pd.to_timedelta(sales["date"], unit="D")
    if not (sales.groupby(["customer_id", "date"])["amount"].sum().round(6) >= 0).any():
        with pytest.raises(DataError, match=r"have no (row|purchase)"):
            cohorts.table(sales, period)
        return
    assert_same(cohorts.table(sales, period), looped(sales, cohorts.PERIODS[period]))


def test_spark_gives_the_same_cohorts_exactly(purchases, on_spark):
    pd.testing.assert_frame_equal(cohorts.table(on_spark(purchases)), cohorts.table(purchases))


def test_cohorts_of_cdnow_equal_pandas():
    from segkit.data import open as sources

    sales = sources.table("cdnow.transactions").execute()
    month = sales["date"].dt.to_period("M")
    first = month.groupby(sales["customer_id"]).transform("min")
    since = (month.dt.year - first.dt.year) * 12 + month.dt.month - first.dt.month
    buyers = sales.groupby([first, since])["customer_id"].nunique()
    found = cohorts.table("cdnow.transactions")
    assert found["n_buyers"].to_list() == buyers.to_list()
    assert found["n_customers"].groupby("cohort").first().to_list() == [7846, 8476, 7248]
    assert found["revenue"].sum() == pytest.approx(sales["amount"].sum())


def test_activity_and_survival_are_told_apart(purchases):
    table = cohorts.table(purchases)
    assert (table["activity_share"] <= table["survival_share"]).all()
    assert (table["activity_share"] < table["survival_share"]).any()
    assert (table["survival_share"].groupby("cohort").diff().dropna() <= 0).all()
    at_start, at_end = table.groupby("cohort").first(), table.groupby("cohort").last()
    assert (at_start[["activity_share", "survival_share"]] == 1).all(axis=None)
    assert (at_end["activity_share"] == at_end["survival_share"]).all()


def test_every_customer_and_cent_is_in_a_cohort(purchases):
    table = cohorts.table(purchases)
    who = stages.assign(purchases)
    assert table.groupby("cohort")["n_customers"].first().sum() == len(who)
    assert table["revenue"].sum() == pytest.approx(who["monetary"].sum())


def test_a_period_only_partly_in_the_data_is_marked_and_not_compared():
    sales = pd.DataFrame({"customer_id": [1, 1, 2, 2], "amount": 1.0, "date": pd.to_datetime(
        ["2024-01-02", "2024-02-01", "2024-02-01", "2024-03-30"])})
    table = cohorts.table(sales)
    assert table["is_whole"].to_list() == [False, True, False, True, False]
    assert cohorts.grid(table).isna().to_numpy().tolist() == [[True, False, True], [False, True, True]]
    assert cohorts.average(table)[["n_cohorts", "n_customers"]].values.tolist() == [[1, 1], [1, 1]]
    assert cohorts.table(sales, as_of="2024-03-31")["is_whole"].to_list() == [False, True, True, True, True]


def test_average_weighs_by_customers(purchases):
    table = cohorts.table(purchases)
    found = cohorts.average(table)
    for t, row in found.iterrows():
        part = table[table["is_whole"] & (table.index.get_level_values("cohort_age") == t)]
        assert row["n_cohorts"] == len(part)
        for column in ("activity_share", "survival_share", "revenue_per_customer"):
            assert row[column] == pytest.approx(np.average(part[column], weights=part["n_customers"]))


def test_order_of_rows_and_names_of_customers_change_no_cohort(purchases):
    table = cohorts.table(purchases)
    changed = purchases.assign(customer_id=(7 * purchases["customer_id"]).astype(str)).sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(cohorts.table(changed), table)


def test_customers_who_bought_once_are_a_cohort_too():
    sales = pd.DataFrame({"customer_id": [1, 2], "amount": 1.0, "date": pd.to_datetime(["2024-01-01", "2024-02-29"])})
    table = cohorts.table(sales)
    assert table["activity_share"].to_list() == [1, 0, 1]
    with pytest.raises(DataError, match="no row"):
        cohorts.table(sales.head(0))
    with pytest.raises(SegkitError, match="must be one of month, quarter"):
        cohorts.table(sales, "week")


# migration

LABELS = st.dictionaries(st.integers(0, 12), st.sampled_from(["a", "b", "c", None]), max_size=10)


@settings(max_examples=60, deadline=None)
@given(before=LABELS, after=LABELS)
def test_migration_accounts_for_every_customer(before, after):
    first, second = (pd.Series(d, dtype=object) for d in (before, after))
    table = migration.table(first, second, order=["a", "b", "c"])
    expected = {}
    for customer in {*before, *after}:
        move = ((before[customer] or migration.UNLABELLED) if customer in before else migration.ENTERED,
                (after[customer] or migration.UNLABELLED) if customer in after else migration.LEFT)
        expected[move] = expected.get(move, 0) + 1
    assert {move: n for move, n in table["n"].items() if n} == expected
    assert table["n"].sum() == len({*before, *after})
    for move, row in table.iterrows():
        had = sum(n for (start, _), n in expected.items() if start == move[0])
        if had:
            low, high = proportion_confint(row["n"], had, method="wilson")
            assert row[["moved_share", "moved_low", "moved_high"]].to_list() == pytest.approx(
                [row["n"] / had, low, high])
        else:
            assert row[["moved_share", "moved_low", "moved_high"]].isna().all()
    balance = migration.balance(table)
    assert (balance["n_after"] == balance["n_before"] - balance["n_gone"] + balance["n_come"]).all()
    for label in "abc":
        assert balance.loc[label, ["n_before", "n_after"]].to_list() == [
            list(before.values()).count(label), list(after.values()).count(label)]


def test_migration_of_stages_between_two_days(purchases):
    before, after = (stages.assign(purchases, day)["stage"] for day in ("2024-03-01", None))
    table = migration.table(before, after, stages.STAGES)
    counts = migration.grid(table, "n")
    assert list(counts.index) == [*stages.STAGES, migration.ENTERED]
    assert list(counts.columns) == list(stages.STAGES)  # nobody leaves the data
    assert counts.loc[migration.ENTERED].sum() == len(after) - len(before)
    joined = pd.DataFrame({"before": before, "after": after}).dropna()
    for (start, end), n in joined.value_counts().items():
        assert counts.loc[start, end] == n


def test_labels_that_are_no_text_and_the_order_of_rows():
    before, after = pd.Series({1: 2, 2: 1, 3: 1}), pd.Series({3: 2, 2: 1, 1: 2})
    table = migration.table(before, after)
    assert table["n"].to_dict() == {("1", "1"): 1, ("1", "2"): 1, ("2", "1"): 0, ("2", "2"): 1}
    pd.testing.assert_frame_equal(migration.table(before[::-1], after), table)


@pytest.mark.parametrize(("before", "order", "words"), [
    (pd.Series(["a", "b"], index=[1, 1]), None, "names a customer twice, such as 1"),
    (pd.Series(["a", "b"]), ["a"], "label 'b': is not in `order`"),
    (pd.Series([migration.LEFT]), None, "is a name of this table"),
])
def test_labels_that_cannot_be_compared_are_explained(before, order, words):
    with pytest.raises(DataError, match=words):
        migration.table(before, pd.Series({9: "a"}), order)
