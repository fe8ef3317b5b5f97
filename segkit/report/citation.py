"""How a report is cited: a sentence, and an entry for BibTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from segkit.report import render
from segkit.words.formats import _
from segkit.words.language import N_


def sentence(title: str, version: str, commit: str, sources: Sequence[Mapping[str, Any]], code: str) -> Markup:
    """What names the report, what made it and what it rests on.

    Examples
    --------
    >>> print(sentence("Coca-Cola", "0.1.0", "1a2b3c", [{"title": "Facts", "name": "facts.csv"}], "en"))
    Coca-Cola. Report made with segkit 0.1.0 (1a2b3c). Data: Facts.
    """
    opening = _(N_("{title:text}. Report made with segkit {version:text}."), code, title=title.rstrip("."),
                version=f"{version} ({commit})" if commit else version)
    names = dict.fromkeys(render.foreign(s["title"], code) if s["title"] else render.safe(s["name"]) for s in sources)
    data_sentence = Markup(" {} {}.").format(_(N_("Data:"), code), Markup("; ").join(names)) if names else ""
    return render.safe(opening) + data_sentence


_NAMES = {"en": "english", "vi": "vietnamese"}
"""Languages as BibTeX styles and babel call them."""


def bibtex(name: str, title: str, version: str, commit: str, sources: Sequence[Mapping[str, Any]], code: str) -> str:
    """An entry for a bibliography; what BibTeX would read as commands is left out.

    Examples
    --------
    >>> print(bibtex("coca-cola", "Coca-Cola {again}", "0.1.0", "1a2b3c", [], "en"))
    @misc{segkit-coca-cola,
      title = {Coca-Cola again},
      howpublished = {Report made with segkit 0.1.0},
      version = {1a2b3c},
      language = {english}
    }
    """
    titles = {s["name"]: s["title"] for s in sources}
    names = "; ".join(dict.fromkeys(_(title, code) if title else str(name) for name, title in titles.items()))
    how_published = _(N_("Report made with segkit {version:text}"), code, version=version)
    fields = {"title": title, "howpublished": how_published, "version": commit,
              "note": f"{_(N_('Data:'), code)} {names}" if names else "", "language": _NAMES.get(code, code)}
    lines = [f"  {field} = {{{_plain(value)}}}" for field, value in fields.items() if value]
    key = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")
    return f"@misc{{segkit-{key},\n" + ",\n".join(lines) + "\n}"


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[{}\\]", "", text)).replace("%", r"\%").replace("&", r"\&")
