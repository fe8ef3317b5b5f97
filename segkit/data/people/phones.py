"""Vietnamese phone numbers and e-mail addresses brought to one form, as Ibis expressions."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

RENUMBERED = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",  # MobiFone
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",  # VinaPhone
    **{f"016{n}": f"03{n}" for n in range(2, 10)},  # Viettel
    "0186": "056", "0188": "058", "0199": "059",  # Vietnamobile, Gmobile
}
"""Prefixes of eleven-digit mobile numbers and what they became on 15 September 2018."""

_VALID = "^(0[35789][0-9]{8}|02[0-9]{9})$"
_ADDRESS = "^[a-z0-9._%+-]+@[a-z0-9-]+([.][a-z0-9-]+)+$"


def national(phone: ir.Value) -> ir.StringValue:
    """A Vietnamese number with its national prefix 0, in ten digits (a landline has eleven); null for anything else.

    The country code is dropped, a leading zero that a spreadsheet lost is put back, and a mobile number from before
    September 2018 gets its new prefix.

    Examples
    --------
    >>> [national(ibis.literal(n)).to_pyarrow().as_py() for n in ("+84 (0) 912.345.678", "0168 234 5678", "12345")]
    ['0912345678', '0382345678', None]
    """
    text = phone.cast("string").re_replace("[.]0 *$", "")
    digits = text.re_replace("[^0-9]", "")
    abroad = digits.re_search("^(00)?840?[1-9][0-9]{8,9}$")
    digits = ibis.ifelse(abroad, "0" + digits.re_replace("^(00)?840?", ""), digits)
    digits = ibis.ifelse(digits.re_search("^([35789][0-9]{8}|1[0-9]{9}|2[0-9]{9})$"), "0" + digits, digits)
    old = digits.re_search("^01[0-9]{9}$")
    new = digits.substr(0, 4).cases(*RENUMBERED.items(), else_=digits.substr(0, 4)) + digits.substr(4)
    digits = ibis.ifelse(old, new, digits)
    return ibis.ifelse(digits.re_search(_VALID), digits, ibis.null("string"))


def mailbox(email: ir.StringValue) -> ir.StringValue:
    """An address in small letters; dots and a `+tag` that Gmail ignores are dropped; null for what is no address.

    Examples
    --------
    >>> [mailbox(ibis.literal(a)).to_pyarrow().as_py() for a in (" Lan.Tran+shop@Gmail.com", "lan@shop.vn", "none")]
    ['lantran@gmail.com', 'lan@shop.vn', None]
    """
    text = email.lower().re_replace("^ +| +$", "").re_replace("@googlemail[.]com$", "@gmail.com")
    local = text.re_extract("^([^@]*)@", 1)
    gmail = text.re_search("@gmail[.]com$")
    text = ibis.ifelse(gmail, local.re_replace("[+].*$", "").replace(".", "") + "@gmail.com", text)
    return ibis.ifelse(text.re_search(_ADDRESS), text, ibis.null("string"))
