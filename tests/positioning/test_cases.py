"""Brand cases: verdicts follow from evidence, conflicts are shown, and every claim of the article is there."""

import datetime as dt

import pandas as pd
import pytest

from segkit.data import samples
from segkit.positioning import brandfile, cases, evidence
from segkit.words.errors import DataError

BOTH = ["coca-cola", "pepsi"]


@pytest.mark.parametrize("brand", cases.names())
def test_a_claim_without_evidence_says_so_and_one_with_evidence_has_a_reading(brand):
    claims = cases.claims(brand)
    bare = claims["n_evidence"] == 0
    assert (claims.loc[bare, "verdict"] == cases.VERDICTS["no_data"]).all()
    assert (claims.loc[~bare, "verdict"] != cases.VERDICTS["no_data"]).all()
    assert all(set(reading) == {"en", "vi"} for reading in claims.loc[~bare, "reading"])
    assert not claims.loc[bare, "decided"].any()


@pytest.mark.parametrize("brand", cases.names())
def test_evidence_has_source_date_and_confidence_and_documents_a_link(brand):
    told, documents = evidence.bearing(brand), evidence.documents(brand)
    assert all(source[code] for source in told["source"] for code in ("en", "vi"))
    assert set(told["confidence"]) <= set(evidence.CONFIDENCE.values())
    assert documents["link"].str.startswith("http").all()
    assert all(dt.date.fromisoformat(day) for day in documents["retrieved_date"])


@pytest.mark.parametrize("brand", cases.names())
def test_figures_have_a_source_and_a_series_one_unit(brand):
    figures = evidence.figures(brand)
    assert figures.index.is_unique
    assert all(source[code] for source in figures["source"] for code in ("en", "vi"))
    assert (figures.groupby("series")["unit"].nunique() == 1).all()
    assert len(evidence.origins(brand)) == figures["series"].nunique() + len(evidence.documents(brand))


def test_published_figures():
    soda = evidence.series("pepsi", "us_soda_volume_share_2023")
    assert soda["value"].to_list() == [19.18, 8.34, 8.3, 8.09, 7.82]
    assert evidence.series("pepsi", "pepsico_net_revenue_2023")["value"].to_list() == [91471]
    divisions = evidence.series("pepsi", "pepsico_revenue_by_division_2023")["value"]
    assert divisions.to_list() == [30, 27, 15, 13, 7, 5, 3]


@pytest.mark.parametrize(("claim", "verdict"), [
    ("pepsi-geography-thailand", "contradicted"), ("pepsi-campaign-distancing", "contradicted"), ("coca-cola-campaign-cap", "contradicted"),
    ("pepsi-campaign-products", "supported"), ("pepsi-age-core", "no_data"), ("coca-cola-gender-light", "cannot_tell"),
])
def test_what_the_documents_say_of_the_claims(claim, verdict):
    assert cases.claims(BOTH).loc[claim, "verdict"] == cases.VERDICTS[verdict]


def test_the_slogan_precedes_the_pandemic():
    """What contradicts the claim was published before what dates the pandemic."""
    documents = evidence.documents("pepsi")["as_of_date"]
    assert documents["variety-2020-slogan"] == "2020-01-02" < documents["tass-2020-pandemic"] == "2020-03-11"
    assert evidence.bearing("pepsi").loc["pepsi-campaign-distancing", "shows"].to_list() == ["contradicts", "contradicts", "leaves open"]


def test_every_claim_of_the_article_is_there():
    """FACTS S15 and S16 and what stands beside them: the cap, social distancing, climate, channels, friendship, design."""
    said = " ".join(c["en"] for c in cases.claims(BOTH)["claim"])
    for words in ("10 to 35", "diabetes", "over 40", "students, the middle class and families", "more than 200 countries", "climate, income, culture",
                  "USA is a mature", "China offers high growth", "drink tea", "Channels, advertising and packs", "both men and women", "popular with women",
                  "preferred by men", "black and red", "names on bottles", "friendship", "twist cap", "success and soon spread", "15 to 45", "social networks",
                  "celebrities", "Cardi B", "upper-middle", "expanded abroad", "Thailand", "citrus", "fizz", "vanilla", "The Joy of Cola", "whatever others say",
                  "social distancing", "Pepsi Zero and Diet Pepsi"):
        assert words in said, words


def test_conflicting_sources_are_shown_as_conflicting():
    table = evidence.conflicts(BOTH)
    assert set(table.groupby(level=0)["shows"].agg(set).map(frozenset)) == {frozenset({"supports", "contradicts"})}
    assert set(table.index) == set(cases.claims(BOTH).query("in_conflict").index)
    assert "coca-cola-gender-light" in table.index


def test_two_brands_stand_side_by_side():
    targets = cases.targets(BOTH)
    assert targets.columns.to_list() == ["Coca-Cola", "Pepsi"]
    assert targets.index.to_list() == ["Age", "Income", "Place", "Gender", "Campaign"]
    assert "15 to 45" in targets.loc["Age", "Pepsi"]["en"]
    assert "15 đến 45" in targets.loc["Age", "Pepsi"]["vi"]
    counts = cases.verdicts(BOTH)
    assert (counts.iloc[:-1].sum() == counts.iloc[-1]).all()
    assert counts.iloc[-1].sum() == len(cases.claims(BOTH))
    assert cases.brands("pepsi", "pepsi") == ["pepsi"]
    assert cases.brands("pepsi", "") == ["pepsi"]


def test_a_figure_of_both_brands_stands_once():
    assert evidence.figures(BOTH).index.is_unique
    assert len(evidence.chart(BOTH, 0).figures) == 5
    assert evidence.chart(BOTH, 99).figures.empty


@pytest.mark.parametrize(("call", "words"), [
    (lambda: cases.claims("pepsy"), ["brand 'pepsy'", "has no case", "did you mean `pepsi`"]),
    (lambda: cases.claims("reports/brands/none.yaml"), ["has no case"]),
    (lambda: evidence.series("pepsi", "us_soda"), ["'us_soda'", "the series of pepsi"]),
])
def test_unknown_names_are_explained(call, words):
    with pytest.raises(DataError) as error:
        call()
    assert all(word in str(error.value) for word in words)


def test_a_file_of_ones_own_is_read_again_when_it_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "PROJECT", tmp_path)
    own = tmp_path / "own.yaml"
    own.write_text("brand: <b>=1+1</b>\nsaid_by: a page\nclaims:\n- {id: a, topic: age, claim: For the young.}\n", encoding="utf-8")
    assert cases.name("own.yaml") == "<b>=1+1</b>"
    assert evidence.figures("own.yaml").empty
    assert evidence.conflicts("own.yaml").empty
    assert evidence.bearing("own.yaml").attrs["left_out"] == evidence.NO_EVIDENCE
    assert cases.targets("own.yaml").loc["Age"].iloc[0]["en"].startswith("not said (○")
    own.write_text(own.read_text(encoding="utf-8").replace("age,", "ages,"), encoding="utf-8")
    with pytest.raises(DataError, match=r"own.yaml:4, claims, 'a', topic: is ages"):
        cases.claims("own.yaml")


@pytest.mark.parametrize("brand", cases.names())
def test_the_bundled_verdicts_follow_from_their_evidence(brand):
    """Independently of the file's own rules: the article's word alone supports nothing."""
    content = brandfile.read(cases.path(brand))
    low = {e["id"] for e in (*content["figures"], *content["documents"]) if e["confidence"] == "low"}
    for c in content["claims"]:
        if c["verdict"] == "supported":
            assert set(c["evidence"]["supports"]) - low
            assert not c["evidence"]["contradicts"]
        if c["verdict"] == "contradicted":
            assert set(c["evidence"]["contradicts"]) - low


@pytest.mark.parametrize(("verdicts", "sentence", "values"), [
    ("supported partly no_data contradicted", cases.FACTS_SOME_WRONG, (1, 1, 1, 1)),
    ("supported partly cannot_tell", cases.FACTS, (1, 1, 0, 1)),
    ("partly contradicted contradicted", cases.NO_FACT_SOME_WRONG, (0, 1, 2, 0)),
    ("partly no_data cannot_tell", cases.NO_FACT, (0, 1, 0, 2))])
def test_the_recommendation_names_the_facts_and_no_numbers_of_nothing(verdicts, sentence, values):
    keys = verdicts.split()
    table = pd.DataFrame({"verdict": [cases.VERDICTS[v] for v in keys],
                          "claim": [{"en": f"Claim {i}.", "vi": f"Điều {i}."} for i in range(len(keys))]})
    found, told = cases.to_repeat(table)
    assert found == sentence
    assert tuple(told[name] for name in ("supported", "partly", "contradicted", "others")) == values
    assert told["facts"]["vi"] == ("“Điều 0.”" if values[0] else "")
    many = pd.concat([table.assign(verdict=cases.VERDICTS["supported"])] * 3)
    assert cases.to_repeat(many)[1]["facts"]["en"].count("“") == cases.MOST_NAMED
    assert cases.to_repeat(many)[1]["facts"]["en"].endswith("…")
