"""Pages in a real browser, offline: nothing is requested, nothing fails, nothing is wider than the screen."""

import os
import shutil

import pytest
import yaml

CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"),
                                reason="no Chromium on this machine: pages are not opened in a browser")

ATTACK = "<script>window.hit=1</script><img src=x onerror=window.hit=1>{{7*7}}"


@pytest.fixture(scope="module")
def pages(project):
    """A page per kind of notebook that does not need long, one of them made from hostile data."""
    rows = [f'"{ATTACK} {c}",2024-{m:02d}-{c + 3:02d},{10 * c + m}' for c in range(1, 9) for m in range(1, 9)]
    header = f'"{ATTACK}",day,total'.replace('"<', '"<')
    (project.path / "hostile.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    project.study("hostile", yaml.safe_dump({
        "notebook": "01-customers", "title": {"en": ATTACK, "vi": ATTACK}, "languages": ["en", "vi"],
        "parameters": {"data": "hostile.csv", "customer_data": "",
                       "columns": {"customer_id": ATTACK, "date": "day", "amount": "total"}}}))
    told = project.segkit("build", "coca-cola", "soft-drink-makers", "hostile")
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


@pytest.mark.parametrize("name", ["index", "coca-cola.en", "coca-cola.vi", "soft-drink-makers.en", "hostile.en", "hostile.vi"])
@pytest.mark.parametrize("width", [390, 1280])
def test_page_is_quiet_and_fits(pages, browser, name, width):
    tab, said = opened(browser, pages / f"{name}.html", width, "dark" if width == 390 else "light")
    assert said == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate("window.hit") is None
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


@pytest.mark.parametrize("name", ["index", "index.vi", "coca-cola.vi", "soft-drink-makers.en", "hostile.en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(pages, browser, name, scheme):
    from importlib.resources import files

    context = browser.new_context(color_scheme=scheme, offline=True, bypass_csp=True)
    tab = context.new_page()
    tab.goto((pages / f"{name}.html").as_uri())
    tab.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run()")
    assert len(found["passes"]) > 20
    assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == []
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
    tab.fill("input[type=search]", "nha san xuat nuoc ngot")
    shown = tab.locator(".cards li:visible h2").all_inner_texts()
    assert shown == ["Ba nhà sản xuất nước ngọt và một nhãn riêng"]
    tab.context.close()


def test_page_prints_as_a4(pages, browser, tmp_path):
    tab, _ = opened(browser, pages / "coca-cola.en.html", 1280)
    pdf = tab.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert 3 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type /Page/") <= 15
    tab.context.close()
