"""The cells of an executed notebook as HTML, in one language.

Prose is translated by its blocks and rendered as Markdown without raw HTML; segkit's display objects are
written in the page's language; any other output shows as plain text or as its PNG. Cells tagged `learn`,
`exercise` and `answer` are for those who want them.
"""

from __future__ import annotations

import base64
import functools
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from segkit.report import MIME, glossary, mathematics, render
from segkit.report.crossref import Crossreferences
from segkit.words.catalogue import blocks
from segkit.words.formats import _
from segkit.words.language import N_

HIDDEN = {"parameters", "injected-parameters"}
_ONE_AT_A_TIME = threading.Lock()
"""mdurl, which writes the addresses of links, fills its table while another thread may read from it."""
LEFT_OUT = {"student": set(), "marketer": {"learn", "exercise", "answer"}, "researcher": {"exercise", "answer"}}
"""Tagged cells that are not for a kind of reader."""
FOLDED = "fold"
"""Tag of a code cell whose tables and figures stand folded under the caption of the first."""


def payloads(notebook: Any) -> list[dict[str, Any]]:
    """All display objects of an executed notebook, in order."""
    return [output["data"][MIME] for cell in notebook["cells"] if cell["cell_type"] == "code"
            for output in cell.get("outputs", []) if MIME in output.get("data", {})]


def evidence(shown: Sequence[Mapping[str, Any]],
             references: Crossreferences | None = None) -> list[tuple[str, int] | None]:
    """For each finding the table or figure it rests on: the one it names (`shown_in`), else the table in which most of
    its numbers stand, else the last one before it, else the first after it.

    Examples
    --------
    >>> evidence([{"kind": "finding"}, {"kind": "table"}, {"kind": "figure"}, {"kind": "finding"}])
    [('table', 1), ('figure', 1)]
    """
    count = {"table": 0, "figure": 0}
    exhibits: list[tuple[str, int] | None] = []
    last: tuple[str, int] | None = None
    by_caption: dict[str, tuple[str, int]] = {}
    for i, payload in enumerate(shown):
        kind = payload["kind"]
        if kind in count:
            count[kind] += 1
            by_caption[payload.get("text", "")] = (kind, count[kind])
            if last is None:
                exhibits = [own or (kind, count[kind]) for own in exhibits]
            last = (kind, count[kind])
        elif kind == "finding":
            own = Counter(p.table for p in references.of[i].values() if p.table) if references else None
            named = by_caption.get(payload.get("shown_in", ""))
            exhibits.append(named or (("table", own.most_common(1)[0][0]) if own else last))
    return exhibits


class Chapter(NamedTuple):
    """A chapter of a page: its heading, "" for what stands before the first one, its body, and whether it says what to
    do."""

    heading: Markup
    body: Markup
    is_action: bool


def chapters(cells: Iterable[Markup]) -> list[Chapter]:
    """The cells of a page by chapter, each of which begins with a heading of the second level.

    Examples
    --------
    >>> told = chapters([Markup('<p>a</p><h2 id="s1">One</h2><p>b</p>'), Markup("<p>c</p>")])
    >>> [(str(c.heading), str(c.body)) for c in told]
    [('', '<p>a</p>'), ('<h2 id="s1">One</h2>', '<p>b</p>\\n<p>c</p>')]
    """
    parts = re.split(r"(<h2 id=.*?</h2>)", "\n".join(cells), flags=re.DOTALL)
    told = [("", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
    return [Chapter(Markup(heading), Markup(body), 'class="table actions"' in body) for heading, body in told
            if heading or body.strip()]


class Story:
    """Writes the cells of a notebook, numbering headings, figures and tables on the way.

    Parameters
    ----------
    code : language.
    currency : ISO code for money, "" for bare numbers.
    audience : who reads: "student", "marketer" or "researcher".
    rests_on : the evidence of each finding, see `evidence`.
    references : where each number of a display stands.
    first : caption of the figure that stands at the top of the page; a link takes its place in the story.

    Attributes
    ----------
    headings : (id, text) of each section, once the cells are written.
    links : for each finding its (anchor, label) on the page.
    marked : names of the concepts that the prose used.
    shown_first : the figure of the top of the page, "" without one.
    """

    def __init__(self, code: str, currency: str, audience: str, rests_on: Sequence[tuple[str, int] | None],
                 references: Crossreferences | None = None, first: str = "") -> None:
        references = references or Crossreferences()
        self.places, self.linked = iter(references.of), references.cells
        self.first, self.shown_first = first, Markup("")
        self.code, self.currency, self.audience = code, currency, audience
        self.headings: list[tuple[str, str]] = []
        self.marked: set[str] = set()
        self.links = [self._link(place, n) for n, place in enumerate(rests_on, 1)]
        self.count = {"figure": 0, "table": 0, "finding": 0}

    def _link(self, place: tuple[str, int] | None, n: int) -> tuple[str, str]:
        if place is None:
            return f"finding-{n}", ""
        kind, number = place
        return f"{kind}-{number}", _(N_("Table {n:count}") if kind == "table" else N_("Figure {n:count}"), self.code,
                                     n=number)

    def cells(self, notebook: Any) -> Iterator[Markup]:
        """Each cell that this reader sees, as HTML."""
        for cell in notebook["cells"]:
            tags = set(cell["metadata"].get("tags", []))
            if tags & LEFT_OUT[self.audience]:
                continue
            if cell["cell_type"] == "markdown":
                folded = next((tag for tag in ("learn", "exercise", "answer") if tag in tags), "")
                yield self.box(cell["source"], folded) if folded else self.prose(cell["source"])
            elif cell["cell_type"] == "code" and not HIDDEN & tags:
                yield self.code_cell(cell)

    def prose(self, source: str) -> Markup:
        """A Markdown cell; the notebook's own title is left to the study's."""
        parts = [b for b in blocks(source) if not b.startswith("# ")]
        text = "\n\n".join(_(b, self.code) for b in parts)
        marks = glossary.Marks(self.code, self.marked)
        with _ONE_AT_A_TIME:
            return Markup(_markdown().render(text, {"headings": self.headings, "marks": marks}))

    def box(self, source: str, kind: str) -> Markup:
        """A box to learn from: its first line is its title; an answer is folded away."""
        title, *rest = blocks(source)
        if not title.startswith("#"):
            title, rest = N_("Answer"), [title, *rest]
        body = self.prose("\n\n".join(rest))
        heading = _(title, self.code).lstrip("# ")
        if kind == "exercise":
            return Markup('<section class="box exercise"><h3>{}</h3>{}</section>').format(heading, body)
        return Markup('<details class="box {}"><summary>{}</summary>{}</details>').format(kind, heading, body)

    def code_cell(self, cell: Any) -> Markup:
        """A code cell: its outputs, and its code folded."""
        source = cell["source"].strip()
        if not source:
            return Markup("")
        folded = Markup('<details class="code"><summary>{}</summary><pre><code>{}</code></pre></details>').format(
            _(N_("Code"), self.code), source)
        outputs = [self.output(o) for o in cell.get("outputs", [])]
        if FOLDED in cell["metadata"].get("tags", []) and any(outputs):
            displays = [o["data"][MIME] for o in cell["outputs"] if MIME in o.get("data", {})]
            first = displays[0] if displays else {"text": N_("More numbers"), "values": {}}
            outputs = [Markup('<details class="box more"><summary>{}</summary>{}</details>').format(
                render.sentence(first, self.code, self.currency), Markup("\n").join(outputs))]
        return Markup("\n").join([*outputs, folded])

    def output(self, output: Any) -> Markup:
        """One output of a cell; warnings of programs are for whoever runs the notebook, not for a reader."""
        if output["output_type"] == "stream":
            if output.get("name") == "stderr":
                return Markup("")
            return Markup('<pre class="output">{}</pre>').format(render.safe(output["text"]))
        data = output.get("data", {})
        if MIME in data:
            return self._display(data[MIME])
        if "image/png" in data:
            raw = base64.b64encode(base64.b64decode(data["image/png"])).decode()
            return Markup('<figure class="figure"><img alt="{}" src="data:image/png;base64,{}"></figure>').format(
                _(N_("A picture made by the notebook; it has no description."), self.code), raw)
        if "text/plain" in data:
            return Markup('<pre class="output">{}</pre>').format(render.safe(data["text/plain"]))
        return Markup("")

    def _display(self, payload: Mapping[str, Any]) -> Markup:
        kind, number = payload["kind"], None
        places = next(self.places, {})
        if kind in ("cards", "decision"):
            return Markup("")  # stand at the top of the page
        if kind == "source":
            payload = {**payload, "note": ""}  # stands at the top of the page
        if self.audience == "researcher":
            payload = {**payload, "reading": ""}
        if kind in self.count:
            self.count[kind] += 1
            number = self.count[kind]
        cells = self.linked.get(number or 0, ()) if kind == "table" else ()
        markup = render.html(payload, self.code, self.currency, number, places, cells)
        if kind == "figure" and self.first and payload["text"] == self.first and not self.shown_first:
            self.shown_first = markup
            return Markup('<p><a class="see" href="#figure-{}">{}</a> {}</p>').format(
                number, _(N_("Figure {n:count}, at the top of the page:"), self.code, n=number),
                render.sentence(payload, self.code, self.currency))
        if kind == "finding" and number and self.links[number - 1][1]:
            anchor, label = self.links[number - 1]
            see = Markup(' <a class="see" href="#{}">{}</a></p>').format(anchor, label)
            markup = Markup(markup.removesuffix("</p>") + see)
        return markup


@functools.cache
def _markdown() -> Any:
    """Markdown without raw HTML and images; headings get ids and are collected, concepts are marked."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.use(dollarmath_plugin, allow_digits=False, allow_space=False, double_inline=False, renderer=_mathematics)

    def heading_open(renderer: Any, tokens: Any, i: int, options: Any, env: Any) -> str:
        env["marks"].off += 1
        if tokens[i].tag == "h2":
            env["headings"].append((f"s{len(env['headings']) + 1}", tokens[i + 1].content))
            return f'<h2 id="s{len(env["headings"])}">'
        return f"<{tokens[i].tag}>"

    def heading_close(renderer: Any, tokens: Any, i: int, options: Any, env: Any) -> str:
        env["marks"].off -= 1
        return f"</{tokens[i].tag}>\n"

    def link_open(renderer: Any, tokens: Any, i: int, options: Any, env: Any) -> str:
        env["marks"].off += 1
        return renderer.renderToken(tokens, i, options, env)

    def link_close(renderer: Any, tokens: Any, i: int, options: Any, env: Any) -> str:
        env["marks"].off -= 1
        return "</a>"

    def text(renderer: Any, tokens: Any, i: int, options: Any, env: Any) -> str:
        return str(env["marks"].marked(tokens[i].content))

    for name, rule in (("heading_open", heading_open), ("heading_close", heading_close), ("link_open", link_open),
                       ("link_close", link_close), ("text", text)):
        parser.add_render_rule(name, rule)
    return parser


def _mathematics(latex: str, settings: Mapping[str, Any]) -> str:
    """A formula of the prose."""
    return mathematics.mathml(latex, settings["display_mode"])
