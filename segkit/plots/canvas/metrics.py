"""How wide a text is, in points: sums of the letters' advance widths in DejaVu Sans.

The widths are those of the font's `hmtx` table in hundredths of its size; a letter with marks is as wide as without.
"""

from __future__ import annotations

import functools
import unicodedata

_BY_WIDTH = {
    0: "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e", 20: "\u202f", 27: "'", 28: "ijlı",
    32: " ,.\u00a0·‘’‚", 34: "/:;\\|¦", 35: "f", 36: "-‐‑", 39: "()[]t", 40: "!¡²³¹‹›", 41: "r", 46: '"', 47: "ªº",
    50: "*_`§¨¯°´¸–†‡", 52: "sz“”„", 53: "?¿", 55: "c", 56: "LŁ", 58: "Fk", 59: "vxy•", 60: "PÞ", 61: "TYao«»ðø",
    62: "e", 63: "ESbdghnpqußþđ", 64: "$0123456789{}¢£¤¥µ¶₫€", 66: "K", 68: "AV", 69: "BRXZ", 70: "C", 73: "U",
    75: "HN", 77: "DGÐĐ", 78: "&", 79: "OQØ", 82: "w", 84: "#+<=>^~¬±×÷−≤≥≠≈←↑→↓", 86: "MƯ", 91: "Ơ", 95: "%",
    97: "mÆ", 98: "æ", 99: "W", 100: "@©®—…", 102: "œ", 107: "Œ", 134: "‰",
}
_WIDTHS = {letter: width for width, letters in _BY_WIDTH.items() for letter in letters}
_OTHER, _WIDE, _BOLD = 64, 100, 1.104
LINE = 1.2
"""Distance of two lines in sizes of the font."""
CAPITAL = 0.73
"""Height of a capital letter in sizes of the font."""


@functools.cache
def _letter(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    base = unicodedata.decomposition(letter).split(" ")[0]
    if base and not base.startswith("<"):
        return _letter(chr(int(base, 16)))
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _OTHER


@functools.lru_cache(maxsize=10_000)
def width(text: str, size: float = 9.5, bold: bool = False) -> float:
    """Points that the longest line of a text takes.

    Examples
    --------
    >>> round(width("100%", 10), 1), width("a\\nabc", 10) == width("abc", 10)
    (28.7, True)
    """
    longest = max(sum(map(_letter, line)) for line in text.split("\n"))
    return longest * size / 100 * (_BOLD if bold else 1)


def height(text: str, size: float = 9.5) -> float:
    """Points from the top of the first line's capitals to the bottom of the last line's descenders."""
    return size * (LINE * text.count("\n") + CAPITAL + 0.24)
