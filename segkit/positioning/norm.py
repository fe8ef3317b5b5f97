"""Brands beside the norm for their size: what the NBD-Dirichlet expects, what is counted, and whether chance explains
the difference (S7, S14).

`segkit.positioning.dirichlet` says what a brand of a given size usually has. A brand that is bought about so often is
large or small because many or few people buy it; its repeat buying is habit. Only what goes beyond is its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from statsmodels.stats.proportion import proportion_confint

from segkit.positioning import brands, dirichlet, draws, nbd
from segkit.positioning.reach import SURE
from segkit.segmentation import lots
from segkit.words.language import N_

MATERIAL = 10.0
"""Points of the index that a brand has to be off 100 to be named: the model is no closer to real categories."""
LEAST_BUYERS = 30
"""Buyers, and buyers of the first half, below which a brand is not judged."""
BOTH = N_("{above:value} is bought more often than is usual for its size (index {above_index:index}, "
          "{above_low:index} to {above_high:index}), {below:value} less often ({below_index:index}, "
          "{below_low:index} to {below_high:index}).")
ABOVE = N_("{above:value} is bought more often than is usual for its size: an index of {above_index:index} "
           "({above_low:index} to {above_high:index}). No brand is clearly below the norm.")
BELOW = N_("{below:value} is bought less often than is usual for its size: an index of {below_index:index} "
           "({below_low:index} to {below_high:index}). No brand is clearly above the norm.")
NONE = N_("Every brand is bought about as often as is usual for its size: the farthest from the norm is "
          "{brand:value} with an index of {index:index} ({low:index} to {high:index}). What sets brands apart is "
          "how many people buy them.")
HABIT = N_("Habit, not loyalty: of those who bought {brand:value} in the first half of the period {share:percent} "
           "bought it again in the second ({low:percent} to {high:percent}); {norm:percent} is usual for its size.")
MORE = N_("More than habit: of those who bought {brand:value} in the first half of the period {share:percent} "
          "bought it again in the second ({low:percent} to {high:percent}), where {norm:percent} is usual for its "
          "size.")
LESS = N_("Less than habit: of those who bought {brand:value} in the first half of the period only {share:percent} "
          "bought it again in the second ({low:percent} to {high:percent}), where {norm:percent} is usual for its "
          "size.")
ALL_BELOW = N_("Habit cannot be told from loyalty: all brands are bought again less often than the norm says. Of those "
               "who bought {brand:value} in the first half of the period {share:percent} bought it again in the second "
               "({low:percent} to {high:percent}); the norm says {norm:percent}.")
ALL_ABOVE = N_("Habit cannot be told from loyalty: all brands are bought again more often than the norm says. Of those "
               "who bought {brand:value} in the first half of the period {share:percent} bought it again in the second "
               "({low:percent} to {high:percent}); the norm says {norm:percent}.")
NOT_JUDGED = N_("No comparison with what is usual for its size: {why:message}")
TOO_FEW = N_("Every brand has too few buyers for it.")


class Norm(NamedTuple):
    """A fitted `model`, the brands beside it in `table`, the model on one row in `parameters`, and what to say:
    `frequency` of all brands, and `habits` by brand, each a sentence with its values."""

    model: dirichlet.Dirichlet
    table: pd.DataFrame
    parameters: pd.DataFrame

    @property
    def misfit(self) -> float:
        """Largest difference of the shares of buyers by purchases of the category, fitted and counted."""
        return float(self.parameters["misfit_share"].iloc[0])

    @property
    def frequency(self) -> Told:
        """Which brands are bought more or less often than is usual for their size."""
        return _frequency(self)

    def habit(self, brand: Any) -> Told:
        """Whether the repeat buying of a brand is what its size gives anyway."""
        return _habit(self, brand)


class Told(NamedTuple):
    """What to say; `sentence` takes the `values`."""

    sentence: str
    values: dict[str, Any]


def against(transactions: Any, customer_id: str = "customer_id", brand: str = "brand", date: str = "date",
            amount: str = "amount", random_state: int | None = 0) -> Norm:
    """Each brand beside what the NBD-Dirichlet expects of a brand of its size.

    Parameters
    ----------
    transactions : as `brands.performance`.
    random_state : seed of the households drawn anew (400 samples); the model is fitted again in each.

    Returns
    -------
    Norm. Its `table` is indexed by `brand`, most buyers first (ties: by name): `n_buyers`, `purchase_share` (of all
    purchases, one brand on one occasion each), and beside `norm_…` of each: `penetration` (of the category's buyers),
    `purchase_frequency`, `category_purchases`, `sole_loyalty_share`, `repeat_buyer_share` (of the buyers in the first
    half of the period those who bought in the second). `frequency_index` is purchase frequency with the norm as 100,
    with the ends of its 95 % interval and `adjusted_p`: how often any brand would be so far off, for its spread, by
    chance (single-step maximum over brands); `repeat_index` likewise, with `repeat_p`. Where all brands lie on one side
    of their norm of buying again, and all others together surely do (`others_repeat_index`, with its interval), the
    norm is off, and `habit` says so. Both are missing for a
    brand with fewer than 30 buyers, and where the model has nothing to say.

    References
    ----------
    Goodhardt, Ehrenberg & Chatfield (1984), doi:10.2307/2981696. Westfall & Young (1993), Resampling-Based Multiple
    Testing.

    Examples
    --------
    >>> sales = pd.DataFrame({"customer_id": [1, 1, 2, 3], "brand": ["A", "B", "A", "B"], "amount": [2.0, 1, 2, 1],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-01"])})
    >>> found = against(sales)
    >>> found.table[["n_buyers", "purchase_frequency"]].values.tolist()
    [[2.0, 1.0], [2.0, 1.0]]
    """
    return brands.as_occasions(transactions, customer_id, brand, date, amount).keep(_against, random_state)


def _against(o: pd.DataFrame, random_state: int | None) -> Norm:
    counts = draws.purchases(o)
    place, weights = draws.households(o, random_state)
    sums = _Sums(o, counts, place.to_numpy())
    model, measures = sums.of(np.ones(weights.shape[1]))
    model = replace(model, shares=model.shares.set_axis(counts.columns))
    table = pd.DataFrame(measures, index=counts.columns.rename("brand"))
    bought = counts > 0
    table["sole_loyalty_share"] = bought.mul(bought.sum(axis=1).eq(1), axis=0).sum() / bought.sum()
    samples = [sums.of(w, model)[1] for w in weights]
    enough = {"frequency_index": table["n_buyers"] >= LEAST_BUYERS, "repeat_index": table["n_first"] >= LEAST_BUYERS}
    for name, p in (("frequency_index", "adjusted_p"), ("repeat_index", "repeat_p")):
        judged = enough[name].to_numpy()
        again = np.where(judged, [d[name] for d in samples], np.nan)
        table[f"{name}_low"], table[f"{name}_high"] = lots.interval(again)
        table[p] = draws.farthest_p(np.where(judged, table[name], np.nan), again, 100.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["repeat_buyer_share_low"], table["repeat_buyer_share_high"] = proportion_confint(
            sums.again.sum(axis=0), sums.first.sum(axis=0), method="wilson")
    order = ["n_buyers", "purchase_share", "penetration", "norm_penetration", "purchase_frequency",
             "norm_purchase_frequency", "frequency_index", "frequency_index_low", "frequency_index_high", "adjusted_p",
             "category_purchases", "norm_category_purchases", "sole_loyalty_share", "norm_sole_loyalty_share",
             "repeat_buyer_share", "repeat_buyer_share_low", "repeat_buyer_share_high", "norm_repeat_buyer_share",
             "repeat_index", "repeat_index_low", "repeat_index_high", "repeat_p", "others_repeat_index",
             "others_repeat_low", "others_repeat_high"]
    judged = enough["repeat_index"].to_numpy()
    table["others_repeat_index"] = _others(measures, judged)
    table["others_repeat_low"], table["others_repeat_high"] = lots.interval(
        np.array([_others(d, judged) for d in samples]))
    table = table[order].sort_values("n_buyers", ascending=False, kind="stable")
    category_nbd = nbd.Nbd(model.m, model.k)
    is_fitted, (purchases, n) = not np.isnan(model.m), nbd.histogram(counts.sum(axis=1))
    parameters = pd.DataFrame([{
        "category_mean": model.m, "category_exponent": model.k, "choice_parameter": model.s,
        "category_penetration": category_nbd.penetration if is_fitted else np.nan,
        "misfit_share": nbd.misfit(category_nbd, purchases, n) if is_fitted else np.nan}])
    return Norm(model, table, parameters)


def _others(found: dict[str, np.ndarray], judged: np.ndarray) -> np.ndarray:
    """For each brand, buying again of all other brands judged, by their buyers of the first half, norm = 100."""
    first = np.where(judged, found["n_first"], 0.0)
    again, usual = (np.nan_to_num(first * found[f"{name}repeat_buyer_share"]) for name in ("", "norm_"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return 100 * (again.sum() - again) / (usual.sum() - usual)


class _Sums:
    """What a sample of bags of households needs: purchases and buyers by brand, and buyers by category purchases."""

    def __init__(self, o: pd.DataFrame, counts: pd.DataFrame, place: np.ndarray) -> None:
        bag = sparse.csr_matrix((np.ones(len(place)), (place, np.arange(len(place)))))
        first, again = _halves(o, counts)
        self.brands = np.arange(counts.shape[1])
        total = counts.sum(axis=1).to_numpy()
        self.n, at = np.unique(total, return_inverse=True)
        purchases = counts.to_numpy(dtype=float)
        self.bought, self.buyers, self.category, self.first, self.again = (
            np.asarray(bag @ x) for x in (purchases, purchases > 0, (purchases > 0) * total[:, None], first, again))
        self.spread = (bag @ sparse.csr_matrix((np.ones(len(at)), (np.arange(len(at)), at)))).toarray()

    def of(self, weight: np.ndarray, around: dirichlet.Dirichlet | None = None
           ) -> tuple[dirichlet.Dirichlet, dict[str, np.ndarray]]:
        """The model of a sample, and measure → brands; `around` is a model near which to look."""
        bought, buyers, category, first, again = (
            weight @ x for x in (self.bought, self.buyers, self.category, self.first, self.again))
        spread = weight @ self.spread
        category_nbd = nbd.of_buyers(self.n, spread, around.k if around else None)
        model = dirichlet.of_counts(pd.Series(bought, self.brands), buyers.sum() / spread.sum(), category_nbd,
                                    around.s if around else np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = bought / bought.sum()
            norm, half = (dirichlet.expected(shares, model.s, category_nbd, n_periods) for n_periods in (1.0, 0.5))
            norm["repeat_buyer_share"] = 2 - norm["penetration"] / half["penetration"]
            norm["penetration"] /= category_nbd.penetration
            measures = {"n_buyers": buyers, "n_first": first, "purchase_share": shares,
                        "penetration": buyers / spread.sum(), "purchase_frequency": bought / buyers,
                        "category_purchases": category / buyers, "repeat_buyer_share": again / first,
                        **{f"norm_{name}": values for name, values in norm.items()}}
            for name, of in (("frequency_index", "purchase_frequency"), ("repeat_index", "repeat_buyer_share")):
                measures[name] = 100 * measures[of] / measures[f"norm_{of}"]
        return model, measures


def _halves(o: pd.DataFrame, counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Customers × brands: who bought in the first half of the period, and who of them did in the second too."""
    begin, end = o["time"].min(), o["time"].max()
    if begin == end:
        return np.zeros(counts.shape), np.zeros(counts.shape)
    early = o["time"] < begin + (end - begin) / 2
    first, second = (draws.purchases(o[half]).reindex(index=counts.index, columns=counts.columns, fill_value=0)
                     .to_numpy() > 0 for half in (early, ~early))
    return first.astype(float), (first & second).astype(float)


def _frequency(found: Norm) -> Told:
    table = found.table.dropna(subset="adjusted_p")
    if table.empty:
        return Told(NOT_JUDGED, {"why": found.model.note or TOO_FEW})
    deviation = table["frequency_index"] - 100
    clear = deviation[(table["adjusted_p"] <= SURE) & (deviation.abs() >= MATERIAL)]
    above, below = clear[clear > 0], clear[clear < 0]
    values: dict[str, Any] = {}
    for side, part in (("above", above), ("below", below)):
        if len(part):
            name = part.abs().idxmax()
            row = table.loc[name]
            values |= {side: name, f"{side}_index": row["frequency_index"], f"{side}_low": row["frequency_index_low"],
                       f"{side}_high": row["frequency_index_high"]}
    if values:
        return Told(BOTH if len(above) and len(below) else ABOVE if len(above) else BELOW, values)
    name = deviation.abs().idxmax()
    row = table.loc[name]
    return Told(NONE, {"brand": name, "index": row["frequency_index"], "low": row["frequency_index_low"],
                       "high": row["frequency_index_high"]})


def _habit(found: Norm, brand: Any) -> Told:
    row = found.table.loc[brand]
    if np.isnan(row["repeat_p"]):
        return Told(NOT_JUDGED, {"why": found.model.note or TOO_FEW})
    deviation = row["repeat_index"] - 100
    judged = found.table.dropna(subset="repeat_p")
    sides = set(np.sign(judged["repeat_index"] - 100))
    off = row["others_repeat_low"] > 100 or row["others_repeat_high"] < 100
    if len(judged) > 1 and len(sides) == 1 and (off or (judged["repeat_p"] <= SURE).all()):  # the norm is off
        sentence = ALL_BELOW if deviation < 0 else ALL_ABOVE
    elif row["repeat_p"] <= SURE and abs(deviation) >= MATERIAL:
        sentence = MORE if deviation > 0 else LESS
    else:
        sentence = HABIT
    return Told(sentence, {
        "brand": brand, "share": row["repeat_buyer_share"], "low": row["repeat_buyer_share_low"],
        "high": row["repeat_buyer_share_high"], "norm": row["norm_repeat_buyer_share"]})
