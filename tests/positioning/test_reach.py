import numpy as np
import pandas as pd
import pytest

from segkit.positioning import brands, draws, maps, reach


def panel(n=300, seed=0, effect=0.0):
    """Households of three groups and four brands; the first brand reaches the first group less by `effect`."""
    rng = np.random.default_rng(seed)
    group = pd.Series(rng.choice(["x", "y", "z"], n), index=range(n))
    chance = np.tile([0.6, 0.5, 0.4, 0.3], (n, 1))
    chance[group == "x", 0] -= effect
    rows, columns = np.nonzero(rng.random((n, 4)) < chance)
    table = pd.DataFrame({"customer_id": rows, "brand": np.array(list("ABCD"))[columns], "amount": 1.0,
                          "date": pd.Timestamp("2024-01-01")})
    return table, group


def test_adjusted_p_equals_a_loop():
    counted = np.array([[10, 5], [12, 15]])
    lots = np.random.default_rng(1).integers(5, 16, (50, 2, 2))
    sizes = np.array([20, 30])
    share = counted.sum(axis=0) / 50

    def far(table):
        made = np.zeros((2, 2))
        for g in range(2):
            for b in range(2):
                deviation = np.sqrt(share[b] * (1 - share[b]) * (50 - sizes[g]) / (sizes[g] * 49))
                made[g, b] = abs(table[g][b] / sizes[g] - share[b]) / deviation
        return made

    largest = [far(lot).max() for lot in lots]
    expected = [[(1 + sum(m >= far(counted)[g, b] - 1e-9 for m in largest)) / 51 for b in range(2)] for g in range(2)]
    np.testing.assert_allclose(draws.adjusted_p(counted, lots, sizes), expected)


def test_groups_by_lot_keep_their_sizes_and_every_buyer():
    table, group = panel()
    lots = brands.buyers_by_lot(table, group, random_state=1)
    buyers = table.drop_duplicates(["customer_id", "brand"])["brand"].value_counts().sort_index()
    np.testing.assert_array_equal(lots.sum(axis=2), np.tile(buyers, (len(lots), 1)))
    known = group[group.index.isin(table["customer_id"])]
    n, n_x = len(known), (known == "x").sum()
    share = buyers["A"] / n
    assert lots[:, 0, 0].mean() == pytest.approx(n_x * share, abs=0.6)
    hypergeometric = np.sqrt(n_x * share * (1 - share) * (n - n_x) / (n - 1))
    assert lots[:, 0, 0].std() == pytest.approx(hypergeometric, rel=0.08)


@pytest.mark.sweep
def test_groups_without_a_difference_stand_out_in_one_of_twenty():
    smallest = []
    for seed in range(60):
        table, group = panel(seed=seed)
        smallest.append(brands.by_segment(table, group, random_state=seed)["adjusted_p"].min())
    assert np.mean(np.array(smallest) <= 0.05) <= 0.12  # 7 of 60 or fewer: 98 % of binomials with p = .05
    assert np.mean(np.array(smallest) <= 0.5) == pytest.approx(0.5, abs=0.2)


def test_a_group_that_is_missed_is_found_and_chance_is_told():
    table, group = panel(effect=0.3)
    found = reach.missed(brands.by_segment(table, group, random_state=1), "A")
    assert found.stands_out
    assert (found.values["group"], found.values["n"]) == ("x", 12)
    assert found.values["p"] <= 0.05
    reached = brands.by_segment(*panel(), random_state=1)
    found = reach.missed(reached, "A")
    assert not found.stands_out
    assert found.sentence == reach.WITHIN_CHANCE
    assert found.values["index"] == reached.loc["A", "index_100"].min()


def test_without_groups_nothing_is_missed():
    found = reach.missed(brands.by_segment(panel()[0], pd.Series(dtype=object)), "A")
    assert set(found.values.values()) == {None}


def mapped(table, group):
    counts = brands.by_segment(table, group)["n_buyers"].unstack("segment")
    return maps.of_groups(counts, brands.buyers_by_lot(table, group, random_state=1))


def test_chance_is_not_mapped():
    found = mapped(*panel())
    assert found.lot_p > 0.05
    assert found.coordinates.empty
    assert found.inertia.empty
    assert found.coordinates.attrs["left_out"] == maps.BY_CHANCE
    assert found.total_inertia == pytest.approx(found.lot_inertia, rel=0.8)


def test_differences_are_mapped():
    table, group = panel(effect=0.45)
    found = mapped(table, group)
    assert found.lot_p < 0.01
    assert set(found.coordinates.index) == set("ABCDxyz")
    counts = brands.by_segment(table, group)["n_buyers"].unstack("segment")
    assert found.total_inertia == pytest.approx(maps.correspondence(counts).inertia["inertia"].sum())
    assert maps._inertia(counts.to_numpy(dtype=float)[None])[0] == pytest.approx(found.total_inertia)


def test_two_groups_are_too_few_for_a_map():
    table, group = panel()
    found = mapped(table, group.replace("z", "y"))
    assert found.coordinates.attrs["left_out"] == maps.TOO_SMALL
    assert np.isnan(found.lot_p)
