"""Differences between segments: tests, effect sizes, permutations."""
