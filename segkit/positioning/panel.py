"""A household panel of brand choices: what it holds, which of it can be used, and what it can tell apart (S7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.data import customers, tables
from segkit.positioning import choice, identification
from segkit.segmentation import handover
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

TOLD = N_("told apart")
NO_CHOICE, ONE_BRAND = N_("occasions without exactly one brand chosen"), N_("occasions with one brand alone")
MISSING, NEVER = N_("occasions with a missing value"), N_("rows of brands that are never chosen")
_VARIABLES = "`variables`"


class Panel(NamedTuple):
    """`choices`: `customer_id`, `occasion`, `brand`, `chosen` and the variables; `n_rows` of the source that are used,
    and `set_aside`: reason → rows."""

    choices: pd.DataFrame
    n_rows: int
    set_aside: dict[str, int]


class Fitted(NamedTuple):
    """A `model` of the variables that can be told apart, and each variable with its verdict (`told`)."""

    model: choice.Model
    told: pd.DataFrame


def load(data: Any, variables: Sequence[str], columns: Mapping[str, str] | None = None,
         read: Mapping[str, Any] | None = None) -> Panel:
    """The choices of a panel that can be used, from any source.

    Parameters
    ----------
    data : a row per household, occasion and brand that was there.
    variables : its numeric columns that may move a choice, such as price, display and feature.
    columns : role → column: `customer_id`, `occasion` (of one household, or of all), `brand`, `chosen` (1 for the brand
        taken, else 0).
    read : how to read a text file.

    Returns
    -------
    Panel. Rows set aside: occasions with a missing value, without exactly one brand chosen or with one brand alone, and
    brands that are never chosen, whose appeal has no lower end.

    Raises
    ------
    DataError
        With all faults of the table, when a variable is missing or no number, or when nothing is left.

    Examples
    --------
    >>> told = pd.DataFrame({"customer_id": list("aaaabb"), "occasion": [1, 1, 2, 2, 3, 3], "brand": list("XYXYXY"),
    ...     "chosen": [1, 0, 0, 1, 0, 0], "price": [2.0, 3, 3, 2, 1, 2]})
    >>> load(told, ["price"]).set_aside
    {'occasions without exactly one brand chosen': 2}
    """
    table = tables.load(data, "choices", columns, read=read).execute()
    check_columns(list(variables), table.columns, "the choices")
    faults = [Fault(f"column {name!r}", "is not numeric", f"take it out of {_VARIABLES}, or write it as 0 and 1")
              for name in variables if not pd.api.types.is_numeric_dtype(table[name])
              and not pd.api.types.is_bool_dtype(table[name])]
    if faults or not len(variables):
        raise DataError(faults or [Fault(_VARIABLES, "is empty", "name at least one column, such as price")])
    table = table.assign(**{name: table[name].astype(float) for name in variables}, brand=table["brand"].astype(str))
    occasions = table.groupby(["customer_id", "occasion"], dropna=False, sort=False)  # households may number their own
    table, n_rows, aside = table.assign(occasion=occasions.ngroup()), len(table), {}
    for reason, bad in _REASONS.items():
        bad_rows = bad(table, [*variables])
        if bad_rows.any():
            aside[reason] = int(bad_rows.sum())
        table = table[~bad_rows]
    if table.empty or table["brand"].nunique() < 2:
        raise DataError([Fault("the choices", "hold no occasion with one brand chosen among several",
                               "give a row per occasion and brand on the shelf, `chosen` 1 for the one taken, else 0")])
    return Panel(table.reset_index(drop=True), n_rows - sum(aside.values()), aside)


def _missing(table: pd.DataFrame, variables: list[str]) -> pd.Series:
    bad = ~np.isfinite(table[variables]).all(axis=1) | table["customer_id"].isna()
    return bad.groupby(table["occasion"]).transform("max").astype(bool)


_REASONS = {
    MISSING: _missing,
    NO_CHOICE: lambda t, _: t.groupby("occasion")["chosen"].transform("sum") != 1,
    NEVER: lambda t, _: t.groupby("brand")["chosen"].transform("sum") == 0,
    ONE_BRAND: lambda t, _: t.groupby("occasion")["brand"].transform("size") < 2,
}
"""Why rows are set aside, in this order."""


def brands(choices: pd.DataFrame, variables: Sequence[str]) -> pd.DataFrame:
    """What the panel holds of each brand.

    Parameters
    ----------
    choices : as `load` gives them.
    variables : numeric columns of the choices.

    Returns
    -------
    DataFrame indexed by `brand`, the one chosen most first (ties: the first by name): `n_on_shelf` (occasions on which
    it was there), `n_choices`, `choice_share` of all occasions, and the mean of each variable where it was there.

    Examples
    --------
    >>> told = pd.DataFrame({"occasion": [1, 1, 2, 2], "brand": list("XYXY"), "chosen": [1, 0, 1, 0],
    ...     "price": [2.0, 3, 4, 3]})
    >>> brands(told, ["price"]).loc["X"].to_dict()
    {'n_on_shelf': 2.0, 'n_choices': 2.0, 'choice_share': 1.0, 'price': 3.0}
    """
    by = choices.groupby("brand")
    table = pd.DataFrame({"n_on_shelf": by.size(), "n_choices": by["chosen"].sum().astype(int)})
    table["choice_share"] = table["n_choices"] / choices["occasion"].nunique()
    return table.join(by[list(variables)].mean()).sort_values("n_choices", ascending=False, kind="stable")


def fit(choices: pd.DataFrame, variables: Sequence[str]) -> Fitted:
    """The logit of the variables that the choices can tell apart, errors clustered by household.

    A variable that is the same for all brands of every occasion, follows from the others, or foretells every choice
    (separation: the last such in the order of `variables`) is left out, and said to be.

    Parameters
    ----------
    choices : as `load` gives them.
    variables : of the model.

    Returns
    -------
    Fitted. `told` is indexed by `variable`: `varying_share` (of occasions in which brands differ on it), `verdict`.

    Raises
    ------
    DataError
        When no variable can be told apart, or the constants of the brands cannot.

    Examples
    --------
    >>> told = pd.DataFrame({"customer_id": np.repeat(list("abc"), 4), "occasion": np.repeat(range(6), 2),
    ...     "brand": ["A", "B"] * 6, "price": [1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 1], "income": 5.0,
    ...     "chosen": [1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1]})
    >>> fit(told, ["price", "income"]).told["verdict"].to_dict()
    {'price': 'told apart', 'income': 'cannot be told: the same for all brands of every occasion'}
    """
    by = choices.groupby("occasion")[list(variables)]
    spread = by.max() > by.min()
    verdicts = pd.DataFrame({"varying_share": spread.mean(), "verdict": TOLD}).rename_axis("variable")
    clusters = "customer_id" if choices["customer_id"].nunique() > 1 else None
    while True:
        usable = verdicts.index[verdicts["verdict"] == TOLD].tolist()
        try:
            return Fitted(choice.fit(choices, usable, customer_id=clusters), verdicts)
        except (identification.NotIdentified, identification.Separated) as error:
            out = [v for v in usable if v in error.terms]
            if not out or usable == out[-1:]:
                raise
            verdicts.loc[out[-1:], "verdict"] = error.terms[out[-1]]


def coefficients(model: choice.Model) -> pd.DataFrame:
    """The coefficients of the variables, indexed by `variable`, as `choice.Model` has them."""
    return model.coefficients.loc[list(model.variables)].rename_axis("variable")


def appeal(model: choice.Model) -> pd.DataFrame:
    """The constants of the brands, indexed by `brand`: 0 for the first by name, which the others are held against."""
    constants = [f"{choice.CONSTANT}{brand}" for brand in model.brands]
    table = model.coefficients.reindex(constants).set_axis(pd.Index(model.brands, name="brand"))
    return table.assign(coefficient=table["coefficient"].fillna(0.0))


def groups(choices: pd.DataFrame, name: str, known: pd.DataFrame, study: str = "") -> pd.Series:
    """The group of each household: the segments of a study, else a column of the customer table or of the panel.

    Parameters
    ----------
    choices : as `load` gives them.
    name : the column; "" for no groups.
    known : a row per customer; an empty table where the groups stand in the panel, the first of each household counts.
    study : a study that keeps its segments; "" to take a column.

    Raises
    ------
    DataError
        When there is no such column or study.

    Examples
    --------
    >>> told = pd.DataFrame({"customer_id": [1, 1, 2], "kind": ["a", "a", None]})
    >>> groups(told, "kind", pd.DataFrame()).to_dict()
    {1: 'a'}
    """
    if study:
        return handover.labels(study, pd.Index(choices["customer_id"].unique(), name="customer_id")).dropna().map(str)
    if not known.empty or not name:
        return customers.column(known, name)
    check_columns([name], choices.columns, "the panel")
    return choices.groupby("customer_id")[name].first().dropna().map(str)
