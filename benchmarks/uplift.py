"""How often the interval of an uplift holds the truth, and how often an uplift is claimed where there is none.

    .venv/bin/python benchmarks/uplift.py [campaigns of each kind, 4000 by default]
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

from segkit.lifecycle import uplift

KINDS = ((300, 100, 0.05, 0.05), (300, 100, 0.10, 0.05), (1000, 200, 0.03, 0.02), (200, 200, 0.30, 0.20),
         (5000, 500, 0.02, 0.01), (60, 20, 0.40, 0.20))
"""People treated, of the control group, and the share of each that responds."""


def of_kind(n: int, m: int, p: float, q: float, n_sets: int, seed: int) -> tuple[float, float]:
    """Share of campaigns whose interval holds the truth, and that are said to have brought more."""
    rng = np.random.default_rng(seed)
    got, held, claimed = np.repeat([1, 0], [n, m]), 0, 0
    for k, c in zip(rng.binomial(n, p, n_sets), rng.binomial(m, q, n_sets), strict=True):
        did = (np.arange(n + m) < k) | ((np.arange(n + m) >= n) & (np.arange(n + m) < n + c))
        row = uplift.of_campaign(pd.DataFrame({"got": got, "did": did.astype(int)}), "got", "did").iloc[0]
        held += row["uplift_low"] <= p - q <= row["uplift_high"]
        claimed += row["uplift_verdict"] == uplift.VERDICTS["more"]
    return held / n_sets, claimed / n_sets


def main() -> None:
    """Print a line per kind."""
    n_sets = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    for seed, (n, m, p, q) in enumerate(KINDS):
        start = time.perf_counter()
        held, claimed = of_kind(n, m, p, q, n_sets, seed)
        print(f"{n:>5} treated, {m:>3} control, {p:.0%} and {q:.0%} respond: interval holds the truth {held:.1%}, "
              f"more claimed {claimed:.1%} ({n_sets} campaigns, seed {seed}, {time.perf_counter() - start:.0f} s)")


if __name__ == "__main__":
    main()
