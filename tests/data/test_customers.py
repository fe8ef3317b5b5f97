"""The customer table: loading, counting, joining, and bands as numbers."""

import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.data import customers
from segkit.words.errors import DataError, SegkitError


def test_no_source_is_an_empty_table():
    assert customers.load("").empty
    assert customers.load(None).index.name == "customer_id"


def test_load_maps_sorts_and_keeps_descriptors(save):
    found = customers.load(save("mã,tuổi\nK2,30\nK1,20\n"), {"customer_id": "mã"})
    assert found.index.to_list() == ["K1", "K2"]
    assert found["tuổi"].to_list() == [20, 30]


@pytest.mark.parametrize(("text", "words"), [
    ("customer_id,age\nK1,20\nK2,30\nK1,40\n", "1 ids stand in more than one row: K1 (rows 4)"),
    ("customer_id,age\nK1,20\n,30\n", "1 row has no value (rows 3)"),
    ("kunde,age\nK1,20\n", "column 'customer_id': is missing"),
])
def test_faults_of_the_customer_table(save, text, words):
    with pytest.raises(DataError) as raised:
        customers.load(save(text))
    assert words in str(raised.value)


def test_an_ibis_table_of_customers():
    assert customers.load(ibis.memtable({"customer_id": ["a", "b"], "age": [1, 2]})).index.to_list() == ["a", "b"]


def test_counts_of_an_ibis_table():
    contacts = ibis.memtable({"household": [1, 1, 2]})
    assert customers.counts(contacts, "household", "n_contacts").to_dict() == {1: 2, 2: 1}


def test_counts_leave_out_rows_without_a_customer():
    contacts = pd.DataFrame({"household": pd.array([1, 1, None, 2], dtype="Int64")})
    assert customers.counts(contacts, "household", "n_contacts").to_dict() == {1: 2, 2: 1}
    assert customers.counts("", "household", "n_contacts").empty


def test_counts_name_a_missing_column():
    with pytest.raises(DataError, match="did you mean `household`"):
        customers.counts(pd.DataFrame({"household": [1]}), "houshold", "n")


def test_descriptors_have_two_to_fifty_values():
    known = pd.DataFrame({"age": ["19-24", "65+"] * 30, "country": "VN", "name": [f"n{i}" for i in range(60)], "none": None})
    assert customers.descriptors(known) == ["age"]
    assert customers.descriptors(known, ["name"]) == ["name"]


@pytest.mark.parametrize("wanted", [["agee"], [5], [None]])
def test_descriptors_that_are_not_there(wanted):
    with pytest.raises(DataError, match="is not in the customer data"):
        customers.descriptors(pd.DataFrame({"age": [1, 2]}), wanted)


def test_join_fills_counts_only_and_changes_nothing():
    base = pd.DataFrame({"age": ["19-24", "65+"]}, index=["a", "b"])
    counts, spent = pd.Series({"a": 3}, name="n_contacts"), pd.Series({"a": 2.5}, name="spent")
    joined = customers.join(base, counts, spent)
    assert joined["n_contacts"].to_list() == [3, 0]
    assert np.isnan(joined["spent"].iloc[1])
    assert list(base.columns) == ["age"]
    assert customers.join(base).equals(base)


def test_join_leaves_counts_without_a_source_unknown():
    base = pd.DataFrame({"age": [1, 2]}, index=["a", "b"])
    assert customers.join(base, customers.counts("", "x", "n_contacts"))["n_contacts"].isna().all()


def test_join_of_tables_with_the_same_column():
    with pytest.raises(SegkitError, match="age"):
        customers.join(pd.DataFrame({"age": [1]}, index=["a"]), pd.DataFrame({"age": [2]}, index=["a"]))


@pytest.mark.parametrize(("band", "lower"), [
    ("50-74K", 50_000), ("Under 15K", 0), ("250K+", 250_000), ("19-24", 19), ("65+", 65), ("< 20", 0), ("dưới 5 triệu", 0),
    ("1.5K-2K", 1500), ("unknown", None), (None, None),
    ("$35,000 - $49,999", 35_000), ("15.000-20.000", 15_000), ("Less than 15K", 0), ("Up to 15K", 0), ("500-1K", 500),
    ("5-10 triệu", 5_000_000),
])
def test_lower_bounds(band, lower):
    found = customers.lower_bounds(pd.Series([band], dtype=object)).iloc[0]
    assert pd.isna(found) if lower is None else found == lower
