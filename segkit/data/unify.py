"""Several sources of customers, one table of people: exact keys, then a linkage model, then one value per column.

Every row of every source ends in exactly one person. A pair is linked by an exact key, or by the model's probability,
and never against a contradiction; what is likely but not sure is given for review and not merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from segkit.data import customers
from segkit.data.people import grouping, linkage, persons, placeholders, survivorship, unified
from segkit.data.people.unified import Unified
from segkit.words import labels, terms
from segkit.words.errors import DataError, Fault, SegkitError, did_you_mean
from segkit.words.language import LANGUAGES

THRESHOLD, REVIEW = 0.95, 0.5
"""Probability from which a pair is linked, and from which it is given for review."""


def link(sources: Mapping[str, Any], shared_ids: Sequence[str] = (), threshold: float = THRESHOLD,
         review: float = REVIEW, priority: Sequence[str] = (), survivors: Mapping[str, Any] | None = None,
         u_pairs: float = 4e5, random_state: int | None = None) -> Unified:
    """One table of people from several tables of customers.

    Parameters
    ----------
    sources : name → table, or name → ``{"data": table, "columns": {role: column}, "read": {…}}``; a table is anything
        `segkit.data.open.table` takes. Roles: `customer_id` (the source's own, one row each), `name`, `phone`, `email`,
        `birth_date`, `gender`, `address`, `city`, `updated` (when the row was last changed); other columns come along.
    shared_ids : columns with an id that several sources carry, such as a membership number.
    threshold : probability from which a pair is linked, in [0.5, 1).
    review : probability from which a pair that is not linked is listed for review.
    priority : the sources in the order in which their values are trusted; that of their names by default.
    survivors : column → rule, see `segkit.data.people.survivorship`.
    u_pairs : random pairs from which chance agreement is estimated.
    random_state : seed of that sample; 0 when None. The order of rows and sources never changes the result.

    Raises
    ------
    SegkitError
        With all faults of the sources and the arguments.

    Examples
    --------
    >>> shop = pd.DataFrame({"customer_id": ["S1", "S2"], "name": ["LE VAN HOA", "Trần Thị Mai"],
    ...                      "phone": ["0912 345 678", "0168 222 3333"]})
    >>> web = pd.DataFrame({"customer_id": ["W1"], "name": ["Hoà Lê Văn"], "phone": ["+84912345678"]})
    >>> found = link({"shop": shop, "web": web})
    >>> found.customers["name"].to_list()
    ['Hoà Lê Văn', 'Trần Thị Mai']
    >>> found.links["basis"].to_list()
    ['phone and name']
    """
    opened, spark = persons.open_sources(sources)
    _check(opened, shared_ids, threshold, review, priority, survivors)
    rank = {s: i for i, s in enumerate([*priority, *sorted(set(opened) - set(priority))])}
    rows, values, set_aside = persons.prepare(opened, shared_ids)
    used = linkage.comparisons(rows)
    _comparable(used, shared_ids)
    keys = pd.Series(grouping.exact(rows, shared_ids))
    n = keys.value_counts()
    table = pa.Table.from_pandas(rows.drop(columns=[c for c in rows if c.startswith("raw_")]), preserve_index=False)
    engine = linkage.database(spark)
    model, parameters = linkage.fit(table, ~keys.duplicated(), used, shared_ids, int((n * (n - 1) // 2).sum()),
                                    random_state or 0, u_pairs, engine)
    scored = linkage.score(table, model, used, _kept(used, shared_ids, review), engine)
    links = grouping.decide(rows, scored, used, shared_ids, threshold, review)
    labels, links, chains = grouping.people(rows, links, used)
    settings = {"model": model, "comparisons": [c.name for c in used], "shared_ids": list(shared_ids),
                "threshold": threshold, "review": review, "priority": sorted(rank, key=rank.__getitem__),
                "survivors": dict(survivors or {}), "u_pairs": u_pairs, "random_state": random_state or 0}
    person = _persons(rows, labels, rank)
    people, conflicts = _people(rows, values, person, rank, survivors)
    members = pd.DataFrame({"data_source": rows["source"], "source_id": rows["customer_id"], "customer_id": person})
    named_links = _named(links, members)
    private = set_aside["variable"].isin(["phone", "email"])
    set_aside["found"] = [unified.mask(v, c) if hidden else v for v, c, hidden in zip(
        set_aside["found"], set_aside["variable"], private, strict=True)]
    return Unified(people, members, named_links, conflicts, unified.accounting(members),
                   unified.checks(named_links, members, set_aside, chains), parameters, settings, set_aside, rows)


def load(sources: Mapping[str, Any] | None = None, customer_data: Any = "", columns: Mapping[str, str] | None = None,
         read: Mapping[str, Any] | None = None, **options: Any) -> Unified:
    """What is known of each customer: `link` of several sources, or the one customer table as it is.

    Parameters
    ----------
    sources : as `link` takes them; {} or None for one table.
    customer_data, columns, read : the one table, as `segkit.data.customers.load` takes it.
    options : further arguments of `link`.
    """
    if sources:
        return link(sources, **options)
    known = customers.load(customer_data, columns, read)
    members = pd.DataFrame(columns=["data_source", "source_id", "customer_id"])
    links = pd.DataFrame(columns=["match_probability", "basis", "decision", "reason"])
    conflicts = pd.DataFrame(columns=["variable", "kept", "others", "n_values", "kept_by"])
    checks = pd.DataFrame(columns=["check", "n"]).set_index("check")
    return Unified(known, members, links, conflicts, unified.accounting(members), checks, pd.DataFrame(), {},
                   placeholders.take_out(pd.DataFrame(columns=["letters", "phone", "email", "birth_date"])))


def _check(opened: Mapping[str, ir.Table], shared_ids: Sequence[str], threshold: float, review: float,
           priority: Sequence[str], survivors: Mapping[str, Any] | None) -> None:
    columns = sorted({c for t in opened.values() for c in t.columns})
    faults = [Fault(f"`shared_ids`, {c!r}", "is not a column of any source", did_you_mean(c, columns))
              for c in shared_ids if c not in columns]
    faults += [Fault(f"`shared_ids`, {c!r}", "is what people are compared by already", "name a column with an id")
               for c in shared_ids if c in (*persons.FIELDS, "customer_id", "updated")]
    kept = [c for c in columns if c not in ("customer_id", "updated")]
    faults += survivorship.check(survivors or {}, kept)
    faults += [Fault(f"`priority`, {s!r}", "is not a source", did_you_mean(s, opened))
               for s in priority if s not in opened]
    for name, value, least in (("threshold", threshold, 0.5), ("review", review, 0.0)):
        if not (isinstance(value, int | float) and least <= value < 1):
            faults.append(Fault(f"`{name}`", f"is {value!r}", f"give a probability between {least:g} and 1"))
    if not faults and review > threshold:
        faults.append(Fault("`review`", f"is {review}, above the threshold {threshold}", "give a smaller probability"))
    if faults:
        raise SegkitError(faults)


def _comparable(used: Sequence[linkage.Comparison], shared_ids: Sequence[str]) -> None:
    known = {c.name for c in used}
    if not shared_ids and not known & {"phone", "email"} and not {"name", "birth_date"} <= known:
        raise DataError([Fault("`sources`", "hold too little to tell people by: "
                               + (", ".join(sorted(known)) or "none of the roles"),
                               "map at least `phone`, `email`, or `name` and `birth_date`, or give `shared_ids`")])


def _kept(used: Sequence[linkage.Comparison], shared_ids: Sequence[str], review: float) -> str:
    """SQL of the pairs that are kept after scoring: likely ones, and those with an exact key."""
    by = {c.name: len(c.levels) - 1 for c in used}
    kept = [f"match_probability >= {review}", *(f"{c}_l = {c}_r" for c in shared_ids)]
    kept += [f"(gamma_name >= 2 and gamma_{c} = {by[c]})" for c in ("phone", "email") if {"name", c} <= set(by)]
    return " or ".join(kept)


def _persons(rows: pd.DataFrame, labels: np.ndarray, rank: Mapping[str, int]) -> pd.Series:
    """The person of each record: "source:id" of the record that stands first by the source's rank and the id."""
    order = pd.DataFrame({"label": labels, "rank": rows["source"].map(rank), "id": rows["customer_id"]})
    best = order.sort_values(["label", "rank", "id"]).drop_duplicates("label")
    ids = (rows["source"] + ":" + rows["customer_id"])[best.index].set_axis(best["label"])
    return pd.Series(labels, name="customer_id").map(ids)


def _people(rows: pd.DataFrame, values: pd.DataFrame, person: pd.Series, rank: Mapping[str, int],
            survivors: Mapping[str, Any] | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One value per person and column, and the conflicts."""
    extra = [c for c in values.columns if c not in (*persons.FIELDS, "customer_id", "segkit_source", "updated")]
    fields = [f for f in persons.FIELDS if f in values]
    cells = values[[*fields, *extra]].copy()
    same = pd.DataFrame({c: rows["letters" if c == "name" else c] for c in fields})
    for column in {"phone", "birth_date"} & set(fields):
        cells[column] = rows[column]
    if "email" in fields:
        cells["email"] = values["email"].astype("str").str.strip().str.lower().where(rows["email"].notna())
    for column in extra:
        same[column] = values[column].astype(str).str.casefold().where(values[column].notna())
    updated = pd.to_datetime(values["updated"]) if "updated" in values else pd.Series(pd.NaT, values.index)
    if "city" in fields:
        cells["city"] = _one_spelling(values["city"], rows["city"])
    people, conflicts = survivorship.keep(cells, same, person, rows["source"].map(rank), updated, survivors)
    known = rows["source"].groupby(person).agg(lambda s: " + ".join(sorted(set(s))))
    people["sources"] = known.reindex(people.index)
    if "birth_date" in fields:
        decade = pd.to_numeric(people["birth_date"].str[:3])
        people["birth_decade"] = decade.map(lambda d: None if pd.isna(d) else f"{int(d)}0–{int(d)}9")
    labels.give({code: {c: terms.label(c, code) for c in people.columns} for code in LANGUAGES})
    return people, conflicts


def _one_spelling(written: pd.Series, folded: pd.Series) -> pd.Series:
    """Each value as most rows write what is the same without marks, those with marks first."""
    counts = pd.DataFrame({"written": written.str.strip(), "folded": folded}).value_counts().reset_index()
    counts["plain"] = counts["written"].map(str.isascii)
    best = counts.sort_values(["plain", "count", "written"], ascending=[True, False, True]).drop_duplicates("folded")
    return folded.map(best.set_index("folded")["written"]).where(folded.notna(), written)


def _named(links: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The links with the source and id of both records."""
    named = members[["data_source", "source_id"]]
    sides = [named.iloc[links[f"record_{record}"]].add_suffix(side).reset_index(drop=True)
             for record, side in (("l", "_a"), ("r", "_b"))]
    weights = links.filter(like="mw_").rename(columns=lambda c: c.replace("mw_", "weight_"))
    return pd.concat([*sides, links[["match_probability", "basis", "decision", "reason"]], weights], axis=1)
