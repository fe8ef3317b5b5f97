"""Floor 4: what a notebook displays becomes a page.

In a notebook: ``from segkit import report`` and end a cell with ``report.finding(…)``, ``report.check(…)``,
``report.table(…)``, ``report.figure(…)``, ``report.text(…)`` or ``report.source(…)``.
"""

from segkit.report.findings import check, figure, finding, source, table, text

__all__ = ["check", "figure", "finding", "source", "table", "text"]
