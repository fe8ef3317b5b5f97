"""The packages that a page rests on, with their versions: what its notebook imported, and nothing else.

Kernels of a build have imported much before their notebook begins, those started plainly nothing, and both must give
the same page. So what stands at the head of the notebook and of the modules it imports is read from their text; what
is imported only when it is needed is not there before, and the kernel is asked for it when the notebook is done.
"""

from __future__ import annotations

import ast
import functools
import importlib.metadata
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import segkit
from segkit.report import notebook as notebooks

PLATFORM = {"pandas": "pandas", "numpy": "numpy", "scipy": "scipy", "statsmodels": "statsmodels",
            "ibis": "ibis-framework", "duckdb": "duckdb"}
"""Module → distribution of what modules import at their head."""
WHEN_NEEDED = {"numba": "numba", "splink": "splink", "sklearn": "scikit-learn", "matplotlib": "matplotlib",
               "seaborn": "seaborn", "pyspark": "pyspark", "psycopg": "psycopg", "pyreadstat": "pyreadstat",
               "openpyxl": "openpyxl", "python_calamine": "python-calamine"}
"""Module → distribution of what a function imports when it is called; a process that forks kernels has none of it."""
RUNNER = "papermill"
TAG = "segkit-packages"
QUESTION = f"import sys\nprint(*sorted({set(WHEN_NEEDED)!r} & set(sys.modules)))"
_KEPT = "segkit_imported"
_ROOT = Path(segkit.__file__).parent.parent


def ask(notebook: Any) -> None:
    """Put the question what was imported at the end of a notebook that is to run."""
    import nbformat

    cell = nbformat.v4.new_code_cell(QUESTION, metadata={"tags": [TAG]})
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        cell.pop("id", None)
    notebook.cells.append(cell)


def take(notebook: Any) -> None:
    """Take the question from a notebook that ran, and note its answer."""
    if notebook.cells and TAG in notebook.cells[-1].metadata.get("tags", []):
        answer = notebook.cells.pop().get("outputs", [])
        notebook.metadata[_KEPT] = "".join(o.get("text", "") for o in answer).split()


def versions(path: Path, notebook: Any) -> dict[str, str]:
    """Versions of the kit, of what a notebook imported, and of what ran it.

    Parameters
    ----------
    path : the notebook's file.
    notebook : the same, executed.
    """
    loaded = at_head(path) | set(notebook["metadata"].get(_KEPT, []))
    names = [name for module, name in {**PLATFORM, **WHEN_NEEDED}.items() if module in loaded]
    return {"segkit": segkit.__version__, **{n: importlib.metadata.version(n) for n in [*names, RUNNER]}}


def at_head(path: Path) -> set[str]:
    """The packages of `PLATFORM` that the cells of a notebook import, and the modules of the kit that these import."""
    cells = ["".join(c["source"]) for c in notebooks.read(path)["cells"] if c["cell_type"] == "code"]
    todo, seen = [name for code in cells for name in _imports(code)], set()
    while todo:
        if (name := todo.pop()) not in seen:
            seen.add(name)
            todo += _of_module(name) if name.startswith("segkit.") else ()
    return {name.partition(".")[0] for name in seen} & set(PLATFORM)


@functools.cache
def _of_module(name: str) -> Collection[str]:
    base = _ROOT.joinpath(*name.split("."))
    file = next((f for f in (base.with_suffix(".py"), base / "__init__.py") if f.is_file()), None)
    return tuple(_imports(file.read_text(encoding="utf-8"))) if file else ()


def _imports(code: str) -> Iterator[str]:
    """What a text imports at its head, by full names; of `from a import b` both `a` and `a.b`."""
    try:
        body = notebooks.parsed(code).body
    except SyntaxError:  # a cell with a command of IPython
        return
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
