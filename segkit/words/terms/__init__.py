"""The glossary: every column a result can have and the concepts of the prose, in both languages.

A column has a unit and a direction. Suffixes have a meaning: ``*_score`` bigger is better; ``*_share`` lies in
[0, 1]; ``*_days`` are days; ``n_*`` are counts. A test holds every public result against this table.

A concept has the wording of running text, in lower case where the text has it. A page marks where a wording of
`Term.wordings` first stands and shows the definition there.
"""

from __future__ import annotations

from segkit.words.terms import (
    audiences,
    brands,
    cases,
    choices,
    concepts,
    customers,
    evidence,
    lifecycle,
    rivals,
    segments,
    solutions,
    stages,
    targets,
    unify,
    usage,
)
from segkit.words.terms.term import Term

__all__ = ["COLUMNS", "CONCEPTS", "TERMS", "Term", "label", "unit"]

COLUMNS = (*customers.COLUMNS, *segments.COLUMNS, *evidence.COLUMNS, *brands.COLUMNS, *rivals.COLUMNS,
           *cases.COLUMNS, *choices.COLUMNS, *targets.COLUMNS, *lifecycle.COLUMNS, *stages.COLUMNS,
           *solutions.COLUMNS, *unify.COLUMNS, *audiences.COLUMNS, *usage.COLUMNS)

TERMS = {term.name: term for term in COLUMNS}
"""All result columns by name."""

CONCEPTS = {term.name: term for term in concepts.CONCEPTS}
"""Concepts that stand in the prose and are no result column, by name."""


def label(name: str, code: str | None = None) -> str:
    """The label of a column; a column of the user's own data keeps its name.

    Examples
    --------
    >>> label("penetration"), label("penetration", "vi"), label("my_column")
    ('Penetration', 'Tỷ lệ thâm nhập', 'my_column')
    """
    return TERMS[name].label(code) if name in TERMS else str(name)


def unit(name: str, default: str = "text") -> str:
    """The unit of a column."""
    return TERMS[name].unit if name in TERMS else default
