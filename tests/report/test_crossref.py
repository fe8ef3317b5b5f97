"""A number of a finding leads to the cell it stands in, to a parameter, or to the rule it is derived by."""

import re

import numpy as np
import pandas as pd
import pytest

from segkit import report
from segkit.report import crossref, render

STAGES = pd.DataFrame({"size": [812, 130, 58], "customer_share": [0.812, 0.13, 0.058], "yearly_spend": [9e5, 4e4, 130.0]},
                      index=pd.Index(["Active", "Lapsing", "Lapsed"], name="stage"))


def found(*displays, parameters=None):
    shown = [d.payload for d in displays]
    return crossref.find(shown, parameters), shown


def place(*displays, name, parameters=None):
    return crossref.find([d.payload for d in displays], parameters).of[-1].get(name)


def test_a_number_is_found_by_its_value_not_by_how_it_is_written():
    table = report.table("Stages", STAGES)
    said = report.finding("{share:percent} are lapsing.", share=0.13)
    assert place(table, said, name="share") == crossref.Place(1, 2, 3)
    assert place(table, report.finding("{share:percent} are lapsing.", share=0.13004), name="share") is None  # "13%" too


def test_a_share_is_no_money_and_no_count():
    table = report.table("Stages", STAGES)
    assert place(table, report.finding("{n:count} customers.", n=130), name="n") == crossref.Place(1, 2, 2)
    assert place(table, report.finding("{p:percent} of it.", p=130.0), name="p") is None


def test_the_row_that_the_sentence_names_is_taken():
    table = report.table("Points", pd.DataFrame({"segment": ["North", "South"], "customer_share": [0.25, 0.25]}))
    said = report.finding("{segment:segment} has {share:percent}.", segment="South", share=0.25)
    assert place(table, said, name="share") == crossref.Place(1, 2, 2)


def test_of_equal_cells_without_a_name_none_is_taken():
    table = report.table("Points", pd.DataFrame({"segment": ["North", "South"], "weight": [0.25, 0.25]}), units={
        "weight": "percent"})
    assert place(table, report.finding("{p:percent} of all.", p=0.25), name="p") is None


def test_the_nearest_table_is_taken():
    first, second = (report.table(f"Table {n}", STAGES[["customer_share"]]) for n in (1, 2))
    said = report.finding("{share:percent} are lapsed.", share=0.058)
    assert place(first, second, said, name="share").table == 2


def test_a_small_whole_number_is_looked_for_in_a_column_of_its_name_alone():
    table = report.table("Evidence", pd.DataFrame({"n_rows": [4, 9], "k": [2, 4]}))
    assert place(table, report.finding("{k:count} segments.", k=4), name="k") == crossref.Place(1, 2, 2)
    assert place(table, report.finding("{m:count} segments.", m=4), name="m") is None


@pytest.mark.parametrize(("parameters", "wanted"), [
    ({"horizon_weeks": 52}, "horizon_weeks"), ({"horizon_weeks": 26}, None), ({"horizon_days": 52}, None),
    ({"horizon_weeks": 52, "kept_weeks": 12}, None), ({"horizon_weeks": "52"}, None), ({"horizon_weeks": True}, None)])
def test_a_parameter_of_its_name_where_there_is_one_only(parameters, wanted):
    said = report.finding("Within {weeks:count} weeks.", weeks=52)
    at = place(said, name="weeks", parameters=parameters)
    assert (at.parameter if at else None) == wanted


def test_a_rule_stands_in_where_no_cell_does():
    said = report.finding("bought_again", again=0.5, low=0.4, high=0.6)
    at, _shown = found(said)
    assert at.of[0]["low"].rule == at.of[0]["high"].rule == at.rules[1]
    assert len(at.rules) == 2


def test_cells_of_tables_keep_units_row_by_row():
    table = pd.DataFrame({"what": ["a", "b"], "value": [0.4, 400.0], "unit": ["percent", "money"]})
    shown = report.table("Both", table, columns=["what", "value"], units={"value": "@unit"})
    assert place(shown, report.finding("{x:percent} of it.", x=0.4), name="x") == crossref.Place(1, 1, 2)
    assert place(shown, report.finding("{x:money} of it.", x=0.4), name="x") is None


def test_link_and_cell_have_the_same_id():
    table, said = report.table("Stages", STAGES), report.finding("{share:percent} are lapsing.", share=0.13)
    at, shown = found(table, said)
    text = str(render.html(shown[1], "vi", number=1, places=at.of[1]))
    assert '<a class="cell" href="#table-1-2-3">13,0%</a>' in text
    cells = re.findall(r'<td[^>]* id="([^"]+)"[^>]*>([^<]+)', str(render.html(shown[0], "vi", number=1, cells=at.cells[1])))
    assert cells == [("table-1-2-3", "13,0%")]


@pytest.mark.parametrize("word", ["\ue0000\ue000", "<b>\ue000", "{share}"])
def test_a_user_s_word_makes_no_link(word):
    table = report.table("Stages", pd.DataFrame({"segment": [word], "customer_share": [0.13]}))
    said = report.finding("{who:segment} has {share:percent}.", who=word, share=0.13)
    at, shown = found(table, said)
    text = str(render.html(shown[1], "en", number=1, places=at.of[1]))
    assert "<b>" not in text
    assert text.count("<a ") == ("\ue000" not in word)


def test_every_number_of_any_finding_of_any_table_is_found_where_it_stands():
    """Held against a plain search: distinct numbers in a random table."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.random((8, 5)), columns=list("vwxyz"))
    table = report.table("Numbers", frame, units=dict.fromkeys("vwxyz", "percent"))
    for r, c in rng.integers(0, [8, 5], (20, 2)):
        at = place(table, report.finding("{p:percent} of it.", p=frame.iat[r, c]), name="p")
        assert (at.row, at.column) == (r + 1, c + 1)
