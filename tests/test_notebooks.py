"""Notebooks are prose with short cells, and each runs on a small sample, in both languages."""

import ast
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from segkit.data import open as sources
from segkit.report import crossref, notebook, story
from segkit.report import study as studies
from segkit.report.findings import MIME

NOTEBOOKS = sorted(studies.NOTEBOOKS.glob("*.ipynb"))
SAMPLES = {
    "01-customers": {"data": "baskets.csv", "customer_data": "people.csv"},
    "02-segmentation": {"data": "baskets.csv", "customer_data": "people.csv", "k": 3, "k_values": [2, 3]},
    "03-target-market": {"data": "baskets.csv", "customer_data": "people.csv", "contacts_data": "contacts.csv",
                         "responses_data": "", "knock_out": {},
                         "criteria": [{"column": "monetary", "weight": 1, "better": "higher"}]},
    "04-competitors": {"data": "drinks.csv", "customer_data": "people.csv"},
    "05-brand-case": {"brand": "pepsi"},
    "06-lifecycle": {"data": "baskets.csv", "columns": {"customer_id": "household_id", "date": "transaction_timestamp",
                                                        "amount": "sales_value"}, "holdout_days": 90},
    "07-survey": {"data": "people.csv", "columns": {"respondent_id": "household_id"}, "k_values": [2, 3],
                  "variables": ["household_size", "kids_count", "home_ownership"]},
    "08-audiences": {"data": "baskets.csv", "customer_data": "people.csv", "lists": {
        "mail": {"audience": "best_customers", "department": "Marketing", "columns": ["age"]}}},
    "09-review": {"data": "baskets.csv", "k": 3},
    "10-positioning": {"needs_data": "", "needs_columns": {}},
    "11-brand-choice": {"data": "shelf.csv", "columns": {"customer_id": "household"}, "groups": "household_type"},
    "12-brands-used": {"data": "used.csv", "columns": {"respondent_id": "guest", "brand": "chain"}},
}


def cells(path: Path, kind: str) -> list[dict]:
    return [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == kind]


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_are_short_and_hold_no_machinery(path):
    for cell in cells(path, "code"):
        source = "".join(cell["source"])
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        machinery = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.With, ast.Try)
        assert not any(isinstance(n, machinery) for n in ast.walk(ast.parse(source)))
        if "parameters" not in tags(cell):
            lines = [line for line in source.splitlines() if line.strip()]
            imports = all(line.startswith(("from", "import")) for line in lines)
            assert len(ast.parse(source).body) <= (6 if imports else 4), source
            assert len(lines) <= 8, source
        assert max(map(len, source.splitlines())) <= 120, source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_prose_comes_first_and_outweighs_code(path):
    first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
    assert first["cell_type"] == "markdown"
    assert "".join(first["source"]).startswith("# ")
    words = sum(len("".join(c["source"]).split()) for c in cells(path, "markdown"))
    lines = sum(len(c["source"]) for c in cells(path, "code") if "parameters" not in tags(c))
    assert words >= 6 * lines


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_parameters_are_typed_and_commented(path):
    for parameter in studies.parameters(path):
        assert parameter.comment, parameter.name
        assert not parameter.faults(parameter.default, "default"), parameter.name


def test_no_cell_is_copied_between_notebooks():
    seen = {}
    for path in NOTEBOOKS:
        for cell in cells(path, "code"):
            source = "".join(cell["source"]).strip()
            if "parameters" not in tags(cell) and len(ast.parse(source).body) >= 3:
                assert source not in seen, f"{path.stem} and {seen.get(source)}: {source}"
                seen[source] = path.stem


TAUGHT = ("01-customers", "03-target-market", "04-competitors", "05-brand-case", "06-lifecycle", "08-audiences",
          "09-review", "11-brand-choice")


@pytest.mark.parametrize("name", TAUGHT)
def test_teaching_cells_are_whole(name):
    cells_ = json.loads((studies.NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    taught = [(tags(c)[0], "".join(c["source"])) for c in cells_ if set(tags(c)) & {"learn", "exercise", "answer"}]
    kinds = [kind for kind, _ in taught]
    assert kinds.count("learn") >= 2
    assert kinds.count("exercise") == kinds.count("answer") >= 2
    for i, (kind, text) in enumerate(taught):
        if kind == "learn":
            assert text.startswith("### Learn: ")
            for part in ("**Assumptions.**", "**Pitfalls.**", "**Read more.**", "](https://doi.org/10."):
                assert part in text, (text[:40], part)
        elif kind == "exercise":
            assert text.startswith("### Exercise: ")
            assert kinds[i + 1] == "answer"
        if kind != "learn":
            assert "$" not in text
    assert not any("$" in "".join(c["source"]) for c in cells_ if c["cell_type"] == "markdown" and not tags(c))


def test_every_notebook_has_a_sample():
    assert set(SAMPLES) == {p.stem for p in NOTEBOOKS}


def asked(request, parameter):
    """The values of a parameter in the tests of this file that are to run: one test needs one notebook."""
    return sorted({item.callspec.params[parameter] for item in request.session.items
                   if item.path == request.path and hasattr(item, "callspec") and parameter in item.callspec.params})


@pytest.fixture(scope="module")
def built(request, project):
    """All notebooks run on a small sample, written as CSV files in the copy of the project."""
    people = sources.table("complete_journey.demographics").order_by("household_id").limit(90)
    ids = people.household_id
    for name, source in (("baskets", "baskets"), ("drinks", "soft_drinks"), ("contacts", "campaigns")):
        table = sources.table(f"complete_journey.{source}")
        table.semi_join(people, "household_id").execute().to_csv(project.path / f"{name}.csv", index=False)
    people.execute().to_csv(project.path / "people.csv", index=False)
    shelf = sources.table("instant_coffee.choices").execute()
    shelf[shelf["household"] <= "H060"].to_csv(project.path / "shelf.csv", index=False)
    used = sources.table("cafe_guests.visits").execute()
    used[used["guest"] <= "G0120"].to_csv(project.path / "used.csv", index=False)
    assert ids.nunique().execute() == 90
    names = [name for name in asked(request, "name") if name in SAMPLES]
    for name in names:
        project.study(f"sample-{name}", yaml.safe_dump({
            "notebook": name, "title": {"en": name, "vi": name}, "languages": ["en", "vi"], "parameters": SAMPLES[name]}))
    return project, project.segkit("build", *(f"sample-{name}" for name in names))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("code", ["en", "vi"])
def test_notebook_runs_on_a_small_sample(built, name, code):
    project, told = built
    assert told.returncode == 0, told.stdout + told.stderr
    page = (project.pages / f"sample-{name}.{code}.html").read_text(encoding="utf-8")
    assert 'class="output"' not in page, "a warning or a bare output reached the page"
    assert 'id="findings"' in page
    assert 'id="checks"' in page
    assert page.count("<figure") >= 2


@pytest.mark.parametrize("name", SAMPLES)
def test_both_languages_show_the_same_numbers(built, name):
    project, _ = built
    pages = [(project.pages / f"sample-{name}.{c}.html").read_text(encoding="utf-8") for c in ("en", "vi")]
    digits = [sorted(re.findall(r"\d", re.sub(r"<svg.*?</svg>", "", p.split("<article>")[1].split("</article>")[0],
                                              flags=re.DOTALL)))
              for p in pages]
    assert abs(len(digits[0]) - len(digits[1])) < 0.02 * len(digits[0]) + 20


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("code", ["en", "vi"])
def test_numbers_that_stand_together_are_rounded_alike(built, printed, name, code):
    page = (built[0].pages / f"sample-{name}.{code}.html").read_text(encoding="utf-8")
    assert sum(map(len, (columns for _caption, columns in printed.tables(page)))) > 1
    assert list(printed.uneven_columns(page, code)) == []
    assert list(printed.uneven_sentences(page, code)) == []
    assert list(printed.empty_signs(page)) == []
    assert list(printed.unlike_cells(page)) == []


@pytest.fixture(scope="module")
def by_hand(request):
    """Every notebook executed as JupyterLab does it: with its defaults, from its own folder."""
    import nbformat
    from nbclient import NotebookClient

    def execute(path: Path):
        notebook = nbformat.read(path, as_version=4)
        place = {"metadata": {"path": str(path.parent)}}
        return NotebookClient(notebook, resources=place, kernel_name="python3", timeout=240,
                              extra_arguments=["--log-level=50"]).execute()

    paths = asked(request, "path")
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(paths, pool.map(execute, paths), strict=True))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs_by_hand_with_its_defaults(by_hand, path):
    outputs = [o for c in by_hand[path]["cells"] if c["cell_type"] == "code" for o in c["outputs"]]
    assert not [o for o in outputs if o["output_type"] == "stream"]
    shown = [o["data"] for o in outputs if MIME in o.get("data", {})]
    assert len(shown) > 6
    assert all("text/html" in data and "text/plain" in data for data in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_number_of_a_finding_leads_to_a_cell_a_parameter_or_a_rule(by_hand, path):
    shown = story.payloads(by_hand[path])
    parameters = {p.name: p.default for p in notebook.parameters(path)}
    places = crossref.find(shown, parameters).of
    said = [(p, at) for p, at in zip(shown, places, strict=True) if p["kind"] in ("finding", "decision")]
    assert said
    lost = [(p["text"], name) for p, at in said for name, _unit, _value in crossref.numbers(p) if name not in at]
    assert not lost


@pytest.fixture(scope="module")
def small_shop(project):
    """A spreadsheet of 200 rows, in which eight customers bought again, made a study and built."""
    rng = np.random.default_rng(1)
    ids = [f"K{i:03d}" for i in [*range(170), *rng.integers(0, 8, 30)]]
    days = pd.Timestamp("2024-01-03") + pd.to_timedelta(rng.integers(0, 360, 200), unit="D")
    sales = pd.DataFrame({"customer_id": ids, "date": days, "amount": rng.integers(50, 500, 200) * 1000})
    sales.to_excel(project.path / "small.xlsx", index=False)
    short = sales.assign(date=sales["date"].min() + (sales["date"] - sales["date"].min()) // 18)  # three weeks
    short.to_excel(project.path / "short.xlsx", index=False)
    names = {name: f"small-{name}" for name in ("01-customers", "06-lifecycle")} | {"short": "short-06-lifecycle"}
    for name, study in names.items():
        file, notebook = ("short.xlsx", "06-lifecycle") if name == "short" else ("small.xlsx", name)
        told = project.segkit("new", study, "--data", file, "--notebook", notebook)
        assert told.returncode == 0, told.stdout + told.stderr
    told = project.segkit("build", *names.values())
    assert told.returncode == 0, told.stdout + told.stderr
    return {name: (project.pages / f"{study}.en.html").read_text(encoding="utf-8") for name, study in names.items()}


def test_a_small_shop_gets_a_lifecycle_page_that_says_what_it_cannot_tell(small_shop):
    page = small_shop["06-lifecycle"]
    told = re.search(r"The models learn from the (\d+) customers who bought again before the weeks kept back; with fewer "
                     r"than 10 of them none is fitted", page)
    assert int(told[1]) <= 8
    for missing in ("Not shown, for want of data: Probability of a purchase", "Not checked, for want of data: Error of the total",
                    "No finding here, for want of data."):
        assert missing in page
    for there in ("No finding here, as a check that it rests on fails: Customers with a rhythm of their own", "Percentage of each cohort that bought", "From which stage to which"):
        assert there in page
    assert not re.search(r"By the model \d", page)
    assert 'class="output"' not in page


def test_three_weeks_of_a_shop_get_a_lifecycle_page(small_shop):
    page = small_shop["short"]
    assert "Share of each stage that bought in the 4 days that followed" in page
    assert "From which stage to which, within 4 days" in page
    assert 'class="output"' not in page


def test_a_small_shop_gets_a_page_of_its_customers(small_shop):
    page = small_shop["01-customers"]
    assert "of customers bring" in page
    assert 'class="output"' not in page
