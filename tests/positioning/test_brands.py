import itertools
from collections import defaultdict

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segkit.data import open as sources
from segkit.data import tables
from segkit.positioning import brands, draws, leaders, moved
from segkit.segmentation import lots
from segkit.words.errors import DataError

SOFT_DRINKS = {"customer_id": "household_id", "brand": "maker", "date": "transaction_timestamp", "amount": "sales_value"}
TABLES = (brands.performance, brands.duplication, brands.switching)


def make_purchases(baskets, times=False, seed=0, n=500):
    """Lines of 40 customers and 4 brands; some without an amount, a brand or a customer."""
    rng = np.random.default_rng(seed)
    occasion = rng.integers(0, 150, n)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(occasion % 60, unit="D")
    if times:
        day += pd.to_timedelta(rng.integers(0, 86400, n), unit="s")
    table = pd.DataFrame({"customer_id": rng.integers(1, 41, n).astype(float), "date": day,
                          "brand": rng.choice(["Ant", "Bee", "Cat", "Dog"], n, p=[0.5, 0.3, 0.15, 0.05]),
                          "amount": rng.integers(1, 40, n) / 4})
    table.loc[rng.random(n) < 0.03, "amount"] = np.nan
    table.loc[rng.random(n) < 0.03, "brand"] = None
    table.loc[rng.random(n) < 0.03, "customer_id"] = np.nan
    return table.assign(basket_id=occasion) if baskets else table


def looped(table):
    """customer → occasion → brand → cents, occasions in order of time."""
    spent = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    time = {}
    for row in table.dropna(subset=["customer_id", "brand"]).itertuples():
        occasion = getattr(row, "basket_id", row.date)
        spent[row.customer_id][occasion][row.brand] += 0 if np.isnan(row.amount) else round(row.amount * 100)
        key = row.customer_id, occasion
        time[key] = min(time.get(key, row.date), row.date)
    return {c: {o: dict(spent[c][o]) for o in sorted(spent[c], key=lambda o: (time[c, o], o))} for c in spent}


def wilson(x, n, z=1.959963984540054):
    middle, half = x / n + z**2 / (2 * n), z * np.sqrt(x / n * (1 - x / n) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("baskets", "times"), [(True, True), (False, False), (False, True)])
def test_performance_equals_a_loop(baskets, times, seed):
    table = make_purchases(baskets, times, seed)
    spent, found = looped(table), brands.performance(table)
    total = sum(c for o in spent.values() for b in o.values() for c in b.values())
    assert found["value_share"].is_monotonic_decreasing
    for brand, row in found.iterrows():
        buyers = [c for c, occasions in spent.items() if any(brand in b for b in occasions.values())]
        bought = sum(brand in b for c in buyers for b in spent[c].values())
        category = sum(len(spent[c]) for c in buyers)
        sole = sum(all(set(b) == {brand} for b in spent[c].values()) for c in buyers)
        cents = sum(b.get(brand, 0) for c in buyers for b in spent[c].values())
        n = len(buyers)
        assert row["n_buyers"] == n
        assert row[["penetration", "purchase_frequency", "value_share", "share_of_category_requirements",
                    "sole_loyalty_share", "spend_per_buyer"]].to_list() == pytest.approx([
            n / len(spent), bought / n, cents / total, bought / category, sole / n, cents / 100 / n])
        assert row[["penetration_low", "penetration_high"]].to_list() == pytest.approx(wilson(n, len(spent)))
        assert row[["sole_loyalty_share_low", "sole_loyalty_share_high"]].to_list() == pytest.approx(wilson(sole, n))


def drawn_literally(table, times):
    """The purchases of each customer as often as drawn, under an id of each copy's own."""
    kept = table.dropna(subset=["customer_id", "brand"])
    copies = [kept[kept["customer_id"] == c].assign(customer_id=f"{c}-{i}")
              for c, n in times.items() for i in range(int(n))]
    return pd.concat(copies)


def test_samples_of_households_equal_purchases_copied_as_often():
    table = make_purchases(True, times=True)
    bought = brands.occasions(table)
    o = bought.table
    customers = np.sort(o["customer"].unique())
    drawn, counted = draws.of_brands(bought.households, 5), lots.counts(len(customers), random_state=5)
    moved_to = dict(draws.of_moves(o, moved.steps(o), 5))
    for i in (0, 7):
        copied = drawn_literally(table, dict(zip(customers, counted[i], strict=True)))
        expected, switched = brands.performance(copied), brands.switching(copied)
        for name in draws.MEASURES:
            assert drawn[name].iloc[i].dropna().to_dict() == pytest.approx(expected[name].to_dict())
        for brand in switched.index:
            next_shares = moved_to[brand].iloc[i]
            assert next_shares.to_dict() == pytest.approx(switched.loc[brand, next_shares.index].to_dict())


def test_intervals_are_of_purchases_without_each_household():
    """The jackknife by hand: performance of all purchases but those of one household, one after the other."""
    table = make_purchases(True)
    found = brands.performance(table)
    bought = table.dropna(subset=["customer_id", "brand"])
    people = bought["customer_id"].unique()
    left = [brands.performance(bought[bought["customer_id"] != c]).loc[found.index] for c in people]
    for name, scale, all_tell in (("purchase_frequency", np.log, False), ("spend_per_buyer", np.log, False),
                                  ("value_share", None, True), ("share_of_category_requirements", None, False)):
        for brand, row in found.iterrows():
            value, n = row[name], len(people) if all_tell else int(row["n_buyers"])
            x = np.array([t.loc[brand, name] for t in left])
            x = x if scale is None else scale(x)
            off = (x - x.mean()) ** 2
            se = np.sqrt((n - 1) / n * off.sum())
            peak = n * (off**2).sum() / off.sum() ** 2 if se > 0 else 0
            t = stats.t.ppf(0.975, min(n - 1, 2 * n / (peak - 1 + 2 / (n - 1))) if se > 0 else n - 1)
            trials = value * (1 - value) / se**2 if se > 0 else n
            ends = np.exp(np.log(value) + np.array([-t, t]) * se) if scale else wilson(value * trials, trials, t)
            assert row[[f"{name}_low", f"{name}_high"]].to_list() == pytest.approx(list(ends))


def test_moves_tell_what_switching_tells():
    table = make_purchases(True)
    listed, wide = brands.moves(table), brands.switching(table)
    for (brand, following), row in listed.iterrows():
        assert row["switching_share"] == pytest.approx(wide.loc[brand, following])
        assert row["n_occasions"] == pytest.approx(wide.loc[brand, following] * wide.loc[brand, "n_occasions"])
        assert 0 <= row["switching_low"] <= row["switching_share"] <= row["switching_high"] <= 1
    assert listed.index.unique(0).to_list() == wide.index[wide["n_occasions"] > 0].to_list()
    same = brands.repeats(table)["repeat_share"]
    assert same.to_dict() == pytest.approx({b: wide.loc[b, b] for b in same.index})


@pytest.mark.parametrize("change", [lambda t: t.drop_duplicates("customer_id"), lambda t: t.assign(date=t["date"].min())],
                         ids=["bought once", "all on one day"])
def test_where_nobody_bought_twice_there_are_no_moves(change):
    table = change(make_purchases(False))
    assert brands.moves(table).empty
    assert brands.repeats(table).empty
    assert brands.switching(table)["n_occasions"].sum() == 0
    assert leaders.first(table, "repeat_share").values["value"] is None


def test_brands_called_like_columns_stand_in_quotation_marks():
    table = make_purchases(True).replace({"brand": {"Ant": "brand", "Bee": "n_occasions"}})
    names = {"“brand”", "“n_occasions”", "Cat", "Dog"}
    for made in (brands.performance(table), brands.duplication(table), brands.switching(table)):
        assert set(made.index) == names
        assert made.reset_index().columns.is_unique
    groups = pd.Series(["brand", "old"] * 20, index=range(1, 41))
    wide = brands.by_segment(table, groups)["penetration"].unstack("segment").reset_index()
    assert wide.columns.to_list() == ["brand", "old", "“brand”"]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("baskets", [True, False])
def test_duplication_equals_a_loop(baskets, seed):
    table = make_purchases(baskets, seed=seed)
    spent, found = looped(table), brands.duplication(table)
    buyers = {b: {c for c in spent if any(b in x for x in spent[c].values())} for b in found.index}
    assert found.index.to_list() == found.columns.to_list() == sorted(buyers, key=lambda b: (-len(buyers[b]), b))
    for one in found.index:
        for other in found.columns:
            expected = np.nan if one == other else len(buyers[one] & buyers[other]) / len(buyers[one])
            assert found.loc[one, other] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("baskets", "times"), [(True, False), (False, False), (True, True), (False, True)])
def test_switching_equals_a_loop(baskets, times, seed):
    table = make_purchases(baskets, times, seed)
    spent, found = looped(table), brands.switching(table)
    counts = pd.DataFrame(0, index=sorted(table["brand"].dropna().unique()), columns=found.columns[1:])
    for occasions in spent.values():
        main = [min(b, key=lambda name: (-b[name], name)) for b in occasions.values()]
        for before, after in itertools.pairwise(main):
            counts.loc[before, after] += 1
    n = counts.sum(axis=1)
    assert found["n_occasions"].to_dict() == n.to_dict()
    assert found["n_occasions"].is_monotonic_decreasing
    pd.testing.assert_frame_equal(found.drop(columns="n_occasions"), counts.div(n, axis=0).loc[found.index],
                                  check_names=False)


@pytest.mark.parametrize("seed", [0, 1])
def test_by_segment_equals_a_loop(seed):
    table = make_purchases(True, seed=seed)
    group = pd.Series(np.random.default_rng(seed).choice(["old", "young", None], 60), index=range(1, 61))
    spent, found = looped(table), brands.by_segment(table, group)
    inside = {g: [c for c in spent if group[c] == g] for g in ("old", "young")}
    assert found.index.to_list() == [(b, g) for b in sorted(table["brand"].dropna().unique()) for g in ("old", "young")]
    for (brand, g), row in found.iterrows():
        def buys(customers, brand=brand):
            return sum(any(brand in b for b in spent[c].values()) for c in customers)

        n, everyone = len(inside[g]), inside["old"] + inside["young"]
        cents = [sum(b.get(brand, 0) for c in inside[g] for b in spent[c].values()),
                 sum(v for c in inside[g] for b in spent[c].values() for v in b.values())]
        assert (row["n_customers"], row["n_buyers"]) == (n, buys(inside[g]))
        assert row.iloc[2:7].to_list() == pytest.approx([
            buys(inside[g]) / n, *wilson(buys(inside[g]), n),
            100 * (buys(inside[g]) / n) / (buys(everyone) / len(everyone)), cents[0] / cents[1]])


def test_soft_drink_makers_have_the_known_value_shares_and_repeat_rates():
    sales = tables.load("complete_journey.soft_drinks", "brands", SOFT_DRINKS)
    shares = brands.performance(sales)["value_share"]
    makers = ["Maker A", "Maker B", "Maker C", "Private label"]
    assert shares.index[:4].to_list() == makers
    assert shares.head(4).to_list() == pytest.approx([0.335, 0.325, 0.139, 0.114], abs=5e-4)
    switching = brands.switching(sales)
    assert [switching.loc[m, m] for m in makers] == pytest.approx([0.578, 0.573, 0.383, 0.569], abs=0.012)
    assert switching.loc["Maker A", "Maker B"] == pytest.approx(0.169, abs=0.012)
    assert switching.loc["Maker B", "Maker A"] == pytest.approx(0.185, abs=0.012)


@pytest.mark.parametrize("make", TABLES)
def test_tables_do_not_depend_on_the_order_of_rows_or_the_kind_of_source(make):
    table = make_purchases(True)
    before = table.copy(deep=True)
    expected = make(table)
    pd.testing.assert_frame_equal(make(table.sample(frac=1, random_state=3)), expected)
    pd.testing.assert_frame_equal(make(ibis.memtable(table)), expected)
    pd.testing.assert_frame_equal(make(sources.table(table)), expected)
    pd.testing.assert_frame_equal(table, before)


def test_the_order_of_rows_does_not_matter_to_groups():
    table, group = make_purchases(True), pd.Series(["x", "y"] * 20, index=range(1, 41))
    pd.testing.assert_frame_equal(brands.by_segment(table.sample(frac=1, random_state=3), group.iloc[::-1]),
                                  brands.by_segment(table, group))


def test_shares_lie_between_0_and_1_and_add_up():
    table = make_purchases(True)
    performance, switching = brands.performance(table), brands.switching(table).drop(columns="n_occasions")
    shares = performance[[c for c in performance if c.endswith(("_share", "requirements")) or c.startswith("penetration")]]
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)
    assert performance["value_share"].sum() == pytest.approx(1)
    np.testing.assert_allclose(switching.sum(axis=1), 1)
    assert (performance["penetration_low"] < performance["penetration"]).all()
    assert (performance["penetration"] <= performance["penetration_high"]).all()
    reached = brands.by_segment(table, pd.Series(["x", "y"] * 20, index=range(1, 41)))
    np.testing.assert_allclose(reached.groupby("segment")["value_share"].sum(), 1)


@pytest.mark.parametrize("unit", [1, 100])
def test_shares_do_not_depend_on_the_currency(unit):
    table = make_purchases(True)
    priced = brands.performance(table.assign(amount=table["amount"] * unit))
    expected = brands.performance(table)
    spend = priced.filter(like="spend_per_buyer").columns
    pd.testing.assert_frame_equal(priced.drop(columns=spend), expected.drop(columns=spend))
    np.testing.assert_allclose(priced[spend], unit * expected[spend])


def test_an_occasion_is_a_basket_else_a_time_stamp_else_a_day():
    table = pd.DataFrame({"customer_id": 1, "brand": "A", "amount": 1.0, "basket_id": [1, 1, 1],
                          "date": pd.to_datetime(["2024-01-01 08:00", "2024-01-01 08:00", "2024-01-01 20:00"])})
    assert brands.performance(table)["purchase_frequency"].to_list() == [1.0]
    timed = table.drop(columns="basket_id")
    assert brands.performance(timed)["purchase_frequency"].to_list() == [2.0]
    assert brands.performance(timed.assign(date=timed["date"].dt.normalize()))["purchase_frequency"].to_list() == [1.0]


def test_what_is_sent_back_lowers_a_brands_money_and_is_no_purchase():
    """Half of A's purchases are sent back a week later: it is bought as often as before, and not repeated more."""
    bought = pd.DataFrame([(c, day, brand, 10.0) for c in range(40) for day, brand in zip(
        (0, 20, 40, 60), "AABA" if c % 2 else "BABB", strict=True)], columns=["customer_id", "day", "brand", "amount"])
    back = bought[bought["brand"] == "A"].iloc[::2].assign(day=lambda t: t["day"] + 7, amount=-10.0)
    stranger = pd.DataFrame({"customer_id": [99], "day": [5], "brand": ["A"], "amount": [-10.0]})
    table, whole = (pd.concat(parts).assign(date=lambda t: pd.Timestamp("2024-01-01") + pd.to_timedelta(t["day"], "D"))
                    for parts in ([bought, back, stranger], [bought]))
    found, before = brands.performance(table), brands.performance(whole)
    counts = ["n_buyers", "penetration", "purchase_frequency", "share_of_category_requirements", "sole_loyalty_share"]
    pd.testing.assert_frame_equal(found[counts].sort_index(), before[counts].sort_index())
    pd.testing.assert_frame_equal(brands.switching(table), brands.switching(whole))
    pd.testing.assert_frame_equal(brands.duplication(table), brands.duplication(whole))
    # 80 purchases of A, 80 of B; 40 of A and one of a stranger's are sent back: 390 of 1,190
    assert found["value_share"].to_dict() == {"B": 800 / 1190, "A": 390 / 1190}
    assert found.loc["A", "spend_per_buyer"] == 390 / 40
    groups = pd.Series({**{c: "odd" if c % 2 else "even" for c in range(40)}, 99: "even"})  # who never bought is in no group
    reached = brands.by_segment(table, groups)
    assert reached["n_customers"].to_list() == [20] * 4
    spent = table.assign(group=table["customer_id"].map(groups.drop(99))).groupby(["brand", "group"])["amount"].sum()
    share = spent / spent.groupby("group").transform("sum")
    assert reached["value_share"].to_dict() == pytest.approx(share.to_dict())


def test_purchases_that_were_all_sent_back_are_explained():
    table = pd.DataFrame({"customer_id": [1, 2], "brand": "A", "amount": [-1.0, -2], "date": pd.Timestamp("2024-01-01")})
    with pytest.raises(DataError, match="every one of them gives money back"):
        brands.performance(table)


def test_a_brand_never_followed_by_another_occasion_has_missing_shares():
    table = pd.DataFrame({"customer_id": [1, 1, 2], "brand": ["A", "B", "C"], "amount": 1.0,
                          "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01"])})
    found = brands.switching(table)
    assert found["n_occasions"].to_dict() == {"A": 1, "B": 0, "C": 0}
    assert found.loc[["B", "C"], ["A", "B", "C"]].isna().all(axis=None)


@pytest.mark.parametrize("make", TABLES)
def test_missing_columns_are_explained(make):
    with pytest.raises(DataError) as error:
        make(make_purchases(True).rename(columns={"brand": "brnd", "date": "day"}))
    assert "column 'brand': is not in the table" in str(error.value)
    assert "did you mean `brnd`" in str(error.value)
    assert "column 'date'" in str(error.value)


def test_other_column_names():
    table = make_purchases(False)
    renamed = table.rename(columns={"customer_id": "c", "brand": "b", "date": "d", "amount": "a"})
    pd.testing.assert_frame_equal(brands.performance(renamed, customer_id="c", brand="b", date="d", amount="a"),
                                  brands.performance(table))


def test_a_table_without_purchases_is_explained():
    with pytest.raises(DataError, match="no row with a customer, a brand and a date"):
        brands.performance(make_purchases(True).head(0))


def test_groups_of_other_customers_are_explained():
    with pytest.raises(DataError, match=r"`segment`: knows none of the customers"):
        brands.by_segment(make_purchases(True), pd.Series(["x"], index=[999]))


def test_a_customer_in_two_groups_is_explained():
    with pytest.raises(DataError, match=r"`segment`: names a customer twice"):
        brands.by_segment(make_purchases(True), pd.Series(["x", "y"], index=[1, 1]))


def test_purchases_without_a_date_are_left_out():
    table = make_purchases(False)
    undated = pd.concat([table, table.head(20).assign(date=pd.NaT)])
    pd.testing.assert_frame_equal(brands.performance(undated), brands.performance(table))
