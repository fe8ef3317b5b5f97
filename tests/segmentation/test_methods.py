"""Each kind of table meets its method, and every method goes the same way: solutions, evidence, recommendation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import how_many, kmeans, latent_class, methods, prediction, stability
from segkit.segmentation.evidence import learners, replicates
from segkit.segmentation.kernel.bootstrap import adjusted_rand
from segkit.segmentation.partition import coded_answers
from segkit.words.errors import SegkitError

PROJECT = Path(__file__).resolve().parents[2]
REFERENCE = PROJECT / "tests" / "reference"
MCDONALDS = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
K = [2, 3, 4]


def mixed(n=240, seed=5):
    """Two groups that differ in everything: answers, ratings, a town and an amount."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 2
    said = {f"q{j}": np.where(rng.random(n) < np.where(group == j % 2, 0.92, 0.08), "yes", "no") for j in range(6)}
    rated = {f"r{j}": np.clip(2 + 2 * group + rng.integers(-1, 2, n), 1, 5) for j in range(3)}
    town = np.where(rng.random(n) < 0.9, np.where(group == 1, "hue", "hanoi"), "danang")
    return pd.DataFrame({**said, **rated, "town": town, "spend": 10.0 + 8 * group + rng.normal(size=n)}), group


def alone(n=300, seed=2):
    """The same columns without anything between them."""
    rng = np.random.default_rng(seed)
    table, _ = mixed(n)
    return table.apply(lambda c: c.to_numpy()[rng.permutation(n)])


ANSWERS = [f"q{j}" for j in range(6)]
CASES = {"k-means": ANSWERS, "k-medians": [*ANSWERS, "spend"], "jaccard": ANSWERS, "latent-class": [*ANSWERS, "town"],
         "ward-gower": [*ANSWERS, "town", "spend"]}


def found(table, names, method, **arguments):
    both = coded_answers.coded(table, names, with_open=True)
    choice = methods.choose(both, method)
    coded = both if choice.method.with_open else coded_answers.coded(table, names)
    return choice, coded, methods.found(choice, coded, K, random_state=1, **arguments)


@pytest.mark.parametrize(("names", "change", "expected"), [
    (ANSWERS, {}, "k-means"),
    (["r0", "r1", "r2"], {}, "k-means"),
    (ANSWERS, dict.fromkeys(ANSWERS, 0.1), "latent-class"),
    ([*ANSWERS, "town"], {}, "latent-class"),
    (["town", "spend"], {}, "ward-gower"),
    (["r0", "spend"], {"spend": 0.2}, "ward-gower"),
    (["r0", "spend"], {"spend": 0.01}, "k-means"),
])
def test_the_method_follows_what_the_variables_are(names, change, expected):
    table, _ = mixed()
    for column, share in change.items():
        table[column] = table[column].where(np.arange(len(table)) >= share * len(table))
    if expected == "latent-class" and change:  # not the same people everywhere, so that all answered something
        table = table.assign(**{c: table[c].sample(frac=1, random_state=j).to_numpy() for j, c in enumerate(change)})
    choice = methods.choose(coded_answers.coded(table, names, with_open=True))
    assert choice.method.name == expected
    assert choice.values["why"] == choice.method.why


def test_rare_yes_meets_jaccard_and_a_far_amount_meets_medians():
    rng = np.random.default_rng(1)
    rare = pd.DataFrame({c: np.where(rng.random(200) < 0.1, "yes", "no") for c in "abcd"})
    assert methods.choose(coded_answers.coded(rare, list("abcd"), True)).method.name == "jaccard"
    amounts = pd.DataFrame({"a": rng.normal(50, 5, 200), "b": rng.normal(50, 5, 200)})
    assert methods.choose(coded_answers.coded(amounts, ["a", "b"], True)).method.name == "k-means"
    amounts.loc[0, "a"] = -200.0  # below 0, so no logarithm draws it near
    assert methods.choose(coded_answers.coded(amounts, ["a", "b"], True)).method.name == "k-medians"


def test_a_study_may_set_another_and_what_cannot_be_is_refused():
    table, _ = mixed()
    both = coded_answers.coded(table, ANSWERS, True)
    choice = methods.choose(both, "latent-class")
    assert (choice.values["method"], choice.values["proposed"]) == ("latent classes", "k-means")
    with pytest.raises(SegkitError, match="jacard"):
        methods.choose(both, "jacard")
    with pytest.raises(SegkitError) as refused:
        methods.choose(coded_answers.coded(table, [*ANSWERS, "spend", "r0"], True), "jaccard")
    assert [f.found for f in refused.value.faults] == ["does not take 'spend': it is amount",
                                                       "does not take 'r0': it is rating"]


@pytest.mark.parametrize("method", CASES)
def test_two_groups_are_found_by_every_method_and_come_back(method):
    table, group = mixed()
    choice, coded, made = found(table, CASES[method], method)
    assert made.recommended.k == made.chosen.k == 2
    assert adjusted_rand(made.chosen.labels.to_numpy(dtype=int) - 1, group, np.ones(len(group))) > 0.85
    told = made.evidence.loc[2]
    assert told["verdict"] in ("reproducible", "natural" if method == "k-means" else "")
    assert told["global_stability"] > 0.85 > told["independent_stability"]
    within = methods.within(choice, coded, made.chosen, random_state=1).groupby("segment")["jaccard"].median()
    assert (within > 0.85).all()
    assert [s.k for s in made.solutions] == K


@pytest.mark.parametrize("method", CASES)
def test_variables_without_relations_give_no_segments(method):
    made = found(alone(), CASES[method], method)[2]
    assert made.recommended.k == 1
    assert made.recommended.verdict == "constructive"


def test_k_means_tells_what_it_told_before():
    table, _ = mixed()
    _, coded, made = found(table, ANSWERS, "k-means")
    solutions = how_many.solutions(coded.X, K, random_state=1)
    pd.testing.assert_frame_equal(made.evidence, how_many.evidence(coded.X, solutions, random_state=1))
    assert made.chosen.labels.equals(kmeans.segment(coded.X, 2, n_starts=how_many.COMPARED_STARTS, random_state=1).labels)


def test_another_number_of_segments_is_judged_too():
    made = found(*(mixed()[0], ANSWERS, "jaccard"), k=3)[2]
    assert made.chosen.k == 3
    assert made.recommended.shown == 2
    assert made.evidence["verdict"].notna().to_dict() == {2: True, 3: True, 4: False}


def test_open_answers_take_part_by_full_information():
    table, group = mixed()
    rng = np.random.default_rng(4)
    table[ANSWERS] = table[ANSWERS].where(rng.random((len(table), 6)) > 0.2)
    table.loc[:3, ANSWERS] = None
    _, coded, made = found(table, ANSWERS, "")
    assert (coded.n_incomplete, len(coded.X)) == (4, len(table) - 4)
    assert made.chosen.method == "latent class"
    direct = latent_class.segment(table[ANSWERS].iloc[4:], 2, random_state=1)
    assert made.chosen.summary["log_likelihood"].iloc[0] == pytest.approx(direct.summary["log_likelihood"].iloc[0])
    assert adjusted_rand(made.chosen.labels.to_numpy() - 1, group[4:], np.ones(len(table) - 4)) > 0.75


def test_case_weights_count_as_people():
    """Twice the weight is the same as the row twice, in every criterion that does not draw."""
    table, _ = mixed(80)
    weight = np.where(np.arange(80) < 40, 2.0, 1.0)
    twice = pd.concat([table, table.head(40).rename(index=lambda i: i + 1000)])
    for method, column in (("latent-class", "bic"), ("ward-gower", "criterion"), ("k-medians", "criterion")):
        weighted = found(table, CASES[method], method, weights=weight)[2].evidence
        repeated = found(twice, CASES[method], method)[2].evidence
        assert weighted[column].to_numpy() == pytest.approx(repeated[column].to_numpy(), rel=1e-6), method


@pytest.mark.parametrize("method", ["latent-class", "ward-gower"])
def test_of_many_people_some_are_learned_from_and_all_are_labelled(method, monkeypatch):
    monkeypatch.setattr(methods, "MOST_LEARNED", 100)
    table, group = mixed()
    choice, coded, made = found(table, CASES[method], method)
    assert choice.values["n"] == 100
    assert "learns from" in choice.sentence
    assert len(made.chosen.labels) == made.chosen.segments["size"].sum() == len(table)
    assert made.chosen.labels.equals(prediction.labels(made.chosen, coded.given))
    assert adjusted_rand(made.chosen.labels.to_numpy() - 1, group, np.ones(len(group))) > 0.85


def test_everyone_gets_the_membership_of_their_class():
    table, _ = mixed()
    learned = latent_class.segment(table[ANSWERS].head(120), 2, random_state=1)
    all_ = prediction.everyone(learned, table[ANSWERS], np.ones(len(table)))
    columns = ["segment", "membership_share", "posterior_1", "posterior_2"]
    pd.testing.assert_frame_equal(all_.assignments.loc[:119, columns], learned.assignments[columns], check_dtype=False)
    strange = table[ANSWERS].assign(q0="perhaps")
    left_open = table[ANSWERS].assign(q0=None)
    assert prediction.everyone(learned, strange).labels.equals(prediction.everyone(learned, left_open).labels)


def test_stability_of_labels_that_never_change_and_of_labels_by_lot():
    table = pd.DataFrame({"a": np.arange(60.0)})
    fixed = replicates.judged(lambda t: lambda drawn, k, seed: np.arange(len(t)) % k, table, 3, [["a"]], random_state=1)
    assert (fixed.global_stability, fixed.independent_p, fixed.verdict) == (1.0, 1.0, "constructive")  # so are all tables
    by_lot = replicates.judged(lambda t: lambda drawn, k, seed: np.random.default_rng(seed).integers(0, k, len(t)), table, 3,
                               [["a"]], random_state=1)
    assert abs(by_lot.global_stability) < 0.05


def test_within_is_the_jaccard_index_with_the_most_similar_segment():
    X = pd.DataFrame({"a": [0.0, 0, 0, 1, 1, 1]})
    own = kmeans.segment(X, 2, random_state=1)
    told = replicates.within(lambda t: lambda drawn, k, seed: np.array([0, 0, 1, 1, 1, 1]), X, own, random_state=1)
    assert sorted(told.groupby("segment")["jaccard"].first()) == pytest.approx([2 / 3, 3 / 4])
    assert len(told) == 2 * replicates.SAMPLES


def test_medians_of_samples_are_those_of_the_stability_of_medians():
    """Two ways to the same quantity: pairs of samples by `learners`, and by `stability.global_stability`."""
    table, _ = mixed(seed=9)
    coded = coded_answers.coded(table, [*ANSWERS, "spend"])
    mine = replicates.judged(learners.by_medians, coded.X, 3, list(coded.parts.values()), random_state=1)
    theirs = stability.global_stability(coded.X, [3], n_pairs=60, n_starts=5, method="k-medians", random_state=2)
    assert mine.global_stability == pytest.approx(theirs["adjusted_rand"].median(), abs=0.12)


def test_shuffling_keeps_margins_missing_answers_and_what_a_category_was_spread_over():
    table, _ = mixed()
    table["town"] = table["town"].where(np.arange(len(table)) % 7 > 0)
    coded = coded_answers.coded(table, ["q0", "town", "spend"], with_open=True)
    made = replicates._shuffled(coded.X, list(coded.parts.values()), np.random.SeedSequence(1))
    assert made.mean().to_list() == pytest.approx(coded.X.mean().to_list())
    assert made.isna().equals(coded.X.isna())
    towns = list(coded.parts["town"])
    assert (made[towns].sum(axis=1)[made[towns].notna().all(axis=1)] == 1).all()
    assert abs(made["q0"].corr(made["spend"])) < 0.2 < abs(coded.X["q0"].corr(coded.X["spend"]))


def test_latent_classes_of_the_carcinoma_data():
    """poLCA's numbers (tests/reference/carcinoma.csv is the published table), through the protocol."""
    table = pd.read_csv(REFERENCE / "carcinoma.csv")
    counts = table.columns[-1]
    rows = table.loc[table.index.repeat(table[counts])].drop(columns=counts).reset_index(drop=True)
    made = found(rows, list(rows.columns), "latent-class")[2]
    assert made.evidence["log_likelihood"].loc[[1, 2, 3, 4]].to_list() == pytest.approx(
        [-524.4648, -317.2568, -293.7050, -289.2858], abs=0.01)
    assert made.evidence["bic"].loc[[2, 3]].to_list() == pytest.approx([706.074, 697.136], abs=0.01)
    assert made.recommended.shown == made.chosen.k == 3
    assert made.chosen.segments["class_share"].sort_values().to_list() == pytest.approx([0.182, 0.374, 0.445], abs=0.001)


@pytest.mark.skipif(not MCDONALDS.exists(), reason="the textbook's survey is not here")
def test_latent_classes_of_the_textbook():
    survey = pd.read_csv(MCDONALDS)
    both = coded_answers.coded(survey, list(survey.columns[:11]), True)
    made = methods.found(methods.choose(both, "latent-class"), both, range(2, 9), random_state=7)
    assert made.evidence["bic"].loc[2:7].to_list() == pytest.approx(
        [15389.14, 14877.80, 14564.44, 14451.94, 14429.02, 14404.63], abs=0.2)
    assert made.recommended.shown == 7


def test_values_of_a_category_are_no_problem_and_do_not_rule_the_other_methods():
    rng = np.random.default_rng(6)
    group = rng.integers(0, 3, 300)
    table = pd.DataFrame({f"n{j}": 8.0 * (group == j) + rng.normal(size=300) for j in range(3)})
    table["town"] = rng.choice(list("abcd"), 300, p=[0.5, 0.3, 0.18, 0.02])
    choice, coded = methods.prepared(table, list(table))
    assert choice.method.name == "ward-gower"
    assert not methods.problems(coded)["variable"].str.startswith("town").any()
    chosen = methods.found(choice, coded, [3], random_state=1).chosen
    assert adjusted_rand(group, chosen.labels.to_numpy() - 1, np.ones(300)) > 0.8
    assert (methods.others(choice, coded, chosen, random_state=1)["adjusted_rand"] > 0.8).all()
