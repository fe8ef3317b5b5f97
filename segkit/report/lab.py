"""A working copy of a study for JupyterLab: its notebook with its parameters, in a language, in a folder of its own.

The template stays as it is; what is changed in the copy goes back into the study by `segkit study from`, see
`segkit.report.rewriting`. A build neither reads nor writes these copies.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import pprint
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segkit.data import samples
from segkit.report import notebook as notebooks
from segkit.report import study as studies
from segkit.report.notebook import Parameter
from segkit.report.story import LEFT_OUT
from segkit.report.study import Study
from segkit.words.catalogue import blocks
from segkit.words.errors import Fault, StudyError, check_option
from segkit.words.formats import _
from segkit.words.language import LANGUAGES, N_

FOLDER = samples.PROJECT / "reports" / "lab"
_WIDTH = 88
_ABOUT = N_("A working copy of the study `{name:name}`, which no build reads or changes. Run all cells from the menu "
            "Run. What you change in the next cell goes back into the study by `segkit study from {file:name}`, which "
            "shows the difference first.")
_SETTINGS = {
    "notebook-extension/tracker": {"codeCellConfig": {"lineWrap": True}},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
"""What JupyterLab is set to where nobody set it: long lines wrap, and it asks nothing about news."""


def path(name: str, language: str) -> Path:
    """Where the working copy of a study lies."""
    return FOLDER / f"{name}.{language}.ipynb"


def write(name: str, language: str = "", fresh: bool = False) -> tuple[Path, bool]:
    """Write the working copy of a study.

    Parameters
    ----------
    name : a study.
    language : of prose, tables, figures and findings; the first of the study when "".
    fresh : write it anew where there is one, and lose what was changed in it.

    Returns
    -------
    Its path, and whether it was written; one that is there is kept.

    Raises
    ------
    StudyError
        When the study has a fault, or there is no such language.
    """
    study = studies.load(name)
    code = language or study.languages[0]
    if code not in LANGUAGES:
        raise StudyError([Fault("`--language`", f"{code!r} is not a language", f"take one of {', '.join(LANGUAGES)}")])
    target = path(study.name, code)
    if target.exists() and not fresh:
        return target, False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made(study, code), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return target, True


def made(study: Study, language: str) -> dict[str, Any]:
    """The working copy as plain data.

    Cells of what the study does not use are left out, and so is what is not for its audience; boxes to learn from and
    answers are folded.

    Examples
    --------
    >>> cells = made(studies.load("cdnow-lifecycle"), "vi")["cells"]
    >>> cells[0]["source"].splitlines()[0], cells[1]["metadata"]["tags"]
    ('# CDNOW, vòng đời của khách hàng', ['parameters'])
    """
    check_option("language", language, LANGUAGES)
    template = copy.deepcopy(notebooks.read(study.notebook))
    file = os.path.relpath(path(study.name, language), samples.PROJECT)
    head = [f"# {study.title.get(language) or next(iter(study.title.values()))}",
            study.summary.get(language, ""), _(_ABOUT, language, name=study.name, file=file)]
    cells = [_cell("markdown", "\n\n".join(part for part in head if part)),
             _cell("code", parameters(study, language), tags=["parameters"]),
             _cell("code", f"from segkit import report\n\nreport.working_copy({language!r}"
                           f"{_currency(study.values)})")]
    for cell in _taken(template["cells"], study):
        tags, source = cell["metadata"].get("tags", []), "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = _prose(source, next((t for t in ("learn", "answer") if t in tags), ""), language)
        if source:
            cells.append({**_cell(cell["cell_type"], source), "metadata": cell["metadata"]})
    for n, cell in enumerate(cells):
        cell["id"] = f"cell-{n}"
    study_metadata = {"study": study.name, "language": language}
    return {**template, "cells": cells, "metadata": {**template["metadata"], "segkit": study_metadata}}


def _taken(cells: list[dict[str, Any]], study: Study) -> list[dict[str, Any]]:
    """The cells that this reader sees, and, folded, those that others need though the study does not use them."""
    kept_cells: list[dict[str, Any]] = []
    needed: set[str] = set()
    for cell in reversed(cells):
        tags = set(cell["metadata"].get("tags", []))
        if "parameters" in tags or tags & LEFT_OUT[study.audience]:
            continue
        is_shown = all(notebooks.is_used(tag, study.values) for tag in tags)
        if cell["cell_type"] == "code":
            names = [n for n in ast.walk(ast.parse("".join(cell["source"]))) if isinstance(n, ast.Name)]
            if not is_shown and not needed & {n.id for n in names if isinstance(n.ctx, ast.Store)}:
                continue
            needed |= {n.id for n in names if isinstance(n.ctx, ast.Load)}
            hidden = {} if is_shown else {"jupyter": {"source_hidden": True, "outputs_hidden": True}}
            kept_cells.append({**cell, "metadata": {**cell["metadata"], **hidden}})
        elif is_shown:
            kept_cells.append(cell)
    return kept_cells[::-1]


def _cell(kind: str, source: str, tags: list[str] | None = None) -> dict[str, Any]:
    code: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {"tags": tags} if tags else {}, "source": source, **code}


def _currency(values: Mapping[str, Any]) -> str:
    return f", {values['currency']!r}" if values.get("currency") else ""


def _prose(source: str, kind: str, language: str) -> str:
    """A cell of prose in the language, without the template's title; folded where it has a kind."""
    parts = [_(block, language) for block in blocks(source) if not block.startswith("# ")]
    if not kind or not parts:
        return "\n\n".join(parts)
    title, body = (parts[0].lstrip("# "), parts[1:]) if parts[0].startswith("#") else (_(N_("Answer"), language), parts)
    return "\n\n".join([f"<details><summary>{title}</summary>", *body, "</details>"])


def parameters(study: Study, language: str) -> str:
    """The parameters cell of a study: its values, a line for what fits on one."""
    return "\n".join(_assignment(p, study.values[p.name], language) for p in study.defaults)


def _assignment(parameter: Parameter, value: Any, language: str) -> str:
    text = pprint.pformat(value, width=_WIDTH - len(parameter.name) - len(parameter.annotation) - 5, sort_dicts=False)
    first, *rest = text.splitlines()
    if rest and text[0] in "[{":  # the brackets on lines of their own
        inner = pprint.pformat(value, width=_WIDTH, sort_dicts=False)[1:-1].splitlines()
        lines = [f"    {line.strip() if i == 0 else line[1:]}" for i, line in enumerate(inner)]
        text = "\n".join([text[0], *lines, text[-1]])
    elif rest:
        text = "(" + "\n    ".join([first, *rest]) + ")" if not text.startswith("(") else text
    comment = f"  # {_(parameter.comment, language)}" if parameter.comment else ""
    return f"{parameter.name}: {parameter.annotation} = {text}{comment}"


def working_copy(language: str, currency: str = "") -> None:
    """Show what follows in a language, and find files as a build does: from the project's folder.

    Parameters
    ----------
    language : a language of the reports.
    currency : ISO code for money, "" for bare numbers.
    """
    from segkit.report import findings

    check_option("language", language, LANGUAGES)
    findings.SHOWN.update(language=language, currency=currency)
    os.chdir(samples.PROJECT)


def settle(config: Path) -> None:
    """Set JupyterLab up where nobody did: long lines wrap, and no question about news.

    Parameters
    ----------
    config : Jupyter's folder of settings.
    """
    for name, settings in _SETTINGS.items():
        file = config / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
