"""Latent classes from within: coded answers and the mixture fitted to them."""
