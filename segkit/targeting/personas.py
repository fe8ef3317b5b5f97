"""Personas: a face for a target segment in which every sentence is a cell of a table (S10).

The typical member is a modal profile, the commonest value of each characteristic, and never a person's row. A sentence
is measured, or editorial (a name, a quotation, a message: typed judgement, told as such), or says that nothing is
known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm, t
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from segkit.segmentation import case_weights, circularity
from segkit.segmentation.result import Segmentation
from segkit.words.errors import Fault, SegkitError, check_columns, did_you_mean
from segkit.words.formats import fill, format_value, unit_of_numbers
from segkit.words.language import LANGUAGES, N_

FEW = 10
"""People of whom a page says nothing: fewer could be told who they are."""
FIELDS = {
    "name": N_("Name"), "quote": N_("In their words"), "needs": N_("What they need"), "motives": N_("Why they buy"),
    "style": N_("How to talk to them"), "channel": N_("Where to reach them"), "form": N_("Form of the message"),
    "message": N_("Message"), "offer": N_("Offer"),
}
"""What people may write of a persona, each labelled as editorial on the page."""
ASKED = ("needs", "motives", "style", "channel")
"""What a persona should tell: unknown where neither data nor the study say it."""
SHARE = N_("{name:name}: most often {value:value}, {share:percent} of them (others: {others:percent}).")
MEAN = N_("{name:column}: {mean:message} on average (others: {others:message}).")
MEAN_OF_RATIOS = N_("{name:column}, each customer counted once: {mean:message} on average (others: {others:message}).")
RATIOS = ("average_basket",)
"""Ratios, whose mean over customers is not the ratio of their sums, which tables of segments show."""
KINDS = {"apart": N_("sets them apart"), "alike": N_("as everybody else"), "formed": N_("by the rule of the segment")}
TYPICAL = N_("A modal profile, not a person: the commonest value of each of {fields:count} characteristics. Of the "
             "{known:count} of whom all are known, {share:percent} have all of them at once.")
TYPICAL_RARE = N_("A modal profile, not a person: the commonest value of each of {fields:count} characteristics. "
                  "Hardly "
                  "anybody has all of them at once: fewer than {few:count} of the {known:count} of whom all are known.")
TYPICAL_NONE = N_("No characteristic is known of enough members, so there is no modal profile.")
_KEYS = (*FIELDS, "rests_on")


class Persona(NamedTuple):
    """`statements`: a row per measured sentence. `typical`, `typical_values`: what the typical member is, in words.
    `editorial`: field → text by language. `rests_on`: rows of `statements` that message and offer rest on. `unknown`:
    the fields of `ASKED` that neither data nor the study tell."""

    segment: Any
    size: int
    statements: pd.DataFrame
    typical: str
    typical_values: dict[str, Any]
    editorial: dict[str, dict[str, str]]
    rests_on: list[int]
    unknown: list[str]


NUMBERS = ("value", "low", "high", "others_value", "difference", "difference_low", "difference_high")
SHOWN = ("statement", "persona_kind", "n", *NUMBERS)
UNITS = dict.fromkeys(NUMBERS[:4], "@unit") | dict.fromkeys(NUMBERS[4:], "@difference_unit")
"""The columns of `statements` that a page shows, and whose unit is that of their row."""


def check(spec: Mapping[str, Any], columns: Sequence[str]) -> list[Fault]:
    """Faults of what the study writes of its persona.

    Examples
    --------
    >>> print(check({"message": "Hello"}, ["age"])[0])
    `persona`: has a message or an offer that rests on nothing
      → name under `rests_on` the columns whose figures it answers: age
    """
    faults = [Fault("`persona`", f"has an unknown key `{key}`", did_you_mean(str(key), _KEYS)) for key in spec
              if key not in _KEYS]
    for key in FIELDS:
        value = spec.get(key, "")
        texts = value.values() if isinstance(value, Mapping) else [value]
        if not all(isinstance(text, str) for text in texts):
            faults.append(Fault(f"`persona`, `{key}`", f"is {value!r}, not a text",
                                "write a sentence, or one by language"))
    rests_on = spec.get("rests_on", [])
    if not isinstance(rests_on, list):
        faults.append(Fault("`persona`, `rests_on`", f"is {rests_on!r}", "write a list of columns"))
    else:
        faults += [Fault("`persona`, `rests_on`", f"names {c!r}, of which nothing is measured here",
                         did_you_mean(str(c), columns)) for c in rests_on if c not in columns]
    if (spec.get("message") or spec.get("offer")) and not rests_on:
        faults.append(Fault("`persona`", "has a message or an offer that rests on nothing",
                            f"name under `rests_on` the columns whose figures it answers: {', '.join(columns)}"))
    return faults


def build(customers: pd.DataFrame, segmentation: Segmentation, target: Any, characteristics: Sequence[str],
          measures: Sequence[str] = (), channel: str = "", spec: Mapping[str, Any] | None = None,
          weights: pd.Series | None = None) -> Persona:
    """The persona of one segment.

    Parameters
    ----------
    customers : DataFrame indexed by customer as the segmentation.
    segmentation, target : the segments, and the one in question.
    characteristics : columns of what they are (values told as the commonest one). measures : numeric columns of what
        they do (told as means). channel : the column of the preferred channel; "" where no data tell.
    spec : field of `FIELDS` → text, or text by language; `rests_on`, the columns that message and offer rest on.
    weights : how many people each customer stands for; all alike by default. Intervals count as many customers as the
        weights are worth (Kish).

    Returns
    -------
    Persona. Its `statements` have `statement` (by language), `persona_kind` (sets them apart where the interval of the
    difference leaves out 0; by the rule of the segment where the column formed it), `column`, `n` (members with a
    value), `value` with its 95 % interval (`low`, `high`: Wilson's of shares, Student's of means), `others_value` (the
    same of the customers of other segments), `difference` with `difference_low` and `difference_high` (Newcombe's of
    shares, Welch's of means), which hold together for all statements (Bonferroni), `unit` and `difference_unit` (of
    shares points). Of a column known of fewer than 10 members or others nothing is said.

    Raises
    ------
    SegkitError
        When the target is no segment, a column is missing, or `spec` has faults.

    Examples
    --------
    >>> from segkit.segmentation import rules
    >>> customers = pd.DataFrame({"town": ["a"] * 20 + ["b"] * 20, "age": ["young", "old"] * 10 + ["old"] * 20})
    >>> towns = rules.segment(customers.rename_axis("customer_id").reset_index(), {"model": "geographic", "by": "town"})
    >>> made = build(customers, towns, "b", ["age"])
    >>> made.statements["statement"][0]["en"], made.unknown
    ('age: most often old, 100% of them (others: 50%).', ['needs', 'motives', 'style', 'channel'])
    """
    spec = dict(spec or {})
    columns = [*characteristics, *measures, *([channel] if channel else [])]
    faults = check(spec, columns)
    if target not in segmentation.segments.index:
        faults.append(Fault("`target`", f"{target!r} is not a segment",
                            did_you_mean(str(target), map(str, segmentation.segments.index))))
    if faults:
        raise SegkitError(faults, "persona")
    check_columns(columns, customers.columns)
    label = segmentation.labels.reindex(customers.index)
    inside, outside = customers[label == target], customers[label.notna() & (label != target)]
    level = 1 - 0.05 / max(1, len(columns))
    formed = circularity.formed(segmentation)
    own = {c for c in columns if c in formed or (c in measures and circularity.follows(customers, segmentation, c))}
    w = case_weights.of(customers.index, weights)
    rows = [_share(inside[c], outside[c], c, level, w) for c in (*characteristics, *([channel] if channel else []))]
    rows += [_mean(inside[c], outside[c], c, level, w) for c in measures]
    statements = pd.DataFrame([r for r in rows if r is not None], columns=_COLUMNS)
    apart = (statements["difference_low"].astype(float) > 0) | (statements["difference_high"].astype(float) < 0)
    kinds = ["formed" if c in own else "apart" if a else "alike"
             for c, a in zip(statements["column"], apart, strict=True)]
    statements.insert(1, "persona_kind", [KINDS[kind] for kind in kinds])
    editorial = {key: _texts(spec[key]) for key in FIELDS if spec.get(key)}
    answered = set(editorial) | ({"channel"} if channel in set(statements["column"]) else set())
    order = statements["column"].tolist()
    return Persona(target, len(inside), statements, *_typical(inside, statements, list(characteristics), w), editorial,
                   [order.index(c) for c in spec.get("rests_on", []) if c in order],
                   [key for key in ASKED if key not in answered])


_COLUMNS = ["statement", "column", "n", "value", "low", "high", "others_value", "difference", "difference_low",
            "difference_high", "unit", "difference_unit", "modal_value"]


def _share(inside: pd.Series, outside: pd.Series, name: str, level: float, weights: pd.Series) -> dict[str, Any] | None:
    mine, theirs = (part.dropna() for part in (inside, outside))
    mine, theirs = (part[weights[part.index] > 0] for part in (mine, theirs))
    if len(mine) < FEW or len(theirs) < FEW:
        return None
    counts = weights[mine.index].groupby(mine, observed=True).sum()
    value = sorted(counts.index[counts == counts.max()], key=str)[0]  # of equally common ones the first by name
    one, other = (case_weights.sample((part == value).astype(float), weights[part.index]) for part in (mine, theirs))
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    share, others, n, k = float(one.mean), float(other.mean), float(one.nobs), float(other.nobs)
    low, high = proportion_confint(share * n, n, method="wilson")
    ends = confint_proportions_2indep(share * n, n, others * k, k, method="newcomb", compare="diff", alpha=1 - level)
    statement = {code: fill(SHARE, {"name": name, "value": value, "share": share, "others": others}, code)
                 for code in LANGUAGES}
    return {"statement": statement, "column": name, "n": len(mine), "value": share, "low": low, "high": high,
            "others_value": others, "difference": share - others, "difference_low": float(ends[0]),
            "difference_high": float(ends[1]), "unit": "percent", "difference_unit": "points",
            "modal_value": value}


def _mean(inside: pd.Series, outside: pd.Series, name: str, level: float, weights: pd.Series) -> dict[str, Any] | None:
    mine, theirs = (pd.to_numeric(part, errors="coerce").astype(float).dropna() for part in (inside, outside))
    mine, theirs = (part[weights[part.index] > 0] for part in (mine, theirs))
    if len(mine) < FEW or len(theirs) < FEW:
        return None
    unit = unit_of_numbers(name)
    unit = "decimal" if unit == "count" else unit
    one, other = (case_weights.sample(part, weights[part.index]) for part in (mine, theirs))
    errors = one.var / one.nobs, other.var / other.nobs
    gap, spread = float(one.mean - other.mean), float(np.sqrt(sum(errors)))
    free = sum(errors) ** 2 / sum(e**2 / (p.nobs - 1) for e, p in zip(errors, (one, other), strict=True)
                                  ) if spread > 0 else np.inf
    reach = float(t.ppf((1 + level) / 2, free) if np.isfinite(free) else norm.ppf((1 + level) / 2)) * spread
    low, high = one.tconfint_mean()
    means = {key: {code: format_value(float(v), unit, code) for code in LANGUAGES}
             for key, v in (("mean", one.mean), ("others", other.mean))}
    sentence = MEAN_OF_RATIOS if name in RATIOS else MEAN
    statement = {code: fill(sentence, {"name": name, **means}, code) for code in LANGUAGES}
    return {"statement": statement, "column": name, "n": len(mine), "value": float(one.mean),
            "low": float(low), "high": float(high), "others_value": float(other.mean),
            "difference": gap, "difference_low": gap - reach, "difference_high": gap + reach, "unit": unit,
            "difference_unit": "points" if unit in ("percent", "share") else unit, "modal_value": None}


def _typical(inside: pd.DataFrame, made: pd.DataFrame, characteristics: list[str], weights: pd.Series
             ) -> tuple[str, dict[str, Any]]:
    """What the typical member is, and how many have all of it."""
    modal = made[made["column"].isin(characteristics)].set_index("column")["modal_value"]
    if modal.empty:
        return TYPICAL_NONE, {}
    known = inside[modal.index].dropna()
    is_typical = (known.to_numpy(object) == modal.to_numpy(object)).all(axis=1)
    if is_typical.sum() < FEW:
        return TYPICAL_RARE, {"fields": len(modal), "few": FEW, "known": len(known)}
    w = weights[known.index]
    return TYPICAL, {"fields": len(modal), "known": len(known), "share": float(w[is_typical].sum() / w.sum())}


def _texts(given: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(given, str):
        return dict.fromkeys(LANGUAGES, given)
    return {code: given.get(code, given.get("en", "")) for code in LANGUAGES}
