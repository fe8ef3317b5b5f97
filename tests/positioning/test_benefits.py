"""Who wants a benefit and gets it from no brand, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import benefits, opinions
from segkit.words.errors import DataError


def survey():
    """100 people: women want it (rating 5), men do not (1); half of the women rate brand X as delivering it, nobody brand Y."""
    rows = []
    for i in range(100):
        gender = "woman" if i < 40 else "man"
        for brand in "XY":
            rows.append((f"r{i}", gender, brand, "matters", 5 if i < 40 else 1))
            rows.append((f"r{i}", gender, brand, "gives", 5 if brand == "X" and i < 20 else 1))
    return pd.DataFrame(rows, columns=["respondent_id", "gender", "brand", "attribute", "rating"]).assign(weight=1.0)


def chain(**changed):
    told = {"brand": "X", "product_feature": "f", "function": "u", "good_for": "b", "who": "w", "wanted": "matters", "delivered": "gives", "by": "", "group": ""}
    return pd.DataFrame([told | changed])


def test_by_hand():
    row = benefits.beneficiaries(chain(), survey()).iloc[0]
    assert row[["size", "want_share", "unserved_share", "n_brands"]].to_list() == [100, 0.4, 0.5, 2]
    assert row[["unserved_low", "unserved_high"]].to_list() == pytest.approx(opinions.wilson(0.5, 40))
    assert row["backing"] == benefits.ASKED
    assert np.isnan(row["others_want_share"])


def test_whom_it_is_for():
    row = benefits.beneficiaries(chain(by="gender", group="woman"), survey()).iloc[0]
    assert row[["size", "want_share", "others_want_share", "unserved_share"]].to_list() == [40, 1, 0, 0.5]


def test_without_a_question_there_is_no_data():
    told = pd.concat([chain(), chain(delivered=""), chain(wanted="", delivered="")])
    table = benefits.beneficiaries(told, survey())
    assert table["backing"].to_list() == [benefits.ASKED, benefits.PART, benefits.NO_DATA]
    assert table["unserved_share"].isna().to_list() == [False, True, True]
    assert benefits.beneficiaries(told, opinions.load(""))["backing"].unique().tolist() == [benefits.NO_DATA]
    assert benefits.beneficiaries(told.iloc[:0], survey()).empty


def test_wanted_in_vain_comes_first_and_may_be_nobody():
    served = survey().assign(rating=lambda t: np.where((t["attribute"] == "gives") & (t["brand"] == "X") & (t["respondent_id"] != "r99"), 5, t["rating"]))
    assert benefits.unserved(benefits.beneficiaries(chain(), served))["unserved_share"].to_list() == []
    two = pd.concat([chain(), chain(by="gender", group="woman", good_for="women")], ignore_index=True)
    assert benefits.unserved(benefits.beneficiaries(two, survey()))["good_for"].to_list() == ["women", "b"]


def test_all_faults_come_at_once():
    with pytest.raises(DataError) as raised:
        benefits.beneficiaries(chain(wanted="mattres", delivered="give", by="sex", group="f"), survey())
    assert len(raised.value.faults) == 3
    assert "did you mean `matters`" in str(raised.value)
    with pytest.raises(DataError, match="'women' of 'gender'"):
        benefits.beneficiaries(chain(by="gender", group="women"), survey())
    with pytest.raises(DataError, match="one answer alone"):
        benefits.beneficiaries(chain(), survey().assign(rating=3))
