"""Odd purchases of a category: every measure gives a table or says in plain words why not."""


import numpy as np
import pandas as pd
import pytest

from segkit.positioning import (
    brands,
    gain_loss,
    gaps,
    independence,
    leaders,
    loyalty,
    maps,
    norm,
    revenue_tree,
    rivals,
    volume,
)
from segkit.words.errors import DataError, SegkitError


def purchases(seed=0, n=400, names="ABC"):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"customer_id": rng.integers(0, 60, n), "brand": rng.choice(list(names), n),
                         "amount": rng.integers(100, 900, n) / 100, "quantity": rng.integers(1, 4, n),
                         "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, n), unit="D")})


def everything(table):
    """Measure → table; no warning of a program, and decisions in words."""
    bought = brands.occasions(table)
    groups = pd.Series(np.where(np.arange(60) % 2, "odd", "even"), index=range(60))
    groups = groups[groups.index.isin(table["customer_id"])]
    reached = brands.by_segment(bought, groups)
    moved, served = gain_loss.between(bought), gaps.find(bought, groups, reached)
    for measure in leaders.LEADS:
        leaders.first(bought, measure)
    assert isinstance(rivals.decide(moved, served)[0], str)
    return {"performance": brands.performance(bought), "moves": brands.moves(bought), "reached": reached,
            "duplication": brands.duplication(bought), "switching": brands.switching(bought), "moved": moved.table,
            "gaps": served.table, "pairs": independence.duplication(bought).table,
            "baskets": independence.baskets(bought).table, "switches": independence.switches(bought),
            "norm": norm.against(bought).table, "volume": volume.table(bought),
            "tree": revenue_tree.between(bought).table, "loyalty": loyalty.by_segment(bought, groups)}


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_one_brand_only():
    made = everything(purchases(names="A"))
    row = made["performance"].loc["A"]
    assert row[["penetration", "value_share", "share_of_category_requirements", "sole_loyalty_share"]].to_list() == [1] * 4
    assert made["duplication"].isna().all(axis=None)
    for name in ("pairs", "baskets", "switches"):
        assert made[name].attrs["left_out"] == independence.FEW
    assert made["moved"].loc["A", "share_change"] == 0
    assert made["gaps"]["gap_score"].to_list() == [0, 0]


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_brand_with_one_buyer_has_no_interval_of_what_he_does():
    table = purchases()
    rare = table.iloc[:1].assign(brand="Rare", customer_id=3)
    made = everything(pd.concat([table, rare]))
    row = made["performance"].loc["Rare"]
    assert (row["n_buyers"], row["purchase_frequency"]) == (1, 1)
    assert row.filter(regex="^(purchase_frequency|spend_per_buyer|share_of).*_(low|high)$").isna().all()
    assert 0 < row["penetration_low"] < 1 / 60 < row["penetration_high"] < 0.1
    assert row["value_share_low"] < row["value_share"] < row["value_share_high"]
    assert np.isnan(made["norm"].loc["Rare", "adjusted_p"])


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_brand_bought_by_all():
    table = purchases()
    staple = pd.DataFrame({"customer_id": table["customer_id"].unique(), "brand": "Staple", "amount": 1.0, "quantity": 1,
                           "date": pd.Timestamp("2024-02-01")})
    made = everything(pd.concat([table, staple]))
    row = made["performance"].loc["Staple"]
    assert row[["penetration", "penetration_high"]].to_list() == pytest.approx([1, 1])
    assert row["penetration_low"] < 1
    assert (made["reached"].loc["Staple", "index_100"] == 100).all()
    assert (made["reached"].loc["Staple", "adjusted_p"] > 0.05).all()
    assert made["duplication"]["Staple"].dropna().eq(1).all()


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_one_household():
    made = everything(purchases().assign(customer_id=7))
    assert made["performance"]["penetration"].to_list() == [1, 1, 1]
    for name in ("value_share", "purchase_frequency", "spend_per_buyer"):
        assert made["performance"][[f"{name}_low", f"{name}_high"]].isna().all(axis=None)
    assert made["moved"][["switched_net_low", "share_change_low"]].isna().all(axis=None)
    assert not (made["moved"]["adjusted_p"] <= 0.05).any()
    assert not (made["gaps"]["adjusted_p"] <= 0.05).any()


def test_periods_that_do_not_overlap_are_told():
    """A first period that would begin before the purchases, or a second one after them."""
    for day in ("2024-01-10", "2024-12-01", "2023-05-01"):
        with pytest.raises(SegkitError, match=r"purchases (are from|begin)"):
            gain_loss.between(purchases(), day)
        with pytest.raises(SegkitError, match=r"purchases (are from|begin)"):
            revenue_tree.between(purchases(), day)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_brands_of_different_times_come_and_go():
    """Nobody who bought the one brand ever met the other."""
    table = purchases(names="A")
    late = table.assign(brand="B", date=table["date"] + pd.Timedelta(days=200))
    made = everything(pd.concat([table, late]))
    assert made["moved"].loc["A", ["spend_after", "new_gain", "more_gain", "switched_gain"]].to_list() == [0] * 4
    assert made["tree"].loc["A", "buyers_effect"] == made["tree"].loc["A", "spend_change"] < 0
    assert made["moved"]["share_change"].to_list() == [1, -1]


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_returns_larger_than_purchases():
    """B gives back more than it took: its value is below 0, the shares still add up and no interval ends in the scale."""
    table = purchases()
    back = table[table["brand"] == "B"].assign(amount=-9.0, date=lambda t: t["date"] + pd.Timedelta(days=200))
    made = everything(pd.concat([table, back]))
    row = made["performance"].loc["B"]
    assert row["value_share"] < 0
    assert row["value_share_low"] < row["value_share"] < row["value_share_high"]
    assert row["spend_per_buyer_low"] < row["spend_per_buyer"] < 0
    assert made["performance"]["value_share"].sum() == pytest.approx(1)
    assert row["n_buyers"] == brands.performance(table).loc["B", "n_buyers"]
    only_back = table.assign(amount=-table["amount"])
    with pytest.raises(DataError, match="gives money back"):
        brands.occasions(only_back)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("times", [1, 2])
def test_returns_larger_than_all_purchases(times):
    """The category comes to nothing, or less: there is no share of that, no leader and no change, not one of a debt."""
    table = purchases()
    back = table.assign(amount=-times * table["amount"], date=table["date"] + pd.Timedelta(days=200))
    both = pd.concat([table, back])
    made = everything(both)
    assert made["performance"]["value_share"].isna().all()
    assert made["performance"]["n_buyers"].equals(everything(table)["performance"]["n_buyers"].reindex(
        made["performance"].index))
    assert made["reached"]["value_share"].isna().all()
    assert made["gaps"]["spend_index"].isna().all()
    assert leaders.first(both, "value_share").values["brand"] is None
    assert made["moved"]["share_change"].isna().all() or (made["moved"]["spend_before"].sum() > 0 < made["moved"]["spend_after"].sum())


def test_groups_and_brands_that_nobody_bought_are_no_points_of_a_map():
    """Zero rows and columns, also where the lots have them."""
    table = purchases(names="ABCD")
    groups = pd.Series(np.array(list("xyz"))[np.arange(60) % 3], index=range(60))
    counts = brands.by_segment(table, groups)["n_buyers"].unstack("segment")
    lots = brands.buyers_by_lot(table, groups)
    found = maps.of_groups(counts, lots)
    padded = counts.assign(nobody=0).reindex([*counts.index, "Nothing"]).fillna(0)
    wide = np.pad(lots, ((0, 0), (0, 1), (0, 1)))
    again = maps.of_groups(padded, wide)
    assert (again.total_inertia, again.lot_p) == (found.total_inertia, found.lot_p)
    assert not {"nobody", "Nothing"} & set(again.coordinates.index)
    assert maps.of_groups(padded * 0, wide).coordinates.attrs["left_out"] == maps.TOO_SMALL


NAMES = ["<script>alert(1)</script>", "=HYPERLINK(\"http://x\")", "@SUM(A1)", "{brand:value}", "A & B", "100 %", "'"]


def test_html_and_formulas_in_brand_names_stand_as_they_are():
    table = purchases(names="ABCDEFG")
    named = table.assign(brand=table["brand"].map(dict(zip("ABCDEFG", NAMES, strict=True))))
    made, plain = everything(named), everything(table)
    assert set(made["performance"].index) == set(NAMES)
    for name in ("performance", "duplication"):
        assert sorted(made[name].to_numpy().ravel().astype(str)) == sorted(plain[name].to_numpy().ravel().astype(str))


def test_html_in_brand_names_is_text_on_the_page():
    from segkit import report

    made = report.table("Brand performance", brands.performance(purchases().replace({"brand": {"A": NAMES[0]}})))
    written = made._repr_mimebundle_()["text/html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in written.replace("<wbr>", "")
    assert "<script>alert" not in written


@pytest.mark.parametrize("code", ["en", "vi"])
def test_brand_names_are_text_in_findings_figures_and_spreadsheets(code):
    """HTML is escaped, braces are no placeholders, and a name that begins like a formula is a text cell."""
    import io

    import openpyxl

    from segkit import report
    from segkit.plots import positioning as draw
    from segkit.report import exports, render

    table = purchases(names="ABCDEFG")
    bought = brands.occasions(table.assign(brand=table["brand"].map(dict(zip("ABCDEFG", NAMES, strict=True)))))
    shown = brands.performance(bought)
    made = [report.figure("Shares", draw.bars, shown, "value_share"), report.figure("Sizes", draw.double_jeopardy, shown)]
    lead = leaders.first(bought, "value_share")
    for name in NAMES:
        told = lead.values | {"brand": name}
        made.append(report.finding("first_in_value", said=(lead.sentence, told)))
        assert name in repr(made[-1])
    for display in made:
        written = str(render.html(display.payload, code))
        assert "<script>alert" not in written
    book = openpyxl.load_workbook(io.BytesIO(exports.workbook({"brands": [["brand"], *([n] for n in NAMES)]})))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert {c.data_type for c in cells} == {"s"}
    assert [str(c.value).lstrip("'") for c in cells] == [n.lstrip("'") for n in NAMES]


def test_shares_of_customers_who_are_counted_twice_are_told():
    """Shares that would not sum to 1: a customer in two groups."""
    twice = pd.Series(["odd", "even"], index=[1, 1])
    with pytest.raises(SegkitError, match="twice"):
        brands.by_segment(purchases(), twice)
