"""Studies: every fault of a study file is found before anything runs, with its file and line."""

import ast
import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from segkit.data import customers
from segkit.report import preflight, study
from segkit.segmentation import rfm, rules
from segkit.words.errors import Fault, StudyError

GOOD = "notebook: 02-segmentation\ntitle: Shop\n"
WITH = f"{GOOD}parameters:\n"
OWN = 'notebook: 01-customers\ntitle: Shop\nparameters:\n  customer_data: ""\n'


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write reports/shop.yaml of an empty project and give its path."""
    monkeypatch.setattr(study, "REPORTS", tmp_path)

    def put(content):
        path = tmp_path / "shop.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


@pytest.mark.parametrize("name", study.names())
def test_every_study_of_the_project_loads(name):
    found = study.load(name)
    assert found.name == name
    assert set(found.parameters) <= set(found.values)
    assert all(found.title[code].strip() for code in found.languages)
    assert found.languages


@pytest.mark.parametrize("notebook", study.templates())
def test_every_parameter_is_typed_commented_and_fits_its_own_type(notebook):
    found = study.parameters(study.NOTEBOOKS / f"{notebook}.ipynb")
    assert found
    for parameter in found:
        assert parameter.comment, parameter.name
        assert parameter.faults(parameter.default, notebook) == []
        assert parameter.faults(object(), notebook) != []


def test_a_good_study(write):
    write("notebook: 02-segmentation\ntitle: {en: Shop, vi: Cửa hàng}\nlanguages: [vi, en, vi]\nparameters:\n  k: 3\n")
    found = study.load("shop")
    assert (found.name, found.languages, found.parameters) == ("shop", ("vi", "en"), {"k": 3})
    assert found.title["vi"] == "Cửa hàng"
    assert (found.values["k"], found.values["seed"]) == (3, 7)


@pytest.mark.parametrize(("content", "line", "words"), [
    ("notebook: 01-customer\ntitle: T\n", 1, "no notebook '01-customer'\n  → did you mean `01-customers`"),
    ("title: T\nnotebook: ../tests/x\n", 2, "no notebook '../tests/x'"),
    ('title: T\nnotebook: ""\n', 2, "no notebook ''"),
    (f"{WITH}  k: 3\n  sed: 1\n", 5, "`sed` is not a parameter of 02-segmentation\n  → did you mean `seed`?"),
    (f"{WITH}  k: four\n", 4, "`k` is 'four': should be a valid integer\n  → it takes int | None: number of segments; the recommended one when None"),
    (f"{WITH}  k: 4.5\n", 4, "`k` is 4.5"), (f"{WITH}  k: true\n", 4, "`k` is True"), (f"{WITH}  seed:\n", 4, "`seed` is None"),
    (f'{WITH}  k: "4"\n', 4, "`k` is '4'"), (f"{WITH}  variables: recency_days\n", 4, "should be a valid list"),
    (f"{WITH}  columns: [a]\n", 4, "should be a valid dictionary"), (f"{WITH}  as_of: 2024\n", 4, "`as_of` is 2024"),
    (f"{GOOD}titel: x\n", 3, "`titel` is not a key of a study\n  → did you mean `title`?"),
    ("notebook: 01-customers\nlanguages: [en, vi]\ntitle: {en: T}\n", 3, "`title` has no text in 'vi'\n  → add `vi: …`"),
    ("notebook: 01-customers\ntitle:\n  en: T\n  fr: U\n", 4, "'fr' is not a language"),
    (f"{GOOD}languages: [en, fr]\n", 3, "should be 'en' or 'vi'"), (f"{GOOD}languages: en\n", 3, "valid list"),
    ("notebook:\ntitle: T\n", 1, "`notebook` is None"), ("notebook: 01-customers\ntitle: 5\n", 2, "`title` is 5"),
    (f"{GOOD}parameters: []\n", 3, "`parameters` is []"),
    (f"{WITH}  k: 3\n  seed: 1\n  k: 4\n", 6, "`k` stands twice (first on line 4)\n  → remove one"),
    (f"{GOOD}title: U\n", 3, "`title` stands twice"),
    (f"{WITH}  read:\n    dates: day-first\n    dates: month-first\n", 6, "`dates` stands twice"),
    (f"{WITH}\tk: 3\n", 4, "is not valid YAML: found character '\\t'"),
    ("notebook: 01-customers\ntitle: Coca: the case\n", 2, "is not valid YAML: mapping values"),
    ('notebook: 01-customers\ntitle: "T\n', 3, "is not valid YAML"), (f"{GOOD}---\n{GOOD}", 3, "another document"),
    (f"{WITH}  k: *other\n", 4, "uses the alias *other"), (f"{GOOD}? [a]\n: b\n", 3, "is not valid YAML"),
    (f"{WITH}  read: !!python/object/apply:os.getcwd []\n", 4, "is not valid YAML: could not determine a constructor"),
    (f"{WITH}  1: x\n", 4, "should be a valid string"),
    (f"{GOOD}strategy: x\n", 3, "`strategy` is not a key of a study"),
    (f"{GOOD}languages: []\n", 3, "languages"),
    pytest.param(f"{WITH}  as_of: 2024-02-31\n", 4, "day is out of range"),
    pytest.param(f"{WITH}  k: {'9' * 5000}\n", 4, "5000 digits"),
    ("notebook: 01-customers\ntitle: T\nparameters:\n  top_share: .nan\n", 4, "top_share"),
    pytest.param(f"{GOOD}# \x00\n", 3, "unacceptable character #x0000"),
    pytest.param(f"{GOOD}# \x07\n", 3, "unacceptable character #x0007"),
])
def test_each_fault_says_its_line(write, content, line, words):
    with pytest.raises(StudyError) as raised:
        study.load(write(content))
    assert words in str(raised.value)
    assert f"shop.yaml:{line}: " in str(raised.value)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is not a study"), (b"# nothing\n", "is not a study"), (b"- a\n- b\n", "is not a study"), (b"text\n", "is not a study"),
    ("notebook: 01-customers\ntitle: cà phê\n".encode("cp1258"), "is not UTF-8 text"), (GOOD.encode("utf-16"), "is not UTF-8 text"),
    (b"notebook: 01-customers\n", "`title` is missing"), (b"title: T\n", "`notebook` is missing"),
])
def test_files_that_are_no_study(write, content, words):
    with pytest.raises(StudyError) as raised:
        study.load(write(content))
    assert "shop.yaml" in str(raised.value)
    assert words in str(raised.value)


def test_all_faults_come_at_once(write):
    path = write("notebook: 02-segmentation\ntitle: {en: T}\nlanguages: [en, vi]\nparameters:\n  sed: 1\n  k: x\n  columms: {}\n")
    with pytest.raises(StudyError) as raised:
        study.load(path)
    assert [f.where for f in raised.value.faults] == ["shop.yaml:2", "shop.yaml:5", "shop.yaml:6", "shop.yaml:7"]


@pytest.mark.parametrize(("name", "words"), [
    ("shp", "did you mean `shop`"), ("", "does not exist"), ("../shop", "does not exist"), ("none.yaml", "no such study file"),
    ("a" * 300, "too long a name"),
])
def test_a_study_that_is_not_there(write, name, words):
    write(GOOD)
    with pytest.raises(StudyError) as raised:
        study.load(name)
    assert words in str(raised.value)


@pytest.mark.parametrize(("written", "value"), [
    ("2024-02-29", "2024-02-29"), ('"2024-02-29"', "2024-02-29"), ("2024-02-29 10:00:00", "2024-02-29T10:00:00"), ("null", None)])
def test_days_reach_the_notebook_as_text(write, written, value):
    assert study.load(write(f"{WITH}  as_of: {written}\n")).parameters["as_of"] == value


@pytest.mark.parametrize(("line", "value"), [
    ("k_values: [2, 3]", [2, 3]), ("columns: {date: 'ngày # : mua'}", {"date": "ngày # : mua"}),
    ("read: {decimal: ','}", {"decimal": ","}), ("<<: {k: 3}", 3), ("as_of: '2024-01-01'", "2024-01-01"),
])
def test_values_survive(write, line, value):
    assert list(study.load(write(f"{WITH}  {line}\n")).parameters.values()) == [value]


def test_a_whole_number_is_taken_for_a_fraction(write):
    found = study.load(write("notebook: 06-lifecycle\ntitle: T\nparameters:\n  margin: 1\n"))
    assert found.parameters["margin"] == 1


def test_a_byte_order_mark_does_no_harm(write):
    assert study.load(write(b"\xef\xbb\xbf" + GOOD.encode())).title == {"en": "Shop"}


def bomb(kind):
    """Ten levels of nine aliases each: a few hundred bytes that stand for three thousand million values."""
    first, left, right = ("{x: 1}", "{", "}") if kind == "mappings" else ("[1]", "[", "]")
    lines = [f"    a0: &a0 {first}"]
    for i in range(1, 10):
        inner = ", ".join(f"k{j}: *a{i - 1}" if kind == "mappings" else f"*a{i - 1}" for j in range(9))
        lines.append(f"    a{i}: &a{i} {left}{inner}{right}")
    return WITH + "  read:\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("content", [
    pytest.param(bomb("mappings"), id="mappings"), pytest.param(bomb("lists"), id="lists"),
    pytest.param(f"{WITH}  k_values: &r [*r]\n", id="a list in itself"),
    pytest.param(f"{WITH}  read: &r {{a: *r}}\n", id="a mapping in itself"),
    pytest.param(f"{WITH}  k_values: {'[' * 3000}{']' * 3000}\n", id="deep"),
])
def test_a_file_that_grows_without_end_is_refused(write, within, content):
    with within(1), pytest.raises(StudyError, match=r"shop\.yaml"):
        study.load(write(content))


@pytest.fixture
def notebook(tmp_path):
    """A notebook with the given parameters cells."""
    def put(*cells):
        made = [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": cell} for cell in cells]
        path = tmp_path / "own.ipynb"
        path.write_text(json.dumps({"cells": made, "metadata": {}}), encoding="utf-8")
        return path

    return put


def test_parameters_of_a_notebook(notebook):
    (one, two) = study.parameters(notebook('a: int = 1  # how many\nb: list = [\n    "x # y",\n]  # which ones\n'))
    assert (one.name, one.annotation, one.default, one.comment) == ("a", "int", 1, "how many")
    assert (two.name, two.default, two.comment) == ("b", ["x # y"], "which ones")


@pytest.mark.parametrize("cells", [
    (), ("a: int = 1  # x", "b: int = 2  # y"), ("a = 1",), ("a: int",), ("import os",), ("a: int = 1  # x\na.b: int = 2",),
    ("a: list = [i for i in range(3)]  # x",), ("a: int = 1 +",),
])
def test_a_parameters_cell_that_cannot_be_read(notebook, cells):
    with pytest.raises(StudyError, match=r"own\.ipynb"):
        study.parameters(notebook(*cells))


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("customer_id,date,amount\na,2024-01-31,5\nb,2024-02-01,6\n", encoding="utf-8")
    return f"{OWN}  data: {json.dumps(str(path))}\n"


@pytest.mark.parametrize(("lines", "words"), [
    ("  columns: {}\n", []),
    ("  columns: {amount: paid}\n", ["column 'paid': is not in"]),
    ("  columns: {}\n  as_of: 2024-01-31\n", ["after `as_of` 2024-01-31", "(rows 3)"]),
    ("  columns: {}\n  sed: 1\n", ["shop.yaml:7", "`sed` is not a parameter"]),
    ("  columns: {date: }\n", ["`columns`, `date`: is None"]),
    ("  columns: {date: 2024}\n", ["`columns`, `date`: is 2024"]),
    ("  columns: {}\n  read: {dats: day-first}\n", ["dats"]),
    ("  columns: {}\n  read: {dates: dayfirst}\n", ["dayfirst"]),
    ('  columns: {}\n  read: {delimiter: ";;"}\n', ["delimiter"]),
    ('  columns: {}\n  as_of: "2024-02-31"\n', ["as_of"]),
    ("  columns: {}\n  as_of: soon\n", ["as_of"]),
])
def test_the_data_of_a_study_are_checked_with_it(write, data, lines, words):
    write(data + lines)
    found = preflight.examine("shop").faults
    assert all(isinstance(fault, Fault) for fault in found)
    assert bool(found) == bool(words)
    assert all(word in "\n".join(map(str, found)) for word in words)


@pytest.fixture
def two_tables(tmp_path):
    """A study on six customers who bought and on a customer table."""
    def made(people):
        (tmp_path / "people.csv").write_text("customer_id,age\n" + "".join(f"{i},30\n" for i in people), encoding="utf-8")
        sold = "".join(f"k{i},2024-01-0{i},5\n" for i in range(1, 7))
        (tmp_path / "sales.csv").write_text(f"customer_id,date,amount\n{sold}", encoding="utf-8")
        path = tmp_path / "shop.yaml"
        path.write_text(f"notebook: 01-customers\ntitle: Shop\nparameters:\n  data: {tmp_path / 'sales.csv'}\n  columns: {{}}\n"
                        f"  customer_data: {tmp_path / 'people.csv'}\n  customer_columns: {{}}\n", encoding="utf-8")
        return str(path)
    return made


def test_ids_that_do_not_match_are_told_before_a_run(two_tables):
    told = preflight.examine(two_tables(["k1", "k2", "x9"]))
    assert told.faults == []
    assert [str(n) for n in told.notes] == [
        "`customer_data`: 4 customers stand in one of the two tables only (66.7%; bought, not in the customer table): k3, k4, k5, …",
        "`customer_data`: 1 customer stands in one of the two tables only (33.3%; in the customer table, never bought): x9"]
    assert preflight.examine(two_tables([f"k{i}" for i in range(1, 7)])) == ([], [])


def test_each_table_is_read_its_own_way(two_tables, tmp_path):
    """Purchases between commas and customers between carets: each file has its own `read`, in the check as in the run."""
    path = Path(two_tables([f"k{i}" for i in range(1, 7)]))
    people = tmp_path / "people.csv"
    people.write_text(people.read_text(encoding="utf-8").replace(",", "^"), encoding="utf-8")
    assert preflight.examine(str(path)).faults
    path.write_text(path.read_text(encoding="utf-8") + "  customer_read: {delimiter: '^'}\n", encoding="utf-8")
    assert preflight.examine(str(path)) == ([], [])
    values = study.load(str(path)).values
    known = customers.load(values["customer_data"], values["customer_columns"], values["customer_read"])
    assert known.to_dict("list") == {"age": [30] * 6}


@pytest.mark.parametrize("path", sorted(study.NOTEBOOKS.glob("0*.ipynb")), ids=lambda p: p.stem)
def test_a_notebook_uses_every_parameter_that_says_how_to_read(path):
    named = [p.name for p in study.parameters(path) if p.name == "read" or p.name.endswith("_read")]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code" and "parameters" not in c["metadata"].get("tags", []))
    used = {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
    assert set(named) <= used


@pytest.mark.parametrize(("people", "groups", "words"), [
    (["k1", "k2"], "age", []), (["c1", "c2"], "age", ["knows none of the customers who bought"]), (["k1"], "ages", ["ages", "did you mean `age`"]), (["k1"], '""', []),
])
def test_the_groups_of_brands_are_looked_at_before_a_run(two_tables, people, groups, words):
    path = Path(two_tables(people))
    sales = path.parent / "sales.csv"
    first, *rest = sales.read_text(encoding="utf-8").split()
    sales.write_text("\n".join([f"{first},brand", *(f"{row},A" for row in rest)]) + "\n", encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("01-customers", "04-competitors") + f"  groups: {groups}\n", encoding="utf-8")
    found = "\n".join(map(str, preflight.examine(str(path)).faults))
    assert all(word in found for word in words), found
    assert bool(found) == bool(words)


def test_what_two_tables_share_is_told_once(two_tables):
    path = Path(two_tables(["k1"]))
    path.write_text(path.read_text(encoding="utf-8") + "  read: {dates: dayfirst}\n", encoding="utf-8")
    assert len(preflight.examine(str(path)).faults) == 1


def test_a_customer_table_of_other_customers_is_a_fault(two_tables):
    path = two_tables(["c1", "c2"])
    told = preflight.examine(path)
    assert told.notes == []
    assert len(told.faults) == 1
    assert "knows none of the customers who bought: its ids are 'c1', 'c2', …; the purchases' are 'k1', 'k2', 'k3'" in str(told.faults[0])


def test_ids_that_no_source_knows_are_told_before_a_run(two_tables, tmp_path):
    path = Path(two_tables(["k1"]))
    study = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, people in (("crm", ["k1", "k2", "m7"]), ("web", ["k3", "w1"])):
        (tmp_path / f"{name}.csv").write_text("customer_id,name\n" + "".join(f"{i},An {i}\n" for i in people), encoding="utf-8")
    both = {name: {"data": str(tmp_path / f"{name}.csv")} for name in ("crm", "web")}
    study["parameters"] |= {"customer_data": "", "sources": both}
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    told = preflight.examine(str(path))
    assert told.faults == []
    assert [str(n) for n in told.notes] == [
        "`sources`: 3 customers stand in one of the two tables only (50.0%; bought, not in the customer table): k4, k5, k6"]
    (tmp_path / "crm.csv").write_text("customer_id,name\nm7,An\n", encoding="utf-8")
    (tmp_path / "web.csv").write_text("customer_id,name\nw1,An\n", encoding="utf-8")
    assert "`sources`: knows none of the customers who bought: its ids are 'm7', 'w1'" in str(preflight.examine(str(path)).faults[0])


@pytest.fixture
def target_study(tmp_path):
    """A study of the target market on two small files, with the given parameters."""
    sales = pd.DataFrame({"customer_id": [1, 1, 2], "date": ["2024-01-01", "2024-01-03", "2024-02-01"], "amount": 5.0})
    sales.to_csv(tmp_path / "sales.csv", index=False)
    pd.DataFrame({"customer_id": [1, 2], "town": ["a", "b"]}).to_csv(tmp_path / "people.csv", index=False)

    def write(parameters):
        path = tmp_path / "target.yaml"
        path.write_text(yaml.safe_dump({
            "notebook": "03-target-market", "title": {"en": "t", "vi": "t"}, "languages": ["en", "vi"],
            "parameters": {"data": str(tmp_path / "sales.csv"), "customer_data": str(tmp_path / "people.csv"),
                           "columns": {"customer_id": "customer_id", "date": "date", "amount": "amount"},
                           "customer_columns": {"customer_id": "customer_id"}, "income": "", "evidence": {},
                           "contacts_data": "", "responses_data": "", "criteria": [{"column": "monetary"}],
                           **parameters}}), encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(("parameters", "words"), [
    ({"rules": {"template": "rfm"}}, None),
    ({"rules": {"model": "geographic", "by": "town"}}, None),
    ({"rules": {"template": "lifetime-value"}}, ["`rules`: reads the column 'lifetime_value'", "frequency, monetary"]),
    ({"rules": {"template": "behavioural"}}, ["'online_share'", "'products_per_basket'", "'n_stores'"]),
    ({"rules": {"template": "rfn"}}, ["did you mean `rfm`"]),
    ({"rules": {"model": "geographic", "by": "town"}, "criteria": [{"column": "monetry"}]},
     ["`criteria`: reads the column 'monetry'", "did you mean `monetary`"]),
    ({"rules": {"model": "geographic", "by": "town"}, "knock_out": {"customer_shares": 0.1}}, ["`knock_out`"]),
])
def test_columns_that_a_target_market_study_reads_are_checked(target_study, parameters, words):
    told = "\n".join(map(str, preflight.examine(target_study(parameters)).faults))
    assert not told if words is None else all(word in told for word in words), told


def test_the_command_tells_ids_that_do_not_match(two_tables):
    from typer.testing import CliRunner

    from segkit.cli import app

    done = CliRunner().invoke(app, ["check", two_tables(["k1", "x9"])])
    assert done.exit_code == 0
    assert "- to know: `customer_data`: 5 customers stand in one of the two tables only" in done.output
    assert CliRunner().invoke(app, ["check", two_tables(["c1"])]).exit_code == 2


def test_lines_are_those_of_the_file(write):
    text = "# one\n# two\n\nnotebook: 02-segmentation\n\ntitle: T\nparameters:\n\n  # note\n  k: x\n"
    assert yaml.safe_load(text)["parameters"] == {"k": "x"}
    with pytest.raises(StudyError, match=r"shop\.yaml:10: `k` is 'x'"):
        study.load(write(text))


@pytest.mark.parametrize(("name", "value", "hint"), [
    ("discount_rate", 5, "a yearly rate lies between 0 and 1\n  → write it as 0.1; 5 percent are 0.05"),
    ("discount_rate", 1, "a yearly rate"), ("discount_rate", -0.1, "a yearly rate"),
    ("margin", 30, "30 percent are 0.3"), ("margin", 0, "part of the revenue"),
])
def test_a_rate_in_percent_names_the_parameter(tmp_path, name, value, hint):
    path = tmp_path / "shop.yaml"
    path.write_text(f"notebook: 06-lifecycle\ntitle: Shop\nparameters:\n  {name}: {value}\n", encoding="utf-8")
    with pytest.raises(StudyError) as error:
        study.load(path)
    assert f"shop.yaml:4: `{name}` is {value}, but" in str(error.value)
    assert hint in str(error.value)


@pytest.mark.parametrize("line", ["discount_rate: 0", "discount_rate: 0.05", "margin: 1", "margin: 0.3"])
def test_a_rate_that_can_be_meant_is_taken(tmp_path, line):
    path = tmp_path / "shop.yaml"
    path.write_text(f"notebook: 06-lifecycle\ntitle: Shop\nparameters:\n  {line}\n", encoding="utf-8")
    assert list(study.load(path).parameters) == [line.split(":")[0]]


@pytest.mark.parametrize(("share", "hint"), [(20, "20 percent are 0.2"), (1.5, "percent are 0.015"), (-0.1, "write it as 0.2"), (0, "write it as 0.2"), (1, "write it as 0.2")])
def test_a_share_beyond_one_names_the_parameter(tmp_path, share, hint):
    path = tmp_path / "shop.yaml"
    path.write_text(f"notebook: 01-customers\ntitle: Shop\nparameters:\n  top_share: {share}\n", encoding="utf-8")
    with pytest.raises(StudyError, match=rf"shop\.yaml:4: `top_share` is {share}, but a share lies between 0 and 1\n  → .*{hint}"):
        study.load(path)


@pytest.mark.parametrize(("notebook", "parameter", "value", "least"), [
    ("06-lifecycle", "seed", -1, 0), ("06-lifecycle", "compare_days", 0, 1), ("06-lifecycle", "horizon_weeks", -5, 1),
    ("02-segmentation", "k", 1, 2)])
def test_a_number_too_small_names_the_parameter(tmp_path, notebook, parameter, value, least):
    path = tmp_path / "shop.yaml"
    path.write_text(f"notebook: {notebook}\ntitle: Shop\nparameters:\n  {parameter}: {value}\n", encoding="utf-8")
    with pytest.raises(StudyError, match=rf"shop\.yaml:4: `{parameter}` is {value}, less than {least}\n  → .*at least {least}"):
        study.load(path)


@pytest.mark.parametrize(("notebook", "words"), [
    ("01-customers", "`bands: [{name: Good, when: {any: [{r: 5}, {f: 5}]}}"),
    ("03-target-market", "or merge and split in a study of 02-segmentation"), ("06-lifecycle", "stages of the lifecycle are told by `rules`")])
@pytest.mark.parametrize("key", ["merge", "split", "names"])
def test_segments_of_rules_are_merged_and_split_in_the_rules(tmp_path, notebook, words, key):
    path = tmp_path / "shop.yaml"
    path.write_text(f"notebook: {notebook}\ntitle: A shop\nparameters:\n  {key}: {{1: [2]}}\n", encoding="utf-8")
    with pytest.raises(StudyError) as told:
        study.load(path)
    assert "shop.yaml:4" in str(told.value)
    assert words in str(told.value)


def test_the_rules_that_the_advice_shows_are_taken():
    """Two groups in one band, and in one segment of a spec."""
    good = {"name": "Good", "when": {"any": [{"r": 5}, {"f": 5}]}}
    rest = {"name": "Rest", "when": {"all": [{"r": {"at_most": 4}}, {"f": {"at_most": 4}}]}}
    assert [s["name"] for s in rfm.segment_rules(bands=[good, rest])["segments"]] == ["Good", "Rest"]
    told = {"name": "Good", "when": {"any": [{"frequency": {"at_least": 9}}, {"monetary": {"at_least": 500}}]}}
    assert rules.check({"model": "value-based", "segments": [told], "otherwise": "Rest"}) == []
