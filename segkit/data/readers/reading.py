"""How a source is to be read, where it does not say so itself: the `read` of a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segkit.data.contract import values
from segkit.words.errors import Fault, SegkitError, check_option

READ_OPTIONS = ("encoding", "delimiter", "decimal", "dates", "sheet", "header", "codes", "schema")
"""`encoding`, `delimiter` and `decimal` ("." or ",", also "point" or "comma") of text; `dates`: "day-first",
"month-first" or "year-first"; `sheet` of a workbook, a name or a number from 0; `header`: the sheet's row of column
names; `codes`: true for the codes of an SPSS or Stata file instead of its labels; `schema`: "union" where some Parquet
files may lack columns of others."""

_KINDS = {"encoding": (str, "text"), "delimiter": (str, "one character"), "decimal": (str, "text"),
          "dates": (str, "text"), "sheet": (str | int, "a name, or a number from 0"),
          "header": (int, "the number of a row, from 1"), "codes": (bool, "true or false"), "schema": (str, "text")}
DECIMAL_WORDS = {"comma": ",", "point": ".", "dot": "."}


def checked(read: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options, words for a decimal mark as the mark.

    Raises
    ------
    SegkitError
        When there is no such option, or a value it cannot take.

    Examples
    --------
    >>> checked({"decimal": "comma"})
    {'decimal': ','}
    """
    options = dict(read or {})
    for option, value in options.items():
        check_option("read", option, READ_OPTIONS)
        kind, wanted = _KINDS[option]
        bad = not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
        bad = bad or (option == "delimiter" and (len(value) != 1 or value in '"\r\n'))
        bad = bad or (option == "header" and value < 1)
        if bad:
            raise SegkitError([Fault(f"`read`, `{option}`", f"is {value!r}", f"give {wanted}")])
    if "decimal" in options:
        options["decimal"] = DECIMAL_WORDS.get(options["decimal"], options["decimal"])
        check_option("decimal", options["decimal"], (*values.DECIMAL_MARKS, *DECIMAL_WORDS))
    for option, allowed in (("dates", values.DATE_ORDERS), ("schema", ("same", "union"))):
        if option in options:
            check_option(option, options[option], allowed)
    return options
