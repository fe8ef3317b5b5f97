"""Identifiers as advertising platforms take them: brought to one form and hashed with SHA-256.

Names, mail addresses and phone numbers are hashed; country, city and postcode are not. A mail address and a name are
trimmed and in small letters, a phone number is in E.164 (+84912345678).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from segkit.data import roles
from segkit.data.phones import RENUMBERED

KINDS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"mail", "email", "mailbox"}),
    "phone": frozenset({"phone", "mobile", "telephone", "tel", "sdt", "thoai"}),
    "name": frozenset({"name", "surname", "firstname", "lastname", "ten"}),
    "address": frozenset({"address", "street", "chi"}),
    "birth_date": frozenset({"birthday", "birthdate", "birth", "dob", "sinh"}),
}
"""Kinds of identifier and the words of column names that tell them."""
_ABROAD = re.compile(r"\+[1-9]\d{7,14}")
_VIETNAM = re.compile(r"(?:0[35789]\d{8}|02\d{9})")


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
    return next((name for name, told in KINDS.items() if words & told), "")


def e164(phone: Any) -> str | None:
    """A phone number in E.164, a Vietnamese one where it has no country code; None for what is no number.

    Numbers with another country code keep their digits; a Vietnamese mobile number from before 2018 gets its new
    prefix.

    Examples
    --------
    >>> [e164(n) for n in ("0912 345 678", "+84 (0)912.345.678", "0168 234 5678", "+1 650-253-0000", "x")]
    ['+84912345678', '+84912345678', '+84382345678', '+16502530000', None]
    """
    text = str(phone).strip()
    digits = re.sub(r"\D", "", text.removesuffix(".0"))
    if text.startswith("00"):
        text, digits = f"+{digits[2:]}", digits[2:]
    if text.startswith("+") and not digits.startswith("84"):
        return f"+{digits}" if _ABROAD.fullmatch(f"+{digits}") else None
    national = re.sub(r"^840?(?=[1-9]\d{8,9}$)", "0", digits)
    if re.fullmatch(r"[35789]\d{8}|1\d{9}|2\d{9}", national):
        national = f"0{national}"
    if re.fullmatch(r"01\d{9}", national):
        national = RENUMBERED.get(national[:4], national[:4]) + national[4:]
    return f"+84{national[1:]}" if _VIETNAM.fullmatch(national) else None


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


_FORMS: Mapping[str, Callable[[Any], str | None]] = {"email": mail, "phone": e164, "name": _name, "address": _name,
                                                     "birth_date": _name}


def one_form(values: pd.Series, what: str) -> pd.Series:
    """Identifiers of a kind in one form, missing where there is none; other values are as they are."""
    if what not in _FORMS:
        return values
    form = _FORMS[what]
    return pd.Series([None if pd.isna(v) else form(v) for v in values], index=values.index, name=values.name,
                     dtype=object)


def sha256(values: pd.Series, what: str = "email") -> pd.Series:
    """SHA-256 of identifiers in one form, in hexadecimal; missing where there is none.

    Parameters
    ----------
    values : identifiers. what : their kind, of `KINDS`.

    Examples
    --------
    >>> sha256(pd.Series([" Test@Example.com"]))[0]
    '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b'
    """
    formed = one_form(values, what)
    return pd.Series([None if v is None else hashlib.sha256(str(v).encode()).hexdigest() for v in formed],
                     index=values.index, name=values.name, dtype=object)
