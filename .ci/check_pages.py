"""Fail when a study's page is missing, empty, or names a remote address that would be loaded."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from segkit.report import build, page, study

LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
REMOTE = re.compile(r"(https?:)?//")


class Loads(HTMLParser):
    """Collects the remote addresses a browser would load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            linked = name in LOADING or (name in ("href", "xlink:href") and tag not in ("a",))
            styled = name == "style" and re.search(r"url\([^)]*//", value or "")
            if styled or (linked and REMOTE.match(value or "")):
                self.found.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.found += re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)|@import[^;]*", data)


def faults(path: Path) -> list[str]:
    """What is wrong with a page."""
    if not path.is_file():
        return [f"{path.name} is missing"]
    text = path.read_text(encoding="utf-8")
    if len(text) < 5000 or "</html>" not in text:
        return [f"{path.name} is empty or cut"]
    loads = Loads()
    loads.feed(text)
    return [f"{path.name} would load {found}" for found in loads.found]


def main() -> None:
    pages = [build.OUTPUT / "index.html"]
    for name in study.names():
        pages += [build.OUTPUT / page.file_name(name, code) for code in study.load(name).languages]
    wrong = [fault for path in pages for fault in faults(path)]
    print("\n".join(wrong) or f"{len(pages)} pages are there, whole, and load nothing")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
