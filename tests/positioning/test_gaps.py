"""A segment is called underserved where it is and not by chance; the decision on rivals follows."""

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import brands, gain_loss, gaps, rivals


def panel(seed=0, effect=0.0, n=400):
    """Households of four groups and four brands; the last group takes each brand with a chance less by `effect`."""
    rng = np.random.default_rng(seed)
    group = pd.Series(rng.choice(list("wxyz"), n), index=range(n))
    chance = np.tile([0.6, 0.5, 0.4, 0.3], (n, 1))
    chance[group == "z"] *= 1 - effect
    rows, columns = np.nonzero(rng.random((n, 4)) < chance)
    table = pd.DataFrame({"customer_id": rows, "brand": np.array(list("ABCD"))[columns],
                          "amount": rng.integers(1, 5, len(rows)).astype(float),
                          "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 60, len(rows)), unit="D")})
    return table, group


def found(table, group, seed=1):
    return gaps.find(table, group, brands.by_segment(table, group, random_state=seed), random_state=seed)


def test_the_table_equals_loops():
    table, group = panel(effect=0.4)
    made = found(table, group).table
    taken = table.groupby("customer_id")["brand"].nunique()
    spent = table.groupby("customer_id")["amount"].sum()
    for name, row in made.iterrows():
        mine = [c for c in taken.index if group[c] == name]
        assert row["n_customers"] == len(mine)
        assert row["segment_share"] == pytest.approx(len(mine) / len(taken))
        assert row["gap_score"] == pytest.approx(100 * (1 - taken[mine].mean() / taken.mean()))
        assert row["spend_index"] == pytest.approx(100 * spent[mine].mean() / spent.mean())
        assert row["gap_score_low"] <= row["gap_score"] <= row["gap_score_high"]
    assert (made["gap_score"] * made["n_customers"]).sum() == pytest.approx(0, abs=1e-9)


def test_p_is_that_of_groups_dealt_by_hand():
    table, group = panel(effect=0.15)
    made = found(table, group).table
    taken = table.groupby("customer_id")["brand"].nunique()
    label = group[taken.index].to_numpy()
    rng, names = np.random.default_rng(3), list("wxyz")
    dealt = np.array([
        pd.Series(taken.to_numpy()).groupby(rng.permutation(label)).mean()[names].to_list() for _ in range(1500)])
    spread = dealt.std(axis=0)
    largest = np.abs((dealt - taken.mean()) / spread).max(axis=1)
    for g, s in zip(names, spread, strict=True):
        far = abs(taken[label == g].mean() - taken.mean()) / s
        assert made.loc[g, "adjusted_p"] == pytest.approx((largest >= far).mean(), abs=0.05)


def test_a_gap_is_found_and_a_strong_brand_closes_it():
    table, group = panel(effect=0.6)
    made = found(table, group)
    assert made.is_open
    assert made.values["segment"] == "z"
    assert made.sentence == gaps.OPEN
    assert (made.standing["standing"] == gaps.WEAKNESS).sum() == made.table["n_weak"].sum()
    mine = sorted(group.index[group == "z"])
    own = pd.DataFrame({"customer_id": mine, "brand": "A", "amount": 1.0, "date": pd.Timestamp("2024-01-02")})
    closed = found(pd.concat([table, own]), group)
    assert closed.table.loc["z", "n_strong"] == 1
    assert not closed.is_open
    assert ("A", "z") in closed.standing.index[closed.standing["standing"] == gaps.STRENGTH]


def test_groups_by_lot_give_no_finding():
    claimed = [found(*panel(seed), seed=seed).is_open for seed in range(1, 16)]
    assert sum(claimed) <= 2
    assert found(*panel(2)).sentence == gaps.NO_GAP
    assert found(*panel(2)).standing.attrs["left_out"] == gaps.NO_STANDING


def test_without_groups_none_is_underserved():
    table, _ = panel()
    made = found(table, pd.Series(dtype=object))
    assert not made.is_open
    assert made.table.attrs["left_out"] == gaps.NO_GROUPS
    assert set(made.values.values()) == {None}


def moved(seed=0, shift=0.0):
    """Gains and losses of a category whose customers move from A to B."""
    rng = np.random.default_rng(seed)
    late = rng.random(3000) < 0.5
    brand = np.where(rng.random(3000) < 0.5 - shift * late, "A", "B")
    return gain_loss.between(pd.DataFrame({
        "customer_id": rng.integers(0, 300, 3000), "brand": brand, "amount": 1.0,
        "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(late * 50 + rng.integers(0, 50, 3000), unit="D")}))


def test_the_decision_names_who_gains_and_what_is_open():
    table, group = panel(effect=0.6)
    open_, closed, none = found(table, group), found(*panel(2)), found(table, pd.Series(dtype=object))
    gained, level = moved(shift=0.3), moved(1)
    for change, words in ((gained, (rivals.WATCH_OPEN, rivals.WATCH_CLOSED, rivals.WATCH)),
                          (level, (rivals.LEVEL_OPEN, rivals.LEVEL_CLOSED, rivals.LEVEL))):
        for gap, sentence in zip((open_, closed, none), words, strict=True):
            told, values = rivals.decide(change, gap)
            assert told == sentence
            assert values.get("brand") in ("A", "B", None)
    sentence, values = rivals.decide(gained, open_)
    assert (values["brand"], values["segment"]) == ("B", "z")
    assert values["after"] > values["before"]
