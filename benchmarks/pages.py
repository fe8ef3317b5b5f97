"""What a reader of the pages has to go through: screens, tables that are cut, small letters, printed sheets.

``python benchmarks/pages.py [FOLDER]`` opens every page of a folder (``reports/html`` by default) in headless Chromium
and prints a line for each: screens of 1280 × 800 to the recommendation and in all, tables that are cut at 1280 pixels
and of these such beside free pixels, heads of columns of more than three lines, texts of figures below 12 pixels at a
width of 390, printed sheets of A4, and those of the summary alone.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any

WIDE, PHONE = (1280, 800), (390, 844)
LEAST = 12
"""Pixels of the letters of a figure, at least, on a phone."""
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
HEADS = ("page", "to the recommendation", "screens", "tables", "cut", "cut beside free pixels", "heads > 3 lines",
         "texts < 12 px", "sheets", "sheets of the summary")
CUT = """all => all.filter(s => s.scrollWidth > s.clientWidth + 1 && s.offsetParent)
    .map(s => [s.scrollWidth - s.clientWidth, innerWidth - s.getBoundingClientRect().right])"""
TALL = """all => all.filter(h => h.offsetParent && [...h.querySelectorAll('.sort, a')].concat(h)[0]
    .getBoundingClientRect().height > 3.4 * parseFloat(getComputedStyle(h).lineHeight)).length"""
SMALL = """([least]) => [...document.querySelectorAll('figure svg text')]
    .filter(t => t.getBoundingClientRect().width > 0)
    .map(t => [parseFloat(getComputedStyle(t).fontSize), t.getScreenCTM()])
    .filter(([size, place]) => size * Math.hypot(place.a, place.b) < least - 0.05).length"""


def measure(tab: Any, address: str) -> dict[str, Any]:
    """The figures of a page, by the names of `HEADS`."""
    from pypdf import PdfReader

    tab.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    tab.goto(address)
    told = tab.locator(".decision .recommendation")
    ends = told.bounding_box() if told.count() else None
    height = tab.evaluate("document.documentElement.scrollHeight")
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = !d.matches('.code') })")
    tab.wait_for_timeout(400)  # tables in folds are fitted once they are seen
    cut = tab.eval_on_selector_all("figure.table .scroll", CUT)
    made = {"to the recommendation": round((ends["y"] + ends["height"]) / WIDE[1], 1) if ends else None,
            "screens": round(height / WIDE[1], 1), "tables": tab.locator("figure.table").count(), "cut": len(cut),
            "cut beside free pixels": sum(free > 60 for _hidden, free in cut),
            "heads > 3 lines": tab.eval_on_selector_all("figure.table thead th", TALL)}
    tab.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    made["texts < 12 px"] = tab.evaluate(SMALL, [LEAST])
    tab.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    made["sheets"] = len(PdfReader(io.BytesIO(tab.pdf(prefer_css_page_size=True))).pages)
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = false })")
    tab.evaluate("document.documentElement.dataset.print = 'summary'")
    made["sheets of the summary"] = len(PdfReader(io.BytesIO(tab.pdf(prefer_css_page_size=True))).pages)
    return made


def main(folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    print("| " + " | ".join(HEADS) + " |\n|" + "---|" * len(HEADS))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        for page in sorted(folder.glob("*.html")):
            if not page.name.startswith("index"):
                made = measure(tab, page.absolute().as_uri())
                told = [page.name.removesuffix(".html"), *(made[head] for head in HEADS[1:])]
                print("| " + " | ".join("–" if t is None else str(t) for t in told) + " |", flush=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "reports" / "html")
