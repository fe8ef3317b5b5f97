"""Latent class analysis: segments of customers whose answers come with the same probabilities.

A customer belongs to each class with a probability. Rows with the same answers are one pattern with a
weight; all starts run to a maximum, and the result says how many of them reached the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import xlogy

from segkit.segmentation.latent import mixture
from segkit.segmentation.latent.response_items import Answers, Patterns, patterns, read
from segkit.segmentation.result import Segmentation
from segkit.words.errors import DataError, Fault, check_option

MAX_STARTS = 1024
COMPARED_STARTS = 512
BOOTSTRAP_STARTS = 32
VARIANCES = ("class", "common")


def segment(X: pd.DataFrame, k: int, weights: ArrayLike | None = None, n_starts: int = MAX_STARTS,
            continuous: Sequence[str] = (), variance: str = "class", random_state: int | None = None) -> Segmentation:
    """Segment customers by latent class analysis (maximum likelihood, accelerated EM from many starts).

    Parameters
    ----------
    X : DataFrame, a row per customer and a column per item: text, categories, yes/no or up to 20 whole numbers.
        Missing answers count as not observed (full information likelihood).
    k : number of classes, 1 or more.
    weights : case weight of each row, 0 or more, in the order of the rows; all equal by default. A row of weight 0 is
        labelled, but forms no class.
    n_starts : most starts to make. Starts come in rounds of 128, until 40 are within 0.1 of the best
        log-likelihood.
    continuous : columns of X that are quantities: normal within a class, independent of the items.
    variance : "class", each class has its own; "common", all classes have one. At least 0.001 of the column's
        variance in either case, so that no class closes around a single value.
    random_state : seed; the same seed gives the same segmentation.

    Returns
    -------
    Segmentation. Classes are numbered 1..k by the customers they are likeliest for, ties by parameters.
    `assignments`: `segment` (the likeliest class), `membership_share` (its probability), `posterior_1` …. `segments`:
    `size`, `segment_share`, `class_share` (estimated), mean `membership_share`, means of the continuous columns.
    `summary`: `log_likelihood`, `n_parameters`, `df`, `aic`, `bic`, `sabic`, `caic`, `icl`, `entropy` (0..1, 1 = every
    customer certain), `g_squared`, `n_starts`, `near_best_share` (starts within 0.1 of the best log-likelihood).
    n is the total weight. `df` and `g_squared` are missing with continuous columns, `g_squared` with missing answers.

    Raises
    ------
    DataError
        Items that are quantities or ids, rows without any answer, infinite values, fewer distinct rows than
        `k`, weights that are negative or all 0; all of them at once.

    References
    ----------
    Lazarsfeld & Henry (1968), Latent Structure Analysis. Goodman (1974), doi:10.1093/biomet/61.2.215. Varadhan &
    Roland (2008), SQUAREM, doi:10.1111/j.1467-9469.2007.00585.x. Biernacki, Celeux & Govaert (2000), ICL,
    doi:10.1109/34.865189.

    Examples
    --------
    >>> X = pd.DataFrame({"cheap": list("yyynnnyn"), "fast": list("yyynnnyn"), "tasty": list("yyynnynn")})
    >>> found = segment(X, k=2, random_state=1)
    >>> found.labels.to_list()
    [2, 2, 2, 1, 1, 1, 2, 1]
    >>> items(found).loc[("cheap", "y"), "probability"].round(2).to_list()
    [0.0, 1.0]
    """
    answers, rows = _checked(X, k, weights, n_starts, continuous, variance)
    fitted = mixture.fit(answers, rows, k, n_starts, variance == "common", random_state)
    scores = mixture.scores(answers, rows.codes, rows.values, fitted.parameters)
    label = scores.argmax(axis=1)
    order = _order(fitted.parameters, np.bincount(label, weights=rows.weight, minlength=k))
    parameters, scores = fitted.parameters[:, order], scores[:, order]
    label, posterior = scores.argmax(axis=1), mixture.posteriors(scores)
    labels = list(range(1, k + 1))
    certain = posterior.max(axis=1)
    assignments = pd.DataFrame({
        "segment": label[rows.row] + 1, "membership_share": certain[rows.row],
        **{f"posterior_{j}": posterior[rows.row, j - 1] for j in labels}}, index=X.index)
    n = float(rows.weight.sum())
    mass = np.bincount(label, weights=rows.weight, minlength=k)
    segments = pd.DataFrame({
        "size": np.bincount(label[rows.row], minlength=k), "segment_share": mass / n, "class_share": parameters[0],
        "membership_share": np.bincount(label, rows.weight * certain, k) / np.where(mass > 0, mass, np.nan),
    }, index=pd.Index(labels, name="segment"))
    rule = _rule(X, answers, parameters, labels)
    for column in rule["continuous"]:
        segments[column["name"]] = column["means"]
    summary = _summary(answers, rows, k, fitted, posterior, variance == "common")
    return Segmentation("latent class", tuple(map(str, X.columns)), assignments, segments, summary, rule)


def compare(X: pd.DataFrame, k_values: Sequence[int], n_starts: int = COMPARED_STARTS, random_state: int | None = None,
            **arguments: Any) -> pd.DataFrame:
    """The summary of one segmentation per number of classes, indexed by `k`, with the `smallest_share`.

    Takes `segment`'s arguments. The least `bic` is the usual choice; `icl` asks for separated classes too.

    Examples
    --------
    >>> X = pd.DataFrame({"cheap": list("yyynnnyn"), "fast": list("yyynnnyn"), "tasty": list("yyynnynn")})
    >>> int(compare(X, [1, 2, 3], random_state=1)["bic"].idxmin())
    2
    """
    rows = []
    for k in k_values:
        segmentation = segment(X, k, n_starts=n_starts, random_state=random_state, **arguments)
        rows.append(segmentation.summary.assign(smallest_share=segmentation.segments["class_share"].min()))
    return pd.concat(rows, ignore_index=True).drop(columns="method").set_index("k")


def likelihood_ratio(X: pd.DataFrame, k: int, n_boot: int = 99, weights: ArrayLike | None = None,
                     n_starts: int = COMPARED_STARTS, continuous: Sequence[str] = (), variance: str = "class",
                     random_state: int | None = None) -> pd.DataFrame:
    """Bootstrap likelihood-ratio test of k classes against k + 1.

    Rows are drawn from the fitted k classes, with the weights and the missing answers of the data, and both
    numbers of classes are fitted to them, `n_boot` times. A small p-value asks for another class.

    Returns
    -------
    DataFrame of one row: `k`, `alternative_k`, `statistic` (twice the gain in log-likelihood), `critical_value` (its
    95 % quantile when k classes are true), `n_boot`, `p_value` (of at least 1 / (n_boot + 1)).

    References
    ----------
    McLachlan (1987), doi:10.2307/2347790. Nylund, Asparouhov & Muthén (2007), doi:10.1080/10705510701575396.

    Examples
    --------
    >>> X = pd.DataFrame({"cheap": list("yyynnnyn"), "fast": list("yyynnnyn"), "tasty": list("yyynnynn")})
    >>> bool(likelihood_ratio(X, 2, n_boot=9, random_state=1)["p_value"].iloc[0] > 0.05)
    True
    """
    if not isinstance(n_boot, int | np.integer) or isinstance(n_boot, bool) or n_boot < 1:
        raise DataError([Fault("`n_boot`", f"must be a whole number of at least 1, got {n_boot!r}")], "latent classes")
    answers, rows = _checked(X, k + 1, weights, n_starts, continuous, variance)
    common = variance == "common"
    seeds = np.random.SeedSequence(random_state).spawn(n_boot)
    fewer = mixture.fit(answers, rows, k, n_starts, common, random_state)
    more = mixture.fit(answers, rows, k + 1, n_starts, common, random_state)
    statistic = 2 * (more.log_likelihood - fewer.log_likelihood)
    drawn = np.empty(n_boot)
    for b, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        sample = patterns(*mixture.draw(answers, fewer.parameters, rng), answers.weights)
        word = int(rng.integers(2**62))
        null = mixture.fit(answers, sample, k, BOOTSTRAP_STARTS, common, word, first_start=fewer.parameters)
        alternative = mixture.fit(answers, sample, k + 1, BOOTSTRAP_STARTS, common, word, first_start=more.parameters)
        drawn[b] = max(0.0, 2 * (alternative.log_likelihood - null.log_likelihood))
    return pd.DataFrame({
        "k": [k], "alternative_k": [k + 1], "statistic": [statistic],
        "critical_value": [float(np.quantile(drawn, 0.95))], "n_boot": [n_boot],
        "p_value": [(1 + float((drawn >= statistic - 1e-9).sum())) / (n_boot + 1)]})


def items(segmentation: Segmentation) -> pd.DataFrame:
    """Item-response probabilities: how likely each answer to each item is in each class.

    Returns
    -------
    DataFrame, a row per (item, answer, segment): `probability`, `total_share` (expected over all classes),
    `index_100` (100 = as in the total).
    """
    rule = segmentation.rule
    if rule.get("kind") != "classes":
        raise DataError([Fault("`segmentation`", f"is by {segmentation.method}",
                               "make one with latent_class.segment")])
    shares = np.asarray(rule["shares"])
    rows = []
    for item in rule["items"]:
        for answer, chances in zip(item["answers"], item["probabilities"], strict=True):
            total = float(shares @ np.asarray(chances))
            rows += [{"item": item["name"], "answer": answer, "segment": label, "probability": chance,
                      "total_share": total, "index_100": 100 * chance / total if total > 0 else np.nan}
                     for label, chance in zip(rule["labels"], chances, strict=True)]
    columns = ["item", "answer", "segment", "probability", "total_share", "index_100"]
    return pd.DataFrame(rows, columns=columns).set_index(["item", "answer", "segment"])


def _checked(X: pd.DataFrame, k: int, weights: Any, n_starts: int, continuous: Sequence[str],
             variance: str) -> tuple[Answers, Patterns]:
    check_option("variance", variance, VARIANCES)
    answers, faults = read(X, (continuous,) if isinstance(continuous, str) else tuple(continuous), weights)
    for name, value in (("k", k), ("n_starts", n_starts)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
            faults.append(Fault(f"`{name}`", f"must be a whole number of at least 1, got {value!r}"))
    if answers is None or faults:
        raise DataError(faults, "latent classes")
    rows = patterns(answers.codes, answers.values, answers.weights)
    n_distinct = int((rows.weight > 0).sum())
    if n_distinct < k:
        raise DataError([Fault("`k`", f"is {k}, but there are only {n_distinct} distinct rows",
                               f"ask for at most {n_distinct} classes")], "latent classes")
    return answers, rows


def _order(parameters: np.ndarray, size: np.ndarray) -> list[int]:
    """Classes by size, largest first; ties by their parameters."""
    return sorted(range(len(size)), key=lambda j: (-float(size[j]), tuple((-parameters[:, j].round(9)).tolist())))


def _summary(answers: Answers, rows: Patterns, k: int, found: mixture.Mixture, posterior: np.ndarray,
             common: bool) -> pd.DataFrame:
    n = float(rows.weight.sum())
    value, p = found.log_likelihood, answers.n_parameters(k, common)
    bic = -2 * value + p * np.log(n)
    uncertain = -float(rows.weight @ (posterior * np.log(np.maximum(posterior, 1e-300))).sum(axis=1))
    categorical = not answers.continuous
    cells = float(np.prod([float(len(a)) for a in answers.items.values()]))
    saturated = float(xlogy(rows.weight, rows.weight / n).sum())
    complete = categorical and bool((rows.codes[rows.weight > 0] >= 0).all())
    return pd.DataFrame({
        "method": ["latent class"], "k": [k], "log_likelihood": [value], "n_parameters": [p],
        "df": [int(min(n, cells - 1)) - p if categorical else np.nan],
        "aic": [-2 * value + 2 * p], "bic": [bic], "sabic": [-2 * value + p * np.log((n + 2) / 24)], "caic": [bic + p],
        "icl": [bic - 2 * float(rows.weight @ np.log(posterior.max(axis=1)))],
        "entropy": [1 - uncertain / (n * np.log(k)) if k > 1 else 1.0],
        "g_squared": [max(0.0, 2 * (saturated - value)) if complete else np.nan],
        "n_starts": [len(found.log_likelihoods)], "near_best_share": [found.near_best_share],
    })


def _rule(X: pd.DataFrame, answers: Answers, parameters: np.ndarray, labels: list[int]) -> dict[str, Any]:
    first, n_continuous = answers.first, len(answers.continuous)
    listed = [{"name": name, "answers": values, "probabilities": parameters[a:a + len(values)].tolist()}
              for (name, values), a in zip(answers.items.items(), first[:-1], strict=True)]
    continuous = [{"name": name,
                   "means": (parameters[first[-1] + d] * answers.scale[d] + answers.mean[d]).tolist(),
                   "variances": (parameters[first[-1] + n_continuous + d] * answers.scale[d] ** 2).tolist()}
                  for d, name in enumerate(answers.continuous)]
    types = {str: "string", bool: "boolean"}
    typed = {item["name"]: types.get(type(item["answers"][0]), "float64") for item in listed}
    return {"kind": "classes", "labels": labels, "shares": parameters[0].tolist(), "items": listed,
            "continuous": continuous,
            "types": {str(c): typed.get(str(c), "float64") for c in X.columns}}
