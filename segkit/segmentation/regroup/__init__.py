"""Segments merged, split and matched to those of an earlier run."""
