"""What a description says of chance: type I errors, coverage of intervals, and how often noise is picked as strongest.

Beside each figure stands that of the plain way: chi-squared and Welch's tests by their limits, V and eta² uncorrected,
the interval of the noncentral F distribution, the largest effect size as the strongest. Seeds are fixed.

    .venv/bin/python benchmarks/descriptions.py [data sets of each kind: 2000; 100 is the short way]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from segkit.data import open as sources
from segkit.segmentation import profile
from segkit.segmentation.result import Segmentation

SIZES = (500, 300, 25)
"""Customers of the segments in the simulations of quantities."""


def segmented(label: np.ndarray) -> Segmentation:
    labels = pd.DataFrame({"segment": label})
    sizes = labels["segment"].value_counts().rename("size").to_frame().rename_axis("segment")
    return Segmentation("given", ("formed",), labels, sizes, pd.DataFrame([{"k": len(sizes)}]), {})


def described(label: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    return profile.describe(pd.DataFrame(columns), segmented(label), list(columns))


def plain_v(values: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """Cramér's V and the p-value of chi-squared, both as they are."""
    found = stats.chi2_contingency(pd.crosstab(values, label), correction=False)
    shape = (len(np.unique(values)), len(np.unique(label)))
    return float(np.sqrt(found.statistic / len(values) / (min(shape) - 1))), float(found.pvalue)


def plain_eta(values: np.ndarray, label: np.ndarray) -> tuple[float, float, float]:
    """eta², and its interval from the noncentral F distribution."""
    parts = [values[label == s] for s in np.unique(label)]
    n, k = len(values), len(parts)
    f = stats.f_oneway(*parts).statistic
    ends = [0.0 if stats.f.cdf(f, k - 1, n - k) <= level else
            brentq(lambda nc, level=level: stats.ncf.cdf(f, k - 1, n - k, nc) - level, 1e-9, 5 * f * (k - 1) + 100)
            for level in (0.975, 0.025)]
    return f * (k - 1) / (f * (k - 1) + n - k), *(nc / (nc + n) for nc in ends)


def show(what: str, before: float, after: float, wanted: str) -> None:
    print(f"{what:<74} {100 * before:6.1f} % {100 * after:6.1f} %   {wanted}", flush=True)


def noise_of_categories(n_sets: int) -> None:
    """Twelve values, four segments, nothing between them: where the estimate lies, whether it is called strongest."""
    for n in (200, 800):
        outside, inside, above = [], [], []
        for rng in streams(1, n_sets):
            label, values = rng.integers(0, 4, n), rng.integers(0, 12, n).astype(str)
            row = described(label, noise=values).iloc[0]
            plain, _ = plain_v(values, label)
            outside.append(not row["effect_low"] <= plain <= row["effect_high"])
            inside.append(not row["effect_low"] <= row["effect_size"] <= row["effect_high"])
            above.append(row["effect_low"] > 0)
        show(f"V outside its own interval, noise of 12 values, n = {n}", np.mean(outside), np.mean(inside), "0")
        show(f"interval of V that leaves out the true 0, n = {n}", np.mean(above), np.mean(above), "≤ 5 %")


def coverage_of_v(n_sets: int) -> None:
    """A characteristic of five values in four segments with a known V."""
    for true in (0.1, 0.3):
        p = np.full((4, 5), 0.05)
        pattern = np.array([[1, -1, 0, 0, 0], [-1, 1, 0, 0, 0], [0, 0, 1, -1, 0], [0, 0, -1, 1, 0]]) * 0.05
        low, high = 0.0, 0.999
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if v_of(p + middle * pattern) < true else (low, middle)
        cells = (p + low * pattern).ravel()
        held = []
        for rng in streams(2, n_sets):
            drawn = rng.choice(20, 600, p=cells / cells.sum())
            row = described(drawn // 5, x=(drawn % 5).astype(str)).iloc[0]
            held.append(row["effect_low"] <= v_of(p + low * pattern) <= row["effect_high"])
        show(f"interval of V holds the truth, V = {v_of(p + low * pattern):.2f}, n = 600", np.mean(held), np.mean(held),
             "95 %")


def v_of(p: np.ndarray) -> float:
    expected = np.outer(p.sum(axis=1), p.sum(axis=0)) / p.sum()
    return float(np.sqrt(((p - expected) ** 2 / expected).sum() / p.sum() / (min(p.shape) - 1)))


QUANTITIES: dict[str, tuple[Callable[[np.random.Generator, int], np.ndarray], tuple[float, float, float]]] = {
    "normal, equal spreads": (lambda rng, n: rng.standard_normal(n), (1.0, 1.0, 1.0)),
    "normal, three times the spread in the smallest": (lambda rng, n: rng.standard_normal(n), (1.0, 1.0, 3.0)),
    "gamma (skewness 2), twice the spread in the smallest": (
        lambda rng, n: rng.exponential(size=n) - 1, (1.0, 1.0, 2.0)),
    "money (log-normal, σ = 1)": (lambda rng, n: rng.lognormal(0, 1, n) - np.exp(0.5), (1.0, 1.0, 1.0)),
}


def coverage_of_eta(n_sets: int) -> None:
    """Segments of 500, 300 and 25 with known means and spreads."""
    label = np.repeat(range(3), SIZES)
    share = np.array(SIZES) / sum(SIZES)
    for name, (draw, spread) in QUANTITIES.items():
        reference = draw(np.random.default_rng(99), 2_000_000)
        inside = share @ np.square(spread) * reference.var()
        for true in (0.0, 0.05, 0.15):
            away = np.array([0.0, 0.3, 1.0])
            away = (away - share @ away) * np.sqrt(true / (1 - true) * inside / (share @ (away - share @ away) ** 2))
            before, after = [], []
            for rng in streams(3, n_sets):
                values = draw(rng, len(label)) * np.repeat(spread, SIZES) + np.repeat(away, SIZES)
                row, (_, low, high) = described(label, x=values).iloc[0], plain_eta(values, label)
                before.append(low <= true <= high)
                after.append(row["effect_low"] <= true <= row["effect_high"])
            show(f"interval holds the truth {true:g}: {name}", np.mean(before), np.mean(after), "≥ 93 %")


def type_one(n_sets: int) -> None:
    """Segments that do not differ: how often p is below 0.05."""
    label = np.repeat(range(3), SIZES)
    for name, (draw, spread) in (*QUANTITIES.items(), ("money (log-normal, σ = 1.5)", (
            lambda rng, n: rng.lognormal(0, 1.5, n), (1.0, 1.0, 1.0)))):
        before, after = [], []
        for rng in streams(4, n_sets):
            values = draw(rng, len(label)) * np.repeat(spread, SIZES)
            parts = [values[label == s] for s in range(3)]
            before.append(stats.f_oneway(*parts, equal_var=False).pvalue < 0.05)
            after.append(described(label, x=values)["p_value"].iloc[0] < 0.05)
        show(f"p below 0.05 without a difference: {name}", np.mean(before), np.mean(after), "5 %")


def type_one_of_groceries(n_sets: int) -> None:
    """The characteristics of the grocery households, dealt out to segments of the report's sizes by lot."""
    known = sources.table("complete_journey.demographics").execute().set_index("household_id")
    shares = np.array([0.42, 0.36, 0.17, 0.05])
    for level in (0.05, 0.001):
        before, after = [], []
        for rng in streams(5, max(1, n_sets // 4)):
            label = rng.choice(4, len(known), p=shares)
            columns = {c: known[c].fillna("unknown").astype(str).to_numpy(dtype=object) for c in known}
            before += [plain_v(values, label)[1] < level for values in columns.values()]
            after += (described(label, **columns)["p_value"] < level).to_list()
        show(f"p below {level:g} without a difference: grocery characteristics", np.mean(before), np.mean(after),
             f"{100 * level:g} %")


def picks(n_sets: int) -> None:
    """Which characteristic is called the strongest: a weak true one with two values, or noise of twelve values."""
    for true in (0.0, 0.15):
        before, after = [], []
        for rng in streams(6, n_sets):
            label = rng.integers(0, 4, 400)
            member = rng.random(400) < 0.5 + true * np.array([1, -1, 1, -1])[label]
            columns = {"member": member.astype(str), **{f"noise {i}": rng.integers(0, 12, 400).astype(str)
                                                        for i in range(3)}}
            told = described(label, **columns)
            noisy = {name: plain_v(values, label)[0] for name, values in columns.items()}
            before.append(max(noisy, key=noisy.get) != "member" if true else True)
            top = profile.strongest(told)
            after.append(top.startswith("noise") if true else top != "")
        what = f"beside a true V of {2 * true:g}" if true else "where nothing differs"
        show(f"noise called the strongest, {what}", np.mean(before), np.mean(after), "≤ 5 %")


def streams(kind: int, n_sets: int) -> Iterator[np.random.Generator]:
    return (np.random.default_rng([kind, i]) for i in range(n_sets))


def main() -> None:
    n_sets = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"{n_sets} data sets of each kind\n{'':<74} {'plain':>8} {'here':>8}   wanted")
    for part in (noise_of_categories, coverage_of_v, coverage_of_eta, type_one, type_one_of_groceries, picks):
        started = time.process_time()
        part(n_sets)
        print(f"    {part.__name__}: {time.process_time() - started:.0f} s of one processor", flush=True)


if __name__ == "__main__":
    main()
