"""What becomes of rows that are no plain purchase, and the account of them all."""

import pandas as pd
import pytest

from segkit.data import customers, summary, tables
from segkit.data.contract import rows as row_rules
from segkit.lifecycle import cohorts, purchases, stages
from segkit.positioning import brands
from segkit.segmentation import rfm
from segkit.words.errors import SegkitError

HEAD = "customer_id,date,amount,quantity\n"
GOOD = "k1,2024-01-31,5,1\nk2,2024-02-01,6,1\n"


def account(source, as_of=None, **rules):
    return tables.account(source, "transactions", as_of=as_of, rules=rules)


def said(source, as_of=None, read=None, **rules):
    return "\n".join(map(str, tables.check(source, "transactions", as_of=as_of, read=read, rules=rules)))


def test_every_row_is_used_or_set_aside_for_one_reason(save):
    path = save(HEAD + GOOD + "test,2024-02-01,5,1\n,2024-02-01,5,1\nk1,2024-02-02,-5,-1\nk1,2024-01-31,5,1\nTest-2,2025-01-01,-1,1\n"
                "k2,2025-01-01,7,1\nTổng cộng,,11,\n")
    made = account(path, as_of="2024-12-31", returns="set_aside", duplicates="set_aside", no_customer="set_aside", after_as_of="set_aside")
    assert made.set_aside == {"totals of the file, which count other rows again": 1, "without a customer": 1, "of test accounts": 2,
                              "repeated lines": 1, "after the last day of the study": 1, "returns and corrections": 1}
    assert made.n_rows == 9 == made.n_used + sum(made.set_aside.values())
    assert sorted(made.table.execute()["amount"]) == [5, 6]  # setting rows aside may lose their order
    assert list(made.set_aside) == [reason for reason in row_rules.REASONS.values() if reason in made.set_aside]


def test_by_default_nothing_is_lost_but_test_accounts_and_totals(save):
    made = account(save(HEAD + GOOD + "k1,2024-02-02,-5,-1\nk1,2024-01-31,5,1\ndemo,2024-01-31,5,1\nTotal,,11,\n"))
    assert made.set_aside == {"totals of the file, which count other rows again": 1, "of test accounts": 1}
    assert made.table.execute()["amount"].sum() == 11


def test_a_clean_table_has_nothing_set_aside(save):
    made = account(save(HEAD + GOOD))
    assert (made.n_rows, made.n_used, made.set_aside) == (2, 2, {})


@pytest.mark.parametrize(("customer", "is_one"), [
    ("test", True), ("TEST", True), ("Test 1", True), ("test_2", True), ("test@shop.vn", True), ("demo1", True), ("dummy", True),
    ("testa", False), ("contest", False), ("demos", False), ("K-test", False), ("tester", False), ("Thử", False)])
def test_which_customers_are_test_accounts(save, customer, is_one):
    assert (account(save(HEAD + GOOD + f"{customer},2024-02-01,5,1\n")).n_used == 2) is is_one


@pytest.mark.parametrize(("patterns", "kept"), [
    (["k1"], 3), ([], 4), (["?2", "nobody"], 3), (["k.*"], 4), (["a)b"], 3), (["Khách lẻ"], 4)])
def test_test_accounts_of_one_s_own(save, patterns, kept):
    path = save(HEAD + GOOD + "k3,2024-02-01,5,1\na)b,2024-02-01,5,1\n")
    assert account(path, test_accounts=patterns).n_used == kept


def test_too_few_customers_are_left(save):
    assert "has 1 distinct value" in said(save(HEAD + GOOD + "a,2024-02-01,5,1\n"), test_accounts=["K*"])


def test_test_accounts_among_whole_numbers(save):
    path = save(HEAD + "1,2024-01-31,5,1\n2,2024-01-31,5,1\n999,2024-01-31,5,1\n")
    assert account(path, test_accounts=[999]).table.execute()["customer_id"].to_list() == [1, 2]
    frame = pd.DataFrame({"customer_id": [1, 2, 999], "date": pd.Timestamp("2024-01-31"), "amount": 5.0})
    assert account(frame, test_accounts=[999, "test"]).n_used == 2


def test_rows_set_aside_are_not_at_fault(save):
    assert said(save(HEAD + GOOD + "test,soon,x,1\n")) == ""
    assert "1 value is not a date" in said(save(HEAD + GOOD + "k3,soon,5,1\n", "other.csv"))


def test_purchases_after_the_day_of_the_study_can_be_left_out(save):
    path = save(HEAD + GOOD + "k1,2025-01-01,7,1\n")
    assert "`rows: {after_as_of: set_aside}`" in said(path, as_of="2024-12-31")
    made = account(path, as_of="2024-12-31", after_as_of="set_aside")
    assert made.set_aside == {"after the last day of the study": 1}
    assert made.table.date.max().execute() == pd.Timestamp("2024-02-01")


def test_nothing_left_says_why(save):
    report = said(save(HEAD + GOOD), as_of="2023-12-31", after_as_of="set_aside")
    assert "has no rows left: 2 after the last day of the study" in report


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Grand total", "Tổng cộng", "tổng", "Cộng", "Sum"])
def test_a_totals_row_of_a_file(save, word):
    path = save("customer_id,date,amount,note\n1,2024-01-31,5,a\n2,2024-02-01,6,b\n" + f",,11,{word}\n")
    made = account(path)
    assert made.set_aside == {"totals of the file, which count other rows again": 1}
    assert made.table.execute()["customer_id"].to_list() == [1, 2]  # whole numbers, as if it were not there
    assert "row has no value" in said(path, totals="fault")


def test_a_totals_row_of_a_sheet(tmp_path):
    frame = pd.DataFrame({"customer_id": [1001, 1002, "Tổng cộng"], "date": [*pd.to_datetime(["2024-01-31", "2024-02-01"]), None], "amount": [5.5, 6, 11.5]})
    frame.to_excel(path := tmp_path / "t.xlsx", index=False)
    made = account(path)
    assert made.table.execute()[["customer_id", "amount"]].to_numpy().tolist() == [[1001, 5.5], [1002, 6.0]]
    assert made.set_aside == {"totals of the file, which count other rows again": 1}


def test_a_total_with_a_date_is_no_purchase(save, tmp_path):
    """Two customers bought 5 and 10; both "subtotals" and the total carry a date: 15 is right, 45 is the file's sum."""
    rows = [(1001, "2024-01-31", 5.0, "a"), ("Subtotal", "2024-01-31", 5.0, None), (1002, "2024-02-01", 10.0, "b"),
            ("Sub-total:", "2024-02-01", 10.0, None), (None, "2024-02-01", 15.0, "Tổng cộng")]
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount", "note"])
    frame.to_csv(text := tmp_path / "t.csv", index=False)
    frame.assign(date=pd.to_datetime(frame["date"])).to_excel(sheet := tmp_path / "t.xlsx", index=False)
    for path in (text, sheet):
        made = account(path)
        assert made.set_aside == {"totals of the file, which count other rows again": 3}
        assert made.table.execute()[["customer_id", "amount"]].to_numpy().tolist() == [[1001, 5], [1002, 10]]
        assert "3 rows say that they are totals" in said(path, totals="fault")


def test_subtotals_of_a_spreadsheet_s_outline(tmp_path):
    """What Excel's "Subtotal" writes: the id and the word, here with a date too. 5 + 10 + 20 were bought, not 70."""
    rows = [("1001", "2024-01-31", 5.0), ("1001", "2024-02-01", 10.0), ("1001 Total", "2024-02-01", 15.0), ("1002", "2024-02-01", 20.0),
            ("1002 Total", "", 20.0), ("Grand Total", "", 35.0)]
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    frame.to_csv(text := tmp_path / "t.csv", index=False)
    frame.assign(date=pd.to_datetime(frame["date"], errors="coerce")).to_excel(sheet := tmp_path / "t.xlsx", index=False)
    for path in (text, sheet):
        made = account(path)
        assert made.set_aside == {"totals of the file, which count other rows again": 3}
        assert made.table.execute()[["customer_id", "amount"]].to_numpy().tolist() == [[1001, 5], [1001, 10], [1002, 20]]
        assert "3 rows say that they are totals" in said(path, totals="fault")


def test_a_firm_called_total_is_no_subtotal_of_nobody(save):
    rows = "Petit Total,2024-02-01,5\nEnergy total,2024-02-01,6\n"
    assert account(save("customer_id,date,amount\n" + rows)).set_aside == {}
    assert account(save("customer_id,date,amount\nPetit,2024-02-01,5\n" + rows, "b.csv")).n_used == 2


def test_a_customer_called_total_is_a_customer(save):
    named = save("customer_id,date,amount,customer_name\n7,2024-02-01,5,Total\n8,2024-02-01,6,Sum\n9,2024-02-01,6,Subtotal\n")
    assert account(named).set_aside == {}
    own = save(HEAD + GOOD + "Total,2024-02-01,5,1\n", "own.csv")
    assert account(own).n_used == 2
    assert account(own, totals="keep").table.execute()["customer_id"].to_list() == ["k1", "k2", "Total"]
    assert account(save(HEAD + GOOD + "Totally,2024-02-01,5,1\nSummer,2024-02-01,5,1\n", "near.csv")).n_used == 4


def test_a_product_called_total_is_no_total(save):
    path = save("customer_id,date,amount,product_id\nk1,2024-01-31,5,A\nk2,2024-02-01,6,B\n,2024-02-01,7,Total\n")
    assert account(path, no_customer="set_aside").set_aside == {"without a customer": 1}


# clocks and currencies ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "zone", "day"), [
    ("2024-01-31T20:00:00Z", "", "2024-01-31 20:00"), ("2024-01-31T20:00:00Z", "Asia/Ho_Chi_Minh", "2024-02-01 03:00"),
    ("2024-01-31T20:00+01:00", "Asia/Ho_Chi_Minh", "2024-02-01 02:00"), ("2024-01-31 20:00-0530", "UTC", "2024-02-01 01:30"),
    ("2024-01-31 20:00", "Asia/Ho_Chi_Minh", "2024-01-31 20:00"), ("2024-01-31", "Asia/Ho_Chi_Minh", "2024-01-31 00:00"),
    ("2024-07-01T12:00Z", "Europe/Paris", "2024-07-01 14:00"), ("2024-01-01T12:00Z", "Europe/Paris", "2024-01-01 13:00")])
def test_whose_clock_tells_the_day(save, text, zone, day):
    made = account(save(f"customer_id,date,amount\na,{text},5\nb,{text},6\n"), time_zone=zone)
    assert set(made.table.execute()["date"]) == {pd.Timestamp(day)}


def test_instants_of_a_parquet_file_ask_for_a_clock(tmp_path):
    frame = pd.DataFrame({"customer_id": ["a", "b"], "date": pd.to_datetime(["2024-01-31T20:00Z"] * 2), "amount": [5.0, 6.0]})
    frame.to_parquet(path := tmp_path / "t.parquet")
    assert "say whose clock counts: `rows: {time_zone: Asia/Ho_Chi_Minh}`" in said(path)
    assert account(path, time_zone="Asia/Ho_Chi_Minh").table.execute()["date"].iloc[0] == pd.Timestamp("2024-02-01 03:00")


CURRENCIES = "customer_id,date,amount,currency\na,2024-01-31,25400,VND\nb,2024-02-01,2,usd\nc,2024-02-01,3,EUR\n"


def test_several_currencies_are_asked_about(save):
    assert "column 'currency': holds several: EUR (1 rows), USD (1 rows), VND (1 rows)" in said(save(CURRENCIES))
    assert "holds currencies without a rate: EUR (1 rows)" in said(save(CURRENCIES, "b.csv"), currencies={"VND": 1, "USD": 25400})


def test_currencies_are_turned_into_one_or_left_out(save):
    made = account(save(CURRENCIES), currencies={"vnd": 1, "USD": 25400, "EUR": None})
    assert made.table.execute()["amount"].to_list() == [25400, 50800]
    assert made.set_aside == {"in a currency left out": 1}


SMALL = pd.DataFrame({"customer_id": ["a", "b"] * 500, "date": pd.date_range("2024-01-01", periods=100).repeat(10),
                      "amount": 100, "currency": "VND", "brand": (["A"] * 3 + ["B"]) * 250})


@pytest.fixture
def small():
    """1,000 lines of 100 dong in dollars: each is 0.39 cents, all of them are 100,000 / 25,400 = 3.937… dollars."""
    return account(SMALL, currencies={"VND": 1 / 25400}).table


def test_converted_amounts_are_rounded_after_they_are_added(small):
    assert summary.overview(small)["revenue"].to_list() == [3.94]
    january, february, march, april = summary.by_month(small)["revenue"]
    assert [january, february, march, april] == [1.22, 1.14, 1.22, 0.35]  # 310, 290, 310 and 90 lines
    assert rfm.scores(small)["monetary"].to_dict() == {"a": 1.97, "b": 1.97}
    assert cohorts.table(small)["revenue"].to_list() == [1.22, 1.14, 1.22, 0.35]
    assert stages.assign(small)["monetary"].to_list() == [1.97, 1.97]
    repeated = purchases.summarise(small)
    assert (repeated["repeat_monetary"] * repeated["repeat_frequency"]).round(6).to_list() == [1.95, 1.95]  # 99 days of 5


def test_converted_amounts_of_brands(small):
    told = brands.performance(small)
    assert told["value_share"].round(9).to_dict() == {"A": 0.75, "B": 0.25}
    assert told["spend_per_buyer"].round(4).to_dict() == {"A": 1.4764, "B": 0.9843}  # 750 lines of two, 250 of one
    assert brands.switching(small).loc["A", "A"] >= 0


def test_converted_amounts_without_fractions_stay_what_they_were():
    sales = pd.DataFrame({"customer_id": ["a", "b"], "date": pd.to_datetime(["2024-01-01", "2024-01-02"]),
                          "amount": [0.29, 1e9], "currency": ["USD", "VND"]})
    made = account(sales, currencies={"VND": 1, "USD": 25400}).table
    assert rfm.scores(made)["monetary"].to_dict() == {"a": 7366.0, "b": 1e9}


def test_one_currency_needs_no_rate(save):
    path = save("customer_id,date,amount,currency\na,2024-01-31,5,VND\nb,2024-02-01,2,vnd\n")
    assert account(path).table.execute()["amount"].to_list() == [5, 2]


@pytest.mark.parametrize(("rules", "words"), [
    ({"return": "keep"}, "has no rule 'return'"), ({"returns": "drop"}, "take keep or set_aside"), ({"test_accounts": "test"}, "write a list of ids"),
    ({"time_zone": "Saigon"}, "not a time zone"), ({"time_zone": "Asia/Ho_Chi_Min"}, "Asia/Ho_Chi_Minh"), ({"currencies": {"VND": -1}}, "what one unit is worth"),
    ({"currencies": ["VND"]}, "what one unit is worth"), ({"duplicates": True}, "take proven or keep or set_aside"), ({"test_accounts": [""]}, "write a list of ids")])
def test_rules_that_are_none(save, rules, words):
    with pytest.raises(SegkitError, match=words):
        row_rules.rules(rules)
    assert words in said(save(HEAD + GOOD), **rules)


def test_all_faulty_rules_are_told_at_once():
    with pytest.raises(SegkitError) as raised:
        row_rules.rules({"return": 1, "duplicates": 2, "time_zone": "x"})
    assert len(raised.value.faults) == 3


# ranges and keys -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("day", ["1900-01-01", "9999-12-31", "0001-01-01"])
def test_days_that_stand_for_no_day(save, day):
    assert "1 day is before 1950 or after 2100" in said(save(HEAD + GOOD + f"k1,{day},5,1\n"))


def test_weights_below_nothing(save):
    (fault,) = tables.check(save("respondent_id,weight\na,1\nb,-0.5\nc,0\n"), "survey")
    assert (fault.found, fault.rows) == ("1 value is below 0, such as '-0.5'", (3,))


def test_a_rating_given_twice(save):
    path = save("respondent_id,brand,attribute,rating\na,X,fresh,3\na,X,fresh,4\na,Y,fresh,3\nb,X,fresh,5\n")
    (fault,) = tables.check(path, "ratings")
    assert str(fault).startswith("the columns 'respondent_id', 'brand', 'attribute': 1 combinations stand in more than one row: a X fresh (rows 3)")


def test_answers_to_a_campaign_are_shares(save):
    report = "\n".join(map(str, tables.check(save("customer_id,campaign,response,cost\na,TET,1,5\nb,TET,2,-1\n"), "campaigns")))
    assert "column 'response': 1 value is above 1, such as '2' (rows 3)" in report
    assert "column 'cost': 1 value is below 0, such as '-1' (rows 3)" in report


# ids of two tables ----------------------------------------------------------------------------------------------------

def test_ids_that_do_not_match_are_counted_and_shown():
    known = pd.DataFrame({"age": [1, 2, 3]}, index=pd.Index(["k1", "k2", "x9"], name="customer_id"))
    told = customers.unmatched(known, pd.Index(["k1", "k2", "k3", "k4", "k5", "k6"]))
    assert told["n_customers"].to_list() == [4, 1]
    assert told["customer_share"].to_list() == pytest.approx([4 / 6, 1 / 3])
    assert told["examples"].to_list() == ["k3, k4, k5, …", "x9"]


def test_ids_that_all_match():
    assert customers.unmatched(customers.load(""), pd.Index([7, 8]))["customer_share"].to_list() == [1, 0]
    known = pd.DataFrame({"age": [1]}, index=pd.Index([7], name="customer_id"))
    assert customers.unmatched(known, pd.Index([7]))["n_customers"].to_list() == [0, 0]
