"""pyproject, lock, pip exports and conda environment say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"matplotlib": "matplotlib-base", "duckdb": "python-duckdb", "ibis-framework": "ibis-duckdb"}
NAME = re.compile(r"^([A-Za-z0-9_.-]+?)(\[[^]]*\])?([<>=!~].*)?$")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def bounds(requirement: str) -> tuple[str, str]:
    name, _, bound = NAME.match(requirement.replace(" ", "")).groups()
    return normal(name), bound or ""


@pytest.fixture(scope="module")
def pyproject() -> dict:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def locked() -> dict[str, set[str]]:
    packages = tomllib.loads((PROJECT / "uv.lock").read_text(encoding="utf-8"))["package"]
    versions: dict[str, set[str]] = {}
    for package in packages:
        versions.setdefault(normal(package["name"]), set()).add(package.get("version", ""))
    return versions


def test_conda_environment_has_the_same_packages_and_bounds(pyproject):
    listed = yaml.safe_load((PROJECT / "environment.yml").read_text())["dependencies"]
    by_pip = [d for some in listed if isinstance(some, dict) for d in some["pip"] if not d.startswith("--")]
    conda = [d for d in listed if isinstance(d, str)] + by_pip
    wanted = {CONDA_NAMES.get(name, name): bound for name, bound in map(bounds, pyproject["project"]["dependencies"])}
    wanted |= {"python": pyproject["project"]["requires-python"], "pip": ""}
    assert dict(map(bounds, conda)) == wanted


def test_lock_holds_every_dependency_within_its_bounds(pyproject, locked):
    from packaging.specifiers import SpecifierSet

    groups = [pyproject["project"]["dependencies"], pyproject["dependency-groups"]["dev"],
              *pyproject["project"]["optional-dependencies"].values()]
    for name, bound in (bounds(r) for group in groups for r in group):
        assert name in locked, name
        assert all(v in SpecifierSet(bound) for v in locked[name]), name


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_pip_export_is_the_lock(pyproject, locked, file):
    lines = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", (PROJECT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert all(version in locked[normal(name)] for name, version in lines)
    needed = {bounds(r)[0] for r in pyproject["project"]["dependencies"]}
    assert needed <= {normal(name) for name, _ in lines}
    assert ("pytest" in dict(lines)) == ("dev" in file)


def test_every_locked_file_has_a_hash():
    text = (PROJECT / "requirements-dev.txt").read_text(encoding="utf-8")
    assert len(re.findall(r"^\S+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")


def test_version_is_the_same_everywhere(pyproject):
    import segkit

    assert segkit.__version__ == pyproject["project"]["version"]
    assert segkit.__version__ in (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_tools_that_build_the_package_are_locked(pyproject):
    from packaging.specifiers import SpecifierSet

    text = (PROJECT / "requirements-build.txt").read_text(encoding="utf-8")
    pinned = {normal(name): version for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", text, re.MULTILINE)}
    assert all("--hash=sha256:" in part for part in re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:])
    for name, bound in map(bounds, pyproject["build-system"]["requires"]):
        assert pinned[name] in SpecifierSet(bound)
    others = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", (PROJECT / "requirements-dev.txt").read_text(encoding="utf-8"), re.MULTILINE))
    assert all(others.get(name, version) == version for name, version in pinned.items())
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert makefile.count("--no-build-isolation") == makefile.count("-e .") == 2


def test_the_list_of_what_is_installed():
    import json
    import subprocess
    import sys

    lists = [subprocess.run([sys.executable, ".ci/sbom.py"], cwd=PROJECT, capture_output=True, text=True, check=True,
                            env={**__import__("os").environ, "PYTHONPATH": str(PROJECT)}).stdout for _ in range(2)]
    told = json.loads(lists[0])
    assert lists[0] == lists[1]
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    names = {c["name"].lower() for c in told["components"]}
    assert {"pandas", "duckdb", "papermill"} <= names
    assert len({c["bom-ref"] for c in told["components"]}) == len(told["components"])
    assert all(c["purl"].startswith("pkg:pypi/") and c["version"] for c in told["components"])


def test_the_packages_of_the_distribution_say_what_they_are_for():
    text = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    for package in re.findall(r"apt-get install .* (\S+)$", text, re.MULTILINE):
        assert re.search(rf"^#   {re.escape(package)} +\w", text, re.MULTILINE), package


def test_what_the_package_imports_is_declared(pyproject):
    import ast
    import sys
    from importlib.metadata import packages_distributions

    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (PROJECT / "segkit").rglob("*.py")]
    imports = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    tops = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"segkit"}
    declared = {bounds(r)[0] for group in (pyproject["project"]["dependencies"], *pyproject["project"]["optional-dependencies"].values())
                for r in group}
    installed = packages_distributions()
    assert {"zmq", "llvmlite", "yaml", "ibis"} <= tops
    undeclared = [top for top in sorted(tops) if not {normal(d) for d in installed.get(top, [top])} & declared]
    assert undeclared == []
