"""What each condition of an audience keeps, whom two audiences share, and which of them a customer belongs to first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ibis
import pandas as pd

from segkit.targeting import audiences, rule_words
from segkit.words import labels, language
from segkit.words.errors import Fault, SegkitError, did_you_mean
from segkit.words.language import N_

GROUP = "audience"
"""Name of an index of audiences: pages take them for groups of people."""
EVERYBODY = N_("All customers")


def give_names(given: Mapping[str, Any]) -> None:
    """Give the names of audiences, by language where they have them, to all that is shown."""
    for name, rule in given.items():
        texts = rule.get("name") if isinstance(rule, Mapping) else None
        texts = dict.fromkeys(language.LANGUAGES, texts) if isinstance(texts, str) else texts
        if isinstance(texts, Mapping):
            labels.give({code: {name: text} for code, text in texts.items() if text and text != name})


def conditions_of(rule: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """The conditions of a rule one after the other, and whether each leaves out whom it holds for.

    Examples
    --------
    >>> [c for c, _ in conditions_of({"who": {"all": [{"age": 20}, {"city": "Huế", "vip": True}]}})]
    [{'age': 20}, {'city': 'Huế'}, {'vip': True}]
    """
    def flat(condition: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for key, value in condition.items():
            if key == "all":
                for part in value:
                    yield from flat(part)
            else:
                yield {key: value}

    yield from ((part, False) for part in flat(rule["who"]))
    if "except" in rule:
        yield rule["except"], True


def steps(tables: Any, given: Mapping[str, Any], as_of: str | dt.date | None = None) -> pd.DataFrame:
    """How many customers each condition of each audience keeps and drops, in the order of the rule.

    Parameters
    ----------
    tables, given, as_of : as for `audiences.members`.

    Returns
    -------
    DataFrame indexed by `audience`, a row per condition, all customers first: `condition` (words by
    language), `size` (customers left), `n_dropped`, `customer_share` (of all). Asked in one query.

    Raises
    ------
    SegkitError
        As `audiences.select`.

    Examples
    --------
    >>> people = {"customers": ibis.memtable({"customer_id": [1, 2, 3], "age": [20, 30, 40], "city": ["A", "A", "B"]})}
    >>> steps(people, {"x": {"who": {"city": "A", "age": {"below": 25}}}})[["size", "n_dropped"]].values.tolist()
    [[3, 0], [2, 1], [1, 1]]
    """
    listed = {name: list(conditions_of(rule)) for name, rule in given.items()
              if isinstance(rule, Mapping) and isinstance(rule.get("who"), Mapping)}
    columns = {f"{i}_{j}": condition for i, parts in enumerate(listed.values())
               for j, (condition, _) in enumerate(parts)}
    flags = audiences.holding(tables, given, columns, as_of)
    counts = {"all": flags.count()}
    for i, parts in enumerate(listed.values()):
        kept = ibis.literal(True)
        for j, (_, out) in enumerate(parts):
            kept = kept & (~flags[f"{i}_{j}"] if out else flags[f"{i}_{j}"])
            counts[f"{i}_{j}"] = flags.count(where=kept)
    n = {name: int(value) for name, value in flags.aggregate(**counts).to_pyarrow().to_pylist()[0].items()}
    rows = []
    for i, (name, parts) in enumerate(listed.items()):
        n_left = n["all"]
        rows.append((name, {code: language.translate(EVERYBODY, code) for code in language.LANGUAGES}, n_left, 0))
        for j, (condition, out) in enumerate(parts):
            words = rule_words.by_language(condition, rule_words.EXCEPT) if out else rule_words.by_language(condition)
            rows.append((name, words, n[f"{i}_{j}"], n_left - n[f"{i}_{j}"]))
            n_left = n[f"{i}_{j}"]
    table = pd.DataFrame(rows, columns=[GROUP, "condition", "size", "n_dropped"]).set_index(GROUP)
    return table.assign(customer_share=table["size"] / max(1, n["all"]))


def overlaps(told: pd.DataFrame) -> pd.DataFrame:
    """The share of each audience (row) that is in each other one too.

    Parameters
    ----------
    told : customers × audiences, True for members.

    Returns
    -------
    DataFrame: `size`, then a column per audience, its share of the row's members; missing where there are none.

    Examples
    --------
    >>> overlaps(pd.DataFrame({"a": [True, True, False], "b": [True, False, True]})).loc["a"].to_list()
    [2.0, 1.0, 0.5]
    """
    flags = told.astype("int64")
    both = flags.T @ flags
    size = flags.sum()
    shares = both.div(size.where(size > 0), axis=0)
    return pd.concat([size.rename("size"), shares], axis=1).rename_axis(GROUP)


def order(names: Sequence[str], priority: Sequence[str]) -> list[str]:
    """Audiences by priority: those listed first, the others in their own order.

    Parameters
    ----------
    names : all audiences.
    priority : those that come first, the first of all in front; may be empty.

    Returns
    -------
    list of all `names`, each once.

    Raises
    ------
    SegkitError
        When the list names an audience that there is not, or one twice.

    Examples
    --------
    >>> order(["a", "b", "c"], ["c"])
    ['c', 'a', 'b']
    """
    faults = [Fault("`priority`", f"names the audience {p!r}, which there is not", did_you_mean(str(p), names))
              for p in priority if p not in names]
    faults += [Fault("`priority`", f"names the audience {p!r} twice", "name each once")
               for p in dict.fromkeys(priority) if list(priority).count(p) > 1]
    if faults:
        raise SegkitError(faults)
    return [*priority, *(n for n in names if n not in priority)]


def first_of(told: pd.DataFrame, ranked: Sequence[str]) -> pd.Series:
    """The audience that a customer belongs to by priority; missing for who is in none.

    Parameters
    ----------
    told : customers × audiences, True for members.
    ranked : audiences by priority, columns of `told`; one that is not listed has nobody.

    Returns
    -------
    Series `audience`, indexed as `told`: the name of the first audience in `ranked` that the customer is in.

    Examples
    --------
    >>> first_of(pd.DataFrame({"a": [True, True, False], "b": [True, False, False]}), ["b", "a"]).to_list()
    ['b', 'a', nan]
    """
    first = pd.Series(float("nan"), index=told.index, name=GROUP, dtype=object)
    for name in reversed(ranked):
        first = first.mask(told[name], name)
    return first


def claims(told: pd.DataFrame, ranked: Sequence[str]) -> pd.DataFrame:
    """What becomes of each audience when a customer gets one message only.

    Parameters
    ----------
    told : customers × audiences, True for members.
    ranked : audiences by priority, columns of `told`, as `order` gives.

    Returns
    -------
    DataFrame indexed by `audience` in the order of priority: `size`, `customer_share` (of all customers), `n_first`
    (members who belong to it) and `n_elsewhere` (members whom one before it has).

    Examples
    --------
    >>> told = pd.DataFrame({"a": [True, True, False], "b": [True, False, False]})
    >>> claims(told, ["b", "a"])[["size", "n_first", "n_elsewhere"]].values.tolist()
    [[1, 1, 0], [2, 1, 1]]
    """
    belongs = first_of(told, ranked).value_counts()
    size = told[list(ranked)].sum().astype("int64")
    first = belongs.reindex(ranked, fill_value=0).astype("int64")
    return pd.DataFrame({"size": size, "customer_share": size / max(1, len(told)), "n_first": first,
                         "n_elsewhere": size - first}).rename_axis(GROUP)


