"""Every page in a real browser, offline: nothing is requested, nothing fails, nothing is wider than the screen."""

import io
import os
import re
import shutil
import unicodedata

import pytest
import yaml

from segkit.report import study

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"),
                                reason="no Chromium on this machine: pages are not opened in a browser")

NAMES = ["index", "index.vi", *(f"{name}.{code}" for name in [*study.names(), "hostile"] for code in ("en", "vi"))]
ENGLISH = re.compile(r"\b(the|of|and|with|without|is|are|was|not|for|from|by|share|customers?|segments?|brands?)\b", re.I)
NAMED = ("Share a Coke|The Coca-Cola Company|The Complete Journey|The Grocer|The Nation|The Cut|The Man Your Man Could Smell Like|"
         "Consumer Behavior and Marketing Action")  # as they are called in every language
ATTACK = "<script>window.hit=1</script><img src=x onerror=window.hit=1>{{7*7}}"


@pytest.fixture(scope="module")
def pages(project):
    """Every study of the project, and one made from hostile data."""
    rows = [f'"{ATTACK} {c}",2024-{m:02d}-{c + 3:02d},{10 * c + m}' for c in range(1, 9) for m in range(1, 9)]
    header = f'"{ATTACK}",day,total'.replace('"<', '"<')
    (project.path / "hostile.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    project.study("hostile", yaml.safe_dump({
        "notebook": "01-customers", "title": {"en": ATTACK, "vi": ATTACK}, "languages": ["en", "vi"],
        "parameters": {"data": "hostile.csv", "customer_data": "",
                       "columns": {"customer_id": ATTACK, "date": "day", "amount": "total"}}}))
    told = project.segkit("build")
    assert told.returncode == 0, told.stderr
    return project.pages


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


def opened(browser, path, width, scheme="light"):
    """A page, and what its console and its requests said."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    tab, said = context.new_page(), []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    tab.goto(path.as_uri())
    return tab, said


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_page_is_quiet_and_fits(pages, browser, name, width, scheme):
    tab, said = opened(browser, pages / f"{name}.html", width, scheme)
    for shown in ("dark", "light"):
        tab.emulate_media(color_scheme=shown)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate("window.hit") is None
    assert said == []
    tab.context.close()


def test_hostile_names_show_as_text(pages, browser):
    tab, _ = opened(browser, pages / "hostile.en.html", 1280)
    assert ATTACK in tab.inner_text("h1")
    assert tab.locator("main img").count() == 0
    assert "49" not in tab.inner_text("h1")
    tab.context.close()


def test_links_within_pages_and_between_languages_lead_somewhere(pages, browser):
    tab, _ = opened(browser, pages / "coca-cola.en.html", 1280)
    anchors = tab.eval_on_selector_all("a[href^='#']", "links => links.map(a => a.hash.slice(1))")
    assert len(anchors) > 5
    assert tab.evaluate("ids => ids.filter(id => !document.getElementById(id))", anchors) == []
    ids = tab.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    tab.click("header nav a")
    assert tab.evaluate("document.documentElement.lang") == "vi"
    tab.context.close()


def test_contents_follow_the_reader(pages, browser):
    tab, _ = opened(browser, pages / "coca-cola.en.html", 1280)
    tab.evaluate("document.documentElement.style.scrollBehavior = 'auto'; document.getElementById('provenance').scrollIntoView()")
    tab.wait_for_selector(".contents a[aria-current]", timeout=5000)
    tab.context.close()


def test_figures_have_a_description(pages, browser):
    tab, _ = opened(browser, pages / "soft-drink-makers.en.html", 1280)
    labels = tab.eval_on_selector_all("figure svg", "all => all.map(s => s.getAttribute('aria-label'))")
    assert len(labels) >= 4
    assert all(len(label) > 30 for label in labels)
    tab.context.close()


AXE = """options => axe.run({...options, resultTypes: ["violations"]}).then(found => ({
    passes: found.passes.length, violations: found.violations.map(v => [v.id, v.nodes[0].html])}))"""


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(pages, browser, name):
    from importlib.resources import files

    context = browser.new_context(color_scheme="light", offline=True, bypass_csp=True)
    tab = context.new_page()
    tab.goto((pages / f"{name}.html").as_uri())
    tab.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = tab.evaluate(AXE, {})
    assert found["violations"] == []
    assert found["passes"] > 20
    tab.emulate_media(color_scheme="dark")
    colours = ["color-contrast", "link-in-text-block"]  # all else is the same in both schemes
    found = tab.evaluate(AXE, {"runOnly": colours})
    assert found["violations"] == []
    assert found["passes"] > 0
    context.close()


def test_tables_sort_by_value_both_ways(pages, browser):
    tab, _ = opened(browser, pages / "soft-drink-makers.en.html", 1280)
    figure = tab.locator("figure.table").nth(1)
    column = "(t) => [...t.querySelectorAll('tbody tr')].map(r => Number(r.cells[1].dataset.value))"
    head = figure.locator("thead th").nth(1)
    head.locator("button").click()
    rising = figure.evaluate(column)
    assert rising == sorted(rising)
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").press("Enter")
    assert figure.evaluate(column) == rising[::-1]
    tab.context.close()


def test_tables_with_two_rows_of_heads_sort_and_download_by_column(pages, browser):
    tab, _ = opened(browser, pages / "grocery-customers.en.html", 1280)
    figure = tab.locator("figure.table", has=tab.locator("thead tr:nth-child(2)")).first
    head = figure.locator("thead tr:nth-child(2) th", has_text="low").first
    name = head.get_attribute("data-value")
    at = figure.evaluate("""(t, name) => 1 + [...t.querySelectorAll("thead tr:first-child th")].flatMap(
        h => Array(h.colSpan).fill(h.textContent)).indexOf(name.split(",")[0])""", name)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    low = figure.evaluate("""(t, at) => [...t.querySelectorAll("tbody tr")].map(
        r => Number(r.cells[at].dataset.value))""", at)
    assert low == sorted(low)
    with tab.expect_download() as download:
        figure.locator("button.download").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert f'"{name}"' in lines[0]
    assert len({line.count('","') for line in lines}) == 1
    tab.context.close()


def test_download_holds_raw_numbers_and_no_formula(pages, browser):
    tab, _ = opened(browser, pages / "soft-drink-makers.en.html", 1280)
    figure = tab.locator("figure.table").nth(1)
    figure.evaluate("(t) => { t.querySelector('tbody th').textContent = '=HYPERLINK(1)'; }")
    with tab.expect_download() as download:
        figure.locator("button.download").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith('"Brand","Buyers","Penetration"')
    assert lines[1].startswith('"\'=HYPERLINK(1)","1734","0.76')
    tab.context.close()


def test_all_code_opens_and_folds(pages, browser):
    tab, _ = opened(browser, pages / "coca-cola.en.html", 1280)
    count = "document.querySelectorAll('details.code[open]').length"
    assert tab.evaluate(count) == 0
    tab.click("button.fold")
    assert tab.evaluate(count) == tab.locator("details.code").count() > 5
    tab.click("button.fold")
    assert tab.evaluate(count) == 0
    tab.context.close()


def test_index_is_searched_without_accents(pages, browser):
    tab, _ = opened(browser, pages / "index.vi.html", 1280)
    tab.fill("input[type=search]", "nha san xuat nuoc ngot nhan rieng")
    shown = tab.locator(".cards li:visible h3").all_inner_texts()
    assert shown == ["Ba nhà sản xuất nước ngọt và một nhãn riêng"]
    tab.context.close()


def printed(browser, path):
    """The text of each page of a printed report, and what is cut at the edge of the paper."""
    from pypdf import PdfReader

    tab, _ = opened(browser, path, 658)  # as wide as A4 between its margins
    tab.emulate_media(media="print")
    cut = tab.eval_on_selector_all("main *", """all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1
        && !e.closest("svg, math")).map(e => e.outerHTML.slice(0, 90))""")
    tab.emulate_media(media=None)
    sheets = PdfReader(io.BytesIO(tab.pdf(prefer_css_page_size=True))).pages
    tab.context.close()
    return sheets, cut


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith(".vi") and "index" not in n] + ["grocery-segments.en"])
def test_page_prints_whole_on_a4(pages, browser, name):
    sheets, cut = printed(browser, pages / f"{name}.html")
    assert cut == []
    assert 3 <= len(sheets) <= 38
    assert {(round(float(s.mediabox.width)), round(float(s.mediabox.height))) for s in sheets} == {(595, 842)}
    texts = [s.extract_text() for s in sheets]
    assert all(len(text) > 40 or "/XObject" in s["/Resources"] for text, s in zip(texts, sheets, strict=True))
    tab, _ = opened(browser, pages / f"{name}.html", 1280)
    rows = tab.eval_on_selector_all("figure.table tbody tr", "all => all.map(r => r.cells[0].textContent.trim())")
    tab.context.close()
    letters = re.sub(r"\W", "", "".join(texts))
    assert [r for r in rows if re.sub(r"\W", "", r) not in letters] == []


@pytest.mark.parametrize("name", ["grocery-customers.en", "grocery-target-market.vi", "shop-lifecycle.vi", "two-colas.en"])
def test_the_summary_prints_alone_on_two_pages(pages, browser, name):
    from pypdf import PdfReader

    tab, _ = opened(browser, pages / f"{name}.html", 1280)
    told = tab.inner_text(".decision .recommendation")
    tab.evaluate("window.print = () => { window.asked = document.documentElement.dataset.print; }")
    tab.locator(".decision button.download").click()
    assert tab.evaluate("window.asked") == "summary"
    sheets = PdfReader(io.BytesIO(tab.pdf(prefer_css_page_size=True))).pages
    letters = re.sub(r"\W", "", unicodedata.normalize("NFKC", "".join(s.extract_text() for s in sheets)))
    assert len(sheets) <= 2
    assert re.sub(r"\W", "", told) in letters
    assert re.sub(r"\W", "", tab.inner_text("#checks")) in letters
    assert re.sub(r"\W", "", tab.inner_text("#provenance")) not in letters
    assert tab.locator("figure.actions").count() == 0 or re.sub(
        r"\W", "", tab.inner_text("figure.actions tbody tr:last-child th")) in letters
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate("document.documentElement.dataset.print") is None
    tab.context.close()


@pytest.mark.parametrize("name", [n for n in NAMES if "index" not in n and "hostile" not in n])
def test_no_table_is_cut_and_heads_are_low(pages, browser, name):
    tab, _ = opened(browser, pages / f"{name}.html", 1280)
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = !d.matches('.code') })")
    tab.wait_for_timeout(100)  # folded tables take their width when they are shown
    cut = tab.eval_on_selector_all("figure.table .scroll", """all => all.filter(s => s.scrollWidth > s.clientWidth + 1)
        .map(s => s.ariaLabel)""")
    assert cut == []
    tall = tab.eval_on_selector_all("figure.table thead th", """all => all.filter(h => h.querySelector(".sort")
        ?.getBoundingClientRect().height > 3.4 * parseFloat(getComputedStyle(h).lineHeight)).map(h => h.textContent)""")
    assert tall == []
    tab.context.close()


def test_the_first_column_stays_while_a_table_is_scrolled(pages, browser):
    tab, _ = opened(browser, pages / "grocery-customers.en.html", 390)
    where = tab.evaluate("""() => { const s = [...document.querySelectorAll("figure.table .scroll")].find(s => s.scrollWidth
        > s.clientWidth + 60), head = s.querySelector("tbody tr > :first-child:not(.long)"), before = head.getBoundingClientRect().x;
        s.scrollLeft = 60; return [before, head.getBoundingClientRect().x]; }""")
    assert where[0] == where[1]
    tab.context.close()


def test_letters_of_figures_can_be_read_on_a_phone(pages, browser):
    tab, _ = opened(browser, pages / "grocery-customers.vi.html", 390)
    letters = tab.eval_on_selector_all("figure svg text", """all => all.filter(t => t.getBoundingClientRect().width)
        .map(t => parseFloat(getComputedStyle(t).fontSize) * Math.hypot(t.getScreenCTM().a, t.getScreenCTM().b))""")
    assert len(letters) > 50
    assert sum(size >= 11.95 for size in letters) >= 0.9 * len(letters)
    tab.context.close()


@pytest.mark.parametrize("name", [n for n in NAMES if "index" not in n and "hostile" not in n])
def test_the_figure_of_the_decision_fits_a_phone(pages, browser, name):
    tab, _ = opened(browser, pages / f"{name}.html", 390)
    beyond = tab.eval_on_selector_all(".decision figure .scroll", "all => all.map(s => s.scrollWidth - s.clientWidth)")
    assert [b for b in beyond if b > 1] == []
    letters = tab.eval_on_selector_all(".decision figure svg text", """all => all.filter(
        t => t.getBoundingClientRect().width).map(t => parseFloat(getComputedStyle(t).fontSize)
        * Math.hypot(t.getScreenCTM().a, t.getScreenCTM().b))""")
    assert all(size >= 11.95 for size in letters)
    tab.context.close()


def test_help_is_open_in_print_and_code_is_not(pages, browser):
    sheets, _ = printed(browser, pages / "grocery-segments.en.html")
    text = " ".join(s.extract_text() for s in sheets)
    assert "report.figure(" not in text
    assert "Glossary" in text


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith("vi") and "hostile" not in n])
def test_no_english_is_left_in_a_vietnamese_page(pages, browser, name):
    tab, _ = opened(browser, pages / f"{name}.html", 1280)
    texts = tab.evaluate("""() => {
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
        while (walk.nextNode()) {
            const at = walk.currentNode.parentElement;
            if (!at.closest("script, code, pre, [lang=en], a[hreflang=en]")) found.push(walk.currentNode.data.trim());
        }
        return found.concat([...document.querySelectorAll("[aria-label]:not([lang=en] *)")].map(e => e.ariaLabel));
    }""")
    assert len(texts) > 30
    tab.context.close()
    # what is quoted stays as it was said, names and paths as they are
    own = [re.sub(rf"“[^”]*”|‘[^’]*’|{NAMED}|\w+/\w+", "", t) for t in texts]
    assert [t for t in own if ENGLISH.search(t)] == []


def test_definition_shows_on_hover_focus_and_tap_and_goes(pages, browser):
    tab, _ = opened(browser, pages / "grocery-segments.en.html", 390)
    note, head = tab.locator("#note"), tab.locator("th .sort[data-term]").first
    assert note.is_hidden()
    head.hover()
    assert len(note.inner_text()) > 15
    tab.keyboard.press("Escape")
    assert note.is_hidden()
    head.focus()
    assert note.is_visible()
    assert head.get_attribute("aria-describedby") == "note"
    box = note.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    word = tab.locator("p a.term").first
    word.click()
    assert word.get_attribute("aria-describedby") == "note"
    tab.context.close()


def test_a_mark_tells_its_values_under_the_pointer_and_after_a_tap(pages, browser):
    tab, _ = opened(browser, pages / "grocery-segments.en.html", 1280)
    note, bars = tab.locator("#note"), tab.locator("figure svg rect[style*='#0072B2']")
    bars.first.hover()
    assert re.search(r"\d", note.inner_text())
    tab.mouse.move(2, 2)
    assert note.is_hidden()
    tab.context.close()
    context = browser.new_context(offline=True, has_touch=True, viewport={"width": 390, "height": 800})
    tab = context.new_page()
    tab.goto((pages / "grocery-segments.en.html").as_uri())
    note, bars = tab.locator("#note"), tab.locator("figure svg rect[style*='#0072B2']:visible")
    bars.first.tap()
    first = note.inner_text()
    bars.nth(1).tap()
    assert first != note.inner_text() != ""
    box = note.bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    tab.locator("h1").tap()
    assert note.is_hidden()
    context.close()


def test_one_button_turns_the_page_dark_and_light_and_print_stays_light(pages, browser):
    tab, _ = opened(browser, pages / "coca-cola.vi.html", 390)
    paper = "getComputedStyle(document.body).backgroundColor"
    switch, before = tab.locator("header button"), tab.evaluate(paper)
    said = switch.inner_text()
    switch.click()
    dark = tab.evaluate(paper)
    assert dark != before
    assert switch.inner_text() != said
    tab.emulate_media(media="print")
    assert tab.evaluate(paper) == before
    tab.emulate_media(media="screen", color_scheme="dark")
    assert tab.evaluate(paper) == dark
    switch.click()
    assert tab.evaluate(paper) == before
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.context.close()


def test_without_a_script_a_term_leads_to_the_glossary(pages, browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    tab = context.new_page()
    tab.goto((pages / "grocery-segments.en.html").as_uri())
    anchor = tab.locator("th a.term").first.get_attribute("href")
    assert tab.locator(anchor).inner_text()
    context.close()
