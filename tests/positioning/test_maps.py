import numpy as np
import pandas as pd
import prince
import pytest

from segkit.data.samples import PROJECT
from segkit.positioning import maps
from segkit.words.errors import DataError

REFERENCE = PROJECT / "tests" / "reference"


def typed(name):
    return pd.read_csv(REFERENCE / f"{name}.csv", index_col=0)


def random_counts(seed):
    rng = np.random.default_rng(seed)
    shape = rng.integers(3, 9, 2)
    return pd.DataFrame(rng.poisson(rng.uniform(1, 30, shape)) + 1, index=[f"brand {i}" for i in range(shape[0])],
                        columns=[f"item {j}" for j in range(shape[1])])


TABLES = {"smoking": typed("smoking"), "hair_eye_color": typed("hair_eye_color"),
          **{f"random {seed}": random_counts(seed) for seed in range(4)},
          "wide": random_counts(7).T}


@pytest.mark.parametrize("name", ["smoking", "hair_eye_color"])
def test_inertia_equals_r(name):
    expected = pd.read_csv(REFERENCE / "ca_inertia.csv").set_index("table").loc[name, "inertia"]
    found = maps.correspondence(typed(name)).inertia
    np.testing.assert_allclose(found["inertia"], expected, rtol=1e-10)
    np.testing.assert_allclose(found["inertia_share"], expected / expected.sum(), rtol=1e-10)


@pytest.mark.parametrize(("name", "total", "chi_squared"), [
    ("smoking", 0.0851899, 16.4416), ("hair_eye_color", 0.2335977, 138.29)])
def test_total_inertia_is_chi_squared_over_n(name, total, chi_squared):
    inertia = maps.correspondence(typed(name)).inertia["inertia"].sum()
    assert inertia == pytest.approx(total, abs=5e-8)
    assert inertia * typed(name).to_numpy().sum() == pytest.approx(chi_squared, abs=5e-3)


def test_cramers_v_of_hair_and_eye_colour():
    """V .2790 on 9 degrees of freedom is the inertia over that of a table that could not differ more; the kit's own V
    is corrected for chance and smaller."""
    from segkit.segmentation.description import effects

    table = typed("hair_eye_color")
    inertia, n = maps.correspondence(table).inertia["inertia"].sum(), table.to_numpy().sum()
    assert (table.shape[0] - 1) * (table.shape[1] - 1) == 9
    assert np.sqrt(inertia / 3) == pytest.approx(0.2790, abs=5e-5)
    assert effects.cramers_v(inertia * n, table.shape, n) == pytest.approx(0.2705, abs=5e-5)


def test_smoking_coordinates_equal_r_up_to_sign():
    expected = pd.read_csv(REFERENCE / "ca_smoking_coordinates.csv", index_col="point")
    found = maps.correspondence(typed("smoking"), n_dims=3).coordinates
    dims = ["dim_1", "dim_2", "dim_3"]
    sign = np.sign((found[dims] * expected[dims]).sum())
    np.testing.assert_allclose(found[dims] * sign, expected[dims], atol=1e-9)
    np.testing.assert_allclose(found["mass"], expected["mass"], rtol=1e-10)
    assert found["kind"].to_list() == expected["kind"].to_list()
    np.testing.assert_allclose(found["mass"] * (found[dims] ** 2).sum(axis=1), expected["inertia"], rtol=1e-9)


@pytest.mark.parametrize("name", TABLES)
def test_coordinates_equal_prince_up_to_sign(name):
    counts = TABLES[name]
    theirs = prince.CA(n_components=2, engine="scipy").fit(counts)
    found = maps.correspondence(counts)
    rows, columns = (found.coordinates[found.coordinates["kind"] == kind] for kind in ("row", "column"))
    dims = ["dim_1", "dim_2"]
    np.testing.assert_allclose(rows[dims].abs(), theirs.row_coordinates(counts).abs(), atol=1e-9)
    np.testing.assert_allclose(columns[dims].abs(), theirs.column_coordinates(counts).abs(), atol=1e-9)
    np.testing.assert_allclose(found.inertia["inertia"].head(2), theirs.eigenvalues_, rtol=1e-9)
    np.testing.assert_allclose(rows["quality"], theirs.row_cosine_similarities(counts).sum(axis=1), atol=1e-9)
    np.testing.assert_allclose(columns["quality"], theirs.column_cosine_similarities(counts).sum(axis=1), atol=1e-9)


@pytest.mark.parametrize("name", TABLES)
def test_distances_in_all_dimensions_are_chi_squared_distances(name):
    counts = TABLES[name]
    n_dims = min(counts.shape) - 1
    found = maps.correspondence(counts, n_dims).coordinates
    rows = found.loc[found["kind"] == "row"].filter(like="dim_").to_numpy()
    profiles = counts.to_numpy() / counts.to_numpy().sum(axis=1, keepdims=True)
    weight = counts.to_numpy().sum() / counts.to_numpy().sum(axis=0)
    for i in range(len(rows)):
        expected = (weight * (profiles - profiles[i]) ** 2).sum(axis=1)
        np.testing.assert_allclose(((rows - rows[i]) ** 2).sum(axis=1), expected, atol=1e-12)
    assert found["quality"].to_list() == pytest.approx([1.0] * len(found))


@pytest.mark.parametrize("name", TABLES)
def test_the_order_of_brands_and_the_number_of_answers_do_not_matter(name):
    counts = TABLES[name]
    before = counts.copy(deep=True)
    expected = maps.correspondence(counts)
    order = np.random.default_rng(0).permutation(len(counts))
    found = maps.correspondence(counts.iloc[order] * 10)
    points = [table.set_index("kind", append=True) for table in (found.coordinates, expected.coordinates)]
    pd.testing.assert_frame_equal(points[0].loc[points[1].index], points[1], rtol=1e-8)
    pd.testing.assert_frame_equal(found.inertia, expected.inertia, rtol=1e-8)
    pd.testing.assert_frame_equal(counts, before)


@pytest.mark.parametrize("name", TABLES)
def test_masses_quality_and_sign_keep_their_promises(name):
    found = maps.correspondence(TABLES[name])
    assert found.coordinates.groupby("kind")["mass"].sum().to_list() == pytest.approx([1, 1])
    assert found.coordinates["quality"].between(0, 1 + 1e-12).all()
    assert found.inertia["inertia_share"].sum() == pytest.approx(1)
    columns = found.coordinates[found.coordinates["kind"] == "column"]
    for dim in ("dim_1", "dim_2"):
        assert columns.loc[columns[dim].abs().idxmax(), dim] > 0


GOOD = pd.DataFrame([[4, 2, 3], [4, 3, 7], [25, 10, 12]], index=["SM", "JM", "SE"], columns=["none", "light", "heavy"])


@pytest.mark.parametrize(("counts", "n_dims", "words"), [
    (GOOD.assign(light=[1, -2, 3]), 2, ["the counts", "negative or missing", "0 or more"]),
    (GOOD.assign(light=[1, np.nan, 3]), 2, ["the counts", "negative or missing"]),
    (GOOD.assign(light=[1, np.inf, 3]), 2, ["the counts"]),
    (GOOD.assign(light=0), 2, ["'light'", "no count at all", "leave it out"]),
    (GOOD.mul([1, 0, 1], axis=0), 2, ["'JM'", "no count at all", "leave it out"]),
    (GOOD[["none"]], 1, ["3 × 1", "at least 2 × 2"]),
    (GOOD.head(0), 1, ["0 × 3", "at least 2 × 2"]),
    (GOOD, 3, ["`n_dims`", "is 3", "2 dimensions"]),
    (GOOD, 0, ["`n_dims`", "is 0", "2 dimensions"]),
    (GOOD.assign(light=["a", "b", "c"]), 2, ["the counts"]),
])
def test_bad_counts_are_explained(counts, n_dims, words):
    with pytest.raises(DataError) as error:
        maps.correspondence(counts, n_dims)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_brands_with_equal_profiles_have_no_inertia_to_share():
    counts = pd.DataFrame(np.outer([3, 7, 11, 13], [0.1, 0.7, 0.3, 1.9]))
    found = maps.correspondence(counts)
    assert found.inertia["inertia"].to_list() == pytest.approx([0, 0, 0], abs=1e-20)
    assert found.inertia["inertia_share"].to_list() == [0, 0, 0]
