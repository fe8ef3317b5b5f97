"""The compiled room: what k-means, stability and latent classes do thousands of times.

Imported inside functions only, so that Numba is loaded when something is fitted and not before.
"""
