"""Plots of the customer journey: the map of its stages, the moves between touchpoints, what campaigns brought."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.words.formats import _, format_value
from segkit.words.language import N_

_WIDE, _LINE = 7.4, 0.158
_SHOWN, _WORDS = 0.04, 0.15
"""Share of the moves away from a touchpoint from which on a move is drawn, and from which on it is told in figures."""


@theme.plot(N_(
    "A column is a stage of the journey, from the first contact on the left to the goal on the right. Shaded cells are "
    "measured from the events; white cells were written by people, or nobody has written them yet. Read a column to "
    "see what a stage asks of the business, a row to see how it changes on the way. What people think and feel is in "
    "no event: it has to be asked."))
def stages(table: pd.DataFrame, measured: int) -> Panel:
    """The journey map (`journey_map.table`), whose first `measured` rows are of data, as a map.

    Parameters
    ----------
    table : a column per stage, from left to right, a row per question; each cell is a text, or a text by language.
    measured : number of rows, from the top, that are shaded.
    """
    names, rows = [theme.segment(c) for c in table.columns], [_(str(r)) for r in table.index]
    side = 0.19
    broad = (1 - side) / len(names)
    letters = max(10, int(_WIDE * broad * 12.2))
    words = [[textwrap.wrap(_said(v), letters) or [""] for v in row] for row in table.to_numpy()]
    heads = [textwrap.wrap(r, int(_WIDE * side * 11.8)) for r in rows]
    lines = [max(len(h), *(len(w) for w in row)) for h, row in zip(heads, words, strict=True)]
    top = 2.2
    total = sum(lines) + 1.1 * len(lines) + top
    ax = theme.panel(height=_LINE * total + 0.1, width=_WIDE)
    ax.set(xlim=(0, 1), ylim=(total, 0))
    for j, name in enumerate(names):
        left, right = side + j * broad, side + (j + 1) * broad - 0.006
        tip = 0.018
        ax.fill_between([left, left + tip, right - tip, right], [0.1, 0.1, 0.1, 1.0], [1.9, 1.9, 1.9, 1.0],
                        color=theme.PALETTE[0])
        ax.text((left + right) / 2, 1.0, name, ha="center", va="center", fontsize=10, color=theme.PAPER)
    y = top
    for i, n in enumerate(lines):
        below = y + n + 0.9
        if i < measured:
            ax.fill_between([0, 1 - 0.006], [y, y], [below, below], color=theme.GRID, alpha=0.6)
        ax.hlines([below + 0.1], [0], [1 - 0.006], color=theme.GRID, linewidth=0.8)
        ax.text(0.006, y + 0.45, "\n".join(heads[i]), va="top", fontsize=9.5, color=theme.INK)
        for j, cell in enumerate(words[i]):
            ax.text(side + j * broad + 0.004, y + 0.45, "\n".join(cell), va="top", fontsize=9.5, color=theme.INK)
        y = below + 0.2
    _bare(ax)
    theme.set_alt_text(ax, N_("A map of {n:count} stages, {first} to {last}, with {rows:count} rows; the first "
                              "{measured:count} are measured. The table below holds its words."), n=len(names),
                       first=names[0], last=names[-1], rows=len(rows), measured=measured)
    return ax


@theme.plot(N_(
    "Each path begins on the left and ends on the right, at the goal or with a customer who has left so far. A line is "
    "a move; the wider it is, the larger its share of all moves away from the touchpoint it leaves, and the dot is at "
    "the end where it arrives. Moves of less than 4% are not drawn. The graph describes paths that were walked; it "
    "does not say what would happen without a touchpoint."))
def transitions(table: pd.DataFrame) -> Panel:
    """The graph of moves between touchpoints (`touchpoints.transitions`)."""
    moves = [(_said(r.touchpoint), _said(r.next_touchpoint), float(r.transition_share), int(r.n))
             for r in table.itertuples()]
    froms, tos = {m[0] for m in moves}, {m[1] for m in moves}
    starts, ends = sorted(froms - tos), sorted(tos - froms)
    inner = [n for n in dict.fromkeys(m[0] for m in moves) if n not in starts]
    ax = theme.panel(height=1.2 + 0.95 * max(2, len(inner)), width=6.2)
    places = dict.fromkeys(starts, (0.0, 0.5))
    places |= {n: (1.0, 1 - (i + 0.5) / max(1, len(inner))) for i, n in enumerate(inner)}
    places |= {n: (2.0, 0.75 - 0.5 * i / max(1, len(ends) - 1)) for i, n in enumerate(reversed(ends))}
    text_places = [(x, y + 0.09) for x, y in places.values()]
    for source, target, share, n in sorted(moves, key=lambda m: -m[2]):
        if share < _SHOWN:
            continue
        x, y = _curve(places[source], places[target])
        ax.plot(x, y, color=theme.MUTED, linewidth=0.5 + 7 * share, alpha=0.4, zorder=1)
        dot = ax.plot([x[-5]], [y[-5]], "o", color=theme.PALETTE[0], markersize=3 + 5 * share, zorder=2)
        theme.tell(dot, [_("{one} to {other}: {share:percent} of its moves, {n:count} in all", one=source, other=target,
                           share=share, n=n)])
        spots = [(x[i], y[i]) for i in (16, 12, 20, 24) if all(abs(x[i] - u) > 0.2 or abs(y[i] - v) > 0.055
                                                              for u, v in text_places)]
        if spots and share >= _WORDS:
            text_places.append(spots[0])
            ax.text(*spots[0], format_value(round(share, 2), "percent"), ha="center", va="center", fontsize=8,
                    color=theme.INK)
    for name, place in places.items():
        ax.scatter([place[0]], [place[1]], s=[330], color=theme.PALETTE[0] if name in inner else theme.INK, zorder=3)
        ax.annotate(name, place, (0, 13), ha="center", fontsize=9, weight="bold", zorder=4)
    ax.set(xlim=(-0.3, 2.3), ylim=(-0.12, 1.16))
    _bare(ax)
    most = max((m for m in moves if m[0] not in starts), key=lambda m: m[3], default=moves[0])
    theme.set_alt_text(ax, N_("A graph of {n:count} touchpoints. The most frequent move between them goes from {one} "
                              "to {other}: {share:percent} of its moves."), n=len(inner), one=most[0], other=most[1],
                       share=most[2])
    return ax


@theme.plot(N_(
    "Each dot is the share that answered with the campaign less the share of those kept apart by lot; the line is its "
    "95% interval, of groups of one campaign wider, so that all hold together. A line that crosses zero tells of "
    "nothing yet: more people are needed, not another look at the same ones."))
def uplift(table: pd.DataFrame) -> Panel:
    """Uplift with its interval, a row per campaign or group (`campaigns.read`)."""
    table = table[table["uplift"].notna()]
    ax = theme.panel(height=1.0 + 0.42 * len(table))
    names = [theme.segment(i) for i in table.index]
    for y, (name, row) in enumerate(zip(names, table.itertuples(), strict=True)):
        low, high, middle = float(row.uplift_low), float(row.uplift_high), float(row.uplift)
        colour = theme.PALETTE[0] if low > 0 or high < 0 else theme.MUTED
        ax.hlines([y], [low], [high], color=colour, linewidth=2)
        theme.tell(ax.plot([middle], [y], "o", color=colour, markersize=7),
                   [_("{name}: {uplift:points}, interval {low:points} to {high:points}", name=name, uplift=middle,
                      low=low, high=high)])
        ax.annotate(format_value(middle, "points"), (middle, y), (0, 8), ha="center",
                    fontsize=9)
    ax.axvline(0, color=theme.INK, linewidth=0.8, linestyle="--")
    ax.set_yticks(range(len(table)), [_("{name} (n = {n:count})", name=n, n=int(a + b)) for n, a, b in zip(
        names, table["n_treated"], table["n_control"], strict=True)])
    ax.set_ylim(len(table) - 0.5, -0.7)
    ax.grid(axis="y", visible=False)
    theme.format_axis(ax.xaxis, "points")
    theme.name_axes(ax, "uplift")
    best = table["uplift"].astype(float).idxmax()
    theme.set_alt_text(ax, N_("A dot per row. The largest difference is of {name}: {uplift:points}, interval "
                              "{low:points} to {high:points}."), name=theme.segment(best),
                       uplift=float(table.loc[best, "uplift"]), low=float(table.loc[best, "uplift_low"]),
                       high=float(table.loc[best, "uplift_high"]))
    return ax


def _said(value: Any) -> str:
    return format_value(value, "message") if isinstance(value, dict) else theme.value(str(value))


def _curve(one: tuple[float, float], other: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """A bend from one place to another; there and back lie on two sides."""
    t = np.linspace(0, 1, 41)
    same = one[0] == other[0]
    bend = (0.32 if one[1] > other[1] else -0.32) if same else 0.0
    middle = ((one[0] + other[0]) / 2 + bend * (0.6 + abs(one[1] - other[1])), (one[1] + other[1]) / 2)
    if not same:
        middle = (middle[0], one[1] + 0.6 * (other[1] - one[1]))
    weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
    x, y = (np.add.reduce([w * p[k] for w, p in zip(weights, (one, middle, other), strict=True)]) for k in (0, 1))
    return x, y


def _bare(ax: Panel) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
