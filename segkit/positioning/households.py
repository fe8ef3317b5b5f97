"""What each household bought of each brand: all that measures need which do not ask when.

Millions of lines are gathered into purchase occasions by the engine, and counted here by the numbers of customers,
brands and occasions; what a measure needs further are the sums over households, or over bags of them (`lots.bags`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from segkit.segmentation import lots


@dataclass(frozen=True, eq=False)
class Households:
    """Households × brands, in order of their ids and names.

    Attributes
    ----------
    customers : ids of the n households that bought.
    brands : names of the k brands bought.
    often : n × k: purchase occasions of each brand.
    cents : n × k: money, less what was given back; of brands that the household bought.
    occasions : n: purchase occasions of the category.
    refunds : k: cents given back (0 or below) by customers who never bought the brand.
    """

    customers: pd.Index
    brands: pd.Index
    often: sparse.csr_matrix
    cents: sparse.csr_matrix
    occasions: np.ndarray
    refunds: np.ndarray
    kept: dict[int | None, dict[str, np.ndarray]] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def bought(self) -> sparse.csr_matrix:
        """n × k: 1 where the household bought the brand."""
        matrix = self.often.copy()
        matrix.data = np.ones_like(matrix.data)
        return matrix

    @property
    def repertoire(self) -> np.ndarray:
        """n: how many of the brands each household bought."""
        return np.diff(self.often.indptr)

    def sums(self, random_state: int | None) -> dict[str, np.ndarray]:
        """Bags × brands: `buyers`, `n` (occasions), `cents`, `category` (category occasions of the brand's buyers),
        `sole` (buyers of nothing else); and `people`, bags × 1."""
        if random_state in self.kept:
            return self.kept[random_state]
        place, (n, k) = lots.bags(len(self.customers), random_state), self.often.shape
        n_bags, row = int(place.max()) + 1, np.repeat(np.arange(n), self.repertoire)
        cell = place[row] * k + self.often.indices
        amounts = {"buyers": None, "n": self.often.data, "cents": self.cents.data, "category": self.occasions[row],
                   "sole": self.repertoire[row] == 1}
        sums = {name: np.bincount(cell, x, n_bags * k).astype(float).reshape(n_bags, k) for name, x in amounts.items()}
        self.kept[random_state] = {"people": np.bincount(place).astype(float)[:, None], **sums}
        return self.kept[random_state]


def of(gathered: pa.Table, named: Callable[[pd.Series], pd.Series]) -> Households:
    """Households from purchase occasions, in any order.

    Parameters
    ----------
    gathered : a row per `customer`, occasion (`basket_id`, where there is one, else `moment`) and `brand`: `cents` and
        `is_purchase`.
    named : names of brands → the names they are to have.

    Examples
    --------
    >>> rows = pa.table({"customer": [7, 7, 5], "brand": ["B", "A", "B"], "moment": [1, 1, 1],
    ...     "cents": [100, 200, 300], "is_purchase": [True, True, True]})
    >>> found = of(rows, lambda names: names)
    >>> found.often.toarray().tolist(), found.occasions.tolist()
    ([[0.0, 1.0], [1.0, 1.0]], [1, 1])
    """
    person, people = codes(gathered["customer"])
    brand, names = codes(gathered["brand"])
    names = named(pd.Series(names))
    order = np.argsort(names.to_numpy(), kind="stable")
    brand, names = np.argsort(order)[brand], names.iloc[order]
    is_bought, shape = gathered["is_purchase"].to_numpy(), (len(people), len(names))
    cells = sparse.csr_matrix((is_bought + 1j * gathered["cents"].to_numpy().astype(float), (person, brand)), shape)
    often, cents = cells.real, cells.imag  # added up together: the same cells in both
    buys = often.data > 0
    refunds = np.bincount(often.indices[~buys], cents.data[~buys], len(names))
    positions = often.indices[buys], np.r_[0, np.cumsum(buys)][often.indptr]
    often, cents = (sparse.csr_matrix((x.data[buys], *positions), shape) for x in (often, cents))
    happened, n_occasions = _occasion(gathered)
    pairs = np.sort((person * n_occasions + happened)[is_bought])
    first = np.r_[True, pairs[1:] != pairs[:-1]] if len(pairs) else np.zeros(0, dtype=bool)
    occasions = np.bincount(pairs[first] // max(n_occasions, 1), minlength=len(people))
    is_buyer, is_sold = occasions > 0, np.asarray(often.sum(axis=0)).ravel() > 0
    if not (is_buyer.all() and is_sold.all()):
        often, cents = (x[is_buyer][:, is_sold] for x in (often, cents))
    return Households(pd.Index(people[is_buyer], name="customer"), pd.Index(names[is_sold], name="brand"), often, cents,
                      occasions[is_buyer], refunds[is_sold])


def _occasion(gathered: pa.Table) -> tuple[np.ndarray, int]:
    """The number of each row's occasion, 0 …, and how many there are."""
    at, moments = codes(gathered["moment"])
    if "basket_id" not in gathered.column_names:
        return at, len(moments)
    basket, baskets = codes(gathered["basket_id"])
    return np.where(basket >= 0, basket, len(baskets) + at), len(baskets) + len(moments)


def parts(cents: np.ndarray) -> np.ndarray:
    """Each brand's part of the money of its row; missing where the row comes to nothing or less, as where more was
    given back than bought: parts of a debt are no shares of a market.

    Examples
    --------
    >>> parts(np.array([[3.0, 1], [2, -5]])).tolist()
    [[0.75, 0.25], [nan, nan]]
    """
    total = cents.sum(axis=-1, keepdims=True)
    return np.divide(cents, total, out=np.full(cents.shape, np.nan), where=total > 0)


def codes(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """The number of each value in the sorted ones, −1 where it is missing, and the sorted values.

    Examples
    --------
    >>> [x.tolist() for x in codes(pa.chunked_array([["b", None, "a"]]))]
    [[1, -1, 0], ['a', 'b']]
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    place = np.append(np.argsort(order), -1)
    return place[encoded.indices.fill_null(len(order)).to_numpy(zero_copy_only=False)], (
        encoded.dictionary.take(pa.array(order)).to_pandas().to_numpy())
