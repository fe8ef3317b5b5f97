"""Plots of the customer lifecycle: rhythms, stages, cohorts, migration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.plots import customers, theme
from segkit.plots.canvas import Panel
from segkit.words.formats import _, format_value
from segkit.words.language import N_

_AT_RISK = ("Lapsing", "Lapsed")
_WORTH_A_LINE = 30
_AGES = {"month": N_("Months since the first purchase"), "quarter": N_("Quarters since the first purchase")}


@theme.plot(N_(
    "Each bar counts the customers whose usual gap between purchases lies in its range; the ranges grow from left to "
    "right, as the days on the axis do. Where purchases are few the gap is drawn towards that of all, so the gaps as "
    "observed lie further apart. Customers who bought on one day only have no gap of their own and are left out. A "
    "wide hill means that one number of days cannot be right for everybody; a gap near the length of the data "
    "is hardly ever seen, so the true hill reaches further to the right."))
def rhythms(table: pd.DataFrame) -> Panel:
    """How customers' own usual gaps differ, on a logarithmic axis (`stages.assign`)."""
    ax = theme.panel(height=2.8)
    gaps = table.loc[table["n_days_bought"] > 1, "gap_days"]
    low, high = float(gaps.min()), float(gaps.max())
    edges = np.geomspace(low * 0.999, max(high, low * 1.01) * 1.001, 25)
    counts = np.histogram(gaps, edges)[0]
    bars = ax.bar(edges[:-1], counts, 0.95 * np.diff(edges), align="edge", color=theme.PALETTE[0])
    theme.tell(bars, [_("{low:number} to {high:number} days: {n:count} customers", low=float(a), high=float(b),
                        n=int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)])
    middle = float(gaps.median())
    ax.axvline(middle, color=theme.INK, linewidth=1.2, linestyle="--")
    ax.annotate(_("median {days:number}", days=middle), (middle, 1), (5, -2), of_panel="y", va="top", fontsize=9)
    ax.set_xscale("log")
    ticks = [t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if edges[0] <= t <= edges[-1]]
    ax.set_xticks(ticks, [format_value(t, "count") for t in ticks])
    theme.format_axis(ax.yaxis, "count")
    ax.grid(axis="x", visible=False)
    theme.name_axes(ax, "gap_days", "n_customers")
    quarter, three = (float(gaps.quantile(q)) for q in (0.25, 0.75))
    theme.set_alt_text(ax, N_("Bars by usual gap, drawn towards that of all. Of the customers who came back, the "
                              "middle half have gaps of {low:number} to {high:number} days; the median is "
                              "{middle:number}."), low=quarter, high=three,
                       middle=middle)
    return ax


@theme.plot(N_(
    "Each stage has two bars: the grey one is its share of customers, the blue one its share of what all customers "
    "spent in their last year. In the two shaded stages it is money of customers who have been away for long. A "
    "long grey bar with a short blue one is many customers with little at stake."))
def by_stage(table: pd.DataFrame) -> Panel:
    """Customers and spend of each stage (`stages.by_stage`)."""
    ax = customers.by_segment.panel(table, ("customer_share", "yearly_share"))
    drawn = table.index[(table[["customer_share", "yearly_share"]] > 0).any(axis=1)]
    for y, stage in enumerate(drawn):
        if stage in _AT_RISK:
            ax.axhspan(-y - 0.48, -y + 0.48, color=theme.GRID, alpha=0.45, zorder=0)
    risk = table.loc[[s for s in table.index if s in _AT_RISK], ["customer_share", "yearly_share"]].sum()
    theme.set_alt_text(ax, N_("Bars for {n:count} stages. Lapsing and lapsed together: {customers:percent} of "
                              "customers, {spend:percent} of spend."), n=len(table),
                       customers=float(risk["customer_share"]), spend=float(risk["yearly_share"]))
    return ax


@theme.plot(N_(
    "Each dot is the share of a stage's customers who bought in the days that followed; the line is its 95% interval. "
    "The dots should fall from active to lapsed: then the stages tell something. Where the lapsed still buy often, "
    "they were written off too early, and the border should be moved up."))
def bought_again(table: pd.DataFrame) -> Panel:
    """Share of each stage that bought afterwards, with intervals (`stages.bought_again`)."""
    table = table[table["size"] > 0]
    ax = theme.panel(height=0.9 + 0.36 * len(table))
    places = range(len(table))
    ax.hlines(places, table["bought_low"], table["bought_high"], color=theme.PALETTE[0], linewidth=2)
    dots = ax.plot(table["bought_share"], places, "o", color=theme.PALETTE[0], markersize=7)
    theme.tell(dots, [_("{stage}: {share:percent}, interval {low:percent} to {high:percent}",
                        stage=theme.segment(row.Index), share=float(row.bought_share), low=float(row.bought_low),
                        high=float(row.bought_high))
                      for row in table.itertuples()])
    for y, row in zip(places, table.itertuples(), strict=True):
        share = float(row.bought_share)
        ax.annotate(format_value(share, "share"), (share, y), (0, 7), ha="center", fontsize=9)
    ax.set_yticks(places, [_("{stage} (n = {n:count})", stage=theme.segment(s), n=int(n))
                           for s, n in table["size"].items()])
    ax.set(ylim=(len(table) - 0.5, -0.7), xlim=(-0.03, 1.03))
    theme.format_axis(ax.xaxis, "percent")
    ax.grid(axis="y", visible=False)
    theme.name_axes(ax, "bought_share")
    best, worst = table["bought_share"].idxmax(), table["bought_share"].idxmin()
    theme.set_alt_text(ax, N_("A dot per stage. Most bought again in the stage {best}, {high:percent}; fewest in the "
                              "stage {worst}, {low:percent}."), best=theme.segment(best), worst=theme.segment(worst),
                       high=float(table.loc[best, "bought_share"]), low=float(table.loc[worst, "bought_share"]))
    return ax


@theme.plot(N_(
    "A row is a cohort, with its number of customers; a column is the number of periods since their first purchase. "
    "The cell says what percentage of the cohort bought in that period; the darker, the more. Read a row to see a "
    "cohort age, a column to compare cohorts of the same age. Empty cells are periods that the data do not hold in "
    "full. A cell of a small cohort is a handful of people."))
def cohorts(table: pd.DataFrame, column: str = "activity_share", period: str = "") -> Panel:
    """A share by cohort and period as a heat map (`cohorts.comparable`); a period is a month or a quarter.

    Parameters
    ----------
    table : DataFrame indexed by `cohort` (first day of its first period) and `cohort_age` (periods since), with
        `n_customers` (of the cohort) and `column`.
    column : a share, 0..1; missing, or without a row, is an empty cell.
    period : "month" or "quarter", for the label of the axis; "" for neither.
    """
    shares = table[column].unstack("cohort_age")
    size = table["n_customers"].groupby(level="cohort").first()
    ax = theme.panel(height=0.9 + 0.27 * len(shares))
    words = shares.map(lambda v: "" if np.isnan(v) else format_value(round(100 * v), "count"))
    rows = [_("{month} (n = {n:count})", month=f"{c.month:02d}/{c.year}", n=int(size[c])) for c in shares.index]
    theme.heat(ax, shares, words, rows, [str(age) for age in shares.columns], limits=(0, None), size=7.5,
               told=shares.map(lambda v: "" if np.isnan(v) else format_value(float(v), "percent")))
    theme.name_axes(ax, _AGES.get(period, "cohort_age"), "")
    best, worst = shares.stack().idxmax(), shares.stack().idxmin()
    theme.set_alt_text(ax, N_("A heat map of {n:count} cohorts. The highest cell is {high:percent} after {far:count} "
                              "periods, the lowest {low:percent} after {near:count}."), n=len(shares),
                       high=float(shares.loc[best]), far=int(best[1]), low=float(shares.loc[worst]), near=int(worst[1]))
    return ax


@theme.plot(N_(
    "The thick line is the share of customers who buy in a period, the dashed one the share who buy in it or later; "
    "thin lines are single cohorts of 30 customers or more. Between the two are customers who pause and come back. "
    "The dashed line bends down at its end because purchases to come are not seen yet; and the late points of both "
    "rest on the oldest cohorts alone, so a rise there need not be anybody's doing."))
def retention(table: pd.DataFrame, average: pd.DataFrame, period: str = "") -> Panel:
    """Activity and survival since the first purchase (`cohorts.comparable` and `cohorts.average`).

    Parameters
    ----------
    table : DataFrame indexed by `cohort` and `cohort_age`, with `n_customers` and `activity_share`, for the thin lines.
    average : DataFrame indexed by `cohort_age`, with `activity_share` and `survival_share`, for the thick ones.
    period : "month" or "quarter", for the label of the axis; "" for neither.
    """
    ax = theme.panel()
    label: str | None = _("single cohorts")
    for _cohort, part in table[table["n_customers"] >= _WORTH_A_LINE].groupby(level="cohort"):
        line = ax.plot(part.index.get_level_values("cohort_age"), part["activity_share"], color=theme.MUTED,
                       linewidth=0.8, label=label)
        theme.tell(line, [""] * len(part))
        label = None
    ax.plot(average.index, average["activity_share"], color=theme.PALETTE[0], linewidth=2.4,
            label=theme.label("activity_share"))
    ax.plot(average.index, average["survival_share"], color=theme.PALETTE[1], linewidth=2.2, linestyle="--",
            label=theme.label("survival_share"))
    ax.set_ylim(0, 1.03)
    ax.locator_params(axis="x", integer=True)
    theme.format_axis(ax.xaxis, "count")
    theme.format_axis(ax.yaxis, "percent")
    theme.name_axes(ax, _AGES.get(period, "cohort_age"))
    theme.legend_above(ax, columns=2)
    last = int(average.index[min(len(average) - 1, max(1, len(average) // 2))])
    theme.set_alt_text(ax, N_("Two lines. After {n:count} periods {active:percent} of customers buy in the "
                              "period and {alive:percent} in it or later."), n=last,
                       active=float(average.loc[last, "activity_share"]),
                       alive=float(average.loc[last, "survival_share"]))
    return ax


@theme.plot(N_(
    "Each line is a cohort of 30 customers or more; its height is what a member has spent since the first purchase, on "
    "average over all members. Compare cohorts at the same place on the horizontal axis: a younger cohort that runs "
    "below the older ones is worth less, or was bought with a discount. A line that goes on rising means that the "
    "first purchase says little about what a customer will bring."))
def cumulative(table: pd.DataFrame, currency: str = "", period: str = "") -> Panel:
    """Revenue per member so far, a line per cohort (`cohorts.comparable`).

    Parameters
    ----------
    table : DataFrame indexed by `cohort` and `cohort_age`, with `n_customers` and `cumulative_per_customer`. Where no
        cohort has 30 customers, all are drawn.
    currency : ISO code of the money, told on the axis; "" for none.
    period : "month" or "quarter", for the label of the axis; "" for neither.
    """
    ax = theme.panel(height=3.0)
    large = table[table["n_customers"] >= _WORTH_A_LINE]
    large = large if len(large) else table
    names = list(large.index.unique("cohort"))
    for i, cohort in enumerate(names):
        part = large.xs(cohort, level="cohort")
        colour = theme.MUTED if len(names) > len(theme.PALETTE) and 0 < i < len(names) - 1 else theme.PALETTE[
            i % len(theme.PALETTE)]
        has_label = len(names) <= len(theme.PALETTE) or i in (0, len(names) - 1)
        ax.plot(part.index, part["cumulative_per_customer"], color=colour, linewidth=1.8, marker="o", markersize=3,
                label=f"{cohort.month:02d}/{cohort.year}" if has_label else None)
    ax.set_ylim(bottom=0)
    ax.locator_params(axis="x", integer=True)
    theme.format_axis(ax.xaxis, "count")
    theme.format_axis(ax.yaxis, "count")
    theme.name_axes(ax, _AGES.get(period, "cohort_age"))
    label = theme.label("cumulative_per_customer")
    ax.set_ylabel(theme.wrapped(f"{label} ({currency})" if currency else label, 24))
    theme.legend_above(ax)
    first = large.xs(names[0], level="cohort")["cumulative_per_customer"]
    theme.set_alt_text(ax, N_("A rising line per cohort, {n:count} in all. A member of the first has spent "
                              "{spent:count} after {far:count} periods."), n=len(names), spent=float(first.iloc[-1]),
                       far=int(first.index[-1]))
    return ax


@theme.plot(N_(
    "A row is where customers were on the first day, a column where they were on the second. A cell holds the share "
    "of its row and, below it, how many customers that is; the darker, the larger the share. The diagonal are those "
    "who stayed. Compare cells within a row, and mind the counts: a large share of a small row is a few people."))
def migration(table: pd.DataFrame) -> Panel:
    """Shares and counts of customers by label before and after (`migration.table`)."""
    rows, columns = (list(table.index.unique(level)) for level in ("label_before", "label_after"))
    shares, counts = (table[c].unstack("label_after").reindex(index=rows, columns=columns)
                      for c in ("moved_share", "n"))
    filled = [r for r in rows if counts.loc[r].sum() > 0]
    shares, counts = shares.loc[filled], counts.loc[filled]
    ax = theme.panel(height=0.9 + 0.52 * len(shares))
    words = pd.DataFrame([[_cell(shares.loc[r, c], counts.loc[r, c]) for c in columns] for r in filled],
                         index=filled, columns=columns)
    theme.heat(ax, shares, words, [theme.wrapped(theme.segment(r), 18) for r in filled],
               [theme.wrapped(theme.segment(c), max(7, 42 // len(columns))) for c in columns], limits=(0, 1), size=8)
    theme.name_axes(ax, "label_after", "label_before")
    moves = counts.stack()
    moves = moves[[a != b for a, b in moves.index]]
    start, end = moves.idxmax() if len(moves) else (filled[0], columns[0])
    theme.set_alt_text(ax, N_("A table of moves. The most frequent one is from {start} to {end}: {n:count} customers, "
                              "{share:percent} of those who were there."), start=theme.segment(start),
                       end=theme.segment(end), n=int(counts.loc[start, end]), share=float(shares.loc[start, end]))
    return ax


def _cell(share: float, n: float) -> str:
    if np.isnan(n) or n == 0:
        return ""
    return f"{format_value(float(share), 'share')}\n{format_value(int(n), 'count')}"
