"""Working copies for JupyterLab, and their parameters on the way back into the study."""

import ast
import builtins
import json
import os
import shutil

import pytest
import yaml

from segkit.report import lab, notebook, rewriting, study
from segkit.words.errors import StudyError

COPIES = [(name, code) for name in study.names() for code in study.load(name).languages]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Studies and copies in a folder of their own."""
    monkeypatch.setattr(study, "REPORTS", tmp_path)
    monkeypatch.setattr(lab, "FOLDER", tmp_path / "lab")
    return tmp_path


def shop(folder, text, name="shop"):
    path = folder / f"{name}.yaml"
    path.write_text(f"notebook: 01-customers\ntitle: {{en: Shop, vi: Cửa hàng}}\nlanguages: [vi, en]\n{text}", encoding="utf-8")
    return study.load(name)


def code_of(made):
    return [c["source"] for c in made["cells"] if c["cell_type"] == "code"]


@pytest.mark.parametrize(("name", "code"), COPIES)
def test_a_copy_has_the_study_s_values_and_needs_no_cell_that_was_left_out(tmp_path, monkeypatch, name, code):
    monkeypatch.setattr(lab, "FOLDER", tmp_path)
    path, is_new = lab.write(name, code)
    assert is_new
    assert {p.name: p.default for p in notebook.parameters(path)} == study.load(name).values
    known = set(dir(builtins))
    for source in code_of(json.loads(path.read_text(encoding="utf-8"))):
        tree = ast.parse(source)
        names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
        known |= {n.id for n in names if isinstance(n.ctx, ast.Store)}
        known |= {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}
        known |= {a.arg for n in ast.walk(tree) if isinstance(n, ast.arguments) for a in n.args}
        assert {n.id for n in names if isinstance(n.ctx, ast.Load)} <= known


def test_a_copy_speaks_its_language_and_folds_answers(folder):
    shutil.copy(lab.samples.PROJECT / "reports" / "cdnow-lifecycle.yaml", folder)
    made = lab.made(study.load("cdnow-lifecycle"), "vi")
    prose = "\n".join(c["source"] for c in made["cells"] if c["cell_type"] == "markdown")
    english = {b for c in notebook.read(study.load("cdnow-lifecycle").notebook)["cells"] if c["cell_type"] == "markdown"
               for b in lab.blocks("".join(c["source"])) if len(b) > 30}
    assert not [b for b in english if b in prose and "http" not in b and "$" not in b]
    assert prose.startswith("# CDNOW, vòng đời của khách hàng")
    assert "<details><summary>Đáp án</summary>" in prose
    assert "report.working_copy('vi', 'USD')" in "\n".join(code_of(made))


def test_sections_that_the_study_does_not_use_are_left_out(folder):
    text = (lab.samples.PROJECT / "reports" / "cdnow-lifecycle.yaml").read_text(encoding="utf-8")
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    with_events = text.replace("  purchases: cdnow.transactions", "  purchases: cdnow.transactions\n  events: {data: e.csv}")
    (folder / "b.yaml").write_text(with_events, encoding="utf-8")
    a, b = (lab.made(study.load(name), "en") for name in "ab")
    tagged = [c for c in a["cells"] if "when-events_data" in c["metadata"].get("tags", [])]
    assert len(b["cells"]) > len(a["cells"])
    assert all(c["metadata"]["jupyter"]["source_hidden"] for c in tagged)  # what others need
    assert not [c for c in tagged if c["cell_type"] == "markdown"]


def test_a_marketer_gets_no_exercises(folder):
    made = {audience: lab.made(shop(folder, f"audience: {audience}\n"), "en") for audience in ("student", "marketer")}
    tags = {a: {t for c in m["cells"] for t in c["metadata"].get("tags", [])} for a, m in made.items()}
    assert {"learn", "exercise", "answer"} <= tags["student"]
    assert not {"learn", "exercise", "answer"} & tags["marketer"]


def test_a_copy_that_is_there_is_kept(folder):
    shop(folder, "")
    path, is_new = lab.write("shop")
    assert (path.name, is_new) == ("shop.vi.ipynb", True)
    path.write_text("mine", encoding="utf-8")
    assert lab.write("shop") == (path, False)
    assert path.read_text(encoding="utf-8") == "mine"
    assert lab.write("shop", fresh=True) == (path, True)
    assert path.read_text(encoding="utf-8") != "mine"
    with pytest.raises(StudyError, match="'fr' is not a language"):
        lab.write("shop", "fr")


CHANGES = {"top_share": 0.1, "cuts": {"recency_days": [30, 90]}, "as_of": "2024-06-30", "labels": {"vi": {"age": "Tuổi: 'x'"}},
           "columns": {"customer_id": "no", "date": "d"}, "customer_data": "people.csv", "read": {"decimal": ","}, "bands": []}


@pytest.mark.parametrize("text", [
    "tables: {purchases: a.csv}\n", "tables:\n  purchases: a.csv\nparameters: {top_share: 0.3}\n",
    "tables:\n  purchases: {data: a.csv, columns: {}}  # mine\n  customers:\n    data: b.csv\n    columns:\n      customer_id: nr\n",
    "# first\ntables:\n  purchases:\n    data: a.csv\n    # role: column\n    columns:\n      customer_id: nr\n\n"
    "parameters:\n  # a note\n  top_share: 0.3  # a fifth\n  bands:\n    - {name: Recent, when: {r: {at_least: 4}}}\n"
    "  currency: VND\n",
    "tables: {purchases: a.csv}\nparameters:\naudience: marketer\n", "tables:\n  purchases: a.csv\nparameters:\n  # nothing yet\n",
    "parameters:\n  data: a.csv\n  columns: {}\n  customer_data: ''\n", "",
])
def test_changed_parameters_go_back_and_comments_stay(folder, text):
    made = shop(folder, text)
    before = made.path.read_text(encoding="utf-8")
    for values in [*({name: value} for name, value in CHANGES.items()), CHANGES]:
        if "columns" in values and "data" in made.values and not text and len(values) == 1:
            continue  # the bundled data have these columns
        written = rewriting.rewritten(made, values)
        (folder / "other").mkdir(exist_ok=True)
        (folder / "other" / "shop.yaml").write_text(written, encoding="utf-8")
        again = study.load(folder / "other" / "shop.yaml").values
        assert again == {**made.values, **values}
        assert all(note in written for note in ("# first", "# a note", "# role: column", "# mine") if note in before and len(values) == 1)
        assert made.path.read_text(encoding="utf-8") == before
        assert rewriting.difference(made, written).count("\n+") >= 1


def test_only_what_was_changed_is_taken(folder):
    made = shop(folder, "tables: {purchases: a.csv}\nparameters: {top_share: 0.3}\n")
    path, _ = lab.write("shop")
    assert rewriting.changed(path) == (made, {})
    copy = json.loads(path.read_text(encoding="utf-8"))
    copy["cells"][1]["source"] = copy["cells"][1]["source"].replace("top_share: float = 0.3", "top_share: float = 0.25")
    path.write_text(json.dumps(copy), encoding="utf-8")
    assert rewriting.changed(path) == (made, {"top_share": 0.25})


@pytest.mark.parametrize(("line", "said"), [
    ("top_share: float = 20", "a share lies between 0 and 1"), ("top_shar: float = 0.2", "is not a parameter of 01-customers"),
    ("top_share: float = 0.1 + 0.1", "cannot be read"), ("top_share = 0.2", "is not `name: type"),
])
def test_what_no_study_could_hold_is_refused(folder, line, said):
    shop(folder, "tables: {purchases: a.csv}\nparameters: {top_share: 0.3}\n")
    path, _ = lab.write("shop")
    copy = json.loads(path.read_text(encoding="utf-8"))
    copy["cells"][1]["source"] = copy["cells"][1]["source"].replace("top_share: float = 0.3", line)
    path.write_text(json.dumps(copy), encoding="utf-8")
    with pytest.raises(StudyError) as told:
        rewriting.changed(path)
    assert said in str(told.value)


def test_other_notebooks_are_no_working_copies(folder):
    with pytest.raises(StudyError, match="no working copy"):
        rewriting.changed(study.NOTEBOOKS / "01-customers.ipynb")
    with pytest.raises(StudyError, match="no such file"):
        rewriting.changed(folder / "none.ipynb")


def test_settings_are_made_once(tmp_path):
    lab.settle(tmp_path)
    file = tmp_path / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    assert json.loads(file.read_text(encoding="utf-8"))["fetchNews"] == "false"
    file.write_text("{}", encoding="utf-8")
    lab.settle(tmp_path)
    assert file.read_text(encoding="utf-8") == "{}"


@pytest.fixture(scope="module")
def copied(project):
    """The working copy of a study in Vietnamese, as the command writes it."""
    told = project.segkit("lab", "old-spice", "--language", "vi", "--write-only")
    assert told.returncode == 0, told.stderr
    assert "segkit study from" in told.stdout
    return project.path / "reports" / "lab" / "old-spice.vi.ipynb"


def test_a_copy_runs_by_hand_in_its_language(project, copied):
    import nbformat
    from nbclient import NotebookClient

    ran = nbformat.read(copied, 4)
    environment = os.environ | {"PYTHONPATH": str(project.path), "IPYTHONDIR": str(project.path / "ipython")}
    NotebookClient(ran, timeout=300).execute(cwd=str(copied.parent), env=environment)
    shown = "\n".join(o["data"].get("text/html", "") for c in ran.cells if c.cell_type == "code" for o in c.outputs
                      if "data" in o)
    assert "<table" in shown
    assert "bằng chứng" in shown
    assert not [o for c in ran.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "error"]


def test_the_command_shows_the_difference_before_it_writes(project, copied):
    before = (project.path / "reports" / "old-spice.yaml").read_text(encoding="utf-8")
    made = json.loads(copied.read_text(encoding="utf-8"))
    cell = next(c for c in made["cells"] if c["metadata"].get("tags") == ["parameters"])
    name = next(line for line in cell["source"].splitlines() if line.startswith("seed: int = "))
    cell["source"] = cell["source"].replace(name, "seed: int = 11")
    changed = copied.with_name("changed.ipynb")
    changed.write_text(json.dumps(made), encoding="utf-8")
    told = project.segkit("study", "from", str(changed))
    assert told.returncode == 0, told.stderr
    assert "+  seed: 11\n" in told.stdout
    assert "nothing was written; --yes writes it" in told.stdout
    assert (project.path / "reports" / "old-spice.yaml").read_text(encoding="utf-8") == before
    told = project.segkit("study", "from", str(changed), "--yes")
    assert yaml.safe_load((project.path / "reports" / "old-spice.yaml").read_text(encoding="utf-8"))["parameters"]["seed"] == 11
    assert "has these values already" in project.segkit("study", "from", str(changed)).stdout
    (project.path / "reports" / "old-spice.yaml").write_text(before, encoding="utf-8")
