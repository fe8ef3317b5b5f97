"""Ovals on the map of ratings: against maps of respondents drawn anew by a loop, and brands that are truly alike."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import orthogonal_procrustes

from segkit.positioning import attribute_map, brands, ellipses, maps
from segkit.segmentation import lots

BRANDS, TRAITS = ["A", "B", "C", "D"], ["cheap", "fresh", "kind"]


def ratings(n=60, seed=0, twins=0.0):
    """B differs from A by `twins` on each trait."""
    rng = np.random.default_rng(seed)
    mean = np.array([[1.0, -1, 0.3], [1, -1, 0.3], [-1, 0, 0.2], [-1, 2, -0.8]]) + twins * np.array([[0], [1], [0], [0]])
    return pd.DataFrame([(r, BRANDS[b], t, mean[b, j] + rng.normal(), 1.0 + r % 2) for r in range(n) for b in range(4)
                         for j, t in enumerate(TRAITS)],
                        columns=["respondent_id", "brand", "attribute", "rating", "weight"])


def test_ovals_are_those_of_maps_of_samples_by_a_loop():
    told = ratings()
    mapped = attribute_map.of_ratings(told, n_lots=19)
    found = ellipses.of_map(mapped, told, n_samples=40, random_state=3)
    place = mapped.coordinates.loc[BRANDS, ["dim_1", "dim_2"]].to_numpy(float)
    wide = told.pivot(index=["respondent_id", "brand"], columns="attribute", values="rating")
    own = wide - wide.groupby("respondent_id").transform("mean")
    weight = told.groupby("respondent_id")["weight"].first()
    drawn = []
    for counts in lots.counts(60, 40, 3):
        w = pd.Series(counts * weight.to_numpy(), index=weight.index)
        mean = np.array([np.average(own.xs(b, level="brand"), axis=0, weights=w) for b in BRANDS])
        U, d, _ = np.linalg.svd(mean - mean.mean(axis=0))
        X = (U[:, :3] * d)[:, :2]
        drawn.append(X @ orthogonal_procrustes(X, place)[0])
    np.testing.assert_allclose(found.drawn, drawn, atol=1e-9)
    np.testing.assert_allclose(found.table[["dim_1", "dim_2"]], place)
    for i, brand in enumerate(BRANDS):
        row, S = found.table.loc[brand], np.cov(np.array(drawn)[:, i].T)
        assert row["long_radius"] * row["short_radius"] == pytest.approx(
            2 * 59 / 58 * 3.155932 * np.sqrt(np.linalg.det(S)), rel=1e-5)  # F(2, 58) at 95 %
        turn = np.deg2rad(row["direction"])
        along = np.array([np.cos(turn), np.sin(turn)])
        assert along @ S @ along == pytest.approx(np.linalg.eigvalsh(S)[1])


def test_brands_that_are_alike_are_not_told_apart_and_the_others_are():
    told = ratings(120)
    found = ellipses.of_map(attribute_map.of_ratings(told, n_lots=19), told)
    assert found.pairs["verdict"].eq(ellipses.NOT_TOLD).to_dict() == {
        pair: pair == ("A", "B") for pair in found.pairs.index}
    assert found.sentence == ellipses.SOME
    assert found.values == {"n": 1, "all": 6, "brand": "A", "other": "B"}
    apart = ratings(120, twins=1.5).assign(rating=lambda t: t["rating"] + 2.0 * ((t["brand"] == "B") & (t["attribute"] == "kind")))
    found = ellipses.of_map(attribute_map.of_ratings(apart, n_lots=19), apart)
    assert (found.sentence, found.values["n"]) == (ellipses.NONE, 0)


def test_alike_brands_are_told_apart_about_as_often_as_chance_has_it():
    """Twins in 60 surveys: by 5 % each, more than eight would happen less than once in a hundred times."""
    apart = 0
    for seed in range(60):
        told = ratings(80, seed)
        pairs = ellipses.of_map(attribute_map.of_ratings(told, n_lots=19), told, n_samples=200, random_state=seed).pairs
        apart += pairs.loc[("A", "B"), "adjusted_p"] <= 6 * 0.05
    assert apart <= 8


def test_the_nearest_brand_is_told_with_how_often_it_is():
    told = ratings()
    mapped = attribute_map.of_ratings(told, n_lots=19)
    drawn = ellipses.of_map(mapped, told).drawn
    _, values = attribute_map.read(mapped, "C", drawn)
    gaps = np.stack([np.hypot(*(drawn[:, i] - drawn[:, 2]).T) for i in (0, 1, 3)])
    assert values["sure"] == pytest.approx((gaps.argmin(axis=0) == ["A", "B", "D"].index(values["near"])).mean())
    assert 0 < values["sure"] < 1


def test_without_a_map_there_are_no_ovals():
    told = ratings().assign(rating=np.random.default_rng(0).normal(size=720))
    found = ellipses.of_map(attribute_map.of_ratings(told, n_lots=99), told)
    assert found.table.empty
    assert found.table.attrs["left_out"] == attribute_map.BY_CHANCE
    assert set(found.values.values()) == {None}


def test_a_brand_that_few_rated():
    """One respondent in thirty rated D: some samples miss it, and its place is the least sure."""
    told = ratings(90)
    told = told[(told["brand"] != "D") | (told["respondent_id"] % 30 == 0)]
    found = ellipses.of_map(attribute_map.of_ratings(told, n_lots=19), told)
    assert np.isnan(found.drawn[:, 3]).any()
    assert found.table["long_radius"].idxmax() == "D"


def shop(n=150, seed=1):
    """A for the young, C for the old, B and D bought alike by all; a day each."""
    rng = np.random.default_rng(seed)
    group = pd.Series(rng.choice(["mid", "old", "young"], n), index=[f"c{i}" for i in range(n)])
    likes = {"A": {"young": 0.9, "mid": 0.4, "old": 0.1}, "C": {"young": 0.2, "mid": 0.3, "old": 0.9}}
    rows = [(c, b, pd.Timestamp("2024-01-01") + pd.Timedelta(days=i), 5.0) for c in group.index for i, b in enumerate("ABCD")
            if rng.random() < likes.get(b, {}).get(group[c], 0.5)]
    return pd.DataFrame(rows, columns=["customer_id", "brand", "date", "amount"]), group


def test_ovals_of_groups_are_those_of_samples_by_a_loop():
    """Each sample's shares of groups, placed on the map by the transition formula, written out."""
    sold, group = shop()
    counts = brands.by_segment(sold, group)["n_buyers"].unstack("segment")
    mapped = maps.of_groups(counts)
    found = ellipses.of_groups(mapped, sold, group, n_samples=60, random_state=4)
    place = mapped.coordinates
    standard = place.loc[["mid", "old", "young"], ["dim_1", "dim_2"]].to_numpy() / np.sqrt(mapped.inertia["inertia"].to_numpy()[:2])
    np.testing.assert_allclose((counts.div(counts.sum(axis=1), axis=0)) @ standard, place.loc[list("ABCD"), ["dim_1", "dim_2"]])
    buys = sold.groupby(["customer_id", "brand"]).size().unstack(fill_value=0).gt(0)
    who = group.reindex(buys.index)
    for brand in "ABCD":
        drawn = []
        for weights in lots.counts(len(buys), 60, 4):
            own = pd.Series(weights * buys[brand].to_numpy(), buys.index).groupby(who).sum()
            drawn.append((own / own.sum()).to_numpy() @ standard)
        radii = np.sqrt(np.linalg.eigvalsh(np.cov(np.array(drawn).T)))
        expected = found.loc[brand, ["short_radius", "long_radius"]].to_numpy(float)
        np.testing.assert_allclose(expected / expected[1], radii / radii[1], rtol=1e-6)
    assert found.loc["A", "long_radius"] < np.hypot(*(place.loc["A", ["dim_1", "dim_2"]] - place.loc["C", ["dim_1", "dim_2"]]).to_numpy(float))


def test_without_a_map_of_groups_there_are_no_ovals():
    sold, group = shop(seed=2)
    counts = brands.by_segment(sold, group)["n_buyers"].unstack("segment").iloc[:, :2]
    assert ellipses.of_groups(maps.of_groups(counts), sold, group).empty
