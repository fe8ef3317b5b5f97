"""Brand cases: what a source claims, beside the published figures that bear on it (S15, S16).

The facts of each brand are typed data in ``data/brands/<brand>.yaml``. A claim without a figure says
so; figures carry their source, date and a confidence.
"""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd

from segkit.data import samples
from segkit.positioning import brandfile
from segkit.words.errors import DataError, Fault, check_columns, did_you_mean
from segkit.words.formats import with_unit
from segkit.words.language import LANGUAGES, N_

TOPICS = {"age": N_("Age"), "income": N_("Income"), "geography": N_("Geography"), "gender": N_("Gender"),
          "campaign": N_("Campaign")}
VERDICTS = {
    "supported": N_("supported by figures"), "partly": N_("partly supported"),
    "cannot_tell": N_("figures exist, but cannot tell"), "contradicted": N_("contradicted"),
    "no_data": N_("claim, no data"),
}
UNITS = {"percent": N_("%"), "usd_million": N_("million USD"), "people_million": N_("million people"),
         "usd": N_("USD"), "count": ""}
CONFIDENCE = {"high": N_("high confidence"), "medium": N_("medium confidence"), "low": N_("low confidence")}


def names() -> list[str]:
    """Brands with a case."""
    return sorted(p.stem for p in (samples.DATA / "brands").glob("*.yaml"))


@functools.cache
def facts(brand: str) -> dict[str, Any]:
    """The typed facts of a brand, as in its YAML file.

    Raises
    ------
    DataError
        When there is no such brand, or its file is at fault: then with all its faults.
    """
    if brand not in names():
        raise DataError([Fault(f"brand {brand!r}", "has no case", did_you_mean(brand, names()))])
    return brandfile.read(samples.DATA / "brands" / f"{brand}.yaml")


def claims(brand: str) -> pd.DataFrame:
    """The claims about a brand, each with the figures that bear on it.

    Returns
    -------
    DataFrame indexed by claim id: `topic`, `fact_id`, `claim` (text by language), `n_figures`, `verdict`
    (a claim without figures has "claim, no data"), `reading` (text by language).

    Examples
    --------
    >>> claims("pepsi")["verdict"].value_counts().idxmax()
    'claim, no data'
    """
    rows = [{"claim_id": c["id"], "topic": TOPICS[c["topic"]], "fact_id": c["fact"], "claim": c["claim"],
             "n_figures": len(c["figures"]), "verdict": VERDICTS[c.get("verdict") or "no_data"],
             "reading": c.get("reading") or ""} for c in facts(brand)["claims"]]
    return pd.DataFrame(rows).set_index("claim_id")


def figures(brand: str) -> pd.DataFrame:
    """The published figures of a brand's case.

    Returns
    -------
    DataFrame indexed by figure id: `series`, `label` and `title` (text by language), `value`, `unit`,
    `as_of_date`, `source` (text by language), `confidence`, `source_note` (text by language).
    """
    rows = [{"figure_id": f["id"], "series": f["series"], "title": f["title"], "label": f["label"],
             "value": float(f["value"]), "unit": UNITS[f["unit"]], "as_of_date": str(f["date"]),
             "source": f["source"], "confidence": CONFIDENCE[f["confidence"]], "source_note": f.get("note") or ""}
            for f in facts(brand)["figures"]]
    return pd.DataFrame(rows).set_index("figure_id")


def series(brand: str, name: str) -> pd.DataFrame:
    """The figures of one series, largest first: figures that belong in one chart.

    Raises
    ------
    DataError
        When the brand has no such series.
    """
    table = figures(brand)
    check_columns([name], table["series"].unique(), f"the series of {brand}")
    return table[table["series"] == name].sort_values("value", ascending=False, kind="stable")


def origins(brand: str) -> pd.DataFrame:
    """Where the figures come from, a row per series: `title`, `n_figures`, `as_of_date`, `source`, `confidence`,
    `source_note`."""
    grouped = figures(brand).groupby("series", sort=False)
    table = grouped[["title", "as_of_date", "source", "confidence", "source_note"]].first()
    table.insert(1, "n_figures", grouped.size())
    return table


def charted(brand: str) -> list[str]:
    """The brand's series with at least three figures, in the order of its file."""
    sizes = figures(brand).groupby("series", sort=False).size()
    return sizes[sizes >= brandfile.OF].index.tolist()


def published(value: float, unit: str) -> dict[str, str]:
    """A figure with its unit, in each language.

    Examples
    --------
    >>> published(8.34, "%")
    {'en': '8.34%', 'vi': '8,34%'}
    """
    return {code: with_unit(value, unit, code) for code in LANGUAGES}
