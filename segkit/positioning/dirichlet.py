"""The NBD-Dirichlet: what a brand's penetration, purchase frequency and loyalty are, for no more than its size.

Customers buy the category as `segkit.positioning.nbd` says, and each chooses among the brands with probabilities of
his own, which differ between customers as a Dirichlet distribution does. Three numbers describe a category: `m` and `k`
of its purchases, and `s`, how alike customers are in their choices: near 0 each buys one brand only, and the larger it
is, the more every customer buys every brand. A purchase is one brand on one occasion.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from segkit.positioning import brands, draws, nbd
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

ALIKE = N_("Buyers take more brands than even customers without any preference would: no brand has buyers of its "
           "own, and the model has no finite S. Each purchase is compared with a draw from all purchases.")
APART = N_("Hardly any buyer takes a second brand, so each brand has its own customers and the model has no S above 0.")
ONE_BRAND = N_("There is only one brand, and so nothing to compare it with.")
ONCE = N_("Every buyer bought once: repeat buying and loyalty cannot be told from such a period. Take a longer one.")
LARGEST, SMALLEST = 1e4, 1e-4
"""Ends of the search for `s`."""


@dataclass(frozen=True)
class Dirichlet:
    """A fitted model.

    Attributes
    ----------
    m, k : mean and exponent of category purchases per customer, buyers or not.
    s : how alike customers choose, 0 to infinity; missing where nothing can be told of it.
    shares : brand → its share of the category's purchases.
    note : why there is no `s` between 0 and infinity (message id), "" where there is one.
    """

    m: float
    k: float
    s: float
    shares: pd.Series
    note: str = ""

    def norm(self, n_periods: float = 1.0) -> pd.DataFrame:
        """What the model expects of each brand.

        Parameters
        ----------
        n_periods : length of the time looked at, in periods of the fit.

        Returns
        -------
        DataFrame indexed by `brand`: `penetration` (of all customers, buyers of the category or not),
        `purchase_frequency`, `category_purchases` (of its buyers, own and other brands), `sole_loyalty_share`,
        `share_of_category_requirements` (its part of those category purchases). Missing where `s` is.

        References
        ----------
        Goodhardt, Ehrenberg & Chatfield (1984), doi:10.2307/2981696.

        Examples
        --------
        >>> toothpaste = Dirichlet(1.456, 0.77880268, 1.2952796, pd.Series({"Leader": 0.25}))
        >>> toothpaste.norm().round(4).iloc[0].to_list()
        [0.1999, 1.8205, 3.1614, 0.4523, 0.5758]
        """
        measures = expected(self.shares.to_numpy(dtype=float), self.s, nbd.Nbd(self.m, self.k), n_periods)
        return pd.DataFrame(measures, index=self.shares.index.rename("brand"))

    def duplication(self, n_periods: float = 1.0) -> pd.DataFrame:
        """The share of each brand's buyers (rows) whom the model expects to buy each other brand (columns) too.

        Examples
        --------
        >>> toothpaste = Dirichlet(1.456, 0.77880268, 1.2952796, pd.Series({"Leader": 0.25, "Other": 0.19}))
        >>> toothpaste.duplication().loc["Leader", "Other"].round(5)
        np.float64(0.18628)
        """
        bought, share = _buyers(nbd.Nbd(self.m, self.k), n_periods), self.shares.to_numpy(dtype=float)
        penetration = 1 - without(share, self.s, len(bought) - 1) @ bought
        both = np.array([penetration[i] + penetration - (
            1 - without(np.minimum(1, share[i] + share), self.s, len(bought) - 1) @ bought) for i in range(len(share))])
        np.fill_diagonal(both, np.nan)
        index = self.shares.index.rename("brand")
        return pd.DataFrame(both / penetration[:, None], index=index, columns=index.rename(None))

    def repeat_buyers(self) -> pd.Series:
        """The share of a brand's buyers in one half of the period who buy it in the other half too."""
        half, whole = self.norm(0.5)["penetration"], self.norm()["penetration"]
        return (2 - whole / half).rename("repeat_buyer_share")


def expected(shares: np.ndarray, s: float, made: nbd.Nbd, n_periods: float = 1.0) -> dict[str, np.ndarray]:
    """What `Dirichlet.norm` gives, as arrays in the order of the shares."""
    bought = _buyers(made, n_periods)
    n, category_penetration = np.arange(len(bought)), nbd.Nbd(made.m * n_periods, made.k).penetration
    buys = 1 - without(shares, s, len(n) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        reached, category = buys @ bought, buys @ (n * bought)
        return {"penetration": category_penetration * reached, "purchase_frequency": (n @ bought) * shares / reached,
                "category_purchases": category / reached,
                "sole_loyalty_share": without(1 - shares, s, len(n) - 1)[:, 1:] @ bought[1:] / reached,
                "share_of_category_requirements": (n @ bought) * shares / category}


def _buyers(made: nbd.Nbd, n_periods: float) -> np.ndarray:
    """Shares of category buyers by their purchases; one purchase each where nothing is known."""
    return np.array([0.0, 1.0]) if math.isnan(made.m) else made.buyers(n_periods)


def without(share: np.ndarray, s: float, n: int) -> np.ndarray:
    """The probability that none of 0, 1, …, `n` purchases is of brands with this share together: shares × purchases.

    Examples
    --------
    >>> without(np.array([0.25]), 1.0, 2).round(5).tolist()
    [[1.0, 0.75, 0.65625]]
    """
    i, other_share = np.arange(1, n), 1 - np.asarray(share, dtype=float)[:, None]
    factors = np.ones((len(other_share), n + 1))
    factors[:, 1:2] = other_share
    factors[:, 2:] = other_share if math.isinf(s) else (s * other_share + i) / (s + i)
    return np.cumprod(factors, axis=1, out=factors)


def fit(shares: Mapping[Any, float] | pd.Series, penetrations: Mapping[Any, float] | pd.Series,
        category_penetration: float, category_purchases: float) -> Dirichlet:
    """The model of published figures: brand shares and penetrations, and how much the category is bought.

    `s` is such that the brands' penetrations add up to those observed: then an average buyer has as many brands, and
    what brands differ from the model balances out in the category. One equation with one solution, in which a brand
    that fits badly moves `s` by its own buyers only. (R's NBDdirichlet takes the mean of a value per brand, `of_each`,
    after dropping some as outliers; on 1973's toothpaste 1.30, weighted by share 1.55, here 1.48.)

    Parameters
    ----------
    shares : brand → share of the category's purchases; they add up to 1 at most (brands may be left out).
    penetrations : brand → share of all customers who bought it.
    category_penetration : share of all customers who bought the category, above 0, below 1.
    category_purchases : purchases of the category per buyer of it.

    Returns
    -------
    Dirichlet. `s` is infinite or 0, with its `note`, where no other number gives as many buyers.

    Raises
    ------
    DataError
        With all faults of the figures: shares beyond 1, a penetration above the category's, brands without a figure.

    References
    ----------
    Goodhardt, Ehrenberg & Chatfield (1984), doi:10.2307/2981696.

    Examples
    --------
    >>> found = fit({"A": 0.6, "B": 0.4}, {"A": 0.38, "B": 0.28}, 0.5, 2.5)
    >>> round(found.m, 2), round(found.k, 2), round(found.s, 2)
    (1.25, 0.64, 3.49)
    """
    share, reach = (pd.Series(dict(x), dtype=float) for x in (shares, penetrations))
    _check(share, reach, category_penetration, category_purchases)
    category_nbd = nbd.of_penetration(category_penetration, category_purchases)
    s, note = alike(share.to_numpy(), float(reach[share.index].sum()) / category_penetration, category_nbd.buyers())
    return Dirichlet(category_nbd.m, category_nbd.k, s, share, note)


def of_purchases(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
                 amount: str = "amount") -> Dirichlet:
    """The model of a category's purchases, of which only buyers are seen: `m` and `k` by maximum likelihood of the
    numbers of purchases of 1 or more, `s` as `fit` does.

    Parameters
    ----------
    transactions : as `brands.performance`.

    Returns
    -------
    Dirichlet, brands in order of name.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "brand": ["A", "B", "A", "B"], "amount": [2.0, 1, 2, 1],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"])})
    >>> of_purchases(sales).note == ALIKE
    True
    """
    counts = draws.purchases(brands.as_occasions(transactions, customer_id, brand, date, amount).table)
    purchases, n = nbd.histogram(counts.sum(axis=1))
    return of_counts(counts.sum(), float((counts > 0).sum().sum() / len(counts)), nbd.of_buyers(purchases, n))


def of_counts(purchases: pd.Series, repertoire: float, made: nbd.Nbd, around: float = math.nan) -> Dirichlet:
    """The model of brands with these purchases, of whose buyers each takes `repertoire` brands on average; `around` is
    an `s` near which to look, to save time."""
    shares = purchases / purchases.sum()
    if math.isnan(made.m) or len(shares) < 2:
        return Dirichlet(made.m, made.k, math.nan, shares, ONE_BRAND if len(shares) < 2 else ONCE)
    s, note = alike(shares.to_numpy(), repertoire, made.buyers(), around)
    return Dirichlet(made.m, made.k, s, shares, note)


def alike(shares: np.ndarray, repertoire: float, bought: np.ndarray, around: float = math.nan) -> tuple[float, str]:
    """The `s` at which category buyers, `bought` as `nbd.Nbd.buyers` has it, take `repertoire` of the brands on
    average; infinite or 0 at the ends; with its note."""

    def more(log_s: float) -> float:
        return float(len(shares) - (without(shares, math.exp(log_s), len(bought) - 1) @ bought).sum()) - repertoire

    least, most = math.log(SMALLEST), math.log(LARGEST)
    if SMALLEST < around < LARGEST:
        near = math.log(around) - 0.5, math.log(around) + 0.5
        if more(near[0]) < 0 < more(near[1]):
            return math.exp(optimize.brentq(more, *near, xtol=1e-6)), ""
    if more(most) <= 0:
        return math.inf, ALIKE
    if more(least) >= 0:
        return 0.0, APART
    return math.exp(optimize.brentq(more, least, most, xtol=1e-10)), ""


def of_each(fitted: Dirichlet, penetrations: pd.Series) -> pd.Series:
    """The `s` that each brand alone would need to have its penetration, of all customers.

    Examples
    --------
    >>> toothpaste = Dirichlet(1.456, 0.77880268, 1.5, pd.Series({"Leader": 0.25, "Second": 0.19}))
    >>> of_each(toothpaste, pd.Series({"Leader": 0.20, "Second": 0.17})).round(3).to_list()
    [1.298, 2.213]
    """
    category_nbd = nbd.Nbd(fitted.m, fitted.k)
    bought = category_nbd.buyers()
    return pd.Series({name: alike(np.array([p]), penetrations[name] / category_nbd.penetration, bought)[0]
                      for name, p in fitted.shares.items()}, name="s").rename_axis("brand")


def _check(share: pd.Series, reach: pd.Series, penetration: float, purchases: float) -> None:
    faults = []
    if not 0 < penetration < 1:
        faults.append(Fault("`category_penetration`", f"is {penetration}", "give a share above 0 and below 1; of "
                                                                           "buyers "
                            "alone the model is fitted by `of_purchases`"))
    if not purchases > 1:
        faults.append(Fault("`category_purchases`", f"is {purchases}", "give purchases per buyer, more than 1: who "
                            "buys once only cannot show which brands he would take"))
    if missing := sorted(map(str, set(share.index) ^ set(reach.index))):
        faults.append(Fault("the figures", f"have one of share and penetration only for {', '.join(missing)}",
                            "give both, or leave the brand out"))
    if not (share > 0).all() or share.sum() > 1 + 1e-6:
        faults.append(Fault("`shares`", f"add up to {share.sum():.4g}, the smallest is {share.min():.4g}",
                            "give shares of all purchases of the category, above 0 and 1 together at most"
                            + ("; 40 percent are 0.4" if share.sum() > 1.5 else "")))
    for name, value in reach.items():
        if not 0 < value <= penetration:
            faults.append(Fault(f"the penetration of {name}", f"is {value}, that of the category {penetration}",
                                "nobody buys a brand without buying the category: check both"))
    if faults:
        raise DataError(faults)
