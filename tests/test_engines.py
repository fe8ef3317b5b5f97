"""The engines of the tests are there and answer: a local Spark and a local PostgreSQL."""

import ibis
import pandas as pd


def test_spark_counts(spark, tmp_path):
    pd.DataFrame({"customer_id": ["a", "b", "a"]}).to_parquet(tmp_path / "t.parquet")
    t = spark.read_parquet(str(tmp_path / "t.parquet"))
    counted = t.group_by("customer_id").aggregate(n=t.count()).order_by("customer_id").execute()
    assert counted["n"].to_list() == [2, 1]


def test_postgres_counts(postgres):
    connection = ibis.connect(postgres)
    table = connection.create_table("counted", pd.DataFrame({"customer_id": ["a", "b", "a"]}), temp=True)
    assert table.count().execute() == 3
    connection.disconnect()
