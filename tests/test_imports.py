"""Imports point down only; rooms on one floor do not import each other."""

import ast
from pathlib import Path

import pytest

import segkit

PACKAGE = Path(segkit.__file__).parent
FLOORS = {"words": 0, "data": 1, "plots": 1, "survey": 2, "segmentation": 2, "targeting": 3, "positioning": 3,
          "lifecycle": 3, "report": 4, "cli": 5}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE or p.stem not in ("__init__",))


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{a.name}" for a in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "segkit" and len(parts) > 1 and parts[1] in FLOORS:
                rooms.add(parts[1])
    return rooms


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    room = room_of(path)
    others = imported_rooms(path) - {room}
    up = {other for other in others if FLOORS[other] >= FLOORS[room]}
    assert not up, f"{room} (floor {FLOORS[room]}) imports {up}"


def test_plots_import_words_alone():
    for path in (PACKAGE / "plots").rglob("*.py"):
        assert imported_rooms(path) <= {"plots", "words"}, path.name


def test_every_room_has_a_floor():
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert rooms <= set(FLOORS)


def test_imports_have_no_cycle():
    graph = {}
    for path in MODULES:
        name = "segkit." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        top = [n for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.Import | ast.ImportFrom)]
        targets = {f"{n.module}.{a.name}" for n in top if isinstance(n, ast.ImportFrom) and n.module for a in n.names}
        graph[name] = targets | {n.module for n in top if isinstance(n, ast.ImportFrom) and n.module}
    done, running = set(), []

    def visit(name):
        assert name not in running, f"import cycle: {' -> '.join([*running, name])}"
        if name in done or name not in graph:
            return
        running.append(name)
        for target in graph[name]:
            visit(target)
        running.pop()
        done.add(name)

    for name in graph:
        visit(name)


def test_rooms_within_a_room_have_no_circle():
    """`data.readers`, `segmentation.partition` and the like: what one needs of another, that one does not need of it."""
    edges = {}
    for path in MODULES:
        own = path.relative_to(PACKAGE).parent.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("segkit."):
                other = tuple(node.module.split(".")[1:])
                other = other if PACKAGE.joinpath(*other).is_dir() else other[:-1]
                if len(own) == len(other) == 2 and own != other and own[0] == other[0]:
                    edges.setdefault(own, set()).add(other)
    assert edges
    done = set()
    while edges.keys() - done:
        free = {room for room in edges.keys() - done if not (edges[room] & edges.keys()) - done}
        assert free, f"a circle among {sorted(edges.keys() - done)}"
        done |= free
