"""Records are read the same way by Spark and by DuckDB."""

import ibis
import pandas as pd
import pyarrow as pa

from segkit.data import persons

ROWS = pa.table({
    "customer_id": list("123456"), "name": ["Nguyễn Thị Hoà", "Hòa Nguyen Thi", "Đỗ D. Minh", "vũ thị phương văn", None, "Chị 3 (VIP)"],
    "phone": ["+84 912 345 678", "01682345678", "912345678", "x", "(028) 3822-1234", "84120 123 4567"],
    "email": ["Lan.Tran+x@gmail.com", "a@b.vn", None, "no", "X@Y.COM", "a.b@googlemail.com"], "birth_date": ["1990-01-02"] * 6,
    "city": ["TP. Hồ Chí Minh", "Tỉnh An Giang", "Huế", None, "Hà Nội", "-"], "gender": ["Nữ", "nam", "F", "?", None, "male"],
    "address": ["12 Lê Lợi"] * 6, "card": ["A1", " ", None, "B2", "B2", "c"]})


def test_spark_and_duckdb_read_records_alike(spark):
    spark._session.createDataFrame(ROWS).createOrReplaceTempView("people_of_the_test")
    there = persons._compared(persons._texts(spark.table("people_of_the_test"), ["card"]), ["card"]).to_pandas()
    here = persons._compared(persons._texts(ibis.memtable(ROWS), ["card"]), ["card"]).to_pandas()
    there, here = (t.sort_values("customer_id", ignore_index=True).astype("str") for t in (there, here))
    pd.testing.assert_frame_equal(there, here)
