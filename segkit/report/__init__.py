"""Floor 4: what a notebook displays becomes a page.

In a notebook: ``from segkit import report`` and end a cell with ``report.finding(…)``, ``report.check(…)``,
``report.table(…)``, ``report.figure(…)``, ``report.text(…)`` or ``report.source(…)``.
"""

from typing import Any

MIME = "application/vnd.segkit+json"
"""The type under which a notebook holds what it displays."""
KEPT = "application/vnd.segkit.segmentation"
"""The type under which a notebook's output holds the segmentation it hands on, base64 of Parquet."""

__all__ = ["MIME", "actions", "cards", "check", "decision", "figure", "finding", "keep", "labels", "source", "table",
           "text", "when"]


def __getattr__(name: str) -> Any:
    """The display objects, imported with pandas when first asked for: a build does not need it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "labels":
        from segkit.words.labels import give

        return give
    if name == "keep":
        from segkit.report.handed import keep

        return keep
    if name == "cards":
        from segkit.report.glance import cards

        return cards
    from segkit.report import findings

    return getattr(findings, name)
