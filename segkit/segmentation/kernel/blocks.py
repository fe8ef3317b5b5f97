"""Rows in blocks of 64 with the row in the vector lane: (n_blocks, d, 64) float32."""

from __future__ import annotations

import numpy as np

from segkit.segmentation.kernel.compiled import inner
from segkit.segmentation.kernel.vectors import BLOCK

__all__ = ["BLOCK", "blocked", "middle", "padded", "row_of", "width"]

_SOME = 1000


def blocked(Z: np.ndarray) -> np.ndarray:
    """Rows (n, d) as blocks (n_blocks, d, 64); the last row is repeated to fill the last block."""
    n, d = Z.shape
    blocks = np.empty((max(1, -(-n // BLOCK)), d, BLOCK), dtype=np.float32)
    n_full = n // BLOCK
    blocks[:n_full] = Z[:n_full * BLOCK].reshape(n_full, BLOCK, d).transpose(0, 2, 1)
    if n_full < len(blocks):
        rest = n - n_full * BLOCK
        blocks[n_full, :, :rest] = Z[n_full * BLOCK:].T
        blocks[n_full, :, rest:] = Z[-1:].T if n else 0
    return blocks


def middle(Z: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Where most rows (n, d) lie, (d,), how far apart (d,), and a power of two that is about the widest of it.

    Median and quartile range of some rows. Rows are taken from there and divided by the power of two before they
    become float32, so that neither a few far rows nor the unit costs them digits.
    """
    part = Z[::max(1, len(Z) // _SOME)]
    low, origin, high = np.quantile(part, (0.25, 0.5, 0.75), axis=0)
    spread = np.where(high > low, high - low, np.abs(part - origin).mean(axis=0))
    widest = float(spread.max(initial=0.0))
    return origin, spread, 2.0 ** np.floor(np.log2(widest)) if widest > 0 else 1.0


def padded(mass: np.ndarray, n_blocks: int) -> np.ndarray:
    """Masses (n,) with zeros for the rows that fill the last block."""
    full = np.zeros(n_blocks * BLOCK, dtype=np.float32)
    full[:len(mass)] = mass
    return full


@inner
def width(d):
    """Numbers that a row of d variables in one piece takes: they, a 1, and zeros up to a multiple of 8."""
    return d // 8 * 8 + 8


@inner
def row_of(blocks, b, i, row):
    """Row i of block b into `row`."""
    for q in range(blocks.shape[1]):
        row[q] = blocks[b, q, i]
