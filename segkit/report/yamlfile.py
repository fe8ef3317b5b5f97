"""Plain YAML with the line of every key; what is not plain is refused with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from segkit.words import yamltext
from segkit.words.errors import Fault, StudyError

_MAX_DEPTH = 30
_LARGEST = 1_000_000
"""Bytes of a study file."""


def read(path: Path) -> tuple[dict[tuple[str, ...], int], Any]:
    """Line of every key, and the file's content."""
    try:
        if path.stat().st_size > _LARGEST:
            raise StudyError([Fault(path.name, f"is larger than {_LARGEST // 1000:,} kB", "name data by their file")],
                             path.name)
        text = path.read_text(encoding="utf-8")
        try:
            root, raw = _parsed(text, path.name, yamltext.FAST)
        except (yaml.YAMLError, ValueError):
            root, raw = _parsed(text, path.name, yaml.SafeLoader)  # it says better what is wrong
    except OSError as error:
        raise StudyError([Fault(path.name, f"cannot be read: {error.strerror or error}", "see that it is there, and "
                                "that you may read it")], path.name) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StudyError([Fault(f"{path.name}:{line}", f"is not valid YAML: {error.problem}",
                                "check the indentation, the colons and the quotes")], path.name) from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise StudyError([Fault(path.name, "is not UTF-8 text", "save it as UTF-8")], path.name) from None
        line = text[:error.position].count("\n") + 1 if isinstance(error, yaml.reader.ReaderError) else _bad_line(text)
        raise StudyError([Fault(f"{path.name}:{line}", f"holds a value that cannot be read: {str(error)[:200]}",
                                "correct it, or put it between quotes")], path.name) from None
    if not isinstance(raw, dict):
        raise StudyError([Fault(path.name, "is not a study", "begin with `notebook: …` and `title: …`")], path.name)
    lines: dict[tuple[str, ...], int] = {}
    faults: list[Fault] = []
    _walk(root, (), lines, faults, path.name)
    if faults:
        raise StudyError(faults, path.name)
    return lines, raw


def _parsed(text: str, name: str, loader: Any) -> tuple[yaml.Node | None, Any]:
    """The nodes of a text and its content."""
    _refuse_tricks(text, name, loader)
    return yaml.compose(text, Loader=loader), yaml.load(text, Loader=loader)


def _bad_line(text: str) -> int:
    """The line of the first value that YAML cannot construct."""
    loader = yaml.SafeLoader("")
    nodes = [yaml.compose(text, Loader=yaml.SafeLoader)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.ScalarNode):
            try:
                loader.construct_object(node)
            except ValueError:
                return node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            nodes += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
    return 1


def _refuse_tricks(text: str, name: str, loader: Any) -> None:
    """A study file is plain: no anchors and aliases, which can stand for themselves or for millions of values."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            raise StudyError([Fault(f"{name}:{event.start_mark.line + 1}", f"uses the alias *{event.anchor}",
                                    "write the value out")], name)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise StudyError([Fault(f"{name}:{event.start_mark.line + 1}", f"is nested deeper than {_MAX_DEPTH} levels",
                                    "check its brackets and indentation")], name)


def _walk(node: yaml.Node | None, at: tuple[str, ...], lines: dict, faults: list[Fault], name: str) -> None:
    if isinstance(node, yaml.ScalarNode):
        try:
            node.value.encode()
        except UnicodeEncodeError:
            faults.append(Fault(f"{name}:{node.start_mark.line + 1}", "holds half a character (a surrogate)",
                                "write the character itself"))
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _walk(value, (), {}, faults, name)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _walk(key, (), {}, faults, name)
            here = (*at, str(key.value))
            if here in lines:
                faults.append(Fault(f"{name}:{key.start_mark.line + 1}", f"`{key.value}` stands twice "
                                    f"(first on line {lines[here]})", "remove one"))
            lines[here] = key.start_mark.line + 1
            _walk(value, here, lines, faults, name)
