"""Benefit chains of a study held against what each segment wants and gets: who benefits, and who is served by nobody
(S8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from pydantic import ValidationError

from segkit.positioning import benefits, brandfile
from segkit.positioning.needs import EVERYBODY
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

_NEED = "need: {}"
IN_VAIN = N_("“{benefit:message}” is what most surely want in vain: {want:percent} of “{segment:segment}” want it, and "
             "{unserved:percent} of these rate no brand as giving it (interval {low:percent} to {high:percent}).")
NOBODY_IN_VAIN = N_("No benefit was found that people surely want and get from no brand.")


def chains(given: Sequence[Mapping[str, Any]], brand: str = "") -> pd.DataFrame:
    """The benefit chains of a study, checked, as `benefits.chains` gives those of a brand's file.

    Parameters
    ----------
    given : each with `feature`, `function`, `benefit`, `who` (one text, or one in each language), and where there are
        data `wanted` (a need of the survey) and `delivered` (an attribute of the ratings).
    brand : whose chains they are.

    Raises
    ------
    DataError
        With all that is missing, misspelt or of the wrong kind.

    Examples
    --------
    >>> chains([{"feature": "Thick walls", "function": "Noise stays out", "benefit": "Peace", "who": "Students"}],
    ...     "Avo").loc[0, "good_for"]
    {'en': 'Peace', 'vi': 'Peace'}
    """
    rows, faults = [], []
    for i, chain in enumerate(given, 1):
        try:
            c = brandfile.Chain.model_validate(chain).model_dump()
        except ValidationError as error:
            faults += [Fault(f"`benefits`, chain {i}, {'.'.join(map(str, e['loc'])) or 'chain'}", f"{e['msg']}",
                             "a chain has feature, function, benefit and who, and may have wanted and delivered")
                       for e in error.errors()]
            continue
        rows.append({"brand": brand, "product_feature": c["feature"], "function": c["function"],
                     "good_for": c["benefit"], "who": c["who"], "wanted": c["wanted"], "delivered": c["delivered"],
                     "by": next(iter(c["group"]), ""), "group": next(iter(c["group"].values()), "")})
    if faults:
        raise DataError(faults, "benefits")
    columns = ["brand", "product_feature", "function", "good_for", "who", "wanted", "delivered", "by", "group"]
    return pd.DataFrame(rows, columns=columns)


def by_segment(told: pd.DataFrame, ratings: pd.DataFrame, needs: pd.DataFrame, segment: pd.Series | None = None
               ) -> pd.DataFrame:
    """Each chain in each segment: how many want the benefit, and how many of them get it from no brand.

    Parameters
    ----------
    told : what `chains` gives.
    ratings, needs : what `opinions.load` and `needs.load` give; respondents have the same ids in both.
    segment : group of each respondent, indexed by respondent.

    Returns
    -------
    DataFrame with a row per chain and segment (everybody first): `segment`, `n_asked` and the other columns
    of `benefits.beneficiaries`, whose intervals hold for all rows at once. A chain that no data bear on has one row.

    Raises
    ------
    DataError
        When a chain names a need or an attribute that there is not.
    """
    names = needs.columns.drop("weight")
    long = needs.melt(id_vars="weight", var_name="attribute", value_name="rating", ignore_index=False).dropna()
    long = long.reset_index().assign(attribute=lambda t: t["attribute"].map(_NEED.format), brand="-")
    all_ratings = pd.concat([ratings[["respondent_id", "brand", "attribute", "rating", "weight"]], long],
                            ignore_index=True)
    if segment is not None:
        all_ratings["segment"] = all_ratings["respondent_id"].map(segment)
    groups = [EVERYBODY, *(sorted(all_ratings["segment"].dropna().astype(str).unique()) if segment is not None else [])]
    wanted = told["wanted"].map(lambda w: _NEED.format(w) if w in names else w)
    rows = [told.assign(wanted=wanted, by="segment" if group != EVERYBODY else "",
                        group=group if group != EVERYBODY else "", segment=group) for group in groups]
    all_chains = pd.concat(rows).sort_index(kind="stable").reset_index(drop=True)
    table = benefits.beneficiaries(all_chains, all_ratings)
    table.insert(0, "segment", all_chains["segment"])
    table = table[(table["backing"] != benefits.NO_DATA) | (table["segment"] == EVERYBODY)].reset_index(drop=True)
    return table.rename(columns={"size": "n_asked"})


def names(given: Sequence[Mapping[str, Any]], attributes: Sequence[str]) -> list[str]:
    """What to ask the needs for: the attributes of the ratings, and what the chains name as wanted.

    Parameters
    ----------
    given : benefit chains, as `chains` takes them; one at fault is passed over here, as `chains` says what is wrong.
    attributes : those of the ratings.

    Returns
    -------
    list of names, each once: the attributes in their order, then needs in that of the chains.

    Examples
    --------
    >>> names([{"wanted": "quiet"}, {"wanted": "fresh"}, {"benefit": "Peace"}], ["fresh", "cheap"])
    ['fresh', 'cheap', 'quiet']
    """
    return list(dict.fromkeys([*attributes, *(str(c["wanted"]) for c in given if isinstance(c, Mapping)
                                              and c.get("wanted"))]))


def evidence(table: pd.DataFrame) -> pd.DataFrame:
    """The chains once each, and what data bear on them: `product_feature`, `function`, `good_for`, `who`, `backing`."""
    return table.loc[table["segment"] == EVERYBODY, ["product_feature", "function", "good_for", "who", "backing"]]


def in_vain(table: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    """Which benefit is wanted in vain most surely, and by whom, as a sentence and its values; "none" is an answer.

    Segments come before everybody; the order is that of `benefits.unserved`.
    """
    sure = benefits.unserved(table)
    if sure.empty:
        return (NOBODY_IN_VAIN, {}) if table["unserved_share"].notna().any() else (NOBODY_IN_VAIN, {"missing": None})
    of_segments = sure[sure["segment"] != EVERYBODY]
    row = (of_segments if len(of_segments) else sure).iloc[0]
    return IN_VAIN, {"benefit": row["good_for"], "segment": row["segment"], "want": row["want_share"],
                     "unserved": row["unserved_share"], "low": row["unserved_low"], "high": row["unserved_high"]}
