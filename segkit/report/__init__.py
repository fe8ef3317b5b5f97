"""Floor 4: what a notebook displays becomes a page.

In a notebook: ``from segkit import report`` and end a cell with ``report.finding(…)``, ``report.check(…)``,
``report.table(…)``, ``report.figure(…)``, ``report.text(…)`` or ``report.source(…)``.
"""

from typing import Any

MIME = "application/vnd.segkit+json"
"""The type under which a notebook holds what it displays."""

__all__ = ["MIME", "actions", "check", "decision", "figure", "finding", "labels", "source", "table", "text", "when"]


def __getattr__(name: str) -> Any:
    """The display objects, imported with pandas when first asked for: a build does not need it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "labels":
        from segkit.words.labels import give

        return give
    from segkit.report import findings

    return getattr(findings, name)
