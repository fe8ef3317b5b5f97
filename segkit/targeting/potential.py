"""Target and potential customers: who is known and has not bought, and how likely each is to be like those who have.

The documents disagree on the word ([002], [003]), so the study states its definition and both numbers are shown. The
propensity is learned from who has bought and judged on people it has not seen; where it tells nothing, it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segkit.segmentation import lots
from segkit.words.errors import DataError, Fault, check_columns, check_option, did_you_mean
from segkit.words.language import N_

ROWS = {
    "known": N_("People known"),
    "target": N_("Target customers: those the business turns to"),
    "bought": N_("Customers: have bought"),
    "not_yet": N_("Potential customers, wide: known and have not bought"),
    "not_yet_target": N_("Potential customers, narrow: target customers who have not bought"),
}
DEFINITIONS = {"wide": "not_yet", "narrow": "not_yet_target"}
TOP = 0.2
"""Share of the people with the highest propensity whose lift is told."""
N_FOLDS = 5
SLOPE = (0.8, 1.2)
"""Range of the calibration slope in which a propensity can be taken for a probability."""
LEAST = 50
"""People who bought, and who did not, that a propensity needs at least."""
_TOO_FEW = N_("No propensity: it needs at least 50 known people who have bought and 50 who have not, and a "
              "characteristic that differs between people.")
USEFUL = N_("Of people it has not seen, the fifth with the highest propensity bought {lift:number} times as often as "
            "all "
            "(95% interval {low:number} to {high:number}); calibration slope {slope:number}, where 1 is exact.")
USELESS = N_("The characteristics do not tell who buys: of people it has not seen, the fifth with the highest "
             "propensity "
             "bought {lift:number} times as often as all (95% interval {low:number} to {high:number}). Write to all "
             "potential customers or to a part drawn by lot.")
OFF = N_("The propensity puts people in order (the highest fifth bought {lift:number} times as often as all, 95% "
         "interval "
         "{low:number} to {high:number}), but is no probability: calibration slope {slope:number}, where 0.8 to 1.2 is "
         "wanted.")


COUNTED = N_("{n:count} people, {share:percent} of all known, are potential customers as this study means it "
             "({meaning:message}); by the other meaning ({other:message}) there are {others:count}.")


class Propensity(NamedTuple):
    """`scores`: propensity of each person who has not bought, from a model of all. `gain`: tenths of held-out people.
    `lift` of the highest fifth with `low` and `high`, `slope`: of people the model had not seen; missing where there
    are too few. `sentence`, `values`: what follows."""

    scores: pd.Series
    gain: pd.DataFrame
    lift: float
    low: float
    high: float
    slope: float
    sentence: str
    values: dict[str, Any]


def told(table: pd.DataFrame, definition: str) -> tuple[str, dict[str, Any]]:
    """How many potential customers there are by the definition of the study, and by the other one.

    Parameters
    ----------
    table : what `counts` gives. definition : "wide" or "narrow".
    """
    check_option("potential_definition", definition, DEFINITIONS)
    other = next(d for d in DEFINITIONS if d != definition)
    mine, theirs = (table.loc[ROWS[DEFINITIONS[d]]] for d in (definition, other))
    return COUNTED, {"n": int(mine["n"]), "share": mine["of_known_share"], "meaning": ROWS[DEFINITIONS[definition]],
                     "others": int(theirs["n"]), "other": ROWS[DEFINITIONS[other]]}


def counts(known: pd.DataFrame, buyers: pd.Index, target: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Known people, target customers, customers, and potential customers by both definitions.

    Parameters
    ----------
    known : a row per known person, indexed by customer. buyers : those who have bought.
    target : column → value, or list of values, of the people the business turns to; all known where empty.

    Returns
    -------
    DataFrame indexed by `people_kind`: `n` and `of_known_share` (of all known).

    Raises
    ------
    DataError
        When `target` names a column or a value that there is not.

    Examples
    --------
    >>> known = pd.DataFrame({"city": ["a", "a", "b"]}, index=[1, 2, 3])
    >>> counts(known, pd.Index([1]), {"city": "a"})["n"].tolist()
    [3, 2, 1, 2, 1]
    """
    inside = members(known, target)
    bought = pd.Series(known.index.isin(buyers), known.index)
    size = {"known": len(known), "target": inside.sum(), "bought": bought.sum(), "not_yet": (~bought).sum(),
            "not_yet_target": (~bought & inside).sum()}
    table = pd.DataFrame({"n": {ROWS[k]: int(n) for k, n in size.items()}}).rename_axis("people_kind")
    return table.assign(of_known_share=table["n"] / max(1, len(known)))


def members(known: pd.DataFrame, target: Mapping[str, Any] | None) -> pd.Series:
    """Whether each known person is one the business turns to."""
    target = target or {}
    check_columns(target, known.columns, "the customer data")
    inside, faults = pd.Series(True, known.index), []
    for column, wanted in target.items():
        wanted = [str(v) for v in (wanted if isinstance(wanted, list) else [wanted])]
        have = known[column].dropna().astype(str).unique()
        faults += [Fault(f"`target_customers`, {column!r}", f"nobody has the value {v!r}",
                         did_you_mean(v, sorted(have))) for v in wanted if v not in have]
        inside &= known[column].astype(str).isin(wanted)
    if faults:
        raise DataError(faults)
    return inside


def propensity(known: pd.DataFrame, buyers: pd.Index, characteristics: Sequence[str],
               random_state: int | None = None) -> Propensity:
    """How likely each person who has not bought is to be one who does, by their characteristics.

    Parameters
    ----------
    known : a row per known person. buyers : those who have bought.
    characteristics : columns that were known before a purchase; one that a purchase writes would tell itself.
    random_state : seed of folds and samples.

    Returns
    -------
    Propensity. Everything said of it is of people held out: each fifth of all is scored by a logistic regression of the
    other four, calibrated (Platt) on parts of those four that it had not seen. `gain` has a row per tenth of the
    held-out people, the highest propensity first: `n`, `expected_share`, `buyer_share`, `gain_share` (of all who
    bought, reached down to this tenth). The interval of the lift is of people
    drawn anew. A column without spread, or with another value for nearly everybody, is left out; a missing value is a
    value of its own.

    References
    ----------
    Platt (1999), Probabilistic outputs, in Advances in Large Margin Classifiers. Cox (1958), the calibration slope,
    doi:10.1093/biomet/45.3-4.562. Van Calster et al. (2019), doi:10.1186/s12916-019-1466-7.
    """
    check_columns(characteristics, known.columns, "the customer data")
    bought = known.index.isin(buyers)
    X = _coded(known[list(characteristics)])
    missing = float("nan")
    if min(bought.sum(), (~bought).sum()) < LEAST or X.shape[1] == 0:
        empty = pd.DataFrame()
        empty.attrs["left_out"] = _TOO_FEW
        return Propensity(pd.Series(dtype=float), empty, missing, missing, missing, missing, _TOO_FEW, {})
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seeds = np.random.default_rng(random_state).integers(2**31, size=3)
    inner, outer = (StratifiedKFold(N_FOLDS, shuffle=True, random_state=int(s)) for s in seeds[:2])
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    model = CalibratedClassifierCV(plain, method="sigmoid", cv=inner, ensemble=False)
    held_out = cross_val_predict(model, X, bought, cv=outer, method="predict_proba")[:, 1]
    lift, low, high = _lift(held_out, bought, int(seeds[2]))
    slope = _slope(held_out, bought)
    values = {"lift": lift, "low": low, "high": high, "slope": slope}
    sentence = USELESS if low <= 1 else USEFUL if SLOPE[0] <= slope <= SLOPE[1] else OFF
    values = {k: v for k, v in values.items() if k != "slope" or sentence != USELESS}
    scores = pd.Series(model.fit(X, bought).predict_proba(X)[:, 1], known.index)[~bought]
    scores = scores.sort_values(ascending=False, kind="stable").rename("propensity")
    return Propensity(scores, _gain(held_out, bought), lift, low, high, slope, sentence, values)


def _coded(table: pd.DataFrame) -> pd.DataFrame:
    """Columns as numbers: a number with a mark where it is missing, each value of the others as yes or no."""
    parts = []
    for name in table:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            numbers = pd.to_numeric(column).astype(float)
            parts.append(numbers.fillna(numbers.median()).rename(f"{name}"))
            if numbers.isna().any():
                parts.append(numbers.isna().astype(float).rename(f"{name} missing"))
        elif column.nunique() <= min(50, len(column) / 4):
            parts.append(pd.get_dummies(column.astype(object).where(column.notna(), "–").astype(str), dtype=float,
                                        prefix=str(name)))
    coded = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=table.index)
    return coded.loc[:, coded.nunique() > 1]


def _lift(scores: np.ndarray, bought: np.ndarray, seed: int) -> tuple[float, float, float]:
    """How often the highest fifth bought against all, with the 95 % interval over people drawn anew; of level scores
    all that reach into the fifth count in part."""
    order = np.argsort(-scores, kind="stable")
    levels, s, y = np.unique(-scores, return_inverse=True)[1], scores[order], bought[order].astype(float)
    level = levels[order]

    def of(weight: np.ndarray) -> np.ndarray:
        w = np.atleast_2d(weight)
        per = np.zeros((len(w), level.max() + 1, 2))
        for i, row in enumerate(w):
            per[i, :, 0], per[i, :, 1] = np.bincount(level, row), np.bincount(level, row * y)
        total = per[:, :, 0].sum(axis=1, keepdims=True)
        before = np.cumsum(per[:, :, 0], axis=1) - per[:, :, 0]
        part = np.clip((TOP * total - before) / np.maximum(per[:, :, 0], 1e-12), 0, 1)
        rate = (part * per[:, :, 1]).sum(axis=1) / (TOP * total[:, 0])
        base = per[:, :, 1].sum(axis=1) / total[:, 0]
        return np.divide(rate, base, out=np.full(len(w), np.nan), where=base > 0)

    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(s), np.full(len(s), 1 / len(s)), size=lots.N_SAMPLES).astype(float)
    low, high = lots.interval(of(drawn))
    return float(of(np.ones(len(s)))[0]), float(low), float(high)


def _slope(scores: np.ndarray, bought: np.ndarray) -> float:
    """Slope of a logistic regression of who bought on the logit of the propensity; missing where all are alike."""
    import statsmodels.api as sm

    logit = np.log(np.clip(scores, 1e-6, 1 - 1e-6) / (1 - np.clip(scores, 1e-6, 1 - 1e-6)))
    if np.ptp(logit) < 1e-6:
        return float("nan")
    fitted = sm.GLM(bought.astype(float), sm.add_constant(logit), family=sm.families.Binomial()).fit()
    return float(fitted.params[1])


def _gain(scores: np.ndarray, bought: np.ndarray) -> pd.DataFrame:
    order = np.argsort(-scores, kind="stable")
    tenth = np.minimum(10 * np.arange(len(order)) // len(order), 9)
    table = pd.DataFrame({"tenth": tenth + 1, "expected": scores[order], "bought": bought[order].astype(float)})
    tenths = table.groupby("tenth").agg(n=("bought", "size"), expected_share=("expected", "mean"),
                                        buyer_share=("bought", "mean"), found=("bought", "sum"))
    tenths["gain_share"] = tenths.pop("found").cumsum() / max(1, bought.sum())
    return tenths.rename_axis("propensity_tenth")
