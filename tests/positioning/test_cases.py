import pytest

from segkit.positioning import cases
from segkit.words.errors import DataError


@pytest.mark.parametrize("brand", cases.names())
def test_claims_name_figures_that_exist(brand):
    known = set(cases.figures(brand).index)
    for claim in cases.facts(brand)["claims"]:
        assert set(claim["figures"]) <= known, claim["id"]


@pytest.mark.parametrize("brand", cases.names())
def test_a_claim_without_figures_says_so_and_one_with_figures_has_a_reading(brand):
    claims = cases.claims(brand)
    bare = claims["n_figures"] == 0
    assert (claims.loc[bare, "verdict"] == cases.VERDICTS["no_data"]).all()
    assert (claims.loc[~bare, "verdict"] != cases.VERDICTS["no_data"]).all()
    assert all(set(reading) == {"en", "vi"} for reading in claims.loc[~bare, "reading"])


@pytest.mark.parametrize("brand", cases.names())
def test_figures_have_a_source_and_a_series_one_unit(brand):
    figures = cases.figures(brand)
    assert figures.index.is_unique
    assert all(source[code] for source in figures["source"] for code in ("en", "vi"))
    assert (figures.groupby("series")["unit"].nunique() == 1).all()
    assert cases.origins(brand)["n_figures"].sum() == len(figures)


def test_published_figures():
    soda = cases.series("pepsi", "us_soda_volume_share_2023")
    assert soda["value"].to_list() == [19.18, 8.34, 8.3, 8.09, 7.82]
    assert cases.series("pepsi", "pepsico_net_revenue_2023")["value"].to_list() == [91471]
    divisions = cases.series("pepsi", "pepsico_revenue_by_division_2023")["value"]
    assert divisions.to_list() == [30, 27, 15, 13, 7, 5, 3]


@pytest.mark.parametrize(("call", "words"), [
    (lambda: cases.claims("pepsy"), ["brand 'pepsy'", "has no case", "did you mean `pepsi`"]),
    (lambda: cases.series("pepsi", "us_soda"), ["'us_soda'", "the series of pepsi"]),
])
def test_unknown_names_are_explained(call, words):
    with pytest.raises(DataError) as error:
        call()
    assert all(word in str(error.value) for word in words)
