"""Every column of a public result stands in the glossary, in both languages."""

import pandas as pd
import pytest

from segkit.data import summary, tables
from segkit.positioning import brands, cases, maps
from segkit.segmentation import behaviour, concentration, kmeans, latent_class, profile, rfm, rules, three_step
from segkit.targeting import attractiveness, questions
from segkit.words.formats import FORMATS
from segkit.words.terms import TERMS


def results(sales: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One result of every public function that gives a table, and the names the user's data bring into it."""
    purchases = tables.load(sales, "transactions")
    scored = rfm.scores(sales)
    named, tiers = rfm.segment(scored), concentration.tiers(scored)
    X = behaviour.features(purchases).execute().set_index("customer_id")[["frequency", "monetary"]]
    segmented = kmeans.segment(X, 2, random_state=1)
    known = X.assign(kind=list("ababab"))
    mapped = maps.correspondence(pd.DataFrame([[5, 1], [2, 7], [3, 3]], index=list("abc"), columns=list("xy")), 1)
    answers = pd.DataFrame({"a": list("yyynnn"), "b": list("yynnnn"), "spend": [1.0, 2, 1, 5, 6, 5]})
    classes = latent_class.segment(answers[["a", "b"]], 2, n_starts=16, random_state=1)
    spec = {"model": "value-based", "by": "monetary", "cuts": [100, 300]}
    return {
        "overview": summary.overview(purchases), "by_month": summary.by_month(purchases),
        "behaviour": behaviour.features(purchases).execute(), "rfm": scored, "curve": concentration.curve(X["monetary"]),
        "by_segment": concentration.by_segment(scored, tiers), "drivers": concentration.drivers(scored, tiers),
        "kmeans.assignments": segmented.assignments, "kmeans.segments": segmented.segments,
        "kmeans.summary": segmented.summary, "kmeans.compare": kmeans.compare(X, [2, 3], random_state=1),
        "latent_class.assignments": classes.assignments, "latent_class.segments": classes.segments,
        "latent_class.items": latent_class.items(classes),
        "latent_class.compare": latent_class.compare(answers[["a", "b"]], [1, 2], n_starts=16, random_state=1),
        "latent_class.likelihood_ratio": latent_class.likelihood_ratio(answers[["a", "b"]], 1, 2, n_starts=16),
        "three_step.describe": three_step.describe(answers, classes, ["spend"]),
        "three_step.estimates": three_step.estimates(answers, classes, ["spend"]),
        "three_step.classification": three_step.classification(classes).rename(columns=str).iloc[:, :0],
        "rules.segments": named.segments, "rules.summary": named.summary,
        "rules.lint": rules.lint(spec, X.reset_index()), "profile": profile.segments(X, segmented),
        "describe": profile.describe(known, segmented, ["kind", "monetary"]),
        "shares": profile.shares(known, segmented, "kind"), "performance": brands.performance(sales),
        "by_segment (brands)": brands.by_segment(sales, known["kind"]),
        "coordinates": mapped.coordinates, "inertia": mapped.inertia,
        "answers": questions.answer(X, segmented, 1, {"enough": {"measure": "segment_share", "at_least": 0.1}}),
        "ranking": attractiveness.evaluate(X.groupby(segmented.labels).mean(), [{"column": "monetary", "weight": 1}]),
        "claims": cases.claims("pepsi"), "figures": cases.figures("pepsi"), "origins": cases.origins("pepsi"),
    }


def test_every_result_column_is_in_the_glossary(sales):
    unknown = {}
    for name, table in results(sales).items():
        columns = [*map(str, table.columns), *(str(n) for n in table.index.names if n)]
        if missing := [c for c in columns if c not in TERMS]:
            unknown[name] = missing
    assert not unknown


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
def test_term_is_complete(term):
    assert term.en
    assert term.vi
    assert term.unit in FORMATS
    assert term.direction in ("", "higher", "lower")
    assert bool(term.definition_en) == bool(term.definition_vi)


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
def test_suffix_says_the_unit(term):
    if term.name.endswith("_share"):
        assert term.unit == "percent"
    if term.name.endswith("_days"):
        assert term.unit == "days"
    if term.name.startswith("n_"):
        assert term.unit in ("count", "number")
    if term.name.endswith("_score"):
        assert term.direction == "higher"


def test_shares_of_results_lie_between_0_and_1(sales):
    for name, table in results(sales).items():
        for column in (c for c in table.columns if str(c).endswith("_share")):
            values = table[column].dropna()
            assert values.between(0, 1 + 1e-12).all(), (name, column)
