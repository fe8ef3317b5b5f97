"""Sources of customers become people: who is merged, who is not, and that nothing is lost on the way."""

import importlib.util
import unicodedata
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.data import unify
from segkit.data.people import grouping, linkage, names, phones, survivorship
from segkit.data.people import unified as unified_room
from segkit.words.errors import DataError, SegkitError
from segkit.words.terms import TERMS

PROJECT = Path(__file__).resolve().parents[2]


def module(path: str):
    spec = importlib.util.spec_from_file_location(Path(path).stem, PROJECT / path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


bench = module("benchmarks/unify.py")


@pytest.fixture(scope="module")
def simulated():
    """500 households at the middling error rate, with the truth, without it, and unified."""
    whole, sources = bench.simulated(500, 0.15, seed=5)
    return whole, sources, unify.link(sources, ["member_no"], u_pairs=3e5)


def people(unified, source, *ids):
    """The persons of some records of a source."""
    m = unified.members
    return m[(m["data_source"] == source) & m["source_id"].isin(ids)]["customer_id"].to_list()


def read(expression):
    return expression.to_pyarrow().as_py()


def test_a_name_has_one_form_however_it_is_written():
    rows = names.add(ibis.memtable({"name": [
    "Nguyễn Thị Minh Hòa", "NGUYỄN THỊ MINH HÒA", "Nguyen Thi Minh Hoa", "  nguyễn  thị-minh hoà ", "Thị Minh Hòa Nguyễn",
    "Bà Nguyễn Thị Minh Hòa", unicodedata.normalize("NFD", "Nguyễn Thị Minh Hòa"), "Ms. Nguyen Thi Minh Hoa"]})).execute()
    assert set(rows["letters"]) == {"hoa minh nguyen thi"}
    assert set(rows["family"]) == {"nguyen"}
    assert set(rows["given"]) == {"hoa"}
    assert set(rows["marks"].dropna()) == {"3 5  1^"}
    assert rows["marks"].isna().sum() == 2


def test_every_vietnamese_letter_folds():
    letters = [unicodedata.normalize("NFC", base + mark) for base in "aăâeêioôơuưy"
               for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")]
    rows = pd.DataFrame([(f"x{form}x", f"x{unicodedata.normalize('NFD', x)[0]}x") for x in letters
                         for form in (x, x.upper(), unicodedata.normalize("NFD", x))], columns=["written", "plain"])
    t = ibis.memtable(rows)
    assert t.filter(names.folded(t.written) != t.plain).count().execute() == 0
    assert read(names.folded(ibis.literal("Đỗ Ðức đ"))) == "do duc d"
    assert read(names.folded(ibis.literal("··"))) is None


NUMBERS = [
    ("0912345678", "0912345678"), ("912345678", "0912345678"), ("+84912345678", "0912345678"), ("84 912 345 678", "0912345678"),
    ("0084-912.345.678", "0912345678"), ("(+84)0912345678", "0912345678"), ("01682345678", "0382345678"),
    ("+841201234567", "0701234567"), ("1991234567", "0591234567"), ("02838234567", "02838234567"), ("912345678.0", "0912345678"),
    ("0112345678", None), ("091234567", None), ("abc", None), ("", None),
]


def test_phone_numbers():
    t = ibis.memtable(pd.DataFrame(NUMBERS, columns=["written", "wanted"]))
    told = t.mutate(found=phones.national(t.written)).execute()
    assert told["found"].fillna("").to_list() == told["wanted"].fillna("").to_list()


def test_every_old_prefix_has_a_new_one():
    assert len(phones.RENUMBERED) == 21
    t = ibis.memtable({"old": [f"{old}1234567" for old in phones.RENUMBERED], "new": [f"{new}1234567" for new in phones.RENUMBERED.values()]})
    assert t.filter(phones.national(t.old) == t.new).count().execute() == 21


@pytest.mark.sweep
def test_precision_and_recall_on_simulated_people(simulated):
    whole, _, unified = simulated
    told = bench.quality(unified.members["customer_id"], bench.truth(whole, unified.members))
    assert told["precision"] >= 0.985
    assert told["recall"] >= 0.87
    assert told["people_f1"] >= 0.88


def test_better_than_exact_keys_and_equality(simulated):
    whole, sources, unified = simulated
    true = bench.truth(whole, unified.members)
    ours = bench.quality(unified.members["customer_id"], true)["f1"]
    keys = bench.quality(pd.Series(bench.grouping.exact(unified.records, ["member_no"])), true)["f1"]
    plain = bench.quality(bench.plain_equality(sources, unified.members), true)["f1"]
    assert ours > keys + 0.15
    assert keys > plain


def test_every_row_is_accounted_for(simulated):
    _, sources, unified = simulated
    told = unified.accounting
    assert told["n_rows"].to_dict() == {s: len(t) for s, t in sources.items()}
    assert (told["n_linked"] + told["n_alone"] == told["n_rows"]).all()
    assert (told["n_customers"] + told["n_duplicates"] == told["n_rows"]).all()
    assert set(unified.members["customer_id"]) == set(unified.customers.index)
    assert not unified.members.duplicated(["data_source", "source_id"]).any()


def test_rows_and_sources_in_another_order_give_the_same(simulated):
    _, sources, unified = simulated
    mixed = {s: sources[s].sample(frac=1, random_state=3) for s in reversed(sources)}
    again = unify.link(mixed, ["member_no"], u_pairs=3e5)
    for name in ("customers", "members", "links", "conflicts", "accounting", "checks", "parameters"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(unified, name))


def test_columns_stand_in_the_glossary(simulated):
    _, _, unified = simulated
    tables = [unified.members, unified.links, unified.conflicts, unified.accounting, unified.checks, unified.parameters,
              unified.summary(), unified.decisions(), unified.disagreements(), unified.example(), unified.largest(), unified.set_aside]
    for table in tables:
        named = [*table.columns, *(n for n in table.index.names if n)]
        sided = [c.removesuffix("_a").removesuffix("_b") if c.startswith(("data_source", "source_id")) else c for c in named]
        assert not [c for c in sided if c not in TERMS]
    assert {"sources", "birth_decade"} <= set(unified.customers) & set(TERMS)


def test_an_explanation_adds_up_to_the_probability(simulated):
    _, _, unified = simulated
    links = unified.links[unified.links["match_probability"].between(0.5, 0.9999)]
    for _, pair in links.sample(20, random_state=1).iterrows():
        told = unified.explain(*((pair[f"data_source_{x}"], pair[f"source_id_{x}"]) for x in "ab"))
        assert told["match_probability"].iloc[-1] == pytest.approx(pair["match_probability"], abs=1e-4)
        shown = pair.filter(like="weight_").rename(lambda c: c.removeprefix("weight_"))
        assert told["match_weight"].drop("prior").to_numpy() == pytest.approx(shown[told.index.drop("prior")].to_numpy(dtype=float), abs=1e-4)


def test_explanations_are_masked(simulated):
    _, _, unified = simulated
    for kind in unified_room.DECISIONS:
        told = unified.example(kind)
        for name in ("name", "phone", "email"):
            for value in told.loc[name, ["value_a", "value_b"]]:
                assert value == "–" or "·" in value or len(value) <= 3


def test_levels_found_twice_agree(simulated):
    """Splink's levels are those that plain SQL finds."""
    _, _, unified = simulated
    used = [linkage.BY_NAME[n] for n in unified.settings["comparisons"]]
    order = {tuple(r): i for i, r in enumerate(unified.members[["data_source", "source_id"]].itertuples(index=False))}
    pairs = pd.DataFrame({f"record_{x}": [order[a, b] for a, b in unified.links[[f"data_source_{y}", f"source_id_{y}"]].itertuples(index=False)]
                          for x, y in (("l", "a"), ("r", "b"))})
    levels = linkage.compare(unified.records, pairs, used)
    unknown = (levels[[f"gamma_{c.name}" for c in used]] == -1).to_numpy()
    weights = unified.links[[f"weight_{c.name}" for c in used]].to_numpy()
    assert (weights[unknown] == 0).all()
    assert (weights[~unknown] != 0).all()


FAMILY = pd.DataFrame({
    "customer_id": ["1", "2", "3", "4"], "name": ["Trần Văn Hùng", "Lê Thị Mai", "Trần Minh Khôi", "Trần Ngọc Lan"],
    "phone": ["0912345678"] * 4, "email": ["nha.tran@gmail.com"] * 4, "address": ["12 Lê Lợi"] * 4, "city": ["Huế"] * 4,
    "birth_date": ["1975-02-03", "1978-11-20", "2005-06-01", "2008-09-09"]})


def test_a_shared_phone_and_e_mail_merge_nobody():
    unified = unify.link({"crm": FAMILY, "web": FAMILY.assign(customer_id=list("abcd"), name=lambda t: t["name"].map(bare))})
    assert len(unified.customers) == 4
    assert unified.accounting["n_duplicates"].to_list() == [0, 0]
    assert set(unified.links[unified.links["decision"] == "refused"]["reason"]) <= {"another name", "another birth date"}


def bare(text):
    return read(names.folded(ibis.literal(text))).upper()


def test_father_and_son_of_one_name_are_two_when_birth_dates_are_known():
    both = pd.DataFrame({"customer_id": ["1", "2"], "name": ["Trần Văn Hùng"] * 2, "phone": ["0912345678"] * 2,
                         "birth_date": ["1960-01-05", "1991-07-23"]})
    web = pd.DataFrame({"customer_id": ["w"], "name": ["Tran Van Hung"], "phone": ["0912345678"]})
    unified = unify.link({"crm": both, "web": web})
    assert len(unified.customers) == 3  # the order of the rows does not decide whose the third record is
    assert unified.checks.loc[unified_room.APART, "n"] == 1
    pairs = unified.to_review
    assert pairs[["source_id_a", "source_id_b"]].to_numpy().tolist() == [["1", "w"], ["2", "w"]]
    assert pairs["match_probability"].nunique() == 1
    assert set(pairs["reason"]) == {"as sure as a link that contradicts it"}


def test_a_surer_link_is_made_before_one_that_contradicts_it():
    both = pd.DataFrame({"customer_id": ["1", "2"], "name": ["Trần Văn Hùng"] * 2, "phone": ["0912345678"] * 2,
                         "email": ["hung@shop.vn", None], "birth_date": ["1960-01-05", "1991-07-23"]})
    web = pd.DataFrame({"customer_id": ["w"], "name": ["Tran Van Hung"], "phone": ["0912345678"], "email": ["hung@shop.vn"]})
    others = strangers("p", 40, np.random.default_rng(2)).assign(email=[f"a{i}@shop.vn" for i in range(40)])
    unified = unify.link({"crm": pd.concat([both, others]), "web": web})
    assert people(unified, "web", "w") == people(unified, "crm", "1")
    assert unified.links[["decision", "source_id_a"]].to_numpy().tolist() == [["linked", "1"], ["refused", "2"]]


def equal_links(*pairs):
    """Links of one probability, as they are decided upon."""
    return pd.DataFrame([{"record_l": a, "record_r": b, "basis": "the model", "mw_name": 5.0} for a, b in pairs])


@pytest.mark.parametrize(("pairs", "against", "unsure"), [
    ([(0, 1), (1, 2)], {(0, 2)}, {0, 1}),
    ([(0, 1), (1, 2), (2, 3)], {(0, 2)}, {0, 1}),  # whatever is chosen, 3 goes with 2
    ([(0, 1), (1, 2), (3, 4)], {(0, 2)}, {0, 1}),
    ([(0, 1), (1, 2), (2, 3)], {(0, 3)}, {0, 1, 2}),
    ([(0, 1), (1, 2)], {(0, 3)}, set())])
def test_of_equal_links_that_cannot_all_be_made_none_is(pairs, against, unsure):
    foes = {}
    for a, b in against:
        foes.setdefault(a, set()).add(b)
        foes.setdefault(b, set()).add(a)
    for order in (pairs, pairs[::-1]):
        refused, level = grouping._surest_first(equal_links(*order), foes)
        assert refused == []
        assert {pairs.index(order[i]) for i in level} == unsure


def test_twins_are_two():
    twins = pd.DataFrame({"customer_id": ["1", "2"], "name": ["Lê Minh Anh", "Lê Minh Ngọc"], "phone": ["0912345678"] * 2,
                          "birth_date": ["2010-05-05"] * 2, "address": ["5 Trần Phú"] * 2})
    assert len(unify.link({"crm": twins}).customers) == 2


def test_an_id_that_both_carry_decides():
    crm = pd.DataFrame({"customer_id": ["1", "2"], "name": ["Trần Thị Lan", "Mai"], "card": ["A7", "B8"], "phone": ["0912345678", "0987654321"]})
    web = pd.DataFrame({"customer_id": ["x", "y"], "name": [None, "Mai"], "card": ["A7", "B8"], "phone": [None] * 2})
    unified = unify.link({"crm": crm, "web": web}, shared_ids=["card"])
    assert people(unified, "web", "x", "y") == people(unified, "crm", "1", "2")
    assert unified.links["basis"].to_list() == ["an id that both carry"] * 2


@pytest.mark.parametrize(("other", "reason"), [({"name": "Vũ Đức Phong"}, "another name"), ({"birth_date": "2001-05-06"}, "another birth date")])
def test_an_id_that_both_carry_does_not_override_a_contradiction(other, reason):
    crm = pd.DataFrame({"customer_id": ["1"], "name": ["Trần Thị Lan"], "birth_date": ["1988-02-03"], "card": ["A7"], "phone": ["0912345678"]})
    unified = unify.link({"crm": crm, "web": crm.assign(customer_id="x", **other)}, shared_ids=["card"])
    assert len(unified.customers) == 2
    assert unified.links[["decision", "basis", "reason"]].to_numpy().tolist() == [["to review", "an id that both carry", reason]]


def strangers(prefix, n, rng):
    """People who have nothing in common but how names are made."""
    family, middle, given = (rng.choice(words, n) for words in (
        ["Nguyễn", "Trần", "Lê", "Phạm", "Vũ", "Đặng", "Bùi", "Đỗ"], ["Văn", "Thị", "Minh", "Đức", "Ngọc", "Thanh"],
        ["Anh", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Khoa", "Lan", "Mai", "Phong", "Quân", "Sơn", "Tâm", "Uyên", "Vinh", "Yến"]))
    return pd.DataFrame({"customer_id": [f"{prefix}{i}" for i in range(n)], "name": [" ".join(x) for x in zip(family, middle, given, strict=True)],
                         "phone": [f"09{x:08d}" for x in rng.choice(10**8, n, replace=False)],
                         "birth_date": pd.to_datetime(rng.choice(20_000, n, replace=False), unit="D").strftime("%Y-%m-%d")})


@pytest.mark.parametrize("word", ["0", "N/A", "-", "không có", "VIP", "8.49E+11", "0.0"])
def test_a_placeholder_among_the_ids_merges_nobody(word):
    """60 people stand in both sources with a card of their own; 120 more in each have the placeholder for a card."""
    rng = np.random.default_rng(7)
    both = strangers("p", 60, rng).assign(card=[f"C{i:04d}" for i in range(60)])
    sources = {s: pd.concat([both.assign(customer_id=lambda t, s=s: s + t["customer_id"]), strangers(s, 120, rng).assign(card=word)])
               for s in ("crm", "web")}
    unified = unify.link(sources, shared_ids=["card"], u_pairs=1e5)
    assert len(unified.customers) == 300
    assert unified.set_aside[["variable", "found", "n_rows"]].to_numpy().tolist() == [["card", "0" if word == "0.0" else word, 240]]
    assert unified.checks.loc["rows whose id, phone, e-mail or birth date is no key", "n"] == 240
    assert unified.largest()["n_records"].to_list() == [2] * 60


def test_an_id_that_a_household_shares_is_a_key():
    """Eight people with one card are a large household, nine are not: their names keep the first apart."""
    rows = strangers("p", 9, np.random.default_rng(3)).assign(card="F1", name=[f"Lê {m} {g}" for m, g in zip("ABCDEFGHI", ["An", "Bo", "Chi", "Du", "Em", "Giang", "Hai", "Khoa", "Lam"], strict=True)])
    assert unify.link({"crm": rows.head(8)}, shared_ids=["card"]).set_aside.empty
    assert unify.link({"crm": rows}, shared_ids=["card"]).set_aside[["found", "n_rows"]].to_numpy().tolist() == [["F1", 9]]


def test_a_walk_in_customer_is_nobody():
    till = pd.DataFrame({"customer_id": list("abcd"), "name": ["Khách lẻ", "KHACH LE", "Guest", "Lê Văn An"], "phone": ["0900000001"] * 3 + ["0911222333"]})
    unified = unify.link({"till": till, "web": till.tail(1)})
    assert len(unified.customers) == 4
    assert unified.customers["name"].dropna().to_list() == ["Lê Văn An"]


def test_ids_that_became_floating_point_numbers_are_the_same_ids():
    crm = pd.DataFrame({"customer_id": [1.0, None, 3.0], "name": ["Lê Văn An", "Vũ Mai", "Bùi Nam"], "card": [17908.0, None, 5.0]})
    web = pd.DataFrame({"customer_id": ["x"], "name": ["Le Van An"], "card": ["17908"]})
    with pytest.raises(DataError, match="1 row has no value"):
        unify.link({"crm": crm, "web": web}, shared_ids=["card"])
    unified = unify.link({"crm": crm.dropna(subset="customer_id"), "web": web}, shared_ids=["card"])
    assert people(unified, "web", "x") == ["crm:1"]


def test_people_of_many_records_stand_in_a_table():
    one = pd.DataFrame({"customer_id": range(10), "name": ["Lê Văn An"] * 10, "phone": ["0912345678"] * 10})
    other = pd.DataFrame({"customer_id": ["x", "y"], "name": ["Vũ Thị Mai"] * 2, "phone": ["0987654321"] * 2, "email": ["a@b.vn", "c@b.vn"]})
    told = unify.link({"crm": one, "web": other}).largest()
    assert told[["n_records", "n_names", "n_phones", "n_emails", "n_birth_dates"]].to_numpy().tolist() == [[10, 1, 1, 0, 0], [2, 1, 1, 2, 0]]


def test_a_placeholder_phone_is_no_phone():
    many = pd.DataFrame({"customer_id": range(12), "name": [f"{f} Văn {g}" for f in ("Lê", "Trần", "Bùi") for g in ("An", "Bình", "Cường", "Dũng")],
                         "phone": ["0900000000"] * 12})
    many.loc[12] = [12, "Lê Văn An", "0911222333"]
    unified = unify.link({"crm": many, "web": many.tail(1)})
    assert unified.checks.loc["rows whose id, phone, e-mail or birth date is no key", "n"] == 12
    assert unified.customers["phone"].dropna().to_list() == ["0911222333"]


def test_duplicates_within_a_source_are_found():
    crm = pd.DataFrame({"customer_id": ["1", "2", "3"], "name": ["Đỗ Thị Hạnh", "DO THI HANH", "Vũ Nam"],
                        "phone": ["0912345678", "+84912345678", "0987654321"]})
    unified = unify.link({"crm": crm})
    assert unified.accounting.loc["crm"].to_dict() == {"n_rows": 3, "n_linked": 2, "n_alone": 1, "n_duplicates": 1, "n_customers": 2}


def test_survivorship_is_a_rule_per_column():
    crm = pd.DataFrame({"customer_id": ["1"], "name": ["LE VAN HOA"], "phone": ["0912345678"], "city": ["Huế"], "updated": ["2024-01-01"], "tier": ["gold"]})
    web = pd.DataFrame({"customer_id": ["x"], "name": ["Lê Văn Hòa"], "phone": ["0912 345 678"], "city": ["Đà Nẵng"], "updated": ["2025-01-01"]})
    unified = unify.link({"crm": crm, "web": web})
    row = unified.customers.iloc[0]
    assert row[["name", "phone", "city", "tier", "sources"]].to_list() == ["Lê Văn Hòa", "0912345678", "Đà Nẵng", "gold", "crm + web"]
    assert unified.conflicts[["variable", "kept", "others"]].to_numpy().tolist() == [["city", "Đà Nẵng", "Huế"]]
    trusted = unify.link({"crm": crm, "web": web}, survivors={"city": "first source"}, priority=["crm"])
    assert trusted.customers["city"].to_list() == ["Huế"]
    assert trusted.customers.index.to_list() == ["crm:1"]


def test_rules_against_a_loop():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"person": rng.integers(0, 60, 400), "city": rng.choice(["a", "b", "c", None], 400), "rank": rng.integers(0, 3, 400),
                         "updated": pd.to_datetime(rng.integers(0, 5, 400), unit="D")})
    kept, told = survivorship.keep(rows[["city"]], rows[["city"]], rows["person"], rows["rank"], rows["updated"], {"city": ["most frequent"]})
    for person, own in rows.dropna(subset=["city"]).groupby("person"):
        n = own["city"].value_counts()
        best = own[own["city"].isin(n.index[n == n.max()])]
        best = best[best["rank"] == best["rank"].min()]
        assert kept.loc[person, "city"] == best["city"].min()
        assert (person in told.index) == (len(n) > 1)


def test_purchases_get_the_person(simulated):
    _, _, unified = simulated
    ids = [("shop", "S000001"), ("web", "W000001")]
    t = ibis.memtable({"customer_id": ["S000001", "W000001", "nobody"], "amount": [1, 2, 3]})
    told = unified.relabel(t).order_by("amount").execute()
    assert told["customer_id"].to_list() == [people(unified, *ids[0])[0], people(unified, *ids[1])[0], "nobody"]


def test_ids_that_mean_two_people_ask_for_the_source():
    one = pd.DataFrame({"customer_id": [1], "name": ["Lê An"], "phone": ["0912345678"]})
    two = pd.DataFrame({"customer_id": [1], "name": ["Vũ Bình"], "phone": ["0987654321"]})
    unified = unify.link({"crm": one, "web": two})
    with pytest.raises(DataError, match="mean different people"):
        unified.relabel(ibis.memtable({"customer_id": [1], "amount": [5]}))
    t = ibis.memtable({"customer_id": [1, 1], "data_source": ["crm", "web"], "amount": [5, 6]})
    assert sorted(unified.relabel(t).execute()["customer_id"]) == ["crm:1", "web:1"]


def test_one_table_stays_as_it_is():
    known = pd.DataFrame({"customer_id": [3, 1], "city": ["a", "b"]})
    unified = unify.load({}, known)
    assert unified.customers.index.to_list() == [1, 3]
    t = ibis.memtable({"customer_id": [1], "amount": [5]})
    assert unified.relabel(t) is t
    assert unified.summary()["n_rows"].to_list() == [0]
    assert unified.example().empty
    assert unified.decisions().empty
    assert unified.per_hundred("apart") is None


def test_all_faults_come_in_one_report():
    good = pd.DataFrame({"customer_id": [1, 2], "name": ["a", "b"], "phone": ["0912345678", "0987654321"]})
    with pytest.raises(DataError) as raised:
        unify.link({"crm": good.drop(columns="customer_id"), "web": {"table": good}, "shop": {"data": "nothing.csv"}, "pos": pd.concat([good, good])})
    told = str(raised.value)
    for words in ("source 'crm'", "is missing", "source 'web'", "has no key 'table'", "names no data", "nothing.csv", "source 'pos'", "stand in more than one row"):
        assert words in told
    with pytest.raises(SegkitError) as raised:
        unify.link({"crm": good}, shared_ids=["card"], threshold=2, priority=["web"])
    assert len(raised.value.faults) == 3
    with pytest.raises(SegkitError, match="did you mean `most recent`"):
        unify.link({"crm": good}, survivors={"name": "most recnt"})
    with pytest.raises(DataError, match="too little to tell people by"):
        unify.link({"crm": good[["customer_id"]].assign(city="Huế"), "web": good[["customer_id"]].assign(city="Huế")})
    with pytest.raises(DataError, match="names no table"):
        unify.link({})


def test_nothing_is_printed_and_inputs_stay(capfd):
    rows = FAMILY.copy()
    unify.link({"crm": rows, "web": FAMILY.head(2)})
    assert capfd.readouterr() == ("", "")
    pd.testing.assert_frame_equal(rows, FAMILY)


def test_splink_is_imported_only_when_it_is_needed():
    import subprocess
    import sys

    code = "import sys; import segkit.data.unify, segkit.data.people.linkage; print('splink' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_the_engine_of_the_linkage_starts_in_jupyter():
    from nbclient import execute
    from nbformat.v4 import new_code_cell, new_notebook

    cell = new_code_cell("from segkit.data import engines\nfrom segkit.data.people import linkage\nlinkage.database(None)\nengines.embedded()\nprint('ready')")
    told = execute(new_notebook(cells=[cell]), timeout=60).cells[0].outputs
    assert [o.text for o in told if o.output_type == "stream"] == ["ready\n"]


@pytest.mark.parametrize(("name", "position", "plainly"), [
    ("phone", 1, "levenshtein(phone_l, phone_r) <= 2"),
    ("birth_date", 1, f"levenshtein(birth_date_l, birth_date_r) <= 1 or ({linkage._SWAPPED})"),
    ("home", 1, "levenshtein(address_l, address_r) * 8 <= length(address_l)")])
def test_what_is_asked_before_an_edit_distance_changes_no_level(name, position, plainly):
    rng = np.random.default_rng(4)

    def edited(text, letters):
        for _ in range(rng.integers(0, 4)):
            at = rng.integers(0, len(text))
            kept = text[at + rng.integers(0, 2):] if name != "birth_date" else text[at + 1:]
            text = text[:at] + (letters[rng.integers(0, len(letters))] if name == "birth_date" or rng.random() < .7
                                else "") + kept
        return text

    if name == "birth_date":
        first = [str(d)[:10] for d in pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 20_000, 4000), "D")]
        second = [edited(d, "0123456789") for d in first]
        second[::5] = [f"{d[:4]}-{d[8:]}-{d[5:7]}" for d in first[::5]]
    else:
        letters = "0123456789" if name == "phone" else "0123456789 abcdefghiklmnopqrstuvxy"
        size = (9, 12) if name == "phone" else (4, 40)
        first = ["".join(rng.choice(list(letters), rng.integers(*size))) for _ in range(4000)]
        second = [edited(t, letters) for t in first]
    column = "address" if name == "home" else name
    database = duckdb.connect()
    database.register("pairs", pd.DataFrame({f"{column}_l": first, f"{column}_r": second}))
    level = linkage.BY_NAME[name].levels[position].sql
    n, n_kept, n_other = database.sql(f"select count(*), count(*) filter ({level}), count(*) filter (({level}) <> "
                                      f"({plainly})) from pairs").fetchone()
    assert n_other == 0
    assert 0.1 * n < n_kept < 0.99 * n


def test_a_town_is_written_in_one_way():
    till = pd.DataFrame({"customer_id": list("1234"), "phone": [f"091234567{i}" for i in range(4)], "name": ["Lê Văn A", "Trần B C", "Vũ C D", "Đỗ D E"],
                         "city": ["Ho Chi Minh", "TP. Hồ Chí Minh", "Ho Chi Minh", "Huế"]})
    web = till.assign(customer_id=list("abcd"), phone=[f"098765432{i}" for i in range(4)], city=["TP. Hồ Chí Minh", "tp Hồ Chí Minh", None, "HUE"])
    people = unify.link({"till": till, "web": web}).customers
    assert sorted(people["city"].dropna().unique()) == ["Huế", "TP. Hồ Chí Minh"]
