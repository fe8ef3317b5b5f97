"""What `check` says of a study before it runs is what its notebook would say."""

import pytest
import yaml

from segkit.data import summary, tables
from segkit.report import preflight
from segkit.segmentation import concentration, rfm
from segkit.words.errors import DataError


@pytest.fixture
def study(tmp_path):
    def made(notebook, amount, **more):
        data = tmp_path / "shop.csv"
        lines = [f"K{i % 9},2024-0{1 + i % 6}-{1 + i % 27:02d},{amount}" for i in range(40)]
        data.write_text("customer_id,date,amount\n" + "\n".join(lines) + "\n", encoding="utf-8")
        parameters = {"data": str(data), "columns": {"customer_id": "customer_id", "date": "date", "amount": "amount"}}
        parameters |= more
        if notebook != "06-lifecycle":
            parameters |= {"customer_data": "", "customer_columns": {}}
        file = tmp_path / "shop.yaml"
        file.write_text(yaml.safe_dump({"notebook": notebook, "title": "A shop", "languages": ["en"],
                                        "parameters": parameters}), encoding="utf-8")
        return str(file), str(data)
    return made


@pytest.mark.parametrize("notebook", ["01-customers", "02-segmentation", "06-lifecycle"])
def test_a_shop_of_refunds_alone_is_refused_as_the_notebook_refuses_it(study, notebook):
    file, data = study(notebook, -12.5)
    with pytest.raises(DataError, match="nobody has bought") as said:
        summary.overview(tables.load(data, "transactions"))
    assert preflight.examine(file).faults == said.value.faults


def test_a_shop_that_earned_nothing_is_refused_where_revenue_is_shared_out(study):
    file, data = study("01-customers", 0)
    with pytest.raises(DataError, match="add up to 0 or less") as said:
        concentration.revenue_share(rfm.scores(tables.load(data, "transactions"))["monetary"], 0.2)
    assert preflight.examine(file).faults == said.value.faults


@pytest.mark.parametrize(("notebook", "amount"), [("06-lifecycle", 0), ("01-customers", 12.5)])
def test_other_shops_pass(study, notebook, amount):
    assert preflight.examine(study(notebook, amount)[0]).faults == []


@pytest.mark.parametrize("notebook", ["01-customers", "06-lifecycle"])
@pytest.mark.parametrize(("rules", "words"), [
    ({"lapsd_at": 3}, "is not a rule of stages"), ({"lapsing_at": -1}, "give a number above 0"),
    ({"lapsing_at": 9, "lapsed_at": 4}, "a customer lapses before being lapsed")])
def test_stage_rules_that_cannot_hold_are_told_before_the_build(study, notebook, rules, words):
    told = [str(f) for f in preflight.examine(study(notebook, 12.5, rules=rules)[0]).faults]
    assert len(told) == 1
    assert words in told[0]
