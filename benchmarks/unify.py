"""How well and how fast sources of customers are unified, on simulated people whose truth is known.

Three sources (a till, a loyalty scheme, a web shop) of a generated Vietnamese shop: names without marks or in another
order, middle names left out, initials, letters and digits mistyped, old phone prefixes, new numbers, a phone that a
family shares, twins, sons named after their fathers, people who moved. Two simple ways stand beside it: exact keys
alone, and equality of the folded name and the phone as written.

    .venv/bin/python benchmarks/unify.py             the tables of docs/methods/unify.md
    .venv/bin/python benchmarks/unify.py short       the first of them at the usual error rate
    .venv/bin/python benchmarks/unify.py 270000      one run of about a million records, for time and memory
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from segkit.data import unify
from segkit.data.people import grouping, names

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "data" / "vietnamese_shop"))
import people

HOUSEHOLDS, SEED = 2000, 11
RATES = (0.0, 0.05, 0.15, 0.3)
THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)


def truth(sources: dict[str, pd.DataFrame], members: pd.DataFrame) -> pd.Series:
    """The person of each record, in the order of `members`."""
    known = pd.concat([t.assign(source=s) for s, t in sources.items()]).set_index(["source", "customer_id"])["person"]
    return known.loc[pd.MultiIndex.from_frame(members[["data_source", "source_id"]])].reset_index(drop=True)


def quality(found: pd.Series, true: pd.Series) -> dict[str, float]:
    """Precision, recall and F1 of pairs of records, and of people of two records or more found exactly."""

    def pairs(groups: pd.Series) -> int:
        n = groups.value_counts()
        return int((n * (n - 1) // 2).sum())

    def several(groups: pd.Series) -> set[tuple[int, ...]]:
        return {tuple(rows) for rows in groups.groupby(groups).indices.values() if len(rows) > 1}

    found, true = (pd.Series(pd.factorize(g)[0]) for g in (found, true))
    both = pairs(found * (true.max() + 1) + true)
    sets = several(found), several(true)
    whole = len(sets[0] & sets[1])
    told = {
        "precision": both / max(pairs(found), 1),
        "recall": both / max(pairs(true), 1),
        "people_precision": whole / max(len(sets[0]), 1),
        "people_recall": whole / max(len(sets[1]), 1),
    }
    for kind in ("", "people_"):
        p, r = told[f"{kind}precision"], told[f"{kind}recall"]
        told[f"{kind}f1"] = 2 * p * r / max(p + r, 1e-12)
    return told


def simulated(
    n_households: int, rate: float, seed: int = SEED
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The sources with and without the truth."""
    whole = people.sources(n_households, rate, seed)
    return whole, {s: t.drop(columns="person") for s, t in whole.items()}


def plain_equality(sources: dict[str, pd.DataFrame], members: pd.DataFrame) -> pd.Series:
    """Groups of records with the same folded name and the same phone as written."""
    rows = pd.concat([t.assign(source=s) for s, t in sources.items()]).set_index(["source", "customer_id"])
    rows = rows.loc[pd.MultiIndex.from_frame(members[["data_source", "source_id"]])].reset_index()
    table = ibis.memtable(rows[["name"]].assign(n=range(len(rows))))
    folded = table.mutate(name=names.folded(table.name)).order_by("n").to_pandas()["name"]
    key = folded + "|" + rows["phone"]
    return pd.Series(np.where(key.notna(), pd.factorize(key)[0], -1 - np.arange(len(key))))


def main(rates: tuple[float, ...] = RATES, thresholds: tuple[float, ...] = THRESHOLDS) -> None:
    """Print the tables."""
    lines = []
    for rate in rates:
        whole, sources = simulated(HOUSEHOLDS, rate)
        began = time.process_time()
        unified = unify.link(sources, shared_ids=["member_no"])
        seconds = time.process_time() - began
        true = truth(whole, unified.members)
        ways = {
            "segkit": unified.members["customer_id"],
            "exact keys": pd.Series(grouping.exact(unified.records, ["member_no"])),
            "name and phone as written": plain_equality(sources, unified.members),
        }
        lines += [
            {
                "error rate": rate,
                "records": len(true),
                "way": way,
                **quality(found, true),
                "CPU s": seconds if way == "segkit" else None,
            }
            for way, found in ways.items()
        ]
    print(pd.DataFrame(lines).round(4).to_string(index=False), end="\n\n")
    if not thresholds:
        return
    whole, sources = simulated(HOUSEHOLDS, 0.15)
    curve = []
    for threshold in thresholds:
        unified = unify.link(sources, ["member_no"], threshold=threshold, review=min(0.5, threshold))
        curve.append(
            {
                "threshold": threshold,
                **quality(unified.members["customer_id"], truth(whole, unified.members)),
                "to review": len(unified.to_review),
            }
        )
    print(pd.DataFrame(curve).round(4).to_string(index=False))


def large(n_households: int) -> None:
    """One run, with its time and the memory it took at the most."""
    whole, sources = simulated(n_households, 0.15)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    unified = unify.link(sources, shared_ids=["member_no"])
    print(
        f"{len(unified.members):,} records, {len(unified.customers):,} people: {time.perf_counter() - began:.0f} s, "
        f"{time.process_time() - cpu:.0f} s of CPU, memory {before / 2**20:.1f} → "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB"
    )
    print({k: round(v, 4) for k, v in quality(unified.members["customer_id"], truth(whole, unified.members)).items()})


if __name__ == "__main__":
    if sys.argv[1:] == ["short"]:
        main(rates=(0.15,), thresholds=())
    else:
        large(int(sys.argv[1])) if len(sys.argv) > 1 else main()
