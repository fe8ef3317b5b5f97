import datetime as dt
import math

import pytest

from segkit.words import language
from segkit.words.formats import FORMATS, _, fill, format_value


@pytest.mark.parametrize(("value", "unit", "en", "vi"), [
    (0.125, "percent", "12.5%", "12,5%"), (0.2, "percent", "20%", "20%"), (0.2, "share", "20.0%", "20,0%"),
    (0.039, "points", "3.9 points", "3,9 điểm phần trăm"), (-0.01, "points", "-1 point", "-1 điểm phần trăm"), (0.00004, "points", "0 points", "0 điểm phần trăm"),
    (1234567, "count", "1,234,567", "1.234.567"), (12.345, "number", "12.3", "12,3"), (3.14159, "number", "3.14", "3,14"),
    (0.5, "number", "0.500", "0,500"), (4999.5, "number", "5,000", "5.000"), (0.0004, "p_value", "< 0.001", "< 0,001"),
    (dt.date(2024, 3, 5), "date", "5 Mar 2024", "05/03/2024"), ("2024-03-05", "date", "5 Mar 2024", "05/03/2024"),
    ({"en": "North", "vi": "Bắc"}, "message", "North", "Bắc"), ("penetration", "column", "Penetration", "Tỷ lệ thâm nhập"),
])
def test_values_follow_the_language(value, unit, en, vi):
    assert format_value(value, unit, "en") == en
    assert format_value(value, unit, "vi") == vi


@pytest.mark.parametrize("unit", FORMATS)
def test_missing_values_are_a_dash_in_every_unit(unit):
    assert format_value(-0.0, "decimal") == "0"
    assert format_value(None, unit) == "–"
    assert format_value(math.nan, unit) == "–"


def test_money_follows_currency_and_language():
    assert fill("{x:money}", {"x": 1234567}, "en", "USD") == "$1,234,567"
    assert fill("{x:money}", {"x": 123456}, "vi", "VND") == "123.456\xa0₫"
    assert fill("{x:money}", {"x": 1234567}, "vi", "VND") == "1,23\xa0triệu đồng"
    assert fill("{x:money}", {"x": -2.5e9}, "vi", "VND") == "-2,5\xa0tỷ đồng"
    assert fill("{x:money}", {"x": 316084}, "vi", "USD") == "316.084\xa0USD"
    assert fill("{x:money}", {"x": -0.001}, "en", "USD") == "$0.00"
    assert fill("{x:money}", {"x": 12.5}, "en") == "12.50"


def test_text_with_braces_is_not_a_template():
    assert fill("{name}", {"name": "{oops} {0}"}, "en") == "{oops} {0}"


def test_missing_value_of_a_sentence_is_named():
    with pytest.raises(KeyError, match="share"):
        _("{share:percent}", n=1)


def test_language_is_restored_after_use():
    with language.use("vi"):
        assert language.current() == "vi"
    assert language.current() == "en"
