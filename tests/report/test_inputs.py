"""The tables a study names: one shape for each, from the file to the notebook's parameters."""

import json
import re

import pytest

from segkit.report import fingerprint, inputs, new, notebook, preflight, study
from segkit.words.errors import Fault, StudyError

NOTEBOOKS = sorted(study.NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture
def load(tmp_path):
    """Load a study with these lines after its title."""
    def loaded(text, notebook="01-customers"):
        path = tmp_path / "shop.yaml"
        path.write_text(f"notebook: {notebook}\ntitle: A shop\n{text}", encoding="utf-8")
        return study.load(path)
    return loaded


def faults(load, text, notebook="01-customers"):
    with pytest.raises(StudyError) as told:
        load(text, notebook)
    return [str(f) for f in told.value.faults]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_metadata_and_parameters_of_a_notebook_agree(path):
    """Every parameter of a source is a table's, every table has its source, and no two have one name."""
    names = {p.name for p in notebook.parameters(path)}
    tables = inputs.inputs(path)
    assert {t.parameter for t in tables} == {n for n in names if n == "data" or n.endswith("_data")}
    told = [t.parameter_of(part) for t in tables for part in t.parts]
    assert len(told) == len(set(told))
    assert {n for n in names if re.fullmatch(r"(\w+_)?(columns|read|rows)", n)} <= set(told)


def test_a_notebook_whose_metadata_name_a_parameter_it_lacks(tmp_path):
    made = json.loads(NOTEBOOKS[0].read_text(encoding="utf-8"))
    made["metadata"]["segkit"]["tables"]["customers"]["parameter"] = "custmer_data"
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps(made), encoding="utf-8")
    with pytest.raises(StudyError, match=r"`customers` names the parameter `custmer_data`[\s\S]*`customer_data`"):
        inputs.inputs(path)
    made["metadata"]["segkit"]["tables"]["customers"] = "customer_data"
    path.write_text(json.dumps(made), encoding="utf-8")
    with pytest.raises(StudyError, match="is not a notebook"):
        inputs.inputs(path)


def test_both_ways_give_the_same_parameters(load):
    """The way of earlier releases runs, and the note says how to write it; written so, nothing changes."""
    old = load("parameters: {data: a.csv, columns: {customer_id: no}, read: {decimal: ','}, customer_data: b.csv, "
               "customer_columns: {customer_id: nr}, top_share: 0.1}")
    new = load("tables: {purchases: {data: a.csv, columns: {customer_id: no}, read: {decimal: ','}}, "
               "customers: {data: b.csv, columns: {customer_id: nr}}}\nparameters: {top_share: 0.1}")
    assert new.values == old.values
    assert (new.note(), old.names_tables) == (None, False)
    said = re.search(r"`(tables: .*?)` beside", old.note().fix).group(1)
    assert load(said + "\nparameters: {top_share: 0.1}").values == old.values


def test_a_table_that_is_not_named_is_not_read(load):
    """Without tables the bundled ones are read; with tables, no bundled one slips in."""
    assert load("").values["customer_data"] == "complete_journey.demographics"
    made = load("tables: {purchases: mine.csv}")
    assert (made.values["data"], made.values["columns"]) == ("mine.csv", {})
    assert (made.values["customer_data"], made.values["customer_columns"]) == ("", {})
    assert fingerprint._sources(made) == ["mine.csv"]


def test_a_bundled_table_keeps_its_columns(load):
    made = load("tables: {purchases: complete_journey.baskets}")
    assert made.values["columns"] == load("").values["columns"] != {}


def test_no_parameters_at_all(load):
    assert load("tables: {purchases: a.csv}\nparameters:\n").values["data"] == "a.csv"
    assert load("tables:\nparameters:\n").values == load("").values


@pytest.mark.parametrize(("text", "line", "said"), [
    ("tables: {purchases: a.csv, custmers: b.csv}", 3, ["`custmers` is not a table of this notebook", "`customers`"]),
    ("tables: {purchases: {data: a.csv, colums: {}}}", 3, ["`colums` cannot be said of the table `purchases`", "`columns`"]),
    ("tables: {customers: b.csv}", 3, ["names no table `purchases`", "add `purchases: {data: …}`"]),
    ("tables:\n  purchases:\n    columns: {customer_id: no}", 4, ["the table `purchases` has no `data`"]),
    ("tables:\n  purchases: a.csv\n  customers:", 5, ["the table `customers` has no `data`"]),
    ("tables:\n  purchases: {data: 3}", 4, ["`data` is 3", "purchases"]),
    ("tables:\n  purchases: a.csv\n  customers: {data: b.csv, columns: [nr]}", 5, ["`columns` of `customers` is ['nr']"]),
    ("tables:\n  purchases: a.csv\n  customers: {data: b.csv, rows: {}}", 5, ["`rows` cannot be said of the table `customers`"]),
    ("tables: {purchases: a.csv}\nparameters: {data: b.csv}", 3, ["`purchases` is given twice", "out of `parameters`"]),
    ("tables: {purchases: a.csv}\nparameters: {customer_read: {}, customer_data: b.csv}", 4, []),
    ("tables: {purchases: 'postgres://me:secret@db/shop#sales'}", 3, ["holds a password"]),
    ("tables: [a.csv]", 3, ["`tables`"]),
    ("tables: {purchases: a.csv, purchases: b.csv}", 3, ["purchases"]),
    ("tables: {purchases: {data: a.csv, columns: {amount: x, amount: y}}}", 3, ["amount"]),
])
def test_tables_that_cannot_be(load, text, line, said):
    if not said:
        assert load(text).values["customer_data"] == "b.csv"  # beside tables, a parameter of another one still counts
        return
    told = faults(load, text)
    assert len(told) == 1
    assert told[0].startswith(f"shop.yaml:{line}: ")
    assert all(part in told[0] for part in said), told[0]
    assert "secret" not in told[0]


def test_all_faults_of_all_tables_are_told_at_once(load):
    assert len(faults(load, "tables: {purchases: {date: a.csv}, customrs: b.csv}")) == 3


def test_faults_speak_as_the_study_does(load, tmp_path):
    """`customer_columns` stands in no study with tables: its owner is sent to `columns` of `customers`."""
    pay, people = tmp_path / "a.csv", tmp_path / "b.csv"
    pay.write_text("customer_id,date,amount\nk1,2024-01-31,5\nk2,2024-02-01,6\n", encoding="utf-8")
    people.write_text("customer_id,town\nx1,Huế\nx2,Vinh\n", encoding="utf-8")
    load(f"tables: {{purchases: {pay}, customers: {people}}}")
    told = "\n".join(map(str, preflight.examine(str(tmp_path / "shop.yaml")).faults))
    assert "`data` of `customers`: knows none of the customers who bought" in told
    assert "customer_data" not in told
    load(f"parameters: {{data: {pay}, columns: {{}}, customer_data: {people}, customer_columns: {{}}}}")
    assert "`customer_data`" in "\n".join(map(str, preflight.examine(str(tmp_path / "shop.yaml")).faults))
    assert preflight.outdated(str(tmp_path / "shop.yaml"))[0].fix.startswith("take them out, and write `tables: {")


def test_advice_with_an_example_is_rewritten_too():
    tables = [inputs.Input("customers", "customer_data", "customers", inputs.PARTS)]
    told = inputs.in_words([Fault("x", "y", "write `customer_read: {dates: day-first}`, or `read: {…}`")], tables)
    assert told[0].fix == "write `read: {dates: day-first}` of `customers`, or `read: {…}`"


def test_events_are_checked_before_the_notebook_runs(load, tmp_path):
    """A second table that cannot be read was told by the build alone; now `check` says it."""
    events = tmp_path / "e.csv"
    events.write_text("customer_id,date,what\na,2024-01-31,visit\n", encoding="utf-8")
    load(f"tables: {{purchases: cdnow.transactions, events: {events}}}", "06-lifecycle")
    told = [str(f) for f in preflight.examine(str(tmp_path / "shop.yaml")).faults]
    assert len(told) == 1
    assert "event" in told[0]


def test_bundled_studies_name_their_tables():
    for name in study.names():
        assert study.load(name).note() is None, name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_new_study_names_its_tables(path, tmp_path, monkeypatch):
    """Every table of the notebook stands in a new study, and taking away a `# ` names it."""
    monkeypatch.setattr(study, "REPORTS", tmp_path)
    tables = inputs.inputs(path)
    if "data" not in {t.parameter for t in tables}:
        pytest.skip("takes no file of purchases or people")
    bundled = {"transactions": "cdnow.transactions", "brands": "complete_journey.soft_drinks", "survey": "cafe_guests.guests",
               "ratings": "cafe_guests.ratings", "choices": "instant_coffee.choices", "usage": "cafe_guests.visits"}
    text = new.draft("shop", path.stem, bundled[tables[0].contract])[0]
    (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
    assert study.load("shop").names_tables
    for table in tables[1:]:
        assert f"\n  # {table.name}: {{data: …" in text
        more = text.replace(f"\n  # {table.name}: {{data: …", f"\n  {table.name}: {{data: people.csv")
        (tmp_path / "shop.yaml").write_text(more, encoding="utf-8")
        assert study.load("shop").values[table.parameter] == "people.csv"
