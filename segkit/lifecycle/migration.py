"""Migration: from which stage, segment or tier to which customers moved between two days."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from segkit.words.errors import DataError, Fault
from segkit.words.language import S_

ENTERED, LEFT, UNLABELLED = S_("Not there before"), S_("No longer there"), S_("Without a label")


def table(before: pd.Series, after: pd.Series, order: Sequence[Hashable] | None = None) -> pd.DataFrame:
    """Every customer of either day by the label before and the label after.

    Parameters
    ----------
    before, after : label of each customer on two days, indexed by customer: stages, named segments, tiers.
        A customer whose label is missing counts under "Without a label".
    order : the labels in the order to show; by default as they first appear when sorted by text. Labels of it that
        nobody has are shown too.

    Returns
    -------
    DataFrame, a row per (`label_before`, `label_after`), labels as text: `n`, `moved_share` (of all who had the
    label before) with a 95 % Wilson interval `moved_low`, `moved_high`; missing where nobody had it. Customers of
    the second day only stand under "Not there before", those of the first only under "No longer there"; these
    rows are there only when needed. The counts add up to the customers of either day.

    Raises
    ------
    DataError
        When a customer stands twice, a label of `order` is missing from it, or a label has a reserved name.

    Examples
    --------
    >>> before, after = pd.Series({1: "a", 2: "a", 3: "b"}), pd.Series({1: "a", 2: "b", 4: "b"})
    >>> table(before, after)["n"].loc[[("a", "b"), ("b", "No longer there"), ("Not there before", "b")]].to_list()
    [1, 1, 1]
    """
    texts = {}
    for name, labels in (("before", before), ("after", after)):
        if labels.index.has_duplicates:
            twice = labels.index[labels.index.duplicated()].to_list()[0]
            raise DataError([Fault(f"`{name}`", f"names a customer twice, such as {twice!r}", "give one row each")])
        texts[name] = labels.map(str, na_action="ignore").astype("object").where(labels.notna(), UNLABELLED)
    labels_seen = sorted({*texts["before"], *texts["after"]} - {UNLABELLED})
    known = list(dict.fromkeys(map(str, order))) if order is not None else labels_seen
    faults = [Fault(f"label {label!r}", "is not in `order`", "add it") for label in labels_seen if label not in known]
    faults += [Fault(f"label {label!r}", "is a name of this table", "give it another") for label in (ENTERED, LEFT)
               if label in known]
    if faults:
        raise DataError(faults)
    both = pd.DataFrame({"label_before": texts["before"], "label_after": texts["after"]})
    both = both.fillna({"label_before": ENTERED, "label_after": LEFT})
    some = [UNLABELLED] if (both == UNLABELLED).any(axis=None) else []
    rows = [*known, *some, *([ENTERED] if (both["label_before"] == ENTERED).any() else [])]
    columns = [*known, *some, *([LEFT] if (both["label_after"] == LEFT).any() else [])]
    grid = pd.MultiIndex.from_product([rows, columns], names=["label_before", "label_after"])
    n = both.groupby(["label_before", "label_after"]).size().reindex(grid, fill_value=0)
    had = n.groupby(level="label_before").transform("sum")
    had = had.where(had > 0)
    low, high = proportion_confint(n, had, method="wilson")
    moves = pd.DataFrame({"n": n, "moved_share": n / had, "moved_low": low, "moved_high": high})
    return moves.drop([(ENTERED, LEFT)], errors="ignore")


def grid(moved: pd.DataFrame, column: str = "moved_share") -> pd.DataFrame:
    """One column of `table` with a row per label before and a column per label after."""
    rows, columns = (moved.index.unique(level) for level in ("label_before", "label_after"))
    return moved[column].unstack("label_after").reindex(index=rows, columns=columns)


def balance(moved: pd.DataFrame) -> pd.DataFrame:
    """What each label gained and lost: `n_before`, `n_stayed`, `n_gone` (to another label, or no longer there),
    `n_come`, `n_after`, by `label`. n_after = n_before - n_gone + n_come.

    Examples
    --------
    >>> before, after = pd.Series({1: "a", 2: "a", 3: "b"}), pd.Series({1: "a", 2: "b", 4: "b"})
    >>> balance(table(before, after)).loc["b"].to_list()
    [1, 0, 1, 2, 2]
    """
    counts = grid(moved, "n").fillna(0).astype("int64")
    labels = [label for label in counts.index if label != ENTERED]
    stayed = pd.Series({label: counts.loc[label, label] for label in labels}, dtype="int64")
    before, after = counts.sum(axis=1)[labels], counts.sum()[labels]
    return pd.DataFrame({"n_before": before, "n_stayed": stayed, "n_gone": before - stayed, "n_come": after - stayed,
                         "n_after": after}).rename_axis("label")
