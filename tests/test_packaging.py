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
    conda = [d for d in yaml.safe_load((PROJECT / "environment.yml").read_text())["dependencies"] if isinstance(d, str)]
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
