"""Every column of a public result stands in the glossary, in both languages."""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest

from segkit.data import summary, tables
from segkit.lifecycle import cohorts, migration, stages, value
from segkit.positioning import benefits, brands, buying, cases, choice, elasticity, evidence, inertia, maps, opinions
from segkit.segmentation import (
    behaviour,
    concentration,
    covariates,
    hierarchical,
    kmeans,
    latent_class,
    methods,
    profile,
    responses,
    rfm,
    rules,
    scales,
    three_step,
    typing_tool,
)
from segkit.targeting import (
    attractiveness,
    audience_lint,
    candidates,
    funnels,
    lists,
    membership,
    population,
    questions,
    readiness,
)
from segkit.words.formats import FORMATS
from segkit.words.terms import COLUMNS, CONCEPTS, TERMS


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
    model = covariates.fit(answers.assign(spend=[1.0, 6, 1, 5, 2, 5]), classes, ["spend"])
    spec = {"model": "value-based", "by": "monetary", "cuts": [100, 300]}
    before, after = (stages.assign(sales, day) for day in ("2024-06-30", None))
    followed, moved = cohorts.table(sales), migration.table(before["stage"], after["stage"])
    survey = pd.DataFrame({"a": [1, 2, 3, 4, 5, 4] * 3, "b": [2, 2, 3, 5, 4, 1] * 3, "c": [1, 3, 3, 4, 4, 2] * 3})
    return {
        "overview": summary.overview(purchases), "by_month": summary.by_month(purchases),
        "behaviour": behaviour.features(purchases).execute(), "rfm": scored, "rfm products": rfm.scores(sales, product_id="brand"), "curve": concentration.curve(X["monetary"]),
        "by_segment": concentration.by_segment(scored, tiers), "drivers": concentration.drivers(scored, tiers),
        "kmeans.assignments": segmented.assignments, "kmeans.segments": segmented.segments,
        "kmeans.lint": kmeans.lint(X), "kmeans.summary": segmented.summary,
        "kmeans.compare": kmeans.compare(X, [2, 3], random_state=1),
        "latent_class.assignments": classes.assignments, "latent_class.segments": classes.segments,
        "latent_class.items": latent_class.items(classes),
        "latent_class.compare": latent_class.compare(answers[["a", "b"]], [1, 2], n_starts=16, random_state=1),
        "latent_class.likelihood_ratio": latent_class.likelihood_ratio(answers[["a", "b"]], 1, 2, n_starts=16),
        "hierarchical": hierarchical.segment(known, 2, distance="gower").summary,
        "hierarchical.compare": hierarchical.compare(X, [2, 3]),
        "three_step.describe": three_step.describe(answers, classes, ["spend"]),
        "three_step.estimates": three_step.estimates(answers, classes, ["spend"]),
        "three_step.classification": three_step.classification(classes).rename(columns=str).iloc[:, :0],
        "covariates.coefficients": model.coefficients, "covariates.tests": model.tests, "covariates.summary": model.summary,
        "rules.segments": named.segments, "rules.summary": named.summary,
        "templates": rules.templates(), "reliability": scales.reliability(survey, {"x": ["a", "b", "c"]}),
        "factors": scales.factors(survey, ["a", "b", "c"], 1)[0].drop(columns="factor_1"),
        "rules.lint": rules.lint(spec, X.reset_index()), "profile": profile.segments(X, segmented),
        "describe": profile.describe(known, segmented, ["kind", "monetary"]),
        "shares": profile.shares(known, segmented, "kind"), "performance": brands.performance(sales),
        "by_segment (brands)": brands.by_segment(sales, known["kind"]), "moves": brands.moves(sales),
        "repeats": brands.repeats(sales), "overlap": candidates.overlap(X, [{"column": "monetary"}, {"column": "frequency"}]),
        "compare": candidates.compare(X, segmented, [{"column": "monetary"}], random_state=1).ranking,
        "coordinates": mapped.coordinates, "inertia": mapped.inertia,
        "answers": questions.answer(X, segmented, 1, {"enough": {"measure": "segment_share", "at_least": 0.1}}),
        "ranking": attractiveness.evaluate(X.groupby(segmented.labels).mean(), [{"column": "monetary", "weight": 1}]),
        "stages": after, "by_stage": stages.by_stage(after), "bought_again": stages.bought_again(sales),
        "definitions": stages.definitions(), "cohorts": followed, "cohorts.average": cohorts.average(followed),
        "migration": moved, "balance": migration.balance(moved), **lifecycle_results(), **survey_results(), **audience_results(), "claims": cases.claims("pepsi"), "figures": evidence.figures("pepsi"), "origins": evidence.origins("pepsi"),
        **case_results(sales),
    }


def audience_results() -> dict[str, pd.DataFrame]:
    people = pd.DataFrame({"age": [20, 30], "n_days_bought": [1, 0], "monetary": [5.0, None], "recency_days": [3, None]},
                          index=pd.Index([1, 2], name="customer_id"))
    rules, told = {"young": {"who": {"age": 20}}}, pd.DataFrame({"young": [True, False]}, index=people.index)
    before = pd.DataFrame({"young": ["2024-01-31", None]}, index=people.index)
    made = lists.build(people, told, {"mail": {"audience": "young"}}, ["young"], random_state=1)
    return {
        "funnels.steps": funnels.steps({"customers": people.reset_index()}, rules), "funnels.claims": funnels.claims(told, ["young"]),
        "audience_lint": audience_lint.lint(people.reset_index(), rules), "membership.changes": membership.changes(told, before),
        "membership.rows": membership.rows(before).drop(columns="date"), "population.behaviour": population.behaviour(people, told),
        "lists.summary": made.summary, "readiness": readiness.assess({}),
    }


def case_results(sales) -> dict[str, pd.DataFrame]:
    told = pd.DataFrame([(r, "man", b, a, v, 1.0) for r in range(12) for b in "XY" for a, v in (("like", r % 5), ("care", r % 4), ("differ", 3))],
                        columns=["respondent_id", "gender", "brand", "attribute", "rating", "weight"])
    chosen = pd.DataFrame({"occasion": np.repeat(range(6), 2), "brand": ["A", "B"] * 6, "price": [1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 1],
                           "chosen": [1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1]})
    return {
        "bearing": evidence.bearing("pepsi"), "documents": evidence.documents("pepsi"), "roles of a case": cases.roles("old-spice"),
        "verdicts": cases.verdicts("pepsi")[[]], "preference": opinions.preference(told, "like", ["gender"]), "usage": opinions.usage(told, "like", "gender"),
        "image": opinions.image(told), "differences": opinions.differences(told, "X", "Y"), "turned": opinions.turned(told, "like"),
        "thresholds": buying.thresholds(), "asks": buying.asks(), "roles": buying.roles(told, {"uses": "like"}, ["gender"]),
        "classified": buying.classify(told, ["care"], ["like"]).drop(columns="weight"), "shares of behaviours": buying.shares(buying.classify(told, ["care"], ["like"])),
        "coefficients": (model := choice.fit(chosen, ["price"], constants=False)).coefficients, "elasticities": elasticity.elasticities(model, chosen, "price"),
        "simulated": elasticity.simulate(model, chosen, {"A": {"price": 0.9}}), "orders": inertia.of_purchases(sales), "chains": benefits.chains("coca-cola"),
        "beneficiaries": benefits.beneficiaries(benefits.chains("coca-cola").assign(wanted="like", delivered="care"), told),
    }


def survey_results() -> dict[str, pd.DataFrame]:
    table = pd.DataFrame({"a": [1, 2, 3, 4, 5, 9] * 4, "b": [5, 4, 3, 2, 1, 1] * 4, "c": [1, 1, 3, 4, 4, 5] * 4,
                          "why": ["x;y", "x", "y", "y", "x;y", "y"] * 4})
    tidy = responses.tidied(table, [9])
    made = {"responses.tidied": tidy.told, "responses.suspects": responses.suspects(table),
            "responses.turned": responses.turned(table, list("abc"))}
    for method in methods.METHODS.values():
        names = ["why: x", "why: y"] if method.name == "jaccard" else ["a", "b", "c", "why: x"]
        choice, coded = methods.prepared(tidy.table, names, method.name)
        found = methods.found(choice, coded, [2, 3], random_state=1)
        made |= {f"methods.{method.name}": found.evidence, f"within.{method.name}": methods.within(
            choice, coded, found.chosen, random_state=1)}
    return made | {"typing_tool": typing_tool.make(coded, found.chosen, random_state=1).steps}


def lifecycle_results() -> dict[str, pd.DataFrame]:
    weeks = [(c, w) for c in range(60) for w in range(c % 9, 40, 2 + c % 13) if w < 10 + c]
    sales = pd.DataFrame({"customer_id": [c for c, _w in weeks], "amount": [10.0 + c % 7 + w % 5 for c, w in weeks],
                          "date": [pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=w) for _c, w in weeks]})
    bought = value.summarise(sales, calibration_end="2024-07-15")
    x, recency, age = (bought[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age"))
    model, spend = value.fit("mbg_nbd", x, recency, age), value.fit("gamma_gamma", x, monetary=bought["repeat_monetary"])
    lifetime = value.lifetime(model, spend, bought, 52, n_draws=0)
    fits = value.rivals(bought)
    return {
        "value.by_tenth": value.by_tenth(model, bought), "value.compare": value.compare(fits, bought),
        "value.spending": value.spending(model, spend, bought), "value.foreseen": value.foreseen(fits, bought, 12),
        "value.rules_of_thumb": value.rules_of_thumb(bought, 12),
        "value.summarise": bought, "value.summary": model.summary, "value.parameters": spend.parameters(),
        "value.grid": value.grid(model, 30), "value.tracking": value.tracking(model, sales, "2024-07-15"),
        "value.holdout": value.holdout(model, bought), "value.holdout_errors": value.holdout_errors(model, bought),
        "value.lifetime": lifetime, "value.lifetime_total": value.lifetime_total(
            model, spend, bought, 52, n_draws=0, by=value.tenths(lifetime["lifetime_value"])),
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


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
def test_suffix_says_the_unit(term):
    if term.name.endswith("_share"):
        assert term.unit in ("percent", "points")
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


GLOSSARY = {**TERMS, **CONCEPTS}
FOREIGN = {"k", "ward", "cophenetic", "odds", "means", "eta²", "ω²", "rand", "bootstrap", "cramér", "logarit", "usd", "stp", "rfm",
           "cohort", "email", "nbd", "dirichlet"}
"""Words that Vietnamese text keeps: names of methods and units."""
SYLLABLE = re.compile(r"(ngh|ng|nh|gh|gi|kh|ch|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(ch|ng|nh|[cmnpt])?")
ENGLISH = {"her", "him", "not", "on", "the", "top", "we"}


def english_words(text: str) -> list[str]:
    """Words of a Vietnamese text that no Vietnamese syllable can be, and common English words."""
    found = []
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)).replace("đ", "d")
        if word not in FOREIGN and len(word) > 1 and (not SYLLABLE.fullmatch(plain) or word in ENGLISH):
            found.append(word)
    return found


def test_english_words_are_told_from_vietnamese():
    assert not english_words("Tỷ lệ người mua ngành hàng, nghĩa là khuyến khích quyết định của hộ gia đình")
    assert english_words("Tỷ lệ share của the brand") == ["share", "the", "brand"]


@pytest.mark.parametrize("term", GLOSSARY.values(), ids=GLOSSARY)
def test_term_is_defined_in_both_languages(term):
    for code in ("en", "vi"):
        said = term.definition(code)
        assert 10 <= len(said) <= 240
        assert not said[0].islower()
        assert said.endswith(".")
        assert said.rstrip(".").lower() not in {w.lower() for w in term.wordings(code)}
    assert not english_words(term.definition_vi)


@pytest.mark.parametrize("term", CONCEPTS.values(), ids=CONCEPTS)
def test_concept_is_worded_as_in_running_text(term):
    assert term.unit == "text"
    assert not term.direction
    for code in ("en", "vi"):
        assert term.label(code)[0].islower() or term.label(code).isupper()


@pytest.mark.parametrize("code", ["en", "vi"])
def test_a_wording_means_one_thing(code):
    """A column may share its label with another column, a concept shares its wording with nobody."""
    assert not set(TERMS) & set(CONCEPTS)
    taken = {w for term in TERMS.values() for w in term.wordings(code)}
    for term in CONCEPTS.values():
        for wording in dict.fromkeys(term.wordings(code)):
            assert wording not in taken, (term.name, wording)
            taken.add(wording)
    aliases = [w for t in TERMS.values() for w in (t.also_vi if code == "vi" else t.also_en)]
    assert len(aliases) == len(set(aliases))


def test_a_column_is_registered_once():
    assert len(TERMS) == len(COLUMNS)
