"""Is there a gap between segments? Customers at the border of two segments beside those around their centres."""

from __future__ import annotations

import numpy as np

PLACES = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Where on the way from centre to centre a gap is looked for."""
HALF_WIDTH = 0.125
"""Half the width of each band, as a share of the way."""
GRID = 11
"""Different values of a variable up to which they are points of a grid."""


def off_grid(values: np.ndarray) -> np.ndarray:
    """Customers (n, d) with answers on a grid spread evenly over their step.

    Between two points of a grid nobody stands, whatever the customers are like: a yes/no answer would make a gap beside
    every pattern of answers. Each variable of up to 11 different values is moved by up to half the least step between
    them; always in the same way.

    Examples
    --------
    >>> moved = off_grid(np.repeat([[0.0], [1.0]], 500, axis=0))
    >>> bool((np.abs(moved - np.repeat([[0.0], [1.0]], 500, axis=0)) <= 0.5).all()), len(np.unique(moved))
    (True, 1000)
    """
    jittered, rng = np.array(values, dtype=float), np.random.default_rng(0)
    for column in jittered.T:
        points = np.unique(column)
        if 2 <= len(points) <= GRID:
            column += np.diff(points).min() * rng.uniform(-0.5, 0.5, len(column))
    return jittered


def border(values: np.ndarray, label: np.ndarray, centroids: np.ndarray) -> float:
    """`fullest`, with answers spread off their grid.

    Examples
    --------
    >>> answers = np.repeat([[0.0, 0], [1, 0], [1, 1]], [50, 4, 50], axis=0)
    >>> label = np.repeat([0, 1, 2], [50, 4, 50])
    >>> centroids = np.array([[0.0, 0], [1, 0], [1, 1]])
    >>> fullest(answers, label, centroids), border(answers, label, centroids) > 0.5
    (0.0, True)
    """
    return fullest(off_grid(values), label, centroids)


def fullest(values: np.ndarray, label: np.ndarray, centroids: np.ndarray) -> float:
    """Density at the border of two segments that is least of a gap.

    Parameters
    ----------
    values : (n, d) customers.
    label : (n,) segment of each, 0 … k − 1.
    centroids : (k, d).

    Returns
    -------
    Customers in the emptiest band between two segments, as a share of those around the thinner of the two centres, of
    the two segments where it is largest. On the line that joins two centres, the customers of both segments are counted
    in bands of equal width, around the centres and at five places between them. About 1 or more where customers differ
    by degree; 0 where nobody stands in between.

    References
    ----------
    Hartigan & Hartigan (1985), The dip test of unimodality, doi:10.1214/aos/1176346577, for the idea; Kalogeratos &
    Likas (2012), Dip-means, for its use between the parts of a segmentation.

    Examples
    --------
    >>> values = np.r_[np.linspace(-1, 1, 50), np.linspace(9, 11, 50)][:, None]
    >>> fullest(values, np.repeat([0, 1], 50), np.array([[0.0], [10.0]]))
    0.0
    """
    parts = [values[label == s] for s in range(len(centroids))]
    worst = 0.0
    for s, part in enumerate(parts):
        for t, other in enumerate(parts[:s]):
            way = centroids[t] - centroids[s]
            length = float(way @ way)
            around = 0
            if length > 0:
                along = np.concatenate([(part - centroids[s]) @ way, (other - centroids[s]) @ way]) / length
                around = min(_in(along, 0.0), _in(along, 1.0))
            if not around:
                return 1.0
            worst = max(worst, min(_in(along, place) for place in PLACES) / around)
    return worst


def _in(along: np.ndarray, place: float) -> int:
    return int((np.abs(along - place) <= HALF_WIDTH).sum())
