"""Random numbers within kernels: SplitMix64, one stream per start or pair, told by its seed alone.

Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators, doi:10.1145/2660193.2660195.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segkit.segmentation.kernel.compiled import inner

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = (np.uint64(n) for n in (30, 27, 31, 11))


def seeds(random_state: int | Sequence[int] | None, n: int) -> np.ndarray:
    """Seeds (n,) of independent streams; the first ones do not depend on n."""
    return np.random.SeedSequence(random_state).generate_state(n, np.uint64)


@inner
def following(state):
    """The next 64 random bits of a stream; `state` (1,) moves on."""
    state[0] += _STEP
    bits = state[0]
    bits = (bits ^ (bits >> _30)) * _FIRST
    bits = (bits ^ (bits >> _27)) * _SECOND
    return bits ^ (bits >> _31)


@inner
def uniform(state):
    """The next number of a stream, 0 ≤ u < 1."""
    return float(following(state) >> _11) * 2.0**-53
