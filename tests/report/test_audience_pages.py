"""Audiences as a study: the page, the lists beside it, who entered and left, and what is refused before anything runs."""

import io
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml

from segkit.data.people import hashed

NAMES = ['=cmd|" /C calc"!A0', 'O"Brien, "Rose"', "Trần\nLan", "@sum(1)", "-2+3", "An"]
PHONES = ["0912 345 67{}", "+8491234567{}", "0084 91234567{}", "(091) 2345.67{}", "91234567{}"]


def shop(n=150, seed=2, shift=0):
    """Purchases of n people, of whom the later third stopped, with contacts that are hard to write down."""
    rng = np.random.default_rng(seed)
    days = [(f"K{i:03d}", d) for i in range(n) for d in range(i % 7, 300 - (150 if i % 3 == 0 else 0) + shift, 9 + i % 5)]
    sales = pd.DataFrame(days, columns=["customer_id", "day"])
    sales["date"] = (pd.Timestamp("2024-01-01") + pd.to_timedelta(sales["day"], unit="D")).dt.date
    sales["amount"] = rng.integers(20, 400, len(sales)) * 1000
    people = pd.DataFrame({"customer_id": [f"K{i:03d}" for i in range(n)], "customer_name": [NAMES[i % 6] for i in range(n)],
                           "phone": [PHONES[i % 5].format(i % 10) if i < 10 else f"09{i:08d}" for i in range(n)],
                           "email": [f"person{i}@example.com" for i in range(n)], "agreed": ["yes" if i % 4 else "no" for i in range(n)]})
    return sales.drop(columns="day"), people


def study(project, name, export=("csv", "xlsx", "parquet"), **parameters):
    given = {"data": "sales.csv", "customer_data": "contacts.csv", "customer_columns": {}, "columns": {}, "currency": "VND", "audiences": RULES, **parameters}
    project.study(name, yaml.safe_dump({"notebook": "08-audiences", "title": name, "languages": ["en"], "export": list(export), "parameters": given},
                                       allow_unicode=True))


RULES = {"stopped_buying": {"name": {"en": "Stopped buying", "vi": "Ngừng mua"}, "who": {"stage": ["Lapsing", "Lapsed"]}},
         "regulars": {"who": {"f": {"at_least": 4}}, "except": {"audience": "stopped_buying"}}}
LISTS = {"call": {"audience": "stopped_buying", "department": "Service", "columns": ["customer_name", "phone", "email"], "consent": "agreed", "task": "=1+1"}}


@pytest.fixture(scope="module")
def built(project):
    sales, people = shop()
    sales.to_csv(project.path / "sales.csv", index=False)
    people.to_csv(project.path / "contacts.csv", index=False)
    study(project, "mine", lists=LISTS, control_share=0.2)
    told = project.segkit("build", "mine")
    assert told.returncode == 0, told.stdout + told.stderr
    return project, people


def files(project, name="mine"):
    folder = project.pages / f"{name}.files"
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def page(project, name="mine"):
    return (project.pages / f"{name}.en.html").read_text(encoding="utf-8")


def test_a_department_gets_its_list_and_its_task(built):
    project, people = built
    made = files(project)
    listed = pd.read_parquet(io.BytesIO(made["list-call.parquet"])).set_index("customer_id")
    apart = pd.read_parquet(io.BytesIO(made["control-call.parquet"]))["customer_id"]
    assert len(listed) >= 15
    assert len(apart) >= 4
    assert not set(listed.index) & set(apart)
    agreed = people.set_index("customer_id")["agreed"]
    assert set(agreed[[*listed.index, *apart]]) == {"yes"}
    book = openpyxl.load_workbook(io.BytesIO(made["list-call.xlsx"]))
    assert book.sheetnames == ["task", "people"]
    task = {row[0].value: row[1].value for row in book["task"]}
    assert task["Department"] == "Service"
    assert task["Aim"] == "Support"
    assert task["On the list"] == len(listed) == book["people"].max_row - 1
    assert book["task"]["B3"].data_type == "s", "a task that looks like a formula"


def test_names_stay_names_and_numbers_keep_their_plus_in_every_kind_of_file(built):
    project, people = built
    made, known = files(project), people.set_index("customer_id")
    read = pd.read_csv(io.BytesIO(made["list-call.csv"]), dtype=str).set_index("Customer")
    for customer, row in read.iterrows():
        name = known.loc[customer, "customer_name"]
        assert row["customer_name"] == (f"'{name}" if name.startswith(("=", "@", "-")) else name)
        assert row["phone"] == hashed.e164(known.loc[customer, "phone"]) or hashed.e164(known.loc[customer, "phone"]) is None
        assert row["phone"].startswith("+84") or row["phone"] == known.loc[customer, "phone"]
    sheet = openpyxl.load_workbook(io.BytesIO(made["list-call.xlsx"]))["people"]
    assert all(cell.data_type == "s" for row in sheet.iter_rows(min_row=2) for cell in row)
    assert {row[1].value for row in sheet.iter_rows(min_row=2)} <= set(NAMES)


def test_no_name_number_or_address_of_a_person_is_on_the_page(built):
    project, people = built
    text = page(project)
    assert "person1" not in text
    assert "@example.com" not in text
    assert not [n for n in ("Trần\nLan", "O&#34;Brien", 'O"Brien') if n in text]
    assert not [p for p in people["phone"] if p in text]
    assert "vnd.segkit" not in text


def test_the_same_study_gives_the_same_lists_and_once_it_has_a_build_before_it_the_same_bytes(built):
    project, _ = built
    first = files(project)
    assert project.segkit("build", "--force", "mine").returncode == 0
    before = files(project)
    assert {n for n in before if before[n] != first[n]} <= {"tables.xlsx"}, "the table of who entered and left is new"
    assert project.segkit("build", "--force", "mine").returncode == 0
    assert files(project) == before
    assert all(zipfile.is_zipfile(io.BytesIO(b)) for name, b in before.items() if name.endswith(".xlsx"))


def test_hashed_lists_hold_no_identifiers(built):
    project, _ = built
    study(project, "ads", export=["csv"], lists=LISTS, hash_identifiers=True)
    assert project.segkit("build", "ads").returncode == 0
    made = files(project, "ads")["list-call.csv"].decode("utf-8-sig")
    assert made.splitlines()[0] == "customer_name_sha256,phone_sha256,email_sha256"
    assert re.fullmatch(r"([0-9a-f]{64},){2}[0-9a-f]{64}", made.splitlines()[1])
    assert "K0" not in made


def test_the_second_build_tells_who_entered_and_left(built):
    project, _ = built
    sales, _ = shop(shift=40)
    sales.to_csv(project.path / "sales.csv", index=False)
    told = project.segkit("build", "mine")
    assert told.returncode == 0, told.stdout + told.stderr
    text = page(project)
    assert "At the last build" in text
    assert "Largest change of an audience since the last build" in text
    assert "told from the second build on" not in text
    shop()[0].to_csv(project.path / "sales.csv", index=False)


@pytest.mark.parametrize(("parameters", "told"), [
    ({"lists": {"call": {**LISTS["call"], "consent": ""}}}, ["nothing says that these people agreed", "none_needed"]),
    ({"lists": {"call": {**LISTS["call"], "columns": ["nmae"]}}, "suppression": "stop"}, ["'nmae'", "'stop'"]),
    ({"audiences": {"a": {"who": {"audience": "b"}}, "b": {"who": {"audience": "a"}}}}, ["goes round in a circle"]),
    ({"audiences": {"a": {"who": {"aged": 3}}, "b": {"who": {"count": {"of": "events", "at_least": 1}}}}}, ["'aged'", "'events', which there is not"]),
    ({"priority": ["stopped"]}, ["did you mean `stopped_buying`"]), ({"readiness": {"one_platform": "perhaps"}}, ["one_platform"]),
    ({"control_share": 1.5}, ["a share lies between 0 and 1"]),
])
def test_check_refuses_before_anything_runs_with_all_faults(built, parameters, told):
    project, _ = built
    study(project, "wrong", **parameters)
    said = project.segkit("check", "wrong")
    assert said.returncode != 0
    for part in told:
        assert part in said.stdout + said.stderr
    (project.path / "reports" / "wrong.yaml").unlink()


def test_new_makes_a_study_of_any_purchases(built):
    project, _ = built
    told = project.segkit("new", "fresh", "--data", "sales.csv", "--notebook", "08-audiences")
    assert told.returncode == 0, told.stdout + told.stderr
    text = (project.path / "reports" / "fresh.yaml").read_text(encoding="utf-8")
    assert "export:" in text
    told = project.segkit("build", "fresh")
    assert told.returncode == 0, told.stdout + told.stderr
    shown = page(project, "fresh")
    for name in ("Stopped buying", "New customers", "Best customers"):
        assert name in shown
    assert 'class="output"' not in shown
