"""Rules, weights, events, campaigns and files that a study gets wrong: what `segkit check` refuses, and what a page tells."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml

N = 120
COLUMNS = {"columns": {}, "currency": "USD"}


def shop(project):
    """Purchases of 120 people, of whom every third stopped; their contacts; their visits and orders, and two campaigns."""
    rng = np.random.default_rng(5)
    rows = [(f"K{i:03d}", d) for i in range(N) for d in range(i % 7, 150 if i % 3 == 0 else 300, 9 + i % 5)]
    sales = pd.DataFrame(rows, columns=["customer_id", "day"])
    sales["date"] = (pd.Timestamp("2024-01-01") + pd.to_timedelta(sales.pop("day"), unit="D")).dt.date
    sales["amount"] = rng.integers(20, 400, len(sales))
    sales.to_csv(project.path / "sales.csv", index=False)
    ids = [f"K{i:03d}" for i in range(N)]
    pd.DataFrame({"customer_id": ids, "town": [("Hue", "Vinh")[i % 2] for i in range(N)], "email": [f"p{i}@example.com" for i in range(N)]}
                 ).to_csv(project.path / "people.csv", index=False)
    events = [(c, "2024-05-01", "visit") for c in ids[:60]] + [(c, "2024-05-03", "order") for c in ids[:30]]
    events += [(c, "2024-04-01", "order") for c in ids[60:70]] + [(c, "2024-05-02", "visit") for c in ids[60:70]]  # the order before the visit
    events += [(c, "2024-05-04", "order") for c in ids[70:75]] + [("stranger 1", "2024-05-04", "visit"), ("stranger 2", "2024-05-04", "visit")]
    pd.DataFrame(events, columns=["customer_id", "date", "event"]).to_csv(project.path / "events.csv", index=False)
    sent = [(c, "mail", "2024-05-10", "yes" if i < 40 else "no") for i, c in enumerate(ids[:80])]
    sent += [(c, "pilot", "2024-05-15", "yes" if i < 20 else "no") for i, c in enumerate(ids[:23])]  # three are kept apart
    pd.DataFrame(sent, columns=["customer_id", "campaign", "date", "treated"]).to_csv(project.path / "sent.csv", index=False)


RULES = {"hue": {"who": {"town": "Hue"}}, "stopped": {"who": {"days_since": {"of": "purchases", "at_least": 60}}},
         "buyers": {"who": {"count": {"of": "purchases", "at_least": 1}}}, "far": {"who": {"town": "Paris"}},
         "long": {"who": {"count": {"of": "purchases", "within_days": 2000, "at_least": 30}}}}
LIST = {"audience": "hue", "department": "Sales", "columns": ["email"], "consent": "none_needed"}
NOTEBOOKS = {
    "08-audiences": {"customer_data": "people.csv", "customer_columns": {}, "event_data": "events.csv", "audiences": RULES,
                     "lists": {"mail": LIST, "again": {**LIST, "audience": "stopped"}}, "control_share": 0.05},
    "06-lifecycle": {"events_data": "events.csv", "campaign_data": "sent.csv", "answer_days": 30,
                     "journey_stages": [{"stage": "Visit", "events": ["visit"]}, {"stage": "Order", "events": ["order"]}]},
    "03-target-market": {"customer_data": "people.csv", "customer_columns": {}, "rules": {"model": "geographic", "by": "town"}, "income": "", "evidence": {},
                         "contacts_data": "", "responses_data": "", "knock_out": {},
                         "criteria": [{"column": "monetary", "weight": 30, "better": "higher"}, {"column": "frequency", "weight": 90, "better": "higher"},
                                      {"name": "Rivals", "weight": 40, "scores": {}}]}}


def write(project, name, notebook="08-audiences", export=(), **parameters):
    given = {"data": "sales.csv", **COLUMNS, **NOTEBOOKS[notebook], **parameters}
    told = {"notebook": notebook, "title": name, "languages": ["en"], **({"export": list(export)} if export else {}), "parameters": given}
    project.study(name, yaml.safe_dump(json.loads(json.dumps(told))))


@pytest.fixture(scope="module")
def made(project):
    shop(project)
    return project


def page(project, notebook):
    name = notebook[3:]
    write(project, name, notebook)
    told = project.segkit("build", name)
    assert told.returncode == 0, told.stdout + told.stderr
    return " ".join((project.pages / f"{name}.en.html").read_text(encoding="utf-8").split())


REFUSED = [
    ("08-audiences", {"audiences": {"a": {"who": {"count": {"of": "purchases", "at_least": 5, "below": 3}}}}}, ["can hold for nobody", "change its bounds"]),
    ("08-audiences", {"audiences": {"a": {"who": {"count": {"of": "purchases", "at_least": 0}}}}}, ["holds for everybody", "take the condition out"]),
    ("08-audiences", {"audiences": {"a": {"who": {"audience": "b"}}, "b": {"who": {"not": {"audience": "c"}}}, "c": {"who": {"audience": "a"}}}},
     ["goes round in a circle: a", "do without the others"]),
    ("08-audiences", {"lists": {"mail": {**LIST, "consent": "agreed"}}}, ["'agreed'", "which the customers have not"]),
    ("08-audiences", {"lists": {"mail": {**LIST, "consent": ""}}}, ["nothing says that these people agreed", "none_needed"]),
    ("03-target-market", {"criteria": [{"column": "spend_per_visit", "weight": 1}]}, ["'spend_per_visit'", "criteria"]),
    ("03-target-market", {"criteria": [{"column": "monetary", "weight": 0}]}, ["weight"]),
    ("03-target-market", {"criteria": [{"column": "monetary", "weight": -2}]}, ["weight"]),
]


def test_check_refuses_it_with_the_way_out(made):
    names = [f"wrong-{i}" for i in range(len(REFUSED))]
    for name, (notebook, parameters, _) in zip(names, REFUSED, strict=True):
        write(made, name, notebook, **parameters)
    said = made.segkit("check", *names)
    whole = said.stdout + said.stderr
    assert said.returncode != 0, whole
    assert "Traceback" not in whole
    for name, (*_, told) in zip(names, REFUSED, strict=True):
        part = whole[whole.index(f"{name}:"):].split("wrong-", 2)[1]
        assert all(words in part for words in told), (name, part)
        (made.path / "reports" / f"{name}.yaml").unlink()


def test_odd_audiences_are_told_on_their_page(made):
    text = page(made, "08-audiences")
    assert "nobody is in it" in text
    assert "everybody is in it" in text
    assert "a window begins before the data" in text
    assert "among the customers" in text
    for check in ("audiences_nobody", "audiences_everybody", "audience_windows", "smallest_control"):
        row = text[text.index(f'id="check-{check}"'):][:400]
        assert "PASS" not in row.split("</span>")[0], check
    assert "higher priority" in text


def test_odd_events_and_campaigns_are_told_on_their_page(made):
    text = page(made, "06-lifecycle")
    assert "too few people in one of the two groups" in text, "a control group of three"
    assert "Got another one too" in text, "overlapping windows"
    table = text[text.index("Got another one too"):].split("</table>")[0]
    assert "100%" in table, "the pilot went to people whom the mail had reached"
    assert " points" in text


def test_weights_that_do_not_sum_are_normalised_and_said_and_a_criterion_nobody_answers_is_left_out(made):
    text = page(made, "03-target-market")
    assert "add up to 120" in re.sub("<[^>]*>", "", text)
    assert "Rivals" in text


def test_files_that_stand_in_the_way_of_an_export_stop_the_build_in_plain_words(made):
    write(made, "blocked", export=["csv"], event_data="", lists={})
    folder = made.pages / "blocked.files"
    made.pages.mkdir(parents=True, exist_ok=True)
    folder.write_text("mine")
    told = made.segkit("build", "blocked")
    assert told.returncode != 0
    assert "Traceback" not in told.stdout + told.stderr
    assert "cannot be written to" in told.stdout + told.stderr
    assert folder.read_text() == "mine"
    folder.unlink()
    (made.path / "reports" / "blocked.yaml").unlink()
