"""One rounding for the numbers that a reader sees side by side: those of a column, and those of a sentence.

A number's decimals depend on its size, so numbers beside each other would get different ones. Here the decimals are
those of the group: of all numbers of the column, or of the numbers of one unit in the sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

NO_CENTS = 10_000
"""Amounts of money from which on cents are not written."""
DONG = ((1e9, "tỷ"), (1e6, "triệu"))
"""How large sums of dong are said in Vietnamese."""
_LARGE = 100
"""Amounts from which on one decimal is enough, in billions or millions of dong."""


@dataclass(frozen=True)
class Rounding:
    """The decimals of a group of numbers, and what each is divided by (`word` says it)."""

    decimals: int
    size: float = 1.0
    word: str = ""

    @property
    def pattern(self) -> str:
        """The pattern of a number, in Unicode's notation.

        Examples
        --------
        >>> Rounding(2).pattern, Rounding(0).pattern
        ('#,##0.00', '#,##0')
        """
        return "#,##0" + "." * bool(self.decimals) + "0" * self.decimals


def of(unit: str, numbers: Iterable[float | None], language: str = "en", currency: str = "") -> Rounding | None:
    """The rounding of the numbers that stand together; None for a unit whose decimals are always the same.

    Parameters
    ----------
    unit : their unit, see `segkit.words.formats.FORMATS`.
    numbers : the numbers of a column or of a sentence; None and NaN count for nothing.
    language, currency : of the page; large sums of dong are said in millions or billions in Vietnamese.

    Returns
    -------
    Rounding
        For "money" without cents where one amount is 10,000 or more. For "number" the decimals of the smallest number
        other than 0 (three digits that count), at most one more than the largest needs; none where all are whole. For
        "decimal" as many as are needed, at most two.

    Examples
    --------
    >>> of("number", [0.243, 4.414, 12.5]).decimals, of("number", [3, 4.0]).decimals
    (2, 0)
    >>> of("money", [12.5, 12_000]).decimals, of("share", [0.5])
    (0, None)
    """
    sizes = [abs(float(n)) for n in numbers if n is not None and math.isfinite(n)]
    if unit == "money":
        if language == "vi" and currency == "VND":
            return _dong(sizes)
        return Rounding(0 if max(sizes, default=0) >= NO_CENTS else 2)
    if unit == "number":
        return Rounding(_of_numbers(sizes))
    if unit == "decimal":
        return Rounding(next(d for d in (0, 1, 2) if d == 2 or all_whole(n * 10**d for n in sizes)))
    return None


def together(numbers: Mapping[str, tuple[str, float]], columns: Mapping[str, Iterable[float]] | None = None,
             language: str = "en", currency: str = "") -> dict[str, Rounding]:
    """The rounding of each number of a sentence: one for all of a unit.

    Parameters
    ----------
    numbers : name → its unit and itself.
    columns : name → the numbers of the column that it stands in; it is written with the decimals of the column. The
        others of its unit have decimals of their own in common; amounts of money no more than those in columns.
    language, currency : of the page. Millions and billions of dong are units of their own.

    Examples
    --------
    >>> [r.decimals for r in together({"a": ("number", 0.5), "b": ("number", 20.25)}).values()]
    [2, 2]
    >>> [r.decimals for r in together({"a": ("money", 9.5), "b": ("money", 20_000)}).values()]
    [0, 0]
    """
    columns = columns or {}
    alone = {name: of(unit, columns.get(name, [n]), language, currency) for name, (unit, n) in numbers.items()}
    groups: dict[tuple[str, str], list[str]] = {}
    for name, rounded in alone.items():
        if rounded:
            groups.setdefault((numbers[name][0], rounded.word), []).append(name)
    roundings: dict[str, Rounding] = {}
    for (unit, word), names in groups.items():
        size = next(r.size for r in map(alone.get, names) if r)
        settled = {name: r for name in names if name in columns and (r := alone[name])}
        free = of("decimal" if word else unit, [numbers[name][1] / size for name in names if name not in settled])
        fewest = [r.decimals for r in settled.values()] if unit == "money" else []
        own = Rounding(min([*fewest, free.decimals if free else 0]), size, word)
        roundings |= {name: settled.get(name, own) for name in names}
    return roundings


def marks(numbers: Iterable[float | None]) -> tuple[float, ...]:
    """At most four of the numbers, which have the rounding of all of them in every unit.

    Examples
    --------
    >>> marks([None, 0.0, 2, 3, 2.5, 700.25])
    (2.0, 700.25, 2.5)
    """
    sizes = [abs(float(n)) for n in numbers if n is not None and math.isfinite(n)]
    kept = [min((n for n in sizes if n > 0), default=0.0), max(sizes, default=0.0)]
    kept += [next((n for n in sizes if not _is_whole(n * 10**d)), 0.0) for d in (0, 1)]
    return tuple(dict.fromkeys(n for n in kept if n > 0))


def _of_numbers(sizes: list[float]) -> int:
    if all_whole(sizes):
        return 0
    return min(needed(min(n for n in sizes if n > 0)), needed(max(sizes)) + 1)


def needed(size: float) -> int:
    """Decimals of a number by itself, so that three of its digits count.

    Examples
    --------
    >>> [needed(n) for n in (0.243, 4.414, 12.5, 1800)]
    [3, 2, 1, 0]
    """
    return 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 1 else 3


def _dong(sizes: list[float]) -> Rounding:
    """The largest unit of which the smallest amount is at least a tenth; without one all digits."""
    least = min((n for n in sizes if n > 0), default=0.0)
    size, word = next(((size, word) for size, word in DONG if least >= size / 10 and max(sizes) >= size), (1.0, ""))
    if not word:
        return Rounding(0)
    return Rounding(1 if max(sizes) >= _LARGE * size else 2, size, word)


def all_whole(numbers: Iterable[float]) -> bool:
    """Whether no number has decimals.

    Examples
    --------
    >>> all_whole([3, 100 * 0.29]), all_whole([2.5])
    (True, False)
    """
    return all(map(_is_whole, numbers))


def _is_whole(number: float) -> bool:
    return math.isclose(number, round(number), rel_tol=1e-12, abs_tol=1e-9)
