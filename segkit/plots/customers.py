"""Plots of the customer base: concentration of revenue, distributions, revenue over time."""

from __future__ import annotations

import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel, colours
from segkit.plots.rectangles import squares
from segkit.words.formats import _, format_value
from segkit.words.language import N_


@theme.plot(N_(
    "Customers stand from left to right, the best first; the height of the curve is the share of "
    "revenue they bring together. The further the curve lies above the dashed line of equal "
    "customers, the more the business hangs on a few. Beware: over a short period luck counts too, so"
    " some of the best will be average next year."))
def concentration(curve: pd.DataFrame, marked: float = 0.2) -> Panel:
    """Share of revenue against share of customers, best customers first.

    Parameters
    ----------
    curve : what `concentration.curve` gives: `customer_share` and `revenue_share`, both rising to 1.
    marked : customer share that is pointed out, 0..1, at the nearest point of the curve.
    """
    ax = theme.panel()
    ax.plot(curve["customer_share"], curve["revenue_share"], color=theme.PALETTE[0], linewidth=2.2)
    ax.plot([0, 1], [0, 1], color=theme.MUTED, linestyle="--", linewidth=1)
    point = curve.iloc[(curve["customer_share"] - marked).abs().argmin()]
    ax.plot(point["customer_share"], point["revenue_share"], "o", color=theme.PALETTE[5])
    note = _("{customers:given} of customers bring {revenue:percent}", customers=float(point["customer_share"]),
             revenue=float(point["revenue_share"]))
    ax.annotate(theme.wrapped(note, 20), (point["customer_share"], point["revenue_share"]), (9, -4), va="top",
                fontsize=9)
    ax.text(0.99, 0.28, _("if all customers were equal"), ha="right", fontsize=9)
    theme.format_axis(ax.xaxis, "percent")
    theme.format_axis(ax.yaxis, "percent")
    theme.name_axes(ax, N_("Share of customers, best first"), "revenue_share")
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    theme.set_alt_text(ax, N_("A curve above the diagonal of equal customers: the best {customers:given} of "
                              "customers bring {revenue:percent} of revenue."),
                       customers=float(point["customer_share"]), revenue=float(point["revenue_share"]))
    return ax


@theme.plot(N_(
    "Each segment has two bars: the grey one is its share of customers, the blue one its share of "
    "revenue. Where blue is longer than grey, a customer of the segment brings more than the average "
    "customer. A long blue bar alone says little: a segment can bring much only because it is large."))
def by_segment(table: pd.DataFrame, columns: tuple[str, str] = ("customer_share", "revenue_share")) -> Panel:
    """Two shares of each segment side by side: how many they are, what they bring; segments without anybody are left
    to the table.

    Parameters
    ----------
    table : DataFrame indexed by segment, such as what `concentration.by_segment` or `population.behaviour` gives.
    columns : its two shares, 0..1, how many they are and what they bring; missing counts as 0.
    """
    table = table[(table[list(columns)] > 0).any(axis=1)].fillna(dict.fromkeys(columns, 0.0))
    ax = theme.panel(height=0.5 + 0.52 * len(table))
    names = [theme.segment(s) for s in table.index]
    for i, column in enumerate(columns):
        where = [y + (0.2 if i == 0 else -0.2) for y in range(len(table))]
        bars = ax.barh([-y for y in where], table[column], height=0.38, color=(theme.MUTED, theme.PALETTE[0])[i],
                       label=theme.label(column))
        ax.bar_label(bars, [format_value(float(v), "share") for v in table[column]], padding=3, fontsize=9)
    ax.set_yticks([-y for y in range(len(table))], names)
    ax.set_xlim(0, 1.22 * float(table[list(columns)].to_numpy().max()))
    theme.format_axis(ax.xaxis, "percent")
    ax.grid(axis="y", visible=False)
    theme.legend_above(ax, reverse=True)
    top = table[columns[1]].idxmax()
    theme.set_alt_text(ax, N_("Bars for {n:count} segments. {top} brings most: {share:percent} of revenue from "
                              "{customers:percent} of customers."), n=len(table), top=theme.segment(top),
                       share=float(table.loc[top, columns[1]]), customers=float(table.loc[top, columns[0]]))
    return ax


@theme.plot(N_(
    "Each row is a segment: the grey dot is its share of customers, the other its share of revenue, and the line "
    "between them is the gap. Blue to the right means that a customer brings more than the average one, orange to the "
    "left less; the thin line is the 95% interval of the revenue share. A hollow dot is a gap that other customers of "
    "the same kind may not show."))
def dumbbell(table: pd.DataFrame) -> Panel:
    """Share of customers against share of revenue of each segment, with the interval of the latter where the table has
    one (`concentration.by_segment`); segments without anybody are left to the table."""
    table = table[(table[["customer_share", "revenue_share"]] > 0).any(axis=1)].fillna({"customer_share": 0.0})
    ax = theme.panel(height=1.0 + 0.42 * len(table))
    people, money = (table[c].astype(float).fillna(0.0) for c in ("customer_share", "revenue_share"))
    low, high = (table.get(f"revenue_share_{end}", money).astype(float) for end in ("low", "high"))
    names, widest = [theme.segment(s) for s in table.index], float(max(people.max(), money.max(), high.max()))
    for y, (p, m, a, b) in enumerate(zip(people, money, low, high, strict=True)):
        colour, sure = theme.PALETTE[0 if m >= p else 5], not a <= p <= b
        ax.hlines([y], min(p, m), max(p, m), color=theme.GRID, linewidth=5)
        ax.hlines([y], a, b, color=colour, linewidth=1.5)
        ax.plot([p], [y], "o", color=theme.MUTED, markersize=7)
        dots = ax.plot([m], [y], "o", color=colour, markersize=8, markerfacecolor=colour if sure else "none")
        theme.tell(dots, [_("{name}: {customers:percent} of customers, {revenue:percent} of revenue", name=names[y],
                            customers=float(p), revenue=float(m))])
        ax.text(1.06 * widest, y, f"{format_value(float(p), 'share')} → {format_value(float(m), 'share')}", va="center",
                fontsize=9)
    ax.set_yticks(range(len(table)), names)
    ax.set(ylim=(len(table) - 0.5, -0.6), xlim=(0, 1.5 * widest))
    ax.set_xticks([t for t in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1) if t <= widest])
    theme.format_axis(ax.xaxis, "percent")
    ax.grid(axis="y", visible=False)
    theme.name_axes(ax, N_("Share of all"))
    less = [(theme.PALETTE[5], "o", _("… less than the share of customers"))] if (money < people).any() else []
    unsure = [(theme.PAPER, "o", _("… within chance of it"))] if ((low <= people) & (people <= high)).any() else []
    theme.legend_of_colours(ax, [(theme.MUTED, "o", theme.label("customer_share")),
                                 (theme.PALETTE[0], "o", theme.label("revenue_share")), *less, *unsure], columns=2)
    surely = (money - people)[low > people]
    if surely.empty:
        theme.set_alt_text(ax, N_("Pairs of dots for {n:count} segments. None brings more than its size by more than "
                                  "chance explains."), n=len(table))
        return ax
    top = surely.idxmax()
    theme.set_alt_text(ax, N_("Pairs of dots for {n:count} segments. {top} brings most beyond its size: "
                              "{share:percent} of revenue from {customers:percent} of customers."), n=len(table),
                       top=theme.segment(top), share=float(money[top]), customers=float(people[top]))
    return ax


@theme.plot(N_(
    "Each rectangle is a segment; its area is the segment's share of customers, and the darker it is, the more revenue "
    "an average customer of it brings. Look for small dark rectangles: few customers who bring much. Areas are harder "
    "to compare than lengths, so read small differences from the table; segments without customers are not drawn."))
def treemap(table: pd.DataFrame, area: str = "customer_share", colour: str = "monetary",
            currency: str = "") -> Panel:
    """Segments as rectangles: the area is one column of the table, the shade another.

    Parameters
    ----------
    table : DataFrame indexed by segment: what `concentration.by_segment` gives.
    area : the column of shares, 0..1; rows of 0 or missing are not drawn.
    colour : the column of money per customer.
    currency : ISO code of the money, "" for bare numbers.
    """
    table = table[table[area] > 0].sort_values(area, ascending=False, kind="stable")
    ax = theme.panel(height=3.6)
    low, high = float(table[colour].min()), float(table[colour].max())
    boxes, nameless = squares(table[area].to_list()), []
    for (name, row), (x, y, width, height) in zip(table.iterrows(), boxes, strict=True):
        depth = _depth(row[colour], low, high)
        tile = ax.bar(x, height, width, bottom=y, align="edge", color=_shade(depth), edgecolor=theme.PAPER, linewidth=2)
        theme.tell(tile, [f"{theme.segment(name)}\n{theme.label(area)}: {format_value(float(row[area]), 'share')}\n"
                          f"{theme.label(colour)}: {format_value(float(row[colour]), 'money', currency=currency)}"])
        for size in (9, 7):
            letters = max(6, int(540 * width / size))
            lines = theme.wrapped(theme.segment(name), letters).split("\n")
            lines.append(format_value(float(row[area]), "share"))
            words_fit = max(map(len, theme.segment(name).split())) <= letters  # no word is broken
            if words_fit and max(map(len, lines)) <= 594 * width / size and len(lines) <= 135 * height / size:
                ax.text(x + width / 2, y + height / 2, "\n".join(lines), ha="center", va="center", fontsize=size,
                        color=theme.on_shade("blue", depth))
                break
        else:
            nameless.append(f"{theme.segment(name)} {format_value(float(row[area]), 'share')}")
    ax.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    marks = [low, (low + high) / 2, high] if high > low else [low]
    for mark in marks:
        ax.scatter([], [], marker="s", s=60, color=_shade(_depth(mark, low, high)), label=format_value(mark, "count"))
    theme.legend_above(ax, 3)
    caption = _("area: {area:column}; shade: {colour:column}", area=area, colour=colour)
    caption += f" ({currency})" if currency else ""
    if nameless:
        caption += "\n" + theme.wrapped(_("too small for a name: {names}", names="; ".join(nameless)), 60)
    theme.name_axes(ax, caption)
    top, first = table[colour].idxmax(), table.index[0]
    theme.set_alt_text(ax, N_("Rectangles for {n:count} segments. The largest is {first} with {share:percent} of "
                              "customers; a customer of {top} brings most."), n=len(table), first=theme.segment(first),
                       share=float(table[area].iloc[0]), top=theme.segment(top))
    return ax


def _depth(value: float, low: float, high: float) -> float:
    """How dark a rectangle is: neither white nor black."""
    return 0.12 + 0.76 * ((value - low) / (high - low) if high > low else 0.0)


def _shade(depth: float) -> str:
    return colours.hex_of(colours.shade("blue", depth))


@theme.plot(N_(
    "Each cell belongs to the row on its left and the column below it; the darker the cell, the "
    "larger its number. Look for cells that are darker than the rest of their row. Counts in a large "
    "row or column are large anyway, so compare shares before you call a cell remarkable."))
def heatmap(counts: pd.DataFrame, unit: str = "count") -> Panel:
    """A table of numbers as a heat map; the index and the columns name the axes.

    Parameters
    ----------
    counts : numbers; a missing one is an empty cell. The names of index and columns, where they have one, label the
        axes.
    unit : how the numbers are written, such as "count", "share" or "percent".
    """
    ax = theme.panel(height=0.9 + (0.5 if len(counts) < 7 else 0.33) * len(counts))
    words = counts.map(lambda v: format_value(v, unit))
    width = max(8, 42 // counts.shape[1])
    theme.heat(ax, counts, words, [theme.segment(r) for r in counts.index],
               [theme.wrapped(theme.segment(c), width) for c in counts.columns])
    theme.name_axes(ax, str(counts.columns.name or ""), str(counts.index.name or ""))
    row, column = counts.stack().idxmax()
    theme.set_alt_text(ax, N_("A heat map. The largest cell is {row} with {column}: {value}."), row=theme.segment(row),
                       column=theme.segment(column), value=format_value(counts.loc[row, column], unit))
    return ax


@theme.plot(N_(
    "The line has one point per month, on a scale that begins at zero. Look first for a trend over "
    "the whole period, then for months that stand out every year. A hollow dot is a month the data "
    "hold only in part: it looks weak without being so."))
def over_time(table: pd.DataFrame, column: str = "revenue", currency: str = "") -> Panel:
    """A column against the months of the index; months that are only partly in the data are hollow dots.

    Parameters
    ----------
    table : DataFrame indexed by the first day of each month: `column` and `is_whole`, as `summary.by_month` gives it.
    column : the column to draw, such as `revenue` or `n_customers`.
    currency : ISO code, told on the axis where the column is money; "" for none.
    """
    ax = theme.panel(height=2.8)
    complete = table[table["is_whole"]]
    ax.plot(complete.index, complete[column], color=theme.PALETTE[0], linewidth=2)
    part = table[~table["is_whole"]]
    if len(part):
        ax.plot(part.index, part[column], "o", markerfacecolor="none", color=theme.PALETTE[0],
                label=_("month only partly in the data"))
        theme.legend_above(ax)
    if table[column].min() >= 0:
        ax.set_ylim(bottom=0)
    theme.format_axis(ax.yaxis, "count")
    months = list(table.index[:: -(-len(table) // 5)])
    ax.set_xticks(months, [f"{d.month:02d}/{d.year}" for d in months])
    theme.name_axes(ax, "month", column, currency)
    theme.set_alt_text(ax, N_("A line over {n:count} months, from {first:count} to {last:count}; the highest month has "
                              "{top:count}."), n=len(table), first=float(table[column].iloc[0]),
                       last=float(table[column].iloc[-1]), top=float(table[column].max()))
    return ax
