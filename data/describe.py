"""Bring the measured facts in datapackage.json up to date: rows, bytes and sha256 of every file.

    python describe.py           write them
    python describe.py --check   write nothing; exit 1 when anything differs

Titles, descriptions, sources and licences are written by hand and kept as they are.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

FOLDER = Path(__file__).parent
PACKAGE = FOLDER / "datapackage.json"


def measure(path: Path) -> dict[str, Any]:
    """Rows (Parquet only), bytes and sha256 of one file."""
    content = path.read_bytes()
    facts: dict[str, Any] = {"bytes": len(content), "hash": "sha256:" + hashlib.sha256(content).hexdigest()}
    if path.suffix == ".parquet":
        facts = {"rows": pq.read_metadata(path).num_rows, **facts}
    return facts


def undescribed(resource: dict[str, Any], path: Path) -> list[str]:
    """Problems with the hand-written columns of a Parquet file: they must match the file, each with a description."""
    if path.suffix != ".parquet":
        return []
    fields = resource["schema"]["fields"]
    problems = [f"{field['name']} has no description" for field in fields if not field.get("description")]
    if [field["name"] for field in fields] != pq.read_schema(path).names:
        problems.append("the columns differ from those of the file")
    return problems


def main(check: bool) -> int:
    """Update or check datapackage.json; the result is the exit status."""
    before = PACKAGE.read_text(encoding="utf-8")
    package = json.loads(before)
    problems = []
    for resource in package["resources"]:
        path = FOLDER / resource["path"]
        facts = measure(path)
        changed = [key for key, value in facts.items() if resource.get(key) != value]
        resource.update(facts)
        if check and changed:
            problems.append(f"{resource['path']}: {', '.join(changed)} out of date")
        problems += [f"{resource['path']}: {problem}" for problem in undescribed(resource, path)]
    if not check:
        PACKAGE.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print("\n".join(problems) or f"{len(package['resources'])} files described")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(check="--check" in sys.argv[1:]))
