"""Brand cases: what a source claims, beside the figures and documents that bear on it (S15, S16).

The facts of each brand are typed data: ``data/brands/<brand>.yaml``, or a file of one's own. A claim without evidence
says so; evidence carries its source, date, link, the day it was read and a confidence.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from segkit.data import samples
from segkit.positioning import brandfile
from segkit.words.errors import DataError, Fault, did_you_mean
from segkit.words.language import LANGUAGES, N_

TOPICS = {"age": N_("Age"), "income": N_("Income"), "geography": N_("Place"), "gender": N_("Gender"),
          "role": N_("Roles"), "campaign": N_("Campaign")}
VERDICTS = {
    "supported": N_("✓ supported"), "partly": N_("◐ partly supported"), "contradicted": N_("✗ contradicted"),
    "cannot_tell": N_("? evidence cannot tell"), "no_data": N_("○ claim, no data"),
}
"""A verdict and its symbol."""
FACTS = N_("Repeat as facts {supported:count} of the {all:count} claims: {facts:message} Say of {partly:count} that "
           "they hold in part, and of {others:count} that they are claims.")
FACTS_SOME_WRONG = N_("Repeat as facts {supported:count} of the {all:count} claims: {facts:message} Say of "
                      "{partly:count} that they hold in part, of {others:count} that they are claims, and leave out "
                      "{contradicted:count} that the evidence contradicts.")
NO_FACT = N_("Repeat none of the {all:count} claims as a fact. Say of {partly:count} that they hold in part, and of "
             "{others:count} that they are claims.")
NO_FACT_SOME_WRONG = N_("Repeat none of the {all:count} claims as a fact. Say of {partly:count} that they hold in "
                        "part, of {others:count} that they are claims, and leave out {contradicted:count} that the "
                        "evidence contradicts.")
MOST_NAMED = 4
"""Claims that a recommendation names."""
NOT_SAID = {"en": "not said", "vi": "không nói đến"}
ROLES = {"user": N_("user"), "decider": N_("decision maker"), "influencer": N_("influencer"), "buyer": N_("buyer")}
"""Roles in a purchase: who uses, who decides, whose word counts, who pays."""


def names() -> list[str]:
    """Brands with a case of the kit."""
    return sorted(p.stem for p in (samples.DATA / "brands").glob("*.yaml"))


def path(brand: str) -> Path:
    """The file of a brand: a name of ``data/brands``, or the path of a file of one's own, from the project's folder.

    Raises
    ------
    DataError
        When there is neither.
    """
    if brand in names():
        return samples.DATA / "brands" / f"{brand}.yaml"
    own_file = samples.PROJECT / brand
    if brand.endswith((".yaml", ".yml")) and own_file.is_file():
        return own_file
    raise DataError([Fault(f"brand {brand!r}", "has no case", did_you_mean(brand, names()) + "; or name your own file, "
                           "such as reports/brands/vinamilk.yaml (segkit new … --brand writes one)")])


def facts(brand: str) -> dict[str, Any]:
    """The typed facts of a brand, as in its YAML file.

    Raises
    ------
    DataError
        When there is no such brand, or its file is at fault: then with all its faults and their lines.
    """
    file = path(brand)
    return _read(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=20)
def _read(file: Path, changed: int) -> dict[str, Any]:
    return brandfile.read(file)


def brands(brand: str, beside: str = "") -> list[str]:
    """The brands of a page: one, or two that stand side by side.

    Parameters
    ----------
    brand, beside : each a name of `names` or the path of a file (see `path`), which is not looked for here; "" for
        none.

    Returns
    -------
    list without "", and of two that are the same only one.

    Examples
    --------
    >>> brands("pepsi", "coca-cola"), brands("pepsi")
    (['pepsi', 'coca-cola'], ['pepsi'])
    """
    return [b for b in dict.fromkeys((brand, beside)) if b]


def name(brand: str) -> str:
    """The brand's name as people write it.

    Examples
    --------
    >>> name("coca-cola")
    'Coca-Cola'
    """
    return facts(brand)["brand"]


def claims(brand: str | Sequence[str]) -> pd.DataFrame:
    """The claims about a brand, or several, each with its verdict.

    Returns
    -------
    DataFrame indexed by claim id, by topic and then brand: `topic`, `brand`, `fact_id`, `claim` (text by language),
    `n_evidence` (figures and documents), `verdict` (one of `VERDICTS`; a claim without evidence has "claim, no data"),
    `reading` (text by language), `decided`: whether figures or documents of at least medium confidence support or
    contradict it, `in_conflict`: whether some support and some contradict it.

    Examples
    --------
    >>> claims("pepsi").groupby("verdict").size().loc[VERDICTS["contradicted"]]
    np.int64(2)
    """
    rows = []
    for key in listed(brand):
        content = facts(key)
        confident_ids = {e["id"] for e in (*content["figures"], *content["documents"]) if e["confidence"] != "low"}
        for c in content["claims"]:
            evidence = c["evidence"]
            decisive_ids = evidence["supports"] + evidence["contradicts"]
            rows.append({
                "claim_id": c["id"], "topic": TOPICS[c["topic"]], "brand": content["brand"], "fact_id": c["fact"],
                "claim": c["claim"], "n_evidence": len(decisive_ids) + len(evidence["unclear"]),
                "verdict": VERDICTS[c["verdict"] or "no_data"], "reading": c["reading"] or "",
                "decided": c["verdict"] in ("supported", "partly", "contradicted") and bool(
                    confident_ids & set(decisive_ids)),
                "in_conflict": bool(evidence["supports"] and evidence["contradicts"])})
    order = {topic: i for i, topic in enumerate(TOPICS.values())}
    return pd.DataFrame(rows).set_index("claim_id").sort_values("topic", key=lambda t: t.map(order), kind="stable")


def judged(brand: str | Sequence[str]) -> pd.DataFrame:
    """The claims as a page shows them, by topic: `topic`, `brand` where there are several, `claim`, `verdict`,
    `reading`."""
    table = claims(brand)
    first_columns = ["topic", "brand"] if table["brand"].nunique() > 1 else ["topic"]
    return table[[*first_columns, "claim", "verdict", "reading"]].reset_index(drop=True)


def headline(brand: str) -> dict[str, Any]:
    """What a page says first of a brand: `brand`, and `age`, `income`, `geography`, `gender` and
    `campaign` as the claims have them (text by language)."""
    content = facts(brand)
    return {"brand": content["brand"], **{t: content["targets"].get(t) or NOT_SAID for t in TOPICS}}


def targets(brand: str | Sequence[str]) -> pd.DataFrame:
    """Whom each brand targets as its claims have it, with the verdicts on them: what a page begins with.

    Returns
    -------
    DataFrame indexed by `topic`, of those that some claim is about, a column per brand: text by language, with the
    symbol and number of each verdict.

    Examples
    --------
    >>> print(targets(["coca-cola", "pepsi"]).loc["Gender", "Pepsi"]["en"])
    Both, men somewhat more (◐ 1 · ? 1 · ○ 1)
    """
    claim_table, columns = claims(brand), {}
    topics = {TOPICS[topic] for key in listed(brand) for topic, words in facts(key)["targets"].items() if words}
    topics |= set(claim_table["topic"])
    for key in listed(brand):
        content = facts(key)
        counts = claim_table[claim_table["brand"] == content["brand"]].groupby(["topic", "verdict"]).size()
        columns[content["brand"]] = {
            label: _with_verdicts(content["targets"][topic] or NOT_SAID,
                                  counts.get(label, default=pd.Series(dtype=int)))
            for topic, label in TOPICS.items() if label in topics}
    table = pd.DataFrame(columns).rename_axis("topic")
    return table.rename_axis("brand", axis="columns")


def _with_verdicts(words: dict[str, str], counts: pd.Series) -> dict[str, str]:
    """A text with the symbols of the verdicts on it; they stand first in `VERDICTS`, and are the same in all
    languages."""
    present = [verdict for verdict in VERDICTS.values() if verdict in counts]
    symbols = " · ".join(f"{verdict[0]}\N{NO-BREAK SPACE}{counts[verdict]}" for verdict in present)
    return {code: f"{text} ({symbols})" if symbols else text for code, text in words.items()}


def to_repeat(claim_table: pd.DataFrame) -> tuple[str, dict[str, Any]]:
    """Which claims can be repeated, in words.

    Parameters
    ----------
    claim_table : what `claims` gives.

    Returns
    -------
    The sentence, a message id, and its values: `facts`, the claims that are supported, by language; `all`, `supported`,
    `partly` and `contradicted`, numbers of claims; `others`, of those that the evidence does not decide.

    Examples
    --------
    >>> sentence, values = to_repeat(claims("coca-cola"))
    >>> sentence == NO_FACT_SOME_WRONG, values["supported"]
    (True, 0)
    """
    verdict = claim_table["verdict"]
    found = {name: int((verdict == VERDICTS[name]).sum()) for name in ("supported", "partly", "contradicted")}
    facts = claim_table.loc[verdict == VERDICTS["supported"], "claim"]
    more = len(facts) > MOST_NAMED
    sentences = (NO_FACT, NO_FACT_SOME_WRONG), (FACTS, FACTS_SOME_WRONG)
    values = {**found, "all": len(claim_table), "others": len(claim_table) - sum(found.values()),
              "facts": {code: " ".join([*(f"“{text[code]}”" for text in facts[:MOST_NAMED]), *["…"] * more])
                        for code in LANGUAGES}}
    return sentences[bool(found["supported"])][bool(found["contradicted"])], values


def verdicts(brand: str | Sequence[str]) -> pd.DataFrame:
    """Number of claims by `verdict`, a column per brand, with a last row of all.

    Examples
    --------
    >>> verdicts("pepsi")["Pepsi"].to_list()
    [2, 5, 2, 3, 2, 14]
    """
    counts = claims(brand).groupby(["verdict", "brand"]).size().unstack(fill_value=0)
    table = counts.reindex(list(VERDICTS.values()), fill_value=0)[[name(b) for b in listed(brand)]]
    table.loc[N_("all claims")] = table.sum()
    return table


def roles(brand: str | Sequence[str]) -> pd.DataFrame:
    """Who uses, decides, influences and buys, as the claims have it, and the message to each (S13).

    Returns
    -------
    DataFrame with a row per brand and role of its file: `brand`, `role`, `who`, `message` (texts by language).

    Examples
    --------
    >>> roles("old-spice").set_index("role").loc["buyer", "who"]["en"]
    'Women who shop for the household'
    """
    rows = [(name(key), ROLES[r["role"]], r["who"], r["message"]) for key in listed(brand) for r in facts(key)["roles"]]
    return pd.DataFrame(rows, columns=["brand", "role", "who", "message"])


def listed(brand: str | Sequence[str]) -> list[str]:
    """One brand or several as a list."""
    return [brand] if isinstance(brand, str) else list(brand)
