"""Pairs of brands against independence: who shares more buyers, or swaps more purchases, than sizes alone lead to.

Large brands take part in most pairs, so counts of pairs say little by themselves. Independence says what the sizes of
the two brands give: by the duplication of purchase law, who buys one brand is `duplication_coefficient` times as likely
to buy another as any buyer of the category is; of those who switch, each brand gives and takes its share.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from segkit.positioning import brands, draws, moved
from segkit.positioning.households import Households
from segkit.positioning.reach import SURE
from segkit.segmentation import lots
from segkit.words.language import N_

MATERIAL = 10.0
"""Points of the index that a pair has to be off 100 to be named."""
LEAST = 30
"""Expected buyers or switches below which a pair is not judged."""
CLOSE = N_("{brand:value} and {other:value} share more buyers than their sizes lead to: an index of {index:index} "
           "({low:index} to {high:index}).")
APART = N_("{brand:value} and {other:value} share fewer buyers than their sizes lead to: an index of {index:index} "
           "({low:index} to {high:index}). They compete less than other pairs.")
EVEN = N_("No pair of brands shares clearly more or fewer buyers than their sizes lead to: all compete with all. "
          "The farthest from 100 is the index of {brand:value} and {other:value}, {index:index} ({low:index} to "
          "{high:index}).")
BUYERS = CLOSE, APART, EVEN
TOGETHER = N_("{brand:value} and {other:value} are bought on one occasion more often than their sizes lead to: an "
              "index of {index:index} ({low:index} to {high:index}), with 100 for all pairs.")
SELDOM = N_("{brand:value} and {other:value} are bought on one occasion less often than their sizes lead to: an index "
            "of {index:index} ({low:index} to {high:index}), with 100 for all pairs.")
ALIKE = N_("No pair of brands is bought on one occasion clearly more or less often than their sizes lead to. The "
           "farthest from 100 is the index of {brand:value} and {other:value}, {index:index} ({low:index} to "
           "{high:index}).")
OCCASIONS = TOGETHER, SELDOM, ALIKE
FEW = N_("Pairs of brands are compared with each other from three brands on.")


class Pairs(NamedTuple):
    """`table` by pair, the `coefficient` of the duplication law, and what to say: `sentence` takes the `values`."""

    table: pd.DataFrame
    coefficient: float
    sentence: str
    values: dict[str, Any]


def duplication(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
                amount: str = "amount", random_state: int | None = 0) -> Pairs:
    """Buyers that two brands share, against the duplication of purchase law.

    Parameters
    ----------
    transactions : as `brands.performance`.
    random_state : seed of the households drawn anew, 400 samples.

    Returns
    -------
    Pairs. Its `table` has a row per pair, largest index first, indexed by `brand` and `other_brand`: `n_both` (buyers
    of both), `expected_both` (the coefficient times the penetrations of both), `duplication_index` (100 as expected)
    with its 95 % interval and `adjusted_p` (any pair as far off by chance, for its spread). A pair of whom fewer than
    30 buyers are expected has neither. Empty with fewer than three brands.

    References
    ----------
    Ehrenberg, Uncles & Goodhardt (2004), doi:10.1016/j.jbusres.2002.11.001.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3, 3], "brand": list("ABACBC"), "amount": 1.0,
    ...     "date": pd.Timestamp("2024-01-01")})
    >>> duplication(sales).coefficient
    0.75
    """
    return brands.as_occasions(transactions, customer_id, brand, date, amount).keep(
        _duplication, random_state, of="households")


def _duplication(held: Households, random_state: int | None) -> Pairs:
    place = lots.bags(len(held.customers), random_state)
    return law(held.bought, held.brands, place, random_state, "duplication_index",
                ("other_brand", "n_both", "expected_both"), BUYERS)


def baskets(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
            amount: str = "amount", random_state: int | None = 0) -> Pairs:
    """Cross-shopping: brands, or categories given as such, bought on one occasion, against their sizes.

    Parameters
    ----------
    transactions : as `brands.performance`.
    random_state : seed of the households drawn anew, 400 samples.

    Returns
    -------
    Pairs, as `duplication` gives them, but of purchase occasions: its `table` has `n_together` (occasions with both),
    `expected_together` and `together_index`; its `coefficient` says how many times as likely an occasion with one
    brand is to have another as any occasion is. It is below 1 where most occasions are of one brand.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3, 3], "brand": list("ABACBC"), "amount": 1.0,
    ...     "date": pd.Timestamp("2024-01-01")})
    >>> baskets(sales).table["n_together"].to_list()
    [1.0, 1.0, 1.0]
    """
    return brands.as_occasions(transactions, customer_id, brand, date, amount).keep(_baskets, random_state)


def _baskets(o: pd.DataFrame, random_state: int | None) -> Pairs:
    at, names = pd.factorize(o["brand"], sort=True)
    occasion = (o[["customer", "occasion"]] != o[["customer", "occasion"]].shift()).any(axis=1).cumsum().to_numpy() - 1
    place, _ = draws.households(o, random_state)
    first = np.r_[True, np.diff(occasion) > 0]
    incidence = sparse.csr_matrix((np.ones(len(o)), (occasion, at)))
    return law(incidence, pd.Index(names), place.loc[o["customer"][first]].to_numpy(), random_state, "together_index",
                ("other_brand", "n_together", "expected_together"), OCCASIONS)


def law(held: sparse.csr_matrix, names: pd.Index, place: np.ndarray, random_state: int | None, index: str,
        columns: tuple[str, str, str], words: tuple[str, str, str], weight: np.ndarray | None = None) -> Pairs:
    """Pairs of brands in the rows of `held` (people or occasions × brands, 1 or 0), `place` being the bag of each and
    `weight` what each counts, 1 without."""
    weights = lots.counts(int(place.max()) + 1, random_state=random_state)
    counting = np.ones(len(place)) if weight is None else weight
    bag = sparse.csr_matrix((counting, (place, np.arange(len(place)))))
    people, buyers = np.asarray(bag.sum(axis=1)).ravel(), (bag @ held).toarray()
    first, second = np.triu_indices(len(names), 1)
    held = held.tocsc()
    both = [np.asarray((bag @ held[:, i].multiply(held[:, j])).todense()).ravel()
            for i, j in zip(first, second, strict=True)]
    in_both = np.stack(both, axis=1) if both else np.zeros((len(people), 0))

    def against(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n, some, shared = weight @ people, weight @ buyers, weight @ in_both
        product = some[:, first] * some[:, second] / n[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            constant = shared.sum(axis=1) / product.sum(axis=1)
            return shared, constant[:, None] * product, constant

    shared, expected, constant = against(np.ones((1, len(people))))
    again, likely, _ = against(weights)
    return _pairs(names, first, second, shared[0], expected[0], again, likely, float(constant[0]), index, columns,
                  words)


def switches(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
             amount: str = "amount", random_state: int | None = 0) -> pd.DataFrame:
    """Switches from one purchase occasion to the next, against independence.

    Parameters
    ----------
    transactions : purchases of one category (an Ibis table, a DataFrame or any source), or their `brands.occasions`.
    customer_id, brand, date, amount : names of the columns in those roles; not looked at where occasions are given.
    random_state : seed of the households drawn anew, 400 samples.

    Returns
    -------
    DataFrame indexed by `brand` and `next_brand`, other than itself, largest `switch_index` first: `n_occasions` (that
    switched so; an occasion counts for the brand with the largest spend in it, ties for the first by name),
    `expected_occasions` (each brand gives and takes as many switches as it does, and the two are independent:
    quasi-independence), `switch_index` (100 as expected; missing, and last, where no switch is expected) with its 95 %
    interval, `switch_index_low` and `switch_index_high`, and `adjusted_p`, as `duplication` has them. A pair of whom
    fewer than 30 switches are expected has neither. Empty with fewer than three brands.

    Raises
    ------
    SegkitError
        As `brands.occasions`, and as `segkit.data.open.table` for the source.

    References
    ----------
    Goodman (1968), doi:10.1080/01621459.1968.10480916, for quasi-independence.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 1, 2, 2, 2], "brand": list("ABCBAB"), "amount": 1.0,
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"] * 2)})
    >>> switches(sales)["n_occasions"].loc[[("A", "B"), ("B", "C")]].to_list()
    [2.0, 1.0]
    """
    return brands.as_occasions(transactions, customer_id, brand, date, amount).keep(_switches, random_state).copy()


def _switches(o: pd.DataFrame, random_state: int | None) -> pd.DataFrame:
    names = np.sort(o["brand"].unique())
    steps, k = moved.steps(o), len(names)
    steps = steps[steps["brand"] != steps["next_brand"]]
    place, weights = draws.households(o, random_state)
    first, second = (x.ravel() for x in np.indices((k, k)))
    at = np.searchsorted(names, steps["brand"]) * k + np.searchsorted(names, steps["next_brand"])
    bag_counts = np.asarray(sparse.csr_matrix((np.ones(len(at)), (place.loc[steps["customer"]].to_numpy(), at)),
                                              (weights.shape[1], k * k)).todense())
    observed, again = bag_counts.sum(axis=0), weights @ bag_counts
    off_diagonal = first != second
    likely = [quasi(x.reshape(-1, k, k)).reshape(-1, k * k)[:, off_diagonal] for x in (observed, again)]
    return _pairs(pd.Index(names), first[off_diagonal], second[off_diagonal], observed[off_diagonal], likely[0][0],
                  again[:, off_diagonal], likely[1], float("nan"), "switch_index",
                  ("next_brand", "n_occasions", "expected_occasions"), BUYERS).table


def quasi(counts: np.ndarray, n_steps: int = 200) -> np.ndarray:
    """Expected counts off the diagonal of square tables (tables × rows × columns) under independence, with the totals
    of each row and column off the diagonal (iterative proportional fitting).

    Examples
    --------
    >>> quasi(np.array([[[9, 2, 4], [2, 0, 4], [4, 4, 5]]]))[0].round(2).tolist()
    [[0.0, 2.0, 4.0], [2.0, 0.0, 4.0], [4.0, 4.0, 0.0]]
    """
    off_diagonal = 1 - np.eye(counts.shape[1])
    expected = np.broadcast_to(off_diagonal, counts.shape).copy()
    counts = counts * off_diagonal
    for _ in range(n_steps):
        for axis in (2, 1):
            total = expected.sum(axis=axis, keepdims=True)
            expected *= np.divide(counts.sum(axis=axis, keepdims=True), total, out=np.zeros_like(total),
                                  where=total > 0)
    return expected


def _pairs(names: pd.Index, first: np.ndarray, second: np.ndarray, found: np.ndarray, expected: np.ndarray,
           again: np.ndarray, likely: np.ndarray, constant: float, index: str, columns: tuple[str, str, str],
           words: tuple[str, str, str]) -> Pairs:
    other_column, count_column, expected_column = columns
    rows = pd.MultiIndex.from_arrays([names[first], names[second]], names=["brand", other_column])
    table = pd.DataFrame({count_column: found, expected_column: expected}, index=rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        table[index] = 100 * found / expected
        drawn = np.where(expected >= LEAST, 100 * again / likely, np.nan)
    if len(names) < 3:
        table = table.iloc[:0]
        table.attrs["left_out"] = FEW
        return Pairs(table, constant, FEW, {})
    table[f"{index}_low"], table[f"{index}_high"] = lots.interval(drawn)
    table["adjusted_p"] = draws.farthest_p(np.where(expected >= LEAST, table[index], np.nan), drawn, 100.0)
    table = table.sort_values(index, ascending=False, kind="stable")
    return Pairs(table, constant, *_told(table, index, words))


def _told(table: pd.DataFrame, index: str, words: tuple[str, str, str]) -> tuple[str, dict[str, Any]]:
    judged = table.dropna(subset="adjusted_p")
    if judged.empty:
        return words[2], dict.fromkeys(("brand", "other", "index", "low", "high"))
    deviations = (judged[index] - 100).abs()
    clear = deviations[(judged["adjusted_p"] <= SURE) & (deviations >= MATERIAL)]
    brand, other_brand = pair = (clear if len(clear) else deviations).idxmax()
    row = judged.loc[pair]
    return words[2 if not len(clear) else 0 if row[index] > 100 else 1], {
        "brand": brand, "other": other_brand, "index": row[index], "low": row[f"{index}_low"],
        "high": row[f"{index}_high"]}
