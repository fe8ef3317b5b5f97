"""Words for the user's own columns and values, given by a study or the data package.

A user's column or value is never looked up among the kit's own words: a column `stage` or a brand `Source` is shown as
it stands, unless its data come with a label for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segkit.words.errors import DataError, Fault
from segkit.words.language import LANGUAGES, current

_given: dict[str, dict[str, str]] = {}


def give(labels: Mapping[str, Mapping[Any, Any]]) -> None:
    """Take labels of columns and values, for all that is shown from now on.

    Parameters
    ----------
    labels : language → column or value as it stands in the data → its label.

    Raises
    ------
    DataError
        With all faults: a language that segkit does not write, a label that is no text.

    Examples
    --------
    >>> give({"vi": {"plan_b": "Gói B"}})
    >>> of("plan_b", "vi"), of("plan_b", "en"), of("plan_c", "vi")
    ('Gói B', 'plan_b', 'plan_c')
    """
    where, faults, entries = "`labels`", [], []
    if not isinstance(labels, Mapping):
        raise DataError([Fault(where, f"is {labels!r}, not labels by language", "write {vi: {age: Tuổi}}")])
    for code, words in labels.items():
        if code not in LANGUAGES:
            faults.append(Fault(where, f"has the language {code!r}", f"segkit writes {', '.join(LANGUAGES)}"))
        elif not isinstance(words, Mapping):
            faults.append(Fault(f"{where}, `{code}`", f"is {words!r}", f"write {{{code}: {{column or value: label}}}}"))
        else:
            faults += [Fault(f"{where}, `{code}`, {word!r}", f"is {label!r}, not a text", "put it in quotes")
                       for word, label in words.items() if not isinstance(label, str) or not label]
            entries += [(str(word), code, label) for word, label in words.items()]
    if faults:
        raise DataError(faults)
    for word, code, label in entries:
        _given.setdefault(word, {})[code] = label


def has(word: Any) -> bool:
    """Whether a label came with the data for this word."""
    return str(word) in _given


def by_language(word: Any) -> dict[str, str] | str:
    """A user's word with its labels in all languages, or the word itself where there are none."""
    word = str(word)
    return {code: of(word, code) for code in LANGUAGES} if word in _given else word


def of(word: Any, code: str | None = None) -> str:
    """The label of a user's column or value in a language, the one in use by default; itself without one."""
    word = str(word)
    return _given.get(word, {}).get(code or current(), word)
