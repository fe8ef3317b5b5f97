"""The purchases behind a table of customers: what chance and time would have made of the same customers.

A segment of behaviour is told from a handful of purchases each. A history holds these purchases as arrays, so that
the features can be computed again from half of them, or from purchases made up, in a few milliseconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segkit.data import occasions
from segkit.data.contract import money
from segkit.segmentation import behaviour

MOST_CUSTOMERS = 5000
"""Customers whose purchases are read, drawn by chance where there are more."""
SHARES = {"weekend_share": "weekend", "evening_share": "evening", "online_share": "online"}
"""Features that are a share of a customer's purchase occasions, and the mark of an occasion they count."""
FEATURES = ("recency_days", "frequency", "monetary", "tenure_days", "average_basket", "products_per_basket", "n_stores",
            *SHARES)


@dataclass(frozen=True)
class History:
    """Purchase occasions (m,) of n customers, sorted by customer.

    `ids` (n,): the customers; `customer` (m,): the place of each occasion's customer, 0 … n − 1; `day` (m,): whole
    days, of which `end` is the last one looked at; `cents` (m,); `marks`: name → (m,) 1, 0 or missing; `products` (m,)
    and `store` (m,) where they are known.
    """

    ids: pd.Index
    customer: np.ndarray
    day: np.ndarray
    end: int
    cents: np.ndarray
    marks: dict[str, np.ndarray]
    products: np.ndarray | None = None
    store: np.ndarray | None = None

    @property
    def n_occasions(self) -> np.ndarray:
        """Purchase occasions of each customer (n,)."""
        return np.bincount(self.customer, minlength=len(self.ids))

    def knows(self, names: Sequence[str]) -> bool:
        """Whether all of these features can be computed from the occasions."""
        known = {*FEATURES[:5], *(f for f, mark in SHARES.items() if mark in self.marks)}
        known |= {"products_per_basket"} if self.products is not None else set()
        known |= {"n_stores"} if self.store is not None else set()
        return set(map(str, names)) <= known

    def of(self, ids: pd.Index) -> History:
        """The occasions of some of the customers, in their order."""
        place = self.ids.get_indexer(ids)
        new = np.full(len(self.ids), -1)
        new[place] = np.arange(len(ids))
        return self._part(new[self.customer] >= 0, new, ids)

    def _part(self, kept: np.ndarray, new: np.ndarray, ids: pd.Index, end: int | None = None) -> History:
        """The occasions kept (m,), of the customers at their new places (n,)."""
        order = np.flatnonzero(kept)
        order = order[np.argsort(new[self.customer[order]], kind="stable")]
        return replace(self, ids=ids, customer=new[self.customer[order]], day=self.day[order],
                       end=self.end if end is None else end, cents=self.cents[order],
                       marks={name: mark[order] for name, mark in self.marks.items()},
                       products=None if self.products is None else self.products[order],
                       store=None if self.store is None else self.store[order])

    def features(self, names: Sequence[str]) -> pd.DataFrame:
        """Features of each customer, as `behaviour.features` defines them; missing without a purchase.

        Examples
        --------
        >>> two = History(pd.Index(["a"]), np.array([0, 0]), np.array([3, 8]), 10, np.array([100, 300]),
        ...               {"weekend": np.array([1.0, 0.0])})
        >>> two.features(["recency_days", "frequency", "average_basket", "weekend_share"]).values.tolist()
        [[2.0, 2.0, 2.0, 0.5]]
        """
        n = len(self.ids)
        count = self.n_occasions
        n_purchases = np.where(count > 0, count, np.nan)
        features = {}
        for name in map(str, names):
            if name in SHARES:
                features[name] = _mean(self.customer, self.marks[SHARES[name]], n)
            elif name == "products_per_basket" and self.products is not None:
                features[name] = _mean(self.customer, self.products, n)
            elif name == "n_stores" and self.store is not None:
                pairs = np.unique(self.customer * (self.store.max(initial=0) + 1) + self.store)
                features[name] = np.bincount(pairs // (self.store.max(initial=0) + 1), minlength=n).astype(float)
            elif name in ("recency_days", "tenure_days"):
                features[name] = self.end - self._edge(last=name == "recency_days")
            elif name == "frequency":
                features[name] = n_purchases
            else:
                spent = np.bincount(self.customer, self.cents, n) / 100
                features[name] = spent + 0 * n_purchases if name == "monetary" else spent / n_purchases
        return pd.DataFrame(features, index=self.ids)

    def _edge(self, last: bool) -> np.ndarray:
        """Day of each customer's last or first occasion (n,), missing without one."""
        edge = np.full(len(self.ids), np.nan)
        begin = np.flatnonzero(np.diff(self.customer, prepend=-1))
        if len(begin):
            edge[self.customer[begin]] = (np.maximum if last else np.minimum).reduceat(self.day, begin)
        return edge

    def halves(self, rng: np.random.Generator) -> tuple[History, History]:
        """Two random halves of the occasions, of the customers who are in both.

        Each occasion is in either half by the toss of a coin, so that the halves of who buys at random days are
        unrelated; were each customer's occasions dealt out evenly, their frequencies would agree by themselves.
        """
        first = rng.random(len(self.customer)) < 0.5
        return self._both(first, self.end)

    def periods(self) -> tuple[History, History]:
        """The first and the second half of the time, of the customers who bought in both."""
        middle = int((self.day.min(initial=self.end) + self.end) // 2)
        return self._both(self.day <= middle, middle)

    def _both(self, first: np.ndarray, end: int) -> tuple[History, History]:
        """The occasions of the first part (m,), which ends on a day, and the others, of customers with both."""
        n = len(self.ids)
        kept = np.flatnonzero((np.bincount(self.customer[first], minlength=n) > 0)
                              & (np.bincount(self.customer[~first], minlength=n) > 0))
        new = np.full(n, -1)
        new[kept] = np.arange(len(kept))
        there = new[self.customer] >= 0
        return self._part(first & there, new, self.ids[kept], end), self._part(~first & there, new, self.ids[kept])


def _mean(customer: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    known = ~np.isnan(values)
    count = np.bincount(customer[known], minlength=n)
    return np.bincount(customer[known], values[known], n) / np.where(count > 0, count, np.nan)


def _gathered(transactions: ir.Table) -> ir.Table:
    """A row per purchase occasion, as `segkit.data.occasions` has it, with what else is known of it."""
    columns, kept = transactions.columns, {}
    if "n_products" in columns:
        kept["n_products"] = ibis._.n_products.sum()
    kept |= {name: ibis._[name].min() for name in ("channel", "store_id") if name in columns}
    return occasions.gathered(transactions, kept=kept)


def _occasions(t: ir.Table, timed: bool) -> ir.Table:
    """The customer, time, cents of each purchase, and what else is known of it; `timed` where hours are recorded.

    What a customer gave back is taken from the last purchase, so that money adds up and no occasion is lost or made.
    """
    columns = t.columns
    returns = t.group_by("customer_id").aggregate(back=t.cents.sum(where=~t.is_purchase).fill_null(0))
    t = t.filter(t.is_purchase).left_join(returns, "customer_id")
    place = ibis.row_number().over(group_by=t.customer_id, order_by=[t["first"].desc(), t.cents.desc()])
    t = t.mutate(cents=t.cents + ibis.ifelse(place == 0, t.back, 0), date=t["first"])
    marks = {"weekend": (t.date.day_of_week.index() >= 5).cast("float64")}
    if timed:
        marks["evening"] = (t.date.hour() >= behaviour.EVENING_HOUR).cast("float64")
    if "channel" in columns:
        marks["online"] = t.channel.cast("string").lower().isin(behaviour.ONLINE).cast("float64")
    known = [name for name in ("n_products", "store_id") if name in columns]
    return t.select("customer_id", "date", *known, cents=money.whole(t.cents), **marks)


def read(purchases: ir.Table, as_of: str | dt.date | None = None, most: int = MOST_CUSTOMERS,
         random_state: int | None = None) -> History:
    """The purchase occasions of the customers, or of `most` of them drawn by chance.

    Parameters
    ----------
    purchases : as `segkit.segmentation.behaviour.features` takes them.
    as_of : day the study looks back from; the last day of the data by default.
    most : customers whose occasions are read.
    random_state : seed.

    Examples
    --------
    >>> from segkit.data import tables
    >>> read(tables.load("cdnow.transactions", "transactions"), most=100, random_state=1).features(["frequency"]).shape
    (100, 1)
    """
    gathered = _gathered(purchases)
    bought = gathered.filter(gathered.is_purchase)
    ends = bought.aggregate(last=bought["first"].max(), hour=bought["first"].hour().max()).to_pyarrow().to_pylist()[0]
    last = pd.Timestamp(as_of or ends["last"]).normalize()
    ids = bought.select("customer_id").distinct().order_by("customer_id").to_pandas()["customer_id"]
    if len(ids) > most:
        ids = ids.iloc[np.sort(np.random.default_rng(random_state).choice(len(ids), most, replace=False))]
        drawn = ibis.memtable(ids.to_frame())
        gathered = gathered.semi_join(drawn, "customer_id")
    table = _occasions(gathered, (ends["hour"] or 0) > 0).to_pandas()
    place = pd.Index(ids).get_indexer(table["customer_id"])
    order = np.lexsort((table["cents"], table["date"], place))
    table, place = table.iloc[order], place[order]
    day = _whole_days(pd.to_datetime(table["date"]).dt.tz_localize(None).to_numpy())
    marks = {mark: table[mark].to_numpy(float, na_value=np.nan) for mark in SHARES.values() if mark in table}
    return History(pd.Index(ids, name="customer_id"), place, day, int(_whole_days(last.to_datetime64())),
                   table["cents"].to_numpy(np.int64), marks,
                   table["n_products"].to_numpy(float, na_value=np.nan) if "n_products" in table else None,
                   pd.factorize(table["store_id"])[0] if "store_id" in table else None)


def _whole_days(times: np.ndarray) -> np.ndarray:
    return times.astype("datetime64[D]").astype(np.int64)
