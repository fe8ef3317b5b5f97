import pickle

import pytest

from segkit.words.errors import DataError, Fault, SegkitError, check_columns, did_you_mean


def test_report_lists_every_fault_with_its_fix():
    error = DataError([Fault("column 'a'", "is missing", "add it"), Fault("column 'b'", "is empty", rows=(2, 5))], "x.csv")
    assert str(error) == "x.csv: 2 faults\n- column 'a': is missing\n  → add it\n- column 'b': is empty (rows 2, 5)"


def test_error_survives_pickling():
    error = pickle.loads(pickle.dumps(DataError([Fault("k", "is 0")], "study")))
    assert isinstance(error, DataError)
    assert str(error) == "study: 1 fault\n- k: is 0"


def test_check_columns_names_all_that_are_missing():
    with pytest.raises(DataError) as caught:
        check_columns(["date", "amout"], ["amount", "id"], "sales.csv")
    assert len(caught.value.faults) == 2
    assert "did you mean `amount`?" in str(caught.value)


def test_long_lists_of_names_are_cut():
    assert did_you_mean("zzz", [f"column_{i}" for i in range(100)]).endswith("…")


def test_one_base_class_catches_all():
    assert issubclass(DataError, SegkitError)
