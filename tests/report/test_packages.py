"""A page names the packages that its notebook imported, the same whether its kernel was forked or started plainly."""

import json
import subprocess
import sys

import nbformat
import pytest

from segkit.report import packages, study

LOADED = """\
import sys
{code}
print(*sorted(set({modules!r}) & set(sys.modules)))
"""


def told(script: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", script], cwd=study.PROJECT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", ["01-customers", "06-lifecycle", "08-audiences"])
def test_what_stands_at_the_head_is_what_python_imports(name):
    path = study.NOTEBOOKS / f"{name}.ipynb"
    cells = ["".join(c["source"]) for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    head = next(c for c in cells if "from segkit import report" in c)
    assert packages.at_head(path) == told(LOADED.format(code=head, modules=list(packages.PLATFORM)))
    assert ("scipy" in packages.at_head(path)) == (name != "08-audiences")


def test_the_process_that_forks_kernels_has_none_of_what_is_imported_when_needed():
    code = "from segkit.report import warm\nwarm._end_with_builder = lambda: None\nwarm.preload()"
    assert told(LOADED.format(code=code, modules=[*packages.WHEN_NEEDED, "pandas", "scipy"])) == {"pandas", "scipy"}


def test_the_question_is_asked_last_and_taken_away():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    packages.ask(notebook)
    nbformat.validate(notebook)
    assert len(notebook.cells) == 2
    space: dict = {}
    exec(notebook.cells[-1].source.replace("print(", "told = (").replace("*sorted", "sorted"), space)
    assert space["told"] == sorted(set(packages.WHEN_NEEDED) & set(sys.modules))
    notebook.cells[-1]["outputs"] = [nbformat.v4.new_output("stream", text="numba splink\n")]
    packages.take(notebook)
    assert [c.source for c in notebook.cells] == ["1"]
    versions = packages.versions(study.NOTEBOOKS / "08-audiences.ipynb", notebook)
    assert list(versions) == ["segkit", "pandas", "numpy", "ibis-framework", "duckdb", "numba", "splink", "papermill"]
    assert versions["pandas"] == __import__("pandas").__version__


def test_every_package_that_can_be_named_is_one_that_the_kit_can_import():
    import importlib.metadata

    known = importlib.metadata.packages_distributions()
    for module, name in {**packages.PLATFORM, **packages.WHEN_NEEDED}.items():
        assert name in known.get(module, [name]), module


def test_a_notebook_with_a_command_of_ipython_is_read_as_far_as_can_be(tmp_path):
    path = tmp_path / "x.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import numpy"), nbformat.v4.new_code_cell("%time 1")])
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    assert packages.at_head(path) == {"numpy"}
