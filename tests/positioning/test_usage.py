"""Brands used by a survey, against sums by hand, respondents copied as often as they weigh, and the panel's measures."""

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import brands, independence, usage, user_segments, users
from segkit.words.errors import DataError


def answers(n=240, seed=0, names="ABCD", weighted=False):
    """A row per respondent and brand used; one respondent in ten, at least, uses none."""
    rng = np.random.default_rng(seed)
    chance = rng.dirichlet(1.5 * np.linspace(2, 1, len(names)) / len(names), n)
    times = np.array([rng.multinomial(rng.poisson(4) * (i % 10 > 0), p) for i, p in enumerate(chance)])
    weight = rng.integers(1, 4, n) if weighted else np.ones(n, dtype=int)
    rows = [(f"r{i:03d}", names[j], times[i, j], "ab"[i % 2], weight[i]) for i in range(n) for j in np.flatnonzero(times[i])]
    rows += [(f"r{i:03d}", None, None, "ab"[i % 2], weight[i]) for i in np.flatnonzero(times.sum(axis=1) == 0)]
    return pd.DataFrame(rows, columns=["respondent_id", "brand", "times", "group", "weight"])


def test_performance_by_hand():
    told = answers(weighted=True)
    used = usage.load(told, groups="group")
    table = users.performance(used)
    own = told.dropna()
    category = own.groupby("respondent_id").agg(n=("times", "sum"), brands=("brand", "size"), w=("weight", "first"))
    assert (used.n_asked, len(used.often)) == (240, len(category))
    for brand, part in own.groupby("brand"):
        part = part.set_index("respondent_id")
        c, row = category.loc[part.index], table.loc[brand]
        assert row["n_users"] == len(part)
        assert row["user_share"] == pytest.approx(c["w"].sum() / category["w"].sum())
        assert row["use_share"] == pytest.approx((part["times"] * part["weight"]).sum() / (category["n"] * category["w"]).sum())
        assert row["brands_used"] == pytest.approx(np.average(c["brands"], weights=c["w"]))
        assert row["sole_user_share"] == pytest.approx(np.average(c["brands"] == 1, weights=c["w"]))
        assert row["uses_per_user"] == pytest.approx(np.average(part["times"].astype(float), weights=c["w"]))
        assert row["requirement_share"] == pytest.approx((part["times"] * c["w"]).sum() / (c["n"] * c["w"]).sum())
        for name in ("use_share", "brands_used", "sole_user_share", "uses_per_user", "requirement_share"):
            assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]
    shared, share = users.duplication(used), table["user_share"]
    uses, w = (used.often > 0).astype(float), used.weight
    assert shared.loc["A", "B"] == pytest.approx((uses["A"] * uses["B"] * w).sum() / (uses["A"] * w).sum())
    both = [((uses[i] * uses[j] * w).sum() / w.sum(), share[i] * share[j]) for k, i in enumerate("ABCD") for j in "ABCD"[k + 1:]]
    assert users.pairs(used).coefficient == pytest.approx(sum(b for b, _ in both) / sum(e for _, e in both))


def test_weights_count_as_people():
    told = answers(weighted=True)
    copies = pd.concat([told[told["weight"] > k].assign(respondent_id=told["respondent_id"] + f"-{k}", weight=1) for k in range(3)])
    wide, narrow = users.performance(usage.load(told)), users.performance(usage.load(copies))
    for name in ("user_share", "use_share", "brands_used", "sole_user_share", "uses_per_user", "requirement_share"):
        assert wide[name].sort_index().to_list() == pytest.approx(narrow[name].sort_index().to_list())
    assert ((wide["user_high"] - wide["user_low"]) > (narrow["user_high"] - narrow["user_low"]).loc[wide.index]).all()


def test_a_survey_without_weights_gives_what_the_same_purchases_give():
    told = answers().dropna()
    lines = told.loc[told.index.repeat(told["times"].astype(int))].reset_index(drop=True)
    lines = lines.assign(customer_id=lines["respondent_id"], amount=1.0,
                         date=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(lines)), unit="min"))
    bought, used = brands.occasions(lines), usage.load(told)
    panel, table = brands.performance(bought), users.performance(used)
    for mine, theirs in (("user_share", "penetration"), ("use_share", "value_share"), ("sole_user_share", "sole_loyalty_share"),
                         ("uses_per_user", "purchase_frequency"), ("requirement_share", "share_of_category_requirements")):
        ends = (("user_low", "user_high") if mine == "user_share" else (f"{mine}_low", f"{mine}_high"))
        for a, b in zip((mine, *ends), (theirs, f"{theirs}_low", f"{theirs}_high"), strict=True):
            assert table[a].sort_index().to_list() == pytest.approx(panel[b].sort_index().to_list()), a
    pairs, theirs = users.pairs(used), independence.duplication(bought)
    assert pairs.coefficient == pytest.approx(theirs.coefficient)
    assert sorted(pairs.table["shared_index"]) == pytest.approx(sorted(theirs.table["duplication_index"]))


def test_long_and_wide_forms_agree():
    told = answers()
    wide = told.dropna().pivot(index="respondent_id", columns="brand", values="times").reindex(told["respondent_id"].unique())
    counted = usage.load(wide.astype(float).reset_index(), list("ABCD"))
    assert users.performance(counted).equals(users.performance(usage.load(told)))
    words = wide.notna().replace({True: "Yes", False: "no"}).reset_index()
    ticked = usage.load(words, list("ABCD"))
    assert not ticked.is_counted
    assert "requirement_share" not in users.performance(ticked)
    assert users.performance(ticked)["user_share"].equals(users.performance(counted)["user_share"])
    assert usage.load(told.drop(columns="times")).often.equals(ticked.often)


def test_level_brands_are_called_level():
    rng = np.random.default_rng(1)
    uses = rng.random((400, 4)) < [0.5, 0.49, 0.2, 0.19]
    table = pd.DataFrame(uses.astype(int), columns=list("ABCD")).assign(respondent_id=range(400))
    used = usage.load(table, list("ABCD"))
    shown = users.performance(used)["against_next"].to_list()
    assert shown == [users.ALIKE, users.AHEAD, users.ALIKE, ""]
    assert not users.leader(used).is_clear
    assert users.leader(used).sentence == users.LEVEL
    clear = usage.load(table.assign(A=1), list("ABCD"))
    assert users.leader(clear).sentence == users.LEADS
    assert users.leader(clear).values["share"] == 1


def test_segments_by_lot():
    """Segments dealt anew have a clear cell in about one case of twenty, one that is truly off nearly always."""
    told = answers(400, weighted=True)
    used, rng, clear = usage.load(told, groups="group"), np.random.default_rng(3), 0
    for seed in range(60):
        dealt = pd.Series(rng.choice(list("xyz"), len(used.often)), index=used.often.index)
        clear += user_segments.stands_out(user_segments.by_segment(used, dealt, seed)).is_clear
    assert clear <= 8  # 99 % of the binomial of 60 and 0.05
    own = used.often["A"].gt(0).map({True: "x", False: "y"})
    keep = np.random.default_rng(4).random(len(own)) < 0.7
    mixed = own.where(keep, np.where(np.arange(len(own)) % 2, "x", "y"))
    found = user_segments.stands_out(user_segments.by_segment(used, mixed))
    assert found.is_clear
    assert (found.values["brand"], found.sentence) == ("A", user_segments.MORE if found.values["segment"] == "x" else user_segments.FEWER)
    table = user_segments.by_segment(used, usage.grouped(used))
    uses = (used.often["A"] > 0) & (used.group.loc[used.often.index] == "a")
    inside = used.weight[used.group.loc[used.often.index] == "a"].sum()
    assert table.loc[("A", "a"), "user_share"] == pytest.approx(used.weight[uses].sum() / inside)
    assert user_segments.by_segment(used, pd.Series(dtype=object)).empty


def test_requirements_in_a_segment_with_few_users_are_left_out():
    told = answers(60)
    used = usage.load(told, groups="group")
    table = user_segments.by_segment(used, usage.grouped(used))
    few = (used.often > 0).groupby(used.group.loc[used.often.index]).sum().T.stack() < user_segments.LEAST
    few.index.names = ["brand", "segment"]
    assert few.any()
    assert not few.all()
    assert (table["requirement_share"].isna() == few.loc[table.index]).all()


def test_one_brand_only():
    used = usage.load(answers(names="A"), groups="group")
    row = users.performance(used).loc["A"]
    assert row[["user_share", "use_share", "brands_used", "sole_user_share", "requirement_share"]].to_list() == [1] * 5
    assert users.pairs(used).table.attrs["left_out"] == independence.FEW
    assert users.duplication(used).isna().all(axis=None)
    lead, told = users.leader(used), user_segments.stands_out(user_segments.by_segment(used, usage.grouped(used)))
    assert user_segments.decide(lead, told)[1]["brand"] is None
    ticked = usage.load(pd.DataFrame({"respondent_id": range(9), "A": "yes"}), ["A"])
    assert users.performance(ticked).loc["A", ["user_share", "brands_used", "sole_user_share"]].to_list() == [1] * 3


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_brand_that_all_use_and_one_that_nobody_uses():
    told = answers().dropna().pivot(index="respondent_id", columns="brand", values="times").fillna(0).astype(float)
    used = usage.load(told.assign(All=2.0, Nobody=0.0).reset_index(), [*"ABCD", "All", "Nobody"])
    row = users.performance(used).loc["All"]
    assert row["user_share"] == 1
    assert row["user_low"] < row["user_high"] == pytest.approx(1)
    assert [n.values for n in used.notes] == [{"names": "Nobody"}]
    assert "Nobody" not in used.often


@pytest.mark.parametrize(("change", "words"), [
    (lambda t: t.assign(times=0), "nobody who uses a brand"),
    (lambda t: t.assign(times=-1), "below 0"),
    (lambda t: t.assign(times="often"), "not numbers"),
    (lambda t: t.assign(weight=range(len(t))), "differs between rows of one respondent"),
    (lambda t: t.rename(columns={"brand": "name"}), "name these under `brands`"),
    (lambda t: pd.concat([t, t]), "in more than one row"),
])
def test_faults_of_the_long_form(change, words):
    with pytest.raises(DataError, match=words):
        usage.load(change(answers().dropna().assign(weight=1)))
    assert usage.check(change(answers().dropna().assign(weight=1)))


def test_codes_that_may_be_turned_round_are_asked_about():
    """1 and 2 for yes and no, 1 to 5 for often to never: taken as numbers everybody would use everything."""
    rng = np.random.default_rng(0)
    who = pd.DataFrame({"respondent_id": range(80)})
    for top, words in ((2, "is 2 a no, or two times"), (5, "no answer is 0, no or empty")):
        codes = pd.DataFrame(rng.integers(1, top + 1, (80, 3)), columns=list("XYZ"))
        with pytest.raises(DataError, match=words):
            usage.load(who.join(codes), list("XYZ"))
    with pytest.raises(DataError, match="no answer is 0"):
        usage.load(who.join(codes).melt("respondent_id", list("XYZ"), "brand", "times"))
    with pytest.raises(DataError, match="neither yes and no nor a number of times"):
        usage.load(who.assign(X="sometimes"), ["X"])
    used = usage.load(answers(800, names="ABCDEF"))
    assert users.larger_used_more(users.performance(used)) > 0
    turned = used._replace(often=(1 + used.often.max().max() - used.often).where(used.often > 0, 0.0))
    assert users.larger_used_more(users.performance(turned)) < 0


def test_many_brands_and_odd_names():
    rng = np.random.default_rng(2)
    names = ["<b>x</b>", "=1+1", *(f"brand {i:02d}" for i in range(28))]
    wide = pd.DataFrame((rng.random((300, 30)) < np.linspace(0.5, 0.1, 30)).astype(int), columns=names).assign(respondent_id=range(300))
    used = usage.load(wide, names)
    assert used.often.shape[1] == 25
    assert set(used.often["Other brands"].unique()) <= {0, 1}
    assert names[0] in users.performance(used).index


def test_spellings_of_one_brand_are_made_one():
    told = pd.DataFrame({"respondent_id": ["a", "a", "b", "c"], "brand": ["Coca-Cola", "coca cola", "coca cola", "Pepsi"]})
    used = usage.load(told, merge={"brand": {"Coca-Cola": ["coca cola"]}})
    assert used.often["Coca-Cola"].to_dict() == {"a": 1, "b": 1, "c": 0}


def test_a_study_is_told_before_it_runs(project):
    told = answers().dropna().pivot(index="respondent_id", columns="brand", values="times").fillna(0)
    (project.path / "wide.csv").write_text(told.astype(int).to_csv(), encoding="utf-8")
    project.study("used", """
notebook: 12-brands-used
title: {en: Used, vi: Dùng}
languages: [en, vi]
tables: {usage: {data: wide.csv}}
parameters: {groups: "", brands: [A, B, Z]}
""")
    found = project.segkit("check", "used")
    assert found.returncode != 0
    assert "'Z'" in found.stdout + found.stderr
