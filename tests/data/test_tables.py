"""Contracts: all faults at once, where they are, with the row numbers of a spreadsheet."""

import pandas as pd
import pytest

from segkit.data import tables
from segkit.words.errors import DataError, SegkitError

HEAD = "customer_id,date,amount\n"


def check(save, rows, **given):
    return tables.check(save(HEAD + rows), given.pop("kind", "transactions"), **given)


def said(faults):
    return "\n".join(map(str, faults))


def test_a_good_file_has_no_faults(save):
    assert check(save, "a,2024-01-31,5\nb,2024-02-01,6\n") == []


def test_everything_is_reported_at_once_with_its_rows(save):
    faults = check(save, "a,2024-01-31,5\n,2024-02-01,x\nc,,\nd,2025-02-01,7\nb,2024-02-01,8\n", as_of="2024-12-31")
    assert said(faults).splitlines()[::2] == [
        "column 'customer_id': 1 row has no value (rows 3)",
        "column 'date': 1 row has no value (rows 4)",
        "column 'date': 1 day is after `as_of` 2024-12-31, such as '2025-02-01' (rows 5)",
        "column 'amount': 1 row has no value (rows 4)",
        "column 'amount': 1 value is not a number, such as 'x' (rows 3)",
    ]
    assert all(f.fix for f in faults)


def test_only_the_first_rows_are_listed_and_all_are_counted(save):
    report = said(check(save, "a,2024-01-31,5\n" * 50 + "b,2024-01-31,none\n" * 12))
    assert "12 values are not numbers, such as 'none' (rows 52, 53, 54, 55, 56)" in report


@pytest.mark.parametrize(("cells", "words"), [
    (("5%", "6%"), "2 values are not numbers, such as '5%' (rows 2, 3)"),
    (("6", "inf"), "1 value is not a number, such as 'inf' (rows 3)"),
    (("nan", "NaN"), "2 values are not numbers, such as 'nan' (rows 2, 3)"),
    (("(5.00)", "6"), None), (("(5.00", "6"), "such as '(5.00' (rows 2)"),
    (("'); DROP TABLE t; --", "6"), "such as \"'); DROP TABLE t; --\" (rows 2)"),
    (("=1+2", "6"), "such as '=1+2' (rows 2)"),
    (("1.500", "2.500"), 'such as \'1.500\'\n  → say which: where 1.500 is fifteen hundred write'),
    (('"1,50"', "2.75"), "not a number"),
    (('"1,50"', "3"), None), (("-5", "-0.5"), None), (("0", "0"), None), (("1.2E+05", "6"), None),
])
def test_amounts(save, cells, words):
    report = said(check(save, f"a,2024-01-31,{cells[0]}\nb,2024-02-01,{cells[1]}\n"))
    assert words in report if words else report == ""


@pytest.mark.parametrize(("cells", "read", "amounts"), [
    (("007", "1,500.00"), {}, [7, 1500]), (("007", "$5"), {}, [7, 5]), (("1.2E+05", "6"), {}, [120000, 6]),
    pytest.param(("05", "1,50"), {}, [5, 1.5]),
    pytest.param(("01", "1,500"), {"decimal": ","}, [1, 1.5]),
])
def test_what_passes_the_check_can_be_used(save, cells, read, amounts):
    path = save(HEAD + "".join(f'{who},2024-01-31,"{cell}"\n' for who, cell in zip("ab", cells, strict=True)))
    assert tables.load(path, "transactions", read=read).execute()["amount"].to_list() == amounts


@pytest.mark.parametrize(("cells", "words"), [
    (("5", "1,500", "2"), "could use . or ,"), (("7", "$5", "€6"), "several currencies"),
    pytest.param(("05", "1,500", "2"), "could use . or ,"),
    pytest.param(("07", "$5", "€6"), "several currencies"),
])
def test_amounts_are_not_guessed(save, cells, words):
    assert words in said(check(save, "".join(f'c{i},2024-01-31,"{cell}"\n' for i, cell in enumerate(cells))))


@pytest.mark.parametrize(("cells", "words"), [
    (("03/04/2024", "05/06/2024"), "could be day/month or month/day"),
    (("31/01/2024", "01/31/2024"), "mixes ways of writing a date"),
    (("2024-01-31", "31/01/2024"), "mixes ways of writing a date"),
    (("03/04/24", "05/06/24"), "has years of two digits, and day, month and year could stand in several orders, such as '03/04/24'"),
    (("5-Jan-24", "31-Feb-24"), "1 value is not a date, such as '31-Feb-24' (rows 3)"),
    (("5-Jan-24 3:04 PM", "6-Jan-24 15:04 PM"), "1 value is not a date, such as '6-Jan-24 15:04 PM' (rows 3)"),
    (("20240131", "20240201"), "not dates"), (("45322", "45323"), "not dates"),
    (("soon", "later"), "2 values are not dates"),
    (("31/02/2024", "28/02/2024"), "1 value is not a date, such as '31/02/2024' (rows 2)"),
    (("2024-02-31", "2024-02-28"), "1 value is not a date, such as '2024-02-31' (rows 2)"),
    (("2024-01-31 25:61", "2024-02-28"), "1 value is not a date, such as '2024-01-31 25:61' (rows 2)"),
])
def test_dates(save, cells, words):
    assert words in said(check(save, f"a,{cells[0]},5\nb,{cells[1]},6\n"))


@pytest.mark.parametrize(("days", "words"), [
    (("13/01/2024", "05/03/2024", "07/03/2024", "soon"), "1 value is not a date, such as 'soon' (rows 5)"),
    (("2024-01-31", "2024-02-01", "2024-02-02", "soon"), "1 value is not a date, such as 'soon' (rows 5)"),
])
def test_only_the_bad_days_are_blamed(save, days, words):
    assert words in said(check(save, "".join(f"c{i},{d},5\n" for i, d in enumerate(days))))


@pytest.mark.parametrize(("read", "first"), [({"dates": "day-first"}, "2024-04-03"), ({"dates": "month-first"}, "2024-03-04")])
def test_the_order_told_is_the_order_read(save, read, first):
    path = save(HEAD + "a,03/04/2024,5\nb,05/06/2024,6\n")
    assert tables.load(path, "transactions", read=read).execute()["date"].iloc[0] == pd.Timestamp(first)


def test_what_is_said_of_two_digits_helps(save):
    path = save(HEAD + "a,03/04/24,5\nb,05/06/70,6\n")
    (fault,) = tables.check(path, "transactions")
    assert "`read: {dates: day-first}`" in fault.fix
    assert "69 to 99 are 1969 to 1999" in fault.fix
    made = tables.load(path, "transactions", read={"dates": "day-first"}).execute()
    assert made["date"].to_list() == [pd.Timestamp("2024-04-03"), pd.Timestamp("1970-06-05")]


def test_a_file_of_accounts(save):
    """Money back stands in parentheses, days have names: 100 + 20 − 12.50 = 107.50."""
    path = save(HEAD + 'a,5-Jan-24,100.00\nb,12-Feb-24,20.00\na,1-Mar-24,(12.50)\n')
    made = tables.load(path, "transactions").execute()
    assert made["amount"].to_list() == [100, 20, -12.5]
    assert made["date"].to_list() == [pd.Timestamp("2024-01-05"), pd.Timestamp("2024-02-12"), pd.Timestamp("2024-03-01")]


def test_amounts_that_are_all_money_back(save):
    made = tables.load(save(HEAD + "a,2024-01-31,(5)\nb,2024-01-31,(6.5)\n"), "transactions").execute()
    assert made["amount"].to_list() == [-5, -6.5]


@pytest.mark.parametrize(("days", "order"), [
    (("31/01/2024", "05/06/2024"), "month-first"), (("01/31/2024", "05/06/2024"), "day-first"),
    (("03/04/2024", "05/06/2024"), "year-first"),
])
def test_an_order_the_days_contradict_is_a_fault(save, days, order):
    report = said(check(save, f"a,{days[0]},5\nb,{days[1]},6\n", read={"dates": order}))
    assert report.startswith(f"column 'date': mixes ways of writing a date, such as {days[0]!r}")


@pytest.mark.parametrize("as_of", ["2024-01-31", pd.Timestamp("2024-01-31 18:00"), pd.Timestamp("2024-01-31").date()])
def test_a_day_after_as_of(save, as_of):
    report = said(check(save, "a,2024-01-31 23:59,5\nb,2024-02-01 00:00,6\n", as_of=as_of))
    assert "1 day is after `as_of` 2024-01-31" in report
    assert "(rows 3)" in report


def test_a_text_day_after_as_of():
    frame = pd.DataFrame({"customer_id": ["a", "b"], "date": ["2024-01-02", "2025-01-03"], "amount": [5, 6]})
    assert "after `as_of`" in said(tables.check(frame, "transactions", as_of="2024-12-31"))


@pytest.mark.parametrize("as_of", [
    pytest.param("2024-02-31", id="no such day"), pytest.param("soon", id="words"), pytest.param("", id="empty"),
    pytest.param("03/04/2024", id="ambiguous"), pytest.param("31/12/2024", id="day first"),
])
def test_as_of_is_a_day_written_year_first(save, as_of):
    path = save(HEAD + "a,2024-01-31,5\nb,2024-02-01,6\n")
    with pytest.raises(SegkitError, match="as_of"):
        tables.load(path, "transactions", as_of=as_of)


def test_missing_columns_name_what_the_file_has(save):
    faults = tables.check(save("customer,day,amont\na,2024-01-31,5\n"), "transactions")
    assert [f.where for f in faults] == ["column 'customer_id'", "column 'date'", "column 'amount'"]
    assert "did you mean `amont`? there are: customer, day, amont" in faults[2].fix
    assert "columns: {customer_id: <its name>}" in faults[0].fix


def test_a_role_mapped_to_a_missing_column(save):
    faults = check(save, "a,2024-01-31,5\nb,2024-02-01,6\n", columns={"amount": "Amout", "date": "dates"})
    assert [f.where for f in faults] == ["column 'Amout'", "column 'dates'"]
    assert "mapped to `amount`" in faults[0].found
    assert "did you mean `amount`?" in faults[0].fix


def test_the_mapped_column_wins_over_one_with_the_role_s_name(save):
    path = save("customer_id,date,amount,total\na,2024-01-31,x,5\nb,2024-02-01,y,6\n")
    assert tables.load(path, "transactions", {"amount": "total"}).execute()["amount"].to_list() == [5, 6]


@pytest.mark.parametrize("columns", [
    {"customer_id": "customer_id", "date": "date", "amount": "amount", "quantity": "amount"},
    pytest.param({"quantity": "amount"}),
])
def test_one_column_in_two_roles_is_a_fault(save, columns):
    assert "amount" in said(check(save, "a,2024-01-31,5\nb,2024-02-01,6\n", columns=columns))


@pytest.mark.parametrize("name", ['the "total"', "`total`", "x'); DROP TABLE t; --", "💶", "<script>alert(1)</script>",
                                  "t" * 3000, "số tiền: # ₫"])
def test_odd_names_are_checked_and_named(save, name):
    head = '"' + name.replace('"', '""') + '"'
    path = save(f"customer_id,date,{head}\na,2024-01-31,5\nb,2024-02-01,x\n")
    (fault,) = tables.check(path, "transactions", {"amount": name})
    assert fault.where == f"column {name!r}"
    assert fault.rows == (3,)


def test_values_that_look_like_sql_are_values(save):
    path = save(HEAD + "'; DROP TABLE t; --,2024-01-31,5\n1 OR 1=1,2024-02-01,6\n")
    assert tables.load(path, "transactions").execute()["customer_id"].to_list() == ["'; DROP TABLE t; --", "1 OR 1=1"]


@pytest.mark.parametrize("again", ["a", pytest.param(
    "a ")])
def test_one_customer_is_too_few(save, again):
    (fault,) = check(save, f"a,2024-01-31,5\n{again},2024-02-01,6\n")
    assert "has 1 distinct value; an analysis needs at least 2" in fault.found


@pytest.mark.parametrize("frame", [
    pd.DataFrame({"customer_id": [], "date": [], "amount": []}),
    pd.DataFrame({"customer_id": ["a"], "date": ["2024-01-01"], "amount": [1]}).iloc[:0],
])
def test_no_rows(frame):
    assert [f.found for f in tables.check(frame, "transactions")] == ["has no rows"]


@pytest.mark.parametrize("kind", ["orders", "Transactions", "", None])
def test_unknown_kinds(save, kind):
    with pytest.raises(SegkitError, match="must be one of transactions, customers, survey, brands, ratings, usage, choices, records, events, campaigns"):
        check(save, "a,2024-01-31,5\n", kind=kind)


@pytest.mark.parametrize(("kind", "key"), [("customers", "customer_id"), ("survey", "respondent_id")])
def test_ids_that_stand_twice(save, kind, key):
    faults = tables.check(save(f"{key},age\na,1\nb,2\na,3\nc,4\nb,5\n"), kind)
    assert said(faults).startswith(f"column '{key}': 2 ids stand in more than one row: a, b (rows 4, 6)")


def test_blank_ids_are_not_duplicates(save):
    frame = pd.DataFrame({"customer_id": ["a", "", ""]})
    assert len(tables.check(frame, "customers")) == 1


@pytest.mark.xfail(strict=True, reason="DuckDB skips blank lines between rows of several columns: rows after one have too low a number")
def test_rows_after_a_blank_line_keep_their_numbers(save):
    assert "such as 'x' (rows 4)" in said(check(save, "a,2024-01-31,5\n\nb,2024-02-01,x\n"))


def test_quoted_newlines_do_not_move_the_rows(save):
    (fault,) = tables.check(save(HEAD.strip() + ',note\na,2024-01-31,5,"two\nlines"\nb,2024-02-01,x,-\n'), "transactions")
    assert fault.rows == (3,)


def test_a_column_called_as_our_own_row_number(save):
    (fault,) = tables.check(save(HEAD.strip() + ",segkit_row,rule_0\na,2024-01-31,5,9,9\nb,2024-02-01,x,9,9\n"), "transactions")
    assert fault.rows == (3,)


def test_load_raises_what_check_finds(save):
    with pytest.raises(DataError, match=r"(?s)purchases\.csv \(transactions\): 2 faults\n- column 'date'.*- column 'amount'"):
        tables.load(save(HEAD + "a,soon,x\nb,later,y\n"), "transactions")


def test_load_types_roles_and_keeps_the_rest(save):
    loaded = tables.load(save("ma,ngay,tien,zip\nK1,31/01/2024,\"1.500,50\",00700\nK2,01/02/2024,7,00800\n"), "transactions",
                         {"customer_id": "ma", "date": "ngay", "amount": "tien"}).execute()
    assert loaded.to_dict("list") == {
        "customer_id": ["K1", "K2"], "date": [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 1)],
        "amount": [1500.5, 7.0], "zip": ["00700", "00800"]}


@pytest.mark.parametrize("ids", [
    ["99999999999999999998", "99999999999999999999"], ["12.10", "12.1"], ["007", "7"],
    ["12 34", "1234"], ["+84912345678", "84912345678"], ["1e3", "1000"],
])
def test_ids_stay_as_they_are_written(save, ids):
    path = save(HEAD + "".join(f"{i},2024-01-31,5\n" for i in ids))
    assert tables.load(path, "transactions").execute()["customer_id"].to_list() == ids


@pytest.mark.parametrize("ids", [["240131000000012345", "240131000000012346"], ["1001", "1002"], ["-5", "5"]])
def test_ids_that_are_whole_numbers_match_those_of_an_excel_sheet(save, ids):
    path = save(HEAD + "".join(f"{i},2024-01-31,5\n" for i in ids))
    assert tables.load(path, "transactions").execute()["customer_id"].to_list() == [int(i) for i in ids]


def test_blanks_around_an_id_do_not_make_a_customer(save):
    path = save(HEAD + "".join(f"{i},2024-01-31,5\n" for i in ("An ", "An", " An", "Bi")))
    assert tables.load(path, "transactions").execute()["customer_id"].to_list() == ["An", "An", "An", "Bi"]


@pytest.mark.parametrize("kind", ["transactions", "brands", "ratings", "usage", "events", "campaigns"])
def test_every_kind_asks_for_what_it_needs(save, kind):
    faults = tables.check(save("x\n1\n"), kind)
    assert [f.where for f in faults] == [f"column '{r.name}'" for r in tables.CONTRACTS[kind].roles if r.required]
