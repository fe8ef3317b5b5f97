"""Segments that the brands of a category leave underserved, and where each brand is strong or weak (S7).

A segment is underserved where its customers take fewer of the brands than customers elsewhere do, by more than chance,
and no brand stands out there. Purchases tell what was bought and not what is wished for: a gap is a place to ask.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.positioning import brands, reach
from segkit.segmentation import jackknife, lots
from segkit.words.language import N_

STRENGTH, WEAKNESS = N_("Strong"), N_("Weak")
OPEN = N_("{segment:segment} may be underserved: its customers take {gap:count}% fewer brands than the average "
          "({low:count} to {high:count}), and no brand stands out there. They are {share:percent} of the customers "
          "whose group is known, and spend {spend:index} on the category where the average customer spends 100: ask "
          "them whether they want less of it or miss something.")
NO_GAP = N_("No group is underserved by more than chance. The largest gap is in {segment:segment}: its customers "
            "take {gap:count}% fewer brands than the average ({low:count} to {high:count}); groups drawn by lot "
            "have one as large in {p:percent} of deals.")
NO_STANDING = N_("No brand is clearly stronger or weaker in any group than among all customers.")
NO_GROUPS = N_("No groups of customers are known, so none can be underserved.")


class Gaps(NamedTuple):
    """`table` by segment, `standing` of brands in segments, whether a segment `is_open`, and what to say: `sentence`
    takes the `values`."""

    table: pd.DataFrame
    standing: pd.DataFrame
    is_open: bool
    sentence: str
    values: dict[str, Any]


def find(transactions: Any, segment: pd.Series, reached: pd.DataFrame, customer_id: str = "customer_id",
         brand: str = "brand", date: str = "date", amount: str = "amount", random_state: int | None = 0) -> Gaps:
    """How well each segment is served, and by whom.

    Parameters
    ----------
    transactions : as `brands.performance`.
    segment : group of each customer, indexed by customer, and `reached`, what `brands.by_segment` gave for it.
    random_state : seed of the households drawn anew (400 samples) and of the groups drawn by lot (1,000).

    Returns
    -------
    Gaps. Its `table` is indexed by `segment`, largest gap first: `n_customers`, `segment_share` (of customers whose
    group is known), `spend_index` (spend per customer on the category, 100 as among all), `n_strong` and `n_weak`
    (brands clearly above and below 100 there), `gap_score`: how many per cent fewer brands its customers take than the
    average customer (below 0: more), with its 95 % interval, and `adjusted_p`: how often any of as many groups of the
    same sizes drawn by lot is as far from 0, for its size. `standing` lists the clear strengths and weaknesses of
    brands. A segment is open where its gap is above 0 with a p of at most 0.05 and no brand is strong there.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "brand": list("ABAA"), "amount": 1.0,
    ...     "date": pd.Timestamp("2024-01-01")})
    >>> groups = pd.Series(["x", "x", "y"], index=[1, 2, 3])
    >>> find(sales, groups, brands.by_segment(sales, groups)).table["gap_score"].round(1).to_dict()
    {'y': 25.0, 'x': -12.5}
    """
    if reached.empty:
        empty = pd.DataFrame(columns=["gap_score"], dtype=float)
        empty.attrs["left_out"] = NO_GROUPS
        return Gaps(empty, empty, False, NO_GAP, dict.fromkeys(("segment", "gap", "low", "high", "p")))
    households = brands.as_occasions(transactions, customer_id, brand, date, amount).households
    known, at, names = reach.grouped(households, segment)
    customers = pd.DataFrame({"n": households.repertoire[known], "segment": at,
                              "cents": np.asarray(households.cents[known].sum(axis=1)).ravel()})
    by = customers.groupby("segment").agg(n_customers=("n", "size"), n=("n", "mean"), cents=("cents", "mean"))
    by.index = names.rename("segment")
    gap = 100 * (1 - by["n"] / customers["n"].mean())
    bag = lots.bags(len(known), random_state)
    people, brands_taken = np.zeros((2, bag.max() + 1, len(by)))
    np.add.at(people, (bag, at), 1.0)
    np.add.at(brands_taken, (bag, at), customers["n"].to_numpy(dtype=float))
    people_left, total = people.sum(axis=0) - people, brands_taken.sum(axis=0) - brands_taken
    with np.errstate(divide="ignore", invalid="ignore"):
        without = 100 * (1 - total / people_left / (total.sum(axis=1) / people_left.sum(axis=1))[:, None])
    low, high = jackknife.differences(gap.to_numpy(), without, (people > 0).sum(axis=0))
    sizes = by["n_customers"].to_numpy()
    dealt = lots.by_lot(customers[["n"]].to_numpy(dtype=float), sizes, random_state=random_state)[:, :, 0] / sizes
    spread = np.where(dealt.std(axis=0) > 1e-12, dealt.std(axis=0), np.inf)
    largest = np.sort((np.abs(dealt - customers["n"].mean()) / spread).max(axis=1))
    distances = np.abs(by["n"].to_numpy() - customers["n"].mean()) / spread
    clear = reached[reached["adjusted_p"] <= reach.SURE]
    strong, weak = clear[clear["index_100"] > 100], clear[clear["index_100"] < 100]
    table = pd.DataFrame({
        "n_customers": sizes, "segment_share": sizes / sizes.sum(),
        "spend_index": 100 * by["cents"] / customers["cents"].mean() if customers["cents"].sum() > 0 else np.nan,
        **{name: part.groupby("segment").size().reindex(by.index, fill_value=0)
           for name, part in (("n_strong", strong), ("n_weak", weak))},
        "gap_score": gap, "gap_score_low": low, "gap_score_high": high,
        "adjusted_p": (1 + len(largest) - np.searchsorted(largest, distances - 1e-9)) / (1 + len(largest))},
        index=by.index)
    table = table.sort_values("gap_score", ascending=False, kind="stable")
    return Gaps(table, _standing(strong, weak), *_told(table))


def _standing(strong: pd.DataFrame, weak: pd.DataFrame) -> pd.DataFrame:
    table = pd.concat([strong.assign(standing=STRENGTH), weak.assign(standing=WEAKNESS)])
    table = table[["standing", "n_customers", "penetration", "index_100", "adjusted_p"]].sort_index(kind="stable")
    if table.empty:
        table.attrs["left_out"] = NO_STANDING
    return table


def _told(table: pd.DataFrame) -> tuple[bool, str, dict[str, Any]]:
    clear = table[(table["gap_score"] > 0) & (table["adjusted_p"] <= reach.SURE) & (table["n_strong"] == 0)]
    name = (clear if len(clear) else table).index[0]
    row = table.loc[name]
    values = {"segment": name, "gap": row["gap_score"], "low": row["gap_score_low"], "high": row["gap_score_high"]}
    if len(clear):
        return True, OPEN, {**values, "share": row["segment_share"], "spend": row["spend_index"]}
    return False, NO_GAP, {**values, "p": row["adjusted_p"]}
