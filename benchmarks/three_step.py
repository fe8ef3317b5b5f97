"""Whether coefficients of class membership come out right: simulated classes whose members depend on covariates.

Draws samples, finds the classes from six items, and fits a logit of class membership with and without the error
of assignment taken out: mean estimate, spread over samples, mean standard error, how often the 95 % interval
holds the truth, and how often the Wald test of a covariate without influence says p < 0.05.

    .venv/bin/python benchmarks/three_step.py [samples]
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import pandas as pd

from segkit.segmentation import covariates, latent_class
from segkit.segmentation.result import Segmentation

TRUTH = pd.DataFrame({2: {"intercept": 0.2, "age": 0.8, "town_hue": -0.7, "noise": 0.0},
                      3: {"intercept": -0.3, "age": -1.0, "town_hue": 0.5, "noise": 0.0}})
PROFILE = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]])


def drawn(seed: int, n: int, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers to six items and covariates of n customers of three classes; `level` is how sure an answer is."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"age": rng.normal(size=n), "town": rng.choice(["hanoi", "hanoi", "hue"], n),
                          "noise": rng.normal(size=n)})
    design = np.column_stack([np.ones(n), table["age"], table["town"] == "hue", table["noise"]])
    odds = np.exp(np.column_stack([np.zeros(n), design @ TRUTH.to_numpy()]))
    of = (rng.random(n)[:, None] > (odds / odds.sum(axis=1, keepdims=True)).cumsum(axis=1)).sum(axis=1)
    X = pd.DataFrame(rng.random((n, 6)) < np.where(PROFILE[of] == 1, level, 1 - level), columns=list("abcdef"))
    return X, table


def classes(X: pd.DataFrame) -> Segmentation:
    """Three classes from the answers, in the order of the truth."""
    found = latent_class.segment(X, 3, n_starts=64, random_state=1)
    yes = latent_class.items(found)["probability"].xs(True, level="answer").groupby(level="segment").sum()
    return found.relabel(dict(zip(yes.sort_values(ascending=False).index, (1, 2, 3), strict=True)))


def estimated(seed: int, n: int, level: float) -> pd.DataFrame:
    """Coefficients and tests of one sample, corrected and not."""
    X, table = drawn(seed, n, level)
    found, rows = classes(X), []
    for correction in covariates.CORRECTIONS:
        model = covariates.fit(table, found, ["age", "town", "noise"], correction=correction)
        got = model.coefficients.reset_index()
        names = got["covariate"].where(got["value"] == "", got["covariate"] + "_" + got["value"])
        rows.append(pd.DataFrame({
            "seed": seed, "correction": correction, "coefficient": names, "segment": got["segment"],
            "estimate": got["estimate"], "standard_error": got["standard_error"],
            "truth": [TRUTH.loc[c, s] for c, s in zip(names, got["segment"], strict=True)],
            "noise_p": model.tests.loc["noise", "p_value"],
            "entropy": found.summary["entropy"].iloc[0]}))
    return pd.concat(rows)


def summarised(runs: pd.DataFrame) -> pd.DataFrame:
    """Per correction and coefficient: truth, mean estimate, spread, mean standard error, coverage."""
    inside = (runs["estimate"] - runs["truth"]).abs() <= 1.96 * runs["standard_error"]
    grouped = runs.assign(inside=inside).groupby(["correction", "coefficient", "segment"])
    return grouped.agg(truth=("truth", "first"), mean=("estimate", "mean"), spread=("estimate", "std"),
                       standard_error=("standard_error", "mean"), coverage=("inside", "mean"))


def main() -> None:
    warnings.simplefilter("ignore")
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for level in (0.9, 0.8):
        began = time.perf_counter()
        runs, lost = [], 0
        for seed in range(samples):
            try:
                runs.append(estimated(seed, 1500, level))
            except covariates.DataError as error:
                lost += 1
                print(f"sample {seed}: {error}")
        runs = pd.concat(runs)
        tested = runs.drop_duplicates(["seed", "correction"]).groupby("correction")
        print(f"\n{samples} samples of 1,500, items {level:.0%} sure, mean entropy {runs['entropy'].mean():.2f}, "
              f"{lost} without a maximum, {time.perf_counter() - began:.0f} s")
        print(summarised(runs).round(3).to_string())
        for correction, rows in tested:
            false = (rows["noise_p"] < 0.05).mean()
            print(f"{correction}: p < 0.05 for the covariate without influence in {false:.1%}")


if __name__ == "__main__":
    main()
