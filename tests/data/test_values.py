"""How text becomes numbers and dates: every value in one convention, or it stays text and is asked about."""

import datetime as dt

import ibis
import pandas as pd
import pytest

from segkit.data.contract import dates, values
from segkit.words.errors import SegkitError


def reading(texts, **told):
    return values.readings(ibis.memtable({"x": texts}), ["x"], **told)["x"]


def read(texts, **told):
    table = ibis.memtable({"x": texts})
    return values.cast(table, values.readings(table, ["x"], **told)).execute()["x"].to_list()


def days(texts, **told):
    found = read(texts, **told)
    assert all(isinstance(d, pd.Timestamp) for d in found), found
    return [d.isoformat(sep=" ").removesuffix(" 00:00:00") for d in found]


@pytest.mark.parametrize(("texts", "numbers"), [
    (["5", "-7", "+3", " 12 "], [5, -7, 3, 12]),
    (["1.5", "-2.25", "10"], [1.5, -2.25, 10]),
    (["1,5", "-2,25", "10"], [1.5, -2.25, 10]),
    (["1,234.50", "12"], [1234.5, 12]),
    (["1.234,50", "-12.345.678,00"], [1234.5, -12345678]),
    (["1.500.000", "250.000"], [1500000, 250000]),
    (["1,500,000", "250,000"], [1500000, 250000]),
    (["1.500", "0.5"], [1.5, 0.5]),
    (["1,500", "2.5"], [1500, 2.5]),
    (["1.500", "2,5"], [1500, 2.5]),
    (["1 500", "2\u00a0250", "3\u202f000,5"], [1500, 2250, 3000.5]),
    (["1.500.000 ₫", "25.000đ"], [1500000, 25000]),
    (["1.500.000 VNĐ", "25.000 vnd"], [1500000, 25000]),
    (["150.000 ₫", "25.000 ₫"], [150000, 25000]),
    (["150,000 VND", "25,000 VND"], [150000, 25000]),
    (["$1,234.50", "-$7.00", "$-3"], [1234.5, -7, -3]),
    (["12,50 €", "€3"], [12.5, 3]),
    (["123456789012345", "1"], [123456789012345, 1]),
    (["1.2E+05", "6"], [120000, 6]),
    (["5", "", None, "  "], [5, None, None, None]),
    (["(12.50)", "6"], [-12.5, 6]),
    (["(1,234.50)", "12", "( 7.25 )"], [-1234.5, 12, -7.25]),
    (["($12.50)", "$(3.00)", "$6.00"], [-12.5, -3, 6]),
    (["(1.500,00 €)", "2,5 €", "(3,50) €"], [-1500, 2.5, -3.5]),
])
def test_numbers_are_read(texts, numbers):
    found = read(texts)
    assert [None if pd.isna(x) else x for x in found] == numbers


@pytest.mark.parametrize(("texts", "why"), [
    (["00123", "00456"], ""), (["7", "007"], ""), (["0912 345 678", "0987 654 321"], ""),
    (["1.500", "2.500"], "ambiguous"), (["1,500", "20"], "ambiguous"),
    (["1.500", "1,500"], "ambiguous"), (["1,50", "2.75", "3"], "mixed"), (["1,234.50", "1.234,50", "5"], "mixed"),
    (["5%", "6%"], ""), (["inf", "nan"], ""), (["(1)", "(2)"], ""), (["(028)", "(024)"], ""), (["-(5)", "6"], ""), (["(-5)", "6"], ""), (["5-", "6"], ""),
    (["−5", "6"], ""), (["12abc", "x"], ""), (["1'500", "2'000"], ""), (["1,2,3", "4"], ""), (["1.2.3", "4"], ""),
    (["５", "6"], ""), (["0x10", "7"], ""), (["1_000", "2"], ""), (["true", "false"], ""), (["", None], ""),
    (["1$5", "2€7"], ""), (["+84912345678", "+84987654321"], ""),
])
def test_other_texts_stay_text(texts, why):
    found = reading(texts)
    assert (found.kind in ("text", "empty"), found.problem) == (True, why)
    assert read(texts) == texts or all(pd.isna(a) == pd.isna(b) and (pd.isna(a) or a == b)
                                       for a, b in zip(read(texts), texts, strict=True))


@pytest.mark.parametrize(("decimal", "numbers"), [(".", [1.5, 2.5]), (",", [1500, 2500])])
def test_the_user_decides_what_is_ambiguous(decimal, numbers):
    assert read(["1.500", "2.500"], decimal=decimal) == numbers


def test_a_decimal_mark_the_values_contradict_changes_nothing():
    assert read(["12.5", "3.25"], decimal=",") == ["12.5", "3.25"]


@pytest.mark.parametrize("texts", [
    pytest.param(["$10", "€10", "10 VND"], id="three currencies"),
    pytest.param(["USD 10", "10 ₫"], id="dollars and dong"),
])
def test_amounts_in_different_currencies_are_not_one_column_of_numbers(texts):
    assert reading(texts).kind == "text"


@pytest.mark.parametrize("texts", [
    pytest.param(["9007199254740993", "9007199254740992"], id="sixteen digits"),
    pytest.param(["240131000000012345", "240131000000012346"], id="order numbers"),
    pytest.param(["99999999999999999998", "99999999999999999999"], id="twenty digits"),
    pytest.param(["EUR10", "USD10"], id="product codes"),
    pytest.param(["12 34", "123 4"], id="blanks in other places"),
    pytest.param(["84912345678", "+84912345678 "], id="phones"),
])
def test_different_codes_stay_different(texts):
    assert len(set(read(texts))) == 2


@pytest.mark.parametrize(("texts", "told", "expected"), [
    (["2024-01-31", "2024-2-5"], {}, ["2024-01-31", "2024-02-05"]),
    (["2024/01/31", "2024.02.29"], {}, ["2024-01-31", "2024-02-29"]),
    (["2024-01-31 23:59", "2024-02-01T07:05:09Z"], {}, ["2024-01-31 23:59:00", "2024-02-01 07:05:09"]),
    (["2024-01-31T23:30:00+07:00", "2024-02-01"], {}, ["2024-01-31 23:30:00", "2024-02-01"]),
    (["31/01/2024", "05/06/2024"], {}, ["2024-01-31", "2024-06-05"]),
    (["01/31/2024", "05/06/2024"], {}, ["2024-01-31", "2024-05-06"]),
    (["31.1.2024 8:05", "5-6-2024"], {}, ["2024-01-31 08:05:00", "2024-06-05"]),
    (["05/05/2024", "6/6/2024"], {}, ["2024-05-05", "2024-06-06"]),
    (["03/04/2024", "05/06/2024"], {"dates": "day-first"}, ["2024-04-03", "2024-06-05"]),
    (["03/04/2024", "05/06/2024"], {"dates": "month-first"}, ["2024-03-04", "2024-05-06"]),
    (["2024-01-31", "2024-02-01"], {"dates": "day-first"}, ["2024-01-31", "2024-02-01"]),
    (["31 January 2024", "5 June 2024", "1st Sept. 2024"], {}, ["2024-01-31", "2024-06-05", "2024-09-01"]),
    (["5-Jan-24", "12-DEC-99", "6/Feb/1968"], {}, ["2024-01-05", "1999-12-12", "1968-02-06"]),
    (["5-Jan-68", "5-Jan-69", "5 may 00"], {}, ["2068-01-05", "1969-01-05", "2000-05-05"]),
    (["05-Jan-2024", "12-Dec-1999"], {}, ["2024-01-05", "1999-12-12"]),
    (["January 5, 2019", "Feb 3rd, 2020", "Fri, March 1, 2019"], {}, ["2019-01-05", "2020-02-03", "2019-03-01"]),
    (["Jan 5, 2019 12:00 AM", "Jan 6, 2019 12:30:15 p.m."], {}, ["2019-01-05", "2019-01-06 12:30:15"]),
    (["31/01/2024 3:05 PM", "05/06/2024 9:00AM"], {}, ["2024-01-31 15:05:00", "2024-06-05 09:00:00"]),
    (["1/31/2024, 12:00:01 AM", "5/6/2024, 12:59:00\u202fPM"], {}, ["2024-01-31 00:00:01", "2024-05-06 12:59:00"]),
    (["2024-01-31 3:05 CH", "2024-02-01 11:59 SA"], {}, ["2024-01-31 15:05:00", "2024-02-01 11:59:00"]),
    (["12/31/24", "1/2/99"], {}, ["2024-12-31", "1999-01-02"]),
    (["31/12/99", "1/2/24"], {}, ["1999-12-31", "2024-02-01"]),
    (["03/04/24", "05/06/24 7:30 PM"], {"dates": "day-first"}, ["2024-04-03", "2024-06-05 19:30:00"]),
    (["03-04-24", "05-06-24"], {"dates": "month-first"}, ["2024-03-04", "2024-05-06"]),
    (["24.04.03", "24.06.05"], {"dates": "year-first"}, ["2024-04-03", "2024-06-05"]),
])
def test_dates_are_read(texts, told, expected):
    assert days(texts, **told) == expected


@pytest.mark.parametrize(("texts", "told", "why"), [
    (["03/04/2024", "05/06/2024"], {}, "ambiguous"),
    (["31/01/2024", "01/31/2024"], {}, "mixed"),
    (["2024-01-31", "31/01/2024"], {}, "mixed"),
    (["2024-01-31", "03/04/2024"], {"dates": "day-first"}, "mixed"),
    (["31/01/2024", "05/06/2024"], {"dates": "month-first"}, "mixed"),
    (["01/31/2024", "05/06/2024"], {"dates": "day-first"}, "mixed"),
    (["03/04/24", "05/06/24"], {}, "short"),
    (["31/12/24", "25/11/24"], {}, "short"),  # the 31st, or the year 2031
    (["12.31.24", "1.2.99"], {}, "short"),
    (["31/12/99", "12/31/99"], {}, "mixed"),
    (["12/31/24", "1/2/99"], {"dates": "day-first"}, ""),
    (["Jan 2024", "Feb 2024"], {}, ""),
    (["May 12, 2024 was fine", "June 5, 2024 too"], {}, ""),
    (["31 Janvier 2024", "5 Mai 2024"], {}, ""),
    (["5-Jan-24", "06/02/2024", "7-Jan-24"], {}, ""),
    (["03/04/2024", "05/06/2024"], {"dates": "year-first"}, "mixed"),
])
def test_a_date_is_never_guessed(texts, told, why):
    found = reading(texts, **told)
    assert (found.kind, found.problem) == ("text", why)


@pytest.mark.parametrize(("impossible", "convention"), [
    ("31-Feb-24", "named"), ("0 Jan 2024", "named"), ("1 Jan 2024 13:00 PM", "named"), ("1 Jan 2024 3:60 PM", "named"),
    ("31/02/24", "day-first, two digits"), ("1/13/24", "day-first, two digits"), ("1/2/2024", "day-first, two digits")])
def test_an_impossible_day_in_other_words(impossible, convention):
    assert pd.isna(dates.read(ibis.literal(impossible), convention).execute())


@pytest.mark.parametrize(("form", "convention"), [("%d-%b-%y", "named"), ("%d %B %Y", "named"), ("%B %d, %Y", "named"),
    ("%a, %d %b %Y", "named"), ("%m/%d/%y", "month-first, two digits"), ("%y-%m-%d", "year-first, two digits")])
def test_every_day_as_python_writes_it(form, convention):
    """All days of 1969 to 2068, written by Python's own calendar."""
    known = pd.date_range("1969-01-01", "2068-12-31", freq="D")
    table = ibis.memtable({"x": [d.strftime(form) for d in known]})
    found = table.select(day=dates.read(table.x, convention)).to_pandas()["day"]
    assert (found.to_numpy() == known.to_numpy()).all()


@pytest.mark.parametrize("impossible", ["31/02/2024", "32/01/2024", "00/01/2024", "29/02/2023"])
def test_an_impossible_day_is_no_day(impossible):
    assert pd.isna(dates.read(ibis.literal(impossible), "day-first").execute())


@pytest.mark.parametrize("texts", [["20240131", "20240201"], ["45322", "45323"]], ids=["digits", "excel serials"])
def test_digits_are_not_dates(texts):
    assert reading(texts).looks_like == "number"
    assert read(texts) == [int(t) for t in texts]


@pytest.mark.parametrize("told", [{"dates": "dayfirst"}, {"decimal": "point"}, {"dates": "31/12"}])
def test_unknown_conventions_are_refused(told):
    with pytest.raises(SegkitError, match="must be one of"):
        reading(["1"], **told)


def test_a_leap_day_keeps_its_time():
    assert read(["29/02/2024 23:59:59"])[0] == dt.datetime(2024, 2, 29, 23, 59, 59)
