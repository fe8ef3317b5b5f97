"""Two runs of one study: windows of one length, what chance alone moves, kept runs, and notes beside the numbers."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import kmeans, prediction, saved
from segkit.targeting import notes, review, runs
from segkit.words.errors import DataError


def shop(n=300, change=0.0, seed=1):
    """Purchases of two kinds of customers over 2024, weekly small and monthly large ones; a share changes its kind in July."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(n):
        for half in (0, 1):
            often = (i % 2 == 0) != (half == 1 and rng.random() < change)
            for day in np.flatnonzero(rng.random(183) < (1 / 7 if often else 1 / 25)):
                rows.append((i, pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(half * 183 + day)), round(float(rng.gamma(9, 2 if often else 6)), 2)))
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


def test_windows_have_one_length():
    sales = ibis.memtable(shop(20))
    made = runs.windows(sales, "2024-06-30", "2024-12-31")
    assert made == (dt.date(2024, 6, 30), dt.date(2024, 12, 31), (dt.date(2024, 6, 30) - shop(20)["date"].min().date()).days + 1)
    assert runs.windows(sales, "2024-10-31", "2024-12-31").n_days == 61  # no overlap
    for given, words in (({"since": "2023-12-01"}, "not between"), ({"since": "2025-12-01"}, "not between"), ({"since": "soon"}, "write the day"),
                         ({"since": "2024-06-30", "window_days": 400}, "from 1 to 18"), ({"window_days": 0}, "whole number")):
        with pytest.raises(DataError, match=words):
            runs.windows(sales, **given)


def test_both_windows_hold_their_own_purchases():
    sales = shop(30)
    made = runs.measured(ibis.memtable(sales), dt.date(2024, 12, 31), 31)
    own = sales[sales["date"] >= "2024-12-01"]
    assert made["frequency"].to_dict() == own.groupby("customer_id").size().to_dict()
    with pytest.raises(DataError, match="have none in the 5 days"):
        runs.measured(ibis.memtable(sales), dt.date(2026, 1, 1), 5)


def test_people_who_stay_the_same_move_as_chance_moves_them_and_others_more():
    told = {}
    for change in (0.0, 0.5):
        made = runs.two(ibis.memtable(shop(change=change)), ["frequency", "average_basket"], k=3, since="2024-07-01", random_state=1)
        found = review.compare(made.before, made.after, made.measures_before, made.measures_after, made.moved_by_chance, 1)
        low, high = np.quantile(made.moved_by_chance, [0.025, 0.975])
        told[change] = found.moved_share, low - 0.06, high + 0.06  # of one half year beside another: two standard errors of a share
        assert len(made.order) == 3
        assert set(made.before) == set(made.order)
    same, low, high = told[0.0]
    assert low <= same <= high
    assert told[0.5][0] > told[0.5][2]


def test_the_same_rule_tells_the_second_run():
    sales = ibis.memtable(shop())
    made = runs.two(sales, ["frequency"], k=2, names={1: "A", 2: {"en": "B", "vi": "Bê"}}, since="2024-07-01", random_state=1)
    formed = kmeans.segment(made.measures_before, 2, scale="log", random_state=1)
    assert made.order == ["A", "B"]
    assert (made.after == prediction.labels(formed, made.measures_after).map({1: "A", 2: "B"})).all()


def test_kept_runs_without_names_are_numbered_alike(tmp_path):
    sales = shop()
    X = runs.measured(ibis.memtable(sales), dt.date(2024, 12, 31), 183)[["frequency"]]
    formed = kmeans.segment(X, 2, scale="log", random_state=1)
    turned = formed.relabel({1: 2, 2: 1})
    for name, made in (("one", formed), ("two", turned)):
        (tmp_path / f"{name}.parquet").write_bytes(saved.pack(made))
    made = runs.two(ibis.memtable(sales), ["frequency"], str(tmp_path / "two.parquet"), str(tmp_path / "one.parquet"), since="2024-07-01")
    assert (made.before == made.after).all()
    assert len(made.moved_by_chance) == 0
    strange = formed.assignments.set_axis([f"x{i}" for i in range(len(X))])
    (tmp_path / "gone.parquet").write_bytes(saved.pack(formed.__class__(**{**formed.__dict__, "assignments": strange})))
    with pytest.raises(DataError, match="segmented none of the customers"):
        runs.two(ibis.memtable(sales), ["frequency"], str(tmp_path / "two.parquet"), str(tmp_path / "gone.parquet"), since="2024-07-01")


GROWTH = pd.DataFrame({"share_change": [0.1, -0.1], "change_verdict": ["more than before", "less than before"]}, index=pd.Index(["A", "B"], name="segment"))


def test_notes_stand_beside_their_segment():
    given = [{"segment": "B", "department": "Service", "note": "they ask for Sundays", "day": dt.date(2024, 12, 1)},
             {"segment": "A", "department": {"en": "Sales", "vi": "Bán hàng"}, "note": {"en": "packs", "vi": "gói"}}]
    made = notes.beside(given, GROWTH)
    assert made.index.tolist() == ["A", "B"]
    assert made["share_change"].tolist() == [0.1, -0.1]
    assert made["note"].tolist() == [{"en": "packs", "vi": "gói"}, {"en": "they ask for Sundays", "vi": "they ask for Sundays"}]
    assert made["noted_on"].tolist() == ["", "2024-12-01"]
    assert notes.beside([], GROWTH).attrs["left_out"] == notes.NONE


@pytest.mark.parametrize(("given", "words"), [
    ("a note", "write a list"), (["x"], "write `{segment"), ([{"segment": "C", "department": "x", "note": "y"}], "which there is not"),
    ([{"segment": "A", "note": "y"}], "has no `department`"), ([{"segment": "A", "department": "x", "note": "y", "who": 1}], "unknown key `who`")])
def test_faults_of_notes(given, words):
    with pytest.raises(DataError, match=words):
        notes.beside(given, GROWTH)
