"""Floor 4: what a notebook displays becomes a page.

In a notebook: ``from segkit import report`` and end a cell with ``report.finding(…)``, ``report.check(…)``,
``report.table(…)``, ``report.figure(…)``, ``report.text(…)`` or ``report.source(…)``.
"""

import importlib
from typing import Any

MIME = "application/vnd.segkit+json"
"""The type under which a notebook holds what it displays."""
KEPT = "application/vnd.segkit.segmentation"
"""The type under which a notebook's output holds the segmentation it hands on, base64 of Parquet."""
LISTS = "application/vnd.segkit.lists"
"""The type under which a notebook's output holds lists of people for departments, base64 of JSON; see `handed`."""

__all__ = ["MIME", "actions", "cards", "check", "decision", "figure", "finding", "hand_over", "keep", "labels",
           "persona", "source", "table", "text", "when", "working_copy"]


_ELSEWHERE = {"labels": ("segkit.words.labels", "give"), "keep": ("segkit.report.handed", "keep"),
              "hand_over": ("segkit.report.handed", "hand_over"), "cards": ("segkit.report.glance", "cards"),
              "persona": ("segkit.report.faces", "persona"), "decision": ("segkit.report.advice", "decision"),
              "actions": ("segkit.report.advice", "actions"),
              "working_copy": ("segkit.report.lab", "working_copy")}
"""Where a display stands that is none of `segkit.report.findings`, and its name there."""


def __getattr__(name: str) -> Any:
    """The display objects, imported with pandas when first asked for: a build does not need it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, own = _ELSEWHERE.get(name, ("segkit.report.findings", name))
    return getattr(importlib.import_module(module), own)
