"""The README's commands work as written; documents name what exists."""

import ast
import doctest
import importlib
import inspect
import json
import re
import subprocess
from pathlib import Path

import pytest

from segkit.report import study as studies

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()
            if line.strip()]
TARGETS = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
README_VI = (PROJECT / "README.vi.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([PROJECT / "README.md", PROJECT / "README.vi.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")])


def test_readme_python_runs():
    failed, tried = doctest.testfile(str(PROJECT / "README.md"), module_relative=False,
                                     optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 0
    assert failed == 0


def test_vietnamese_readme_is_whole():
    """The same headings, commands, code, tables, lists, files and links, in the same order."""
    blocks = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)  # the map of folders has words in it
    assert blocks.findall(README) == blocks.findall(README_VI)
    assert README.count("\n") == README_VI.count("\n")
    for line, other in zip(README.splitlines(), README_VI.splitlines(), strict=True):
        mark = re.compile(r"^(#+ |\s*\d\. |\||   |```|[a-z]+/\s|  [a-z]+/\s|$)")
        assert mark.findall(line) == mark.findall(other), other
    codes = re.compile(r"`([^`\n]+)`")
    prose = [re.sub(r"```.*?```", "", text, flags=re.DOTALL) for text in (README, README_VI)]
    assert sorted(codes.findall(prose[0])) == sorted(codes.findall(prose[1]))
    links = [sorted(re.findall(r"\]\(([^)]+)\)", text)) for text in (README, README_VI)]
    assert [link.replace("README.vi.md", "README.md") for link in links[0]] == links[1]


def test_readme_has_the_two_commands():
    assert COMMANDS[:2] == ["make reports", "make test"]


def test_own_data_in_five_minutes_works_as_written(project):
    rows = [f"{c},2024-{m:02d}-{c + 3:02d},{10 * c + m}" for c in range(1, 9) for m in range(1, 9) if (c + m) % 3]
    (project.path / "purchases.csv").write_text("customer,day,total\n" + "\n".join(rows) + "\n", encoding="utf-8")
    for command in (c for c in COMMANDS if "my-shop" in c):
        if command.startswith("make lab"):  # JupyterLab stays open; test_lab.py opens it
            command = ".venv/bin/segkit lab my-shop --language en --write-only"
        told = project.run("sh", "-c", command)
        assert told.returncode == 0, f"{command}\n{told.stdout}{told.stderr}"
    for code in ("en", "vi"):
        assert (project.pages / f"my-shop.{code}.html").stat().st_size > 10_000


@pytest.mark.parametrize("command", [*COMMANDS, "make new S=my-segments DATA=purchases.csv NOTEBOOK=02-segmentation"])
def test_command_is_a_target_that_make_knows(project, command):
    told = project.run("sh", "-c", command.replace("make", "make -n", 1))
    assert told.returncode == 0, told.stderr
    assert command.split()[1] in TARGETS


def test_make_alone_lists_every_target(project):
    listed = project.run("make").stdout
    assert all(f"make {target} " in listed for target in TARGETS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(PROJECT)))
def test_links_and_named_files_exist(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (path.parent / target).exists(), target
    for named in re.findall(r"`((?:segkit|tests|docs|notebooks|data|reports)/[\w./-]+\.\w+)`", text):
        if "my-" not in named:
            assert (PROJECT / named).exists(), named


def test_readme_lists_every_notebook_and_study():
    tracked = subprocess.run(["git", "ls-files", "reports/*.yaml"], cwd=PROJECT, capture_output=True, text=True).stdout
    assert len(tracked.split()) >= 7
    for name in (*studies.templates(), *(Path(line).stem for line in tracked.split())):
        assert f"`{name}`" in README


def test_what_notebooks_call_says_what_it_takes():
    """A reader of a notebook looks a function up; of two parameters or more, `ax` apart, each is told."""
    called = {use for path in studies.NOTEBOOKS.glob("*.ipynb") for use in _uses(path)}
    functions = [f for f in (getattr(importlib.import_module(module), name) for module, name in called)
                 if inspect.isfunction(f) and len(inspect.signature(f).parameters.keys() - {"ax"}) > 1]
    assert len(functions) > 100
    assert sorted(f"{f.__module__}.{f.__name__}" for f in functions
                  if "\n    Parameters\n    ---" not in (f.__doc__ or "")) == []


def _uses(notebook):
    """What the code of a notebook takes from modules of the kit that it imports, as (module, name)."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    nodes = [n for c in cells if c["cell_type"] == "code" for n in ast.walk(ast.parse("".join(c["source"])))]
    modules = {a.asname or a.name: f"{n.module}.{a.name}" for n in nodes if isinstance(n, ast.ImportFrom)
               and str(n.module).startswith("segkit") for a in n.names}
    return {(modules[n.value.id], n.attr) for n in nodes
            if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in modules}


def test_changelog_names_the_version_first():
    assert re.search(r"^## \d+\.\d+\.\d+", (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_page_code_stays_below_what_would_change_the_decision():
    """Decision 0008 would be looked at again beyond 500 lines of style, script and template. The short form that a study
    hands over is a page of its own."""
    template = PROJECT / "segkit" / "report" / "template"
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in template.iterdir()
               if path.stem != "form") <= 500
