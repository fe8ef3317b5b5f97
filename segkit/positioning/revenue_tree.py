"""The revenue tree: revenue is buyers × purchase frequency × money per occasion, before and after.

What changed from one period to the next is split among the three by logarithms of their ratios (log-mean Divisia),
which leaves no rest and does not hang on the order of the factors.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from segkit.positioning import brands, draws, gain_loss
from segkit.segmentation import jackknife
from segkit.words.language import N_

FACTORS = ("buyers", "frequency", "occasion")
MOVED = N_("Money spent on the category went from {before:money} in the first period to {after:money} in the second. "
           "Of the change of {change:money}, the number of buyers accounts for {buyers:money} ({buyers_low:money} to "
           "{buyers_high:money}), how often they buy for {frequency:money} ({frequency_low:money} to "
           "{frequency_high:money}), and what they spend each time for {occasion:money} ({occasion_low:money} to "
           "{occasion_high:money}).")
ONE_DAY = N_("A revenue tree of two periods needs purchases in both.")


class Tree(NamedTuple):
    """`table` by brand, `category`, the same for all brands together (one row), and what to say: `sentence` takes the
    `values`."""

    table: pd.DataFrame
    category: pd.DataFrame
    sentence: str
    values: dict[str, Any]


def between(transactions: Any, second_period: str = "", customer_id: str = "customer_id", brand: str = "brand",
            date: str = "date", amount: str = "amount", random_state: int | None = 0) -> Tree:
    """Revenue of each brand in two periods, by its factors, and what each factor's change is worth.

    Parameters
    ----------
    transactions, second_period : as `gain_loss.between`.
    random_state : seed of the bags that households are put in where they are more than 2,000.

    Returns
    -------
    Tree. Its `table` is indexed by `brand`, largest second period first: for `before` and `after` the `buyers_…`,
    `frequency_…` (occasions per buyer), `occasion_…` (money per occasion) and their product `spend_…`;
    `spend_change`, and its parts `buyers_effect`, `frequency_effect`, `occasion_effect`, which add up to it to the
    cent, each with the ends of its 95 % interval (`segkit.segmentation.jackknife`). A brand without revenue above 0
    in one of the periods came or went: its change is that of its buyers. `category` counts an occasion once, with any
    brands. Both are empty where one period has no purchase.

    Raises
    ------
    DataError
        As `gain_loss.between`.

    References
    ----------
    Ang (2005), doi:10.1016/j.enpol.2003.10.010, for the logarithmic mean Divisia index.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2], "brand": "A", "amount": [3.0, 4, 4],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-04", "2024-01-04"])})
    >>> between(sales).table.loc["A", ["spend_change", "buyers_effect", "occasion_effect"]].to_list()
    [5.0, 3.53, 1.47]
    """
    return brands.as_occasions(transactions, customer_id, brand, date, amount).keep(_between, second_period,
                                                                                      random_state)


def _between(o: pd.DataFrame, second_period: str, random_state: int | None) -> Tree:
    empty = pd.DataFrame(columns=["spend_change"], dtype=float)
    empty.attrs["left_out"] = ONE_DAY
    nothing = Tree(empty, empty, MOVED, dict.fromkeys(("before", "after", "change")))
    if o["time"].min() == o["time"].max():
        return nothing
    begin, middle = gain_loss.periods(o, second_period)
    halves = [o[(o["time"] >= begin) & (o["time"] < middle)], o[o["time"] >= middle]]
    if any(half.empty for half in halves):
        return nothing
    place, _ = draws.households(o, random_state)
    names = np.sort(o["brand"].unique())
    category_halves = [half.groupby(["customer", "occasion"], as_index=False)["net"].sum().assign(brand=0)
                       for half in halves]
    table = _split([_sums(half, place, names) for half in halves], pd.Index(names, name="brand"))
    category = _split([_sums(half, place, np.array([0])) for half in category_halves], pd.RangeIndex(1))
    row = category.iloc[0]
    values = {"before": row["spend_before"], "after": row["spend_after"], "change": row["spend_change"]}
    for name in FACTORS:
        values |= {name: row[f"{name}_effect"], f"{name}_low": row[f"{name}_effect_low"],
                   f"{name}_high": row[f"{name}_effect_high"]}
    return Tree(table.sort_values("spend_after", ascending=False, kind="stable"), category, MOVED, values)


def _sums(half: pd.DataFrame, place: pd.Series, names: np.ndarray) -> np.ndarray:
    """Buyers, occasions and cents, each bags × brands."""
    at = np.searchsorted(names, half["brand"])
    people = half.assign(at=at)[["customer", "at"]].drop_duplicates()
    shape = int(place.max()) + 1, len(names)

    def summed(amounts: np.ndarray, part: pd.DataFrame, column: np.ndarray) -> np.ndarray:
        return sparse.csr_matrix((amounts, (place.loc[part["customer"]].to_numpy(), column)), shape).toarray()

    return np.stack([summed(np.ones(len(people)), people, people["at"].to_numpy()),
                     summed(np.ones(len(half)), half, at), summed(half["net"].to_numpy(dtype=float), half, at)])


def _split(sums: list[np.ndarray], index: pd.Index) -> pd.DataFrame:
    total = [x.sum(axis=1) for x in sums]
    estimates = effects(*total)
    left_out = [x.sum(axis=1, keepdims=True) - x for x in sums]
    n_bags = left_out[0].shape[1]
    without = effects(*left_out) * n_bags / max(n_bags - 1, 1)  # of as many households
    table = pd.DataFrame(index=index)
    for when, (buyers, n, cents) in zip(("before", "after"), total, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            table = table.assign(**{f"buyers_{when}": buyers.astype(int), f"frequency_{when}": n / buyers,
                                    f"occasion_{when}": cents / 100 / n, f"spend_{when}": cents / 100})
    table["spend_change"] = (total[1][2] - total[0][2]) / 100
    for name, value, replicates in zip(FACTORS, estimates, without, strict=True):
        low, high = jackknife.differences(value, replicates, np.full(len(index), n_bags))
        table[f"{name}_effect"] = value / 100
        table[f"{name}_effect_low"], table[f"{name}_effect_high"] = low / 100, high / 100
    return table


def effects(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What buyers, frequency and money per occasion change, in whole cents that add up to the change of revenue.

    Parameters
    ----------
    before, after : buyers, occasions and cents (3 × …).

    Examples
    --------
    >>> effects(np.array([[10.0], [20], [4000]]), np.array([[20.0], [40], [8000]]))[:, 0].tolist()
    [4000.0, 0.0, 0.0]
    """
    change = after[2] - before[2]
    fits = (before > 0).all(axis=0) & (after > 0).all(axis=0)
    start, end = np.where(fits, before, 1.0), np.where(fits, after, 1.0)
    ratio = np.log(end[2] / start[2])
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(ratio == 0, start[2], (end[2] - start[2]) / ratio)
    buyers, n = np.log(end[0] / start[0]), np.log(end[1] / start[1])
    parts = np.round([np.where(fits, mean * x, 0.0) for x in (buyers, n - buyers)])
    parts[0] = np.where(fits, parts[0], change)
    return np.stack([*parts, change - parts.sum(axis=0)])
