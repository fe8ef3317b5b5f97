"""Two languages, one source: English sentences are message ids of gettext catalogues."""

from __future__ import annotations

import functools
import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from segkit.words.errors import Fault

LANGUAGES = ("en", "vi")
LANGUAGE_NAMES = {"en": "English", "vi": "Tiếng Việt"}
CATALOGUES = Path(__file__).parent / "locale"

_current: ContextVar[str] = ContextVar("language", default="en")


def N_(message: str) -> str:
    """Mark a sentence for the catalogues without translating it here."""
    return message


def S_(name: str) -> str:
    """Mark the name of a segment that the kit gives. It is translated apart from sentences, see `segment`."""
    return name


@contextmanager
def use(language: str) -> Iterator[None]:
    """Translate to `language` inside the block.

    Examples
    --------
    >>> with use("vi"):
    ...     current()
    'vi'
    """
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> str:
    """The language in use, "en" unless a `use` block says otherwise."""
    return _current.get()


def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of one language, read from its `.po` file; English is the message ids.

    A file that cannot be read translates nothing; `fault` tells why, and no page is made in its language.
    """
    return _read(language)[0]


def fault(language: str) -> Fault | None:
    """What keeps the translations of a language from being read; None when they are whole."""
    return _read(language)[1]


@functools.cache
def _read(language: str) -> tuple[gettext.NullTranslations, Fault | None]:
    path = CATALOGUES / language / "LC_MESSAGES" / "segkit.po"
    if not path.exists():
        return gettext.NullTranslations(), None
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    compiled, line = io.BytesIO(), 0
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
        compiled.seek(0)
        return gettext.GNUTranslations(compiled), None
    except PoFileError as error:
        line, message = (error.lineno or 0) + 1, str(error)
    except (OSError, ValueError, TypeError, IndexError, KeyError) as error:
        message = str(error)
    where = f"{path.name} ({language})" + (f":{line}" if line else "")
    return gettext.NullTranslations(), Fault(where, f"cannot be read: {message[:200]}", "resolve a merge conflict, or "
                                             "take it from the repository again")


def translate(message: str, code: str | None = None) -> str:
    """A sentence in a language, the one in use by default; itself where the catalogue lacks it.

    Examples
    --------
    >>> translate("yes", "vi")
    'có'
    """
    return catalogue(code or current()).gettext(message) if message else ""


def segment(name: str, code: str | None = None) -> str:
    """The name of a segment in a language: translated where the kit gives it (`S_`), a user's own stays.

    Examples
    --------
    >>> segment("Champions", "vi"), segment("Rows", "vi")
    ('Khách hàng vàng', 'Rows')
    """
    return catalogue(code or current()).pgettext(SEGMENT, name)


SEGMENT = "segment"
"""Context of the names of segments in the catalogues."""


def translate_plural(message: str, plural: str, n: int, code: str | None = None) -> str:
    """The form of a sentence that a language uses for a number: English has two, Vietnamese one.

    Examples
    --------
    >>> translate_plural("one house", "many houses", 2, "en")
    'many houses'
    """
    return catalogue(code or current()).ngettext(message, plural, n)
