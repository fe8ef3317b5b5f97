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
