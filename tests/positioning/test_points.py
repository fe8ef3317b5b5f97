"""Points of difference, needs, benefits by segment, the statement, and steps out of order."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segkit.data import samples
from segkit.positioning import needs, opinions, points, served, statement, steps
from segkit.words.errors import DataError


def ratings(n=80, seed=0):
    """X is ahead on quiet, behind on cheap, level on fast; half of the people are strict."""
    rng = np.random.default_rng(seed)
    mean = {"X": (5, 2, 4), "Y": (3, 4, 4), "Z": (3, 5, 4)}
    rows = [(r, b, a, m - (r % 2) + 0.3 * rng.normal(), 1.0 + (r % 4 == 0)) for r in range(n) for b in mean
            for a, m in zip(("quiet", "cheap", "fast"), mean[b], strict=True)]
    return pd.DataFrame(rows, columns=["respondent_id", "brand", "attribute", "rating", "weight"])


ASKED = needs.load(pd.DataFrame({"respondent_id": range(80), "quiet": ["yes"] * 70 + ["no"] * 10, "cheap": [1] * 72 + [5] * 8, "fast": ["no", "yes"] * 40}), ["quiet", "cheap", "fast"])
HALF = pd.Series({r: "students" if r < 40 else "families" for r in range(80)})


def test_the_generator_gives_the_bundled_files(tmp_path):
    subprocess.run([sys.executable, "data/cafe_guests/make.py", str(tmp_path)], cwd=samples.PROJECT, check=True)
    for name in ("guests", "ratings"):
        assert samples.sha256(tmp_path / f"{name}.parquet") == samples.sha256(samples.path(f"cafe_guests.{name}"))
    assert samples.describe("cafe_guests.ratings")["note"].startswith("SIMULATED.")


def test_differences_are_of_the_same_people_in_a_loop():
    told = ratings()
    made = points.by_segment(told, "X", segment=HALF)
    gaps, weights = [], []
    for r in range(40):
        own = told[(told["respondent_id"] == r) & (told["attribute"] == "quiet")].set_index("brand")
        gaps.append(own.loc["X", "rating"] - (own.loc["Y", "rating"] + own.loc["Z", "rating"]) / 2)
        weights.append(own.loc["X", "weight"])
    mean = np.average(gaps, weights=weights)
    error = np.sqrt(40 / 39 * sum((w * (g - mean)) ** 2 for w, g in zip(weights, gaps, strict=True))) / sum(weights)
    half = stats.t.ppf(1 - 0.05 / 3 / 2, 39) * error
    row = made.loc[("students", "quiet")]
    assert [row["n_respondents"], row["rating_difference"], row["difference_low"], row["difference_high"]] == pytest.approx([40, mean, mean - half, mean + half])
    assert made["verdict"].unstack("attribute").loc["everybody"].to_dict() == {"quiet": points.AHEAD, "cheap": points.BEHIND, "fast": points.PARITY}
    assert points.sizes(made)["n_respondents"].to_dict() == {"everybody": 80, "families": 40, "students": 40}


def test_nine_people_are_too_few_for_a_verdict():
    few = ratings()[lambda t: t["respondent_id"] < 9]
    assert set(points.by_segment(few, "X")["verdict"]) == {points.OPEN}


def test_a_brand_rated_alone_has_no_points():
    told = ratings()[lambda t: t["brand"] == "X"]
    table = points.of(points.by_segment(told, "X"))
    assert table.empty
    assert table.attrs["left_out"] == points.NO_RATINGS


@pytest.mark.parametrize(("call", "words"), [(lambda: points.by_segment(ratings(), "W"), "'W'"), (lambda: points.by_segment(ratings(), "X", ["like"]), "'like'"),
                                             (lambda: points.of(points.by_segment(ratings(), "X"), "nobody"), "'nobody'")])
def test_names_that_there_are_not(call, words):
    with pytest.raises(DataError, match=words):
        call()


def test_importance_beside_performance():
    table = points.of(points.beside_needs(points.by_segment(ratings(), "X", segment=HALF), needs.importance(ASKED, HALF)), "students")
    assert table["todo"].to_dict() == {"quiet": points.KEEP, "fast": points.UNSURE, "cheap": points.LEAVE}
    turned = ASKED.assign(cheap=1 - ASKED["cheap"])
    table = points.of(points.beside_needs(points.by_segment(ratings(), "X"), needs.importance(turned)))
    assert table["todo"].to_dict() == {"quiet": points.KEEP, "fast": points.UNSURE, "cheap": points.IMPROVE}
    assert set(points.beside_needs(points.by_segment(ratings(), "X"), needs.importance(needs.load("", ["quiet"])))["todo"]) == {points.UNSURE}


def test_what_people_want_is_counted_with_weights():
    told = pd.DataFrame({"respondent_id": range(4), "a": ["Yes", "no", None, "Có"], "weight": [3.0, 1, 1, 1]})
    row = needs.importance(needs.load(told, ["a", "not asked"])).loc[("everybody", "a")]
    assert (row["n_asked"], row["want_share"]) == (3, pytest.approx(4 / 5))
    assert [row["want_low"], row["want_high"]] == pytest.approx(opinions.wilson(0.8, 25 / 11))
    scale = needs.load(pd.DataFrame({"respondent_id": range(3), "a": [1, 4, 7]}), ["a"])["a"]
    assert scale.to_list() == [0, 1, 1]


@pytest.mark.parametrize(("answers", "names", "words"), [(["perhaps", "no"], ["a"], "'perhaps'"), ([3, 3], ["a"], "column 'a'"), (["yes", "no"], ["b"], "'b'")])
def test_answers_that_are_no_needs(answers, names, words):
    with pytest.raises(DataError, match=words):
        needs.load(pd.DataFrame({"respondent_id": [1, 2], "a": answers}), names)


CHAINS = [{"feature": "Thick walls", "function": "f", "benefit": "Peace", "who": "Students", "wanted": "quiet", "delivered": "quiet"},
          {"feature": "Own beans", "function": "f", "benefit": "Talk", "who": "Nobody yet"}]


def test_who_wants_a_benefit_and_gets_it_from_nobody():
    """On a scale of 1 to 7 made of the marks: everybody who gives no brand half of the range is served by nobody."""
    told = ratings().assign(rating=lambda t: np.where((t["attribute"] == "quiet") & (t["respondent_id"] < 40), 1.0, t["rating"].clip(1, 7)))
    table = served.by_segment(served.chains(CHAINS, "X"), told, ASKED, HALF)
    quiet = table[table["wanted"] == "quiet"] if "wanted" in table else table[table["good_for"].map(lambda g: g["en"]) == "Peace"]
    by = quiet.set_index("segment")
    assert by["n_asked"].to_dict() == {"everybody": 80, "families": 40, "students": 40}
    assert by.loc["students", ["want_share", "unserved_share"]].to_list() == [1.0, 1.0]
    assert by.loc["families", "unserved_share"] < 0.6
    sentence, values = served.in_vain(table)
    assert (sentence, values["segment"], values["benefit"]["en"]) == (served.IN_VAIN, "students", "Peace")
    assert served.evidence(table)["backing"].to_list() == ["asked in the survey", "no data"]


def test_no_benefit_in_vain_is_an_answer():
    table = served.by_segment(served.chains(CHAINS), ratings().assign(rating=lambda t: np.where(t["brand"] == "X", 7.0, 1.0)), ASKED)
    assert served.in_vain(table) == (served.NOBODY_IN_VAIN, {})
    alone = served.by_segment(served.chains(CHAINS[1:]), ratings(), ASKED)
    assert served.in_vain(alone)[1] == {"missing": None}


@pytest.mark.parametrize(("chain", "words"), [({"feature": "x"}, "chain 1, function"), ({**CHAINS[1], "wnated": "quiet"}, "wnated"), ({**CHAINS[1], "who": 3}, "who"), ("text", "chain 1")])
def test_chains_that_are_none(chain, words):
    with pytest.raises(DataError, match=words):
        served.chains([chain])


def test_a_chain_that_names_what_nobody_was_asked():
    with pytest.raises(DataError, match="'silence'"):
        served.by_segment(served.chains([{**CHAINS[0], "delivered": "silence"}]), ratings(), ASKED)


HERE = points.of(points.beside_needs(points.by_segment(ratings(), "X", segment=HALF), needs.importance(ASKED, HALF)), "students")
LIKED = pd.Series({"X": 6.0, "Y": 3.0, "Z": 4.0})


def test_blanks_are_filled_from_what_is_sure_and_else_stay_open():
    made = statement.fill({"category": {"en": "café", "vi": "quán"}}, "X", HERE, LIKED, "students")
    assert made.filled | {"reason": ""} == {"target": {"en": "students", "vi": "students"}, "need": "quiet", "category": {"en": "café", "vi": "quán"},
                                            "benefit": "quiet", "rival": "Z", "reason": ""}
    assert made.n_open == 1
    assert (made.sentence, made.values["benefit"]) == (statement.CLAIM, "quiet")
    nothing = statement.fill({}, "X", HERE.assign(want_low=0.1, todo=points.UNSURE), pd.Series(dtype=float), "students")
    assert nothing.n_open == 5
    assert nothing.sentence == statement.NOTHING
    assert nothing.filled["benefit"] == {"en": "[open]", "vi": "[còn trống]"}
    worse = statement.fill({}, "X", HERE.assign(verdict=points.BEHIND, todo=points.IMPROVE), LIKED)
    assert worse.sentence == statement.MEND


@pytest.mark.parametrize(("benefit", "basis"), [("quiet", "by the ratings a point of difference"), ("cheap", "do not bear it out: behind the others"), ("love", "not an attribute")])
def test_a_benefit_that_the_study_gives_is_held_against_the_ratings(benefit, basis):
    form = statement.fill({"benefit": benefit}, "X", HERE, LIKED, "students").form
    assert basis in form.loc[statement.BLANKS["benefit"], "backed_by"]["en"]


@pytest.mark.parametrize(("given", "words"), [({"benfit": "quiet"}, "did you mean `benefit`"), ({"reason": 3}, "`statement`, `reason`"), ({"reason": {"en": "x"}}, "`reason`")])
def test_statements_that_are_none(given, words):
    with pytest.raises(DataError, match=words):
        statement.fill(given, "X", HERE, LIKED)


def liking(order, n=90, seed=0):
    """People who hate, like or love a brand, coded in an order, and rate it so."""
    rng = np.random.default_rng(seed)
    rows = []
    for r in range(n):
        heart = r % 3  # 0 hate, 1 like, 2 love
        rows += [(r, "X", "liking", order[heart], 1.0), (r, "X", "good", 2 + 2 * heart + rng.normal(), 1.0)]
    return pd.DataFrame(rows, columns=["respondent_id", "brand", "attribute", "rating", "weight"])


def test_codes_that_are_out_of_order_are_found():
    assert steps.not_rising(liking([1, 2, 3]), "liking").empty
    found = steps.not_rising(liking([2, 3, 1]), "liking")  # 1 love, 2 hate, 3 like
    assert found[["step", "higher_step"]].to_numpy().tolist() == [[1, 2], [1, 3]]
    assert len(steps.not_rising(liking([3, 2, 1]), "liking")) == 3
    assert steps.not_rising(liking([1, 2, 3]), "").empty


def test_steps_that_mean_nothing_are_seldom_called_wrong():
    """Forty surveys in which liking follows nothing: 2.5 % by chance; more than four would be rare."""
    rng = np.random.default_rng(0)
    called = 0
    for seed in range(40):
        told = liking([1, 2, 3], seed=seed)
        told.loc[told["attribute"] == "good", "rating"] = rng.normal(size=90)
        called += len(steps.not_rising(told, "liking")) > 0
    assert called <= 4
