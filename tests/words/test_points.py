"""The difference of two percentages is told in points, never as a percentage: of columns and of sentences."""

import re
import string

import pandas as pd
import pytest

from segkit.targeting import personas
from segkit.words.language import catalogue
from segkit.words.terms import TERMS

A_DIFFERENCE = re.compile(r"less (response|share|that of)|in points|percentage points|difference between the [\w ]*share|distance between the share|"
                          r"of the change|change of share|the uplift \(", re.I)
RELATIVE = {"size_change", "revenue_change", "revenue_change_low", "revenue_change_high", "median_excess", "total_error", "model_error"}
"""Changes of a number in percent of what it was: these are percentages."""
NAMED = re.compile(r"(^|_)(uplift|difference|gap|change)(_low|_high)?$|(^|_)misfit(_share)?$|^calibration_error$")


@pytest.mark.parametrize("name", sorted(TERMS))
def test_columns_that_are_differences_of_shares_are_in_points(name):
    term = TERMS[name]
    told = bool(A_DIFFERENCE.search(term.definition_en))
    if term.unit in ("percent", "share"):
        assert name in RELATIVE or not (told or NAMED.search(name)), term.definition_en
    if term.unit == "points":
        assert told


def test_sentences_tell_differences_in_points():
    messages = [m if isinstance(m, str) else m[0] for m in catalogue("vi")._catalog]
    sentences = [m for m in messages if re.search(r"\{\w+:\w+\}", m)]
    assert len(sentences) > 300
    for sentence in sentences:
        for _, name, unit, _ in string.Formatter().parse(sentence):
            assert not (name and NAMED.search(name) and unit in ("percent", "share")), sentence
        for found in re.finditer(r"interval of the (?:change|difference)[^.({]*\{\w+:(\w+)\}", sentence):
            assert found[1] not in ("percent", "share"), sentence


def test_every_sentence_with_points_has_them_in_both_languages():
    for message, text in catalogue("vi")._catalog.items():
        if isinstance(message, str):
            assert sorted(re.findall(r"\{\w+:points\}", message)) == sorted(re.findall(r"\{\w+:points\}", text)), message


def test_the_columns_in_points_are_those_known():
    assert {n for n, t in TERMS.items() if t.unit == "points"} == {
        "uplift", "uplift_low", "uplift_high", "share_change", "share_change_low", "share_change_high", "change_low", "change_high", "flip_change",
        "misfit_share", "calibration_error"}


def test_a_personas_shares_differ_by_points_and_its_means_by_their_own_unit():
    inside, outside = pd.Series(["a"] * 30 + ["b"] * 10), pd.Series(["a"] * 10 + ["b"] * 30)
    share = personas._share(inside, outside, "kind", 0.95, pd.Series(1.0, range(40)))
    assert (share["unit"], share["difference_unit"], share["difference"]) == ("percent", "points", 0.5)
    spent = personas._mean(pd.Series([1.0, 2, 3] * 5), pd.Series([1.0, 1, 2] * 5), "monetary", 0.95,
                           pd.Series(1.0, range(15)))
    assert spent["unit"] == spent["difference_unit"] == "money"
    assert {personas.UNITS[c] for c in ("difference", "difference_low", "difference_high")} == {"@difference_unit"}
