"""Cells of a contingency table counted straight from texts, without a code for every row."""

from __future__ import annotations

import numpy as np
from numba import types

from segkit.segmentation.kernel.compiled import kernel

MOST_VALUES = 1024
_SLOTS = 8192
_ONE, _EIGHT = np.uint64(1), np.uint64(8)
_read = {"readonly": True}


def tally(offsets: np.ndarray, letters: np.ndarray, group: np.ndarray, n_groups: int,
          ) -> tuple[np.ndarray, np.ndarray] | None:
    """The table (value, group) of numbers of texts, and the first row of each value; None where there are too many.

    Text i is `letters[offsets[i]:offsets[i + 1]]` (UTF-8), in `group[i]` (-1: left out).

    Examples
    --------
    >>> letters = np.frombuffer(b"yesnoyes", np.uint8)
    >>> counts, rows = tally(np.array([0, 3, 5, 8]), letters, np.array([0, 1, 1]), 2)
    >>> counts.tolist(), rows.tolist()
    ([[1, 1], [0, 1]], [0, 1])
    """
    n_words = max(len(letters) - 7, 0)
    words = np.ndarray((n_words,), np.uint64, letters, strides=(1,)) if n_words else np.empty(16, np.uint64)[1::2][:0]
    counts, rows = np.zeros((MOST_VALUES, n_groups), np.int64), np.zeros(MOST_VALUES, np.int64)
    n = _tally(offsets, letters, words, group, counts, rows)
    return None if n < 0 else (counts[:n], rows[:n])


@kernel(types.int64(
    types.Array(types.int64, 1, "C", **_read), types.Array(types.uint8, 1, "C", **_read),
    types.Array(types.uint64, 1, "A", aligned=False, **_read), types.Array(types.int64, 1, "C", **_read),
    types.int64[:, ::1], types.int64[::1]))
def _tally(offsets, letters, words, group, counts, rows):
    """Open addressing on the first and last eight letters; longer texts are compared to their end."""
    slots = np.full(_SLOTS, -1, np.int32)
    length, head, tail = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.uint64), np.zeros(len(rows), np.uint64)
    mask = np.uint64(_SLOTS - 1)
    n = 0
    for i in range(len(group)):
        where = group[i]
        if where < 0:
            continue
        at = offsets[i]
        size = offsets[i + 1] - at
        end = np.uint64(0)
        if size >= 8:
            first, end = words[at], words[at + size - 8]
        elif at < len(words):
            first = words[at] & ((_ONE << (_EIGHT * np.uint64(size))) - _ONE)
        else:
            first = np.uint64(0)
            for j in range(size):
                first |= np.uint64(letters[at + j]) << (_EIGHT * np.uint64(j))
        mixed = (first ^ ((end >> np.uint64(29)) | (end << np.uint64(35))) ^ np.uint64(size))
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xFF51AFD7ED558CCD)
        slot = (mixed >> np.uint64(45)) & mask
        while True:
            value = slots[slot]
            if value < 0:
                if n == len(rows):
                    return -1
                slots[slot], length[n], head[n], tail[n], rows[n] = n, size, first, end, i
                value = n
                n += 1
                break
            if head[value] == first and tail[value] == end and length[value] == size:
                other, j = offsets[rows[value]], 8
                while j < size - 8 and words[other + j] == words[at + j]:
                    j += 8
                if j >= size - 8:
                    break
            slot = (slot + _ONE) & mask
        counts[value, where] += 1
    return n
