"""Identifiers as advertising platforms take them: brought to one form and hashed with SHA-256.

Names, mail addresses and phone numbers are hashed; country, city and postcode are not. A mail address and a name are
trimmed and in small letters, a phone number is in E.164 (+84912345678), by the numbering plans of libphonenumber.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from segkit.data.contract import roles
from segkit.data.people.phones import RENUMBERED
from segkit.words.errors import Fault

KINDS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"mail", "email", "mailbox"}),
    "phone": frozenset({"phone", "mobile", "telephone", "tel", "sdt", "thoai"}),
    "name": frozenset({"name", "surname", "firstname", "lastname", "ten"}),
    "address": frozenset({"address", "street", "chi"}),
    "birth_date": frozenset({"birthday", "birthdate", "birth", "dob", "sinh"}),
}
"""Kinds of identifier and the words of column names that tell them."""
HOME = "VN"
_MOBILE, _LEADING = re.compile(r"(?:\+?84|0084)?0?([35789][0-9]{8})"), 6
_BETWEEN = str.maketrans("", "", " .-()")


def kind(column: str) -> str:
    """What kind of identifier a column holds by its name, "" for none.

    A column of consent, such as `consent_email`, is none.

    Examples
    --------
    >>> kind("display_name"), kind("sdt"), kind("consent_email"), kind("city")
    ('name', 'phone', '', '')
    """
    words = set(roles.plain(str(column)).split("_"))
    if words & {"consent", "agreed", "opt", "preferred", "suppressed", "dong"}:
        return ""
    return next((name for name, keywords in KINDS.items() if words & keywords), "")


def check_country(country: Any) -> list[Fault]:
    """Faults of the country that numbers without a country code are of.

    Examples
    --------
    >>> print(check_country("Vietnam")[0])
    `country`: is 'Vietnam', which is no country of the numbering plan
      → give two letters, such as VN or US
    """
    import phonenumbers  # slow to load, and most pages have no numbers

    return [] if country in phonenumbers.SUPPORTED_REGIONS else [
        Fault("`country`", f"is {country!r}, which is no country of the numbering plan",
              "give two letters, such as VN or US")]


def e164(phone: Any, country: str = HOME) -> str | None:
    """A phone number in E.164; None for what is no number of its country's plan.

    Parameters
    ----------
    phone : a number in any spelling. A Vietnamese mobile number from before 2018 gets its new prefix.
    country : two letters of the country of numbers without a country code.

    Examples
    --------
    >>> [e164(n) for n in ("0912 345 678", "+84 (0)912.345.678", "0168 234 5678", "+1 650-253-0000", "x")]
    ['+84912345678', '+84912345678', '+84382345678', '+16502530000', None]
    >>> e164("(650) 253-0000", "US")
    '+16502530000'
    """
    text = str(phone).strip().removesuffix(".0")
    plain = text.translate(_BETWEEN)
    if (country == HOME or plain.startswith("+84")) and (mobile := _MOBILE.fullmatch(plain)):
        return f"+84{mobile[1]}" if _in_plan(f"0{mobile[1]}"[:_LEADING]) else None
    return _of_library(_renumbered(text, country), country)


def _renumbered(text: str, country: str) -> str:
    """The number with its prefix since 2018 where it is a Vietnamese mobile number from before; itself otherwise."""
    digits = re.sub(r"\D", "", text)
    code = r"^(?:(?:00)?840?|0)" if country == HOME and not text.startswith("+") else r"^(?:00)?840?"
    bare = re.sub(code, "", digits)
    if bare == digits and not (country == HOME and not text.startswith("+")):
        return text
    new = RENUMBERED.get(f"0{bare[:3]}") if re.fullmatch(r"1\d{9}", bare) else None
    return text if new is None else f"+84{new[1:]}{bare[3:]}"


def _of_library(text: str, country: str) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@functools.cache
def _in_plan(leading: str) -> bool:
    """Whether mobile numbers of Vietnam that begin so are in the plan: their leading digits decide (a test compares),
    and a million of them are asked for a thousand times only."""
    return _of_library(leading + "0" * (10 - _LEADING), HOME) is not None


def mail(address: Any) -> str | None:
    """A mail address trimmed and in small letters; None for what is none.

    Examples
    --------
    >>> mail("  Test@Example.com "), mail("none")
    ('test@example.com', None)
    """
    text = str(address).strip().lower()
    return text if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", text) else None


def _name(text: Any) -> str | None:
    return unicodedata.normalize("NFC", " ".join(str(text).lower().split())) or None


_FORMS: Mapping[str, Callable[[Any], str | None]] = {"email": mail, "name": _name, "address": _name,
                                                     "birth_date": _name}


def one_form(values: pd.Series, what: str, country: str = HOME) -> pd.Series:
    """Identifiers of a kind in one form, missing where there is none; other values are as they are. `country` is that
    of numbers without a country code."""
    form = functools.partial(e164, country=country) if what == "phone" else _FORMS.get(what)
    if form is None:
        return values
    return pd.Series([None if pd.isna(v) else form(v) for v in values], index=values.index, name=values.name,
                     dtype=object)


def sha256(values: pd.Series, what: str = "email", country: str = HOME) -> pd.Series:
    """SHA-256 of identifiers in one form, in hexadecimal; missing where there is none.

    Parameters
    ----------
    values : identifiers. what : their kind, of `KINDS`. country : of numbers without a country code.

    Examples
    --------
    >>> sha256(pd.Series([" Test@Example.com"]))[0]
    '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b'
    """
    formed = one_form(values, what, country)
    return pd.Series([None if v is None else hashlib.sha256(str(v).encode()).hexdigest() for v in formed],
                     index=values.index, name=values.name, dtype=object)
