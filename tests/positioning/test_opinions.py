"""What respondents say of brands, against sums by hand and intervals counted on surveys drawn anew."""

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import opinions
from segkit.words.errors import DataError


def survey(n=400, seed=0, lift=0.5):
    """Women like X better by `lift`; a reversed item, and how often each brand is used."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        woman, age = i % 2 == 1, int(rng.integers(12, 70))
        for brand in "XY":
            like = rng.normal(3 + lift * woman * (brand == "X"), 1)
            for attribute, value in (("like", like), ("turned", 6 - like), ("often", rng.poisson(1.5)), ("price", rng.normal())):
                rows.append((f"r{i}", "woman" if woman else "man", age, brand, attribute, value))
    return pd.DataFrame(rows, columns=["respondent_id", "gender", "age", "brand", "attribute", "rating"]).assign(weight=1.0)


def test_preference_by_hand():
    told = survey()
    wide = told[told["attribute"] == "like"].pivot(index=["respondent_id", "gender"], columns="brand", values="rating").reset_index("gender")
    table = opinions.preference(told, "like", "gender").set_index(["group", "brand"])
    for group in ("man", "woman"):
        own = wide[wide["gender"] == group]
        assert table.loc[(group, "X"), "preference_share"] == pytest.approx((own["X"] > own["Y"]).mean())
        assert table.loc[group, "preference_share"].sum() == pytest.approx(1)
    both = opinions.preference(told, "like", ["gender", "age"])
    assert set(both["by"]) == {"gender", "age"}
    assert both[both["by"] == "age"].groupby("brand")["size"].sum().to_list() == [400, 400]
    assert both[both["by"] == "age"]["group"].unique().tolist() == ["< 15", "15–24", "25–34", "35–44", "45–54", "≥ 55"]


def test_weights_count_as_people():
    told = survey(40)
    heavy = told.assign(weight=np.where(told["gender"] == "woman", 3.0, 1.0))
    rows = pd.concat([told, *[told[told["gender"] == "woman"].assign(respondent_id=lambda t, k=k: t["respondent_id"] + k) for k in "ab"]])
    assert opinions.preference(heavy, "like")["preference_share"].to_list() == pytest.approx(
        opinions.preference(rows, "like")["preference_share"].to_list())
    wide = opinions.preference(heavy, "like").iloc[0]
    narrow = opinions.preference(rows, "like").iloc[0]
    assert wide["preference_high"] - wide["preference_low"] > narrow["preference_high"] - narrow["preference_low"]


def test_usage_by_hand():
    told = survey()
    answers = told[(told["attribute"] == "often") & (told["brand"] == "X")]["rating"]
    row = opinions.usage(told, "often").set_index("brand").loc["X"]
    users = answers[answers > 0]
    half = 1.965927 * users.std() / np.sqrt(len(users))  # t of about 310 degrees of freedom, between 1.965 and 1.970
    assert row["user_share"] == pytest.approx((answers > 0).mean())
    assert row["often"] == pytest.approx(users.mean())
    assert row["often_high"] - row["often"] == pytest.approx(half, rel=0.003)


def test_points_of_difference_and_parity():
    table = opinions.differences(survey(1000, lift=1.0), "X", "Y", but=["often"])
    assert table.index.to_list() == ["like", "price", "turned"]
    assert table.loc["like", "verdict"] == opinions.DIFFERENCE
    assert table.loc["price", "verdict"] == opinions.PARITY
    assert (table["difference_low"] < table["rating_difference"]).all()
    assert opinions.differences(survey(8, lift=9.0), "X", "Y")["verdict"].eq(opinions.OPEN).all()  # too few to say


def test_differences_of_nothing_are_found_seldom():
    """Five attributes on which the brands are alike: at most one survey in ten has a point of difference among them."""
    found = 0
    rng = np.random.default_rng(5)
    for _ in range(60):
        rows = pd.DataFrame(rng.normal(size=(60, 10)), columns=pd.MultiIndex.from_product([list("XY"), list("abcde")]))
        told = rows.rename_axis("respondent_id").stack([0, 1], future_stack=True).rename("rating").reset_index()
        told.columns = ["respondent_id", "brand", "attribute", "rating"]
        found += opinions.differences(told.assign(weight=1.0), "X", "Y")["verdict"].eq(opinions.DIFFERENCE).any()
    assert found <= 6


def test_a_reversed_code_is_told():
    told = opinions.turned(survey(), "like")
    assert told.index.to_list() == ["turned"]
    assert told.loc["turned", "correlation"] == pytest.approx(-1)


@pytest.mark.parametrize("kind", ["csv", "sav"])
def test_a_survey_is_read_from_a_file(tmp_path, kind):
    told = survey(30).drop(columns="weight").rename(columns={"respondent_id": "id", "rating": "score"})
    path = tmp_path / f"own.{kind}"
    if kind == "csv":
        told.to_csv(path, index=False)
    else:
        import pyreadstat

        pyreadstat.write_sav(told, str(path))
    read = opinions.load(str(path), {"respondent_id": "id", "rating": "score"})
    assert len(read) == len(told)
    assert opinions.preference(read, "like", "gender")["size"].to_list() == [15] * 4


def test_no_survey_is_an_empty_one():
    none = opinions.load("")
    assert none.empty
    assert opinions.preference(none, "").empty
    assert opinions.usage(none, "", ["age"]).empty or opinions.usage(none, "").empty
    assert opinions.differences(none, "X", "Y").empty
    assert opinions.turned(none, "").empty


@pytest.mark.parametrize(("call", "words"), [
    (lambda t: opinions.preference(t, "likes"), "did you mean `like`"), (lambda t: opinions.preference(t, "like", "sex"), "'sex'"),
    (lambda t: opinions.differences(t, "X", "Z"), "'Z'"), (lambda t: opinions.turned(t, "liked"), "'liked'"),
    (lambda t: opinions.load(t.drop(columns="attribute")), "attribute"), (lambda t: opinions.load(t.assign(rating=np.nan)), "rating"),
])
def test_faults_are_told(call, words):
    with pytest.raises(DataError, match=words):
        call(survey(20))
