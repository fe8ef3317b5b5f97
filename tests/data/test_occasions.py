"""One rule for what a purchase occasion is: basket, else time stamp, else day; what comes to less than 0 is none."""

import datetime as dt

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segkit.data import occasions
from segkit.data import open as sources
from segkit.data.contract import days
from segkit.lifecycle import stages, value
from segkit.positioning import brands
from segkit.segmentation import behaviour, rfm
from segkit.words.errors import DataError


def made(rows, **more):
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"]).assign(**more)
    return sources.table(frame.assign(date=pd.to_datetime(frame["date"], format="ISO8601")))


@pytest.mark.parametrize(("baskets", "expected"), [
    ([1, 1, 1, 2], [(-200, False), (700, True)]),           # the basket comes to 5 + 2 + −9
    ([1, 1, None, 2], [(-900, False), (700, True), (700, True)]),
    (None, [(-900, False), (700, True), (700, True)]),
])
def test_an_occasion_is_judged_by_all_its_lines(baskets, expected):
    table = made([("a", "2024-01-01 09:00", 5), ("a", "2024-01-01 09:00", 2), ("a", "2024-01-01 18:00", -9),
                  ("a", "2024-01-02 09:00", 7)], **({} if baskets is None else {"basket_id": baskets}))
    found = occasions.gathered(table).execute()
    assert sorted(zip(found["cents"], found["is_purchase"], strict=True)) == expected


def test_where_days_alone_are_recorded_a_day_is_one_occasion():
    found = occasions.gathered(made([("a", "2024-01-01", 5), ("a", "2024-01-01", -5), ("a", "2024-01-02", 1)])).execute()
    assert sorted(zip(found["cents"], found["is_purchase"], strict=True)) == [(0, True), (100, True)]


def test_one_basket_number_of_two_customers_is_two_occasions():
    assert occasions.gathered(made([("a", "2024-01-01", 5), ("b", "2024-01-01", 5)], basket_id=7)).count().execute() == 2


def test_an_occasion_lies_where_something_was_bought():
    found = occasions.gathered(made([("a", "2024-01-01", -1), ("a", "2024-01-02", 5), ("a", "2024-01-05", 5),
                                     ("a", "2024-06-30", -9)], basket_id=1)).execute().iloc[0]
    assert (found["first"], found["last"]) == (pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-05"))
    assert (found["cents"], found["is_purchase"]) == (0, True)


@pytest.mark.parametrize(("dates", "baskets", "expected"), [
    (["2024-01-01", "2024-01-02"], None, occasions.DAY),
    (["2024-01-01", "2024-01-02 10:00"], None, occasions.STAMP),
    (["2024-01-01", "2024-01-02 10:00"], [1, 2], occasions.BASKET),
    (["2024-01-01", "2024-01-02 10:00"], [1, None], occasions.BASKET_OR_STAMP),
    (["2024-01-01", "2024-01-02 10:00"], [None, 1], occasions.BASKET_OR_DAY),
    (["2024-01-01", "2024-01-02"], [None, None], occasions.DAY),
])
def test_the_rule_in_use_is_told(dates, baskets, expected):
    table = made([("a", day, 1) for day in dates], **({} if baskets is None else {"basket_id": pd.array(baskets, "Int64")}))
    assert occasions.rule(table) == expected


KINDS = {
    "date": pa.date32(), "seconds": pa.timestamp("s"), "nanoseconds": pa.timestamp("ns"),
    "instant": pa.timestamp("us", tz="UTC"), "text": pa.string(),
}


@pytest.fixture(params=KINDS)
def of_kind(request, tmp_path):
    """Purchases in a Parquet file whose day has one of the types; b bought twice on one day."""
    rows = [("a", "2024-01-05"), ("a", "2024-03-01"), ("b", "2024-03-20"), ("b", "2024-03-20"), ("c", "2024-02-10")]
    written = [day if request.param == "text" else dt.date.fromisoformat(day) for _, day in rows]
    table = pa.table({"customer_id": [c for c, _ in rows], "brand": ["A", "B", "A", "A", "B"], "amount": [1.0, 2, 3, 4, 5],
                      "date": pa.array(written, None if request.param == "text" else pa.date32()).cast(KINDS[request.param])})
    path = tmp_path / f"{request.param}.parquet"
    pq.write_table(table, path)
    return str(path)


def test_every_type_of_day_gives_the_same_scores(of_kind):
    scored = rfm.scores(of_kind)
    assert scored[["recency_days", "frequency", "monetary", "tenure_days"]].values.tolist() == [
        [19, 2, 3, 75], [0, 1, 7, 0], [39, 1, 5, 39]]
    table = sources.table(of_kind)
    assert behaviour.features(table).execute()["weekend_share"].to_list() == [0, 0, 1]
    assert brands.performance(of_kind)["n_buyers"].to_dict() == {"A": 2, "B": 2}
    assert occasions.rule(table) == occasions.DAY
    assert stages.assign(table)["n_days_bought"].to_list() == [2, 1, 1]
    assert value.summarise(of_kind)["repeat_frequency"].to_list() == [1, 0, 0]
    with pytest.raises(DataError, match="1 purchases are after `as_of` 2024-03-19"):
        rfm.scores(made([("a", "2024-03-20", 1), ("b", "2024-03-01", 1)]), as_of="2024-03-19")


def test_days_of_a_frame_may_be_date_objects():
    sales = pd.DataFrame({"customer_id": [1, 2], "date": [dt.date(2024, 1, 31), dt.date(2024, 2, 1)], "amount": 1.0})
    assert rfm.scores(sales)["recency_days"].to_list() == [1, 0]


@pytest.mark.parametrize(("column", "words"), [
    (["2024-01-31", "2024-02-30"], ["1 values that are no days", "'2024-02-30'"]), ([5, 6], ["holds int64, not days"]),
])
def test_what_is_no_day_is_told(column, words):
    with pytest.raises(DataError) as error:
        days.moments(ibis.memtable({"date": column}))
    assert all(word in str(error.value) for word in words)


def test_who_bought_is_the_same_for_scores_and_stages():
    table = made([("a", "2024-01-01", 100), ("a", "2024-06-01", -100), ("b", "2024-05-01", 5), ("c", "2024-05-01", -5)])
    scored = rfm.scores(table)
    assert list(scored.index) == list(stages.assign(table).index) == ["a", "b"]
