"""The compiled room: what k-means, stability and latent classes do thousands of times.

Imported inside functions only, so that Numba is loaded when something is fitted and not before.
"""

STILL = 5_000
"""A start ends when less than 1 row in this many changes segment: on fewer rows, when none does."""
