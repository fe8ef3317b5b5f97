"""Compile the kernels ahead, so that the first report does not wait: ``python -m segkit.segmentation.kernel``."""

from __future__ import annotations

import time

import pandas as pd

from segkit.segmentation import kmeans, kmedians, latent_class, stability


def main() -> None:
    """Fit each model once to a few customers; the machine code is kept for the next process."""
    began = time.perf_counter()
    X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0], "spend": [5, 5, 6, 1, 1, 2.0]})
    segmentation = kmeans.segment(X, 2, n_starts=1, random_state=1)
    stability.within(X, segmentation, n_samples=2, n_starts=1, random_state=1)
    kmedians.segment(X, 2, n_starts=1, random_state=1)
    latent_class.segment(X.gt(4), 2, n_starts=1, random_state=1)
    latent_class.segment(X, 1, n_starts=1, continuous=list(X.columns), random_state=1)
    print(f"compiled models ready in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
