"""Records are read the same way by Spark and by DuckDB, and linked the same way."""

import importlib.util
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from segkit.data import unify
from segkit.data.people import persons

_spec = importlib.util.spec_from_file_location("unify_bench", Path(__file__).resolve().parents[2] / "benchmarks" / "unify.py")
bench = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bench)

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


def test_people_are_linked_in_spark_as_in_duckdb(spark):
    kept = ["customer_id", "name", "phone", "birth_date", "member_no"]
    sources = {name: frame[kept] for name, frame in bench.simulated(120, 0.15, seed=5)[1].items()}
    for name, frame in sources.items():
        plain = frame.astype(object).where(frame.notna(), None)
        spark._session.createDataFrame(plain.to_dict("records"), schema=_schema(frame)).createOrReplaceTempView(
            f"{name.replace(' ', '_')}_of_the_test")
    there = unify.link({name: spark.table(f"{name.replace(' ', '_')}_of_the_test") for name in sources}, ["member_no"],
                       u_pairs=2e4)
    here = unify.link(sources, ["member_no"], u_pairs=2e4)
    ids = ["data_source", "source_id"]
    both = there.members.merge(here.members, on=ids, suffixes=("_there", "_here"), validate="1:1")
    assert len(both) == len(here.members) == sum(map(len, sources.values()))
    together = [set(zip(*np.nonzero(np.equal.outer(*[both[f"customer_id_{side}"].to_numpy()] * 2)), strict=True))
                for side in ("there", "here")]
    assert len(together[0] & together[1]) > 0.97 * len(together[0] | together[1])
    assert len(here.customers) < 0.8 * len(here.members)
    assert set(there.links["decision"]) <= set(here.links["decision"]) | {"review"}


def _schema(frame):
    return ", ".join(f"`{column}` {'timestamp' if str(kind).startswith('datetime') else 'string'}"
                     for column, kind in frame.dtypes.items())
