"""What a campaign brought: those who got it against a control group drawn by lot that did not.

Without a control nobody knows what would have come anyway. The difference of the two shares has Newcombe's interval; a
group of a handful is told, not reckoned with.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy.stats import chi2
from statsmodels.stats.proportion import confint_proportions_2indep

from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_, S_

SMALLEST = 10
"""People whom each of the two groups needs at least; with fewer no effect of usual size could be told from none."""
ALL = S_("all customers")
VERDICTS = {"more": N_("brought more answers than came anyway"), "less": N_("brought fewer answers than came anyway"),
            "open": N_("cannot be told from nothing"), "few": N_("too few people in one of the two groups")}


def of_campaign(people: pd.DataFrame, treated: str, responded: str, segment: str = "") -> pd.DataFrame:
    """Uplift of a campaign, over all and by segment.

    Parameters
    ----------
    people : a row per person of the campaign and of its control group, drawn by lot from the same people.
    treated : column that is true (or 1) of those who got the campaign, false (0) of the control group.
    responded : column that is true (or 1) of those who did what it was for.
    segment : column of the segment; "" for none. People without one count in the first row alone.

    Returns
    -------
    DataFrame, the first row of all and one per segment, indexed by `segment`: `n_treated`, `n_control`,
    `treated_share`, `control_share` (who responded), `uplift` (their difference, in -1..1) with its 95 % interval
    (`uplift_low`, `uplift_high`, Newcombe's; of the segments together, by Bonferroni), `extra_responses` (uplift times
    those treated), `uplift_verdict`. Where one of the two groups has fewer than 10 people there is no uplift and the
    verdict says so. ``attrs["differs_p"]`` is the p-value of Cochran's Q: how easily like segments would differ as far.

    Raises
    ------
    DataError
        When a column is missing or holds anything but true and false, or one of the two groups is empty.

    References
    ----------
    Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I. Cochran (1954),
    doi:10.2307/3001666.

    Examples
    --------
    >>> people = pd.DataFrame({"got": [1] * 100 + [0] * 100, "bought": [1] * 30 + [0] * 70 + [1] * 10 + [0] * 90})
    >>> found = of_campaign(people, "got", "bought")
    >>> found[["uplift", "uplift_low", "uplift_high"]].astype(float).round(2).to_numpy().tolist()
    [[0.2, 0.09, 0.31]]
    """
    check_columns([treated, responded, *([segment] if segment else [])], people.columns, "the people of the campaign")
    faults = [Fault(f"column {c!r}", "holds other values than true and false", "give 1 for true and 0 for false")
              for c in (treated, responded) if not people[c].isin([0, 1]).all()]
    if not faults and people[treated].nunique() < 2:
        faults.append(Fault(f"column {treated!r}", "has one of the two groups only", "draw a control group by lot, and "
                            "keep the campaign from it: without one the uplift cannot be known"))
    if faults:
        raise DataError(faults)
    got, did = people[treated].astype(bool), people[responded].astype(bool)
    rows: dict[Hashable, dict] = {ALL: _row(got, did, 0.05)}
    groups = list(people.groupby(segment, sort=True).groups.items()) if segment else []
    for name, index in groups:
        rows[name] = _row(got.loc[index], did.loc[index], 0.05 / len(groups))
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("segment")
    table.attrs["differs_p"] = _heterogeneity(table.iloc[1:])
    return table


def overlapping(contacts: pd.DataFrame, campaign: object, days: int) -> float:
    """Share of those whom a campaign reached who got another one within so many days: their answer is of both.

    Parameters
    ----------
    contacts : a row per contact, with `customer_id`, `campaign` and `date`. campaign : the one in question.
    days : the window around its date.

    Examples
    --------
    >>> contacts = pd.DataFrame({"customer_id": [1, 2, 1], "campaign": ["a", "a", "b"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-20"])})
    >>> overlapping(contacts, "a", 30), overlapping(contacts, "a", 7)
    (0.5, 0.0)
    """
    check_columns(["customer_id", "campaign", "date"], contacts.columns, "the contacts")
    mine, others = contacts[contacts["campaign"] == campaign], contacts[contacts["campaign"] != campaign]
    if mine.empty:
        raise DataError([Fault(f"campaign {campaign!r}", "reached nobody", "name a campaign of the contacts")])
    both = mine.merge(others, on="customer_id", suffixes=("", "_other"))
    near = both[(both["date"] - both["date_other"]).abs() <= pd.Timedelta(days=days)]
    return near["customer_id"].nunique() / mine["customer_id"].nunique()


def _row(got: pd.Series, did: pd.Series, alpha: float) -> dict:
    n, m = int(got.sum()), int((~got).sum())
    k, c = int(did[got].sum()), int(did[~got].sum())
    row = {"n_treated": n, "n_control": m, "treated_share": k / n if n else np.nan,
           "control_share": c / m if m else np.nan, "uplift": np.nan, "uplift_low": np.nan, "uplift_high": np.nan,
           "extra_responses": np.nan, "uplift_verdict": VERDICTS["few"]}
    if min(n, m) < SMALLEST:
        return row
    low, high = confint_proportions_2indep(k, n, c, m, method="newcomb", compare="diff", alpha=alpha)
    verdict = "more" if low > 0 else "less" if high < 0 else "open"
    return {**row, "uplift": k / n - c / m, "uplift_low": float(low), "uplift_high": float(high),
            "extra_responses": k - n * c / m, "uplift_verdict": VERDICTS[verdict]}


def _heterogeneity(segments: pd.DataFrame) -> float:
    """The p-value of Cochran's Q over segments; shares by (k + ½) / (n + 1), so that none has a variance of 0."""
    known = segments[segments["uplift"].notna()]
    if len(known) < 2:
        return float("nan")
    shares = [(known[f"{g}_share"] * known[f"n_{g}"] + 0.5) / (known[f"n_{g}"] + 1) for g in ("treated", "control")]
    variance = sum(p * (1 - p) / known[f"n_{g}"] for p, g in zip(shares, ("treated", "control"), strict=True))
    gap, weight = known["uplift"], 1 / variance
    q = float((weight * (gap - (weight * gap).sum() / weight.sum()) ** 2).sum())
    return float(chi2.sf(q, len(known) - 1))
