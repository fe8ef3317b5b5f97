"""What may be told of a text that a stranger wrote: no password, and no character that moves the cursor.

Masking errs on the side of silence: where it is not clear where a password ends, more than it is left out.
"""

from __future__ import annotations

import re

_NAMED = r"passw(?:or)?d|passphrase|pwd|(?:api|private|account)[_-]?key|access[_-]?key(?:[_-]?id)?|credentials?"
_ADDRESS = re.compile(r"(?<=://)([^\s:/@'\"]*):(?!\d+(?:[/?#\s'\"`,]|$))(?:(?!://)[^\n])+(?=@)"
                      r"|(?<=://)([^\s:/@'\"]*):[^\s'\"]+(?=@)")
_PAIR = re.compile(rf"(?i)((?:(?:\b|_)[\w-]*(?:{_NAMED})|[\w-]+[_-](?:secret|token))[\"'`]?\s*[=:]\s*|"
                   r"\b(?:secret|token)\s*=\s*)"
                   r"('(?:[^'\n]|'')*'|\"[^\"\n]*\"|(?:(?!\s+[\w.]+\s*=)[^;&\n'\",}])+)")
_HINT = re.compile(rf"(?i)://|{_NAMED}|secret|token")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def without_secrets(text: str) -> str:
    """Text with the passwords, keys and tokens of addresses and connection strings left out.

    Examples
    --------
    >>> without_secrets("postgres://an:s3cret@host/shop and password=s3cret")
    'postgres://an:…@host/shop and password=…'
    >>> without_secrets("Server=db;Pwd=two words;Database=shop")
    'Server=db;Pwd=…;Database=shop'
    """
    if not _HINT.search(text):
        return text
    return _PAIR.sub(_kept, _ADDRESS.sub(lambda match: f"{match[1] or match[2] or ''}:…", text))


def _kept(found: re.Match[str]) -> str:
    """The name of a secret, and a dot for what it was; nothing to hide is left as it is."""
    return found[0] if not found[2].strip(" '\"`") else f"{found[1]}…"


def printable(text: str) -> str:
    r"""Text with the characters that a terminal would obey written as escapes; lines stay lines.

    Examples
    --------
    >>> print(printable("a\x1b[2Jb\ud800"))
    a\x1b[2Jb\ud800
    """
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)
