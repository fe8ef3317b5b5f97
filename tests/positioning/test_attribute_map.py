"""The map of ratings: against scikit-learn's PCA, a loop, and brands that nobody tells apart."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from segkit.positioning import attribute_map
from segkit.words.errors import DataError

BRANDS, TRAITS = ["A", "B", "C", "D"], ["cheap", "fresh", "kind"]


def ratings(n=60, seed=0, differ=1.0, each=4):
    """Each respondent rates some of the brands; `like` follows what is fresh in one half, what is cheap in the other."""
    rng = np.random.default_rng(seed)
    mean = differ * np.array([[2, 0, 0.3], [-1, 1, 0], [0, -2, 0.2], [-1, 1, -0.5]])
    rows = []
    for r in range(n):
        for b in np.sort(rng.choice(4, each, replace=False)):
            marks = mean[b] + rng.normal() * 0 + rng.normal(size=3) + 0.5 * (r % 3)
            like = marks[r % 2] + 0.3 * rng.normal()
            rows += [(r, BRANDS[b], t, m, 1.0) for t, m in zip([*TRAITS, "like"], [*marks, like], strict=True)]
    return pd.DataFrame(rows, columns=["respondent_id", "brand", "attribute", "rating", "weight"])


HALVES = pd.Series({r: "fresh ones" if r % 2 else "cheap ones" for r in range(60)})


def test_brands_lie_where_principal_components_place_them():
    told = ratings()
    found = attribute_map.of_ratings(told, "like", n_lots=99)
    wide = told[told["attribute"] != "like"].pivot_table(index="brand", columns="attribute", values="rating")
    theirs = PCA().fit(wide)
    place = found.coordinates[found.coordinates["kind"] == attribute_map.BRAND]
    np.testing.assert_allclose(place[["dim_1", "dim_2"]].abs(), np.abs(theirs.transform(wide)[:, :2]), atol=1e-9)
    np.testing.assert_allclose(found.inertia["inertia_share"].head(3), theirs.explained_variance_ratio_[:3], atol=1e-9)
    whole = (theirs.transform(wide) ** 2).sum(axis=1)
    np.testing.assert_allclose(place["quality"], (place[["dim_1", "dim_2"]] ** 2).sum(axis=1) / whole, atol=1e-9)
    arrows = found.coordinates[found.coordinates["kind"] == attribute_map.ATTRIBUTE]
    for dim in ("dim_1", "dim_2"):
        assert arrows.loc[arrows[dim].abs().idxmax(), dim] > 0
    projected = place[["dim_1", "dim_2"]].to_numpy() @ arrows[["dim_1", "dim_2"]].to_numpy().T
    assert np.corrcoef(projected[:, 0], wide["cheap"])[0, 1] > 0.9  # a brand far along an arrow is rated high on it


def test_the_direction_of_liking_by_least_squares():
    told = ratings()
    found = attribute_map.of_ratings(told, "like", segment=HALVES, n_lots=99)
    place = found.coordinates.loc[BRANDS, ["dim_1", "dim_2"]]
    liked = told[told["attribute"] == "like"].set_index(["respondent_id", "brand"])["rating"]
    X, y = [], []
    for r in range(1, 60, 2):
        own = place - place.mean()
        X += own.to_numpy().tolist()
        y += (liked[r] - liked[r].mean()).reindex(BRANDS).to_list()
    expected = np.linalg.lstsq(np.array(X), np.array(y), rcond=None)[0]
    assert found.preferences.loc["fresh ones", ["dim_1", "dim_2"]].to_list() == pytest.approx(expected.tolist())
    assert found.preferences["n_respondents"].to_dict() == {"everybody": 60, "cheap ones": 30, "fresh ones": 30}
    arrows = found.coordinates.loc[["cheap", "fresh"], ["dim_1", "dim_2"]].to_numpy(float)
    for segment, own in (("cheap ones", 0), ("fresh ones", 1)):
        b = found.preferences.loc[segment, ["dim_1", "dim_2"]].to_numpy(float)
        cosine = arrows @ b / np.linalg.norm(arrows, axis=1) / np.linalg.norm(b)
        assert cosine.argmax() == own
        assert segment in found.coordinates.index


def test_who_rated_which_brands_does_not_matter():
    """Strict people rate A, generous ones B; both rate the others: as brands are alike, there is no map."""
    rng = np.random.default_rng(1)
    rows = [(r, b, t, 3 + 2 * (r % 2) + rng.normal(), 1.0) for r in range(80) for b in (["A", "C", "D"], ["B", "C", "D"])[r % 2] for t in TRAITS]
    told = pd.DataFrame(rows, columns=["respondent_id", "brand", "attribute", "rating", "weight"])
    found = attribute_map.of_ratings(told, n_lots=99)
    assert found.coordinates.empty
    assert found.lot_p > 0.05


def test_brands_that_nobody_tells_apart_seldom_get_a_map():
    """Forty surveys: 5 % by chance; more than seven would happen less than once in a hundred times."""
    drawn = sum(len(attribute_map.of_ratings(ratings(30, seed, differ=0.0, each=3), n_lots=59).coordinates) > 0 for seed in range(40))
    assert drawn <= 7


def test_a_liking_that_follows_nothing_has_no_direction():
    told = ratings()
    rng = np.random.default_rng(5)
    like = told["attribute"] == "like"
    told.loc[like, "rating"] = rng.normal(size=like.sum())
    found = attribute_map.of_ratings(told, "like", n_lots=99)
    assert (found.coordinates["kind"] != attribute_map.SEGMENT).all() == (found.preferences.loc["everybody", "lot_p"] > 0.05)
    assert found.preferences.loc["everybody", "lot_p"] > 0.05


def test_the_map_in_words():
    sentence, values = attribute_map.read(attribute_map.of_ratings(ratings(), "like", n_lots=99), "B")
    assert sentence == attribute_map.ALONG
    assert values["near"] == "D"  # the generator rates B and D alike
    assert attribute_map.read(attribute_map.of_ratings(ratings(differ=0.0), n_lots=99), "B")[1]["near"] is None


@pytest.mark.parametrize(("change", "reason"), [
    (lambda t: t[t["brand"].isin(["A", "B"])], attribute_map.TOO_SMALL), (lambda t: t[t["attribute"].isin(["fresh", "like"])], attribute_map.TOO_SMALL),
    (lambda t: t.assign(rating=3.0), attribute_map.TOO_SMALL), (lambda t: t.drop_duplicates(["respondent_id", "attribute"]), attribute_map.TOO_SMALL),
])
def test_too_little_for_a_map_says_why(change, reason):
    found = attribute_map.of_ratings(change(ratings()), "like", n_lots=19)
    assert found.coordinates.attrs["left_out"] == reason
    assert found.preferences.empty


def test_an_attribute_that_is_not_there():
    with pytest.raises(DataError, match="'lick'"):
        attribute_map.of_ratings(ratings(), "lick")
