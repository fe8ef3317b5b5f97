"""YAML that comes with the kit."""

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
