"""A finished page: one HTML file per study and language, with nothing loaded from anywhere.

The executed notebook is read cell by cell. Prose is translated by its blocks and rendered as Markdown
without raw HTML; segkit's display objects are written in the page's language; any other output shows as
plain text or as its PNG.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

import segkit
from segkit.report import MIME, render
from segkit.report.study import Study
from segkit.words import formats
from segkit.words.catalogue import blocks
from segkit.words.formats import _
from segkit.words.language import LANGUAGE_NAMES, N_

TEMPLATE = Path(__file__).parent / "template"
PACKAGES = ("segkit", "pandas", "numpy", "scipy", "scikit-learn", "statsmodels", "matplotlib", "ibis-framework",
            "duckdb", "papermill")


@dataclass(frozen=True)
class Provenance:
    """What a page says of its making."""

    commit: str
    versions: Mapping[str, str]
    files: tuple[tuple[str, str], ...] = ()
    """Files the page was made from, each with its SHA-256."""


def versions() -> dict[str, str]:
    """Versions of the packages that compute."""
    from importlib.metadata import version

    return {name: segkit.__version__ if name == "segkit" else version(name) for name in PACKAGES}


def file_name(study: str, code: str) -> str:
    """Name of a study's page."""
    return f"{study}.{code}.html"


def payloads(notebook: Any) -> list[dict[str, Any]]:
    """All display objects of an executed notebook, in order."""
    return [output["data"][MIME] for cell in notebook["cells"] if cell["cell_type"] == "code"
            for output in cell.get("outputs", []) if MIME in output.get("data", {})]


def write(study: Study, notebook: Any, code: str, made: Provenance) -> str:
    """The page of a study in one language, as HTML text.

    Parameters
    ----------
    study : the study.
    notebook : its executed notebook.
    code : language of the page.
    made : what the page says of its making.
    """
    currency = str(study.values.get("currency") or "")
    shown = payloads(notebook)
    page = {
        "lang": code, "title": study.title[code], "summary": study.summary.get(code, ""), "study": study,
        "findings": [(i, render.sentence(p, code, currency)) for i, p in
                     enumerate((p for p in shown if p["kind"] == "finding"), 1)],
        "checks": [render.html(p, code, currency) for p in shown if p["kind"] == "check"],
        "sources": [p for p in shown if p["kind"] == "source"],
        "currency": currency, "made": made,
        "others": [(other, LANGUAGE_NAMES[other], file_name(study.name, other)) for other in study.languages
                   if other != code],
    }
    story = _Story(code, currency)
    body = Markup("\n").join(story.cells(notebook))
    return _environment().get_template("page.html").render(
        page | {"body": body, "headings": story.headings, "_": lambda text, **v: _(text, code, **v),
                "value": lambda v: _parameter(v), "safe": render.safe} | _shared())


class _Story:
    """The cells of a notebook as HTML, numbering headings, figures and tables on the way."""

    def __init__(self, code: str, currency: str) -> None:
        self.code, self.currency = code, currency
        self.headings: list[tuple[str, str]] = []
        self.count = {"figure": 0, "table": 0, "finding": 0}

    def cells(self, notebook: Any) -> Iterator[Markup]:
        for cell in notebook["cells"]:
            tags = cell["metadata"].get("tags", [])
            if cell["cell_type"] == "markdown":
                yield self.prose(cell["source"])
            elif cell["cell_type"] == "code" and not {"parameters", "injected-parameters"} & set(tags):
                yield self.code_cell(cell)

    def prose(self, source: str) -> Markup:
        parts = [b for b in blocks(source) if not b.startswith("# ")]
        text = "\n\n".join(_(b, self.code) for b in parts)
        return Markup(_markdown().render(text, {"headings": self.headings}))

    def code_cell(self, cell: Any) -> Markup:
        source = cell["source"].strip()
        if not source:
            return Markup("")
        folded = Markup('<details class="code"><summary>{}</summary><pre><code>{}</code></pre></details>').format(
            _(N_("Code"), self.code), source)
        return Markup("\n").join([*(self.output(o) for o in cell.get("outputs", [])), folded])

    def output(self, output: Any) -> Markup:
        if output["output_type"] == "stream":
            return Markup('<pre class="output">{}</pre>').format(render.safe(output["text"]))
        data = output.get("data", {})
        if MIME in data:
            payload = data[MIME]
            number = None
            if payload["kind"] == "source":
                payload = {**payload, "note": ""}  # stands at the top of the page
            if payload["kind"] in self.count:
                self.count[payload["kind"]] += 1
                number = self.count[payload["kind"]]
            return render.html(payload, self.code, self.currency, number)
        if "image/png" in data:
            raw = base64.b64encode(base64.b64decode(data["image/png"])).decode()
            return Markup('<figure class="figure"><img alt="{}" src="data:image/png;base64,{}"></figure>').format(
                _(N_("A picture made by the notebook; it has no description."), self.code), raw)
        if "text/plain" in data:
            return Markup('<pre class="output">{}</pre>').format(render.safe(data["text/plain"]))
        return Markup("")


@functools.cache
def _markdown() -> Any:
    """Markdown without raw HTML and images; headings get ids and are collected."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")

    def heading_open(renderer: Any, tokens: Any, i: int, options: Any, env: Any) -> str:
        if tokens[i].tag == "h2":
            env["headings"].append((f"s{len(env['headings']) + 1}", tokens[i + 1].content))
            return f'<h2 id="s{len(env["headings"])}">'
        return f"<{tokens[i].tag}>"

    parser.add_render_rule("heading_open", heading_open)
    return parser


def _parameter(value: Any) -> str:
    import yaml

    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000).strip()
    return text.removesuffix("\n...").strip() if isinstance(value, dict | list) else "" if value is None else str(value)


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


def write_index(entries: list[Mapping[str, Any]], code: str, codes: list[str]) -> str:
    """The index page in one language.

    Parameters
    ----------
    entries : a mapping per study: `name`, `title`, `findings`, `checks` by language, `languages`, `notebook`.
    code : language of the page.
    codes : languages the index exists in.
    """
    rows = []
    for entry in entries:
        shown = code if code in entry["languages"] else entry["languages"][0]
        rows.append({**entry, "lang": shown, "title": entry["title"][shown], "findings": entry["findings"][shown],
                     "href": file_name(entry["name"], shown),
                     "others": [(c, LANGUAGE_NAMES[c], file_name(entry["name"], c)) for c in entry["languages"]
                                if c != shown]})
    others = [(c, LANGUAGE_NAMES[c], index_name(c)) for c in codes if c != code]
    return _environment().get_template("index.html").render(
        lang=code, entries=rows, others=others, _=lambda text, **v: _(text, code, **v), escape=escape,
        **_shared())


def index_name(code: str) -> str:
    """Name of the index page in a language; English is the one a reader opens first."""
    return "index.html" if code == "en" else f"index.{code}.html"


def findings(notebook: Any, code: str, currency: str) -> list[str]:
    """The findings of an executed notebook as sentences."""
    return [formats.fill(p["text"], p["values"], code, currency) for p in payloads(notebook) if p["kind"] == "finding"]


def statuses(notebook: Any) -> list[str]:
    """The status of each check of an executed notebook."""
    return [p["status"] for p in payloads(notebook) if p["kind"] == "check"]
