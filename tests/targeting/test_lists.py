"""Lists for departments: whom they hold, whom they leave out, and in which form identifiers leave."""

import hashlib
import itertools

import numpy as np
import pandas as pd
import pytest

from segkit.data.people import hashed
from segkit.targeting import lists, membership, population, readiness
from segkit.words.errors import DataError

RANKED = ["vip", "new"]
PEOPLE = pd.DataFrame({
    "name": ["An", "Bình", "Chi", "Dũng", "Em", "Giang"], "email": ["an@x.vn", "AN@x.vn ", "chi@x.vn", None, "em@x.vn", "g@x.vn"],
    "phone": ["0912345678", None, "0987654321", "+84 98 765 4321", "x", "0351234567"], "city": ["Huế"] * 6,
    "ok": ["yes", "Có", "no", "1", None, True], "stop": ["no", "no", "yes", "no", "no", "no"]}, index=list("abcdef"))
TOLD = pd.DataFrame({"vip": [True, True, True, True, True, False], "new": [True, False, False, False, True, True]}, index=list("abcdef"))
MAIL = {"audience": "vip", "department": "Marketing", "columns": ["name", "email"], "consent": "ok"}


def built(given, people=PEOPLE, told=TOLD, **how):
    return lists.build(people, told, given, RANKED, **{"control_share": None, "random_state": 7, **how})


def test_each_member_is_on_the_list_or_left_out_for_one_reason():
    made = built({"mail": MAIL}, suppression="stop")
    row = made.summary.loc["mail"]
    assert row[["size", *lists.REASONS, "n_listed"]].to_list() == [5, 0, 2, 1, 0, 1, 0, 1]
    assert row["size"] == row[[*lists.REASONS, "n_listed"]].sum()
    assert made.people["mail"].values.tolist() == [["a", "An", "an@x.vn"]]
    assert row["aim"] == "Awareness"


def test_who_has_the_number_of_a_suppressed_person_is_left_alone_however_it_is_written():
    assert lists.suppressed(PEOPLE, "stop").to_dict() == dict(zip("abcdef", [False, False, True, True, False, False], strict=True))


def test_two_lists_that_claim_one_person_go_by_priority_and_those_not_reached_stay_free():
    made = built({"second": {"audience": "new", "columns": ["email"], "consent": "ok"}, "first": {**MAIL, "columns": ["email"]}})
    assert made.summary.loc["second", "n_elsewhere"] == 1
    assert list(made.people["first"]["customer_id"]) == ["a"]
    assert list(made.people["second"]["customer_id"]) == ["f"]
    assert list(made.people) == ["second", "first"]


def test_identifiers_do_not_leave_without_a_word_on_consent():
    without = {"mail": {**MAIL, "consent": ""}}
    with pytest.raises(DataError, match="nothing says that these people agreed"):
        built(without)
    assert len(built({"mail": {"audience": "vip", "columns": ["city"]}}).people["mail"]) == 5
    assert len(built(without, consent=lists.NONE_NEEDED, suppression="stop").people["mail"]) == 2


@pytest.mark.parametrize(("given", "how", "told"), [
    ({"x": {"audience": "vips"}}, {}, "did you mean `vip`"), ({"x": {"audience": "vip", "columns": ["emial"], "consent": "ok"}}, {}, "did you mean `email`"),
    ({"x": {**MAIL, "consent": "okay"}}, {}, "did you mean `ok`"), ({"x": {**MAIL, "colums": []}}, {}, "did you mean `columns`"),
    ({"x": MAIL}, {"suppression": "stopp"}, "did you mean `stop`"), ({"x": MAIL}, {"consent": "consnt"}, "`consent`"),
    ({"x": {"audience": "vip", "columns": "email"}}, {}, "list columns"), ({"x": 3}, {}, "write {audience"), ([], {}, "write `name"),
])
def test_faults_of_lists(given, how, told):
    with pytest.raises(DataError) as raised:
        built(given, **how)
    assert told in str(raised.value)


def many(n=500):
    people = pd.DataFrame({"email": [f"p{i}@x.vn" for i in range(n)], "ok": "yes"}, index=[f"c{i:03d}" for i in range(n)])
    return people, pd.DataFrame({"vip": True, "new": True}, index=people.index)


def test_the_control_group_is_drawn_by_lot_kept_apart_and_does_not_depend_on_the_order():
    people, told = many()
    given = {"mail": {"audience": "vip", "columns": ["email"], "consent": "ok"}}
    made = built(given, people, told, control_share=0.1)
    apart, listed = set(made.control["mail"]["customer_id"]), set(made.people["mail"]["customer_id"])
    assert (len(apart), len(listed)) == (50, 450)
    assert not apart & listed
    mixed = np.random.default_rng(1).permutation(people.index)
    assert set(built(given, people.loc[mixed], told.loc[mixed], control_share=0.1).control["mail"]["customer_id"]) == apart
    assert set(built(given, people, told, control_share=0.1, random_state=8).control["mail"]["customer_id"]) != apart
    assert made.smallest_control == 50
    assert np.isnan(built(given, people, told).smallest_control)


def test_nobody_kept_apart_from_one_list_is_on_another():
    people, told = many()
    made = built({n: {"audience": a, "columns": ["email"], "consent": "ok"} for n, a in (("one", "vip"), ("two", "new"))}, people, told, control_share=0.2)
    assert set(made.people["two"]) == {"customer_id", "email"}
    assert made.people["two"].empty
    assert made.summary.loc["two", "n_elsewhere"] == 500


def test_hashed_lists_hold_no_identifier_and_no_customer_id():
    made = built({"ads": {**MAIL, "columns": ["name", "email", "phone", "city"]}}, hash_identifiers=True)
    people = made.people["ads"]
    assert list(people) == ["name_sha256", "email_sha256", "phone_sha256", "city"]
    assert people["email_sha256"].iloc[0] == hashlib.sha256(b"an@x.vn").hexdigest()
    assert people["phone_sha256"].iloc[0] == hashlib.sha256(b"+84912345678").hexdigest()
    assert people["name_sha256"].iloc[0] == hashlib.sha256(b"an").hexdigest()
    assert set(people["city"]) == {"Huế"}


def test_sha256_of_the_platforms_example():
    assert hashed.sha256(pd.Series(["  TEST@example.com"]))[0] == "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"
    assert hashed.sha256(pd.Series([None, "no mail"])).to_list() == [None, None]


def test_five_spellings_of_one_number_and_old_prefixes():
    spellings = ("0912345678", "+84 912 345 678", "0084.912.345.678", "84912345678", "912345678", "(+84) 0912-345-678")
    assert {hashed.e164(n) for n in spellings} == {"+84912345678"}
    assert hashed.e164("0123 456 7890") == "+84834567890"
    assert hashed.e164("+44 20 7946 0958") == "+442079460958"
    assert [hashed.e164(n) for n in ("", "12345", "+", "0112345678", None)] == [None] * 5


def test_numbers_without_a_country_code_are_of_the_country_of_the_study():
    assert {hashed.e164(n, "US") for n in ("650-253-0000", "(650) 253 0000", "+1 650 253 0000", "1.650.253.0000", "6502530000.0")} == {"+16502530000"}
    assert hashed.e164("0912 345 678", "US") is None
    assert {hashed.e164(n, "US") for n in ("+84 912 345 678", "+84 (0)912345678", "011 84 912 345 678")} == {"+84912345678"}
    assert hashed.e164("+84 168 234 5678", "US") == hashed.e164("0168 234 5678") == "+84382345678"
    assert hashed.e164("168 234 5678") == "+84382345678"
    people = pd.DataFrame({"phone": ["650-253-0000", "+16502530000", "0912345678"], "stop": ["yes", "no", "no"]})
    assert lists.suppressed(people, "stop", "US").to_list() == [True, True, False]
    with pytest.raises(DataError, match="no country of the numbering plan"):
        lists.build(pd.DataFrame({"phone": ["1"]}), pd.DataFrame({"a": [True]}), {}, [], country="Vietnam")


def test_the_short_way_for_plain_mobile_numbers_is_that_of_the_library():
    rng = np.random.default_rng(1)
    ways = ("0{}", "+84{}", "84{}", "0084{}", "{}", "(+84) 0{}", "+84 (0){}")
    numbers = [rng.choice(ways).format(f"{rng.choice(list('35789'))}{rng.integers(10**8):08d}") for _ in range(1500)]
    told = [hashed.e164(n) for n in numbers]
    assert told == [hashed._of_library(n, "VN") for n in numbers]
    assert 0 < told.count(None) < 750


@pytest.mark.parametrize(("column", "kind"), [("E-Mail", "email"), ("ho_ten", "name"), ("sdt", "phone"), ("số điện thoại", "phone"), ("dia_chi", "address"),
                                              ("ngày sinh", "birth_date"), ("customer_name", "name"), ("consent_phone", ""), ("age", ""), ("country", "")])
def test_columns_that_identify_are_told_by_their_names(column, kind):
    assert hashed.kind(column) == kind


def test_numbers_leave_as_they_are_dialled_today_and_odd_ones_as_they_were_written():
    people = pd.DataFrame({"phone": ["0168 234 5678", "(091) 2345.678", "call my wife"], "email": ["a@x.vn", "b@x.vn", "c@x.vn"]}, index=list("abc"))
    made = built({"call": {"audience": "vip", "columns": ["phone", "email"], "consent": "none_needed"}}, people, TOLD.loc[list("abc")])
    assert made.people["call"]["phone"].to_list() == ["+84382345678", "+84912345678", "call my wife"]


def test_a_list_is_read_in_words_and_identifiers_stay_as_they_are():
    from segkit.report import handed, list_files
    from segkit.words import labels

    labels.give({"vi": {"sdt": "Số điện thoại", "via": "Kênh", "sms": "Tin nhắn"}, "en": {"via": "Channel"}})
    people = pd.DataFrame({"customer_id": ["sms", "b"], "name": ["sms", "An"], "via": ["sms", "zalo"]})
    told = handed._heads(people), handed._words(people)
    assert list_files.shown(people, *told, "vi").to_dict("list") == {"Khách hàng": ["sms", "b"], "name": ["sms", "An"], "Kênh": ["Tin nhắn", "zalo"]}
    assert list(list_files.shown(people, *told, "en")) == ["Customer", "name", "Channel"]
    assert list(list_files.shown(people[["customer_id"]], *told, "vi")) == ["Khách hàng"]
    same = list_files.shown(people, {"name": {"en": "Who"}, "via": {"en": "Who"}}, {}, "en")
    assert list(same) == ["customer_id", "name", "via"], "two columns never get one head"


def test_readiness_is_typed_and_open_where_nothing_is_said():
    made = readiness.assess({"customers_known": True, "one_platform": {"answer": "partly", "because": {"vi": "x"}}, "segments_used": "no"})
    assert made["readiness_answer"].to_list() == ["yes", "partly", "no", "open", "open"]
    assert made["next_step"].iloc[0] == ""
    assert all(made["next_step"].iloc[1:])
    with pytest.raises(DataError) as raised:
        readiness.assess({"one_plattform": "yes", "segments_used": "maybe"})
    assert len(raised.value.faults) == 2
    assert "did you mean `one_platform`" in str(raised.value)


def test_changes_since_the_last_build_and_since_when():
    told = many(40)[1]
    first = membership.since(told.assign(vip=[i < 10 for i in range(40)]), pd.Timestamp("2024-01-31").date())
    now = told.assign(vip=[5 <= i < 25 for i in range(40)])
    row = membership.changes(now[["vip"]], first).loc["vip"]
    assert row[["size", "size_before", "n_entered", "n_left", "size_change"]].to_list() == [20, 10, 15, 5, 1.0]
    later = membership.since(now, pd.Timestamp("2024-02-29").date(), first)["vip"]
    assert later.value_counts().to_dict() == {"2024-02-29": 15, "2024-01-31": 5}
    assert membership.changes(now, None).attrs["left_out"]
    assert np.isnan(membership.largest_change(membership.changes(now, None)))


def test_people_are_buyers_and_known_ones_and_shares_rest_on_all():
    known = pd.DataFrame({"stage": ["own"], "age": [30]}, index=["x"])
    now = pd.DataFrame({"n_days_bought": [2, 1], "monetary": [0.1, 0.2], "recency_days": [3, 40], "stage": ["Active", "New"]}, index=["a", "b"])
    people = population.people(known, now)
    assert people["n_days_bought"].to_dict() == {"a": 2, "b": 1, "x": 0}
    assert people.loc["x", "given_stage"] == "own"
    made = population.behaviour(people, pd.DataFrame({"all": [True] * 3, "none": [False] * 3}, index=people.index))
    assert made.loc["all", ["size", "revenue_share", "bought_again_share"]].to_list() == [3, 1, 0.5]
    assert made.loc["none", ["size", "revenue_share"]].to_list() == [0, 0]


def test_reasons_and_kinds_do_not_overlap():
    assert not any(a & b for a, b in itertools.combinations(hashed.KINDS.values(), 2))


def test_lists_that_differ_in_consent_are_told_so():
    asked, free, ids = {**MAIL}, {**MAIL, "consent": "none_needed"}, {"audience": "vip", "columns": ["customer_id"]}
    said = lists.about_consent
    assert "agreed to it by the column" in said({"a": asked})
    assert "no consent is needed" in said({"a": free})
    assert "names no column" in said({"a": ids})
    for some in itertools.combinations([asked, free, ids], 2):
        assert "differ in consent" in said(dict(zip("ab", some, strict=True)))
