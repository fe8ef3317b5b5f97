"""What choices can tell apart: variables that differ within occasions, and separation (S7).

A logit compares the brands of one occasion, so a variable that is the same for all of them says nothing, and one that
foretells every choice has no finite coefficient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import linalg, optimize

from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

SAME = N_("cannot be told: the same for all brands of every occasion")
FOLLOWS = N_("cannot be told: follows from the other variables and the constants of the brands")
SEPARATED = N_("cannot be told: foretells every choice, so no finite estimate exists")
_FOUND = {
    SAME: ("is the same for all brands of every occasion, so it cannot tell them apart",
           "leave it out, or multiply it with something that differs between brands"),
    FOLLOWS: ("follows from the other variables and constants", "leave it or one of them out"),
}


class NotIdentified(DataError):
    """Variables that the occasions cannot tell apart. `terms`: each and why."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        self.terms = dict(terms)
        super().__init__([Fault(f"variable {term!r}", *_FOUND[why]) for term, why in terms.items()], "not identified")

    def __reduce__(self):
        return type(self), (self.terms,)


class Separated(DataError):
    """Choices that a mixture of the variables foretells without fail. `terms`: of these, one has to go."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = dict.fromkeys(terms, SEPARATED)
        super().__init__([Fault("the choices", f"are foretold without fail by {', '.join(map(repr, terms))} "
                                "(separation): no finite estimate exists", "leave one of these out, or give choices "
                                "that go against them")], "brand choice")

    def __reduce__(self):
        return type(self), (list(self.terms),)


def unidentified(X: np.ndarray, terms: Sequence[str], start: np.ndarray) -> dict[str, str]:
    """Terms that do not vary within occasions (`SAME`), else those that follow from the terms before them (`FOLLOWS`).

    Parameters
    ----------
    X : rows × terms, the rows of an occasion together.
    terms : their names.
    start : the first row of each occasion.

    Examples
    --------
    >>> unidentified(np.array([[1.0, 5.0], [2.0, 5.0]]), ["price", "income"], np.array([0]))
    {'income': 'cannot be told: the same for all brands of every occasion'}
    """
    sizes = np.diff(np.r_[start, len(X)])
    within = X - np.repeat(np.add.reduceat(X, start, axis=0) / sizes[:, None], sizes, axis=0)
    scale = np.sqrt((within**2).sum(axis=0))
    flat = scale <= 1e-9 * (1 + np.abs(X).max(axis=0)) * np.sqrt(len(X))
    if flat.any():
        return {term: SAME for term, same in zip(terms, flat, strict=True) if same}
    size = np.abs(np.diag(linalg.qr(within / scale, mode="r")[0][:X.shape[1]]))
    return {terms[int(i)]: FOLLOWS for i in np.flatnonzero(np.r_[size, np.zeros(len(terms) - len(size))] < 1e-7)}


def separating(Z: np.ndarray, y: np.ndarray, start: np.ndarray) -> np.ndarray | None:
    """A mixture of the variables that is never larger for a brand not chosen, and somewhere smaller; None for none.

    References
    ----------
    Albert & Anderson (1984), doi:10.1093/biomet/71.1.1.

    Examples
    --------
    >>> separating(np.array([[1.0], [0.0], [1.0], [0.0]]), np.array([1, 0, 1, 0]), np.array([0, 2]))
    array([1.])
    """
    sizes = np.diff(np.r_[start, len(Z)])
    gap = (np.repeat(Z[y == 1], sizes, axis=0) - Z)[y == 0]
    gap = np.unique(gap.round(12), axis=0)
    if not gap.size:
        return None
    solution = optimize.linprog(-gap.sum(axis=0), A_ub=-gap, b_ub=np.zeros(len(gap)), bounds=(-1, 1))
    return solution.x if solution.success and -solution.fun > 1e-7 else None
