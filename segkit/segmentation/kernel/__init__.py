"""Compiled loops behind k-means, stability and latent classes."""
