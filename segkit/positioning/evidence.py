"""The evidence of brand cases: published figures and documents, what each shows of a claim, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from segkit.positioning import cases
from segkit.words.errors import check_columns
from segkit.words.formats import with_unit
from segkit.words.language import LANGUAGES, N_, translate

SHOWS = {"supports": N_("supports"), "contradicts": N_("contradicts"), "unclear": N_("leaves open")}
UNITS = {"percent": N_("%"), "usd_million": N_("million USD"), "people_million": N_("million people"),
         "usd": N_("USD"), "count": ""}
CONFIDENCE = {"high": N_("high confidence"), "medium": N_("medium confidence"), "low": N_("low confidence")}
LEAST_CHARTED = 3
"""Figures that a series needs to be drawn."""
NO_CONFLICT = N_("No claim has sources that conflict.")
NO_EVIDENCE = N_("{caption:message}: none, as nothing of the kind was named.")


def bearing(brand: str | Sequence[str]) -> pd.DataFrame:
    """What bears on each claim, a row per claim and document or series of figures.

    Returns
    -------
    DataFrame indexed by claim id: `claim`, `shows` (supports, contradicts, leaves open), `says`, `source` and `cited`
    (texts by language; the last with date and confidence), `link` ("" for none), `as_of_date`, `retrieved_date`,
    `confidence`, `source_note`, `in_conflict`.

    Examples
    --------
    >>> found = bearing("pepsi").loc[["pepsi-geography-thailand"]]
    >>> found["shows"].to_list(), found["link"].iloc[1][:36]
    (['contradicts', 'contradicts', 'leaves open'], 'https://thailandjourney.bangkokpost.')
    """
    rows = []
    for key in cases.listed(brand):
        content = cases.facts(key)
        evidence_by_id = {e["id"]: e for e in (*content["figures"], *content["documents"])}
        rows += [{"claim_id": c["id"], "claim": c["claim"], "shows": SHOWS[shows], "says": _said(together),
                  **_of(together[0]), "in_conflict": bool(c["evidence"]["supports"] and c["evidence"]["contradicts"])}
                 for c in content["claims"] for shows in SHOWS
                 for together in _by_series([evidence_by_id[e] for e in c["evidence"][shows]])]
    columns = ["claim_id", "claim", "shows", "says", *_of({}), "in_conflict"]
    table = pd.DataFrame(rows, columns=columns).set_index("claim_id")
    table.attrs["left_out"] = NO_EVIDENCE
    return table


def _by_series(found: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Figures of one series together, each document alone."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for e in found:
        groups.setdefault(e.get("series", e["id"]), []).append(e)
    return list(groups.values())


def _said(together: list[dict[str, Any]]) -> dict[str, str]:
    if "says" in together[0]:
        return together[0]["says"]
    labelled = [(f["label"], published(f["value"], UNITS[f["unit"]])) for f in together]
    return {code: f"{'; '.join(f'{label[code]}: {value[code]}' for label, value in labelled)} "
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
    """The rows of `bearing` that support or contradict a claim on which sources conflict."""
    table = bearing(brand)
    table = table[table["in_conflict"].astype(bool) & (table["shows"] != SHOWS["unclear"])]
    table.attrs["left_out"] = NO_CONFLICT
    return table


def _of(e: dict[str, Any]) -> dict[str, Any]:
    """What every piece of evidence has."""
    day = {key: "" if e.get(key) is None else str(e[key]) for key in ("date", "retrieved")}
    confidence = CONFIDENCE.get(e.get("confidence", ""), "")
    cited = {code: "; ".join(filter(None, (e["source"][code], day["date"], translate(confidence, code))))
             for code in LANGUAGES} if e else ""
    return {"source": e.get("source", ""), "cited": cited, "link": e.get("link", ""), "as_of_date": day["date"],
            "retrieved_date": day["retrieved"], "confidence": confidence,
            "source_note": e.get("note") or ""}


def figures(brand: str | Sequence[str]) -> pd.DataFrame:
    """The published figures of a brand's case, or of several; one that several have stands once.

    Returns
    -------
    DataFrame indexed by figure id: `series`, `label` and `title` (text by language), `value`, `unit`, `source` and
    `cited` (text by language; the second with date and confidence), `link`, `as_of_date`, `retrieved_date`,
    `confidence`, `source_note`.
    """
    entries = [f for key in cases.listed(brand) for f in cases.facts(key)["figures"]]
    rows = {f["id"]: {"series": f["series"], "title": f["title"], "label": f["label"], "value": float(f["value"]),
                      "unit": UNITS[f["unit"]], **_of(f)} for f in entries}
    columns = ["series", "title", "label", "value", "unit", *_of({})]
    table = pd.DataFrame(list(rows.values()), columns=columns, index=pd.Index(list(rows), name="figure_id"))
    table.attrs["left_out"] = NO_EVIDENCE
    return table


def documents(brand: str | Sequence[str]) -> pd.DataFrame:
    """The documents of a case: `title`, `source`, `link`, `as_of_date`, `retrieved_date`, `confidence`,
    `source_note`; one that several have stands once."""
    entries = [d for key in cases.listed(brand) for d in cases.facts(key)["documents"]]
    rows = {d["id"]: {"title": d["title"], **_of(d)} for d in entries}
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
    check_columns([named], table["series"].unique(), f"the series of {', '.join(cases.listed(brand))}")
    return table[table["series"] == named].sort_values("value", ascending=False, kind="stable")


class Chart(NamedTuple):
    """A series to draw: its figures, largest first, their unit and what they are of (text by language)."""

    figures: pd.DataFrame
    unit: str
    title: dict[str, str] | str


def chart(brand: str | Sequence[str], place: int) -> Chart:
    """One of the series with at least three figures, by its place in the files from 0; without figures where there is
    none.

    Parameters
    ----------
    brand : a brand with a case (see `cases.path`), or several, whose figures of one series are counted and drawn
        together.
    place : 0 for the first such series, in the order in which the files name them.

    Returns
    -------
    Chart. Its `figures` are rows of the table that `figures` gives; ties stand in the order of the files.

    Raises
    ------
    DataError
        As `cases.facts`: there is no such brand, or its file is at fault.

    Examples
    --------
    >>> drawn = chart("coca-cola", 0)
    >>> drawn.figures["value"].is_monotonic_decreasing, len(drawn.figures) >= LEAST_CHARTED
    (True, True)
    >>> len(chart("coca-cola", 99).figures)
    0
    """
    table = figures(brand)
    sizes = table.groupby("series", sort=False).size()
    charted = sizes[sizes >= LEAST_CHARTED].index.tolist()
    if place >= len(charted):
        return Chart(table.iloc[:0], "", N_("Published figures"))
    series_table = series(brand, charted[place])
    return Chart(series_table, series_table["unit"].iloc[0], series_table["title"].iloc[0])


def published(value: float, unit: str) -> dict[str, str]:
    """A figure with its unit, in each language.

    Parameters
    ----------
    value : the number; at most two decimals are written.
    unit : a message id, as the column `unit` of `figures` and `Chart.unit` have it: "%", "million USD", …; "" for
        none.

    Returns
    -------
    dict, language → text.

    Examples
    --------
    >>> published(8.34, "%")
    {'en': '8.34%', 'vi': '8,34%'}
    """
    return {code: with_unit(value, unit, code) for code in LANGUAGES}
