"""From scored pairs to people: exact keys, decisions, and groups without contradictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from segkit.data.people import linkage

_STRONG = ("phone", "email", "birth_date")
_PAIRS = 45
_EQUAL = 6
"""Decimals of the sum of weights by which links are equally sure."""


def _components(n: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The first record of the group of each of `n` records."""
    graph = coo_matrix((np.ones(len(left), dtype=bool), (left, right)), shape=(n, n))
    labels = connected_components(graph, directed=False)[1]
    first = pd.Series(np.arange(n)).groupby(labels).first().to_numpy()
    return first[labels]


def exact(records: pd.DataFrame, shared_ids: Sequence[str]) -> np.ndarray:
    """The group of each record by exact keys alone: a shared id, or the same name with the same phone or e-mail."""
    left, right = [], []
    for key in (*([c] for c in shared_ids), ["phone", "letters"], ["email", "letters"]):
        rows = records[["record", *key]].dropna()
        head = rows.groupby(key, sort=False)["record"].transform("first")
        left.append(head.to_numpy(dtype=np.int64))
        right.append(rows["record"].to_numpy(dtype=np.int64))
    return _components(len(records), np.concatenate(left), np.concatenate(right))


def decide(records: pd.DataFrame, pairs: pd.DataFrame, used: Sequence[linkage.Comparison], shared_ids: Sequence[str],
           threshold: float, review: float) -> pd.DataFrame:
    """What becomes of each scored pair: `basis`, `decision`, `reason`.

    A pair is linked by an id that both carry; by the same phone or e-mail with a name that agrees; or by a
    probability of at least `threshold`. Another name or another birth date refuses every link, and so does a name that
    is not known of both, unless two of phone, e-mail and birth date are the same. Where both carry the same id, a name
    that may be the same after all does not stop the link, and what contradicts it is left to a person to review.
    """
    def at(name: str, level: int) -> pd.Series:
        """Whether a comparison is on its level counted from the top."""
        top = {c.name: len(c.levels) - 1 for c in used}
        return pairs[f"gamma_{name}"] == top[name] - level if name in top else pd.Series(False, pairs.index)

    def last(name: str) -> pd.Series:
        return pairs[f"gamma_{name}"] == 0 if f"gamma_{name}" in pairs else pd.Series(False, pairs.index)

    name_known = pairs["gamma_name"] >= 0 if "gamma_name" in pairs else pd.Series(False, pairs.index)
    agrees = pairs["gamma_name"] >= 2 if "gamma_name" in pairs else name_known
    strong = sum(at(c, 0).astype(int) for c in _STRONG)
    carried = pd.Series(False, pairs.index)
    for column in shared_ids:
        carried |= (pairs[f"{column}_l"] == pairs[f"{column}_r"]).fillna(False).astype(bool)
    plain = ~last("marks")
    basis = np.select([carried, at("phone", 0) & at("name", 0) & plain, at("email", 0) & agrees & plain],
                      ["an id that both carry", "phone and name", "e-mail and name"], "the model")
    reason = np.select([last("name"), last("birth_date"), ~name_known & (strong < 2)],
                       ["another name", "another birth date", "too little is known"], "")
    reason = np.where(carried, np.select([_refuses(records, pairs, used, carried & last("name"), "name"),
                                          last("birth_date")], ["another name", "another birth date"], ""), reason)
    likely = (basis != "the model") | (pairs["match_probability"] >= threshold)
    decision = np.where(likely & (reason == ""), "linked", np.where((reason != "") & ~carried, "refused", "to review"))
    decided = pairs.assign(basis=basis, decision=decision, reason=reason)
    return decided[(decided["match_probability"] >= review) | (decided["decision"] == "linked") | carried
                   ].reset_index(drop=True)


def _refuses(records: pd.DataFrame, pairs: pd.DataFrame, used: Sequence[linkage.Comparison], asked: pd.Series,
             name: str) -> np.ndarray:
    """Where a comparison speaks clearly against one person, of the pairs that are asked about."""
    refused = np.zeros(len(pairs), dtype=bool)
    by = [c for c in used if c.name == name]
    if by and asked.any():
        levels = linkage.compare(records, pairs[asked].reset_index(drop=True), by)
        refused[asked.to_numpy()] = levels[f"refuses_{name}"].fillna(False).to_numpy(dtype=bool)
    return refused


def people(records: pd.DataFrame, links: pd.DataFrame, used: Sequence[linkage.Comparison]
           ) -> tuple[np.ndarray, pd.DataFrame, dict[str, int]]:
    """The person of each record: groups of linked records, taken apart where two of them contradict each other.

    Within such a group the surest links are made first, and one that would join contradicting records is refused. Of
    links that are equally sure and cannot all be made, none is: they are left to a person to review.

    Returns
    -------
    The first record of each record's person; the links with those refusals; `n_chained`, people with two records that
    are not linked directly, and `n_split`, groups that were taken apart.
    """
    n = len(records)
    linked = links[links["decision"] == "linked"]
    labels = _components(n, linked["record_l"].to_numpy(), linked["record_r"].to_numpy())
    inside = _pairs_within(labels)
    direct = pd.MultiIndex.from_frame(linked[["record_l", "record_r"]])
    apart = inside[~pd.MultiIndex.from_frame(inside[["record_l", "record_r"]]).isin(direct)].reset_index(drop=True)
    refusing = [c for c in used if c.refuses]
    levels = linkage.compare(records, apart, refusing) if len(apart) and refusing else pd.DataFrame()
    bad = apart[levels.filter(like="refuses_").any(axis=1).to_numpy()] if len(levels) else apart.iloc[:0]
    broken = set(labels[bad["record_l"]]) if len(bad) else set()
    if broken:
        against: dict[int, set[int]] = {}
        for a, b in bad[["record_l", "record_r"]].itertuples(index=False):
            against.setdefault(a, set()).add(b)
            against.setdefault(b, set()).add(a)
        concerned = linked[np.isin(labels[linked["record_l"]], list(broken))]
        refused, level = _surest_first(concerned, against)
        links = links.copy()
        links.loc[refused, ["decision", "reason"]] = ["refused", "would join contradicting records"]
        links.loc[level, ["decision", "reason"]] = ["to review", "as sure as a link that contradicts it"]
        linked = links[links["decision"] == "linked"]
        labels = _components(n, linked["record_l"].to_numpy(), linked["record_r"].to_numpy())
    inside = _pairs_within(labels)
    chained = inside[~pd.MultiIndex.from_frame(inside).isin(pd.MultiIndex.from_frame(linked[["record_l", "record_r"]]))]
    return labels, links, {"n_chained": len(set(labels[chained["record_l"]])), "n_split": len(broken)}


def _pairs_within(labels: np.ndarray) -> pd.DataFrame:
    """All pairs of records in groups of three or more; of a very large group, each record with its next ones."""
    frame = pd.DataFrame({"label": labels, "record": np.arange(len(labels))})
    frame = frame.sort_values(["label", "record"], kind="stable")
    size = frame.groupby("label")["record"].transform("size")
    frame = frame[size > 2]
    label, record = frame["label"].to_numpy(), frame["record"].to_numpy()
    left, right = [], []
    for step in range(1, _PAIRS + 1):
        same = label[:-step] == label[step:]
        if not same.any():
            break
        left.append(record[:-step][same])
        right.append(record[step:][same])
    nothing = np.empty(0, dtype=np.int64)
    return pd.DataFrame({"record_l": np.concatenate([nothing, *left]), "record_r": np.concatenate([nothing, *right])})


def _surest_first(links: pd.DataFrame, against: dict[int, set[int]]) -> tuple[list[int], list[int]]:
    """The links, by index, that cannot be made once surer ones are, and those of which chance would choose."""
    weight = links.filter(like="mw_").sum(axis=1).round(_EQUAL)  # as the probability, but not 1 from some weight on
    order = pd.DataFrame({"sure": links["basis"] == "an id that both carry", "weight": weight, "a": links["record_l"],
                          "b": links["record_r"]})
    order = order.sort_values(["sure", "weight", "a", "b"], ascending=[False, False, True, True])
    group: dict[int, set[int]] = {}

    def of(record: int) -> set[int]:
        return group.setdefault(record, {record})

    refused, level = [], []
    for _, equal in order.groupby(["sure", "weight"], sort=False):
        possible = []
        for index, a, b in equal[["a", "b"]].itertuples():
            if of(a) is not of(b):
                clash = any(against.get(r, set()) & of(b) for r in of(a))
                (refused.append(index) if clash else possible.append((index, a, b)))
        unsure = _clashing(possible, of, against)
        level += unsure
        for index, a, b in possible:
            if index not in unsure and of(a) is not of(b):
                joined = of(a) | of(b)
                group.update(dict.fromkeys(joined, joined))
    return refused, level


def _clashing(links: list[tuple[int, int, int]], of: Callable[[int], set[int]],
              against: dict[int, set[int]]) -> list[int]:
    """Of equally sure links, those that lead from a record to one that contradicts it; links at whose end nothing
    contradicts anything are not among them."""
    if len(links) < 2:
        return []
    ends = {index: (min(of(a)), min(of(b))) for index, a, b in links}
    members = {first: of(first) for pair in ends.values() for first in pair}
    while ends:
        graph = pd.DataFrame(ends.values(), columns=["a", "b"])
        nodes = {node: i for i, node in enumerate(sorted(members))}
        labels = _components(len(nodes), graph["a"].map(nodes).to_numpy(), graph["b"].map(nodes).to_numpy())
        together: dict[int, set[int]] = {}
        for node, i in nodes.items():
            together.setdefault(int(labels[i]), set()).update(members[node])
        hostile = {node: any(against.get(r, set()) & together[int(labels[i])] for r in members[node])
                   for node, i in nodes.items()}
        torn = {int(labels[nodes[node]]) for node, is_hostile in hostile.items() if is_hostile}
        degree = Counter(node for pair in {tuple(sorted(p)) for p in ends.values()} for node in pair)
        kept = {index: pair for index, pair in ends.items() if int(labels[nodes[pair[0]]]) in torn
                and not any(degree[node] == 1 and not hostile[node] for node in pair)}
        if len(kept) == len(ends):
            break
        ends = kept
        members = {node: members[node] for pair in ends.values() for node in pair}
    return list(ends)
