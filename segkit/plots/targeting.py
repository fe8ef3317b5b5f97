"""Plots of target-segment choice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.words.formats import _, format_value
from segkit.words.language import N_

CONTENDER = 0.05
"""Share of draws from which on a segment may be the first choice."""


@theme.plot(N_(
    "The length of a bar is the weighted score: 100, the dashed line, is as all customers are, 120 a fifth better. A "
    "thin line is the interval of the score over other customers of the same kind. The words say how often the segment "
    "comes first where customers and weights are drawn anew; blue bars do so in at least 5% of draws. Below 95% no "
    "candidate is clearly first, whatever the bars look like."))
def ranking(table: pd.DataFrame) -> Panel:
    """Attractiveness score of each considered segment, with its interval and how often it comes first."""
    table = table[table["attractiveness_score"].notna()]
    ax = theme.panel(height=0.9 + 0.45 * len(table))
    names = [theme.segment(s) for s in table.index]
    scores, places = table["attractiveness_score"].astype(float), range(len(table))
    low, high = (table.get(f"attractiveness_{end}", scores).astype(float) for end in ("low", "high"))
    bars = ax.barh(places, scores, height=0.65,
                   color=[theme.PALETTE[0] if s >= CONTENDER else theme.MUTED for s in table["first_share"]])
    theme.tell(bars, [_("{name}: {value}, interval {low} to {high}", name=n, value=format_value(v, "index"),
                        low=format_value(a, "index"), high=format_value(b, "index"))
                      for n, v, a, b in zip(names, scores, low, high, strict=True)])
    ax.hlines(places, low, high, color=theme.INK, linewidth=1.2)
    ax.axvline(100, color=theme.INK, linewidth=0.8, linestyle="--")
    widest = max(100.0, float(high.max()))
    for i, share in enumerate(table["first_share"]):
        ax.text(1.03 * max(float(high.iloc[i]), 100.0), i, _("first in {share:share} of draws", share=float(share)),
                va="center", fontsize=9)
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.set_xlim(min(0.0, float(low.min())), 2.1 * widest)
    ax.set_xticks([x for x in (0, 25, 50, 75, 100, 150, 200, 300) if x <= widest])
    theme.name_axes(ax, "attractiveness_score")
    if (table["first_share"] < CONTENDER).any():
        theme.legend_of_colours(ax, [(theme.PALETTE[0], "s", _("first in at least 5% of draws")),
                                     (theme.MUTED, "s", _("hardly ever first"))])
    ax.grid(axis="y", visible=False)
    theme.set_alt_text(ax, N_("Bars for {n:count} segments. {top} has most points, {score}, with 100 for all, and "
                              "comes first in {share:percent} of draws of customers and weights."), n=len(table),
                       top=names[0], score=format_value(float(scores.iloc[0]), "index"),
                       share=float(table["first_share"].iloc[0]))
    return ax


@theme.plot(N_(
    "Further right means that the segment is more attractive to us, further up that we can serve it better than we can "
    "others; the dashed lines are as all customers are. Top right are the segments to choose from; bottom right are "
    "attractive ones that somebody else may win. The area of a dot is the share of customers, thin lines are intervals "
    "over other customers of the same kind: where they overlap, the order is not sure. Height that rests on scores "
    "given "
    "by people has no interval and is no surer for it."))
def evaluation(table: pd.DataFrame) -> Panel:
    """The segment evaluation plot: competitiveness against attractiveness, dots by share of customers."""
    ax = theme.panel(height=4.4)
    x, y = table["attractiveness_score"].astype(float), table["competitiveness_score"].astype(float)
    ax.hlines(y, table["attractiveness_low"], table["attractiveness_high"], color=theme.MUTED, linewidth=1)
    ax.vlines(x, table["competitiveness_low"], table["competitiveness_high"], color=theme.MUTED, linewidth=1)
    names = [theme.segment(s) for s in table.index]
    dots = ax.scatter(x, y, s=(1200 * table["customer_share"].astype(float)).clip(lower=30), color=theme.PALETTE[0],
                      zorder=3, alpha=0.75)
    theme.tell(dots, [_("{name}: attractiveness {x}, competitiveness {y}, {share:percent} of customers", name=n,
                        x=format_value(a, "index"), y=format_value(b, "index"), share=float(s))
                      for n, a, b, s in zip(names, x, y, table["customer_share"], strict=True)])
    ax.axhline(100, color=theme.INK, linewidth=0.8, linestyle="--")
    ax.axvline(100, color=theme.INK, linewidth=0.8, linestyle="--")
    for set_lim, centre, low, high in ((ax.set_xlim, x, "attractiveness_low", "attractiveness_high"),
                                       (ax.set_ylim, y, "competitiveness_low", "competitiveness_high")):
        ends = [100.0, *centre, *table[low].astype(float), *table[high].astype(float)]
        room = 0.12 * (max(ends) - min(ends)) or 10.0
        set_lim(min(ends) - room, max(ends) + room)
    theme.name_axes(ax, "attractiveness_score", "competitiveness_score")
    ax.name_points(x.tolist(), y.tolist(), names)
    theme.set_alt_text(ax, N_("Dots for {n:count} segments. {top} is the most attractive, {x}, with {y} for how well "
                              "we "
                              "can serve it; 100 is as for all customers."), n=len(table), top=names[int(x.argmax())],
                       x=format_value(float(x.max()), "index"), y=format_value(float(y.iloc[int(x.argmax())]), "index"))
    return ax


@theme.plot(N_(
    "Each row is a candidate and adds up to 100%: how often it takes each rank where every weighting of the criteria "
    "is "
    "as likely as any other, and customers are drawn anew. A row that is dark at rank 1 comes first whatever the "
    "criteria weigh; a row spread over many ranks is made by the weights."))
def ranks(table: pd.DataFrame) -> Panel:
    """Rank acceptability of each candidate under all weightings, as a heat map."""
    ax = theme.panel(height=1.0 + 0.42 * len(table))
    words = table.map(lambda v: format_value(float(v), "percent"))
    theme.heat(ax, table, words, [theme.segment(s) for s in table.index],
               [format_value(int(c), "count") for c in table.columns], limits=(0, 1))
    theme.name_axes(ax, "segment_rank", "segment")
    first = table.iloc[:, 0].astype(float)
    theme.set_alt_text(ax, N_("A heat map of ranks. {top} comes first in {share:percent} of all weightings."),
                       top=theme.segment(first.idxmax()), share=float(first.max()))
    return ax


@theme.plot(N_(
    "Each row is a candidate, each column a criterion with its weight; the number is its points: 100 as all customers "
    "are, orange more, violet less. Read along a row to see what makes a candidate strong. A star is off 100 by more "
    "than other customers of the same kind would show (95% interval); points that people gave have no interval and no "
    "star."))
def points(table: pd.DataFrame) -> Panel:
    """Points of each candidate by criterion (`candidates.compare`), as a heat map around 100."""
    names = list(dict.fromkeys(format_value(c, "message") for c in table["weighed_criterion"]))
    segments = list(dict.fromkeys(table.index))
    shape = len(segments), len(table) // len(segments)
    values = pd.DataFrame(table["criterion_points"].to_numpy(dtype=float).reshape(shape), index=segments)
    sure = ((table["points_low"] > 100) | (table["points_high"] < 100)).to_numpy().reshape(shape)
    words = values.map(lambda v: format_value(float(v), "index")) + pd.DataFrame(sure, index=segments).map(
        lambda s: "*" if s else "")
    ax = theme.panel(height=1.3 + 0.42 * len(segments))
    weights = table["criterion_weight"].to_numpy(dtype=float)[: shape[1]]
    headings = [theme.wrapped(n, max(9, 44 // shape[1])) + f"\n({format_value(float(w), 'percent')})"
                for n, w in zip(names, weights, strict=True)]
    theme.heat(ax, values, words, [theme.segment(s) for s in segments], headings, ramp="around", limits=(50, 150))
    theme.name_axes(ax, "weighed_criterion", "segment")
    deviations = np.where(sure, np.abs(values.to_numpy() - 100), -1.0)
    row, column = np.unravel_index(int(deviations.argmax()), deviations.shape)
    if deviations.max() < 0:
        theme.set_alt_text(ax, N_("A heat map of points. None is farther off 100 than chance explains."))
    else:
        theme.set_alt_text(ax, N_("A heat map of points. Farthest off 100 is {segment} on {criterion}: {value:index}."),
                           segment=theme.segment(segments[row]), criterion=names[column],
                           value=float(values.iat[row, column]))
    return ax


@theme.plot(N_(
    "From left to right the people whom the propensity puts first, of those it had not seen; upwards the share of all "
    "buyers among them. The dashed line is an order by lot: the higher the curve runs above it, the more the order is "
    "worth. A curve on the line means that writing to people by lot does as well."))
def gain(table: pd.DataFrame) -> Panel:
    """Gain curve: share of all who bought, reached by the people of the highest propensity."""
    ax = theme.panel()
    people = [0.0, *(table["n"].cumsum() / table["n"].sum())]
    bought = [0.0, *table["gain_share"].astype(float)]
    ax.plot([0, 1], [0, 1], color=theme.MUTED, linewidth=1.2, linestyle="--")
    ax.plot(people, bought, color=theme.PALETTE[0], linewidth=2)
    dots = ax.scatter(people[1:], bought[1:], s=36, color=theme.PALETTE[0], zorder=3)
    theme.tell(dots, [_("best {people:given}: {bought:percent} of all who bought", people=float(p), bought=float(b))
                      for p, b in zip(people[1:], bought[1:], strict=True)])
    for axis in (ax.xaxis, ax.yaxis):
        theme.format_axis(axis, "percent")
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    theme.name_axes(ax, "people_share", "gain_share")
    half = min(range(len(people)), key=lambda i: abs(people[i] - 0.5))
    theme.set_alt_text(ax, N_("A curve beside the diagonal of an order by lot: the {people:percent} of highest "
                              "propensity "
                              "hold {bought:percent} of all who bought."), people=float(people[half]),
                       bought=float(bought[half]))
    return ax
