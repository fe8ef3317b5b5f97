"""Plots of customer value over time: purchases against the model, who is still buying, what customers are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.words.formats import _, format_value
from segkit.words.language import N_


@theme.plot(N_("Dots are the repeat purchases of all customers, the line is what the model expects. To the left of "
               "the dashed line the model has seen the purchases, to the right it has not: only there does the "
               "line prove anything. A line that runs away from the dots to the right will mislead a plan; single "
               "weeks off the line, such as before holidays, are nothing the model could know."))
def tracking(table: pd.DataFrame, cumulative: bool = True, unit: str = N_("Week")) -> Panel:
    """Actual and expected repeat purchases by period (`value.tracking`), summed up or not; `unit` is a period.

    Parameters
    ----------
    table : DataFrame indexed by `period`: `phase` ("calibration" or "holdout"), `cumulative_actual`,
        `cumulative_expected`, and `actual_purchases`, `expected_purchases` where they are drawn.
    cumulative : whether purchases are summed up from the first period on.
    unit : name of a period on the axis (message id).
    """
    ax = theme.panel()
    actual, expected = ("cumulative_actual", "cumulative_expected") if cumulative else (
        "actual_purchases", "expected_purchases")
    ax.plot(table.index, table[actual], linestyle="none", marker="o", markersize=3, color=theme.INK,
            label=theme.label(actual))
    ax.plot(table.index, table[expected], color=theme.PALETTE[0], linewidth=2.2, label=theme.label(expected))
    n_calibration = int((table["phase"] == "calibration").sum())
    if 0 < n_calibration < len(table):
        ax.axvline(table.index[n_calibration - 1] + 0.5, color=theme.MUTED, linestyle="--", linewidth=1)
        ax.annotate(_("the model has not seen"), (table.index[n_calibration - 1] + 0.5, 0.02),
                    of_panel="y", xytext=(6, 2), fontsize=9)
    ax.set_ylim(0)
    theme.format_axis(ax.xaxis, "count")
    theme.format_axis(ax.yaxis, "count")
    theme.name_axes(ax, unit, N_("Repeat purchases"))
    theme.legend_above(ax, 2)
    last = table.iloc[-1]
    off = float(last["cumulative_expected"]) / max(float(last["cumulative_actual"]), 1.0) - 1
    theme.set_alt_text(ax, N_("Dots of actual and a line of expected repeat purchases in {n:count} periods, the last "
                              "{new:count} of them new to the model. At the end {actual:count} purchases are counted "
                              "and {expected:count} expected, a difference of {off:percent}."),
                       n=len(table), new=len(table) - n_calibration, actual=float(last["cumulative_actual"]),
                       expected=float(last["cumulative_expected"]), off=off)
    return ax


@theme.plot(N_("Each pair stands for the customers with as many repeat purchases before: black is what one of them "
               "bought afterwards on average, blue what the model foresaw, grey what the old pace would give. The "
               "closer blue is to black than grey is, the more the model earns its place. The right-hand groups "
               "hold few customers, so that their dots move by chance."))
def holdout(table: pd.DataFrame) -> Panel:
    """Purchases in the holdout by purchases before it: actual, model, as before (`value.holdout`)."""
    ax = theme.panel()
    where = range(len(table))
    ax.plot(where, table["status_quo_purchases"], color=theme.MUTED, linestyle="--", marker="s", markersize=4,
            label=theme.label("status_quo_purchases"))
    ax.plot(where, table["expected_purchases"], color=theme.PALETTE[0], marker="D", markersize=5, linewidth=2,
            label=theme.label("expected_purchases"))
    ax.plot(where, table["actual_purchases"], color=theme.INK, marker="o", markersize=5,
            label=theme.label("actual_purchases"))
    ax.set_xticks(list(where), list(table.index))
    ax.set_ylim(0)
    theme.format_axis(ax.yaxis, "decimal")
    theme.name_axes(ax, "calibration_purchases", "holdout_frequency")
    theme.legend_above(ax, 2)
    gap = (table["expected_purchases"] - table["actual_purchases"]).abs()
    old = (table["status_quo_purchases"] - table["actual_purchases"]).abs()
    theme.set_alt_text(ax, N_("Purchases per customer after calibration, by purchases before. The model is closer than "
                              "the old pace in {better:count} of {n:count} groups; its largest miss is {miss:number} "
                              "purchases, among customers with {group} purchases before."),
                       better=int((gap < old).sum()), n=len(table), miss=float(gap.max()), group=str(gap.idxmax()))
    return ax


@theme.plot(N_("Each dot is a tenth of the customers: how far right it lies says what share of them was expected to "
               "buy, how high what share did; the line through it is the 95% interval of that share. On the "
               "diagonal the forecast came true. Dots below it are customers of whom too much was expected, dots "
               "above it of whom too little. A row of dots near the diagonal says nothing of any single customer."))
def calibration(table: pd.DataFrame) -> Panel:
    """Expected and observed share of buyers of each tenth of the forecast (`value.by_tenth`)."""
    ax = theme.panel()
    ax.plot([0, 1], [0, 1], color=theme.MUTED, linestyle="--", linewidth=1)
    expected, bought = table["expected_buyer_share"], table["bought_share"]
    ax.vlines(expected, table["bought_low"], table["bought_high"], color=theme.INK, linewidth=1.2)
    ax.plot(expected, bought, linestyle="none", marker="o", markersize=6, color=theme.PALETTE[0])
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    theme.format_axis(ax.xaxis, "percent")
    theme.format_axis(ax.yaxis, "percent")
    theme.name_axes(ax, "expected_buyer_share", N_("Share that did"))
    off = (expected - bought).abs()
    theme.set_alt_text(ax, N_("A dot per tenth of the customers. The dot furthest from the diagonal is a tenth of "
                              "which {expected:percent} were expected to buy and {bought:percent} did; from the tenth "
                              "with the lowest forecasts {low:percent} did."), expected=float(expected[off.idxmax()]),
                       bought=float(bought[off.idxmax()]), low=float(bought.iloc[-1]))
    return ax


@theme.plot(N_("Each cell is a kind of customer: the higher, the more repeat purchases, the further right, the later"
               " the last of them; all came at the same time. Dark cells are customers who will hardly buy again. "
               "Look at the top left: of somebody who bought often and then stopped the model expects less than of "
               "somebody who bought once and stopped at the same time. A cell does not say how many such customers "
               "there are."))
def alive_heatmap(table: pd.DataFrame, column: str = "probability_alive",
                  unit: str = N_("weeks")) -> Panel:
    """A probability or expected purchases by recency and frequency (`value.grid`); `unit` is the model's.

    Parameters
    ----------
    table : DataFrame indexed by `repeat_frequency` and `last_purchase_age`, both rising, in equal steps.
    column : `probability_alive` or `probability_of_purchase`, with shades from 0 to 1, or `expected_purchases`, with
        shades from 0 to the largest.
    unit : unit of `last_purchase_age` on the axis (message id).
    """
    ax = theme.panel(height=3.8)
    grid = table[column].unstack("last_purchase_age")
    step = float(grid.columns[0])
    share = column.startswith("probability")
    top = 1.0 if share else float(grid.to_numpy().max())
    image = ax.imshow(grid, ramp="dusk", vmin=0, vmax=top, extent=(
        0, step * len(grid.columns), float(grid.index[0]) - 0.5, float(grid.index[-1]) + 0.5))
    ax.grid(visible=False)
    written = "percent" if share else "number"
    theme.format_axis(ax.colorbar(image, theme.label(column)).yaxis, written)
    theme.format_axis(ax.xaxis, "count")
    theme.format_axis(ax.yaxis, "count")
    theme.name_axes(ax, "last_purchase_age", "repeat_frequency")
    ax.set_xlabel(f"{ax.get_xlabel()} ({_(unit)})")
    early = grid.iloc[-1, len(grid.columns) // 2 - 1]
    theme.set_alt_text(ax, N_("A grid of {name} by number and time of repeat purchases. Of customers with {n:count} "
                              "purchases it is {late} when the last was today and {early} when it was half the time "
                              "ago."), name=theme.label(column), n=int(grid.index[-1]),
                       late=format_value(float(grid.iloc[-1, -1]), written), early=format_value(float(early), written))
    return ax


@theme.plot(N_("One bar per group of customers: what they are expected to spend from now on, together, with later "
               "money counted for less. The line across the end of a bar reaches from the sum below which hardly "
               "less may come to the one above which hardly more may. A long bar can come from many customers or "
               "from valuable ones: the figure at the bar says what one of them is worth."))
def lifetime_value(table: pd.DataFrame, currency: str = "") -> Panel:
    """Total lifetime value of each segment with its interval (`value.lifetime_total`)."""
    ax = theme.panel(height=0.9 + 0.34 * len(table))
    where = range(len(table))
    total = table["total_lifetime_value"]
    ax.barh(list(where), total, height=0.7, color=theme.PALETTE[4])
    ends = table[["total_lifetime_value_low", "total_lifetime_value_high"]].fillna(
        {"total_lifetime_value_low": total, "total_lifetime_value_high": total})
    known = ends["total_lifetime_value_high"].where(ends["total_lifetime_value_high"] < float("inf"), total)
    ax.hlines(list(where), ends["total_lifetime_value_low"], known, color=theme.INK, linewidth=1.6)
    for y, (end, value) in enumerate(zip(known, table["lifetime_value"], strict=True)):
        ax.annotate(format_value(float(value), "money", currency=currency), (end, y), (5, 0), va="center", fontsize=9)
    ax.set_yticks(list(where), [theme.segment(s) for s in table.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.18 * float(known.max()))
    ax.grid(axis="y", visible=False)
    ax.locator_params(axis="x", nbins=4)
    theme.format_axis(ax.xaxis, "count")
    theme.name_axes(ax, "total_lifetime_value", table.index.name, currency=currency)
    best = table["lifetime_share"].idxmax()
    theme.set_alt_text(ax, N_("A bar per group of customers with its expected value. The most is brought by {name} "
                              "{group}: {share:percent} of all, with {n:count} customers."),
                       name=theme.label(str(table.index.name)).lower(), group=theme.segment(best),
                       share=float(table.loc[best, "lifetime_share"]), n=int(table.loc[best, "n_customers"]))
    return ax


@theme.plot(N_(
    "Each rung is a purchase day; its dot says what share of the customers who got there came back once more, the line "
    "is its 95% interval. A low first rung means that most of the work is the second purchase, and the days beside it "
    "say how long a reminder may wait. Beware: later rungs are higher because frequent customers are left, not because "
    "each purchase makes loyal, and who bought lately has had no time yet."))
def ladder(table: pd.DataFrame) -> Panel:
    """Share of customers who came back after each purchase day (`ladder.steps`), with intervals and median days."""
    ax = theme.panel(height=1.1 + 0.42 * len(table))
    places, shares = range(len(table)), table["again_share"].astype(float)
    ax.hlines(places, 0, shares, color=theme.GRID, linewidth=5)
    ax.hlines(places, table["again_low"], table["again_high"], color=theme.PALETTE[0], linewidth=2)
    dots = ax.plot(shares, places, "o", color=theme.PALETTE[0], markersize=7)
    theme.tell(dots, [_("after purchase day {k:count}: {share:percent}, interval {low:percent} to {high:percent}",
                        k=int(row.Index), share=float(row.again_share), low=float(row.again_low),
                        high=float(row.again_high)) for row in table.itertuples()])
    for y, row in zip(places, table.itertuples(), strict=True):
        words = format_value(float(row.again_share), "share")
        if not np.isnan(row.again_days):
            words += "; " + _("half within {days:days} days", days=float(row.again_days))
        ax.text(1.02, y, words, va="center", fontsize=9)
    ax.set_yticks(places, [_("purchase day {k:count} (n = {n:count})", k=int(k), n=int(n))
                           for k, n in table["n_customers"].items()])
    ax.set(ylim=(len(table) - 0.5, -0.6), xlim=(0, 1.62))
    ax.set_xticks([0, 0.5, 1])
    theme.format_axis(ax.xaxis, "percent")
    ax.grid(axis="y", visible=False)
    theme.name_axes(ax, "again_share")
    theme.set_alt_text(ax, N_("A ladder of {n:count} rungs: {share:percent} came back after their first purchase "
                              "day, {last:percent} after purchase day {k:count}."), n=len(table),
                       share=float(shares.iloc[0]), last=float(shares.iloc[-1]), k=int(table.index[-1]))
    return ax
