"""Does a category rule the numbers beside it? Ward's tree of Gower's distances, with and without commensurable weights.

    python benchmarks/mixed_tables.py [repetitions]

Four groups of 400 people, four skewed amounts and two categories of four values. Three kinds of tables: both tell the
groups; amounts alone do, the categories are drawn at random; categories alone do. Per method the mean adjusted Rand
index with the groups: Gower's distance with equal weights, with commensurable ones, k-means and latent classes of the
same answers. Amounts enter as logarithms from 0 to 1, as a page takes them.
"""

import sys

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from segkit.segmentation import hierarchical, kmeans, latent_class
from segkit.segmentation.partition import coded_answers

TABLES = {"both tell": (1.5, 0.7), "amounts tell": (2.5, 0.25), "categories tell": (0.0, 0.85)}
"""How far groups lie apart in amounts, and the share of each group that gives its own category."""


def table(apart: float, own: float, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The answers (400 rows), and the group of each."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, 400)
    centre = apart * rng.normal(size=(4, 4))
    answers = pd.DataFrame({f"amount_{j}": np.exp(0.4 * (centre[group, j] + rng.normal(size=400))) for j in range(4)})
    for j in range(2):
        is_own = rng.random(400) < (own - 0.25) / 0.75
        answers[f"kind_{j}"] = np.array(list("abcd"))[np.where(is_own, (group + j) % 4, rng.integers(0, 4, 400))]
    return answers, group


def agreements(answers: pd.DataFrame, group: np.ndarray) -> dict[str, float]:
    """Adjusted Rand index of each method with the groups."""
    coded = coded_answers.coded(answers, list(answers), True)
    given, amounts = coded.given, [c for c in coded.given if c.startswith("amount")]
    found = {
        "gower, equal weights": hierarchical.segment(given, 4, distance="gower"),
        "gower, commensurable": hierarchical.segment(given, 4, distance="gower", variable_weights="commensurable"),
        "k-means": kmeans.segment(coded.X, 4, random_state=1),
        "latent classes": latent_class.segment(given, 4, None, 16, amounts, random_state=1),
    }
    return {name: adjusted_rand_score(group, s.labels) for name, s in found.items()}


if __name__ == "__main__":
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    means = {name: pd.DataFrame([agreements(*table(*how, seed)) for seed in range(repetitions)]).mean()
             for name, how in TABLES.items()}
    print(pd.DataFrame(means).T.round(2).to_string())
