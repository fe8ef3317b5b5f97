"""Agglomeration: the two nearest segments merge, again and again, until one is left.

The nearest-neighbour chain finds the merges in a time that grows with the square of the rows. SciPy's linkage
knows no masses; here equal customers are one row with a mass and case weights count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import leaves_list
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

LINKAGES = ("ward", "average", "complete")
DIGITS = 12
"""Digits of the distances, of the largest one, that count: rounding in the last ones would break ties by chance."""
EQUAL = 1e-9
"""Two heights that differ by less than this share of themselves are a tie."""


@dataclass(frozen=True)
class Tree:
    """Merges in the order of their height: `pairs` (m - 1, 2) of rows, one of either side, `heights` (m - 1,), and
    whether another merge of one side would have been as near (`tied`)."""

    pairs: np.ndarray
    heights: np.ndarray
    tied: np.ndarray

    def n_ties(self, k: int) -> int:
        """Choices between equals on the way to k segments: tied merges, and the cut where the next is as near."""
        last = len(self.heights) - k
        cut = 0 <= last < len(self.heights) - 1 and self.heights[last + 1] <= self.heights[last] * (1 + EQUAL)
        return int(self.tied[:last + 1].sum()) + int(cut)

    def cut(self, k: int) -> np.ndarray:
        """Segment 0 … k - 1 of each row when k are left, numbered by their first row."""
        m = len(self.heights) + 1
        done = self.pairs[:m - k]
        component = connected_components(coo_array((np.ones(len(done)), done.T), shape=(m, m)), directed=False)[1]
        _, first, place = np.unique(component, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[place]

    def linkage(self) -> np.ndarray:
        """The merges as SciPy writes them: the two segments' numbers, height, rows."""
        m = len(self.heights) + 1
        parent, number, size = np.arange(m), np.arange(m), np.ones(m)
        Z = np.empty((m - 1, 4))
        for step, (pair, height) in enumerate(zip(self.pairs, self.heights, strict=True)):
            a, b = (_root(parent, i) for i in pair)
            n = size[a] + size[b]
            Z[step] = [*sorted((number[a], number[b])), height, n]
            parent[b], number[a], size[a] = a, m + step, n
        return Z

    def gaps(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows in the order of the tree's leaves, and the height (m - 1,) at which a leaf and the next are one.

        Two rows are one at the greatest of the heights between them.
        """
        Z = self.linkage()
        m = len(Z) + 1
        order = leaves_list(Z)
        last = np.empty(2 * m - 1, dtype=np.int64)
        last[order] = np.arange(m)
        gap = np.empty(m - 1)
        for step, (a, b) in enumerate(Z[:, :2].astype(int)):
            left, right = sorted((last[a], last[b]))
            gap[left], last[m + step] = Z[step, 2], right
        return order, gap


def _root(parent: np.ndarray, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def grow(D: np.ndarray, mass: np.ndarray, linkage: str) -> Tree:
    """The tree of rows with masses.

    Parameters
    ----------
    D : (m, m) distances, for Ward's linkage squared ones; spent.
    mass : (m,) weight of each row, > 0.
    linkage : "ward" (least growth of the sum of squares; height sqrt(2 · growth), as ward.D2 in R), "average" or
        "complete".

    Notes
    -----
    Of several merges that are equally near, the first in the order of the rows is made.

    Examples
    --------
    >>> D = np.abs(np.subtract.outer([0.0, 1, 5], [0.0, 1, 5]))
    >>> grow(D, np.ones(3), "average").heights.tolist()
    [1.0, 4.5]
    """
    m, n = len(mass), mass.astype(float)
    if m > 1 and D.max() > 0:
        np.round(D, DIGITS - int(np.ceil(np.log10(D.max()))), out=D)
    if linkage == "ward":
        for i in range(m):
            D[i] *= 2 * n[i] * n / (n[i] + n)
    np.fill_diagonal(D, np.inf)
    alive = np.ones(m, dtype=bool)
    pairs, heights = np.empty((m - 1, 2), dtype=np.int64), np.empty(m - 1)
    chain: list[int] = []
    tied = np.zeros(m - 1, dtype=bool)
    for step in range(m - 1):
        chain = chain or [int(alive.argmax())]
        while True:
            a = chain[-1]
            b = int(D[a].argmin())
            if len(chain) > 1 and D[a, b] >= D[a, chain[-2]]:
                b = chain[-2]
                break
            chain.append(b)
        del chain[-2:]
        a, b = min(a, b), max(a, b)
        pairs[step], heights[step] = (a, b), D[a, b]
        as_near = heights[step] * (1 + EQUAL)
        tied[step] = max(np.count_nonzero(D[a] <= as_near), np.count_nonzero(D[b] <= as_near)) > 1
        D[a] = D[:, a] = _merged(D[a], D[b], heights[step], n[a], n[b], n, linkage)
        D[b] = D[:, b] = np.inf
        D[a, a] = np.inf
        n[a] += n[b]
        alive[b] = False
    order = np.argsort(heights, kind="stable")
    heights = np.maximum.accumulate(heights[order])
    return Tree(pairs[order], np.sqrt(heights) if linkage == "ward" else heights, tied[order])


def _merged(to_a: np.ndarray, to_b: np.ndarray, height: float, a: float, b: float, n: np.ndarray,
            linkage: str) -> np.ndarray:
    """Distances of all to the union of a and b (Lance & Williams)."""
    if linkage == "ward":
        return ((a + n) * to_a + (b + n) * to_b - height * n) / (a + b + n)
    return (a * to_a + b * to_b) / (a + b) if linkage == "average" else np.maximum(to_a, to_b)
