"""From scored pairs to people: exact keys, decisions, and groups without contradictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from segkit.data import linkage

_STRONG = ("phone", "email", "birth_date")
_PAIRS = 45


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


def decide(pairs: pd.DataFrame, used: Sequence[linkage.Comparison], shared_ids: Sequence[str], threshold: float,
           review: float) -> pd.DataFrame:
    """What becomes of each scored pair: `basis`, `decision`, `reason`.

    A pair is linked by an id that both carry; by the same phone or e-mail with a name that agrees; or by a
    probability of at least `threshold`. Another name or another birth date refuses every link but the first kind, and
    so does a name that is not known of both, unless two of phone, e-mail and birth date are the same.
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
    reason = np.where(carried, "", reason)
    likely = (basis != "the model") | (pairs["match_probability"] >= threshold)
    decision = np.where(likely & (reason == ""), "linked", np.where(reason != "", "refused", "to review"))
    told = pairs.assign(basis=basis, decision=decision, reason=reason)
    return told[(told["match_probability"] >= review) | (told["decision"] == "linked")].reset_index(drop=True)


def people(records: pd.DataFrame, links: pd.DataFrame, used: Sequence[linkage.Comparison]
           ) -> tuple[np.ndarray, pd.DataFrame, dict[str, int]]:
    """The person of each record: groups of linked records, taken apart where two of them contradict each other.

    Within such a group the surest links are made first, and one that would join contradicting records is refused.

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
    refused: list[int] = []
    if broken:
        against: dict[int, set[int]] = {}
        for a, b in bad[["record_l", "record_r"]].itertuples(index=False):
            against.setdefault(a, set()).add(b)
            against.setdefault(b, set()).add(a)
        concerned = linked[np.isin(labels[linked["record_l"]], list(broken))]
        refused = _surest_first(concerned, against)
        links = links.copy()
        links.loc[refused, ["decision", "reason"]] = ["refused", "would join contradicting records"]
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


def _surest_first(links: pd.DataFrame, against: dict[int, set[int]]) -> list[int]:
    """The links, by index, that cannot be made once surer ones are."""
    order = links.assign(sure=links["basis"] == "an id that both carry").sort_values(
        ["sure", "match_probability", "record_l", "record_r"], ascending=[False, False, True, True])
    group: dict[int, set[int]] = {}
    refused = []
    for index, a, b, sure in order[["record_l", "record_r", "sure"]].itertuples():
        mine, other = group.setdefault(a, {a}), group.setdefault(b, {b})
        if mine is other:
            continue
        if not sure and any(against.get(r, set()) & other for r in mine):
            refused.append(index)
            continue
        mine |= other
        for r in other:
            group[r] = mine
    return refused
