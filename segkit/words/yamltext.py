"""YAML as plain data, and the line of each of its values."""

from __future__ import annotations

from typing import Any

import yaml

FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's safe loader, which is much faster, where PyYAML was built with it."""


def load(text: str) -> Any:
    """The content of a YAML text.

    Examples
    --------
    >>> load("brand: Pepsi")
    {'brand': 'Pepsi'}
    """
    return yaml.load(text, Loader=FAST)


def lines(text: str) -> dict[tuple[str | int, ...], int]:
    r"""The line of every value of a YAML text, by the keys and places that lead to it; the first line is 1.

    Raises
    ------
    ValueError
        When the text uses aliases, which can stand for themselves or for millions of values, or a key stands twice.
    yaml.YAMLError
        When it is no YAML.

    Examples
    --------
    >>> lines("brand: Pepsi\nclaims:\n- id: age\n")
    {(): 1, ('brand',): 1, ('claims',): 2, ('claims', 0): 3, ('claims', 0, 'id'): 3}
    """
    for event in yaml.parse(text, Loader=FAST):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"line {event.start_mark.line + 1} uses the alias *{event.anchor}: write the value out")
    line_numbers: dict[tuple[str | int, ...], int] = {}
    _place(yaml.compose(text, Loader=FAST), (), 1, line_numbers)
    return line_numbers


def _place(node: yaml.Node | None, at: tuple[str | int, ...], line: int, found: dict) -> None:
    if at in found:
        raise ValueError(f"line {line}: `{at[-1]}` stands twice, first on line {found[at]}")
    found[at] = line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _place(value, (*at, str(key.value)), key.start_mark.line + 1, found)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            _place(value, (*at, i), value.start_mark.line + 1, found)
