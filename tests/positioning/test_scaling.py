"""Multidimensional scaling: R's cmdscale, distances that come back, a stress written out, and no map of chance."""

import numpy as np
import pandas as pd
import pytest
from sklearn.isotonic import IsotonicRegression

from segkit.data.samples import PROJECT
from segkit.positioning import scaling
from segkit.words.errors import DataError


def plane(n=9, seed=0):
    X = np.random.default_rng(seed).normal(size=(n, 2))
    return scaling.between(pd.DataFrame(X, index=[f"b{i}" for i in range(n)]))


def test_the_roads_of_europe_as_cmdscale_has_them():
    roads = pd.read_csv(PROJECT / "tests" / "reference" / "eurodist.csv", index_col=0)
    found = scaling.classical(roads)
    assert found.goodness == pytest.approx(0.75375432, abs=5e-9)
    assert found.goodness_positive == pytest.approx(0.86791343, abs=5e-9)
    assert found.coordinates.loc["Athens", ["dim_1", "dim_2"]].abs().to_list() == pytest.approx([2290.27, 1798.80], abs=0.005)
    for dim in ("dim_1", "dim_2"):
        assert found.coordinates.loc[found.coordinates[dim].abs().idxmax(), dim] > 0


def test_distances_of_a_plane_come_back():
    D = plane()
    found = scaling.classical(D)
    assert (found.goodness, found.goodness_positive) == pytest.approx((1, 1))
    back = scaling.between(found.coordinates[["dim_1", "dim_2"]])
    np.testing.assert_allclose(back, D, atol=1e-9)
    assert found.coordinates["quality"].to_list() == pytest.approx([1] * 9)
    one = scaling.classical(D, 1)
    full = found.coordinates
    assert one.coordinates["quality"].to_list() == pytest.approx((full["dim_1"] ** 2 / (full["dim_1"] ** 2 + full["dim_2"] ** 2)).to_list())


def test_ordinal_scaling_keeps_an_order_that_distances_do_not():
    D = plane()
    bent = D**3
    found = scaling.ordinal(bent, n_starts=6, random_state=1)
    assert found.stress < 0.03
    assert found.lot_p == 0.05
    assert found.lot_stress > 0.1
    back = scaling.between(found.coordinates)
    upper = np.triu_indices(9, 1)
    assert pd.Series(back.to_numpy()[upper]).corr(pd.Series(D.to_numpy()[upper]), method="spearman") > 0.98
    again = scaling.ordinal(bent, n_starts=6, random_state=1)
    pd.testing.assert_frame_equal(again.coordinates, found.coordinates)
    d = back.to_numpy()[upper]
    fitted = IsotonicRegression().fit_transform(bent.to_numpy()[upper], d)
    assert np.sqrt(((d - fitted) ** 2).sum() / (d**2).sum()) == pytest.approx(found.stress, abs=0.01)


def test_dissimilarities_by_lot_give_no_map():
    rng = np.random.default_rng(3)
    D = np.zeros((8, 8))
    D[np.triu_indices(8, 1)] = rng.uniform(1, 2, 28)
    found = scaling.ordinal(pd.DataFrame(D + D.T, index=list("ABCDEFGH"), columns=list("ABCDEFGH")), n_starts=4)
    assert found.coordinates.empty
    assert found.coordinates.attrs["left_out"] == scaling.BY_CHANCE
    assert found.lot_p > 0.05


def test_three_brands_have_no_map():
    found = scaling.ordinal(plane(3))
    assert found.coordinates.attrs["left_out"] == scaling.TOO_FEW


def test_pairs_in_either_order_are_averaged():
    told = pd.DataFrame({"brand": list("AABC"), "other_brand": list("BCAB"), "dissimilarity": [1.0, 4, 3, 5]})
    square = scaling.given(told, None, None, [])
    assert square.to_numpy().tolist() == [[0, 2, 4], [2, 0, 5], [4, 5, 0]]


GOOD = plane(4)


@pytest.mark.parametrize(("table", "words"), [
    (GOOD.iloc[:, :3], "4 × 3"), (GOOD.rename(columns={"b0": "x"}), "not the same names"), (-GOOD, "negative or missing"), (GOOD.where(GOOD < 1), "negative or missing"),
    (GOOD * [1, 2, 1, 1], "not symmetric"), (GOOD + 1, "0 on the diagonal"), (GOOD * 0, "are all 0"), (GOOD.astype(str) + "x", "hold text"), (GOOD.iloc[:1, :1], "1 × 1"),
])
def test_what_is_no_table_of_dissimilarities(table, words):
    with pytest.raises(DataError, match=words):
        scaling.classical(table)


def test_more_dimensions_than_there_are():
    with pytest.raises(DataError, match="2 dimensions"):
        scaling.classical(plane(), 3)
