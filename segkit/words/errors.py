"""Errors that say what, where, what was found and how to fix it.

A fault is one thing wrong with a user's data or parameters. All faults are collected and raised
together, so that a user mends everything in one go. The command line prints the report and no
traceback.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from segkit.words.secrets import printable, without_secrets

__all__ = ["DataError", "Fault", "SegkitError", "StudyError", "check_columns", "check_option", "did_you_mean",
           "nearest", "without_secrets"]


FAULTS = "SEGKIT_FAULTS"
"""Environment variable: "data" in the kernels of a build, whose refusals are read by the build and not by a person."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong: where it is, what was found, and how to fix it. None of it holds a password or moves a cursor.

    Examples
    --------
    >>> print(Fault("column 'amount'", "is missing", "add it, or map it under `columns:`"))
    column 'amount': is missing
      → add it, or map it under `columns:`
    """

    where: str
    found: str
    fix: str = ""
    rows: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("where", "found", "fix"):
            object.__setattr__(self, name, printable(without_secrets(str(getattr(self, name)))))

    def __str__(self) -> str:
        rows = f" (rows {', '.join(map(str, self.rows))})" if self.rows else ""
        fix = f"\n  → {self.fix}" if self.fix else ""
        return f"{self.where}: {self.found}{rows}{fix}"


class SegkitError(Exception):
    """Faults in what the user gave. `faults` lists them; the text is the whole readable report; `cell` is the number
    of the notebook's cell that told them, where one did.

    Examples
    --------
    >>> raise SegkitError([Fault("k", "must be at least 1, got 0")])
    Traceback (most recent call last):
        ...
    segkit.words.errors.SegkitError: k: must be at least 1, got 0
    """

    cell: int | None = None

    def __init__(self, faults: Iterable[Fault], about: str = "") -> None:
        self.faults = list(faults)
        self.about = about
        super().__init__(str(self))

    def __reduce__(self):
        return type(self), (self.faults, self.about)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: the report, or the faults as data where a build reads them."""
        if os.environ.get(FAULTS) != "data":
            return str(self).splitlines()
        return [json.dumps({"about": self.about, "faults": [[f.where, f.found, f.fix, f.rows] for f in self.faults]})]

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults]
        if not self.about:
            return "\n".join(lines)
        n = len(self.faults)
        head = f"{self.about}: {n} fault{'s' if n != 1 else ''}"
        return "\n".join([head, *(f"- {line}" for line in lines)])


class DataError(SegkitError):
    """The data do not keep the contract of the analysis."""


class StudyError(SegkitError):
    """The study file does not fit its notebook."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like `name`, or None when nothing comes close.

    Examples
    --------
    >>> nearest("sed", ["seed", "k"])
    'seed'
    >>> nearest("zebra", ["seed", "k"]) is None
    True
    """
    known = {str(n).casefold(): n for n in names}
    matches = difflib.get_close_matches(str(name).casefold(), known, n=1, cutoff=0.6)
    return known[matches[0]] if matches else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A sentence with the nearest name, and all names when there are few."""
    names = [str(n) for n in names]
    guess = nearest(name, names)
    hint = f"did you mean `{guess}`? " if guess else ""
    listed = ", ".join(names[:40]) + (", …" if len(names) > 40 else "")
    return f"{hint}there {'is' if len(names) == 1 else 'are'}: {listed or 'none'}"


def check_option(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise when `value` is not one of the allowed options.

    Examples
    --------
    >>> check_option("adjust", "holm", ["holm", "bh"])
    >>> check_option("adjust", "hulm", ["holm", "bh"])
    Traceback (most recent call last):
        ...
    segkit.words.errors.SegkitError: `adjust`: must be one of holm, bh; got 'hulm'
      → did you mean `holm`? there are: holm, bh
    """
    allowed = list(allowed)
    if value not in allowed:
        listed = ", ".join(map(str, allowed))
        raise SegkitError([Fault(f"`{name}`", f"must be one of {listed}; got {value!r}",
                                 did_you_mean(str(value), map(str, allowed)))])


def check_columns(columns: Iterable[str], available: Iterable[str], table: str = "the table") -> None:
    """Raise one report of every wanted column that `available` lacks.

    Examples
    --------
    >>> check_columns(["amount"], ["amounts", "date"], "purchases.csv")
    Traceback (most recent call last):
        ...
    segkit.words.errors.DataError: column 'amount': is not in purchases.csv
      → did you mean `amounts`? there are: amounts, date
    """
    available = list(available)
    missing = [c for c in columns if c not in available]
    if missing:
        raise DataError([Fault(f"column {c!r}", f"is not in {table}", did_you_mean(c, available)) for c in missing])
