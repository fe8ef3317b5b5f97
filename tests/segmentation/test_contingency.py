import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segkit.segmentation import profile
from segkit.segmentation.description import contingency

COLUMNS = {
    "short": ["a", "b", "", "Nữ", "không"], "eight": ["abcdefgh", "abcdefgi", "bbcdefgh", "abcdefg"],
    "same ends": ["0123456789-x-0123456789", "0123456789-y-0123456789", "0123456789-xx-0123456789"],
    "long": [f"một giá trị khá dài, số {i}" for i in range(30)], "zeros": ["a", "a\0", "\0", "\0\0", ""],
    "many": [f"v{i}" for i in range(600)]}


def shuffled(values, n=3000, missing=0.05, seed=0):
    rng = np.random.default_rng(seed)
    made = pd.Series(np.array(values, dtype=object)[rng.integers(0, len(values), n)], dtype="str")
    return made.mask(rng.random(n) < missing)


def group(n, k=3, seed=1):
    return np.random.default_rng(seed).integers(-1, k, n)


def crosstab(column, place):
    return pd.crosstab(column[place >= 0], place[place >= 0])


@pytest.mark.parametrize("name", COLUMNS)
def test_texts_are_counted_as_by_crosstab(name):
    column = shuffled(COLUMNS[name])
    place = group(len(column))
    expected = sorted(map(tuple, crosstab(column, place).to_numpy()))
    code, values = contingency.codes(column)
    found = contingency.merged(contingency.counts(code, len(values), place, 3), values)
    assert sorted(map(tuple, found)) == expected


@pytest.mark.parametrize("column", [
    pd.Series(["x", "y", None, "x"] * 25).astype("category"), pd.Series([True, False] * 50),
    pd.Series([True, None] * 50, dtype="boolean"), pd.Series(["x", 1, None, dt.date(2024, 1, 1)] * 25, dtype=object),
    pd.Series([["a"], ["b"], None, ["a"]] * 25, dtype=object), pd.Series(pd.date_range("2024-01-01", periods=4).repeat(25)),
    pd.Series(["x", "y", None, "x"] * 25, dtype=pd.StringDtype("python")),
], ids=["category", "bool", "boolean", "mixed", "lists", "days", "python text"])
def test_columns_of_any_kind_are_counted_as_by_crosstab(column):
    place = group(len(column), k=2)
    code, values = contingency.codes(column)
    found = contingency.merged(contingency.counts(code, len(values), place, 2), values)
    known = column.notna()
    expected = crosstab(column[known].astype(str), place[known])
    assert sorted(map(tuple, found)) == sorted(map(tuple, expected.to_numpy()))


def test_values_that_read_alike_are_one():
    column = pd.Series(["1", 1, "2", 1, "1"], dtype=object)
    code, values = contingency.codes(column)
    found = contingency.merged(contingency.counts(code, len(values), np.zeros(5, int), 1), values)
    assert sorted(found.ravel()) == [1, 4]


@pytest.mark.parametrize("rows", [0, 10**9])
def test_descriptions_equal_crosstab_and_scipy(by_group, monkeypatch, rows):
    """Side by side and one by one."""
    monkeypatch.setattr(contingency, "MANY_ROWS", rows)
    known = pd.DataFrame({name: shuffled(values, seed=i) for i, (name, values) in enumerate(COLUMNS.items())})
    segment = pd.Series(np.random.default_rng(7).choice(list("abcdef"), len(known)))
    found = profile.describe(known, by_group(segment), list(known))
    for name in known:
        counts = pd.crosstab(known[name], segment)
        expected = stats.chi2_contingency(counts, correction=False)
        assert found.loc[name, "n"] == counts.to_numpy().sum()
        assert found.loc[name, "statistic"] == pytest.approx(expected.statistic, rel=1e-9)
        permuted = "permutation" in found.loc[name, "test"]  # where counts are small
        assert found.loc[name, "p_value"] == pytest.approx(expected.pvalue, **({"abs": 0.05} if permuted else {"rel": 1e-9}))
        n, (r, c) = counts.to_numpy().sum(), counts.shape  # Bergsma (2013), by its formula
        excess = max(0.0, expected.statistic / n - (r - 1) * (c - 1) / (n - 1))
        least = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
        assert found.loc[name, "effect_size"] == pytest.approx(np.sqrt(excess / least), rel=1e-9)
