"""Users of brands by a survey: how many, how loyal, and whom brands share them with (S7).

`used` is a `usage.Usage` throughout. Intervals are of respondents: Wilson's for shares of people, with Kish's effective
number where there are weights; those of `segkit.segmentation.jackknife` for shares of uses and means. Pairs of brands
are held against chance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from segkit.positioning import independence, leaders, opinions
from segkit.positioning.usage import Usage
from segkit.segmentation import jackknife, lots
from segkit.segmentation.case_weights import kish
from segkit.words.language import N_

LEADS = N_("{brand:value} has most users: {value:percent} of those who use any of the brands ({low:percent} to "
           "{high:percent}); it is first in {share:percent} of samples of other respondents.")
LEVEL = N_("Too close to call: {brand:value} is used by {value:percent} of those who use any of the brands "
           "({low:percent} to {high:percent}), {second:value} by {other:percent}; {brand:value} is first in only "
           "{share:percent} of samples of other respondents.")
AHEAD, ALIKE = N_("ahead of the next"), N_("level with the next")
CLOSE = N_("{brand:value} and {other:value} share more users than their sizes lead to: an index of {index:index} "
           "({low:index} to {high:index}).")
APART = N_("{brand:value} and {other:value} share fewer users than their sizes lead to: an index of {index:index} "
           "({low:index} to {high:index}). They compete less than other pairs.")
EVEN = N_("No pair of brands shares clearly more or fewer users than their sizes lead to: all compete with all. The "
          "farthest from 100 is the index of {brand:value} and {other:value}, {index:index} ({low:index} to "
          "{high:index}).")


def performance(used: Usage, random_state: int | None = 0) -> pd.DataFrame:
    """How each brand does among those who use any of the brands.

    Parameters
    ----------
    used : what `usage.load` gives.
    random_state : seed of the samples, and of the bags that respondents are put in where they are more than 2,000.

    Returns
    -------
    DataFrame indexed by `brand`, most users first: `n_users` (respondents), `user_share` (with `user_low`,
    `user_high`), `against_next` (ahead of the next brand or level with it: ahead where it is so in all but 2.5 % of
    samples, divided by the number of such comparisons), and with `…_low` and `…_high`: `use_share` (of all uses: of
    times, or of brands named), `brands_used` (mean of its users), `sole_user_share` (its users who use nothing else);
    where it was asked how often `uses_per_user` and `requirement_share` (of all uses of its users). With one user alone
    the intervals of what he does are missing.

    References
    ----------
    Ehrenberg, Uncles & Goodhardt (2004), doi:10.1016/j.jbusres.2002.11.001.

    Examples
    --------
    >>> from segkit.positioning import usage
    >>> told = pd.DataFrame({"respondent_id": list("aabc"), "brand": list("XYXY"), "times": [3, 1, 4, 2]})
    >>> performance(usage.load(told))[["n_users", "sole_user_share", "requirement_share"]].round(3).values.tolist()
    [[2.0, 0.5, 0.875], [2.0, 0.5, 0.5]]
    """
    sums = _sums(used, random_state)
    total = {name: x.sum(axis=0) for name, x in sums.items()}
    measures = _measures(total)
    without = _measures({name: total[name] - x for name, x in sums.items()})
    uses, weight = (used.often > 0).to_numpy(), used.weight.to_numpy()
    n, everybody = uses.sum(axis=0), np.full(uses.shape[1], len(sums["people"]))
    telling = (sums["users"] > 0).sum(axis=0)
    table = pd.DataFrame({"n_users": n}, index=used.often.columns)
    table["user_share"], ends = measures["user_share"], wilson(measures["user_share"], np.full(len(n), kish(weight)))
    table["user_low"], table["user_high"] = ends
    table["against_next"] = _against_next(_drawn(sums, random_state))
    n_effective = np.array([kish(weight[uses[:, j]]) for j in range(len(n))])
    for name, n_bags, interval in (
            ("use_share", everybody, jackknife.shares), ("brands_used", telling, jackknife.ratios),
            ("sole_user_share", n_effective, None), ("uses_per_user", telling, jackknife.ratios),
            ("requirement_share", telling, jackknife.shares)):
        if not used.is_counted and name in ("uses_per_user", "requirement_share"):
            continue
        table[name] = measures[name]
        table[f"{name}_low"], table[f"{name}_high"] = wilson(
            measures[name], n_effective) if interval is None else interval(measures[name], without[name], n_bags)
    return table


def leader(used: Usage, random_state: int | None = 0) -> leaders.Leader:
    """The brand with most users, and how often it is first where respondents are drawn anew; as `leaders.first`.

    Parameters
    ----------
    used : what `usage.load` gives.
    random_state : seed of the 400 samples, and of the bags that respondents are put in where they are more than 2,000.

    Returns
    -------
    leaders.Leader. It is clear where it is first, of all brands, in at least 97.5 % of samples (ties: none is). Its
    values are missing where there is only one brand.

    Examples
    --------
    >>> from segkit.positioning import usage
    >>> told = pd.DataFrame({"respondent_id": list("aabc"), "brand": list("XYXX")})
    >>> found = leader(usage.load(told))
    >>> found.brand, found.values["second"], found.values["value"]
    ('X', 'Y', np.float64(1.0))
    """
    ends = {"user_low": "user_share_low", "user_high": "user_share_high"}
    table = performance(used, random_state).rename(columns=ends)
    drawn = pd.DataFrame(_drawn(_sums(used, random_state), random_state), columns=table.index)
    return leaders.told(table, drawn, "user_share", LEADS, LEVEL)


def duplication(used: Usage) -> pd.DataFrame:
    """Duplication of use: the share of each row brand's users who also use each column brand; the diagonal missing.

    Examples
    --------
    >>> from segkit.positioning import usage
    >>> told = pd.DataFrame({"respondent_id": list("aabc"), "brand": list("XYXY")})
    >>> duplication(usage.load(told)).loc["X", "Y"]
    np.float64(0.5)
    """
    uses = (used.often > 0).to_numpy(float)
    shared_users = (uses * used.weight.to_numpy()[:, None]).T @ uses
    names = used.often.columns
    shares = pd.DataFrame(shared_users / np.diag(shared_users)[:, None], names.rename("brand"), names.rename(None))
    return shares.mask(np.eye(len(shares), dtype=bool))


def pairs(used: Usage, random_state: int | None = 0) -> independence.Pairs:
    """Users that two brands share, against the law of duplication, as `independence.duplication`; its counts are of
    Kish's effective number of respondents, and its index is `shared_index`.

    Parameters
    ----------
    used : what `usage.load` gives.
    random_state : seed of the 400 samples, and of the bags that respondents are put in where they are more than 2,000.

    Returns
    -------
    independence.Pairs. Its `table`, largest index first, is indexed by `brand` and `other_brand`: `both_users`,
    `expected_users`, `shared_index` (100 as expected) with `shared_index_low`, `shared_index_high` (95 %) and
    `adjusted_p`. A pair of whom fewer than 30 users are expected has neither interval nor p. Empty with fewer than
    three brands; with one alone the coefficient is missing.

    References
    ----------
    Ehrenberg, Uncles & Goodhardt (2004), doi:10.1016/j.jbusres.2002.11.001.

    Examples
    --------
    >>> from segkit.positioning import usage
    >>> told = pd.DataFrame({"respondent_id": list("aabbcc"), "brand": list("XYXZYZ")})
    >>> found = pairs(usage.load(told))
    >>> found.coefficient, found.table["both_users"].to_list()
    (0.75, [1.0, 1.0, 1.0])
    """
    weight = used.weight.to_numpy() * kish(used.weight.to_numpy()) / used.weight.sum()
    uses = sparse.csr_matrix((used.often > 0).to_numpy(float))
    columns, place = ("other_brand", "both_users", "expected_users"), lots.bags(len(weight), random_state)
    return independence.law(uses, used.often.columns, place, random_state, "shared_index", columns,
                            (CLOSE, APART, EVEN), weight)


def larger_used_more(table: pd.DataFrame) -> float:
    """Rank correlation of how many use a brand and how often its users do, by what `performance` gave: above 0 as a
    rule (double jeopardy), far below where a code of how often is turned round. Missing with fewer than four brands, or
    where it was not asked how often."""
    if "uses_per_user" not in table or len(table) < 4:
        return float("nan")
    return float(table["user_share"].corr(table["uses_per_user"], method="spearman"))


def _sums(used: Usage, random_state: int | None) -> dict[str, np.ndarray]:
    """Bags × brands: weighted users, uses, uses of the category by users, brands they use, and users of nothing else;
    and `people`, bags × 1."""
    times, weight = used.often.to_numpy(float), used.weight.to_numpy()[:, None]
    uses = (times > 0).astype(float)
    repertoire, category = uses.sum(axis=1, keepdims=True), times.sum(axis=1, keepdims=True)
    place = lots.bags(len(times), random_state)
    bag = sparse.csr_matrix((np.ones(len(place)), (place, np.arange(len(place)))))
    amounts = {"users": uses, "times": times, "category": uses * category, "repertoire": uses * repertoire,
               "sole": uses * (repertoire == 1), "people": np.ones_like(repertoire)}
    return {name: np.asarray(bag @ (x * weight)) for name, x in amounts.items()}


def _measures(sums: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        users, times = sums["users"], sums["times"]
        return {"user_share": users / sums["people"], "use_share": times / times.sum(axis=-1, keepdims=True),
                "brands_used": sums["repertoire"] / users, "sole_user_share": sums["sole"] / users,
                "uses_per_user": times / users, "requirement_share": times / sums["category"]}


def _drawn(sums: dict[str, np.ndarray], random_state: int | None) -> np.ndarray:
    """Samples × brands: users of samples of respondents."""
    return lots.counts(len(sums["people"]), random_state=random_state) @ sums["users"]


def _against_next(drawn: np.ndarray) -> list[str]:
    ahead = (drawn[:, :-1] > drawn[:, 1:]).mean(axis=0)
    return [*(AHEAD if a >= 1 - 0.025 / len(ahead) else ALIKE for a in ahead), ""]


def wilson(share: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's intervals of shares of `n` people each: lower ends, upper ends."""
    low, high = np.array([opinions.wilson(float(s), float(k)) for s, k in zip(share, n, strict=True)]).T
    return low, high
