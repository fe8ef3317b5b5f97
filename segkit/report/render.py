"""Display objects as HTML, in one language. Everything that comes from data is escaped."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup, escape

from segkit.plots.canvas import metrics, narrow
from segkit.report import crossref, glossary
from segkit.report.crossref import Place, columns
from segkit.words import formats, rounding, terms
from segkit.words.formats import _
from segkit.words.language import N_

_SIZE, _FONT = re.compile(r'<svg [^>]*\bwidth="([\d.]+)pt"'), re.compile(r'font-size(?:="|: )([\d.]+)')
_LETTERS = 12
"""Pixels of the smallest letters of a figure: where the screen is narrower than they need, it scrolls."""
NUMERIC = {"count", "number", "decimal", "percent", "given", "points", "money", "days", "index", "p_value", "share"}
STATUS_WORDS = {"PASS": N_("pass"), "REVIEW": N_("review"), "FAIL": N_("fail")}
HEAD = 7
"""Characters of the narrowest column; a head that needs more than two of these lines gets room of its own."""
WORD = 16
"""Characters of a name in a cell from which on it may be broken after its dots and underscores."""
LONG = 36
"""Characters of a cell from which on it gets room of its own, so that rows do not grow tall."""
_FIRST = re.compile(r"(.{25,}?[.])\s+(.+)", re.DOTALL)
"""A first sentence long enough to say something, and what follows it."""
_LONG_NAME = re.compile(rf"[^\s<>]{{{WORD},}}")
_JOINT = re.compile(r"(?<=[^\s._/])([._/]+)(?=[^\s._/])")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_BACKTICKS = re.compile(r"`([^`<>]{1,80})`")
"""A name of a parameter in a sentence; nothing that holds markup."""
_MARK = "\ue000"
"""A character for private use, beside a number that leads to its place."""
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}([^{_MARK}]*){_MARK}")


def plain(payload: Mapping[str, Any], code: str, currency: str = "") -> str:
    """A display object as one line of text."""
    if payload["kind"] == "source":
        return str(payload["title"] or payload["name"])
    text = said(payload, code, currency)
    return f"{payload['status']}: {text}" if payload["kind"] == "check" else text


def said(payload: Mapping[str, Any], code: str, currency: str = "", places: Mapping[str, Place] | None = None,
         around: Mapping[str, tuple[str, str]] | None = None) -> str:
    """A payload's sentence as text; its numbers are written as in the cells where they stand."""
    return formats.fill(payload["text"], payload["values"], code, currency, payload.get("plural", ""), around,
                        columns(payload, places or {}))


def sentence(payload: Mapping[str, Any], code: str, currency: str = "",
             places: Mapping[str, Place] | None = None) -> Markup:
    """A payload's sentence, safe for a page; a number with a place leads there, a name in backticks is code."""
    plainly = said(payload, code, currency, places)
    if not places or _MARK in plainly:
        return _with_code(safe(plainly))
    order = list(places)
    around = {name: (f"{_MARK}{n}{_MARK}", _MARK) for n, name in enumerate(order)}
    text = said(payload, code, currency, places, around)

    def link(found: re.Match[str]) -> str:
        place = places[order[int(found[1])]]
        kind = "cell term" if place.rule else "cell"  # a rule is told on hover, as the definition of a term is
        return str(Markup('<a class="{}" href="#{}">{}</a>').format(kind, place.anchor, Markup(found[2])))

    return _with_code(Markup(_MARKED.sub(link, str(safe(text)))))


def _with_code(text: Markup) -> Markup:
    """Safe text, its names in backticks as code."""
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(text)))


def safe(text: Any) -> Markup:
    """Text from data, escaped, without the controls that reverse the reading direction."""
    return escape(_BIDI.sub("", str(text)))


def foreign(text: str, code: str) -> Markup:
    """A text of the kit or of the data's own description, marked as English where it has no translation."""
    translated = _(text, code)
    if code == "en" or translated != text or not text:
        return safe(translated)
    return Markup('<span lang="en">{}</span>').format(safe(translated))


def folded(text: str, code: str) -> tuple[Markup, Markup]:
    """What comes first of a text of the data's description, and the rest of it, which a page folds."""
    markup = foreign(text, code)
    parts = _FIRST.match(_(text, code))
    if not parts or (isinstance(markup, Markup) and markup.startswith("<span")):
        return markup, Markup("")
    return safe(parts[1]), safe(parts[2])


def html(payload: Mapping[str, Any], code: str, currency: str = "", number: int | None = None,
         places: Mapping[str, Place] | None = None, cells: Collection[tuple[int, int]] = ()) -> Markup:
    """A display object as HTML.

    Parameters
    ----------
    payload : a display object's payload.
    code : language.
    currency : ISO code for money, "" for bare numbers.
    number : number of the figure or table, or the place of the finding, on its page.
    places : of the numbers of a finding, where each stands.
    cells : of a table, the cells that a number leads to.
    """
    if payload["kind"] == "finding":
        return _finding(payload, code, currency, number, places)
    if payload["kind"] == "table":
        return _table(payload, code, currency, number, cells)
    return _WRITERS[payload["kind"]](payload, code, currency, number)


def _finding(p: Mapping[str, Any], code: str, currency: str, number: int | None,
             places: Mapping[str, Place] | None) -> Markup:
    anchor = Markup(' id="finding-{}"').format(number) if number else Markup("")
    return Markup('<p class="finding"{}><strong>{}</strong> {}{}</p>').format(
        anchor, _(N_("Finding:"), code), sentence(p, code, currency, places), doubts(p, code))


def doubts(p: Mapping[str, Any], code: str) -> Markup:
    """The checks to be reviewed that a finding rests on, each with a link to it."""
    links = Markup(", ").join(Markup('<a href="#check-{}">{}</a>').format(d["name"], sentence(d, code))
                              for d in p.get("doubts", ()))
    if not links:
        return links
    return Markup(' <span class="doubts">{} {}</span>').format(_(N_("With care, see:"), code), links)


def _decision(p: Mapping[str, Any], code: str, currency: str, number: int | None) -> Markup:
    return Markup('<p class="recommendation"><strong>{}</strong> {}</p>').format(_question(p, code),
                                                                              sentence(p, code, currency))


def _question(p: Mapping[str, Any], code: str) -> str:
    question = p["question"]
    return _(question, code)


def decided(p: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], code: str, currency: str,
            places: Mapping[str, Place] | None = None) -> dict[str, Any]:
    """The parts of a page's decision: `question`, `recommendation`, `sure` (one sentence, by the checks), `unsure`
    (what is hit by those that do not pass) and `changes`; `places` are those of its numbers."""
    changes = p["changes"]
    first = sentence(p["changed_by"], code, currency) + " " if "changed_by" in p else Markup("")
    doubtful = [c for c in checks if c["status"] != "PASS"]
    sure = ""
    if checks:
        sure = _(N_("All {n:count} checks pass."), code, n=len(checks)) if not doubtful and len(checks) > 1 else _(
            N_("Checks passed: {passed:count} of {n:count}."), code, n=len(checks), passed=len(checks) - len(doubtful))
    rests_on = {**dict.fromkeys(p.get("partly_rests_on", ()), _PARTLY), **dict.fromkeys(p.get("rests_on", ()), _RESTS)}
    if doubtful and not any(c.get("name") in rests_on for c in doubtful):
        sure += " " + _(N_("The recommendation does not rest on the others, but look at:"), code)
    elif doubtful:
        sure += " " + _(N_("What is not sure:"), code)
    see = Markup(' <a class="see" href="#check-{}">{}</a>').format(p["see"], _(N_("Health card"), code)) if (
        p.get("see")) else Markup("")
    return {"question": safe(_question(p, code)), "recommendation": sentence(p, code, currency, places) + see,
            "sure": safe(sure), "unsure": _unsure(doubtful, rests_on, code), "changes": first + safe(_(changes, code))}


_RESTS = N_("The recommendation rests on it.")
_PARTLY = N_("A part of the recommendation rests on it.")


def _unsure(doubtful: Sequence[Mapping[str, Any]], rests_on: Mapping[str, str], code: str) -> list[Markup]:
    """A line for each part of the decision that checks leave unsure: first what the recommendation rests on."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for c in doubtful:
        parts.setdefault(c.get("hits") or c["advice"] or c["text"], []).append(c)
    ranked = sorted(parts.items(), key=lambda part: (not any(c.get("name") in rests_on for c in part[1]),
                                                     all(c["status"] != "FAIL" for c in part[1])))
    lines = []
    for hit, part_checks in ranked:
        status = "FAIL" if any(c["status"] == "FAIL" for c in part_checks) else "REVIEW"
        word = STATUS_WORDS[status]
        links = Markup("; ").join(Markup('<a href="#check-{}">{}</a>').format(c["name"], sentence(c, code)) if c.get(
            "name") else sentence(c, code) for c in part_checks)
        said = {rests_on[c["name"]] for c in part_checks if c.get("name") in rests_on}
        rests = Markup(" <strong>{}</strong>").format(_(_RESTS if _RESTS in said else _PARTLY, code)) if said else (
            Markup(""))
        lines.append(Markup('<span class="status {}">{}</span> {}{} <span class="doubts">{}</span>').format(
            status.lower(), _(word, code), _(hit, code), rests, links))
    return lines


def by_status(checks: Sequence[Mapping[str, Any]], code: str, currency: str) -> list[dict[str, Any]]:
    """The health card: a line per status, the worst first, with its checks."""
    lines = []
    for status, word in reversed(STATUS_WORDS.items()):
        numbered = [(n, c) for n, c in enumerate(checks, 1) if c["status"] == status]
        if numbered:
            sentences = Markup("; ").join(sentence(c, code, currency) for _n, c in numbered)
            lines.append({"status": status.lower(), "word": _(word, code), "n": len(numbered), "named": sentences,
                          "checks": [html(c, code, currency, n) for n, c in numbered]})
    return lines


def _text(p: Mapping[str, Any], code: str, currency: str, number: int | None) -> Markup:
    see = Markup(' <a class="see" href="#check-{}">{}</a>').format(p["see"], _(N_("Health card"), code)) if (
        p.get("see")) else Markup("")
    return Markup("<p>{}{}</p>").format(sentence(p, code, currency), see)


def _check(p: Mapping[str, Any], code: str, currency: str, number: int | None) -> Markup:
    mend, status = p["advice"], STATUS_WORDS[p["status"]]
    advice = Markup('<span class="advice">{}</span>').format(_(mend, code)) if (
        mend and p["status"] != "PASS") else Markup("")
    together = rounding.of(p["unit"], [p["value"], p["threshold"]], code, currency)
    none = p["unit"] == "count" and p["direction"] == "≤" and p["threshold"] == 0
    wanted = Markup("({})").format(_(N_("wanted: none"), code)) if none else Markup("({} {} {})").format(
        _(N_("wanted:"), code), p["direction"], formats.format_value(p["threshold"], p["unit"], code, currency,
                                                                            together))
    usual, where = p.get("usual"), p["source"]
    source = _(where, code)
    if usual:
        why = usual["why"] if isinstance(usual["why"], str) else usual["why"].get(code, usual["why"].get("en", ""))
        source = safe(_(N_("Set by this study; segkit asks for {direction:message} {threshold:message}."), code,
                        direction=p["direction"],
                        threshold=formats.format_value(usual["threshold"], p["unit"], code, currency))) + " " + (
            safe(why) if why else _(N_("No reason is given."), code))
    threshold = Markup('<details class="threshold"><summary>{}</summary>{}</details>').format(
        wanted, source) if source else Markup('<span class="threshold">{}</span>').format(wanted)
    measured = formats.format_value(p["value"], "share" if p["unit"] == "percent" else p["unit"], code, currency,
                                    together)
    anchor = Markup(' id="check-{}"').format(p["name"]) if number and p.get("name") else Markup("")
    return Markup('<div class="check {}"{}><span class="status">{}</span> <div>{}: <strong>{}</strong> {} {}</div>'
                  '</div>').format(p["status"].lower(), anchor, _(status, code), sentence(p, code, currency), measured,
                                   threshold, advice)


def _table(p: Mapping[str, Any], code: str, currency: str, number: int | None,
           cells: Collection[tuple[int, int]]) -> Markup:
    n_index = p["n_index"]
    rounded = [_rounded(p, i, code, currency) for i in range(len(p["columns"]))]
    caption = sentence(p, code, currency)
    prefix = Markup('<span class="number">{}</span> ').format(_(N_("Table {n:count}."), code, n=number)) if (
        number) else Markup("")
    n_more = p["n_rows"] - len(p["rows"])
    note = Markup(' <span class="more">{}</span>').format(
        _(N_("The first {shown:count} of {all:count} rows."), code, shown=len(p["rows"]), all=p["n_rows"])) if (
        n_more) else Markup("")
    if p.get("hidden"):
        note += Markup(' <span class="more">{}</span>').format(
            _(N_("Rows of groups of fewer than 10 people, not shown: {n:count}."), code, n=p["hidden"]))
    head = _heads(p, rounded, code, currency)
    body = Markup("").join(
        Markup("<tr{}>{}</tr>").format(_place(p, n), Markup("").join(
            _cell(value, p["units"][name], code, currency, i < n_index,
                  Place(number or 0, n, i + 1).anchor if (n, i + 1) in cells else "", rounded[i])
            for i, (name, value) in enumerate(zip(p["columns"], row, strict=True))))
        for n, row in enumerate(p["rows"], 1))
    if not p["rows"]:
        body = Markup('<tr><td colspan="{}">{}</td></tr>').format(len(p["columns"]), _(N_("Nothing to show."), code))
    anchor = Markup(' id="table-{}"').format(number) if number else Markup("")
    kind = "table actions" if "trial" in p["columns"] else "table"
    return Markup('<figure class="{}"{}><figcaption>{}<strong>{}</strong>{}</figcaption>'
                  '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table aria-label="{}">'
                  "<thead>{}</thead><tbody>{}</tbody></table></div></figure>"
                  ).format(kind, anchor, prefix, caption, note, caption, caption, head, body)


def _place(p: Mapping[str, Any], n: int) -> Markup:
    """The id of a row that a sentence leads to."""
    return Markup(' id="{}-{}"').format(p["anchors"], n) if p.get("anchors") else Markup("")


def _rounded(p: Mapping[str, Any], at: int, code: str, currency: str) -> dict[str, rounding.Rounding]:
    """The rounding of a column, one for each unit in it."""
    numbers: dict[str, list[float]] = {}
    for value, unit in crossref.cells(p, at):
        if isinstance(value, int | float):
            numbers.setdefault(unit, []).append(value)
    settled = {unit: rounding.of(unit, unit_values, code, currency) for unit, unit_values in numbers.items()}
    return {unit: r for unit, r in settled.items() if r}


@dataclass(frozen=True)
class _Head:
    """The head of a column: a term of the glossary, or a word of the user's own: a column, a group, a brand.

    `told` is how a download names the column, where that is not the label: a column of millions says so.
    """

    label: str
    money: str = ""
    told: str = ""
    is_number: bool = False
    term: str = ""
    is_own: bool = False

    @property
    def stem(self) -> str:
        """What comes before the last comma of a label of the kit's own: "Revenue" of "Revenue, low"."""
        return self.label if self.is_own else self.label.rpartition(", ")[0] or self.label

    def html(self, label: str = "", over: int = 0, tall: bool = False) -> Markup:
        """Its cell; `label` where that is a part of it, over as many columns as are given, or two rows tall."""
        shown = safe((label or self.label + self.money).replace(" %", "\u00a0%"))
        full = self.told or (self.label + self.money if label else "")
        kind = Markup(' data-value="{}"').format(full) if full and not over else Markup("")
        kind += Markup(' colspan="{}"').format(over) if over else Markup(' class="num"') if self.is_number else ""
        kind += Markup(' rowspan="2"') if tall else ""
        if not over and len(shown) > 2 * HEAD:
            kind += Markup(' style="min-width: {:.1f}em"').format(_room(str(label or self.label + self.money)))
        content = glossary.link(self.term, shown) if self.term else shown
        return Markup('<th scope="{}"{}>{}</th>').format("colgroup" if over else "col", kind, content)


def _heads(p: Mapping[str, Any], rounded: Sequence[Mapping[str, rounding.Rounding]], code: str,
           currency: str) -> Markup:
    """The heads of a table; neighbours that differ in what follows their comma alone share one above them."""
    own = p.get("heads", [""] * len(p["columns"]))
    heads = [_head(name, p["units"][name], code, currency, word, p.get("heads_unit", ""), among)
             for name, word, among in zip(p["columns"], own, rounded, strict=True)]
    groups = [list(group) for _key, group in itertools.groupby(heads, lambda h: (h.stem, h.money, h.is_own))]
    groups = [part for group in groups for part in ([group] if len({h.label for h in group}) == len(group) > 1
                                                    and not group[0].is_own else [[h] for h in group])]
    if all(len(group) == 1 for group in groups):
        return Markup("<tr>{}</tr>").format(Markup("").join(h.html() for h in heads))
    upper, lower = Markup(""), Markup("")
    for first, *others in groups:
        if not others:
            upper += first.html(tall=True)
            continue
        above = next((h for h in (first, *others) if h.label == first.stem), _Head(first.stem, first.money))
        upper += above.html(first.stem + first.money, over=1 + len(others))
        for h in (first, *others):
            is_above = h.label == h.stem
            lower += replace(h, term="" if is_above else h.term).html(
                _("value", code) if is_above else h.label.removeprefix(h.stem + ", "))
    return Markup("<tr>{}</tr><tr>{}</tr>").format(upper, lower)


def _head(name: str, unit: str, code: str, currency: str, own: Any, kind_of_own: str,
          rounded: Mapping[str, rounding.Rounding]) -> _Head:
    """The head of a column."""
    term = terms.TERMS[name] if not own else None
    label = term.label(code) if term else formats.format_value(own, kind_of_own, code)
    money = told = ""
    if unit == "money" and currency:
        word = rounded["money"].word if "money" in rounded else ""
        money = f" ({word} đồng)" if word else f" ({currency})"
        told = f"{label} ({currency})" if word else ""
    return _Head(str(label), money, told, unit in NUMERIC or unit.startswith("@"),
                 name if term and term.definition(code) else "", not term)


def _room(words: str) -> float:
    """Sizes of the font that a line is wide, so that a head takes three lines at most."""
    parts = words.split()
    room = max(metrics.width(part, 1, bold=True) for part in parts)
    while True:
        lines, line = 1, parts[0]
        for part in parts[1:]:
            longer = f"{line} {part}"
            lines, line = (lines, longer) if metrics.width(longer, 1, bold=True) <= room else (lines + 1, part)
        if lines <= 3:
            return room + 0.9
        room += 0.25


def _cell(value: Any, unit: str, code: str, currency: str, is_index: bool, anchor: str,
          rounded: Mapping[str, rounding.Rounding]) -> Markup:
    tag = Markup("th") if is_index else Markup("td")
    kind = Markup(' class="num"') if unit in NUMERIC or unit.startswith("@") else Markup("")
    scope = Markup(' scope="row"') if is_index else Markup("")
    if isinstance(value, Mapping) and "unit" in value:
        value, unit = value["value"], value["unit"]
        scope = Markup('{} data-unit="{}"').format(scope, unit)
    if isinstance(value, str) and unit in NUMERIC:
        unit = "segment"  # a value that is a word: translated where it names one of the kit's segments
    among = rounded.get(unit)
    unit = "share" if unit == "percent" else unit
    if value == "":
        return Markup("<{0}{1}{2}></{0}>").format(tag, scope, kind)
    if isinstance(value, int | float):  # what sorting and downloads use
        scope = Markup('{} data-value="{}"').format(scope, _exact(value))
    if anchor:
        scope = Markup('{} id="{}"').format(scope, anchor)
    content = _breakable(safe(formats.format_value(value, unit, code, "" if unit == "money" else currency, among)))
    if unit == "link" and str(value).startswith(("https://", "http://")):
        content = Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(
            safe(value), content)
    elif not is_index and len(content.replace("<wbr>", "")) > LONG:
        kind = Markup(' class="long"')
    return Markup("<{0}{1}{2}>{3}</{0}>").format(tag, scope, kind, content)


def _breakable(text: Markup) -> Markup:
    """A text whose long names, of files, tables and addresses, may go on in the next line after a joint."""
    return Markup(_LONG_NAME.sub(lambda found: _JOINT.sub(r"\1<wbr>", found[0]), str(text)))


def _exact(value: float) -> str:
    """A number to sort and download: 12 digits, which are the same on every processor."""
    return repr(value if isinstance(value, int) else float(f"{value:.12g}"))


def _figure(p: Mapping[str, Any], code: str, currency: str, number: int | None) -> Markup:
    caption = sentence(p, code, currency)
    prefix = Markup('<span class="number">{}</span> ').format(_(N_("Figure {n:count}."), code, n=number)) if (
        number) else Markup("")
    anchor = Markup(' id="figure-{}"').format(number) if number else Markup("")
    drawn = code if code in p["svg"] else "en"
    svg, slim = p["svg"].get(drawn, ""), p["svg"].get(narrow.key(drawn), "")
    image = _image(svg, p["alt"].get(code, ""), f"{code}{number or 0}-", "wide" if slim else "")
    image += _image(slim, p["alt"].get(code, ""), f"{code}{number or 0}n-", "slim") if slim else Markup("")
    help_text = p.get("reading", "")
    lines = Markup('<div class="by-hand"><p>{}</p><pre><code>{}</code></pre></div>').format(
        _(N_("To draw these data yourself in seaborn, with the tables that the notebook gave to the figure:"), code),
        p["lines"]) if p.get("lines") else Markup("")
    reading = Markup('<details class="reading"><summary>{}</summary><p>{}</p>{}</details>').format(
        _(N_("How to read this"), code), _(help_text, code), lines) if help_text else Markup("")
    return Markup('<figure class="figure"{}><div class="scroll" tabindex="0" role="group" aria-label="{}">{}</div>'
                  "<figcaption>{}{}</figcaption>{}</figure>").format(anchor, caption, image, prefix, caption, reading)


def _image(svg: str, alt: str, prefix: str, kind: str) -> Markup:
    """A picture with what it shows in words; of a wide and a slim one a page shows that for the width of the screen."""
    named = Markup(' class="{}"').format(kind) if kind else Markup("")
    start = Markup('<svg{} style="--least:{}px" role="img" aria-label="{}" ').format(named, _narrowest(svg), safe(alt))
    return picture(svg, prefix).replace("<svg ", start, 1)


def _narrowest(svg: str) -> int:
    """Pixels that a picture is wide at least: so many that its smallest letters have `_LETTERS`."""
    size = _SIZE.match(svg)
    letters = [float(points) for points in _FONT.findall(svg)]
    return round(float(size[1]) * _LETTERS / min(letters)) if size and letters else 0


def picture(svg: str, prefix: str) -> Markup:
    """A picture of our own drawing, the ids inside it made unique on the page."""
    return Markup(re.sub(r'(\sid="|url\(#|href="#)', rf"\1{prefix}", svg))


def _source(p: Mapping[str, Any], code: str, currency: str, number: int | None) -> Markup:
    rows = [(N_("Data"), foreign(p["title"], code) or safe(p["name"])), (N_("Name"), safe(p["name"])),
            (N_("Source"), foreign(p["origin"], code)), (N_("Licence"), foreign(p["licence"], code)),
            (N_("What they are"), foreign(p["note"], code)), (N_("Rows"), accounting(p, code)),
            *[(N_("To know"), sentence(note, code, currency)) for note in p.get("notes", ())]]
    lines = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(_(term, code), definition)
                            for term, definition in rows if definition)
    return Markup('<dl class="source">{}</dl>').format(lines)


def accounting(p: Mapping[str, Any], code: str) -> Markup:
    """What became of every row: used, or set aside for a reason."""
    if p["n_rows"] is None:
        return Markup("")
    reasons = [(_(reason, code), n) for reason, n in p["set_aside"].items()] or [(_(N_("set aside"), code), 0)]
    return safe(_(N_("{all:count} = {used:count} used"), code, all=p["n_rows"], used=p["n_used"]) + "".join(
        f" + {formats.format_value(n, 'count', code)} {reason}" for reason, n in reasons))


def _cards(p: Mapping[str, Any], code: str, currency: str, number: int | None) -> Markup:
    """A card for each segment: its name or number, size, what sets it apart, who they are, how sure."""
    sections = []
    for card in p["cards"]:
        name = safe(formats.format_value(card["segment"], "segment", code))
        title = name if isinstance(card["segment"], Mapping | str) and not str(name).isdecimal() else safe(
            _(N_("Segment {segment}"), code, segment=name))
        proposed = Markup('<p class="meta">{}</p>').format(sentence(card["proposed"], code, currency)) if (
            "proposed" in card) else Markup("")
        traits = Markup("").join(Markup("<li>{}</li>").format(sentence(t, code, currency)) for t in card["traits"])
        lines, more = (Markup("").join(Markup("<p>{}</p>").format(sentence(s, code, currency)) for s in card[part])
                       for part in ("lines", "more"))
        apart = Markup("<p>{}</p><ul>{}</ul>").format(_(N_("What sets it apart:"), code), traits) if traits else Markup(
            "<p>{}</p>").format(_(N_("Nothing sets it clearly apart from all the others."), code))
        sections.append(Markup('<section class="card"><h3>{}</h3>{}{}{}{}</section>').format(
            title, proposed, lines, apart, more))
    if p.get("hidden"):
        sections.append(Markup("<p>{}</p>").format(
            _(N_("Rows of groups of fewer than 10 people, not shown: {n:count}."), code, n=p["hidden"])))
    return Markup('<div class="deck">{}</div>').format(Markup("").join(sections))


def _persona(p: Mapping[str, Any], code: str, currency: str, number: int | None) -> Markup:
    """The card of a persona: measured sentences with links to their rows, editorial ones labelled, what is unknown."""
    def link(n: int) -> Markup:
        return Markup(' <a class="see" href="#persona-{}">{}</a>').format(n, _(N_("row {n:count}"), code, n=n))

    mark = Markup(' <span class="editorial">{}</span>').format(_(N_("editorial"), code))
    title = safe(p["name"][code]) + mark if p["name"] else safe(formats.format_value(p["segment"], "segment", code))
    groups, written = Markup(""), Markup("")
    for group in p["groups"]:
        lines = Markup("").join(Markup("<li>{}{}</li>").format(safe(line["text"][code]), link(line["row"]))
                                for line in group["lines"])
        kind = group["title"]
        said_of_all = _(kind, code)
        groups += Markup("<h4>{}</h4><ul>{}</ul>").format(said_of_all[:1].upper() + said_of_all[1:], lines)
    for entry in p["editorial"]:
        name, rests = entry["field"], entry["rests"]
        field, links = _(name, code), map(link, p["rests_on"] if rests else ())
        written += Markup("<p><strong>{}:</strong> {}{}{}</p>").format(field, safe(entry["text"][code]), mark,
                                                                       Markup("").join(links))
    if "doubt" in p:
        written += Markup("<p><strong>{}</strong></p>").format(sentence(p["doubt"], code))
    unknown = Markup("").join(Markup("<li>{}</li>").format(sentence(u, code)) for u in p["unknown"])
    unknown = Markup("<h4>{}</h4><ul>{}</ul>").format(_(N_("Unknown"), code), unknown) if unknown else unknown
    return Markup('<section class="card persona"><h3>{}</h3><p>{}</p><p>{}</p>{}{}{}</section>').format(
        title, sentence(p, code, currency), sentence(p["typical"], code, currency), groups, written, unknown)


_WRITERS = {"persona": _persona, "cards": _cards, "decision": _decision, "text": _text, "check": _check,
            "figure": _figure, "source": _source}
