"""Brand cases: what a source claims, beside the figures and documents that bear on it (S15, S16).

The facts of each brand are typed data: ``data/brands/<brand>.yaml``, or a file of one's own. A claim without evidence
says so; evidence carries its source, date, link, the day it was read and a confidence.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from segkit.data import samples
from segkit.positioning import brandfile
from segkit.words.errors import DataError, Fault, check_columns, did_you_mean
from segkit.words.formats import with_unit
from segkit.words.language import LANGUAGES, N_

TOPICS = {"age": N_("Age"), "income": N_("Income"), "geography": N_("Place"), "gender": N_("Gender"),
          "campaign": N_("Campaign")}
VERDICTS = {
    "supported": N_("✓ supported"), "partly": N_("◐ partly supported"), "contradicted": N_("✗ contradicted"),
    "cannot_tell": N_("? evidence cannot tell"), "no_data": N_("○ claim, no data"),
}
"""A verdict and its symbol."""
SHOWS = {"supports": N_("supports"), "contradicts": N_("contradicts"), "unclear": N_("leaves open")}
UNITS = {"percent": N_("%"), "usd_million": N_("million USD"), "people_million": N_("million people"),
         "usd": N_("USD"), "count": ""}
CONFIDENCE = {"high": N_("high confidence"), "medium": N_("medium confidence"), "low": N_("low confidence")}
NOT_SAID = {"en": "not said", "vi": "không nói đến"}
LEAST_CHARTED = 3
"""Figures that a series needs to be drawn."""
NO_CONFLICT = N_("No claim has sources that conflict.")
NO_EVIDENCE = N_("{caption:message}: nothing yet, as no figure or document was named.")


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
    own = samples.PROJECT / brand
    if brand.endswith((".yaml", ".yml")) and own.is_file():
        return own
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
    """The brands of a page: one, or two that stand side by side."""
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
    for key in _listed(brand):
        content = facts(key)
        sure = {e["id"] for e in (*content["figures"], *content["documents"]) if e["confidence"] != "low"}
        for c in content["claims"]:
            named = c["evidence"]
            told = named["supports"] + named["contradicts"]
            rows.append({
                "claim_id": c["id"], "topic": TOPICS[c["topic"]], "brand": content["brand"], "fact_id": c["fact"],
                "claim": c["claim"], "n_evidence": len(told) + len(named["unclear"]),
                "verdict": VERDICTS[c["verdict"] or "no_data"], "reading": c["reading"] or "",
                "decided": c["verdict"] in ("supported", "partly", "contradicted") and bool(sure & set(told)),
                "in_conflict": bool(named["supports"] and named["contradicts"])})
    order = {topic: i for i, topic in enumerate(TOPICS.values())}
    return pd.DataFrame(rows).set_index("claim_id").sort_values("topic", key=lambda t: t.map(order), kind="stable")


def judged(brand: str | Sequence[str]) -> pd.DataFrame:
    """The claims as a page shows them, by topic: `topic`, `brand` where there are several, `claim`, `verdict`,
    `reading`."""
    table = claims(brand)
    left = ["topic", "brand"] if table["brand"].nunique() > 1 else ["topic"]
    return table[[*left, "claim", "verdict", "reading"]].reset_index(drop=True)


def headline(brand: str) -> dict[str, Any]:
    """What a page says first of a brand: `brand`, and `age`, `income`, `geography`, `gender` and
    `campaign` as the claims have them (text by language)."""
    content = facts(brand)
    return {"brand": content["brand"], **{t: content["targets"][t] or NOT_SAID for t in TOPICS}}


def targets(brand: str | Sequence[str]) -> pd.DataFrame:
    """Whom each brand targets as its claims have it, with the verdicts on them: what a page begins with.

    Returns
    -------
    DataFrame indexed by `topic`, a column per brand: text by language, with the symbol and number of each verdict.

    Examples
    --------
    >>> print(targets(["coca-cola", "pepsi"]).loc["Gender", "Pepsi"]["en"])
    Both, men somewhat more (◐ 1 · ? 1 · ○ 1)
    """
    told = claims(brand)
    made = {}
    for key in _listed(brand):
        content = facts(key)
        own = told[told["brand"] == content["brand"]].groupby(["topic", "verdict"]).size()
        made[content["brand"]] = {
            label: _with_verdicts(content["targets"][topic] or NOT_SAID, own.get(label, default=pd.Series(dtype=int)))
            for topic, label in TOPICS.items()}
    table = pd.DataFrame(made).rename_axis("topic")
    return table.rename_axis("brand", axis="columns")


def _with_verdicts(words: dict[str, str], counts: pd.Series) -> dict[str, str]:
    """A text with the symbols of the verdicts on it; they stand first in `VERDICTS`, and are the same in all
    languages."""
    held = [verdict for verdict in VERDICTS.values() if verdict in counts]
    symbols = " · ".join(f"{verdict[0]}\N{NO-BREAK SPACE}{counts[verdict]}" for verdict in held)
    return {code: f"{text} ({symbols})" if symbols else text for code, text in words.items()}


def verdicts(brand: str | Sequence[str]) -> pd.DataFrame:
    """Number of claims by `verdict`, a column per brand, with a last row of all.

    Examples
    --------
    >>> verdicts("pepsi")["Pepsi"].to_list()
    [3, 4, 2, 3, 2, 14]
    """
    counted = claims(brand).groupby(["verdict", "brand"]).size().unstack(fill_value=0)
    table = counted.reindex(list(VERDICTS.values()), fill_value=0)[[name(b) for b in _listed(brand)]]
    table.loc[N_("all claims")] = table.sum()
    return table


def evidence(brand: str | Sequence[str]) -> pd.DataFrame:
    """What bears on each claim, a row per claim and document or series of figures.

    Returns
    -------
    DataFrame indexed by claim id: `claim`, `shows` (supports, contradicts, leaves open), `says`, `source` (texts by
    language), `link` ("" for none), `as_of_date`, `retrieved_date`, `confidence`, `source_note`, `in_conflict`.

    Examples
    --------
    >>> found = evidence("pepsi").loc[["pepsi-geography-thailand"]]
    >>> found["shows"].to_list(), found["link"].iloc[1][:36]
    (['contradicts', 'contradicts', 'leaves open'], 'https://thailandjourney.bangkokpost.')
    """
    rows = []
    for key in _listed(brand):
        content = facts(key)
        held = {e["id"]: e for e in (*content["figures"], *content["documents"])}
        rows += [{"claim_id": c["id"], "claim": c["claim"], "shows": SHOWS[shows], "says": _said(together),
                  **_of(together[0]), "in_conflict": bool(c["evidence"]["supports"] and c["evidence"]["contradicts"])}
                 for c in content["claims"] for shows in SHOWS
                 for together in _by_series([held[e] for e in c["evidence"][shows]])]
    columns = ["claim_id", "claim", "shows", "says", *_of({}), "in_conflict"]
    table = pd.DataFrame(rows, columns=columns).set_index("claim_id")
    table.attrs["left_out"] = NO_EVIDENCE
    return table


def _by_series(found: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Figures of one series together, each document alone."""
    made: dict[str, list[dict[str, Any]]] = {}
    for e in found:
        made.setdefault(e.get("series", e["id"]), []).append(e)
    return list(made.values())


def _said(together: list[dict[str, Any]]) -> dict[str, str]:
    if "says" in together[0]:
        return together[0]["says"]
    told = [(f["label"], published(f["value"], UNITS[f["unit"]])) for f in together]
    return {code: f"{'; '.join(f'{label[code]}: {value[code]}' for label, value in told)} "
                  f"({together[0]['title'][code]})" for code in LANGUAGES}


def together(texts: Sequence[dict[str, str]]) -> dict[str, str]:
    """Several texts as one, in each language.

    Examples
    --------
    >>> together([{"en": "One.", "vi": "Một."}, {"en": "Two.", "vi": "Hai."}])
    {'en': '“One.” “Two.”', 'vi': '“Một.” “Hai.”'}
    """
    return {code: " ".join(f"“{text[code]}”" for text in texts) for code in LANGUAGES}


def conflicts(brand: str | Sequence[str]) -> pd.DataFrame:
    """The rows of `evidence` that support or contradict a claim on which sources conflict."""
    table = evidence(brand)
    table = table[table["in_conflict"].astype(bool) & (table["shows"] != SHOWS["unclear"])]
    table.attrs["left_out"] = NO_CONFLICT
    return table


def _of(e: dict[str, Any]) -> dict[str, Any]:
    """What every piece of evidence has."""
    day = {key: "" if e.get(key) is None else str(e[key]) for key in ("date", "retrieved")}
    return {"source": e.get("source", ""), "link": e.get("link", ""), "as_of_date": day["date"],
            "retrieved_date": day["retrieved"], "confidence": CONFIDENCE.get(e.get("confidence", ""), ""),
            "source_note": e.get("note") or ""}


def figures(brand: str | Sequence[str]) -> pd.DataFrame:
    """The published figures of a brand's case, or of several; one that several have stands once.

    Returns
    -------
    DataFrame indexed by figure id: `series`, `label` and `title` (text by language), `value`, `unit`, `source` (text by
    language), `link`, `as_of_date`, `retrieved_date`, `confidence`, `source_note`.
    """
    rows = {f["id"]: {"series": f["series"], "title": f["title"], "label": f["label"], "value": float(f["value"]),
                      "unit": UNITS[f["unit"]], **_of(f)} for key in _listed(brand) for f in facts(key)["figures"]}
    columns = ["series", "title", "label", "value", "unit", *_of({})]
    table = pd.DataFrame(list(rows.values()), columns=columns, index=pd.Index(list(rows), name="figure_id"))
    table.attrs["left_out"] = NO_EVIDENCE
    return table


def documents(brand: str | Sequence[str]) -> pd.DataFrame:
    """The documents of a case: `title`, `source`, `link`, `as_of_date`, `retrieved_date`, `confidence`,
    `source_note`; one that several have stands once."""
    rows = {d["id"]: {"title": d["title"], **_of(d)} for key in _listed(brand) for d in facts(key)["documents"]}
    index = pd.Index(list(rows), name="document_id")
    table = pd.DataFrame(list(rows.values()), columns=["title", *_of({})], index=index)
    table.attrs["left_out"] = NO_EVIDENCE
    return table


def origins(brand: str | Sequence[str]) -> pd.DataFrame:
    """Where figures and documents come from, a row per series and document: `title`, `source`, `link`, `as_of_date`,
    `retrieved_date`, `confidence`, `source_note`."""
    numbers = figures(brand).groupby("series", sort=False).first().drop(columns=["label", "value", "unit"])
    table = pd.concat([numbers, documents(brand)])
    table.attrs["left_out"] = NO_EVIDENCE
    return table


def series(brand: str | Sequence[str], named: str) -> pd.DataFrame:
    """The figures of one series, largest first: figures that belong in one chart.

    Raises
    ------
    DataError
        When the brand has no such series.
    """
    table = figures(brand)
    check_columns([named], table["series"].unique(), f"the series of {', '.join(_listed(brand))}")
    return table[table["series"] == named].sort_values("value", ascending=False, kind="stable")


class Chart(NamedTuple):
    """A series to draw: its figures, largest first, their unit and what they are of (text by language)."""

    figures: pd.DataFrame
    unit: str
    title: dict[str, str] | str


def chart(brand: str | Sequence[str], place: int) -> Chart:
    """One of the series with at least three figures, by its place in the files from 0; without figures where there is
    none."""
    table = figures(brand)
    sizes = table.groupby("series", sort=False).size()
    charted = sizes[sizes >= LEAST_CHARTED].index.tolist()
    if place >= len(charted):
        return Chart(table.iloc[:0], "", N_("Published figures"))
    found = series(brand, charted[place])
    return Chart(found, found["unit"].iloc[0], found["title"].iloc[0])


def published(value: float, unit: str) -> dict[str, str]:
    """A figure with its unit, in each language.

    Examples
    --------
    >>> published(8.34, "%")
    {'en': '8.34%', 'vi': '8,34%'}
    """
    return {code: with_unit(value, unit, code) for code in LANGUAGES}


def _listed(brand: str | Sequence[str]) -> list[str]:
    return [brand] if isinstance(brand, str) else list(brand)
