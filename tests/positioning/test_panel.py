"""A panel of choices: what is set aside, what cannot be told apart, revenue after a change, segments against chance."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segkit.data import samples
from segkit.positioning import choice, elasticity, identification, panel, price_change, sensitivity
from segkit.words.errors import DataError

VARIABLES = ["price", "display"]


def shelf(n=600, seed=0, households=100, slope=(-1.0, -1.0)):
    """Choices of a logit; households with an even number have the first slope of the price, others the second."""
    rng = np.random.default_rng(seed)
    t = pd.DataFrame({"occasion": np.repeat(np.arange(n), 3), "brand": list("ABC") * n})
    t["customer_id"] = t["occasion"] % households
    t["price"], t["display"] = rng.uniform(1, 3, len(t)), rng.integers(0, 2, len(t)).astype(float)
    t["kind"] = np.where(t["customer_id"] % 2 == 0, "even", "odd")
    u = np.where(t["kind"] == "even", *slope) * t["price"] + 0.5 * t["display"] + rng.gumbel(size=len(t))
    return t.assign(chosen=(u == u.groupby(t["occasion"]).transform("max")).astype(int))


def test_the_generator_gives_the_bundled_file(tmp_path):
    subprocess.run([sys.executable, "data/instant_coffee/make.py", str(tmp_path)], cwd=samples.PROJECT, check=True)
    assert samples.sha256(tmp_path / "choices.parquet") == samples.sha256(samples.path("instant_coffee.choices"))
    assert samples.describe("instant_coffee.choices")["note"].startswith("SIMULATED.")


def test_the_order_of_the_types_is_that_of_the_generator():
    """Students −0.11, families −0.075, older couples −0.045; a liking that households keep makes them a little flatter."""
    t = panel.load("instant_coffee.choices", ["price", "display", "feature"], {"customer_id": "household"})
    found = sensitivity.by_segment(t.choices, ["price", "display", "feature"], "price", panel.groups(t.choices, "household_type", pd.DataFrame()))
    assert found.table.index.to_list() == ["students", "family", "older couple"]
    inside = (found.table["coefficient_low"] <= [-0.11, -0.075, -0.045]) & (found.table["coefficient_high"] >= [-0.11, -0.075, -0.045])
    assert inside.all()
    assert found.sentence == sensitivity.DIFFER


def test_each_row_set_aside_has_one_reason():
    t = shelf(12)
    t.loc[t["occasion"] == 0, "chosen"] = 0
    t.loc[(t["occasion"] == 1) & (t["brand"] == "B"), "price"] = np.nan
    t = t[~((t["occasion"] == 2) & (t["chosen"] == 0))]
    never = pd.DataFrame({"occasion": [3, 4], "brand": "D", "customer_id": [3, 4], "price": 2.0, "display": 0.0, "chosen": 0, "kind": "odd"})
    made = panel.load(pd.concat([t, never]), VARIABLES)
    assert made.set_aside == {panel.MISSING: 3, panel.NO_CHOICE: 3, panel.NEVER: 2, panel.ONE_BRAND: 1}
    assert made.n_rows == len(made.choices) == 9 * 3
    assert "D" not in set(made.choices["brand"])


def test_households_may_number_their_own_occasions():
    t = shelf(200)
    numbered = t.assign(occasion=t["occasion"] // 100)  # 100 households, two occasions each
    one, two = (choice.fit(panel.load(x, VARIABLES).choices, VARIABLES).coefficients for x in (t, numbered))
    pd.testing.assert_frame_equal(one, two, rtol=1e-7)


@pytest.mark.parametrize(("change", "variables", "words"), [
    (lambda t: t, ["prize"], "'prize'"), (lambda t: t, [], "`variables`: is empty"),
    (lambda t: t, ["price", "kind"], "'kind': is not numeric"), (lambda t: t.assign(chosen=0), VARIABLES, "no occasion with one brand chosen"),
    (lambda t: t[t["chosen"] == 1], VARIABLES, "no occasion with one brand chosen"), (lambda t: t.assign(chosen=2), VARIABLES, "chosen"),
    (lambda t: pd.concat([t, t.head(1)]), VARIABLES, "more than one row"), (lambda t: t.drop(columns="chosen"), VARIABLES, "'chosen'"),
])
def test_what_is_no_panel_is_told(change, variables, words):
    with pytest.raises(DataError, match=words):
        panel.load(change(shelf(30)), variables)


def test_what_cannot_be_told_apart_is_left_out_and_named():
    t = shelf(300)
    more = t.assign(income=t["occasion"] % 7 * 1.0, twice=2 * t["price"], own=(t["brand"] == "B") * 1.0, oracle=t["chosen"] * 1.0)
    found = panel.fit(more, [*VARIABLES, "income", "twice", "own", "oracle"])
    assert found.told["verdict"].to_list() == [panel.TOLD, panel.TOLD, identification.SAME, identification.FOLLOWS, identification.FOLLOWS, identification.SEPARATED]
    assert found.told["varying_share"].round(2).to_list()[2:5:2] == [0.0, 1.0]
    pd.testing.assert_frame_equal(found.model.coefficients, panel.fit(t, VARIABLES).model.coefficients)
    with pytest.raises(DataError, match=r"'income'.*same for all"):
        panel.fit(more, ["income"])


def test_the_first_brand_has_no_appeal_of_its_own():
    model = panel.fit(shelf(100), VARIABLES).model
    table = panel.appeal(model)
    assert table.index.to_list() == ["A", "B", "C"]
    assert table.loc["A", "coefficient"] == 0
    assert np.isnan(table.loc["A", "standard_error"])
    assert table.loc["B", "coefficient"] == model.coefficients.loc["constant: B", "coefficient"]
    assert panel.coefficients(model).index.to_list() == VARIABLES


def test_revenue_and_break_even_in_a_loop():
    t = shelf(80)
    model = choice.fit(t, VARIABLES)
    beta = model.coefficients["coefficient"]
    sold, taken = {}, {}
    for factor in (1.0, 0.8):
        units, money = dict.fromkeys("ABC", 0.0), dict.fromkeys("ABC", 0.0)
        for _, rows in t.groupby("occasion"):
            price = [p * (factor if b == "A" else 1.0) for p, b in zip(rows["price"], rows["brand"], strict=True)]
            u = [np.exp(beta["price"] * p + beta["display"] * d + (beta[f"constant: {b}"] if b != "A" else 0.0))
                 for p, d, b in zip(price, rows["display"], rows["brand"], strict=True)]
            for b, p, x in zip(rows["brand"], price, u, strict=True):
                units[b] += x / sum(u)
                money[b] += p * x / sum(u)
        sold[factor], taken[factor] = units, money
    found = elasticity.revenue(model, t, {"A": {"price": 0.8}}, "price")
    for b in "ABC":
        assert found.loc[b, "revenue_change"] == pytest.approx(taken[0.8][b] / taken[1.0][b] - 1)
    cost = (taken[0.8]["A"] - taken[1.0]["A"]) / (sold[0.8]["A"] - sold[1.0]["A"])  # profit as before at this cost of a unit
    assert found.loc["A", "break_even_share"] == pytest.approx(cost / (taken[1.0]["A"] / sold[1.0]["A"]))
    assert found.loc[["B", "C"], "break_even_share"].isna().all()
    assert (found["revenue_change_low"] < found["revenue_change"]).all()
    assert (found["revenue_change"] < found["revenue_change_high"]).all()


def test_the_mean_own_elasticity_is_that_of_the_brands_by_their_choices():
    t = shelf(200)
    model = choice.fit(t, VARIABLES)
    e = elasticity.elasticities(model, t, "price").set_index(["changed_brand", "brand"])["elasticity"]
    share = elasticity.simulate(model, t, {})["share_before"]
    told, low, high = elasticity.mean_own(model, t, "price")
    assert told == pytest.approx(sum(e[(b, b)] * share[b] for b in "ABC"))
    assert low < told < high < 0


def test_cochrans_test_by_hand():
    t = shelf(1200, slope=(-1.6, -0.6))
    kind = t.drop_duplicates("customer_id").set_index("customer_id")["kind"]
    found = sensitivity.by_segment(t, VARIABLES, "price", kind)
    b, se = zip(*(panel.fit(t[t["kind"] == k], VARIABLES).model.coefficients.loc["price", ["coefficient", "standard_error"]] for k in ("even", "odd")), strict=True)
    expected = (b[0] - b[1]) ** 2 / (se[0] ** 2 + se[1] ** 2)  # two groups: the square of a z test
    assert found.statistic == pytest.approx(expected)
    assert found.p_value == pytest.approx(stats.chi2.sf(expected, 1))
    assert (found.sentence, found.values["most"]) == (sensitivity.DIFFER, "even")
    assert found.table["n_customers"].to_list() == [50, 50]


def test_segments_that_are_alike_are_seldom_called_different():
    """Sixty panels: 5 % by chance; more than nine would happen less than once in 500 times."""
    called = 0
    for seed in range(60):
        t = shelf(400, seed=seed)
        kind = t.drop_duplicates("customer_id").set_index("customer_id")["kind"]
        called += sensitivity.by_segment(t, ["price"], "price", kind).sentence == sensitivity.DIFFER
    assert called <= 9


def test_a_segment_too_small_for_a_model_says_so():
    t = shelf(200)
    kind = pd.Series({0: "one", **dict.fromkeys(range(1, 100), "rest")})
    found = sensitivity.by_segment(t[(t["customer_id"] > 0) | (t["occasion"] == 0)], VARIABLES, "price", kind)
    assert found.table["verdict"].to_dict() == {"rest": sensitivity.TOLD, "one": sensitivity.NOT_TOLD}
    assert found.sentence == sensitivity.NONE
    assert sensitivity.by_segment(t, VARIABLES, "price", pd.Series(dtype=object)).table.empty


def test_groups_from_the_panel_a_table_or_nowhere():
    t = shelf(30, households=5)
    assert panel.groups(t, "kind", pd.DataFrame()).to_dict() == {0: "even", 1: "odd", 2: "even", 3: "odd", 4: "even"}
    assert panel.groups(t, "town", pd.DataFrame({"town": ["x"]}, index=[0])).to_dict() == {0: "x"}
    assert panel.groups(t, "", pd.DataFrame()).empty
    with pytest.raises(DataError, match="'town'"):
        panel.groups(t, "town", pd.DataFrame())


@pytest.mark.parametrize(("slope", "by", "expected"), [
    (-3.0, -0.1, price_change.EARNS_BELOW), (-3.0, 0.1, price_change.EARNS_ABOVE), (-0.25, -0.2, price_change.CUT_LOSES), (-0.25, 0.2, price_change.RISE_EARNS),
])
def test_what_to_do_follows_from_revenue(slope, by, expected):
    t = shelf(4000, households=1000, slope=(slope, slope))
    found = price_change.simulate(panel.fit(t, VARIABLES).model, t, "price", by, "A")
    assert found.advice[0] == expected
    assert found.sentence == (price_change.LOWER if by < 0 else price_change.HIGHER)
    seen = t.loc[t["brand"] == "A", "price"]
    new = seen * (1 + by)
    assert found.outside_share == pytest.approx(((new < seen.min()) | (new > seen.max())).mean())


def test_a_price_that_says_little_is_left():
    t = shelf(60, slope=(-0.5, -0.5))
    found = price_change.simulate(panel.fit(t, VARIABLES).model, t, "price", -0.1)
    assert found.advice[0] == price_change.NOT_SURE
    assert found.values["brand"] == t.groupby("brand")["chosen"].sum().idxmax()


@pytest.mark.parametrize(("by", "brand", "price", "words"), [(0.0, "A", "price", "`change`: is 0"), (-1.0, "A", "price", "`change`"), (np.nan, "A", "price", "`change`"),
                                                            (-0.1, "Z", "price", "'Z'"), (-0.1, "A", "prize", "'prize'")])
def test_changes_that_make_no_sense(by, brand, price, words):
    t = shelf(60)
    with pytest.raises(DataError, match=words):
        price_change.simulate(panel.fit(t, VARIABLES).model, t, price, by, brand)
