"""Collect every sentence a reader can see, and keep the gettext catalogues in step with them.

``python -m segkit.words.catalogue`` (or ``make catalogue``) adds new sentences to each ``.po`` file,
untranslated, and drops those that are gone. Translations are never changed.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from segkit.words import yamltext
from segkit.words.language import CATALOGUES, LANGUAGES, SEGMENT

PACKAGE = Path(__file__).resolve().parent.parent
PROJECT = PACKAGE.parent
KEYWORDS = {"N_": None, "_": None}
SEGMENTS = {"S_": None}
_METHODS = [("**/template/*.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
_CALLS = {"finding", "text", "table", "figure", "check", "actions"}
_PASSING_HEADERS = tuple(f'"{name}' for name in (
    "Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date", "Last-Translator",
    "Language-Team", "Generated-By"))
_ARGUMENTS = {"check": ("advice", "source"), "figure": ("alt",)}


def blocks(source: str) -> list[str]:
    """The blocks of a Markdown cell, which are its message ids: parts between blank lines.

    Examples
    --------
    >>> blocks("## Title\\n\\nA sentence.\\nGoes on.")
    ['## Title', 'A sentence.\\nGoes on.']
    """
    return [b.strip("\n") for b in re.split(r"\n\s*\n", source) if b.strip()]


Message = str | tuple[str, str]
"""A sentence, or its singular and its plural."""


def messages() -> dict[tuple[Message, str | None], list[str]]:
    """Every message id and its context with the places it comes from."""
    places: dict[tuple[Message, str | None], list[str]] = {}
    for keywords, context in ((KEYWORDS, None), (SEGMENTS, SEGMENT)):
        for file, _, message, *_ in extract_from_dir(PACKAGE, _METHODS, keywords=keywords):
            places.setdefault((str(message), context), []).append(f"segkit/{file}")
    for source in (_notebooks(), _judgement(), _data_package()):
        for message, place in source:
            places.setdefault((message, None), []).append(place)
    for message, context, place in _rule_specs():
        places.setdefault((message, context), []).append(place)
    places.pop(("", None), None)
    places.pop(("", SEGMENT), None)
    return dict(sorted(places.items(), key=lambda item: (
        item[0][0] if isinstance(item[0][0], str) else item[0][0][0], item[0][1] or "")))


def _notebooks() -> Iterator[tuple[Message, str]]:
    for path in sorted((PROJECT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                yield from ((b, f"notebooks/{path.name}") for b in blocks(text) if not b.startswith("# "))
            elif "parameters" in cell["metadata"].get("tags", []):
                yield from ((m[1], f"notebooks/{path.name}") for m in re.finditer(r"  # (.+)$", text, re.MULTILINE))
            else:
                yield from ((m, f"notebooks/{path.name}") for m in _calls(text))


def _calls(code: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
            named: dict[str | None, Any] = {
                k.arg: k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)}
            first: list[Any] = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
            if "plural" in named:
                first = [(first[0], named["plural"])]
            others = (named.get(a) for a in _ARGUMENTS.get(node.func.attr, ()))
            yield from (t for t in [*first, *others] if t and not isinstance(t, int) and not _is_name(t))


def _is_name(message: Message) -> bool:
    """Whether it names a sentence of ``notebooks/``, and is none itself."""
    return isinstance(message, str) and "_" in message and message.isidentifier() and message.islower()


def _judgement() -> Iterator[tuple[Message, str]]:
    """The sentences, advice and sources that stand beside the notebooks."""
    for path in sorted((PROJECT / "notebooks").glob("*.yaml")):
        for value in yamltext.load(path.read_text(encoding="utf-8")).values():
            entry = {"text": value} if isinstance(value, str) else value
            texts = [entry.get(key, "") for key in ("sentence", "hits", "advice", "source", "question", "changes")]
            texts += [text for part in entry.values() if isinstance(part, dict) for text in part.values()]
            text, plural = entry.get("text", ""), entry.get("plural", "")
            yield from ((m, f"notebooks/{path.name}") for m in [*texts, (text, plural) if plural else text] if m)


def _rule_specs() -> Iterator[tuple[str, str | None, str]]:
    import yaml

    for path in sorted((PACKAGE / "segmentation" / "specs").glob("*.yaml")):
        spec = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = [*spec.get("names", []), *(part["name"] for part in spec.get("segments", []))]
        place = f"segkit/segmentation/specs/{path.name}"
        yield from ((message, None, place) for message in (spec["title"], spec["about"]))
        yield from ((name, SEGMENT, place) for name in (*names, spec.get("otherwise", "")))


def _data_package() -> Iterator[tuple[str, str]]:
    entries = json.loads((PROJECT / "data" / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    for entry in entries:
        if entry["path"].endswith(".parquet"):
            origin = "; ".join(s.get("title", "") for s in entry.get("sources", []))
            licence = ", ".join(x.get("title") or x.get("name", "") for x in entry.get("licenses", []))
            for text in (entry.get("title"), entry.get("note"), origin, licence):
                if text:
                    yield text, "data/datapackage.json"


def path(code: str) -> Path:
    """The catalogue of a language."""
    return CATALOGUES / code / "LC_MESSAGES" / "segkit.po"


def update(code: str) -> tuple[int, int]:
    """Bring a language's catalogue in step; gives (messages, untranslated)."""
    old = Catalog(locale=code)
    if path(code).exists():
        with path(code).open("rb") as file:
            old = read_po(file, locale=code)
    new = Catalog(locale=code, project="segkit", charset="utf-8", fuzzy=False,
                  header_comment="# Sentences of segkit. English is the message id.")
    empty = 0
    for (message, context), places in messages().items():
        known = old.get(message, context)
        string = known.string if known is not None and not known.fuzzy else ""
        empty += not (string if isinstance(string, str) else all(string or ()))
        new.add(message, string, locations=[(p, None) for p in dict.fromkeys(places)], context=context)  # type: ignore[misc]
    written = io.BytesIO()
    write_po(written, new, width=0, include_lineno=False)
    lines = [line for line in written.getvalue().decode().splitlines(keepends=True)
             if not line.startswith(_PASSING_HEADERS)]
    path(code).parent.mkdir(parents=True, exist_ok=True)
    path(code).write_text("".join(lines), encoding="utf-8")
    return len(new), empty


def main() -> None:
    """Update all catalogues; exit 1 when a sentence has no translation."""
    bad = 0
    for code in LANGUAGES[1:]:
        n, empty = update(code)
        bad += empty
        print(f"{code}: {n} messages, {empty} untranslated ({path(code)})")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
