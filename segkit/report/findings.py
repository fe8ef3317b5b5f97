"""Display objects of a report: findings, checks, tables, figures, texts and data sources.

Each is a message id with its values, or data, under a MIME type of its own. The page gathers them and
writes them in each language; in JupyterLab they show themselves in English.
"""

from __future__ import annotations

import datetime as dt
import math
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segkit.report import MIME, judgement, people
from segkit.words import formats, labels, language, terms
from segkit.words.errors import Fault, SegkitError, check_option
from segkit.words.language import N_

MAX_ROWS = 30
SHOWN = {"language": "en", "currency": ""}
"""How displays show themselves where no page is made of them; see `segkit.report.lab`."""


class Display:
    """Something a notebook shows and a page collects. `payload` is plain data."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self.payload = dict(payload)

    def __repr__(self) -> str:
        from segkit.report import render

        return render.plain(self.payload, SHOWN["language"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from segkit.report import render

        html = render.html(self.payload, SHOWN["language"], SHOWN["currency"])
        return {MIME: self.payload, "text/html": str(html), "text/plain": repr(self)}


def finding(sentence: str, plural: str = "", said: Any = None, **values: Any) -> Display:
    """A key finding: one sentence with its numbers. The page shows all findings first.

    Parameters
    ----------
    sentence : name of a sentence in ``notebooks/sentences.yaml``, which also says what checks the finding rests on; or
        an English sentence, the message id of its translation, with named values and their units:
        ``"{share:percent} of revenue"``.
    plural : the sentence for other numbers than 1, where its first count is one thing or many.
    said : where a function chose the words: what it gave, with `sentence` and `values`, or these two.
    values : the values, one for each name. Where one is missing there is no finding, and the page says so.

    Raises
    ------
    SegkitError
        When a name has no value or a value cannot be written in its unit.

    Examples
    --------
    >>> finding("{share:percent} of customers bring half the revenue.", share=0.08)
    8% of customers bring half the revenue.
    >>> finding("explained_share", explained=0.8)
    The segments explain 80% of the differences between customers in these variables.
    """
    rule = judgement.sentence(sentence) if judgement.is_name(sentence) else judgement.Sentence(
        text=sentence, plural=plural)
    words, sentence_values = chosen_words(rule.text, said, values)
    if words is None:
        return text(N_("No finding here, for want of data."))
    rests_on = {"rests_on": list(rule.rests_on)} if rule.rests_on else {}
    place = {} if rule.place is None else {"place": rule.place}
    exhibit = {"shown_in": rule.shown_in} if rule.shown_in else {}
    return Display({"kind": "finding", **filled(words, sentence_values, rule.plural), **rests_on, **place, **exhibit,
                    **derived(rule, sentence_values)})


def derived(rule: judgement.Sentence, values: Mapping[str, Any]) -> dict[str, Any]:
    """How numbers of a sentence are derived, as the payload holds it; nothing where no rule is needed."""
    rules = {name: how for name, how in rule.derived.items() if name in values}
    return {"derived": rules} if rules else {}


def chosen_words(text: str, said: Any, values: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]]:
    """A sentence and its values, of those that a function chose where there are any; no sentence where one is
    missing."""
    words, sentence_values = (text, values) if said is None else (
        said.sentence, said.values) if hasattr(said, "sentence") else said
    return None if any(_plain(v) is None for v in sentence_values.values()) else words, sentence_values


def text(sentence: str, plural: str = "", **values: Any) -> Display:
    """A sentence of the story that holds computed values.

    Where all its values are missing the sentence says nothing, and the page says that instead; where some are, they
    are written as a dash.

    Parameters
    ----------
    sentence : name of a sentence in ``notebooks/sentences.yaml``; or an English sentence, the message id of its
        translation, with named values and their units.
    plural : the sentence for other numbers than 1, where its first count is one thing or many. That of a named sentence
        stands in the file.
    values : the values, one for each name; numbers, words, days, or a text by language.

    Raises
    ------
    SegkitError
        When there is no sentence of the name, one of its names has no value, or a value cannot be written in its unit.

    Examples
    --------
    >>> text("They have not bought for {days:count} days.", days=float("nan"))
    Nothing to tell here, for want of data.
    """
    if values and all(_plain(v) is None for v in values.values()):
        return Display({"kind": "text", **filled(N_("Nothing to tell here, for want of data."), {})})
    if judgement.is_name(sentence):
        rule = judgement.sentence(sentence)
        sentence, plural = rule.text, rule.plural
    return Display({"kind": "text", **filled(sentence, values, plural)})


def check(sentence: str, value: float, unit: str = "number", at_least: float | None = None,
          at_most: float | None = None, review: float | None = None, advice: str = "",
          source: str = "") -> Display:
    """A check of the health card: PASS, REVIEW or FAIL with its number, its threshold and advice.

    Parameters
    ----------
    sentence : name of a check in ``notebooks/checks.yaml``, which holds all the rest; or what is checked (message id).
    value : the number. Without one nothing is checked, and the page says so.
    unit : how it is written, see `segkit.words.formats.FORMATS`.
    at_least, at_most : the threshold to PASS; exactly one of them.
    review : a weaker threshold; between it and the first the check says REVIEW, beyond it FAIL. Without
        it, whatever does not pass is a REVIEW.
    advice : what to do when it does not pass (message id).
    source : where the threshold comes from, a publication or the reason why segkit sets it (message id).

    Examples
    --------
    >>> check("smallest_segment_share", 0.03).payload["status"]
    'REVIEW'
    >>> check("The smallest segment is large enough", 0.01, "percent", at_least=0.05, review=0.02).payload["status"]
    'FAIL'
    """
    name = sentence if judgement.is_name(sentence) else ""
    if name:
        rule = judgement.check(name)
    else:
        if (at_least is None) == (at_most is None):
            raise SegkitError([Fault("`check`", "needs either `at_least` or `at_most`", "give one of the two")])
        check_option("unit", unit, formats.FORMATS)
        rule = judgement.Check(sentence=sentence, unit=unit, at_least=at_least, at_most=at_most, review=review,
                               advice=advice, source=source)
    number = float("nan") if value is None else float(value)
    if math.isnan(number):
        return text(N_("Not checked, for want of data: {what:message}"), what=rule.sentence)
    return Display({"kind": "check", "name": name, "status": rule.status(number), **filled(rule.sentence, {}),
                    "value": _plain(number), "unit": rule.unit, "threshold": rule.threshold, "review": rule.review,
                    "direction": rule.direction, "advice": rule.advice, "source": rule.source, "hits": rule.hits})


def _worded(text: str) -> str:
    """A sentence, or that of a name."""
    return judgement.sentence(text).text if judgement.is_name(text) else text


def when(applies: Any, display: Display) -> Display | None:
    """A display where something applies, nothing where it does not: what another method would show.

    A Markdown cell tagged `with-next` stands on a page only where the next code cell shows something.

    Parameters
    ----------
    applies : anything that is true or false by itself, such as a condition, a number of rows or a list; a table is
        not: take its length.
    display : what is shown; it is made in either case, so it must stand what does not apply.

    Examples
    --------
    >>> when(False, text("Nobody sees this.")) is None
    True
    """
    return display if applies else None


def table(caption: str, frame: pd.DataFrame, columns: Sequence[str] | None = None, max_rows: int = MAX_ROWS,
          units: Mapping[str, str] | None = None, anchors: str = "", **values: Any) -> Display:
    """A table with its caption; the index comes first unless it is a plain range.

    Parameters
    ----------
    caption : name of a sentence or message id, with named values as in `finding`.
    frame : the table. Columns of the glossary get their label and unit; others keep their name, and so do all where
        the columns are values of something, whose name is ``frame.columns.name``.
    columns : the columns to show, in order; all by default.
    max_rows : rows shown; the caption says how many there are in all.
    units : column → unit, where the glossary does not say or says otherwise; "@other" takes each row's unit
        from the column `other`.
    anchors : what its rows are called as places on the page, "" for nothing: "persona" gives persona-1, persona-2, …
    values : values of the caption.
    """
    caption = _worded(caption)
    if frame.empty and frame.attrs.get("left_out"):
        return _left_out(caption, values, frame.attrs["left_out"])
    selected = frame if columns is None else frame[list(columns)]
    plain_range = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    flat = selected if plain_range else selected.reset_index()
    names = [str(c) for c in flat.columns]
    default = [_default_unit(flat.iloc[:, i]) for i in range(len(names))]
    default = ["value" if unit == "text" and labels.has(n) else unit for n, unit in zip(names, default, strict=True)]
    units = {name: (units or {}).get(name, _unit_of_words(terms.unit(name, default[i]), flat.iloc[:, i]))
             for i, name in enumerate(names)}
    for name in units.values():
        check_option("units", name.removeprefix("@") if name[1:] in frame else name,
                     frame.columns if name.startswith("@") else formats.FORMATS)
    rows = [[_own(_plain(v)) if units[name] in formats.OWN else _plain(v) for name, v in zip(names, row, strict=True)]
            for row in flat.head(max_rows).itertuples(index=False, name=None)]
    for i, name in enumerate(names):
        if units[name].startswith("@"):
            for row, unit in zip(rows, frame[units[name][1:]], strict=False):
                row[i] = {"value": row[i], "unit": unit}
    is_small = people.small(frame).to_numpy()
    kind = "segment" if selected.columns.name is None else terms.unit(str(selected.columns.name), "value")
    n_index = len(names) - selected.shape[1]
    values_from = n_index if selected.columns.name is not None and kind in formats.OWN else len(names)
    heads = [_own(name) if i >= values_from or name not in terms.TERMS or (i >= n_index and labels.has(name)) else ""
             for i, name in enumerate(names)]
    return Display({"kind": "table", **filled(caption, values), "columns": names, "units": units, "rows": rows,
                    "n_rows": len(flat), "n_index": 0 if plain_range else frame.index.nlevels,
                    **({"heads": heads, "heads_unit": kind} if any(heads) else {}),
                    **({"anchors": anchors} if anchors else {}),
                    **({"small": is_small[:max_rows].tolist()} if is_small.any() else {})})


def figure(caption: str, plot: Callable[..., Any], *tables: Any, alt: str = "",
           values: Mapping[str, Any] | None = None, **arguments: Any) -> Display:
    """A figure with its caption, drawn once per language from the same finished tables.

    Parameters
    ----------
    caption : name of a sentence or message id, with named values as in `finding`.
    plot : a function of `segkit.plots`, or one of seaborn, pandas or matplotlib (`segkit.plots.foreign`), which gets
        Axes of its own.
    tables, arguments : what the function takes.
    alt : what the picture shows (message id), where the function leaves no text of its own; needed for a function
        that is not segkit's.
    values : values of the caption and of `alt`.

    Raises
    ------
    SegkitError
        When a function that is not segkit's fails, draws nothing or has no `alt`.

    Examples
    --------
    >>> from segkit.plots import customers
    >>> curve = pd.DataFrame({"customer_share": [0, 0.2, 1], "revenue_share": [0, 0.6, 1.0]})
    >>> figure("Revenue is concentrated", customers.concentration, curve).payload["alt"]["en"]
    'A curve above the diagonal of equal customers: the best 20% of customers bring 60% of revenue.'
    """
    caption, alt = _worded(caption), _worded(alt)
    if empty := [t for t in tables if isinstance(t, pd.DataFrame) and t.empty]:
        reason = empty[0].attrs.get("left_out", N_("Not shown, for want of data: {caption:message}"))
        return _left_out(caption, values, reason)
    svgs, alts = _drawn(caption, plot, tables, alt, values, arguments)
    private, page_tables = dict[str, Any](), list(tables)
    small_groups = [people.small(t) if isinstance(t, pd.DataFrame) else pd.Series(dtype=bool) for t in tables]
    if any(f.any() for f in small_groups):  # drawn once more for a page, without groups of a few people
        page_tables = [t[~f] if f.any() else t for t, f in zip(tables, small_groups, strict=True)]
        try:
            private = dict(zip(("svg", "alt"), _drawn(caption, plot, page_tables, alt, values, arguments), strict=True))
        except Exception:  # a figure that needs all of its groups is not shown
            private = {"svg": {}, "alt": {}}
    from segkit.plots import by_hand

    groups = people.named(page_tables)
    return Display({"kind": "figure", **filled(caption, values or {}), "svg": svgs, "alt": alts,
                    "reading": getattr(plot, "how_to_read", ""), "lines": by_hand.lines(plot),
                    **({"private": private} if private else {}),
                    **({"groups": groups} if groups else {})})


def _drawn(caption: str, plot: Callable[..., Any], tables: Sequence[Any], alt: str, values: Mapping[str, Any] | None,
           arguments: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """A figure, with a narrow one for phones where there can be one, and what it shows in words, by language."""
    from segkit.plots import foreign, theme
    from segkit.plots.canvas import narrow

    svgs, alts = {}, {}
    draw_panel = getattr(plot, "panel", None)
    for code in language.LANGUAGES:
        if draw_panel:
            with language.use(code):
                panel = draw_panel(*tables, **arguments)
                svgs[code], description = panel.figure.svg(), theme.alt_text(panel)
                if for_phone := narrow.svg(panel.figure, svgs[code]):
                    svgs[narrow.key(code)] = for_phone
        else:
            svgs[code], description = foreign.svg(plot, tables, arguments, code)
        alts[code] = description or (formats.fill(alt, values or {}, code) if alt else "")
        if not alts[code] and not draw_panel:
            raise SegkitError([Fault(f"the figure {caption!r}", "has no words for those who cannot see it",
                                     "say in `alt` what the picture shows")])
        alts[code] = alts[code] or formats.fill(caption, values or {}, code)
    return svgs, alts


def _left_out(caption: str, values: Mapping[str, Any] | None, reason: str) -> Display:
    """A sentence in place of a table or figure; an empty one says why in ``attrs["left_out"]`` (message id)."""
    return text(reason, caption={code: formats.fill(caption, values or {}, code) for code in language.LANGUAGES})


def source(data: Any, n_rows: int | None = None, set_aside: Mapping[str, int] | None = None,
           notes: Sequence[Any] = ()) -> Display:
    """Where the data come from: source, licence, what they are, checksum, and what became of each row.

    Parameters
    ----------
    data : the source the notebook opened: a bundled name or a path.
    n_rows : rows used; all by default.
    set_aside : reason (message id) → rows not used.
    notes : what else to know of the rows, each with a `text` (message id) and its `values`.

    Raises
    ------
    SegkitError
        When rows used and set aside are not all rows of bundled data, whose number is known.
    """
    from segkit.data import open as sources
    from segkit.data import samples
    from segkit.data.readers import place

    entry = samples.describe(str(data))
    file = sources.locate(data)
    name = place.public(data)
    counts = {reason: int(n) for reason, n in (set_aside or {}).items() if n}
    used = n_rows if n_rows is not None else (entry or {}).get("rows")
    total = None if used is None else used + sum(counts.values())
    if entry and entry.get("rows") is not None and total != entry["rows"]:
        raise SegkitError([Fault(str(data), f"has {entry['rows']:,} rows, but {total:,} are accounted for",
                                 "say under `set_aside` why the others were not used")])
    payload = {"kind": "source", "name": name if entry or not file else file.name,
               "n_rows": total, "n_used": used, "set_aside": counts,
               "notes": [filled(note.text, note.values) for note in notes],
               "sha256": samples.sha256(file) if file else "", "title": "", "note": "", "licence": "", "origin": ""}
    if entry:
        payload |= {"title": entry["title"], "note": entry.get("note", ""),
                    "licence": ", ".join(x.get("title") or x.get("name", "") for x in entry.get("licenses", [])),
                    "origin": "; ".join(x.get("title", "") for x in entry.get("sources", []))}
    return Display(payload)


def filled(text: str, values: Mapping[str, Any], plural: str = "") -> dict[str, Any]:
    """A sentence (message id) with its values as plain data, tried in every language."""
    own_names = {name for _, name, unit, _ in string.Formatter().parse(text) if unit in formats.OWN}
    plain = {name: _own(_plain(v)) if name in own_names else _plain(v) for name, v in values.items()}
    try:
        for code in language.LANGUAGES:
            formats.fill(text, plain, code, plural=plural)
    except (KeyError, ValueError, TypeError) as error:
        raise SegkitError([Fault(f"the sentence {text!r}", f"cannot be filled: {error}",
                                 f"units are: {', '.join(formats.FORMATS)}")]) from None
    return {"text": text, "values": plain, **({"plural": plural} if plural else {})}


def _own(value: Any) -> Any:
    """A user's word with its labels, which the page has no other way to know."""
    return labels.by_language(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; missing values are None."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, bool | np.bool_):
        return "yes" if value else ""
    if isinstance(value, dt.date | dt.datetime | pd.Timestamp):
        return None if value is pd.NaT else value.isoformat()[:10]
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, int | float | str):
        return value
    return str(value)


def _unit_of_words(unit: str, column: pd.Series) -> str:
    """The unit of a column; where it is one of numbers and the column holds words alone, that of words of the data, and
    where it is text and the column holds numbers, that of numbers."""
    if unit == "text" and column.dtype.kind in "iuf":
        return "number"
    numeric = unit not in (*formats.OWN, "message", "text", "link", "date")
    words = [v for v in column if isinstance(v, str)] if numeric and column.dtype.kind not in "iufbM" else []
    return "segment" if words and len(words) == column.notna().sum() else unit


def _default_unit(column: pd.Series) -> str:
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    if pd.api.types.is_bool_dtype(column):
        return "message"
    return "number" if pd.api.types.is_numeric_dtype(column) else "text"
