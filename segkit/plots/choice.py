"""Plots of brand choice: elasticities, and changes with their intervals around zero."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segkit.plots import theme
from segkit.plots.canvas import Panel
from segkit.words.formats import _, format_value
from segkit.words.language import N_


@theme.plot(N_("Each cell says by how many per cent the choices of the column's brand change when the price (or "
               "other variable) of the row's brand rises by one per cent. The diagonal is a brand's own: further "
               "below −1 means that a lower price brings in more money. The other cells show who gains; the model "
               "spreads them by share, so near substitutes do not stand out."))
def elasticities(table: pd.DataFrame) -> Panel:
    """Own and cross elasticities of all brands as a heat map around zero."""
    wide = table.pivot(index="changed_brand", columns="brand", values="elasticity")
    ax = theme.panel(height=1.0 + 0.5 * len(wide))
    names = [theme.value(b) for b in wide.index]
    by_pair = table.set_index(["changed_brand", "brand"])
    columns = {"value": "elasticity", "low": "elasticity_low", "high": "elasticity_high"}
    words = pd.DataFrame([[_("{changed} → {brand}: {value} ({low} to {high})", changed=theme.value(i),
                             brand=theme.value(j), **{k: format_value(float(by_pair.loc[(i, j), c]), "decimal")
                                                      for k, c in columns.items()})
                           for j in wide.columns] for i in wide.index])
    limit = float(np.nanmax(np.abs(wide.to_numpy(float)))) or 1.0
    theme.heat(ax, wide, wide.map(lambda v: format_value(float(v), "decimal")), names,
               [theme.wrapped(theme.value(b), 12) for b in wide.columns], ramp="around", limits=(-limit, limit),
               told=words)
    theme.name_axes(ax, "brand", "changed_brand")
    own = pd.Series({b: wide.loc[b, b] for b in wide.index})
    theme.set_alt_text(ax, N_("A heat map of elasticities. Own elasticities run from {low:decimal} ({most}) to "
                              "{high:decimal} ({least})."), low=float(own.min()), most=theme.value(own.idxmin()),
                       high=float(own.max()), least=theme.value(own.idxmax()))
    return ax


@theme.plot(N_("A dot is a change or a difference, the line through it the interval it may lie in. Dots right of "
               "the dashed line are above zero, left of it below. Where a line crosses the dashed one, even the "
               "direction is not sure. A hollow dot says the same."))
def around_zero(table: pd.DataFrame, column: str, low: str, high: str, unit: str = "percent"
                ) -> Panel:
    """A dot with its interval for each row, around zero; hollow where the interval holds zero.

    Parameters
    ----------
    table : a row per brand, segment or attribute, which its index names: `price_change.simulate` (`table`),
        `sensitivity.by_segment` (`table`) or `points.of`. Rows without a value are left out.
    column : the column of the values. low, high : those of the ends of their intervals; a dot without them is hollow.
    unit : unit of the values, such as "percent" (0.04 is 4%), "points" or "decimal".
    """
    table = table[table[column].notna()]
    sure = (table[low].astype(float) > 0) | (table[high].astype(float) < 0)
    ax = theme.panel(height=0.9 + 0.4 * len(table) + (0 if sure.all() else 0.25))
    theme.legend_of_hollow(ax, sure, _("surely not zero"), _("may be zero"))
    kind = "segment" if table.index.name == "segment" else "value"
    names = [format_value(n, kind) for n in table.index]
    values, ends = table[column].astype(float), (table[low].astype(float), table[high].astype(float))
    places = list(range(len(table)))
    ax.axvline(0, color=theme.INK, linewidth=0.8, linestyle="--")
    ax.hlines(places, *ends, color=theme.MUTED, linewidth=1.5)
    dots = ax.scatter(values, places, s=52, zorder=3, c=[theme.PALETTE[0] if s else theme.PAPER for s in sure],
                      edgecolors=theme.PALETTE[0])
    theme.tell(dots, [_("{name}: {value}, interval {low} to {high}", name=name,
                        **{k: format_value(float(v), unit) for k, v in zip(("value", "low", "high"), row, strict=True)})
                      for name, *row in zip(names, values, *ends, strict=True)])
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    theme.format_axis(ax.xaxis, unit)
    theme.name_axes(ax, column)
    ax.grid(axis="y", visible=False)
    top, bottom = int(values.argmax()), int(values.argmin())
    theme.set_alt_text(ax, N_("Dots with intervals for {n:count} entries, from {top} with {most} to {bottom} with "
                              "{least}; {sure:count} intervals leave zero out."), n=len(table), top=names[top],
                       most=format_value(float(values.iloc[top]), unit), bottom=names[bottom],
                       least=format_value(float(values.iloc[bottom]), unit), sure=int(sure.sum()))
    return ax
