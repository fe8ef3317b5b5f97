"""A new study from a data file: what is guessed, what is written, and that it loads as it was meant."""

import pandas as pd
import pytest

from segkit.data import summary, tables
from segkit.report import inputs, new, study
from segkit.words.errors import DataError, SegkitError, StudyError

VIETNAMESE = "mã khách,ngày,số tiền\nK1,31/01/2024,150.5\nK2,01/02/2024,99\n"
ROLES = {"customer_id": "mã khách", "date": "ngày", "amount": "số tiền"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty folder of studies, beside a file of purchases."""
    monkeypatch.setattr(study, "REPORTS", tmp_path / "reports")
    (tmp_path / "reports").mkdir()

    def put(content, name="bán hàng.csv"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8", newline="")
        return str(path)

    return put


def load(text, name="shop"):
    path = study.REPORTS / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return study.load(name)


@pytest.mark.parametrize("notebook", ["01-customers", "02-segmentation", "03-target-market"])
def test_a_vietnamese_file_becomes_a_study(project, notebook):
    data = project(VIETNAMESE)
    text, guessed, faults = new.draft("shop", notebook, data)
    assert guessed == ROLES
    assert [f.where for f in faults] == (["`customer_data`", "`rules`"] if notebook == "03-target-market" else [])
    made = load(text)
    assert made.notebook.stem == notebook
    assert made.languages == ("en", "vi")
    assert made.parameters["columns"] == ROLES
    assert made.parameters["data"] == data
    assert made.parameters["customer_data"] == ""


@pytest.mark.parametrize("bundled", ["cdnow.transactions", "complete_journey.baskets"])
def test_a_bundled_table_keeps_its_name(project, bundled):
    text, _, faults = new.draft("shop", "01-customers", bundled)
    assert faults == []
    assert load(text).parameters["data"] == bundled


def test_every_other_parameter_is_there_to_be_changed(project):
    text, _, _ = new.draft("shop", "01-customers", project(VIETNAMESE))
    of_tables = {t.parameter_of(part) for t in inputs.inputs(study.NOTEBOOKS / "01-customers.ipynb") for part in t.parts}
    for parameter in study.parameters(study.NOTEBOOKS / "01-customers.ipynb"):
        assert f"{parameter.name}:" in text or parameter.name in of_tables - {"data", "columns", "read", "rows"}
    changed = load(text.replace("  # top_share: 0.2", "  top_share: 0.1").replace("    # read: {}", "    read: {dates: day-first}"))
    assert changed.parameters["top_share"] == 0.1
    assert changed.parameters["read"] == {"dates": "day-first"}


def test_what_cannot_be_guessed_is_said_and_left_open(project):
    text, guessed, faults = new.draft("shop", "01-customers", project("kunde,wann,betrag\nK1,2024-01-31,5\nK2,2024-02-01,6\n"))
    assert guessed == {"date": "wann"}
    assert [f.where for f in faults] == ["role `customer_id`", "role `amount`"]
    assert "there are: kunde, wann, betrag" in faults[0].fix
    assert "# customer_id: ?" in text
    assert load(text).parameters["columns"] == {"date": "wann"}


def test_order_lines_are_taken_as_such_and_said(project):
    """200 + 3·1.5 in one line each; the price of one piece is not what a line is worth."""
    data = project("InvoiceNo,Quantity,InvoiceDate,UnitPrice,CustomerID,Shipping\n"
                   "536365,80,2010-12-01 08:26:00,2.5,17850.0,3\n536366,3,2010-12-01 09:00:00,1.5,13047.0,4\n")
    text, guessed, faults = new.draft("shop", "01-customers", data)
    assert faults == []
    assert guessed == {"customer_id": "CustomerID", "date": "InvoiceDate", "quantity": "Quantity", "basket_id": "InvoiceNo",
                       "unit_price": "UnitPrice"}
    assert "    # a line is worth UnitPrice × Quantity\n    # tax and shipping are left out of it: Shipping\n" in text
    values = load(text).parameters
    made = tables.account(values["data"], "transactions", values["columns"])
    assert summary.overview(made.table)["revenue"].to_list() == [204.5]


def test_ambiguous_amounts_are_asked_about(project):
    data = project("mã khách,ngày,số tiền\nK1,2024-01-31,150.000\nK2,2024-02-01,99.000\n")
    text, _, faults = new.draft("shop", "01-customers", data)
    assert len(faults) == 1
    assert "read: {decimal:" in faults[0].fix
    assert load(text).parameters["columns"] == ROLES


@pytest.mark.parametrize("name", ["../x", "", "my shop", "x/y", "a.b", "x\n", "a:b", "$(ls)", "x\0"])
def test_bad_names_are_refused(project, name):
    with pytest.raises(StudyError, match=r"^name: .*letters, digits, - and _"):
        new.draft(name, "01-customers", project(VIETNAMESE))


@pytest.mark.parametrize("name", ["-", "--force", "-x"])
def test_a_name_is_no_option(project, name):
    with pytest.raises(StudyError, match="name"):
        new.draft(name, "01-customers", project(VIETNAMESE))


def test_a_name_may_be_vietnamese(project):
    text, _, _ = new.draft("cửa-hàng_2", "01-customers", project(VIETNAMESE))
    assert load(text, "cửa-hàng_2").title["vi"] == "Cửa hàng 2"


def test_a_taken_name_is_refused(project):
    (study.REPORTS / "shop.yaml").write_text("x", encoding="utf-8")
    with pytest.raises(StudyError, match=r"(?s)already a study reports/shop\.yaml.*another name"):
        new.draft("shop", "01-customers", project(VIETNAMESE))


@pytest.mark.parametrize(("notebook", "words"), [
    ("01-custmers", "did you mean `01-customers`"), ("../x", "there is no notebook"), ("", "there is no notebook"),
    ("05-brand-case", "does not take a data file"),
])
def test_notebooks_that_do_not_fit(project, notebook, words):
    with pytest.raises(StudyError) as raised:
        new.draft("shop", notebook, project(VIETNAMESE))
    assert words in str(raised.value)


@pytest.mark.parametrize(("content", "words"), [(None, "no such file"), ("", "the file is empty"), ('a,b\n1,"2\n', "Original Line")])
def test_data_that_cannot_be_opened(project, tmp_path, content, words):
    data = str(tmp_path / "none.csv") if content is None else project(content)
    with pytest.raises(DataError) as raised:
        new.draft("shop", "01-customers", data)
    assert words in str(raised.value)
    assert list(study.REPORTS.iterdir()) == []


@pytest.mark.parametrize("amount", [
    'the "amount"', "amount: net", "amount # net", "amount 'x'", "amount, net", "{amount}", "[amount]", "amount | a", "- amount",
    "& amount", "*amount", "!!amount", "%amount", "@amount", "`amount`", "amount\\n", "💶 amount", "amount {{ x }}",
    "amount\nnet", "amount\u2028net", "amount\x85net", "amount\x07", "amount\x7f",
])
def test_odd_column_names_survive_in_the_study(project, amount):
    head = '"' + amount.replace('"', '""') + '"'
    data = project(f"customer_id,date,{head}\nK1,2024-01-31,5\nK2,2024-02-01,6\n")
    text, guessed, faults = new.draft("shop", "01-customers", data)
    assert (guessed["amount"], faults) == (amount, [])
    assert load(text).parameters["columns"]["amount"] == amount


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_windows_line_end_in_a_column_name(project, end):
    data = project(f'customer_id,date,"amount\r\nnet"{end}K1,2024-01-31,5{end}K2,2024-02-01,6{end}')
    text, guessed, faults = new.draft("shop", "01-customers", data)
    assert (guessed["amount"].split(), faults) == (["amount", "net"], [])
    assert load(text).parameters["columns"] == guessed


@pytest.mark.parametrize("column", ["x\n  top_share: 0.9", "x\n  customer_data: other.csv\n  #"])
def test_a_column_name_cannot_set_a_parameter(project, column):
    data = project(f'customer_id,date,amount,"{column}"\nK1,2024-01-31,5,a\nK2,2024-02-01,6,b\n')
    made = load(new.draft("shop", "01-customers", data)[0])
    assert set(made.parameters) == {"data", "columns", "read", "rows", "customer_data", "customer_columns", "customer_read",
                                    "currency"}
    assert made.parameters["customer_columns"] == {}
    assert made.parameters["customer_data"] == ""


@pytest.mark.parametrize("name", ["mua hàng #1: 'quý I'.csv", 'the "new" one.csv', "{data}.csv", "a, b & c.csv"])
def test_odd_file_names_survive_in_the_study(project, name):
    data = project(VIETNAMESE, name)
    assert load(new.draft("shop", "01-customers", data)[0]).parameters["data"] == data


def test_ids_of_digits_are_guessed(project):
    data = project("CustomerID,OrderDate,Total\n1001,2024-01-31,5.5\n1002,2024-02-01,6\n")
    assert new.draft("shop", "01-customers", data)[1]["customer_id"] == "CustomerID"


def test_a_study_of_own_data_uses_no_bundled_data(project):
    made = load(new.draft("shop", "03-target-market", project(VIETNAMESE))[0])
    assert not [name for name, value in made.values.items() if str(value).startswith("complete_journey.")]


def test_the_path_written_is_the_file_opened(project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = load(new.draft("shop", "01-customers", "data/cdnow/transactions.parquet")[0])
    assert made.parameters["data"] == "data/cdnow/transactions.parquet"


def test_a_full_table_keeps_its_name(project, tmp_path, monkeypatch):
    from segkit.data import samples

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(samples, "_full_path", lambda table: samples.path("complete_journey.baskets"))
    made = load(new.draft("shop", "01-customers", "complete_journey_full.transactions")[0])
    assert made.parameters["data"] == "complete_journey_full.transactions"


@pytest.mark.parametrize("rows", [100, 20_000])
def test_faults_of_the_data_come_with_the_draft(project, rows):
    data = project("customer_id,date,amount\n" + "a,2024-01-31,5\n" * rows + "b,2024-01-31,none\n")
    text, _, faults = new.draft("shop", "01-customers", data)
    assert [f.rows for f in faults] == [(rows + 2,)]
    assert isinstance(load(text), study.Study)


def test_nothing_is_written(project):
    new.draft("shop", "01-customers", project(VIETNAMESE))
    assert list(study.REPORTS.iterdir()) == []
    with pytest.raises(SegkitError):
        study.load("shop")


@pytest.mark.parametrize(("amounts", "head", "code"), [
    ("560.000 ₫|25.000 đ", "số tiền", "VND"), ("5|6", "Amount (USD)", "USD"), ("€5|€6.5", "amount", "EUR"),
    ("5|6", "amount", ""), ("5|6", "Số tiền (đ)", "VND")])
def test_currency_is_told_by_values_or_name(project, amounts, head, code):
    first, second = amounts.split("|")
    text, _, _ = new.draft("shop", "01-customers", project(f'customer,day,{head}\nA1,2024-01-31,"{first}"\nA2,2024-02-01,"{second}"\n'))
    assert f'  currency: "{code}"  #' in text


def test_a_product_brand_is_no_product(project):
    _, guessed, _ = new.draft("shop", "01-customers", project("customer,day,amount,Product brand\nA1,2024-01-31,5,X\nA2,2024-02-01,6,Y\n"))
    assert "product_id" not in guessed


def test_a_sheet_stays_named(project, tmp_path):
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="About", index=False)
        pd.DataFrame({"customer": ["a", "b"], "day": ["2024-01-31", "2024-02-01"], "amount": [5, 6]}).to_excel(book, sheet_name="Orders", index=False)
    text, guessed, faults = new.draft("shop", "01-customers", f"{path}#Orders")
    assert f'data: "{path}#Orders"' in text
    assert (faults, guessed["amount"]) == ([], "amount")


def test_a_study_that_takes_rules_lists_the_ready_ones(project):
    from segkit.segmentation import rules

    text, *_ = new.draft("shop", "03-target-market", project(VIETNAMESE))
    for name, row in rules.templates().iterrows():
        assert f"{name} ({row.about.lower()}); reads {row.reads}" in text
    text, *_ = new.draft("shop", "01-customers", project(VIETNAMESE))
    assert "ready rules" not in text


def test_rule_templates_are_offered_where_the_rules_form_segments(project):
    """The rules of the lifecycle report are those of its stages; a template of segments would be refused there."""
    data = project(VIETNAMESE)
    offered = {notebook: "{template:" in new.draft("shop", notebook, data)[0]
               for notebook in ("01-customers", "02-segmentation", "03-target-market", "06-lifecycle")}
    assert offered == {"01-customers": False, "02-segmentation": False, "03-target-market": True, "06-lifecycle": False}


@pytest.mark.parametrize("cut", ["", "<<<<<<< HEAD\n"])
def test_a_notebook_that_is_not_whole_is_told_with_its_line(project, tmp_path, monkeypatch, cut):
    data = project(VIETNAMESE)
    whole = (study.NOTEBOOKS / "01-customers.ipynb").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01-customers.ipynb").write_text("".join([*whole[:20], cut, *(whole[20:] if cut else [])]), encoding="utf-8")
    monkeypatch.setattr(study, "NOTEBOOKS", tmp_path / "notebooks")
    with pytest.raises(StudyError, match=r"01-customers\.ipynb:2[01]: " + ("holds a merge conflict" if cut else "is not valid JSON")):
        new.draft("shop", "01-customers", data)


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """A project in a user's own folder, and the user's files beside it."""
    from segkit.data import samples

    home = tmp_path / "an"
    (home / "segkit").mkdir(parents=True)
    (home / "segkit" / "reports").mkdir()
    monkeypatch.setattr(samples, "PROJECT", home / "segkit")
    monkeypatch.setattr(study, "REPORTS", home / "segkit" / "reports")
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.mark.parametrize(("given", "written"), [
    ("sales.csv", "../sales.csv"), ("segkit/own/sales.csv", "own/sales.csv"), ("lines", "../lines"), ("lines/*.parquet", "../lines/*.parquet"),
    ("segkit/own/part=*/*.parquet", "own/part=*/*.parquet"), ("shop.sqlite#sales", "../shop.sqlite#sales"), ("sqlite://{0}/shop.sqlite#sales", "../shop.sqlite#sales"),
])
@pytest.mark.parametrize("relative", [True, False])
def test_no_path_with_the_user_s_name_is_written(at_home, monkeypatch, given, written, relative):
    import sqlite3

    frame = pd.DataFrame({"customer_id": ["a", "b"], "date": ["2024-01-31", "2024-02-01"], "amount": [5.0, 6.0]})
    (at_home / "segkit" / "own" / "part=1").mkdir(parents=True)
    (at_home / "lines").mkdir()
    for folder in ("", "segkit/own"):
        frame.to_csv(at_home / folder / "sales.csv", index=False)
    for folder in ("lines", "segkit/own/part=1"):
        for name in "ab":
            frame.to_parquet(at_home / folder / f"{name}.parquet", index=False)
    with sqlite3.connect(at_home / "shop.sqlite") as made:
        frame.to_sql("sales", made, index=False)
    made.close()
    monkeypatch.chdir(at_home)
    data = given.format(at_home) if "{" in given else given if relative else f"{at_home}/{given}"
    text, _, faults = new.draft("shop", "01-customers", data)
    assert faults == []
    assert f'    data: "{written}"' in text.splitlines()
    assert str(at_home) not in text


def test_a_brand_becomes_a_case_to_fill(project, tmp_path, monkeypatch):
    from segkit.data import samples
    from segkit.positioning import cases

    monkeypatch.setattr(samples, "PROJECT", tmp_path)
    text, file, case = new.case("milk", "05-brand-case", "Vinamilk Đặc Biệt")
    assert file == study.REPORTS / "brands" / "vinamilk-dac-biet.yaml"
    file.parent.mkdir()
    file.write_text(case, encoding="utf-8")
    assert load(text, "milk").parameters == {"brand": "reports/brands/vinamilk-dac-biet.yaml"}
    claims = cases.claims("reports/brands/vinamilk-dac-biet.yaml")
    assert claims["topic"].to_list() == ["Age", "Income", "Place", "Gender", "Campaign"]
    assert set(claims["verdict"]) == {cases.VERDICTS["no_data"]}
    assert new.case("milk-2", "05-brand-case", "Vinamilk Đặc Biệt")[2] == ""  # kept as it is


@pytest.mark.parametrize("brand", ['<script>alert(1)</script>', '=HYPERLINK("http://x")', "a: [b", "'\"#{}"])
def test_any_brand_is_written_as_text(project, tmp_path, brand):
    from segkit.positioning import brandfile

    _, file, case = new.case("milk", "05-brand-case", brand)
    (tmp_path / "own.yaml").write_text(case, encoding="utf-8")
    assert brandfile.read(tmp_path / "own.yaml")["brand"] == brand
    assert file.parent == study.REPORTS / "brands"


@pytest.mark.parametrize(("name", "notebook", "brand", "words"), [
    ("milk", "01-customers", "Vinamilk", "takes no `--brand`"), ("milk", "05-brand-case", " ", "is no name"), ("mi lk", "05-brand-case", "V", "is not letters"),
    ("milk", "05-brand", "V", "did you mean `05-brand-case`")])
def test_what_is_no_case_is_said(project, name, notebook, brand, words):
    with pytest.raises(StudyError, match=words):
        new.case(name, notebook, brand)


def test_labels_of_an_spss_file_are_the_words_of_the_study(project, tmp_path):
    import numpy as np
    import pyreadstat

    rng = np.random.default_rng(3)
    table = pd.DataFrame({"id": range(1, 81), **{f"w{i}": rng.integers(0, 2, 80).astype(float) for i in range(4)}})
    file = tmp_path / "guests.sav"
    pyreadstat.write_sav(table, file, column_labels=["Person", "Wants: a low price", "w1", "", "A question " * 9])
    text, _, _ = new.draft("guests", "07-survey", str(file))
    given = load(text, "guests").values["labels"]
    assert set(given) == {"en", "vi"}
    assert given["vi"]["w0"] == "Wants: a low price"
    assert set(given["en"]) == {"id", "w0", "w3"}
    assert len(given["en"]["w3"]) <= 48
    assert given["en"]["w3"].endswith("…")
