"""Tables that several questions are asked of are computed once, and say the same as the expression they came from."""

import ibis
import pytest

from segkit.data import engines, occasions, summary
from segkit.data.readers import materialized
from segkit.lifecycle import purchase_days, stages
from segkit.segmentation import history, rfm


@pytest.fixture
def sales():
    made = ibis.memtable({
        "customer_id": [f"C{i % 7}" for i in range(60)], "amount": [float(i % 11 - 2) for i in range(60)],
        "date": [f"2024-{1 + i % 6:02d}-{1 + i % 27:02d}" for i in range(60)]}).cast({"date": "timestamp"})
    return engines.embedded().create_table("sales_of_test", made.to_pyarrow(), temp=True, overwrite=True)


def answers(sales):
    read = history.read(sales, most=5, random_state=1)
    return [summary.overview(sales), summary.by_month(sales), rfm.scores(sales), stages.assign(sales),
            stages.assign(sales, "2024-05-31"), read.features(["frequency", "monetary", "recency_days", "weekend_share"])]


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(materialized, "LARGE", 1)
    monkeypatch.setattr(materialized, "_held", type(materialized._held)())


def test_a_held_table_says_what_the_expression_says(sales, request):
    wanted = answers(sales)
    request.getfixturevalue("large")
    for found, expected in zip(answers(sales), wanted, strict=True):
        assert found.equals(expected)
    assert 0 < len(materialized._held) <= materialized._HELD


def test_the_same_question_is_computed_once(sales, large, monkeypatch):
    first = occasions.gathered(sales)
    made = []
    monkeypatch.setattr(engines.DuckDB, "create_table", lambda *a, **k: made.append(a))
    assert occasions.gathered(sales).equals(first)
    assert not made


def test_a_table_in_use_outlives_the_others(sales, large):
    kept = purchase_days.by_customer(sales).count()
    wanted = kept.execute()
    for hour in range(5):
        occasions.gathered(sales, kept={f"late_{hour}": (ibis._.moment.hour() > hour).any()})
    assert len(materialized._held) == materialized._HELD
    assert kept.execute() == wanted


def test_tables_of_other_engines_stay_expressions(large):
    elsewhere = ibis.duckdb.connect()
    t = elsewhere.create_table("t", ibis.memtable({"a": [1, 1]}).to_pyarrow())
    assert materialized.table(t.distinct(), t).equals(t.distinct())
