"""One row per person: what each column holds, which can form segments, and what people said before any method.

A survey or a table of customers without purchases: yes/no answers, ratings, amounts and categories beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segkit.segmentation import rows
from segkit.words import labels
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import LANGUAGES, N_

YES_NO, RATING, AMOUNT, CATEGORY = KINDS = (N_("yes or no"), N_("rating"), N_("amount"), N_("category"))
CONSTANT, TEXT, EMPTY = N_("one answer only"), N_("free text or id"), N_("empty")
UNFIT = (CONSTANT, TEXT, EMPTY)
FORMS, DESCRIBES, OUT = N_("forms segments"), N_("describes"), N_("left out")
MOST_POINTS = 11
"""Points of a rating scale."""
MOST_CATEGORIES = 50
BLOCK = 3
"""Columns that share their answers, from which on they are one block of questions."""
_PAIRS = [{"yes", "no"}, {"y", "n"}, {"true", "false"}, {"có", "không"}, {"1", "0"}, {"1", "2"}]


def columns(table: pd.DataFrame) -> pd.DataFrame:
    """What each column holds, and what it could do in a segmentation.

    Parameters
    ----------
    table : a row per person.

    Returns
    -------
    DataFrame indexed by `item`: `kind` ("yes or no"; "rating", whole numbers or ordered answers of 3 to 11 points;
    "amount", other numbers; "category", texts of 2 to 50 values; "one answer only"; "empty"; "free text or id"), `n`,
    `missing_share`, `n_values`, `use`: "forms segments", "describes" or "left out".

    Notes
    -----
    Three columns or more with the same yes/no answers or rating scale are a block of questions and are proposed to form
    the segments; without such a block the amounts and ratings are. Whatever else can describe does. This is a
    proposal: what people want or do forms segments, who they are describes them (FACTS S2, S5).

    Examples
    --------
    >>> told = columns(pd.DataFrame({"id": ["a", "b", "c", "d"], "age": [31, 45, 28, 30.5], "town": list("hhdd")}))
    >>> told[["kind", "use"]].values.tolist()
    [['free text or id', 'left out'], ['amount', 'forms segments'], ['category', 'describes']]
    """
    facts = {name: _held(table[name]) for name in table.columns}
    items = pd.DataFrame.from_dict(facts, orient="index").rename_axis("item")
    if items.empty:
        return pd.DataFrame(columns=["kind", "n", "missing_share", "n_values", "use"]).rename_axis("item")
    block = items[items["kind"].isin([YES_NO, RATING])].groupby(["kind", "answers"])["n"].transform("size") >= BLOCK
    forms = block[block].index if block.any() else items.index[items["kind"].isin([AMOUNT, RATING])]
    items["use"] = np.where(items.index.isin(forms), FORMS, np.where(items["kind"].isin(UNFIT), OUT, DESCRIBES))
    return items.drop(columns="answers")


def _held(column: pd.Series) -> dict[str, object]:
    known = column.dropna()
    values = known.unique()
    texts = {str(v).strip().casefold() for v in values[:MOST_CATEGORIES + 1]}
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    is_integer = numeric and bool((known == np.round(known.astype(float))).all())
    answers = ""
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.ordered)
    if len(values) < 2:
        kind = CONSTANT if len(values) else EMPTY
    elif ordered and 3 <= column.cat.categories.size <= MOST_POINTS:
        kind, answers = RATING, "\n".join(map(str, column.cat.categories))
    elif len(values) == 2 and (pd.api.types.is_bool_dtype(known) or {t.removesuffix(".0") for t in texts} in _PAIRS):
        kind, answers = YES_NO, " ".join(sorted(t.removesuffix(".0") for t in texts))
    elif is_integer and len(values) >= 3 and known.max() - known.min() < MOST_POINTS and 0 <= known.min() <= 1:
        kind, answers = RATING, "rating"
    elif numeric:
        unique = (is_integer and len(values) == len(known) > MOST_POINTS
                  and known.max() - known.min() + 1 <= 2 * len(known))
        kind = TEXT if unique else AMOUNT
    else:
        kind = CATEGORY if len(values) <= min(MOST_CATEGORIES, len(known) / 2) else TEXT
    return {"kind": kind, "n": len(known), "missing_share": 1 - len(known) / max(1, len(column)),
            "n_values": len(values), "answers": answers}


def chosen(told: pd.DataFrame, wanted: Sequence[str], use: str = FORMS) -> list[str]:
    """The columns wanted, or those proposed for a use; a question with several answers stands for all of its options.

    Parameters
    ----------
    told : what `columns` gives.
    wanted : names of columns, or of questions whose options are columns ("why" for "why: wifi" and "why: cakes").
    use : what they are for, `FORMS` or `DESCRIBES`.

    Raises
    ------
    DataError
        When a wanted column is not there, is named twice, or holds nothing that can form or describe segments; when no
        column can form them and none is wanted.
    """
    wanted = [c for name in wanted for c in _options(told, name)]
    check_columns(wanted, told.index)
    names = wanted or told.index[told["use"] == use].to_list()
    where = "`variables`" if use == FORMS else "`descriptors`"
    faults = [Fault(f"{where}, {c!r}", f"is {told.loc[c, 'kind']}", "take another column")
              for c in names if told.loc[c, "kind"] in UNFIT]
    faults += [Fault(f"{where}, {c!r}", "is named twice", "name each column once")
               for c in sorted({c for c in names if names.count(c) > 1})]
    if not names and use == FORMS:
        faults.append(Fault(where, "is empty, and no column of the table looks as if it could form segments",
                            "name the columns that say what people want or do"))
    if faults:
        raise DataError(faults)
    return names


def _options(told: pd.DataFrame, name: str) -> list[str]:
    """The columns that a name stands for: itself, or the options of the question of that name."""
    options = [] if name in told.index else [c for c in told.index if str(c).startswith(f"{name}: ")]
    return options or [name]


def describing(told: pd.DataFrame, forming: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The columns that describe the segments, see `chosen`; none of those that form them.

    Parameters
    ----------
    told : what `columns` gives.
    forming : columns that form the segments.
    wanted : names of columns, or of questions whose options are columns; those proposed when empty.

    Raises
    ------
    DataError
        As `chosen`, and when a column wanted forms the segments.

    Examples
    --------
    >>> told = columns(pd.DataFrame({"age": [31, 45, 28, 30.5], "town": list("hhdd")}))
    >>> describing(told, ["age"], [])
    ['town']
    """
    descriptors = [c for name in wanted for c in _options(told, name)]
    if in_both := sorted({c for c in descriptors if c in forming}):
        raise DataError([Fault(f"`descriptors`, {c!r}", "forms the segments, so it cannot describe them without going "
                               "in a circle", "take it out of `descriptors`, or of `variables`") for c in in_both])
    return chosen(told.drop(index=list(forming)), wanted, DESCRIBES)


def means(X: pd.DataFrame, weights: Sequence[float] | None = None) -> pd.DataFrame:
    """The mean of each variable of those who answered, the highest first: of a yes/no answer the share of yes.

    Parameters
    ----------
    X : numbers, a row per person, yes as 1 and no as 0; missing where an answer is open.
    weights : case weight of each person; all equal by default.

    Returns
    -------
    DataFrame with a row per variable: `item`, `mean`. Equal means stand in the order of the columns; missing, at the
    end, where nobody answered.

    Examples
    --------
    >>> means(pd.DataFrame({"a": [0, 0, 1], "b": [1, 1, 0.0]}), [1, 1, 2]).round(2).values.tolist()
    [['a', 0.5], ['b', 0.5]]
    """
    values = np.ma.masked_invalid(X.to_numpy(dtype=float))
    averages = np.ma.filled(np.ma.average(values, axis=0, weights=weights), np.nan)
    mean = pd.Series(averages, X.columns, name="mean")
    return mean.sort_values(ascending=False, kind="stable").rename_axis("item").reset_index()


def alike(X: pd.DataFrame) -> pd.DataFrame:
    """People who answered without telling anything: the same to every question, or just as many others did.

    Returns
    -------
    DataFrame with a row per `problem`: `n` and `customer_share`.

    Examples
    --------
    >>> alike(pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 1.0]}))["n"].to_list()
    [1, 1]
    """
    complete = X.notna().all(axis=1)
    straight = (complete & (X.nunique(axis=1) == 1)).sum() if X.shape[1] > 1 else 0
    distinct, _ = rows.distinct(X.fillna(-1.0).to_numpy())
    counts = {N_("the same answer to every question"): int(straight),
              N_("the same answers as another person"): len(X) - len(distinct)}
    share = {problem: n / len(X) for problem, n in counts.items()}
    return pd.DataFrame({"n": counts, "customer_share": share}).rename_axis("problem")


def components(X: pd.DataFrame, weights: Sequence[float] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two directions in which people differ most (principal components of the covariances); an open answer counts
    as the mean.

    Parameters
    ----------
    X : numbers (n, d), a row per person, which are not scaled; missing where an answer is open.
    weights : case weight of each person; all equal by default.

    Returns
    -------
    The places of the people (n, 2), `component_1` and `component_2`, indexed as X, and a row per `component` (1, 2):
    `explained_share` (of the total variance) and `variables`, the labels of the three that weigh most, by language. On
    each component the variable that weighs most is positive.

    References
    ----------
    Dolnicar, Grün & Leisch (2018), doi:10.1007/978-981-10-8818-6, step 4.

    Examples
    --------
    >>> places, told = components(pd.DataFrame({"a": [0, 1, 0, 1.0], "b": [0, 1, 0, 0.9], "c": [1, 1, 0, 0.0]}))
    >>> places.shape, float(told["explained_share"].round(2).sum())
    ((4, 2), 1.0)
    """
    w = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
    values = np.ma.masked_invalid(X.to_numpy(dtype=float))
    Z = (values - np.ma.average(values, axis=0, weights=w)).filled(0.0)
    _, size, axes = np.linalg.svd(Z * np.sqrt(w / w.sum())[:, None], full_matrices=False)
    axes = np.vstack([axes, np.zeros((2, X.shape[1]))])[:2]
    axes *= np.where(axes[np.arange(2), np.abs(axes).argmax(axis=1)] < 0, -1, 1)[:, None]
    share = np.append(size**2, [0, 0])[:2] / max((size**2).sum(), 1e-12)
    order = [np.argsort(-np.abs(axis), kind="stable")[:3] for axis in axes]
    most = [{code: ", ".join(labels.of(X.columns[i], code) for i in first) for code in LANGUAGES} for first in order]
    table = pd.DataFrame({"explained_share": share, "variables": most}, index=pd.Index([1, 2], name="component"))
    return pd.DataFrame(Z @ axes.T, index=X.index, columns=["component_1", "component_2"]), table
