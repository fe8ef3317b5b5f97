"""A survey without purchases: to segments, to names, to a target market, by what the commands say."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

ROWS = 240


def survey() -> pd.DataFrame:
    """Two kinds of guests, told by four yes/no items; the second kind comes more often and weighs twice as much."""
    rng = np.random.default_rng(4)
    kind = np.arange(ROWS) % 3 == 0
    items = {name: np.where(rng.random(ROWS) < np.where(kind == want, 0.9, 0.1), "yes", "no")
             for name, want in (("quiet", True), ("wifi", True), ("cakes", False), ("sun", False))}
    visits = rng.poisson(np.where(kind, 9, 3)).astype(object)
    visits[[7, 70]] = 99
    return pd.DataFrame({"resp": [f"R{i:03}" for i in range(ROWS)], **items, "visits": visits,
                         "town": rng.choice(["Hue", "Hanoi"], ROWS), "weight": np.where(kind, 2.0, 1.0)})


@pytest.fixture(scope="module")
def chained(project):
    survey().to_csv(project.path / "guests.csv", index=False)
    made = project.segkit("new", "guests", "--data", "guests.csv")
    assert made.returncode == 0, made.stdout + made.stderr
    path = project.path / "reports" / "guests.yaml"
    study = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert study["tables"]["survey"]["columns"] == {"respondent_id": "resp", "weight": "weight"}
    study["parameters"] |= {"variables": ["quiet", "wifi", "cakes", "sun"], "dont_know": [99], "k": 2, "k_values": [2, 3],
                            "names": {1: "One", 2: "Other"}}
    path.write_text(yaml.safe_dump(study, allow_unicode=True), encoding="utf-8")
    told = project.segkit("new", "guests-target", "--segments", "guests")
    assert told.returncode == 0, told.stdout + told.stderr
    built = project.segkit("build", "guests-target")
    assert built.returncode == 0, built.stdout + built.stderr
    return project, told.stdout


def text(project, name: str, code: str) -> str:
    page = (project.pages / f"{name}.{code}.html").read_text(encoding="utf-8")
    page = re.sub(r"<(script|style|pre)[^>]*>.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_study_that_is_written_names_the_segments_and_what_could_be_a_criterion(chained):
    project, told = chained
    written = (project.path / "reports" / "guests-target.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(written)["parameters"]["segments"] == "guests"
    assert "tables" not in yaml.safe_load(written)
    assert "numbers: visits" in written
    assert "03-target-market" in told


def test_shares_are_those_of_weighted_people(chained):
    """The third who weigh twice are half of the people, also where the segments err on a few."""
    project, _ = chained
    shares = re.search(r"Segment Customers Share of customers ((?:(?:One|Other) [\d,]+ [\d.]+% ?){2})",
                       text(project, "guests-target", "en"))
    assert sum(int(n) for n in re.findall(r" (\d+) ", shares[1])) == ROWS
    found = [float(share) for share in re.findall(r"([\d.]+)%", shares[1])]
    assert sum(found) == pytest.approx(100, abs=0.2)
    assert found == pytest.approx([50, 50], abs=6)


@pytest.mark.parametrize(("code", "said"), [("en", ("This study names no purchases", "could be criteria: visits")),
                                            ("vi", ("không có dữ liệu mua hàng", "làm tiêu chí: visits"))])
def test_the_page_says_that_there_are_no_purchases(chained, code, said):
    page = text(chained[0], "guests-target", code)
    assert [words for words in said if words not in page] == []
    assert "revenue" not in page.split("The data")[0].lower()
    assert "nan" not in page.lower().split()


def test_answers_that_say_nothing_are_left_out_as_in_the_survey(chained):
    assert re.search(r"visits codes named as “don.{1,6}t know”: missing 2 ", text(chained[0], "guests-target", "en"))


def test_a_change_of_the_survey_builds_the_target_again(chained):
    project, _ = chained
    assert "2 unchanged" in project.segkit("build", "guests-target", "guests").stdout
    survey().assign(town=lambda t: t["town"].str.upper()).to_csv(project.path / "guests.csv", index=False)
    assert "2 built" in project.segkit("build", "guests-target").stdout
    survey().to_csv(project.path / "guests.csv", index=False)


@pytest.mark.parametrize(("parameters", "said"), [
    ({"criteria": [{"column": "visit", "weight": 1}]}, "`criteria`: reads the column 'visit'"),
    ({"income": "salary"}, "column 'salary': is not in the customer data"),
    ({"segments": "", "rules": {"model": "behavioural", "by": "frequency", "cuts": [2]}}, "reads the column 'frequency'"),
])
def test_a_column_that_people_do_not_have_is_told_before_a_build(chained, parameters, said):
    project, _ = chained
    project.study("astray", yaml.safe_dump({
        "notebook": "03-target-market", "title": "t", "tables": {
            "customers": {"data": "guests.csv", "columns": {"customer_id": "resp"}}},
        "parameters": {"segments": "guests", **parameters}}))
    told = project.segkit("check", "astray")
    assert told.returncode == 2
    assert said in told.stderr


def test_people_of_another_survey_are_told(chained):
    project, _ = chained
    survey().assign(resp=lambda t: "X" + t["resp"]).to_csv(project.path / "others.csv", index=False)
    project.study("others", yaml.safe_dump({
        "notebook": "03-target-market", "title": "t", "tables": {
            "customers": {"data": "others.csv", "columns": {"customer_id": "resp"}}},
        "parameters": {"segments": "guests"}}))
    told = project.segkit("check", "others")
    assert "has segmented none of these customers" in told.stderr


@pytest.mark.parametrize(("arguments", "said"), [
    (("--segments", "nobody"), "there is no study 'nobody'"),
    (("--segments", "guests", "--notebook", "01-customers"), "takes no segments"),
])
def test_a_study_that_cannot_follow_is_refused(chained, arguments, said):
    told = chained[0].segkit("new", "follows", *arguments)
    assert told.returncode == 2
    assert said in told.stdout + told.stderr


@pytest.fixture(scope="module")
def customers(project):
    """Customers of four kinds by income and score; a word among the incomes, a row that stands twice, two spellings."""
    rng = np.random.default_rng(1)
    kind = np.arange(160) % 4
    table = pd.DataFrame({
        "Customer ID": range(1000, 1160), "Town": np.where(kind % 2, "Hue", "Hanoi"),
        "Income (k$)": (np.array([30, 30, 90, 90])[kind] + rng.normal(0, 5, 160)).round(1).astype(object),
        "Score": (np.array([20, 80, 20, 80])[kind] + rng.normal(0, 5, 160)).round(1)})
    table.loc[5, "Income (k$)"] = "n/a"
    pd.concat([table, table.iloc[[7]]]).to_csv(project.path / "mall.csv", index=False)
    told = project.segkit("new", "mall", "--data", "mall.csv")
    assert told.returncode == 0, told.stdout + told.stderr
    built = project.segkit("build", "mall")
    assert built.returncode == 0, built.stdout + built.stderr
    return project, told.stdout, table


def test_a_row_that_stands_twice_is_set_aside_and_told(customers):
    project, told, _ = customers
    assert "1 of 161 rows are set aside: repeated lines" in told
    assert "161 = 160 used + 1 repeated lines" in text(project, "mall", "en")


def test_cards_are_in_the_units_of_the_table(customers):
    project, _, table = customers
    incomes = pd.to_numeric(table["Income (k$)"], errors="coerce").dropna()
    whole = table.loc[incomes.index]
    expected = {f"{whole.loc[part, 'Score'].mean():.1f}" for part in whole.groupby(np.arange(160)[whole.index] % 4).groups.values()}
    found = set(re.findall(r"Score : ([\d.]+)|Score: ([\d.]+) \(all", text(project, "mall", "en")))
    assert expected == {number for pair in found for number in pair if number}


def test_new_people_go_into_a_workbook_also_where_a_number_is_a_word(customers):
    project, _, _ = customers
    told = project.segkit("assign", "mall", "--data", "mall.csv", "--to", "people.xlsx")
    assert told.returncode == 0, told.stdout + told.stderr
    people = pd.read_excel(project.path / "people.xlsx", engine="openpyxl", dtype=object)
    assert len(people) == 160
    assert people["segment"].isna().sum() == 1
    assert set(map(type, people["segment"].dropna())) == {int}
