"""A finished page: one HTML file per study and language, with nothing loaded from anywhere."""

from __future__ import annotations

import base64
import functools
import hashlib
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from segkit.data.readers import place
from segkit.report import build_state, citation, crossref, exports, glossary, goal, render, story
from segkit.report.story import payloads
from segkit.report.study import Study
from segkit.words.errors import without_secrets
from segkit.words.formats import _
from segkit.words.language import LANGUAGE_NAMES, N_

PATH = ((N_("Who are the customers?"), ("01",)), (N_("Which segments are there?"), ("02", "07", "09")),
        (N_("Whom to serve?"), ("03", "08")), (N_("Who else competes for them?"), ("04", "10", "11", "12")),
        (N_("Who stays, who drifts away?"), ("06",)), (N_("What do others claim?"), ("05",)))
"""The questions of the practice in their order, each with the notebooks that answer it."""
TEMPLATE = Path(__file__).parent / "template"
BEFORE_FOLD = 6
"""Findings that stand open at the top of a page; the others are folded below them."""


@dataclass(frozen=True)
class Provenance:
    """What a page says of its making."""

    commit: str
    versions: Mapping[str, str]
    files: tuple[tuple[str, str], ...] = ()
    """Files the page was made from, each with its SHA-256; "" for one that changed meanwhile."""


def file_name(study: str, code: str) -> str:
    """Name of a study's page."""
    return f"{study}.{code}.html"


def address(study: str, code: str) -> str:
    """The address of a study's page from another page of the folder."""
    return quote(file_name(study, code))


def write(study: Study, notebook: Any, code: str, made: Provenance, files: Sequence[str] = ()) -> str:
    """The page of a study in one language, as HTML text.

    Parameters
    ----------
    study : the study.
    notebook : its executed notebook.
    code : language of the page.
    made : what the page says of its making.
    files : names of what the study exports, in the folder beside the page.
    """
    currency = str(study.values.get("currency") or "")
    displays = payloads(notebook)
    first = next((p["figure"] for p in displays if p["kind"] == "decision"), "")
    references = crossref.find(displays, study.values)
    places = dict(zip(map(id, displays), references.of, strict=True))
    page_story = story.Story(code, currency, study.audience, story.evidence(displays, references), references, first)
    cells = list(page_story.cells(notebook))
    evidence = story.chapters(cells) if study.audience == "marketer" else []
    body = Markup("") if evidence else Markup("\n").join(cells)
    sentences = [render.sentence(p, code, currency, places[id(p)]) + render.doubts(p, code) for p in displays
                 if p["kind"] == "finding"]
    checks = [p for p in displays if p["kind"] == "check"]
    cited = (study.title[code], made.versions["segkit"], made.commit,
             [p for p in displays if p["kind"] == "source"], code)
    page = {
        "lang": code, "title": study.title[code], "summary": study.summary.get(code, ""), "study": study,
        "findings": [(sentences[i], page_story.links[i]) for i in _in_order(displays)], "before_fold": BEFORE_FOLD,
        "referred": references.parameters, "rules": references.rules,
        "checks": render.by_status(checks, code, currency),
        "goal": goal.asked(study.goal, checks, code),
        "goal_checks": [(c["name"], render.sentence(c, code, currency)) for c in checks
                        if study.goal and c.get("name") in study.goal.judged_by],
        "decision": next((render.decided(p, checks, code, currency, places[id(p)]) for p in displays
                          if p["kind"] == "decision"), None),
        "sources": [p for p in displays if p["kind"] == "source"],
        "glossary": glossary.entries(displays, page_story.marked, code),
        "currency": currency, "made": made, "command": f"make report S={shlex.quote(study.name)}",
        "citation": citation.sentence(*cited), "bibtex": citation.bibtex(study.name, *cited),
        "exports": [(name, f"{quote(build_state.folder(study.name))}/{quote(name)}", exports.told(name))
                    for name in files],
        "cards": [render.html(p, code, currency) for p in displays if p["kind"] == "cards"],
        "others": [(other_code, LANGUAGE_NAMES[other_code], address(study.name, other_code))
                   for other_code in study.languages if other_code != code],
    }
    return _environment().get_template("page.html").render(
        page | {"body": body, "evidence": evidence, "first_figure": page_story.shown_first,
                "headings": page_story.headings, "_": lambda text, **v: _(text, code, **v),
                "value": lambda v: _parameter(v), "safe": render.safe, "foreign": render.foreign,
                "accounting": render.accounting, "folded": render.folded} | _shared())


def _in_order(shown: Sequence[Mapping[str, Any]]) -> list[int]:
    """Findings by their place, those without one after them, as the notebook has them."""
    places = [p.get("place", len(shown)) for p in shown if p["kind"] == "finding"]
    return sorted(range(len(places)), key=places.__getitem__)


def _parameter(value: Any) -> str:
    """A parameter's value as a study file writes it; a dash for nothing. It tells of no user, password or folder."""
    import yaml

    if value is None or value in ("", [], {}):
        return "–"
    value = _public(value)
    if not isinstance(value, dict | list):
        return str(value)
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000).strip()
    return text.removesuffix("\n...").strip()


def _public(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _public(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_public(v) for v in value]
    return without_secrets(place.public(value)) if isinstance(value, str) else value


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)


@functools.cache
def _shared() -> dict[str, Any]:
    """Style, script, and the policy that forbids everything else."""
    style = (TEMPLATE / "page.css").read_text(encoding="utf-8")
    script = (TEMPLATE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:; "
              "base-uri 'none'; form-action 'none'")
    return {"style": Markup(style), "script": Markup(script), "policy": policy}


def write_index(entries: Sequence[Mapping[str, Any]], code: str, codes: list[str]) -> str:
    """The index page in one language.

    Parameters
    ----------
    entries : a mapping per study: `name`, `title` and `findings` by language, `languages`, `notebook`, `statuses`,
        and where there is one `picture` (an SVG by language) and `failed` (the last build did).
    code : language of the page.
    codes : languages the index exists in.
    """
    rows = []
    for n, entry in enumerate(entries, 1):
        shown_code = code if code in entry["languages"] else entry["languages"][0]
        rows.append({**entry, "lang": shown_code, "title": entry["title"][shown_code],
                     "findings": entry["findings"][shown_code],
                     "decision": entry.get("decision", {}).get(shown_code, ""),
                     "href": address(entry["name"], shown_code), "failed": entry.get("failed", False),
                     "picture": render.picture(entry.get("picture", {}).get(shown_code, ""), f"e{n}-"),
                     "others": [(c, LANGUAGE_NAMES[c], address(entry["name"], c)) for c in entry["languages"]
                                if c != shown_code]})
    rows.sort(key=lambda row: (row["notebook"], row["title"]))
    path = [(question, [row for row in rows if row["notebook"][:2] in numbers]) for question, numbers in PATH]
    path = [(question, part) for question, part in path if part]
    known_numbers = {number for _question, numbers in PATH for number in numbers}
    if other_rows := [row for row in rows if row["notebook"][:2] not in known_numbers]:
        path.append((N_("Other questions"), other_rows))
    others = [(c, LANGUAGE_NAMES[c], index_name(c)) for c in codes if c != code]
    return _environment().get_template("index.html").render(
        lang=code, entries=rows, path=path, others=others, _=lambda text, **v: _(text, code, **v), escape=escape,
        **_shared())


def index_name(code: str) -> str:
    """Name of the index page in a language; English is the one a reader opens first."""
    return "index.html" if code == "en" else f"index.{code}.html"


def thumbnails(notebook: Any) -> dict[str, str]:
    """The figure of a notebook's decision, or its first one, by language; {} when it has none."""
    displays = payloads(notebook)
    first = next((p["figure"] for p in displays if p["kind"] == "decision"), "")
    figures = [p for p in displays if p["kind"] == "figure"]
    pictures: dict[str, str] = next((p["svg"] for p in [*(p for p in figures if p["text"] == first), *figures]), {})
    return {code: svg for code, svg in pictures.items() if code in LANGUAGE_NAMES}


def findings(notebook: Any, code: str, currency: str) -> list[str]:
    """The findings of an executed notebook as sentences, in the order and with the numbers of its page."""
    sentences = list(_told(notebook, "finding", code, currency))
    return [sentences[i] for i in _in_order(payloads(notebook))]


def recommendation(notebook: Any, code: str, currency: str) -> str:
    """What the decision of an executed notebook recommends, "" without one."""
    return next(_told(notebook, "decision", code, currency), "")


def _told(notebook: Any, kind: str, code: str, currency: str) -> Iterator[str]:
    displays = payloads(notebook)
    for p, places in zip(displays, crossref.find(displays).of, strict=True):
        if p["kind"] == kind:
            yield render.said(p, code, currency, places)


def statuses(notebook: Any) -> list[str]:
    """The status of each check of an executed notebook."""
    return [p["status"] for p in payloads(notebook) if p["kind"] == "check"]
