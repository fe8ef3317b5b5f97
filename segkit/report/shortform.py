"""The short form among the exports of a study: a few questions that tell a new person's segment, as JSON and as a page
to fill in.

The page is one file that loads nothing and sends nothing, in the languages of the study. All words, those of the
user's data too, are written as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segkit.words import formats, labels
from segkit.words.errors import Fault, StudyError
from segkit.words.formats import _
from segkit.words.language import LANGUAGES, N_

if TYPE_CHECKING:
    from segkit.report.study import Study
    from segkit.segmentation.typing_tool import Tool

_TEMPLATE = Path(__file__).parent / "template"
_WORDS = {
    "title": N_("Which segment is this person in?"),
    "lead": N_("{n:count} questions about one person. The answers stay on this device: the form works without a "
               "network and sends nothing."),
    "accuracy": N_("How often it is right: of people who took no part in making it, the form tells {accuracy:percent} "
                   "rightly (cross-validation, {n:count} people); naming the largest segment every time would be right "
                   "for {largest:percent}."),
    "real": N_("That segments can be told from a few answers does not make them real: a border drawn anywhere through "
               "a continuum can be told as well."),
    "tell": N_("Tell the segment"), "clear": N_("Clear the answers"),
    "result": N_("Segment: {segment:text}"), "second": N_("The next nearest: {segment:text}"),
    "open": N_("Please answer every question first. Still open: {questions:text}"),
    "language": N_("Language"),
    "script": N_("This form needs JavaScript, which is switched off here."),
}


def plain(tool: Tool, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A typing tool as plain data, with the words of its questions, answers and segments by language.

    Parameters
    ----------
    tool : what `typing_tool.make` gives.
    names : label of a segment, as text → its name by language, as the study gives them.
    """
    from segkit.segmentation import typing_tool

    rule = typing_tool.plain(tool)
    by_english = {name["en"]: name for name in names.values()}
    questions = [{**item, "said": {code: formats.format_value(item["question"], "column", code) for code in LANGUAGES},
                  "answers_said": {code: [labels.of(a, code) for a in item.get("words") or item["answers"]]
                                   for code in LANGUAGES}} for item in rule["questions"]]
    segments = {code: [by_english.get(str(s), {}).get(code, str(s)) for s in rule["segments"]] for code in LANGUAGES}
    return {**rule, "questions": questions, "segments_said": segments}


def files(study: Study, form: Mapping[str, Any]) -> dict[str, bytes]:
    """`form.json` and `form.html` of a study.

    Raises
    ------
    StudyError
        When its notebook makes no short form.
    """
    if not form:
        raise StudyError([Fault(study.path.name, f"`export` asks for form, but {study.notebook.stem} makes no short "
                                "form", "take it out; 07-survey makes one")])
    text = json.dumps(form, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return {"form.json": text.encode(), "form.html": page(study, form).encode()}


def page(study: Study, form: Mapping[str, Any]) -> str:
    """The form as one HTML file."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    values = {"n": len(form["questions"])}, {"accuracy": form["accuracy"], "largest": form["largest_share"],
                                             "n": form["n"]}
    words = {code: {name: _(text, code, **(values[0] if name == "lead" else values[1] if name == "accuracy" else
                                           {part: f"{{{part}}}" for part in ("segment", "questions")
                                            if f"{{{part}:" in text}))
                    for name, text in _WORDS.items()} | {"study": study.title[code]} for code in study.languages}
    data = {"form": form, "words": words, "languages": {c: {"en": "English", "vi": "Tiếng Việt"}[c]
                                                       for c in study.languages}}
    json_text = json.dumps(data, ensure_ascii=True, sort_keys=True)
    for sign in "<>&":
        json_text = json_text.replace(sign, f"\\u{ord(sign):04x}")
    script = (_TEMPLATE / "form.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; "
              "form-action 'none'")
    first = words[study.languages[0]]
    environment = Environment(loader=FileSystemLoader(_TEMPLATE), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("form.html").render(
        lang=study.languages[0], words=first, policy=policy, script=Markup(script), data=Markup(json_text))
