"""Tables of people as they come: what `new` proposes of them, what `check` says, and what the notebook makes of them."""

import json

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml

from segkit import report
from segkit.report import build_state, new, newcomers, preflight, study
from segkit.segmentation import kmeans, saved
from segkit.segmentation.partition import coded_answers
from segkit.words.errors import DataError, SegkitError

N = 90


def yes_no(n: int = N) -> pd.DataFrame:
    """Two groups: one says yes to the even questions, the other to the odd ones."""
    rng = np.random.default_rng(3)
    group = np.arange(n) % 2
    asked = {f"q{j}": np.where(rng.random(n) < np.where(group == j % 2, 0.95, 0.05), "yes", "no") for j in range(6)}
    return pd.DataFrame({"id": [f"p{i}" for i in range(n)], **asked, "town": rng.choice(list("abc"), n)})


def ratings(n: int = N) -> pd.DataFrame:
    """Two groups on six ratings of 1 to 5, half of them worded the other way round; an age."""
    rng = np.random.default_rng(4)
    lean = (np.arange(n) % 2 * 2 - 1) * 1.2
    asked = {f"r{j}": np.clip(np.round(3 + lean * (1 if j % 2 else -1) + rng.normal(0, 0.8, n)), 1, 5).astype(int)
             for j in range(6)}
    return pd.DataFrame({"id": range(1000, 1000 + n), **asked, "age": rng.integers(18, 80, n)})


def every(n: int, column: pd.Series, value) -> pd.Series:
    """The column with another value in every n-th row."""
    return column.where(np.arange(len(column)) % n > 0, value)


@pytest.fixture
def door(tmp_path, monkeypatch):
    """`segkit new` and `segkit check` on a table: the parameters written, and what is at fault."""
    monkeypatch.setattr(study, "REPORTS", tmp_path)

    def opened(table: pd.DataFrame | str, **parameters):
        path = tmp_path / "people.csv" if isinstance(table, pd.DataFrame) else table
        if isinstance(table, pd.DataFrame):
            table.to_csv(path, index=False)
        text, _, faults = new.draft("people", new.fitting(str(path))[0], str(path))
        written = yaml.safe_load(text)
        assert written["notebook"] == "07-survey"
        table, = written["tables"].values()
        table.update({"columns": parameters.pop("columns")} if "columns" in parameters else {})
        written["parameters"] = {**(written["parameters"] or {}), **parameters}
        file = tmp_path / "people.yaml"
        file.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
        found = preflight.examine("people").faults
        named = {**table, **written["parameters"]}
        file.unlink()
        return named, [*faults, *found]
    return opened


class Shown:
    """What the notebook shows; a table in memory has no file to tell of."""

    def __getattr__(self, name):
        return (lambda *_, **__: None) if name == "source" else getattr(report, name)


def run(parameters: dict, k_values: tuple[int, ...] | list[int] = (2, 3)) -> dict:
    """The names of the notebook after its cells have run with these parameters."""
    cells = json.loads((study.NOTEBOOKS / "07-survey.ipynb").read_text(encoding="utf-8"))["cells"]
    space: dict = {}
    for i, cell in enumerate("".join(c["source"]) for c in cells if c["cell_type"] == "code"):
        exec(cell, space)  # the notebook itself, cell by cell
        if i == 0:
            space.update(parameters, k_values=list(k_values))
        if i == 1:
            space["report"] = Shown()
    return space


def options() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    return pd.DataFrame({"id": range(500, 500 + N), **{f"drink_{word}": np.where(rng.random(N) < 0.5, word, None)
                                                        for word in ("tea", "coffee", "juice")},
                         "town": rng.choice(list("ab"), N)})


def test_a_column_per_option_is_proposed_as_the_notebook_takes_it(door):
    written, faults = door(options())
    assert (written["variables"], faults) == (["drink_tea", "drink_coffee", "drink_juice"], [])
    made = run(written)
    named = options().set_index("id").iloc[:, :3].notna()
    asked = named.any(axis=1)
    assert len(made["X"]) == asked.sum()
    assert made["X"].to_numpy().tolist() == named[asked].to_numpy().astype(float).tolist()


def test_a_question_with_several_answers_is_named_by_itself(door):
    table = yes_no().assign(why=np.resize(["wifi;cakes", "cakes", "wifi", "tea;wifi"], N))
    assert door(table, variables=["why"], descriptors=["town"], k_values=[2, 3])[1] == []
    assert [f.found for f in door(table, variables=["why"], descriptors=["why"], k_values=[2, 3])[1]] == [
        "forms the segments, so it cannot describe them without going in a circle"] * 3


@pytest.mark.parametrize(("table", "column", "code"), [
    (ratings().assign(r0=lambda t: every(10, t["r0"], 9)), "r0", 9),
    (ratings().assign(r0=lambda t: every(10, t["r0"], 99)), "r0", 99),
    (yes_no().replace({"yes": 1, "no": 2}).assign(q0=lambda t: every(10, t["q0"], 9)), "q0", 9),
    (yes_no().replace({"yes": 1, "no": 0}).assign(q0=lambda t: every(10, t["q0"], 99)), "q0", 99),
    (yes_no().assign(q0=lambda t: every(10, t["q0"], "99")), "q0", 99)], ids=["9", "99", "1 2 9", "0 1 99", "yes no 99"])
def test_a_code_for_dont_know_is_proposed_and_the_question_stays_in_its_block(door, table, column, code):
    written, faults = door(table)
    assert (written["dont_know"], faults) == ([code], [])
    assert written["variables"] == [c for c in table if c[0] in "qr"]
    assert door(table.drop(columns=column))[0].get("dont_know", []) == []


def test_an_age_of_99_and_a_code_among_many_numbers_are_answers(door):
    table = ratings().assign(age=lambda t: every(10, t["age"], 99), shop=np.resize(["7", "12", "north"], N))
    assert "dont_know" not in door(table)[0]


def test_free_text_neither_forms_nor_describes(door):
    written, faults = door(yes_no().assign(said=[f"I like table {i}, mostly" for i in range(N)]))
    assert (written["descriptors"], faults) == (["town"], [])
    assert [f.found for f in door(yes_no().assign(said=[f"word {i}" for i in range(N)]), variables=["q0", "said"])[1]] == [
        "is free text or id"]


def test_names_as_ids_are_known_by_and_two_of_one_name_are_refused(door):
    table = yes_no().rename(columns={"id": "name"}).assign(name=[f"Nguyễn An {i}" for i in range(N)])
    written, faults = door(table)
    assert "name" not in written["variables"] + written["descriptors"]
    assert faults == []
    assert door(table, columns={"respondent_id": "name"})[1] == []
    twice = table.assign(name=lambda t: every(45, t["name"], "Nguyễn An"))
    assert "1 ids stand in more than one row: Nguyễn An" in str(door(twice, columns={"respondent_id": "name"})[1][0])


def test_of_two_ids_the_one_that_stands_once_is_taken(door):
    home = yes_no().assign(id=[f"h{i // 2}" for i in range(N)], person_id=range(N))
    assert door(home)[0]["columns"] == {"respondent_id": "person_id"}
    both = yes_no().assign(guest_id=[f"g{i}" for i in range(N)])
    written, faults = door(both)
    assert faults == []
    assert not {"id", "guest_id"} & {*written["variables"], *written["descriptors"]}


@pytest.mark.parametrize(("column", "said"), [(None, "is empty"), ("yes", "is one answer only")])
def test_items_without_answers_or_with_one_are_left_out_and_refused_where_named(door, column, said):
    written, faults = door(yes_no().assign(q0=column))
    assert (written["variables"], faults) == ([f"q{j}" for j in range(1, 6)], [])
    assert [f.found for f in door(yes_no().assign(q0=column), variables=["q0", "q1"])[1]] == [said]


def test_correlations_of_both_signs_in_one_scale_are_told(door):
    parameters, faults = door(ratings(), scales={"taste": ["r0", "r1", "r3"]}, variables=["taste", "age"],
                              descriptors=["r2"], k=2)
    assert faults == []
    made = run(parameters)
    assert made["against"].index.to_list() == ["r0"]
    assert made["against"]["rest_correlation"].iloc[0] < -0.5
    turned = run({**parameters, "reversed_items": ["r0"]})
    assert turned["against"].empty


@pytest.mark.parametrize(("n", "said"), [(0, "has no rows"), (1, "an analysis needs at least 2")])
def test_nobody_and_one_person_are_refused(door, n, said):
    assert said in str(door(yes_no().head(n))[1][0])


def test_five_people_cannot_be_compared_in_eight_segments(door):
    n = len(yes_no(5).iloc[:, 1:7].drop_duplicates())
    told = door(yes_no(5), k_values=[2, 8])[1]
    assert [f.found for f in told] == [f"go up to 8, but only {n} people answered differently"]
    written, faults = door(yes_no(5))
    assert (written["k_values"], faults) == (list(range(2, n + 1)), [])
    assert run(written, [2])["chosen"].k == 2


def test_more_items_than_people_are_told_on_the_page(door):
    parameters, faults = door(pd.DataFrame({"id": range(12), **{
        f"v{j}": np.random.default_rng(j).choice(["yes", "no"], 12) for j in range(30)}}))
    assert faults == []
    made = run(parameters)
    judged = report.check("people_per_variable", len(made["X"]) // len(made["forming"]))
    assert judged.payload["status"] == "FAIL"


@pytest.mark.parametrize(("weight", "said"), [
    (-1.0, "30 values are below 0"), (None, "30 rows have no value")])
def test_weights_below_0_and_open_ones_are_refused(door, weight, said):
    table = yes_no().assign(weight=every(3, pd.Series(1.5, range(N)), weight))
    assert said in str(door(table)[1][0])


def test_a_weight_of_0_leaves_somebody_out_of_every_count(door):
    assert "is 0 for everybody" in str(door(yes_no().assign(weight=0.0))[1][0])
    table = yes_no().assign(weight=every(3, pd.Series(1.5, range(N)), 0.0))
    made = run(door(table)[0])
    assert made["told"].loc["town", "n"] == 60
    rest = run(door(table[table["weight"] > 0])[0])
    assert made["told"].loc["town", "p_value"] == pytest.approx(rest["told"].loc["town", "p_value"])


@pytest.mark.parametrize(("parameters", "said"), [
    ({"variables": ["q0", "nope"]}, "column 'nope': is not in the table"),
    ({"covariates": ["nope"]}, "column 'nope': is not in the answers"),
    ({"method": "kmeans"}, "did you mean `k-means`"), ({"method": "jaccard", "variables": ["q0", "shoe"]}, "does not take 'shoe'"),
    ({"scales": {"a": ["q0", "q1"]}}, "holds str, not numbers"), ({"k": 9}, "is 9, which is not compared"),
    ({"k_values": [1, 2]}, "has 1"), ({"k_values": []}, "is empty"),
    ({"names": {1: "<b>", 2: "=1+1", 3: "A", 4: "a"}}, "a sign of HTML"), ({"names": {1: " "}}, "is empty"),
    ({"names": {1: "A", 2: "a"}}, "is the name 'a' of segment 1 too")])
def test_check_says_what_the_notebook_would_say(door, parameters, said):
    table = yes_no().assign(shoe=np.arange(N) % 9 + 36.5)
    assert said in "\n".join(map(str, door(table, **parameters)[1]))


def test_labels_of_spss_are_steps_and_what_is_none_is_missing_and_told(door, tmp_path):
    """User-missing codes, a label for no answer, a value without label, two codes of one label."""
    table = ratings().drop(columns="age").astype(float)
    table["r0"] = every(10, table["r0"], 9.0)  # declared missing by the author
    table["r1"] = every(10, table["r1"], 8.0)  # a label, but no step
    table.loc[5, "r2"] = 6.0  # no label
    table["place"] = np.resize([1.0, 2.0, 3.0], N)
    steps = {1: "no way", 2: "rather not", 3: "so so", 4: "rather", 5: "fully", 8: "no idea", 9: "refused"}
    file = tmp_path / "people.sav"
    pyreadstat.write_sav(table, file, missing_ranges={"r0": [9]}, variable_value_labels={
        **{f"r{j}": steps for j in range(6)}, "place": {1: "Huế", 2: "Hà Nội", 3: "Huế"}})
    parameters, faults = door(str(file))
    assert (parameters["variables"], faults) == ([f"r{j}" for j in range(6)], [])
    made = run(parameters)
    assert made["held"].loc["r0":"r5", "kind"].unique().tolist() == ["rating"]
    assert made["became"]["n"].to_dict() == {"r1": 9, "r2": 1}
    assert sorted(made["answers"]["place"].dropna().unique()) == ["Huế (1)", "Huế (3)", "Hà Nội"]
    given = made["coded"].given["r1"].sort_index()
    assert given.fillna(0).to_list() == table.set_index(table["id"].astype(int))["r1"].replace(8.0, 0).to_list()


def test_segments_of_a_study_that_keeps_none_and_lists_of_it_are_refused_before_a_build(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "REPORTS", tmp_path)
    (tmp_path / "case.yaml").write_text(yaml.safe_dump({"notebook": "05-brand-case", "title": "A case", "export": ["csv"],
                                                        "parameters": {"brand": "pepsi"}}))
    (tmp_path / "next.yaml").write_text(yaml.safe_dump({
        "notebook": "06-lifecycle", "title": "Next", "parameters": {"data": "cdnow.transactions", "segments": "case"}}))
    assert "keeps no segments: 05-brand-case forms none" in str(preflight.examine("next").faults[0])
    assert "`export` asks for csv, but 05-brand-case keeps no segments" in str(preflight.examine("case").faults[0])


def test_segments_of_other_customers_are_told_before_a_build(tmp_path, monkeypatch):
    from segkit.data.readers import place

    monkeypatch.setattr(study, "REPORTS", tmp_path)
    monkeypatch.setattr(place, "PAGES", tmp_path)
    X = pd.DataFrame({"visits": [1, 2, 9, 8.0]}, index=pd.Index(["z1", "z2", "z3", "z4"], name="customer_id"))
    (tmp_path / place.BUILD).mkdir()
    (tmp_path / place.BUILD / "first.parquet").write_bytes(saved.pack(kmeans.segment(X, 2, random_state=1)))
    for name, more in (("first", {}), ("next", {"segments": "first"})):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({"notebook": "06-lifecycle", "title": name, "parameters": {
            "data": "cdnow.transactions", "columns": {"customer_id": "customer_id", "date": "date", "amount": "amount"}, **more}}))
    assert "has segmented none of these customers" in str(preflight.examine("next").faults[0])


def test_a_place_of_lists_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "people.files").write_text("somebody's own")
    with pytest.raises(SegkitError, match="cannot be written to"):
        build_state.write(tmp_path / build_state.folder("people"), {"segments.csv": b"id"})
    assert (tmp_path / "people.files").read_text() == "somebody's own"


@pytest.mark.parametrize(("change", "said"), [
    (lambda t: t.drop(columns="town"), "'town'"), (lambda t: t.assign(town=every(9, t["town"], "Mars")), "'Mars' (10)")])
def test_assign_refuses_a_missing_column_and_an_unknown_category(tmp_path, change, said):
    table = yes_no()
    coded = coded_answers.coded(table.set_index("id"), ["q0", "q1", "town"])
    held = saved.Saved(kmeans.segment(coded.X, 2, random_state=1), {}, coded.coding)
    path = tmp_path / "people.yaml"
    path.write_text(yaml.safe_dump({"notebook": "07-survey", "title": "x", "parameters": {
        "data": "people.csv", "columns": {"respondent_id": "id"}}}))
    change(table).to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(DataError) as told:
        newcomers.people(held, study.load(path), str(tmp_path / "new.csv"))
    assert said in str(told.value)
