"""Questionnaires as they come: several answers in a cell, options in columns, codes for nothing, items turned round."""

import numpy as np
import pandas as pd
import pytest

from segkit.data import worded
from segkit.segmentation import respondents, responses
from segkit.segmentation.partition import coded_answers
from segkit.words.errors import SegkitError


def test_several_answers_in_a_cell_are_a_yes_or_no_each():
    table = pd.DataFrame({"why": ["wifi;cakes", "cakes;", "wifi", None, "tea; wifi", "tea"], "town": list("aabbab")})
    made, told = responses.tidied(table)
    assert made.columns.to_list() == ["why: cakes", "why: tea", "why: wifi", "town"]
    assert made["why: wifi"].to_list() == [True, False, True, None, True, False]
    assert told.loc["why", "n"] == 3
    assert respondents.columns(made)["use"].to_dict() == {
        "why: cakes": "forms segments", "why: tea": "forms segments", "why: wifi": "forms segments", "town": "describes"}
    assert coded_answers.coded(made, ["why: tea", "why: wifi"]).X["why: wifi"].to_list() == [1, 0, 1, 1, 0]


@pytest.mark.parametrize("said", [
    ["I like it here, really", "too loud; too far", "no", "fine, thanks", "well; so-so", "good"],  # sentences
    ["hue", "hanoi", "hue", "vinh", "hue", "hanoi"],  # one answer each
])
def test_sentences_and_single_answers_are_left_alone(said):
    table = pd.DataFrame({"said": said})
    assert responses.tidied(table).table.equals(table)


def test_commas_and_bars_separate_too():
    for separator in (", ", "|"):
        table = pd.DataFrame({"q": [f"a{separator}b", "a", "b", f"b{separator}a"]})
        assert responses.tidied(table).table["q: b"].to_list() == [True, False, True, True]


def test_an_option_per_column_is_yes_where_named_and_open_where_nothing_is():
    table = pd.DataFrame({"q5_1": ["tea", None, None, "tea"], "q5_2": [None, "cakes", None, "cakes"],
                          "note_1": [None, None, "x", None], "seen": [1.0, None, 1.0, 1.0]})
    made, told = responses.tidied(table)
    assert made["q5_1"].to_list() == [True, False, None, True]
    assert made["q5_2"].to_list() == [False, True, None, True]
    assert made[["note_1", "seen"]].equals(table[["note_1", "seen"]])  # alone, so no set
    assert told["n"].to_dict() == {"q5_1": 2, "q5_2": 2}


def test_codes_that_lie_apart_are_suspects_and_missing_only_where_named():
    table = pd.DataFrame({"fast": [1, 2, 3, 4, 5, 9], "good": [1, 7, 3, 4, 5, 6], "ten": [0, 10, 9, 8, 3, 1],
                          "age": [18, 99, 35, 47, 60, 27], "yes": [1, 2, 1, 2, 9, 1], "minus": [1, 2, 3, -1, 3, 2]})
    assert responses.suspects(table)["code"].to_dict() == {"fast": 9, "yes": 9, "minus": -1}
    made = responses.tidied(table, [9, 99, -1]).table
    assert made.isna().sum().to_dict() == {"fast": 1, "good": 0, "ten": 0, "age": 0, "yes": 1, "minus": 1}
    assert respondents.columns(made).loc["fast", "kind"] == "rating"
    assert respondents.columns(made).loc["yes", "kind"] == "yes or no"
    assert responses.suspects(made).empty
    words = pd.DataFrame({"q": ["yes", "no", "Không biết", "yes"]})
    assert responses.tidied(words, ["không biết"]).table["q"].isna().to_list() == [False, False, True, False]
    assert responses.tidied(words).table.equals(words)


def test_a_code_named_as_dont_know_that_is_nowhere_is_told():
    table = pd.DataFrame({"fast": [1, 2, 3, 9, 5, 4], "town": ["hue", "refused", "hue", "hanoi", "hue", "hanoi"]})
    told = responses.tidied(table, [9, 99, "Refused"]).told
    assert told.reset_index()[["item", "became", "n"]].values.tolist() == [
        ["fast", responses.NOTHING, 1], ["town", responses.NOTHING, 1], ["99", responses.NOWHERE, 0]]


def test_the_tail_of_counts_is_no_code():
    counts = [0] * 60 + [1] * 25 + [2] * 9 + [3] * 4 + [4]
    table = pd.DataFrame({"hours": [*counts, 7], "calls": [*counts, 99], "asked": [0, 1, 2, 3, 4] * 19 + [4] * 4 + [9]})
    assert responses.suspects(table)["code"].to_dict() == {"calls": 99, "asked": 9}


def scale(n=200):
    rng = np.random.default_rng(1)
    taste = rng.normal(size=n)
    answers = {c: np.clip(np.round(3 + taste + rng.normal(0, 0.7, n)), 1, 5) for c in "abcd"}
    return pd.DataFrame(answers | {"d": 6 - answers["d"], "e": rng.integers(1, 6, n)})


def test_an_item_turned_round_is_told_and_one_of_another_subject_is_not():
    table = scale()
    told = responses.turned(table, list("abcde"))
    assert told.index.to_list() == ["d"]
    straight = table.assign(d=6 - table["d"])
    by_hand = straight["d"].corr((straight[["a", "b", "c"]] / straight[["a", "b", "c"]].std()).sum(axis=1))
    assert responses.turned(table, list("abcd"))["rest_correlation"].iloc[0] == pytest.approx(-by_hand)
    assert responses.turned(straight, list("abcde")).empty
    assert responses.turned(table, ["a", "b"]).empty


def test_a_scale_becomes_the_mean_of_its_items_once_they_are_turned():
    table = scale()
    made = responses.tidied(table, scales={"taste": list("abcd")}, reversed_items=["d"]).table
    expected = (table["a"] + table["b"] + table["c"] + (6 - table["d"])) / 4
    assert made["taste"].to_numpy() == pytest.approx(expected.to_numpy())
    with pytest.raises(SegkitError, match="is the name of a column"):
        responses.tidied(table, scales={"a": list("bcd")})
    with pytest.raises(SegkitError, match="'z'"):
        responses.tidied(table, scales={"taste": ["a", "z"]})


def test_reliability_takes_the_ends_of_the_scale_from_its_items():
    from segkit.segmentation import scales

    table = scale()
    told = responses.reliability(table, {"taste": list("abcd")}, ["d"])
    direct = scales.reliability(table.assign(d=6 - table["d"]), {"taste": list("abcd")})
    assert told.loc["taste", "alpha"] == pytest.approx(direct.loc["taste", "alpha"])
    assert told.loc["taste", "alpha"] > 0.8
    assert responses.reliability(table, {}).empty


def test_words_among_numbers_are_missing_and_codes_among_amounts_go_where_they_lie_apart():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({
        "income": [*map(str, rng.integers(10, 90, 379)), "unknown"], "age": [*rng.integers(18, 80, 378), 999, -1],
        "old": [*rng.integers(18, 80, 379), 99], "zip": [f"0{v}" for v in rng.integers(1000, 9999, 379)] + ["none"],
        "town": rng.choice(["a", "b"], 380)})
    tidy, told = responses.tidied(table, [999, -1, 99])
    assert (tidy["income"].isna().sum(), tidy["income"].sum()) == (1, table["income"].iloc[:379].astype(int).sum())
    assert told.loc["income"].to_dict() == {"became": worded.WORDS, "n": 1}
    assert (tidy["age"].isna().sum(), tidy["age"].max() < 80) == (2, True)
    assert tidy["old"].max() == 99  # an age that is possible
    assert tidy["zip"].equals(table["zip"])
    assert sorted(responses.suspects(table).loc["age", "code"]) == [-1, 999]
    assert not {"old", "income"} & set(responses.suspects(table).index)
    endless = table.assign(income=[*map(str, rng.integers(10, 90, 378)), "unknown", "inf"])
    assert responses.tidied(endless).told.loc["income", "n"] == 2
    many = table.assign(income=[*map(str, rng.integers(10, 90, 350)), *["refused"] * 30])
    assert responses.tidied(many).table["income"].equals(many["income"])  # 8% words: the user has to say
    assert responses.tidied(many, ["Refused"]).table["income"].notna().sum() == 350


def test_answers_that_differ_by_capitals_and_blanks_alone_are_one():
    table = pd.DataFrame({"town": ["Hanoi"] * 5 + ["hanoi", "Hue ", None, "hue", "Hue "], "free": [f"a{i}" for i in range(10)]})
    tidy, told = responses.numbered(table)
    assert tidy["town"].value_counts().to_dict() == {"Hanoi": 6, "Hue ": 3}
    assert tidy["town"].isna().sum() == 1
    assert told["n"].to_dict() == {"town": 2}
    assert tidy["free"].to_list() == table["free"].to_list()
